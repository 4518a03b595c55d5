//! Allo, by its REST interface and its link.
//!
//! Allo places no call for anybody: a number is handed to its desktop app by a link of its own
//! scheme, and the agent calls. What happened is learned from its records once a call is over.
//! There are no remarks, and no card in its windows.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
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
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::cloud::download::{self, Finds, Source};
use crate::cloud::fault::{self, Fault};
use crate::cloud::pace::{Class, Limits};
use crate::cloud::said;
use crate::cloud::wire::Wire;
use crate::cloud::{fits, left_after, path_id, readable};
use crate::link::{LinkDialer, LinkOpener};

mod api;
pub mod dialer;
mod map;

/// Name of the source and `app` of its events.
pub const NAME: &str = "allo";
/// Where the key is kept.
pub const API_KEY: &str = "allo/api_key";

/// Allo grants twenty reads and five writes a second.
const LIMITS: Limits = Limits {
    stretch: SignedDuration::from_secs(1),
    most: [5, 4, 3],
    kept: [0, 2, 5],
    window: "second",
    left_header: "x-ratelimit-remaining",
    reset_header: "x-ratelimit-reset",
};
/// The app's own scheme. It never becomes a `tel:` link, which might come back to us.
const LINK: &str = "allo://call?number={number}";
/// The most rows Allo gives at once.
const PER_PAGE: usize = 100;
/// No list that is read as a whole has more pages than this.
const MOST_PAGES: u32 = 100;
/// Days are given in the team's own zone, which nobody tells: a day more on either side holds all.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What an Allo connection is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlloConfig {
    /// Address of the interface.
    pub api_url: String,
    /// Whether transcripts are read; off unless the user asked for them.
    pub transcript: bool,
}

impl AlloConfig {
    /// The configuration in the settings.
    pub fn from_settings(settings: &callside_core::settings::Settings) -> Self {
        Self {
            api_url: settings.telephony.allo.api_url.clone(),
            transcript: false,
        }
    }
}

/// A team's Allo.
pub struct Allo {
    config: AlloConfig,
    wire: Wire,
    secrets: Arc<dyn SecretStore>,
    clock: Arc<dyn Clock>,
    dialer: LinkDialer,
    key: Mutex<Option<Arc<Key>>>,
}

impl fmt::Debug for Allo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allo")
            .field("state", &self.wire.state())
            .finish_non_exhaustive()
    }
}

/// The key, and how Allo wants to see it.
struct Key {
    key: SecretString,
    form: Mutex<Form>,
}

/// Older keys go without a word before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `Api-Key KEY`; not proven yet.
    Presumed,
    /// `Api-Key KEY`.
    Prefixed,
    /// `KEY`.
    Raw,
}

impl Key {
    fn form(&self) -> Form {
        *self.form.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, form: Form) {
        *self.form.lock().unwrap_or_else(PoisonError::into_inner) = form;
    }

    fn header(&self, form: Form) -> Result<HeaderValue, Fault> {
        let key = self.key.expose_secret();
        let value = match form {
            Form::Presumed | Form::Prefixed => HeaderValue::from_str(&format!("Api-Key {key}")),
            Form::Raw => HeaderValue::from_str(key),
        };
        let mut value = value.map_err(|_| Fault::Unauthorized)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl Allo {
    /// A connection that uses the key in the keychain, and opens Allo's links by `opener`.
    ///
    /// # Errors
    /// [`HttpSetup`] when the address cannot be used.
    pub fn new(
        config: AlloConfig,
        secrets: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
        opener: Arc<dyn LinkOpener>,
    ) -> Result<Self, HttpSetup> {
        Ok(Self {
            wire: Wire::new(&config.api_url, LIMITS)?,
            config,
            secrets,
            clock,
            dialer: LinkDialer::new(LINK, opener),
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

    /// Keeps another key. [`CloudTelephony::check`] tells whether Allo takes it.
    ///
    /// # Errors
    /// [`SecretError`] when the keychain does not keep it.
    pub async fn keep_key(&self, key: &str) -> Result<(), SecretError> {
        *self.key() = None;
        self.secrets.keep(API_KEY, key.trim()).await
    }

    /// Forgets the key. Nothing else is lost.
    ///
    /// # Errors
    /// [`SecretError`] when the keychain does not let it go.
    pub async fn forget_key(&self) -> Result<(), SecretError> {
        *self.key() = None;
        self.wire.stands(TelephonyState::Off);
        self.secrets.forget(API_KEY).await
    }

    fn key(&self) -> MutexGuard<'_, Option<Arc<Key>>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, read once: a keychain may take its time, and may ask the agent.
    async fn held_key(&self) -> Result<Arc<Key>, Fault> {
        if let Some(key) = self.key().clone() {
            return Ok(key);
        }
        let Some(key) = self.secrets.read(API_KEY).await? else {
            self.wire.stands(TelephonyState::Off);
            return Err(Fault::NoKey);
        };
        let key = Arc::new(Key {
            key: key.into(),
            form: Mutex::new(Form::Presumed),
        });
        *self.key() = Some(Arc::clone(&key));
        Ok(key)
    }

    async fn send(&self, class: Class, ask: &Ask, form: Form, key: &Key) -> Result<Answer, Fault> {
        let mut request = self
            .wire
            .request(ask.method.clone(), &ask.path)?
            .header(AUTHORIZATION, key.header(form)?)
            .query(&ask.query);
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        if let Some(once) = &ask.once {
            request = request.header("idempotency-key", once);
        }
        self.wire.send(class, request).await
    }

    /// Sends one request, with the key in the form that Allo takes, and judges the answer.
    async fn ask(&self, class: Class, ask: Ask) -> Result<Answer, Fault> {
        let key = self.held_key().await?;
        let form = key.form();
        let mut answer = self.send(class, &ask, form, &key).await?;
        let mut used = form;
        if answer.status == 401 && form == Form::Presumed {
            used = Form::Raw;
            answer = self.send(class, &ask, used, &key).await?;
        }
        match (answer.status, used) {
            (401, _) => *self.key() = None,
            (200..=299, Form::Presumed) => key.learn(Form::Prefixed),
            (200..=299, Form::Raw) => key.learn(Form::Raw),
            _ => {}
        }
        judged(answer, ask.scope)
    }

    /// All rows of a list.
    async fn rows<T: DeserializeOwned>(&self, path: &str, scope: Scope) -> Result<Vec<T>, Fault> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let ask = Ask::get(path, scope)
                .with("page", page)
                .with("size", PER_PAGE);
            let page = page_of(&self.ask(Class::Read, ask).await?)?;
            all.extend(readable(page.rows));
            if !page.more {
                break;
            }
        }
        Ok(all)
    }

    async fn item(&self, id: &str) -> Result<api::Item, Fault> {
        let path = format!("/v2/api/conversations/items/{}", path_id(id)?);
        let mut ask = Ask::get(path, "CONVERSATIONS_READ");
        if self.config.transcript {
            ask = ask.with("extend", "transcript");
        }
        let answer: api::One = fault::json(&self.ask(Class::Read, ask).await?)?;
        let (api::One::Wrapped { data: item } | api::One::Bare(item)) = answer;
        Ok(self.seen(item))
    }

    /// The item without what nobody wants to read, even where it came unasked.
    fn seen(&self, mut item: api::Item) -> api::Item {
        if !self.config.transcript {
            item.transcript = None;
        }
        item
    }

    async fn put_tags(&self, id: &str, names: &[&str]) -> Result<(), Fault> {
        let path = format!("/v2/api/conversations/items/{}/tags", path_id(id)?);
        let ask = Ask::post(path, "TAGS_WRITE", json!({ "tags": names })).once();
        self.ask(Class::Read, ask).await.map(drop)
    }

    fn search(&self, wanted: &CallsWanted, page: u32) -> Ask {
        let sort = if wanted.newest_first {
            "DATE_DESC"
        } else {
            "DATE_ASC"
        };
        let back = wanted.since.checked_sub(DAY).unwrap_or(Timestamp::MIN);
        let ahead = wanted.until.checked_add(DAY).unwrap_or(Timestamp::MAX);
        let mut body = json!({
            "type": "CALL",
            "sort": sort,
            "page": page,
            "size": PER_PAGE,
            "date": {"from": day(back).to_string(), "to": day(ahead).to_string()},
        });
        let optional = [
            ("user_id", wanted.agent.clone()),
            ("allo_number", wanted.line.clone()),
            (
                "extend",
                self.config.transcript.then(|| "transcript".to_owned()),
            ),
        ];
        for (name, value) in optional {
            if let (Some(value), Some(fields)) = (value, body.as_object_mut()) {
                fields.insert(name.to_owned(), Value::String(value));
            }
        }
        Ask::post(
            "/v2/api/conversations/items/search",
            "CONVERSATIONS_READ",
            body,
        )
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The right that a request needs, in Allo's words.
type Scope = &'static str;

/// One request, before it is sent.
struct Ask {
    method: Method,
    path: String,
    scope: Scope,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// Names the write, so that it is done once however often it is sent.
    once: Option<String>,
}

impl Ask {
    fn get(path: impl Into<String>, scope: Scope) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            scope,
            query: Vec::new(),
            body: None,
            once: None,
        }
    }

    fn post(path: impl Into<String>, scope: Scope, body: Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(path, scope)
        }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// The same words on the same call are the same write.
    fn once(mut self) -> Self {
        let mut hasher = DefaultHasher::new();
        self.path.hash(&mut hasher);
        self.body.as_ref().map(Value::to_string).hash(&mut hasher);
        self.once = Some(format!("callside-{:016x}", hasher.finish()));
        self
    }
}

fn judged(answer: Answer, scope: Scope) -> Result<Answer, Fault> {
    let body = fault::refusal(&answer);
    // The older interface has no object around its words.
    let error = body
        .get("error")
        .filter(|error| error.is_object())
        .unwrap_or(&body);
    let word = |name: &str| error.get(name).and_then(Value::as_str);
    let words = word("message").or(word("code")).unwrap_or_default();
    match answer.status {
        401 => Err(Fault::Unauthorized),
        403 => Err(Fault::Forbidden {
            // A trial lacks no right; it is not allowed at all.
            scope: match word("code") {
                Some("API_KEY_INSUFFICIENT_SCOPE") => scope,
                _ => "",
            },
            words: callside_http::plain::line(words, said::LONGEST_LINE),
        }),
        _ => fault::judged(answer, words),
    }
}

/// A page of a list.
struct Listed {
    rows: Vec<Value>,
    /// Whether there are more pages.
    more: bool,
    /// Rows of the whole list, where Allo counts them.
    total: Option<u64>,
}

fn page_of(answer: &Answer) -> Result<Listed, Fault> {
    let page: api::Page = fault::json(answer)?;
    let pagination = page.pagination.unwrap_or_default();
    Ok(Listed {
        // An empty page ends every walk, whatever it says.
        more: pagination.has_more == Some(true) && !page.data.is_empty(),
        total: pagination.total_count,
        rows: page.data,
    })
}

#[async_trait]
impl CloudTelephony for Allo {
    fn name(&self) -> &str {
        NAME
    }

    async fn check(&self) -> Result<(), ReadError> {
        self.ask(Class::Read, Ask::get("/v2/api/me", "")).await?;
        Ok(())
    }

    async fn agents(&self) -> Result<Vec<CloudAgent>, ReadError> {
        let users: Vec<api::User> = self.rows("/v2/api/users", "USERS_READ").await?;
        Ok(users.iter().filter_map(map::agent).collect())
    }

    async fn lines(&self, agent: Option<&str>) -> Result<Vec<CloudLine>, ReadError> {
        let numbers: Vec<api::Number> = self.rows("/v2/api/numbers", "PHONE_NUMBERS_READ").await?;
        let own = |number: &&api::Number| agent.is_none_or(|agent| map::is_of(number, agent));
        Ok(numbers.iter().filter(own).filter_map(map::line).collect())
    }

    async fn tags(&self) -> Result<Vec<CloudTag>, ReadError> {
        let tags: Vec<api::Tag> = self.rows("/v2/api/tags", "TAGS_READ").await?;
        Ok(tags.iter().filter_map(map::tag).collect())
    }

    async fn calls(
        &self,
        wanted: &CallsWanted,
        after: Option<&str>,
    ) -> Result<CallsPage, ReadError> {
        let page: u32 = match after {
            Some(text) => text.parse().map_err(|_| ReadError::CursorLost)?,
            None => 1,
        };
        let answer = self.ask(Class::Import, self.search(wanted, page)).await?;
        let Listed { rows, more, total } = page_of(&answer)?;
        let count = rows.len();
        let now = self.clock.now();
        let calls = readable(rows).filter_map(|item| map::call(&self.seen(item), now));
        Ok(CallsPage {
            calls: calls.filter(|call| fits(call, wanted)).collect(),
            next: more.then(|| page.saturating_add(1).to_string()),
            looked_at: count as u64,
            left: total.map(|total| left_after(total, page, PER_PAGE, count)),
        })
    }

    async fn call(&self, id: &str) -> Result<CloudCall, ReadError> {
        let call = map::call(&self.item(id).await?, self.clock.now());
        call.ok_or(ReadError::Unreadable)
    }

    fn replaces_tags(&self) -> bool {
        false
    }

    async fn add_tags(
        &self,
        id: &str,
        _there: &[CloudTag],
        tags: &[CloudTag],
    ) -> Result<(), DeliveryError> {
        let names: Vec<&str> = tags.iter().map(|tag| tag.id.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let refused = match self.put_tags(id, &names).await {
            Err(fault @ (Fault::Refused { .. } | Fault::NotFound { .. })) => fault,
            other => return other.map_err(Fault::of_repeatable),
        };
        // One of them may have been deleted since it was picked.
        let known: Vec<api::Tag> = self
            .rows("/v2/api/tags", "TAGS_READ")
            .await
            .map_err(Fault::of_repeatable)?;
        let is_known = |name: &&str| known.iter().any(|tag| tag.name.as_deref() == Some(*name));
        let kept: Vec<&str> = names.iter().copied().filter(is_known).collect();
        if kept.len() == names.len() {
            return Err(refused.of_repeatable());
        }
        if kept.is_empty() {
            return Ok(());
        }
        let again = self.put_tags(id, &kept).await;
        again.map_err(Fault::of_repeatable)
    }

    /// Allo keeps no remarks: the note stays in the CRM.
    async fn comment(&self, _id: &str, _text: &str) -> Result<(), DeliveryError> {
        Err(DeliveryError::Refused {
            words: "Allo takes no notes".to_owned(),
        })
    }

    /// Allo has no place for a card.
    async fn show_card(&self, _id: &str, _lines: &[InsightLine]) -> Result<(), DeliveryError> {
        Ok(())
    }

    async fn insights(&self, id: &str) -> Result<CallInsights, ReadError> {
        match self.item(id).await {
            Ok(item) => Ok(map::insights(&item)),
            Err(Fault::NotFound { .. } | Fault::Forbidden { .. }) => Ok(CallInsights::default()),
            Err(fault) => Err(fault.into()),
        }
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
impl Finds for Allo {
    async fn find(&self, id: &str) -> Result<Source, DownloadError> {
        let item = self.item(id).await.map_err(ReadError::from)?;
        let link = item.recording_url.as_deref().unwrap_or_default().trim();
        if link.is_empty() {
            return Err(DownloadError::Missing);
        }
        let url = Url::parse(link).map_err(|_| ReadError::Unreadable)?;
        // Recordings that Allo keeps itself are shown to its keys; no other host sees one.
        let authorization = if url.origin() == self.wire.base().origin() {
            let key = self.held_key().await.map_err(ReadError::from)?;
            Some(key.header(key.form()).map_err(ReadError::from)?)
        } else {
            None
        };
        Ok(Source {
            url,
            authorization,
            plain: self.wire.base().scheme() == "http",
            call: path_id(id).map_err(ReadError::from)?,
            started_at: item.date.ok_or(ReadError::Unreadable)?.0,
        })
    }
}

#[async_trait]
impl Telephony for Allo {
    fn name(&self) -> &str {
        NAME
    }

    fn state(&self) -> TelephonyState {
        self.wire.state()
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        match self.dialer.dial(digits).await {
            // The link is ours, so no setting can mend it: its scheme leads back to us.
            Err(DialError::BadSetting { .. }) => Err(DialError::Refused),
            other => other,
        }
    }
}
