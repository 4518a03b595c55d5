//! The app under test: started like a person starts it, asked on the command line, or driven through its windows.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use rustix::process::{Signal, kill_process};
use serde_json::{Map, Value, json};

use super::ports::{free_port, is_open};
use super::process::{Process, pids_of};
use super::wait::{PATIENCE, eventually};
use super::{Desk, LONG, Outcome, build_folder};

/// The app under test: the built one, or the one that `CALLSIDE_APP` names, such as an installed package.
pub fn binary() -> &'static Path {
    static APP: OnceLock<PathBuf> = OnceLock::new();
    APP.get_or_init(|| {
        let named = std::env::var_os("CALLSIDE_APP").map(PathBuf::from);
        named.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_callside")))
    })
}

impl Desk {
    /// The folder that holds the app's settings and data.
    pub fn app_home(&self) -> PathBuf {
        self.folder().join("callside")
    }

    /// Writes the app's settings; call it before the app starts.
    pub fn write_config(&self, toml: &str) {
        std::fs::write(self.app_home().join("config.toml"), toml).unwrap();
    }

    /// Starts the app as the desktop would; its windows belong to nobody's driver.
    pub fn app(&self, arguments: &[&str]) -> Process {
        Process::start(self.room().command(binary()).args(arguments))
    }

    /// Runs a command of the app to its end, beside an instance that may be running.
    pub async fn cli(&self, arguments: &[&str]) -> Outcome {
        self.run(&binary().to_string_lossy(), arguments).await
    }

    /// Starts the app under a driver, which sees and works its windows as a person does.
    ///
    /// A start right after a kill has been seen to end before its first window, because the killed instance still had
    /// its door open. That is mended; should a start fail all the same, it is said loudly and tried once more, so that it
    /// does not hide what the story is about.
    pub async fn drive(&self, arguments: &[&str]) -> Driven {
        if let Some(driven) = self.try_drive(arguments).await {
            return driven;
        }
        eprintln!("THE APP DID NOT COME UP UNDER ITS DRIVER; it is killed and started once more");
        self.kill9_app().await;
        let driven = self.try_drive(arguments).await;
        driven.expect("the app comes up under its driver")
    }

    async fn try_drive(&self, arguments: &[&str]) -> Option<Driven> {
        let (port, native_port) = (free_port(), free_port());
        let driver = Process::start(self.room().command(tauri_driver()).args([
            "--port",
            &port.to_string(),
            "--native-port",
            &native_port.to_string(),
        ]));
        eventually("the drivers of the windows", PATIENCE, async || {
            (is_open(port) && is_open(native_port)).then_some(())
        })
        .await;
        let application = json!({ "application": binary(), "args": arguments });
        let capabilities = Map::from_iter([
            ("browserName".to_owned(), json!("wry")),
            ("tauri:options".to_owned(), application),
        ]);
        let mut builder = ClientBuilder::native();
        let address = format!("http://127.0.0.1:{port}");
        // The driver waits for ever for an app that ended at once.
        let connecting = builder.capabilities(capabilities).connect(&address);
        let client = tokio::time::timeout(LONG, connecting).await.ok()?.unwrap();
        Some(Driven {
            client,
            _driver: driver,
        })
    }

    /// How many instances of the app run on this desk, command lines included.
    pub fn instances(&self) -> usize {
        self.count_running(binary())
    }

    /// Kills every instance of the app this instant, as a power cut would, and waits until they are gone.
    pub async fn kill9_app(&self) {
        for pid in pids_of(self.folder()) {
            let executable = std::fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero()));
            if executable.is_ok_and(|path| path == binary()) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        eventually("the app's end", PATIENCE, async || {
            (self.instances() == 0).then_some(())
        })
        .await;
    }
}

/// The running app seen through its windows. It derefs to the driver's client, which looks at one window at a time.
pub struct Driven {
    client: Client,
    _driver: Process,
}

impl Deref for Driven {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Driven {
    /// Looks at this window from now on: `card`, `desk` or `wizard`. Waits until there is one and its page is there.
    pub async fn look_at(&self, name: &str) {
        self.look_at_one_of(&[name]).await;
    }

    /// Looks at whichever of these windows there is.
    pub async fn look_at_one_of(&self, names: &[&str]) {
        const WHICH: &str = "return document.documentElement.dataset.window || ''";
        let what = format!("a window of {names:?}");
        eventually(&what, LONG, async || {
            for handle in self.client.windows().await.ok()? {
                // One may close while we look.
                if self.client.switch_to_window(handle).await.is_err() {
                    continue;
                }
                let which = self.client.execute(WHICH, Vec::new()).await;
                if which.is_ok_and(|which| names.iter().any(|name| which == **name)) {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// All words that the looked-at window shows.
    pub async fn words(&self) -> String {
        const WORDS: &str = "return document.body.innerText";
        let words = self.client.execute(WORDS, Vec::new()).await;
        // A window that is being closed says nothing.
        let words = words
            .ok()
            .and_then(|words| words.as_str().map(str::to_owned));
        words.unwrap_or_default().replace('\u{a0}', " ")
    }

    /// Waits until the looked-at window shows these words.
    pub async fn says(&self, text: &str) {
        let what = format!("the words {text:?} in a window");
        eventually(&what, LONG, async || {
            self.words().await.contains(text).then_some(())
        })
        .await;
    }

    /// Waits until the looked-at window shows these words no more.
    pub async fn says_no_more(&self, text: &str) {
        let what = format!("a window without the words {text:?}");
        eventually(&what, LONG, async || {
            (!self.words().await.contains(text)).then_some(())
        })
        .await;
    }

    /// Waits for an element of the window that is looked at.
    pub async fn element(&self, css: &str) -> Element {
        let what = format!("the element {css}");
        eventually(&what, LONG, async || {
            self.client.find(Locator::Css(css)).await.ok()
        })
        .await
    }

    /// Waits until an element shows a text that contains `text`.
    pub async fn shows(&self, css: &str, text: &str) {
        let what = format!("{text:?} in {css}");
        eventually(&what, LONG, async || {
            let element = self.client.find(Locator::Css(css)).await.ok()?;
            let shown = element.text().await.ok()?;
            shown.contains(text).then_some(())
        })
        .await;
    }

    /// Presses the button that a person would call `name`: by its words or its label.
    pub async fn press_button(&self, name: &str) {
        self.press_button_one_of(&[name]).await;
    }

    /// Presses whichever of these buttons is there.
    pub async fn press_button_one_of(&self, names: &[&str]) {
        let tests: Vec<String> = names
            .iter()
            .map(|name| {
                let words = xpath_text(name);
                format!("normalize-space()={words} or @aria-label={words} or @title={words}")
            })
            .collect();
        self.press_what(&tests.join(" or "), &format!("{names:?}"))
            .await;
    }

    /// Presses the button whose words begin with `start`; a key or an explanation may follow.
    pub async fn press_button_starting(&self, start: &str) {
        let test = format!("starts-with(normalize-space(), {})", xpath_text(start));
        self.press_what(&test, start).await;
    }

    /// Presses the button with these words in the section of this name.
    pub async fn press_button_in(&self, section: &str, words: &str) {
        let test = format!(
            "normalize-space()={} and ancestor::section[@aria-label={}]",
            xpath_text(words),
            xpath_text(section)
        );
        self.press_what(&test, words).await;
    }

    async fn press_what(&self, test: &str, name: &str) {
        let path = format!(
            "//*[self::button or @role='button' or @role='tab' or @role='menuitem' or self::a][{test}]"
        );
        let what = format!("a working button {name:?} that stays where it is");
        let mut seen_at = None;
        eventually(&what, LONG, async || {
            let button = self.client.find(Locator::XPath(&path)).await.ok()?;
            // While a window grows or shrinks, a press meets what was there before.
            let at = (button.rectangle().await.ok()?, self.size().await);
            if seen_at.replace(at) != Some(at) || !button.is_enabled().await.ok()? {
                return None;
            }
            match button.click().await {
                Ok(()) => Some(()),
                // A button may close its own window before the driver can tell that it was pressed.
                Err(error) => error.is_no_such_window().then_some(()),
            }
        })
        .await;
    }

    /// Width and height of what the window shows, in pixels.
    async fn size(&self) -> Option<(u64, u64)> {
        let script = "return [innerWidth, innerHeight]";
        let size = self.client.execute(script, Vec::new()).await.ok()?;
        Some((size[0].as_u64()?, size[1].as_u64()?))
    }

    /// How many elements of this kind show words that begin so.
    pub async fn count(&self, css: &str, start: &str) -> usize {
        let found = self.client.find_all(Locator::Css(css)).await.unwrap();
        let mut count = 0;
        for element in found {
            let words = element.text().await.unwrap_or_default();
            count += usize::from(words.trim().starts_with(start));
        }
        count
    }

    /// Picks this from an open list.
    pub async fn choose(&self, name: &str) {
        let words = xpath_text(name);
        let path = format!(
            "//*[@role='option' or @role='menuitem'][contains(normalize-space(), {words})]"
        );
        let what = format!("a choice {name:?}");
        eventually(&what, LONG, async || {
            let choice = self.client.find(Locator::XPath(&path)).await.ok()?;
            choice.click().await.ok()
        })
        .await;
    }

    /// Types into the field with this label.
    pub async fn fill(&self, label: &str, text: &str) {
        let words = xpath_text(label);
        let path = format!(
            "//*[self::input or self::textarea]\
             [@aria-label={words} or @placeholder={words} or @id=//label[normalize-space()={words}]/@for]"
        );
        let what = format!("a field {label:?}");
        eventually(&what, LONG, async || {
            let field = self.client.find(Locator::XPath(&path)).await.ok()?;
            field.send_keys(text).await.ok()
        })
        .await;
    }

    /// Runs a script in the window that is looked at and gives what it returns.
    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Saves a picture of the window that is looked at.
    pub async fn picture(&self, path: &Path) {
        std::fs::write(path, self.client.screenshot().await.unwrap()).unwrap();
    }

    /// Ends the app and its driver.
    pub async fn close(self) {
        // The app may have been killed on purpose; then there is nobody to say goodbye to.
        let _ = self.client.close().await;
    }
}

/// A string of XPath, which knows no escapes: whichever quote the text does not hold.
fn xpath_text(text: &str) -> String {
    if text.contains('\'') {
        format!("\"{text}\"")
    } else {
        format!("'{text}'")
    }
}

/// `make setup` puts it into the tools folder.
fn tauri_driver() -> PathBuf {
    let named = std::env::var_os("CALLSIDE_TOOLS").map(PathBuf::from);
    let usual =
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/callside/tools"));
    [named, usual, Some(build_folder().join("tools"))]
        .into_iter()
        .flatten()
        .map(|folder| folder.join("bin/tauri-driver"))
        .find(|file| file.exists())
        .expect("tauri-driver; is `make setup` done?")
}
