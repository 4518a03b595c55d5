#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use callside_sandbox::{Fault as Trouble, FaultRule, Sandbox, SandboxOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

#[test]
fn an_answer_prints_no_body() {
    let answer = Answer::new(200, HeaderMap::new(), b"Marie".to_vec());
    assert!(!format!("{answer:?}").contains("Marie"));
}

#[test]
fn a_wait_is_told_in_seconds_or_as_a_date() {
    let read = |retry: &str, date: Option<&str>| {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    };
    let noon = Some("Mon, 02 Mar 2026 12:00:00 GMT");
    assert_eq!(read("7", None), Some(7));
    assert_eq!(read("0", None), Some(0));
    assert_eq!(read("Mon, 02 Mar 2026 12:00:30 GMT", noon), Some(30));
    assert_eq!(read("Mon, 02 Mar 2026 11:00:00 GMT", noon), Some(0));
    assert_eq!(read("999999", None), Some(3_600));
    assert_eq!(read("soon", None), None);
    assert_eq!(read("-1", None), None);
}

#[test]
fn plain_http_goes_to_this_computer_only() {
    let safe = |address: &str| Http::for_service(&Url::parse(address).unwrap()).is_ok();
    assert!(safe("https://api.example.com/v2"));
    assert!(
        safe("http://127.0.0.1:8080/v2") && safe("http://[::1]:1/") && safe("http://localhost/")
    );
    assert!(!safe("http://api.example.com/v2") && !safe("ftp://127.0.0.1/"));
}

async fn get(http: &Http, url: &str) -> Result<Answer, Lost> {
    let request = http.request(reqwest::Method::GET, Url::parse(url).unwrap());
    http.send(request.build().unwrap()).await
}

#[tokio::test]
async fn a_closed_port_means_that_nothing_was_sent() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("http://127.0.0.1:{port}/");
    let http = Http::for_service(&Url::parse(&url).unwrap()).unwrap();
    assert_eq!(get(&http, &url).await.unwrap_err(), Lost::NotSent);
}

#[tokio::test]
async fn a_late_or_lost_answer_leaves_the_outcome_open() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let url = format!("{}/staffs/me", sandbox.api_url());
    let address = Url::parse(&url).unwrap();
    let http = Http::with_limits(&address, Duration::from_millis(100), LARGEST_BODY).unwrap();
    sandbox.add_fault(FaultRule::once("GET", "/v2", Trouble::Delay { ms: 500 }));
    assert_eq!(get(&http, &url).await.unwrap_err(), Lost::Unanswered);
    sandbox.add_fault(FaultRule::once("GET", "/v2", Trouble::CutAfterEffect));
    assert_eq!(get(&http, &url).await.unwrap_err(), Lost::Unanswered);
}

/// Answers every connection with these bytes.
async fn server_saying(reply: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0_u8; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn a_body_without_end_is_given_up() {
    let body = "x".repeat(5_000);
    let url = server_saying(format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}"
    ))
    .await;
    let http = Http::with_limits(&Url::parse(&url).unwrap(), WHOLE, 4_000).unwrap();
    assert_eq!(get(&http, &url).await.unwrap_err(), Lost::Unanswered);
}

#[tokio::test]
async fn a_token_follows_no_redirect() {
    let elsewhere = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n\
                     Content-Length: 0\r\n\r\n";
    let url = server_saying(elsewhere.to_owned()).await;
    let http = Http::for_service(&Url::parse(&url).unwrap()).unwrap();
    assert_eq!(get(&http, &url).await.unwrap().status, 307);
}

#[tokio::test]
async fn the_program_says_its_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let http = Http::for_service(&Url::parse(&url).unwrap()).unwrap();
    let seen = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0_u8; 4096];
        let count = stream.read(&mut head).await.unwrap();
        String::from_utf8_lossy(&head[..count]).into_owned()
    });
    let _ = get(&http, &url).await;
    let expected = format!("user-agent: Callside/{}", env!("CARGO_PKG_VERSION"));
    assert!(seen.await.unwrap().contains(&expected));
}

/// Answers for the service from within the process.
struct Echo;

#[async_trait]
impl Transport for Echo {
    async fn carry(&self, request: reqwest::Request) -> Result<Answer, Lost> {
        let body = request.body().and_then(reqwest::Body::as_bytes);
        match body {
            Some(body) => Ok(Answer::new(200, request.headers().clone(), body.to_vec())),
            None => Err(Lost::NotSent),
        }
    }
}

#[tokio::test]
async fn a_request_may_travel_another_way() {
    let address = Url::parse("https://api.example.com/").unwrap();
    let http = Http::for_service(&address).unwrap().over(Arc::new(Echo));
    let request = |address: &Url| http.request(reqwest::Method::POST, address.clone());
    let sent = request(&address).bearer_auth("t").body("words");
    let answer = http.send(sent.build().unwrap()).await.unwrap();
    assert_eq!(answer.headers["authorization"], "Bearer t");
    assert_eq!(answer.body, b"words");
    let empty = request(&address).build().unwrap();
    assert_eq!(http.send(empty).await.unwrap_err(), Lost::NotSent);
}
