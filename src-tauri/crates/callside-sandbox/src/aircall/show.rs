//! How the service writes times and numbers, and what it takes out of texts.

use jiff::Timestamp;

/// An instant as everything but calls and contacts shows it.
pub(super) fn iso(unix_seconds: i64) -> String {
    Timestamp::from_second(unix_seconds)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S.000Z")
        .to_string()
}

/// Codes of countries that the account has numbers of; the longer ones first.
const CODES: [&str; 11] = [
    "262", "590", "594", "596", "508", "33", "44", "49", "32", "41", "39",
];

/// An E.164 number as people read it: `+33 1 23 45 67 89`.
pub(super) fn spaced(e164: &str) -> String {
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

/// The text without the pictures that the service takes out.
pub(super) fn without_emojis(text: &str) -> String {
    let is_emoji = |letter: char| {
        matches!(u32::from(letter),
            0x1_F000..=0x1_FAFF | 0x2600..=0x27BF | 0x2B00..=0x2BFF | 0xFE0F | 0x200D)
    };
    text.chars().filter(|letter| !is_emoji(*letter)).collect()
}

/// Whether a text is a number in E.164.
pub(super) fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
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

    #[test]
    fn pictures_are_taken_out_of_texts() {
        assert_eq!(without_emojis("Très bien 👍🏽 ❤️ !"), "Très bien   !");
    }
}
