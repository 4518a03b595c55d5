//! What Allo's embedded dialler says: an experiment.
//!
//! Only the names of four messages are known, and the keys inside them are not. So a call is read
//! by the names that such keys usually have, and whatever is not understood is kept as a
//! [`Shape`]: which keys there were and of which kind, for whoever teaches this file the next
//! message. Who sent a message (the right frame, the right origin) is judged before it comes here.

use std::fmt;

use callside_core::call::{CallEvent, Direction, Happening};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::NAME;
use crate::cloud::said::{self, Id};

/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 64 * 1024;
/// What says that a message is the dialler's.
const SOURCE: &str = "allo-dialer";
/// Keys under which a number may stand, the likeliest first.
const NUMBERS: &[&str] = &[
    "number",
    "phone_number",
    "phoneNumber",
    "contact_number",
    "contactNumber",
];
/// Keys of the calling number.
const FROM: &[&str] = &["from", "from_number", "fromNumber", "caller"];
/// Keys of the called number.
const TO: &[&str] = &["to", "to_number", "toNumber", "callee"];
/// Keys of the call's id.
const IDS: &[&str] = &["call_id", "callId", "id"];
/// How the ids begin by which Allo's records know a call. One of another kind would make the
/// record another call.
const RECORDED: &str = "cll-";
/// The largest shape that is kept.
const MOST_FIELDS: usize = 50;
const DEEPEST: usize = 4;
const LONGEST_KEY: usize = 40;

/// What the dialler said.
#[derive(Clone, PartialEq, Eq)]
pub enum DialerNews {
    /// It is there.
    Ready,
    /// Somebody signed in. Empty where it does not say who.
    SignedIn {
        /// The e-mail address, to be compared with the agent's.
        email: String,
    },
    /// Something happened to a call.
    Call(CallEvent),
    /// Something that nobody understands yet.
    Unknown(Shape),
}

impl fmt::Debug for DialerNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("Ready"),
            Self::SignedIn { .. } => f.write_str("SignedIn"),
            Self::Call(event) => f.debug_tuple("Call").field(event).finish(),
            Self::Unknown(shape) => f.debug_tuple("Unknown").field(shape).finish(),
        }
    }
}

/// The bones of a message: its keys and the kinds of their values, without the values. Holds no
/// digit, so no number either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// What the message calls itself.
    pub kind: String,
    /// One line per key, such as `payload.call.number: text`.
    pub fields: Vec<String>,
}

/// Why a message is none of the dialler's. It carries nothing of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is larger than any true one.
    #[error("read the dialler: the message is too large")]
    TooLarge,
    /// It is no object with the dialler's mark and a type.
    #[error("read the dialler: the message is somebody else's")]
    Foreign,
}

/// Reads one message, as JSON text.
///
/// # Errors
/// [`Refused`].
pub fn translate(message: &str, now: Timestamp) -> Result<DialerNews, Refused> {
    if message.len() > LONGEST_MESSAGE {
        return Err(Refused::TooLarge);
    }
    let Ok(Value::Object(message)) = serde_json::from_str(message) else {
        return Err(Refused::Foreign);
    };
    let word = |name: &str| message.get(name).and_then(Value::as_str);
    let (Some(SOURCE), Some(kind)) = (word("source"), word("type")) else {
        return Err(Refused::Foreign);
    };
    let empty = Map::new();
    let payload = message.get("payload").and_then(Value::as_object);
    let payload = payload.unwrap_or(&empty);
    let unknown = || DialerNews::Unknown(shape(kind, &message));
    Ok(match kind {
        "ready" => DialerNews::Ready,
        "login" => DialerNews::SignedIn {
            email: email(payload),
        },
        "incoming_call" => {
            call(payload, Direction::Inbound, now).map_or_else(unknown, DialerNews::Call)
        }
        "outgoing_call" => {
            call(payload, Direction::Outbound, now).map_or_else(unknown, DialerNews::Call)
        }
        _ => unknown(),
    })
}

/// The payload that hands a number over. Its key is not documented, so the number stands under each
/// name that such a key usually has; all that is known to follow is that the dialler opens with it.
pub fn dial(number: &str) -> Value {
    let named = NUMBERS.iter().chain(&["to"]);
    named
        .map(|name| ((*name).to_owned(), Value::from(number)))
        .collect::<Map<String, Value>>()
        .into()
}

fn email(payload: &Map<String, Value>) -> String {
    let user = payload.get("user").and_then(Value::as_object);
    let email = payload
        .get("email")
        .or(user.and_then(|user| user.get("email")));
    said::line(email.and_then(Value::as_str)).unwrap_or_default()
}

/// The call, when the other side's number can be told from the rest.
fn call(payload: &Map<String, Value>, direction: Direction, at: Timestamp) -> Option<CallEvent> {
    let inner = payload.get("call").and_then(Value::as_object);
    let find = |keys: &[&str]| {
        let mut places = [Some(payload), inner].into_iter().flatten();
        places.find_map(|place| keys.iter().find_map(|key| place.get(*key)))
    };
    let text = |keys: &[&str]| said::line(find(keys).and_then(Value::as_str));
    let (happening, remote, line) = match direction {
        Direction::Inbound => (Happening::Ringing, FROM, TO),
        Direction::Outbound => (Happening::Dialing, TO, FROM),
    };
    let remote = text(remote).or_else(|| text(NUMBERS))?;
    let is_number =
        remote.eq_ignore_ascii_case("anonymous") || remote.bytes().any(|b| b.is_ascii_digit());
    is_number.then(|| CallEvent {
        app: NAME.to_owned(),
        app_call_id: find(IDS)
            .and_then(Id::read)
            .map(|id| id.0)
            .filter(|id| id.starts_with(RECORDED)),
        happening,
        direction: Some(direction),
        remote: Some(said::remote(Some(&remote))),
        line: text(line),
        name: None,
        at,
        verified: true,
    })
}

fn shape(kind: &str, message: &Map<String, Value>) -> Shape {
    let mut fields = Vec::new();
    for (name, value) in message {
        if !["source", "type"].contains(&name.as_str()) {
            describe(&harmless(name), value, DEEPEST, &mut fields);
        }
    }
    Shape {
        kind: harmless(kind),
        fields,
    }
}

fn describe(path: &str, value: &Value, depth: usize, fields: &mut Vec<String>) {
    if fields.len() >= MOST_FIELDS {
        return;
    }
    let kind = match value {
        Value::Object(object) if depth > 0 && !object.is_empty() => {
            for (name, value) in object {
                describe(
                    &format!("{path}.{}", harmless(name)),
                    value,
                    depth - 1,
                    fields,
                );
            }
            return;
        }
        Value::Array(list) if depth > 0 && !list.is_empty() => {
            let first = list.first().unwrap_or(&Value::Null);
            describe(&format!("{path}[]"), first, depth - 1, fields);
            return;
        }
        Value::Null => "null",
        Value::Bool(_) => "yes or no",
        Value::Number(_) => "number",
        Value::String(text) if text.is_empty() => "empty text",
        Value::String(text) if text.starts_with('+') => "text that begins with a plus",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    fields.push(format!("{path}: {kind}"));
}

/// A name without digits, and short. A key may be a number in disguise, and what is no identifier
/// may be anything: a person's name, an address.
fn harmless(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return "(no identifier)".to_owned();
    }
    let hidden = |c: char| if c.is_ascii_digit() { '#' } else { c };
    name.chars().take(LONGEST_KEY).map(hidden).collect()
}

#[cfg(test)]
mod tests;
