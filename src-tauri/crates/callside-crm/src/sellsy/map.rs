//! From Sellsy's words to ours, and back. Nothing here asks anybody.

use std::collections::BTreeMap;

use callside_core::call::Direction;
use callside_core::contact::{
    Company, Contact, ContactKind, ContactRef, Opportunity, PhoneField, Role, StoredPhone,
};
use callside_core::id::{ConnectionId, RemoteId};
use callside_core::outbox::{CallResult, LogFields};
use callside_core::phone_number::Region;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::api;

/// The longest text that surely fits into a phone call's description, in characters.
const LONGEST_DESCRIPTION: usize = 4_000;
/// Names longer than this are nobody's.
const LONGEST_NAME: usize = 300;
const LONGEST_NOTE: usize = 10_000;
const LONGEST_PHONE: usize = 200;

/// Where pages of the web application are. None of its addresses is promised, so they are built
/// here and nowhere else.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    web_url: String,
}

impl Links {
    pub(crate) fn new(web_url: &str) -> Self {
        Self {
            web_url: web_url.trim_end_matches('/').to_owned(),
        }
    }

    /// The page of a record. Records whose role is unknown open as prospects, which the
    /// application redirects.
    pub(crate) fn record(&self, kind: ContactKind, role: Option<Role>, id: &str) -> String {
        let web = &self.web_url;
        match kind {
            ContactKind::Contact => format!("{web}/peoples/{id}"),
            _ => {
                let role = role.unwrap_or(Role::Prospect).as_str();
                format!("{web}/thirds/{role}/{id}")
            }
        }
    }
}

/// What turns rows into contacts.
pub(crate) struct Mapping<'a> {
    pub(crate) connection: &'a ConnectionId,
    pub(crate) links: &'a Links,
    /// Names of the staff by id.
    pub(crate) staff: &'a BTreeMap<i64, String>,
}

impl Mapping<'_> {
    pub(crate) fn contact(&self, kind: ContactKind, record: &api::Record) -> Contact {
        let id = record.id.to_string();
        let role = match kind {
            ContactKind::Contact => None,
            _ => record.role.as_deref().and_then(Role::from_word),
        };
        let owner = record
            .owner
            .as_ref()
            .filter(|owner| owner.kind.as_deref() != Some("thirdcontact"));
        let embed = record.embed.as_ref();
        let tags = embed.and_then(|embed| embed.smart_tags.as_ref());
        let subscriptions = record.marketing_campaigns_subscriptions.as_ref();
        Contact {
            name: name_of(kind, record),
            company: None,
            position: filled(record.position.as_deref(), LONGEST_NAME),
            role,
            email: filled(record.email.as_deref(), LONGEST_NAME),
            owner: owner.and_then(|owner| self.staff.get(&owner.id).cloned()),
            tags: tags
                .map(|tags| {
                    tags.iter()
                        .filter_map(|tag| filled(tag.value.as_deref(), LONGEST_NAME))
                        .collect()
                })
                .unwrap_or_default(),
            note: text(record.note.as_deref(), LONGEST_NOTE),
            phones: phones_of(record),
            country: country_of(record),
            created_at: record.created.as_deref().and_then(instant),
            updated_at: modified(record),
            archived: record.is_archived.unwrap_or(false),
            no_marketing_calls: subscriptions
                .is_some_and(|list| !list.iter().any(|s| s == "phone")),
            url: Some(self.links.record(kind, role, &id)),
            at: ContactRef {
                connection: self.connection.clone(),
                kind,
                id: RemoteId::new(id),
            },
        }
    }

    pub(crate) fn company(&self, record: &api::Record) -> Company {
        let id = record.id.to_string();
        let role = record.role.as_deref().and_then(Role::from_word);
        Company {
            name: name_of(ContactKind::Company, record),
            url: Some(self.links.record(ContactKind::Company, role, &id)),
            id: RemoteId::new(id),
            role,
        }
    }
}

/// An opportunity of the record it was asked for. None when it is not open, or not of this record.
pub(crate) fn opportunity(
    row: &api::Opportunity,
    of: &api::Link,
    page: Option<&str>,
) -> Option<Opportunity> {
    let open = matches!(row.status.as_deref(), Some("open" | "late"));
    let asked =
        |related: &api::Reference| related.id == of.id && related.kind.as_deref() == Some(of.kind);
    if !open || !row.related.as_ref()?.iter().any(asked) {
        return None;
    }
    let name = filled(row.name.as_deref(), LONGEST_NAME)
        .or_else(|| filled(row.number.as_deref(), LONGEST_NAME))
        .unwrap_or_else(|| format!("#{}", row.id));
    let amount = row.amount.as_ref();
    Some(Opportunity {
        id: RemoteId::new(row.id.to_string()),
        name,
        stage: row
            .step
            .as_ref()
            .and_then(|step| filled(step.name.as_deref(), LONGEST_NAME)),
        amount: amount
            .and_then(|amount| amount.value.as_ref())
            .map(|value| value.0.clone()),
        currency: amount.and_then(|amount| filled(amount.currency.as_deref(), 3)),
        created_at: row.created.as_deref().and_then(instant),
        url: page.map(str::to_owned),
    })
}

/// The staff member's name as the card shows it.
pub(crate) fn staff_name(staff: &api::Staff) -> String {
    let parts = [staff.firstname.as_deref(), staff.lastname.as_deref()];
    joined(&parts)
        .or_else(|| filled(staff.email.as_deref(), LONGEST_NAME))
        .unwrap_or_else(|| format!("#{}", staff.id))
}

/// Sellsy's word for a direction; its spelling is Sellsy's.
pub(crate) fn source(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "incoming",
        Direction::Outbound => "outcoming",
    }
}

/// The direction behind Sellsy's word.
pub(crate) fn direction(source: &str) -> Option<Direction> {
    [Direction::Inbound, Direction::Outbound]
        .into_iter()
        .find(|direction| self::source(*direction) == source)
}

/// Sellsy's word for what a call came to.
pub(crate) fn result(result: CallResult) -> &'static str {
    match result {
        CallResult::Connected => "connected",
        CallResult::NoAnswer => "noanswer",
        CallResult::Voicemail => "msgvocal",
        CallResult::Busy => "busy",
        CallResult::WrongNumber => "wrongnumber",
    }
}

/// What stands in the fields of a log. None where it says something that Callside never writes.
pub(crate) fn fields(call: &api::PhoneCall) -> Option<LogFields> {
    let word = &call.result.as_ref()?.id;
    let known = [
        CallResult::Connected,
        CallResult::NoAnswer,
        CallResult::Voicemail,
        CallResult::Busy,
        CallResult::WrongNumber,
    ];
    Some(LogFields {
        result: known.into_iter().find(|known| result(*known) == word)?,
        talk_s: call.duration?,
    })
}

/// What has to be changed in the fields of a log that Callside wrote so. Each one is by itself: what
/// a person put there stays.
pub(crate) fn corrections(
    stands: &api::PhoneCall,
    wrote: LogFields,
    now: LogFields,
) -> Map<String, Value> {
    let mut change = Map::new();
    let word = stands.result.as_ref().map(|result| result.id.as_str());
    if wrote.result != now.result && word == Some(result(wrote.result)) {
        change.insert("result".to_owned(), json!(result(now.result)));
    }
    if wrote.talk_s != now.talk_s && stands.duration == Some(wrote.talk_s) {
        change.insert("duration".to_owned(), json!(now.talk_s));
    }
    change
}

/// Sellsy's word for a kind of record. None for kinds of other CRMs.
pub(crate) fn kind_word(kind: ContactKind) -> Option<&'static str> {
    match kind {
        ContactKind::Individual => Some("individual"),
        ContactKind::Company => Some("company"),
        ContactKind::Contact => Some("contact"),
        ContactKind::Lead
        | ContactKind::Account
        | ContactKind::PersonAccount
        | ContactKind::Customer => None,
    }
}

/// An instant as Sellsy writes them: to the second, with a numeric offset.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Reads an instant with its offset.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

/// When the record was last changed.
pub(crate) fn modified(record: &api::Record) -> Option<Timestamp> {
    let text = record.updated_at.as_deref().or(record.updated.as_deref())?;
    instant(text)
}

/// The text cut to what a description surely holds. The marker stands first and is never cut.
pub(crate) fn description(text: &str) -> &str {
    match text.char_indices().nth(LONGEST_DESCRIPTION) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// Whether two texts differ in nothing but blanks and line ends, which a CRM may normalise.
pub(crate) fn same_text(left: &str, right: &str) -> bool {
    left.split_whitespace().eq(right.split_whitespace())
}

/// The lines of the new text that the old one did not have.
pub(crate) fn added_lines(old: &str, new: &str) -> String {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for line in old.lines().map(str::trim) {
        *known.entry(line).or_default() += 1;
    }
    let mut added = Vec::new();
    for line in new.lines() {
        match known.get_mut(line.trim()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => added.push(line),
        }
    }
    added.join("\n").trim().to_owned()
}

/// A short word that stands for a text: the same in every version and on every machine.
pub(crate) fn fingerprint(text: &str) -> String {
    // FNV-1a; nobody has a reason to look for two notes with one fingerprint.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// A person's name as first and last name. A text without letters, or of one word, is a last
/// name.
pub(crate) fn first_and_last(name: &str) -> (Option<String>, String) {
    let name = one_line(name, 200);
    let has_letters = name.chars().any(char::is_alphabetic);
    match name.split_once(' ') {
        Some((first, last)) if has_letters => (Some(first.to_owned()), last.to_owned()),
        _ => (None, name),
    }
}

fn name_of(kind: ContactKind, record: &api::Record) -> String {
    let name = match kind {
        ContactKind::Company => filled(record.name.as_deref(), LONGEST_NAME),
        _ => joined(&[record.first_name.as_deref(), record.last_name.as_deref()]),
    };
    name.or_else(|| filled(record.email.as_deref(), LONGEST_NAME))
        .unwrap_or_else(|| format!("#{}", record.id))
}

fn joined(parts: &[Option<&str>]) -> Option<String> {
    let parts: Vec<&str> = parts.iter().flatten().copied().collect();
    filled(Some(&parts.join(" ")), LONGEST_NAME)
}

fn phones_of(record: &api::Record) -> Vec<StoredPhone> {
    let fields = [
        (PhoneField::Phone, &record.phone_number),
        (PhoneField::Mobile, &record.mobile_number),
        (PhoneField::Fax, &record.fax_number),
    ];
    fields
        .into_iter()
        .filter_map(|(field, value)| {
            let text = value.as_deref().filter(|text| !text.trim().is_empty())?;
            Some(StoredPhone {
                field,
                text: text.chars().take(LONGEST_PHONE).collect(),
            })
        })
        .collect()
}

fn country_of(record: &api::Record) -> Option<Region> {
    let embed = record.embed.as_ref()?;
    [&embed.invoicing_address, &embed.delivery_address]
        .into_iter()
        .flatten()
        .find_map(|address| Region::parse(address.country_code.as_deref()?))
}

/// A text of one line that says something.
fn filled(text: Option<&str>, longest: usize) -> Option<String> {
    let line = one_line(text?, longest);
    (!line.is_empty()).then_some(line)
}

fn one_line(text: &str, longest: usize) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(longest).collect()
}

/// A text of several lines that says something.
fn text(text: Option<&str>, longest: usize) -> Option<String> {
    let kept = |c: char| !c.is_control() || c == '\n' || c == '\t';
    let plain: String = text?.chars().filter(|c| kept(*c)).take(longest).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests;
