//! The call list, look-ups and the overview.

use tauri::State;

use crate::commands::card_of;
use crate::shapes;
use crate::shell::{Answer, Shell};
use crate::views::{calls as view, overview};
use crate::wire::{CallDetail, CallsPage, CallsQuery, LookupShape, OverviewView};

/// Who is this?
#[tauri::command]
#[specta::specta]
pub async fn lookup(shell: State<'_, Shell>, number: String) -> Answer<LookupShape> {
    shell
        .answer(async { Ok(shapes::lookup(&shell.engine()?.lookup(&number).await?)) })
        .await
}

/// One page of the call list.
#[tauri::command]
#[specta::specta]
pub async fn calls(shell: State<'_, Shell>, query: CallsQuery) -> Answer<CallsPage> {
    shell
        .answer(async { Ok(view::page(&query, &shell.engine()?, &shell.text()).await?) })
        .await
}

/// A call, from ring to log.
#[tauri::command]
#[specta::specta]
pub async fn call_detail(shell: State<'_, Shell>, call: String) -> Answer<CallDetail> {
    shell
        .answer(async {
            let card = card_of(&shell, &call).await?;
            Ok(view::detail(&card, &shell.engine()?, &shell.text()))
        })
        .await
}

/// Numbers of the last days.
#[tauri::command]
#[specta::specta]
pub async fn overview(shell: State<'_, Shell>, days: u32) -> Answer<OverviewView> {
    shell
        .answer(async { Ok(overview::of(&shell.engine()?, days.clamp(1, 366)).await?) })
        .await
}
