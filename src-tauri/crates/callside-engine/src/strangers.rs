//! Contacts for callers whom nobody knows.
//!
//! A CRM offers no way to create a contact once: a try whose answer is lost may have created it.
//! So each creation is preceded by a look at what changed in the CRM, and only one runs at a time;
//! a second call from the same number finds what the first one made.

use std::sync::Arc;

use callside_core::contact::ContactKind;
use callside_core::outbox::{DeliveryError, OutboxEntry};
use callside_core::ports::{Crm, NewContact, ReadError};
use callside_core::settings::UnknownCallers;
use callside_store::CallRecord;
use jiff::SignedDuration;

use crate::call_log::{WrapUpError, target};
use crate::contact_sync::SyncFailed;
use crate::engine::Engine;

/// How long the look at the CRM's changes may take.
const LOOK: SignedDuration = SignedDuration::from_secs(20);
/// A lost answer is given this long to show up among the CRM's changes.
const SHOWS_UP: SignedDuration = SignedDuration::from_secs(20);

impl Engine {
    /// Whether a contact is to be created for the caller: the settings want it, and there is a
    /// number to keep.
    pub(crate) fn creates_for(&self, entry: &OutboxEntry, record: &CallRecord) -> bool {
        let rule = self.settings().unknown_callers_of(&entry.connection);
        rule == UnknownCallers::Create && record.call.remote.number.is_some()
    }

    /// Finds or creates the contact that the entry is to be written on.
    pub(crate) async fn create_target(
        &self,
        crm: &Arc<dyn Crm>,
        entry: &mut OutboxEntry,
        record: &CallRecord,
    ) -> Result<Result<(), DeliveryError>, WrapUpError> {
        let _turn = self.inner.create_turn.lock().await;
        if let Err(error) = self.look_at_changes(entry).await {
            return Ok(Err(error));
        }
        self.find_target(entry, record).await?;
        let Some(number) = record.call.remote.number.filter(|_| entry.target.is_none()) else {
            return Ok(Ok(()));
        };
        let said = record.call.caller_name.as_deref().map(str::trim);
        let new = NewContact {
            kind: ContactKind::Individual,
            name: match said.filter(|name| !name.is_empty()) {
                Some(name) => name.to_owned(),
                // In one word, so that no CRM takes a part of it for a first name.
                None => number.e164(),
            },
            number: number.e164(),
            email: None,
        };
        match crm.create_contact(&new).await {
            Ok(contact) => {
                let region = self.settings().region_of(&entry.connection);
                let made = std::slice::from_ref(&contact);
                self.inner
                    .store
                    .upsert_contacts(made, region, self.now())
                    .await?;
                entry.target = Some(target(&contact));
                self.save_and_tell(entry).await?;
                Ok(Ok(()))
            }
            // The log is not in doubt, the contact is: the next look will tell.
            Err(DeliveryError::InDoubt) => Ok(Err(DeliveryError::Busy {
                retry_after: Some(SHOWS_UP),
            })),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn look_at_changes(&self, entry: &OutboxEntry) -> Result<(), DeliveryError> {
        let look = self.sync_now(&entry.connection, false);
        match self.within(LOOK, look).await {
            Some(Ok(())) => Ok(()),
            Some(Err(SyncFailed::Read(ReadError::Busy { retry_after }))) => {
                Err(DeliveryError::Busy { retry_after })
            }
            Some(Err(SyncFailed::Read(ReadError::Unauthorized))) => {
                Err(DeliveryError::Unauthorized)
            }
            _ => Err(DeliveryError::Offline),
        }
    }
}
