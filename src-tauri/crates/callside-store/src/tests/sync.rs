use callside_core::contact::{ContactKind, PhoneField};
use callside_core::sync::SyncWalk;

use super::*;
use crate::SyncFacts;

fn people(range: std::ops::Range<u32>) -> Vec<Contact> {
    range
        .map(|n| {
            let number = format!("06 39 98 {:02} {:02}", n / 100 % 100, n % 100);
            contact(
                &n.to_string(),
                &format!("Person {n}"),
                &[(PhoneField::Phone, &number)],
            )
        })
        .collect()
}

async fn store_page(
    store: &Store,
    walk: SyncWalk,
    page: &SyncPage,
    when: i64,
) -> crate::PageStored {
    store
        .store_page(&sellsy(), walk, page, france(), at(when))
        .await
        .unwrap()
}

fn seen(range: std::ops::Range<u32>, finished: bool) -> SyncPage {
    SyncPage {
        seen: range
            .map(|n| (ContactKind::Individual, RemoteId::new(n.to_string())))
            .collect(),
        finished,
        ..page(&[], "sweep")
    }
}

async fn count(store: &Store) -> u64 {
    store.sync_facts(&sellsy()).await.unwrap().contacts
}

#[tokio::test]
async fn a_page_is_usable_at_once_and_its_cursor_survives() {
    let (dir, store) = fresh().await;
    let stored = store_page(&store, SyncWalk::Full, &page(&people(0..100), "p2"), 1).await;
    assert_eq!(
        (stored.upserted, stored.gone, stored.shrink),
        (100, 0, None)
    );
    assert_eq!(
        store.candidates(&keys("0639980042")).await.unwrap().len(),
        1
    );
    assert_eq!(
        store.search_contacts("person 42", 5).await.unwrap().len(),
        1
    );
    store.close().await;

    let store = open(&dir).await.store;
    let cursor = store.cursor(&sellsy(), SyncWalk::Full).await.unwrap();
    assert_eq!(cursor, Some(SyncCursor("p2".to_owned())));
    assert_eq!(
        store.cursor(&sellsy(), SyncWalk::Changes).await.unwrap(),
        None
    );
    store.clear_cursor(&sellsy(), SyncWalk::Full).await.unwrap();
    assert_eq!(store.cursor(&sellsy(), SyncWalk::Full).await.unwrap(), None);
}

#[tokio::test]
async fn contacts_of_a_copy_cut_short_are_searchable_after_a_restart() {
    let (dir, store) = fresh().await;
    store_page(&store, SyncWalk::Full, &page(&people(0..50), "p2"), 1).await;
    store.close().await;
    let store = open(&dir).await.store;
    assert_eq!(
        store.search_contacts("person 7", 50).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn the_facts_of_a_sync_are_counted() {
    let (_dir, store) = fresh().await;
    assert_eq!(
        store.sync_facts(&sellsy()).await.unwrap(),
        SyncFacts::default()
    );
    let mut all = people(0..3);
    all.push(contact(
        "9",
        "Two",
        &[(PhoneField::Phone, MARIE), (PhoneField::Mobile, PAUL)],
    ));
    all.push(contact("10", "None", &[]));
    store_page(&store, SyncWalk::Full, &page(&all, "end"), 1).await;
    store
        .mark_synced(&sellsy(), SyncWalk::Full, at(2))
        .await
        .unwrap();
    store
        .mark_synced(&sellsy(), SyncWalk::Changes, at(3))
        .await
        .unwrap();
    let facts = store.sync_facts(&sellsy()).await.unwrap();
    let expected = SyncFacts {
        contacts: 5,
        numbers: 5,
        last_sync_at: Some(at(3)),
        first_copy_done: true,
    };
    assert_eq!(facts, expected);
}

#[tokio::test]
async fn the_last_word_of_a_page_on_a_contact_counts() {
    let (_dir, store) = fresh().await;
    let marie = contact("1", "Marie", &[(PhoneField::Phone, MARIE)]);
    let paul = contact("2", "Paul", &[(PhoneField::Phone, PAUL)]);
    let mut both = page(&[marie.clone(), paul.clone(), marie.clone()], "c");
    both.changes.push(ContactChange::Gone(paul.at.clone()));
    let stored = store_page(&store, SyncWalk::Changes, &both, 1).await;
    assert_eq!((stored.upserted, stored.gone), (1, 0));
    let gone = SyncPage {
        changes: vec![ContactChange::Gone(marie.at.clone())],
        ..page(&[], "d")
    };
    let stored = store_page(&store, SyncWalk::Changes, &gone, 2).await;
    assert_eq!((stored.upserted, stored.gone), (0, 1));
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn a_sweep_deletes_what_it_did_not_see() {
    let (_dir, store) = fresh().await;
    store_page(&store, SyncWalk::Full, &page(&people(0..100), "end"), 1).await;
    store_page(&store, SyncWalk::Sweep, &seen(0..50, false), 10).await;
    assert_eq!(count(&store).await, 100);
    let stored = store_page(&store, SyncWalk::Sweep, &seen(55..100, true), 11).await;
    assert_eq!((stored.gone, stored.shrink), (5, None));
    assert_eq!(count(&store).await, 95);
    assert!(
        store
            .search_contacts("person 52", 5)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_contact_that_appeared_during_a_sweep_stays() {
    let (_dir, store) = fresh().await;
    store_page(&store, SyncWalk::Full, &page(&people(0..10), "end"), 1).await;
    store_page(&store, SyncWalk::Sweep, &seen(0..10, false), 10).await;
    store_page(&store, SyncWalk::Changes, &page(&people(10..11), "c"), 11).await;
    let stored = store_page(&store, SyncWalk::Sweep, &seen(0..0, true), 12).await;
    assert_eq!((stored.gone, count(&store).await), (0, 11));
}

#[tokio::test]
async fn a_sweep_goes_on_where_it_was_cut_and_begins_anew_when_it_ended() {
    let (_dir, store) = fresh().await;
    store_page(&store, SyncWalk::Sweep, &seen(0..10, false), 10).await;
    let cursor = store.cursor(&sellsy(), SyncWalk::Sweep).await.unwrap();
    assert_eq!(cursor, Some(SyncCursor("sweep".to_owned())));
    store_page(&store, SyncWalk::Sweep, &seen(10..20, true), 11).await;
    assert_eq!(
        store.cursor(&sellsy(), SyncWalk::Sweep).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_large_shrink_waits_for_a_yes() {
    let (_dir, store) = fresh().await;
    store_page(&store, SyncWalk::Full, &page(&people(0..100), "end"), 1).await;
    let stored = store_page(&store, SyncWalk::Sweep, &seen(0..79, true), 10).await;
    assert_eq!((stored.gone, stored.shrink), (0, Some(21)));
    assert_eq!(count(&store).await, 100);
    assert_eq!(store.accept_shrink(&sellsy()).await.unwrap(), 21);
    assert_eq!(count(&store).await, 79);
    assert_eq!(store.accept_shrink(&sellsy()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_large_shrink_names_whom_it_is_about_and_may_be_refused() {
    let (_dir, store) = fresh().await;
    store_page(&store, SyncWalk::Full, &page(&people(0..100), "end"), 1).await;
    assert_eq!(store.waiting_shrink(&sellsy(), 3).await.unwrap(), None);
    store_page(&store, SyncWalk::Sweep, &seen(0..79, true), 10).await;
    let shrink = store.waiting_shrink(&sellsy(), 3).await.unwrap().unwrap();
    let names: Vec<&str> = shrink.some.iter().map(|c| &*c.contact.name).collect();
    assert_eq!(
        (shrink.count, names),
        (21, vec!["Person 79", "Person 80", "Person 81"])
    );

    assert!(store.refuse_shrink(&sellsy()).await.unwrap());
    assert!(!store.refuse_shrink(&sellsy()).await.unwrap());
    assert_eq!(store.waiting_shrink(&sellsy(), 3).await.unwrap(), None);
    assert_eq!(store.accept_shrink(&sellsy()).await.unwrap(), 0);
    assert_eq!(count(&store).await, 100);

    let stored = store_page(&store, SyncWalk::Sweep, &seen(0..70, true), 20).await;
    assert_eq!(stored.shrink, Some(30), "the next sweep asks again");
}

#[tokio::test]
async fn a_new_sweep_knows_nothing_of_the_last_one() {
    let (_dir, store) = fresh().await;
    store_page(&store, SyncWalk::Full, &page(&people(0..30), "end"), 1).await;
    store_page(&store, SyncWalk::Sweep, &seen(0..30, true), 10).await;
    let stored = store_page(&store, SyncWalk::Sweep, &seen(0..20, true), 20).await;
    assert_eq!((stored.gone, count(&store).await), (10, 20));

    store_page(&store, SyncWalk::Sweep, &seen(0..20, false), 30).await;
    store
        .clear_cursor(&sellsy(), SyncWalk::Sweep)
        .await
        .unwrap();
    let stored = store_page(&store, SyncWalk::Sweep, &seen(0..15, true), 40).await;
    assert_eq!((stored.gone, count(&store).await), (5, 15));
}

#[tokio::test]
async fn a_forgotten_connection_leaves_the_others_alone() {
    let (_dir, store) = fresh().await;
    store_page(&store, SyncWalk::Full, &page(&people(0..1100), "end"), 1).await;
    let mut other = contact("1", "Other", &[(PhoneField::Phone, MARIE)]);
    other.at.connection = ConnectionId::new("gorgias");
    store
        .upsert_contacts(&[other], france(), at(1))
        .await
        .unwrap();
    store
        .mark_synced(&sellsy(), SyncWalk::Full, at(2))
        .await
        .unwrap();
    store.forget_connection(&sellsy()).await.unwrap();
    assert_eq!(
        store.sync_facts(&sellsy()).await.unwrap(),
        SyncFacts::default()
    );
    assert_eq!(store.cursor(&sellsy(), SyncWalk::Full).await.unwrap(), None);
    assert!(store.search_contacts("person", 5).await.unwrap().is_empty());
    assert_eq!(store.search_contacts("other", 5).await.unwrap().len(), 1);
    assert_eq!(store.candidates(&keys(MARIE)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_that_a_file_is_locked() {
    let (_dir, store) = fresh().await;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..4_u32 {
        let agent = store.clone();
        let store = store.clone();
        tasks.spawn(async move {
            for turn in 0..5 {
                let from = writer * 1000 + turn * 50;
                store_page(
                    &store,
                    SyncWalk::Full,
                    &page(&people(from..from + 50), "c"),
                    1,
                )
                .await;
            }
        });
        let store = agent;
        tasks.spawn(async move {
            for turn in 0..20 {
                let note = draft(&format!("{writer} {turn}"), &[]);
                store.save_draft(&CallId::new("A"), &note).await.unwrap();
                store.candidates(&keys("0639980042")).await.unwrap();
                store.search_contacts("pers", 5).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(count(&store).await, 1000);
}
