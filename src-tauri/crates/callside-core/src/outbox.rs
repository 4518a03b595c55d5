//! What the agent did, kept until the CRM has it.
//!
//! One entry is one call to be written at one target. It is on disk before anything is sent, and
//! it leaves only as delivered or by the agent's own hand: attempts never run out. A try whose
//! outcome is unknown is looked up by its marker before the next one. Nothing here talks to a CRM;
//! see `outbox_worker` in callside-engine.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::call::{Call, Direction, EndReason};
use crate::cloud_call::{CloudLabels, CloudNotes, log_lines};
use crate::contact::{ContactRef, Role};
use crate::id::{CallId, ConnectionId, EntryId, Marker, RemoteId};
use crate::insight::LiveFacts;
use crate::wrap_up::{Disposition, Draft, OpportunityChoice, Tag};

/// How long an unknown caller keeps being matched against every sync.
pub const KEEP_MATCHING: SignedDuration = SignedDuration::from_hours(24);

/// Seconds between looking for a log whose try ended in doubt. The first look is at once; after
/// the last one that finds nothing, the log is written again under the same marker.
const CHECK_AGAIN_S: [i64; 3] = [15, 60, 300];

/// Seconds until the next try while the CRM cannot be reached; the last one repeats.
const OFFLINE_S: [i64; 4] = [2, 4, 8, 15];

/// The longest undo that the settings allow.
const LONGEST_UNDO: SignedDuration = SignedDuration::from_secs(60);

/// More than any pause between two tries or two checks.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(360);

/// The longest that is waited because the CRM asked for it; then it is asked again.
const LONGEST_PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Seconds until the next try while the CRM asks for patience without saying how much.
const BUSY_S: [i64; 6] = [1, 2, 4, 8, 16, 30];

/// What the narrowest CRM surely keeps of a text, in characters.
const LONGEST_TEXT: usize = 4_000;

/// Two measures of one talk differ by so many seconds at most.
const SAME_TALK_S: u32 = 2;

/// How soon after a try a check that finds nothing may be trusted when the agent asks to retry.
const TRUST_ABSENCE: SignedDuration = SignedDuration::from_secs(15);

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent at the next try.
    Waiting,
    /// A try ended in doubt; the CRM is asked whether it has the log.
    Checking,
    /// The CRM has it.
    Delivered,
    /// It waits for the agent, with the reason.
    Stuck,
}

impl DeliveryState {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Checking => "checking",
            Self::Delivered => "delivered",
            Self::Stuck => "stuck",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "waiting" => Self::Waiting,
            "checking" => Self::Checking,
            "delivered" => Self::Delivered,
            "stuck" => Self::Stuck,
            _ => return None,
        })
    }
}

/// Why an entry is not delivered yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// No record has this number.
    ContactNotFound,
    /// The CRM says that the record is gone.
    ContactDeleted,
    /// Nobody is signed in to the CRM.
    Disconnected,
    /// The CRM refused, in its own words.
    Refused {
        /// The CRM's words, shown to the agent as plain text.
        words: String,
    },
    /// Gorgias: nobody may write the note.
    NoAdmin,
    /// The CRM could not be reached.
    Unreachable,
    /// The CRM's limit is used up for now.
    Limited,
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Reason {
    /// The stable word of the JSON shapes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ContactNotFound => "contact_not_found",
            Self::ContactDeleted => "contact_deleted",
            Self::Disconnected => "disconnected",
            Self::Refused { .. } => "refused",
            Self::NoAdmin => "no_admin",
            Self::Unreachable => "unreachable",
            Self::Limited => "limited",
        }
    }
}

/// The record that an entry is written on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Where the record lives.
    pub contact: ContactRef,
    /// Its name when the call was filed, for the list.
    pub name: String,
    /// Client, prospect or supplier when the call was filed.
    pub role: Option<Role>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("contact", &self.contact)
            .finish_non_exhaustive()
    }
}

/// The log as the CRM has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The CRM's id of the log.
    pub remote_id: RemoteId,
    /// The page that shows it, or the record it stands on.
    pub url: Option<String>,
    /// The text that stands there.
    pub text: String,
    /// What Callside wrote into its other fields. None when it wrote none, or nobody knows any more.
    #[serde(default)]
    pub fields: Option<LogFields>,
}

/// What a log says in fields of their own, beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFields {
    /// What the call came to.
    pub result: CallResult,
    /// Talk time in seconds.
    pub talk_s: u32,
}

impl LogFields {
    /// Whether what is known now is worth a change of the log. Two clocks measure one talk a little
    /// differently, and that is no correction.
    pub fn are_corrected_by(self, now: Self) -> bool {
        self.result != now.result || self.talk_s.abs_diff(now.talk_s) > SAME_TALK_S
    }
}

impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logged")
            .field("remote_id", &self.remote_id)
            .finish_non_exhaustive()
    }
}

/// Why a try failed, decided once by the adapter that made it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Nothing reached the CRM. The same request may go again.
    #[error("deliver: the CRM cannot be reached")]
    Offline,
    /// The request left, and its effect is unknown: a time-out, a cut connection, a server error.
    #[error("deliver: the outcome is unknown")]
    InDoubt,
    /// The CRM refused for now and took nothing.
    #[error("deliver: the CRM asks for patience")]
    Busy {
        /// How long it asked to wait.
        retry_after: Option<SignedDuration>,
    },
    /// The sign-in is gone.
    #[error("deliver: nobody is signed in")]
    Unauthorized,
    /// The record to write on does not exist any more.
    #[error("deliver: the record is gone")]
    Gone,
    /// The CRM refused for good.
    #[error("deliver: the CRM refused")]
    Refused {
        /// The CRM's words.
        words: String,
    },
    /// Nobody in the CRM may write what has to be written.
    #[error("deliver: no admin may write this")]
    NoAdmin,
}

impl fmt::Debug for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is to be done for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Write the log.
    Send,
    /// Look for the log by its marker.
    Check,
    /// Bring a later change to the log.
    Amend,
}

/// How a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The state shown to the agent.
    pub state: DeliveryState,
    /// Why it is not delivered. Some exactly when stuck, or waiting after a failure.
    pub reason: Option<Reason>,
    /// When the next step is due. None when delivered or stuck.
    pub next_try_at: Option<Timestamp>,
    /// How often the log was sent.
    pub attempts: u32,
    /// Failures of the same kind in a row; decides the pause.
    pub failures: u32,
    /// How many checks in a row found nothing.
    pub checks: u32,
    /// When the first try began. A search by marker starts a little before it.
    pub first_sent_at: Option<Timestamp>,
    /// When the last try began.
    pub last_sent_at: Option<Timestamp>,
    /// A try began and its outcome is not on disk yet.
    pub in_flight: bool,
    /// The log may be in the CRM already. Until a look-up settles it, nothing is sent again,
    /// whatever else happens to the entry meanwhile.
    pub in_doubt: bool,
    /// The log in the CRM.
    pub logged: Option<Logged>,
    /// The draft's revision that the log carries.
    pub written_revision: u32,
    /// Somebody edited the log in the CRM, so a later change was put beside it.
    #[serde(default)]
    pub beside: bool,
}

impl Delivery {
    /// A delivery that starts once the agent can no longer undo the filing.
    pub fn filed(starts_at: Timestamp, found: bool) -> Self {
        Self {
            state: DeliveryState::Waiting,
            reason: (!found).then_some(Reason::ContactNotFound),
            next_try_at: Some(starts_at),
            attempts: 0,
            failures: 0,
            checks: 0,
            first_sent_at: None,
            last_sent_at: None,
            in_flight: false,
            in_doubt: false,
            logged: None,
            written_revision: 0,
            beside: false,
        }
    }

    /// What is due at this instant. `revision` is the draft's.
    pub fn due(&self, now: Timestamp, revision: u32) -> Option<Step> {
        if self.in_flight || self.reason == Some(Reason::Disconnected) {
            return None;
        }
        // Further ahead than anything is ever planned: the clock was set back since.
        let ripe = self
            .next_try_at
            .is_none_or(|at| at <= now || at.duration_since(now) > self.longest_wait());
        match self.state {
            DeliveryState::Waiting if ripe => Some(Step::Send),
            DeliveryState::Checking if ripe => Some(Step::Check),
            DeliveryState::Delivered if ripe && revision > self.written_revision => {
                Some(Step::Amend)
            }
            _ => None,
        }
    }

    /// The longest time that can lie before the next step as it stands.
    fn longest_wait(&self) -> SignedDuration {
        match (self.state, &self.reason) {
            (_, Some(Reason::ContactNotFound)) => KEEP_MATCHING,
            (_, Some(Reason::Limited)) => LONGEST_PATIENCE,
            (DeliveryState::Waiting, None) => LONGEST_UNDO,
            _ => LONGEST_PAUSE,
        }
    }

    /// A try begins. Written to disk before anything is sent: a crash half-way must still use up
    /// an attempt and be checked.
    pub fn begin_send(&mut self, now: Timestamp) {
        self.attempts += 1;
        self.checks = 0;
        self.in_flight = true;
        self.first_sent_at.get_or_insert(now);
        self.last_sent_at = Some(now);
    }

    /// The app starts: a try that was under way when it stopped ended in doubt.
    pub fn recover(&mut self, now: Timestamp) {
        if !self.in_flight {
            return;
        }
        self.in_flight = false;
        if self.logged.is_none() {
            self.doubt(now);
        }
    }

    /// It comes from a backup: whatever it says, the log may have been written since. Nothing is
    /// sent before a look-up by the marker settles it; one that is stuck stays so.
    pub fn restored(&mut self, now: Timestamp) {
        if self.logged.is_some() {
            return;
        }
        self.in_flight = false;
        if matches!(self.state, DeliveryState::Stuck) {
            self.in_doubt = true;
        } else {
            self.doubt(now);
        }
    }

    /// The CRM has the log.
    pub fn succeed(&mut self, logged: Logged, revision: u32) {
        self.state = DeliveryState::Delivered;
        self.reason = None;
        self.next_try_at = None;
        self.failures = 0;
        self.checks = 0;
        self.in_flight = false;
        self.in_doubt = false;
        self.logged = Some(logged);
        self.written_revision = revision;
    }

    /// A try failed. `jitter` is between 0 and 1 and spreads the next tries of many entries.
    pub fn fail(&mut self, error: &DeliveryError, now: Timestamp, jitter: f64) {
        self.in_flight = false;
        match error {
            DeliveryError::Offline => self.wait(Reason::Unreachable, now, &OFFLINE_S, jitter),
            DeliveryError::InDoubt if self.state == DeliveryState::Waiting => self.doubt(now),
            DeliveryError::InDoubt => self.wait(Reason::Unreachable, now, &OFFLINE_S, jitter),
            DeliveryError::Busy { retry_after } => {
                self.wait(Reason::Limited, now, &BUSY_S, jitter);
                if let Some(pause) = retry_after {
                    self.next_try_at = now.checked_add((*pause).min(LONGEST_PATIENCE)).ok();
                }
            }
            DeliveryError::Unauthorized => self.stick(Reason::Disconnected),
            DeliveryError::Gone => self.stick(Reason::ContactDeleted),
            DeliveryError::Refused { words } => self.stick(Reason::Refused {
                words: words.clone(),
            }),
            DeliveryError::NoAdmin => self.stick(Reason::NoAdmin),
        }
    }

    /// A later change could not be brought to the log. The log itself stays delivered; after a
    /// refusal nothing more is tried until the agent asks for it.
    pub fn amend_failed(
        &mut self,
        error: &DeliveryError,
        revision: u32,
        now: Timestamp,
        jitter: f64,
    ) {
        self.fail(error, now, jitter);
        self.state = DeliveryState::Delivered;
        if !matches!(
            error,
            DeliveryError::Offline
                | DeliveryError::InDoubt
                | DeliveryError::Busy { .. }
                | DeliveryError::Unauthorized
        ) {
            self.written_revision = revision;
        }
    }

    /// A check found no log with the marker.
    pub fn not_found(&mut self, now: Timestamp) {
        let pause = usize::try_from(self.checks)
            .ok()
            .and_then(|i| CHECK_AGAIN_S.get(i));
        match pause {
            Some(seconds) => {
                self.checks += 1;
                self.next_try_at = Some(after(now, *seconds));
            }
            None => {
                self.in_doubt = false;
                self.wait_now(now);
            }
        }
    }

    /// The agent asks to try at once. A log that may already be in the CRM is looked up first;
    /// a look that finds nothing is then the last one, unless the try was only just made.
    pub fn retry(&mut self, now: Timestamp) {
        if self.state == DeliveryState::Delivered {
            self.amend_again(now);
            return;
        }
        let sent_lately = self
            .last_sent_at
            .is_some_and(|at| now.duration_since(at) < TRUST_ABSENCE);
        self.wait_now(now);
        if self.in_doubt && !sent_lately {
            self.checks = u32::try_from(CHECK_AGAIN_S.len()).unwrap_or(u32::MAX);
        }
    }

    /// The log is there; a later change that did not reach it is brought once more.
    fn amend_again(&mut self, now: Timestamp) {
        if self.reason.take().is_some() {
            self.written_revision = 0;
            self.failures = 0;
            self.next_try_at = Some(now);
        }
    }

    /// Somebody was found for it, or the agent attached it: it is due now. A log in doubt is
    /// looked up before it is sent.
    pub fn wait_now(&mut self, now: Timestamp) {
        self.state = match (&self.logged, self.in_doubt) {
            (Some(_), _) => DeliveryState::Delivered,
            (None, true) => DeliveryState::Checking,
            (None, false) => DeliveryState::Waiting,
        };
        self.reason = None;
        self.checks = 0;
        self.failures = 0;
        self.next_try_at = Some(now);
    }

    /// Nothing more can be done without the agent.
    pub fn stick(&mut self, reason: Reason) {
        // A try under way may get through although nobody waits for it any more.
        self.in_doubt |= self.in_flight && self.logged.is_none();
        self.in_flight = false;
        self.state = DeliveryState::Stuck;
        self.reason = Some(reason);
        self.next_try_at = None;
    }

    /// The sign-in is back: what was stuck for the want of it goes on.
    pub fn reconnected(&mut self, now: Timestamp) {
        if self.reason == Some(Reason::Disconnected) {
            self.wait_now(now);
        }
    }

    fn doubt(&mut self, now: Timestamp) {
        self.in_doubt = true;
        self.wait_now(now);
    }

    fn wait(&mut self, reason: Reason, now: Timestamp, pauses: &[i64], jitter: f64) {
        let last = pauses.len().saturating_sub(1);
        let index = usize::try_from(self.failures).unwrap_or(last).min(last);
        let seconds = pauses.get(index).copied().unwrap_or(60);
        self.failures = self.failures.saturating_add(1);
        self.reason = Some(reason);
        // Up to a fifth more, so that many entries do not knock at one instant.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "pauses are minutes at most"
        )]
        let extra_ms = (seconds as f64 * 200.0 * jitter.clamp(0.0, 1.0)) as i64;
        let pause = SignedDuration::from_millis(seconds * 1000 + extra_ms);
        self.next_try_at = Some(now.checked_add(pause).unwrap_or(now));
    }
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(now)
}

/// One call to be written at one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Ours.
    pub id: EntryId,
    /// The call.
    pub call: CallId,
    /// The CRM connection.
    pub connection: ConnectionId,
    /// The record. None while nobody is found.
    pub target: Option<Target>,
    /// What marks the log in the CRM. The same for every attempt.
    pub marker: Marker,
    /// When the agent filed the call.
    pub filed_at: Timestamp,
    /// The target's companies and open opportunities, asked while the phone rang. None until
    /// they are known.
    pub facts: Option<LiveFacts>,
    /// How it stands.
    pub delivery: Delivery,
}

impl OutboxEntry {
    /// Nobody was found: either the entry keeps being matched, or its day is over and it is
    /// stuck.
    pub fn nobody_found(&mut self, now: Timestamp) {
        if now.duration_since(self.filed_at) >= KEEP_MATCHING {
            self.delivery.stick(Reason::ContactNotFound);
        } else {
            self.delivery.state = DeliveryState::Waiting;
            self.delivery.reason = Some(Reason::ContactNotFound);
            self.delivery.in_flight = false;
            // Not counted from a filing in the future: the clock may have been set back.
            self.delivery.next_try_at = self.filed_at.min(now).checked_add(KEEP_MATCHING).ok();
        }
    }

    /// Whether it is to be matched anew: it waits for somebody to be found, and the agent's time
    /// to undo the filing is over.
    pub fn waits_for_somebody(&self, now: Timestamp) -> bool {
        let day_ends = self.filed_at.checked_add(KEEP_MATCHING).ok();
        let begins_later = self
            .delivery
            .next_try_at
            .is_some_and(|at| at > now && Some(at) != day_ends);
        self.target.is_none() && self.delivery.state == DeliveryState::Waiting && !begins_later
    }
}

/// What a call came to, in the words of the CRMs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// They talked.
    Connected,
    /// Nobody answered.
    NoAnswer,
    /// A message was left.
    Voicemail,
    /// The line was busy.
    Busy,
    /// It was the wrong number.
    WrongNumber,
}

/// What the call came to: the agent's word on a wrong number or a left message wins over the
/// telephone's.
pub fn call_result(call: &Call, draft: &Draft) -> CallResult {
    match draft.disposition.as_ref().map(Disposition::as_str) {
        Some("wrong_number") => return CallResult::WrongNumber,
        Some("left_message") => return CallResult::Voicemail,
        _ => {}
    }
    if call.voicemail {
        return CallResult::Voicemail;
    }
    if call.was_answered() {
        return CallResult::Connected;
    }
    match call.end_reason {
        Some(EndReason::Busy) => CallResult::Busy,
        _ => CallResult::NoAnswer,
    }
}

/// A call as an adapter writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct CallLog {
    /// What marks the log.
    pub marker: Marker,
    /// The whole text, marker first.
    pub text: String,
    /// Seen from the agent.
    pub direction: Direction,
    /// What the call came to.
    pub result: CallResult,
    /// First ring or dial.
    pub started_at: Timestamp,
    /// Talk time in seconds.
    pub talk_s: u32,
    /// The record to write on.
    pub target: Target,
    /// Its companies and opportunities. None when the adapter has to ask.
    pub facts: Option<LiveFacts>,
    /// Which opportunity the agent meant.
    pub opportunity: OpportunityChoice,
    /// The agent's tags.
    pub tags: Vec<Tag>,
    /// The number that is not the agent's, E.164 where it has such a form.
    pub remote_number: String,
}

impl CallLog {
    /// What goes into fields of their own.
    pub fn fields(&self) -> LogFields {
        LogFields {
            result: self.result,
            talk_s: self.talk_s,
        }
    }
}

impl fmt::Debug for CallLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLog")
            .field("marker", &self.marker)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// The words that stand before the facts in a logged text, in the team's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLabels {
    /// Before the remote number.
    pub number: String,
    /// In place of a withheld number.
    pub withheld: String,
    /// Before the line.
    pub line: String,
    /// Before the outcome.
    pub outcome: String,
    /// Before the tags.
    pub tags: String,
    /// The offered dispositions, end reasons, moods and roles in the team's language, by their
    /// words.
    pub words: std::collections::BTreeMap<String, String>,
    /// Between a label and its value: `: `, in French ` : `.
    pub colon: String,
    /// Before what a telephony service said.
    pub cloud: CloudLabels,
}

impl LogLabels {
    /// A word in the team's language; the word itself where nobody translated it.
    pub(crate) fn word(&self, word: &str) -> String {
        self.words
            .get(word)
            .cloned()
            .unwrap_or_else(|| word.to_owned())
    }
}

/// The text that reaches the CRM: the marker alone on the first line, so that no cut can lose it,
/// then the facts, then the note, then what a telephony service said, as far as there is room.
pub fn log_text(
    marker: &Marker,
    call: &Call,
    draft: &Draft,
    notes: Option<&CloudNotes>,
    labels: &LogLabels,
) -> String {
    let mut lines = vec![marker.as_str().to_owned()];
    let mut fact = |label: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("{label}{}{value}", labels.colon));
        }
    };
    let number = if call.remote.is_withheld() {
        labels.withheld.clone()
    } else {
        call.remote.display()
    };
    fact(&labels.number, &one_line(&number));
    fact(
        &labels.line,
        &one_line(call.line.as_deref().unwrap_or_default()),
    );
    let outcome = match (&draft.disposition, call.end_reason) {
        (Some(picked), _) => labels.word(picked.as_str()),
        (None, Some(EndReason::Completed) | None) => String::new(),
        (None, Some(reason)) => labels.word(reason.as_str()),
    };
    fact(&labels.outcome, &outcome);
    let tags: Vec<&str> = draft.tags.iter().map(Tag::as_str).collect();
    fact(&labels.tags, &tags.join(", "));
    let note = draft.note.trim();
    if !note.is_empty() {
        lines.push(String::new());
        lines.push(note.to_owned());
    }
    let mut text = lines.join("\n");
    let room = LONGEST_TEXT.saturating_sub(text.chars().count() + 1);
    let said = notes.map(|notes| log_lines(notes, labels, room));
    for (index, line) in said.unwrap_or_default().iter().enumerate() {
        text.push_str(if index == 0 { "\n\n" } else { "\n" });
        text.push_str(line);
    }
    text
}

/// Text from telephony, made fit for one line of at most 120 characters.
fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests;
