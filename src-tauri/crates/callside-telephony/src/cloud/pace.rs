//! How fast a service is asked.
//!
//! Its limit belongs to the whole company: other programs and other agents draw on it. So we keep
//! well below what it allows, whatever it says, and what nobody waits for stops first. What the
//! headers say is heeded where there are any. Requests are counted over the stretch just behind
//! us, never by the turn of the clock, so that no stretch anywhere holds more than allowed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callside_core::ports::{Budget, Clock};
use callside_http::{Answer, SteadyClock};
use jiff::{SignedDuration, Timestamp};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// How long a service that refuses without saying for how long is left alone.
const REFUSED: SignedDuration = SignedDuration::from_mins(1);
/// Nobody is made to wait longer than this by one header.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// A reset given by a number larger than this is an instant, else a stretch of seconds.
const LONGEST_STRETCH: i64 = 86_400;

/// What a request is for, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// A call that goes on: dialling, the card.
    Live,
    /// One call's record, what is written to it, lists for the settings.
    Read,
    /// The catch-up.
    Import,
}

impl Class {
    const ALL: [Self; 3] = [Self::Live, Self::Read, Self::Import];

    fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Read => "read",
            Self::Import => "import",
        }
    }

    /// How long a request waits in place before it is told how long it would take.
    fn patience(self) -> SignedDuration {
        SignedDuration::from_secs(match self {
            Self::Live => 5,
            Self::Read => 20,
            Self::Import => 90,
        })
    }
}

/// What we allow ourselves at one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The stretch that is counted.
    pub(crate) stretch: SignedDuration,
    /// The most requests in a stretch, by class; those of every class count.
    pub(crate) most: [usize; 3],
    /// How many of what the service says is left are kept from a class.
    pub(crate) kept: [i64; 3],
    /// What the stretch that the service counts is called in a [`Budget`].
    pub(crate) window: &'static str,
    /// The header that says how many are left.
    pub(crate) left_header: &'static str,
    /// The header that says when there are more.
    pub(crate) reset_header: &'static str,
}

/// The budget does not allow the request soon enough to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong {
    pub(crate) retry_after: SignedDuration,
}

/// The gate that every request to one service passes.
pub(crate) struct Gate {
    clock: Arc<dyn Clock>,
    count: Mutex<Count>,
}

/// The gates of this process, by address. A connection that is made anew, with another agent or
/// after a pause, goes on counting where the last one was.
static GATES: Mutex<BTreeMap<String, Arc<Gate>>> = Mutex::new(BTreeMap::new());

impl Gate {
    /// The one gate to the service at this address, on a steady clock.
    pub(crate) fn shared(address: &str, limits: Limits) -> Arc<Self> {
        let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(address.to_owned()).or_insert_with(|| {
            let clock = Arc::new(SteadyClock::default());
            Arc::new(Self::new(limits, clock))
        });
        Arc::clone(gate)
    }

    pub(crate) fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            count: Mutex::new(Count::new(limits)),
        }
    }

    /// Waits until a request of the class may go.
    ///
    /// # Errors
    /// [`TooLong`] when that is further away than the class waits in place.
    pub(crate) async fn pass(&self, class: Class) -> Result<(), TooLong> {
        let asked = self.clock.now();
        loop {
            let now = self.clock.now();
            let Some(until) = self.count().take(class, now) else {
                return Ok(());
            };
            if until.duration_since(asked) > class.patience() {
                let wait = until.duration_since(now);
                return Err(TooLong {
                    retry_after: wait.max(SignedDuration::from_secs(1)),
                });
            }
            self.clock.sleep_until(until).await;
        }
    }

    /// Learns from an answer. Returns how long the service wants to be left alone, if it does.
    pub(crate) fn answered(&self, answer: &Answer) -> Option<SignedDuration> {
        self.count().answered(answer, self.clock.now())
    }

    /// What is left, and who spent the rest.
    pub(crate) fn report(&self) -> Budget {
        self.count().report(self.clock.now())
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was asked, and what the service said of it. Instants come in as arguments.
struct Count {
    limits: Limits,
    recent: VecDeque<Timestamp>,
    /// How many the service has left, and until when that holds.
    told: Option<(i64, Timestamp)>,
    blocked_until: Option<Timestamp>,
    spent: BTreeMap<&'static str, u64>,
}

impl Count {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            recent: VecDeque::new(),
            told: None,
            blocked_until: None,
            spent: BTreeMap::new(),
        }
    }

    /// Counts a request, or says when to ask again.
    fn take(&mut self, class: Class, now: Timestamp) -> Option<Timestamp> {
        if let Some(until) = self.held_until(class, now) {
            return Some(until);
        }
        self.recent.push_back(now);
        let oldest = minus(now, self.limits.stretch.max(MINUTE));
        while self.recent.front().is_some_and(|at| *at <= oldest) {
            self.recent.pop_front();
        }
        if let Some((left, _)) = &mut self.told {
            *left -= 1;
        }
        *self.spent.entry(class.word()).or_default() += 1;
        None
    }

    fn held_until(&self, class: Class, now: Timestamp) -> Option<Timestamp> {
        let of = class as usize;
        let most = self.limits.most.get(of).copied().unwrap_or_default();
        let kept = self.limits.kept.get(of).copied().unwrap_or_default();
        let since = minus(now, self.limits.stretch);
        let in_stretch = self.recent.iter().filter(|at| **at > since);
        let over = in_stretch.clone().count().checked_sub(most);
        let oldest_over = over.and_then(|over| in_stretch.clone().nth(over));
        let full = oldest_over.map(|at| plus(*at, self.limits.stretch));
        let told = self
            .told
            .and_then(|(left, until)| (left <= kept).then_some(until));
        let later = [full, told, self.blocked_until];
        later.into_iter().flatten().filter(|at| *at > now).max()
    }

    fn answered(&mut self, answer: &Answer, now: Timestamp) -> Option<SignedDuration> {
        let header = |name: &str| {
            let text = answer.headers.get(name)?.to_str().ok()?;
            text.trim().parse::<i64>().ok()
        };
        let reset = header(self.limits.reset_header).map(|reset| {
            let wait = match Timestamp::from_second(reset) {
                Ok(at) if reset > LONGEST_STRETCH => at.duration_since(now),
                _ => SignedDuration::from_secs(reset),
            };
            wait.clamp(SignedDuration::from_secs(1), LONGEST_WAIT)
        });
        if let Some(left) = header(self.limits.left_header) {
            let holds = reset.unwrap_or(self.limits.stretch);
            self.told = Some((left, plus(now, holds)));
        }
        if answer.status != 429 {
            return None;
        }
        let wait = answer.retry_after.or(reset).unwrap_or(REFUSED);
        self.blocked_until = self.blocked_until.max(Some(plus(now, wait)));
        Some(wait)
    }

    fn report(&self, now: Timestamp) -> Budget {
        let since = minus(now, MINUTE);
        let last_minute = self.recent.iter().filter(|at| **at > since).count();
        let told = self.told.filter(|(_, until)| *until > now);
        let of = |class: Class| {
            let count = self.spent.get(class.word()).copied().unwrap_or_default();
            (class.word().to_owned(), count)
        };
        Budget {
            remaining: told
                .map(|(left, _)| (self.limits.window.to_owned(), left.max(0)))
                .into_iter()
                .collect(),
            last_minute: u32::try_from(last_minute).unwrap_or(u32::MAX),
            spent: Class::ALL.map(of).into(),
        }
    }
}

fn plus(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}

fn minus(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    const LIMITS: Limits = Limits {
        stretch: MINUTE,
        most: [40, 32, 20],
        kept: [0, 10, 30],
        window: "minute",
        left_header: "x-left",
        reset_header: "x-reset",
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_452_800 + seconds).unwrap()
    }

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect();
        Answer::new(status, headers, Vec::new())
    }

    #[test]
    fn no_minute_anywhere_holds_more_than_forty() {
        let mut count = Count::new(LIMITS);
        let mut went = Vec::new();
        // Somebody asks without pause, ten times a second, for five minutes.
        for tenth in 0..3_000 {
            let now = plus(at(0), SignedDuration::from_millis(tenth * 100));
            if count.take(Class::Live, now).is_none() {
                went.push(now);
            }
        }
        for first in &went {
            let end = plus(*first, MINUTE);
            let held = went.iter().filter(|at| *at >= first && **at < end).count();
            assert!(held <= 40, "{held}");
        }
        assert_eq!(went.len(), 200);
    }

    #[test]
    fn what_nobody_waits_for_leaves_room_for_a_call() {
        let mut count = Count::new(LIMITS);
        for _ in 0..20 {
            assert_eq!(count.take(Class::Import, at(0)), None);
        }
        assert_eq!(count.take(Class::Import, at(1)), Some(at(60)));
        for _ in 0..12 {
            assert_eq!(count.take(Class::Read, at(1)), None);
        }
        assert_eq!(count.take(Class::Read, at(2)), Some(at(60)));
        for _ in 0..8 {
            assert_eq!(count.take(Class::Live, at(2)), None);
        }
        assert_eq!(count.take(Class::Live, at(3)), Some(at(60)));
        assert_eq!(count.report(at(3)).last_minute, 40);
        assert_eq!(count.take(Class::Live, at(60)), None);
    }

    #[test]
    fn what_others_spent_is_heeded() {
        let mut count = Count::new(LIMITS);
        let told = answer(200, &[("x-left", "11"), ("x-reset", "30")]);
        assert_eq!(count.answered(&told, at(0)), None);
        assert_eq!(count.take(Class::Import, at(1)), Some(at(30)));
        assert_eq!(count.take(Class::Read, at(1)), None);
        assert_eq!(count.take(Class::Read, at(1)), Some(at(30)));
        assert_eq!(count.take(Class::Live, at(1)), None);
        assert_eq!(count.report(at(1)).remaining["minute"], 9);
        assert_eq!(count.take(Class::Import, at(30)), None);
    }

    #[test]
    fn a_refusal_holds_everybody_back_for_as_long_as_it_says() {
        let reset = (at(0).as_second() + 20).to_string();
        for (headers, seconds) in [
            (vec![("retry-after", "7"), ("x-reset", "50")], 7),
            (vec![("x-reset", reset.as_str())], 20),
            (vec![("x-reset", "50")], 50),
            (vec![("x-reset", "soon")], 60),
            (vec![("x-reset", "-5")], 1),
            (vec![("x-reset", "9999999999")], 3_600),
            (vec![], 60),
        ] {
            let mut count = Count::new(LIMITS);
            let wait = count.answered(&answer(429, &headers), at(0));
            assert_eq!(
                wait,
                Some(SignedDuration::from_secs(seconds)),
                "{headers:?}"
            );
            for class in Class::ALL {
                assert_eq!(count.take(class, at(0)), Some(at(seconds)));
                assert_eq!(count.held_until(class, at(seconds)), None);
            }
        }
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_so() {
        let clock = Arc::new(callside_testkit::FakeClock::at(at(0)));
        let gate = Gate::new(LIMITS, clock);
        gate.answered(&answer(429, &[("retry-after", "30")]));
        let late = gate.pass(Class::Live).await.unwrap_err();
        assert_eq!(late.retry_after, SignedDuration::from_secs(30));
    }
}
