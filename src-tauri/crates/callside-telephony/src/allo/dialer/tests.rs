#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

const MARIE: &str = "+33639980123";
const SALES: &str = "+33199000001";

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn read(kind: &str, payload: Value) -> DialerNews {
    let message = json!({"source": "allo-dialer", "type": kind, "payload": payload});
    translate(&message.to_string(), now()).unwrap()
}

#[test]
fn a_call_is_read_by_the_names_that_its_keys_usually_have() {
    for payload in [
        json!({"from": MARIE, "to": SALES, "call_id": "cll-1"}),
        json!({"from_number": MARIE, "to_number": SALES, "id": "cll-1"}),
        json!({"call": {"fromNumber": MARIE, "toNumber": SALES, "callId": "cll-1"}}),
    ] {
        let expected = CallEvent {
            app: "allo".into(),
            app_call_id: Some("cll-1".into()),
            happening: Happening::Ringing,
            direction: Some(Direction::Inbound),
            remote: Some(MARIE.into()),
            line: Some(SALES.into()),
            name: None,
            at: now(),
            verified: true,
        };
        assert_eq!(read("incoming_call", payload), DialerNews::Call(expected));
    }
    let DialerNews::Call(out) = read("outgoing_call", json!({"number": MARIE})) else {
        panic!("no call");
    };
    assert_eq!(out.happening, Happening::Dialing);
    assert_eq!(
        (out.remote.as_deref(), out.app_call_id),
        (Some(MARIE), None)
    );
    let DialerNews::Call(hidden) = read("incoming_call", json!({"from": "anonymous"})) else {
        panic!("no call");
    };
    assert_eq!(hidden.remote.as_deref(), Some(""));
}

#[test]
fn who_signs_in_is_told_where_the_message_says_it() {
    let email = |payload| match read("login", payload) {
        DialerNews::SignedIn { email } => email,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        email(json!({"email": "ada@example.com"})),
        "ada@example.com"
    );
    assert_eq!(
        email(json!({"user": {"email": "ada@example.com"}})),
        "ada@example.com"
    );
    assert_eq!(email(json!({})), "");
    assert_eq!(read("ready", json!(null)), DialerNews::Ready);
}

#[test]
fn what_nobody_understands_is_kept_by_its_bones() {
    let odd = json!({"call": {"peer33639980123": MARIE, "state": "wrapping up", "n": [1, 2]},
        "ok": true, "x": null});
    let DialerNews::Unknown(shape) = read("call_7_ended", odd) else {
        panic!("understood");
    };
    assert_eq!(shape.kind, "call_#_ended");
    assert_eq!(
        shape.fields,
        [
            "payload.call.n[]: number",
            "payload.call.peer###########: text that begins with a plus",
            "payload.call.state: text",
            "payload.ok: yes or no",
            "payload.x: null",
        ]
    );
    // A call without a number that can be told is not understood either.
    let unread = read(
        "incoming_call",
        json!({"line": SALES, "party": {"a": MARIE}}),
    );
    assert!(matches!(unread, DialerNews::Unknown(_)));
}

#[test]
fn an_id_that_no_record_has_is_no_name_of_the_call() {
    for id in [json!("7f3a"), json!(12), json!("cll_9"), json!(null)] {
        let payload = json!({"from": MARIE, "id": id});
        let DialerNews::Call(event) = read("incoming_call", payload) else {
            panic!("no call");
        };
        assert_eq!(event.app_call_id, None);
    }
}

#[test]
fn a_key_that_is_no_identifier_is_not_kept() {
    let odd = json!({"ada@example.com": 1, "Ada Test": "x", "Zoé": [], "": {}, "is_ok": true});
    let DialerNews::Unknown(shape) = read("Ada rang", odd) else {
        panic!("understood");
    };
    assert_eq!(shape.kind, "(no identifier)");
    let named = |field: &&String| !field.starts_with("payload.(no identifier): ");
    assert_eq!(
        shape.fields.iter().filter(named).collect::<Vec<_>>(),
        ["payload.is_ok: yes or no"]
    );
}

#[test]
fn a_number_is_handed_over_under_each_likely_name() {
    let Value::Object(payload) = dial(MARIE) else {
        panic!("no object");
    };
    assert!(payload.values().all(|value| value == MARIE));
    for name in ["number", "phone_number", "phoneNumber", "to"] {
        assert!(payload.contains_key(name), "{name}");
    }
}

#[test]
fn what_is_kept_is_bounded_and_holds_no_digit() {
    let mut wide = Map::new();
    for turn in 0..500 {
        wide.insert(
            format!("{turn}{}", "k".repeat(90)),
            json!({"a": {"b": {"c": {"d": {"e": 1}}}}}),
        );
    }
    let DialerNews::Unknown(shape) = read("tomorrow", Value::Object(wide)) else {
        panic!("understood");
    };
    assert_eq!(shape.fields.len(), 50);
    let printed = format!("{shape:?}");
    assert!(!printed.contains(|c: char| c.is_ascii_digit()), "{printed}");
    assert!(shape.fields.iter().all(|field| field.len() < 300));
}

#[test]
fn somebody_elses_message_is_refused() {
    for message in [
        json!({"source": "allo-host", "type": "ready"}),
        json!({"type": "ready"}),
        json!({"source": "allo-dialer"}),
        json!({"source": "allo-dialer", "type": 5}),
        json!(["allo-dialer"]),
        json!("ready"),
    ] {
        assert_eq!(
            translate(&message.to_string(), now()),
            Err(Refused::Foreign)
        );
    }
    assert_eq!(translate("{", now()), Err(Refused::Foreign));
    let huge = json!({"source": "allo-dialer", "type": "ready", "x": "x".repeat(LONGEST_MESSAGE)});
    assert_eq!(translate(&huge.to_string(), now()), Err(Refused::TooLarge));
}

proptest! {
    #[test]
    fn no_message_makes_it_panic(kind in "\\PC{0,40}", key in "\\PC{0,60}", text in "\\PC{0,60}") {
        let payload = json!({key: text, "call": {"from": kind}});
        let message = json!({"source": "allo-dialer", "type": kind, "payload": payload});
        let _ = translate(&message.to_string(), now());
    }
}
