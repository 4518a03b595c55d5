#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use proptest::prelude::*;

use super::*;
use crate::phone_number::{Region, read_remote};

const CALLER: &str = "+33199001234";
const OTHER: &str = "+33199001299";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_442_000 + second).unwrap()
}

fn event(happening: Happening, second: i64) -> CallEvent {
    CallEvent {
        app: "microsip".into(),
        app_call_id: None,
        happening,
        direction: None,
        remote: Some(CALLER.into()),
        line: None,
        name: None,
        at: at(second),
        verified: true,
    }
}

fn ended(talk_s: Option<u32>, reason: Option<&str>) -> Happening {
    Happening::Ended {
        talk_s,
        reason: reason.map(|word| SaidReason::from_word(word).unwrap()),
    }
}

fn open_with(id: &str, first: &CallEvent) -> Call {
    let remote = read_remote(first.remote.as_deref().unwrap_or_default(), Region::FR);
    let opening = Opening {
        id: CallId::new(id),
        remote,
        confirmed: true,
    };
    Call::open(opening, first)
}

fn after(events: &[(Happening, i64)]) -> Call {
    let (first, rest) = events.split_first().unwrap();
    let mut call = open_with("one", &event(first.0.clone(), first.1));
    for (happening, second) in rest {
        let _ = call.apply(&event(happening.clone(), *second));
    }
    call
}

fn assert_legal(call: &Call) {
    if let Some(answered) = call.answered_at {
        assert!(answered >= call.started_at, "{call:?}");
    }
    if let Some(over) = call.ended_at {
        assert!(over >= call.started_at, "{call:?}");
        assert!(
            call.answered_at.is_none_or(|answered| over >= answered),
            "{call:?}"
        );
    }
    assert_eq!(call.end_reason.is_some(), call.is_ended(), "{call:?}");
    assert_eq!(call.ended_at.is_some(), call.is_ended(), "{call:?}");
    if call.is_ended() {
        let completed = call.end_reason == Some(EndReason::Completed);
        assert_eq!(completed, call.was_answered(), "{call:?}");
    } else {
        let talking = matches!(call.state, CallState::Answered | CallState::Held);
        assert_eq!(talking, call.was_answered(), "{call:?}");
    }
    if !call.was_answered() {
        assert_eq!(call.talk_s(), 0);
    }
}

/// A call in each state, opened at second 0.
fn in_state(state: CallState) -> Call {
    let ring = (Happening::Ringing, 0);
    let call = match state {
        CallState::Dialing => after(&[(Happening::Dialing, 0)]),
        CallState::Ringing => after(&[ring]),
        CallState::Answered => after(&[ring, (Happening::Answered, 5)]),
        CallState::Held => after(&[ring, (Happening::Answered, 5), (Happening::Held, 8)]),
        CallState::Ended => after(&[ring, (ended(None, None), 9)]),
    };
    assert_eq!(call.state, state);
    call
}

#[test]
fn every_cell_of_the_transition_table_holds() {
    use CallState::{Answered, Dialing, Ended, Held, Ringing};
    // From a state, what comes of: ringing, dialing, answered, held, resumed, ended. None: refused.
    let table: [(CallState, [Option<CallState>; 6]); 5] = [
        (
            Dialing,
            [
                Some(Dialing),
                Some(Dialing),
                Some(Answered),
                None,
                None,
                Some(Ended),
            ],
        ),
        (
            Ringing,
            [
                Some(Ringing),
                Some(Ringing),
                Some(Answered),
                None,
                None,
                Some(Ended),
            ],
        ),
        (
            Answered,
            [
                Some(Answered),
                Some(Answered),
                Some(Answered),
                Some(Held),
                Some(Answered),
                Some(Ended),
            ],
        ),
        (
            Held,
            [
                Some(Held),
                Some(Held),
                Some(Held),
                Some(Held),
                Some(Answered),
                Some(Ended),
            ],
        ),
        (Ended, [Some(Ended); 6]),
    ];
    for (from, row) in table {
        let happenings = [
            Happening::Ringing,
            Happening::Dialing,
            Happening::Answered,
            Happening::Held,
            Happening::Resumed,
            ended(None, None),
        ];
        for (happening, want) in happenings.into_iter().zip(row) {
            let mut call = in_state(from);
            let before = call.clone();
            let applied = call.apply(&event(happening.clone(), 10));
            match want {
                Some(state) => assert_eq!(call.state, state, "{from:?} {happening:?}"),
                None => {
                    assert_eq!(
                        applied,
                        Err(EventRefused::NotAnswered),
                        "{from:?} {happening:?}"
                    );
                    assert_eq!(call, before);
                }
            }
            assert_legal(&call);
        }
    }
}

#[test]
fn an_event_says_whether_it_was_news() {
    let mut call = in_state(CallState::Ringing);
    assert_eq!(
        call.apply(&event(Happening::Ringing, 1)),
        Ok(Applied::Nothing)
    );
    assert_eq!(
        call.apply(&event(Happening::Answered, 2)),
        Ok(Applied::Changed)
    );
    assert_eq!(
        call.apply(&event(Happening::Answered, 3)),
        Ok(Applied::Nothing)
    );
    assert_eq!(
        call.apply(&event(ended(None, None), 9)),
        Ok(Applied::Changed)
    );
    assert_eq!(
        call.apply(&event(ended(None, None), 9)),
        Ok(Applied::Nothing)
    );
    assert_eq!(
        call.apply(&event(ended(Some(6), None), 9)),
        Ok(Applied::Corrected)
    );
    assert_eq!(call.last_event_at, at(9));
}

#[test]
fn an_end_without_an_answer_is_missed_or_failed() {
    let call = after(&[(Happening::Ringing, 0), (ended(None, None), 20)]);
    assert_eq!(
        (call.end_reason, call.talk_s()),
        (Some(EndReason::Missed), 0)
    );
    let call = after(&[(Happening::Dialing, 0), (ended(None, None), 20)]);
    assert_eq!(call.end_reason, Some(EndReason::Failed));
}

#[test]
fn the_end_is_judged_by_what_the_source_says_and_what_is_proven() {
    let table = [
        (Happening::Ringing, "missed", EndReason::Missed, false),
        (Happening::Ringing, "rejected", EndReason::Declined, false),
        (Happening::Ringing, "declined", EndReason::Declined, false),
        (Happening::Ringing, "cancelled", EndReason::Cancelled, false),
        (Happening::Ringing, "failed", EndReason::Failed, false),
        (Happening::Ringing, "voicemail", EndReason::Missed, true),
        (Happening::Ringing, "answered", EndReason::Completed, false),
        (Happening::Ringing, "Completed", EndReason::Completed, false),
        (Happening::Dialing, "missed", EndReason::Failed, false),
        (Happening::Dialing, "busy", EndReason::Busy, false),
        (Happening::Dialing, "answered", EndReason::Completed, false),
    ];
    for (first, word, reason, voicemail) in table {
        let call = after(&[(first.clone(), 0), (ended(None, Some(word)), 20)]);
        assert_eq!(
            (call.end_reason, call.voicemail),
            (Some(reason), voicemail),
            "{first:?} {word}"
        );
        assert_legal(&call);
        // An answer that was seen is not talked away.
        let call = after(&[
            (first, 0),
            (Happening::Answered, 5),
            (ended(None, Some(word)), 20),
        ]);
        assert_eq!(
            (call.end_reason, call.talk_s()),
            (Some(EndReason::Completed), 15),
            "{word}"
        );
    }
    assert_eq!(SaidReason::from_word("tired"), None);
}

#[test]
fn the_sources_talk_time_wins_over_the_clock() {
    let call = after(&[
        (Happening::Ringing, 0),
        (Happening::Answered, 5),
        (ended(Some(61), None), 20),
    ]);
    assert_eq!(call.talk_s(), 61);
    // Talk time proves an answer that nobody reported.
    let call = after(&[(Happening::Ringing, 0), (ended(Some(30), None), 40)]);
    assert_eq!(
        (call.end_reason, call.talk_s()),
        (Some(EndReason::Completed), 30)
    );
    assert_eq!(call.answered_at, Some(at(10)));
    // More talk than there was time for: the answer is no earlier than the ring.
    let call = after(&[(Happening::Ringing, 0), (ended(Some(90), None), 40)]);
    assert_eq!((call.answered_at, call.talk_s()), (Some(at(0)), 90));
    let call = after(&[(Happening::Ringing, 0), (ended(Some(0), None), 40)]);
    assert_eq!(
        (call.end_reason, call.talk_s()),
        (Some(EndReason::Missed), 0)
    );
}

#[test]
fn a_reason_that_denies_an_answer_outweighs_a_duration() {
    for word in ["missed", "voicemail", "rejected", "busy", "failed"] {
        let call = after(&[(Happening::Ringing, 0), (ended(Some(25), Some(word)), 25)]);
        assert!(!call.was_answered(), "{word}");
        assert_eq!(call.talk_s(), 0, "{word}");
        assert_legal(&call);
    }
}

#[test]
fn a_late_answer_corrects_the_record() {
    let mut call = after(&[(Happening::Ringing, 0), (ended(None, None), 20)]);
    assert_eq!(call.end_reason, Some(EndReason::Missed));
    assert_eq!(
        call.apply(&event(Happening::Answered, 5)),
        Ok(Applied::Corrected)
    );
    assert_eq!(call.state, CallState::Ended);
    assert_eq!(
        (call.end_reason, call.talk_s()),
        (Some(EndReason::Completed), 15)
    );
    // Without a time of its own it comes after the end.
    let call = after(&[
        (Happening::Ringing, 0),
        (ended(None, None), 20),
        (Happening::Answered, 22),
    ]);
    assert_eq!(
        (call.answered_at, call.end_reason),
        (Some(at(20)), Some(EndReason::Completed))
    );
    assert_legal(&call);
}

#[test]
fn a_second_end_adds_what_the_first_did_not_know() {
    let mut call = after(&[(Happening::Ringing, 0), (ended(None, Some("rejected")), 20)]);
    call.apply(&event(ended(None, None), 21)).unwrap();
    assert_eq!(
        (call.end_reason, call.ended_at),
        (Some(EndReason::Declined), Some(at(20)))
    );
    call.apply(&event(ended(None, Some("cancelled")), 22))
        .unwrap();
    assert_eq!(call.end_reason, Some(EndReason::Cancelled));
    call.apply(&event(ended(Some(12), None), 23)).unwrap();
    assert_eq!(
        (call.end_reason, call.talk_s()),
        (Some(EndReason::Completed), 12)
    );
    assert_eq!(call.ended_at, Some(at(20)));
}

#[test]
fn an_answer_opens_a_call_and_so_does_an_end() {
    let call = open_with("one", &event(Happening::Answered, 0));
    assert_eq!(
        (call.state, call.answered_at),
        (CallState::Answered, Some(at(0)))
    );
    let call = open_with("one", &event(ended(Some(10), None), 0));
    assert_eq!((call.state, call.talk_s()), (CallState::Ended, 10));
    assert_legal(&call);
    let call = open_with("one", &event(Happening::Held, 0));
    assert_eq!(call.state, CallState::Held);
    assert_legal(&call);
}

#[test]
fn a_call_learns_what_later_events_know() {
    let mut first = event(Happening::Ringing, 0);
    first.verified = false;
    let mut call = open_with("one", &first);
    assert!(!call.verified);
    let mut second = event(Happening::Answered, 3);
    second.app_call_id = Some("a1".into());
    second.line = Some("work".into());
    second.name = Some("Marie".into());
    call.apply(&second).unwrap();
    assert!(call.verified);
    assert_eq!(
        (call.line.as_deref(), call.caller_name.as_deref()),
        (Some("work"), Some("Marie"))
    );
    assert_eq!(call.names.len(), 1);
    assert_eq!(call.names[0].app_call_id.as_deref(), Some("a1"));
    let mut third = event(Happening::Answered, 3);
    third.app = "linphone".into();
    third.name = Some("Somebody else".into());
    third.verified = false;
    call.apply(&third).unwrap();
    assert!(call.verified);
    assert_eq!(call.caller_name.as_deref(), Some("Marie"));
    assert_eq!(call.names.len(), 2);
}

/// What an event says of itself, for the tables of correlation.
struct Says {
    app: &'static str,
    id: Option<&'static str>,
    number: Option<&'static str>,
    direction: Option<Direction>,
    happening: Happening,
    second: i64,
}

fn says(happening: Happening, second: i64) -> Says {
    Says {
        app: "microsip",
        id: None,
        number: Some(CALLER),
        direction: None,
        happening,
        second,
    }
}

impl Says {
    fn app(self, app: &'static str) -> Self {
        Self { app, ..self }
    }

    fn id(self, id: &'static str) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    fn number(self, number: Option<&'static str>) -> Self {
        Self { number, ..self }
    }

    fn event(&self) -> CallEvent {
        CallEvent {
            app: self.app.into(),
            app_call_id: self.id.map(Into::into),
            direction: self.direction,
            remote: self.number.map(Into::into),
            ..event(self.happening.clone(), self.second)
        }
    }

    fn open(&self, id: &str) -> Call {
        open_with(id, &self.event())
    }

    fn among(&self, calls: &[Call]) -> Correlation {
        let remote = self.number.map(|number| read_remote(number, Region::FR));
        correlate(&self.event(), remote.as_ref(), calls)
    }
}

fn known(id: &str) -> Correlation {
    Correlation::Known(CallId::new(id))
}

#[test]
fn with_an_id_the_pair_of_app_and_id_decides() {
    let calls = [
        says(Happening::Ringing, 0).id("a1").open("one"),
        says(Happening::Ringing, 1).id("a2").open("two"),
    ];
    let answered = || says(Happening::Answered, 9);
    assert_eq!(answered().id("a1").number(None).among(&calls), known("one"));
    assert_eq!(
        answered().id("a1").number(Some(OTHER)).among(&calls),
        known("one")
    );
    // The same caller with another id is another call, and the same id elsewhere too.
    assert_eq!(
        says(Happening::Ringing, 2).id("a3").among(&calls),
        Correlation::New
    );
    assert_eq!(
        answered().id("a1").app("linphone").among(&calls),
        Correlation::New
    );
    assert_eq!(
        says(ended(None, None), 9).id("a9").among(&calls),
        Correlation::Stray
    );
    // An id finds its call long after the end.
    let mut over = calls[0].clone();
    over.apply(&event(ended(None, None), 10)).unwrap();
    assert_eq!(
        says(Happening::Answered, 3_000).id("a1").among(&[over]),
        known("one")
    );
}

#[test]
fn without_an_id_the_number_and_the_app_decide() {
    let calls = [
        says(Happening::Ringing, 0).open("old"),
        says(Happening::Ringing, 60).number(Some(OTHER)).open("new"),
    ];
    assert_eq!(says(Happening::Answered, 70).among(&calls), known("old"));
    assert_eq!(
        says(Happening::Answered, 70)
            .number(Some("01 99 00 12 34"))
            .among(&calls),
        known("old")
    );
    assert_eq!(
        says(Happening::Answered, 70).number(None).among(&calls),
        known("new")
    );
    assert_eq!(
        says(ended(None, None), 70).number(None).among(&calls),
        known("new")
    );
    // A softphone that leaves its number empty at the end means the call it has.
    assert_eq!(
        says(ended(None, None), 70).number(Some("")).among(&calls),
        known("new")
    );
    let stranger = "+33199001277";
    assert_eq!(
        says(Happening::Answered, 70)
            .number(Some(stranger))
            .among(&calls),
        Correlation::New
    );
    assert_eq!(
        says(ended(None, None), 70)
            .number(Some(stranger))
            .among(&calls),
        Correlation::Stray
    );
    assert_eq!(
        says(Happening::Answered, 70)
            .app("linphone")
            .number(None)
            .among(&calls),
        Correlation::Stray
    );
    assert_eq!(
        says(ended(None, None), 70).number(None).among(&[]),
        Correlation::Stray
    );
    assert_eq!(says(Happening::Held, 70).among(&[]), Correlation::Stray);
    assert_eq!(says(Happening::Answered, 70).among(&[]), Correlation::New);
    assert_eq!(
        says(Happening::Ringing, 70).number(Some("")).among(&calls),
        Correlation::New
    );
}

#[test]
fn a_second_ring_makes_no_second_card() {
    let calls = [says(Happening::Ringing, 0).open("one")];
    assert_eq!(says(Happening::Ringing, 1).among(&calls), known("one"));
    assert_eq!(says(Happening::Ringing, 30).among(&calls), known("one"));
    assert_eq!(
        says(Happening::Ringing, 1).app("linphone").among(&calls),
        known("one")
    );
    assert_eq!(
        says(Happening::Ringing, 3).app("linphone").among(&calls),
        Correlation::New
    );
    assert_eq!(
        says(Happening::Ringing, 600).among(&calls),
        Correlation::New
    );
    assert_eq!(says(Happening::Dialing, 1).among(&calls), Correlation::New);
    // Once they talk, the same number ringing again is a second call.
    let talking = [after(&[(Happening::Ringing, 0), (Happening::Answered, 5)])];
    assert_eq!(says(Happening::Ringing, 6).among(&talking), known("one"));
    assert_eq!(
        says(Happening::Ringing, 20).among(&talking),
        Correlation::New
    );
}

#[test]
fn a_late_word_without_an_id_finds_its_ended_call_for_a_while() {
    let calls = [after(&[(Happening::Ringing, 0), (ended(None, None), 20)])];
    assert_eq!(says(Happening::Answered, 25).among(&calls), known("one"));
    assert_eq!(says(ended(Some(5), None), 25).among(&calls), known("one"));
    assert_eq!(
        says(ended(Some(5), None), 80).among(&calls),
        Correlation::Stray
    );
    // A new ring is a new call, however soon.
    assert_eq!(says(Happening::Ringing, 25).among(&calls), Correlation::New);
}

#[test]
fn the_first_event_after_a_hand_over_belongs_to_it() {
    let mut dialled = says(Happening::Dialing, 0).app("callside").open("one");
    dialled.confirmed = false;
    let calls = [dialled];
    let dialing = || says(Happening::Dialing, 10).id("a1");
    assert_eq!(dialing().among(&calls), known("one"));
    assert_eq!(
        says(Happening::Answered, 10).id("a1").among(&calls),
        known("one")
    );
    assert_eq!(says(Happening::Ringing, 10).among(&calls), Correlation::New);
    assert_eq!(
        dialing().number(Some(OTHER)).among(&calls),
        Correlation::New
    );
    assert_eq!(says(Happening::Dialing, 90).among(&calls), Correlation::New);
    let mut confirmed = calls[0].clone();
    confirmed.apply(&dialing().event()).unwrap();
    assert!(confirmed.confirmed);
    assert_eq!(
        says(Happening::Answered, 15).id("a1").among(&[confirmed]),
        known("one")
    );
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let reasons = [
        "completed",
        "missed",
        "declined",
        "cancelled",
        "busy",
        "failed",
        "answered",
        "voicemail",
        "rejected",
    ];
    prop_oneof![
        Just(Happening::Ringing),
        Just(Happening::Dialing),
        Just(Happening::Answered),
        Just(Happening::Held),
        Just(Happening::Resumed),
        (
            prop::option::of(0_u32..5_000),
            prop::option::of(prop::sample::select(reasons.to_vec()))
        )
            .prop_map(|(talk_s, word)| ended(talk_s, word)),
    ]
}

proptest! {
    #[test]
    fn any_sequence_of_events_ends_in_a_legal_state(
        events in prop::collection::vec((any_happening(), -3_600_i64..3_600), 1..12),
        outbound: Option<bool>,
    ) {
        let direction = outbound.map(|out| if out { Direction::Outbound } else { Direction::Inbound });
        let events = events.into_iter().map(|(happening, second)| CallEvent {
            direction,
            ..event(happening, second)
        });
        let mut call: Option<Call> = None;
        for event in events {
            match &mut call {
                None => call = Some(open_with("one", &event)),
                Some(call) => {
                    let before = call.clone();
                    match call.apply(&event) {
                        Err(_) => prop_assert_eq!(&*call, &before),
                        Ok(applied) => {
                            prop_assert!(!before.is_ended() || call.is_ended(), "a call came back");
                            prop_assert!(!before.was_answered() || call.answered_at == before.answered_at);
                            prop_assert!(applied != Applied::Changed || !before.is_ended());
                        }
                    }
                }
            }
            assert_legal(call.as_ref().unwrap());
        }
    }

    #[test]
    fn the_same_event_twice_says_nothing_new(
        events in prop::collection::vec((any_happening(), 0_i64..3_600), 1..8),
    ) {
        let mut call = after(&events);
        let (happening, second) = events.last().unwrap().clone();
        let again = event(happening, second);
        if let Ok(applied) = call.apply(&again) {
            let before = call.clone();
            prop_assert_eq!(call.apply(&again), Ok(Applied::Nothing), "{:?}", applied);
            prop_assert_eq!(call, before);
        }
    }
}
