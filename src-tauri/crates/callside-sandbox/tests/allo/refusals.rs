//! Keys, scopes and the budget.

use callside_sandbox::{
    Fault, FaultRule,
    allo::{AlloCall, KEY, LINE},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::desk::{Desk, START, assert_code, options};

const ME: &str = "/v2/api/me";

#[tokio::test]
async fn the_key_comes_behind_a_word_and_raw_only_to_the_first_version() {
    let desk = Desk::new().await;
    let with = |path: &str, header: &str| {
        Desk::answer(desk.bare(Method::GET, path).header("authorization", header))
    };
    let (status, me) = with(ME, &format!("Api-Key {KEY}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(me["scopes"].as_array().unwrap().len() > 5);
    assert_code(
        &Desk::answer(desk.bare(Method::GET, ME)).await,
        401,
        "UNAUTHORIZED",
    );
    assert_code(&with(ME, KEY).await, 401, "UNAUTHORIZED");
    assert_code(&with(ME, "Api-Key wrong").await, 401, "API_KEY_INVALID");
    assert_code(
        &with(ME, &format!("Bearer {KEY}")).await,
        401,
        "UNAUTHORIZED",
    );
    let old = format!(
        "/v1/api/calls?allo_number=%2B{}",
        LINE.trim_start_matches('+')
    );
    assert_eq!(with(&old, KEY).await.0, StatusCode::OK);
    desk.cloud.allo_settings(|settings| {
        settings.prefixed_key = false;
        settings.raw_key_v2 = true;
    });
    assert_code(
        &with(ME, &format!("Api-Key {KEY}")).await,
        401,
        "UNAUTHORIZED",
    );
    assert_eq!(with(ME, KEY).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_trial_and_a_missing_scope_are_told() {
    let desk = Desk::new().await;
    desk.cloud
        .allo_settings(|settings| settings.scopes.retain(|scope| scope != "TAGS_READ"));
    assert_code(
        &desk.get("/v2/api/tags").await,
        403,
        "API_KEY_INSUFFICIENT_SCOPE",
    );
    assert_eq!(desk.get(ME).await.0, StatusCode::OK);
    desk.cloud
        .allo_settings(|settings| settings.is_trial = true);
    assert_code(&desk.get(ME).await, 403, "API_KEY_TRIAL_NOT_ALLOWED");
}

#[tokio::test]
async fn every_answer_tells_of_the_budget_and_reads_do_not_spend_writes() {
    let mut limited = options();
    limited.settings.reads_per_second = Some(20);
    limited.settings.writes_per_second = Some(5);
    let desk = Desk::with(limited).await;
    let id = desk
        .cloud
        .allo_remember(AlloCall::answered("+33639980145", (START - 500) * 1_000));
    for left in (0..20).rev() {
        let answer = desk.keyed(Method::GET, ME).send().await.unwrap();
        assert_eq!(answer.headers()["x-ratelimit-remaining"], left.to_string());
        assert_eq!(answer.headers()["x-ratelimit-limit"], "20");
    }
    let refused = desk.keyed(Method::GET, ME).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["retry_after_seconds"], 1);
    let tags = format!("/v2/api/conversations/items/{id}/tags");
    let tag = json!({"tags": ["Devis"]});
    for _ in 0..5 {
        assert_eq!(desk.post(&tags, &tag).await.0, StatusCode::OK);
    }
    assert_code(&desk.post(&tags, &tag).await, 429, "RATE_LIMIT_EXCEEDED");
    assert_eq!(desk.cloud.allo_refusals(), 2);
    desk.forward(1_000);
    assert_eq!(desk.get(ME).await.0, StatusCode::OK);
}

#[tokio::test]
async fn faults_strike_here_too_in_the_shape_of_the_service() {
    let desk = Desk::new().await;
    for (status, code) in [
        (401, "API_KEY_INVALID"),
        (429, "RATE_LIMIT_EXCEEDED"),
        (500, "INTERNAL_ERROR"),
    ] {
        let fault = Fault::Status {
            status,
            retry_after: Some(3),
        };
        desk.cloud
            .add_fault(FaultRule::once("GET", "/allo/v2/api/me$", fault));
        let answer = desk.keyed(Method::GET, ME).send().await.unwrap();
        assert_eq!(answer.headers()["retry-after"], "3");
        let told = answer.status();
        assert_code(&(told, answer.json().await.unwrap()), status, code);
    }
    desk.cloud
        .add_fault(FaultRule::once("GET", "/allo/v2/api/users", Fault::Nulls));
    let (_, users) = desk.get("/v2/api/users").await;
    assert!(users["data"][0]["email"].is_null() && users["data"][0]["id"].is_string());
    desk.cloud
        .add_fault(FaultRule::once("GET", "/allo/", Fault::CutAfterEffect));
    assert!(desk.keyed(Method::GET, ME).send().await.is_err());
}

#[tokio::test]
async fn what_is_not_served_is_not_found() {
    let desk = Desk::new().await;
    assert_code(&desk.get("/v2/api/comments").await, 404, "NOT_FOUND");
    assert_code(
        &desk.post("/v2/api/calls", &json!({})).await,
        404,
        "NOT_FOUND",
    );
}
