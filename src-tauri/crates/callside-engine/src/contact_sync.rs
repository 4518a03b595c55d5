//! Pulls changes per connection and stores them together with the cursor.
//!
//! The first copy is usable from its first page and goes on where it was cut. Afterwards a round
//! of changes runs at the interval of the settings, and a sweep once a day finds out what is gone.
//! The pace inside a round is the adapter's matter.

use std::sync::Arc;

use callside_core::id::ConnectionId;
use callside_core::ports::{Crm, ReadError};
use callside_core::sync::{SyncProgress, SyncWalk};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::connections::ConnectionState;
use crate::engine::Engine;
use crate::events::{EngineEvent, Notice};
use crate::live::lock;

/// How often a sweep looks for deleted records.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Pauses after failures, in seconds; the last one repeats.
const PAUSES_S: [i64; 5] = [2, 5, 10, 30, 60];
/// A caller whom nobody knows asks for a refresh at most this often.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// The sync of one connection, seen from outside.
pub(crate) struct SyncTask {
    pub(crate) wake: Arc<Notify>,
    stop: CancellationToken,
    full: Arc<std::sync::atomic::AtomicBool>,
    progress: watch::Receiver<Option<SyncProgress>>,
    rounds: watch::Receiver<Round>,
    refreshed: Option<Timestamp>,
}

/// How many rounds were begun and ended, and how the last one went.
#[derive(Debug, Clone, Default)]
struct Round {
    begun: u64,
    ended: u64,
    error: Option<ReadError>,
}

/// Why a sync did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SyncFailed {
    /// There is no such connection, or nobody is signed in.
    #[error("sync: the connection is not signed in")]
    NotConnected,
    /// The CRM gave no answer that can be used.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A page could not be stored.
    #[error(transparent)]
    Store(#[from] callside_store::StoreError),
}

struct Walker {
    connection: ConnectionId,
    crm: Arc<dyn Crm>,
    wake: Arc<Notify>,
    full: Arc<std::sync::atomic::AtomicBool>,
    progress: watch::Sender<Option<SyncProgress>>,
    rounds: watch::Sender<Round>,
}

impl Engine {
    pub(crate) fn start_sync(&self, connection: &ConnectionId) {
        let Some(crm) = self.crm(connection) else {
            return;
        };
        self.stop_sync(connection);
        let (progress, progress_seen) = watch::channel(None);
        let (rounds, rounds_seen) = watch::channel(Round::default());
        let walker = Walker {
            connection: connection.clone(),
            crm,
            wake: Arc::new(Notify::new()),
            full: Arc::default(),
            progress,
            rounds,
        };
        let stop = CancellationToken::new();
        let task = SyncTask {
            wake: walker.wake.clone(),
            stop: stop.clone(),
            full: walker.full.clone(),
            progress: progress_seen,
            rounds: rounds_seen,
            refreshed: None,
        };
        lock(&self.inner.sync_tasks).insert(connection.clone(), task);
        let engine = self.clone();
        self.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = engine.keep_synced(walker) => {}
            }
        });
    }

    pub(crate) fn stop_sync(&self, connection: &ConnectionId) {
        if let Some(task) = lock(&self.inner.sync_tasks).remove(connection) {
            task.stop.cancel();
        }
    }

    pub(crate) fn sync_progress(&self, connection: &ConnectionId) -> Option<SyncProgress> {
        let tasks = lock(&self.inner.sync_tasks);
        let progress = *tasks.get(connection)?.progress.borrow();
        progress.filter(|progress| !progress.finished)
    }

    /// Somebody called whom nobody knows: the CRM may know better by now.
    pub(crate) fn refresh_soon(&self) {
        let now = self.now();
        for task in lock(&self.inner.sync_tasks).values_mut() {
            let lately = task
                .refreshed
                .is_some_and(|at| now.duration_since(at).abs() < REFRESH_EVERY);
            if !lately {
                task.refreshed = Some(now);
                task.wake.notify_one();
            }
        }
    }

    /// Runs a sync now and waits for its end.
    ///
    /// # Errors
    /// [`SyncFailed`].
    pub async fn sync_now(&self, connection: &ConnectionId, full: bool) -> Result<(), SyncFailed> {
        let (mut rounds, wanted) = {
            let tasks = lock(&self.inner.sync_tasks);
            let task = tasks.get(connection).ok_or(SyncFailed::NotConnected)?;
            task.full
                .fetch_or(full, std::sync::atomic::Ordering::Relaxed);
            task.wake.notify_one();
            let wanted = task.rounds.borrow().begun + 1;
            (task.rounds.clone(), wanted)
        };
        let ended = rounds
            .wait_for(|round| round.ended >= wanted)
            .await
            .map_err(|_| SyncFailed::NotConnected)?;
        match &ended.error {
            Some(error) => Err(SyncFailed::Read(error.clone())),
            None => Ok(()),
        }
    }

    /// The agent agrees to the shrink that [`Notice::LargeShrink`] told of: what the sweep did not
    /// see leaves the local copy. Returns how many contacts that were; 0 when no shrink waits.
    ///
    /// # Errors
    /// [`callside_store::StoreError`] when the cache cannot be written.
    pub async fn accept_shrink(
        &self,
        connection: &ConnectionId,
    ) -> Result<u64, callside_store::StoreError> {
        self.inner.store.accept_shrink(connection).await
    }

    /// What the shrink that waits for the agent would take away, with some of the contacts by
    /// name. None when none waits.
    ///
    /// # Errors
    /// [`callside_store::StoreError`] when the cache cannot be read.
    pub async fn waiting_shrink(
        &self,
        connection: &ConnectionId,
        some: u32,
    ) -> Result<Option<callside_store::Shrink>, callside_store::StoreError> {
        self.inner.store.waiting_shrink(connection, some).await
    }

    /// The agent wants to keep what the sweep did not see, until the next one. False when no
    /// shrink waits.
    ///
    /// # Errors
    /// [`callside_store::StoreError`] when the cache cannot be written.
    pub async fn refuse_shrink(
        &self,
        connection: &ConnectionId,
    ) -> Result<bool, callside_store::StoreError> {
        self.inner.store.refuse_shrink(connection).await
    }

    async fn keep_synced(&self, walker: Walker) {
        let mut failures: usize = 0;
        loop {
            walker.rounds.send_modify(|round| round.begun += 1);
            let result = self.run_round(&walker).await;
            let pause = match &result {
                Ok(()) => {
                    failures = 0;
                    i64::from(self.settings().sync.interval_s)
                }
                Err(error) => {
                    tracing::info!(%error, "a sync round did not finish");
                    let last = PAUSES_S.len() - 1;
                    let pause = PAUSES_S.get(failures.min(last)).copied().unwrap_or(60);
                    failures += 1;
                    pause_asked(error).unwrap_or(pause)
                }
            };
            let error = match result {
                Err(SyncFailed::Read(error)) => Some(error),
                Err(_) => Some(ReadError::Unreadable),
                Ok(()) => None,
            };
            walker.rounds.send_modify(|round| {
                round.ended = round.begun;
                round.error.clone_from(&error);
            });
            match error {
                Some(error) => self.note_read_error(&walker.connection, &error),
                None => self.look_for_doubles(&walker.connection, &walker.crm).await,
            }
            self.keep_spending(&walker.connection).await;
            let now = self.now();
            let next = now.checked_add(SignedDuration::from_secs(pause));
            tokio::select! {
                () = self.inner.clock.sleep_until(next.unwrap_or(now)) => {}
                () = walker.wake.notified() => {}
            }
        }
    }

    async fn run_round(&self, walker: &Walker) -> Result<(), SyncFailed> {
        let store = &self.inner.store;
        let connection = &walker.connection;
        if walker
            .full
            .swap(false, std::sync::atomic::Ordering::Relaxed)
        {
            store.clear_cursor(connection, SyncWalk::Full).await?;
            self.walk(walker, SyncWalk::Full).await?;
            self.walk(walker, SyncWalk::Sweep).await?;
        } else if !store.sync_facts(connection).await?.first_copy_done {
            self.set_state(connection, ConnectionState::Syncing);
            self.walk(walker, SyncWalk::Full).await?;
        }
        self.walk(walker, SyncWalk::Changes).await?;
        self.set_state(connection, ConnectionState::Connected);
        if self.sweep_is_due(connection).await? {
            self.walk(walker, SyncWalk::Sweep).await?;
            let swept = self.now().to_string();
            store.set_fact(&swept_fact(connection), &swept).await?;
        }
        Ok(())
    }

    async fn sweep_is_due(&self, connection: &ConnectionId) -> Result<bool, SyncFailed> {
        let store = &self.inner.store;
        let now = self.now();
        let name = swept_fact(connection);
        let last: Option<Timestamp> = store.fact(&name).await?.and_then(|at| at.parse().ok());
        let Some(last) = last else {
            // The first copy has just seen everything that exists.
            store.set_fact(&name, &now.to_string()).await?;
            return Ok(false);
        };
        // A sweep in the future was dated by a clock that was wrong.
        Ok(last > now || now.duration_since(last) >= SWEEP_EVERY)
    }

    async fn walk(&self, walker: &Walker, walk: SyncWalk) -> Result<(), SyncFailed> {
        match self.walk_pages(walker, walk).await {
            Err(SyncFailed::Read(ReadError::CursorLost)) => {
                let connection = &walker.connection;
                self.inner.store.clear_cursor(connection, walk).await?;
                self.walk_pages(walker, walk).await
            }
            other => other,
        }
    }

    async fn walk_pages(&self, walker: &Walker, walk: SyncWalk) -> Result<(), SyncFailed> {
        let store = &self.inner.store;
        let connection = &walker.connection;
        let mut cursor = store.cursor(connection, walk).await?;
        if cursor.is_none() && walk == SyncWalk::Changes {
            // The first round of changes goes on where the full copy began to look.
            cursor = store.cursor(connection, SyncWalk::Full).await?;
        }
        let mut progress = SyncProgress {
            done: 0,
            total: None,
            started_at: self.now(),
            finished: false,
        };
        let mut learned = false;
        loop {
            let page = walker.crm.pull(walk, cursor.as_ref()).await?;
            self.note_crm_answered(connection);
            let region = self.settings().region_of(connection);
            let now = self.now();
            let stored = store
                .store_page(connection, walk, &page, region, now)
                .await?;
            if stored.shrink.is_some() {
                self.tell(EngineEvent::Notice(Notice::LargeShrink));
            }
            learned |= !page.changes.is_empty();
            progress.done += page.changes.len().max(page.seen.len()) as u64;
            progress.total = page.total.or(progress.total);
            progress.finished = page.finished;
            walker.progress.send_replace(Some(progress));
            self.tell(EngineEvent::Sync(connection.clone(), progress));
            if page.finished {
                break;
            }
            cursor = Some(page.cursor);
        }
        store.mark_synced(connection, walk, self.now()).await?;
        if walk != SyncWalk::Changes {
            // A walk through everything fills the databases' memory with pages that nobody asks for again.
            store.trim_memory().await?;
        }
        if learned {
            self.rematch_waiting().await;
        }
        Ok(())
    }
}

fn pause_asked(error: &SyncFailed) -> Option<i64> {
    match error {
        SyncFailed::Read(ReadError::Busy { retry_after }) => {
            retry_after.map(|pause| pause.as_secs().max(1))
        }
        _ => None,
    }
}

fn swept_fact(connection: &ConnectionId) -> String {
    format!("swept/{connection}")
}
