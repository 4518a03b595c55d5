//! From a link to a call.

use std::sync::Arc;

use callside_core::call::{CallEvent, CallState, Direction, Happening};
use callside_core::contact::ContactKind;
use callside_core::ports::DialError;
use callside_engine::dialing::DialFailed;
use callside_engine::events::{EngineEvent, Notice};
use callside_sandbox::book::{MARIE_DUPONT, MARIE_DUPONT_MOBILE};
use callside_testkit::FakeTelephony;
use jiff::SignedDuration;

use super::desk::{Desk, PHONE, at};

const MARIE: &str = "tel:+33639980123";

async fn desk_with_phone() -> (Desk, Arc<FakeTelephony>) {
    let desk = Desk::new().await;
    let phone = Arc::new(FakeTelephony::named(PHONE));
    desk.engine.add_telephony(phone.clone());
    (desk, phone)
}

fn later(desk: &Desk, ms: i64) {
    desk.clock.advance(SignedDuration::from_millis(ms));
}

fn notices(desk: &mut Desk) -> Vec<Notice> {
    let notice = |event: EngineEvent| match event {
        EngineEvent::Notice(notice) => Some(notice),
        _ => None,
    };
    desk.told().into_iter().filter_map(notice).collect()
}

#[tokio::test]
async fn a_link_never_dials_by_itself() {
    let (desk, phone) = desk_with_phone().await;
    desk.engine.take_link(MARIE).await.unwrap();
    let request = desk.engine.pending_dial().unwrap();
    assert_eq!(request.request.digits, "+33639980123");
    assert_eq!(
        request.matches[0].contact.at,
        at(ContactKind::Contact, MARIE_DUPONT)
    );
    desk.pass(60).await;
    assert_eq!(phone.dialed(), [""; 0]);
    desk.engine.cancel_dial(&request.id);
    let late = desk.engine.confirm_dial(&request.id).await;
    assert!(matches!(late, Err(DialFailed::NoSuchRequest)));
    assert_eq!(phone.dialed(), [""; 0]);
}

#[tokio::test]
async fn a_confirmed_request_dials_and_the_softphones_events_find_the_call() {
    let (desk, phone) = desk_with_phone().await;
    desk.engine.take_link(MARIE).await.unwrap();
    let request = desk.engine.pending_dial().unwrap();
    later(&desk, 400);
    let early = desk.engine.confirm_dial(&request.id).await;
    assert!(matches!(early, Err(DialFailed::TooEarly)));
    assert_eq!(phone.dialed(), [""; 0]);
    later(&desk, 200);
    let call = desk.engine.confirm_dial(&request.id).await.unwrap();
    assert_eq!(phone.dialed(), ["+33639980123"]);
    assert!(desk.engine.pending_dial().is_none());
    desk.settle().await;
    let card = desk.card(&call).await;
    assert!(
        !card.record.call.confirmed,
        "only the hand-over speaks for it"
    );
    assert_eq!(card.shown, Some(at(ContactKind::Contact, MARIE_DUPONT)));

    later(&desk, 1500);
    let outbound = |happening| CallEvent {
        direction: Some(Direction::Outbound),
        remote: Some("0639980123".into()),
        ..desk.event("sip-7", happening)
    };
    desk.say(outbound(Happening::Dialing));
    desk.settle().await;
    later(&desk, 5000);
    desk.say(outbound(Happening::Answered));
    desk.settle().await;
    later(&desk, 30_000);
    desk.say(outbound(Happening::Ended {
        talk_s: None,
        reason: None,
    }));
    desk.settle().await;
    let calls = desk.engine.live_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].id, call);
    assert_eq!(
        (calls[0].state, calls[0].confirmed, calls[0].talk_s()),
        (CallState::Ended, true, 30)
    );
    desk.file(&call).await;
    let log = desk.logged_once(&call).await;
    assert_eq!((log.source.as_str(), log.duration), ("outcoming", 30));
}

#[tokio::test]
async fn the_same_link_twice_is_one_request() {
    let (desk, phone) = desk_with_phone().await;
    desk.engine.take_link(MARIE).await.unwrap();
    let first = desk.engine.pending_dial().unwrap();
    desk.engine.take_link("tel:06.39.98.01.23").await.unwrap();
    assert_eq!(desk.engine.pending_dial().unwrap().id, first.id);
    later(&desk, 600);
    desk.engine.confirm_dial(&first.id).await.unwrap();
    assert_eq!(phone.dialed().len(), 1);
}

#[tokio::test]
async fn a_flood_of_links_is_dropped_with_a_notice() {
    let (mut desk, phone) = desk_with_phone().await;
    for last in 1..=3 {
        let link = format!("tel:+3363998010{last}");
        desk.engine.take_link(&link).await.unwrap();
    }
    assert_eq!(notices(&mut desk), []);
    let fourth = desk.engine.take_link("tel:+33639980104").await;
    assert!(matches!(fourth, Err(DialFailed::Dropped)));
    assert_eq!(notices(&mut desk), [Notice::TooManyLinks]);
    later(&desk, 10_001);
    desk.engine.take_link("tel:+33639980104").await.unwrap();
    assert_eq!(phone.dialed(), [""; 0]);
}

#[tokio::test]
async fn a_number_that_comes_back_from_the_softphone_is_dropped() {
    let (mut desk, phone) = desk_with_phone().await;
    desk.engine.dial_now(MARIE_DUPONT_MOBILE).await.unwrap();
    desk.told();
    later(&desk, 800);
    let echo = desk.engine.take_link(MARIE).await;
    assert!(matches!(echo, Err(DialFailed::Dropped)));
    assert_eq!(notices(&mut desk), [Notice::LinkCameBack]);
    assert_eq!(phone.dialed().len(), 1);
    later(&desk, 3000);
    desk.engine.take_link(MARIE).await.unwrap();
}

#[tokio::test]
async fn a_code_for_the_network_is_refused() {
    let (mut desk, phone) = desk_with_phone().await;
    for link in ["tel:*%2306%23", "tel:", "tel://", "callto:%23%23"] {
        assert!(desk.engine.take_link(link).await.is_err(), "{link}");
        assert_eq!(notices(&mut desk), [Notice::LinkRefused], "{link}");
    }
    assert!(desk.engine.pending_dial().is_none());
    assert_eq!(phone.dialed(), [""; 0]);
}

#[tokio::test]
async fn what_the_softphone_refuses_was_no_call() {
    let (desk, phone) = desk_with_phone().await;
    phone.answer(Err(DialError::Unreachable));
    desk.engine.take_link(MARIE).await.unwrap();
    let request = desk.engine.pending_dial().unwrap();
    later(&desk, 600);
    let refused = desk.engine.confirm_dial(&request.id).await;
    assert!(matches!(
        refused,
        Err(DialFailed::Softphone(DialError::Unreachable))
    ));
    assert!(desk.engine.live_calls().is_empty());
    assert_eq!(desk.engine.pending_dial().unwrap().id, request.id);
}

#[tokio::test]
async fn without_a_softphone_nothing_is_dialled() {
    let desk = Desk::new().await;
    let failed = desk.engine.dial_now(MARIE_DUPONT_MOBILE).await;
    assert!(matches!(
        failed,
        Err(DialFailed::Softphone(DialError::NotSetUp))
    ));
    assert!(desk.engine.live_calls().is_empty());
}
