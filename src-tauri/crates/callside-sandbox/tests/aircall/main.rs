//! Aircall as a client meets it: over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

mod calls;
mod controls;
mod desk;
mod dialing;
mod people;
mod recordings;
mod refusals;
mod workspace;
