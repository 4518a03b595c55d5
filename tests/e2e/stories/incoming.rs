//! The phone rings while the agent types elsewhere: the card says who it is, and the log follows.

use std::time::Duration;

use callside_sandbox::book::{BOULANGERIE_MARTIN, FOUR_A_SOLE, MARIE_DUPONT};
use fantoccini::{Client, Locator};

use super::{MARIE, Office, assert_marker_first};
use crate::desk::softphone::CallerId;
use crate::desk::wait::{PATIENCE, eventually, never};
use crate::desk::windows::SCREEN;

/// What stands in the field that the agent types into meanwhile.
async fn typed(page: &Client) -> String {
    let field = page.find(Locator::Id("field")).await.unwrap();
    field.prop("value").await.unwrap().unwrap_or_default()
}

#[tokio::test]
async fn a_ring_names_the_caller_and_leaves_the_keyboard_alone() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let app = desk.drive(&["--hidden"]).await;
    office.is_ready().await;

    // The agent is writing in another program.
    let Some(browser) = desk.browser(&[]).await else {
        return;
    };
    let page = browser.client();
    let make =
        "document.body.innerHTML = '<input id=field>'; document.getElementById('field').focus()";
    page.execute(make, Vec::new()).await.unwrap();
    let elsewhere = desk.window("A CRM").await;
    desk.activate(&elsewhere).await;
    desk.type_text("before").await;
    eventually("the first words", PATIENCE, async || {
        (typed(page).await == "before").then_some(())
    })
    .await;

    let caller = desk.caller(&office.softphone, MARIE).await;
    caller.rings().await;
    app.look_at("card").await;
    app.says("Incoming call").await;
    app.says("Marie Dupont").await;
    app.says("Boulangerie Martin").await;

    // The card is there, in its corner, above all, and the keyboard is where it was.
    let card = desk.window("Callside: call").await;
    let place = desk.geometry(&card).await;
    assert_eq!(place.x + place.width, SCREEN.0 - 16, "{place:?}");
    assert_eq!(place.y + place.height, SCREEN.1 - 16, "{place:?}");
    let states = desk.window_states(&card).await;
    assert!(
        states.contains(&"_NET_WM_STATE_ABOVE".to_owned()),
        "{states:?}"
    );
    never(
        "a change of the active window",
        Duration::from_millis(500),
        async || {
            desk.active_window()
                .await
                .filter(|active| active.id != elsewhere.id)
        },
    )
    .await;
    desk.type_text(" and after").await;
    eventually("the words typed while it rings", PATIENCE, async || {
        (typed(page).await == "before and after").then_some(())
    })
    .await;

    office.softphone.accept();
    caller.answered().await;
    app.says("On the phone").await;
    let active = desk.active_window().await.unwrap();
    assert_eq!(active.id, elsewhere.id, "{active:?}");

    // A click into the notes is the agent's own wish for the keyboard.
    let field = app.element("[data-notes]").await;
    let (x, y, width, height) = field.rectangle().await.unwrap();
    let place = desk.geometry(&card).await;
    let middle = |start: i32, offset: f64, length: f64| start + (offset + length / 2.0) as i32;
    desk.click_at(middle(place.x, x, width), middle(place.y, y, height))
        .await;
    eventually("the keyboard in the card", PATIENCE, async || {
        (desk.active_window().await?.id == card.id).then_some(())
    })
    .await;
    desk.type_text("Wants the oven before Easter").await;
    app.says("Saved on this computer").await;
    assert_eq!(typed(page).await, "before and after");

    caller.hang_up();
    app.says("Call ended").await;
    assert_eq!(office.sandbox.phone_calls().len(), 0);
    desk.press("ctrl+Return").await;
    let text = office.logged_text().await;
    assert_marker_first(&text);
    assert!(text.contains("Wants the oven before Easter"), "{text}");
    assert!(text.contains(MARIE), "{text}");
    let call = &office.sandbox.phone_calls()[0];
    assert_eq!(call.source, "incoming");
    assert_eq!(call.related_id("contact"), Some(MARIE_DUPONT));
    assert_eq!(call.related_id("company"), Some(BOULANGERIE_MARTIN));
    assert_eq!(call.related_id("opportunity"), Some(FOUR_A_SOLE));

    // With the card gone, the keyboard is back where it was.
    eventually("the end of the card", PATIENCE, async || {
        let windows = desk.windows().await;
        (!windows.iter().any(|window| window.id == card.id)).then_some(())
    })
    .await;
    eventually("the keyboard elsewhere", PATIENCE, async || {
        (desk.active_window().await?.id == elsewhere.id).then_some(())
    })
    .await;
    browser.close().await;
    app.close().await;
}

#[tokio::test]
async fn strangers_and_hidden_numbers_get_no_name_and_two_calls_keep_their_own_notes() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let app = desk.drive(&["--hidden"]).await;
    office.is_ready().await;
    app.look_at("card").await;

    let shy = desk.caller_as(&office.softphone, CallerId::Withheld).await;
    shy.rings().await;
    app.says("Withheld number").await;
    shy.hang_up();
    office.call_is("ended").await;

    let stranger = desk.caller(&office.softphone, "+33199009876").await;
    stranger.rings().await;
    app.says("+33 1 99 00 98 76").await;
    app.says("Create contact").await;
    office.softphone.accept();
    stranger.answered().await;
    app.says("On the phone").await;
    app.fill("Notes", "A question about flour").await;
    app.says("Saved on this computer").await;

    // A second call while the first is written about: a tab of its own, and the words stay where they were typed.
    let marie = desk.caller(&office.softphone, MARIE).await;
    marie.rings().await;
    app.says("Marie Dupont").await;
    let tab = app.element("[role=tab]:not([aria-selected=true])").await;
    let field = app.element("[data-notes]").await;
    assert_eq!(
        field.prop("value").await.unwrap().as_deref(),
        Some("A question about flour")
    );
    tab.click().await.unwrap();
    eventually("an empty note on the other tab", PATIENCE, async || {
        let field = app.find(Locator::Css("[data-notes]")).await.ok()?;
        field.prop("value").await.ok()?.filter(String::is_empty)
    })
    .await;
    app.close().await;
}
