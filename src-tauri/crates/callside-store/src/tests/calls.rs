use callside_core::contact::Opportunity;
use callside_core::id::{CallId, RemoteId};
use callside_core::insight::LiveFacts;
use callside_core::wrap_up::{Draft, WrapUpState};

use super::*;
use crate::{CallFilter, StoreError};

fn id(text: &str) -> CallId {
    CallId::new(text)
}

fn all() -> CallFilter {
    CallFilter {
        limit: 100,
        ..CallFilter::default()
    }
}

async fn found(store: &Store, text: &str) -> Vec<String> {
    let filter = CallFilter {
        search: Some(text.to_owned()),
        ..all()
    };
    let calls = store.calls(&filter).await.unwrap();
    calls
        .into_iter()
        .map(|one| one.call.id.to_string())
        .collect()
}

fn facts(name: &str) -> LiveFacts {
    LiveFacts {
        companies: Vec::new(),
        opportunities: vec![Opportunity {
            id: RemoteId::new("9"),
            name: name.to_owned(),
            stage: None,
            amount: None,
            currency: None,
            created_at: None,
            url: None,
        }],
    }
}

#[tokio::test]
async fn a_call_comes_back_as_it_was_saved() {
    let (_dir, store) = fresh().await;
    let call = ended("A", MARIE, 0);
    store.save_call(&call).await.unwrap();
    let record = store.call(&call.id).await.unwrap().unwrap();
    assert_eq!(record.call, call);
    assert_eq!(record.draft, Draft::default());
    assert_eq!((record.revision, record.wrap_up), (0, WrapUpState::Open));
    assert_eq!(record.filed_at, None);
    assert!(record.deliveries.is_empty() && !record.set_aside);
    assert_eq!(store.call(&id("B")).await.unwrap(), None);
}

#[tokio::test]
async fn a_later_event_leaves_the_draft_alone() {
    let (_dir, store) = fresh().await;
    store.save_call(&call("A", MARIE, 0)).await.unwrap();
    let written = draft("calls back on Monday", &["offer"]);
    store.save_draft(&id("A"), &written).await.unwrap();
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let record = store.call(&id("A")).await.unwrap().unwrap();
    assert!(record.call.is_ended());
    assert_eq!(record.draft, written);
}

#[tokio::test]
async fn the_revision_grows_only_when_the_draft_changes() {
    let (_dir, store) = fresh().await;
    store.save_call(&call("A", MARIE, 0)).await.unwrap();
    let a = id("A");
    let cases = [
        (Draft::default(), 0),
        (draft("one", &[]), 1),
        (draft("one", &[]), 1),
        (draft("one", &["x"]), 2),
        (Draft::default(), 3),
    ];
    for (draft, revision) in cases {
        assert_eq!(store.save_draft(&a, &draft).await.unwrap(), revision);
        assert_eq!(store.call(&a).await.unwrap().unwrap().draft, draft);
    }
}

#[tokio::test]
async fn a_draft_needs_its_call() {
    let (_dir, store) = fresh().await;
    let refused = store.save_draft(&id("A"), &draft("one", &[])).await;
    assert!(matches!(refused, Err(StoreError::NoSuchCall)));
    let refused = store.set_aside(&id("A"), true).await;
    assert!(matches!(refused, Err(StoreError::NoSuchCall)));
}

#[tokio::test]
async fn calls_are_listed_newest_first_within_the_filter() {
    let (_dir, store) = fresh().await;
    for (name, started) in [("A", 0), ("C", 200), ("B", 100)] {
        store.save_call(&ended(name, MARIE, started)).await.unwrap();
    }
    store.discard(&id("B")).await.unwrap();
    let listed = |filter: CallFilter| {
        let store = store.clone();
        async move {
            let calls = store.calls(&filter).await.unwrap();
            let ids = calls.iter().map(|one| one.call.id.as_str().to_owned());
            ids.collect::<Vec<_>>().join("")
        }
    };
    assert_eq!(listed(all()).await, "CBA");
    assert_eq!(listed(CallFilter { limit: 2, ..all() }).await, "CB");
    let since = Some(at(100));
    assert_eq!(listed(CallFilter { since, ..all() }).await, "CB");
    let until = Some(at(100));
    assert_eq!(listed(CallFilter { until, ..all() }).await, "A");
    let wrap_up = Some(WrapUpState::Open);
    assert_eq!(listed(CallFilter { wrap_up, ..all() }).await, "CA");
}

#[tokio::test]
async fn a_search_finds_calls_by_note_tag_name_line_and_number() {
    let (_dir, store) = fresh().await;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    store.save_call(&ended("B", PAUL, 1)).await.unwrap();
    let a = id("A");
    let written = draft("Rappelle après l'été", &["Devis"]);
    store.save_draft(&a, &written).await.unwrap();
    store
        .save_matched_name(&a, Some("Éloïse Łukasz"))
        .await
        .unwrap();
    for text in [
        "ETE",
        "rappelle devis",
        "eloise",
        "lukasz",
        "06 39 98 01",
        "+33 6 39 98 01 23",
        "0033639980123",
        "980123",
    ] {
        assert_eq!(found(&store, text).await, ["A"], "{text}");
    }
    assert_eq!(found(&store, "sales").await, ["B", "A"]);
    assert!(found(&store, "rappelle hiver").await.is_empty());
    assert!(found(&store, "%").await.is_empty());
}

#[tokio::test]
async fn open_calls_and_those_that_ended_lately_are_recent() {
    let (_dir, store) = fresh().await;
    store.save_call(&ended("old", MARIE, 0)).await.unwrap();
    store.save_call(&ended("late", MARIE, 1000)).await.unwrap();
    store.save_call(&call("open", PAUL, -9000)).await.unwrap();
    let recent = store.recent_calls(at(1065)).await.unwrap();
    let ids: Vec<&str> = recent.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["late", "open"]);
}

#[tokio::test]
async fn ended_calls_wait_to_be_wrapped_up_oldest_first() {
    let (_dir, store) = fresh().await;
    for (name, started) in [("B", 100), ("A", 0), ("C", 200)] {
        store.save_call(&ended(name, MARIE, started)).await.unwrap();
    }
    store.save_call(&call("ringing", PAUL, 300)).await.unwrap();
    store.file(&id("C"), at(300), &[]).await.unwrap();
    store.set_aside(&id("B"), true).await.unwrap();
    let waiting = store.open_wrap_ups().await.unwrap();
    let seen: Vec<_> = waiting
        .iter()
        .map(|one| (one.call.id.as_str(), one.set_aside))
        .collect();
    assert_eq!(seen, [("A", false), ("B", true)]);
}

#[tokio::test]
async fn earlier_calls_are_those_of_the_same_number_in_any_spelling() {
    let (_dir, store) = fresh().await;
    store
        .save_call(&ended("A", "06 39 98 01 23", 0))
        .await
        .unwrap();
    store.save_call(&ended("B", MARIE, 100)).await.unwrap();
    store.save_call(&ended("other", PAUL, 50)).await.unwrap();
    store
        .save_call(&ended("nobody", "anonymous", 60))
        .await
        .unwrap();
    store
        .save_draft(&id("A"), &draft("first", &["x"]))
        .await
        .unwrap();
    let earlier = store
        .earlier_calls(&remote("0033639980123"), 10)
        .await
        .unwrap();
    let ids: Vec<&str> = earlier.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["B", "A"]);
    assert_eq!((earlier[1].note.as_str(), earlier[1].talk_s), ("first", 60));
    assert_eq!(earlier[1].tags, ["x"]);
    assert_eq!(
        store.earlier_calls(&remote(MARIE), 1).await.unwrap().len(),
        1
    );
    let withheld = store.earlier_calls(&remote("anonymous"), 10).await.unwrap();
    assert!(withheld.is_empty());
}

#[tokio::test]
async fn a_number_learned_late_replaces_the_one_before() {
    let (_dir, store) = fresh().await;
    store.save_call(&ended("A", PAUL, 0)).await.unwrap();
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    assert!(
        store
            .earlier_calls(&remote(PAUL), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.earlier_calls(&remote(MARIE), 9).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn the_record_shows_the_facts_learned_last() {
    let (_dir, store) = fresh().await;
    store.save_call(&call("A", MARIE, 0)).await.unwrap();
    let (a, one, two) = (id("A"), contact_ref("1"), contact_ref("2"));
    store.save_facts(&a, &one, &facts("old")).await.unwrap();
    store.save_facts(&a, &two, &facts("two")).await.unwrap();
    store.save_facts(&a, &one, &facts("new")).await.unwrap();
    let record = store.call(&a).await.unwrap().unwrap();
    assert_eq!(record.facts, Some(facts("new")));
    assert_eq!(store.facts(&a, &two).await.unwrap(), Some(facts("two")));
    assert_eq!(store.facts(&a, &contact_ref("3")).await.unwrap(), None);
}

#[tokio::test]
async fn one_unreadable_call_does_not_hide_the_others() {
    let (_dir, store) = fresh().await;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    store.save_call(&ended("B", MARIE, 1)).await.unwrap();
    sqlx::query("UPDATE call SET body = '{}' WHERE call_id = 'A'")
        .execute(&store.journal().writer)
        .await
        .unwrap();
    assert_eq!(store.calls(&all()).await.unwrap().len(), 1);
    let alone = store.call(&id("A")).await;
    assert!(matches!(alone, Err(StoreError::Unreadable { .. })));
}

#[tokio::test]
async fn facts_and_choices_are_remembered() {
    let (_dir, store) = fresh().await;
    assert_eq!(store.fact("hook_key").await.unwrap(), None);
    store.set_fact("hook_key", "a").await.unwrap();
    store.set_fact("hook_key", "b").await.unwrap();
    assert_eq!(store.fact("hook_key").await.unwrap().as_deref(), Some("b"));

    let marie = keys(MARIE);
    store
        .remember_choice(&marie[0], &contact_ref("1"), at(0))
        .await
        .unwrap();
    store
        .remember_choice(&marie[0], &contact_ref("2"), at(1))
        .await
        .unwrap();
    assert_eq!(store.remembered(&marie).await.unwrap(), [contact_ref("2")]);
    assert!(store.remembered(&keys(PAUL)).await.unwrap().is_empty());
    store.forget_choice(&marie[0], &sellsy()).await.unwrap();
    assert!(store.remembered(&marie).await.unwrap().is_empty());
}
