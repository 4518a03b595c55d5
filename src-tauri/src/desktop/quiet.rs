//! Whether the agent asked not to be disturbed.
//!
//! Few desktops tell. Those that do are asked; the others count as not asked. While asked, no
//! window comes up by itself; the tray and the list show what happened.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// An answer is good for this long, so that a ring never waits for a question.
const FRESH: Duration = Duration::from_secs(5);

static LAST: Mutex<Option<(Instant, bool)>> = Mutex::new(None);

/// Whether the agent asked not to be disturbed, as of a few seconds ago. Never blocks: a stale
/// answer is renewed in the background.
pub fn asked() -> bool {
    let known = LAST.lock().map_or(None, |last| *last);
    let stale = known.is_none_or(|(at, _)| at.elapsed() > FRESH);
    if stale {
        std::thread::spawn(renew);
    }
    known.is_some_and(|(_, quiet)| quiet)
}

/// Asks the desktop and keeps the answer.
pub fn renew() {
    let quiet = cfg!(target_os = "linux") && (gnome_is_quiet() || server_is_inhibited());
    if let Ok(mut last) = LAST.lock() {
        *last = Some((Instant::now(), quiet));
    }
}

fn gnome_is_quiet() -> bool {
    says(
        "gsettings",
        &["get", "org.gnome.desktop.notifications", "show-banners"],
        "false",
    )
}

/// KDE and dunst tell by a property of the notification service.
fn server_is_inhibited() -> bool {
    let property = |interface: &str, name: &str| {
        says(
            "gdbus",
            &[
                "call",
                "--session",
                "--timeout",
                "2",
                "--dest",
                "org.freedesktop.Notifications",
                "--object-path",
                "/org/freedesktop/Notifications",
                "--method",
                "org.freedesktop.DBus.Properties.Get",
                interface,
                name,
            ],
            "(<true>,)",
        )
    };
    property("org.freedesktop.Notifications", "Inhibited")
        || property("org.dunstproject.cmd0", "paused")
}

fn says(tool: &str, arguments: &[&str], wanted: &str) -> bool {
    Command::new(tool)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == wanted)
}
