//! What a telephony service in the cloud keeps of a call, and when that is worth asking for.
//!
//! Such a service (Aircall, Allo) has its own record of each call, which is complete some time
//! after the end: tags and comments typed there, the link to the recording, what a machine heard.
//! The record is read after the call, merged into what the agent has, and brings calls that
//! happened while Callside was closed.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::call::Direction;

pub mod import;

mod follow_up;
mod merge;
mod recording;
mod send;
mod words;

pub use follow_up::{CloudNotes, FollowStep, FollowUp, is_worth_sending, same_remark};
pub use merge::same_line;
pub use recording::{is_recording_of, recording_stem};
pub use send::{CloudSend, CloudWrite, tags_to_set};
pub use words::{CloudLabels, card_lines, log_lines};

/// What a call came to, in the service's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloudStatus {
    /// It goes on.
    Live,
    /// They talked: there is an answer time.
    Answered,
    /// Inbound, and the caller left a message.
    Voicemail,
    /// Inbound without an answer.
    Missed,
    /// Outbound without an answer.
    Failed,
}

impl CloudStatus {
    /// Judges a record: an answer time wins, then a message, then the direction.
    pub fn judge(over: bool, direction: Direction, answered: bool, left_message: bool) -> Self {
        match (over, answered, left_message, direction) {
            (false, ..) => Self::Live,
            (true, true, ..) => Self::Answered,
            (true, false, true, _) => Self::Voicemail,
            (true, false, false, Direction::Inbound) => Self::Missed,
            (true, false, false, Direction::Outbound) => Self::Failed,
        }
    }
}

/// One of the company's own numbers at the service.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudLine {
    /// The service's id of it; its number where it has none.
    pub id: String,
    /// What the company calls it.
    pub name: String,
    /// The number, as the service writes it.
    pub number: String,
}

/// A label that the company defined at the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudTag {
    /// The service's id of it.
    pub id: String,
    /// The label.
    pub name: String,
    /// `#rrggbb`, where the service has colours.
    pub color: Option<String>,
}

/// Somebody who phones through the service.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudAgent {
    /// The service's id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// E-mail address; compared without case.
    pub email: String,
}

/// A remark on a call at the service.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudComment {
    /// The service's id of it.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Who wrote it there; None when a program did.
    pub by: Option<String>,
}

/// The service's record of one call. What the service did not say is absent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudCall {
    /// The service's id; the same that its live events carry.
    pub id: String,
    /// Seen from the agent.
    pub direction: Direction,
    /// What it came to.
    pub status: CloudStatus,
    /// The service's own word for the outcome or for why nobody answered, as it came. New words
    /// appear without notice, so nothing depends on one.
    #[serde(default)]
    pub said: Option<String>,
    /// First ring or dial.
    pub started_at: Timestamp,
    /// When they began to talk.
    pub answered_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Seconds from the first ring to the end.
    pub duration_s: u32,
    /// The number that is not the company's. Empty: withheld.
    pub remote: String,
    /// Which of the company's numbers.
    pub line: Option<CloudLine>,
    /// Who took or placed it.
    pub agent: Option<CloudAgent>,
    /// The other side's name in the service's own contacts. Untrusted.
    pub contact_name: Option<String>,
    /// A link to the recording or message that lasts; who opens it has to sign in there.
    pub recording_link: Option<String>,
    /// Whether there is a recording or message to be had.
    pub recorded: bool,
    /// The labels on it.
    pub tags: Vec<CloudTag>,
    /// The remarks on it.
    pub comments: Vec<CloudComment>,
    /// What a machine heard, where the record itself carries it.
    pub insights: CallInsights,
}

/// How the other side sounded, as a machine judged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Pleased.
    Positive,
    /// Neither.
    Neutral,
    /// Displeased.
    Negative,
}

/// What a machine heard in a call. Everything may be absent: not bought, not ready, not recorded.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallInsights {
    /// Some sentences.
    pub summary: Option<String>,
    /// What was spoken of.
    pub topics: Vec<String>,
    /// How the other side sounded.
    pub mood: Option<Mood>,
    /// What somebody promised to do.
    pub action_items: Vec<String>,
    /// Who said what, a line each. Only where the user asked for it, and never from Aircall.
    #[serde(default)]
    pub transcript: Option<String>,
}

impl CallInsights {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

macro_rules! silent {
    ($($name:ident { $($field:ident),* }),* $(,)?) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    )* };
}

silent!(
    CloudLine { id },
    CloudAgent { id },
    CloudComment { id },
    CloudCall {
        id,
        direction,
        status
    },
    CallInsights {},
);

/// How long a call must be at least for a machine to have listened; this long is too short.
const TOO_SHORT_S: u32 = 60;
/// How long it may be; this long is too long.
const TOO_LONG_S: u32 = 10_800;

impl CloudCall {
    /// Whether a machine may have listened: longer than a minute and shorter than three hours in
    /// all, ringing included, and they talked.
    pub fn may_have_insights(&self) -> bool {
        self.status == CloudStatus::Answered
            && self.duration_s > TOO_SHORT_S
            && self.duration_s < TOO_LONG_S
    }

    /// Whether it is the agent's own, by e-mail address without case.
    pub fn is_of(&self, email: &str) -> bool {
        self.agent
            .as_ref()
            .is_some_and(|agent| same_address(&agent.email, email))
    }
}

/// Whether two e-mail addresses are the same, without case and blanks around. An empty one is
/// nobody's.
pub fn same_address(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    !one.is_empty() && one.to_lowercase() == other.to_lowercase()
}

/// Which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallsWanted {
    /// Made at this instant or later.
    pub since: Timestamp,
    /// Made before this instant.
    pub until: Timestamp,
    /// Only those of this agent, by the service's id; None for everybody's.
    pub agent: Option<String>,
    /// Only those on this line, by its id as in [`CloudLine`]; None for all lines.
    pub line: Option<String>,
    /// Whether the newest come first.
    pub newest_first: bool,
}

/// Some of the records that were wanted. A page may hold none and still have a next one; a record
/// may come twice in a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallsPage {
    /// In the order asked for.
    pub calls: Vec<CloudCall>,
    /// How to ask for those that follow; opaque. None at the end.
    pub next: Option<String>,
    /// Records that were on the page, those left out included.
    pub looked_at: u64,
    /// Records that follow, as the service counts them; None where it does not.
    pub left: Option<u64>,
}

/// A line of the card that the service shows to its agent during a call.
#[derive(Clone, PartialEq, Eq)]
pub struct InsightLine {
    /// What the text is; None for the title.
    pub label: Option<String>,
    /// At most 120 characters arrive.
    pub text: String,
    /// Where a click leads; https only.
    pub link: Option<String>,
}

silent!(InsightLine {});

/// After the end of a call: when its record is read, first for what everybody needs, then for what
/// comes late.
pub const READ_AFTER: [SignedDuration; 3] = [
    SignedDuration::from_secs(45),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(24),
];
/// After the end of a call: when a machine's findings are asked for, until there are some.
pub const INSIGHTS_AFTER: [SignedDuration; 3] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
];

#[cfg(test)]
mod tests;
