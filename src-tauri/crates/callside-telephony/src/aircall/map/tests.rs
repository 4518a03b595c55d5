#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use proptest::prelude::*;
use serde_json::from_value;

use super::*;

/// A call as Aircall shows it, with every field that matters.
fn row() -> Value {
    json!({
        "id": 9_000_000_001_u64,
        "direction": "inbound",
        "status": "done",
        "missed_call_reason": null,
        "started_at": 1_772_452_800,
        "answered_at": 1_772_452_810,
        "ended_at": 1_772_452_900,
        "duration": 100,
        "raw_digits": "+33 6 39 98 01 23",
        "recording": "https://storage.example.com/9.mp3?signature=x",
        "voicemail": null,
        "asset": "https://assets.example.com/calls/9000000001/recording/info",
        "user": {"id": 71, "name": "Ada Morel", "email": "ada@example.com"},
        "contact": {"first_name": "Marie", "last_name": "Lefèvre", "company_name": "Pain & Cie"},
        "number": {"id": 12, "name": "Sales", "digits": "+33 1 99 00 00 01"},
        "tags": [{"id": 3, "name": "Quote", "color": "#00B388"}],
        "comments": [
            {"id": 1, "content": "Send\nthe offer", "posted_by": {"id": 71, "name": "Ada Morel"}},
            {"id": 2, "content": "By a program", "posted_by": null}
        ]
    })
}

fn read(row: Value) -> Option<CloudCall> {
    call(&from_value(row).unwrap())
}

fn with(change: impl FnOnce(&mut Value)) -> CloudCall {
    let mut row = row();
    change(&mut row);
    read(row).unwrap()
}

#[test]
fn a_record_says_everything_that_aircall_knows() {
    let call = read(row()).unwrap();
    let at = |seconds: i64| jiff::Timestamp::from_second(1_772_452_800 + seconds).unwrap();
    assert_eq!(call.id, "9000000001");
    assert_eq!(
        (call.direction, call.status),
        (Direction::Inbound, CloudStatus::Answered)
    );
    assert_eq!(
        (call.started_at, call.answered_at, call.ended_at),
        (at(0), Some(at(10)), Some(at(100)))
    );
    assert_eq!(call.duration_s, 100);
    assert_eq!(call.remote, "+33 6 39 98 01 23");
    let line = call.line.unwrap();
    assert_eq!(
        (line.id.as_str(), line.number.as_str()),
        ("12", "+33 1 99 00 00 01")
    );
    assert_eq!(call.agent.unwrap().email, "ada@example.com");
    assert_eq!(call.contact_name.as_deref(), Some("Marie Lefèvre"));
    assert!(call.recorded);
    // The page that asks for a sign-in, never the link that dies.
    let link = call.recording_link.unwrap();
    assert_eq!(
        link,
        "https://assets.example.com/calls/9000000001/recording/info"
    );
    assert_eq!(call.tags[0].color.as_deref(), Some("#00b388"));
    assert_eq!(call.comments[0].text, "Send\nthe offer");
    assert_eq!(call.comments[0].by.as_deref(), Some("Ada Morel"));
    assert_eq!(call.comments[1].by, None);
}

#[test]
fn what_a_call_came_to_follows_from_its_times() {
    let judged = |direction: &str, answered: bool, voicemail: bool, status: &str| {
        with(|row| {
            row["direction"] = json!(direction);
            row["status"] = json!(status);
            if !answered {
                row["answered_at"] = json!(null);
            }
            if voicemail {
                row["voicemail"] = json!("https://storage.example.com/v.mp3");
            }
            if status != "done" {
                row["ended_at"] = json!(null);
            }
        })
        .status
    };
    assert_eq!(
        judged("inbound", true, false, "done"),
        CloudStatus::Answered
    );
    assert_eq!(judged("inbound", false, false, "done"), CloudStatus::Missed);
    assert_eq!(
        judged("inbound", false, true, "done"),
        CloudStatus::Voicemail
    );
    assert_eq!(
        judged("outbound", false, false, "done"),
        CloudStatus::Failed
    );
    assert_eq!(
        judged("inbound", true, false, "answered"),
        CloudStatus::Live
    );
    assert_eq!(
        judged("inbound", false, false, "a word of tomorrow"),
        CloudStatus::Live
    );
    let missed = with(|row| {
        row["answered_at"] = json!(null);
        row["missed_call_reason"] = json!("abandoned_on_the_moon");
    });
    assert_eq!(missed.said.as_deref(), Some("abandoned_on_the_moon"));
}

#[test]
fn a_withheld_caller_has_no_number() {
    for digits in [
        json!("anonymous"),
        json!("Anonymous "),
        json!(null),
        json!(""),
        json!(33),
    ] {
        assert_eq!(
            with(|row| row["raw_digits"] = digits.clone()).remote,
            "",
            "{digits}"
        );
    }
}

#[test]
fn times_may_be_text_and_ids_may_be_quoted() {
    let call = with(|row| {
        row["id"] = json!("9000000001");
        row["started_at"] = json!("2026-03-02T12:00:00Z");
        row["answered_at"] = json!("2026-03-02T13:00:10+01:00");
    });
    assert_eq!(call.id, "9000000001");
    assert_eq!(
        call.answered_at
            .unwrap()
            .duration_since(call.started_at)
            .as_secs(),
        10
    );
}

#[test]
fn only_a_row_without_id_direction_or_beginning_is_no_call() {
    for field in ["id", "direction", "started_at"] {
        let mut without = row();
        without.as_object_mut().unwrap().remove(field);
        assert!(read(without).is_none(), "{field}");
    }
    let bare = json!({"id": 1, "direction": "outbound", "started_at": 0});
    let call = read(bare).unwrap();
    assert_eq!(
        (call.duration_s, call.recorded, call.agent),
        (0, false, None)
    );
}

#[test]
fn a_hostile_value_takes_nothing_else_with_it() {
    let hostile = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!("x".repeat(100_000)),
        json!("\u{202e}<script>\0"),
        json!([]),
        json!([[[]]]),
        json!({}),
        json!({"id": {"id": []}, "name": [], "email": {}, "content": 5}),
    ];
    let names: Vec<String> = row().as_object().unwrap().keys().cloned().collect();
    for value in hostile {
        for name in &names {
            let mut row = row();
            row[name] = value.clone();
            let Some(call) = read(row) else {
                assert!(
                    ["id", "direction", "started_at"].contains(&name.as_str()),
                    "{name}"
                );
                continue;
            };
            let texts = [
                Some(call.remote),
                call.said,
                call.contact_name,
                call.recording_link,
            ];
            for text in texts.into_iter().flatten() {
                assert!(text.chars().count() <= 2_000 && !text.contains(['\0', '\u{202e}']));
            }
            // What lies beside it is still there.
            if name != "number" {
                assert_eq!(call.line.unwrap().id, "12");
            }
        }
    }
}

#[test]
fn findings_are_read_whatever_their_shape() {
    let of = |value: Value| summary(&from_value(json!({"summary": value})).unwrap());
    assert_eq!(
        of(json!({"content": " Marie asks. "})).as_deref(),
        Some("Marie asks.")
    );
    assert_eq!(of(json!({"content": {"sections": []}})), None);
    assert_eq!(of(json!("text")), None);
    let of = |value: Value| topics(&from_value(json!({"topic": value})).unwrap());
    assert_eq!(
        of(json!({"content": ["price", 5, " ", "oven"]})),
        ["price", "oven"]
    );
    assert_eq!(of(json!({"content": vec!["x"; 200]})).len(), 50);
    assert!(of(json!(null)).is_empty());
    let items = from_value(json!({"action_items": [{"content": "Send it"}, {}, 5]})).unwrap();
    assert_eq!(action_items(&items), ["Send it"]);
}

#[test]
fn the_mood_is_the_other_sides() {
    let of =
        |people: Value| mood(&from_value(json!({"sentiment": {"participants": people}})).unwrap());
    let agent = json!({"user_id": 71, "value": "NEGATIVE"});
    let caller = json!({"phone_number": "+33639980123", "value": "POSITIVE"});
    assert_eq!(of(json!([agent, caller])), Some(Mood::Positive));
    assert_eq!(of(json!([agent])), None);
    assert_eq!(
        of(json!([{"phone_number": "+33639980123", "value": "OVERJOYED"}])),
        None
    );
}

fn shown(label: Option<&str>, text: &str, link: Option<&str>) -> InsightLine {
    InsightLine {
        label: label.map(str::to_owned),
        text: text.to_owned(),
        link: link.map(str::to_owned),
    }
}

#[test]
fn a_card_is_a_title_and_short_texts() {
    let lines = [
        shown(None, "Pain & Cie", Some("https://crm.example.com/c/42")),
        shown(Some("Owner"), "Ada\nMorel", Some("javascript:alert(1)")),
        shown(Some("Empty"), " \u{202e} ", None),
    ];
    let expected = json!({"contents": [
        {"type": "title", "text": "Pain & Cie", "link": "https://crm.example.com/c/42"},
        {"type": "shortText", "label": "Owner", "text": "Ada Morel"},
    ]});
    assert_eq!(card(&lines), Some(expected));
    assert_eq!(card(&[]), None);
    // Plain http leads nowhere, not even to this computer: the window is another program's.
    let local = card(&[shown(None, "x", Some("http://127.0.0.1/"))]).unwrap();
    assert_eq!(local["contents"][0].get("link"), None);
}

#[test]
fn a_card_has_six_lines_of_a_hundred_and_twenty_characters_and_fits() {
    let link = format!("https://crm.example.com/{}", "é".repeat(300));
    let lines: Vec<InsightLine> = (0..9)
        .map(|_| shown(Some(&"é".repeat(500)), &"é".repeat(500), Some(&link)))
        .collect();
    let card = card(&lines).unwrap();
    let contents = card["contents"].as_array().unwrap();
    assert_eq!(contents[0]["text"].as_str().unwrap().chars().count(), 120);
    assert!(contents.len() <= 6 && card.to_string().len() < 10 * 1024);
    let plain: Vec<InsightLine> = (0..9).map(|_| shown(Some("a"), "b", None)).collect();
    assert_eq!(
        super::card(&plain).unwrap()["contents"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(text in "\\PC{0,100}", number in any::<f64>()) {
        for name in row().as_object().unwrap().keys() {
            for value in [json!(text), json!(number), json!({"id": number, "content": text})] {
                let mut row = row();
                row[name] = value;
                let _ = read(row);
            }
        }
    }
}
