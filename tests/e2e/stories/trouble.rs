//! What is missing or broken on the machine is said in the window, and the work goes on.

use super::{MARIE, Office};
use crate::desk::Desk;
use crate::desk::wait::{PATIENCE, eventually};
use crate::scenes::damage;

#[tokio::test]
async fn without_a_keychain_the_first_steps_ask_and_the_passphrase_is_asked_again() {
    let Some(desk) = Desk::with().without_keychain().start().await else {
        return;
    };
    let app = desk.drive(&[]).await;
    app.look_at("wizard").await;
    app.press_button_starting("Connect my CRM").await;
    app.says("Where should sign-ins be kept?").await;
    assert_eq!(app.count("button:not([disabled])", "Continue").await, 0);
    app.fill("Passphrase", "a tall pile of books").await;
    app.fill("The same again", "a tall pile of books").await;
    app.press_button("Use the passphrase").await;
    app.press_button("Continue").await;
    app.says("Where are your contacts?").await;
    app.says("Sellsy").await;
    app.close().await;
    desk.kill9_app().await;

    let app = desk.drive(&[]).await;
    app.look_at("wizard").await;
    app.press_button_starting("Connect my CRM").await;
    app.says("Give your passphrase").await;
    app.fill("Passphrase", "a small pile of books").await;
    app.press_button("Unlock").await;
    app.says("This passphrase does not open your data.").await;
    let field = app.element("input[type=password]").await;
    field.clear().await.unwrap();
    app.fill("Passphrase", "a tall pile of books").await;
    app.press_button("Unlock").await;
    app.says_no_more("Give your passphrase").await;
    app.close().await;
}

#[tokio::test]
async fn without_a_keychain_a_session_may_store_nothing_and_says_so() {
    let Some(desk) = Desk::with().without_keychain().start().await else {
        return;
    };
    let app = desk.drive(&[]).await;
    app.look_at("wizard").await;
    app.press_button_starting("Connect my CRM").await;
    app.press_button("Store nothing").await;
    for (button, next) in [
        ("Continue", "Where are your contacts?"),
        ("Later", "Which softphone do you use?"),
        ("Continue", "What opens a number you click?"),
    ] {
        app.press_button(button).await;
        app.says(next).await;
    }
    app.press_button("Start").await;
    app.look_at("desk").await;
    app.says("Nothing is stored").await;
    app.close().await;
}

#[tokio::test]
async fn a_locked_keychain_is_named() {
    let Some(office) = Office::open().await else {
        return;
    };
    office.desk.lock_keychain().await;
    let app = office.desk.drive(&[]).await;
    app.look_at("wizard").await;
    app.press_button_starting("Connect my CRM").await;
    app.says("keychain is locked").await;
    app.close().await;
}

#[tokio::test]
async fn without_a_display_the_command_line_says_what_to_do() {
    let bare = Desk::with().without_display().without_notifications();
    let Some(desk) = bare.start().await else {
        return;
    };
    for words in [&[][..], &["tel:+33199001001"], &["dial", "+33199001001"]] {
        let outcome = desk.cli(words).await;
        assert_eq!(outcome.status, Some(1), "{words:?}: {outcome:?}");
        assert!(outcome.stderr.contains("display"), "{outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    }
}

#[tokio::test]
async fn broken_settings_are_named_and_the_last_good_ones_stay_in_force() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    let app = desk.drive(&[]).await;
    office.is_ready().await;
    let file = desk.app_home().join("config.toml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("[sync]\ninterval_s = \"often\"\n");
    let line = text.lines().count();
    std::fs::write(&file, &text).unwrap();
    app.look_at("desk").await;
    app.says("The settings cannot be read").await;
    app.says("interval_s").await;
    app.says(&line.to_string()).await;
    app.close().await;
    desk.kill9_app().await;

    // Also at the next start: the CRM is still known.
    let app = desk.drive(&[]).await;
    app.look_at("desk").await;
    app.says("The settings cannot be read").await;
    app.says("contacts, synced").await;
    app.close().await;
}

#[tokio::test]
async fn a_damaged_copy_of_the_contacts_is_made_anew() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    damage(&desk.app_home().join("cache.db"));
    let app = desk.drive(&[]).await;
    app.look_at("desk").await;
    app.says("The copy of the contacts was damaged").await;
    eventually("the contacts", PATIENCE, async || {
        let found = desk.cli(&["lookup", MARIE, "--json"]).await.json();
        (found["matches"][0]["name"] == "Marie Dupont").then_some(())
    })
    .await;
    app.close().await;
}

#[tokio::test]
async fn a_damaged_journal_is_kept_aside_and_said() {
    let Some(office) = Office::open().await else {
        return;
    };
    let desk = &office.desk;
    damage(&desk.app_home().join("journal.db"));
    let app = desk.drive(&[]).await;
    app.look_at_one_of(&["desk", "wizard"]).await;
    app.says("The journal could not be read. It is kept as")
        .await;
    let kept = std::fs::read_dir(desk.app_home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("journal") && !name.starts_with("journal.db"))
        .count();
    assert!(kept > 0, "nothing was kept aside");
    office.is_ready().await;
    let caller = desk.caller(&office.softphone, MARIE).await;
    caller.rings().await;
    office.call_is("ringing").await;
    app.close().await;
}
