//! A note added after filing reaches the log, and never overwrites a person.

use callside_core::outbox::{DeliveryState, Reason};
use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use callside_sandbox::{Fault, FaultRule};

use super::desk::Desk;

#[tokio::test]
async fn a_late_note_reaches_the_log() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "early").await;
    desk.note(&call, "early\nand late").await;
    desk.settle().await;
    let log = desk.logged_once(&call).await;
    assert!(log.description.unwrap().ends_with("early\nand late"));
    assert_eq!(desk.crm.phone_calls().len(), 1);
    assert_eq!(desk.requests_for("POST", "/comments"), 0);
    desk.check_requests();
}

#[tokio::test]
async fn a_late_note_waits_for_a_crm_that_is_away() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "early").await;
    desk.crm.go_offline();
    desk.note(&call, "late").await;
    desk.pass(300).await;
    desk.restart().await;
    desk.crm.come_back();
    desk.pass(80).await;
    let log = desk.logged_once(&call).await;
    assert!(log.description.unwrap().ends_with("late"));
}

#[tokio::test]
async fn a_note_written_while_the_outcome_is_in_doubt_arrives_as_well() {
    let mut desk = Desk::new().await;
    desk.crm.add_fault(FaultRule::once(
        "POST",
        "/v2/phone-calls$",
        Fault::CutAfterEffect,
    ));
    desk.crm.add_fault(FaultRule::times(
        "POST",
        "/v2/phone-calls/search",
        3,
        Fault::CutBeforeEffect,
    ));
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "early").await;
    desk.note(&call, "changed meanwhile").await;
    desk.pass_until_delivered(&call, 600).await;
    desk.settle().await;
    desk.logged_once(&call).await;
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 1);
    // What stands in the log may be a person's by now, so the note comes beside it.
    assert_eq!(desk.crm.requests_to("PUT", "/v2/phone-calls/"), []);
    let beside = desk.crm.requests_to("POST", "/v2/comments");
    assert!(
        beside
            .iter()
            .any(|seen| seen.body.contains("changed meanwhile"))
    );
}

#[tokio::test]
async fn a_text_that_a_person_wrote_is_never_overwritten() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "early").await;
    let id = desk.logged_once(&call).await.id;
    let by_hand = "Rewritten by a colleague";
    assert!(desk.crm.edit_phone_call(id, by_hand));
    // The answer to the comment is lost; it is found again, not written again.
    desk.crm.add_fault(FaultRule::once(
        "POST",
        "/v2/comments$",
        Fault::CutAfterEffect,
    ));
    desk.note(&call, "early\nand a late thought").await;
    desk.pass(600).await;
    let logs = desk.crm.phone_calls();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].description.as_deref(), Some(by_hand));
    assert_eq!(desk.crm.requests_to("PUT", "/v2/phone-calls").len(), 0);
    let comments = desk.crm.requests_to("POST", "/v2/comments");
    let written: Vec<_> = comments
        .iter()
        .filter(|seen| seen.path == "/v2/comments")
        .collect();
    assert_eq!(written.len(), 1);
    assert!(written[0].body.contains("and a late thought"));
    assert!(!written[0].body.contains("early"));
    assert!(
        desk.engine
            .store()
            .pending_entries()
            .await
            .unwrap()
            .is_empty()
    );
    desk.check_requests();
}

#[tokio::test]
async fn a_log_that_a_person_deleted_is_not_written_again() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "early").await;
    let id = desk.logged_once(&call).await.id;
    assert!(desk.crm.delete_phone_call(id));
    desk.note(&call, "early\nand late").await;
    desk.pass(600).await;
    assert_eq!(desk.crm.phone_calls(), []);
    assert_eq!(desk.requests_for("POST", "/comments"), 1);
}

#[tokio::test]
async fn a_late_note_that_was_refused_goes_with_a_retry() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "early").await;
    let unpaid = Fault::Status {
        status: 402,
        retry_after: None,
    };
    desk.crm
        .add_fault(FaultRule::always("PUT", "/v2/phone-calls", unpaid));
    desk.note(&call, "late").await;
    desk.pass(600).await;
    assert_eq!(desk.crm.requests_to("PUT", "/v2/phone-calls").len(), 1);
    let refused = desk.delivery(&call).await.delivery;
    assert_eq!(refused.state, DeliveryState::Delivered);
    assert!(matches!(refused.reason, Some(Reason::Refused { .. })));
    desk.crm.clear_faults();
    desk.engine.retry(&call).await.unwrap();
    desk.settle().await;
    let log = desk.logged_once(&call).await;
    assert!(log.description.unwrap().ends_with("late"));
}
