//! What telephony services say of calls, what is to be asked of them and written there, in the
//! journal.
//!
//! A page of an import is one transaction with the place where the next one goes on, and a record
//! is imported once, by its id: an import that is cut anywhere can run again.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use callside_core::call::Call;
use callside_core::cloud_call::{CloudSend, FollowUp};
use callside_core::id::{CallId, EntryId};
use callside_core::outbox::{DeliveryState, OutboxEntry};
use callside_core::phone_number::RemoteNumber;
use callside_core::wrap_up::{Draft, WrapUpState};
use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};

use crate::calls::{found, put_call, put_draft, readable};
use crate::outbox::entry_rows;
use crate::rows::{json, key_texts, likely, nanos, nanos_or_zero, parse};
use crate::search::fold;
use crate::{Store, StoreError};

/// A call that an import brings.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedCall {
    /// The call.
    pub call: Call,
    /// What the service's labels made of its draft.
    pub draft: Draft,
    /// What the service said, and the plan.
    pub follow_up: FollowUp,
    /// When something is to be asked next.
    pub next_at: Option<Timestamp>,
    /// The best match's name.
    pub matched_name: Option<String>,
    /// Open ones wait in the tray; discarded ones are only kept.
    pub wrap_up: WrapUpState,
    /// When it was filed. None unless it is.
    pub filed_at: Option<Timestamp>,
    /// What filing makes of it.
    pub entries: Vec<OutboxEntry>,
}

/// A recording to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedRecording {
    /// The call.
    pub call: CallId,
    /// The service's id of it.
    pub remote_id: String,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// Failures in a row.
    pub failures: u32,
}

/// How many recordings stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordingCounts {
    /// To be downloaded.
    pub waiting: u64,
    /// In the folder.
    pub done: u64,
    /// Given up: too large, or gone.
    pub failed: u64,
}

/// What becomes of a recording after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingFate {
    /// It is in its folder.
    Done,
    /// It cannot be had.
    Failed,
    /// It is tried again.
    Later(Timestamp),
}

/// What is to be asked of a service, soonest first.
pub(crate) const DUE: &str = "SELECT f.next_at, f.body FROM cloud_call f \
     WHERE f.source = ?1 AND f.next_at <> 0 AND f.next_at <= ?2 ORDER BY f.next_at LIMIT ?3";
/// What is to be written at a service.
pub(crate) const SENDS: &str =
    "SELECT body FROM cloud_send WHERE source = ?1 AND state <> 'delivered' ORDER BY id";
/// Calls that began in a stretch of time and were not over before an instant.
macro_rules! about {
    ($rest:literal) => {
        concat!(
            "SELECT c.body FROM call c WHERE c.started_at >= ?1 AND c.started_at <= ?2 ",
            "AND (c.ended_at = 0 OR c.ended_at >= ?3) AND ",
            $rest,
            " ORDER BY c.started_at"
        )
    };
}

/// Those with one of some numbers.
pub(crate) const ABOUT: &str = about!(
    "EXISTS (SELECT 1 FROM call_key k WHERE k.call = c.id \
     AND k.number_key IN (SELECT value FROM json_each(?4)))"
);
/// All of them.
pub(crate) const ABOUT_ANYBODY: &str = about!("?4 = ?4");

impl Store {
    /// The service's side of a call. None when no service knows it.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn follow_up(&self, call: &CallId) -> Result<Option<FollowUp>, StoreError> {
        let db = self.journal();
        let body: Option<String> = sqlx::query_scalar(
            "SELECT f.body FROM cloud_call f JOIN call c ON c.id = f.call \
             WHERE c.call_id = ?1 ORDER BY f.id LIMIT 1",
        )
        .bind(call.as_str())
        .fetch_optional(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        body.map(|body| parse("follow-up", &body)).transpose()
    }

    /// The service's side of the call that it knows by this id.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn follow_up_of(
        &self,
        source: &str,
        id: &str,
    ) -> Result<Option<FollowUp>, StoreError> {
        let db = self.journal();
        let body: Option<String> =
            sqlx::query_scalar("SELECT body FROM cloud_call WHERE source = ?1 AND remote_id = ?2")
                .bind(source)
                .bind(id)
                .fetch_optional(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        body.map(|body| parse("follow-up", &body)).transpose()
    }

    /// Keeps the service's side of a call, new or changed, and when something is to be asked next.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn save_follow_up(
        &self,
        follow_up: &FollowUp,
        next_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let db = self.journal();
        let mut change = db.begin().await?;
        let done = self.put_follow_up(follow_up, next_at, &mut change).await?;
        found(done)?;
        db.commit(change).await
    }

    async fn put_follow_up(
        &self,
        follow_up: &FollowUp,
        next_at: Option<Timestamp>,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "INSERT INTO cloud_call (call, source, remote_id, next_at, body) \
             SELECT id, ?2, ?3, ?4, ?5 FROM call WHERE call_id = ?1 \
             ON CONFLICT (source, remote_id) DO UPDATE SET next_at = excluded.next_at, \
             body = excluded.body",
        )
        .bind(follow_up.call.as_str())
        .bind(&follow_up.notes.source)
        .bind(&follow_up.notes.id)
        .bind(nanos_or_zero(next_at))
        .bind(json("follow-up", follow_up)?)
        .execute(&mut **change)
        .await
        .map_err(|error| self.journal().fault(error))?;
        Ok(done.rows_affected())
    }

    /// What is to be asked of a service by now, soonest first.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn due_follow_ups(
        &self,
        source: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<FollowUp>, StoreError> {
        let db = self.journal();
        let rows: Vec<(i64, String)> = sqlx::query_as(DUE)
            .bind(source)
            .bind(nanos(now))
            .bind(i64::from(limit))
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(readable(
            rows.iter().map(|(_, body)| parse("follow-up", body)),
        ))
    }

    /// When something is to be asked of a service next.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn next_follow_up(&self, source: &str) -> Result<Option<Timestamp>, StoreError> {
        let db = self.journal();
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT min(next_at) FROM cloud_call WHERE source = ?1 AND next_at <> 0",
        )
        .bind(source)
        .fetch_one(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(next.map(crate::rows::instant))
    }

    /// A filed call has something new to say: its log is written anew where it is delivered.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn renew_log(&self, call: &CallId) -> Result<(), StoreError> {
        let db = self.journal();
        sqlx::query(
            "UPDATE call SET revision = revision + 1 WHERE call_id = ?1 AND wrap_up = 'filed'",
        )
        .bind(call.as_str())
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(())
    }

    /// Which of these ids of a service are known here, or belong to calls that were erased.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn known_records(
        &self,
        source: &str,
        ids: &[&str],
    ) -> Result<BTreeSet<String>, StoreError> {
        let db = self.journal();
        let known: Vec<String> = sqlx::query_scalar(
            "SELECT remote_id FROM cloud_call WHERE source = ?1 \
             AND remote_id IN (SELECT value FROM json_each(?2)) UNION \
             SELECT remote_id FROM cloud_erased WHERE source = ?1 \
             AND remote_id IN (SELECT value FROM json_each(?2))",
        )
        .bind(source)
        .bind(json("ids", ids)?)
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(known.into_iter().collect())
    }

    /// Calls with this number that began in the stretch of time, both ends included, and were not over
    /// before an instant, oldest first. For a withheld caller all such calls.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn calls_about(
        &self,
        remote: &RemoteNumber,
        began: RangeInclusive<Timestamp>,
        not_over_before: Timestamp,
    ) -> Result<Vec<Call>, StoreError> {
        let db = self.journal();
        let anybody = remote.is_withheld() || remote.keys.is_empty();
        let bodies: Vec<String> = sqlx::query_scalar(if anybody { ABOUT_ANYBODY } else { ABOUT })
            .bind(nanos(*began.start()))
            .bind(nanos(*began.end()))
            .bind(nanos(not_over_before))
            .bind(key_texts(likely(&remote.keys))?)
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(readable(bodies.iter().map(|body| parse("call", body))))
    }

    /// Keeps a page of an import and the place after it, under the name of a small fact. Calls whose
    /// record is known, or was erased, are left out. Returns those that were kept.
    ///
    /// # Errors
    /// [`StoreError`] of the journal; nothing is kept then.
    pub async fn keep_imports(
        &self,
        calls: &[ImportedCall],
        place_name: &str,
        place: &str,
    ) -> Result<Vec<CallId>, StoreError> {
        let db = self.journal();
        let mut change = db.begin().await?;
        let mut kept = Vec::new();
        for import in calls {
            if self.import(import, &mut change).await? {
                kept.push(import.call.id.clone());
            }
        }
        sqlx::query(
            "INSERT INTO fact (name, value) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(place_name)
        .bind(place)
        .execute(&mut *change)
        .await
        .map_err(|error| db.fault(error))?;
        db.commit(change).await?;
        Ok(kept)
    }

    async fn import(
        &self,
        import: &ImportedCall,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<bool, StoreError> {
        let db = self.journal();
        let notes = &import.follow_up.notes;
        let known: i64 = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM cloud_call WHERE source = ?1 AND remote_id = ?2) \
             + (SELECT count(*) FROM cloud_erased WHERE source = ?1 AND remote_id = ?2)",
        )
        .bind(&notes.source)
        .bind(&notes.id)
        .fetch_one(&mut **change)
        .await
        .map_err(|error| db.fault(error))?;
        if known > 0 {
            return Ok(false);
        }
        put_call(db, &import.call, change).await?;
        put_draft(db, &import.call.id, &import.draft, &mut **change).await?;
        let name = import.matched_name.as_deref().unwrap_or_default();
        sqlx::query(
            "UPDATE call SET wrap_up = ?2, set_aside = (?2 = 'open'), matched_name = ?3, \
             name_words = ?4, filed_at = ?5 WHERE call_id = ?1",
        )
        .bind(import.call.id.as_str())
        .bind(import.wrap_up.as_str())
        .bind(name)
        .bind(fold(name))
        .bind(nanos_or_zero(import.filed_at))
        .execute(&mut **change)
        .await
        .map_err(|error| db.fault(error))?;
        self.put_follow_up(&import.follow_up, import.next_at, change)
            .await?;
        if !import.entries.is_empty() {
            self.insert_entries(entry_rows(&import.entries)?, change)
                .await?;
        }
        Ok(true)
    }

    /// Puts something to be written at a service on disk.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn add_send(&self, send: &CloudSend) -> Result<(), StoreError> {
        let db = self.journal();
        let mut change = db.begin().await?;
        let added = self.insert_send(send, &mut change).await?;
        found(added)?;
        db.commit(change).await
    }

    pub(crate) async fn insert_send(
        &self,
        send: &CloudSend,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "INSERT INTO cloud_send (entry_id, call, source, state, attempts, in_flight, body) \
             SELECT ?1, id, ?3, ?4, ?5, ?6, ?7 FROM call WHERE call_id = ?2",
        )
        .bind(send.id.as_str())
        .bind(send.call.as_str())
        .bind(&send.source)
        .bind(send.delivery.state.as_str())
        .bind(send.delivery.attempts)
        .bind(send.delivery.in_flight)
        .bind(json("send", send)?)
        .execute(&mut **change)
        .await
        .map_err(|error| self.journal().fault(error))?;
        Ok(done.rows_affected())
    }

    /// Keeps a changed delivery.
    ///
    /// # Errors
    /// [`StoreError::NoSuchEntry`] when it is gone: then nothing may be sent for it. Or of the
    /// journal.
    pub async fn save_send(&self, send: &CloudSend) -> Result<(), StoreError> {
        let db = self.journal();
        let done = sqlx::query(
            "UPDATE cloud_send SET state = ?2, attempts = ?3, in_flight = ?4, body = ?5 \
             WHERE entry_id = ?1",
        )
        .bind(send.id.as_str())
        .bind(send.delivery.state.as_str())
        .bind(send.delivery.attempts)
        .bind(send.delivery.in_flight)
        .bind(json("send", send)?)
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::NoSuchEntry);
        }
        Ok(())
    }

    /// One thing to be written at a service. None when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn send(&self, id: &EntryId) -> Result<Option<CloudSend>, StoreError> {
        let db = self.journal();
        let body: Option<String> =
            sqlx::query_scalar("SELECT body FROM cloud_send WHERE entry_id = ?1")
                .bind(id.as_str())
                .fetch_optional(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        body.map(|body| parse("send", &body)).transpose()
    }

    /// What a service does not have yet, oldest first, with what is stuck.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn pending_sends(&self, source: &str) -> Result<Vec<CloudSend>, StoreError> {
        let db = self.journal();
        let bodies: Vec<String> = sqlx::query_scalar(SENDS)
            .bind(source)
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(readable(bodies.iter().map(|body| parse("send", body))))
    }

    /// Puts every try at a service that was under way when the app stopped into doubt.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn recover_sends(&self, now: Timestamp) -> Result<(), StoreError> {
        let db = self.journal();
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM cloud_send WHERE in_flight = 1 ORDER BY id")
                .fetch_all(&db.writer)
                .await
                .map_err(|error| db.fault(error))?;
        for mut send in readable(bodies.iter().map(|body| parse::<CloudSend>("send", body))) {
            send.delivery.recover(now);
            self.save_send(&send).await?;
        }
        Ok(())
    }

    /// Wants the recording of a call on this computer. Wanting it twice is no error.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn want_recording(
        &self,
        follow_up: &FollowUp,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let db = self.journal();
        sqlx::query(
            "INSERT OR IGNORE INTO cloud_recording (call, source, remote_id, next_at) \
             SELECT id, ?2, ?3, ?4 FROM call WHERE call_id = ?1",
        )
        .bind(follow_up.call.as_str())
        .bind(&follow_up.notes.source)
        .bind(&follow_up.notes.id)
        .bind(nanos(at))
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(())
    }

    /// The recording to be downloaded next from a service, whether it is time or not.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn next_recording(
        &self,
        source: &str,
    ) -> Result<Option<WantedRecording>, StoreError> {
        let db = self.journal();
        let row: Option<(String, String, i64, u32)> = sqlx::query_as(
            "SELECT c.call_id, r.remote_id, r.next_at, r.failures FROM cloud_recording r \
             JOIN call c ON c.id = r.call WHERE r.source = ?1 AND r.state = 'waiting' \
             ORDER BY r.next_at, r.id LIMIT 1",
        )
        .bind(source)
        .fetch_optional(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(
            row.map(|(call, remote_id, next_at, failures)| WantedRecording {
                call: CallId::new(call),
                remote_id,
                next_at: crate::rows::instant(next_at),
                failures,
            }),
        )
    }

    /// Keeps what became of a recording. One whose call is gone is no error.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn settle_recording(
        &self,
        source: &str,
        remote_id: &str,
        fate: RecordingFate,
    ) -> Result<(), StoreError> {
        let (state, next_at) = match fate {
            RecordingFate::Done => ("done", 0),
            RecordingFate::Failed => ("failed", 0),
            RecordingFate::Later(at) => ("waiting", nanos(at)),
        };
        let db = self.journal();
        sqlx::query(
            "UPDATE cloud_recording SET state = ?3, next_at = ?4, \
             failures = CASE ?3 WHEN 'waiting' THEN failures + 1 ELSE 0 END \
             WHERE source = ?1 AND remote_id = ?2",
        )
        .bind(source)
        .bind(remote_id)
        .bind(state)
        .bind(next_at)
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(())
    }

    /// How many recordings of a service stand where.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn recording_counts(&self, source: &str) -> Result<RecordingCounts, StoreError> {
        let db = self.journal();
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT state, count(*) FROM cloud_recording WHERE source = ?1 GROUP BY state",
        )
        .bind(source)
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        let mut counts = RecordingCounts::default();
        for (state, count) in rows {
            let count = u64::try_from(count).unwrap_or(0);
            match state.as_str() {
                "waiting" => counts.waiting = count,
                "done" => counts.done = count,
                _ => counts.failed = count,
            }
        }
        Ok(counts)
    }

    /// Whether the agent could still be told of this: what is stuck at services, over all calls.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn stuck_sends(&self) -> Result<Vec<CloudSend>, StoreError> {
        let db = self.journal();
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM cloud_send WHERE state = ?1 ORDER BY id")
                .bind(DeliveryState::Stuck.as_str())
                .fetch_all(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        Ok(readable(bodies.iter().map(|body| parse("send", body))))
    }
}
