//! Telephony services in the cloud, connected from the command line.

use serde_json::{Value, json};

use crate::desk::{AGENT, Desk, Outcome};

/// A desk whose settings lead to the sandbox's Aircall.
async fn desk(email: &str) -> Desk {
    let desk = Desk::new().await;
    desk.crm.aircall_forget_calls();
    point(&desk, email);
    desk
}

fn point(desk: &Desk, email: &str) {
    let url = desk.crm.aircall_url();
    desk.write_settings(&format!("[telephony.aircall]\napi_url = \"{url}\"\n"));
    let file = desk.home().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, text.replace(AGENT, email)).unwrap();
}

fn connect(desk: &Desk, key: (&str, &str), more: &[&str]) -> Outcome {
    let (id, token) = key;
    let mut arguments = vec!["connect", "aircall", "--api-id", id, "--api-token-stdin"];
    arguments.extend(more);
    desk.run_with(&arguments, &format!("{token}\n"))
}

fn state(desk: &Desk) -> Value {
    let status = desk.run(&["status", "--json"]).good().json();
    source(&status, "aircall")["state"].clone()
}

/// What `status` says of a softphone.
fn source<'a>(status: &'a Value, name: &str) -> &'a Value {
    let sources = status["telephony"].as_array().unwrap();
    let found = sources.iter().find(|source| source["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {sources:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_connects_and_finds_the_agent_by_address_in_any_case() {
    let desk = desk(" Agent@EXAMPLE.com").await;
    assert_eq!(state(&desk), "off");
    let key = desk.crm.aircall_key();
    let connected = connect(&desk, key, &[]).good();
    assert!(connected.out.contains("Aircall"), "{connected:?}");
    assert!(connected.out.contains("Camille Roche"), "{connected:?}");
    assert_eq!(
        state(&desk),
        "disconnected",
        "known, and nobody speaks to it"
    );
    for (file, bytes) in desk.bytes_on_disk() {
        let found = bytes
            .windows(key.1.len())
            .any(|part| part == key.1.as_bytes());
        assert!(!found, "the token stands in {}", file.display());
    }
    desk.run(&["disconnect", "aircall"]).good();
    assert_eq!(state(&desk), "off");
    let again = desk.run(&["disconnect", "aircall"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("not connected"), "{again:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_connects_nothing_and_replaces_nothing() {
    let desk = desk("agent@example.com").await;
    let key = desk.crm.aircall_key();
    let refused = connect(&desk, (key.0, "wrong"), &[]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("does not take this key"),
        "{refused:?}"
    );
    assert_eq!(state(&desk), "off");
    connect(&desk, key, &[]).good();
    assert_eq!(connect(&desk, (key.0, "wrong"), &[]).code, 1);
    assert_eq!(state(&desk), "disconnected");
    // The good key is still the one in use.
    connect(&desk, key, &["--agent", "agent@example.com"]).good();
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whom_nobody_knows_is_said_and_can_be_named() {
    let desk = desk("nobody@example.com").await;
    let key = desk.crm.aircall_key();
    let connected = connect(&desk, key, &[]);
    assert_eq!(connected.code, 0, "{connected:?}");
    assert!(
        connected.err.contains("your e-mail address"),
        "{connected:?}"
    );
    let unknown = connect(&desk, key, &["--agent", "also-nobody@example.com"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("is meant by this"), "{unknown:?}");
    let named = connect(&desk, key, &["--agent", "AGENT@example.com"]).good();
    assert!(named.out.contains("Camille Roche"), "{named:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_another_company_is_told_apart() {
    let desk = desk("agent@example.com").await;
    connect(&desk, desk.crm.aircall_key(), &[]).good();
    let other = connect(&desk, desk.crm.other_aircall_key(), &[]);
    assert_eq!(other.code, 1, "{other:?}");
    assert!(other.err.contains("another company"), "{other:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_service_is_there_again_after_a_restart() {
    let mut desk = desk("agent@example.com").await;
    connect(&desk, desk.crm.aircall_key(), &[]).good();
    desk.start().await;
    let found = desk.run(&["doctor", "--json"]).good().json();
    let checks = found["checks"].as_array().unwrap();
    let key = checks.iter().find(|check| check["id"] == "cloud_aircall");
    assert_eq!(key.unwrap()["state"], "fine");
    let status = desk.run(&["status", "--json"]).good().json();
    assert_eq!(source(&status, "aircall")["state"], "connected");
    // The list was looked through, and there was nothing in it.
    let import = &source(&status, "aircall")["import"];
    assert_eq!(
        (&import["running"], &import["done"]),
        (&json!(false), &json!(0))
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn allo_connects_by_its_key_alone() {
    let mut desk = Desk::new().await;
    desk.crm.allo_forget_calls();
    let url = desk.crm.allo_url();
    desk.write_settings(&format!("[telephony.allo]\napi_url = \"{url}\"\n"));
    let connect = ["connect", "allo", "--key-stdin"];
    let wrong = desk.run_with(&connect, "ak_live_wrong\n");
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("does not take this key"), "{wrong:?}");
    let connected = desk.run_with(&connect, &format!("{}\n", desk.crm.allo_key()));
    let connected = connected.good();
    assert!(connected.out.contains("Allo"), "{connected:?}");
    desk.start().await;
    let status = desk.run(&["status", "--json"]).good().json();
    assert_eq!(source(&status, "allo")["state"], "connected");
    assert_eq!(source(&status, "baresip")["import"], Value::Null);
    desk.close().await;
}
