//! Long and busy days on a clock that is moved by hand, against an account of five requests a second.
//!
//! Each story ends with a line that holds its numbers, and fails when one misses its goal. The CRM takes
//! 150 ms for every answer. What is asked, sent and stored is real; only time is not, so the numbers
//! are those of the schedule and the limit, not of this machine. In a usual run the stories are short;
//! `CALLSIDE_WHOLE=1 cargo test --test it soak -- --nocapture` lives through all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callside_core::contact::{ContactKind, Role};
use callside_core::id::CallId;
use callside_core::outbox::DeliveryState;
use callside_engine::connections::ConnectionState;
use callside_engine::events::{EngineEvent, Notice};
use callside_sandbox::book::{
    FIRST_GENERATED, INES_MOREL, INES_MOREL_MOBILE, LUC_BERNARD, LUC_BERNARD_MOBILE, MARIE_DUPONT,
    MARIE_DUPONT_MOBILE,
};
use callside_sandbox::{Fault, FaultRule, QuotaLimits, RecordKind, SeenRequest};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

use super::desk::{Desk, Setup, at, sellsy};
use super::room;

/// What the account allows in each second.
const PER_SECOND: u32 = 5;
/// What is left of it for a first copy.
const FOR_COPIES: u32 = PER_SECOND - 1;
/// How long the CRM takes for an answer.
const ANSWERS_AFTER_MS: u64 = 150;
/// How many deliveries are on their way at once; what is beyond waits for a turn.
const ON_THEIR_WAY: usize = 4;
const ROWS_OF_A_PAGE: u32 = 100;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MOVED: &str = "+33639987777";
const LUC: &str = "Luc Bernard";
const INES: &str = "Inès Morel";
const MARIE: &str = "Marie Dupont";

/// The whole of it, or as much as a usual run takes.
fn whole_or<T>(whole: T, short: T) -> T {
    match std::env::var_os("CALLSIDE_WHOLE") {
        Some(_) => whole,
        None => short,
    }
}

fn wide(contacts: usize) -> Setup {
    Desk::setup().sandbox(|s| s.book.contacts = contacts)
}

fn narrow(contacts: usize) -> Setup {
    wide(contacts).paced().sandbox(|s| {
        s.quotas = QuotaLimits {
            per_second: Some(u64::from(PER_SECOND)),
            ..QuotaLimits::unlimited()
        };
    })
}

fn take_time_for_answers(desk: &Desk) {
    let delay = Fault::Delay {
        ms: ANSWERS_AFTER_MS,
    };
    desk.crm.add_fault(FaultRule {
        path: "/v2".into(),
        ..FaultRule::everywhere(delay)
    });
}

async fn names(desk: &Desk, number: &str) -> Vec<String> {
    let lookup = desk.engine.lookup(number).await.unwrap();
    lookup.matches.into_iter().map(|m| m.contact.name).collect()
}

/// In a large book invented people share numbers of the ranges for fiction.
async fn knows(desk: &Desk, number: &str, name: &str) -> bool {
    names(desk, number).await.iter().any(|found| found == name)
}

/// Asks for rows of the contacts, or for what is shown beside them.
fn is_sync(seen: &SeenRequest) -> bool {
    is_page(seen) || seen.path.starts_with("/v2/staffs")
}

fn is_page(seen: &SeenRequest) -> bool {
    ["individuals", "companies", "contacts"]
        .iter()
        .any(|what| seen.path == format!("/v2/{what}/search"))
}

fn seconds(span: SignedDuration) -> f64 {
    span.as_secs_f64()
}

/// What an agent does next with a call.
#[derive(Debug)]
enum Act {
    Ring,
    Answer(CallId),
    HangUp(CallId),
    File(CallId),
}

/// What became of a filed call.
struct Filed {
    /// The time to undo was over.
    due: Timestamp,
    delivered: Option<Timestamp>,
}

/// Agents of one desk who take calls at a steady pace: each is answered after two seconds, takes
/// twenty, and is filed with a note three seconds later.
struct Shift {
    desk: Desk,
    events: broadcast::Receiver<EngineEvent>,
    callers: Vec<String>,
    plan: BTreeMap<(Timestamp, usize), Act>,
    planned: usize,
    rung: usize,
    filed: BTreeMap<CallId, Filed>,
}

impl Shift {
    async fn begin() -> Self {
        let first_copy = wide(400).first_copy().await;
        let setup = narrow(400)
            .settings(|s| s.sync.interval_s = 60)
            .begin_with(&first_copy);
        let desk = setup.start().await;
        take_time_for_answers(&desk);
        let mut callers = Vec::new();
        for id in FIRST_GENERATED.. {
            let Some(person) = desk.crm.record(RecordKind::Individual, id) else {
                match id {
                    id if id < FIRST_GENERATED + 200 => continue,
                    _ => break,
                }
            };
            if let Some(number) = person.mobile_number
                && names(&desk, &number).await.len() == 1
            {
                callers.push(number);
            }
        }
        assert!(callers.len() > 50, "{} callers", callers.len());
        Self {
            events: desk.engine.listen(),
            desk,
            callers,
            plan: BTreeMap::new(),
            planned: 0,
            rung: 0,
            filed: BTreeMap::new(),
        }
    }

    fn plan(&mut self, at: Timestamp, act: Act) {
        self.planned += 1;
        self.plan.insert((at, self.planned), act);
    }

    fn after(&self, ms: i64) -> Timestamp {
        self.desk.now() + SignedDuration::from_millis(ms)
    }

    /// From now on so many calls a minute, for so long.
    fn expect_calls(&mut self, per_minute: i64, for_s: i64) {
        let every = MINUTE * 1_000 / per_minute;
        for count in 0..for_s * 1_000 / every {
            self.plan(self.after(count * every), Act::Ring);
        }
    }

    /// Lives until this instant.
    async fn live_until(&mut self, end: Timestamp) {
        while let Some(entry) = self.plan.first_entry() {
            let (at, _) = *entry.key();
            if at > end {
                break;
            }
            let act = entry.remove();
            self.pass_until(at).await;
            self.act(act).await;
        }
        self.pass_until(end).await;
    }

    async fn live(&mut self, seconds: i64) {
        self.live_until(self.after(seconds * 1_000)).await;
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Ring => {
                let number = self.callers[self.rung % self.callers.len()].clone();
                self.rung += 1;
                let call = self.desk.ring(&number).await;
                self.plan(self.after(2_000), Act::Answer(call));
            }
            Act::Answer(call) => {
                self.desk.answer(&call).await;
                self.plan(self.after(20_000), Act::HangUp(call));
            }
            Act::HangUp(call) => {
                self.desk.hang_up(&call).await;
                self.plan(self.after(3_000), Act::File(call));
            }
            Act::File(call) => {
                self.desk.note(&call, "calls back on Friday").await;
                self.desk.engine.file(&call).await.unwrap();
                let undo = i64::from(self.desk.settings.logging.undo_s);
                let filed = Filed {
                    due: self.after(undo * 1_000),
                    delivered: None,
                };
                self.filed.insert(call, filed);
            }
        }
        self.desk.settle().await;
        self.listen().await;
    }

    async fn pass_until(&mut self, end: Timestamp) {
        let clock = Arc::clone(&self.desk.clock);
        while let Some(next) = clock.next_waking().filter(|next| *next <= end) {
            clock.set(next.max(self.desk.now()));
            self.desk.settle().await;
            self.listen().await;
        }
        clock.set(end.max(self.desk.now()));
        self.desk.settle().await;
        self.listen().await;
    }

    async fn listen(&mut self) {
        let now = self.desk.now();
        let mut missed = false;
        loop {
            match self.events.try_recv() {
                Ok(EngineEvent::Delivery(entry)) => {
                    if entry.delivery.state == DeliveryState::Delivered
                        && let Some(filed) = self.filed.get_mut(&entry.call)
                    {
                        filed.delivered.get_or_insert(now);
                    }
                }
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => missed = true,
                Err(_) => break,
            }
        }
        if missed {
            self.look_up().await;
        }
    }

    /// Whoever missed events looks at the calls instead: when a CRM is back, thousands of entries may
    /// tell of it at one instant.
    async fn look_up(&mut self) {
        let now = self.desk.now();
        for (call, filed) in &mut self.filed {
            if filed.delivered.is_some() {
                continue;
            }
            let mut entries = self.desk.record(call).await.deliveries.into_iter();
            if entries.all(|entry| entry.delivery.state == DeliveryState::Delivered) {
                filed.delivered = Some(now);
            }
        }
    }

    fn undelivered(&self) -> usize {
        self.filed
            .values()
            .filter(|filed| filed.delivered.is_none())
            .count()
    }

    /// Lives until everything filed is delivered, and no call is under way.
    async fn live_until_delivered(&mut self, most_s: i64) {
        let latest = self.after(most_s * 1_000);
        while !self.plan.is_empty() || self.undelivered() > 0 {
            assert!(
                self.desk.now() < latest,
                "{} of {} calls wait after {most_s} seconds",
                self.undelivered(),
                self.filed.len()
            );
            self.live(1).await;
        }
    }

    /// How many logs were due and not delivered at this instant.
    fn waiting_at(&self, at: Timestamp) -> usize {
        let waits = |filed: &&Filed| {
            filed.due <= at && filed.delivered.is_none_or(|delivered| delivered > at)
        };
        self.filed.values().filter(waits).count()
    }

    /// From the end of the time to undo to delivered, the shortest first.
    fn delays(&self) -> Vec<SignedDuration> {
        let delay = |filed: &Filed| Some(filed.delivered?.duration_since(filed.due));
        let mut delays: Vec<_> = self.filed.values().filter_map(delay).collect();
        delays.sort_unstable();
        delays
    }

    fn last_delivery(&self) -> Timestamp {
        let delivered = self.filed.values().filter_map(|filed| filed.delivered);
        delivered.max().unwrap()
    }

    /// Every filed call is in the CRM once, and nothing else is. Returns how many were lost and how
    /// many logs are there once too often.
    async fn lost_and_twice(&self) -> (usize, usize) {
        let mut logs = BTreeMap::<String, usize>::new();
        for log in self.desk.crm.phone_calls() {
            let text = log.description.unwrap_or_default();
            let marker = text.lines().next().unwrap_or_default();
            *logs.entry(marker.to_owned()).or_default() += 1;
        }
        let (mut lost, mut twice) = (0, 0);
        for call in self.filed.keys() {
            let record = self.desk.record(call).await;
            assert_eq!(record.draft.note, "calls back on Friday");
            assert_eq!(record.deliveries.len(), 1, "one record per call");
            for entry in record.deliveries {
                let found = logs.remove(entry.marker.as_str()).unwrap_or_default();
                lost += usize::from(found == 0);
                twice += found.saturating_sub(1);
            }
        }
        assert_eq!(logs, BTreeMap::new(), "logs of no call");
        (lost, twice)
    }
}

fn percentile(sorted: &[SignedDuration], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    seconds(sorted[place])
}

#[test]
fn more_calls_than_the_limit_leaves_are_all_logged_at_the_speed_of_the_limit() {
    room::open().block_on(async {
        let for_s = whole_or(10 * MINUTE, 24);
        let mut shift = Shift::begin().await;
        let began = shift.desk.now();
        shift.expect_calls(300, for_s);
        shift.live(for_s + 26).await;
        let behind = shift.undelivered();
        let calls_over = shift.desk.now();
        shift.live_until_delivered(2 * HOUR).await;
        let (lost, twice) = shift.lost_and_twice().await;
        let refused = shift.desk.crm.quota_refusals();
        let requests = shift.desk.api_requests();
        let waiting: Vec<usize> = requests
            .iter()
            .filter(|seen| is_sync(seen))
            .map(|seen| shift.waiting_at(seen.at))
            .collect();
        let beside = waiting.iter().filter(|waiting| **waiting > 0).count();
        let ahead = waiting.iter().filter(|w| **w > ON_THEIR_WAY).count();
        let drained = shift.last_delivery();
        let after = requests
            .iter()
            .filter(|seen| seen.at >= calls_over && seen.at <= drained)
            .count();
        let took = seconds(drained.duration_since(calls_over));
        let speed = after as f64 / took;
        let filed = shift.filed.len();
        println!(
            "300 calls a minute: {filed} filed in {for_s} s; lost {lost}, twice {twice}, refused for their \
             number {refused}; {behind} logs behind at the end, all there {:.0} s after the first ring; \
             {after} requests in the {took:.0} s behind, {speed:.2}/s of {PER_SECOND}; of {} requests of the \
             sync {beside} went while a log was on its way, {ahead} while one waited for its turn",
            seconds(drained.duration_since(began)),
            waiting.len(),
        );
        assert_eq!((lost, twice, refused), (0, 0, 0), "lost, twice, refused");
        assert_eq!(filed as i64, for_s * 5);
        assert!(behind > ON_THEIR_WAY, "the limit leaves enough for all");
        assert_eq!(ahead, 0, "requests of the sync before logs");
        assert!(speed >= 0.9 * f64::from(PER_SECOND), "{speed:.2}/s");
    });
}

#[test]
fn a_usual_day_is_delivered_at_once() {
    room::open().block_on(async {
        let for_s = whole_or(8 * HOUR, 3 * MINUTE);
        let mut shift = Shift::begin().await;
        shift.expect_calls(40, for_s);
        shift.live(for_s).await;
        shift.live_until_delivered(HOUR).await;
        let (lost, twice) = shift.lost_and_twice().await;
        let refused = shift.desk.crm.quota_refusals();
        let requests = shift.desk.api_requests();
        let delays = shift.delays();
        let filed = shift.filed.len();
        println!(
            "40 calls a minute for {:.2} h: {filed} filed; lost {lost}, twice {twice}, refused for their \
             number {refused}; from the end of the undo window to delivered p50 {:.2}, p95 {:.2}, worst \
             {:.2} s; {:.2} requests per call with the sync",
            for_s as f64 / HOUR as f64,
            percentile(&delays, 50),
            percentile(&delays, 95),
            percentile(&delays, 100),
            requests.len() as f64 / filed as f64,
        );
        assert_eq!((lost, twice, refused), (0, 0, 0), "lost, twice, refused");
        assert_eq!(filed as i64, for_s * 2 / 3);
        assert_eq!(delays.len(), filed);
        assert!(percentile(&delays, 95) < 5.0, "delivered late");
    });
}

#[test]
fn what_an_outage_held_back_arrives_at_the_speed_of_the_limit() {
    room::open().block_on(async {
        let away_s = whole_or(HOUR, 2 * MINUTE);
        let mut shift = Shift::begin().await;
        shift.expect_calls(40, away_s + whole_or(8, 3) * MINUTE);
        shift.live(2 * MINUTE).await;
        shift.desk.unplug();
        shift.live(away_s).await;
        let held_back: BTreeSet<CallId> = shift
            .filed
            .iter()
            .filter(|(_, filed)| filed.delivered.is_none())
            .map(|(call, _)| call.clone())
            .collect();
        let back = shift.desk.now();
        shift.desk.plug_in();
        let there = |shift: &Shift| {
            let delivered = |call: &CallId| shift.filed[call].delivered;
            held_back.iter().map(delivered).collect::<Option<Vec<_>>>()
        };
        while there(&shift).is_none() {
            assert!(shift.desk.now() < back + SignedDuration::from_hours(2));
            shift.live(1).await;
        }
        let delivered = there(&shift).unwrap();
        let first = delivered.iter().min().unwrap().duration_since(back);
        let last = delivered.iter().max().unwrap();
        let took = seconds(last.duration_since(back));
        let within = |seen: &&SeenRequest| seen.at >= back && seen.at <= *last;
        let requests = shift.desk.api_requests();
        let asked = requests.iter().filter(within).count();
        let ideal = asked as f64 / f64::from(PER_SECOND);
        shift.live_until_delivered(HOUR).await;
        let (lost, twice) = shift.lost_and_twice().await;
        let refused = shift.desk.crm.quota_refusals();
        println!(
            "an outage of {away_s} s with 40 calls a minute: {} logs held back, the first there {:.1} s after \
             it, all after {took:.1} s; {asked} requests meanwhile, which the limit allows in {ideal:.1} s \
             ({:.2} times that); lost {lost}, twice {twice}, refused for their number {refused}",
            held_back.len(),
            seconds(first),
            took / ideal,
        );
        assert_eq!((lost, twice, refused), (0, 0, 0), "lost, twice, refused");
        assert!(held_back.len() as i64 >= away_s / 2);
        // Nobody tells that the CRM is back: it is looked for at least once a minute.
        assert!(seconds(first) <= 61.0);
        assert!(took - seconds(first) <= 1.1 * ideal + 2.0);
    });
}

/// Lets time pass until the first copy is done; returns at what instant.
async fn live_until_copied(desk: &mut Desk) -> Timestamp {
    let mut steps = 0;
    loop {
        // Right after signing in nobody sleeps yet.
        desk.settle().await;
        let next = desk.clock.next_waking().unwrap();
        desk.clock.set(next.max(desk.now()));
        desk.settle().await;
        let finished = |event: &EngineEvent| matches!(event, EngineEvent::Sync(_, progress) if progress.finished);
        if desk.told().iter().any(finished) {
            return desk.now();
        }
        steps += 1;
        assert!(steps < 100_000, "the copy never ends");
    }
}

#[test]
fn the_first_copy_takes_as_long_as_the_limit_wants() {
    room::open().block_on(async {
        let contacts = whole_or(100_000, 5_000);
        let mut desk = narrow(contacts).start_unconnected().await;
        take_time_for_answers(&desk);
        desk.connect().await;
        let began = desk.now();
        while !knows(&desk, LUC_BERNARD_MOBILE, LUC).await {
            desk.pass(1).await;
        }
        let of_use = seconds(desk.now().duration_since(began));
        assert_eq!(desk.state(), Some(ConnectionState::Syncing));
        desk.told();
        let copied = live_until_copied(&mut desk).await;
        let took = seconds(copied.duration_since(began));
        let in_crm: u64 = RecordKind::ALL
            .into_iter()
            .map(|kind| desk.crm.record_count(kind))
            .sum();
        let pages = in_crm.div_ceil(u64::from(ROWS_OF_A_PAGE));
        let bound = pages as f64 / f64::from(FOR_COPIES);
        let held = desk.engine.connection_statuses().await.unwrap()[0].facts.contacts;
        let refused = desk.crm.quota_refusals();
        println!(
            "first copy of {in_crm} rows: {took:.1} s, {:.3} times the {bound:.1} s of {pages} pages at \
             {FOR_COPIES}/s; the first caller is known after {of_use:.0} s; {held} contacts held; refused for \
             their number {refused}",
            took / bound,
        );
        assert_eq!(refused, 0);
        assert!(of_use <= 3.0);
        assert!(held > in_crm * 9 / 10);
        // Counting ahead and the names of colleagues weigh only in a short copy.
        let beside = whole_or(0.0, 2.0);
        assert!(took <= 1.1 * bound + beside, "{took:.1} s");
    });
}

/// How many pages were asked for more than once.
fn asked_twice(desk: &Desk) -> usize {
    let mut seen = BTreeSet::new();
    let mut pages = desk.api_requests();
    pages.retain(|page| is_page(page) && page.query.contains("limit=100"));
    pages
        .into_iter()
        .filter(|page| !seen.insert((page.path.clone(), page.query.clone(), page.body.clone())))
        .count()
}

#[test]
fn a_large_directory_is_copied_through_a_kill_and_followed_after_it() {
    room::open().block_on(async {
        let contacts = whole_or(200_000, 2_000);
        let mut desk = narrow(contacts)
            .settings(|s| s.sync.interval_s = 600)
            .start_unconnected()
            .await;
        take_time_for_answers(&desk);
        desk.connect().await;
        let half = contacts as i64 / i64::from(ROWS_OF_A_PAGE * FOR_COPIES * 2);
        desk.pass(half).await;
        // Killed while an answer is on its way.
        while desk.crm.requests().last().unwrap().status.is_some() {
            let next = desk.clock.next_waking().unwrap();
            desk.clock.set(next.max(desk.now()));
            desk.settle().await;
        }
        assert_eq!(desk.state(), Some(ConnectionState::Syncing));
        let held = async |desk: &Desk| {
            desk.engine.connection_statuses().await.unwrap()[0]
                .facts
                .contacts
        };
        let at_the_kill = held(&desk).await;
        desk.restart().await;
        live_until_copied(&mut desk).await;
        let twice = asked_twice(&desk);
        desk.pass(MINUTE).await;
        assert_eq!(desk.state(), Some(ConnectionState::Connected));
        let copied = held(&desk).await;
        let in_crm = |desk: &Desk| -> u64 {
            RecordKind::ALL
                .into_iter()
                .map(|kind| desk.crm.record_count(kind))
                .sum()
        };
        assert!(copied > in_crm(&desk) * 9 / 10);
        assert!(twice <= 1, "{twice} pages were asked for twice");

        for (number, name) in [
            (LUC_BERNARD_MOBILE, LUC),
            (INES_MOREL_MOBILE, INES),
            (MARIE_DUPONT_MOBILE, MARIE),
        ] {
            assert!(knows(&desk, number, name).await, "{name}");
        }

        // What changes arrives with the next round.
        desk.crm
            .edit_record(RecordKind::Individual, LUC_BERNARD, |record| {
                record.mobile_number = Some(MOVED.into());
            });
        desk.crm
            .convert_to_client(RecordKind::Individual, LUC_BERNARD);
        desk.crm.archive_record(RecordKind::Contact, INES_MOREL);
        desk.pass(610).await;
        assert!(knows(&desk, MOVED, LUC).await);
        assert!(!knows(&desk, LUC_BERNARD_MOBILE, LUC).await);
        assert!(!knows(&desk, INES_MOREL_MOBILE, INES).await);
        let luc = at(ContactKind::Individual, LUC_BERNARD);
        let luc = desk.engine.store().contact(&luc).await.unwrap().unwrap();
        assert_eq!(luc.contact.role, Some(Role::Client));

        // What is gone leaves with the sweep of the night.
        desk.crm.delete_record(RecordKind::Contact, MARIE_DUPONT);
        desk.pass(DAY).await;
        let sweep = contacts as i64 / i64::from(ROWS_OF_A_PAGE);
        desk.pass(sweep + 600).await;
        assert!(!knows(&desk, MARIE_DUPONT_MOBILE, MARIE).await);
        assert!(knows(&desk, MOVED, LUC).await);

        // Somebody deletes a third of everything.
        let before = held(&desk).await;
        let mut gone = 0;
        for id in (FIRST_GENERATED..FIRST_GENERATED + contacts as u64).step_by(3) {
            for kind in RecordKind::ALL {
                gone += u64::from(desk.crm.delete_record(kind, id));
            }
        }
        let mut events = desk.engine.listen();
        let mut asked = false;
        for _ in 0..(DAY + sweep + 600) / MINUTE {
            desk.pass(MINUTE).await;
            while let Ok(event) = events.try_recv() {
                asked |= matches!(event, EngineEvent::Notice(Notice::LargeShrink));
            }
        }
        assert!(asked, "a large shrink asks");
        assert_eq!(held(&desk).await, before, "nothing is deleted unasked");
        let taken = desk.engine.accept_shrink(&sellsy()).await.unwrap();
        let left = held(&desk).await;
        let refused = desk.crm.quota_refusals();
        println!(
            "{contacts} contacts: killed with {at_the_kill} held, {copied} after it, {twice} pages asked for twice; \
             a shrink by {gone} rows asked first and took {taken}, {left} left; refused for their number {refused}"
        );
        assert_eq!(before - taken, left);
        assert!(taken > 0 && taken <= gone);
        assert_eq!(refused, 0);
    });
}
