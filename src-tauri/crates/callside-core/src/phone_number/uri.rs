//! Addresses that hold a number: `tel:`, `callto:`, `sip:` and `sips:`.
//!
//! They come from links, from softphones and from CRM fields, well-formed or not, so they are taken
//! apart leniently: the first scheme counts, what follows `;` or `?` are parameters, and nothing
//! that is missing is an error.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::text::clean;

/// What an address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A number, perhaps not a complete one.
    Tel {
        /// The number as written, without parameters; a `phone-context` that is a number prefix
        /// stands before it.
        number: String,
        /// The `ext` parameter.
        extension: Option<String>,
    },
    /// A SIP account.
    Sip {
        /// What stands before the `@`, decoded.
        user: String,
        /// What stands behind it, without port and parameters. Empty when there is none.
        host: String,
        /// The user part can be read as a number.
        number: Option<String>,
    },
}

const SCHEMES: &[(&str, bool)] = &[
    ("sips:", true),
    ("sip:", true),
    ("callto:", false),
    ("phone:", false),
    ("tel:", false),
];

/// Finds the address in a text such as `"Marie" <sip:+331990012@pbx.example;user=phone>`. None when
/// the text has no such scheme and is no `user@host`.
pub(crate) fn address_in(text: &str) -> Option<Address> {
    let Some((rest, is_sip)) = after_scheme(text) else {
        return bare_sip(text);
    };
    // In angle brackets the address ends with them.
    let rest = rest
        .split(['>', '<', '"'])
        .next()
        .unwrap_or_default()
        .trim();
    let rest = rest.trim_start_matches('/');
    Some(if is_sip { sip(rest) } else { tel(rest) })
}

fn after_scheme(text: &str) -> Option<(&str, bool)> {
    text.match_indices(':').find_map(|(colon, _)| {
        let head = text.get(..=colon)?;
        let rest = text.get(colon + 1..)?;
        let (_, is_sip) = SCHEMES.iter().find(|(scheme, _)| ends_with(head, scheme))?;
        // "Tel: 01 99 00 12 34" is a label; an address follows its colon at once.
        (!rest.starts_with(char::is_whitespace)).then_some((rest, *is_sip))
    })
}

/// Whether the text ends with this scheme, in any case, and not with a longer word.
fn ends_with(text: &str, scheme: &str) -> bool {
    let split = text.len().checked_sub(scheme.len());
    let Some((before, end)) = split.and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    end.eq_ignore_ascii_case(scheme) && !before.ends_with(char::is_alphanumeric)
}

fn bare_sip(text: &str) -> Option<Address> {
    let text = text.split_once('<').map_or(text, |(_, inner)| inner);
    let text = text.split('>').next().unwrap_or_default().trim();
    let (user, host) = text.split_once('@')?;
    let word = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    (word(user) && word(host)).then(|| sip(text))
}

fn tel(rest: &str) -> Address {
    let rest = rest.trim_end_matches('/');
    let mut parts = rest.split(';');
    let number = parts.next().unwrap_or_default();
    // Acrobats of links add a query; a number has none.
    let number = decoded(number.split('?').next().unwrap_or_default());
    let parameters: Vec<(String, String)> = parts.map(parameter).collect();
    let of = |name: &str| {
        let found = parameters.iter().find(|(its, _)| its == name);
        found.map(|(_, value)| value.clone())
    };
    Address::Tel {
        number: in_context(clean(&number).trim(), of("phone-context").as_deref()),
        extension: of("ext").filter(|ext| !ext.is_empty()),
    }
}

fn sip(rest: &str) -> Address {
    let rest = rest.split('?').next().unwrap_or_default();
    let (user, host) = match rest.split_once('@') {
        Some((user, host)) => (user, host),
        // "sip:+33199001234" without a host is a number; "sip:pbx.example" is a host.
        None if rest.starts_with(|c: char| c.is_ascii_digit() || c == '+') => (rest, ""),
        None => ("", rest),
    };
    let host = host.split([';', '/']).next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let mut parts = user.split(';');
    let name = decoded(parts.next().unwrap_or_default());
    // A password may stand behind a colon.
    let name = name.split(':').next().unwrap_or_default().trim().to_owned();
    let context = parts
        .map(parameter)
        .find(|(name, _)| name == "phone-context");
    let plain = clean(&name);
    let is_number = plain.bytes().filter(u8::is_ascii_digit).count() >= 2
        && plain
            .bytes()
            .all(|b| b.is_ascii_digit() || b"+-.() ".contains(&b));
    let number =
        is_number.then(|| in_context(&plain, context.as_ref().map(|(_, value)| value.as_str())));
    Address::Sip {
        user: name,
        host: host.trim().to_owned(),
        number,
    }
}

fn in_context(number: &str, context: Option<&str>) -> String {
    match context {
        Some(prefix) if prefix.starts_with('+') && !number.starts_with('+') => {
            format!("{prefix}{number}")
        }
        _ => number.to_owned(),
    }
}

fn parameter(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.trim().to_ascii_lowercase(), decoded(value.trim()))
}

fn decoded(text: &str) -> String {
    match percent_decode_str(text).decode_utf8() {
        Ok(Cow::Owned(text)) => text,
        Ok(Cow::Borrowed(text)) => text.to_owned(),
        Err(_) => text.to_owned(),
    }
}
