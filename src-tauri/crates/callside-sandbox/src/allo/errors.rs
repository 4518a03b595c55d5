//! Refusals: one shape, with a stable code.

use serde_json::{Value, json};

use crate::rest::Refusal;

/// A refusal with its stable code.
pub(super) fn refused(status: u16, code: &str, message: &str) -> Refusal {
    Refusal::new(status, body(status, code, message, None))
}

/// 400 that names one parameter.
pub(super) fn invalid(param: &str, message: &str) -> Refusal {
    Refusal::new(400, body(400, "VALIDATION_ERROR", message, Some(param)))
}

pub(super) fn not_found(what: &str) -> Refusal {
    refused(404, "NOT_FOUND", &format!("{what} not found"))
}

/// 429 with the seconds to wait.
pub(super) fn limited(seconds: u64) -> Refusal {
    let mut body = body(429, "RATE_LIMIT_EXCEEDED", "Too many requests", None);
    let wait = json!({"error": {"retry_after_seconds": seconds}});
    crate::rest::merge(&mut body, wait);
    let mut refusal = Refusal::new(429, body);
    refusal.headers.push(("retry-after", seconds.to_string()));
    refusal
}

/// The text for a status that a fault asks for.
pub(crate) fn for_status(status: u16, retry_after: Option<u64>) -> Refusal {
    let code = match status {
        401 => "API_KEY_INVALID",
        403 => "API_KEY_INSUFFICIENT_SCOPE",
        404 => "NOT_FOUND",
        429 => return limited(retry_after.unwrap_or(1)),
        400..500 => "VALIDATION_ERROR",
        _ => "INTERNAL_ERROR",
    };
    let mut refusal = refused(status, code, "The sandbox was told to refuse");
    if let Some(seconds) = retry_after {
        refusal.headers.push(("retry-after", seconds.to_string()));
    }
    refusal
}

fn body(status: u16, code: &str, message: &str, param: Option<&str>) -> Value {
    let kind = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        429 => "rate_limit_error",
        400..500 => "invalid_request_error",
        _ => "api_error",
    };
    let mut body = json!({"error": {
        "type": kind,
        "code": code,
        "message": message,
        "retryable": status == 429 || status >= 500,
        "request_id": "req_sandbox",
        "doc_url": format!("https://help.example/errors#{code}"),
    }});
    if let Some(param) = param {
        crate::rest::merge(&mut body, json!({"error": {"param": param}}));
    }
    body
}
