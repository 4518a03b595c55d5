//! A sandbox with a client that holds the company's key, and a clock that is moved by hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use callside_sandbox::{
    BookOptions, Sandbox, SandboxOptions,
    aircall::{AircallOptions, Delays, HistoryOptions, KEY},
};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect::Policy};
use serde_json::Value;

/// 2026-03-02T08:41:07Z
pub(crate) const START: i64 = 1_772_440_867;

pub(crate) struct Desk {
    pub(crate) cloud: Sandbox,
    pub(crate) http: Client,
    clock: Arc<AtomicI64>,
}

/// A company without a past, whose REST knows everything at once.
pub(crate) fn options() -> AircallOptions {
    let mut options = AircallOptions {
        history: HistoryOptions { calls: 0, days: 1 },
        ..AircallOptions::default()
    };
    options.settings.delays = Delays::none();
    options.settings.rate.per_minute = None;
    options
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(aircall: AircallOptions) -> Self {
        let clock = Arc::new(AtomicI64::new(START * 1_000));
        let hands = Arc::clone(&clock);
        let cloud = Sandbox::start(SandboxOptions {
            book: BookOptions {
                contacts: 400,
                seed: 7,
            },
            aircall,
            clock: Arc::new(move || {
                Timestamp::from_millisecond(hands.load(Ordering::SeqCst)).unwrap()
            }),
            ..SandboxOptions::default()
        })
        .await
        .unwrap();
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { cloud, http, clock }
    }

    pub(crate) fn forward(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// A request to REST without a key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.cloud.aircall_url()))
    }

    pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        Self::answer(self.bare(Method::GET, path).basic_auth(KEY.0, Some(KEY.1))).await
    }

    /// The body of a request that has to succeed.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.bare(Method::POST, path).json(body);
        Self::answer(request.basic_auth(KEY.0, Some(KEY.1))).await
    }

    /// A request to the controls.
    pub(crate) async fn control(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let url = format!("{}/_sandbox/aircall{path}", self.cloud.base_url());
        Self::answer(self.http.request(method, url).json(body)).await
    }

    /// Walks a list to its end by its links; answers the rows.
    pub(crate) async fn walk(&self, path: &str, plural: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut next = Some(format!("{}{path}", self.cloud.aircall_url()));
        while let Some(url) = next {
            let request = self.http.get(url).basic_auth(KEY.0, Some(KEY.1));
            let (status, body) = Self::answer(request).await;
            assert_eq!(status, StatusCode::OK, "{body}");
            rows.extend(body[plural].as_array().unwrap().iter().cloned());
            next = body["meta"]["next_page_link"].as_str().map(str::to_owned);
        }
        rows
    }
}
