#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use super::*;
use crate::id::RemoteId;
use crate::phone_number::{Region, read_remote, read_stored};

fn contact(crm: &str, kind: ContactKind, id: &str) -> Contact {
    Contact {
        at: ContactRef {
            connection: ConnectionId::new(crm),
            kind,
            id: RemoteId::new(id),
        },
        name: format!("{crm} {} {id}", kind.as_str()),
        company: None,
        position: None,
        role: None,
        email: None,
        owner: None,
        tags: Vec::new(),
        note: None,
        phones: Vec::new(),
        country: None,
        created_at: None,
        updated_at: None,
        archived: false,
        no_marketing_calls: false,
        url: None,
    }
}

/// What the index would hold for a field.
fn indexed(contact: &Contact, field: PhoneField, text: &str) -> Vec<(NumberKey, Candidate)> {
    let region = contact.country.unwrap_or(Region::FR);
    read_stored(text, region)
        .into_iter()
        .map(|reading| {
            let candidate = Candidate {
                contact: contact.clone(),
                field,
                stored_text: text.to_owned(),
                reading_rule: reading.rule.as_str().to_owned(),
                likely: reading.likely,
                synced_at: Timestamp::UNIX_EPOCH,
            };
            (reading.key, candidate)
        })
        .collect()
}

fn phone(contact: &Contact) -> Vec<(NumberKey, Candidate)> {
    indexed(contact, PhoneField::Phone, "01 99 00 12 34")
}

fn caller() -> RemoteNumber {
    read_remote("+33199001234", Region::FR)
}

const ORDER: [&str; 3] = ["sellsy", "salesforce", "gorgias"];

fn ranked(candidates: Vec<(NumberKey, Candidate)>, remembered: &[&Contact]) -> Vec<String> {
    let order = ORDER.map(ConnectionId::new);
    let remembered: Vec<ContactRef> = remembered.iter().map(|each| each.at.clone()).collect();
    rank(&caller(), candidates, &order, &BTreeMap::new(), &remembered)
        .into_iter()
        .map(|found| found.contact.name)
        .collect()
}

fn all(contacts: &[&Contact]) -> Vec<(NumberKey, Candidate)> {
    contacts.iter().flat_map(|contact| phone(contact)).collect()
}

fn names(contacts: &[&Contact]) -> Vec<String> {
    contacts
        .iter()
        .map(|contact| contact.name.clone())
        .collect()
}

#[test]
fn connections_then_kinds_then_the_tie_rule_of_the_crm_decide() {
    let individual = contact("sellsy", ContactKind::Individual, "900");
    let company = contact("sellsy", ContactKind::Company, "2");
    let second = contact("sellsy", ContactKind::Contact, "9");
    let third = contact("sellsy", ContactKind::Contact, "10");
    let sales = contact("salesforce", ContactKind::Contact, "003A");
    let lead = contact("salesforce", ContactKind::Lead, "00QA");
    let account = contact("salesforce", ContactKind::Account, "001A");
    let person = contact("salesforce", ContactKind::PersonAccount, "001B");
    let customer = contact("gorgias", ContactKind::Customer, "1");
    let want = [
        &individual,
        &company,
        &second,
        &third,
        &sales,
        &lead,
        &account,
        &person,
        &customer,
    ];
    let mut shuffled = want;
    shuffled.reverse();
    assert_eq!(ranked(all(&shuffled), &[]), names(&want));
}

#[test]
fn outside_sellsy_the_record_touched_last_comes_first() {
    for (crm, kind) in [
        ("salesforce", ContactKind::Contact),
        ("gorgias", ContactKind::Customer),
    ] {
        let mut old = contact(crm, kind, "1");
        old.updated_at = Some("2026-01-01T00:00:00Z".parse().unwrap());
        let mut new = contact(crm, kind, "2");
        new.updated_at = Some("2026-02-01T00:00:00Z".parse().unwrap());
        let never = contact(crm, kind, "0");
        assert_eq!(
            ranked(all(&[&never, &old, &new]), &[]),
            names(&[&new, &old, &never])
        );
    }
}

#[test]
fn sellsy_ids_are_compared_as_numbers() {
    let ids = ["9", "10", "100", "odd"];
    let contacts = ids.map(|id| contact("sellsy", ContactKind::Contact, id));
    let mut candidates: Vec<_> = contacts.iter().flat_map(phone).collect();
    candidates.reverse();
    assert_eq!(ranked(candidates, &[]), names(&contacts.each_ref()));
}

#[test]
fn the_settings_change_the_order_of_connections_and_kinds() {
    let individual = contact("sellsy", ContactKind::Individual, "1");
    let company = contact("sellsy", ContactKind::Company, "2");
    let customer = contact("gorgias", ContactKind::Customer, "3");
    let order = ["gorgias", "sellsy"].map(ConnectionId::new);
    let kinds = BTreeMap::from([(
        ConnectionId::new("sellsy"),
        vec![ContactKind::Company, ContactKind::Individual],
    )]);
    let matches = rank(
        &caller(),
        all(&[&individual, &company, &customer]),
        &order,
        &kinds,
        &[],
    );
    let got: Vec<String> = matches
        .into_iter()
        .map(|found| found.contact.name)
        .collect();
    assert_eq!(got, names(&[&customer, &company, &individual]));
}

#[test]
fn the_agents_earlier_choice_wins_among_what_is_as_sure() {
    let first = contact("sellsy", ContactKind::Individual, "1");
    let chosen = contact("sellsy", ContactKind::Contact, "7");
    let elsewhere = contact("gorgias", ContactKind::Customer, "3");
    assert_eq!(
        ranked(all(&[&first, &chosen, &elsewhere]), &[&chosen]),
        names(&[&chosen, &first, &elsewhere])
    );
    // A choice that the number no longer leads to changes nothing.
    let gone = contact("sellsy", ContactKind::Contact, "8");
    assert_eq!(
        ranked(all(&[&first, &chosen]), &[&gone]),
        names(&[&first, &chosen])
    );
}

#[test]
fn a_doubtful_match_is_listed_and_never_first() {
    let mut german = contact("sellsy", ContactKind::Individual, "1");
    german.country = Region::parse("DE");
    let other = contact("gorgias", ContactKind::Customer, "2");
    let caller = read_remote("+49491711407447", Region::FR);
    let mut candidates = indexed(&german, PhoneField::Phone, "491711407447");
    candidates.extend(indexed(&other, PhoneField::Other, "+49 4917 11407447"));
    let order = ORDER.map(ConnectionId::new);
    let remembered = [german.at.clone()];
    let matches = rank(&caller, candidates, &order, &BTreeMap::new(), &remembered);
    let got: Vec<_> = matches
        .iter()
        .map(|found| (found.contact.name.as_str(), found.confidence))
        .collect();
    assert_eq!(
        got,
        [
            (other.name.as_str(), Confidence::Exact),
            (german.name.as_str(), Confidence::CouldBe)
        ]
    );
}

#[test]
fn archived_records_fax_machines_and_other_numbers_name_nobody() {
    let mut archived = contact("sellsy", ContactKind::Individual, "1");
    archived.archived = true;
    let fax = contact("sellsy", ContactKind::Individual, "2");
    let other = contact("sellsy", ContactKind::Individual, "3");
    let mut candidates = phone(&archived);
    candidates.extend(indexed(&fax, PhoneField::Fax, "01 99 00 12 34"));
    candidates.extend(indexed(&other, PhoneField::Phone, "01 99 00 12 35"));
    assert_eq!(ranked(candidates, &[]), Vec::<String>::new());
    let withheld = RemoteNumber::withheld();
    let nobody = rank(&withheld, phone(&other), &[], &BTreeMap::new(), &[]);
    assert!(nobody.is_empty());
}

#[test]
fn a_contact_comes_once_with_its_surest_field() {
    let mut person = contact("sellsy", ContactKind::Individual, "1");
    person.country = Region::parse("DE");
    let caller = read_remote("+49491711407447", Region::FR);
    let mut candidates = indexed(&person, PhoneField::Phone, "491711407447");
    candidates.extend(indexed(&person, PhoneField::Mobile, "+49491711407447"));
    let matches = rank(&caller, candidates, &[], &BTreeMap::new(), &[]);
    assert_eq!(matches.len(), 1);
    let only = &matches[0];
    assert_eq!(
        (only.confidence, only.field),
        (Confidence::Exact, PhoneField::Mobile)
    );
    assert_eq!(
        (only.rule.as_str(), only.stored_text.as_str()),
        ("international", "+49491711407447")
    );
}
