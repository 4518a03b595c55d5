//! The second version: conversations, their items, tags, people, and the dialling queue.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    account::{Account, AlloCall, LINES, Message, PEOPLE, Person, USERS, brief},
    errors::{invalid, not_found, refused},
};
use crate::{
    phones::is_e164,
    rest::{Ask, Refusal, Reply},
};

/// Where recordings lie; the key is needed there too.
pub(super) const RECORDINGS: &str = "/allo/v1/assets/recordings";
/// The most ids that one batch takes.
const MOST_IDS: usize = 100;

impl Account {
    /// A single object in its shape.
    fn single(&self, body: Value) -> Reply {
        Reply::ok(if self.settings.wraps_single {
            json!({"data": body})
        } else {
            body
        })
    }

    pub(super) fn date(&self, ms: i64) -> String {
        let shape = if self.settings.zoneless_dates {
            "%Y-%m-%dT%H:%M:%S"
        } else {
            "%Y-%m-%dT%H:%M:%S.000Z"
        };
        let at = Timestamp::from_millisecond(ms).unwrap_or_default();
        at.strftime(shape).to_string()
    }

    /// Whether the call is over and known.
    pub(super) fn is_listed(&self, call: &AlloCall, now: i64) -> bool {
        call.ended_ms() + self.settings.appears_ms <= now
    }

    /// Whether its summary and transcript are made.
    pub(super) fn is_summed_up(&self, call: &AlloCall, now: i64) -> bool {
        call.summary_version > 1 || call.ended_ms() + self.settings.summary_ms <= now
    }

    pub(super) fn tag_json(&self, id: &str) -> Option<Value> {
        let (id, name, color) = self.tags.iter().find(|(known, _, _)| known == id)?;
        Some(json!({"id": id, "name": name, "color": color}))
    }

    fn call_json(&self, call: &AlloCall, ask: &Ask) -> Value {
        let summed_up = self.is_summed_up(call, ask.now);
        let transcript: Vec<Value> = call
            .transcript
            .iter()
            .filter(|_| summed_up)
            .map(|(is_user, time, text)| {
                let source = if *is_user { "USER" } else { "EXTERNAL" };
                json!({"source": source, "time": time, "text": text})
            })
            .collect();
        json!({
            "id": call.id,
            "type": "CALL",
            "direction": direction(call.outbound),
            "allo_number": call.line,
            "contact_number": call.remote.as_deref().unwrap_or("anonymous"),
            "contacts": contacts_of(call.remote.as_deref()),
            "user": call.user.as_deref().map(brief),
            "date": self.date(call.started_ms),
            "duration": call.duration_s,
            "result": call.result,
            "recording_url": recording_url(call, ask),
            "summary": call.summary.as_deref().filter(|_| summed_up),
            "summary_version": call.summary_version,
            "tags": call.tags.iter().filter_map(|id| self.tag_json(id)).collect::<Vec<_>>(),
            "transcript": transcript,
        })
    }

    fn message_json(&self, message: &Message) -> Value {
        json!({
            "id": message.id,
            "type": "SMS",
            "direction": "INBOUND",
            "allo_number": message.line,
            "contact_number": message.remote,
            "contacts": contacts_of(Some(&message.remote)),
            "user": null,
            "date": self.date(message.sent_ms),
            "text": message.text,
            "tags": [],
        })
    }

    fn call_named(&mut self, ask: &Ask) -> Result<&mut AlloCall, Refusal> {
        let appears = self.settings.appears_ms;
        self.calls
            .get_mut(ask.word("id"))
            .filter(|call| call.ended_ms() + appears <= ask.now)
            .ok_or_else(|| not_found("Conversation item"))
    }
}

pub(super) fn direction(outbound: bool) -> &'static str {
    if outbound { "OUTBOUND" } else { "INBOUND" }
}

pub(super) fn recording_url(call: &AlloCall, ask: &Ask) -> Option<String> {
    call.recording_bytes
        .map(|_| format!("{}{RECORDINGS}/{}.mp3", ask.home, call.number()))
}

fn contacts_of(number: Option<&str>) -> Vec<Value> {
    PEOPLE
        .iter()
        .filter(|person| Some(person.number) == number)
        .map(|person| {
            json!({
                "id": person.id,
                "name": format!("{} {}", person.name, person.last_name),
                "company": person.company,
                "deals": [],
            })
        })
        .collect()
}

/// One page of rows. Pages are counted from 1.
fn page_of<T>(
    ask: &Ask,
    given: &Value,
    rows: &[T],
    show: impl Fn(&T) -> Value,
) -> Result<Reply, Refusal> {
    let number = |name: &str, default: u64, most: u64| {
        let in_body = given.get(name).filter(|value| !value.is_null());
        let found = match (in_body, ask.query(name)) {
            (Some(value), _) => value.as_u64(),
            (None, Some(text)) => text.parse().ok(),
            (None, None) => Some(default),
        };
        found
            .filter(|number| (1..=most).contains(number))
            .ok_or_else(|| invalid(name, &format!("{name} is out of range")))
    };
    let (page, size) = (number("page", 1, u64::MAX)?, number("size", 20, 100)?);
    let total = rows.len() as u64;
    let skip = (page - 1).saturating_mul(size);
    let shown: Vec<Value> = rows
        .iter()
        .skip(skip as usize)
        .take(size as usize)
        .map(show)
        .collect();
    Ok(Reply::ok(json!({
        "pagination": {
            "page": page,
            "size": size,
            "total_count": total,
            "total_pages": total.div_ceil(size),
            "has_more": skip + (shown.len() as u64) < total,
        },
        "data": shown,
    })))
}

/// `GET /v2/api/me`. Needs no scope.
pub(super) fn me(account: &mut Account, _: &Ask) -> Result<Reply, Refusal> {
    let settings = &account.settings;
    Ok(account.single(json!({
        "api_key_id": "key_sandbox",
        "scopes": settings.scopes,
        "endpoints": [],
        "team": {"id": "team_sandbox", "name": "Callside Démonstration"},
        "rate_limits": {
            "reads_per_second": settings.reads_per_second,
            "writes_per_second": settings.writes_per_second,
        },
    })))
}

/// `GET /v2/api/numbers`.
pub(super) fn numbers(_: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page_of(ask, &Value::Null, &LINES, |line| {
        json!({
            "number": line.number,
            "name": line.name,
            "country": "FR",
            "type": "NUMBER",
            "capabilities": ["VOICE", "SMS"],
            "users": line.users.iter().map(|id| brief(id)).collect::<Vec<_>>(),
        })
    })
}

/// `GET /v2/api/users`.
pub(super) fn users(_: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page_of(ask, &Value::Null, &USERS, |user| {
        json!({
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "role": user.role,
            "status": "ACTIVE",
        })
    })
}

/// `GET /v2/api/tags`.
pub(super) fn tags(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page_of(
        ask,
        &Value::Null,
        &account.tags,
        |(id, name, color)| json!({"id": id, "name": name, "color": color}),
    )
}

/// An instant in a request. Without a zone it is UTC.
fn instant(text: &str, param: &str) -> Result<i64, Refusal> {
    let zoned = text.parse::<Timestamp>().ok();
    let bare = || {
        let local = text.parse::<DateTime>().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    zoned
        .or_else(bare)
        .map(Timestamp::as_millisecond)
        .ok_or_else(|| invalid(param, "Not a date"))
}

pub(super) fn own_line(number: &str) -> Result<(), Refusal> {
    if LINES.iter().any(|line| line.number == number) {
        Ok(())
    } else {
        Err(refused(
            404,
            "PHONE_NUMBER_NOT_FOUND",
            "No such Allo number",
        ))
    }
}

/// `GET /v2/api/conversations`: the last item with each other party of one line, newest first.
pub(super) fn conversations(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let line = ask
        .query("allo_number")
        .ok_or_else(|| invalid("allo_number", "allo_number is required"))?;
    own_line(line)?;
    let since = match ask.query("last_activity_since") {
        Some(text) => instant(text, "last_activity_since")?,
        None => i64::MIN,
    };
    let mut latest: std::collections::BTreeMap<&str, (i64, &AlloCall)> = Default::default();
    for call in account.calls.values() {
        let fits = call.line == line && account.is_listed(call, ask.now);
        let at = call.ended_ms();
        let who = call.remote.as_deref().unwrap_or("anonymous");
        if fits && at >= since && latest.get(who).is_none_or(|(known, _)| *known < at) {
            latest.insert(who, (at, call));
        }
    }
    let mut found: Vec<(&str, (i64, &AlloCall))> = latest.into_iter().collect();
    found.sort_by_key(|(_, (at, _))| std::cmp::Reverse(*at));
    page_of(ask, &Value::Null, &found, |(who, (at, call))| {
        json!({
                "id": format!("cnv-{}", call.number()),
                "allo_number": line,
                "contact_number": who,
                "contacts": contacts_of(Some(who)),
                "last_activity_at": account.date(*at),
                "last_item": account.call_json(call, ask),
        })
    })
}

/// What a search wants of a row.
struct Wish<'a> {
    body: &'a Value,
    from: i64,
    to: i64,
}

impl<'a> Wish<'a> {
    fn read(body: &'a Value) -> Result<Self, Refusal> {
        let known = [
            "allo_number",
            "contact_number",
            "user_id",
            "direction",
            "type",
            "result",
            "tags",
            "date",
            "search",
            "sort",
            "page",
            "size",
        ];
        let Some(fields) = body.as_object() else {
            return Err(invalid("body", "The body has to be an object"));
        };
        if let Some(unknown) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(invalid(unknown, "Unknown field"));
        }
        let among = |name: &str, words: &[&str]| match body.get(name).and_then(Value::as_str) {
            Some(word) if !words.contains(&word) => Err(invalid(name, "Unknown value")),
            _ => Ok(()),
        };
        among("type", &["CALL", "SMS", "ALL"])?;
        among("direction", &["INBOUND", "OUTBOUND"])?;
        among("result", &["ANSWERED", "VOICEMAIL", "TRANSFERRED"])?;
        if let Some(line) = body.get("allo_number").and_then(Value::as_str) {
            own_line(line)?;
        }
        let bound = |pointer: &str, open: i64| match body.pointer(pointer).and_then(Value::as_str) {
            Some(text) => instant(text, "date"),
            None => Ok(open),
        };
        Ok(Self {
            body,
            from: bound("/date/from", i64::MIN)?,
            to: bound("/date/to", i64::MAX)?,
        })
    }

    /// Whether the row has what the wish names.
    fn is(&self, name: &str, found: Option<&str>) -> bool {
        self.body
            .get(name)
            .and_then(Value::as_str)
            .is_none_or(|wanted| found == Some(wanted))
    }

    fn wants_type(&self, kind: &str) -> bool {
        let wanted = self.body.get("type").and_then(Value::as_str);
        wanted.is_none_or(|wanted| wanted == "ALL" || wanted == kind)
    }

    fn wants_call(&self, call: &AlloCall) -> bool {
        let tags = self.body.get("tags").and_then(Value::as_array);
        let text = self.body.get("search").and_then(Value::as_str);
        self.wants_type("CALL")
            && (self.from..=self.to).contains(&call.started_ms)
            && self.is("allo_number", Some(&call.line))
            && self.is("contact_number", call.remote.as_deref())
            && self.is("user_id", call.user.as_deref())
            && self.is("direction", Some(direction(call.outbound)))
            && self.is("result", call.result.as_deref())
            && tags.is_none_or(|tags| {
                tags.iter()
                    .all(|tag| call.tags.iter().any(|known| tag == known.as_str()))
            })
            && text.is_none_or(|text| {
                call.summary
                    .as_deref()
                    .is_some_and(|summary| summary.contains(text))
            })
    }

    fn wants_message(&self, message: &Message) -> bool {
        self.wants_type("SMS")
            && (self.from..=self.to).contains(&message.sent_ms)
            && self.is("allo_number", Some(message.line))
            && self.is("contact_number", Some(&message.remote))
            && self.is("direction", Some("INBOUND"))
            && ["user_id", "result", "tags"]
                .iter()
                .all(|name| self.body.get(*name).is_none())
    }

    fn oldest_first(&self) -> bool {
        let sort = self.body.get("sort").and_then(Value::as_str);
        sort.is_some_and(|sort| sort.to_ascii_lowercase().ends_with("asc"))
    }
}

/// A row of a search.
enum Row<'a> {
    Call(&'a AlloCall),
    Message(&'a Message),
}

impl Row<'_> {
    /// What rows are sorted by: when, and then which.
    fn place(&self) -> (i64, &str) {
        match self {
            Self::Call(call) => (call.started_ms, &call.id),
            Self::Message(message) => (message.sent_ms, &message.id),
        }
    }
}

/// `POST /v2/api/conversations/items/search`.
pub(super) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let wish = Wish::read(&body)?;
    let calls = account
        .calls
        .values()
        .filter(|call| account.is_listed(call, ask.now) && wish.wants_call(call));
    let messages = account
        .messages
        .iter()
        .filter(|message| wish.wants_message(message));
    let mut rows: Vec<Row<'_>> = calls
        .map(Row::Call)
        .chain(messages.map(Row::Message))
        .collect();
    rows.sort_by(|one, other| one.place().cmp(&other.place()));
    if !wish.oldest_first() {
        rows.reverse();
    }
    page_of(ask, &body, &rows, |row| match row {
        Row::Call(call) => account.call_json(call, ask),
        Row::Message(message) => account.message_json(message),
    })
}

/// `GET /v2/api/conversations/items/{id}`.
pub(super) fn item(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let row = row_with(account, ask, ask.word("id")).ok_or_else(|| not_found("Item"))?;
    Ok(account.single(row))
}

fn row_with(account: &Account, ask: &Ask, id: &str) -> Option<Value> {
    let call = account
        .calls
        .get(id)
        .filter(|call| account.is_listed(call, ask.now));
    if let Some(call) = call {
        return Some(account.call_json(call, ask));
    }
    let message = account.messages.iter().find(|message| message.id == id)?;
    Some(account.message_json(message))
}

/// `POST /v2/api/conversations/items/batch`.
pub(super) fn batch(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let ids: Option<Vec<&str>> = body
        .get("ids")
        .and_then(Value::as_array)
        .and_then(|ids| ids.iter().map(Value::as_str).collect());
    match ids {
        Some(ids) if (1..=MOST_IDS).contains(&ids.len()) => {
            let rows: Vec<Value> = ids
                .into_iter()
                .filter_map(|id| row_with(account, ask, id))
                .collect();
            Ok(Reply::ok(json!({"data": rows})))
        }
        _ => Err(invalid("ids", "ids has to hold 1 to 100 ids")),
    }
}

/// The tag with this id or name.
fn known_tag(account: &Account, word: &str) -> Option<String> {
    account
        .tags
        .iter()
        .find(|(id, name, _)| id == word || name == word)
        .map(|(id, _, _)| id.clone())
}

/// `POST /v2/api/conversations/items/{id}/tags`: adds them.
pub(super) fn add_tags(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let words: Option<Vec<&str>> = body
        .get("tags")
        .and_then(Value::as_array)
        .and_then(|tags| tags.iter().map(Value::as_str).collect());
    let words = words.filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| invalid("tags", "tags has to be a list"))?;
    let ids: Option<Vec<String>> = words
        .into_iter()
        .map(|word| known_tag(account, word))
        .collect();
    let ids = ids.ok_or_else(|| refused(404, "TAG_NOT_FOUND", "No such tag"))?;
    let call = account.call_named(ask)?;
    for id in ids {
        if !call.tags.contains(&id) {
            call.tags.push(id);
        }
    }
    item(account, ask)
}

/// `DELETE /v2/api/conversations/items/{id}/tags/{tag}`.
pub(super) fn remove_tag(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let tag = known_tag(account, ask.word("tag"));
    let tag = tag.ok_or_else(|| refused(404, "TAG_NOT_FOUND", "No such tag"))?;
    account.call_named(ask)?.tags.retain(|known| *known != tag);
    Ok(Reply::nothing())
}

/// `PATCH /v2/api/conversations/items/{id}/summary`: only over the version that was read.
pub(super) fn change_summary(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let text = body.get("summary").and_then(Value::as_str);
    let text = text.ok_or_else(|| invalid("summary", "summary is required"))?;
    let version = body.get("version").and_then(Value::as_u64);
    let version = version.ok_or_else(|| invalid("version", "version is required"))?;
    let call = account.call_named(ask)?;
    if call.summary_version != version {
        return Err(refused(
            409,
            "SUMMARY_VERSION_CONFLICT",
            "The summary was changed meanwhile",
        ));
    }
    call.summary = Some(text.to_owned());
    call.summary_version += 1;
    item(account, ask)
}

pub(super) fn person_json(person: &Person) -> Value {
    json!({
        "id": person.id,
        "name": person.name,
        "last_name": person.last_name,
        "numbers": [person.number],
        "emails": [],
        "company": person.company.map(|name| json!({"id": format!("com_{}", person.id), "name": name})),
    })
}

/// `POST /v2/api/crm/people/search`.
pub(super) fn people(_: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let text = body
        .get("search")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let found: Vec<&Person> = PEOPLE
        .iter()
        .filter(|person| format!("{} {}", person.name, person.last_name).contains(text))
        .collect();
    page_of(ask, &body, &found, |person| person_json(person))
}

/// `POST /v2/api/dialing-queues/current/numbers`: a queue, no call.
pub(super) fn enqueue(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let numbers = body.get("numbers").and_then(Value::as_array);
    let dialable = |row: &Value| {
        row.get("number")
            .and_then(Value::as_str)
            .is_some_and(is_e164)
    };
    if !numbers.is_some_and(|rows| !rows.is_empty() && rows.iter().all(dialable)) {
        return Err(invalid("numbers", "numbers has to hold numbers in E.164"));
    }
    let email = body.get("email").and_then(Value::as_str);
    if !USERS.iter().any(|user| Some(user.email) == email) {
        return Err(refused(404, "USER_NOT_FOUND", "No such user"));
    }
    account.queue.push(body);
    Ok(Reply::created(json!({"queued": account.queue.len()})))
}
