//! Who may knock at the Workspace's server, and whose events are taken.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use std::sync::atomic::AtomicBool;

use callside_core::call::{Direction, Happening};
use callside_core::settings::Language;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::json;

use super::server::{Files, KEY, MOST_BYTES, Server};
use super::*;
use crate::wiring::SystemClock;
use crate::wiring::cloud::Service;

/// Notes what was said of calls.
#[derive(Default)]
struct Calls {
    happened: Mutex<Vec<CallEvent>>,
    not_understood: Mutex<Vec<Shape>>,
    go_on: AtomicBool,
    shown: AtomicBool,
}

impl CallNews for Calls {
    fn happened(&self, event: CallEvent) {
        lock(&self.happened).push(event);
    }

    fn not_understood(&self, shape: Shape) {
        lock(&self.not_understood).push(shape);
    }

    fn goes_on(&self) -> bool {
        self.go_on.load(Ordering::Relaxed)
    }
}

/// Nobody is told in these tests that nobody signs in.
const PATIENT: Duration = Duration::from_secs(60);

struct Desk {
    calls: Arc<Calls>,
    workspace: Workspace,
    server: Server,
    http: Client,
}

async fn desk_of(service: Service, agent: &str, signs_in_within: Duration) -> Desk {
    let calls = Arc::new(Calls::default());
    let shows = calls.clone();
    let workspace = Workspace::new(WorkspaceParts {
        vendor: service.vendor(),
        agent: agent.to_owned(),
        url: "https://workspace.example.test".parse().unwrap(),
        calls: calls.clone(),
        show: Arc::new(move || shows.shown.store(true, Ordering::Relaxed)),
        clock: Arc::new(SystemClock),
        text: Text::of(Language::En),
        theme: None,
        signs_in_within,
    });
    // As the app's own: what is not there is answered by another page.
    let files: Files = Arc::new(|path| {
        let (text, kind) = match path {
            "workspace.html" => ("<title>Aircall</title>", "text/html"),
            "assets/workspace-1.js" => ("begin()", "text/javascript"),
            _ => ("<title>Callside</title>", "text/html"),
        };
        Some((text.as_bytes().to_vec(), kind.to_owned()))
    });
    Desk {
        calls,
        server: Server::start(workspace.clone(), files, None).await.unwrap(),
        workspace,
        http: Client::builder().no_proxy().build().unwrap(),
    }
}

async fn desk() -> Desk {
    desk_of(Service::Aircall, "Ada@Example.test", PATIENT).await
}

async fn allo() -> Desk {
    desk_of(Service::Allo, "Ada@Example.test", PATIENT).await
}

impl Desk {
    fn key(&self) -> String {
        self.server.page().split_once('#').unwrap().1.to_owned()
    }

    fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.server.port())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let host = format!("localhost:{}", self.server.port());
        self.http.get(self.address(path)).header("host", host)
    }

    /// As the page says it.
    fn says(&self, name: &str, value: &Value) -> RequestBuilder {
        self.http
            .post(self.address("/event"))
            .header("host", format!("localhost:{}", self.server.port()))
            .header("origin", self.server.origin())
            .header("sec-fetch-site", "same-origin")
            .header(KEY, self.key())
            .json(&json!({ "name": name, "value": value }))
    }

    async fn said(&self, name: &str, value: Value) -> StatusCode {
        status(self.says(name, &value)).await
    }

    async fn sign_in(&self) {
        let user = json!({ "user": { "email": "ada@example.TEST", "first_name": "Ada" } });
        assert_eq!(self.said("login", user).await, StatusCode::NO_CONTENT);
        assert_eq!(self.workspace.standing(), Standing::SignedIn);
    }

    fn heard(&self) -> Vec<Happening> {
        let happened = lock(&self.calls.happened);
        happened
            .iter()
            .map(|event| event.happening.clone())
            .collect()
    }

    /// As the page passes a message of Allo's dialler on.
    async fn dialler_said(&self, kind: &str, payload: Value) -> StatusCode {
        let message = json!({ "source": "allo-dialer", "type": kind, "payload": payload });
        self.said("message", message).await
    }
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

fn rings() -> Value {
    json!({ "from": "+33199000123", "to": "+33199000199", "call_id": 9 })
}

fn ends() -> Value {
    json!({ "call_id": 9, "duration": 60 })
}

#[tokio::test]
async fn the_page_and_its_code_are_served_under_a_strict_policy() {
    let desk = desk().await;
    let page = desk.get("/workspace.html").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let header = |answer: &Response, name: &str| {
        let value = answer.headers().get(name).unwrap();
        value.to_str().unwrap().to_owned()
    };
    let policy = header(&page, "content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self';",
        "connect-src 'self';",
        "frame-src https://workspace.example.test;",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{rule} is missing: {policy}");
    }
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    assert!(page.text().await.unwrap().contains("Aircall"));
    let code = desk.get("/assets/workspace-1.js").send().await.unwrap();
    assert_eq!(header(&code, "content-type"), "text/javascript");
    for path in [
        "/",
        "/index.html",
        "/assets/missing.js",
        "/assets/..%2fworkspace.html",
        "/assets/index.html",
        "/workspace.html/x",
    ] {
        assert_eq!(
            status(desk.get(path)).await,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn who_calls_by_another_name_or_comes_from_another_page_is_kept_out() {
    let desk = desk().await;
    desk.sign_in().await;
    let port = desk.server.port();
    let strangers: [(&str, String); 9] = [
        ("host", format!("127.0.0.1:{port}")),
        ("host", "localhost".into()),
        ("host", format!("evil.test:{port}")),
        ("host", format!("localhost:{port}.evil.test")),
        ("origin", "https://workspace.example.test".into()),
        ("origin", format!("https://localhost:{port}")),
        ("origin", "null".into()),
        ("sec-fetch-site", "cross-site".into()),
        ("sec-fetch-site", "same-site".into()),
    ];
    for (name, value) in strangers {
        for path in ["/workspace.html", "/assets/workspace-1.js", "/asks?key=K"] {
            let mut request = desk.get(path).build().unwrap();
            let header = reqwest::header::HeaderName::from_static(name);
            request.headers_mut().insert(header, value.parse().unwrap());
            let answer = desk.http.execute(request).await.unwrap();
            assert_eq!(
                answer.status(),
                StatusCode::FORBIDDEN,
                "{path} {name} {value}"
            );
        }
        let mut request = desk.says("incoming_call", &rings()).build().unwrap();
        let header = reqwest::header::HeaderName::from_static(name);
        request.headers_mut().insert(header, value.parse().unwrap());
        let answer = desk.http.execute(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name} {value}");
    }
    assert!(desk.heard().is_empty());
}

#[tokio::test]
async fn the_entrance_needs_the_key_and_an_origin() {
    let desk = desk().await;
    desk.sign_in().await;
    let without = |name: &'static str| {
        let mut request = desk.says("incoming_call", &rings()).build().unwrap();
        request.headers_mut().remove(name);
        desk.http.execute(request)
    };
    for name in [KEY, "origin"] {
        let answer = without(name).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
    }
    for key in ["", "0", &desk.key()[1..], &desk.key().to_uppercase()] {
        let mut request = desk.says("incoming_call", &rings()).build().unwrap();
        request.headers_mut().insert(KEY, key.parse().unwrap());
        let answer = desk.http.execute(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let stream = desk.get(&format!("/asks?key={key}"));
        assert_eq!(status(stream).await, StatusCode::FORBIDDEN);
    }
    assert!(desk.heard().is_empty());
    assert_eq!(
        desk.said("incoming_call", rings()).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(desk.heard(), [Happening::Ringing]);
}

#[tokio::test]
async fn every_start_has_a_key_of_its_own() {
    assert_ne!(desk().await.key(), desk().await.key());
}

#[tokio::test]
async fn what_is_too_large_or_unreadable_is_refused() {
    let desk = desk().await;
    desk.sign_in().await;
    let large = json!({ "comment": "x".repeat(MOST_BYTES), "call_id": 9 });
    assert_eq!(
        desk.said("comment_saved", large).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    for body in ["", "{", "[]", "null", "{\"value\":1}", "{\"name\":7}"] {
        let request = desk.says("incoming_call", &Value::Null);
        assert_eq!(
            status(request.body(body)).await,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
    }
    for name in ["", "invented", "redirect_event", "save_settings", "READY"] {
        assert_eq!(
            desk.said(name, Value::Null).await,
            StatusCode::BAD_REQUEST,
            "{name}"
        );
    }
    assert!(desk.heard().is_empty());
}

#[tokio::test]
async fn a_flood_is_dammed() {
    let desk = desk().await;
    desk.sign_in().await;
    let mut refused = 0;
    for _ in 0..200 {
        let answer = desk.said("incoming_call", rings()).await;
        refused += u32::from(answer == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 0);
    assert_eq!(desk.heard().len() as u32, 200 - refused);
}

#[tokio::test]
async fn nothing_is_taken_of_anybody_else() {
    let desk = desk().await;
    assert_eq!(
        desk.said("incoming_call", rings()).await,
        StatusCode::CONFLICT
    );
    for user in [
        json!({ "email": "grace@example.test" }),
        json!({ "email": "" }),
        json!({}),
    ] {
        let login = desk.said("login", json!({ "user": user })).await;
        assert_eq!(login, StatusCode::NO_CONTENT);
        assert_eq!(desk.workspace.standing(), Standing::OtherAgent);
        assert_eq!(
            desk.said("incoming_call", rings()).await,
            StatusCode::CONFLICT
        );
    }
    for login in [
        Value::Null,
        json!([]),
        json!({ "user": { "email": 7 } }),
        json!({ "user": 1 }),
    ] {
        assert_eq!(desk.said("login", login).await, StatusCode::BAD_REQUEST);
    }
    assert!(desk.heard().is_empty());
}

#[tokio::test]
async fn without_an_agent_in_the_settings_nothing_is_taken() {
    let desk = desk_of(Service::Aircall, " ", PATIENT).await;
    let user = json!({ "user": { "email": "" } });
    assert_eq!(desk.said("login", user).await, StatusCode::NO_CONTENT);
    assert_eq!(desk.workspace.standing(), Standing::AgentNotSet);
    assert_eq!(
        desk.said("incoming_call", rings()).await,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn signing_out_in_mid_call_says_so_and_ends_what_is_taken() {
    let desk = desk().await;
    desk.sign_in().await;
    desk.calls.go_on.store(true, Ordering::Relaxed);
    assert_eq!(
        desk.said("logout", Value::Null).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        desk.workspace.standing(),
        Standing::SignedOut { in_call: true }
    );
    assert_eq!(desk.said("call_ended", ends()).await, StatusCode::CONFLICT);
    desk.sign_in().await;
    assert_eq!(
        desk.said("call_ended", ends()).await,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_page_on_which_nobody_signs_in_says_what_may_be_in_the_way() {
    let desk = desk_of(
        Service::Aircall,
        "ada@example.test",
        Duration::from_millis(1),
    )
    .await;
    let mut standing = desk.workspace.watch();
    assert_eq!(
        desk.said("ready", Value::Null).await,
        StatusCode::NO_CONTENT
    );
    standing
        .wait_for(|now| *now == Standing::Silent)
        .await
        .unwrap();
    let words = desk.workspace.words();
    assert_eq!(words.tone, "warn");
    assert!(words.advice.is_some());
    // Signing in later is as good.
    desk.sign_in().await;
}

/// Reads the stream until something is said that `wanted` picks.
async fn read<T>(stream: &mut Response, wanted: impl Fn(&Value) -> Option<T>) -> T {
    let mut text = String::new();
    loop {
        let chunk = stream.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        for line in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
            if let Some(found) = serde_json::from_str(line).ok().as_ref().and_then(&wanted) {
                return found;
            }
        }
    }
}

/// The next question to the page: its number, its name and its value.
async fn asked(stream: &mut Response) -> (u64, Value, Value) {
    read(stream, |said| {
        let id = said.get("id")?.as_u64()?;
        Some((id, said["name"].clone(), said["value"].clone()))
    })
    .await
}

#[tokio::test]
async fn the_page_hears_what_to_show_and_what_to_ask() {
    let desk = desk().await;
    assert_eq!(
        desk.workspace.dial("+33199000123").await,
        Err(AskFailed::NotThere)
    );
    let asks = format!("/asks?key={}", desk.key());
    let mut stream = desk.get(&asks).send().await.unwrap();
    let setup = read(&mut stream, |said| said.get("setup").cloned()).await;
    assert_eq!(
        setup["frame_url"],
        "https://workspace.example.test/?integration=generic"
    );
    assert_eq!(
        setup["allow"],
        "microphone; autoplay; clipboard-read; clipboard-write; hid"
    );
    assert_eq!(setup["language"], "en");
    desk.sign_in().await;
    for (reply, expected) in [
        (json!({ "ok": true, "data": null }), Ok(())),
        (
            json!({ "ok": false, "code": "in_call" }),
            Err(AskFailed::InCall),
        ),
        (
            json!({ "ok": false, "code": "no_answer" }),
            Err(AskFailed::NoAnswer),
        ),
        (
            json!({ "ok": false, "code": "does_not_exists" }),
            Err(AskFailed::Refused),
        ),
        (json!({ "ok": false }), Err(AskFailed::Refused)),
    ] {
        let dialing = desk.workspace.dial("+33199000123");
        let answering = async {
            let (id, name, value) = asked(&mut stream).await;
            assert_eq!(name, "dial_number");
            assert_eq!(value, json!({ "phone_number": "+33199000123" }));
            let mut reply = reply;
            reply["id"] = id.into();
            assert_eq!(desk.said("reply", reply).await, StatusCode::NO_CONTENT);
        };
        let (dialed, ()) = tokio::join!(dialing, answering);
        assert_eq!(dialed, expected);
    }
    // An answer to no question, as after a page was loaded anew.
    let stray = desk.said("reply", json!({ "id": 99, "ok": true })).await;
    assert_eq!(stray, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn both_loopback_addresses_are_ours_and_a_taken_port_is_left_alone() {
    let first = desk().await;
    let workspace = first.workspace.clone();
    let files: Files = Arc::new(|_| None);
    let second = Server::start(workspace, files, Some(first.server.port()))
        .await
        .unwrap();
    assert_ne!(second.port(), first.server.port());
}

#[tokio::test]
async fn allos_dialler_is_connected_by_its_readiness_or_a_sign_in() {
    let desk = allo().await;
    let rings = || json!({ "from": "+33199000123", "to": "+33199000199" });
    // Before it is known to be there nothing is taken.
    assert_eq!(
        desk.dialler_said("incoming_call", rings()).await,
        StatusCode::CONFLICT
    );
    let ready = desk.dialler_said("ready", json!({})).await;
    assert_eq!(ready, StatusCode::NO_CONTENT);
    assert_eq!(desk.workspace.standing(), Standing::There);
    desk.dialler_said("incoming_call", rings()).await;
    desk.dialler_said("login", json!({})).await;
    assert_eq!(desk.workspace.standing(), Standing::SignedIn);
    desk.dialler_said("outgoing_call", rings()).await;
    assert_eq!(desk.heard(), [Happening::Ringing, Happening::Dialing]);
    let directions: Vec<_> = lock(&desk.calls.happened)
        .iter()
        .map(|event| (event.app.clone(), event.direction))
        .collect();
    assert_eq!(
        directions,
        [
            ("allo".to_owned(), Some(Direction::Inbound)),
            ("allo".to_owned(), Some(Direction::Outbound)),
        ]
    );
}

#[tokio::test]
async fn somebody_else_in_allos_dialler_stays_somebody_else() {
    let desk = allo().await;
    let other = json!({ "email": "grace@example.test" });
    desk.dialler_said("login", other).await;
    assert_eq!(desk.workspace.standing(), Standing::OtherAgent);
    // That the page came up again says nothing of who is signed in there.
    desk.dialler_said("ready", json!({})).await;
    assert_eq!(desk.workspace.standing(), Standing::OtherAgent);
    let rings = json!({ "from": "+33199000123" });
    assert_eq!(
        desk.dialler_said("incoming_call", rings).await,
        StatusCode::CONFLICT
    );
    let own = json!({ "user": { "email": "ada@EXAMPLE.test" } });
    desk.dialler_said("login", own).await;
    assert_eq!(desk.workspace.standing(), Standing::SignedIn);
}

#[tokio::test]
async fn what_allos_dialler_says_oddly_is_kept_without_values() {
    let desk = allo().await;
    let odd = json!({ "call": { "peer": "+33199000123" }, "at": 1 });
    // Also before anybody is signed in: that may be the very reason.
    assert_eq!(
        desk.dialler_said("call_wrapped", odd).await,
        StatusCode::NO_CONTENT
    );
    let kept = lock(&desk.calls.not_understood).clone();
    assert_eq!(kept[0].kind, "call_wrapped");
    assert_eq!(
        kept[0].fields,
        [
            "payload.at: number",
            "payload.call.peer: text that begins with a plus"
        ]
    );
    for (name, value) in [
        ("message", json!({ "type": "ready" })),
        ("message", Value::Null),
        ("incoming_call", rings()),
        ("login", json!({ "user": { "email": "ada@example.test" } })),
    ] {
        assert_eq!(desk.said(name, value).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(desk.workspace.standing(), Standing::Starting);
    assert!(desk.heard().is_empty());
}

#[tokio::test]
async fn a_number_for_allo_is_put_there_and_the_window_comes_forward() {
    let desk = allo().await;
    let asks = format!("/asks?key={}", desk.key());
    let mut stream = desk.get(&asks).send().await.unwrap();
    let setup = read(&mut stream, |said| said.get("setup").cloned()).await;
    assert_eq!(
        setup["frame_url"],
        "https://workspace.example.test/?variant=dialer"
    );
    assert_eq!(setup["allow"], "microphone; autoplay; clipboard-write");
    desk.dialler_said("ready", json!({})).await;
    let dialing = desk.workspace.dial("+33199000123");
    let answering = async {
        let (id, name, value) = asked(&mut stream).await;
        assert_eq!(name, "dial");
        assert_eq!(value["number"], "+33199000123");
        assert!(!desk.calls.shown.load(Ordering::Relaxed));
        desk.said("reply", json!({ "id": id, "ok": true })).await;
    };
    let (dialed, ()) = tokio::join!(dialing, answering);
    assert_eq!(dialed, Ok(()));
    assert!(desk.calls.shown.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_silent_dialler_names_the_page_that_allo_has_to_activate() {
    let desk = desk_of(Service::Allo, "ada@example.test", Duration::from_millis(1)).await;
    let mut standing = desk.workspace.watch();
    desk.said("ready", Value::Null).await;
    standing
        .wait_for(|now| *now == Standing::Silent)
        .await
        .unwrap();
    let advice = desk.workspace.words().advice.unwrap();
    assert!(advice.contains(&desk.server.origin()), "{advice}");
    assert!(advice.contains("not activated"), "{advice}");
}

#[test]
fn every_standing_has_words_in_both_languages() {
    for language in [Language::En, Language::Fr] {
        let text = Text::of(language);
        for (standing, service) in [
            Standing::Starting,
            Standing::Silent,
            Standing::There,
            Standing::SignedIn,
            Standing::OtherAgent,
            Standing::AgentNotSet,
            Standing::SignedOut { in_call: false },
            Standing::SignedOut { in_call: true },
        ]
        .into_iter()
        .flat_map(|standing| Service::ALL.map(|service| (standing, service)))
        {
            let words = standing.words(service.vendor(), "http://localhost:1", &text);
            for sentence in [Some(words.title), words.advice].into_iter().flatten() {
                assert!(!sentence.starts_with("rust-"), "{sentence}");
                assert!(!sentence.contains('$'), "{sentence}");
                let other = match service {
                    Service::Aircall => "Allo",
                    Service::Allo => "Aircall",
                };
                let both = standing == Standing::There;
                assert!(both || !sentence.contains(other), "{sentence}");
            }
        }
    }
}
