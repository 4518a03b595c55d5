//! Takes what is due from the outbox, delivers it, and records the outcome.
//!
//! Every step is on disk before the next: that a try begins, and what came of it. Entries of
//! different calls never wait for each other; a few go at once per connection, and how fast they
//! go is the adapter's matter, since it knows the vendor's limits.

use callside_core::id::{CallId, ConnectionId, EntryId};
use callside_core::outbox::{
    CallLog, Delivery, DeliveryError, DeliveryState, LogFields, Logged, OutboxEntry, Reason, Step,
    Target, call_result, log_text,
};
use callside_core::ports::{Amended, Crm};
use callside_core::wrap_up::Attachment;
use callside_store::{CallRecord, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::call_log::WrapUpError;
use crate::claims::Claim;
use crate::connections::{ConnectionState, Trouble};
use crate::doubles::Twin;
use crate::engine::Engine;
use crate::events::EngineEvent;
use crate::live::lock;

/// How many entries of one connection are under way at once.
const AT_ONCE: usize = 4;
/// The worker looks again at least this often, whatever it was told.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// How long a retry waits for a fresh look at the CRM's contacts.
const FRESH_LOOK: SignedDuration = SignedDuration::from_secs(10);

/// Which entry finds out whether a CRM can be reached again.
#[derive(Default)]
struct Probe {
    /// When the turn of an entry was, and which; the earliest of them tries.
    first: Option<(Option<Timestamp>, EntryId)>,
    /// One is trying.
    is_under_way: bool,
    /// One tried a moment ago, and none does before this.
    again_at: Option<Timestamp>,
}

impl Probe {
    fn is(&self, entry: &EntryId) -> bool {
        let mine = self.first.as_ref().is_some_and(|(_, first)| first == entry);
        mine && !self.is_under_way && self.again_at.is_none()
    }
}

fn is_cut_off(entry: &OutboxEntry) -> bool {
    entry.delivery.reason == Some(Reason::Unreachable)
}

impl Engine {
    pub(crate) async fn work_outbox(&self) {
        loop {
            let next = match self.start_due().await {
                Ok(next) => next,
                Err(error) => {
                    self.note_store_error("read the outbox", &error);
                    None
                }
            };
            let now = self.now();
            let latest = now.checked_add(LOOK_AGAIN).unwrap_or(now);
            let until = next.map_or(latest, |next| next.min(latest));
            tokio::select! {
                () = self.inner.clock.sleep_until(until) => {}
                () = self.inner.outbox_wake.notified() => {}
            }
        }
    }

    /// Starts what is due and tells when the next entry will be.
    async fn start_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let now = self.now();
        let mut next: Option<Timestamp> = None;
        let mut under_way = BTreeMap::<ConnectionId, usize>::new();
        let pending = self.inner.store.pending_entries().await?;
        let probes = self.probes(&pending, now);
        for (entry, revision) in pending {
            let count = under_way.entry(entry.connection.clone()).or_default();
            if lock(&self.inner.busy_entries).contains(&entry.id) {
                *count += 1;
                continue;
            }
            let probe = probes.get(&entry.connection);
            if let Some(probe) = probe.filter(|probe| is_cut_off(&entry) && !probe.is(&entry.id)) {
                let at = probe.again_at.filter(|at| *at > now);
                next = [next, at].into_iter().flatten().min();
                continue;
            }
            match entry.delivery.due(now, revision) {
                Some(_) if *count < AT_ONCE => {
                    *count += 1;
                    self.start_delivery(&entry.id);
                }
                // The next one to finish wakes the worker.
                Some(_) => {}
                None => {
                    let at = entry.delivery.next_try_at.filter(|at| *at > now);
                    next = [next, at].into_iter().flatten().min();
                }
            }
        }
        Ok(next)
    }

    /// While a CRM cannot be reached, one entry tries for all that wait for it: the one whose turn
    /// is longest past. When the CRM answers, all of them are woken.
    fn probes(
        &self,
        pending: &[(OutboxEntry, u32)],
        now: Timestamp,
    ) -> BTreeMap<ConnectionId, Probe> {
        let silent = ConnectionState::Trouble(Trouble::Unreachable);
        let mut probes = BTreeMap::<ConnectionId, Probe>::new();
        let cut_off = pending.iter().filter(|(entry, _)| {
            is_cut_off(entry) && self.connection_state(&entry.connection) == Some(silent.clone())
        });
        for (entry, revision) in cut_off {
            let probe = probes.entry(entry.connection.clone()).or_default();
            probe.is_under_way |= lock(&self.inner.busy_entries).contains(&entry.id);
            let at = entry.delivery.next_try_at;
            if entry.delivery.due(now, *revision).is_none() {
                probe.again_at = probe.again_at.max(at);
            } else if probe.first.as_ref().is_none_or(|(first, _)| at < *first) {
                probe.first = Some((at, entry.id.clone()));
            }
        }
        probes
    }

    fn start_delivery(&self, id: &EntryId) {
        let Some(claim) = self.claim(id) else { return };
        let engine = self.clone();
        self.spawn(async move {
            if let Err(error) = engine.deliver(&claim).await {
                tracing::error!(%error, "could not record a delivery");
            }
        });
    }

    /// What is due by now: the agent or a sync may have changed the entry since it was listed.
    async fn deliver(&self, claim: &Claim) -> Result<(), WrapUpError> {
        let Some(entry) = claim.entry().await? else {
            return Ok(());
        };
        let record = self.record(&entry.call).await?;
        let Some(step) = entry.delivery.due(self.now(), record.revision) else {
            return Ok(());
        };
        let connection = entry.connection.clone();
        let delivered = self.try_deliver(entry, record, step).await;
        self.keep_spending(&connection).await;
        delivered
    }

    async fn try_deliver(
        &self,
        mut entry: OutboxEntry,
        record: CallRecord,
        step: Step,
    ) -> Result<(), WrapUpError> {
        let Some(crm) = self.crm(&entry.connection) else {
            entry.delivery.stick(Reason::Disconnected);
            self.save_and_tell(&entry).await?;
            // Whoever signed in while that was written found nothing to resume.
            if self.crm(&entry.connection).is_some() {
                entry.delivery.reconnected(self.now());
                self.save_and_tell(&entry).await?;
            }
            return Ok(());
        };
        match step {
            Step::Send => self.send(&crm, entry, record).await,
            Step::Check => self.check(&crm, entry, &record).await,
            Step::Amend => self.amend(&crm, entry, &record).await,
        }
    }

    async fn send(
        &self,
        crm: &Arc<dyn Crm>,
        mut entry: OutboxEntry,
        record: CallRecord,
    ) -> Result<(), WrapUpError> {
        if entry.target.is_none() {
            self.find_target(&mut entry, &record).await?;
        }
        if entry.target.is_none() && self.creates_for(&entry, &record) {
            if let Err(error) = self.create_target(crm, &mut entry, &record).await? {
                return self.failed(entry, &error).await;
            }
        } else if entry.target.is_none() {
            entry.nobody_found(self.now());
            return self.save_and_tell(&entry).await;
        }
        if let (None, Some(target)) = (&entry.facts, &entry.target) {
            // Without them the adapter asks, with the precedence of a log.
            entry.facts = self.inner.store.facts(&entry.call, &target.contact).await?;
        }
        let Some(log) = self.log_of(&entry, &record) else {
            return Ok(());
        };
        let foreign = match self.wanted_twin(crm, &entry, &record).await {
            Twin::NotWanted => None,
            Twin::Found(foreign) => Some(foreign),
            Twin::LookAgain(at) => {
                entry.delivery.next_try_at = Some(at);
                return self.save_and_tell(&entry).await;
            }
            Twin::Failed(error) => return self.failed(entry, &error).await,
        };
        entry.delivery.begin_send(self.now());
        self.inner.store.save_entry(&entry).await?;
        let written = match &foreign {
            Some(foreign) => crm.enrich_call(foreign, &log).await,
            None => crm.log_call(&log).await,
        };
        match written {
            Ok(logged) => {
                entry.delivery.succeed(logged, record.revision);
                self.note_crm_answered(&entry.connection);
                self.save_and_tell(&entry).await
            }
            Err(error) => self.failed(entry, &error).await,
        }
    }

    async fn check(
        &self,
        crm: &Arc<dyn Crm>,
        mut entry: OutboxEntry,
        record: &CallRecord,
    ) -> Result<(), WrapUpError> {
        let now = self.now();
        let since = entry.delivery.first_sent_at.unwrap_or(entry.filed_at);
        match crm.find_log(&entry.marker, since).await {
            Ok(Some(logged)) => {
                // The draft may have changed since the try that got through.
                let current = self.log_of(&entry, record);
                let is_current = |text: &str| current.as_ref().is_some_and(|log| log.text == text);
                // Nobody knows whether Callside wrote what stands there or a person changed it, so
                // what is not as we would write it is taken for a person's: the new text comes
                // beside it, and fields stay.
                let fields = current.as_ref().map(CallLog::fields);
                let (text, revision) = if is_current(&logged.text) {
                    (logged.text, record.revision)
                } else {
                    (String::new(), 0)
                };
                let logged = Logged {
                    text,
                    fields: logged.fields.filter(|stands| Some(*stands) == fields),
                    ..logged
                };
                entry.delivery.succeed(logged, revision);
                self.note_crm_answered(&entry.connection);
            }
            Ok(None) => {
                entry.delivery.not_found(now);
                self.note_crm_answered(&entry.connection);
            }
            Err(error) => return self.failed(entry, &error).await,
        }
        self.save_and_tell(&entry).await
    }

    async fn amend(
        &self,
        crm: &Arc<dyn Crm>,
        mut entry: OutboxEntry,
        record: &CallRecord,
    ) -> Result<(), WrapUpError> {
        let (Some(logged), Some(log)) =
            (entry.delivery.logged.clone(), self.log_of(&entry, record))
        else {
            return Ok(());
        };
        let corrected = |fields: LogFields| fields.are_corrected_by(log.fields());
        if log.text == logged.text && !logged.fields.is_some_and(corrected) {
            entry.delivery.succeed(logged, record.revision);
            return self.save_and_tell(&entry).await;
        }
        match crm.amend_log(&logged, &log).await {
            Ok(Amended::Replaced(logged)) => entry.delivery.succeed(logged, record.revision),
            Ok(Amended::Added(logged)) => {
                entry.delivery.succeed(logged, record.revision);
                entry.delivery.beside = true;
            }
            Err(error) => {
                let jitter = self.inner.ids.jitter();
                entry
                    .delivery
                    .amend_failed(&error, record.revision, self.now(), jitter);
                self.note_delivery_error(&entry, &error).await;
            }
        }
        self.save_and_tell(&entry).await
    }

    async fn failed(
        &self,
        mut entry: OutboxEntry,
        error: &DeliveryError,
    ) -> Result<(), WrapUpError> {
        let jitter = self.inner.ids.jitter();
        entry.delivery.fail(error, self.now(), jitter);
        tracing::info!(%error, "a delivery did not go through");
        self.note_delivery_error(&entry, error).await;
        self.save_and_tell(&entry).await
    }

    async fn note_delivery_error(&self, entry: &OutboxEntry, error: &DeliveryError) {
        match error {
            DeliveryError::Unauthorized => self.lose_sign_in(&entry.connection),
            DeliveryError::Gone => {
                if let Some(target) = &entry.target
                    && let Err(error) = self.inner.store.remove_contact(&target.contact).await
                {
                    self.note_store_error("remove a contact", &error);
                }
            }
            DeliveryError::Offline | DeliveryError::InDoubt => {
                self.note_crm_silent(&entry.connection);
            }
            _ => {}
        }
    }

    /// Looks for somebody who has the number by now, and whom no other entry of the call has. With
    /// several, the others get an entry each. A chosen record that is gone is nobody's choice any
    /// more: whoever has the number takes its place.
    pub(crate) async fn find_target(
        &self,
        entry: &mut OutboxEntry,
        record: &CallRecord,
    ) -> Result<(), WrapUpError> {
        let mut record = record.clone();
        if let Attachment::Chosen { contact } = &record.draft.attachment
            && self.inner.store.contact(contact).await?.is_none()
        {
            record.draft.attachment = Attachment::Matched;
        }
        let matches = self.match_number(&record.call.remote).await?;
        let mut targets = self
            .targets_in(&entry.connection, &record, &matches)
            .await?;
        let others = self.inner.store.entries_of(&entry.call).await?;
        targets.retain(|target| {
            let has = |other: &OutboxEntry| {
                let on = other.target.as_ref().map(|other| &other.contact);
                other.id != entry.id && on == Some(&target.contact)
            };
            !others.iter().any(has)
        });
        let mut targets = targets.into_iter();
        entry.target = targets.next();
        entry.facts = None;
        for target in targets {
            self.add_target(entry, target).await?;
        }
        Ok(())
    }

    /// One more record for a call that waited for somebody.
    async fn add_target(&self, beside: &OutboxEntry, target: Target) -> Result<(), WrapUpError> {
        let now = self.now();
        let entry = OutboxEntry {
            id: self.inner.ids.entry(now),
            target: Some(target),
            marker: self.inner.ids.marker(now),
            facts: None,
            delivery: Delivery::filed(now, true),
            ..beside.clone()
        };
        self.inner.store.add_entry(&entry).await?;
        self.tell(EngineEvent::Delivery(Box::new(entry)));
        Ok(())
    }

    fn log_of(&self, entry: &OutboxEntry, record: &CallRecord) -> Option<CallLog> {
        let call = &record.call;
        Some(CallLog {
            marker: entry.marker.clone(),
            text: log_text(
                &entry.marker,
                call,
                &record.draft,
                record.cloud.as_ref(),
                &self.labels(),
            ),
            direction: call.direction,
            result: call_result(call, &record.draft),
            started_at: call.started_at,
            talk_s: call.talk_s(),
            target: entry.target.clone()?,
            facts: entry.facts.clone(),
            opportunity: record.draft.opportunity.clone(),
            tags: record.draft.tags.clone(),
            remote_number: call.remote.display(),
        })
    }

    pub(crate) async fn save_and_tell(&self, entry: &OutboxEntry) -> Result<(), WrapUpError> {
        self.inner.store.save_entry(entry).await?;
        self.tell(EngineEvent::Delivery(Box::new(entry.clone())));
        Ok(())
    }

    /// Tries every undelivered entry of the call at once.
    ///
    /// A record that was deleted or not found may have come back under another id, so the CRM is
    /// asked for its latest contacts first.
    ///
    /// # Errors
    /// [`WrapUpError`] when the call is unknown or the journal cannot be used.
    pub async fn retry(&self, id: &CallId) -> Result<(), WrapUpError> {
        let record = self.record(id).await?;
        for entry in &record.deliveries {
            self.retry_entry(&entry.id, &record).await?;
        }
        self.inner.outbox_wake.notify_one();
        Ok(())
    }

    /// Tries one undelivered entry at once; see [`Engine::retry`].
    ///
    /// # Errors
    /// [`WrapUpError`] when the entry is unknown or the journal cannot be used.
    pub async fn retry_one(&self, id: &EntryId) -> Result<(), WrapUpError> {
        let entry = self.entry(id).await?;
        let record = self.record(&entry.call).await?;
        self.retry_entry(id, &record).await?;
        self.inner.outbox_wake.notify_one();
        Ok(())
    }

    /// The agent gives an undelivered entry up.
    ///
    /// # Errors
    /// [`WrapUpError::AlreadyDelivered`]; [`WrapUpError::TooLate`] while it is being sent.
    pub async fn give_up(&self, id: &EntryId) -> Result<(), WrapUpError> {
        let claim = self.claim(id).ok_or(WrapUpError::TooLate)?;
        let entry = claim.entry().await?.ok_or(WrapUpError::NoSuchCall)?;
        if entry.delivery.logged.is_some() {
            return Err(WrapUpError::AlreadyDelivered);
        }
        self.inner.store.remove_entry(id).await?;
        drop(claim);
        let record = self.record(&entry.call).await?;
        self.tell(EngineEvent::Call(Box::new(record.call)));
        self.tell_card(&entry.call).await;
        Ok(())
    }

    async fn entry(&self, id: &EntryId) -> Result<OutboxEntry, WrapUpError> {
        let entry = self.inner.store.entry(id).await?;
        entry.ok_or(WrapUpError::NoSuchCall)
    }

    async fn retry_entry(&self, id: &EntryId, record: &CallRecord) -> Result<(), WrapUpError> {
        let Some(entry) = self.inner.store.entry(id).await? else {
            return Ok(());
        };
        let lost = matches!(
            entry.delivery.reason,
            Some(Reason::ContactDeleted | Reason::ContactNotFound)
        );
        if lost {
            let look = self.sync_now(&entry.connection, false);
            if self.within(FRESH_LOOK, look).await.is_none() {
                tracing::info!("retry: the CRM did not answer in time, matching as is");
            }
        }
        // It is being tried already; or the fresh look has found somebody and sent it meanwhile.
        let Some(claim) = self.claim(id) else {
            return Ok(());
        };
        let Some(mut entry) = claim.entry().await? else {
            return Ok(());
        };
        let delivery = &entry.delivery;
        if delivery.state == DeliveryState::Delivered && delivery.reason.is_none() {
            return Ok(());
        }
        if delivery.reason == Some(Reason::ContactDeleted) {
            self.find_target(&mut entry, record).await?;
        }
        entry.delivery.retry(self.now());
        self.save_and_tell(&entry).await
    }

    /// After a sync: entries that wait for somebody are matched again, and so are the open cards
    /// that found nobody.
    pub(crate) async fn rematch_waiting(&self) {
        if let Err(error) = self.try_rematch().await {
            tracing::error!(%error, "could not match waiting calls again");
        }
    }

    async fn try_rematch(&self) -> Result<(), WrapUpError> {
        for (entry, _) in self.inner.store.pending_entries().await? {
            if entry.waits_for_somebody(self.now()) {
                self.rematch(&entry.id).await?;
            }
        }
        let open: Vec<_> = {
            let live = lock(&self.inner.live);
            let nobody = |id: &CallId| live.found(id).is_none_or(|f| f.matches.is_empty());
            live.calls()
                .iter()
                .filter(|call| !call.remote.is_withheld() && nobody(&call.id))
                .cloned()
                .collect()
        };
        for call in open {
            let matches = self.match_number(&call.remote).await?;
            if !matches.is_empty() {
                self.match_again(&call).await;
            }
        }
        self.inner.outbox_wake.notify_one();
        Ok(())
    }

    async fn rematch(&self, id: &EntryId) -> Result<(), WrapUpError> {
        let Some(claim) = self.claim(id) else {
            return Ok(());
        };
        let Some(mut entry) = claim.entry().await? else {
            return Ok(());
        };
        let now = self.now();
        if !entry.waits_for_somebody(now) {
            return Ok(());
        }
        let record = self.record(&entry.call).await?;
        self.find_target(&mut entry, &record).await?;
        if entry.target.is_none() {
            return Ok(());
        }
        entry.delivery.wait_now(now);
        self.save_and_tell(&entry).await
    }

    /// Entries that were stuck for want of a sign-in go on.
    pub(crate) async fn resume_deliveries(
        &self,
        connection: &ConnectionId,
    ) -> Result<(), WrapUpError> {
        let waits = |entry: &OutboxEntry| {
            entry.delivery.reason == Some(Reason::Disconnected) && &entry.connection == connection
        };
        for (entry, _) in self.inner.store.pending_entries().await? {
            if !waits(&entry) {
                continue;
            }
            let claim = self.claim_in_turn(&entry.id).await;
            if let Some(mut entry) = claim.entry().await?.filter(waits) {
                entry.delivery.reconnected(self.now());
                self.save_and_tell(&entry).await?;
            }
        }
        self.inner.outbox_wake.notify_one();
        Ok(())
    }

    /// One attempt for every entry of the call, without the tasks. For a command line that runs
    /// while no instance does.
    ///
    /// # Errors
    /// [`WrapUpError`].
    pub async fn attempt_once(&self, id: &CallId) -> Result<(), WrapUpError> {
        for entry in self.record(id).await?.deliveries {
            let claim = self.claim_in_turn(&entry.id).await;
            let Some(entry) = claim.entry().await? else {
                continue;
            };
            let record = self.record(id).await?;
            let now = self.now();
            let ripe = entry.delivery.next_try_at.unwrap_or(now).max(now);
            if let Some(step) = entry.delivery.due(ripe, record.revision) {
                self.try_deliver(entry, record, step).await?;
            }
        }
        Ok(())
    }
}
