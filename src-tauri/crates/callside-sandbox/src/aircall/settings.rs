//! What can be chosen about the service: before it starts and while it runs.

use serde::{Deserialize, Serialize};

use super::{limits::RateLimit, script::CallScript};

/// How Aircall behaves. Every choice may change while it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AircallSettings {
    /// The budget of requests.
    pub rate: RateLimit,
    /// How late REST learns of things.
    pub delays: Delays,
    /// Whether setting tags replaces those of the call (else they are added). Not documented.
    pub tags_replace: bool,
    /// The status of a creation: 201 by the documents, 200 in answers that were seen.
    pub created_status: u16,
    /// The status of a refusal of a tag that does not exist. Not documented.
    pub unknown_tag_status: u16,
    /// How long a new contact stays out of searches, in milliseconds.
    pub contact_index_ms: i64,
    /// How long a recording's direct link lives, in seconds.
    pub recording_link_seconds: i64,
    /// How long a recording's short link lives, in seconds.
    pub short_link_seconds: i64,
    /// What the account has of the AI plan.
    pub ai: AiPlan,
    /// What happens after a number was pushed into the dialler.
    pub after_dial: AfterDial,
    /// How calls play that nobody scripted: those that REST or the host page starts.
    pub own_calls: CallScript,
    /// The Workspace page.
    pub workspace: WorkspaceSettings,
}

impl Default for AircallSettings {
    fn default() -> Self {
        Self {
            rate: RateLimit::default(),
            delays: Delays::default(),
            tags_replace: true,
            created_status: 201,
            unknown_tag_status: 400,
            contact_index_ms: 0,
            recording_link_seconds: 3_600,
            short_link_seconds: 3 * 3_600,
            ai: AiPlan::Full,
            after_dial: AfterDial::Call,
            own_calls: CallScript {
                outbound: true,
                ..CallScript::default()
            },
            workspace: WorkspaceSettings::default(),
        }
    }
}

/// How late REST learns of what happened on the phone, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    /// From the first ring to the call's appearance.
    pub appears_ms: i64,
    /// From the answer to `answered`.
    pub answered_ms: i64,
    /// From the end to `done`, with its times.
    pub ended_ms: i64,
    /// From the end to the recording or voicemail.
    pub recording_ms: i64,
    /// From the end to transcript, summary and the like.
    pub ai_ms: i64,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            appears_ms: 500,
            answered_ms: 1_000,
            ended_ms: 20_000,
            recording_ms: 45_000,
            ai_ms: 90_000,
        }
    }
}

impl Delays {
    /// REST knows everything at once.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            appears_ms: 0,
            answered_ms: 0,
            ended_ms: 0,
            recording_ms: 0,
            ai_ms: 0,
        }
    }
}

/// What the account has of the AI plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AiPlan {
    /// Everything.
    Full,
    /// Transcripts and summaries; the rest is refused with 403.
    SummaryOnly,
    /// Nothing: 403.
    None,
}

/// What the agent does with a number that was pushed into the dialler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterDial {
    /// Starts the call after a second.
    Call,
    /// Leaves it there.
    Nothing,
}

/// How the Workspace page behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkspaceSettings {
    /// How late it answers commands of the host page, in milliseconds.
    pub reply_delay_ms: u64,
    /// Whether it says yes to a number from the host page and places no call.
    pub ignores_dial: bool,
    /// Who may frame it, as `frame-ancestors` names them; None: everybody. `'none'` also sends `X-Frame-Options`.
    pub frame_ancestors: Option<String>,
}
