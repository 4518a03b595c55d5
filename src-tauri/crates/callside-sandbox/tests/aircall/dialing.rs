//! Dialling by REST.

use callside_sandbox::aircall::{
    AGENT, AfterDial, CallScript, DIRECT_LINE, SALES_LINE, SERVICE_LINE,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::desk::Desk;

const TO: &str = "+33639980145";

fn dial() -> Value {
    json!({"to": TO})
}

#[tokio::test]
async fn a_pushed_number_becomes_a_call_when_the_agent_starts_it() {
    let desk = Desk::new().await;
    let (status, body) = desk.post(&format!("/v1/users/{AGENT}/dial"), &dial()).await;
    assert_eq!((status, body), (StatusCode::NO_CONTENT, Value::Null));
    assert!(desk.cloud.aircall_calls().is_empty());
    desk.forward(1_000);
    let calls = desk.cloud.aircall_calls();
    assert_eq!(calls.len(), 1);
    assert!(calls[0].outbound && calls[0].remote.as_deref() == Some(TO));
}

#[tokio::test]
async fn a_pushed_number_may_be_left_alone() {
    let desk = Desk::new().await;
    desk.cloud
        .aircall_settings(|settings| settings.after_dial = AfterDial::Nothing);
    desk.post(&format!("/v1/users/{AGENT}/dial"), &dial()).await;
    desk.forward(60_000);
    assert!(desk.cloud.aircall_calls().is_empty());
}

#[tokio::test]
async fn a_started_call_uses_the_line_and_plays_by_the_script() {
    let desk = Desk::new().await;
    let path = format!("/v1/users/{AGENT}/calls");
    let body = json!({"to": TO, "number_id": DIRECT_LINE});
    assert_eq!(desk.post(&path, &body).await.0, StatusCode::NO_CONTENT);
    desk.forward(300);
    let id = desk.cloud.aircall_calls()[0].id;
    let status = || async { desk.read(&format!("/v1/calls/{id}")).await["call"].clone() };
    let call = status().await;
    assert_eq!(
        (&call["status"], &call["number"]["id"]),
        (&json!("initial"), &json!(DIRECT_LINE))
    );
    desk.forward(4_000);
    assert_eq!(status().await["status"], "answered");
    assert_eq!(
        desk.read(&format!("/v1/users/{AGENT}/availability")).await["availability"],
        "in_call"
    );
    let (told, refusal) = desk.post(&path, &body).await;
    assert_eq!((told.as_u16(), &refusal["success"]), (405, &json!(false)));
    desk.forward(20_000);
    let call = status().await;
    assert_eq!(
        (&call["status"], &call["duration"]),
        (&json!("done"), &json!(24))
    );
    assert_eq!(
        desk.read(&format!("/v1/users/{AGENT}/availability")).await["availability"],
        "after_call_work"
    );
    assert_eq!(desk.post(&path, &body).await.0.as_u16(), 405);
    desk.forward(5_000);
    assert_eq!(desk.post(&path, &body).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_state_of_user_and_line_decides() {
    let desk = Desk::new().await;
    let dial_path = format!("/v1/users/{AGENT}/dial");
    let calls = format!("/v1/users/{AGENT}/calls");
    for away in ["offline", "do_not_disturb"] {
        desk.cloud.aircall_availability(AGENT, away);
        let (status, body) = desk.post(&dial_path, &dial()).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(body["error"], "Method Not Allowed");
        assert_eq!(body["troubleshoot"], "The user is currently unavailable");
    }
    desk.cloud.aircall_availability(AGENT, "available");
    for (line, why) in [(SERVICE_LINE, "not the agent's"), (5, "none")] {
        let body = json!({"to": TO, "number_id": line});
        assert_eq!(desk.post(&calls, &body).await.0.as_u16(), 405, "{why}");
    }
    desk.cloud.delete_aircall_line(SALES_LINE);
    let body = json!({"to": TO, "number_id": SALES_LINE});
    assert_eq!(desk.post(&calls, &body).await.0.as_u16(), 405);
    assert_eq!(
        desk.post("/v1/users/5/dial", &dial()).await.0,
        StatusCode::NOT_FOUND
    );
    for wrong in ["0639980145", "33639980145", "+33 6 39 98 01 45", "", "112"] {
        let (status, body) = desk.post(&dial_path, &json!({"to": wrong})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(body["errors"]["to"].is_array());
    }
    assert_eq!(
        desk.post(&calls, &dial()).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_ringing_phone_does_not_keep_the_agent_from_dialling() {
    let desk = Desk::new().await;
    desk.cloud.aircall_begin(CallScript::default().by_hand());
    assert_eq!(
        desk.post(&format!("/v1/users/{AGENT}/dial"), &dial())
            .await
            .0,
        StatusCode::NO_CONTENT
    );
}
