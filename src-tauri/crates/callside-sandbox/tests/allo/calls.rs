//! Finished calls in both versions, and their recordings.

use callside_sandbox::{
    HistoryOptions,
    aircall::recorded_byte,
    allo::{AlloCall, AlloOptions, LINE, SUPPORT_LINE, TAG, USER},
    book::MARIE_DUPONT_MOBILE,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::desk::{Desk, START, assert_code, options};

fn at(minutes_ago: i64) -> i64 {
    (START - minutes_ago * 60) * 1_000
}

const OLD: &str = "/v1/api/calls?allo_number=%2B33536490020";

#[tokio::test]
async fn lines_users_and_tags_are_listed() {
    let desk = Desk::new().await;
    let (_, numbers) = desk.get("/v2/api/numbers").await;
    assert_eq!(numbers["data"][0]["number"], LINE);
    assert_eq!(numbers["data"][0]["users"][0]["email"], "agent@example.com");
    assert_eq!(numbers["pagination"]["total_count"], 2);
    let (_, users) = desk.get("/v2/api/users?size=2").await;
    assert_eq!(
        users["pagination"],
        json!({
            "page": 1, "size": 2, "total_count": 3, "total_pages": 2, "has_more": true,
        })
    );
    let (_, users) = desk.get("/v2/api/users?size=2&page=2").await;
    assert_eq!(users["pagination"]["has_more"], false);
    let (_, tags) = desk.get("/v2/api/tags").await;
    assert_eq!(
        tags["data"][0],
        json!({"id": TAG, "name": "Devis", "color": "#00B388"})
    );
    for wrong in ["page=0", "size=101", "size=x"] {
        let answer = desk.get(&format!("/v2/api/users?{wrong}")).await;
        assert_code(&answer, 400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_call_appears_after_its_end_and_is_summed_up_later() {
    let desk = Desk::new().await;
    let call = AlloCall::answered(MARIE_DUPONT_MOBILE, START * 1_000);
    let id = desk.cloud.allo_remember(call);
    let path = format!("/v2/api/conversations/items/{id}");
    desk.forward(120_000);
    assert_eq!(desk.get(&path).await.0, StatusCode::NOT_FOUND);
    assert!(desk.found(&json!({})).await.is_empty());
    desk.forward(10_000);
    let (_, item) = desk.get(&path).await;
    assert_eq!(item["direction"], "INBOUND");
    assert_eq!(item["contacts"][0]["name"], "Marie Dupont");
    assert_eq!(item["user"]["id"], USER);
    assert_eq!(item["duration"], 120);
    assert_eq!(item["date"], "2026-03-02T08:41:07.000Z");
    assert!(item["summary"].is_null());
    desk.forward(20_000);
    desk.cloud.allo_settings(|settings| {
        settings.zoneless_dates = true;
        settings.wraps_single = true;
    });
    let (_, item) = desk.get(&path).await;
    assert_eq!(item["data"]["date"], "2026-03-02T08:41:07");
    assert!(item["data"]["summary"].as_str().unwrap().contains("devis"));
    assert_eq!(item["data"]["transcript"][0]["source"], "USER");
}

#[tokio::test]
async fn a_search_finds_by_line_number_user_direction_result_tags_and_date() {
    let desk = Desk::new().await;
    let add = |call: AlloCall| desk.cloud.allo_remember(call);
    let marie = add(AlloCall {
        tags: vec![TAG.to_owned()],
        ..AlloCall::answered(MARIE_DUPONT_MOBILE, at(60))
    });
    let placed = add(AlloCall {
        outbound: true,
        ..AlloCall::answered("+33639980145", at(50))
    });
    let missed = add(AlloCall {
        remote: None,
        ..AlloCall::missed("", at(40))
    });
    let support = add(AlloCall {
        line: SUPPORT_LINE.to_owned(),
        user: Some("usr_samir".to_owned()),
        ..AlloCall::answered("+33639980145", at(30))
    });
    let table = [
        (json!({}), vec![&support, &missed, &placed, &marie]),
        (
            json!({"type": "CALL", "sort": "date_asc"}),
            vec![&marie, &placed, &missed, &support],
        ),
        (json!({"type": "SMS"}), vec![]),
        (json!({"allo_number": SUPPORT_LINE}), vec![&support]),
        (
            json!({"contact_number": "+33639980145"}),
            vec![&support, &placed],
        ),
        (json!({"user_id": USER}), vec![&placed, &marie]),
        (json!({"direction": "OUTBOUND"}), vec![&placed]),
        (
            json!({"result": "ANSWERED"}),
            vec![&support, &placed, &marie],
        ),
        (json!({"tags": [TAG]}), vec![&marie]),
        (
            json!({"date": {"from": "2026-03-02T07:51:00Z"}}),
            vec![&support, &missed, &placed],
        ),
        (
            json!({"date": {"from": "2026-03-02T07:51:00", "to": "2026-03-02T08:05:00Z"}}),
            vec![&missed, &placed],
        ),
        (json!({"page": 2, "size": 3}), vec![&marie]),
    ];
    for (wish, wanted) in table {
        let found = desk.found(&wish).await;
        let ids: Vec<&str> = found
            .iter()
            .map(|row| row["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, wanted, "{wish}");
    }
    let found = desk
        .found(&json!({"result": null, "allo_number": LINE}))
        .await;
    assert!(
        found
            .iter()
            .any(|row| row["contact_number"] == "anonymous" && row["result"].is_null())
    );
    let search = "/v2/api/conversations/items/search";
    for wrong in [
        json!({"line": LINE}),
        json!({"type": "FAX"}),
        json!({"date": {"from": "yesterday"}}),
        json!({"size": 101}),
        json!({"page": 0}),
        json!([]),
    ] {
        assert_code(&desk.post(search, &wrong).await, 400, "VALIDATION_ERROR");
    }
    let foreign = json!({"allo_number": "+33199000999"});
    assert_code(
        &desk.post(search, &foreign).await,
        404,
        "PHONE_NUMBER_NOT_FOUND",
    );
    let ids = json!({"ids": [missed, "cll-1", marie]});
    let (_, batch) = desk.post("/v2/api/conversations/items/batch", &ids).await;
    assert_eq!(batch["data"].as_array().unwrap().len(), 2);
    let many: Vec<String> = (0..101).map(|n| format!("cll-{n}")).collect();
    let answer = desk
        .post("/v2/api/conversations/items/batch", &json!({"ids": many}))
        .await;
    assert_code(&answer, 400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn conversations_need_a_line_and_know_what_is_new() {
    let desk = Desk::new().await;
    for (number, minutes) in [
        (MARIE_DUPONT_MOBILE, 90),
        (MARIE_DUPONT_MOBILE, 60),
        ("+33639980145", 20),
    ] {
        desk.cloud
            .allo_remember(AlloCall::answered(number, at(minutes)));
    }
    let (_, all) = desk
        .get("/v2/api/conversations?allo_number=%2B33536490020")
        .await;
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    assert_eq!(all["data"][0]["contact_number"], "+33639980145");
    let since =
        "/v2/api/conversations?allo_number=%2B33536490020&last_activity_since=2026-03-02T08:00:00Z";
    assert_eq!(desk.get(since).await.1["data"].as_array().unwrap().len(), 1);
    assert_code(
        &desk.get("/v2/api/conversations").await,
        400,
        "VALIDATION_ERROR",
    );
}

#[tokio::test]
async fn the_first_version_counts_pages_from_zero() {
    let desk = Desk::new().await;
    for minutes in 1..=12 {
        desk.cloud
            .allo_remember(AlloCall::answered("+33639980145", at(minutes * 10)));
    }
    let rows = |path: String| async {
        let path = path;
        let (_, body) = desk.get(&path).await;
        body["data"].clone()
    };
    let first = rows(OLD.to_owned()).await;
    assert_eq!(first["results"].as_array().unwrap().len(), 10);
    assert_eq!(
        first["metadata"]["pagination"],
        json!({"current_page": 0, "total_pages": 2})
    );
    assert_eq!(first["results"][0]["from_number"], "+33639980145");
    assert_eq!(first["results"][0]["length_in_minutes"], 2.0);
    let second = rows(format!("{OLD}&page=1")).await;
    assert_eq!(second["results"].as_array().unwrap().len(), 2);
    assert_code(
        &desk.get(&format!("{OLD}&size=101")).await,
        400,
        "VALIDATION_ERROR",
    );
    assert_code(&desk.get("/v1/api/calls").await, 400, "VALIDATION_ERROR");
    let (_, contacts) = desk.get("/v1/api/contacts").await;
    assert_eq!(contacts["data"]["results"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_recording_needs_the_key() {
    let desk = Desk::new().await;
    let id = desk.cloud.allo_remember(AlloCall {
        recording_bytes: Some(2_000),
        ..AlloCall::answered("+33639980145", at(10))
    });
    let (_, item) = desk.get(&format!("/v2/api/conversations/items/{id}")).await;
    let url = item["recording_url"].as_str().unwrap();
    let path = url.strip_prefix(&desk.cloud.allo_url()).unwrap();
    assert!(path.starts_with("/v1/assets/recordings/"));
    assert_code(
        &Desk::answer(desk.bare(Method::GET, path)).await,
        401,
        "UNAUTHORIZED",
    );
    let audio = desk
        .keyed(Method::GET, path)
        .header("range", "bytes=100-199");
    let audio = audio.send().await.unwrap();
    assert_eq!(audio.status(), StatusCode::PARTIAL_CONTENT);
    let bytes = audio.bytes().await.unwrap();
    let number = id.trim_start_matches("cll-").parse().unwrap();
    assert!(
        (100..)
            .zip(&bytes)
            .all(|(at, byte)| recorded_byte(number, at) == *byte)
    );
    assert_eq!(
        desk.get("/v1/assets/recordings/1.mp3").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_invented_past_is_believable() {
    let desk = Desk::with(AlloOptions {
        history: HistoryOptions {
            calls: 300,
            days: 60,
        },
        ..options()
    })
    .await;
    let calls = desk.cloud.allo_calls();
    assert_eq!(calls.len(), 300);
    let count = |fits: &dyn Fn(&AlloCall) -> bool| calls.iter().filter(|call| fits(call)).count();
    assert!(count(&|call| call.user.as_deref() == Some(USER)) > 80);
    assert!(count(&|call| call.result.is_none()) > 20);
    assert!(count(&|call| call.result.as_deref() == Some("VOICEMAIL")) > 5);
    assert!(count(&|call| call.remote.is_none()) > 0);
    assert!(!desk.found(&json!({"type": "SMS"})).await.is_empty());
}

#[tokio::test]
async fn the_page_shows_the_calls() {
    let desk = Desk::new().await;
    desk.cloud.allo_remember(AlloCall {
        tags: vec![TAG.to_owned()],
        ..AlloCall::answered(MARIE_DUPONT_MOBILE, at(10))
    });
    let url = format!("{}/allo", desk.cloud.base_url());
    let page = desk.http.get(url).send().await.unwrap();
    let page = page.text().await.unwrap();
    for text in [
        "Marie Dupont",
        "Camille Roche",
        "2:00",
        ">Devis<",
        "devis avant vendredi",
    ] {
        assert!(page.contains(text), "{text} is missing");
    }
}
