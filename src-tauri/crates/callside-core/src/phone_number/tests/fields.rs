//! CRM fields as people fill them in.

use super::*;

/// The readings, shortly: `+33…` or text, `?` before a reading that only could be, and the rule.
fn shortly(text: &str, code: &str) -> Vec<String> {
    read_stored(text, region(code))
        .iter()
        .map(|reading| {
            let doubt = if reading.likely { "" } else { "?" };
            let key = match &reading.key {
                NumberKey::E164(number) => number.e164(),
                NumberKey::Text(text) => text.clone(),
            };
            format!("{doubt}{key} {}", reading.rule.as_str())
        })
        .collect()
}

fn check(table: &[(&str, &str, &[&str])]) {
    let mut wrong = Vec::new();
    for (code, text, want) in table {
        let got = shortly(text, code);
        if got != *want {
            wrong.push(format!("{code} {text:?}: {got:?}, not {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn common_spellings_mean_the_same_number() {
    let paris = ["+33199001234 trunk_zero"].as_slice();
    let abroad = ["+33199001234 international"].as_slice();
    check(&[
        ("FR", "0199001234", paris),
        ("FR", "01 99 00 12 34", paris),
        ("FR", "01.99.00.12.34", paris),
        ("FR", "01-99-00-12-34", paris),
        ("FR", "01/99/00/12/34", paris),
        ("FR", "01\u{a0}99\u{202f}00\u{2009}12\u{2007}34", paris),
        ("FR", "(01) 99 00 12 34", paris),
        ("FR", "01\u{2011}99\u{2013}00\u{2212}12\u{2010}34", paris),
        ("FR", "\u{202a}+33199001234\u{202c}", abroad),
        ("FR", "０１９９００１２３４", paris),
        ("FR", "٠١٩٩٠٠١٢٣٤", paris),
        ("FR", "०१९९००१२३४", paris),
        ("FR", "01\t99\t00\t12\t34", paris),
        ("FR", "\u{feff}01 99 00\u{200b} 12\u{ad} 34", paris),
        ("FR", "+33 1 99 00 12 34", abroad),
        ("FR", "＋33 1 99 00 12 34", abroad),
        ("FR", "(+33) 1 99 00 12 34", abroad),
        ("FR", "+33(0)199001234", abroad),
        ("FR", "+33 (0) 1 99 00 12 34", abroad),
        ("FR", "0033 1 99 00 12 34", abroad),
        ("FR", "00 33 (0)1 99 00 12 34", abroad),
        ("US", "011 33 1 99 00 12 34", abroad),
        ("US", "0033 1 99 00 12 34", abroad),
        (
            "FR",
            "33199001234",
            &["+33199001234 country_code_without_plus"],
        ),
        ("FR", "199001234", &["+33199001234 national"]),
        (
            "GB",
            "33199001234",
            &["+33199001234 country_code_without_plus"],
        ),
        ("GB", "020 7946 0018", &["+442079460018 trunk_zero"]),
        ("US", "(202) 555-0143", &["+12025550143 national"]),
        (
            "US",
            "1-202-555-0143",
            &["+12025550143 country_code_without_plus"],
        ),
        ("IT", "06 698 12345", &["+390669812345 trunk_zero"]),
        ("FR", "+39 (0)6 698 12345", &["+390669812345 international"]),
        ("FR", "+34 (0)915 107 507", &["+34915107507 international"]),
        ("ES", "915 107 507", &["+34915107507 national"]),
    ]);
}

#[test]
fn words_around_a_number_are_no_part_of_it() {
    let paris = ["+33199001234 trunk_zero"].as_slice();
    check(&[
        ("FR", "01 99 00 12 34 (Marie)", paris),
        ("FR", "Marie 01 99 00 12 34", paris),
        ("FR", "Tél. : 01 99 00 12 34", paris),
        ("FR", "Tel:0199001234", paris),
        ("FR", "T0199001234", paris),
        ("FR", "01 99 00 12 34 le matin", paris),
        ("FR", "01 99 00 12 34 (Marie 2)", paris),
        ("FR", "n°2 : 01 99 00 12 34", paris),
        ("FR", "24h/24 01 99 00 12 34", paris),
        ("FR", "(Marie) 01 99 00 12 34", paris),
        ("FR", "01 99 00 12 34 - demander Marie ABCDEF", paris),
        ("FR", "pas de numéro", &[]),
        ("FR", "Marie", &[]),
        ("FR", "", &[]),
        ("FR", "-", &[]),
        ("FR", "0", &[]),
        ("FR", "...", &[]),
        ("FR", "étage 12", &[]),
        ("FR", "*21#", &[]),
        ("FR", "00 00 00 00 00", &[]),
        ("FR", "01 99 00 12 34 9h-12h", paris),
        ("FR", "9h-12h 01 99 00 12 34", paris),
        ("FR", "12 rue de la Paix", &[]),
        ("FR", "12bis", &[]),
        ("US", "1-800-FLOWERS", &[]),
        (
            "FR",
            "Bureau : sip:+33199001234@pbx.example",
            &["+33199001234 international"],
        ),
    ]);
}

#[test]
fn an_extension_is_set_aside() {
    let paris = ["+33199001234 extension_dropped"].as_slice();
    check(&[
        ("FR", "01 99 00 12 34 poste 12", paris),
        ("FR", "01 99 00 12 34 p. 12", paris),
        ("FR", "01 99 00 12 34 ext. 4", paris),
        ("FR", "01 99 00 12 34 ext 4", paris),
        ("FR", "01 99 00 12 34 x12", paris),
        ("FR", "01 99 00 12 34 X 12", paris),
        ("FR", "01 99 00 12 34 (poste 12)", paris),
        ("FR", "01 99 00 12 34 #123", paris),
        ("FR", "0199001234,,123#", paris),
        ("FR", "0199001234;12", paris),
        ("FR", "0199001234p12", paris),
        ("FR", "0199001234w12", paris),
        ("FR", "tel:+33-1-99-00-12-34;ext=12", paris),
        ("FR", "poste 12", &["12 short"]),
    ]);
}

#[test]
fn several_numbers_in_a_field_are_kept_apart() {
    let both = [
        "+33199001234 several_in_field",
        "+33612345678 several_in_field",
    ]
    .as_slice();
    check(&[
        ("FR", "01 99 00 12 34 / 06 12 34 56 78", both),
        ("FR", "0199001234/0612345678", both),
        ("FR", "01 99 00 12 34 ou 06 12 34 56 78", both),
        ("FR", "01 99 00 12 34 or 06 12 34 56 78", both),
        ("FR", "01 99 00 12 34 et 06 12 34 56 78", both),
        ("FR", "01 99 00 12 34 ; 06 12 34 56 78", both),
        ("FR", "0199001234,0612345678", both),
        ("FR", "01 99 00 12 34 | 06 12 34 56 78", both),
        ("FR", "01 99 00 12 34\n06 12 34 56 78", both),
        ("FR", "01 99 00 12 34\r\n06 12 34 56 78", both),
        ("FR", "01 99 00 12 34 - 06 12 34 56 78", both),
        ("FR", "01 99 00 12 34 06 12 34 56 78", both),
        ("FR", "01 99 00 12 34 (06 12 34 56 78)", both),
        ("FR", "+33199001234+33612345678", both),
        ("FR", "fixe 01 99 00 12 34, portable 06 12 34 56 78", both),
        ("FR", "06/12/34/56/78", &["+33612345678 trunk_zero"]),
        (
            "FR",
            "01 99 00 12 34 06 12 34 56 78 02 61 91 12 34",
            &[
                "+33199001234 several_in_field",
                "+33612345678 several_in_field",
                "+33261911234 several_in_field",
            ],
        ),
        (
            "FR",
            "01 99 00 12 34 / 3631",
            &["+33199001234 several_in_field", "3631 several_in_field"],
        ),
        (
            "FR",
            "3631 ou 01 99 00 12 34",
            &["3631 several_in_field", "+33199001234 several_in_field"],
        ),
        (
            "FR",
            "01 99 00 12 34 / 01 99 00 12 34",
            &["+33199001234 several_in_field"],
        ),
    ]);
}

#[test]
fn short_numbers_equal_only_themselves() {
    check(&[
        ("FR", "3631", &["3631 short"]),
        ("FR", "36 31", &["3631 short"]),
        ("FR", "112", &["112 short"]),
        ("FR", "118 218", &["118218 short"]),
        ("FR", "sip:204@pbx.example", &["204 short"]),
        ("FR", "3631 (La Poste)", &["3631 short"]),
        ("FR", "+33112", &["+33112 international"]),
        ("FR", "5", &[]),
        // Where all numbers are short, they are whole numbers.
        ("FO", "201234", &["+298201234 national"]),
        ("AD", "712 345", &["+376712345 national"]),
        ("PM", "41 23 45", &["+508412345 national"]),
        // Too long for a short number, too short for a number: only itself.
        ("FR", "1234567", &["1234567 as_written"]),
        ("US", "555-0143", &["5550143 as_written"]),
    ]);
}

#[test]
fn french_overseas_lines_have_one_key() {
    check(&[
        ("FR", "0590 29 00 00", &["+590590290000 overseas"]),
        ("FR", "05 90 29 00 00", &["+590590290000 overseas"]),
        ("FR", "+33 5 90 29 00 00", &["+590590290000 overseas"]),
        ("FR", "+590 590 29 00 00", &["+590590290000 international"]),
        (
            "FR",
            "+590 (0)590 29 00 00",
            &["+590590290000 international"],
        ),
        ("FR", "0508 41 23 45", &["+508412345 overseas"]),
        ("FR", "+508 41 23 45", &["+508412345 international"]),
        ("FR", "+33 508 41 23 45", &["+508412345 overseas"]),
        (
            "FR",
            "590590290000",
            &["+590590290000 country_code_without_plus"],
        ),
        ("RE", "0692 12 34 56", &["+262692123456 overseas"]),
        ("RE", "0590 29 00 00", &["+590590290000 overseas"]),
        ("RE", "06 12 34 56 78", &["+33612345678 trunk_zero"]),
        ("GP", "01 99 00 12 34", &["+33199001234 trunk_zero"]),
        ("BE", "0590 29 00 00", &["+32590290000 trunk_zero"]),
        // Free and paid services are the mainland's.
        ("FR", "0800 12 34 56", &["+33800123456 trunk_zero"]),
        ("FR", "0891 70 12 34", &["+33891701234 trunk_zero"]),
        // Set aside for fiction inside the range of Mayotte.
        ("FR", "06 39 98 00 12", &["+33639980012 trunk_zero"]),
    ]);
    let ranges = [
        ("0590", 590),
        ("0690", 590),
        ("0691", 590),
        ("0594", 594),
        ("0694", 594),
        ("0596", 596),
        ("0696", 596),
        ("0697", 596),
        ("0262", 262),
        ("0269", 262),
        ("0692", 262),
        ("0693", 262),
        ("0639", 262),
    ];
    for (prefix, code) in ranges {
        for rest in ["000001", "123456", "200102", "555555", "999999"] {
            let national = format!("{prefix}{rest}");
            let overseas = format!("+{code}{}", &national[1..]);
            assert_eq!(shortly(&national, "FR"), [format!("{overseas} overseas")]);
            assert_eq!(meet(&overseas, Region::FR, &national, Region::FR), "hit");
            assert_eq!(meet(&national, Region::FR, &overseas, region("DE")), "hit");
            let dialled = format!("+33{}", &national[1..]);
            assert_eq!(meet(&overseas, Region::FR, &dialled, Region::FR), "hit");
        }
    }
}

#[test]
fn a_text_with_two_valid_readings_keeps_both() {
    check(&[
        (
            "DE",
            "491711407447",
            &[
                "+491711407447 country_code_without_plus",
                "?+49491711407447 national",
            ],
        ),
        (
            "DE",
            "030 1234567/68",
            &["+49301234567 trunk_zero", "?+4930123456768 trunk_zero"],
        ),
        ("DE", "030/1234567", &["+49301234567 trunk_zero"]),
        // Somebody who writes the zero has decided.
        ("DE", "01711407447", &["+491711407447 trunk_zero"]),
        ("DE", "+491711407447", &["+491711407447 international"]),
    ]);
    // A national number that also begins with a country code stays national.
    let keys = shortly("431 456 7890", "CA");
    assert_eq!(keys.first().unwrap(), "+14314567890 national", "{keys:?}");
    // No suffix rule: the same digits in two countries are two lines.
    assert_eq!(
        meet("04 46 35 70 14", Region::FR, "+49446357014", Region::FR),
        "none"
    );
}

#[test]
fn addresses_in_a_field_are_taken_apart() {
    check(&[
        (
            "FR",
            "sip:+33199001234@pbx.example",
            &["+33199001234 international"],
        ),
        (
            "FR",
            "sip:0199001234@pbx.example;user=phone",
            &["+33199001234 trunk_zero"],
        ),
        (
            "FR",
            "sips:+33199001234@pbx.example:5061;transport=tls",
            &["+33199001234 international"],
        ),
        (
            "FR",
            "\"Marie\" <sip:+33199001234@pbx.example>",
            &["+33199001234 international"],
        ),
        (
            "FR",
            "<sip:%2B33199001234@pbx.example>",
            &["+33199001234 international"],
        ),
        (
            "FR",
            "SIP:Marie@PBX.example",
            &["marie@pbx.example sip_name"],
        ),
        ("FR", "marie@pbx.example", &["marie@pbx.example sip_name"]),
        ("FR", "tel:0199001234", &["+33199001234 trunk_zero"]),
        (
            "DE",
            "tel:199001234;phone-context=+33",
            &["+33199001234 international"],
        ),
        (
            "FR",
            "tel:0199001234;phone-context=pbx.example",
            &["+33199001234 trunk_zero"],
        ),
        (
            "FR",
            "callto://+33199001234/",
            &["+33199001234 international"],
        ),
        (
            "FR",
            "tel:%2B33%20199001234",
            &["+33199001234 international"],
        ),
        (
            "FR",
            "tel:+33%C2%A0199001234",
            &["+33199001234 international"],
        ),
    ]);
}

#[test]
fn a_mistyped_number_gives_nobody_a_name() {
    for stored in [
        "06 12 34 56 7",
        "+33 6 12 34 56 7",
        "06 12 34 56 789",
        "06 12 34 56",
        "12345678",
    ] {
        assert_eq!(
            meet(stored, Region::FR, "+33612345678", Region::FR),
            "none",
            "{stored}"
        );
    }
}
