#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use ulid::Ulid;

use super::*;
use crate::call::{CallEvent, Happening, Opening};
use crate::cloud_call::CallInsights;
use crate::id::CallId;
use crate::phone_number::{Region, read_remote};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn logged() -> Logged {
    Logged {
        remote_id: RemoteId::new("77"),
        url: None,
        text: "callside-x".into(),
        fields: None,
    }
}

/// Runs the look-ups of a log in doubt until it is sent again; tells when each was due.
fn looks_until_sent(delivery: &mut Delivery, from: i64) -> Vec<i64> {
    let mut looks = Vec::new();
    for second in from..from + 1_000 {
        match delivery.due(at(second), 0) {
            Some(Step::Check) => {
                looks.push(second - from);
                delivery.not_found(at(second));
            }
            Some(Step::Send) => return looks,
            _ => {}
        }
    }
    looks
}

#[test]
fn nothing_leaves_before_the_undo_is_over() {
    let delivery = Delivery::filed(at(5), true);
    assert_eq!(delivery.due(at(4), 0), None);
    assert_eq!(delivery.due(at(5), 0), Some(Step::Send));
}

#[test]
fn a_try_in_doubt_is_looked_up_four_times_before_it_is_sent_again() {
    let mut delivery = Delivery::filed(at(0), true);
    delivery.begin_send(at(0));
    delivery.fail(&DeliveryError::InDoubt, at(0), 0.0);
    assert_eq!(delivery.state, DeliveryState::Checking);
    assert_eq!(looks_until_sent(&mut delivery, 0), [0, 15, 75, 375]);
    assert_eq!(delivery.state, DeliveryState::Waiting);
}

#[test]
fn a_log_in_doubt_is_never_sent_by_reconnecting_or_retrying() {
    let mut delivery = Delivery::filed(at(0), true);
    delivery.begin_send(at(0));
    delivery.fail(&DeliveryError::InDoubt, at(0), 0.0);
    delivery.fail(&DeliveryError::Unauthorized, at(1), 0.0);
    assert_eq!(delivery.state, DeliveryState::Stuck);
    delivery.reconnected(at(100));
    assert_eq!(delivery.due(at(100), 0), Some(Step::Check));
    delivery.stick(Reason::Refused { words: "no".into() });
    delivery.retry(at(101));
    assert_eq!(delivery.due(at(101), 0), Some(Step::Check));
}

#[test]
fn a_retry_looks_once_and_sends_unless_the_try_was_only_just_made() {
    let mut delivery = Delivery::filed(at(0), true);
    delivery.begin_send(at(0));
    delivery.fail(&DeliveryError::InDoubt, at(0), 0.0);
    delivery.retry(at(5));
    delivery.not_found(at(5));
    assert_eq!(delivery.due(at(6), 0), None, "too soon to trust the search");

    delivery.retry(at(40));
    assert_eq!(delivery.due(at(40), 0), Some(Step::Check));
    delivery.not_found(at(40));
    assert_eq!(delivery.due(at(40), 0), Some(Step::Send));
}

#[test]
fn a_crash_during_a_try_is_a_doubt() {
    let mut delivery = Delivery::filed(at(0), true);
    delivery.begin_send(at(0));
    assert_eq!(delivery.due(at(1), 0), None, "one try at a time");
    delivery.recover(at(60));
    assert_eq!(delivery.due(at(60), 0), Some(Step::Check));
    assert_eq!(delivery.attempts, 1);
}

#[test]
fn an_unreachable_crm_is_tried_less_and_less_often_and_for_ever() {
    let mut delivery = Delivery::filed(at(0), true);
    let mut pauses = Vec::new();
    let mut now = at(0);
    for _ in 0..8 {
        delivery.begin_send(now);
        delivery.fail(&DeliveryError::Offline, now, 0.0);
        assert_eq!(delivery.reason, Some(Reason::Unreachable));
        let next = delivery.next_try_at.unwrap();
        pauses.push(next.duration_since(now).as_secs());
        now = next;
    }
    assert_eq!(pauses, [2, 4, 8, 15, 15, 15, 15, 15]);
}

#[test]
fn the_crms_own_pause_is_obeyed() {
    let mut delivery = Delivery::filed(at(0), true);
    delivery.begin_send(at(0));
    let retry_after = Some(SignedDuration::from_secs(37));
    delivery.fail(&DeliveryError::Busy { retry_after }, at(0), 1.0);
    assert_eq!(delivery.next_try_at, Some(at(37)));
    assert_eq!(delivery.reason, Some(Reason::Limited));
}

#[test]
fn each_refusal_has_its_reason() {
    let rows = [
        (DeliveryError::Unauthorized, "disconnected"),
        (DeliveryError::Gone, "contact_deleted"),
        (
            DeliveryError::Refused {
                words: "non".into(),
            },
            "refused",
        ),
        (DeliveryError::NoAdmin, "no_admin"),
    ];
    for (error, code) in rows {
        let mut delivery = Delivery::filed(at(0), true);
        delivery.begin_send(at(0));
        delivery.fail(&error, at(0), 0.0);
        assert_eq!(delivery.state, DeliveryState::Stuck);
        assert_eq!(delivery.reason.as_ref().map(Reason::code), Some(code));
        assert_eq!(delivery.due(at(9_999), 0), None, "waits for the agent");
        delivery.retry(at(10_000));
        assert_eq!(delivery.due(at(10_000), 0), Some(Step::Send));
    }
}

#[test]
fn a_later_change_is_due_once_the_log_is_there() {
    let mut delivery = Delivery::filed(at(0), true);
    delivery.begin_send(at(0));
    delivery.succeed(logged(), 3);
    assert_eq!(delivery.due(at(1), 3), None);
    assert_eq!(delivery.due(at(1), 4), Some(Step::Amend));
}

#[test]
fn an_unknown_caller_is_matched_for_a_day_and_then_stuck() {
    let mut entry = unknown_caller(at(0));
    entry.nobody_found(at(86_399));
    assert_eq!(entry.delivery.state, DeliveryState::Waiting);
    assert_eq!(entry.delivery.next_try_at, Some(at(86_400)));
    entry.nobody_found(at(86_400));
    assert_eq!(entry.delivery.state, DeliveryState::Stuck);
    assert_eq!(entry.delivery.reason, Some(Reason::ContactNotFound));
}

fn unknown_caller(filed_at: Timestamp) -> OutboxEntry {
    OutboxEntry {
        id: EntryId::from_ulid(Ulid::nil()),
        call: CallId::from_ulid(Ulid::nil()),
        connection: ConnectionId::new("sellsy"),
        target: None,
        marker: Marker::from_ulid(Ulid::nil()),
        filed_at,
        facts: None,
        delivery: Delivery::filed(filed_at, false),
    }
}

#[test]
fn a_clock_set_back_delays_nothing() {
    let an_hour_back = at(-3_600);
    let filed = Delivery::filed(at(5), true);
    assert_eq!(filed.due(an_hour_back, 0), Some(Step::Send));

    let mut offline = Delivery::filed(at(0), true);
    offline.begin_send(at(0));
    offline.fail(&DeliveryError::Offline, at(0), 1.0);
    assert_eq!(offline.due(an_hour_back, 0), Some(Step::Send));

    let mut doubtful = Delivery::filed(at(0), true);
    doubtful.begin_send(at(0));
    doubtful.fail(&DeliveryError::InDoubt, at(0), 0.0);
    doubtful.not_found(at(0));
    assert_eq!(doubtful.due(at(1), 0), None);
    assert_eq!(doubtful.due(an_hour_back, 0), Some(Step::Check));
    // And then it waits again, by the clock as it is now.
    doubtful.not_found(an_hour_back);
    assert_eq!(doubtful.due(an_hour_back, 0), None);
}

#[test]
fn patience_that_the_crm_asks_for_ends_after_a_day_at_most() {
    let mut delivery = Delivery::filed(at(0), true);
    delivery.begin_send(at(0));
    let month = SignedDuration::from_hours(30 * 24);
    let busy = DeliveryError::Busy {
        retry_after: Some(month),
    };
    delivery.fail(&busy, at(0), 0.0);
    assert_eq!(delivery.due(at(1), 0), None);
    assert_eq!(delivery.due(at(23 * 3_600), 0), None);
    assert_eq!(delivery.due(at(24 * 3_600), 0), Some(Step::Send));
}

#[test]
fn an_unknown_caller_filed_by_a_clock_ahead_is_not_tried_without_end() {
    let mut entry = unknown_caller(at(10 * 24 * 3_600));
    entry.nobody_found(at(0));
    assert_eq!(entry.delivery.due(at(0), 0), None);
    assert_eq!(entry.delivery.due(at(24 * 3_600), 0), Some(Step::Send));
}

#[test]
fn what_a_backup_says_is_looked_up_before_it_is_sent() {
    let mut waiting = Delivery::filed(at(0), false);
    waiting.restored(at(10));
    assert_eq!(waiting.due(at(10), 0), Some(Step::Check));
    assert_eq!(looks_until_sent(&mut waiting, 10), [0, 15, 75, 375]);

    let mut stuck = Delivery::filed(at(0), true);
    stuck.stick(Reason::Disconnected);
    stuck.restored(at(10));
    assert_eq!(stuck.state, DeliveryState::Stuck);
    stuck.reconnected(at(20));
    assert_eq!(stuck.due(at(20), 0), Some(Step::Check));

    let mut there = Delivery::filed(at(0), true);
    there.succeed(logged(), 1);
    let before = there.clone();
    there.restored(at(10));
    assert_eq!(there, before);
}

fn talked() -> Call {
    let event = CallEvent {
        app: "baresip".into(),
        app_call_id: None,
        happening: Happening::Ringing,
        direction: None,
        remote: Some("0639980123".into()),
        line: Some("Paris\nline".into()),
        name: None,
        at: at(0),
        verified: true,
    };
    let opening = Opening {
        id: CallId::from_ulid(Ulid::nil()),
        remote: read_remote("0639980123", Region::FR),
        confirmed: true,
    };
    let mut call = Call::open(opening, &event);
    for (second, happening) in [
        (4, Happening::Answered),
        (
            64,
            Happening::Ended {
                talk_s: None,
                reason: None,
            },
        ),
    ] {
        let event = CallEvent {
            happening,
            at: at(second),
            ..event.clone()
        };
        call.apply(&event).unwrap();
    }
    call
}

fn labels() -> LogLabels {
    LogLabels {
        number: "Number".into(),
        withheld: "withheld".into(),
        line: "Line".into(),
        outcome: "Outcome".into(),
        tags: "Tags".into(),
        words: BTreeMap::from([("call_back".into(), "Call back".into())]),
        colon: ": ".into(),
        cloud: CloudLabels {
            summary: "Summary".into(),
            ..CloudLabels::default()
        },
    }
}

#[test]
fn the_logged_text_begins_with_the_marker_and_keeps_lines_apart() {
    let mut draft = Draft::default();
    draft.set_note("Wants the offer\nbefore Friday ").unwrap();
    draft.set_tags(["quote", "urgent"]).unwrap();
    draft.disposition = Some(Disposition::parse("call_back").unwrap());
    let marker = Marker::from_ulid(Ulid::nil());
    assert_eq!(
        log_text(&marker, &talked(), &draft, None, &labels()),
        "callside-00000000000000000000000000\nNumber: +33639980123\nLine: Paris line\n\
         Outcome: Call back\nTags: quote, urgent\n\nWants the offer\nbefore Friday"
    );
}

#[test]
fn the_longest_draft_fits_into_what_the_narrowest_crm_keeps() {
    let mut draft = Draft::default();
    draft
        .set_note(&"n".repeat(crate::wrap_up::LONGEST_NOTE))
        .unwrap();
    let tags: Vec<String> = (0..crate::wrap_up::MOST_TAGS)
        .map(|i| format!("{i:0>width$}", width = crate::wrap_up::LONGEST_TAG))
        .collect();
    draft.set_tags(tags.iter().map(String::as_str)).unwrap();
    draft.disposition = Some(Disposition::parse(&"d".repeat(crate::wrap_up::LONGEST_TAG)).unwrap());
    let mut call = talked();
    call.line = Some("l".repeat(5_000));
    let marker = Marker::from_ulid(Ulid::nil());
    let text = log_text(&marker, &call, &draft, None, &labels());
    assert!(text.chars().count() <= 4_000, "{}", text.chars().count());
    let notes = CloudNotes {
        insights: CallInsights {
            summary: Some("They spoke. ".repeat(900)),
            ..CallInsights::default()
        },
        ..CloudNotes::default()
    };
    draft.set_note("short").unwrap();
    let said = log_text(&marker, &call, &draft, Some(&notes), &labels());
    assert!(said.contains("\n\nshort\n\nSummary: They spoke."), "{said}");
    assert!(said.chars().count() <= 4_000, "{}", said.chars().count());
}

#[test]
fn the_result_follows_the_telephone_unless_the_agent_knows_better() {
    let call = talked();
    let mut draft = Draft::default();
    assert_eq!(call_result(&call, &draft), CallResult::Connected);
    draft.disposition = Some(Disposition::parse("wrong_number").unwrap());
    assert_eq!(call_result(&call, &draft), CallResult::WrongNumber);
}

proptest! {
    /// Whatever happens, a log is never sent while it may already be in the CRM.
    #[test]
    fn no_sequence_of_failures_sends_a_log_in_doubt(steps in prop::collection::vec(0_u8..8, 1..60)) {
        let mut delivery = Delivery::filed(at(0), true);
        let mut in_doubt = false;
        let mut now = 0;
        for step in steps {
            now += 40;
            match step {
                0 => delivery.retry(at(now)),
                1 => delivery.reconnected(at(now)),
                2 => delivery.recover(at(now)),
                3 => delivery.stick(Reason::Disconnected),
                _ => {}
            }
            match delivery.due(at(now), 0) {
                Some(Step::Send) => {
                    prop_assert!(!in_doubt);
                    delivery.begin_send(at(now));
                    match step {
                        4 => delivery.fail(&DeliveryError::Offline, at(now), 0.5),
                        5 => delivery.fail(&DeliveryError::Busy { retry_after: None }, at(now), 0.5),
                        6 => {
                            in_doubt = true;
                            delivery.fail(&DeliveryError::InDoubt, at(now), 0.5);
                        }
                        // The app dies here.
                        _ => in_doubt = true,
                    }
                }
                Some(Step::Check) => match step {
                    4 => delivery.fail(&DeliveryError::Offline, at(now), 0.5),
                    5 => delivery.fail(&DeliveryError::Unauthorized, at(now), 0.5),
                    6 => delivery.fail(&DeliveryError::InDoubt, at(now), 0.5),
                    _ => {
                        delivery.not_found(at(now));
                        in_doubt &= delivery.in_doubt;
                    }
                },
                _ => {}
            }
        }
    }
}
