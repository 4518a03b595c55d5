//! Walking lists to their end.

use std::collections::BTreeSet;

use callside_sandbox::{BookOptions, RecordKind, SandboxOptions, book::FIRST_GENERATED};
use reqwest::StatusCode;
use serde_json::json;

use crate::desk::{Desk, assert_names, ids_of, options};

#[tokio::test]
async fn a_walk_in_any_order_meets_every_row_once() {
    let desk = Desk::new().await;
    for kind in RecordKind::ALL {
        let orders: &[&str] = match kind {
            RecordKind::Contact => &["id", "name", "created_at"],
            _ => &["id", "name", "created_at", "updated_at"],
        };
        for order in orders {
            for direction in ["asc", "desc"] {
                let path = format!(
                    "/{}/search?limit=17&order={order}&direction={direction}",
                    kind.plural()
                );
                let ids = desk.walk(&path, &json!({})).await;
                let once: BTreeSet<u64> = ids.iter().copied().collect();
                assert_eq!(ids.len(), once.len(), "{path}");
                assert_eq!(ids.len() as u64, desk.crm.record_count(kind), "{path}");
                if *order == "id" {
                    assert_eq!(ids.is_sorted(), direction == "asc");
                }
            }
        }
    }
}

#[tokio::test]
async fn rows_are_sorted_by_what_was_asked() {
    let desk = Desk::new().await;
    let (_, body) = desk
        .get("/companies?order=updated_at&direction=desc&limit=100")
        .await;
    let dates: Vec<String> = body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["updated_at"].as_str().unwrap().to_owned())
        .collect();
    let instants: Vec<jiff::Timestamp> = dates.iter().map(|date| date.parse().unwrap()).collect();
    assert!(instants.is_sorted_by(|a, b| a >= b));
    assert!(
        dates
            .iter()
            .all(|date| date.ends_with("+01:00") || date.ends_with("+02:00")),
        "{dates:?}"
    );
}

#[tokio::test]
async fn rows_that_come_and_go_elsewhere_do_not_disturb_a_walk() {
    let desk = Desk::new().await;
    let (_, first) = desk.get("/contacts?limit=10").await;
    let seen = ids_of(&first);
    assert!(desk.crm.delete_record(RecordKind::Contact, seen[2]));
    desk.crm.add_record(RecordKind::Contact, "Nouveau", |_| {});
    let offset = first["pagination"]["offset"]
        .as_str()
        .unwrap()
        .replace('=', "%3D");
    let (_, second) = desk
        .get(&format!("/contacts?limit=10&offset={offset}"))
        .await;
    assert_eq!(ids_of(&second)[0], seen[9].max(FIRST_GENERATED - 1) + 1);
}

#[tokio::test]
async fn the_last_and_the_empty_page_carry_a_cursor_too() {
    let desk = Desk::new().await;
    let (_, body) = desk.get("/companies?limit=100&direction=desc").await;
    assert!(body["pagination"]["offset"].is_string());
    let nobody = json!({"filters": {"email": "nobody@example.com"}});
    let (_, empty) = desk.post("/companies/search", &nobody).await;
    assert_eq!(
        (&empty["pagination"]["count"], &empty["pagination"]["total"]),
        (&json!(0), &json!(0))
    );
    assert!(empty["pagination"]["offset"].is_string());
    let (_, twenty_five) = desk.get("/companies").await;
    assert_eq!(twenty_five["pagination"]["limit"], 25);
    assert_eq!(twenty_five["data"].as_array().unwrap().len(), 25);
}

#[tokio::test]
async fn numeric_pages_count_pages() {
    let desk = Desk::new().await;
    let (_, seek) = desk.get("/contacts?limit=20").await;
    let (_, second) = desk.get("/contacts?limit=10&offset=1").await;
    assert_eq!(ids_of(&seek)[10..], ids_of(&second)[..]);
    assert_eq!(second["pagination"]["offset"], 1);
    assert_names(&desk.get("/contacts?limit=100&offset=1000").await, "offset");
}

#[tokio::test]
async fn what_the_query_may_not_say_is_refused() {
    let desk = Desk::new().await;
    let (_, page) = desk.get("/contacts?limit=1&order=name").await;
    let of_names = page["pagination"]["offset"]
        .as_str()
        .unwrap()
        .replace('=', "%3D");
    for (query, field) in [
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("order=phone_number", "order"),
        ("order=updated_at", "order"),
        ("direction=up", "direction"),
        ("offset=!!", "offset"),
        ("offset=aGVsbG8%3D", "offset"),
        (&format!("offset={of_names}"), "offset"),
        ("embed=smart_tags", "embed"),
        ("embed[]=friends", "embed"),
        ("embed[]=main_contact", "embed"),
        ("field=id", "field"),
        ("field[]=a%20b", "field"),
    ] {
        assert_names(&desk.get(&format!("/contacts?{query}")).await, field);
    }
    assert_eq!(desk.get("/contacts?limit=0").await.1["data"], json!([]));
}

#[tokio::test]
async fn fields_project_and_embeds_need_to_be_named_among_them() {
    let desk = Desk::new().await;
    let (_, body) = desk
        .get("/contacts?limit=1&field[]=id&embed[]=smart_tags")
        .await;
    assert_eq!(body["data"][0], json!({"id": 1001}));
    let (_, body) = desk.get("/contacts/1001?field[]=id&field[]=owner.id&field[]=_embed.smart_tags[].value&embed[]=smart_tags").await;
    assert_eq!(
        body,
        json!({"id": 1001, "owner": {"id": 4107}, "_embed": {"smart_tags": [{"value": "boulangerie"}, {"value": "vip"}]}})
    );
}

#[tokio::test]
async fn an_embed_whose_scope_is_missing_is_null() {
    let desk = Desk::new().await;
    desk.crm
        .set_scopes(&["companies.read", "opportunities.read"]);
    let (status, body) = desk.get("/companies/1001?embed[]=smart_tags&embed[]=main_contact&embed[]=opportunities&embed[]=invoicing_address").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["_embed"]["smart_tags"], json!(null));
    assert_eq!(body["_embed"]["main_contact"], json!(null));
    assert_eq!(body["_embed"]["opportunities"], 2);
    assert_eq!(body["_embed"]["invoicing_address"]["country_code"], "FR");
}

#[tokio::test]
async fn a_million_contacts_are_there_at_once() {
    let desk = Desk::with(SandboxOptions {
        book: BookOptions {
            contacts: 1_000_000,
            seed: 1,
        },
        ..options()
    })
    .await;
    let (_, first) = desk.get("/contacts?limit=100").await;
    assert!(first["pagination"]["total"].as_u64().unwrap() >= 500_000);
    let (_, last) = desk.get("/contacts?limit=100&direction=desc").await;
    assert_eq!(ids_of(&last)[0], FIRST_GENERATED + 500_000 - 1);
}
