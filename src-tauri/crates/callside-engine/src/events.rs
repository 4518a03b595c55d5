//! What the engine tells whoever listens: windows, the tray, the command line.
//!
//! Events carry what changed, so that a listener that missed some may ask again; none of them is
//! the only place where a fact is kept.

use callside_core::call::Call;
use callside_core::cloud_call::CloudSend;
use callside_core::contact::ContactRef;
use callside_core::id::{CallId, ConnectionId, RemoteId};
use callside_core::insight::{EarlierCall, LiveFacts};
use callside_core::links::DialRequest;
use callside_core::matching::Match;
use callside_core::outbox::OutboxEntry;
use callside_core::ports::TelephonyState;
use callside_core::sync::SyncProgress;
use callside_store::{CallRecord, RecordingCounts};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cloud::{CloudState, ImportProgress};
use crate::connections::ConnectionState;
use crate::dialing::Origin;

/// How far the live part of a card is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactsState {
    /// Nobody asked, or there is nothing to ask.
    NotAsked,
    /// On the way.
    Asking,
    /// Here.
    Known(LiveFacts),
    /// The CRM could not answer; the card works without.
    Unavailable,
}

/// What a window shows of one call.
#[derive(Debug, Clone)]
pub struct Card {
    /// The call with its draft, wrap-up and deliveries.
    pub record: CallRecord,
    /// Who it may be, best first.
    pub matches: Vec<Match>,
    /// The record the call is about: the agent's choice, else the best exact match.
    pub shown: Option<ContactRef>,
    /// Companies and opportunities of the shown record.
    pub facts: FactsState,
    /// Earlier calls with this number, newest first.
    pub earlier: Vec<EarlierCall>,
    /// Until when a filing can be undone.
    pub undo_until: Option<Timestamp>,
}

impl Card {
    /// The match of the shown record.
    pub fn shown_match(&self) -> Option<&Match> {
        let shown = self.shown.as_ref()?;
        self.matches.iter().find(|m| &m.contact.at == shown)
    }
}

/// A dial request that waits for the agent.
#[derive(Debug, Clone)]
pub struct PendingDial {
    /// Its id, to confirm or cancel it.
    pub id: String,
    /// What would be dialled, and what to warn of.
    pub request: DialRequest,
    /// Whose number it is, best first.
    pub matches: Vec<Match>,
    /// Which softphone would dial.
    pub dial_with: String,
    /// When it was made. The button works half a second later, for requests from a link.
    pub made_at: Timestamp,
    /// Who asked for it.
    pub origin: Origin,
    /// The line it would be dialled on, where the softphone tells.
    pub line: Option<String>,
    /// Earlier calls with the number, newest first.
    pub earlier: Vec<EarlierCall>,
}

/// Something to tell the agent that belongs to no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A link was refused: it cannot be dialled.
    LinkRefused,
    /// Too many dial requests from links; they were dropped.
    TooManyLinks,
    /// The number just handed to a softphone came back as a link.
    LinkCameBack,
    /// A hook did not fill in its placeholders.
    HookNotFilledIn,
    /// A sync would delete many contacts and waits for a word.
    LargeShrink,
    /// The disk is full.
    DiskFull,
}

/// How far the downloads of recordings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingProgress {
    /// How many stand where.
    pub counts: RecordingCounts,
    /// Bytes of the present one.
    pub bytes: u64,
    /// Of how many, where that is known.
    pub of: Option<u64>,
}

/// A call that the CRM has twice: from here, and from another program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Double {
    /// The CRM.
    pub connection: ConnectionId,
    /// Our call.
    pub call: CallId,
    /// The softphone that told of it.
    pub source: String,
    /// The agent's line, where known.
    pub line: Option<String>,
    /// The CRM's id of the other program's log.
    pub remote_id: RemoteId,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum EngineEvent {
    /// A card opened, or what it shows changed.
    Card(Box<Card>),
    /// A call changed.
    Call(Box<Call>),
    /// A dial request waits for the agent.
    DialRequest(Box<PendingDial>),
    /// A dial request was confirmed, cancelled or replaced.
    DialRequestClosed(String),
    /// Something to tell the agent.
    Notice(Notice),
    /// The agent filed a call.
    Filed(CallId),
    /// A filing was undone.
    Unfiled(CallId),
    /// A delivery changed.
    Delivery(Box<OutboxEntry>),
    /// A sync went on.
    Sync(ConnectionId, SyncProgress),
    /// A connection came, went or failed.
    Connection(ConnectionId, ConnectionState),
    /// A telephony source came or went.
    Telephony(String, TelephonyState),
    /// Another program logs the same calls; told once per source and line.
    Double(Box<Double>),
    /// A telephony service in the cloud came, failed or answers again.
    Cloud(String, CloudState),
    /// The fetching of calls from a service went on.
    Import(String, ImportProgress),
    /// Something that is written at a service came up or changed.
    CloudSend(Box<CloudSend>),
    /// A recording is on its way to this computer, or arrived.
    Recording(String, RecordingProgress),
    /// A service may log into the CRM by itself; told once.
    EnrichOffered(String),
}
