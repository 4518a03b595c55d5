//! The system's own way from a clicked link to a program, asked from outside. Nothing here registers the app.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{Desk, Outcome, Room};

impl Desk {
    /// The desktop file that the system would open links of this scheme with; `None` when there is none.
    pub async fn handler_of(&self, scheme: &str) -> Option<String> {
        let mime = format!("x-scheme-handler/{scheme}");
        let answer = self.run("xdg-mime", &["query", "default", &mime]).await;
        let name = answer.stdout.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// Opens a link as most programs do.
    pub async fn xdg_open(&self, link: &str) -> Outcome {
        self.run("xdg-open", &[link]).await
    }

    /// Opens a link as GNOME's programs do.
    pub async fn gio_open(&self, link: &str) -> Outcome {
        self.run("gio", &["open", link]).await
    }

    /// Makes a small recording program the handler of `schemes`, as another softphone would.
    pub async fn recording_handler(&self, schemes: &[&str]) -> Recorder {
        let recorder = Recorder::install(&self.room, schemes);
        for scheme in schemes {
            let mime = format!("x-scheme-handler/{scheme}");
            self.run("xdg-mime", &["default", Recorder::DESKTOP_FILE, &mime])
                .await
                .ok();
        }
        recorder
    }
}

/// A program that writes down how it was called.
pub struct Recorder {
    record: PathBuf,
}

impl Recorder {
    /// The name under which the system knows it.
    pub const DESKTOP_FILE: &str = "other-softphone.desktop";

    fn install(room: &Room, schemes: &[&str]) -> Self {
        let record = room.folder().join("other-softphone.record");
        let script = room.folder().join("other-softphone");
        // One line per call: the number of arguments, then each, ended by a character no argument contains.
        let text = format!(
            "#!/bin/sh\n{{ printf '%s\\037' \"$#\" \"$@\"; echo; }} >>'{}'\n",
            record.display()
        );
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();

        let applications = room.folder().join(".local/share/applications");
        std::fs::create_dir_all(&applications).unwrap();
        let types: String = schemes
            .iter()
            .map(|scheme| format!("x-scheme-handler/{scheme};"))
            .collect();
        let entry = format!(
            "[Desktop Entry]\nType=Application\nName=Other softphone\nExec={} %u\nMimeType={types}\n",
            script.display()
        );
        std::fs::write(applications.join(Self::DESKTOP_FILE), entry).unwrap();
        Self { record }
    }

    /// The arguments of every call so far.
    pub fn calls(&self) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(&self.record).unwrap_or_default();
        text.lines()
            .map(|line| {
                let mut arguments: Vec<String> =
                    line.split_terminator('\u{1f}').map(str::to_owned).collect();
                let count: usize = arguments.remove(0).parse().unwrap();
                assert_eq!(count, arguments.len(), "{line:?}");
                arguments
            })
            .collect()
    }
}
