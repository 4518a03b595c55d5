//! What tests share: clocks, secrets that live in memory, a softphone that takes notes.
//!
//! Nothing here is built into the app.

mod clock;
mod cloud;
pub mod contract_check;
mod secrets;
mod telephony;

pub use clock::{FakeClock, LeapingClock};
pub use cloud::FakeCloud;
pub use secrets::MemorySecrets;
pub use telephony::FakeTelephony;
