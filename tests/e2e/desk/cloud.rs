//! The CRM on loopback, and the app's settings that lead to it.

use std::sync::OnceLock;

use callside_sandbox::{Sandbox, SandboxOptions, Staff};
use tokio::runtime::{Builder, Runtime};

use super::softphone::{Callee, Softphone};
use super::{Desk, Outcome};

/// The cloud has threads of its own: a test that is busy must not slow it down.
static CLOUD: OnceLock<Runtime> = OnceLock::new();

/// The app's settings for a test, made from what stands on the desk.
pub struct Config {
    lines: Vec<String>,
}

impl Desk {
    /// Starts a CRM with the usual small company, whose sign-in page answers itself.
    pub async fn sandbox(&self) -> Sandbox {
        self.sandbox_with(SandboxOptions {
            auto_approve: true,
            ..SandboxOptions::default()
        })
        .await
    }

    /// Starts a CRM as told.
    pub async fn sandbox_with(&self, options: SandboxOptions) -> Sandbox {
        let cloud = CLOUD.get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap()
        });
        cloud.spawn(Sandbox::start(options)).await.unwrap().unwrap()
    }

    /// Signs the app in to the CRM without a browser, as the command line offers it.
    pub async fn connect(&self, sandbox: &Sandbox) -> Outcome {
        let arguments = [
            "connect",
            "sellsy",
            "--grant",
            "client-credentials",
            "--client-id",
            sandbox.client_id(),
            "--client-secret-stdin",
        ];
        let program = super::app::binary().to_string_lossy();
        self.room()
            .run_with(&program, &arguments, sandbox.client_secret())
            .await
    }
}

impl Config {
    /// Settings for an agent who is on the CRM's staff. Filed calls leave at once.
    pub fn for_crm(sandbox: &Sandbox) -> Self {
        let mut config = Self { lines: Vec::new() };
        config.section("agent", &[("email", &quoted(&agent_email()))]);
        config.section("logging", &[("undo_s", "0")]);
        config.section(
            "crm.sellsy",
            &[
                ("api_url", &quoted(&sandbox.api_url())),
                ("login_url", &quoted(&sandbox.login_url())),
                ("client_id", &quoted(sandbox.client_id())),
            ],
        );
        config
    }

    /// Calls come and go through this softphone; bare numbers are dialled at the callee's.
    pub fn with_softphone(mut self, softphone: &Softphone, callee: &Callee) -> Self {
        self.section("telephony", &[("dial_with", "\"baresip\"")]);
        self.section(
            "telephony.baresip",
            &[
                ("control", &quoted(&softphone.control())),
                ("domain", &quoted(&callee.domain())),
            ],
        );
        self
    }

    /// Adds a section; it must not be there yet. Values are TOML.
    pub fn section(&mut self, name: &str, settings: &[(&str, &str)]) {
        self.lines.push(format!("[{name}]"));
        for (setting, value) in settings {
            self.lines.push(format!("{setting} = {value}"));
        }
    }

    /// Writes the settings where the app looks for them; call it before the app starts.
    pub fn write(&self, desk: &Desk) {
        desk.write_config(&(self.lines.join("\n") + "\n"));
    }
}

/// The e-mail by which the CRM knows the agent at this desk.
pub fn agent_email() -> String {
    let me = SandboxOptions::default().me;
    let staff = Staff::invented();
    let agent = staff.iter().find(|person| person.id == me);
    agent.expect("the agent is on the staff").email.clone()
}

/// A TOML string. Nothing of ours holds a quote or a backslash.
fn quoted(text: &str) -> String {
    assert!(!text.contains(['"', '\\']), "{text:?}");
    format!("\"{text}\"")
}
