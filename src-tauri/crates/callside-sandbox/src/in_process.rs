//! Answers within the process, without a socket.
//!
//! The same routes and the same faults as over TCP: a request whose line is cut, before or after its
//! effect, ends as [`CutOff`], and whoever drops the future hangs up.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, header},
};
use thiserror::Error;
use tower::ServiceExt;

use crate::wire::{Line, Network};

/// The way to a sandbox of this process. Cheap to clone.
#[derive(Clone)]
pub struct InProcess {
    app: Router,
    network: Arc<Network>,
}

/// The connection ended without an answer; the request may have had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the connection was cut")]
pub struct CutOff;

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl InProcess {
    pub(crate) fn new(app: Router, network: Arc<Network>) -> Self {
        Self { app, network }
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// [`CutOff`] while the sandbox is offline, and when a fault cuts the connection.
    pub async fn answer(&self, request: Request<Vec<u8>>) -> Result<Response<Bytes>, CutOff> {
        let line = Line::new(Arc::clone(&self.network));
        if line.is_dead() {
            return Err(CutOff);
        }
        let mut request = request.map(Body::from);
        let host = request
            .uri()
            .authority()
            .map(|host| host.as_str().to_owned());
        if let Some(Ok(host)) = host.map(HeaderValue::try_from) {
            request.headers_mut().entry(header::HOST).or_insert(host);
        }
        request.extensions_mut().insert(ConnectInfo(line.clone()));
        let Ok(response) = self.app.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        match body {
            Ok(body) if !line.is_dead() => Ok(Response::from_parts(parts, body)),
            _ => Err(CutOff),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::http::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::{Fault, FaultRule, Sandbox, SandboxOptions};

    async fn write_a_call(crm: &Sandbox) -> Result<StatusCode, CutOff> {
        let body = json!({
            "owner_id": 4107,
            "source": "outcoming",
            "result": "connected",
            "date": "2026-03-02T09:41:07+01:00",
            "related": [{"type": "contact", "id": crate::book::MARIE_DUPONT}],
        });
        let request = Request::post(format!("{}/phone-calls", crm.api_url()))
            .header("authorization", format!("Bearer {}", crm.access_token()))
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap();
        Ok(crm.in_process().answer(request).await?.status())
    }

    #[tokio::test]
    async fn a_cut_means_the_same_as_over_a_socket() {
        let table = [
            (None, Ok(StatusCode::CREATED), 1),
            (Some(Fault::CutBeforeEffect), Err(CutOff), 0),
            (Some(Fault::CutAfterEffect), Err(CutOff), 1),
        ];
        for (fault, told, written) in table {
            let crm = Sandbox::without_socket(SandboxOptions::default());
            if let Some(fault) = fault {
                crm.add_fault(FaultRule::once("POST", "/v2", fault));
            }
            assert_eq!(write_a_call(&crm).await, told);
            assert_eq!(crm.phone_calls().len(), written);
        }
    }

    #[tokio::test]
    async fn nothing_gets_through_while_it_is_offline() {
        let crm = Sandbox::without_socket(SandboxOptions::default());
        crm.go_offline();
        assert_eq!(write_a_call(&crm).await, Err(CutOff));
        assert!(crm.requests().is_empty());
        crm.come_back();
        assert_eq!(write_a_call(&crm).await, Ok(StatusCode::CREATED));
    }

    #[tokio::test]
    async fn whoever_hangs_up_before_the_effect_undoes_it() {
        let crm = Sandbox::without_socket(SandboxOptions::default());
        for (fault, written) in [
            (Fault::Delay { ms: 60_000 }, 0),
            (Fault::DelayAfterEffect { ms: 60_000 }, 1),
        ] {
            crm.add_fault(FaultRule::once("POST", "/v2", fault));
            let soon = std::time::Duration::from_millis(20);
            let told = tokio::time::timeout(soon, write_a_call(&crm)).await;
            assert!(told.is_err());
            assert_eq!(crm.phone_calls().len(), written);
        }
    }
}
