//! The small server behind the window of a framed page: our page, its code, and one entrance.
//!
//! Vendors let `http://localhost` frame their pages and no other origin that an app can have, so
//! ours is served there. Whatever runs on this computer can knock: a page in a browser is
//! kept out by the `Host`, `Origin` and `Sec-Fetch-Site` headers, which it cannot forge, and
//! everybody by a key that is made anew at each start and that only the window gets, behind the
//! `#` of its address. The frame inside the page has another origin and can read neither.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use callside_telephony::HookKey;
use futures_util::Stream;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{NotTaken, Said, Workspace};

/// The most that the entrance takes at once, in bytes.
pub const MOST_BYTES: usize = 16 * 1024;
/// So many things a second, and so many at once, are more than any phone says.
const A_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
const AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
/// The header that carries the key.
pub const KEY: &str = "x-callside-key";
/// Ports that are tried when the other loopback address has one taken.
const TRIES: u32 = 8;

/// Files of the page's code, by their path: `workspace.html`, `assets/…`.
pub type Files = Arc<dyn Fn(&str) -> Option<(Vec<u8>, String)> + Send + Sync>;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeFailed {
    /// No port of both loopback addresses could be had.
    #[error("serve the Workspace's page: no port")]
    NoPort(#[source] io::Error),
    /// The system gives no random numbers.
    #[error("serve the Workspace's page: no random key")]
    NoKey,
    /// The Workspace's address cannot stand in a policy.
    #[error("serve the Workspace's page: its address cannot be used")]
    BadAddress,
}

/// The running server. Dropping it stops it.
pub struct Server {
    port: u16,
    key: String,
    stop: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Clone)]
struct Desk {
    workspace: Workspace,
    files: Files,
    key: HookKey,
    host: Arc<str>,
    origin: Arc<str>,
    policy: HeaderValue,
    permissions: HeaderValue,
    pace: Arc<DefaultDirectRateLimiter>,
    stop: CancellationToken,
}

impl Server {
    /// Serves the page on `wanted` where that port is free, else on another one.
    ///
    /// # Errors
    /// [`ServeFailed`].
    pub async fn start(
        workspace: Workspace,
        files: Files,
        wanted: Option<u16>,
    ) -> Result<Self, ServeFailed> {
        let sockets = listen(wanted.unwrap_or(0)).await?;
        let port = match sockets.first().map(TcpListener::local_addr) {
            Some(Ok(address)) => address.port(),
            Some(Err(error)) => return Err(ServeFailed::NoPort(error)),
            None => return Err(ServeFailed::NoPort(io::ErrorKind::NotFound.into())),
        };
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| ServeFailed::NoKey)?;
        let key = hex::encode(random);
        let framed = workspace.origin();
        let origin = format!("http://localhost:{port}");
        let permissions = permissions(workspace.vendor().allow, &framed);
        workspace.served_at(origin.clone());
        let stop = CancellationToken::new();
        let desk = Desk {
            workspace,
            files,
            key: HookKey::new(key.clone()),
            host: format!("localhost:{port}").into(),
            origin: origin.into(),
            policy: header(&policy(&framed))?,
            permissions: header(&permissions)?,
            pace: Arc::new(RateLimiter::direct(
                Quota::per_second(A_SECOND).allow_burst(AT_ONCE),
            )),
            stop: stop.clone(),
        };
        let tasks = TaskTracker::new();
        for socket in sockets {
            let (router, stop) = (router(desk.clone()), stop.clone());
            tasks.spawn(async move {
                let serving = axum::serve(socket, router)
                    .with_graceful_shutdown(stop.cancelled_owned())
                    .into_future();
                if let Err(error) = serving.await {
                    tracing::error!(kind = ?error.kind(), "the Workspace's page is served no more");
                }
            });
        }
        tasks.close();
        Ok(Self {
            port,
            key,
            stop,
            tasks,
        })
    }

    /// The port it has on both loopback addresses.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the page is, with the key. Only the window may see it.
    pub fn page(&self) -> String {
        format!("{}/workspace.html#{}", self.origin(), self.key)
    }

    /// The page's origin.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Stops, and waits for answers that are being written.
    pub async fn stop(self) {
        self.stop.cancel();
        let _ = tokio::time::timeout(Duration::from_secs(1), self.tasks.wait()).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// `localhost` is both addresses to a browser, and which one it tries first is its own choice; so
/// one port has to be ours on both, or somebody else could answer on the other. A computer without
/// the newer one is fine.
async fn listen(wanted: u16) -> Result<Vec<TcpListener>, ServeFailed> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for turn in 0..TRIES {
        let asked = if turn == 0 { wanted } else { 0 };
        let old = match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, asked))).await {
            Ok(old) => old,
            Err(error) => {
                last = error;
                continue;
            }
        };
        let port = old.local_addr().map_err(ServeFailed::NoPort)?.port();
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(new) => return Ok(vec![old, new]),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(_) => return Ok(vec![old]),
        }
    }
    Err(ServeFailed::NoPort(last))
}

fn header(text: &str) -> Result<HeaderValue, ServeFailed> {
    HeaderValue::from_str(text).map_err(|_| ServeFailed::BadAddress)
}

/// What the frame may use, and nobody else.
fn permissions(allow: &[&str], framed: &str) -> String {
    let allowed = allow
        .iter()
        .map(|what| format!("{what}=(self \"{framed}\")"));
    let refused = ["camera", "geolocation"].map(|what| format!("{what}=()"));
    allowed.chain(refused).collect::<Vec<_>>().join(", ")
}

/// Our own code, one frame of the vendor's page, and nothing else.
fn policy(framed: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
         img-src 'self' data:; connect-src 'self'; frame-src {framed}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/workspace.html", get(page))
        .route("/assets/{file}", get(asset))
        .route("/asks", get(asks))
        .route("/event", post(event))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::from_fn_with_state(desk.clone(), at_the_door))
        .with_state(desk)
}

/// Lets nobody in who calls us by another name or comes from another page.
async fn at_the_door(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let mut answer = if may_enter(&desk, request.headers()) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    };
    let said = answer.headers_mut();
    said.insert(CONTENT_SECURITY_POLICY, desk.policy);
    said.insert(
        HeaderName::from_static("permissions-policy"),
        desk.permissions,
    );
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        said.insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn may_enter(desk: &Desk, headers: &HeaderMap) -> bool {
    let only = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(Some(value.as_bytes())),
            (None, _) => Ok(None),
            _ => Err(()),
        }
    };
    let host = only(HOST) == Ok(Some(desk.host.as_bytes()));
    let origin = matches!(only(ORIGIN), Ok(origin) if origin.is_none_or(|said| said == desk.origin.as_bytes()));
    let site = only(HeaderName::from_static("sec-fetch-site"));
    let site = matches!(site, Ok(None | Some(b"same-origin" | b"none")));
    host && origin && site
}

async fn page(State(desk): State<Desk>) -> Response {
    file(&desk, "workspace.html", "text/html; charset=utf-8")
}

async fn asset(State(desk): State<Desk>, Path(name): Path<String>) -> Response {
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        Some((_, "css")) => "text/css",
        Some((_, "woff2")) => "font/woff2",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if !name.bytes().all(plain) || name.contains("..") {
        return StatusCode::NOT_FOUND.into_response();
    }
    file(&desk, &format!("assets/{name}"), kind)
}

fn file(desk: &Desk, path: &str, kind: &'static str) -> Response {
    let is_page = |kind: &str| kind.starts_with("text/html");
    match (desk.files)(path) {
        // A path that is not there may be answered by another page.
        Some((bytes, found)) if is_page(&found) == is_page(kind) => {
            ([(CONTENT_TYPE, kind)], bytes).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct Asks {
    #[serde(default)]
    key: String,
}

/// What the app says to the page, one line after the other.
async fn asks(State(desk): State<Desk>, Query(given): Query<Asks>) -> Response {
    if !desk.key.fits(&given.key) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let said = desk.workspace.open_page();
    let until = desk.stop.clone();
    let lines = futures_util::stream::unfold((said, until), |(mut said, until)| async move {
        let next = until.run_until_cancelled(said.recv()).await.flatten()?;
        Some((line(&next), (said, until)))
    });
    sse(lines)
}

fn sse(lines: impl Stream<Item = Result<Event, axum::Error>> + Send + 'static) -> Response {
    Sse::new(lines)
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn line(said: &Said) -> Result<Event, axum::Error> {
    Event::default().json_data(said)
}

#[derive(Deserialize)]
struct Told {
    name: String,
    #[serde(default)]
    value: Value,
}

/// The one entrance.
async fn event(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let key = headers.get(KEY).and_then(|key| key.to_str().ok());
    if !headers.contains_key(ORIGIN) || !key.is_some_and(|key| desk.key.fits(key)) {
        return StatusCode::FORBIDDEN;
    }
    if desk.pace.check().is_err() {
        tracing::warn!("the Workspace's page says too much at once");
        return StatusCode::TOO_MANY_REQUESTS;
    }
    let Ok(Json(told)) = Json::<Told>::from_bytes(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    match desk.workspace.hear(&told.name, told.value) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(NotTaken::NotSignedIn) => StatusCode::CONFLICT,
        Err(error @ (NotTaken::UnknownName | NotTaken::UnknownShape)) => {
            tracing::info!(%error, service = desk.workspace.vendor().label(), "something strange was said");
            StatusCode::BAD_REQUEST
        }
    }
}
