//! `callside run --headless`: the engine without windows, one JSON line per event on stdout.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use callside_core::id::CallId;
use callside_engine::events::{Card, EngineEvent, PendingDial};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::control::Instance;
use crate::home::Home;
use crate::shapes;
use crate::wire::{CallShape, MatchShape};
use crate::wiring::keychain::Unlock;
use crate::wiring::{App, Mode};

/// How many calls are remembered, so that a line is printed only when something changed.
const REMEMBERED: usize = 1_000;

/// Runs until it is told to end. `Err` carries the sentence to print.
///
/// # Errors
/// When the folder is taken, the data cannot be opened, or stdout is gone.
pub async fn run(home: &Home, instance: &Instance) -> Result<(), String> {
    let mut ending = Ending::watch().map_err(|error| error.to_string())?;
    let app = App::open(home, Mode::Normal, Unlock::Auto)
        .await
        .map_err(|error| crate::cli::open_failed(home, &error))?;
    if let Some(broken) = app.broken_settings() {
        crate::cli::say_error(&broken.to_string());
    }
    instance.put(Some(app.clone()));
    let served = instance.serve().map_err(|error| error.to_string());
    let done = match served {
        Ok(()) => print_events(&app, &mut ending)
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error),
    };
    instance.put(None);
    instance.close().await;
    app.stop().await;
    done
}

async fn print_events(app: &App, ending: &mut Ending) -> io::Result<()> {
    let mut events = app.events();
    let mut printer = Printer::default();
    print(&json!({ "event": "ready" }))?;
    loop {
        tokio::select! {
            wish = ending.wish() => match wish {
                Wish::End => return Ok(()),
                Wish::Reload => app.reload_settings().await,
            },
            event = events.recv() => match event {
                Ok(event) => printer.take(app, event).await?,
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "stdout is read too slowly, events were dropped");
                }
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}

/// Returns once the system asks this process to end: SIGTERM, Ctrl+C.
pub async fn asked_to_end() {
    let Ok(mut ending) = Ending::watch() else {
        return std::future::pending().await;
    };
    while let Wish::Reload = ending.wish().await {}
}

#[derive(Default)]
struct Printer {
    matches: BTreeMap<CallId, Vec<MatchShape>>,
    calls: BTreeMap<CallId, CallShape>,
}

/// The first thing a call's line says.
#[derive(Serialize)]
struct CardLine<'a> {
    event: &'static str,
    call: &'a str,
    remote_number: Option<String>,
    matches: &'a [MatchShape],
}

impl Printer {
    async fn take(&mut self, app: &App, event: EngineEvent) -> io::Result<()> {
        match event {
            EngineEvent::Card(card) => {
                self.card(&card)?;
                self.call(app, &card.record.call.id).await
            }
            EngineEvent::Call(call) => self.call(app, &call.id).await,
            EngineEvent::DialRequest(pending) => print(&dial_request(&pending)),
            EngineEvent::Filed(id) => {
                print(&json!({ "event": "filed", "call": id.as_str() }))?;
                self.call(app, &id).await
            }
            EngineEvent::Unfiled(id) => self.call(app, &id).await,
            EngineEvent::Delivery(entry) => {
                let delivery = shapes::delivery(&entry, &app.text());
                print(&json!({
                    "event": "delivery",
                    "call": entry.call.as_str(),
                    "delivery": delivery,
                }))?;
                self.call(app, &entry.call).await
            }
            EngineEvent::Sync(connection, progress) => print(&json!({
                "event": "sync",
                "connection": connection.as_str(),
                "done": progress.done,
                "total": progress.total,
                "finished": progress.finished,
            })),
            EngineEvent::Connection(name, state) => print(&json!({
                "event": "connection",
                "name": name.as_str(),
                "state": shapes::connection_state(&state),
                "reason": app.text().connection_reason(name.as_str(), &state),
            })),
            EngineEvent::Notice(notice) => {
                tracing::warn!(?notice, "something the agent should know");
                Ok(())
            }
            EngineEvent::Double(double) => print(&json!({
                "event": "double",
                "connection": double.connection.as_str(),
                "call": double.call.as_str(),
                "source": double.source,
                "line": double.line,
                "remote_id": double.remote_id.as_str(),
            })),
            EngineEvent::Import(name, progress) => print(&json!({
                "event": "import",
                "name": name,
                "done": progress.done,
                "total": progress.total,
                "new": progress.new,
                "finished": progress.finished,
            })),
            EngineEvent::CloudSend(send) => self.call(app, &send.call).await,
            EngineEvent::DialRequestClosed(_)
            | EngineEvent::Telephony(..)
            | EngineEvent::Cloud(..)
            | EngineEvent::Recording(..)
            | EngineEvent::EnrichOffered(_) => Ok(()),
        }
    }

    /// Printed before the call is even on disk: whoever listens wants the name at once.
    fn card(&mut self, card: &Card) -> io::Result<()> {
        let call = &card.record.call;
        let matches: Vec<MatchShape> = card.matches.iter().map(shapes::found).collect();
        if self.matches.get(&call.id) == Some(&matches) {
            return Ok(());
        }
        print(&CardLine {
            event: "card",
            call: call.id.as_str(),
            remote_number: shapes::remote_number(call),
            matches: &matches,
        })?;
        remember(&mut self.matches, call.id.clone(), matches);
        Ok(())
    }

    async fn call(&mut self, app: &App, id: &CallId) -> io::Result<()> {
        let record = match app.engine().store().call(id).await {
            Ok(Some(record)) => record,
            // Not on disk yet: its own event follows.
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::error!(%error, "could not read a call");
                return Ok(());
            }
        };
        let shape = shapes::call(&record, &app.text());
        if self.calls.get(id) == Some(&shape) {
            return Ok(());
        }
        print(&json!({ "event": "call", "call": shape }))?;
        remember(&mut self.calls, id.clone(), shape);
        Ok(())
    }
}

/// Ids grow with time, so the first one is the oldest.
fn remember<T>(known: &mut BTreeMap<CallId, T>, id: CallId, what: T) {
    known.insert(id, what);
    if known.len() > REMEMBERED {
        known.pop_first();
    }
}

fn dial_request(pending: &PendingDial) -> Value {
    let warnings: Vec<&str> = pending
        .request
        .warnings
        .iter()
        .map(|warning| warning.as_str())
        .collect();
    json!({
        "event": "dial_request",
        "id": pending.id,
        "number": pending.request.digits,
        "warnings": warnings,
    })
}

fn print(line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()
}

/// What the system wants of us.
pub(crate) enum Wish {
    End,
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix asks for it"))]
    Reload,
}

#[cfg(unix)]
pub(crate) struct Ending {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ending {
    pub(crate) fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub(crate) async fn wish(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::End,
            _ = self.interrupt.recv() => Wish::End,
            _ = self.hang_up.recv() => Wish::Reload,
        }
    }
}

#[cfg(not(unix))]
pub(crate) struct Ending;

#[cfg(not(unix))]
impl Ending {
    pub(crate) fn watch() -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn wish(&mut self) -> Wish {
        let _ = tokio::signal::ctrl_c().await;
        Wish::End
    }
}
