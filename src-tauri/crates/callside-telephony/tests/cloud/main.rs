//! Telephony services in the cloud: against peers that misbehave as the real ones do not on
//! request, and against the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod aircall;
mod allo;
mod peer;
mod recordings;
mod sandbox;
mod walks;

use std::sync::Arc;

use callside_core::ports::Clock;
use callside_telephony::{Aircall, AircallConfig};
use callside_testkit::{FakeClock, LeapingClock, MemorySecrets};
use jiff::Timestamp;

/// The present of every story.
fn now() -> Timestamp {
    "2026-03-16T12:00:00Z".parse().unwrap()
}

fn stopped() -> Arc<FakeClock> {
    Arc::new(FakeClock::at(now()))
}

/// A clock that leaps over every wait for the limit.
fn leaping() -> Arc<dyn Clock> {
    Arc::new(LeapingClock::over(stopped()))
}

/// An Aircall connection with a key, for the agent 71.
fn aircall_at(url: &str, line: Option<&str>) -> Aircall {
    let secrets =
        MemorySecrets::holding([("aircall/api_id", "id"), ("aircall/api_token", "token")]);
    aircall_with(url, line, Arc::new(secrets))
}

fn aircall_with(url: &str, line: Option<&str>, secrets: Arc<MemorySecrets>) -> Aircall {
    let config = AircallConfig {
        api_url: url.to_owned(),
        agent: Some("71".into()),
        line: line.map(str::to_owned),
    };
    Aircall::new(config, secrets, stopped())
        .unwrap()
        .with_pace_clock(leaping())
}
