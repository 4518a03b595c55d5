//! The number plans of the world, as one library knows them.
//!
//! This is the only place that names `rlibphonenumber`, so that it can be replaced: the case files
//! in `tests/cases` hold it to the reference implementation. Texts come in as they are; what a CRM
//! field adds around a number is taken off before, in `field`.

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL as UTIL, PhoneNumber as Plain, PhoneNumberFormat,
    PhoneNumberType, Region as Code,
};

use super::{NumberKind, Region};

/// A number as the library read it.
#[derive(Clone)]
pub(super) struct Parsed(Plain);

/// What the caller of a number pays, as far as the plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    FixedLine,
    Mobile,
    TollFree,
    PremiumRate,
    SharedCost,
    Voip,
    Personal,
    Company,
    Other,
    Invalid,
}

fn code(region: Region) -> Option<Code> {
    Code::from_code(region.as_str()).ok()
}

/// Whether the plan of this region is known.
pub(super) fn knows(region: &str) -> bool {
    Code::from_code(region)
        .is_ok_and(|code| code != Code::World && UTIL.get_country_code_for_region(code).is_some())
}

/// Reads one number. None when the text is no number.
pub(super) fn parse(text: &str, region: Region) -> Option<Parsed> {
    UTIL.parse(text, code(region)).ok().map(Parsed)
}

/// Takes E.164 digits apart. None when no country has such a code.
pub(super) fn from_digits(digits: u64) -> Option<Parsed> {
    let (country_code, nsn_len) = split(digits)?;
    let power = 10_u64.checked_pow(nsn_len)?;
    let national_number = digits % power;
    let zeros = nsn_len.saturating_sub(decimal_len(national_number));
    let mut plain = Plain {
        country_code: i32::from(country_code),
        national_number,
        ..Plain::default()
    };
    if zeros > 0 {
        plain.italian_leading_zero = Some(true);
        if zeros > 1 {
            plain.number_of_leading_zeros = i32::try_from(zeros).ok();
        }
    }
    Some(Parsed(plain))
}

fn decimal_len(number: u64) -> u32 {
    number.checked_ilog10().map_or(1, |log| log + 1)
}

fn split(digits: u64) -> Option<(u16, u32)> {
    let len = decimal_len(digits);
    for code_len in 1..=3 {
        let nsn_len = len.checked_sub(code_len)?;
        if nsn_len == 0 {
            return None;
        }
        let country_code = u16::try_from(digits / 10_u64.checked_pow(nsn_len)?).ok()?;
        if UTIL
            .get_region_for_country_code(i32::from(country_code))
            .is_some()
        {
            return Some((country_code, nsn_len));
        }
    }
    None
}

impl Parsed {
    /// The calling code of the country.
    pub(super) fn country_code(&self) -> u16 {
        u16::try_from(self.0.country_code).unwrap_or(0)
    }

    /// The E.164 digits, country code first. None when they do not fit into 19 digits.
    pub(super) fn digits(&self) -> Option<u64> {
        let zeros = if self.0.italian_leading_zero.unwrap_or(false) {
            u32::try_from(self.0.number_of_leading_zeros.unwrap_or(1)).ok()?
        } else {
            0
        };
        let len = if self.0.national_number == 0 {
            zeros.max(1)
        } else {
            decimal_len(self.0.national_number).checked_add(zeros)?
        };
        u64::from(self.country_code())
            .checked_mul(10_u64.checked_pow(len)?)?
            .checked_add(self.0.national_number)
    }

    /// Whether the plan has given out numbers like this one.
    pub(super) fn is_valid(&self) -> bool {
        UTIL.is_valid_number(&self.0)
    }

    /// Whether a whole number of the country may have this length; one without its area code does
    /// not count.
    pub(super) fn is_possible(&self) -> bool {
        UTIL.is_possible_number_with_reason(&self.0) == Ok(NumberLengthType::IsPossible)
    }

    /// Whether a zero follows the country code.
    pub(super) fn starts_with_zero(&self) -> bool {
        self.0.italian_leading_zero.unwrap_or(false)
    }

    /// How many digits follow the country code.
    pub(super) fn national_len(&self) -> usize {
        let len = self.digits().map_or(0, decimal_len);
        let len = len.saturating_sub(decimal_len(u64::from(self.country_code())));
        usize::try_from(len).unwrap_or(usize::MAX)
    }

    /// The region, for numbers that belong to one.
    pub(super) fn region(&self) -> Option<Region> {
        let code = UTIL.get_region_for_number(&self.0)?;
        (code != Code::World)
            .then(|| Region::from_code(&code.as_region_str()))
            .flatten()
    }

    /// What sort of line it is.
    pub(super) fn class(&self) -> Class {
        match UTIL.get_number_type(&self.0) {
            PhoneNumberType::FixedLine | PhoneNumberType::FixedLineOrMobile => Class::FixedLine,
            PhoneNumberType::Mobile => Class::Mobile,
            PhoneNumberType::TollFree => Class::TollFree,
            PhoneNumberType::PremiumRate => Class::PremiumRate,
            PhoneNumberType::SharedCost => Class::SharedCost,
            PhoneNumberType::VoIP => Class::Voip,
            PhoneNumberType::PersonalNumber => Class::Personal,
            PhoneNumberType::UAN => Class::Company,
            PhoneNumberType::Pager | PhoneNumberType::VoiceMail => Class::Other,
            PhoneNumberType::Unknown => Class::Invalid,
        }
    }

    /// As people of the country write it.
    pub(super) fn national(&self) -> String {
        UTIL.format(&self.0, PhoneNumberFormat::National)
            .into_owned()
    }

    /// As people abroad write it.
    pub(super) fn international(&self) -> String {
        UTIL.format(&self.0, PhoneNumberFormat::International)
            .into_owned()
    }
}

impl Class {
    /// The word for people and JSON.
    pub(super) fn kind(self) -> NumberKind {
        match self {
            Self::FixedLine => NumberKind::FixedLine,
            Self::Mobile => NumberKind::Mobile,
            Self::TollFree => NumberKind::TollFree,
            Self::PremiumRate => NumberKind::PremiumRate,
            Self::SharedCost => NumberKind::SharedCost,
            Self::Voip => NumberKind::Voip,
            Self::Personal | Self::Company | Self::Other | Self::Invalid => NumberKind::Unknown,
        }
    }
}

/// The calling code of a region.
pub(super) fn country_code(region: Region) -> Option<u16> {
    let code = UTIL.get_country_code_for_region(code(region)?)?;
    u16::try_from(code).ok()
}

/// Whether people of the region dial a zero before a national number.
pub(super) fn has_trunk_zero(region: Region) -> bool {
    let Some(example) = code(region).and_then(|code| UTIL.get_example_number(code).ok()) else {
        return false;
    };
    let starts_with_zero = example.italian_leading_zero.unwrap_or(false);
    !starts_with_zero
        && Parsed(example)
            .national()
            .trim_start_matches('(')
            .starts_with('0')
}

/// How many digits a usual national number of the region has, without the trunk prefix.
pub(super) fn usual_len(region: Region) -> Option<u32> {
    let example = UTIL.get_example_number(code(region)?).ok()?;
    let digits = Parsed(example).digits()?;
    split(digits).map(|(_, len)| len)
}

/// The decimal digit that a character of any script stands for.
pub(super) fn ascii_digit(c: char) -> Option<char> {
    if !c.is_numeric() {
        return None;
    }
    let mut buffer = [0; 4];
    let mut digits = UTIL
        .normalize_digits_only(c.encode_utf8(&mut buffer))
        .chars()
        .collect::<Vec<_>>();
    let digit = digits.pop()?;
    (digits.is_empty() && digit.is_ascii_digit()).then_some(digit)
}

/// The E.164 digits of an example of every sort of line, for every region.
#[cfg(test)]
pub(super) fn examples() -> Vec<(String, u64)> {
    let types = [
        PhoneNumberType::FixedLine,
        PhoneNumberType::Mobile,
        PhoneNumberType::TollFree,
        PhoneNumberType::PremiumRate,
        PhoneNumberType::SharedCost,
        PhoneNumberType::VoIP,
        PhoneNumberType::PersonalNumber,
        PhoneNumberType::Pager,
        PhoneNumberType::UAN,
        PhoneNumberType::VoiceMail,
    ];
    let mut examples = Vec::new();
    for region in UTIL.get_supported_regions() {
        for sort in types {
            let example = UTIL.get_example_number_for_type_and_region(region, sort);
            if let Some(digits) = example.ok().and_then(|example| Parsed(example).digits()) {
                examples.push((region.as_region_str().to_string(), digits));
            }
        }
    }
    examples.sort();
    examples
}
