//! Values as services write them: ids in quotes or not, times in seconds or as text.
//!
//! Everything here is hostile: it reads what makes sense and leaves out the rest, and never fails.

use callside_http::plain;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

/// The longest name, label or number that is kept, in characters.
pub(crate) const LONGEST_LINE: usize = 300;
/// The longest remark or summary that is kept, in characters.
pub(crate) const LONGEST_PROSE: usize = 20_000;
/// The longest id, in characters.
const LONGEST_ID: usize = 128;
/// The longest link, in characters.
const LONGEST_LINK: usize = 2_000;

/// An id: a whole number, or text of letters, digits, dashes, dots and underscores. Safe inside an
/// address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) String);

impl Id {
    pub(crate) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number
                .as_u64()
                .or(number.as_i64().and_then(|id| u64::try_from(id).ok()))
                .map(|id| Self(id.to_string())),
            Value::String(text) => Self::from_text(text),
            _ => None,
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        (begins && text.len() <= LONGEST_ID && text.chars().all(plain))
            .then(|| Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Value::deserialize(deserializer)?)
            .ok_or_else(|| serde::de::Error::custom("no id"))
    }
}

/// An instant: seconds since 1970, or a date and time as text. Text without a zone is UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(pub(crate) Timestamp);

impl When {
    fn read(value: &Value) -> Option<Timestamp> {
        match value {
            Value::Number(number) => {
                #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
                let whole = || number.as_f64().map(|seconds| seconds as i64);
                let seconds = number.as_i64().or_else(whole)?;
                Timestamp::from_second(seconds).ok()
            }
            Value::String(text) => Self::from_text(text.trim()),
            _ => None,
        }
    }

    fn from_text(text: &str) -> Option<Timestamp> {
        if let Ok(seconds) = text.parse::<i64>() {
            return Timestamp::from_second(seconds).ok();
        }
        let zoneless = || {
            let at = text.parse::<DateTime>().ok();
            at.or_else(|| {
                Some(
                    text.parse::<Date>()
                        .ok()?
                        .to_datetime(jiff::civil::Time::MIN),
                )
            })
        };
        let utc = |at: DateTime| TimeZone::UTC.to_timestamp(at).ok();
        text.parse().ok().or_else(|| zoneless().and_then(utc))
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Value::deserialize(deserializer)?)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("no instant"))
    }
}

/// A number of seconds, as a number or in quotes; what does not fit is as large as fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u32);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast saturates"
        )]
        read.filter(|seconds: &f64| *seconds >= 0.0)
            .map(|seconds| Self(seconds as u32))
            .ok_or_else(|| serde::de::Error::custom("no seconds"))
    }
}

/// Foreign text in one line; None where nothing is left.
pub(crate) fn line(text: Option<&str>) -> Option<String> {
    text.map(|text| plain::line(text, LONGEST_LINE))
        .filter(|text| !text.is_empty())
}

/// Foreign text in several lines; None where nothing is left.
pub(crate) fn prose(text: Option<&str>) -> Option<String> {
    text.map(|text| plain::lines(text, LONGEST_PROSE))
        .filter(|text| !text.is_empty())
}

/// The number of the other side; empty where it is withheld or absent.
pub(crate) fn remote(text: Option<&str>) -> String {
    line(text)
        .filter(|text| !text.eq_ignore_ascii_case("anonymous"))
        .unwrap_or_default()
}

/// `#rrggbb`, where it is one.
pub(crate) fn color(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let digits = text.strip_prefix('#')?;
    let is_color = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_color.then(|| text.to_ascii_lowercase())
}

/// A web page that may be shown as a link: https, or plain http to this computer.
pub(crate) fn link(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let url = (text.len() <= LONGEST_LINK).then(|| Url::parse(text).ok())??;
    is_safe(&url).then(|| url.to_string())
}

/// Whether an address is https, or plain http to this computer, and names nobody who signs in.
pub(crate) fn is_safe(url: &Url) -> bool {
    let bare = url.username().is_empty() && url.password().is_none();
    bare && callside_http::is_safe(url)
}

/// When a call was over that lasted so long.
pub(crate) fn after(start: Timestamp, seconds: u32) -> Timestamp {
    start
        .checked_add(SignedDuration::from_secs(i64::from(seconds)))
        .unwrap_or(start)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn an_instant_is_seconds_or_text_and_text_without_a_zone_is_utc() {
        let noon: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        for value in [
            json!(noon.as_second()),
            json!(noon.as_second().to_string()),
            json!("2026-03-02T12:00:00Z"),
            json!("2026-03-02T13:00:00+01:00"),
            json!("2026-03-02T12:00:00"),
            json!(" 2026-03-02T12:00:00.000Z "),
            json!(1_772_452_800.9),
        ] {
            assert_eq!(
                from_value::<When>(value.clone()).unwrap().0,
                noon,
                "{value}"
            );
        }
        let midnight: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        assert_eq!(from_value::<When>(json!("2026-03-02")).unwrap().0, midnight);
        for value in [
            json!(null),
            json!(true),
            json!("soon"),
            json!([]),
            json!({"at": 1}),
            json!(u64::MAX),
            json!(1e300),
            json!("99999999999999999999"),
        ] {
            assert!(from_value::<When>(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn an_id_is_a_number_or_plain_text() {
        assert_eq!(
            Id::read(&json!(9_007_199_254_740_993_u64)).unwrap().0,
            "9007199254740993"
        );
        assert_eq!(Id::read(&json!(" cll-a_b.1 ")).unwrap().0, "cll-a_b.1");
        for value in [
            json!(null),
            json!(-1),
            json!(1.5),
            json!(""),
            json!("../users"),
            json!("a/b"),
            json!("1?x=2"),
            json!("a".repeat(129)),
            json!(["1"]),
        ] {
            assert!(Id::read(&value).is_none(), "{value}");
        }
    }

    #[test]
    fn seconds_never_overflow() {
        let read = |value: Value| from_value::<Seconds>(value).ok().map(|seconds| seconds.0);
        assert_eq!(read(json!(61)), Some(61));
        assert_eq!(read(json!("61")), Some(61));
        assert_eq!(read(json!(1e300)), Some(u32::MAX));
        assert_eq!(read(json!(-1)), None);
        assert_eq!(read(json!("NaN")), None);
        assert_eq!(read(json!({})), None);
    }

    #[test]
    fn a_link_is_https_and_carries_no_sign_in() {
        assert!(link(Some("https://assets.example.com/calls/1/recording")).is_some());
        assert!(link(Some("http://127.0.0.1:9/x")).is_some());
        for text in [
            "http://assets.example.com/",
            "javascript:alert(1)",
            "https://a:b@example.com/",
            "file:///etc/passwd",
            "calls/1",
            "",
        ] {
            assert_eq!(link(Some(text)), None, "{text}");
        }
        assert_eq!(
            link(Some(&format!("https://example.com/{}", "a".repeat(2_000)))),
            None
        );
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(color(Some("#00B388")).as_deref(), Some("#00b388"));
        assert_eq!(color(Some("red;background:url(x)")), None);
        assert_eq!(color(Some("#12345")), None);
    }
}
