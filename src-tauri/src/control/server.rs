//! The running instance's side of the socket.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::orders::{Talk, carry_out};
use super::transport::{Door, Stream};
use super::{Answer, Reply, Request, read_line, write_line};
use crate::home::{Home, InstanceLock, LockFailed};
use crate::text::Text;
use crate::wiring::App;

/// Clients at once; more wait at the door.
const AT_ONCE: usize = 64;
/// A client says what it wants within this time, and takes each line of the answer within it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Opening the data takes no longer than this, unless the agent is asked for something.
const OPENS_WITHIN: Duration = Duration::from_secs(15);

/// The windows, as far as the command line needs them.
pub trait Front: Send + Sync {
    /// Shows the desk, on a page where one is named. The name comes from a link and may be none.
    fn show_desk(&self, page: Option<String>);

    /// Shows the card: a dial request waits there.
    fn show_card(&self);

    /// Takes a link that the handler doctor sent to see whether it arrives. False for any other.
    fn take_test_link(&self, link: &str) -> bool;
}

/// This process as the one that works with the data folder. Others talk to it over the socket.
pub struct Instance {
    home: Home,
    _lock: InstanceLock,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Default)]
pub(super) struct Shared {
    app: Mutex<Option<App>>,
    front: Mutex<Option<Arc<dyn Front>>>,
    /// Whether opening the data came to an end, be it that the agent is asked for something.
    settled: watch::Sender<bool>,
}

impl Shared {
    /// The app, once opening it came to an end.
    async fn settled_app(&self) -> Option<App> {
        let mut settled = self.settled.subscribe();
        let opening = settled.wait_for(|settled| *settled);
        // Gone or late, there is the same to say: nothing is open.
        let _ = tokio::time::timeout(OPENS_WITHIN, opening).await;
        self.app()
    }

    fn app(&self) -> Option<App> {
        self.app
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn front(&self) -> Option<Arc<dyn Front>> {
        self.front
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Instance {
    /// Takes the data folder for this process.
    ///
    /// # Errors
    /// [`LockFailed::Taken`] while another instance has it.
    pub fn take(home: &Home) -> Result<Self, LockFailed> {
        Ok(Self {
            _lock: home.lock()?,
            home: home.clone(),
            shared: Arc::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// Begins to answer the command line. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn serve(&self) -> io::Result<()> {
        let door = Door::open(&self.home)?;
        let serving = serve(door, Arc::clone(&self.shared), self.tasks.clone());
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(serving).await;
        });
        Ok(())
    }

    /// The app that answers from now on; None while nothing can be opened, as before the
    /// passphrase.
    pub fn put(&self, app: Option<App>) {
        *self
            .shared
            .app
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = app;
        self.shared.settled.send_replace(true);
    }

    /// The app that answers.
    pub fn app(&self) -> Option<App> {
        self.shared.app()
    }

    /// The windows, once there are some.
    pub fn set_front(&self, front: Arc<dyn Front>) {
        *self
            .shared
            .front
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(front);
    }

    /// The folders.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Ends the answering. The folder is free once the instance is dropped.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(Duration::from_millis(500), self.tasks.wait()).await;
    }
}

async fn serve(mut door: Door, shared: Arc<Shared>, tasks: TaskTracker) {
    let seats = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
            return;
        };
        match door.knock().await {
            Ok(stream) => {
                let shared = Arc::clone(&shared);
                tasks.spawn(async move {
                    if let Err(error) = answer(stream, &shared).await {
                        tracing::debug!(kind = ?error.kind(), "a client of the control socket left");
                    }
                    drop(seat);
                });
            }
            Err(error) => {
                // Out of file handles, for one; it passes.
                tracing::warn!(kind = ?error.kind(), "the control socket failed");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

async fn answer(stream: Stream, shared: &Arc<Shared>) -> io::Result<()> {
    let (reading, mut writing) = tokio::io::split(stream);
    let mut reading = BufReader::new(reading);
    let mut line = Vec::new();
    let asked = tokio::time::timeout(PATIENCE, read_line(&mut reading, &mut line)).await;
    if !asked.map_err(|_| io::ErrorKind::TimedOut)?? {
        return Ok(());
    }
    let request: Request = match serde_json::from_slice(&line) {
        Ok(request) => request,
        Err(_) => {
            let answer = Answer::failed("the request cannot be read; is it another version?");
            return reply(&mut writing, &Reply::Done(answer)).await;
        }
    };
    let (notes, mut noted) = mpsc::channel(16);
    let (heard_in, heard) = mpsc::channel(4);
    let work = work(request, shared, Talk { notes, heard });
    tokio::pin!(work);
    let mut more = Vec::new();
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            Some(note) = noted.recv() => reply(&mut writing, &Reply::Note(note)).await?,
            answer = &mut work => return reply(&mut writing, &Reply::Done(answer)).await,
            read = read_line(&mut reading, &mut more), if open => match read {
                Ok(true) => {
                    let text = serde_json::from_slice(&std::mem::take(&mut more));
                    if let Ok(text) = text {
                        // A client that talks more than anybody listens is not waited for.
                        let _ = heard_in.try_send(text);
                    }
                }
                // The client is gone: what it asked for is done all the same, unless it waits
                // for the agent.
                Ok(false) | Err(_) => {
                    open = false;
                    let _ = heard_in.try_send(String::new());
                }
            },
        }
    }
}

async fn work(request: Request, shared: &Arc<Shared>, talk: Talk) -> Answer {
    let front = shared.front();
    let app = match (shared.app(), &request) {
        (Some(app), _) => Some(app),
        (None, Request::Ping | Request::Show { .. }) => None,
        (None, Request::Call { .. }) if !*shared.settled.borrow() => {
            // A softphone does not wait as long as opening may take.
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                if let Some(app) = shared.settled_app().await {
                    carry_out(&app, request, shared.front().as_deref(), talk).await;
                }
            });
            return Answer::done();
        }
        (None, _) => shared.settled_app().await,
    };
    let Some(app) = app else {
        // The windows are there to ask for what is missing, such as the passphrase.
        match (&request, &front) {
            (Request::Ping, _) => return Answer::done(),
            (Request::Show { .. }, Some(front)) => {
                front.show_desk(None);
                return Answer::done();
            }
            _ => {}
        }
        let text = Text::of(callside_core::settings::Language::System);
        return Answer::failed(text.say("rust-error-not-open-yet"));
    };
    carry_out(&app, request, front.as_deref(), talk).await
}

async fn reply(
    writing: &mut (impl tokio::io::AsyncWrite + Unpin),
    reply: &Reply,
) -> io::Result<()> {
    let line = serde_json::to_string(reply).map_err(|_| io::ErrorKind::InvalidData)?;
    match tokio::time::timeout(PATIENCE, write_line(writing, &line)).await {
        Ok(written) => written,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
