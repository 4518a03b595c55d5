//! Where no window may choose its place, the notification does all that the card does at a ring.

use super::{BAKERY, MARIE, Office, assert_marker_first};
use crate::desk::app::binary;
use crate::desk::process::Process;
use crate::desk::wait::{LATER, PATIENCE, eventually, never};

/// The app on a desktop that lets no window choose its place. The windows themselves still need the screen there is.
fn start_unplaced(office: &Office) -> Process {
    let mut command = office.desk.room().command(binary());
    command
        .arg("--hidden")
        .env("WAYLAND_DISPLAY", "wayland-of-nobody")
        .env("GDK_BACKEND", "x11");
    Process::start(&mut command)
}

#[tokio::test]
async fn a_call_is_told_and_filed_by_notifications_alone() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let _app = start_unplaced(&office);
    office.is_ready().await;

    let caller = desk.caller(&office.softphone, MARIE).await;
    let shown = desk.notification("Marie Dupont").await;
    assert!(shown.body.contains("Incoming call"), "{shown:?}");
    assert_eq!(desk.windows().await, []);
    office.softphone.accept();
    caller.answered().await;
    desk.notification("On the phone").await;
    caller.hang_up();
    desk.notification("Call ended").await;
    let offered = desk.offered_actions().await.join("\n");
    assert!(offered.contains("Open in CRM"), "{offered}");
    desk.pick_action("File").await;
    let text = office.logged_text().await;
    assert_marker_first(&text);
    assert_eq!(desk.windows().await, []);
}

#[tokio::test]
async fn a_dial_request_is_confirmed_by_notification() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let _app = start_unplaced(&office);
    office.is_ready().await;
    desk.cli(&[&format!("tel:{BAKERY}")]).await.ok();
    let shown = desk.notification("Dial this number?").await;
    assert!(shown.body.contains("Boulangerie Martin"), "{shown:?}");
    // As long as nobody could have read it, pressing would not count.
    never("a call", LATER + LATER, async || {
        office.callee.calls().pop()
    })
    .await;
    desk.pick_action("Dial").await;
    assert_eq!(office.callee.called().await, BAKERY);
    eventually("the card on request", PATIENCE, async || {
        desk.click_notification().await;
        let windows = desk.windows().await;
        windows
            .into_iter()
            .find(|window| window.title == "Callside: call")
    })
    .await;
}

#[tokio::test]
async fn do_not_disturb_keeps_the_card_away_and_the_call_waits() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    desk.do_not_disturb(true).await;
    let _app = office.start_app().await;
    let caller = desk.caller(&office.softphone, MARIE).await;
    caller.rings().await;
    office.call_is("ringing").await;
    never("a card", LATER, async || desk.windows().await.pop()).await;
    office.softphone.accept();
    office.call_is("answered").await;
    caller.hang_up();
    office.call_is("ended").await;
    assert_eq!(office.calls().await[0]["wrap_up"], "open");
}
