use callside_core::outbox::{DeliveryState, Logged};
use callside_core::wrap_up::WrapUpState;

use super::*;
use crate::{OutboxCounts, StoreError};

fn id(text: &str) -> CallId {
    CallId::new(text)
}

async fn with_call(name: &str) -> (TempDir, Store) {
    let (dir, store) = fresh().await;
    store.save_call(&ended(name, MARIE, 0)).await.unwrap();
    (dir, store)
}

fn logged() -> Logged {
    Logged {
        remote_id: RemoteId::new("77"),
        url: None,
        text: "callside-1".to_owned(),
        fields: None,
    }
}

async fn pending(store: &Store) -> Vec<(String, u32)> {
    let pending = store.pending_entries().await.unwrap();
    pending
        .into_iter()
        .map(|(entry, revision)| (entry.id.to_string(), revision))
        .collect()
}

#[tokio::test]
async fn filing_writes_the_state_and_every_entry() {
    let (_dir, store) = with_call("A").await;
    store
        .save_draft(&id("A"), &draft("note", &[]))
        .await
        .unwrap();
    let entries = [entry("2", "A", 70), entry("1", "A", 70)];
    store.file(&id("A"), at(70), &entries).await.unwrap();
    let record = store.call(&id("A")).await.unwrap().unwrap();
    assert_eq!(record.wrap_up, WrapUpState::Filed);
    assert_eq!(record.filed_at, Some(at(70)));
    assert_eq!(record.deliveries, entries);
    assert_eq!(store.entries_of(&id("A")).await.unwrap(), entries);
    assert_eq!(
        pending(&store).await,
        [("2".to_owned(), 1), ("1".to_owned(), 1)]
    );
}

#[tokio::test]
async fn a_call_is_filed_once() {
    let (_dir, store) = with_call("A").await;
    store
        .file(&id("A"), at(70), &[entry("1", "A", 70)])
        .await
        .unwrap();
    let again = store.file(&id("A"), at(71), &[entry("2", "A", 71)]).await;
    assert!(matches!(again, Err(StoreError::AlreadyFiled)));
    let discarded = store.discard(&id("A")).await;
    assert!(matches!(discarded, Err(StoreError::AlreadyFiled)));
    assert_eq!(store.entries_of(&id("A")).await.unwrap().len(), 1);
    let unknown = store.file(&id("B"), at(70), &[]).await;
    assert!(matches!(unknown, Err(StoreError::NoSuchCall)));
}

#[tokio::test]
async fn filing_that_fails_half_way_leaves_nothing_behind() {
    let (_dir, store) = with_call("A").await;
    let twice = [entry("1", "A", 70), entry("1", "A", 70)];
    assert!(store.file(&id("A"), at(70), &twice).await.is_err());
    let record = store.call(&id("A")).await.unwrap().unwrap();
    assert_eq!(record.wrap_up, WrapUpState::Open);
    assert!(record.deliveries.is_empty());
    store
        .file(&id("A"), at(70), &[entry("1", "A", 70)])
        .await
        .unwrap();
}

#[tokio::test]
async fn of_two_filings_at_once_one_wins() {
    let (_dir, store) = with_call("A").await;
    let a = id("A");
    let (one, two) = ([entry("1", "A", 70)], [entry("2", "A", 70)]);
    let (first, second) = tokio::join!(store.file(&a, at(70), &one), store.file(&a, at(70), &two));
    assert!(first.is_ok() != second.is_ok());
    assert_eq!(store.entries_of(&a).await.unwrap().len(), 1);
}

#[tokio::test]
async fn filing_can_be_undone_until_something_is_sent() {
    let (_dir, store) = with_call("A").await;
    let a = id("A");
    store
        .file(&a, at(70), &[entry("1", "A", 70)])
        .await
        .unwrap();
    assert!(store.reopen(&a).await.unwrap());
    let record = store.call(&a).await.unwrap().unwrap();
    assert_eq!((record.wrap_up, record.filed_at), (WrapUpState::Open, None));
    assert!(pending(&store).await.is_empty());

    let mut sent = entry("2", "A", 80);
    store
        .file(&a, at(80), std::slice::from_ref(&sent))
        .await
        .unwrap();
    sent.delivery.begin_send(at(86));
    store.save_entry(&sent).await.unwrap();
    assert!(!store.reopen(&a).await.unwrap());
    assert_eq!(store.entries_of(&a).await.unwrap(), [sent]);

    let unknown = store.reopen(&id("B")).await;
    assert!(matches!(unknown, Err(StoreError::NoSuchCall)));
}

#[tokio::test]
async fn an_entry_whose_filing_was_undone_cannot_be_sent() {
    let (_dir, store) = with_call("A").await;
    let mut one = entry("1", "A", 70);
    store
        .file(&id("A"), at(70), std::slice::from_ref(&one))
        .await
        .unwrap();
    store.reopen(&id("A")).await.unwrap();
    one.delivery.begin_send(at(76));
    let refused = store.save_entry(&one).await;
    assert!(matches!(refused, Err(StoreError::NoSuchEntry)));
}

#[tokio::test]
async fn discarding_can_be_undone() {
    let (_dir, store) = with_call("A").await;
    store.discard(&id("A")).await.unwrap();
    store.discard(&id("A")).await.unwrap();
    let filed = store.file(&id("A"), at(70), &[]).await;
    assert!(matches!(filed, Err(StoreError::AlreadyFiled)));
    assert!(store.reopen(&id("A")).await.unwrap());
    let record = store.call(&id("A")).await.unwrap().unwrap();
    assert_eq!(record.wrap_up, WrapUpState::Open);
}

#[tokio::test]
async fn a_note_added_later_makes_a_delivered_entry_due_again() {
    let (_dir, store) = with_call("A").await;
    let a = id("A");
    store.save_draft(&a, &draft("one", &[])).await.unwrap();
    let mut one = entry("1", "A", 70);
    store
        .file(&a, at(70), std::slice::from_ref(&one))
        .await
        .unwrap();
    one.delivery.succeed(logged(), 1);
    store.save_entry(&one).await.unwrap();
    assert!(pending(&store).await.is_empty());
    store.save_draft(&a, &draft("one", &[])).await.unwrap();
    assert!(pending(&store).await.is_empty());
    store.save_draft(&a, &draft("two", &[])).await.unwrap();
    assert_eq!(pending(&store).await, [("1".to_owned(), 2)]);
    one.delivery.succeed(logged(), 2);
    store.save_entry(&one).await.unwrap();
    assert!(pending(&store).await.is_empty());
}

#[tokio::test]
async fn what_was_filed_first_comes_first() {
    let (_dir, store) = with_call("A").await;
    store.save_call(&ended("B", PAUL, 10)).await.unwrap();
    store
        .file(&id("B"), at(90), &[entry("1", "B", 90)])
        .await
        .unwrap();
    store
        .file(&id("A"), at(80), &[entry("2", "A", 80)])
        .await
        .unwrap();
    let order: Vec<String> = pending(&store)
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(order, ["2", "1"]);
}

#[tokio::test]
async fn a_try_cut_short_by_a_stop_is_in_doubt_afterwards() {
    let (dir, store) = with_call("A").await;
    let mut one = entry("1", "A", 70);
    store
        .file(&id("A"), at(70), &[one.clone(), entry("2", "A", 70)])
        .await
        .unwrap();
    one.delivery.begin_send(at(76));
    store.save_entry(&one).await.unwrap();
    store.close().await;

    let store = open(&dir).await.store;
    assert_eq!(store.recover_in_flight(at(100)).await.unwrap(), 1);
    let after = store.entry(&one.id).await.unwrap().unwrap();
    assert_eq!(after.delivery.state, DeliveryState::Checking);
    assert!(after.delivery.in_doubt && !after.delivery.in_flight);
    assert_eq!(store.recover_in_flight(at(101)).await.unwrap(), 0);
}

#[tokio::test]
async fn entries_are_counted_by_state() {
    let (_dir, store) = with_call("A").await;
    let mut entries: Vec<OutboxEntry> = (1..=4).map(|n| entry(&n.to_string(), "A", 70)).collect();
    entries[1].delivery.state = DeliveryState::Checking;
    entries[2].delivery.state = DeliveryState::Stuck;
    entries[3].delivery.succeed(logged(), 0);
    store.file(&id("A"), at(70), &entries).await.unwrap();
    let counts = store.outbox_counts().await.unwrap();
    let one_each = OutboxCounts {
        waiting: 1,
        checking: 1,
        stuck: 1,
        delivered: 1,
    };
    assert_eq!(counts, one_each);
}

#[tokio::test]
async fn entries_can_be_added_and_removed() {
    let (_dir, store) = with_call("A").await;
    store
        .file(&id("A"), at(70), &[entry("1", "A", 70)])
        .await
        .unwrap();
    store.add_entry(&entry("2", "A", 75)).await.unwrap();
    store.remove_entry(&EntryId::new("1")).await.unwrap();
    assert_eq!(
        store.entries_of(&id("A")).await.unwrap(),
        [entry("2", "A", 75)]
    );
    let lost = store.add_entry(&entry("3", "B", 75)).await;
    assert!(matches!(lost, Err(StoreError::NoSuchCall)));
}
