//! Looking in, as methods of [`Sandbox`], and under `/_sandbox/allo` for other processes.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_sandbox/allo/calls` | the calls as they really are, oldest first |
//! | `POST /_sandbox/allo/calls` | a call ends now: `remote`, `outbound`, `duration_s`, `answered`; answers `{"id"}` |
//! | `GET`, `POST /_sandbox/allo/settings` | the settings; lays the given ones over them |
//! | `GET /_sandbox/allo/queue` | what was put into dialling queues |
//! | `GET /_sandbox/allo/dialer/heard` | what the page around the framed dialler said to it, oldest first |
//! | `POST /_sandbox/allo/dialer/say` | `{"type","payload"}`: the framed dialler says it to the page around it |

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    KEY,
    account::{Account, AlloCall, AlloSettings},
    dialer,
};
use crate::server::{Sandbox, Shared};

/// Allo, from behind.
impl Sandbox {
    /// Where its API lives; stands for `https://api.withallo.com`.
    #[must_use]
    pub fn allo_url(&self) -> String {
        format!("{}/allo", self.base_url())
    }

    /// The dialler that can be framed; stands for `https://web.withallo.com?variant=dialer`.
    #[must_use]
    pub fn allo_dialer_url(&self) -> String {
        format!("{}/allo/dialer", self.base_url())
    }

    /// The key of the invented workspace.
    #[must_use]
    pub fn allo_key(&self) -> &'static str {
        KEY
    }

    fn allo<T>(&self, look: impl FnOnce(&mut Account) -> T) -> T {
        look(self.shared.lock().allo.account())
    }

    /// The calls as they really are, oldest first.
    #[must_use]
    pub fn allo_calls(&self) -> Vec<AlloCall> {
        self.allo(|account| account.calls.values().cloned().collect())
    }

    /// One call as it really is.
    #[must_use]
    pub fn allo_call(&self, id: &str) -> Option<AlloCall> {
        self.allo(|account| account.calls.get(id).cloned())
    }

    /// Adds a call under a new id, and answers the id.
    pub fn allo_remember(&self, call: AlloCall) -> String {
        self.allo(|account| account.remember(call))
    }

    /// Changes a call as a person would in the application. False when there is none.
    pub fn allo_edit(&self, id: &str, change: impl FnOnce(&mut AlloCall)) -> bool {
        self.allo(|account| account.calls.get_mut(id).map(change).is_some())
    }

    /// Forgets every call and message.
    pub fn allo_forget_calls(&self) {
        self.allo(|account| {
            account.calls.clear();
            account.messages.clear();
        });
    }

    /// Deletes a tag by id. False when there is none.
    pub fn delete_allo_tag(&self, id: &str) -> bool {
        self.allo(|account| {
            let before = account.tags.len();
            account.tags.retain(|(known, _, _)| known != id);
            account.tags.len() != before
        })
    }

    /// Changes how it behaves from now on.
    pub fn allo_settings(&self, change: impl FnOnce(&mut AlloSettings)) {
        self.allo(|account| change(&mut account.settings));
    }

    /// What was put into dialling queues, oldest first.
    #[must_use]
    pub fn allo_queue(&self) -> Vec<Value> {
        self.allo(|account| account.queue.clone())
    }

    /// The framed dialler says this to the page around it.
    pub fn allo_dialer_says(&self, kind: &str, payload: Value) {
        self.allo(|account| account.say(kind, payload));
    }

    /// What the page around it said to the framed dialler.
    #[must_use]
    pub fn allo_dialer_heard(&self) -> Vec<Value> {
        self.allo(|account| account.heard.clone())
    }

    /// Requests that Allo refused for want of budget since the start.
    #[must_use]
    pub fn allo_refusals(&self) -> u64 {
        self.allo(|account| account.refused)
    }
}

/// The routes under `/_sandbox/allo`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/calls", get(show_calls).post(end_call))
        .route("/settings", get(show_settings).post(change_settings))
        .route("/queue", get(show_queue))
        .merge(dialer::controls())
}

async fn show_calls(State(shared): State<Shared>) -> Json<Value> {
    let mut inner = shared.lock();
    Json(json!(
        inner.allo.account().calls.values().collect::<Vec<_>>()
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    remote: Option<String>,
    #[serde(default)]
    outbound: bool,
    #[serde(default)]
    duration_s: u32,
    #[serde(default)]
    answered: bool,
}

async fn end_call(State(shared): State<Shared>, Json(ended): Json<Ended>) -> Json<Value> {
    let started = shared.now().as_millisecond() - i64::from(ended.duration_s) * 1_000;
    let like = if ended.answered {
        AlloCall::answered("", started)
    } else {
        AlloCall::missed("", started)
    };
    let call = AlloCall {
        remote: ended.remote,
        outbound: ended.outbound,
        duration_s: ended.duration_s,
        ..like
    };
    let id = shared.lock().allo.account().remember(call);
    Json(json!({"id": id}))
}

async fn show_settings(State(shared): State<Shared>) -> Json<AlloSettings> {
    Json(shared.lock().allo.account().settings.clone())
}

async fn change_settings(State(shared): State<Shared>, Json(patch): Json<Value>) -> StatusCode {
    let mut inner = shared.lock();
    let account = inner.allo.account();
    match crate::rest::patched(&account.settings, patch) {
        Some(settings) => {
            account.settings = settings;
            StatusCode::NO_CONTENT
        }
        None => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

async fn show_queue(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.lock().allo.account().queue))
}
