//! How fast the windows are, and how much memory they take. `CALLSIDE_BENCH` names the folder for the numbers.
//!
//! The app says on its log when a state of the card is on the screen. The clock starts here, before the request or
//! the process is sent on its way, and both sides read the same clock of the machine. A missed goal is told and does
//! not fail: the machine may be busy.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use callside_sandbox::book::{LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE};
use callside_sandbox::{BookOptions, QuotaLimits, Sandbox, SandboxOptions};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::desk::app::binary;
use crate::desk::cloud::Config;
use crate::desk::ports::free_port;
use crate::desk::process::Process;
use crate::desk::wait::{PATIENCE, eventually};
use crate::desk::{Desk, LONG};

/// Rings that are measured.
const RINGS: usize = 40;
/// Clicks that are measured. Three in ten seconds come through to the agent.
const CLICKS: usize = 20;
const BETWEEN_CLICKS: Duration = Duration::from_millis(3_600);
/// The first ones find everything cold.
const WARM_UP: usize = 3;
/// Contacts in the copy while memory is measured.
const CONTACTS: usize = 100_000;

/// Where the numbers go. None, with a line on standard error, when nobody wants them.
fn wanted() -> Option<PathBuf> {
    let folder = std::env::var_os("CALLSIDE_BENCH").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: the windows are measured with CALLSIDE_BENCH=FOLDER (make bench)");
    }
    folder
}

/// Says a number and keeps it beside the others of its story.
fn tell(folder: &Path, story: &str, numbers: &Value) {
    eprintln!("{story}: {numbers}");
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join(format!("{story}.json"));
    std::fs::write(file, serde_json::to_vec_pretty(numbers).unwrap()).unwrap();
}

/// The value that this share of the samples does not exceed.
fn at(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = ((sorted.len() - 1) as f64 * share).round() as usize;
    sorted[place]
}

fn summary(samples: &[f64], goal_ms: f64) -> Value {
    let round = |value: f64| (value * 10.0).round() / 10.0;
    json!({
        "count": samples.len(),
        "p50_ms": round(at(samples, 0.5)),
        "p95_ms": round(at(samples, 0.95)),
        "worst_ms": round(at(samples, 1.0)),
        "goal_p95_ms": goal_ms,
        "reached": at(samples, 0.95) <= goal_ms,
    })
}

/// The instants at which a state of the card was on the screen, as the app logged them.
fn paints(app: &Process) -> Vec<Timestamp> {
    app.stderr()
        .iter()
        .filter(|line| line.contains("painted revision="))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect()
}

/// Waits until the card has come to rest: no state was painted for a while.
async fn at_rest(app: &Process) {
    eventually("a card at rest", PATIENCE, async || {
        let before = paints(app).len();
        tokio::time::sleep(Duration::from_millis(500)).await;
        (paints(app).len() == before).then_some(())
    })
    .await;
}

/// Milliseconds from an instant to the first state painted after it.
async fn painted_after(app: &Process, began: SystemTime) -> f64 {
    let began = Timestamp::try_from(began).unwrap();
    let painted = eventually("a painted card", PATIENCE, async || {
        paints(app).into_iter().find(|painted| *painted > began)
    })
    .await;
    painted.duration_since(began).as_secs_f64() * 1_000.0
}

/// An app that is signed in to a CRM and takes hooks over HTTP.
struct Measured {
    app: Process,
    port: u16,
    key: String,
    desk: Desk,
    _sandbox: Sandbox,
}

impl Measured {
    async fn start(contacts: usize, arguments: &[&str]) -> Option<Self> {
        let desk = Desk::start().await?;
        let options = SandboxOptions {
            book: BookOptions {
                contacts,
                ..BookOptions::default()
            },
            quotas: QuotaLimits::unlimited(),
            ..SandboxOptions::default()
        };
        let sandbox = desk.sandbox_with(options).await;
        let port = free_port();
        let mut config = Config::for_crm(&sandbox);
        config.section("hooks", &[("http", "true"), ("port", &port.to_string())]);
        config.write(&desk);
        desk.connect(&sandbox).await.ok();
        let mut command = desk.room().command(binary());
        command.env("CALLSIDE_LOG", "debug").args(arguments);
        let app = Process::start(&mut command);
        let copied = contacts as u64;
        let key = eventually("the first copy", LONG * 10, async || {
            let status: Value =
                serde_json::from_str(&desk.cli(&["status", "--json"]).await.stdout).ok()?;
            let connection = &status["connections"][0];
            (connection["contacts"].as_u64()? >= copied && connection["state"] == "connected")
                .then(|| status["hooks"]["key"].as_str().map(str::to_owned))?
        })
        .await;
        Some(Self {
            app,
            port,
            key,
            desk,
            _sandbox: sandbox,
        })
    }

    /// What a desk phone does: one request, answered by 204.
    fn hook(&self, what: &str, id: usize, number: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "GET /v1/call/{what}?id=bench-{id}&app=bench&from={}&key={} HTTP/1.1\r\n\
             Host: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            number.replace('+', "%2B"),
            self.key,
            self.port
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }
}

#[tokio::test]
async fn from_a_ring_to_the_painted_card() {
    let Some(folder) = wanted() else { return };
    let Some(measured) = Measured::start(3_000, &["--hidden"]).await else {
        return;
    };
    let app = &measured.app;
    let mut samples = Vec::new();
    for round in 0..RINGS + WARM_UP {
        at_rest(app).await;
        let began = SystemTime::now();
        measured.hook("ringing", round, MARIE_DUPONT_MOBILE);
        let took = painted_after(app, began).await;
        if round >= WARM_UP {
            samples.push(took);
        }
        measured.hook("answered", round, MARIE_DUPONT_MOBILE);
        measured.hook("ended", round, MARIE_DUPONT_MOBILE);
        // Filed, the call leaves the card, which hides: the next one is shown anew.
        let calls = measured.desk.cli(&["calls", "--json"]).await.json();
        let id = calls[0]["id"].as_str().unwrap().to_owned();
        measured.desk.cli(&["wrap-up", &id, "--discard"]).await.ok();
    }
    tell(&folder, "ring-to-card", &summary(&samples, 60.0));
}

#[tokio::test]
async fn from_a_clicked_link_to_the_painted_request() {
    let Some(folder) = wanted() else { return };
    let Some(measured) = Measured::start(3_000, &["--hidden"]).await else {
        return;
    };
    let (app, desk) = (&measured.app, &measured.desk);
    let (mut samples, mut starts) = (Vec::new(), Vec::new());
    for round in 0..CLICKS + WARM_UP {
        at_rest(app).await;
        // Another number each time: the same one would only be brought to the front.
        let number = [MARIE_DUPONT_MOBILE, LUC_BERNARD_MOBILE][round % 2];
        let began = SystemTime::now();
        let handler = Process::start(desk.room().command(binary()).arg(format!("tel:{number}")));
        let took = painted_after(app, began).await;
        // What a start of this program costs by itself, beside it.
        let bare = SystemTime::now();
        desk.cli(&["--version"]).await.ok();
        if round >= WARM_UP {
            samples.push(took);
            starts.push(bare.elapsed().unwrap().as_secs_f64() * 1_000.0);
        }
        drop(handler);
        tokio::time::sleep(BETWEEN_CLICKS).await;
    }
    let mut numbers = summary(&samples, 150.0);
    numbers["p50_of_a_bare_start_ms"] = json!(at(&starts, 0.5).round());
    tell(&folder, "link-to-request", &numbers);
}

#[tokio::test]
async fn memory_beside_a_bare_app() {
    let Some(folder) = wanted() else { return };
    let Some(measured) = Measured::start(CONTACTS, &[]).await else {
        return;
    };
    measured.desk.window("Callside").await;
    measured.hook("ringing", 1, MARIE_DUPONT_MOBILE);
    at_rest(&measured.app).await;
    let both = settled_memory(&measured.app).await;
    drop(measured);

    let Some(measured) = Measured::start(CONTACTS, &["--hidden"]).await else {
        return;
    };
    measured.hook("ringing", 1, MARIE_DUPONT_MOBILE);
    at_rest(&measured.app).await;
    measured.hook("ended", 1, MARIE_DUPONT_MOBILE);
    let rest = settled_memory(&measured.app).await;
    drop(measured);

    let (two, one) = (bare(2).await, bare(1).await);
    let numbers = json!({
        "contacts": CONTACTS,
        "both_windows_mb": both, "bare_two_windows_mb": two,
        "ratio_both": both / two, "goal_both": 1.5,
        "at_rest_mb": rest, "bare_one_window_mb": one,
        "ratio_at_rest": rest / one, "goal_at_rest": 1.2,
    });
    tell(&folder, "memory", &numbers);
}

/// The memory of a program of the same toolkit with so many empty windows.
async fn bare(windows: usize) -> f64 {
    let desk = Desk::start().await.unwrap();
    let program = binary().with_file_name("examples").join("bare_windows");
    let bare = Process::start(desk.room().command(program).arg(windows.to_string()));
    eventually("bare windows", LONG, async || {
        let shown = desk.windows().await.len();
        (shown >= windows).then_some(())
    })
    .await;
    settled_memory(&bare).await
}

/// Proportional set size of a program and everything it started, in MB, once it no longer changes much.
async fn settled_memory(program: &Process) -> f64 {
    let mut before = 0.0;
    eventually("memory at rest", LONG, async || {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = memory(program.pid());
        let settled = (now - before).abs() < 2.0;
        before = now;
        settled.then_some(now)
    })
    .await
}

fn memory(root: u32) -> f64 {
    let mut family = BTreeSet::from([root]);
    // Children of children are found in as many turns as there are generations.
    loop {
        let before = family.len();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok())
            else {
                continue;
            };
            let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            let parent = status
                .lines()
                .find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok());
            if parent.is_some_and(|parent: u32| family.contains(&parent)) {
                family.insert(pid);
            }
        }
        if family.len() == before {
            break;
        }
    }
    let kib: u64 = family
        .iter()
        .filter_map(|pid| std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok())
        .filter_map(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        })
        .sum();
    kib as f64 / 1_024.0
}
