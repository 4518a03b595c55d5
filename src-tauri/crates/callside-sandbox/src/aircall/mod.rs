//! Aircall, as its documents describe it and as clients have met it.
//!
//! [`ENDPOINTS`] is the list of everything that REST serves here: method, path and the function that answers.
//! Those functions know nothing of HTTP. A call lives in `live`: its steps are due at moments of the sandbox's
//! clock and happen when somebody looks. REST learns of them later, see [`Delays`]; the Workspace page learns at
//! once, see `workspace`. Recordings lie in `storage`, which stands for another host.
//!
//! What the documents leave open is a choice in [`AircallSettings`].

mod account;
mod ai;
mod calls;
mod control;
mod dial;
pub(crate) mod errors;
mod history;
mod inspect;
mod limits;
mod live;
mod paging;
mod people;
mod script;
mod settings;
mod show;
mod storage;
mod workspace;

use axum::{
    Router,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
    routing::any,
};
use base64::{Engine, engine::general_purpose::STANDARD};

pub use crate::{audio::recorded_byte, past::HistoryOptions, phones::STRANGER};
pub(crate) use account::Account;
pub use calls::{Call, Comment, TagUse};
pub(crate) use control::routes;
use errors::{edge, refused};
pub use history::PastCall;
pub use limits::RateLimit;
pub use people::{
    AGENT, CALL_BACK_TAG, COLLEAGUE, Contact, DIRECT_LINE, FRONT_LINE, Line, QUOTE_TAG, SALES_LINE,
    SALES_NUMBER, SERVICE_LINE, Tag, User,
};
pub use script::{Act, CallScript, Outcome, Scenario};
pub use settings::{AfterDial, AiPlan, AircallSettings, Delays, WorkspaceSettings};
pub(crate) use storage::STORE;

use crate::{
    book::BookOptions,
    rest::{Ask, Endpoint, Refusal, find},
    server::Shared,
};

/// The key of the invented company: API id and API token.
pub const KEY: (&str, &str) = ("sandbox-aircall-id", "sandbox-aircall-token");
/// The key of another company, which knows nothing of the first.
pub const OTHER_KEY: (&str, &str) = ("sandbox-other-id", "sandbox-other-token");

/// What Aircall is started with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AircallOptions {
    /// What happened before.
    pub history: HistoryOptions,
    /// How it behaves.
    pub settings: AircallSettings,
}

/// The two companies. They are made when somebody first looks: most sandboxes play only a CRM.
pub(crate) struct Companies {
    options: AircallOptions,
    book: BookOptions,
    /// When the sandbox was started, in Unix milliseconds; the invented past ends there.
    started_ms: i64,
    made: Option<Box<(Account, Account)>>,
}

impl Companies {
    pub(crate) fn new(options: AircallOptions, book: BookOptions, started_ms: i64) -> Self {
        Self {
            options,
            book,
            started_ms,
            made: None,
        }
    }

    fn both(&mut self, now: i64) -> &mut (Account, Account) {
        let both = self.made.get_or_insert_with(|| {
            let settings = &self.options.settings;
            let mut ours = Account::new("Callside Démonstration", settings.clone());
            ours.invent_past(self.options.history, self.book, self.started_ms);
            let mut other = Account::new("Une Autre Société", settings.clone());
            other.users.retain(|user| user.id == 71_006);
            other.lines.clear();
            other.tags.truncate(2);
            other.contacts.clear();
            other.workspace.user = None;
            Box::new((ours, other))
        });
        both.0.advance(now);
        both
    }

    /// The invented company, as far as it has got by now.
    pub(crate) fn ours(&mut self, now: i64) -> &mut Account {
        &mut self.both(now).0
    }

    /// The company that the key belongs to.
    fn of_key(&mut self, authorization: Option<&str>, now: i64) -> Result<&mut Account, Refusal> {
        let Some(authorization) = authorization else {
            return Err(edge(401));
        };
        let given = authorization
            .strip_prefix("Basic ")
            .and_then(|text| STANDARD.decode(text).ok());
        let is =
            |key: (&str, &str)| given.as_deref() == Some(format!("{}:{}", key.0, key.1).as_bytes());
        match (is(KEY), is(OTHER_KEY)) {
            (true, _) => Ok(&mut self.both(now).0),
            (_, true) => Ok(&mut self.both(now).1),
            _ => Err(edge(403)),
        }
    }
}

macro_rules! endpoints {
    ($($method:literal $path:literal $answer:path,)*) => {
        &[$(Endpoint { method: $method, path: $path, answer: $answer }),*]
    };
}

/// Everything that is served, most literal paths first.
const ENDPOINTS: &[Endpoint<Account>] = endpoints! {
    "GET" "/v1/ping" people::ping,
    "GET" "/v1/company" people::company,
    "GET" "/v1/users" people::list_users_with_lines,
    "GET" "/v1/users/availabilities" people::availabilities,
    "GET" "/v1/users/{id}" people::one_user_with_lines,
    "GET" "/v1/users/{id}/availability" people::availability,
    "POST" "/v1/users/{id}/calls" dial::call,
    "POST" "/v1/users/{id}/dial" dial::dial,
    "GET" "/v2/users" people::list_users,
    "GET" "/v2/users/{id}" people::one_user,
    "GET" "/v2/users/{id}/numbers" people::lines_of_user,
    "GET" "/v1/numbers" people::list_lines,
    "GET" "/v1/numbers/{id}" people::one_line,
    "GET" "/v1/teams" people::list_teams,
    "GET" "/v1/teams/{id}" people::one_team,
    "GET" "/v1/tags" people::list_tags,
    "POST" "/v1/tags" people::create_tag,
    "GET" "/v1/tags/{id}" people::one_tag,
    "GET" "/v1/contacts" people::list_contacts,
    "POST" "/v1/contacts" people::create_contact,
    "GET" "/v1/contacts/search" people::search_contacts,
    "GET" "/v1/contacts/{id}" people::one_contact,
    "POST" "/v1/contacts/{id}" people::update_contact,
    "GET" "/v1/calls" calls::list,
    "GET" "/v1/calls/search" calls::search,
    "GET" "/v1/calls/{id}" calls::one,
    "POST" "/v1/calls/{id}/comments" calls::comment,
    "POST" "/v1/calls/{id}/tags" calls::tag,
    "POST" "/v1/calls/{id}/insight_cards" calls::insight_card,
    "POST" "/v1/calls/{id}/transfers" calls::transfer,
    "POST" "/v1/calls/{id}/pause_recording" calls::recording_switch,
    "POST" "/v1/calls/{id}/resume_recording" calls::recording_switch,
    "PUT" "/v1/calls/{id}/archive" calls::archive,
    "PUT" "/v1/calls/{id}/unarchive" calls::unarchive,
    "GET" "/v1/calls/{id}/transcription" ai::transcription,
    "GET" "/v1/calls/{id}/summary" ai::summary,
    "GET" "/v1/calls/{id}/topics" ai::topics,
    "GET" "/v1/calls/{id}/sentiments" ai::sentiments,
    "GET" "/v1/calls/{id}/action_items" ai::action_items,
};

/// What is served to clients: REST, the store and the pages.
pub(crate) fn served() -> Router<Shared> {
    Router::new()
        .route("/aircall/v1/{*path}", any(api))
        .route("/aircall/v2/{*path}", any(api))
        .route("/aircall/storage/{*path}", any(storage::serve))
        .merge(workspace::pages())
}

/// Answers for REST: the path, then the key, then the budget, then the content.
async fn api(State(shared): State<Shared>, request: Request) -> Response {
    let mut ask = Ask::read(shared.now(), request).await;
    let path = ask.path.strip_prefix("/aircall").unwrap_or_default();
    let Some((endpoint, named)) = find(ENDPOINTS, &ask.method, path) else {
        return edge(404).into_response();
    };
    ask.named = named;
    let mut inner = shared.lock();
    let key = ask.header(header::AUTHORIZATION.as_str());
    let account = match inner.aircall.of_key(key, ask.now) {
        Ok(account) => account,
        Err(refusal) => return refusal.into_response(),
    };
    let rate = account.settings.rate;
    let answer = account.budget.spend(rate, ask.seconds()).and_then(|()| {
        if ask.method != "GET" && !ask.is_json() {
            return Err(refused(400, "Content-Type has to be application/json"));
        }
        (endpoint.answer)(account, &ask)
    });
    match answer {
        Ok(reply) => reply.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}
