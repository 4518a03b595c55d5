//! The card's window: what it shows, how high it is, when it may take the keyboard.

use tauri::{AppHandle, State};

use crate::desktop::windows;
use crate::shell::{Answer, Shell};
use crate::wire::CardState;

/// All that the card window shows.
#[tauri::command]
#[specta::specta]
pub async fn card_state(shell: State<'_, Shell>) -> Answer<CardState> {
    shell.answer(async { shell.card_state() }).await
}

/// The card's content is this high, in CSS pixels.
#[tauri::command]
#[specta::specta]
pub async fn resize_card(shell: State<'_, Shell>, app: AppHandle, height: u32) -> Answer<()> {
    shell.windows().resize_card(&app, height);
    Ok(())
}

/// The agent sends the card away until something new comes.
#[tauri::command]
#[specta::specta]
pub async fn hide_card(shell: State<'_, Shell>, app: AppHandle) -> Answer<()> {
    shell.windows().send_away(&app);
    Ok(())
}

/// The agent clicked into the card: it may take the keyboard.
#[tauri::command]
#[specta::specta]
pub async fn focus_card(shell: State<'_, Shell>, app: AppHandle) -> Answer<()> {
    shell
        .answer(async { Ok(windows::give_card_the_keyboard(&app)?) })
        .await
}

/// The frame that shows this revision is on the screen.
#[tauri::command]
#[specta::specta]
pub async fn card_painted(revision: u32) -> Answer<()> {
    // The benchmark reads the instants of these lines.
    tracing::debug!(revision, "painted");
    Ok(())
}
