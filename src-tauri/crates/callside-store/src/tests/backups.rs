use callside_core::outbox::{DeliveryState, Step};
use callside_core::wrap_up::WrapUpState;

use super::*;
use crate::{BackupError, restore_backup};

fn files(dir: &TempDir) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(dir.path().join("backups")) else {
        return Vec::new();
    };
    let mut names: Vec<String> = found
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

async fn note_of(store: &Store, id: &str) -> Option<String> {
    let record = store.call(&CallId::new(id)).await.unwrap();
    record.map(|record| record.draft.note)
}

/// A call with a note, and one that is filed.
async fn filled() -> (TempDir, Store) {
    let (dir, store) = fresh().await;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let note = draft("before the backup", &[]);
    store.save_draft(&CallId::new("A"), &note).await.unwrap();
    store.save_call(&ended("B", PAUL, 10)).await.unwrap();
    store
        .file(&CallId::new("B"), at(90), &[entry("1", "B", 90)])
        .await
        .unwrap();
    (dir, store)
}

#[tokio::test]
async fn a_backup_brings_back_what_it_saw_and_keeps_what_was_there() {
    let (dir, store) = filled().await;
    let backup = store.backup(at(100)).await.unwrap();
    assert_eq!(
        store.backups().await.unwrap(),
        std::slice::from_ref(&backup)
    );
    assert_eq!(files(&dir), std::slice::from_ref(&backup.name));
    let late = draft("after the backup", &[]);
    store.save_draft(&CallId::new("A"), &late).await.unwrap();
    store.close().await;

    let aside = restore_backup(&options(&dir), &backup.name, at(200))
        .await
        .unwrap()
        .unwrap();
    let opened = open(&dir).await;
    assert_eq!(opened.journal_set_aside, None);
    assert_eq!(
        note_of(&opened.store, "A").await.as_deref(),
        Some("before the backup")
    );
    opened.store.close().await;

    // What was put aside is whole: in its place it is the journal again.
    std::fs::rename(&aside, dir.path().join("journal.db")).unwrap();
    let store = open(&dir).await.store;
    assert_eq!(
        note_of(&store, "A").await.as_deref(),
        Some("after the backup")
    );
}

#[tokio::test]
async fn what_a_backup_holds_as_unsent_is_looked_up_before_anything_is_sent() {
    let (dir, store) = filled().await;
    store.save_call(&ended("C", PAUL, 20)).await.unwrap();
    let mut stuck = entry("2", "C", 90);
    stuck.delivery.stick(callside_core::outbox::Reason::NoAdmin);
    store
        .file(&CallId::new("C"), at(90), &[stuck])
        .await
        .unwrap();
    let backup = store.backup(at(100)).await.unwrap();
    store.close().await;
    restore_backup(&options(&dir), &backup.name, at(200))
        .await
        .unwrap();

    let store = open(&dir).await.store;
    let waiting = store.entry(&EntryId::new("1")).await.unwrap().unwrap();
    assert_eq!(waiting.delivery.state, DeliveryState::Checking);
    assert_eq!(waiting.delivery.due(at(200), 0), Some(Step::Check));
    assert_eq!(store.outbox_counts().await.unwrap().checking, 1);
    let mut stuck = store.entry(&EntryId::new("2")).await.unwrap().unwrap();
    assert_eq!(stuck.delivery.state, DeliveryState::Stuck);
    stuck.delivery.retry(at(300));
    assert_eq!(stuck.delivery.due(at(300), 0), Some(Step::Check));
    // It may have been filed since: it waits for the agent and does not file itself.
    let open = store.call(&CallId::new("A")).await.unwrap().unwrap();
    assert_eq!((open.wrap_up, open.set_aside), (WrapUpState::Open, true));
}

#[tokio::test]
async fn a_backup_is_sealed_with_the_journal_s_key() {
    let (dir, store) = filled().await;
    let backup = store.backup(at(100)).await.unwrap();
    let bytes = std::fs::read(dir.path().join("backups").join(&backup.name)).unwrap();
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    assert!(!holds(b"SQLite format") && !holds(b"before the backup") && !holds(b"33639980"));
    store.close().await;
    let other = StoreOptions {
        key: Some(StoreKey::generate([8; 32])),
        ..options(&dir)
    };
    let refused = restore_backup(&other, &backup.name, at(200)).await;
    assert!(matches!(refused, Err(BackupError::Unsound)), "{refused:?}");
    assert_eq!(
        note_of(&open(&dir).await.store, "A").await.as_deref(),
        Some("before the backup")
    );
}

#[tokio::test]
async fn one_is_made_a_day_and_seven_are_kept() {
    let (dir, store) = fresh().await;
    let day = 24 * 3600;
    assert_eq!(store.backup_if_due(at(0)).await.unwrap(), None);
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    assert!(store.backup_if_due(at(60)).await.unwrap().is_some());
    assert_eq!(store.backup_if_due(at(day)).await.unwrap(), None);
    for days in 1..10 {
        let made = store.backup_if_due(at(60 + days * day)).await.unwrap();
        assert!(made.is_some());
    }
    let there = store.backups().await.unwrap();
    assert_eq!((there.len(), files(&dir).len()), (7, 7));
    assert_eq!(
        there.first().unwrap().taken_at.as_second(),
        at(60 + 9 * day).as_second()
    );
}

#[tokio::test]
async fn nobody_waits_for_a_backup_and_a_backup_waits_for_nobody() {
    let (_dir, store) = filled().await;
    // The only connection that may write is in the middle of a change.
    let mut change = store.journal().begin().await.unwrap();
    sqlx::query("UPDATE call SET draft_words = 'half done'")
        .execute(&mut *change)
        .await
        .unwrap();
    store.backup(at(100)).await.unwrap();
    store.journal().commit(change).await.unwrap();

    // And a note goes through while somebody reads the whole journal.
    let mut copying = store.journal().readers.begin().await.unwrap();
    let _: i64 = sqlx::query_scalar("SELECT count(*) FROM call")
        .fetch_one(&mut *copying)
        .await
        .unwrap();
    let note = draft("meanwhile", &[]);
    store.save_draft(&CallId::new("A"), &note).await.unwrap();
}

#[tokio::test]
async fn a_damaged_backup_is_neither_offered_nor_restored() {
    let (dir, store) = filled().await;
    let old = store.backup(at(100)).await.unwrap();
    let new = store.backup(at(200)).await.unwrap();
    let path = dir.path().join("backups").join(&new.name);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 100].fill(0);
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(store.good_backup().await.unwrap(), Some(old.clone()));
    store.close().await;
    for name in [new.name.as_str(), "../journal.db", ""] {
        restore_backup(&options(&dir), name, at(300))
            .await
            .unwrap_err();
    }
    let store = open(&dir).await.store;
    assert!(note_of(&store, "A").await.is_some());
    // An open store knows the way without being told the key.
    store.restore(&old.name, at(400)).await.unwrap();
    assert!(note_of(&open(&dir).await.store, "A").await.is_some());
}

#[tokio::test]
async fn a_half_made_backup_is_no_backup_and_is_cleaned_up() {
    let (dir, store) = filled().await;
    store.backup(at(100)).await.unwrap();
    let half = dir
        .path()
        .join("backups/journal-20260302T130000Z.db.partial");
    std::fs::write(&half, b"half").unwrap();
    assert_eq!(store.backups().await.unwrap().len(), 1);
    store.backup(at(200)).await.unwrap();
    assert_eq!(files(&dir).len(), 2);
    assert!(!half.exists());
}

#[tokio::test]
async fn a_restoring_that_was_cut_off_is_finished_at_the_next_start() {
    let (dir, store) = filled().await;
    store.close().await;
    let journal = dir.path().join("journal.db");
    let restoring = dir.path().join("journal.db.restoring");
    std::fs::rename(&journal, &restoring).unwrap();
    let store = open(&dir).await.store;
    assert!(note_of(&store, "A").await.is_some() && !restoring.exists());
    store.close().await;
    // Before the journal was put aside nothing had happened yet.
    std::fs::write(&restoring, b"not in its place").unwrap();
    let opened = open(&dir).await;
    assert_eq!(opened.journal_set_aside, None);
    assert!(note_of(&opened.store, "A").await.is_some() && !restoring.exists());
}

#[tokio::test]
async fn a_damaged_journal_can_be_left_for_a_good_backup() {
    let (dir, store) = filled().await;
    store.backup(at(100)).await.unwrap();
    store.close().await;
    let journal = dir.path().join("journal.db");
    let mut bytes = std::fs::read(&journal).unwrap();
    bytes[..4096].fill(0);
    std::fs::write(&journal, bytes).unwrap();
    let opened = open(&dir).await;
    assert!(opened.journal_set_aside.is_some());
    assert_eq!(note_of(&opened.store, "A").await, None);
    let good = opened.store.good_backup().await.unwrap().unwrap();
    opened.store.close().await;
    restore_backup(&options(&dir), &good.name, at(200))
        .await
        .unwrap();
    assert!(note_of(&open(&dir).await.store, "A").await.is_some());
}

#[tokio::test]
async fn a_person_who_is_forgotten_is_in_no_backup() {
    let (dir, store) = filled().await;
    let backup = store.backup(at(100)).await.unwrap();
    let person = crate::Person {
        numbers: keys(MARIE),
        ..crate::Person::default()
    };
    store.forget_person(&person).await.unwrap();
    store.close().await;
    restore_backup(&options(&dir), &backup.name, at(200))
        .await
        .unwrap();
    let store = open(&dir).await.store;
    assert_eq!(note_of(&store, "A").await, None);
    assert!(store.call(&CallId::new("B")).await.unwrap().is_some());
}
