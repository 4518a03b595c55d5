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

const DELAY_US: &str = "CALLSIDE_STORE_TEST_DELAY_US";
const CALLS: u32 = 24;
const TARGETS: usize = 3;

/// Run by the test below in a process of its own, which dies somewhere between two instructions
/// while calls are filed. Each filing that was acknowledged is noted.
#[tokio::test]
async fn file_and_die() {
    let (Some(dir), Ok(delay)) = (std::env::var_os(FOLDER), std::env::var(DELAY_US)) else {
        return;
    };
    let delay = std::time::Duration::from_micros(delay.parse().unwrap());
    let dir = std::path::PathBuf::from(dir);
    let options = StoreOptions {
        dir: dir.clone(),
        key: Some(key()),
    };
    let store = Store::open(options).await.unwrap().store;
    for n in 0..CALLS {
        let id = format!("C{n}");
        store.save_call(&ended(&id, MARIE, 0)).await.unwrap();
    }
    std::thread::spawn(move || {
        std::thread::sleep(delay);
        std::process::abort();
    });
    for n in 0.. {
        let id = format!("C{}", n % CALLS);
        let entries: Vec<OutboxEntry> = (0..TARGETS)
            .map(|target| entry(&format!("{id}-{target}"), &id, 70))
            .collect();
        let id = CallId::new(id);
        store.file(&id, at(70), &entries).await.unwrap();
        std::fs::write(dir.join("acknowledged"), n.to_string()).unwrap();
        if n % CALLS == CALLS - 1 {
            for n in 0..CALLS {
                let id = CallId::new(format!("C{n}"));
                assert!(store.reopen(&id).await.unwrap());
            }
        }
    }
}

#[tokio::test]
async fn a_death_while_filing_leaves_all_of_it_or_nothing() {
    let mut cut = 0;
    for delay_us in (0..10).map(|step| 300 + step * 2_300) {
        let dir = tempfile::tempdir().unwrap();
        let died = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::crash::file_and_die"])
            .env(FOLDER, dir.path())
            .env(DELAY_US, delay_us.to_string())
            .output()
            .unwrap();
        assert!(!died.status.success());
        let opened = open(&dir).await;
        assert_eq!(opened.journal_set_aside, None);
        let store = opened.store;
        let mut filed = 0;
        for n in 0..CALLS {
            let record = store.call(&CallId::new(format!("C{n}"))).await.unwrap();
            let record = record.unwrap();
            let whole = match record.wrap_up {
                callside_core::wrap_up::WrapUpState::Filed => TARGETS,
                _ => 0,
            };
            assert_eq!(record.deliveries.len(), whole, "after {delay_us} µs");
            filed += u32::from(whole > 0);
        }
        let acknowledged = std::fs::read_to_string(dir.path().join("acknowledged"));
        let last: Option<u32> = acknowledged.ok().and_then(|text| text.parse().ok());
        // In the first round nothing is taken back yet.
        if last.is_none_or(|last| last < CALLS - 1) {
            assert!(filed >= last.map_or(0, |last| last + 1), "{delay_us} µs");
        }
        cut += u32::from(0 < filed && filed < CALLS);
    }
    assert!(cut > 0, "no process died while it filed");
}
