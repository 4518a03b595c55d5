//! Allo's framed dialler, an experiment: the real window against the sandbox's dialler.

use std::time::Duration;

use callside_sandbox::Sandbox;
use callside_sandbox::allo::{AlloCall, LINE};
use serde_json::{Value, json};

use super::aircall::hostile::reaches_nothing;
use super::{BAKERY, MARIE};
use crate::desk::app::{Driven, binary};
use crate::desk::cloud::Config;
use crate::desk::wait::{PATIENCE, eventually, never};
use crate::desk::{Desk, Furniture, LONG};

/// Longer than a message takes through frame, window and entrance.
const SOON: Duration = Duration::from_secs(2);
/// What the window says once the agent is signed in.
const SIGNED_IN: &str = "Connected. Calls appear in Callside.";
/// A desk whose only telephone is Allo.
pub struct Booth {
    pub sandbox: Sandbox,
    pub desk: Desk,
}

impl Booth {
    async fn open(page: &str) -> Option<Self> {
        Self::with(Desk::with(), page).await
    }

    /// `page` is the path of the dialler in the sandbox. `None` when end-to-end tests are switched off.
    pub async fn with(furniture: Furniture, page: &str) -> Option<Self> {
        let desk = furniture.start().await?;
        let sandbox = desk.sandbox().await;
        // What happened before is another story.
        sandbox.allo_forget_calls();
        sandbox.allo_settings(|settings| settings.appears_ms = 0);
        let quoted = |text: &str| format!("{text:?}");
        let mut config = Config::for_crm(&sandbox);
        config.section("telephony", &[("dial_with", "\"allo\"")]);
        config.section("telephony.baresip", &[("control", "\"\"")]);
        let dialer = format!("{}{page}", sandbox.base_url());
        config.section(
            "telephony.allo",
            &[
                ("api_url", &quoted(&sandbox.allo_url())),
                ("dialer_url", &quoted(&dialer)),
                ("embed", "true"),
            ],
        );
        config.write(&desk);
        desk.connect(&sandbox).await.ok();
        desk.cli(&["sync"]).await.ok();
        let program = binary().to_string_lossy();
        let arguments = ["connect", "allo", "--key-stdin"];
        let room = desk.room();
        let key = sandbox.allo_key();
        room.run_with(&program, &arguments, key).await.ok();
        Some(Self { sandbox, desk })
    }

    /// Starts the app and looks at the dialler's window, where the agent is signed in.
    pub async fn start(&self) -> Driven {
        let app = self.desk.drive(&["--hidden"]).await;
        app.look_at("allo").await;
        app.says(SIGNED_IN).await;
        app
    }

    /// The dialler says that this number calls.
    pub fn rings(&self, number: &str) {
        let payload = json!({ "from": number, "to": LINE });
        self.sandbox.allo_dialer_says("incoming_call", payload);
    }

    async fn calls(&self) -> Vec<Value> {
        let calls = self.desk.cli(&["calls", "--json"]).await.json();
        calls.as_array().unwrap().clone()
    }

    async fn newest(&self, state: &str) -> Value {
        let what = format!("a newest call that is {state}");
        // Allo's records are looked at every thirty seconds.
        eventually(&what, 2 * LONG, async || {
            let newest = self.calls().await.into_iter().next()?;
            (newest["state"] == state).then_some(newest)
        })
        .await
    }
}

#[tokio::test]
async fn a_call_in_the_dialler_becomes_a_card_and_one_log() {
    let Some(booth) = Booth::open("/allo/dialer").await else {
        return;
    };
    let app = booth.start().await;
    app.says("An experiment").await;
    app.says("no sound").await;

    booth.rings(MARIE);
    let began = jiff::Timestamp::now().as_millisecond();
    app.look_at("card").await;
    app.says("Incoming call").await;
    app.says("Marie Dupont").await;
    let ringing = booth.newest("ringing").await;
    assert_eq!(ringing["source"], "allo");

    // Its end is in Allo's records, and nowhere else.
    booth.sandbox.allo_remember(AlloCall {
        duration_s: 2,
        recording_bytes: None,
        ..AlloCall::answered(MARIE, began)
    });
    let ended = booth.newest("ended").await;
    assert_eq!(ended["id"], ringing["id"]);
    assert_eq!(ended["end_reason"], "completed");
    app.says("Call ended").await;
    let id = ended["id"].as_str().unwrap();
    let arguments = ["wrap-up", id, "--note", "Wants the oven", "--file"];
    booth.desk.cli(&arguments).await.ok();
    let log = eventually("a log in the CRM", LONG, async || {
        booth.sandbox.phone_calls().pop()
    })
    .await;
    let text = log.description.unwrap();
    assert!(text.contains("Wants the oven"), "{text}");
    never("a second log, or a second call", SOON, async || {
        let logs = booth.sandbox.phone_calls().len();
        let calls = booth.calls().await.len();
        (logs != 1 || calls != 1).then_some((logs, calls))
    })
    .await;
}

#[tokio::test]
async fn a_number_is_handed_to_the_dialler_and_nothing_more_is_claimed() {
    let Some(booth) = Booth::open("/allo/dialer").await else {
        return;
    };
    let app = booth.start().await;
    booth.desk.cli(&["dial", BAKERY, "--yes"]).await.ok();
    app.look_at("card").await;
    app.says("Sent to Allo").await;
    let heard = eventually("a number in the dialler", PATIENCE, async || {
        booth.sandbox.allo_dialer_heard().pop()
    })
    .await;
    assert_eq!(heard["message"]["source"], "allo-host");
    assert_eq!(heard["message"]["type"], "dial");
    assert_eq!(heard["message"]["payload"]["number"], BAKERY);
    let origin = heard["origin"].as_str().unwrap();
    assert!(origin.starts_with("http://localhost:"), "{origin}");
    // The agent has to call there, so the window comes forward.
    booth.desk.window("Allo").await;
}

#[tokio::test]
async fn what_the_dialler_says_oddly_is_kept_for_whoever_can_read_it() {
    let Some(booth) = Booth::open("/allo/dialer").await else {
        return;
    };
    let app = booth.start().await;
    for _ in 0..2 {
        let payload = json!({ "call": { "peer": MARIE, "state": "wrapping up" } });
        booth.sandbox.allo_dialer_says("call_wrapped", payload);
    }
    const BONES: &str =
        "call_wrapped (payload.call.peer: text that begins with a plus, payload.call.state: text)";
    let check = eventually("a check of the dialler", PATIENCE, async || {
        let found = booth.desk.cli(&["doctor", "--json"]).await.json();
        let checks = found["checks"].as_array()?.clone();
        let check = checks.into_iter().find(|check| check["id"] == "dialler")?;
        check["says"].as_str()?.contains("× 2").then_some(check)
    })
    .await;
    let says = check["says"].as_str().unwrap();
    assert!(says.contains(BONES), "{says}");
    assert!(!says.contains("wrapping"), "{says}");
    assert!(booth.calls().await.is_empty());

    // It outlives the app.
    app.close().await;
    booth.desk.kill9_app().await;
    let after = booth.desk.cli(&["doctor", "--json"]).await;
    assert!(after.stdout.contains("call_wrapped"), "{after:?}");
}

#[tokio::test]
async fn a_dialler_that_is_not_activated_says_so_and_the_rest_goes_on() {
    let Some(booth) = Booth::open("/allo/dialer").await else {
        return;
    };
    booth
        .sandbox
        .allo_settings(|settings| settings.dialer_activated = false);
    let app = booth.desk.drive(&["--hidden"]).await;
    app.look_at("allo").await;
    app.says("has not answered here yet").await;
    app.says("ask Allo’s support to activate the dialler for http://localhost:")
        .await;
    let status = booth.desk.cli(&["status", "--json"]).await.json();
    let sources = status["telephony"].as_array().unwrap();
    let allo = sources.iter().find(|source| source["name"] == "allo");
    assert_eq!(allo.unwrap()["state"], "connected", "{sources:?}");
    // As soon as it is, it works.
    booth
        .sandbox
        .allo_settings(|settings| settings.dialer_activated = true);
    app.says(SIGNED_IN).await;
}

#[tokio::test]
async fn a_hostile_frame_reaches_no_command_and_brings_no_call() {
    // The page stands in the very place of the dialler, so its messages are believed; nothing else is.
    let Some(booth) = Booth::open("/aircall/foreign").await else {
        return;
    };
    let app = booth.desk.drive(&["--hidden"]).await;
    app.look_at("allo").await;
    let address = app.current_url().await.unwrap();
    reaches_nothing(&app).await;
    assert_eq!(app.current_url().await.unwrap(), address);
    app.close().await;
    booth.desk.kill9_app().await;

    // A page of another origin, inside the dialler, forges messages to the page around.
    let Some(booth) = Booth::open("/allo/dialer").await else {
        return;
    };
    booth
        .sandbox
        .allo_settings(|settings| settings.dialer_holds_foreign = true);
    let app = booth.start().await;
    never("a forged call or message", SOON, async || {
        let calls = booth.calls().await;
        let doctor = booth.desk.cli(&["doctor", "--json"]).await.stdout;
        (!calls.is_empty() || doctor.contains("forged")).then_some(calls)
    })
    .await;
    booth.rings(BAKERY);
    let own = booth.newest("ringing").await;
    assert_eq!(own["remote_number"], BAKERY);
    assert_eq!(booth.calls().await.len(), 1);
    app.look_at("allo").await;
}
