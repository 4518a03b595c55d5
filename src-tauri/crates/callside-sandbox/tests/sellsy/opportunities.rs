//! Opportunities and their pipelines.

use callside_sandbox::{
    RecordKind,
    book::{
        BAR, BOULANGERIE_MARTIN, CUISINE, FOUR_A_SOLE, HOTEL_DES_REMPARTS, LITERIE, LUC_BERNARD,
        VITRINE,
    },
};
use reqwest::StatusCode;
use serde_json::json;

use crate::desk::{Desk, assert_names, ids_of};

#[tokio::test]
async fn the_open_ones_of_a_company_come_oldest_first() {
    let desk = Desk::new().await;
    let path = "/opportunities/search?limit=5&order=created&direction=asc";
    let of = |kind: &str, id: u64| json!({"filters": {"related_objects": [{"type": kind, "id": id}], "statuses": ["open", "late"]}});
    let (status, hotel) = desk.post(path, &of("company", HOTEL_DES_REMPARTS)).await;
    assert_eq!(status, StatusCode::OK, "{hotel}");
    assert_eq!(ids_of(&hotel), [LITERIE, BAR]);
    let (_, bakery) = desk.post(path, &of("company", BOULANGERIE_MARTIN)).await;
    assert_eq!(ids_of(&bakery), [FOUR_A_SOLE]);
    let oven = &bakery["data"][0];
    assert_eq!(
        oven["amount"],
        json!({"value": "12400.00", "currency": "EUR"})
    );
    assert_eq!(
        (&oven["name"], &oven["company_id"]),
        (&json!("Four à sole"), &json!(BOULANGERIE_MARTIN))
    );
    assert_eq!(
        oven["related"][0],
        json!({"id": BOULANGERIE_MARTIN, "type": "company"})
    );
    assert_eq!(oven["step"]["name"], "Devis envoyé");
    let (_, luc) = desk.post(path, &of("individual", LUC_BERNARD)).await;
    assert_eq!(ids_of(&luc), [CUISINE]);
    assert!(
        ids_of(
            &desk
                .post(path, &of("individual", BOULANGERIE_MARTIN))
                .await
                .1
        )
        .is_empty()
    );
}

#[tokio::test]
async fn filters_are_checked() {
    let desk = Desk::new().await;
    let search = |filters| {
        let desk = &desk;
        async move {
            desk.post("/opportunities/search", &json!({"filters": filters}))
                .await
        }
    };
    assert_names(&search(json!({"contacts": [1]})).await, "filters.contacts");
    assert_names(
        &search(json!({"updated_at": {}})).await,
        "filters.updated_at",
    );
    assert_names(&search(json!({"statuses": []})).await, "filters.statuses");
    assert_names(
        &search(json!({"statuses": ["lately"]})).await,
        "filters.statuses",
    );
    assert_names(
        &search(json!({"related_objects": [{"type": "contact", "id": 1}]})).await,
        "filters.related_objects",
    );
    assert_names(
        &desk.post("/opportunities/search", &json!({})).await,
        "filters",
    );
    assert_names(&desk.get("/opportunities?order=amount").await, "order");
    let (_, rich) = search(json!({"amount": {"min": 12_400, "max": 12_400.0}})).await;
    assert!(ids_of(&rich).contains(&FOUR_A_SOLE));
}

#[tokio::test]
async fn a_walk_meets_every_opportunity_once() {
    let desk = Desk::new().await;
    let (_, page) = desk.get("/opportunities?limit=1").await;
    let mut ids = desk
        .walk(
            "/opportunities/search?limit=7&order=created&direction=desc",
            &json!({}),
        )
        .await;
    assert_eq!(
        ids.len() as u64,
        page["pagination"]["total"].as_u64().unwrap()
    );
    ids.sort_unstable();
    assert_eq!(
        ids,
        desk.walk("/opportunities/search?limit=7", &json!({})).await
    );
}

#[tokio::test]
async fn one_of_a_deleted_company_is_gone() {
    let desk = Desk::new().await;
    assert_eq!(
        desk.get(&format!("/opportunities/{VITRINE}")).await.1["status"],
        "won"
    );
    let total = async || desk.get("/opportunities?limit=1").await.1["pagination"]["total"].as_u64();
    let before = total().await.unwrap();
    assert!(
        desk.crm
            .delete_record(RecordKind::Company, BOULANGERIE_MARTIN)
    );
    assert_eq!(total().await, Some(before - 2));
    assert_eq!(
        desk.get(&format!("/opportunities/{VITRINE}")).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn pipelines_have_steps() {
    let desk = Desk::new().await;
    assert_eq!(
        ids_of(&desk.get("/opportunities/pipelines").await.1),
        [11, 12]
    );
    let (_, steps) = desk
        .get("/opportunities/pipelines/11/steps?order=probability&direction=desc")
        .await;
    assert_eq!(ids_of(&steps), [104, 103, 102, 101]);
    assert_eq!(
        desk.get("/opportunities/pipelines/99/steps").await.0,
        StatusCode::NOT_FOUND
    );
}
