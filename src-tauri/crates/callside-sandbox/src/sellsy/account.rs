//! One company's data: the book, and over it everything that was written since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Ask, PhoneCall, Quotas, Staff, errors::Refusal};
use crate::book::{
    Book, BookOptions, FIRST_FIXED, FIRST_TAG, Opportunity, Record, RecordKind, TAGS,
    fixed_opportunities, fixed_records,
};

/// What a phone call on a record that does not exist is answered with. The document does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingRelated {
    /// 400 that names `related`.
    #[default]
    BadRequest,
    /// 404.
    NotFound,
}

/// The whole state behind the API.
pub(crate) struct Account {
    book: Book,
    changed: BTreeMap<(RecordKind, u64), Record>,
    deleted: BTreeSet<(RecordKind, u64)>,
    last_third: u64,
    last_contact: u64,
    deals: BTreeMap<u64, Opportunity>,
    deal_tags: BTreeMap<u64, BTreeSet<u64>>,
    deal_count: Option<u64>,
    pub(crate) calls: BTreeMap<u64, PhoneCall>,
    pub(crate) last_call: u64,
    pub(crate) comments: Vec<Value>,
    pub(crate) tags: BTreeMap<u64, String>,
    pub(crate) staff: Vec<Staff>,
    pub(crate) quotas: Quotas,
    pub(crate) missing_related: MissingRelated,
    /// How long a new phone call stays out of lists and searches, in milliseconds.
    pub(crate) slow_index_ms: u64,
}

impl Account {
    pub(crate) fn new(
        book: BookOptions,
        staff: Vec<Staff>,
        quotas: Quotas,
        missing_related: MissingRelated,
    ) -> Self {
        let book = Book::new(book);
        Self {
            book,
            changed: fixed_records()
                .into_iter()
                .map(|record| ((record.kind, record.id), record))
                .collect(),
            deleted: BTreeSet::new(),
            last_third: book.last_id(RecordKind::Company),
            last_contact: book.last_id(RecordKind::Contact),
            deals: fixed_opportunities()
                .into_iter()
                .map(|deal| (deal.id, deal))
                .collect(),
            deal_tags: BTreeMap::new(),
            deal_count: None,
            calls: BTreeMap::new(),
            last_call: 9000,
            comments: Vec::new(),
            tags: (FIRST_TAG..)
                .zip(TAGS)
                .map(|(id, tag)| (id, tag.to_owned()))
                .collect(),
            staff,
            quotas,
            missing_related,
            slow_index_ms: 0,
        }
    }

    /// Whether a record exists.
    pub(crate) fn has(&self, kind: RecordKind, id: u64) -> bool {
        self.changed.contains_key(&(kind, id))
            || (self.book.has(kind, id) && !self.deleted.contains(&(kind, id)))
    }

    pub(crate) fn record(&self, kind: RecordKind, id: u64) -> Option<Record> {
        match self.changed.get(&(kind, id)) {
            Some(record) => Some(record.clone()),
            None if self.deleted.contains(&(kind, id)) => None,
            None => self.book.record(kind, id),
        }
    }

    pub(crate) fn changed_records(&self) -> impl Iterator<Item = &Record> {
        self.changed.values()
    }

    pub(crate) fn found(&self, kind: RecordKind, id: u64) -> Result<Record, Refusal> {
        self.record(kind, id).ok_or_else(|| {
            Refusal::not_found(match kind {
                RecordKind::Individual => "Particulier",
                RecordKind::Company => "Société",
                RecordKind::Contact => "Contact",
            })
        })
    }

    /// Creation and last change, without making the row.
    pub(crate) fn times(&self, kind: RecordKind, id: u64) -> (i64, i64) {
        match self.changed.get(&(kind, id)) {
            Some(record) => (record.created, record.updated),
            None => self.book.times(kind, id),
        }
    }

    /// Every existing id of a kind, rising or falling, starting beyond `after`.
    pub(crate) fn ids(
        &self,
        kind: RecordKind,
        ascending: bool,
        after: Option<u64>,
    ) -> Box<dyn Iterator<Item = u64> + '_> {
        let last = match kind {
            RecordKind::Contact => self.last_contact,
            RecordKind::Company | RecordKind::Individual => self.last_third,
        };
        let exists = move |id: &u64| self.has(kind, *id);
        if ascending {
            Box::new((after.map_or(FIRST_FIXED, |id| id.saturating_add(1))..=last).filter(exists))
        } else {
            Box::new(
                (FIRST_FIXED..after.unwrap_or(u64::MAX).min(last + 1))
                    .rev()
                    .filter(exists),
            )
        }
    }

    /// The ids that were written since the start, with those of the fixed rows.
    pub(crate) fn changed_ids(&self, kind: RecordKind) -> Vec<u64> {
        self.changed
            .keys()
            .filter(|(of, _)| *of == kind)
            .map(|(_, id)| *id)
            .collect()
    }

    pub(crate) fn count(&self, kind: RecordKind) -> u64 {
        let gone = self
            .deleted
            .iter()
            .filter(|(of, id)| *of == kind && self.book.has(kind, *id))
            .count() as u64;
        let added = self
            .changed
            .keys()
            .filter(|(of, id)| *of == kind && !self.book.has(kind, *id))
            .count() as u64;
        self.book.count(kind) + added - gone
    }

    /// Makes room for a new record and gives it an id that was never used.
    pub(crate) fn new_record(&mut self, kind: RecordKind, now: i64) -> Record {
        let last = match kind {
            RecordKind::Contact => &mut self.last_contact,
            RecordKind::Company | RecordKind::Individual => &mut self.last_third,
        };
        *last += 1;
        Record::new(kind, *last, "", now)
    }

    /// Keeps a record as it is given.
    pub(crate) fn put(&mut self, record: Record) {
        self.deal_count = None;
        self.changed.insert((record.kind, record.id), record);
    }

    /// Removes a record. False when there is none.
    pub(crate) fn delete(&mut self, kind: RecordKind, id: u64) -> bool {
        let existed = self.has(kind, id);
        self.changed.remove(&(kind, id));
        self.deleted.insert((kind, id));
        self.deal_count = None;
        existed
    }

    /// The existing companies of a contact.
    pub(crate) fn companies_of(&self, contact: &Record) -> Vec<Record> {
        contact
            .companies
            .iter()
            .filter_map(|id| self.record(RecordKind::Company, *id))
            .collect()
    }

    /// The ids of the contacts linked to a company or individual, rising.
    pub(crate) fn contacts_of(&self, kind: RecordKind, id: u64) -> Vec<u64> {
        let untouched = |contact: &u64| {
            let key = (RecordKind::Contact, *contact);
            !self.changed.contains_key(&key) && !self.deleted.contains(&key)
        };
        let mut found: BTreeSet<u64> = self
            .book
            .contacts_of(kind, id)
            .into_iter()
            .filter(untouched)
            .collect();
        for ((of, contact), record) in &self.changed {
            let links = if kind == RecordKind::Company {
                &record.companies
            } else {
                &record.individuals
            };
            if *of == RecordKind::Contact && links.contains(&id) {
                found.insert(*contact);
            }
        }
        found.into_iter().collect()
    }

    /// An opportunity whose company or individual still exists.
    pub(crate) fn opportunity(&self, id: u64) -> Option<Opportunity> {
        let deal = self
            .deals
            .get(&id)
            .cloned()
            .or_else(|| self.book.opportunity(id))?;
        self.has(deal.third.0, deal.third.1).then_some(deal)
    }

    /// Keeps an opportunity as it is given.
    pub(crate) fn put_opportunity(&mut self, deal: Opportunity) {
        self.deal_count = None;
        self.deals.insert(deal.id, deal);
    }

    /// Every id that an opportunity may have, rising or falling, starting beyond `after`.
    pub(crate) fn opportunity_ids(
        &self,
        ascending: bool,
        after: Option<u64>,
    ) -> Box<dyn Iterator<Item = u64> + '_> {
        let last = self
            .book
            .last_opportunity()
            .max(self.deals.keys().next_back().copied().unwrap_or_default());
        let exists = move |id: &u64| self.deals.contains_key(id) || self.book.has_opportunity(*id);
        if ascending {
            Box::new((after.map_or(FIRST_FIXED, |id| id.saturating_add(1))..=last).filter(exists))
        } else {
            Box::new(
                (FIRST_FIXED..after.unwrap_or(u64::MAX).min(last + 1))
                    .rev()
                    .filter(exists),
            )
        }
    }

    /// The ids of the opportunities of a company or individual.
    pub(crate) fn opportunities_of(&self, kind: RecordKind, id: u64) -> Vec<u64> {
        let existing = |id: &u64| self.opportunity(*id).is_some();
        self.deals_of(kind, id)
            .into_iter()
            .filter(existing)
            .collect()
    }

    /// The same, whether or not the company or individual still exists.
    fn deals_of(&self, kind: RecordKind, id: u64) -> BTreeSet<u64> {
        let mut found: BTreeSet<u64> = self.book.opportunities_of(kind, id).into_iter().collect();
        found.extend(
            self.deals
                .values()
                .filter(|deal| deal.third == (kind, id))
                .map(|deal| deal.id),
        );
        found
    }

    pub(crate) fn opportunity_count(&mut self) -> u64 {
        if let Some(count) = self.deal_count {
            return count;
        }
        let all = self.opportunity_ids(true, None).count() as u64;
        let orphans: usize = self
            .deleted
            .iter()
            .map(|(kind, id)| self.deals_of(*kind, *id).len())
            .sum();
        let count = all - orphans as u64;
        self.deal_count = Some(count);
        count
    }

    pub(crate) fn opportunity_tags(&self, id: u64) -> BTreeSet<u64> {
        self.deal_tags.get(&id).cloned().unwrap_or_default()
    }

    pub(crate) fn tag_opportunity(&mut self, id: u64, tags: BTreeSet<u64>) {
        self.deal_tags.insert(id, tags);
    }

    pub(crate) fn staff_with_id(&self, id: u64) -> Option<&Staff> {
        self.staff.iter().find(|staff| staff.id == id)
    }

    /// The staff who asks.
    pub(crate) fn me(&self, ask: &Ask) -> Result<&Staff, Refusal> {
        self.staff_with_id(ask.me).ok_or_else(Refusal::unauthorized)
    }
}
