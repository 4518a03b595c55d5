#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

mod conformance;
mod fields;
mod formats;
mod remote;

fn case_file(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../tests/cases")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn region(code: &str) -> Region {
    Region::parse(code).unwrap_or_else(|| panic!("no region {code}"))
}

fn e164(digits: u64) -> NumberKey {
    NumberKey::E164(PhoneNumber::from_stored(digits).unwrap())
}

/// How a stored text and a caller meet: the word of the case file.
fn meet(stored: &str, country: Region, caller: &str, book: Region) -> &'static str {
    let stored = read_stored(stored, country);
    let caller = read_remote(caller, book);
    let mut best = "none";
    for mine in &stored {
        for its in caller.keys.iter().filter(|its| its.key == mine.key) {
            if mine.likely && its.likely {
                return "hit";
            }
            best = "could_be";
        }
    }
    best
}

#[test]
fn every_case_of_the_table_of_matches_is_right() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in case_file("number-match.csv").lines() {
        if line.starts_with('#') || line.starts_with("id,") {
            continue;
        }
        let cells: Vec<&str> = line.split(',').collect();
        let [id, stored, country, caller, want] = cells[..] else {
            panic!("odd row {line}");
        };
        rows += 1;
        let country = Region::parse(country).unwrap_or(Region::FR);
        let got = meet(stored, country, caller, Region::FR);
        if got != want {
            wrong.push(format!("{id}: {stored} and {caller}: {got}, not {want}"));
        }
    }
    assert_eq!(rows, 41);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_region_is_known_by_its_code_in_any_case() {
    assert_eq!(Region::parse("fr"), Some(Region::FR));
    assert_eq!(Region::parse(" De ").unwrap().as_str(), "DE");
    assert_eq!(Region::parse("uk").unwrap().as_str(), "GB");
    for odd in ["", "F", "FRA", "ZZ", "001", "é", "33"] {
        assert_eq!(Region::parse(odd), None, "{odd}");
    }
    let json = serde_json::to_string(&Region::FR).unwrap();
    assert_eq!(json, "\"FR\"");
    assert_eq!(serde_json::from_str::<Region>(&json).unwrap(), Region::FR);
    assert!(serde_json::from_str::<Region>("\"ZZ\"").is_err());
}

#[test]
fn only_one_to_fifteen_digits_come_back_from_a_store() {
    assert!(PhoneNumber::from_stored(0).is_none());
    assert!(PhoneNumber::from_stored(1).is_some());
    assert!(PhoneNumber::from_stored(999_999_999_999_999).is_some());
    assert!(PhoneNumber::from_stored(1_000_000_000_000_000).is_none());
    assert!(PhoneNumber::from_stored(u64::MAX).is_none());
    // Digits that no plan has are shown as they are.
    let odd = PhoneNumber::from_stored(999).unwrap();
    assert_eq!(
        (odd.kind(), odd.region(), odd.national().as_str()),
        (NumberKind::Unknown, None, "+999")
    );
}

#[test]
fn the_words_of_kinds_and_rules_are_those_of_the_json() {
    for word in [
        "mobile",
        "fixed_line",
        "shared_cost",
        "premium_rate",
        "toll_free",
        "voip",
        "short",
        "withheld",
        "unknown",
    ] {
        let kind = NumberKind::from_word(word).unwrap();
        assert_eq!(serde_json::to_value(kind).unwrap(), word);
    }
    for word in [
        "international",
        "national",
        "trunk_zero",
        "country_code_without_plus",
        "extension_dropped",
        "several_in_field",
        "overseas",
        "short",
        "sip_name",
        "as_written",
    ] {
        let rule = ReadingRule::from_word(word).unwrap();
        assert_eq!(serde_json::to_value(rule).unwrap(), word);
    }
    assert_eq!(
        (NumberKind::from_word("fax"), ReadingRule::from_word("")),
        (None, None)
    );
}

#[test]
fn a_number_prints_no_digits_by_accident() {
    let remote = read_remote("0199001234", Region::FR);
    let shown = format!("{remote:?} {:?} {:?}", remote.number, remote.keys);
    assert!(!shown.contains("99001234"), "{shown}");
}

#[test]
fn a_remote_number_survives_storage() {
    for text in [
        "+33639980012",
        "3631",
        "anonymous",
        "sip:marie@pbx.example",
        "491711407447",
        "0199001234 poste 12",
    ] {
        let remote = read_remote(text, region("DE"));
        let json = serde_json::to_string(&remote).unwrap();
        let back: RemoteNumber = serde_json::from_str(&json).unwrap();
        assert_eq!(back, remote, "{json}");
    }
}

proptest! {
    #[test]
    fn no_text_can_stop_the_reading(text in ".{0,300}", bytes in "[-+0-9 ().,;/#x@:p]{0,80}") {
        for text in [text.as_str(), bytes.as_str()] {
            for region in [Region::FR, region("US"), region("DE"), region("RE")] {
                let stored = read_stored(text, region);
                let remote = read_remote(text, region);
                let _ = (remote.display(), remote.same_number(&remote));
                let keys: std::collections::BTreeSet<_> =
                    stored.iter().map(|reading| reading.key.clone()).collect();
                prop_assert_eq!(keys.len(), stored.len());
                prop_assert!(stored.is_sorted_by_key(|reading| !reading.likely));
            }
        }
    }

    #[test]
    fn a_caller_is_the_same_number_as_itself(text in "[+0-9 ]{1,20}") {
        let remote = read_remote(&text, Region::FR);
        prop_assert!(remote.same_number(&remote));
    }
}
