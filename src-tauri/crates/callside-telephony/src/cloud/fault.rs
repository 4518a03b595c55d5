//! Why a telephony service gave no usable answer, and what that means for a question and a write.

use std::fmt;

use callside_core::outbox::DeliveryError;
use callside_core::ports::{ReadError, SecretError};
use callside_http::{Answer, Lost, plain};
use jiff::SignedDuration;
use serde_json::Value;

/// The longest text that is kept of a refusal.
const LONGEST_WORDS: usize = 300;

/// Why there is no usable answer.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("ask the service: no key is kept")]
    NoKey,
    #[error("ask the service: the keychain does not answer")]
    Keychain,
    #[error("ask the service: it cannot be reached")]
    NotSent,
    #[error("ask the service: no answer came")]
    Unanswered,
    #[error("ask the service: it does not take the key")]
    Unauthorized,
    #[error("ask the service: the right {scope} is missing")]
    Forbidden { scope: &'static str, words: String },
    #[error("ask the service: no such thing")]
    NotFound { words: String },
    #[error("ask the service: it refused with {status}")]
    Refused { status: u16, words: String },
    #[error("ask the service: it asks for patience")]
    Busy { retry_after: Option<SignedDuration> },
    #[error("ask the service: it is broken")]
    Broken,
    #[error("ask the service: the answer cannot be read")]
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

impl From<SecretError> for Fault {
    fn from(_: SecretError) -> Self {
        Self::Keychain
    }
}

/// What a question comes to.
impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotSent | Fault::Unanswered | Fault::Broken | Fault::Keychain => Self::Offline,
            Fault::NoKey | Fault::Unauthorized => Self::Unauthorized,
            Fault::Forbidden { scope, .. } if !scope.is_empty() => Self::Forbidden {
                scope: scope.to_owned(),
            },
            Fault::NotFound { .. } => Self::Gone,
            Fault::Forbidden { words, .. } | Fault::Refused { words, .. } => {
                Self::Refused { words }
            }
            Fault::Busy { retry_after } => Self::Busy { retry_after },
            Fault::Unreadable => Self::Unreadable,
        }
    }
}

impl Fault {
    /// What a write comes to. An answer that cannot be read may stand for an effect.
    pub(crate) fn of_write(self) -> DeliveryError {
        match self {
            Self::NotSent | Self::Keychain => DeliveryError::Offline,
            Self::Unanswered | Self::Broken | Self::Unreadable => DeliveryError::InDoubt,
            Self::NoKey | Self::Unauthorized => DeliveryError::Unauthorized,
            Self::Forbidden { words, .. } | Self::Refused { words, .. } => {
                DeliveryError::Refused { words }
            }
            Self::NotFound { .. } => DeliveryError::Gone,
            Self::Busy { retry_after } => DeliveryError::Busy { retry_after },
        }
    }

    /// What a write comes to that may go again as it is: doubt does no harm.
    pub(crate) fn of_repeatable(self) -> DeliveryError {
        match self {
            Self::Unanswered | Self::Broken | Self::Unreadable => DeliveryError::Offline,
            other => other.of_write(),
        }
    }
}

/// Judges an answer whose status needs no knowledge of the vendor; 401 and 403 do. `words` are what
/// the vendor said.
///
/// # Errors
/// The [`Fault`] that the status stands for.
pub(crate) fn judged(answer: Answer, words: &str) -> Result<Answer, Fault> {
    let words = match plain::line(words, LONGEST_WORDS) {
        none if none.is_empty() => format!("HTTP {}", answer.status),
        words => words,
    };
    Err(match answer.status {
        200..=299 => return Ok(answer),
        404 => Fault::NotFound { words },
        // The server gave up waiting for the request, or may have begun with it.
        408 => Fault::Unanswered,
        429 => Fault::Busy {
            retry_after: answer.retry_after,
        },
        status @ 400..=499 => Fault::Refused { status, words },
        500..=599 => Fault::Broken,
        _ => Fault::Unreadable,
    })
}

/// Reads the body as the shape that is expected.
pub(crate) fn json<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Fault> {
    serde_json::from_slice(&answer.body).map_err(|_| Fault::Unreadable)
}

/// The body of a refusal, null where it is no JSON.
pub(crate) fn refusal(answer: &Answer) -> Value {
    match answer.status {
        400..=499 => serde_json::from_slice(&answer.body).unwrap_or_default(),
        _ => Value::Null,
    }
}
