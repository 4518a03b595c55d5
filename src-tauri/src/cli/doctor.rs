//! What works on this machine, and what does not: for `callside doctor` and the diagnostics page.

use std::process::{Command, Stdio};
use std::time::Duration;

use callside_core::ports::TelephonyState;
use callside_crm::http::Http;
use jiff::Timestamp;
use url::Url;

use crate::text::{Text, crm_name};
use crate::wire::{CheckView, CheckWord, DiagnosticsView, HandlerStateWord, SecretsWord};
use crate::wiring::App;

/// The kinds of link that are looked at.
pub const SCHEMES: [&str; 4] = ["callside", "tel", "callto", "sip"];
/// A clock that is further off than this makes sign-ins and logs go wrong.
const CLOCK_OFF_S: i64 = 60;
const ANSWERS_WITHIN: Duration = Duration::from_secs(8);

/// Who opens a kind of link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Ours, another's, nobody's, or unknown.
    pub state: HandlerStateWord,
    /// What the system calls that program.
    pub name: Option<String>,
}

/// Asks the system who opens links of this scheme. May block for some tenths of a second.
pub fn handler(scheme: &str) -> Owner {
    let unknown = Owner {
        state: HandlerStateWord::Unknown,
        name: None,
    };
    if !cfg!(target_os = "linux") {
        return unknown;
    }
    let asked = Command::new("xdg-mime")
        .args(["query", "default", &format!("x-scheme-handler/{scheme}")])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(asked) = asked else { return unknown };
    if !asked.status.success() {
        return unknown;
    }
    let name = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    if name.is_empty() {
        return Owner {
            state: HandlerStateWord::Nobody,
            name: None,
        };
    }
    let file = name.to_ascii_lowercase();
    let ours = file.starts_with("callside") && file.ends_with(".desktop");
    Owner {
        state: if ours {
            HandlerStateWord::Ours
        } else {
            HandlerStateWord::Other
        },
        name: Some(name),
    }
}

/// Looks at everything.
pub async fn examine(app: &App) -> DiagnosticsView {
    let text = app.text();
    let mut checks = vec![settings(app, &text), keychain(app, &text), display(&text)];
    checks.extend(databases(app, &text).await);
    checks.extend(handlers(&text).await);
    checks.extend(softphones(app, &text));
    checks.extend(services(app, &text).await);
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
        lines.push(format!("{}: {word}", check.id));
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

async fn handlers(text: &Text) -> Vec<CheckView> {
    let asked = tokio::task::spawn_blocking(|| SCHEMES.map(|scheme| (scheme, handler(scheme))));
    let owners = asked.await.map(Vec::from).unwrap_or_default();
    owners
        .into_iter()
        .map(|(scheme, owner)| {
            let needed = scheme == "callside";
            let (state, says) = match owner.state {
                HandlerStateWord::Ours => (CheckWord::Fine, text.say("rust-check-handler-ours")),
                HandlerStateWord::Other => {
                    let program = owner.name.unwrap_or_default();
                    let says = text.say_with("rust-check-handler-other", &[("program", &program)]);
                    (
                        if needed {
                            CheckWord::Warn
                        } else {
                            CheckWord::Off
                        },
                        says,
                    )
                }
                HandlerStateWord::Nobody => (
                    if needed {
                        CheckWord::Warn
                    } else {
                        CheckWord::Off
                    },
                    text.say("rust-check-handler-nobody"),
                ),
                HandlerStateWord::Unknown => {
                    (CheckWord::Off, text.say("rust-check-handler-unknown"))
                }
            };
            let name = text.say_with("rust-check-handler", &[("scheme", scheme)]);
            check(&format!("handler_{scheme}"), name, state, says)
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
            Ok(Some(_)) => (CheckWord::Fine, says("rust-check-reachable")),
            _ => (CheckWord::Bad, says("rust-connection-unreachable")),
        };
        checks.push(check(name.as_str(), crm.to_owned(), state, said));
    }
    checks
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
