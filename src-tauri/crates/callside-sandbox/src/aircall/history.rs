//! What happened before the sandbox was started: an invented past of any length.

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    account::Account,
    calls::{Call, Comment, TagUse},
    people::{AGENT, COLLEAGUE, DIRECT_LINE, FRONT_LINE, QUOTE_TAG, SALES_LINE, SERVICE_LINE},
    script::CallScript,
};
use crate::{
    book::BookOptions,
    past::{HistoryOptions, moments},
    phones::callers,
};

/// A call that is over, for tests that need it exactly so.
#[derive(Clone, PartialEq, Eq)]
pub struct PastCall {
    /// Placed by the agent rather than received.
    pub outbound: bool,
    /// The other party in E.164; None is a withheld number.
    pub remote: Option<String>,
    /// Id of the line.
    pub line: u64,
    /// Id of the user; None for a call that nobody took.
    pub user: Option<u64>,
    /// The number it was transferred to, in E.164.
    pub transferred_to: Option<String>,
    /// Unix milliseconds of the first ring.
    pub started_ms: i64,
    /// How long it rang, in seconds.
    pub ring_s: u32,
    /// How long was talked, in seconds; None: nobody answered.
    pub talk_s: Option<u32>,
    /// Size of the recording in bytes.
    pub recording_bytes: Option<u64>,
    /// Size of the voicemail in bytes.
    pub voicemail_bytes: Option<u64>,
    /// Notes by the user.
    pub comments: Vec<String>,
    /// Ids of tags.
    pub tags: Vec<u64>,
}

impl std::fmt::Debug for PastCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PastCall({})", self.started_ms)
    }
}

impl PastCall {
    /// An answered inbound call of the agent, on the sales line, that began then.
    #[must_use]
    pub fn answered(remote: &str, started_ms: i64) -> Self {
        Self {
            outbound: false,
            remote: Some(remote.to_owned()),
            line: SALES_LINE,
            user: Some(AGENT),
            transferred_to: None,
            started_ms,
            ring_s: 6,
            talk_s: Some(120),
            recording_bytes: Some(480_000),
            voicemail_bytes: None,
            comments: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// An inbound call that nobody answered.
    #[must_use]
    pub fn missed(remote: &str, started_ms: i64) -> Self {
        Self {
            user: None,
            talk_s: None,
            recording_bytes: None,
            ..Self::answered(remote, started_ms)
        }
    }
}

impl Account {
    /// Adds a call that is over, and answers its id.
    pub(super) fn remember(&mut self, past: PastCall) -> u64 {
        let id = self.next_call;
        self.next_call += 1;
        let script = CallScript {
            outbound: past.outbound,
            remote: past.remote,
            line: past.line,
            ..CallScript::default()
        };
        let rang = past.started_ms + i64::from(past.ring_s) * 1_000;
        let ended = rang + i64::from(past.talk_s.unwrap_or(0)) * 1_000;
        let mut call = Call {
            user: past.user,
            transferred_to: past.transferred_to,
            answered_ms: past.talk_s.map(|_| rang),
            ended_ms: Some(ended),
            recording_bytes: past.recording_bytes,
            voicemail_bytes: past.voicemail_bytes,
            is_past: true,
            ..Call::new(id, &script, past.started_ms)
        };
        if call.answered_ms.is_none() && !call.outbound {
            call.missed_call_reason = Some("no_available_agent".to_owned());
        }
        for content in past.comments {
            self.last_comment += 1;
            call.comments.push(Comment {
                id: self.last_comment,
                content,
                posted_ms: ended,
                by: past.user,
            });
        }
        for tag in past.tags {
            call.tag(TagUse {
                tag,
                by: past.user,
                at: ended,
            });
        }
        self.calls.insert(id, call);
        id
    }

    /// Invents the past before `now`, the same for the same seed and book.
    pub(super) fn invent_past(&mut self, options: HistoryOptions, book: BookOptions, now: i64) {
        let mut dice = StdRng::seed_from_u64(book.seed);
        let callers = callers(book);
        for started in moments(&mut dice, options, now) {
            let past = invented(&mut dice, &callers, started);
            self.remember(past);
        }
    }
}

const NOTES: [&str; 6] = [
    "Souhaite un devis pour deux fours.",
    "Rappeler jeudi matin.",
    "Livraison confirmée pour mardi.",
    "Question sur la facture de mars.",
    "A laissé ses nouvelles coordonnées.",
    "Ne pas rappeler avant 10 h.",
];

fn invented(dice: &mut StdRng, callers: &[String], started_ms: i64) -> PastCall {
    let withheld = dice.random_bool(0.03);
    let remote = callers.get(dice.random_range(0..callers.len().max(1)));
    let (line, user) = match dice.random_range(0..20) {
        0..=8 => (SALES_LINE, AGENT),
        9 => (DIRECT_LINE, AGENT),
        10..=12 => (SALES_LINE, COLLEAGUE),
        13..=14 => (FRONT_LINE, 71_003),
        15..=17 => (SERVICE_LINE, 71_004),
        _ => (SERVICE_LINE, 71_005),
    };
    let outbound = dice.random_bool(0.4);
    let answered = dice.random_bool(0.75);
    let talk = dice.random_range(8..900);
    let recorded = answered && line != DIRECT_LINE;
    let voicemail = !answered && !outbound && dice.random_bool(0.4);
    let noted = answered && dice.random_bool(0.3);
    let tagged = answered && dice.random_bool(0.4);
    let note = NOTES.get(dice.random_range(0..NOTES.len())).copied();
    let tag = QUOTE_TAG + dice.random_range(0..8);
    PastCall {
        outbound,
        remote: remote.filter(|_| outbound || !withheld).cloned(),
        line,
        user: (answered || outbound).then_some(user),
        transferred_to: None,
        started_ms,
        ring_s: dice.random_range(3..25),
        talk_s: answered.then_some(talk),
        recording_bytes: recorded.then_some(u64::from(talk) * 4_000),
        voicemail_bytes: voicemail.then_some(64_000),
        comments: note
            .filter(|_| noted)
            .map(str::to_owned)
            .into_iter()
            .collect(),
        tags: tagged.then_some(tag).into_iter().collect(),
    }
}
