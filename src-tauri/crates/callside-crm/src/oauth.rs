//! Signing in, and staying signed in.
//!
//! The agent signs in with the system's browser: authorization code with PKCE over a loopback
//! redirect, or by pasting the code where the redirect cannot reach us. A company may instead use
//! client credentials. Access tokens live in memory only. Refresh tokens and secrets live in the
//! keychain, and a refresh token that replaces another is kept there before the access token that
//! came with it is used: a crash in between must not lose the sign-in. One refresh runs at a time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callside_core::id::ConnectionId;
use callside_core::outbox::DeliveryError;
use callside_core::ports::{Clock, ReadError, SecretError, SecretStore};
use callside_http::Http;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;

use crate::fault::Fault;

mod listener;
pub use listener::CALLBACK_PATH;
use listener::Listener;

/// How long the browser may take.
const SIGN_IN_LIMIT: SignedDuration = SignedDuration::from_mins(5);
/// A token is replaced this long before it expires.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// The life of a token whose answer does not tell it.
const UNSAID_LIFE: SignedDuration = SignedDuration::from_hours(1);

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// How a connection is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    /// The agent signed in with the browser.
    AuthorizationCode,
    /// An access of its own; nobody signs in.
    ClientCredentials,
}

impl GrantKind {
    fn word(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// Where and as whom to sign in.
#[derive(Debug, Clone)]
pub struct OauthConfig {
    /// Names the handles of the secrets: `CONNECTION/refresh_token`, `CONNECTION/client_secret`.
    pub connection: ConnectionId,
    /// Where the browser goes.
    pub authorize_url: Url,
    /// Where tokens come from.
    pub token_url: Url,
    /// The access's id.
    pub client_id: String,
    /// Loopback ports registered with the access, tried in this order.
    pub redirect_ports: Vec<u16>,
}

/// Why nobody is signed in now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The service of tokens cannot be reached.
    #[error("sign in: the service cannot be reached")]
    Offline,
    /// The service asks for patience.
    #[error("sign in: the service asks for patience")]
    Busy {
        /// How long to wait.
        retry_after: Option<SignedDuration>,
    },
    /// The service does not accept the code, the token or the secret.
    #[error("sign in: the service refused")]
    Refused,
    /// The agent declined in the browser.
    #[error("sign in: declined in the browser")]
    Declined,
    /// Five minutes passed.
    #[error("sign in: nobody answered in the browser")]
    TooLate,
    /// What was pasted belongs to another sign-in.
    #[error("sign in: the pasted address belongs to another attempt")]
    WrongState,
    /// What was pasted holds no code.
    #[error("sign in: there is no code in the pasted text")]
    NoCode,
    /// No port could be opened for the way back; only pasting works.
    #[error("sign in: no port is free for the way back from the browser")]
    NoPort,
    /// Nobody has signed in yet.
    #[error("sign in: nobody is signed in")]
    NotSignedIn,
    /// The keychain failed.
    #[error("sign in: the secret could not be kept")]
    Keychain(#[from] SecretError),
    /// The service's answer makes no sense.
    #[error("sign in: the answer cannot be read")]
    Unreadable,
    /// A setting cannot work.
    #[error("sign in: the client id or an address in the settings cannot be used")]
    BadSetting,
}

impl SignInError {
    /// The same, as a failed request.
    pub(crate) fn as_fault(&self) -> Fault {
        match self {
            Self::Busy { retry_after } => Fault::Busy {
                retry_after: *retry_after,
            },
            // A locked keychain opens again; nothing has left this machine.
            Self::Offline | Self::Unreadable | Self::TooLate => Fault::NotSent,
            Self::Keychain(SecretError::NoKeychain) => Fault::Unauthorized,
            Self::Keychain(_) => Fault::NotSent,
            Self::Refused
            | Self::Declined
            | Self::WrongState
            | Self::NoCode
            | Self::NoPort
            | Self::NotSignedIn
            | Self::BadSetting => Fault::Unauthorized,
        }
    }
}

impl From<SignInError> for ReadError {
    fn from(error: SignInError) -> Self {
        error.as_fault().of_read()
    }
}

impl From<SignInError> for DeliveryError {
    fn from(error: SignInError) -> Self {
        error.as_fault().of_write()
    }
}

/// An access token, and which of several in a row it is.
#[derive(Clone)]
pub struct Access {
    token: SecretString,
    generation: u64,
    until: Timestamp,
}

impl Access {
    /// The value of the `Authorization: Bearer` header.
    pub fn token(&self) -> &str {
        self.token.expose_secret()
    }

    /// Tells apart the tokens of one run.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Held {
    access: Option<Access>,
    /// A refresh token that came and could not be kept yet. It is kept before anything else.
    unsaved: Option<SecretString>,
    /// What the service refused. Asked again only when the keychain holds something else.
    refused: Option<SecretString>,
    generation: u64,
}

/// Gives out access tokens for one connection.
pub struct Authority {
    config: OauthConfig,
    http: Http,
    client: Client,
    secrets: Arc<dyn SecretStore>,
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
    sign_ins: AtomicU64,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("connection", &self.config.connection)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// An authority that uses what the keychain holds.
    ///
    /// # Errors
    /// [`SignInError::BadSetting`] when an address cannot be used.
    pub fn new(
        config: OauthConfig,
        secrets: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SignInError> {
        let http = Http::for_service(&config.token_url).map_err(|_| SignInError::BadSetting)?;
        Ok(Self::over(http, config, secrets, clock))
    }

    /// The same, asking for tokens by this client.
    pub fn over(
        http: Http,
        config: OauthConfig,
        secrets: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let client = BasicClient::new(ClientId::new(config.client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::from_url(config.authorize_url.clone()))
            .set_token_uri(TokenUrl::from_url(config.token_url.clone()));
        Self {
            config,
            http,
            client,
            secrets,
            clock,
            held: Mutex::default(),
            sign_ins: AtomicU64::new(0),
        }
    }

    /// Counts sign-ins: what was learned of an agent before another signed in is void.
    pub fn sign_ins(&self) -> u64 {
        self.sign_ins.load(Ordering::Acquire)
    }

    /// An access token that is good for a while. `spent` names a token the service did not take.
    ///
    /// # Errors
    /// [`SignInError`]; [`SignInError::Refused`] and [`SignInError::NotSignedIn`] last until
    /// somebody signs in.
    pub async fn access(&self, spent: Option<u64>) -> Result<Access, SignInError> {
        let mut held = self.held.lock().await;
        if let Some(unsaved) = held.unsaved.clone() {
            self.keep("refresh_token", unsaved.expose_secret()).await?;
            held.unsaved = None;
        }
        let now = self.clock.now();
        let good = held
            .access
            .as_ref()
            .filter(|access| access.until > now && spent != Some(access.generation));
        if let Some(access) = good {
            return Ok(access.clone());
        }
        held.access = None;
        self.renew(&mut held).await
    }

    async fn renew(&self, held: &mut Held) -> Result<Access, SignInError> {
        let secret = self.read("client_secret").await?;
        let by_credentials = self.grant().await? == Some(GrantKind::ClientCredentials);
        let proof = if by_credentials {
            secret.clone()
        } else {
            self.read("refresh_token").await?
        };
        let proof = proof.ok_or(SignInError::NotSignedIn)?;
        if held
            .refused
            .as_ref()
            .is_some_and(|refused| refused.expose_secret() == proof)
        {
            return Err(SignInError::Refused);
        }
        let answer = if by_credentials {
            self.client_credentials(&proof).await
        } else {
            self.refresh(&proof, secret).await
        };
        match answer {
            Ok(tokens) => self.take(held, &tokens).await,
            Err(SignInError::Refused) => {
                held.refused = Some(SecretString::from(proof));
                Err(SignInError::Refused)
            }
            Err(other) => Err(other),
        }
    }

    async fn refresh(
        &self,
        token: &str,
        secret: Option<String>,
    ) -> Result<BasicTokenResponse, SignInError> {
        let mut client = self.client.clone();
        if let Some(secret) = secret {
            client = client.set_client_secret(ClientSecret::new(secret));
        }
        let token = RefreshToken::new(token.to_owned());
        let answer = client
            .exchange_refresh_token(&token)
            .request_async(&Carrier(&self.http))
            .await;
        answer.map_err(|error| judge(&error))
    }

    async fn client_credentials(&self, secret: &str) -> Result<BasicTokenResponse, SignInError> {
        let client = self
            .client
            .clone()
            .set_client_secret(ClientSecret::new(secret.to_owned()));
        let answer = client
            .exchange_client_credentials()
            .request_async(&Carrier(&self.http))
            .await;
        answer.map_err(|error| judge(&error))
    }

    /// Keeps the new refresh token, and only then gives out the access token.
    async fn take(
        &self,
        held: &mut Held,
        tokens: &BasicTokenResponse,
    ) -> Result<Access, SignInError> {
        let now = self.clock.now();
        let life = tokens
            .expires_in()
            .and_then(|life| SignedDuration::try_from(life).ok())
            .unwrap_or(UNSAID_LIFE);
        let margin = MARGIN.min(life / 2);
        let generation = held.generation.wrapping_add(1);
        let access = Access {
            token: SecretString::from(tokens.access_token().secret().clone()),
            generation,
            until: now.checked_add(life - margin).unwrap_or(Timestamp::MAX),
        };
        held.generation = generation;
        held.access = Some(access.clone());
        held.refused = None;
        if let Some(refresh) = tokens.refresh_token() {
            held.unsaved = Some(SecretString::from(refresh.secret().clone()));
            self.keep("refresh_token", refresh.secret()).await?;
            held.unsaved = None;
        }
        Ok(access)
    }

    /// Begins a sign-in with the browser. Opens the port for the way back; where none is free,
    /// the code can still be pasted.
    ///
    /// # Errors
    /// [`SignInError::BadSetting`] without a client id, or without a port to name in the redirect
    /// address.
    pub async fn begin_sign_in(self: &Arc<Self>) -> Result<SignIn, SignInError> {
        self.check_client_id()?;
        let listener = Listener::open(&self.config.redirect_ports).await;
        let port = listener
            .as_ref()
            .map(Listener::port)
            .or_else(|| self.config.redirect_ports.first().copied())
            .ok_or(SignInError::BadSetting)?;
        let redirect_uri = format!("http://127.0.0.1:{port}{CALLBACK_PATH}");
        let redirect =
            RedirectUrl::new(redirect_uri.clone()).map_err(|_| SignInError::BadSetting)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client.clone().set_redirect_uri(redirect);
        let (url, state) = client
            .authorize_url(CsrfToken::new_random)
            .set_pkce_challenge(challenge)
            .url();
        Ok(SignIn {
            authority: Arc::clone(self),
            authorize_url: url.to_string(),
            redirect_uri,
            state: SecretString::from(state.into_secret()),
            verifier: SecretString::from(verifier.into_secret()),
            listener: Mutex::new(listener),
        })
    }

    /// Signs in by client credentials, and remembers them once the service took them.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_with_credentials(&self, secret: &str) -> Result<(), SignInError> {
        self.check_client_id()?;
        let mut held = self.held.lock().await;
        let tokens = self.client_credentials(secret).await?;
        self.keep("client_secret", secret).await?;
        self.keep("grant", GrantKind::ClientCredentials.word())
            .await?;
        *held = Held {
            generation: held.generation,
            ..Held::default()
        };
        self.take(&mut held, &tokens).await?;
        self.sign_ins.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    async fn exchange(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<(), SignInError> {
        let redirect =
            RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| SignInError::BadSetting)?;
        let mut held = self.held.lock().await;
        let client = self.client.clone().set_redirect_uri(redirect);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&Carrier(&self.http))
            .await;
        let tokens = answer.map_err(|error| judge(&error))?;
        self.keep("grant", GrantKind::AuthorizationCode.word())
            .await?;
        *held = Held {
            generation: held.generation,
            ..Held::default()
        };
        self.take(&mut held, &tokens).await?;
        self.sign_ins.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Keeps the client secret that goes with a browser sign-in, where the access has one.
    ///
    /// # Errors
    /// [`SignInError::Keychain`].
    pub async fn keep_client_secret(&self, secret: &str) -> Result<(), SignInError> {
        self.keep("client_secret", secret).await
    }

    /// How the connection is signed in; None when it never was.
    ///
    /// # Errors
    /// [`SignInError::Keychain`].
    pub async fn grant(&self) -> Result<Option<GrantKind>, SignInError> {
        let word = self.read("grant").await?;
        Ok(match word.as_deref() {
            Some("client_credentials") => Some(GrantKind::ClientCredentials),
            Some("authorization_code") => Some(GrantKind::AuthorizationCode),
            _ => None,
        })
    }

    /// Forgets every secret of the connection.
    ///
    /// # Errors
    /// [`SignInError::Keychain`].
    pub async fn sign_out(&self) -> Result<(), SignInError> {
        let mut held = self.held.lock().await;
        *held = Held {
            generation: held.generation,
            ..Held::default()
        };
        for name in ["refresh_token", "client_secret", "grant"] {
            self.secrets.forget(&self.handle(name)).await?;
        }
        self.sign_ins.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    fn check_client_id(&self) -> Result<(), SignInError> {
        if self.config.client_id.trim().is_empty() {
            return Err(SignInError::BadSetting);
        }
        Ok(())
    }

    fn handle(&self, name: &str) -> String {
        format!("{}/{name}", self.config.connection)
    }

    async fn read(&self, name: &str) -> Result<Option<String>, SignInError> {
        let value = self.secrets.read(&self.handle(name)).await?;
        Ok(value.filter(|value| !value.is_empty()))
    }

    async fn keep(&self, name: &str, value: &str) -> Result<(), SignInError> {
        Ok(self.secrets.keep(&self.handle(name), value).await?)
    }
}

/// Sends token requests by our own client.
struct Carrier<'a>(&'a Http);

impl<'c> AsyncHttpClient<'c> for Carrier<'_> {
    type Error = Undelivered;
    type Future =
        Pin<Box<dyn Future<Output = Result<oauth2::HttpResponse, Undelivered>> + Send + 'c>>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Self::Future {
        Box::pin(carry(self.0, request))
    }
}

async fn carry(
    http: &Http,
    request: oauth2::HttpRequest,
) -> Result<oauth2::HttpResponse, Undelivered> {
    let request = reqwest::Request::try_from(request).map_err(|_| Undelivered::Lost)?;
    let answer = http.send(request).await.map_err(|_| Undelivered::Lost)?;
    match answer.status {
        429 => return Err(Undelivered::Busy(answer.retry_after)),
        300..=399 | 500..=599 => return Err(Undelivered::Lost),
        // The service said no, in whatever shape.
        400 | 401 if !is_oauth_error(&answer.body) => return Err(Undelivered::Refused),
        _ => {}
    }
    let mut response = oauth2::HttpResponse::new(answer.body);
    *response.status_mut() =
        oauth2::http::StatusCode::from_u16(answer.status).map_err(|_| Undelivered::Lost)?;
    response.headers_mut().insert(
        oauth2::http::header::CONTENT_TYPE,
        oauth2::http::HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

fn is_oauth_error(body: &[u8]) -> bool {
    let body: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    body.is_some_and(|body| body.get("error").is_some_and(serde_json::Value::is_string))
}

/// A token request without an answer in the shape of OAuth.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error("ask for a token: the service refused")]
    Refused,
    #[error("ask for a token: no answer")]
    Lost,
    #[error("ask for a token: the service asks for patience")]
    Busy(Option<SignedDuration>),
}

type TokenError =
    RequestTokenError<Undelivered, oauth2::StandardErrorResponse<BasicErrorResponseType>>;

fn judge(error: &TokenError) -> SignInError {
    match error {
        // Whatever the word: the service understood and said no.
        RequestTokenError::ServerResponse(_) | RequestTokenError::Request(Undelivered::Refused) => {
            SignInError::Refused
        }
        RequestTokenError::Request(Undelivered::Busy(retry_after)) => SignInError::Busy {
            retry_after: *retry_after,
        },
        RequestTokenError::Request(Undelivered::Lost) => SignInError::Offline,
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => SignInError::Unreadable,
    }
}

/// One attempt to sign in with the browser.
pub struct SignIn {
    authority: Arc<Authority>,
    authorize_url: String,
    redirect_uri: String,
    state: SecretString,
    verifier: SecretString,
    listener: Mutex<Option<Listener>>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

impl SignIn {
    /// The page to open in the system's browser.
    pub fn authorize_url(&self) -> &str {
        &self.authorize_url
    }

    /// Where the browser comes back to; has to be registered with the access.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the browser to come back, at most five minutes, and signs in.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn wait(&self) -> Result<(), SignInError> {
        let clock = &self.authority.clock;
        let now = clock.now();
        let end = now.checked_add(SIGN_IN_LIMIT).unwrap_or(Timestamp::MAX);
        let mut listener = self.listener.lock().await;
        let listening = listener.as_mut().ok_or(SignInError::NoPort)?;
        let code = tokio::select! {
            code = listening.wait(self.state.expose_secret()) => code?,
            () = clock.sleep_until(end) => {
                *listener = None;
                return Err(SignInError::TooLate);
            }
        };
        *listener = None;
        self.exchange(&code).await
    }

    /// Signs in with what the agent pasted: the bare code, or the whole address the browser
    /// ended at.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn finish(&self, pasted: &str) -> Result<(), SignInError> {
        let code = self.code_in(pasted)?;
        self.exchange(&code).await
    }

    fn code_in(&self, pasted: &str) -> Result<String, SignInError> {
        let pasted = pasted.trim();
        if let Ok(url) = Url::parse(pasted) {
            return listener::code_of(&url, self.state.expose_secret());
        }
        let plausible = |c: char| c.is_ascii_graphic();
        if pasted.is_empty() || pasted.len() > 4096 || !pasted.chars().all(plausible) {
            return Err(SignInError::NoCode);
        }
        Ok(pasted.to_owned())
    }

    async fn exchange(&self, code: &str) -> Result<(), SignInError> {
        let verifier = self.verifier.expose_secret();
        self.authority
            .exchange(code, &self.redirect_uri, verifier)
            .await
    }
}

#[cfg(test)]
mod tests;
