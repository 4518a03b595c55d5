//! Neither the page in the frame nor our own page around it can call a command of Callside, and what others say is not
//! believed.

use fantoccini::Locator;
use serde_json::{Value, json};

use super::{Desk, SOON, Switchboard, never};
use crate::desk::app::Driven;

/// Every command of the bridge stands in here.
const BRIDGE: &str = include_str!("../../../../ui/src/bridge/bindings.ts");
/// Commands of the toolkit itself that would be worth having.
const OF_THE_TOOLKIT: [&str; 8] = [
    "plugin:event|listen",
    "plugin:event|emit",
    "plugin:app|version",
    "plugin:path|resolve_directory",
    "plugin:resources|close",
    "plugin:webview|create_webview_window",
    "plugin:window|close",
    "plugin:window|set_title",
];

/// Calls each of these commands and tells what came of it.
const INVOKE_ALL: &str = r"
    const [commands, done] = arguments;
    (async () => {
        const answers = {};
        for (const command of commands) {
            try {
                answers[command] = await window.__TAURI_INTERNALS__.invoke(command, {}).then(() => 'allowed', String);
            } catch {
                answers[command] = 'not allowed: there is no way to call it';
            }
        }
        done(answers);
    })();
";

/// Tries everything else that a hostile page in the frame could, and tells what came of it.
const TRY_ALL: &str = r"
    const [port, done] = arguments;
    const found = {};
    const attempt = async (name, act) => {
        try { found[name] = await act() } catch (error) { found[name] = 'refused' }
    };
    const home = `http://localhost:${port}`;
    const body = JSON.stringify({ name: 'login', value: { user: { email: 'agent@example.com' } } });
    const headers = { 'content-type': 'application/json', 'x-callside-key': 'guess' };
    (async () => {
        await attempt('ipc scheme', async () => (await fetch('ipc://localhost/calls', { method: 'POST' })).ok);
        await attempt('ipc handler', () => {
            const payload = { window: 'desk', page: null, call: null };
            const message = { cmd: 'show_window', callback: 1, error: 2, payload, options: {} };
            window.webkit.messageHandlers.ipc.postMessage(JSON.stringify(message));
            return 'sent';
        });
        await attempt('the page around it calls', () => window.parent.__TAURI_INTERNALS__.invoke('calls', {}));
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

/// The names of all commands.
fn commands() -> Vec<&'static str> {
    let start = "__TAURI_INVOKE(\"";
    let calls = BRIDGE.split(start).skip(1);
    let names: Vec<&str> = calls.filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() > 50 && names.contains(&"save_settings"));
    [&names[..], &OF_THE_TOOLKIT].concat()
}

/// Calls these commands from the page or frame that is looked at.
async fn call(app: &Driven, commands: &[&str]) -> Value {
    let answers = app.execute_async(INVOKE_ALL, vec![json!(commands)]).await;
    answers.unwrap()
}

/// Calls every command from the page or frame that is looked at; each has to be refused.
async fn calls_nothing(app: &Driven) {
    let commands = commands();
    let answers = call(app, &commands).await;
    for command in commands {
        let answer = answers[command].as_str().unwrap_or_default();
        assert!(answer.contains("not allowed"), "{command}: {answer}");
    }
}

/// Tries everything that a hostile page could in the frame of the window that is looked at; nothing of it may work.
pub async fn reaches_nothing(app: &Driven) {
    let address = app.current_url().await.unwrap();
    let frame = app.find(Locator::Css("iframe")).await.unwrap();
    frame.enter_frame().await.unwrap();
    calls_nothing(app).await;
    let port = json!(address.port().unwrap());
    let found = app.execute_async(TRY_ALL, vec![port]).await.unwrap();
    for name in [
        "ipc scheme",
        "the page around it calls",
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
}

#[tokio::test]
async fn the_page_around_the_frame_may_call_no_command_either() {
    let Some(board) = Switchboard::open().await else {
        return;
    };
    let app = board.start().await;
    calls_nothing(&app).await;
    // The agent is signed in there, and still it is only a page.
    let frame = app.find(Locator::Css("iframe")).await.unwrap();
    frame.enter_frame().await.unwrap();
    calls_nothing(&app).await;
    app.enter_parent_frame().await.unwrap();
    assert_eq!(app.windows().await.unwrap().len(), 2, "card and Workspace");
    // A refusal says something only where the same question has an answer elsewhere.
    app.look_at("card").await;
    assert_eq!(call(&app, &["app_view"]).await["app_view"], "allowed");
}

#[tokio::test]
async fn a_hostile_frame_reaches_no_command_and_not_the_entrance() {
    // The page stands in the very place of the Workspace, so its messages are believed; nothing else is.
    let Some(board) = Switchboard::with(Desk::with(), "/aircall/foreign", &[]).await else {
        return;
    };
    let app = board.desk.drive(&["--hidden"]).await;
    app.look_at("aircall").await;
    let address = app.current_url().await.unwrap();
    let before = board.calls().await.len();
    reaches_nothing(&app).await;
    never("a window that went elsewhere", SOON, async || {
        let now = app.current_url().await.ok()?;
        let calls = board.calls().await.len();
        (now != address || calls != before).then_some((now, calls))
    })
    .await;
    assert_eq!(app.windows().await.unwrap().len(), 2, "card and Workspace");
}
