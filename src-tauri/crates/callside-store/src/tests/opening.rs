use std::path::Path;

use callside_core::contact::PhoneField;

use super::*;
use crate::errors::Fault;
use crate::{CallFilter, File, OpenError, StoreError};

async fn filled(dir: &TempDir) {
    let store = open(dir).await.store;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let many: Vec<Contact> = (0..500)
        .map(|n| contact(&n.to_string(), "Marie", &[(PhoneField::Phone, MARIE)]))
        .collect();
    store.upsert_contacts(&many, france(), at(0)).await.unwrap();
    store.close().await;
}

fn overwrite(path: &Path, from: usize, to: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    let to = to.min(bytes.len());
    bytes[from..to].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_new_folder_gets_two_new_files() {
    let parent = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        dir: parent.path().join("data").join("callside"),
        key: Some(key()),
    };
    let opened = Store::open(options.clone()).await.unwrap();
    assert!(opened.journal_set_aside.is_none() && !opened.cache_rebuilt);
    assert!(options.dir.join("journal.db").exists() && options.dir.join("cache.db").exists());
}

#[tokio::test]
async fn opening_again_finds_everything() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    let opened = open(&dir).await;
    assert!(opened.journal_set_aside.is_none() && !opened.cache_rebuilt);
    assert!(
        opened
            .store
            .call(&CallId::new("A"))
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        opened.store.candidates(&keys(MARIE)).await.unwrap().len(),
        500
    );
}

#[tokio::test]
async fn a_damaged_journal_is_kept_and_a_new_one_begun() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    let journal = dir.path().join("journal.db");
    overwrite(&journal, 0, 4096);
    let damaged = std::fs::read(&journal).unwrap();
    let opened = open(&dir).await;
    let aside = opened.journal_set_aside.unwrap();
    assert_eq!(std::fs::read(&aside).unwrap(), damaged);
    let name = aside.file_name().unwrap().to_string_lossy().into_owned();
    assert!(
        name.starts_with("journal.damaged-") && name.ends_with(".db"),
        "{name}"
    );
    assert!(!opened.cache_rebuilt);
    assert!(
        opened
            .store
            .call(&CallId::new("A"))
            .await
            .unwrap()
            .is_none()
    );
    opened.store.save_call(&ended("B", PAUL, 0)).await.unwrap();
    opened.store.close().await;

    overwrite(&journal, 0, 4096);
    let second = open(&dir).await.journal_set_aside.unwrap();
    assert_ne!(second, aside);
    assert_eq!(std::fs::read(&aside).unwrap(), damaged);
}

#[tokio::test]
async fn a_damaged_cache_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    overwrite(&dir.path().join("cache.db"), 0, 4096);
    let opened = open(&dir).await;
    assert!(opened.cache_rebuilt && opened.journal_set_aside.is_none());
    assert!(
        opened
            .store
            .call(&CallId::new("A"))
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        opened.store.sync_facts(&sellsy()).await.unwrap().contacts,
        0
    );
}

#[tokio::test]
async fn a_cut_cache_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    let cache = dir.path().join("cache.db");
    let bytes = std::fs::read(&cache).unwrap();
    std::fs::write(&cache, &bytes[..1000]).unwrap();
    assert!(open(&dir).await.cache_rebuilt);
}

#[tokio::test]
async fn damage_that_shows_in_use_is_told_and_mended_at_the_next_start() {
    for with_key in [Some(key()), None] {
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            dir: dir.path().to_owned(),
            key: with_key,
        };
        let store = Store::open(options.clone()).await.unwrap().store;
        let many: Vec<Contact> = (0..3000)
            .map(|n| contact(&n.to_string(), "Marie", &[(PhoneField::Phone, MARIE)]))
            .collect();
        store.upsert_contacts(&many, france(), at(0)).await.unwrap();
        store.close().await;
        let length = std::fs::metadata(dir.path().join("cache.db"))
            .unwrap()
            .len();
        let length = usize::try_from(length).unwrap();
        // The tables' first pages stay whole, so that opening has nothing to complain of.
        overwrite(&dir.path().join("cache.db"), length / 4, length / 4 * 3);

        let opened = Store::open(options.clone()).await.unwrap();
        assert!(!opened.cache_rebuilt);
        let answer = opened.store.candidates(&keys(MARIE)).await;
        assert!(
            matches!(answer, Err(StoreError::Damaged { file: File::Cache })),
            "{:?}",
            answer.err()
        );
        let integrity = opened.store.check().await.unwrap();
        assert!(integrity.journal_ok && !integrity.cache_ok);
        opened.store.close().await;
        assert!(Store::open(options.clone()).await.unwrap().cache_rebuilt);
        assert!(!Store::open(options).await.unwrap().cache_rebuilt);
    }
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_journal_is_rescued() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await.store;
    let long = draft(&"note ".repeat(500), &["kept"]);
    for n in 0..300 {
        let id = CallId::new(format!("C{n}"));
        store
            .save_call(&ended(id.as_str(), MARIE, n))
            .await
            .unwrap();
        store.save_draft(&id, &long).await.unwrap();
    }
    store.set_fact("hook_key", "k").await.unwrap();
    store
        .file(&CallId::new("C0"), at(400), &[entry("first", "C0", 400)])
        .await
        .unwrap();
    store
        .file(&CallId::new("C299"), at(400), &[entry("last", "C299", 400)])
        .await
        .unwrap();
    store.close().await;
    let journal = dir.path().join("journal.db");
    let length = usize::try_from(std::fs::metadata(&journal).unwrap().len()).unwrap();
    overwrite(&journal, length / 5 * 2, length / 5 * 3);

    let opened = open(&dir).await;
    assert_eq!(opened.journal_set_aside, None);
    let all = CallFilter {
        limit: 1000,
        ..CallFilter::default()
    };
    let told = opened.store.calls(&all).await;
    assert!(
        matches!(
            told,
            Err(StoreError::Damaged {
                file: File::Journal
            })
        ),
        "{told:?}"
    );
    opened.store.close().await;

    let opened = open(&dir).await;
    assert!(opened.journal_set_aside.is_some());
    let store = opened.store;
    let calls = store.calls(&all).await.unwrap();
    assert_eq!(opened.calls_rescued, u64::try_from(calls.len()).unwrap());
    assert!((150..300).contains(&calls.len()), "{}", calls.len());
    assert!(calls.iter().all(|one| one.draft == long));
    assert_eq!(store.pending_entries().await.unwrap().len(), 2);
    assert_eq!(store.fact("hook_key").await.unwrap().as_deref(), Some("k"));
    let earlier = store.earlier_calls(&remote(MARIE), 1000).await.unwrap();
    assert_eq!(earlier.len(), calls.len());
    assert!(store.check().await.unwrap().journal_ok);
    store.close().await;
    assert_eq!(open(&dir).await.journal_set_aside, None);
}

#[tokio::test]
async fn a_false_alarm_leaves_the_journal_in_use() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    std::fs::write(dir.path().join("journal.db.damaged"), b"").unwrap();
    let opened = open(&dir).await;
    assert_eq!((opened.journal_set_aside, opened.calls_rescued), (None, 0));
    assert!(
        opened
            .store
            .call(&CallId::new("A"))
            .await
            .unwrap()
            .is_some()
    );
    assert!(!dir.path().join("journal.db.damaged").exists());
}

#[tokio::test]
async fn trimmed_memory_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    let store = open(&dir).await.store;
    store.trim_memory().await.unwrap();
    assert_eq!(store.candidates(&keys(MARIE)).await.unwrap().len(), 500);
}

#[tokio::test]
async fn another_key_opens_neither_file_and_destroys_no_journal() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    let before = std::fs::read(dir.path().join("journal.db")).unwrap();
    let other = StoreOptions {
        key: Some(StoreKey::generate([8; 32])),
        ..options(&dir)
    };
    let opened = Store::open(other).await.unwrap();
    assert!(opened.cache_rebuilt);
    let aside = opened.journal_set_aside.unwrap();
    assert_eq!(std::fs::read(aside).unwrap(), before);
    assert!(
        opened
            .store
            .call(&CallId::new("A"))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    let store = open(&dir).await.store;
    newer(&store.journal().writer).await;
    store.close().await;
    let before = std::fs::read(dir.path().join("journal.db")).unwrap();
    let refused = Store::open(options(&dir)).await;
    assert!(
        matches!(refused, Err(OpenError::NewerVersion { found: 9999, .. })),
        "{refused:?}"
    );
    assert_eq!(
        std::fs::read(dir.path().join("journal.db")).unwrap(),
        before
    );
}

#[tokio::test]
async fn a_cache_of_a_newer_version_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir).await;
    let store = open(&dir).await.store;
    newer(&store.cache().writer).await;
    store.close().await;
    assert!(open(&dir).await.cache_rebuilt);
}

async fn newer(writer: &sqlx::SqlitePool) {
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', 1, x'00', 0)",
    )
    .execute(writer)
    .await
    .unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_may_not_be_written_is_said_to_be_one() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let mut path = dir.path().join("data");
    if std::fs::create_dir(&path).is_ok() {
        // The superuser writes everywhere but here.
        path = std::path::PathBuf::from("/sys/kernel");
    }
    let refused = Store::open(StoreOptions {
        dir: path,
        key: Some(key()),
    })
    .await;
    assert!(
        matches!(refused, Err(OpenError::Unwritable { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_file_in_place_of_the_folder_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, b"x").unwrap();
    let refused = Store::open(StoreOptions {
        dir: path,
        key: Some(key()),
    })
    .await;
    assert!(matches!(refused, Err(OpenError::Io(_))), "{refused:?}");
}

#[tokio::test]
async fn a_journal_that_may_only_be_read_refuses_to_be_written() {
    let (_dir, store) = fresh().await;
    let reader = &store.journal().readers;
    let refused = sqlx::query("DELETE FROM call")
        .execute(reader)
        .await
        .unwrap_err();
    let told = store.journal().fault(refused);
    assert!(
        matches!(
            told,
            StoreError::ReadOnly {
                file: File::Journal
            }
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (_dir, store) = fresh().await;
    store.clone().close().await;
    let told = store.fact("x").await;
    assert!(matches!(told, Err(StoreError::Closed { .. })), "{told:?}");
}

#[test]
fn the_codes_of_sqlite_are_understood() {
    for (code, fault) in [
        (13, Fault::Full),
        (4874, Fault::Full), // the shared memory file cannot grow
        (8, Fault::ReadOnly),
        (1032, Fault::ReadOnly), // the file was moved away
        (14, Fault::ReadOnly),
        (11, Fault::Damaged),
        (267, Fault::Damaged), // in a virtual table
        (26, Fault::Damaged),
        (5, Fault::Busy),
        (517, Fault::Busy),
        (10, Fault::Disk),
        (778, Fault::Disk), // a write that failed
        (19, Fault::Other),
        (1, Fault::Other),
    ] {
        assert_eq!(Fault::of_code(code), fault, "{code}");
    }
}

#[test]
fn a_key_is_sixty_four_digits_and_never_shown() {
    let text = "00ff".repeat(16);
    let key = StoreKey::from_hex(&text).unwrap();
    assert_eq!(key.to_hex().as_str(), text);
    assert!(StoreKey::from_hex("00ff").is_err());
    assert!(StoreKey::from_hex(&"zz".repeat(32)).is_err());
    assert!(!format!("{key:?}").contains("ff"));
}
