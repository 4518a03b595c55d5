//! The signed-in CRMs, and how each stands.
//!
//! A connection that lost its sign-in keeps its contacts and its outbox; both go on once somebody
//! signs in again.

use std::sync::Arc;

use callside_core::id::ConnectionId;
use callside_core::outbox::{OutboxEntry, Reason};
use callside_core::ports::{Budget, Crm, Identity, ReadError};
use callside_core::sync::SyncProgress;
use callside_store::{StoreError, SyncFacts};
use serde::{Deserialize, Serialize};

use crate::call_log::WrapUpError;
use crate::engine::Engine;
use crate::events::EngineEvent;
use crate::live::lock;

const CONNECTIONS: &str = "connections";

/// How a connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionState {
    /// Signed in.
    Connected,
    /// Signed in, and the first copy is on its way.
    Syncing,
    /// Nobody is signed in.
    Disconnected,
    /// Signed in, but something is wrong.
    Trouble(Trouble),
}

/// What is wrong with a connection that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The CRM does not answer.
    Unreachable,
    /// A right is missing.
    MissingRight(String),
    /// The CRM's answers cannot be read.
    Unreadable,
}

/// A connection as `status` shows it.
#[derive(Debug, Clone)]
pub struct ConnectionStatus {
    /// Its name.
    pub name: ConnectionId,
    /// How it stands.
    pub state: ConnectionState,
    /// What the local copy holds.
    pub facts: SyncFacts,
    /// What the CRM still allows.
    pub budget: Budget,
    /// The walk under way.
    pub progress: Option<SyncProgress>,
    /// Who is signed in.
    pub agent: Option<String>,
}

/// Who is signed in, as the journal keeps it.
#[derive(Serialize, Deserialize)]
struct KnownIdentity {
    account: String,
    agent: String,
    name: String,
}

impl Engine {
    /// Takes a CRM that somebody signed in to, and starts its sync. The sign-in of another account
    /// replaces the contacts; the same account keeps them, and the outbox goes on.
    ///
    /// # Errors
    /// [`WrapUpError`] when the journal cannot be used.
    pub async fn connect(
        &self,
        crm: Arc<dyn Crm>,
        identity: Option<Identity>,
    ) -> Result<(), WrapUpError> {
        let connection = crm.connection();
        self.connect_at_rest(crm, identity).await?;
        self.start_sync(&connection);
        Ok(())
    }

    /// [`Engine::connect`] without a sync: for a command line that works while no instance runs.
    ///
    /// # Errors
    /// [`WrapUpError`] when the journal cannot be used.
    pub async fn connect_at_rest(
        &self,
        crm: Arc<dyn Crm>,
        identity: Option<Identity>,
    ) -> Result<(), WrapUpError> {
        let connection = crm.connection();
        if let Some(identity) = identity {
            self.keep_identity(&connection, &identity).await?;
        }
        let mut known = self.stored_connections().await?;
        if !known.contains(&connection) {
            known.push(connection.clone());
            self.store_connections(&known).await?;
        }
        self.put_crm(crm);
        self.set_state(&connection, ConnectionState::Connected);
        self.resume_deliveries(&connection).await
    }

    async fn keep_identity(
        &self,
        connection: &ConnectionId,
        identity: &Identity,
    ) -> Result<(), StoreError> {
        let name = identity_fact(connection);
        let before = self.known_identity(connection).await?;
        let other = before.is_some_and(|known| known.account != identity.account);
        if other {
            self.leave_account(connection).await?;
        }
        let known = KnownIdentity {
            account: identity.account.clone(),
            agent: identity.agent.as_str().to_owned(),
            name: identity.agent_name.clone(),
        };
        let text = serde_json::to_string(&known).unwrap_or_default();
        self.inner.store.set_fact(&name, &text).await
    }

    /// Another account has other records, and what was filed for the old one is nobody's business
    /// there: its contacts go, and its undelivered calls wait for the agent.
    async fn leave_account(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        let store = &self.inner.store;
        store.forget_connection(connection).await?;
        for (entry, _) in store.pending_entries().await? {
            if &entry.connection != connection {
                continue;
            }
            // One that is on its way to the old account arrives there first.
            let claim = self.claim_in_turn(&entry.id).await;
            let entry = claim.entry().await?;
            let Some(mut entry) = entry.filter(|entry| entry.delivery.logged.is_none()) else {
                continue;
            };
            entry.target = None;
            entry.facts = None;
            entry.delivery.stick(Reason::ContactNotFound);
            entry.delivery.in_doubt = false;
            store.save_entry(&entry).await?;
            self.tell(EngineEvent::Delivery(Box::new(entry)));
        }
        Ok(())
    }

    async fn known_identity(
        &self,
        connection: &ConnectionId,
    ) -> Result<Option<KnownIdentity>, StoreError> {
        let text = self.inner.store.fact(&identity_fact(connection)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The connections that were set up, signed in or not.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn stored_connections(&self) -> Result<Vec<ConnectionId>, StoreError> {
        let text = self.inner.store.fact(CONNECTIONS).await?;
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    async fn store_connections(&self, known: &[ConnectionId]) -> Result<(), StoreError> {
        let text = serde_json::to_string(known).unwrap_or_default();
        self.inner.store.set_fact(CONNECTIONS, &text).await
    }

    /// Before anybody signed in: what files itself now is still filed for the connections that were
    /// set up, and waits for them.
    pub(crate) async fn expect_connections(&self) -> Result<(), StoreError> {
        for connection in self.stored_connections().await? {
            lock(&self.inner.connections)
                .entry(connection)
                .or_insert(ConnectionState::Disconnected);
        }
        Ok(())
    }

    /// A connection that was set up before, whose sign-in is not there: its calls wait.
    pub fn know_connection(&self, connection: &ConnectionId) {
        self.set_state(connection, ConnectionState::Disconnected);
    }

    /// The agent takes a connection away. Its contacts leave this computer; calls that were filed
    /// for it stay, stuck.
    ///
    /// # Errors
    /// [`StoreError`] when the databases cannot be written.
    pub async fn disconnect(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        self.stop_sync(connection);
        self.drop_crm(connection);
        let mut known = self.stored_connections().await?;
        known.retain(|name| name != connection);
        self.store_connections(&known).await?;
        lock(&self.inner.connections).remove(connection);
        self.inner.store.forget_connection(connection).await?;
        let state = ConnectionState::Disconnected;
        self.tell(EngineEvent::Connection(connection.clone(), state));
        self.inner.outbox_wake.notify_one();
        Ok(())
    }

    /// The connections that take calls, in the user's order.
    pub fn known_connections(&self) -> Vec<ConnectionId> {
        let known = lock(&self.inner.connections);
        let settings = self.settings();
        let order = &settings.crm.order;
        let place = |name: &ConnectionId| order.iter().position(|o| o == name);
        let mut names: Vec<ConnectionId> = known.keys().cloned().collect();
        names.sort_by_key(|name| place(name).unwrap_or(usize::MAX));
        names
    }

    pub(crate) fn set_state(&self, connection: &ConnectionId, state: ConnectionState) {
        let before = lock(&self.inner.connections).insert(connection.clone(), state.clone());
        if before.as_ref() != Some(&state) {
            self.tell(EngineEvent::Connection(connection.clone(), state));
        }
    }

    /// How a connection stands; None for one that was never set up.
    pub fn connection_state(&self, connection: &ConnectionId) -> Option<ConnectionState> {
        lock(&self.inner.connections).get(connection).cloned()
    }

    /// The sign-in was revoked: nothing is asked or sent until somebody signs in again.
    pub(crate) fn lose_sign_in(&self, connection: &ConnectionId) {
        self.stop_sync(connection);
        self.drop_crm(connection);
        self.set_state(connection, ConnectionState::Disconnected);
        self.inner.outbox_wake.notify_one();
    }

    pub(crate) fn note_crm_silent(&self, connection: &ConnectionId) {
        if self.crm(connection).is_some() {
            let trouble = ConnectionState::Trouble(Trouble::Unreachable);
            self.set_state(connection, trouble);
        }
    }

    /// The CRM answered: whatever waits for it may go at once.
    pub(crate) fn note_crm_answered(&self, connection: &ConnectionId) {
        let unreachable = ConnectionState::Trouble(Trouble::Unreachable);
        if self.connection_state(connection) == Some(unreachable) {
            self.set_state(connection, ConnectionState::Connected);
            let engine = self.clone();
            let connection = connection.clone();
            self.spawn(async move { engine.wake_unreachable(&connection).await });
        }
    }

    async fn wake_unreachable(&self, connection: &ConnectionId) {
        let now = self.now();
        let pending = match self.inner.store.pending_entries().await {
            Ok(pending) => pending,
            Err(error) => return self.note_store_error("read the outbox", &error),
        };
        let waits = |entry: &OutboxEntry| {
            &entry.connection == connection && entry.delivery.reason == Some(Reason::Unreachable)
        };
        for (entry, _) in pending {
            if !waits(&entry) {
                continue;
            }
            // One that is being tried needs no waking.
            let Some(claim) = self.claim(&entry.id) else {
                continue;
            };
            let Ok(Some(mut entry)) = claim.entry().await.map(|entry| entry.filter(waits)) else {
                continue;
            };
            entry.delivery.next_try_at = Some(now);
            if let Err(error) = self.save_and_tell(&entry).await {
                tracing::error!(%error, "could not wake an entry");
            }
        }
        self.inner.outbox_wake.notify_one();
    }

    pub(crate) fn note_read_error(&self, connection: &ConnectionId, error: &ReadError) {
        match error {
            ReadError::Unauthorized => self.lose_sign_in(connection),
            ReadError::Offline => self.note_crm_silent(connection),
            ReadError::Forbidden { scope } => {
                let trouble = Trouble::MissingRight(scope.clone());
                self.set_state(connection, ConnectionState::Trouble(trouble));
            }
            ReadError::Unreadable | ReadError::Refused { .. } | ReadError::AgentUnknown => {
                self.set_state(connection, ConnectionState::Trouble(Trouble::Unreadable));
            }
            ReadError::Busy { .. } | ReadError::Gone | ReadError::CursorLost => {}
        }
    }

    /// All connections as `status` shows them, in the user's order.
    ///
    /// # Errors
    /// [`StoreError`] when the cache cannot be read.
    pub async fn connection_statuses(&self) -> Result<Vec<ConnectionStatus>, StoreError> {
        let mut statuses = Vec::new();
        for name in self.known_connections() {
            let state = self
                .connection_state(&name)
                .unwrap_or(ConnectionState::Disconnected);
            statuses.push(ConnectionStatus {
                facts: self.inner.store.sync_facts(&name).await?,
                budget: self.crm(&name).map(|crm| crm.budget()).unwrap_or_default(),
                progress: self.sync_progress(&name),
                agent: self.known_identity(&name).await?.map(|known| known.name),
                state,
                name,
            });
        }
        Ok(statuses)
    }
}

fn identity_fact(connection: &ConnectionId) -> String {
    format!("identity/{connection}")
}
