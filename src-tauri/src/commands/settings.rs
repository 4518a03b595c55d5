//! Settings and softphones.

use callside_core::phone_number::Region;
use tauri::{AppHandle, State};

use crate::decisions;
use crate::error::Failed;
use crate::settings_file::SaveFailed;
use crate::shell::{Answer, Shell};
use crate::views::{settings as view, setup};
use crate::wire::{DoubleWord, SettingsPage, SettingsView, TelephonyView};
use crate::wiring::App;

/// The settings page.
#[tauri::command]
#[specta::specta]
pub async fn settings(shell: State<'_, Shell>) -> Answer<SettingsPage> {
    shell.answer(async { Ok(page(&shell.open_app()?)) }).await
}

fn page(app: &App) -> SettingsPage {
    SettingsPage {
        settings: view::view(&app.engine().settings()),
        regions: Region::all()
            .map(|region| region.as_str().to_owned())
            .collect(),
        file: app.settings_file().path().to_string_lossy().into_owned(),
        broken: app.broken_settings().map(|broken| broken.to_string()),
    }
}

/// Writes the settings and puts them in force.
#[tauri::command]
#[specta::specta]
pub async fn save_settings(
    shell: State<'_, Shell>,
    app: AppHandle,
    settings: SettingsView,
) -> Answer<SettingsPage> {
    shell
        .answer(async {
            let open = shell.open_app()?;
            let asked = view::from_view(settings).map_err(|refused| Failed::Refused {
                key: Some(refused.key.to_owned()),
                message: shell
                    .text()
                    .say_with("rust-failed-setting", &[("key", refused.key)]),
            })?;
            asked.check()?;
            open.save_settings(asked)
                .await
                .map_err(|error| match error {
                    SaveFailed::Refused(refused) => Failed::Setting(refused),
                    other => Failed::Unexpected(other.to_string()),
                })?;
            shell.tell_all(&app).await;
            Ok(page(&open))
        })
        .await
}

/// The agent says what happens to calls that another program logs too: those of the line, where
/// one is given, else those of the softphone.
#[tauri::command]
#[specta::specta]
pub async fn settle_double(
    shell: State<'_, Shell>,
    app: AppHandle,
    connection: String,
    source: String,
    line: Option<String>,
    whole_source: bool,
    choice: DoubleWord,
) -> Answer<()> {
    shell
        .answer(async {
            let open = shell.open_app()?;
            let told = open.engine().doubles().await?.into_iter().find(|double| {
                double.connection.as_str() == connection
                    && double.source == source
                    && double.line == line
            });
            let double = told.ok_or(Failed::NotFound)?;
            decisions::settle_double(&open, &double, whole_source, choice).await?;
            shell.tell_all(&app).await;
            Ok(())
        })
        .await
}

/// Everything about softphones.
#[tauri::command]
#[specta::specta]
pub async fn telephony(shell: State<'_, Shell>) -> Answer<TelephonyView> {
    shell
        .answer(async { Ok(setup::telephony(&shell.open_app()?, &shell).await?) })
        .await
}

/// A new hook key; texts that were pasted before prove nothing any more.
#[tauri::command]
#[specta::specta]
pub async fn renew_hook_key(shell: State<'_, Shell>) -> Answer<TelephonyView> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            app.renew_hook_key().await?;
            Ok(setup::telephony(&app, &shell).await?)
        })
        .await
}
