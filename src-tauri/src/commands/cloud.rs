//! Telephony services in the cloud: connecting, who the agent is there, imports, their own window.

use callside_core::id::CallId;
use tauri::{AppHandle, State};
use zeroize::Zeroizing;

use crate::decisions;
use crate::error::Failed;
use crate::shell::{Answer, Shell, open_page};
use crate::views::cloud;
use crate::wire::{CloudAgentView, CloudView};
use crate::wiring::cloud::{CloudFailed, Keys, Service};
use crate::workspace::window;

fn service_of(word: &str) -> Result<Service, Failed> {
    Service::from_word(word).ok_or(Failed::NotFound)
}

fn failed(shell: &Shell, service: Service, error: &CloudFailed) -> Failed {
    Failed::Refused {
        key: None,
        message: error.sentence(service, &shell.text()),
    }
}

/// All services, connected or not.
#[tauri::command]
#[specta::specta]
pub async fn clouds(shell: State<'_, Shell>) -> Answer<Vec<CloudView>> {
    shell
        .answer(async { Ok(cloud::all(&shell.open_app()?).await?) })
        .await
}

async fn connect(shell: &Shell, keys: Keys) -> Answer<()> {
    shell
        .answer(async {
            let service = keys.service();
            let connected = shell.open_app()?.connect_cloud(keys).await;
            connected.map_err(|error| failed(shell, service, &error))?;
            Ok(())
        })
        .await
}

/// Connects Aircall. The token goes in and never comes out.
#[tauri::command]
#[specta::specta]
pub async fn connect_aircall(
    shell: State<'_, Shell>,
    api_id: String,
    api_token: String,
) -> Answer<()> {
    let (id, token) = (Zeroizing::new(api_id), Zeroizing::new(api_token));
    connect(&shell, Keys::Aircall { id, token }).await
}

/// Connects Allo. The key goes in and never comes out.
#[tauri::command]
#[specta::specta]
pub async fn connect_allo(shell: State<'_, Shell>, key: String) -> Answer<()> {
    let key = Zeroizing::new(key);
    connect(&shell, Keys::Allo { key }).await
}

/// Forgets a service; its key leaves this computer.
#[tauri::command]
#[specta::specta]
pub async fn disconnect_cloud(shell: State<'_, Shell>, service: String) -> Answer<()> {
    shell
        .answer(async {
            let service = service_of(&service)?;
            let done = shell.open_app()?.disconnect_cloud(service).await;
            done.map_err(|error| failed(&shell, service, &error))
        })
        .await
}

/// Everybody who phones through a service, for picking oneself by hand.
#[tauri::command]
#[specta::specta]
pub async fn cloud_agents(shell: State<'_, Shell>, service: String) -> Answer<Vec<CloudAgentView>> {
    shell
        .answer(async {
            let service = service_of(&service)?;
            let agents = shell.open_app()?.cloud_agents(service).await;
            let agents = agents.map_err(|error| failed(&shell, service, &error))?;
            Ok(agents.into_iter().map(cloud::agent).collect())
        })
        .await
}

/// The agent says who they are at a service.
#[tauri::command]
#[specta::specta]
pub async fn choose_cloud_agent(
    shell: State<'_, Shell>,
    service: String,
    agent: String,
) -> Answer<()> {
    shell
        .answer(async {
            let service = service_of(&service)?;
            let chosen = shell.open_app()?.choose_cloud_agent(service, &agent).await;
            chosen.map_err(|error| failed(&shell, service, &error))?;
            Ok(())
        })
        .await
}

/// Reads lines and tags of a service anew.
#[tauri::command]
#[specta::specta]
pub async fn refresh_cloud(shell: State<'_, Shell>, service: String) -> Answer<()> {
    shell
        .answer(async {
            let service = service_of(&service)?;
            let read = shell.open_app()?.refresh_cloud(service).await;
            read.map_err(|error| failed(&shell, service, &error))?;
            Ok(())
        })
        .await
}

/// Looks for calls that happened elsewhere now. Its progress comes as events.
#[tauri::command]
#[specta::specta]
pub async fn import_now(shell: State<'_, Shell>, service: String) -> Answer<()> {
    shell
        .answer(async {
            let service = service_of(&service)?;
            shell.open_app()?.import_now(service);
            Ok(())
        })
        .await
}

/// Says whether notes go beside the log that a service writes by itself; else Callside logs alone.
#[tauri::command]
#[specta::specta]
pub async fn settle_enrichment(
    shell: State<'_, Shell>,
    app: AppHandle,
    service: String,
    enrich: bool,
) -> Answer<()> {
    shell
        .answer(async {
            let service = service_of(&service)?;
            let open = shell.open_app()?;
            decisions::settle_enrichment(&open, service.as_str(), enrich).await?;
            shell.tell_all(&app).await;
            Ok(())
        })
        .await
}

/// Opens the page with the recording of a call, where the agent has to sign in.
#[tauri::command]
#[specta::specta]
pub async fn open_recording(shell: State<'_, Shell>, call: String) -> Answer<()> {
    shell
        .answer(async {
            let found = shell.engine()?.store().call(&CallId::new(call)).await?;
            let notes = found.and_then(|record| record.cloud);
            open_page(notes.and_then(|notes| notes.recording_link).as_deref())
        })
        .await
}

/// Shows the service's own window.
#[tauri::command]
#[specta::specta]
pub async fn show_workspace(
    shell: State<'_, Shell>,
    app: AppHandle,
    service: String,
) -> Answer<()> {
    shell
        .answer(async { Ok(window::show(&app, service_of(&service)?)?) })
        .await
}
