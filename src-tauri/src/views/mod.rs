//! What windows show, made from what the engine knows.
//!
//! Everything is decided here or below; a window applies no rule of its own.

pub mod app;
pub mod budget;
pub mod calls;
pub mod card;
pub mod cloud;
pub mod overview;
pub mod people;
pub mod settings;
pub mod setup;
pub mod tidy;
