//! Sellsy's API, version 2, as its document describes it.
//!
//! [`endpoints`] is the list of everything served here: method, path, scopes and the function that
//! answers. Those functions know nothing of HTTP; they read an [`Ask`], change the [`Account`] and give back a
//! [`Reply`] or a refusal. Connections, faults, tokens and quotas are handled around them, in `server`.

mod account;
mod comments;
pub(crate) mod errors;
mod input;
mod opportunities;
mod paging;
mod phone_calls;
mod quotas;
mod records;
mod search;
mod smart_tags;
mod staff;

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

pub(crate) use account::Account;
pub use account::MissingRelated;
use errors::Refusal;
pub(crate) use phone_calls::result_name;
pub use phone_calls::{PhoneCall, Related};
pub use quotas::QuotaLimits;
pub(crate) use quotas::Quotas;
pub use staff::Staff;

pub(crate) use crate::rest::Reply;
use crate::{
    book::RecordKind,
    rest::{self, Named},
};

/// The scopes that an access for a softphone companion has ticked.
pub const SCOPES: [&str; 18] = [
    "accounts.read",
    "activities.read",
    "comments.read",
    "comments.write",
    "companies.read",
    "companies.write",
    "contacts.read",
    "contacts.write",
    "individuals.read",
    "individuals.write",
    "opportunities.read",
    "opportunities.write",
    "phonecalls.read",
    "phonecalls.write",
    "search.read",
    "smart-tags.read",
    "smart-tags.write",
    "staffs.read",
];

/// One request, read.
pub(crate) struct Ask {
    /// When it came.
    pub(crate) now: Timestamp,
    /// The staff whose token it carries.
    pub(crate) me: u64,
    /// What the token may do.
    pub(crate) scopes: BTreeSet<String>,
    /// The kind of record, for endpoints that exist for several.
    pub(crate) kind: Option<RecordKind>,
    /// Named parts of the path.
    pub(crate) path: Named,
    /// The query, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The body as it came.
    pub(crate) body: Vec<u8>,
}

impl Ask {
    /// The first value of a query name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of `name[]`, `name[0]`, `name[1]`…
    pub(crate) fn query_array(&self, name: &str) -> Vec<String> {
        let is_item = |key: &str| {
            key.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('['))
                .and_then(|rest| rest.strip_suffix(']'))
                .is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
        };
        self.query
            .iter()
            .filter(|(key, _)| is_item(key))
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// A number in the path.
    pub(crate) fn id(&self, name: &str) -> Result<u64, Refusal> {
        self.path
            .iter()
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse().ok())
            .ok_or_else(|| Refusal::not_found("Page"))
    }

    /// A word in the path.
    pub(crate) fn word(&self, name: &str) -> &str {
        self.path
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Refusal::new(400, "Le corps de la requête n'est pas un JSON valide."))
    }

    /// The mandatory `filters` object of a search.
    pub(crate) fn filters(&self) -> Result<Value, Refusal> {
        match self.json()?.get("filters") {
            Some(filters @ Value::Object(_)) => Ok(filters.clone()),
            Some(_) => Err(Refusal::field(
                "filters",
                "Cette valeur doit être un objet.",
            )),
            None => Err(Refusal::field("filters", "Ce champ est obligatoire.")),
        }
    }

    /// Whether the request only wants to know if it would be valid.
    pub(crate) fn is_trial(&self) -> bool {
        matches!(self.query("verify"), Some("true" | "1"))
    }

    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// The kind of record of this endpoint.
    pub(crate) fn record_kind(&self) -> Result<RecordKind, Refusal> {
        self.kind.ok_or_else(|| Refusal::not_found("Page"))
    }
}

/// What the functions behind endpoints look like.
pub(crate) type Answer = fn(&mut Account, &Ask) -> Result<Reply, Refusal>;

/// One line of the service's document.
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// Segments; those in braces match anything.
    pub(crate) path: &'static str,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) kind: Option<RecordKind>,
    pub(crate) answer: Answer,
}

impl Endpoint {
    /// The named parts of a path that fits, without the leading `/v2`.
    pub(crate) fn fit(&self, path: &str) -> Option<Named> {
        rest::fit(self.path, path)
    }
}

fn endpoint(
    method: &'static str,
    path: &'static str,
    scopes: &[&'static str],
    answer: Answer,
) -> Endpoint {
    Endpoint {
        method,
        path,
        scopes: scopes.to_vec(),
        kind: None,
        answer,
    }
}

/// Everything that is served, most literal paths first.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    for kind in RecordKind::ALL {
        all.extend(record_endpoints(kind));
    }
    all.extend([
        endpoint(
            "GET",
            "/contacts/{id}/companies",
            &["companies.read", "contacts.read"],
            records::companies_of_contact,
        ),
        endpoint(
            "POST",
            "/companies/{company}/contacts/{contact}",
            &["companies.write", "contacts.read"],
            records::link,
        ),
        endpoint(
            "GET",
            "/opportunities/pipelines",
            &["opportunities.read"],
            opportunities::pipelines,
        ),
        endpoint(
            "GET",
            "/opportunities/pipelines/{id}/steps",
            &["opportunities.read"],
            opportunities::steps,
        ),
        endpoint(
            "GET",
            "/opportunities",
            &["opportunities.read"],
            opportunities::list,
        ),
        endpoint(
            "POST",
            "/opportunities/search",
            &["opportunities.read"],
            opportunities::search,
        ),
        endpoint(
            "GET",
            "/opportunities/{id}",
            &["opportunities.read"],
            opportunities::one,
        ),
        endpoint(
            "GET",
            "/opportunities/{id}/smart-tags",
            &["smart-tags.read", "opportunities.read"],
            smart_tags::of_opportunity,
        ),
        endpoint(
            "POST",
            "/opportunities/{id}/smart-tags",
            &["smart-tags.write", "opportunities.write"],
            smart_tags::tag_opportunity,
        ),
        endpoint(
            "GET",
            "/phone-calls",
            &["phonecalls.read"],
            phone_calls::list,
        ),
        endpoint(
            "POST",
            "/phone-calls",
            &["phonecalls.write"],
            phone_calls::create,
        ),
        endpoint(
            "POST",
            "/phone-calls/search",
            &["phonecalls.read"],
            phone_calls::search,
        ),
        endpoint(
            "GET",
            "/phone-calls/{id}",
            &["phonecalls.read"],
            phone_calls::one,
        ),
        endpoint(
            "PUT",
            "/phone-calls/{id}",
            &["phonecalls.write"],
            phone_calls::update,
        ),
        endpoint(
            "DELETE",
            "/phone-calls/{id}",
            &["phonecalls.write"],
            phone_calls::delete,
        ),
        endpoint("GET", "/staffs", &["staffs.read"], staff::list),
        endpoint("POST", "/staffs/search", &["staffs.read"], staff::search),
        endpoint("GET", "/staffs/{id}", &["staffs.read"], staff::one),
        endpoint("GET", "/quotas", &["accounts.read"], quotas::show),
        endpoint("POST", "/comments", &["comments.write"], comments::create),
        endpoint(
            "POST",
            "/comments/search",
            &["comments.read"],
            comments::search,
        ),
        endpoint("GET", "/comments/{id}", &["comments.read"], comments::one),
        endpoint(
            "GET",
            "/smart-tags/{linkedtype}/autocomplete",
            &["smart-tags.read"],
            smart_tags::suggest,
        ),
        endpoint("GET", "/search", &["search.read"], search::search),
    ]);
    all
}

fn record_endpoints(kind: RecordKind) -> Vec<Endpoint> {
    let (list, search, one, tags, read, write) = match kind {
        RecordKind::Individual => (
            "/individuals",
            "/individuals/search",
            "/individuals/{id}",
            "/individuals/{id}/smart-tags",
            "individuals.read",
            "individuals.write",
        ),
        RecordKind::Company => (
            "/companies",
            "/companies/search",
            "/companies/{id}",
            "/companies/{id}/smart-tags",
            "companies.read",
            "companies.write",
        ),
        RecordKind::Contact => (
            "/contacts",
            "/contacts/search",
            "/contacts/{id}",
            "/contacts/{id}/smart-tags",
            "contacts.read",
            "contacts.write",
        ),
    };
    let mut all = vec![
        endpoint("GET", list, &[read], records::list),
        endpoint("POST", list, &[write], records::create),
        endpoint("POST", search, &[read], records::search),
        endpoint("GET", one, &[read], records::one),
        endpoint("PUT", one, &[write], records::update),
        endpoint("DELETE", one, &[write], records::delete),
        endpoint(
            "GET",
            tags,
            &["smart-tags.read", read],
            smart_tags::of_record,
        ),
        endpoint(
            "POST",
            tags,
            &["smart-tags.write", write],
            smart_tags::tag_record,
        ),
    ];
    match kind {
        RecordKind::Individual => {
            all.push(endpoint(
                "GET",
                "/individuals/{id}/contacts",
                &[read, "contacts.read"],
                records::contacts_of,
            ));
            all.push(endpoint(
                "POST",
                "/individuals/{id}/convert",
                &[write],
                records::convert,
            ));
        }
        RecordKind::Company => {
            all.push(endpoint(
                "GET",
                "/companies/{id}/contacts",
                &[read, "contacts.read"],
                records::contacts_of,
            ));
            all.push(endpoint(
                "POST",
                "/companies/{id}/convert",
                &[write],
                records::convert,
            ));
        }
        RecordKind::Contact => {}
    }
    for endpoint in &mut all {
        endpoint.kind = Some(kind);
    }
    all
}

/// An instant as lists show it: whole seconds with the offset of Paris.
pub(crate) fn local_time(unix_seconds: i64) -> String {
    let paris = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC);
    Timestamp::from_second(unix_seconds)
        .unwrap_or_default()
        .to_zoned(paris)
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// An instant as the global search shows it: in UTC.
pub(crate) fn utc_time(unix_seconds: i64) -> String {
    Timestamp::from_second(unix_seconds)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S+00:00")
        .to_string()
}

/// Leaves the unset fields out, as an answer to a creation does.
pub(crate) fn without_nulls(row: Value) -> Value {
    match row {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect(),
        ),
        other => other,
    }
}
