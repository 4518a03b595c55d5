//! What an agent does with Callside, from end to end: one story per file.

mod aircall;
mod allo;
mod dialing;
mod handlers;
mod incoming;
mod killed;
mod links;
mod notifications;
mod states;
mod trouble;

pub use aircall::Switchboard;
pub use allo::Booth;
use callside_sandbox::Sandbox;
pub use killed::kill_at_random_moments;
use serde_json::Value;

use crate::desk::Desk;
use crate::desk::cloud::Config;
use crate::desk::process::Process;
use crate::desk::softphone::{Callee, Softphone};
use crate::desk::wait::{PATIENCE, eventually};
use crate::desk::{Furniture, LONG};

/// A number that the CRM knows as Marie Dupont's, and that of her company.
pub use callside_sandbox::book::{
    BOULANGERIE_MARTIN_PHONE as BAKERY, MARIE_DUPONT_MOBILE as MARIE,
};

/// An agent's workplace: a desk, a CRM that Callside is signed in to, a softphone, and somebody to call.
pub struct Office {
    pub sandbox: Sandbox,
    pub callee: Callee,
    pub softphone: Softphone,
    pub desk: Desk,
}

impl Office {
    /// The usual office. `None` when end-to-end tests are switched off.
    pub async fn open() -> Option<Self> {
        Self::with(Desk::with(), |_| ()).await
    }

    /// An office with other furniture and further settings.
    pub async fn with(furniture: Furniture, change: impl FnOnce(&mut Config)) -> Option<Self> {
        let desk = furniture.start().await?;
        let sandbox = desk.sandbox().await;
        let softphone = desk.softphone().await;
        let callee = desk.callee().await;
        let mut config = Config::for_crm(&sandbox).with_softphone(&softphone, &callee);
        change(&mut config);
        config.write(&desk);
        desk.connect(&sandbox).await.ok();
        desk.cli(&["sync"]).await.ok();
        Some(Self {
            sandbox,
            callee,
            softphone,
            desk,
        })
    }

    /// Starts the app as the session would, and waits until it hears the softphone.
    pub async fn start_app(&self) -> Process {
        let app = self.desk.app(&["--hidden"]);
        self.is_ready().await;
        app
    }

    /// Waits until the running app knows the contacts and hears the softphone.
    pub async fn is_ready(&self) {
        eventually("an app that hears the softphone", LONG, async || {
            if self.desk.instances() == 0 {
                return None;
            }
            let status = self.status().await?;
            let sources = status["telephony"].as_array()?;
            sources
                .iter()
                .find(|source| source["name"] == "baresip" && source["state"] == "connected")
                .map(|_| ())
        })
        .await;
    }

    /// What `callside status` says; nothing while the app is not ready to answer.
    pub async fn status(&self) -> Option<Value> {
        let answer = self.desk.cli(&["status", "--json"]).await;
        serde_json::from_str(&answer.stdout).ok()
    }

    /// The calls as the command line lists them, newest first.
    pub async fn calls(&self) -> Vec<Value> {
        let calls = self.desk.cli(&["calls", "--json"]).await.json();
        calls.as_array().unwrap().clone()
    }

    /// Waits for the one phone call that the CRM received, and gives its text.
    pub async fn logged_text(&self) -> String {
        eventually("a phone call in the CRM", LONG, async || {
            self.sandbox.phone_calls().pop()
        })
        .await;
        let calls = self.sandbox.phone_calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls[0].description.clone().unwrap()
    }

    /// Waits for a state of the newest call.
    pub async fn call_is(&self, state: &str) {
        let what = format!("a call that is {state}");
        eventually(&what, PATIENCE, async || {
            (self.calls().await.first()?["state"] == state).then_some(())
        })
        .await;
    }
}

/// The text of a log begins with its marker: `callside-` and a ULID.
pub fn assert_marker_first(text: &str) {
    let first = text.lines().next().unwrap_or_default();
    let ulid = first.strip_prefix("callside-").unwrap_or_default();
    assert_eq!(ulid.len(), 26, "{text:?}");
    assert!(ulid.chars().all(|c| c.is_ascii_alphanumeric()), "{text:?}");
}
