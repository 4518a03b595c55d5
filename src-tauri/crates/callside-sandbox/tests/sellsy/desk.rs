//! A sandbox with a client that holds a token.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use callside_sandbox::{BookOptions, QuotaLimits, Sandbox, SandboxOptions};
use jiff::Timestamp;
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use serde_json::Value;

pub(crate) const REDIRECT: &str = "http://127.0.0.1:41871/callback";

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) struct Desk {
    pub(crate) crm: Sandbox,
    pub(crate) http: Client,
    pub(crate) clock: Hands,
    pub(crate) token: String,
}

pub(crate) fn options() -> SandboxOptions {
    SandboxOptions {
        book: BookOptions {
            contacts: 400,
            seed: 7,
        },
        quotas: QuotaLimits::unlimited(),
        auto_approve: true,
        redirect_uris: vec![REDIRECT.to_owned()],
        ..SandboxOptions::default()
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(options: SandboxOptions) -> Self {
        // 2026-03-02T08:41:07Z
        let clock = Hands(Arc::new(AtomicI64::new(1_772_440_867)));
        let hands = clock.clone();
        let crm = Sandbox::start(SandboxOptions {
            clock: Arc::new(move || hands.now()),
            ..options
        })
        .await
        .unwrap();
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let token = crm.access_token();
        Self {
            crm,
            http,
            clock,
            token,
        }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<reqwest::Response> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.crm.api_url()))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await
    }

    async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let response = self.send(method, path, body).await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.json(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.json(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.json(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (StatusCode, Value) {
        self.json(Method::DELETE, path, None).await
    }

    /// Walks a search to its end by the cursor; answers the ids in order.
    pub(crate) async fn walk(&self, path: &str, filters: &Value) -> Vec<u64> {
        let mut ids = Vec::new();
        let mut offset: Option<String> = None;
        loop {
            let next = offset.map(|offset| {
                format!("&offset={}", offset.replace('=', "%3D").replace('+', "%2B"))
            });
            let page = format!("{path}{}", next.unwrap_or_default());
            let (status, body) = self
                .post(&page, &serde_json::json!({"filters": filters}))
                .await;
            assert_eq!(status, StatusCode::OK, "{body}");
            let rows = ids_of(&body);
            let short = (rows.len() as u64) < body["pagination"]["limit"].as_u64().unwrap();
            ids.extend(rows);
            if short {
                return ids;
            }
            offset = Some(body["pagination"]["offset"].as_str().unwrap().to_owned());
        }
    }
}

pub(crate) fn ids_of(body: &Value) -> Vec<u64> {
    body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_u64().unwrap())
        .collect()
}

/// Asserts a refusal in the documented shape and that it names a field.
pub(crate) fn assert_names(answer: &(StatusCode, Value), field: &str) {
    assert_eq!(answer.0, StatusCode::BAD_REQUEST, "{}", answer.1);
    assert_eq!(answer.1["error"]["code"], 400);
    assert!(answer.1["error"]["message"].is_string());
    assert!(
        answer.1["error"]["details"].get(field).is_some(),
        "{} names no {field}",
        answer.1
    );
}
