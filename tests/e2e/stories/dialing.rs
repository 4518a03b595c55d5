//! From a clicked number in the browser to a call, and to its log.

use std::time::Duration;

use super::{BAKERY, Office, assert_marker_first};
use crate::desk::app::Driven;
use crate::desk::wait::{PATIENCE, eventually, never};

/// Confirms the request as soon as the card shows one, faster than anybody can read.
const HASTY: &str = "
    const invoke = window.__TAURI_INTERNALS__.invoke;
    window.early = [];
    const hurry = setInterval(async () => {
        const { dial_request } = await invoke('card_state');
        if (!dial_request || window.early.length > 0) return;
        clearInterval(hurry);
        try {
            await invoke('confirm_dial', { request: dial_request.id });
            window.early.push('dialled');
        } catch (error) {
            window.early.push(JSON.stringify(error));
        }
    }, 20);
";

#[tokio::test]
async fn a_click_in_the_browser_becomes_a_call_and_its_log() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let other = desk.recording_handler(&["tel"]).await;
    let app = desk.drive(&[]).await;
    office.is_ready().await;

    // Callside takes the links only because the agent says so.
    assert_eq!(
        desk.handler_of("tel").await.as_deref(),
        Some("other-softphone.desktop")
    );
    take_tel(&app).await;
    eventually("the handler of tel:", PATIENCE, async || {
        let owner = desk.handler_of("tel").await?;
        owner.starts_with("callside").then_some(())
    })
    .await;

    let link = format!("tel:{BAKERY}");
    let Some(browser) = desk.browser(&[("call", &link)]).await else {
        return;
    };
    app.look_at("card").await;
    app.script(HASTY).await;
    browser.click_link("call").await;

    app.says("Call this number?").await;
    app.says("+33 1 99 00 10 01").await;
    app.says("Boulangerie Martin").await;
    app.says("France").await;
    let early = eventually("the answer to haste", PATIENCE, async || {
        app.script("return window.early[0] || ''")
            .await
            .as_str()
            .filter(|answer| !answer.is_empty())
            .map(str::to_owned)
    })
    .await;
    assert!(early.contains("too_early"), "{early}");
    never("a call", Duration::from_millis(700), async || {
        office.callee.calls().pop()
    })
    .await;

    // Twice, as impatient people do: still one call.
    let dial = "const dial = [...document.querySelectorAll('button')].find(b => b.innerText.startsWith('Dial'));
        if (!dial || dial.disabled) return false;
        dial.click(); dial.click(); return true";
    eventually("a working button", PATIENCE, async || {
        (app.script(dial).await == true).then_some(())
    })
    .await;
    assert_eq!(office.callee.called().await, BAKERY);
    office.callee.answered().await;
    app.says("On the phone").await;
    assert_eq!(office.callee.calls().len(), 1);

    app.fill("Notes", "Asked about Friday").await;
    app.says("Saved on this computer").await;
    office.softphone.hang_up();
    office.callee.ended().await;
    app.says("Call ended").await;
    app.press_button_starting("File").await;
    let text = office.logged_text().await;
    assert_marker_first(&text);
    assert!(text.contains("Asked about Friday"), "{text}");
    assert_eq!(office.sandbox.phone_calls()[0].source, "outcoming");
    assert_eq!(office.callee.calls().len(), 1);
    assert!(other.calls().is_empty());
    browser.close().await;
    app.close().await;
}

/// As the agent does in the settings.
pub async fn take_tel(app: &Driven) {
    app.look_at("desk").await;
    app.press_button("Settings").await;
    app.press_button("Desktop").await;
    app.press_button("Open tel: links in Callside").await;
    // Its own links are one of the two.
    eventually("tel: links that open in Callside", PATIENCE, async || {
        let words = app.words().await;
        (words.matches("Opens in Callside").count() >= 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_softphone_that_is_gone_is_named_and_comes_back() {
    let Some(mut office) = Office::open().await else {
        return;
    };
    let app = office.desk.drive(&["--hidden"]).await;
    office.is_ready().await;
    office.softphone.kill9();
    office.desk.cli(&["dial", BAKERY]).await.ok();
    app.look_at("card").await;
    app.says("The softphone does not answer").await;
    assert_eq!(app.count("button:not([disabled])", "Dial").await, 0);
    app.close().await;
}
