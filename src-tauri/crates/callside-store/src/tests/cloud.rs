//! What services say of calls, and what is written there.

use callside_core::cloud_call::{CloudSend, CloudWrite, FollowUp};

use super::*;
use crate::{ImportedCall, RecordingFate};
use callside_core::wrap_up::WrapUpState;

const PLACE: &str = "import/aircall";

fn follow_up(call: &str, remote_id: &str) -> FollowUp {
    FollowUp::new(CallId::new(call), "aircall", remote_id)
}

fn import(id: &str, remote_id: &str, started: i64) -> ImportedCall {
    ImportedCall {
        call: ended(id, MARIE, started),
        draft: Draft::default(),
        follow_up: follow_up(id, remote_id),
        next_at: None,
        matched_name: Some("Marie Curieux".to_owned()),
        wrap_up: WrapUpState::Open,
        filed_at: None,
        entries: Vec::new(),
    }
}

fn send(id: &str, call: &str) -> CloudSend {
    CloudSend {
        id: EntryId::new(id),
        call: CallId::new(call),
        source: "aircall".to_owned(),
        write: CloudWrite::Remark {
            text: "call back".to_owned(),
        },
        delivery: Delivery::filed(at(5), true),
    }
}

async fn keep(store: &Store, imports: &[ImportedCall], place: &str) -> usize {
    let kept = store.keep_imports(imports, PLACE, place).await.unwrap();
    kept.len()
}

#[tokio::test]
async fn a_page_is_kept_with_its_place_and_no_record_twice() {
    let (_dir, store) = fresh().await;
    let page = [import("A", "1", 0), import("B", "2", 10)];
    assert_eq!(keep(&store, &page, "first").await, 2);
    let again = [import("C", "2", 10), import("D", "3", 20)];
    assert_eq!(keep(&store, &again, "second").await, 1);
    let place = store.fact(PLACE).await.unwrap();
    assert_eq!(place.as_deref(), Some("second"));
    let known = store.known_records("aircall", &["1", "2", "4"]).await;
    assert_eq!(known.unwrap().len(), 2);
    // They wait in the tray, and nothing stands before the agent.
    assert_eq!(store.open_wrap_ups().await.unwrap().len(), 3);
    assert_eq!(store.wrap_ups_at_hand().await.unwrap(), []);
    let record = store.call(&CallId::new("A")).await.unwrap().unwrap();
    assert_eq!(record.matched_name.as_deref(), Some("Marie Curieux"));
    assert_eq!(record.cloud.unwrap().id, "1");
}

#[tokio::test]
async fn an_import_that_is_logged_as_it_is_comes_with_its_entries() {
    let (_dir, store) = fresh().await;
    let mut filed = import("A", "1", 0);
    filed.wrap_up = WrapUpState::Filed;
    filed.filed_at = Some(at(9));
    filed.entries = vec![entry("E", "A", 9)];
    keep(&store, &[filed.clone()], "").await;
    let pending = store.pending_entries().await.unwrap();
    assert_eq!(pending, [(entry("E", "A", 9), 0)]);
    let record = store.call(&CallId::new("A")).await.unwrap().unwrap();
    assert_eq!(
        (record.wrap_up, record.filed_at),
        (WrapUpState::Filed, filed.filed_at)
    );
    assert!(!record.set_aside);
}

#[tokio::test]
async fn a_call_that_was_erased_does_not_come_back() {
    let (_dir, store) = fresh().await;
    keep(&store, &[import("A", "1", 0)], "").await;
    store.discard(&CallId::new("A")).await.unwrap();
    assert_eq!(store.purge_calls(at(0)).await.unwrap(), 0);
    let mut erased = import("B", "2", 100);
    erased.wrap_up = WrapUpState::Discarded;
    keep(&store, &[erased], "").await;
    sqlx::query("DELETE FROM call WHERE call_id = 'B'")
        .execute(&store.journal().writer)
        .await
        .unwrap();
    assert_eq!(keep(&store, &[import("C", "2", 100)], "").await, 0);
    // Its id is of no use once no import reaches back so far.
    assert_eq!(store.purge_calls(at(101)).await.unwrap(), 1);
    assert_eq!(keep(&store, &[import("D", "2", 100)], "").await, 1);
}

#[tokio::test]
async fn what_is_due_comes_soonest_first() {
    let (_dir, store) = fresh().await;
    for (id, remote_id, due) in [("A", "1", Some(30)), ("B", "2", Some(20)), ("C", "3", None)] {
        store.save_call(&ended(id, MARIE, 0)).await.unwrap();
        let follow_up = follow_up(id, remote_id);
        store.save_follow_up(&follow_up, due.map(at)).await.unwrap();
    }
    let due = |second| store.due_follow_ups("aircall", at(second), 9);
    let ids = |plans: Vec<FollowUp>| plans.into_iter().map(|f| f.notes.id).collect::<Vec<_>>();
    assert_eq!(ids(due(19).await.unwrap()), [""; 0]);
    assert_eq!(ids(due(30).await.unwrap()), ["2", "1"]);
    assert_eq!(store.next_follow_up("aircall").await.unwrap(), Some(at(20)));
    assert_eq!(store.next_follow_up("allo").await.unwrap(), None);
    let known = store.follow_up_of("aircall", "3").await.unwrap().unwrap();
    assert_eq!(known.call, CallId::new("C"));
    let stray = follow_up("nobody", "9");
    assert!(store.save_follow_up(&stray, None).await.is_err());
}

#[tokio::test]
async fn calls_are_found_by_number_and_time() {
    let (_dir, store) = fresh().await;
    for (id, number, started) in [("A", MARIE, 0), ("B", MARIE, 50), ("C", PAUL, 0)] {
        store.save_call(&ended(id, number, started)).await.unwrap();
    }
    let about = |number, until, over| {
        let store = store.clone();
        async move {
            let began = at(0)..=at(until);
            let found = store.calls_about(&number, began, at(over)).await.unwrap();
            let ids = found.into_iter().map(|call| call.id.to_string());
            ids.collect::<Vec<_>>()
        }
    };
    assert_eq!(about(remote(MARIE), 50, 0).await, ["A", "B"]);
    assert_eq!(about(remote(MARIE), 49, 65).await, ["A"]);
    assert_eq!(about(remote(MARIE), 50, 66).await, ["B"]);
    assert_eq!(about(RemoteNumber::withheld(), 49, 0).await, ["A", "C"]);
    store.save_call(&call("D", MARIE, 10)).await.unwrap();
    assert_eq!(about(remote(MARIE), 49, 900).await, ["D"]);
}

#[tokio::test]
async fn filing_and_its_undo_take_what_is_written_at_the_service_along() {
    let (_dir, store) = fresh().await;
    let id = CallId::new("A");
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let sends = [send("S1", "A")];
    store.file_with(&id, at(0), &[], &sends).await.unwrap();
    assert_eq!(store.pending_sends("aircall").await.unwrap(), sends);
    assert!(store.reopen(&id).await.unwrap());
    assert_eq!(store.pending_sends("aircall").await.unwrap(), []);
    store.file_with(&id, at(0), &[], &sends).await.unwrap();
    let mut sent = send("S1", "A");
    sent.delivery.begin_send(at(6));
    store.save_send(&sent).await.unwrap();
    assert!(!store.reopen(&id).await.unwrap());
    // The app stops here: the remark may be there already.
    store.recover_sends(at(7)).await.unwrap();
    let found = store.send(&EntryId::new("S1")).await.unwrap().unwrap();
    assert!(found.delivery.in_doubt && !found.delivery.in_flight);
    let record = store.call(&id).await.unwrap().unwrap();
    assert_eq!(record.cloud_sends, [found]);
}

#[tokio::test]
async fn a_log_is_renewed_only_where_the_call_is_filed() {
    let (_dir, store) = fresh().await;
    let id = CallId::new("A");
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    store.renew_log(&id).await.unwrap();
    store.file(&id, at(0), &[entry("E", "A", 0)]).await.unwrap();
    let mut delivered = entry("E", "A", 0);
    let logged = callside_core::outbox::Logged {
        remote_id: RemoteId::new("1"),
        url: None,
        text: String::new(),
        fields: None,
    };
    delivered.delivery.succeed(logged, 0);
    store.save_entry(&delivered).await.unwrap();
    assert_eq!(store.pending_entries().await.unwrap(), []);
    store.renew_log(&id).await.unwrap();
    assert_eq!(store.pending_entries().await.unwrap(), [(delivered, 1)]);
}

#[tokio::test]
async fn a_recording_is_wanted_once_and_tried_until_it_is_there() {
    let (_dir, store) = fresh().await;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let plan = follow_up("A", "1");
    store.save_follow_up(&plan, None).await.unwrap();
    for second in [10, 20] {
        store.want_recording(&plan, at(second)).await.unwrap();
    }
    let next = || async { store.next_recording("aircall").await.unwrap() };
    assert_eq!(next().await.unwrap().next_at, at(10));
    let later = RecordingFate::Later(at(60));
    store.settle_recording("aircall", "1", later).await.unwrap();
    let waiting = next().await.unwrap();
    assert_eq!((waiting.next_at, waiting.failures), (at(60), 1));
    let done = RecordingFate::Done;
    store.settle_recording("aircall", "1", done).await.unwrap();
    assert_eq!(next().await, None);
    store.want_recording(&plan, at(99)).await.unwrap();
    let counts = store.recording_counts("aircall").await.unwrap();
    assert_eq!((counts.waiting, counts.done, counts.failed), (0, 1, 0));
}
