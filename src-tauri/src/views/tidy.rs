//! What is worth tidying in the CRM: numbers that several records share, and fields that give none.

use std::collections::BTreeMap;

use callside_engine::Engine;
use callside_store::StoreError;

use crate::views::people;
use crate::wire::{CleanUpView, SharedNumberView, UnreadableView};

/// The most rows of each kind.
const MOST: usize = 500;

/// Looks through the cache.
///
/// # Errors
/// [`StoreError`] when the cache cannot be read.
pub async fn of(engine: &Engine) -> Result<CleanUpView, StoreError> {
    let settings = engine.settings();
    let region = settings.region;
    let regions: BTreeMap<_, _> = engine
        .known_connections()
        .into_iter()
        .map(|name| (name.clone(), settings.region_of(&name)))
        .collect();
    let shared = engine.store().shared_numbers(MOST).await?;
    let unreadable = engine.store().unreadable_phones(&regions, region, MOST);
    Ok(CleanUpView {
        shared: shared
            .iter()
            .map(|shared| SharedNumberView {
                number: people::known_number(shared.number, region),
                contacts: shared
                    .contacts
                    .iter()
                    .map(|cached| people::row(&cached.contact, region))
                    .collect(),
            })
            .collect(),
        unreadable: unreadable
            .await?
            .iter()
            .map(|phone| UnreadableView {
                contact: people::row(&phone.contact.contact, region),
                field: phone.field.as_str().to_owned(),
                text: phone.text.clone(),
                proposed: phone.proposed.map(|number| number.international()),
            })
            .collect(),
    })
}
