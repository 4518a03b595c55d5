//! The program is killed again and again, at moments that a seed chooses, beside a CRM that is a
//! process of its own and misbehaves now and then: nothing that was acknowledged is lost, and nothing
//! is written twice.
//!
//! How often: `CALLSIDE_KILLS=1000 cargo test --workspace --test it kills -- --nocapture`; other moments:
//! `CALLSIDE_SEED=5` beside it. What the machine does meanwhile is not in the seed, so the same kill comes
//! at the same moment, and may hit something else.

#![allow(
    clippy::print_stderr,
    reason = "a round that went wrong says how to try it again"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use callside_sandbox::{Fault, FaultRule};
use reqwest::{Client, Method};
use rustix::process::Signal;
use serde_json::Value;

use crate::desk::{Access, Desk, Dice, check_seen, eventually, free_port, wish};

/// How often in each test run.
const KILLS: u64 = 30;
/// A round has so many moments to be killed at.
const MOMENTS: u32 = 10_000;
const WRITE: &str = "/v2/phone-calls$";
const LOOK: &str = "/v2/phone-calls/search";

/// The CRM: the sandbox as a program of its own, asked and told by its control routes.
struct Crm {
    child: Child,
    control: String,
    http: Client,
}

impl Drop for Crm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Crm {
    fn start() -> (Self, Access) {
        let mut child = Command::new(sandbox())
            .args(["--contacts", "120"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let crm = Self {
            child,
            control: format!("{}/_sandbox", text("base_url")),
            http: Client::builder().no_proxy().build().unwrap(),
        };
        let access = Access {
            api_url: text("api_url"),
            login_url: text("login_url"),
            client_id: text("client_id"),
            client_secret: text("client_secret"),
        };
        (crm, access)
    }

    async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/{path}", self.control);
        let request = self.http.request(method, url).json(body);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let text = answer.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn ask(&self, path: &str) -> Value {
        self.control(Method::GET, path, &Value::Null).await
    }

    async fn tell(&self, path: &str) {
        self.control(Method::POST, path, &Value::Null).await;
    }

    async fn add_fault(&self, rule: FaultRule) {
        let rule = serde_json::to_value(rule).unwrap();
        self.control(Method::POST, "faults", &rule).await;
    }

    /// Well again, but slow enough to be hit while a log is on its way, after the CRM took it.
    async fn be_well(&self) {
        self.tell("online").await;
        self.control(Method::DELETE, "faults", &Value::Null).await;
        let slow = Fault::DelayAfterEffect { ms: 150 };
        self.add_fault(FaultRule::always("POST", WRITE, slow)).await;
    }

    /// In one round of three something goes wrong here too; says what.
    async fn misbehave(&self, dice: &mut Dice) -> &'static str {
        let write = |fault| FaultRule::once("POST", WRITE, fault);
        let (what, rule) = match dice.roll(21) {
            0 => ("an answer is lost", write(Fault::CutAfterEffect)),
            1 => ("half of an answer is lost", write(Fault::CutHalfway)),
            2 => ("a log is lost", write(Fault::CutBeforeEffect)),
            3 => (
                "an error after the effect",
                write(Fault::StatusAfterEffect { status: 500 }),
            ),
            4 => (
                "it cannot look",
                FaultRule::times("POST", LOOK, 2, Fault::CutBeforeEffect),
            ),
            5 => {
                self.tell("expire-tokens").await;
                return "the access runs out";
            }
            6 => {
                self.tell("offline").await;
                return "it cannot be reached";
            }
            _ => return "it is well",
        };
        self.add_fault(rule).await;
        what
    }
}

/// The sandbox's program. For the tests of one package cargo leaves the programs of others as they are,
/// so it is asked for this one.
fn sandbox() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace"]);
    build.args(["--bin", "callside-sandbox"]);
    build.args(["--features", "tauri/custom-protocol"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success());
    // This one is TARGET/PROFILE/deps/it-HASH.
    let tests = std::env::current_exe().unwrap();
    let folder = tests.ancestors().nth(2).unwrap();
    folder.join("callside-sandbox")
}

/// What an agent did in one call, as far as it was acknowledged.
#[derive(Default)]
struct Done {
    call: Option<String>,
    /// The last note whose saving was acknowledged.
    note: Option<String>,
    /// Every note that was sent; the last may have been saved without anybody being told.
    sent: Vec<String>,
}

/// Where we are, told when it ends in a panic.
struct Place {
    seed: u64,
    round: u64,
    what: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self { seed, round, what } = self;
        if std::thread::panicking() {
            eprintln!(
                "kill {round} went wrong ({what})\n\
                 again: CALLSIDE_SEED={seed} CALLSIDE_KILLS={} cargo test --workspace --test it kills",
                *round + 1
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_nothing_is_lost_or_written_twice() {
    let kills = wish("CALLSIDE_KILLS").unwrap_or(KILLS);
    let seed = wish("CALLSIDE_SEED").unwrap_or(0);
    let mut dice = Dice(seed);
    let (crm, access) = Crm::start();
    let began = Instant::now();
    let mut desk = Desk::beside(crm, access, free_port(), "home");
    desk.connect();
    desk.run(&["sync"]).good();
    desk.crm.be_well().await;
    let (unharmed, whole) = live_undisturbed(&mut desk, kills).await;
    let mut all: Vec<Done> = Vec::new();
    let mut ill = 0;
    let mut place = Place {
        seed,
        round: 0,
        what: String::new(),
    };
    for round in 0..kills {
        let moment = dice.roll(u64::from(MOMENTS));
        let moment = whole * u32::try_from(moment).unwrap() / MOMENTS;
        desk.crm.be_well().await;
        let state = desk.crm.misbehave(&mut dice).await;
        ill += u64::from(state != "it is well");
        place.round = round;
        place.what = format!("killed after {moment:?}; the CRM: {state}");
        desk.start().await;
        take_up(&desk, all.last(), round).await;
        all.push(live_and_die(&desk, round, moment));
        desk.ended().await;
        if (round + 1) % 100 == 0 {
            println!(
                "{} kills in {:.0} s",
                round + 1,
                began.elapsed().as_secs_f32()
            );
        }
    }
    desk.crm.be_well().await;
    desk.start().await;
    take_up(&desk, all.last(), kills).await;
    deliver_everything(&desk).await;
    all.push(unharmed);
    let logged = check(&desk, &all).await;
    println!(
        "{kills} kills in {:.0} s, in {ill} of them the CRM was ill: {} calls, {logged} logs, lost 0, twice 0",
        began.elapsed().as_secs_f32(),
        all.iter().filter(|done| done.call.is_some()).count(),
    );
}

/// A round that nobody ends, and how long it takes on this machine: from the first ring to the delivered
/// log.
async fn live_undisturbed(desk: &mut Desk<Crm>, round: u64) -> (Done, Duration) {
    desk.start().await;
    let mut done = Done::default();
    let began = Instant::now();
    let agent = Agent {
        desk,
        gone: &AtomicBool::new(false),
    };
    agent.play(round, &mut done).unwrap();
    desk.line("the delivery", |line| {
        line["event"] == "delivery" && line["delivery"]["state"] == "delivered"
    })
    .await;
    let took = began.elapsed();
    desk.cut_power().await;
    (done, took)
}

/// One round: an agent at work, and a kill at this moment of it.
fn live_and_die(desk: &Desk<Crm>, round: u64, moment: Duration) -> Done {
    let mut done = Done::default();
    let gone = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let agent = Agent { desk, gone: &gone };
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
    done
}

/// Who sits at the desk. The program may be gone at any moment; what it did not acknowledge does not
/// count.
struct Agent<'a> {
    desk: &'a Desk<Crm>,
    gone: &'a AtomicBool,
}

impl Agent<'_> {
    /// None once the program is gone: a command may then do the work itself, or start it anew.
    fn while_it_runs<T>(&self, act: impl FnOnce(&Desk<Crm>) -> Option<T>) -> Option<T> {
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
async fn take_up(desk: &Desk<Crm>, last: Option<&Done>, round: u64) {
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

/// What was in doubt at the last kill is looked for over minutes before it is written again; an agent
/// who wants it sooner asks for it.
async fn deliver_everything(desk: &Desk<Crm>) {
    eventually("the delivery of everything", || {
        let left = desk.run(&["outbox", "--json"]).good().json();
        let left = left.as_array().expect("a list");
        for entry in left {
            desk.run(&["retry", entry["call"].as_str()?]).good();
        }
        left.is_empty().then_some(())
    })
    .await;
    let outbox = desk.run(&["status", "--json"]).good().json()["outbox"].clone();
    let left = ["waiting", "checking", "stuck"].map(|state| outbox[state].as_i64().unwrap());
    assert_eq!(left, [0; 3]);
}

/// Every call that was seen is in the CRM once, with its last note; returns how many logs there are.
async fn check(desk: &Desk<Crm>, all: &[Done]) -> usize {
    let logs = desk.crm.ask("phone-calls").await;
    let texts: Vec<&str> = logs
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|log| log["description"].as_str())
        .collect();
    let markers: BTreeSet<&str> = texts
        .iter()
        .filter_map(|text| text.lines().next())
        .collect();
    assert_eq!(markers.len(), texts.len(), "a call was written twice");
    for done in all {
        let Some(note) = &done.note else { continue };
        // A later one may have been saved without anybody being told.
        let fitting = |text: &&&str| {
            let later = done.sent.iter().skip_while(|sent| *sent != note);
            later.into_iter().any(|sent| text.contains(sent))
        };
        assert_eq!(texts.iter().filter(fitting).count(), 1, "{note}");
    }
    let requests = desk.crm.ask("requests").await;
    for seen in requests.as_array().unwrap() {
        let text = |name: &str| seen[name].as_str().unwrap();
        check_seen(text("method"), text("path"), text("query"), text("body"));
    }
    let counts = desk.crm.ask("counts").await;
    assert_eq!(counts["quota_refusals"], 0, "refused for their number");
    texts.len()
}
