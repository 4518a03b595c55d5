//! Keeps the Workspace's window as the settings want it: there while it is switched on, made anew
//! when its address or the agent changes, and never in the middle of a call.

use std::sync::Arc;
use std::time::Duration;

use tauri::AppHandle;

use super::server::{ServeFailed, Server};
use super::{CallNews as _, SIGNS_IN_WITHIN, Workspace, WorkspaceParts, window};
use crate::shell::Shell;
use crate::views::app::theme_of;
use crate::wire::ThemeWord;
use crate::wiring::App;
use crate::wiring::cloud::Service;

/// Fact under which the port is kept: a browser remembers a granted microphone by it.
const PORT: &str = "workspace_port";
/// How often a call is looked at whose end a change waits for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why the Workspace's window is not there.
#[derive(Debug, thiserror::Error)]
enum NotShown {
    #[error("show the Workspace: its address cannot be read")]
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
    fn of(app: &App) -> Option<Self> {
        let settings = app.engine().settings();
        let aircall = &settings.telephony.aircall;
        let account = app.clouds().account(Service::Aircall);
        // Whom the agent picked by hand may have another address there.
        let picked = account.and_then(|account| account.agent);
        aircall.embed.then(|| Self {
            url: aircall.workspace_url.trim().to_owned(),
            agent: picked.map_or_else(|| settings.agent.email.clone(), |agent| agent.email),
            language: settings.language,
        })
    }
}

/// Follows the settings until the app ends.
pub async fn follow(shell: Shell, handle: AppHandle, app: App) {
    let ending = app.ending();
    let mut shown = None;
    let following = keep(&shell, &handle, &app, &mut shown);
    ending.run_until_cancelled(following).await;
    take_down(&handle, &app, shown).await;
}

async fn keep(shell: &Shell, handle: &AppHandle, app: &App, shown: &mut Option<Server>) {
    let mut changes = app.settings_changes();
    // A window that could not be made is tried again only for another wish.
    let mut tried = None;
    loop {
        let wish = Wish::of(app);
        if tried != wish {
            // A page that goes takes its call along.
            if shown.is_some() && app.workspace_calls().goes_on() {
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            take_down(handle, app, shown.take()).await;
            app.clouds().set_workspace(None);
            if let Some(wish) = &wish {
                match put_up(shell, handle, app, wish).await {
                    Ok(server) => *shown = Some(server),
                    Err(error) => {
                        tracing::error!(%error, "the Workspace is not shown");
                        app.clouds().miss_workspace();
                    }
                }
            }
            tried = wish;
            app.tell_workspace().await;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

async fn put_up(
    shell: &Shell,
    handle: &AppHandle,
    app: &App,
    wish: &Wish,
) -> Result<Server, NotShown> {
    let workspace = Workspace::new(WorkspaceParts {
        agent: wish.agent.clone(),
        url: wish.url.parse().map_err(|_| NotShown::BadAddress)?,
        calls: Arc::new(app.workspace_calls()),
        text: app.text(),
        theme: match theme_of(Some(app)).await {
            ThemeWord::Light => Some("light"),
            ThemeWord::Dark => Some("dark"),
            ThemeWord::System => None,
        },
        signs_in_within: SIGNS_IN_WITHIN,
    });
    let store = app.engine().store();
    let before = store.fact(PORT).await.ok().flatten();
    let wanted = before.and_then(|port| port.parse().ok());
    let server = Server::start(workspace.clone(), window::files(handle), wanted).await?;
    if wanted != Some(server.port())
        && let Err(error) = store.set_fact(PORT, &server.port().to_string()).await
    {
        tracing::warn!(%error, "the port of the Workspace's page is not remembered");
    }
    let title = shell.text().say("rust-window-aircall");
    window::make(handle, &server, &workspace, &title)?;
    if app.sample().is_some() {
        // A newcomer asked to see it.
        window::show(handle)?;
    }
    app.clouds().set_workspace(Some(workspace.clone()));
    let mut standing = workspace.watch();
    let told = app.clone();
    // Ends with the Workspace, whose clones hold the other end.
    tokio::spawn(async move {
        while standing.changed().await.is_ok() {
            told.tell_workspace().await;
        }
    });
    Ok(server)
}

async fn take_down(handle: &AppHandle, app: &App, shown: Option<Server>) {
    let Some(server) = shown else { return };
    app.clouds().set_workspace(None);
    window::close(handle);
    server.stop().await;
    app.tell_workspace().await;
}
