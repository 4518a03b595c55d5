//! The local socket over which the command line asks the running instance.
//!
//! One line of JSON is one message. A client sends a [`Request`]; the instance answers with any
//! number of notes and one [`Answer`]. While a sign-in runs, the client may send further lines
//! with what the agent pasted. The socket lies in a folder that only its owner may enter, so
//! whoever reaches it is the agent; still nothing that arrives here can stop the instance, and
//! nobody is waited for longer than is good.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
};

use crate::home::Home;
use crate::wire::DoubleWord;

pub mod orders;
mod server;
mod transport;

pub use server::{Front, Instance};

/// The longest message, in bytes. A note of the longest kind, escaped, fits many times.
const LONGEST: u64 = 1 << 20;
/// How long the instance may take to accept a connection.
const ACCEPTS_WITHIN: Duration = Duration::from_secs(2);
/// How long a hook waits in all: its softphone waits for it.
const HOOK: Duration = Duration::from_millis(150);
/// How long most orders may take; a retry may wait for a fresh look at the CRM.
const ORDER: Duration = Duration::from_secs(60);

/// How a browser-less sign-in proves itself.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The access's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// What becomes of a wrap-up after its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrapUpEnd {
    /// It is filed.
    File,
    /// It is filed, and logged once somebody has the number.
    FileWhenFound,
    /// It is discarded.
    Discard,
}

/// What the command line wants.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// Is anybody there?
    Ping,
    /// Show the desk; a page or `sample`.
    Show {
        /// Which page.
        page: Option<String>,
    },
    /// A link from the operating system.
    Link {
        /// As it came.
        url: String,
    },
    /// A number to dial.
    Dial {
        /// As it was typed.
        number: String,
        /// Whether the agent confirmed it already.
        yes: bool,
    },
    /// What a hook said of a call.
    Call {
        /// `ringing`, `ended` …
        action: String,
        /// The options.
        pairs: Vec<(String, String)>,
    },
    /// Who is this?
    Lookup {
        /// As it was typed.
        number: String,
    },
    /// The call list.
    Calls {
        /// Only calls that began then or later, as RFC 3339.
        since: Option<String>,
    },
    /// A change of a wrap-up.
    WrapUp {
        /// The call.
        call: String,
        /// Replaces the note.
        note: Option<String>,
        /// Replaces the tags.
        tags: Option<Vec<String>>,
        /// Replaces the outcome.
        disposition: Option<String>,
        /// What becomes of it.
        end: Option<WrapUpEnd>,
    },
    /// What is not delivered yet.
    Outbox,
    /// Try a call's deliveries now.
    Retry {
        /// The call.
        call: String,
    },
    /// Sign in to a CRM.
    Connect {
        /// Which.
        connection: String,
        /// The access's id for the browser; the settings' own when absent.
        client_id: Option<String>,
        /// A secret that goes with the sign-in by browser, where the access has one.
        client_secret: Option<String>,
        /// Instead of the browser.
        credentials: Option<Credentials>,
    },
    /// Connect a telephony service by its key.
    ConnectCloud {
        /// Which.
        service: String,
        /// The id that goes with the secret, where the service has one.
        id: String,
        /// The token or key.
        secret: String,
        /// Who the agent is there: an id or an e-mail address.
        agent: Option<String>,
    },
    /// Sign out and forget.
    Disconnect {
        /// Which.
        connection: String,
    },
    /// Copy what changed, or everything.
    Sync {
        /// Everything.
        full: bool,
        /// Contacts that a look at the CRM no longer found: whether they are removed.
        #[serde(default)]
        shrink: Option<bool>,
    },
    /// What is worth tidying in the CRM.
    CleanUp {
        /// As a table rather than as JSON.
        table: bool,
    },
    /// Calls that another program logs too.
    Doubles,
    /// What happens to them.
    SettleDouble {
        /// What.
        choice: DoubleWord,
        /// The softphone; where it is absent, there is only one.
        source: Option<String>,
        /// Only this line.
        line: Option<String>,
    },
    /// How everything stands.
    Status,
    /// What works on this machine.
    Doctor,
    /// What may be sent to whoever helps.
    Bundle,
    /// Put a backup in the journal's place.
    Restore {
        /// The backup's name; `latest` for the newest good one.
        name: String,
    },
}

impl Request {
    fn patience(&self) -> Option<Duration> {
        match self {
            Self::Call { .. } => Some(HOOK),
            // A browser is waited for, and a first copy takes as long as it takes.
            Self::Connect { .. } | Self::Sync { .. } => None,
            _ => Some(ORDER),
        }
    }
}

/// What came of a request.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The exit code: 0 done, 1 failed, 2 wrong usage.
    pub code: i32,
    /// What `--json` prints.
    pub document: Option<Value>,
    /// Why it failed, as a sentence.
    pub error: Option<String>,
}

impl Answer {
    /// Done, nothing to print.
    pub fn done() -> Self {
        Self::default()
    }

    /// Done, with a document.
    pub fn with(document: impl Serialize) -> Self {
        match serde_json::to_value(document) {
            Ok(document) => Self {
                document: Some(document),
                ..Self::default()
            },
            Err(_) => Self::failed("the answer has no JSON form"),
        }
    }

    /// Failed, with a sentence.
    pub fn failed(why: impl Into<String>) -> Self {
        Self {
            code: 1,
            document: None,
            error: Some(why.into()),
        }
    }

    /// Wrong usage, with a sentence.
    pub fn misused(why: impl Into<String>) -> Self {
        Self {
            code: 2,
            ..Self::failed(why)
        }
    }
}

/// One line from the instance.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// Something to tell on the way, such as the address of a sign-in.
    Note(Value),
    /// The end.
    Done(Answer),
}

/// Why the instance gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskFailed {
    /// No instance works with this data folder.
    #[error("ask the running instance: there is none")]
    Nobody,
    /// It ended before it answered.
    #[error("ask the running instance: it ended before it answered")]
    Left,
    /// It did not answer in time.
    #[error("ask the running instance: it does not answer")]
    Silent,
    /// Its answer makes no sense; it may be another version.
    #[error("ask the running instance: its answer cannot be read")]
    Unreadable,
}

/// Asks the running instance. Notes go to `on_note`; lines from `pasted` are sent on to it.
///
/// # Errors
/// [`AskFailed`].
pub async fn ask(
    home: &Home,
    request: &Request,
    on_note: impl FnMut(Value),
    pasted: tokio::sync::mpsc::Receiver<String>,
) -> Result<Answer, AskFailed> {
    let talk = talk(home, request, on_note, pasted);
    match request.patience() {
        Some(patience) => tokio::time::timeout(patience, talk)
            .await
            .unwrap_or(Err(AskFailed::Silent)),
        None => talk.await,
    }
}

async fn talk(
    home: &Home,
    request: &Request,
    mut on_note: impl FnMut(Value),
    mut pasted: tokio::sync::mpsc::Receiver<String>,
) -> Result<Answer, AskFailed> {
    let connecting = transport::connect(home);
    let stream = match tokio::time::timeout(ACCEPTS_WITHIN, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(_)) => return Err(AskFailed::Nobody),
        Err(_) => return Err(AskFailed::Silent),
    };
    let (reading, mut writing) = tokio::io::split(stream);
    let mut reading = BufReader::new(reading);
    let line = serde_json::to_string(request).map_err(|_| AskFailed::Unreadable)?;
    write_line(&mut writing, &line)
        .await
        .map_err(|_| AskFailed::Left)?;
    let mut listening = true;
    let mut buffer = Vec::new();
    loop {
        tokio::select! {
            read = read_line(&mut reading, &mut buffer) => {
                let line = match read {
                    Ok(true) => std::mem::take(&mut buffer),
                    Ok(false) | Err(_) => return Err(AskFailed::Left),
                };
                match serde_json::from_slice(&line).map_err(|_| AskFailed::Unreadable)? {
                    Reply::Note(note) => on_note(note),
                    Reply::Done(answer) => return Ok(answer),
                }
            }
            text = pasted.recv(), if listening => match text {
                Some(text) => {
                    let line = serde_json::to_string(&text).unwrap_or_default();
                    write_line(&mut writing, &line).await.map_err(|_| AskFailed::Silent)?;
                }
                None => listening = false,
            },
        }
    }
}

/// Reads one line into the buffer. False at the end of the stream. What was read of a line stays
/// in the buffer when the reading is given up on, so that it can go on.
async fn read_line(
    reading: &mut (impl AsyncBufRead + Unpin),
    buffer: &mut Vec<u8>,
) -> std::io::Result<bool> {
    let room = LONGEST.saturating_sub(buffer.len() as u64);
    reading.take(room).read_until(b'\n', buffer).await?;
    if buffer.last() == Some(&b'\n') {
        buffer.pop();
        return Ok(true);
    }
    if buffer.len() as u64 >= LONGEST {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    Ok(false)
}

async fn write_line(writing: &mut (impl AsyncWrite + Unpin), line: &str) -> std::io::Result<()> {
    writing.write_all(line.as_bytes()).await?;
    writing.write_all(b"\n").await?;
    writing.flush().await
}
