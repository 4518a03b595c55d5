//! Looking in, and changing things behind the API's back.
//!
//! Everything exists twice: as methods of [`Sandbox`] for tests in one process, and under `/_sandbox` for tests
//! of real processes. None of it needs a token, counts against quotas or is struck by faults.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_sandbox/requests` | every request seen, oldest first; `?path=` keeps those that begin so |
//! | `DELETE /_sandbox/requests` | forgets them |
//! | `GET /_sandbox/counts` | requests by method and path, refusals for want of quota, living tokens |
//! | `GET /_sandbox/phone-calls` | the phone calls, oldest first |
//! | `POST /_sandbox/phone-calls/ID` | `{"description"}`: rewrites it as a person would |
//! | `GET`, `POST`, `DELETE /_sandbox/faults` | the rules in force; adds one (see `faults`); clears all |
//! | `POST /_sandbox/offline`, `/_sandbox/online` | cuts every request; ends it |
//! | `POST /_sandbox/revoke-tokens`, `/_sandbox/expire-tokens` | kills all tokens; only access tokens |
//! | `POST /_sandbox/token` | answers a fresh `access_token` and `refresh_token` |
//! | `POST /_sandbox/settings` | any of `quotas`, `slow_index_ms`, `auto_approve`, `scopes`, `redirect_uris`, `access_token_seconds` |
//! | `POST /_sandbox/records/KIND/ID` | any of `phone_number`, `mobile_number`, `name`, `first_name`, `is_archived`, `type`, `note` |
//! | `DELETE /_sandbox/records/KIND/ID` | deletes it |
//! | `POST /_sandbox/opportunities/ID` | `{"status"}` |
//!
//! The telephony services have their own below `/_sandbox/aircall` and `/_sandbox/allo`, see their `control` modules.

use std::collections::{BTreeMap, VecDeque};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    book::{Opportunity, OpportunityStatus, Record, RecordKind, Role},
    faults::FaultRule,
    sellsy::{PhoneCall, QuotaLimits},
    server::{Inner, Sandbox, Shared},
};

/// Older requests are forgotten beyond this many.
const KEPT: usize = 200_000;
/// Longer bodies are kept to this many bytes.
const KEPT_BODY: usize = 64 * 1024;

/// One request as it came.
#[derive(Clone, PartialEq, Serialize)]
pub struct SeenRequest {
    /// 1 for the first since the start.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// GET, POST…
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as it came, without the question mark.
    pub query: String,
    /// Body as it came, at most 64 KiB.
    pub body: String,
    /// The status told; None when no answer left.
    pub status: Option<u16>,
}

impl std::fmt::Debug for SeenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} -> {:?}", self.method, self.path, self.status)
    }
}

impl SeenRequest {
    /// The body as JSON, Null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Every request seen.
#[derive(Default)]
pub(crate) struct Journal {
    seen: VecDeque<SeenRequest>,
    last: u64,
}

impl Journal {
    /// Writes a request down before anything is done with it; answers its number.
    pub(crate) fn note(
        &mut self,
        at: Timestamp,
        method: &str,
        path: &str,
        query: &str,
        body: &[u8],
    ) -> u64 {
        self.last += 1;
        if self.seen.len() == KEPT {
            self.seen.pop_front();
        }
        let kept = body.get(..KEPT_BODY).unwrap_or(body);
        self.seen.push_back(SeenRequest {
            number: self.last,
            at,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: String::from_utf8_lossy(kept).into_owned(),
            status: None,
        });
        self.last
    }

    pub(crate) fn answered(&mut self, number: u64, status: u16) {
        if let Some(seen) = self
            .seen
            .iter_mut()
            .rev()
            .find(|seen| seen.number == number)
        {
            seen.status = Some(status);
        }
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for seen in &self.seen {
            *counts
                .entry(format!("{} {}", seen.method, seen.path))
                .or_default() += 1;
        }
        counts
    }
}

fn edit(
    inner: &mut Inner,
    kind: RecordKind,
    id: u64,
    now: Timestamp,
    change: impl FnOnce(&mut Record),
) -> bool {
    let Some(mut record) = inner.account.record(kind, id) else {
        return false;
    };
    change(&mut record);
    record.updated = now.as_second();
    inner.account.put(record);
    true
}

/// Looking in, and changing things behind the API's back.
impl Sandbox {
    /// The phone calls, oldest first.
    #[must_use]
    pub fn phone_calls(&self) -> Vec<PhoneCall> {
        self.shared.lock().account.calls.values().cloned().collect()
    }

    /// Every request seen, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.shared.lock().journal.seen.iter().cloned().collect()
    }

    /// The requests of a method whose path begins so, oldest first.
    #[must_use]
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<SeenRequest> {
        let inner = self.shared.lock();
        let fits = |seen: &&SeenRequest| seen.method == method && seen.path.starts_with(path);
        inner.journal.seen.iter().filter(fits).cloned().collect()
    }

    /// Requests by `METHOD /path`.
    #[must_use]
    pub fn request_counts(&self) -> BTreeMap<String, usize> {
        self.shared.lock().journal.counts()
    }

    /// Forgets the requests seen.
    pub fn forget_requests(&self) {
        self.shared.lock().journal.seen.clear();
    }

    /// How many requests were refused for want of quota.
    #[must_use]
    pub fn quota_refusals(&self) -> u64 {
        self.shared.lock().account.quotas.refused
    }

    /// Living access tokens and living refresh tokens.
    #[must_use]
    pub fn token_counts(&self) -> (usize, usize) {
        self.shared.lock().logins.counts()
    }

    /// A fresh access token of the default staff, without signing in.
    #[must_use]
    pub fn access_token(&self) -> String {
        self.token_pair().0
    }

    /// A fresh access and refresh token of the default staff, without signing in.
    #[must_use]
    pub fn token_pair(&self) -> (String, String) {
        let now = self.shared.now();
        let mut inner = self.shared.lock();
        let me = inner.logins.me;
        inner.logins.mint(me, now)
    }

    /// Adds a rule of misbehaviour.
    pub fn add_fault(&self, rule: FaultRule) {
        self.shared.lock().faults.add(rule);
    }

    /// Ends all misbehaviour.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// The rules in force, with what is left of their counts.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultRule> {
        self.shared.lock().faults.rules()
    }

    /// Kills every token, as an admin would who removes the access.
    pub fn revoke_tokens(&self) {
        self.shared.lock().logins.revoke_all();
    }

    /// Kills the access tokens; refreshing still works.
    pub fn expire_access_tokens(&self) {
        self.shared.lock().logins.expire_access();
    }

    /// New phone calls appear in lists and searches only after this many milliseconds.
    pub fn set_slow_index(&self, ms: u64) {
        self.shared.lock().account.slow_index_ms = ms;
    }

    /// Changes the request budget from now on.
    pub fn set_quotas(&self, limits: QuotaLimits) {
        self.shared.lock().account.quotas.limits = limits;
    }

    /// Changes what tokens may do from now on, living ones too.
    pub fn set_scopes(&self, scopes: &[&str]) {
        self.shared.lock().logins.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// Registers one more redirect address, as an admin would in the developer portal.
    pub fn register_redirect(&self, uri: &str) {
        self.shared.lock().logins.redirect_uris.push(uri.to_owned());
    }

    /// Whether the sign-in page answers itself.
    pub fn set_auto_approve(&self, on: bool) {
        self.shared.lock().logins.auto_approve = on;
    }

    /// A record as it stands.
    #[must_use]
    pub fn record(&self, kind: RecordKind, id: u64) -> Option<Record> {
        self.shared.lock().account.record(kind, id)
    }

    /// The records that were added or changed since the start.
    #[must_use]
    pub fn changed_records(&self) -> Vec<Record> {
        let inner = self.shared.lock();
        inner.account.changed_records().cloned().collect()
    }

    /// How many records of a kind there are.
    #[must_use]
    pub fn record_count(&self, kind: RecordKind) -> u64 {
        self.shared.lock().account.count(kind)
    }

    /// Changes a record as a person would in the web application; its modification date moves. False when
    /// there is none.
    pub fn edit_record(&self, kind: RecordKind, id: u64, change: impl FnOnce(&mut Record)) -> bool {
        edit(&mut self.shared.lock(), kind, id, self.shared.now(), change)
    }

    /// Adds a record, with a new id and today's dates; answers the id.
    pub fn add_record(
        &self,
        kind: RecordKind,
        name: &str,
        change: impl FnOnce(&mut Record),
    ) -> u64 {
        let now = self.shared.now().as_second();
        let mut inner = self.shared.lock();
        let mut record = inner.account.new_record(kind, now);
        record.name = name.to_owned();
        change(&mut record);
        let id = record.id;
        inner.account.put(record);
        id
    }

    /// Deletes a record. False when there is none.
    pub fn delete_record(&self, kind: RecordKind, id: u64) -> bool {
        self.shared.lock().account.delete(kind, id)
    }

    /// Puts a record aside. False when there is none.
    pub fn archive_record(&self, kind: RecordKind, id: u64) -> bool {
        self.edit_record(kind, id, |record| record.is_archived = true)
    }

    /// Turns a prospect into a client. False when there is none.
    pub fn convert_to_client(&self, kind: RecordKind, id: u64) -> bool {
        self.edit_record(kind, id, |record| record.role = Some(Role::Client))
    }

    /// An opportunity as it stands.
    #[must_use]
    pub fn opportunity(&self, id: u64) -> Option<Opportunity> {
        self.shared.lock().account.opportunity(id)
    }

    /// Changes an opportunity as a person would. False when there is none.
    pub fn edit_opportunity(&self, id: u64, change: impl FnOnce(&mut Opportunity)) -> bool {
        let mut inner = self.shared.lock();
        let Some(mut deal) = inner.account.opportunity(id) else {
            return false;
        };
        change(&mut deal);
        inner.account.put_opportunity(deal);
        true
    }

    /// Rewrites a phone call's description as a person would; its modification date moves. False when there is none.
    pub fn edit_phone_call(&self, id: u64, description: &str) -> bool {
        edit_call(&mut self.shared.lock(), id, self.shared.now(), description)
    }

    /// Deletes a phone call as a person would. False when there is none.
    pub fn delete_phone_call(&self, id: u64) -> bool {
        self.shared.lock().account.calls.remove(&id).is_some()
    }
}

fn edit_call(inner: &mut Inner, id: u64, now: Timestamp, description: &str) -> bool {
    let Some(call) = inner.account.calls.get_mut(&id) else {
        return false;
    };
    call.description = Some(description.to_owned());
    call.updated = now;
    true
}

/// The routes under `/_sandbox`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/requests", get(show_requests).delete(forget_requests))
        .route("/counts", get(show_counts))
        .route("/phone-calls", get(show_calls))
        .route("/phone-calls/{id}", post(change_call))
        .route(
            "/faults",
            get(show_faults).post(add_fault).delete(clear_faults),
        )
        .route("/offline", post(go_offline))
        .route("/online", post(come_back))
        .route("/revoke-tokens", post(revoke_tokens))
        .route("/expire-tokens", post(expire_tokens))
        .route("/token", post(mint_token))
        .route("/settings", post(change_settings))
        .route(
            "/records/{kind}/{id}",
            post(change_record).delete(delete_record),
        )
        .route("/opportunities/{id}", post(change_opportunity))
}

#[derive(Deserialize)]
struct PathPrefix {
    #[serde(default)]
    path: String,
}

async fn show_requests(State(shared): State<Shared>, Query(wanted): Query<PathPrefix>) -> Response {
    let inner = shared.lock();
    let fits = |seen: &&SeenRequest| seen.path.starts_with(&wanted.path);
    Json(inner.journal.seen.iter().filter(fits).collect::<Vec<_>>()).into_response()
}

async fn forget_requests(State(shared): State<Shared>) -> StatusCode {
    shared.lock().journal.seen.clear();
    StatusCode::NO_CONTENT
}

async fn show_counts(State(shared): State<Shared>) -> Json<Value> {
    let inner = shared.lock();
    let (access, refresh) = inner.logins.counts();
    Json(json!({
        "requests": inner.journal.counts(),
        "quota_refusals": inner.account.quotas.refused,
        "access_tokens": access,
        "refresh_tokens": refresh,
    }))
}

async fn show_calls(State(shared): State<Shared>) -> Response {
    Json(shared.lock().account.calls.values().collect::<Vec<_>>()).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallChange {
    description: String,
}

async fn change_call(
    State(shared): State<Shared>,
    Path(id): Path<u64>,
    Json(change): Json<CallChange>,
) -> StatusCode {
    done(edit_call(
        &mut shared.lock(),
        id,
        shared.now(),
        &change.description,
    ))
}

async fn show_faults(State(shared): State<Shared>) -> Json<Vec<FaultRule>> {
    Json(shared.lock().faults.rules())
}

async fn add_fault(State(shared): State<Shared>, Json(rule): Json<FaultRule>) -> StatusCode {
    shared.lock().faults.add(rule);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(shared): State<Shared>) -> StatusCode {
    shared.lock().faults.clear();
    StatusCode::NO_CONTENT
}

async fn go_offline(State(shared): State<Shared>) -> StatusCode {
    shared.lock().silent = true;
    StatusCode::NO_CONTENT
}

async fn come_back(State(shared): State<Shared>) -> StatusCode {
    shared.lock().silent = false;
    StatusCode::NO_CONTENT
}

async fn revoke_tokens(State(shared): State<Shared>) -> StatusCode {
    shared.lock().logins.revoke_all();
    StatusCode::NO_CONTENT
}

async fn expire_tokens(State(shared): State<Shared>) -> StatusCode {
    shared.lock().logins.expire_access();
    StatusCode::NO_CONTENT
}

async fn mint_token(State(shared): State<Shared>) -> Json<Value> {
    let now = shared.now();
    let mut inner = shared.lock();
    let me = inner.logins.me;
    let (access, refresh) = inner.logins.mint(me, now);
    Json(json!({"access_token": access, "refresh_token": refresh}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    quotas: Option<QuotaLimits>,
    slow_index_ms: Option<u64>,
    auto_approve: Option<bool>,
    scopes: Option<Vec<String>>,
    redirect_uris: Option<Vec<String>>,
    access_token_seconds: Option<u64>,
}

async fn change_settings(State(shared): State<Shared>, Json(wanted): Json<Settings>) -> StatusCode {
    let mut inner = shared.lock();
    if let Some(quotas) = wanted.quotas {
        inner.account.quotas.limits = quotas;
    }
    if let Some(ms) = wanted.slow_index_ms {
        inner.account.slow_index_ms = ms;
    }
    if let Some(on) = wanted.auto_approve {
        inner.logins.auto_approve = on;
    }
    if let Some(scopes) = wanted.scopes {
        inner.logins.scopes = scopes.into_iter().collect();
    }
    if let Some(uris) = wanted.redirect_uris {
        inner.logins.redirect_uris = uris;
    }
    if let Some(seconds) = wanted.access_token_seconds {
        inner.logins.access_seconds = seconds;
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordChange {
    /// Null empties the field; absent leaves it.
    #[serde(default, deserialize_with = "given")]
    phone_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    mobile_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    first_name: Option<Option<String>>,
    name: Option<String>,
    is_archived: Option<bool>,
    #[serde(rename = "type")]
    role: Option<Role>,
    note: Option<String>,
}

fn given<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(value).map(Some)
}

impl RecordChange {
    fn apply(self, record: &mut Record) {
        if let Some(phone) = self.phone_number {
            record.phone_number = phone;
        }
        if let Some(mobile) = self.mobile_number {
            record.mobile_number = mobile;
        }
        if let Some(first) = self.first_name {
            record.first_name = first;
        }
        if let Some(name) = self.name {
            record.name = name;
        }
        if let Some(archived) = self.is_archived {
            record.is_archived = archived;
        }
        if let Some(role) = self.role {
            record.role = Some(role);
        }
        if let Some(note) = self.note {
            record.note = note;
        }
    }
}

async fn change_record(
    State(shared): State<Shared>,
    Path((kind, id)): Path<(String, u64)>,
    Json(change): Json<RecordChange>,
) -> StatusCode {
    let Some(kind) = RecordKind::from_word(&kind) else {
        return StatusCode::NOT_FOUND;
    };
    done(edit(&mut shared.lock(), kind, id, shared.now(), |record| {
        change.apply(record)
    }))
}

async fn delete_record(
    State(shared): State<Shared>,
    Path((kind, id)): Path<(String, u64)>,
) -> StatusCode {
    let Some(kind) = RecordKind::from_word(&kind) else {
        return StatusCode::NOT_FOUND;
    };
    done(shared.lock().account.delete(kind, id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpportunityChange {
    status: OpportunityStatus,
}

async fn change_opportunity(
    State(shared): State<Shared>,
    Path(id): Path<u64>,
    Json(change): Json<OpportunityChange>,
) -> StatusCode {
    let mut inner = shared.lock();
    let Some(mut deal) = inner.account.opportunity(id) else {
        return StatusCode::NOT_FOUND;
    };
    deal.status = change.status;
    deal.updated_status = shared.now().as_second();
    inner.account.put_opportunity(deal);
    StatusCode::NO_CONTENT
}

fn done(found: bool) -> StatusCode {
    if found {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}
