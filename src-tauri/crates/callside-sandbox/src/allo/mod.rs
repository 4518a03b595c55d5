//! Allo, as its documents describe it: both versions of its API, and the dialler that can be framed.
//!
//! `ENDPOINTS` is the list of everything that is served, with the scope it needs. Finished calls are all there is: no
//! request starts, answers or ends one. What the documents leave open is a choice in [`AlloSettings`].

mod account;
mod control;
mod dialer;
pub(crate) mod errors;
mod inspect;
mod v1;
mod v2;

use axum::{
    Router,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
    routing::any,
};

pub(crate) use account::{Account, Workspace};
pub use account::{AlloCall, AlloOptions, AlloSettings, LINE, SCOPES, SUPPORT_LINE, TAG, USER};
use account::{Kept, Spent};
pub(crate) use control::routes;
use errors::{limited, not_found, refused};

use crate::{
    audio::audio,
    rest::{Ask, Endpoint, Refusal, Reply, find, put_headers},
    server::Shared,
};

/// The key of the invented workspace.
pub const KEY: &str = "ak_live_sandbox";
/// How long the answer to a write is kept for its key, in milliseconds.
const KEPT_MS: i64 = 3_600_000;

macro_rules! endpoints {
    ($($scope:literal $method:literal $path:literal $answer:path,)*) => {
        &[$((Endpoint { method: $method, path: $path, answer: $answer }, $scope)),*]
    };
}

/// Everything that is served, most literal paths first, with the scope it needs.
const ENDPOINTS: &[(Endpoint<Account>, &str)] = endpoints! {
    "" "GET" "/v2/api/me" v2::me,
    "PHONE_NUMBERS_READ" "GET" "/v2/api/numbers" v2::numbers,
    "USERS_READ" "GET" "/v2/api/users" v2::users,
    "TAGS_READ" "GET" "/v2/api/tags" v2::tags,
    "CONVERSATIONS_READ" "GET" "/v2/api/conversations" v2::conversations,
    "CONVERSATIONS_READ" "POST" "/v2/api/conversations/items/search" v2::search,
    "CONVERSATIONS_READ" "POST" "/v2/api/conversations/items/batch" v2::batch,
    "CONVERSATIONS_READ" "GET" "/v2/api/conversations/items/{id}" v2::item,
    "TAGS_WRITE" "POST" "/v2/api/conversations/items/{id}/tags" v2::add_tags,
    "TAGS_WRITE" "DELETE" "/v2/api/conversations/items/{id}/tags/{tag}" v2::remove_tag,
    "CONVERSATIONS_WRITE" "PATCH" "/v2/api/conversations/items/{id}/summary" v2::change_summary,
    "CRM_READ" "POST" "/v2/api/crm/people/search" v2::people,
    "DIALING_QUEUE_READ_WRITE" "POST" "/v2/api/dialing-queues/current/numbers" v2::enqueue,
    "CONTACTS_READ" "GET" "/v1/api/contacts" v1::contacts,
    "CONVERSATIONS_READ" "GET" "/v1/api/calls" v1::calls,
};

/// What is served to clients: the API, recordings and the dialler.
pub(crate) fn served() -> Router<Shared> {
    Router::new()
        .route("/allo/v1/{*path}", any(api))
        .route("/allo/v2/{*path}", any(api))
        .route("/allo/v1/assets/recordings/{file}", any(recording))
        .merge(dialer::pages())
}

impl Account {
    /// Whether the key is there and right, for this version of the API.
    fn let_in(&self, ask: &Ask) -> Result<(), Refusal> {
        let settings = &self.settings;
        let unknown = || refused(401, "UNAUTHORIZED", "No usable API key was sent");
        let given = ask
            .header(header::AUTHORIZATION.as_str())
            .ok_or_else(unknown)?;
        let is_old = ask.path.starts_with("/allo/v1");
        let raw = if is_old {
            settings.raw_key_v1
        } else {
            settings.raw_key_v2
        };
        let key = match given.strip_prefix("Api-Key ") {
            Some(key) if settings.prefixed_key => key,
            None if raw && !given.contains(' ') => given,
            _ => return Err(unknown()),
        };
        if key != KEY {
            return Err(refused(401, "API_KEY_INVALID", "The API key is not valid"));
        }
        if settings.is_trial {
            return Err(refused(
                403,
                "API_KEY_TRIAL_NOT_ALLOWED",
                "The API is not part of a trial",
            ));
        }
        Ok(())
    }

    /// Counts a request, or refuses it when the second is used up; answers the headers of the budget.
    fn spend(&mut self, ask: &Ask, is_write: bool) -> (Vec<(&'static str, String)>, bool) {
        let (spent, limit) = if is_write {
            (&mut self.writes, self.settings.writes_per_second)
        } else {
            (&mut self.reads, self.settings.reads_per_second)
        };
        let second = ask.seconds();
        if spent.second != second {
            *spent = Spent { second, used: 0 };
        }
        spent.used += 1;
        let Some(limit) = limit else {
            return (Vec::new(), true);
        };
        let left = limit.saturating_sub(spent.used);
        let fits = spent.used <= limit;
        self.refused += u64::from(!fits);
        let headers = vec![
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", (second + 1).to_string()),
        ];
        (headers, fits)
    }

    /// Answers a write once for each key of its own: a second one with the same key gets the first answer.
    fn once(
        &mut self,
        ask: &Ask,
        answer: impl FnOnce(&mut Self, &Ask) -> Result<Reply, Refusal>,
    ) -> Result<(Reply, bool), Refusal> {
        let Some(key) = ask.header("idempotency-key").map(str::to_owned) else {
            return answer(self, ask).map(|reply| (reply, false));
        };
        self.kept.retain(|_, kept| kept.at + KEPT_MS > ask.now);
        let body = String::from_utf8_lossy(&ask.body);
        let request = format!("{} {} {body}", ask.method, ask.path);
        if let Some(kept) = self.kept.get(&key) {
            if kept.request != request {
                return Err(refused(
                    409,
                    "IDEMPOTENCY_KEY_REUSED",
                    "The key was used for another request",
                ));
            }
            return Ok((kept.reply(), true));
        }
        let reply = answer(self, ask)?;
        self.kept.insert(
            key,
            Kept {
                at: ask.now,
                request,
                status: reply.status,
                body: reply.body.clone(),
            },
        );
        Ok((reply, false))
    }
}

/// Answers for the API: the key, then the path, then the scope, then the budget, then the content.
async fn api(State(shared): State<Shared>, request: Request) -> Response {
    let mut ask = Ask::read(shared.now(), request).await;
    let mut inner = shared.lock();
    let account = inner.allo.account();
    if let Err(refusal) = account.let_in(&ask) {
        return refusal.into_response();
    }
    let path = ask.path.strip_prefix("/allo").unwrap_or_default();
    let found = ENDPOINTS.iter().find_map(|(endpoint, scope)| {
        let (endpoint, named) = find(std::slice::from_ref(endpoint), &ask.method, path)?;
        Some((endpoint, *scope, named))
    });
    let Some((endpoint, scope, named)) = found else {
        return not_found("Path").into_response();
    };
    if !scope.is_empty() && !account.settings.scopes.iter().any(|has| has == scope) {
        let why = format!("The key lacks the scope {scope}");
        return refused(403, "API_KEY_INSUFFICIENT_SCOPE", &why).into_response();
    }
    ask.named = named;
    // Searches read, whatever their verb.
    let is_write = ask.method != "GET" && !scope.ends_with("_READ");
    let (headers, fits) = account.spend(&ask, is_write);
    let answer = if !fits {
        Err(limited(1))
    } else if is_write {
        account.once(&ask, endpoint.answer)
    } else {
        (endpoint.answer)(account, &ask).map(|reply| (reply, false))
    };
    let mut response = match answer {
        Ok((reply, replayed)) => {
            let mut response = reply.into_response();
            if replayed {
                put_headers(
                    &mut response,
                    vec![("idempotency-replayed", "true".to_owned())],
                );
            }
            response
        }
        Err(refusal) => refusal.into_response(),
    };
    put_headers(&mut response, headers);
    response
}

/// A recording. It needs the key, as everything else.
async fn recording(State(shared): State<Shared>, request: Request) -> Response {
    let ask = Ask::read(shared.now(), request).await;
    let mut inner = shared.lock();
    let account = inner.allo.account();
    if let Err(refusal) = account.let_in(&ask) {
        return refusal.into_response();
    }
    let file = ask.path.strip_prefix(v2::RECORDINGS).unwrap_or_default();
    let number = file.trim_matches('/').trim_end_matches(".mp3");
    let call = account
        .calls
        .get(&format!("cll-{number}"))
        .filter(|call| account.is_listed(call, ask.now));
    match call.and_then(|call| Some((call.number(), call.recording_bytes?))) {
        Some((id, bytes)) if ask.method == "GET" => audio(id, bytes, &ask.headers),
        _ => not_found("Recording").into_response(),
    }
}
