//! What is worth tidying in the CRM: numbers on several of its records, and phone fields that could
//! not be read. Asked for now and then, so it walks through the cache in small steps and keeps no
//! index of its own.

use std::collections::{BTreeMap, BTreeSet};

use callside_core::contact::PhoneField;
use callside_core::id::ConnectionId;
use callside_core::phone_number::{
    NumberKey, PhoneNumber, Reading, ReadingRule, Region, read_stored,
};

use crate::calls::readable;
use crate::contacts::{CachedContact, cached};
use crate::rows::{json, number};
use crate::{Store, StoreError};

/// Rows that one step looks at.
const AT_ONCE: i64 = 500;

/// A number that several records of one CRM have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedNumber {
    /// The number.
    pub number: PhoneNumber,
    /// The records, at least two, all of one connection, in the order they came into the cache.
    pub contacts: Vec<CachedContact>,
}

/// A phone field that gives no number.
#[derive(Clone, PartialEq, Eq)]
pub struct UnreadablePhone {
    /// The record.
    pub contact: CachedContact,
    /// Which field.
    pub field: PhoneField,
    /// The CRM's text.
    pub text: String,
    /// A number that the text could mean.
    pub proposed: Option<PhoneNumber>,
}

impl std::fmt::Debug for UnreadablePhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnreadablePhone")
            .field("contact", &self.contact)
            .field("field", &self.field)
            .finish_non_exhaustive()
    }
}

/// Why a number that stands in the CRM names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unnamed {
    /// It is only the fax number of a record.
    FaxOnly,
    /// Only an archived record has it.
    Archived,
}

impl Store {
    /// Which of the numbers stand in records that name no caller, and why. National numbers are
    /// read as by [`Store::unreadable_phones`].
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn unnamed_numbers(
        &self,
        numbers: &BTreeSet<NumberKey>,
        regions: &BTreeMap<ConnectionId, Region>,
        region: Region,
    ) -> Result<BTreeMap<NumberKey, Unnamed>, StoreError> {
        let mut found = BTreeMap::new();
        if numbers.is_empty() {
            return Ok(found);
        }
        let mut after = 0;
        while let Some((last, contacts)) = self.contacts_after(after).await? {
            after = last;
            for cached in &contacts {
                let contact = &cached.contact;
                let region = own_region(cached, regions, region);
                for phone in &contact.phones {
                    let why = match (contact.archived, phone.field.names_a_caller()) {
                        (true, _) => Unnamed::Archived,
                        (false, false) => Unnamed::FaxOnly,
                        (false, true) => continue,
                    };
                    for reading in read_stored(&phone.text, region) {
                        if reading.likely && numbers.contains(&reading.key) {
                            let known = found.entry(reading.key).or_insert(why);
                            *known = why.max(*known);
                        }
                    }
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(found)
    }

    /// Some contacts after an id, and the id of the last one. None when there are no more.
    async fn contacts_after(
        &self,
        after: i64,
    ) -> Result<Option<(i64, Vec<CachedContact>)>, StoreError> {
        let db = self.cache();
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT id, body, synced_at FROM contact WHERE id > ?1 ORDER BY id LIMIT ?2",
        )
        .bind(after)
        .bind(AT_ONCE)
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        let contacts = rows
            .iter()
            .map(|(_, body, synced_at)| cached(body, *synced_at));
        Ok(rows.last().map(|(last, ..)| (*last, readable(contacts))))
    }

    /// Numbers that several records of one CRM have, `limit` of them at most, in the order of the
    /// numbers. Readings that only could be do not count.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn shared_numbers(&self, limit: usize) -> Result<Vec<SharedNumber>, StoreError> {
        let db = self.cache();
        let mut shared = Vec::new();
        let mut after = 0;
        while shared.len() < limit {
            let numbers: Vec<i64> = sqlx::query_scalar(
                "SELECT e164 FROM contact_phone WHERE likely = 1 AND e164 > ?1 \
                 GROUP BY e164 HAVING count(*) > 1 ORDER BY e164 LIMIT ?2",
            )
            .bind(after)
            .bind(AT_ONCE)
            .fetch_all(&db.readers)
            .await
            .map_err(|error| db.fault(error))?;
            let Some(last) = numbers.last() else { break };
            after = *last;
            shared.extend(self.sharing(&numbers).await?);
            tokio::task::yield_now().await;
        }
        shared.truncate(limit);
        Ok(shared)
    }

    async fn sharing(&self, numbers: &[i64]) -> Result<Vec<SharedNumber>, StoreError> {
        let db = self.cache();
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT p.e164, c.body, c.synced_at FROM json_each(?1) j \
             CROSS JOIN contact_phone p ON p.e164 = j.value AND p.likely = 1 \
             CROSS JOIN contact c ON c.id = p.contact_id ORDER BY p.e164, c.id",
        )
        .bind(json("number keys", numbers)?)
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        let mut groups: BTreeMap<(i64, ConnectionId), Vec<CachedContact>> = BTreeMap::new();
        for (digits, contact) in readable(
            rows.iter()
                .map(|(digits, body, synced_at)| Ok((*digits, cached(body, *synced_at)?))),
        ) {
            let group = (digits, contact.contact.at.connection.clone());
            groups.entry(group).or_default().push(contact);
        }
        let shared = groups
            .into_iter()
            .filter(|(_, contacts)| contacts.len() > 1);
        Ok(shared
            .filter_map(|((digits, _), contacts)| {
                let number = number(digits)?;
                Some(SharedNumber { number, contacts })
            })
            .collect())
    }

    /// Phone fields that give no number, `limit` of them at most, in the order in which their
    /// records came into the cache. National numbers are read in the record's own country, else in
    /// the region of its connection, else in `region`. A fax and an archived record do not count.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn unreadable_phones(
        &self,
        regions: &BTreeMap<ConnectionId, Region>,
        region: Region,
        limit: usize,
    ) -> Result<Vec<UnreadablePhone>, StoreError> {
        let mut found = Vec::new();
        let mut after = 0;
        while found.len() < limit {
            let Some((last, contacts)) = self.contacts_after(after).await? else {
                break;
            };
            after = last;
            for contact in &contacts {
                let region = own_region(contact, regions, region);
                found.extend(unreadable(contact, region));
            }
            tokio::task::yield_now().await;
        }
        found.truncate(limit);
        Ok(found)
    }
}

/// The region in which a record's national numbers are read.
fn own_region(
    cached: &CachedContact,
    regions: &BTreeMap<ConnectionId, Region>,
    region: Region,
) -> Region {
    let connection = &cached.contact.at.connection;
    let own = cached.contact.country;
    own.or(regions.get(connection).copied()).unwrap_or(region)
}

fn unreadable(cached: &CachedContact, region: Region) -> Vec<UnreadablePhone> {
    let contact = &cached.contact;
    if contact.archived {
        return Vec::new();
    }
    let fields = contact.phones.iter();
    fields
        .filter(|phone| phone.field.names_a_caller() && !phone.text.trim().is_empty())
        .filter_map(|phone| {
            let readings = read_stored(&phone.text, region);
            if readings.iter().any(is_understood) {
                return None;
            }
            Some(UnreadablePhone {
                contact: cached.clone(),
                field: phone.field,
                text: phone.text.clone(),
                proposed: readings.iter().find_map(|reading| reading.key.number()),
            })
        })
        .collect()
}

/// Whether a text surely means this, and this is something that can call.
fn is_understood(reading: &Reading) -> bool {
    reading.likely && reading.rule != ReadingRule::AsWritten
}
