//! The telephone service's own window, framed: who is signed in there, and what it says of calls.
//!
//! The vendor's Workspace runs in a frame of a page of ours, in a window that may call no command.
//! What it says reaches the app through one entrance ([`server`]), and everything about it is
//! doubted: names that are not on the list are refused, and nothing is taken until the agent of
//! the settings is the one who signed in. [`window`] makes the window.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callside_core::cloud_call::same_address;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use crate::text::Text;
use crate::wire::LanguageWord;
use crate::wiring::lock;

pub mod follow;
pub mod server;
pub mod window;

#[cfg(test)]
mod tests;

/// What the Workspace may say of calls, in the vendor's words.
pub const CALL_EVENTS: [&str; 7] = [
    "incoming_call",
    "call_end_ringtone",
    "outgoing_call",
    "outgoing_answered",
    "call_ended",
    "comment_saved",
    "external_dial",
];
/// How long the page may stand there without anybody signed in before the agent is told.
pub const SIGNS_IN_WITHIN: Duration = Duration::from_secs(20);
/// Longer than the vendor's two seconds, twice, and the page's patience between.
const ANSWERS_WITHIN: Duration = Duration::from_secs(8);
/// Things that wait to be read by the page.
const MOST_SAID: usize = 32;

/// Takes what the Workspace says of calls.
pub trait CallNews: Send + Sync {
    /// One of [`CALL_EVENTS`] and what came with it. Untrusted; only from the agent's own sign-in.
    fn heard(&self, name: &str, value: &Value);

    /// Whether one of its calls goes on.
    fn goes_on(&self) -> bool;
}

/// How the Workspace stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The page loads.
    Starting,
    /// The page is there, and for a while nobody has been signed in: the frame was refused, or the
    /// agent has yet to sign in.
    Silent,
    /// The agent is signed in.
    SignedIn,
    /// Somebody else is; nothing is taken.
    OtherAgent,
    /// Somebody is, and the settings do not say who the agent is; nothing is taken.
    AgentNotSet,
    /// The agent signed out.
    SignedOut {
        /// A call went on meanwhile; it is kept.
        in_call: bool,
    },
}

/// Why something the page said was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Nothing of this name is ever taken.
    #[error("take from the Workspace: unknown name")]
    UnknownName,
    /// The value has another shape.
    #[error("take from the Workspace: unknown shape")]
    UnknownShape,
    /// Nobody, or somebody else, is signed in.
    #[error("take from the Workspace: the agent is not signed in")]
    NotSignedIn,
}

/// Why the Workspace did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskFailed {
    /// There is no page, or the agent is not signed in.
    #[error("ask the Workspace: it is not there")]
    NotThere,
    /// No answer came; it may have done it.
    #[error("ask the Workspace: no answer")]
    NoAnswer,
    /// It refused because the agent is in a call.
    #[error("ask the Workspace: the agent is in a call")]
    InCall,
    /// It refused.
    #[error("ask the Workspace: it refused")]
    Refused,
}

/// What the app says to the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(crate) enum Said {
    /// First of all: what to show.
    Setup { setup: Setup },
    /// How things stand, in words.
    Standing { standing: StandingWords },
    /// A question to the Workspace.
    Ask {
        id: u64,
        name: &'static str,
        value: Value,
    },
}

/// What the page needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Setup {
    language: LanguageWord,
    theme: Option<&'static str>,
    workspace_url: String,
    notes: Vec<String>,
}

/// A [`Standing`] in the agent's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingWords {
    /// `good`, `warn`, `quiet`.
    pub tone: &'static str,
    /// What is.
    pub title: String,
    /// What to do.
    pub advice: Option<String>,
}

impl Standing {
    /// What is and what to do, for people.
    pub fn words(self, text: &Text) -> StandingWords {
        let (tone, id, advises) = match self {
            Self::Starting => ("quiet", "starting", false),
            Self::Silent => ("warn", "silent", true),
            Self::SignedIn => ("good", "signed-in", false),
            Self::OtherAgent => ("warn", "other-agent", true),
            Self::AgentNotSet => ("warn", "agent-not-set", true),
            Self::SignedOut { in_call: false } => ("quiet", "signed-out", true),
            Self::SignedOut { in_call: true } => ("warn", "signed-out-in-call", true),
        };
        StandingWords {
            tone,
            title: text.say(&format!("rust-workspace-{id}")),
            advice: advises.then(|| text.say(&format!("rust-workspace-{id}-advice"))),
        }
    }
}

/// What a [`Workspace`] is made of.
pub struct WorkspaceParts {
    /// E-mail address of the one whose calls are taken.
    pub agent: String,
    /// Address of the Workspace, without a query.
    pub url: url::Url,
    /// Takes what it says of calls.
    pub calls: Arc<dyn CallNews>,
    /// The sentences.
    pub text: Arc<Text>,
    /// `light` or `dark`; None for the system's.
    pub theme: Option<&'static str>,
    /// How long the page may stand there without anybody signed in.
    pub signs_in_within: Duration,
}

/// The Workspace as the app knows it. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

struct Inner {
    parts: WorkspaceParts,
    standing: watch::Sender<Standing>,
    page: Mutex<Option<mpsc::Sender<Said>>>,
    asked: Mutex<BTreeMap<u64, oneshot::Sender<Reply>>>,
    questions: AtomicU64,
    pages: AtomicU64,
}

/// An answer of the Workspace, as the page passes it on.
#[derive(Deserialize)]
struct Reply {
    id: u64,
    ok: bool,
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize)]
struct Login {
    user: User,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    email: Option<String>,
}

impl Workspace {
    /// A Workspace whose page is not there yet.
    pub fn new(parts: WorkspaceParts) -> Self {
        Self {
            inner: Arc::new(Inner {
                parts,
                standing: watch::Sender::new(Standing::Starting),
                page: Mutex::default(),
                asked: Mutex::default(),
                questions: AtomicU64::new(0),
                pages: AtomicU64::new(0),
            }),
        }
    }

    /// How it stands, now and from now on.
    pub fn watch(&self) -> watch::Receiver<Standing> {
        self.inner.standing.subscribe()
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        *self.inner.standing.borrow()
    }

    /// How it stands, for people.
    pub fn words(&self) -> StandingWords {
        self.standing().words(&self.inner.parts.text)
    }

    /// The Workspace's origin; nothing else may be framed.
    pub fn origin(&self) -> String {
        self.inner.parts.url.origin().ascii_serialization()
    }

    /// Takes what the page says.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing has changed then.
    pub fn hear(&self, name: &str, value: Value) -> Result<(), NotTaken> {
        match name {
            "ready" => self.page_is_ready(),
            "login" => self.signed_in(value)?,
            "logout" => self.signed_out(),
            "reply" => self.replied(value)?,
            call if CALL_EVENTS.contains(&call) => {
                if self.standing() != Standing::SignedIn {
                    return Err(NotTaken::NotSignedIn);
                }
                self.inner.parts.calls.heard(call, &value);
            }
            _ => return Err(NotTaken::UnknownName),
        }
        Ok(())
    }

    /// A page begins with nobody signed in. Who does not sign in for a while is told what may be
    /// in the way.
    fn page_is_ready(&self) {
        self.stand(Standing::Starting);
        let page = self.inner.pages.fetch_add(1, Ordering::Relaxed) + 1;
        let workspace = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(workspace.inner.parts.signs_in_within).await;
            let same_page = workspace.inner.pages.load(Ordering::Relaxed) == page;
            if same_page && workspace.standing() == Standing::Starting {
                workspace.stand(Standing::Silent);
            }
        });
    }

    fn signed_in(&self, value: Value) -> Result<(), NotTaken> {
        let login: Login = serde_json::from_value(value).map_err(|_| NotTaken::UnknownShape)?;
        let agent = self.inner.parts.agent.trim();
        let email = login.user.email.unwrap_or_default();
        self.stand(if agent.is_empty() {
            Standing::AgentNotSet
        } else if same_address(agent, &email) {
            Standing::SignedIn
        } else {
            Standing::OtherAgent
        });
        Ok(())
    }

    fn signed_out(&self) {
        // Its calls are kept: what is missing of them is read from the service's own record.
        let ours = self.standing() == Standing::SignedIn;
        let in_call = ours && self.inner.parts.calls.goes_on();
        self.stand(Standing::SignedOut { in_call });
    }

    fn replied(&self, value: Value) -> Result<(), NotTaken> {
        let reply: Reply = serde_json::from_value(value).map_err(|_| NotTaken::UnknownShape)?;
        if let Some(asked) = lock(&self.inner.asked).remove(&reply.id) {
            // Whoever asked may have gone.
            let _ = asked.send(reply);
        }
        Ok(())
    }

    fn stand(&self, standing: Standing) {
        self.inner.standing.send_if_modified(|now| {
            let changed = *now != standing;
            *now = standing;
            changed
        });
        self.say(Said::Standing {
            standing: self.words(),
        });
    }

    /// Fills the number in, in the Workspace. The agent, or the Workspace, starts the call.
    ///
    /// # Errors
    /// [`AskFailed`].
    pub async fn dial(&self, number: &str) -> Result<(), AskFailed> {
        let value = serde_json::json!({ "phone_number": number });
        self.ask("dial_number", value).await
    }

    async fn ask(&self, name: &'static str, value: Value) -> Result<(), AskFailed> {
        if self.standing() != Standing::SignedIn {
            return Err(AskFailed::NotThere);
        }
        let id = self.inner.questions.fetch_add(1, Ordering::Relaxed);
        let (sender, reply) = oneshot::channel();
        lock(&self.inner.asked).insert(id, sender);
        if !self.say(Said::Ask { id, name, value }) {
            lock(&self.inner.asked).remove(&id);
            return Err(AskFailed::NotThere);
        }
        let reply = tokio::time::timeout(ANSWERS_WITHIN, reply).await;
        lock(&self.inner.asked).remove(&id);
        match reply {
            Ok(Ok(reply)) if reply.ok => Ok(()),
            Ok(Ok(reply)) => Err(match reply.code.as_deref() {
                Some("in_call") => AskFailed::InCall,
                Some("no_answer") => AskFailed::NoAnswer,
                Some("not_ready") => AskFailed::NotThere,
                _ => AskFailed::Refused,
            }),
            _ => Err(AskFailed::NoAnswer),
        }
    }

    /// False when no page listens, or it listens no more.
    fn say(&self, said: Said) -> bool {
        let page = lock(&self.inner.page).clone();
        page.is_some_and(|page| page.try_send(said).is_ok())
    }

    /// A page listens from now on, in the place of one before.
    fn open_page(&self) -> mpsc::Receiver<Said> {
        let (page, said) = mpsc::channel(MOST_SAID);
        *lock(&self.inner.page) = Some(page);
        self.say(Said::Setup {
            setup: self.setup(),
        });
        self.say(Said::Standing {
            standing: self.words(),
        });
        said
    }

    fn setup(&self) -> Setup {
        let parts = &self.inner.parts;
        let mut notes = vec![parts.text.say("rust-workspace-one-only")];
        if cfg!(target_os = "linux") {
            notes.push(parts.text.say("rust-workspace-no-audio"));
        }
        Setup {
            language: parts.text.language(),
            theme: parts.theme,
            workspace_url: parts.url.as_str().trim_end_matches('/').to_owned(),
            notes,
        }
    }
}
