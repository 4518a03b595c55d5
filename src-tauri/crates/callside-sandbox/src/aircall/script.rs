//! How a call plays: what happens on the phone and when, and which of its events get lost on the way.

use serde::{Deserialize, Serialize};

use super::people::{AGENT, SALES_LINE};
use crate::book::MARIE_DUPONT_MOBILE;

/// A call that is yet to happen. Times left open wait for [`Act`]s.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallScript {
    /// Placed by the agent rather than received.
    pub outbound: bool,
    /// The other party in E.164; None is a withheld number.
    pub remote: Option<String>,
    /// Id of the line.
    pub line: u64,
    /// Id of the user it rings at, or who places it.
    pub user: u64,
    /// From the first ring to the answer or to giving up, in milliseconds.
    pub ring_ms: Option<u64>,
    /// What ends the ringing.
    pub outcome: Outcome,
    /// From the answer to the end, in milliseconds.
    pub talk_ms: Option<u64>,
    /// How long the agent stays on the call-ended screen, in milliseconds. Notes and tags are known only then.
    pub screen_ms: Option<u64>,
    /// Typed by the agent in Aircall.
    pub comment: Option<String>,
    /// Ids of tags picked by the agent in Aircall.
    pub tags: Vec<u64>,
    /// Size of the recording or voicemail in bytes; None: there is none.
    pub recording_bytes: Option<u64>,
    /// Names of events that never reach the host page, such as `call_ended`.
    pub lost: Vec<String>,
    /// Names of events that reach it twice.
    pub doubled: Vec<String>,
    /// What `incoming_call` says in `from` instead of the number.
    pub says_from: Option<String>,
}

/// What ends the ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody answers.
    Answered,
    /// Nobody does.
    Missed,
    /// The agent refuses it.
    Refused,
    /// Nobody does, and the caller leaves a message.
    Voicemail,
}

/// What a person does to a living call, or after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act", deny_unknown_fields)]
pub enum Act {
    /// The agent (or, outbound, the other side) answers.
    Answer,
    /// The agent refuses it.
    Refuse,
    /// Somebody hangs up, or gives up while it rings.
    HangUp,
    /// The agent types a note on the call-ended screen or before.
    Comment {
        /// The text.
        content: String,
    },
    /// The agent picks a tag.
    Tag {
        /// Id of the tag.
        id: u64,
    },
    /// The agent leaves the call-ended screen; notes and tags become known.
    LeaveScreen,
    /// An admin deletes the recording; transcript and AI texts go with it.
    DeleteRecording,
}

impl Default for CallScript {
    fn default() -> Self {
        Self {
            outbound: false,
            remote: Some(MARIE_DUPONT_MOBILE.to_owned()),
            line: SALES_LINE,
            user: AGENT,
            ring_ms: Some(4_000),
            outcome: Outcome::Answered,
            talk_ms: Some(20_000),
            screen_ms: Some(5_000),
            comment: None,
            tags: Vec::new(),
            recording_bytes: Some(64_000),
            lost: Vec::new(),
            doubled: Vec::new(),
            says_from: None,
        }
    }
}

impl std::fmt::Debug for CallScript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallScript")
            .field("outbound", &self.outbound)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl CallScript {
    /// An inbound call from this number.
    #[must_use]
    pub fn inbound(remote: &str) -> Self {
        Self {
            remote: Some(remote.to_owned()),
            ..Self::default()
        }
    }

    /// An outbound call to this number.
    #[must_use]
    pub fn outbound(remote: &str) -> Self {
        Self {
            outbound: true,
            ..Self::inbound(remote)
        }
    }

    /// The same call, ending its ringing like this.
    #[must_use]
    pub fn ending(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// The same call, moved by hand: it waits for [`Act`]s.
    #[must_use]
    pub fn by_hand(self) -> Self {
        Self {
            ring_ms: None,
            talk_ms: None,
            screen_ms: None,
            ..self
        }
    }

    /// The same call, with other times in milliseconds.
    #[must_use]
    pub fn lasting(self, ring_ms: u64, talk_ms: u64, screen_ms: u64) -> Self {
        Self {
            ring_ms: Some(ring_ms),
            talk_ms: Some(talk_ms),
            screen_ms: Some(screen_ms),
            ..self
        }
    }

    /// The same call, without this event.
    #[must_use]
    pub fn losing(mut self, event: &str) -> Self {
        self.lost.push(event.to_owned());
        self
    }

    /// The same call, with this event twice.
    #[must_use]
    pub fn doubling(mut self, event: &str) -> Self {
        self.doubled.push(event.to_owned());
        self
    }
}

/// A story of the Workspace page, with all its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// Inbound, answered, ended.
    InboundAnswered,
    /// Inbound, refused by the agent.
    InboundRefused,
    /// Inbound, nobody answers; the ringing says its end.
    InboundMissed,
    /// Inbound, nobody answers, and the ringing never says its end.
    InboundMissedSilently,
    /// Inbound, nobody answers, the caller leaves a message.
    Voicemail,
    /// Outbound, answered, ended.
    OutboundAnswered,
    /// Outbound, nobody answers.
    OutboundUnanswered,
    /// Outbound, answered, and its end is never said.
    OutboundWithoutEnd,
    /// Two inbound calls whose events are interleaved.
    TwoAtOnce,
    /// The end is said twice.
    EndTwice,
    /// The end is said before the answer.
    OutOfOrder,
    /// A number pushed from elsewhere, then the call.
    DialledElsewhere,
    /// Logged out in the middle of a call.
    LogoutInCall,
    /// Somebody else logs in.
    OtherAgent,
    /// A frame of another origin says that it is the Workspace, and that a call comes in.
    Forged,
    /// Inbound, number withheld.
    Withheld,
    /// Inbound, with an empty caller.
    EmptyCaller,
    /// From now on commands are answered later than the page around it waits.
    LateReply,
}

impl Scenario {
    /// All of them, in the order of the page's buttons.
    pub const ALL: [Self; 18] = [
        Self::InboundAnswered,
        Self::InboundRefused,
        Self::InboundMissed,
        Self::InboundMissedSilently,
        Self::Voicemail,
        Self::OutboundAnswered,
        Self::OutboundUnanswered,
        Self::OutboundWithoutEnd,
        Self::TwoAtOnce,
        Self::EndTwice,
        Self::OutOfOrder,
        Self::DialledElsewhere,
        Self::LogoutInCall,
        Self::OtherAgent,
        Self::Forged,
        Self::Withheld,
        Self::EmptyCaller,
        Self::LateReply,
    ];

    /// The word used in JSON.
    #[must_use]
    pub fn word(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(word)) => word,
            _ => String::new(),
        }
    }
}
