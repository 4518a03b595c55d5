//! The cache at one size: import, look-up, search, look-up during a copy, cold open, plain and encrypted.
//!
//! The smaller size is imported alone, for its speed; the bigger one with look-ups beside it, as on
//! the day of a first copy.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callside_core::contact::Contact;
use callside_core::id::RemoteId;
use callside_core::phone_number::{NumberKey, PhoneNumber, Region};
use callside_core::settings::Settings;
use callside_core::sync::SyncWalk;
use callside_engine::Engine;
use callside_store::Store;
use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::people::{self, Dice, connection};
use crate::probe::{HandOff, RAW_PROBE, raw_connection, raw_probe};
use crate::report::{Report, Samples};
use crate::{Cipher, Done, Failed, engine, opening, search};

/// Contacts of a page, as Sellsy sends them.
const PAGE: usize = 100;
/// From this size on, look-ups run beside the import.
const BESIDE_FROM: usize = 500_000;
/// Turns of each kind of look-up, and look-ups in each turn.
const TURNS: usize = 150;
const IN_A_TURN: usize = 60;
/// Turns of look-ups at rest and during a copy, how long each takes, and how many pages then arrive:
/// what a limit of five requests a second leaves a first copy.
const COPY_TURNS: usize = 4;
const COPY_TURN: Duration = Duration::from_secs(3);
const COPY_PAGES: u32 = 12;

/// Numbers somebody may call from, as a caller's telephone reports them.
pub(crate) type Callers = Arc<Mutex<Vec<u64>>>;

/// Measures one size both ways.
pub(crate) fn measure(report: &mut Report, runtime: &Runtime, work: &Path, size: usize) -> Done {
    for cipher in Cipher::both() {
        let dir = work.join(format!("{size}-{}", cipher.word()));
        let store = runtime.block_on(cipher.open(&dir))?;
        let engine = engine(store, Settings::default());
        let callers = Callers::default();
        import(report, runtime, &engine, &cipher, size, &callers)?;
        let callers = callers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        look_up(report, runtime, &engine, &cipher, &dir, size, &callers)?;
        search::measure(report, runtime, engine.store(), cipher.word(), size)?;
        copy(report, runtime, &engine, &cipher, size, &callers)?;
        runtime.block_on(async {
            engine.stop().await;
            engine.store().clone().close().await;
        });
        drop(engine);
        opening::cold(report, runtime, &dir, &cipher, size, &callers)?;
        if size < BESIDE_FROM || cipher.key().is_none() {
            std::fs::remove_dir_all(&dir)?;
        }
    }
    Ok(())
}

fn import(
    report: &mut Report,
    runtime: &Runtime,
    engine: &Engine,
    cipher: &Cipher,
    size: usize,
    callers: &Callers,
) -> Done {
    let store = engine.store().clone();
    let beside = (size >= BESIDE_FROM).then(|| Beside::start(runtime, engine, callers));
    let filling = fill(store, size, callers.clone());
    let took = runtime.block_on(runtime.spawn(filling))??;
    #[expect(clippy::cast_precision_loss, reason = "a count of contacts")]
    let speed = size as f64 / took.as_secs_f64();
    let word = cipher.word();
    let measured = format!("{speed:.0} contacts/s");
    let Some(beside) = beside else {
        let limit = cipher.choose(15_000.0, 10_000.0);
        let goal = cipher.choose("15,000 contacts/s", "10,000 contacts/s");
        let what = format!("{size} contacts, {word}, pages of {PAGE}, search box included");
        // The faster the better: the share of the limit is the inverse.
        return report.against("import", &what, measured, goal, (limit, speed));
    };
    let what = format!("{size} contacts, {word}, with look-ups beside it");
    report.beside("import", &what, measured)?;
    let (samples, failed) = beside.stop(runtime)?;
    let measured = format!(
        "p50 {:.0} / p99 {:.0} / worst {:.0} µs of {}, {failed} refused",
        samples.p50(),
        samples.p99(),
        samples.at(1.0),
        samples.count()
    );
    let what = format!("during the import of {size}, {word}");
    // A single refusal is a miss whatever the times are.
    let worst = if failed > 0 {
        f64::INFINITY
    } else {
        samples.p99()
    };
    report.against(
        "look-up",
        &what,
        measured,
        "p99 5,000 µs, none refused",
        (worst, 5_000.0),
    )
}

/// Imports invented contacts page by page. Returns the time that the store took; inventing them is
/// not counted.
pub(crate) async fn fill(store: Store, size: usize, callers: Callers) -> Result<Duration, Failed> {
    let mut people = people::contacts(size);
    let mut took = Duration::ZERO;
    let (mut number, mut done) = (0, 0);
    loop {
        let some: Vec<Contact> = people.by_ref().take(20 * PAGE).collect();
        if some.is_empty() {
            break;
        }
        let known: Vec<u64> = some.iter().step_by(5).filter_map(people::caller).collect();
        done += some.len();
        let pages: Vec<_> = some.chunks(PAGE).map(<[Contact]>::to_vec).collect();
        let count = pages.len();
        for (place, page) in pages.into_iter().enumerate() {
            number += 1;
            let page = people::page(page, number, done >= size && place + 1 == count);
            let began = Instant::now();
            let walk = SyncWalk::Full;
            store
                .store_page(&connection(), walk, &page, Region::FR, Timestamp::now())
                .await?;
            took += began.elapsed();
        }
        callers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(known);
    }
    let facts = store.sync_facts(&connection()).await?;
    if facts.contacts != u64::try_from(size)? {
        return Err("contacts are missing".into());
    }
    store
        .mark_synced(&connection(), SyncWalk::Full, Timestamp::now())
        .await?;
    Ok(took)
}

/// Look-ups that go on beside something else.
struct Beside {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<(Samples, usize)>,
}

impl Beside {
    fn start(runtime: &Runtime, engine: &Engine, callers: &Callers) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, engine, callers) = (stop.clone(), engine.clone(), callers.clone());
        let task = runtime.spawn(async move {
            let (mut samples, mut failed, mut dice) = (Samples::default(), 0, Dice::new(2));
            while !stopped.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(3)).await;
                let known = {
                    let callers = callers.lock().unwrap_or_else(PoisonError::into_inner);
                    dice.pick(&callers).copied()
                };
                let Some(number) = known else { continue };
                let began = Instant::now();
                match engine.lookup(&format!("+{number}")).await {
                    Ok(found) if !found.matches.is_empty() => samples.take(began.elapsed()),
                    _ => failed += 1,
                }
            }
            (samples, failed)
        });
        Self { stop, task }
    }

    fn stop(self, runtime: &Runtime) -> Result<(Samples, usize), Failed> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(runtime.block_on(self.task)?)
    }
}

/// Look-ups while a first copy goes on at the speed of a vendor's limit, beside those at rest. They
/// take turns, so that what else happens on the machine hits both.
fn copy(
    report: &mut Report,
    runtime: &Runtime,
    engine: &Engine,
    cipher: &Cipher,
    size: usize,
    callers: &[u64],
) -> Done {
    let callers = Arc::new(Mutex::new(callers.to_vec()));
    let mut newcomers = people::contacts(size).map(|mut contact| {
        // Nobody who is there already has such an id.
        let id = format!("new-{}", contact.at.id.as_str());
        contact.at.id = RemoteId::new(id);
        contact
    });
    let [mut rest, mut copying] = std::array::from_fn::<_, 2, _>(|_| Samples::default());
    let mut number = 0;
    for _ in 0..COPY_TURNS {
        for (samples, pages) in [(&mut rest, 0), (&mut copying, COPY_PAGES)] {
            let store = engine.store().clone();
            let arriving: Vec<Vec<Contact>> = (0..pages)
                .map(|_| newcomers.by_ref().take(PAGE).collect())
                .collect();
            let beside = Beside::start(runtime, engine, &callers);
            number = runtime.block_on(runtime.spawn(async move {
                let ends = tokio::time::Instant::now() + COPY_TURN;
                let mut number = number;
                for page in arriving {
                    number += 1;
                    let next = tokio::time::sleep(COPY_TURN / COPY_PAGES);
                    let page = people::page(page, number, false);
                    let (walk, now) = (SyncWalk::Full, Timestamp::now());
                    store
                        .store_page(&connection(), walk, &page, Region::FR, now)
                        .await?;
                    next.await;
                }
                tokio::time::sleep_until(ends).await;
                Ok::<_, Failed>(number)
            }))??;
            let (found, failed) = beside.stop(runtime)?;
            if failed > 0 {
                return Err("a look-up during a copy found nobody".into());
            }
            samples.join(&found);
        }
    }
    let what = format!("{size}, {}: during a copy at 4 pages/s", cipher.word());
    let measured = format!(
        "p99 {:.0} µs of {}, {:.2} times the {:.0} µs at rest",
        copying.p99(),
        copying.count(),
        copying.p99() / rest.p99(),
        rest.p99()
    );
    let limit = rest.p99() * 3.0;
    report.against(
        "look-up",
        &what,
        measured,
        "p99 3 times that at rest",
        (copying.p99(), limit),
    )
}

/// The four kinds take turns, so that what else happens on the machine hits all of them.
fn look_up(
    report: &mut Report,
    runtime: &Runtime,
    engine: &Engine,
    cipher: &Cipher,
    dir: &Path,
    size: usize,
    callers: &[u64],
) -> Done {
    let raw = raw_connection(dir, cipher.key())?;
    let mut statement = raw.prepare(RAW_PROBE)?;
    let hand_off = Arc::new(HandOff::start());
    let mut dice = Dice::new(3);
    let [mut probes, mut trips, mut stores, mut engines] =
        std::array::from_fn::<_, 4, _>(|_| Samples::default());
    // The first turns only warm what a running app has warm.
    for turn in 0..TURNS + 10 {
        let numbers: Vec<u64> = (0..IN_A_TURN)
            .filter_map(|_| dice.pick(callers).copied())
            .collect();
        let mut round = [const { Vec::new() }; 2];
        for number in &numbers {
            let (took, bytes) = raw_probe(&mut statement, *number)?;
            if bytes == 0 {
                return Err("the raw probe found nobody".into());
            }
            round[0].push(took);
        }
        let asked = hand_off.clone();
        round[1] = runtime.block_on(runtime.spawn(async move {
            let mut took = Vec::new();
            for _ in 0..IN_A_TURN {
                took.push(asked.round_trip().await?);
            }
            Ok::<_, Failed>(took)
        }))??;
        let store_took = runtime
            .block_on(runtime.spawn(ask_store(engine.store().clone(), numbers.clone())))??;
        let engine_took =
            runtime.block_on(runtime.spawn(ask_engine(engine.clone(), numbers)))??;
        if turn < 10 {
            continue;
        }
        let [probe, trip] = round;
        for (samples, took) in [
            (&mut probes, probe),
            (&mut trips, trip),
            (&mut stores, store_took),
            (&mut engines, engine_took),
        ] {
            took.into_iter().for_each(|took| samples.take(took));
        }
    }
    let word = cipher.word();
    let both =
        |samples: &Samples| format!("p50 {:.1} / p99 {:.1} µs", samples.p50(), samples.p99());
    report.beside(
        "look-up",
        &format!("{size}, {word}: raw probe"),
        both(&probes),
    )?;
    report.beside(
        "look-up",
        &format!("{size}, {word}: bare thread hand-off"),
        both(&trips),
    )?;
    let times = cipher.choose(2.0, 3.0);
    let goal = cipher.choose("p50 2 hand-offs", "p50 3 hand-offs");
    for (name, samples) in [("store", &stores), ("engine", &engines)] {
        let what = format!("{size}, {word}: through the {name}");
        let measured = format!(
            "{}, {:.2} hand-offs",
            both(samples),
            samples.p50() / trips.p50()
        );
        let limit = trips.p50() * times;
        report.against("look-up", &what, measured, goal, (samples.p50(), limit))?;
        let what = format!("{size}, {word}: through the {name}, p99");
        let measured = format!(
            "{:.0} µs, {:.2} times the hand-off's p99",
            samples.p99(),
            samples.p99() / trips.p99()
        );
        report.against(
            "look-up",
            &what,
            measured,
            "p99 300 µs",
            (samples.p99(), 300.0),
        )?;
    }
    Ok(())
}

async fn ask_store(store: Store, numbers: Vec<u64>) -> Result<Vec<Duration>, Failed> {
    let mut took = Vec::new();
    for number in numbers {
        let number = PhoneNumber::from_stored(number).ok_or("an odd number")?;
        let key = [NumberKey::E164(number)];
        let began = Instant::now();
        let found = store.candidates(&key).await?;
        took.push(began.elapsed());
        if found.is_empty() {
            return Err("the store found nobody".into());
        }
    }
    Ok(took)
}

pub(crate) async fn ask_engine(engine: Engine, numbers: Vec<u64>) -> Result<Vec<Duration>, Failed> {
    let mut took = Vec::new();
    for number in numbers {
        let text = format!("+{number}");
        let began = Instant::now();
        let found = engine.lookup(&text).await?;
        took.push(began.elapsed());
        if found.matches.is_empty() {
            return Err("the engine found nobody".into());
        }
    }
    Ok(took)
}
