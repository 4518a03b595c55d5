//! What is written can be read back.

use super::*;
use crate::phone_number::plan::examples;

#[test]
fn every_form_of_every_plans_example_reads_back_as_the_same_number() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (code, digits) in examples() {
        let Some(number) = PhoneNumber::from_stored(digits) else {
            panic!("example of {code} is no E.164 number");
        };
        // The French plan has more than one form for a line; the kept one is read back.
        let kept = match overseas::home(digits) {
            overseas::Home::Overseas(form) => form,
            _ => number,
        };
        let region = region(&code);
        let forms = [
            number.e164(),
            number.international(),
            number.national(),
            number.international().replacen('+', "00", 1),
            format!("tel:{}", number.international().replace(' ', "-")),
            format!("sip:{}@pbx.example;user=phone", number.e164()),
        ];
        for form in forms {
            let bare = form
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b' ');
            let few = form.bytes().filter(u8::is_ascii_digit).count() <= 6;
            // Few digits are a short number, though some plans have services as short as that. And
            // services that are dialled alike all over France are the mainland's.
            let is_service = overseas::dials_french(region) && form.starts_with("08");
            if bare && few && !short_plan(&code) || is_service {
                continue;
            }
            seen += 1;
            let keys = read_stored(&form, region);
            let first = keys.first().map(|reading| reading.key.clone());
            if first != Some(NumberKey::E164(kept)) {
                wrong.push(format!("{code} {form}: not {}", kept.e164()));
            }
        }
    }
    assert!(seen > 5_000, "{seen}");
    assert!(
        wrong.is_empty(),
        "{} of {seen}: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}

/// Whether all numbers of the region have six digits at most.
fn short_plan(code: &str) -> bool {
    ["AC", "AD", "FK", "FO", "GL", "NU", "PM", "SH", "TA", "TK"].contains(&code)
}

#[test]
fn a_number_is_written_as_at_home_and_as_from_abroad() {
    let paris = PhoneNumber::from_stored(33_199_001_234).unwrap();
    assert_eq!(paris.e164(), "+33199001234");
    assert_eq!(paris.national(), "01 99 00 12 34");
    assert_eq!(paris.international(), "+33 1 99 00 12 34");
    assert_eq!(paris.region(), Some(Region::FR));
    let rome = PhoneNumber::from_stored(390_212_345_678).unwrap();
    assert_eq!(
        (rome.national().as_str(), rome.region().unwrap().as_str()),
        ("02 1234 5678", "IT")
    );
}

#[test]
fn the_plan_tells_what_sort_of_line_it_is() {
    let table = [
        ("+33639980012", NumberKind::Unknown),
        ("+33612345678", NumberKind::Mobile),
        ("+33199001234", NumberKind::FixedLine),
        ("+33800123456", NumberKind::TollFree),
        ("+33891701234", NumberKind::PremiumRate),
        ("+33972101010", NumberKind::Voip),
        ("+442079460018", NumberKind::FixedLine),
        ("+443069990123", NumberKind::Unknown),
        ("+12025550143", NumberKind::FixedLine),
        ("3631", NumberKind::Short),
        ("", NumberKind::Withheld),
    ];
    for (text, kind) in table {
        assert_eq!(read_remote(text, Region::FR).kind, kind, "{text}");
    }
}
