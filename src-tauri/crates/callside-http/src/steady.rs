//! A clock for pacing requests.
//!
//! A change of the wall clock must neither open nor close a gate, so only its start is the wall's.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use callside_core::ports::Clock;
use jiff::{SignedDuration, Timestamp};

/// Wall time at the start, and from there on what has truly passed.
#[derive(Debug)]
pub struct SteadyClock {
    began: Instant,
    wall: Timestamp,
}

impl Default for SteadyClock {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            wall: Timestamp::now(),
        }
    }
}

#[async_trait]
impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::MAX);
        self.wall.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    async fn sleep_until(&self, at: Timestamp) {
        let wait = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
        tokio::time::sleep(wait).await;
    }
}
