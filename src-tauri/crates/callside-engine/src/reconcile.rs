//! A call meets what the service itself recorded of it.
//!
//! As soon as a call has a name at a service, a plan for it is in the journal: when its record is
//! read, and when it is looked after because no end was heard. What the record says is told to the
//! call like a late event; labels join the agent's own, remarks and what a machine heard go into the
//! log under labels of their own.

use callside_core::call::{Call, CallEvent, CallState, Happening, LONGEST_RING};
use callside_core::cloud_call::{CloudCall, FollowStep, FollowUp, same_address};
use callside_core::id::CallId;
use callside_core::phone_number::read_remote;
use callside_core::ports::ReadError;
use callside_core::wrap_up::WrapUpState;
use callside_store::StoreError;

use crate::cloud::Service;
use crate::engine::Engine;
use crate::events::EngineEvent;
use crate::live::lock;

impl Engine {
    /// Plans what is to be asked of the services that know this call. The caller holds the turn.
    /// `dialled_here`: until now nothing but our own hand-over spoke for it.
    pub(crate) async fn plan_follow_up(&self, call: &Call, dialled_here: bool) {
        // A forged event must not spend a company's limit; the list brings what is true of it.
        if !call.verified {
            return;
        }
        let mut new = false;
        for (source, id) in self.services_of(call) {
            let Some(id) = id else {
                self.note_handed_over(source);
                continue;
            };
            match self.plan_at(call, source, id, dialled_here).await {
                Ok(first) => new |= first,
                Err(error) => self.note_store_error("plan to ask a telephony service", &error),
            }
        }
        if new && !call.is_ended() && !dialled_here {
            self.show_at_service_soon(call);
        }
    }

    async fn plan_at(
        &self,
        call: &Call,
        source: &str,
        id: &str,
        dialled_here: bool,
    ) -> Result<bool, StoreError> {
        let known = self.inner.store.follow_up_of(source, id).await?;
        let new = known.is_none();
        let plan = known.unwrap_or_else(|| FollowUp {
            // Whoever dialled from here has the card before them: it is worth no request.
            card_shown: dialled_here,
            ..FollowUp::new(call.id.clone(), source, id)
        });
        if plan.call != call.id {
            return Ok(false);
        }
        self.save_plan(&plan, call).await?;
        if new {
            self.wake_sends_of(&call.id, source).await?;
        }
        Ok(new)
    }

    /// Keeps the plan, and wakes whoever carries it out.
    pub(crate) async fn save_plan(&self, plan: &FollowUp, call: &Call) -> Result<(), StoreError> {
        let source = &plan.notes.source;
        let next = plan.next(call, self.misses_ends(source));
        let next_at = next.map(|(at, _)| at);
        self.inner.store.save_follow_up(plan, next_at).await?;
        self.wake_service(source);
        Ok(())
    }

    fn misses_ends(&self, source: &str) -> bool {
        lock(&self.inner.missing_ends).contains(source)
    }

    /// A service told the end of a call by itself: its events arrive.
    pub(crate) fn note_end_told(&self, event: &CallEvent) {
        if matches!(event.happening, Happening::Ended { .. }) {
            lock(&self.inner.missing_ends).remove(&event.app);
        }
    }

    /// The call as it stands, wherever it is known.
    pub(crate) async fn any_call(&self, id: &CallId) -> Result<Option<Call>, StoreError> {
        if let Some(call) = self.live_call(id) {
            return Ok(Some(call));
        }
        let record = self.inner.store.call(id).await?;
        Ok(record.map(|record| record.call))
    }

    /// Asks what is due about one call.
    pub(crate) async fn follow(&self, service: &Service, plan: FollowUp) -> Result<(), StoreError> {
        let Some(call) = self.any_call(&plan.call).await? else {
            return Ok(());
        };
        let (source, id) = (&plan.notes.source, &plan.notes.id);
        match plan.next(&call, self.misses_ends(source)) {
            Some((at, step)) if at <= self.now() => match step {
                FollowStep::Listen => self.ask_heard(service, &call, plan).await,
                FollowStep::Watch | FollowStep::Read => match service.read(id, self.now()).await {
                    Ok(record) => {
                        self.note_cloud_answered(source);
                        self.take_record(source, &plan.call, &record, Some(step))
                            .await
                    }
                    Err(error) => self.not_told(&call, plan, step, &error).await,
                },
            },
            // The call went on since this was planned.
            _ => self.save_plan(&plan, &call).await,
        }
    }

    /// The service did not say. One that has no such record is asked no more, and a phone that rang
    /// for long without one rings no more.
    pub(crate) async fn not_told(
        &self,
        call: &Call,
        mut plan: FollowUp,
        step: FollowStep,
        error: &ReadError,
    ) -> Result<(), StoreError> {
        let now = self.now();
        self.note_cloud_error(&plan.notes.source, error);
        self.change_plan(&mut plan, |plan| match (error, step) {
            (ReadError::Gone, FollowStep::Watch) => plan.look(call, now),
            (ReadError::Gone, _) => plan.give_up(),
            (ReadError::Busy { retry_after }, _) => plan.fail(now, *retry_after),
            _ => plan.fail(now, None),
        })
        .await?;
        let rings = matches!(call.state, CallState::Ringing | CallState::Dialing);
        let long = now.duration_since(call.started_at) > LONGEST_RING;
        if rings && long && matches!(error, ReadError::Gone) {
            let end = Happening::Ended {
                talk_s: None,
                reason: None,
            };
            self.say(&call.id, end).await;
        }
        Ok(())
    }

    /// Takes what a service recorded of a call: the call, its labels, its remarks, its recording.
    pub(crate) async fn take_record(
        &self,
        source: &str,
        id: &CallId,
        record: &CloudCall,
        step: Option<FollowStep>,
    ) -> Result<(), StoreError> {
        let taken = self.taken_by_another(source, id, record).await?;
        let record = taken.as_ref().unwrap_or(record);
        self.take_tags(source, id, record).await?;
        let _turn = self.inner.turn.lock().await;
        let Some(before) = self.any_call(id).await? else {
            return Ok(());
        };
        // A call that ended long ago is not among those of the moment any more.
        lock(&self.inner.live).put(before.clone(), self.now());
        let region = self.settings().region;
        for event in record.events(source) {
            let remote = read_remote(&record.remote, region);
            self.continue_call(id, &event, Some(remote)).await;
        }
        let call = self.any_call(id).await?.unwrap_or(before.clone());
        if step == Some(FollowStep::Watch) && call.is_ended() && !before.is_ended() {
            lock(&self.inner.missing_ends).insert(source.to_owned());
        }
        let known = self.inner.store.follow_up_of(source, &record.id).await?;
        let mut plan = known.unwrap_or_else(|| FollowUp::new(id.clone(), source, &record.id));
        let now = self.now();
        let changed = plan.take(record, call.ended_at, now);
        if step == Some(FollowStep::Watch) {
            plan.look(&call, now);
        }
        self.save_plan(&plan, &call).await?;
        self.want_recording(&plan).await?;
        if changed || call != before {
            self.tell_noted(id).await?;
        }
        Ok(())
    }

    /// What the record comes to here when a colleague took the call. What the agent answered by the
    /// word of live events stays the agent's, whoever had it last.
    async fn taken_by_another(
        &self,
        source: &str,
        id: &CallId,
        record: &CloudCall,
    ) -> Result<Option<CloudCall>, StoreError> {
        let agent = self.agent_at(source);
        let (Some(own), Some(theirs)) = (agent, &record.agent) else {
            return Ok(None);
        };
        if own.id == theirs.id || same_address(&own.email, &theirs.email) {
            return Ok(None);
        }
        let call = self.any_call(id).await?;
        let ours = call.is_some_and(|call| call.was_answered());
        Ok((!ours).then(|| record.taken_by_another()))
    }

    /// The service's labels join the agent's own. One that the agent took away again does not come
    /// back: only those count that the service did not show before.
    async fn take_tags(
        &self,
        source: &str,
        id: &CallId,
        record: &CloudCall,
    ) -> Result<(), StoreError> {
        let known = self.inner.store.follow_up_of(source, &record.id).await?;
        let plan = known.unwrap_or_else(|| FollowUp::new(id.clone(), source, &record.id));
        if plan.new_tags(record).next().is_none() {
            return Ok(());
        }
        let _turn = self.inner.draft_turn.lock().await;
        let Some(found) = self.inner.store.call(id).await? else {
            return Ok(());
        };
        if found.wrap_up == WrapUpState::Discarded {
            return Ok(());
        }
        let mut draft = found.draft.clone();
        draft.add_tags(plan.new_tags(record).map(|tag| tag.name.as_str()));
        if draft != found.draft {
            self.inner.store.save_draft(id, &draft).await?;
        }
        Ok(())
    }

    /// Something new is known of a call: its log says so too, and windows show it. A card that is
    /// away stays away.
    pub(crate) async fn tell_noted(&self, id: &CallId) -> Result<(), StoreError> {
        self.inner.store.renew_log(id).await?;
        self.inner.outbox_wake.notify_one();
        let Some(record) = self.inner.store.call(id).await? else {
            return Ok(());
        };
        if record.wrap_up == WrapUpState::Open && !record.set_aside {
            self.tell_card(id).await;
        }
        self.tell(EngineEvent::Call(Box::new(record.call)));
        Ok(())
    }
}
