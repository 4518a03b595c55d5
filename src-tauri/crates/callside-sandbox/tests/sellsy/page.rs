//! The page that shows what arrived.

use reqwest::StatusCode;
use serde_json::json;

use crate::{desk::Desk, phone_calls::call};

async fn page(desk: &Desk, path: &str, language: &str) -> (StatusCode, String) {
    let url = format!("{}{path}", desk.crm.base_url());
    let response = desk
        .http
        .get(url)
        .header("accept-language", language)
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn calls_appear_with_the_names_of_their_records() {
    let desk = Desk::new().await;
    let (_, empty) = page(&desk, "/", "fr-FR,fr;q=0.9").await;
    assert!(empty.contains("Sellsy (bac à sable)") && empty.contains("Aucun appel"));
    desk.post("/phone-calls", &call()).await;
    let (_, full) = page(&desk, "/", "en-GB,en;q=0.9,fr;q=0.8").await;
    for text in [
        "Sellsy (sandbox)",
        "Marie Dupont",
        "Boulangerie Martin",
        "Four à sole",
        "3:34",
        "Rappeler vendredi.",
    ] {
        assert!(full.contains(text), "{text} is missing");
    }
    assert!(full.contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn what_others_wrote_is_shown_as_text() {
    let desk = Desk::new().await;
    let mut body = call();
    body["description"] = json!("<script>alert('1')</script> & \"more\"");
    desk.post("/phone-calls", &body).await;
    let (_, page) = page(&desk, "/", "fr").await;
    assert!(!page.contains("<script"));
    assert!(
        page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;")
    );
}

#[tokio::test]
async fn deep_links_lead_to_the_record_and_its_calls() {
    let desk = Desk::new().await;
    desk.post("/phone-calls", &call()).await;
    for path in [
        "/peoples/1001",
        "/thirds/client/1001",
        "/thirds/prospect/1001",
    ] {
        let (status, page) = page(&desk, path, "fr").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Rappeler vendredi."), "{path}");
    }
    let (_, luc) = page(&desk, "/thirds/prospect/1002", "fr").await;
    assert!(luc.contains("Luc Bernard") && luc.contains("Aucun appel"));
    assert_eq!(
        page(&desk, "/peoples/77", "fr").await.0,
        StatusCode::NOT_FOUND
    );
}
