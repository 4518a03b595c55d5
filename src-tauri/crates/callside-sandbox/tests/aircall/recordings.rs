//! Recordings and what the AI plan makes of them.

use callside_sandbox::{
    Fault, FaultRule,
    aircall::{Act, AiPlan, CallScript, KEY, PastCall, STRANGER, recorded_byte},
};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::desk::{Desk, START};

async fn recorded(desk: &Desk, bytes: u64) -> (u64, String) {
    let mut past = PastCall::answered(STRANGER, (START - 600) * 1_000);
    past.recording_bytes = Some(bytes);
    let id = desk.cloud.aircall_remember(past);
    let call = desk.read(&format!("/v1/calls/{id}")).await;
    (id, call["call"]["recording"].as_str().unwrap().to_owned())
}

async fn part(desk: &Desk, url: &str, range: &str) -> Response {
    desk.http
        .get(url)
        .header("range", range)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_recording_is_as_long_as_it_says_and_comes_in_parts() {
    let desk = Desk::new().await;
    let (id, url) = recorded(&desk, 100_000).await;
    let whole = desk.http.get(&url).send().await.unwrap();
    assert_eq!(whole.headers()["content-type"], "audio/mpeg");
    assert_eq!(whole.headers()["content-length"], "100000");
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let bytes = whole.bytes().await.unwrap();
    assert_eq!(bytes.len(), 100_000);
    assert!(
        (0..)
            .zip(&bytes)
            .all(|(at, byte)| recorded_byte(id, at) == *byte)
    );
    let rest = part(&desk, &url, "bytes=60000-").await;
    assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(rest.headers()["content-range"], "bytes 60000-99999/100000");
    assert_eq!(rest.bytes().await.unwrap(), bytes.slice(60_000..));
    let tail = part(&desk, &url, "bytes=-10").await.bytes().await.unwrap();
    assert_eq!(tail, bytes.slice(99_990..));
    for wrong in ["bytes=100000-", "bytes=9-3", "lines=1-2", "bytes=x-"] {
        let refused = part(&desk, &url, wrong).await;
        assert_eq!(
            refused.status(),
            StatusCode::RANGE_NOT_SATISFIABLE,
            "{wrong}"
        );
    }
    let other = desk
        .http
        .get(&url)
        .header("range", "bytes=5-")
        .header("if-range", "\"other\"");
    assert_eq!(other.send().await.unwrap().status(), StatusCode::OK);
    let same = desk
        .http
        .get(&url)
        .header("range", "bytes=5-")
        .header("if-range", etag);
    assert_eq!(
        same.send().await.unwrap().status(),
        StatusCode::PARTIAL_CONTENT
    );
}

#[tokio::test]
async fn the_store_refuses_a_second_permission_another_method_and_a_forged_link() {
    let desk = Desk::new().await;
    let (_, url) = recorded(&desk, 10).await;
    let keyed = desk.http.get(&url).basic_auth(KEY.0, Some(KEY.1));
    assert_eq!(
        keyed.send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    let head = desk.http.head(&url).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::FORBIDDEN);
    let longer = url.replace("X-Expires=1", "X-Expires=2");
    assert_ne!(longer, url);
    let forged = desk.http.get(longer).send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    let seen = desk.cloud.requests_to("GET", "/aircall/storage/");
    assert!(
        seen.iter().all(|seen| seen.query.is_empty()),
        "a permission was written down"
    );
}

#[tokio::test]
async fn links_die_and_reading_the_call_again_gives_a_new_one() {
    let desk = Desk::new().await;
    let (id, url) = recorded(&desk, 10).await;
    desk.forward(3_600_000);
    let dead = desk.http.get(&url).send().await.unwrap();
    assert_eq!(dead.status(), StatusCode::FORBIDDEN);
    let call = desk
        .read(&format!("/v1/calls/{id}?fetch_short_urls=true"))
        .await;
    let fresh = call["call"]["recording"].as_str().unwrap();
    assert_eq!(
        desk.http.get(fresh).send().await.unwrap().status(),
        StatusCode::OK
    );
    let short = call["call"]["recording_short_url"].as_str().unwrap();
    desk.forward(2 * 3_600_000);
    let led = desk.http.get(short).send().await.unwrap();
    assert_eq!(led.status(), StatusCode::FOUND);
    let target = led.headers()["location"].to_str().unwrap();
    assert_eq!(
        desk.http.get(target).send().await.unwrap().status(),
        StatusCode::OK
    );
    desk.cloud.aircall_act(id, Act::DeleteRecording);
    let gone = desk.http.get(target).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let call = desk.read(&format!("/v1/calls/{id}")).await;
    assert!(call["call"]["recording"].is_null() && call["call"]["asset"].is_null());
}

#[tokio::test]
async fn a_download_may_be_cut_half_way() {
    let desk = Desk::new().await;
    let (_, url) = recorded(&desk, 50_000).await;
    desk.cloud.add_fault(FaultRule::once(
        "GET",
        "/aircall/storage/",
        Fault::CutHalfway,
    ));
    let mut response = desk.http.get(&url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut got = 0;
    let ended = loop {
        match response.chunk().await {
            Ok(Some(piece)) => got += piece.len(),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    assert!(!ended && got <= 25_000, "{got}");
}

#[tokio::test]
async fn texts_come_later_and_only_to_those_who_pay() {
    let desk = Desk::new().await;
    desk.cloud
        .aircall_settings(|settings| settings.delays.ai_ms = 60_000);
    let script = CallScript::default().lasting(1_000, 80_000, 0);
    let id = desk.cloud.aircall_begin(script);
    desk.forward(81_000);
    let kinds = [
        "transcription",
        "summary",
        "topics",
        "sentiments",
        "action_items",
    ];
    let path = |what: &str| format!("/v1/calls/{id}/{what}");
    for what in kinds {
        let (status, body) = desk.get(&path(what)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(body["error"].is_string(), "{what}");
    }
    desk.forward(60_000);
    let text = |body: Value, at: &str| body.pointer(at).cloned().unwrap_or_default();
    let at = [
        "/transcription/content/utterances/1/text",
        "/summary/content",
        "/topic/content/0",
        "/sentiment/participants/0/value",
        "/action_items/0/content",
    ];
    for (what, at) in kinds.into_iter().zip(at) {
        let found = text(desk.read(&path(what)).await, at);
        assert!(
            found.as_str().is_some_and(|text| !text.is_empty()),
            "{what}: {found}"
        );
    }
    desk.cloud
        .aircall_settings(|settings| settings.ai = AiPlan::SummaryOnly);
    assert_eq!(desk.get(&path("summary")).await.0, StatusCode::OK);
    assert_eq!(desk.get(&path("topics")).await.0, StatusCode::FORBIDDEN);
    desk.cloud
        .aircall_settings(|settings| settings.ai = AiPlan::None);
    assert_eq!(desk.get(&path("summary")).await.0, StatusCode::FORBIDDEN);
    desk.cloud
        .aircall_settings(|settings| settings.ai = AiPlan::Full);
    desk.cloud.aircall_act(id, Act::DeleteRecording);
    assert_eq!(desk.get(&path("summary")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn everything_is_there_without_a_socket_too() {
    let cloud = callside_sandbox::Sandbox::without_socket(callside_sandbox::SandboxOptions {
        aircall: crate::desk::options(),
        ..callside_sandbox::SandboxOptions::default()
    });
    let id = cloud.aircall_begin(CallScript::default());
    let key = base64_of(KEY);
    let ask = |url: String| {
        let request = callside_sandbox::http::Request::builder()
            .uri(url)
            .header("authorization", &key)
            .body(Vec::new());
        let way = cloud.in_process();
        async move { way.answer(request.unwrap()).await }
    };
    let call = format!("{}/v1/calls/{id}", cloud.aircall_url());
    let answer = ask(call.clone()).await.unwrap();
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(body["call"]["id"], id);
    cloud.add_fault(FaultRule::once(
        "GET",
        "/aircall/v1/calls",
        Fault::CutAfterEffect,
    ));
    assert!(ask(call.clone()).await.is_err());
    cloud.add_fault(FaultRule::once(
        "GET",
        "/aircall/v1/calls",
        Fault::CutHalfway,
    ));
    assert!(ask(call).await.is_err());
}

fn base64_of(key: (&str, &str)) -> String {
    use base64::Engine;
    let pair = format!("{}:{}", key.0, key.1);
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}
