//! Where a walk through Sellsy's contacts stands.
//!
//! A walk goes through individuals, companies and contacts, in this order, by pages. The cursor
//! says where it is, and up to which modification the copy is complete for each kind. That mark
//! is the highest modification seen, but never later than the walk's own start: what changed while
//! the walk ran may lie behind it.

use callside_core::contact::ContactKind;
use callside_core::sync::{SyncCursor, SyncWalk};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::api::Offset;

/// Changed rows are asked for this much earlier than the mark: clocks differ, and rows become
/// visible late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
const VERSION: u32 = 1;

/// A kind of record, as a walk sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) kind: ContactKind,
    /// Its name in paths.
    pub(crate) path: &'static str,
    /// The filter on modification, by Sellsy's name for it.
    pub(crate) changed: &'static str,
    /// What changed rows are sorted by.
    pub(crate) changed_order: &'static str,
    /// The right to read it.
    pub(crate) scope: &'static str,
}

/// All kinds, in the order of the walk.
pub(crate) const RESOURCES: [Resource; 3] = [
    Resource {
        kind: ContactKind::Individual,
        path: "individuals",
        changed: "updated_at",
        changed_order: "updated_at",
        scope: "individuals.read",
    },
    Resource {
        kind: ContactKind::Company,
        path: "companies",
        changed: "updated_at",
        changed_order: "updated_at",
        scope: "companies.read",
    },
    Resource {
        kind: ContactKind::Contact,
        path: "contacts",
        changed: "updated",
        changed_order: "id",
        scope: "contacts.read",
    },
];

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Complete up to here.
    since: Option<Timestamp>,
    /// The highest modification seen in this walk.
    seen: Option<Timestamp>,
    /// When this walk came to the kind, by the server's clock.
    began: Option<Timestamp>,
}

/// A walk under way, or at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    version: u32,
    pub(crate) walk: SyncWalk,
    /// Index of the kind under way.
    at: usize,
    offset: Option<Offset>,
    pub(crate) finished: bool,
    /// Rows of each kind, where told.
    totals: [Option<u64>; 3],
    marks: [Mark; 3],
    /// Rows that could not be read.
    pub(crate) skipped: u64,
}

/// The cursor is not ours, or does not fit the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read the sync cursor: it does not fit")]
pub(crate) struct Unfit;

impl Place {
    /// The place a walk goes on from, given the cursor that was stored.
    pub(crate) fn resume(walk: SyncWalk, cursor: Option<&SyncCursor>) -> Result<Self, Unfit> {
        let stored = cursor.map(Self::read).transpose()?;
        match stored {
            Some(place) if place.walk == walk && !place.finished => Ok(place),
            Some(place) if walk == SyncWalk::Changes => place.changes_from_here(),
            None if walk == SyncWalk::Changes => Err(Unfit),
            Some(place) => Ok(Self::start(walk, place.marks.map(|mark| mark.since))),
            None => Ok(Self::start(walk, [None; 3])),
        }
    }

    fn read(cursor: &SyncCursor) -> Result<Self, Unfit> {
        let place: Self = serde_json::from_str(&cursor.0).map_err(|_| Unfit)?;
        let sound = place.version == VERSION && (place.finished || place.at < RESOURCES.len());
        if sound { Ok(place) } else { Err(Unfit) }
    }

    fn start(walk: SyncWalk, since: [Option<Timestamp>; 3]) -> Self {
        Self {
            version: VERSION,
            walk,
            at: 0,
            offset: None,
            finished: false,
            totals: [None; 3],
            marks: since.map(|since| Mark {
                since,
                ..Mark::default()
            }),
            skipped: 0,
        }
    }

    /// A round of changes needs a mark for every kind.
    fn changes_from_here(self) -> Result<Self, Unfit> {
        let since = self.marks.map(|mark| mark.since);
        if since.iter().any(Option::is_none) {
            return Err(Unfit);
        }
        Ok(Self::start(SyncWalk::Changes, since))
    }

    /// The kind under way. None at the end.
    pub(crate) fn resource(&self) -> Option<Resource> {
        if self.finished {
            None
        } else {
            RESOURCES.get(self.at).copied()
        }
    }

    /// Whether nothing was read yet.
    pub(crate) fn is_new(&self) -> bool {
        self.at == 0 && self.offset.is_none() && !self.finished
    }

    pub(crate) fn offset(&self) -> Option<&Offset> {
        self.offset.as_ref()
    }

    /// From when on changed rows are asked for.
    pub(crate) fn changed_since(&self) -> Option<Timestamp> {
        let since = self.marks.get(self.at)?.since?;
        Some(since.checked_sub(OVERLAP).unwrap_or(since))
    }

    /// The first page of a kind came; the server's clock said this.
    pub(crate) fn began(&mut self, server_now: Timestamp) {
        if let Some(mark) = self.marks.get_mut(self.at) {
            mark.began.get_or_insert(server_now);
        }
    }

    /// A row was seen that was modified then.
    pub(crate) fn saw(&mut self, modified: Option<Timestamp>) {
        if let Some(mark) = self.marks.get_mut(self.at) {
            mark.seen = mark.seen.max(modified);
        }
    }

    pub(crate) fn knows_total(&mut self, index: usize, total: Option<u64>) {
        if let (Some(slot), Some(total)) = (self.totals.get_mut(index), total) {
            *slot = Some(total);
        }
    }

    /// Rows in all, once every kind's number is known.
    pub(crate) fn total(&self) -> Option<u64> {
        self.totals.iter().copied().sum()
    }

    pub(crate) fn index(&self) -> usize {
        self.at
    }

    /// The walk goes on behind this page; without an offset the kind ends here.
    pub(crate) fn advance(&mut self, offset: Option<Offset>) {
        if offset.is_some() {
            self.offset = offset;
            return;
        }
        self.settle();
        self.offset = None;
        self.at += 1;
        self.finished = self.at >= RESOURCES.len();
    }

    fn settle(&mut self) {
        if self.walk == SyncWalk::Sweep {
            return;
        }
        let Some(mark) = self.marks.get_mut(self.at) else {
            return;
        };
        let complete = match (mark.seen, mark.began) {
            (Some(seen), Some(began)) => Some(seen.min(began)),
            // Nothing was there: the next round looks from the walk's start on.
            (None, Some(began)) if mark.since.is_none() => Some(began),
            _ => None,
        };
        mark.since = mark.since.max(complete);
        mark.seen = None;
        mark.began = None;
    }

    pub(crate) fn to_cursor(&self) -> SyncCursor {
        // A plain struct of numbers and texts always has a JSON form.
        SyncCursor(serde_json::to_string(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
