//! The dialler that a page may frame: it says `{source, type, payload}`, and little of that is documented.

use axum::{
    Json, Router,
    extract::{Query, State},
    http::header,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Account;
use crate::{
    feed::{self, Place},
    rest::put_headers,
    server::Shared,
};

/// The page and its code.
pub(super) fn pages() -> Router<Shared> {
    let code = || async {
        let kind = [(header::CONTENT_TYPE, "text/javascript")];
        (kind, include_str!("page/dialer.js")).into_response()
    };
    Router::new()
        .route("/allo/dialer", get(page))
        .route("/allo/dialer/page.js", get(code))
}

/// The routes under `/_sandbox/allo`.
pub(super) fn controls() -> Router<Shared> {
    Router::new()
        .route("/dialer", get(news))
        .route("/dialer/say", post(say))
        .route("/dialer/heard", get(heard).post(hear))
}

impl Account {
    /// The dialler says this to the page around it.
    pub(super) fn say(&mut self, kind: &str, payload: Value) {
        self.feed.tell(json!({"type": kind, "payload": payload}));
    }
}

async fn page() -> Response {
    let mut response = Html(include_str!("page/dialer.html")).into_response();
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  frame-src http://localhost:* http://127.0.0.1:*; base-uri 'none'";
    put_headers(
        &mut response,
        vec![("content-security-policy", policy.to_owned())],
    );
    response
}

async fn news(State(shared): State<Shared>, Query(place): Query<Place>) -> Json<Value> {
    let look = || {
        let mut inner = shared.lock();
        let account = inner.allo.account();
        let settings = &account.settings;
        let state = json!({
            "activated": settings.dialer_activated,
            "foreign": settings.dialer_holds_foreign,
        });
        account.feed.news(&place, &state)
    };
    Json(feed::wait(&shared, &place, look).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saying {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    payload: Value,
}

async fn say(State(shared): State<Shared>, Json(saying): Json<Saying>) {
    let mut inner = shared.lock();
    inner.allo.account().say(&saying.kind, saying.payload);
}

async fn heard(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.lock().allo.account().heard))
}

async fn hear(State(shared): State<Shared>, Json(heard): Json<Value>) {
    shared.lock().allo.account().heard.push(heard);
}
