//! The Workspace page, and the hostile page beside it.
//!
//! The page asks `GET /_sandbox/aircall/workspace` what to do and show; the answer waits until there is something new.
//! It speaks to the page around it in messages `{name, value}`: `apm_phone_…` from the Workspace, `apm_app_…` to it.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_sandbox/aircall/workspace?after=N&mark=M` | what is new since event N and state M |
//! | `GET /_sandbox/aircall/workspace/heard` | what the page around it said, oldest first |
//! | `POST /_sandbox/aircall/workspace/heard` | `{"origin","message"}`: it said this |
//! | `POST /_sandbox/aircall/workspace/dial` | `{"phone_number"}`: the page around it has a number dialled; answers `{"in_call"}` |

use axum::{
    Json, Router,
    extract::{Query, State},
    http::header,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::{Account, Step},
    control::with,
    script::Scenario,
};
use crate::{
    feed::{self, Place},
    phones::is_e164,
    rest::put_headers,
    server::Shared,
};

/// The pages and their code.
pub(super) fn pages() -> Router<Shared> {
    let script = |code: &'static str| get(move || async move { typed("text/javascript", code) });
    Router::new()
        .route("/aircall/workspace", get(page))
        .route(
            "/aircall/workspace/page.js",
            script(include_str!("page/workspace.js")),
        )
        .route(
            "/aircall/workspace/page.css",
            get(|| async { typed("text/css", include_str!("page/workspace.css")) }),
        )
        .route("/aircall/foreign", get(foreign))
        .route(
            "/aircall/foreign/page.js",
            script(include_str!("page/foreign.js")),
        )
}

/// The routes under `/_sandbox/aircall`.
pub(super) fn controls() -> Router<Shared> {
    Router::new()
        .route("/workspace", get(news))
        .route("/workspace/heard", get(heard).post(hear))
        .route("/workspace/dial", post(dial))
}

fn typed(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      frame-src http://localhost:* http://127.0.0.1:*; base-uri 'none'";

async fn page(State(shared): State<Shared>) -> Response {
    let ancestors = with(&shared, |account, _| {
        account.settings.workspace.frame_ancestors.clone()
    });
    let mut response = Html(include_str!("page/workspace.html")).into_response();
    let mut policy = POLICY.to_owned();
    let mut told = vec![("cache-control", "no-store".to_owned())];
    if let Some(ancestors) = ancestors {
        policy.push_str(&format!("; frame-ancestors {ancestors}"));
        if ancestors == "'none'" {
            told.push(("x-frame-options", "DENY".to_owned()));
        }
    }
    told.push(("content-security-policy", policy));
    put_headers(&mut response, told);
    response
}

async fn foreign() -> Html<&'static str> {
    Html(include_str!("page/foreign.html"))
}

async fn news(State(shared): State<Shared>, Query(place): Query<Place>) -> Json<Value> {
    let look = || {
        with(&shared, |account, _| {
            account.workspace.feed.news(&place, &account.state())
        })
    };
    Json(feed::wait(&shared, &place, look).await)
}

impl Account {
    fn state(&self) -> Value {
        let calls: Vec<Value> = self
            .living
            .iter()
            .filter(|(_, script)| Some(script.user) == self.workspace.user)
            .filter_map(|(id, _)| self.calls.get(id))
            .map(|call| {
                let phase = match (call.answered_ms, call.ended_ms) {
                    (_, Some(_)) => "ended",
                    (Some(_), None) => "answered",
                    (None, None) => "ringing",
                };
                json!({
                    "id": call.id,
                    "outbound": call.outbound,
                    "remote": call.remote,
                    "phase": phase,
                })
            })
            .collect();
        let users: Vec<Value> = self
            .users()
            .map(|user| json!({"email": user.email, "name": format!("{} {}", user.first_name, user.last_name)}))
            .collect();
        json!({
            "login": self.login(),
            "users": users,
            "calls": calls,
            "workspace": self.settings.workspace,
            "scenarios": Scenario::ALL.map(Scenario::word),
        })
    }

    /// Whether the user who is logged in has a call that is not over.
    fn is_in_call(&self) -> bool {
        let mine = |id: &u64| {
            let script = self.living.get(id);
            script.map(|script| script.user) == self.workspace.user
        };
        self.living
            .keys()
            .filter(|id| mine(id))
            .filter_map(|id| self.calls.get(id))
            .any(|call| call.ended_ms.is_none())
    }
}

#[derive(Deserialize)]
struct Heard {
    origin: String,
    message: Value,
}

async fn heard(State(shared): State<Shared>) -> Json<Value> {
    with(&shared, |account, _| Json(json!(account.workspace.heard)))
}

async fn hear(State(shared): State<Shared>, Json(heard): Json<Heard>) {
    with(&shared, |account, _| {
        let Heard { origin, message } = heard;
        account
            .workspace
            .heard
            .push(json!({"origin": origin, "message": message}));
    });
}

#[derive(Deserialize)]
struct Dial {
    phone_number: String,
    /// The agent types it in the Workspace itself.
    #[serde(default)]
    by_agent: bool,
}

async fn dial(State(shared): State<Shared>, Json(dial): Json<Dial>) -> Json<Value> {
    let in_call = with(&shared, |account, now| {
        if account.is_in_call() {
            return true;
        }
        // Without a country code nothing is dialled, and nothing is said.
        let ignored = account.settings.workspace.ignores_dial && !dial.by_agent;
        if let Some(user) = account.workspace.user
            && is_e164(&dial.phone_number)
            && !ignored
        {
            let mut script = account.own_call(user, &dial.phone_number, None);
            if dial.by_agent {
                script = script.by_hand();
            }
            account.plan(now, Step::Begin(Box::new(script)));
            account.advance(now);
        }
        false
    });
    Json(json!({"in_call": in_call}))
}
