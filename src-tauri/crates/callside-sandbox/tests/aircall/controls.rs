//! The controls as another process uses them.

use callside_sandbox::aircall::{AGENT, QUOTE_TAG};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::desk::Desk;

#[tokio::test]
async fn a_call_is_played_by_json() {
    let desk = Desk::new().await;
    let script =
        json!({"remote": "+33639980145", "ring_ms": null, "talk_ms": null, "screen_ms": null});
    let (_, begun) = desk.control(Method::POST, "/calls", &script).await;
    let path = format!("/calls/{}", begun["id"]);
    for (act, status) in [
        (json!({"act": "answer"}), StatusCode::NO_CONTENT),
        (json!({"act": "answer"}), StatusCode::NOT_FOUND),
        (
            json!({"act": "comment", "content": "Note"}),
            StatusCode::NO_CONTENT,
        ),
        (
            json!({"act": "tag", "id": QUOTE_TAG}),
            StatusCode::NO_CONTENT,
        ),
        (json!({"act": "hang_up"}), StatusCode::NO_CONTENT),
        (json!({"act": "dance"}), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(
            desk.control(Method::POST, &path, &act).await.0,
            status,
            "{act}"
        );
    }
    let (_, living) = desk
        .control(Method::GET, "/calls?live=true", &json!({}))
        .await;
    assert_eq!(living.as_array().unwrap().len(), 1);
    let leave = json!({"act": "leave_screen"});
    desk.control(Method::POST, &path, &leave).await;
    let (_, living) = desk
        .control(Method::GET, "/calls?live=true", &json!({}))
        .await;
    assert_eq!(living, json!([]));
    let (_, all) = desk.control(Method::GET, "/calls", &json!({})).await;
    assert_eq!(all[0]["comments"][0]["content"], "Note");
    assert_eq!(all[0]["tags"][0]["tag"], QUOTE_TAG);
    let (status, _) = desk
        .control(Method::POST, "/calls", &json!({"remot": "+33639980145"}))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn settings_are_laid_over_those_in_force() {
    let desk = Desk::new().await;
    let patch = json!({"rate": {"per_minute": 60}, "workspace": {"reply_delay_ms": 2500}});
    let (status, _) = desk.control(Method::POST, "/settings", &patch).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, all) = desk.control(Method::GET, "/settings", &json!({})).await;
    assert_eq!(
        all["rate"],
        json!({"per_minute": 60, "others_per_minute": 0, "retry_after": false})
    );
    assert_eq!(all["workspace"]["reply_delay_ms"], 2500);
    assert_eq!(all["tags_replace"], true);
    let (status, _) = desk
        .control(Method::POST, "/settings", &json!({"rte": {}}))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn people_lines_and_tags_change_behind_the_back_of_rest() {
    let desk = Desk::new().await;
    let away = json!({"availability": "offline"});
    let path = format!("/users/{AGENT}");
    assert_eq!(
        desk.control(Method::POST, &path, &away).await.0,
        StatusCode::NO_CONTENT
    );
    let told = desk.read(&format!("/v1/users/{AGENT}/availability")).await;
    assert_eq!(told, away);
    for (path, status) in [
        (format!("/tags/{QUOTE_TAG}"), StatusCode::NO_CONTENT),
        (format!("/tags/{QUOTE_TAG}"), StatusCode::NOT_FOUND),
        ("/numbers/81002".to_owned(), StatusCode::NO_CONTENT),
        (path.clone(), StatusCode::NO_CONTENT),
    ] {
        assert_eq!(
            desk.control(Method::DELETE, &path, &json!({})).await.0,
            status
        );
    }
    assert_eq!(desk.read("/v1/tags").await["meta"]["total"], 7);
    desk.control(Method::POST, "/spend", &json!({"requests": 50}))
        .await;
    let (_, counts) = desk.control(Method::GET, "/counts", &json!({})).await;
    assert_eq!(counts["used"], 52);
}
