//! Who spent the limit of a connection, over time.
//!
//! The adapter counts by minutes and remembers the last hours. Whole minutes are added to the hours
//! in the journal, after rounds of the sync and after deliveries, and the rest when the engine
//! stops.

use std::collections::BTreeMap;

use callside_core::id::ConnectionId;
use callside_core::ports::BudgetSample;
use callside_store::StoreError;
use jiff::{SignedDuration, Timestamp};

use crate::engine::Engine;
use crate::live::lock;

/// A history no longer than this is told by minutes.
const BY_MINUTES: SignedDuration = SignedDuration::from_hours(2);

impl Engine {
    /// Who spent the limit since the instant, oldest first: by minutes for the last two hours, by
    /// hours beyond, up to thirty days. Stretches without a request are left out. Minutes are only
    /// known since the app started.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn budget_history(
        &self,
        connection: &ConnectionId,
        since: Timestamp,
    ) -> Result<Vec<BudgetSample>, StoreError> {
        let crm = self.crm(connection);
        let told = |since| {
            crm.as_ref()
                .map(|crm| crm.spending(since))
                .unwrap_or_default()
        };
        if self.now().duration_since(since) <= BY_MINUTES {
            return Ok(told(since));
        }
        // Held until both are read, so that no minute is seen twice or not at all.
        let kept = self.inner.spending_kept.lock().await;
        let hours = self.inner.store.budget_hours(connection, since).await?;
        let mut by_hour: BTreeMap<Timestamp, BudgetSample> =
            hours.into_iter().map(|hour| (hour.at, hour)).collect();
        let unwritten = kept.get(connection).copied().unwrap_or(Timestamp::MIN);
        for minute in told(unwritten) {
            let at = minute.hour();
            if at >= since {
                let hour = by_hour.entry(at).or_insert(BudgetSample::empty(at, 3600));
                hour.add(&minute);
            }
        }
        Ok(by_hour.into_values().collect())
    }

    /// Adds the minutes that are over to the journal.
    pub(crate) async fn keep_spending(&self, connection: &ConnectionId) {
        self.write_spending(connection, false).await;
    }

    /// Adds everything to the journal: nothing more is asked.
    pub(crate) async fn keep_all_spending(&self) {
        let names: Vec<ConnectionId> = lock(&self.inner.connections).keys().cloned().collect();
        for name in names {
            self.write_spending(&name, true).await;
        }
    }

    async fn write_spending(&self, connection: &ConnectionId, all: bool) {
        let Some(crm) = self.crm(connection) else {
            return;
        };
        let mut kept = self.inner.spending_kept.lock().await;
        let from = kept.get(connection).copied().unwrap_or(Timestamp::MIN);
        let mut minutes = crm.spending(from);
        if !all {
            // The last one may still grow.
            minutes.pop();
        }
        let Some(last) = minutes.last() else { return };
        let length = SignedDuration::from_secs(i64::from(last.seconds));
        let next = last.at.checked_add(length).unwrap_or(last.at);
        match self.inner.store.add_budget(connection, &minutes).await {
            Ok(()) => {
                kept.insert(connection.clone(), next);
            }
            Err(error) => self.note_store_error("keep who spent the limit", &error),
        }
    }
}
