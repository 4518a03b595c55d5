//! The app with its windows.
//!
//! The window toolkit starts first and at once: opening the databases may have to wait for the
//! agent to unlock the keychain, and the windows are where that is said.

use std::sync::Arc;

use callside_core::links::HookCall;
use callside_engine::dialing::LinkDone;
use callside_store::BackupError;
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};

use crate::bridge;
use crate::cli::{GuiStart, HookArguments};
use crate::control::{Front, Instance};
use crate::desktop::tray::Tray;
use crate::desktop::{self, quiet, shortcut, windows};
use crate::error::Failed;
use crate::headless::{Ending, Wish};
use crate::home::Home;
use crate::shell::Shell;
use crate::views::app::first_run;
use crate::wire::{PageWord, SecretsWord, WindowWord};
use crate::wiring::keychain::Unlock;
use crate::wiring::{App, Mode, OpenFailed};
use crate::workspace::window as workspace;

/// What the app was started for.
struct Wanted {
    hidden: bool,
    sample: bool,
    link: Option<String>,
    hook: Option<HookArguments>,
}

/// Runs the app until the agent quits it. Returns the process's exit code.
pub fn run(home: &Home, start: GuiStart) -> i32 {
    let bridge = bridge::builder();
    let handler = bridge.invoke_handler();
    let shell = Shell::new(home.clone());
    let GuiStart {
        instance,
        hidden,
        sample,
        link,
        hook,
    } = start;
    let start = Wanted {
        hidden,
        sample,
        link,
        hook,
    };
    let instance = Arc::new(instance);
    let managed = shell.clone();
    let serving = instance.clone();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .plugin(
            tauri_plugin_autostart::Builder::new()
                .arg("--hidden")
                .build(),
        )
        .invoke_handler(handler)
        .manage(managed)
        .manage(serving)
        .setup(move |app| {
            bridge.mount_events(app);
            set_up(app.handle(), start)?;
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            tracing::error!(%error, "the windows cannot be shown");
            return 1;
        }
    };
    app.run_return(|handle, event| match event {
        // The last window may close; the app lives in the tray.
        RunEvent::ExitRequested { api, code, .. } if code.is_none() => api.prevent_exit(),
        RunEvent::WindowEvent {
            label,
            event: WindowEvent::CloseRequested { api, .. },
            ..
        } if label == "card" => {
            // The card is only hidden: a new one would be painted too late.
            api.prevent_close();
            if let Some(shell) = crate::shell::of(handle) {
                shell.windows().send_away(handle);
            }
        }
        RunEvent::WindowEvent {
            label,
            event: WindowEvent::CloseRequested { api, .. },
            ..
        } if workspace::is_one(&label) => {
            // A page that goes takes its call along.
            api.prevent_close();
            workspace::hide(handle, &label);
        }
        _ => {}
    })
}

fn set_up(handle: &AppHandle, start: Wanted) -> tauri::Result<()> {
    let shell = handle.state::<Shell>().inner().clone();
    std::thread::spawn(quiet::renew);
    windows::make_card(handle, &shell.window_title(WindowWord::Card))?;
    match Tray::make(handle, &shell.text(), desktop::tray_chosen) {
        Ok(tray) => shell.keep_tray(tray),
        Err(error) => tracing::warn!(%error, "this desktop has no tray"),
    }
    shell.keep_shortcut(shortcut::take(handle));
    let handle = handle.clone();
    // On a thread of its own, since opening the data may wait for the agent.
    std::thread::spawn(move || tauri::async_runtime::block_on(begin(shell, handle, start)));
    Ok(())
}

async fn begin(shell: Shell, handle: AppHandle, start: Wanted) {
    let instance = handle.state::<Arc<Instance>>().inner().clone();
    instance.set_front(Arc::new(Windowed {
        shell: shell.clone(),
        handle: handle.clone(),
    }));
    if let Err(error) = instance.serve() {
        tracing::error!(%error, "the command line cannot reach this instance");
    }
    quit_on_signals(&shell, &handle);
    register_own_links(&shell);
    let opened = if start.sample {
        open_sample(&shell, &handle).await
    } else {
        open_data(&shell, &handle, Unlock::Auto).await
    };
    if let Err(error) = opened {
        tracing::error!(%error, "the data are not open");
        instance.put(None);
    }
    let wizard = shell.app().is_none() || first_run(shell.app().as_ref()).await;
    let window = if wizard {
        WindowWord::Wizard
    } else {
        WindowWord::Desk
    };
    let by_link = start.link.is_some() || start.hook.is_some();
    let alone = (start.hidden || by_link) && shell.app().is_some();
    if !alone && let Err(error) = shell.show(&handle, window) {
        tracing::error!(%error, "could not open a window");
    }
    take_start(&shell, &handle, start).await;
}

/// What the app was started for: a click, a ring.
async fn take_start(shell: &Shell, handle: &AppHandle, start: Wanted) {
    let Ok(engine) = shell.engine() else { return };
    if let Some(link) = start.link {
        take_link(shell, handle, &link).await;
    }
    if let Some(hook) = start.hook {
        let pairs = hook.pairs.into_iter();
        let taken = match HookCall::from_pairs(&hook.action, pairs) {
            Ok(hook) => engine
                .take_hook(hook)
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = taken {
            tracing::error!(%error, "could not take the hook");
        }
    }
}

/// Takes a link from the operating system.
pub async fn take_link(shell: &Shell, handle: &AppHandle, link: &str) {
    if shell.take_test_link(link) {
        return;
    }
    let Ok(engine) = shell.engine() else { return };
    match engine.take_link(link).await {
        Ok(LinkDone::Done) => {}
        Ok(LinkDone::Show(view)) => {
            let page = windows::page_of(&view).unwrap_or(PageWord::Calls);
            desktop::go_to(shell, handle, page, None);
        }
        Err(error) => tracing::info!(%error, "a link was not taken"),
    }
}

/// The windows, as the command line needs them.
struct Windowed {
    shell: Shell,
    handle: AppHandle,
}

impl Front for Windowed {
    fn show_desk(&self, page: Option<String>) {
        let page = page.as_deref().and_then(windows::page_of);
        if self.shell.app().is_none() {
            if let Err(error) = self.shell.show(&self.handle, WindowWord::Wizard) {
                tracing::error!(%error, "could not open a window");
            }
            return;
        }
        desktop::go_to(
            &self.shell,
            &self.handle,
            page.unwrap_or(PageWord::Calls),
            None,
        );
    }

    fn show_card(&self) {
        self.shell.show_card(&self.handle);
    }

    fn take_test_link(&self, link: &str) -> bool {
        self.shell.take_test_link(link)
    }
}

/// Opens the agent's data and shows them.
///
/// # Errors
/// [`Failed`]; what has to be settled first is kept in the shell.
pub async fn open_data(shell: &Shell, handle: &AppHandle, unlock: Unlock) -> Result<(), Failed> {
    if shell.app().is_some_and(|app| app.sample().is_none()) {
        return Ok(());
    }
    match opened(shell, Mode::Normal, unlock).await {
        Ok(app) => {
            put(shell, handle, app).await;
            Ok(())
        }
        Err(error) => {
            if let OpenFailed::Secrets(word) = &error {
                shell.needs(*word);
            }
            shell.tell_app(handle).await;
            Err(refused(shell, &error))
        }
    }
}

/// Puts a backup in the journal's place and opens the data anew.
///
/// # Errors
/// [`Failed`]; the data are open again then, or the agent is asked to unlock them.
pub async fn restore_backup(shell: &Shell, handle: &AppHandle, name: &str) -> Result<(), Failed> {
    let app = shell.open_app()?;
    let restored = app.restore_backup(name).await;
    if let Err(BackupError::Unknown) = restored {
        return Err(Failed::NotFound);
    }
    // The app has ended, whatever came of it.
    handle.state::<Arc<Instance>>().put(None);
    shell.let_go();
    let opened = open_data(shell, handle, Unlock::Auto).await;
    if let Err(error) = restored {
        tracing::error!(%error, "a backup was not restored");
        return Err(Failed::Unexpected(shell.text().backup_failed(&error)));
    }
    opened
}

/// On a thread that may wait: the keychain may ask the agent first.
async fn opened(shell: &Shell, mode: Mode, unlock: Unlock) -> Result<App, OpenFailed> {
    let home = shell.home().clone();
    let open = move || tauri::async_runtime::block_on(App::open(&home, mode, unlock));
    match tauri::async_runtime::spawn_blocking(open).await {
        Ok(opened) => opened,
        Err(_) => Err(OpenFailed::Secrets(shell.secrets_word())),
    }
}

fn refused(shell: &Shell, error: &OpenFailed) -> Failed {
    tracing::error!(%error, "could not open the data");
    match error {
        OpenFailed::Secrets(SecretsWord::Undecided) => Failed::Locked,
        OpenFailed::WrongPassphrase => Failed::Refused {
            key: Some("passphrase".into()),
            message: shell.text().say("rust-failed-passphrase-wrong"),
        },
        OpenFailed::Secrets(_) => Failed::Locked,
        other => Failed::Unexpected(crate::cli::open_failed(shell.home(), other)),
    }
}

/// Opens the sample workspace in place of what is open now.
///
/// # Errors
/// [`Failed`].
pub async fn open_sample(shell: &Shell, handle: &AppHandle) -> Result<(), Failed> {
    let opened = opened(shell, Mode::Sample, Unlock::Session).await;
    let app = opened.map_err(|error| refused(shell, &error))?;
    put(shell, handle, app).await;
    Ok(())
}

async fn put(shell: &Shell, handle: &AppHandle, app: App) {
    let instance = handle.state::<Arc<Instance>>().inner().clone();
    instance.put(Some(app.clone()));
    let (shell, handle) = (shell.clone(), handle.clone());
    let running = tauri::async_runtime::spawn(async move { shell.run(&handle, app).await });
    if let Err(error) = running.await {
        tracing::error!(%error, "the windows could not take the data");
    }
}

/// The wizard is done: the desk takes over.
///
/// # Errors
/// [`Failed::Window`].
pub fn close_wizard(shell: &Shell, handle: &AppHandle) -> Result<(), Failed> {
    shell.show(handle, WindowWord::Desk)?;
    if let Some(wizard) = handle.get_webview_window(windows::label(WindowWord::Wizard)) {
        wizard.close()?;
    }
    Ok(())
}

/// `callside:` links are ours on every machine.
fn register_own_links(shell: &Shell) {
    let Some(handlers) = shell.handlers().cloned() else {
        return;
    };
    tauri::async_runtime::spawn(async move {
        match handlers.owner("callside").await {
            Ok(owner) if handlers.is_ours(&owner) => {}
            _ => {
                if let Err(error) = handlers.take("callside").await {
                    tracing::warn!(%error, "callside: links do not reach this program");
                }
            }
        }
    });
}

fn quit_on_signals(shell: &Shell, handle: &AppHandle) {
    let shell = shell.clone();
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let mut ending = match Ending::watch() {
            Ok(ending) => ending,
            Err(error) => {
                tracing::error!(%error, "signals are not heard");
                return;
            }
        };
        while let Wish::Reload = ending.wish().await {
            if let Some(app) = shell.app() {
                app.reload_settings().await;
            }
        }
        shell.quit(&handle);
    });
}
