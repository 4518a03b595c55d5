//! What works on this machine, and what does not: for `callside doctor` and the diagnostics page.

use std::time::Duration;

use callside_core::ports::TelephonyState;
use callside_engine::connections::ConnectionStatus;
use callside_http::Http;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::handlers::Handlers;
use crate::home::Home;
use crate::text::{Text, crm_name};
use crate::wire::{CheckView, CheckWord, DiagnosticsView, HandlerStateWord, SecretsWord};
use crate::wiring::App;
use crate::wiring::cloud::Service;
use crate::workspace::not_understood::Kind;

/// A clock that is further off than this makes sign-ins and logs go wrong.
const CLOCK_OFF_S: i64 = 60;
const ANSWERS_WITHIN: Duration = Duration::from_secs(8);
/// A backup is made a day; one older than this was missed.
const BACKUP_OLD: SignedDuration = SignedDuration::from_hours(72);

/// Looks at everything.
pub async fn examine(app: &App) -> DiagnosticsView {
    let text = app.text();
    let mut checks = vec![settings(app, &text), keychain(app, &text), display(&text)];
    checks.extend(databases(app, &text).await);
    checks.push(backups(app, &text).await);
    checks.extend(handlers(app, &text).await);
    checks.extend(softphones(app, &text));
    checks.extend(services(app, &text).await);
    checks.extend(clouds(app, &text).await);
    checks.extend(dialler(app, &text));
    checks.extend(budgets(app, &text).await);
    checks.push(versions(app, &text).await);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    DiagnosticsView {
        report: report(&version, &checks),
        settings_file: app.settings_file().path().display().to_string(),
        data_folder: app.home().data().display().to_string(),
        version,
        checks,
    }
}

/// What may be sent to somebody: words and sentences of ours, no path, number or name.
fn report(version: &str, checks: &[CheckView]) -> String {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let mut lines = vec![format!("Callside {version}, {system}")];
    for check in checks {
        let word = serde_json::to_value(check.state).unwrap_or_default();
        let word = word.as_str().unwrap_or_default();
        // Versions, counts and names of fields alone say more than a state.
        if ["versions", "dialler"].contains(&check.id.as_str()) || check.id.starts_with("budget_") {
            lines.push(format!("{}: {}", check.id, check.says));
        } else {
            lines.push(format!("{}: {word}", check.id));
        }
    }
    lines.join("\n")
}

fn check(id: &str, name: String, state: CheckWord, says: String) -> CheckView {
    CheckView {
        id: id.to_owned(),
        name,
        state,
        says,
    }
}

fn settings(app: &App, text: &Text) -> CheckView {
    let name = text.say("rust-check-settings");
    match app.broken_settings() {
        Some(broken) => check("settings", name, CheckWord::Bad, broken.to_string()),
        None => check(
            "settings",
            name,
            CheckWord::Fine,
            text.say("rust-check-settings-fine"),
        ),
    }
}

fn keychain(app: &App, text: &Text) -> CheckView {
    let (state, id) = match app.secrets_word() {
        _ if app.keychain_locked() => (CheckWord::Bad, "rust-check-keychain-locked"),
        SecretsWord::Keychain => (CheckWord::Fine, "rust-check-keychain-fine"),
        SecretsWord::Passphrase => (CheckWord::Fine, "rust-check-keychain-passphrase"),
        SecretsWord::Session => (CheckWord::Warn, "rust-check-keychain-session"),
        SecretsWord::KeychainLocked | SecretsWord::PassphraseLocked => {
            (CheckWord::Bad, "rust-check-keychain-locked")
        }
        SecretsWord::Undecided => (CheckWord::Bad, "rust-check-keychain-none"),
    };
    check(
        "keychain",
        text.say("rust-check-keychain"),
        state,
        text.say(id),
    )
}

fn display(text: &Text) -> CheckView {
    let (state, id) = if super::has_display() {
        (CheckWord::Fine, "rust-check-display-fine")
    } else {
        (CheckWord::Warn, "rust-check-display-none")
    };
    check(
        "display",
        text.say("rust-check-display"),
        state,
        text.say(id),
    )
}

async fn databases(app: &App, text: &Text) -> Vec<CheckView> {
    let names = [
        ("journal", text.say("rust-check-journal")),
        ("cache", text.say("rust-check-cache")),
    ];
    let found = app.engine().store().check().await;
    let whole = match &found {
        Ok(found) => [found.journal_ok, found.cache_ok],
        Err(_) => [false, false],
    };
    names
        .into_iter()
        .zip(whole)
        .map(|((id, name), whole)| {
            let (state, says) = if whole {
                (CheckWord::Fine, "rust-check-database-fine")
            } else {
                (CheckWord::Bad, "rust-check-database-bad")
            };
            check(id, name, state, text.say(says))
        })
        .collect()
}

async fn backups(app: &App, text: &Text) -> CheckView {
    let there = app.engine().store().backups().await.unwrap_or_default();
    let (state, says) = match there.first() {
        None => (CheckWord::Off, text.say("rust-check-backups-none")),
        Some(last) => {
            let date = text.day(last.taken_at);
            let values = [("date", date.as_str())];
            let old = app.engine().now().duration_since(last.taken_at) > BACKUP_OLD;
            if old {
                let says = text.say_with("rust-check-backups-old", &values);
                (CheckWord::Warn, says)
            } else {
                let count = ("count", there.len() as u64);
                let says = text.count_with("rust-check-backups-fine", count, &values);
                (CheckWord::Fine, says)
            }
        }
    };
    check("backups", text.say("rust-check-backups"), state, says)
}

async fn versions(app: &App, text: &Text) -> CheckView {
    let name = text.say("rust-check-versions");
    let (state, says) = match app.engine().store().schemas().await {
        Ok(schemas) => {
            let (journal, cache) = (schemas.journal.to_string(), schemas.cache.to_string());
            let values = [
                ("app", env!("CARGO_PKG_VERSION")),
                ("journal", &journal),
                ("cache", &cache),
                ("sqlite", schemas.sqlite),
            ];
            (
                CheckWord::Fine,
                text.say_with("rust-check-versions-says", &values),
            )
        }
        Err(_) => (CheckWord::Bad, text.say("rust-check-database-bad")),
    };
    check("versions", name, state, says)
}

async fn budgets(app: &App, text: &Text) -> Vec<CheckView> {
    let statuses = app.engine().connection_statuses().await.unwrap_or_default();
    let budget = |status: &ConnectionStatus| {
        let crm = crm_name(status.name.as_str());
        let minute = status.budget.last_minute.to_string();
        let left = &status.budget.remaining;
        let left: Vec<String> = left
            .iter()
            .map(|(at, left)| format!("{left}/{at}"))
            .collect();
        let id = if left.is_empty() {
            "rust-check-budget-unknown"
        } else {
            "rust-check-budget-says"
        };
        let left = left.join(", ");
        let says = text.say_with(id, &[("minute", &minute), ("left", &left)]);
        let used_up = status.budget.remaining.values().any(|left| *left <= 0);
        let state = if used_up {
            CheckWord::Warn
        } else {
            CheckWord::Fine
        };
        let name = text.say_with("rust-check-budget", &[("crm", crm)]);
        check(&format!("budget_{}", status.name), name, state, says)
    };
    statuses.iter().map(budget).collect()
}

async fn handlers(app: &App, text: &Text) -> Vec<CheckView> {
    // The sample workspace has no links of its own: what counts is the install it was opened from.
    let own = app.sample().and_then(|_| Home::find().ok());
    let Some(handlers) = Handlers::of(own.as_ref().unwrap_or(app.home())) else {
        return Vec::new();
    };
    let views = handlers.view(|_| None).await;
    views
        .into_iter()
        .map(|view| {
            let missing = match view.scheme.as_str() {
                "callside" => CheckWord::Warn,
                _ => CheckWord::Off,
            };
            let (state, says) = match view.state {
                HandlerStateWord::Ours => (CheckWord::Fine, text.say("rust-check-handler-ours")),
                HandlerStateWord::Other => {
                    let program = view.owner.unwrap_or_default();
                    let values = [("program", program.as_str())];
                    (missing, text.say_with("rust-check-handler-other", &values))
                }
                HandlerStateWord::Nobody => (missing, text.say("rust-check-handler-nobody")),
                HandlerStateWord::Unknown => {
                    (CheckWord::Off, text.say("rust-check-handler-unknown"))
                }
            };
            let name = text.say_with("rust-check-handler", &[("scheme", &view.scheme)]);
            check(&format!("handler_{}", view.scheme), name, state, says)
        })
        .collect()
}

fn softphones(app: &App, text: &Text) -> Vec<CheckView> {
    let mut checks: Vec<CheckView> = app
        .engine()
        .telephony_states()
        .into_iter()
        .map(|(name, state)| {
            let (word, id) = match state {
                TelephonyState::Connected => (CheckWord::Fine, "rust-check-source-connected"),
                TelephonyState::Disconnected => (CheckWord::Warn, "rust-check-source-disconnected"),
                TelephonyState::Off => (CheckWord::Off, "rust-check-source-off"),
            };
            check(&name.clone(), name, word, text.say(id))
        })
        .collect();
    if app.engine().settings().hooks.http {
        let (state, says) = match app.softphones().listener_trouble() {
            Some(why) => (CheckWord::Bad, why),
            None => (CheckWord::Fine, text.say("rust-check-source-connected")),
        };
        checks.push(check("hooks", text.say("rust-table-listener"), state, says));
    }
    checks
}

async fn services(app: &App, text: &Text) -> Vec<CheckView> {
    let names = app.engine().stored_connections().await.unwrap_or_default();
    let mut checks = Vec::new();
    for name in names {
        let address = match name.as_str() {
            "sellsy" => app.engine().settings().crm.sellsy.api_url.clone(),
            _ => continue,
        };
        let crm = crm_name(name.as_str());
        let says = |id: &str| text.say_with(id, &[("crm", crm)]);
        let (state, said) = match tokio::time::timeout(ANSWERS_WITHIN, clock_of(&address)).await {
            Ok(Some(Some(off))) if off.abs() > CLOCK_OFF_S => {
                let off = off.to_string();
                let said =
                    text.say_with("rust-check-clock-off", &[("crm", crm), ("seconds", &off)]);
                (CheckWord::Warn, said)
            }
            Ok(Some(Some(off))) => {
                let off = off.to_string();
                let values = [("crm", crm), ("seconds", off.as_str())];
                (CheckWord::Fine, text.say_with("rust-check-clock", &values))
            }
            Ok(Some(None)) => (CheckWord::Fine, says("rust-check-reachable")),
            _ => (CheckWord::Bad, says("rust-connection-unreachable")),
        };
        checks.push(check(name.as_str(), crm.to_owned(), state, said));
    }
    checks
}

/// Whether the telephony services that are connected take their keys.
async fn clouds(app: &App, text: &Text) -> Vec<CheckView> {
    let mut checks = Vec::new();
    for service in Service::ALL {
        if app.clouds().account(service).is_none() {
            continue;
        }
        let name = crm_name(service.as_str());
        let values = [("crm", name)];
        let tried = tokio::time::timeout(ANSWERS_WITHIN, app.try_cloud(service)).await;
        let (state, said) = match tried {
            Ok(Ok(())) => (
                CheckWord::Fine,
                text.say_with("rust-check-reachable", &values),
            ),
            Ok(Err(error)) => (CheckWord::Bad, error.sentence(service, text)),
            Err(_) => (
                CheckWord::Bad,
                text.say_with("rust-connection-unreachable", &values),
            ),
        };
        let id = format!("cloud_{}", service.as_str());
        checks.push(check(&id, name.to_owned(), state, said));
    }
    checks
}

/// What Allo's framed dialler said and nobody understands yet: whoever reads it can teach us.
fn dialler(app: &App, text: &Text) -> Option<CheckView> {
    let kept = app.clouds().not_understood();
    let kinds: Vec<String> = kept.kinds().iter().map(bones).collect();
    let count = ("count", kinds.len() as u64);
    let kinds = kinds.join("; ");
    let says = text.count_with("rust-check-dialler-says", count, &[("kinds", &kinds)]);
    let name = text.say("rust-check-dialler");
    (!kinds.is_empty()).then(|| check("dialler", name, CheckWord::Warn, says))
}

fn bones(kind: &Kind) -> String {
    format!(
        "{} ({}) × {}",
        kind.name,
        kind.fields.join(", "),
        kind.times
    )
}

/// Asks the service for any answer at all. Some when it answered; inside, how many seconds our
/// clock is ahead of its.
async fn clock_of(address: &str) -> Option<Option<i64>> {
    let url = Url::parse(address).ok()?;
    let http = Http::for_service(&url).ok()?;
    let request = http.request("GET".parse().ok()?, url).build().ok()?;
    let answer = http.send(request).await.ok()?;
    let off = |date: Timestamp| Timestamp::now().duration_since(date).as_secs();
    Some(answer.date.map(off))
}
