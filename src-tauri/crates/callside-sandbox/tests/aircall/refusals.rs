//! Who is refused, by which of the two tiers, and the budget.

use callside_sandbox::{
    Fault, FaultRule,
    aircall::{KEY, OTHER_KEY, PastCall, STRANGER},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::desk::{Desk, START, options};

#[tokio::test]
async fn the_edge_refuses_in_its_own_shape() {
    let desk = Desk::new().await;
    let wrong = desk
        .bare(Method::GET, "/v1/ping")
        .basic_auth(KEY.0, Some("wrong"));
    let table = [
        (desk.bare(Method::GET, "/v1/ping"), 401, "Unauthorized"),
        (wrong, 403, "Forbidden"),
        (desk.bare(Method::GET, "/v1/pong"), 404, "Not Found"),
        (desk.bare(Method::DELETE, "/v1/ping"), 404, "Not Found"),
    ];
    for (request, status, message) in table {
        let (told, body) = Desk::answer(request).await;
        assert_eq!((told.as_u16(), body), (status, json!({"message": message})));
    }
    assert_eq!(desk.read("/v1/ping").await, json!({"ping": "pong"}));
}

#[tokio::test]
async fn the_service_says_what_is_wrong_and_how_to_go_on() {
    let desk = Desk::new().await;
    let (status, body) = desk.get("/v1/calls/5").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(body["error"], "Not Found");
    assert!(body["troubleshoot"].is_string());
    let plain = desk
        .bare(Method::POST, "/v1/tags")
        .basic_auth(KEY.0, Some(KEY.1))
        .body(r##"{"name":"Salon","color":"#00B388"}"##);
    assert_eq!(Desk::answer(plain).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_key_of_another_company_sees_another_company() {
    let desk = Desk::new().await;
    let id = desk
        .cloud
        .aircall_remember(PastCall::answered(STRANGER, (START - 500) * 1_000));
    let ask = |path: &str| {
        Desk::answer(
            desk.bare(Method::GET, path)
                .basic_auth(OTHER_KEY.0, Some(OTHER_KEY.1)),
        )
    };
    assert_eq!(ask("/v1/ping").await.0, StatusCode::OK);
    assert_eq!(
        ask("/v1/company").await.1["company"]["name"],
        "Une Autre Société"
    );
    assert_eq!(
        ask("/v2/users/agent@example.com").await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        ask(&format!("/v1/calls/{id}")).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(ask("/v1/calls").await.1["meta"]["total"], 0);
}

#[tokio::test]
async fn the_budget_belongs_to_the_company_and_only_the_refusal_tells_of_it() {
    let mut limited = options();
    limited.settings.rate.per_minute = Some(120);
    let desk = Desk::with(limited).await;
    desk.cloud.aircall_spend(118);
    let ask = || {
        desk.bare(Method::GET, "/v1/ping")
            .basic_auth(KEY.0, Some(KEY.1))
            .send()
    };
    for _ in 0..2 {
        let good = ask().await.unwrap();
        assert_eq!(good.status(), StatusCode::OK);
        assert!(
            good.headers()
                .keys()
                .all(|name| !name.as_str().contains("aircall"))
        );
    }
    let refused = ask().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let header = |name: &str| refused.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-aircallapi-limit"), "120");
    assert_eq!(header("x-aircallapi-remaining"), "0");
    let reset: i64 = header("x-aircallapi-reset").parse().unwrap();
    assert!(reset > START && reset <= START + 60 && reset % 60 == 0);
    assert!(!refused.headers().contains_key("retry-after"));
    assert_eq!(desk.cloud.aircall_refusals(), 1);
    desk.forward(60_000);
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn others_may_spend_all_of_every_minute() {
    let mut crowded = options();
    crowded.settings.rate.per_minute = Some(120);
    crowded.settings.rate.others_per_minute = 120;
    crowded.settings.rate.retry_after = true;
    let desk = Desk::with(crowded).await;
    for _ in 0..2 {
        let refused = desk
            .bare(Method::GET, "/v1/ping")
            .basic_auth(KEY.0, Some(KEY.1))
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().contains_key("retry-after"));
        desk.forward(60_000);
    }
}

#[tokio::test]
async fn faults_strike_here_too_in_the_shape_of_the_service() {
    let desk = Desk::new().await;
    let status = |status| Fault::Status {
        status,
        retry_after: Some(9),
    };
    desk.cloud
        .add_fault(FaultRule::once("GET", "/aircall/v1/ping$", status(500)));
    let (told, body) = desk.get("/v1/ping").await;
    assert_eq!(told, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body["error"].is_string() && body["troubleshoot"].is_string());
    desk.cloud
        .add_fault(FaultRule::once("GET", "/aircall/v1/ping$", status(403)));
    assert_eq!(
        desk.get("/v1/ping").await.1,
        json!({"message": "Forbidden"})
    );
    desk.cloud.add_fault(FaultRule::once(
        "GET",
        "/aircall/v1/tags",
        Fault::AbsentFields,
    ));
    let tags = desk.read("/v1/tags").await;
    assert_eq!(tags["tags"][0].as_object().unwrap().len(), 1, "{tags}");
    assert_eq!(tags["meta"]["total"], 8);
    desk.cloud.add_fault(FaultRule::once(
        "GET",
        "/aircall/v1/ping",
        Fault::CutBeforeEffect,
    ));
    let cut = desk.bare(Method::GET, "/v1/ping").send().await;
    assert!(cut.is_err());
    let seen = desk.cloud.requests_to("GET", "/aircall/v1/ping");
    assert_eq!(seen.last().unwrap().status, None);
}
