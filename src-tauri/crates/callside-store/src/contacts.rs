//! The copy of the CRM's contacts and the match index, in the cache.
//!
//! The index holds, for every number a contact's phone fields can be read as, the contact and the
//! place of the field. A fax and an archived record are in the copy and not in the index. The
//! whole card comes with the probe, in one statement.

use std::collections::BTreeMap;

use callside_core::contact::{Contact, ContactRef, PhoneField};
use callside_core::id::ConnectionId;
use callside_core::matching::Candidate;
use callside_core::phone_number::{NumberKey, PhoneNumber, Region, read_stored};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use crate::calls::readable;
use crate::rows::{e164, instant, json, nanos, number, parse};
use crate::search::SearchTexts;
use crate::{Store, StoreError};

/// Rows that go into one statement. Longer ones gain nothing and hold the worker thread.
const ROWS_AT_ONCE: usize = 500;
/// Numbers that one look-up statement takes; a caller has one key, rarely two or three.
const KEYS_AT_ONCE: usize = 4;

/// A contact, and how old the copy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedContact {
    /// The contact.
    pub contact: Contact,
    /// When the CRM last said what stands here.
    pub synced_at: Timestamp,
}

macro_rules! probe_numbers {
    () => {
        "SELECT p.e164, '', p.place, p.likely, p.rule, c.synced_at, c.body \
         FROM contact_phone p CROSS JOIN contact c ON c.id = p.contact_id \
         WHERE p.e164 IN (?1, ?2, ?3, ?4)"
    };
}

/// The look-up of up to four numbers.
pub(crate) const PROBE_NUMBERS: &str = probe_numbers!();
/// The look-up of up to four keys of either sort.
pub(crate) const PROBE_BOTH: &str = concat!(
    probe_numbers!(),
    " UNION ALL SELECT 0, t.text_key, t.place, t.likely, t.rule, c.synced_at, c.body \
     FROM contact_text_key t CROSS JOIN contact c ON c.id = t.contact_id \
     WHERE t.text_key IN (?5, ?6, ?7, ?8)"
);

impl Store {
    /// The look-up: every contact that one of the keys leads to, with the key and the reading.
    /// One statement for up to four keys.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn candidates(
        &self,
        keys: &[NumberKey],
    ) -> Result<Vec<(NumberKey, Candidate)>, StoreError> {
        let db = self.cache();
        let mut found = Vec::new();
        for keys in keys.chunks(KEYS_AT_ONCE) {
            let mut numbers = keys.iter().filter_map(NumberKey::number);
            let mut texts = keys.iter().filter_map(|key| match key {
                NumberKey::Text(text) => Some(text.as_str()),
                NumberKey::E164(_) => None,
            });
            let only_numbers = keys.iter().all(|key| key.number().is_some());
            let mut query = sqlx::query(if only_numbers {
                PROBE_NUMBERS
            } else {
                PROBE_BOTH
            });
            for _ in 0..KEYS_AT_ONCE {
                query = query.bind(numbers.next().map(e164));
            }
            if !only_numbers {
                for _ in 0..KEYS_AT_ONCE {
                    query = query.bind(texts.next());
                }
            }
            let rows = self.inner.lookup.fetch_all(query).await;
            let rows = rows.map_err(|error| db.fault(error))?;
            found.extend(readable(rows.iter().map(|row| self.candidate(row))));
        }
        Ok(found)
    }

    fn candidate(&self, row: &SqliteRow) -> Result<(NumberKey, Candidate), StoreError> {
        let unreadable = || StoreError::Unreadable {
            what: "match index",
        };
        let text: &str = self.column(row, 1)?;
        let key = if text.is_empty() {
            NumberKey::E164(number(self.column(row, 0)?).ok_or_else(unreadable)?)
        } else {
            NumberKey::Text(text.to_owned())
        };
        let place: i64 = self.column(row, 2)?;
        let contact: Contact = parse("contact", self.column(row, 6)?)?;
        let phone = usize::try_from(place)
            .ok()
            .and_then(|place| contact.phones.get(place));
        let (field, stored_text) = phone
            .map(|phone| (phone.field, phone.text.clone()))
            .ok_or_else(unreadable)?;
        let candidate = Candidate {
            contact,
            field,
            stored_text,
            reading_rule: self.column(row, 4)?,
            likely: self.column(row, 3)?,
            synced_at: instant(self.column(row, 5)?),
        };
        Ok((key, candidate))
    }

    /// One contact. None when the cache does not have it.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn contact(&self, at: &ContactRef) -> Result<Option<CachedContact>, StoreError> {
        let db = self.cache();
        let row: Option<(String, i64)> = sqlx::query_as(
            "SELECT body, synced_at FROM contact \
             WHERE connection = ?1 AND kind = ?2 AND remote_id = ?3",
        )
        .bind(at.connection.as_str())
        .bind(at.kind.as_str())
        .bind(at.id.as_str())
        .fetch_optional(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        row.map(|(body, synced_at)| cached(&body, synced_at))
            .transpose()
    }

    /// The contacts that came into the copy last, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn newest_contacts(&self, limit: u32) -> Result<Vec<CachedContact>, StoreError> {
        let db = self.cache();
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT body, synced_at FROM contact ORDER BY id DESC LIMIT ?1")
                .bind(limit)
                .fetch_all(&db.readers)
                .await
                .map_err(|error| db.fault(error))?;
        let rows = rows
            .iter()
            .map(|(body, synced_at)| cached(body, *synced_at));
        Ok(readable(rows))
    }

    /// Keeps contacts read one by one, outside of a walk. National numbers are read in the
    /// contact's own country, else in `region`.
    ///
    /// # Errors
    /// [`StoreError`] of the cache; nothing was kept then.
    pub async fn upsert_contacts(
        &self,
        contacts: &[Contact],
        region: Region,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let latest: BTreeMap<&ContactRef, &Contact> = contacts
            .iter()
            .map(|contact| (&contact.at, contact))
            .collect();
        let prepared = prepare_all(latest.into_values(), region)?;
        let mut change = self.cache().begin().await?;
        self.write_contacts(&prepared, at, &mut change).await?;
        self.index_due(&mut change).await?;
        self.cache().commit(change).await
    }

    /// Removes a contact from the copy, if it is there.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn remove_contact(&self, at: &ContactRef) -> Result<(), StoreError> {
        let mut change = self.cache().begin().await?;
        self.delete_contacts(&[at], &mut change).await?;
        self.index_due(&mut change).await?;
        self.cache().commit(change).await
    }

    /// Forgets everything the cache holds of a connection: contacts, cursors, its sync facts.
    ///
    /// # Errors
    /// [`StoreError`] of the cache; a part may be gone then, and calling again goes on.
    pub async fn forget_connection(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let db = self.cache();
        loop {
            let mut change = db.begin().await?;
            let ids: Vec<i64> = sqlx::query_scalar(
                "DELETE FROM contact WHERE id IN \
                 (SELECT id FROM contact WHERE connection = ?1 LIMIT 500) RETURNING id",
            )
            .bind(connection.as_str())
            .fetch_all(&mut *change)
            .await
            .map_err(|error| db.fault(error))?;
            self.mark_gone(&ids, &mut change).await?;
            self.index_due(&mut change).await?;
            db.commit(change).await?;
            if ids.is_empty() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let mut change = db.begin().await?;
        for statement in [
            "DELETE FROM cursor WHERE connection = ?1",
            "DELETE FROM connection_state WHERE connection = ?1",
            "DELETE FROM sweep_seen WHERE connection = ?1",
        ] {
            sqlx::query(statement)
                .bind(connection.as_str())
                .execute(&mut *change)
                .await
                .map_err(|error| db.fault(error))?;
        }
        db.commit(change).await
    }

    /// Reads the stored phone texts anew, for connections whose region changed. Contacts with a
    /// country of their own are left as they are. Returns how many contacts were read.
    ///
    /// # Errors
    /// [`StoreError`] of the cache; a part may be done then, and calling again does all.
    pub async fn reread_numbers(
        &self,
        regions: &BTreeMap<ConnectionId, Region>,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        for (connection, region) in regions {
            let mut after = 0;
            while let Some((last, read)) = self.reread_some(connection, *region, after).await? {
                after = last;
                count += read;
                tokio::task::yield_now().await;
            }
        }
        Ok(count)
    }

    /// Reads some contacts after an id anew; None when there are no more.
    async fn reread_some(
        &self,
        connection: &ConnectionId,
        region: Region,
        after: i64,
    ) -> Result<Option<(i64, u64)>, StoreError> {
        let db = self.cache();
        let mut change = db.begin().await?;
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT id, body FROM contact NOT INDEXED WHERE id > ?2 AND connection = ?1 \
             ORDER BY id LIMIT 500",
        )
        .bind(connection.as_str())
        .bind(after)
        .fetch_all(&mut *change)
        .await
        .map_err(|error| db.fault(error))?;
        let Some((last, _)) = rows.last() else {
            return Ok(None);
        };
        let last = *last;
        let contacts = readable(rows.iter().map(|(id, body)| {
            let contact: Contact = parse("contact", body)?;
            Ok((*id, contact))
        }));
        let mut prepared = Vec::new();
        for (id, contact) in &contacts {
            if contact.country.is_none() {
                prepared.push((*id, Prepared::of(contact, region)?));
            }
        }
        let keyed: Vec<(i64, &Prepared)> = prepared.iter().map(|(id, one)| (*id, one)).collect();
        let numbers: Vec<(i64, usize)> =
            keyed.iter().map(|(id, one)| (*id, one.numbers())).collect();
        sqlx::query(
            "UPDATE contact SET numbers = j.value ->> 1 FROM json_each(?1) j \
             WHERE contact.id = j.value ->> 0",
        )
        .bind(json("numbers", &numbers)?)
        .execute(&mut *change)
        .await
        .map_err(|error| db.fault(error))?;
        self.write_keys(&keyed, &mut change).await?;
        self.index_due(&mut change).await?;
        db.commit(change).await?;
        Ok(Some((last, u64::try_from(prepared.len()).unwrap_or(0))))
    }

    /// Writes contacts, their keys and what the search box is to know of them.
    pub(crate) async fn write_contacts(
        &self,
        prepared: &[Prepared],
        at: Timestamp,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        for prepared in prepared.chunks(ROWS_AT_ONCE) {
            let ids = self.write_bodies(prepared, at, change).await?;
            let keyed: Vec<(i64, &Prepared)> = prepared
                .iter()
                .filter_map(|one| Some((*ids.get(&one.named())?, one)))
                .collect();
            self.write_keys(&keyed, change).await?;
        }
        Ok(())
    }

    async fn write_bodies(
        &self,
        prepared: &[Prepared],
        at: Timestamp,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<BTreeMap<Named, i64>, StoreError> {
        let rows: Vec<_> = prepared
            .iter()
            .map(|one| {
                let (connection, kind, id) = one.named();
                (connection, kind, id, one.numbers(), one.body.as_str())
            })
            .collect();
        let rows: Vec<(i64, String, String, String)> = sqlx::query_as(
            "INSERT INTO contact (connection, kind, remote_id, numbers, synced_at, body) \
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2, value ->> 4 \
             FROM json_each(?1) WHERE true \
             ON CONFLICT (connection, kind, remote_id) DO UPDATE SET \
             numbers = excluded.numbers, synced_at = excluded.synced_at, body = excluded.body \
             RETURNING id, connection, kind, remote_id",
        )
        .bind(json("contact", &rows)?)
        .bind(nanos(at))
        .fetch_all(&mut **change)
        .await
        .map_err(|error| self.cache().fault(error))?;
        Ok(rows
            .into_iter()
            .map(|(id, connection, kind, remote)| ((connection, kind, remote), id))
            .collect())
    }

    /// Replaces the keys of these contacts. A statement per table, whatever their number.
    async fn write_keys(
        &self,
        keyed: &[(i64, &Prepared)],
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        let ids: Vec<i64> = keyed.iter().map(|(id, _)| *id).collect();
        let (mut numbers, mut texts, mut search) = (Vec::new(), Vec::new(), Vec::new());
        for (id, one) in keyed {
            for (number, how) in &one.phones {
                numbers.push((e164(*number), id, how.place, u8::from(how.likely), how.rule));
            }
            for (text, how) in &one.texts {
                texts.push((text, id, how.place, u8::from(how.likely), how.rule));
            }
            search.push((
                id,
                &one.search.words,
                &one.search.digits,
                &one.search.mail,
                u8::from(one.hidden),
            ));
        }
        let ids = json("contact ids", &ids)?;
        self.run(
            "DELETE FROM contact_phone WHERE contact_id IN (SELECT value FROM json_each(?1))",
            &ids,
            change,
        )
        .await?;
        self.run(
            "DELETE FROM contact_text_key WHERE contact_id IN (SELECT value FROM json_each(?1))",
            &ids,
            change,
        )
        .await?;
        // In the order of the key, so that neighbours land on the same page of the index.
        numbers.sort_unstable_by_key(|row| row.0);
        self.run(
            "INSERT INTO contact_phone (e164, contact_id, place, likely, rule) \
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 \
             FROM json_each(?1)",
            &json("match index", &numbers)?,
            change,
        )
        .await?;
        if !texts.is_empty() {
            self.run(
                "INSERT INTO contact_text_key (text_key, contact_id, place, likely, rule) \
                 SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 \
                 FROM json_each(?1)",
                &json("match index", &texts)?,
                change,
            )
            .await?;
        }
        self.run(
            "INSERT OR REPLACE INTO search_due (contact_id, words, digits, mail, gone) \
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 \
             FROM json_each(?1)",
            &json("search", &search)?,
            change,
        )
        .await
    }

    /// Deletes contacts from the copy; returns how many were there.
    pub(crate) async fn delete_contacts(
        &self,
        gone: &[&ContactRef],
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<u64, StoreError> {
        if gone.is_empty() {
            return Ok(0);
        }
        let names: Vec<_> = gone
            .iter()
            .map(|at| (at.connection.as_str(), at.kind.as_str(), at.id.as_str()))
            .collect();
        let ids: Vec<i64> = sqlx::query_scalar(
            "DELETE FROM contact WHERE id IN (SELECT c.id FROM json_each(?1) j CROSS JOIN contact c \
             ON c.connection = j.value ->> 0 AND c.kind = j.value ->> 1 \
             AND c.remote_id = j.value ->> 2) RETURNING id",
        )
        .bind(json("contact", &names)?)
        .fetch_all(&mut **change)
        .await
        .map_err(|error| self.cache().fault(error))?;
        self.mark_gone(&ids, change).await?;
        Ok(u64::try_from(ids.len()).unwrap_or(0))
    }

    /// Has the search box forget contacts that were deleted.
    pub(crate) async fn mark_gone(
        &self,
        ids: &[i64],
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.run(
            "INSERT OR REPLACE INTO search_due (contact_id, gone) \
             SELECT value, 1 FROM json_each(?1)",
            &json("contact ids", ids)?,
            change,
        )
        .await
    }

    /// Runs a statement of the cache with one JSON list.
    pub(crate) async fn run(
        &self,
        statement: &'static str,
        rows: &str,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        sqlx::query(statement)
            .bind(rows)
            .execute(&mut **change)
            .await
            .map_err(|error| self.cache().fault(error))?;
        Ok(())
    }
}

/// Connection, kind and id of a contact, as they stand in its row.
type Named = (String, String, String);

/// How a field led to a key.
#[derive(Clone, Copy, Serialize)]
struct How {
    place: usize,
    likely: bool,
    rule: &'static str,
}

/// A contact, read and folded before the write lock is taken.
pub(crate) struct Prepared {
    at: ContactRef,
    body: String,
    phones: Vec<(PhoneNumber, How)>,
    texts: Vec<(String, How)>,
    search: SearchTexts,
    /// Archived: kept, but found neither by number nor by name.
    hidden: bool,
}

impl Prepared {
    pub(crate) fn of(contact: &Contact, region: Region) -> Result<Self, StoreError> {
        let keys = if contact.archived {
            BTreeMap::new()
        } else {
            keys_of(contact, contact.country.unwrap_or(region))
        };
        let search = SearchTexts::of(contact, keys.keys());
        let (mut phones, mut texts) = (Vec::new(), Vec::new());
        for (key, how) in keys {
            match key {
                NumberKey::E164(number) => phones.push((number, how)),
                NumberKey::Text(text) => texts.push((text, how)),
            }
        }
        Ok(Self {
            at: contact.at.clone(),
            body: json("contact", contact)?,
            phones,
            texts,
            search,
            hidden: contact.archived,
        })
    }

    fn named(&self) -> Named {
        (
            self.at.connection.as_str().to_owned(),
            self.at.kind.as_str().to_owned(),
            self.at.id.as_str().to_owned(),
        )
    }

    fn numbers(&self) -> usize {
        self.phones.len() + self.texts.len()
    }
}

pub(crate) fn prepare_all<'a>(
    contacts: impl Iterator<Item = &'a Contact>,
    region: Region,
) -> Result<Vec<Prepared>, StoreError> {
    contacts
        .map(|contact| Prepared::of(contact, region))
        .collect()
}

/// Every key of a contact's phone fields, each by its best reading: a likely one before one that
/// could be, an earlier field before a later one.
fn keys_of(contact: &Contact, region: Region) -> BTreeMap<NumberKey, How> {
    let mut keys: BTreeMap<NumberKey, How> = BTreeMap::new();
    let fields = contact.phones.iter().enumerate();
    for (place, phone) in fields.filter(|(_, phone)| PhoneField::names_a_caller(phone.field)) {
        for reading in read_stored(&phone.text, region) {
            let how = How {
                place,
                likely: reading.likely,
                rule: reading.rule.as_str(),
            };
            let known = keys.entry(reading.key).or_insert(how);
            if how.likely && !known.likely {
                *known = how;
            }
        }
    }
    keys
}

pub(crate) fn cached(body: &str, synced_at: i64) -> Result<CachedContact, StoreError> {
    Ok(CachedContact {
        contact: parse("contact", body)?,
        synced_at: instant(synced_at),
    })
}
