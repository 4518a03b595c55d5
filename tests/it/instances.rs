//! One instance per folder, and the socket between it and the command line.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use callside_sandbox::book::MARIE_DUPONT_MOBILE;

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_instance_is_refused() {
    let mut desk = Desk::new().await;
    desk.start().await;
    let second = desk.run(&["run", "--headless"]);
    assert_eq!(second.code, 1);
    assert!(second.err.contains("already running"), "{}", second.err);
    assert_eq!(second.out, "");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_commands_open_the_data_themselves() {
    let desk = Desk::new().await;
    desk.connect();
    desk.run(&["sync"]).good();
    let found = desk
        .run(&["lookup", "06 39 98 01 23", "--json"])
        .good()
        .json();
    assert_eq!(found["matches"][0]["name"], "Marie Dupont");
    assert_eq!(found["number"]["e164"], MARIE_DUPONT_MOBILE);
    assert_eq!(
        desk.run(&["calls", "--json"]).good().json(),
        serde_json::json!([])
    );
    let status = desk.run(&["status", "--json"]).good().json();
    assert_eq!(status["connections"][0]["name"], "sellsy");
    assert_eq!(status["keychain"], "passphrase");
    desk.close().await;
}

/// A killed instance takes a moment to vanish: until then its door is open and nobody answers.
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_on_its_way_out_is_passed_over() {
    let desk = Desk::new().await;
    let door = UnixListener::bind(desk.home().join("control.sock")).unwrap();
    let leaving = std::thread::spawn(move || {
        for _ in 0..3 {
            drop(door.accept().unwrap());
        }
    });
    desk.run(&["status", "--json"]).good();
    leaving.join().unwrap();
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filing_without_an_instance_makes_one_attempt() {
    let mut desk = Desk::at_work().await;
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.cut_power().await;
    desk.run(&["wrap-up", &id, "--note", "from the shell", "--file"])
        .good();
    assert_eq!(desk.crm.phone_calls().len(), 1);
    let filed = desk.calls().remove(0);
    assert_eq!(filed["deliveries"][0]["state"], "delivered");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retrying_without_an_instance_makes_one_attempt() {
    let mut desk = Desk::at_work().await;
    desk.crm.go_offline();
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&["wrap-up", &id, "--file"]).good();
    desk.call("the reason", |call| {
        call["deliveries"][0]["reason_code"] == "unreachable"
    })
    .await;
    desk.cut_power().await;
    desk.crm.come_back();
    desk.run(&["retry", &id]).good();
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_instance_and_display_a_link_says_so() {
    let desk = Desk::new().await;
    for arguments in [
        &["tel:+33199001234"][..],
        &["dial", "+33199001234"],
        &["callside:open/settings"],
        &[],
    ] {
        let refused = desk.run(arguments);
        assert_eq!(refused.code, 1, "{arguments:?}");
        assert!(refused.err.contains("display"), "{}", refused.err);
    }
    let hook = desk.run(&["call", "ringing", "--from", "+33199001234"]);
    assert_eq!(hook.code, 0, "a softphone is not to be bothered");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_silence_on_the_socket_stop_nobody() {
    let mut desk = Desk::new().await;
    desk.start().await;
    let socket = desk.home().join("control.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "only the owner may speak");
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(UnixStream::connect(&socket).unwrap());
    }
    for garbage in [
        &b"\xff\xfe\x00\n"[..],
        b"{}\n",
        b"{\"do\":\"explode\"}\n",
        b"[[[[[\n",
        b"\n",
    ] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.write_all(garbage).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.contains("\"code\":1"), "{answer}");
    }
    let mut flood = UnixStream::connect(&socket).unwrap();
    let _ = flood.write_all(&vec![b'x'; 3 << 20]);
    desk.run(&["status", "--json"]).good();
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_return_at_once() {
    let mut desk = Desk::new().await;
    desk.start().await;
    let began = Instant::now();
    const HOOKS: u32 = 10;
    for hook in 0..HOOKS {
        desk.hook(
            "ringing",
            &["--from", "+33199001234", "--id", &hook.to_string()],
        );
    }
    let each = began.elapsed() / HOOKS;
    // An unoptimised program on a busy machine; the goal itself is 200 ms.
    assert!(each < Duration::from_millis(1_000), "{each:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dial_request_is_told_and_not_dialled() {
    let mut desk = Desk::new().await;
    desk.start().await;
    desk.run(&["tel:+33199001234"]).good();
    let request = desk
        .line("the request", |line| line["event"] == "dial_request")
        .await;
    assert_eq!(request["number"], "+33199001234");
    assert!(request["id"].is_string() && request["warnings"].is_array());
    let refused = desk.run(&["tel:*21*0199001234%23"]);
    assert_eq!(refused.code, 1);
    let nobody = desk.run(&["dial", "+33199001234", "--yes"]);
    assert_eq!(nobody.code, 1, "no softphone is set up");
    assert_eq!(desk.calls(), Vec::<serde_json::Value>::new());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_too_long_for_a_socket_works_all_the_same() {
    let long = format!("{}/{}", "a".repeat(80), "b".repeat(80));
    let mut desk = Desk::in_folder(&long).await;
    desk.start().await;
    assert!(!desk.home().join("control.sock").exists());
    desk.hook("ringing", &["--from", "+33199001234", "--id", "1"]);
    desk.call("the call", |call| call["state"] == "ringing")
        .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_hooks_at_once_all_arrive() {
    const PHONES: usize = 12;
    let mut desk = Desk::new().await;
    desk.start().await;
    std::thread::scope(|threads| {
        for phone in 0..PHONES {
            let desk = &desk;
            threads.spawn(move || {
                let (from, id) = (format!("+331990010{phone:02}"), phone.to_string());
                desk.hook("ringing", &["--from", &from, "--id", &id]);
            });
        }
    });
    crate::desk::eventually("all calls", || (desk.calls().len() == PHONES).then_some(())).await;
    desk.close().await;
}
