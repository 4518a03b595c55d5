//! From a messy text to the numbers in it.
//!
//! A text is cut into runs of digits; what stands between them tells whether a run is a second
//! number, an extension or neither. The number plan is asked about whole runs only. It is never
//! given words: it would turn the letters of a name into digits.

use super::number::{LONGEST, SHORT, read_number};
use super::text::{clean, fold};
use super::uri::{Address, address_in};
use super::{NumberKey, Reading, ReadingRule, Region};

/// One number of a text, with every way to read it.
#[derive(Debug)]
pub(super) struct Found {
    /// The likelier reading first.
    pub(super) readings: Vec<Reading>,
    /// What is to be dialled once the call is up.
    pub(super) extension: Option<String>,
}

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

/// Every reading of every number in the text.
pub(super) fn readings(text: &str, region: Region) -> Vec<Reading> {
    // Most fields are one plain number: no detour for them.
    let text = clean(text);
    let text = text.trim();
    match whole(text, region) {
        Some(readings) => readings,
        None => parts(text, region)
            .into_iter()
            .flat_map(|found| found.readings)
            .collect(),
    }
}

/// The numbers in the text, in order. Empty when there is none.
pub(super) fn read(text: &str, region: Region) -> Vec<Found> {
    let text = clean(text);
    let text = text.trim();
    match whole(text, region) {
        Some(readings) => vec![Found::plain(readings)],
        None => parts(text, region),
    }
}

fn parts(text: &str, region: Region) -> Vec<Found> {
    match address_in(text) {
        Some(address) => read_address(text, address, region),
        None => read_runs(text, region),
    }
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

/// The readings of a plain text that is one number of a plan. None leaves it to the slower ways.
fn whole(text: &str, region: Region) -> Option<Vec<Reading>> {
    if !is_plain(text) || opens_bracket_late(text) {
        return None;
    }
    let readings = read_number(text, region);
    let is_whole = readings
        .iter()
        .any(|reading| reading.likely && reading.rule != ReadingRule::AsWritten);
    is_whole.then_some(readings)
}

fn read_address(text: &str, address: Address, region: Region) -> Vec<Found> {
    match address {
        Address::Tel { number, extension } => {
            let mut found = if is_plain(&number) {
                vec![Found::plain(read_number(&number, region))]
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
        } => vec![Found::plain(read_number(&number, region))],
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
    fn plain(readings: Vec<Reading>) -> Self {
        Self {
            readings,
            extension: None,
        }
    }

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
    after: &'a str,
}

impl Run<'_> {
    /// Whether its last digits belong to a word: "9h", "1-800-FLOWERS".
    fn is_joined(&self) -> bool {
        self.text
            .ends_with(|c: char| c.is_ascii_digit() || c == '-')
            && self.after.starts_with(char::is_alphabetic)
    }

    /// Whether few digits are a short number here, and not part of a word or of an address: a
    /// label may stand before them, a remark in brackets behind them.
    fn stands_alone(&self) -> bool {
        let joined = self.is_joined();
        let remark = self.after.trim().is_empty()
            || self.after.starts_with('(')
            || digits_of(self.text).len() >= 3;
        is_label(self.before) && !joined && remark
    }
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
        let mut read = read_run(run.text, region);
        if !read.iter().any(Found::is_number)
            && run.is_joined()
            && let Some((number, _)) = run.text.rsplit_once(' ')
        {
            read = read_run(number, region);
        }
        let (whole, rest): (Vec<Found>, Vec<Found>) = read.into_iter().partition(Found::is_number);
        let has_number = !whole.is_empty();
        numbers.extend(whole);
        let after = runs.get(index + 1).map(|next| next.before);
        for found in rest {
            let beside = is_alternative(index, run.before, after) && digits.len() >= 3;
            if found.is_short() && (has_number || beside) {
                numbers.push(found);
            } else if !found.is_short() || run.stands_alone() {
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
            let after = tail.get(len..).unwrap_or_default();
            runs.push(Run {
                before,
                text: run,
                after,
            });
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
    // "*21#" is a code for the network, and nobody's number.
    if before.contains(['*', '#']) {
        return false;
    }
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
    let whole = Found::plain(read_number(text, region));
    if whole.is_number() {
        return vec![neighbours(&parts, &whole, region).unwrap_or(whole)];
    }
    if let Some(row) = row_of_numbers(text, region) {
        return row;
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

/// "030 1234567/68": most likely the first of several numbers of one subscriber, though the plan
/// would allow all the digits in one.
fn neighbours(parts: &[&str], whole: &Found, region: Region) -> Option<Found> {
    let [first, last] = parts else { return None };
    if digits_of(first).len() < 9 || digits_of(last).len() > 3 {
        return None;
    }
    let mut found = Found::plain(read_number(first, region));
    let number = found.readings.first()?.key.number()?;
    if !number.is_valid() {
        return None;
    }
    let doubtful = whole.readings.iter().map(|reading| Reading {
        likely: false,
        ..reading.clone()
    });
    found.readings.extend(doubtful);
    Some(found)
}

/// Numbers in a row, when there is exactly one way to cut the row into valid ones.
fn row_of_numbers(text: &str, region: Region) -> Option<Vec<Found>> {
    /// Nobody writes more digits than these into a field and means numbers.
    const LONGEST_ROW: usize = 4 * LONGEST;
    let digits = digits_of(text).len();
    if digits <= LONGEST || digits > LONGEST_ROW {
        return None;
    }
    let valid = |part: &str| -> Option<Found> {
        let readings = read_number(part, region);
        let number = readings.first()?.key.number()?;
        number.is_valid().then(|| Found::plain(readings))
    };
    let mut only = None;
    for (at, _) in text.match_indices([' ', '-', '.', '/']) {
        let (left, right) = text.split_at_checked(at)?;
        // The marks between two digits are one place, not several.
        if !left.ends_with(|c: char| c.is_ascii_digit() || c == ')') {
            continue;
        }
        let Some(left) = valid(left) else { continue };
        let right = match valid(right) {
            Some(right) => Some(vec![right]),
            None => row_of_numbers(right, region),
        };
        if let Some(right) = right {
            if only.is_some() {
                return None;
            }
            only = Some(std::iter::once(left).chain(right).collect());
        }
    }
    only
}
