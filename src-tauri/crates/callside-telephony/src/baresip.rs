//! baresip, over the control port of its module `ctrl_tcp`.
//!
//! The connection is kept for ever: baresip may start after Callside and be restarted under it.
//! Only an answer to our greeting makes it a connection, since something else may own the port.
//! Calls that were open when the connection broke are left alone; nothing about them is invented,
//! and baresip's own list of calls carries no ids by which they could be taken up again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use callside_core::ports::{CallEvents, Clock, DialError, Dialed, Telephony, TelephonyState};
use callside_core::settings;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::digits;

mod events;
mod frames;

use events::Watched;
use frames::Frames;

/// Name of the source and `app` of its events.
const NAME: &str = "baresip";
/// baresip is on this computer or near; an answer takes milliseconds.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
const FIRST_RETRY: Duration = Duration::from_millis(200);
const LONGEST_RETRY: Duration = Duration::from_secs(5);
/// A connection that held this long was a good one; the next try comes soon again.
const GOOD_CONNECTION: Duration = Duration::from_secs(10);

/// The connection to baresip. Dropping it ends the connection.
pub struct Baresip {
    domain: String,
    wishes: mpsc::Sender<Wish>,
    state: Arc<State>,
    _running: DropGuard,
}

impl fmt::Debug for Baresip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Baresip")
            .field("state", &self.state.get())
            .finish_non_exhaustive()
    }
}

/// A dial command on its way, and who waits for the answer.
struct Wish {
    params: String,
    answer: oneshot::Sender<bool>,
}

struct State {
    now: Mutex<TelephonyState>,
    /// The accounts whose calls were heard of.
    lines: Mutex<BTreeSet<String>>,
    events: Arc<dyn CallEvents>,
}

impl State {
    fn lines(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self) -> TelephonyState {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: TelephonyState) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if *now == state {
            return;
        }
        *now = state;
        drop(now);
        self.events.source_changed(NAME, state);
    }
}

impl Baresip {
    /// Connects to the control port named in the settings, and again whenever the connection is
    /// lost. An empty `control` is off. Needs a tokio runtime.
    pub fn start(
        settings: &settings::Baresip,
        events: Arc<dyn CallEvents>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let control = settings.control.trim().to_owned();
        let (wishes, wished) = mpsc::channel(8);
        let ended = CancellationToken::new();
        let state = Arc::new(State {
            now: Mutex::new(TelephonyState::Off),
            lines: Mutex::default(),
            events,
        });
        if !control.is_empty() {
            state.set(TelephonyState::Disconnected);
            let line = Line {
                control,
                wished,
                state: Arc::clone(&state),
                clock,
            };
            let until = ended.clone();
            tokio::spawn(async move { until.run_until_cancelled(line.keep()).await });
        }
        Self {
            domain: settings.domain.trim().to_owned(),
            wishes,
            state,
            _running: ended.drop_guard(),
        }
    }

    /// What baresip is asked to call.
    fn params(&self, digits: &str) -> Result<String, DialError> {
        if self.domain.is_empty() {
            return Ok(digits.to_owned());
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".:-_[];=".contains(c);
        if !self.domain.chars().all(allowed) {
            return Err(DialError::BadSetting {
                key: "telephony.baresip.domain",
            });
        }
        Ok(format!("sip:{digits}@{}", self.domain))
    }
}

#[async_trait]
impl Telephony for Baresip {
    fn name(&self) -> &str {
        NAME
    }

    fn state(&self) -> TelephonyState {
        self.state.get()
    }

    /// With several accounts baresip picks one by rules of its own.
    fn line(&self) -> Option<String> {
        let lines = self.state.lines();
        let only = lines.len() == 1;
        lines.first().filter(|_| only).cloned()
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        let params = self.params(digits::checked(digits)?)?;
        match self.state() {
            TelephonyState::Off => return Err(DialError::NotSetUp),
            TelephonyState::Disconnected => return Err(DialError::Unreachable),
            TelephonyState::Connected => {}
        }
        let (answer, answered) = oneshot::channel();
        self.wishes
            .try_send(Wish { params, answer })
            .map_err(|_| DialError::Unreachable)?;
        match timeout(ANSWERS_WITHIN, answered).await {
            Ok(Ok(true)) => Ok(Dialed::Placed),
            Ok(Ok(false)) => Err(DialError::Refused),
            // The connection broke, or baresip said nothing.
            Ok(Err(_)) | Err(_) => Err(DialError::Unreachable),
        }
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum LineLost {
    #[error("speak with baresip: the connection broke")]
    Broken(#[from] io::Error),
    #[error("speak with baresip: it closed the connection")]
    Closed,
    #[error("speak with baresip: what answers is not baresip")]
    Foreign(#[from] frames::FrameError),
    #[error("speak with baresip: nothing answers")]
    Silent,
}

/// The task that keeps the connection.
struct Line {
    control: String,
    wished: mpsc::Receiver<Wish>,
    state: Arc<State>,
    clock: Arc<dyn Clock>,
}

impl Line {
    async fn keep(mut self) {
        let mut wait = FIRST_RETRY;
        loop {
            let since = Instant::now();
            let Err(lost) = self.speak().await;
            self.state.set(TelephonyState::Disconnected);
            tracing::debug!(error = %lost, "baresip is not reachable");
            // Wishes from before must not dial when the connection is back.
            while self.wished.try_recv().is_ok() {}
            if since.elapsed() >= GOOD_CONNECTION {
                wait = FIRST_RETRY;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_RETRY);
        }
    }

    /// Holds one connection for as long as it lasts.
    async fn speak(&mut self) -> Result<std::convert::Infallible, LineLost> {
        let mut talk = Talk::begin(&self.control).await?;
        loop {
            let (greeted, patient_until) = (talk.greeted, talk.patient_until);
            tokio::select! {
                message = talk.next_message() => {
                    let Some(message) = message? else { continue };
                    talk.hear(&message, &self.state, self.clock.as_ref());
                }
                Some(wish) = self.wished.recv(), if greeted => talk.dial(wish).await?,
                () = tokio::time::sleep_until(patient_until), if !greeted => {
                    return Err(LineLost::Silent);
                }
            }
        }
    }
}

/// One connection.
struct Talk {
    stream: TcpStream,
    frames: Frames,
    watched: Watched,
    greeted: bool,
    patient_until: Instant,
    last_token: u64,
    waiting: BTreeMap<String, oneshot::Sender<bool>>,
}

/// The greeting's token. The command changes nothing; any answer will do.
const GREETING: &str = "callside-0";

impl Talk {
    async fn begin(control: &str) -> Result<Self, LineLost> {
        let stream = timeout(ANSWERS_WITHIN, TcpStream::connect(control))
            .await
            .map_err(|_| LineLost::Silent)??;
        stream.set_nodelay(true)?;
        let mut talk = Self {
            stream,
            frames: Frames::default(),
            watched: Watched::default(),
            greeted: false,
            patient_until: Instant::now() + ANSWERS_WITHIN,
            last_token: 0,
            waiting: BTreeMap::new(),
        };
        talk.send(&json!({"command": "reginfo", "token": GREETING}))
            .await?;
        Ok(talk)
    }

    async fn send(&mut self, command: &Value) -> Result<(), LineLost> {
        let frame = frames::frame(command.to_string().as_bytes());
        timeout(ANSWERS_WITHIN, self.stream.write_all(&frame))
            .await
            .map_err(|_| LineLost::Silent)??;
        Ok(())
    }

    async fn dial(&mut self, wish: Wish) -> Result<(), LineLost> {
        self.waiting.retain(|_, answer| !answer.is_closed());
        // Whoever asked has given up, and was told so: dialling now would surprise.
        if wish.answer.is_closed() {
            return Ok(());
        }
        self.last_token += 1;
        let token = format!("callside-{}", self.last_token);
        let command = json!({"command": "dial", "params": wish.params, "token": token});
        self.waiting.insert(token, wish.answer);
        self.send(&command).await
    }

    /// The next message, or None when more bytes are needed. Safe to give up half-way.
    async fn next_message(&mut self) -> Result<Option<Value>, LineLost> {
        if let Some(frame) = self.frames.take()? {
            // A frame that is not JSON says nothing, and hides nothing of the next.
            return Ok(serde_json::from_slice(&frame).ok());
        }
        let mut bytes = [0; 4096];
        let count = self.stream.read(&mut bytes).await?;
        if count == 0 {
            return Err(LineLost::Closed);
        }
        self.frames.push(bytes.get(..count).unwrap_or_default());
        Ok(None)
    }

    fn hear(&mut self, message: &Value, state: &State, clock: &dyn Clock) {
        if message.get("response").and_then(Value::as_bool) == Some(true) {
            self.hear_answer(message, state);
        } else if message.get("event").and_then(Value::as_bool) == Some(true)
            && let Some(event) = self.watched.read(message, clock.now())
        {
            state.lines().extend(event.line.clone());
            state.events.report(event);
        }
    }

    fn hear_answer(&mut self, message: &Value, state: &State) {
        let Some(token) = message.get("token").and_then(Value::as_str) else {
            return;
        };
        if token == GREETING {
            self.greeted = true;
            state.set(TelephonyState::Connected);
        } else if let Some(answer) = self.waiting.remove(token) {
            let ok = message.get("ok").and_then(Value::as_bool).unwrap_or(false);
            // Nobody may be waiting any more.
            let _ = answer.send(ok);
        }
    }
}
