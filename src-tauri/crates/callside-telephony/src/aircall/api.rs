//! Aircall's JSON as it is, in Aircall's words.
//!
//! Every field may be absent, null, or of a kind that nobody documented; such a field reads as
//! absent and takes nothing else with it. Words of enumerations stay text, since new ones come
//! without notice. What holds people's data has no debug form, so that it cannot reach a log.

use callside_http::json::{elements, lenient};
use serde::Deserialize;
use serde_json::Value;

use crate::cloud::said::{Id, Seconds, When};

#[derive(Default, Deserialize)]
pub(crate) struct Meta {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) next_page_link: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) total: Option<u64>,
}

/// A page of rows not yet read. The rows stand under a name of their own in each list.
#[derive(Deserialize)]
pub(crate) struct Page {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) meta: Option<Meta>,
    #[serde(flatten)]
    pub(crate) lists: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
pub(crate) struct User {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) email: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Number {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) digits: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) e164_digits: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Tag {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) color: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Comment {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) content: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) posted_by: Option<User>,
}

#[derive(Deserialize)]
pub(crate) struct Contact {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) company_name: Option<String>,
    /// Some payloads say this instead.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) company: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Call {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) direction: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) status: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) missed_call_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) started_at: Option<When>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) answered_at: Option<When>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) ended_at: Option<When>,
    /// Rings and waiting included.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) duration: Option<Seconds>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) raw_digits: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) recording: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) voicemail: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) asset: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) contact: Option<Contact>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) number: Option<Number>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) tags: Option<Vec<Tag>>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) comments: Option<Vec<Comment>>,
}

#[derive(Deserialize)]
pub(crate) struct OneCall {
    pub(crate) call: Value,
}

/// `summary` and `topics` say what they found under this name.
#[derive(Deserialize)]
pub(crate) struct Found {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) content: Option<Value>,
}

#[derive(Deserialize)]
pub(crate) struct Summary {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) summary: Option<Found>,
}

#[derive(Deserialize)]
pub(crate) struct Topics {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) topic: Option<Found>,
}

#[derive(Deserialize)]
pub(crate) struct Participant {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) value: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Sentiment {
    #[serde(default, deserialize_with = "elements")]
    pub(crate) participants: Option<Vec<Participant>>,
}

#[derive(Deserialize)]
pub(crate) struct Sentiments {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) sentiment: Option<Sentiment>,
}

#[derive(Deserialize)]
pub(crate) struct ActionItem {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) content: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct ActionItems {
    #[serde(default, deserialize_with = "elements")]
    pub(crate) action_items: Option<Vec<ActionItem>>,
}
