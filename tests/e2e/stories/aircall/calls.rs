//! Calls in the Workspace become cards, and each of them one log with its note and its tag.

use callside_sandbox::aircall::{AGENT, Act, AfterDial, CallScript, Scenario};
use callside_sandbox::book::{LUC_BERNARD, LUC_BERNARD_MOBILE as LUC, MARIE_DUPONT};
use serde_json::{Value, json};

use super::{
    BAKERY, LONG, MARIE, PATIENCE, SIGNED_IN, SOON, Switchboard, assert_says, eventually, never,
    open_call, turn_to, write,
};
use crate::desk::app::Driven;

#[tokio::test]
async fn answered_missed_refused_and_placed_calls_become_cards_and_one_log_each() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;

    // Inbound, answered.
    let call = board.begins(CallScript::inbound(MARIE));
    app.look_at("card").await;
    app.says("Incoming call").await;
    app.says("Marie Dupont").await;
    board.acts(call, Act::Answer);
    app.says("On the phone").await;
    write(&app, "Wants the oven", "Devis").await;
    board.acts(call, Act::HangUp);
    let answered = board.newest("ended").await;
    assert_eq!(answered["end_reason"], "completed");
    assert_eq!(answered["source"], "aircall");
    let log = board.file_from_card(&app, &answered).await;
    assert_says(&log, &["Wants the oven", "Tags: Devis"]);
    assert_eq!((&*log.source, &*log.result), ("incoming", "connected"));
    assert_eq!(log.related_id("contact"), Some(MARIE_DUPONT));

    // Inbound, nobody answers.
    let call = board.begins(CallScript::inbound(BAKERY));
    board.newest("ringing").await;
    board.acts(call, Act::HangUp);
    let missed = board.newest("ended").await;
    assert_eq!(missed["end_reason"], "missed");
    let log = board.file(&missed, "Call them back").await;
    assert_eq!((&*log.source, &*log.result), ("incoming", "noanswer"));

    // Inbound, refused.
    let call = board.begins(CallScript::inbound(MARIE));
    board.newest("ringing").await;
    board.acts(call, Act::Refuse);
    let refused = board.newest("ended").await;
    assert_eq!(refused["end_reason"], "declined");
    let log = board.file(&refused, "In a meeting").await;
    assert_says(&log, &["Outcome: declined"]);

    // Outbound, by the number that Callside hands over.
    let call = board.dials(BAKERY, CallScript::outbound(BAKERY)).await;
    app.says("Calling").await;
    let placed = board.with_number(BAKERY, "dialing").await;
    assert_eq!(placed["direction"], "outbound");
    board.acts(call, Act::Answer);
    app.says("On the phone").await;
    board.acts(call, Act::HangUp);
    let outbound = board.newest("ended").await;
    assert_eq!(outbound["end_reason"], "completed");
    let log = board.file(&outbound, "Called back").await;
    assert_eq!((&*log.source, &*log.result), ("outcoming", "connected"));

    // Outbound, and nobody answers.
    board.acts(call, Act::LeaveScreen);
    let call = board.dials(MARIE, CallScript::outbound(MARIE)).await;
    board.with_number(MARIE, "dialing").await;
    board.acts(call, Act::HangUp);
    let vain = board.newest("ended").await;
    assert_ne!(vain["end_reason"], "completed");
    let log = board.file(&vain, "Not at home").await;
    assert_eq!((&*log.source, &*log.result), ("outcoming", "noanswer"));

    board.logged_once_each(5).await;
}

#[tokio::test]
async fn two_calls_whose_words_are_interleaved_keep_their_own_notes_and_logs() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;
    app.look_at("card").await;

    // Both ring; one is answered, the other gives up meanwhile.
    let first = board.begins(CallScript::inbound(MARIE));
    app.says("Marie Dupont").await;
    let second = board.begins(CallScript::inbound(LUC));
    board.with_number(LUC, "ringing").await;
    board.acts(first, Act::Answer);
    board.with_number(MARIE, "answered").await;
    turn_to(&app, "Marie Dupont").await;
    write(&app, "About the oven", "Devis").await;
    turn_to(&app, "Luc Bernard").await;
    app.says("Incoming call").await;
    write(&app, "Rang meanwhile", "Urgent").await;
    board.acts(second, Act::HangUp);
    let gave_up = board.with_number(LUC, "ended").await;
    assert_eq!(gave_up["end_reason"], "missed");
    board.with_number(MARIE, "answered").await;
    board.acts(first, Act::HangUp);
    let talked = board.with_number(MARIE, "ended").await;
    turn_to(&app, "Marie Dupont").await;
    let log = board.file_from_card(&app, &talked).await;
    assert_says(&log, &["About the oven", "Tags: Devis"]);
    assert_eq!(log.result, "connected");
    assert_eq!(log.related_id("contact"), Some(MARIE_DUPONT));
    app.says("Luc Bernard").await;
    let log = board.file_from_card(&app, &gave_up).await;
    assert_says(&log, &["Rang meanwhile", "Tags: Urgent"]);
    assert_eq!(log.result, "noanswer");
    assert_eq!(log.related_id("individual"), Some(LUC_BERNARD));

    // Both are answered, in the other order; each ends while the other goes on.
    let first = board.begins(CallScript::inbound(MARIE));
    board.with_number(MARIE, "ringing").await;
    let second = board.begins(CallScript::inbound(LUC));
    board.with_number(LUC, "ringing").await;
    board.acts(second, Act::Answer);
    board.with_number(LUC, "answered").await;
    board.with_number(MARIE, "ringing").await;
    board.acts(first, Act::Answer);
    board.with_number(MARIE, "answered").await;
    board.acts(first, Act::HangUp);
    let marie = board.with_number(MARIE, "ended").await;
    board.with_number(LUC, "answered").await;
    board.acts(second, Act::HangUp);
    let luc = board.with_number(LUC, "ended").await;
    for (call, note) in [(&marie, "The oven again"), (&luc, "The kitchen")] {
        assert_eq!(call["end_reason"], "completed");
        assert_eq!(board.file(call, note).await.result, "connected");
    }
    board.logged_once_each(4).await;
}

#[tokio::test]
async fn doubled_and_disordered_words_make_one_log_each() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let _app = board.start().await;
    let quick = CallScript::inbound(MARIE).lasting(1_000, 1_000, 500);
    for (count, scenario) in [Scenario::EndTwice, Scenario::OutOfOrder]
        .into_iter()
        .enumerate()
    {
        board.sandbox.aircall_play(scenario, quick.clone());
        let what = format!("one more call that is over, after {scenario:?}");
        eventually(&what, PATIENCE, async || {
            let calls = board.calls().await;
            let over = calls.iter().all(|call| call["state"] == "ended");
            (calls.len() == count + 1 && over).then_some(())
        })
        .await;
        let call = board.newest("ended").await;
        assert_eq!(call["end_reason"], "completed", "{scenario:?}");
        board.file(&call, &format!("Heard {scenario:?}")).await;
    }
    let mut doubled = CallScript::inbound(MARIE);
    for name in ["incoming_call", "call_end_ringtone", "call_ended"] {
        doubled = doubled.doubling(name);
    }
    let call = board.begins(doubled);
    board.newest("ringing").await;
    board.acts(call, Act::Answer);
    board.newest("answered").await;
    board.acts(call, Act::HangUp);
    let call = board.newest("ended").await;
    board.file(&call, "Everything said twice").await;
    board.logged_once_each(3).await;
}

#[tokio::test]
async fn a_caller_who_hides_the_number_is_logged_once_the_agent_says_who_it_was() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;
    let mut filed = Vec::new();
    for (says_from, note) in [
        (None, "Wants the catalogue"),
        (Some(String::new()), "Wants the price"),
    ] {
        let call = board.begins(CallScript {
            remote: None,
            says_from,
            ..CallScript::default()
        });
        app.look_at("card").await;
        app.says("Incoming call").await;
        app.says("Withheld number").await;
        board.acts(call, Act::Answer);
        app.says("On the phone").await;
        write(&app, note, "Devis").await;
        board.acts(call, Act::HangUp);
        let call = board.newest("ended").await;
        board.press_file(&app, &call).await;
        app.says_no_more("Withheld number").await;
        let call = board.newest("ended").await;
        assert_eq!(call["remote_number"], Value::Null);
        let delivery = &call["deliveries"][0];
        assert_eq!(delivery["target"], Value::Null, "{call}");
        assert_eq!(delivery["state"], "waiting");
        assert_eq!(delivery["reason_code"], "contact_not_found");
        filed.push(call);
    }
    let [anonymous, empty] = filed.as_slice() else {
        panic!("{filed:?}");
    };
    never("a log of nobody's call", SOON, async || {
        board.sandbox.phone_calls().pop()
    })
    .await;

    // The agent knows who it was: one of them at once, the other after a day that found nobody.
    board.desk.cli(&[]).await.ok();
    app.look_at("desk").await;
    attach(&app, 1, "Marie Dupont").await;
    let log = board.log_of(anonymous).await;
    let said = ["Wants the catalogue", "Tags: Devis", "Withheld number"];
    assert_says(&log, &said);
    assert_eq!(log.related_id("contact"), Some(MARIE_DUPONT));
    board.clock.passes(25 * 3_600);
    let id = &empty["id"];
    let is_stuck = |call: &Value| call["id"] == *id && call["deliveries"][0]["state"] == "stuck";
    eventually("a call that waits for the agent", LONG, async || {
        board.calls().await.iter().any(is_stuck).then_some(())
    })
    .await;
    attach(&app, 0, "Luc Bernard").await;
    let log = board.log_of(empty).await;
    assert_says(&log, &["Wants the price", "Tags: Devis", "Withheld number"]);
    assert_eq!(log.related_id("individual"), Some(LUC_BERNARD));
    board.logged_once_each(2).await;
}

/// Says in the desk whose call it was.
async fn attach(app: &Driven, place: usize, name: &str) {
    open_call(app, place).await;
    app.press_button("Attach to…").await;
    let field = app.element("[role=dialog] [role=combobox]").await;
    field.send_keys(name).await.unwrap();
    app.choose(name).await;
}

#[tokio::test]
async fn a_number_dialled_elsewhere_is_no_call_before_it_begins_and_one_log_after_it() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;
    board.sandbox.aircall_settings(|settings| {
        settings.own_calls = CallScript::outbound(LUC).by_hand();
        settings.after_dial = AfterDial::Nothing;
    });
    push(&board, BAKERY).await;
    never("a call that nobody placed", SOON, async || {
        board.calls().await.pop()
    })
    .await;

    board
        .sandbox
        .aircall_settings(|settings| settings.after_dial = AfterDial::Call);
    push(&board, LUC).await;
    let call = board.placed(LUC).await;
    app.look_at("card").await;
    app.says("Calling").await;
    app.says("Luc Bernard").await;
    board.acts(call, Act::Answer);
    app.says("On the phone").await;
    write(&app, "Found him on our site", "Prospect").await;
    board.acts(call, Act::HangUp);
    let call = board.newest("ended").await;
    assert_eq!(call["direction"], "outbound");
    let log = board.file_from_card(&app, &call).await;
    assert_says(&log, &["Found him on our site", "Tags: Prospect"]);
    assert_eq!((&*log.source, &*log.result), ("outcoming", "connected"));
    board.logged_once_each(1).await;
}

/// Another program of the company pushes a number into the agent's dialler.
async fn push(board: &Switchboard, number: &str) {
    let (id, token) = board.sandbox.aircall_key();
    let url = format!("{}/v1/users/{AGENT}/dial", board.sandbox.aircall_url());
    let request = reqwest::Client::new().post(url).basic_auth(id, Some(token));
    let answer = request.json(&json!({ "to": number })).send().await;
    assert!(answer.unwrap().status().is_success());
}

#[tokio::test]
async fn a_number_handed_over_is_no_call_before_aircall_says_so_and_a_late_yes_is_a_yes() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;

    // Aircall knows no number without its country.
    let short = board.desk.cli(&["dial", "3631", "--yes"]).await;
    assert_eq!(short.status, Some(1), "{short:?}");
    assert!(short.stderr.contains("country code"), "{short:?}");

    // It says yes to a number and calls nobody: that is all that is claimed.
    board
        .sandbox
        .aircall_settings(|settings| settings.workspace.ignores_dial = true);
    board.desk.cli(&["dial", LUC, "--yes"]).await.ok();
    app.look_at("card").await;
    app.says("Sent to Aircall").await;
    assert!(board.sandbox.aircall_calls().is_empty());

    // The Workspace answers after the vendor's two seconds: the number was handed over all the same.
    board.sandbox.aircall_settings(|settings| {
        settings.workspace.ignores_dial = false;
        settings.workspace.reply_delay_ms = 2_500;
    });
    let call = board.dials(BAKERY, CallScript::outbound(BAKERY)).await;
    board.with_number(BAKERY, "dialing").await;

    // While the agent is in a call nothing is dialled, and the reason is said.
    board
        .sandbox
        .aircall_settings(|settings| settings.workspace.reply_delay_ms = 0);
    let refused = board.desk.cli(&["dial", MARIE, "--yes"]).await;
    assert_eq!(refused.status, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("in a call"), "{refused:?}");
    board.acts(call, Act::Answer);
    board.with_number(BAKERY, "answered").await;
    board.acts(call, Act::HangUp);
    let ended = board.with_number(BAKERY, "ended").await;
    board.file(&ended, "Answered late").await;
    never("a log of what was no call", SOON, async || {
        let logs = board.sandbox.phone_calls().len();
        (logs != 1).then_some(logs)
    })
    .await;
    app.look_at("aircall").await;
    app.says(SIGNED_IN).await;
}
