//! How the service writes times and numbers, and what it takes out of texts.

use jiff::Timestamp;

/// An instant as everything but calls and contacts shows it.
pub(super) fn iso(unix_seconds: i64) -> String {
    Timestamp::from_second(unix_seconds)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S.000Z")
        .to_string()
}

/// The text without the pictures that the service takes out.
pub(super) fn without_emojis(text: &str) -> String {
    let is_emoji = |letter: char| {
        matches!(u32::from(letter),
            0x1_F000..=0x1_FAFF | 0x2600..=0x27BF | 0x2B00..=0x2BFF | 0xFE0F | 0x200D)
    };
    text.chars().filter(|letter| !is_emoji(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_taken_out_of_texts() {
        assert_eq!(without_emojis("Très bien 👍🏽 ❤️ !"), "Très bien   !");
    }
}
