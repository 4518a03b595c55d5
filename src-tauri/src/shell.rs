//! What the windows' side of the app holds together: the app, the card desk, the tray.
//!
//! The shell listens to the engine and tells the windows. It may exist before the databases are
//! open, since without a keychain the agent is asked first; commands then answer "locked".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callside_core::call::CallState;
use callside_core::id::CallId;
use callside_engine::Engine;
use callside_engine::events::{EngineEvent, Notice};
use tauri::{AppHandle, Manager as _};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;

use crate::desktop::announce::Announcer;
use crate::desktop::notify::Notifications;
use crate::desktop::tray::{Tray, TrayMood};
use crate::desktop::windows::{self, Windows};
use crate::error::Failed;
use crate::handlers::Handlers;
use crate::home::Home;
use crate::text::Text;
use crate::views::card::CardDesk;
use crate::views::{app as app_view, calls, cloud, setup};
use crate::wire::{
    AppChanged, BannersChanged, CallsChanged, CardChanged, CardState, CloudsChanged, CommandError,
    ConnectionsChanged, CountsView, Destination, SampleChanged, SecretsWord, SignInView,
    TelephonyChanged, WindowWord,
};
use crate::wiring::cloud::Service;
use crate::wiring::sign_in::Attempt;
use crate::wiring::{App, lock};
use crate::workspace::follow::follow;

/// What stands behind the scheme in a link that only tests the way.
pub const TEST_LINK: &str = "callside-test";

/// An offer to undo is over this much later, so that no clock can see it as still open.
const UNDO_ROUNDING: Duration = Duration::from_millis(20);

/// What a command answers.
pub type Answer<T> = Result<T, CommandError>;

/// The windows' side of the app. Cheap to clone.
#[derive(Clone)]
pub struct Shell {
    inner: Arc<Inner>,
}

struct Inner {
    home: Home,
    app: Mutex<Option<App>>,
    cards: CardDesk,
    seen: Mutex<BTreeSet<(CallId, &'static str)>>,
    windows: Windows,
    notifications: Arc<Notifications>,
    tray: Mutex<Option<Tray>>,
    dismissed: Mutex<BTreeSet<String>>,
    /// Where the desk should go once it is ready to listen.
    aim: Mutex<Option<Destination>>,
    shortcut: AtomicBool,
    watches_undo: AtomicBool,
    secrets: Mutex<SecretsWord>,
    sign_ins: Mutex<BTreeMap<String, SigningIn>>,
    test_links: watch::Sender<u64>,
    handlers: Option<Handlers>,
    /// One telling at a time: what was read first must not be told last.
    telling: tokio::sync::Mutex<()>,
}

/// A sign-in under way.
struct SigningIn {
    attempt: Option<Arc<Attempt>>,
    failed: Option<String>,
}

/// What a batch of events changed for the windows.
#[derive(Default)]
struct Changed {
    calls: bool,
    connections: bool,
    telephony: bool,
    banners: bool,
}

impl Shell {
    /// A shell whose databases are not open yet.
    pub fn new(home: Home) -> Self {
        Self {
            inner: Arc::new(Inner {
                app: Mutex::default(),
                cards: CardDesk::default(),
                seen: Mutex::default(),
                windows: Windows::default(),
                notifications: Arc::default(),
                tray: Mutex::default(),
                dismissed: Mutex::default(),
                aim: Mutex::default(),
                shortcut: AtomicBool::new(false),
                watches_undo: AtomicBool::new(false),
                secrets: Mutex::new(SecretsWord::Undecided),
                sign_ins: Mutex::default(),
                test_links: watch::Sender::new(0),
                handlers: Handlers::of(&home),
                telling: tokio::sync::Mutex::default(),
                home,
            }),
        }
    }

    /// The folders of this install.
    pub fn home(&self) -> &Home {
        &self.inner.home
    }

    /// The app, once its databases are open.
    pub fn app(&self) -> Option<App> {
        lock(&self.inner.app).clone()
    }

    /// The app, or the refusal that it is not open yet.
    ///
    /// # Errors
    /// [`Failed::Locked`].
    pub fn open_app(&self) -> Result<App, Failed> {
        self.app().ok_or(Failed::Locked)
    }

    /// The engine.
    ///
    /// # Errors
    /// [`Failed::Locked`] while the databases are not open.
    pub fn engine(&self) -> Result<Engine, Failed> {
        Ok(self.open_app()?.engine().clone())
    }

    /// The sentences of the agent's language.
    pub fn text(&self) -> Arc<Text> {
        match self.app() {
            Some(app) => app.text(),
            None => Text::of(callside_core::settings::Language::System),
        }
    }

    /// The windows.
    pub fn windows(&self) -> &Windows {
        &self.inner.windows
    }

    /// Runs a command's work and puts a failure into words.
    ///
    /// # Errors
    /// What the work failed with, as a window gets it.
    pub async fn answer<T>(&self, work: impl Future<Output = Result<T, Failed>>) -> Answer<T> {
        work.await.map_err(|failed| failed.told(&self.text()))
    }

    /// All that the card window shows.
    ///
    /// # Errors
    /// [`Failed::Locked`].
    pub fn card_state(&self) -> Result<CardState, Failed> {
        let engine = self.engine()?;
        Ok(self.inner.cards.state(&engine, &self.text()))
    }

    /// Banners that the agent closed.
    pub fn dismiss(&self, banner: &str) {
        lock(&self.inner.dismissed).insert(banner.to_owned());
    }

    /// Whether the agent closed this banner.
    pub fn is_dismissed(&self, banner: &str) -> bool {
        lock(&self.inner.dismissed).contains(banner)
    }

    /// Who opens which links on this machine. None where the system has no home folder.
    pub fn handlers(&self) -> Option<&Handlers> {
        self.inner.handlers.as_ref()
    }

    /// Where secrets are kept, or what has to be settled first.
    pub fn secrets_word(&self) -> SecretsWord {
        match self.app() {
            Some(app) => app.secrets_word(),
            None => *lock(&self.inner.secrets),
        }
    }

    /// What has to be settled before the databases can be opened.
    pub fn needs(&self, word: SecretsWord) {
        *lock(&self.inner.secrets) = word;
    }

    /// The sign-in under way, as windows show it.
    pub fn sign_in(&self, connection: &str) -> Option<SignInView> {
        let sign_ins = lock(&self.inner.sign_ins);
        let under_way = sign_ins.get(connection)?;
        Some(SignInView {
            browser: under_way.attempt.is_some(),
            may_paste: under_way.attempt.is_some(),
            failed: under_way.failed.clone(),
        })
    }

    /// The attempt of a sign-in under way.
    pub fn attempt(&self, connection: &str) -> Option<Arc<Attempt>> {
        lock(&self.inner.sign_ins).get(connection)?.attempt.clone()
    }

    /// Keeps a sign-in that began, or what it failed with; None forgets it.
    pub fn keep_sign_in(
        &self,
        connection: &str,
        state: Option<(Option<Arc<Attempt>>, Option<String>)>,
    ) {
        let mut sign_ins = lock(&self.inner.sign_ins);
        match state {
            Some((attempt, failed)) => {
                sign_ins.insert(connection.to_owned(), SigningIn { attempt, failed });
            }
            None => {
                sign_ins.remove(connection);
            }
        }
    }

    /// Counts dry runs of a link that arrived.
    pub fn watch_test_links(&self) -> watch::Receiver<u64> {
        self.inner.test_links.subscribe()
    }

    /// Takes a link that only tests the way. False for any other.
    pub fn take_test_link(&self, link: &str) -> bool {
        let test = link.split_once(':').is_some_and(|(_, rest)| {
            rest.trim_start_matches('/').trim_end_matches('/') == TEST_LINK
        });
        if test {
            self.inner.test_links.send_modify(|count| *count += 1);
        }
        test
    }

    /// Tells the windows how the connections stand.
    pub async fn tell_connections(&self, handle: &AppHandle) {
        let changed = Changed {
            connections: true,
            banners: true,
            ..Changed::default()
        };
        self.tell(handle, changed).await;
    }

    /// Where the desk should go.
    pub fn aim(&self, destination: Destination) {
        *lock(&self.inner.aim) = Some(destination);
    }

    /// Where the desk should go; asked once by a desk that is ready.
    pub fn take_aim(&self) -> Option<Destination> {
        lock(&self.inner.aim).take()
    }

    /// Notes whether the global shortcut is ours.
    pub fn keep_shortcut(&self, taken: bool) {
        self.inner.shortcut.store(taken, Ordering::Relaxed);
    }

    /// Whether the global shortcut is ours.
    pub fn has_shortcut(&self) -> bool {
        self.inner.shortcut.load(Ordering::Relaxed)
    }

    /// Says why the agent's own number is not dialled, where no window asked.
    pub fn say_refused(&self, handle: &AppHandle, error: &callside_engine::dialing::DialFailed) {
        if let Ok(engine) = self.engine() {
            let words = self.text().dial_failed(error);
            self.announcer(handle, &engine)
                .sentence("dial-refused", words);
        }
    }

    /// Keeps the tray's icon.
    pub fn keep_tray(&self, tray: Tray) {
        *lock(&self.inner.tray) = Some(tray);
    }

    /// Lets the app go, so that its data can be opened anew.
    pub fn let_go(&self) -> Option<App> {
        lock(&self.inner.app).take()
    }

    /// Ends the app.
    pub fn quit(&self, handle: &AppHandle) {
        let shell = self.clone();
        let handle = handle.clone();
        tauri::async_runtime::spawn(async move {
            if let Some(app) = shell.app() {
                app.stop().await;
            }
            handle.exit(0);
        });
    }

    /// Takes an app whose databases are open, shows what it has, and listens to it.
    pub async fn run(&self, handle: &AppHandle, app: App) {
        let before = lock(&self.inner.app).replace(app.clone());
        if let Some(before) = before {
            before.stop().await;
        }
        self.inner.cards.clear();
        let engine = app.engine().clone();
        let mut events = engine.listen();
        match engine.cards().await {
            Ok(cards) => {
                for card in cards {
                    self.note_seen(&card);
                    self.inner.cards.put(card);
                }
            }
            Err(error) => tracing::error!(%error, "could not read the open calls"),
        }
        self.show_cards(handle, true);
        self.tell_app(handle).await;
        let everything = Changed {
            calls: true,
            connections: true,
            telephony: true,
            banners: true,
        };
        self.tell(handle, everything).await;
        self.watch_settings(handle, &app);
        for service in Service::ALL {
            let following = follow(handle.clone(), app.clone(), service);
            tauri::async_runtime::spawn(following);
        }
        let shell = self.clone();
        let handle = handle.clone();
        tauri::async_runtime::spawn(async move {
            loop {
                let first = match events.recv().await {
                    Ok(event) => Some(event),
                    Err(RecvError::Lagged(_)) => None,
                    Err(RecvError::Closed) => return,
                };
                let mut changed = Changed::default();
                let mut next = first;
                loop {
                    match next.take() {
                        Some(event) => shell.take(&handle, &engine, event, &mut changed).await,
                        None => shell.reload(&handle, &engine, &mut changed).await,
                    }
                    next = match events.try_recv() {
                        Ok(event) => Some(event),
                        Err(TryRecvError::Lagged(_)) => continue,
                        Err(_) => break,
                    };
                }
                shell.tell(&handle, changed).await;
            }
        });
    }

    /// The file of the settings may be changed by hand at any time.
    fn watch_settings(&self, handle: &AppHandle, app: &App) {
        let mut changes = app.settings_changes();
        let shell = self.clone();
        let handle = handle.clone();
        tauri::async_runtime::spawn(async move {
            while changes.changed().await.is_ok() {
                shell.tell_all(&handle).await;
            }
        });
    }

    /// Some events were missed: what they would have said is asked anew.
    async fn reload(&self, handle: &AppHandle, engine: &Engine, changed: &mut Changed) {
        self.inner.cards.clear();
        for card in engine.cards().await.unwrap_or_default() {
            self.inner.cards.put(card);
        }
        self.show_cards(handle, false);
        *changed = Changed {
            calls: true,
            connections: true,
            telephony: true,
            banners: true,
        };
    }

    async fn take(
        &self,
        handle: &AppHandle,
        engine: &Engine,
        event: EngineEvent,
        changed: &mut Changed,
    ) {
        match event {
            EngineEvent::Card(card) => {
                let new = self.note_seen(&card);
                let announcer = self.announcer(handle, engine);
                announcer.card(&card, new);
                self.inner.cards.put(*card);
                self.show_cards(handle, new);
                self.watch_undo(handle, engine);
            }
            EngineEvent::DialRequest(pending) => {
                self.inner.cards.touch();
                self.announcer(handle, engine).dial_request(&pending);
                self.show_cards(handle, false);
                // The agent clicked a number: this disturbs nobody.
                if windows::places_windows() {
                    self.inner.windows.place_card(handle, true, true);
                }
            }
            EngineEvent::DialRequestClosed(id) => {
                self.inner.cards.touch();
                self.inner.notifications.close(&id);
                self.show_cards(handle, false);
            }
            EngineEvent::Call(_) | EngineEvent::Filed(_) | EngineEvent::Unfiled(_) => {
                changed.calls = true;
            }
            EngineEvent::Delivery(_) => {
                changed.calls = true;
                changed.banners = true;
            }
            EngineEvent::Sync(..) => changed.connections = true,
            EngineEvent::Connection(..) => {
                changed.connections = true;
                changed.banners = true;
            }
            EngineEvent::Cloud(..) | EngineEvent::Recording(..) => changed.telephony = true,
            EngineEvent::Import(..) => {
                changed.telephony = true;
                changed.calls = true;
            }
            EngineEvent::CloudSend(_) => changed.calls = true,
            EngineEvent::Telephony(..) => {
                changed.telephony = true;
                if engine.pending_dial().is_some() {
                    self.inner.cards.touch();
                    self.show_cards(handle, false);
                }
            }
            EngineEvent::Double(_) | EngineEvent::EnrichOffered(_) => changed.banners = true,
            EngineEvent::Notice(notice) => {
                changed.banners |= notice == Notice::LargeShrink;
                self.announcer(handle, engine).notice(notice);
            }
        }
    }

    /// Speaks by notification.
    pub fn announcer(&self, handle: &AppHandle, engine: &Engine) -> Announcer {
        Announcer {
            shell: self.clone(),
            handle: handle.clone(),
            engine: engine.clone(),
            notifications: self.inner.notifications.clone(),
            text: self.text(),
        }
    }

    /// Whether this card shows something the agent has not seen: a new call, or a call that went
    /// on to its next state.
    fn note_seen(&self, card: &callside_engine::events::Card) -> bool {
        let call = &card.record.call;
        let mood = match call.state {
            CallState::Dialing | CallState::Ringing => "begins",
            CallState::Answered | CallState::Held => "talking",
            CallState::Ended => "ended",
        };
        lock(&self.inner.seen).insert((call.id.clone(), mood))
    }

    /// Tells the card window what it shows, and shows or hides it.
    fn show_cards(&self, handle: &AppHandle, new: bool) {
        let Ok(engine) = self.engine() else { return };
        let state = self.inner.cards.state(&engine, &self.text());
        emit(&CardChanged(state), handle);
        let wanted = !self.inner.cards.is_empty(&engine);
        if new && crate::desktop::quiet::asked() {
            // It stays away also when more is known of the call.
            self.inner.windows.send_away(handle);
        } else if windows::places_windows() {
            self.inner.windows.place_card(handle, wanted, new);
        } else if !wanted {
            self.inner.windows.place_card(handle, false, false);
        }
    }

    /// The agent does not want to see this call now. False when it is over.
    pub fn send_card_away(&self, handle: &AppHandle, call: &CallId) -> bool {
        let sent = self.inner.cards.send_away(call);
        if sent {
            self.show_cards(handle, false);
        }
        sent
    }

    /// Shows the card window because the agent asked for it.
    pub fn show_card(&self, handle: &AppHandle) {
        let Ok(engine) = self.engine() else { return };
        self.inner.cards.bring_back();
        self.show_cards(handle, false);
        let wanted = !self.inner.cards.is_empty(&engine);
        self.inner.windows.place_card(handle, wanted, true);
    }

    /// When the time to undo is over, the offer leaves the card.
    fn watch_undo(&self, handle: &AppHandle, engine: &Engine) {
        let none = self.inner.cards.next_undo_end().is_none();
        if none || self.inner.watches_undo.swap(true, Ordering::Relaxed) {
            return;
        }
        let shell = self.clone();
        let (handle, engine) = (handle.clone(), engine.clone());
        tauri::async_runtime::spawn(async move {
            while let (Ok(_), Some(until)) = (shell.engine(), shell.inner.cards.next_undo_end()) {
                let left = until.duration_since(engine.now());
                let left = Duration::try_from(left).unwrap_or_default();
                tokio::time::sleep(left + UNDO_ROUNDING).await;
                shell.inner.cards.touch();
                shell.show_cards(&handle, false);
            }
            shell.inner.watches_undo.store(false, Ordering::Relaxed);
            // One may have come just now.
            if shell.engine().is_ok() {
                shell.watch_undo(&handle, &engine);
            }
        });
    }

    async fn tell(&self, handle: &AppHandle, changed: Changed) {
        let _turn = self.inner.telling.lock().await;
        let Some(app) = self.app() else { return };
        if changed.calls {
            match calls::counts(app.engine()).await {
                Ok(counts) => {
                    self.show_tray(&counts);
                    emit(&CallsChanged(counts), handle);
                }
                Err(error) => tracing::error!(%error, "could not count the calls"),
            }
            if app.sample().is_some() {
                let panel = setup::sample(Some(&app), &self.text());
                emit(&SampleChanged(panel), handle);
            }
        }
        if changed.connections {
            match setup::connections(&app, self).await {
                Ok(views) => emit(&ConnectionsChanged(views), handle),
                Err(error) => tracing::error!(%error, "could not read the connections"),
            }
        }
        if changed.telephony {
            match setup::telephony(&app, self).await {
                Ok(view) => emit(&TelephonyChanged(view), handle),
                Err(error) => tracing::error!(%error, "could not read the softphones"),
            }
            if let Some(tray) = lock(&self.inner.tray).as_ref() {
                for service in Service::ALL {
                    tray.offer(service, app.clouds().workspace(service).is_some());
                }
            }
            match cloud::all(&app).await {
                Ok(views) => emit(&CloudsChanged(views), handle),
                Err(error) => tracing::error!(%error, "could not read the services"),
            }
        }
        if changed.banners {
            emit(&BannersChanged(app_view::banners(self).await), handle);
        }
    }

    /// Calls were erased: the card and the lists forget them too.
    pub async fn forget_cards(&self, handle: &AppHandle) {
        let Ok(engine) = self.engine() else { return };
        let mut changed = Changed::default();
        self.reload(handle, &engine, &mut changed).await;
        self.tell(handle, changed).await;
    }

    /// Language, theme or the like changed.
    pub async fn tell_app(&self, handle: &AppHandle) {
        emit(&AppChanged(app_view::view(self, handle).await), handle);
    }

    /// Everything that windows show may have changed, such as after new settings.
    pub async fn tell_all(&self, handle: &AppHandle) {
        self.tell_app(handle).await;
        self.inner.cards.touch();
        self.show_cards(handle, false);
        let everything = Changed {
            calls: true,
            connections: true,
            telephony: true,
            banners: true,
        };
        self.tell(handle, everything).await;
    }

    fn show_tray(&self, counts: &CountsView) {
        let mood = match self.inner.cards.busy() {
            (true, _) => TrayMood::Ringing,
            (_, true) => TrayMood::Talking,
            _ if counts.stuck + counts.to_file > 0 => TrayMood::Attention,
            _ => TrayMood::Idle,
        };
        if let Some(tray) = lock(&self.inner.tray).as_ref() {
            tray.show(mood, counts, &self.text());
        }
    }

    /// Shows a window.
    ///
    /// # Errors
    /// [`Failed::Window`].
    pub fn show(&self, handle: &AppHandle, window: WindowWord) -> Result<(), Failed> {
        if window == WindowWord::Card {
            self.show_card(handle);
            return Ok(());
        }
        Ok(windows::show(handle, window, &self.window_title(window))?)
    }

    /// What stands in a window's title bar.
    pub fn window_title(&self, window: WindowWord) -> String {
        let text = self.text();
        match window {
            WindowWord::Card => text.say("rust-window-card"),
            WindowWord::Desk => text.say("rust-window-desk"),
            WindowWord::Wizard => text.say("rust-window-wizard"),
        }
    }
}

fn emit<E: tauri_specta::Event + serde::Serialize + Clone>(event: &E, handle: &AppHandle) {
    if let Err(error) = event.emit(handle) {
        tracing::warn!(%error, "could not tell the windows");
    }
}

/// Opens a page of the CRM in the system's browser. Only web addresses: the address came from
/// settings and the CRM, and must not become a command or a file.
///
/// # Errors
/// [`Failed::NotFound`] without a page.
pub fn open_page(url: Option<&str>) -> Result<(), Failed> {
    let url = url.ok_or(Failed::NotFound)?;
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .filter_map(|host| url.strip_prefix(host))
        .any(|rest| rest.starts_with([':', '/']));
    let web = here || url.starts_with("https://");
    if !web || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Failed::NotFound);
    }
    open::that_detached(url).map_err(|error| Failed::Unexpected(error.to_string()))
}

/// The shell that a window's event belongs to.
pub fn of(handle: &AppHandle) -> Option<Shell> {
    handle
        .try_state::<Shell>()
        .map(|shell| shell.inner().clone())
}
