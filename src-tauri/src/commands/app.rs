//! The app as a whole: language, theme, windows, secrets, diagnostics.

use tauri::{AppHandle, State};
use tauri_plugin_autostart::ManagerExt as _;
use tauri_specta::Event as _;
use zeroize::Zeroizing;

use crate::cli::doctor;
use crate::error::Failed;
use crate::gui;
use crate::shell::{Answer, Shell};
use crate::views::app as view;
use crate::wire::{
    AppView, BannerView, DiagnosticsView, Navigate, PageWord, ThemeWord, WindowWord,
};
use crate::wiring::keychain::Unlock;

/// A passphrase has at least so many characters.
const SHORTEST_PASSPHRASE: usize = 10;

/// What every window asks first.
#[tauri::command]
#[specta::specta]
pub async fn app_view(shell: State<'_, Shell>, app: AppHandle) -> Answer<AppView> {
    Ok(view::view(&shell, &app).await)
}

/// The sentences across the top of the desk.
#[tauri::command]
#[specta::specta]
pub async fn banners(shell: State<'_, Shell>, app: AppHandle) -> Answer<Vec<BannerView>> {
    // The desk asks this once it listens: now it can be told where to go.
    if let Some(destination) = shell.take_aim() {
        let _ = Navigate(destination).emit(&app);
    }
    Ok(view::banners(&shell).await)
}

/// The agent closed a banner.
#[tauri::command]
#[specta::specta]
pub async fn dismiss_banner(shell: State<'_, Shell>, id: String) -> Answer<()> {
    shell.dismiss(&id);
    Ok(())
}

/// Light or dark.
#[tauri::command]
#[specta::specta]
pub async fn set_theme(shell: State<'_, Shell>, app: AppHandle, theme: ThemeWord) -> Answer<()> {
    shell
        .answer(async {
            let word = view::theme_word(theme);
            shell.engine()?.store().set_fact(view::THEME, word).await?;
            shell.tell_app(&app).await;
            Ok(())
        })
        .await
}

/// Whether the app starts with the session.
#[tauri::command]
#[specta::specta]
pub async fn set_autostart(shell: State<'_, Shell>, app: AppHandle, on: bool) -> Answer<()> {
    shell
        .answer(async {
            let autostart = app.autolaunch();
            let done = if on {
                autostart.enable()
            } else {
                autostart.disable()
            };
            done.map_err(|_| Failed::Unexpected(shell.text().say("rust-failed-autostart")))?;
            shell.tell_app(&app).await;
            Ok(())
        })
        .await
}

/// Shows a window, perhaps at a page or a call.
#[tauri::command]
#[specta::specta]
pub async fn show_window(
    shell: State<'_, Shell>,
    app: AppHandle,
    window: WindowWord,
    page: Option<PageWord>,
    call: Option<String>,
) -> Answer<()> {
    shell
        .answer(async {
            match (window, page) {
                (WindowWord::Desk, Some(page)) => {
                    crate::desktop::go_to(&shell, &app, page, call);
                    Ok(())
                }
                _ => shell.show(&app, window),
            }
        })
        .await
}

/// The wizard is done: the desk takes over.
#[tauri::command]
#[specta::specta]
pub async fn finish_first_run(shell: State<'_, Shell>, app: AppHandle) -> Answer<()> {
    shell
        .answer(async {
            let store = shell.engine()?.store().clone();
            store.set_fact(view::FIRST_RUN_DONE, "yes").await?;
            gui::close_wizard(&shell, &app)
        })
        .await
}

/// What the doctor finds.
#[tauri::command]
#[specta::specta]
pub async fn diagnostics(shell: State<'_, Shell>) -> Answer<DiagnosticsView> {
    shell
        .answer(async { Ok(doctor::examine(&shell.open_app()?).await) })
        .await
}

/// Puts a backup in the journal's place and opens the data anew. The present journal is kept.
#[tauri::command]
#[specta::specta]
pub async fn restore_backup(shell: State<'_, Shell>, app: AppHandle, name: String) -> Answer<()> {
    shell
        .answer(async { gui::restore_backup(&shell, &app, &name).await })
        .await
}

/// Guards the secrets by a passphrase, where the system has no keychain.
#[tauri::command]
#[specta::specta]
pub async fn set_passphrase(
    shell: State<'_, Shell>,
    app: AppHandle,
    passphrase: String,
) -> Answer<()> {
    let passphrase = Zeroizing::new(passphrase);
    shell
        .answer(async {
            if passphrase.chars().count() < SHORTEST_PASSPHRASE {
                return Err(Failed::Refused {
                    key: Some("passphrase".into()),
                    message: shell.text().say("rust-failed-passphrase-short"),
                });
            }
            gui::open_data(&shell, &app, Unlock::Passphrase(passphrase)).await
        })
        .await
}

/// Opens the secrets: with the passphrase, or by asking the system's keychain again.
#[tauri::command]
#[specta::specta]
pub async fn unlock(
    shell: State<'_, Shell>,
    app: AppHandle,
    passphrase: Option<String>,
) -> Answer<()> {
    let unlock = match passphrase {
        Some(passphrase) => Unlock::Passphrase(Zeroizing::new(passphrase)),
        None => Unlock::Auto,
    };
    shell
        .answer(async { gui::open_data(&shell, &app, unlock).await })
        .await
}

/// Stores nothing; everything is gone when the app ends.
#[tauri::command]
#[specta::specta]
pub async fn use_session(shell: State<'_, Shell>, app: AppHandle) -> Answer<()> {
    shell
        .answer(async { gui::open_data(&shell, &app, Unlock::Session).await })
        .await
}
