//! Foreign text made harmless to look at.

/// Plain words in one line: no control characters, no text direction marks, blanks folded, at most
/// so many characters.
pub fn line(text: &str, most: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || is_invisible(c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}

/// The same with its line breaks kept: what a person wrote over several lines.
pub fn lines(text: &str, most: usize) -> String {
    let rows: Vec<String> = text.lines().map(|row| line(row, most)).collect();
    rows.join("\n").trim().chars().take(most).collect()
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_mislead_the_eye_is_gone() {
        assert_eq!(line(" a\u{202e}b\n\tc\0d  e ", 300), "a b c d e");
        assert_eq!(line("abc", 2), "ab");
        assert_eq!(
            lines("one\u{7}\n\n two  \r\nthree\n", 300),
            "one\n\ntwo\nthree"
        );
    }
}
