//! Keeps the window of a framed page as the settings want it: there while it is switched on, made anew
//! when its address or the agent changes, and never in the middle of a call.

use std::sync::Arc;
use std::time::Duration;

use tauri::AppHandle;

use super::server::{ServeFailed, Server};
use super::{CallNews as _, SIGNS_IN_WITHIN, Workspace, WorkspaceParts, window};
use crate::views::app::theme_of;
use crate::wire::ThemeWord;
use crate::wiring::App;
use crate::wiring::cloud::Service;

/// How often a call is looked at whose end a change waits for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why the window is not there.
#[derive(Debug, thiserror::Error)]
enum NotShown {
    #[error("show a framed page: its address cannot be read")]
    BadAddress,
    #[error(transparent)]
    Serve(#[from] ServeFailed),
    #[error(transparent)]
    Window(#[from] tauri::Error),
}

/// What a window was made for; another wish makes another window.
#[derive(Clone, PartialEq, Eq)]
struct Wish {
    url: String,
    agent: String,
    language: callside_core::settings::Language,
}

impl Wish {
    fn of(app: &App, service: Service) -> Option<Self> {
        let settings = app.engine().settings();
        let telephony = &settings.telephony;
        let (wanted, url) = match service {
            Service::Aircall => (telephony.aircall.embed, &telephony.aircall.workspace_url),
            Service::Allo => (telephony.allo.embed, &telephony.allo.dialer_url),
        };
        let account = app.clouds().account(service);
        // Whom the agent picked by hand may have another address there.
        let picked = account.and_then(|account| account.agent);
        wanted.then(|| Self {
            url: url.trim().to_owned(),
            agent: picked.map_or_else(|| settings.agent.email.clone(), |agent| agent.email),
            language: settings.language,
        })
    }
}

/// Follows the settings until the app ends.
pub async fn follow(handle: AppHandle, app: App, service: Service) {
    let ending = app.ending();
    let mut shown = None;
    let following = keep(&handle, &app, service, &mut shown);
    ending.run_until_cancelled(following).await;
    take_down(&handle, &app, service, shown).await;
}

async fn keep(handle: &AppHandle, app: &App, service: Service, shown: &mut Option<Server>) {
    let mut changes = app.settings_changes();
    // A window that could not be made is tried again only for another wish.
    let mut tried = None;
    loop {
        let wish = Wish::of(app, service);
        if tried != wish {
            // A page that goes takes its call along.
            if shown.is_some() && app.workspace_calls(service).goes_on() {
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            take_down(handle, app, service, shown.take()).await;
            app.clouds().set_workspace(service, None);
            if let Some(wish) = &wish {
                match put_up(handle, app, service, wish).await {
                    Ok(server) => *shown = Some(server),
                    Err(error) => {
                        tracing::error!(%error, service = service.as_str(), "not shown");
                        app.clouds().miss_workspace(service);
                    }
                }
            }
            tried = wish;
            app.tell_workspace(service).await;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

async fn put_up(
    handle: &AppHandle,
    app: &App,
    service: Service,
    wish: &Wish,
) -> Result<Server, NotShown> {
    let vendor = service.vendor();
    let shows = handle.clone();
    let workspace = Workspace::new(WorkspaceParts {
        vendor,
        agent: wish.agent.clone(),
        url: wish.url.parse().map_err(|_| NotShown::BadAddress)?,
        calls: Arc::new(app.workspace_calls(service)),
        show: Arc::new(move || {
            if let Err(error) = window::show(&shows, service) {
                tracing::error!(%error, service = service.as_str(), "could not show the window");
            }
        }),
        clock: app.clock(),
        text: app.text(),
        theme: match theme_of(Some(app)).await {
            ThemeWord::Light => Some("light"),
            ThemeWord::Dark => Some("dark"),
            ThemeWord::System => None,
        },
        signs_in_within: SIGNS_IN_WITHIN,
    });
    let store = app.engine().store();
    let before = store.fact(vendor.port).await.ok().flatten();
    let wanted = before.and_then(|port| port.parse().ok());
    let server = Server::start(workspace.clone(), window::files(handle), wanted).await?;
    if wanted != Some(server.port())
        && let Err(error) = store
            .set_fact(vendor.port, &server.port().to_string())
            .await
    {
        tracing::warn!(%error, "the port of a framed page is not remembered");
    }
    window::make(handle, &server, &workspace)?;
    if app.sample().is_some() {
        // A newcomer asked to see it.
        window::show(handle, service)?;
    }
    app.clouds().set_workspace(service, Some(workspace.clone()));
    let mut standing = workspace.watch();
    let told = app.clone();
    // Ends with the Workspace, whose clones hold the other end.
    tokio::spawn(async move {
        while standing.changed().await.is_ok() {
            told.tell_workspace(service).await;
        }
    });
    Ok(server)
}

async fn take_down(handle: &AppHandle, app: &App, service: Service, shown: Option<Server>) {
    let Some(server) = shown else { return };
    app.clouds().set_workspace(service, None);
    window::close(handle, service);
    server.stop().await;
    app.tell_workspace(service).await;
}
