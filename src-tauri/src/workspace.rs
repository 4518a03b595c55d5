//! A telephony service's own page, framed: who is signed in there, and what it says of calls.
//!
//! Aircall's Workspace and Allo's dialler run in a frame of a page of ours, each in a window that
//! may call no command. What they say reaches the app through one entrance ([`server`]), and
//! everything about it is doubted: names that are not on the list are refused, and no call is taken
//! from anybody else's sign-in. [`vendor`] says what differs between the services, [`window`] makes
//! the window.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use callside_core::call::CallEvent;
use callside_core::cloud_call::same_address;
use callside_core::ports::Clock;
use callside_telephony::allo::dialer::Shape;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use crate::text::Text;
use crate::wire::LanguageWord;
use crate::wiring::lock;

pub mod follow;
pub mod not_understood;
pub mod server;
pub mod vendor;
pub mod window;

use vendor::{News, Vendor};

#[cfg(test)]
mod tests;

/// How long the page may stand there without anybody signed in before the agent is told.
pub const SIGNS_IN_WITHIN: Duration = Duration::from_secs(20);
/// Longer than the vendor's two seconds, twice, and the page's patience between.
const ANSWERS_WITHIN: Duration = Duration::from_secs(8);
/// Things that wait to be read by the page.
const MOST_SAID: usize = 32;

/// Takes what the Workspace says of calls.
pub trait CallNews: Send + Sync {
    /// Something happened to a call, and it is not somebody else's.
    fn happened(&self, event: CallEvent);

    /// A message that nobody understands yet, whoever is signed in.
    fn not_understood(&self, shape: Shape);

    /// Whether one of its calls goes on.
    fn goes_on(&self) -> bool;
}

/// How the Workspace stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The page loads.
    Starting,
    /// The page is there, and for a while nobody has been signed in: the frame was refused, is not
    /// activated, or the agent has yet to sign in.
    Silent,
    /// The service's page is there and does not tell who is signed in. Calls are taken: what tells
    /// of calls is signed in.
    There,
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
    #[error("take from a framed page: unknown name")]
    UnknownName,
    /// The value has another shape.
    #[error("take from a framed page: unknown shape")]
    UnknownShape,
    /// Nobody, or somebody else, is signed in.
    #[error("take from a framed page: the agent is not signed in")]
    NotSignedIn,
}

/// Why the Workspace did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskFailed {
    /// There is no page, or the agent is not signed in.
    #[error("ask a framed page: it is not there")]
    NotThere,
    /// No answer came; it may have done it.
    #[error("ask a framed page: no answer")]
    NoAnswer,
    /// It refused because the agent is in a call.
    #[error("ask a framed page: the agent is in a call")]
    InCall,
    /// It refused.
    #[error("ask a framed page: it refused")]
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
    service: &'static str,
    name: &'static str,
    language: LanguageWord,
    theme: Option<&'static str>,
    frame_url: String,
    allow: String,
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
    /// Whether calls are taken.
    pub fn takes_calls(self) -> bool {
        matches!(self, Self::SignedIn | Self::There)
    }

    /// What is and what to do, for people. `page` is the origin of our page, which a service may
    /// have to activate.
    pub fn words(self, vendor: &Vendor, page: &str, text: &Text) -> StandingWords {
        let (tone, id, advises) = match self {
            Self::Starting => ("quiet", "starting", false),
            Self::Silent => ("warn", "silent", true),
            Self::There => ("good", "there", true),
            Self::SignedIn => ("good", "signed-in", false),
            Self::OtherAgent => ("warn", "other-agent", true),
            Self::AgentNotSet => ("warn", "agent-not-set", true),
            Self::SignedOut { in_call: false } => ("quiet", "signed-out", true),
            Self::SignedOut { in_call: true } => ("warn", "signed-out-in-call", true),
        };
        let values = [("service", vendor.name()), ("page", page)];
        let say = |id: String| text.say_with(&id, &values);
        StandingWords {
            tone,
            title: say(format!("rust-workspace-{id}")),
            advice: advises.then(|| say(format!("rust-workspace-{id}-advice"))),
        }
    }
}

/// What a [`Workspace`] is made of.
pub struct WorkspaceParts {
    /// Whose page it is.
    pub vendor: &'static Vendor,
    /// E-mail address of the one whose calls are taken.
    pub agent: String,
    /// Address of the framed page.
    pub url: url::Url,
    /// Takes what it says of calls.
    pub calls: Arc<dyn CallNews>,
    /// Shows the window.
    pub show: Arc<dyn Fn() + Send + Sync>,
    /// When things happen.
    pub clock: Arc<dyn Clock>,
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
    /// The origin of our page, once it is served.
    served_at: OnceLock<String>,
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

impl Workspace {
    /// A Workspace whose page is not there yet.
    pub fn new(parts: WorkspaceParts) -> Self {
        Self {
            inner: Arc::new(Inner {
                parts,
                standing: watch::Sender::new(Standing::Starting),
                served_at: OnceLock::new(),
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
        let parts = &self.inner.parts;
        let page = self.inner.served_at.get().map_or("", String::as_str);
        self.standing().words(parts.vendor, page, &parts.text)
    }

    /// Whose page it is.
    pub fn vendor(&self) -> &'static Vendor {
        self.inner.parts.vendor
    }

    /// Our page is served at this origin from now on.
    fn served_at(&self, origin: String) {
        // A second server of one Workspace is of no interest to anybody.
        let _ = self.inner.served_at.set(origin);
    }

    /// The framed page's origin; nothing else may be framed.
    pub fn origin(&self) -> String {
        self.inner.parts.url.origin().ascii_serialization()
    }

    /// Takes what the page says.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing has changed then.
    pub fn hear(&self, name: &str, value: Value) -> Result<(), NotTaken> {
        let parts = &self.inner.parts;
        match name {
            "ready" => self.page_is_ready(),
            "reply" => self.replied(value)?,
            _ => match (parts.vendor.read)(name, &value, parts.clock.now())? {
                News::There => self.is_there(),
                News::SignedIn { email } => self.signed_in(email.as_deref()),
                News::SignedOut => self.signed_out(),
                News::Call(event) => {
                    if !self.standing().takes_calls() {
                        return Err(NotTaken::NotSignedIn);
                    }
                    parts.calls.happened(event);
                }
                News::NotUnderstood(shape) => parts.calls.not_understood(shape),
                News::Nothing => {}
            },
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

    /// The service's page came up. Who was told to be signed in there still is.
    fn is_there(&self) {
        let known = [
            Standing::SignedIn,
            Standing::OtherAgent,
            Standing::AgentNotSet,
        ];
        if !known.contains(&self.standing()) {
            self.stand(Standing::There);
        }
    }

    /// Somebody signed in. Where nobody tells who, it is whoever sits here.
    fn signed_in(&self, email: Option<&str>) {
        let agent = self.inner.parts.agent.trim();
        self.stand(match email {
            None => Standing::SignedIn,
            Some(_) if agent.is_empty() => Standing::AgentNotSet,
            Some(email) if same_address(agent, email) => Standing::SignedIn,
            Some(_) => Standing::OtherAgent,
        });
    }

    fn signed_out(&self) {
        // Its calls are kept: what is missing of them is read from the service's own record.
        let ours = self.standing().takes_calls();
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
        let parts = &self.inner.parts;
        let (name, value) = (parts.vendor.dial)(number);
        self.ask(name, value).await?;
        if parts.vendor.agent_calls {
            (parts.show)();
        }
        Ok(())
    }

    async fn ask(&self, name: &'static str, value: Value) -> Result<(), AskFailed> {
        if !self.standing().takes_calls() {
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
        let vendor = parts.vendor;
        let mut notes = vec![parts.text.say(vendor.note)];
        if cfg!(target_os = "linux") {
            notes.push(parts.text.say("rust-workspace-no-audio"));
        }
        let mut frame = parts.url.clone();
        let (name, value) = vendor.query;
        frame.query_pairs_mut().append_pair(name, value);
        Setup {
            service: vendor.label(),
            name: vendor.name(),
            language: parts.text.language(),
            theme: parts.theme,
            frame_url: frame.into(),
            allow: vendor.allow.join("; "),
            notes,
        }
    }
}
