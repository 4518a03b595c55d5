//! The connection of the look-ups.
//!
//! It shares its pages with nobody, so that neither a search nor a long list pushes the match index
//! out of its memory. It is held here rather than by a pool, which would test it after each
//! look-up and let the next one wait for that.

use std::path::Path;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Connection, Executor, Sqlite};
use tokio::sync::Mutex;

use crate::open::{LOOKUP_PRAGMAS, StoreKey, connect_options, with_pragmas};

/// One reading connection, used by one look-up after the other.
pub(crate) struct Lookup {
    options: SqliteConnectOptions,
    /// None once it is closed.
    connection: Mutex<Option<SqliteConnection>>,
}

impl Lookup {
    pub(crate) async fn open(path: &Path, key: Option<&StoreKey>) -> Result<Self, sqlx::Error> {
        let options = with_pragmas(connect_options(path, key), LOOKUP_PRAGMAS);
        let mut connection = options.connect().await?;
        // Reads the schema now: the first caller should not wait for it.
        connection
            .execute("SELECT count(*) FROM sqlite_schema")
            .await?;
        Ok(Self {
            options,
            connection: Mutex::new(Some(connection)),
        })
    }

    pub(crate) async fn fetch_all(
        &self,
        query: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let mut held = self.connection.lock().await;
        let connection = held.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        let rows = query.fetch_all(&mut *connection).await;
        if matches!(rows, Err(sqlx::Error::WorkerCrashed)) {
            *connection = self.options.connect().await?;
        }
        rows
    }

    /// Gives back the memory that holds pages read before.
    pub(crate) async fn trim_memory(&self) -> Result<(), sqlx::Error> {
        self.fetch_all(sqlx::query("PRAGMA shrink_memory"))
            .await
            .map(drop)
    }

    pub(crate) async fn close(&self) {
        let connection = self.connection.lock().await.take();
        if let Some(connection) = connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the connection of the look-ups could not be closed");
        }
    }
}
