//! What is kept, for how long, and how it is erased; and whether the files are sound.

use callside_core::contact::ContactRef;
use callside_core::phone_number::NumberKey;
use jiff::Timestamp;

use crate::rows::{json, key_texts, nanos};
use crate::{Database, File, Store, StoreError};

/// What is done to the calls that lead to a person.
macro_rules! about_person {
    ($to_calls:literal, $rest:literal) => {
        concat!(
            "WITH about (call, record) AS ( \
                 SELECT e.call, e.body -> '$.target.contact' FROM outbox_entry e \
                 WHERE json_valid(e.body) \
                 UNION ALL SELECT c.id, c.draft -> '$.attachment.contact' FROM call c \
                 WHERE json_valid(c.draft)), \
             erased (call) AS (SELECT call FROM about \
                 WHERE record IN (SELECT value FROM json_each(?2))), \
             kept (call) AS (SELECT call FROM about \
                 WHERE record IN (SELECT value FROM json_each(?3))) ",
            $to_calls,
            " WHERE call.id IN (SELECT call FROM erased) OR (call.id IN ( \
                 SELECT k.call FROM call_key k \
                 WHERE k.number_key IN (SELECT value FROM json_each(?1))) \
                 AND call.id NOT IN (SELECT call FROM kept))",
            $rest
        )
    };
}

/// Whom to forget.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Their numbers.
    pub numbers: Vec<NumberKey>,
    /// Their records.
    pub records: Vec<ContactRef>,
    /// Other records that share one of the numbers. What is about them stays.
    pub kept: Vec<ContactRef>,
}

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

/// A recording of somebody's call that is on this computer, or was to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecording {
    /// The service's id of the call.
    pub remote_id: String,
    /// The file, once it was downloaded.
    pub file: Option<String>,
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
        // No import reaches back so far.
        sqlx::query("DELETE FROM cloud_erased WHERE started_at < ?1")
            .bind(nanos(before))
            .execute(&db.writer)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(done.rows_affected())
    }

    /// Erases a person: the records named, the calls with one of the numbers whatever their state,
    /// their drafts and outbox entries, and remembered choices. A call on a number that others
    /// share stays when it is about one of the `kept` records and about none that is erased; a
    /// call with another number goes when it is about an erased record. Nothing of it stays in
    /// the files' free pages or logs, in the backups, or in the journals that were set aside.
    ///
    /// # Errors
    /// [`StoreError`]; calling again finishes what was begun.
    pub async fn forget_person(&self, person: &Person) -> Result<Forgotten, StoreError> {
        let mut forgotten = Forgotten::default();
        if person.numbers.is_empty() && person.records.is_empty() {
            return Ok(forgotten);
        }
        let traces = Traces::of(person)?;
        let db = self.journal();
        let mut change = db.begin().await?;
        let had_draft = delete_calls(&traces, &mut change)
            .await
            .map_err(|error| db.fault(error))?;
        db.commit(change).await?;
        let count = |count: usize| u64::try_from(count).unwrap_or(0);
        forgotten.calls = count(had_draft.len());
        forgotten.drafts = count(had_draft.into_iter().filter(|had| *had).count());
        forgotten.contacts = self.forget_contacts(&person.records).await?;
        for db in [self.journal(), self.cache()] {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(&db.writer)
                .await
                .map_err(|error| db.fault(error))?;
        }
        self.forget_in_copies(&traces).await?;
        Ok(forgotten)
    }

    /// The recordings of the calls that forgetting this person erases. Their files are not the
    /// store's to erase.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn recordings_of(&self, person: &Person) -> Result<Vec<KeptRecording>, StoreError> {
        let traces = Traces::of(person)?;
        let db = self.journal();
        let rows: Vec<(String, Option<String>)> = sqlx::query_as(about_person!(
            "SELECT r.remote_id, f.body ->> '$.notes.recording_file' FROM cloud_recording r \
             JOIN cloud_call f ON f.source = r.source AND f.remote_id = r.remote_id \
             JOIN call ON call.id = r.call",
            " ORDER BY r.id"
        ))
        .bind(&traces.numbers)
        .bind(&traces.records)
        .bind(&traces.kept)
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(remote_id, file)| KeptRecording { remote_id, file })
            .collect())
    }

    async fn forget_contacts(&self, records: &[ContactRef]) -> Result<u64, StoreError> {
        let db = self.cache();
        let mut change = db.begin().await?;
        // Else the search box only notes that the words are gone, and drops them some day.
        self.set_search_erases(true, &mut change).await?;
        let records: Vec<&ContactRef> = records.iter().collect();
        let gone = self.delete_contacts(&records, &mut change).await?;
        self.index_due(&mut change).await?;
        self.set_search_erases(false, &mut change).await?;
        db.commit(change).await?;
        Ok(gone)
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

/// What leads to a person in a journal, as JSON lists.
pub(crate) struct Traces {
    numbers: String,
    records: String,
    kept: String,
}

impl Traces {
    fn of(person: &Person) -> Result<Self, StoreError> {
        Ok(Self {
            numbers: key_texts(&person.numbers)?,
            records: json("records", &person.records)?,
            kept: json("records", &person.kept)?,
        })
    }
}

/// Deletes the calls and remembered choices that lead to a person; what hangs on a call goes with
/// it. Tells of each call whether it had a draft.
pub(crate) async fn delete_calls(
    traces: &Traces,
    change: &mut sqlx::SqliteConnection,
) -> Result<Vec<bool>, sqlx::Error> {
    let had_draft = sqlx::query_scalar(about_person!("DELETE FROM call", " RETURNING draft <> ''"))
        .bind(&traces.numbers)
        .bind(&traces.records)
        .bind(&traces.kept)
        .fetch_all(&mut *change)
        .await?;
    sqlx::query(
        "WITH chosen (id, record) AS (SELECT id, \
             json_object('connection', connection, 'kind', kind, 'id', remote_id) \
             FROM remembered_choice) \
         DELETE FROM remembered_choice WHERE id IN (SELECT id FROM chosen \
             WHERE record IN (SELECT value FROM json_each(?2))) OR (number_key IN ( \
             SELECT value FROM json_each(?1)) AND id NOT IN (SELECT id FROM chosen \
             WHERE record IN (SELECT value FROM json_each(?3))))",
    )
    .bind(&traces.numbers)
    .bind(&traces.records)
    .bind(&traces.kept)
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
