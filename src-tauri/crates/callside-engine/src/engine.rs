//! The engine: what all use cases share, and the tasks that run beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use callside_core::call::CallEvent;
use callside_core::id::ConnectionId;
use callside_core::outbox::LogLabels;
use callside_core::ports::{CallEvents, Clock, Crm, Telephony, TelephonyState};
use callside_core::settings::Settings;
use callside_store::Store;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connections::ConnectionState;
use crate::dialing::DialDesk;
use crate::events::{EngineEvent, Notice};
use crate::ids::Ids;
use crate::live::{Live, lock};

/// The clock, shared.
pub type SharedClock = Arc<dyn Clock>;

/// How many events a slow listener may fall behind before it has to ask anew.
const EVENTS_KEPT: usize = 1024;
/// How many telephony events may wait; a flood beyond is dropped, so that it cannot fill memory.
const WAITING_EVENTS: usize = 1024;

/// What an engine is made of.
pub struct EngineParts {
    /// The two databases.
    pub store: Store,
    /// The time.
    pub clock: SharedClock,
    /// Fresh ids.
    pub ids: Ids,
    /// What the user set.
    pub settings: Settings,
    /// The words in logged texts.
    pub labels: LogLabels,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    settings: Mutex<Arc<Settings>>,
    labels: Mutex<Arc<LogLabels>>,
    crms: Mutex<BTreeMap<ConnectionId, Arc<dyn Crm>>>,
    pub(crate) connections: Mutex<BTreeMap<ConnectionId, ConnectionState>>,
    pub(crate) sync_tasks: Mutex<BTreeMap<ConnectionId, crate::contact_sync::SyncTask>>,
    pub(crate) telephony: Mutex<BTreeMap<String, Arc<dyn Telephony>>>,
    pub(crate) telephony_states: Mutex<BTreeMap<String, TelephonyState>>,
    pub(crate) clouds: Mutex<BTreeMap<String, crate::cloud::CloudTask>>,
    /// Services that were set up, whether the shell brought them already or not.
    pub(crate) known_services: Mutex<BTreeSet<String>>,
    /// Services whose ends were found to go missing.
    pub(crate) missing_ends: Mutex<BTreeSet<String>>,
    /// Somebody who waits for what the CRM knows of a caller may look again.
    pub(crate) facts_told: Notify,
    pub(crate) live: Mutex<Live>,
    /// Ids of calls whose end came before anything else, with the instant.
    pub(crate) early_ends: Mutex<BTreeMap<(String, String), Timestamp>>,
    /// One telephony event at a time: each must see what the one before it did.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// One change of a draft at a time: a change reads the draft, changes a part and writes it.
    pub(crate) draft_turn: tokio::sync::Mutex<()>,
    /// No recording is noted while a person is erased; see `recordings`.
    pub(crate) recordings_turn: tokio::sync::Mutex<()>,
    /// One creation of a contact at a time; see `strangers`.
    pub(crate) create_turn: tokio::sync::Mutex<()>,
    pub(crate) dial_desk: Mutex<DialDesk>,
    pub(crate) busy_entries: Mutex<BTreeSet<callside_core::id::EntryId>>,
    pub(crate) facts_cache: Mutex<crate::screen_pop::FactsCache>,
    pub(crate) entry_freed: Notify,
    pub(crate) outbox_wake: Notify,
    /// Per connection: spending before this is in the journal.
    pub(crate) spending_kept: tokio::sync::Mutex<BTreeMap<ConnectionId, Timestamp>>,
    events: broadcast::Sender<EngineEvent>,
    arriving: mpsc::Sender<CallEvent>,
    arrived: tokio::sync::Mutex<Option<mpsc::Receiver<CallEvent>>>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// The use cases. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

impl Engine {
    /// Makes an engine at rest; [`Engine::start`] sets it going.
    pub fn new(parts: EngineParts) -> Self {
        let (arriving, arrived) = mpsc::channel(WAITING_EVENTS);
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        Self {
            inner: Arc::new(Inner {
                store: parts.store,
                clock: parts.clock,
                ids: parts.ids,
                settings: Mutex::new(Arc::new(parts.settings)),
                labels: Mutex::new(Arc::new(parts.labels)),
                crms: Mutex::default(),
                connections: Mutex::default(),
                sync_tasks: Mutex::default(),
                telephony: Mutex::default(),
                telephony_states: Mutex::default(),
                clouds: Mutex::default(),
                known_services: Mutex::default(),
                missing_ends: Mutex::default(),
                facts_told: Notify::new(),
                live: Mutex::default(),
                early_ends: Mutex::default(),
                turn: tokio::sync::Mutex::default(),
                draft_turn: tokio::sync::Mutex::default(),
                recordings_turn: tokio::sync::Mutex::default(),
                create_turn: tokio::sync::Mutex::default(),
                dial_desk: Mutex::default(),
                busy_entries: Mutex::default(),
                facts_cache: Mutex::default(),
                entry_freed: Notify::new(),
                outbox_wake: Notify::new(),
                spending_kept: tokio::sync::Mutex::default(),
                events,
                arriving,
                arrived: tokio::sync::Mutex::new(Some(arrived)),
                stop: CancellationToken::new(),
                tasks: TaskTracker::new(),
            }),
        }
    }

    /// Picks up what the last run left behind and starts the tasks. Call once.
    ///
    /// # Errors
    /// [`callside_store::StoreError`] when the journal cannot be read or written.
    pub async fn start(&self) -> Result<(), callside_store::StoreError> {
        self.pick_up().await?;
        let engine = self.clone();
        self.spawn(async move { engine.take_events().await });
        let engine = self.clone();
        self.spawn(async move { engine.work_outbox().await });
        let engine = self.clone();
        self.spawn(async move { engine.keep_house().await });
        Ok(())
    }

    /// Picks up what the last run left behind and starts no task: for a command line that works
    /// while no instance runs. Call once, instead of [`Engine::start`].
    ///
    /// # Errors
    /// [`callside_store::StoreError`] when the journal cannot be read or written.
    pub async fn pick_up(&self) -> Result<(), callside_store::StoreError> {
        self.inner.store.recover_in_flight(self.now()).await?;
        self.expect_connections().await?;
        self.expect_services().await?;
        self.resume_calls().await
    }

    /// Ends the tasks and waits for them. What they were doing is on disk.
    pub async fn stop(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.keep_all_spending().await;
    }

    /// Everything that happens from now on.
    pub fn listen(&self) -> broadcast::Receiver<EngineEvent> {
        self.inner.events.subscribe()
    }

    /// The store, for reading what windows show.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// What the user set.
    pub fn settings(&self) -> Arc<Settings> {
        lock(&self.inner.settings).clone()
    }

    /// Takes new settings. A changed region re-reads the cached numbers in the background.
    pub fn set_settings(&self, settings: Settings) {
        let before =
            std::mem::replace(&mut *lock(&self.inner.settings), Arc::new(settings.clone()));
        let regions = |settings: &Settings| -> BTreeMap<_, _> {
            settings
                .crm
                .order
                .iter()
                .map(|connection| (connection.clone(), settings.region_of(connection)))
                .collect()
        };
        let regions_now = regions(&settings);
        if regions(&before) != regions_now {
            let engine = self.clone();
            self.spawn(async move { engine.reread_numbers(regions_now).await });
        }
        for task in lock(&self.inner.sync_tasks).values() {
            task.wake.notify_one();
        }
        self.inner.outbox_wake.notify_one();
    }

    async fn reread_numbers(
        &self,
        regions: BTreeMap<ConnectionId, callside_core::phone_number::Region>,
    ) {
        if let Err(error) = self.inner.store.reread_numbers(&regions).await {
            self.note_store_error("read the numbers anew", &error);
        }
        self.rematch_waiting().await;
    }

    /// The words in logged texts.
    pub(crate) fn labels(&self) -> Arc<LogLabels> {
        lock(&self.inner.labels).clone()
    }

    /// Takes other words for logged texts.
    pub fn set_labels(&self, labels: LogLabels) {
        *lock(&self.inner.labels) = Arc::new(labels);
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn crm(&self, connection: &ConnectionId) -> Option<Arc<dyn Crm>> {
        lock(&self.inner.crms).get(connection).cloned()
    }

    pub(crate) fn put_crm(&self, crm: Arc<dyn Crm>) {
        lock(&self.inner.crms).insert(crm.connection(), crm);
    }

    pub(crate) fn drop_crm(&self, connection: &ConnectionId) {
        lock(&self.inner.crms).remove(connection);
    }

    pub(crate) fn tell(&self, event: EngineEvent) {
        // Nobody listening is no failure: the headless engine may run without a window.
        let _ = self.inner.events.send(event);
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.inner.stop.clone();
        self.inner.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// What this comes to, unless it takes longer than `limit` by the engine's clock.
    pub(crate) async fn within<T>(
        &self,
        limit: SignedDuration,
        doing: impl Future<Output = T>,
    ) -> Option<T> {
        let now = self.now();
        let end = now.checked_add(limit).unwrap_or(now);
        tokio::select! {
            biased;
            done = doing => Some(done),
            () = self.inner.clock.sleep_until(end) => None,
        }
    }

    /// Logs a failure of the store where it is given up on, and tells the agent when the disk is
    /// full.
    pub(crate) fn note_store_error(&self, what: &str, error: &callside_store::StoreError) {
        tracing::error!(%error, "could not {what}");
        if matches!(error, callside_store::StoreError::Full { .. }) {
            self.tell(EngineEvent::Notice(Notice::DiskFull));
        }
    }

    /// Whether nothing is under way: no event waits, and every task sleeps on the clock. How many
    /// sleep there, only the clock knows. For tests, which then see all effects of what they did.
    pub fn is_at_rest(&self, asleep: usize) -> bool {
        let inner = &self.inner;
        let events = inner.arriving.capacity() < inner.arriving.max_capacity();
        let in_turn = inner.turn.try_lock().is_err();
        // One task sleeps on the events instead.
        !events && !in_turn && inner.tasks.len() <= asleep + 1
    }

    async fn take_events(&self) {
        let Some(mut arrived) = self.inner.arrived.lock().await.take() else {
            return;
        };
        while let Some(event) = arrived.recv().await {
            self.take_event(event).await;
        }
    }
}

impl CallEvents for Engine {
    fn report(&self, event: CallEvent) {
        if self.inner.arriving.try_send(event).is_err() {
            tracing::warn!("dropped a telephony event: too many at once");
        }
    }

    fn source_changed(&self, name: &str, state: TelephonyState) {
        let before = lock(&self.inner.telephony_states).insert(name.to_owned(), state);
        if before != Some(state) {
            self.tell(EngineEvent::Telephony(name.to_owned(), state));
        }
    }
}
