//! The call list and the story of a call.

use callside_core::call::{CallState, Direction};
use callside_core::contact::ContactRef;
use callside_core::outbox::{DeliveryState, OutboxEntry, Reason};
use callside_core::wrap_up::{Attachment, WrapUpState};
use callside_engine::Engine;
use callside_engine::events::Card;
use callside_store::{CallFilter, CallRecord, StoreError};
use jiff::Timestamp;

use crate::shapes;
use crate::text::{Text, crm_name};
use crate::views::{card, cloud, people};
use crate::wire::{
    CallDetail, CallFilterWord, CallRow, CallsPage, CallsQuery, CountsView, DeliveryView, MarkWord,
    StoryLine, StoryWord, WayOutWord,
};

/// The most rows of a page.
const LONGEST_PAGE: u32 = 200;
/// How many calls are read at once while looking for rows that fit a filter.
const BATCH: u32 = 200;
/// A page is closed after this many calls were looked through, however few fit.
const LOOK_THROUGH: usize = 5_000;

/// What the rail counts.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn counts(engine: &Engine) -> Result<CountsView, StoreError> {
    let outbox = engine.store().outbox_counts().await?;
    let to_file = engine.store().open_wrap_ups().await?.len();
    let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(CountsView {
        to_file: u32::try_from(to_file).unwrap_or(u32::MAX),
        stuck: count(outbox.stuck),
        waiting: count(outbox.waiting + outbox.checking),
    })
}

/// One page of the call list, newest first.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn page(
    query: &CallsQuery,
    engine: &Engine,
    text: &Text,
) -> Result<CallsPage, StoreError> {
    let limit = usize::try_from(query.limit.clamp(1, LONGEST_PAGE)).unwrap_or(1);
    let mut until: Option<Timestamp> = query.after.as_deref().and_then(|at| at.parse().ok());
    let mut calls = Vec::new();
    let mut looked = 0;
    let next = loop {
        let filter = CallFilter {
            since: (query.filter == CallFilterWord::Today).then(|| midnight(engine.now())),
            until,
            wrap_up: (query.filter == CallFilterWord::ToFile).then_some(WrapUpState::Open),
            search: Some(query.search.trim().to_owned()).filter(|words| !words.is_empty()),
            limit: BATCH,
        };
        let batch = engine.store().calls(&filter).await?;
        let full = batch.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
        looked += batch.len();
        for record in batch {
            until = Some(record.call.started_at);
            if fits(&record, query.filter) {
                calls.push(row(&record, engine, text));
            }
            if calls.len() >= limit {
                break;
            }
        }
        if calls.len() >= limit || (full && looked >= LOOK_THROUGH) {
            break until.map(|at| at.to_string());
        }
        if !full {
            break None;
        }
    };
    Ok(CallsPage {
        calls,
        next,
        counts: counts(engine).await?,
    })
}

fn midnight(now: Timestamp) -> Timestamp {
    let local = now.to_zoned(jiff::tz::TimeZone::system());
    local.start_of_day().map_or(now, |start| start.timestamp())
}

fn fits(record: &CallRecord, filter: CallFilterWord) -> bool {
    let call = &record.call;
    let has = |state: DeliveryState| record.deliveries.iter().any(|e| e.delivery.state == state);
    match filter {
        CallFilterWord::All | CallFilterWord::Today => true,
        CallFilterWord::ToFile => call.is_ended() && record.wrap_up == WrapUpState::Open,
        CallFilterWord::Missed => {
            call.direction == Direction::Inbound && call.is_ended() && !call.was_answered()
        }
        CallFilterWord::Waiting => has(DeliveryState::Waiting) || has(DeliveryState::Checking),
        CallFilterWord::Stuck => has(DeliveryState::Stuck),
        CallFilterWord::Unknown => record.matched_name.is_none() && !call.remote.is_withheld(),
    }
}

/// One row of the call list.
pub fn row(record: &CallRecord, engine: &Engine, text: &Text) -> CallRow {
    let name = record.matched_name.clone();
    let shown = name.as_deref().unwrap_or_default();
    CallRow {
        call: shapes::call(record, text),
        number: people::number(&record.call.remote, engine.settings().region),
        initials: people::initials(shown),
        hue: people::hue(shown),
        company: None,
        contact: contact_of(record).map(|at| people::key(&at)),
        mark: mark(record),
        reason: record
            .deliveries
            .iter()
            .find(|e| e.delivery.state != DeliveryState::Delivered)
            .and_then(|e| reason(e, text)),
        verified: record.call.verified,
        voicemail: record.call.voicemail,
        imported: record.cloud.as_ref().is_some_and(|notes| notes.imported),
        name,
    }
}

/// The record that a call is about: the agent's choice, else the first target.
pub fn contact_of(record: &CallRecord) -> Option<ContactRef> {
    if let Attachment::Chosen { contact } = &record.draft.attachment {
        return Some(contact.clone());
    }
    let target = |entry: &OutboxEntry| entry.target.as_ref().map(|t| t.contact.clone());
    record.deliveries.iter().find_map(target)
}

fn mark(record: &CallRecord) -> MarkWord {
    if record.call.state != CallState::Ended {
        return MarkWord::Live;
    }
    match record.wrap_up {
        WrapUpState::Open => return MarkWord::ToFile,
        WrapUpState::Discarded => return MarkWord::NotLogged,
        WrapUpState::Filed => {}
    }
    let has = |state: DeliveryState| record.deliveries.iter().any(|e| e.delivery.state == state);
    if record.deliveries.is_empty() {
        MarkWord::NotLogged
    } else if has(DeliveryState::Stuck) {
        MarkWord::Stuck
    } else if has(DeliveryState::Checking) {
        MarkWord::Checking
    } else if has(DeliveryState::Waiting) {
        MarkWord::Waiting
    } else {
        MarkWord::Delivered
    }
}

/// A call, from ring to log.
pub fn detail(card: &Card, engine: &Engine, text: &Text) -> CallDetail {
    let record = &card.record;
    let mut row = row(record, engine, text);
    if let Some(shown) = card.shown_match() {
        row.contact = Some(people::key(&shown.contact.at));
        row.company.clone_from(&shown.contact.company);
    }
    let app = record.call.names.first().map_or("", |name| &name.app);
    CallDetail {
        row,
        source_name: people::source_name(app, text),
        card: card::view(card, engine, text),
        story: story(record, text),
        deliveries: record
            .deliveries
            .iter()
            .map(|entry| delivery(entry, text))
            .collect(),
        cloud: record
            .cloud
            .as_ref()
            .map(|notes| cloud::notes(notes, &record.cloud_sends, text)),
    }
}

fn delivery(entry: &OutboxEntry, text: &Text) -> DeliveryView {
    let page = entry.delivery.logged.as_ref().and_then(|l| l.url.as_ref());
    DeliveryView {
        entry: entry.id.as_str().to_owned(),
        connection_name: crm_name(entry.connection.as_str()).to_owned(),
        delivery: shapes::delivery(entry, text),
        ways_out: ways_out(entry),
        has_page: page.is_some(),
        beside: entry.delivery.beside,
    }
}

fn ways_out(entry: &OutboxEntry) -> Vec<WayOutWord> {
    use WayOutWord::{Attach, Create, Discard, Reconnect, Retry};
    if entry.delivery.state == DeliveryState::Delivered {
        return Vec::new();
    }
    match &entry.delivery.reason {
        Some(Reason::ContactNotFound) => vec![Attach, Create, Retry, Discard],
        Some(Reason::ContactDeleted) => vec![Attach, Retry, Discard],
        Some(Reason::Disconnected) => vec![Reconnect, Discard],
        Some(Reason::Refused { .. } | Reason::NoAdmin) => vec![Retry, Attach, Discard],
        Some(Reason::Unreachable | Reason::Limited) | None => vec![Retry],
    }
}

fn story(record: &CallRecord, text: &Text) -> Vec<StoryLine> {
    let call = &record.call;
    let mut lines = Vec::new();
    let mut tell = |at: Option<Timestamp>, what: StoryWord, detail: Option<String>| {
        if let Some(at) = at {
            lines.push((
                at,
                StoryLine {
                    at: at.to_string(),
                    what,
                    detail,
                },
            ));
        }
    };
    let began = match call.direction {
        Direction::Inbound => StoryWord::Rang,
        Direction::Outbound if call.confirmed => StoryWord::Dialled,
        Direction::Outbound => StoryWord::HandedOver,
    };
    tell(Some(call.started_at), began, call.line.clone());
    if record.matched_name.is_some() {
        tell(
            Some(call.started_at),
            StoryWord::Matched,
            record.matched_name.clone(),
        );
    }
    tell(call.answered_at, StoryWord::Answered, None);
    tell(call.ended_at, StoryWord::Ended, None);
    tell(record.filed_at, StoryWord::Filed, None);
    for entry in &record.deliveries {
        let name = entry.target.as_ref().map(|target| target.name.clone());
        let delivery = &entry.delivery;
        let at = delivery.last_sent_at.or(record.filed_at);
        match delivery.state {
            DeliveryState::Delivered => tell(at, StoryWord::Delivered, name),
            DeliveryState::Stuck => tell(at, StoryWord::Stuck, reason(entry, text)),
            DeliveryState::Checking => tell(at, StoryWord::InDoubt, name),
            DeliveryState::Waiting if delivery.attempts > 0 => tell(at, StoryWord::Tried, name),
            DeliveryState::Waiting => {}
        }
    }
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Why an entry waits, as a sentence.
fn reason(entry: &OutboxEntry, text: &Text) -> Option<String> {
    shapes::delivery(entry, text).reason
}
