//! A filed call reaches the CRM once, whatever goes wrong on the way.

use callside_core::outbox::{DeliveryState, Reason};
use callside_engine::connections::ConnectionState;
use callside_sandbox::book::{BOULANGERIE_MARTIN_PHONE, LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE};
use callside_sandbox::{Fault, FaultRule};

use super::desk::Desk;
use super::room;

/// The one request that writes.
const WRITE: &str = "/v2/phone-calls$";

fn writes(desk: &Desk) -> usize {
    desk.requests_for("POST", "/phone-calls")
}

#[tokio::test]
async fn what_was_filed_offline_arrives_seconds_after_the_crm_is_back() {
    let mut desk = Desk::new().await;
    desk.crm.go_offline();
    let calls = [
        desk.log_call_with(MARIE_DUPONT_MOBILE, "one").await,
        desk.log_call_with(LUC_BERNARD_MOBILE, "two").await,
    ];
    desk.pass(3600).await;
    for call in &calls {
        assert_eq!(
            desk.delivery_state(call).await,
            (DeliveryState::Waiting, Some(Reason::Unreachable))
        );
        assert!(desk.delivery(call).await.delivery.next_try_at.is_some());
    }
    desk.crm.come_back();
    for call in &calls {
        let took = desk.pass_until_delivered(call, 60).await;
        assert!(took <= 20, "{took} seconds");
        desk.logged_once(call).await;
    }
    assert_eq!(desk.crm.phone_calls().len(), 2);
    assert_eq!(desk.state(), Some(ConnectionState::Connected));
}

#[tokio::test]
async fn an_answer_lost_after_the_effect_is_found_by_its_marker() {
    for fault in [
        Fault::StatusAfterEffect { status: 500 },
        Fault::StatusAfterEffect { status: 502 },
        Fault::CutAfterEffect,
        Fault::TruncatedJson,
        Fault::BrokenJson,
    ] {
        let mut desk = Desk::new().await;
        desk.crm
            .add_fault(FaultRule::once("POST", WRITE, fault.clone()));
        let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "once").await;
        let took = desk.pass_until_delivered(&call, 60).await;
        assert!(took <= 5, "{fault:?}: {took} seconds");
        desk.logged_once(&call).await;
        assert_eq!(writes(&desk), 1, "{fault:?}");
        desk.check_requests();
    }
}

#[tokio::test]
async fn a_write_that_failed_without_effect_is_looked_for_and_then_repeated() {
    for fault in [
        Fault::Status {
            status: 500,
            retry_after: None,
        },
        Fault::CutBeforeEffect,
    ] {
        let mut desk = Desk::new().await;
        desk.crm
            .add_fault(FaultRule::once("POST", WRITE, fault.clone()));
        let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "once").await;
        assert_eq!(desk.delivery_state(&call).await.0, DeliveryState::Checking);
        let took = desk.pass_until_delivered(&call, 600).await;
        // Looked for at once, then after 15, 60 and 300 seconds.
        assert!((370..=380).contains(&took), "{fault:?}: {took} seconds");
        desk.logged_once(&call).await;
        assert_eq!(writes(&desk), 2, "{fault:?}");
        assert_eq!(desk.delivery(&call).await.delivery.attempts, 2);
    }
}

#[tokio::test]
async fn a_log_that_shows_up_late_in_searches_is_not_written_again() {
    let mut desk = Desk::new().await;
    desk.crm.set_slow_index(200_000);
    desk.crm
        .add_fault(FaultRule::once("POST", WRITE, Fault::CutAfterEffect));
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "once").await;
    desk.pass_until_delivered(&call, 600).await;
    desk.logged_once(&call).await;
    assert_eq!(writes(&desk), 1);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_not_waited_for() {
    let mut desk = Desk::new().await;
    let late = Fault::DelayAfterEffect { ms: 25_000 };
    desk.crm.add_fault(FaultRule::once("POST", WRITE, late));
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "once").await;
    let took = desk.pass_until_delivered(&call, 60).await;
    assert!((20..25).contains(&took), "{took} seconds");
    desk.logged_once(&call).await;
    assert_eq!(writes(&desk), 1);
}

#[tokio::test]
async fn a_look_that_fails_too_still_leaves_the_call_written_once() {
    let mut desk = Desk::new().await;
    desk.crm
        .add_fault(FaultRule::once("POST", WRITE, Fault::CutAfterEffect));
    desk.crm.add_fault(FaultRule::times(
        "POST",
        "/v2/phone-calls/search",
        5,
        Fault::Status {
            status: 503,
            retry_after: None,
        },
    ));
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "once").await;
    assert_eq!(desk.delivery_state(&call).await.0, DeliveryState::Checking);
    desk.engine.retry(&call).await.unwrap();
    desk.pass_until_delivered(&call, 600).await;
    desk.logged_once(&call).await;
    assert_eq!(writes(&desk), 1);
}

#[tokio::test]
async fn a_crash_in_the_middle_of_sending_is_looked_up_at_the_next_start() {
    // The effect takes place, and the app is gone before the answer.
    let mut desk = Desk::new().await;
    let slow = Fault::DelayAfterEffect { ms: 10_000 };
    desk.crm.add_fault(FaultRule::once("POST", WRITE, slow));
    let call = desk.talk_with(MARIE_DUPONT_MOBILE).await;
    desk.engine.file(&call).await.unwrap();
    desk.clock.advance(jiff::SignedDuration::from_secs(6));
    while desk.crm.phone_calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(desk.delivery(&call).await.delivery.in_flight);
    desk.restart().await;
    desk.settle().await;
    desk.logged_once(&call).await;
    assert_eq!(writes(&desk), 1);
}

#[test]
fn a_day_without_the_crm_arrives_once_it_is_back() {
    room::open().block_on(a_day_without_the_crm());
}

async fn a_day_without_the_crm() {
    let mut desk = Desk::new().await;
    desk.stop().await;
    desk.crm.go_offline();
    desk.start().await;
    desk.settle().await;
    let people = [
        MARIE_DUPONT_MOBILE,
        BOULANGERIE_MARTIN_PHONE,
        LUC_BERNARD_MOBILE,
    ];
    let mut calls = Vec::new();
    for hour in 0..8 {
        let note = format!("hour {hour}");
        let card = desk.ring_for_card(people[hour % people.len()]).await;
        assert!(card.shown.is_some(), "the caller has a name all the same");
        let call = card.record.call.id;
        desk.settle().await;
        desk.answer(&call).await;
        desk.pass(90).await;
        desk.hang_up(&call).await;
        desk.note(&call, &note).await;
        desk.file(&call).await;
        calls.push((call, note));
        desk.pass(3_500).await;
    }
    assert!(desk.crm.phone_calls().is_empty());
    desk.crm.come_back();
    for (call, note) in &calls {
        desk.pass_until_delivered(call, 120).await;
        let log = desk.logged_once(call).await;
        assert!(log.description.unwrap().ends_with(note));
    }
    assert_eq!(desk.crm.phone_calls().len(), calls.len());
    desk.check_requests();
}

#[tokio::test]
async fn a_wrong_clock_hides_no_log_from_the_look() {
    for (before, after) in [
        (100_000, 0),
        (100_000, -99_000),
        (-100_000, 0),
        (0, 100_000),
    ] {
        let mut desk = Desk::new().await;
        desk.set_clock_by(before);
        let rules = [
            FaultRule::once("POST", WRITE, Fault::CutAfterEffect),
            FaultRule::once("POST", "/v2/phone-calls/search", Fault::CutBeforeEffect),
        ];
        rules.into_iter().for_each(|rule| desk.crm.add_fault(rule));
        let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "once").await;
        assert_eq!(desk.delivery_state(&call).await.0, DeliveryState::Checking);
        desk.set_clock_by(after);
        desk.pass_until_delivered(&call, 600).await;
        desk.logged_once(&call).await;
        assert_eq!(writes(&desk), 1, "{before} {after}");
    }
}

#[tokio::test]
async fn while_the_crm_is_away_one_log_tries_for_all_and_all_go_when_it_is_back() {
    let mut desk = Desk::new().await;
    desk.crm.go_offline();
    let mut calls = Vec::new();
    for _ in 0..6 {
        calls.push(desk.log_call_with(MARIE_DUPONT_MOBILE, "later").await);
    }
    let tries = async |desk: &Desk| {
        let mut tries = 0;
        for call in &calls {
            tries += desk.delivery(call).await.delivery.attempts;
        }
        tries
    };
    let before = tries(&desk).await;
    desk.pass(120).await;
    let more = tries(&desk).await - before;
    assert!((4..=16).contains(&more), "{more} tries in two minutes");
    desk.crm.come_back();
    for call in &calls {
        desk.pass_until_delivered(call, 90).await;
        desk.logged_once(call).await;
    }
}

#[tokio::test]
async fn the_crms_wish_for_patience_is_followed() {
    for (retry_after, least, most) in [(Some(7), 7, 9), (None, 1, 4)] {
        let mut desk = Desk::new().await;
        let busy = Fault::Status {
            status: 429,
            retry_after,
        };
        desk.crm.add_fault(FaultRule::once("POST", WRITE, busy));
        let call = desk.log_call_with(BOULANGERIE_MARTIN_PHONE, "busy").await;
        assert_eq!(
            desk.delivery_state(&call).await,
            (DeliveryState::Waiting, Some(Reason::Limited))
        );
        let took = desk.pass_until_delivered(&call, 60).await;
        assert!((least..=most).contains(&took), "{retry_after:?}: {took}");
        desk.logged_once(&call).await;
        assert_eq!(writes(&desk), 2);
        // A refusal for now leaves no doubt, so nothing is looked for.
        assert_eq!(desk.requests_for("POST", "/phone-calls/search"), 0);
    }
}

#[tokio::test]
async fn an_access_that_ran_out_is_renewed_on_the_way() {
    let mut desk = Desk::new().await;
    let call = desk.talk_with(MARIE_DUPONT_MOBILE).await;
    desk.crm.expire_access_tokens();
    desk.crm.forget_requests();
    desk.file(&call).await;
    desk.logged_once(&call).await;
    assert_eq!(
        desk.crm.requests_to("POST", "/oauth2/access-tokens").len(),
        1
    );
    assert_eq!(desk.state(), Some(ConnectionState::Connected));
}

#[tokio::test]
async fn a_revoked_sign_in_keeps_everything_and_goes_on_after_the_next() {
    let mut desk = Desk::new().await;
    let first = desk.talk_with(MARIE_DUPONT_MOBILE).await;
    desk.crm.revoke_tokens();
    desk.file(&first).await;
    let disconnected = (DeliveryState::Stuck, Some(Reason::Disconnected));
    assert_eq!(desk.delivery_state(&first).await, disconnected);
    assert_eq!(desk.state(), Some(ConnectionState::Disconnected));

    // The day goes on with what is here.
    let lookup = desk.engine.lookup(LUC_BERNARD_MOBILE).await.unwrap();
    assert_eq!(lookup.matches.len(), 1);
    let second = desk.log_call_with(LUC_BERNARD_MOBILE, "kept").await;
    assert_eq!(desk.delivery_state(&second).await, disconnected);
    desk.crm.forget_requests();
    desk.pass(7200).await;
    assert_eq!(desk.crm.requests(), [], "nobody knocks without a sign-in");

    desk.connect().await;
    desk.settle().await;
    for call in [&first, &second] {
        desk.logged_once(call).await;
    }
    assert_eq!(desk.crm.phone_calls().len(), 2);
    assert_eq!(desk.state(), Some(ConnectionState::Connected));
}

#[tokio::test]
async fn a_refusal_is_shown_in_the_crms_words_and_a_retry_goes_through() {
    let table = [
        Fault::Status {
            status: 402,
            retry_after: None,
        },
        Fault::MissingScope {
            scope: "phonecalls.write".into(),
        },
    ];
    for fault in table {
        let mut desk = Desk::new().await;
        desk.crm
            .add_fault(FaultRule::always("POST", WRITE, fault.clone()));
        let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "refused").await;
        let (state, reason) = desk.delivery_state(&call).await;
        assert_eq!(state, DeliveryState::Stuck, "{fault:?}");
        let Some(Reason::Refused { words }) = reason else {
            panic!("{fault:?}: {reason:?}")
        };
        assert!(!words.is_empty());
        if matches!(fault, Fault::MissingScope { .. }) {
            assert!(words.contains("phonecalls.write"), "{words}");
        }
        let tried = writes(&desk);
        desk.pass(3600).await;
        assert_eq!(writes(&desk), tried, "a refusal is not repeated");

        desk.crm.clear_faults();
        desk.engine.retry(&call).await.unwrap();
        desk.settle().await;
        desk.logged_once(&call).await;
    }
}

#[tokio::test]
async fn a_retry_by_hand_does_not_wait_for_the_plan() {
    let mut desk = Desk::new().await;
    desk.crm.go_offline();
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "now").await;
    desk.pass(120).await;
    desk.crm.come_back();
    assert!(desk.delivery(&call).await.delivery.next_try_at > Some(desk.now()));
    desk.engine.retry(&call).await.unwrap();
    desk.settle().await;
    desk.logged_once(&call).await;
}

#[tokio::test]
async fn an_entry_given_up_is_not_sent_any_more() {
    let mut desk = Desk::new().await;
    desk.crm.go_offline();
    let call = desk
        .log_call_with(MARIE_DUPONT_MOBILE, "not this one")
        .await;
    let entry = desk.delivery(&call).await;
    desk.engine.give_up(&entry.id).await.unwrap();
    desk.crm.come_back();
    desk.pass(600).await;
    assert_eq!(desk.record(&call).await.deliveries, []);
    assert_eq!(desk.crm.phone_calls(), []);
}
