//! How a service's record meets a call that we know.
//!
//! The record speaks like a late event: it proves an answer, an end, a talk time, and never takes
//! back what was proven. Which call it speaks of is decided by its id, else by number, direction
//! and time.

use jiff::{SignedDuration, Timestamp};

use super::{CallInsights, CloudCall, CloudLine, CloudStatus};
use crate::call::{
    Call, CallEvent, Direction, HAND_OVER, Happening, LONGEST_RING, Opening, SAME_INSTANT,
    SaidReason, SourceName,
};
use crate::phone_number::RemoteNumber;

impl CloudLine {
    /// Whether a text of the settings means this line: its id, its name in any case, or its number
    /// in any spelling.
    pub fn is(&self, wanted: &str) -> bool {
        let wanted = wanted.trim();
        self.id == wanted
            || (!self.name.is_empty() && self.name.to_lowercase() == wanted.to_lowercase())
            || same_line(&self.number, wanted)
    }

    /// The line as live events name it: the number without blanks, else the name.
    pub fn label(&self) -> String {
        let digits = digits_of(&self.number);
        match (self.number.trim().starts_with('+'), digits.is_empty()) {
            (true, false) => format!("+{digits}"),
            (false, false) => self.number.trim().to_owned(),
            (_, true) => self.name.trim().to_owned(),
        }
    }
}

/// Fewer digits than this are a name or an extension, which only equals itself.
const LEAST_DIGITS: usize = 6;

/// Whether two texts name one line: numbers by their digits, anything else as text in any case.
pub fn same_line(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    let (here, there) = (digits_of(one), digits_of(other));
    if here.len() >= LEAST_DIGITS && is_number(one) && is_number(other) {
        return here == there;
    }
    !one.is_empty() && one.to_lowercase() == other.to_lowercase()
}

fn is_number(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-.()/".contains(c))
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

impl CloudCall {
    /// The record in the words of a telephony source, to be told to the call in this order. Empty
    /// while nothing is proven.
    pub fn events(&self, source: &str) -> Vec<CallEvent> {
        let over = self.status != CloudStatus::Live;
        let mut events = Vec::new();
        let mut say = |happening, at| {
            events.push(CallEvent {
                app: source.to_owned(),
                app_call_id: Some(self.id.clone()),
                happening,
                direction: Some(self.direction),
                remote: Some(self.remote.clone()),
                line: self.line.as_ref().map(CloudLine::label),
                name: self.contact_name.clone(),
                at,
                verified: true,
            });
        };
        if let Some(at) = self.answered_at {
            say(Happening::Answered, at);
        }
        if over {
            let end = Happening::Ended {
                talk_s: self.talk_s(),
                reason: match self.status {
                    CloudStatus::Answered => Some(SaidReason::Answered),
                    CloudStatus::Voicemail => Some(SaidReason::Voicemail),
                    // What we know of a call without an answer is finer: declined, busy.
                    CloudStatus::Live | CloudStatus::Missed | CloudStatus::Failed => None,
                },
            };
            say(end, self.end());
        }
        events
    }

    /// The record as a call of ours.
    pub fn open(&self, source: &str, opening: Opening) -> Call {
        let first = CallEvent {
            app: source.to_owned(),
            app_call_id: Some(self.id.clone()),
            happening: match self.direction {
                Direction::Inbound => Happening::Ringing,
                Direction::Outbound => Happening::Dialing,
            },
            direction: Some(self.direction),
            remote: Some(self.remote.clone()),
            line: self.line.as_ref().map(CloudLine::label),
            name: self.contact_name.clone(),
            at: self.started_at,
            verified: true,
        };
        let mut call = Call::open(opening, &first);
        for event in self.events(source) {
            // Neither an answer nor an end is refused by any state.
            let _ = call.apply(&event);
        }
        call
    }

    /// The record of a call that rang here and that a colleague took: here nobody answered, and what
    /// came of it is the colleague's.
    pub fn taken_by_another(&self) -> Self {
        let over = self.answered_at.or(self.ended_at);
        Self {
            status: CloudStatus::judge(over.is_some(), self.direction, false, false),
            answered_at: None,
            ended_at: over,
            recording_link: None,
            recorded: false,
            tags: Vec::new(),
            comments: Vec::new(),
            insights: CallInsights::default(),
            ..self.clone()
        }
    }

    /// Talk time in seconds. None when they did not talk, or still do.
    pub fn talk_s(&self) -> Option<u32> {
        let (answered, ended) = (self.answered_at?, self.ended_at?);
        let seconds = ended.duration_since(answered).as_secs().max(0);
        u32::try_from(seconds).ok()
    }

    /// When it was over; where the service does not say, what its duration comes to.
    pub fn end(&self) -> Timestamp {
        let lasted = SignedDuration::from_secs(i64::from(self.duration_s));
        self.ended_at
            .or_else(|| self.started_at.checked_add(lasted).ok())
            .unwrap_or(self.started_at)
    }

    /// Whether the record is of a call that we know by other means. `remote` is the record's
    /// number, read.
    ///
    /// Nobody phones the same number twice at once: two calls with one number, one direction and
    /// some time in common are one. A call whose end we never heard of has to begin at about the same
    /// time, and one that was handed over to the service may begin a little later, even when the
    /// agent has closed its card meanwhile.
    pub fn is_same_as(&self, source: &str, remote: &RemoteNumber, call: &Call) -> bool {
        let named = |name: &SourceName| name.app == source && name.app_call_id.is_some();
        if let Some(name) = call.names.iter().find(|name| named(name)) {
            return name.app_call_id.as_ref() == Some(&self.id);
        }
        if call.direction != self.direction {
            return false;
        }
        let later = self.started_at.duration_since(call.started_at);
        let gap = later.abs();
        if remote.is_withheld() || call.remote.is_withheld() {
            return remote.is_withheld() && call.remote.is_withheld() && gap <= SAME_INSTANT;
        }
        if !remote.same_number(&call.remote) {
            return false;
        }
        let ours = call.names.iter().any(|name| name.app == source);
        let handed_over = later >= -SAME_INSTANT && later <= HAND_OVER;
        if !call.confirmed || (ours && handed_over) {
            return handed_over;
        }
        match call.ended_at {
            None => gap <= LONGEST_RING,
            Some(ended) => {
                let apart = |first: Timestamp, second: Timestamp| {
                    second.duration_since(first) > SAME_INSTANT
                };
                !apart(ended, self.started_at) && !apart(self.end(), call.started_at)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use super::*;
    use crate::call::{CallState, EndReason};
    use crate::id::CallId;
    use crate::phone_number::{Region, read_remote};

    const MARIE: &str = "+33 6 39 98 01 23";

    fn at(second: i64) -> Timestamp {
        let noon: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        noon.checked_add(SignedDuration::from_secs(second)).unwrap()
    }

    fn read(number: &str) -> RemoteNumber {
        read_remote(number, Region::FR)
    }

    fn record(status: CloudStatus, answered: Option<i64>, ended: i64) -> CloudCall {
        CloudCall {
            id: "9000000001".into(),
            direction: Direction::Inbound,
            status,
            said: None,
            started_at: at(0),
            answered_at: answered.map(at),
            ended_at: (status != CloudStatus::Live).then(|| at(ended)),
            duration_s: u32::try_from(ended).unwrap(),
            remote: MARIE.into(),
            line: Some(CloudLine {
                id: "12".into(),
                name: "Sales".into(),
                number: "+33 1 99 00 00 01".into(),
            }),
            agent: None,
            contact_name: None,
            recording_link: None,
            recorded: false,
            tags: Vec::new(),
            comments: Vec::new(),
            insights: CallInsights::default(),
        }
    }

    fn rung(app: &str, id: Option<&str>, second: i64) -> Call {
        let event = CallEvent {
            app: app.into(),
            app_call_id: id.map(str::to_owned),
            happening: Happening::Ringing,
            direction: Some(Direction::Inbound),
            remote: Some("0639980123".into()),
            line: None,
            name: None,
            at: at(second),
            verified: true,
        };
        let opening = Opening {
            id: CallId::new("01"),
            remote: read("0639980123"),
            confirmed: true,
        };
        Call::open(opening, &event)
    }

    fn told(mut call: Call, record: &CloudCall) -> Call {
        for event in record.events("aircall") {
            call.apply(&event).unwrap();
        }
        call
    }

    fn ended(mut call: Call, second: i64, reason: Option<SaidReason>) -> Call {
        let end = CallEvent {
            app: "desk".into(),
            app_call_id: None,
            happening: Happening::Ended {
                talk_s: None,
                reason,
            },
            at: at(second),
            ..record(CloudStatus::Live, Some(0), 0).events("aircall")[0].clone()
        };
        call.apply(&end).unwrap();
        call
    }

    #[test]
    fn the_record_ends_a_call_with_its_own_times() {
        let call = told(
            rung("aircall", Some("9000000001"), 1),
            &record(CloudStatus::Answered, Some(6), 66),
        );
        assert_eq!(call.state, CallState::Ended);
        assert_eq!(call.end_reason, Some(EndReason::Completed));
        assert_eq!(
            (call.answered_at, call.ended_at),
            (Some(at(6)), Some(at(66)))
        );
        assert_eq!(call.talk_s(), 60);
        assert_eq!(call.line.as_deref(), Some("+33199000001"));
    }

    #[test]
    fn a_record_that_goes_on_proves_an_answer_and_no_end() {
        let call = told(
            rung("aircall", Some("9000000001"), 1),
            &record(CloudStatus::Live, Some(6), 66),
        );
        assert_eq!(call.state, CallState::Answered);
    }

    #[test]
    fn a_call_that_a_colleague_took_was_missed_here() {
        for (status, ended) in [(CloudStatus::Answered, 66), (CloudStatus::Live, 0)] {
            let taken = record(status, Some(6), ended).taken_by_another();
            let call = told(rung("aircall", Some("9000000001"), 1), &taken);
            assert_eq!(call.end_reason, Some(EndReason::Missed), "{status:?}");
            assert_eq!(call.ended_at, Some(at(6)));
        }
        let rings = record(CloudStatus::Live, None, 0).taken_by_another();
        assert_eq!(rings.status, CloudStatus::Live);
    }

    #[test]
    fn a_record_becomes_a_call_with_its_times() {
        let opening = || Opening {
            id: CallId::new("01"),
            remote: read(MARIE),
            confirmed: true,
        };
        let talked = record(CloudStatus::Answered, Some(6), 66).open("aircall", opening());
        assert_eq!((talked.started_at, talked.talk_s()), (at(0), 60));
        let mut failed = record(CloudStatus::Failed, None, 20);
        failed.direction = Direction::Outbound;
        let failed = failed.open("aircall", opening());
        assert_eq!(failed.end_reason, Some(EndReason::Failed));
        assert_eq!(failed.names[0].app_call_id.as_deref(), Some("9000000001"));
    }

    #[test]
    fn a_finer_reason_is_kept_and_an_answer_is_not_taken_back() {
        let declined = ended(
            rung("aircall", Some("9000000001"), 0),
            4,
            Some(SaidReason::Known(EndReason::Declined)),
        );
        let missed = record(CloudStatus::Missed, None, 9);
        assert_eq!(
            told(declined, &missed).end_reason,
            Some(EndReason::Declined)
        );
        let talked = told(
            rung("aircall", Some("9000000001"), 0),
            &record(CloudStatus::Answered, Some(6), 66),
        );
        assert_eq!(told(talked, &missed).end_reason, Some(EndReason::Completed));
        let message = told(
            rung("aircall", Some("9000000001"), 0),
            &record(CloudStatus::Voicemail, None, 30),
        );
        assert!(message.voicemail && !message.was_answered());
    }

    #[test]
    fn a_record_is_of_the_call_with_its_number_way_and_time() {
        let record = record(CloudStatus::Answered, Some(6), 66);
        let same = |call: &Call| record.is_same_as("aircall", &read(MARIE), call);
        let talked = |from: i64, to: i64| ended(rung("desk", None, from), to, None);
        let handed_over = |second| Call {
            confirmed: false,
            ..rung("aircall", None, second)
        };
        let closed_early = ended(rung("aircall", None, -50), -20, None);
        let other_way = Call {
            direction: Direction::Outbound,
            ..rung("desk", None, 0)
        };
        let somebody_else = Call {
            remote: read("+33639980456"),
            ..rung("desk", None, 0)
        };
        let table = [
            ("the same instant", rung("desk", None, 1), true),
            (
                "without an end, much earlier",
                rung("desk", None, -181),
                false,
            ),
            ("rings in the middle of the queue", talked(40, 66), true),
            ("ended before", talked(-60, -3), false),
            ("ended at the same instant", talked(-60, -2), true),
            ("began afterwards", talked(70, 90), false),
            ("known by another id", rung("aircall", Some("1"), 0), false),
            (
                "known by this id",
                rung("aircall", Some("9000000001"), 99),
                true,
            ),
            ("handed over", handed_over(-59), true),
            ("handed over long before", handed_over(-61), false),
            ("handed over afterwards", handed_over(3), false),
            ("handed over and closed before it began", closed_early, true),
            ("the other way", other_way, false),
            ("somebody else", somebody_else, false),
        ];
        for (what, call, wanted) in table {
            assert_eq!(same(&call), wanted, "{what}");
        }
    }

    #[test]
    fn withheld_callers_are_the_same_only_at_the_same_instant() {
        let mut record = record(CloudStatus::Missed, None, 20);
        record.remote = String::new();
        let nobody = RemoteNumber::withheld();
        let call = |second| Call {
            remote: RemoteNumber::withheld(),
            ..rung("desk", None, second)
        };
        assert!(record.is_same_as("aircall", &nobody, &call(2)));
        assert!(!record.is_same_as("aircall", &nobody, &call(3)));
        assert!(!record.is_same_as("aircall", &nobody, &rung("desk", None, 0)));
    }

    #[test]
    fn a_line_is_known_by_id_name_or_number() {
        let line = record(CloudStatus::Live, None, 0).line.unwrap();
        for (text, wanted) in [
            ("12", true),
            ("sales", true),
            ("+33199000001", true),
            ("+33 (1) 99-00-00-01", true),
            ("+33199000002", false),
            ("1", false),
            ("", false),
        ] {
            assert_eq!(line.is(text), wanted, "{text}");
        }
        assert!(!same_line("sales 199000001", "199000001"));
    }
}
