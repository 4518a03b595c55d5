//! Users, lines, tags, teams and contacts.

use callside_sandbox::aircall::{AGENT, DIRECT_LINE, SALES_LINE, STRANGER};
use reqwest::StatusCode;
use serde_json::json;

use crate::desk::Desk;

#[tokio::test]
async fn the_agent_is_found_by_email_and_calls_from_the_lines_of_the_agent() {
    let desk = Desk::new().await;
    let user = desk.read("/v2/users/agent@example.com").await;
    assert_eq!(user["user"]["id"], AGENT);
    assert!(user["user"].get("numbers").is_none());
    let old = desk.read(&format!("/v1/users/{AGENT}")).await;
    assert_eq!(old["user"]["numbers"].as_array().unwrap().len(), 3);
    let lines = desk
        .walk(&format!("/v2/users/{AGENT}/numbers?per_page=2"), "numbers")
        .await;
    assert!(lines.iter().any(|line| line["id"] == DIRECT_LINE));
    assert_eq!(lines[0]["digits"], "+33 1 99 00 00 10");
    assert_eq!(
        desk.get("/v2/users/nobody@example.com").await.0,
        StatusCode::NOT_FOUND
    );
    desk.cloud.delete_aircall_user(AGENT);
    assert_eq!(
        desk.get("/v2/users/agent@example.com").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn lists_have_a_meta_and_full_links() {
    let desk = Desk::new().await;
    let first = desk.read("/v2/users?per_page=4").await;
    assert_eq!(first["meta"]["total"], 6);
    assert_eq!(first["meta"]["count"], 4);
    assert!(first["meta"]["previous_page_link"].is_null());
    let next = first["meta"]["next_page_link"].as_str().unwrap();
    assert!(next.starts_with(&desk.cloud.aircall_url()), "{next}");
    assert_eq!(desk.walk("/v2/users?per_page=4", "users").await.len(), 6);
    let newest = desk.read("/v2/users?order=desc&per_page=1").await;
    assert_eq!(newest["users"][0]["id"], 71_006);
    for wrong in [
        "per_page=51",
        "per_page=0",
        "page=0",
        "page=x",
        "from=today",
    ] {
        let (status, _) = desk.get(&format!("/v2/users?{wrong}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn a_deleted_line_is_gone() {
    let desk = Desk::new().await;
    assert!(desk.cloud.delete_aircall_line(SALES_LINE));
    assert!(!desk.cloud.delete_aircall_line(1));
    assert_eq!(
        desk.get(&format!("/v1/numbers/{SALES_LINE}")).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(desk.walk("/v1/numbers", "numbers").await.len(), 3);
    assert_eq!(
        desk.read("/v1/company").await["company"]["numbers_count"],
        3
    );
}

#[tokio::test]
async fn a_new_tag_needs_a_name_of_its_own_and_loses_its_pictures() {
    let desk = Desk::new().await;
    let new = json!({"name": "Salon 🎪", "color": "#123ABC"});
    let (status, body) = desk.post("/v1/tags", &new).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(body["tag"]["name"], "Salon ");
    for wrong in [
        json!({"name": "Devis", "color": "#123ABC"}),
        json!({"name": "", "color": "#123ABC"}),
        json!({"name": "Autre", "color": "green"}),
    ] {
        assert_eq!(
            desk.post("/v1/tags", &wrong).await.0,
            StatusCode::BAD_REQUEST
        );
    }
    let tags = desk.walk("/v1/tags", "tags").await;
    assert_eq!(tags.len(), 9);
    assert!(
        tags.iter()
            .all(|tag| tag["color"].as_str().unwrap().starts_with('#'))
    );
}

#[tokio::test]
async fn a_search_by_a_name_that_nobody_knows_finds_everybody() {
    let desk = Desk::new().await;
    let found = |path: &'static str| async { desk.walk(path, "contacts").await.len() };
    assert_eq!(found("/v1/contacts").await, 4);
    assert_eq!(found("/v1/contacts/search?query=Oscar").await, 4);
    assert_eq!(
        found("/v1/contacts/search?phone_number=%2B33639980510").await,
        1
    );
    assert_eq!(
        found("/v1/contacts/search?email=oscar.nimbus@courriel.example").await,
        1
    );
    assert_eq!(
        found("/v1/contacts/search?phone_number=%2B33639980999").await,
        0
    );
}

#[tokio::test]
async fn contacts_are_made_with_a_number_found_late_and_updated_by_post() {
    let desk = Desk::new().await;
    desk.cloud
        .aircall_settings(|settings| settings.contact_index_ms = 5_000);
    let nameless = json!({"first_name": "Ada", "phone_numbers": []});
    assert_eq!(
        desk.post("/v1/contacts", &nameless).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let ada =
        json!({"first_name": "Ada", "phone_numbers": [{"label": "Work", "value": "+33639980777"}]});
    let (status, made) = desk.post("/v1/contacts", &ada).await;
    assert_eq!(status, StatusCode::CREATED);
    let search = "/v1/contacts/search?phone_number=%2B33639980777";
    assert_eq!(desk.walk(search, "contacts").await.len(), 0);
    desk.forward(5_000);
    assert_eq!(desk.walk(search, "contacts").await.len(), 1);
    let path = format!("/v1/contacts/{}", made["contact"]["id"]);
    let (status, body) = desk.post(&path, &json!({"last_name": "Test"})).await;
    assert_eq!(
        (status, &body["contact"]["last_name"]),
        (StatusCode::OK, &json!("Test"))
    );
    assert_eq!(
        desk.post(&path, &json!({"last_name": ""})).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(body["contact"]["created_at"], desk.now_ms() / 1_000 - 5);
    assert_ne!(STRANGER, "+33639980777");
}
