//! Pictures of the telephony services: the page that connects them, an import on its way, Aircall's own window, and
//! what a service said of a call.
//!
//! `CALLSIDE_PICTURES` names the folder; `make pictures` sets it.

use callside_sandbox::aircall::{Act, AiPlan, CallScript, Delays, PastCall, QUOTE_TAG};
use callside_sandbox::book::{BOULANGERIE_MARTIN_PHONE, LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE};
use callside_sandbox::{Fault, FaultRule};

use crate::desk::app::{Driven, binary};
use crate::desk::cloud::agent_email;
use crate::desk::{Desk, Furniture};
use crate::scenes::Camera;
use crate::stories::Switchboard;

/// Calls that the import finds; two pages of them.
const FOUND: i64 = 72;

#[tokio::test]
async fn english_light() {
    take("en-light", |desk| desk).await;
}

#[tokio::test]
async fn english_dark() {
    take("en-dark", Furniture::dark).await;
}

#[tokio::test]
async fn french_light() {
    take("fr-light", Furniture::in_french).await;
}

#[tokio::test]
async fn french_dark() {
    take("fr-dark", |desk| desk.in_french().dark()).await;
}

async fn take(series: &'static str, furnish: impl Fn(Furniture) -> Furniture) {
    let Some(camera) = Camera::wanted(series) else {
        return;
    };
    let furniture = furnish(Desk::with());
    let Some(board) = Switchboard::with(furniture, "/aircall/workspace", &[]).await else {
        return;
    };
    board.desk.paint_background().await;
    let say = |english, french| camera.say(english, french);
    board.desk.cli(&["disconnect", "aircall"]).await.ok();
    remember(&board);

    let app = board.desk.drive(&[]).await;
    app.look_at("desk").await;
    let window = board.desk.window("Callside").await;
    board.desk.move_window(&window, 40, 60).await;
    // What stands there before; the pictures after it show something else.
    camera
        .take(&board.desk, "Callside", "desk-aircall-key")
        .await;
    telephony(&app, say).await;
    app.press_button_in("Aircall", say("Connect", "Relier"))
        .await;
    app.fill("API ID", "9f2c61").await;
    camera
        .take(&board.desk, "Callside", "desk-aircall-key")
        .await;

    // The second page of the import takes its time.
    let slow = Fault::DelayAfterEffect { ms: 12_000 };
    board
        .sandbox
        .add_fault(FaultRule::times("GET", "/aircall/v1/calls", 3, slow));
    let (id, token) = board.sandbox.aircall_key();
    let arguments = ["connect", "aircall", "--api-id", id, "--api-token-stdin"];
    let program = binary().to_string_lossy();
    board
        .desk
        .room()
        .run_with(&program, &arguments, token)
        .await
        .ok();
    app.element("progress").await;
    camera
        .take(&board.desk, "Callside", "desk-aircall-import")
        .await;
    board.sandbox.clear_faults();
    app.says(say("calls taken over", "appels repris")).await;
    app.press_button_in("Aircall", say("Settings", "Réglages"))
        .await;
    app.says(say("Required tags", "Tags obligatoires")).await;
    camera.take(&board.desk, "Callside", "desk-aircall").await;

    // Aircall's own window, with somebody on the phone.
    board.sandbox.workspace_login(Some(&agent_email()));
    app.press_button_in("Aircall", say("Show the window", "Afficher la fenêtre"))
        .await;
    let call = board.begins(CallScript {
        tags: vec![QUOTE_TAG],
        comment: Some(say("Call back on Monday", "Rappeler lundi").to_owned()),
        ..CallScript::inbound(MARIE_DUPONT_MOBILE)
    });
    app.look_at("card").await;
    app.says("Marie Dupont").await;
    board.acts(call, Act::Answer);
    app.look_at("aircall").await;
    let title = board.desk.window("Aircall").await;
    board.desk.move_window(&title, 700, 60).await;
    camera.take(&board.desk, "Aircall", "aircall-window").await;
    board.acts(call, Act::HangUp);
    app.close().await;
    board.desk.kill9_app().await;
}

/// Two weeks of calls, and a service that knows everything at once.
fn remember(board: &Switchboard) {
    board.sandbox.aircall_settings(|settings| {
        settings.delays = Delays::none();
        settings.ai = AiPlan::Full;
    });
    let now = jiff::Timestamp::now().as_millisecond();
    let people = [
        MARIE_DUPONT_MOBILE,
        BOULANGERIE_MARTIN_PHONE,
        LUC_BERNARD_MOBILE,
    ];
    for (turn, remote) in (0..FOUND).zip(people.into_iter().cycle()) {
        let began = now - (turn + 1) * 3 * 3_600_000;
        board
            .sandbox
            .aircall_remember(PastCall::answered(remote, began));
    }
}

async fn telephony(app: &Driven, say: impl Fn(&'static str, &'static str) -> &'static str) {
    app.press_button_starting(say("Settings", "Réglages")).await;
    app.press_button(say("Telephony", "Téléphonie")).await;
    app.says("Aircall").await;
}
