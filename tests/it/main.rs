//! Stories across engine, store and adapters: the built program, without windows, against the
//! sandbox. Each story has a data folder and a CRM of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    unreachable_pub
)]

mod backups;
mod calls;
mod clouds;
mod commands;
mod crashes;
mod desk;
mod faults;
mod house;
mod instances;
mod kills;
mod privacy;
mod sample;
mod settings;
mod stories;
mod tidy;
