//! Keeping to a limit that others draw on too.
//!
//! The vendor says after each request what is left of the second, the minute, the day and the
//! month. [`Budget`] remembers it and judges, request by request, whether a request of a class may
//! go now. Logs may use everything; what is asked while the agent looks at a card stops a little
//! earlier, the sync much earlier. Nothing is ever refused here, only put off.
//!
//! Windows are taken to turn with the clock. Where the vendor's turn otherwise, the next answer
//! corrects the picture. Instants come in as arguments, so every rule is a table.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;

/// What a request is for, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Writing what the agent filed, and making sure it was written.
    Log,
    /// Facts for a card on the screen.
    Card,
    /// Who is signed in.
    SignIn,
    /// The first copy of the contacts.
    FirstCopy,
    /// Later rounds of the sync.
    Sync,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::Card,
        Self::SignIn,
        Self::FirstCopy,
        Self::Sync,
    ];

    /// The word under which requests are counted.
    pub fn word(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Card => "card",
            Self::SignIn => "sign_in",
            Self::FirstCopy | Self::Sync => "sync",
        }
    }

    fn is_sync(self) -> bool {
        matches!(self, Self::FirstCopy | Self::Sync)
    }
}

/// A stretch of time that the vendor limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One day.
    Day,
    /// One month.
    Month,
}

impl Window {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Day, Self::Month];

    /// The word of the JSON shapes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Second => "x-quota-remaining-by-second",
            Self::Minute => "x-quota-remaining-by-minute",
            Self::Day => "x-quota-remaining-by-day",
            Self::Month => "x-quota-remaining-by-month",
        }
    }

    fn seconds(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Day => 86_400,
            Self::Month => 30 * 86_400,
        }
    }

    fn turns_after(self, now: Timestamp) -> Timestamp {
        let length = self.seconds();
        let next = (now.as_second().div_euclid(length) + 1).saturating_mul(length);
        Timestamp::from_second(next).unwrap_or(now)
    }

    fn turned(self, seen_at: Timestamp, now: Timestamp) -> bool {
        let length = self.seconds();
        now.as_second().div_euclid(length) > seen_at.as_second().div_euclid(length)
    }

    /// How many requests of the window are kept from a class, given the window's limit.
    fn reserve(self, class: Class, limit: i64) -> i64 {
        match (self, class) {
            (_, Class::Log) => 0,
            // One request a second is kept for calls while contacts are copied.
            (Self::Second, Class::FirstCopy | Class::Sync) => i64::from(limit > 1),
            (Self::Second, _) => 0,
            // An account with a small minute would never sync if thirty were kept of it.
            (Self::Minute, Class::FirstCopy | Class::Sync) => (limit / 4).min(30),
            (Self::Minute, _) => (limit / 20).min(5),
            (Self::Day, Class::FirstCopy | Class::Sync) => limit / 10,
            (Self::Month, Class::FirstCopy | Class::Sync) => limit / 20,
            (Self::Day | Self::Month, _) => limit / 100,
        }
    }
}

/// What the headers of one answer say is left. A window without a header is unknown; others'
/// use may make it negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaLeft {
    left: [Option<i64>; 4],
}

impl QuotaLeft {
    /// Reads the headers; what is no number is unknown.
    pub fn read(headers: &HeaderMap) -> Self {
        let read = |window: Window| {
            let text = headers.get(window.header())?.to_str().ok()?;
            text.trim().parse::<i64>().ok()
        };
        Self {
            left: Window::ALL.map(read),
        }
    }

    /// What is left of a window.
    pub fn of(&self, window: Window) -> Option<i64> {
        self.left.get(window as usize).copied().flatten()
    }

    /// The same with one window set.
    #[must_use]
    pub fn with(mut self, window: Window, left: i64) -> Self {
        if let Some(slot) = self.left.get_mut(window as usize) {
            *slot = Some(left);
        }
        self
    }
}

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Now.
    Go,
    /// Not before this instant; to be asked again then.
    Wait(Timestamp),
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    left: i64,
    /// When the request was sent whose answer told it.
    at: Timestamp,
    /// The most that was ever possible in this window, as far as known.
    limit: i64,
}

/// The remembered limits, and who spent them.
#[derive(Debug, Default)]
pub struct Budget {
    seen: BTreeMap<usize, Seen>,
    blocked_until: Option<Timestamp>,
    refusals: u32,
    recent: VecDeque<Timestamp>,
    spent: BTreeMap<&'static str, u64>,
}

impl Budget {
    /// Judges whether a request of the class may go at this instant, while some are kept for others.
    pub fn judge(&self, class: Class, kept: i64, now: Timestamp) -> Verdict {
        let blocked = self.blocked_until.filter(|until| *until > now);
        let windows = Window::ALL
            .into_iter()
            .filter_map(|window| self.held_back(window, class, kept, now));
        match blocked.into_iter().chain(windows).max() {
            Some(until) => Verdict::Wait(until),
            None => Verdict::Go,
        }
    }

    fn held_back(
        &self,
        window: Window,
        class: Class,
        kept: i64,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let seen = self.seen.get(&(window as usize))?;
        if window.turned(seen.at, now) {
            return None;
        }
        // The picture of a long window ages: others may have been given more, or the window may
        // turn at an hour of its own. One request then tells.
        let ages_after = match (window, class) {
            (Window::Second | Window::Minute, _) => None,
            (_, Class::Log) => Some(SignedDuration::from_mins(1)),
            _ => Some(SignedDuration::from_mins(15)),
        };
        let stale_at = ages_after.and_then(|age| seen.at.checked_add(age).ok());
        // A whole window always lets one pass, however small it is.
        let kept = kept.min(seen.limit - 1);
        let reserve = window.reserve(class, seen.limit);
        if stale_at.is_some_and(|at| at <= now) || seen.left - kept > reserve {
            return None;
        }
        let turn = window.turns_after(now);
        Some(stale_at.map_or(turn, |at| at.min(turn)))
    }

    /// A request goes.
    pub fn took(&mut self, class: Class, now: Timestamp) {
        *self.spent.entry(class.word()).or_default() += 1;
        self.recent.push_back(now);
        self.forget_old(now);
        for window in Window::ALL {
            if let Some(seen) = self.seen.get_mut(&(window as usize)) {
                if window.turned(seen.at, now) {
                    seen.left = seen.limit;
                    seen.at = now;
                }
                seen.left -= 1;
            }
        }
    }

    /// An answer came to a request that was sent at `sent_at`.
    pub fn answered(&mut self, left: &QuotaLeft, sent_at: Timestamp) {
        for window in Window::ALL {
            let Some(left) = left.of(window) else {
                continue;
            };
            let seen = self.seen.entry(window as usize).or_insert(Seen {
                left,
                at: sent_at,
                limit: left.saturating_add(1),
            });
            seen.limit = seen.limit.max(left.saturating_add(1));
            if window.turned(seen.at, sent_at) || window >= Window::Day {
                seen.left = left;
                seen.at = seen.at.max(sent_at);
            } else if !window.turned(sent_at, seen.at) {
                // Answers overtake one another; the smaller number is the later one.
                seen.left = seen.left.min(left);
            }
        }
    }

    /// The vendor took a request: earlier refusals do not count any more.
    pub fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// The vendor refused a request for its number. Everything waits.
    pub fn refused(
        &mut self,
        left: &QuotaLeft,
        retry_after: Option<SignedDuration>,
        now: Timestamp,
    ) {
        let backoff = SignedDuration::from_secs(1_i64 << self.refusals.min(5))
            .min(SignedDuration::from_secs(30));
        self.refusals = self.refusals.saturating_add(1);
        let mut until = now
            .checked_add(retry_after.unwrap_or(backoff))
            .unwrap_or(now);
        if retry_after.is_none() && left.of(Window::Minute).is_some_and(|left| left <= 0) {
            until = until.max(Window::Minute.turns_after(now));
        }
        self.blocked_until = Some(self.blocked_until.map_or(until, |old| old.max(until)));
    }

    /// The vendor stated a window's limit and what is used of it.
    pub fn told(&mut self, window: Window, limit: i64, used: i64, now: Timestamp) {
        let left = limit.saturating_sub(used);
        let seen = self.seen.entry(window as usize).or_insert(Seen {
            left,
            at: now,
            limit,
        });
        seen.limit = limit.max(1);
    }

    /// The limit of a window, as far as known.
    pub fn limit(&self, window: Window) -> Option<i64> {
        self.seen.get(&(window as usize)).map(|seen| seen.limit)
    }

    /// What the vendor last said is left, by window.
    pub fn left(&self) -> BTreeMap<String, i64> {
        let of = |window: Window| {
            let seen = self.seen.get(&(window as usize))?;
            Some((window.word().to_owned(), seen.left))
        };
        Window::ALL.into_iter().filter_map(of).collect()
    }

    /// Requests in the minute before this instant.
    pub fn last_minute(&self, now: Timestamp) -> u32 {
        let since = now.checked_sub(SignedDuration::from_mins(1)).unwrap_or(now);
        let count = self.recent.iter().filter(|at| **at > since).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Requests since the start, by class.
    pub fn spent(&self) -> BTreeMap<String, u64> {
        let mut spent: BTreeMap<String, u64> =
            Class::ALL.map(|class| (class.word().to_owned(), 0)).into();
        for (word, count) in &self.spent {
            spent.insert((*word).to_owned(), *count);
        }
        spent
    }

    fn forget_old(&mut self, now: Timestamp) {
        let since = now.checked_sub(SignedDuration::from_mins(1)).unwrap_or(now);
        while self.recent.front().is_some_and(|at| *at <= since) {
            self.recent.pop_front();
        }
    }
}

/// Whether a class has to let another pass that waits.
pub(crate) fn gives_way(class: Class, waiting: Class) -> bool {
    waiting < class && !(class.is_sync() && waiting.is_sync())
}

#[cfg(test)]
mod tests;
