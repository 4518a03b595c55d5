//! Pictures of Allo: its page in the settings with the experiment switched on, and the dialler's window.
//!
//! `CALLSIDE_PICTURES` names the folder; `make pictures` sets it.

use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use serde_json::json;

use crate::desk::{Desk, Furniture};
use crate::scenes::Camera;
use crate::stories::Booth;

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
    let Some(booth) = Booth::with(furnish(Desk::with()), "/allo/dialer").await else {
        return;
    };
    booth.desk.paint_background().await;
    let say = |english, french| camera.say(english, french);

    let app = booth.desk.drive(&[]).await;
    app.look_at("allo").await;
    app.says(say("Connected.", "Connecté.")).await;
    let odd = json!({ "call": { "state": "wrapping up", "seconds": 12 } });
    booth.sandbox.allo_dialer_says("call_wrapped", odd);
    app.look_at("desk").await;
    let window = booth.desk.window("Callside").await;
    booth.desk.move_window(&window, 40, 60).await;
    // Each page on the way, so that the picture after it shows something else.
    let shoot = || camera.take(&booth.desk, "Callside", "desk-allo");
    shoot().await;
    app.press_button_starting(say("Settings", "Réglages")).await;
    shoot().await;
    app.press_button(say("Telephony", "Téléphonie")).await;
    app.says(say("One kind of message", "Un type de message"))
        .await;
    shoot().await;
    app.script(
        "document.querySelector('details').open = true; \
         document.querySelector(\"section[aria-label='Allo']\").scrollIntoView()",
    )
    .await;
    app.says("call_wrapped").await;
    shoot().await;

    // The dialler's window, with the phone ringing.
    app.press_button_in("Allo", say("Show the window", "Afficher la fenêtre"))
        .await;
    // Where the card does not cover it.
    let dialler = booth.desk.window("Allo").await;
    booth.desk.move_window(&dialler, 60, 60).await;
    booth.rings(MARIE_DUPONT_MOBILE);
    app.look_at("card").await;
    app.says("Marie Dupont").await;
    camera.take(&booth.desk, "Allo", "allo-window").await;
    app.close().await;
    booth.desk.kill9_app().await;
}
