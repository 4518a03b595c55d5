#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

fn at(second: i64) -> Timestamp {
    // A whole hour, so that windows turn at round numbers.
    Timestamp::from_second(1_772_442_000 + second).unwrap()
}

fn left(window: Window, left: i64) -> QuotaLeft {
    QuotaLeft::default().with(window, left)
}

fn budget(window: Window, limit: i64, remaining: i64) -> Budget {
    let mut budget = Budget::default();
    budget.told(window, limit, 0, at(0));
    budget.answered(&left(window, remaining), at(0));
    budget
}

fn goes(budget: &Budget, class: Class, second: i64) -> bool {
    budget.judge(class, 0, at(second)) == Verdict::Go
}

#[test]
fn each_class_stops_at_its_own_reserve() {
    let table = [
        // window, limit, left, log, card, first copy, sync
        (Window::Second, 5, 2, true, true, true, true),
        (Window::Second, 5, 1, true, true, false, false),
        (Window::Second, 5, 0, false, false, false, false),
        (Window::Second, 5, -3, false, false, false, false),
        (Window::Minute, 148, 31, true, true, true, true),
        (Window::Minute, 148, 30, true, true, false, false),
        (Window::Minute, 148, 5, true, false, false, false),
        (Window::Minute, 148, 0, false, false, false, false),
        // A minute smaller than the reserve still syncs.
        (Window::Minute, 20, 6, true, true, true, true),
        (Window::Minute, 20, 5, true, true, false, false),
        (Window::Day, 1_000, 101, true, true, true, true),
        (Window::Day, 1_000, 100, true, true, false, false),
        (Window::Day, 1_000, 10, true, false, false, false),
        (Window::Month, 1_000, 50, true, true, false, false),
    ];
    for (window, limit, remaining, log, card, first_copy, sync) in table {
        let budget = budget(window, limit, remaining);
        let classes = [Class::Log, Class::Card, Class::FirstCopy, Class::Sync];
        let judged = classes.map(|class| goes(&budget, class, 0));
        assert_eq!(
            judged,
            [log, card, first_copy, sync],
            "{window:?} {remaining} of {limit}"
        );
    }
}

#[test]
fn a_window_is_full_again_when_it_turns() {
    let budget = budget(Window::Minute, 100, 0);
    assert_eq!(budget.judge(Class::Log, 0, at(20)), Verdict::Wait(at(60)));
    assert!(goes(&budget, Class::Log, 60) && goes(&budget, Class::Sync, 60));
}

#[test]
fn nothing_known_holds_nothing_back() {
    assert!(
        Class::ALL
            .iter()
            .all(|class| goes(&Budget::default(), *class, 0))
    );
}

#[test]
fn a_used_up_day_is_asked_about_again_for_a_log_after_a_minute() {
    let budget = budget(Window::Day, 1_000, 0);
    assert_eq!(budget.judge(Class::Log, 0, at(10)), Verdict::Wait(at(60)));
    assert!(goes(&budget, Class::Log, 60));
    assert_eq!(budget.judge(Class::Sync, 0, at(10)), Verdict::Wait(at(900)));
}

#[test]
fn requests_count_before_their_answers_come() {
    let mut budget = budget(Window::Second, 3, 2);
    budget.took(Class::Log, at(0));
    budget.took(Class::Log, at(0));
    assert!(!goes(&budget, Class::Log, 0));
    // The older answer arrives late and tells a larger number: it changes nothing.
    budget.answered(&left(Window::Second, 1), at(0));
    assert!(!goes(&budget, Class::Log, 0));
}

#[test]
fn a_refusal_makes_everything_wait_ever_longer() {
    let mut budget = Budget::default();
    let mut waits = Vec::new();
    for _ in 0..7 {
        budget.blocked_until = None;
        budget.refused(&QuotaLeft::default(), None, at(0));
        let Verdict::Wait(until) = budget.judge(Class::Log, 0, at(0)) else {
            panic!("it waits")
        };
        waits.push(until.duration_since(at(0)).as_secs());
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    budget.accepted();
    budget.blocked_until = None;
    budget.refused(&QuotaLeft::default(), None, at(0));
    assert_eq!(budget.judge(Class::Sync, 0, at(0)), Verdict::Wait(at(1)));
}

#[test]
fn a_refusal_obeys_the_vendor_and_else_the_minute() {
    let mut budget = Budget::default();
    budget.refused(
        &left(Window::Minute, 0),
        Some(SignedDuration::from_secs(7)),
        at(5),
    );
    assert_eq!(budget.judge(Class::Log, 0, at(5)), Verdict::Wait(at(12)));
    let mut budget = Budget::default();
    budget.refused(&left(Window::Minute, 0), None, at(5));
    assert_eq!(budget.judge(Class::Log, 0, at(5)), Verdict::Wait(at(60)));
}

#[test]
fn the_limit_is_the_most_that_was_ever_left() {
    let mut budget = Budget::default();
    budget.answered(&left(Window::Second, 3), at(0));
    assert_eq!(budget.limit(Window::Second), Some(4));
    budget.answered(&left(Window::Second, 22), at(1));
    budget.answered(&left(Window::Second, 9), at(2));
    assert_eq!(budget.limit(Window::Second), Some(23));
    assert_eq!(budget.left()["second"], 9);
}

#[test]
fn what_was_spent_is_told_by_purpose() {
    let mut budget = Budget::default();
    budget.took(Class::FirstCopy, at(0));
    budget.took(Class::Sync, at(30));
    budget.took(Class::Log, at(70));
    assert_eq!(budget.spent()["sync"], 2);
    assert_eq!(budget.spent()["log"], 1);
    assert_eq!(budget.spent()["card"], 0);
    assert_eq!(budget.last_minute(at(75)), 2);
}

#[test]
fn headers_may_be_missing_negative_or_nonsense() {
    let mut headers = HeaderMap::new();
    headers.insert("X-Quota-Remaining-By-Second", "-4".parse().unwrap());
    headers.insert("X-Quota-Remaining-By-Minute", " 148 ".parse().unwrap());
    headers.insert("X-Quota-Remaining-By-Day", "many".parse().unwrap());
    let read = QuotaLeft::read(&headers);
    let all = Window::ALL.map(|window| read.of(window));
    assert_eq!(all, [Some(-4), Some(148), None, None]);
}

#[test]
fn the_more_urgent_passes() {
    assert!(gives_way(Class::Sync, Class::Log) && gives_way(Class::Card, Class::Log));
    assert!(gives_way(Class::FirstCopy, Class::Card));
    assert!(!gives_way(Class::Log, Class::Sync) && !gives_way(Class::Log, Class::Log));
    assert!(!gives_way(Class::Sync, Class::FirstCopy));
}
