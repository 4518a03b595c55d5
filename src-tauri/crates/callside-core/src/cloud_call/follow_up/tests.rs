#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::call::{CallEvent, Direction, Happening, Opening};
use crate::phone_number::RemoteNumber;

fn at(second: i64) -> Timestamp {
    let noon: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    noon.checked_add(SignedDuration::from_secs(second)).unwrap()
}

/// A call that rings at noon, with the answer and the end at these seconds.
fn call(answered: Option<i64>, ended: Option<i64>) -> Call {
    let mut event = CallEvent {
        app: "aircall".into(),
        app_call_id: Some("1".into()),
        happening: Happening::Ringing,
        direction: Some(Direction::Inbound),
        remote: None,
        line: None,
        name: None,
        at: at(0),
        verified: true,
    };
    let opening = Opening {
        id: CallId::new("01"),
        remote: RemoteNumber::withheld(),
        confirmed: true,
    };
    let mut call = Call::open(opening, &event);
    let end = Happening::Ended {
        talk_s: None,
        reason: None,
    };
    for (second, happening) in [(answered, Happening::Answered), (ended, end)] {
        if let Some(second) = second {
            event.happening = happening;
            event.at = at(second);
            call.apply(&event).unwrap();
        }
    }
    call
}

fn record(duration_s: u32) -> CloudCall {
    CloudCall {
        id: "1".into(),
        direction: Direction::Inbound,
        status: CloudStatus::Answered,
        said: None,
        started_at: at(0),
        answered_at: Some(at(1)),
        ended_at: Some(at(i64::from(duration_s))),
        duration_s,
        remote: String::new(),
        line: None,
        agent: None,
        contact_name: None,
        recording_link: None,
        recorded: false,
        tags: Vec::new(),
        comments: Vec::new(),
        insights: CallInsights::default(),
    }
}

fn fresh() -> FollowUp {
    FollowUp::new(CallId::new("01"), "aircall", "1")
}

fn next(plan: &FollowUp, call: &Call) -> Option<(i64, FollowStep)> {
    let (at_, step) = plan.next(call, false)?;
    Some((at_.duration_since(at(0)).as_secs(), step))
}

#[test]
fn a_call_without_an_end_is_looked_after_at_growing_pauses() {
    let (ringing, talking) = (call(None, None), call(Some(5), None));
    let mut plan = fresh();
    for second in [90, 180, 360] {
        assert_eq!(next(&plan, &ringing), Some((second, FollowStep::Watch)));
        plan.look(&ringing, at(second));
    }
    // They talk: looks begin anew.
    for second in [605, 1_205, 2_405] {
        assert_eq!(next(&plan, &talking), Some((second, FollowStep::Watch)));
        plan.look(&talking, at(second));
    }
}

#[test]
fn where_ends_go_missing_it_is_looked_after_often_and_never_every_instant() {
    let talking = call(Some(5), None);
    let mut plan = fresh();
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (when, _) = plan.next(&talking, true).unwrap();
        seen.push(when.duration_since(at(0)).as_secs());
        plan.look(&talking, when);
    }
    assert_eq!(seen, [20, 50, 110, 170, 230]);
}

#[test]
fn the_record_is_read_three_times_and_one_read_does_for_all_that_are_due() {
    let over = call(Some(1), Some(30));
    let mut plan = fresh();
    for second in [75, 630, 86_430] {
        assert_eq!(next(&plan, &over), Some((second, FollowStep::Read)));
        plan.take(&record(30), Some(at(30)), at(second));
    }
    assert_eq!(next(&plan, &over), None);
    let mut late = fresh();
    late.take(&record(30), Some(at(30)), at(3_600));
    assert_eq!(next(&late, &over), Some((86_430, FollowStep::Read)));
}

#[test]
fn a_read_shortly_before_a_planned_one_does_for_it_but_for_the_first() {
    let over = call(Some(1), Some(30));
    for (read, then) in [
        (74, 75),
        (75, 630),
        (569, 630),
        (570, 86_430),
        (86_369, 86_430),
    ] {
        let mut plan = fresh();
        plan.take(&record(30), Some(at(30)), at(read));
        assert_eq!(next(&plan, &over), Some((then, FollowStep::Read)), "{read}");
    }
    let mut plan = fresh();
    plan.take(&record(30), Some(at(30)), at(86_370));
    assert_eq!(next(&plan, &over), None);
}

#[test]
fn the_first_read_is_waited_for_only_while_it_is_shortly_ahead() {
    let over = call(Some(1), Some(30));
    let plan = fresh();
    for (now, ahead) in [
        (29, false),
        (30, true),
        (74, true),
        (75, false),
        (900, false),
    ] {
        let waits = plan.first_read(&over, at(now)) == Some(at(75));
        assert_eq!(waits, ahead, "{now}");
    }
    let mut read = fresh();
    read.take(&record(30), Some(at(30)), at(75));
    assert_eq!(read.first_read(&over, at(31)), None);
    assert_eq!(plan.first_read(&call(Some(1), None), at(31)), None);
}

#[test]
fn a_machine_is_asked_about_calls_between_a_minute_and_three_hours() {
    for (seconds, asked) in [(60, false), (61, true), (10_799, true), (10_800, false)] {
        let end = i64::from(seconds);
        let over = call(Some(1), Some(end));
        let mut plan = fresh();
        plan.take(&record(seconds), Some(at(end)), at(end + 45));
        let listens = next(&plan, &over) == Some((end + 60, FollowStep::Listen));
        assert_eq!(listens, asked, "{seconds} s");
    }
}

#[test]
fn a_machine_is_asked_until_it_says_something_and_thrice_at_most() {
    let over = call(Some(1), Some(100));
    let listen = |plan: &FollowUp| match next(plan, &over) {
        Some((second, FollowStep::Listen)) => Some(second - 100),
        _ => None,
    };
    let mut plan = fresh();
    plan.take(&record(100), Some(at(100)), at(145));
    for pause in [60, 300] {
        assert_eq!(listen(&plan), Some(pause));
        assert!(!plan.hear(CallInsights::default(), at(100), at(100 + pause)));
    }
    let mut silent = plan.clone();
    plan.take(&record(100), Some(at(100)), at(700));
    assert_eq!(listen(&plan), Some(900));
    let heard = CallInsights {
        summary: Some("They spoke.".into()),
        ..CallInsights::default()
    };
    assert!(plan.hear(heard.clone(), at(100), at(1_000)));
    assert!(!plan.hear(heard, at(100), at(1_001)));
    assert_eq!(listen(&plan), None);
    silent.hear(CallInsights::default(), at(100), at(1_000));
    assert_eq!(listen(&silent), None);
}

#[test]
fn after_a_long_sleep_a_machine_is_asked_once_and_not_about_old_calls() {
    let over = call(Some(1), Some(100));
    let mut plan = fresh();
    plan.take(&record(100), Some(at(100)), at(7_200));
    assert_eq!(next(&plan, &over), Some((160, FollowStep::Listen)));
    plan.hear(CallInsights::default(), at(100), at(7_200));
    assert_eq!(next(&plan, &over), Some((86_500, FollowStep::Read)));
    let mut old = fresh();
    old.take(&record(100), Some(at(100)), at(3 * 86_400));
    assert_eq!(next(&old, &over), None);
    old.too_old = false;
    assert_eq!(next(&old, &over).unwrap().1, FollowStep::Listen);
}

#[test]
fn failures_put_the_next_question_off_and_an_answer_ends_that() {
    let over = call(Some(1), Some(30));
    let mut plan = fresh();
    plan.fail(at(75), None);
    assert_eq!(next(&plan, &over), Some((90, FollowStep::Read)));
    plan.fail(at(90), None);
    assert_eq!(next(&plan, &over), Some((150, FollowStep::Read)));
    plan.fail(at(150), Some(SignedDuration::from_secs(7)));
    assert_eq!(next(&plan, &over), Some((157, FollowStep::Read)));
    plan.take(&record(30), Some(at(30)), at(160));
    assert_eq!(next(&plan, &over), Some((630, FollowStep::Read)));
}

#[test]
fn what_was_there_stays_and_our_own_remark_is_no_remark() {
    let comment = |id: &str, text: &str| CloudComment {
        id: id.into(),
        text: text.into(),
        by: None,
    };
    let mut plan = fresh();
    plan.own_remark = Some("Wants the offer 👍!".into());
    let mut first = record(30);
    first.comments = vec![comment("1", "first"), comment("2", "wants the offer")];
    first.recording_link = Some("https://assets.example.test/1".into());
    assert!(plan.take(&first, Some(at(30)), at(75)));
    assert!(!plan.take(&first, Some(at(30)), at(76)));
    let mut second = record(30);
    second.comments = vec![comment("3", "third")];
    assert!(plan.take(&second, Some(at(30)), at(700)));
    let texts: Vec<&str> = plan.notes.remarks.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(texts, ["third", "first"]);
    assert!(plan.notes.recording_link.is_some());
}

#[test]
fn a_remark_is_known_again_without_the_signs_that_services_drop() {
    assert!(same_remark("Rappeler  demain 🙂", "rappeler demain"));
    assert!(!same_remark("Rappeler demain", "Rappeler lundi"));
    assert!(!same_remark("🙂", "👍"));
    assert!(is_worth_sending("ok") && !is_worth_sending(" 🙂 "));
}

#[test]
fn a_record_that_lags_behind_the_call_is_read_again_and_not_for_ever() {
    let over = call(Some(1), Some(30));
    let mut lagging = record(30);
    lagging.status = CloudStatus::Live;
    let mut plan = fresh();
    for (read, again) in [(75, 90), (90, 150), (150, 270)] {
        plan.take(&lagging, Some(at(30)), at(read));
        assert_eq!(next(&plan, &over), Some((again, FollowStep::Read)));
    }
    plan.take(&lagging, Some(at(30)), at(86_430));
    assert_eq!(next(&plan, &over), None);
}

#[test]
fn one_look_does_for_all_that_were_due_while_the_computer_slept() {
    let talking = call(Some(0), None);
    let mut plan = fresh();
    plan.look(&talking, at(5 * 3_600));
    let (when, _) = next(&plan, &talking).unwrap();
    assert!(when > 5 * 3_600, "{when}");
}
