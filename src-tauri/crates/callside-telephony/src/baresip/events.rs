//! baresip's events, in our words.
//!
//! Version 1.0.0 spells the account's field `accountaor`; others may spell it right one day. Every
//! field may be missing or of another type, and is then as good as not said.

use std::collections::BTreeSet;

use callside_core::call::{CallEvent, Direction, EndReason, Happening, SaidReason};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::NAME;

const LONGEST_ID: usize = 128;
const LONGEST_REMOTE: usize = 256;
const LONGEST_NAME: usize = 128;
const LONGEST_LINE: usize = 64;
/// Calls whose beginning is remembered; more than any desk has at once.
const MOST_CALLS: usize = 64;

/// The calls whose beginning this connection has seen.
///
/// "Connection reset by user" means a refusal before the answer and a plain end after it. Only
/// when nothing was missed can the two be told apart.
#[derive(Debug, Default)]
pub(super) struct Watched {
    begun: BTreeSet<String>,
}

impl Watched {
    /// Reads an event. None when it says nothing about a call.
    pub(super) fn read(&mut self, message: &Value, now: Timestamp) -> Option<CallEvent> {
        let direction = match text(message, "direction") {
            Some("incoming") => Some(Direction::Inbound),
            Some("outgoing") => Some(Direction::Outbound),
            _ => None,
        };
        let id = text(message, "id").map(|id| cut(id, LONGEST_ID));
        let happening = match text(message, "type")? {
            "CALL_INCOMING" => Happening::Ringing,
            "CALL_OUTGOING" => Happening::Dialing,
            "CALL_RINGING" | "CALL_PROGRESS" if direction == Some(Direction::Inbound) => {
                Happening::Ringing
            }
            "CALL_RINGING" | "CALL_PROGRESS" => Happening::Dialing,
            "CALL_ESTABLISHED" | "CALL_ANSWERED" => Happening::Answered,
            "CALL_HOLD" => Happening::Held,
            "CALL_RESUME" => Happening::Resumed,
            "CALL_CLOSED" => Happening::Ended {
                talk_s: None,
                reason: self.reason(message, direction, id.as_deref()),
            },
            _ => return None,
        };
        self.remember(&happening, id.as_deref());
        Some(CallEvent {
            app: NAME.to_owned(),
            app_call_id: id,
            happening,
            direction,
            remote: text(message, "peeruri").map(|uri| cut(&remote(uri), LONGEST_REMOTE)),
            line: account(message).map(|aor| cut(&line(aor), LONGEST_LINE)),
            name: text(message, "peerdisplayname").map(|name| cut(name.trim(), LONGEST_NAME)),
            at: now,
            verified: true,
        })
    }

    fn remember(&mut self, happening: &Happening, id: Option<&str>) {
        let Some(id) = id else { return };
        match happening {
            Happening::Ended { .. } => {
                self.begun.remove(id);
            }
            Happening::Ringing | Happening::Dialing if self.begun.len() < MOST_CALLS => {
                self.begun.insert(id.to_owned());
            }
            _ => {}
        }
    }

    fn reason(
        &self,
        message: &Value,
        direction: Option<Direction>,
        id: Option<&str>,
    ) -> Option<SaidReason> {
        let param = text(message, "param")?.trim().to_ascii_lowercase();
        let outbound = direction == Some(Direction::Outbound);
        let reason = match status_code(&param) {
            Some(486 | 600) => EndReason::Busy,
            Some(403 | 603 | 607 | 608) => EndReason::Declined,
            Some(487) if outbound => EndReason::Cancelled,
            Some(400..=699) if outbound => EndReason::Failed,
            Some(_) => return None,
            None => self.reason_in_words(&param, outbound, id)?,
        };
        Some(SaidReason::Known(reason))
    }

    fn reason_in_words(&self, param: &str, outbound: bool, id: Option<&str>) -> Option<EndReason> {
        let says = |word: &str| param.contains(word);
        let seen_from_start = id.is_some_and(|id| self.begun.contains(id));
        Some(match outbound {
            _ if says("busy") => EndReason::Busy,
            _ if says("rejected") || says("declined") => EndReason::Declined,
            false if says("by user") && seen_from_start => EndReason::Declined,
            true if says("by user") && seen_from_start => EndReason::Cancelled,
            true if says("cancel") => EndReason::Cancelled,
            true if says("timed out") || says("unreachable") || says("refused") => {
                EndReason::Failed
            }
            _ => return None,
        })
    }
}

/// The status at the start of texts such as `486 Busy Here`.
fn status_code(param: &str) -> Option<u16> {
    let word = param.split(' ').next()?;
    (word.len() == 3).then(|| word.parse().ok()).flatten()
}

fn text<'a>(message: &'a Value, field: &str) -> Option<&'a str> {
    let text = message.get(field)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

fn account(message: &Value) -> Option<&str> {
    ["accountaor", "account_aor", "aor"]
        .iter()
        .find_map(|field| text(message, field))
}

/// The number of a SIP address where its user part is one, the address itself where it is not, and
/// nothing for a caller who does not want to be known.
fn remote(uri: &str) -> String {
    let address = address(uri);
    let (user, host) = address.split_once('@').unwrap_or(("", &address));
    let user = percent_decode_str(user).decode_utf8_lossy();
    let bare = user.split(';').next().unwrap_or_default();
    const WITHHELD: [&str; 5] = [
        "anonymous",
        "restricted",
        "unknown",
        "unavailable",
        "private",
    ];
    let lower = bare.to_ascii_lowercase();
    if WITHHELD.contains(&lower.as_str()) || host.eq_ignore_ascii_case("anonymous.invalid") {
        return String::new();
    }
    if is_number(bare) {
        return bare.to_owned();
    }
    format!("sip:{address}")
}

/// The agent's own account: its number where it is one, else its address.
fn line(aor: &str) -> String {
    let address = address(aor);
    match address.split_once('@') {
        Some((user, _)) if is_number(user) => user.to_owned(),
        _ => address,
    }
}

/// `user@host` of a SIP address in any dress: `"Ann" <sips:user@host;transport=tcp>;tag=1`.
fn address(uri: &str) -> String {
    let inner = match uri.split_once('<') {
        Some((_, inner)) => inner.split('>').next().unwrap_or_default(),
        None => uri,
    };
    let inner = inner.trim();
    let bare = match inner.split_once(':') {
        Some((scheme, bare))
            if ["sip", "sips", "tel"]
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known)) =>
        {
            bare
        }
        _ => inner,
    };
    match bare.split_once('@') {
        Some((user, host)) => {
            let host = host.split([';', '?']).next().unwrap_or_default();
            format!("{user}@{host}")
        }
        // A `tel:` address, or a host alone.
        None => {
            let bare = bare.split([';', '?']).next().unwrap_or_default();
            if is_number(bare) {
                format!("{bare}@")
            } else {
                bare.to_owned()
            }
        }
    }
}

fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let allowed = |c: char| c.is_ascii_digit() || " .-()/".contains(c);
    bare.chars().any(|c| c.is_ascii_digit()) && bare.chars().all(allowed)
}

/// On one line, without control characters, cut at so many bytes.
fn cut(text: &str, longest: usize) -> String {
    let mut end = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if end.len() + c.len_utf8() > longest {
            break;
        }
        end.push(c);
    }
    end
}

#[cfg(test)]
mod tests;
