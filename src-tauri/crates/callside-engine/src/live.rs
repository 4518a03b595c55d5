//! What the engine keeps in memory about the calls of the moment.
//!
//! Everything here can be made again from the store. It exists so that a ringing call needs
//! nothing but the match index before its card is up.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Calls that are not among these, of which something was found out since the last change.
    looked_at: BTreeSet<CallId>,
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
        // One pass and no more: on a busy day there are thousands, and a phone rings meanwhile.
        let mut forgotten = std::mem::take(&mut self.looked_at);
        self.calls.retain(|known| {
            let old = known
                .ended_at
                .is_some_and(|ended| now.duration_since(ended) > REACH);
            if old {
                forgotten.insert(known.id.clone());
            }
            known.id != call.id && !old
        });
        forgotten.remove(&call.id);
        for id in &forgotten {
            self.found.remove(id);
        }
        self.calls.push(call);
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
        if self.call(id).is_none() {
            self.looked_at.insert(id.clone());
        }
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

#[cfg(test)]
mod tests {
    use callside_core::call::{CallEvent, Happening, Opening};
    use callside_core::phone_number::RemoteNumber;

    use super::*;

    fn ended(id: &str, at: Timestamp) -> Call {
        let event = |happening: Happening| CallEvent {
            app: "baresip".into(),
            app_call_id: Some(id.into()),
            happening,
            direction: None,
            remote: None,
            line: None,
            name: None,
            at,
            verified: true,
        };
        let opening = Opening {
            id: CallId::new(id),
            remote: RemoteNumber::withheld(),
            confirmed: true,
        };
        let mut call = Call::open(opening, &event(Happening::Ringing));
        let _ = call.apply(&event(Happening::Ended {
            talk_s: None,
            reason: None,
        }));
        call
    }

    #[test]
    fn what_was_found_out_stays_as_long_as_the_call_is_within_reach() {
        let early = Timestamp::UNIX_EPOCH;
        let late = early + REACH + SignedDuration::from_secs(1);
        let mut live = Live::default();
        for id in ["early", "late"] {
            let at = if id == "early" { early } else { late };
            live.put(ended(id, at), at);
            live.found_mut(&CallId::new(id));
        }
        assert!(live.call(&CallId::new("early")).is_none());
        assert!(live.found(&CallId::new("early")).is_none());
        assert!(live.found(&CallId::new("late")).is_some());
        // Put anew, whatever its age.
        live.put(ended("early", early), late);
        live.found_mut(&CallId::new("early"));
        live.put(ended("early", early), late);
        assert!(live.found(&CallId::new("early")).is_some());
    }

    #[test]
    fn what_was_found_out_for_another_call_goes_with_the_next_change() {
        let now = Timestamp::UNIX_EPOCH;
        let mut live = Live::default();
        live.put(ended("one", now), now);
        live.found_mut(&CallId::new("one"));
        for id in ["looked at", "put later"] {
            live.found_mut(&CallId::new(id));
        }
        live.put(ended("put later", now), now);
        live.put(ended("one", now), now);
        assert!(live.found(&CallId::new("looked at")).is_none());
        assert!(live.found(&CallId::new("put later")).is_some());
        assert!(live.found(&CallId::new("one")).is_some());
    }
}
