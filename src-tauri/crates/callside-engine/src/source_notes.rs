//! What Callside writes at a telephony service: labels, the note as one remark, and, while the call
//! goes on, who it is.
//!
//! Labels and note are in the journal together with the filing and go by the schedule of the
//! outbox. A remark that may be there already is looked for before it is written again, so it is
//! never there twice. The card is shown once and never matters.

use callside_core::call::Call;
use callside_core::cloud_call::{
    CloudCall, CloudSend, CloudTag, CloudWrite, FollowUp, InsightLine, card_lines,
    is_worth_sending, same_remark, tags_to_set,
};
use callside_core::id::{CallId, EntryId, RemoteId};
use callside_core::insight::{OpportunityOwner, opportunity_owner, pick_opportunity};
use callside_core::outbox::{Delivery, DeliveryError, DeliveryState, Logged, Reason, Step};
use callside_core::ports::ReadError;
use callside_core::wrap_up::Tag;
use callside_store::{CallRecord, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::cloud::{CloudFailed, Service};
use crate::doubles::before_log;
use crate::engine::Engine;
use crate::events::{Card, EngineEvent, FactsState};
use crate::live::lock;

/// How long the card at the service waits for what the CRM is asked.
const MOMENT: SignedDuration = SignedDuration::from_secs(2);
/// A service's records know of a call a little after it rings, and take no card for it before.
const KNOWN_AFTER: SignedDuration = SignedDuration::from_secs(1);
/// Records that are slower are offered the card once more.
const SHOWN_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// How long after its end a call may get its name at the service.
const NAMED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// How often it is seen whether it has one.
const LOOK_FOR_NAME: SignedDuration = SignedDuration::from_mins(15);

impl Engine {
    /// What filing this call writes at the services that know it.
    pub(crate) fn sends_of(&self, record: &CallRecord, starts_at: Timestamp) -> Vec<CloudSend> {
        let settings = self.settings();
        let mut sends = Vec::new();
        for (source, _) in self.services_of(&record.call) {
            let rules = settings.cloud_of(source);
            let there = record.cloud.as_ref().filter(|notes| notes.source == source);
            let tags = own_tags(record, source);
            if rules.send_tags && !tags.is_empty() {
                sends.push(self.send_of(record, source, CloudWrite::Tags { tags }, starts_at));
            }
            let note = record.draft.note.trim();
            let known = there.is_some_and(|notes| {
                let mut remarks = notes.remarks.iter();
                remarks.any(|remark| same_remark(&remark.text, note))
            });
            if rules.send_notes && is_worth_sending(note) && !known {
                let text = note.to_owned();
                sends.push(self.send_of(record, source, CloudWrite::Remark { text }, starts_at));
            }
        }
        sends
    }

    fn send_of(
        &self,
        record: &CallRecord,
        source: &str,
        write: CloudWrite,
        starts_at: Timestamp,
    ) -> CloudSend {
        CloudSend {
            id: self.inner.ids.entry(self.now()),
            call: record.call.id.clone(),
            source: source.to_owned(),
            write,
            delivery: Delivery::filed(starts_at, true),
        }
    }

    /// Labels that the agent picked after the filing.
    pub(crate) async fn send_late_tags(&self, before: &CallRecord) -> Result<(), StoreError> {
        let Some(record) = self.inner.store.call(&before.call.id).await? else {
            return Ok(());
        };
        let settings = self.settings();
        for (source, _) in self.services_of(&record.call) {
            let mut tags = own_tags(&record, source);
            tags.retain(|tag| !before.draft.tags.contains(tag));
            if settings.cloud_of(source).send_tags && !tags.is_empty() {
                let write = CloudWrite::Tags { tags };
                let send = self.send_of(&record, source, write, self.now());
                self.inner.store.add_send(&send).await?;
                self.wake_service(source);
            }
        }
        Ok(())
    }

    /// Wakes what was filed before the call had a name at the service.
    pub(crate) async fn wake_sends_of(&self, id: &CallId, source: &str) -> Result<(), StoreError> {
        for mut send in self.inner.store.pending_sends(source).await? {
            if &send.call == id && send.delivery.reason == Some(Reason::ContactNotFound) {
                send.delivery.wait_now(self.now());
                self.save_send(&send).await?;
            }
        }
        Ok(())
    }

    /// The service is there again: what waited for it goes on, and a try that was cut off when it was
    /// taken away ended in doubt.
    pub(crate) async fn resume_sends(&self, source: &str) -> Result<(), StoreError> {
        for mut send in self.inner.store.pending_sends(source).await? {
            if send.delivery.in_flight || send.delivery.reason == Some(Reason::Disconnected) {
                send.delivery.recover(self.now());
                send.delivery.reconnected(self.now());
                self.save_send(&send).await?;
            }
        }
        Ok(())
    }

    /// The agent wants something that is stuck at a service tried again.
    ///
    /// # Errors
    /// [`StoreError::NoSuchEntry`], or of the journal.
    pub async fn retry_send(&self, id: &EntryId) -> Result<(), StoreError> {
        let send = self.inner.store.send(id).await?;
        let mut send = send.ok_or(StoreError::NoSuchEntry)?;
        if send.delivery.state != DeliveryState::Delivered && !send.delivery.in_flight {
            send.delivery.retry(self.now());
            self.save_send(&send).await?;
            self.wake_service(&send.source);
        }
        Ok(())
    }

    async fn save_send(&self, send: &CloudSend) -> Result<(), StoreError> {
        self.inner.store.save_send(send).await?;
        self.tell(EngineEvent::CloudSend(Box::new(send.clone())));
        Ok(())
    }

    /// Writes what is due at a service, and tells when something will be.
    pub(crate) async fn send_due(
        &self,
        service: &Service,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut next: Option<Timestamp> = None;
        for send in self.inner.store.pending_sends(&service.name).await? {
            let id = send.id.clone();
            if let Some(step) = send.delivery.due(self.now(), 0) {
                match self.try_send(service, send, step).await {
                    // Its filing was undone, or its call was forgotten.
                    Ok(()) | Err(StoreError::NoSuchEntry) => {}
                    Err(error) => return Err(error),
                }
            }
            let left = self.inner.store.send(&id).await?;
            let at = left.and_then(|send| send.delivery.next_try_at);
            next = [next, at].into_iter().flatten().min();
        }
        Ok(next)
    }

    async fn try_send(
        &self,
        service: &Service,
        mut send: CloudSend,
        step: Step,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let plan = self.inner.store.follow_up(&send.call).await?;
        let Some(plan) = plan.filter(|plan| plan.notes.source == send.source) else {
            self.wait_for_name(&mut send, now).await?;
            return self.save_send(&send).await;
        };
        match (send.write.clone(), step) {
            (CloudWrite::Tags { tags }, _) => self.set_tags(service, send, plan, &tags).await,
            (CloudWrite::Remark { text }, Step::Check) => {
                self.look_for_remark(service, send, &plan, &text).await
            }
            (CloudWrite::Remark { text }, _) => self.remark(service, send, plan, text).await,
        }
    }

    /// The call has no name at the service yet; the next look at the service's list may give it one.
    async fn wait_for_name(&self, send: &mut CloudSend, now: Timestamp) -> Result<(), StoreError> {
        let call = self.any_call(&send.call).await?;
        let ended = call.and_then(|call| call.ended_at).unwrap_or(now);
        if now.duration_since(ended) >= NAMED_WITHIN {
            send.delivery.stick(Reason::ContactNotFound);
        } else {
            send.delivery.reason = Some(Reason::ContactNotFound);
            send.delivery.next_try_at = now.checked_add(LOOK_FOR_NAME).ok();
        }
        Ok(())
    }

    async fn set_tags(
        &self,
        service: &Service,
        mut send: CloudSend,
        mut plan: FollowUp,
        tags: &[Tag],
    ) -> Result<(), StoreError> {
        let company = match self.company_tags(service).await {
            Ok(company) => company,
            Err(CloudFailed::Store(error)) => return Err(error),
            Err(CloudFailed::Read(error)) => {
                self.note_cloud_error(&service.name, &error);
                return self.not_sent(send, &before_log(error)).await;
            }
        };
        let mut set = tags_to_set(tags, &company, &plan.notes.tags);
        let mut there = Vec::new();
        if !set.is_empty() && service.cloud.replaces_tags() {
            if let Some(at) = self.read_to_ride_on(&send, &plan).await? {
                send.delivery.next_try_at = Some(at);
                return self.save_send(&send).await;
            }
            there = match self.labels_there(service, &plan).await {
                Ok(there) => there,
                Err(CloudFailed::Store(error)) => return Err(error),
                Err(CloudFailed::Read(error)) => return self.not_looked(send, error).await,
            };
            set = tags_to_set(tags, &set, &there);
        }
        if set.is_empty() {
            send.delivery.succeed(written(&plan), 0);
            return self.save_send(&send).await;
        }
        send.delivery.begin_send(self.now());
        self.inner.store.save_send(&send).await?;
        match service.cloud.add_tags(&plan.notes.id, &there, &set).await {
            Ok(()) => {
                self.note_cloud_answered(&service.name);
                service.labels_added(&set);
                send.delivery.succeed(written(&plan), 0);
                self.save_send(&send).await?;
                // What we set there does not come back as the service's own.
                self.change_plan(&mut plan, |plan| plan.notes.tags.extend(set))
                    .await
            }
            Err(error) => {
                service.forget_labels();
                self.not_sent(send, &error).await
            }
        }
    }

    /// Labels need a look at the record, and its first planned read is such a look: when the first
    /// try is made then, one question does for both.
    async fn read_to_ride_on(
        &self,
        send: &CloudSend,
        plan: &FollowUp,
    ) -> Result<Option<Timestamp>, StoreError> {
        if send.delivery.attempts > 0 || send.delivery.failures > 0 {
            return Ok(None);
        }
        let call = self.any_call(&send.call).await?;
        Ok(call.and_then(|call| plan.first_read(&call, self.now())))
    }

    /// The labels that the call has there now.
    async fn labels_there(
        &self,
        service: &Service,
        plan: &FollowUp,
    ) -> Result<Vec<CloudTag>, CloudFailed> {
        match service.labels_just_read(&plan.notes.id, self.now()) {
            Some(labels) => Ok(labels),
            None => Ok(self.look(service, plan).await?.tags),
        }
    }

    /// Reads the record before something is written, and takes it as any other read of it.
    async fn look(&self, service: &Service, plan: &FollowUp) -> Result<CloudCall, CloudFailed> {
        let record = service.read(&plan.notes.id, self.now()).await?;
        self.note_cloud_answered(&service.name);
        self.take_record(&service.name, &plan.call, &record, None)
            .await?;
        Ok(record)
    }

    async fn remark(
        &self,
        service: &Service,
        mut send: CloudSend,
        mut plan: FollowUp,
        text: String,
    ) -> Result<(), StoreError> {
        let known = |plan: &FollowUp| {
            let mut remarks = plan.notes.remarks.iter();
            remarks.any(|remark| same_remark(&remark.text, &text))
        };
        if known(&plan) {
            send.delivery.succeed(written(&plan), 0);
            return self.save_send(&send).await;
        }
        // Known as ours before it is there: a read may come in between.
        self.change_plan(&mut plan, |plan| plan.own_remark = Some(text.clone()))
            .await?;
        send.delivery.begin_send(self.now());
        self.inner.store.save_send(&send).await?;
        match service.cloud.comment(&plan.notes.id, &text).await {
            Ok(()) => {
                self.note_cloud_answered(&service.name);
                send.delivery.succeed(written(&plan), 0);
                self.save_send(&send).await
            }
            Err(error) => self.not_sent(send, &error).await,
        }
    }

    /// A try ended in doubt: the record tells whether the remark is there.
    async fn look_for_remark(
        &self,
        service: &Service,
        mut send: CloudSend,
        plan: &FollowUp,
        text: &str,
    ) -> Result<(), StoreError> {
        let record = match self.look(service, plan).await {
            Ok(record) => record,
            Err(CloudFailed::Store(error)) => return Err(error),
            Err(CloudFailed::Read(error)) => return self.not_looked(send, error).await,
        };
        let mut comments = record.comments.iter();
        if comments.any(|comment| same_remark(&comment.text, text)) {
            send.delivery.succeed(written(plan), 0);
        } else {
            send.delivery.not_found(self.now());
        }
        self.save_send(&send).await
    }

    /// The record could not be read, so nothing was written.
    async fn not_looked(&self, send: CloudSend, error: ReadError) -> Result<(), StoreError> {
        self.note_cloud_error(&send.source, &error);
        let error = match error {
            ReadError::Gone => DeliveryError::Gone,
            other => before_log(other),
        };
        self.not_sent(send, &error).await
    }

    async fn not_sent(&self, mut send: CloudSend, error: &DeliveryError) -> Result<(), StoreError> {
        tracing::info!(%error, "nothing was written at a telephony service");
        if matches!(error, DeliveryError::Unauthorized) {
            self.note_cloud_error(&send.source, &ReadError::Unauthorized);
        }
        let jitter = self.inner.ids.jitter();
        send.delivery.fail(error, self.now(), jitter);
        self.save_send(&send).await
    }

    /// Changes the plan as it stands now.
    pub(crate) async fn change_plan(
        &self,
        plan: &mut FollowUp,
        change: impl FnOnce(&mut FollowUp),
    ) -> Result<(), StoreError> {
        let _turn = self.inner.turn.lock().await;
        let (store, notes) = (&self.inner.store, &plan.notes);
        if let Some(fresh) = store.follow_up_of(&notes.source, &notes.id).await? {
            *plan = fresh;
        }
        change(plan);
        match self.any_call(&plan.call).await? {
            Some(call) => self.save_plan(plan, &call).await,
            None => Ok(()),
        }
    }

    /// Tells the service who calls, once what the CRM is asked is known, or a moment has passed.
    pub(crate) fn show_at_service_soon(&self, call: &Call) {
        let settings = self.settings();
        let wanted = |(source, id): &(&str, Option<&str>)| {
            id.is_some() && settings.cloud_of(source).insight_card
        };
        if call.is_ended() || !self.services_of(call).iter().any(wanted) {
            return;
        }
        let engine = self.clone();
        let id = call.id.clone();
        let now = self.now();
        let [known, latest] =
            [KNOWN_AFTER, MOMENT].map(|pause| now.checked_add(pause).unwrap_or(now));
        self.spawn(async move {
            engine.inner.clock.sleep_until(known).await;
            engine.wait_for_facts(&id, latest).await;
            if let Err(error) = engine.show_at_service(&id).await {
                engine.note_store_error("show a card at a telephony service", &error);
            }
        });
    }

    async fn wait_for_facts(&self, id: &CallId, latest: Timestamp) {
        loop {
            let told = self.inner.facts_told.notified();
            tokio::pin!(told);
            // Listens before it looks, so that no answer is missed in between.
            told.as_mut().enable();
            let card = self.card(id).await.ok().flatten();
            if self.now() >= latest || !card.is_some_and(|card| has_more_to_come(&card)) {
                return;
            }
            tokio::select! {
                () = self.inner.clock.sleep_until(latest) => {}
                () = &mut told => {}
            }
        }
    }

    async fn show_at_service(&self, id: &CallId) -> Result<(), StoreError> {
        let Some(card) = self.card(id).await? else {
            return Ok(());
        };
        let lines = self.card_lines(&card);
        if lines.is_empty() || card.record.call.is_ended() {
            return Ok(());
        }
        let settings = self.settings();
        for (source, _) in self.services_of(&card.record.call) {
            let plan = self.inner.store.follow_up(id).await?;
            let Some(mut plan) = plan.filter(|plan| plan.notes.source == source) else {
                continue;
            };
            let cloud = lock(&self.inner.clouds)
                .get(source)
                .map(|task| task.cloud());
            let Some(cloud) = cloud.filter(|_| settings.cloud_of(source).insight_card) else {
                continue;
            };
            let mut shown_before = true;
            self.change_plan(&mut plan, |plan| {
                shown_before = std::mem::replace(&mut plan.card_shown, true);
            })
            .await?;
            if shown_before {
                continue;
            }
            let mut shown = cloud.show_card(&plan.notes.id, &lines).await;
            if matches!(shown, Err(DeliveryError::Gone)) {
                let now = self.now();
                let again = now.checked_add(SHOWN_AGAIN_AFTER).unwrap_or(now);
                self.inner.clock.sleep_until(again).await;
                if self.live_call(id).is_some_and(|call| !call.is_ended()) {
                    shown = cloud.show_card(&plan.notes.id, &lines).await;
                }
            }
            if let Err(error) = shown {
                tracing::info!(%error, "a telephony service did not show who calls");
            }
        }
        Ok(())
    }

    fn card_lines(&self, card: &Card) -> Vec<InsightLine> {
        let Some(shown) = card.shown_match() else {
            return Vec::new();
        };
        let settings = self.settings();
        let facts = match &card.facts {
            FactsState::Known(facts) => Some(facts),
            _ => None,
        };
        let company = facts.and_then(|facts| facts.companies.first());
        let rule = settings.crm.sellsy.opportunity;
        let choice = &card.record.draft.opportunity;
        let opportunity =
            facts.and_then(|facts| pick_opportunity(&facts.opportunities, rule, choice));
        let noted = card
            .earlier
            .iter()
            .find(|call| !call.note.trim().is_empty());
        card_lines(
            &shown.contact,
            company.map(|company| company.name.as_str()),
            opportunity,
            noted.map(|call| call.note.as_str()),
            &self.labels(),
        )
    }
}

/// The agent's labels that the service does not have yet.
fn own_tags(record: &CallRecord, source: &str) -> Vec<Tag> {
    let there = record.cloud.as_ref().filter(|notes| notes.source == source);
    let given =
        |tag: &Tag| there.is_some_and(|notes| notes.tags.iter().any(|known| tag.is(&known.name)));
    let tags = record.draft.tags.iter();
    tags.filter(|tag| !given(tag)).cloned().collect()
}

/// Whether the CRM is still asked about whom the card shows.
fn has_more_to_come(card: &Card) -> bool {
    match (&card.facts, card.shown_match()) {
        (_, None) | (FactsState::Known(_) | FactsState::Unavailable, _) => false,
        (FactsState::Asking, _) => true,
        (FactsState::NotAsked, Some(shown)) => {
            opportunity_owner(&shown.contact) != OpportunityOwner::Nobody
        }
    }
}

fn written(plan: &FollowUp) -> Logged {
    Logged {
        remote_id: RemoteId::new(plan.notes.id.clone()),
        url: None,
        text: String::new(),
        fields: None,
    }
}
