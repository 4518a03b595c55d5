//! Why a command failed, in words a window may show.
//!
//! A failure has a code of its own only where the window does something about it. The sentence is
//! in the agent's language and holds no number, name, note or token.

use callside_core::outbox::DeliveryError;
use callside_core::ports::{DialError, ReadError};
use callside_core::settings::SettingRefused;
use callside_engine::call_log::WrapUpError;
use callside_engine::dialing::DialFailed;
use callside_store::StoreError;

use crate::text::Text;
use crate::wire::{CommandError, ErrorCode};

/// Anything that a command can run into.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The call, contact or entry does not exist.
    #[error("command: there is no such thing")]
    NotFound,
    /// The input was refused; the field at fault where there is one.
    #[error("command: the input was refused")]
    Refused {
        /// The field.
        key: Option<String>,
        /// The message to show.
        message: String,
    },
    /// The databases are not open yet, for want of a keychain or a passphrase.
    #[error("command: the secrets are locked")]
    Locked,
    /// Not part of this version.
    #[error("command: not part of this version")]
    NotYet,
    /// A wrap-up could not be done.
    #[error(transparent)]
    WrapUp(#[from] WrapUpError),
    /// Nothing was dialled.
    #[error(transparent)]
    Dial(#[from] DialFailed),
    /// The CRM gave no answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A setting was refused.
    #[error(transparent)]
    Setting(#[from] SettingRefused),
    /// The databases could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The window toolkit failed.
    #[error(transparent)]
    Window(#[from] tauri::Error),
    /// Something else, with a sentence that is safe to show.
    #[error("command: {0}")]
    Unexpected(String),
}

impl Failed {
    /// The error as a window gets it.
    pub fn told(&self, text: &Text) -> CommandError {
        let key = match self {
            Self::Refused { key, .. } => key.clone(),
            Self::Setting(refused) => Some(refused.key().to_owned()),
            _ => None,
        };
        if self.code() == ErrorCode::Unexpected {
            tracing::error!(error = %self, "a command failed");
        }
        CommandError {
            code: self.code(),
            message: self.message(text),
            key,
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound | Self::WrapUp(WrapUpError::NoSuchCall) => ErrorCode::NotFound,
            Self::Dial(DialFailed::NoSuchRequest) => ErrorCode::NotFound,
            Self::Refused { .. }
            | Self::WrapUp(
                WrapUpError::Draft(_)
                | WrapUpError::NotOpen
                | WrapUpError::AlreadyDelivered
                | WrapUpError::NoNumber
                | WrapUpError::Undecided
                | WrapUpError::TagMissing,
            )
            | Self::Dial(DialFailed::Number(_) | DialFailed::Link(_) | DialFailed::Dropped) => {
                ErrorCode::Refused
            }
            Self::Setting(_) => ErrorCode::SettingRefused,
            Self::Locked => ErrorCode::Locked,
            Self::NotYet => ErrorCode::NotYet,
            Self::WrapUp(WrapUpError::TooLate) => ErrorCode::TooLate,
            Self::WrapUp(WrapUpError::Crm(error)) => match error {
                DeliveryError::Unauthorized => ErrorCode::Disconnected,
                DeliveryError::Refused { .. } => ErrorCode::Refused,
                _ => ErrorCode::Offline,
            },
            Self::Dial(DialFailed::TooEarly) => ErrorCode::TooEarly,
            Self::Dial(DialFailed::Softphone(DialError::NotSetUp | DialError::Unreachable)) => {
                ErrorCode::NoSoftphone
            }
            Self::Dial(DialFailed::Softphone(_)) => ErrorCode::Refused,
            Self::Read(ReadError::Unauthorized) => ErrorCode::Disconnected,
            Self::Read(_) => ErrorCode::Offline,
            Self::WrapUp(WrapUpError::Store(_))
            | Self::Dial(DialFailed::Store(_))
            | Self::Store(_)
            | Self::Window(_)
            | Self::Unexpected(_) => ErrorCode::Unexpected,
        }
    }

    fn message(&self, text: &Text) -> String {
        match self {
            Self::Refused { message, .. } | Self::Unexpected(message) => message.clone(),
            Self::WrapUp(error) => text.wrap_up_failed(error),
            Self::Dial(error) => text.dial_failed(error),
            Self::Read(error) => text.read_error("sellsy", error),
            Self::NotFound => text.say("rust-failed-not-found"),
            Self::Locked => text.say("rust-failed-locked"),
            Self::NotYet => text.say("rust-failed-not-yet"),
            Self::Setting(refused) => {
                text.say_with("rust-failed-setting", &[("key", refused.key())])
            }
            Self::Store(StoreError::Full { .. }) => text.say("rust-failed-disk-full"),
            Self::Store(StoreError::ReadOnly { .. }) => text.say("rust-failed-read-only"),
            Self::Store(_) => text.say("rust-failed-store"),
            Self::Window(_) => text.say("rust-failed-window"),
        }
    }
}
