//! One HTTP client for all CRMs, and what an answer means.
//!
//! Two questions are settled here and nowhere else: whether a failed request may have had an
//! effect, and whether trying again can help. A request that never left the machine is
//! [`Fault::NotSent`]; one whose answer was lost, or whose server broke down, may have been
//! obeyed. Redirects are never followed, since a bearer token must not travel to another host.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use callside_core::outbox::DeliveryError;
use callside_core::ports::ReadError;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;
use url::{Host, Url};

use crate::budget::QuotaLeft;

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(20);
/// Idle connections are dropped before servers usually do: a request on a connection that just
/// closed would end in doubt for nothing.
const IDLE: Duration = Duration::from_secs(20);
const LARGEST_BODY: usize = 8 * 1024 * 1024;
const LONGEST_WORDS: usize = 300;
/// Nobody is made to wait longer than this by one header.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum HttpSetup {
    /// The address is neither https nor plain http to this computer.
    #[error("set up the CRM client: the address must be https (plain http only to this computer)")]
    UnsafeAddress,
    /// The system's TLS library failed.
    #[error("set up the CRM client: TLS is not available")]
    Tls(#[source] reqwest::Error),
}

/// The HTTP client of one service.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    largest_body: usize,
}

/// An answer of any status, read to its end.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What the vendor's quota headers left.
    pub left: QuotaLeft,
    /// How long a 429 or 503 asked to wait.
    pub retry_after: Option<SignedDuration>,
    /// The server's own clock, to the second.
    pub date: Option<Timestamp>,
    /// At most 8 MiB.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// No answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Nothing left this machine.
    #[error("send the request: no connection")]
    NotSent,
    /// The request left, and no whole answer came back.
    #[error("send the request: no answer")]
    Unanswered,
}

impl Http {
    /// A client for the service at this address.
    ///
    /// # Errors
    /// [`HttpSetup`] when the address is plain http to another machine, or TLS is missing.
    pub fn for_service(address: &Url) -> Result<Self, HttpSetup> {
        Self::with_limits(address, WHOLE, LARGEST_BODY)
    }

    pub(crate) fn with_limits(
        address: &Url,
        whole: Duration,
        largest_body: usize,
    ) -> Result<Self, HttpSetup> {
        let loopback = is_loopback(address);
        if address.scheme() != "https" && !(loopback && address.scheme() == "http") {
            return Err(HttpSetup::UnsafeAddress);
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("Callside/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(whole)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .https_only(!loopback);
        if loopback {
            // A company's proxy cannot reach this computer.
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build().map_err(HttpSetup::Tls)?,
            largest_body,
        })
    }

    /// A request to be filled in and given to [`Http::send`].
    pub fn request(&self, method: reqwest::Method, url: Url) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends and reads the whole answer.
    ///
    /// # Errors
    /// [`Lost`], which says whether the request may have had an effect.
    pub async fn send(&self, request: reqwest::Request) -> Result<Answer, Lost> {
        let mut response = self.client.execute(request).await.map_err(|e| lost(&e))?;
        let headers = response.headers();
        let mut answer = Answer {
            status: response.status().as_u16(),
            left: QuotaLeft::read(headers),
            retry_after: retry_after(headers),
            date: http_date(headers, DATE.as_str()),
            body: Vec::new(),
        };
        while let Some(piece) = response.chunk().await.map_err(|_| Lost::Unanswered)? {
            if answer.body.len().saturating_add(piece.len()) > self.largest_body {
                return Err(Lost::Unanswered);
            }
            answer.body.extend_from_slice(&piece);
        }
        Ok(answer)
    }
}

/// Whether the address is this computer.
pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn lost(error: &reqwest::Error) -> Lost {
    if error.is_connect() || error.is_builder() || refused_before_sending(error) {
        Lost::NotSent
    } else {
        Lost::Unanswered
    }
}

/// A connection that was refused shows as an I/O error deep inside on some platforms.
fn refused_before_sending(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::ConnectionRefused;
        }
        source = cause.source();
    }
    false
}

fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => SignedDuration::from_secs(i64::from(seconds)),
        Err(_) => {
            let until = read_http_date(text)?;
            // Measured by the server's own clock where it tells the time.
            let now = http_date(headers, DATE.as_str()).unwrap_or_else(Timestamp::now);
            until.duration_since(now)
        }
    };
    Some(wait.clamp(SignedDuration::ZERO, LONGEST_WAIT))
}

fn http_date(headers: &HeaderMap, name: &str) -> Option<Timestamp> {
    read_http_date(headers.get(name)?.to_str().ok()?)
}

fn read_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
}

/// What went wrong with a request, decided once for all CRMs.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing left this machine.
    #[error("ask the CRM: it cannot be reached")]
    NotSent,
    /// The request left, and no answer came back.
    #[error("ask the CRM: no answer came")]
    Unanswered,
    /// The server broke down.
    #[error("ask the CRM: it broke down")]
    Broken,
    /// The sign-in is gone.
    #[error("ask the CRM: nobody is signed in")]
    Unauthorized,
    /// A right is missing.
    #[error("ask the CRM: the right {scope} is missing")]
    Forbidden {
        /// The right that the request needs.
        scope: &'static str,
        /// The CRM's words.
        words: String,
    },
    /// What the request names does not exist.
    #[error("ask the CRM: there is no such record")]
    NotFound {
        /// The CRM's words.
        words: String,
        /// The fields that it names.
        fields: Vec<String>,
    },
    /// Refused for good: a plan's limit, a wrong field, a conflict.
    #[error("ask the CRM: it refused")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The CRM's words.
        words: String,
        /// The fields that it names.
        fields: Vec<String>,
    },
    /// Refused for now.
    #[error("ask the CRM: it asks for patience")]
    Busy {
        /// How long to wait.
        retry_after: Option<SignedDuration>,
    },
    /// The answer came and makes no sense.
    #[error("ask the CRM: the answer cannot be read")]
    Unreadable,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Lost> for Fault {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::NotSent => Self::NotSent,
            Lost::Unanswered => Self::Unanswered,
        }
    }
}

impl Fault {
    /// What a question comes to.
    pub fn of_read(self) -> ReadError {
        match self {
            Self::NotSent | Self::Unanswered | Self::Broken => ReadError::Offline,
            Self::Unauthorized => ReadError::Unauthorized,
            Self::Forbidden { scope, .. } => ReadError::Forbidden {
                scope: scope.to_owned(),
            },
            Self::NotFound { .. } => ReadError::Gone,
            Self::Refused { words, .. } => ReadError::Refused { words },
            Self::Busy { retry_after } => ReadError::Busy { retry_after },
            Self::Unreadable => ReadError::Unreadable,
        }
    }

    /// What a write comes to. An answer that cannot be read may stand for an effect.
    pub fn of_write(self) -> DeliveryError {
        match self {
            Self::NotSent => DeliveryError::Offline,
            Self::Unanswered | Self::Broken | Self::Unreadable => DeliveryError::InDoubt,
            Self::Unauthorized => DeliveryError::Unauthorized,
            Self::Forbidden { words, .. } | Self::Refused { words, .. } => {
                DeliveryError::Refused { words }
            }
            Self::NotFound { .. } => DeliveryError::Gone,
            Self::Busy { retry_after } => DeliveryError::Busy { retry_after },
        }
    }

    /// What a question comes to that was asked on the way to a write: nothing was written yet.
    pub fn before_write(self) -> DeliveryError {
        match self {
            Self::Unanswered | Self::Broken | Self::Unreadable => DeliveryError::Offline,
            other => other.of_write(),
        }
    }
}

impl Answer {
    /// Judges the status. `scope` is the right that the request needs.
    ///
    /// # Errors
    /// The [`Fault`] that the status stands for.
    pub fn judged(self, scope: &'static str) -> Result<Self, Fault> {
        let (words, fields) = match self.status {
            200..=299 => return Ok(self),
            400..=499 => words_of(&self.body),
            _ => (String::new(), Vec::new()),
        };
        let words = if words.is_empty() {
            format!("HTTP {}", self.status)
        } else {
            words
        };
        Err(match self.status {
            401 => Fault::Unauthorized,
            403 => Fault::Forbidden {
                scope,
                words: cut(&format!("{words} ({scope})")),
            },
            404 => Fault::NotFound { words, fields },
            // The server gave up waiting for the request, or may have begun with it.
            408 => Fault::Unanswered,
            429 => Fault::Busy {
                retry_after: self.retry_after,
            },
            status @ 400..=499 => Fault::Refused {
                status,
                words,
                fields,
            },
            500..=599 => Fault::Broken,
            _ => Fault::Unreadable,
        })
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] when it is none.
    pub fn json(&self) -> Result<Value, Fault> {
        serde_json::from_slice(&self.body).map_err(|_| Fault::Unreadable)
    }
}

/// The words and the field names of an error body.
fn words_of(body: &[u8]) -> (String, Vec<String>) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return (String::new(), Vec::new());
    };
    let error = value.get("error").unwrap_or(&value);
    let message = error
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut fields = Vec::new();
    let mut words = vec![message.to_owned()];
    if let Some(details) = error.get("details").and_then(Value::as_object) {
        for (field, why) in details {
            fields.push(field.clone());
            let why = match why {
                Value::String(text) => text.clone(),
                Value::Array(list) => {
                    let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    texts.join(", ")
                }
                _ => String::new(),
            };
            words.push(if why.is_empty() {
                field.clone()
            } else {
                format!("{field}: {why}")
            });
        }
    }
    words.retain(|word| !word.trim().is_empty());
    (cut(&words.join(" · ")), fields)
}

/// Plain words in one line: no control characters, no text direction marks, at most 300.
fn cut(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| {
            if c.is_control() || is_direction_mark(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_WORDS).collect()
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
