//! What is kept, for how long, and how it is erased; and whether the files are sound.

use callside_core::phone_number::NumberKey;
use jiff::Timestamp;

use crate::rows::{json, key_texts, nanos};
use crate::{Database, File, Store, StoreError};

/// What forgetting a person erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Contacts erased from the cache. One that is still in the CRM comes back when it changes
    /// there, or with the next full walk.
    pub contacts: u64,
    /// Calls erased, with their outbox entries and whatever was asked about them.
    pub calls: u64,
    /// How many of these calls had a draft.
    pub drafts: u64,
}

/// Whether the files are sound, and how large they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integrity {
    /// Every page of the journal can be read and fits the others.
    pub journal_ok: bool,
    /// The same of the cache.
    pub cache_ok: bool,
    /// Size of the journal in bytes, without what waits in its log.
    pub journal_bytes: u64,
    /// Size of the cache in bytes.
    pub cache_bytes: u64,
}

/// The versions of the tables, and of what keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schemas {
    /// Of the journal.
    pub journal: i64,
    /// Of the cache.
    pub cache: i64,
    /// SQLite's own version.
    pub sqlite: &'static str,
}

impl Store {
    /// Erases calls that began before the instant and are finished: discarded, or filed with
    /// nothing left to deliver. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn purge_calls(&self, before: Timestamp) -> Result<u64, StoreError> {
        let db = self.journal();
        let done = sqlx::query(
            "DELETE FROM call WHERE started_at < ?1 AND ended_at <> 0 AND (wrap_up = 'discarded' \
             OR (wrap_up = 'filed' AND NOT EXISTS (SELECT 1 FROM outbox_entry e \
             WHERE e.call = call.id \
             AND (e.state <> 'delivered' OR e.written_revision < e.wanted_revision))))",
        )
        .bind(nanos(before))
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(done.rows_affected())
    }

    /// Erases a person by their numbers: every contact that surely has one of them (so a number
    /// that several people share should not be among them), the calls with
    /// one of them whatever their state, their drafts and outbox entries, and remembered choices.
    /// Nothing of it stays in the files' free pages or logs.
    ///
    /// # Errors
    /// [`StoreError`]; calling again finishes what was begun.
    pub async fn forget_person(&self, keys: &[NumberKey]) -> Result<Forgotten, StoreError> {
        let mut forgotten = Forgotten::default();
        if keys.is_empty() {
            return Ok(forgotten);
        }
        self.forget_calls(keys, &mut forgotten).await?;
        forgotten.contacts = self.forget_contacts(keys).await?;
        for db in [self.journal(), self.cache()] {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(&db.writer)
                .await
                .map_err(|error| db.fault(error))?;
        }
        self.forget_in_backups(keys).await?;
        Ok(forgotten)
    }

    async fn forget_calls(
        &self,
        keys: &[NumberKey],
        forgotten: &mut Forgotten,
    ) -> Result<(), StoreError> {
        let db = self.journal();
        let mut change = db.begin().await?;
        let had_draft = delete_calls(&key_texts(keys)?, &mut change)
            .await
            .map_err(|error| db.fault(error))?;
        db.commit(change).await?;
        let count = |count: usize| u64::try_from(count).unwrap_or(0);
        forgotten.calls = count(had_draft.len());
        forgotten.drafts = count(had_draft.into_iter().filter(|had| *had).count());
        Ok(())
    }

    async fn forget_contacts(&self, keys: &[NumberKey]) -> Result<u64, StoreError> {
        let numbers: Vec<u64> = keys
            .iter()
            .filter_map(|key| key.number().map(|number| number.digits()))
            .collect();
        let texts: Vec<&str> = keys
            .iter()
            .filter_map(|key| match key {
                NumberKey::Text(text) => Some(text.as_str()),
                NumberKey::E164(_) => None,
            })
            .collect();
        let db = self.cache();
        let mut change = db.begin().await?;
        // Else the search box only notes that the words are gone, and drops them some day.
        self.set_search_erases(true, &mut change).await?;
        let ids: Vec<i64> = sqlx::query_scalar(
            "DELETE FROM contact WHERE id IN (SELECT contact_id FROM contact_phone \
             WHERE likely = 1 AND e164 IN (SELECT value FROM json_each(?1)) \
             UNION SELECT contact_id FROM contact_text_key \
             WHERE likely = 1 AND text_key IN (SELECT value FROM json_each(?2))) RETURNING id",
        )
        .bind(json("number keys", &numbers)?)
        .bind(json("number keys", &texts)?)
        .fetch_all(&mut *change)
        .await
        .map_err(|error| db.fault(error))?;
        self.mark_gone(&ids, &mut change).await?;
        self.index_due(&mut change).await?;
        self.set_search_erases(false, &mut change).await?;
        db.commit(change).await?;
        Ok(u64::try_from(ids.len()).unwrap_or(0))
    }

    async fn set_search_erases(
        &self,
        erases: bool,
        change: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO contact_search (contact_search, rank) VALUES ('secure-delete', ?1)",
        )
        .bind(i64::from(erases))
        .execute(&mut **change)
        .await
        .map_err(|error| self.cache().fault(error))?;
        Ok(())
    }

    /// The versions of the tables.
    ///
    /// # Errors
    /// [`StoreError`] of either file.
    pub async fn schemas(&self) -> Result<Schemas, StoreError> {
        Ok(Schemas {
            journal: schema(self.journal()).await?,
            cache: schema(self.cache()).await?,
            sqlite: libsqlite3_sys::SQLITE_VERSION.to_str().unwrap_or_default(),
        })
    }

    /// Reads both files from end to end, the journal with its indexes. Seconds for a large cache.
    ///
    /// # Errors
    /// [`StoreError`] when a file could not be read at all for another reason than damage.
    pub async fn check(&self) -> Result<Integrity, StoreError> {
        Ok(Integrity {
            journal_ok: is_sound(self.journal()).await?,
            cache_ok: is_sound(self.cache()).await?,
            journal_bytes: size(self.journal()).await,
            cache_bytes: size(self.cache()).await,
        })
    }
}

/// Deletes calls and remembered choices with one of the numbers, given as a JSON list; what hangs
/// on a call goes with it. Tells of each call whether it had a draft.
pub(crate) async fn delete_calls(
    numbers: &str,
    change: &mut sqlx::SqliteConnection,
) -> Result<Vec<bool>, sqlx::Error> {
    let had_draft = sqlx::query_scalar(
        "DELETE FROM call WHERE id IN (SELECT k.call FROM call_key k \
         WHERE k.number_key IN (SELECT value FROM json_each(?1))) RETURNING draft <> ''",
    )
    .bind(numbers)
    .fetch_all(&mut *change)
    .await?;
    sqlx::query(
        "DELETE FROM remembered_choice \
         WHERE number_key IN (SELECT value FROM json_each(?1))",
    )
    .bind(numbers)
    .execute(change)
    .await?;
    Ok(had_draft)
}

async fn is_sound(db: &Database) -> Result<bool, StoreError> {
    let check = match db.file {
        File::Journal => "PRAGMA integrity_check(1)",
        // It can be fetched again, and its indexes are many times as large.
        File::Cache => "PRAGMA quick_check(1)",
    };
    let said: Result<String, _> = sqlx::query_scalar(check).fetch_one(&db.readers).await;
    match said.map_err(|error| db.fault(error)) {
        Ok(said) => Ok(said == "ok"),
        Err(StoreError::Damaged { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn schema(db: &Database) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(&db.readers)
        .await
        .map_err(|error| db.fault(error))
}

async fn size(db: &Database) -> u64 {
    let found = tokio::fs::metadata(&db.path).await;
    found.map(|found| found.len()).unwrap_or(0)
}
