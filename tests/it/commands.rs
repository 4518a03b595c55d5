//! The command line's own manners.

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_two() {
    let desk = Desk::new().await;
    let wrong: [&[&str]; 16] = [
        &["bogus"],
        &["lookup"],
        &["run"],
        &["call"],
        &["call", "flying"],
        &["call", "ringing", "--colour", "red"],
        &["call", "ringing", "--from"],
        &["connect", "nobody"],
        &["connect", "sellsy", "--grant", "client-credentials"],
        &["connect", "aircall"],
        &["connect", "aircall", "--api-token-stdin"],
        &["connect", "allo", "--api-id", "1", "--key-stdin"],
        &["connect", "allo", "--client-id", "1", "--key-stdin"],
        &["wrap-up", "1", "--file", "--discard"],
        &["calls", "--since", "yesterweek"],
        &["status", "--yaml"],
    ];
    for arguments in wrong {
        let refused = desk.run(arguments);
        assert_eq!(refused.code, 2, "{arguments:?} {refused:?}");
        assert!(
            !refused.err.is_empty() && refused.out.is_empty(),
            "{refused:?}"
        );
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_this_version_cannot_connect_says_so() {
    let desk = Desk::new().await;
    for name in ["salesforce", "gorgias"] {
        let refused = desk.run(&["connect", name]);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("yet"), "{}", refused.err);
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_connects_nothing() {
    let desk = Desk::new().await;
    let arguments = [
        "connect",
        "sellsy",
        "--grant",
        "client-credentials",
        "--client-id",
        desk.crm.client_id(),
        "--client-secret-stdin",
    ];
    let refused = desk.run_with(&arguments, "wrong\n");
    assert_eq!(refused.code, 1);
    let status = desk.run(&["status", "--json"]).good().json();
    assert_eq!(status["connections"], serde_json::json!([]));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_forgets_contacts_and_keeps_calls() {
    let desk = Desk::at_work().await;
    let id = desk.talk_with("+33639980123", "1").await;
    desk.run(&["disconnect", "sellsy"]).good();
    let found = desk
        .run(&["lookup", "+33639980123", "--json"])
        .good()
        .json();
    assert_eq!(found["matches"], serde_json::json!([]));
    assert_eq!(desk.calls()[0]["id"], id.as_str());
    assert_eq!(desk.run(&["disconnect", "sellsy"]).code, 1);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_calls_are_refused() {
    let desk = Desk::new().await;
    for arguments in [
        &["wrap-up", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--file"][..],
        &["retry", "no-such-call"],
    ] {
        let refused = desk.run(arguments);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("no such call"), "{}", refused.err);
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_at_everything() {
    let desk = Desk::at_work().await;
    let found = desk.run(&["doctor", "--json"]).good().json();
    let checks = found["checks"].as_array().unwrap();
    let state = |id: &str| {
        let check = checks.iter().find(|check| check["id"] == id);
        check.unwrap_or_else(|| panic!("no check {id}"))["state"].clone()
    };
    for id in ["settings", "keychain", "journal", "cache", "sellsy"] {
        assert_eq!(state(id), "fine", "{id}");
    }
    assert_eq!(state("display"), "warn");
    for id in [
        "handler_callside",
        "handler_tel",
        "handler_callto",
        "handler_sip",
    ] {
        state(id);
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_for_people() {
    let desk = Desk::at_work().await;
    desk.talk_with("+33639980123", "1").await;
    for (arguments, part) in [
        (&["lookup", "+33639980123"][..], "Marie Dupont"),
        (&["calls"], "+33639980123"),
        (&["status"], "Sellsy"),
        (&["outbox"], "delivered"),
        (&["doctor"], "Journal"),
    ] {
        let shown = desk.run(arguments).good().out;
        assert!(shown.contains(part) && !shown.contains("rust-"), "{shown}");
    }
    desk.close().await;
}
