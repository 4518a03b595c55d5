//! Short days at the desk, full of bad luck.
//!
//! Each day is made from a seed: what the agent does, what the CRM does wrong, and when the app is
//! killed. After each the same must hold: every filed call is in the CRM once per record, what was
//! acknowledged is still there, nothing waits without a reason, and no text of a person was
//! overwritten. One seed: `CALLSIDE_SEED=17 cargo test --test it simulation`; more of them:
//! `CALLSIDE_DAYS=5000 cargo test --test it simulation`.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use callside_core::contact::ContactKind;
use callside_core::id::CallId;
use callside_core::outbox::{DeliveryState, OutboxEntry, Reason};
use callside_core::settings::{Missed, Targets};
use callside_core::wrap_up::WrapUpState;
use callside_engine::connections::ConnectionState;
use callside_sandbox::book::{
    BOULANGERIE_MARTIN, BOULANGERIE_MARTIN_PHONE, HOTEL_DES_REMPARTS_PHONE, INES_MOREL,
    INES_MOREL_MOBILE, LUC_BERNARD, LUC_BERNARD_MOBILE, MARIE_DUPONT, MARIE_DUPONT_MOBILE,
    MOULINS_DU_VAL_PHONE, PAUL_LEFORT, SHARED_NUMBER,
};
use callside_sandbox::{Fault, FaultRule, RecordKind};
use jiff::SignedDuration;

use super::desk::{Desk, STRANGER, at, sellsy};

/// How many days `make test` lives through.
const DAYS: u64 = 40;
/// How many run beside one another.
const LANES: u64 = 4;
const STEPS: u64 = 14;

const NUMBERS: [&str; 8] = [
    MARIE_DUPONT_MOBILE,
    BOULANGERIE_MARTIN_PHONE,
    LUC_BERNARD_MOBILE,
    MOULINS_DU_VAL_PHONE,
    SHARED_NUMBER,
    HOTEL_DES_REMPARTS_PHONE,
    INES_MOREL_MOBILE,
    STRANGER,
];

/// Random numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let sides = u64::try_from(of.len()).unwrap();
        (sides > 0).then(|| &of[usize::try_from(self.roll(sides)).unwrap()])
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        self.pick(of).unwrap().clone()
    }
}

/// What was acknowledged to the agent.
#[derive(Default, Clone)]
struct Promised {
    note: String,
    filed: bool,
    discarded: bool,
    answered: bool,
}

struct Day {
    desk: Desk,
    dice: Dice,
    calls: Vec<CallId>,
    promised: BTreeMap<CallId, Promised>,
    by_hand: BTreeMap<u64, String>,
    notes: u32,
    diary: Arc<Mutex<Vec<String>>>,
}

#[test]
fn whatever_goes_wrong_each_filed_call_is_in_the_crm_once() {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let seeds = match number("CALLSIDE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CALLSIDE_DAYS").unwrap_or(DAYS),
    };
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let seeds = seeds.clone().filter(move |seed| seed % LANES == lane);
            std::thread::spawn(move || seeds.for_each(live_in_a_room_of_its_own))
        })
        .collect();
    let went_wrong = lanes.into_iter().filter_map(|lane| lane.join().err());
    assert_eq!(went_wrong.count(), 0, "days went wrong, see above");
}

fn live_in_a_room_of_its_own(seed: u64) {
    let diary = Arc::new(Mutex::new(Vec::new()));
    let room = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let day = live(seed, diary.clone());
    if catch_unwind(AssertUnwindSafe(|| room.block_on(day))).is_err() {
        let diary = diary.lock().unwrap().join("\n  ");
        panic!(
            "day {seed} went wrong:\n  {diary}\n\
             again: CALLSIDE_SEED={seed} cargo test --test it simulation"
        );
    }
}

async fn live(seed: u64, diary: Arc<Mutex<Vec<String>>>) {
    let mut dice = Dice(seed);
    let targets = dice.one(&[Targets::Best, Targets::Best, Targets::All]);
    let missed = dice.one(&[Missed::Auto, Missed::Ask]);
    let undo_s = dice.one(&[0, 5]);
    let desk = Desk::setup()
        .settings(|s| {
            s.logging.targets = targets;
            s.logging.missed = missed;
            s.logging.undo_s = undo_s;
        })
        .seed(seed)
        .start()
        .await;
    let mut day = Day {
        desk,
        dice,
        calls: Vec::new(),
        promised: BTreeMap::new(),
        by_hand: BTreeMap::new(),
        notes: 0,
        diary,
    };
    day.ring().await;
    for _ in 0..STEPS {
        day.step().await;
        day.check_so_far();
    }
    day.heal().await;
    day.check().await;
}

impl Day {
    fn write(&self, what: impl Into<String>) {
        self.diary.lock().unwrap().push(what.into());
    }

    async fn step(&mut self) {
        match self.dice.roll(24) {
            0..=3 => self.ring().await,
            4..=6 => self.note().await,
            7..=10 => self.file().await,
            11 => self.undo().await,
            12 => self.discard().await,
            13 => self.attach().await,
            14 => self.retry().await,
            15..=17 => self.misbehave(),
            18 => self.change_records().await,
            19 => self.edit_a_log().await,
            20..=21 => self.crash().await,
            _ => {
                let seconds = self.dice.one(&[1, 7, 30, 90, 400]);
                self.write(format!("{seconds} seconds pass"));
                self.desk.pass(seconds).await;
            }
        }
    }

    async fn ring(&mut self) {
        let number = self.dice.one(&NUMBERS);
        let call = self.desk.ring(number).await;
        let answered = self.dice.roll(4) > 0;
        self.write(format!("{number} rings, answered: {answered}"));
        if answered {
            self.desk.clock.advance(SignedDuration::from_secs(3));
            self.desk.answer(&call).await;
        }
        if self.dice.roll(3) > 0 {
            self.desk.clock.advance(SignedDuration::from_secs(20));
            self.desk.hang_up(&call).await;
        }
        let promised = Promised {
            answered,
            ..Promised::default()
        };
        self.promised.insert(call.clone(), promised);
        self.calls.push(call);
    }

    fn any_call(&mut self) -> CallId {
        self.dice.one(&self.calls)
    }

    fn promised(&mut self, call: &CallId) -> &mut Promised {
        self.promised.get_mut(call).unwrap()
    }

    async fn note(&mut self) {
        let call = self.any_call();
        self.notes += 1;
        let note = format!("note {}.", self.notes);
        self.write(format!("{note} on {call}"));
        self.desk.note(&call, &note).await;
        self.promised(&call).note = note;
        self.desk.settle().await;
    }

    async fn file(&mut self) {
        let call = self.any_call();
        let filed = self.desk.engine.file(&call).await;
        self.write(format!("file {call}: {filed:?}"));
        if filed.is_ok() {
            self.promised(&call).filed = true;
        }
        if self.dice.roll(3) > 0 {
            self.desk.pass(6).await;
        } else {
            self.desk.settle().await;
        }
    }

    async fn undo(&mut self) {
        let call = self.any_call();
        if !self.promised(&call).filed {
            return;
        }
        let undone = self.desk.engine.undo(&call).await;
        self.write(format!("undo {call}: {undone:?}"));
        if undone.is_ok() {
            self.promised(&call).filed = false;
        }
        self.desk.settle().await;
    }

    async fn discard(&mut self) {
        let call = self.any_call();
        let discarded = self.desk.engine.discard(&call).await;
        self.write(format!("discard {call}: {discarded:?}"));
        if discarded.is_ok() {
            self.promised(&call).discarded = true;
        }
    }

    async fn attach(&mut self) {
        let call = self.any_call();
        let to = self.dice.one(&[
            at(ContactKind::Contact, MARIE_DUPONT),
            at(ContactKind::Contact, PAUL_LEFORT),
            at(ContactKind::Individual, LUC_BERNARD),
        ]);
        let attached = self.desk.engine.attach(&call, &to).await;
        self.write(format!("attach {call} to {to:?}: {attached:?}"));
        self.desk.settle().await;
    }

    async fn retry(&mut self) {
        let call = self.any_call();
        self.write(format!("retry {call}"));
        self.desk.engine.retry(&call).await.unwrap();
        self.desk.settle().await;
    }

    fn misbehave(&mut self) {
        match self.dice.roll(8) {
            0 => {
                self.write("the CRM cannot be reached");
                self.desk.crm.go_offline();
            }
            1 | 2 => {
                self.write("the CRM is well again");
                self.desk.crm.come_back();
                self.desk.crm.clear_faults();
            }
            3 => {
                self.write("the access runs out");
                self.desk.crm.expire_access_tokens();
            }
            4 if self.dice.roll(3) == 0 => {
                self.write("the sign-in is revoked");
                self.desk.crm.revoke_tokens();
            }
            _ => self.add_fault(),
        }
    }

    fn add_fault(&mut self) {
        let (method, path) = self.dice.one(&[
            ("POST", "/v2/phone-calls$"),
            ("POST", "/v2/phone-calls$"),
            ("POST", "/v2/phone-calls$"),
            ("POST", "/v2/phone-calls/search"),
            ("PUT", "/v2/phone-calls/"),
            ("GET", "/v2/phone-calls/"),
            ("POST", "/v2/comments"),
            ("POST", "/v2/opportunities/search"),
            ("POST", "/v2/individuals/search"),
            ("GET", "/v2/contacts/"),
            ("POST", "/oauth2/access-tokens"),
        ]);
        let status = |status, retry_after| Fault::Status {
            status,
            retry_after,
        };
        let fault = self.dice.one(&[
            status(500, None),
            status(503, Some(9)),
            Fault::StatusAfterEffect { status: 500 },
            Fault::CutBeforeEffect,
            Fault::CutAfterEffect,
            Fault::CutAfterEffect,
            Fault::TruncatedJson,
            Fault::BrokenJson,
            status(429, None),
            status(429, Some(20)),
            status(402, None),
            Fault::MissingScope {
                scope: "phonecalls.write".into(),
            },
            Fault::Nulls,
            Fault::AbsentFields,
            Fault::UnknownFields,
        ]);
        let times = self.dice.one(&[1, 1, 2, 5]);
        self.write(format!("{times} times on {method} {path}: {fault:?}"));
        let rule = FaultRule::times(method, path, times, fault);
        self.desk.crm.add_fault(rule);
    }

    async fn change_records(&mut self) {
        let crm = &self.desk.crm;
        match self.dice.roll(5) {
            0 => {
                self.write("Luc is deleted and entered again");
                crm.delete_record(RecordKind::Individual, LUC_BERNARD);
                crm.add_record(RecordKind::Individual, "Bernard", |record| {
                    record.mobile_number = Some(LUC_BERNARD_MOBILE.into());
                });
            }
            1 => {
                self.write("Inès is deleted");
                crm.delete_record(RecordKind::Contact, INES_MOREL);
            }
            2 => {
                self.write("the bakery is deleted");
                crm.delete_record(RecordKind::Company, BOULANGERIE_MARTIN);
            }
            3 => {
                self.write("the stranger is entered");
                crm.add_record(RecordKind::Individual, "Marchand", |record| {
                    record.mobile_number = Some(STRANGER.into());
                });
            }
            _ => {}
        }
        // Nobody waits for it: the CRM may be away.
        self.desk.pass(61).await;
        let synced = self.desk.engine.sync_now(&sellsy(), false).await;
        self.write(format!("a round of the sync: {synced:?}"));
        self.desk.settle().await;
    }

    /// A colleague rewrites what stands in the CRM.
    async fn edit_a_log(&mut self) {
        // The CRM has no write that depends on what stands there, so an edit within the milliseconds
        // between Callside's look and its write is lost whatever Callside does.
        self.desk.settle().await;
        let logs = self.desk.crm.phone_calls();
        let Some(log) = self.dice.pick(&logs) else {
            return;
        };
        let marker = log.description.clone().unwrap_or_default();
        let marker = marker.lines().next().unwrap_or_default();
        let text = format!("{marker}\nby hand {}", self.by_hand.len());
        self.write(format!("somebody rewrites log {}", log.id));
        self.desk.crm.edit_phone_call(log.id, &text);
        self.by_hand.insert(log.id, text);
    }

    /// The app is killed: between two requests, or after one took effect.
    async fn crash(&mut self) {
        let call = self.any_call();
        if self.dice.roll(2) == 0 {
            let requests = usize::try_from(self.dice.roll(4)).unwrap();
            self.desk.let_through(requests);
            let filed = self.desk.engine.file(&call).await;
            self.write(format!(
                "file {call}: {filed:?}, killed after {requests} requests"
            ));
            if filed.is_ok() {
                self.promised(&call).filed = true;
            }
            self.desk.clock.advance(SignedDuration::from_secs(6));
            self.desk.settle_or_held().await;
        } else {
            let slow = Fault::DelayAfterEffect { ms: 20_000 };
            self.desk
                .crm
                .add_fault(FaultRule::once("POST", "/v2/phone-calls$", slow));
            let before = self.desk.crm.phone_calls().len();
            let filed = self.desk.engine.file(&call).await;
            self.write(format!("file {call}: {filed:?}, killed after the effect"));
            if filed.is_ok() {
                self.promised(&call).filed = true;
            }
            self.desk.clock.advance(SignedDuration::from_secs(6));
            self.desk
                .settle_or(|desk| desk.crm.phone_calls().len() > before)
                .await;
            // It would take its time in real seconds if it struck later.
            self.desk.crm.clear_faults();
        }
        self.desk.restart().await;
        self.desk.settle().await;
    }

    /// Everything is well again, and the agent tries what is stuck.
    async fn heal(&mut self) {
        self.write("everything is well again");
        self.desk.crm.clear_faults();
        self.desk.crm.come_back();
        self.desk.pass(30).await;
        if self.desk.state() == Some(ConnectionState::Disconnected) {
            self.desk.connect().await;
        }
        self.desk.pass(500).await;
        for call in self.calls.clone() {
            self.desk.engine.retry(&call).await.unwrap();
        }
        self.desk.pass(500).await;
    }

    /// No log is ever there twice, and no text of a person is ever lost.
    fn check_so_far(&self) {
        let mut markers = BTreeSet::new();
        for log in self.desk.crm.phone_calls() {
            let text = log.description.unwrap_or_default();
            let marker = text.lines().next().unwrap_or_default().to_owned();
            assert!(markers.insert(marker.clone()), "{marker} is there twice");
            if let Some(by_hand) = self.by_hand.get(&log.id) {
                assert_eq!(&text, by_hand, "what a person wrote");
            }
        }
    }

    async fn check(&self) {
        self.check_so_far();
        let mut delivered = 0;
        for call in &self.calls {
            let record = self.desk.record(call).await;
            let promised = &self.promised[call];
            assert_eq!(record.draft.note, promised.note, "the note of {call}");
            match record.wrap_up {
                WrapUpState::Open => assert!(!promised.filed && !promised.discarded, "{call}"),
                WrapUpState::Discarded => assert!(promised.discarded, "{call}"),
                // Missed calls file themselves.
                WrapUpState::Filed => assert!(promised.filed || !promised.answered, "{call}"),
            }
            if record.wrap_up != WrapUpState::Filed {
                assert_eq!(record.deliveries, [], "{call} is not filed");
                continue;
            }
            assert!(!record.deliveries.is_empty(), "{call} was filed for nobody");
            let mut on = BTreeSet::new();
            for entry in &record.deliveries {
                delivered += self.check_entry(entry, &promised.note);
                if let Some(target) = &entry.target {
                    assert!(
                        on.insert(target.contact.clone()),
                        "{call} twice on a record"
                    );
                }
            }
        }
        assert_eq!(
            self.desk.crm.phone_calls().len(),
            delivered,
            "nothing is in the CRM that nobody filed"
        );
        self.desk.check_requests();
    }

    /// How many logs of the entry are in the CRM: one if it is delivered, else none.
    fn check_entry(&self, entry: &OutboxEntry, note: &str) -> usize {
        let logs = self.desk.logs_with(entry.marker.as_str());
        let delivery = &entry.delivery;
        match (delivery.state, &delivery.reason) {
            (DeliveryState::Delivered, None) => {
                assert_eq!(logs.len(), 1, "{entry:?}");
                let text = logs[0].description.clone().unwrap_or_default();
                assert!(
                    text.ends_with(note) || self.stands_beside(note),
                    "the latest note is there: {text}"
                );
            }
            (DeliveryState::Waiting | DeliveryState::Stuck, Some(Reason::ContactNotFound))
            | (DeliveryState::Stuck, Some(Reason::ContactDeleted)) => {
                assert_eq!(logs.len(), 0, "{entry:?}");
            }
            _ => panic!("it waits although all is well: {entry:?}"),
        }
        logs.len()
    }
    /// A note that came after somebody rewrote the log stands beside it; one that came before was
    /// there when it was rewritten.
    fn stands_beside(&self, note: &str) -> bool {
        let written = ["/v2/comments", "/v2/phone-calls"]
            .into_iter()
            .flat_map(|path| ["POST", "PUT"].map(|method| (method, path)))
            .flat_map(|(method, path)| self.desk.crm.requests_to(method, path));
        let mut taken = written.filter(|seen| seen.status.is_none_or(|status| status < 400));
        taken.any(|seen| seen.body.contains(note))
    }
}
