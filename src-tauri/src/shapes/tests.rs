#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use callside_core::call::{CallEvent, Happening, Opening};
use callside_core::contact::{Contact, ContactRef, PhoneField};
use callside_core::id::{ConnectionId, EntryId, Marker, RemoteId};
use callside_core::outbox::{Delivery, Logged, Target};
use callside_core::phone_number::{Region, read_remote};
use callside_core::ports::Budget;
use callside_core::wrap_up::Draft;
use callside_store::SyncFacts;
use serde_json::{Value, json};
use ulid::Ulid;

use super::*;
use crate::wire::LanguageWord;

fn json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn contact(id: &str, name: &str) -> Contact {
    Contact {
        at: ContactRef {
            connection: ConnectionId::new("sellsy"),
            kind: ContactKind::Contact,
            id: RemoteId::new(id),
        },
        name: name.into(),
        company: Some("Boulangerie Martin".into()),
        position: None,
        role: None,
        email: None,
        owner: None,
        tags: Vec::new(),
        note: None,
        phones: Vec::new(),
        country: None,
        created_at: None,
        updated_at: None,
        archived: false,
        no_marketing_calls: false,
        url: Some("https://www.sellsy.com/contact/1001".into()),
    }
}

fn matched(id: &str, confidence: Confidence) -> Match {
    Match {
        contact: contact(id, "Marie Dupont"),
        confidence,
        field: PhoneField::Mobile,
        rule: "international".into(),
        stored_text: "06 39 98 01 23".into(),
        synced_at: at("2026-11-20T10:00:00.123456789Z"),
        remembered: false,
    }
}

fn record(number: &str) -> CallRecord {
    let event = CallEvent {
        app: "baresip".into(),
        app_call_id: Some("1".into()),
        happening: Happening::Ringing,
        direction: None,
        remote: Some(number.into()),
        line: Some("+33199000000".into()),
        name: None,
        at: at("2026-11-20T10:00:00Z"),
        verified: true,
    };
    let opening = Opening {
        id: CallId::from_ulid(Ulid::from_parts(1, 1)),
        remote: read_remote(number, Region::FR),
        confirmed: true,
    };
    CallRecord {
        call: Call::open(opening, &event),
        draft: Draft::default(),
        revision: 0,
        wrap_up: WrapUpState::Open,
        filed_at: None,
        deliveries: Vec::new(),
        set_aside: false,
        facts: None,
        cloud: None,
        cloud_sends: Vec::new(),
        matched_name: None,
    }
}

use callside_core::id::CallId;

fn entry(target: Option<Target>) -> OutboxEntry {
    let filed_at = at("2026-11-20T10:05:00Z");
    OutboxEntry {
        id: EntryId::from_ulid(Ulid::from_parts(2, 2)),
        call: CallId::from_ulid(Ulid::from_parts(1, 1)),
        connection: ConnectionId::new("sellsy"),
        delivery: Delivery::filed(filed_at, target.is_some()),
        target,
        marker: Marker::from_ulid(Ulid::from_parts(3, 3)),
        filed_at,
        facts: None,
    }
}

fn english() -> std::sync::Arc<Text> {
    Text::in_language(LanguageWord::En)
}

#[test]
fn a_number_has_no_e164_form_when_it_is_short_or_withheld() {
    let cases = [
        ("06 39 98 01 23", json!("+33639980123"), json!("FR"), ""),
        ("0508 41 23 45", json!("+508412345"), json!("PM"), ""),
        ("3900", Value::Null, Value::Null, "short"),
        ("anonymous", Value::Null, Value::Null, "withheld"),
        ("", Value::Null, Value::Null, "withheld"),
    ];
    for (input, e164, region, kind) in cases {
        let shape = json(number(&read_remote(input, Region::FR)));
        assert_eq!(shape["input"], input);
        assert_eq!(shape["e164"], e164, "{input}");
        assert_eq!(shape["region"], region, "{input}");
        if !kind.is_empty() {
            assert_eq!(shape["kind"], kind, "{input}");
        }
    }
}

#[test]
fn a_lookup_keeps_the_order_of_its_matches() {
    let answer = Lookup {
        number: read_remote("+33639980123", Region::FR),
        matches: vec![
            matched("1001", Confidence::Exact),
            matched("9", Confidence::CouldBe),
        ],
        elapsed_us: 120,
    };
    let shape = json(lookup(&answer));
    assert_eq!(shape["elapsed_us"], 120);
    assert_eq!(
        shape["matches"][0],
        json!({
            "connection": "sellsy", "kind": "contact", "id": "1001", "name": "Marie Dupont",
            "company": "Boulangerie Martin", "confidence": "exact", "field": "mobile",
            "rule": "international", "synced_at": "2026-11-20T10:00:00.123Z",
            "url": "https://www.sellsy.com/contact/1001",
        })
    );
    assert_eq!(shape["matches"][1]["confidence"], "could_be");
    let nobody = Lookup {
        matches: Vec::new(),
        ..answer
    };
    assert_eq!(json(lookup(&nobody))["matches"], json!([]));
}

#[test]
fn a_ringing_call_has_every_field_and_no_deliveries() {
    let shape = json(call(&record("0639980123"), &english()));
    assert_eq!(
        shape,
        json!({
            "id": shape["id"], "source": "baresip", "direction": "inbound",
            "remote_number": "+33639980123", "line": "+33199000000", "state": "ringing",
            "end_reason": null, "started_at": "2026-11-20T10:00:00Z", "answered_at": null,
            "ended_at": null, "duration_s": 0, "note": "", "tags": [], "disposition": null,
            "wrap_up": "open", "deliveries": [],
        })
    );
    assert!(shape["id"].is_string());
}

#[test]
fn a_withheld_caller_has_no_number() {
    let shape = json(call(&record("anonymous"), &english()));
    assert_eq!(shape["remote_number"], Value::Null);
}

#[test]
fn deliveries_appear_once_the_call_is_filed() {
    let mut record = record("0639980123");
    record.deliveries = vec![entry(None)];
    assert_eq!(json(call(&record, &english()))["deliveries"], json!([]));
    record.wrap_up = WrapUpState::Filed;
    let shape = json(call(&record, &english()));
    assert_eq!(shape["wrap_up"], "filed");
    assert_eq!(
        shape["deliveries"],
        json!([{
            "connection": "sellsy", "target": null, "state": "waiting",
            "reason": shape["deliveries"][0]["reason"], "reason_code": "contact_not_found",
            "next_try_at": "2026-11-20T10:05:00Z", "remote_id": null, "url": null, "attempts": 0,
        }])
    );
    let reason = shape["deliveries"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("not found"), "{reason}");
}

#[test]
fn a_delivered_log_names_its_target_and_where_it_went() {
    let target = Target {
        contact: contact("1001", "").at,
        name: "Marie Dupont".into(),
        role: None,
    };
    let mut entry = entry(Some(target));
    entry.delivery.begin_send(at("2026-11-20T10:05:05Z"));
    let logged = Logged {
        remote_id: RemoteId::new("77"),
        url: Some("https://www.sellsy.com/call/77".into()),
        text: "callside-…".into(),
        fields: None,
    };
    entry.delivery.succeed(logged, 1);
    assert_eq!(
        json(delivery(&entry, &english())),
        json!({
            "connection": "sellsy",
            "target": { "kind": "contact", "id": "1001", "name": "Marie Dupont" },
            "state": "delivered", "reason": null, "reason_code": null, "next_try_at": null,
            "remote_id": "77", "url": "https://www.sellsy.com/call/77", "attempts": 1,
        })
    );
}

#[test]
fn every_reason_has_its_stable_word() {
    let reasons = [
        (Reason::ContactNotFound, "contact_not_found"),
        (Reason::ContactDeleted, "contact_deleted"),
        (Reason::Disconnected, "disconnected"),
        (Reason::Refused { words: "no".into() }, "refused"),
        (Reason::NoAdmin, "no_admin"),
        (Reason::Unreachable, "unreachable"),
        (Reason::Limited, "limited"),
    ];
    for (reason, word) in reasons {
        assert_eq!(json(reason_code(&reason)), word);
        assert_eq!(reason.code(), word);
    }
}

#[test]
fn a_connection_tells_its_requests_per_call() {
    let mut status = ConnectionStatus {
        name: ConnectionId::new("sellsy"),
        state: ConnectionState::Connected,
        facts: SyncFacts {
            contacts: 300,
            numbers: 250,
            last_sync_at: Some(at("2026-11-20T10:00:00Z")),
            first_copy_done: true,
        },
        budget: Budget {
            remaining: [("second".to_owned(), 4), ("day".to_owned(), i64::MAX)].into(),
            last_minute: 12,
            spent: [
                ("log".to_owned(), 4),
                ("card".to_owned(), 2),
                ("sync".to_owned(), 40),
            ]
            .into(),
        },
        progress: None,
        agent: None,
    };
    let shape = json(connection(&status, 4, &english()));
    assert_eq!(
        shape,
        json!({
            "name": "sellsy", "state": "connected", "reason": null, "contacts": 300,
            "numbers": 250, "last_sync_at": "2026-11-20T10:00:00Z",
            "requests": {
                "per_call": 1.5, "last_minute": 12,
                "remaining": { "second": 4, "day": i32::MAX },
            },
        })
    );
    status.state = ConnectionState::Disconnected;
    let shape = json(connection(&status, 0, &english()));
    assert_eq!(shape["state"], "disconnected");
    assert!(shape["reason"].as_str().unwrap().contains("disconnected"));
    assert_eq!(shape["requests"]["per_call"], Value::Null);
}
