//! Numbers as the telephony services know them, and who calls.

use crate::book::{
    BOULANGERIE_MARTIN_PHONE, Book, BookOptions, FIRST_GENERATED, INES_MOREL_MOBILE,
    LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE, MOULINS_DU_VAL_PHONE, RecordKind, SHARED_NUMBER,
};

/// A caller whom the CRM does not know.
pub const STRANGER: &str = "+33639980510";

/// Codes of countries that the account has numbers of; the longer ones first.
const CODES: [&str; 11] = [
    "262", "590", "594", "596", "508", "33", "44", "49", "32", "41", "39",
];

/// An E.164 number as people read it: `+33 1 23 45 67 89`.
pub(crate) fn spaced(e164: &str) -> String {
    let digits = e164.trim_start_matches('+');
    let code = CODES.iter().find(|code| digits.starts_with(**code));
    let code = code
        .copied()
        .unwrap_or_else(|| if digits.starts_with('1') { "1" } else { "" });
    let rest = digits.strip_prefix(code).unwrap_or(digits);
    let mut text = format!("+{code}");
    for (at, digit) in rest.chars().enumerate() {
        if (rest.len() - at) % 2 == 0 || at == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Whether a text is a number in E.164.
pub(crate) fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The E.164 numbers that call: people of the CRM's book, and strangers.
pub(crate) fn callers(options: BookOptions) -> Vec<String> {
    let book = Book::new(options);
    let known = [
        MARIE_DUPONT_MOBILE,
        BOULANGERIE_MARTIN_PHONE,
        LUC_BERNARD_MOBILE,
        MOULINS_DU_VAL_PHONE,
        SHARED_NUMBER,
        INES_MOREL_MOBILE,
        STRANGER,
    ]
    .map(str::to_owned);
    let last = book.last_id(RecordKind::Contact).min(FIRST_GENERATED + 199);
    let generated = (FIRST_GENERATED..=last)
        .filter_map(|id| book.record(RecordKind::Contact, id)?.mobile_number)
        .filter(|number| is_e164(number));
    let strangers = (0..30).map(|n| format!("+336399806{n:02}"));
    known
        .into_iter()
        .chain(generated)
        .chain(strangers)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_spaces() {
        let table = [
            ("+33199001001", "+33 1 99 00 10 01"),
            ("+442079460123", "+44 20 79 46 01 23"),
            ("+262262991234", "+262 2 62 99 12 34"),
        ];
        for (e164, wanted) in table {
            assert_eq!(spaced(e164), wanted);
        }
    }
}
