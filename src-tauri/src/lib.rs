//! The Callside app.
