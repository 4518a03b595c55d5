//! What the app is on a desktop: windows, tray, notifications, shortcut.

pub mod announce;
pub mod notify;
pub mod quiet;
pub mod shortcut;
pub mod tray;
pub mod windows;

use tauri::AppHandle;
use tauri_specta::Event as _;

use crate::shell::{self, Shell};
use crate::wire::{Destination, Navigate, PageWord, WindowWord};
use crate::wiring::cloud::Service;
use crate::workspace::window;

/// Opens the desk at a page, perhaps with a call.
pub fn go_to(shell: &Shell, handle: &AppHandle, page: PageWord, call: Option<String>) {
    if let Err(error) = shell.show(handle, WindowWord::Desk) {
        tracing::error!(%error, "could not open the desk");
        return;
    }
    shell.aim(Destination {
        page,
        call: call.clone(),
    });
    // A desk that is already open hears this; a new one asks where to go when it is ready.
    let _ = Navigate(Destination { page, call }).emit(handle);
}

/// The agent chose a line of the tray's menu.
pub fn tray_chosen(handle: &AppHandle, item: &str) {
    let Some(shell) = shell::of(handle) else {
        return;
    };
    if let Some(service) = Service::from_word(item) {
        if let Err(error) = window::show(handle, service) {
            tracing::error!(%error, item, "could not show the window");
        }
        return;
    }
    match item {
        tray::item::QUIT => shell.quit(handle),
        tray::item::TO_FILE => go_to(&shell, handle, PageWord::ToFile, None),
        tray::item::SETTINGS => go_to(&shell, handle, PageWord::Settings, None),
        _ => go_to(&shell, handle, PageWord::Calls, None),
    }
}
