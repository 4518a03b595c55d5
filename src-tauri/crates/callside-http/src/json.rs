//! Reading JSON that nobody promised.
//!
//! A field that is absent, null or of an unexpected kind reads as absent and takes nothing else
//! with it. Meant for `#[serde(default, deserialize_with = "…")]`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a value, or nothing where it is of an unexpected kind.
///
/// # Errors
/// Only when the text is no JSON.
pub fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(T::deserialize(Value::deserialize(deserializer)?).ok())
}

/// Reads the elements of a list that make sense; nothing where there is no list.
///
/// # Errors
/// Only when the text is no JSON.
pub fn elements<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let Value::Array(list) = Value::deserialize(deserializer)? else {
        return Ok(None);
    };
    Ok(Some(
        list.into_iter()
            .filter_map(|value| T::deserialize(value).ok())
            .collect(),
    ))
}
