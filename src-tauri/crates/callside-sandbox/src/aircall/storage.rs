//! Where recordings lie: another host than the API in truth, another path here.
//!
//! A link carries its own permission and its end. The store refuses a request that brings a second
//! permission (`Authorization`), and any method but the one the link was made for.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::ReaderStream;

use crate::{
    rest::{Ask, fit, put_headers},
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

/// The audio, or the part of it that is asked for.
fn audio(id: u64, bytes: u64, headers: &HeaderMap) -> Response {
    let etag = format!("\"{id:x}-{bytes:x}\"");
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let same = text(header::IF_RANGE).is_none_or(|wanted| wanted == etag);
    let range = text(header::RANGE)
        .filter(|_| same)
        .map(|range| part(range, bytes));
    let (status, from, to) = match range {
        None => (StatusCode::OK, 0, bytes),
        Some(Some((from, to))) => (StatusCode::PARTIAL_CONTENT, from, to),
        Some(None) => {
            let mut response = refused(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                "Not there",
            );
            put_headers(
                &mut response,
                vec![("content-range", format!("bytes */{bytes}"))],
            );
            return response;
        }
    };
    let stream = ReaderStream::new(Tone { id, at: from, to });
    let mut response = (status, Body::from_stream(stream)).into_response();
    let mut told = vec![
        ("content-type", "audio/mpeg".to_owned()),
        ("content-length", (to - from).to_string()),
        ("accept-ranges", "bytes".to_owned()),
        ("etag", etag),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        let last = to.saturating_sub(1);
        told.push(("content-range", format!("bytes {from}-{last}/{bytes}")));
    }
    put_headers(&mut response, told);
    response
}

/// The bounds of `bytes=A-B`, `bytes=A-` or `bytes=-N`; the second one is not included.
fn part(range: &str, bytes: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (first, last) {
        ("", tail) => (bytes.saturating_sub(tail.parse().ok()?), bytes),
        (first, "") => (first.parse().ok()?, bytes),
        (first, last) => (
            first.parse().ok()?,
            last.parse::<u64>().ok()?.checked_add(1)?.min(bytes),
        ),
    };
    (from < to).then_some((from, to))
}

fn refused(status: StatusCode, code: &str, why: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{why}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

/// The byte of a recording at a place: whoever puts parts together wrongly gets another file.
#[must_use]
pub fn recorded_byte(id: u64, at: u64) -> u8 {
    ((id ^ (at >> 8)).wrapping_mul(31).wrapping_add(at) % 251) as u8
}

/// Bytes that stand for sound.
struct Tone {
    id: u64,
    at: u64,
    to: u64,
}

impl AsyncRead for Tone {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let room = (buf.remaining() as u64).min(self.to - self.at);
        let piece: Vec<u8> = (self.at..self.at + room)
            .map(|at| recorded_byte(self.id, at))
            .collect();
        buf.put_slice(&piece);
        self.at += room;
        Poll::Ready(Ok(()))
    }
}
