#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, from_value, json};

use super::*;

fn now() -> Timestamp {
    "2026-03-02T18:00:00Z".parse().unwrap()
}

fn row() -> Value {
    json!({
        "id": "cll-abc123",
        "type": "CALL",
        "direction": "INBOUND",
        "allo_number": "+33199000001",
        "contact_number": "+33639980123",
        "contacts": [{"id": "con-1", "name": "Marie Lefèvre", "company": {"name": "Pain & Cie"}}],
        "user": {"id": "usr-1", "name": "Ada Morel", "email": "ada@example.com"},
        "date": "2026-03-02T12:00:00",
        "duration": 145,
        "result": "ANSWERED",
        "recording_url": "https://api.withallo.com/v1/assets/recordings/abc",
        "summary": "Marie asks for an **offer**.",
        "tags": ["qualified", "", 5, {"id": "tag-2", "name": "quote", "color": "#00AA00"}],
        "transcript": [
            {"source": "USER", "text": "Hello"},
            {"source": "EXTERNAL", "text": "Hello\nMarie here"},
            {"source": "EXTERNAL", "text": null}
        ]
    })
}

fn read(row: Value) -> Option<CloudCall> {
    call(&from_value(row).unwrap(), now())
}

fn with(change: impl FnOnce(&mut Value)) -> CloudCall {
    let mut row = row();
    change(&mut row);
    read(row).unwrap()
}

#[test]
fn a_record_says_everything_that_allo_knows() {
    let call = read(row()).unwrap();
    assert_eq!(call.id, "cll-abc123");
    assert_eq!(
        (call.direction, call.status),
        (Direction::Inbound, CloudStatus::Answered)
    );
    // A date without a zone is UTC.
    assert_eq!(call.started_at, "2026-03-02T12:00:00Z".parse().unwrap());
    assert_eq!(call.ended_at, Some("2026-03-02T12:02:25Z".parse().unwrap()));
    assert_eq!(call.answered_at, Some(call.started_at));
    assert_eq!(call.remote, "+33639980123");
    assert_eq!(call.line.unwrap().id, "+33199000001");
    assert_eq!(call.agent.unwrap().email, "ada@example.com");
    assert_eq!(call.contact_name.as_deref(), Some("Marie Lefèvre"));
    assert!(call.recorded && call.recording_link.is_some());
    assert_eq!(
        call.insights.summary.as_deref(),
        Some("Marie asks for an **offer**.")
    );
    assert_eq!(
        call.insights.transcript.as_deref(),
        Some("→ Hello\n← Hello Marie here")
    );
    let tags: Vec<&str> = call.tags.iter().map(|tag| tag.id.as_str()).collect();
    assert_eq!(tags, ["qualified", "quote"]);
}

#[test]
fn results_are_read_and_unknown_ones_kept() {
    use CloudStatus::{Answered, Failed, Missed, Voicemail};
    for (direction, result, status) in [
        ("INBOUND", json!("ANSWERED"), Answered),
        ("INBOUND", json!("TRANSFERRED"), Answered),
        ("INBOUND", json!("TRANSFERRED_AI"), Answered),
        ("INBOUND", json!("VOICEMAIL"), Voicemail),
        ("OUTBOUND", json!("VOICEMAIL"), Failed),
        ("INBOUND", json!("BLOCKED"), Missed),
        ("OUTBOUND", json!("FAILED_EXTERNAL"), Failed),
        ("INBOUND", json!(null), Missed),
        ("OUTBOUND", json!(null), Failed),
        ("INBOUND", json!(5), Missed),
    ] {
        let call = with(|row| {
            row["direction"] = json!(direction);
            row["result"] = result.clone();
        });
        assert_eq!(call.status, status, "{direction} {result}");
        assert_eq!(call.said.as_deref(), result.as_str());
    }
    // Nobody records a call that was not answered.
    let unknown = with(|row| row["result"] = json!("BEAMED_UP"));
    assert_eq!(
        (unknown.status, unknown.said.as_deref()),
        (Answered, Some("BEAMED_UP"))
    );
    let silent = with(|row| {
        row["result"] = json!("BEAMED_UP");
        row["recording_url"] = json!(null);
    });
    assert_eq!(silent.status, Missed);
}

#[test]
fn a_young_record_without_an_end_may_be_of_a_call_that_goes_on() {
    let aged = |date: &str| {
        with(|row| {
            row["result"] = json!(null);
            row["duration"] = json!(null);
            row["date"] = json!(date);
        })
        .status
    };
    assert_eq!(aged("2026-03-02T17:50:00Z"), CloudStatus::Live);
    assert_eq!(aged("2026-03-02T17:40:00Z"), CloudStatus::Missed);
}

#[test]
fn a_message_is_no_call_and_a_withheld_number_is_empty() {
    let mut message = row();
    message["type"] = json!("SMS");
    assert!(read(message).is_none());
    assert_eq!(
        with(|row| row["contact_number"] = json!("anonymous")).remote,
        ""
    );
}

#[test]
fn a_hostile_value_takes_nothing_else_with_it() {
    let hostile = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!("x".repeat(100_000)),
        json!("\u{202e}<script>\0"),
        json!([[[]]]),
        json!({"id": {"id": []}, "name": [], "email": {}}),
    ];
    let names: Vec<String> = row().as_object().unwrap().keys().cloned().collect();
    for value in hostile {
        for name in &names {
            let mut row = row();
            row[name] = value.clone();
            if let Some(call) = read(row) {
                assert!(call.remote.chars().count() <= 300);
            } else {
                let needed = ["id", "type", "direction", "date"];
                assert!(needed.contains(&name.as_str()), "{name}: {value}");
            }
        }
    }
}

#[test]
fn a_line_is_a_number_that_its_users_may_call_from() {
    let number = |value: Value| from_value::<api::Number>(value).unwrap();
    let own = number(
        json!({"number": "+33199000001", "name": "Sales", "type": "NUMBER",
        "users": [{"id": "usr-1"}]}),
    );
    assert_eq!(line(&own).unwrap().id, "+33199000001");
    assert!(is_of(&own, "usr-1") && !is_of(&own, "usr-2"));
    assert!(is_of(&number(json!({"number": "+33199000002"})), "usr-2"));
    assert!(line(&number(json!({"number": "PAIN", "type": "SENDER_ID"}))).is_none());
}
