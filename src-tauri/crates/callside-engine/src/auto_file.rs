//! Calls that were never answered file themselves, and old ones leave.

use callside_core::call::Call;
use callside_core::id::CallId;
use callside_core::wrap_up::WrapUpState;
use jiff::{SignedDuration, Timestamp};

use crate::engine::Engine;

/// How long after its end an unanswered call files itself.
const FILE_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// How often finished calls are looked through for old ones.
const CLEAN_EVERY: SignedDuration = SignedDuration::from_hours(12);

impl Engine {
    pub(crate) fn file_missed_later(&self, call: &Call) {
        let Some(ended) = call.ended_at else { return };
        let due = ended.checked_add(FILE_AFTER).unwrap_or(ended);
        let engine = self.clone();
        let id = call.id.clone();
        self.spawn(async move {
            engine.inner.clock.sleep_until(due).await;
            engine.file_missed(&id).await;
        });
    }

    /// Files the call unless the agent touched it: what the agent began, the agent ends.
    async fn file_missed(&self, id: &CallId) {
        let record = match self.inner.store.call(id).await {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(error) => return self.note_store_error("read a missed call", &error),
        };
        let untouched = record.draft.is_empty() && record.wrap_up == WrapUpState::Open;
        if !untouched || record.call.was_answered() {
            return;
        }
        if let Err(error) = self.file_by_itself(&record).await {
            tracing::warn!(%error, "could not file a missed call");
        }
    }

    pub(crate) async fn keep_house(&self) {
        loop {
            let now = self.now();
            self.forget_old_calls(now).await;
            let next = now.checked_add(CLEAN_EVERY).unwrap_or(now);
            self.inner.clock.sleep_until(next).await;
        }
    }

    async fn forget_old_calls(&self, now: Timestamp) {
        let days = i64::from(self.settings().privacy.keep_calls_days);
        let Ok(before) = now.checked_sub(SignedDuration::from_hours(24 * days)) else {
            return;
        };
        if let Err(error) = self.inner.store.purge_calls(before).await {
            self.note_store_error("forget old calls", &error);
        }
    }
}
