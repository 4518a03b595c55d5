//! Looking in and playing the phone: as methods of [`Sandbox`], and under `/_sandbox/aircall` for other processes.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_sandbox/aircall/calls` | the calls as they really are, oldest first; `?live=true` keeps those on the phone |
//! | `POST /_sandbox/aircall/calls` | a call begins: any fields of [`CallScript`]; answers `{"id"}` |
//! | `POST /_sandbox/aircall/calls/ID` | a person acts: `{"act":"answer"}`, see [`Act`] |
//! | `POST /_sandbox/aircall/scenarios/NAME` | plays a [`Scenario`], its calls like the given script; answers `{"ids"}` |
//! | `GET`, `POST /_sandbox/aircall/settings` | the settings; lays the given ones over them |
//! | `POST /_sandbox/aircall/login` | `{"email"}` logs in to the Workspace, `{"email":null}` out |
//! | `POST /_sandbox/aircall/users/ID` | `{"availability"}` |
//! | `DELETE /_sandbox/aircall/users/ID`, `numbers/ID`, `tags/ID` | deletes it |
//! | `POST /_sandbox/aircall/spend` | `{"requests"}`: another integration spends from the budget |
//! | `GET /_sandbox/aircall/workspace/heard` | what the page around the Workspace said to it, oldest first |
//! | `GET /_sandbox/aircall/counts` | `used` in this minute, `refused` since the start |

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    KEY, OTHER_KEY,
    account::Account,
    calls::Call,
    history::PastCall,
    script::{Act, CallScript, Scenario},
    settings::AircallSettings,
    workspace,
};
use crate::server::{Sandbox, Shared};

impl Account {
    pub(super) fn delete_line(&mut self, id: u64) -> bool {
        let line = self.lines.iter_mut().find(|line| line.id == id);
        line.map(|line| line.is_deleted = true).is_some()
    }

    pub(super) fn delete_user(&mut self, id: u64) -> bool {
        let user = self.users.iter_mut().find(|user| user.id == id);
        user.map(|user| user.is_deleted = true).is_some()
    }

    pub(super) fn delete_tag(&mut self, id: u64) -> bool {
        let before = self.tags.len();
        self.tags.retain(|tag| tag.id != id);
        self.tags.len() != before
    }

    fn choose(&mut self, id: u64, availability: &str) -> bool {
        let user = self.users.iter_mut().find(|user| user.id == id);
        user.map(|user| availability.clone_into(&mut user.availability))
            .is_some()
    }

    /// Logs the user with this e-mail in, or whoever is there out. False when nobody has it.
    fn log_in_as(&mut self, email: Option<&str>) -> bool {
        let found = email.map(|email| self.users().find(|user| user.email == email));
        let user = match found {
            None => None,
            Some(Some(user)) => Some(user.id),
            Some(None) => return false,
        };
        self.log_in(user);
        true
    }

    /// Lays these settings over the present ones. False when they cannot be read.
    fn patch(&mut self, patch: Value) -> bool {
        crate::rest::patched(&self.settings, patch)
            .map(|settings| self.settings = settings)
            .is_some()
    }
}

/// Aircall, from behind.
impl Sandbox {
    /// Where its API lives; stands for `https://api.aircall.io`.
    #[must_use]
    pub fn aircall_url(&self) -> String {
        format!("{}/aircall", self.base_url())
    }

    /// Where its Workspace lives; stands for `https://workspace.aircall.io`.
    #[must_use]
    pub fn workspace_url(&self) -> String {
        format!("{}/aircall/workspace", self.base_url())
    }

    /// API id and API token of the invented company.
    #[must_use]
    pub fn aircall_key(&self) -> (&'static str, &'static str) {
        KEY
    }

    /// API id and API token of another company.
    #[must_use]
    pub fn other_aircall_key(&self) -> (&'static str, &'static str) {
        OTHER_KEY
    }

    fn aircall<T>(&self, look: impl FnOnce(&mut Account, i64) -> T) -> T {
        let now = self.shared.now().as_millisecond();
        look(self.shared.lock().aircall(now), now)
    }

    /// The calls as they really are, oldest first.
    #[must_use]
    pub fn aircall_calls(&self) -> Vec<Call> {
        self.aircall(|account, _| account.calls.values().cloned().collect())
    }

    /// One call as it really is.
    #[must_use]
    pub fn aircall_call(&self, id: u64) -> Option<Call> {
        self.aircall(|account, _| account.calls.get(&id).cloned())
    }

    /// A call begins to ring or to be dialled; answers its id.
    pub fn aircall_begin(&self, script: CallScript) -> u64 {
        self.aircall(|account, now| account.begin(script, now))
    }

    /// A person acts on a call. False when there is none, or it is not in that state.
    pub fn aircall_act(&self, id: u64, act: Act) -> bool {
        self.aircall(|account, now| account.act(id, act, now))
    }

    /// Plays a scenario, its calls like this script; answers the ids of the calls that begin at once.
    pub fn aircall_play(&self, scenario: Scenario, like: CallScript) -> Vec<u64> {
        self.aircall(|account, now| account.play(scenario, like, now))
    }

    /// Adds a call that is over; answers its id.
    pub fn aircall_remember(&self, past: PastCall) -> u64 {
        self.aircall(|account, _| account.remember(past))
    }

    /// Forgets every call.
    pub fn aircall_forget_calls(&self) {
        self.aircall(|account, _| {
            account.calls.clear();
            account.living.clear();
        });
    }

    /// The next call gets this id. REST's ids are 64 bits wide.
    pub fn aircall_next_id(&self, id: u64) {
        self.aircall(|account, _| account.next_call = id);
    }

    /// Changes how it behaves from now on.
    pub fn aircall_settings(&self, change: impl FnOnce(&mut AircallSettings)) {
        self.aircall(|account, _| change(&mut account.settings));
    }

    /// The user with this e-mail logs in to the Workspace; None logs out. False when nobody has it.
    pub fn workspace_login(&self, email: Option<&str>) -> bool {
        self.aircall(|account, _| account.log_in_as(email))
    }

    /// What the host page said to the Workspace page, oldest first.
    #[must_use]
    pub fn workspace_heard(&self) -> Vec<Value> {
        self.aircall(|account, _| account.workspace.heard.clone())
    }

    /// A user chooses `available`, `offline` or `do_not_disturb`. False when there is none.
    pub fn aircall_availability(&self, user: u64, availability: &str) -> bool {
        self.aircall(|account, _| account.choose(user, availability))
    }

    /// Deletes a line. False when there is none.
    pub fn delete_aircall_line(&self, id: u64) -> bool {
        self.aircall(|account, _| account.delete_line(id))
    }

    /// Deletes a user. False when there is none.
    pub fn delete_aircall_user(&self, id: u64) -> bool {
        self.aircall(|account, _| account.delete_user(id))
    }

    /// Deletes a tag, which takes it off every call. False when there is none.
    pub fn delete_aircall_tag(&self, id: u64) -> bool {
        self.aircall(|account, _| account.delete_tag(id))
    }

    /// Another integration of the company sends requests in this minute.
    pub fn aircall_spend(&self, requests: u64) {
        self.aircall(|account, now| {
            let rate = account.settings.rate;
            account
                .budget
                .spend_elsewhere(rate, now.div_euclid(1_000), requests);
        });
    }

    /// Requests that Aircall refused for want of budget since the start.
    #[must_use]
    pub fn aircall_refusals(&self) -> u64 {
        self.aircall(|account, _| account.budget.refused)
    }
}

/// The routes under `/_sandbox/aircall`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/calls", get(show_calls).post(begin_call))
        .route("/calls/{id}", post(act))
        .route("/scenarios/{name}", post(play))
        .route("/settings", get(show_settings).post(change_settings))
        .route("/login", post(log_in))
        .route("/users/{id}", post(choose).delete(delete_user))
        .route("/numbers/{id}", delete(delete_line))
        .route("/tags/{id}", delete(delete_tag))
        .route("/spend", post(spend))
        .route("/counts", get(show_counts))
        .merge(workspace::controls())
}

/// The account and the present moment, for a handler.
pub(super) fn with<T>(shared: &Shared, look: impl FnOnce(&mut Account, i64) -> T) -> T {
    let now = shared.now().as_millisecond();
    look(shared.lock().aircall(now), now)
}

fn done(found: bool) -> StatusCode {
    if found {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

#[derive(Deserialize)]
struct WhichCalls {
    #[serde(default)]
    live: bool,
}

async fn show_calls(State(shared): State<Shared>, Query(which): Query<WhichCalls>) -> Response {
    with(&shared, |account, _| {
        let wanted = |call: &&Call| !which.live || account.living.contains_key(&call.id);
        Json(account.calls.values().filter(wanted).collect::<Vec<_>>()).into_response()
    })
}

async fn begin_call(State(shared): State<Shared>, Json(script): Json<CallScript>) -> Json<Value> {
    let id = with(&shared, |account, now| account.begin(script, now));
    Json(json!({"id": id}))
}

async fn act(
    State(shared): State<Shared>,
    Path(id): Path<u64>,
    Json(act): Json<Act>,
) -> StatusCode {
    done(with(&shared, |account, now| account.act(id, act, now)))
}

async fn play(
    State(shared): State<Shared>,
    Path(scenario): Path<Scenario>,
    Json(like): Json<CallScript>,
) -> Json<Value> {
    let ids = with(&shared, |account, now| account.play(scenario, like, now));
    Json(json!({"ids": ids}))
}

async fn show_settings(State(shared): State<Shared>) -> Json<AircallSettings> {
    Json(with(&shared, |account, _| account.settings.clone()))
}

async fn change_settings(State(shared): State<Shared>, Json(patch): Json<Value>) -> StatusCode {
    if with(&shared, |account, _| account.patch(patch)) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    email: Option<String>,
}

async fn log_in(State(shared): State<Shared>, Json(login): Json<Login>) -> StatusCode {
    done(with(&shared, |account, _| {
        account.log_in_as(login.email.as_deref())
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    availability: String,
}

async fn choose(
    State(shared): State<Shared>,
    Path(id): Path<u64>,
    Json(choice): Json<Choice>,
) -> StatusCode {
    done(with(&shared, |account, _| {
        account.choose(id, &choice.availability)
    }))
}

async fn delete_user(State(shared): State<Shared>, Path(id): Path<u64>) -> StatusCode {
    done(with(&shared, |account, _| account.delete_user(id)))
}

async fn delete_line(State(shared): State<Shared>, Path(id): Path<u64>) -> StatusCode {
    done(with(&shared, |account, _| account.delete_line(id)))
}

async fn delete_tag(State(shared): State<Shared>, Path(id): Path<u64>) -> StatusCode {
    done(with(&shared, |account, _| account.delete_tag(id)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spending {
    requests: u64,
}

async fn spend(State(shared): State<Shared>, Json(spending): Json<Spending>) -> StatusCode {
    with(&shared, |account, now| {
        let rate = account.settings.rate;
        account
            .budget
            .spend_elsewhere(rate, now.div_euclid(1_000), spending.requests);
    });
    StatusCode::NO_CONTENT
}

async fn show_counts(State(shared): State<Shared>) -> Json<Value> {
    with(&shared, |account, _| {
        Json(json!({"used": account.budget.used(), "refused": account.budget.refused}))
    })
}
