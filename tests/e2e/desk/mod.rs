//! A real desk on a machine without one: a display with a window manager, a session bus, a keychain, a notification
//! server, a softphone, callers, callees, a browser, and the app itself.
//!
//! Every desk has a home of its own in a temporary folder, free ports, and a mark in the environment of everything
//! it starts, by which all of it is ended when the desk is dropped, also after a panic. Nothing outside that folder
//! is written, except pictures and reports under the build folder.

pub mod app;
pub mod browser;
pub mod clock;
pub mod cloud;
pub mod links;
pub mod notifications;
pub mod ports;
pub mod process;
pub mod softphone;
pub mod wait;
pub mod windows;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use process::Process;
use wait::{PATIENCE, eventually};

/// What the private keychain is unlocked with.
const KEYRING_PASSWORD: &str = "callside";

/// The session bus without service folders: nothing starts by itself, so a desk without a keychain has none.
const BUS_CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=RUNTIME</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// Whether end-to-end tests are wanted; says on standard error when they are not.
pub fn switched_on() -> bool {
    let on = std::env::var_os("CALLSIDE_E2E").is_some_and(|value| value == "1");
    if !on {
        eprintln!("skipped: end-to-end tests run with CALLSIDE_E2E=1 (make e2e)");
    }
    on
}

/// What stands on the desk; the usual desk has everything.
#[derive(Clone, Copy)]
pub struct Furniture {
    keychain: bool,
    notifications: bool,
    display: bool,
    language: &'static str,
    dark: bool,
    desktop: Option<&'static str>,
}

impl Furniture {
    /// No Secret Service on the bus.
    pub fn without_keychain(mut self) -> Self {
        self.keychain = false;
        self
    }

    /// No notification server on the bus.
    pub fn without_notifications(mut self) -> Self {
        self.notifications = false;
        self
    }

    /// No screen, no window manager: a server.
    pub fn without_display(mut self) -> Self {
        self.display = false;
        self
    }

    /// The system's language is French.
    pub fn in_french(mut self) -> Self {
        self.language = "fr_FR.UTF-8";
        self
    }

    /// The system's theme is dark.
    pub fn dark(mut self) -> Self {
        self.dark = true;
        self
    }

    /// No desktop environment that the system's tools know: a bare window manager, where `xdg-open` goes its own way.
    pub fn without_desktop_environment(mut self) -> Self {
        self.desktop = None;
        self
    }

    /// Sets the desk up. `None`, with a line on standard error, when end-to-end tests are switched off.
    pub async fn start(self) -> Option<Desk> {
        if !switched_on() {
            return None;
        }
        Some(Desk::set_up(self).await)
    }
}

/// The environment that everything on the desk is started in, and the folder it lives in.
#[derive(Clone)]
pub struct Room {
    folder: Arc<PathBuf>,
    variables: BTreeMap<String, OsString>,
}

impl Room {
    fn new(folder: &Path, furniture: Furniture) -> Self {
        let mut room = Self {
            folder: Arc::new(folder.to_owned()),
            variables: BTreeMap::new(),
        };
        for variable in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(variable) {
                room.set(variable, value);
            }
        }
        for (variable, inside) in [
            ("HOME", ""),
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("CALLSIDE_HOME", "callside"),
        ] {
            let folder = folder.join(inside);
            // Runtime folders that others may read are refused by what lives in them.
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .unwrap();
            room.set(variable, folder);
        }
        // Names the desk in everything that runs on it, for whoever has to clear it.
        room.set("CALLSIDE_DESK", folder);
        if let Some(desktop) = furniture.desktop {
            room.set("XDG_CURRENT_DESKTOP", desktop);
        }
        room.set("TZ", "Europe/Paris");
        // Settings and accessibility services are not on this bus; asking for them would only wait.
        room.set("GSETTINGS_BACKEND", "memory");
        room.set("NO_AT_BRIDGE", "1");
        if furniture.dark {
            room.set("GTK_THEME", "Adwaita:dark");
        }
        room
    }

    fn set(&mut self, variable: &str, value: impl Into<OsString>) {
        self.variables.insert(variable.to_owned(), value.into());
    }

    /// The home folder of the desk.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The value of a variable in the room.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str)
    }

    /// A command that knows this room and nothing else, in a process group of its own.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// Runs a command to its end, at most twenty seconds, feeding it `input`.
    pub async fn run_with(&self, program: &str, arguments: &[&str], input: &str) -> Outcome {
        let mut command = self.command(program);
        command.args(arguments);
        self.finish(command, input).await
    }

    /// Runs a command to its end, at most twenty seconds.
    pub async fn run(&self, program: &str, arguments: &[&str]) -> Outcome {
        self.run_with(program, arguments, "").await
    }

    async fn finish(&self, mut command: Command, input: &str) -> Outcome {
        let name = command.get_program().to_string_lossy().into_owned();
        // Files, not pipes: what the command leaves behind (a link's handler) may keep its outputs open for long.
        let (mut stdout, mut stderr) =
            (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        command
            .stdin(Stdio::piped())
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap());
        let mut child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{name} does not start: {error}; is `make setup` done?")
            });
        // A program that never reads closes its end early; that is its affair.
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let status = tokio::time::timeout(PATIENCE, child.wait())
            .await
            .unwrap_or_else(|_| panic!("{name} did not end within {PATIENCE:?}"))
            .unwrap();
        Outcome {
            status: status.code(),
            stdout: read_back(&mut stdout),
            stderr: read_back(&mut stderr),
        }
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` when a signal ended it.
    pub status: Option<i32>,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

impl Outcome {
    /// The standard output of a command that must have succeeded.
    pub fn ok(self) -> String {
        assert_eq!(self.status, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The standard output of a command that must have succeeded, as JSON.
    pub fn json(self) -> serde_json::Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
    }
}

/// The desk. Parts that are started on it (softphone, browser, app) end with their own values, or with the desk.
pub struct Desk {
    room: Room,
    fixtures: Vec<Process>,
    _warden: Warden,
    // Removed last, when nothing lives in it any more.
    _home: tempfile::TempDir,
}

impl Desk {
    /// The usual desk. `None`, with a line on standard error, when end-to-end tests are switched off.
    pub async fn start() -> Option<Self> {
        Self::with().start().await
    }

    /// The usual desk, to be changed before it starts.
    pub fn with() -> Furniture {
        Furniture {
            keychain: true,
            notifications: true,
            display: true,
            language: "C.UTF-8",
            dark: false,
            desktop: Some("GNOME"),
        }
    }

    async fn set_up(furniture: Furniture) -> Self {
        // Short, because socket paths inside it may have a hundred bytes.
        let home = tempfile::Builder::new()
            .prefix("callside-desk-")
            .tempdir()
            .unwrap();
        let mut desk = Self {
            room: Room::new(home.path(), furniture),
            fixtures: Vec::new(),
            _warden: Warden::post(home.path()),
            _home: home,
        };
        desk.speak(furniture.language).await;
        if furniture.display {
            desk.start_display().await;
        }
        desk.start_bus().await;
        if furniture.keychain {
            desk.start_keychain().await;
        }
        if furniture.notifications {
            desk.start_notifications().await;
        }
        desk
    }

    /// The surroundings, for starting further programs on this desk.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The home folder of the desk.
    pub fn folder(&self) -> &Path {
        self.room.folder()
    }

    /// Runs a command on the desk to its end.
    pub async fn run(&self, program: &str, arguments: &[&str]) -> Outcome {
        self.room.run(program, arguments).await
    }

    /// How many processes on this desk run the given executable.
    pub fn count_running(&self, executable: &Path) -> usize {
        process::pids_of(self.folder())
            .into_iter()
            .filter(|pid| {
                std::fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero()))
                    .is_ok_and(|target| target == executable)
            })
            .count()
    }

    /// Sets the system's language. `C.UTF-8`, which every system has, is English.
    async fn speak(&mut self, language: &str) {
        self.room.set("LANG", "C.UTF-8");
        if let Some(name) = language.strip_suffix(".UTF-8").filter(|name| *name != "C") {
            // Made here, because few machines have every language, and programs fall back to plain C without it.
            let locales = self.folder().join("locales");
            std::fs::create_dir_all(&locales).unwrap();
            let made = locales.join(language).to_string_lossy().into_owned();
            self.run("localedef", &["-i", name, "-f", "UTF-8", &made])
                .await
                .ok();
            self.room.set("LOCPATH", locales);
        }
        self.room.set("LANG", language);
    }

    async fn start_display(&mut self) {
        let server = Process::start(self.room.command("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1600x1000x24",
            "-dpi",
            "96",
            "-nolisten",
            "tcp",
            "-noreset",
        ]));
        let number: u32 = server
            .line("the display's number", PATIENCE, |line| line.parse().ok())
            .await;
        self.fixtures.push(server);
        self.room.set("DISPLAY", format!(":{number}"));
        let manager = Process::start(self.room.command("openbox").arg("--sm-disable"));
        self.fixtures.push(manager);
        eventually("the window manager", PATIENCE, async || {
            let answer = self
                .run("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"])
                .await;
            answer.stdout.contains("window id").then_some(())
        })
        .await;
    }

    async fn start_bus(&mut self) {
        let config = self.folder().join("bus.conf");
        let runtime = self.folder().join("run");
        let text = BUS_CONFIG.replace("RUNTIME", &runtime.to_string_lossy());
        std::fs::write(&config, text).unwrap();
        let mut option = OsString::from("--config-file=");
        option.push(&config);
        let bus = Process::start(self.room.command("dbus-daemon").arg(option).args([
            "--nofork",
            "--nopidfile",
            "--print-address=1",
        ]));
        let address = bus
            .line("the bus address", PATIENCE, |line| {
                line.starts_with("unix:").then(|| line.to_owned())
            })
            .await;
        self.fixtures.push(bus);
        self.room.set("DBUS_SESSION_BUS_ADDRESS", address);
    }

    async fn start_keychain(&mut self) {
        let mut command = self.room.command("gnome-keyring-daemon");
        command
            .args(["--unlock", "--components=secrets", "--foreground"])
            .stdin(Stdio::from(pipe_with(KEYRING_PASSWORD)));
        self.fixtures.push(Process::start(&mut command));
        self.wait_for_name("org.freedesktop.secrets").await;
    }

    /// Locks the keychain, as a screen lock may do.
    pub async fn lock_keychain(&self) {
        self.run(
            "gdbus",
            &[
                "call",
                "--session",
                "--dest=org.freedesktop.secrets",
                "--object-path=/org/freedesktop/secrets",
                "--method=org.freedesktop.Secret.Service.Lock",
                "['/org/freedesktop/secrets/collection/login']",
            ],
        )
        .await
        .ok();
    }

    async fn wait_for_name(&self, name: &str) {
        let wait = ["wait", "--session", "--timeout", "15", name];
        self.run("gdbus", &wait).await.ok();
    }

    /// Where the report and the pictures of the running test go.
    fn report_folder() -> PathBuf {
        let test = std::thread::current()
            .name()
            .unwrap_or("test")
            .replace("::", "-");
        build_folder().join("e2e").join(test)
    }

    /// Saves what can help to understand a failure.
    fn report(&self) {
        // A report that cannot be written must not hide the failure it is about.
        let folder = Self::report_folder();
        let _ = std::fs::create_dir_all(&folder);
        let mut words = String::new();
        for fixture in &self.fixtures {
            let _ = write!(words, "{}", fixture.last_words());
        }
        let _ = std::fs::write(folder.join("desk.log"), words);
        if self.room.variable("DISPLAY").is_some() {
            let picture = folder.join("screen.png");
            let _ = self
                .room
                .command("import")
                .args(["-window", "root"])
                .arg(&picture)
                .status();
        }
        eprintln!(
            "the screen and the logs of this desk are in {}",
            folder.display()
        );
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.report();
        }
        process::kill_all_of(self.room.folder());
    }
}

/// The folder of the build, where pictures and reports may be left.
pub fn build_folder() -> PathBuf {
    // The test binary is TARGET/debug/deps/e2e-HASH, unless somebody copied it elsewhere.
    let binary = std::env::current_exe().unwrap_or_default();
    let target = binary.ancestors().nth(3).filter(|path| path.is_dir());
    target.map_or_else(std::env::temp_dir, Path::to_owned)
}

/// Clears the desk when this process ends too suddenly to do so itself: a build server that loses patience, Ctrl+C.
struct Warden {
    // Its standard input is a pipe from this process, which closes when this process dies, however it dies.
    shell: Child,
}

const WARDEN: &str = r#"
cat >/dev/null
# Dying programs may still start others, so look until nobody is left. A browser paints its title over its
# environment, but the title names the folder as well.
for round in 1 2 3 4 5 6 7 8; do
  found=
  for process in /proc/[0-9]*; do
    [ "${process#/proc/}" != $$ ] || continue
    if cat "$process/environ" "$process/cmdline" 2>/dev/null | tr '\0' '\n' | grep -qF "$WARDEN_OF"; then
      kill -9 "${process#/proc/}" 2>/dev/null
      found=yes
    fi
  done
  [ -n "$found" ] || break
done
rm -rf "$WARDEN_OF"
"#;

impl Warden {
    fn post(folder: &Path) -> Self {
        let shell = Command::new("sh")
            .args(["-c", WARDEN, "warden"])
            .env("WARDEN_OF", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { shell }
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        // The desk has been cleared already.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// What was written to a file that is open already.
fn read_back(file: &mut std::fs::File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A pipe whose reader gets `text` and then the end.
fn pipe_with(text: &str) -> std::io::PipeReader {
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    reader
}

/// How long something the whole chain has to do may take: start a browser, place a call, paint a window.
pub const LONG: Duration = Duration::from_secs(30);
