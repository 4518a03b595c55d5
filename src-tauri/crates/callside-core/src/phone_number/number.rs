//! The readings of one number: digits with marks between them, and no words.

use super::overseas::{self, Home};
use super::plan::{self, Parsed};
use super::{NumberKey, PhoneNumber, Reading, ReadingRule, Region};

/// Short numbers have at most this many digits.
pub(super) const SHORT: usize = 6;
/// An E.164 number has at most this many.
pub(super) const LONGEST: usize = 15;
/// Digits beyond this are no number, whatever prefix they may hold.
const ENDLESS: usize = 20;

/// Reads the digits of one number, whatever stands between them. Empty when there are none, or far
/// too many. The likelier reading comes first.
pub(super) fn read_number(text: &str, region: Region) -> Vec<Reading> {
    let Some(compact) = Compact::of(&[text]) else {
        return Vec::new();
    };
    let digits = compact.digits();
    if compact.has_plus() {
        return read_international(text, &compact, region);
    }
    match digits.len() {
        0 | 1 => Vec::new(),
        2..=SHORT if !is_whole_number(digits, region) => {
            vec![as_text(digits, ReadingRule::Short)]
        }
        // Ten zeros fill a field that must not be empty.
        _ if digits.bytes().all(|byte| byte == b'0') => Vec::new(),
        _ => read_digits(text, digits, region),
    }
}

/// A plus and digits, without the heap: this runs once per field of every contact.
#[derive(Default)]
struct Compact {
    bytes: [u8; 24],
    len: usize,
}

impl Compact {
    fn of(parts: &[&str]) -> Option<Self> {
        let mut compact = Self::default();
        for byte in parts.iter().flat_map(|part| part.bytes()) {
            let plus_first = byte == b'+' && compact.len == 0;
            if byte.is_ascii_digit() || plus_first {
                *compact.bytes.get_mut(compact.len)? = byte;
                compact.len += 1;
            }
        }
        Some(compact)
    }

    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn has_plus(&self) -> bool {
        self.as_str().starts_with('+')
    }

    fn digits(&self) -> &str {
        self.as_str().trim_start_matches('+')
    }
}

/// The readings found so far, of a text that is read for this region.
struct Readings {
    region: Region,
    found: Vec<Reading>,
}

impl Readings {
    fn new(region: Region) -> Self {
        Self {
            region,
            found: Vec::new(),
        }
    }

    /// Adds the number, in its overseas form where it has one.
    fn add(&mut self, parsed: &Parsed, rule: ReadingRule, likely: bool) {
        let Some(number) = parsed.digits().and_then(PhoneNumber::from_stored) else {
            return;
        };
        match overseas::home(number.digits()) {
            Home::Mainland => self.add_number(number, rule, likely),
            Home::Overseas(form) => self.add_number(form, ReadingRule::Overseas, likely),
            Home::Unclear(forms) => {
                // Whoever lives in one of these regions means the line there.
                let here = self.region.country_code();
                let mine = forms.iter().find(|form| form.country_code() == here);
                match mine {
                    Some(mine) => self.add_number(*mine, ReadingRule::Overseas, likely),
                    None => self.add_number(number, rule, likely),
                }
                for form in forms.iter().filter(|form| Some(*form) != mine) {
                    self.add_number(*form, ReadingRule::Overseas, false);
                }
            }
        }
    }

    fn add_number(&mut self, number: PhoneNumber, rule: ReadingRule, likely: bool) {
        self.found.push(Reading {
            key: NumberKey::E164(number),
            rule,
            likely,
        });
    }

    fn add_text(&mut self, digits: &str) {
        self.found.push(as_text(digits, ReadingRule::AsWritten));
    }

    fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn likelier_first(mut self) -> Vec<Reading> {
        if self.found.len() > 1 {
            self.found.sort_by_key(|reading| !reading.likely);
        }
        self.found
    }
}

fn as_text(digits: &str, rule: ReadingRule) -> Reading {
    Reading {
        key: NumberKey::Text(digits.to_owned()),
        rule,
        likely: true,
    }
}

/// Few digits are a whole number only where all numbers are that short.
fn is_whole_number(digits: &str, region: Region) -> bool {
    let len = u32::try_from(digits.len()).unwrap_or(u32::MAX);
    plan::usual_len(region).is_some_and(|usual| len >= usual)
        && plan::parse(digits, region).is_some_and(|parsed| parsed.is_valid())
}

fn read_international(text: &str, compact: &Compact, region: Region) -> Vec<Reading> {
    let digits = compact.digits();
    if digits.is_empty() {
        return Vec::new();
    }
    let mut readings = Readings::new(region);
    let parsed = plan::parse(compact.as_str(), region);
    if let Some(parsed) = without_marked_zero(text, parsed, region) {
        readings.add(&parsed, ReadingRule::International, true);
    }
    if readings.is_empty() {
        readings.add_text(digits);
        // "+06 12…": a plus where none belongs.
        let national = plan::parse(digits, overseas::plan_of(region));
        if let Some(national) = national.filter(Parsed::is_valid) {
            readings.add(&national, ReadingRule::National, false);
        }
    }
    readings.likelier_first()
}

/// "+34 (0)915…": the zero in brackets is not dialled from abroad. A plan that has no such zero does
/// not take it off by itself; in Italy it belongs to the number, which is valid with it.
fn without_marked_zero(text: &str, parsed: Option<Parsed>, region: Region) -> Option<Parsed> {
    let Some((before, after)) = text.split_once("(0)") else {
        return parsed;
    };
    if parsed.as_ref().is_some_and(Parsed::is_valid) {
        return parsed;
    }
    let without = Compact::of(&[before, after])
        .and_then(|compact| plan::parse(compact.as_str(), region))
        .filter(Parsed::is_valid);
    without.or(parsed)
}

/// Digits without a plus: a national number, one with the prefix for calls abroad, or one whose
/// country code has lost its plus.
fn read_digits(text: &str, digits: &str, region: Region) -> Vec<Reading> {
    let home = overseas::plan_of(region);
    let mut readings = Readings::new(region);
    if digits.starts_with('0') {
        let parsed = without_marked_zero(text, plan::parse(digits, home), home);
        add_after_zero(&mut readings, digits, parsed.as_ref(), home);
    } else {
        let parsed = plan::parse(digits, home);
        let national_form = text.starts_with('(');
        add_bare(&mut readings, digits, parsed.as_ref(), home, national_form);
    }
    if readings.is_empty() && region != home {
        // An overseas number as its own region writes it.
        if let Some(own) = plan::parse(digits, region).filter(Parsed::is_valid) {
            readings.add(&own, ReadingRule::National, true);
        }
    }
    if readings.is_empty() && digits.len() <= ENDLESS {
        readings.add_text(digits);
    }
    readings.likelier_first()
}

/// With a zero in front, the text is national or dialled abroad. `00` is understood everywhere, also
/// where people dial something else: numbers travel between countries in that form.
fn add_after_zero(readings: &mut Readings, digits: &str, parsed: Option<&Parsed>, home: Region) {
    let abroad = digits
        .strip_prefix("00")
        .filter(|rest| parsed.and_then(Parsed::digits) != rest.parse().ok())
        .and_then(|rest| international(rest, home));
    if let Some(abroad) = abroad {
        readings.add(&abroad, ReadingRule::International, true);
        if let Some(parsed) = parsed.filter(|parsed| parsed.is_valid()) {
            readings.add(parsed, rule_of(digits, parsed, home), false);
        }
    } else if let Some(parsed) = parsed {
        let rule = rule_of(digits, parsed, home);
        if rule == ReadingRule::International || parsed.is_possible() {
            readings.add(parsed, rule, true);
        }
    }
}

/// Bare digits without a leading zero may be national, or international without the plus. When both
/// are numbers, a country code of the own country counts more than a national number that lacks the
/// zero everybody dials; otherwise the national reading counts more.
fn add_bare(
    readings: &mut Readings,
    digits: &str,
    national: Option<&Parsed>,
    home: Region,
    national_form: bool,
) {
    const WITHOUT_PLUS: ReadingRule = ReadingRule::CountryCodeWithoutPlus;
    let plus = international(digits, home);
    match (national, plus) {
        (Some(national), Some(plus)) if national.digits() == plus.digits() => {
            readings.add(&plus, WITHOUT_PLUS, true);
        }
        (Some(national), Some(plus)) if national.is_valid() => {
            let at_home = Some(plus.country_code()) == home.country_code();
            let plus_first = at_home && !national_form && plan::has_trunk_zero(home);
            readings.add(&plus, WITHOUT_PLUS, plus_first);
            readings.add(national, rule_of(digits, national, home), !plus_first);
        }
        (_, Some(plus)) => readings.add(&plus, WITHOUT_PLUS, true),
        (Some(national), None) if national.is_possible() || national.is_valid() => {
            readings.add(national, rule_of(digits, national, home), true);
        }
        _ => {}
    }
}

/// The digits as if they stood behind a plus, when that is a number somebody can have.
fn international(digits: &str, region: Region) -> Option<Parsed> {
    if digits.starts_with('0') || digits.len() > LONGEST {
        return None;
    }
    // Taking the country code off is enough, and far cheaper than reading the text again; only a
    // zero behind the code needs the plan to say whether it belongs to the number.
    let parsed = plan::from_digits(digits.parse().ok()?)?;
    if parsed.is_valid() {
        return Some(parsed);
    }
    if !parsed.starts_with_zero() {
        return None;
    }
    let compact = Compact::of(&["+", digits])?;
    plan::parse(compact.as_str(), region)
        .filter(|parsed| begins_with(digits, parsed))
        .filter(Parsed::is_valid)
}

fn begins_with(digits: &str, parsed: &Parsed) -> bool {
    let mut code = parsed.country_code();
    let len = code.checked_ilog10().map_or(1, |log| log + 1);
    let head = usize::try_from(len).ok().and_then(|len| digits.get(..len));
    head.is_some_and(|head| {
        head.bytes().rev().all(|byte| {
            let last = code % 10;
            code /= 10;
            u16::from(byte.wrapping_sub(b'0')) == last
        })
    })
}

/// What a text without a plus was, by what the plan made of it.
fn rule_of(digits: &str, parsed: &Parsed, home: Region) -> ReadingRule {
    let after = digits
        .strip_prefix("00")
        .or_else(|| digits.strip_prefix("011"));
    let has_code = after.is_some_and(|rest| begins_with(rest, parsed));
    // The code stands there, and what is left is not a national number that looks like one.
    let abroad = has_code && digits.len() > parsed.national_len() + 2;
    if abroad || home.country_code() != Some(parsed.country_code()) {
        ReadingRule::International
    } else if digits.starts_with('0') {
        ReadingRule::TrunkZero
    } else {
        ReadingRule::National
    }
}
