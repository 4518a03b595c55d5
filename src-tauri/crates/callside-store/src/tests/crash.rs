use std::process::Command;

use super::*;

const FOLDER: &str = "CALLSIDE_STORE_TEST_CRASH";

/// Run by the test below in a process of its own, which it ends without a word.
#[tokio::test]
async fn write_and_die() {
    let Some(dir) = std::env::var_os(FOLDER) else {
        return;
    };
    let options = StoreOptions {
        dir: dir.into(),
        key: Some(key()),
    };
    let store = Store::open(options).await.unwrap().store;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    store.save_call(&ended("B", PAUL, 0)).await.unwrap();
    store
        .file(&CallId::new("B"), at(70), &[entry("1", "B", 70)])
        .await
        .unwrap();
    for n in 0..50 {
        let note = draft(&format!("version {n}"), &[]);
        store.save_draft(&CallId::new("A"), &note).await.unwrap();
    }
    std::process::abort();
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_death_of_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let died = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::crash::write_and_die"])
        .env(FOLDER, dir.path())
        .output()
        .unwrap();
    assert!(!died.status.success());
    let opened = open(&dir).await;
    assert_eq!(opened.journal_set_aside, None);
    let record = opened.store.call(&CallId::new("A")).await.unwrap().unwrap();
    assert_eq!(
        (record.draft.note.as_str(), record.revision),
        ("version 49", 50)
    );
    assert_eq!(opened.store.pending_entries().await.unwrap().len(), 1);
}
