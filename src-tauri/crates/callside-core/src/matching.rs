//! Whose number it is: candidates from the index become ranked matches.
//!
//! Two texts match when they share a key, and in no other way. A match is exact when both sides
//! read that key as the likelier one; anything else "could be" and never names the caller. The
//! order of several exact matches follows the CRM's own rule, unless the agent has chosen before.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact::{Contact, ContactKind, ContactRef, PhoneField};
use crate::id::ConnectionId;
use crate::phone_number::{NumberKey, RemoteNumber};

/// How sure a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The same number, read the likelier way on both sides.
    Exact,
    /// The same number only if one of the two texts means the less likely thing.
    CouldBe,
}

impl Confidence {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::CouldBe => "could_be",
        }
    }
}

/// A contact that the index gave for one key of the caller.
#[derive(Clone)]
pub struct Candidate {
    /// The record.
    pub contact: Contact,
    /// The field that holds the number.
    pub field: PhoneField,
    /// The field's text, as the CRM wrote it.
    pub stored_text: String,
    /// How the text came to the key, as a word of
    /// [`ReadingRule`](crate::phone_number::ReadingRule).
    pub reading_rule: String,
    /// Whether the key is the likelier reading of the text.
    pub likely: bool,
    /// When the copy of the record was last known to be fresh.
    pub synced_at: Timestamp,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("contact", &self.contact)
            .field("field", &self.field)
            .field("likely", &self.likely)
            .finish_non_exhaustive()
    }
}

/// A contact that the number leads to, and why.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The record.
    pub contact: Contact,
    /// How sure it is.
    pub confidence: Confidence,
    /// The field that holds the number.
    pub field: PhoneField,
    /// How the field's text was read, as a word of
    /// [`ReadingRule`](crate::phone_number::ReadingRule).
    pub rule: String,
    /// The field's text, as the CRM wrote it.
    pub stored_text: String,
    /// When the copy of the record was last known to be fresh.
    pub synced_at: Timestamp,
    /// The agent chose this record for this number before.
    pub remembered: bool,
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Match")
            .field("contact", &self.contact)
            .field("confidence", &self.confidence)
            .field("field", &self.field)
            .field("rule", &self.rule)
            .field("remembered", &self.remembered)
            .finish_non_exhaustive()
    }
}

/// The order of kinds that the CRM's own product follows when several records share a number.
pub fn default_order(crm: &str) -> &'static [ContactKind] {
    match crm {
        "sellsy" => &[
            ContactKind::Individual,
            ContactKind::Company,
            ContactKind::Contact,
        ],
        "salesforce" => &[
            ContactKind::Contact,
            ContactKind::Lead,
            ContactKind::Account,
            ContactKind::PersonAccount,
        ],
        "gorgias" => &[ContactKind::Customer],
        _ => &[],
    }
}

/// Ranks what the index found for the caller's keys, the best first.
///
/// `crm_order` is the user's order of connections; one that is missing there comes last.
/// `kind_order` replaces [`default_order`] for a connection. `remembered` are the records that the
/// agent chose for this number, at most one per connection; such a choice goes before every other
/// match that is as sure. Archived records and fax numbers are left out, and so is a candidate
/// whose key the caller does not have. Each contact comes once, with its surest reading.
pub fn rank(
    caller: &RemoteNumber,
    candidates: Vec<(NumberKey, Candidate)>,
    crm_order: &[ConnectionId],
    kind_order: &BTreeMap<ConnectionId, Vec<ContactKind>>,
    remembered: &[ContactRef],
) -> Vec<Match> {
    let mut best: BTreeMap<ContactRef, Match> = BTreeMap::new();
    for (key, candidate) in candidates {
        if candidate.contact.archived || !candidate.field.names_a_caller() {
            continue;
        }
        let Some(confidence) = confidence(caller, &key, &candidate) else {
            continue;
        };
        let found = matched(candidate, confidence, remembered);
        let at = found.contact.at.clone();
        let surer =
            |known: &Match| (found.confidence, found.field) < (known.confidence, known.field);
        if best.get(&at).is_none_or(surer) {
            best.insert(at, found);
        }
    }
    let mut matches: Vec<Match> = best.into_values().collect();
    matches.sort_by(|a, b| compare(a, b, crm_order, kind_order));
    matches
}

fn confidence(caller: &RemoteNumber, key: &NumberKey, candidate: &Candidate) -> Option<Confidence> {
    let mut with_key = caller.keys.iter().filter(|reading| reading.key == *key);
    let first = with_key.next()?;
    let likely = first.likely || with_key.any(|reading| reading.likely);
    Some(if likely && candidate.likely {
        Confidence::Exact
    } else {
        Confidence::CouldBe
    })
}

fn matched(candidate: Candidate, confidence: Confidence, remembered: &[ContactRef]) -> Match {
    Match {
        remembered: remembered.contains(&candidate.contact.at),
        confidence,
        field: candidate.field,
        rule: candidate.reading_rule,
        stored_text: candidate.stored_text,
        synced_at: candidate.synced_at,
        contact: candidate.contact,
    }
}

fn compare(
    a: &Match,
    b: &Match,
    crm_order: &[ConnectionId],
    kind_order: &BTreeMap<ConnectionId, Vec<ContactKind>>,
) -> Ordering {
    let rank = |found: &Match| {
        let at = &found.contact.at;
        let connection = place(crm_order, &at.connection);
        let kinds = kind_order
            .get(&at.connection)
            .map_or_else(|| default_order(at.connection.as_str()), Vec::as_slice);
        (
            found.confidence,
            !found.remembered,
            connection,
            place(kinds, &at.kind),
        )
    };
    rank(a)
        .cmp(&rank(b))
        // Connections and kinds that no order names still stay together.
        .then_with(|| a.contact.at.connection.cmp(&b.contact.at.connection))
        .then_with(|| a.contact.at.kind.cmp(&b.contact.at.kind))
        .then_with(|| tie(&a.contact, &b.contact))
}

fn place<T: PartialEq>(order: &[T], item: &T) -> usize {
    order
        .iter()
        .position(|each| each == item)
        .unwrap_or(order.len())
}

/// Sellsy lists its records by number; the others show the record that was touched last.
fn tie(a: &Contact, b: &Contact) -> Ordering {
    let by_id = numeric(a)
        .cmp(&numeric(b))
        .then_with(|| a.at.id.cmp(&b.at.id));
    if a.at.connection.as_str() == "sellsy" {
        return by_id;
    }
    Reverse(a.updated_at)
        .cmp(&Reverse(b.updated_at))
        .then(by_id)
}

/// Ids that are no numbers come after all that are.
fn numeric(contact: &Contact) -> u64 {
    contact.at.id.as_str().parse().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
