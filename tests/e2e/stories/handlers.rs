//! Who opens links on this machine: seen, tested, taken and given back in the settings.

use super::Office;
use super::dialing::take_tel;
use crate::desk::wait::{PATIENCE, eventually};

#[tokio::test]
async fn own_links_are_registered_and_phone_links_taken_only_when_told() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let other = desk.recording_handler(&["tel"]).await;
    assert_eq!(desk.handler_of("callside").await, None);
    let app = desk.drive(&[]).await;
    office.is_ready().await;

    eventually("the handler of callside:", PATIENCE, async || {
        let owner = desk.handler_of("callside").await?;
        owner.starts_with("callside").then_some(())
    })
    .await;
    for scheme in ["callto", "sip", "sips"] {
        assert_eq!(desk.handler_of(scheme).await, None, "{scheme}");
    }
    let before = desk.handler_of("tel").await;
    assert_eq!(before.as_deref(), Some("other-softphone.desktop"));

    app.look_at("desk").await;
    app.press_button("Settings").await;
    app.press_button("Desktop").await;
    app.says("Opens in Other softphone").await;
    app.press_button("Test callside: links").await;
    app.says("The link came to Callside.").await;
    take_tel(&app).await;
    app.press_button("Test tel: links").await;
    eventually("a test of tel:", PATIENCE, async || {
        let words = app.words().await;
        (words.matches("The link came to Callside.").count() == 2).then_some(())
    })
    .await;
    app.press_button("Give tel: links back").await;
    app.says("Opens in Other softphone").await;
    assert_eq!(desk.handler_of("tel").await, before);
    assert!(other.calls().is_empty());
    app.close().await;
}
