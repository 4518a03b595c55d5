//! Signing in, happily and not.

use reqwest::StatusCode;
use serde_json::{Value, json};
use url::Url;

use crate::desk::{Desk, REDIRECT, options};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The S256 challenge of the verifier, as RFC 7636 gives it.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn authorization(desk: &Desk, changes: &[(&str, Option<&str>)]) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", desk.crm.client_id()),
        ("redirect_uri", REDIRECT),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "a state & more"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.extend(value.map(|value| (*name, value)));
    }
    Url::parse_with_params(&format!("{}/authorization", desk.crm.login_url()), fields)
        .unwrap()
        .to_string()
}

async fn redirected(desk: &Desk, changes: &[(&str, Option<&str>)]) -> Url {
    let response = desk
        .http
        .get(authorization(desk, changes))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
}

fn value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

async fn code(desk: &Desk) -> String {
    value(&redirected(desk, &[]).await, "code").unwrap()
}

async fn tokens(desk: &Desk, body: &Value) -> (StatusCode, Value) {
    let url = format!("{}/access-tokens", desk.crm.login_url());
    let response = desk.http.post(url).json(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn exchange(desk: &Desk, code: &str) -> Value {
    json!({"grant_type": "authorization_code", "client_id": desk.crm.client_id(), "redirect_uri": REDIRECT,
           "code_verifier": VERIFIER, "code": code})
}

fn refresh(desk: &Desk, token: &Value) -> Value {
    json!({"grant_type": "refresh_token", "client_id": desk.crm.client_id(),
           "client_secret": desk.crm.client_secret(), "refresh_token": token})
}

#[tokio::test]
async fn a_code_becomes_tokens_and_each_refresh_replaces_them() {
    let mut desk = Desk::new().await;
    let back = redirected(&desk, &[]).await;
    assert!(back.as_str().starts_with(REDIRECT));
    assert_eq!(value(&back, "state").as_deref(), Some("a state & more"));

    let (status, first) = tokens(&desk, &exchange(&desk, &value(&back, "code").unwrap())).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(
        (&first["token_type"], &first["expires_in"]),
        (&json!("Bearer"), &json!(86_400))
    );
    desk.token = first["access_token"].as_str().unwrap().to_owned();
    assert_eq!(desk.get("/staffs/me").await.1["id"], 4107);

    let (status, second) = tokens(&desk, &refresh(&desk, &first["refresh_token"])).await;
    assert_eq!(status, StatusCode::OK, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let (status, again) = tokens(&desk, &refresh(&desk, &first["refresh_token"])).await;
    assert_eq!(
        (status, &again["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );
    assert_eq!(
        tokens(&desk, &refresh(&desk, &second["refresh_token"]))
            .await
            .0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn forms_are_read_like_json() {
    let desk = Desk::new().await;
    let body = exchange(&desk, &code(&desk).await);
    let form: Vec<(String, String)> = body
        .as_object()
        .unwrap()
        .iter()
        .map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned()))
        .collect();
    let url = format!("{}/access-tokens", desk.crm.login_url());
    let response = desk.http.post(url).form(&form).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_sign_in_page_has_one_button_and_lets_another_agent_in() {
    let mut desk = Desk::new().await;
    desk.crm.set_auto_approve(false);
    let url = authorization(&desk, &[]);
    let page = desk
        .http
        .get(&url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert_eq!(page.matches("<button").count(), 1);
    assert!(page.contains("Autoriser"));

    let form = [("decision", "approve"), ("staff", "4109")];
    let response = desk.http.post(&url).form(&form).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    let back = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    let (_, answer) = tokens(&desk, &exchange(&desk, &value(&back, "code").unwrap())).await;
    desk.token = answer["access_token"].as_str().unwrap().to_owned();
    assert_eq!(desk.get("/staffs/me").await.1["id"], 4109);
}

#[tokio::test]
async fn an_unknown_client_or_address_is_never_redirected() {
    let desk = Desk::new().await;
    for changes in [
        [("client_id", Some("someone-else"))],
        [("redirect_uri", Some("http://127.0.0.1:41871/elsewhere"))],
        [("redirect_uri", Some("callside://callback"))],
        [("redirect_uri", None)],
    ] {
        let response = desk
            .http
            .get(authorization(&desk, &changes))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{changes:?}");
        assert!(!response.headers().contains_key("location"));
    }
}

#[tokio::test]
async fn a_registered_address_is_good_at_once() {
    let desk = Desk::new().await;
    let elsewhere = "http://127.0.0.1:50123/callback";
    desk.crm.register_redirect(elsewhere);
    let back = redirected(&desk, &[("redirect_uri", Some(elsewhere))]).await;
    assert!(back.as_str().starts_with(elsewhere));
}

#[tokio::test]
async fn without_pkce_the_client_is_told_so() {
    let desk = Desk::new().await;
    for changes in [
        [("code_challenge", None)],
        [("code_challenge", Some("short"))],
        [("code_challenge_method", Some("plain"))],
        [("code_challenge_method", None)],
    ] {
        let back = redirected(&desk, &changes).await;
        assert_eq!(
            value(&back, "error").as_deref(),
            Some("invalid_request"),
            "{changes:?}"
        );
        assert_eq!(value(&back, "state").as_deref(), Some("a state & more"));
        assert_eq!(value(&back, "code"), None);
    }
}

#[tokio::test]
async fn a_code_works_once_with_its_verifier_and_its_address() {
    let desk = Desk::new().await;
    let mut wrong = exchange(&desk, &code(&desk).await);
    wrong["code_verifier"] = json!("a".repeat(43));
    assert_eq!(tokens(&desk, &wrong).await.1["error"], "invalid_grant");

    let mut elsewhere = exchange(&desk, &code(&desk).await);
    elsewhere["redirect_uri"] = json!("http://127.0.0.1:41872/callback");
    assert_eq!(tokens(&desk, &elsewhere).await.1["error"], "invalid_grant");

    let twice = exchange(&desk, &code(&desk).await);
    assert_eq!(tokens(&desk, &twice).await.0, StatusCode::OK);
    assert_eq!(tokens(&desk, &twice).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn codes_and_tokens_age() {
    let desk = Desk::new().await;
    let late = exchange(&desk, &code(&desk).await);
    desk.clock.forward(601);
    assert_eq!(tokens(&desk, &late).await.1["error"], "invalid_grant");

    let (_, answer) = tokens(&desk, &exchange(&desk, &code(&desk).await)).await;
    desk.clock.forward(86_401);
    assert_eq!(desk.get("/staffs/me").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        tokens(&desk, &refresh(&desk, &answer["refresh_token"]))
            .await
            .0,
        StatusCode::OK
    );

    let (_, answer) = tokens(&desk, &exchange(&desk, &code(&desk).await)).await;
    desk.clock.forward(60 * 86_400 + 1);
    assert_eq!(
        tokens(&desk, &refresh(&desk, &answer["refresh_token"]))
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn token_requests_are_checked() {
    let desk = Desk::new().await;
    let (_, refresh_token) = desk.crm.token_pair();
    let id = desk.crm.client_id();
    for (body, status, error) in [
        (json!({}), 401, "invalid_client"),
        (
            json!({"client_id": "someone-else", "grant_type": "refresh_token"}),
            401,
            "invalid_client",
        ),
        (json!({"client_id": id}), 400, "invalid_request"),
        (
            json!({"client_id": id, "grant_type": "password"}),
            400,
            "unsupported_grant_type",
        ),
        (
            json!({"client_id": id, "grant_type": "authorization_code"}),
            400,
            "invalid_request",
        ),
        (
            json!({"client_id": id, "grant_type": "refresh_token", "refresh_token": refresh_token}),
            401,
            "invalid_client",
        ),
        (
            json!({"client_id": id, "grant_type": "client_credentials"}),
            401,
            "invalid_client",
        ),
        (
            json!({"client_id": id, "grant_type": "client_credentials", "client_secret": "no"}),
            401,
            "invalid_client",
        ),
    ] {
        let (told, answer) = tokens(&desk, &body).await;
        assert_eq!(
            (told.as_u16(), answer["error"].as_str().unwrap()),
            (status, error),
            "{body}"
        );
        assert!(answer["error_description"].is_string());
    }
}

#[tokio::test]
async fn client_credentials_give_no_refresh_token() {
    let mut desk = Desk::with(callside_sandbox::SandboxOptions {
        access_token_seconds: 3600,
        ..options()
    })
    .await;
    let body = json!({"grant_type": "client_credentials", "client_id": desk.crm.client_id(), "client_secret": desk.crm.client_secret()});
    let (status, answer) = tokens(&desk, &body).await;
    assert_eq!(
        (status, &answer["expires_in"]),
        (StatusCode::OK, &json!(3600))
    );
    assert!(answer.get("refresh_token").is_none());
    desk.token = answer["access_token"].as_str().unwrap().to_owned();
    assert_eq!(desk.get("/staffs/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn without_a_living_token_nothing_is_told() {
    let mut desk = Desk::new().await;
    desk.crm.revoke_tokens();
    let (status, body) = desk.get("/contacts").await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (StatusCode::UNAUTHORIZED, &json!(401))
    );
    desk.token = "made-up".to_owned();
    assert_eq!(desk.get("/contacts").await.0, StatusCode::UNAUTHORIZED);
    let bare = desk
        .http
        .get(format!("{}/contacts", desk.crm.api_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(desk.crm.token_counts(), (0, 0));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let desk = Desk::new().await;
    desk.crm.set_scopes(&["contacts.read"]);
    assert_eq!(desk.get("/contacts").await.0, StatusCode::OK);
    let (status, body) = desk.get("/companies").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        body["error"]["details"]["scope"]
            .as_str()
            .unwrap()
            .contains("companies.read")
    );
    assert_eq!(
        desk.get("/contacts/1001/companies").await.0,
        StatusCode::FORBIDDEN
    );
}
