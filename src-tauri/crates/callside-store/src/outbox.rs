//! Filing, its undo, and the entries of the outbox, in the journal.
//!
//! Filing is one transaction: either the call is filed and every entry is there, or nothing
//! happened. An entry whose row is gone cannot be saved, so that a delivery which begins while its
//! filing is undone stops before anything is sent.

use std::collections::BTreeMap;

use callside_core::cloud_call::CloudSend;
use callside_core::id::{CallId, EntryId};
use callside_core::outbox::{DeliveryState, OutboxEntry};
use callside_core::wrap_up::WrapUpState;
use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};

use crate::calls::{found, readable};
use crate::rows::{json, nanos, parse};
use crate::{Store, StoreError};

/// How many entries stand in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// To be sent.
    pub waiting: u64,
    /// To be looked up.
    pub checking: u64,
    /// Waiting for the agent.
    pub stuck: u64,
    /// In the CRM.
    pub delivered: u64,
}

/// What the CRM does not have yet, or has in an older form.
pub(crate) const PENDING: &str = "SELECT body, wanted_revision FROM outbox_entry \
             WHERE state <> 'delivered' OR written_revision < wanted_revision \
             ORDER BY filed_at, id";

impl Store {
    /// Files the call: its state and all its entries, or nothing.
    ///
    /// # Errors
    /// [`StoreError::AlreadyFiled`] when the wrap-up is not open, [`StoreError::NoSuchCall`], or of
    /// the journal.
    pub async fn file(
        &self,
        id: &CallId,
        filed_at: Timestamp,
        entries: &[OutboxEntry],
    ) -> Result<(), StoreError> {
        self.file_with(id, filed_at, entries, &[]).await
    }

    /// [`Store::file`], with what is to be written at a telephony service.
    ///
    /// # Errors
    /// As of [`Store::file`].
    pub async fn file_with(
        &self,
        id: &CallId,
        filed_at: Timestamp,
        entries: &[OutboxEntry],
        sends: &[CloudSend],
    ) -> Result<(), StoreError> {
        let db = self.journal();
        let rows = entry_rows(entries)?;
        let mut change = db.begin().await?;
        let done = sqlx::query(
            "UPDATE call SET wrap_up = 'filed', filed_at = ?2, set_aside = 0 \
             WHERE call_id = ?1 AND wrap_up = 'open'",
        )
        .bind(id.as_str())
        .bind(nanos(filed_at))
        .execute(&mut *change)
        .await
        .map_err(|error| db.fault(error))?;
        if done.rows_affected() == 0 {
            let state = self.wrap_up_state(id, &mut change).await?;
            return Err(state.map_or(StoreError::NoSuchCall, |_| StoreError::AlreadyFiled));
        }
        if !entries.is_empty() {
            self.insert_entries(rows, &mut change).await?;
        }
        for send in sends {
            self.insert_send(send, &mut change).await?;
        }
        db.commit(change).await
    }

    /// The agent does not want the call logged. Discarding twice is no error.
    ///
    /// # Errors
    /// [`StoreError::AlreadyFiled`], [`StoreError::NoSuchCall`], or of the journal.
    pub async fn discard(&self, id: &CallId) -> Result<(), StoreError> {
        let db = self.journal();
        let done = sqlx::query(
            "UPDATE call SET wrap_up = 'discarded', set_aside = 0 \
             WHERE call_id = ?1 AND wrap_up <> 'filed'",
        )
        .bind(id.as_str())
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        if done.rows_affected() > 0 {
            return Ok(());
        }
        let there = self.call(id).await?;
        Err(there.map_or(StoreError::NoSuchCall, |_| StoreError::AlreadyFiled))
    }

    /// Takes filing or discarding back. True when the wrap-up is open again; false when it is too
    /// late, because something was sent or is being sent.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn reopen(&self, id: &CallId) -> Result<bool, StoreError> {
        let db = self.journal();
        let mut change = db.begin().await?;
        let state = self.wrap_up_state(id, &mut change).await?;
        if state.ok_or(StoreError::NoSuchCall)? == WrapUpState::Filed {
            let sent: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM (SELECT call, attempts, in_flight FROM outbox_entry \
                 UNION ALL SELECT call, attempts, in_flight FROM cloud_send) e \
                 JOIN call c ON c.id = e.call \
                 WHERE c.call_id = ?1 AND (e.attempts > 0 OR e.in_flight = 1)",
            )
            .bind(id.as_str())
            .fetch_one(&mut *change)
            .await
            .map_err(|error| db.fault(error))?;
            if sent > 0 {
                return Ok(false);
            }
        }
        for statement in [
            "DELETE FROM outbox_entry WHERE call = (SELECT id FROM call WHERE call_id = ?1)",
            "DELETE FROM cloud_send WHERE call = (SELECT id FROM call WHERE call_id = ?1)",
            "UPDATE call SET wrap_up = 'open', filed_at = 0 WHERE call_id = ?1",
        ] {
            sqlx::query(statement)
                .bind(id.as_str())
                .execute(&mut *change)
                .await
                .map_err(|error| db.fault(error))?;
        }
        db.commit(change).await?;
        Ok(true)
    }

    async fn wrap_up_state(
        &self,
        id: &CallId,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<Option<WrapUpState>, StoreError> {
        let word: Option<String> =
            sqlx::query_scalar("SELECT wrap_up FROM call WHERE call_id = ?1")
                .bind(id.as_str())
                .fetch_optional(&mut **change)
                .await
                .map_err(|error| self.journal().fault(error))?;
        word.map(|word| {
            WrapUpState::from_word(&word).ok_or(StoreError::Unreadable { what: "wrap-up" })
        })
        .transpose()
    }

    /// One entry. None when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn entry(&self, id: &EntryId) -> Result<Option<OutboxEntry>, StoreError> {
        let db = self.journal();
        let body: Option<String> =
            sqlx::query_scalar("SELECT body FROM outbox_entry WHERE entry_id = ?1")
                .bind(id.as_str())
                .fetch_optional(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        body.map(|body| parse("outbox entry", &body)).transpose()
    }

    /// The entries of a call, in the order they were written.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn entries_of(&self, call: &CallId) -> Result<Vec<OutboxEntry>, StoreError> {
        let db = self.journal();
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT e.body FROM outbox_entry e JOIN call c ON c.id = e.call \
             WHERE c.call_id = ?1 ORDER BY e.id",
        )
        .bind(call.as_str())
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        bodies
            .iter()
            .map(|body| parse("outbox entry", body))
            .collect()
    }

    /// Keeps a changed entry.
    ///
    /// # Errors
    /// [`StoreError::NoSuchEntry`] when it is gone: then nothing may be sent for it. Or of the
    /// journal.
    pub async fn save_entry(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let db = self.journal();
        let done = sqlx::query(
            "UPDATE outbox_entry SET state = ?2, attempts = ?3, in_flight = ?4, \
             written_revision = ?5, body = ?6 WHERE entry_id = ?1",
        )
        .bind(entry.id.as_str())
        .bind(entry.delivery.state.as_str())
        .bind(entry.delivery.attempts)
        .bind(entry.delivery.in_flight)
        .bind(entry.delivery.written_revision)
        .bind(json("outbox entry", entry)?)
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::NoSuchEntry);
        }
        Ok(())
    }

    /// Adds an entry to a call, whatever its wrap-up.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCall`], or of the journal.
    pub async fn add_entry(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let db = self.journal();
        let rows = entry_rows(std::slice::from_ref(entry))?;
        let mut change = db.begin().await?;
        let added = self.insert_entries(rows, &mut change).await?;
        found(added)?;
        db.commit(change).await
    }

    /// Removes an entry. Removing what does not exist is no error.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn remove_entry(&self, id: &EntryId) -> Result<(), StoreError> {
        let db = self.journal();
        sqlx::query("DELETE FROM outbox_entry WHERE entry_id = ?1")
            .bind(id.as_str())
            .execute(&db.writer)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(())
    }

    pub(crate) async fn insert_entries(
        &self,
        rows: String,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "INSERT INTO outbox_entry (entry_id, call, state, filed_at, attempts, in_flight, \
             written_revision, wanted_revision, body) \
             SELECT j.value ->> 0, c.id, j.value ->> 2, j.value ->> 3, j.value ->> 4, \
             j.value ->> 5, j.value ->> 6, c.revision, j.value ->> 7 \
             FROM json_each(?1) j JOIN call c ON c.call_id = j.value ->> 1 ORDER BY j.key",
        )
        .bind(rows)
        .execute(&mut **change)
        .await
        .map_err(|error| self.journal().fault(error))?;
        Ok(done.rows_affected())
    }

    /// Everything the CRM does not have yet, or has in an older form, each with the present
    /// revision of its draft; oldest filing first.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn pending_entries(&self) -> Result<Vec<(OutboxEntry, u32)>, StoreError> {
        let db = self.journal();
        let rows: Vec<(String, u32)> = sqlx::query_as(PENDING)
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(readable(rows.iter().map(|(body, revision)| {
            Ok((parse("outbox entry", body)?, *revision))
        })))
    }

    /// Puts every try that was under way when the app stopped into doubt. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn recover_in_flight(&self, now: Timestamp) -> Result<u32, StoreError> {
        let db = self.journal();
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM outbox_entry WHERE in_flight = 1 ORDER BY id")
                .fetch_all(&db.writer)
                .await
                .map_err(|error| db.fault(error))?;
        let mut recovered = 0;
        for mut entry in readable(
            bodies
                .iter()
                .map(|body| parse::<OutboxEntry>("outbox entry", body)),
        ) {
            entry.delivery.recover(now);
            self.save_entry(&entry).await?;
            recovered += 1;
        }
        Ok(recovered)
    }

    /// How many entries stand in which state.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        let db = self.journal();
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT state, count(*) FROM outbox_entry GROUP BY state")
                .fetch_all(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        let counts: BTreeMap<String, i64> = rows.into_iter().collect();
        let count = |state: DeliveryState| {
            let count = counts.get(state.as_str()).copied().unwrap_or(0);
            u64::try_from(count).unwrap_or(0)
        };
        Ok(OutboxCounts {
            waiting: count(DeliveryState::Waiting),
            checking: count(DeliveryState::Checking),
            stuck: count(DeliveryState::Stuck),
            delivered: count(DeliveryState::Delivered),
        })
    }
}

/// The rows of entries as JSON, to be taken apart by `json_each`.
pub(crate) fn entry_rows(entries: &[OutboxEntry]) -> Result<String, StoreError> {
    let rows = entries
        .iter()
        .map(|entry| {
            let delivery = &entry.delivery;
            Ok((
                entry.id.as_str(),
                entry.call.as_str(),
                delivery.state.as_str(),
                nanos(entry.filed_at),
                delivery.attempts,
                u8::from(delivery.in_flight),
                delivery.written_revision,
                json("outbox entry", entry)?,
            ))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    json("outbox entry", &rows)
}
