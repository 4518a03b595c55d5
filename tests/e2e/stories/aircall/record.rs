//! What Aircall's window never says, or cannot say: Callside reads it from Aircall's record of the call.

use callside_sandbox::aircall::{AGENT, Act, CALL_BACK_TAG, CallScript, QUOTE_TAG};
use callside_sandbox::book::LUC_BERNARD_MOBILE as LUC;

use super::{
    BAKERY, Desk, MARIE, PATIENCE, SOON, Switchboard, WORKSPACE, assert_says, eventually, never,
    open_call, write,
};

/// A phone that rings for longer is looked after, in seconds.
const RINGS_LONG: i64 = 90;
/// Long after the end of most talks, in seconds.
const TALKS_LONG: i64 = 600;

#[tokio::test]
async fn a_ring_whose_end_is_never_said_ends_by_the_record() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;
    app.look_at("card").await;
    let rings = |remote: &str| CallScript::inbound(remote).losing("call_end_ringtone");

    // Nobody touches the card: the call files itself, with what Aircall has of it.
    let call = board.begins(CallScript {
        tags: vec![QUOTE_TAG],
        comment: Some("Rang for long".to_owned()),
        ..rings(MARIE)
    });
    app.says("Incoming call").await;
    app.says("Marie Dupont").await;
    board.acts(call, Act::HangUp);
    still(&board, "ringing").await;
    assert_eq!(board.reads_of(call), 0);
    board.clock.passes(RINGS_LONG);
    let missed = board.newest("ended").await;
    assert_eq!(missed["end_reason"], "missed");
    assert_eq!(board.reads_of(call), 1);
    app.says_no_more("Marie Dupont").await;
    let said = ["Tags: Devis", "Comment (Camille Roche): Rang for long"];
    let log = board.log_says(&missed, &said).await;
    assert_says(&log, &["Outcome: missed"]);
    assert_eq!(log.result, "noanswer");

    // The agent wrote something while it rang: the card becomes the wrap-up.
    let call = board.begins(rings(LUC));
    app.says("Luc Bernard").await;
    write(&app, "Wants to order", "Urgent").await;
    board.acts(call, Act::HangUp);
    still(&board, "ringing").await;
    board.clock.passes(RINGS_LONG);
    let missed = board.newest("ended").await;
    assert_eq!(missed["end_reason"], "missed");
    let log = board.file_from_card(&app, &missed).await;
    assert_says(&log, &["Wants to order", "Tags: Urgent"]);
    assert_eq!(log.result, "noanswer");
    board.logged_once_each(2).await;
}

#[tokio::test]
async fn a_talk_whose_end_is_never_said_ends_by_the_record_and_the_next_one_is_watched() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;
    app.look_at("card").await;
    let silent = |remote: &str| CallScript::outbound(remote).losing("call_ended");

    let call = board.begins(silent(BAKERY));
    app.says("Calling").await;
    board.acts(call, Act::Answer);
    app.says("On the phone").await;
    board.acts(call, Act::HangUp);
    still(&board, "answered").await;
    assert_eq!(board.reads_of(call), 0);
    board.clock.passes(TALKS_LONG);
    app.says("Call ended").await;
    assert_eq!(board.reads_of(call), 1);
    write(&app, "Ordered flour", "Commande").await;
    let ended = board.newest("ended").await;
    assert_eq!(ended["end_reason"], "completed");
    let log = board.file_from_card(&app, &ended).await;
    assert_says(&log, &["Ordered flour", "Tags: Commande"]);
    assert_eq!((&*log.source, &*log.result), ("outcoming", "connected"));
    // By the record, not by the moment at which it was read.
    assert!(log.duration < 60, "{}", log.duration);

    // Ends go missing, so the next talk is looked after every fifteen seconds at first.
    board.acts(call, Act::LeaveScreen);
    let call = board.begins(silent(MARIE));
    board.with_number(MARIE, "dialing").await;
    board.acts(call, Act::Answer);
    app.says("On the phone").await;
    for (look, pause) in [(1, 15), (2, 30)] {
        board.clock.passes(pause);
        let what = format!("look {look} at the record of a talk");
        eventually(&what, PATIENCE, async || {
            (board.reads_of(call) == look).then_some(())
        })
        .await;
        still(&board, "answered").await;
    }
    board.acts(call, Act::HangUp);
    board.clock.passes(60);
    app.says("Call ended").await;
    write(&app, "Wants a second oven", "Devis").await;
    let ended = board.newest("ended").await;
    let log = board.file_from_card(&app, &ended).await;
    assert_says(&log, &["Wants a second oven", "Tags: Devis"]);
    board.logged_once_each(2).await;
}

/// The newest call goes on like this, whatever happened at Aircall.
async fn still(board: &Switchboard, state: &str) {
    never("an end that nobody told", SOON, async || {
        let newest = board.calls().await.into_iter().next()?;
        (newest["state"] != state).then_some(newest)
    })
    .await;
}

#[tokio::test]
async fn tags_and_notes_go_both_ways_between_aircall_the_wrap_up_and_the_log() {
    let further = [("send_notes", "true")];
    let Some(board) = Switchboard::with(Desk::with(), WORKSPACE, &further).await else {
        return;
    };
    let app = board.start().await;
    let call = board.begins(CallScript::inbound(MARIE));
    app.look_at("card").await;
    app.says("Marie Dupont").await;
    let at_aircall = || board.sandbox.aircall_call(call).unwrap();
    let shown = eventually("the caller's card in Aircall", PATIENCE, async || {
        at_aircall().insight_cards.pop()
    })
    .await;
    assert!(shown.to_string().contains("Marie Dupont"), "{shown}");

    // The agent writes on both sides.
    board.acts(call, Act::Answer);
    app.says("On the phone").await;
    write(&app, "Wants the oven", "Devis").await;
    let comment = |content: &str| Act::Comment {
        content: content.to_owned(),
    };
    board.acts(call, comment("Prefers mornings"));
    board.acts(call, Act::Tag { id: CALL_BACK_TAG });
    board.acts(call, Act::HangUp);
    app.says("Call ended").await;
    board.acts(call, Act::LeaveScreen);
    board.clock.passes(45);
    app.says("#À rappeler").await;
    app.says("#Devis").await;
    board.desk.cli(&[]).await.ok();
    app.look_at("desk").await;
    open_call(&app, 0).await;
    app.says("Prefers mornings").await;
    app.look_at("card").await;
    let ended = board.newest("ended").await;
    let log = board.file_from_card(&app, &ended).await;
    let said = [
        "Tags: Devis, À rappeler",
        "Wants the oven",
        "Comment (Camille Roche): Prefers mornings",
    ];
    assert_says(&log, &said);
    let there = eventually("note and tag in Aircall", PATIENCE, async || {
        let there = at_aircall();
        (there.tags.len() == 2 && there.comments.len() == 2).then_some(there)
    })
    .await;
    let tags: Vec<u64> = there.tags.iter().map(|used| used.tag).collect();
    assert!(tags.contains(&QUOTE_TAG) && tags.contains(&CALL_BACK_TAG));
    let remarks: Vec<_> = there
        .comments
        .iter()
        .map(|remark| (remark.content.as_str(), remark.by))
        .collect();
    assert_eq!(
        remarks,
        [("Prefers mornings", Some(AGENT)), ("Wants the oven", None)]
    );

    // Colleagues go on in the dashboard: ten minutes later, and the day after.
    board.acts(call, comment("Deposit paid"));
    board.clock.passes(600);
    board.log_says(&ended, &["Deposit paid"]).await;
    let prospect = CALL_BACK_TAG + 1;
    board.acts(call, Act::Tag { id: prospect });
    board.clock.passes(24 * 3_600);
    let log = board.log_says(&ended, &["Prospect"]).await;
    let said = [
        "Tags: Devis, À rappeler, Prospect",
        "Wants the oven",
        "Prefers mornings",
        "Deposit paid",
    ];
    assert_says(&log, &said);
    assert_eq!(
        at_aircall().comments.len(),
        3,
        "nothing is said twice there"
    );
    board.logged_once_each(1).await;
}
