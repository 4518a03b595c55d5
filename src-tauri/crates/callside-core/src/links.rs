//! Links and hook words from outside, as untrusted input.
//!
//! A link may come from any web page, so it is a wish and nothing more: a number to dial becomes a
//! [`DialRequest`] that the agent has to confirm, and word of a call becomes a
//! [`CallEvent`] that is unverified unless it carries the hook key. The command line and the HTTP
//! listener speak the same words and are read here too. No input, of any length, can make this
//! module panic, and nothing but digits and a plus leaves it for a dialler.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::call::{CallEvent, Direction, Happening, SaidReason};
use crate::phone_number::{
    Address, NumberKind, PhoneNumber, ReadingRule, Region, RemoteNumber, address_in, clean,
    is_known_word, numbers_in, read_remote,
};

mod emergency;
mod gate;
mod hook;

pub use gate::{DialGate, GateAnswer};
pub use hook::HookCall;

use hook::{LONGEST_NUMBER, is_placeholder};

/// A link longer than this, in bytes, is refused unread.
const LONGEST_LINK: usize = 2048;
/// The name of a view, in bytes.
const LONGEST_VIEW: usize = 128;

/// What a link asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// To dial a number, once the agent agrees.
    Dial(DialLink),
    /// To be told of a call.
    Call(Box<HookCall>),
    /// To show one of our own windows.
    Open {
        /// A word of the app (`settings`) or a contact's id; letters, digits and `-_:./` only.
        view: String,
    },
}

/// The number part of a link, not yet judged: that needs the region.
#[derive(Clone, PartialEq, Eq)]
pub struct DialLink {
    text: String,
}

impl DialLink {
    /// The number as the link wrote it, decoded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Judges the number; see [`dial_request`].
    ///
    /// # Errors
    /// [`DialRefused`], when nothing of it may be dialled.
    pub fn request(&self, region: Region) -> Result<DialRequest, DialRefused> {
        dial_request(&self.text, region)
    }
}

impl fmt::Debug for DialLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DialLink(..)")
    }
}

/// Why a link was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// The link has more than 2048 bytes, or its number more than 512.
    #[error("read link: it is too long")]
    TooLong,
    /// It holds a control character, plain or encoded.
    #[error("read link: it holds a control character")]
    ControlCharacter,
    /// What it encodes is no text.
    #[error("read link: it is not valid UTF-8")]
    NotText,
    /// The scheme is none of ours.
    #[error("read link: its scheme is unknown")]
    UnknownScheme,
    /// A `callside:` link asks for something that does not exist.
    #[error("read link: it asks for an unknown action")]
    UnknownAction,
    /// A link to dial has no number.
    #[error("read link: it has no number")]
    NoNumber,
    /// The view's name holds more than a name.
    #[error("read link: it names no view")]
    NoView,
}

/// Reads one argument from the operating system: a `tel:`, `callto:`, `sip:`, `sips:` or
/// `callside:` link.
///
/// # Errors
/// [`LinkRefused`] for anything else, and for links that are too long or hold control characters.
pub fn parse(argument: &str) -> Result<Link, LinkRefused> {
    if argument.len() > LONGEST_LINK {
        return Err(LinkRefused::TooLong);
    }
    let argument = argument.trim();
    if argument.chars().any(char::is_control) {
        return Err(LinkRefused::ControlCharacter);
    }
    let (scheme, rest) = argument.split_once(':').ok_or(LinkRefused::UnknownScheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "tel" | "callto" => number_link(rest, "tel:"),
        "sip" | "sips" => number_link(rest, "sip:"),
        "callside" => own_link(rest.trim_start_matches('/')),
        _ => Err(LinkRefused::UnknownScheme),
    }
}

/// The number stays with what belongs to it: a raw `#` starts no fragment here, since it may be
/// part of a dial code.
fn number_link(rest: &str, scheme: &str) -> Result<Link, LinkRefused> {
    if rest.len() > LONGEST_NUMBER {
        return Err(LinkRefused::TooLong);
    }
    let all = decode(rest)?;
    if all.chars().any(char::is_control) {
        return Err(LinkRefused::ControlCharacter);
    }
    // Some pages encode the whole link, the plus and the parameters included.
    let text = format!("{scheme}{}", rest.trim_start());
    let (number, extension) = match address_in(&text) {
        Some(Address::Tel { number, extension }) => (number, extension),
        Some(Address::Sip { user, number, .. }) => (number.unwrap_or(user), None),
        None => return Err(LinkRefused::NoNumber),
    };
    dial_link(&number, extension.as_deref())
}

fn dial_link(number: &str, extension: Option<&str>) -> Result<Link, LinkRefused> {
    let number = number.trim();
    if number.is_empty() || is_placeholder(number) {
        return Err(LinkRefused::NoNumber);
    }
    let text = match extension {
        Some(extension) => format!("{number} ext. {extension}"),
        None => number.to_owned(),
    };
    Ok(Link::Dial(DialLink { text }))
}

fn own_link(rest: &str) -> Result<Link, LinkRefused> {
    let (action, query) = match rest.find(['?', '#']) {
        Some(at) => (
            rest.get(..at).unwrap_or_default(),
            rest.get(at + 1..).unwrap_or_default(),
        ),
        None => (rest, ""),
    };
    let action = action.trim_matches('/').to_ascii_lowercase();
    let pairs = pairs(query);
    match action.split_once('/').unwrap_or((action.as_str(), "")) {
        ("call", what) => {
            let decoded: Result<Vec<_>, _> = pairs
                .into_iter()
                .map(|(key, value)| decode_value(key, value))
                .collect();
            let call = HookCall::from_pairs(what, decoded?.into_iter())?;
            Ok(Link::Call(Box::new(call)))
        }
        ("dial", path) => own_dial(path, &pairs),
        ("open", path) => own_open(path, &pairs),
        _ => Err(LinkRefused::UnknownAction),
    }
}

fn own_dial(path: &str, pairs: &[(&str, &str)]) -> Result<Link, LinkRefused> {
    let number = first_of(pairs, &["to", "number"]).unwrap_or(path);
    if number.len() > LONGEST_NUMBER {
        return Err(LinkRefused::TooLong);
    }
    if is_placeholder(number) {
        return Err(LinkRefused::NoNumber);
    }
    let number = decode(number)?;
    if number.chars().any(char::is_control) {
        return Err(LinkRefused::ControlCharacter);
    }
    match address_in(&number) {
        Some(Address::Tel { number, extension }) => dial_link(&number, extension.as_deref()),
        Some(Address::Sip { user, number, .. }) => dial_link(&number.unwrap_or(user), None),
        None => dial_link(&number, None),
    }
}

fn own_open(path: &str, pairs: &[(&str, &str)]) -> Result<Link, LinkRefused> {
    let view = decode(first_of(pairs, &["view"]).unwrap_or(path))?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_:./".contains(c);
    // A view is a name of ours, never an address.
    let is_name = view.len() <= LONGEST_VIEW && view.chars().all(allowed) && !view.contains("//");
    if view.is_empty() || !is_name {
        return Err(LinkRefused::NoView);
    }
    Ok(Link::Open { view })
}

fn first_of<'a>(pairs: &[(&'a str, &'a str)], keys: &[&str]) -> Option<&'a str> {
    let mut found = pairs
        .iter()
        .filter(|(key, _)| keys.iter().any(|wanted| key.eq_ignore_ascii_case(wanted)));
    found.next().map(|(_, value)| *value)
}

/// The pairs of a query, as written. `name` holds whatever the caller calls itself, so it is last
/// and runs to the end, whatever stands in it.
fn pairs(query: &str) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut rest = query;
    while !rest.is_empty() {
        let starts_name = rest
            .get(..5)
            .is_some_and(|head| head.eq_ignore_ascii_case("name="));
        let (pair, tail) = if starts_name {
            (rest, "")
        } else {
            rest.split_once('&').unwrap_or((rest, ""))
        };
        pairs.push(pair.split_once('=').unwrap_or((pair, "")));
        rest = tail;
    }
    pairs
}

fn decode_value(key: &str, value: &str) -> Result<(String, String), LinkRefused> {
    // "%CallerNumber%" is a placeholder, and would be no text once decoded.
    if is_placeholder(value) {
        return Ok((key.to_owned(), value.to_owned()));
    }
    let value = match decode(value) {
        // A name is for show: bytes that are no text do not spoil the rest.
        Err(LinkRefused::NotText) if key.eq_ignore_ascii_case("name") => {
            percent_decode_str(value).decode_utf8_lossy().into_owned()
        }
        decoded => decoded?,
    };
    Ok((key.to_owned(), value))
}

/// Percent-decodes once; a plus stays a plus.
fn decode(text: &str) -> Result<String, LinkRefused> {
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| LinkRefused::NotText)
}

/// What the agent should think of before dialling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialWarning {
    /// The number calls for help.
    Emergency,
    /// The caller pays for a service.
    PremiumRate,
    /// The caller pays a part above the usual price.
    SharedCost,
    /// A satellite phone.
    Satellite,
    /// A country that is rarely called from here; see [`dial_request`].
    UnusualCountry,
    /// No number of the country has this length, or no country has this code.
    InvalidNumber,
    /// The text can be read in two ways; the likelier is dialled.
    Ambiguous,
    /// An extension or digits to be sent later were set aside; they are not dialled.
    ExtensionSetAside,
}

impl DialWarning {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::PremiumRate => "premium_rate",
            Self::SharedCost => "shared_cost",
            Self::Satellite => "satellite",
            Self::UnusualCountry => "unusual_country",
            Self::InvalidNumber => "invalid_number",
            Self::Ambiguous => "ambiguous",
            Self::ExtensionSetAside => "extension_set_aside",
        }
    }
}

/// A number to dial, once the agent agrees.
#[derive(Clone, PartialEq, Eq)]
pub struct DialRequest {
    /// Exactly what a dialler would get: `+` and digits, or digits alone.
    pub digits: String,
    /// The number, read.
    pub remote: RemoteNumber,
    /// What the agent should think of first.
    pub warnings: Vec<DialWarning>,
    /// The number calls for help.
    pub emergency: bool,
}

impl fmt::Debug for DialRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DialRequest")
            .field("warnings", &self.warnings)
            .field("emergency", &self.emergency)
            .finish_non_exhaustive()
    }
}

/// Why a number is not dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialRefused {
    /// It holds `*` or `#`: a dial code can change settings of a phone or of the network.
    #[error("read number to dial: it holds a dial code")]
    DialCode,
    /// It holds letters that are neither a label nor an extension.
    #[error("read number to dial: it holds letters")]
    Letters,
    /// It has no digits.
    #[error("read number to dial: it has no digits")]
    NoDigits,
    /// It holds more than one number.
    #[error("read number to dial: it holds several numbers")]
    SeveralNumbers,
    /// It has more than 512 bytes, or more digits than any number.
    #[error("read number to dial: it is too long")]
    TooLong,
    /// It holds a control character.
    #[error("read number to dial: it holds a control character")]
    ControlCharacter,
}

/// Judges a number that somebody wants dialled: from a link, typed, or selected on the screen.
///
/// Short and emergency numbers stay exactly as they were written; everything that a number plan
/// knows becomes its E.164 form; other digits stay as they are. A country is unusual unless it is
/// the region's own, a French territory, one of the European Union, the European Economic Area or
/// the small states inside it, Switzerland, the United Kingdom, the United States or Canada: calls
/// elsewhere cost more, and that is where made-up calls go.
///
/// # Errors
/// [`DialRefused`], when nothing of it may be dialled.
pub fn dial_request(text: &str, region: Region) -> Result<DialRequest, DialRefused> {
    if text.len() > LONGEST_NUMBER {
        return Err(DialRefused::TooLong);
    }
    if text.trim().chars().any(char::is_control) {
        return Err(DialRefused::ControlCharacter);
    }
    let cleaned = clean(text);
    let number = match address_in(&cleaned) {
        Some(Address::Tel { number, extension }) => match extension {
            Some(extension) => format!("{number} ext. {extension}"),
            None => number,
        },
        Some(Address::Sip { user, number, .. }) => number.unwrap_or(user),
        None => cleaned.trim().to_owned(),
    };
    let number = clean(&number);
    refuse_by_form(&number)?;
    let mut remote = read_remote(&number, region);
    text.clone_into(&mut remote.input);
    if numbers_in(&number, region) > 1 {
        return Err(DialRefused::SeveralNumbers);
    }
    let digits = digits_to_dial(&remote, &number)?;
    let emergency = remote.number.is_none() && emergency::is_emergency(&digits, region);
    let warnings = warnings(&remote, region, emergency);
    Ok(DialRequest {
        digits,
        remote,
        warnings,
        emergency,
    })
}

fn refuse_by_form(number: &str) -> Result<(), DialRefused> {
    if number.contains(['*', '#']) {
        return Err(DialRefused::DialCode);
    }
    let words = number.split(|c: char| !c.is_alphabetic());
    let mut words = words.filter(|word| !word.is_empty());
    if !words.all(is_known_word) {
        return Err(DialRefused::Letters);
    }
    if !number.contains(|c: char| c.is_ascii_digit()) {
        return Err(DialRefused::NoDigits);
    }
    Ok(())
}

fn digits_to_dial(remote: &RemoteNumber, number: &str) -> Result<String, DialRefused> {
    if let Some(number) = remote.number {
        return Ok(number.e164());
    }
    // Without a reading nothing tells where the number ends and an extension begins.
    if remote.keys.is_empty() && number.contains(char::is_alphabetic) {
        return Err(DialRefused::Letters);
    }
    let read = remote.keys.iter().find_map(|reading| match &reading.key {
        crate::phone_number::NumberKey::Text(digits) => Some(digits.clone()),
        crate::phone_number::NumberKey::E164(_) => None,
    });
    let digits = read.unwrap_or_else(|| number.chars().filter(char::is_ascii_digit).collect());
    if digits.len() > 20 {
        return Err(DialRefused::TooLong);
    }
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DialRefused::NoDigits);
    }
    Ok(digits)
}

fn warnings(remote: &RemoteNumber, region: Region, emergency: bool) -> Vec<DialWarning> {
    let mut warnings = Vec::new();
    let mut warn = |condition: bool, warning| {
        if condition {
            warnings.push(warning);
        }
    };
    let number = remote.number;
    let is_short = remote.kind == NumberKind::Short;
    let satellite = number.is_some_and(is_satellite);
    let possible = number.is_some_and(PhoneNumber::is_possible);
    warn(emergency, DialWarning::Emergency);
    warn(
        number.is_some_and(PhoneNumber::costs_extra),
        DialWarning::PremiumRate,
    );
    warn(
        remote.kind == NumberKind::SharedCost,
        DialWarning::SharedCost,
    );
    warn(satellite, DialWarning::Satellite);
    warn(
        !satellite && number.is_some_and(|number| is_unusual(number, region)),
        DialWarning::UnusualCountry,
    );
    warn(
        !possible && !is_short && !emergency,
        DialWarning::InvalidNumber,
    );
    let doubtful = |reading: &crate::phone_number::Reading| {
        !reading.likely && reading.rule != ReadingRule::Overseas
    };
    warn(remote.keys.iter().any(doubtful), DialWarning::Ambiguous);
    warn(remote.extension.is_some(), DialWarning::ExtensionSetAside);
    warnings
}

/// Country codes of satellite networks.
fn is_satellite(number: PhoneNumber) -> bool {
    matches!(number.country_code(), Some(870 | 881))
}

/// Regions where a call from the usual ones raises no eyebrow.
const USUAL: &[&str] = &[
    "AD", "AT", "AX", "BE", "BG", "BL", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR",
    "GB", "GF", "GP", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MF", "MQ",
    "MT", "NC", "NL", "NO", "PF", "PL", "PM", "PT", "RE", "RO", "SE", "SI", "SJ", "SK", "SM", "US",
    "VA", "WF", "YT",
];

fn is_unusual(number: PhoneNumber, region: Region) -> bool {
    match number.region() {
        Some(its) => its != region && !USUAL.contains(&its.as_str()),
        // The plan has no such number: judge by the country code alone. Codes without a country,
        // such as the free numbers of +800, are no country at all.
        None if number.is_valid() => number.country_code() != Some(800),
        None => {
            let same_code = |code: &str| {
                let its = Region::parse(code).and_then(Region::country_code);
                its == number.country_code()
            };
            region.country_code() != number.country_code()
                && !USUAL.iter().any(|code| same_code(code))
        }
    }
}

#[cfg(test)]
mod tests;
