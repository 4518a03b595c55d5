//! Remembered choices and small named facts, in the journal.

use callside_core::contact::{ContactKind, ContactRef};
use callside_core::id::{ConnectionId, RemoteId};
use callside_core::phone_number::NumberKey;
use jiff::Timestamp;

use crate::rows::{key_text, key_texts, nanos};
use crate::{Store, StoreError};

impl Store {
    /// Remembers whom the agent chose for a number, in place of an earlier choice for the same
    /// number and connection.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn remember_choice(
        &self,
        key: &NumberKey,
        contact: &ContactRef,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let db = self.journal();
        sqlx::query(
            "INSERT INTO remembered_choice (number_key, connection, kind, remote_id, chosen_at) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (number_key, connection) DO UPDATE SET \
             kind = excluded.kind, remote_id = excluded.remote_id, chosen_at = excluded.chosen_at",
        )
        .bind(key_text(key))
        .bind(contact.connection.as_str())
        .bind(contact.kind.as_str())
        .bind(contact.id.as_str())
        .bind(nanos(at))
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(())
    }

    /// Forgets the choice for a number and connection, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn forget_choice(
        &self,
        key: &NumberKey,
        connection: &ConnectionId,
    ) -> Result<(), StoreError> {
        let db = self.journal();
        sqlx::query("DELETE FROM remembered_choice WHERE number_key = ?1 AND connection = ?2")
            .bind(key_text(key))
            .bind(connection.as_str())
            .execute(&db.writer)
            .await
            .map_err(|error| db.fault(error))?;
        Ok(())
    }

    /// Whom the agent chose for these numbers, the latest choice first.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn remembered(&self, keys: &[NumberKey]) -> Result<Vec<ContactRef>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let db = self.journal();
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT connection, kind, remote_id FROM remembered_choice \
             WHERE number_key IN (SELECT value FROM json_each(?1)) ORDER BY chosen_at DESC, id DESC",
        )
        .bind(key_texts(keys)?)
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        let mut chosen: Vec<ContactRef> = Vec::new();
        for (connection, kind, id) in rows {
            let Some(kind) = ContactKind::from_word(&kind) else {
                continue;
            };
            let contact = ContactRef {
                connection: ConnectionId::new(connection),
                kind,
                id: RemoteId::new(id),
            };
            if !chosen.contains(&contact) {
                chosen.push(contact);
            }
        }
        Ok(chosen)
    }

    /// A small fact by its name. None when it was never set.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        let db = self.journal();
        sqlx::query_scalar("SELECT value FROM fact WHERE name = ?1")
            .bind(name)
            .fetch_optional(&db.readers)
            .await
            .map_err(|error| db.fault(error))
    }

    /// Sets a small fact.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn set_fact(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let db = self.journal();
        sqlx::query(
            "INSERT INTO fact (name, value) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&db.writer)
        .await
        .map_err(|error| db.fault(error))?;
        Ok(())
    }
}
