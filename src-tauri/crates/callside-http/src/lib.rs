//! The one HTTP client of all services.
//!
//! One question is settled here and nowhere else: whether a request without an answer may have had
//! an effect. A request that never left the machine is [`Lost::NotSent`]; one whose answer was lost
//! may have been obeyed. Redirects are never followed, since a bearer token must not travel to
//! another host. What a status means is the vendor's matter, so any answer is an [`Answer`].
//!
//! How a request travels can be exchanged (see [`Transport`]), so that a service may be answered for
//! within the same process.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use url::{Host, Url};

pub mod json;
pub mod plain;
mod steady;

pub use steady::SteadyClock;

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(20);
/// Idle connections are dropped before servers usually do: a request on a connection that just
/// closed would end in doubt for nothing.
const IDLE: Duration = Duration::from_secs(20);
const LARGEST_BODY: usize = 8 * 1024 * 1024;
/// Nobody is made to wait longer than this by one header.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum HttpSetup {
    /// The address is neither https nor plain http to this computer.
    #[error("set up the client: the address must be https (plain http only to this computer)")]
    UnsafeAddress,
    /// The system's TLS library failed.
    #[error("set up the client: TLS is not available")]
    Tls(#[source] reqwest::Error),
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

/// Brings requests to a service and whole answers back.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and reads the whole answer. Dropping the future hangs up.
    ///
    /// # Errors
    /// [`Lost`], which says whether the request may have had an effect.
    async fn carry(&self, request: reqwest::Request) -> Result<Answer, Lost>;
}

/// The HTTP client of one service.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    transport: Arc<dyn Transport>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

impl Http {
    /// A client for the service at this address.
    ///
    /// # Errors
    /// [`HttpSetup`] when the address is plain http to another machine, or TLS is missing.
    pub fn for_service(address: &Url) -> Result<Self, HttpSetup> {
        Self::with_limits(address, WHOLE, LARGEST_BODY)
    }

    /// The same with other limits: how long a request may take as a whole, and how many bytes an
    /// answer may have.
    ///
    /// # Errors
    /// As for [`Http::for_service`].
    pub fn with_limits(
        address: &Url,
        whole: Duration,
        largest_body: usize,
    ) -> Result<Self, HttpSetup> {
        if !is_safe(address) {
            return Err(HttpSetup::UnsafeAddress);
        }
        let loopback = is_loopback(address);
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
        let client = builder.build().map_err(HttpSetup::Tls)?;
        let network = Network {
            client: client.clone(),
            largest_body,
        };
        Ok(Self {
            client,
            transport: Arc::new(network),
        })
    }

    /// The same client, whose requests travel another way.
    #[must_use]
    pub fn over(&self, transport: Arc<dyn Transport>) -> Self {
        Self {
            client: self.client.clone(),
            transport,
        }
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
        self.transport.carry(request).await
    }
}

/// An answer of any status, read to its end.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long the service asked to wait, at most an hour.
    pub retry_after: Option<SignedDuration>,
    /// The server's own clock, to the second.
    pub date: Option<Timestamp>,
    /// Every header, for what only one vendor says.
    pub headers: HeaderMap,
    /// At most 8 MiB, unless the client was made with another limit.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer with what its headers say.
    pub fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            retry_after: retry_after(&headers),
            date: http_date(&headers, DATE.as_str()),
            headers,
            body,
        }
    }
}

/// The way over the network.
struct Network {
    client: reqwest::Client,
    largest_body: usize,
}

#[async_trait]
impl Transport for Network {
    async fn carry(&self, request: reqwest::Request) -> Result<Answer, Lost> {
        let mut response = self.client.execute(request).await.map_err(|e| lost(&e))?;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|_| Lost::Unanswered)? {
            if body.len().saturating_add(piece.len()) > self.largest_body {
                return Err(Lost::Unanswered);
            }
            body.extend_from_slice(&piece);
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        Ok(Answer::new(status, headers, body))
    }
}

/// Whether something may be asked of this address: https, or plain http to this computer.
pub fn is_safe(address: &Url) -> bool {
    match address.scheme() {
        "https" => address.has_host(),
        "http" => is_loopback(address),
        _ => false,
    }
}

/// Whether the address is this computer.
fn is_loopback(address: &Url) -> bool {
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

#[cfg(test)]
mod tests;
