//! The global search: `GET /search`.
//!
//! It differs from every other endpoint: ids are opaque texts, dates are in UTC, and what is unset is an
//! empty text. Names, companies and e-mails are searched; phone digits are not, since the document does not
//! promise it.

use serde_json::{Value, json};

use super::{
    Account, Ask, Reply, errors::Refusal, input::folded, opportunities, paging::Paging, utc_time,
};
use crate::book::{Opportunity, Record, RecordKind, Role};

const OTHER_TYPES: [&str; 8] = [
    "purchase",
    "item",
    "declination",
    "document",
    "staff",
    "ticket",
    "redactor",
    "opportunity",
];

/// `GET /search`.
pub(crate) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let q = ask
        .query("q")
        .ok_or_else(|| Refusal::field("q", "Ce champ est obligatoire."))?;
    let paging = Paging::read(ask, &["id"])?;
    let types = ask.query_array("type");
    if let Some(unknown) = types.iter().find(|name| !is_type(name)) {
        return Err(Refusal::field(
            "type",
            format!("La valeur {unknown} n'est pas autorisée."),
        ));
    }
    let archived = ask.query("archived").map(|value| value == "true");
    let wanted = folded(q);
    let mut rows = Vec::new();
    let mut counts = serde_json::Map::new();
    let mut total = 0_u64;
    for kind in RecordKind::ALL {
        if !types.is_empty()
            && !types
                .iter()
                .any(|name| name.split('.').next() == Some(kind.word()))
        {
            continue;
        }
        let mut count = [0_u64, 0];
        for id in account.ids(kind, true, None) {
            let Some(record) = account.record(kind, id) else {
                continue;
            };
            if !is_hit(&record, &wanted) || !of_types(&record, &types) {
                continue;
            }
            if archived.is_some_and(|archived| archived != record.is_archived) {
                continue;
            }
            if let Some(slot) = count.get_mut(usize::from(record.is_archived)) {
                *slot += 1;
            }
            total += 1;
            if (rows.len() as u64) < paging.limit {
                rows.push(record_hit(account, &record));
            }
        }
        counts.insert(kind.word().to_owned(), json!(count));
    }
    if types.is_empty() || types.iter().any(|name| name == "opportunity") {
        let hits: Vec<Opportunity> = account
            .opportunity_ids(true, None)
            .filter_map(|id| account.opportunity(id))
            .filter(|deal| folded(&deal.name).contains(&wanted))
            .collect();
        total += hits.len() as u64;
        counts.insert("opportunity".to_owned(), json!([hits.len(), 0]));
        let room = (paging.limit as usize).saturating_sub(rows.len());
        rows.extend(hits.iter().take(room).map(opportunity_hit));
    }
    let mut body = paging.answer(total, None, rows);
    if let Value::Object(body) = &mut body {
        body.insert("aggregations".to_owned(), json!({"count_by_type": counts}));
    }
    Ok(Reply::ok(body))
}

fn is_type(name: &str) -> bool {
    match name.split_once('.') {
        None => {
            RecordKind::from_word(name).is_some_and(|kind| kind.word() == name)
                || OTHER_TYPES.contains(&name)
        }
        Some(("company" | "individual", role)) => Role::from_word(role).is_some(),
        Some((kind, _)) => OTHER_TYPES.contains(&kind),
    }
}

fn of_types(record: &Record, types: &[String]) -> bool {
    types.is_empty()
        || types.iter().any(|name| match name.split_once('.') {
            None => name == record.kind.word(),
            Some((kind, role)) => {
                kind == record.kind.word() && record.role.map(Role::word) == Some(role)
            }
        })
}

fn is_hit(record: &Record, wanted: &str) -> bool {
    folded(&record.display_name()).contains(wanted)
        || record
            .email
            .as_deref()
            .is_some_and(|email| folded(email).contains(wanted))
}

fn record_hit(account: &Account, record: &Record) -> Value {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut hit = json!({
        "id": format!("{}_{}", record.kind.word(), record.id),
        "object": {
            "type": record.kind.word(),
            "id": record.id,
            "sub_type": record.role.map_or("contact", Role::word),
        },
        "created": utc_time(record.created),
        "updated": utc_time(record.updated),
        "is_archived": record.is_archived,
        "phone_number": text(&record.phone_number),
        "mobile_number": text(&record.mobile_number),
        "fax_number": text(&record.fax_number),
        "email": text(&record.email),
        "invoicing_address": null,
        "delivery_address": null,
    });
    let Value::Object(fields) = &mut hit else {
        return hit;
    };
    if let Some(owner) = record.owner_id {
        fields.insert("owner".to_owned(), json!({"id": owner, "type": "staff"}));
    }
    if record.kind == RecordKind::Company {
        fields.insert("name".to_owned(), json!(record.name));
        fields.insert("reference".to_owned(), json!(text(&record.reference)));
        fields.insert("main_contact".to_owned(), Value::Null);
    } else {
        fields.insert("last_name".to_owned(), json!(record.name));
        fields.insert("first_name".to_owned(), json!(text(&record.first_name)));
        if let Some(civility) = &record.civility {
            fields.insert("civility".to_owned(), json!(civility));
        }
    }
    if record.kind == RecordKind::Contact {
        let companies: Vec<Value> = account
            .companies_of(record)
            .iter()
            .map(|company| json!({"id": company.id, "name": company.name}))
            .collect();
        fields.insert("companies".to_owned(), json!(companies));
        fields.insert("position".to_owned(), json!(text(&record.position)));
    }
    hit
}

fn opportunity_hit(deal: &Opportunity) -> Value {
    json!({
        "id": format!("opportunity_{}", deal.id),
        "object": {"type": "opportunity", "id": deal.id, "sub_type": "opportunity"},
        "owner": {"id": deal.owner_id, "type": "staff"},
        "created": utc_time(deal.created),
        "updated": utc_time(deal.updated_status),
        "is_archived": false,
        "number": format!("OPP-{}", deal.id),
        "name": deal.name,
        "status": deal.status.word(),
        "amount": opportunities::amount_text(deal.cents).parse::<f64>().unwrap_or_default(),
        "related": {"type": deal.third.0.word(), "id": deal.third.1},
    })
}
