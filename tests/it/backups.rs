//! Backups, the way back to one, the support bundle, and who gets the data folder.

use std::path::PathBuf;
use std::process::Stdio;

use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use rustix::process::Signal;
use serde_json::Value;

use crate::desk::{Desk, eventually};

fn backups(desk: &Desk) -> Vec<PathBuf> {
    let Ok(found) = std::fs::read_dir(desk.home().join("backups")) else {
        return Vec::new();
    };
    found
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "db"))
        .collect()
}

async fn stop(desk: &mut Desk) {
    desk.signal(Signal::TERM);
    assert_eq!(desk.ended().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_journal_comes_back_from_a_backup_and_nothing_is_written_twice() {
    let mut desk = Desk::at_work().await;
    desk.crm.go_offline();
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&["wrap-up", &id, "--note", "kept in a backup", "--file"])
        .good();
    desk.call("the reason", |call| {
        call["deliveries"][0]["reason_code"] == "unreachable"
    })
    .await;
    desk.cut_power().await;
    desk.start().await;
    eventually("the backup", || (!backups(&desk).is_empty()).then_some(())).await;
    let running = desk.run(&["doctor", "--restore", "latest"]);
    assert_eq!(running.code, 1);
    assert!(running.err.contains("Close Callside"), "{}", running.err);
    desk.crm.come_back();
    desk.run(&["retry", &id]).good();
    desk.logged(1).await;
    stop(&mut desk).await;

    let journal = desk.home().join("journal.db");
    let length = std::fs::metadata(&journal).unwrap().len();
    std::fs::write(&journal, vec![0_u8; usize::try_from(length).unwrap()]).unwrap();
    let unknown = desk.run(&["doctor", "--restore", "../journal.db"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("journal-2"), "{}", unknown.err);
    desk.run(&["doctor", "--restore", "latest"]).good();
    let calls = desk.calls();
    assert_eq!(calls[0]["note"], "kept in a backup");

    desk.start().await;
    desk.call("the delivery", |call| {
        call["deliveries"][0]["state"] == "delivered"
    })
    .await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_support_bundle_names_nobody() {
    let desk = Desk::at_work().await;
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&[
        "wrap-up",
        &id,
        "--note",
        "Zanzibar marmalade",
        "--tag",
        "quokka",
        "--file",
    ])
    .good();
    desk.logged(1).await;
    let key = desk.run(&["status", "--json"]).good().json()["hooks"]["key"].clone();
    let file = desk.home().join("bundle.json");
    desk.run(&["doctor", "--bundle", file.to_str().unwrap()])
        .good();
    let text = std::fs::read_to_string(&file).unwrap();
    let bundle: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bundle["counts"]["calls"]["filed"], 1);
    assert_eq!(bundle["checks"]["journal"], "fine");
    assert_eq!(bundle["connections"][0]["name"], "sellsy");
    assert!(bundle["schemas"]["journal"].as_i64().unwrap() >= 1);
    let home = desk.home();
    for word in [
        MARIE_DUPONT_MOBILE.trim_start_matches('+'),
        "Marie",
        "Dupont",
        "Zanzibar",
        "quokka",
        "agent@example.com",
        "127.0.0.1",
        desk.crm.client_secret(),
        key.as_str().unwrap(),
        "Bearer",
        home.to_str().unwrap(),
    ] {
        assert!(!text.contains(word), "{word} is in {text}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_instances_started_at_once_one_wins() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        let mut two: Vec<_> = (0..2)
            .map(|_| {
                let mut command = desk.command(&["run", "--headless"]);
                command.stdin(Stdio::null()).stdout(Stdio::piped());
                command.stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let (loser, code) = eventually("one to give way", || {
            two.iter_mut()
                .enumerate()
                .find_map(|(which, child)| Some((which, child.try_wait().unwrap()?.code())))
        })
        .await;
        assert_eq!(code, Some(1));
        // What is asked of the folder goes to the one that has it.
        let status = desk.run(&["status", "--json"]).good().json();
        assert_eq!(status["keychain"], "passphrase");
        let mut winner = two.remove(1 - loser);
        assert!(winner.try_wait().unwrap().is_none());
        let mut said = String::new();
        let mut loser = two.remove(0);
        std::io::Read::read_to_string(&mut loser.stderr.take().unwrap(), &mut said).unwrap();
        assert!(said.contains("already running"), "{said}");
        loser.wait().unwrap();
        winner.kill().unwrap();
        winner.wait().unwrap();
    }
    desk.close().await;
}
