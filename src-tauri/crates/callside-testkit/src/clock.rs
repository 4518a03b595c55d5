//! A clock that stands still until a test moves it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A clock set by hand. Whoever sleeps wakes when the clock is moved to or beyond the instant
/// they wait for, or when as much time has passed: as with a real clock, which somebody may set back
/// under a sleeper.
#[derive(Debug)]
pub struct FakeClock {
    began: Timestamp,
    now: watch::Sender<Reading>,
    sleepers: watch::Sender<Vec<Sleeper>>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    shows: Timestamp,
    /// How much time truly passed.
    passed: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Sleeper {
    until: Timestamp,
    /// As much time has passed then.
    ends: SignedDuration,
}

impl FakeClock {
    /// A clock that shows this instant.
    pub fn at(now: Timestamp) -> Self {
        Self {
            began: now,
            now: watch::Sender::new(Reading {
                shows: now,
                passed: SignedDuration::ZERO,
            }),
            sleepers: watch::Sender::new(Vec::new()),
        }
    }

    /// A clock that shows the present instant of the machine, and stands still.
    pub fn stopped() -> Self {
        Self::at(Timestamp::now())
    }

    /// Lets the time pass until this instant. An earlier one sets the clock back.
    pub fn set(&self, to: Timestamp) {
        self.now.send_modify(|now| {
            now.passed += to.duration_since(now.shows).max(SignedDuration::ZERO);
            now.shows = to;
        });
    }

    /// Sets the clock, forwards or backwards, without any time passing.
    pub fn jump(&self, by: SignedDuration) {
        self.now.send_modify(|now| {
            now.shows = now.shows.checked_add(by).unwrap_or(now.shows);
        });
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        let to = self.now();
        self.set(to.checked_add(by).unwrap_or(to));
    }

    /// A clock beside this one that nobody can set: it shows when this one began, and what has truly
    /// passed since.
    pub fn steady(self: &Arc<Self>) -> Arc<dyn Clock> {
        Arc::new(Steady(Arc::clone(self)))
    }

    async fn sleep(&self, until: Timestamp, ends: SignedDuration) {
        let mut now = self.now.subscribe();
        let sleeper = Sleeper { until, ends };
        self.sleepers.send_modify(|sleepers| sleepers.push(sleeper));
        let _asleep = Asleep {
            among: &self.sleepers,
            sleeper,
        };
        // The sender lives as long as self, so waiting cannot fail.
        let _ = now
            .wait_for(|now| now.shows >= until || now.passed >= ends)
            .await;
    }

    /// How many tasks sleep on the clock.
    pub fn asleep(&self) -> usize {
        self.sleepers.borrow().len()
    }

    /// The earliest instant that somebody sleeps until.
    pub fn next_waking(&self) -> Option<Timestamp> {
        let now = *self.now.borrow();
        let wakes = |sleeper: &Sleeper| {
            let by_timer = now.shows.checked_add(sleeper.ends - now.passed);
            sleeper.until.min(by_timer.unwrap_or(Timestamp::MAX))
        };
        self.sleepers.borrow().iter().map(wakes).min()
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
    among: &'a watch::Sender<Vec<Sleeper>>,
    sleeper: Sleeper,
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.among.send_modify(|sleepers| {
            if let Some(place) = sleepers.iter().position(|other| *other == self.sleeper) {
                sleepers.swap_remove(place);
            }
        });
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.now.borrow().shows
    }

    async fn sleep_until(&self, at: Timestamp) {
        let began = *self.now.borrow();
        let left = at.duration_since(began.shows).max(SignedDuration::ZERO);
        self.sleep(at, began.passed + left).await;
    }
}

struct Steady(Arc<FakeClock>);

#[async_trait]
impl Clock for Steady {
    fn now(&self) -> Timestamp {
        let passed = self.0.now.borrow().passed;
        self.0.began.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    async fn sleep_until(&self, at: Timestamp) {
        let ends = at.duration_since(self.0.began);
        self.0.sleep(Timestamp::MAX, ends).await;
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

    #[tokio::test]
    async fn a_sleeper_under_whom_the_clock_is_set_back_sleeps_no_longer_than_planned() {
        let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(10);
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep_until(at).await }
        });
        clock.until_asleep(1).await;
        clock.jump(SignedDuration::from_hours(-1));
        assert_eq!(
            clock.next_waking(),
            Some(clock.now() + SignedDuration::from_secs(10))
        );
        clock.advance(SignedDuration::from_secs(10));
        sleeper.await.unwrap();
    }
}
