//! Phone numbers: how they are read, compared and written.
//!
//! Both sides of a match go through the same reading: the text a telephony source gives
//! ([`read_remote`]) and the text in a CRM field ([`read_stored`]). What comes out is a
//! [`NumberKey`], and two texts mean the same line exactly when they share a key. Nothing is ever
//! compared by trailing digits: that would give a caller from abroad the name of a contact at home.
//!
//! The text stays the truth. A reading depends on the region it is read in, so when the region
//! changes, the stored texts are read again.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod field;
mod number;
mod overseas;
mod plan;
mod text;
mod uri;
mod withheld;

pub(crate) use text::clean;
pub(crate) use uri::{Address, address_in};

/// A region with a number plan of its own, by its ISO 3166 code of two capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region([u8; 2]);

impl Region {
    /// France.
    pub const FR: Self = Self(*b"FR");

    /// Reads a code in any case. None when no number plan has that name.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let upper = text.to_ascii_uppercase();
        // The reserved code that everybody uses for the United Kingdom.
        let code = if upper == "UK" { "GB" } else { upper.as_str() };
        plan::knows(code).then(|| Self::from_code(code)).flatten()
    }

    /// Every region, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        let letters = || b'A'..=b'Z';
        letters()
            .flat_map(move |first| letters().map(move |second| Self([first, second])))
            .filter(|region| plan::knows(region.as_str()))
    }

    fn from_code(code: &str) -> Option<Self> {
        code.as_bytes().try_into().ok().map(Self)
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The calling code of the region: 33 for France.
    pub fn country_code(self) -> Option<u16> {
        plan::country_code(self)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no region has this code"))
    }
}

/// What sort of line a number leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// A mobile phone.
    Mobile,
    /// A fixed line, or a line of a plan that does not tell fixed from mobile.
    FixedLine,
    /// The caller pays a part above the usual price.
    SharedCost,
    /// The caller pays for a service.
    PremiumRate,
    /// The callee pays.
    TollFree,
    /// A line that lives in the internet.
    Voip,
    /// Six digits at most: an extension, or a service of the country. Equal only to itself.
    Short,
    /// The caller does not show a number.
    Withheld,
    /// The plan does not say, or has no such number.
    Unknown,
}

impl NumberKind {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::FixedLine => "fixed_line",
            Self::SharedCost => "shared_cost",
            Self::PremiumRate => "premium_rate",
            Self::TollFree => "toll_free",
            Self::Voip => "voip",
            Self::Short => "short",
            Self::Withheld => "withheld",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [
            Self::Mobile,
            Self::FixedLine,
            Self::SharedCost,
            Self::PremiumRate,
            Self::TollFree,
            Self::Voip,
            Self::Short,
            Self::Withheld,
            Self::Unknown,
        ];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A number in E.164 form. Only reading makes one, so nobody checks it again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(u64);

impl PhoneNumber {
    /// The number as it was stored: its digits, country code first. None unless there are one to
    /// fifteen of them.
    pub fn from_stored(digits: u64) -> Option<Self> {
        (1..1_000_000_000_000_000)
            .contains(&digits)
            .then_some(Self(digits))
    }

    /// The digits, country code first.
    pub fn digits(self) -> u64 {
        self.0
    }

    /// The E.164 text: `+` and the digits.
    pub fn e164(self) -> String {
        format!("+{}", self.0)
    }

    /// The region it belongs to. None for numbers of no region, and for numbers that no region has
    /// given out under a code that several share.
    pub fn region(self) -> Option<Region> {
        plan::from_digits(self.0)?.region()
    }

    /// What sort of line it leads to.
    pub fn kind(self) -> NumberKind {
        self.class().kind()
    }

    /// Whether the plan has given out numbers like this one.
    pub fn is_valid(self) -> bool {
        plan::from_digits(self.0).is_some_and(|parsed| parsed.is_valid())
    }

    /// Whether a number of its country may have this length. Plans hand out new ranges, and some
    /// are set aside, so this says more about a slip of the finger than [`is_valid`](Self::is_valid).
    pub fn is_possible(self) -> bool {
        plan::from_digits(self.0).is_some_and(|parsed| parsed.is_possible())
    }

    /// The calling code it begins with.
    pub fn country_code(self) -> Option<u16> {
        plan::from_digits(self.0).map(|parsed| parsed.country_code())
    }

    /// Whether a caller pays for a service, or for a personal number that is billed like one.
    pub(crate) fn costs_extra(self) -> bool {
        matches!(
            self.class(),
            plan::Class::PremiumRate | plan::Class::Personal
        )
    }

    fn class(self) -> plan::Class {
        plan::from_digits(self.0).map_or(plan::Class::Invalid, |parsed| parsed.class())
    }

    /// As people of its country write it.
    pub fn national(self) -> String {
        plan::from_digits(self.0).map_or_else(|| self.e164(), |parsed| parsed.national())
    }

    /// As people abroad write it.
    pub fn international(self) -> String {
        plan::from_digits(self.0).map_or_else(|| self.e164(), |parsed| parsed.international())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(..)")
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("+{}", self.0))
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.strip_prefix('+')
            .and_then(|digits| digits.parse().ok())
            .and_then(Self::from_stored)
            .ok_or_else(|| serde::de::Error::custom("not an E.164 number"))
    }
}

/// What is compared: two texts mean the same line exactly when they share a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKey {
    /// A number of a number plan.
    E164(PhoneNumber),
    /// What is no such number: the digits of a short number or of one that fits no plan, or a SIP
    /// name as `user@host` in lower case.
    Text(String),
}

impl NumberKey {
    /// The number, where the key is one.
    pub fn number(&self) -> Option<PhoneNumber> {
        match self {
            Self::E164(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Debug for NumberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::E164(_) => "E164(..)",
            Self::Text(_) => "Text(..)",
        })
    }
}

/// How a text came to its key: what a person can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingRule {
    /// Written with `+` or the prefix for calls abroad.
    International,
    /// A national number, read by the plan of the region.
    National,
    /// A national number with the digit that is dialled before it at home.
    TrunkZero,
    /// Begins with a country code, but has no `+`.
    CountryCodeWithoutPlus,
    /// Followed by an extension or by digits to be sent later, which were set aside.
    ExtensionDropped,
    /// One of several numbers in the field.
    SeveralInField,
    /// A number of French overseas territory, in whichever of its two forms it was written.
    Overseas,
    /// Six digits at most.
    Short,
    /// A SIP address without a number.
    SipName,
    /// Digits that fit no plan; equal only to themselves.
    AsWritten,
}

impl ReadingRule {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::International => "international",
            Self::National => "national",
            Self::TrunkZero => "trunk_zero",
            Self::CountryCodeWithoutPlus => "country_code_without_plus",
            Self::ExtensionDropped => "extension_dropped",
            Self::SeveralInField => "several_in_field",
            Self::Overseas => "overseas",
            Self::Short => "short",
            Self::SipName => "sip_name",
            Self::AsWritten => "as_written",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [
            Self::International,
            Self::National,
            Self::TrunkZero,
            Self::CountryCodeWithoutPlus,
            Self::ExtensionDropped,
            Self::SeveralInField,
            Self::Overseas,
            Self::Short,
            Self::SipName,
            Self::AsWritten,
        ];
        all.into_iter().find(|rule| rule.as_str() == word)
    }
}

/// One way to read a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What is compared.
    pub key: NumberKey,
    /// How it was found.
    pub rule: ReadingRule,
    /// False for a second possible reading: it "could be", and never gives a caller a name.
    pub likely: bool,
}

/// Reads the phone field of a CRM record, as messy as it is. National numbers are read by the plan
/// of `region`. Keys come once each, likelier readings first; nothing for a field without a number.
pub fn read_stored(text: &str, region: Region) -> Vec<Reading> {
    let mut readings = field::readings(text, region);
    keep_best(&mut readings);
    readings
}

/// Drops the weaker of two readings with the same key, keeping the order otherwise.
fn keep_best(readings: &mut Vec<Reading>) {
    if readings.len() < 2 {
        return;
    }
    readings.sort_by_key(|reading| !reading.likely);
    let mut seen = std::collections::BTreeSet::new();
    readings.retain(|reading| seen.insert(reading.key.clone()));
}

/// The number that is not the agent's, as telephony said it and as it was read.
///
/// It is kept as JSON with each call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteNumber {
    /// The text as it came.
    pub input: String,
    /// The likelier number. None for short and withheld numbers and for SIP names.
    pub number: Option<PhoneNumber>,
    /// Every way to read it, the likelier first.
    pub keys: Vec<Reading>,
    /// The region of the number.
    pub region: Option<Region>,
    /// What sort of line it is.
    pub kind: NumberKind,
    /// The extension or the digits to be sent after the call is up, as written. Never dialled by
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

impl fmt::Debug for RemoteNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteNumber")
            .field("region", &self.region)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl RemoteNumber {
    /// A caller who shows no number.
    pub fn withheld() -> Self {
        Self {
            input: String::new(),
            number: None,
            keys: Vec::new(),
            region: None,
            kind: NumberKind::Withheld,
            extension: None,
        }
    }

    /// Whether the caller shows no number.
    pub fn is_withheld(&self) -> bool {
        self.kind == NumberKind::Withheld
    }

    /// What to show: the E.164 form, else the text as it came.
    pub fn display(&self) -> String {
        self.number
            .map_or_else(|| self.input.trim().to_owned(), PhoneNumber::e164)
    }

    /// Whether both surely mean the same line: they share a likely key, or both are withheld.
    pub fn same_number(&self, other: &Self) -> bool {
        if self.is_withheld() || other.is_withheld() {
            return self.is_withheld() && other.is_withheld();
        }
        if self.keys.is_empty() && other.keys.is_empty() {
            return self.input.trim().eq_ignore_ascii_case(other.input.trim());
        }
        let mut likely = self.keys.iter().filter(|reading| reading.likely);
        likely.any(|mine| {
            let same = |its: &Reading| its.likely && its.key == mine.key;
            other.keys.iter().any(same)
        })
    }
}

/// Reads what a telephony source says of the other side: a number in any spelling, a `tel:` or
/// `sip:` address, or a word for a withheld number. Empty text is a withheld number too.
pub fn read_remote(text: &str, region: Region) -> RemoteNumber {
    if withheld::says_so(text) {
        return RemoteNumber {
            input: text.to_owned(),
            ..RemoteNumber::withheld()
        };
    }
    // One caller has one number: what stands behind the first one is no second caller.
    let first = field::read(text, region).into_iter().next();
    let (mut keys, extension) = first.map_or((Vec::new(), None), |found| {
        (found.readings, found.extension)
    });
    keep_best(&mut keys);
    let best = keys.first();
    let number = best.and_then(|reading| reading.key.number());
    let kind = match best {
        Some(reading) if reading.rule == ReadingRule::Short => NumberKind::Short,
        _ => number.map_or(NumberKind::Unknown, PhoneNumber::kind),
    };
    RemoteNumber {
        input: text.to_owned(),
        number,
        region: number.and_then(PhoneNumber::region),
        keys,
        kind,
        extension,
    }
}

/// How many numbers a text holds.
pub(crate) fn numbers_in(text: &str, region: Region) -> usize {
    field::read(text, region).len()
}

/// Whether a word may stand beside the digits of a number without being part of it: "tel", "ext".
pub(crate) fn is_known_word(word: &str) -> bool {
    field::is_known_word(word)
}

/// One number as the number plans alone read it, without anything that a field or a caller adds:
/// its E.164 digits, where they fit, and whether a plan has given out such numbers. For the
/// benchmark, which holds that module to its reference.
#[doc(hidden)]
pub fn plan_reading(text: &str, region: Region) -> Option<(Option<u64>, bool)> {
    let parsed = plan::parse(text, region)?;
    Some((parsed.digits(), parsed.is_valid()))
}

/// Reads a number of each region once, so that the first caller does not wait for the plans to
/// load: some milliseconds, and some more per region.
pub fn warm_up(regions: &[Region]) {
    for region in regions {
        let _ = read_stored("0612345678", *region);
        if let Some(code) = region.country_code() {
            let _ = read_remote(&format!("+{code}612345678"), *region);
        }
    }
}

#[cfg(test)]
mod tests;
