//! Recordings of any size, whole or in parts.
//!
//! Nothing of them is stored: every byte is computed from the recording's id and its place.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::ReaderStream;

use crate::rest::put_headers;

/// The audio, or the part of it that is asked for.
pub(crate) fn audio(id: u64, bytes: u64, headers: &HeaderMap) -> Response {
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
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
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
