#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use proptest::prelude::*;

use super::*;

fn dialled(link: &str) -> Result<String, String> {
    match parse(link) {
        Ok(Link::Dial(dial)) => match dial.request(Region::FR) {
            Ok(request) => Ok(request.digits),
            Err(refused) => Err(format!("{refused:?}")),
        },
        Ok(other) => Err(format!("{other:?}")),
        Err(refused) => Err(format!("{refused:?}")),
    }
}

fn hook(link: &str) -> HookCall {
    match parse(link) {
        Ok(Link::Call(call)) => *call,
        other => panic!("{link}: {other:?}"),
    }
}

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

#[test]
fn a_number_link_of_any_make_dials_its_number() {
    let links = [
        "tel:+33199001234",
        "tel:+33-1-99-00-12-34",
        "tel:+33 1 99 00 12 34",
        "tel: 0199001234 ",
        "TEL:0199001234",
        "tel:01.99.00.12.34",
        "tel:33199001234",
        "tel:0033199001234",
        "tel:+33%20(0)1%2099%2000%2012%2034",
        "tel:+33%C2%A01%E2%80%AF99001234",
        "tel:%2B33199001234",
        "tel:%EF%BC%90%EF%BC%91%EF%BC%99%EF%BC%99%EF%BC%90%EF%BC%90%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94",
        "tel://+33199001234",
        "tel:///+33199001234",
        "tel:199001234;phone-context=+33",
        "tel:0199001234;phone-context=pbx.example",
        "callto:+33199001234",
        "callto://+33199001234/",
        "callto:+33199001234?dialAction=autoDial",
        "sip:+33199001234@pbx.example;user=phone",
        "sip:0199001234@pbx.example:5060;transport=tcp?subject=x",
        "sips:+33199001234@pbx.example",
        "sip:%2B33199001234@pbx.example",
        "callside:dial?to=+33199001234",
        "callside:dial?number=01%2099%2000%2012%2034",
        "callside://dial?to=+33199001234",
        "callside://dial/?to=tel:+33199001234",
        "callside:dial/0199001234",
    ];
    for link in links {
        assert_eq!(dialled(link), Ok("+33199001234".into()), "{link}");
    }
}

#[test]
fn what_must_not_be_dialled_is_refused_with_its_reason() {
    let table = [
        ("tel:*%2306%23", "DialCode"),
        ("tel:*#06#", "DialCode"),
        ("tel:%2A21%2A0199001234%23", "DialCode"),
        ("tel:0199001234#12", "DialCode"),
        ("tel:０１９９００１２３４＃", "DialCode"),
        ("tel:#", "DialCode"),
        ("sip:*21#@pbx.example", "DialCode"),
        ("callside:dial?to=*#06#", "DialCode"),
        ("callside:dial?to=*21*0199001234#", "DialCode"),
        ("tel:1-800-FLOWERS", "Letters"),
        ("tel:0199a001234", "Letters"),
        ("tel:0199001234 (Marie)", "Letters"),
        ("callto:marie", "Letters"),
        ("sip:marie@pbx.example", "Letters"),
        ("tel:--help", "Letters"),
        ("tel:-", "NoDigits"),
        ("tel:+", "NoDigits"),
        ("tel:0199001234,0199001235", "SeveralNumbers"),
        ("tel:", "NoNumber"),
        ("tel:%20", "NoNumber"),
        ("callside:dial", "NoNumber"),
        ("callside:dial?to=%X%", "NoNumber"),
        ("tel:$number$", "NoNumber"),
        ("tel:0199%00001234", "ControlCharacter"),
        ("tel:0199%0A001234", "ControlCharacter"),
        ("tel:0199\u{7}001234", "ControlCharacter"),
        ("tel:0199\n001234", "ControlCharacter"),
        ("callside:dial?to=0199%0D001234", "ControlCharacter"),
        ("tel:%FF%FE", "NotText"),
        ("mailto:marie@pbx.example", "UnknownScheme"),
        ("0199001234", "UnknownScheme"),
        ("", "UnknownScheme"),
        (":", "UnknownScheme"),
        ("callside:erase?all=1", "UnknownAction"),
        ("callside:", "UnknownAction"),
        ("callside:call", "UnknownAction"),
        ("callside:call/exploded?from=1", "UnknownAction"),
        ("callside:open", "NoView"),
        ("callside:open?view=https://evil.example", "NoView"),
        ("callside:open?view=<b>", "NoView"),
    ];
    for (link, reason) in table {
        assert_eq!(dialled(link), Err(reason.into()), "{link}");
    }
}

#[test]
fn what_is_too_long_is_refused_unread() {
    let number = format!("tel:{}", "0".repeat(513));
    assert_eq!(parse(&number), Err(LinkRefused::TooLong));
    let from = format!("callside:call/ringing?from={}", "0".repeat(513));
    assert_eq!(parse(&from), Err(LinkRefused::TooLong));
    let total = format!("callside:call/ringing?from=1&name={}", "a".repeat(2048));
    assert_eq!(parse(&total), Err(LinkRefused::TooLong));
    let fits = format!("callside:call/ringing?from=1&name={}", "a".repeat(2000));
    assert_eq!(hook(&fits).name.unwrap().len(), 128);
    assert_eq!(
        dial_request(&"1".repeat(513), Region::FR),
        Err(DialRefused::TooLong)
    );
    assert_eq!(
        dial_request(&"1".repeat(40), Region::FR),
        Err(DialRefused::TooLong)
    );
}

#[test]
fn short_and_emergency_numbers_leave_as_they_were_written() {
    for (text, digits, emergency) in [
        ("112", "112", true),
        ("15", "15", true),
        ("1 1 2", "112", true),
        ("tel:112", "112", true),
        ("sip:17@pbx.example", "17", true),
        ("114", "114", true),
        ("3631", "3631", false),
        ("204", "204", false),
        ("118 218", "118218", false),
    ] {
        let request = dial_request(text, Region::FR).unwrap();
        assert_eq!(
            (request.digits.as_str(), request.emergency),
            (digits, emergency),
            "{text}"
        );
        assert_eq!(
            request.warnings.contains(&DialWarning::Emergency),
            emergency
        );
    }
    let in_region = |text, code| {
        let region = Region::parse(code).unwrap();
        dial_request(text, region).unwrap().emergency
    };
    assert!(in_region("999", "GB") && in_region("911", "US") && in_region("000", "AU"));
    assert!(in_region("110", "DE") && !in_region("110", "GB"));
    // With a plus or a prefix it is another number, and calls nobody for help.
    assert!(!in_region("+33112", "FR") && !in_region("0033112", "FR"));
}

#[test]
fn the_agent_is_warned_of_what_costs_or_looks_odd() {
    use DialWarning::*;
    let table: [(&str, &[DialWarning]); 18] = [
        ("06 39 98 00 12", &[]),
        ("1234567", &[InvalidNumber]),
        ("0199001234", &[]),
        ("+442079460018", &[]),
        ("+12025550143", &[]),
        ("0692123456", &[]),
        ("+687 20 12 34", &[]),
        ("0800 123 456", &[]),
        ("+800 1234 5678", &[]),
        ("0891 70 12 34", &[PremiumRate]),
        ("0810 12 34 56", &[SharedCost]),
        ("+44 70 1234 5678", &[PremiumRate]),
        ("+1 876 555 0143", &[UnusualCountry]),
        ("+371 20 123 456", &[]),
        ("+222 22 12 34 56", &[UnusualCountry]),
        ("+881 612 345 678", &[Satellite]),
        ("+33 6 12 34 56 7", &[InvalidNumber]),
        ("0199001234 poste 12", &[ExtensionSetAside]),
    ];
    for (text, want) in table {
        let request = dial_request(text, Region::FR).unwrap();
        assert_eq!(request.warnings, want, "{text}");
    }
    let german = Region::parse("DE").unwrap();
    let request = dial_request("491711407447", german).unwrap();
    assert_eq!(request.digits, "+491711407447");
    assert_eq!(request.warnings, [Ambiguous]);
    // The own country is never unusual.
    let senegal = Region::parse("SN").unwrap();
    assert_eq!(
        dial_request("+221 33 869 00 00", senegal).unwrap().warnings,
        []
    );
}

#[test]
fn an_extension_never_leaves_by_itself() {
    for text in [
        "0199001234 x12",
        "0199001234,,12",
        "tel:+33199001234;ext=12",
    ] {
        let request = dial_request(text, Region::FR).unwrap();
        assert_eq!(request.digits, "+33199001234");
        assert_eq!(request.remote.extension.as_deref(), Some("12"));
    }
    let Ok(Link::Dial(link)) = parse("tel:+33199001234;ext=12") else {
        panic!("no dial link");
    };
    assert_eq!(
        link.request(Region::FR)
            .unwrap()
            .remote
            .extension
            .as_deref(),
        Some("12")
    );
}

#[test]
fn a_hook_tells_what_it_knows() {
    let call = hook(
        "callside:call/ended?app=MicroSIP&id=a%26b&dir=out&from=204&to=+33199001234&line=work\
         &dur=61&reason=answered&at=2026-03-02T08:59:30Z&key=s3cret&name=Marie+A&B=C#D",
    );
    assert_eq!(call.app.as_deref(), Some("microsip"));
    assert_eq!(call.id.as_deref(), Some("a&b"));
    assert_eq!(call.key.as_deref(), Some("s3cret"));
    assert_eq!(call.name.as_deref(), Some("Marie+A&B=C#D"));
    let event = call.into_event(now(), true);
    assert_eq!(event.remote.as_deref(), Some("+33199001234"));
    assert_eq!(event.direction, Some(Direction::Outbound));
    assert_eq!(event.line.as_deref(), Some("work"));
    assert_eq!(event.at, "2026-03-02T08:59:30Z".parse().unwrap());
    assert!(event.verified);
    assert_eq!(
        event.happening,
        Happening::Ended {
            talk_s: Some(61),
            reason: Some(SaidReason::Answered)
        }
    );
}

#[test]
fn both_forms_of_our_own_links_are_read() {
    for link in [
        "callside:call/ringing?from=+33199001234&key=K",
        "callside://call/ringing?from=+33199001234&key=K",
        "CALLSIDE://call/ringing/?FROM=+33199001234&KEY=K",
        "callside:call/ringing?from=+33199001234&from=+33199001299&key=K&other=1",
    ] {
        let call = hook(link);
        assert_eq!(call.from.as_deref(), Some("+33199001234"), "{link}");
        assert_eq!(call.key.as_deref(), Some("K"), "{link}");
    }
    for link in ["callside:open?view=settings", "callside://open/settings"] {
        assert_eq!(
            parse(link),
            Ok(Link::Open {
                view: "settings".into()
            })
        );
    }
}

#[test]
fn a_raw_hash_belongs_to_the_number() {
    assert_eq!(
        hook("callside:call/ringing?from=*21#").from.as_deref(),
        Some("*21#")
    );
}

#[test]
fn a_placeholder_is_no_value() {
    for hole in [
        "%CallerNumber%",
        "$caller$",
        "$$X$$",
        "{CALLERNUM}",
        "${caller.id}",
        "$from",
        "%24from",
    ] {
        let call = hook(&format!(
            "callside:call/ringing?from={hole}&id={hole}&key=K"
        ));
        assert_eq!(call.from.as_deref(), Some(""), "{hole}");
        assert_eq!(call.id, None, "{hole}");
        assert_eq!(call.unfilled, ["from", "id"], "{hole}");
    }
    let call = hook("callside:call/ringing?from=+33199001234&name=$name$");
    assert_eq!((call.name, call.unfilled), (None, vec!["name"]));
}

#[test]
fn the_other_side_is_found_by_direction() {
    let event = |action: &str, pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        HookCall::from_pairs(action, pairs)
            .unwrap()
            .into_event(now(), false)
    };
    let inbound = event("ringing", &[("from", "0199001234"), ("to", "0536491234")]);
    assert_eq!(inbound.remote.as_deref(), Some("0199001234"));
    assert_eq!(inbound.line.as_deref(), Some("0536491234"));
    let outbound = event("dialing", &[("from", "0536491234"), ("to", "0199001234")]);
    assert_eq!(outbound.remote.as_deref(), Some("0199001234"));
    assert_eq!(outbound.line.as_deref(), Some("0536491234"));
    let bare = event("ringing", &[("number", "0199001234"), ("from", "")]);
    assert_eq!(bare.remote.as_deref(), Some("0199001234"));
    let bare = event("dialing", &[("number", "0199001234")]);
    assert_eq!(bare.remote.as_deref(), Some("0199001234"));
    let out = event("answered", &[("to", "0199001234")]);
    assert_eq!(
        (out.remote.as_deref(), out.direction),
        (Some("0199001234"), Some(Direction::Outbound))
    );
    let out = event("ended", &[("dir", "out"), ("number", "0199001234")]);
    assert_eq!(out.remote.as_deref(), Some("0199001234"));
    // A caller who shows nothing is not the same as a hook that says nothing.
    assert_eq!(
        event("ringing", &[("from", "")]).remote.as_deref(),
        Some("")
    );
    assert_eq!(
        event("ringing", &[("number", "")]).remote.as_deref(),
        Some("")
    );
    assert_eq!(event("ringing", &[]).remote, None);
    assert_eq!(event("ringing", &[]).app, "link");
}

#[test]
fn a_clock_far_off_and_words_without_sense_are_ignored() {
    let at = |text: &str| {
        let pairs = [("at".to_owned(), text.to_owned())];
        let call = HookCall::from_pairs("ringing", pairs.into_iter()).unwrap();
        call.into_event(now(), false).at
    };
    assert_eq!(
        at("2026-03-02T08:30:00Z"),
        "2026-03-02T08:30:00Z".parse().unwrap()
    );
    assert_eq!(
        at("2026-03-02T10:30:00+01:00"),
        "2026-03-02T09:30:00Z".parse().unwrap()
    );
    assert_eq!(at("1772441999"), "2026-03-02T08:59:59Z".parse().unwrap());
    for odd in [
        "2026-03-02T07:59:59Z",
        "yesterday",
        "0",
        "-1",
        "99999999999999999999",
        "",
    ] {
        assert_eq!(at(odd), now(), "{odd}");
    }
    let call = hook("callside:call/ended?dir=sideways&dur=-5&reason=tired&app=<x>&line=%20");
    assert_eq!(call.direction, None);
    assert_eq!((call.app, call.line), (None, None));
    assert_eq!(
        call.happening,
        Happening::Ended {
            talk_s: None,
            reason: None
        }
    );
}

#[test]
fn a_display_name_is_plain_text() {
    let call = hook("callside:call/ringing?from=1&name=Ma%0Arie%E2%80%AE%20%3Cb%3E%FF");
    assert_eq!(call.name.as_deref(), Some("Ma rie <b>\u{fffd}"));
}

#[test]
fn a_link_prints_no_number_by_accident() {
    let shown = format!(
        "{:?} {:?} {:?}",
        parse("tel:0199001234"),
        parse("callside:call/ringing?from=0199001234&key=s3cret&name=Marie"),
        dial_request("0199001234", Region::FR)
    );
    for word in ["199001234", "s3cret", "Marie"] {
        assert!(!shown.contains(word), "{shown}");
    }
}

#[test]
fn more_than_three_requests_in_ten_seconds_are_dropped() {
    let at = |tenths: i64| now() + SignedDuration::from_millis(tenths * 100);
    let mut gate = DialGate::default();
    assert_eq!(gate.admit("1", at(0)), GateAnswer::Ask);
    assert_eq!(gate.admit("1", at(1)), GateAnswer::Merge);
    assert_eq!(gate.admit("2", at(2)), GateAnswer::Ask);
    assert_eq!(gate.admit("3", at(3)), GateAnswer::Ask);
    assert_eq!(gate.admit("4", at(4)), GateAnswer::Flood);
    assert_eq!(gate.admit("2", at(5)), GateAnswer::Merge);
    assert_eq!(gate.admit("4", at(99)), GateAnswer::Flood);
    assert_eq!(gate.admit("4", at(100)), GateAnswer::Ask);
    gate.settle("1");
    assert_eq!(gate.admit("1", at(101)), GateAnswer::Flood);
    assert_eq!(gate.admit("1", at(102)), GateAnswer::Ask);
    // A clock that was set back does not shut the gate.
    let mut gate = DialGate::default();
    for number in ["1", "2", "3"] {
        assert_eq!(gate.admit(number, at(36_000)), GateAnswer::Ask);
    }
    assert_eq!(gate.admit("4", at(0)), GateAnswer::Ask);
}

#[test]
fn a_number_that_a_softphone_hands_back_is_dropped() {
    let at = |tenths: i64| now() + SignedDuration::from_millis(tenths * 100);
    let mut gate = DialGate::default();
    assert_eq!(gate.admit("1", at(0)), GateAnswer::Ask);
    gate.handed_over("1", at(10));
    assert_eq!(gate.admit("1", at(11)), GateAnswer::Echo);
    assert_eq!(gate.admit("1", at(39)), GateAnswer::Echo);
    assert_eq!(gate.admit("2", at(39)), GateAnswer::Ask);
    assert_eq!(gate.admit("1", at(40)), GateAnswer::Ask);
}

proptest! {
    #[test]
    fn no_link_can_stop_us(text in ".{0,400}", rest in "[-+0-9a-z%$&=?#/;@*,.: ]{0,200}") {
        let schemes = ["", "tel:", "callto://", "sip:", "callside:call/ringing?", "callside:dial?to=", "callside:"];
        for scheme in schemes {
            for tail in [&text, &rest] {
                let link = format!("{scheme}{tail}");
                match parse(&link) {
                    Ok(Link::Dial(dial)) => {
                        if let Ok(request) = dial.request(Region::FR) {
                            assert_harmless(&request.digits);
                        }
                    }
                    Ok(Link::Call(call)) => {
                        let event = call.into_event(now(), false);
                        prop_assert!(event.name.is_none_or(|name| name.chars().count() <= 128));
                    }
                    Ok(Link::Open { view }) => prop_assert!(!view.contains("//")),
                    Err(_) => {}
                }
                if let Ok(request) = dial_request(&link, Region::FR) {
                    assert_harmless(&request.digits);
                }
            }
        }
    }

    #[test]
    fn size_alone_stops_nobody(len in 0_usize..200_000, unit in prop::sample::select(vec!["0", "%", "é", "(", "tel:", "1,"])) {
        let text = unit.repeat(len / unit.len());
        let _ = parse(&text);
        let _ = parse(&format!("callside:call/ringing?name={text}"));
        let _ = dial_request(&text, Region::FR);
    }

    #[test]
    fn no_dial_code_gets_through(before in "[0-9+ ]{0,12}", code in "[*#＊＃]", after in "[0-9*#]{0,12}") {
        let text = format!("{before}{code}{after}");
        prop_assert_eq!(dial_request(&text, Region::FR), Err(DialRefused::DialCode));
    }
}

fn assert_harmless(digits: &str) {
    let tail = digits.strip_prefix('+').unwrap_or(digits);
    assert!(!tail.is_empty() && tail.len() <= 20);
    assert!(tail.bytes().all(|byte| byte.is_ascii_digit()));
}
