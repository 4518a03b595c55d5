//! The sandbox as a client meets it: over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

mod desk;
mod faults;
mod oauth;
mod opportunities;
mod page;
mod paging;
mod phone_calls;
mod process;
mod quotas;
mod records;
