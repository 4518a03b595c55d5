//! Calls and their drafts, in the journal.
//!
//! A draft is on disk when [`Store::save_draft`] returns: whatever happens to the process or the
//! machine afterwards, the note is there.

use callside_core::call::Call;
use callside_core::cloud_call::{CloudNotes, CloudSend, FollowUp};
use callside_core::contact::ContactRef;
use callside_core::id::CallId;
use callside_core::insight::{EarlierCall, LiveFacts};
use callside_core::outbox::OutboxEntry;
use callside_core::phone_number::{NumberKey, RemoteNumber};
use callside_core::wrap_up::{Disposition, Draft, Tag, WrapUpState};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Executor, Row, Sqlite, Transaction};

use crate::rows::{json, key_texts, known_instant, likely, nanos, nanos_or_zero, parse};
use crate::search::{as_digits, fold, number_digits};
use crate::{Database, Store, StoreError};

/// A call with everything the journal knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// The call.
    pub call: Call,
    /// What the agent wrote and picked.
    pub draft: Draft,
    /// Grows by one with each change of the draft; 0 for one never touched.
    pub revision: u32,
    /// What became of the wrap-up.
    pub wrap_up: WrapUpState,
    /// When it was filed. None unless the wrap-up is filed.
    pub filed_at: Option<Timestamp>,
    /// The outbox entries of the call, in the order they were written.
    pub deliveries: Vec<OutboxEntry>,
    /// Waits in the tray by the agent's wish.
    pub set_aside: bool,
    /// What the CRM answered last about a contact of this call.
    pub facts: Option<LiveFacts>,
    /// The name of the best match when it was last looked up.
    pub matched_name: Option<String>,
    /// What a telephony service in the cloud said of the call.
    pub cloud: Option<CloudNotes>,
    /// What is to be written there, or was, in the order it came up.
    pub cloud_sends: Vec<CloudSend>,
}

/// Which calls to list. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallFilter {
    /// Began then or later.
    pub since: Option<Timestamp>,
    /// Began before.
    pub until: Option<Timestamp>,
    /// In this state of the wrap-up.
    pub wrap_up: Option<WrapUpState>,
    /// Every word occurs in note, tags, outcome, name, line or number, whatever its case and
    /// accents.
    pub search: Option<String>,
    /// How many at most.
    pub limit: u32,
}

macro_rules! records {
    ($rest:literal) => {
        concat!(
            "SELECT c.body, c.draft, c.revision, c.wrap_up, c.filed_at, c.set_aside, c.matched_name, ",
            "(SELECT group_concat(e.body, ',' ORDER BY e.id) FROM outbox_entry e ",
            "WHERE e.call = c.id) AS deliveries, ",
            "(SELECT f.body FROM live_fact f WHERE f.call = c.id ORDER BY f.id DESC LIMIT 1) AS facts, ",
            "(SELECT f.body FROM cloud_call f WHERE f.call = c.id ORDER BY f.id LIMIT 1) AS cloud, ",
            "(SELECT group_concat(s.body, ',' ORDER BY s.id) FROM cloud_send s ",
            "WHERE s.call = c.id) AS sends ",
            "FROM call c ",
            $rest
        )
    };
}

/// One call.
pub(crate) const ONE_CALL: &str = records!("WHERE c.call_id = ?1");
/// Calls that wait to be filed and were not put aside.
pub(crate) const WRAP_UPS_AT_HAND: &str = records!(
    "WHERE c.wrap_up = 'open' AND c.ended_at <> 0 AND c.set_aside = 0 ORDER BY c.started_at, c.id"
);
/// Calls that wait to be filed.
pub(crate) const OPEN_WRAP_UPS: &str =
    records!("WHERE c.wrap_up = 'open' AND c.ended_at <> 0 ORDER BY c.started_at, c.id");
/// Calls that an event may speak of.
pub(crate) const RECENT_CALLS: &str =
    "SELECT body FROM call WHERE ended_at = 0 OR ended_at >= ?1 ORDER BY started_at DESC, id DESC";
/// Calls with one of some numbers.
pub(crate) const EARLIER_CALLS: &str = "SELECT c.body, c.draft FROM call c WHERE c.id IN (SELECT k.call FROM call_key k \
             WHERE k.number_key IN (SELECT value FROM json_each(?1))) \
             ORDER BY c.started_at DESC, c.id DESC LIMIT ?2";

impl Store {
    /// Keeps the call, new or changed. Its draft and wrap-up stay as they are.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn save_call(&self, call: &Call) -> Result<(), StoreError> {
        let db = self.journal();
        let mut change = db.begin().await?;
        put_call(db, call, &mut change).await?;
        db.commit(change).await
    }

    /// One call. None when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, StoreError> {
        let db = self.journal();
        let row = sqlx::query(ONE_CALL)
            .bind(id.as_str())
            .fetch_optional(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        row.as_ref().map(|row| self.record(row)).transpose()
    }

    /// The calls that pass the filter, newest first.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn calls(&self, filter: &CallFilter) -> Result<Vec<CallRecord>, StoreError> {
        let db = self.journal();
        let words = filter.search.as_deref().map(searched).unwrap_or_default();
        let rows = sqlx::query(records!(
            "WHERE c.started_at >= ?1 AND c.started_at < ?2 AND (?3 = '' OR c.wrap_up = ?3) \
             AND NOT EXISTS (SELECT 1 FROM json_each(?4) w WHERE \
             instr(c.words || ' ' || c.draft_words || ' ' || c.name_words, w.value) = 0) \
             ORDER BY c.started_at DESC, c.id DESC LIMIT ?5"
        ))
        .bind(filter.since.map_or(i64::MIN, nanos))
        .bind(filter.until.map_or(i64::MAX, nanos))
        .bind(filter.wrap_up.map_or("", WrapUpState::as_str))
        .bind(json("search", &words)?)
        .bind(i64::from(filter.limit))
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        self.records(&rows)
    }

    /// The calls that go on, and those that ended then or later: what an event may speak of.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn recent_calls(&self, since: Timestamp) -> Result<Vec<Call>, StoreError> {
        let db = self.journal();
        let bodies: Vec<String> = sqlx::query_scalar(RECENT_CALLS)
            .bind(nanos(since))
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(readable(bodies.iter().map(|body| parse("call", body))))
    }

    /// Calls that are over and wait to be filed, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn open_wrap_ups(&self) -> Result<Vec<CallRecord>, StoreError> {
        let db = self.journal();
        let rows = sqlx::query(OPEN_WRAP_UPS)
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        self.records(&rows)
    }

    /// Calls that are over, wait to be filed and were not put aside, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn wrap_ups_at_hand(&self) -> Result<Vec<CallRecord>, StoreError> {
        let db = self.journal();
        let rows = sqlx::query(WRAP_UPS_AT_HAND)
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        self.records(&rows)
    }

    /// Calls with this number, newest first, the present one among them. None for a withheld
    /// caller: two callers without a number are not the same person.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn earlier_calls(
        &self,
        remote: &RemoteNumber,
        limit: u32,
    ) -> Result<Vec<EarlierCall>, StoreError> {
        if remote.is_withheld() || remote.keys.is_empty() {
            return Ok(Vec::new());
        }
        let db = self.journal();
        let rows = sqlx::query(EARLIER_CALLS)
            .bind(key_texts(likely(&remote.keys))?)
            .bind(i64::from(limit))
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(readable(rows.iter().map(|row| self.earlier(row))))
    }

    fn earlier(&self, row: &SqliteRow) -> Result<EarlierCall, StoreError> {
        let body: &str = self.column(row, 0)?;
        let call: Call = parse("call", body)?;
        let draft = draft_of(self.column(row, 1)?)?;
        Ok(EarlierCall {
            talk_s: call.talk_s(),
            id: call.id,
            direction: call.direction,
            state: call.state,
            end_reason: call.end_reason,
            started_at: call.started_at,
            note: draft.note,
            tags: draft
                .tags
                .iter()
                .map(|tag| tag.as_str().to_owned())
                .collect(),
        })
    }

    /// Keeps the draft and returns its revision, which grows when the draft is another than before.
    /// On disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn save_draft(&self, id: &CallId, draft: &Draft) -> Result<u32, StoreError> {
        let db = self.journal();
        put_draft(db, id, draft, &db.writer).await
    }

    /// Puts the wrap-up into the tray, or takes it out.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn set_aside(&self, id: &CallId, aside: bool) -> Result<(), StoreError> {
        let db = self.journal();
        let done = sqlx::query("UPDATE call SET set_aside = ?2 WHERE call_id = ?1")
            .bind(id.as_str())
            .bind(aside)
            .execute(&db.writer)
            .await
            .map_err(|error| db.fault(error))?;
        found(done.rows_affected())
    }

    /// Keeps what the CRM answered about a contact of the call.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn save_facts(
        &self,
        id: &CallId,
        contact: &ContactRef,
        facts: &LiveFacts,
    ) -> Result<(), StoreError> {
        let db = self.journal();
        // Replaced rather than changed: the row learned last has to have the highest id.
        let done = sqlx::query(
            "INSERT OR REPLACE INTO live_fact (call, connection, kind, remote_id, body) \
             SELECT id, ?2, ?3, ?4, ?5 FROM call WHERE call_id = ?1",
        )
        .bind(id.as_str())
        .bind(contact.connection.as_str())
        .bind(contact.kind.as_str())
        .bind(contact.id.as_str())
        .bind(json("live facts", facts)?)
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        found(done.rows_affected())
    }

    /// What the CRM answered about this contact during this call.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn facts(
        &self,
        id: &CallId,
        contact: &ContactRef,
    ) -> Result<Option<LiveFacts>, StoreError> {
        let db = self.journal();
        let body: Option<String> = sqlx::query_scalar(
            "SELECT f.body FROM live_fact f JOIN call c ON c.id = f.call WHERE c.call_id = ?1 \
             AND f.connection = ?2 AND f.kind = ?3 AND f.remote_id = ?4",
        )
        .bind(id.as_str())
        .bind(contact.connection.as_str())
        .bind(contact.kind.as_str())
        .bind(contact.id.as_str())
        .fetch_optional(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        body.map(|body| parse("live facts", &body)).transpose()
    }

    /// Keeps the name of the best match, for the list and its search. None and an empty name are
    /// the same.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn save_matched_name(
        &self,
        id: &CallId,
        name: Option<&str>,
    ) -> Result<(), StoreError> {
        let name = name.unwrap_or_default();
        let db = self.journal();
        let done =
            sqlx::query("UPDATE call SET matched_name = ?2, name_words = ?3 WHERE call_id = ?1")
                .bind(id.as_str())
                .bind(name)
                .bind(fold(name))
                .execute(&db.writer)
                .await
                .map_err(|error| db.fault(error))?;
        found(done.rows_affected())
    }

    fn records(&self, rows: &[SqliteRow]) -> Result<Vec<CallRecord>, StoreError> {
        Ok(readable(rows.iter().map(|row| self.record(row))))
    }

    fn record(&self, row: &SqliteRow) -> Result<CallRecord, StoreError> {
        let body: &str = self.column(row, 0)?;
        let wrap_up: &str = self.column(row, 3)?;
        let name: &str = self.column(row, 6)?;
        let deliveries: Option<&str> = self.column(row, 7)?;
        let facts: Option<&str> = self.column(row, 8)?;
        let cloud: Option<&str> = self.column(row, 9)?;
        let sends: Option<&str> = self.column(row, 10)?;
        Ok(CallRecord {
            call: parse("call", body)?,
            draft: draft_of(self.column(row, 1)?)?,
            revision: self.column(row, 2)?,
            wrap_up: WrapUpState::from_word(wrap_up)
                .ok_or(StoreError::Unreadable { what: "wrap-up" })?,
            filed_at: known_instant(self.column(row, 4)?),
            deliveries: match deliveries {
                Some(bodies) => parse("outbox entry", &format!("[{bodies}]"))?,
                None => Vec::new(),
            },
            set_aside: self.column(row, 5)?,
            facts: facts.map(|body| parse("live facts", body)).transpose()?,
            matched_name: (!name.is_empty()).then(|| name.to_owned()),
            cloud: cloud
                .map(|body| parse::<FollowUp>("follow-up", body))
                .transpose()?
                .map(|follow_up| follow_up.notes),
            cloud_sends: match sends {
                Some(bodies) => parse("send", &format!("[{bodies}]"))?,
                None => Vec::new(),
            },
        })
    }

    pub(crate) fn column<'r, T>(&self, row: &'r SqliteRow, index: usize) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        row.try_get(index)
            .map_err(|_| StoreError::Unreadable { what: "a column" })
    }
}

/// Writes the row of a call and the index of its numbers.
pub(crate) async fn put_call(
    db: &Database,
    call: &Call,
    change: &mut Transaction<'static, Sqlite>,
) -> Result<(), StoreError> {
    let body = json("call", call)?;
    let keys = key_texts(likely(&call.remote.keys))?;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO call (call_id, state, started_at, ended_at, body, words) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (call_id) DO UPDATE SET state = excluded.state, \
         started_at = excluded.started_at, ended_at = excluded.ended_at, \
         body = excluded.body, words = excluded.words RETURNING id",
    )
    .bind(call.id.as_str())
    .bind(call.state.as_str())
    .bind(nanos(call.started_at))
    .bind(nanos_or_zero(call.ended_at))
    .bind(body)
    .bind(words_of(call))
    .fetch_one(&mut **change)
    .await
    .map_err(|error| db.fault(error))?;
    for statement in [
        "DELETE FROM call_key WHERE call = ?1 \
         AND number_key NOT IN (SELECT value FROM json_each(?2))",
        "INSERT OR IGNORE INTO call_key (number_key, call) SELECT value, ?1 FROM json_each(?2)",
    ] {
        sqlx::query(statement)
            .bind(id)
            .bind(&keys)
            .execute(&mut **change)
            .await
            .map_err(|error| db.fault(error))?;
    }
    Ok(())
}

/// Writes a draft and returns its revision.
pub(crate) async fn put_draft(
    db: &Database,
    id: &CallId,
    draft: &Draft,
    writer: impl Executor<'_, Database = Sqlite>,
) -> Result<u32, StoreError> {
    let body = if draft.is_empty() {
        String::new()
    } else {
        json("draft", draft)?
    };
    // Read to its end: SQLite commits only after the last row, and whoever stops at the first
    // never hears that the disk was full.
    let revisions: Vec<u32> = sqlx::query_scalar(
        "UPDATE call SET revision = revision + (draft <> ?2), draft = ?2, draft_words = ?3 \
         WHERE call_id = ?1 RETURNING revision",
    )
    .bind(id.as_str())
    .bind(body)
    .bind(words_of_draft(draft))
    .fetch_all(writer)
    .await
    .map_err(|error| db.fault(error))?;
    revisions.first().copied().ok_or(StoreError::NoSuchCall)
}

/// Keeps what can be read. A row that a newer version wrote must not hide all the others.
pub(crate) fn readable<T>(rows: impl Iterator<Item = Result<T, StoreError>>) -> Vec<T> {
    rows.filter_map(|row| {
        row.inspect_err(|error| tracing::error!(%error, "a row was left out"))
            .ok()
    })
    .collect()
}

pub(crate) fn found(rows: u64) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(StoreError::NoSuchCall);
    }
    Ok(())
}

fn draft_of(body: &str) -> Result<Draft, StoreError> {
    if body.is_empty() {
        return Ok(Draft::default());
    }
    parse("draft", body)
}

fn words_of(call: &Call) -> String {
    let mut words = vec![fold(&call.remote.input)];
    for key in likely(&call.remote.keys) {
        match key {
            NumberKey::E164(number) => words.extend(number_digits(*number)),
            NumberKey::Text(text) => words.push(fold(text)),
        }
    }
    words.extend(call.caller_name.as_deref().map(fold));
    words.extend(call.line.as_deref().map(fold));
    words.join(" ")
}

fn words_of_draft(draft: &Draft) -> String {
    let tags = draft.tags.iter().map(Tag::as_str);
    let outcome = draft.disposition.as_ref().map(Disposition::as_str);
    let mut text = draft.note.clone();
    for word in tags.chain(outcome) {
        text.push(' ');
        text.push_str(word);
    }
    fold(&text)
}

fn searched(text: &str) -> Vec<String> {
    if let Some(digits) = as_digits(text) {
        return vec![digits];
    }
    fold(text).split_whitespace().map(str::to_owned).collect()
}
