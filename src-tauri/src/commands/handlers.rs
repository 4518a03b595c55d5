//! The handler doctor: who opens which links, a dry run, repair, undo.

use std::time::Duration;

use tauri::State;

use crate::error::Failed;
use crate::handlers::{HandlerError, Handlers, Owner, SCHEMES};
use crate::shell::{Answer, Shell, TEST_LINK};
use crate::wire::{HandlerTest, HandlerView};
use crate::wiring::App;

/// How long a dry run may take until its link comes back.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

fn before_fact(scheme: &str) -> String {
    format!("handler_before/{scheme}")
}

fn failed(shell: &Shell, error: &HandlerError) -> Failed {
    tracing::warn!(%error, "the handler doctor could not do its work");
    let id = match error {
        HandlerError::AskThePerson => "rust-handler-ask-system",
        _ => "rust-handler-failed",
    };
    Failed::Unexpected(shell.text().say(id))
}

fn doctor(shell: &Shell) -> Result<&Handlers, Failed> {
    shell.handlers().ok_or(Failed::NotYet)
}

async fn owner_before(app: &App, scheme: &str) -> Result<Owner, Failed> {
    let kept = app.engine().store().fact(&before_fact(scheme)).await?;
    Ok(kept.filter(|owner| !owner.is_empty()))
}

async fn view(shell: &Shell) -> Result<Vec<HandlerView>, Failed> {
    let app = shell.open_app()?;
    let mut before = std::collections::BTreeMap::new();
    for scheme in SCHEMES {
        before.insert(scheme, owner_before(&app, scheme).await?);
    }
    let before = |scheme: &str| before.get(scheme).cloned().flatten();
    Ok(doctor(shell)?.view(before).await)
}

/// Who opens which links.
#[tauri::command]
#[specta::specta]
pub async fn handlers(shell: State<'_, Shell>) -> Answer<Vec<HandlerView>> {
    shell.answer(view(&shell)).await
}

/// Sends a link through the system and waits for it to arrive here. Nothing is dialled: the link
/// names no number.
#[tauri::command]
#[specta::specta]
pub async fn test_handler(shell: State<'_, Shell>, scheme: String) -> Answer<HandlerTest> {
    shell
        .answer(async {
            let known = SCHEMES.iter().find(|known| **known == scheme);
            let scheme = *known.ok_or(Failed::NotFound)?;
            let owner = doctor(&shell)?.owner(scheme).await;
            let owner = owner.map_err(|error| failed(&shell, &error))?;
            let text = shell.text();
            if !doctor(&shell)?.is_ours(&owner) {
                return Ok(HandlerTest {
                    arrived: false,
                    says: text.say("rust-handler-not-ours"),
                });
            }
            let mut arrivals = shell.watch_test_links();
            let link = format!("{scheme}:{TEST_LINK}");
            open::that_detached(link)
                .map_err(|_| Failed::Unexpected(text.say("rust-handler-failed")))?;
            let arrived = tokio::time::timeout(ARRIVES_WITHIN, arrivals.changed()).await;
            let arrived = matches!(arrived, Ok(Ok(())));
            let says = if arrived {
                "rust-handler-arrived"
            } else {
                "rust-handler-lost"
            };
            Ok(HandlerTest {
                arrived,
                says: text.say(says),
            })
        })
        .await
}

/// Makes Callside open this kind of link, and remembers who did before.
#[tauri::command]
#[specta::specta]
pub async fn take_handler(shell: State<'_, Shell>, scheme: String) -> Answer<Vec<HandlerView>> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            let taken = doctor(&shell)?.take(&scheme).await;
            let before = taken.map_err(|error| failed(&shell, &error))?;
            if let Some(owner) = before {
                let store = app.engine().store();
                store.set_fact(&before_fact(&scheme), &owner).await?;
            }
            view(&shell).await
        })
        .await
}

/// Gives this kind of link back to whoever opened it before.
#[tauri::command]
#[specta::specta]
pub async fn undo_handler(shell: State<'_, Shell>, scheme: String) -> Answer<Vec<HandlerView>> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            let before = owner_before(&app, &scheme).await?;
            let undone = doctor(&shell)?.give_back(&scheme, before).await;
            undone.map_err(|error| failed(&shell, &error))?;
            view(&shell).await
        })
        .await
}
