#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::*;

fn contact(kind: ContactKind, row: &Value) -> Contact {
    let connection = ConnectionId::new("sellsy");
    let links = Links::new("https://www.sellsy.com/");
    let staff = BTreeMap::from([(7, "Camille Roche".to_owned())]);
    let mapping = Mapping {
        connection: &connection,
        links: &links,
        staff: &staff,
    };
    mapping.contact(kind, &serde_json::from_value(row.clone()).unwrap())
}

#[test]
fn a_full_row_gives_all_the_card_shows() {
    let row = json!({
        "id": 12, "type": "client", "first_name": " Jean ", "last_name": "Petit\n",
        "email": "jean@example.com", "phone_number": "01 99 00 12 34", "mobile_number": "",
        "fax_number": "+33199001299", "note": "Ligne un\nLigne deux\u{7}",
        "owner": {"id": 7, "type": "staff"}, "created": "2026-01-05T10:00:00+01:00",
        "updated_at": "2026-02-05T10:00:00+01:00", "is_archived": false,
        "marketing_campaigns_subscriptions": ["email"],
        "_embed": {"smart_tags": [{"id": 1, "value": "vip"}, {"id": 2}, null],
                   "invoicing_address": null, "delivery_address": {"country_code": "RE"}}
    });
    let got = contact(ContactKind::Individual, &row);
    assert_eq!(got.name, "Jean Petit");
    assert_eq!(got.role, Some(Role::Client));
    assert_eq!(got.owner.as_deref(), Some("Camille Roche"));
    assert_eq!(got.tags, ["vip"]);
    assert_eq!(got.note.as_deref(), Some("Ligne un\nLigne deux"));
    assert_eq!(got.country, Region::parse("RE"));
    assert_eq!(got.updated_at, "2026-02-05T09:00:00Z".parse().ok());
    assert!(got.no_marketing_calls && !got.archived);
    assert_eq!(
        got.url.as_deref(),
        Some("https://www.sellsy.com/thirds/client/12")
    );
    let phones: Vec<_> = got
        .phones
        .iter()
        .map(|phone| (phone.field, phone.text.as_str()))
        .collect();
    let expected = [
        (PhoneField::Phone, "01 99 00 12 34"),
        (PhoneField::Fax, "+33199001299"),
    ];
    assert_eq!(phones, expected);
}

#[test]
fn any_field_may_be_missing_null_or_of_another_kind() {
    let names = [
        "type",
        "name",
        "first_name",
        "last_name",
        "position",
        "email",
        "phone_number",
        "mobile_number",
        "fax_number",
        "note",
        "owner",
        "created",
        "updated",
        "updated_at",
        "is_archived",
        "marketing_campaigns_subscriptions",
        "_embed",
    ];
    let oddities = [
        json!(null),
        json!(3),
        json!("x"),
        json!([]),
        json!({}),
        json!([{"id": {}}]),
    ];
    for kind in [
        ContactKind::Individual,
        ContactKind::Company,
        ContactKind::Contact,
    ] {
        for odd in &oddities {
            let mut row = json!({"id": "41", "novelty": {"a": 1}});
            for name in names {
                row[name] = odd.clone();
            }
            let got = contact(kind, &row);
            assert_eq!(got.at.id.as_str(), "41");
            assert!(!got.name.is_empty());
        }
    }
    for row in [
        json!({}),
        json!({"id": null}),
        json!({"id": "x"}),
        json!({"id": 1.5}),
        json!(7),
    ] {
        assert!(serde_json::from_value::<api::Record>(row).is_err());
    }
}

#[test]
fn nobody_says_no_to_calls_by_saying_nothing() {
    let says = |row: Value| contact(ContactKind::Contact, &row).no_marketing_calls;
    assert!(!says(json!({"id": 1})));
    assert!(!says(
        json!({"id": 1, "marketing_campaigns_subscriptions": ["phone", "sms"]})
    ));
    assert!(says(
        json!({"id": 1, "marketing_campaigns_subscriptions": []})
    ));
}

#[test]
fn records_open_where_the_web_application_shows_them() {
    let links = Links::new("https://www.sellsy.com");
    let page = |kind, role| links.record(kind, role, "5");
    assert_eq!(
        page(ContactKind::Contact, None),
        "https://www.sellsy.com/peoples/5"
    );
    let supplier = page(ContactKind::Company, Some(Role::Supplier));
    assert_eq!(supplier, "https://www.sellsy.com/thirds/supplier/5");
    assert_eq!(
        page(ContactKind::Individual, None),
        "https://www.sellsy.com/thirds/prospect/5"
    );
}

#[test]
fn an_opportunity_counts_when_it_is_open_and_of_the_record_asked_for() {
    let of = api::Link {
        kind: "company",
        id: 20,
    };
    let row = json!({
        "id": 7, "name": "Four", "status": "open", "amount": {"value": 1250.5, "currency": "EUR"},
        "step": {"id": 1, "name": "Devis"}, "created": "2026-01-05T10:00:00+01:00",
        "related": [{"type": "contact", "id": 3}, {"type": "company", "id": 20}]
    });
    let read = |row: &Value| {
        opportunity(
            &serde_json::from_value(row.clone()).unwrap(),
            &of,
            Some("https://page"),
        )
    };
    let got = read(&row).unwrap();
    assert_eq!(
        (got.amount.as_deref(), got.currency.as_deref()),
        (Some("1250.5"), Some("EUR"))
    );
    assert_eq!(got.stage.as_deref(), Some("Devis"));
    let refused = [
        ("status", json!("won")),
        ("status", json!("paused")),
        ("status", json!(null)),
        ("related", json!([{"type": "company", "id": 21}])),
        ("related", json!([{"type": "individual", "id": 20}])),
        ("related", json!(null)),
    ];
    for (name, value) in refused {
        let mut row = row.clone();
        row[name] = value;
        assert_eq!(read(&row), None, "{name}");
    }
    let mut late = row.clone();
    late["status"] = json!("late");
    late["amount"] = json!({"value": "NaN"});
    late["name"] = json!(null);
    let got = read(&late).unwrap();
    assert_eq!((got.amount, got.name.as_str()), (None, "#7"));
}

#[test]
fn words_for_sellsy_are_sellsys_own() {
    assert_eq!(source(Direction::Outbound), "outcoming");
    let all = [
        CallResult::Connected,
        CallResult::NoAnswer,
        CallResult::Voicemail,
        CallResult::Busy,
        CallResult::WrongNumber,
    ];
    assert_eq!(
        all.map(result),
        ["connected", "noanswer", "msgvocal", "busy", "wrongnumber"]
    );
    let at: Timestamp = "2026-03-02T08:41:07.123456Z".parse().unwrap();
    assert_eq!(date(at), "2026-03-02T08:41:07+00:00");
    assert_eq!(
        instant("2026-03-02T09:41:07+01:00").map(|at| at.as_second()),
        Some(at.as_second())
    );
}

#[test]
fn a_cut_never_splits_a_letter() {
    assert_eq!(description(&"é".repeat(4_001)).chars().count(), 4_000);
    assert_eq!(description("court"), "court");
}

#[test]
fn only_new_lines_are_added_beside_an_edited_log() {
    let table = [
        ("a\nb", "a\nb\nc", "c"),
        ("a\nb", "a\nb2", "b2"),
        ("a\n\nb", "a\n\nb\n\nc\nd", "c\nd"),
        ("a\na", "a\na\na", "a"),
        ("a\r\nb", "a\nb", ""),
        ("a\nb", "a", ""),
    ];
    for (old, new, added) in table {
        assert_eq!(added_lines(old, new), added);
    }
    assert!(same_text("a  b\r\n", "a b\n") && !same_text("a b", "a c"));
    assert_eq!(fingerprint("a"), "af63dc4c8601ec8c");
}

#[test]
fn names_split_where_a_person_would() {
    assert_eq!(
        first_and_last("Nadia El Amrani"),
        (Some("Nadia".into()), "El Amrani".into())
    );
    assert_eq!(first_and_last(" Dupont "), (None, "Dupont".into()));
    assert_eq!(
        first_and_last("+33 1 99 00 12 34"),
        (None, "+33 1 99 00 12 34".into())
    );
}

#[test]
fn a_field_is_corrected_only_where_it_stands_as_callside_wrote_it() {
    let fields = |result, talk_s| LogFields { result, talk_s };
    let missed = fields(CallResult::NoAnswer, 0);
    let talked = fields(CallResult::Connected, 30);
    let row = |result: &str, duration: Value| -> api::PhoneCall {
        let row = json!({"id": 1, "result": {"id": result, "name": "?"}, "duration": duration});
        serde_json::from_value(row).unwrap()
    };
    for (stands, wrote, now, change) in [
        (row("noanswer", json!(0)), missed, missed, json!({})),
        (
            row("noanswer", json!(0)),
            missed,
            talked,
            json!({"result": "connected", "duration": 30}),
        ),
        (
            row("busy", json!(0)),
            missed,
            talked,
            json!({"duration": 30}),
        ),
        (
            row("noanswer", json!(7)),
            missed,
            talked,
            json!({"result": "connected"}),
        ),
        (row("connected", json!(30)), missed, talked, json!({})),
        (
            row("noanswer", json!("?")),
            missed,
            talked,
            json!({"result": "connected"}),
        ),
    ] {
        assert_eq!(Value::Object(corrections(&stands, wrote, now)), change);
    }
    assert_eq!(super::fields(&row("connected", json!(30))), Some(talked));
    assert_eq!(super::fields(&row("scheduled", json!(30))), None);
}
