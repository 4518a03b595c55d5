//! The way of every request to one service: past its gate, and with a note of how the service stands.

use std::sync::{Arc, Mutex, PoisonError};

use callside_core::ports::{Budget, Clock, TelephonyState};
use callside_http::{Answer, Http, HttpSetup};
use reqwest::{Method, RequestBuilder};
use url::Url;

use super::fault::Fault;
use super::pace::{Class, Gate, Limits};

/// One service.
pub(crate) struct Wire {
    http: Http,
    base: Url,
    limits: Limits,
    gate: Arc<Gate>,
    state: Mutex<TelephonyState>,
}

impl Wire {
    /// The way to the service at this address.
    pub(crate) fn new(base: &str, limits: Limits) -> Result<Self, HttpSetup> {
        let base = base.trim().trim_end_matches('/');
        let base = Url::parse(base).map_err(|_| HttpSetup::UnsafeAddress)?;
        Ok(Self {
            http: Http::for_service(&base)?,
            gate: Gate::shared(base.as_str(), limits),
            base,
            limits,
            state: Mutex::new(TelephonyState::Disconnected),
        })
    }

    /// The same, whose requests take the way of this client.
    pub(crate) fn over(mut self, http: &Http) -> Self {
        self.http = http.clone();
        self
    }

    /// The same with a gate of its own on another clock.
    pub(crate) fn with_pace_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.gate = Arc::new(Gate::new(self.limits, clock));
        self
    }

    /// The service's own address.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// A request to a path below the service's address. The path holds nothing foreign but
    /// [`Id`](super::said::Id)s.
    pub(crate) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Fault> {
        let base = self.base.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).map_err(|_| Fault::Unreadable)?;
        Ok(self.http.request(method, url))
    }

    /// Sends a request when its class may.
    pub(crate) async fn send(
        &self,
        class: Class,
        request: RequestBuilder,
    ) -> Result<Answer, Fault> {
        let request = request.build().map_err(|_| Fault::Unreadable)?;
        self.gate.pass(class).await.map_err(|late| Fault::Busy {
            retry_after: Some(late.retry_after),
        })?;
        let mut answer = match self.http.send(request).await {
            Ok(answer) => answer,
            Err(lost) => {
                self.stands(TelephonyState::Disconnected);
                return Err(lost.into());
            }
        };
        if let Some(wait) = self.gate.answered(&answer) {
            answer.retry_after = Some(wait);
        }
        self.stands(match answer.status {
            401 | 500.. => TelephonyState::Disconnected,
            _ => TelephonyState::Connected,
        });
        Ok(answer)
    }

    /// Notes how the service stands.
    pub(crate) fn stands(&self, state: TelephonyState) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    pub(crate) fn state(&self) -> TelephonyState {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn budget(&self) -> Budget {
        self.gate.report()
    }
}
