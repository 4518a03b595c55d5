//! A program of the user's choice dials.
//!
//! The program is started with an argument list, never through a shell, and the number replaces
//! `{number}` inside one argument. Whether it calls is not known: it was handed the number.

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use callside_core::ports::{DialError, Dialed, Telephony, TelephonyState};
use tokio::process::{Child, Command};

use crate::digits;

const SETTING: &str = "telephony.command.dial";
const NUMBER: &str = "{number}";
/// A program that has not failed by then is taken to have the number.
const FAILS_WITHIN: Duration = Duration::from_secs(2);

/// Dials by starting a program.
#[derive(Debug, Clone)]
pub struct CommandDialer {
    dial: Vec<String>,
}

impl CommandDialer {
    /// Takes the program and its arguments, as in `telephony.command.dial`. Empty is off.
    pub fn new(dial: Vec<String>) -> Self {
        Self { dial }
    }

    fn command(&self, number: &str) -> Result<Command, DialError> {
        let (program, arguments) = self.dial.split_first().ok_or(DialError::NotSetUp)?;
        // A number in the place of the program, or nowhere, cannot be what the user meant.
        let takes_number = arguments.iter().any(|argument| argument.contains(NUMBER));
        if program.is_empty() || program.contains(NUMBER) || !takes_number {
            return Err(DialError::BadSetting { key: SETTING });
        }
        let mut command = Command::new(program);
        command
            .args(arguments.iter().map(|text| text.replace(NUMBER, number)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // A softphone outlives us, and a Ctrl+C in our terminal is not meant for it.
        #[cfg(unix)]
        command.process_group(0);
        #[cfg(windows)]
        command.creation_flags(NO_CONSOLE);
        Ok(command)
    }
}

/// `CREATE_NO_WINDOW`: no console flashes up for a console program.
#[cfg(windows)]
const NO_CONSOLE: u32 = 0x0800_0000;

#[async_trait]
impl Telephony for CommandDialer {
    fn name(&self) -> &str {
        "command"
    }

    fn state(&self) -> TelephonyState {
        if self.dial.is_empty() {
            TelephonyState::Off
        } else {
            TelephonyState::Connected
        }
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        let number = digits::checked(digits)?;
        let child = self.command(number)?.spawn().map_err(|error| {
            tracing::warn!(kind = ?error.kind(), "the dial command cannot be started");
            DialError::Refused
        })?;
        watch(child).await
    }
}

/// Waits for an immediate failure; the rest of the program's life is waited for elsewhere, so that
/// it leaves no zombie.
async fn watch(mut child: Child) -> Result<Dialed, DialError> {
    match tokio::time::timeout(FAILS_WITHIN, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(Dialed::HandedOver),
        Ok(_) => Err(DialError::Refused),
        Err(_) => {
            tokio::spawn(async move { child.wait().await });
            Ok(Dialed::HandedOver)
        }
    }
}

#[cfg(test)]
mod tests;
