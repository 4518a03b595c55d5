//! Numbers and people as windows show them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use callside_core::contact::{Contact, ContactKind, ContactRef, PhoneField, Role, StoredPhone};
use callside_core::id::{ConnectionId, RemoteId};
use callside_core::links::dial_request;
use callside_core::matching::{Confidence, Match};
use callside_core::phone_number::{PhoneNumber, Region, RemoteNumber, read_stored};
use jiff::Timestamp;

use crate::shapes;
use crate::text::{Text, crm_name};
use crate::wire::{
    ConfidenceWord, ContactKey, ContactKindWord, ContactRow, ContactView, MatchView, NumberView,
    PhoneView, RoleWord,
};

/// How many colours a round field beside a name may have.
const HUES: u64 = 12;

/// A remote number, ready to be shown.
pub fn number(remote: &RemoteNumber, region: Region) -> NumberView {
    let display = match remote.number {
        Some(number) => number.international(),
        None if remote.is_withheld() => String::new(),
        None => remote.display(),
    };
    NumberView {
        dialable: dial_request(&remote.display(), region).is_ok(),
        e164: remote.number.map(PhoneNumber::e164),
        region: remote.region.map(|region| region.as_str().to_owned()),
        time_zone: remote.region.and_then(only_time_zone),
        kind: shapes::number_kind(remote.kind),
        display,
    }
}

/// A number of the number plan, ready to be shown.
pub fn known_number(known: PhoneNumber, region: Region) -> NumberView {
    let country = known.region();
    NumberView {
        display: known.international(),
        e164: Some(known.e164()),
        region: country.map(|country| country.as_str().to_owned()),
        time_zone: country.and_then(only_time_zone),
        kind: shapes::number_kind(known.kind()),
        dialable: dial_request(&known.e164(), region).is_ok(),
    }
}

/// The only time zone of a country, by the system's own list; None for a country with several,
/// and on a system without such a list.
fn only_time_zone(region: Region) -> Option<String> {
    static ZONES: OnceLock<BTreeMap<String, Option<String>>> = OnceLock::new();
    let zones = ZONES.get_or_init(|| {
        let text = std::fs::read_to_string("/usr/share/zoneinfo/zone.tab").unwrap_or_default();
        let mut zones = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(country), Some(zone)) = (columns.next(), columns.nth(1)) else {
                continue;
            };
            zones
                .entry(country.to_owned())
                .and_modify(|only| *only = None)
                .or_insert_with(|| Some(zone.to_owned()));
        }
        zones
    });
    zones.get(region.as_str()).cloned().flatten()
}

/// Where a record lives, for the bridge.
pub fn key(at: &ContactRef) -> ContactKey {
    ContactKey {
        connection: at.connection.as_str().to_owned(),
        kind: shapes::contact_kind(at.kind),
        id: at.id.as_str().to_owned(),
    }
}

/// Where a record lives, from the bridge.
pub fn from_key(key: &ContactKey) -> ContactRef {
    ContactRef {
        connection: ConnectionId::new(key.connection.clone()),
        kind: from_kind(key.kind),
        id: RemoteId::new(key.id.clone()),
    }
}

/// A kind of record, from the bridge.
pub fn from_kind(word: ContactKindWord) -> ContactKind {
    match word {
        ContactKindWord::Individual => ContactKind::Individual,
        ContactKindWord::Company => ContactKind::Company,
        ContactKindWord::Contact => ContactKind::Contact,
        ContactKindWord::Lead => ContactKind::Lead,
        ContactKindWord::Account => ContactKind::Account,
        ContactKindWord::PersonAccount => ContactKind::PersonAccount,
        ContactKindWord::Customer => ContactKind::Customer,
    }
}

/// A role, for the bridge.
pub fn role(role: Role) -> RoleWord {
    match role {
        Role::Client => RoleWord::Client,
        Role::Prospect => RoleWord::Prospect,
        Role::Supplier => RoleWord::Supplier,
    }
}

/// A softphone's name as people write it.
pub fn source_name(app: &str, text: &Text) -> String {
    match app {
        "link" | "command" | "sample" | "hooks" => text.say(&format!("rust-source-{app}")),
        "aircall" => "Aircall".into(),
        "allo" => "Allo".into(),
        "microsip" => "MicroSIP".into(),
        "linphone" => "Linphone".into(),
        "jitsi" => "Jitsi".into(),
        "twinkle" => "Twinkle".into(),
        "3cx" => "3CX".into(),
        other => other.to_owned(),
    }
}

/// A name as a stable word: small letters and digits, other signs as one dash.
pub fn plain_id(name: &str) -> String {
    name.to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

/// At most two letters that stand for a name.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| c.is_whitespace() || c == '-')
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    [first, last]
        .into_iter()
        .flatten()
        .flat_map(char::to_uppercase)
        .collect()
}

/// The same colour for the same name, on every machine.
pub fn hue(name: &str) -> u32 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u32::try_from(hash % HUES).unwrap_or(0)
}

/// A record of the cache.
pub fn contact(contact: &Contact, synced_at: Option<Timestamp>, region: Region) -> ContactView {
    let own_region = contact.country.unwrap_or(region);
    ContactView {
        at: key(&contact.at),
        connection_name: crm_name(contact.at.connection.as_str()).to_owned(),
        initials: initials(&contact.name),
        hue: hue(&contact.name),
        name: contact.name.clone(),
        company: contact.company.clone(),
        position: contact.position.clone(),
        role: contact.role.map(role),
        email: contact.email.clone(),
        owner: contact.owner.clone(),
        tags: contact.tags.clone(),
        note: contact.note.clone(),
        phones: contact
            .phones
            .iter()
            .flat_map(|stored| phones(stored, own_region))
            .collect(),
        no_marketing_calls: contact.no_marketing_calls,
        has_page: contact.url.is_some(),
        synced_at: synced_at.map(|at| at.to_string()),
    }
}

/// A field may hold several numbers; each is a row. A field that cannot be read is one row too.
fn phones(stored: &StoredPhone, region: Region) -> Vec<PhoneView> {
    let row = |number| PhoneView {
        field: stored.field.as_str().to_owned(),
        text: stored.text.clone(),
        number,
    };
    let rows: Vec<PhoneView> = read_stored(&stored.text, region)
        .iter()
        .filter(|reading| reading.likely)
        .filter_map(|reading| reading.key.number())
        .map(|number| row(Some(known_number(number, region))))
        .collect();
    if rows.is_empty() {
        vec![row(None)]
    } else {
        rows
    }
}

/// A row of the contact list.
pub fn row(contact: &Contact, region: Region) -> ContactRow {
    let own_region = contact.country.unwrap_or(region);
    let number = contact
        .phones
        .iter()
        .filter(|stored| stored.field != PhoneField::Fax)
        .flat_map(|stored| phones(stored, own_region))
        .find_map(|phone| phone.number);
    ContactRow {
        at: key(&contact.at),
        connection_name: crm_name(contact.at.connection.as_str()).to_owned(),
        initials: initials(&contact.name),
        hue: hue(&contact.name),
        name: contact.name.clone(),
        company: contact.company.clone(),
        role: contact.role.map(role),
        number,
    }
}

/// A match, with the sentence that says why.
pub fn match_view(m: &Match, rivals: usize, region: Region, text: &Text) -> MatchView {
    let field = text.say(&format!("rust-field-{}", m.field.as_str()));
    let rule = text.say(&format!("rust-rule-{}", m.rule.replace('_', "-")));
    let why = if m.remembered {
        text.say("rust-why-remembered")
    } else {
        let words = [("field", field.as_str()), ("rule", rule.as_str())];
        text.count_with("rust-why", ("rivals", rivals as u64), &words)
    };
    MatchView {
        contact: contact(&m.contact, Some(m.synced_at), region),
        confidence: confidence(m.confidence),
        field: m.field.as_str().to_owned(),
        field_text: m.stored_text.clone(),
        rule: m.rule.clone(),
        why,
    }
}

fn confidence(confidence: Confidence) -> ConfidenceWord {
    match confidence {
        Confidence::Exact => ConfidenceWord::Exact,
        Confidence::CouldBe => ConfidenceWord::CouldBe,
    }
}

/// Matches split into those that may name the caller and those that are a question.
pub fn split_matches(
    matches: &[Match],
    region: Region,
    text: &Text,
) -> (Vec<MatchView>, Vec<MatchView>) {
    let rivals = matches.len().saturating_sub(1);
    let (exact, could_be): (Vec<&Match>, Vec<&Match>) = matches
        .iter()
        .partition(|m| m.confidence == Confidence::Exact);
    let view = |m: &&Match| match_view(m, rivals, region, text);
    (
        exact.iter().map(view).collect(),
        could_be.iter().map(view).collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn initials_come_from_the_first_and_the_last_word() {
        let rows = [
            ("Marie Dupont", "MD"),
            ("Anne-Lise de la Tour", "AT"),
            ("Boulangerie", "B"),
            ("  ", ""),
            ("élodie ßtern", "ÉSS"),
            ("(Marie)", "M"),
        ];
        for (name, want) in rows {
            assert_eq!(initials(name), want, "{name}");
        }
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(hue("Marie Dupont"), hue("Marie Dupont"));
        assert!(hue("Marie Dupont") < 12);
    }

    #[test]
    fn a_withheld_number_shows_nothing_to_dial() {
        let view = number(&RemoteNumber::withheld(), Region::FR);
        assert_eq!((view.display.as_str(), view.dialable), ("", false));
        assert_eq!(view.e164, None);
    }
}
