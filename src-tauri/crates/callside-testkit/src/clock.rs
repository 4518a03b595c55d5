//! A clock that stands still until a test moves it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A clock set by hand. Whoever sleeps wakes when the clock is moved to or beyond the instant
/// they wait for.
#[derive(Debug)]
pub struct FakeClock {
    now: watch::Sender<Timestamp>,
    sleepers: watch::Sender<Vec<Timestamp>>,
}

impl FakeClock {
    /// A clock that shows this instant.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now: watch::Sender::new(now),
            sleepers: watch::Sender::new(Vec::new()),
        }
    }

    /// A clock that shows the present instant of the machine, and stands still.
    pub fn stopped() -> Self {
        Self::at(Timestamp::now())
    }

    /// Moves the clock to an instant, also backwards.
    pub fn set(&self, to: Timestamp) {
        self.now.send_replace(to);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        let to = self.now();
        self.set(to.checked_add(by).unwrap_or(to));
    }

    /// How many tasks sleep on the clock.
    pub fn asleep(&self) -> usize {
        self.sleepers.borrow().len()
    }

    /// The earliest instant that somebody sleeps until.
    pub fn next_waking(&self) -> Option<Timestamp> {
        self.sleepers.borrow().iter().min().copied()
    }

    /// Returns once at least this many tasks sleep on the clock.
    pub async fn until_asleep(&self, count: usize) {
        let mut sleepers = self.sleepers.subscribe();
        // The sender lives as long as self, so waiting cannot fail.
        let _ = sleepers.wait_for(|asleep| asleep.len() >= count).await;
    }
}

/// A clock for what only has to keep its order: nobody waits on it, since whoever would sleep finds
/// the instant come. It shows the time of another clock, or later where it leapt ahead.
pub struct LeapingClock {
    base: Arc<dyn Clock>,
    leapt_to: Mutex<Timestamp>,
}

impl LeapingClock {
    /// A clock that leaps ahead of this one.
    pub fn over(base: Arc<dyn Clock>) -> Self {
        let leapt_to = Mutex::new(base.now());
        Self { base, leapt_to }
    }

    fn leapt_to(&self) -> MutexGuard<'_, Timestamp> {
        self.leapt_to.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for LeapingClock {
    fn now(&self) -> Timestamp {
        self.base.now().max(*self.leapt_to())
    }

    async fn sleep_until(&self, at: Timestamp) {
        {
            let mut leapt_to = self.leapt_to();
            *leapt_to = at.max(*leapt_to);
        }
        // Whoever is more urgent may go first.
        tokio::task::yield_now().await;
    }
}

struct Asleep<'a> {
    among: &'a watch::Sender<Vec<Timestamp>>,
    until: Timestamp,
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.among.send_modify(|sleepers| {
            if let Some(place) = sleepers.iter().position(|until| *until == self.until) {
                sleepers.swap_remove(place);
            }
        });
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut now = self.now.subscribe();
        self.sleepers.send_modify(|sleepers| sleepers.push(at));
        let _asleep = Asleep {
            among: &self.sleepers,
            until: at,
        };
        let _ = now.wait_for(|now| *now >= at).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_instant_comes_and_not_before() {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(10);
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep_until(at).await }
        });
        clock.until_asleep(1).await;
        clock.advance(SignedDuration::from_secs(9));
        assert!(!sleeper.is_finished());
        clock.advance(SignedDuration::from_secs(1));
        sleeper.await.unwrap();
    }
}
