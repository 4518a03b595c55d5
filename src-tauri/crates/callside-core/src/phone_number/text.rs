//! Text as people and programs write it, brought to plain characters.
//!
//! What looks like a digit, a dash or a blank becomes one of ASCII; what cannot be seen goes.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::plan;

/// The text with full-width and foreign digits, dashes and blanks as ASCII, and without marks that
/// nobody sees. Line ends stay, every other control character becomes a blank.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfkc().filter_map(plain_char).collect())
}

fn plain_char(c: char) -> Option<char> {
    Some(match c {
        ' '..='~' | '\n' => c,
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => '\n',
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => return None,
        '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2796}'
        | '\u{fe58}'
        | '\u{fe63}' => '-',
        '\u{b7}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' => '.',
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        '\u{2795}' => '+',
        c if c.is_control() || c.is_whitespace() => ' ',
        c => plan::ascii_digit(c).unwrap_or(c),
    })
}

/// The text in lower case, without accents: for words that are known here.
pub(super) fn fold(text: &str) -> String {
    let is_mark = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    text.nfkd()
        .filter(|c| !is_mark(c))
        .flat_map(char::to_lowercase)
        .collect()
}
