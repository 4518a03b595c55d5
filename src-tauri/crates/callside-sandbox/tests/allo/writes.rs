//! Tags, summaries, the dialling queue, and keys that make a write happen once.

use callside_sandbox::{
    Fault, FaultRule,
    allo::{AlloCall, TAG},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, START, assert_code};

async fn with_call() -> (Desk, String) {
    let desk = Desk::new().await;
    let call = AlloCall::answered("+33639980145", (START - 600) * 1_000);
    let id = desk.cloud.allo_remember(call);
    (desk, id)
}

#[tokio::test]
async fn tags_are_added_and_taken_away_one_by_one() {
    let (desk, id) = with_call().await;
    let path = format!("/v2/api/conversations/items/{id}/tags");
    let tags = || desk.cloud.allo_call(&id).unwrap().tags;
    desk.post(&path, &json!({"tags": ["Urgent"]})).await;
    let (status, item) = desk.post(&path, &json!({"tags": [TAG, "Urgent"]})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(item["tags"].as_array().unwrap().len(), 2);
    assert_eq!(tags(), ["tag_urgent", TAG]);
    let remove = |tag: &str| Desk::answer(desk.keyed(Method::DELETE, &format!("{path}/{tag}")));
    assert_eq!(remove(TAG).await.0, StatusCode::NO_CONTENT);
    assert_eq!(tags(), ["tag_urgent"]);
    assert_code(&remove("tag_none").await, 404, "TAG_NOT_FOUND");
    assert!(desk.cloud.delete_allo_tag(TAG));
    let answer = desk.post(&path, &json!({"tags": [TAG]})).await;
    assert_code(&answer, 404, "TAG_NOT_FOUND");
    assert_code(&desk.post(&path, &json!({})).await, 400, "VALIDATION_ERROR");
    let nowhere = "/v2/api/conversations/items/cll-1/tags";
    assert_code(
        &desk.post(nowhere, &json!({"tags": ["SAV"]})).await,
        404,
        "NOT_FOUND",
    );
}

#[tokio::test]
async fn a_summary_changes_only_over_the_version_that_was_read() {
    let (desk, id) = with_call().await;
    let change = |version: u64| {
        let body = json!({"summary": "Corrigé", "version": version});
        let path = format!("/v2/api/conversations/items/{id}/summary");
        Desk::answer(desk.keyed(Method::PATCH, &path).json(&body))
    };
    let (status, item) = change(1).await;
    assert_eq!(
        (status, &item["summary_version"]),
        (StatusCode::OK, &json!(2))
    );
    assert_code(&change(1).await, 409, "SUMMARY_VERSION_CONFLICT");
    assert_eq!(
        desk.cloud.allo_call(&id).unwrap().summary.as_deref(),
        Some("Corrigé")
    );
}

#[tokio::test]
async fn a_write_with_a_key_happens_once_even_when_its_answer_was_lost() {
    let desk = Desk::new().await;
    let body = json!({"numbers": [{"number": "+33639980145", "name": "Luc"}], "email": "agent@example.com"});
    let path = "/v2/api/dialing-queues/current/numbers";
    let send = |key: &str, body: &Value| {
        desk.keyed(Method::POST, path)
            .header("idempotency-key", key)
            .json(body)
            .send()
    };
    desk.cloud.add_fault(FaultRule::once(
        "POST",
        "/allo/v2/api/dialing",
        Fault::CutAfterEffect,
    ));
    assert!(send("one", &body).await.is_err());
    let again = send("one", &body).await.unwrap();
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(desk.cloud.allo_queue().len(), 1);
    let other = json!({"numbers": [{"number": "+33639980188"}], "email": "agent@example.com"});
    let reused = send("one", &other).await.unwrap();
    assert_eq!(reused.status(), StatusCode::CONFLICT);
    let fresh = send("two", &body).await.unwrap();
    assert!(!fresh.headers().contains_key("idempotency-replayed"));
    assert_eq!(desk.cloud.allo_queue().len(), 2);
    desk.forward(3_600_000);
    let forgotten = send("one", &body).await.unwrap();
    assert!(!forgotten.headers().contains_key("idempotency-replayed"));
    assert_eq!(desk.cloud.allo_queue().len(), 3);
}

#[tokio::test]
async fn a_queue_takes_numbers_for_somebody_who_exists() {
    let desk = Desk::new().await;
    let path = "/v2/api/dialing-queues/current/numbers";
    let nobody = json!({"numbers": [{"number": "+33639980145"}], "email": "nobody@example.com"});
    assert_code(&desk.post(path, &nobody).await, 404, "USER_NOT_FOUND");
    for numbers in [json!([]), json!([{"number": "0639980145"}])] {
        let body = json!({"numbers": numbers, "email": "agent@example.com"});
        assert_code(&desk.post(path, &body).await, 400, "VALIDATION_ERROR");
    }
    assert!(desk.cloud.allo_calls().is_empty());
}

#[tokio::test]
async fn the_framed_dialler_says_what_it_is_told() {
    let desk = Desk::new().await;
    let url = |path: &str| format!("{}{path}", desk.cloud.base_url());
    let page = desk
        .http
        .get(desk.cloud.allo_dialer_url())
        .send()
        .await
        .unwrap();
    assert!(page.text().await.unwrap().contains("/allo/dialer/page.js"));
    desk.cloud
        .allo_dialer_says("incoming_call", json!({"from": "+33639980145"}));
    let news = Desk::answer(desk.http.get(url("/_sandbox/allo/dialer?after=0")))
        .await
        .1;
    assert_eq!(news["events"][0]["type"], "incoming_call");
    assert_eq!(news["state"], json!({"activated": true, "foreign": false}));
    desk.cloud
        .allo_settings(|settings| settings.dialer_holds_foreign = true);
    let news = Desk::answer(desk.http.get(url("/_sandbox/allo/dialer")))
        .await
        .1;
    assert_eq!(news["state"]["foreign"], true);
    let heard = json!({"origin": "http://localhost:1", "message": {"type": "dial"}});
    Desk::answer(
        desk.http
            .post(url("/_sandbox/allo/dialer/heard"))
            .json(&heard),
    )
    .await;
    let all = Desk::answer(desk.http.get(url("/_sandbox/allo/dialer/heard")))
        .await
        .1;
    assert_eq!(all, json!([heard]));
    assert_eq!(desk.cloud.allo_dialer_heard(), [heard]);
}

#[tokio::test]
async fn another_process_ends_calls_and_changes_settings() {
    let desk = Desk::new().await;
    let url = |path: &str| format!("{}/_sandbox/allo{path}", desk.cloud.base_url());
    let call = json!({"remote": "+33639980145", "duration_s": 30, "answered": true});
    let (_, ended) = Desk::answer(desk.http.post(url("/calls")).json(&call)).await;
    let (_, calls) = Desk::answer(desk.http.get(url("/calls"))).await;
    assert_eq!(calls[0]["id"], ended["id"]);
    let patch = json!({"appears_ms": 0, "scopes": ["USERS_READ"]});
    let (status, _) = Desk::answer(desk.http.post(url("/settings")).json(&patch)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, all) = Desk::answer(desk.http.get(url("/settings"))).await;
    assert_eq!(
        (&all["scopes"], &all["summary_ms"]),
        (&json!(["USERS_READ"]), &json!(30_000))
    );
    let (status, _) = Desk::answer(desk.http.post(url("/settings")).json(&json!({"x": 1}))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}
