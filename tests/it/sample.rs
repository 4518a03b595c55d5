//! The sample workspace: everything at once, with no account.

use std::time::Duration;

use callside_app::home::Home;
use callside_app::wiring::keychain::Unlock;
use callside_app::wiring::{App, Mode};
use callside_core::call::Happening;
use callside_core::id::ConnectionId;

use crate::desk::{PATIENCE, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_phone_rings_and_the_call_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::under(folder.path()).unwrap();
    let app = App::open(&home, Mode::Sample, Unlock::Auto).await.unwrap();
    let sample = app.sample().unwrap();
    let sellsy = ConnectionId::new("sellsy");
    tokio::time::timeout(PATIENCE, app.engine().sync_now(&sellsy, false))
        .await
        .unwrap()
        .unwrap();
    let facts = app.engine().store().sync_facts(&sellsy).await.unwrap();
    assert!(facts.contacts > 3_000, "{}", facts.contacts);

    assert!(!sample.ring(&app, "nobody of this name"));
    assert!(sample.ring(&app, "marie"));
    assert!(!sample.ring(&app, "luc"), "the phone is busy");
    let card = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(card) = app.engine().cards().await.unwrap().pop() {
                return card;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(card.shown_match().unwrap().contact.name, "Marie Dupont");
    assert!(sample.answer(&app) && !sample.answer(&app));
    assert!(sample.hang_up(&app) && !sample.hang_up(&app));
    let id = card.record.call.id;
    app.engine()
        .say(
            &id,
            Happening::Ended {
                talk_s: None,
                reason: None,
            },
        )
        .await;
    app.engine().file(&id).await.unwrap();
    eventually("the log in the sample CRM", || {
        (sample.logged() == 1).then_some(())
    })
    .await;

    let data = app.home().data().to_owned();
    app.stop().await;
    assert!(!data.exists(), "nothing of the sample is kept");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
