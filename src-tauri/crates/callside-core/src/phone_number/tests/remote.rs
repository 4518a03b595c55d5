//! What telephony says of the other side.

use super::*;

#[test]
fn a_withheld_number_has_many_names() {
    let words = [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "ANONYMOUS",
        "unknown",
        "<unknown>",
        "Restricted",
        "private",
        "Private Number",
        "unavailable",
        "withheld",
        "number withheld",
        "blocked",
        "No Caller ID",
        "masqué",
        "Numéro masqué",
        "appel masqué",
        "inconnu",
        "Numéro inconnu",
        "privé",
        "anonyme",
        "sip:anonymous@anonymous.invalid",
        "\"Anonymous\" <sip:anonymous@pbx.example>",
        "sip:unknown@pbx.example",
        "tel:anonymous",
        "numero masque",
    ];
    for word in words {
        let remote = read_remote(word, Region::FR);
        assert!(remote.is_withheld(), "{word}");
        assert!(remote.keys.is_empty() && remote.number.is_none());
    }
    for word in [
        "Marie",
        "sip:marie@pbx.example",
        "number",
        "0199001234",
        "private banking desk",
    ] {
        assert!(!read_remote(word, Region::FR).is_withheld(), "{word}");
    }
}

#[test]
fn a_caller_is_shown_by_number_region_and_kind() {
    let remote = read_remote("sip:+442079460018@pbx.example;user=phone", Region::FR);
    assert_eq!(remote.display(), "+442079460018");
    assert_eq!(remote.region, Region::parse("GB"));
    assert_eq!(remote.kind, NumberKind::FixedLine);

    let remote = read_remote(" 3631 ", Region::FR);
    assert_eq!(remote.display(), "3631");
    assert_eq!((remote.number, remote.kind), (None, NumberKind::Short));

    let remote = read_remote("0508 41 23 45", Region::FR);
    assert_eq!(
        (remote.display().as_str(), remote.region),
        ("+508412345", Region::parse("PM"))
    );

    let remote = read_remote("sip:marie@pbx.example", Region::FR);
    assert_eq!(
        remote.keys[0].key,
        NumberKey::Text("marie@pbx.example".into())
    );
    assert_eq!((remote.number, remote.kind), (None, NumberKind::Unknown));

    let remote = read_remote("+33199001234,,12#", Region::FR);
    assert_eq!(remote.extension.as_deref(), Some("12"));
}

#[test]
fn a_caller_has_one_number_only() {
    let remote = read_remote("0199001234, 0612345678", Region::FR);
    assert_eq!(remote.keys.len(), 1);
    assert_eq!(remote.keys[0].key, e164(33_199_001_234));
}

#[test]
fn two_spellings_of_one_caller_are_the_same_number() {
    let same =
        |a: &str, b: &str| read_remote(a, Region::FR).same_number(&read_remote(b, Region::FR));
    assert!(same("0199001234", "sip:+33199001234@pbx.example"));
    assert!(same("0692123456", "+262692123456"));
    assert!(same("anonymous", ""));
    assert!(same("Marie", "marie "));
    assert!(!same("anonymous", "0199001234"));
    assert!(!same("0199001234", "0199001235"));
    assert!(!same("112", "+33112"));
    assert!(!same("Marie", "0199001234"));
}

#[test]
fn a_doubtful_reading_makes_no_two_callers_one() {
    let german = region("DE");
    let bare = read_remote("491711407447", german);
    assert!(bare.same_number(&read_remote("+491711407447", german)));
    assert!(!bare.same_number(&read_remote("+49491711407447", german)));
}
