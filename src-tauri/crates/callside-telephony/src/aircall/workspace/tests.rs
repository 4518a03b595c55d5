#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

const MARIE: &str = "+33639980123";
const SALES: &str = "+33199000001";

fn now() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn read(name: &str, value: Value) -> Result<Option<WorkspaceNews>, Refused> {
    translate(name, &value.to_string(), now())
}

fn event(name: &str, value: Value) -> CallEvent {
    match read(name, value) {
        Ok(Some(WorkspaceNews::Call(event))) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_inbound_call_rings_is_answered_and_ends() {
    let ring = json!({"from": MARIE, "to": SALES, "call_id": 9_000_000_001_u64});
    let expected = CallEvent {
        app: "aircall".into(),
        app_call_id: Some("9000000001".into()),
        happening: Happening::Ringing,
        direction: Some(Direction::Inbound),
        remote: Some(MARIE.into()),
        line: Some(SALES.into()),
        name: None,
        at: now(),
        verified: true,
    };
    assert_eq!(event("incoming_call", ring), expected);

    let answered = event(
        "call_end_ringtone",
        json!({"answer_status": "answered", "call_id": 9_000_000_001_u64}),
    );
    assert_eq!(answered.happening, Happening::Answered);
    assert_eq!(answered.direction, Some(Direction::Inbound));
    assert_eq!(answered.remote, None);

    let ended = event(
        "call_ended",
        json!({"duration": 42, "call_id": 9_000_000_001_u64}),
    );
    let end = Happening::Ended {
        talk_s: None,
        reason: None,
    };
    assert_eq!((ended.happening, ended.direction), (end, None));
}

#[test]
fn an_outbound_call_is_dialled_and_answered() {
    let dialed = event(
        "outgoing_call",
        json!({"from": SALES, "to": MARIE, "call_id": 5}),
    );
    assert_eq!(dialed.happening, Happening::Dialing);
    assert_eq!(dialed.remote.as_deref(), Some(MARIE));
    assert_eq!(dialed.line.as_deref(), Some(SALES));
    let answered = event("outgoing_answered", json!({"call_id": 5}));
    assert_eq!(answered.happening, Happening::Answered);
    assert_eq!(answered.direction, Some(Direction::Outbound));
}

#[test]
fn a_ring_that_nobody_answers_was_missed_or_declined() {
    for (status, reason) in [
        ("disconnected", EndReason::Missed),
        ("refused", EndReason::Declined),
    ] {
        let ended = event(
            "call_end_ringtone",
            json!({"answer_status": status, "call_id": 5}),
        );
        let end = Happening::Ended {
            talk_s: None,
            reason: Some(SaidReason::Known(reason)),
        };
        assert_eq!(ended.happening, end, "{status}");
    }
}

#[test]
fn a_withheld_caller_has_an_empty_number() {
    for from in [
        json!("anonymous"),
        json!("Anonymous"),
        json!(""),
        json!(null),
    ] {
        let ring = event(
            "incoming_call",
            json!({"from": from, "to": SALES, "call_id": 5}),
        );
        assert_eq!(ring.remote.as_deref(), Some(""));
    }
    let ring = event("incoming_call", json!({"call_id": "5"}));
    assert_eq!((ring.remote.as_deref(), ring.line), (Some(""), None));
}

#[test]
fn who_signs_in_is_told_by_e_mail_address() {
    let email = |value| match read("login", value) {
        Ok(Some(WorkspaceNews::SignedIn { email })) => email,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        email(json!({"user": {"email": " ada@example.com ", "first_name": "Ada"}})),
        "ada@example.com"
    );
    assert_eq!(email(json!({"user": {}})), "");
    assert_eq!(email(json!({})), "");
    assert_eq!(
        translate("logout", "", now()),
        Ok(Some(WorkspaceNews::SignedOut))
    );
}

#[test]
fn a_remark_and_a_pushed_number_are_told() {
    let remark = read(
        "comment_saved",
        json!({"comment": "Send\u{202e} it\nnow", "call_id": 5}),
    );
    let expected = WorkspaceNews::Remark {
        call_id: "5".into(),
        text: "Send it\nnow".into(),
    };
    assert_eq!(remark, Ok(Some(expected)));
    let pushed = read("external_dial", json!({"phone_number": MARIE}));
    let expected = WorkspaceNews::Prefilled {
        number: MARIE.into(),
    };
    assert_eq!(pushed, Ok(Some(expected)));
}

#[test]
fn what_concerns_nobody_is_passed_over_and_what_nobody_knows_is_refused() {
    assert_eq!(translate("powerdialer_updated", "", now()), Ok(None));
    assert_eq!(
        read("redirect_event", json!({"type": "Zendesk::User"})),
        Ok(None)
    );
    for name in [
        "",
        "apm_phone_incoming_call",
        "INCOMING_CALL",
        "dial_number",
    ] {
        assert_eq!(read(name, json!({"call_id": 5})), Err(Refused::UnknownName));
    }
}

#[test]
fn a_forged_field_is_refused() {
    let bad = |field| Err(Refused::BadField { field });
    for id in [
        json!(null),
        json!(-1),
        json!(1.5),
        json!(true),
        json!([5]),
        json!("../5"),
        json!("abc"),
        json!("9".repeat(200)),
        json!({"id": 5}),
    ] {
        assert_eq!(
            read("call_ended", json!({"call_id": id})),
            bad("call_id"),
            "{id}"
        );
    }
    let ring = |from: Value| read("incoming_call", json!({"from": from, "call_id": 5}));
    assert_eq!(ring(json!(33_639_980_123_u64)), bad("from"));
    assert_eq!(ring(json!({"number": MARIE})), bad("from"));
    assert_eq!(ring(json!("9".repeat(257))), bad("from"));
    let dial = |to: Value| read("outgoing_call", json!({"to": to, "call_id": 5}));
    assert_eq!(dial(json!(null)), bad("to"));
    assert_eq!(dial(json!("anonymous")), bad("to"));
    let status = |status: Value| {
        read(
            "call_end_ringtone",
            json!({"answer_status": status, "call_id": 5}),
        )
    };
    assert_eq!(status(json!("ANSWERED")), bad("answer_status"));
    assert_eq!(status(json!(null)), bad("answer_status"));
    assert_eq!(read("login", json!({"user": "ada"})), bad("user"));
    assert_eq!(read("login", json!({"user": {"email": 5}})), bad("email"));
    assert_eq!(
        read("comment_saved", json!({"comment": 5, "call_id": 5})),
        bad("comment")
    );
    assert_eq!(read("call_ended", json!([5])), Err(Refused::NoObject));
    assert_eq!(translate("call_ended", "{", now()), Err(Refused::NoObject));
}

#[test]
fn a_message_larger_than_any_true_one_is_not_read() {
    let huge = json!({"call_id": 5, "x": "x".repeat(LONGEST_MESSAGE)});
    assert_eq!(read("call_ended", huge), Err(Refused::TooLarge));
    assert_eq!(read(&"x".repeat(300), json!({})), Err(Refused::TooLarge));
    let deep = "[".repeat(10_000);
    assert_eq!(
        translate("call_ended", &deep, now()),
        Err(Refused::NoObject)
    );
}

#[test]
fn nothing_of_a_message_is_printed() {
    let news = read(
        "incoming_call",
        json!({"from": MARIE, "to": SALES, "call_id": 5}),
    );
    let login = read("login", json!({"user": {"email": "ada@example.com"}}));
    let printed = format!("{news:?} {login:?}");
    assert!(
        !printed.contains("639980123") && !printed.contains("ada@"),
        "{printed}"
    );
}

proptest! {
    #[test]
    fn no_message_makes_it_panic(
        name in "(incoming_call|call_ended|login|comment_saved|external_dial|call_end_ringtone|.{0,8})",
        value in "\\PC{0,200}",
    ) {
        let _ = translate(&name, &value, now());
    }
}
