//! Where recordings lie: another host than the API in truth, another path here.
//!
//! A link carries its own permission and its end. The store refuses a request that brings a second
//! permission (`Authorization`), and any method but the one the link was made for.

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::{
    audio::audio,
    rest::{Ask, fit},
    server::Shared,
};

/// Where the store lies.
pub(crate) const STORE: &str = "/aircall/storage/";

/// A direct link to a recording or voicemail that lives this many seconds.
pub(super) fn link(home: &str, what: &str, id: u64, now: i64, life: i64) -> String {
    format!(
        "{home}{STORE}{what}/{id}.mp3?{}",
        ticket(what, id, now, life)
    )
}

/// A link that leads to a direct one.
pub(super) fn short_link(home: &str, what: &str, id: u64, now: i64, life: i64) -> String {
    format!(
        "{home}{STORE}short/{what}/{id}?{}",
        ticket(what, id, now, life)
    )
}

fn ticket(what: &str, id: u64, now: i64, life: i64) -> String {
    let expires = now.div_euclid(1_000) + life;
    format!(
        "X-Expires={expires}&X-Signature={}",
        signature(what, id, expires)
    )
}

fn signature(what: &str, id: u64, expires: i64) -> String {
    let digest = Sha256::digest(format!("sandbox storage {what} {id} {expires}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answers for everything under [`STORE`].
pub(super) async fn serve(State(shared): State<Shared>, request: Request) -> Response {
    let ask = Ask::read(shared.now(), request).await;
    if ask.headers.contains_key(header::AUTHORIZATION) {
        let why = "Only one auth mechanism allowed";
        return refused(StatusCode::BAD_REQUEST, "InvalidArgument", why);
    }
    let Some((what, id, is_short)) = wanted(&ask) else {
        return refused(StatusCode::NOT_FOUND, "NoSuchKey", "No such key");
    };
    let expires = ask.query("X-Expires").and_then(|text| text.parse().ok());
    let expires: i64 = expires.unwrap_or_default();
    if ask.method != Method::GET.as_str()
        || ask.query("X-Signature") != Some(signature(&what, id, expires).as_str())
    {
        return refused(
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "Access denied",
        );
    }
    if ask.seconds() >= expires {
        return refused(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired");
    }
    let mut inner = shared.lock();
    let account = inner.aircall(ask.now);
    if is_short {
        let life = account.settings.recording_link_seconds;
        let target = link(&ask.home, &what, id, ask.now, life);
        return (StatusCode::FOUND, [(header::LOCATION, target)]).into_response();
    }
    let bytes = account.calls.get(&id).and_then(|call| match what.as_str() {
        "recording" => call.recording_bytes,
        _ => call.voicemail_bytes,
    });
    match bytes {
        Some(bytes) => audio(id, bytes, &ask.headers),
        None => refused(StatusCode::NOT_FOUND, "NoSuchKey", "No such key"),
    }
}

/// What the path names, and whether the link is a short one.
fn wanted(ask: &Ask) -> Option<(String, u64, bool)> {
    let (named, is_short) = match fit("/aircall/storage/short/{what}/{file}", &ask.path) {
        Some(named) => (named, true),
        None => (fit("/aircall/storage/{what}/{file}", &ask.path)?, false),
    };
    let part = |name: &str| {
        named
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    };
    let what = part("what").filter(|what| ["recording", "voicemail"].contains(&what.as_str()))?;
    let id = part("file")?.trim_end_matches(".mp3").parse().ok()?;
    Some((what, id, is_short))
}

fn refused(status: StatusCode, code: &str, why: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{why}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}
