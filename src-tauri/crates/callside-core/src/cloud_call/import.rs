//! Which calls the catch-up brings in, and where it goes on the next time.
//!
//! The first import looks back some days and takes the newest calls up to a limit, so that a new
//! user does not find years of wrap-ups. Every later one takes everything since, oldest first,
//! however many: whoever was away for a month misses nothing. It looks back a little further than
//! the last one did, since records appear late; what was judged before is known by its id.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{CallsWanted, CloudAgent, CloudCall, CloudStatus, same_address};
use crate::settings::Import;

/// How far a later import looks back behind the end of the last one: longer than a call lasts, and
/// than a service takes to show its record.
const OVERLAP: SignedDuration = SignedDuration::from_hours(6);
/// The unit of the largest recording, in bytes.
const MIB: u64 = 1_048_576;

/// How far the catch-up of one agent has come. Kept on disk between two imports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlace {
    /// Everything made before this instant was judged. None until the first import is done.
    pub judged_until: Option<Timestamp>,
    /// Nothing made before this instant is ever imported: where the first import stopped.
    pub floor: Option<Timestamp>,
}

/// What becomes of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It is imported, unless it is known already.
    Import,
    /// It came before in this walk.
    Again,
    /// It is not over; a later import takes it.
    Live,
    /// It is somebody else's.
    NotOwn,
    /// It was made before the window or after the start of this import.
    OutsideWindow,
    /// A recording is required, and it has none.
    NoRecording,
    /// Its recording is larger than allowed.
    RecordingTooLarge,
    /// The first import has taken as many as it may.
    BeyondLimit,
}

/// One import, from its first page to its last.
pub struct ImportRun {
    rules: Import,
    agent: CloudAgent,
    place: ImportPlace,
    wanted: CallsWanted,
    taken: u32,
    oldest_taken: Option<Timestamp>,
    reached: Option<Timestamp>,
    met: BTreeSet<String>,
}

impl fmt::Debug for ImportRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportRun")
            .field("wanted", &self.wanted)
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

impl ImportRun {
    /// Begins an import of the agent's calls where the last one ended.
    pub fn begin(place: &ImportPlace, rules: &Import, agent: &CloudAgent, now: Timestamp) -> Self {
        let since = match place.judged_until {
            None => window_start(rules, now),
            Some(judged) => {
                let back = judged.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN);
                place.floor.map_or(back, |floor| back.max(floor))
            }
        };
        Self {
            rules: rules.clone(),
            agent: agent.clone(),
            place: place.clone(),
            wanted: CallsWanted {
                since,
                until: now,
                agent: Some(agent.id.clone()),
                line: None,
                newest_first: place.judged_until.is_none(),
            },
            taken: 0,
            oldest_taken: None,
            reached: None,
            met: BTreeSet::new(),
        }
    }

    /// Which records to read, page by page.
    pub fn wanted(&self) -> &CallsWanted {
        &self.wanted
    }

    /// Whether the size of this call's recording has to be known before it is judged.
    pub fn needs_size(&self, call: &CloudCall) -> bool {
        self.rules.recording_required && call.recorded
    }

    /// Judges the next record of the walk. `recording_bytes` is the size of its recording, where it
    /// is known.
    pub fn judge(&mut self, call: &CloudCall, recording_bytes: Option<u64>) -> Judgement {
        self.reached = self.reached.max(Some(call.started_at));
        if !self.met.insert(call.id.clone()) {
            return Judgement::Again;
        }
        let largest = u64::from(self.rules.max_recording_mb).saturating_mul(MIB);
        if call.status == CloudStatus::Live {
            Judgement::Live
        } else if call.started_at < self.wanted.since || call.started_at >= self.wanted.until {
            Judgement::OutsideWindow
        } else if !self.is_own(call) {
            Judgement::NotOwn
        } else if self.rules.recording_required && !call.recorded {
            Judgement::NoRecording
        } else if recording_bytes.is_some_and(|bytes| bytes > largest) {
            Judgement::RecordingTooLarge
        } else if self.is_full() {
            Judgement::BeyondLimit
        } else {
            self.taken += 1;
            self.oldest_taken = Some(
                self.oldest_taken
                    .map_or(call.started_at, |at| at.min(call.started_at)),
            );
            Judgement::Import
        }
    }

    /// Whether nothing more will be taken, so that no further page needs to be read.
    pub fn is_full(&self) -> bool {
        self.is_first() && self.taken >= self.rules.first_limit
    }

    /// How many of the records that follow are looked through: the first import ends once it has
    /// taken enough, and cannot need fewer than what it still lacks.
    pub fn still_to_look(&self, left: u64) -> u64 {
        if self.is_first() {
            left.min(u64::from(self.rules.first_limit.saturating_sub(self.taken)))
        } else {
            left
        }
    }

    /// The place after some pages of the walk: what an import that is cut short keeps. The first
    /// import reads backwards and keeps nothing; what it brought is known by its id.
    pub fn so_far(&self) -> ImportPlace {
        if self.is_first() {
            return self.place.clone();
        }
        let judged_until = self.place.judged_until.max(self.reached);
        ImportPlace {
            judged_until: judged_until.map(|at| at.min(self.wanted.until)),
            ..self.place.clone()
        }
    }

    /// The place after the last page.
    pub fn done(&self) -> ImportPlace {
        let after_oldest = |at: Timestamp| {
            at.checked_add(SignedDuration::from_nanos(1))
                .unwrap_or(Timestamp::MAX)
        };
        let floor = match (self.is_first(), self.is_full()) {
            (false, _) => self.place.floor,
            (true, false) => Some(self.wanted.since),
            // Calls of the same second that were one too many stay out for good.
            (true, true) => Some(self.oldest_taken.map_or(self.wanted.until, after_oldest)),
        };
        ImportPlace {
            judged_until: Some(self.wanted.until),
            floor,
        }
    }

    fn is_first(&self) -> bool {
        self.place.judged_until.is_none()
    }

    /// By e-mail address; by id where the record names no address.
    fn is_own(&self, call: &CloudCall) -> bool {
        call.agent.as_ref().is_some_and(|agent| {
            same_address(&agent.email, &self.agent.email)
                || (agent.email.trim().is_empty() && agent.id == self.agent.id)
        })
    }
}

fn window_start(rules: &Import, now: Timestamp) -> Timestamp {
    let window = SignedDuration::from_hours(i64::from(rules.window_days).saturating_mul(24));
    now.checked_sub(window).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests;
