//! The program is killed again and again, at moments that a seed chooses: nothing that was
//! acknowledged is lost, and nothing is written twice.
//!
//! How often: `CALLSIDE_KILLS=1000 cargo test --test it kills -- --nocapture`.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use callside_sandbox::{Fault, FaultRule};
use rustix::process::Signal;
use serde_json::Value;

use crate::desk::{Desk, eventually};

/// How often in each test run.
const KILLS: u64 = 30;
/// A round from the first ring to the delivered log takes about this long, in milliseconds.
const ROUND_MS: u64 = 1_600;

/// What an agent did in one call, as far as it was acknowledged.
#[derive(Default)]
struct Done {
    call: Option<String>,
    /// The last note whose saving was acknowledged.
    note: Option<String>,
    /// Every note that was sent; the last may have been saved without anybody being told.
    sent: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_nothing_is_lost_or_written_twice() {
    let kills = std::env::var("CALLSIDE_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let began = Instant::now();
    let mut desk = Desk::new().await;
    desk.connect();
    desk.run(&["sync"]).good();
    // Slow enough to be hit while a log is on its way, after the CRM took it.
    let slow = Fault::DelayAfterEffect { ms: 150 };
    desk.crm
        .add_fault(FaultRule::always("POST", "/v2/phone-calls$", slow));
    let mut all: Vec<Done> = Vec::new();
    for round in 0..kills {
        desk.start().await;
        take_up(&desk, all.last(), round).await;
        let moment = Duration::from_millis(moment_of(round));
        let mut done = Done::default();
        let gone = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let agent = Agent {
                desk: &desk,
                gone: &gone,
            };
            let done = &mut done;
            let player = scope.spawn(move || agent.play(round, done));
            let end = Instant::now() + moment;
            while Instant::now() < end {
                std::thread::sleep(Duration::from_millis(1));
            }
            gone.store(true, Ordering::SeqCst);
            desk.signal(Signal::KILL);
            let _ = player.join().unwrap();
        });
        desk.ended().await;
        all.push(done);
    }
    desk.start().await;
    take_up(&desk, all.last(), kills).await;
    eventually("the delivery of everything", || {
        let outbox = desk.run(&["status", "--json"]).good().json()["outbox"].clone();
        let left = ["waiting", "checking", "stuck"].map(|state| outbox[state].as_i64().unwrap());
        (left == [0; 3]).then_some(())
    })
    .await;
    let logged = check(&desk, &all);
    println!(
        "{kills} kills in {:.0} s: {} calls, {logged} logs, lost 0, twice 0",
        began.elapsed().as_secs_f32(),
        all.iter().filter(|done| done.call.is_some()).count(),
    );
}

/// A number that looks random and is the same in every run (splitmix64).
fn moment_of(round: u64) -> u64 {
    let mut x = (round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % ROUND_MS
}

/// Who sits at the desk. The program may be gone at any moment; what it did not acknowledge does not
/// count.
struct Agent<'a> {
    desk: &'a Desk,
    gone: &'a AtomicBool,
}

impl Agent<'_> {
    /// None once the program is gone: a command may then do the work itself, or start it anew.
    fn while_it_runs<T>(&self, act: impl FnOnce(&Desk) -> Option<T>) -> Option<T> {
        let gone = self.gone.load(Ordering::SeqCst);
        (!gone).then(|| act(self.desk)).flatten()
    }

    /// One call, as a softphone reports it and an agent wraps it up.
    fn play(&self, round: u64, done: &mut Done) -> Option<()> {
        let id = format!("kill-{round}");
        let report = |state: &str| {
            let options = ["--from", MARIE_DUPONT_MOBILE, "--id", &id];
            self.while_it_runs(|desk| desk.try_hook(state, &options).then_some(()))
        };
        let known = self.listed()?;
        report("ringing")?;
        let call = loop {
            let listed = self.listed()?;
            if let Some(call) = listed.difference(&known).next() {
                break call.clone();
            }
        };
        done.call = Some(call.clone());
        for (step, state) in [(1, Some("answered")), (2, None), (3, Some("ended"))] {
            let note = format!("note {round}.{step}.");
            done.sent.push(note.clone());
            self.wrap_up(&[&call, "--note", &note])?;
            done.note = Some(note);
            if let Some(state) = state {
                report(state)?;
            }
        }
        self.wrap_up(&[&call, "--file"])
    }

    /// The ids of all calls. None where the kill came in between.
    fn listed(&self) -> Option<BTreeSet<String>> {
        let listed = self.while_it_runs(|desk| Some(desk.run(&["calls", "--json"])))?;
        let done = listed.code == 0;
        done.then(|| ids(listed.json().as_array().expect("a list")))
    }

    fn wrap_up(&self, words: &[&str]) -> Option<()> {
        let arguments = [&["wrap-up"], words].concat();
        self.while_it_runs(|desk| (desk.run(&arguments).code == 0).then_some(()))
    }
}

fn ids(calls: &[Value]) -> BTreeSet<String> {
    let id = |call: &Value| call["id"].as_str().map(str::to_owned);
    calls.iter().filter_map(id).collect()
}

/// After the kill: the note is there, and what is not filed yet can be.
async fn take_up(desk: &Desk, last: Option<&Done>, round: u64) {
    let Some((done, id)) = last.and_then(|done| Some((done, done.call.as_deref()?))) else {
        return;
    };
    let listed = || desk.calls().into_iter().find(|call| call["id"] == id);
    let call = listed().unwrap_or_else(|| panic!("the call before round {round} is gone"));
    let kept = call["note"].as_str().unwrap_or_default();
    let sent_last = done.sent.last().is_some_and(|last| last == kept);
    let promised = done.note.as_deref().is_none_or(|note| note == kept);
    assert!(promised || sent_last, "{:?} became {kept:?}", done.note);
    if call["wrap_up"] != "open" {
        return;
    }
    if call["state"] != "ended" {
        let name = format!("kill-{}", round - 1);
        desk.hook("ended", &["--id", &name, "--dur", "5"]);
        eventually("the end of the call", || {
            listed().filter(|call| call["state"] == "ended")
        })
        .await;
    }
    // Where it rang only, it may have filed itself meanwhile.
    if desk.run(&["wrap-up", id, "--file"]).code != 0 {
        assert_eq!(listed().unwrap()["wrap_up"], "filed");
    }
}

/// Every call that was seen is in the CRM once, with its last note; returns how many logs there are.
fn check(desk: &Desk, all: &[Done]) -> usize {
    let texts: Vec<String> = desk
        .crm
        .phone_calls()
        .into_iter()
        .filter_map(|log| log.description)
        .collect();
    let markers: BTreeSet<&str> = texts
        .iter()
        .filter_map(|text| text.lines().next())
        .collect();
    assert_eq!(markers.len(), texts.len(), "a call was written twice");
    for done in all {
        let Some(note) = &done.note else { continue };
        // A later one may have been saved without anybody being told.
        let fitting = |text: &&String| {
            let later = done.sent.iter().skip_while(|sent| *sent != note);
            later.into_iter().any(|sent| text.contains(sent))
        };
        assert_eq!(texts.iter().filter(fitting).count(), 1, "{note}");
    }
    texts.len()
}
