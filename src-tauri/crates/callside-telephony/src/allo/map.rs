//! Allo's JSON in our words.

use callside_core::call::Direction;
use callside_core::cloud_call::{
    CallInsights, CloudAgent, CloudCall, CloudLine, CloudStatus, CloudTag,
};
use jiff::{SignedDuration, Timestamp};

use super::api;
use crate::cloud::said;

/// The most tags that are kept of one call.
const MOST_TAGS: usize = 200;
/// A record without a result and without a duration that is younger than this may be of a call
/// that goes on: nothing else tells it from a missed one.
const MAY_GO_ON: SignedDuration = SignedDuration::from_mins(15);

pub(crate) fn agent(user: &api::User) -> Option<CloudAgent> {
    Some(CloudAgent {
        id: user.id.as_ref()?.0.clone(),
        name: said::line(user.name.as_deref()).unwrap_or_default(),
        email: said::line(user.email.as_deref()).unwrap_or_default(),
    })
}

/// None for what cannot be called from.
pub(crate) fn line(number: &api::Number) -> Option<CloudLine> {
    if number.kind.as_deref() == Some("SENDER_ID") {
        return None;
    }
    let digits = said::line(number.number.as_deref())?;
    Some(CloudLine {
        id: digits.clone(),
        name: said::line(number.name.as_deref()).unwrap_or_default(),
        number: digits,
    })
}

/// Whether an agent may use a number. One without users is everybody's.
pub(crate) fn is_of(number: &api::Number, agent: &str) -> bool {
    let users = number.users.as_deref().unwrap_or_default();
    let is = |user: &api::User| user.id.as_ref().is_some_and(|id| id.0 == agent);
    users.is_empty() || users.iter().any(is)
}

/// Allo names tags by their key in calls, so that is their id here.
pub(crate) fn tag(tag: &api::Tag) -> Option<CloudTag> {
    let name = said::line(tag.name.as_deref())?;
    Some(CloudTag {
        id: name.clone(),
        name,
        color: said::color(tag.color.as_deref()),
    })
}

/// What a result says of the call; None for a word that nobody documented.
fn answered(result: &str) -> Option<bool> {
    match result {
        "ANSWERED" | "TRANSFERRED" | "TRANSFERRED_AI" | "TRANSFERRED_EXTERNAL" => Some(true),
        "VOICEMAIL" | "BLOCKED" | "FAILED" | "FAILED_EXTERNAL" => Some(false),
        _ => None,
    }
}

/// None for an item that is no call: a message, or one without id, direction or date.
pub(crate) fn call(item: &api::Item, now: Timestamp) -> Option<CloudCall> {
    if item.kind.as_deref().is_some_and(|kind| kind != "CALL") {
        return None;
    }
    let direction = match item.direction.as_deref()? {
        "INBOUND" => Direction::Inbound,
        "OUTBOUND" => Direction::Outbound,
        _ => return None,
    };
    let started_at = item.date?.0;
    let duration_s = item.duration.map(|seconds| seconds.0);
    let result = said::line(item.result.as_deref());
    let recording_link = said::link(item.recording_url.as_deref());
    let recorded = item
        .recording_url
        .as_deref()
        .is_some_and(|link| !link.trim().is_empty());
    // Whatever an unknown word means, nobody records a call without an answer.
    let answered = match result.as_deref() {
        None => false,
        Some(result) => answered(result).unwrap_or(recorded),
    };
    let young = now.duration_since(started_at) < MAY_GO_ON;
    let over = result.is_some() || duration_s.is_some() || !young;
    // A mailbox that the agent reached is no message to the agent.
    let left_message = direction == Direction::Inbound && result.as_deref() == Some("VOICEMAIL");
    let ended_at = over.then(|| said::after(started_at, duration_s.unwrap_or_default()));
    let digits = said::line(item.allo_number.as_deref());
    let tags = item.tags.iter().flatten();
    Some(CloudCall {
        id: item.id.as_ref()?.0.clone(),
        direction,
        status: CloudStatus::judge(over, direction, answered, left_message),
        said: result,
        started_at,
        // Allo keeps no answer time: its duration is taken for the talk.
        answered_at: answered.then_some(started_at),
        ended_at,
        duration_s: duration_s.unwrap_or_default(),
        remote: said::remote(item.contact_number.as_deref()),
        line: digits.map(|digits| CloudLine {
            id: digits.clone(),
            name: String::new(),
            number: digits,
        }),
        agent: item.user.as_ref().and_then(agent),
        contact_name: item.contacts.iter().flatten().find_map(contact_name),
        recording_link,
        recorded,
        tags: tags.filter_map(used_tag).take(MOST_TAGS).collect(),
        comments: Vec::new(),
        insights: insights(item),
    })
}

fn used_tag(used: &api::UsedTag) -> Option<CloudTag> {
    match used {
        api::UsedTag::Name(name) => tag(&api::Tag {
            name: Some(name.clone()),
            color: None,
        }),
        api::UsedTag::Whole(whole) => tag(whole),
    }
}

fn contact_name(contact: &api::Contact) -> Option<String> {
    let company = contact.company.as_ref();
    said::line(contact.name.as_deref())
        .or_else(|| said::line(company.and_then(|company| company.name.as_deref())))
}

/// What the item carries. A transcript is only there when it was asked for.
pub(crate) fn insights(item: &api::Item) -> CallInsights {
    let spoken = item.transcript.iter().flatten().filter_map(utterance);
    let spoken = spoken.collect::<Vec<_>>().join("\n");
    CallInsights {
        summary: said::prose(item.summary.as_deref()),
        transcript: said::prose(Some(&spoken)),
        ..CallInsights::default()
    }
}

/// An arrow tells who spoke in any language: from the other side, or towards it.
fn utterance(row: &api::Utterance) -> Option<String> {
    let text = said::line(row.text.as_deref())?;
    let arrow = match row.source.as_deref() {
        Some("EXTERNAL") => '←',
        _ => '→',
    };
    Some(format!("{arrow} {text}"))
}

#[cfg(test)]
mod tests;
