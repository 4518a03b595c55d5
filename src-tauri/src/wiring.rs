//! Builds the adapters from the settings and hands them to the engine.
//!
//! An [`App`] is everything that runs without a window: the engine with its databases, the
//! secrets, the signed-in CRMs and the softphones. Windows and the command line are views of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callside_core::id::{CallId, ConnectionId};
use callside_core::outbox::DeliveryState;
use callside_core::ports::{Clock, SecretError};
use callside_core::settings::Settings;
use callside_engine::connections::{ConnectionState, ConnectionStatus, Trouble};
use callside_engine::events::EngineEvent;
use callside_engine::{Engine, EngineParts, Ids};
use callside_store::{Backup, BackupError, OpenError, Opened, Store, StoreError, StoreOptions};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::home::{Home, HomeFailed};
use crate::settings_file::{Broken, SaveFailed, SettingsFile, Stamp};
use crate::shapes;
use crate::text::{Text, crm_name, log_labels};
use crate::views;
use crate::wire::{ConnectionShape, HooksShape, KeychainWord, SecretsWord, StatusShape};

mod clock;
pub mod cloud;
pub mod keychain;
pub mod sample;
pub mod sign_in;
pub mod softphones;

pub use clock::SystemClock;
use keychain::Unlock;
use sample::Sample;
use softphones::Softphones;

/// How often the settings' file is looked at for changes by hand.
const LOOK_AT_SETTINGS: Duration = Duration::from_secs(2);
/// Everything has to be put down within this time when the app ends.
const STOPS_WITHIN: Duration = Duration::from_millis(1_800);

/// What an app is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The agent's own data, with all tasks running.
    Normal,
    /// A made-up company, served by a sandbox on this computer; nothing is kept.
    Sample,
    /// One command: nothing runs beside it, no softphone is spoken to.
    OneCommand,
}

/// Why the app could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailed {
    /// Where secrets are kept has to be settled first.
    #[error("open the secrets: {0:?}")]
    Secrets(SecretsWord),
    /// The passphrase does not open the file.
    #[error("open the secrets: the passphrase is wrong")]
    WrongPassphrase,
    /// The file with the passphrase cannot be read.
    #[error(
        "open the secrets: the file named by {} cannot be read",
        keychain::PASSPHRASE_FILE
    )]
    PassphraseFile(#[source] std::io::Error),
    /// The keychain or the file of secrets failed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeFailed),
    /// The databases cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sample CRM does not start.
    #[error(transparent)]
    Sample(#[from] callside_sandbox::SandboxFailed),
}

/// What opening the databases brought to light.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenNotes {
    /// A journal that could not be read lies here now.
    pub journal_set_aside: Option<std::path::PathBuf>,
    /// How many calls were copied from it.
    pub calls_rescued: u64,
    /// The cache was made anew; a full copy follows.
    pub cache_rebuilt: bool,
    /// A good backup that could take the place of the journal that was begun then.
    pub backup: Option<Backup>,
}

/// Everything that runs without a window. Cheap to clone; all clones are one app.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    home: Home,
    mode: Mode,
    engine: Engine,
    clock: Arc<dyn Clock>,
    file: SettingsFile,
    broken: Mutex<Option<Broken>>,
    seen: Mutex<Stamp>,
    secrets: Arc<keychain::Watched>,
    secrets_word: SecretsWord,
    text: Mutex<Arc<Text>>,
    softphones: Softphones,
    crms: Mutex<BTreeMap<ConnectionId, Arc<callside_crm::sellsy::Sellsy>>>,
    clouds: cloud::Clouds,
    sample: Option<Sample>,
    notes: OpenNotes,
    /// Calls that reached each CRM since its requests are counted.
    logged: Mutex<BTreeMap<ConnectionId, BTreeSet<CallId>>>,
    changes: watch::Sender<u64>,
    /// What happened since before the first task began, for whoever asks first.
    early: Mutex<Option<broadcast::Receiver<EngineEvent>>>,
    /// One change of the settings at a time.
    turn: tokio::sync::Mutex<()>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Locks, whatever happened to an earlier holder: the values are replaced as a whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Opens the databases and starts what belongs to the mode. The caller holds the home's lock.
    /// In the sample mode `home` is not touched.
    ///
    /// # Errors
    /// [`OpenFailed`]; [`OpenFailed::Secrets`] says what has to be settled with the agent first.
    pub async fn open(home: &Home, mode: Mode, unlock: Unlock) -> Result<Self, OpenFailed> {
        let agent_settings = SettingsFile::of(home).load();
        let sample = match mode {
            Mode::Sample => Some(Sample::start(&agent_settings.settings).await?),
            _ => None,
        };
        let home = sample.as_ref().map_or(home, Sample::home).clone();
        let unlock = match mode {
            Mode::Sample => Unlock::Session,
            _ => unlock,
        };
        let opened = keychain::open(&home, unlock).await?;
        // A session keeps its data where they vanish, too.
        let data = opened.session_home.as_ref().unwrap_or(&home).data();
        let options = StoreOptions {
            dir: data.to_owned(),
            key: Some(opened.key),
        };
        let store = open_store(options).await?;
        let backup = match &store.journal_set_aside {
            Some(_) => store.store.good_backup().await.unwrap_or_else(|error| {
                tracing::error!(%error, "the backups cannot be looked through");
                None
            }),
            None => None,
        };
        let file = SettingsFile::of(&home);
        let seen = file.stamp();
        let loaded = match &sample {
            Some(sample) => crate::settings_file::Loaded {
                settings: sample.settings().clone(),
                broken: None,
            },
            None => file.load(),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let engine = Engine::new(EngineParts {
            store: store.store,
            clock: Arc::clone(&clock),
            ids: Ids::random(),
            labels: log_labels(&loaded.settings),
            settings: loaded.settings.clone(),
        });
        let app = Self {
            inner: Arc::new(Inner {
                softphones: Softphones::new(engine.clone(), Arc::clone(&clock)),
                home: opened.session_home.unwrap_or(home),
                mode,
                engine,
                clock,
                file,
                broken: Mutex::new(loaded.broken),
                seen: Mutex::new(seen),
                secrets: opened.secrets,
                secrets_word: opened.word,
                text: Mutex::new(Text::of(loaded.settings.language)),
                crms: Mutex::default(),
                clouds: cloud::Clouds::default(),
                sample,
                notes: OpenNotes {
                    journal_set_aside: store.journal_set_aside,
                    calls_rescued: store.calls_rescued,
                    cache_rebuilt: store.cache_rebuilt,
                    backup,
                },
                logged: Mutex::default(),
                changes: watch::Sender::new(0),
                early: Mutex::default(),
                turn: tokio::sync::Mutex::default(),
                stop: CancellationToken::new(),
                tasks: TaskTracker::new(),
            }),
        };
        app.begin(&loaded.settings).await?;
        Ok(app)
    }

    async fn begin(&self, settings: &Settings) -> Result<(), OpenFailed> {
        let inner = &self.inner;
        if let Some(broken) = self.broken_settings() {
            tracing::info!(line = ?broken.line, key = ?broken.key, "the settings cannot be read");
        }
        callside_core::phone_number::warm_up(&[settings.region]);
        if inner.mode == Mode::OneCommand {
            inner.engine.pick_up().await?;
            self.reconnect(settings).await;
            self.take_up_clouds(settings).await;
            return Ok(());
        }
        let events = inner.engine.listen();
        *lock(&inner.early) = Some(inner.engine.listen());
        inner.engine.start().await?;
        self.spawn(count_logged(self.clone(), events));
        self.spawn(cloud::tell_states(self.clone(), inner.engine.listen()));
        self.reconnect(settings).await;
        let key = inner.engine.hook_key().await?;
        inner.softphones.wire(settings, &key, None).await;
        self.take_up_clouds(settings).await;
        match &inner.sample {
            Some(sample) => sample.sign_in(self).await,
            None => self.spawn(watch_settings(self.clone())),
        }
        Ok(())
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.inner.stop.clone();
        self.inner.tasks.spawn(async move {
            stop.run_until_cancelled(task).await;
        });
    }

    /// Puts everything down, within two seconds. What was acknowledged is on disk.
    pub async fn stop(&self) {
        let inner = &self.inner;
        inner.stop.cancel();
        inner.tasks.close();
        let all = async {
            inner.softphones.stop().await;
            inner.engine.stop().await;
            inner.tasks.wait().await;
            inner.engine.store().clone().close().await;
        };
        if tokio::time::timeout(STOPS_WITHIN, all).await.is_err() {
            tracing::warn!("the app did not come to rest in time");
        }
        if let Some(sample) = &inner.sample {
            sample.stop().await;
        }
        if inner.secrets_word == SecretsWord::Session {
            inner.home.remove();
        }
    }

    /// Ends the app and puts a backup in the journal's place; the app has to be opened anew. Returns
    /// where the journal that was there lies now.
    ///
    /// # Errors
    /// [`BackupError`]. With [`BackupError::Unknown`] the app goes on; else it has ended, and the
    /// journal is in its place.
    pub async fn restore_backup(&self, name: &str) -> Result<Option<PathBuf>, BackupError> {
        let store = self.engine().store().clone();
        // A folder that cannot be listed holds nothing to restore; the app goes on.
        let known = store.backups().await.unwrap_or_default();
        if !known.iter().any(|backup| backup.name == name) {
            return Err(BackupError::Unknown);
        }
        self.stop().await;
        store.restore(name, self.inner.clock.now()).await
    }

    /// The use cases.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The engine's events. Whoever asks first gets all of them since the start.
    pub fn events(&self) -> broadcast::Receiver<EngineEvent> {
        let early = lock(&self.inner.early).take();
        early.unwrap_or_else(|| self.inner.engine.listen())
    }

    /// The folders in use; those of a session or a sample are temporary.
    pub fn home(&self) -> &Home {
        &self.inner.home
    }

    /// What it was opened for.
    pub fn mode(&self) -> Mode {
        self.inner.mode
    }

    /// Where the settings are.
    pub fn settings_file(&self) -> &SettingsFile {
        &self.inner.file
    }

    /// What is wrong with the settings' file; the last good settings are in force then.
    pub fn broken_settings(&self) -> Option<Broken> {
        lock(&self.inner.broken).clone()
    }

    /// What opening the databases brought to light.
    pub fn open_notes(&self) -> &OpenNotes {
        &self.inner.notes
    }

    /// Where secrets are kept.
    pub fn secrets_word(&self) -> SecretsWord {
        self.inner.secrets_word
    }

    /// Whether the keychain locked while the app runs: the CRM cannot be asked until it is
    /// unlocked, and calls go on.
    pub fn keychain_locked(&self) -> bool {
        self.inner.secrets.are_locked()
    }

    /// Why a connection does not work, for people. A locked keychain looks to the adapter as if
    /// nothing could be reached.
    pub fn connection_reason(&self, name: &str, state: &ConnectionState) -> Option<String> {
        let unreachable = *state == ConnectionState::Trouble(Trouble::Unreachable);
        if unreachable && self.keychain_locked() {
            let values = [("crm", crm_name(name))];
            return Some(
                self.text()
                    .say_with("rust-connection-keychain-locked", &values),
            );
        }
        self.text().connection_reason(name, state)
    }

    /// A connection as `status` and the windows show it.
    pub fn connection_shape(&self, status: &ConnectionStatus) -> ConnectionShape {
        let logged = self.logged_calls(&status.name);
        let mut shape = shapes::connection(status, logged, &self.text());
        shape.reason = self.connection_reason(status.name.as_str(), &status.state);
        shape
    }

    /// Where secrets are kept, as `status` prints it.
    pub fn keychain_word(&self) -> KeychainWord {
        if self.keychain_locked() {
            return KeychainWord::Locked;
        }
        keychain::status_word(self.inner.secrets_word)
    }

    /// The sentences in the agent's language.
    pub fn text(&self) -> Arc<Text> {
        lock(&self.inner.text).clone()
    }

    /// Cancelled when the app is put down.
    pub fn ending(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    /// The softphones and the listener.
    pub fn softphones(&self) -> &Softphones {
        &self.inner.softphones
    }

    /// The sample workspace, where this is one.
    pub fn sample(&self) -> Option<&Sample> {
        self.inner.sample.as_ref()
    }

    /// The clock of everything here.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.clock)
    }

    /// Grows with every change of the settings.
    pub fn settings_changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Writes new settings and puts them in force.
    ///
    /// # Errors
    /// [`SaveFailed`]; nothing changed then.
    pub async fn save_settings(&self, settings: Settings) -> Result<(), SaveFailed> {
        let turn = self.inner.turn.lock().await;
        self.inner.file.save(&settings)?;
        *lock(&self.inner.seen) = self.inner.file.stamp();
        *lock(&self.inner.broken) = None;
        self.apply(settings).await;
        drop(turn);
        Ok(())
    }

    /// Reads the settings' file again and puts it in force.
    pub async fn reload_settings(&self) {
        if self.inner.mode == Mode::Sample {
            return;
        }
        let _turn = self.inner.turn.lock().await;
        let stamp = self.inner.file.stamp();
        let loaded = self.inner.file.load();
        *lock(&self.inner.seen) = stamp;
        if let Some(broken) = &loaded.broken {
            tracing::info!(line = ?broken.line, key = ?broken.key, "the settings cannot be read");
        }
        let now_broken = loaded.broken.is_some();
        *lock(&self.inner.broken) = loaded.broken;
        if now_broken {
            // What runs goes on as it is; the copy of the last good file says the same.
            self.tell_change();
        } else {
            self.apply(loaded.settings).await;
        }
    }

    fn tell_change(&self) {
        self.inner.changes.send_modify(|count| *count += 1);
    }

    async fn apply(&self, settings: Settings) {
        let inner = &self.inner;
        let before = inner.engine.settings();
        if *before == settings {
            return self.tell_change();
        }
        *lock(&inner.text) = Text::of(settings.language);
        inner.engine.set_labels(log_labels(&settings));
        inner.engine.set_settings(settings.clone());
        if before.crm.sellsy != settings.crm.sellsy || before.agent != settings.agent {
            self.reconnect(&settings).await;
        }
        match inner.engine.hook_key().await {
            Ok(key) => inner.softphones.wire(&settings, &key, Some(&before)).await,
            Err(error) => tracing::error!(%error, "could not read the hook key"),
        }
        self.follow_clouds(&before, &settings).await;
        self.tell_change();
    }

    /// Makes a new hook key; the old one proves nothing any more.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be written.
    pub async fn renew_hook_key(&self) -> Result<String, StoreError> {
        let key = self.inner.engine.renew_hook_key().await?;
        self.inner.softphones.renew_key(&key);
        Ok(key)
    }

    /// What `status` prints.
    ///
    /// # Errors
    /// [`StoreError`] when the databases cannot be read.
    pub async fn status(&self) -> Result<StatusShape, StoreError> {
        let engine = self.engine();
        let statuses = engine.connection_statuses().await?;
        let connections = statuses
            .iter()
            .map(|status| self.connection_shape(status))
            .collect();
        let sources = match self.inner.mode {
            Mode::OneCommand => softphones::resting(&engine.settings(), self.clouds()),
            _ => engine.telephony_states(),
        };
        let clouds = engine.cloud_connections().await?;
        let text = self.text();
        let import = |name: &str| {
            let cloud = clouds.iter().find(|cloud| cloud.name == name)?;
            Some(views::cloud::import(cloud, engine.now(), &text))
        };
        let telephony = sources
            .iter()
            .map(|(name, state)| shapes::source(name, *state, import(name)))
            .collect();
        Ok(StatusShape {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            connections,
            outbox: shapes::outbox(engine.store().outbox_counts().await?),
            telephony,
            hooks: HooksShape {
                key: engine.hook_key().await?,
                http: match self.inner.mode {
                    Mode::OneCommand => engine.settings().hooks.http,
                    _ => self.inner.softphones.listens_at().is_some(),
                },
            },
            keychain: self.keychain_word(),
        })
    }

    /// How many calls reached the CRM since its requests are counted.
    pub fn logged_calls(&self, connection: &ConnectionId) -> u64 {
        let logged = lock(&self.inner.logged);
        logged.get(connection).map_or(0, |calls| calls.len() as u64)
    }
}

/// Opens the databases on a thread of its own: the work is made of many small waits for the disk,
/// and the compiler cannot tell that it might change threads.
async fn open_store(options: StoreOptions) -> Result<Opened, OpenFailed> {
    let runtime = tokio::runtime::Handle::current();
    let dir = options.dir.clone();
    let opening = tokio::task::spawn_blocking(move || runtime.block_on(Store::open(options)));
    match opening.await {
        Ok(opened) => {
            let opened = opened?;
            keep_to_owner(&dir);
            Ok(opened)
        }
        Err(broken) => Err(OpenError::Io(std::io::Error::other(broken)).into()),
    }
}

/// The files are encrypted; that others cannot even copy them costs nothing.
fn keep_to_owner(dir: &std::path::Path) {
    #[cfg(unix)]
    for file in ["journal", "cache"] {
        for suffix in ["db", "db-wal", "db-shm"] {
            use std::os::unix::fs::PermissionsExt as _;
            let file = dir.join(format!("{file}.{suffix}"));
            let owner_only = std::fs::Permissions::from_mode(0o600);
            if let Err(error) = std::fs::set_permissions(file, owner_only) {
                tracing::debug!(kind = ?error.kind(), "a file stays as open as it is");
            }
        }
    }
    #[cfg(not(unix))]
    let _ = dir;
}

async fn count_logged(app: App, mut events: broadcast::Receiver<EngineEvent>) {
    loop {
        match events.recv().await {
            Ok(EngineEvent::Delivery(entry)) => {
                if entry.delivery.state == DeliveryState::Delivered {
                    let mut logged = lock(&app.inner.logged);
                    let calls = logged.entry(entry.connection).or_default();
                    calls.insert(entry.call);
                }
            }
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

async fn watch_settings(app: App) {
    loop {
        tokio::time::sleep(LOOK_AT_SETTINGS).await;
        let stamp = app.inner.file.stamp();
        if *lock(&app.inner.seen) != stamp {
            app.reload_settings().await;
        }
    }
}
