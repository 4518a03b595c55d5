//! Who may change an entry of the outbox.
//!
//! An entry is read, changed and written whole: by the worker, after a sync, by the agent. Whoever
//! wants to change one claims it first and reads it afterwards; until the claim is dropped nobody
//! else changes it. Without that, an entry read before its delivery and written after it would be
//! undelivered again.

use callside_core::id::EntryId;
use callside_core::outbox::OutboxEntry;
use callside_store::StoreError;

use crate::engine::Engine;
use crate::live::lock;

/// The right to change one entry, until it is dropped.
pub(crate) struct Claim {
    engine: Engine,
    id: EntryId,
}

impl Claim {
    /// The entry as it stands now. None when it is gone.
    pub(crate) async fn entry(&self) -> Result<Option<OutboxEntry>, StoreError> {
        self.engine.inner.store.entry(&self.id).await
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let inner = &self.engine.inner;
        lock(&inner.busy_entries).remove(&self.id);
        inner.entry_freed.notify_waiters();
        inner.outbox_wake.notify_one();
    }
}

impl Engine {
    /// Claims the entry. None while somebody else has it.
    pub(crate) fn claim(&self, id: &EntryId) -> Option<Claim> {
        let free = lock(&self.inner.busy_entries).insert(id.clone());
        free.then(|| Claim {
            engine: self.clone(),
            id: id.clone(),
        })
    }

    /// Claims the entry once nobody else has it.
    pub(crate) async fn claim_in_turn(&self, id: &EntryId) -> Claim {
        loop {
            let freed = self.inner.entry_freed.notified();
            tokio::pin!(freed);
            // Listens before it looks, so that no end of a claim is missed in between.
            freed.as_mut().enable();
            if let Some(claim) = self.claim(id) {
                return claim;
            }
            freed.await;
        }
    }
}
