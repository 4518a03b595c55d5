#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use callside_core::call::{CallEvent, Direction, EndReason, Happening, SaidReason};
use callside_core::ports::TelephonyState;
use reqwest::{Client, RequestBuilder, StatusCode};

use super::*;

const KEY: &str = "k3y-of-this-install";

#[derive(Default)]
struct Heard(Mutex<Vec<CallEvent>>);

impl CallEvents for Heard {
    fn report(&self, event: CallEvent) {
        self.0.lock().unwrap().push(event);
    }

    fn source_changed(&self, _: &str, _: TelephonyState) {}
}

/// A clock that moves when it is told to.
#[derive(Default)]
struct HandClock(AtomicI64);

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + self.0.load(Ordering::SeqCst)).unwrap()
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

struct Desk {
    listener: Listener,
    key: HookKey,
    heard: Arc<Heard>,
    clock: Arc<HandClock>,
    client: Client,
}

impl Desk {
    async fn new() -> Self {
        Self::with(Hooks::default()).await
    }

    async fn with(settings: Hooks) -> Self {
        let settings = Hooks {
            port: 0,
            ..settings
        };
        let (heard, clock) = (Arc::<Heard>::default(), Arc::<HandClock>::default());
        let key = HookKey::new(KEY);
        let listener = Listener::start(&settings, key.clone(), heard.clone(), clock.clone())
            .await
            .unwrap();
        Self {
            listener,
            key,
            heard,
            clock,
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.listener.port())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    async fn status(&self, path: &str) -> u16 {
        status(self.get(path)).await
    }

    /// Sends bytes as they are and answers what comes back.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.listener.port()))
            .await
            .unwrap();
        // The listener may answer and close before all is sent.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    fn heard(&self) -> Vec<CallEvent> {
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_phone_with_the_key_reports_a_call() {
    let desk = Desk::new().await;
    let path = format!(
        "/v1/call/ringing?app=yealink&key={KEY}&id=c1&from=%2B33199000123&to=0261910000&name=Ann%20B"
    );
    let answer = desk.get(&path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert!(answer.bytes().await.unwrap().is_empty());
    let heard = desk.heard();
    let [event] = heard.as_slice() else {
        panic!("{} events", heard.len());
    };
    assert_eq!(event.happening, Happening::Ringing);
    assert_eq!(event.app, "yealink");
    assert_eq!(event.app_call_id.as_deref(), Some("c1"));
    assert_eq!(event.remote.as_deref(), Some("+33199000123"));
    assert_eq!(event.line.as_deref(), Some("0261910000"));
    assert_eq!(event.name.as_deref(), Some("Ann B"));
    assert_eq!(event.at, desk.clock.now());
    assert!(event.verified);
}

#[tokio::test]
async fn every_action_has_its_address() {
    let desk = Desk::new().await;
    for action in ["ringing", "dialing", "answered", "ended"] {
        let path = format!("/v1/call/{action}?from=0199000123&key={KEY}&dur=7&reason=busy");
        assert_eq!(desk.status(&path).await, 204, "{action}");
    }
    let short = format!("/c/e?k={KEY}&f=0199000123&a=mitel");
    assert_eq!(desk.status(&short).await, 204);
    let heard = desk.heard();
    let happenings: Vec<_> = heard.iter().map(|event| event.happening.clone()).collect();
    let ended = |talk_s, reason| Happening::Ended { talk_s, reason };
    let busy = Some(SaidReason::Known(EndReason::Busy));
    let expected = [
        Happening::Ringing,
        Happening::Dialing,
        Happening::Answered,
        ended(Some(7), busy),
        ended(None, None),
    ];
    assert_eq!(happenings, expected);
    assert_eq!(heard[1].likely_direction(), Direction::Outbound);
    assert_eq!(heard[4].app, "mitel");
}

#[tokio::test]
async fn a_form_may_be_posted() {
    let desk = Desk::new().await;
    let form = [("from", "+33199000123"), ("name", "A & B"), ("key", KEY)];
    let post = desk.client.post(desk.url("/v1/call/ringing")).form(&form);
    assert_eq!(status(post).await, 204);
    let heard = desk.heard();
    assert_eq!(heard[0].remote.as_deref(), Some("+33199000123"));
    assert_eq!(heard[0].name.as_deref(), Some("A & B"));

    let json = desk.client.post(desk.url("/v1/call/ringing")).json(&form);
    assert_eq!(status(json).await, 415);
    assert!(desk.heard().is_empty());
}

#[tokio::test]
async fn brackets_blanks_and_ampersands_may_come_as_they_are() {
    let desk = Desk::new().await;
    let request = format!(
        "GET /v1/call/ringing?key={KEY}&from=<sip:+33199000123@pbx;user=phone>&name=A & B <x> HTTP/1.1\r\n\
         Host: 127.0.0.1\r\n\r\n"
    );
    let answer = desk.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    let heard = desk.heard();
    let remote = heard[0].remote.as_deref();
    assert_eq!(remote, Some("<sip:+33199000123@pbx;user=phone>"));
    assert_eq!(heard[0].name.as_deref(), Some("A & B <x>"));
}

#[tokio::test]
async fn without_the_right_key_nothing_is_taken() {
    let desk = Desk::new().await;
    for key in [
        "",
        "&key=",
        "&key=wrong",
        "&key=k3y-of-this-instal",
        "&KEY=x",
    ] {
        let answer = desk
            .get(&format!("/v1/call/ringing?from=0199000123{key}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{key}");
        assert_eq!(
            answer.headers()["content-type"],
            "text/plain; charset=utf-8"
        );
        let body = answer.text().await.unwrap();
        assert!(!body.is_empty() && !body.contains(KEY) && !body.contains("0199000123"));
    }
    assert!(desk.heard().is_empty());
}

#[tokio::test]
async fn an_empty_key_fits_nothing() {
    let desk = Desk::new().await;
    desk.key.renew("");
    for key in ["", "&key="] {
        let path = format!("/v1/call/ringing?from=0199000123{key}");
        assert_eq!(desk.status(&path).await, 403);
    }
}

#[tokio::test]
async fn a_renewed_key_replaces_the_old_one_at_once() {
    let desk = Desk::new().await;
    desk.key.renew("n3w");
    let with = |key: &str| format!("/v1/call/ringing?from=0199000123&key={key}");
    assert_eq!(desk.status(&with(KEY)).await, 403);
    assert_eq!(desk.status(&with("n3w")).await, 204);
    assert_eq!(desk.heard().len(), 1);
}

#[tokio::test]
async fn web_pages_are_refused_even_with_the_key() {
    let desk = Desk::new().await;
    let path = format!("/v1/call/ringing?from=0199000123&key={KEY}");
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "same-origin"),
    ] {
        let answer = desk.get(&path).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(!has_cors(&answer));
    }
    assert!(desk.heard().is_empty());
    // An address that another program gave to the browser.
    let typed = desk.get(&path).header("Sec-Fetch-Site", "none");
    assert_eq!(status(typed).await, 204);
}

fn has_cors(answer: &reqwest::Response) -> bool {
    let mut names = answer.headers().keys();
    names.any(|name| name.as_str().starts_with("access-control-"))
}

#[tokio::test]
async fn a_preflight_fails() {
    let desk = Desk::new().await;
    let url = desk.url("/v1/call/ringing");
    let preflight = desk
        .client
        .request(reqwest::Method::OPTIONS, &url)
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Private-Network", "true");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!has_cors(&answer));
    let bare = desk.client.request(reqwest::Method::OPTIONS, &url);
    let answer = bare.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(!has_cors(&answer));
}

#[tokio::test]
async fn other_hosts_names_are_refused() {
    let desk = Desk::new().await;
    let path = format!("/v1/call/ringing?from=0199000123&key={KEY}");
    for host in [
        "evil.example",
        "evil.example:41870",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.0.2.7",
        "[2001:db8::1]",
        "127.0.0.1:80@evil.example",
        "0.0.0.0",
        "",
    ] {
        let request = desk.get(&path).header("Host", host);
        assert_eq!(status(request).await, 403, "{host}");
    }
    let proxied = format!("GET http://evil.example{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(desk.raw(proxied.as_bytes()).await.contains(" 403 "));
    let nameless = format!("GET {path} HTTP/1.0\r\n\r\n");
    assert!(desk.raw(nameless.as_bytes()).await.contains(" 403 "));
    assert!(desk.heard().is_empty());
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:41870", "[::1]:41870"] {
        let request = desk.get(&path).header("Host", host);
        assert_eq!(status(request).await, 204, "{host}");
    }
}

#[tokio::test]
async fn only_known_addresses_and_methods_are_answered() {
    let desk = Desk::new().await;
    let query = format!("?from=0199000123&key={KEY}");
    for path in [
        "/",
        "/v1/call/",
        "/v1/call/held",
        "/v1/call/ringing/more",
        "/v1/call/../call/ringing/x",
        "/v1/dial",
        "/status",
    ] {
        assert_eq!(desk.status(&format!("{path}{query}")).await, 404, "{path}");
    }
    for method in [
        reqwest::Method::PUT,
        reqwest::Method::DELETE,
        reqwest::Method::HEAD,
    ] {
        let url = desk.url(&format!("/v1/call/ringing{query}"));
        assert_eq!(status(desk.client.request(method, url)).await, 405);
    }
    assert!(desk.heard().is_empty());
}

#[tokio::test]
async fn hostile_requests_get_an_answer_and_leave_the_listener_alive() {
    let desk = Desk::new().await;
    let huge = "x".repeat(100_000);
    let requests = [
        format!("GET /v1/call/ringing?key={KEY}&from=%00 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET /v1/call/ringing?key={KEY}&from=\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET /v1/call/ringing?key={KEY}&from={huge} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!(
            "GET /?{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "y".repeat(3000)
        ),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {huge}\r\n\r\n"),
        format!(
            "POST /v1/call/ringing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{huge}"
        ),
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".into(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(),
        "nonsense\r\n\r\n".into(),
    ];
    for request in &requests {
        let answer = desk.raw(request.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 4"),
            "{request:.60} -> {answer}"
        );
    }
    assert_eq!(desk.raw(b"").await, "");
    assert_eq!(desk.raw(b"GET /v1/call/ringing HTTP/1.1\r\n").await, "");
    assert!(desk.heard().is_empty());

    let strange = format!(
        "/v1/call/ringing?key={KEY}&from=%zz0199%f&at=x&dur=-1&id={}",
        "i".repeat(900)
    );
    assert_eq!(desk.status(&strange).await, 204);
    let good = format!("/v1/call/ringing?key={KEY}&from=0199000123");
    assert_eq!(desk.status(&good).await, 204);
    let heard = desk.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].app_call_id, None);
}

#[tokio::test]
async fn many_wrong_keys_silence_their_address_for_a_while() {
    let desk = Desk::new().await;
    for guess in 0..MOST_WRONG_KEYS {
        let path = format!("/v1/call/ringing?from=0199000123&key=guess{guess}");
        assert_eq!(desk.status(&path).await, 403);
    }
    let right = format!("/v1/call/ringing?from=0199000123&key={KEY}");
    assert_eq!(desk.status(&right).await, 429);
    desk.clock.0.store(9, Ordering::SeqCst);
    assert_eq!(desk.status(&right).await, 429);
    desk.clock.0.store(10, Ordering::SeqCst);
    assert_eq!(desk.status(&right).await, 204);
    assert_eq!(desk.heard().len(), 1);
}

#[tokio::test]
async fn wrong_keys_from_web_pages_silence_nobody() {
    let desk = Desk::new().await;
    for _ in 0..MOST_WRONG_KEYS * 2 {
        let request = desk.get("/v1/call/ringing?key=x").header("Origin", "null");
        assert_eq!(status(request).await, 403);
    }
    let right = format!("/v1/call/ringing?from=0199000123&key={KEY}");
    assert_eq!(desk.status(&right).await, 204);
}

#[tokio::test]
async fn suspects_are_not_remembered_without_end() {
    let desk = front_desk(&[]);
    for number in 0..=u16::MAX {
        let source = IpAddr::from([10, 1, number.to_be_bytes()[0], number.to_be_bytes()[1]]);
        let _ = desk.check_key(source, "wrong");
    }
    assert!(desk.suspects.lock().unwrap().len() <= MOST_SUSPECTS);
}

fn front_desk(allow: &[&str]) -> FrontDesk {
    FrontDesk {
        allow: allow.iter().map(|ip| ip.parse().unwrap()).collect(),
        key: HookKey::new(KEY),
        events: Arc::<Heard>::default(),
        clock: Arc::<HandClock>::default(),
        suspects: Mutex::default(),
    }
}

#[test]
fn this_computer_and_the_phones_on_the_list_may_speak() {
    let desk = front_desk(&["192.0.2.7"]);
    let ends = |source: &str, local: &str| Ends {
        source: source.parse().unwrap(),
        local: local.parse().unwrap(),
    };
    assert!(desk.may_speak(ends("127.0.0.1", "127.0.0.1")));
    assert!(desk.may_speak(ends("::1", "::1")));
    assert!(desk.may_speak(ends("192.0.2.1", "192.0.2.1")));
    assert!(desk.may_speak(ends("192.0.2.7", "192.0.2.1")));
    assert!(!desk.may_speak(ends("192.0.2.8", "192.0.2.1")));
    assert!(!desk.may_speak(ends("2001:db8::7", "2001:db8::1")));
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let desk = Desk::new().await;
    let settings = Hooks {
        port: desk.listener.port(),
        ..Hooks::default()
    };
    let (events, clock) = (Arc::<Heard>::default(), Arc::<HandClock>::default());
    let error = Listener::start(&settings, desk.key.clone(), events.clone(), clock.clone())
        .await
        .unwrap_err();
    assert!(matches!(error, ListenError::PortTaken { port } if port == settings.port));

    let elsewhere = Hooks {
        bind: IpAddr::from([192, 0, 2, 1]),
        ..settings
    };
    let error = Listener::start(&elsewhere, desk.key.clone(), events, clock)
        .await
        .unwrap_err();
    assert!(matches!(error, ListenError::AddressNotHere), "{error:?}");
}

#[tokio::test]
async fn a_stopped_listener_gives_its_port_back_even_with_idle_connections() {
    let desk = Desk::new().await;
    let port = desk.listener.port();
    let mut idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    idle.write_all(b"GET /v1").await.unwrap();
    desk.listener.stop().await;
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn a_crowd_of_silent_connections_ends_and_phones_get_through_again() {
    let desk = Desk::new().await;
    let address = ("127.0.0.1", desk.listener.port());
    let mut crowd = Vec::new();
    for _ in 0..MOST_CONNECTIONS {
        crowd.push(TcpStream::connect(address).await.unwrap());
    }
    // The listener itself ends them, since they ask nothing.
    for mut silent in crowd {
        let mut answer = Vec::new();
        let _ = silent.read_to_end(&mut answer).await;
    }
    let right = format!("/v1/call/ringing?from=0199000123&key={KEY}");
    assert_eq!(desk.status(&right).await, 204);
}

#[tokio::test]
async fn the_key_is_in_no_debug_output() {
    assert!(!format!("{:?}", HookKey::new(KEY)).contains(KEY));
}
