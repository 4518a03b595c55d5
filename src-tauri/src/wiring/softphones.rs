//! The telephony sources, as the settings want them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use callside_core::ports::{CallEvents, Clock, TelephonyState};
use callside_core::settings::Settings;
use callside_engine::Engine;
use callside_telephony::{Baresip, CommandDialer, HookKey, LinkDialer, Listener, SystemOpener};

use super::cloud::{Clouds, Service};
use super::lock;
use crate::handlers::leads_back;

/// The softphones and the HTTP listener of an app.
pub struct Softphones {
    engine: Engine,
    clock: Arc<dyn Clock>,
    key: HookKey,
    listener: Mutex<Option<Listener>>,
    trouble: Mutex<Option<String>>,
}

impl Softphones {
    pub(super) fn new(engine: Engine, clock: Arc<dyn Clock>) -> Self {
        Self {
            engine,
            clock,
            key: HookKey::new(""),
            listener: Mutex::default(),
            trouble: Mutex::default(),
        }
    }

    /// Makes the sources that are new or were changed since `before`; all of them without it.
    pub(super) async fn wire(&self, settings: &Settings, key: &str, before: Option<&Settings>) {
        self.key.renew(key);
        let now = &settings.telephony;
        let then = before.map(|before| &before.telephony);
        let events: Arc<dyn CallEvents> = Arc::new(self.engine.clone());
        if then.is_none_or(|then| then.baresip != now.baresip) {
            self.engine.remove_telephony("baresip");
            let source = Baresip::start(&now.baresip, events.clone(), self.clock.clone());
            self.engine.add_telephony(Arc::new(source));
        }
        if then.is_none_or(|then| then.link != now.link) {
            let opener = Arc::new(SystemOpener(leads_back));
            let source = LinkDialer::new(&now.link.dial, opener);
            self.engine.add_telephony(Arc::new(source));
        }
        if then.is_none_or(|then| then.command != now.command) {
            let source = CommandDialer::new(now.command.dial.clone());
            self.engine.add_telephony(Arc::new(source));
        }
        if before.is_none_or(|before| before.hooks != settings.hooks) {
            self.listen(settings, events).await;
        }
    }

    async fn listen(&self, settings: &Settings, events: Arc<dyn CallEvents>) {
        let old = lock(&self.listener).take();
        if let Some(old) = old {
            old.stop().await;
        }
        *lock(&self.trouble) = None;
        if !settings.hooks.http {
            return;
        }
        let clock = Arc::clone(&self.clock);
        match Listener::start(&settings.hooks, self.key.clone(), events, clock).await {
            Ok(listener) => *lock(&self.listener) = Some(listener),
            Err(error) => {
                tracing::error!(%error, "the listener for hooks does not run");
                *lock(&self.trouble) = Some(error.to_string());
            }
        }
    }

    pub(super) fn renew_key(&self, key: &str) {
        self.key.renew(key);
    }

    /// Where the listener for hooks runs; None when it does not.
    pub fn listens_at(&self) -> Option<SocketAddr> {
        lock(&self.listener).as_ref().map(Listener::address)
    }

    /// Why the listener does not run although it should.
    pub fn listener_trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    pub(super) async fn stop(&self) {
        let listener = lock(&self.listener).take();
        if let Some(listener) = listener {
            listener.stop().await;
        }
        for (name, state) in self.engine.telephony_states() {
            if state != TelephonyState::Off {
                self.engine.remove_telephony(&name);
            }
        }
    }
}

/// The sources by the settings alone, while nobody speaks to them.
pub(super) fn resting(settings: &Settings, clouds: &Clouds) -> Vec<(String, TelephonyState)> {
    let telephony = &settings.telephony;
    let off = |service| clouds.account(service).is_none();
    let sources = [
        ("aircall", off(Service::Aircall)),
        ("allo", off(Service::Allo)),
        ("baresip", telephony.baresip.control.trim().is_empty()),
        ("command", telephony.command.dial.is_empty()),
        ("link", telephony.link.dial.trim().is_empty()),
    ];
    sources
        .into_iter()
        .map(|(name, off)| {
            let state = if off {
                TelephonyState::Off
            } else {
                TelephonyState::Disconnected
            };
            (name.to_owned(), state)
        })
        .collect()
}
