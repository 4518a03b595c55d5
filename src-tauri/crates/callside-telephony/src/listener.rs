//! Hooks over HTTP: `GET` or `POST /v1/call/ringing?from=…&key=…`, answered by 204 and nothing.
//!
//! Desk phones can only fetch an address, and they fill it in carelessly: `from=<sip:…>` with
//! brackets and blanks as they are. HTTP libraries refuse such a request line, so the few lines of
//! HTTP that are needed are read here, leniently where phones need it and strictly everywhere
//! else. One request per connection, and every connection ends within seconds.
//!
//! A page in a browser on this computer reaches the listener too. It is kept out by four things:
//! the key; the `Host` header, which a page under a re-bound name cannot forge; and the `Origin`
//! and `Sec-Fetch-Site` headers, which it cannot leave out. No answer ever allows a page to read it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use callside_core::links::HookCall;
use callside_core::ports::{CallEvents, Clock};
use callside_core::settings::Hooks;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod request;

use request::{Head, Refusal};

/// A phone sends its request at once.
const ASKS_WITHIN: Duration = Duration::from_secs(5);
/// How long a stop waits for answers that are being written.
const STOPS_WITHIN: Duration = Duration::from_secs(2);
/// More phones than any desk has ring at once.
const MOST_CONNECTIONS: usize = 64;
/// So many wrong keys within [`WRONG_KEY_WINDOW`] silence an address until the window is over.
const MOST_WRONG_KEYS: u32 = 10;
const WRONG_KEY_WINDOW: SignedDuration = SignedDuration::from_secs(10);
/// Addresses whose wrong keys are counted.
const MOST_SUSPECTS: usize = 256;
/// Bytes of a refused request that are read and thrown away, so that the answer arrives.
const MOST_THROWN_AWAY: usize = 256 * 1024;

/// The hook key of this install. Clones share it, so it can be renewed while the listener runs.
#[derive(Clone)]
pub struct HookKey(Arc<RwLock<String>>);

impl fmt::Debug for HookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookKey")
    }
}

impl HookKey {
    /// Takes the key. An empty key fits nothing.
    pub fn new(key: impl Into<String>) -> Self {
        Self(Arc::new(RwLock::new(key.into())))
    }

    /// Replaces the key in all clones; the old one fits no more.
    pub fn renew(&self, key: impl Into<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = key.into();
    }

    /// The key, to be shown to the user.
    pub fn shown(&self) -> String {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether this is the key. The time taken does not tell how much of it was right.
    pub fn fits(&self, said: &str) -> bool {
        let key = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !key.is_empty() && bool::from(key.as_bytes().ct_eq(said.as_bytes()))
    }
}

/// Why the listener does not run.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program listens there.
    #[error("listen for hooks: port {port} is taken by another program")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The address in `hooks.bind` is none of this computer's.
    #[error("listen for hooks: the address in hooks.bind is not one of this computer's")]
    AddressNotHere,
    /// Ports under 1024 are often reserved.
    #[error("listen for hooks: port {port} may not be used by this user")]
    NotAllowed {
        /// The port.
        port: u16,
    },
    /// Anything else.
    #[error("listen for hooks")]
    Failed(#[source] io::Error),
}

/// The running listener. Dropping it stops it too, without waiting.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Listener {
    /// Listens where the settings say, whether or not they switch the listener on. Port 0 takes
    /// any free one. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`ListenError`], when nothing can be listened to there.
    pub async fn start(
        settings: &Hooks,
        key: HookKey,
        events: Arc<dyn CallEvents>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ListenError> {
        let wanted = SocketAddr::new(settings.bind, settings.port);
        let port = settings.port;
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => ListenError::PortTaken { port },
            io::ErrorKind::AddrNotAvailable => ListenError::AddressNotHere,
            io::ErrorKind::PermissionDenied => ListenError::NotAllowed { port },
            _ => ListenError::Failed(error),
        };
        let socket = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = socket.local_addr().map_err(ListenError::Failed)?;
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        let desk = Arc::new(FrontDesk {
            allow: settings.allow.iter().map(IpAddr::to_canonical).collect(),
            key,
            events,
            clock,
            suspects: Mutex::default(),
        });
        let door = Door {
            socket,
            desk,
            stopping: stopping.clone(),
            tasks: tasks.clone(),
        };
        tasks.spawn(door.keep());
        tasks.close();
        Ok(Self {
            address,
            stopping,
            tasks,
        })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening; requests that have arrived are answered first, within two seconds.
    pub async fn stop(self) {
        self.stopping.cancel();
        // Whoever is slower than that is cut off with the runtime.
        let _ = timeout(STOPS_WITHIN, self.tasks.wait()).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// Accepts connections from those who may speak.
struct Door {
    socket: TcpListener,
    desk: Arc<FrontDesk>,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Door {
    async fn keep(self) {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        while let Some(accepted) = self
            .stopping
            .run_until_cancelled(self.socket.accept())
            .await
        {
            let Ok((stream, _)) = accepted else {
                // Out of sockets, most likely: trying again at once would only burn time.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                continue;
            };
            let (desk, stopping) = (Arc::clone(&self.desk), self.stopping.clone());
            self.tasks.spawn(async move {
                // The one who hangs up early, or never asks, gets no answer and needs none.
                let _ = timeout(ASKS_WITHIN * 2, desk.serve(stream, &stopping)).await;
                drop(place);
            });
        }
    }
}

/// Both ends of a connection.
#[derive(Clone, Copy)]
struct Ends {
    source: IpAddr,
    local: IpAddr,
}

/// Judges requests.
struct FrontDesk {
    allow: Vec<IpAddr>,
    key: HookKey,
    events: Arc<dyn CallEvents>,
    clock: Arc<dyn Clock>,
    suspects: Mutex<BTreeMap<IpAddr, Suspect>>,
}

/// Wrong keys from one address.
struct Suspect {
    since: Timestamp,
    wrong_keys: u32,
}

impl FrontDesk {
    async fn serve(&self, mut stream: TcpStream, stopping: &CancellationToken) -> io::Result<()> {
        let ends = Ends {
            source: stream.peer_addr()?.ip().to_canonical(),
            local: stream.local_addr()?.ip().to_canonical(),
        };
        if !self.may_speak(ends) {
            return Ok(());
        }
        let answer = match self.read(&mut stream, stopping).await? {
            None => return Ok(()),
            Some(Ok((head, body))) => self.judge(ends, &head, &body),
            Some(Err(refusal)) => Err(refusal),
        };
        if let Err(refusal) = answer {
            tracing::debug!(%refusal, "a hook request is refused");
        }
        stream.write_all(&request::answer(answer)).await?;
        stream.shutdown().await?;
        throw_away(&mut stream).await
    }

    /// This computer and the phones on the list.
    fn may_speak(&self, Ends { source, local }: Ends) -> bool {
        source.is_loopback() || source == local || self.allow.contains(&source)
    }

    /// Reads one request. None when the connection ended before there was one.
    async fn read(
        &self,
        stream: &mut TcpStream,
        stopping: &CancellationToken,
    ) -> io::Result<Option<Result<(Head, Vec<u8>), Refusal>>> {
        let mut bytes = Vec::new();
        loop {
            match Head::parse(&bytes) {
                Err(refusal) => return Ok(Some(Err(refusal))),
                Ok(Some((head, body_at))) => {
                    let mut body = bytes.split_off(body_at);
                    let missing = head.body_len.saturating_sub(body.len());
                    body.truncate(head.body_len);
                    let start = body.len();
                    body.resize(start + missing, 0);
                    if let Some(rest) = body.get_mut(start..) {
                        stream.read_exact(rest).await?;
                    }
                    return Ok(Some(Ok((head, body))));
                }
                Ok(None) => {}
            }
            let more = timeout(ASKS_WITHIN, stream.read_buf(&mut bytes));
            match stopping.run_until_cancelled(more).await {
                Some(Ok(Ok(count))) if count > 0 => {}
                _ => return Ok(None),
            }
        }
    }

    fn judge(&self, ends: Ends, head: &Head, body: &[u8]) -> Result<(), Refusal> {
        head.check_names(|host| is_own_name(host, ends.local))?;
        head.check_not_a_page()?;
        let action = head.action()?;
        let pairs = head.pairs(body)?;
        let call =
            HookCall::from_pairs(action, pairs.into_iter()).map_err(|_| Refusal::Unreadable)?;
        self.check_key(ends.source, call.key.as_deref().unwrap_or_default())?;
        self.events.report(call.into_event(self.clock.now(), true));
        Ok(())
    }

    fn check_key(&self, source: IpAddr, said: &str) -> Result<(), Refusal> {
        let now = self.clock.now();
        let mut suspects = self.suspects.lock().unwrap_or_else(PoisonError::into_inner);
        suspects.retain(|_, suspect| now.duration_since(suspect.since).abs() < WRONG_KEY_WINDOW);
        let wrong_keys = suspects
            .get(&source)
            .map_or(0, |suspect| suspect.wrong_keys);
        // Not even compared: else the answer would still tell a right guess from a wrong one.
        if wrong_keys >= MOST_WRONG_KEYS {
            return Err(Refusal::TooManyWrongKeys);
        }
        if self.key.fits(said) {
            return Ok(());
        }
        if suspects.len() < MOST_SUSPECTS || suspects.contains_key(&source) {
            let new = Suspect {
                since: now,
                wrong_keys: 0,
            };
            suspects.entry(source).or_insert(new).wrong_keys += 1;
        }
        Err(Refusal::WrongKey)
    }
}

/// Whether a `Host` header, or the address in a request line, means this computer. A page under a
/// name that somebody points at us carries that name here.
fn is_own_name(host: &str, local: IpAddr) -> bool {
    if host.eq_ignore_ascii_case("localhost") || host.eq_ignore_ascii_case("localhost.") {
        return true;
    }
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let Ok(ip) = bare.parse::<IpAddr>() else {
        return false;
    };
    let ip = ip.to_canonical();
    // The address the connection came in on is the machine's own, and the bound one if one is.
    ip.is_loopback() || ip == local
}

/// Reads what is still coming. Closing with bytes unread would reset the connection, and the
/// answer could be lost with it.
async fn throw_away(stream: &mut TcpStream) -> io::Result<()> {
    let mut bytes = [0; 4096];
    let mut left = MOST_THROWN_AWAY;
    while left > 0 {
        match timeout(Duration::from_secs(1), stream.read(&mut bytes)).await {
            Ok(Ok(count)) if count > 0 => left = left.saturating_sub(count),
            _ => break,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
