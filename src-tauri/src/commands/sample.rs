//! The sample workspace: a made-up company, and a panel that makes the phone ring.

use tauri::{AppHandle, State};

use crate::error::Failed;
use crate::gui;
use crate::shell::{Answer, Shell, open_page};
use crate::views::setup;
use crate::wire::SampleView;
use crate::wiring::cloud::Service;

/// What the panel shows.
#[tauri::command]
#[specta::specta]
pub async fn sample(shell: State<'_, Shell>) -> Answer<SampleView> {
    Ok(setup::sample(shell.app().as_ref(), &shell.text()))
}

/// Opens the sample workspace in place of what is open now. Nothing of it is kept.
#[tauri::command]
#[specta::specta]
pub async fn start_sample(shell: State<'_, Shell>, app: AppHandle) -> Answer<SampleView> {
    shell
        .answer(async {
            gui::open_sample(&shell, &app).await?;
            Ok(setup::sample(shell.app().as_ref(), &shell.text()))
        })
        .await
}

/// Somebody rings.
#[tauri::command]
#[specta::specta]
pub async fn sample_ring(shell: State<'_, Shell>, caller: String) -> Answer<()> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            let sample = app.sample().ok_or(Failed::NotFound)?;
            sample
                .ring(&app, &caller)
                .then_some(())
                .ok_or(Failed::NotFound)
        })
        .await
}

/// The sample phone is picked up.
#[tauri::command]
#[specta::specta]
pub async fn sample_answer(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            let sample = app.sample().ok_or(Failed::NotFound)?;
            sample.answer(&app).then_some(()).ok_or(Failed::NotFound)
        })
        .await
}

/// The sample phone is put down.
#[tauri::command]
#[specta::specta]
pub async fn sample_hang_up(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            let sample = app.sample().ok_or(Failed::NotFound)?;
            sample.hang_up(&app).then_some(()).ok_or(Failed::NotFound)
        })
        .await
}

/// Makes Aircall the sample phone, in its own window, or the plain one again.
#[tauri::command]
#[specta::specta]
pub async fn sample_aircall(
    shell: State<'_, Shell>,
    app: AppHandle,
    on: bool,
) -> Answer<SampleView> {
    shell
        .answer(async {
            let open = shell.open_app()?;
            let sample = open.sample().ok_or(Failed::NotFound)?;
            if let Err(error) = sample.use_aircall(&open, on).await {
                return Err(Failed::Unexpected(
                    error.sentence(Service::Aircall, &open.text()),
                ));
            }
            shell.tell_all(&app).await;
            Ok(setup::sample(Some(&open), &shell.text()))
        })
        .await
}

/// Opens the page of the made-up CRM, where the log arrives.
#[tauri::command]
#[specta::specta]
pub async fn open_sample_crm(shell: State<'_, Shell>) -> Answer<()> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            let sample = app.sample().ok_or(Failed::NotFound)?;
            open_page(Some(sample.page_url()))
        })
        .await
}
