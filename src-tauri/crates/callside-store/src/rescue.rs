//! What can still be read of a damaged journal is copied into the new one.
//!
//! Damage mostly hits some pages. Rows are copied in small ranges of their ids, and one by one
//! where a range cannot be read, so that a bad page costs the rows on it and no others. A file
//! without its first page, or with another key, gives nothing; it stays where it was put.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row, SqlitePool};
use zeroize::Zeroizing;

use crate::open::StoreKey;
use crate::rows::{key_texts, likely, parse};

/// Rows that are tried together.
const AT_ONCE: i64 = 32;

/// The tables with an id, those that others point to first, each with the copy of a range.
///
/// The columns are those of the first version: later ones have defaults.
const TABLES: [(&str, &str); 8] = [
    (
        "call",
        "INSERT OR IGNORE INTO main.call (id, call_id, state, started_at, ended_at, body, words, \
         draft, draft_words, revision, wrap_up, filed_at, set_aside, matched_name, name_words) \
         SELECT id, call_id, state, started_at, ended_at, body, words, draft, draft_words, \
         revision, wrap_up, filed_at, set_aside, matched_name, name_words \
         FROM old.call NOT INDEXED WHERE id >= ?1 AND id < ?2",
    ),
    (
        "outbox_entry",
        "INSERT OR IGNORE INTO main.outbox_entry (id, entry_id, call, state, filed_at, attempts, \
         in_flight, written_revision, wanted_revision, body) \
         SELECT e.id, e.entry_id, e.call, e.state, e.filed_at, e.attempts, e.in_flight, \
         e.written_revision, e.wanted_revision, e.body \
         FROM old.outbox_entry e NOT INDEXED CROSS JOIN main.call c ON c.id = e.call \
         WHERE e.id >= ?1 AND e.id < ?2",
    ),
    (
        "cloud_call",
        "INSERT OR IGNORE INTO main.cloud_call (id, call, source, remote_id, next_at, body) \
         SELECT f.id, f.call, f.source, f.remote_id, f.next_at, f.body \
         FROM old.cloud_call f NOT INDEXED CROSS JOIN main.call c ON c.id = f.call \
         WHERE f.id >= ?1 AND f.id < ?2",
    ),
    (
        "cloud_send",
        "INSERT OR IGNORE INTO main.cloud_send (id, entry_id, call, source, state, attempts, \
         in_flight, body) SELECT s.id, s.entry_id, s.call, s.source, s.state, s.attempts, \
         s.in_flight, s.body FROM old.cloud_send s NOT INDEXED CROSS JOIN main.call c \
         ON c.id = s.call WHERE s.id >= ?1 AND s.id < ?2",
    ),
    (
        "cloud_recording",
        "INSERT OR IGNORE INTO main.cloud_recording (id, call, source, remote_id, state, next_at, \
         failures) SELECT r.id, r.call, r.source, r.remote_id, r.state, r.next_at, r.failures \
         FROM old.cloud_recording r NOT INDEXED CROSS JOIN main.call c ON c.id = r.call \
         WHERE r.id >= ?1 AND r.id < ?2",
    ),
    (
        "live_fact",
        "INSERT OR IGNORE INTO main.live_fact (id, call, connection, kind, remote_id, body) \
         SELECT f.id, f.call, f.connection, f.kind, f.remote_id, f.body \
         FROM old.live_fact f NOT INDEXED CROSS JOIN main.call c ON c.id = f.call \
         WHERE f.id >= ?1 AND f.id < ?2",
    ),
    (
        "remembered_choice",
        "INSERT OR IGNORE INTO main.remembered_choice (id, number_key, connection, kind, \
         remote_id, chosen_at) SELECT id, number_key, connection, kind, remote_id, chosen_at \
         FROM old.remembered_choice NOT INDEXED WHERE id >= ?1 AND id < ?2",
    ),
    (
        "fact",
        "INSERT OR IGNORE INTO main.fact (id, name, value) SELECT id, name, value \
         FROM old.fact NOT INDEXED WHERE id >= ?1 AND id < ?2",
    ),
];

/// Copies what can be read, and returns the number of calls among it.
pub(crate) async fn copy_readable(old: &Path, key: Option<&StoreKey>, new: &SqlitePool) -> u64 {
    match try_copy(old, key, new).await {
        Ok(calls) => calls,
        Err(error) => {
            tracing::error!(%error, "nothing more can be read of the damaged journal");
            0
        }
    }
}

async fn try_copy(
    old: &Path,
    key: Option<&StoreKey>,
    new: &SqlitePool,
) -> Result<u64, sqlx::Error> {
    let mut connection = new.acquire().await?;
    let old = Old {
        path: old.to_string_lossy().into_owned(),
        key: key.map(|key| Zeroizing::new(format!("x'{}'", key.to_hex().as_str()))),
    };
    old.attach(&mut connection).await?;
    let copied = copy_tables(&old, &mut connection).await;
    // The copy is done; but a connection that still holds the damaged file is not one to keep.
    if let Err(error) = Old::detach(&mut connection).await {
        tracing::warn!(%error, "the damaged journal could not be let go");
        connection.close_on_drop();
    }
    copied
}

/// The damaged journal, as a second database of the connection that writes the new one.
struct Old {
    path: String,
    key: Option<Zeroizing<String>>,
}

impl Old {
    async fn attach(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let query = match &self.key {
            Some(key) => sqlx::query("ATTACH DATABASE ?1 AS old KEY ?2")
                .bind(&self.path)
                .bind(key.as_str()),
            None => sqlx::query("ATTACH DATABASE ?1 AS old").bind(&self.path),
        };
        query.execute(connection).await.map(drop)
    }

    async fn detach(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        sqlx::query("DETACH DATABASE old")
            .execute(connection)
            .await
            .map(drop)
    }

    /// SQLCipher gives no page of a file any more once one of them failed its check, until the
    /// file is opened again.
    async fn open_again(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        Self::detach(connection).await?;
        self.attach(connection).await
    }
}

async fn copy_tables(old: &Old, connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let mut calls = 0;
    for (table, copy) in TABLES {
        // The highest id ever given stands apart from the table, which may be the damaged part.
        let last: Option<i64> =
            sqlx::query_scalar("SELECT seq FROM old.sqlite_sequence WHERE name = ?1")
                .bind(table)
                .fetch_optional(&mut *connection)
                .await?;
        let copied = copy_rows(old, copy, last.unwrap_or(0), connection).await?;
        if table == "call" {
            calls = copied;
            index_numbers(connection).await?;
        }
    }
    Ok(calls)
}

async fn copy_rows(
    old: &Old,
    copy: &'static str,
    last: i64,
    connection: &mut SqliteConnection,
) -> Result<u64, sqlx::Error> {
    let mut copied = 0;
    let mut from = 0;
    while from <= last {
        let to = from.saturating_add(AT_ONCE);
        match copy_range(copy, from, to, connection).await {
            Ok(rows) => copied += rows,
            Err(_) => {
                old.open_again(connection).await?;
                for id in from..to {
                    match copy_range(copy, id, id + 1, connection).await {
                        Ok(rows) => copied += rows,
                        // This row is lost; the count tells.
                        Err(_) => old.open_again(connection).await?,
                    }
                }
            }
        }
        from = to;
    }
    Ok(copied)
}

async fn copy_range(
    copy: &'static str,
    from: i64,
    to: i64,
    connection: &mut SqliteConnection,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(copy)
        .bind(from)
        .bind(to)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// The index of numbers is not copied but made from the calls: it may be the damaged part.
async fn index_numbers(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut change = connection.begin().await?;
    let rows = sqlx::query("SELECT id, body FROM main.call")
        .fetch_all(&mut *change)
        .await?;
    for row in rows {
        let (id, body): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let keys = parse::<callside_core::call::Call>("call", &body)
            .and_then(|call| key_texts(likely(&call.remote.keys)));
        let Ok(keys) = keys else { continue };
        sqlx::query(
            "INSERT OR IGNORE INTO main.call_key (number_key, call) \
             SELECT value, ?1 FROM json_each(?2)",
        )
        .bind(id)
        .bind(keys)
        .execute(&mut *change)
        .await?;
    }
    change.commit().await
}
