//! Dial requests, and dialling by the agent's own hand.

use callside_core::phone_number::{NumberKind, read_remote};
use callside_engine::dialing::Origin;
use tauri::{AppHandle, State};

use crate::shell::{Answer, Shell};
use crate::views::people;
use crate::wire::NumberView;

/// The agent wants to dial.
#[tauri::command]
#[specta::specta]
pub async fn confirm_dial(shell: State<'_, Shell>, request: String) -> Answer<()> {
    shell
        .answer(async {
            shell.engine()?.confirm_dial(&request).await?;
            Ok(())
        })
        .await
}

/// The first frame of the request is on the screen.
#[tauri::command]
#[specta::specta]
pub async fn dial_shown(shell: State<'_, Shell>, request: String) -> Answer<()> {
    shell
        .answer(async {
            shell.engine()?.dial_shown(&request);
            Ok(())
        })
        .await
}

/// The agent does not want to dial.
#[tauri::command]
#[specta::specta]
pub async fn cancel_dial(shell: State<'_, Shell>, request: String) -> Answer<()> {
    shell
        .answer(async {
            shell.engine()?.cancel_dial(&request);
            Ok(())
        })
        .await
}

/// Asks to dial a number that stands in one of our windows.
#[tauri::command]
#[specta::specta]
pub async fn dial(shell: State<'_, Shell>, app: AppHandle, number: String) -> Answer<()> {
    shell
        .answer(async {
            shell
                .engine()?
                .request_dial(&number, Origin::Window)
                .await?;
            shell.show_card(&app);
            Ok(())
        })
        .await
}

/// Is this text a number? Null when it is not.
#[tauri::command]
#[specta::specta]
pub async fn read_number(shell: State<'_, Shell>, text: String) -> Answer<Option<NumberView>> {
    shell
        .answer(async {
            let region = shell.engine()?.settings().region;
            let remote = read_remote(&text, region);
            let known = remote.number.is_some() || remote.kind == NumberKind::Short;
            Ok(known.then(|| people::number(&remote, region)))
        })
        .await
}
