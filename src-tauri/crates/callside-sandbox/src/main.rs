//! The sandbox as a program of its own, for tests and demos of real processes.
//!
//! `callside-sandbox [--port N] [--contacts N] [--seed N] [--past-calls N] [--redirect URI]... [--auto-approve]` prints one
//! line of JSON with its addresses, ids and keys, then serves until it is told to end. Faults and inspection are under
//! `/_sandbox`, see the `inspect` module.

use std::{io::Write, process::ExitCode};

use callside_sandbox::{Sandbox, SandboxOptions};
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => return fail(&why, 2),
    };
    let sandbox = match Sandbox::start(options).await {
        Ok(sandbox) => sandbox,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let line = json!({
        "port": sandbox.port(),
        "base_url": sandbox.base_url(),
        "api_url": sandbox.api_url(),
        "login_url": sandbox.login_url(),
        "page_url": sandbox.page_url(),
        "client_id": sandbox.client_id(),
        "client_secret": sandbox.client_secret(),
        "aircall_url": sandbox.aircall_url(),
        "workspace_url": sandbox.workspace_url(),
        "aircall_api_id": sandbox.aircall_key().0,
        "aircall_api_token": sandbox.aircall_key().1,
        "allo_url": sandbox.allo_url(),
        "allo_dialer_url": sandbox.allo_dialer_url(),
        "allo_key": sandbox.allo_key(),
    });
    // Before the line is out: whoever reads it may end us at once.
    let ending = match Ending::listen() {
        Ok(ending) => ending,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let mut out = std::io::stdout();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        return ExitCode::FAILURE;
    }
    ending.wished().await;
    sandbox.stop().await;
    ExitCode::SUCCESS
}

fn fail(why: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "callside-sandbox: {why}");
    ExitCode::from(code)
}

fn read(mut args: impl Iterator<Item = String>) -> Result<SandboxOptions, String> {
    let mut options = SandboxOptions::default();
    while let Some(name) = args.next() {
        if name == "--auto-approve" {
            options.auto_approve = true;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
        let wrong = || format!("{name} cannot be {value}");
        match name.as_str() {
            "--port" => options.port = value.parse().map_err(|_| wrong())?,
            "--contacts" => options.book.contacts = value.parse().map_err(|_| wrong())?,
            "--seed" => options.book.seed = value.parse().map_err(|_| wrong())?,
            "--past-calls" => {
                let calls = value.parse().map_err(|_| wrong())?;
                options.aircall.history.calls = calls;
                options.allo.history.calls = calls;
            }
            "--redirect" => options.redirect_uris.push(value),
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(options)
}

/// The wish to end, listened for from the moment this exists.
struct Ending {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Ending {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        let kind = tokio::signal::unix::SignalKind::terminate();
        Ok(Self {
            terminate: tokio::signal::unix::signal(kind)?,
        })
    }

    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn wished(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }

    #[cfg(not(unix))]
    async fn wished(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
