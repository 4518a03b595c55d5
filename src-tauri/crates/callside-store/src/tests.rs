//! The store, with real files in a temporary folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

mod backups;
mod budget;
mod calls;
mod cloud;
mod contacts;
mod crash;
#[cfg(target_os = "linux")]
mod disk;
mod migrations;
mod opening;
mod outbox;
mod plans;
mod privacy;
mod search;
mod sync;
mod tidy;

use callside_core::call::{Call, CallState, Direction, SourceName};
use callside_core::contact::{Contact, ContactKind, ContactRef, PhoneField, StoredPhone};
use callside_core::id::{CallId, ConnectionId, EntryId, Marker, RemoteId};
use callside_core::outbox::{Delivery, OutboxEntry, Target};
use callside_core::phone_number::{NumberKey, Region, RemoteNumber, read_remote};
use callside_core::sync::{ContactChange, SyncCursor, SyncPage};
use callside_core::wrap_up::Draft;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::{Opened, Store, StoreKey, StoreOptions};

/// A number reserved for fiction, as a French caller's telephone reports it.
const MARIE: &str = "+33639980123";
const PAUL: &str = "+33639980456";

fn key() -> StoreKey {
    StoreKey::generate([7; 32])
}

fn options(dir: &TempDir) -> StoreOptions {
    StoreOptions {
        dir: dir.path().to_owned(),
        key: Some(key()),
    }
}

async fn open(dir: &TempDir) -> Opened {
    Store::open(options(dir)).await.unwrap()
}

async fn fresh() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await.store;
    (dir, store)
}

/// The instant so many seconds after an arbitrary noon, with a fraction that has to survive.
fn at(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-03-02T12:00:00.123456789Z".parse().unwrap();
    noon.checked_add(SignedDuration::from_secs(seconds))
        .unwrap()
}

fn france() -> Region {
    Region::parse("FR").unwrap()
}

fn remote(number: &str) -> RemoteNumber {
    read_remote(number, france())
}

fn keys(number: &str) -> Vec<NumberKey> {
    let readings = remote(number).keys;
    readings.into_iter().map(|reading| reading.key).collect()
}

fn call(id: &str, number: &str, started: i64) -> Call {
    Call {
        id: CallId::new(id),
        names: vec![SourceName {
            app: "baresip".to_owned(),
            app_call_id: None,
        }],
        direction: Direction::Inbound,
        remote: remote(number),
        caller_name: None,
        line: Some("sales".to_owned()),
        state: CallState::Ringing,
        end_reason: None,
        voicemail: false,
        started_at: at(started),
        answered_at: None,
        ended_at: None,
        said_talk_s: None,
        verified: true,
        confirmed: true,
        last_event_at: at(started),
    }
}

fn ended(id: &str, number: &str, started: i64) -> Call {
    let mut call = call(id, number, started);
    call.state = CallState::Ended;
    call.answered_at = Some(at(started + 5));
    call.ended_at = Some(at(started + 65));
    call.end_reason = Some(callside_core::call::EndReason::Completed);
    call
}

fn draft(note: &str, tags: &[&str]) -> Draft {
    let mut draft = Draft::default();
    draft.set_note(note).unwrap();
    draft.set_tags(tags.iter().copied()).unwrap();
    draft
}

fn sellsy() -> ConnectionId {
    ConnectionId::new("sellsy")
}

fn contact_ref(id: &str) -> ContactRef {
    ContactRef {
        connection: sellsy(),
        kind: ContactKind::Individual,
        id: RemoteId::new(id),
    }
}

fn contact(id: &str, name: &str, phones: &[(PhoneField, &str)]) -> Contact {
    let phones = phones.iter().map(|(field, text)| StoredPhone {
        field: *field,
        text: (*text).to_owned(),
    });
    Contact {
        at: contact_ref(id),
        name: name.to_owned(),
        company: None,
        position: None,
        role: None,
        email: None,
        owner: None,
        tags: Vec::new(),
        note: None,
        phones: phones.collect(),
        country: None,
        created_at: None,
        updated_at: Some(at(0)),
        archived: false,
        no_marketing_calls: false,
        url: None,
    }
}

fn page(contacts: &[Contact], cursor: &str) -> SyncPage {
    let upsert = |contact: &Contact| ContactChange::Upsert(Box::new(contact.clone()));
    SyncPage {
        changes: contacts.iter().map(upsert).collect(),
        seen: Vec::new(),
        cursor: SyncCursor(cursor.to_owned()),
        finished: false,
        total: None,
    }
}

fn entry(id: &str, call: &str, filed: i64) -> OutboxEntry {
    OutboxEntry {
        id: EntryId::new(id),
        call: CallId::new(call),
        connection: sellsy(),
        target: Some(Target {
            contact: contact_ref("1"),
            name: "Marie Curieux".to_owned(),
            role: None,
        }),
        marker: Marker::from_stored(format!("callside-{id}")),
        filed_at: at(filed),
        facts: None,
        delivery: Delivery::filed(at(filed + 5), true),
    }
}
