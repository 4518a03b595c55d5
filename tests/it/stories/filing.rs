//! From the end of a call to one phone call in the CRM.

use callside_core::contact::ContactKind;
use callside_core::outbox::DeliveryState;
use callside_core::settings::Missed;
use callside_core::wrap_up::WrapUpState;
use callside_engine::call_log::{DraftChange, WrapUpError};
use callside_sandbox::Related;
use callside_sandbox::book::{
    BOULANGERIE_MARTIN, FOUR_A_SOLE, LUC_BERNARD_MOBILE, MARIE_DUPONT, MARIE_DUPONT_MOBILE,
};
use jiff::SignedDuration;

use super::desk::{Desk, at};

fn tagged(tags: &[&str]) -> DraftChange {
    DraftChange {
        tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
        ..DraftChange::default()
    }
}

#[tokio::test]
async fn a_filed_call_is_in_the_crm_once_with_all_that_was_written() {
    let mut desk = Desk::new().await;
    let rang_at = desk.now();
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    desk.pass(4).await;
    desk.answer(&call).await;
    desk.note(&call, "Wants the offer by Friday.").await;
    desk.engine
        .change_draft(&call, tagged(&["offer", "urgent"]))
        .await
        .unwrap();
    desk.pass(60).await;
    desk.hang_up(&call).await;

    desk.engine.file(&call).await.unwrap();
    desk.pass(4).await;
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
    desk.engine.undo(&call).await.unwrap();
    desk.pass(30).await;
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
    let record = desk.record(&call).await;
    assert_eq!(record.wrap_up, WrapUpState::Open);
    assert_eq!(record.draft.note, "Wants the offer by Friday.");
    assert_eq!(record.deliveries, []);

    desk.file(&call).await;
    let log = desk.logged_once(&call).await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    let entry = desk.delivery(&call).await;
    let text = log.description.clone().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            entry.marker.as_str(),
            "Number: +33639980123",
            "Line: +33199000001",
            "Tags: offer, urgent",
            "",
            "Wants the offer by Friday.",
        ]
    );
    let related = |kind: &str, id| Related {
        kind: kind.into(),
        id,
    };
    let mut on = log.related.clone();
    on.sort_by(|a, b| a.kind.cmp(&b.kind));
    assert_eq!(
        on,
        [
            related("company", BOULANGERIE_MARTIN),
            related("contact", MARIE_DUPONT),
            related("opportunity", FOUR_A_SOLE),
        ]
    );
    assert_eq!(
        (log.owner_id, log.source.as_str(), log.result.as_str()),
        (4107, "incoming", "connected")
    );
    assert_eq!(log.duration, 60);
    assert_eq!(log.date.as_second(), rang_at.as_second());
    let target = entry.target.unwrap();
    assert_eq!(target.contact, at(ContactKind::Contact, MARIE_DUPONT));

    let late = desk.engine.undo(&call).await;
    assert!(matches!(late, Err(WrapUpError::TooLate)));
    desk.check_requests();
}

#[tokio::test]
async fn without_a_time_to_undo_delivery_starts_at_once() {
    let mut desk = Desk::setup()
        .settings(|s| s.logging.undo_s = 0)
        .start()
        .await;
    let call = desk.talk_with(LUC_BERNARD_MOBILE).await;
    desk.engine.file(&call).await.unwrap();
    desk.settle().await;
    desk.logged_once(&call).await;
}

#[tokio::test]
async fn a_filing_is_asked_for_once() {
    let mut desk = Desk::new().await;
    let call = desk.talk_with(LUC_BERNARD_MOBILE).await;
    let (first, second) = tokio::join!(desk.engine.file(&call), desk.engine.file(&call));
    assert!(first.is_ok() != second.is_ok());
    desk.pass(10).await;
    desk.logged_once(&call).await;
    let again = desk.engine.file(&call).await;
    assert!(matches!(again, Err(WrapUpError::NotOpen)));
    assert_eq!(desk.crm.phone_calls().len(), 1);
}

#[tokio::test]
async fn a_discarded_call_is_never_sent_and_can_be_taken_back() {
    let mut desk = Desk::new().await;
    let kept = desk.talk_with(LUC_BERNARD_MOBILE).await;
    desk.engine.discard(&kept).await.unwrap();
    desk.pass(2).await;
    desk.engine.undo(&kept).await.unwrap();
    assert_eq!(desk.record(&kept).await.wrap_up, WrapUpState::Open);
    desk.engine.discard(&kept).await.unwrap();
    desk.pass(600).await;
    assert_eq!(desk.record(&kept).await.wrap_up, WrapUpState::Discarded);
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
}

#[tokio::test]
async fn a_wrap_up_put_aside_waits_in_the_tray_through_a_restart() {
    let mut desk = Desk::new().await;
    let call = desk.talk_with(MARIE_DUPONT_MOBILE).await;
    desk.note(&call, "Half a note").await;
    desk.engine.put_aside(&call, true).await.unwrap();
    assert!(desk.engine.cards().await.unwrap().is_empty());

    desk.restart().await;
    assert!(desk.engine.cards().await.unwrap().is_empty());
    let tray = desk.engine.store().open_wrap_ups().await.unwrap();
    assert_eq!(tray.len(), 1);
    assert_eq!(
        (tray[0].draft.note.as_str(), tray[0].set_aside),
        ("Half a note", true)
    );
    desk.engine.put_aside(&call, false).await.unwrap();
    assert_eq!(desk.engine.cards().await.unwrap().len(), 1);
    desk.file(&call).await;
    let log = desk.logged_once(&call).await;
    assert!(log.description.unwrap().ends_with("Half a note"));
}

#[tokio::test]
async fn a_note_is_kept_from_the_moment_the_card_is_up() {
    let mut desk = Desk::new().await;
    for number in 10..30 {
        let card = desk.ring_for_card(&format!("+336399812{number}")).await;
        desk.note(&card.record.call.id, "first keystroke").await;
        assert_eq!(
            desk.record(&card.record.call.id).await.draft.note,
            "first keystroke"
        );
    }
}

#[tokio::test]
async fn a_note_typed_while_it_rings_survives_a_crash() {
    let mut desk = Desk::new().await;
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    desk.note(&call, "calls from the train").await;
    desk.restart().await;
    assert_eq!(desk.record(&call).await.draft.note, "calls from the train");
    // The softphone goes on speaking of the same call.
    desk.answer(&call).await;
    desk.pass(20).await;
    desk.hang_up(&call).await;
    assert_eq!(desk.record(&call).await.call.talk_s(), 20);
    desk.file(&call).await;
    desk.logged_once(&call).await;
}

#[tokio::test]
async fn a_crash_in_the_time_to_undo_neither_loses_the_call_nor_hurries_it() {
    let mut desk = Desk::new().await;
    let call = desk.talk_with(MARIE_DUPONT_MOBILE).await;
    desk.engine.file(&call).await.unwrap();
    desk.restart().await;
    desk.pass(3).await;
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
    desk.pass(3).await;
    desk.logged_once(&call).await;
}

#[tokio::test]
async fn a_missed_call_files_itself_after_a_minute() {
    let mut desk = Desk::new().await;
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    desk.pass(15).await;
    desk.hang_up(&call).await;
    desk.pass(58).await;
    assert_eq!(desk.record(&call).await.wrap_up, WrapUpState::Open);
    desk.pass(3).await;
    let log = desk.logged_once(&call).await;
    assert_eq!((log.result.as_str(), log.duration), ("noanswer", 0));
    assert!(log.description.unwrap().contains("Outcome: missed"));
}

#[tokio::test]
async fn a_missed_call_that_the_agent_writes_on_waits_for_the_agent() {
    let mut desk = Desk::new().await;
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    desk.hang_up(&call).await;
    desk.pass(50).await;
    desk.note(&call, "call back").await;
    desk.pass(600).await;
    assert_eq!(desk.record(&call).await.wrap_up, WrapUpState::Open);
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
}

#[tokio::test]
async fn a_missed_call_files_itself_after_a_restart_too() {
    let mut desk = Desk::new().await;
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    desk.hang_up(&call).await;
    desk.pass(30).await;
    desk.stop().await;
    desk.clock.advance(SignedDuration::from_mins(10));
    desk.start().await;
    desk.pass(1).await;
    desk.logged_once(&call).await;
}

#[tokio::test]
async fn missed_calls_wait_or_stay_here_as_the_settings_say() {
    for (setting, state) in [
        (Missed::Ask, WrapUpState::Open),
        (Missed::Leave, WrapUpState::Discarded),
    ] {
        let mut desk = Desk::setup()
            .settings(|s| s.logging.missed = setting)
            .start()
            .await;
        let call = desk.ring(MARIE_DUPONT_MOBILE).await;
        desk.hang_up(&call).await;
        desk.pass(300).await;
        assert_eq!(desk.record(&call).await.wrap_up, state, "{setting:?}");
        assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
    }
}

#[tokio::test]
async fn a_late_word_corrects_a_filed_call_without_opening_its_card() {
    use callside_core::call::{EndReason, Happening, SaidReason};
    use callside_engine::events::EngineEvent;

    let mut desk = Desk::new().await;
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    desk.hang_up(&call).await;
    desk.engine.file(&call).await.unwrap();
    desk.settle().await;
    desk.told();
    let name = desk.name_of(&call).await;
    desk.say(desk.event(
        &name,
        Happening::Ended {
            talk_s: Some(42),
            reason: Some(SaidReason::Known(EndReason::Completed)),
        },
    ));
    desk.settle().await;
    assert!(
        !desk
            .told()
            .iter()
            .any(|event| matches!(event, EngineEvent::Card(_)))
    );
    desk.pass(6).await;
    let log = desk.logged_once(&call).await;
    assert_eq!((log.result.as_str(), log.duration), ("connected", 42));
    assert_eq!(
        desk.delivery_state(&call).await,
        (DeliveryState::Delivered, None)
    );
}
