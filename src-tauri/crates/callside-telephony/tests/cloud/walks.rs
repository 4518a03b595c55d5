//! Reading calls page by page.

use std::collections::BTreeSet;

use callside_core::cloud_call::{CallsWanted, CloudCall};
use callside_core::ports::{CloudTelephony, ReadError};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::peer::{Peer, Reply, Seen};
use crate::{aircall_at, now};

fn wanted(newest_first: bool) -> CallsWanted {
    CallsWanted {
        since: now() - SignedDuration::from_hours(14 * 24),
        until: now(),
        agent: Some("71".into()),
        line: None,
        newest_first,
    }
}

fn row(id: i64, started_at: i64, user: i64) -> Value {
    json!({
        "id": id,
        "direction": "outbound",
        "status": "done",
        "started_at": started_at,
        "ended_at": started_at + 30,
        "raw_digits": "+33 6 39 98 01 23",
        "user": {"id": user, "email": "ada@example.com"},
        "number": {"id": 12},
    })
}

/// A company with so many calls, `apart` seconds from one another, the newest just now. Pages end
/// at the ten thousandth row, as the real ones do.
async fn company(count: i64, apart: i64) -> Peer {
    let newest = now().as_second() - 1;
    Peer::answering(move |seen| {
        let number = |name: &str| seen.query(name).unwrap().parse::<i64>().unwrap();
        let (from, to) = (number("from"), number("to"));
        let within = |id: &i64| (from..=to).contains(&(newest - id * apart));
        let mut ids: Vec<i64> = (0..count).filter(within).collect();
        if seen.query("order") == Some("asc") {
            ids.reverse();
        }
        let (page, size) = (number("page"), number("per_page"));
        let skip = usize::try_from((page - 1) * size).unwrap();
        let size = usize::try_from(size).unwrap();
        let more = ids.len() > skip + size && skip + size < 10_000;
        let rows: Vec<Value> = ids
            .into_iter()
            .skip(skip)
            .take(size)
            .map(|id| row(id + 1, newest - id * apart, 71))
            .collect();
        let next = more.then_some("https://api.example.com/next");
        Reply::json(
            200,
            &json!({"meta": {"next_page_link": next}, "calls": rows}),
        )
    })
    .await
}

async fn walk(url: &str, wanted: &CallsWanted) -> Vec<CloudCall> {
    let aircall = aircall_at(url, None);
    let (mut calls, mut after) = (Vec::new(), None);
    loop {
        let page = aircall.calls(wanted, after.as_deref()).await.unwrap();
        calls.extend(page.calls);
        after = page.next;
        if after.is_none() {
            return calls;
        }
    }
}

#[tokio::test]
async fn ten_thousand_and_one_calls_are_read_from_either_end() {
    let peer = company(10_001, 7).await;
    for newest_first in [true, false] {
        let calls = walk(&peer.url, &wanted(newest_first)).await;
        let ids: BTreeSet<&str> = calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(ids.len(), 10_001);
        let (first, last) = (calls.first().unwrap(), calls.last().unwrap());
        assert_eq!(first.started_at > last.started_at, newest_first);
        // Two windows that overlap a little, not one per call.
        assert!(calls.len() < 10_100, "{}", calls.len());
    }
}

#[tokio::test]
async fn more_calls_in_a_second_than_pages_reach_end_the_walk_all_the_same() {
    let peer = company(10_100, 0).await;
    let calls = walk(&peer.url, &wanted(true)).await;
    let ids: BTreeSet<&str> = calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids.len(), 10_000);
}

#[tokio::test]
async fn a_filter_that_is_passed_over_lets_nothing_through() {
    let peer = Peer::answering(|_: &Seen| {
        let at = now().as_second() - 100;
        let mut elsewhere = row(4, at, 71);
        elsewhere["number"]["id"] = json!(13);
        let mut nobody = row(5, at, 71);
        nobody["user"] = json!(null);
        let rows = json!([
            row(1, at, 71),
            row(2, at, 72),
            row(3, at - 15 * 24 * 3_600, 71),
            elsewhere,
            nobody,
            null,
            "row",
            {"id": 6, "direction": "sideways", "started_at": at},
        ]);
        Reply::json(200, &json!({ "calls": rows }))
    })
    .await;
    let mut wanted = wanted(true);
    let ids =
        |calls: Vec<CloudCall>| -> Vec<String> { calls.into_iter().map(|call| call.id).collect() };
    assert_eq!(ids(walk(&peer.url, &wanted).await), ["1", "4"]);
    wanted.line = Some("12".into());
    assert_eq!(ids(walk(&peer.url, &wanted).await), ["1"]);
    wanted.agent = None;
    assert_eq!(ids(walk(&peer.url, &wanted).await), ["1", "2", "5"]);
    let seen = peer.seen();
    assert_eq!(seen[0].path, "/v1/calls/search");
    assert_eq!(seen[0].query("user_id"), Some("71"));
    assert_eq!(seen[0].query("fetch_contact"), Some("true"));
    assert_eq!(seen.last().unwrap().path, "/v1/calls");
}

#[tokio::test]
async fn nothing_older_than_aircall_keeps_is_asked_for() {
    let peer = company(0, 1).await;
    let long_ago = CallsWanted {
        since: now() - SignedDuration::from_hours(24 * 1_000),
        ..wanted(true)
    };
    assert!(walk(&peer.url, &long_ago).await.is_empty());
    let from: i64 = peer.seen()[0].query("from").unwrap().parse().unwrap();
    let days = (now().as_second() - from) / 86_400;
    assert_eq!(days, 182);
}

#[tokio::test]
async fn a_cursor_of_another_making_is_lost() {
    let peer = company(1, 1).await;
    let aircall = aircall_at(&peer.url, None);
    for text in ["", "1:2", "1:2:3:4", "x:y:z", "1:2:-1"] {
        let page = aircall.calls(&wanted(true), Some(text)).await;
        assert_eq!(page, Err(ReadError::CursorLost), "{text}");
    }
}
