//! Individuals, companies, contacts, their tags, and the global search.

use callside_sandbox::{
    RecordKind,
    book::{
        BOULANGERIE_MARTIN, INES_MOREL, LUC_BERNARD, LUC_BERNARD_MOBILE, MARIE_DUPONT,
        MARIE_DUPONT_MOBILE, MOULINS_DU_VAL, PAUL_LEFORT, SHARED_NUMBER,
    },
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, assert_names, ids_of};

async fn found(desk: &Desk, path: &str, filters: Value) -> Vec<u64> {
    let (status, body) = desk.post(path, &json!({"filters": filters})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    ids_of(&body)
}

#[tokio::test]
async fn the_fixed_rows_are_as_promised() {
    let desk = Desk::new().await;
    let (_, marie) = desk.get(&format!("/contacts/{MARIE_DUPONT}")).await;
    assert_eq!(marie["mobile_number"], MARIE_DUPONT_MOBILE);
    assert_eq!(
        (&marie["first_name"], &marie["last_name"]),
        (&json!("Marie"), &json!("Dupont"))
    );
    assert_eq!(marie["position"], "Acheteuse");
    assert_eq!(marie["phone_number"], json!(null));
    assert!(
        marie.get("type").is_none()
            && marie.get("companies").is_none()
            && marie.get("updated_at").is_none()
    );
    let (_, luc) = desk.get(&format!("/individuals/{LUC_BERNARD}")).await;
    assert_eq!(
        (&luc["mobile_number"], &luc["type"]),
        (&json!(LUC_BERNARD_MOBILE), &json!("prospect"))
    );
    let (_, mills) = desk.get(&format!("/companies/{MOULINS_DU_VAL}")).await;
    assert_eq!(
        (&mills["name"], &mills["type"]),
        (&json!("Moulins du Val"), &json!("supplier"))
    );
    let (_, companies) = desk
        .get(&format!("/contacts/{MARIE_DUPONT}/companies"))
        .await;
    assert_eq!(ids_of(&companies), [BOULANGERIE_MARTIN]);
    assert_eq!(companies["data"][0]["main_contact_id"], MARIE_DUPONT);
    let (_, contacts) = desk
        .get(&format!("/companies/{BOULANGERIE_MARTIN}/contacts"))
        .await;
    assert_eq!(ids_of(&contacts), [MARIE_DUPONT]);
    assert_eq!(
        found(
            &desk,
            "/contacts/search",
            json!({"phone_number": SHARED_NUMBER})
        )
        .await,
        [PAUL_LEFORT]
    );
}

#[tokio::test]
async fn a_search_needs_its_filters_and_knows_them_all() {
    let desk = Desk::new().await;
    for kind in RecordKind::ALL {
        let path = format!("/{}/search", kind.plural());
        assert_names(&desk.post(&path, &json!({})).await, "filters");
        assert_names(&desk.post(&path, &json!({"filters": []})).await, "filters");
        assert_names(
            &desk
                .post(&path, &json!({"filters": {"shoe_size": 43}}))
                .await,
            "filters.shoe_size",
        );
    }
    assert_names(
        &desk
            .post(
                "/companies/search",
                &json!({"filters": {"phone_number": "x"}}),
            )
            .await,
        "filters.phone_number",
    );
    assert_names(
        &desk
            .post("/contacts/search", &json!({"filters": {"updated_at": {}}}))
            .await,
        "filters.updated_at",
    );
    assert_names(
        &desk
            .post("/companies/search", &json!({"filters": {"updated": {}}}))
            .await,
        "filters.updated",
    );
    assert_names(
        &desk
            .post(
                "/companies/search",
                &json!({"filters": {"updated_at": {"start": "monday"}}}),
            )
            .await,
        "filters.updated_at",
    );
    assert_names(
        &desk
            .post(
                "/companies/search",
                &json!({"filters": {"updated_at": {"start": "2026-03-01"}}}),
            )
            .await,
        "filters.updated_at",
    );
    assert_names(
        &desk
            .post("/companies/search", &json!({"filters": {"type": "friend"}}))
            .await,
        "filters.type",
    );
    assert_eq!(desk.get("/contacts/search").await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        desk.put("/contacts", &json!({})).await.0,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(desk.get("/nonsense").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn filters_narrow() {
    let desk = Desk::new().await;
    assert_eq!(
        found(
            &desk,
            "/contacts/search",
            json!({"mobile_number": MARIE_DUPONT_MOBILE})
        )
        .await,
        [MARIE_DUPONT]
    );
    // Exact means exact: the national spelling is another text.
    assert!(
        found(
            &desk,
            "/contacts/search",
            json!({"mobile_number": "06 39 98 01 23"})
        )
        .await
        .is_empty()
    );
    assert_eq!(
        found(
            &desk,
            "/contacts/search",
            json!({"companies": [BOULANGERIE_MARTIN]})
        )
        .await,
        [MARIE_DUPONT]
    );
    assert_eq!(
        found(
            &desk,
            "/companies/search",
            json!({"contacts": [MARIE_DUPONT]})
        )
        .await,
        [BOULANGERIE_MARTIN]
    );
    assert_eq!(
        found(
            &desk,
            "/contacts/search",
            json!({"id": [INES_MOREL, 99_999_999]})
        )
        .await,
        [INES_MOREL]
    );
    assert_eq!(
        found(
            &desk,
            "/companies/search",
            json!({"name": "boulangerie martin"})
        )
        .await,
        [BOULANGERIE_MARTIN]
    );
    assert_eq!(
        found(
            &desk,
            "/companies/search",
            json!({"reference": ["cli-1001"]})
        )
        .await,
        [BOULANGERIE_MARTIN]
    );
    let types = |body: &Value| -> Vec<String> {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["type"].as_str().unwrap().to_owned())
            .collect()
    };
    let (_, suppliers) = desk
        .post(
            "/companies/search?limit=100",
            &json!({"filters": {"type": "supplier"}}),
        )
        .await;
    assert!(types(&suppliers).len() > 1 && types(&suppliers).iter().all(|of| of == "supplier"));
    let (_, both) = desk
        .post(
            "/individuals/search?limit=100",
            &json!({"filters": {"type": ["client", "prospect"]}}),
        )
        .await;
    assert!(types(&both).iter().all(|of| of != "supplier"));
    let (_, archived) = desk
        .post(
            "/companies/search?limit=100",
            &json!({"filters": {"is_archived": true}}),
        )
        .await;
    assert!(
        archived["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["is_archived"] == true)
    );
    let (_, german) = desk
        .post(
            "/individuals/search?limit=100",
            &json!({"filters": {"country_code": "DE"}}),
        )
        .await;
    assert!(!ids_of(&german).is_empty());
}

#[tokio::test]
async fn only_what_changed_is_found_by_the_change_filter() {
    let desk = Desk::new().await;
    let since = "2026-03-02T09:00:00+01:00";
    let change = json!({"updated_at": {"start": since}});
    assert!(
        found(&desk, "/companies/search", change.clone())
            .await
            .is_empty()
    );
    assert!(
        desk.crm
            .edit_record(RecordKind::Company, MOULINS_DU_VAL, |record| record.note =
                "Changé".to_owned())
    );
    assert!(desk.crm.archive_record(RecordKind::Company, 2001));
    assert_eq!(
        found(&desk, "/companies/search?order=updated_at", change).await,
        [MOULINS_DU_VAL, 2001]
    );
    assert!(desk.crm.edit_record(RecordKind::Contact, 2005, |record| {
        record.phone_number = Some("+33199000042".to_owned());
    }));
    assert_eq!(
        found(
            &desk,
            "/contacts/search",
            json!({"updated": {"start": "2026-03-02T08:00:00Z"}})
        )
        .await,
        [2005]
    );
    assert!(
        desk.crm
            .convert_to_client(RecordKind::Individual, LUC_BERNARD)
    );
    let (_, luc) = desk.get(&format!("/individuals/{LUC_BERNARD}")).await;
    assert_eq!(
        (&luc["type"], &luc["updated_at"]),
        (&json!("client"), &json!("2026-03-02T09:41:07+01:00"))
    );
}

#[tokio::test]
async fn a_new_contact_shows_only_what_was_set() {
    let desk = Desk::new().await;
    let (status, new) = desk
        .post(
            "/contacts",
            &json!({"last_name": "Neuf", "mobile_number": "+33639980190"}),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED, "{new}");
    assert!(new.get("first_name").is_none() && new.get("phone_number").is_none());
    let (_, again) = desk.get(&format!("/contacts/{}", new["id"])).await;
    assert_eq!(again["first_name"], json!(null));
    assert_eq!(again["owner"], json!({"id": 4107, "type": "staff"}));
    let (status, _) = desk
        .post("/contacts?verify=true", &json!({"last_name": "Essai"}))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(desk.crm.record_count(RecordKind::Contact), 200 + 4 + 1);
}

#[tokio::test]
async fn writes_are_checked() {
    let desk = Desk::new().await;
    assert_names(&desk.post("/contacts", &json!({})).await, "last_name");
    assert_names(
        &desk.post("/contacts", &json!({"last_name": "  "})).await,
        "last_name",
    );
    assert_names(
        &desk
            .post(
                "/contacts",
                &json!({"last_name": "A", "phone_number": "1".repeat(51)}),
            )
            .await,
        "phone_number",
    );
    assert_names(
        &desk
            .post(
                "/contacts",
                &json!({"last_name": "A", "email": "no address"}),
            )
            .await,
        "email",
    );
    assert_names(
        &desk
            .post("/contacts", &json!({"last_name": "A", "owner_id": 1}))
            .await,
        "owner_id",
    );
    assert_names(
        &desk.post("/individuals", &json!({"last_name": "A"})).await,
        "type",
    );
    assert_names(
        &desk
            .post("/individuals", &json!({"last_name": "A", "type": "friend"}))
            .await,
        "type",
    );
    assert_names(
        &desk.post("/companies", &json!({"type": "client"})).await,
        "name",
    );
    assert_names(
        &desk
            .post(
                "/companies",
                &json!({"type": "client", "name": "A", "phone": "1"}),
            )
            .await,
        "phone",
    );
    assert_names(
        &desk.put("/contacts/1001", &json!({"civility": "dr"})).await,
        "civility",
    );
    let broken = desk
        .http
        .post(format!("{}/contacts", desk.crm.api_url()))
        .bearer_auth(&desk.token)
        .body("{")
        .send()
        .await
        .unwrap();
    assert_eq!(broken.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        broken.json::<Value>().await.unwrap()["error"]["details"],
        json!([])
    );
}

#[tokio::test]
async fn updates_are_partial_and_deletions_final() {
    let desk = Desk::new().await;
    let (status, changed) = desk
        .put(
            "/contacts/1001",
            &json!({"mobile_number": null, "phone_number": "+33199000050"}),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&changed["mobile_number"], &changed["last_name"]),
        (&json!(null), &json!("Dupont"))
    );
    assert_eq!(changed["updated"], "2026-03-02T09:41:07+01:00");
    assert_eq!(
        desk.delete("/contacts/1001").await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(desk.get("/contacts/1001").await.0, StatusCode::NOT_FOUND);
    assert_eq!(desk.delete("/contacts/1001").await.0, StatusCode::NOT_FOUND);
    let (_, contacts) = desk.get("/companies/1001/contacts").await;
    assert!(ids_of(&contacts).is_empty());
}

#[tokio::test]
async fn a_contact_is_linked_once() {
    let desk = Desk::new().await;
    let path = format!("/companies/{MOULINS_DU_VAL}/contacts/{INES_MOREL}");
    assert_eq!(
        desk.post(&path, &json!({"roles": ["main"]})).await.0,
        StatusCode::CREATED
    );
    assert_eq!(
        desk.post(&path, &json!({"roles": null})).await.0,
        StatusCode::OK
    );
    assert_names(
        &desk.post(&path, &json!({"roles": ["boss"]})).await,
        "roles",
    );
    assert_eq!(
        desk.post("/companies/77/contacts/1001", &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    let (_, companies) = desk.get(&format!("/contacts/{INES_MOREL}/companies")).await;
    assert_eq!(ids_of(&companies), [MOULINS_DU_VAL]);
}

#[tokio::test]
async fn a_prospect_is_converted_once() {
    let desk = Desk::new().await;
    let body = json!({"target": "client", "also_enable_custom_fields_on_target": {"mode": "none"}});
    let path = format!("/individuals/{LUC_BERNARD}/convert");
    assert_eq!(desk.post(&path, &body).await.1["type"], "client");
    assert_names(&desk.post(&path, &body).await, "target");
}

#[tokio::test]
async fn tags_replace_the_whole_set() {
    let desk = Desk::new().await;
    let path = format!("/contacts/{MARIE_DUPONT}/smart-tags");
    let values = |body: &Value| -> Vec<String> {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["value"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(values(&desk.get(&path).await.1), ["boulangerie", "vip"]);
    // Case and accents do not make a new tag.
    let (status, after) = desk
        .post(
            &path,
            &json!([{"value": "A RAPPELER"}, {"id": 524}, {"value": "Tout neuf"}]),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{after}");
    assert_eq!(values(&after), ["à rappeler", "Tout neuf", "vip"]);
    assert_eq!(
        desk.post(&path, &json!([{"id": 99_999}])).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        desk.post(&path, &json!({"value": "x"})).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        values(&desk.get("/smart-tags/contact/autocomplete?q=neuf").await.1),
        ["Tout neuf"]
    );
    assert_names(&desk.get("/smart-tags/contact/autocomplete").await, "q");
    assert_eq!(
        desk.get("/smart-tags/opportunity/autocomplete?q=a").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_global_search_has_its_own_shape() {
    let desk = Desk::new().await;
    let (status, body) = desk.get("/search?q=dupont&type[]=contact&limit=5").await;
    assert_eq!(status, StatusCode::OK);
    let hit = body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|hit| hit["object"]["id"] == 1001)
        .unwrap()
        .clone();
    assert!(hit["id"].is_string());
    assert_eq!(
        (&hit["phone_number"], &hit["object"]["type"]),
        (&json!(""), &json!("contact"))
    );
    assert_eq!(
        hit["companies"],
        json!([{"id": 1001, "name": "Boulangerie Martin"}])
    );
    assert!(hit["created"].as_str().unwrap().ends_with("+00:00"));
    assert_names(&desk.get("/search?type[]=contact").await, "q");
    assert_names(&desk.get("/search?q=a&type[]=friend").await, "type");
}

#[tokio::test]
async fn comments_are_kept_on_one_record() {
    let desk = Desk::new().await;
    let body = json!({"description": "À suivre", "related": [{"type": "company", "id": BOULANGERIE_MARTIN}]});
    let (status, comment) = desk.post("/comments", &body).await;
    assert_eq!(
        (status, &comment["company_id"]),
        (StatusCode::CREATED, &json!(BOULANGERIE_MARTIN))
    );
    assert_names(&desk.post("/comments", &json!({})).await, "description");
    assert_names(
        &desk
            .post("/comments", &json!({"description": "x", "title": "y"}))
            .await,
        "title",
    );
    assert_names(
        &desk
            .post(
                "/comments",
                &json!({"description": "x", "related": [{"type": "company", "id": 5}]}),
            )
            .await,
        "related",
    );
    assert_eq!(
        found(
            &desk,
            "/comments/search",
            json!({"companies": [BOULANGERIE_MARTIN]})
        )
        .await
        .len(),
        1
    );
}

#[tokio::test]
async fn staff_know_themselves() {
    let desk = Desk::new().await;
    let (_, me) = desk
        .get("/staffs/me?embed[]=account&embed[]=acl&embed[]=preferences")
        .await;
    assert_eq!(
        (&me["id"], &me["email"], &me["firstname"]),
        (&json!(4107), &json!("agent@example.com"), &json!("Camille"))
    );
    assert!(me["_embed"]["account"]["uuid"].is_string());
    assert_eq!(me["_embed"]["acl"]["create_phone_calls"], true);
    assert_eq!(
        ids_of(&desk.get("/staffs").await.1),
        [4107, 4108, 4109, 4110]
    );
    assert_eq!(
        ids_of(
            &desk
                .post(
                    "/staffs/search",
                    &json!({"filters": {"status": ["blocked"]}})
                )
                .await
                .1
        ),
        [4110]
    );
    assert_eq!(
        ids_of(&desk.post("/staffs/search", &json!({})).await.1).len(),
        4
    );
    assert_names(
        &desk
            .post("/staffs/search", &json!({"filters": {"email": "x"}}))
            .await,
        "filters.email",
    );
    assert_eq!(desk.get("/staffs/1").await.0, StatusCode::NOT_FOUND);
}
