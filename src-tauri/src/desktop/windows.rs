//! The three windows: where they stand, when they show, and that the card takes no keyboard.
//!
//! The card is made at start and only hidden, since a window that exists is painted in two frames
//! and a new one is not. The desk is made when asked for and let go when closed.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tauri::{
    AppHandle, LogicalSize, LogicalUnit, Manager, Monitor, PhysicalPosition, PixelUnit, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder, WindowSizeConstraints,
};

use crate::wire::{PageWord, WindowWord};

/// Width of the card in CSS pixels.
const CARD_WIDTH: f64 = 380.0;
/// The card before its content told its height.
const CARD_HEIGHT: f64 = 320.0;
/// One line, such as the offer to undo.
const LOWEST_CARD: f64 = 44.0;
/// The card never grows beyond; it scrolls inside.
const TALLEST_CARD: f64 = 640.0;
/// Room between the card and the edges of the work area, in CSS pixels.
const EDGE: f64 = 16.0;

/// GTK lets a window that cannot be resized not become smaller either, however it is asked. So the
/// card may be resized there, between limits that leave no choice.
const RESIZED_BY_LIMITS: bool = cfg!(target_os = "linux");

/// What the windows have to remember.
#[derive(Default)]
pub struct Windows {
    height: AtomicU32,
    /// The agent sent the card away; the next new thing brings it back.
    sent_away: AtomicBool,
}

/// The word for a window in its label and its address.
pub fn label(window: WindowWord) -> &'static str {
    match window {
        WindowWord::Card => "card",
        WindowWord::Desk => "desk",
        WindowWord::Wizard => "wizard",
    }
}

/// Whether this desktop lets a window choose its place and stay on top.
pub fn places_windows() -> bool {
    !cfg!(target_os = "linux") || std::env::var_os("WAYLAND_DISPLAY").is_none()
}

/// Makes the card's window, hidden, with its page loaded.
///
/// # Errors
/// [`tauri::Error`] when the toolkit cannot make a window.
pub fn make_card(app: &AppHandle, title: &str) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, "card", WebviewUrl::App("index.html".into()))
        .title(title)
        .inner_size(CARD_WIDTH, CARD_HEIGHT)
        .resizable(RESIZED_BY_LIMITS)
        .maximizable(false)
        .minimizable(false)
        .decorations(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .focused(false)
        .focusable(false)
        .visible(false)
        .build()
}

/// Shows a window, making it when needed, and brings it to the front.
///
/// # Errors
/// [`tauri::Error`] when the toolkit cannot make a window.
pub fn show(app: &AppHandle, window: WindowWord, title: &str) -> tauri::Result<()> {
    let label = label(window);
    if window == WindowWord::Card {
        if let Some(card) = app.get_webview_window(label) {
            show_card(app, &card)?;
        }
        return Ok(());
    }
    if let Some(known) = app.get_webview_window(label) {
        known.show()?;
        known.unminimize()?;
        return known.set_focus();
    }
    let (width, height) = match window {
        WindowWord::Wizard => (760.0, 620.0),
        _ => (1120.0, 760.0),
    };
    WebviewWindowBuilder::new(app, label, WebviewUrl::App("index.html".into()))
        .title(title)
        .inner_size(width, height)
        .min_inner_size(400.0, 480.0)
        .center()
        .build()
        .map(|_| ())
}

/// The page of the desk a `callside:open?view=` link may name.
pub fn page_of(view: &str) -> Option<PageWord> {
    Some(match view {
        "calls" => PageWord::Calls,
        "to-file" | "to_file" => PageWord::ToFile,
        "contacts" => PageWord::Contacts,
        "overview" => PageWord::Overview,
        "settings" => PageWord::Settings,
        "diagnostics" => PageWord::Diagnostics,
        _ => return None,
    })
}

impl Windows {
    /// Shows the card when it has something to show, and hides it otherwise. `new` says that
    /// something came which the agent has not seen yet, such as a call.
    pub fn place_card(&self, app: &AppHandle, wanted: bool, new: bool) {
        if new {
            self.sent_away.store(false, Ordering::Relaxed);
        }
        let Some(card) = app.get_webview_window("card") else {
            return;
        };
        let visible = card.is_visible().unwrap_or(false);
        let show = wanted && !self.sent_away.load(Ordering::Relaxed);
        let result = match (visible, show) {
            (false, true) => self.fit(app, &card).and_then(|()| show_card(app, &card)),
            (true, false) => put_away(&card),
            _ => Ok(()),
        };
        if let Err(error) = result {
            tracing::error!(%error, "could not show or hide the card");
        }
    }

    /// The agent sends the card away until something new comes.
    pub fn send_away(&self, app: &AppHandle) {
        self.sent_away.store(true, Ordering::Relaxed);
        self.place_card(app, false, false);
    }

    /// The card's content is this high, in CSS pixels.
    pub fn resize_card(&self, app: &AppHandle, height: u32) {
        self.height.store(height, Ordering::Relaxed);
        if let Some(card) = app.get_webview_window("card")
            && let Err(error) = self.fit(app, &card)
        {
            tracing::error!(%error, "could not resize the card");
        }
    }

    /// The size of the content, at the bottom right of the monitor in use. Growing upwards keeps
    /// the edge by the pointer where it was.
    fn fit(&self, app: &AppHandle, card: &WebviewWindow) -> tauri::Result<()> {
        let asked = match self.height.load(Ordering::Relaxed) {
            0 => CARD_HEIGHT,
            height => f64::from(height),
        };
        let height = asked.clamp(LOWEST_CARD, TALLEST_CARD);
        if RESIZED_BY_LIMITS {
            let (width, height) = (pixels(CARD_WIDTH), pixels(height));
            card.set_size_constraints(WindowSizeConstraints {
                min_width: width,
                min_height: height,
                max_width: width,
                max_height: height,
            })?;
        }
        card.set_size(LogicalSize::new(CARD_WIDTH, height))?;
        if !places_windows() {
            return Ok(());
        }
        let Some(monitor) = monitor_in_use(app)? else {
            return Ok(());
        };
        card.set_position(corner(&monitor, height))
    }
}

fn pixels(length: f64) -> Option<PixelUnit> {
    Some(PixelUnit::Logical(LogicalUnit(length)))
}

fn monitor_in_use(app: &AppHandle) -> tauri::Result<Option<Monitor>> {
    let pointer = app.cursor_position()?;
    match app.monitor_from_point(pointer.x, pointer.y)? {
        Some(monitor) => Ok(Some(monitor)),
        None => app.primary_monitor(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "places on a screen are small numbers"
)]
fn corner(monitor: &Monitor, height: f64) -> PhysicalPosition<i32> {
    let area = monitor.work_area();
    let scale = monitor.scale_factor();
    let right = f64::from(area.position.x) + f64::from(area.size.width);
    let bottom = f64::from(area.position.y) + f64::from(area.size.height);
    let x = right - (CARD_WIDTH + EDGE) * scale;
    let y = bottom - (height + EDGE) * scale;
    PhysicalPosition::new(
        x.max(f64::from(area.position.x)) as i32,
        y.max(f64::from(area.position.y)) as i32,
    )
}

fn show_card(_app: &AppHandle, card: &WebviewWindow) -> tauri::Result<()> {
    card.set_focusable(false)?;
    card.show()?;
    card.set_always_on_top(true)
}

fn put_away(card: &WebviewWindow) -> tauri::Result<()> {
    card.hide()?;
    card.set_focusable(false)
}

/// The agent clicked into the card or asked for it by key: now, and only now, it takes the
/// keyboard.
///
/// # Errors
/// [`tauri::Error`] when the toolkit refuses.
pub fn give_card_the_keyboard(app: &AppHandle) -> tauri::Result<()> {
    let Some(card) = app.get_webview_window("card") else {
        return Ok(());
    };
    card.set_focusable(true)?;
    card.set_focus()
}
