#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn event(kind: &str, direction: &str, param: &str) -> Value {
    json!({
        "event": true, "type": kind, "class": "call",
        "accountaor": "sip:agent@pbx.example;transport=tcp", "direction": direction,
        "peeruri": "sip:+33199000123@pbx.example:5060", "peerdisplayname": " Ann Example ",
        "id": "call-1", "param": param, "later": {"version": 2},
    })
}

fn read(watched: &mut Watched, message: &Value) -> Option<CallEvent> {
    watched.read(message, Timestamp::UNIX_EPOCH)
}

fn happening(kind: &str, direction: &str) -> Option<Happening> {
    read(&mut Watched::default(), &event(kind, direction, "")).map(|event| event.happening)
}

#[test]
fn an_inbound_call_is_told_in_our_words() {
    let event = read(
        &mut Watched::default(),
        &event("CALL_INCOMING", "incoming", "x"),
    );
    let expected = CallEvent {
        app: "baresip".into(),
        app_call_id: Some("call-1".into()),
        happening: Happening::Ringing,
        direction: Some(Direction::Inbound),
        remote: Some("+33199000123".into()),
        line: Some("agent@pbx.example".into()),
        name: Some("Ann Example".into()),
        at: Timestamp::UNIX_EPOCH,
        verified: true,
    };
    assert!(event == Some(expected));
}

#[test]
fn every_kind_of_event_has_its_word() {
    for (kind, direction, expected) in [
        ("CALL_INCOMING", "incoming", Some(Happening::Ringing)),
        ("CALL_OUTGOING", "outgoing", Some(Happening::Dialing)),
        ("CALL_RINGING", "outgoing", Some(Happening::Dialing)),
        ("CALL_PROGRESS", "outgoing", Some(Happening::Dialing)),
        ("CALL_PROGRESS", "incoming", Some(Happening::Ringing)),
        ("CALL_ESTABLISHED", "incoming", Some(Happening::Answered)),
        ("CALL_HOLD", "incoming", Some(Happening::Held)),
        ("CALL_RESUME", "incoming", Some(Happening::Resumed)),
        ("CALL_REMOTE_SDP", "incoming", None),
        ("CALL_LOCAL_SDP", "outgoing", None),
        ("REGISTER_OK", "", None),
        ("SHUTDOWN", "", None),
        ("", "", None),
    ] {
        assert_eq!(happening(kind, direction), expected, "{kind} {direction}");
    }
}

#[test]
fn the_end_says_why_where_that_is_certain() {
    use EndReason::{Busy, Cancelled, Declined, Failed};
    for (direction, param, expected) in [
        ("outgoing", "486 Busy Here", Some(Busy)),
        ("outgoing", "600 Busy Everywhere", Some(Busy)),
        ("outgoing", "603 Decline", Some(Declined)),
        ("outgoing", "487 Request Terminated", Some(Cancelled)),
        ("outgoing", "404 Not Found", Some(Failed)),
        ("outgoing", "480 Temporarily Unavailable", Some(Failed)),
        ("outgoing", "503 Service Unavailable", Some(Failed)),
        ("outgoing", "Connection timed out", Some(Failed)),
        ("outgoing", "Connection reset by user", Some(Cancelled)),
        ("outgoing", "Connection reset by peer", None),
        ("incoming", "Connection reset by user", Some(Declined)),
        ("incoming", "Rejected by user", Some(Declined)),
        ("incoming", "Connection reset by peer", None),
        ("incoming", "487 Request Terminated", None),
        ("incoming", "", None),
    ] {
        let mut watched = Watched::default();
        let beginning = match direction {
            "outgoing" => "CALL_RINGING",
            _ => "CALL_INCOMING",
        };
        read(&mut watched, &event(beginning, direction, "")).unwrap();
        let end = read(&mut watched, &event("CALL_CLOSED", direction, param)).unwrap();
        let expected = Happening::Ended {
            talk_s: None,
            reason: expected.map(SaidReason::Known),
        };
        assert_eq!(end.happening, expected, "{direction} {param}");
    }
}

#[test]
fn a_call_whose_beginning_was_missed_is_not_called_declined() {
    let closed = event("CALL_CLOSED", "incoming", "Connection reset by user");
    let end = read(&mut Watched::default(), &closed).unwrap();
    let nothing_said = Happening::Ended {
        talk_s: None,
        reason: None,
    };
    assert_eq!(end.happening, nothing_said);
}

#[test]
fn the_remote_party_is_a_number_an_address_or_nobody() {
    for (uri, expected) in [
        ("sip:+33199000123@pbx.example", "+33199000123"),
        ("sips:0199000123@pbx.example;transport=tls", "0199000123"),
        ("sip:%2B33199000123@pbx.example", "+33199000123"),
        ("sip:0199000123;phone-context=x@pbx.example", "0199000123"),
        ("\"0123\" <sip:12@pbx.example;user=phone>;tag=7", "12"),
        ("tel:+33199000123;ext=4", "+33199000123"),
        ("sip:ann@pbx.example:5080", "sip:ann@pbx.example:5080"),
        ("sip:1ann@pbx.example?x=y", "sip:1ann@pbx.example"),
        ("sip:anonymous@anonymous.invalid", ""),
        ("sip:Anonymous@pbx.example", ""),
        ("sip:restricted@10.0.0.1", ""),
        ("sip:x@anonymous.invalid", ""),
        ("sip:pbx.example", "sip:pbx.example"),
    ] {
        assert_eq!(remote(uri), expected, "{uri}");
    }
}

#[test]
fn the_line_is_the_account() {
    assert_eq!(line("sip:0261910000@pbx.example"), "0261910000");
    assert_eq!(line("sip:agent@pbx.example"), "agent@pbx.example");
}

#[test]
fn fields_of_odd_types_are_as_good_as_not_said() {
    let odd = json!({"event": true, "type": "CALL_INCOMING", "id": 7, "peeruri": null,
        "peerdisplayname": ["x"], "direction": {}});
    let event = read(&mut Watched::default(), &odd).unwrap();
    assert_eq!(event.happening, Happening::Ringing);
    assert!(event.app_call_id.is_none() && event.remote.is_none() && event.name.is_none());
}

#[test]
fn endless_ids_and_names_are_cut_and_calls_are_forgotten() {
    let mut watched = Watched::default();
    for number in 0..1000 {
        let id = format!("{number}-{}", "é".repeat(500));
        let message = json!({"type": "CALL_INCOMING", "id": id, "peerdisplayname": id});
        let event = read(&mut watched, &message).unwrap();
        assert!(event.app_call_id.unwrap().len() <= LONGEST_ID);
        assert!(event.name.unwrap().len() <= LONGEST_NAME);
    }
    assert!(watched.begun.len() <= MOST_CALLS);
}

proptest! {
    #[test]
    fn no_address_panics(uri in ".{0,200}", sip in "(sips?:|tel:|<)?[+0-9a-z@;?:<>%]{0,40}") {
        for uri in [uri, sip] {
            let message = json!({"type": "CALL_CLOSED", "id": uri, "peeruri": uri, "param": uri,
                "accountaor": uri, "peerdisplayname": uri});
            let _ = read(&mut Watched::default(), &message);
        }
    }
}
