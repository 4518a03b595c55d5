//! Each version of the tables, with rows that this version wrote, is opened by today's code.
//!
//! `rows/journal-N.sql` and `rows/cache-N.sql` hold rows as version N wrote them. They are never
//! edited once merged: they are what lies on people's disks.

use std::borrow::Cow;
use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::*;
use crate::CallFilter;
use crate::open::{CACHE, JOURNAL};

const JOURNAL_ROWS: [&str; 3] = [
    include_str!("rows/journal-1.sql"),
    include_str!("rows/journal-2.sql"),
    include_str!("rows/journal-3.sql"),
];
const CACHE_ROWS: [&str; 1] = [include_str!("rows/cache-1.sql")];

async fn old_file(path: &Path, migrator: &Migrator, version: usize, rows: &'static str) {
    let migrations = migrator.migrations.iter().take(version).cloned().collect();
    let old = Migrator {
        migrations: Cow::Owned(migrations),
        ..Migrator::DEFAULT
    };
    let mut file: SqliteConnection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .pragma("key", format!("\"x'{}'\"", key().to_hex().as_str()))
        .connect()
        .await
        .unwrap();
    old.run(&mut file).await.unwrap();
    sqlx::raw_sql(rows).execute(&mut file).await.unwrap();
    file.close().await.unwrap();
}

#[test]
fn every_version_has_its_rows() {
    assert_eq!(JOURNAL.migrations.len(), JOURNAL_ROWS.len());
    assert_eq!(CACHE.migrations.len(), CACHE_ROWS.len());
}

#[tokio::test]
async fn a_journal_of_each_older_version_is_read() {
    for (index, rows) in JOURNAL_ROWS.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        old_file(&dir.path().join("journal.db"), &JOURNAL, index + 1, rows).await;
        let opened = open(&dir).await;
        assert_eq!(opened.journal_set_aside, None);
        let store = opened.store;
        let all = CallFilter {
            limit: 9,
            ..CallFilter::default()
        };
        let calls = store.calls(&all).await.unwrap();
        let [record] = calls.as_slice() else {
            panic!("one call, not {}", calls.len());
        };
        assert_eq!(record.draft.note, "send the offer");
        assert_eq!(record.deliveries.len(), 1);
        assert!(record.facts.is_some());
        assert_eq!(store.pending_entries().await.unwrap().len(), 1);
        assert_eq!(
            store.earlier_calls(&remote(MARIE), 9).await.unwrap().len(),
            1
        );
        assert_eq!(store.fact("hook_key").await.unwrap().as_deref(), Some("k"));
        assert_eq!(
            store.remembered(&keys(MARIE)).await.unwrap(),
            [contact_ref("1")]
        );
        let hours = store.budget_hours(&sellsy(), at(-1)).await.unwrap();
        assert_eq!(hours.len(), index.min(1));
        assert_eq!(record.cloud.is_some(), index >= 2);
        assert_eq!(
            store.pending_sends("aircall").await.unwrap().len(),
            index / 2
        );
    }
}

#[tokio::test]
async fn a_cache_of_each_older_version_is_read() {
    for (index, rows) in CACHE_ROWS.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        old_file(&dir.path().join("cache.db"), &CACHE, index + 1, rows).await;
        let opened = open(&dir).await;
        assert!(!opened.cache_rebuilt);
        let store = opened.store;
        assert_eq!(store.candidates(&keys(MARIE)).await.unwrap().len(), 1);
        assert_eq!(store.search_contacts("curieux", 9).await.unwrap().len(), 1);
        assert!(store.sync_facts(&sellsy()).await.unwrap().first_copy_done);
    }
}
