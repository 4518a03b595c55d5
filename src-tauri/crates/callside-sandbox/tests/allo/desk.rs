//! A sandbox with a client that holds the workspace's key, and a clock that is moved by hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use callside_sandbox::{
    HistoryOptions, Sandbox, SandboxOptions,
    allo::{AlloOptions, KEY},
};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// 2026-03-02T08:41:07Z
pub(crate) const START: i64 = 1_772_440_867;

pub(crate) struct Desk {
    pub(crate) cloud: Sandbox,
    pub(crate) http: Client,
    clock: Arc<AtomicI64>,
}

/// A workspace without a past and without limits.
pub(crate) fn options() -> AlloOptions {
    let mut options = AlloOptions {
        history: HistoryOptions { calls: 0, days: 1 },
        ..AlloOptions::default()
    };
    options.settings.reads_per_second = None;
    options.settings.writes_per_second = None;
    options
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(allo: AlloOptions) -> Self {
        let clock = Arc::new(AtomicI64::new(START * 1_000));
        let hands = Arc::clone(&clock);
        let cloud = Sandbox::start(SandboxOptions {
            allo,
            clock: Arc::new(move || {
                Timestamp::from_millisecond(hands.load(Ordering::SeqCst)).unwrap()
            }),
            ..SandboxOptions::default()
        })
        .await
        .unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        Self { cloud, http, clock }
    }

    pub(crate) fn forward(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// A request without a key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.cloud.allo_url()))
    }

    pub(crate) fn keyed(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path)
            .header("authorization", format!("Api-Key {KEY}"))
    }

    pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        Self::answer(self.keyed(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        Self::answer(self.keyed(Method::POST, path).json(body)).await
    }

    /// The rows of a search.
    pub(crate) async fn found(&self, wish: &Value) -> Vec<Value> {
        let (status, body) = self.post("/v2/api/conversations/items/search", wish).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["data"].as_array().unwrap().clone()
    }
}

/// Asserts a refusal in the documented shape with this code.
pub(crate) fn assert_code(answer: &(StatusCode, Value), status: u16, code: &str) {
    assert_eq!(answer.0.as_u16(), status, "{}", answer.1);
    let error = &answer.1["error"];
    assert_eq!(error["code"], code);
    for name in ["type", "message", "request_id", "doc_url"] {
        assert!(error[name].is_string(), "{name} is missing");
    }
    assert!(error["retryable"].is_boolean());
}
