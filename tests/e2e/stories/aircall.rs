//! Aircall's own window: the vendor's real package, in the real window, against the sandbox's Workspace.

use callside_sandbox::aircall::{Act, CallScript, Scenario};
use callside_sandbox::book::LUC_BERNARD_MOBILE;
use callside_sandbox::{PhoneCall, Sandbox};
use fantoccini::Locator;
use serde_json::{Value, json};

use super::{BAKERY, MARIE};
use crate::desk::app::{Driven, binary};
use crate::desk::cloud::{Config, agent_email};
use crate::desk::wait::{PATIENCE, eventually, never};
use crate::desk::{Desk, Furniture, LONG};

/// What the window says once the agent is signed in.
const SIGNED_IN: &str = "Connected. Calls appear in Callside.";
/// Longer than a message takes through frame, window and entrance.
const SOON: std::time::Duration = std::time::Duration::from_secs(2);

/// A desk whose only telephone is Aircall.
pub struct Switchboard {
    pub sandbox: Sandbox,
    pub desk: Desk,
}

impl Switchboard {
    /// `page` is the path of the Workspace in the sandbox. `None` when end-to-end tests are switched off.
    async fn open(page: &str) -> Option<Self> {
        Self::with(Desk::with(), page).await
    }

    /// The same with other furniture.
    pub async fn with(furniture: Furniture, page: &str) -> Option<Self> {
        let desk = furniture.start().await?;
        let sandbox = desk.sandbox().await;
        // What happened before is another story.
        sandbox.aircall_forget_calls();
        let quoted = |text: &str| format!("{text:?}");
        let mut config = Config::for_crm(&sandbox);
        config.section("telephony", &[("dial_with", "\"aircall\"")]);
        config.section("telephony.baresip", &[("control", "\"\"")]);
        let workspace = format!("{}{page}", sandbox.base_url());
        config.section(
            "telephony.aircall",
            &[
                ("api_url", &quoted(&sandbox.aircall_url())),
                ("workspace_url", &quoted(&workspace)),
                ("embed", "true"),
            ],
        );
        config.write(&desk);
        desk.connect(&sandbox).await.ok();
        desk.cli(&["sync"]).await.ok();
        let (id, token) = sandbox.aircall_key();
        let program = binary().to_string_lossy();
        let arguments = ["connect", "aircall", "--api-id", id, "--api-token-stdin"];
        let room = desk.room();
        room.run_with(&program, &arguments, token).await.ok();
        Some(Self { sandbox, desk })
    }

    /// Starts the app, signs the agent in to the Workspace, and looks at its window.
    async fn start(&self) -> Driven {
        let app = self.desk.drive(&["--hidden"]).await;
        app.look_at("aircall").await;
        self.sandbox.workspace_login(Some(&agent_email()));
        app.says(SIGNED_IN).await;
        app
    }

    async fn calls(&self) -> Vec<Value> {
        let calls = self.desk.cli(&["calls", "--json"]).await.json();
        calls.as_array().unwrap().clone()
    }

    /// Waits until one of the calls with this Aircall id is as wanted.
    async fn call(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, PATIENCE, async || {
            self.calls().await.into_iter().find(|call| wanted(call))
        })
        .await
    }

    async fn newest(&self, state: &str) -> Value {
        let what = format!("a newest call that is {state}");
        eventually(&what, PATIENCE, async || {
            let newest = self.calls().await.into_iter().next()?;
            (newest["state"] == state).then_some(newest)
        })
        .await
    }

    async fn file(&self, call: &Value, note: &str) {
        let id = call["id"].as_str().unwrap();
        let arguments = ["wrap-up", id, "--note", note, "--tag", "Devis", "--file"];
        self.desk.cli(&arguments).await.ok();
    }

    async fn logs(&self, count: usize) -> Vec<PhoneCall> {
        let what = format!("{count} logs in the CRM");
        eventually(&what, LONG, async || {
            let logs = self.sandbox.phone_calls();
            (logs.len() >= count).then_some(logs)
        })
        .await
    }

    pub fn begins(&self, script: CallScript) -> u64 {
        self.sandbox.aircall_begin(script.by_hand())
    }

    pub fn acts(&self, call: u64, act: Act) {
        assert!(self.sandbox.aircall_act(call, act.clone()), "{act:?}");
    }
}

#[tokio::test]
async fn calls_in_the_workspace_become_cards_and_one_log_each() {
    let Some(board) = Switchboard::open("/aircall/workspace").await else {
        return;
    };
    let app = board.start().await;

    // Inbound, answered.
    let call = board.begins(CallScript::inbound(MARIE).doubling("call_ended"));
    app.look_at("card").await;
    app.says("Incoming call").await;
    app.says("Marie Dupont").await;
    board.acts(call, Act::Answer);
    app.says("On the phone").await;
    board.acts(call, Act::HangUp);
    app.says("Call ended").await;
    let answered = board.newest("ended").await;
    assert_eq!(answered["end_reason"], "completed");
    assert_eq!(answered["source"], "aircall");
    board.file(&answered, "Wants the oven").await;
    let logs = board.logs(1).await;
    let text = logs[0].description.clone().unwrap();
    assert!(
        text.contains("Wants the oven") && text.contains("Devis"),
        "{text}"
    );

    // Inbound, nobody answers.
    let call = board.begins(CallScript::inbound(BAKERY));
    board.newest("ringing").await;
    board.acts(call, Act::HangUp);
    let missed = board.newest("ended").await;
    assert_eq!(missed["end_reason"], "missed");
    board.file(&missed, "").await;
    board.logs(2).await;

    // Inbound, refused.
    let call = board.begins(CallScript::inbound(MARIE));
    board.newest("ringing").await;
    board.acts(call, Act::Refuse);
    let refused = board.newest("ended").await;
    assert_eq!(refused["end_reason"], "declined");
    board.file(&refused, "").await;
    board.logs(3).await;

    // Outbound, by the number that Callside hands over.
    board
        .sandbox
        .aircall_settings(|settings| settings.own_calls = CallScript::outbound(BAKERY).by_hand());
    board.desk.cli(&["dial", BAKERY, "--yes"]).await.ok();
    let placed = eventually("a call placed by the Workspace", PATIENCE, async || {
        let calls = board.sandbox.aircall_calls();
        calls.into_iter().rev().find(|call| call.outbound)
    })
    .await;
    let is_open = |call: &Value| call["direction"] == "outbound" && call["state"] == "dialing";
    board.call("the outbound call", is_open).await;
    board.acts(placed.id, Act::Answer);
    board.newest("answered").await;
    board.acts(placed.id, Act::HangUp);
    let outbound = board.newest("ended").await;
    assert_eq!(outbound["end_reason"], "completed");
    board.file(&outbound, "Called back").await;
    board.logs(4).await;

    // Two at once.
    let first = board.begins(CallScript::inbound(MARIE));
    board.newest("ringing").await;
    board.acts(first, Act::Answer);
    board.newest("answered").await;
    let second = board.begins(CallScript::inbound(BAKERY));
    board.newest("ringing").await;
    board.acts(second, Act::HangUp);
    let second = board.newest("ended").await;
    assert_eq!(second["remote_number"], BAKERY);
    board.acts(first, Act::HangUp);
    let is_first = |call: &Value| call["wrap_up"] == "open" && call["remote_number"] == MARIE;
    let ended = |call: &Value| is_first(call) && call["state"] == "ended";
    let first = board.call("the end of the first call", ended).await;
    assert_eq!(first["end_reason"], "completed");
    board.file(&first, "").await;
    board.file(&second, "").await;
    board.logs(6).await;

    never("a seventh log, or a seventh call", SOON, async || {
        let logs = board.sandbox.phone_calls().len();
        let calls = board.calls().await.len();
        (logs != 6 || calls != 6).then_some((logs, calls))
    })
    .await;
}

#[tokio::test]
async fn only_the_agents_own_sign_in_counts_and_a_sign_out_keeps_the_call() {
    let Some(board) = Switchboard::open("/aircall/workspace").await else {
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
    board.newest("ended").await;

    // A frame of another origin says that it is the Workspace.
    let like = CallScript::inbound(BAKERY);
    board.sandbox.aircall_play(Scenario::Forged, like);
    never("a forged call", SOON, async || {
        let calls = board.calls().await;
        (calls.len() != 1).then_some(calls)
    })
    .await;
}

/// Tries everything that a hostile page in the frame could, and tells what came of it.
const TRY_ALL: &str = r"
    const [port, done] = arguments;
    const found = {};
    const attempt = async (name, act) => {
        try { found[name] = await act() } catch (error) { found[name] = 'refused' }
    };
    const home = `http://localhost:${port}`;
    const body = JSON.stringify({ name: 'login', value: { user: { email: 'agent@example.com' } } });
    const headers = { 'content-type': 'application/json', 'x-callside-key': 'guess' };
    const invoke = (command) => window.__TAURI_INTERNALS__.invoke(command);
    (async () => {
        for (const command of ['settings', 'calls', 'app_view', 'sign_in_with_secret', 'save_settings'])
            await attempt(`invoke ${command}`, () => invoke(command));
        await attempt('ipc scheme', async () => (await fetch('ipc://localhost/calls', { method: 'POST' })).ok);
        await attempt('ipc handler', () => {
            const message = { cmd: 'calls', callback: 1, error: 2, payload: {}, options: {} };
            window.webkit.messageHandlers.ipc.postMessage(JSON.stringify(message));
            return 'sent';
        });
        await attempt('read the key', () => window.parent.location.hash);
        await attempt('reach the page', () => window.parent.document.title);
        await attempt('entrance', async () => (await fetch(`${home}/event`, { method: 'POST', headers, body })).ok);
        await attempt('entrance, simple', async () => {
            await fetch(`${home}/event`, { method: 'POST', mode: 'no-cors', body });
            return 'sent';
        });
        await attempt('page', async () => (await fetch(`${home}/workspace.html`)).ok);
        await attempt('move the window', () => { window.top.location = 'https://evil.example/'; return 'sent' });
        await attempt('open a window', () => window.open('https://evil.example/') && 'opened');
        done(found);
    })();
";

/// The commands that the page around the frame tries, which is ours and may call nothing either.
const INVOKE: &str = r"
    const [command, done] = arguments;
    window.__TAURI_INTERNALS__.invoke(command).then(() => done('allowed'), (error) => done(String(error)));
";

#[tokio::test]
async fn a_hostile_frame_reaches_no_command_and_not_the_entrance() {
    // The page stands in the very place of the Workspace, so its messages are believed; nothing else is.
    let Some(board) = Switchboard::open("/aircall/foreign").await else {
        return;
    };
    let app = board.desk.drive(&["--hidden"]).await;
    app.look_at("aircall").await;
    for command in ["settings", "calls", "app_view", "plugin:event|listen"] {
        let answer = app.execute_async(INVOKE, vec![json!(command)]).await;
        let answer = answer.unwrap().as_str().unwrap().to_owned();
        assert!(answer.contains("not allowed"), "{command}: {answer}");
    }
    let address = app.current_url().await.unwrap();
    let before = board.calls().await.len();
    let frame = app.find(Locator::Css("iframe")).await.unwrap();
    frame.enter_frame().await.unwrap();
    let port = json!(address.port().unwrap());
    let found = app.execute_async(TRY_ALL, vec![port]).await.unwrap();
    let found = found.as_object().unwrap();
    for name in [
        "invoke settings",
        "invoke calls",
        "invoke app_view",
        "invoke sign_in_with_secret",
        "invoke save_settings",
        "ipc scheme",
        "read the key",
        "reach the page",
        "entrance",
        "page",
    ] {
        let what = &found[name];
        assert!(*what == "refused" || *what == false, "{name}: {what}");
    }
    assert_ne!(found["open a window"], "opened");
    app.enter_parent_frame().await.unwrap();
    never("a window that went elsewhere", SOON, async || {
        let now = app.current_url().await.ok()?;
        let calls = board.calls().await.len();
        (now != address || calls != before).then_some((now, calls))
    })
    .await;
    assert_eq!(app.windows().await.unwrap().len(), 2, "card and Workspace");
}

#[tokio::test]
async fn a_refused_frame_says_so_and_the_rest_goes_on() {
    let Some(board) = Switchboard::open("/aircall/workspace").await else {
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
async fn odd_words_of_the_workspace_still_make_one_call_each() {
    let Some(board) = Switchboard::open("/aircall/workspace").await else {
        return;
    };
    let app = board.start().await;
    let quick = CallScript::inbound(MARIE).lasting(1_000, 1_000, 500);
    for (count, scenario) in [
        Scenario::Withheld,
        Scenario::EmptyCaller,
        Scenario::EndTwice,
        Scenario::OutOfOrder,
        Scenario::DialledElsewhere,
    ]
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
    }
    let calls = board.calls().await;
    let hidden = calls.iter().filter(|call| call["remote_number"].is_null());
    assert_eq!(hidden.count(), 2, "{calls:?}");

    // It says yes to a number and calls nobody: that is all that is claimed.
    board
        .sandbox
        .aircall_settings(|settings| settings.workspace.ignores_dial = true);
    let handed = LUC_BERNARD_MOBILE;
    board.desk.cli(&["dial", handed, "--yes"]).await.ok();
    app.look_at("card").await;
    app.says("Sent to Aircall").await;
    assert!(
        board
            .sandbox
            .aircall_calls()
            .iter()
            .all(|call| { !(call.outbound && call.remote.as_deref() == Some(handed)) })
    );

    // The Workspace answers after the vendor's two seconds: the number was handed over all the same.
    board.sandbox.aircall_settings(|settings| {
        settings.workspace.ignores_dial = false;
        settings.workspace.reply_delay_ms = 2_500;
        settings.own_calls = CallScript::outbound(BAKERY).by_hand();
    });
    board.desk.cli(&["dial", BAKERY, "--yes"]).await.ok();
    let is_open = |call: &Value| call["remote_number"] == BAKERY && call["state"] == "dialing";
    board.call("the outbound call", is_open).await;

    board
        .sandbox
        .aircall_settings(|settings| settings.workspace.reply_delay_ms = 0);
    // While the agent is in a call nothing is dialled, and the reason is said.
    let refused = board.desk.cli(&["dial", MARIE, "--yes"]).await;
    assert_eq!(refused.status, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("in a call"), "{refused:?}");
    app.look_at("aircall").await;
    app.says(SIGNED_IN).await;
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
