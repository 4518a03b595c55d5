//! How the CRM's contacts reach the local copy.
//!
//! A sync is a row of pages. Each page is stored together with the cursor that continues after
//! it, so a cut or a crash costs one page at most. What the cursor holds is the adapter's matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact::{Contact, ContactKind, ContactRef};
use crate::id::RemoteId;

/// The opaque place to continue from, made and read by the adapter that gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SyncCursor(pub String);

/// Which walk a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncWalk {
    /// Everything, from the start.
    Full,
    /// What changed since the last walk.
    Changes,
    /// Only the ids, to find out what is gone.
    Sweep,
}

/// One thing that a sync learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChange {
    /// The record exists and looks like this.
    Upsert(Box<Contact>),
    /// The record is gone.
    Gone(ContactRef),
}

/// One page of a walk.
#[derive(Debug, Clone)]
pub struct SyncPage {
    /// What the page holds.
    pub changes: Vec<ContactChange>,
    /// For a sweep: the ids that exist, of this kind.
    pub seen: Vec<(ContactKind, RemoteId)>,
    /// Where to go on. Stored with the page.
    pub cursor: SyncCursor,
    /// Whether this walk ends here.
    pub finished: bool,
    /// How many records the walk has in all, where the CRM says so.
    pub total: Option<u64>,
}

/// How a sync stands, for the eyes of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncProgress {
    /// Records read so far in this walk.
    pub done: u64,
    /// Records in all, where known.
    pub total: Option<u64>,
    /// When the walk began.
    pub started_at: Timestamp,
    /// Whether it ended.
    pub finished: bool,
}
