//! Words that stand where a number should be, when the caller does not show one.

use super::text::{clean, fold};
use super::uri::{Address, address_in};

const WORDS: &[&str] = &[
    "anonym",
    "anonyme",
    "anonymous",
    "blocked",
    "cache",
    "caller id blocked",
    "cid withheld",
    "confidentiel",
    "hidden",
    "id withheld",
    "inconnu",
    "indisponible",
    "masque",
    "no caller id",
    "no cid",
    "no id",
    "non communique",
    "non disponible",
    "none",
    "not available",
    "null",
    "prive",
    "private",
    "restricted",
    "restreint",
    "secret",
    "unavailable",
    "undefined",
    "unknown",
    "withheld",
];

/// Words that say nothing beside one of the above: "private number", "appel masqué".
const FILLERS: &[&str] = &[
    "appel", "appelant", "call", "caller", "id", "number", "numero",
];

/// Whether the text says that the caller shows no number. Empty text says so too.
pub(super) fn says_so(text: &str) -> bool {
    let clean = clean(text);
    let text = clean.trim();
    if text.is_empty() {
        return true;
    }
    // A number is the usual case; none of the words begins with a digit or a plus.
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '+') {
        return false;
    }
    match address_in(text) {
        Some(Address::Sip { user, host, .. }) => {
            user.is_empty() || is_word(&user) || host.eq_ignore_ascii_case("anonymous.invalid")
        }
        Some(Address::Tel { number, .. }) => number.is_empty() || is_word(&number),
        None => is_word(text),
    }
}

fn is_word(text: &str) -> bool {
    let folded = fold(text);
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    if WORDS.contains(&words.join(" ").as_str()) {
        return true;
    }
    let telling = words.iter().filter(|word| !FILLERS.contains(word));
    let telling: Vec<&str> = telling.copied().collect();
    telling.len() < words.len() && WORDS.contains(&telling.join(" ").as_str())
}
