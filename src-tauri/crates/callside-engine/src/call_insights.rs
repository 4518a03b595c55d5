//! What a machine heard in a call: asked for some minutes after the end, until there is something.

use callside_core::call::Call;
use callside_core::cloud_call::{FollowStep, FollowUp};
use callside_core::id::CallId;
use callside_store::StoreError;

use crate::cloud::Service;
use crate::engine::Engine;

impl Engine {
    pub(crate) async fn ask_heard(
        &self,
        service: &Service,
        call: &Call,
        plan: FollowUp,
    ) -> Result<(), StoreError> {
        let (source, id) = (plan.notes.source.clone(), plan.notes.id.clone());
        let heard = match service.cloud.insights(&id).await {
            Ok(heard) => heard,
            Err(error) => {
                return self.not_told(call, plan, FollowStep::Listen, &error).await;
            }
        };
        self.note_cloud_answered(&source);
        let _turn = self.inner.turn.lock().await;
        let Some(mut plan) = self.inner.store.follow_up_of(&source, &id).await? else {
            return Ok(());
        };
        let ended = call.ended_at.unwrap_or(call.started_at);
        let new = plan.hear(heard, ended, self.now());
        self.save_plan(&plan, call).await?;
        if new {
            self.tell_noted(&call.id).await?;
        }
        Ok(())
    }

    /// The agent files a call that was over long before we heard of it: now a machine's findings are
    /// worth asking for.
    pub(crate) async fn listen_after_all(&self, id: &CallId) -> Result<(), StoreError> {
        let Some(mut plan) = self.inner.store.follow_up(id).await? else {
            return Ok(());
        };
        if let (true, Some(call)) = (plan.too_old, self.any_call(id).await?) {
            plan.too_old = false;
            self.save_plan(&plan, &call).await?;
        }
        Ok(())
    }
}
