//! Sellsy.
//!
//! What a call costs: nothing while the phone rings; one request for the open opportunities of a
//! client or prospect, two for those of a contact person, none for a supplier; one for the log.
//! Everything rarer (a doubt, a vanished record, a late note) may cost more.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::contact::{Company, Contact, ContactKind, ContactRef, Role};
use callside_core::id::{ConnectionId, Marker, RemoteId};
use callside_core::insight::{LiveFacts, OpportunityRule};
use callside_core::outbox::{CallLog, DeliveryError, Logged};
use callside_core::ports::{
    Amended, Budget, BudgetSample, Clock, Crm, ForeignCall, Identity, NewContact, ReadError,
    SecretStore,
};
use callside_core::sync::{SyncCursor, SyncPage, SyncWalk};
use callside_http::{Answer, Http, HttpSetup};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::budget::{Class, QuotaLeft, Window};
use crate::fault::{Fault, judged};
use crate::oauth::{Authority, GrantKind, OauthConfig, SignIn, SignInError};
use crate::pace::{Gate, Room, Turn};
use crate::spending::Spending;

mod api;
mod cursor;
mod doubles;
mod log;
mod map;
mod smart_tags;
mod walk;

use cursor::Resource;
use map::{Links, Mapping};

/// The most rows Sellsy gives at once.
const PAGE: u32 = 100;
/// The staff list and the lack of a right are remembered this long.
const REMEMBER: SignedDuration = SignedDuration::from_hours(1);
/// No list that is read as a whole has more pages than this.
const MOST_PAGES: usize = 50;

/// What a Sellsy connection is made from.
#[derive(Clone)]
pub struct SellsyConfig {
    /// The connection's name, `sellsy`.
    pub connection: ConnectionId,
    /// Address of the interface, without a slash at its end.
    pub api_url: String,
    /// Address of the sign-in, without a slash at its end.
    pub login_url: String,
    /// Address of the web application.
    pub web_url: String,
    /// The access's id.
    pub client_id: String,
    /// The agent's e-mail address, by which the agent is found where nobody signs in.
    pub agent_email: String,
    /// The staff member chosen by hand, where the e-mail address does not tell.
    pub agent_id: Option<RemoteId>,
    /// Loopback ports registered with the access.
    pub redirect_ports: Vec<u16>,
    /// Which of several open opportunities a log goes to.
    pub opportunity: OpportunityRule,
    /// Whether the agent's tags are also put on the record.
    pub smart_tags: bool,
}

impl fmt::Debug for SellsyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SellsyConfig")
            .field("connection", &self.connection)
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

impl SellsyConfig {
    /// The configuration in the settings.
    pub fn from_settings(settings: &callside_core::settings::Settings) -> Self {
        let sellsy = &settings.crm.sellsy;
        Self {
            connection: ConnectionId::new("sellsy"),
            api_url: sellsy.api_url.clone(),
            login_url: sellsy.login_url.clone(),
            web_url: sellsy.web_url.clone(),
            client_id: sellsy.client_id.clone(),
            agent_email: settings.agent.email.clone(),
            agent_id: None,
            redirect_ports: sellsy.redirect_ports.clone(),
            opportunity: sellsy.opportunity,
            smart_tags: sellsy.smart_tags,
        }
    }
}

/// A setting keeps the connection from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SellsySetup {
    /// An address cannot be used.
    #[error("set up Sellsy: the address in {key} cannot be used")]
    BadAddress {
        /// Dotted name of the setting.
        key: &'static str,
    },
}

/// One signed-in Sellsy account.
pub struct Sellsy {
    config: SellsyConfig,
    http: Http,
    gate: Gate,
    spending: Mutex<Spending>,
    authority: Arc<Authority>,
    clock: Arc<dyn Clock>,
    links: Links,
    known: Mutex<Known>,
}

/// What was learned and is not asked again for a while.
#[derive(Default)]
struct Known {
    /// The agent, and which sign-in that was.
    identity: Option<(u64, Identity)>,
    staff: Option<(Timestamp, Arc<BTreeMap<i64, String>>)>,
    /// Rights that were found missing, and when.
    missing: BTreeMap<&'static str, Timestamp>,
}

impl fmt::Debug for Sellsy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sellsy")
            .field("connection", &self.config.connection)
            .finish_non_exhaustive()
    }
}

/// One request, before it is sent.
struct Ask {
    class: Class,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    scope: &'static str,
}

impl Ask {
    fn get(class: Class, path: impl Into<String>, scope: &'static str) -> Self {
        let (query, body) = (Vec::new(), None);
        Self {
            class,
            method: Method::GET,
            path: path.into(),
            query,
            body,
            scope,
        }
    }

    fn post(class: Class, path: impl Into<String>, scope: &'static str, body: Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(class, path, scope)
        }
    }

    fn put(class: Class, path: impl Into<String>, scope: &'static str, body: Value) -> Self {
        Self {
            method: Method::PUT,
            body: Some(body),
            ..Self::get(class, path, scope)
        }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Addresses and tags, where the record is to be shown.
    fn with_embeds(self) -> Self {
        ["smart_tags", "invoicing_address", "delivery_address"]
            .into_iter()
            .fold(self, |ask, embed| ask.with("embed[]", embed))
    }
}

impl Sellsy {
    /// A connection that uses the sign-in in the keychain.
    ///
    /// # Errors
    /// [`SellsySetup`].
    pub fn new(
        config: SellsyConfig,
        secrets: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SellsySetup> {
        Self::build(config, secrets, clock, Http::for_service)
    }

    /// The same connection, whose requests take the way of this client: for tests that answer them
    /// in the same process.
    ///
    /// # Errors
    /// [`SellsySetup`].
    pub fn over(
        http: &Http,
        config: SellsyConfig,
        secrets: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SellsySetup> {
        Self::build(config, secrets, clock, |_| Ok(http.clone()))
    }

    fn build(
        config: SellsyConfig,
        secrets: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
        http_for: impl Fn(&Url) -> Result<Http, HttpSetup>,
    ) -> Result<Self, SellsySetup> {
        let bad_api = SellsySetup::BadAddress {
            key: "crm.sellsy.api_url",
        };
        let bad_login = SellsySetup::BadAddress {
            key: "crm.sellsy.login_url",
        };
        let api = Url::parse(&config.api_url).map_err(|_| bad_api)?;
        let login = |path: &str| {
            let base = config.login_url.trim_end_matches('/');
            Url::parse(&format!("{base}/{path}")).map_err(|_| bad_login)
        };
        let oauth = OauthConfig {
            connection: config.connection.clone(),
            authorize_url: login("authorization")?,
            token_url: login("access-tokens")?,
            client_id: config.client_id.clone(),
            redirect_ports: config.redirect_ports.clone(),
        };
        let login_http = http_for(&oauth.token_url).map_err(|_| bad_login)?;
        let authority = Authority::over(login_http, oauth, secrets, Arc::clone(&clock));
        Ok(Self {
            http: http_for(&api).map_err(|_| bad_api)?,
            gate: Gate::default(),
            spending: Mutex::default(),
            authority: Arc::new(authority),
            clock,
            links: Links::new(&config.web_url),
            known: Mutex::default(),
            config,
        })
    }

    /// The same connection with its pace on another clock, for tests that move the time by hand.
    #[must_use]
    pub fn with_pace_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.gate = Gate::with_clock(clock);
        self
    }

    /// Begins a sign-in with the browser.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn begin_sign_in(&self) -> Result<SignIn, SignInError> {
        self.authority.begin_sign_in().await
    }

    /// Signs in by client credentials.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_with_credentials(&self, secret: &str) -> Result<(), SignInError> {
        self.authority.sign_in_with_credentials(secret).await
    }

    /// Keeps the client secret that goes with a browser sign-in, where the access has one.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn keep_client_secret(&self, secret: &str) -> Result<(), SignInError> {
        self.authority.keep_client_secret(secret).await
    }

    /// How the connection is signed in; None when it never was, or signed out.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn grant(&self) -> Result<Option<GrantKind>, SignInError> {
        self.authority.grant().await
    }

    /// Forgets the sign-in. Nothing else is lost.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_out(&self) -> Result<(), SignInError> {
        *self.known() = Known::default();
        self.authority.sign_out().await
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spending(&self) -> MutexGuard<'_, Spending> {
        self.spending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one request: with a token, through the gate, once more with a fresh token when the
    /// old one is not taken.
    async fn ask(&self, ask: Ask) -> Result<Answer, Fault> {
        let (answer, _) = self.ask_in_turn(ask, Turn::Alone).await?;
        Ok(answer)
    }

    /// The same, and room for the write if this is a look for one.
    async fn ask_in_turn(&self, ask: Ask, turn: Turn) -> Result<(Answer, Option<Room<'_>>), Fault> {
        let mut spent = None;
        loop {
            let access = self
                .authority
                .access(spent)
                .await
                .map_err(|e| e.as_fault())?;
            let pass = self.gate.pass(ask.class, turn).await;
            let pass = pass.map_err(|late| Fault::Busy {
                retry_after: Some(late.retry_after),
            })?;
            let request = self
                .request(&ask, access.token())
                .map_err(|_| Fault::Unreadable)?;
            let number = self.spending().took(ask.class, self.clock.now());
            let answer = self.http.send(request).await?;
            self.gate.answered(&pass, &answer);
            let left = QuotaLeft::read(&answer.headers);
            let refused = answer.status == 429;
            let now = self.clock.now();
            self.spending().answered(number, &left, refused, now);
            if answer.status == 401 && spent.is_none() {
                spent = Some(access.generation());
                continue;
            }
            return Ok((judged(answer, ask.scope)?, pass.room));
        }
    }

    fn request(&self, ask: &Ask, token: &str) -> Result<reqwest::Request, NoRequest> {
        let base = self.config.api_url.trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}{}", ask.path)).map_err(|_| NoRequest)?;
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        let mut request = self
            .http
            .request(ask.method.clone(), url)
            .bearer_auth(token)
            .header(reqwest::header::ACCEPT, "application/json");
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        request.build().map_err(|_| NoRequest)
    }

    async fn read<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, Fault> {
        read_as(&self.ask(ask).await?)
    }

    /// The agent, asked once per sign-in.
    async fn me(&self, class: Class) -> Result<Identity, ReadError> {
        let sign_in = self.authority.sign_ins();
        if let Some((of, identity)) = &self.known().identity
            && *of == sign_in
        {
            return Ok(identity.clone());
        }
        self.ask_who_i_am(class).await
    }

    async fn ask_who_i_am(&self, class: Class) -> Result<Identity, ReadError> {
        // Read before asking: whoever signs in meanwhile is asked about anew.
        let sign_in = self.authority.sign_ins();
        let ask = Ask::get(class, "/staffs/me", "staffs.read").with("embed[]", "account");
        let me: api::Staff = self.read(ask).await.map_err(Fault::of_read)?;
        let account = self.account_of(&me);
        let by_credentials = self.authority.grant().await? == Some(GrantKind::ClientCredentials);
        let agent = if by_credentials {
            self.agent_among_staff(class, me).await?
        } else {
            me
        };
        let identity = Identity {
            account,
            agent: RemoteId::new(agent.id.to_string()),
            agent_name: map::staff_name(&agent),
        };
        self.known().identity = Some((sign_in, identity.clone()));
        Ok(identity)
    }

    /// The account's id; the access's id stands in where the agent may not see the account.
    fn account_of(&self, me: &api::Staff) -> String {
        let account = me.embed.as_ref().and_then(|embed| embed.account.as_ref());
        let id = account.and_then(|account| match &account.id {
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::String(text)) => Some(text.clone()),
            _ => account.uuid.clone(),
        });
        id.unwrap_or_else(|| format!("client:{}", self.config.client_id))
    }

    /// Client credentials act as whoever owns the access. The agent is the staff member with the
    /// agent's e-mail address, or the one chosen by hand; nobody is guessed.
    async fn agent_among_staff(
        &self,
        class: Class,
        owner: api::Staff,
    ) -> Result<api::Staff, ReadError> {
        let wanted = self.config.agent_email.trim().to_lowercase();
        let chosen = self.config.agent_id.as_ref();
        let is_agent = |staff: &api::Staff| match chosen {
            Some(id) => id.as_str() == staff.id.to_string(),
            None => {
                let email = staff
                    .email
                    .as_deref()
                    .unwrap_or_default()
                    .trim()
                    .to_lowercase();
                !wanted.is_empty() && email == wanted && staff.status.as_deref() != Some("deleted")
            }
        };
        if is_agent(&owner) {
            return Ok(owner);
        }
        let mut found: Vec<api::Staff> = self
            .all_staff(class)
            .await
            .map_err(Fault::of_read)?
            .into_iter()
            .filter(is_agent)
            .collect();
        match (found.pop(), found.is_empty()) {
            (Some(agent), true) => Ok(agent),
            _ => Err(ReadError::AgentUnknown),
        }
    }

    async fn all_staff(&self, class: Class) -> Result<Vec<api::Staff>, Fault> {
        let mut staff = Vec::new();
        let mut offset = None;
        for _ in 0..MOST_PAGES {
            let ask = Ask::get(class, "/staffs", "staffs.read")
                .with("limit", PAGE)
                .with("order", "id");
            let page: api::Page = self.read(at_offset(ask, offset.as_ref())).await?;
            staff.extend(rows::<api::Staff>(&page));
            offset = next_offset(&page);
            if offset.is_none() {
                break;
            }
        }
        Ok(staff)
    }

    /// Names of the staff. Without the right to read them contacts have no owner's name.
    async fn staff_names(&self, class: Class) -> Result<Arc<BTreeMap<i64, String>>, Fault> {
        let now = self.clock.now();
        if let Some((at, names)) = &self.known().staff
            && now.duration_since(*at) < REMEMBER
        {
            return Ok(Arc::clone(names));
        }
        let staff = match self.all_staff(class).await {
            Ok(staff) => staff,
            Err(Fault::Forbidden { .. } | Fault::Refused { .. } | Fault::NotFound { .. }) => {
                Vec::new()
            }
            Err(other) => return Err(other),
        };
        let names = staff.iter().map(|staff| (staff.id, map::staff_name(staff)));
        let names: Arc<BTreeMap<i64, String>> = Arc::new(names.collect());
        self.known().staff = Some((now, Arc::clone(&names)));
        Ok(names)
    }

    /// The limits as Sellsy states them. They are known from the headers too, only later and less
    /// exactly, so a failure changes nothing.
    async fn learn_limits(&self) {
        let ask = Ask::get(Class::SignIn, "/quotas", "accounts.read");
        if self.lacks(ask.scope) {
            return;
        }
        let quotas: api::Quotas = match self.read(ask).await {
            Ok(quotas) => quotas,
            Err(fault) => {
                self.note_missing(&fault);
                return;
            }
        };
        let windows = [
            (Window::Second, quotas.api_rate_seconds),
            (Window::Minute, quotas.api_rate_minutes),
            (Window::Day, quotas.api_rate_days),
            (Window::Month, quotas.api_rate_months),
        ];
        for (window, quota) in windows {
            if let Some(api::Quota {
                limit: Some(limit),
                used,
            }) = quota
            {
                self.gate.told(window, limit, used.unwrap_or(0));
            }
        }
    }

    fn lacks(&self, scope: &str) -> bool {
        let now = self.clock.now();
        let known = self.known();
        known
            .missing
            .get(scope)
            .is_some_and(|at| now.duration_since(*at) < REMEMBER)
    }

    fn note_missing(&self, fault: &Fault) {
        if let Fault::Forbidden { scope, .. } = fault {
            self.known().missing.insert(scope, self.clock.now());
        }
    }

    /// A question whose right may be missing: then nothing is the answer, and it is not asked
    /// again for a while.
    async fn read_if_allowed<T: DeserializeOwned>(&self, ask: Ask) -> Result<Option<T>, Fault> {
        if self.lacks(ask.scope) {
            return Ok(None);
        }
        match self.read(ask).await {
            Ok(answer) => Ok(Some(answer)),
            Err(fault @ Fault::Forbidden { .. }) => {
                self.note_missing(&fault);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    async fn facts(
        &self,
        class: Class,
        contact: &ContactRef,
        role: Option<Role>,
    ) -> Result<LiveFacts, Fault> {
        let id = numeric(&contact.id)?;
        match contact.kind {
            _ if role == Some(Role::Supplier) => Ok(LiveFacts::default()),
            ContactKind::Individual => {
                let page = self.links.record(contact.kind, role, contact.id.as_str());
                self.opportunities(
                    class,
                    api::Link {
                        kind: "individual",
                        id,
                    },
                    &page,
                )
                .await
            }
            ContactKind::Company => {
                let page = self.links.record(contact.kind, role, contact.id.as_str());
                self.opportunities(
                    class,
                    api::Link {
                        kind: "company",
                        id,
                    },
                    &page,
                )
                .await
            }
            ContactKind::Contact => self.facts_of_person(class, id).await,
            _ => Ok(LiveFacts::default()),
        }
    }

    async fn facts_of_person(&self, class: Class, id: i64) -> Result<LiveFacts, Fault> {
        let ask = Ask::get(class, format!("/contacts/{id}/companies"), "companies.read");
        let Some(page) = self.read_if_allowed::<api::Page>(ask).await? else {
            return Ok(LiveFacts::default());
        };
        let none = BTreeMap::new();
        let mapping = self.mapping(&none);
        let companies: Vec<Company> = rows::<api::Record>(&page)
            .iter()
            .map(|row| mapping.company(row))
            .collect();
        let mut facts = match main_company(&companies) {
            Some(company) if company.role != Some(Role::Supplier) => {
                let id = numeric(&company.id)?;
                let page = company.url.clone().unwrap_or_default();
                self.opportunities(
                    class,
                    api::Link {
                        kind: "company",
                        id,
                    },
                    &page,
                )
                .await?
            }
            _ => LiveFacts::default(),
        };
        facts.companies = companies;
        Ok(facts)
    }

    async fn opportunities(
        &self,
        class: Class,
        of: api::Link,
        page_url: &str,
    ) -> Result<LiveFacts, Fault> {
        // The oldest stand first; for any other rule all have to be seen.
        let limit = match self.config.opportunity {
            OpportunityRule::Oldest | OpportunityRule::None => 5,
            OpportunityRule::Newest | OpportunityRule::Largest => PAGE,
        };
        let body = json!({"filters": {"related_objects": [of], "statuses": ["open", "late"]}});
        let ask = Ask::post(class, "/opportunities/search", "opportunities.read", body)
            .with("limit", limit)
            .with("order", "created")
            .with("direction", "asc");
        let page: Option<api::Page> = self.read_if_allowed(ask).await?;
        let rows = page
            .map(|page| rows::<api::Opportunity>(&page))
            .unwrap_or_default();
        let opportunities = rows
            .iter()
            .filter_map(|row| map::opportunity(row, &of, Some(page_url)))
            .collect();
        Ok(LiveFacts {
            companies: Vec::new(),
            opportunities,
        })
    }

    fn mapping<'a>(&'a self, staff: &'a BTreeMap<i64, String>) -> Mapping<'a> {
        Mapping {
            connection: &self.config.connection,
            links: &self.links,
            staff,
        }
    }
}

/// The URL of a request could not be built.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("build a request for Sellsy: it is not well formed")]
struct NoRequest;

/// The company a contact person's log belongs to: the first that buys or may buy, else the first.
fn main_company(companies: &[Company]) -> Option<&Company> {
    let buys = |company: &&Company| company.role != Some(Role::Supplier);
    companies.iter().find(buys).or_else(|| companies.first())
}

fn resource_of(kind: ContactKind) -> Option<Resource> {
    cursor::RESOURCES
        .into_iter()
        .find(|resource| resource.kind == kind)
}

/// Sellsy's ids are numbers; an id that is none belongs to no record.
fn numeric(id: &RemoteId) -> Result<i64, Fault> {
    let gone = Fault::NotFound {
        words: String::new(),
        fields: Vec::new(),
    };
    id.as_str().parse().map_err(|_| gone)
}

fn read_as<T: DeserializeOwned>(answer: &Answer) -> Result<T, Fault> {
    serde_json::from_slice(&answer.body).map_err(|_| Fault::Unreadable)
}

/// The rows of a page that can be read.
fn rows<T: DeserializeOwned>(page: &api::Page) -> Vec<T> {
    page.data
        .iter()
        .filter_map(|row| T::deserialize(row).ok())
        .collect()
}

/// Where the next page begins. Even the last page names an offset, so the number of rows decides.
fn next_offset(page: &api::Page) -> Option<api::Offset> {
    let full = page.data.len() >= PAGE as usize;
    let offset = page.pagination.as_ref()?.offset.clone()?;
    full.then_some(offset)
}

fn at_offset(ask: Ask, offset: Option<&api::Offset>) -> Ask {
    match offset {
        Some(offset) => ask.with("offset", offset.to_query()),
        None => ask,
    }
}

#[async_trait]
impl Crm for Sellsy {
    fn connection(&self) -> ConnectionId {
        self.config.connection.clone()
    }

    async fn identity(&self) -> Result<Identity, ReadError> {
        // Asked anew, since this is the test of a connection. What is known stays for the logs.
        let identity = self.ask_who_i_am(Class::SignIn).await?;
        self.learn_limits().await;
        Ok(identity)
    }

    async fn pull(
        &self,
        walk: SyncWalk,
        cursor: Option<&SyncCursor>,
    ) -> Result<SyncPage, ReadError> {
        self.walk_page(walk, cursor).await
    }

    async fn contact(&self, at: &ContactRef) -> Result<Contact, ReadError> {
        let resource = resource_of(at.kind).ok_or(ReadError::Gone)?;
        let id = numeric(&at.id).map_err(Fault::of_read)?;
        let path = format!("/{}/{id}", resource.path);
        let ask = Ask::get(Class::Card, path, resource.scope).with_embeds();
        let record: api::Record = self.read(ask).await.map_err(Fault::of_read)?;
        let staff = self
            .known()
            .staff
            .as_ref()
            .map(|(_, names)| Arc::clone(names));
        let staff = staff.unwrap_or_default();
        Ok(self.mapping(&staff).contact(at.kind, &record))
    }

    async fn live_facts(
        &self,
        contact: &ContactRef,
        role: Option<Role>,
    ) -> Result<LiveFacts, ReadError> {
        self.facts(Class::Card, contact, role)
            .await
            .map_err(Fault::of_read)
    }

    async fn log_call(&self, log: &CallLog) -> Result<Logged, DeliveryError> {
        let logged = self.write_log(log).await?;
        self.tag_record(log).await;
        Ok(logged)
    }

    async fn find_log(
        &self,
        marker: &Marker,
        since: Timestamp,
    ) -> Result<Option<Logged>, DeliveryError> {
        self.look_for_log(marker, since).await
    }

    async fn amend_log(&self, logged: &Logged, log: &CallLog) -> Result<Amended, DeliveryError> {
        let amended = self.change_log(logged, log).await?;
        self.tag_record(log).await;
        Ok(amended)
    }

    async fn foreign_calls(
        &self,
        since: Timestamp,
        urgent: bool,
    ) -> Result<Vec<ForeignCall>, ReadError> {
        self.calls_of_others(since, urgent).await
    }

    async fn enrich_call(
        &self,
        foreign: &RemoteId,
        log: &CallLog,
    ) -> Result<Logged, DeliveryError> {
        self.write_beside(foreign, log).await
    }

    async fn create_contact(&self, new: &NewContact) -> Result<Contact, DeliveryError> {
        self.create(new).await
    }

    fn budget(&self) -> Budget {
        self.gate.report()
    }

    fn spending(&self, since: Timestamp) -> Vec<BudgetSample> {
        self.spending().since(since)
    }
}

#[cfg(test)]
mod document;
#[cfg(test)]
mod tests;
