//! Power cuts and polite ends.

use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use callside_sandbox::{Fault, FaultRule};
use rustix::process::Signal;

use crate::desk::{Desk, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_in_a_call_loses_neither_call_nor_note() {
    let mut desk = Desk::at_work().await;
    desk.hook("ringing", &["--from", MARIE_DUPONT_MOBILE, "--id", "7"]);
    desk.hook("answered", &["--id", "7"]);
    let call = desk
        .call("the answered call", |call| call["state"] == "answered")
        .await;
    let id = call["id"].as_str().unwrap().to_owned();
    desk.run(&[
        "wrap-up",
        &id,
        "--note",
        "half a sentence",
        "--tag",
        "draft",
    ])
    .good();
    desk.cut_power().await;
    desk.start().await;
    let back = desk
        .call("the call", |call| call["id"] == id.as_str())
        .await;
    assert_eq!(back["note"], "half a sentence");
    assert_eq!(back["state"], "answered");
    desk.hook("ended", &["--id", "7", "--dur", "5"]);
    desk.call("its end", |call| call["state"] == "ended").await;
    assert_eq!(desk.calls().len(), 1);
    desk.run(&["wrap-up", &id, "--file"]).good();
    let logged = desk.logged(1).await.remove(0);
    assert!(logged.description.unwrap().ends_with("half a sentence"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_in_a_delivery_writes_no_second_log() {
    let mut desk = Desk::at_work().await;
    let slow = Fault::DelayAfterEffect { ms: 60_000 };
    desk.crm
        .add_fault(FaultRule::once("POST", "/v2/phone-calls$", slow));
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&["wrap-up", &id, "--file"]).good();
    desk.logged(1).await;
    desk.cut_power().await;
    desk.start().await;
    desk.call("the delivery", |call| {
        call["deliveries"][0]["state"] == "delivered"
    })
    .await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_polite_end_frees_the_folder() {
    let mut desk = Desk::new().await;
    desk.start().await;
    let socket = desk.home().join("control.sock");
    assert!(socket.exists());
    for signal in [Signal::TERM, Signal::INT] {
        desk.signal(signal);
        assert_eq!(desk.ended().await, Some(0));
        eventually("the socket's end", || (!socket.exists()).then_some(())).await;
        desk.start().await;
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undelivered_call_goes_out_at_the_next_start() {
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
    desk.start().await;
    desk.logged(1).await;
    desk.close().await;
}
