//! From ring to log.

use callside_sandbox::book::{
    BOULANGERIE_MARTIN, FOUR_A_SOLE, MARIE_DUPONT, MARIE_DUPONT_MOBILE, MOULINS_DU_VAL,
    MOULINS_DU_VAL_PHONE,
};

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_shown_wrapped_up_and_logged() {
    let desk = Desk::at_work().await;
    desk.crm.forget_requests();
    desk.hook(
        "ringing",
        &[
            "--from",
            MARIE_DUPONT_MOBILE,
            "--id",
            "7",
            "--line",
            "+33199000000",
        ],
    );
    let card = desk.line("the card", |line| line["event"] == "card").await;
    assert_eq!(card["remote_number"], MARIE_DUPONT_MOBILE);
    assert_eq!(card["matches"][0]["name"], "Marie Dupont");
    assert_eq!(card["matches"][0]["confidence"], "exact");
    let ringing = desk
        .call("the ringing call", |call| call["state"] == "ringing")
        .await;
    assert_eq!(ringing["direction"], "inbound");
    assert_eq!(ringing["line"], "+33199000000");
    assert_eq!(ringing["deliveries"], serde_json::json!([]));
    let id = ringing["id"].as_str().unwrap();
    assert_eq!(card["call"], id);

    desk.hook("answered", &["--id", "7"]);
    desk.call("the answered call", |call| call["state"] == "answered")
        .await;
    desk.hook("ended", &["--id", "7", "--dur", "42"]);
    desk.call("the ended call", |call| call["state"] == "ended")
        .await;
    desk.run(&[
        "wrap-up",
        id,
        "--note",
        "Wants the offer -- by Friday",
        "--tag",
        "offer",
        "--tag",
        "vip",
        "--disposition",
        "reached",
        "--file",
    ])
    .good();

    let logged = desk.logged(1).await.remove(0);
    let text = logged.description.clone().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("callside-") && lines[0].len() == "callside-".len() + 26,
        "{text}"
    );
    assert!(
        text.contains(MARIE_DUPONT_MOBILE) && text.contains("offer, vip"),
        "{text}"
    );
    assert!(
        text.contains("+33199000000") && text.contains("reached"),
        "{text}"
    );
    assert!(text.ends_with("Wants the offer -- by Friday"), "{text}");
    assert_eq!((logged.source.as_str(), logged.duration), ("incoming", 42));
    assert_eq!(logged.related_id("contact"), Some(MARIE_DUPONT));
    assert_eq!(logged.related_id("company"), Some(BOULANGERIE_MARTIN));
    assert_eq!(logged.related_id("opportunity"), Some(FOUR_A_SOLE));

    let filed = desk
        .call("the delivery", |call| {
            call["deliveries"][0]["state"] == "delivered"
        })
        .await;
    let delivery = &filed["deliveries"][0];
    assert_eq!(filed["wrap_up"], "filed");
    assert_eq!(delivery["remote_id"], logged.id.to_string());
    assert_eq!(delivery["target"]["name"], "Marie Dupont");
    assert_eq!(filed["tags"], serde_json::json!(["offer", "vip"]));
    desk.line("the filing", |line| {
        line["event"] == "filed" && line["call"] == id
    })
    .await;
    desk.line("the delivery", |line| {
        line["event"] == "delivery" && line["delivery"]["state"] == "delivered"
    })
    .await;
    desk.close().await;
}

/// What is paid for a call: nothing before the card, three at most for a contact of a company.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_costs_few_requests() {
    let desk = Desk::at_work().await;
    // The round that runs at the start is not the call's.
    desk.line("the first round", |line| {
        line["event"] == "sync" && line["finished"] == true
    })
    .await;
    desk.crm.forget_requests();
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&["wrap-up", &id, "--file"]).good();
    desk.logged(1).await;
    let of_the_call: Vec<String> = desk
        .crm
        .requests()
        .into_iter()
        .filter(|seen| {
            seen.method != "POST"
                || !seen.path.ends_with("/search")
                || seen.path.contains("opportunities")
        })
        .filter(|seen| {
            !seen.path.starts_with("/oauth2")
                && !seen.path.contains("/staffs")
                && !seen.path.contains("/quotas")
        })
        .map(|seen| format!("{} {}", seen.method, seen.path))
        .collect();
    assert!(of_the_call.len() <= 3, "{of_the_call:?}");
    assert_eq!(of_the_call.last().unwrap(), "POST /v2/phone-calls");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suppliers_call_goes_to_no_opportunity() {
    let desk = Desk::at_work().await;
    let id = desk.talk_with(MOULINS_DU_VAL_PHONE, "1").await;
    desk.run(&["wrap-up", &id, "--file"]).good();
    let logged = desk.logged(1).await.remove(0);
    assert_eq!(logged.related_id("company"), Some(MOULINS_DU_VAL));
    assert_eq!(logged.related.len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_kept_until_somebody_has_the_number() {
    let desk = Desk::at_work().await;
    let id = desk.talk_with("+33199009999", "1").await;
    desk.run(&["wrap-up", &id, "--note", "Who was it?", "--file"])
        .good();
    let waiting = desk
        .call("the waiting delivery", |call| {
            call["deliveries"][0]["reason_code"] == "contact_not_found"
        })
        .await;
    let delivery = &waiting["deliveries"][0];
    assert_eq!(delivery["target"], serde_json::Value::Null);
    assert_eq!(delivery["state"], "waiting");
    assert!(delivery["reason"].as_str().unwrap().contains("not found"));
    assert_eq!(desk.crm.phone_calls(), []);

    let changed = desk.crm.edit_record(
        callside_sandbox::RecordKind::Company,
        MOULINS_DU_VAL,
        |record| {
            record.phone_number = Some("01 99 00 99 99".into());
            record.updated += 400 * 86_400;
        },
    );
    assert!(changed);
    desk.run(&["sync", "--full"]).good();
    let logged = desk.logged(1).await.remove(0);
    assert_eq!(logged.related_id("company"), Some(MOULINS_DU_VAL));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_without_the_key_logs_nothing_until_the_agent_files_it() {
    let desk = Desk::at_work().await;
    for (action, more) in [("ringing", "--from"), ("ended", "--to")] {
        let arguments = [
            "call",
            action,
            "--app",
            "page",
            "--id",
            "1",
            more,
            MARIE_DUPONT_MOBILE,
        ];
        desk.run(&arguments).good();
    }
    let call = desk
        .call("the missed call", |call| call["state"] == "ended")
        .await;
    assert_eq!(call["wrap_up"], "open");
    desk.run(&["wrap-up", call["id"].as_str().unwrap(), "--file"])
        .good();
    desk.logged(1).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_change_reaches_the_log() {
    let desk = Desk::at_work().await;
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&["wrap-up", &id, "--note", "first", "--file"])
        .good();
    desk.logged(1).await;
    desk.run(&["wrap-up", &id, "--note", "second thoughts"])
        .good();
    crate::desk::eventually("the change in the CRM", || {
        let text = desk.crm.phone_calls()[0].description.clone()?;
        text.ends_with("second thoughts").then_some(())
    })
    .await;
    assert_eq!(desk.crm.phone_calls().len(), 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_caller_has_no_number_and_no_match() {
    let desk = Desk::at_work().await;
    desk.hook("ringing", &["--from", "anonymous", "--id", "1"]);
    let call = desk
        .call("the call", |call| call["state"] == "ringing")
        .await;
    assert_eq!(call["remote_number"], serde_json::Value::Null);
    desk.close().await;
}
