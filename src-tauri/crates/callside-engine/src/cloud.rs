//! Telephony services in the cloud: which are set up, how each stands, and the task that asks them
//! what is due.
//!
//! What is to be asked and written is in the journal; here it is only carried out, in order and one
//! at a time, since a service has one limit for the whole company. A service that fails delays its
//! own questions and nothing else.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use callside_core::call::Call;
use callside_core::cloud_call::{CloudAgent, CloudCall, CloudLine, CloudTag};
use callside_core::ports::{Budget, CloudTelephony, ReadError};
use callside_store::{RecordingCounts, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::events::EngineEvent;
use crate::live::lock;

/// A service is looked after at least this often, whatever was told.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// The company's labels are asked for again after this time.
const TAGS_FRESH: SignedDuration = SignedDuration::from_hours(24);
/// What was read so lately of a call's labels still stands. Short: a person may set another one
/// meanwhile, and it would be lost where writing replaces them.
const LABELS_FRESH: SignedDuration = SignedDuration::from_secs(10);
/// How often calls are fetched that happened elsewhere.
const CATCH_UP_EVERY: SignedDuration = SignedDuration::from_mins(15);
/// The same for a service that tells nothing while a call goes on.
const POLL_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// The services that were set up, under this fact.
const SERVICES: &str = "cloud_services";

/// Whose calls at a service are looked after, and how.
#[derive(Debug, Clone)]
pub struct CloudSetup {
    /// The agent there. Without one no calls are fetched.
    pub agent: Option<CloudAgent>,
    /// Lines whose calls are fetched and logged, by number, name or id; empty for all.
    pub lines: Vec<String>,
    /// How often calls are fetched.
    pub every: SignedDuration,
    /// Whether the service lists calls by line only.
    pub by_line: bool,
}

impl CloudSetup {
    /// What suits the service with this name.
    pub fn for_service(name: &str, agent: Option<CloudAgent>, lines: Vec<String>) -> Self {
        let polled = name == "allo";
        Self {
            agent,
            lines,
            every: if polled { POLL_EVERY } else { CATCH_UP_EVERY },
            by_line: polled,
        }
    }
}

/// How a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloudState {
    /// It answers.
    Connected,
    /// It does not answer.
    Unreachable,
    /// It does not take the key.
    Unauthorized,
}

/// How far the fetching of calls is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Records looked through, whether they were taken or not.
    pub done: u64,
    /// How many will be, where the service counts them. The first import may have to look through
    /// more than it is told at first: it goes on until it has taken enough.
    pub total: Option<u64>,
    /// When it began.
    pub started_at: Timestamp,
    /// Calls that were new.
    pub new: u64,
    /// Whether it is over.
    pub finished: bool,
}

/// A service as windows and `status` show it.
#[derive(Debug, Clone)]
pub struct CloudConnection {
    /// Its short name.
    pub name: String,
    /// How it stands.
    pub state: CloudState,
    /// The agent there.
    pub agent: Option<CloudAgent>,
    /// When calls were last fetched to the end.
    pub last_run_at: Option<Timestamp>,
    /// Why the last question had no answer. None once one had.
    pub last_error: Option<ReadError>,
    /// The fetching under way, or the last one.
    pub import: Option<ImportProgress>,
    /// The recordings on their way to this computer.
    pub recordings: RecordingCounts,
    /// What the service still allows.
    pub budget: Budget,
}

/// A service that is set up.
pub(crate) struct CloudTask {
    cloud: Arc<dyn CloudTelephony>,
    setup: Arc<CloudSetup>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) import_wake: Arc<Notify>,
    pub(crate) handed_over: Arc<Notify>,
    pub(crate) download_wake: Arc<Notify>,
    stop: CancellationToken,
    state: CloudState,
    last_run_at: Option<Timestamp>,
    last_error: Option<ReadError>,
    import: Option<ImportProgress>,
}

impl CloudTask {
    pub(crate) fn cloud(&self) -> Arc<dyn CloudTelephony> {
        self.cloud.clone()
    }
}

/// A service, as its tasks hold it.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) cloud: Arc<dyn CloudTelephony>,
    pub(crate) setup: Arc<CloudSetup>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) import_wake: Arc<Notify>,
    pub(crate) handed_over: Arc<Notify>,
    pub(crate) download_wake: Arc<Notify>,
    pub(crate) lines: Arc<Mutex<Option<AskedLines>>>,
    labels: Arc<Mutex<Option<ReadLabels>>>,
}

/// The labels of the call whose record was read last.
struct ReadLabels {
    at: Timestamp,
    id: String,
    tags: Vec<CloudTag>,
}

impl Service {
    /// Reads the record of a call.
    pub(crate) async fn read(&self, id: &str, now: Timestamp) -> Result<CloudCall, ReadError> {
        let record = self.cloud.call(id).await?;
        *lock(&self.labels) = Some(ReadLabels {
            at: now,
            id: id.to_owned(),
            tags: record.tags.clone(),
        });
        Ok(record)
    }

    /// The labels of a call that was read a moment ago.
    pub(crate) fn labels_just_read(&self, id: &str, now: Timestamp) -> Option<Vec<CloudTag>> {
        let labels = lock(&self.labels);
        let read = labels.as_ref().filter(|read| read.id == id)?;
        (now.duration_since(read.at).abs() < LABELS_FRESH).then(|| read.tags.clone())
    }

    /// These labels were put on the call that was read last.
    pub(crate) fn labels_added(&self, tags: &[CloudTag]) {
        if let Some(read) = lock(&self.labels).as_mut() {
            read.tags.extend_from_slice(tags);
        }
    }

    /// Nobody knows what labels a call has now.
    pub(crate) fn forget_labels(&self) {
        *lock(&self.labels) = None;
    }
}

/// The agent's lines, and when they were asked for.
pub(crate) type AskedLines = (Timestamp, Vec<CloudLine>);

/// The company's labels, as the journal keeps them.
#[derive(Serialize, Deserialize)]
struct KnownTags {
    asked_at: Timestamp,
    tags: Vec<CloudTag>,
}

impl Engine {
    /// Takes a service that the agent set up, in place of one with the same name, and starts to look
    /// after its calls. The shell does so at every start.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be used.
    pub async fn attach_cloud(
        &self,
        cloud: Arc<dyn CloudTelephony>,
        setup: CloudSetup,
    ) -> Result<(), StoreError> {
        let name = cloud.name().to_owned();
        self.know_service(&name, true).await?;
        let service = Service {
            name: name.clone(),
            cloud,
            setup: Arc::new(setup),
            wake: Arc::new(Notify::new()),
            import_wake: Arc::new(Notify::new()),
            handed_over: Arc::new(Notify::new()),
            download_wake: Arc::new(Notify::new()),
            lines: Arc::default(),
            labels: Arc::default(),
        };
        let stop = CancellationToken::new();
        let task = CloudTask {
            cloud: service.cloud.clone(),
            setup: service.setup.clone(),
            wake: service.wake.clone(),
            import_wake: service.import_wake.clone(),
            handed_over: service.handed_over.clone(),
            download_wake: service.download_wake.clone(),
            stop: stop.clone(),
            state: CloudState::Connected,
            last_run_at: None,
            last_error: None,
            import: None,
        };
        if let Some(before) = lock(&self.inner.clouds).insert(name.clone(), task) {
            before.stop.cancel();
        }
        self.resume_sends(&name).await?;
        self.tell(EngineEvent::Cloud(name.clone(), CloudState::Connected));
        self.offer_enrichment(&name).await?;
        self.look_after(service, &stop);
        Ok(())
    }

    fn look_after(&self, service: Service, stop: &CancellationToken) {
        let engines = [self.clone(), self.clone(), self.clone()];
        let [asker, fetcher, loader] = engines;
        let (ask, fetch, load) = (service.clone(), service.clone(), service);
        self.spawn_until(stop, async move { asker.serve(&ask).await });
        self.spawn_until(stop, async move { fetcher.keep_caught_up(&fetch).await });
        self.spawn_until(stop, async move { loader.download_wanted(&load).await });
    }

    fn spawn_until(
        &self,
        stop: &CancellationToken,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let stop = stop.clone();
        self.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// The agent takes a service away. What is known of its calls stays; nothing more is asked.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be used.
    pub async fn detach_cloud(&self, name: &str) -> Result<(), StoreError> {
        if let Some(task) = lock(&self.inner.clouds).remove(name) {
            task.stop.cancel();
        }
        self.know_service(name, false).await
    }

    /// Fetches calls that happened elsewhere now, without waiting for the next time.
    pub fn import_now(&self, name: &str) {
        if let Some(task) = lock(&self.inner.clouds).get_mut(name) {
            // Whoever asked hears of the end, whether there was anything new or not.
            task.import = None;
            task.import_wake.notify_one();
        }
    }

    /// The services that are set up, as windows show them.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn cloud_connections(&self) -> Result<Vec<CloudConnection>, StoreError> {
        let names: Vec<String> = lock(&self.inner.clouds).keys().cloned().collect();
        let mut connections = Vec::new();
        for name in names {
            let recordings = self.inner.store.recording_counts(&name).await?;
            let clouds = lock(&self.inner.clouds);
            connections.extend(clouds.get(&name).map(|task| CloudConnection {
                name: name.clone(),
                state: task.state,
                agent: task.setup.agent.clone(),
                last_run_at: task.last_run_at,
                last_error: task.last_error.clone(),
                import: task.import,
                recordings,
                budget: task.cloud.budget(),
            }));
        }
        Ok(connections)
    }

    /// The labels that the company has at a service, as they were asked for last.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn cloud_tags(&self, name: &str) -> Result<Vec<CloudTag>, StoreError> {
        let known = self.known_tags(name).await?;
        Ok(known.map(|known| known.tags).unwrap_or_default())
    }

    async fn known_tags(&self, name: &str) -> Result<Option<KnownTags>, StoreError> {
        let text = self.inner.store.fact(&tags_fact(name)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The labels that the company has, asked for anew when they are a day old.
    pub(crate) async fn company_tags(
        &self,
        service: &Service,
    ) -> Result<Vec<CloudTag>, CloudFailed> {
        let now = self.now();
        if let Some(known) = self.known_tags(&service.name).await?
            && now.duration_since(known.asked_at).abs() < TAGS_FRESH
        {
            return Ok(known.tags);
        }
        let tags = service.cloud.tags().await?;
        let known = KnownTags {
            asked_at: now,
            tags,
        };
        let text = serde_json::to_string(&known).unwrap_or_default();
        let store = &self.inner.store;
        store.set_fact(&tags_fact(&service.name), &text).await?;
        Ok(known.tags)
    }

    /// The services that were set up, before the shell brings them: what their calls need is planned
    /// already.
    pub(crate) async fn expect_services(&self) -> Result<(), StoreError> {
        let known = self.stored_services().await?;
        lock(&self.inner.known_services).extend(known);
        self.inner.store.recover_sends(self.now()).await
    }

    async fn stored_services(&self) -> Result<BTreeSet<String>, StoreError> {
        let text = self.inner.store.fact(SERVICES).await?;
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    async fn know_service(&self, name: &str, there: bool) -> Result<(), StoreError> {
        let mut known = self.stored_services().await?;
        if there {
            known.insert(name.to_owned());
            lock(&self.inner.known_services).insert(name.to_owned());
        } else {
            known.remove(name);
            lock(&self.inner.known_services).remove(name);
        }
        let text = serde_json::to_string(&known).unwrap_or_default();
        self.inner.store.set_fact(SERVICES, &text).await
    }

    /// The services that know a call, with their ids of it where they are known.
    pub(crate) fn services_of<'a>(&self, call: &'a Call) -> Vec<(&'a str, Option<&'a str>)> {
        let known = lock(&self.inner.known_services);
        let mut services: Vec<(&str, Option<&str>)> = Vec::new();
        for name in call.names.iter().filter(|name| known.contains(&name.app)) {
            let id = name.app_call_id.as_deref().filter(|id| !id.is_empty());
            match services.iter_mut().find(|(app, _)| *app == name.app) {
                Some((_, found)) => *found = found.or(id),
                None => services.push((&name.app, id)),
            }
        }
        services
    }

    /// The agent at a service, where the shell knows one.
    pub(crate) fn agent_at(&self, name: &str) -> Option<CloudAgent> {
        let clouds = lock(&self.inner.clouds);
        clouds.get(name).and_then(|task| task.setup.agent.clone())
    }

    /// Wakes the task that looks after a service.
    pub(crate) fn wake_service(&self, name: &str) {
        if let Some(task) = lock(&self.inner.clouds).get(name) {
            task.wake.notify_one();
        }
    }

    /// A call is with a service that has not named it yet.
    pub(crate) fn note_handed_over(&self, name: &str) {
        if let Some(task) = lock(&self.inner.clouds).get(name) {
            task.handed_over.notify_one();
        }
    }

    pub(crate) fn wake_downloads(&self, name: &str) {
        if let Some(task) = lock(&self.inner.clouds).get(name) {
            task.download_wake.notify_one();
        }
    }

    async fn serve(&self, service: &Service) {
        loop {
            let next = match self.serve_due(service).await {
                Ok(next) => next,
                Err(error) => {
                    self.note_store_error("look after a telephony service", &error);
                    None
                }
            };
            let now = self.now();
            let latest = now.checked_add(LOOK_AGAIN).unwrap_or(now);
            let until = next
                .filter(|at| *at > now)
                .map_or(latest, |at| at.min(latest));
            tokio::select! {
                () = self.inner.clock.sleep_until(until) => {}
                () = service.wake.notified() => {}
            }
        }
    }

    /// Does what is due, and tells when something will be. What the agent wrote goes before what is
    /// read.
    async fn serve_due(&self, service: &Service) -> Result<Option<Timestamp>, StoreError> {
        let store = &self.inner.store;
        loop {
            let next_send = self.send_due(service).await?;
            let due = store.due_follow_ups(&service.name, self.now(), 1).await?;
            let Some(plan) = due.into_iter().next() else {
                let next = store.next_follow_up(&service.name).await?;
                return Ok([next, next_send].into_iter().flatten().min());
            };
            self.follow(service, plan).await?;
        }
    }

    pub(crate) fn note_cloud_answered(&self, name: &str) {
        self.note_cloud(name, None);
    }

    /// A question had no answer. What concerns one call only says nothing of the service.
    pub(crate) fn note_cloud_error(&self, name: &str, error: &ReadError) {
        tracing::info!(%error, service = name, "a telephony service did not answer");
        if !matches!(error, ReadError::Gone) {
            self.note_cloud(name, Some(error));
        }
    }

    fn note_cloud(&self, name: &str, error: Option<&ReadError>) {
        let mut clouds = lock(&self.inner.clouds);
        let Some(task) = clouds.get_mut(name) else {
            return;
        };
        task.last_error = error.cloned();
        let state = match error {
            None => CloudState::Connected,
            Some(ReadError::Unauthorized | ReadError::Forbidden { .. }) => CloudState::Unauthorized,
            Some(ReadError::Offline | ReadError::Unreadable) => CloudState::Unreachable,
            Some(_) => task.state,
        };
        if std::mem::replace(&mut task.state, state) != state {
            drop(clouds);
            self.tell(EngineEvent::Cloud(name.to_owned(), state));
        }
    }

    pub(crate) fn note_import(&self, name: &str, progress: ImportProgress) {
        let mut before = None;
        if let Some(task) = lock(&self.inner.clouds).get_mut(name) {
            before = task.import.replace(progress);
            if progress.finished {
                task.last_run_at = Some(self.now());
            }
        }
        // A look that finds nothing is no news, unless somebody saw another one go on.
        let went_on = before.is_none_or(|before| !before.finished);
        if went_on || progress.new > 0 || !progress.finished {
            self.tell(EngineEvent::Import(name.to_owned(), progress));
        }
    }

    /// The fetching was cut; it begins again later.
    pub(crate) fn note_import_cut(&self, name: &str) {
        let cut = lock(&self.inner.clouds).get_mut(name).and_then(|task| {
            let progress = task.import.as_mut().filter(|import| !import.finished)?;
            progress.finished = true;
            Some(*progress)
        });
        if let Some(progress) = cut {
            self.tell(EngineEvent::Import(name.to_owned(), progress));
        }
    }

    /// A service that may log into the CRM by itself: the agent is offered once that notes go beside
    /// its logs.
    async fn offer_enrichment(&self, name: &str) -> Result<(), StoreError> {
        let settings = self.settings();
        let logging = &settings.logging;
        let decided = [&logging.enrich_sources, &logging.skip_sources];
        let fact = offered_fact(name);
        if name != LOGS_BY_ITSELF
            || decided
                .iter()
                .any(|names| names.iter().any(|known| known == name))
            || self.inner.store.fact(&fact).await?.is_some()
        {
            return Ok(());
        }
        self.inner.store.set_fact(&fact, OFFERED).await?;
        self.tell(EngineEvent::EnrichOffered(name.to_owned()));
        Ok(())
    }

    /// The services for which the agent has not said whether notes go beside their own logs.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn offered_enrichment(&self) -> Result<Vec<String>, StoreError> {
        let offered = self.inner.store.fact(&offered_fact(LOGS_BY_ITSELF)).await?;
        let open = offered.as_deref() == Some(OFFERED);
        Ok(open
            .then(|| LOGS_BY_ITSELF.to_owned())
            .into_iter()
            .collect())
    }

    /// The agent said so. It is not offered again.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be written.
    pub async fn settle_enrichment(&self, name: &str) -> Result<(), StoreError> {
        self.inner
            .store
            .set_fact(&offered_fact(name), "settled")
            .await
    }
}

/// The service whose own integration writes into the CRMs as a rule.
const LOGS_BY_ITSELF: &str = "allo";
const OFFERED: &str = "offered";

/// Why something was not done for a service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CloudFailed {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn tags_fact(name: &str) -> String {
    format!("cloud_tags/{name}")
}

fn offered_fact(name: &str) -> String {
    format!("enrichment_offered/{name}")
}
