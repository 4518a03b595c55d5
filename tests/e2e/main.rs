//! The built app on a real desk: real windows, links, browser, softphone, calls, keychain and notifications; only the
//! cloud services are ours. Switched on by `CALLSIDE_E2E=1`, which `make e2e` sets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stderr,
    unreachable_pub
)]

#[allow(
    dead_code,
    reason = "the desk offers more than the stories of one day use"
)]
mod desk;

mod aircall_pictures;
mod allo_pictures;
mod bench;
mod demo;
mod parts;
mod pictures;
mod scenes;
mod soak;
mod stories;
