//! Signing in, signing out, syncing.

use callside_core::id::ConnectionId;
use tauri::{AppHandle, State};
use zeroize::Zeroizing;

use crate::decisions;
use crate::error::Failed;
use crate::shell::{Answer, Shell, open_page};
use crate::views::{budget, setup};
use crate::wire::{BudgetView, ConnectionView, ShrinkView};
use crate::wiring::sign_in::ConnectFailed;

/// All CRMs, signed in or not.
#[tauri::command]
#[specta::specta]
pub async fn connections(shell: State<'_, Shell>) -> Answer<Vec<ConnectionView>> {
    shell
        .answer(async { Ok(setup::connections(&shell.open_app()?, &shell).await?) })
        .await
}

/// Who spent the limit of a connection in the last hours; thirty days at most.
#[tauri::command]
#[specta::specta]
pub async fn budget(shell: State<'_, Shell>, connection: String, hours: u32) -> Answer<BudgetView> {
    shell
        .answer(async {
            let name = ConnectionId::new(connection);
            Ok(budget::of(&shell.engine()?, &name, hours).await?)
        })
        .await
}

fn failed(shell: &Shell, connection: &str, error: &ConnectFailed) -> Failed {
    Failed::Refused {
        key: None,
        message: error.sentence(connection, &shell.text()),
    }
}

/// Opens the system's browser for the sign-in. How it goes on comes as an event.
#[tauri::command]
#[specta::specta]
pub async fn begin_sign_in(
    shell: State<'_, Shell>,
    app: AppHandle,
    connection: String,
    client_id: String,
) -> Answer<()> {
    shell
        .answer(async {
            let open = shell.open_app()?;
            let began = open.begin_sign_in(&connection, &client_id, None).await;
            let attempt = began.map_err(|error| failed(&shell, &connection, &error))?;
            open_page(Some(attempt.authorize_url()))?;
            shell.keep_sign_in(&connection, Some((Some(attempt.clone()), None)));
            shell.tell_connections(&app).await;
            let shell = shell.inner().clone();
            tauri::async_runtime::spawn(async move {
                let waited = open.wait_sign_in(&attempt).await;
                // Pasting, or giving up, may have ended this attempt meanwhile.
                let current = shell.attempt(&connection);
                if current.is_none_or(|now| !std::sync::Arc::ptr_eq(&now, &attempt)) {
                    return;
                }
                let state = match waited {
                    Ok(_) => None,
                    Err(error) => {
                        let words = error.sentence(&connection, &shell.text());
                        Some((Some(attempt), Some(words)))
                    }
                };
                shell.keep_sign_in(&connection, state);
                shell.tell_connections(&app).await;
            });
            Ok(())
        })
        .await
}

/// Ends the sign-in with what the agent pasted: the code, or the whole address.
#[tauri::command]
#[specta::specta]
pub async fn paste_sign_in(
    shell: State<'_, Shell>,
    app: AppHandle,
    connection: String,
    code: String,
) -> Answer<()> {
    shell
        .answer(async {
            let open = shell.open_app()?;
            let attempt = shell.attempt(&connection).ok_or(Failed::NotFound)?;
            let pasted = open.paste_sign_in(&attempt, &code).await;
            pasted.map_err(|error| failed(&shell, &connection, &error))?;
            shell.keep_sign_in(&connection, None);
            shell.tell_connections(&app).await;
            Ok(())
        })
        .await
}

/// The agent gives the sign-in up.
#[tauri::command]
#[specta::specta]
pub async fn cancel_sign_in(
    shell: State<'_, Shell>,
    app: AppHandle,
    connection: String,
) -> Answer<()> {
    shell.keep_sign_in(&connection, None);
    shell.tell_connections(&app).await;
    Ok(())
}

/// Signs in without a browser. The secret goes to the keychain and never comes back.
#[tauri::command]
#[specta::specta]
pub async fn sign_in_with_secret(
    shell: State<'_, Shell>,
    app: AppHandle,
    connection: String,
    client_id: String,
    client_secret: String,
) -> Answer<()> {
    let secret = Zeroizing::new(client_secret);
    shell
        .answer(async {
            let open = shell.open_app()?;
            let signed = open
                .sign_in_with_secret(&connection, &client_id, &secret)
                .await;
            signed.map_err(|error| failed(&shell, &connection, &error))?;
            shell.tell_connections(&app).await;
            Ok(())
        })
        .await
}

/// Signs out. The copy of the contacts leaves this computer; filed calls stay.
#[tauri::command]
#[specta::specta]
pub async fn disconnect(shell: State<'_, Shell>, app: AppHandle, connection: String) -> Answer<()> {
    shell
        .answer(async {
            let open = shell.open_app()?;
            let done = open.disconnect(&connection).await;
            done.map_err(|error| failed(&shell, &connection, &error))?;
            shell.tell_connections(&app).await;
            Ok(())
        })
        .await
}

/// The contacts that a look at the CRM no longer found. Null when nothing is asked.
#[tauri::command]
#[specta::specta]
pub async fn shrink(shell: State<'_, Shell>, connection: String) -> Answer<Option<ShrinkView>> {
    let name = ConnectionId::new(connection);
    shell
        .answer(async { decisions::shrink(&shell.open_app()?, &name).await })
        .await
}

/// Removes or keeps the contacts that a look at the CRM no longer found.
#[tauri::command]
#[specta::specta]
pub async fn settle_shrink(
    shell: State<'_, Shell>,
    app: AppHandle,
    connection: String,
    remove: bool,
) -> Answer<u32> {
    let name = ConnectionId::new(connection);
    shell
        .answer(async {
            let gone = decisions::settle_shrink(&shell.open_app()?, &name, remove).await?;
            shell.tell_connections(&app).await;
            Ok(gone)
        })
        .await
}

/// Runs a sync now. Its progress comes as events.
#[tauri::command]
#[specta::specta]
pub async fn sync_now(shell: State<'_, Shell>, connection: String, full: bool) -> Answer<()> {
    shell
        .answer(async {
            let engine = shell.engine()?;
            tauri::async_runtime::spawn(async move {
                let name = ConnectionId::new(connection);
                if let Err(error) = engine.sync_now(&name, full).await {
                    tracing::info!(%error, "a sync that was asked for did not finish");
                }
            });
            Ok(())
        })
        .await
}
