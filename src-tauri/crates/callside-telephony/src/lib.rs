//! Softphones: how they tell of calls, and how they are asked to dial.
//!
//! [`Listener`] takes hooks over HTTP, [`Baresip`] speaks with baresip over its control port,
//! [`LinkDialer`] and [`CommandDialer`] hand a number over to any other program. What a softphone
//! says is hostile input and becomes a [`CallEvent`](callside_core::call::CallEvent) at most; what
//! leaves towards a softphone is digits and a leading plus. [`Aircall`] and [`Allo`] also ask a
//! service in the cloud for what it keeps of calls. [`recipes`] are the texts a user pastes
//! into a softphone so that it reports its calls.

pub mod aircall;
pub mod allo;
mod baresip;
mod cloud;
mod command;
mod digits;
mod link;
mod listener;
pub mod recipes;

pub use aircall::{Aircall, AircallConfig};
pub use allo::{Allo, AlloConfig};
pub use baresip::Baresip;
pub use command::CommandDialer;
pub use link::{LinkDialer, LinkOpener, SystemOpener};
pub use listener::{HookKey, ListenError, Listener};
