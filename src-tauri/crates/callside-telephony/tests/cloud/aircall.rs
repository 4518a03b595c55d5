//! Keys, dialling, tags, remarks, cards and findings.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callside_core::cloud_call::{CloudTag, InsightLine, Mood};
use callside_core::outbox::DeliveryError;
use callside_core::ports::{
    CloudTelephony, DialError, Dialed, ReadError, SecretError, Telephony, TelephonyState,
};
use callside_telephony::{Aircall, AircallConfig};
use callside_testkit::{FakeClock, MemorySecrets};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::peer::{Peer, Reply};
use crate::{aircall_at, aircall_with, now, stopped};

const MARIE: &str = "+33639980123";

fn refused(status: u16, why: &str) -> Reply {
    let body = json!({"error": "No", "troubleshoot": why, "success": false});
    Reply::json(status, &body)
}

fn tag(id: &str) -> CloudTag {
    CloudTag {
        id: id.into(),
        name: id.into(),
        color: None,
    }
}

#[tokio::test]
async fn the_key_travels_in_its_header_and_nowhere_else() {
    let peer = Peer::answering(|_| Reply::json(200, &json!({"ping": "pong"}))).await;
    let aircall = aircall_at(&peer.url, None);
    assert_eq!(Telephony::state(&aircall), TelephonyState::Disconnected);
    aircall.check().await.unwrap();
    let seen = peer.seen();
    assert_eq!(seen[0].line(), "GET /v1/ping");
    assert_eq!(seen[0].header("authorization"), Some("Basic aWQ6dG9rZW4="));
    assert!(seen[0].query.is_empty());
    assert_eq!(Telephony::state(&aircall), TelephonyState::Connected);
    assert!(!format!("{aircall:?}").contains("token"));
}

#[tokio::test]
async fn a_wrong_key_is_told_and_a_new_one_is_taken_at_once() {
    let peer = Peer::answering(|seen| match seen.header("authorization") {
        Some("Basic aWQ6bmV3") => Reply::json(200, &json!({"ping": "pong"})),
        _ => Reply::json(403, &json!({"message": "Forbidden"})),
    })
    .await;
    let aircall = aircall_at(&peer.url, None);
    assert_eq!(aircall.check().await, Err(ReadError::Unauthorized));
    assert_eq!(Telephony::state(&aircall), TelephonyState::Disconnected);
    assert_eq!(aircall.dial(MARIE).await, Err(DialError::Unauthorized));
    aircall.keep_key(" id ", "new\n").await.unwrap();
    assert_eq!(aircall.check().await, Ok(()));
}

#[tokio::test]
async fn without_a_key_nothing_is_asked() {
    let peer = Peer::answering(|_| Reply::json(200, &json!({}))).await;
    let secrets = Arc::new(MemorySecrets::new());
    let aircall = aircall_with(&peer.url, None, Arc::clone(&secrets));
    assert_eq!(aircall.check().await, Err(ReadError::Unauthorized));
    assert_eq!(Telephony::state(&aircall), TelephonyState::Off);
    assert_eq!(aircall.dial(MARIE).await, Err(DialError::NotSetUp));
    secrets.fail_with(Some(SecretError::Locked));
    assert_eq!(aircall.check().await, Err(ReadError::Offline));
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn a_refusal_of_aircall_itself_is_no_wrong_key() {
    let peer = Peer::answering(|_| refused(403, "Your plan has no tags")).await;
    let words = "Your plan has no tags".to_owned();
    let answer = aircall_at(&peer.url, None).tags().await;
    assert_eq!(answer, Err(ReadError::Refused { words }));
}

#[tokio::test]
async fn a_number_is_put_into_aircall_or_called_from_a_line() {
    let peer = Peer::answering(|_| Reply::bytes(204, Vec::new())).await;
    let fills = aircall_at(&peer.url, None).dial(MARIE).await;
    let starts = aircall_at(&peer.url, Some("12")).dial(MARIE).await;
    assert_eq!(
        (fills, starts),
        (Ok(Dialed::HandedOver), Ok(Dialed::HandedOver))
    );
    let seen = peer.seen();
    assert_eq!(seen[0].line(), "POST /v1/users/71/dial");
    assert_eq!(seen[0].body, json!({"to": MARIE}));
    assert_eq!(seen[1].line(), "POST /v1/users/71/calls");
    assert_eq!(seen[1].body, json!({"number_id": 12, "to": MARIE}));
}

#[tokio::test]
async fn a_number_without_its_country_never_leaves() {
    let peer = Peer::answering(|_| Reply::bytes(204, Vec::new())).await;
    let aircall = aircall_at(&peer.url, None);
    for (number, error) in [
        ("0639980123", DialError::NeedsCountry),
        ("3631", DialError::NeedsCountry),
        ("*#06#", DialError::Refused),
        ("+33639980123;id", DialError::Refused),
    ] {
        assert_eq!(aircall.dial(number).await, Err(error), "{number}");
    }
    let nobody = AircallConfig {
        api_url: peer.url.clone(),
        agent: None,
        line: None,
    };
    let secrets = Arc::new(MemorySecrets::new());
    let nobody = Aircall::new(nobody, secrets, stopped()).unwrap();
    assert_eq!(nobody.dial(MARIE).await, Err(DialError::UnknownAgent));
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn why_nothing_was_dialled_is_told_apart() {
    let words = [
        (
            405,
            "The user is currently unavailable",
            None,
            DialError::NotAvailable,
        ),
        (
            405,
            "The user is already in a call",
            Some("12"),
            DialError::NotAvailable,
        ),
        (
            405,
            "The number is not active",
            Some("12"),
            DialError::NoLine,
        ),
        (404, "Number not found", Some("12"), DialError::NoLine),
        (404, "User not found", None, DialError::UnknownAgent),
        (400, "Bad Request", None, DialError::Refused),
        (500, "Oops", None, DialError::Unreachable),
        (429, "Slow down", None, DialError::Unreachable),
    ];
    for (status, why, line, error) in words {
        let peer = Peer::answering(move |_| refused(status, why)).await;
        assert_eq!(
            aircall_at(&peer.url, line).dial(MARIE).await,
            Err(error),
            "{why}"
        );
    }
    let invalid = json!({"error": "Unprocessable Entity", "errors": {"number_id": ["is gone"]}});
    let peer = Peer::answering(move |_| Reply::json(422, &invalid)).await;
    let gone = aircall_at(&peer.url, Some("12")).dial(MARIE).await;
    assert_eq!(gone, Err(DialError::NoLine));
}

#[tokio::test]
async fn a_call_that_may_ring_already_is_not_called_a_failure() {
    let peer = Peer::hanging_up().await;
    let starts = aircall_at(&peer.url, Some("12")).dial(MARIE).await;
    assert_eq!(starts, Ok(Dialed::HandedOver));
    // A number that is only put into a field may be sent again.
    let fills = aircall_at(&peer.url, None).dial(MARIE).await;
    assert_eq!(fills, Err(DialError::Unreachable));
}

#[tokio::test]
async fn a_refusal_for_the_number_of_requests_stops_everything_for_as_long_as_it_says() {
    let told = Arc::new(AtomicBool::new(false));
    let first = Arc::clone(&told);
    let peer = Peer::answering(move |_| {
        if first.swap(true, Ordering::SeqCst) {
            return Reply::json(200, &json!({"ping": "pong"}));
        }
        refused(429, "Too many").with("retry-after", "40")
    })
    .await;
    let clock = stopped();
    let aircall = aircall_at(&peer.url, None).with_pace_clock(clock.clone());
    let busy = |seconds| {
        let retry_after = Some(SignedDuration::from_secs(seconds));
        Err(ReadError::Busy { retry_after })
    };
    assert_eq!(aircall.check().await, busy(40));
    clock.advance(SignedDuration::from_secs(10));
    assert_eq!(aircall.check().await, busy(30));
    assert_eq!(aircall.dial(MARIE).await, Err(DialError::Unreachable));
    assert_eq!(peer.seen().len(), 1);
    clock.advance(SignedDuration::from_secs(30));
    assert_eq!(aircall.check().await, Ok(()));
}

#[tokio::test]
async fn no_more_than_forty_requests_leave_within_a_minute() {
    let peer = Peer::answering(|_| Reply::bytes(204, Vec::new())).await;
    let clock = Arc::new(FakeClock::at(now()));
    let aircall = aircall_at(&peer.url, None).with_pace_clock(clock.clone());
    for _ in 0..40 {
        assert_eq!(aircall.dial(MARIE).await, Ok(Dialed::HandedOver));
    }
    assert_eq!(aircall.dial(MARIE).await, Err(DialError::Unreachable));
    assert_eq!(peer.seen().len(), 40);
    assert_eq!(aircall.budget().last_minute, 40);
    clock.advance(SignedDuration::from_secs(60));
    assert_eq!(aircall.dial(MARIE).await, Ok(Dialed::HandedOver));
}

#[tokio::test]
async fn a_connection_that_is_made_anew_goes_on_counting() {
    let peer = Peer::answering(|_| Reply::bytes(204, Vec::new())).await;
    let anew = || {
        let secrets = [("aircall/api_id", "id"), ("aircall/api_token", "token")];
        let config = AircallConfig {
            api_url: format!("{}/", peer.url),
            agent: Some("71".into()),
            line: None,
        };
        let secrets = Arc::new(MemorySecrets::holding(secrets));
        Aircall::new(config, secrets, stopped()).unwrap()
    };
    for _ in 0..40 {
        assert_eq!(anew().dial(MARIE).await, Ok(Dialed::HandedOver));
    }
    assert_eq!(anew().dial(MARIE).await, Err(DialError::Unreachable));
}

#[tokio::test]
async fn lists_are_read_to_their_end_and_odd_rows_left_out() {
    let peer = Peer::answering(|seen| {
        let (name, row) = match seen.path.as_str() {
            "/v2/users" => (
                "users",
                json!({"id": 71, "name": "Ada", "email": "a@example.com"}),
            ),
            "/v1/tags" => (
                "tags",
                json!({"id": 3, "name": "Quote", "color": "#00B388"}),
            ),
            "/v1/numbers" | "/v2/users/71/numbers" => (
                "numbers",
                json!({"id": 12, "name": "Sales", "digits": "+33 1 99 00 00 01"}),
            ),
            _ => return refused(404, "?"),
        };
        let next = (seen.query("page") == Some("1")).then_some("https://evil.example.com/next");
        let rows = json!([row, null, 5, {"id": {}}, {"name": "nameless"}]);
        Reply::json(200, &json!({"meta": {"next_page_link": next}, name: rows}))
    })
    .await;
    let aircall = aircall_at(&peer.url, None);
    assert_eq!(aircall.agents().await.unwrap().len(), 2);
    assert_eq!(aircall.tags().await.unwrap().len(), 2);
    assert_eq!(aircall.lines(None).await.unwrap().len(), 2);
    assert_eq!(aircall.lines(Some("71")).await.unwrap()[0].id, "12");
    assert_eq!(aircall.lines(Some("../tags")).await, Err(ReadError::Gone));
}

#[tokio::test]
async fn an_answer_that_is_no_list_cannot_be_read() {
    for body in [json!({}), json!({"tags": {}}), json!([]), json!(null)] {
        let shown = body.to_string();
        let peer = Peer::answering(move |_| Reply::json(200, &body)).await;
        let answer = aircall_at(&peer.url, None).tags().await;
        assert_eq!(answer, Err(ReadError::Unreadable), "{shown}");
    }
}

/// A call, at a service that knows the tags 1 and 2.
async fn tagged() -> Peer {
    Peer::answering(|seen| match seen.line().as_str() {
        "GET /v1/tags" => {
            let tags = json!([{"id": 1, "name": "One"}, {"id": 2, "name": "Two"}]);
            Reply::json(200, &json!({ "tags": tags }))
        }
        "POST /v1/calls/5/tags" => {
            let ids = seen.body["tags"].as_array().unwrap().clone();
            let known = ids.iter().all(|id| [json!(1), json!(2)].contains(id));
            if known {
                Reply::json(201, &json!({}))
            } else {
                refused(400, "Tag not found")
            }
        }
        _ => refused(404, "Call not found"),
    })
    .await
}

fn sent_tags(peer: &Peer) -> Vec<Value> {
    let posts = peer.seen().into_iter().filter(|seen| seen.method == "POST");
    posts.map(|seen| seen.body["tags"].clone()).collect()
}

#[tokio::test]
async fn tags_are_added_to_those_that_are_there() {
    let peer = tagged().await;
    let aircall = aircall_at(&peer.url, None);
    let (one, two) = (tag("1"), tag("2"));
    let there = std::slice::from_ref(&one);
    let both = [two, one.clone()];
    aircall.add_tags("5", there, &both).await.unwrap();
    assert_eq!(sent_tags(&peer), [json!([1, 2])]);
    // One request in all: whoever sets labels has read the record.
    assert_eq!(peer.seen().len(), 1);
    aircall.add_tags("5", there, there).await.unwrap();
    assert_eq!(peer.seen().len(), 1);
    assert_eq!(
        aircall.add_tags("6", &[], there).await,
        Err(DeliveryError::Gone)
    );
}

#[tokio::test]
async fn a_tag_that_was_deleted_meanwhile_is_left_out() {
    let peer = tagged().await;
    let aircall = aircall_at(&peer.url, None);
    let there = [tag("1")];
    let picked = [tag("2"), tag("9")];
    aircall.add_tags("5", &there, &picked).await.unwrap();
    assert_eq!(sent_tags(&peer), [json!([1, 2, 9]), json!([1, 2])]);
    aircall.add_tags("5", &there, &[tag("9")]).await.unwrap();
    assert_eq!(sent_tags(&peer).len(), 3);
    // Or since the record was read.
    aircall
        .add_tags("5", &[tag("9")], &[tag("2")])
        .await
        .unwrap();
    assert_eq!(sent_tags(&peer)[3..], [json!([9, 2]), json!([2])]);
}

#[tokio::test]
async fn a_sixth_remark_is_refused_in_aircalls_words() {
    let peer = Peer::answering(|_| refused(400, "A call cannot have\n more than 5 comments")).await;
    let words = "A call cannot have more than 5 comments".to_owned();
    let sixth = aircall_at(&peer.url, None).comment("5", "Call back").await;
    assert_eq!(sixth, Err(DeliveryError::Refused { words }));
    assert_eq!(peer.seen()[0].body, json!({"content": "Call back"}));
}

#[tokio::test]
async fn a_remark_without_an_answer_is_in_doubt() {
    let peer = Peer::hanging_up().await;
    let doubt = aircall_at(&peer.url, None).comment("5", "Call back").await;
    assert_eq!(doubt, Err(DeliveryError::InDoubt));
    // Labels may be set again, so nothing is in doubt.
    let aircall = aircall_at(&peer.url, None);
    let tags = aircall.add_tags("5", &[], &[tag("1")]).await;
    assert_eq!(tags, Err(DeliveryError::Offline));
}

#[tokio::test]
async fn a_card_is_shown_while_the_call_lives() {
    let peer = Peer::answering(|_| Reply::bytes(204, Vec::new())).await;
    let title = InsightLine {
        label: None,
        text: "Pain & Cie".into(),
        link: Some("https://crm.example.com/c/42".into()),
    };
    let aircall = aircall_at(&peer.url, None);
    aircall.show_card("5", &[title]).await.unwrap();
    aircall.show_card("5", &[]).await.unwrap();
    let seen = peer.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line(), "POST /v1/calls/5/insight_cards");
    assert_eq!(seen[0].body["contents"][0]["type"], "title");
}

#[tokio::test]
async fn findings_that_the_account_has_not_are_nothing() {
    let peer = Peer::answering(|seen| match seen.path.as_str() {
        "/v1/calls/5/summary" => Reply::json(
            200,
            &json!({"summary": {"content": "Marie wants an oven."}}),
        ),
        "/v1/calls/5/topics" => Reply::json(403, &json!({"message": "Forbidden"})),
        "/v1/calls/5/sentiments" => {
            let people = json!([{"phone_number": MARIE, "value": "NEGATIVE"}]);
            Reply::json(200, &json!({"sentiment": {"participants": people}}))
        }
        _ => refused(404, "Resource not found"),
    })
    .await;
    let aircall = aircall_at(&peer.url, None);
    let found = aircall.insights("5").await.unwrap();
    assert_eq!(found.summary.as_deref(), Some("Marie wants an oven."));
    assert_eq!((found.mood, found.topics.len()), (Some(Mood::Negative), 0));
    let asked = peer.lines();
    assert!(
        !asked.iter().any(|line| line.contains("transcription")),
        "{asked:?}"
    );
    assert!(aircall.insights("6").await.unwrap().is_empty());
    // A key that is refused for one finding is not refused for calls.
    assert_eq!(Telephony::state(&aircall), TelephonyState::Connected);
}

#[tokio::test]
async fn a_call_that_is_gone_is_gone() {
    let peer = Peer::answering(|_| refused(404, "Call not found")).await;
    let aircall = aircall_at(&peer.url, None);
    assert_eq!(aircall.call("5").await, Err(ReadError::Gone));
    assert_eq!(aircall.call("5/../../users").await, Err(ReadError::Gone));
    assert_eq!(peer.seen().len(), 1);
}
