//! What the window manager and the screen say, and a hand on keyboard and mouse.

use std::path::{Path, PathBuf};

use super::wait::{PATIENCE, eventually};
use super::{Desk, build_folder};

/// A top-level window that the window manager knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The X11 id.
    pub id: u32,
    /// The title as shown.
    pub title: String,
}

/// Where a window is, in pixels from the top left of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// The size of the desk's screen in pixels.
pub const SCREEN: (i32, i32) = (1600, 1000);

impl Desk {
    /// The window that has the keyboard, in the window manager's eyes.
    pub async fn active_window(&self) -> Option<Window> {
        let id = self.root_windows("_NET_ACTIVE_WINDOW").await.pop()?;
        self.window_with(id).await
    }

    /// All windows, oldest first. Hidden windows are not among them.
    pub async fn windows(&self) -> Vec<Window> {
        let mut windows = Vec::new();
        for id in self.root_windows("_NET_CLIENT_LIST").await {
            // One may close while we look.
            windows.extend(self.window_with(id).await);
        }
        windows
    }

    /// Waits for a window whose title contains `title`.
    pub async fn window(&self, title: &str) -> Window {
        let what = format!("a window titled {title:?}");
        eventually(&what, PATIENCE, async || {
            self.windows()
                .await
                .into_iter()
                .find(|window| window.title.contains(title))
        })
        .await
    }

    /// The window's words in `_NET_WM_STATE`, such as `_NET_WM_STATE_ABOVE`.
    pub async fn window_states(&self, window: &Window) -> Vec<String> {
        let id = window.id.to_string();
        let answer = self.run("xprop", &["-id", &id, "_NET_WM_STATE"]).await;
        let Some((_, states)) = answer.stdout.split_once('=') else {
            return Vec::new();
        };
        states
            .split(',')
            .map(|word| word.trim().to_owned())
            .collect()
    }

    /// Where the window is, without its frame.
    pub async fn geometry(&self, window: &Window) -> Geometry {
        let id = window.id.to_string();
        let text = self
            .run("xdotool", &["getwindowgeometry", "--shell", &id])
            .await
            .ok();
        let number = |name: &str| -> i32 {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|value| value.strip_prefix('='))
                .and_then(|value| value.parse().ok())
                .unwrap_or_else(|| panic!("no {name} in {text:?}"))
        };
        Geometry {
            x: number("X"),
            y: number("Y"),
            width: number("WIDTH"),
            height: number("HEIGHT"),
        }
    }

    /// Gives the window the keyboard, as a click on its task bar entry would.
    pub async fn activate(&self, window: &Window) {
        let id = window.id.to_string();
        self.run("xdotool", &["windowactivate", "--sync", &id])
            .await
            .ok();
    }

    /// Moves the window's top left corner to a place of the screen.
    pub async fn move_window(&self, window: &Window, x: i32, y: i32) {
        let (id, x, y) = (window.id.to_string(), x.to_string(), y.to_string());
        self.run("xdotool", &["windowmove", "--sync", &id, &x, &y])
            .await
            .ok();
    }

    /// Types text into whatever has the keyboard.
    pub async fn type_text(&self, text: &str) {
        self.run("xdotool", &["type", "--delay", "5", "--", text])
            .await
            .ok();
    }

    /// Presses a key or chord, such as `ctrl+Return`.
    pub async fn press(&self, chord: &str) {
        self.run("xdotool", &["key", "--clearmodifiers", chord])
            .await
            .ok();
    }

    /// Clicks with the left button at a place of the screen.
    pub async fn click_at(&self, x: i32, y: i32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.run("xdotool", &["mousemove", &x, &y, "click", "1"])
            .await
            .ok();
    }

    /// Paints the bare screen in a calm colour, for pictures that people will look at.
    pub async fn paint_background(&self) {
        let size = format!("{}x{}", SCREEN.0, SCREEN.1);
        let arguments = ["-size", &size, "-window", "root", "xc:#C9D6D8"];
        // It exits with 1 after painting, too; a picture without the colour is no harm.
        self.run("display", &arguments).await;
    }

    /// Takes a picture of the whole screen to `path`.
    pub async fn picture(&self, path: &Path) {
        let path = path.to_string_lossy();
        self.run("import", &["-window", "root", &path]).await.ok();
    }

    /// Takes a picture of one window, without its frame, to `path`.
    pub async fn picture_of(&self, window: &Window, path: &Path) {
        let (id, path) = (window.id.to_string(), path.to_string_lossy());
        self.run("import", &["-window", &id, &path]).await.ok();
    }

    /// Takes a picture of a window once it is painted and at rest: two in a row are alike, and not one flat colour.
    pub async fn settled_picture_of(&self, window: &Window, path: &Path) {
        self.settled(path, async || self.picture_of(window, path).await)
            .await;
    }

    /// Takes a picture of the whole screen once it is painted and at rest.
    pub async fn settled_picture(&self, path: &Path) {
        self.settled(path, async || self.picture(path).await).await;
    }

    async fn settled(&self, path: &Path, take: impl AsyncFn()) {
        let mut last = Vec::new();
        let mut painted = 0;
        eventually("a picture at rest", PATIENCE, async || {
            take().await;
            let file = path.to_string_lossy();
            // The number of colours, and a fingerprint of the pixels alone.
            let look = self
                .run("identify", &["-format", "%k %#", &file])
                .await
                .ok();
            let flat = look.starts_with("1 ") || look.starts_with("2 ");
            painted += usize::from(!flat);
            // A clock that ticks in it never rests.
            let settled = !flat && (last == look.as_bytes() || painted >= 6);
            last = look.into_bytes();
            settled.then_some(())
        })
        .await;
    }

    /// A place in the build folder for pictures of the story with this name; emptied first.
    pub fn picture_folder(story: &str) -> PathBuf {
        let folder = build_folder().join(story);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    async fn root_windows(&self, property: &str) -> Vec<u32> {
        let answer = self.run("xprop", &["-root", property]).await;
        let Some((_, ids)) = answer.stdout.split_once('#') else {
            return Vec::new();
        };
        ids.split(',')
            .filter_map(|id| u32::from_str_radix(id.trim().strip_prefix("0x")?, 16).ok())
            .filter(|id| *id != 0)
            .collect()
    }

    async fn window_with(&self, id: u32) -> Option<Window> {
        let answer = self
            .run("xdotool", &["getwindowname", &id.to_string()])
            .await;
        (answer.status == Some(0)).then(|| Window {
            id,
            title: answer.stdout.trim_end().to_owned(),
        })
    }
}
