//! Allo's JSON as it is, in Allo's words.
//!
//! Every field may be absent, null, or of a kind that nobody documented; such a field reads as
//! absent and takes nothing else with it. Words of enumerations stay text, since new ones come
//! without notice. What holds people's data has no debug form, so that it cannot reach a log.

use callside_http::json::{elements, lenient};
use serde::Deserialize;
use serde_json::Value;

use crate::cloud::said::{Id, Seconds, When};

#[derive(Default, Deserialize)]
pub(crate) struct Pagination {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) has_more: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) total_count: Option<u64>,
}

/// A page of rows not yet read.
#[derive(Deserialize)]
pub(crate) struct Page {
    pub(crate) data: Vec<Value>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) pagination: Option<Pagination>,
}

/// A single object, which comes inside `data` or bare.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum One {
    Wrapped { data: Item },
    Bare(Item),
}

/// Calls name their tags, or show them as the list of tags does.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum UsedTag {
    Name(String),
    Whole(Tag),
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
    pub(crate) number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    /// `NUMBER`, or `SENDER_ID` for a name that only sends messages.
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    pub(crate) kind: Option<String>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) users: Option<Vec<User>>,
}

#[derive(Deserialize)]
pub(crate) struct Tag {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) color: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Contact {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) company: Option<Named>,
}

#[derive(Deserialize)]
pub(crate) struct Utterance {
    /// `USER` is the agent; `AGENT` is the machine that answers for one.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) source: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) text: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Item {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<Id>,
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    pub(crate) kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) direction: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) allo_number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) contact_number: Option<String>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) contacts: Option<Vec<Contact>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) date: Option<When>,
    /// Seconds, by the documented examples.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) duration: Option<Seconds>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) result: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) recording_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) summary: Option<String>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) tags: Option<Vec<UsedTag>>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) transcript: Option<Vec<Utterance>>,
}
