//! The power fails in the middle of the work: no note that was saved is lost, and no call is written twice.

use std::time::Duration;

use callside_sandbox::{Fault, FaultRule};
use serde_json::Value;
use tokio::time::Instant;

use super::{MARIE, Office, assert_marker_first};
use crate::desk::LONG;
use crate::desk::wait::{PATIENCE, eventually};

#[tokio::test]
async fn notes_are_back_after_a_crash_in_a_call() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let app = desk.drive(&["--hidden"]).await;
    office.is_ready().await;
    let caller = desk.caller(&office.softphone, MARIE).await;
    caller.rings().await;
    office.softphone.accept();
    app.look_at("card").await;
    app.says("On the phone").await;
    app.fill("Notes", "Two ovens, not one").await;
    app.says("Saved on this computer").await;
    desk.kill9_app().await;
    app.close().await;
    // The call goes on without Callside, and ends without it.
    caller.hang_up();
    caller.ended().await;

    let app = desk.drive(&["--hidden"]).await;
    app.look_at("card").await;
    app.says("Marie Dupont").await;
    let field = app.element("[data-notes]").await;
    assert_eq!(
        field.prop("value").await.unwrap().as_deref(),
        Some("Two ovens, not one")
    );
    desk.window("Callside: call").await;
    let calls = office.calls().await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["wrap_up"], "open");
    app.close().await;
}

#[tokio::test]
async fn killed_at_ten_random_moments_nothing_is_lost_or_written_twice() {
    kill_at_random_moments(10, 20_261_120).await;
}

/// What an agent did in one call, as far as it was acknowledged.
#[derive(Default)]
struct Done {
    call: Option<String>,
    /// The last note whose saving was acknowledged.
    note: Option<String>,
    /// Notes that were sent; the last may have been saved without anybody being told.
    sent: Vec<String>,
}

/// Plays `rounds` calls and kills the app once in each, at a moment that `seed` decides.
pub async fn kill_at_random_moments(rounds: u64, seed: u64) {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    // Slow enough to be hit while a log is on its way, before and after the CRM took it.
    office.sandbox.add_fault(FaultRule::always(
        "POST",
        "/phone-calls",
        Fault::DelayAfterEffect { ms: 400 },
    ));
    let mut dice = Dice(seed);
    let mut all: Vec<Done> = Vec::new();
    for round in 0..rounds {
        let app = desk.app(&["--hidden"]);
        let status = eventually("a running app", LONG, async || {
            let running = desk.instances() > 0;
            office.status().await.filter(|_| running)
        })
        .await;
        let key = status["hooks"]["key"].as_str().unwrap().to_owned();
        if let Some(last) = all.last() {
            take_up(&office, round, &key, last).await;
        }
        let mut done = Done::default();
        let moment = Duration::from_millis(dice.below(2_200));
        let deadline = Instant::now() + moment;
        let _ = tokio::time::timeout_at(deadline, play(&office, round, &key, &mut done)).await;
        tokio::time::sleep_until(deadline).await;
        desk.kill9_app().await;
        drop(app);
        all.push(done);
    }
    let _app = desk.app(&["--hidden"]);
    let status = eventually("a running app", LONG, async || {
        let running = desk.instances() > 0;
        office.status().await.filter(|_| running)
    })
    .await;
    let key = status["hooks"]["key"].as_str().unwrap().to_owned();
    if let Some(last) = all.last() {
        take_up(&office, rounds, &key, last).await;
    }
    // What was cut off several times waits for its turn of some minutes.
    let schedule = Duration::from_secs(900);
    eventually("the delivery of everything", schedule, async || {
        let outbox = office.status().await?["outbox"].clone();
        let left: i64 = ["waiting", "checking", "stuck"]
            .iter()
            .filter_map(|state| outbox[state].as_i64())
            .sum();
        (left == 0).then_some(())
    })
    .await;
    eprintln!("{rounds} kills: {} calls", all.len());
    check(&office, &all).await;
}

/// One call, as the command line reports it and as the agent wraps it up.
async fn play(office: &Office, round: u64, key: &str, done: &mut Done) {
    let desk = &office.desk;
    let known: Vec<Value> = office.calls().await;
    let id = format!("kill-{round}");
    let report = async |state: &str| {
        let from = ["--from", MARIE];
        let mut words = vec!["call", state, "--id", &id, "--app", "test", "--key", key];
        words.extend(from);
        desk.cli(&words).await.ok();
    };
    report("ringing").await;
    let call = eventually("the call", PATIENCE, async || {
        let calls = office.calls().await;
        let new = |call: &&Value| !known.iter().any(|old| old["id"] == call["id"]);
        let found = calls.iter().find(new)?;
        found["id"].as_str().map(str::to_owned)
    })
    .await;
    done.call = Some(call.clone());
    for (step, state) in [(1, Some("answered")), (2, None), (3, Some("ended"))] {
        let note = format!("note {round}.{step}.");
        done.sent.push(note.clone());
        let saved = desk.cli(&["wrap-up", &call, "--note", &note]).await;
        if saved.status == Some(0) {
            done.note = Some(note);
        }
        if let Some(state) = state {
            report(state).await;
        }
    }
    desk.cli(&["wrap-up", &call, "--file"]).await;
}

/// After the crash: the note is there, and what is not filed yet can be.
async fn take_up(office: &Office, round: u64, key: &str, done: &Done) {
    let Some(id) = &done.call else { return };
    let calls = office.calls().await;
    let call = calls.iter().find(|call| call["id"] == id.as_str());
    let call = call.unwrap_or_else(|| panic!("round {round}: the call is gone"));
    if let Some(note) = &done.note {
        let kept = call["note"].as_str().unwrap_or_default();
        let later = done.sent.last().is_some_and(|last| last == kept);
        assert!(
            kept == note || later,
            "round {round}: {note:?} became {kept:?}"
        );
    }
    if call["wrap_up"] == "open" {
        if call["state"] != "ended" {
            let name = format!("kill-{}", round - 1);
            let words = [
                "call", "ended", "--id", &name, "--app", "test", "--key", key,
            ];
            office.desk.cli(&words).await.ok();
            eventually("the end of the call", PATIENCE, async || {
                let calls = office.calls().await;
                let call = calls.iter().find(|call| call["id"] == id.as_str())?;
                (call["state"] == "ended").then_some(())
            })
            .await;
        }
        office.desk.cli(&["wrap-up", id, "--file"]).await.ok();
    }
}

async fn check(office: &Office, all: &[Done]) {
    let logged: Vec<String> = office
        .sandbox
        .phone_calls()
        .into_iter()
        .map(|call| call.description.unwrap_or_default())
        .collect();
    let mut markers: Vec<&str> = Vec::new();
    for text in &logged {
        assert_marker_first(text);
        markers.extend(text.lines().next());
    }
    markers.sort_unstable();
    let count = markers.len();
    markers.dedup();
    assert_eq!(
        markers.len(),
        count,
        "a call was written twice: {logged:#?}"
    );
    let calls = office.calls().await;
    for done in all {
        let Some(note) = &done.note else { continue };
        let mut fitting = done.sent.clone();
        fitting.retain(|sent| sent >= note);
        let times = logged
            .iter()
            .filter(|text| fitting.iter().any(|note| text.contains(note)))
            .count();
        assert_eq!(times, 1, "{note:?} in {logged:#?}");
    }
    let listed = calls.len();
    let begun = all.iter().filter(|done| done.call.is_some()).count();
    assert!(
        listed >= begun,
        "{listed} calls are listed, {begun} were seen"
    );
    assert!(count <= listed, "{count} phone calls from {listed} calls");
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % limit
    }
}
