//! The clock of this computer, which people and services set, and which stops for nobody's sleep.

use std::time::Duration;

use async_trait::async_trait;
use callside_core::ports::Clock;
use jiff::Timestamp;
use tokio::time::Instant;

/// A computer that slept has another time than its timers: look again now and then.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The clock of this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let began = Instant::now();
        let planned = ahead(at, Timestamp::now());
        while let Some(nap) = next_nap(at, Timestamp::now(), planned, began.elapsed()) {
            tokio::time::sleep(nap).await;
        }
    }
}

fn ahead(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}

/// How long to sleep until the next look. None once the instant is reached by the clock, or by a
/// timer that nobody can set: whichever comes first.
fn next_nap(at: Timestamp, now: Timestamp, planned: Duration, slept: Duration) -> Option<Duration> {
    let left = ahead(at, now).min(planned.saturating_sub(slept));
    (!left.is_zero()).then(|| left.min(LOOK_AGAIN))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::SignedDuration;

    use super::*;

    fn noon() -> Timestamp {
        "2026-03-10T12:00:00Z".parse().unwrap()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn naps_are_short_and_end_at_the_instant() {
        let at = noon() + SignedDuration::from_secs(25);
        let nap = |now: i64, slept| {
            let now = noon() + SignedDuration::from_secs(now);
            next_nap(at, now, seconds(25), seconds(slept))
        };
        assert_eq!(nap(0, 0), Some(seconds(10)));
        assert_eq!(nap(20, 20), Some(seconds(5)));
        assert_eq!(nap(25, 25), None);
    }

    #[test]
    fn a_clock_set_back_keeps_nobody_asleep() {
        let at = noon() + SignedDuration::from_secs(25);
        let an_hour_back = noon() - SignedDuration::from_hours(1);
        let nap = |slept| next_nap(at, an_hour_back, seconds(25), seconds(slept));
        assert_eq!(nap(10), Some(seconds(10)));
        assert_eq!(nap(20), Some(seconds(5)));
        assert_eq!(nap(25), None);
    }

    #[test]
    fn a_clock_set_ahead_and_a_computer_that_slept_wake_at_the_next_look() {
        let at = noon() + SignedDuration::from_hours(1);
        let planned = seconds(3_600);
        let after = noon() + SignedDuration::from_hours(8);
        assert_eq!(next_nap(at, after, planned, seconds(10)), None);
    }

    #[tokio::test]
    async fn an_instant_that_is_past_is_not_waited_for() {
        SystemClock.sleep_until(Timestamp::UNIX_EPOCH).await;
    }
}
