//! What the outside must provide.
//!
//! CRMs, softphones, the keychain and the clock are traits, because there are several or because
//! a test cannot use the real one. The store is not among them: there is one.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::call::{CallEvent, Direction};
use crate::cloud_call::{
    CallInsights, CallsPage, CallsWanted, CloudAgent, CloudCall, CloudLine, CloudTag, InsightLine,
};
use crate::contact::{Contact, ContactKind, ContactRef};
use crate::id::{ConnectionId, Marker, RemoteId};
use crate::insight::LiveFacts;
use crate::outbox::{CallLog, DeliveryError, Logged};
use crate::sync::{SyncCursor, SyncPage, SyncWalk};

/// Tells the time, and waits for a time to come.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Returns once the instant is reached, or once as much time has passed as lay before it when
    /// this was asked: a clock that was set back keeps nobody asleep.
    async fn sleep_until(&self, at: Timestamp);
}

/// Why a question to a CRM has no answer.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No answer came.
    #[error("ask the CRM: it cannot be reached")]
    Offline,
    /// The limit is used up for now, or the budget is kept for logs.
    #[error("ask the CRM: it asks for patience")]
    Busy {
        /// How long to wait.
        retry_after: Option<SignedDuration>,
    },
    /// The sign-in is gone.
    #[error("ask the CRM: nobody is signed in")]
    Unauthorized,
    /// The sign-in lacks a right.
    #[error("ask the CRM: the right {scope} is missing")]
    Forbidden {
        /// The right that is missing, in the CRM's words.
        scope: String,
    },
    /// The record is gone.
    #[error("ask the CRM: the record is gone")]
    Gone,
    /// The answer makes no sense.
    #[error("ask the CRM: the answer cannot be read")]
    Unreadable,
    /// The cursor is of no use any more; a full walk is needed.
    #[error("ask the CRM: the sync has to start over")]
    CursorLost,
    /// The CRM refused for good.
    #[error("ask the CRM: it refused")]
    Refused {
        /// The CRM's words, shown to the agent as plain text.
        words: String,
    },
    /// The sign-in belongs to no person, and no staff member has the agent's e-mail address.
    #[error("ask the CRM: no staff member has the agent's e-mail address")]
    AgentUnknown,
}

impl std::fmt::Debug for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Who is signed in, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The CRM's id of the customer account. Another account gets another cache.
    pub account: String,
    /// The CRM's id of the agent, to whom calls are attributed.
    pub agent: RemoteId,
    /// The agent's name.
    pub agent_name: String,
}

/// What the CRM still allows, by the windows it reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Budget {
    /// Requests left by window: `second`, `minute`, `day`, `month`. A window that the CRM did not
    /// report is absent.
    pub remaining: std::collections::BTreeMap<String, i64>,
    /// Requests this app made in the last minute.
    pub last_minute: u32,
    /// Requests this app made by class (`log`, `card`, `sync`, `sign_in`) since it started.
    pub spent: std::collections::BTreeMap<String, u64>,
}

/// Who spent the limit of a connection during a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetSample {
    /// When the stretch begins.
    pub at: Timestamp,
    /// How long it is, in seconds.
    pub seconds: u32,
    /// Requests this app made, by class as in [`Budget`].
    pub spent: std::collections::BTreeMap<String, u64>,
    /// Requests of this app that were turned away for their number.
    pub refused: u64,
    /// Requests that others are known to have made; there may have been more.
    pub others: u64,
    /// What was left last, by window as in [`Budget`].
    pub remaining: std::collections::BTreeMap<String, i64>,
}

impl BudgetSample {
    /// A stretch in which nothing happened.
    pub fn empty(at: Timestamp, seconds: u32) -> Self {
        Self {
            at,
            seconds,
            spent: std::collections::BTreeMap::new(),
            refused: 0,
            others: 0,
            remaining: std::collections::BTreeMap::new(),
        }
    }

    /// Adds a later stretch that lies within this one.
    pub fn add(&mut self, later: &Self) {
        for (class, count) in &later.spent {
            *self.spent.entry(class.clone()).or_default() += count;
        }
        self.refused += later.refused;
        self.others += later.others;
        for (window, left) in &later.remaining {
            self.remaining.insert(window.clone(), *left);
        }
    }

    /// When the hour begins in which the stretch begins.
    pub fn hour(&self) -> Timestamp {
        let start = self.at.as_second().div_euclid(3600).saturating_mul(3600);
        Timestamp::from_second(start).unwrap_or(self.at)
    }
}

/// A call that the CRM holds and that Callside did not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignCall {
    /// The CRM's id of it.
    pub remote_id: RemoteId,
    /// Which way it went.
    pub direction: Direction,
    /// When it was.
    pub started_at: Timestamp,
    /// The records it stands on.
    pub on: Vec<ContactRef>,
}

/// A contact to be created for an unknown caller.
#[derive(Clone, PartialEq, Eq)]
pub struct NewContact {
    /// Which kind to create.
    pub kind: ContactKind,
    /// The name; a number in readable form where nobody knows one.
    pub name: String,
    /// The number in E.164.
    pub number: String,
    /// E-mail address, where known.
    pub email: Option<String>,
}

impl std::fmt::Debug for NewContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewContact")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What came of bringing a later change to a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amended {
    /// The log was as Callside wrote it, and now carries the new text.
    Replaced(Logged),
    /// Somebody edited the log in the CRM; the change was added beside it.
    Added(Logged),
}

/// One signed-in CRM.
#[async_trait]
pub trait Crm: Send + Sync {
    /// The connection's name.
    fn connection(&self) -> ConnectionId;

    /// Asks who is signed in. Also the test of a new connection.
    async fn identity(&self) -> Result<Identity, ReadError>;

    /// Reads the next page of a walk; None as cursor begins it.
    async fn pull(
        &self,
        walk: SyncWalk,
        cursor: Option<&SyncCursor>,
    ) -> Result<SyncPage, ReadError>;

    /// Reads one record anew, without its companies. [`ReadError::Gone`] when the CRM deleted it.
    async fn contact(&self, at: &ContactRef) -> Result<Contact, ReadError>;

    /// Asks for what the cache does not hold: companies of a contact person, open opportunities.
    /// At most two requests; none for a supplier or for a contact without the right to ask.
    async fn live_facts(
        &self,
        contact: &ContactRef,
        role: Option<crate::contact::Role>,
    ) -> Result<LiveFacts, ReadError>;

    /// Writes the log. One request when `facts` are known.
    async fn log_call(&self, log: &CallLog) -> Result<Logged, DeliveryError>;

    /// Looks for a log by its marker among those written since the instant.
    async fn find_log(
        &self,
        marker: &Marker,
        since: Timestamp,
    ) -> Result<Option<Logged>, DeliveryError>;

    /// Brings a later change to the log, never replacing what a person wrote.
    async fn amend_log(&self, logged: &Logged, log: &CallLog) -> Result<Amended, DeliveryError>;

    /// The agent's calls that were written into the CRM since the instant, and not by Callside.
    /// One request as a rule; `urgent` when a log waits for the answer.
    async fn foreign_calls(
        &self,
        _since: Timestamp,
        _urgent: bool,
    ) -> Result<Vec<ForeignCall>, ReadError> {
        Ok(Vec::new())
    }

    /// Writes what the log says beside a call that somebody else wrote, instead of a second call.
    /// Nothing of that call is changed. Asked again after a doubt, it writes nothing twice.
    async fn enrich_call(
        &self,
        _foreign: &RemoteId,
        log: &CallLog,
    ) -> Result<Logged, DeliveryError> {
        self.log_call(log).await
    }

    /// Creates a contact for an unknown caller.
    async fn create_contact(&self, new: &NewContact) -> Result<Contact, DeliveryError>;

    /// What the CRM still allows.
    fn budget(&self) -> Budget;

    /// Who spent it, by minutes that begin at the instant or later, oldest first. Only the last
    /// hours are known.
    fn spending(&self, _since: Timestamp) -> Vec<BudgetSample> {
        Vec::new()
    }
}

/// What a softphone did with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialed {
    /// It calls.
    Placed,
    /// It was handed the number; whether it calls is not known until an event says so.
    HandedOver,
}

/// Why a number could not be dialled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// No softphone is set up for dialling.
    #[error("dial: no softphone is set up")]
    NotSetUp,
    /// The softphone cannot be reached.
    #[error("dial: the softphone cannot be reached")]
    Unreachable,
    /// The softphone refused.
    #[error("dial: the softphone refused")]
    Refused,
    /// The setting for this softphone cannot work.
    #[error("dial: the setting {key} cannot be used")]
    BadSetting {
        /// Which setting.
        key: &'static str,
    },
    /// The agent is not available at the service, or is in a call there.
    #[error("dial: the agent is not available at the service")]
    NotAvailable,
    /// The line to call from is gone, or is not the agent's.
    #[error("dial: the line cannot be used")]
    NoLine,
    /// The service does not know which of its users the agent is.
    #[error("dial: the service does not know the agent")]
    UnknownAgent,
    /// The service takes numbers with their country code only.
    #[error("dial: the number has no country code")]
    NeedsCountry,
    /// The service does not take the key.
    #[error("dial: the service does not take the key")]
    Unauthorized,
}

/// How a telephony source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TelephonyState {
    /// It can be reached.
    Connected,
    /// It is set up and cannot be reached at the moment.
    Disconnected,
    /// It is not set up.
    Off,
}

impl TelephonyState {
    /// The word of the JSON shapes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Off => "off",
        }
    }
}

/// A softphone that can be asked to dial.
#[async_trait]
pub trait Telephony: Send + Sync {
    /// Its short name, equal to the `app` of its events.
    fn name(&self) -> &str;

    /// How it stands.
    fn state(&self) -> TelephonyState;

    /// The agent's line that it would dial on, where it is surely known.
    fn line(&self) -> Option<String> {
        None
    }

    /// Asks it to dial. `digits` hold nothing but `0-9` and a leading `+`.
    async fn dial(&self, digits: &str) -> Result<Dialed, DialError>;
}

/// A recording that lies in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Where.
    pub file: PathBuf,
    /// How large it is.
    pub bytes: u64,
}

/// Why a recording is not in its folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// There is none: not made, erased, or out of date.
    #[error("download a recording: there is none")]
    Missing,
    /// It is larger than allowed.
    #[error("download a recording: it is too large")]
    TooLarge,
    /// The folder cannot be written.
    #[error("download a recording: the folder cannot be written")]
    Folder,
    /// The service could not give it for now.
    #[error("download a recording: the service did not give it")]
    Read(#[from] ReadError),
}

/// A telephony service in the cloud, asked for its own records. Everything may fail, and no call
/// depends on it.
#[async_trait]
pub trait CloudTelephony: Send + Sync {
    /// Its short name, equal to the `app` of its events: `aircall`, `allo`.
    fn name(&self) -> &str;

    /// Asks for nothing but an answer. The test of a key.
    async fn check(&self) -> Result<(), ReadError>;

    /// Everybody who phones through it.
    async fn agents(&self) -> Result<Vec<CloudAgent>, ReadError>;

    /// The numbers from which the agent may phone; with None, all of the company.
    async fn lines(&self, agent: Option<&str>) -> Result<Vec<CloudLine>, ReadError>;

    /// The labels that the company defined.
    async fn tags(&self) -> Result<Vec<CloudTag>, ReadError>;

    /// Reads records; `after` is the `next` of the page before.
    async fn calls(
        &self,
        wanted: &CallsWanted,
        after: Option<&str>,
    ) -> Result<CallsPage, ReadError>;

    /// Reads one record anew. [`ReadError::Gone`] when the service has none.
    async fn call(&self, id: &str) -> Result<CloudCall, ReadError>;

    /// Whether labels that are put on a call may take the place of those that are there. Then
    /// [`CloudTelephony::add_tags`] has to be told what the record says now.
    fn replaces_tags(&self) -> bool {
        true
    }

    /// Puts labels on a call, beside those that are there: `there` are the labels of its record, as
    /// it was read just now. Safe to repeat.
    async fn add_tags(
        &self,
        id: &str,
        there: &[CloudTag],
        tags: &[CloudTag],
    ) -> Result<(), DeliveryError>;

    /// Adds a remark to a call. Not safe to repeat: after [`DeliveryError::InDoubt`] the record
    /// tells whether it is there.
    async fn comment(&self, id: &str, text: &str) -> Result<(), DeliveryError>;

    /// Shows lines to the agent in the service's own window, while the call goes on.
    async fn show_card(&self, id: &str, lines: &[InsightLine]) -> Result<(), DeliveryError>;

    /// What a machine heard. Empty when there is nothing, not yet or not at all.
    async fn insights(&self, id: &str) -> Result<CallInsights, ReadError>;

    /// How many bytes the recording of a call has; None when there is none or nobody says.
    async fn recording_bytes(&self, _id: &str) -> Result<Option<u64>, ReadError> {
        Ok(None)
    }

    /// Puts the recording or message of a call into a folder, under a name of the adapter's making,
    /// and goes on where an earlier try was cut. Nothing larger than `most_bytes` is kept.
    /// `progress` hears how many bytes are there, and of how many where that is known.
    async fn download(
        &self,
        _id: &str,
        _into: &Path,
        _most_bytes: u64,
        _progress: &(dyn Fn(u64, Option<u64>) + Send + Sync),
    ) -> Result<Downloaded, DownloadError> {
        Err(DownloadError::Missing)
    }

    /// What the service still allows.
    fn budget(&self) -> Budget;
}

/// Takes what telephony sources say. Never blocks the source.
pub trait CallEvents: Send + Sync {
    /// A source said something about a call.
    fn report(&self, event: CallEvent);

    /// A source came or went.
    fn source_changed(&self, name: &str, state: TelephonyState);
}

/// Why a secret could not be read or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The system has no keychain service.
    #[error("reach the keychain: there is none")]
    NoKeychain,
    /// The keychain is locked, and nobody unlocked it.
    #[error("reach the keychain: it is locked")]
    Locked,
    /// The keychain refused.
    #[error("reach the keychain: it refused")]
    Denied,
    /// The passphrase does not open the file.
    #[error("open the secrets: the passphrase is wrong")]
    WrongPassphrase,
    /// The file of secrets cannot be read or written.
    #[error("open the secrets: the file cannot be used")]
    Unusable,
}

/// Where secrets live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretHome {
    /// The OS keychain.
    Keychain,
    /// A file behind a passphrase.
    Passphrase,
    /// Memory: gone when the app stops.
    Session,
}

/// Keeps secrets under handles such as `sellsy/refresh_token`. Values never reach a log, a
/// message or the web view.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Where they live.
    fn home(&self) -> SecretHome;

    /// Reads one. None when there is no such secret.
    async fn read(&self, handle: &str) -> Result<Option<String>, SecretError>;

    /// Keeps one, replacing an older value.
    async fn keep(&self, handle: &str, value: &str) -> Result<(), SecretError>;

    /// Forgets one. Forgetting what does not exist is no error.
    async fn forget(&self, handle: &str) -> Result<(), SecretError>;
}
