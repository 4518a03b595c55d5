//! What went wrong with a request, and what that means.
//!
//! What can be retried is decided here and nowhere else, once for all CRMs: a question and a write
//! that fail in the same way mean different things, since a write without an answer may have been
//! obeyed.

use std::fmt;

use callside_core::outbox::DeliveryError;
use callside_core::ports::ReadError;
use callside_http::{Answer, Lost, plain};
use jiff::SignedDuration;
use serde_json::Value;

const LONGEST_WORDS: usize = 300;

/// What went wrong with a request, decided once for all CRMs.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing left this machine.
    #[error("ask the CRM: it cannot be reached")]
    NotSent,
    /// The request left, and no answer came back.
    #[error("ask the CRM: no answer came")]
    Unanswered,
    /// The server broke down.
    #[error("ask the CRM: it broke down")]
    Broken,
    /// The sign-in is gone.
    #[error("ask the CRM: nobody is signed in")]
    Unauthorized,
    /// A right is missing.
    #[error("ask the CRM: the right {scope} is missing")]
    Forbidden {
        /// The right that the request needs.
        scope: &'static str,
        /// The CRM's words.
        words: String,
    },
    /// What the request names does not exist.
    #[error("ask the CRM: there is no such record")]
    NotFound {
        /// The CRM's words.
        words: String,
        /// The fields that it names.
        fields: Vec<String>,
    },
    /// Refused for good: a plan's limit, a wrong field, a conflict.
    #[error("ask the CRM: it refused")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The CRM's words.
        words: String,
        /// The fields that it names.
        fields: Vec<String>,
    },
    /// Refused for now.
    #[error("ask the CRM: it asks for patience")]
    Busy {
        /// How long to wait.
        retry_after: Option<SignedDuration>,
    },
    /// The answer came and makes no sense.
    #[error("ask the CRM: the answer cannot be read")]
    Unreadable,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Lost> for Fault {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::NotSent => Self::NotSent,
            Lost::Unanswered => Self::Unanswered,
        }
    }
}

impl Fault {
    /// What a question comes to.
    pub fn of_read(self) -> ReadError {
        match self {
            Self::NotSent | Self::Unanswered | Self::Broken => ReadError::Offline,
            Self::Unauthorized => ReadError::Unauthorized,
            Self::Forbidden { scope, .. } => ReadError::Forbidden {
                scope: scope.to_owned(),
            },
            Self::NotFound { .. } => ReadError::Gone,
            Self::Refused { words, .. } => ReadError::Refused { words },
            Self::Busy { retry_after } => ReadError::Busy { retry_after },
            Self::Unreadable => ReadError::Unreadable,
        }
    }

    /// What a write comes to. An answer that cannot be read may stand for an effect.
    pub fn of_write(self) -> DeliveryError {
        match self {
            Self::NotSent => DeliveryError::Offline,
            Self::Unanswered | Self::Broken | Self::Unreadable => DeliveryError::InDoubt,
            Self::Unauthorized => DeliveryError::Unauthorized,
            Self::Forbidden { words, .. } | Self::Refused { words, .. } => {
                DeliveryError::Refused { words }
            }
            Self::NotFound { .. } => DeliveryError::Gone,
            Self::Busy { retry_after } => DeliveryError::Busy { retry_after },
        }
    }

    /// What a question comes to that was asked on the way to a write: nothing was written yet.
    pub fn before_write(self) -> DeliveryError {
        match self {
            Self::Unanswered | Self::Broken | Self::Unreadable => DeliveryError::Offline,
            other => other.of_write(),
        }
    }
}

/// Judges an answer by its status. `scope` is the right that the request needs.
///
/// # Errors
/// The [`Fault`] that the status stands for.
pub fn judged(answer: Answer, scope: &'static str) -> Result<Answer, Fault> {
    let (words, fields) = match answer.status {
        200..=299 => return Ok(answer),
        400..=499 => words_of(&answer.body),
        _ => (String::new(), Vec::new()),
    };
    let words = if words.is_empty() {
        format!("HTTP {}", answer.status)
    } else {
        words
    };
    Err(match answer.status {
        401 => Fault::Unauthorized,
        403 => Fault::Forbidden {
            scope,
            words: plain::line(&format!("{words} ({scope})"), LONGEST_WORDS),
        },
        404 => Fault::NotFound { words, fields },
        // The server gave up waiting for the request, or may have begun with it.
        408 => Fault::Unanswered,
        429 => Fault::Busy {
            retry_after: answer.retry_after,
        },
        status @ 400..=499 => Fault::Refused {
            status,
            words,
            fields,
        },
        500..=599 => Fault::Broken,
        _ => Fault::Unreadable,
    })
}

/// The words and the field names of an error body.
fn words_of(body: &[u8]) -> (String, Vec<String>) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return (String::new(), Vec::new());
    };
    let error = value.get("error").unwrap_or(&value);
    let message = error
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut fields = Vec::new();
    let mut words = vec![message.to_owned()];
    if let Some(details) = error.get("details").and_then(Value::as_object) {
        for (field, why) in details {
            fields.push(field.clone());
            let why = match why {
                Value::String(text) => text.clone(),
                Value::Array(list) => {
                    let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    texts.join(", ")
                }
                _ => String::new(),
            };
            words.push(if why.is_empty() {
                field.clone()
            } else {
                format!("{field}: {why}")
            });
        }
    }
    words.retain(|word| !word.trim().is_empty());
    (plain::line(&words.join(" · "), LONGEST_WORDS), fields)
}

#[cfg(test)]
mod tests;
