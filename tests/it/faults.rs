//! Whatever the network and the CRM do: once, and never lost.

use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use callside_sandbox::{Fault, FaultRule};

use crate::desk::{Desk, eventually};

async fn file_a_call(desk: &Desk) -> String {
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&["wrap-up", &id, "--note", "once only", "--file"])
        .good();
    id
}

async fn delivered(desk: &Desk) {
    desk.call("the delivery", |call| {
        call["deliveries"][0]["state"] == "delivered"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_after_the_effect_writes_no_second_log() {
    let desk = Desk::at_work().await;
    let fault = Fault::StatusAfterEffect { status: 500 };
    desk.crm
        .add_fault(FaultRule::once("POST", "/v2/phone-calls$", fault));
    file_a_call(&desk).await;
    delivered(&desk).await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_after_the_effect_writes_no_second_log() {
    let desk = Desk::at_work().await;
    desk.crm.add_fault(FaultRule::once(
        "POST",
        "/v2/phone-calls$",
        Fault::CutAfterEffect,
    ));
    file_a_call(&desk).await;
    delivered(&desk).await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_patience_is_heeded() {
    let desk = Desk::at_work().await;
    let fault = Fault::Status {
        status: 429,
        retry_after: Some(1),
    };
    desk.crm
        .add_fault(FaultRule::once("POST", "/v2/phone-calls$", fault));
    file_a_call(&desk).await;
    delivered(&desk).await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_filed_offline_is_logged_once_the_crm_is_back() {
    let desk = Desk::at_work().await;
    desk.crm.go_offline();
    let id = file_a_call(&desk).await;
    let waiting = desk
        .call("the reason", |call| {
            call["deliveries"][0]["reason_code"] == "unreachable"
        })
        .await;
    assert_eq!(waiting["deliveries"][0]["target"]["name"], "Marie Dupont");
    let listed = desk.run(&["outbox", "--json"]).good().json();
    assert_eq!(listed[0]["call"], id.as_str());
    desk.crm.come_back();
    desk.run(&["retry", &id]).good();
    delivered(&desk).await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    assert_eq!(
        desk.run(&["outbox", "--json"]).good().json(),
        serde_json::json!([])
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_sign_in_keeps_everything_and_goes_on_after_the_next() {
    let mut desk = Desk::new().await;
    sign_in_with_browser(&desk).await;
    desk.run(&["sync"]).good();
    desk.start().await;
    desk.crm.revoke_tokens();
    file_a_call(&desk).await;
    let stuck = desk
        .call("the reason", |call| {
            call["deliveries"][0]["reason_code"] == "disconnected"
        })
        .await;
    let reason = stuck["deliveries"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("disconnected"), "{reason}");
    let status = desk.run(&["status", "--json"]).good().json();
    assert_eq!(status["connections"][0]["state"], "disconnected");
    assert_eq!(desk.crm.phone_calls(), []);
    sign_in_with_browser(&desk).await;
    delivered(&desk).await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

async fn sign_in_with_browser(desk: &Desk) {
    let (mut command, page) = desk.begin_sign_in();
    let arrived = reqwest::get(&page).await.unwrap();
    assert!(arrived.status().is_success(), "{}", arrived.status());
    let code = eventually("the sign-in", || command.try_wait().unwrap()).await;
    assert_eq!(code.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_whose_browser_cannot_come_back_takes_the_pasted_address() {
    use std::io::Write as _;
    let desk = Desk::new().await;
    let (mut command, page) = desk.begin_sign_in();
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = browser.get(&page).send().await.unwrap();
    let end = answer.headers()["location"].to_str().unwrap();
    let mut input = command.stdin.take().unwrap();
    writeln!(input, "http://127.0.0.1/?state=other&code=none").unwrap();
    writeln!(input, "{end}").unwrap();
    let code = eventually("the sign-in", || command.try_wait().unwrap()).await;
    assert_eq!(code.code(), Some(0));
    let status = desk.run(&["status", "--json"]).good().json();
    assert_eq!(status["connections"][0]["name"], "sellsy");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_in_the_crms_own_words() {
    let desk = Desk::at_work().await;
    let refused = Fault::Status {
        status: 400,
        retry_after: None,
    };
    desk.crm
        .add_fault(FaultRule::once("POST", "/v2/phone-calls$", refused));
    let id = file_a_call(&desk).await;
    let stuck = desk
        .call("the refusal", |call| {
            call["deliveries"][0]["state"] == "stuck"
        })
        .await;
    assert_eq!(stuck["deliveries"][0]["reason_code"], "refused");
    desk.run(&["retry", &id]).good();
    delivered(&desk).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_contact_gets_no_log() {
    use callside_sandbox::RecordKind;
    use callside_sandbox::book::MARIE_DUPONT;
    let desk = Desk::at_work().await;
    assert!(desk.crm.delete_record(RecordKind::Contact, MARIE_DUPONT));
    file_a_call(&desk).await;
    let stuck = desk
        .call("the reason", |call| {
            call["deliveries"][0]["reason_code"] == "contact_deleted"
        })
        .await;
    assert_eq!(stuck["deliveries"][0]["state"], "stuck");
    assert_eq!(desk.crm.phone_calls(), []);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_comes_up_while_the_crm_is_down() {
    let desk = Desk::at_work().await;
    desk.crm.go_offline();
    desk.hook("ringing", &["--from", MARIE_DUPONT_MOBILE, "--id", "1"]);
    let card = desk.line("the card", |line| line["event"] == "card").await;
    assert_eq!(card["matches"][0]["name"], "Marie Dupont");
    desk.crm.come_back();
    desk.close().await;
}
