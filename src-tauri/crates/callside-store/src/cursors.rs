//! Walks over a CRM's contacts: each page with the cursor that continues after it, in the cache.
//!
//! A page and its cursor are one transaction, so a crash costs one page at most. A sweep collects
//! the ids that exist; when it ends, what it did not see is gone, unless that would be suspiciously
//! much: then nothing is deleted before somebody agreed.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use callside_core::contact::{Contact, ContactRef};
use callside_core::id::ConnectionId;
use callside_core::phone_number::Region;
use callside_core::sync::{ContactChange, SyncCursor, SyncPage, SyncWalk};
use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};

use crate::calls::readable;
use crate::contacts::{CachedContact, cached, prepare_all};
use crate::rows::{json, known_instant, nanos};
use crate::{Store, StoreError};

/// Contacts of a first copy that may wait before they are put into the search box together.
const MOST_DUE: i64 = 1_000;
/// A sweep may always delete this many.
const HARMLESS_SHRINK: i64 = 20;
/// Above that, at most this share of a connection's contacts: one in twenty.
const HARMLESS_SHARE: i64 = 20;

/// What storing a page did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageStored {
    /// Contacts that are new or were written again.
    pub upserted: u64,
    /// Contacts that were deleted.
    pub gone: u64,
    /// A sweep ended and would delete this many, which is too many to do so unasked. See
    /// [`Store::accept_shrink`].
    pub shrink: Option<u64>,
}

/// What a sweep would delete that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrink {
    /// How many contacts.
    pub count: u64,
    /// Some of them.
    pub some: Vec<CachedContact>,
}

/// How the copy of a connection stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncFacts {
    /// Contacts in the copy.
    pub contacts: u64,
    /// Numbers in the match index, counted per contact.
    pub numbers: u64,
    /// When a walk last ended.
    pub last_sync_at: Option<Timestamp>,
    /// Whether a full walk ever ended.
    pub first_copy_done: bool,
}

/// A statement on the contacts of a connection that its last sweep did not see.
macro_rules! unseen {
    ($verb:literal, $rest:literal) => {
        concat!(
            $verb,
            " WHERE connection = ?1 AND synced_at < ",
            "(SELECT sweep_started_at FROM connection_state WHERE connection = ?1) ",
            "AND NOT EXISTS (SELECT 1 FROM sweep_seen s WHERE s.connection = contact.connection ",
            "AND s.kind = contact.kind AND s.remote_id = contact.remote_id)",
            $rest
        )
    };
}

/// How much there is of a connection, and when it was synced.
pub(crate) const COUNTS: &str = "SELECT count(*), coalesce(sum(numbers), 0), \
                 coalesce((SELECT last_sync_at FROM connection_state WHERE connection = ?1), 0), \
                 coalesce((SELECT first_copy_done FROM connection_state WHERE connection = ?1), 0) \
                 FROM contact WHERE connection = ?1";

impl Store {
    /// Stores a page together with its cursor, in one transaction. National numbers are read in
    /// the contact's own country, else in `region`. `at` is the instant at which the CRM answered.
    ///
    /// The last page of a sweep deletes the connection's contacts that the sweep did not see and
    /// that were not synced since it began. The cursor of a finished sweep is dropped; any other
    /// stays until [`Store::clear_cursor`].
    ///
    /// # Errors
    /// [`StoreError`] of the cache; nothing of the page was stored then.
    pub async fn store_page(
        &self,
        connection: &ConnectionId,
        walk: SyncWalk,
        page: &SyncPage,
        region: Region,
        at: Timestamp,
    ) -> Result<PageStored, StoreError> {
        let mut latest: BTreeMap<&ContactRef, Option<&Contact>> = BTreeMap::new();
        for change in &page.changes {
            match change {
                ContactChange::Upsert(contact) => latest.insert(&contact.at, Some(contact)),
                ContactChange::Gone(contact) => latest.insert(contact, None),
            };
        }
        let prepared = prepare_all(latest.values().copied().flatten(), region)?;
        let gone: Vec<&ContactRef> = latest
            .iter()
            .filter(|(_, contact)| contact.is_none())
            .map(|(at, _)| *at)
            .collect();

        let db = self.cache();
        let mut change = db.begin().await?;
        let mut stored = PageStored {
            upserted: u64::try_from(prepared.len()).unwrap_or(0),
            ..PageStored::default()
        };
        self.write_contacts(&prepared, at, &mut change).await?;
        stored.gone = self.delete_contacts(&gone, &mut change).await?;
        if walk == SyncWalk::Sweep {
            self.collect_seen(connection, page, at, &mut change).await?;
            if page.finished {
                self.end_sweep(connection, &mut stored, &mut change).await?;
            }
        }
        if walk == SyncWalk::Sweep && page.finished {
            // There is nothing to go on from: the next sweep looks at everything again.
            self.delete_cursor(connection, walk, &mut change).await?;
        } else {
            self.save_cursor(connection, walk, &page.cursor, at, &mut change)
                .await?;
        }
        // A first copy would spend half its time on the search box, page by page.
        let later = walk == SyncWalk::Full
            && !page.finished
            && self.count_due(&mut change).await? < MOST_DUE;
        if !later {
            self.index_due(&mut change).await?;
        }
        db.commit(change).await?;
        if later {
            self.inner.search_due.store(true, Ordering::Release);
        }
        tokio::task::yield_now().await;
        Ok(stored)
    }

    async fn count_due(
        &self,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<i64, StoreError> {
        sqlx::query_scalar("SELECT count(*) FROM search_due")
            .fetch_one(&mut **change)
            .await
            .map_err(|error| self.cache().fault(error))
    }

    async fn collect_seen(
        &self,
        connection: &ConnectionId,
        page: &SyncPage,
        at: Timestamp,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        let db = self.cache();
        let open: Option<i64> =
            sqlx::query_scalar("SELECT sweep_open FROM connection_state WHERE connection = ?1")
                .bind(connection.as_str())
                .fetch_optional(&mut **change)
                .await
                .map_err(|error| db.fault(error))?;
        if open != Some(GOING_ON) {
            sqlx::query("DELETE FROM sweep_seen WHERE connection = ?1")
                .bind(connection.as_str())
                .execute(&mut **change)
                .await
                .map_err(|error| db.fault(error))?;
            sqlx::query(
                "INSERT INTO connection_state (connection, sweep_started_at, sweep_open) \
                 VALUES (?1, ?2, 1) ON CONFLICT (connection) DO UPDATE SET \
                 sweep_started_at = excluded.sweep_started_at, sweep_open = 1",
            )
            .bind(connection.as_str())
            .bind(nanos(at))
            .execute(&mut **change)
            .await
            .map_err(|error| db.fault(error))?;
        }
        let seen: Vec<_> = page
            .seen
            .iter()
            .map(|(kind, id)| (kind.as_str(), id.as_str()))
            .collect();
        sqlx::query(
            "INSERT OR IGNORE INTO sweep_seen (connection, kind, remote_id) \
             SELECT ?2, value ->> 0, value ->> 1 FROM json_each(?1)",
        )
        .bind(json("sweep", &seen)?)
        .bind(connection.as_str())
        .execute(&mut **change)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(())
    }

    async fn end_sweep(
        &self,
        connection: &ConnectionId,
        stored: &mut PageStored,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        let (all, missing): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM contact WHERE connection = ?1), \
             (SELECT count(*) FROM contact c WHERE c.connection = ?1 AND c.synced_at < \
             (SELECT sweep_started_at FROM connection_state WHERE connection = ?1) \
             AND NOT EXISTS (SELECT 1 FROM sweep_seen s WHERE s.connection = c.connection \
             AND s.kind = c.kind AND s.remote_id = c.remote_id))",
        )
        .bind(connection.as_str())
        .fetch_one(&mut **change)
        .await
        .map_err(|error| self.cache().fault(error))?;
        if missing > HARMLESS_SHRINK && missing.saturating_mul(HARMLESS_SHARE) > all {
            stored.shrink = u64::try_from(missing).ok();
            return self.mark_sweep(connection, WAITS_FOR_A_YES, change).await;
        }
        stored.gone += self.delete_unseen(connection, change).await?;
        self.mark_sweep(connection, OVER, change).await
    }

    async fn mark_sweep(
        &self,
        connection: &ConnectionId,
        state: i64,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE connection_state SET sweep_open = ?2 WHERE connection = ?1")
            .bind(connection.as_str())
            .bind(state)
            .execute(&mut **change)
            .await
            .map_err(|error| self.cache().fault(error))?;
        Ok(())
    }

    async fn delete_unseen(
        &self,
        connection: &ConnectionId,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<u64, StoreError> {
        let db = self.cache();
        let ids: Vec<i64> = sqlx::query_scalar(unseen!("DELETE FROM contact", " RETURNING id"))
            .bind(connection.as_str())
            .fetch_all(&mut **change)
            .await
            .map_err(|error| db.fault(error))?;
        self.mark_gone(&ids, change).await?;
        sqlx::query("DELETE FROM sweep_seen WHERE connection = ?1")
            .bind(connection.as_str())
            .execute(&mut **change)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(u64::try_from(ids.len()).unwrap_or(0))
    }

    /// Somebody agreed to a shrink that [`PageStored::shrink`] told of: deletes what that sweep did
    /// not see. Returns how many; 0 when no shrink waits, or when a new sweep began meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn accept_shrink(&self, connection: &ConnectionId) -> Result<u64, StoreError> {
        let db = self.cache();
        let mut change = db.begin().await?;
        let state: Option<i64> =
            sqlx::query_scalar("SELECT sweep_open FROM connection_state WHERE connection = ?1")
                .bind(connection.as_str())
                .fetch_optional(&mut *change)
                .await
                .map_err(|error| db.fault(error))?;
        if state != Some(WAITS_FOR_A_YES) {
            return Ok(0);
        }
        let gone = self.delete_unseen(connection, &mut change).await?;
        self.mark_sweep(connection, OVER, &mut change).await?;
        self.index_due(&mut change).await?;
        db.commit(change).await?;
        Ok(gone)
    }

    /// The contacts that a shrink which waits for an answer would delete: how many, and the first
    /// `limit` of them in the order of their names. None when no shrink waits.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn waiting_shrink(
        &self,
        connection: &ConnectionId,
        limit: u32,
    ) -> Result<Option<Shrink>, StoreError> {
        let db = self.cache();
        let state: Option<i64> =
            sqlx::query_scalar("SELECT sweep_open FROM connection_state WHERE connection = ?1")
                .bind(connection.as_str())
                .fetch_optional(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        if state != Some(WAITS_FOR_A_YES) {
            return Ok(None);
        }
        let count: i64 = sqlx::query_scalar(unseen!("SELECT count(*) FROM contact", ""))
            .bind(connection.as_str())
            .fetch_one(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
        let some: Vec<(String, i64)> = sqlx::query_as(unseen!(
            "SELECT body, synced_at FROM contact",
            " ORDER BY body ->> '$.name', id LIMIT ?2"
        ))
        .bind(connection.as_str())
        .bind(limit)
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        let some = some
            .iter()
            .map(|(body, synced_at)| cached(body, *synced_at));
        Ok(Some(Shrink {
            count: u64::try_from(count).unwrap_or(0),
            some: readable(some),
        }))
    }

    /// Somebody wants to keep what a shrink would delete. The next sweep looks again. False when
    /// no shrink waits.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn refuse_shrink(&self, connection: &ConnectionId) -> Result<bool, StoreError> {
        let db = self.cache();
        let mut change = db.begin().await?;
        let done = sqlx::query(
            "UPDATE connection_state SET sweep_open = 0 WHERE connection = ?1 AND sweep_open = ?2",
        )
        .bind(connection.as_str())
        .bind(WAITS_FOR_A_YES)
        .execute(&mut *change)
        .await
        .map_err(|error| db.fault(error))?;
        let waited = done.rows_affected() > 0;
        if waited {
            sqlx::query("DELETE FROM sweep_seen WHERE connection = ?1")
                .bind(connection.as_str())
                .execute(&mut *change)
                .await
                .map_err(|error| db.fault(error))?;
        }
        db.commit(change).await?;
        Ok(waited)
    }

    async fn save_cursor(
        &self,
        connection: &ConnectionId,
        walk: SyncWalk,
        cursor: &SyncCursor,
        at: Timestamp,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO cursor (connection, walk, place, saved_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (connection, walk) DO UPDATE SET place = excluded.place, \
             saved_at = excluded.saved_at",
        )
        .bind(connection.as_str())
        .bind(word(walk))
        .bind(&cursor.0)
        .bind(nanos(at))
        .execute(&mut **change)
        .await
        .map_err(|error| self.cache().fault(error))?;
        Ok(())
    }

    async fn delete_cursor(
        &self,
        connection: &ConnectionId,
        walk: SyncWalk,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM cursor WHERE connection = ?1 AND walk = ?2")
            .bind(connection.as_str())
            .bind(word(walk))
            .execute(&mut **change)
            .await
            .map_err(|error| self.cache().fault(error))?;
        Ok(())
    }

    /// The cursor stored with the last page of a walk, whether or not the walk ended with it. None
    /// before the first page, after [`Store::clear_cursor`], and after the end of a sweep.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn cursor(
        &self,
        connection: &ConnectionId,
        walk: SyncWalk,
    ) -> Result<Option<SyncCursor>, StoreError> {
        let db = self.cache();
        let place: Option<String> =
            sqlx::query_scalar("SELECT place FROM cursor WHERE connection = ?1 AND walk = ?2")
                .bind(connection.as_str())
                .bind(word(walk))
                .fetch_optional(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        Ok(place.map(SyncCursor))
    }

    /// Has the next walk begin at the start. A sweep also forgets what it has seen, unless a
    /// shrink waits for an answer.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn clear_cursor(
        &self,
        connection: &ConnectionId,
        walk: SyncWalk,
    ) -> Result<(), StoreError> {
        let db = self.cache();
        let mut change = db.begin().await?;
        self.delete_cursor(connection, walk, &mut change).await?;
        if walk == SyncWalk::Sweep {
            sqlx::query(
                "UPDATE connection_state SET sweep_open = 0 WHERE connection = ?1 AND sweep_open = 1",
            )
            .bind(connection.as_str())
            .execute(&mut *change)
            .await
            .map_err(|error| db.fault(error))?;
        }
        db.commit(change).await
    }

    /// How the copy of a connection stands. All zero for one never synced.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn sync_facts(&self, connection: &ConnectionId) -> Result<SyncFacts, StoreError> {
        let db = self.cache();
        let (contacts, numbers, last_sync_at, first_copy_done): (i64, i64, i64, bool) =
            sqlx::query_as(COUNTS)
                .bind(connection.as_str())
                .fetch_one(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        Ok(SyncFacts {
            contacts: u64::try_from(contacts).unwrap_or(0),
            numbers: u64::try_from(numbers).unwrap_or(0),
            last_sync_at: known_instant(last_sync_at),
            first_copy_done,
        })
    }

    /// A walk ended at this instant. A full one completes the first copy.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn mark_synced(
        &self,
        connection: &ConnectionId,
        walk: SyncWalk,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let db = self.cache();
        sqlx::query(
            "INSERT INTO connection_state (connection, last_sync_at, first_copy_done) \
             VALUES (?1, ?2, ?3) ON CONFLICT (connection) DO UPDATE SET \
             last_sync_at = excluded.last_sync_at, \
             first_copy_done = max(first_copy_done, excluded.first_copy_done)",
        )
        .bind(connection.as_str())
        .bind(nanos(at))
        .bind(walk == SyncWalk::Full)
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(())
    }
}

/// `sweep_open`: no sweep goes on.
const OVER: i64 = 0;
/// `sweep_open`: pages come in.
const GOING_ON: i64 = 1;
/// `sweep_open`: it ended, and somebody has to agree to what it would delete.
const WAITS_FOR_A_YES: i64 = 2;

fn word(walk: SyncWalk) -> &'static str {
    match walk {
        SyncWalk::Full => "full",
        SyncWalk::Changes => "changes",
        SyncWalk::Sweep => "sweep",
    }
}
