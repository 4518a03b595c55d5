//! The call log.

use callside_sandbox::{
    MissingRelated, RecordKind, SandboxOptions,
    book::{BOULANGERIE_MARTIN, FOUR_A_SOLE, LUC_BERNARD, MARIE_DUPONT},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, assert_names, ids_of, options};

pub(crate) fn call() -> Value {
    json!({
        "owner_id": 4107,
        "source": "outcoming",
        "result": "connected",
        "date": "2026-03-02T09:37:00+01:00",
        "duration": 214,
        "description": "Call ID: callside-01JNW3Z0Q8T5\n\nRappeler vendredi.",
        "related": [
            {"type": "company", "id": BOULANGERIE_MARTIN},
            {"type": "contact", "id": MARIE_DUPONT},
            {"type": "opportunity", "id": FOUR_A_SOLE},
        ],
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = call();
    body[name] = value;
    body
}

#[tokio::test]
async fn a_call_is_kept_as_it_was_sent() {
    let desk = Desk::new().await;
    let (status, made) = desk.post("/phone-calls", &call()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(made["result"], json!({"id": "connected", "name": "Joint"}));
    assert_eq!(
        (&made["company_id"], &made["contact_id"]),
        (&json!(BOULANGERIE_MARTIN), &json!(MARIE_DUPONT))
    );
    assert_eq!(made["owner"], json!({"id": 4107, "type": "staff"}));
    assert_eq!(
        (&made["date"], &made["created"]),
        (
            &json!("2026-03-02T09:37:00+01:00"),
            &json!("2026-03-02T09:41:07+01:00")
        )
    );
    assert!(made.get("individual_id").is_none() && made.get("topic").is_none());
    let (_, again) = desk.get(&format!("/phone-calls/{}", made["id"])).await;
    assert_eq!(again["individual_id"], json!(null));
    let kept = desk.crm.phone_calls();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].duration, kept[0].related_id("opportunity")),
        (214, Some(FOUR_A_SOLE))
    );
}

#[tokio::test]
async fn two_equal_posts_make_two_calls() {
    let desk = Desk::new().await;
    desk.post("/phone-calls", &call()).await;
    desk.post("/phone-calls", &call()).await;
    assert_eq!(desk.crm.phone_calls().len(), 2);
}

#[tokio::test]
async fn every_field_is_checked() {
    let desk = Desk::new().await;
    for field in ["owner_id", "date", "result", "source", "related"] {
        let mut body = call();
        body.as_object_mut().unwrap().remove(field);
        assert_names(&desk.post("/phone-calls", &body).await, field);
    }
    let company = json!({"type": "company", "id": BOULANGERIE_MARTIN});
    for (field, value) in [
        ("owner_id", json!("4107")),
        ("owner_id", json!(1)),
        ("owner_id", json!(0)),
        ("date", json!("2026-03-02")),
        ("date", json!("2026-03-02T09:37:00")),
        ("date", json!(1_772_000_000)),
        ("source", json!("outgoing")),
        ("result", json!("answered")),
        ("result", json!({"id": "connected"})),
        ("duration", json!("214")),
        ("duration", json!(2.5)),
        ("duration", json!(-1)),
        ("description", json!(["text"])),
        ("topic", json!("Support")),
        ("topic", json!(1)),
        ("priority", json!(2)),
        ("reminders", json!(null)),
        ("reminders", json!([{"medium": "sms", "delay": "5min"}])),
        ("reminders", json!([{"medium": "email", "delay": "2min"}])),
        ("related", json!([])),
        ("related", json!([company, company])),
        ("related", json!([{"type": "company"}])),
        ("related", json!([{"type": "company", "id": "1001"}])),
        (
            "related",
            json!([{"type": "company", "id": 1001, "name": "x"}]),
        ),
        ("related", json!([{"type": "staff", "id": 4107}])),
        (
            "related",
            json!([company, {"type": "contact", "id": MARIE_DUPONT}, {"type": "opportunity", "id": FOUR_A_SOLE},
                           {"type": "individual", "id": LUC_BERNARD}]),
        ),
        ("related", json!([{"type": "company", "id": 404_404}])),
        ("related", json!([{"type": "opportunity", "id": 404_404}])),
    ] {
        assert_names(&desk.post("/phone-calls", &with(field, value)).await, field);
    }
    assert!(desk.crm.phone_calls().is_empty());
    assert_eq!(
        desk.post("/phone-calls", &with("description", json!(null)))
            .await
            .0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_deleted_record_can_no_longer_be_called_about() {
    let desk = Desk::new().await;
    desk.crm.delete_record(RecordKind::Contact, MARIE_DUPONT);
    assert_names(&desk.post("/phone-calls", &call()).await, "related");
    let desk = Desk::with(SandboxOptions {
        missing_related: MissingRelated::NotFound,
        ..options()
    })
    .await;
    desk.crm.delete_record(RecordKind::Contact, MARIE_DUPONT);
    assert_eq!(
        desk.post("/phone-calls", &call()).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_scheduled_call_has_no_duration_and_only_it_has_reminders() {
    let desk = Desk::new().await;
    let mut body = with("result", json!("scheduled"));
    body["reminders"] = json!([{"medium": "email", "delay": "15min"}]);
    let (_, planned) = desk.post("/phone-calls", &body).await;
    assert_eq!(planned["duration"], 0);
    assert_eq!(
        planned["reminders"][0]["send_at"],
        "2026-03-02T09:22:00+01:00"
    );
    body["result"] = json!("busy");
    assert_eq!(
        desk.post("/phone-calls", &body).await.1["reminders"],
        json!([])
    );
}

#[tokio::test]
async fn an_update_is_partial_and_keeps_the_id() {
    let desk = Desk::new().await;
    let id = desk.post("/phone-calls", &call()).await.1["id"].clone();
    desk.clock.forward(60);
    let (status, after) = desk
        .put(
            &format!("/phone-calls/{id}"),
            &json!({"description": "Plus long", "topic": 2235}),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&after["description"], &after["duration"]),
        (&json!("Plus long"), &json!(214))
    );
    assert_eq!(after["topic"], json!({"id": 2235, "name": "Support"}));
    assert_eq!(after["updated"], "2026-03-02T09:42:07+01:00");
    assert_names(
        &desk
            .put(&format!("/phone-calls/{id}"), &json!({"result": "won"}))
            .await,
        "result",
    );
    assert_eq!(
        desk.put("/phone-calls/1", &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.delete(&format!("/phone-calls/{id}")).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        desk.get(&format!("/phone-calls/{id}")).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_call_is_found_by_what_the_document_promises() {
    let desk = Desk::new().await;
    let first = desk.post("/phone-calls", &call()).await.1["id"]
        .as_u64()
        .unwrap();
    desk.clock.forward(300);
    let other = json!({"owner_id": 4108, "source": "incoming", "result": "noanswer", "date": "2026-03-02T09:45:00+01:00",
                       "related": [{"type": "individual", "id": LUC_BERNARD}], "priority": 1});
    let second = desk.post("/phone-calls", &other).await.1["id"]
        .as_u64()
        .unwrap();
    for (filters, ids) in [
        (json!({}), vec![second, first]),
        (json!({"owners": [4107]}), vec![first]),
        (
            json!({"owners": [4107], "created": {"start": "2026-03-02T09:41:07+01:00"}}),
            vec![first],
        ),
        (
            json!({"created": {"start": "2026-03-02T08:41:08Z"}}),
            vec![second],
        ),
        (
            json!({"created": {"end": "2026-03-02T09:42:00+01:00"}}),
            vec![first],
        ),
        (
            json!({"due_date": {"start": "2026-03-02T09:40:00+01:00"}}),
            vec![second],
        ),
        (
            json!({"related_objects": [{"type": "opportunity", "id": FOUR_A_SOLE}]}),
            vec![first],
        ),
        (json!({"companies": [BOULANGERIE_MARTIN]}), vec![first]),
        (json!({"individuals": [LUC_BERNARD]}), vec![second]),
        (json!({"contacts": [MARIE_DUPONT]}), vec![first]),
        (json!({"result": "noanswer"}), vec![second]),
        (json!({"source": "outcoming"}), vec![first]),
        (json!({"priority": {"min": 1}}), vec![second]),
        (json!({"topic": 2235}), vec![]),
    ] {
        let (status, body) = desk
            .post(
                "/phone-calls/search?limit=100&order=id&direction=desc",
                &json!({"filters": filters}),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(ids_of(&body), ids, "{filters}");
    }
    for (filters, field) in [
        (json!({"description": "x"}), "filters.description"),
        (json!({"owners": 4107}), "filters.owners"),
        (
            json!({"created": "2026-03-02T09:41:07+01:00"}),
            "filters.created",
        ),
        (json!({"result": "won"}), "filters.result"),
    ] {
        assert_names(
            &desk
                .post("/phone-calls/search", &json!({"filters": filters}))
                .await,
            field,
        );
    }
    assert_names(&desk.get("/phone-calls?order=date").await, "order");
}

#[tokio::test]
async fn embeds_show_the_records() {
    let desk = Desk::new().await;
    desk.post("/phone-calls", &call()).await;
    let (_, body) = desk.get("/phone-calls?embed[]=company&embed[]=contact&embed[]=individual&embed[]=related&embed[]=owner").await;
    let embed = &body["data"][0]["_embed"];
    assert_eq!(embed["company"]["name"], "Boulangerie Martin");
    assert_eq!(embed["contact"]["last_name"], "Dupont");
    assert!(embed.get("individual").is_none());
    assert_eq!(embed["related"].as_array().unwrap().len(), 3);
    assert_eq!(embed["owner"]["firstname"], "Camille");
}
