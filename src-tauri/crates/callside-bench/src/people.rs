//! The invented company's people as contacts of any number, page by page.

use callside_core::contact::{Contact, ContactKind, ContactRef, PhoneField, Role, StoredPhone};
use callside_core::id::{ConnectionId, RemoteId};
use callside_core::phone_number::{NumberKey, Region, read_stored};
use callside_core::sync::{ContactChange, SyncCursor, SyncPage};
use callside_sandbox::book::{Book, FIRST_GENERATED, Record};
use callside_sandbox::{BookOptions, RecordKind, Role as BookRole};
use jiff::Timestamp;

/// The connection that the contacts belong to.
pub(crate) fn connection() -> ConnectionId {
    ConnectionId::new("sellsy")
}

/// As many invented contacts.
pub(crate) fn contacts(count: usize) -> impl Iterator<Item = Contact> + Send {
    let book = Book::new(BookOptions {
        contacts: count,
        ..BookOptions::default()
    });
    RecordKind::ALL
        .into_iter()
        .flat_map(move |kind| (FIRST_GENERATED..=book.last_id(kind)).map(move |id| (kind, id)))
        .filter_map(move |(kind, id)| book.record(kind, id))
        .map(|record| contact(&record))
}

fn contact(record: &Record) -> Contact {
    let kind = match record.kind {
        RecordKind::Individual => ContactKind::Individual,
        RecordKind::Company => ContactKind::Company,
        RecordKind::Contact => ContactKind::Contact,
    };
    let phones = [
        (PhoneField::Phone, &record.phone_number),
        (PhoneField::Mobile, &record.mobile_number),
        (PhoneField::Fax, &record.fax_number),
    ];
    Contact {
        at: ContactRef {
            connection: connection(),
            kind,
            id: RemoteId::new(record.id.to_string()),
        },
        name: record.display_name(),
        company: None,
        position: record.position.clone(),
        role: record.role.map(|role| match role {
            BookRole::Prospect => Role::Prospect,
            BookRole::Client => Role::Client,
            BookRole::Supplier => Role::Supplier,
        }),
        email: record.email.clone(),
        owner: record.owner_id.map(|id| format!("Agent {id}")),
        tags: record.tags.iter().map(|id| format!("tag {id}")).collect(),
        note: Some(record.note.clone()).filter(|note| !note.is_empty()),
        phones: phones
            .into_iter()
            .filter_map(|(field, text)| {
                let text = spread(text.as_deref()?, record.id);
                Some(StoredPhone { field, text })
            })
            .collect(),
        country: record
            .address
            .as_ref()
            .and_then(|address| Region::parse(&address.country_code)),
        created_at: Timestamp::from_second(record.created).ok(),
        updated_at: Timestamp::from_second(record.updated).ok(),
        archived: record.is_archived,
        no_marketing_calls: !record.subscriptions.iter().any(|s| s == "phone"),
        url: Some(format!("https://www.sellsy.com/peoples/{}", record.id)),
    }
}

/// The same spelling of another number of its country's mobile or fixed lines.
///
/// The ranges for fiction are so narrow that a million numbers would all begin alike, which no real
/// address book does: every search by digits would look at all of them.
fn spread(text: &str, id: u64) -> String {
    let code = if text.starts_with("+33") || text.starts_with("0033") {
        text.find("33").map_or(0, |at| at + 2)
    } else if text.starts_with('0') && !text.starts_with("00") {
        0
    } else {
        return text.to_owned();
    };
    let mut dice = Dice::new(id ^ u64::from(text.ends_with(|c: char| c.is_ascii_digit())) << 40);
    // The trunk zero, written or in brackets, and the digit that tells the kind of line stay.
    let (mut kind_seen, mut count) = (false, 0);
    text.char_indices()
        .map(|(at, c)| {
            if at < code || !c.is_ascii_digit() {
                return c;
            }
            if !kind_seen {
                kind_seen = c != '0';
                return c;
            }
            count += 1;
            // Beyond eight it is an extension, or a second number.
            let digit = u32::try_from(dice.below(10)).ok();
            let digit = digit.and_then(|digit| char::from_digit(digit, 10));
            digit.filter(|_| count <= 8).unwrap_or(c)
        })
        .collect()
}

/// A page as a sync brings it.
pub(crate) fn page(contacts: Vec<Contact>, number: usize, finished: bool) -> SyncPage {
    SyncPage {
        changes: contacts
            .into_iter()
            .map(|contact| ContactChange::Upsert(Box::new(contact)))
            .collect(),
        seen: Vec::new(),
        cursor: SyncCursor(format!("page {number}")),
        finished,
        total: None,
    }
}

/// A number by which this contact must be found. None for one that nobody can call from.
pub(crate) fn caller(contact: &Contact) -> Option<u64> {
    if contact.archived {
        return None;
    }
    let region = contact.country.unwrap_or(Region::FR);
    contact
        .phones
        .iter()
        .filter(|phone| phone.field.names_a_caller())
        .flat_map(|phone| read_stored(&phone.text, region))
        .find_map(|reading| match reading.key {
            NumberKey::E164(number) if reading.likely => Some(number.digits()),
            _ => None,
        })
}

/// Numbers below a bound, always the same for one seed: which sample is looked at next.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that roll the same for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one, below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // The splitmix64 step.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(mixed % bound).unwrap_or(0)
    }

    /// The next one of these.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}
