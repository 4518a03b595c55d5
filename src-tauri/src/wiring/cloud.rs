//! The telephony services in the cloud: connecting to them with a key, who the agent is there,
//! and coming back to them at the next start.
//!
//! The key lives where secrets live and nowhere else. What the service said of the account (who
//! the agent is, the lines, the tags) is a fact in the journal, so that a start asks for nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use callside_core::call::{CallEvent, CallState};
use callside_core::cloud_call::{CloudAgent, CloudLine, CloudTag, same_address};
use callside_core::ports::{
    CallEvents as _, CloudTelephony, DialError, Dialed, ReadError, SecretError, SecretStore,
    Telephony, TelephonyState,
};
use callside_core::settings::Settings;
use callside_engine::cloud::{CloudSetup, CloudState};
use callside_engine::events::EngineEvent;
use callside_keychain::SessionStore;
use callside_store::StoreError;
use callside_telephony::allo::dialer::Shape;
use callside_telephony::{Aircall, AircallConfig, Allo, AlloConfig, SystemOpener};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use zeroize::Zeroizing;

use super::{App, Mode, lock};
use crate::handlers::leads_back;
use crate::text::{Text, crm_name};
use crate::workspace::not_understood::NotUnderstood;
use crate::workspace::{AskFailed, CallNews, StandingWords, Workspace};

/// Lines and tags that were read longer ago are read again.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(12);
/// Fact under which the bones of messages are kept that nobody understands.
const NOT_UNDERSTOOD: &str = "not_understood/allo";

/// A telephony service that this version can connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Aircall.
    Aircall,
    /// Allo.
    Allo,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Aircall, Self::Allo];

    /// Its short name, equal to the `app` of its calls.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aircall => "aircall",
            Self::Allo => "allo",
        }
    }

    /// Finds one by its short name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.as_str() == word)
    }

    /// Under which handles its secrets are kept.
    fn secrets(self) -> &'static [&'static str] {
        match self {
            Self::Aircall => &["aircall/api_id", "aircall/api_token"],
            Self::Allo => &["allo/api_key"],
        }
    }

    fn fact(self) -> String {
        format!("cloud/{}", self.as_str())
    }
}

/// The secrets of a service, in the order in which the vendor names them.
pub enum Keys {
    /// API id and API token.
    Aircall {
        /// The id.
        id: Zeroizing<String>,
        /// The token.
        token: Zeroizing<String>,
    },
    /// API key.
    Allo {
        /// The key.
        key: Zeroizing<String>,
    },
}

impl Keys {
    /// Which service they are for.
    pub fn service(&self) -> Service {
        match self {
            Self::Aircall { .. } => Service::Aircall,
            Self::Allo { .. } => Service::Allo,
        }
    }

    /// From a form or the command line; a service with one key has no use for the id.
    pub fn of(service: Service, id: Zeroizing<String>, secret: Zeroizing<String>) -> Self {
        match service {
            Service::Aircall => Self::Aircall { id, token: secret },
            Service::Allo => Self::Allo { key: secret },
        }
    }

    fn values(&self) -> Vec<&str> {
        match self {
            Self::Aircall { id, token } => vec![id.trim(), token.trim()],
            Self::Allo { key } => vec![key.trim()],
        }
    }

    async fn keep(&self, secrets: &dyn SecretStore) -> Result<(), SecretError> {
        for (handle, value) in self.service().secrets().iter().zip(self.values()) {
            secrets.keep(handle, value).await?;
        }
        Ok(())
    }
}

/// What a service said of the account. Holds names and addresses, and no secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who the agent is there; None while nobody knows.
    pub agent: Option<CloudAgent>,
    /// Whether the agent was picked by hand rather than found by e-mail address.
    #[serde(default)]
    pub by_hand: bool,
    /// The agent's lines; the company's while the agent is not known.
    pub lines: Vec<CloudLine>,
    /// The company's tags, with their colours.
    pub tags: Vec<CloudTag>,
    /// When lines and tags were read.
    pub read_at: Option<Timestamp>,
}

/// Why a service is not connected.
#[derive(Debug, thiserror::Error)]
pub enum CloudFailed {
    /// A field was left empty.
    #[error("connect a telephony service: the key is empty")]
    NoKey,
    /// The service did not answer as it should; [`ReadError::Unauthorized`] is a wrong key.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The key is good, and the agent that was known is not among its people.
    #[error("connect a telephony service: the key belongs to another company")]
    OtherCompany,
    /// Nobody there is meant.
    #[error("connect a telephony service: there is no such agent")]
    NoSuchAgent,
    /// It was never connected.
    #[error("connect a telephony service: it is not connected")]
    NotConnected,
    /// A setting cannot work.
    #[error("connect a telephony service: the address in the settings cannot be used")]
    BadAddress,
    /// The keychain failed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The journal cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CloudFailed {
    /// Why, as a sentence.
    pub fn sentence(&self, service: Service, text: &Text) -> String {
        let id = match self {
            Self::NoKey => "rust-cloud-no-key",
            Self::Read(ReadError::Unauthorized) => "rust-cloud-wrong-key",
            Self::Read(ReadError::Forbidden { .. }) => "rust-cloud-forbidden",
            Self::Read(ReadError::Offline) => "rust-connection-unreachable",
            Self::Read(ReadError::Busy { .. }) => "rust-reason-limited",
            Self::Read(_) => "rust-connection-unreadable",
            Self::OtherCompany => "rust-cloud-other-company",
            Self::NoSuchAgent => "rust-cloud-no-such-agent",
            Self::NotConnected => "rust-cloud-not-connected",
            Self::BadAddress => "rust-cloud-bad-address",
            Self::Secret(_) => "rust-connect-keychain",
            Self::Store(_) => "rust-error-store",
        };
        text.say_with(id, &[("crm", crm_name(service.as_str()))])
    }
}

/// What is attached at the moment.
#[derive(Default)]
pub struct Clouds {
    members: Mutex<BTreeMap<Service, Member>>,
    aircall: Arc<Window>,
    allo: Arc<Window>,
    not_understood: Mutex<NotUnderstood>,
}

/// A service's own window.
#[derive(Default)]
struct Window {
    workspace: Mutex<Option<Workspace>>,
    /// It is wanted, and could not be made.
    missing: AtomicBool,
}

impl Window {
    fn taking_calls(&self) -> Option<Workspace> {
        let workspace = lock(&self.workspace).clone()?;
        workspace.standing().takes_calls().then_some(workspace)
    }
}

#[derive(Clone)]
struct Member {
    port: Arc<dyn CloudTelephony>,
    account: Account,
    /// Why it does not work, since it was last tried.
    trouble: Option<String>,
}

impl Clouds {
    /// What is known of the account at a connected service.
    pub fn account(&self, service: Service) -> Option<Account> {
        let members = lock(&self.members);
        members.get(&service).map(|member| member.account.clone())
    }

    /// Why a connected service does not work, for people.
    pub fn trouble(&self, service: Service) -> Option<String> {
        lock(&self.members).get(&service)?.trouble.clone()
    }

    fn window(&self, service: Service) -> &Arc<Window> {
        match service {
            Service::Aircall => &self.aircall,
            Service::Allo => &self.allo,
        }
    }

    /// The service's own window, while it is there.
    pub fn workspace(&self, service: Service) -> Option<Workspace> {
        lock(&self.window(service).workspace).clone()
    }

    /// Takes the service's own window, or forgets it.
    pub fn set_workspace(&self, service: Service, workspace: Option<Workspace>) {
        let window = self.window(service);
        *lock(&window.workspace) = workspace;
        window.missing.store(false, Ordering::Relaxed);
    }

    /// The service's own window could not be made.
    pub fn miss_workspace(&self, service: Service) {
        self.window(service).missing.store(true, Ordering::Relaxed);
    }

    /// How the service's own window stands, for people. None when it is not wanted.
    pub fn workspace_words(&self, service: Service, text: &Text) -> Option<StandingWords> {
        let words = self.workspace(service).map(|workspace| workspace.words());
        let missing = self.window(service).missing.load(Ordering::Relaxed);
        let values = [("service", crm_name(service.as_str()))];
        words.or(missing.then(|| StandingWords {
            tone: "warn",
            title: text.say_with("rust-workspace-failed", &values),
            advice: Some(text.say_with("rust-workspace-failed-advice", &values)),
        }))
    }

    /// What Allo's dialler said and nobody understands yet.
    pub fn not_understood(&self) -> NotUnderstood {
        lock(&self.not_understood).clone()
    }

    fn member(&self, service: Service) -> Result<Member, CloudFailed> {
        let members = lock(&self.members);
        members
            .get(&service)
            .cloned()
            .ok_or(CloudFailed::NotConnected)
    }
}

impl App {
    /// The telephony services.
    pub fn clouds(&self) -> &Clouds {
        &self.inner.clouds
    }

    /// Tries a key, finds the agent by e-mail address, and keeps the key. Nothing is replaced
    /// before the service took the new one.
    ///
    /// # Errors
    /// [`CloudFailed`]; what was connected before stays connected then.
    pub async fn connect_cloud(&self, keys: Keys) -> Result<Account, CloudFailed> {
        let service = keys.service();
        if keys.values().iter().any(|value| value.is_empty()) {
            return Err(CloudFailed::NoKey);
        }
        let settings = self.engine().settings();
        let trial = Arc::new(SessionStore::default());
        keys.keep(trial.as_ref()).await?;
        let built = self.build(service, &settings, &Account::default(), trial)?;
        built.cloud.check().await?;
        let before = self.known_account(service).await?;
        let agents = built.cloud.agents().await?;
        let (agent, by_hand) = find_agent(&agents, &settings, before.as_ref())?;
        let account = read_account(built.cloud.as_ref(), agent, by_hand, self.now()).await?;
        keys.keep(self.inner.secrets.as_ref()).await?;
        self.keep_account(service, &account).await?;
        self.attach(service, &settings, account.clone()).await?;
        self.tell_change();
        Ok(account)
    }

    /// Forgets a service: its key leaves this computer, calls stay.
    ///
    /// # Errors
    /// [`CloudFailed::NotConnected`] for one that was never connected.
    pub async fn disconnect_cloud(&self, service: Service) -> Result<(), CloudFailed> {
        if self.known_account(service).await?.is_none() {
            return Err(CloudFailed::NotConnected);
        }
        for handle in service.secrets() {
            self.inner.secrets.forget(handle).await?;
        }
        self.engine().store().set_fact(&service.fact(), "").await?;
        self.detach(service).await?;
        self.tell_change();
        Ok(())
    }

    /// Everybody who phones through a connected service; for picking oneself by hand.
    ///
    /// # Errors
    /// [`CloudFailed`].
    pub async fn cloud_agents(&self, service: Service) -> Result<Vec<CloudAgent>, CloudFailed> {
        let member = self.inner.clouds.member(service)?;
        Ok(member.port.agents().await?)
    }

    /// The agent says who they are at the service: an id or an e-mail address there.
    ///
    /// # Errors
    /// [`CloudFailed`].
    pub async fn choose_cloud_agent(
        &self,
        service: Service,
        who: &str,
    ) -> Result<Account, CloudFailed> {
        let member = self.inner.clouds.member(service)?;
        let agents = member.port.agents().await?;
        let meant = |agent: &CloudAgent| agent.id == who || same_address(&agent.email, who);
        let agent = agents
            .into_iter()
            .find(meant)
            .ok_or(CloudFailed::NoSuchAgent)?;
        let account = read_account(member.port.as_ref(), Some(agent), true, self.now()).await?;
        self.keep_account(service, &account).await?;
        let settings = self.engine().settings();
        self.attach(service, &settings, account.clone()).await?;
        self.tell_change();
        Ok(account)
    }

    /// Reads who the agent is, the lines and the tags anew.
    ///
    /// # Errors
    /// [`CloudFailed`]; what was known before stays known then.
    pub async fn refresh_cloud(&self, service: Service) -> Result<Account, CloudFailed> {
        let member = self.inner.clouds.member(service)?;
        let read = self.read_anew(&member).await;
        let trouble = match &read {
            Ok(_) => None,
            Err(error) => Some(error.sentence(service, &self.text())),
        };
        if let Some(member) = lock(&self.inner.clouds.members).get_mut(&service) {
            member.trouble = trouble;
        }
        let account = match read {
            Ok(account) => account,
            Err(error) => {
                self.tell_change();
                return Err(error);
            }
        };
        self.keep_account(service, &account).await?;
        if account.agent != member.account.agent || account.lines != member.account.lines {
            let settings = self.engine().settings();
            self.attach(service, &settings, account.clone()).await?;
        } else if let Some(member) = lock(&self.inner.clouds.members).get_mut(&service) {
            member.account = account.clone();
        }
        self.tell_change();
        Ok(account)
    }

    async fn read_anew(&self, member: &Member) -> Result<Account, CloudFailed> {
        let settings = self.engine().settings();
        let agents = member.port.agents().await?;
        let (agent, by_hand) = find_agent(&agents, &settings, Some(&member.account))?;
        Ok(read_account(member.port.as_ref(), agent, by_hand, self.now()).await?)
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// What was known of a service's account; None for one that is not connected.
    async fn known_account(&self, service: Service) -> Result<Option<Account>, StoreError> {
        let kept = self.engine().store().fact(&service.fact()).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    }

    async fn keep_account(&self, service: Service, account: &Account) -> Result<(), StoreError> {
        let kept = serde_json::to_string(account).unwrap_or_default();
        self.engine().store().set_fact(&service.fact(), &kept).await
    }

    /// Takes the services of earlier runs up again, or anew after a change of the settings.
    pub(super) async fn take_up_clouds(&self, settings: &Settings) {
        match self.engine().store().fact(NOT_UNDERSTOOD).await {
            Ok(Some(kept)) => {
                *lock(&self.inner.clouds.not_understood) = NotUnderstood::read(&kept);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "could not read what was not understood"),
        }
        for service in Service::ALL {
            let account = match self.known_account(service).await {
                Ok(account) => account,
                Err(error) => {
                    tracing::error!(%error, "could not read which services there are");
                    return;
                }
            };
            let Some(account) = account else {
                self.rest(service);
                continue;
            };
            let stale = account
                .read_at
                .is_none_or(|at| self.now().duration_since(at) > FRESH_FOR);
            let unknown = account.agent.is_none();
            if let Err(error) = self.attach(service, settings, account).await {
                tracing::warn!(service = service.as_str(), %error, "a service is not there");
                continue;
            }
            if (stale || unknown) && self.inner.mode != Mode::OneCommand {
                let app = self.clone();
                self.spawn(async move {
                    if let Err(error) = app.refresh_cloud(service).await {
                        tracing::info!(service = service.as_str(), %error, "not read anew");
                    }
                });
            }
        }
    }

    /// Takes the services up anew where new settings say something else of them.
    pub(super) async fn follow_clouds(&self, before: &Settings, settings: &Settings) {
        let made_of = |settings: &Settings| {
            let aircall = settings.telephony.aircall.clone();
            let allo = settings.telephony.allo.clone();
            let places = (aircall.api_url, allo.api_url);
            (places, aircall.lines, aircall.dial_line, allo.transcript)
        };
        if made_of(before) != made_of(settings) {
            self.take_up_clouds(settings).await;
        }
        if before.agent == settings.agent || self.inner.mode == Mode::OneCommand {
            return;
        }
        for service in Service::ALL {
            let app = self.clone();
            self.spawn(async move {
                match app.refresh_cloud(service).await {
                    Ok(_) | Err(CloudFailed::NotConnected) => {}
                    Err(error) => {
                        tracing::info!(service = service.as_str(), %error, "not read anew");
                    }
                }
            });
        }
    }

    /// A service that is not connected may still show its own window.
    fn rest(&self, service: Service) {
        if self.inner.mode != Mode::OneCommand {
            let phone = self.framed_phone(service, None);
            self.engine().add_telephony(Arc::new(phone));
        }
    }

    /// Says anew how the service's own window stands.
    pub async fn tell_workspace(&self, service: Service) {
        self.tell_state(service).await;
        self.tell_change();
    }

    /// A service is there when it answers, or when the agent is signed in to its own window.
    async fn tell_state(&self, service: Service) {
        let taking_calls = self.inner.clouds.window(service).taking_calls().is_some();
        let known = match self.engine().cloud_connections().await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "could not read how the services stand");
                return;
            }
        };
        let cloud = known.iter().find(|one| one.name == service.as_str());
        let state = match cloud.map(|cloud| cloud.state) {
            _ if taking_calls => TelephonyState::Connected,
            Some(CloudState::Connected) => TelephonyState::Connected,
            Some(_) => TelephonyState::Disconnected,
            None => TelephonyState::Off,
        };
        self.engine().source_changed(service.as_str(), state);
    }

    fn framed_phone(&self, service: Service, rest: Option<Arc<dyn Telephony>>) -> FramedPhone {
        FramedPhone {
            service,
            rest,
            window: Arc::clone(self.inner.clouds.window(service)),
        }
    }

    fn build(
        &self,
        service: Service,
        settings: &Settings,
        account: &Account,
        secrets: Arc<dyn SecretStore>,
    ) -> Result<Built, CloudFailed> {
        let clock = Arc::clone(&self.inner.clock);
        let agent = account.agent.as_ref().map(|agent| agent.id.clone());
        match service {
            Service::Aircall => {
                let wanted = &settings.telephony.aircall.dial_line;
                let line = account.lines.iter().find(|line| line.is(wanted));
                let config = AircallConfig {
                    agent,
                    line: line.map(|line| line.id.clone()),
                    ..AircallConfig::from_settings(settings)
                };
                let made = Aircall::new(config, secrets, clock);
                let made = Arc::new(made.map_err(|_| CloudFailed::BadAddress)?);
                Ok(Built {
                    cloud: made.clone(),
                    phone: made,
                })
            }
            Service::Allo => {
                let config = AlloConfig {
                    transcript: settings.telephony.allo.transcript,
                    ..AlloConfig::from_settings(settings)
                };
                let opener = Arc::new(SystemOpener(leads_back));
                let made = Allo::new(config, secrets, clock, opener);
                let made = Arc::new(made.map_err(|_| CloudFailed::BadAddress)?);
                Ok(Built {
                    cloud: made.clone(),
                    phone: made,
                })
            }
        }
    }

    async fn attach(
        &self,
        service: Service,
        settings: &Settings,
        account: Account,
    ) -> Result<(), CloudFailed> {
        let secrets: Arc<dyn SecretStore> = self.inner.secrets.clone();
        let built = self.build(service, settings, &account, secrets)?;
        let member = Member {
            port: Arc::clone(&built.cloud),
            account: account.clone(),
            trouble: None,
        };
        lock(&self.inner.clouds.members).insert(service, member);
        if self.inner.mode == Mode::OneCommand {
            return Ok(());
        }
        let phone = self.framed_phone(service, Some(built.phone));
        self.engine().add_telephony(Arc::new(phone));
        let lines = settings.cloud_of(service.as_str()).lines.to_vec();
        let setup = CloudSetup::for_service(service.as_str(), account.agent, lines);
        Ok(self.engine().attach_cloud(built.cloud, setup).await?)
    }

    /// Whether a connected service takes its key at this moment.
    ///
    /// # Errors
    /// [`CloudFailed`].
    pub async fn try_cloud(&self, service: Service) -> Result<(), CloudFailed> {
        let member = self.inner.clouds.member(service)?;
        Ok(member.port.check().await?)
    }

    /// Looks for calls that happened elsewhere now.
    pub fn import_now(&self, service: Service) {
        self.engine().import_now(service.as_str());
    }

    async fn detach(&self, service: Service) -> Result<(), StoreError> {
        lock(&self.inner.clouds.members).remove(&service);
        self.engine().detach_cloud(service.as_str()).await?;
        self.engine().remove_telephony(service.as_str());
        self.rest(service);
        Ok(())
    }
}

/// Passes on to the softphones what the engine learns of the services.
pub(super) async fn tell_states(app: App, mut events: broadcast::Receiver<EngineEvent>) {
    loop {
        match events.recv().await {
            Ok(EngineEvent::Cloud(name, _)) => {
                if let Some(service) = Service::from_word(&name) {
                    app.tell_state(service).await;
                }
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => {
                for service in Service::ALL {
                    app.tell_state(service).await;
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// An adapter as both of its ports.
struct Built {
    cloud: Arc<dyn CloudTelephony>,
    phone: Arc<dyn Telephony>,
}

/// Who the agent is: the one picked by hand while the account has them, else the one with the
/// e-mail address of the settings.
fn find_agent(
    agents: &[CloudAgent],
    settings: &Settings,
    before: Option<&Account>,
) -> Result<(Option<CloudAgent>, bool), CloudFailed> {
    let known = before.and_then(|before| before.agent.as_ref());
    let still = known.and_then(|known| agents.iter().find(|agent| agent.id == known.id));
    let by_hand = before.is_some_and(|before| before.by_hand);
    if by_hand && let Some(agent) = still {
        return Ok((Some(agent.clone()), true));
    }
    let found = agents
        .iter()
        .find(|agent| same_address(&agent.email, &settings.agent.email));
    match (found, known, still) {
        (Some(agent), ..) => Ok((Some(agent.clone()), false)),
        // Whoever the agent was is nobody there.
        (None, Some(_), None) => Err(CloudFailed::OtherCompany),
        _ => Ok((None, false)),
    }
}

async fn read_account(
    port: &dyn CloudTelephony,
    agent: Option<CloudAgent>,
    by_hand: bool,
    now: Timestamp,
) -> Result<Account, ReadError> {
    let id = agent.as_ref().map(|agent| agent.id.clone());
    Ok(Account {
        lines: port.lines(id.as_deref()).await?,
        tags: port.tags().await?,
        agent,
        by_hand,
        read_at: Some(now),
    })
}

/// A service as a softphone: its own window while calls are taken from there, else its interface.
struct FramedPhone {
    service: Service,
    rest: Option<Arc<dyn Telephony>>,
    window: Arc<Window>,
}

#[async_trait]
impl Telephony for FramedPhone {
    fn name(&self) -> &str {
        self.service.as_str()
    }

    fn state(&self) -> TelephonyState {
        if self.window.taking_calls().is_some() {
            return TelephonyState::Connected;
        }
        self.rest
            .as_ref()
            .map_or(TelephonyState::Off, |rest| rest.state())
    }

    fn line(&self) -> Option<String> {
        self.rest.as_ref()?.line()
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        let mut failed = DialError::NotSetUp;
        if let Some(workspace) = self.window.taking_calls() {
            failed = DialError::NeedsCountry;
            if digits.starts_with('+') {
                match workspace.dial(digits).await {
                    // Without an answer it may have been filled in all the same.
                    Ok(()) | Err(AskFailed::NoAnswer) => return Ok(Dialed::HandedOver),
                    Err(AskFailed::InCall) => return Err(DialError::NotAvailable),
                    Err(AskFailed::NotThere | AskFailed::Refused) => failed = DialError::NotSetUp,
                }
            }
        }
        match &self.rest {
            Some(rest) => rest.dial(digits).await,
            None => Err(failed),
        }
    }
}

/// What a service's own window says of calls, as the engine takes it.
pub struct WorkspaceCalls {
    service: Service,
    app: App,
}

impl App {
    /// Takes what a service's own window says of calls.
    pub fn workspace_calls(&self, service: Service) -> WorkspaceCalls {
        WorkspaceCalls {
            service,
            app: self.clone(),
        }
    }

    /// Counts a message that nobody understands; the first of its kind is put on disk.
    fn keep_not_understood(&self, shape: Shape) {
        let kept = {
            let mut all = lock(&self.inner.clouds.not_understood);
            all.note(shape).then(|| all.write())
        };
        let Some(kept) = kept else { return };
        let app = self.clone();
        self.spawn(async move {
            if let Err(error) = app.engine().store().set_fact(NOT_UNDERSTOOD, &kept).await {
                tracing::warn!(%error, "what was not understood is not kept");
            }
            app.tell_change();
        });
    }
}

impl CallNews for WorkspaceCalls {
    fn happened(&self, event: CallEvent) {
        self.app.engine().report(event);
    }

    fn not_understood(&self, shape: Shape) {
        self.app.keep_not_understood(shape);
    }

    fn goes_on(&self) -> bool {
        let name = self.service.as_str();
        let calls = self.app.engine().live_calls();
        calls
            .iter()
            .filter(|call| call.state != CallState::Ended)
            .any(|call| call.names.iter().any(|known| known.app == name))
    }
}
