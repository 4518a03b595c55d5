//! What the engine keeps in memory about the calls of the moment.
//!
//! Everything here can be made again from the store. It exists so that a ringing call needs
//! nothing but the match index before its card is up.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callside_core::call::Call;
use callside_core::contact::ContactRef;
use callside_core::id::CallId;
use callside_core::insight::EarlierCall;
use callside_core::matching::Match;
use jiff::{SignedDuration, Timestamp};

use crate::events::FactsState;

/// How long an ended call stays within reach of late events.
const REACH: SignedDuration = SignedDuration::from_hours(24);
/// The longest undo that the settings allow. An offer that lasts longer comes from before the clock
/// was set back.
const LONGEST_UNDO: SignedDuration = SignedDuration::from_secs(60);

/// Locks, whatever happened to an earlier holder: the values behind these locks are replaced as a
/// whole and are never half-written.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was found out for a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) matches: Vec<Match>,
    pub(crate) earlier: Vec<EarlierCall>,
    pub(crate) facts: BTreeMap<ContactRef, FactsState>,
}

/// The calls of the moment.
#[derive(Debug, Default)]
pub(crate) struct Live {
    calls: Vec<Call>,
    found: BTreeMap<CallId, Found>,
    undo_until: BTreeMap<CallId, Timestamp>,
}

impl Live {
    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(crate) fn call(&self, id: &CallId) -> Option<&Call> {
        self.calls.iter().find(|call| &call.id == id)
    }

    /// Puts the call in place of what was known of it, and forgets calls long ended.
    pub(crate) fn put(&mut self, call: Call, now: Timestamp) {
        self.calls.retain(|known| {
            let old = known
                .ended_at
                .is_some_and(|ended| now.duration_since(ended) > REACH);
            known.id != call.id && !old
        });
        self.calls.push(call);
        let calls = &self.calls;
        self.found
            .retain(|id, _| calls.iter().any(|call| &call.id == id));
        self.undo_until.retain(|_, until| *until > now);
    }

    /// Takes a call that is over, where a late event may still speak of it.
    pub(crate) fn put_if_recent(&mut self, call: Call, now: Timestamp) {
        let recent = |ended: Timestamp| now.duration_since(ended) <= REACH;
        if call.ended_at.is_some_and(recent) {
            self.put(call, now);
        }
    }

    pub(crate) fn remove(&mut self, id: &CallId) {
        self.calls.retain(|call| &call.id != id);
        self.found.remove(id);
    }

    pub(crate) fn found(&self, id: &CallId) -> Option<&Found> {
        self.found.get(id)
    }

    pub(crate) fn found_mut(&mut self, id: &CallId) -> &mut Found {
        self.found.entry(id.clone()).or_default()
    }

    pub(crate) fn offer_undo(&mut self, id: &CallId, until: Timestamp) {
        self.undo_until.insert(id.clone(), until);
    }

    pub(crate) fn take_undo(&mut self, id: &CallId) {
        self.undo_until.remove(id);
    }

    pub(crate) fn undo_until(&self, id: &CallId, now: Timestamp) -> Option<Timestamp> {
        self.undo_until
            .get(id)
            .copied()
            .filter(|until| *until > now && until.duration_since(now) <= LONGEST_UNDO)
    }
}
