#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use callside_sandbox::{Fault as Trouble, FaultRule, Sandbox, SandboxOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        left: QuotaLeft::default(),
        retry_after: Some(SignedDuration::from_secs(3)),
        date: None,
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn each_status_means_one_thing() {
    let body = r#"{"error":{"code":1,"message":"Non.","context":null,"details":[]}}"#;
    let read = |status| answer(status, body).judged("x.read").unwrap_err().of_read();
    let write = |status| {
        answer(status, body)
            .judged("x.write")
            .unwrap_err()
            .of_write()
    };
    let refused = || DeliveryError::Refused {
        words: "Non.".to_owned(),
    };
    let wait = Some(SignedDuration::from_secs(3));

    assert_eq!(read(401), ReadError::Unauthorized);
    assert_eq!(
        read(402),
        ReadError::Refused {
            words: "Non.".to_owned()
        }
    );
    assert_eq!(
        read(403),
        ReadError::Forbidden {
            scope: "x.read".to_owned()
        }
    );
    assert_eq!(read(404), ReadError::Gone);
    assert_eq!(read(429), ReadError::Busy { retry_after: wait });
    assert_eq!(read(503), ReadError::Offline);
    assert_eq!(read(302), ReadError::Unreadable);

    assert_eq!(write(400), refused());
    assert_eq!(write(401), DeliveryError::Unauthorized);
    assert_eq!(write(402), refused());
    assert_eq!(
        write(403),
        DeliveryError::Refused {
            words: "Non. (x.write)".to_owned()
        }
    );
    assert_eq!(write(404), DeliveryError::Gone);
    assert_eq!(write(408), DeliveryError::InDoubt);
    assert_eq!(write(409), refused());
    assert_eq!(write(413), refused());
    assert_eq!(write(429), DeliveryError::Busy { retry_after: wait });
    assert_eq!(write(500), DeliveryError::InDoubt);
    assert_eq!(write(302), DeliveryError::InDoubt);
    assert!(answer(204, "").judged("x").is_ok());
}

#[test]
fn nothing_is_in_doubt_before_the_write() {
    for fault in [
        Fault::Unanswered,
        Fault::Broken,
        Fault::Unreadable,
        Fault::NotSent,
    ] {
        assert_eq!(fault.before_write(), DeliveryError::Offline);
    }
    assert_eq!(
        Fault::Unauthorized.before_write(),
        DeliveryError::Unauthorized
    );
}

#[test]
fn the_crms_words_become_one_plain_line() {
    let long = format!(r#"{{"error":{{"message":"{}"}}}}"#, "a".repeat(2_000));
    let table = [
        (
            r#"{"error":{"message":"Erreur","details":{"last_name":"requis"}}}"#,
            "Erreur · last_name: requis",
        ),
        (
            r#"{"error":{"message":"Erreur","details":{"date":["a","b"],"x":null}}}"#,
            "Erreur · date: a, b · x",
        ),
        (
            r#"{"error":{"message":"deux\nlignes\u0007\u202e","details":[]}}"#,
            "deux lignes",
        ),
        (r#"{"error":{"message":null,"details":"odd"}}"#, "HTTP 400"),
        ("<html>nope</html>", "HTTP 400"),
        ("", "HTTP 400"),
        (long.as_str(), &"a".repeat(300)),
    ];
    for (body, expected) in table {
        let Err(Fault::Refused { words, .. }) = answer(400, body).judged("x") else {
            panic!("400 is a refusal")
        };
        assert_eq!(words, expected);
    }
}

#[test]
fn faults_never_print_the_crms_words() {
    let fault = answer(400, r#"{"error":{"message":"Marie"}}"#)
        .judged("x")
        .unwrap_err();
    assert!(!format!("{fault:?} {fault}").contains("Marie"));
    assert!(!format!("{:?}", answer(200, "Marie")).contains("Marie"));
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
