//! The global shortcut: dial what is selected on the screen, else what was copied.
//!
//! The agent pressed it, but somebody else may have written the text, so it becomes a dial request
//! to be confirmed like any other.

use callside_engine::dialing::Origin;
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

use crate::shell;

/// How the shortcut is written.
pub const KEYS: &str = "CmdOrCtrl+Shift+D";

/// Takes the shortcut. False where the system has none, or another program holds it.
pub fn take(handle: &AppHandle) -> bool {
    let taken = handle
        .global_shortcut()
        .on_shortcut(KEYS, |handle, _, event| {
            if event.state() == ShortcutState::Pressed {
                dial_selection(handle);
            }
        });
    match taken {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "the global shortcut is not available");
            false
        }
    }
}

fn dial_selection(handle: &AppHandle) {
    let Some(shell) = shell::of(handle) else {
        return;
    };
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let text = tauri::async_runtime::spawn_blocking(selected_text).await;
        let (Ok(Some(text)), Ok(engine)) = (text, shell.engine()) else {
            return;
        };
        match engine.request_dial(&text, Origin::Shortcut).await {
            Ok(_) => shell.show_card(&handle),
            Err(error) => {
                tracing::info!(%error, "the selected text is not dialled");
                shell.say_refused(&handle, &error);
            }
        }
    });
}

fn selected_text() -> Option<String> {
    let mut clipboard = arboard::Clipboard::new().ok()?;
    #[cfg(target_os = "linux")]
    {
        use arboard::{GetExtLinux as _, LinuxClipboardKind};
        let primary = clipboard
            .get()
            .clipboard(LinuxClipboardKind::Primary)
            .text();
        if let Some(text) = primary.ok().filter(|text| !text.trim().is_empty()) {
            return Some(text);
        }
    }
    clipboard.get_text().ok()
}
