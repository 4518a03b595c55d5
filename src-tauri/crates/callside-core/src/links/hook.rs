//! The words in which a softphone tells of a call: by link, command line or HTTP.

use super::{
    CallEvent, Direction, Happening, LinkRefused, SaidReason, SignedDuration, Timestamp, clean, fmt,
};

const LONGEST_ID: usize = 128;
const LONGEST_LINE: usize = 64;
const LONGEST_NAME: usize = 128;
const LONGEST_APP: usize = 32;
/// The number of a caller, in bytes.
pub(super) const LONGEST_NUMBER: usize = 512;
/// A clock that is further off than this is not believed.
const CREDIBLE: SignedDuration = SignedDuration::from_hours(1);

/// What a hook said of a call, checked but not yet believed.
#[derive(Clone, PartialEq, Eq)]
pub struct HookCall {
    /// What happened.
    pub happening: Happening,
    /// Seen from the agent, where the hook said so.
    pub direction: Option<Direction>,
    /// Who calls. Empty text is a withheld caller, None is a hook that did not say.
    pub from: Option<String>,
    /// Who is called.
    pub to: Option<String>,
    /// The softphone's id of the call, at most 128 bytes.
    pub id: Option<String>,
    /// Short name of the softphone: small letters, digits and dashes, at most 32.
    pub app: Option<String>,
    /// The agent's number or account, at most 64 characters.
    pub line: Option<String>,
    /// The display name, untrusted: plain text of at most 128 characters.
    pub name: Option<String>,
    /// The instant of the event by the softphone's clock.
    pub at: Option<Timestamp>,
    /// The hook key, to be compared by whoever knows the right one.
    pub key: Option<String>,
    /// Keys that still held a placeholder, such as `$caller$`: the softphone did not fill it in.
    pub unfilled: Vec<&'static str>,
}

impl fmt::Debug for HookCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookCall")
            .field("happening", &self.happening)
            .field("direction", &self.direction)
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}

impl HookCall {
    /// Reads the action (`ringing`, `call/ended`) and what was said with it. The keys are `from`,
    /// `to`, `number` (the other side, whichever of the two that is), `id`, `dir`, `app`, `line`,
    /// `name`, `at`, `dur`, `reason` and `key`. Unknown keys are ignored, of duplicates the first
    /// counts, and a value that makes no sense is as good as none.
    ///
    /// # Errors
    /// [`LinkRefused::UnknownAction`]; [`LinkRefused::TooLong`] and
    /// [`LinkRefused::ControlCharacter`] for the numbers.
    pub fn from_pairs(
        action: &str,
        pairs: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, LinkRefused> {
        let said = Said::collect(pairs)?;
        let happening = said.happening(action)?;
        let direction = said.direction();
        let mut call = Self {
            direction,
            from: said.from.clone(),
            to: said.to.clone(),
            id: said.id.clone().filter(|id| id.len() <= LONGEST_ID),
            app: said.app.as_deref().and_then(app_name),
            line: said.line.as_deref().map(|line| short(line, LONGEST_LINE)),
            name: said.name.as_deref().map(|name| short(name, LONGEST_NAME)),
            at: said.at.as_deref().and_then(instant),
            key: said.key.clone(),
            unfilled: said.unfilled,
            happening,
        };
        if let Some(number) = said.number.filter(|number| !number.trim().is_empty()) {
            let outbound = call.is_outbound();
            let other = if outbound {
                &mut call.to
            } else {
                &mut call.from
            };
            // A number at the end of a command line wins over an empty option.
            if other.as_deref().is_none_or(|text| text.trim().is_empty()) {
                *other = Some(number);
            }
        } else if said.number_given {
            let outbound = call.is_outbound();
            let other = if outbound {
                &mut call.to
            } else {
                &mut call.from
            };
            other.get_or_insert_default();
        }
        Ok(call)
    }

    /// Whether the agent is the caller. A hook that names only the callee means a call out.
    fn is_outbound(&self) -> bool {
        match (self.direction, &self.happening) {
            (Some(direction), _) => direction == Direction::Outbound,
            (None, Happening::Dialing) => true,
            (None, Happening::Ringing) => false,
            (None, _) => self.from.is_none() && self.to.is_some(),
        }
    }

    /// What the call machine is told. `verified` is whether the key was the right one. A time more
    /// than an hour off is replaced by `now`.
    pub fn into_event(self, now: Timestamp, verified: bool) -> CallEvent {
        let outbound = self.is_outbound();
        let said_out = outbound && self.direction.is_none();
        let direction = if said_out {
            Some(Direction::Outbound)
        } else {
            self.direction
        };
        let (remote, own) = if outbound {
            (self.to, self.from)
        } else {
            (self.from, self.to)
        };
        let credible = |at: &Timestamp| now.duration_since(*at).abs() <= CREDIBLE;
        CallEvent {
            app: self.app.unwrap_or_else(|| "link".to_owned()),
            app_call_id: self.id,
            happening: self.happening,
            direction,
            remote,
            line: self
                .line
                .or(own.map(|own| short(&own, LONGEST_LINE)))
                .filter(|line| !line.is_empty()),
            name: self.name.filter(|name| !name.is_empty()),
            at: self.at.filter(credible).unwrap_or(now),
            verified,
        }
    }
}

/// The words as they came, the first of each.
#[derive(Default)]
struct Said {
    from: Option<String>,
    to: Option<String>,
    number: Option<String>,
    number_given: bool,
    id: Option<String>,
    dir: Option<String>,
    app: Option<String>,
    line: Option<String>,
    name: Option<String>,
    at: Option<String>,
    dur: Option<String>,
    reason: Option<String>,
    key: Option<String>,
    unfilled: Vec<&'static str>,
}

impl Said {
    fn collect(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, LinkRefused> {
        let mut said = Self::default();
        for (key, value) in pairs {
            said.take(key.trim().to_ascii_lowercase().as_str(), value)?;
        }
        Ok(said)
    }

    fn take(&mut self, key: &str, value: String) -> Result<(), LinkRefused> {
        let (name, slot) = match key {
            "from" => ("from", &mut self.from),
            "to" => ("to", &mut self.to),
            "number" => ("number", &mut self.number),
            "id" => ("id", &mut self.id),
            "dir" => ("dir", &mut self.dir),
            "app" => ("app", &mut self.app),
            "line" => ("line", &mut self.line),
            "name" => ("name", &mut self.name),
            "at" => ("at", &mut self.at),
            "dur" => ("dur", &mut self.dur),
            "reason" => ("reason", &mut self.reason),
            "key" => ("key", &mut self.key),
            _ => return Ok(()),
        };
        if slot.is_some() {
            return Ok(());
        }
        let is_number = matches!(name, "from" | "to" | "number");
        if is_number && value.len() > LONGEST_NUMBER {
            return Err(LinkRefused::TooLong);
        }
        if is_number && value.chars().any(char::is_control) {
            return Err(LinkRefused::ControlCharacter);
        }
        self.number_given |= name == "number";
        let value = value.trim();
        let value = if is_placeholder(value) {
            self.unfilled.push(name);
            ""
        } else {
            value
        };
        // Nothing is a caller who shows no number; for everything else it is nothing.
        if is_number || !value.is_empty() {
            *slot = Some(value.to_owned());
        }
        Ok(())
    }

    fn direction(&self) -> Option<Direction> {
        match self.dir.as_deref()?.to_ascii_lowercase().as_str() {
            "in" | "inbound" | "incoming" => Some(Direction::Inbound),
            "out" | "outbound" | "outgoing" => Some(Direction::Outbound),
            _ => None,
        }
    }

    fn happening(&self, action: &str) -> Result<Happening, LinkRefused> {
        let action = action.trim_matches('/');
        let action = action.strip_prefix("call/").unwrap_or(action);
        Ok(match action.to_ascii_lowercase().as_str() {
            "ringing" => Happening::Ringing,
            "dialing" => Happening::Dialing,
            "answered" => Happening::Answered,
            "held" => Happening::Held,
            "resumed" => Happening::Resumed,
            "ended" => Happening::Ended {
                talk_s: self.dur.as_deref().and_then(|dur| dur.parse().ok()),
                reason: self.reason.as_deref().and_then(SaidReason::from_word),
            },
            _ => return Err(LinkRefused::UnknownAction),
        })
    }
}

/// Words in the form of a placeholder: `%X%`, `$x`, `$x$`, `$$X$$`, `{x}`, `${x}`.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let inside = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(is_name)
    };
    inside("$$", "$$")
        || inside("$", "$")
        || inside("${", "}")
        || inside("{{", "}}")
        || inside("{", "}")
        || inside("%{", "}")
        || inside("%", "%")
        || value.strip_prefix('$').is_some_and(is_name)
}

fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "_-. ".contains(c);
    !text.is_empty() && text.chars().all(inner)
}

fn app_name(text: &str) -> Option<String> {
    let app = text.to_ascii_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    ((1..=LONGEST_APP).contains(&app.len()) && app.chars().all(allowed)).then_some(app)
}

/// Plain text on one line, without what cannot be seen, cut at so many characters.
fn short(text: &str, longest: usize) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !clean(c.encode_utf8(&mut [0; 4])).is_empty())
        .take(longest)
        .collect();
    text.trim().to_owned()
}

fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return Timestamp::from_second(number).ok();
    }
    text.parse().ok()
}
