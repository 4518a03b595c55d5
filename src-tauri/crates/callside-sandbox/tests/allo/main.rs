//! Allo as a client meets it: over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

mod calls;
mod desk;
mod refusals;
mod writes;
