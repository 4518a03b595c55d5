//! Short days at the desk, full of bad luck.
//!
//! Each day is made from a seed: what the agent does, what the CRM does wrong, what colleagues and
//! other programs change there, when somebody sets the clock, and when the app is killed. After each
//! the same must hold: every filed call is in the CRM once per record, what was acknowledged is still
//! there, nothing waits without a reason, no text of a person was overwritten, each log came before its
//! changes and those in the order of the notes, a new number became at most one contact, and the vendor
//! never had to refuse a request for its number. A program that starts anew, or signs in anew, does not
//! know what was spent of the minute: there the first request may be refused, and no other.
//!
//! One seed: `CALLSIDE_SEED=17 cargo test --test it simulation`; more of them:
//! `CALLSIDE_DAYS=5000 cargo test --test it simulation -- --nocapture`, which also prints the counts.

#![allow(
    clippy::print_stderr,
    reason = "a day that went wrong says what happened"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callside_core::contact::ContactKind;
use callside_core::id::CallId;
use callside_core::outbox::{DeliveryState, OutboxEntry, Reason};
use callside_core::settings::{Missed, Targets, UnknownCallers};
use callside_core::wrap_up::WrapUpState;
use callside_engine::connections::ConnectionState;
use callside_sandbox::book::{
    BOULANGERIE_MARTIN, BOULANGERIE_MARTIN_PHONE, HOTEL_DES_REMPARTS_PHONE, INES_MOREL,
    INES_MOREL_MOBILE, LUC_BERNARD, LUC_BERNARD_MOBILE, MARIE_DUPONT, MARIE_DUPONT_MOBILE,
    MOULINS_DU_VAL_PHONE, PAUL_LEFORT, SHARED_NUMBER,
};
use callside_sandbox::http::Method;
use callside_sandbox::{Fault, FaultRule, QuotaLimits, RecordKind, SeenRequest};
use jiff::SignedDuration;
use serde_json::json;

use super::desk::{Desk, FirstCopy, STRANGER, at, sellsy};
use super::room;
use crate::desk::{Dice, wish};

/// How many days `make test` lives through.
const DAYS: u64 = 1_000;
/// How many run beside one another.
const LANES: u64 = 4;
const STEPS: u64 = 14;
/// Whoever takes longer waits for something that never comes.
const LONGEST_DAY: Duration = Duration::from_secs(180);
/// Somebody whom nobody enters by hand.
const NEWCOMER: &str = "+33639989977";
/// What another program writes.
const THEIRS: &str = "Appel entrant (autre programme)";

const NUMBERS: [&str; 10] = [
    MARIE_DUPONT_MOBILE,
    BOULANGERIE_MARTIN_PHONE,
    LUC_BERNARD_MOBILE,
    MOULINS_DU_VAL_PHONE,
    SHARED_NUMBER,
    HOTEL_DES_REMPARTS_PHONE,
    INES_MOREL_MOBILE,
    STRANGER,
    NEWCOMER,
    NEWCOMER,
];

/// What was acknowledged to the agent.
#[derive(Default, Clone)]
struct Promised {
    note: String,
    filed: bool,
    discarded: bool,
    answered: bool,
}

/// What came of many days.
#[derive(Default, Debug, Clone, Copy)]
struct Count {
    days: usize,
    calls: usize,
    filed: usize,
    deliveries: usize,
    lost: usize,
    twice: usize,
    kills: usize,
    faults: usize,
    /// How often a program that knew nothing of a limit met one.
    ignorant: usize,
    /// Requests refused for their number.
    refused: usize,
}

impl Count {
    fn add(&mut self, day: Self) {
        self.days += 1;
        self.calls += day.calls;
        self.filed += day.filed;
        self.deliveries += day.deliveries;
        self.lost += day.lost;
        self.twice += day.twice;
        self.kills += day.kills;
        self.faults += day.faults;
        self.ignorant += day.ignorant;
        self.refused += day.refused;
    }
}

struct Day {
    desk: Desk,
    /// The CRM has a narrow limit, which nobody else draws on.
    limited: bool,
    count: Count,
    /// Somebody deleted a record.
    deleted: bool,
    dice: Dice,
    calls: Vec<CallId>,
    promised: BTreeMap<CallId, Promised>,
    by_hand: BTreeMap<u64, String>,
    /// What stood in the logs that were rewritten.
    rewritten: Vec<String>,
    notes: u32,
    diary: Arc<Mutex<Vec<String>>>,
}

#[test]
fn whatever_goes_wrong_each_filed_call_is_in_the_crm_once() {
    let seeds = match wish("CALLSIDE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..wish("CALLSIDE_DAYS").unwrap_or(DAYS),
    };
    let began = std::time::Instant::now();
    let total = Mutex::new(Count::default());
    let first_copy = room::open().block_on(Desk::setup().first_copy());
    let next = AtomicU64::new(seeds.start);
    let went_wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    match live_in_a_room_of_its_own(seed, &first_copy) {
                        Some(day) => {
                            let mut total = total.lock().unwrap();
                            total.add(day);
                            if total.days % 1_000 == 0 {
                                println!("{total:?}");
                            }
                        }
                        None => went_wrong.lock().unwrap().push(seed),
                    }
                }
            });
        }
    });
    println!(
        "{} days in {:.1} s: {:?}",
        seeds.end - seeds.start,
        began.elapsed().as_secs_f32(),
        total.lock().unwrap()
    );
    let mut went_wrong = went_wrong.into_inner().unwrap();
    went_wrong.sort_unstable();
    assert_eq!(went_wrong, [0; 0], "days that went wrong, see above");
}

/// None when the day went wrong; then its diary is printed.
fn live_in_a_room_of_its_own(seed: u64, first_copy: &Arc<FirstCopy>) -> Option<Count> {
    let diary = Arc::new(Mutex::new(Vec::new()));
    let room = room::open();
    let day = live(seed, first_copy, diary.clone());
    let day = async {
        let lived = tokio::time::timeout(LONGEST_DAY, day).await;
        lived.expect("an end of the day")
    };
    let lived = catch_unwind(AssertUnwindSafe(|| room.block_on(day)));
    if lived.is_err() {
        let diary = diary.lock().unwrap().join("\n  ");
        eprintln!(
            "day {seed} went wrong:\n  {diary}\n\
             again: CALLSIDE_SEED={seed} cargo test --test it simulation"
        );
    }
    lived.ok()
}

async fn live(seed: u64, first_copy: &Arc<FirstCopy>, diary: Arc<Mutex<Vec<String>>>) -> Count {
    let mut dice = Dice(seed);
    let targets = dice.one(&[Targets::Best, Targets::Best, Targets::All]);
    let missed = dice.one(&[Missed::Auto, Missed::Ask]);
    let unknown_callers = dice.one(&[UnknownCallers::Leave, UnknownCallers::Create]);
    let undo_s = dice.one(&[0, 5]);
    let limited = dice.roll(4) == 0;
    // Creations take turns, so that some wait for a turn while others wait for the limit: then
    // nobody could tell from outside that all wait.
    let unknown_callers = match limited {
        true => UnknownCallers::Leave,
        false => unknown_callers,
    };
    let mut setup = Desk::setup()
        .settings(|s| {
            s.logging.targets = targets;
            s.logging.missed = missed;
            s.logging.unknown_callers = unknown_callers;
            s.logging.undo_s = undo_s;
        })
        .seed(seed)
        .begin_with(first_copy);
    if limited {
        let limits = QuotaLimits {
            per_second: Some(dice.one(&[1, 2, 5])),
            per_minute: Some(dice.one(&[20, 60])),
            ..QuotaLimits::unlimited()
        };
        setup = setup.sandbox(|s| s.quotas = limits).paced();
    }
    let mut day = Day {
        desk: setup.start().await,
        dice,
        limited,
        count: Count::default(),
        deleted: false,
        calls: Vec::new(),
        promised: BTreeMap::new(),
        by_hand: BTreeMap::new(),
        rewritten: Vec::new(),
        notes: 0,
        diary,
    };
    day.write(format!(
        "{targets:?} {missed:?} {unknown_callers:?} undo {undo_s} limited {limited}"
    ));
    if day.dice.roll(8) == 0 {
        day.write("the CRM is away from the start");
        day.desk.unplug();
    }
    day.ring().await;
    for _ in 0..STEPS {
        day.step().await;
        day.check_so_far();
    }
    day.heal().await;
    day.check().await;
    day.count
}

impl Day {
    fn write(&self, what: impl Into<String>) {
        let line = format!("{} {}", self.desk.now().strftime("%d %T"), what.into());
        if std::env::var_os("CALLSIDE_SEED").is_some() {
            eprintln!("{line}");
        }
        self.diary.lock().unwrap().push(line);
    }

    async fn step(&mut self) {
        match self.dice.roll(28) {
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
            22 => self.set_clock().await,
            23 => self.sign_in_again().await,
            24 => self.another_program_logs().await,
            _ => {
                let seconds = self.dice.one(&[1, 7, 30, 90, 400]);
                self.write(format!("{seconds} seconds pass"));
                self.desk.pass(seconds).await;
            }
        }
    }

    /// Somebody sets the clock, or the computer sleeps.
    async fn set_clock(&mut self) {
        let seconds = self.dice.one(&[-7_200, -90, 70, 3_600, 100_000]);
        self.write(format!("the clock is set by {seconds} seconds"));
        self.desk.set_clock_by(seconds);
        self.desk.settle().await;
    }

    async fn sign_in_again(&mut self) {
        if self.desk.state() != Some(ConnectionState::Disconnected) {
            return;
        }
        self.write("the agent signs in again");
        self.desk.plug_in();
        self.desk.crm.clear_faults();
        self.desk.crm.come_back();
        self.connect().await;
        self.desk.settle().await;
    }

    async fn connect(&mut self) {
        self.count.ignorant += usize::from(self.limited);
        self.desk.connect().await;
    }

    /// Another integration writes a log of the same number, direction and time.
    async fn another_program_logs(&mut self) {
        if self.limited || !self.desk.is_reachable() {
            return;
        }
        let call = self.any_call();
        let date = self.desk.record(&call).await.call.started_at;
        self.write(format!("another program logs {call}"));
        let body = json!({
            "owner_id": 4107,
            "source": "incoming",
            "result": "connected",
            "date": date.to_string(),
            "description": THEIRS,
            "related": [{"type": "contact", "id": MARIE_DUPONT}],
        });
        // Its answer may get lost too.
        let _ = self
            .desk
            .other_program_tries(Method::POST, "/phone-calls", Some(&body))
            .await;
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
        self.retry_call(&call).await;
        self.desk.settle().await;
    }

    /// In a day with a limit, what the agent waits for may have to wait for the limit.
    async fn retry_call(&self, call: &CallId) {
        let retried = self.desk.engine.retry(call);
        let retried = match self.limited {
            true => self.desk.live_through(retried).await,
            false => retried.await,
        };
        retried.unwrap();
    }

    fn misbehave(&mut self) {
        match self.dice.roll(9) {
            8 => {
                self.write("the cable is out");
                self.desk.unplug();
            }
            0 => {
                self.write("the CRM cannot be reached");
                self.desk.crm.go_offline();
            }
            1 | 2 => {
                self.write("the CRM is well again");
                self.desk.plug_in();
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
            // Where there is a limit, only the limit refuses.
            status(if self.limited { 503 } else { 429 }, None),
            status(if self.limited { 503 } else { 429 }, Some(20)),
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
        self.count.faults += 1;
    }

    async fn change_records(&mut self) {
        let crm = &self.desk.crm;
        let change = self.dice.roll(7);
        self.deleted |= [0, 1, 2, 5].contains(&change);
        match change {
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
            4 => {
                self.write("Luc becomes a client");
                crm.convert_to_client(RecordKind::Individual, LUC_BERNARD);
            }
            5 => {
                self.write("Inès is merged with Paul");
                crm.delete_record(RecordKind::Contact, INES_MOREL);
                crm.edit_record(RecordKind::Contact, PAUL_LEFORT, |record| {
                    record.mobile_number = Some(INES_MOREL_MOBILE.into());
                });
            }
            _ => {}
        }
        // Nobody waits for it: the CRM may be away.
        self.desk.pass(61).await;
        let looking = sellsy();
        let synced = self.desk.engine.sync_now(&looking, false);
        let synced = match self.limited {
            true => self.desk.live_through(synced).await,
            false => synced.await,
        };
        self.write(format!("a round of the sync: {synced:?}"));
        self.desk.settle().await;
    }

    /// A colleague rewrites what stands in the CRM.
    async fn edit_a_log(&mut self) {
        // The CRM has no write that depends on what stands there, so an edit within the milliseconds
        // between Callside's look and its write is lost whatever Callside does.
        self.desk.settle().await;
        if self.limited {
            // There the write may be five seconds behind the look, for the limit.
            self.desk.pass(6).await;
        }
        let mut logs = self.desk.crm.phone_calls();
        logs.retain(|log| log.description.as_deref() != Some(THEIRS));
        let Some(log) = self.dice.pick(&logs) else {
            return;
        };
        let stood = log.description.clone().unwrap_or_default();
        let marker = stood.lines().next().unwrap_or_default();
        let text = format!("{marker}\nby hand {}", self.by_hand.len());
        self.write(format!("somebody rewrites log {}", log.id));
        self.desk.crm.edit_phone_call(log.id, &text);
        self.by_hand.insert(log.id, text);
        self.rewritten.push(stood);
    }

    /// The app is killed: between two requests, or after one took effect.
    async fn crash(&mut self) {
        self.count.kills += 1;
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
            if self.limited {
                // It may still wait for the limit, and what is slow is not meant for the next program.
                self.desk.crm.clear_faults();
            }
        }
        self.count.ignorant += usize::from(self.limited);
        self.desk.restart().await;
        self.desk.settle().await;
    }

    /// Everything is well again, and the agent tries what is stuck.
    async fn heal(&mut self) {
        self.write("everything is well again");
        self.desk.crm.clear_faults();
        self.desk.plug_in();
        self.desk.crm.come_back();
        // A revoked sign-in may show only at the next request.
        for seconds in [30, 500] {
            self.desk.pass(seconds).await;
            let looking = sellsy();
            let _ = self
                .desk
                .live_through(self.desk.engine.sync_now(&looking, false))
                .await;
            self.desk.settle().await;
            if self.desk.state() == Some(ConnectionState::Disconnected) {
                self.connect().await;
            }
        }
        self.desk.pass(500).await;
        for call in self.calls.clone() {
            self.retry_call(&call).await;
        }
        self.desk.pass(500).await;
    }

    /// No log is ever there twice, and no text of a person is ever lost.
    fn check_so_far(&self) {
        let mut markers = BTreeSet::new();
        for log in self.desk.crm.phone_calls() {
            let text = log.description.unwrap_or_default();
            if text == THEIRS {
                continue;
            }
            let marker = text.lines().next().unwrap_or_default().to_owned();
            assert!(markers.insert(marker.clone()), "{marker} is there twice");
            if let Some(by_hand) = self.by_hand.get(&log.id) {
                assert_eq!(&text, by_hand, "what a person wrote");
            }
        }
    }

    async fn check(&mut self) {
        self.check_so_far();
        self.tally().await;
        assert_eq!((self.count.lost, self.count.twice), (0, 0), "lost, twice");
        self.check_refusals();
        if let Some(broken) = broken_order(&self.desk.api_requests()) {
            panic!("{broken}");
        }
        let newcomers = self.desk.people_with(NEWCOMER);
        assert!(newcomers <= 1, "{newcomers} contacts for one new number");
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
        let mut logs = self.desk.crm.phone_calls();
        logs.retain(|log| log.description.as_deref() != Some(THEIRS));
        assert_eq!(
            logs.len(),
            delivered,
            "nothing is in the CRM that nobody filed"
        );
        self.desk.check_requests();
    }

    /// Who starts without knowing what was spent learns it from the first answer, a refusal perhaps.
    fn check_refusals(&self) {
        let refused = self.count.refused;
        if self.count.ignorant == 0 {
            assert_eq!(refused, 0, "refused for their number");
            return;
        }
        // From a refusal that got lost on its way back nobody learns.
        let mut told = self.desk.api_requests();
        told.retain(|seen| seen.status == Some(429));
        assert!(
            told.len() <= self.count.ignorant,
            "{} times refused for its number, with {} starts",
            told.len(),
            self.count.ignorant
        );
    }

    /// Counts what came of the day, whatever it was.
    async fn tally(&mut self) {
        self.count.calls = self.calls.len();
        // A fault that plays a refusal is none.
        self.count.refused = usize::try_from(self.desk.crm.quota_refusals()).unwrap();
        for call in &self.calls {
            let record = self.desk.record(call).await;
            self.count.filed += usize::from(record.wrap_up == WrapUpState::Filed);
            for entry in &record.deliveries {
                let logs = self.desk.logs_with(entry.marker.as_str()).len();
                let delivered = entry.delivery.state == DeliveryState::Delivered;
                self.count.deliveries += logs;
                self.count.lost += usize::from(delivered && logs == 0);
                self.count.twice += logs.saturating_sub(1);
            }
        }
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
            // The log is there; a late note is refused, since a record that the log is on is gone.
            (DeliveryState::Delivered, Some(Reason::Refused { .. } | Reason::ContactDeleted))
                if self.deleted =>
            {
                assert_eq!(logs.len(), 1, "{entry:?}");
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
            || self.rewritten.iter().any(|stood| stood.contains(note))
    }
}

/// Something that was sent for a log.
struct Sent<'a> {
    marker: &'a str,
    /// The number of the note in it.
    note: Option<u32>,
    is_log: bool,
    /// Whether it may be in the CRM now.
    took_effect: bool,
}

impl<'a> Sent<'a> {
    /// None for a request that writes no text of a log.
    fn read(seen: &SeenRequest, text: &'a str) -> Option<Self> {
        let is_log = seen.method == "POST" && seen.path == "/v2/phone-calls";
        let is_change = seen.method == "PUT" && seen.path.starts_with("/v2/phone-calls/");
        let is_beside = seen.method == "POST" && seen.path == "/v2/comments";
        // What stands beside a log begins with the log's marker and a word about the text.
        let marker = text.lines().next()?;
        let marker = marker
            .match_indices('-')
            .nth(1)
            .map_or(marker, |(end, _)| &marker[..end]);
        let note = text
            .split("note ")
            .nth(1)
            .and_then(|rest| rest.split('.').next());
        (is_log || is_change || is_beside).then(|| Self {
            marker,
            note: note.and_then(|note| note.parse().ok()),
            is_log,
            // Nobody knows what became of a request without an answer, or with an error.
            took_effect: seen
                .status
                .is_none_or(|status| !(400..500).contains(&status)),
        })
    }
}

/// What is wrong with the order of requests, if anything: of each call the log itself comes first, and
/// no older note after a newer one.
fn broken_order(requests: &[SeenRequest]) -> Option<String> {
    let mut logs = BTreeMap::<String, Option<u32>>::new();
    for seen in requests {
        let body = seen.json();
        let text = body["description"].as_str().unwrap_or_default();
        let Some(sent) = Sent::read(seen, text).filter(|sent| sent.marker != THEIRS) else {
            continue;
        };
        let marker = sent.marker;
        let Some(before) = logs.get(marker).copied() else {
            if !sent.is_log {
                return Some(format!("{marker}: {seen:?} came before its log"));
            }
            if sent.took_effect {
                logs.insert(marker.to_owned(), sent.note);
            }
            continue;
        };
        if sent.note.is_some() && sent.note < before {
            return Some(format!(
                "{marker}: {seen:?} with note {:?} came after note {before:?}",
                sent.note
            ));
        }
        logs.insert(marker.to_owned(), sent.note.max(before));
    }
    None
}

#[test]
fn an_order_that_is_not_kept_is_noticed() {
    let seen = |method: &str, path: &str, text: &str, status| SeenRequest {
        number: 0,
        at: jiff::Timestamp::UNIX_EPOCH,
        method: method.into(),
        path: path.into(),
        query: String::new(),
        body: json!({ "description": text }).to_string(),
        status,
    };
    let log = |note: &str, status| {
        seen(
            "POST",
            "/v2/phone-calls",
            &format!("callside-1\n{note}"),
            status,
        )
    };
    let change = |note: &str| {
        let text = format!("callside-1\n{note}");
        seen("PUT", "/v2/phone-calls/7", &text, Some(200))
    };
    let beside = |note: &str| {
        let text = format!("callside-1-a7\n{note}");
        seen("POST", "/v2/comments", &text, Some(201))
    };
    let kept = [
        vec![
            log("note 1.", None),
            log("note 2.", Some(201)),
            change("note 10."),
            beside("note 11."),
        ],
        vec![log("", Some(201)), change("note 3."), change("note 3.")],
    ];
    let broken = [
        vec![change("note 1."), log("note 1.", Some(201))],
        vec![beside("note 1.")],
        vec![log("note 1.", Some(402)), change("note 1.")],
        vec![log("note 2.", Some(201)), change("note 1.")],
        vec![log("note 2.", None), log("note 1.", Some(201))],
        vec![
            log("note 2.", Some(201)),
            change("note 10."),
            beside("note 9."),
        ],
    ];
    for requests in kept {
        assert_eq!(broken_order(&requests), None);
    }
    for requests in broken {
        assert!(broken_order(&requests).is_some(), "{requests:?}");
    }
}
