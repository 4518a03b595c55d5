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

/// Rows that follow a page with so many rows on it, of so many in all. Pages are counted from 1.
pub(crate) fn left_after(total: u64, page: u32, per_page: usize, count: usize) -> u64 {
    let before = u64::from(page.saturating_sub(1)).saturating_mul(per_page as u64);
    total.saturating_sub(before.saturating_add(count as u64))
}

/// An id that may stand in a path. The service has nothing under any other.
pub(crate) fn path_id(id: &str) -> Result<String, Fault> {
    let none = Fault::NotFound {
        words: String::new(),
    };
    Id::from_text(id).map(|id| id.0).ok_or(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_counts_the_pages_before_and_never_falls_below_nothing() {
        for (total, page, count, left) in [
            (72, 1, 50, 22),
            (72, 2, 22, 0),
            (0, 1, 0, 0),
            (500, 1, 50, 450),
            // The list shrank meanwhile, or the service counts strangely.
            (10, 3, 50, 0),
            (10, 0, 0, 10),
            (7, u32::MAX, usize::MAX, 0),
        ] {
            assert_eq!(left_after(total, page, 50, count), left, "{total} {page}");
        }
    }
}
