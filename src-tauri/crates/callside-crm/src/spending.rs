//! Who spent the vendor's limit, minute by minute.
//!
//! Our own requests are counted by class. What others spent is what the vendor says is gone beyond
//! our own: what is left plus what we have sent stays the same as long as nobody else asks. That
//! sum is only looked at while no request of ours is under way, so that answers which overtake one
//! another are never taken for somebody else's doing. A window that turned makes the sum grow; then
//! counting begins anew. So others may have spent more than is shown here, never less.

use std::collections::{BTreeMap, VecDeque};

use callside_core::ports::BudgetSample;
use jiff::{SignedDuration, Timestamp};

use crate::budget::{Class, QuotaLeft, Window};

/// How many minutes are kept.
const KEPT: usize = 180;
/// The length of a sample, in seconds.
const MINUTE_S: i64 = 60;
/// A request without an answer is taken for done after this long.
const GIVEN_UP: SignedDuration = SignedDuration::from_secs(120);

/// The count of one connection.
#[derive(Debug, Default)]
pub struct Spending {
    minutes: VecDeque<BudgetSample>,
    sent: u64,
    under_way: BTreeMap<u64, Timestamp>,
    /// What was left plus what was sent, when nothing was under way.
    known: Option<(Window, i64)>,
    /// The least that was left since then.
    least: Option<(Window, i64)>,
}

impl Spending {
    /// A request goes; returns its number.
    pub fn took(&mut self, class: Class, now: Timestamp) -> u64 {
        self.sent += 1;
        self.under_way.insert(self.sent, now);
        if let Some(minute) = self.minute(now) {
            *minute.spent.entry(class.word().to_owned()).or_default() += 1;
        }
        self.sent
    }

    /// An answer to the request came; `refused` when it was turned away for its number.
    pub fn answered(&mut self, request: u64, left: &QuotaLeft, refused: bool, now: Timestamp) {
        self.under_way.remove(&request);
        self.under_way
            .retain(|_, sent| now.duration_since(*sent) < GIVEN_UP);
        // The longest window turns most seldom.
        let longest = Window::ALL.into_iter().rev();
        let told = longest
            .filter_map(|window| Some((window, left.of(window)?)))
            .next();
        self.least = match (self.least, told) {
            (Some((old, least)), Some((window, left))) if old == window => {
                Some((window, least.min(left)))
            }
            (least, told) => told.or(least),
        };
        let others = self.others();
        if let Some(minute) = self.minute(now) {
            minute.refused += u64::from(refused);
            minute.others += others;
            for window in Window::ALL {
                if let Some(left) = left.of(window) {
                    minute.remaining.insert(window.word().to_owned(), left);
                }
            }
        }
    }

    /// What others spent since nothing was last under way.
    fn others(&mut self) -> u64 {
        if !self.under_way.is_empty() {
            return 0;
        }
        let Some((window, least)) = self.least.take() else {
            return 0;
        };
        let sum = least.saturating_add(i64::try_from(self.sent).unwrap_or(i64::MAX));
        let before = self.known.replace((window, sum));
        let same = before.filter(|(known, _)| *known == window);
        same.and_then(|(_, known)| u64::try_from(known.saturating_sub(sum)).ok())
            .unwrap_or(0)
    }

    /// The minutes that begin at this instant or later and in which something was asked or told,
    /// oldest first.
    pub fn since(&self, since: Timestamp) -> Vec<BudgetSample> {
        let wanted = self.minutes.iter().filter(|minute| minute.at >= since);
        wanted.cloned().collect()
    }

    /// The present minute. A clock that was set back adds to the last one.
    fn minute(&mut self, now: Timestamp) -> Option<&mut BudgetSample> {
        let start = now
            .as_second()
            .div_euclid(MINUTE_S)
            .saturating_mul(MINUTE_S);
        let at = Timestamp::from_second(start).unwrap_or(now);
        if self.minutes.back().is_none_or(|last| last.at < at) {
            self.minutes.push_back(BudgetSample::empty(at, 60));
            while self.minutes.len() > KEPT {
                self.minutes.pop_front();
            }
        }
        self.minutes.back_mut()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_442_000 + second).unwrap()
    }

    fn left(left: i64) -> QuotaLeft {
        QuotaLeft::default().with(Window::Day, left)
    }

    fn others(spending: &Spending) -> u64 {
        spending.since(at(0)).iter().map(|m| m.others).sum()
    }

    #[test]
    fn requests_are_counted_by_minute_and_class() {
        let mut spending = Spending::default();
        for (class, second) in [
            (Class::Log, 0),
            (Class::Sync, 59),
            (Class::FirstCopy, 60),
            (Class::Sync, 61),
            // The clock was set back.
            (Class::Card, 10),
        ] {
            let request = spending.took(class, at(second));
            spending.answered(request, &left(100), false, at(second));
        }
        let request = spending.took(Class::Log, at(200));
        spending.answered(request, &left(7), true, at(200));
        let minutes = spending.since(at(0));
        assert_eq!(
            minutes.iter().map(|m| m.at).collect::<Vec<_>>(),
            [at(0), at(60), at(180)]
        );
        assert_eq!(
            minutes[0].spent,
            [("log".into(), 1), ("sync".into(), 1)].into()
        );
        assert_eq!(
            minutes[1].spent,
            [("card".into(), 1), ("sync".into(), 2)].into()
        );
        assert_eq!((minutes[2].refused, minutes[2].remaining["day"]), (1, 7));
        assert_eq!(spending.since(at(60)).len(), 2);
    }

    #[test]
    fn what_is_gone_beyond_our_own_was_spent_by_others() {
        let mut spending = Spending::default();
        for (told, others_so_far) in [(99, 0), (98, 0), (90, 7), (89, 7), (80, 15)] {
            let request = spending.took(Class::Sync, at(0));
            spending.answered(request, &left(told), false, at(0));
            assert_eq!(others(&spending), others_so_far);
        }
    }

    #[test]
    fn answers_that_overtake_one_another_are_nobody_elses_doing() {
        let mut spending = Spending::default();
        let first = spending.took(Class::Log, at(0));
        spending.answered(first, &left(99), false, at(0));
        let requests = [(); 3].map(|()| spending.took(Class::Log, at(1)));
        for (request, told) in [(requests[1], 97), (requests[2], 96), (requests[0], 98)] {
            spending.answered(request, &left(told), false, at(1));
        }
        let last = spending.took(Class::Log, at(2));
        spending.answered(last, &left(95), false, at(2));
        assert_eq!(others(&spending), 0);
    }

    #[test]
    fn a_window_that_turns_is_nobody_elses_doing() {
        let mut spending = Spending::default();
        for told in [2, 1, 99, 98] {
            let request = spending.took(Class::Log, at(0));
            spending.answered(request, &left(told), false, at(0));
        }
        assert_eq!(others(&spending), 0);
    }

    #[test]
    fn a_lost_answer_holds_the_count_up_only_for_a_while() {
        let mut spending = Spending::default();
        let first = spending.took(Class::Log, at(0));
        spending.answered(first, &left(99), false, at(0));
        spending.took(Class::Log, at(1));
        let third = spending.took(Class::Log, at(2));
        spending.answered(third, &left(90), false, at(2));
        assert_eq!(others(&spending), 0, "perhaps it is still under way");
        let fourth = spending.took(Class::Log, at(300));
        spending.answered(fourth, &left(89), false, at(300));
        assert_eq!(others(&spending), 7);
    }

    #[test]
    fn old_minutes_leave() {
        let mut spending = Spending::default();
        for minute in 0..500 {
            spending.took(Class::Sync, at(minute * 60));
        }
        assert_eq!(spending.since(Timestamp::MIN).len(), KEPT);
    }
}
