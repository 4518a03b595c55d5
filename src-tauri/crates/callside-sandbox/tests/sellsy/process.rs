//! The sandbox as a program of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// Ends the program when a test fails half-way.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(args: &[&str]) -> (Program, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callside-sandbox"))
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (Program(child), serde_json::from_str(&line).unwrap())
}

#[tokio::test]
async fn it_says_where_it_is_and_serves_the_book_that_was_asked_for() {
    let (_program, told) = start(&[
        "--contacts",
        "50",
        "--seed",
        "3",
        "--past-calls",
        "12",
        "--auto-approve",
    ]);
    let http = Client::builder().no_proxy().build().unwrap();
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    let token: Value = http
        .post(format!("{}/_sandbox/token", text("base_url")))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let list: Value = http
        .get(format!("{}/contacts", text("api_url")))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(list["pagination"]["total"], 25 + 4);
    assert!(text("login_url").ends_with("/oauth2"));
    assert_eq!(
        http.get(text("page_url")).send().await.unwrap().status(),
        StatusCode::OK
    );
    let past = http
        .get(format!("{}/v1/calls", text("aircall_url")))
        .basic_auth(text("aircall_api_id"), Some(text("aircall_api_token")));
    let past: Value = past.send().await.unwrap().json().await.unwrap();
    // Some of them are too old to be listed.
    assert!(
        (6..=12).contains(&past["meta"]["total"].as_u64().unwrap()),
        "{past}"
    );
    let me = http
        .get(format!("{}/v2/api/me", text("allo_url")))
        .header("authorization", format!("Api-Key {}", text("allo_key")));
    assert_eq!(me.send().await.unwrap().status(), StatusCode::OK);
    for page in ["workspace_url", "allo_dialer_url"] {
        let page = http.get(text(page)).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
    }
    let rule = json!({"fault": {"kind": "no_such_fault"}});
    let refused = http
        .post(format!("{}/_sandbox/faults", text("base_url")))
        .json(&rule)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[cfg(unix)]
#[test]
fn it_ends_when_told_to() {
    let (mut program, _) = start(&[]);
    let told = Command::new("kill")
        .args(["-TERM", &program.0.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert!(program.0.wait().unwrap().success());
}

#[test]
fn it_refuses_options_it_does_not_know() {
    for args in [&["--nonsense", "1"][..], &["--port", "many"], &["--seed"]] {
        let ended = Command::new(env!("CARGO_BIN_EXE_callside-sandbox"))
            .args(args)
            .stderr(Stdio::null())
            .status();
        assert_eq!(ended.unwrap().code(), Some(2), "{args:?}");
    }
}
