//! An agent's desk: the engine on a clock that stands still, a real store in a folder of its own,
//! the real Sellsy adapter, and the sandbox in place of Sellsy.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use callside_core::call::{CallEvent, Direction, Happening};
use callside_core::cloud_call::CloudLabels;
use callside_core::contact::{Contact, ContactKind, ContactRef, Role};
use callside_core::id::{CallId, ConnectionId, Marker, RemoteId};
use callside_core::insight::LiveFacts;
use callside_core::outbox::{
    CallLog, DeliveryError, DeliveryState, LogLabels, Logged, OutboxEntry, Reason,
};
use callside_core::ports::{
    Amended, Budget, BudgetSample, CallEvents as _, Clock as _, Crm, ForeignCall, Identity,
    NewContact, ReadError,
};
use callside_core::settings::Settings;
use callside_core::sync::{SyncCursor, SyncPage, SyncWalk};
use callside_crm::sellsy::{Sellsy, SellsyConfig};
use callside_engine::call_log::DraftChange;
use callside_engine::connections::ConnectionState;
use callside_engine::events::{Card, EngineEvent};
use callside_engine::{Engine, EngineParts, Ids, SharedClock};
use callside_http::{Answer, Http, Lost, Transport};
use callside_sandbox::book::{GARAGE_LEFORT, GRETA_LINDNER, PAUL_LEFORT};
use callside_sandbox::{
    BookOptions, InProcess, PhoneCall, QuotaLimits, RecordKind, Sandbox, SandboxOptions,
    SeenRequest, http,
};
use callside_store::{CallRecord, Store, StoreKey, StoreOptions};
use callside_testkit::{FakeClock, LeapingClock, MemorySecrets, contract_check};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio::sync::watch;

use super::room;

/// A request whose answer takes longer is given up, as the client for the network does.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_secs(20);
/// Longer than anything here takes; whoever waits longer waits for nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// The softphone that speaks at this desk.
pub(crate) const PHONE: &str = "baresip";
/// Somebody whom the CRM does not know.
pub(crate) const STRANGER: &str = "+33639989999";

/// How a desk is set up.
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    pub(crate) sandbox: SandboxOptions,
    pub(crate) seed: u64,
    pub(crate) paced: bool,
    pub(crate) plain: bool,
    pub(crate) began_with: Option<Arc<FirstCopy>>,
}

/// A data folder after the first copy, for many desks to begin with.
pub(crate) struct FirstCopy(TempDir);

impl Setup {
    fn new() -> Self {
        let mut settings = Settings::default();
        settings.agent.email = "agent@example.com".to_owned();
        // Rounds of the sync come when a story asks for them.
        settings.sync.interval_s = 86_400;
        Self {
            settings,
            sandbox: SandboxOptions {
                book: BookOptions {
                    contacts: 0,
                    seed: 7,
                },
                quotas: QuotaLimits::unlimited(),
                ..SandboxOptions::default()
            },
            seed: 1,
            paced: false,
            plain: false,
            began_with: None,
        }
    }

    /// A desk that begins with the first copy of another one, in plain text: where a great many desks
    /// are needed, copying contacts and encrypting them would take most of the time.
    pub(crate) fn begin_with(mut self, first_copy: &Arc<FirstCopy>) -> Self {
        self.plain = true;
        self.began_with = Some(Arc::clone(first_copy));
        self
    }

    /// What [`Self::begin_with`] wants.
    pub(crate) async fn first_copy(mut self) -> Arc<FirstCopy> {
        self.plain = true;
        let mut desk = self.start().await;
        desk.stop().await;
        Arc::new(FirstCopy(desk.dir))
    }

    /// The adapter keeps its pace on the desk's clock: what waits for the limit waits for a story
    /// to let time pass. Without it waiting takes no time.
    pub(crate) fn paced(mut self) -> Self {
        self.paced = true;
        self
    }

    pub(crate) fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    pub(crate) fn sandbox(mut self, change: impl FnOnce(&mut SandboxOptions)) -> Self {
        change(&mut self.sandbox);
        self
    }

    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// A desk whose first copy is done.
    pub(crate) async fn start(self) -> Desk {
        let desk = self.start_unconnected().await;
        desk.connect().await;
        desk.settle().await;
        assert_eq!(desk.state(), Some(ConnectionState::Connected));
        desk.crm.forget_requests();
        desk
    }

    /// A desk where nobody has signed in yet.
    pub(crate) async fn start_unconnected(mut self) -> Desk {
        let mut morning: Timestamp = "2026-03-02T08:41:07.250Z".parse().expect("an instant");
        if self.began_with.is_some() {
            // Else the first round of changes would ask for everything once more.
            morning += SignedDuration::from_mins(30);
        }
        let clock = Arc::new(FakeClock::at(morning));
        // The CRM has a clock of its own, which nobody sets.
        let hands = clock.steady();
        self.sandbox.clock = Arc::new(move || hands.now());
        let hands = clock.steady();
        self.sandbox.sleep = Arc::new(move |time| {
            let hands = Arc::clone(&hands);
            let end = hands.now() + SignedDuration::try_from(time).expect("a short while");
            Box::pin(async move { hands.sleep_until(end).await })
        });
        let crm = Sandbox::without_socket(self.sandbox);
        if self.plain {
            // The invented people were all last changed at one instant, so that every round of changes
            // would read all of them again.
            for (kind, id) in [
                (RecordKind::Company, GARAGE_LEFORT),
                (RecordKind::Individual, GRETA_LINDNER),
                (RecordKind::Contact, PAUL_LEFORT),
            ] {
                assert!(crm.edit_record(kind, id, |_| {}));
            }
        }
        let wire = Arc::new(Wire {
            inside: crm.in_process(),
            clock: clock.steady(),
            unplugged: AtomicBool::new(false),
            limits: AtomicUsize::new(0),
        });
        let settings = &mut self.settings;
        settings.crm.sellsy.api_url = crm.api_url();
        settings.crm.sellsy.login_url = crm.login_url();
        settings.crm.sellsy.client_id = crm.client_id().to_owned();
        let secrets = MemorySecrets::new();
        let dir = folder();
        if let Some(first_copy) = &self.began_with {
            first_copy.copy_to(dir.path());
        }
        let key = (!self.plain).then(|| StoreKey::generate([3; 32]));
        let (engine, events) = open(&dir, key.clone(), &clock, &self.settings, self.seed).await;
        Desk {
            engine,
            events,
            crm,
            http: CLIENT.over(wire.clone()),
            wire,
            paced: self.paced,
            clock,
            secrets: Arc::new(secrets),
            way: Arc::new(Way::new()),
            settings: self.settings,
            seed: self.seed,
            calls: 0,
            key,
            dir,
        }
    }
}

impl FirstCopy {
    fn copy_to(&self, dir: &Path) {
        for file in std::fs::read_dir(&self.0).expect("a folder") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), dir.join(file.file_name())).expect("a copy");
        }
    }
}

/// In memory where the system has such a place: nobody pulls the plug on these stories.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

async fn open(
    dir: &TempDir,
    key: Option<StoreKey>,
    clock: &Arc<FakeClock>,
    settings: &Settings,
    seed: u64,
) -> (Engine, broadcast::Receiver<EngineEvent>) {
    let opened = Store::open(StoreOptions {
        dir: dir.path().to_owned(),
        key,
    })
    .await
    .expect("a store");
    assert_eq!(opened.journal_set_aside, None);
    let engine = Engine::new(EngineParts {
        store: opened.store,
        clock: clock.clone(),
        ids: Ids::seeded(seed),
        settings: settings.clone(),
        labels: labels(),
    });
    let events = engine.listen();
    (engine, events)
}

fn labels() -> LogLabels {
    LogLabels {
        number: "Number".into(),
        withheld: "withheld".into(),
        line: "Line".into(),
        outcome: "Outcome".into(),
        tags: "Tags".into(),
        words: BTreeMap::new(),
        colon: ": ".into(),
        cloud: CloudLabels {
            remark: "Comment".into(),
            recording: "Recording".into(),
            summary: "Summary".into(),
            topics: "Topics".into(),
            mood: "Mood".into(),
            action_items: "To do".into(),
            transcript: "Said".into(),
            role: "Role".into(),
            company: "Company".into(),
            opportunity: "Opportunity".into(),
            last_note: "Last note".into(),
        },
    }
}

/// The desk.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) events: broadcast::Receiver<EngineEvent>,
    pub(crate) crm: Sandbox,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) secrets: Arc<MemorySecrets>,
    pub(crate) settings: Settings,
    /// The way to every service that the sandbox plays.
    pub(crate) http: Http,
    wire: Arc<Wire>,
    paced: bool,
    way: Arc<Way>,
    seed: u64,
    calls: u32,
    key: Option<StoreKey>,
    dir: TempDir,
}

pub(crate) fn sellsy() -> ConnectionId {
    ConnectionId::new("sellsy")
}

pub(crate) fn at(kind: ContactKind, id: u64) -> ContactRef {
    ContactRef {
        connection: sellsy(),
        kind,
        id: RemoteId::new(id.to_string()),
    }
}

impl Desk {
    pub(crate) fn setup() -> Setup {
        Setup::new()
    }

    /// A desk with the usual settings, whose first copy is done.
    pub(crate) async fn new() -> Self {
        Self::setup().start().await
    }

    /// Signs in as an agent would in the browser.
    pub(crate) async fn connect(&self) {
        self.secrets
            .put("sellsy/refresh_token", &self.crm.token_pair().1);
        self.secrets
            .put("sellsy/client_secret", self.crm.client_secret());
        self.secrets.put("sellsy/grant", "authorization_code");
        if self.engine.connection_state(&sellsy()).is_none() {
            self.engine.start().await.expect("an engine");
        }
        let adapter = self.adapter();
        let mut identity = self.live_through(adapter.identity()).await;
        while let Err(ReadError::Busy { .. }) = identity {
            // The agent tries again when the limit has turned.
            self.pass(60).await;
            identity = self.live_through(adapter.identity()).await;
        }
        let identity = identity.expect("an agent");
        self.take(adapter, identity).await;
    }

    /// Takes the connection as belonging to this account.
    pub(crate) async fn connect_as(&self, identity: Identity) {
        self.take(self.adapter(), identity).await;
    }

    async fn take(&self, adapter: Watched, identity: Identity) {
        self.put_in(adapter, Some(identity)).await;
    }

    /// A log that found no connection a moment ago is resumed in its turn, which may have to wait for
    /// the limit.
    async fn put_in(&self, adapter: Watched, identity: Option<Identity>) {
        let connecting = self.engine.connect(Arc::new(adapter), identity);
        let connected = match self.paced {
            true => self.live_through(connecting).await,
            false => connecting.await,
        };
        connected.expect("a connection");
    }

    fn adapter(&self) -> Watched {
        let config = SellsyConfig::from_settings(&self.settings);
        let sellsy = Sellsy::over(&self.http, config, self.secrets.clone(), self.clock.clone())
            .expect("an adapter");
        let pace: SharedClock = if self.paced {
            self.clock.steady()
        } else {
            Arc::new(LeapingClock::over(self.clock.steady()))
        };
        let sellsy = sellsy.with_pace_clock(pace);
        Watched {
            inner: sellsy,
            way: Arc::clone(&self.way),
        }
    }

    /// The app stops in the middle of whatever it does, and starts again on the same folder.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// The app stops in the middle of whatever it does.
    pub(crate) async fn stop(&mut self) {
        self.engine.stop().await;
        self.engine.store().clone().close().await;
    }

    /// The app starts again on the same folder, signed in as before.
    pub(crate) async fn start(&mut self) {
        self.seed = self.seed.wrapping_mul(31).wrapping_add(17);
        let key = self.key.clone();
        (self.engine, self.events) =
            open(&self.dir, key, &self.clock, &self.settings, self.seed).await;
        // Requests that the stop cut off hold nothing up any more.
        self.way = Arc::new(Way::new());
        self.engine.start().await.expect("an engine");
        for known in self.engine.stored_connections().await.expect("a journal") {
            assert_eq!(known, sellsy());
            self.put_in(self.adapter(), None).await;
        }
    }

    /// From now on every question and log stops before it reaches the network.
    pub(crate) fn hold_crm(&self) {
        self.let_through(0);
    }

    /// So many more questions and logs reach the network, and then no more.
    pub(crate) fn let_through(&self, count: usize) {
        self.way.open_for.send_replace(count);
    }

    /// Ends [`Self::hold_crm`].
    pub(crate) fn release_crm(&self) {
        self.let_through(usize::MAX);
    }

    pub(crate) fn state(&self) -> Option<ConnectionState> {
        self.engine.connection_state(&sellsy())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits for an event that the question has an answer for.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&EngineEvent) -> Option<T>,
    ) -> T {
        let wait = async {
            loop {
                match self.events.recv().await {
                    Ok(event) => {
                        if let Some(found) = pick(&event) {
                            return found;
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => panic!("the engine is gone"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("there was no event of this kind: {what}"))
    }

    /// The next card.
    pub(crate) async fn next_card(&mut self) -> Card {
        self.until("a card", |event| match event {
            EngineEvent::Card(card) => Some((**card).clone()),
            _ => None,
        })
        .await
    }

    /// Every event told so far and not yet listened to.
    pub(crate) fn told(&mut self) -> Vec<EngineEvent> {
        let mut told = Vec::new();
        loop {
            match self.events.try_recv() {
                Ok(event) => told.push(event),
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => return told,
            }
        }
    }

    /// What the softphone says: a happening of the call with this name.
    pub(crate) fn event(&self, name: &str, happening: Happening) -> CallEvent {
        CallEvent {
            app: PHONE.into(),
            app_call_id: Some(name.into()),
            happening,
            direction: Some(Direction::Inbound),
            remote: None,
            line: Some("+33199000001".into()),
            name: None,
            at: self.now(),
            verified: true,
        }
    }

    pub(crate) fn say(&self, event: CallEvent) {
        self.engine.report(event);
    }

    /// The phone rings; returns with the first card.
    pub(crate) async fn ring_for_card(&mut self, number: &str) -> Card {
        self.calls += 1;
        self.told();
        let name = format!("call-{}", self.calls);
        self.say(CallEvent {
            remote: Some(number.to_owned()),
            ..self.event(&name, Happening::Ringing)
        });
        self.next_card().await
    }

    /// The phone rings, and everything that can be known is known.
    pub(crate) async fn ring(&mut self, number: &str) -> CallId {
        let card = self.ring_for_card(number).await;
        self.settle().await;
        card.record.call.id
    }

    /// The softphone's name of the call.
    pub(crate) async fn name_of(&self, call: &CallId) -> String {
        let record = self.record(call).await;
        record.call.names[0].app_call_id.clone().expect("a name")
    }

    pub(crate) async fn answer(&self, call: &CallId) {
        let name = self.name_of(call).await;
        self.say(self.event(&name, Happening::Answered));
        self.settle().await;
    }

    pub(crate) async fn hang_up(&self, call: &CallId) {
        let name = self.name_of(call).await;
        let happening = Happening::Ended {
            talk_s: None,
            reason: None,
        };
        self.say(self.event(&name, happening));
        self.settle().await;
    }

    /// A call that was answered after four seconds and took a minute.
    pub(crate) async fn talk_with(&mut self, number: &str) -> CallId {
        let call = self.ring(number).await;
        self.clock.advance(SignedDuration::from_secs(4));
        self.answer(&call).await;
        self.clock.advance(SignedDuration::from_secs(60));
        self.hang_up(&call).await;
        call
    }

    pub(crate) async fn note(&self, call: &CallId, note: &str) {
        let change = DraftChange {
            note: Some(note.to_owned()),
            ..DraftChange::default()
        };
        self.engine
            .change_draft(call, change)
            .await
            .expect("a note");
    }

    /// The agent files the call, and the time to undo passes.
    pub(crate) async fn file(&self, call: &CallId) {
        self.engine.file(call).await.expect("a filing");
        self.pass(i64::from(self.settings.logging.undo_s)).await;
    }

    /// A call that was answered, noted and filed; the time to undo has passed.
    pub(crate) async fn log_call_with(&mut self, number: &str, note: &str) -> CallId {
        let call = self.talk_with(number).await;
        self.note(&call, note).await;
        self.file(&call).await;
        call
    }

    pub(crate) async fn record(&self, call: &CallId) -> CallRecord {
        let record = self.engine.store().call(call).await.expect("a journal");
        record.expect("a call")
    }

    pub(crate) async fn card(&self, call: &CallId) -> Card {
        let card = self.engine.card(call).await.expect("a journal");
        card.expect("a call")
    }

    /// The only delivery of the call.
    pub(crate) async fn delivery(&self, call: &CallId) -> OutboxEntry {
        let mut entries = self.record(call).await.deliveries;
        assert_eq!(entries.len(), 1, "one delivery");
        entries.pop().expect("a delivery")
    }

    pub(crate) async fn delivery_state(&self, call: &CallId) -> (DeliveryState, Option<Reason>) {
        let delivery = self.delivery(call).await.delivery;
        (delivery.state, delivery.reason)
    }

    /// Asserts that the call is in the CRM exactly once, and gives what stands there.
    pub(crate) async fn logged_once(&self, call: &CallId) -> PhoneCall {
        let entry = self.delivery(call).await;
        assert_eq!(
            (entry.delivery.state, &entry.delivery.reason),
            (DeliveryState::Delivered, &None)
        );
        let mut found = self.logs_with(entry.marker.as_str());
        assert_eq!(found.len(), 1, "the call is in the CRM exactly once");
        let log = found.pop().expect("a log");
        let logged = entry.delivery.logged.expect("what stands there");
        assert_eq!(logged.remote_id.as_str(), log.id.to_string());
        log
    }

    /// The logs that carry a marker.
    pub(crate) fn logs_with(&self, marker: &str) -> Vec<PhoneCall> {
        let mut logs = self.crm.phone_calls();
        logs.retain(|log| {
            log.description
                .as_deref()
                .unwrap_or_default()
                .contains(marker)
        });
        logs
    }

    /// Requests for the API, oldest first.
    pub(crate) fn api_requests(&self) -> Vec<SeenRequest> {
        let mut seen = self.crm.requests();
        seen.retain(|seen| seen.path.starts_with("/v2"));
        seen
    }

    /// Requests of a method for exactly this path of the API.
    pub(crate) fn requests_for(&self, method: &str, path: &str) -> usize {
        let whole = format!("/v2{path}");
        let requests = self.crm.requests_to(method, &whole);
        requests.iter().filter(|seen| seen.path == whole).count()
    }

    /// A round of the sync, as the clock would start one.
    pub(crate) async fn sync(&self) {
        self.engine
            .sync_now(&sellsy(), false)
            .await
            .expect("a round");
        self.settle().await;
    }

    /// Somebody sets this computer's clock; no time passes for the CRM.
    pub(crate) fn set_clock_by(&self, seconds: i64) {
        self.clock.jump(SignedDuration::from_secs(seconds));
    }

    /// Nothing leaves this computer until [`Self::plug_in`].
    pub(crate) fn unplug(&self) {
        self.wire.unplugged.store(true, Ordering::SeqCst);
    }

    /// Ends [`Self::unplug`].
    pub(crate) fn plug_in(&self) {
        self.wire.unplugged.store(false, Ordering::SeqCst);
    }

    /// Whether a request reaches the CRM.
    pub(crate) fn is_reachable(&self) -> bool {
        !self.wire.unplugged.load(Ordering::SeqCst)
    }

    /// How many people of the CRM have this mobile or phone number.
    pub(crate) fn people_with(&self, number: &str) -> usize {
        let is = |given: &Option<String>| given.as_deref() == Some(number);
        let mut people = self.crm.changed_records();
        people.retain(|record| is(&record.mobile_number) || is(&record.phone_number));
        people.len()
    }

    /// A request of another program, with a token of its own.
    pub(crate) async fn other_program(
        &self,
        method: http::Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Answer {
        let answer = self.other_program_tries(method, path, body).await;
        answer.expect("an answer")
    }

    /// The same where the CRM may misbehave.
    pub(crate) async fn other_program_tries(
        &self,
        method: http::Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, Lost> {
        let url = format!("{}{path}", self.crm.api_url());
        let url = url.parse().expect("an address");
        let request = self.http.request(method, url);
        let mut request = request.bearer_auth(self.crm.access_token());
        if let Some(body) = body {
            request = request.json(body);
        }
        let request = request.build().expect("a request");
        self.live_through(self.http.send(request)).await
    }

    /// Lets time pass for as long as this takes: it may wait for the limit, or for a slow CRM.
    pub(crate) async fn live_through<T>(&self, doing: impl Future<Output = T>) -> T {
        let time = async {
            loop {
                self.settle().await;
                // Perhaps it only waits for a database.
                tokio::time::sleep(Duration::from_millis(5)).await;
                match self.clock.next_waking() {
                    Some(next) => self.clock.set(next.max(self.now())),
                    // It waits for something else, which wakes it.
                    None => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            biased;
            done = tokio::time::timeout(PATIENCE, doing) => done.expect("an end of it"),
            () = time => unreachable!("time never ends"),
        }
    }

    /// Lets this many seconds pass, and everything happen that comes due, each at its own instant.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.settle().await;
        let end = self.now() + SignedDuration::from_secs(seconds);
        while let Some(next) = self.clock.next_waking().filter(|next| *next <= end) {
            self.clock.set(next.max(self.now()));
            self.settle().await;
        }
        self.clock.set(end);
        self.settle().await;
    }

    /// Lets time pass until the call is delivered; returns how many seconds it took.
    pub(crate) async fn pass_until_delivered(&self, call: &CallId, most: i64) -> i64 {
        for passed in 0..=most {
            let entries = self.record(call).await.deliveries;
            if entries
                .iter()
                .all(|entry| entry.delivery.state == DeliveryState::Delivered)
            {
                return passed;
            }
            self.pass(1).await;
        }
        let state = self.record(call).await.deliveries;
        panic!("not delivered after {most} seconds: {state:?}");
    }

    /// Returns once nothing is under way: every task waits for the clock or for a word.
    pub(crate) async fn settle(&self) {
        self.settle_or(|_| false).await;
    }

    /// Returns once nothing is under way, or something waits where [`Self::let_through`] ends.
    pub(crate) async fn settle_or_held(&self) {
        self.settle_or(|desk| desk.way.waiting.load(Ordering::SeqCst) > 0)
            .await;
    }

    /// Returns once nothing is under way, or the question is answered with yes.
    pub(crate) async fn settle_or(&self, done: impl Fn(&Self) -> bool) {
        let wait = async {
            // Whoever was just woken comes before us after a yield, so twice is certain.
            let mut quiet = 0;
            while quiet < 2 && !done(self) {
                if quiet > 0 {
                    tokio::task::yield_now().await;
                } else {
                    room::everybody_waits().await;
                }
                quiet = if self.is_quiet() { quiet + 1 } else { 0 };
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            let pending = self.engine.store().pending_entries().await;
            panic!(
                "it never becomes quiet: {} requests under way, {} tasks asleep, {:?}, {pending:?}",
                self.way.busy.load(Ordering::SeqCst),
                self.clock.asleep(),
                self.state()
            );
        }
    }

    fn is_quiet(&self) -> bool {
        let now = self.now();
        let overslept = self.clock.next_waking().is_some_and(|next| next <= now);
        // Whoever waits for an answer sleeps once more, until the answer is late.
        let limits = self.wire.limits.load(Ordering::SeqCst);
        !overslept
            && self
                .engine
                .is_at_rest(self.clock.asleep().saturating_sub(limits))
    }

    /// Every request so far fits what the vendor's document says.
    pub(crate) fn check_requests(&self) {
        for seen in self.crm.requests() {
            if seen.path.starts_with("/v2") || seen.path.starts_with("/oauth2") {
                let path = match seen.query.as_str() {
                    "" => seen.path.clone(),
                    query => format!("{}?{query}", seen.path),
                };
                contract_check::check_request(&seen.method, &path, &seen.body)
                    .expect("a request of the contract");
            }
        }
    }
}

/// Made once: reading the system's certificates takes longer than a short day.
static CLIENT: LazyLock<Http> = LazyLock::new(|| {
    let address = "http://127.0.0.1/".parse().expect("an address");
    Http::for_service(&address).expect("a client")
});

/// What stands for the network: it leads to the sandbox in this process, on the desk's clock.
struct Wire {
    inside: InProcess,
    clock: SharedClock,
    unplugged: AtomicBool,
    /// How many sleep on the clock only to give a request up.
    limits: AtomicUsize,
}

impl Wire {
    async fn give_up_late(&self) {
        struct Limit<'a>(&'a AtomicUsize);
        impl Drop for Limit<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        self.limits.fetch_add(1, Ordering::SeqCst);
        let _limit = Limit(&self.limits);
        self.clock
            .sleep_until(self.clock.now() + ANSWERED_WITHIN)
            .await;
    }
}

#[async_trait]
impl Transport for Wire {
    async fn carry(&self, request: reqwest::Request) -> Result<Answer, Lost> {
        if self.unplugged.load(Ordering::SeqCst) {
            return Err(Lost::NotSent);
        }
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let mut same = http::Request::builder()
            .method(request.method())
            .uri(request.url().as_str())
            .body(body.unwrap_or_default().to_vec())
            .map_err(|_| Lost::NotSent)?;
        *same.headers_mut() = request.headers().clone();
        let answer = tokio::select! {
            biased;
            answer = self.inside.answer(same) => answer.map_err(|_| Lost::Unanswered)?,
            () = self.give_up_late() => return Err(Lost::Unanswered),
        };
        let (parts, body) = answer.into_parts();
        Ok(Answer::new(
            parts.status.as_u16(),
            parts.headers,
            body.to_vec(),
        ))
    }
}

/// The way to the CRM: how much is on it, and whether it is barred.
struct Way {
    busy: AtomicUsize,
    waiting: AtomicUsize,
    open_for: watch::Sender<usize>,
}

impl Way {
    fn new() -> Self {
        Self {
            busy: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            open_for: watch::Sender::new(usize::MAX),
        }
    }

    async fn enter(&self) -> OnTheWay<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut open_for = self.open_for.subscribe();
        loop {
            // The sender lives as long as the way, so waiting cannot fail.
            let _ = open_for.wait_for(|left| *left > 0).await;
            let entered = self.open_for.send_if_modified(|left| {
                let open = *left > 0;
                if open && *left < usize::MAX {
                    *left -= 1;
                }
                open
            });
            if entered {
                break;
            }
        }
        self.busy.fetch_add(1, Ordering::SeqCst);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        OnTheWay(self)
    }
}

struct OnTheWay<'a>(&'a Way);

impl Drop for OnTheWay<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The real adapter, watched from outside.
struct Watched {
    inner: Sellsy,
    way: Arc<Way>,
}

#[async_trait]
impl Crm for Watched {
    fn connection(&self) -> ConnectionId {
        self.inner.connection()
    }

    async fn identity(&self) -> Result<Identity, ReadError> {
        let _on = self.way.enter().await;
        self.inner.identity().await
    }

    async fn pull(
        &self,
        walk: SyncWalk,
        cursor: Option<&SyncCursor>,
    ) -> Result<SyncPage, ReadError> {
        let _on = self.way.enter().await;
        self.inner.pull(walk, cursor).await
    }

    async fn contact(&self, at: &ContactRef) -> Result<Contact, ReadError> {
        let _on = self.way.enter().await;
        self.inner.contact(at).await
    }

    async fn live_facts(
        &self,
        contact: &ContactRef,
        role: Option<Role>,
    ) -> Result<LiveFacts, ReadError> {
        let _on = self.way.enter().await;
        self.inner.live_facts(contact, role).await
    }

    async fn log_call(&self, log: &CallLog) -> Result<Logged, DeliveryError> {
        let _on = self.way.enter().await;
        self.inner.log_call(log).await
    }

    async fn find_log(
        &self,
        marker: &Marker,
        since: Timestamp,
    ) -> Result<Option<Logged>, DeliveryError> {
        let _on = self.way.enter().await;
        self.inner.find_log(marker, since).await
    }

    async fn amend_log(&self, logged: &Logged, log: &CallLog) -> Result<Amended, DeliveryError> {
        let _on = self.way.enter().await;
        self.inner.amend_log(logged, log).await
    }

    async fn foreign_calls(
        &self,
        since: Timestamp,
        urgent: bool,
    ) -> Result<Vec<ForeignCall>, ReadError> {
        let _on = self.way.enter().await;
        self.inner.foreign_calls(since, urgent).await
    }

    async fn enrich_call(&self, at: &RemoteId, log: &CallLog) -> Result<Logged, DeliveryError> {
        let _on = self.way.enter().await;
        self.inner.enrich_call(at, log).await
    }

    async fn create_contact(&self, new: &NewContact) -> Result<Contact, DeliveryError> {
        let _on = self.way.enter().await;
        self.inner.create_contact(new).await
    }

    fn budget(&self) -> Budget {
        self.inner.budget()
    }

    fn spending(&self, since: Timestamp) -> Vec<BudgetSample> {
        self.inner.spending(since)
    }
}
