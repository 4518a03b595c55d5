//! Aircall, by its REST interface.
//!
//! The key belongs to the company and sees everybody's calls; its limit of requests is shared with
//! every other program of the company, so we keep to forty a minute. A filter that Aircall does not
//! know it passes over in silence, so each row is looked at again here. The links to recordings die
//! within the hour; what is kept is the page that asks for a sign-in. What happens live comes from
//! [`workspace`].

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::cloud_call::{
    CallInsights, CallsPage, CallsWanted, CloudAgent, CloudCall, CloudLine, CloudTag, InsightLine,
};
use callside_core::outbox::DeliveryError;
use callside_core::ports::{
    Budget, Clock, CloudTelephony, DialError, Dialed, DownloadError, Downloaded, ReadError,
    SecretError, SecretStore, Telephony, TelephonyState,
};
use callside_http::{Answer, Http, HttpSetup};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::cloud::download::{self, Finds, Source};
use crate::cloud::fault::{self, Fault};
use crate::cloud::pace::{Class, Limits};
use crate::cloud::said::{self, Id};
use crate::cloud::wire::Wire;
use crate::cloud::{fits, left_after, path_id, readable};
use crate::digits;

mod api;
mod map;
pub mod workspace;

/// Name of the source and `app` of its events.
pub const NAME: &str = "aircall";
/// Where the id of the key is kept.
pub const API_ID: &str = "aircall/api_id";
/// Where the token of the key is kept.
pub const API_TOKEN: &str = "aircall/api_token";

/// Forty requests a minute are a third of what Aircall grants a company today, and two thirds of
/// what it granted before.
const LIMITS: Limits = Limits {
    stretch: SignedDuration::from_mins(1),
    most: [40, 32, 20],
    kept: [0, 10, 30],
    window: "minute",
    left_header: "x-aircallapi-remaining",
    reset_header: "x-aircallapi-reset",
};
/// The most rows Aircall gives at once.
const PER_PAGE: usize = 50;
/// Paging ends at the ten thousandth row.
const LAST_PAGE: u32 = 200;
/// No list that is read as a whole has more pages than this.
const MOST_PAGES: u32 = 100;
/// How far back Aircall knows calls, a little less than six months.
const HISTORY: SignedDuration = SignedDuration::from_hours(182 * 24);
/// How far two windows overlap, since rows are ordered by a date that is not shown.
const WINDOW_OVERLAP_S: i64 = 60;

/// What an Aircall connection is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AircallConfig {
    /// Address of the interface.
    pub api_url: String,
    /// The agent's Aircall id, found by e-mail address or picked by hand. None until then.
    pub agent: Option<String>,
    /// The Aircall id of the line to call from. With one the call starts at once; without one the
    /// number is put into Aircall, and the agent picks the line and starts.
    pub line: Option<String>,
}

impl AircallConfig {
    /// The configuration in the settings, for no agent yet.
    pub fn from_settings(settings: &callside_core::settings::Settings) -> Self {
        Self {
            api_url: settings.telephony.aircall.api_url.clone(),
            agent: None,
            line: None,
        }
    }
}

/// A company's Aircall, and one agent of it.
pub struct Aircall {
    config: AircallConfig,
    wire: Wire,
    secrets: Arc<dyn SecretStore>,
    clock: Arc<dyn Clock>,
    key: Mutex<Option<Arc<Key>>>,
}

impl fmt::Debug for Aircall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aircall")
            .field("state", &self.wire.state())
            .finish_non_exhaustive()
    }
}

/// The company's key, as it was read.
struct Key {
    id: SecretString,
    token: SecretString,
}

impl Aircall {
    /// A connection that uses the key in the keychain.
    ///
    /// # Errors
    /// [`HttpSetup`] when the address cannot be used.
    pub fn new(
        config: AircallConfig,
        secrets: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HttpSetup> {
        Ok(Self {
            wire: Wire::new(&config.api_url, LIMITS)?,
            config,
            secrets,
            clock,
            key: Mutex::default(),
        })
    }

    /// The same connection, whose requests take the way of this client: for tests that answer them
    /// in the same process.
    #[must_use]
    pub fn over(mut self, http: &Http) -> Self {
        self.wire = self.wire.over(http);
        self
    }

    /// The same connection with its pace on another clock, for tests that move the time by hand.
    #[must_use]
    pub fn with_pace_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.wire = self.wire.with_pace_clock(clock);
        self
    }

    /// Keeps another key. [`CloudTelephony::check`] tells whether Aircall takes it.
    ///
    /// # Errors
    /// [`SecretError`] when the keychain does not keep it.
    pub async fn keep_key(&self, id: &str, token: &str) -> Result<(), SecretError> {
        *self.key() = None;
        self.secrets.keep(API_ID, id.trim()).await?;
        self.secrets.keep(API_TOKEN, token.trim()).await
    }

    /// Forgets the key. Nothing else is lost.
    ///
    /// # Errors
    /// [`SecretError`] when the keychain does not let it go.
    pub async fn forget_key(&self) -> Result<(), SecretError> {
        *self.key() = None;
        self.wire.stands(TelephonyState::Off);
        self.secrets.forget(API_ID).await?;
        self.secrets.forget(API_TOKEN).await
    }

    fn key(&self) -> MutexGuard<'_, Option<Arc<Key>>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, read once: a keychain may take its time, and may ask the agent.
    async fn held_key(&self) -> Result<Arc<Key>, Fault> {
        if let Some(key) = self.key().clone() {
            return Ok(key);
        }
        let id = self.secrets.read(API_ID).await?;
        let token = self.secrets.read(API_TOKEN).await?;
        let (Some(id), Some(token)) = (id, token) else {
            self.wire.stands(TelephonyState::Off);
            return Err(Fault::NoKey);
        };
        let key = Arc::new(Key {
            id: id.into(),
            token: token.into(),
        });
        *self.key() = Some(Arc::clone(&key));
        Ok(key)
    }

    /// Sends one request, whatever comes of it.
    async fn send(&self, class: Class, ask: Ask) -> Result<Answer, Fault> {
        let key = self.held_key().await?;
        let (id, token) = (key.id.expose_secret(), key.token.expose_secret());
        let mut request = self
            .wire
            .request(ask.method, &ask.path)?
            .basic_auth(id, Some(token))
            .query(&ask.query);
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        self.wire.send(class, request).await
    }

    /// Sends one request and judges the answer.
    async fn ask(&self, class: Class, ask: Ask) -> Result<Answer, Fault> {
        let judged = judged(self.send(class, ask).await?);
        if judged
            .as_ref()
            .is_err_and(|fault| *fault == Fault::Unauthorized)
        {
            self.key_refused();
        }
        judged
    }

    /// The key may have been entered anew in the meantime: the next request reads it again.
    fn key_refused(&self) {
        *self.key() = None;
        self.wire.stands(TelephonyState::Disconnected);
    }

    /// All rows of a list.
    async fn rows<T: DeserializeOwned>(&self, path: &str, name: &str) -> Result<Vec<T>, Fault> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let ask = Ask::get(path).with("page", page).with("per_page", PER_PAGE);
            let page = page_of(&self.ask(Class::Read, ask).await?, name)?;
            all.extend(readable(page.rows));
            if !page.more {
                break;
            }
        }
        Ok(all)
    }

    /// One call as Aircall has it now.
    async fn raw_call(&self, id: &str) -> Result<api::Call, Fault> {
        let ask = Ask::get(format!("/v1/calls/{}", path_id(id)?)).with("fetch_contact", true);
        let answer: api::OneCall = fault::json(&self.ask(Class::Read, ask).await?)?;
        serde_json::from_value(answer.call).map_err(|_| Fault::Unreadable)
    }

    async fn read_call(&self, id: &str) -> Result<CloudCall, Fault> {
        map::call(&self.raw_call(id).await?).ok_or(Fault::Unreadable)
    }

    async fn tag_ids(&self) -> Result<Vec<String>, Fault> {
        let tags: Vec<api::Tag> = self.rows("/v1/tags", "tags").await?;
        Ok(tags
            .into_iter()
            .filter_map(|tag| tag.id)
            .map(|id| id.0)
            .collect())
    }

    async fn put_tags(&self, id: &str, ids: &[String]) -> Result<(), Fault> {
        let ids: Vec<u64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let path = format!("/v1/calls/{}/tags", path_id(id)?);
        let ask = Ask::post(path, json!({ "tags": ids }));
        self.ask(Class::Read, ask).await.map(drop)
    }

    /// What a machine found, where the account has it: a refusal only means that there is nothing.
    async fn found<T: DeserializeOwned>(&self, id: &str, what: &str) -> Result<Option<T>, Fault> {
        let ask = Ask::get(format!("/v1/calls/{}/{what}", path_id(id)?));
        let answer = self.send(Class::Read, ask).await?;
        if [403, 404].contains(&answer.status) {
            return Ok(None);
        }
        // A shape that nobody knows is nothing either; the rest may still be read.
        Ok(serde_json::from_slice(&judged(answer)?.body).ok())
    }

    /// A dial request of one kind or the other.
    fn dial_ask(&self, number: &str) -> Result<Ask, DialError> {
        let agent = self.config.agent.as_deref().and_then(Id::from_text);
        let agent = agent.ok_or(DialError::UnknownAgent)?.0;
        let Some(line) = &self.config.line else {
            let path = format!("/v1/users/{agent}/dial");
            return Ok(Ask::post(path, json!({ "to": number })));
        };
        let line: u64 = line.trim().parse().map_err(|_| DialError::NoLine)?;
        let path = format!("/v1/users/{agent}/calls");
        Ok(Ask::post(path, json!({ "number_id": line, "to": number })))
    }
}

/// One request, before it is sent.
struct Ask {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Ask {
    fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            body: None,
        }
    }

    fn post(path: impl Into<String>, body: Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(path)
        }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }
}

/// The edge before Aircall answers a wrong key with 403 and a `message`; Aircall itself says
/// `error`, and means that this account may not.
fn judged(answer: Answer) -> Result<Answer, Fault> {
    let body = fault::refusal(&answer);
    let word = |name: &str| body.get(name).and_then(Value::as_str);
    let words = word("troubleshoot").or(word("error")).or(word("message"));
    let words = words.unwrap_or_default();
    let fields = body.get("errors").and_then(Value::as_object);
    let fields = fields.into_iter().flat_map(|fields| fields.keys());
    let mut said = vec![words];
    said.extend(fields.map(String::as_str));
    match answer.status {
        401 => Err(Fault::Unauthorized),
        403 if word("error").is_none() => Err(Fault::Unauthorized),
        403 => Err(Fault::Forbidden {
            scope: "",
            words: callside_http::plain::line(words, said::LONGEST_LINE),
        }),
        _ => fault::judged(answer, &said.join(" · ")),
    }
}

/// A page of a list.
struct Listed {
    rows: Vec<Value>,
    /// Whether there are more pages.
    more: bool,
    /// Rows of the whole list, where Aircall counts them.
    total: Option<u64>,
}

fn page_of(answer: &Answer, name: &str) -> Result<Listed, Fault> {
    let mut page: api::Page = fault::json(answer)?;
    let Some(Value::Array(rows)) = page.lists.remove(name) else {
        return Err(Fault::Unreadable);
    };
    let meta = page.meta.unwrap_or_default();
    let next = meta.next_page_link;
    Ok(Listed {
        rows,
        more: next.is_some_and(|link| !link.trim().is_empty()),
        total: meta.total,
    })
}

/// Where a walk over calls stands: a window in seconds, both ends included, and a page of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    from: i64,
    to: i64,
    page: u32,
}

impl Place {
    fn first(wanted: &CallsWanted, now: Timestamp) -> Self {
        let wall = now.checked_sub(HISTORY).unwrap_or(Timestamp::MIN);
        Self {
            from: wanted.since.max(wall).as_second(),
            to: wanted.until.as_second(),
            page: 1,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let place = Self {
            from: parts.next()?.parse().ok()?,
            to: parts.next()?.parse().ok()?,
            page: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(place)
    }

    fn write(self) -> String {
        format!("{}:{}:{}", self.from, self.to, self.page)
    }

    /// The next page; beyond the last one a narrower window, which begins where this one's rows
    /// ended. `None` when nothing follows.
    fn next(self, more: bool, rows: &Rows, newest_first: bool) -> Result<Option<Self>, Fault> {
        if self.page < LAST_PAGE {
            let next = Self {
                page: self.page + 1,
                ..self
            };
            return Ok(more.then_some(next));
        }
        if !more && rows.count < PER_PAGE {
            return Ok(None);
        }
        let (earliest, latest) = rows.span.ok_or(Fault::Unreadable)?;
        let (from, to) = if newest_first {
            (self.from, (earliest + WINDOW_OVERLAP_S).min(self.to - 1))
        } else {
            ((latest - WINDOW_OVERLAP_S).max(self.from + 1), self.to)
        };
        let page = 1;
        Ok((from <= to).then_some(Self { from, to, page }))
    }
}

/// What a page held, before it was looked at closely.
struct Rows {
    count: usize,
    /// The earliest and the latest beginning, in seconds.
    span: Option<(i64, i64)>,
}

#[async_trait]
impl CloudTelephony for Aircall {
    fn name(&self) -> &str {
        NAME
    }

    async fn check(&self) -> Result<(), ReadError> {
        self.ask(Class::Read, Ask::get("/v1/ping")).await?;
        Ok(())
    }

    async fn agents(&self) -> Result<Vec<CloudAgent>, ReadError> {
        let users: Vec<api::User> = self.rows("/v2/users", "users").await?;
        Ok(users.iter().filter_map(map::agent).collect())
    }

    async fn lines(&self, agent: Option<&str>) -> Result<Vec<CloudLine>, ReadError> {
        let path = match agent {
            Some(agent) => format!("/v2/users/{}/numbers", path_id(agent)?),
            None => "/v1/numbers".to_owned(),
        };
        let numbers: Vec<api::Number> = self.rows(&path, "numbers").await?;
        Ok(numbers.iter().filter_map(map::line).collect())
    }

    async fn tags(&self) -> Result<Vec<CloudTag>, ReadError> {
        let tags: Vec<api::Tag> = self.rows("/v1/tags", "tags").await?;
        Ok(tags.iter().filter_map(map::tag).collect())
    }

    async fn calls(
        &self,
        wanted: &CallsWanted,
        after: Option<&str>,
    ) -> Result<CallsPage, ReadError> {
        let place = match after {
            Some(text) => Place::read(text).ok_or(ReadError::CursorLost)?,
            None => Place::first(wanted, self.clock.now()),
        };
        let path = match wanted.agent {
            Some(_) => "/v1/calls/search",
            None => "/v1/calls",
        };
        let mut ask = Ask::get(path)
            .with("from", place.from)
            .with("to", place.to)
            .with("page", place.page)
            .with("per_page", PER_PAGE)
            .with("order", if wanted.newest_first { "desc" } else { "asc" })
            .with("fetch_contact", true);
        if let Some(agent) = &wanted.agent {
            ask = ask.with("user_id", path_id(agent)?);
        }
        let answer = self.ask(Class::Import, ask).await?;
        let Listed { rows, more, total } = page_of(&answer, "calls")?;
        let count = rows.len();
        let calls: Vec<CloudCall> = readable(rows).filter_map(|row| map::call(&row)).collect();
        let starts = calls.iter().map(|call| call.started_at.as_second());
        let span = starts.clone().min().zip(starts.max());
        let rows = Rows { count, span };
        Ok(CallsPage {
            next: place
                .next(more, &rows, wanted.newest_first)?
                .map(Place::write),
            calls: calls
                .into_iter()
                .filter(|call| fits(call, wanted))
                .collect(),
            looked_at: count as u64,
            left: total.map(|total| left_after(total, place.page, PER_PAGE, count)),
        })
    }

    async fn call(&self, id: &str) -> Result<CloudCall, ReadError> {
        Ok(self.read_call(id).await?)
    }

    /// Whether Aircall adds to the labels or replaces them is not known, so all of them are sent.
    async fn add_tags(
        &self,
        id: &str,
        there: &[CloudTag],
        tags: &[CloudTag],
    ) -> Result<(), DeliveryError> {
        let is_new = |id: &String| !there.iter().any(|tag| tag.id == *id);
        let mut ids: Vec<String> = Vec::new();
        for tag in there.iter().chain(tags) {
            if !ids.contains(&tag.id) {
                ids.push(tag.id.clone());
            }
        }
        if !ids.iter().any(is_new) {
            return Ok(());
        }
        let refused = match self.put_tags(id, &ids).await {
            Err(fault @ (Fault::Refused { .. } | Fault::NotFound { .. })) => fault,
            other => return other.map_err(Fault::of_repeatable),
        };
        // One of them may have been deleted since it was picked.
        let known = self.tag_ids().await.map_err(Fault::of_repeatable)?;
        let kept: Vec<String> = ids
            .iter()
            .filter(|id| known.contains(id))
            .cloned()
            .collect();
        if kept.len() == ids.len() {
            return Err(refused.of_repeatable());
        }
        if !kept.iter().any(is_new) {
            return Ok(());
        }
        let again = self.put_tags(id, &kept).await;
        again.map_err(Fault::of_repeatable)
    }

    async fn comment(&self, id: &str, text: &str) -> Result<(), DeliveryError> {
        let path = path_id(id).map_err(Fault::of_write)?;
        let path = format!("/v1/calls/{path}/comments");
        let ask = Ask::post(path, json!({ "content": text }));
        let sent = self.ask(Class::Read, ask).await;
        sent.map(drop).map_err(Fault::of_write)
    }

    async fn show_card(&self, id: &str, lines: &[InsightLine]) -> Result<(), DeliveryError> {
        let Some(card) = map::card(lines) else {
            return Ok(());
        };
        let path = path_id(id).map_err(Fault::of_write)?;
        let ask = Ask::post(format!("/v1/calls/{path}/insight_cards"), card);
        let sent = self.ask(Class::Live, ask).await;
        sent.map(drop).map_err(Fault::of_write)
    }

    /// The transcript is never asked for.
    async fn insights(&self, id: &str) -> Result<CallInsights, ReadError> {
        let summary: Option<api::Summary> = self.found(id, "summary").await?;
        let topics: Option<api::Topics> = self.found(id, "topics").await?;
        let sentiments: Option<api::Sentiments> = self.found(id, "sentiments").await?;
        let items: Option<api::ActionItems> = self.found(id, "action_items").await?;
        Ok(CallInsights {
            summary: summary.as_ref().and_then(map::summary),
            topics: topics.as_ref().map(map::topics).unwrap_or_default(),
            mood: sentiments.as_ref().and_then(map::mood),
            action_items: items.as_ref().map(map::action_items).unwrap_or_default(),
            transcript: None,
        })
    }

    async fn recording_bytes(&self, id: &str) -> Result<Option<u64>, ReadError> {
        download::size(self, id).await
    }

    async fn download(
        &self,
        id: &str,
        into: &Path,
        most_bytes: u64,
        progress: &(dyn Fn(u64, Option<u64>) + Send + Sync),
    ) -> Result<Downloaded, DownloadError> {
        download::save(self, id, into, most_bytes, progress).await
    }

    fn budget(&self) -> Budget {
        self.wire.budget()
    }
}

#[async_trait]
impl Finds for Aircall {
    async fn find(&self, id: &str) -> Result<Source, DownloadError> {
        let call = self.raw_call(id).await.map_err(ReadError::from)?;
        let filled = |link: &&str| !link.trim().is_empty();
        let link = call.recording.as_deref().filter(filled);
        let link = link.or(call.voicemail.as_deref().filter(filled));
        let link = link.ok_or(DownloadError::Missing)?;
        let url = Url::parse(link.trim()).map_err(|_| ReadError::Unreadable)?;
        let started_at = call.started_at.ok_or(ReadError::Unreadable)?.0;
        Ok(Source {
            url,
            // The storage refuses whoever shows two permissions, and the key is not its business.
            authorization: None,
            plain: self.wire.base().scheme() == "http",
            call: path_id(id).map_err(ReadError::from)?,
            started_at,
        })
    }
}

#[async_trait]
impl Telephony for Aircall {
    fn name(&self) -> &str {
        NAME
    }

    fn state(&self) -> TelephonyState {
        self.wire.state()
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        let number = digits::checked(digits)?;
        if !number.starts_with('+') {
            return Err(DialError::NeedsCountry);
        }
        let ask = self.dial_ask(number)?;
        let starts = self.config.line.is_some();
        match self.ask(Class::Live, ask).await {
            Ok(_) => Ok(Dialed::HandedOver),
            // It may ring already: dialling again would call twice.
            Err(Fault::Unanswered) if starts => Ok(Dialed::HandedOver),
            Err(fault) => Err(not_dialed(fault)),
        }
    }
}

/// What a refusal to dial means. 405 speaks of a state: the agent's, or the line's.
fn not_dialed(fault: Fault) -> DialError {
    let of_line = |words: &str| words.to_ascii_lowercase().contains("number");
    match fault {
        Fault::NoKey => DialError::NotSetUp,
        Fault::Unauthorized => DialError::Unauthorized,
        Fault::Refused {
            status: 405 | 422,
            words,
        }
        | Fault::NotFound { words }
            if of_line(&words) =>
        {
            DialError::NoLine
        }
        Fault::Refused { status: 405, .. } => DialError::NotAvailable,
        Fault::NotFound { .. } => DialError::UnknownAgent,
        Fault::Refused { .. } | Fault::Forbidden { .. } => DialError::Refused,
        Fault::Keychain
        | Fault::NotSent
        | Fault::Unanswered
        | Fault::Busy { .. }
        | Fault::Broken
        | Fault::Unreadable => DialError::Unreachable,
    }
}
