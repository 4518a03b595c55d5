//! The notification server: what was shown, which actions were offered, and pressing one.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::Desk;
use super::process::Process;
use super::wait::{PATIENCE, eventually, soon};

/// A notification that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The program that sent it.
    pub app: String,
    pub summary: String,
    pub body: String,
    /// `LOW`, `NORMAL` or `CRITICAL`.
    pub urgency: String,
}

/// Runs for each notification; a record is complete when it appears under its final name.
const WITNESS: &str = r#"#!/bin/sh
record=$(mktemp "FOLDER/.XXXXXX")
printf '%s\037' "$DUNST_APP_NAME" "$DUNST_SUMMARY" "$DUNST_BODY" "$DUNST_URGENCY" >"$record"
mv "$record" "FOLDER/$(date +%s%N)"
"#;

/// Stands in for the menu in which a person picks an action: notes what is offered, picks what it was told.
const MENU: &str = r#"#!/bin/sh
cat >"FOLDER/.offered.new"
mv "FOLDER/.offered.new" "FOLDER/.offered"
[ -e "FOLDER/.pick" ] && grep -F -m 1 -f "FOLDER/.pick" "FOLDER/.offered"
exit 0
"#;

impl Desk {
    pub(super) async fn start_notifications(&mut self) {
        let folder = self.notification_folder();
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in [("witness", WITNESS), ("menu", MENU)] {
            let path = self.folder().join(name);
            std::fs::write(&path, text.replace("FOLDER", &folder.to_string_lossy())).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let home = self.folder().display();
        let config = format!(
            "[global]\ndmenu = {home}/menu\nfont = DejaVu Sans 10\norigin = top-right\n\
             idle_threshold = 0\nsticky_history = yes\n\
             [witness]\nsummary = \"*\"\nscript = {home}/witness\n\
             [urgency_low]\ntimeout = 0\n[urgency_normal]\ntimeout = 0\n[urgency_critical]\ntimeout = 0\n"
        );
        let path = self.folder().join("dunstrc");
        std::fs::write(&path, config).unwrap();
        let server = Process::start(self.room.command("dunst").arg("-conf").arg(&path));
        self.fixtures.push(server);
        self.wait_for_name("org.freedesktop.Notifications").await;
    }

    fn notification_folder(&self) -> PathBuf {
        self.folder().join("notifications")
    }

    /// Every notification shown so far, oldest first.
    pub fn notifications(&self) -> Vec<Notification> {
        let mut records: Vec<PathBuf> = std::fs::read_dir(self.notification_folder())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'))
            .collect();
        records.sort();
        records.iter().map(|path| read_record(path)).collect()
    }

    /// Waits for a notification whose summary or body contains `text`.
    pub async fn notification(&self, text: &str) -> Notification {
        let what = format!("a notification with {text:?}");
        eventually(&what, PATIENCE, async || {
            self.notifications()
                .into_iter()
                .find(|shown| shown.summary.contains(text) || shown.body.contains(text))
        })
        .await
    }

    /// The labels of the actions offered by the notifications on the screen.
    pub async fn offered_actions(&self) -> Vec<String> {
        self.open_menu("").await
    }

    /// Picks the action with this label on a notification on the screen.
    pub async fn pick_action(&self, label: &str) {
        let offered = self.open_menu(label).await;
        assert!(
            offered.iter().any(|line| line.contains(label)),
            "no action {label:?} among {offered:?}"
        );
    }

    /// Clicks the newest notification: its default action.
    pub async fn click_notification(&self) {
        self.run("dunstctl", &["action", "0"]).await.ok();
    }

    /// Switches "do not disturb" on or off.
    pub async fn do_not_disturb(&self, on: bool) {
        self.run(
            "dunstctl",
            &["set-paused", if on { "true" } else { "false" }],
        )
        .await
        .ok();
    }

    /// Takes all notifications off the screen.
    pub async fn clear_notifications(&self) {
        self.run("dunstctl", &["close-all"]).await.ok();
    }

    async fn open_menu(&self, pick: &str) -> Vec<String> {
        let folder = self.notification_folder();
        let (offered, wish) = (folder.join(".offered"), folder.join(".pick"));
        let _ = std::fs::remove_file(&offered);
        let _ = std::fs::remove_file(&wish);
        if !pick.is_empty() {
            std::fs::write(&wish, pick).unwrap();
        }
        // While an earlier menu is still closing, the server refuses to open another: ask again.
        eventually("the menu of actions", PATIENCE, async || {
            self.run("dunstctl", &["context"]).await.ok();
            let text = soon(async || std::fs::read_to_string(&offered).ok()).await?;
            Some(text.lines().map(str::to_owned).collect())
        })
        .await
    }
}

fn read_record(path: &std::path::Path) -> Notification {
    let text = std::fs::read_to_string(path).unwrap();
    let mut fields = text.split('\u{1f}').map(str::to_owned);
    let mut next = || fields.next().unwrap();
    Notification {
        app: next(),
        summary: next(),
        body: next(),
        urgency: next(),
    }
}
