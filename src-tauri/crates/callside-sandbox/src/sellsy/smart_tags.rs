//! Smart tags on records and opportunities.
//!
//! A write replaces the whole set of its record. The document suggests so without saying it; it is the harder
//! reading for a client, which has to send the union.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Account, Ask, Reply,
    errors::Refusal,
    input::folded,
    paging::{Paging, SortKey, page_of},
};

/// `GET …/{id}/smart-tags`.
pub(crate) fn of_record(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let record = account.found(ask.record_kind()?, ask.id("id")?)?;
    whole_list(account, &record.tags)
}

/// `GET /opportunities/{id}/smart-tags`.
pub(crate) fn of_opportunity(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let deal = account
        .opportunity(ask.id("id")?)
        .ok_or_else(|| Refusal::not_found("Opportunité"))?;
    let tags = account.opportunity_tags(deal.id);
    whole_list(account, &tags)
}

/// `POST …/{id}/smart-tags`. The modification date of the record stays.
pub(crate) fn tag_record(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let mut record = account.found(ask.record_kind()?, ask.id("id")?)?;
    let tags = read(account, &ask.json()?)?;
    record.tags = tags.clone();
    account.put(record);
    whole_list(account, &tags)
}

/// `POST /opportunities/{id}/smart-tags`.
pub(crate) fn tag_opportunity(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let deal = account
        .opportunity(ask.id("id")?)
        .ok_or_else(|| Refusal::not_found("Opportunité"))?;
    let tags = read(account, &ask.json()?)?;
    account.tag_opportunity(deal.id, tags.clone());
    whole_list(account, &tags)
}

/// `GET /smart-tags/{linkedtype}/autocomplete`.
pub(crate) fn suggest(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    if !["company", "contact", "individual"].contains(&ask.word("linkedtype")) {
        return Err(Refusal::not_found("Page"));
    }
    let Some(q) = ask.query("q") else {
        return Err(Refusal::field("q", "Ce champ est obligatoire."));
    };
    let wanted = folded(q);
    let found: BTreeSet<u64> = account
        .tags
        .iter()
        .filter(|(_, tag)| folded(tag).contains(&wanted))
        .map(|(id, _)| *id)
        .collect();
    let paging = Paging::read(ask, &["id"])?;
    let rows = rows(account, &found)
        .into_iter()
        .zip(0..)
        .map(|(row, rank)| ((SortKey::Number(rank), 0), row));
    Ok(Reply::ok(page_of(&paging, rows.collect())))
}

/// Tags as rows, in alphabetical order.
pub(crate) fn rows(account: &Account, tags: &BTreeSet<u64>) -> Vec<Value> {
    let mut named: Vec<(String, u64, &str)> = tags
        .iter()
        .filter_map(|id| {
            account
                .tags
                .get(id)
                .map(|tag| (folded(tag), *id, tag.as_str()))
        })
        .collect();
    named.sort();
    named
        .into_iter()
        .map(|(_, id, value)| json!({"value": value, "id": id}))
        .collect()
}

fn whole_list(account: &Account, tags: &BTreeSet<u64>) -> Result<Reply, Refusal> {
    let rows = rows(account, tags);
    Ok(Reply::ok(json!({
        "pagination": {"limit": 100, "count": rows.len(), "total": rows.len(), "offset": 0},
        "data": rows,
    })))
}

/// Reads a list of `{"value"}` (made when new, whatever its case and accents) and `{"id"}` (which must exist).
fn read(account: &mut Account, body: &Value) -> Result<BTreeSet<u64>, Refusal> {
    let none = Vec::new();
    let items = match body {
        Value::Null => &none,
        Value::Array(items) => items,
        _ => {
            return Err(Refusal::new(
                400,
                "Le corps de la requête doit être un tableau JSON.",
            ));
        }
    };
    let mut wanted = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let value = item
            .get("value")
            .and_then(Value::as_str)
            .filter(|value| !value.trim().is_empty());
        let id = item
            .get("id")
            .and_then(Value::as_u64)
            .filter(|id| account.tags.contains_key(id));
        match (value, id) {
            (Some(value), _) => wanted.push(Ok(value)),
            (None, Some(id)) => wanted.push(Err(id)),
            (None, None) => {
                return Err(Refusal::field(
                    format!("{at}.id"),
                    "Ce smart-tag n'existe pas.",
                ));
            }
        }
    }
    Ok(wanted
        .into_iter()
        .map(|tag| tag.map_or_else(|id| id, |value| id_of(account, value)))
        .collect())
}

fn id_of(account: &mut Account, value: &str) -> u64 {
    let wanted = folded(value.trim());
    if let Some((id, _)) = account.tags.iter().find(|(_, tag)| folded(tag) == wanted) {
        return *id;
    }
    let id = account.tags.keys().next_back().map_or(1, |last| last + 1);
    account.tags.insert(id, value.trim().to_owned());
    id
}
