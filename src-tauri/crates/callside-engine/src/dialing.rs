//! From a click to a call.
//!
//! A link never dials: it becomes a dial request that the agent confirms. Only the agent's own
//! acts may dial at once. The call is known before the softphone is asked, so that the softphone's
//! first event finds it.

use callside_core::call::EndReason;
use callside_core::call::{Call, CallEvent, Direction, Happening, Opening, SaidReason};
use callside_core::id::CallId;
use callside_core::links::{
    DialGate, DialRefused, DialRequest, GateAnswer, HookCall, Link, LinkRefused, dial_request,
    parse,
};
use callside_core::ports::{DialError, Dialed, Telephony, TelephonyState};
use callside_core::settings::DialWith;
use callside_store::StoreError;
use jiff::SignedDuration;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

use crate::engine::Engine;
use crate::events::{EngineEvent, Notice, PendingDial};
use crate::live::lock;
use crate::screen_pop::EARLIER_CALLS;

/// How long a dial request from a link is shown before its button works.
pub const FIRST_LOOK: SignedDuration = SignedDuration::from_millis(500);

/// The dial request that waits, and the gate before it.
#[derive(Default)]
pub(crate) struct DialDesk {
    gate: DialGate,
    pending: Option<PendingDial>,
}

/// Who wants a number dialled. All but a link are the agent's own acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A link, from any page or program.
    Link,
    /// The agent, on the command line.
    CommandLine,
    /// The agent, by the global shortcut.
    Shortcut,
    /// The agent, in one of our windows.
    Window,
}

/// Why nothing is dialled.
#[derive(Debug, thiserror::Error)]
pub enum DialFailed {
    /// The number may not be dialled.
    #[error(transparent)]
    Number(#[from] DialRefused),
    /// The link makes no sense.
    #[error(transparent)]
    Link(#[from] LinkRefused),
    /// Links came too fast, or our own number came back.
    #[error("dial: too many requests from links, this one was dropped")]
    Dropped,
    /// The request is not there any more.
    #[error("dial: there is no such request")]
    NoSuchRequest,
    /// The request was confirmed before anybody could have read it.
    #[error("dial: confirmed too early")]
    TooEarly,
    /// The softphone did not take it.
    #[error(transparent)]
    Softphone(#[from] DialError),
    /// The databases could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a link asked for that only the shell can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkDone {
    /// Nothing more.
    Done,
    /// Show this view of the desk.
    Show(String),
}

impl Engine {
    /// Takes a link from the operating system.
    ///
    /// # Errors
    /// [`DialFailed`]; the agent is told by a notice as well, since a link has nobody to answer.
    pub async fn take_link(&self, link: &str) -> Result<LinkDone, DialFailed> {
        let parsed = parse(link).inspect_err(|error| {
            tracing::info!(%error, "refused a link");
            self.tell(EngineEvent::Notice(Notice::LinkRefused));
        })?;
        match parsed {
            Link::Call(hook) => {
                self.take_hook(*hook).await?;
                Ok(LinkDone::Done)
            }
            Link::Open { view } => Ok(LinkDone::Show(view)),
            Link::Dial(dial) => {
                self.request_dial(dial.text(), Origin::Link).await?;
                Ok(LinkDone::Done)
            }
        }
    }

    /// Takes what a hook said of a call. Without the right key the call is unverified.
    ///
    /// # Errors
    /// [`StoreError`] when the key cannot be read.
    pub async fn take_hook(&self, hook: HookCall) -> Result<(), StoreError> {
        use callside_core::ports::CallEvents as _;
        if !hook.unfilled.is_empty() {
            self.tell(EngineEvent::Notice(Notice::HookNotFilledIn));
        }
        let verified = match &hook.key {
            Some(key) => key
                .as_bytes()
                .ct_eq(self.hook_key().await?.as_bytes())
                .into(),
            None => false,
        };
        self.report(hook.into_event(self.now(), verified));
        Ok(())
    }

    /// Asks the agent whether to dial. Returns the id of the request.
    ///
    /// # Errors
    /// [`DialFailed`].
    pub async fn request_dial(&self, text: &str, origin: Origin) -> Result<String, DialFailed> {
        let request = dial_request(text, self.settings().region).inspect_err(|error| {
            tracing::info!(%error, "refused a number to dial");
            if origin == Origin::Link {
                self.tell(EngineEvent::Notice(Notice::LinkRefused));
            }
        })?;
        if origin == Origin::Link {
            match self.pass_gate(&request) {
                GateAnswer::Ask => {}
                GateAnswer::Merge => return self.show_again(&request).ok_or(DialFailed::Dropped),
                GateAnswer::Flood => return Err(self.drop_link(Notice::TooManyLinks)),
                GateAnswer::Echo => return Err(self.drop_link(Notice::LinkCameBack)),
            }
        }
        let now = self.now();
        let earlier = self
            .inner
            .store
            .earlier_calls(&request.remote, EARLIER_CALLS);
        let pending = PendingDial {
            id: self.inner.ids.call(now).to_string(),
            matches: self.match_number(&request.remote).await?,
            dial_with: self.dialer_name(),
            made_at: now,
            origin,
            line: self.dialer().and_then(|dialer| dialer.line()),
            earlier: earlier.await?,
            request,
        };
        let id = pending.id.clone();
        let replaced = {
            let mut desk = lock(&self.inner.dial_desk);
            let replaced = desk.pending.replace(pending.clone());
            if let Some(old) = &replaced {
                desk.gate.settle(&old.request.digits);
            }
            replaced
        };
        if let Some(old) = replaced {
            self.tell(EngineEvent::DialRequestClosed(old.id));
        }
        self.tell(EngineEvent::DialRequest(Box::new(pending)));
        Ok(id)
    }

    fn pass_gate(&self, request: &DialRequest) -> GateAnswer {
        let now = self.now();
        lock(&self.inner.dial_desk).gate.admit(&request.digits, now)
    }

    fn drop_link(&self, notice: Notice) -> DialFailed {
        self.tell(EngineEvent::Notice(notice));
        DialFailed::Dropped
    }

    /// The same number was asked for again while its request still waits.
    fn show_again(&self, request: &DialRequest) -> Option<String> {
        let pending = lock(&self.inner.dial_desk).pending.clone()?;
        if pending.request.digits != request.digits {
            return None;
        }
        let id = pending.id.clone();
        self.tell(EngineEvent::DialRequest(Box::new(pending)));
        Some(id)
    }

    /// The dial request that waits for the agent.
    pub fn pending_dial(&self) -> Option<PendingDial> {
        lock(&self.inner.dial_desk).pending.clone()
    }

    /// A window has painted the request: from now on the agent can read it.
    pub fn dial_shown(&self, id: &str) {
        let now = self.now();
        let mut desk = lock(&self.inner.dial_desk);
        if let Some(pending) = desk.pending.as_mut().filter(|pending| pending.id == id) {
            pending.made_at = now;
        }
    }

    /// The agent does not want to dial.
    pub fn cancel_dial(&self, id: &str) {
        if self.take_pending(id).is_some() {
            self.tell(EngineEvent::DialRequestClosed(id.to_owned()));
        }
    }

    fn take_pending(&self, id: &str) -> Option<PendingDial> {
        let mut desk = lock(&self.inner.dial_desk);
        let pending = desk.pending.take_if(|pending| pending.id == id)?;
        desk.gate.settle(&pending.request.digits);
        Some(pending)
    }

    /// The agent wants to dial.
    ///
    /// # Errors
    /// [`DialFailed`]. After [`DialFailed::TooEarly`] and [`DialFailed::Softphone`] the request
    /// still waits.
    pub async fn confirm_dial(&self, id: &str) -> Result<CallId, DialFailed> {
        // Taken before the softphone is asked: a second press must not dial again.
        let pending = self.take_confirmed(id)?;
        let dialed = self.dial(&pending.request).await;
        match &dialed {
            Ok(_) => lock(&self.inner.dial_desk)
                .gate
                .settle(&pending.request.digits),
            Err(_) => {
                let mut desk = lock(&self.inner.dial_desk);
                if desk.pending.is_none() {
                    desk.pending = Some(pending.clone());
                    drop(desk);
                    self.tell(EngineEvent::DialRequest(Box::new(pending)));
                    return dialed;
                }
                desk.gate.settle(&pending.request.digits);
            }
        }
        self.tell(EngineEvent::DialRequestClosed(id.to_owned()));
        dialed
    }

    fn take_confirmed(&self, id: &str) -> Result<PendingDial, DialFailed> {
        let now = self.now();
        let mut desk = lock(&self.inner.dial_desk);
        let pending = desk
            .pending
            .as_ref()
            .filter(|pending| pending.id == id)
            .ok_or(DialFailed::NoSuchRequest)?;
        // A request from the future was made before the clock was set back.
        let shown = now.duration_since(pending.made_at).abs();
        if pending.origin == Origin::Link && shown < FIRST_LOOK {
            return Err(DialFailed::TooEarly);
        }
        desk.pending.take().ok_or(DialFailed::NoSuchRequest)
    }

    /// Dials at once. Only for the agent's own acts.
    ///
    /// # Errors
    /// [`DialFailed`].
    pub async fn dial_now(&self, text: &str) -> Result<CallId, DialFailed> {
        let request = dial_request(text, self.settings().region)?;
        self.dial(&request).await
    }

    async fn dial(&self, request: &DialRequest) -> Result<CallId, DialFailed> {
        let dialer = self.dialer().ok_or(DialError::NotSetUp)?;
        let now = self.now();
        let event = CallEvent {
            app: dialer.name().to_owned(),
            app_call_id: None,
            happening: Happening::Dialing,
            direction: Some(Direction::Outbound),
            remote: None,
            line: None,
            name: None,
            at: now,
            verified: true,
        };
        let opening = Opening {
            id: self.inner.ids.call(now),
            remote: request.remote.clone(),
            confirmed: false,
        };
        let call = Call::open(opening, &event);
        let id = call.id.clone();
        {
            let _turn = self.inner.turn.lock().await;
            lock(&self.inner.live).put(call, now);
        }
        lock(&self.inner.dial_desk)
            .gate
            .handed_over(&request.digits, now);
        match dialer.dial(&request.digits).await {
            Ok(dialed) => {
                self.show_dialed(&id, dialed).await;
                Ok(id)
            }
            Err(error) => {
                self.drop_undialed(&id, &event).await;
                Err(DialFailed::Softphone(error))
            }
        }
    }

    async fn show_dialed(&self, id: &CallId, dialed: Dialed) {
        let _turn = self.inner.turn.lock().await;
        // Events may have come while the softphone was asked.
        let Some(mut call) = self.live_call(id) else {
            return;
        };
        call.confirmed |= dialed == Dialed::Placed;
        self.pop(call).await;
    }

    /// Nothing was dialled, so there was no call; unless events have shown one meanwhile.
    async fn drop_undialed(&self, id: &CallId, event: &CallEvent) {
        let _turn = self.inner.turn.lock().await;
        let Some(call) = self.live_call(id) else {
            return;
        };
        if !call.confirmed {
            lock(&self.inner.live).remove(id);
            return;
        }
        let reason = Some(SaidReason::Known(EndReason::Failed));
        let end = CallEvent {
            happening: Happening::Ended {
                talk_s: None,
                reason,
            },
            at: self.now(),
            ..event.clone()
        };
        self.continue_known(id, &end).await;
    }

    /// Which softphone dials, by the settings.
    fn dialer(&self) -> Option<Arc<dyn Telephony>> {
        lock(&self.inner.telephony)
            .get(&self.dialer_name())
            .cloned()
    }

    /// The short name of the softphone that dials.
    pub fn dialer_name(&self) -> String {
        let name = match self.settings().telephony.dial_with {
            DialWith::Baresip => "baresip",
            DialWith::Aircall => "aircall",
            DialWith::Allo => "allo",
            DialWith::Link => "link",
            DialWith::Command => "command",
        };
        name.to_owned()
    }

    /// Takes a softphone, in place of an older one of its name.
    pub fn add_telephony(&self, source: Arc<dyn Telephony>) {
        let name = source.name().to_owned();
        let state = source.state();
        lock(&self.inner.telephony).insert(name.clone(), source);
        use callside_core::ports::CallEvents as _;
        self.source_changed(&name, state);
    }

    /// Drops a softphone.
    pub fn remove_telephony(&self, name: &str) {
        lock(&self.inner.telephony).remove(name);
        use callside_core::ports::CallEvents as _;
        self.source_changed(name, TelephonyState::Off);
    }

    /// Every telephony source and how it stands, by name.
    pub fn telephony_states(&self) -> Vec<(String, TelephonyState)> {
        lock(&self.inner.telephony_states)
            .iter()
            .map(|(name, state)| (name.clone(), *state))
            .collect()
    }
}
