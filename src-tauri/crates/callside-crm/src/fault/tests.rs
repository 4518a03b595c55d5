#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, "3".parse().unwrap());
    Answer::new(status, headers, body.as_bytes().to_vec())
}

#[test]
fn each_status_means_one_thing() {
    let body = r#"{"error":{"code":1,"message":"Non.","context":null,"details":[]}}"#;
    let read = |status| {
        judged(answer(status, body), "x.read")
            .unwrap_err()
            .of_read()
    };
    let write = |status| {
        judged(answer(status, body), "x.write")
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
    assert!(judged(answer(204, ""), "x").is_ok());
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
        let Err(Fault::Refused { words, .. }) = judged(answer(400, body), "x") else {
            panic!("400 is a refusal")
        };
        assert_eq!(words, expected);
    }
}

#[test]
fn faults_never_print_the_crms_words() {
    let fault = judged(answer(400, r#"{"error":{"message":"Marie"}}"#), "x").unwrap_err();
    assert!(!format!("{fault:?} {fault}").contains("Marie"));
}
