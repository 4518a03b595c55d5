//! The two tiers of refusals: the edge in front of the service, and the service itself.

use serde_json::json;

use crate::rest::Refusal;

/// The edge refuses before the service sees the request: no key, wrong key, wrong path.
pub(crate) fn edge(status: u16) -> Refusal {
    Refusal::new(status, json!({"message": reason(status)}))
}

/// The service refuses and says why.
pub(crate) fn refused(status: u16, why: &str) -> Refusal {
    Refusal::new(
        status,
        json!({"error": reason(status), "troubleshoot": why}),
    )
}

pub(crate) fn not_found(what: &str) -> Refusal {
    refused(404, &format!("{what} not found"))
}

/// 405: the state of the user, the line or the call forbids it.
pub(crate) fn wrong_state(why: &str) -> Refusal {
    Refusal::new(
        405,
        json!({"error": reason(405), "troubleshoot": why, "success": false}),
    )
}

/// 422 that names one field.
pub(crate) fn invalid(field: &str, why: &str) -> Refusal {
    Refusal::new(
        422,
        json!({"error": reason(422), "success": false, "errors": {field: [why]}}),
    )
}

/// The text for a status that a fault asks for.
pub(crate) fn for_status(status: u16, retry_after: Option<u64>) -> Refusal {
    let mut refusal = match status {
        401 | 403 => edge(status),
        _ => refused(status, "The sandbox was told to refuse"),
    };
    if let Some(seconds) = retry_after {
        refusal.headers.push(("retry-after", seconds.to_string()));
    }
    refusal
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Payload Too Large",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
