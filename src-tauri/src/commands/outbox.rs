//! Deliveries and the ways out of a stuck one.

use callside_core::id::EntryId;
use tauri::State;

use crate::error::Failed;
use crate::shell::{Answer, Shell, open_page};
use crate::views::people;
use crate::wire::ContactKey;

/// Tries an undelivered entry at once.
#[tauri::command]
#[specta::specta]
pub async fn retry_delivery(shell: State<'_, Shell>, entry: String) -> Answer<()> {
    shell
        .answer(async { Ok(shell.engine()?.retry_one(&EntryId::new(entry)).await?) })
        .await
}

/// Gives an undelivered entry another record.
#[tauri::command]
#[specta::specta]
pub async fn attach_delivery(
    shell: State<'_, Shell>,
    entry: String,
    contact: ContactKey,
) -> Answer<()> {
    shell
        .answer(async {
            let engine = shell.engine()?;
            let found = engine.store().entry(&EntryId::new(entry)).await?;
            let call = found.ok_or(Failed::NotFound)?.call;
            Ok(engine.attach(&call, &people::from_key(&contact)).await?)
        })
        .await
}

/// Gives an undelivered entry up.
#[tauri::command]
#[specta::specta]
pub async fn discard_delivery(shell: State<'_, Shell>, entry: String) -> Answer<()> {
    shell
        .answer(async { Ok(shell.engine()?.give_up(&EntryId::new(entry)).await?) })
        .await
}

/// Opens the log in the CRM.
#[tauri::command]
#[specta::specta]
pub async fn open_delivery(shell: State<'_, Shell>, entry: String) -> Answer<()> {
    shell
        .answer(async {
            let found = shell.engine()?.store().entry(&EntryId::new(entry)).await?;
            let logged = found.and_then(|entry| entry.delivery.logged);
            let url = logged.and_then(|logged| logged.url);
            open_page(url.as_deref())
        })
        .await
}
