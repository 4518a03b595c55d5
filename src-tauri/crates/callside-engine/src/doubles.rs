//! Calls that another program logs too.
//!
//! In the normal case this costs a call nothing: beside the sync, and only while there are calls to
//! compare, the CRM is asked at most every quarter of an hour what others wrote. A double is told
//! once per source and line. Where the agent then wants notes beside the other program's log, a
//! delivery looks for that log first, and waits a little for it.

use std::sync::Arc;

use callside_core::call::Call;
use callside_core::contact::ContactRef;
use callside_core::id::{ConnectionId, RemoteId};
use callside_core::outbox::{DeliveryError, DeliveryState, OutboxEntry};
use callside_core::ports::{Crm, ForeignCall, ReadError};
use callside_store::{CallFilter, CallRecord, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::engine::Engine;
use crate::events::{Double, EngineEvent};

/// How often the CRM is asked what others wrote.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(15);
/// Another program may log a call this much later than we do.
const LATE: SignedDuration = SignedDuration::from_mins(30);
/// How far two accounts of one call may differ in its start.
const NEAR: SignedDuration = SignedDuration::from_mins(3);
/// Older calls are not compared.
const COMPARED: SignedDuration = SignedDuration::from_hours(24);
/// How many calls are compared at most.
const MOST: u32 = 500;
/// How long after a call the other program's log is waited for.
const WAIT: SignedDuration = SignedDuration::from_mins(5);
/// How often it is looked for meanwhile.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// The other program's log of a call that is about to be written.
pub(crate) enum Twin {
    /// The call is logged on its own.
    NotWanted,
    /// It is there.
    Found(RemoteId),
    /// It may still come.
    LookAgain(Timestamp),
    /// The CRM could not say.
    Failed(DeliveryError),
}

impl Engine {
    /// Whether the notes of this call go beside the log of another program.
    pub fn enriches(&self, call: &Call) -> bool {
        let settings = self.settings();
        let logging = &settings.logging;
        let of_source = |app: &String| logging.enrich_sources.contains(app);
        let of_line = |line: &String| logging.enrich_lines.contains(line);
        call.names.iter().any(|name| of_source(&name.app))
            || call.line.as_ref().is_some_and(of_line)
    }

    /// Looks for the other program's log, where the settings want notes beside it.
    pub(crate) async fn wanted_twin(
        &self,
        crm: &Arc<dyn Crm>,
        entry: &OutboxEntry,
        record: &CallRecord,
    ) -> Twin {
        let call = &record.call;
        if !self.enriches(call) {
            return Twin::NotWanted;
        }
        let since = call.started_at.checked_sub(NEAR).unwrap_or(call.started_at);
        let others = match crm.foreign_calls(since, true).await {
            Ok(others) => others,
            Err(error) => return Twin::Failed(before_log(error)),
        };
        let gap = |other: &&ForeignCall| other.started_at.duration_since(call.started_at).abs();
        let same = others.iter().filter(|other| is_twin(other, call, entry));
        if let Some(other) = same.min_by_key(gap) {
            return Twin::Found(other.remote_id.clone());
        }
        let now = self.now();
        let ended = call.ended_at.unwrap_or(call.started_at);
        if now.duration_since(ended) >= WAIT {
            return Twin::NotWanted;
        }
        Twin::LookAgain(now.checked_add(LOOK_AGAIN).unwrap_or(now))
    }

    /// Beside the sync: did another program log the calls that were delivered lately?
    pub(crate) async fn look_for_doubles(&self, connection: &ConnectionId, crm: &Arc<dyn Crm>) {
        match self.try_look(connection, crm).await {
            Ok(()) => {}
            Err(LookFailed::Store(error)) => self.note_store_error("look for doubles", &error),
            Err(LookFailed::Read(error)) => {
                tracing::info!(%error, "the CRM did not say what others wrote");
            }
        }
    }

    async fn try_look(
        &self,
        connection: &ConnectionId,
        crm: &Arc<dyn Crm>,
    ) -> Result<(), LookFailed> {
        let store = &self.inner.store;
        let now = self.now();
        let looked_fact = format!("doubles/{connection}");
        let looked = store.fact(&looked_fact).await?;
        // A time to come is from before the clock was set back.
        let looked: Option<Timestamp> = looked
            .and_then(|at| at.parse().ok())
            .filter(|at| *at <= now);
        if looked.is_some_and(|at| now.duration_since(at) < LOOK_EVERY) {
            return Ok(());
        }
        let from = looked.and_then(|at| at.checked_sub(LATE).ok());
        let ours = self.delivered_since(connection, from, now).await?;
        let Some(first) = ours.iter().map(|(record, _)| record.call.started_at).min() else {
            return Ok(());
        };
        let since = first.checked_sub(NEAR).unwrap_or(first);
        let others = crm.foreign_calls(since, false).await?;
        for other in &others {
            for (record, entry) in &ours {
                if is_twin(other, &record.call, entry) && !is_known(other, entry) {
                    self.tell_double(connection, &record.call, other).await?;
                }
            }
        }
        store.set_fact(&looked_fact, &now.to_string()).await?;
        Ok(())
    }

    /// Calls of the last day whose log was sent since the instant, with that log.
    async fn delivered_since(
        &self,
        connection: &ConnectionId,
        from: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<(CallRecord, OutboxEntry)>, StoreError> {
        let filter = CallFilter {
            since: now.checked_sub(COMPARED).ok(),
            limit: MOST,
            ..CallFilter::default()
        };
        let lately = |entry: &&OutboxEntry| {
            let sent = entry.delivery.last_sent_at;
            &entry.connection == connection
                && entry.delivery.state == DeliveryState::Delivered
                && from.is_none_or(|from| sent.is_some_and(|sent| sent >= from))
        };
        let mut found = Vec::new();
        for record in self.inner.store.calls(&filter).await? {
            let entries: Vec<_> = record.deliveries.iter().filter(lately).cloned().collect();
            if !self.enriches(&record.call) {
                found.extend(entries.into_iter().map(|entry| (record.clone(), entry)));
            }
        }
        Ok(found)
    }

    async fn tell_double(
        &self,
        connection: &ConnectionId,
        call: &Call,
        other: &ForeignCall,
    ) -> Result<(), StoreError> {
        let double = Double {
            connection: connection.clone(),
            call: call.id.clone(),
            source: call
                .names
                .first()
                .map(|name| name.app.clone())
                .unwrap_or_default(),
            line: call.line.clone(),
            remote_id: other.remote_id.clone(),
        };
        let mut told = self.stored_doubles().await?;
        if told.iter().any(|known| known.double.is_like(&double)) {
            return Ok(());
        }
        told.push(Told {
            double: double.clone(),
            settled: false,
        });
        self.store_doubles(&told).await?;
        self.tell(EngineEvent::Double(Box::new(double)));
        Ok(())
    }

    /// Doubles that the agent has not decided on.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn doubles(&self) -> Result<Vec<Double>, StoreError> {
        let told = self.stored_doubles().await?;
        let open = told.into_iter().filter(|known| !known.settled);
        Ok(open.map(|known| known.double).collect())
    }

    /// The agent decided on the doubles of this source and line, or does not mind them. They are
    /// not told again.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be written.
    pub async fn settle_double(&self, double: &Double) -> Result<(), StoreError> {
        let mut told = self.stored_doubles().await?;
        for known in &mut told {
            known.settled |= known.double.is_like(double);
        }
        self.store_doubles(&told).await
    }

    async fn stored_doubles(&self) -> Result<Vec<Told>, StoreError> {
        let text = self.inner.store.fact(TOLD).await?;
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    async fn store_doubles(&self, told: &[Told]) -> Result<(), StoreError> {
        let text = serde_json::to_string(told).unwrap_or_default();
        self.inner.store.set_fact(TOLD, &text).await
    }
}

/// The fact under which the doubles stand that were told.
const TOLD: &str = "doubles_told";

/// A double that was told, as the journal keeps it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Told {
    double: Double,
    settled: bool,
}

impl Double {
    /// Whether both are of one source and line in one CRM.
    fn is_like(&self, other: &Self) -> bool {
        self.connection == other.connection
            && self.source == other.source
            && self.line == other.line
    }
}

#[derive(Debug, thiserror::Error)]
enum LookFailed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Whether the other log is of the same call: on the same record or its company, the same way, at
/// about the same time.
fn is_twin(other: &ForeignCall, call: &Call, entry: &OutboxEntry) -> bool {
    let Some(target) = &entry.target else {
        return false;
    };
    let companies = entry.facts.iter().flat_map(|facts| &facts.companies);
    let stands_on = |at: &ContactRef| {
        at == &target.contact
            || (at.kind == callside_core::contact::ContactKind::Company
                && companies.clone().any(|company| company.id == at.id))
    };
    other.direction == call.direction
        && other.started_at.duration_since(call.started_at).abs() <= NEAR
        && other.on.iter().any(stands_on)
}

/// Whether our notes stand beside that log already.
fn is_known(other: &ForeignCall, entry: &OutboxEntry) -> bool {
    let logged = entry.delivery.logged.as_ref();
    logged.is_some_and(|logged| logged.remote_id == other.remote_id)
}

/// A failure to learn what others wrote: nothing was written.
pub(crate) fn before_log(error: ReadError) -> DeliveryError {
    match error {
        ReadError::Busy { retry_after } => DeliveryError::Busy { retry_after },
        ReadError::Unauthorized => DeliveryError::Unauthorized,
        ReadError::Refused { words } => DeliveryError::Refused { words },
        ReadError::Forbidden { scope } => DeliveryError::Refused { words: scope },
        ReadError::AgentUnknown => DeliveryError::NoAdmin,
        ReadError::Offline | ReadError::Unreadable | ReadError::Gone | ReadError::CursorLost => {
            DeliveryError::Offline
        }
    }
}
