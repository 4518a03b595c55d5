//! Another program logs the same calls.

use callside_core::id::CallId;
use callside_core::outbox::DeliveryState;
use callside_engine::events::{Double, EngineEvent};
use callside_sandbox::book::{LUC_BERNARD, LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE};
use callside_sandbox::http::Method;
use callside_sandbox::{Fault, FaultRule};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::desk::{Desk, PHONE};

/// What the other program writes.
const THEIRS: &str = "Appel entrant (autre programme)";

/// Another program logs the call on Luc Bernard, a little off in time. Returns the log's id.
async fn logged_by_another(desk: &Desk, call: &CallId) -> u64 {
    let started_at = desk.record(call).await.call.started_at;
    let off = started_at + SignedDuration::from_secs(70);
    let (_, created) = asked(
        desk,
        "/phone-calls",
        json!({
            "owner_id": 1,
            "source": "incoming",
            "result": "connected",
            "date": off.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "duration": 61,
            "description": THEIRS,
            "related": [{"type": "individual", "id": LUC_BERNARD}],
        }),
    )
    .await;
    created["id"].as_u64().expect("an id")
}

async fn asked(desk: &Desk, path: &str, body: Value) -> (u16, Value) {
    let owner = desk.other_program(Method::GET, "/staffs/me", None).await;
    let owner: Value = serde_json::from_slice(&owner.body).expect("JSON");
    let mut body = body;
    if body.get("owner_id").is_some() {
        body["owner_id"] = owner["id"].clone();
    }
    let answer = desk.other_program(Method::POST, path, Some(&body)).await;
    let told = serde_json::from_slice(&answer.body).expect("JSON");
    (answer.status, told)
}

fn doubles_told(desk: &mut Desk) -> Vec<Double> {
    let told = desk.told().into_iter();
    told.filter_map(|event| match event {
        EngineEvent::Double(double) => Some(*double),
        _ => None,
    })
    .collect()
}

async fn comments(desk: &Desk) -> Vec<String> {
    let related = json!([{"type": "individual", "id": LUC_BERNARD}]);
    let body = json!({"filters": {"individuals": [LUC_BERNARD]}, "related": related});
    let (_, page) = asked(
        desk,
        "/comments/search",
        json!({"filters": body["filters"]}),
    )
    .await;
    let rows = page["data"].as_array().expect("rows");
    let text = |row: &Value| row["description"].as_str().expect("a text").to_owned();
    rows.iter().map(text).collect()
}

#[tokio::test]
async fn a_call_that_stands_there_twice_is_told_once_per_source_and_line() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(LUC_BERNARD_MOBILE, "mine").await;
    let theirs = logged_by_another(&desk, &call).await;
    desk.told();
    desk.sync().await;
    let told = doubles_told(&mut desk);
    assert_eq!(
        told,
        [Double {
            connection: super::desk::sellsy(),
            call: call.clone(),
            source: PHONE.into(),
            line: Some("+33199000001".into()),
            remote_id: callside_core::id::RemoteId::new(theirs.to_string()),
        }]
    );
    // The next one is no news, not even after a restart.
    desk.restart().await;
    desk.pass(1200).await;
    let next = desk.log_call_with(LUC_BERNARD_MOBILE, "mine too").await;
    logged_by_another(&desk, &next).await;
    desk.told();
    desk.sync().await;
    assert_eq!(doubles_told(&mut desk), []);
    assert_eq!(desk.engine.doubles().await.unwrap(), told);
    desk.engine.settle_double(&told[0]).await.unwrap();
    assert_eq!(desk.engine.doubles().await.unwrap(), []);
}

#[tokio::test]
async fn another_call_of_the_day_is_no_double() {
    let mut desk = Desk::new().await;
    let first = desk.log_call_with(LUC_BERNARD_MOBILE, "one").await;
    desk.pass(240).await;
    // The other program knows a call four minutes later, which is not ours.
    let later = desk.log_call_with(MARIE_DUPONT_MOBILE, "two").await;
    logged_by_another(&desk, &later).await;
    desk.told();
    desk.sync().await;
    assert_eq!(doubles_told(&mut desk), []);
    desk.logged_once(&first).await;
}

#[tokio::test]
async fn looking_for_doubles_costs_a_call_nothing() {
    let mut desk = Desk::new().await;
    let looks = |desk: &Desk| desk.requests_for("POST", "/phone-calls/search");
    for _ in 0..3 {
        desk.sync().await;
    }
    assert_eq!(looks(&desk), 0, "there is nothing to compare");
    for _ in 0..5 {
        desk.log_call_with(LUC_BERNARD_MOBILE, "note").await;
        desk.sync().await;
    }
    assert_eq!(looks(&desk), 1, "a quarter of an hour has not passed");
    desk.pass(900).await;
    desk.sync().await;
    assert_eq!(looks(&desk), 2);
    desk.pass(3600).await;
    desk.sync().await;
    assert_eq!(
        looks(&desk),
        3,
        "a log of the other program may have been late"
    );
    desk.pass(3600).await;
    desk.sync().await;
    assert_eq!(looks(&desk), 3, "there is nothing new to compare");
    desk.check_requests();
}

#[tokio::test]
async fn notes_go_beside_the_other_programs_log() {
    let mut desk = Desk::setup()
        .settings(|s| s.logging.enrich_sources = vec![PHONE.into()])
        .start()
        .await;
    let call = desk.talk_with(LUC_BERNARD_MOBILE).await;
    let theirs = logged_by_another(&desk, &call).await;
    desk.note(&call, "wants the kitchen").await;
    let writes = desk.requests_for("POST", "/phone-calls");
    desk.file(&call).await;
    desk.pass_until_delivered(&call, 5).await;
    let entry = desk.delivery(&call).await;
    let logged = entry.delivery.logged.expect("what stands there");
    assert_eq!(logged.remote_id.as_str(), theirs.to_string());
    assert_eq!(desk.requests_for("POST", "/phone-calls"), writes);
    let found = comments(&desk).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].contains(entry.marker.as_str()));
    assert!(found[0].ends_with("wants the kitchen"));
    // A late note is one more comment; what others wrote stands as it was.
    desk.note(&call, "wants the kitchen\nin oak").await;
    desk.settle().await;
    let found = comments(&desk).await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().any(|text| text.ends_with("in oak")));
    let calls = desk.crm.phone_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].description.as_deref(), Some(THEIRS));
    desk.sync().await;
    assert_eq!(doubles_told(&mut desk), []);
}

#[tokio::test]
async fn an_answer_lost_beside_the_other_programs_log_writes_nothing_twice() {
    let mut desk = Desk::setup()
        .settings(|s| s.logging.enrich_lines = vec!["+33199000001".into()])
        .start()
        .await;
    let call = desk.talk_with(LUC_BERNARD_MOBILE).await;
    logged_by_another(&desk, &call).await;
    desk.note(&call, "once").await;
    let cut = FaultRule::once("POST", "/v2/comments$", Fault::CutAfterEffect);
    desk.crm.add_fault(cut);
    desk.file(&call).await;
    desk.pass_until_delivered(&call, 900).await;
    assert_eq!(comments(&desk).await.len(), 1);
    assert_eq!(desk.crm.phone_calls().len(), 1);
}

#[tokio::test]
async fn a_log_that_never_comes_is_written_here() {
    let mut desk = Desk::setup()
        .settings(|s| s.logging.enrich_sources = vec![PHONE.into()])
        .start()
        .await;
    let call = desk.log_call_with(LUC_BERNARD_MOBILE, "alone").await;
    desk.settle().await;
    let delivery = desk.delivery(&call).await.delivery;
    assert_eq!(delivery.state, DeliveryState::Waiting);
    assert!(delivery.next_try_at.is_some());
    let took = desk.pass_until_delivered(&call, 600).await;
    assert!((200..=360).contains(&took), "{took} seconds");
    desk.logged_once(&call).await;
    assert_eq!(comments(&desk).await, [""; 0]);
}

#[tokio::test]
async fn a_line_that_is_not_logged_sends_nothing() {
    let mut desk = Desk::setup()
        .settings(|s| s.logging.skip_lines = vec!["+33199000001".into()])
        .start()
        .await;
    let call = desk.log_call_with(LUC_BERNARD_MOBILE, "not here").await;
    desk.pass(60).await;
    assert!(desk.record(&call).await.deliveries.is_empty());
    assert_eq!(desk.crm.phone_calls().len(), 0);
}
