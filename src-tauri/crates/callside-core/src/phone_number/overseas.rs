//! The French number plan, which is one plan over several country codes.
//!
//! A line in Guadeloupe has a French number (0590 29 00 00) and a number of its own country code
//! (+590 590 29 00 00); dialled from anywhere in France they are the same line. The overseas form
//! is the one that is kept. Which numbers are overseas is asked of the number plans, never listed
//! here.

use std::sync::OnceLock;

use super::plan::Class;
use super::{PhoneNumber, Region};

/// The country codes of the French plan besides 33.
const CODES: [u64; 5] = [262, 508, 590, 594, 596];
/// The regions under these codes.
const REGIONS: [&str; 8] = ["BL", "GF", "GP", "MF", "MQ", "PM", "RE", "YT"];

/// Mobile numbers set aside for fiction in mainland France, inside a range that is otherwise
/// overseas: neither plan gives them to anybody.
const FICTION: std::ops::Range<u64> = 639_980_000..639_990_000;

/// Where a French number lives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// Under +33, as written.
    Mainland,
    /// Overseas, with this number.
    Overseas(PhoneNumber),
    /// In a range that several overseas regions share, so it could be any of these.
    Unclear(Vec<PhoneNumber>),
}

/// Whether people of the region dial by the French plan.
pub(super) fn dials_french(region: Region) -> bool {
    region == Region::FR || REGIONS.contains(&region.as_str())
}

/// Where the number with these E.164 digits lives.
pub(super) fn home(digits: u64) -> Home {
    let Some(national) = digits
        .checked_sub(33_000_000_000)
        .filter(|national| (100_000_000..1_000_000_000).contains(national))
    else {
        return Home::Mainland;
    };
    let range = range_of(national);
    if range.is_empty() || FICTION.contains(&national) {
        return Home::Mainland;
    }
    let mut exact = range.forms(national).filter(|number| is_line(*number));
    match (exact.next(), exact.next()) {
        (Some(first), Some(second)) => {
            let mut all = vec![first, second];
            all.extend(exact);
            Home::Unclear(all)
        }
        (Some(only), None) => Home::Overseas(only),
        (None, _) if range.voip => Home::Mainland,
        (None, _) => range
            .only_form(national)
            .map_or(Home::Mainland, Home::Overseas),
    }
}

/// What the plans say of one range of three digits.
#[derive(Debug, Default, Clone, Copy)]
struct Range {
    /// Which of [`CODES`] have lines here, a bit each.
    codes: u8,
    /// Some of the lines live in the internet; the mainland has such lines in the same range.
    voip: bool,
}

impl Range {
    fn is_empty(self) -> bool {
        self.codes == 0
    }

    fn forms(self, national: u64) -> impl Iterator<Item = PhoneNumber> {
        let claimed = move |(index, code): (usize, u64)| {
            (self.codes & (1 << index) != 0).then(|| form(code, national))
        };
        CODES.into_iter().enumerate().filter_map(claimed).flatten()
    }

    /// The form under the only country code that has lines in this range.
    fn only_form(self, national: u64) -> Option<PhoneNumber> {
        (self.codes.count_ones() == 1)
            .then(|| self.forms(national).next())
            .flatten()
    }
}

/// The overseas form of a French national number. Saint-Pierre-et-Miquelon has six digits behind
/// its code, and the French number is the code and these six; elsewhere all nine follow the code.
fn form(code: u64, national: u64) -> Option<PhoneNumber> {
    let digits = if code == 508 && national / 1_000_000 == 508 {
        national
    } else {
        code * 1_000_000_000 + national
    };
    PhoneNumber::from_stored(digits)
}

fn is_line(number: PhoneNumber) -> bool {
    matches!(
        number.class(),
        Class::FixedLine | Class::Mobile | Class::Voip
    )
}

/// Asks the plans once per range: a hundred numbers of it, under every code.
fn range_of(national: u64) -> Range {
    static RANGES: [OnceLock<Range>; 1000] = [const { OnceLock::new() }; 1000];
    let prefix = national / 1_000_000;
    // Numbers with 8 are services, and the overseas plans repeat those of the mainland.
    if prefix / 100 == 8 {
        return Range::default();
    }
    let Some(range) = usize::try_from(prefix)
        .ok()
        .and_then(|prefix| RANGES.get(prefix))
    else {
        return Range::default();
    };
    *range.get_or_init(|| sample(prefix))
}

fn sample(prefix: u64) -> Range {
    let mut range = Range::default();
    for (index, code) in CODES.into_iter().enumerate() {
        for next in 0..100 {
            let national = prefix * 1_000_000 + next * 10_000 + 2_345;
            match form(code, national).map(PhoneNumber::class) {
                Some(Class::FixedLine | Class::Mobile) => range.codes |= 1 << index,
                Some(Class::Voip) => {
                    range.codes |= 1 << index;
                    range.voip = true;
                }
                _ => {}
            }
        }
    }
    range
}

/// The plan by which a national number of the region is read.
pub(super) fn plan_of(region: Region) -> Region {
    if dials_french(region) {
        Region::FR
    } else {
        region
    }
}
