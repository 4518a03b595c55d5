//! Calls that were never answered file themselves, old ones leave, and the journal is backed up.

use callside_core::call::Call;
use callside_core::id::CallId;
use callside_core::wrap_up::WrapUpState;
use callside_store::{BackupError, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::engine::Engine;
use crate::events::{EngineEvent, Notice};

/// How long after its end an unanswered call files itself.
const FILE_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// How often finished calls are looked through for old ones.
const CLEAN_EVERY: SignedDuration = SignedDuration::from_hours(12);
/// How often it is seen whether there is something to do in the house.
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// A clock that went on by more than this since it was last looked at may be wrong.
const CREDIBLE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// When old calls were last looked for, or the clock was last found to be doubtful.
const CLEANED_AT: &str = "old_calls_looked_for_at";

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
        // The record that ends a call may be read long after that minute, and it brings labels as
        // well: only what is stored of them is told from what the agent picked.
        drop(self.inner.turn.lock().await);
        let record = match self.inner.store.call(id).await {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(error) => return self.note_store_error("read a missed call", &error),
        };
        let given = record.cloud.as_ref().map(|notes| notes.tags.as_slice());
        let untouched = record.draft.is_untouched(given.unwrap_or_default())
            && record.wrap_up == WrapUpState::Open
            && !record.set_aside;
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
            if let Err(error) = self.forget_old_calls(now).await {
                self.note_store_error("forget old calls", &error);
            }
            self.back_up(now).await;
            let next = now.checked_add(LOOK_EVERY).unwrap_or(now);
            self.inner.clock.sleep_until(next).await;
        }
    }

    /// A clock that jumped years ahead would erase the whole history: calls leave only once the
    /// clock went on believably since the last look.
    async fn forget_old_calls(&self, now: Timestamp) -> Result<(), StoreError> {
        let store = &self.inner.store;
        let last = store.fact(CLEANED_AT).await?;
        match cleaning(last.and_then(|at| at.parse().ok()), now) {
            Cleaning::NotYet => return Ok(()),
            Cleaning::Doubtful => {}
            Cleaning::Due => {
                let days = i64::from(self.settings().privacy.keep_calls_days);
                if let Ok(before) = now.checked_sub(SignedDuration::from_hours(24 * days)) {
                    store.purge_calls(before).await?;
                }
            }
        }
        store.set_fact(CLEANED_AT, &now.to_string()).await
    }

    /// A backup that fails is tried again at the next look; nothing else suffers from it.
    async fn back_up(&self, now: Timestamp) {
        match self.inner.store.backup_if_due(now).await {
            Ok(None) => {}
            Ok(Some(backup)) => {
                tracing::info!(bytes = backup.bytes, "the journal is backed up");
            }
            Err(BackupError::Full) => {
                tracing::error!("the journal is not backed up: the disk is full");
                self.tell(EngineEvent::Notice(Notice::DiskFull));
            }
            Err(error) => tracing::error!(%error, "the journal is not backed up"),
        }
    }
}

/// What to do about old calls.
#[derive(Debug, PartialEq, Eq)]
enum Cleaning {
    NotYet,
    Due,
    Doubtful,
}

fn cleaning(last: Option<Timestamp>, now: Timestamp) -> Cleaning {
    let Some(gone) = last.map(|last| now.duration_since(last)) else {
        return Cleaning::Doubtful;
    };
    if gone.is_negative() || gone > CREDIBLE {
        Cleaning::Doubtful
    } else if gone < CLEAN_EVERY {
        Cleaning::NotYet
    } else {
        Cleaning::Due
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn old_calls_leave_only_while_the_clock_goes_on_believably() {
        let last: Timestamp = "2026-03-10T08:00:00Z".parse().unwrap();
        for (hours, wanted) in [
            (1, Cleaning::NotYet),
            (12, Cleaning::Due),
            (14 * 24, Cleaning::Due),
            (15 * 24, Cleaning::Doubtful),
            (10 * 365 * 24, Cleaning::Doubtful),
            (-1, Cleaning::Doubtful),
        ] {
            let now = last + SignedDuration::from_hours(hours);
            assert_eq!(cleaning(Some(last), now), wanted, "{hours} hours");
        }
        assert_eq!(cleaning(None, last), Cleaning::Doubtful);
    }
}
