//! What is still to be asked of a service about one call, and what it said so far.
//!
//! Everything here is in the journal, so that a read planned for tomorrow survives the night. A
//! normal call costs its planned reads and nothing else: the watch over a call whose end we do not
//! hear of begins late, and only once ends were found to go missing it looks often.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    CallInsights, CloudCall, CloudComment, CloudStatus, CloudTag, INSIGHTS_AFTER, READ_AFTER,
};
use crate::call::Call;
use crate::id::CallId;

/// A phone that rings this long may have been answered or not: its end went missing.
const RINGS_LONG: SignedDuration = SignedDuration::from_secs(90);
/// Most talks are over by then.
const TALKS_LONG: SignedDuration = SignedDuration::from_mins(10);
/// The first look after an answer, where ends are known to go missing.
const DOUBTFUL_LOOK: SignedDuration = SignedDuration::from_secs(15);
/// The longest pause between two looks then.
const LONGEST_DOUBTFUL: SignedDuration = SignedDuration::from_secs(60);
/// Pauses do not grow any more after so many looks.
const MOST_LOOKS: u8 = 8;
/// The pause between looks then.
const HOPELESS_LOOK: SignedDuration = SignedDuration::from_hours(12);
/// Seconds until the next try after a failure; the last one repeats.
const PAUSES_S: [i64; 5] = [15, 60, 120, 300, 900];
/// A planned read after the first need not be made when there was one so shortly before its time.
const EARLY: SignedDuration = SignedDuration::from_mins(1);
/// A machine is not asked about calls that ended longer ago, unless the agent files them.
const LISTENS_BACK: SignedDuration = SignedDuration::from_hours(24);

/// What a service said of a call.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudNotes {
    /// The service's short name.
    pub source: String,
    /// The service's id of the call.
    pub id: String,
    /// The labels that the call has there.
    pub tags: Vec<CloudTag>,
    /// The remarks that were made there, without those that Callside wrote.
    pub remarks: Vec<CloudComment>,
    /// A link to the recording or message that lasts.
    pub recording_link: Option<String>,
    /// Whether there is a recording or message to be had.
    pub recorded: bool,
    /// What a machine heard.
    pub insights: CallInsights,
    /// The recording on this computer, once it was downloaded.
    #[serde(default)]
    pub recording_file: Option<String>,
    /// Whether the call was only learned of from the service's record.
    #[serde(default)]
    pub imported: bool,
}

impl fmt::Debug for CloudNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudNotes")
            .field("source", &self.source)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowStep {
    /// Read the record: is the call over?
    Watch,
    /// Read the record for what came late.
    Read,
    /// Ask what a machine heard.
    Listen,
}

/// The service's side of one call, and the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Our call.
    pub call: CallId,
    /// What the service said.
    pub notes: CloudNotes,
    /// How many of the planned reads are done.
    #[serde(default)]
    pub reads: u8,
    /// How often a machine's findings were asked for in vain.
    #[serde(default)]
    pub listened: u8,
    /// Whether a machine may have listened, as far as the record tells.
    #[serde(default)]
    pub may_listen: bool,
    /// Whether the call was over long before we heard of it: a machine's findings are worth their
    /// requests only once the agent files it.
    #[serde(default)]
    pub too_old: bool,
    /// How often the call was looked after since it rings, or since they talk.
    #[serde(default)]
    pub looks: u8,
    /// Whether these looks were made while they talked.
    #[serde(default)]
    pub looked_at_talk: bool,
    /// When the last look was.
    #[serde(default)]
    pub looked_at: Option<Timestamp>,
    /// Failures in a row.
    #[serde(default)]
    pub failures: u8,
    /// How often in a row the record went on although the call was over.
    #[serde(default)]
    pub behind: u8,
    /// Nothing is asked before.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// Whether the service was told who calls, or nobody will tell it any more.
    #[serde(default)]
    pub card_shown: bool,
    /// What Callside wrote there as a remark.
    #[serde(default)]
    pub own_remark: Option<String>,
}

impl FollowUp {
    /// Nothing is known but the id.
    pub fn new(call: CallId, source: &str, id: &str) -> Self {
        Self {
            call,
            notes: CloudNotes {
                source: source.to_owned(),
                id: id.to_owned(),
                ..CloudNotes::default()
            },
            reads: 0,
            listened: 0,
            may_listen: false,
            too_old: false,
            looks: 0,
            looked_at_talk: false,
            looked_at: None,
            failures: 0,
            behind: 0,
            not_before: None,
            card_shown: false,
            own_remark: None,
        }
    }

    /// What is to be done next, and when. `doubtful`: the service's ends were found to go missing.
    pub fn next(&self, call: &Call, doubtful: bool) -> Option<(Timestamp, FollowStep)> {
        let (at, step) = match call.ended_at {
            None => (self.next_look(call, doubtful), FollowStep::Watch),
            Some(ended) => {
                let read = self.next_read(ended).map(|at| (at, FollowStep::Read));
                let listen = self.next_listen(ended).map(|at| (at, FollowStep::Listen));
                [read, listen]
                    .into_iter()
                    .flatten()
                    .min_by_key(|next| next.0)?
            }
        };
        Some((self.not_before.map_or(at, |first| first.max(at)), step))
    }

    fn next_look(&self, call: &Call, doubtful: bool) -> Timestamp {
        let talks = call.answered_at.is_some();
        let looks = if talks == self.looked_at_talk {
            self.looks
        } else {
            0
        };
        let since = call.answered_at.unwrap_or(call.started_at);
        if talks && doubtful {
            let pause = grown(DOUBTFUL_LOOK, looks).min(LONGEST_DOUBTFUL);
            let from = self.looked_at.filter(|_| looks > 0).unwrap_or(since);
            return after(from, pause);
        }
        if let (true, Some(last)) = (looks >= MOST_LOOKS, self.looked_at) {
            return after(last, HOPELESS_LOOK);
        }
        let first = if talks { TALKS_LONG } else { RINGS_LONG };
        after(since, grown(first, looks))
    }

    fn next_read(&self, ended: Timestamp) -> Option<Timestamp> {
        let pause = READ_AFTER.get(usize::from(self.reads))?;
        Some(after(ended, *pause))
    }

    /// When the first planned read is, while it is still ahead: what is to be written beside what
    /// people wrote there can ride on it. Soon, or never.
    pub fn first_read(&self, call: &Call, now: Timestamp) -> Option<Timestamp> {
        let at = self.next_read(call.ended_at?).filter(|_| self.reads == 0)?;
        let ahead = at.duration_since(now);
        let soon = READ_AFTER.first().is_some_and(|pause| ahead <= *pause);
        (ahead.is_positive() && soon).then_some(at)
    }

    fn next_listen(&self, ended: Timestamp) -> Option<Timestamp> {
        if !self.may_listen || self.too_old || !self.notes.insights.is_empty() {
            return None;
        }
        let pause = INSIGHTS_AFTER.get(usize::from(self.listened))?;
        Some(after(ended, *pause))
    }

    /// A look is made now. One look does for all that were due by now.
    pub fn look(&mut self, call: &Call, now: Timestamp) {
        let talks = call.answered_at.is_some();
        if talks != self.looked_at_talk {
            self.looks = 0;
        }
        self.looked_at_talk = talks;
        self.looked_at = Some(now);
        loop {
            self.looks = self.looks.saturating_add(1);
            if self.looks >= MOST_LOOKS || self.next_look(call, false) > now {
                break;
            }
        }
    }

    /// The service could not be asked; it is asked again after a growing pause, or when it said.
    pub fn fail(&mut self, now: Timestamp, asked: Option<SignedDuration>) {
        self.failures = self.failures.saturating_add(1);
        self.put_off(self.failures, now);
        if let Some(asked) = asked {
            self.not_before = Some(after(now, asked));
        }
    }

    fn put_off(&mut self, times: u8, now: Timestamp) {
        let last = PAUSES_S.len().saturating_sub(1);
        let index = usize::from(times.saturating_sub(1)).min(last);
        let pause = PAUSES_S.get(index).copied().unwrap_or(900);
        self.not_before = Some(after(now, SignedDuration::from_secs(pause)));
    }

    /// The service answered.
    pub fn answered(&mut self) {
        self.failures = 0;
        self.not_before = None;
    }

    /// The record is gone for good: nothing more is asked.
    pub fn give_up(&mut self) {
        self.reads = u8::try_from(READ_AFTER.len()).unwrap_or(u8::MAX);
        self.may_listen = false;
    }

    /// Takes what the record says of a call that ended then, as far as we know. Returns whether what
    /// is shown or logged of it changed.
    ///
    /// What is absent in the record does not take away what was there: services show tags and
    /// remarks late, and not everywhere. A record that goes on although the call is over is read
    /// again soon.
    pub fn take(&mut self, record: &CloudCall, ended: Option<Timestamp>, now: Timestamp) -> bool {
        self.answered();
        let before = self.notes.clone();
        let notes = &mut self.notes;
        for tag in &record.tags {
            if !notes.tags.iter().any(|known| known.id == tag.id) {
                notes.tags.push(tag.clone());
            }
        }
        let own = self.own_remark.as_deref();
        notes.remarks = record
            .comments
            .iter()
            .filter(|comment| !own.is_some_and(|own| same_remark(own, &comment.text)))
            .cloned()
            .chain(notes.remarks.drain(..).filter(|known| {
                let again = |comment: &CloudComment| comment.id == known.id;
                !record.comments.iter().any(again)
            }))
            .collect();
        notes.recorded |= record.recorded;
        if record.recording_link.is_some() {
            notes.recording_link.clone_from(&record.recording_link);
        }
        if !record.insights.is_empty() {
            notes.insights = record.insights.clone();
        }
        match (record.status, ended) {
            (CloudStatus::Live, None) => {}
            (CloudStatus::Live, Some(ended)) => {
                let last = READ_AFTER.last().map(|pause| after(ended, *pause));
                if last.is_some_and(|last| last <= now) {
                    self.give_up();
                }
                self.behind = self.behind.saturating_add(1);
                self.put_off(self.behind, now);
            }
            (_, ended) => self.count_read(record, ended.unwrap_or(record.end()), now),
        }
        self.notes != before
    }

    /// One read does for all that were due by now.
    fn count_read(&mut self, record: &CloudCall, ended: Timestamp, now: Timestamp) {
        self.behind = 0;
        let due = READ_AFTER
            .iter()
            .filter(|pause| after(ended, does_for(**pause)) <= now)
            .count();
        self.reads = self.reads.max(u8::try_from(due).unwrap_or(u8::MAX));
        self.may_listen |= record.may_have_insights();
        self.too_old |= now.duration_since(ended) > LISTENS_BACK;
    }

    /// What the service said that a machine heard. Returns whether it is something new.
    pub fn hear(&mut self, heard: CallInsights, ended: Timestamp, now: Timestamp) -> bool {
        self.answered();
        let due = INSIGHTS_AFTER
            .iter()
            .filter(|pause| after(ended, **pause) <= now)
            .count();
        self.listened = u8::try_from(due).unwrap_or(u8::MAX).max(1);
        let new = !heard.is_empty() && heard != self.notes.insights;
        if new {
            self.notes.insights = heard;
        }
        new
    }

    /// The tags of the record that the service did not show before.
    pub fn new_tags<'a>(&'a self, record: &'a CloudCall) -> impl Iterator<Item = &'a CloudTag> {
        let known = |tag: &CloudTag| self.notes.tags.iter().any(|known| known.id == tag.id);
        record.tags.iter().filter(move |tag| !known(tag))
    }
}

/// How long after the end a read does for the planned one. Nothing does for the first: what the
/// agent types when the call is over is known only by then.
fn does_for(planned: SignedDuration) -> SignedDuration {
    if planned > EARLY {
        planned.saturating_sub(EARLY)
    } else {
        planned
    }
}

/// Whether two remarks say the same: services drop signs that they do not like.
pub fn same_remark(one: &str, other: &str) -> bool {
    let (one, other) = (said(one), said(other));
    !one.is_empty() && one == other
}

/// What is left of a remark wherever it passed: its letters and digits.
fn said(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a note says anything that a service keeps.
pub fn is_worth_sending(note: &str) -> bool {
    !said(note).is_empty()
}

fn grown(pause: SignedDuration, times: u8) -> SignedDuration {
    let factor = 1_i32
        .checked_shl(u32::from(times.min(MOST_LOOKS)))
        .unwrap_or(1);
    pause.checked_mul(factor).unwrap_or(pause)
}

fn after(at: Timestamp, pause: SignedDuration) -> Timestamp {
    at.checked_add(pause).unwrap_or(at)
}

#[cfg(test)]
mod tests;
