//! Calls as they happen: from the first ring until the agent leaves the call-ended screen.

use serde_json::{Value, json};

use super::{
    account::{Account, Step},
    calls::{Call, Comment, TagUse},
    people::{COLLEAGUE, SALES_LINE},
    script::{Act, CallScript, Outcome, Scenario},
};
use crate::book::{BOULANGERIE_MARTIN_PHONE, LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE};

/// Longer than the SDK waits for an answer, in milliseconds.
const LATE_MS: u64 = 2_500;

impl Account {
    /// A call begins to ring or to be dialled; answers its id.
    pub(super) fn begin(&mut self, script: CallScript, at: i64) -> u64 {
        let id = self.next_call;
        self.next_call += 1;
        let call = Call {
            user: script.outbound.then_some(script.user),
            ..Call::new(id, &script, at)
        };
        self.calls.insert(id, call);
        let line = self.number_of(script.line);
        let remote = script
            .says_from
            .clone()
            .or(script.remote.clone())
            .unwrap_or_else(|| "anonymous".to_owned());
        let (name, from, to) = if script.outbound {
            ("outgoing_call", line, remote)
        } else {
            ("incoming_call", remote, line)
        };
        if let Some(ring) = script.ring_ms {
            let then = match script.outcome {
                Outcome::Answered => Step::Answer(id),
                _ => Step::GiveUp(id),
            };
            self.plan(later(at, ring), then);
        }
        self.living.insert(id, script);
        self.tell(id, name, json!({"from": from, "to": to, "call_id": id}));
        id
    }

    fn number_of(&self, line: u64) -> String {
        self.lines
            .iter()
            .find(|known| known.id == line)
            .map(|known| known.number.clone())
            .unwrap_or_default()
    }

    /// Says an event of a call, unless its script loses or doubles it.
    fn tell(&mut self, id: u64, name: &'static str, value: Value) {
        let Some(script) = self.living.get(&id) else {
            return;
        };
        let user = script.user;
        let has = |names: &[String]| names.iter().any(|known| known == name);
        let times = match (has(&script.lost), has(&script.doubled)) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        for _ in 0..times {
            self.say(user, name, value.clone());
        }
    }

    pub(super) fn answer(&mut self, id: u64, at: i64) {
        let (Some(call), Some(script)) = (self.calls.get_mut(&id), self.living.get(&id)) else {
            return;
        };
        if call.answered_ms.is_some() || call.ended_ms.is_some() {
            return;
        }
        call.answered_ms = Some(at);
        call.user = Some(script.user);
        let outbound = call.outbound;
        if let Some(talk) = script.talk_ms {
            self.plan(later(at, talk), Step::End(id));
        }
        if outbound {
            self.tell(id, "outgoing_answered", json!({"call_id": id}));
        } else {
            let value = json!({"answer_status": "answered", "call_id": id});
            self.tell(id, "call_end_ringtone", value);
        }
    }

    /// The ringing ends without an answer, as the script says.
    pub(super) fn give_up(&mut self, id: u64, at: i64) {
        let outcome = self.living.get(&id).map(|script| script.outcome);
        self.end_ringing(id, at, outcome.unwrap_or(Outcome::Missed));
    }

    fn end_ringing(&mut self, id: u64, at: i64, outcome: Outcome) {
        let (Some(call), Some(script)) = (self.calls.get_mut(&id), self.living.get(&id)) else {
            return;
        };
        if call.answered_ms.is_some() || call.ended_ms.is_some() {
            return;
        }
        call.ended_ms = Some(at);
        if outcome == Outcome::Voicemail {
            call.voicemail_bytes = script.recording_bytes.or(Some(32_000));
        }
        let screen = script.screen_ms;
        if call.outbound {
            let seconds = (at - call.started_ms).div_euclid(1_000);
            self.tell(
                id,
                "call_ended",
                json!({"duration": seconds, "call_id": id}),
            );
            self.plan_leaving(id, at, screen);
            return;
        }
        call.missed_call_reason = Some("agents_did_not_answer".to_owned());
        let status = if outcome == Outcome::Refused {
            "refused"
        } else {
            "disconnected"
        };
        self.tell(
            id,
            "call_end_ringtone",
            json!({"answer_status": status, "call_id": id}),
        );
        // There is no call-ended screen after a call that nobody took.
        self.plan_leaving(id, at, Some(0));
    }

    pub(super) fn end(&mut self, id: u64, at: i64) {
        let (Some(call), Some(script)) = (self.calls.get_mut(&id), self.living.get(&id)) else {
            return;
        };
        if call.answered_ms.is_none() || call.ended_ms.is_some() {
            return;
        }
        call.ended_ms = Some(at);
        let recorded = self
            .lines
            .iter()
            .any(|line| line.id == call.line && line.is_recorded);
        call.recording_bytes = script.recording_bytes.filter(|_| recorded);
        let seconds = (at - call.started_ms).div_euclid(1_000);
        let screen = script.screen_ms;
        self.tell(
            id,
            "call_ended",
            json!({"duration": seconds, "call_id": id}),
        );
        self.plan_leaving(id, at, screen);
    }

    fn plan_leaving(&mut self, id: u64, at: i64, screen: Option<u64>) {
        if let Some(ms) = screen {
            self.plan(later(at, ms), Step::LeaveScreen(id));
        }
    }

    /// The agent is done with the call: what was typed and picked becomes known.
    pub(super) fn leave_screen(&mut self, id: u64, at: i64) {
        if self.calls.get(&id).is_none_or(|it| it.ended_ms.is_none()) {
            return;
        }
        let Some(script) = self.living.get(&id).cloned() else {
            return;
        };
        if let Some(content) = &script.comment {
            self.tell(
                id,
                "comment_saved",
                json!({"comment": content, "call_id": id}),
            );
        }
        self.living.remove(&id);
        let (by, tags) = (Some(script.user), script.tags);
        self.last_comment += 1;
        let comment = script.comment.map(|content| Comment {
            id: self.last_comment,
            content,
            posted_ms: at,
            by,
        });
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.comments.extend(comment);
        for tag in tags {
            call.tag(TagUse { tag, by, at });
        }
    }

    /// A person does something. False when there is no such call, or it is not in that state.
    pub(super) fn act(&mut self, id: u64, act: Act, at: i64) -> bool {
        let Some(call) = self.calls.get_mut(&id) else {
            return false;
        };
        let (answered, ended) = (call.answered_ms.is_some(), call.ended_ms.is_some());
        match act {
            Act::Answer if !answered && !ended => self.answer(id, at),
            Act::Refuse if !answered && !ended => self.end_ringing(id, at, Outcome::Refused),
            Act::HangUp if !ended && answered => self.end(id, at),
            Act::HangUp if !ended => self.end_ringing(id, at, Outcome::Missed),
            Act::LeaveScreen if ended => self.leave_screen(id, at),
            Act::DeleteRecording => {
                call.recording_bytes = None;
                call.voicemail_bytes = None;
                call.has_ai = false;
            }
            Act::Comment { content } => match self.living.get_mut(&id) {
                Some(script) => script.comment = Some(content),
                None => self.comment_later(id, content, at),
            },
            Act::Tag { id: tag } => match self.living.get_mut(&id) {
                Some(script) => script.tags.push(tag),
                None => call.tag(TagUse { tag, by: None, at }),
            },
            Act::Answer | Act::Refuse | Act::HangUp | Act::LeaveScreen => return false,
        }
        true
    }

    /// A note made in the dashboard, long after the call.
    fn comment_later(&mut self, id: u64, content: String, at: i64) {
        self.last_comment += 1;
        if let Some(call) = self.calls.get_mut(&id) {
            call.comments.push(Comment {
                id: self.last_comment,
                content,
                posted_ms: at,
                by: call.user,
            });
        }
    }

    /// Starts a scenario with this script for its calls; answers the ids of the calls that ring at once.
    pub(super) fn play(&mut self, scenario: Scenario, like: CallScript, at: i64) -> Vec<u64> {
        let ring = like.ring_ms.unwrap_or(4_000);
        let talk = like.talk_ms.unwrap_or(20_000);
        let inbound = CallScript {
            outbound: false,
            ..like.clone()
        };
        let outbound = CallScript {
            outbound: true,
            ..like
        };
        let user = inbound.user;
        let one = match scenario {
            Scenario::InboundAnswered => inbound,
            Scenario::InboundRefused => inbound.ending(Outcome::Refused),
            Scenario::InboundMissed => inbound.ending(Outcome::Missed),
            Scenario::InboundMissedSilently => {
                inbound.ending(Outcome::Missed).losing("call_end_ringtone")
            }
            Scenario::Voicemail => inbound.ending(Outcome::Voicemail),
            Scenario::OutboundAnswered => outbound,
            Scenario::OutboundUnanswered => outbound.ending(Outcome::Missed),
            Scenario::OutboundWithoutEnd => outbound.losing("call_ended"),
            Scenario::EndTwice => inbound.doubling("call_ended"),
            Scenario::Withheld => CallScript {
                remote: None,
                ..inbound
            },
            Scenario::EmptyCaller => CallScript {
                remote: None,
                says_from: Some(String::new()),
                ..inbound
            },
            Scenario::TwoAtOnce => return self.two_at_once(inbound, at, ring),
            Scenario::OutOfOrder => return vec![self.out_of_order(inbound, at, ring, talk)],
            Scenario::DialledElsewhere => {
                let number = outbound.remote.clone().unwrap_or_default();
                self.external_dial(&number);
                self.plan(later(at, 1_000), Step::Begin(Box::new(outbound)));
                return Vec::new();
            }
            Scenario::LogoutInCall => {
                self.plan(later(at, ring + talk / 2), Step::Logout);
                self.plan(later(at, ring + talk * 2), Step::Login(user));
                inbound
            }
            Scenario::OtherAgent => {
                self.log_in(Some(COLLEAGUE));
                CallScript {
                    user: COLLEAGUE,
                    ..inbound
                }
            }
            Scenario::LateReply => {
                self.settings.workspace.reply_delay_ms = LATE_MS;
                return Vec::new();
            }
            Scenario::Forged => {
                self.plan(at, Step::Forge);
                self.advance(at);
                return Vec::new();
            }
        };
        vec![self.begin(one, at)]
    }

    /// The second call rings while the first is talked on, and ends after it.
    fn two_at_once(&mut self, first: CallScript, at: i64, ring: u64) -> Vec<u64> {
        let other = if first.remote.as_deref() == Some(LUC_BERNARD_MOBILE) {
            BOULANGERIE_MARTIN_PHONE
        } else {
            LUC_BERNARD_MOBILE
        };
        let mut second = CallScript {
            remote: Some(other.to_owned()),
            line: SALES_LINE,
            ..first.clone()
        };
        second.ring_ms = Some(ring * 2);
        vec![self.begin(first, at), self.begin(second, at)]
    }

    /// The end is said, then the answer, then the ring.
    fn out_of_order(&mut self, mut script: CallScript, at: i64, ring: u64, talk: u64) -> u64 {
        let (user, line) = (script.user, self.number_of(script.line));
        let from = script
            .remote
            .clone()
            .unwrap_or_else(|| MARIE_DUPONT_MOBILE.to_owned());
        for name in ["incoming_call", "call_end_ringtone", "call_ended"] {
            script.lost.push(name.to_owned());
        }
        let id = self.begin(script, at);
        let end = later(at, ring + talk);
        let seconds = (ring + talk) / 1_000;
        let said = [
            ("call_ended", json!({"duration": seconds, "call_id": id})),
            (
                "call_end_ringtone",
                json!({"answer_status": "answered", "call_id": id}),
            ),
            (
                "incoming_call",
                json!({"from": from, "to": line, "call_id": id}),
            ),
        ];
        for (name, value) in said {
            self.plan(end, Step::Say(user, name, value));
        }
        id
    }
}

fn later(at: i64, ms: u64) -> i64 {
    at.saturating_add_unsigned(ms)
}
