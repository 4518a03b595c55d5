//! What the clients of telephony services in the cloud share.

use callside_core::cloud_call::{CallsWanted, CloudCall};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) mod download;
pub(crate) mod fault;
pub(crate) mod pace;
pub(crate) mod said;
pub(crate) mod wire;

use fault::Fault;
use said::Id;

/// Whether a record is among those wanted. Asked of every row: services pass over filters that they
/// do not know.
pub(crate) fn fits(call: &CloudCall, wanted: &CallsWanted) -> bool {
    let of = |agent: &String| call.agent.as_ref().is_some_and(|own| own.id == *agent);
    let on = |line: &String| call.line.as_ref().is_some_and(|own| own.id == *line);
    (wanted.since..wanted.until).contains(&call.started_at)
        && wanted.agent.as_ref().is_none_or(of)
        && wanted.line.as_ref().is_none_or(on)
}

/// The rows that can be read at all.
pub(crate) fn readable<T: DeserializeOwned>(rows: Vec<Value>) -> impl Iterator<Item = T> {
    rows.into_iter()
        .filter_map(|row| serde_json::from_value(row).ok())
}

/// An id that may stand in a path. The service has nothing under any other.
pub(crate) fn path_id(id: &str) -> Result<String, Fault> {
    let none = Fault::NotFound {
        words: String::new(),
    };
    Id::from_text(id).map(|id| id.0).ok_or(none)
}
