//! The first version: contacts, and calls with the newest fields left out.

use serde_json::{Value, json};

use super::{
    account::{Account, AlloCall, PEOPLE},
    errors::invalid,
    v2::{direction, own_line, person_json, recording_url},
};
use crate::rest::{Ask, Refusal, Reply};

/// `GET /v1/api/contacts`.
pub(super) fn contacts(_: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let rows = PEOPLE.each_ref().map(person_json);
    page_of(ask, &rows)
}

/// One page in the shape of version 1. Pages are counted from 0.
fn page_of(ask: &Ask, rows: &[Value]) -> Result<Reply, Refusal> {
    let number = |name: &str, default: usize| match ask.query(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| invalid(name, "Not a number")),
    };
    let (page, size) = (number("page", 0)?, number("size", 10)?);
    if !(1..=100).contains(&size) {
        return Err(invalid("size", "size is out of range"));
    }
    let shown: Vec<&Value> = rows
        .iter()
        .skip(page.saturating_mul(size))
        .take(size)
        .collect();
    Ok(Reply::ok(json!({"data": {
        "results": shown,
        "metadata": {"pagination": {
            "current_page": page,
            "total_pages": rows.len().div_ceil(size),
        }},
    }})))
}

/// `GET /v1/api/calls`, newest first.
pub(super) fn calls(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let line = ask
        .query("allo_number")
        .ok_or_else(|| invalid("allo_number", "allo_number is required"))?;
    own_line(line)?;
    let mut calls: Vec<&AlloCall> = account
        .calls
        .values()
        .filter(|call| call.line == line && account.is_listed(call, ask.now))
        .filter(|call| {
            let wanted = ask.query("contact_number");
            wanted.is_none_or(|wanted| call.remote.as_deref() == Some(wanted))
        })
        .collect();
    calls.sort_by_key(|call| std::cmp::Reverse(call.started_ms));
    let rows: Vec<Value> = calls
        .into_iter()
        .map(|call| shown(account, call, ask))
        .collect();
    page_of(ask, &rows)
}

fn shown(account: &Account, call: &AlloCall, ask: &Ask) -> Value {
    let remote = call.remote.as_deref().unwrap_or("anonymous");
    let (from, to) = if call.outbound {
        (call.line.as_str(), remote)
    } else {
        (remote, call.line.as_str())
    };
    let tag = call.tags.first().and_then(|id| account.tag_json(id));
    let summed_up = account.is_summed_up(call, ask.now);
    json!({
        "id": call.id,
        "from_number": from,
        "to_number": to,
        "length_in_minutes": f64::from(call.duration_s) / 60.0,
        "type": direction(call.outbound),
        "result": call.result,
        "summary": call.summary.as_deref().filter(|_| summed_up),
        "tag": tag.and_then(|tag| tag.get("name").cloned()),
        "recording_url": recording_url(call, ask),
        "start_date": account.date(call.started_ms),
        "transcript": [],
    })
}
