//! The use cases of Callside and the tasks that carry them.
//!
//! A telephony event becomes a card ([`screen_pop`]); an ended call becomes a wrap-up and, once
//! the agent files it, entries of the outbox ([`call_log`]); the outbox is delivered
//! ([`outbox_worker`]); contacts are pulled ([`contact_sync`]); numbers are dialled ([`dialing`]).
//! Telephony services in the cloud are asked for their records and get notes back ([`cloud`]).
//! The engine knows the domain, the store and the ports. It never waits on a window, and a window
//! holds nothing that the engine could lose.

mod auto_file;
pub mod budget;
mod call_insights;
pub mod call_log;
mod catch_up;
mod claims;
pub mod cloud;
pub mod connections;
pub mod contact_sync;
pub mod dialing;
pub mod doubles;
mod engine;
pub mod events;
pub mod hooks;
mod ids;
mod live;
pub mod outbox_worker;
mod reconcile;
mod recordings;
pub mod screen_pop;
mod source_notes;
mod strangers;

pub use engine::{Engine, EngineParts, SharedClock};
pub use ids::Ids;
pub use recordings::Erased;
