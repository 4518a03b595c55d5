//! The baresip client: against the real softphone with real SIP calls, and against peers that
//! misbehave as a real one does not on request.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod odd_peers;
mod real_calls;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callside_core::call::CallEvent;
use callside_core::ports::{CallEvents, Clock, TelephonyState};
use callside_core::settings;
use callside_telephony::Baresip;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Everything here happens within seconds; only a failure takes this long.
const LONG: Duration = Duration::from_secs(20);

enum Heard {
    Event(CallEvent),
    State(TelephonyState),
}

struct Ear(mpsc::UnboundedSender<Heard>);

impl CallEvents for Ear {
    fn report(&self, event: CallEvent) {
        let _ = self.0.send(Heard::Event(event));
    }

    fn source_changed(&self, name: &str, state: TelephonyState) {
        assert_eq!(name, "baresip");
        let _ = self.0.send(Heard::State(state));
    }
}

struct WallClock;

#[async_trait]
impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, _: Timestamp) {
        unreachable!("the client has no appointments")
    }
}

/// The client, and what it said.
struct Agent {
    baresip: Baresip,
    heard: mpsc::UnboundedReceiver<Heard>,
}

impl Agent {
    fn start(control: &str, domain: &str) -> Self {
        let settings = settings::Baresip {
            control: control.to_owned(),
            domain: domain.to_owned(),
        };
        let (ear, heard) = mpsc::unbounded_channel();
        let baresip = Baresip::start(&settings, Arc::new(Ear(ear)), Arc::new(WallClock));
        Self { baresip, heard }
    }

    async fn hears(&mut self) -> Heard {
        timeout(LONG, self.heard.recv()).await.unwrap().unwrap()
    }

    async fn event(&mut self) -> CallEvent {
        loop {
            if let Heard::Event(event) = self.hears().await {
                return event;
            }
        }
    }

    async fn reaches(&mut self, wanted: TelephonyState) {
        loop {
            if let Heard::State(state) = self.hears().await
                && state == wanted
            {
                return;
            }
        }
    }
}
