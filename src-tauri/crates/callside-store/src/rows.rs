//! How domain types become columns, and back.
//!
//! Whole values are kept as JSON; the columns beside them only repeat what is asked for.

use callside_core::phone_number::{NumberKey, PhoneNumber, Reading};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// Nanoseconds since 1970. Instants that do not fit (after 2262) become the last one that does.
pub(crate) fn nanos(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(if at.as_nanosecond() < 0 {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// Nanoseconds of an instant that may not be known; 0 then.
pub(crate) fn nanos_or_zero(at: Option<Timestamp>) -> i64 {
    at.map_or(0, nanos)
}

/// Reads nanoseconds back.
pub(crate) fn instant(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Reads back an instant that may not be known.
pub(crate) fn known_instant(nanos: i64) -> Option<Timestamp> {
    (nanos != 0).then(|| instant(nanos))
}

/// The stored form of a value.
pub(crate) fn json<T: Serialize + ?Sized>(
    what: &'static str,
    value: &T,
) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unwritable { what })
}

/// Reads a stored value. The parser's own words are dropped, since they may quote the value.
pub(crate) fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { what })
}

/// The text by which the journal knows a number.
pub(crate) fn key_text(key: &NumberKey) -> String {
    match key {
        NumberKey::E164(number) => number.e164(),
        NumberKey::Text(text) => format!("t:{text}"),
    }
}

/// The JSON list of the keys' texts, to be taken apart by `json_each`.
pub(crate) fn key_texts<'a>(
    keys: impl IntoIterator<Item = &'a NumberKey>,
) -> Result<String, StoreError> {
    let texts: Vec<String> = keys.into_iter().map(key_text).collect();
    json("number keys", &texts)
}

/// The keys that surely mean the line.
pub(crate) fn likely(readings: &[Reading]) -> impl Iterator<Item = &NumberKey> {
    readings
        .iter()
        .filter(|reading| reading.likely)
        .map(|reading| &reading.key)
}

/// The digits of a number as an integer key. Fifteen digits always fit.
pub(crate) fn e164(number: PhoneNumber) -> i64 {
    i64::try_from(number.digits()).unwrap_or(i64::MAX)
}

/// Reads an integer key back.
pub(crate) fn number(digits: i64) -> Option<PhoneNumber> {
    u64::try_from(digits)
        .ok()
        .and_then(PhoneNumber::from_stored)
}
