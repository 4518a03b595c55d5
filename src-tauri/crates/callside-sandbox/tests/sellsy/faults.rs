//! Misbehaviour, as a client feels it.

use std::time::{Duration, Instant};

use callside_sandbox::{Fault, FaultRule, book::MARIE_DUPONT};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    desk::{Desk, ids_of},
    phone_calls::call,
};

const CALLS: &str = "/v2/phone-calls$";

#[tokio::test]
async fn a_cut_before_the_effect_leaves_no_call_and_no_answer() {
    let desk = Desk::new().await;
    desk.crm
        .add_fault(FaultRule::once("POST", CALLS, Fault::CutBeforeEffect));
    let error = desk
        .send(Method::POST, "/phone-calls", Some(&call()))
        .await
        .unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert!(desk.crm.phone_calls().is_empty());
    assert_eq!(
        desk.crm.requests_to("POST", "/v2/phone-calls")[0].status,
        None
    );
    assert_eq!(
        desk.post("/phone-calls", &call()).await.0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_cut_after_the_effect_leaves_a_call_and_no_answer() {
    let desk = Desk::new().await;
    desk.crm
        .add_fault(FaultRule::once("POST", CALLS, Fault::CutAfterEffect));
    assert!(
        desk.send(Method::POST, "/phone-calls", Some(&call()))
            .await
            .is_err()
    );
    assert_eq!(desk.crm.phone_calls().len(), 1);
    assert!(desk.crm.faults().is_empty());
}

#[tokio::test]
async fn a_500_may_come_before_or_after_the_effect() {
    let desk = Desk::new().await;
    desk.crm.add_fault(FaultRule::once(
        "POST",
        CALLS,
        Fault::Status {
            status: 500,
            retry_after: None,
        },
    ));
    assert_eq!(
        desk.post("/phone-calls", &call()).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert!(desk.crm.phone_calls().is_empty());
    desk.crm.add_fault(FaultRule::once(
        "POST",
        CALLS,
        Fault::StatusAfterEffect { status: 500 },
    ));
    assert_eq!(
        desk.post("/phone-calls", &call()).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(desk.crm.phone_calls().len(), 1);
}

#[tokio::test]
async fn refusals_have_the_documented_shape() {
    let desk = Desk::new().await;
    for status in [401, 402, 403, 404, 429] {
        desk.crm.add_fault(FaultRule::once(
            "GET",
            "/v2/contacts",
            Fault::Status {
                status,
                retry_after: None,
            },
        ));
        let (told, body) = desk.get("/contacts").await;
        assert_eq!(
            (told.as_u16(), &body["error"]["code"]),
            (status, &json!(status))
        );
        assert_eq!(body["error"]["details"], json!([]));
    }
    desk.crm.add_fault(FaultRule::once(
        "GET",
        "",
        Fault::Status {
            status: 429,
            retry_after: Some(7),
        },
    ));
    let limited = desk.send(Method::GET, "/contacts", None).await.unwrap();
    assert_eq!(limited.headers()["retry-after"], "7");
    desk.crm.add_fault(FaultRule::once(
        "GET",
        "",
        Fault::MissingScope {
            scope: "contacts.read".to_owned(),
        },
    ));
    let (status, body) = desk.get("/contacts").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        body["error"]["details"]["scope"]
            .as_str()
            .unwrap()
            .contains("contacts.read")
    );
}

#[tokio::test]
async fn a_delay_holds_the_answer_back() {
    let desk = Desk::new().await;
    desk.crm.add_fault(FaultRule::once(
        "GET",
        "/v2/contacts",
        Fault::Delay { ms: 120 },
    ));
    let start = Instant::now();
    assert_eq!(desk.get("/contacts").await.0, StatusCode::OK);
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_know_which_delay_it_met() {
    let desk = Desk::new().await;
    for (fault, written) in [
        (Fault::Delay { ms: 60_000 }, 0),
        (Fault::DelayAfterEffect { ms: 60_000 }, 1),
    ] {
        desk.crm.forget_requests();
        desk.crm.add_fault(FaultRule::once("POST", CALLS, fault));
        let body = call();
        let waiting = desk.send(Method::POST, "/phone-calls", Some(&body));
        let arrived =
            until(|| desk.crm.requests().len() == 1 && desk.crm.phone_calls().len() == written);
        tokio::select! {
            answer = waiting => panic!("answered: {answer:?}"),
            () = arrived => {}
        }
        // The request is dropped here, and with it the connection.
        assert_eq!(desk.crm.phone_calls().len(), written);
    }
}

/// Waits until something is so.
async fn until(so: impl Fn() -> bool) {
    while !so() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn json_may_be_cut_in_half_or_be_none() {
    let desk = Desk::new().await;
    for fault in [Fault::TruncatedJson, Fault::BrokenJson] {
        desk.crm
            .add_fault(FaultRule::once("GET", "/v2/contacts", fault));
        let response = desk.send(Method::GET, "/contacts", None).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.json::<Value>().await.is_err());
    }
    assert_eq!(desk.get("/contacts").await.0, StatusCode::OK);
}

#[tokio::test]
async fn rows_may_be_stranger_than_the_document() {
    let desk = Desk::new().await;
    let path = format!("/contacts/{MARIE_DUPONT}");
    let spoilt = async |fault| {
        desk.crm.add_fault(FaultRule::once("GET", "/v2/", fault));
        desk.get(&path).await.1
    };
    assert!(spoilt(Fault::UnknownFields).await["zz_added_later"].is_object());
    assert_eq!(
        spoilt(Fault::UnknownEnumValues).await["civility"],
        "mrs_of_tomorrow"
    );
    let nulls = spoilt(Fault::Nulls).await;
    assert_eq!(
        (&nulls["id"], &nulls["last_name"], &nulls["owner"]),
        (&json!(MARIE_DUPONT), &json!(null), &json!(null))
    );
    assert_eq!(
        spoilt(Fault::AbsentFields).await,
        json!({"id": MARIE_DUPONT})
    );
    desk.crm
        .add_fault(FaultRule::once("GET", "/v2/", Fault::AbsentFields));
    let (_, list) = desk.get("/contacts?limit=2").await;
    assert_eq!(list["data"], json!([{"id": 1001}, {"id": 1002}]));
    assert_eq!(list["pagination"]["limit"], 2);
}

#[tokio::test]
async fn offline_means_no_answer_until_it_comes_back() {
    let desk = Desk::new().await;
    assert_eq!(desk.get("/staffs/me").await.0, StatusCode::OK);
    desk.crm.go_offline();
    for _ in 0..2 {
        assert!(desk.send(Method::GET, "/staffs/me", None).await.is_err());
    }
    desk.crm.come_back();
    assert_eq!(desk.get("/staffs/me").await.0, StatusCode::OK);
    assert_eq!(desk.crm.requests_to("GET", "/v2/staffs").len(), 2);
}

#[tokio::test]
async fn a_slow_index_hides_new_calls_from_searches_only() {
    let desk = Desk::new().await;
    desk.crm.set_slow_index(30_000);
    let id = desk.post("/phone-calls", &call()).await.1["id"]
        .as_u64()
        .unwrap();
    let search = || async {
        ids_of(
            &desk
                .post("/phone-calls/search", &json!({"filters": {}}))
                .await
                .1,
        )
    };
    assert!(search().await.is_empty());
    assert_eq!(
        desk.get(&format!("/phone-calls/{id}")).await.0,
        StatusCode::OK
    );
    desk.clock.forward(30);
    assert_eq!(search().await, [id]);
}

#[tokio::test]
async fn tokens_die_when_they_are_revoked_or_expire() {
    let desk = Desk::new().await;
    desk.crm.expire_access_tokens();
    assert_eq!(desk.get("/staffs/me").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.crm.token_counts(), (0, 1));
    desk.crm.revoke_tokens();
    assert_eq!(desk.crm.token_counts(), (0, 0));
}

#[tokio::test]
async fn everything_can_be_asked_for_from_another_process() {
    let desk = Desk::new().await;
    let control = |path: &str| format!("{}/_sandbox{path}", desk.crm.base_url());
    let rule =
        json!({"method": "POST", "path": CALLS, "times": 1, "fault": {"kind": "cut_after_effect"}});
    let added = desk
        .http
        .post(control("/faults"))
        .json(&rule)
        .send()
        .await
        .unwrap();
    assert_eq!(added.status(), StatusCode::NO_CONTENT);
    assert!(
        desk.send(Method::POST, "/phone-calls", Some(&call()))
            .await
            .is_err()
    );
    let calls: Value = desk
        .http
        .get(control("/phone-calls"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&calls[0]["owner_id"], &calls[0]["related"][1]["type"]),
        (&json!(4107), &json!("contact"))
    );
    let url = control(&format!("/phone-calls/{}", calls[0]["id"]));
    desk.http
        .post(url)
        .json(&json!({"description": "Changé à la main"}))
        .send()
        .await
        .unwrap();
    assert_eq!(
        desk.crm.phone_calls()[0].description.as_deref(),
        Some("Changé à la main")
    );

    let change = json!({"mobile_number": "+33639980199", "phone_number": null});
    let changed = desk
        .http
        .post(control("/records/contact/1001"))
        .json(&change)
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status(), StatusCode::NO_CONTENT);
    let (_, marie) = desk.get("/contacts/1001").await;
    assert_eq!(
        (&marie["mobile_number"], &marie["updated"]),
        (&json!("+33639980199"), &json!("2026-03-02T09:41:07+01:00"))
    );
    desk.http
        .delete(control("/records/contacts/1001"))
        .send()
        .await
        .unwrap();
    assert_eq!(desk.get("/contacts/1001").await.0, StatusCode::NOT_FOUND);

    desk.http.post(control("/offline")).send().await.unwrap();
    assert!(desk.send(Method::GET, "/staffs/me", None).await.is_err());
    desk.http.post(control("/online")).send().await.unwrap();
    let settings = json!({"scopes": ["contacts.read"], "quotas": {"per_minute": 9}});
    desk.http
        .post(control("/settings"))
        .json(&settings)
        .send()
        .await
        .unwrap();
    assert_eq!(desk.get("/companies").await.0, StatusCode::FORBIDDEN);

    let seen: Value = desk
        .http
        .get(control("/requests?path=/v2/phone-calls"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&seen[0]["method"], &seen[0]["status"]),
        (&json!("POST"), &json!(null))
    );
    let counts: Value = desk
        .http
        .get(control("/counts"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(counts["requests"]["GET /v2/contacts/1001"], 2);
    let token: Value = desk
        .http
        .post(control("/token"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(token["access_token"].is_string());
}

#[tokio::test]
async fn a_name_that_merely_points_here_gets_nothing() {
    let desk = Desk::new().await;
    let url = format!("{}/_sandbox/phone-calls", desk.crm.base_url());
    let response = desk
        .http
        .get(url)
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST);
}
