//! Checks recorded requests against the compact contract of the endpoints in use.
//!
//! A contract is data (a file per service in `tests/contract`): what each endpoint takes in its query and
//! body. It is stricter than the vendor, who takes more than we send: a key that the contract does
//! not name is an error here, so that nothing leaves the app unnoticed.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The contract with Sellsy, as text.
pub const SELLSY: &str = include_str!("../../../../tests/contract/sellsy.json");
/// The contract with Aircall, as text.
pub const AIRCALL: &str = include_str!("../../../../tests/contract/aircall.json");
/// The contract with Allo, as text.
pub const ALLO: &str = include_str!("../../../../tests/contract/allo.json");

/// A service with a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Paths such as `/v2/phone-calls`, and those of the sign-in.
    Sellsy,
    /// Paths such as `/aircall/v1/calls`, as the sandbox serves them.
    Aircall,
    /// Paths such as `/allo/v2/api/me`, as the sandbox serves them.
    Allo,
}

type Read = LazyLock<Result<Value, String>>;

impl Service {
    fn contract(self) -> Result<&'static Value, String> {
        // Read once: a simulation checks a great many requests.
        static SELLSY_READ: Read = LazyLock::new(|| read(SELLSY));
        static AIRCALL_READ: Read = LazyLock::new(|| read(AIRCALL));
        static ALLO_READ: Read = LazyLock::new(|| read(ALLO));
        let contract = match self {
            Self::Sellsy => &SELLSY_READ,
            Self::Aircall => &AIRCALL_READ,
            Self::Allo => &ALLO_READ,
        };
        contract.as_ref().map_err(Clone::clone)
    }
}

fn read(contract: &str) -> Result<Value, String> {
    serde_json::from_str(contract).map_err(|error| format!("the contract is no JSON: {error}"))
}

/// Checks one request that was sent to Sellsy: an API path such as `/v2/phone-calls?limit=1`, or
/// one of the sign-in.
///
/// # Errors
/// What is wrong with it, without its content.
pub fn check_request(method: &str, path_and_query: &str, body: &str) -> Result<(), String> {
    check_request_to(Service::Sellsy, method, path_and_query, body)
}

/// Checks one request that was sent to a service.
///
/// # Errors
/// What is wrong with it, without its content.
pub fn check_request_to(
    service: Service,
    method: &str,
    path_and_query: &str,
    body: &str,
) -> Result<(), String> {
    check_against(service.contract()?, method, path_and_query, body)
        .map_err(|why| format!("{method} {}: {why}", path_of(path_and_query)))
}

/// Checks one request against a contract of the same form.
///
/// # Errors
/// What is wrong with it, without its content.
pub fn check_against(
    contract: &Value,
    method: &str,
    path_and_query: &str,
    body: &str,
) -> Result<(), String> {
    let (path, query) = path_and_query
        .split_once('?')
        .unwrap_or((path_and_query, ""));
    let base = contract
        .get("base")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (list, path) = match path.strip_prefix(base) {
        Some(rest) if !base.is_empty() => ("endpoints", rest),
        _ => ("sign_in", path),
    };
    let endpoints = contract.get(list).and_then(Value::as_array);
    let endpoint = endpoints
        .into_iter()
        .flatten()
        .filter(|endpoint| text(endpoint, "method") == method)
        .filter(|endpoint| fits(text(endpoint, "path"), path))
        // A path without placeholders is the better fit.
        .min_by_key(|endpoint| text(endpoint, "path").matches('{').count())
        .ok_or("no such endpoint in the contract")?;
    check_pairs(endpoint.get("query"), query.as_bytes())?;
    if endpoint.get("form").is_some() {
        return check_pairs(endpoint.get("form"), body.as_bytes());
    }
    match endpoint.get("body") {
        None if body.trim().is_empty() => Ok(()),
        None => Err("a body where none belongs".to_owned()),
        Some(schema) => {
            let body = serde_json::from_str(body).map_err(|_| "the body is no JSON".to_owned())?;
            check_value(schema, &body, "body")
        }
    }
}

fn path_of(path_and_query: &str) -> &str {
    path_and_query
        .split_once('?')
        .map_or(path_and_query, |(path, _)| path)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) => {
                let id = given == "me"
                    || (!given.is_empty() && given.bytes().all(|b| b.is_ascii_digit()));
                let word = wanted.ends_with("*}") && !given.is_empty();
                if wanted != given && !(wanted.starts_with('{') && (id || word)) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

fn check_pairs(allowed: Option<&Value>, pairs: &[u8]) -> Result<(), String> {
    let mut seen = Vec::new();
    for (name, value) in form_urlencoded::parse(pairs) {
        let schema = allowed
            .and_then(|allowed| allowed.get(name.as_ref()))
            .ok_or_else(|| format!("the key {name} is not in the contract"))?;
        if seen.contains(&name) && !name.ends_with("[]") {
            return Err(format!("the key {name} stands twice"));
        }
        let value = match text(schema, "type") {
            "integer" => value.parse::<i64>().map_or(Value::Null, Value::from),
            _ => Value::from(value.as_ref()),
        };
        check_value(schema, &value, &name)?;
        seen.push(name);
    }
    Ok(())
}

fn check_value(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if value.is_null() && schema.get("null") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    match (text(schema, "type"), value) {
        ("any", _) | ("boolean", Value::Bool(_)) => Ok(()),
        ("integer", Value::Number(number)) => check_integer(schema, number.as_i64(), at),
        ("string", Value::String(words)) => check_text(schema, words, at),
        ("array", Value::Array(items)) => check_array(schema, items, at),
        ("object", Value::Object(fields)) => check_object(schema, fields, at),
        (kind, _) => Err(format!("{at} has to be of kind {kind}")),
    }
}

fn check_integer(schema: &Value, number: Option<i64>, at: &str) -> Result<(), String> {
    let number = number.ok_or_else(|| format!("{at} has to be a whole number"))?;
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let low = bound("least").is_some_and(|least| number < least);
    let high = bound("most").is_some_and(|most| number > most);
    if low || high {
        Err(format!("{at} is out of range"))
    } else {
        Ok(())
    }
}

fn check_text(schema: &Value, words: &str, at: &str) -> Result<(), String> {
    for list in ["enum", "among"] {
        let allowed = schema.get(list).and_then(Value::as_array);
        if allowed.is_some_and(|allowed| !allowed.iter().any(|one| one == words)) {
            return Err(format!("{at} holds a word that is not in the contract"));
        }
    }
    let longest = schema.get("longest").and_then(Value::as_u64);
    if longest.is_some_and(|longest| words.chars().count() as u64 > longest) {
        return Err(format!("{at} is too long"));
    }
    let is_instant = words.contains('T') && words.parse::<Timestamp>().is_ok();
    if text(schema, "format") == "date-time" && !is_instant {
        return Err(format!("{at} has to be an instant with its offset"));
    }
    if text(schema, "format") == "date" && !is_date(words) {
        return Err(format!("{at} has to be a day, YYYY-MM-DD"));
    }
    if text(schema, "format") == "e164" && !is_e164(words) {
        return Err(format!("{at} has to be a number in E.164"));
    }
    Ok(())
}

fn is_date(words: &str) -> bool {
    words.len() == 10 && words.parse::<jiff::civil::Date>().is_ok()
}

fn is_e164(words: &str) -> bool {
    let digits = words.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_array(schema: &Value, items: &[Value], at: &str) -> Result<(), String> {
    let count = items.len() as u64;
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    if bound("least").is_some_and(|least| count < least)
        || bound("most").is_some_and(|most| count > most)
    {
        return Err(format!("{at} has the wrong number of elements"));
    }
    let of = schema.get("of").unwrap_or(&Value::Null);
    items
        .iter()
        .try_for_each(|item| check_value(of, item, &format!("{at}[]")))
}

fn check_object(schema: &Value, fields: &Map<String, Value>, at: &str) -> Result<(), String> {
    for name in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let name = name.as_str().unwrap_or_default();
        if !fields.contains_key(name) {
            return Err(format!("{at}.{name} is missing"));
        }
    }
    for (name, value) in fields {
        let schema = schema
            .get("fields")
            .and_then(|known| known.get(name))
            .ok_or_else(|| format!("{at}.{name} is not in the contract"))?;
        check_value(schema, value, &format!("{at}.{name}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_call_that_fits_passes() {
        let body = r#"{"owner_id":1,"source":"outcoming","result":"connected",
            "date":"2026-03-02T09:41:07+01:00","related":[{"type":"contact","id":5}]}"#;
        assert_eq!(check_request("POST", "/v2/phone-calls", body), Ok(()));
        assert_eq!(
            check_request("GET", "/v2/staffs/me?embed%5B%5D=account", ""),
            Ok(())
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let table = [
            ("POST", "/v2/phone-calls", r#"{"owner_id":1}"#, "is missing"),
            ("POST", "/v2/phone-calls/search", "{}", "filters is missing"),
            (
                "POST",
                "/v2/companies/search",
                r#"{"filters":[]}"#,
                "of kind object",
            ),
            (
                "POST",
                "/v2/companies/search",
                r#"{"filters":{"phone":1}}"#,
                "not in the contract",
            ),
            (
                "POST",
                "/v2/companies/search?limit=101",
                r#"{"filters":{}}"#,
                "out of range",
            ),
            (
                "POST",
                "/v2/companies/search?embed=owner",
                r#"{"filters":{}}"#,
                "embed is not",
            ),
            (
                "POST",
                "/v2/contacts/search?order=updated_at",
                r#"{"filters":{}}"#,
                "a word",
            ),
            ("GET", "/v2/contacts/x", "", "no such endpoint"),
            ("GET", "/v2/quotas", "{}", "none belongs"),
            ("DELETE", "/v2/phone-calls/1", "", "no such endpoint"),
            (
                "POST",
                "/oauth2/access-tokens",
                "grant_type=password",
                "a word",
            ),
        ];
        for (method, path, body, why) in table {
            let error = check_request(method, path, body).unwrap_err();
            assert!(error.contains(why), "{method} {path}: {error}");
        }
    }

    #[test]
    fn requests_to_the_telephony_services_are_checked_too() {
        use Service::{Aircall, Allo};
        let fit = [
            (Aircall, "GET", "/aircall/v2/users/agent@example.com", ""),
            (Aircall, "GET", "/aircall/v1/calls/5?fetch_contact=true", ""),
            (
                Aircall,
                "GET",
                "/aircall/v1/calls/search?phone_number=%2B33639980145&tags[]=1&tags[]=2",
                "",
            ),
            (
                Aircall,
                "POST",
                "/aircall/v1/users/7/dial",
                r#"{"to":"+33639980145"}"#,
            ),
            (
                Allo,
                "DELETE",
                "/allo/v2/api/conversations/items/cll-1/tags/tag_2",
                "",
            ),
            (
                Allo,
                "POST",
                "/allo/v2/api/conversations/items/search",
                r#"{"type":"CALL","date":{"from":"2026-03-02"},"page":1}"#,
            ),
        ];
        for (service, method, path, body) in fit {
            assert_eq!(check_request_to(service, method, path, body), Ok(()));
        }
        let wrong = [
            (
                Aircall,
                "GET",
                "/aircall/v1/calls?per_page=51",
                "",
                "out of range",
            ),
            (
                Aircall,
                "GET",
                "/aircall/v1/contacts/search?query=x",
                "",
                "not in the contract",
            ),
            (
                Aircall,
                "POST",
                "/aircall/v1/users/7/dial",
                r#"{"to":"0639980145"}"#,
                "E.164",
            ),
            (
                Aircall,
                "DELETE",
                "/aircall/v1/calls/5/recording",
                "",
                "no such endpoint",
            ),
            (
                Allo,
                "POST",
                "/allo/v2/api/conversations/items/search",
                r#"{"page":0}"#,
                "out of range",
            ),
            (
                Allo,
                "POST",
                "/allo/v2/api/conversations/items/search",
                r#"{"date":{"from":"2026-03-02T08:00:00Z"}}"#,
                "a day",
            ),
        ];
        for (service, method, path, body, why) in wrong {
            let error = check_request_to(service, method, path, body).unwrap_err();
            assert!(error.contains(why), "{method} {path}: {error}");
        }
    }
}
