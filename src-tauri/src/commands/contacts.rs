//! Contacts: search, pages in the CRM, creating and forgetting.

use std::path::PathBuf;

use callside_core::contact::{Contact, ContactRef};
use callside_core::id::{CallId, ConnectionId};
use callside_core::phone_number::{NumberKey, read_stored};
use callside_engine::Engine;
use callside_engine::events::FactsState;
use callside_store::{CachedContact, CallFilter, Person};
use tauri::{AppHandle, State};

use crate::commands::card_of;
use crate::error::Failed;
use crate::shapes;
use crate::shell::{Answer, Shell, open_page};
use crate::views::{calls, people, tidy};
use crate::wire::{
    CleanUpView, ContactDetail, ContactKey, ContactRow, ForgottenView, NewContactForm,
};

/// How many calls a contact's page lists.
const CALLS: usize = 50;
/// How many of the last calls name those who are at hand.
const LAST_CALLS: u32 = 60;

/// Opens a record in the CRM.
#[tauri::command]
#[specta::specta]
pub async fn open_record(shell: State<'_, Shell>, contact: ContactKey) -> Answer<()> {
    shell
        .answer(async {
            let at = people::from_key(&contact);
            let cached = shell.engine()?.store().contact(&at).await?;
            open_page(cached.and_then(|c| c.contact.url).as_deref())
        })
        .await
}

/// Opens an opportunity in the CRM.
#[tauri::command]
#[specta::specta]
pub async fn open_opportunity(
    shell: State<'_, Shell>,
    connection: String,
    id: String,
    call: String,
) -> Answer<()> {
    shell
        .answer(async {
            let card = card_of(&shell, &call).await?;
            let here = card.shown.as_ref().map(|at| at.connection.as_str()) == Some(&connection);
            let FactsState::Known(facts) = card.facts else {
                return Err(Failed::NotFound);
            };
            let mut open = facts.opportunities.into_iter().filter(|_| here);
            let found = open.find(|o| o.id.as_str() == id);
            open_page(found.and_then(|o| o.url).as_deref())
        })
        .await
}

/// Creates a contact for the number of a call and attaches the call to it.
#[tauri::command]
#[specta::specta]
pub async fn create_contact(
    shell: State<'_, Shell>,
    call: String,
    form: NewContactForm,
) -> Answer<ContactKey> {
    shell
        .answer(async {
            let connection = ConnectionId::new(form.connection);
            let kind = people::from_kind(form.kind);
            let made = shell
                .engine()?
                .create_contact(&CallId::new(call), &connection, kind, &form.name)
                .await?;
            Ok(people::key(&made))
        })
        .await
}

/// What stands in a list before anything is typed: whom the last calls were about, then whoever
/// came into the copy last.
async fn at_hand(engine: &Engine, limit: u32) -> Result<Vec<CachedContact>, Failed> {
    let filter = CallFilter {
        limit: LAST_CALLS,
        ..CallFilter::default()
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<CachedContact> = Vec::new();
    let known =
        |found: &[CachedContact], at: &ContactRef| found.iter().any(|one| &one.contact.at == at);
    for record in engine.store().calls(&filter).await? {
        if let Some(at) = calls::contact_of(&record)
            && found.len() < most
            && !known(&found, &at)
            && let Some(cached) = engine.store().contact(&at).await?
        {
            found.push(cached);
        }
    }
    for one in engine.store().newest_contacts(limit).await? {
        if found.len() < most && !known(&found, &one.contact.at) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Contacts by name, company or digits, as the agent types.
#[tauri::command]
#[specta::specta]
pub async fn search_contacts(
    shell: State<'_, Shell>,
    text: String,
    limit: u32,
) -> Answer<Vec<ContactRow>> {
    shell
        .answer(async {
            let engine = shell.engine()?;
            let region = engine.settings().region;
            let limit = limit.min(200);
            let found = match text.trim() {
                "" => at_hand(&engine, limit).await?,
                text => engine.store().search_contacts(text, limit).await?,
            };
            let row = |cached: &CachedContact| people::row(&cached.contact, region);
            Ok(found.iter().map(row).collect())
        })
        .await
}

/// A contact and the calls with it.
#[tauri::command]
#[specta::specta]
pub async fn contact(shell: State<'_, Shell>, contact: ContactKey) -> Answer<ContactDetail> {
    shell
        .answer(async {
            let engine = shell.engine()?;
            let region = engine.settings().region;
            let at = people::from_key(&contact);
            let cached = engine.store().contact(&at).await?.ok_or(Failed::NotFound)?;
            let keys = keys_of(&cached.contact, region);
            let filter = CallFilter {
                limit: 2_000,
                ..CallFilter::default()
            };
            let with = |record: &callside_store::CallRecord| {
                let remote = &record.call.remote.keys;
                remote.iter().any(|reading| keys.contains(&reading.key))
            };
            let text = shell.text();
            let calls = engine.store().calls(&filter).await?;
            let others = sharing(&engine, &at, &keys).await?;
            Ok(ContactDetail {
                sharing: others
                    .iter()
                    .map(|other| people::row(other, region))
                    .collect(),
                contact: people::contact(&cached.contact, Some(cached.synced_at), region),
                calls: calls
                    .iter()
                    .filter(|record| with(record))
                    .take(CALLS)
                    .map(|record| calls::row(record, &engine, &text))
                    .collect(),
            })
        })
        .await
}

fn keys_of(contact: &Contact, region: callside_core::phone_number::Region) -> Vec<NumberKey> {
    let region = contact.country.unwrap_or(region);
    contact
        .phones
        .iter()
        .flat_map(|stored| read_stored(&stored.text, region))
        .filter(|reading| reading.likely)
        .map(|reading| reading.key)
        .collect()
}

/// Other records with one of the numbers, in the order of preference.
async fn sharing(
    engine: &Engine,
    at: &ContactRef,
    keys: &[NumberKey],
) -> Result<Vec<Contact>, Failed> {
    let mut others: Vec<Contact> = Vec::new();
    for (_, candidate) in engine.store().candidates(keys).await? {
        let one = candidate.contact;
        let known = others.iter().any(|other| other.at == one.at);
        if candidate.likely && &one.at != at && !known {
            others.push(one);
        }
    }
    Ok(others)
}

/// Erases what this computer knows of a person: this record, and those others with one of its
/// numbers that the agent says are the same person.
#[tauri::command]
#[specta::specta]
pub async fn forget_person(
    shell: State<'_, Shell>,
    app: AppHandle,
    contact: ContactKey,
    also: Vec<ContactKey>,
) -> Answer<ForgottenView> {
    shell
        .answer(async {
            let engine = shell.engine()?;
            let at = people::from_key(&contact);
            let cached = engine.store().contact(&at).await?.ok_or(Failed::NotFound)?;
            let region = engine.settings().region_of(&at.connection);
            let mut person = Person {
                numbers: keys_of(&cached.contact, region),
                records: vec![at.clone()],
                kept: Vec::new(),
            };
            for other in sharing(&engine, &at, &person.numbers).await? {
                if also.contains(&people::key(&other.at)) {
                    let region = engine.settings().region_of(&other.at.connection);
                    person.numbers.extend(keys_of(&other, region));
                    person.records.push(other.at);
                } else {
                    person.kept.push(other.at);
                }
            }
            let erased = engine.forget_person(&person).await?;
            shell.forget_cards(&app).await;
            let left = erased.left.iter();
            Ok(ForgottenView {
                contacts: shapes::small(erased.forgotten.contacts),
                calls: shapes::small(erased.forgotten.calls),
                drafts: shapes::small(erased.forgotten.drafts),
                recordings: shapes::small(erased.recordings),
                left: left.map(|file| file.display().to_string()).collect(),
            })
        })
        .await
}

/// Writes the report as a table into the folder of downloads and says where.
#[tauri::command]
#[specta::specta]
pub async fn save_clean_up(shell: State<'_, Shell>) -> Answer<String> {
    shell
        .answer(async {
            let text = shell.text();
            let view = tidy::of(&shell.engine()?).await?;
            let table = tidy::table(&view, &text);
            let failed = |_| Failed::Unexpected(text.say("rust-tidy-failed"));
            let table = table.map_err(|error| failed(error.into()))?;
            let path = tidy::save_in(&downloads(), &table).map_err(failed)?;
            Ok(path.to_string_lossy().into_owned())
        })
        .await
}

/// Shows the folder that [`save_clean_up`] writes into.
#[tauri::command]
#[specta::specta]
pub async fn open_downloads(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .answer(async {
            open::that_detached(downloads()).map_err(|error| Failed::Unexpected(error.to_string()))
        })
        .await
}

/// Where people look for what they saved.
fn downloads() -> PathBuf {
    let known = directories::UserDirs::new().map(|dirs| {
        let downloads = dirs.download_dir().filter(|folder| folder.is_dir());
        downloads.unwrap_or_else(|| dirs.home_dir()).to_owned()
    });
    known.unwrap_or_else(std::env::temp_dir)
}

/// What is worth tidying in the CRM.
#[tauri::command]
#[specta::specta]
pub async fn clean_up(shell: State<'_, Shell>) -> Answer<CleanUpView> {
    shell
        .answer(async { Ok(tidy::of(&shell.engine()?).await?) })
        .await
}
