//! Calls as REST shows them, and what may be added to them.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    account::Account,
    errors::{not_found, refused, wrong_state},
    paging::Page,
    script::CallScript,
    show::without_emojis,
    storage,
};
use crate::{
    phones::spaced,
    rest::{Ask, Refusal, Reply},
};

/// How far back calls are known, in days.
const HISTORY_DAYS: i64 = 183;
/// The most comments that one call takes.
const MOST_COMMENTS: usize = 5;
/// An insight card has to be smaller than this many bytes.
const CARD_BYTES: usize = 10 * 1024;

/// A note on a call.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// Unique among comments.
    pub id: u64,
    /// The text.
    pub content: String,
    /// Unix milliseconds.
    pub posted_ms: i64,
    /// Id of the user; None when it came through the API.
    pub by: Option<u64>,
}

impl std::fmt::Debug for Comment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Comment({})", self.id)
    }
}

/// A tag on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TagUse {
    /// Id of the tag.
    pub tag: u64,
    /// Id of the user; None when it came through the API.
    pub by: Option<u64>,
    /// Unix milliseconds.
    pub at: i64,
}

/// One call as it really is; REST learns of it later.
#[derive(Clone, PartialEq, Serialize)]
pub struct Call {
    /// Unique among calls.
    pub id: u64,
    /// Placed by the agent rather than received.
    pub outbound: bool,
    /// The other party in E.164; None is a withheld number.
    pub remote: Option<String>,
    /// Id of the line.
    pub line: u64,
    /// Id of the user who took or placed it.
    pub user: Option<u64>,
    /// Unix milliseconds of the first ring.
    pub started_ms: i64,
    /// Unix milliseconds of the answer.
    pub answered_ms: Option<i64>,
    /// Unix milliseconds of the end.
    pub ended_ms: Option<i64>,
    /// The number it was transferred to, in E.164; a search knows it under that number only.
    pub transferred_to: Option<String>,
    /// Why an inbound call was not answered, in the service's words.
    pub missed_call_reason: Option<String>,
    /// Size of the recording in bytes.
    pub recording_bytes: Option<u64>,
    /// Size of the voicemail in bytes.
    pub voicemail_bytes: Option<u64>,
    /// Whether transcript, summary and the like are made of it.
    pub has_ai: bool,
    /// Set aside.
    pub archived: bool,
    /// Notes, oldest first.
    pub comments: Vec<Comment>,
    /// Tags, oldest first.
    pub tags: Vec<TagUse>,
    /// The insight cards that were pushed while it lived, as they came.
    pub insight_cards: Vec<Value>,
    /// Whether it is history: REST knows all of it.
    #[serde(skip)]
    pub(super) is_past: bool,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({})", self.id)
    }
}

impl Call {
    pub(super) fn new(id: u64, script: &CallScript, started_ms: i64) -> Self {
        Self {
            id,
            outbound: script.outbound,
            remote: script.remote.clone(),
            line: script.line,
            user: None,
            started_ms,
            answered_ms: None,
            ended_ms: None,
            transferred_to: None,
            missed_call_reason: None,
            recording_bytes: None,
            voicemail_bytes: None,
            has_ai: true,
            archived: false,
            comments: Vec::new(),
            tags: Vec::new(),
            insight_cards: Vec::new(),
            is_past: false,
        }
    }

    /// Adds a tag unless the call has it.
    pub(super) fn tag(&mut self, new: TagUse) {
        if !self.tags.iter().any(|known| known.tag == new.tag) {
            self.tags.push(new);
        }
    }

    fn created(&self) -> i64 {
        self.started_ms.div_euclid(1_000)
    }
}

/// Whether REST knows by now of something that happened then.
pub(super) fn is_known(call: &Call, happened: Option<i64>, late_ms: i64, now: i64) -> bool {
    happened.is_some_and(|at| call.is_past || at + late_ms <= now)
}

impl Account {
    /// Whether the call exists as far as REST knows.
    fn is_listed(&self, call: &Call, now: i64) -> bool {
        is_known(
            call,
            Some(call.started_ms),
            self.settings.delays.appears_ms,
            now,
        ) && call.started_ms >= now - HISTORY_DAYS * 86_400_000
    }

    /// The call in the path.
    pub(super) fn named_call(&self, ask: &Ask) -> Result<&Call, Refusal> {
        ask.id("id")
            .and_then(|id| self.calls.get(&id))
            .filter(|call| self.is_listed(call, ask.now))
            .ok_or_else(|| not_found("Call"))
    }

    fn named_call_mut(&mut self, ask: &Ask) -> Result<&mut Call, Refusal> {
        let id = self.named_call(ask)?.id;
        self.calls.get_mut(&id).ok_or_else(|| not_found("Call"))
    }

    fn user_json(&self, id: Option<u64>, home: &str) -> Value {
        id.and_then(|id| self.users.iter().find(|user| user.id == id))
            .map_or(Value::Null, |user| user.brief(home))
    }

    fn call_json(&self, call: &Call, ask: &Ask) -> Value {
        let (now, delays, home) = (ask.now, self.settings.delays, &ask.home);
        let ended = call
            .ended_ms
            .filter(|_| is_known(call, call.ended_ms, delays.ended_ms, now));
        let answered = call.answered_ms.filter(|_| {
            ended.is_some() || is_known(call, call.answered_ms, delays.answered_ms, now)
        });
        let status = match (ended, answered) {
            (Some(_), _) => "done",
            (None, Some(_)) => "answered",
            (None, None) => "initial",
        };
        let seconds = |ms: i64| ms.div_euclid(1_000);
        let duration = ended.map_or(0, |ended| seconds(ended) - seconds(call.started_ms));
        let recorded = is_known(call, call.ended_ms, delays.recording_ms, now);
        let kept = |bytes: Option<u64>| bytes.filter(|_| recorded).is_some();
        let direct = |yes: bool, what: &str| {
            yes.then(|| {
                storage::link(
                    home,
                    what,
                    call.id,
                    now,
                    self.settings.recording_link_seconds,
                )
            })
        };
        let line = self.lines.iter().find(|line| line.id == call.line);
        let digits = call.remote.as_deref().map(spaced);
        let (recording, voicemail) = (kept(call.recording_bytes), kept(call.voicemail_bytes));
        let asset = [(recording, "recording"), (voicemail, "voicemail")]
            .into_iter()
            .find(|(yes, _)| *yes)
            .map(|(_, what)| format!("{home}/aircall/assets/calls/{}/{what}/info", call.id));
        let user = answered
            .and(call.user)
            .or(call.user.filter(|_| call.outbound));
        let mut row = json!({
            "id": call.id,
            "sid": format!("CA{:032x}", call.id),
            "direct_link": format!("{home}/aircall/v1/calls/{}", call.id),
            "direction": if call.outbound { "outbound" } else { "inbound" },
            "status": status,
            "missed_call_reason": ended.and(call.missed_call_reason.as_deref()),
            "started_at": seconds(call.started_ms),
            "answered_at": answered.map(seconds),
            "ended_at": ended.map(seconds),
            "duration": duration,
            "raw_digits": digits.unwrap_or_else(|| "anonymous".to_owned()),
            "recording": direct(recording, "recording"),
            "voicemail": direct(voicemail, "voicemail"),
            "asset": asset,
            "archived": call.archived,
            "cost": "0.0",
            "user": self.user_json(user, home),
            "contact": null,
            "assigned_to": null,
            "transferred_by": null,
            "transferred_to": null,
            "number": line.map(|line| line.brief(home)),
            "teams": [],
            "comments": call.comments.iter().map(|it| self.comment_json(it, home)).collect::<Vec<_>>(),
            "tags": call.tags.iter().filter_map(|it| self.tag_json(*it, home)).collect::<Vec<_>>(),
        });
        self.add_what_was_fetched(&mut row, call, ask, recording, voicemail);
        row
    }

    /// What only comes when a `fetch_` parameter asks for it.
    fn add_what_was_fetched(
        &self,
        row: &mut Value,
        call: &Call,
        ask: &Ask,
        recording: bool,
        voicemail: bool,
    ) {
        let asked = |name: &str| ask.query(name) == Some("true");
        if asked("fetch_contact") {
            let contact = call.remote.as_deref().and_then(|number| {
                self.contacts
                    .iter()
                    .find(|contact| contact.has_number(number))
            });
            let contact = contact.map(|contact| contact.json(&ask.home));
            crate::rest::merge(row, json!({"contact": contact}));
        }
        if asked("fetch_short_urls") {
            let short = |yes: bool, what: &str| {
                yes.then(|| {
                    let life = self.settings.short_link_seconds;
                    storage::short_link(&ask.home, what, call.id, ask.now, life)
                })
            };
            let links = json!({
                "recording_short_url": short(recording, "recording"),
                "voicemail_short_url": short(voicemail, "voicemail"),
            });
            crate::rest::merge(row, links);
        }
    }

    fn comment_json(&self, comment: &Comment, home: &str) -> Value {
        json!({
            "id": comment.id,
            "content": comment.content,
            "posted_at": comment.posted_ms.div_euclid(1_000),
            "posted_by": self.user_json(comment.by, home),
        })
    }

    /// None once the tag was deleted: that takes it off every call.
    fn tag_json(&self, used: TagUse, home: &str) -> Option<Value> {
        let tag = self.tags.iter().find(|tag| tag.id == used.tag)?;
        Some(json!({
            "id": tag.id,
            "name": tag.name,
            "color": tag.color,
            "description": tag.description,
            "created_at": used.at.div_euclid(1_000),
            "tagged_by": self.user_json(used.by, home),
        }))
    }

    fn page_of_calls(&self, ask: &Ask, fits: impl Fn(&Call) -> bool) -> Result<Reply, Refusal> {
        let page = Page::read(ask)?;
        let mut calls: Vec<&Call> = self
            .calls
            .values()
            .filter(|call| self.is_listed(call, ask.now) && page.wants(call.created()))
            .filter(|call| fits(call))
            .collect();
        calls.sort_by_key(|call| (call.started_ms, call.id));
        Ok(page.answer(ask, "calls", calls, |call| self.call_json(call, ask)))
    }
}

/// `GET /v1/calls`.
pub(super) fn list(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    account.page_of_calls(ask, |_| true)
}

/// `GET /v1/calls/search`.
pub(super) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let number = ask.query("phone_number").map(digits);
    let tags: Vec<u64> = ask
        .queries("tags[]")
        .filter_map(|id| id.parse().ok())
        .collect();
    account.page_of_calls(ask, |call| {
        let direction = if call.outbound { "outbound" } else { "inbound" };
        let user = call.user.map(|id| id.to_string());
        ask.query("direction")
            .is_none_or(|wanted| wanted == direction)
            && ask
                .query("user_id")
                .is_none_or(|wanted| user.as_deref() == Some(wanted))
            && number.as_ref().is_none_or(|wanted| {
                let indexed = call.transferred_to.as_ref().or(call.remote.as_ref());
                indexed.map(|number| digits(number)).as_ref() == Some(wanted)
            })
            && tags
                .iter()
                .all(|wanted| call.tags.iter().any(|used| used.tag == *wanted))
    })
}

/// `GET /v1/calls/{id}`.
pub(super) fn one(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = account.named_call(ask)?;
    Ok(Reply::ok(json!({"call": account.call_json(call, ask)})))
}

/// `POST /v1/calls/{id}/comments`.
pub(super) fn comment(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let content = body.get("content").and_then(Value::as_str);
    let content = without_emojis(content.unwrap_or_default());
    if content.trim().is_empty() {
        return Err(refused(400, "content is required"));
    }
    let id = account.last_comment + 1;
    let call = account.named_call_mut(ask)?;
    if call.comments.len() >= MOST_COMMENTS {
        return Err(refused(400, "A call cannot have more than 5 comments"));
    }
    let comment = Comment {
        id,
        content,
        posted_ms: ask.now,
        by: None,
    };
    call.comments.push(comment.clone());
    account.last_comment = id;
    let shown = account.comment_json(&comment, &ask.home);
    Ok(account.created(json!({"comment": shown})))
}

/// `POST /v1/calls/{id}/tags`.
pub(super) fn tag(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let ids: Option<Vec<u64>> = body
        .get("tags")
        .and_then(Value::as_array)
        .and_then(|ids| ids.iter().map(Value::as_u64).collect());
    let Some(ids) = ids else {
        return Err(refused(400, "tags has to be a list of ids"));
    };
    let exists = |id: &u64| account.tags.iter().any(|tag| tag.id == *id);
    if !ids.iter().all(exists) {
        return Err(refused(
            account.settings.unknown_tag_status,
            "Tag not found",
        ));
    }
    let replace = account.settings.tags_replace;
    let call = account.named_call_mut(ask)?;
    if replace {
        call.tags.retain(|used| ids.contains(&used.tag));
    }
    for tag in ids {
        call.tag(TagUse {
            tag,
            by: None,
            at: ask.now,
        });
    }
    let id = call.id;
    let tags: Vec<Value> = account
        .calls
        .get(&id)
        .into_iter()
        .flat_map(|call| &call.tags)
        .filter_map(|used| account.tag_json(*used, &ask.home))
        .collect();
    Ok(account.created(json!({"tags": tags})))
}

/// `POST /v1/calls/{id}/insight_cards`: only while the call lives.
pub(super) fn insight_card(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    if ask.body.len() >= CARD_BYTES {
        return Err(refused(400, "The insight card is too big"));
    }
    let body = ask.json();
    let contents = body.get("contents").and_then(Value::as_array);
    let contents = contents.filter(|lines| !lines.is_empty());
    if !contents.is_some_and(|lines| lines.iter().all(is_card_line)) {
        return Err(refused(400, "contents is invalid"));
    }
    let call = account.named_call_mut(ask)?;
    if call.ended_ms.is_some() {
        return Err(refused(400, "The call has already ended"));
    }
    call.insight_cards.push(body);
    Ok(account.created(json!({})))
}

fn is_card_line(line: &Value) -> bool {
    let has = |name: &str| line.get(name).and_then(Value::as_str).is_some();
    let link_fits = line.get("link").is_none_or(|link| {
        link.as_str()
            .is_some_and(|link| url::Url::parse(link).is_ok())
    });
    let kind = line.get("type").and_then(Value::as_str);
    link_fits
        && match kind {
            Some("title") => has("text"),
            Some("shortText") => has("text") && has("label"),
            _ => false,
        }
}

/// `POST /v1/calls/{id}/pause_recording` and `/resume_recording`.
pub(super) fn recording_switch(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = account.named_call(ask)?;
    if call.ended_ms.is_some() {
        return Err(refused(400, "The call has already ended"));
    }
    let recorded = account
        .lines()
        .any(|line| line.id == call.line && line.is_recorded);
    if !recorded {
        return Err(wrong_state("Recording is disabled on this number"));
    }
    Ok(Reply::nothing())
}

/// `PUT /v1/calls/{id}/archive`.
pub(super) fn archive(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    account.named_call_mut(ask)?.archived = true;
    one(account, ask)
}

/// `PUT /v1/calls/{id}/unarchive`.
pub(super) fn unarchive(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    account.named_call_mut(ask)?.archived = false;
    one(account, ask)
}

/// `POST /v1/calls/{id}/transfers`: to exactly one target.
pub(super) fn transfer(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let targets = ["user_id", "team_id", "number"]
        .into_iter()
        .filter(|name| body.get(*name).is_some_and(|value| !value.is_null()))
        .count();
    if targets != 1 {
        return Err(refused(
            400,
            "Exactly one of user_id, team_id and number is required",
        ));
    }
    if account.named_call(ask)?.ended_ms.is_some() {
        return Err(refused(400, "The call has already ended"));
    }
    Ok(Reply::nothing())
}
