//! Sellsy's JSON as it is, in Sellsy's words.
//!
//! Every field may be absent, null, or of a kind that nobody documented; such a field reads as
//! absent and takes nothing else with it. Only a row without an id is no row. Words of
//! enumerations stay text, since new ones come without notice. What holds people's data has no
//! debug form, so that it cannot reach a log.

use callside_http::json::{elements, lenient};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An id: an integer, sometimes in quotes.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let text = value.as_str().and_then(|text| text.trim().parse().ok());
    value
        .as_i64()
        .or(text)
        .ok_or_else(|| serde::de::Error::custom("no id"))
}

/// A number that may stand in quotes, as the text it was written with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decimal(pub(crate) String);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::String(text) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
                Ok(Self(text.trim().to_owned()))
            }
            _ => Err(serde::de::Error::custom("no number")),
        }
    }
}

/// The place to go on from, sent back unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Offset {
    Number(u64),
    Text(String),
}

impl Offset {
    pub(crate) fn to_query(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

#[derive(Default, Deserialize)]
pub(crate) struct Pagination {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) total: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) offset: Option<Offset>,
}

/// A page of rows not yet read.
#[derive(Deserialize)]
pub(crate) struct Page {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) pagination: Option<Pagination>,
    pub(crate) data: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Reference {
    #[serde(deserialize_with = "id")]
    pub(crate) id: i64,
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    pub(crate) kind: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct SmartTag {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) value: Option<String>,
}

/// The tags of one record. The list may be absent.
#[derive(Deserialize)]
pub(crate) struct TagList {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) pagination: Option<Pagination>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) data: Option<Vec<SmartTag>>,
}

impl TagList {
    /// The tags; None when they are not certainly all.
    pub(crate) fn whole(self) -> Option<Vec<String>> {
        let rows = self.data?;
        let all = self.pagination.and_then(|pagination| pagination.total);
        let read_all = all.is_none_or(|all| u64::try_from(rows.len()).is_ok_and(|n| n >= all));
        let tags: Option<Vec<String>> = rows.into_iter().map(|tag| tag.value).collect();
        tags.filter(|_| read_all)
    }
}

#[derive(Deserialize)]
pub(crate) struct Address {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) country_code: Option<String>,
}

#[derive(Default, Deserialize)]
pub(crate) struct RecordEmbed {
    #[serde(default, deserialize_with = "elements")]
    pub(crate) smart_tags: Option<Vec<SmartTag>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) invoicing_address: Option<Address>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) delivery_address: Option<Address>,
}

/// An individual, a company or a contact: what they share, and what only some have.
#[derive(Deserialize)]
pub(crate) struct Record {
    #[serde(deserialize_with = "id")]
    pub(crate) id: i64,
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    pub(crate) role: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) position: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) email: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) phone_number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) mobile_number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) fax_number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) note: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) owner: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) created: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) updated: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) updated_at: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) is_archived: Option<bool>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) marketing_campaigns_subscriptions: Option<Vec<String>>,
    #[serde(default, rename = "_embed", deserialize_with = "lenient")]
    pub(crate) embed: Option<RecordEmbed>,
}

#[derive(Deserialize)]
pub(crate) struct Amount {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) value: Option<Decimal>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) currency: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Opportunity {
    #[serde(deserialize_with = "id")]
    pub(crate) id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) number: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) status: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) amount: Option<Amount>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) step: Option<Named>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) created: Option<String>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) related: Option<Vec<Reference>>,
}

#[derive(Deserialize)]
pub(crate) struct PhoneCall {
    #[serde(deserialize_with = "id")]
    pub(crate) id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) created: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) source: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) date: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) duration: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) result: Option<PhoneCallResult>,
    #[serde(default, deserialize_with = "elements")]
    pub(crate) related: Option<Vec<Reference>>,
}

/// The answer's form of a result, which is sent as the bare word.
#[derive(Deserialize)]
pub(crate) struct PhoneCallResult {
    pub(crate) id: String,
}

#[derive(Deserialize)]
pub(crate) struct Comment {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) description: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Account {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) uuid: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct StaffEmbed {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) account: Option<Account>,
}

#[derive(Deserialize)]
pub(crate) struct Staff {
    #[serde(deserialize_with = "id")]
    pub(crate) id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) firstname: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) lastname: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) email: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) status: Option<String>,
    #[serde(default, rename = "_embed", deserialize_with = "lenient")]
    pub(crate) embed: Option<StaffEmbed>,
}

#[derive(Deserialize)]
pub(crate) struct Quota {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) used: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Quotas {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) api_rate_seconds: Option<Quota>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) api_rate_minutes: Option<Quota>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) api_rate_days: Option<Quota>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) api_rate_months: Option<Quota>,
}

/// What a create answers: the id, and whatever else.
#[derive(Deserialize)]
pub(crate) struct Created {
    #[serde(deserialize_with = "id")]
    pub(crate) id: i64,
}

/// A phone call to be written.
#[derive(Serialize)]
pub(crate) struct NewPhoneCall<'a> {
    pub(crate) owner_id: i64,
    pub(crate) source: &'static str,
    pub(crate) result: &'static str,
    pub(crate) date: String,
    pub(crate) duration: u32,
    pub(crate) description: &'a str,
    pub(crate) related: &'a [Link],
}

/// A record that something hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) id: i64,
}
