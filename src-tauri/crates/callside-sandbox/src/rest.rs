//! What the APIs played here have in common: how a path is told from another, a request as it is read, and an answer.

use axum::{
    Json,
    body::Bytes,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::form_urlencoded;

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// The named parts of a path.
pub(crate) type Named = Vec<(&'static str, String)>;

/// The named parts of a path that fits the pattern. Segments of the pattern in braces match anything but nothing.
pub(crate) fn fit(pattern: &'static str, path: &str) -> Option<Named> {
    let mut named = Vec::new();
    let mut given = path.split('/');
    for part in pattern.split('/') {
        let segment = given.next()?;
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) if !segment.is_empty() => named.push((name, segment.to_owned())),
            Some(_) => return None,
            None if part == segment => {}
            None => return None,
        }
    }
    given.next().is_none().then_some(named)
}

/// An answer that is no refusal.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
        }
    }

    pub(crate) fn created(body: Value) -> Self {
        Self {
            status: 201,
            body: Some(body),
        }
    }

    pub(crate) fn nothing() -> Self {
        Self {
            status: 204,
            body: None,
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        match self.body {
            Some(body) => (status, Json(body)).into_response(),
            None => status.into_response(),
        }
    }
}

/// A refusal of a telephony service, in that service's shape.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body)).into_response();
        put_headers(&mut response, self.headers);
        response
    }
}

/// Adds headers; what cannot be one is left out.
pub(crate) fn put_headers(response: &mut Response, headers: Vec<(&'static str, String)>) {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
}

/// One request to a telephony service, read.
pub(crate) struct Ask {
    /// When it came, in Unix milliseconds.
    pub(crate) now: i64,
    /// `http://HOST:PORT` as the client wrote it.
    pub(crate) home: String,
    pub(crate) method: String,
    /// The whole path.
    pub(crate) path: String,
    pub(crate) named: Named,
    /// The query, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) async fn read(now: Timestamp, request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, LONGEST_BODY)
            .await
            .unwrap_or_default();
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        Self {
            now: now.as_millisecond(),
            home: format!("http://{}", host.unwrap_or("127.0.0.1")),
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            named: Vec::new(),
            query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            headers: parts.headers,
            body,
        }
    }

    /// When it came, in Unix seconds.
    pub(crate) fn seconds(&self) -> i64 {
        self.now.div_euclid(1_000)
    }

    /// The first value of a query name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a query name.
    pub(crate) fn queries<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A named part of the path.
    pub(crate) fn word(&self, name: &str) -> &str {
        self.named
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    }

    /// A number in the path.
    pub(crate) fn id(&self, name: &str) -> Option<u64> {
        self.word(name).parse().ok()
    }

    /// The body as JSON; Null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether the body says that it is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.header("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// One line of a telephony service's document, answered from that service's account.
pub(crate) struct Endpoint<A: 'static> {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) answer: fn(&mut A, &Ask) -> Result<Reply, Refusal>,
}

/// The first endpoint that fits, with the named parts of the path.
pub(crate) fn find<'a, A>(
    endpoints: &'a [Endpoint<A>],
    method: &str,
    path: &str,
) -> Option<(&'a Endpoint<A>, Named)> {
    endpoints
        .iter()
        .filter(|endpoint| endpoint.method == method)
        .find_map(|endpoint| Some((endpoint, fit(endpoint.path, path)?)))
}

/// Lays the members of `patch` over `settings`, at every depth; a list or a word replaces what was there.
pub(crate) fn merge(settings: &mut Value, patch: Value) {
    match (settings, patch) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                merge(old.entry(name).or_insert(Value::Null), value);
            }
        }
        (old, new) => *old = new,
    }
}

/// The settings with the patch laid over them. None when the result cannot be read.
pub(crate) fn patched<T: Serialize + DeserializeOwned>(settings: &T, patch: Value) -> Option<T> {
    let mut all = serde_json::to_value(settings).ok()?;
    merge(&mut all, patch);
    serde_json::from_value(all).ok()
}
