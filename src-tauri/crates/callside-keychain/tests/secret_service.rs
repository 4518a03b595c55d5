//! The keychain store against a real Secret Service.
//!
//! Each story runs in a process of its own, inside a private session bus with private folders, so
//! that nobody's own keyring is touched. Without `dbus-run-session` or `gnome-keyring-daemon` a
//! line is printed and the story is passed over.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use callside_core::ports::{SecretError, SecretStore};
use callside_keychain::{KeychainState, KeychainStore, open_keychain};

/// Set in the process inside the bus.
const INSIDE: &str = "CALLSIDE_TEST_INSIDE_BUS";
const TOLD: &str = "the story was told";

/// Starts the daemon with an open keyring, waits until it owns its name, and ends it with the test.
const WITH_KEYRING: &str = r#"
printf 'pass' | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
daemon=$!
trap 'kill $daemon 2>/dev/null' EXIT
gdbus wait --session --timeout 20 org.freedesktop.secrets
"$@"
"#;
const WITHOUT_SERVICE: &str = r#""$@""#;

/// A bus on which no service can be started on demand.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

fn installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Whether the story is to be told here; else it has been told in another process.
fn is_inside(test: &str, script: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    for program in ["dbus-run-session", "gnome-keyring-daemon", "gdbus"] {
        if !installed(program) {
            println!("passed over: {program} is not installed");
            return false;
        }
    }
    let folder = tempfile::TempDir::new().unwrap();
    let config = folder.path().join("bus.conf");
    std::fs::write(&config, BARE_BUS).unwrap();
    let mut command = Command::new("dbus-run-session");
    command
        .arg(format!("--config-file={}", config.display()))
        .args(["--", "sh", "-c", script, "sh"]);
    tell_inside(command, folder.path(), test);
    false
}

fn tell_inside(mut command: Command, home: &Path, test: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).unwrap();
    let output = command
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_DATA_HOME", home.join("share"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{complaint}");
    assert!(told.contains(TOLD), "{told}\n{complaint}");
}

fn store(tag: &str) -> KeychainStore {
    open_keychain(tag).with_patience(Duration::from_secs(20))
}

fn lock_keyring() {
    let locked = Command::new("gdbus")
        .args(["call", "--session", "--dest", "org.freedesktop.secrets"])
        .args(["--object-path", "/org/freedesktop/secrets"])
        .args(["--method", "org.freedesktop.Secret.Service.Lock"])
        .arg("[objectpath '/org/freedesktop/secrets/collection/login']")
        .output()
        .unwrap();
    assert!(locked.status.success(), "{locked:?}");
}

#[tokio::test]
async fn a_secret_is_kept_read_replaced_and_forgotten() {
    if !is_inside("a_secret_is_kept_read_replaced_and_forgotten", WITH_KEYRING) {
        return;
    }
    let store = store("home-1");
    assert_eq!(store.probe().await, KeychainState::Ok);
    assert_eq!(store.read("sellsy/refresh_token").await, Ok(None));
    store.keep("sellsy/refresh_token", "one").await.unwrap();
    store.keep("sellsy/refresh_token", "två ☎").await.unwrap();
    // Another store of the same folder, as after a restart.
    let again = self::store("home-1");
    let read = again.read("sellsy/refresh_token").await;
    assert_eq!(read, Ok(Some("två ☎".into())));
    again.forget("sellsy/refresh_token").await.unwrap();
    again.forget("sellsy/refresh_token").await.unwrap();
    assert_eq!(store.read("sellsy/refresh_token").await, Ok(None));
    println!("{TOLD}");
}

#[tokio::test]
async fn two_data_folders_do_not_share_secrets() {
    if !is_inside("two_data_folders_do_not_share_secrets", WITH_KEYRING) {
        return;
    }
    let (one, two) = (store("home-1"), store("home-2"));
    one.keep("hook/key", "one").await.unwrap();
    assert_eq!(two.read("hook/key").await, Ok(None));
    two.keep("hook/key", "two").await.unwrap();
    one.forget("hook/key").await.unwrap();
    assert_eq!(two.read("hook/key").await, Ok(Some("two".into())));
    println!("{TOLD}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_at_once_are_all_served() {
    if !is_inside("many_callers_at_once_are_all_served", WITH_KEYRING) {
        return;
    }
    let store = std::sync::Arc::new(store("home-1"));
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..12 {
        let store = std::sync::Arc::clone(&store);
        callers.spawn(async move {
            let (handle, value) = (format!("h/{number}"), format!("v{number}"));
            store.keep(&handle, &value).await.unwrap();
            assert_eq!(store.read(&handle).await, Ok(Some(value)));
        });
    }
    callers.join_all().await;
    println!("{TOLD}");
}

#[tokio::test]
async fn a_locked_keyring_is_told_from_a_missing_secret() {
    if !is_inside(
        "a_locked_keyring_is_told_from_a_missing_secret",
        WITH_KEYRING,
    ) {
        return;
    }
    let store = store("home-1");
    store.keep("hook/key", "hush").await.unwrap();
    lock_keyring();
    assert_eq!(store.read("hook/key").await, Err(SecretError::Locked));
    assert_eq!(
        store.keep("hook/key", "new").await,
        Err(SecretError::Locked)
    );
    assert_eq!(store.probe().await, KeychainState::Locked);
    println!("{TOLD}");
}

#[tokio::test]
async fn a_bus_without_a_service_has_no_keychain() {
    if !is_inside("a_bus_without_a_service_has_no_keychain", WITHOUT_SERVICE) {
        return;
    }
    let store = store("home-1");
    assert_eq!(store.read("hook/key").await, Err(SecretError::NoKeychain));
    assert_eq!(
        store.keep("hook/key", "x").await,
        Err(SecretError::NoKeychain)
    );
    assert_eq!(store.probe().await, KeychainState::None);
    println!("{TOLD}");
}

#[tokio::test]
async fn a_service_that_starts_later_is_found_and_one_that_restarts_is_found_again() {
    let name = "a_service_that_starts_later_is_found_and_one_that_restarts_is_found_again";
    if !is_inside(name, WITHOUT_SERVICE) {
        return;
    }
    let store = store("home-1");
    assert_eq!(store.probe().await, KeychainState::None);
    let first = Daemon::start();
    assert_eq!(store.probe().await, KeychainState::Ok);
    store.keep("hook/key", "hush").await.unwrap();
    drop(first);
    let _second = Daemon::start();
    assert_eq!(store.read("hook/key").await, Ok(Some("hush".into())));
    println!("{TOLD}");
}

#[tokio::test]
async fn without_a_bus_there_is_no_keychain() {
    let name = "without_a_bus_there_is_no_keychain";
    if std::env::var_os(INSIDE).is_none() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut command = Command::new("env");
        command.arg("DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus");
        tell_inside(command, folder.path(), name);
        return;
    }
    let store = store("home-1");
    assert_eq!(store.read("hook/key").await, Err(SecretError::NoKeychain));
    assert_eq!(store.probe().await, KeychainState::None);
    println!("{TOLD}");
}

/// A keyring daemon that ends, and has ended, when it goes out of scope.
struct Daemon(std::process::Child);

impl Daemon {
    fn start() -> Self {
        use std::io::Write;
        let mut child = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"pass").unwrap();
        let there = Command::new("gdbus")
            .args(["wait", "--session", "--timeout", "20"])
            .arg("org.freedesktop.secrets")
            .status()
            .unwrap();
        assert!(there.success());
        Self(child)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
