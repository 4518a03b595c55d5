#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use callside_sandbox::{Fault as Trouble, FaultRule, Sandbox, SandboxOptions};
use callside_testkit::{FakeClock, MemorySecrets, contract_check};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

struct Desk {
    sandbox: Sandbox,
    secrets: Arc<MemorySecrets>,
    clock: Arc<FakeClock>,
    authority: Arc<Authority>,
}

async fn free_ports<const N: usize>() -> [u16; N] {
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        *port = listener.local_addr().unwrap().port();
        held.push(listener);
    }
    ports
}

impl Desk {
    async fn new(ports: &[u16]) -> Self {
        let redirect_uris = ports
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}/callback"))
            .collect();
        let options = SandboxOptions {
            redirect_uris,
            auto_approve: true,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let login = |path: &str| Url::parse(&format!("{}/{path}", sandbox.login_url())).unwrap();
        let config = OauthConfig {
            connection: ConnectionId::new("sellsy"),
            authorize_url: login("authorization"),
            token_url: login("access-tokens"),
            client_id: sandbox.client_id().to_owned(),
            redirect_ports: ports.to_vec(),
        };
        let secrets = Arc::new(MemorySecrets::new());
        let clock = Arc::new(FakeClock::stopped());
        let authority = Authority::new(config, secrets.clone(), clock.clone()).unwrap();
        Self {
            sandbox,
            secrets,
            clock,
            authority: Arc::new(authority),
        }
    }

    async fn signed_in() -> Self {
        let desk = Self::new(&[]).await;
        desk.secrets
            .put("sellsy/refresh_token", &desk.sandbox.token_pair().1);
        desk.secrets
            .put("sellsy/client_secret", desk.sandbox.client_secret());
        desk
    }

    /// Goes to the page as a browser would; answers the address it is sent back to.
    async fn approve(&self, sign_in: &SignIn) -> String {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let page = client.get(sign_in.authorize_url()).send().await.unwrap();
        page.headers()["location"].to_str().unwrap().to_owned()
    }

    fn refreshes(&self) -> usize {
        self.sandbox
            .requests_to("POST", "/oauth2/access-tokens")
            .len()
    }

    fn check(&self) {
        for seen in self.sandbox.requests_to("POST", "/oauth2") {
            contract_check::check_request(&seen.method, &seen.path, &seen.body).unwrap();
        }
    }
}

/// Sends a request head and reads the answer to its end.
async fn say(port: u16, head: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    let _ = stream.read_to_string(&mut reply).await;
    reply
}

async fn visit(url: &str) -> String {
    let url = Url::parse(url).unwrap();
    let port = url.port().unwrap();
    let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    say(
        port,
        &format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
    )
    .await
}

#[tokio::test]
async fn an_agent_signs_in_with_the_browser() {
    let ports = free_ports::<1>().await;
    let desk = Desk::new(&ports).await;
    let sign_in = desk.authority.begin_sign_in().await.unwrap();
    let back = desk.approve(&sign_in).await;
    // The browser's page and our wait for it go on at once.
    let (page, result) = tokio::join!(visit(&back), sign_in.wait());
    result.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Callside"));
    assert!(!page.contains("code="));
    assert_eq!(
        desk.authority.grant().await.unwrap(),
        Some(GrantKind::AuthorizationCode)
    );
    assert!(desk.secrets.get("sellsy/refresh_token").is_some());
    assert!(
        !desk
            .authority
            .access(None)
            .await
            .unwrap()
            .token()
            .is_empty()
    );
    // The port is free again.
    TcpListener::bind(("127.0.0.1", ports[0])).await.unwrap();
    desk.check();
}

#[tokio::test]
async fn only_the_true_redirect_ends_the_wait() {
    let ports = free_ports::<1>().await;
    let port = ports[0];
    let desk = Desk::new(&ports).await;
    let sign_in = desk.authority.begin_sign_in().await.unwrap();
    let back = desk.approve(&sign_in).await;
    let visitors = async {
        let ours = format!("Host: 127.0.0.1:{port}\r\n\r\n");
        // A connection that never says anything must not keep the others waiting.
        let silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let cases = [
            (format!("GET /favicon.ico HTTP/1.1\r\n{ours}"), "404"),
            (
                format!("GET /callback?code=x&state=wrong HTTP/1.1\r\n{ours}"),
                "400",
            ),
            (
                format!("GET /callback?error=access_denied HTTP/1.1\r\n{ours}"),
                "400",
            ),
            (format!("POST /callback?code=x HTTP/1.1\r\n{ours}"), "405"),
            (
                format!("GET /callback?code=x HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"),
                "421",
            ),
            ("GET /callback?code=x HTTP/1.1\r\n\r\n".to_owned(), "421"),
            (
                format!("GET http://evil.example/callback HTTP/1.1\r\n{ours}"),
                "404",
            ),
            ("\u{fffd}\r\n\r\n".to_owned(), "421"),
        ];
        for (head, status) in cases {
            let reply = say(port, &head).await;
            assert!(
                reply.starts_with(&format!("HTTP/1.1 {status}")),
                "{head}: {reply}"
            );
        }
        visit(&back).await;
        drop(silent);
    };
    let (result, ()) = tokio::join!(sign_in.wait(), visitors);
    result.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_passed_over() {
    let ports = free_ports::<2>().await;
    let _taken = TcpListener::bind(("127.0.0.1", ports[0])).await.unwrap();
    let desk = Desk::new(&ports).await;
    let sign_in = desk.authority.begin_sign_in().await.unwrap();
    assert_eq!(
        sign_in.redirect_uri(),
        format!("http://127.0.0.1:{}/callback", ports[1])
    );
    let back = desk.approve(&sign_in).await;
    let (_, result) = tokio::join!(visit(&back), sign_in.wait());
    result.unwrap();
}

#[tokio::test]
async fn the_code_can_be_pasted_when_no_port_is_free() {
    let ports = free_ports::<1>().await;
    let _taken = TcpListener::bind(("127.0.0.1", ports[0])).await.unwrap();
    let desk = Desk::new(&ports).await;
    for whole_address in [true, false] {
        let sign_in = desk.authority.begin_sign_in().await.unwrap();
        assert_eq!(sign_in.wait().await, Err(SignInError::NoPort));
        let back = desk.approve(&sign_in).await;
        let url = Url::parse(&back).unwrap();
        let code = url
            .query_pairs()
            .find(|(name, _)| name == "code")
            .unwrap()
            .1
            .into_owned();
        let forged = back.replace("state=", "state=x");
        assert_eq!(sign_in.finish(&forged).await, Err(SignInError::WrongState));
        assert_eq!(sign_in.finish("  ").await, Err(SignInError::NoCode));
        let pasted = if whole_address {
            format!(" {back}\n")
        } else {
            code
        };
        sign_in.finish(&pasted).await.unwrap();
    }
    assert_eq!(desk.authority.sign_ins(), 2);
    desk.check();
}

#[tokio::test]
async fn declining_in_the_browser_ends_the_wait() {
    let ports = free_ports::<1>().await;
    let desk = Desk::new(&ports).await;
    let sign_in = desk.authority.begin_sign_in().await.unwrap();
    let state = sign_in.state.expose_secret().to_owned();
    let back = format!(
        "{}?error=access_denied&state={state}",
        sign_in.redirect_uri()
    );
    let (_, result) = tokio::join!(visit(&back), sign_in.wait());
    assert_eq!(result, Err(SignInError::Declined));
}

#[tokio::test]
async fn nobody_waits_for_the_browser_longer_than_five_minutes() {
    let ports = free_ports::<1>().await;
    let desk = Desk::new(&ports).await;
    let sign_in = desk.authority.begin_sign_in().await.unwrap();
    let time_passes = async {
        desk.clock.until_asleep(1).await;
        desk.clock.advance(SignedDuration::from_mins(5));
    };
    let (result, ()) = tokio::join!(sign_in.wait(), time_passes);
    assert_eq!(result, Err(SignInError::TooLate));
    TcpListener::bind(("127.0.0.1", ports[0])).await.unwrap();
}

#[tokio::test]
async fn many_who_need_a_token_cause_one_refresh() {
    let desk = Desk::signed_in().await;
    let old = desk.secrets.get("sellsy/refresh_token").unwrap();
    let asks = (0..20).map(|_| {
        let authority = Arc::clone(&desk.authority);
        tokio::spawn(async move { authority.access(None).await.unwrap().generation() })
    });
    for ask in asks.collect::<Vec<_>>() {
        assert_eq!(ask.await.unwrap(), 1);
    }
    assert_eq!(desk.refreshes(), 1);
    assert_ne!(desk.secrets.get("sellsy/refresh_token").unwrap(), old);
    // All of them find the token void at the same time.
    let asks = (0..20).map(|_| {
        let authority = Arc::clone(&desk.authority);
        tokio::spawn(async move { authority.access(Some(1)).await.unwrap().generation() })
    });
    for ask in asks.collect::<Vec<_>>() {
        assert_eq!(ask.await.unwrap(), 2);
    }
    assert_eq!(desk.refreshes(), 2);
    desk.check();
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    let desk = Desk::signed_in().await;
    desk.authority.access(None).await.unwrap();
    desk.clock.advance(SignedDuration::from_secs(86_400 - 61));
    assert_eq!(desk.authority.access(None).await.unwrap().generation(), 1);
    desk.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(desk.authority.access(None).await.unwrap().generation(), 2);
}

#[tokio::test]
async fn a_token_is_not_used_before_its_successor_is_kept() {
    let desk = Desk::signed_in().await;
    desk.authority.access(None).await.unwrap();
    desk.clock.advance(SignedDuration::from_hours(24));
    // The keychain takes nothing while the answer is on its way.
    desk.sandbox.add_fault(FaultRule::once(
        "POST",
        "/oauth2",
        Trouble::Delay { ms: 150 },
    ));
    let asking = tokio::spawn({
        let authority = Arc::clone(&desk.authority);
        async move {
            authority
                .access(None)
                .await
                .map(|access| access.generation())
        }
    });
    while desk.refreshes() < 2 {
        tokio::task::yield_now().await;
    }
    desk.secrets.fail_with(Some(SecretError::Locked));
    assert_eq!(
        asking.await.unwrap(),
        Err(SignInError::Keychain(SecretError::Locked))
    );
    assert!(desk.authority.access(None).await.is_err());
    desk.secrets.fail_with(None);
    let kept_before = desk.secrets.get("sellsy/refresh_token").unwrap();
    assert_eq!(desk.authority.access(None).await.unwrap().generation(), 2);
    assert_ne!(
        desk.secrets.get("sellsy/refresh_token").unwrap(),
        kept_before
    );
    assert_eq!(desk.refreshes(), 2, "the new token was not lost");
}

#[tokio::test]
async fn a_revoked_sign_in_is_not_asked_about_again_and_ends_with_a_new_one() {
    let desk = Desk::signed_in().await;
    desk.authority.access(None).await.unwrap();
    desk.sandbox.revoke_tokens();
    for _ in 0..3 {
        assert_eq!(
            desk.authority.access(Some(1)).await.unwrap_err(),
            SignInError::Refused
        );
    }
    assert_eq!(desk.refreshes(), 2);
    desk.secrets
        .put("sellsy/refresh_token", &desk.sandbox.token_pair().1);
    desk.authority.access(Some(1)).await.unwrap();
}

#[tokio::test]
async fn a_service_that_is_away_is_not_a_lost_sign_in() {
    let desk = Desk::signed_in().await;
    let faults = [
        (
            Trouble::Status {
                status: 503,
                retry_after: None,
            },
            SignInError::Offline,
        ),
        (Trouble::CutBeforeEffect, SignInError::Offline),
        (
            Trouble::Status {
                status: 429,
                retry_after: Some(9),
            },
            SignInError::Busy {
                retry_after: Some(SignedDuration::from_secs(9)),
            },
        ),
    ];
    for (fault, expected) in faults {
        desk.sandbox
            .add_fault(FaultRule::once("POST", "/oauth2", fault));
        assert_eq!(desk.authority.access(None).await.unwrap_err(), expected);
    }
    desk.authority.access(None).await.unwrap();
}

/// Sellsy's own errors have another shape than those of OAuth; both mean no.
#[tokio::test]
async fn a_refusal_in_any_shape_is_a_refusal() {
    let desk = Desk::signed_in().await;
    let refusal = Trouble::Status {
        status: 401,
        retry_after: None,
    };
    desk.sandbox
        .add_fault(FaultRule::once("POST", "/oauth2", refusal));
    assert_eq!(
        desk.authority.access(None).await.unwrap_err(),
        SignInError::Refused
    );
}

#[tokio::test]
async fn signing_out_forgets_everything() {
    let desk = Desk::signed_in().await;
    desk.authority.access(None).await.unwrap();
    desk.authority.sign_out().await.unwrap();
    assert_eq!(
        desk.authority.access(None).await.unwrap_err(),
        SignInError::NotSignedIn
    );
    assert_eq!(desk.secrets.get("sellsy/refresh_token"), None);
    assert_eq!(desk.secrets.get("sellsy/client_secret"), None);
}

#[tokio::test]
async fn no_secret_is_printed() {
    let desk = Desk::signed_in().await;
    let access = desk.authority.access(None).await.unwrap();
    let sign_in = Desk::new(&free_ports::<1>().await)
        .await
        .authority
        .begin_sign_in()
        .await
        .unwrap();
    let printed = format!("{access:?} {:?} {sign_in:?}", desk.authority);
    assert!(!printed.contains(access.token()));
    assert!(!printed.contains(sign_in.state.expose_secret()));
    assert!(!printed.contains(sign_in.verifier.expose_secret()));
}
