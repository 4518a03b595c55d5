//! Signing in: the authorization page, the exchange of codes, and tokens.
//!
//! PKCE with S256 is required, redirect addresses must be registered to the letter, codes work once for ten
//! minutes, and a refresh token dies when it is used.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use crate::{page::escape, sellsy::Staff, server::Shared};

const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);
const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(24 * 60);

struct Grant {
    redirect_uri: String,
    challenge: String,
    staff: u64,
    until: Timestamp,
}

/// A token of either kind: whose it is and how long it lives.
#[derive(Clone, Copy)]
struct Token {
    staff: u64,
    until: Timestamp,
}

/// The registered client and everything it was given.
pub(crate) struct Logins {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) me: u64,
    pub(crate) access_seconds: u64,
    pub(crate) auto_approve: bool,
    pub(crate) refresh_needs_secret: bool,
    codes: BTreeMap<String, Grant>,
    access: BTreeMap<String, Token>,
    refresh: BTreeMap<String, Token>,
}

impl Logins {
    pub(crate) fn new(client_id: &str, client_secret: &str, me: u64) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            redirect_uris: Vec::new(),
            scopes: BTreeSet::new(),
            me,
            access_seconds: 86_400,
            auto_approve: false,
            refresh_needs_secret: true,
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
        }
    }

    /// Whose access token this is, while it lives.
    pub(crate) fn staff_of(&self, token: &str, now: Timestamp) -> Option<u64> {
        self.access
            .get(token)
            .filter(|token| token.until > now)
            .map(|token| token.staff)
    }

    /// Kills every access and refresh token.
    pub(crate) fn revoke_all(&mut self) {
        self.access.clear();
        self.refresh.clear();
        self.codes.clear();
    }

    /// Kills the access tokens; refresh tokens stay good.
    pub(crate) fn expire_access(&mut self) {
        self.access.clear();
    }

    /// Living access and refresh tokens.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.access.len(), self.refresh.len())
    }

    /// A fresh pair for a staff, without any ceremony.
    pub(crate) fn mint(&mut self, staff: u64, now: Timestamp) -> (String, String) {
        let life =
            SignedDuration::from_secs(i64::try_from(self.access_seconds).unwrap_or(i64::MAX / 2));
        let (access, refresh) = (secret(), secret());
        self.access.insert(
            access.clone(),
            Token {
                staff,
                until: later(now, life),
            },
        );
        self.refresh.insert(
            refresh.clone(),
            Token {
                staff,
                until: later(now, REFRESH_LIFE),
            },
        );
        (access, refresh)
    }

    fn code_for(&mut self, ask: &Authorization, staff: u64, now: Timestamp) -> String {
        let code = secret();
        self.codes.insert(
            code.clone(),
            Grant {
                redirect_uri: ask.redirect_uri.clone(),
                challenge: ask.challenge.clone(),
                staff,
                until: later(now, CODE_LIFE),
            },
        );
        code
    }

    fn answer(
        &mut self,
        form: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Value, OauthRefusal> {
        let field = |name: &str| form.get(name).map(String::as_str);
        if field("client_id").is_some_and(|id| id != self.client_id) || field("client_id").is_none()
        {
            return Err(OauthRefusal::client());
        }
        if field("client_secret").is_some_and(|given| given != self.client_secret) {
            return Err(OauthRefusal::client());
        }
        match field("grant_type") {
            Some("authorization_code") => self.exchange(form, now),
            Some("refresh_token") => self.renew(form, now),
            Some("client_credentials") => {
                field("client_secret").ok_or_else(OauthRefusal::client)?;
                let (access, refresh) = self.mint(self.me, now);
                self.refresh.remove(&refresh);
                Ok(
                    json!({"token_type": "Bearer", "expires_in": self.access_seconds, "access_token": access}),
                )
            }
            Some(_) => Err(OauthRefusal::new(
                400,
                "unsupported_grant_type",
                "Ce type d'autorisation n'est pas pris en charge.",
            )),
            None => Err(OauthRefusal::missing("grant_type")),
        }
    }

    fn exchange(
        &mut self,
        form: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Value, OauthRefusal> {
        let field = |name: &str| form.get(name).ok_or_else(|| OauthRefusal::missing(name));
        let code = field("code")?;
        let verifier = field("code_verifier")?;
        let redirect_uri = field("redirect_uri")?;
        // Once only, whatever comes of it.
        let grant = self
            .codes
            .remove(code)
            .ok_or_else(|| OauthRefusal::grant("code"))?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(allowed);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        if grant.until <= now {
            return Err(OauthRefusal::grant("code"));
        }
        if grant.redirect_uri != *redirect_uri {
            return Err(OauthRefusal::grant("redirect_uri"));
        }
        if !well_formed || challenge != grant.challenge {
            return Err(OauthRefusal::grant("code_verifier"));
        }
        Ok(self.tokens(grant.staff, now))
    }

    fn renew(
        &mut self,
        form: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Value, OauthRefusal> {
        if self.refresh_needs_secret && !form.contains_key("client_secret") {
            return Err(OauthRefusal::client());
        }
        let given = form
            .get("refresh_token")
            .ok_or_else(|| OauthRefusal::missing("refresh_token"))?;
        let token = self
            .refresh
            .remove(given)
            .ok_or_else(|| OauthRefusal::grant("refresh_token"))?;
        if token.until <= now {
            return Err(OauthRefusal::grant("refresh_token"));
        }
        Ok(self.tokens(token.staff, now))
    }

    fn tokens(&mut self, staff: u64, now: Timestamp) -> Value {
        let (access, refresh) = self.mint(staff, now);
        json!({
            "token_type": "Bearer",
            "expires_in": self.access_seconds,
            "access_token": access,
            "refresh_token": refresh,
        })
    }
}

fn later(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}

fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[derive(Debug)]
struct OauthRefusal {
    status: u16,
    error: &'static str,
    description: String,
    hint: Option<String>,
}

impl OauthRefusal {
    fn new(status: u16, error: &'static str, description: &str) -> Self {
        Self {
            status,
            error,
            description: description.to_owned(),
            hint: None,
        }
    }

    fn client() -> Self {
        Self::new(
            401,
            "invalid_client",
            "L'authentification du client a échoué.",
        )
    }

    fn missing(field: &str) -> Self {
        let description = "Un paramètre obligatoire est absent ou mal formé.";
        Self {
            hint: Some(format!("Vérifiez le paramètre {field}.")),
            ..Self::new(400, "invalid_request", description)
        }
    }

    fn grant(field: &str) -> Self {
        let description = "L'autorisation fournie est invalide, expirée ou déjà utilisée.";
        Self {
            hint: Some(format!("Vérifiez le paramètre {field}.")),
            ..Self::new(400, "invalid_grant", description)
        }
    }

    fn body(&self) -> Value {
        let mut body = json!({"error": self.error, "error_description": self.description});
        if let (Some(hint), Value::Object(body)) = (&self.hint, &mut body) {
            body.insert("hint".to_owned(), json!(hint));
        }
        body
    }
}

/// What a client asks of the authorization page.
struct Authorization {
    redirect_uri: String,
    challenge: String,
    state: Option<String>,
}

enum AuthorizationRefusal {
    /// Nowhere safe to send the browser: say it here.
    Here(&'static str),
    /// The client may know.
    Back {
        to: String,
        error: &'static str,
        state: Option<String>,
    },
}

impl Authorization {
    fn read(query: &str, logins: &Logins) -> Result<Self, AuthorizationRefusal> {
        let fields: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        if field("client_id") != logins.client_id {
            return Err(AuthorizationRefusal::Here("Ce client n'existe pas."));
        }
        let redirect_uri = field("redirect_uri");
        let web = redirect_uri.starts_with("http://") || redirect_uri.starts_with("https://");
        if !web || !logins.redirect_uris.contains(&redirect_uri) {
            return Err(AuthorizationRefusal::Here(
                "Cette adresse de redirection n'est pas enregistrée.",
            ));
        }
        let state = fields.get("state").cloned();
        let back = |error| AuthorizationRefusal::Back {
            to: redirect_uri.clone(),
            error,
            state: state.clone(),
        };
        if field("response_type") != "code" {
            return Err(back("unsupported_response_type"));
        }
        let challenge = field("code_challenge");
        if field("code_challenge_method") != "S256" || challenge.len() != 43 {
            return Err(back("invalid_request"));
        }
        Ok(Self {
            redirect_uri,
            challenge,
            state,
        })
    }
}

fn redirect(to: &str, fields: &[(&str, &str)], state: Option<&str>) -> Response {
    let Ok(mut url) = Url::parse(to) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(fields);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
    }
    let mut response = Redirect::to(url.as_str()).into_response();
    *response.status_mut() = StatusCode::FOUND;
    response
}

fn refuse(refusal: AuthorizationRefusal) -> Response {
    match refusal {
        AuthorizationRefusal::Here(why) => {
            let body = format!(
                "<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><title>Connexion refusée</title><h1>Connexion refusée</h1><p>{}</p>",
                escape(why)
            );
            (StatusCode::BAD_REQUEST, Html(body)).into_response()
        }
        AuthorizationRefusal::Back { to, error, state } => {
            redirect(&to, &[("error", error)], state.as_deref())
        }
    }
}

/// `GET /oauth2/authorization`.
pub(crate) async fn show(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let now = shared.now();
    let mut inner = shared.lock();
    match Authorization::read(&query, &inner.logins) {
        Err(refusal) => refuse(refusal),
        Ok(ask) if inner.logins.auto_approve => {
            let me = inner.logins.me;
            let code = inner.logins.code_for(&ask, me, now);
            redirect(&ask.redirect_uri, &[("code", &code)], ask.state.as_deref())
        }
        Ok(_) => Html(sign_in_page(&query, &inner.account.staff, inner.logins.me)).into_response(),
    }
}

/// `POST /oauth2/authorization`: the button of the page.
pub(crate) async fn decide(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let fields: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let now = shared.now();
    let mut inner = shared.lock();
    let ask = match Authorization::read(&query, &inner.logins) {
        Ok(ask) => ask,
        Err(refusal) => return refuse(refusal),
    };
    if fields
        .get("decision")
        .is_some_and(|decision| decision == "refuse")
    {
        return redirect(
            &ask.redirect_uri,
            &[("error", "access_denied")],
            ask.state.as_deref(),
        );
    }
    let chosen = fields.get("staff").and_then(|id| id.parse::<u64>().ok());
    let staff = chosen
        .filter(|id| {
            inner
                .account
                .staff
                .iter()
                .any(|staff| staff.id == *id && staff.status == "ok")
        })
        .unwrap_or(inner.logins.me);
    let code = inner.logins.code_for(&ask, staff, now);
    redirect(&ask.redirect_uri, &[("code", &code)], ask.state.as_deref())
}

fn sign_in_page(query: &str, staff: &[Staff], me: u64) -> String {
    let mut people = String::new();
    for one in staff.iter().filter(|staff| staff.status == "ok") {
        let chosen = if one.id == me { " selected" } else { "" };
        people.push_str(&format!(
            "<option value=\"{}\"{chosen}>{} ({})</option>",
            one.id,
            escape(&one.display_name()),
            escape(&one.email)
        ));
    }
    format!(
        "<!doctype html><html lang=\"fr\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<title>Sellsy (bac à sable) : connexion</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}}\
button,select{{font:inherit;padding:.5rem 1rem;width:100%}}label{{display:block;margin:1rem 0}}</style></head><body>\
<h1>Sellsy (bac à sable)</h1><p>Callside demande l'accès à vos contacts, opportunités et appels. Tout est inventé ici.</p>\
<form method=\"post\" action=\"/oauth2/authorization?{}\"><label>Se connecter en tant que <select name=\"staff\">{people}</select></label>\
<button type=\"submit\" name=\"decision\" value=\"approve\">Autoriser</button></form></body></html>",
        escape(query)
    )
}

/// `POST /oauth2/access-tokens`, as JSON or as a form.
pub(crate) async fn tokens(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let form: Option<BTreeMap<String, String>> = if kind.starts_with("application/json") {
        serde_json::from_slice(&body).ok()
    } else {
        Some(form_urlencoded::parse(&body).into_owned().collect())
    };
    let now = shared.now();
    let answer = match form {
        Some(form) => shared.lock().logins.answer(&form, now),
        None => Err(OauthRefusal::missing("grant_type")),
    };
    let (status, body) = match answer {
        Ok(tokens) => (StatusCode::OK, tokens),
        Err(refusal) => (
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST),
            refusal.body(),
        ),
    };
    (
        status,
        [(header::CACHE_CONTROL, "no-store")],
        axum::Json(body),
    )
        .into_response()
}
