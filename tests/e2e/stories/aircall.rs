//! Aircall's own window: the vendor's real package, in the real window, against the sandbox's Workspace.

mod calls;
pub mod hostile;
mod record;

use callside_sandbox::aircall::{Act, CallScript, Scenario};
use callside_sandbox::{PhoneCall, Sandbox, SandboxOptions};
use fantoccini::Locator;
use serde_json::Value;

use super::{BAKERY, MARIE};
use crate::desk::app::{Driven, binary};
use crate::desk::clock::Clock;
use crate::desk::cloud::{Config, agent_email};
use crate::desk::wait::{PATIENCE, eventually, never, soon};
use crate::desk::{Desk, Furniture, LONG};

/// The page that plays the Workspace.
const WORKSPACE: &str = "/aircall/workspace";
/// What the window says once the agent is signed in.
const SIGNED_IN: &str = "Connected. Calls appear in Callside.";
/// Longer than a message takes through frame, window and entrance.
const SOON: std::time::Duration = std::time::Duration::from_secs(2);

/// A desk whose only telephone is Aircall. Desk and cloud have one clock, which the test moves.
pub struct Switchboard {
    pub sandbox: Sandbox,
    pub desk: Desk,
    clock: Clock,
}

impl Switchboard {
    /// The usual one. `None` when end-to-end tests are switched off.
    async fn open() -> Option<Self> {
        Self::with(Desk::with(), WORKSPACE, &[]).await
    }

    /// With other furniture, `page` of the sandbox in the place of the Workspace, and further settings of Aircall.
    pub async fn with(furniture: Furniture, page: &str, further: &[(&str, &str)]) -> Option<Self> {
        let mut desk = furniture.start().await?;
        let clock = desk.own_clock().await;
        let sandbox = desk
            .sandbox_with(SandboxOptions {
                auto_approve: true,
                clock: clock.of_the_cloud(),
                ..SandboxOptions::default()
            })
            .await;
        // What happened before is another story.
        sandbox.aircall_forget_calls();
        let quoted = |text: &str| format!("{text:?}");
        let mut config = Config::for_crm(&sandbox);
        config.section("telephony", &[("dial_with", "\"aircall\"")]);
        config.section("telephony.baresip", &[("control", "\"\"")]);
        let api = quoted(&sandbox.aircall_url());
        let workspace = quoted(&format!("{}{page}", sandbox.base_url()));
        let own = [
            ("api_url", &*api),
            ("workspace_url", &*workspace),
            ("embed", "true"),
        ];
        config.section("telephony.aircall", &[&own, further].concat());
        config.write(&desk);
        desk.connect(&sandbox).await.ok();
        desk.cli(&["sync"]).await.ok();
        let (id, token) = sandbox.aircall_key();
        let program = binary().to_string_lossy();
        let arguments = ["connect", "aircall", "--api-id", id, "--api-token-stdin"];
        let room = desk.room();
        room.run_with(&program, &arguments, token).await.ok();
        Some(Self {
            sandbox,
            desk,
            clock,
        })
    }

    /// Starts the app, signs the agent in to the Workspace, and looks at its window.
    async fn start(&self) -> Driven {
        let app = self.desk.drive(&["--hidden"]).await;
        app.look_at("aircall").await;
        self.sandbox.workspace_login(Some(&agent_email()));
        app.says(SIGNED_IN).await;
        app
    }

    /// The calls as the command line lists them, newest first.
    async fn calls(&self) -> Vec<Value> {
        let calls = self.desk.cli(&["calls", "--json"]).await.json();
        calls.as_array().unwrap().clone()
    }

    /// Waits until the newest call is in this state.
    async fn newest(&self, state: &str) -> Value {
        let what = format!("a newest call that is {state}");
        eventually(&what, PATIENCE, async || {
            let newest = self.calls().await.into_iter().next()?;
            (newest["state"] == state).then_some(newest)
        })
        .await
    }

    /// Waits until the newest call with this number is in this state.
    async fn with_number(&self, number: &str, state: &str) -> Value {
        let what = format!("a call with {number} that is {state}");
        eventually(&what, PATIENCE, async || {
            let calls = self.calls().await;
            let mut theirs = calls
                .into_iter()
                .filter(|call| call["remote_number"] == number);
            let newest = theirs.next()?;
            (newest["state"] == state).then_some(newest)
        })
        .await
    }

    /// Files a call on the command line with this note and the tag "Devis"; its one log says both.
    async fn file(&self, call: &Value, note: &str) -> PhoneCall {
        let id = call["id"].as_str().unwrap();
        let arguments = ["wrap-up", id, "--note", note, "--tag", "Devis", "--file"];
        self.desk.cli(&arguments).await.ok();
        let log = self.log_of(call).await;
        assert_says(&log, &["Tags: Devis", note]);
        log
    }

    /// Files the call whose wrap-up is looked at, and gives its log.
    async fn file_from_card(&self, app: &Driven, call: &Value) -> PhoneCall {
        self.press_file(app, call).await;
        self.log_of(call).await
    }

    /// Files the call whose wrap-up is looked at.
    async fn press_file(&self, app: &Driven, call: &Value) {
        let press =
            "document.querySelector('.bar .acts > button:last-of-type:not([disabled])')?.click()";
        app.element(".bar .acts.full").await;
        eventually("a filed call", PATIENCE, async || {
            // The card may be about to change its height; filing the last call closes it.
            let _ = app.execute(press, Vec::new()).await;
            soon(async || self.is_filed(call).await.then_some(())).await
        })
        .await;
    }

    async fn is_filed(&self, call: &Value) -> bool {
        let calls = self.calls().await;
        let mut same = calls.iter().filter(|one| one["id"] == call["id"]);
        same.any(|one| one["wrap_up"] == "filed")
    }

    /// Waits for the log of a call that is filed.
    async fn log_of(&self, call: &Value) -> PhoneCall {
        let id = &call["id"];
        eventually("a log in the CRM", LONG, async || {
            let calls = self.calls().await;
            let filed = calls.iter().find(|call| call["id"] == *id)?;
            let deliveries = filed["deliveries"].as_array()?;
            assert!(deliveries.len() < 2, "{filed}");
            let log = deliveries.first()?["remote_id"].as_str()?;
            let logs = self.sandbox.phone_calls();
            logs.into_iter().find(|one| one.id.to_string() == log)
        })
        .await
    }

    /// Waits until the log of a call says all this.
    async fn log_says(&self, call: &Value, all: &[&str]) -> PhoneCall {
        eventually(&format!("a log that says {all:?}"), LONG, async || {
            let log = self.log_of(call).await;
            let text = log.description.as_deref()?;
            all.iter().all(|part| text.contains(part)).then_some(log)
        })
        .await
    }

    /// There are so many calls and a log of each, and no more come.
    async fn logged_once_each(&self, count: usize) {
        never("another log, or another call", SOON, async || {
            let found = (self.calls().await.len(), self.sandbox.phone_calls().len());
            (found != (count, count)).then_some(found)
        })
        .await;
    }

    /// How often Callside has read Aircall's record of a call.
    fn reads_of(&self, call: u64) -> usize {
        let path = format!("/aircall/v1/calls/{call}");
        let read = self.sandbox.requests_to("GET", &path);
        read.iter().filter(|seen| seen.path == path).count()
    }

    pub fn begins(&self, script: CallScript) -> u64 {
        self.sandbox.aircall_begin(script.by_hand())
    }

    pub fn acts(&self, call: u64, act: Act) {
        assert!(self.sandbox.aircall_act(call, act.clone()), "{act:?}");
    }

    /// Dials with Callside; the Workspace places a call like this script. Gives Aircall's id of it.
    async fn dials(&self, number: &str, like: CallScript) -> u64 {
        let own_calls = like.by_hand();
        self.sandbox
            .aircall_settings(|settings| settings.own_calls = own_calls);
        self.desk.cli(&["dial", number, "--yes"]).await.ok();
        self.placed(number).await
    }

    /// Waits for a call to this number in the Workspace, and gives Aircall's id of it.
    async fn placed(&self, number: &str) -> u64 {
        let is_it = |call: &callside_sandbox::aircall::Call| {
            call.outbound && call.ended_ms.is_none() && call.remote.as_deref() == Some(number)
        };
        eventually("a call placed by the Workspace", PATIENCE, async || {
            let calls = self.sandbox.aircall_calls();
            calls.into_iter().find(is_it).map(|call| call.id)
        })
        .await
    }
}

/// Each of these stands in the log, and once.
fn assert_says(log: &PhoneCall, all: &[&str]) {
    let text = log.description.as_deref().unwrap_or_default();
    for part in all {
        assert_eq!(text.matches(part).count(), 1, "{part:?} in {text:?}");
    }
}

/// Looks at the card of this person, among the cards of several calls.
async fn turn_to(app: &Driven, name: &str) {
    let path = format!("//*[@role='tab'][contains(., '{name}')]");
    eventually(&format!("the card of {name}"), PATIENCE, async || {
        let tab = app.find(Locator::XPath(&path)).await.ok()?;
        tab.click().await.ok()?;
        let shown = tab.attr("aria-selected").await.ok()??;
        (shown == "true").then_some(())
    })
    .await;
}

/// Opens a call of the desk's list, counted from the newest.
async fn open_call(app: &Driven, place: usize) {
    let script = format!(
        "const row = document.querySelectorAll('section.middle button.row')[{place}];
         if (row && !row.classList.contains('on')) row.click();
         return !!row && row.classList.contains('on') && !!document.querySelector('article.detail')"
    );
    eventually("a call in the list", LONG, async || {
        (app.script(&script).await == true).then_some(())
    })
    .await;
}

/// Types a note and a tag into the card that is looked at.
async fn write(app: &Driven, note: &str, tag: &str) {
    app.fill("Notes", note).await;
    let field = app.element("[data-tags]").await;
    field.send_keys(&format!("{tag}\u{e007}")).await.unwrap();
    app.says(&format!("#{tag}")).await;
    app.says("Saved on this computer").await;
}

#[tokio::test]
async fn only_the_agents_own_sign_in_counts_and_a_sign_out_keeps_the_call() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.desk.drive(&["--hidden"]).await;
    app.look_at("aircall").await;
    app.says("no sound").await;

    // Somebody else is signed in there, and is called.
    let like = CallScript::inbound(MARIE).by_hand();
    board.sandbox.aircall_play(Scenario::OtherAgent, like);
    app.says("Somebody else is signed in").await;
    never("somebody else's call", SOON, async || {
        board.calls().await.into_iter().next()
    })
    .await;

    // The agent signs in, and out again in the middle of a call.
    board.sandbox.workspace_login(None);
    app.says("You are signed out of Aircall.").await;
    board.sandbox.workspace_login(Some(&agent_email()));
    app.says(SIGNED_IN).await;
    let call = board.begins(CallScript::inbound(MARIE));
    board.newest("ringing").await;
    board.acts(call, Act::Answer);
    board.newest("answered").await;
    board.sandbox.workspace_login(None);
    app.says("during a call").await;
    let kept = board.newest("answered").await;
    assert_eq!(kept["remote_number"], MARIE);
    board.sandbox.workspace_login(Some(&agent_email()));
    app.says(SIGNED_IN).await;
    board.acts(call, Act::HangUp);
    let ended = board.newest("ended").await;
    assert_eq!(ended["end_reason"], "completed");
    board.file(&ended, "Signed out in between").await;

    // A frame of another origin says that it is the Workspace.
    let like = CallScript::inbound(BAKERY);
    board.sandbox.aircall_play(Scenario::Forged, like);
    board.logged_once_each(1).await;
}

#[tokio::test]
async fn a_refused_frame_says_so_and_the_rest_goes_on() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    board
        .sandbox
        .aircall_settings(|settings| settings.workspace.frame_ancestors = Some("'none'".into()));
    let app = board.desk.drive(&["--hidden"]).await;
    app.look_at("aircall").await;
    app.says("Nobody is signed in to Aircall here yet.").await;
    app.says("refuses to be framed").await;
    let status = board.desk.cli(&["status", "--json"]).await.json();
    let sources = status["telephony"].as_array().unwrap();
    let aircall = sources.iter().find(|source| source["name"] == "aircall");
    assert_eq!(aircall.unwrap()["state"], "connected", "{sources:?}");
}

#[tokio::test]
async fn the_sample_workspace_rings_in_aircall() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let app = desk.drive(&["--sample"]).await;
    app.look_at("desk").await;
    app.says("Who should call?").await;
    let label = Locator::XPath("//label[normalize-space()='Aircall']");
    eventually("a choice of the phone", PATIENCE, async || {
        app.find(label).await.ok()?.click().await.ok()
    })
    .await;
    app.look_at("aircall").await;
    app.says(SIGNED_IN).await;
    app.look_at("desk").await;
    app.press_button_starting("Marie Dupont").await;
    app.look_at("card").await;
    app.says("Incoming call").await;
    app.says("Marie Dupont").await;
    app.look_at("aircall").await;
    let frame = app.find(Locator::Css("iframe")).await.unwrap();
    frame.enter_frame().await.unwrap();
    app.press_button("Answer").await;
    app.enter_parent_frame().await.unwrap();
    app.look_at("card").await;
    app.says("On the phone").await;
    app.look_at("desk").await;
    app.press_button("Hang up").await;
    app.look_at("card").await;
    app.says("Call ended").await;
}
