//! Allo: its key in two forms, its records, tags, recordings and links.

use std::io;
use std::sync::{Arc, Mutex};

use callside_core::cloud_call::{CallsWanted, CloudTag};
use callside_core::outbox::DeliveryError;
use callside_core::ports::{
    CloudTelephony, DialError, Dialed, DownloadError, ReadError, Telephony, TelephonyState,
};
use callside_telephony::{Allo, AlloConfig, LinkOpener};
use callside_testkit::MemorySecrets;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::peer::{Peer, Reply, Seen};
use crate::{leaping, now, stopped};

const KEY: &str = "ak_live_1";
const MARIE: &str = "+33639980123";
const SALES: &str = "+33199000001";

/// Notes what it is asked to open.
#[derive(Default)]
struct Notebook {
    opened: Mutex<Vec<String>>,
    ours: bool,
}

impl LinkOpener for Notebook {
    fn leads_back(&self, _scheme: &str) -> bool {
        self.ours
    }

    fn open(&self, link: &str) -> io::Result<()> {
        self.opened.lock().unwrap().push(link.to_owned());
        Ok(())
    }
}

fn allo(url: &str, transcript: bool) -> Allo {
    allo_opening(url, transcript, Arc::new(Notebook::default()))
}

fn allo_opening(url: &str, transcript: bool, opener: Arc<Notebook>) -> Allo {
    let config = AlloConfig {
        api_url: url.to_owned(),
        transcript,
    };
    let secrets = Arc::new(MemorySecrets::holding([("allo/api_key", KEY)]));
    let allo = Allo::new(config, secrets, stopped(), opener).unwrap();
    allo.with_pace_clock(leaping())
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"error": {"type": "x", "code": code, "message": message}});
    Reply::json(status, &body)
}

fn item(id: &str, minutes_ago: i64) -> Value {
    let at = now() - SignedDuration::from_mins(minutes_ago);
    json!({
        "id": id,
        "type": "CALL",
        "direction": "INBOUND",
        "allo_number": SALES,
        "contact_number": MARIE,
        "user": {"id": "usr-1", "name": "Ada"},
        "date": at.to_string(),
        "duration": 145,
        "result": "ANSWERED",
        "summary": "Marie wants an oven.",
        "tags": ["qualified"],
    })
}

fn list(rows: Value, more: bool) -> Reply {
    Reply::json(
        200,
        &json!({"data": rows, "pagination": {"has_more": more}}),
    )
}

fn tag(name: &str) -> CloudTag {
    CloudTag {
        id: name.into(),
        name: name.into(),
        color: None,
    }
}

#[tokio::test]
async fn the_key_is_shown_with_its_word_and_for_older_keys_without() {
    for form in ["Api-Key ak_live_1", "ak_live_1"] {
        let peer = Peer::answering(move |seen| match seen.header("authorization") {
            Some(shown) if shown == form => Reply::json(200, &json!({"data": {}})),
            _ => error(401, "UNAUTHORIZED", "Who are you?"),
        })
        .await;
        let allo = allo(&peer.url, false);
        allo.check().await.unwrap();
        allo.check().await.unwrap();
        let shown: Vec<String> = peer
            .seen()
            .iter()
            .map(|seen| seen.header("authorization").unwrap().to_owned())
            .collect();
        // What Allo takes is learned once.
        assert_eq!(shown.last().unwrap(), form);
        assert_eq!(shown.len(), if form == KEY { 3 } else { 2 });
        assert_eq!(Telephony::state(&allo), TelephonyState::Connected);
    }
}

#[tokio::test]
async fn a_key_that_is_refused_in_both_forms_is_wrong() {
    let peer = Peer::answering(|_| error(401, "API_KEY_INVALID", "No")).await;
    let allo = allo(&peer.url, false);
    assert_eq!(allo.check().await, Err(ReadError::Unauthorized));
    assert_eq!(peer.seen().len(), 2);
    assert_eq!(Telephony::state(&allo), TelephonyState::Disconnected);
    assert!(!format!("{allo:?}").contains(KEY));
}

#[tokio::test]
async fn a_missing_right_is_named_and_a_trial_is_refused_in_allos_words() {
    let peer = Peer::answering(|_| error(403, "API_KEY_INSUFFICIENT_SCOPE", "No")).await;
    let scope = "TAGS_READ".to_owned();
    let lacking = allo(&peer.url, false).tags().await;
    assert_eq!(lacking, Err(ReadError::Forbidden { scope }));
    let peer = Peer::answering(|_| error(403, "API_KEY_TRIAL_NOT_ALLOWED", "Not in a trial")).await;
    let words = "Not in a trial".to_owned();
    let trial = allo(&peer.url, false).check().await;
    assert_eq!(trial, Err(ReadError::Refused { words }));
}

fn wanted() -> CallsWanted {
    CallsWanted {
        since: now() - SignedDuration::from_mins(60),
        until: now(),
        agent: Some("usr-1".into()),
        line: Some(SALES.into()),
        newest_first: false,
    }
}

#[tokio::test]
async fn finished_calls_are_searched_by_line_and_looked_at_again() {
    let peer = Peer::answering(|seen| match seen.body["page"].as_u64() {
        Some(1) => {
            let mut foreign = item("cll-2", 5);
            foreign["user"]["id"] = json!("usr-2");
            let mut elsewhere = item("cll-3", 5);
            elsewhere["allo_number"] = json!("+33199000002");
            let message = json!({"id": "msg-1", "type": "SMS"});
            let rows = json!([
                item("cll-1", 10),
                foreign,
                elsewhere,
                item("cll-4", 61),
                message,
                5
            ]);
            list(rows, true)
        }
        Some(2) => list(json!([item("cll-5", 1)]), true),
        // A service that always promises more is not believed when nothing comes.
        _ => list(json!([]), true),
    })
    .await;
    let allo = allo(&peer.url, false);
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = allo.calls(&wanted(), after.as_deref()).await.unwrap();
        ids.extend(page.calls.into_iter().map(|call| call.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ids, ["cll-1", "cll-5"]);
    let first = &peer.seen()[0];
    assert_eq!(first.line(), "POST /v2/api/conversations/items/search");
    assert_eq!(
        first.body,
        json!({
            "type": "CALL", "sort": "DATE_ASC", "page": 1, "size": 100,
            // Days are the team's own: one more on either side.
            "date": {"from": "2026-03-15", "to": "2026-03-17"},
            "user_id": "usr-1", "allo_number": SALES,
        })
    );
    assert!(first.header("idempotency-key").is_none());
    let lost = allo.calls(&wanted(), Some("x")).await;
    assert_eq!(lost, Err(ReadError::CursorLost));
}

#[tokio::test]
async fn a_transcript_is_asked_for_only_where_it_is_wanted() {
    // Inside `data` or bare, and with a transcript that nobody asked for.
    let reply = |seen: &Seen| {
        let mut item = item("cll-1", 10);
        item["transcript"] = json!([{"source": "EXTERNAL", "text": "Hello"}]);
        match seen.query("extend") {
            None => Reply::json(200, &json!({ "data": item })),
            Some(_) => Reply::json(200, &item),
        }
    };
    let peer = Peer::answering(reply).await;
    let found = allo(&peer.url, false).insights("cll-1").await.unwrap();
    assert_eq!(found.summary.as_deref(), Some("Marie wants an oven."));
    assert_eq!(found.transcript, None);
    assert_eq!(peer.seen()[0].query("extend"), None);
    let call = allo(&peer.url, true).call("cll-1").await.unwrap();
    assert_eq!(call.insights.transcript.as_deref(), Some("← Hello"));
    assert_eq!(peer.seen()[1].query("extend"), Some("transcript"));
}

#[tokio::test]
async fn an_item_that_is_gone_is_gone_and_has_no_findings() {
    let peer = Peer::answering(|_| error(404, "NOT_FOUND", "No such item")).await;
    let allo = allo(&peer.url, false);
    assert_eq!(allo.call("cll-1").await, Err(ReadError::Gone));
    assert!(allo.insights("cll-1").await.unwrap().is_empty());
}

#[tokio::test]
async fn tags_are_added_once_and_a_deleted_one_is_left_out() {
    let peer = Peer::answering(|seen| match seen.line().as_str() {
        "GET /v2/api/tags" => list(json!([{"id": "tag-1", "name": "qualified"}]), false),
        _ if seen.body["tags"] == json!(["qualified"]) => Reply::json(200, &json!({})),
        _ => error(400, "INVALID_TAG", "No such tag"),
    })
    .await;
    let allo = allo(&peer.url, false);
    allo.add_tags("cll-1", &[], &[tag("qualified")])
        .await
        .unwrap();
    allo.add_tags("cll-1", &[], &[tag("qualified")])
        .await
        .unwrap();
    allo.add_tags("cll-1", &[], &[tag("qualified"), tag("gone")])
        .await
        .unwrap();
    allo.add_tags("cll-1", &[], &[]).await.unwrap();
    let seen = peer.seen();
    assert_eq!(seen.len(), 5);
    let once = |index: usize| seen[index].header("idempotency-key").unwrap().to_owned();
    assert_eq!(once(0), once(1));
    assert_ne!(once(0), once(2));
    assert_eq!(seen[4].body, json!({"tags": ["qualified"]}));
    let known = allo.tags().await.unwrap();
    assert_eq!(known, [tag("qualified")]);
}

#[tokio::test]
async fn there_are_no_remarks_and_no_cards() {
    let peer = Peer::answering(|_| Reply::json(200, &json!({}))).await;
    let allo = allo(&peer.url, false);
    let remark = allo.comment("cll-1", "Call back").await;
    assert!(matches!(remark, Err(DeliveryError::Refused { .. })));
    assert_eq!(allo.show_card("cll-1", &[]).await, Ok(()));
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn a_number_is_handed_over_by_allos_own_link() {
    let notebook = Arc::new(Notebook::default());
    let peer = Peer::hanging_up().await;
    let allo = allo_opening(&peer.url, false, notebook.clone());
    assert_eq!(allo.dial(MARIE).await, Ok(Dialed::HandedOver));
    assert_eq!(allo.dial("*#06#").await, Err(DialError::Refused));
    assert_eq!(
        *notebook.opened.lock().unwrap(),
        ["allo://call?number=%2B33639980123"]
    );
    let back = Arc::new(Notebook {
        ours: true,
        ..Notebook::default()
    });
    let allo = allo_opening(&peer.url, false, back.clone());
    assert_eq!(allo.dial(MARIE).await, Err(DialError::Refused));
    assert!(back.opened.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_recording_that_allo_keeps_is_shown_the_key_and_no_other_host_is() {
    let storage = Arc::new(Peer::answering(|_| Reply::bytes(200, vec![1; 10])).await);
    let elsewhere = storage.url.clone();
    let own = Arc::new(Mutex::new(String::new()));
    let address = Arc::clone(&own);
    let peer = Peer::answering(move |seen| {
        let link = |path: &str| format!("{}{path}", address.lock().unwrap());
        let with = |id: &str, link: String| {
            let mut item = item(id, 10);
            item["recording_url"] = json!(link);
            Reply::json(200, &json!({ "data": item }))
        };
        match seen.path.as_str() {
            "/v2/api/conversations/items/cll-own" => with("cll-own", link("/v1/assets/a")),
            "/v2/api/conversations/items/cll-moved" => with("cll-moved", link("/v1/moved")),
            "/v2/api/conversations/items/cll-else" => with("cll-else", format!("{elsewhere}/b")),
            "/v1/moved" => {
                Reply::bytes(302, Vec::new()).with("location", &format!("{elsewhere}/c"))
            }
            "/v1/assets/a" => Reply::bytes(200, vec![1; 10]),
            _ => Reply::json(200, &json!({"data": item("cll-none", 10)})),
        }
    })
    .await;
    own.lock().unwrap().push_str(&peer.url);
    let folder = TempDir::new().unwrap();
    let allo = allo(&peer.url, false);
    for id in ["cll-own", "cll-moved", "cll-else"] {
        let saved = allo
            .download(id, folder.path(), 100, &|_, _| {})
            .await
            .unwrap();
        assert_eq!(saved.bytes, 10, "{id}");
    }
    let none = allo
        .download("cll-none", folder.path(), 100, &|_, _| {})
        .await;
    assert_eq!(none, Err(DownloadError::Missing));
    let assets = peer
        .seen()
        .into_iter()
        .find(|seen| seen.path == "/v1/assets/a")
        .unwrap();
    assert_eq!(assets.header("authorization"), Some("Api-Key ak_live_1"));
    assert_eq!(storage.seen().len(), 2);
    assert!(
        storage
            .seen()
            .iter()
            .all(|seen| seen.header("authorization").is_none())
    );
}
