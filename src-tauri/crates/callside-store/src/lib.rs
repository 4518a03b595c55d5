//! Callside's two encrypted SQLite files.
//!
//! `journal.db` holds what the agent did: calls, drafts, the outbox and small facts. Every commit
//! reaches the disk before it is acknowledged, and the file is never deleted. `cache.db` holds what
//! can be fetched again: contacts, the match index, cursors. They are two files so that a page of
//! a sync, which holds its write lock for milliseconds, never stands before a note.
//!
//! Each file has one connection that writes and a few that read; look-ups have one of their own.
//! Writers queue in this process, so SQLite never says "locked", and under WAL no reader waits for a
//! writer. All SQL of the project is in this crate.

mod backups;
mod budget;
mod calls;
mod cloud;
mod contacts;
mod cursors;
mod errors;
mod facts;
mod lookup;
mod open;
mod outbox;
mod privacy;
mod rescue;
mod rows;
mod search;
mod tidy;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::lookup::Lookup;

pub use backups::{Backup, BackupError, restore_backup};
pub use calls::{CallFilter, CallRecord};
pub use cloud::{ImportedCall, RecordingCounts, RecordingFate, WantedRecording};
pub use contacts::CachedContact;
pub use cursors::{PageStored, Shrink, SyncFacts};
pub use errors::{File, OpenError, StoreError};
pub use open::{BadKey, Opened, StoreKey, StoreOptions};
pub use outbox::OutboxCounts;
pub use privacy::{Forgotten, Integrity, KeptRecording, Person, Schemas};
pub use tidy::{SharedNumber, Unnamed, UnreadablePhone};

/// The open store. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Database,
    cache: Database,
    /// Reads the cache for look-ups and nothing else.
    lookup: Lookup,
    /// Whether contacts wait to be put into the search box.
    search_due: AtomicBool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    fn journal(&self) -> &Database {
        &self.inner.journal
    }

    fn cache(&self) -> &Database {
        &self.inner.cache
    }

    /// Gives back the memory that holds pages read before. The next look-up reads them again.
    ///
    /// # Errors
    /// [`StoreError`] of either file.
    pub async fn trim_memory(&self) -> Result<(), StoreError> {
        let (journal, cache) = (self.journal(), self.cache());
        for (db, pool) in [
            (journal, &journal.writer),
            (journal, &journal.readers),
            (cache, &cache.writer),
            (cache, &cache.readers),
        ] {
            // Held together, so that each is another one.
            let mut held = Vec::new();
            while let Some(mut connection) = pool.try_acquire() {
                sqlx::query("PRAGMA shrink_memory")
                    .execute(&mut *connection)
                    .await
                    .map_err(|error| db.fault(error))?;
                held.push(connection);
            }
        }
        let trimmed = self.inner.lookup.trim_memory().await;
        trimmed.map_err(|error| cache.fault(error))
    }

    /// Closes both files. What was acknowledged is on disk already; this only tidies up.
    pub async fn close(self) {
        self.inner.journal.close().await;
        self.inner.lookup.close().await;
        self.inner.cache.close().await;
    }
}

/// One file: the connection that writes, and those that read.
struct Database {
    file: File,
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Database {
    /// Begins a change. It takes the write lock at once, so that no later statement of it can be
    /// refused for the sake of another writer.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| self.fault(error))
    }

    async fn commit(&self, change: Transaction<'static, Sqlite>) -> Result<(), StoreError> {
        change.commit().await.map_err(|error| self.fault(error))
    }

    /// Tells what SQLite's answer means. Damage is noted beside the file, so that it is mended when
    /// the store is opened next.
    fn fault(&self, error: sqlx::Error) -> StoreError {
        let fault = StoreError::from_sqlx(self.file, error);
        if let StoreError::Damaged { file } = fault {
            tracing::error!(%file, "a database file is damaged");
            if let Err(error) = std::fs::write(open::damage_note(&self.path), b"") {
                tracing::error!(%error, "the damage could not be noted");
            }
        }
        fault
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests;
