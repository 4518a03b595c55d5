//! Links from anywhere: cold starts, second instances, floods and hostile ones.

use std::time::Duration;

use super::{BAKERY, MARIE, Office};
use crate::desk::wait::{LATER, PATIENCE, eventually, never};

#[tokio::test]
async fn a_link_starts_the_app_and_later_ones_go_to_the_same() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let app = desk.drive(&[&format!("tel:{BAKERY}")]).await;
    app.look_at("card").await;
    app.says("Call this number?").await;
    app.says("Boulangerie Martin").await;
    // A click elsewhere asked for this, not for the desk window.
    let card = desk.window("Callside: call").await;
    let shown = desk.windows().await;
    assert_eq!(shown, [card]);

    desk.cli(&[&format!("tel:{MARIE}")]).await.ok();
    app.says("Marie Dupont").await;
    assert_eq!(desk.instances(), 1);
    assert!(office.callee.calls().is_empty());

    app.press_button_starting("Cancel").await;
    eventually("the end of the card", PATIENCE, async || {
        desk.windows().await.is_empty().then_some(())
    })
    .await;
    app.close().await;
}

#[tokio::test]
async fn the_system_itself_starts_the_app_for_its_own_links() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let mut app = office.start_app().await;
    eventually("the handler of callside:", PATIENCE, async || {
        desk.handler_of("callside").await
    })
    .await;
    assert_eq!(desk.handler_of("tel").await, None);
    app.stop().await;

    let ring = format!("callside:call/ringing?from=%2B{}&id=cold-1", &MARIE[1..]);
    desk.xdg_open(&ring).await.ok();
    desk.window("Callside: call").await;
    let calls = office.calls().await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["remote_number"], MARIE);
    assert_eq!(calls[0]["state"], "ringing");
    desk.xdg_open("callside:call/ended?id=cold-1").await.ok();
    office.call_is("ended").await;
    assert_eq!(desk.instances(), 1);
}

#[tokio::test]
async fn of_many_links_three_are_shown_and_the_rest_is_said_to_be_dropped() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let app = desk.drive(&["--hidden"]).await;
    office.is_ready().await;
    for last in 1..=6 {
        // Dropping is no failure of the program that passed the link on.
        desk.cli(&[&format!("tel:+3319900100{last}")]).await;
    }
    desk.notification("Too many dial requests").await;
    app.look_at("card").await;
    app.says("+33 1 99 00 10 03").await;
    never("a fourth request", LATER, async || {
        let words = app.words().await;
        (4..=6)
            .find(|last| words.contains(&format!("99 00 10 0{last}")))
            .map(|_| words)
    })
    .await;
    assert!(office.callee.calls().is_empty());
    app.close().await;
}

#[tokio::test]
async fn hostile_links_are_refused_with_a_notice_and_reach_no_softphone() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let _app = office.start_app().await;
    let long = format!("tel:{}", "1".repeat(5_000));
    let hostile = [
        "tel:*%2306%23",
        "tel:*21*%2B33199001001%23",
        "tel://",
        "tel:",
        "tel:nobody",
        long.as_str(),
        "tel:+33199\u{7}001001",
        "tel:%00%0a%0d+33199001001",
        "sip:%0d%0aBYE@x",
        "callto:$(reboot)",
        "callside:call/ringing/../..?from=1",
        "callside:run?cmd=reboot",
    ];
    for link in hostile {
        desk.clear_notifications().await;
        let seen = desk.notifications().len();
        desk.cli(&[link]).await;
        let start: String = link.chars().take(40).collect();
        eventually(&format!("a notice about {start:?}"), PATIENCE, async || {
            (desk.notifications().len() > seen).then_some(())
        })
        .await;
        let shown = desk.windows().await;
        assert!(shown.is_empty(), "{start:?} opened {shown:?}");
    }
    // What the notices say is ours, not the link's.
    for shown in desk.notifications() {
        assert!(!shown.body.contains("reboot"), "{shown:?}");
    }
    assert_eq!(office.calls().await.len(), 0);
    never("a call", Duration::from_millis(300), async || {
        office.callee.calls().pop()
    })
    .await;
}
