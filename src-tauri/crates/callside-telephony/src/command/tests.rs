#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;
use std::time::Instant;

use tempfile::TempDir;

use super::*;
use crate::digits::HOSTILE;

/// A softphone that writes down how many arguments it got, and each of them.
#[cfg(unix)]
fn recorder(folder: &Path, then: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("softphone");
    let log = folder.join("log");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" >> '{}'\n{then}\n",
        log.display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program.display().to_string()
}

fn recorded(folder: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    log.lines().map(str::to_owned).collect()
}

fn dialer(words: &[&str]) -> CommandDialer {
    CommandDialer::new(words.iter().map(|&word| word.to_owned()).collect())
}

#[cfg(unix)]
#[tokio::test]
async fn the_program_gets_exactly_its_arguments() {
    let folder = TempDir::new().unwrap();
    let program = recorder(folder.path(), "");
    let words = [&program, "--dial", "sip:{number}@pbx;x", "a b $HOME `id`"];
    let dialed = dialer(&words).dial("+33199000123").await;
    assert_eq!(dialed, Ok(Dialed::HandedOver));
    let expected = ["3", "--dial", "sip:+33199000123@pbx;x", "a b $HOME `id`"];
    assert_eq!(recorded(folder.path()), expected);
}

#[cfg(unix)]
#[tokio::test]
async fn hostile_numbers_never_start_the_program() {
    let folder = TempDir::new().unwrap();
    let program = recorder(folder.path(), "");
    let dialer = dialer(&[&program, "{number}"]);
    for number in HOSTILE {
        assert_eq!(dialer.dial(number).await, Err(DialError::Refused));
    }
    assert!(recorded(folder.path()).is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_fails_at_once_refused() {
    let folder = TempDir::new().unwrap();
    let program = recorder(folder.path(), "exit 3");
    let dialed = dialer(&[&program, "{number}"]).dial("0199000123").await;
    assert_eq!(dialed, Err(DialError::Refused));
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_stays_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    // Stays until the folder is gone, so that nothing outlives the test for long.
    let stay = format!(
        "while [ -e '{}' ]; do sleep 0.1; done",
        folder.path().display()
    );
    let program = recorder(folder.path(), &stay);
    let before = Instant::now();
    let dialed = dialer(&[&program, "{number}"]).dial("0199000123").await;
    assert_eq!(dialed, Ok(Dialed::HandedOver));
    assert!(before.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_program_that_does_not_exist_refused() {
    let dialed = dialer(&["/nonexistent/softphone", "{number}"]);
    assert_eq!(dialed.dial("0199000123").await, Err(DialError::Refused));
}

#[tokio::test]
async fn settings_that_cannot_work_are_named() {
    let bad = Err(DialError::BadSetting { key: SETTING });
    for words in [
        &["softphone"][..],
        &["{number}", "{number}"],
        &["", "{number}"],
    ] {
        assert_eq!(dialer(words).dial("0199000123").await, bad, "{words:?}");
    }
    assert_eq!(
        dialer(&[]).dial("0199000123").await,
        Err(DialError::NotSetUp)
    );
    assert_eq!(dialer(&[]).state(), TelephonyState::Off);
}
