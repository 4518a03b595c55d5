//! From a messy text to the numbers in it.
//!
//! A text is cut into runs of digits; what stands between them tells whether a run is a second
//! number, an extension or neither. The number plan is asked about whole runs only. It is never
//! given words: it would turn the letters of a name into digits.

use super::overseas::{self, Home};
use super::plan::{self, Parsed};
use super::text::{clean, fold};
use super::uri::{Address, address_in};
use super::{NumberKey, PhoneNumber, Reading, ReadingRule, Region};

/// One number of a text, with every way to read it.
#[derive(Debug)]
pub(super) struct Found {
    /// The likelier reading first.
    pub(super) readings: Vec<Reading>,
    /// What is to be dialled once the call is up.
    pub(super) extension: Option<String>,
}

/// Short numbers have at most this many digits.
const SHORT: usize = 6;
/// An E.164 number has at most this many.
const LONGEST: usize = 15;

/// Words that announce an extension.
const EXTENSION: &[&str] = &[
    "#",
    "app",
    "dw",
    "durchwahl",
    "ext",
    "extension",
    "extn",
    "int",
    "interne",
    "p",
    "post",
    "poste",
    "w",
    "wait",
    "x",
];
/// Words between two numbers of a field.
const OR: &[&str] = &[
    "&", ",", "/", ";", "and", "e", "et", "o", "oder", "or", "ou", "puis", "und", "y", "|",
];
/// Words before a short number that still make it one.
const LABELS: &[&str] = &[
    "bureau",
    "central",
    "court",
    "desk",
    "direct",
    "fixe",
    "ligne",
    "mobile",
    "n",
    "no",
    "num",
    "numero",
    "office",
    "phone",
    "portable",
    "short",
    "standard",
    "std",
    "tel",
    "telephone",
];

/// The numbers in the text, in order. Empty when there is none.
pub(super) fn read(text: &str, region: Region) -> Vec<Found> {
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    if is_plain(text)
        && let Some(found) = read_plain(text, region)
    {
        return vec![found];
    }
    if let Some(address) = address_in(text) {
        return read_address(text, address, region);
    }
    read_runs(text, region)
}

/// Digits and blanks, dots, dashes or brackets: by far the most fields.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((first, rest)) = bytes.split_first() else {
        return false;
    };
    let inner = |byte: &u8| byte.is_ascii_digit() || b" .-()".contains(byte);
    (inner(first) || *first == b'+') && rest.iter().all(inner)
}

/// A plain text that is one number of a plan. None leaves it to the slower ways.
fn read_plain(text: &str, region: Region) -> Option<Found> {
    if opens_bracket_late(text) {
        return None;
    }
    let readings = read_number(text, region);
    let is_whole = readings
        .iter()
        .any(|reading| reading.likely && reading.rule != ReadingRule::AsWritten);
    is_whole.then_some(Found {
        readings,
        extension: None,
    })
}

fn read_address(text: &str, address: Address, region: Region) -> Vec<Found> {
    match address {
        Address::Tel { number, extension } => {
            let mut found = if is_plain(&number) {
                let readings = read_number(&number, region);
                let found = Found {
                    readings,
                    extension: None,
                };
                vec![found]
            } else {
                read_runs(&number, region)
            };
            found.retain(|found| !found.readings.is_empty());
            if let (Some(first), Some(extension)) = (found.first_mut(), extension) {
                first.drop_extension(extension);
            }
            found
        }
        Address::Sip {
            number: Some(number),
            ..
        } => vec![Found {
            readings: read_number(&number, region),
            extension: None,
        }],
        Address::Sip { user, host, .. } => {
            // An address in a field may stand beside a number.
            let mut found = read_runs(before_address(text), region);
            found.retain(|found| found.is_number());
            if !user.is_empty() && !host.is_empty() {
                let name = format!("{}@{}", user.to_lowercase(), host.to_lowercase());
                found.push(Found::text(name, ReadingRule::SipName));
            }
            found
        }
    }
}

fn before_address(text: &str) -> &str {
    let lower_sip = |window: &[u8]| window.eq_ignore_ascii_case(b"sip");
    let start = text.as_bytes().windows(3).position(lower_sip).unwrap_or(0);
    text.get(..start).unwrap_or_default()
}

impl Found {
    fn text(text: String, rule: ReadingRule) -> Self {
        Self {
            readings: vec![Reading {
                key: NumberKey::Text(text),
                rule,
                likely: true,
            }],
            extension: None,
        }
    }

    /// A number of a plan, not a short one and not mere digits.
    fn is_number(&self) -> bool {
        self.readings
            .iter()
            .any(|reading| reading.likely && reading.key.number().is_some())
    }

    fn is_short(&self) -> bool {
        self.readings
            .iter()
            .any(|reading| reading.rule == ReadingRule::Short)
    }

    fn drop_extension(&mut self, extension: String) {
        self.extension = Some(extension);
        self.say(ReadingRule::ExtensionDropped);
    }

    fn say(&mut self, rule: ReadingRule) {
        for reading in &mut self.readings {
            reading.rule = rule;
        }
    }
}

/// A stretch of digits and the marks people put between them.
#[derive(Debug)]
struct Run<'a> {
    /// What stands between the run before and this one.
    before: &'a str,
    text: &'a str,
}

fn read_runs(text: &str, region: Region) -> Vec<Found> {
    let runs = runs_of(text);
    let mut numbers: Vec<Found> = Vec::new();
    let mut others: Vec<Found> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let digits = digits_of(run.text);
        let short = digits.len() <= SHORT && !run.text.trim_start().starts_with(['+', '(']);
        if short
            && says_extension(run.before)
            && let Some(number) = numbers.last_mut()
        {
            if number.extension.is_none() {
                number.drop_extension(digits);
            }
            continue;
        }
        let read = read_run(run.text, region);
        let (whole, rest): (Vec<Found>, Vec<Found>) = read.into_iter().partition(Found::is_number);
        numbers.extend(whole);
        let after = runs.get(index + 1).map(|next| next.before);
        for found in rest {
            if found.is_short() && is_alternative(index, run.before, after) && digits.len() >= 3 {
                numbers.push(found);
            } else if is_label(run.before) {
                others.push(found);
            }
        }
    }
    if numbers.is_empty() {
        // Without a number, digits mean something only when they stand alone.
        return if runs.len() == 1 { others } else { Vec::new() };
    }
    if numbers.len() > 1 {
        for number in &mut numbers {
            number.say(ReadingRule::SeveralInField);
        }
    }
    numbers
}

fn runs_of(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+') {
        // The bracket of "(0)6…" and "(+33)" belongs to the number.
        let head = rest.get(..start).unwrap_or_default();
        let trimmed = head.trim_end_matches([' ', '(']);
        let opened = head.len() > trimmed.len() && head.ends_with('(');
        let start = if opened { start - 1 } else { start };
        let before = rest.get(..start).unwrap_or_default();
        let tail = rest.get(start..).unwrap_or_default();
        let len = run_len(tail);
        let run = tail.get(..len).unwrap_or_default();
        // "24h/24": the digits go on with a word.
        let glued = before.ends_with('/')
            && before
                .trim_end_matches('/')
                .ends_with(|c: char| c.is_alphabetic());
        let run = if glued {
            run.split_once(' ').map_or("", |(_, rest)| rest)
        } else {
            run
        };
        if run.bytes().any(|byte| byte.is_ascii_digit()) {
            runs.push(Run { before, text: run });
        }
        rest = tail.get(len.max(1)..).unwrap_or_default();
    }
    runs
}

fn run_len(text: &str) -> usize {
    let mut digits = 0;
    for (at, c) in text.char_indices() {
        let goes_on = match c {
            '0'..='9' => {
                digits += 1;
                true
            }
            ' ' | '.' | '-' | ')' | '/' => true,
            // After most of a number, a bracket holds something else.
            '(' => digits < 7,
            '+' => digits == 0,
            _ => false,
        };
        if !goes_on {
            return at;
        }
    }
    text.len()
}

fn opens_bracket_late(text: &str) -> bool {
    text.find('(')
        .is_some_and(|at| text.bytes().take(at).filter(u8::is_ascii_digit).count() >= 7)
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn words_of(text: &str) -> String {
    let text = fold(text);
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || ".:()-\"'".contains(c));
    trimmed.trim().to_owned()
}

fn says_extension(before: &str) -> bool {
    let words = words_of(before);
    // Pauses, and what is sent after them.
    let pauses = |c: char| c == ',' || c == ';' || c == ' ';
    if !words.is_empty() && words.chars().all(pauses) {
        return true;
    }
    let last = words
        .rsplit(|c: char| !c.is_alphanumeric() && c != '#')
        .find(|word| !word.is_empty());
    last.is_some_and(|word| EXTENSION.contains(&word))
}

fn is_alternative(index: usize, before: &str, after: Option<&str>) -> bool {
    let is_or = |text: &str| OR.contains(&words_of(text).as_str());
    match (index, after) {
        (0, Some(after)) => is_or(after) && is_label(before),
        (0, None) => false,
        _ => is_or(before),
    }
}

fn is_label(before: &str) -> bool {
    let words = words_of(before);
    words
        .split(|c: char| !c.is_alphanumeric() && c != '#')
        .filter(|word| !word.is_empty())
        .all(|word| LABELS.contains(&word) || EXTENSION.contains(&word))
}

/// A word that announces a number or an extension.
pub(super) fn is_known_word(word: &str) -> bool {
    let word = fold(word);
    LABELS.contains(&word.as_str()) || EXTENSION.contains(&word.as_str())
}

/// One run: mostly one number, sometimes two that only a blank, a dash or a slash keeps apart.
fn read_run(text: &str, region: Region) -> Vec<Found> {
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| part.bytes().any(|byte| byte.is_ascii_digit()))
        .collect();
    let long = |part: &&str| digits_of(part).len() > SHORT;
    if parts.len() > 1 && parts.iter().all(long) {
        return parts
            .iter()
            .flat_map(|part| read_run(part, region))
            .collect();
    }
    let whole = Found {
        readings: read_number(text, region),
        extension: None,
    };
    if whole.is_number() {
        return vec![whole];
    }
    if let Some(two) = two_numbers(text, region) {
        return two;
    }
    // "030 1234567/68": the numbers of one subscriber; or "06 12 34 56 78 / 3631".
    if let (true, Some((first, rest))) = (parts.len() > 1, parts.split_first()) {
        let mut found = read_run(first, region);
        if found.iter().any(Found::is_number) {
            for part in rest {
                let short = read_run(part, region);
                let is_service = |found: &Found| found.is_short() && digits_of(part).len() >= 4;
                found.extend(short.into_iter().filter(is_service));
            }
            return found;
        }
        let mut second = rest.iter().flat_map(|part| read_run(part, region));
        if let Some(second) = second.find(Found::is_number) {
            return vec![second];
        }
    }
    if whole.readings.is_empty() {
        Vec::new()
    } else {
        vec![whole]
    }
}

/// Two numbers in a row, when there is exactly one place where both halves are valid.
fn two_numbers(text: &str, region: Region) -> Option<Vec<Found>> {
    if digits_of(text).len() <= LONGEST {
        return None;
    }
    let valid = |part: &str| -> Option<Found> {
        let readings = read_number(part, region);
        let number = readings.first()?.key.number()?;
        (number.is_valid()).then_some(Found {
            readings,
            extension: None,
        })
    };
    let mut only = None;
    let cuts = text.match_indices([' ', '-', '.', '/']).map(|(at, _)| at);
    for at in cuts.take(40) {
        let (left, right) = text.split_at_checked(at)?;
        // The marks between two digits are one place, not several.
        if !left.ends_with(|c: char| c.is_ascii_digit() || c == ')') {
            continue;
        }
        if let (Some(left), Some(right)) = (valid(left), valid(right)) {
            if only.is_some() {
                return None;
            }
            only = Some(vec![left, right]);
        }
    }
    only
}

/// Reads the digits of one number, whatever stands between them.
fn read_number(text: &str, region: Region) -> Vec<Reading> {
    let mut compact = Compact::default();
    if compact.fill(text).is_none() {
        return Vec::new();
    }
    let digits = compact.digits();
    if digits.is_empty() {
        return Vec::new();
    }
    if compact.has_plus() {
        return read_international(text, &compact, region);
    }
    if digits.len() <= SHORT && !is_whole_number(digits, region) {
        return if digits.len() < 2 {
            Vec::new()
        } else {
            vec![as_text(digits, ReadingRule::Short)]
        };
    }
    read_digits(text, &compact, region)
}

/// A plus and digits, without the heap: this runs once per field of every contact.
#[derive(Default)]
struct Compact {
    bytes: [u8; 32],
    len: usize,
}

impl Compact {
    fn fill(&mut self, text: &str) -> Option<()> {
        for byte in text.bytes() {
            let plus_first = byte == b'+' && self.len == 0;
            if byte.is_ascii_digit() || plus_first {
                *self.bytes.get_mut(self.len)? = byte;
                self.len += 1;
            }
        }
        Some(())
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
    let mut readings = Vec::new();
    let parsed = plan::parse(compact.as_str(), region);
    let parsed = without_marked_zero(text, parsed, region);
    if let Some(parsed) = &parsed {
        push(&mut readings, parsed, ReadingRule::International, true);
    }
    if readings.is_empty() {
        readings.push(as_text(compact.digits(), ReadingRule::AsWritten));
        // "+06 12…": a plus where none belongs.
        let national = plan::parse(compact.digits(), overseas::plan_of(region));
        if let Some(national) = national.filter(Parsed::is_valid) {
            push(&mut readings, &national, ReadingRule::National, false);
        }
    }
    readings
}

/// "+34 (0)915…": the zero in brackets is not dialled from abroad. Where the plan has no such zero
/// it does not take it off by itself, and in Italy it belongs to the number.
fn without_marked_zero(text: &str, parsed: Option<Parsed>, region: Region) -> Option<Parsed> {
    let Some(at) = text.find("(0)") else {
        return parsed;
    };
    if parsed.as_ref().is_some_and(Parsed::is_valid) {
        return parsed;
    }
    let (before, after) = (text.get(..at)?, text.get(at + 3..)?);
    let mut compact = Compact::default();
    compact.fill(before)?;
    compact.fill(after)?;
    let without = plan::parse(compact.as_str(), region).filter(Parsed::is_valid);
    without.or(parsed)
}

/// Digits without a plus: a national number, one with the prefix for calls abroad, or one whose
/// country code has lost its plus.
fn read_digits(text: &str, compact: &Compact, region: Region) -> Vec<Reading> {
    let digits = compact.digits();
    let home = overseas::plan_of(region);
    let parsed = plan::parse(digits, home);
    let parsed = if digits.starts_with('0') {
        without_marked_zero(text, parsed, home)
    } else {
        parsed
    };
    let rule = parsed.as_ref().map_or(ReadingRule::AsWritten, |parsed| {
        rule_of(digits, parsed, home)
    });
    let mut readings = Vec::with_capacity(1);
    match (&parsed, rule) {
        (Some(parsed), ReadingRule::International) => {
            push(&mut readings, parsed, rule, true);
        }
        (parsed, _) if digits.starts_with('0') => {
            let abroad = after_prefix_abroad(digits)
                .filter(|_| !parsed.as_ref().is_some_and(Parsed::is_valid))
                .and_then(|rest| international(rest, home));
            match (abroad, parsed) {
                (Some(abroad), _) => {
                    push(&mut readings, &abroad, ReadingRule::International, true);
                }
                (None, Some(parsed)) if parsed.is_possible() => {
                    push(&mut readings, parsed, rule, true);
                }
                _ => {}
            }
        }
        (parsed, _) => {
            let plus = international(digits, home);
            push_bare(
                &mut readings,
                parsed.as_ref(),
                plus.as_ref(),
                rule,
                home,
                text,
            );
        }
    }
    if readings.is_empty() && region != home {
        // An overseas number as its own region writes it.
        if let Some(own) = plan::parse(digits, region).filter(Parsed::is_valid) {
            push(&mut readings, &own, ReadingRule::National, true);
        }
    }
    if readings.is_empty() && digits.len() <= LONGEST + 3 {
        readings.push(as_text(digits, ReadingRule::AsWritten));
    }
    readings
}

/// Bare digits without a leading zero may be national, or international without the plus. When both
/// are numbers, a country code of the own country counts more than a national number that lacks the
/// zero everybody dials; otherwise the national reading counts more.
fn push_bare(
    readings: &mut Vec<Reading>,
    national: Option<&Parsed>,
    plus: Option<&Parsed>,
    rule: ReadingRule,
    home: Region,
    text: &str,
) {
    let same = |plus: &Parsed, national: &Parsed| plus.digits() == national.digits();
    match (national, plus) {
        (Some(national), Some(plus)) if same(plus, national) => {
            push(readings, plus, ReadingRule::CountryCodeWithoutPlus, true);
        }
        (Some(national), Some(plus)) if national.is_valid() => {
            let at_home = Some(plus.country_code()) == home.country_code();
            let lacks_trunk = plan::has_trunk_zero(home);
            let bracket_first = text.starts_with('(');
            let plus_first = at_home && lacks_trunk && !bracket_first;
            push(
                readings,
                plus,
                ReadingRule::CountryCodeWithoutPlus,
                plus_first,
            );
            push(readings, national, rule, !plus_first);
        }
        (_, Some(plus)) => push(readings, plus, ReadingRule::CountryCodeWithoutPlus, true),
        (Some(national), None) if national.is_possible() => {
            push(readings, national, rule, true);
        }
        _ => {}
    }
    readings.sort_by_key(|reading| !reading.likely);
}

/// The digits as if they stood behind a plus, when that is a number somebody can have.
fn international(digits: &str, region: Region) -> Option<Parsed> {
    if digits.starts_with('0') || digits.len() > LONGEST {
        return None;
    }
    let mut compact = Compact::default();
    compact.fill("+")?;
    compact.fill(digits)?;
    plan::parse(compact.as_str(), region)
        .filter(|parsed| digits.starts_with(&parsed.country_code().to_string()))
        .filter(Parsed::is_valid)
}

fn after_prefix_abroad(digits: &str) -> Option<&str> {
    digits.strip_prefix("00")
}

fn rule_of(digits: &str, parsed: &Parsed, home: Region) -> ReadingRule {
    let abroad = ["00", "011"].iter().any(|prefix| {
        let rest = digits.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.starts_with(&parsed.country_code().to_string()))
    });
    let other_country = home.country_code() != Some(parsed.country_code());
    let national_len = parsed.digits().map_or(0, |digits| digits.to_string().len())
        - parsed.country_code().to_string().len().min(1);
    if other_country || (abroad && digits.len() > national_len + 1) {
        ReadingRule::International
    } else if digits.starts_with('0') {
        ReadingRule::TrunkZero
    } else {
        ReadingRule::National
    }
}

/// Adds the number, in its overseas form where it has one.
fn push(readings: &mut Vec<Reading>, parsed: &Parsed, rule: ReadingRule, likely: bool) {
    let Some(number) = parsed.digits().and_then(PhoneNumber::from_stored) else {
        return;
    };
    let mut add = |number, rule, likely| {
        readings.push(Reading {
            key: NumberKey::E164(number),
            rule,
            likely,
        });
    };
    match overseas::home(number.digits()) {
        Home::Mainland => add(number, rule, likely),
        Home::Overseas(form) => add(form, ReadingRule::Overseas, likely),
        Home::Unclear(forms) => {
            add(number, rule, likely);
            for form in forms {
                add(form, ReadingRule::Overseas, false);
            }
        }
    }
}
