//! Aircall's JSON in our words, and ours in Aircall's.

use callside_core::call::Direction;
use callside_core::cloud_call::{
    CallInsights, CloudAgent, CloudCall, CloudComment, CloudLine, CloudStatus, CloudTag,
    InsightLine, Mood,
};
use callside_http::{is_safe, plain};
use serde_json::{Value, json};
use url::Url;

use super::api;
use crate::cloud::said::{self, Id, When};

/// How many lines of a card arrive, and how many characters of each.
const CARD_LINES: usize = 6;
const CARD_TEXT: usize = 120;
/// A card has to be smaller than this, in bytes.
const CARD_BYTES: usize = 10 * 1024;
/// The most topics or action items that are kept of one call.
const MOST_FINDINGS: usize = 50;
/// The most tags and comments that are kept of one call.
const MOST_NOTES: usize = 200;

pub(crate) fn agent(user: &api::User) -> Option<CloudAgent> {
    Some(CloudAgent {
        id: text_of(user.id.as_ref())?,
        name: said::line(user.name.as_deref()).unwrap_or_default(),
        email: said::line(user.email.as_deref()).unwrap_or_default(),
    })
}

pub(crate) fn line(number: &api::Number) -> Option<CloudLine> {
    let digits = number.e164_digits.as_deref().or(number.digits.as_deref());
    Some(CloudLine {
        id: text_of(number.id.as_ref())?,
        name: said::line(number.name.as_deref()).unwrap_or_default(),
        number: said::line(digits).unwrap_or_default(),
    })
}

pub(crate) fn tag(tag: &api::Tag) -> Option<CloudTag> {
    Some(CloudTag {
        id: text_of(tag.id.as_ref())?,
        name: said::line(tag.name.as_deref())?,
        color: said::color(tag.color.as_deref()),
    })
}

/// None for a row that is no call: without an id, a direction or a beginning.
pub(crate) fn call(call: &api::Call) -> Option<CloudCall> {
    let direction = Direction::from_word(call.direction.as_deref()?)?;
    let started_at = call.started_at?.0;
    let (answered_at, ended_at) = (instant(call.answered_at), instant(call.ended_at));
    let has = |link: Option<&str>| link.is_some_and(|link| !link.trim().is_empty());
    let left_message = has(call.voicemail.as_deref());
    let over = ended_at.is_some() || call.status.as_deref() == Some("done");
    let lasted = ended_at.map(|end| end.duration_since(started_at).as_secs().max(0));
    let lasted = lasted.and_then(|seconds| u32::try_from(seconds).ok());
    let tags = call.tags.iter().flatten().filter_map(tag);
    let comments = call.comments.iter().flatten().filter_map(comment);
    Some(CloudCall {
        id: text_of(call.id.as_ref())?,
        direction,
        status: CloudStatus::judge(over, direction, answered_at.is_some(), left_message),
        said: said::line(call.missed_call_reason.as_deref()),
        started_at,
        answered_at,
        ended_at,
        duration_s: call.duration.map(|it| it.0).or(lasted).unwrap_or_default(),
        remote: said::remote(call.raw_digits.as_deref()),
        line: call.number.as_ref().and_then(line),
        agent: call.user.as_ref().and_then(agent),
        contact_name: call.contact.as_ref().and_then(contact_name),
        recording_link: said::link(call.asset.as_deref()),
        recorded: left_message || has(call.recording.as_deref()),
        tags: tags.take(MOST_NOTES).collect(),
        comments: comments.take(MOST_NOTES).collect(),
        insights: CallInsights::default(),
    })
}

fn instant(when: Option<When>) -> Option<jiff::Timestamp> {
    when.map(|when| when.0)
}

fn text_of(id: Option<&Id>) -> Option<String> {
    id.map(|id| id.0.clone())
}

fn comment(comment: &api::Comment) -> Option<CloudComment> {
    let by = comment.posted_by.as_ref();
    Some(CloudComment {
        id: text_of(comment.id.as_ref())?,
        text: said::prose(comment.content.as_deref())?,
        by: by.and_then(|user| said::line(user.name.as_deref())),
    })
}

fn contact_name(contact: &api::Contact) -> Option<String> {
    let parts = [contact.first_name.as_deref(), contact.last_name.as_deref()];
    let name: Vec<&str> = parts.into_iter().flatten().collect();
    let company = contact
        .company_name
        .as_deref()
        .or(contact.company.as_deref());
    said::line(Some(&name.join(" "))).or_else(|| said::line(company))
}

pub(crate) fn summary(found: &api::Summary) -> Option<String> {
    let content = found.summary.as_ref()?.content.as_ref()?;
    said::prose(content.as_str())
}

pub(crate) fn topics(found: &api::Topics) -> Vec<String> {
    let content = found
        .topic
        .as_ref()
        .and_then(|topic| topic.content.as_ref());
    let topics = content.and_then(Value::as_array).into_iter().flatten();
    topics
        .filter_map(|topic| said::line(topic.as_str()))
        .take(MOST_FINDINGS)
        .collect()
}

/// The mood of the other side; our own people's is nobody's business.
pub(crate) fn mood(found: &api::Sentiments) -> Option<Mood> {
    let people = found.sentiment.as_ref()?.participants.as_ref()?;
    let external = people.iter().filter(|person| person.user_id.is_none());
    external
        .filter_map(|person| match person.value.as_deref()? {
            "POSITIVE" => Some(Mood::Positive),
            "NEUTRAL" => Some(Mood::Neutral),
            "NEGATIVE" => Some(Mood::Negative),
            _ => None,
        })
        .next()
}

pub(crate) fn action_items(found: &api::ActionItems) -> Vec<String> {
    let items = found.action_items.iter().flatten();
    items
        .filter_map(|item| said::prose(item.content.as_deref()))
        .take(MOST_FINDINGS)
        .collect()
}

/// The card as Aircall takes it; None where nothing is left to show.
pub(crate) fn card(lines: &[InsightLine]) -> Option<Value> {
    let mut contents: Vec<Value> = lines
        .iter()
        .filter_map(card_line)
        .take(CARD_LINES)
        .collect();
    loop {
        if contents.is_empty() {
            return None;
        }
        let card = json!({ "contents": contents });
        if card.to_string().len() < CARD_BYTES {
            return Some(card);
        }
        contents.pop();
    }
}

fn card_line(line: &InsightLine) -> Option<Value> {
    let text = Some(plain::line(&line.text, CARD_TEXT)).filter(|text| !text.is_empty())?;
    let mut shown = match &line.label {
        None => json!({"type": "title", "text": text}),
        Some(label) => {
            json!({"type": "shortText", "label": plain::line(label, CARD_TEXT), "text": text})
        }
    };
    if let (Some(link), Some(fields)) = (web_link(line.link.as_deref()), shown.as_object_mut()) {
        fields.insert("link".to_owned(), Value::String(link));
    }
    Some(shown)
}

/// Only https leaves towards somebody else's window.
fn web_link(link: Option<&str>) -> Option<String> {
    let link = said::link(link)?;
    let url = Url::parse(&link).ok()?;
    (url.scheme() == "https" && is_safe(&url)).then_some(link)
}

#[cfg(test)]
mod tests;
