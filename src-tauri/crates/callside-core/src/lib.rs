//! The domain of Callside: who calls, what the agent did about it, and what the CRM must learn.
//!
//! Nothing in this crate reads a file, opens a socket or asks for the time: instants, randomness
//! and ids come in as arguments or through a port. That makes every rule a table of inputs and
//! results, and lets the same rules run in the app, in the tests and in a simulation.

pub mod call;
pub mod cloud_call;
pub mod contact;
pub mod id;
pub mod insight;
pub mod links;
pub mod matching;
pub mod outbox;
pub mod phone_number;
pub mod ports;
pub mod settings;
pub mod sync;
pub mod wrap_up;
