//! The icon in the tray: what goes on, in one glance, and a way back to every window.
//!
//! Some desktops show no tray. Nothing is reachable by the tray alone.

use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Wry};

use crate::text::{Text, crm_name};
use crate::wire::CountsView;
use crate::wiring::cloud::Service;

/// What the icon tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayMood {
    /// Nothing goes on.
    Idle,
    /// The phone rings.
    Ringing,
    /// They talk.
    Talking,
    /// Something waits for the agent.
    Attention,
}

/// The icon and the lines of its menu that change.
pub struct Tray {
    icon: TrayIcon<Wry>,
    to_file: MenuItem<Wry>,
    stuck: MenuItem<Wry>,
    services: [(Service, MenuItem<Wry>); 2],
}

/// Names of the menu's lines, as the menu's events carry them. A service's window has its short
/// name.
pub mod item {
    /// Opens the desk.
    pub const DESK: &str = "desk";
    /// Opens the wrap-ups.
    pub const TO_FILE: &str = "to_file";
    /// Opens the calls that are stuck.
    pub const STUCK: &str = "stuck";
    /// Opens the settings.
    pub const SETTINGS: &str = "settings";
    /// Ends the app.
    pub const QUIT: &str = "quit";
}

impl Tray {
    /// Puts the icon into the tray.
    ///
    /// # Errors
    /// [`tauri::Error`] on a desktop without a tray.
    pub fn make(
        app: &AppHandle,
        text: &Text,
        chosen: impl Fn(&AppHandle, &str) + Send + Sync + 'static,
    ) -> tauri::Result<Self> {
        let line =
            |id: &str, words: String, on| MenuItem::with_id(app, id, words, on, None::<&str>);
        let desk = line(item::DESK, text.say("rust-tray-open"), true)?;
        let to_file = line(item::TO_FILE, to_file_words(text, 0), true)?;
        let stuck = line(item::STUCK, stuck_words(text, 0), false)?;
        let window = |service: Service| {
            let words = text.say_with(
                "rust-tray-window",
                &[("service", crm_name(service.as_str()))],
            );
            line(service.as_str(), words, false)
        };
        let (aircall, allo) = (window(Service::Aircall)?, window(Service::Allo)?);
        let settings = line(item::SETTINGS, text.say("rust-tray-settings"), true)?;
        let quit = line(item::QUIT, text.say("rust-tray-quit"), true)?;
        let bar = PredefinedMenuItem::separator(app)?;
        let lines: [&dyn IsMenuItem<Wry>; 8] = [
            &desk, &to_file, &stuck, &aircall, &allo, &settings, &bar, &quit,
        ];
        let menu = Menu::with_items(app, &lines)?;
        let icon = TrayIconBuilder::with_id("callside")
            .icon(image(TrayMood::Idle)?)
            .menu(&menu)
            .on_menu_event(move |app, event| chosen(app, event.id().as_ref()))
            .build(app)?;
        Ok(Self {
            icon,
            to_file,
            stuck,
            services: [(Service::Aircall, aircall), (Service::Allo, allo)],
        })
    }

    /// Whether a service's own window is there to be shown.
    pub fn offer(&self, service: Service, there: bool) {
        for (_, line) in self.services.iter().filter(|(one, _)| *one == service) {
            if let Err(error) = line.set_enabled(there) {
                tracing::warn!(%error, "could not change the tray");
            }
        }
    }

    /// Shows what goes on.
    pub fn show(&self, mood: TrayMood, counts: &CountsView, text: &Text) {
        let shown = image(mood)
            .and_then(|image| self.icon.set_icon(Some(image)))
            .and_then(|()| self.to_file.set_text(to_file_words(text, counts.to_file)))
            .and_then(|()| self.stuck.set_text(stuck_words(text, counts.stuck)))
            .and_then(|()| self.stuck.set_enabled(counts.stuck > 0));
        if let Err(error) = shown {
            tracing::warn!(%error, "could not change the tray");
        }
    }
}

fn to_file_words(text: &Text, count: u32) -> String {
    text.count("rust-tray-to-file", u64::from(count))
}

fn stuck_words(text: &Text, count: u32) -> String {
    text.count("rust-tray-stuck", u64::from(count))
}

fn image(mood: TrayMood) -> tauri::Result<Image<'static>> {
    let bytes: &[u8] = match mood {
        TrayMood::Idle => include_bytes!("../../../icons/tray/idle.png"),
        TrayMood::Ringing => include_bytes!("../../../icons/tray/ringing.png"),
        TrayMood::Talking => include_bytes!("../../../icons/tray/talking.png"),
        TrayMood::Attention => include_bytes!("../../../icons/tray/attention.png"),
    };
    Image::from_bytes(bytes)
}
