//! The gate every request to a CRM passes.
//!
//! Two rules hold at once: the remembered limits of [`Budget`], and a local rate that keeps
//! requests from bunching up, so that we never cause a refusal by ourselves. Where several wait,
//! logs pass first, cards next, the sync last. The gate runs on a steady clock of its own: a
//! change of the wall clock must neither open nor close it.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callside_core::ports::{Budget as Told, Clock};
use callside_http::Answer;
use callside_http::SteadyClock;
use governor::clock::Clock as RateClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};

use crate::budget::{Budget, Class, QuotaLeft, Verdict, Window, gives_way};

/// The rate while the vendor has not said its own: what it published for an older interface.
const CAUTIOUS_PER_SECOND: i64 = 5;
/// The sync's rate once the first copy is done.
const BACKGROUND_PER_SECOND: i64 = 3;
/// Who waits lets the more urgent pass, and looks again this much later.
const GIVE_WAY: SignedDuration = SignedDuration::from_millis(50);
/// How long a write waits behind the look that it rests on, before the look counts as stale.
const FRESH: SignedDuration = SignedDuration::from_secs(5);

/// The budget does not allow the request soon enough to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wait for the CRM's limit: it takes too long")]
pub struct TooLong {
    /// How long it takes.
    pub retry_after: SignedDuration,
}

/// The gate of one connection.
pub struct Gate {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

struct Inner {
    budget: Budget,
    rates: Rates,
    waiting: Vec<(Class, Turn)>,
    /// Writes that room is kept for.
    kept: i64,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, LimiterClock, NoOpMiddleware<Duration>>;

struct Rates {
    per_second: i64,
    shared: Limiter,
    first_copy: Limiter,
    background: Limiter,
}

/// How a request stands to others of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// By itself.
    Alone,
    /// A look that a write will rest on: it goes when both may, and room is kept for the write.
    Look,
    /// A write that rests on a look whose [`Room`] is held: before all others and soon, or never,
    /// so that as little as possible happens in between.
    Write,
}

/// A request that passed the gate.
#[derive(Debug)]
pub struct Pass<'a> {
    sent_at: Timestamp,
    /// For the write, if this was a look.
    pub room: Option<Room<'a>>,
}

/// Room kept for a write. Dropped, it is free for others.
#[derive(Debug)]
pub struct Room<'a>(&'a Gate);

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.0.lock().kept -= 1;
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::with_clock(Arc::new(SteadyClock::default()))
    }
}

impl Gate {
    /// A gate on another clock, for tests.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let rates = Rates::new(CAUTIOUS_PER_SECOND, &clock);
        let inner = Inner {
            budget: Budget::default(),
            rates,
            waiting: Vec::new(),
            kept: 0,
        };
        Self {
            clock,
            inner: Mutex::new(inner),
        }
    }

    /// Waits until a request of the class may go.
    ///
    /// # Errors
    /// [`TooLong`] when that is further away than the class waits in place, or than the look stays
    /// fresh that a write rests on.
    pub async fn pass(&self, class: Class, turn: Turn) -> Result<Pass<'_>, TooLong> {
        let patience = match turn {
            Turn::Write => FRESH,
            Turn::Alone | Turn::Look => patience(class),
        };
        let mut place = None;
        let started = self.clock.now();
        loop {
            let now = self.clock.now();
            let until = match self.try_pass(class, turn, now) {
                Ok(pass) => return Ok(pass),
                Err(until) => until,
            };
            let waited = now.duration_since(started);
            let wait = until.duration_since(now);
            if waited + wait > patience {
                return Err(TooLong {
                    retry_after: wait.max(SignedDuration::from_secs(1)),
                });
            }
            place.get_or_insert_with(|| Place::take(self, class, turn));
            self.clock.sleep_until(until).await;
        }
    }

    fn try_pass(&self, class: Class, turn: Turn, now: Timestamp) -> Result<Pass<'_>, Timestamp> {
        let mut inner = self.lock();
        let soon = now.checked_add(GIVE_WAY).unwrap_or(now);
        let goes_first = |(waiting, theirs): &(Class, Turn)| {
            turn != Turn::Write && (*theirs == Turn::Write || gives_way(class, *waiting))
        };
        if inner.waiting.iter().any(goes_first) {
            return Err(soon);
        }
        let kept = match turn {
            Turn::Alone => inner.kept,
            Turn::Look => inner.kept + 1,
            Turn::Write => inner.kept - 1,
        };
        if let Verdict::Wait(until) = inner.budget.judge(class, kept, now) {
            return Err(until.max(soon));
        }
        inner.rates.check(class, since_epoch(now)).map_err(|wait| {
            let wait = SignedDuration::try_from(wait).unwrap_or(GIVE_WAY);
            now.checked_add(wait).unwrap_or(now)
        })?;
        inner.budget.took(class, now);
        let room = (turn == Turn::Look).then(|| {
            inner.kept += 1;
            Room(self)
        });
        Ok(Pass { sent_at: now, room })
    }

    /// Learns from an answer.
    pub fn answered(&self, pass: &Pass<'_>, answer: &Answer) {
        let left = QuotaLeft::read(&answer.headers);
        let mut inner = self.lock();
        inner.budget.answered(&left, pass.sent_at);
        if answer.status == 429 {
            let now = self.clock.now();
            inner.budget.refused(&left, answer.retry_after, now);
        } else {
            inner.budget.accepted();
        }
        inner.follow_limit(&self.clock);
    }

    /// Learns a window's limit that the vendor stated.
    pub fn told(&self, window: Window, limit: i64, used: i64) {
        let mut inner = self.lock();
        inner.budget.told(window, limit, used, self.clock.now());
        inner.follow_limit(&self.clock);
    }

    /// What is left, and who spent the rest.
    pub fn report(&self) -> Told {
        let inner = self.lock();
        Told {
            remaining: inner.budget.left(),
            last_minute: inner.budget.last_minute(self.clock.now()),
            spent: inner.budget.spent(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The vendor's limit per second may turn out larger than what was seen of it before.
    fn follow_limit(&mut self, clock: &Arc<dyn Clock>) {
        let known = self.budget.limit(Window::Second);
        let per_second = known.unwrap_or(CAUTIOUS_PER_SECOND).clamp(1, 1_000);
        if per_second != self.rates.per_second {
            self.rates = Rates::new(per_second, clock);
        }
    }
}

/// How long a class waits at the gate before it is told how long it would take.
fn patience(class: Class) -> SignedDuration {
    SignedDuration::from_secs(match class {
        Class::Log => 30,
        Class::SignIn => 10,
        Class::Card | Class::FirstCopy | Class::Sync => 3,
    })
}

/// A place in the row of those who wait; left when dropped.
struct Place<'a> {
    gate: &'a Gate,
    waiter: (Class, Turn),
}

impl<'a> Place<'a> {
    fn take(gate: &'a Gate, class: Class, turn: Turn) -> Self {
        let waiter = (class, turn);
        gate.lock().waiting.push(waiter);
        Self { gate, waiter }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut inner = self.gate.lock();
        if let Some(index) = inner
            .waiting
            .iter()
            .position(|waiter| *waiter == self.waiter)
        {
            inner.waiting.swap_remove(index);
        }
    }
}

impl Rates {
    fn new(per_second: i64, clock: &Arc<dyn Clock>) -> Self {
        let background = BACKGROUND_PER_SECOND.min((per_second - 1).max(1));
        Self {
            per_second,
            shared: limiter(per_second, per_second / 4, clock),
            first_copy: limiter((per_second - 1).max(1), 1, clock),
            background: limiter(background, 1, clock),
        }
    }

    /// Ok, or how long to wait.
    fn check(&self, class: Class, now: Duration) -> Result<(), Duration> {
        let own = match class {
            Class::FirstCopy => Some(&self.first_copy),
            Class::Sync => Some(&self.background),
            Class::Log | Class::Card | Class::SignIn => None,
        };
        for limiter in own.into_iter().chain([&self.shared]) {
            if let Err(later) = limiter.check() {
                return Err(later.wait_time_from(now).max(Duration::from_millis(1)));
            }
        }
        Ok(())
    }
}

/// At most `per_second` requests in any second: a burst, and the rest evenly after it. A little
/// under the limit, since requests do not travel at one speed.
fn limiter(per_second: i64, burst: i64, clock: &Arc<dyn Clock>) -> Limiter {
    let burst = burst.clamp(1, per_second.max(1));
    let evenly = (per_second - burst + 1).max(1);
    let burst = u32::try_from(burst)
        .ok()
        .and_then(NonZeroU32::new)
        .unwrap_or(NonZeroU32::MIN);
    #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
    let period = Duration::from_secs_f64(1.04 / evenly as f64);
    let quota = Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN));
    RateLimiter::direct_with_clock(quota.allow_burst(burst), LimiterClock(Arc::clone(clock)))
}

/// The gate's clock, as the rate limiter wants it.
#[derive(Clone)]
struct LimiterClock(Arc<dyn Clock>);

impl RateClock for LimiterClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        since_epoch(self.0.now())
    }
}

fn since_epoch(at: Timestamp) -> Duration {
    Duration::try_from(at.as_duration()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
