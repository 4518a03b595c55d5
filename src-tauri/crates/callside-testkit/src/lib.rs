//! What tests share: a clock that is set by hand, and secrets that live in memory.
//!
//! Nothing here is built into the app.

mod clock;
pub mod contract_check;
mod secrets;

pub use clock::FakeClock;
pub use secrets::MemorySecrets;
