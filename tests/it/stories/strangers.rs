//! Callers whom the CRM does not know, and what the settings do with them.

use callside_core::contact::ContactKind;
use callside_core::outbox::{DeliveryState, Reason};
use callside_core::settings::UnknownCallers;
use callside_core::wrap_up::WrapUpState;
use callside_engine::call_log::WrapUpError;
use callside_sandbox::book::{LUC_BERNARD, LUC_BERNARD_MOBILE};
use callside_sandbox::{Fault, FaultRule, RecordKind};

use super::desk::{Desk, STRANGER, at, sellsy};

async fn desk_that(rule: UnknownCallers) -> Desk {
    Desk::setup()
        .settings(|s| s.logging.unknown_callers = rule)
        .start()
        .await
}

fn people(desk: &Desk) -> u64 {
    desk.crm.record_count(RecordKind::Individual)
}

#[tokio::test]
async fn a_contact_is_created_for_a_stranger_and_carries_the_log() {
    let mut desk = desk_that(UnknownCallers::Create).await;
    let before = people(&desk);
    let call = desk.log_call_with(STRANGER, "new here").await;
    desk.pass_until_delivered(&call, 60).await;
    let log = desk.logged_once(&call).await;
    assert_eq!(people(&desk), before + 1);
    let made = log.related_id("individual").expect("a record");
    let record = desk
        .crm
        .record(RecordKind::Individual, made)
        .expect("a record");
    let number = record.mobile_number.or(record.phone_number);
    assert_eq!(number.as_deref(), Some(STRANGER));
    // From now on everybody knows who calls.
    let card = desk.ring_for_card(STRANGER).await;
    assert_eq!(card.shown, Some(at(ContactKind::Individual, made)));
    desk.check_requests();
}

#[tokio::test]
async fn two_calls_of_one_new_number_within_seconds_create_one_contact() {
    for seed in 1..=3 {
        let mut desk = Desk::setup()
            .settings(|s| {
                s.logging.unknown_callers = UnknownCallers::Create;
                s.logging.undo_s = 3;
            })
            .seed(seed)
            .start()
            .await;
        let before = people(&desk);
        let first = desk.talk_with(STRANGER).await;
        let second = desk.talk_with(STRANGER).await;
        desk.engine.file(&first).await.unwrap();
        desk.engine.file(&second).await.unwrap();
        desk.pass(3).await;
        for call in [&first, &second] {
            desk.pass_until_delivered(call, 60).await;
            desk.logged_once(call).await;
        }
        assert_eq!(people(&desk), before + 1, "seed {seed}");
        let logs = desk.crm.phone_calls();
        assert_eq!(logs.len(), 2);
        assert_eq!(logs[0].related, logs[1].related);
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_contact_was_made_creates_no_other() {
    for fault in [
        Fault::CutAfterEffect,
        Fault::StatusAfterEffect { status: 502 },
        Fault::BrokenJson,
    ] {
        let mut desk = desk_that(UnknownCallers::Create).await;
        let before = people(&desk);
        let rule = FaultRule::once("POST", "/v2/individuals$", fault.clone());
        desk.crm.add_fault(rule);
        let call = desk.log_call_with(STRANGER, "new here").await;
        desk.pass_until_delivered(&call, 300).await;
        desk.logged_once(&call).await;
        assert_eq!(people(&desk), before + 1, "{fault:?}");
        assert_eq!(desk.requests_for("POST", "/individuals"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn no_contact_is_made_while_the_crm_cannot_say_what_changed() {
    let mut desk = desk_that(UnknownCallers::Create).await;
    desk.crm.go_offline();
    let call = desk.log_call_with(STRANGER, "new here").await;
    desk.pass(300).await;
    let (state, reason) = desk.delivery_state(&call).await;
    assert_eq!(
        (state, reason),
        (DeliveryState::Waiting, Some(Reason::Unreachable))
    );
    // Meanwhile a colleague made the contact.
    desk.crm.come_back();
    let made = desk
        .crm
        .add_record(RecordKind::Individual, "Nadia Petit", |record| {
            record.mobile_number = Some(STRANGER.into());
        });
    desk.pass_until_delivered(&call, 120).await;
    let log = desk.logged_once(&call).await;
    assert_eq!(log.related_id("individual"), Some(made));
    assert_eq!(desk.requests_for("POST", "/individuals"), 0);
}

#[tokio::test]
async fn filing_a_stranger_waits_for_a_decision_where_the_agent_is_asked() {
    let mut desk = desk_that(UnknownCallers::Ask).await;
    let call = desk.talk_with(STRANGER).await;
    desk.note(&call, "who was it?").await;
    let refused = desk.engine.file(&call).await.unwrap_err();
    assert!(matches!(refused, WrapUpError::Undecided));
    assert_eq!(desk.record(&call).await.wrap_up, WrapUpState::Open);
    assert!(desk.engine.wants_decision(&desk.card(&call).await));

    desk.engine.log_when_found(&call).await.unwrap();
    assert!(!desk.engine.wants_decision(&desk.card(&call).await));
    desk.file(&call).await;
    assert_eq!(
        desk.delivery_state(&call).await,
        (DeliveryState::Waiting, Some(Reason::ContactNotFound))
    );
    let made = desk
        .crm
        .add_record(RecordKind::Individual, "Nadia Petit", |record| {
            record.mobile_number = Some(STRANGER.into());
        });
    desk.sync().await;
    desk.pass_until_delivered(&call, 30).await;
    let log = desk.logged_once(&call).await;
    assert_eq!(log.related_id("individual"), Some(made));
}

#[tokio::test]
async fn creating_or_attaching_is_a_decision_too() {
    let mut desk = desk_that(UnknownCallers::Ask).await;
    let created = desk.talk_with(STRANGER).await;
    desk.engine
        .create_contact(&created, &sellsy(), ContactKind::Individual, "Nadia Petit")
        .await
        .unwrap();
    desk.file(&created).await;
    desk.pass_until_delivered(&created, 30).await;
    desk.logged_once(&created).await;

    let attached = desk.talk_with("+33639989998").await;
    assert!(desk.engine.file(&attached).await.is_err());
    let luc = at(ContactKind::Individual, LUC_BERNARD);
    desk.engine.attach(&attached, &luc).await.unwrap();
    desk.file(&attached).await;
    desk.pass_until_delivered(&attached, 30).await;
    let log = desk.logged_once(&attached).await;
    assert_eq!(log.related_id("individual"), Some(LUC_BERNARD));
}

#[tokio::test]
async fn nobody_is_asked_about_a_caller_who_is_known_or_withheld() {
    let mut desk = desk_that(UnknownCallers::Ask).await;
    let known = desk.log_call_with(LUC_BERNARD_MOBILE, "known").await;
    desk.pass_until_delivered(&known, 30).await;
    let withheld = desk.talk_with("anonymous").await;
    desk.engine.file(&withheld).await.unwrap();
}

#[tokio::test]
async fn a_missed_call_of_a_stranger_files_itself_and_waits() {
    let mut desk = desk_that(UnknownCallers::Ask).await;
    let call = desk.ring(STRANGER).await;
    desk.hang_up(&call).await;
    desk.pass(70).await;
    assert_eq!(desk.record(&call).await.wrap_up, WrapUpState::Filed);
    assert_eq!(
        desk.delivery_state(&call).await,
        (DeliveryState::Waiting, Some(Reason::ContactNotFound))
    );
}
