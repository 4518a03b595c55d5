//! What the embedded Workspace says, strictly read.
//!
//! The frame is a foreign page, so each message is checked as if it were forged: its size, its
//! name, the type of every field that is used. What passes speaks of a call by its Aircall id, the
//! same that REST knows. Who sent a message (the right frame, the right origin) is judged before it
//! comes here.

use callside_core::call::{CallEvent, Direction, EndReason, Happening, SaidReason};
use callside_http::plain;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::NAME;
use crate::cloud::said::{self, Id, LONGEST_PROSE};

/// The longest message, in bytes: a comment and room around it.
const LONGEST_MESSAGE: usize = 64 * 1024;
/// The longest number or name, in bytes.
const LONGEST_FIELD: usize = 256;

/// What the Workspace said.
#[derive(Clone, PartialEq, Eq)]
pub enum WorkspaceNews {
    /// Something happened to a call.
    Call(CallEvent),
    /// Somebody signed in there. Empty where it does not say who.
    SignedIn {
        /// The e-mail address, to be compared with the agent's.
        email: String,
    },
    /// Nobody is signed in there any more.
    SignedOut,
    /// Somebody saved a remark on a call.
    Remark {
        /// Aircall's id of the call.
        call_id: String,
        /// What it says.
        text: String,
    },
    /// A number was put into the Workspace's dialler; whether it will be called is open.
    Prefilled {
        /// The number, as the Workspace wrote it.
        number: String,
    },
}

impl std::fmt::Debug for WorkspaceNews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Call(event) => f.debug_tuple("Call").field(event).finish(),
            Self::SignedIn { .. } => f.write_str("SignedIn"),
            Self::SignedOut => f.write_str("SignedOut"),
            Self::Remark { call_id, .. } => f.debug_tuple("Remark").field(call_id).finish(),
            Self::Prefilled { .. } => f.write_str("Prefilled"),
        }
    }
}

/// Why a message says nothing. It carries nothing of the message, so it may be counted and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refused {
    /// It has a name that nobody knows.
    #[error("read the Workspace: nobody knows this event")]
    UnknownName,
    /// It is larger than any true one.
    #[error("read the Workspace: the event is too large")]
    TooLarge,
    /// It is no JSON object.
    #[error("read the Workspace: the event is no object")]
    NoObject,
    /// A field is absent or of the wrong type.
    #[error("read the Workspace: the event's {field} makes no sense")]
    BadField {
        /// Which one.
        field: &'static str,
    },
}

/// Reads one event: its name as the SDK gives it, and its value as JSON text, empty for none.
/// `Ok(None)` is a known event that concerns nobody here.
///
/// # Errors
/// [`Refused`].
pub fn translate(
    name: &str,
    value: &str,
    now: Timestamp,
) -> Result<Option<WorkspaceNews>, Refused> {
    if name.len() > LONGEST_FIELD || value.len() > LONGEST_MESSAGE {
        return Err(Refused::TooLarge);
    }
    let read = || Fields::read(value);
    let call = |event: Result<CallEvent, Refused>| event.map(WorkspaceNews::Call);
    Ok(Some(match name {
        "incoming_call" => call(read()?.rings(now))?,
        "call_end_ringtone" => call(read()?.ring_ends(now))?,
        "outgoing_call" => call(read()?.dials(now))?,
        "outgoing_answered" => {
            let outbound = Some(Direction::Outbound);
            call(read()?.event(Happening::Answered, outbound, now))?
        }
        "call_ended" => {
            // The duration counts the ringing too; talk time is what lies between the events, and
            // Aircall's record corrects it later.
            let ended = Happening::Ended {
                talk_s: None,
                reason: None,
            };
            call(read()?.event(ended, None, now))?
        }
        "comment_saved" => read()?.remark()?,
        "external_dial" => WorkspaceNews::Prefilled {
            number: read()?.number("phone_number")?,
        },
        "login" => read()?.sign_in()?,
        "logout" => WorkspaceNews::SignedOut,
        "powerdialer_updated" | "redirect_event" => return Ok(None),
        _ => return Err(Refused::UnknownName),
    }))
}

/// The fields of one event.
struct Fields(Map<String, Value>);

impl Fields {
    fn read(value: &str) -> Result<Self, Refused> {
        match serde_json::from_str(value) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Refused::NoObject),
        }
    }

    fn event(
        &self,
        happening: Happening,
        direction: Option<Direction>,
        at: Timestamp,
    ) -> Result<CallEvent, Refused> {
        Ok(CallEvent {
            app: NAME.to_owned(),
            app_call_id: Some(self.call_id()?),
            happening,
            direction,
            remote: None,
            line: None,
            name: None,
            at,
            verified: true,
        })
    }

    fn rings(&self, at: Timestamp) -> Result<CallEvent, Refused> {
        Ok(CallEvent {
            remote: Some(self.caller("from")?),
            line: self.line("to")?,
            ..self.event(Happening::Ringing, Some(Direction::Inbound), at)?
        })
    }

    fn dials(&self, at: Timestamp) -> Result<CallEvent, Refused> {
        Ok(CallEvent {
            remote: Some(self.number("to")?),
            line: self.line("from")?,
            ..self.event(Happening::Dialing, Some(Direction::Outbound), at)?
        })
    }

    /// The end of the ringing is the only event that tells an answer.
    fn ring_ends(&self, at: Timestamp) -> Result<CallEvent, Refused> {
        let unanswered = |reason| Happening::Ended {
            talk_s: None,
            reason: Some(SaidReason::Known(reason)),
        };
        let happening = match self.0.get("answer_status").and_then(Value::as_str) {
            Some("answered") => Happening::Answered,
            Some("disconnected") => unanswered(EndReason::Missed),
            Some("refused") => unanswered(EndReason::Declined),
            _ => {
                let field = "answer_status";
                return Err(Refused::BadField { field });
            }
        };
        self.event(happening, Some(Direction::Inbound), at)
    }

    fn remark(&self) -> Result<WorkspaceNews, Refused> {
        let bad = Refused::BadField { field: "comment" };
        let text = self.0.get("comment").and_then(Value::as_str).ok_or(bad)?;
        Ok(WorkspaceNews::Remark {
            call_id: self.call_id()?,
            text: plain::lines(text, LONGEST_PROSE),
        })
    }

    fn sign_in(&self) -> Result<WorkspaceNews, Refused> {
        let bad = Refused::BadField { field: "user" };
        let user = match self.0.get("user") {
            None | Some(Value::Null) => return Ok(signed_in(None)),
            Some(Value::Object(user)) => user,
            Some(_) => return Err(bad),
        };
        match user.get("email") {
            None | Some(Value::Null) => Ok(signed_in(None)),
            Some(Value::String(email)) if email.len() <= LONGEST_FIELD => {
                Ok(signed_in(Some(email)))
            }
            Some(_) => Err(Refused::BadField { field: "email" }),
        }
    }

    /// Aircall's ids are numbers; REST knows the call by the same.
    fn call_id(&self) -> Result<String, Refused> {
        let id = self.0.get("call_id").and_then(Id::read);
        let id = id.filter(|id| id.0.bytes().all(|b| b.is_ascii_digit()));
        id.map(|id| id.0)
            .ok_or(Refused::BadField { field: "call_id" })
    }

    fn text(&self, field: &'static str) -> Result<Option<&str>, Refused> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_FIELD => Ok(Some(text)),
            Some(_) => Err(Refused::BadField { field }),
        }
    }

    /// The caller; empty where the number is withheld.
    fn caller(&self, field: &'static str) -> Result<String, Refused> {
        Ok(said::remote(self.text(field)?))
    }

    /// A number that has to be there.
    fn number(&self, field: &'static str) -> Result<String, Refused> {
        let number = said::remote(self.text(field)?);
        let has_digits = number.bytes().any(|b| b.is_ascii_digit());
        has_digits
            .then_some(number)
            .ok_or(Refused::BadField { field })
    }

    fn line(&self, field: &'static str) -> Result<Option<String>, Refused> {
        Ok(said::line(self.text(field)?))
    }
}

fn signed_in(email: Option<&str>) -> WorkspaceNews {
    WorkspaceNews::SignedIn {
        email: email.unwrap_or_default().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests;
