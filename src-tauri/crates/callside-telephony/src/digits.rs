//! The last gate before a softphone: digits and a leading plus, nothing else.

use callside_core::ports::DialError;

/// More digits than any number has, post-dial digits included.
const MOST_DIGITS: usize = 32;

/// Answers the digits when they are nothing but digits.
///
/// # Errors
/// [`DialError::Refused`] otherwise: what holds a star, a blank or a dash is no number here.
pub(crate) fn checked(digits: &str) -> Result<&str, DialError> {
    let bare = digits.strip_prefix('+').unwrap_or(digits);
    let plain = (1..=MOST_DIGITS).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit());
    plain.then_some(digits).ok_or(DialError::Refused)
}

/// Texts that must never reach a softphone. Shared by the tests of all diallers.
#[cfg(test)]
pub(crate) const HOSTILE: &[&str] = &[
    "",
    "+",
    "++33199000123",
    "0199000123+",
    "*#06#",
    "0199000123#",
    "01 99 00 01 23",
    "0199000123;id",
    "$(id)",
    "`id`",
    "-h",
    "--account:x",
    "/account:x",
    "0199000123\n",
    "0199000123\0",
    "0199000123&calc",
    "sip:0199000123@evil.example",
    "٠١٩٩٠٠٠١٢٣",
    "０１９９",
    "\u{202e}0199000123",
    "012345678901234567890123456789012",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_with_or_without_a_plus_may_leave() {
        for digits in ["+33199000123", "0199000123", "12", "3631", "+1"] {
            assert_eq!(checked(digits), Ok(digits));
        }
    }

    #[test]
    fn nothing_else_may() {
        for digits in HOSTILE {
            assert_eq!(checked(digits), Err(DialError::Refused), "{digits:?}");
        }
    }
}
