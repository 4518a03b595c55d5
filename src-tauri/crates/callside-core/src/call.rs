//! A call, as the agent lives it, and what telephony may say about it.
//!
//! Softphones know little: many report the number at ringing and nothing more, some report twice,
//! some in the wrong order. So a call accepts any event at any time, keeps what the event proves,
//! and refuses only what would contradict something already proven. Which call an event belongs to
//! is decided by [`correlate`].

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::CallId;
use crate::phone_number::RemoteNumber;

/// Seen from the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Somebody phones the agent.
    Inbound,
    /// The agent phones somebody.
    Outbound,
}

impl Direction {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "inbound" => Some(Self::Inbound),
            "outbound" => Some(Self::Outbound),
            _ => None,
        }
    }
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// The agent's softphone calls out.
    Dialing,
    /// The agent's phone rings.
    Ringing,
    /// They talk.
    Answered,
    /// They talk, but one of them waits.
    Held,
    /// It is over.
    Ended,
}

impl CallState {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dialing => "dialing",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Held => "held",
            Self::Ended => "ended",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "dialing" => Self::Dialing,
            "ringing" => Self::Ringing,
            "answered" => Self::Answered,
            "held" => Self::Held,
            "ended" => Self::Ended,
            _ => return None,
        })
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// They talked.
    Completed,
    /// Inbound, and nobody answered.
    Missed,
    /// Inbound, and the agent refused it; outbound, and the callee did.
    Declined,
    /// Given up by the caller before an answer.
    Cancelled,
    /// The callee was on the phone.
    Busy,
    /// Outbound, and nobody was reached.
    Failed,
}

impl EndReason {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Missed => "missed",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }

    /// Reads our own word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "completed" => Self::Completed,
            "missed" => Self::Missed,
            "declined" => Self::Declined,
            "cancelled" => Self::Cancelled,
            "busy" => Self::Busy,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

/// What a hook said of the end, in the words hooks may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidReason {
    /// One of our own words.
    Known(EndReason),
    /// The call was answered, so it was completed.
    Answered,
    /// The caller left a message.
    Voicemail,
}

impl SaidReason {
    /// Reads a hook's word, in any case. None for a word nobody defined: the end is then judged
    /// by what is known of the call.
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        Some(match word.as_str() {
            "answered" => Self::Answered,
            "voicemail" => Self::Voicemail,
            "rejected" => Self::Known(EndReason::Declined),
            other => Self::Known(EndReason::from_word(other)?),
        })
    }

    /// Whether it says that they never talked.
    fn denies_answer(self) -> bool {
        !matches!(self, Self::Answered | Self::Known(EndReason::Completed))
    }
}

/// What happened to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// The agent's phone rings.
    Ringing,
    /// The agent's softphone calls out.
    Dialing,
    /// They talk.
    Answered,
    /// Somebody was put on hold.
    Held,
    /// Talking again after a hold.
    Resumed,
    /// It is over.
    Ended {
        /// Talk time as the source measured it, in seconds. It wins over the clock.
        talk_s: Option<u32>,
        /// What the source said of the end.
        reason: Option<SaidReason>,
    },
}

/// One thing that a telephony source said, with whatever it knew.
#[derive(Clone, PartialEq, Eq)]
pub struct CallEvent {
    /// Short name of the softphone: `baresip`, `microsip`; `link` where none is given.
    pub app: String,
    /// The softphone's own id of the call. Opaque, unique per app.
    pub app_call_id: Option<String>,
    /// What happened.
    pub happening: Happening,
    /// Seen from the agent, where the source knows it.
    pub direction: Option<Direction>,
    /// The number that is not the agent's, as the source wrote it. Empty text is a withheld
    /// caller; None is a source that did not say.
    pub remote: Option<String>,
    /// The agent's own number or account.
    pub line: Option<String>,
    /// The display name that came with the call. Untrusted.
    pub name: Option<String>,
    /// The instant of this event.
    pub at: Timestamp,
    /// Whether the source proved that it is allowed to speak (the hook key, or a connection that
    /// Callside opened itself).
    pub verified: bool,
}

impl fmt::Debug for CallEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEvent")
            .field("app", &self.app)
            .field("happening", &self.happening)
            .field("direction", &self.direction)
            .field("at", &self.at)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl CallEvent {
    /// The direction the source gave, else the one the happening implies.
    pub fn likely_direction(&self) -> Direction {
        self.direction.unwrap_or(match self.happening {
            Happening::Dialing => Direction::Outbound,
            _ => Direction::Inbound,
        })
    }
}

/// The name a telephony source has for a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceName {
    /// Short name of the softphone.
    pub app: String,
    /// The softphone's own id, where it has one.
    pub app_call_id: Option<String>,
}

/// One conversation, from first ring or dial to the end.
///
/// | from \ event | ringing, dialing | answered | held | resumed | ended |
/// |---|---|---|---|---|---|
/// | dialing, ringing | same (a duplicate) | answered | refused | refused | ended |
/// | answered | same (late) | same | held | same | ended |
/// | held | same (late) | same | same | answered | ended |
/// | ended | same (late) | ended, now proven answered | same | same | ended, corrected |
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Ours.
    pub id: CallId,
    /// Names by which telephony sources know it; the first opened it.
    pub names: Vec<SourceName>,
    /// Seen from the agent.
    pub direction: Direction,
    /// The number that is not the agent's.
    pub remote: RemoteNumber,
    /// The display name that came with the call. Untrusted.
    pub caller_name: Option<String>,
    /// The agent's own number or account.
    pub line: Option<String>,
    /// Where it stands.
    pub state: CallState,
    /// How it ended. Some exactly when the state is ended.
    pub end_reason: Option<EndReason>,
    /// The caller left a message.
    pub voicemail: bool,
    /// First ring or dial.
    pub started_at: Timestamp,
    /// When they began to talk.
    pub answered_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Talk time in seconds as the source measured it.
    pub said_talk_s: Option<u32>,
    /// False until a source that proved itself, or the agent, vouched for the call.
    pub verified: bool,
    /// False while nothing but our own hand-over to a softphone says that this call exists.
    pub confirmed: bool,
    /// When the last event about it came.
    pub last_event_at: Timestamp,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("direction", &self.direction)
            .field("state", &self.state)
            .field("end_reason", &self.end_reason)
            .finish_non_exhaustive()
    }
}

/// What an event did to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The call changed.
    Changed,
    /// The event said nothing new.
    Nothing,
    /// The record of an ended call was corrected. Its card must not open again.
    Corrected,
}

/// Why a call refused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventRefused {
    /// A hold needs an answer first.
    #[error("apply event: the call was never answered")]
    NotAnswered,
}

/// What opens a call.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The new call's id.
    pub id: CallId,
    /// The event's remote number, read by the region of the connection.
    pub remote: RemoteNumber,
    /// False for a call that only our own hand-over to a softphone speaks for.
    pub confirmed: bool,
}

impl Call {
    /// Opens a call by its first event. `answered` without `ringing` opens one too; `ended` opens
    /// a call that is already over.
    pub fn open(opening: Opening, event: &CallEvent) -> Self {
        let direction = event.likely_direction();
        let mut call = Self {
            id: opening.id,
            names: vec![SourceName {
                app: event.app.clone(),
                app_call_id: event.app_call_id.clone(),
            }],
            direction,
            remote: opening.remote,
            caller_name: event.name.clone(),
            line: event.line.clone(),
            state: match direction {
                Direction::Inbound => CallState::Ringing,
                Direction::Outbound => CallState::Dialing,
            },
            end_reason: None,
            voicemail: false,
            started_at: event.at,
            answered_at: None,
            ended_at: None,
            said_talk_s: None,
            verified: event.verified,
            confirmed: opening.confirmed,
            last_event_at: event.at,
        };
        // A hold as the first event is refused by the machine but still proves an answer.
        if matches!(event.happening, Happening::Held | Happening::Resumed) {
            call.answered_at = Some(event.at);
            call.state = CallState::Answered;
        }
        let _ = call.advance(event);
        call
    }

    /// Talk time in whole seconds; 0 when never answered.
    pub fn talk_s(&self) -> u32 {
        let Some(answered) = self.answered_at else {
            return 0;
        };
        if let Some(said) = self.said_talk_s {
            return said;
        }
        let Some(ended) = self.ended_at else { return 0 };
        let seconds = ended.duration_since(answered).as_secs().max(0);
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    /// Whether the call is over.
    pub fn is_ended(&self) -> bool {
        self.state == CallState::Ended
    }

    /// Whether they ever talked.
    pub fn was_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    /// Lets the event act on the call.
    ///
    /// # Errors
    /// [`EventRefused`] when the event contradicts what is known; the call is unchanged then.
    pub fn apply(&mut self, event: &CallEvent) -> Result<Applied, EventRefused> {
        let before = self.clone();
        self.advance(event)?;
        self.learn(event);
        let changed = *self != before;
        self.last_event_at = self.last_event_at.max(event.at);
        Ok(match (changed, before.is_ended()) {
            (false, _) => Applied::Nothing,
            (true, true) => Applied::Corrected,
            (true, false) => Applied::Changed,
        })
    }

    fn advance(&mut self, event: &CallEvent) -> Result<(), EventRefused> {
        match (&event.happening, self.state) {
            (Happening::Ringing | Happening::Dialing, _) => {}
            (Happening::Answered, CallState::Dialing | CallState::Ringing) => {
                self.state = CallState::Answered;
                self.answered_at = Some(event.at.max(self.started_at));
            }
            (Happening::Answered, CallState::Answered | CallState::Held) => {}
            (Happening::Answered, CallState::Ended) => self.prove_answered(event.at),
            (Happening::Held, CallState::Answered) => self.state = CallState::Held,
            (Happening::Resumed, CallState::Held) => self.state = CallState::Answered,
            (Happening::Held | Happening::Resumed, CallState::Dialing | CallState::Ringing) => {
                return Err(EventRefused::NotAnswered);
            }
            (Happening::Held | Happening::Resumed, _) => {}
            (Happening::Ended { talk_s, reason }, state) => {
                let first = state != CallState::Ended;
                self.end(event.at, *talk_s, *reason, first);
            }
        }
        Ok(())
    }

    fn end(&mut self, at: Timestamp, talk_s: Option<u32>, reason: Option<SaidReason>, first: bool) {
        if first {
            self.state = CallState::Ended;
            self.ended_at = Some(at.max(self.answered_at.unwrap_or(self.started_at)));
        }
        // Some softphones measure the ringing too: a reason that says nobody answered wins.
        let talked =
            talk_s.is_some_and(|s| s > 0) && !reason.is_some_and(SaidReason::denies_answer);
        let said_answered = matches!(
            reason,
            Some(SaidReason::Answered | SaidReason::Known(EndReason::Completed))
        );
        if talked || said_answered {
            let ended = self.ended_at.unwrap_or(at);
            let talk = SignedDuration::from_secs(i64::from(talk_s.unwrap_or(0)));
            self.prove_answered(ended.checked_sub(talk).unwrap_or(ended));
        }
        if let Some(talk_s) = talk_s {
            self.said_talk_s = Some(talk_s);
        }
        if reason == Some(SaidReason::Voicemail) {
            self.voicemail = true;
        }
        self.end_reason = Some(self.judge_end(reason, first));
    }

    fn prove_answered(&mut self, at: Timestamp) {
        if self.answered_at.is_some() {
            return;
        }
        let latest = self.ended_at.unwrap_or(at).max(self.started_at);
        self.answered_at = Some(at.clamp(self.started_at, latest));
        if self.state == CallState::Ended {
            self.end_reason = Some(EndReason::Completed);
        }
    }

    fn judge_end(&self, reason: Option<SaidReason>, first: bool) -> EndReason {
        if self.was_answered() {
            return EndReason::Completed;
        }
        match (reason, self.end_reason) {
            (Some(SaidReason::Known(said)), _) => self.in_our_direction(said),
            (_, Some(known)) if !first => known,
            _ => match self.direction {
                Direction::Inbound => EndReason::Missed,
                Direction::Outbound => EndReason::Failed,
            },
        }
    }

    /// "Missed" is a word for inbound calls only; an outbound call that somebody missed failed.
    fn in_our_direction(&self, said: EndReason) -> EndReason {
        match (self.direction, said) {
            (Direction::Outbound, EndReason::Missed) => EndReason::Failed,
            _ => said,
        }
    }

    /// Takes from the event what the call did not know yet.
    fn learn(&mut self, event: &CallEvent) {
        self.verified |= event.verified;
        self.confirmed = true;
        if self.line.is_none() {
            self.line.clone_from(&event.line);
        }
        if self.caller_name.is_none() {
            self.caller_name.clone_from(&event.name);
        }
        let known = |name: &SourceName| {
            name.app == event.app
                && (name.app_call_id == event.app_call_id || event.app_call_id.is_none())
        };
        if self.names.iter().any(known) {
            return;
        }
        let unnamed = |name: &&mut SourceName| name.app == event.app && name.app_call_id.is_none();
        if let Some(name) = self.names.iter_mut().find(unnamed) {
            name.app_call_id.clone_from(&event.app_call_id);
        } else {
            self.names.push(SourceName {
                app: event.app.clone(),
                app_call_id: event.app_call_id.clone(),
            });
        }
    }
}

/// Which call an event belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correlation {
    /// A call we know.
    Known(CallId),
    /// A new one.
    New,
    /// None, and it opens none.
    Stray,
}

/// Two reports of one instant by one softphone, or by two, are this far apart at most.
pub const SAME_INSTANT: SignedDuration = SignedDuration::from_secs(2);
/// A hand-over to a softphone is answered by its first event within this time.
pub const HAND_OVER: SignedDuration = SignedDuration::from_secs(60);
/// A phone does not ring longer than this without a word.
pub const LONGEST_RING: SignedDuration = SignedDuration::from_secs(180);
/// A late event without an id may correct a call that ended this long ago.
pub const LATE_WITHOUT_ID: SignedDuration = SignedDuration::from_secs(30);

/// Finds the call that an event speaks of.
///
/// `calls` are the open calls and those that ended lately, in any order. `remote` is the event's
/// number, read; None when the source did not say one.
///
/// With an id the pair of app and id decides. Without, the newest open call of the same app and
/// number, else (for an event that names no number) the newest open call of that app. Another
/// softphone reporting the same number in the same direction at the same instant speaks of the
/// same call, and so does the first event after our own hand-over.
pub fn correlate(event: &CallEvent, remote: Option<&RemoteNumber>, calls: &[Call]) -> Correlation {
    let mut newest_first: Vec<&Call> = calls.iter().collect();
    newest_first.sort_by(|a, b| (b.started_at, &b.id).cmp(&(a.started_at, &a.id)));

    if let Some(call) = by_id(event, &newest_first) {
        return Correlation::Known(call.id.clone());
    }
    let opens = matches!(event.happening, Happening::Ringing | Happening::Dialing);
    let find = |fits: &dyn Fn(&Call) -> bool| {
        let mut open = newest_first.iter().filter(|call| fits(call));
        open.find(|call| speaks_of(event, call, opens))
    };
    let found = match remote {
        None => find(&|_| true),
        Some(remote) => find(&|call| remote.same_number(&call.remote)).or_else(|| {
            // A softphone that leaves the number empty later on does not speak of another caller.
            find(&|_| remote.is_withheld() && !opens)
        }),
    };
    if let Some(call) = found {
        return Correlation::Known(call.id.clone());
    }
    match event.happening {
        Happening::Ended { .. } | Happening::Held | Happening::Resumed => Correlation::Stray,
        Happening::Answered if remote.is_none() && event.app_call_id.is_none() => {
            Correlation::Stray
        }
        _ => Correlation::New,
    }
}

fn by_id<'a>(event: &CallEvent, calls: &[&'a Call]) -> Option<&'a Call> {
    let id = event.app_call_id.as_ref()?;
    calls.iter().copied().find(|call| {
        call.names
            .iter()
            .any(|name| name.app == event.app && name.app_call_id.as_ref() == Some(id))
    })
}

fn speaks_of(event: &CallEvent, call: &Call, opens: bool) -> bool {
    let same_app = call.names.iter().any(|name| name.app == event.app);
    let other_id = event.app_call_id.is_some()
        && call
            .names
            .iter()
            .any(|name| name.app == event.app && name.app_call_id.is_some());
    if other_id {
        // The softphone has another name for that call: this one is a different call.
        return false;
    }
    let since_start = event.at.duration_since(call.started_at).abs();
    if call.is_ended() {
        return !opens && same_app && late_word(event, call);
    }
    let same_direction = event.direction.is_none() || event.direction == Some(call.direction);
    if opens && event.likely_direction() != call.direction {
        return false;
    }
    if !call.confirmed && same_direction {
        return since_start <= HAND_OVER;
    }
    if !same_app {
        return same_direction && since_start <= SAME_INSTANT;
    }
    if !opens {
        return true;
    }
    match call.state {
        CallState::Dialing | CallState::Ringing => since_start <= LONGEST_RING,
        _ => call
            .answered_at
            .is_some_and(|at| event.at.duration_since(at).abs() <= SAME_INSTANT),
    }
}

fn late_word(event: &CallEvent, call: &Call) -> bool {
    call.ended_at
        .is_some_and(|ended| event.at.duration_since(ended).abs() <= LATE_WITHOUT_ID)
}

#[cfg(test)]
mod tests;
