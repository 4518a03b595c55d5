//! What every window asks first, and the sentences across the top of the desk.

use callside_core::wrap_up::{Disposition, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS};
use callside_engine::connections::{ConnectionState, Trouble};
use callside_engine::events::Double;
use tauri::AppHandle;
use tauri_plugin_autostart::ManagerExt as _;

use crate::desktop::windows;
use crate::shapes::small;
use crate::shell::Shell;
use crate::text::{Text, crm_name};
use crate::views::{calls, people};
use crate::wire::{
    AppView, BannerAction, BannerView, CountsView, LevelWord, PageWord, PlatformWord, SecretsWord,
    ThemeWord,
};
use crate::wiring::App;
use crate::wiring::cloud::Service;

/// Fact under which the theme is kept.
pub const THEME: &str = "theme";
/// Fact that the first-run wizard was finished.
pub const FIRST_RUN_DONE: &str = "first_run_done";

/// What every window asks first.
pub async fn view(shell: &Shell, handle: &AppHandle) -> AppView {
    let app = shell.app();
    let text = shell.text();
    let settings = app.as_ref().map(|app| app.engine().settings());
    let settings = settings.unwrap_or_default();
    AppView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        language: text.language(),
        theme: theme_of(app.as_ref()).await,
        platform: platform(),
        region: settings.region.as_str().to_owned(),
        first_run: first_run(app.as_ref()).await,
        sample: app.as_ref().is_some_and(|app| app.sample().is_some()),
        secrets: shell.secrets_word(),
        autostart: handle.autolaunch().is_enabled().unwrap_or(false),
        places_windows: windows::places_windows(),
        undo_s: settings.logging.undo_s,
        counts: counts(app.as_ref()).await,
        dispositions: Disposition::OFFERED.map(str::to_owned).to_vec(),
        longest_note: small(LONGEST_NOTE as u64),
        longest_tag: small(LONGEST_TAG as u64),
        most_tags: small(MOST_TAGS as u64),
    }
}

/// Which theme the agent chose.
pub async fn theme_of(app: Option<&App>) -> ThemeWord {
    let kept = match app {
        Some(app) => app.engine().store().fact(THEME).await.ok().flatten(),
        None => None,
    };
    match kept.as_deref() {
        Some("light") => ThemeWord::Light,
        Some("dark") => ThemeWord::Dark,
        _ => ThemeWord::System,
    }
}

/// The word under which a theme is kept.
pub fn theme_word(theme: ThemeWord) -> &'static str {
    match theme {
        ThemeWord::System => "system",
        ThemeWord::Light => "light",
        ThemeWord::Dark => "dark",
    }
}

fn platform() -> PlatformWord {
    if cfg!(target_os = "macos") {
        PlatformWord::Macos
    } else if cfg!(windows) {
        PlatformWord::Windows
    } else {
        PlatformWord::Linux
    }
}

/// Whether nothing is set up yet: no CRM was ever connected, and nobody closed the wizard.
pub async fn first_run(app: Option<&App>) -> bool {
    let Some(app) = app else { return true };
    // Without its journal the app knows of nothing, but the agent has to hear why.
    if app.sample().is_some() || app.open_notes().journal_set_aside.is_some() {
        return false;
    }
    let done = app.engine().store().fact(FIRST_RUN_DONE).await;
    let known = app.engine().stored_connections().await;
    matches!(done, Ok(None)) && known.is_ok_and(|known| known.is_empty())
}

async fn counts(app: Option<&App>) -> CountsView {
    let nothing = CountsView {
        to_file: 0,
        stuck: 0,
        waiting: 0,
    };
    match app {
        Some(app) => calls::counts(app.engine()).await.unwrap_or(nothing),
        None => nothing,
    }
}

/// The sentences across the top of the desk, most important first.
pub async fn banners(shell: &Shell) -> Vec<BannerView> {
    let text = shell.text();
    let mut banners = match shell.app() {
        Some(app) => {
            let mut banners = of_app(&app, &text);
            banners.extend(shrinks(&app, &text).await);
            banners.extend(doubles(&app, &text).await);
            banners.extend(enrichment(&app, &text).await);
            banners
        }
        None => vec![locked(shell.secrets_word(), &text)],
    };
    banners.retain(|banner| !shell.is_dismissed(&banner.id));
    banners
}

fn locked(secrets: SecretsWord, text: &Text) -> BannerView {
    let id = match secrets {
        SecretsWord::PassphraseLocked => "rust-banner-passphrase",
        SecretsWord::Undecided => "rust-banner-no-keychain",
        _ => "rust-banner-keychain-locked",
    };
    BannerView {
        id: id.to_owned(),
        level: LevelWord::Bad,
        text: text.say(id),
        action: Some(BannerAction::Unlock),
        can_dismiss: false,
    }
}

async fn shrinks(app: &App, text: &Text) -> Vec<BannerView> {
    let mut banners = Vec::new();
    for name in app.engine().known_connections() {
        let shrink = match app.engine().waiting_shrink(&name, 0).await {
            Ok(shrink) => shrink,
            Err(error) => {
                tracing::error!(%error, "could not read whether many contacts are gone");
                continue;
            }
        };
        banners.extend(shrink.map(|shrink| {
            let words = [("crm", crm_name(name.as_str()))];
            BannerView {
                id: format!("shrink-{name}"),
                level: LevelWord::Warn,
                text: text.count_with("rust-banner-shrink", ("count", shrink.count), &words),
                action: Some(BannerAction::Shrink {
                    connection: name.to_string(),
                }),
                can_dismiss: false,
            }
        }));
    }
    banners
}

/// Services that may log by themselves, while the agent has not said who logs.
async fn enrichment(app: &App, text: &Text) -> Vec<BannerView> {
    let offered = match app.engine().offered_enrichment().await {
        Ok(offered) => offered,
        Err(error) => {
            tracing::error!(%error, "could not read which services log by themselves");
            return Vec::new();
        }
    };
    let banner = |service: String| BannerView {
        id: format!("enrich-{service}"),
        level: LevelWord::Warn,
        text: text.say_with("rust-banner-enrich", &[("service", crm_name(&service))]),
        action: Some(BannerAction::Enrich { service }),
        can_dismiss: false,
    };
    offered.into_iter().map(banner).collect()
}

async fn doubles(app: &App, text: &Text) -> Vec<BannerView> {
    let doubles = match app.engine().doubles().await {
        Ok(doubles) => doubles,
        Err(error) => {
            tracing::error!(%error, "could not read which calls are logged twice");
            return Vec::new();
        }
    };
    let banner = |double: Double| {
        let source_name = people::source_name(&double.source, text);
        let crm = crm_name(double.connection.as_str());
        let words = [("softphone", source_name.as_str()), ("crm", crm)];
        let line = double.line.clone().unwrap_or_default();
        BannerView {
            id: format!("double-{}-{}-{line}", double.connection, double.source),
            level: LevelWord::Warn,
            text: text.say_with("rust-banner-double", &words),
            action: Some(BannerAction::Double {
                connection: double.connection.to_string(),
                source: double.source,
                source_name,
                line: double.line,
            }),
            can_dismiss: false,
        }
    };
    doubles.into_iter().map(banner).collect()
}

fn of_app(app: &App, text: &Text) -> Vec<BannerView> {
    let mut banners = Vec::new();
    let mut say = |id: String, level, words, action, can_dismiss| {
        banners.push(BannerView {
            id,
            level,
            text: words,
            action,
            can_dismiss,
        });
    };
    if let Some(folder) = &app.open_notes().journal_set_aside {
        let file = folder.to_string_lossy();
        let notes = app.open_notes();
        let rescued = ("count", notes.calls_rescued);
        let values = [("file", file.as_ref())];
        let mut words = text.count_with("rust-banner-journal-aside", rescued, &values);
        let action = notes.backup.as_ref().map(|backup| {
            let date = text.day(backup.taken_at);
            words.push(' ');
            words.push_str(&text.say_with("rust-banner-journal-backup", &[("date", &date)]));
            BannerAction::Restore {
                name: backup.name.clone(),
            }
        });
        say("journal-aside".into(), LevelWord::Bad, words, action, true);
    }
    for name in app.engine().known_connections() {
        let Some(state) = app.engine().connection_state(&name) else {
            continue;
        };
        let Some(words) = app.connection_reason(name.as_str(), &state) else {
            continue;
        };
        let (level, action) = match &state {
            ConnectionState::Disconnected => {
                let connection = name.as_str().to_owned();
                (LevelWord::Bad, Some(BannerAction::Reconnect { connection }))
            }
            ConnectionState::Trouble(Trouble::Unreachable) => (LevelWord::Warn, None),
            _ => {
                let page = PageWord::Diagnostics;
                (LevelWord::Warn, Some(BannerAction::Open { page }))
            }
        };
        let id = format!("{}-{}", crm_name(name.as_str()), words);
        say(id, level, words, action, false);
    }
    if let Some(broken) = app.broken_settings() {
        let place = broken.to_string();
        let words = text.say_with("rust-banner-settings", &[("place", &place)]);
        let action = Some(BannerAction::Open {
            page: PageWord::Settings,
        });
        say("settings".into(), LevelWord::Warn, words, action, false);
    }
    for service in Service::ALL {
        let Some(workspace) = app.clouds().workspace(service) else {
            continue;
        };
        let words = workspace.words();
        if words.tone == "warn" {
            let service = service.as_str().to_owned();
            let id = format!("workspace-{service}-{:?}", workspace.standing());
            let action = Some(BannerAction::Workspace { service });
            say(id, LevelWord::Warn, words.title, action, true);
        }
    }
    if app.open_notes().cache_rebuilt {
        let words = text.say("rust-banner-cache-rebuilt");
        say("cache-rebuilt".into(), LevelWord::Plain, words, None, true);
    }
    if app.secrets_word() == SecretsWord::Session && app.sample().is_none() {
        let words = text.say("rust-banner-session");
        say("session".into(), LevelWord::Warn, words, None, true);
    }
    banners
}
