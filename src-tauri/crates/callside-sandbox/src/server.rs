//! The sandbox itself: its options, its address, and the way every request takes.
//!
//! A request is written down, may be struck by faults, is counted against the quotas, checked for its token
//! and scopes, answered, and the answer may be spoilt again before it leaves.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use jiff::Timestamp;
use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use crate::{
    aircall::{self, AircallOptions, Companies},
    allo::{self, AlloOptions},
    book::BookOptions,
    faults::{Fault, Faults, spoil},
    in_process::InProcess,
    inspect::{self, Journal},
    oauth::{self, Logins},
    page,
    rest::Named,
    sellsy::{
        Account, Ask, Endpoint, MissingRelated, QuotaLimits, Quotas, SCOPES, Staff, endpoints,
        errors::Refusal,
    },
    wire::{self, Door, Line, Network},
};

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// Tells the time. Tests may give their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Lets a delay of an answer pass. Tests may give their own.
pub type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What a sandbox is started with.
#[derive(Clone)]
pub struct SandboxOptions {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The company book.
    pub book: BookOptions,
    /// The request budget.
    pub quotas: QuotaLimits,
    /// The people of the company.
    pub staff: Vec<Staff>,
    /// Id of the staff who signs in by default, and whom client credentials act for.
    pub me: u64,
    /// The id of the one registered OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Redirect addresses, compared to the letter. By default `/callback` on the ports 41871 to 41873 of 127.0.0.1.
    pub redirect_uris: Vec<String>,
    /// What tokens may do.
    pub scopes: Vec<String>,
    /// Life of an access token in seconds.
    pub access_token_seconds: u64,
    /// Whether the sign-in page answers itself.
    pub auto_approve: bool,
    /// Whether a refresh has to carry the client secret, as documented.
    pub refresh_needs_secret: bool,
    /// The answer to a phone call on a record that does not exist.
    pub missing_related: MissingRelated,
    /// Aircall beside the CRM.
    pub aircall: AircallOptions,
    /// Allo beside the CRM.
    pub allo: AlloOptions,
    /// The clock of quotas, tokens and dates.
    pub clock: Clock,
    /// How delays pass.
    pub sleep: Sleep,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        let redirect_uris = [41_871, 41_872, 41_873]
            .map(|port| format!("http://127.0.0.1:{port}/callback"))
            .to_vec();
        Self {
            port: 0,
            book: BookOptions::default(),
            quotas: QuotaLimits::default(),
            staff: Staff::invented(),
            me: 4107,
            client_id: "callside-sandbox-client".to_owned(),
            client_secret: "callside-sandbox-secret".to_owned(),
            redirect_uris,
            scopes: SCOPES.map(str::to_owned).to_vec(),
            access_token_seconds: 86_400,
            auto_approve: false,
            refresh_needs_secret: true,
            missing_related: MissingRelated::default(),
            aircall: AircallOptions::default(),
            allo: AlloOptions::default(),
            clock: Arc::new(Timestamp::now),
            sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
        }
    }
}

impl std::fmt::Debug for SandboxOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxOptions")
            .field("port", &self.port)
            .field("book", &self.book)
            .finish_non_exhaustive()
    }
}

/// Why a sandbox did not start.
#[derive(Debug, Error)]
pub enum SandboxFailed {
    /// The port is taken or not allowed.
    #[error("the sandbox could not listen on port {port}")]
    Listen {
        /// The wanted port.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Everything behind the one lock.
pub(crate) struct Inner {
    pub(crate) account: Account,
    pub(crate) aircall: Companies,
    pub(crate) allo: allo::Workspace,
    pub(crate) logins: Logins,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    /// Cuts every request but those to `/_sandbox`.
    pub(crate) silent: bool,
}

impl Inner {
    /// The invented company at Aircall, as far as it has got by now (Unix milliseconds).
    pub(crate) fn aircall(&mut self, now: i64) -> &mut aircall::Account {
        self.aircall.ours(now)
    }
}

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    inner: Arc<Mutex<Inner>>,
    clock: Clock,
    sleep: Sleep,
    endpoints: Arc<Vec<Endpoint>>,
    stop: CancellationToken,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Waits until the sandbox stops.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

/// A running sandbox. Stops when dropped.
pub struct Sandbox {
    pub(crate) shared: Shared,
    network: Arc<Network>,
    address: SocketAddr,
    client_id: String,
    client_secret: String,
    task: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sandbox({})", self.address)
    }
}

impl Sandbox {
    /// Starts serving on loopback. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// When the port cannot be listened on.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxFailed> {
        let port = options.port;
        let failed = |source| SandboxFailed::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut sandbox = Self::at(address, options);
        let stop = sandbox.shared.stop.clone();
        let app = router(sandbox.shared.clone()).into_make_service_with_connect_info::<Line>();
        let door = Door::new(listener, Arc::clone(&sandbox.network));
        let task = tokio::spawn(async move {
            let served = axum::serve(door, app)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::warn!(%error, "the sandbox stopped serving");
            }
        });
        sandbox.task = Some(task);
        Ok(sandbox)
    }

    /// A sandbox that listens nowhere; [`Self::in_process`] is the only way to it. Its addresses
    /// lead to no port.
    #[must_use]
    pub fn without_socket(options: SandboxOptions) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        Self::at(address, options)
    }

    fn at(address: SocketAddr, options: SandboxOptions) -> Self {
        let (client_id, client_secret) = (options.client_id.clone(), options.client_secret.clone());
        let shared = Shared {
            clock: Arc::clone(&options.clock),
            sleep: Arc::clone(&options.sleep),
            endpoints: Arc::new(endpoints()),
            stop: CancellationToken::new(),
            inner: Arc::new(Mutex::new(inner(options))),
        };
        Self {
            shared,
            network: Arc::default(),
            address,
            client_id,
            client_secret,
            task: None,
        }
    }

    /// The way to it without a socket.
    #[must_use]
    pub fn in_process(&self) -> InProcess {
        InProcess::new(router(self.shared.clone()), Arc::clone(&self.network))
    }

    /// Stops serving and waits until the last connection is closed, at most two seconds.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        if let Some(task) = self.task.take() {
            let abort = task.abort_handle();
            if tokio::time::timeout(Duration::from_secs(2), task)
                .await
                .is_err()
            {
                abort.abort();
            }
        }
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the API lives; stands for `https://api.sellsy.com/v2`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}/v2", self.base_url())
    }

    /// Where signing in lives; stands for `https://login.sellsy.com/oauth2`.
    #[must_use]
    pub fn login_url(&self) -> String {
        format!("{}/oauth2", self.base_url())
    }

    /// The page that shows what arrived; stands for `https://www.sellsy.com`.
    #[must_use]
    pub fn page_url(&self) -> String {
        format!("{}/", self.base_url())
    }

    /// The id of the registered client.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The secret of the registered client.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// Closes open connections at their next byte and new ones at once, until [`Self::come_back`].
    pub fn go_offline(&self) {
        self.network.set_down(true);
    }

    /// Ends [`Self::go_offline`].
    pub fn come_back(&self) {
        self.network.set_down(false);
        self.shared.lock().silent = false;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

fn inner(options: SandboxOptions) -> Inner {
    let mut logins = Logins::new(&options.client_id, &options.client_secret, options.me);
    logins.redirect_uris = options.redirect_uris;
    logins.scopes = options.scopes.into_iter().collect::<BTreeSet<_>>();
    logins.access_seconds = options.access_token_seconds;
    logins.auto_approve = options.auto_approve;
    logins.refresh_needs_secret = options.refresh_needs_secret;
    let started = (options.clock)().as_millisecond();
    Inner {
        aircall: Companies::new(options.aircall, options.book, started),
        allo: allo::Workspace::new(options.allo, options.book, started),
        account: Account::new(
            options.book,
            options.staff,
            Quotas::new(options.quotas),
            options.missing_related,
        ),
        logins,
        faults: Faults::default(),
        journal: Journal::default(),
        silent: false,
    }
}

fn router(shared: Shared) -> Router {
    let served = Router::new()
        .route("/v2/{*path}", any(api))
        .route(
            "/oauth2/authorization",
            get(oauth::show).post(oauth::decide),
        )
        .route("/oauth2/access-tokens", post(oauth::tokens))
        .merge(aircall::served())
        .merge(allo::served())
        .layer(middleware::from_fn_with_state(shared.clone(), around));
    Router::new()
        .merge(served)
        .merge(page::routes())
        .nest("/_sandbox", inspect::routes())
        .nest("/_sandbox/aircall", aircall::routes())
        .nest("/_sandbox/allo", allo::routes())
        .layer(middleware::from_fn(only_loopback))
        .with_state(shared)
}

/// A page elsewhere that points a name of its own at 127.0.0.1 gets nothing.
async fn only_loopback(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if ["127.0.0.1", "localhost"].contains(&name) {
        return next.run(request).await;
    }
    StatusCode::MISDIRECTED_REQUEST.into_response()
}

/// Writes the request down and lets faults strike before and after it is answered.
async fn around(
    State(shared): State<Shared>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let is_api = path.starts_with("/v2");
    let body = axum::body::to_bytes(body, LONGEST_BODY).await;
    let too_long = body.is_err();
    let body = body.unwrap_or_default();
    let now = shared.now();
    let (number, faults, quota) = {
        let mut inner = shared.lock();
        // The query of a storage link is its permission.
        let query = match parts.uri.query() {
            Some(query) if !path.starts_with(aircall::STORE) => query,
            _ => "",
        };
        let number = inner
            .journal
            .note(now, parts.method.as_str(), &path, query, &body);
        if inner.silent {
            line.cut();
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let faults = inner.faults.strike(parts.method.as_str(), &path);
        let quota = if is_api {
            inner.account.quotas.spend(now)
        } else {
            Ok(())
        };
        (number, faults, quota)
    };
    let refusal = if too_long {
        Some(Refusal::for_status(413))
    } else {
        quota.err()
    };
    let refusal = refusal.or_else(|| faults.iter().find_map(refusal_of));
    let (before, after) = waits(&faults);
    wait(&shared, before).await;
    if faults.contains(&Fault::CutBeforeEffect) {
        line.cut();
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut response = match refusal {
        Some(refusal) => refuse_at(&path, &refusal),
        None => next.run(Request::from_parts(parts, Body::from(body))).await,
    };
    wait(&shared, after).await;
    if faults.contains(&Fault::CutAfterEffect) {
        line.cut();
        return response;
    }
    response = spoiled(response, &faults, &path).await;
    let mut inner = shared.lock();
    inner.journal.answered(number, response.status().as_u16());
    if is_api {
        for (name, left) in inner.account.quotas.headers() {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from(left));
        }
    }
    drop(inner);
    response
}

fn refusal_of(fault: &Fault) -> Option<Refusal> {
    match fault {
        Fault::Status {
            status,
            retry_after,
        } => Some(Refusal {
            retry_after: *retry_after,
            ..Refusal::for_status(*status)
        }),
        Fault::MissingScope { scope } => Some(Refusal::missing_scope(scope)),
        _ => None,
    }
}

/// Waits, or gives up when the sandbox stops.
async fn wait(shared: &Shared, ms: u64) {
    if ms > 0 {
        tokio::select! {
            () = (shared.sleep)(Duration::from_millis(ms)) => {}
            () = shared.stop.cancelled() => {}
        }
    }
}

/// The waits that faults ask for before and after the effect, in milliseconds.
fn waits(faults: &[Fault]) -> (u64, u64) {
    faults
        .iter()
        .fold((0, 0), |(before, after), fault| match fault {
            Fault::Delay { ms } => (before + ms, after),
            Fault::DelayAfterEffect { ms } => (before, after + ms),
            _ => (before, after),
        })
}

async fn spoiled(response: Response, faults: &[Fault], path: &str) -> Response {
    let after = faults.iter().find_map(|fault| match fault {
        Fault::StatusAfterEffect { status } => Some(*status),
        _ => None,
    });
    if let Some(status) = after {
        return refuse_at(path, &Refusal::for_status(status));
    }
    // A recording may be bigger than what should be kept at once.
    if faults.is_empty() {
        return response;
    }
    if !response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let mut bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    for fault in faults {
        if let Some(worse) = spoil(fault, &bytes) {
            bytes = Bytes::from(worse);
        }
    }
    if faults.contains(&Fault::CutHalfway) {
        parts
            .headers
            .insert(header::CONTENT_LENGTH, bytes.len().into());
        bytes.truncate(bytes.len() / 2);
        return Response::from_parts(parts, wire::cut_after(bytes));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

/// Refuses in the shape of the service that the path belongs to.
fn refuse_at(path: &str, refusal: &Refusal) -> Response {
    if path.starts_with("/aircall/") {
        return aircall::errors::for_status(refusal.status, refusal.retry_after).into_response();
    }
    if path.starts_with("/allo/") {
        return allo::errors::for_status(refusal.status, refusal.retry_after).into_response();
    }
    refuse(refusal)
}

fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(refusal.body())).into_response();
    if let Some(seconds) = refusal.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Finds the endpoint, checks token and scopes, and lets it answer.
async fn api(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LONGEST_BODY)
        .await
        .unwrap_or_default()
        .to_vec();
    let now = shared.now();
    let path = parts.uri.path().strip_prefix("/v2").unwrap_or_default();
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let bearer = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let mut inner = shared.lock();
    let Some(me) = bearer.and_then(|token| inner.logins.staff_of(token, now)) else {
        return refuse(&Refusal::unauthorized());
    };
    let scopes = inner.logins.scopes.clone();
    let (endpoint, named) = match find(&shared.endpoints, parts.method.as_str(), path) {
        Ok(found) => found,
        Err(refusal) => return refuse(&refusal),
    };
    if let Some(scope) = endpoint
        .scopes
        .iter()
        .find(|scope| !scopes.contains(**scope))
    {
        return refuse(&Refusal::missing_scope(scope));
    }
    let ask = Ask {
        now,
        me,
        scopes,
        kind: endpoint.kind,
        path: named,
        query,
        body,
    };
    match (endpoint.answer)(&mut inner.account, &ask) {
        Ok(reply) => reply.into_response(),
        Err(refusal) => refuse(&refusal),
    }
}

type Found<'a> = (&'a Endpoint, Named);

fn find<'a>(endpoints: &'a [Endpoint], method: &str, path: &str) -> Result<Found<'a>, Refusal> {
    let fitting = || {
        endpoints
            .iter()
            .filter_map(|endpoint| Some((endpoint, endpoint.fit(path)?)))
    };
    if let Some(found) = fitting().find(|(endpoint, _)| endpoint.method == method) {
        return Ok(found);
    }
    Err(if fitting().next().is_some() {
        Refusal::new(405, "Cette méthode n'est pas autorisée.")
    } else {
        Refusal::not_found("Page")
    })
}
