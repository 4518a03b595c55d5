//! The parts of the desk by themselves, without the app: when one of these fails, the machine is at fault, not Callside.

use std::time::Duration;

use crate::desk::Desk;
use crate::desk::cloud::{Config, agent_email};
use crate::desk::process::{Process, pids_of};
use crate::desk::softphone::{CallerId, Manner};
use crate::desk::wait::{PATIENCE, eventually};

#[tokio::test]
async fn a_secret_is_kept_and_given_back() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let store = ["store", "--label=A test", "part", "keychain"];
    desk.room()
        .run_with("secret-tool", &store, "quiet words")
        .await
        .ok();
    let found = desk
        .run("secret-tool", &["lookup", "part", "keychain"])
        .await;
    assert_eq!(found.ok(), "quiet words");
}

#[tokio::test]
async fn a_desk_without_a_keychain_has_none() {
    let Some(desk) = Desk::with()
        .without_keychain()
        .without_display()
        .without_notifications()
        .start()
        .await
    else {
        return;
    };
    let found = desk
        .run("secret-tool", &["lookup", "part", "keychain"])
        .await;
    assert_eq!(found.status, Some(1));
    assert!(
        found.stderr.contains("org.freedesktop.secrets"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_locked_keychain_gives_nothing() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let store = ["store", "--label=A test", "part", "keychain"];
    desk.room()
        .run_with("secret-tool", &store, "quiet words")
        .await
        .ok();
    desk.lock_keychain().await;
    let found = desk
        .run("secret-tool", &["search", "part", "keychain"])
        .await;
    assert!(!found.stdout.contains("quiet words"), "{found:?}");
}

#[tokio::test]
async fn a_notification_is_shown_and_its_actions_work() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    // It prints the key of the action that was picked, and ends.
    let mut sender = Process::start(desk.room().command("notify-send").args([
        "--app-name=A test",
        "--wait",
        "--action=open=Open the card",
        "--action=note=Write a note",
        "Somebody calls",
        "About an oven",
    ]));
    let shown = desk.notification("Somebody calls").await;
    assert_eq!(shown.app, "A test");
    assert_eq!(shown.body, "About an oven");
    let offered = desk.offered_actions().await.join("\n");
    assert!(offered.contains("Open the card"), "{offered}");
    assert!(offered.contains("Write a note"), "{offered}");

    desk.pick_action("Write a note").await;
    sender
        .line("the picked action", PATIENCE, |line| {
            (line == "note").then_some(())
        })
        .await;
    eventually("the sender's end", PATIENCE, async || sender.ended()).await;
}

#[tokio::test]
async fn a_call_rings_is_answered_and_ends() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let softphone = desk.softphone().await;
    let control = softphone.listen().await;

    let caller = desk.caller(&softphone, "+33639980123").await;
    let ringing = control.event("CALL_INCOMING").await;
    let peer = ringing["peeruri"].as_str().unwrap();
    assert!(peer.starts_with("sip:+33639980123@"), "{ringing}");
    caller.rings().await;

    softphone.accept();
    control.event("CALL_ESTABLISHED").await;
    caller.answered().await;

    caller.hang_up();
    control.event("CALL_CLOSED").await;
}

#[tokio::test]
async fn a_caller_gives_up_or_is_declined_or_withholds_the_number() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let softphone = desk.softphone().await;

    let control = softphone.listen().await;
    let impatient = desk.caller(&softphone, "+33639980124").await;
    control.event("CALL_INCOMING").await;
    impatient.rings().await;
    impatient.hang_up();
    control.event("CALL_CLOSED").await;
    drop(control);

    let control = softphone.listen().await;
    let unwanted = desk
        .caller_as(
            &softphone,
            CallerId::Number("+33639980125", Some("Ana Roche")),
        )
        .await;
    let ringing = control.event("CALL_INCOMING").await;
    assert_eq!(ringing["peerdisplayname"], "Ana Roche");
    softphone.hang_up();
    unwanted.ended().await;
    control.event("CALL_CLOSED").await;
    drop(control);

    let control = softphone.listen().await;
    let _shy = desk.caller_as(&softphone, CallerId::Withheld).await;
    let ringing = control.event("CALL_INCOMING").await;
    assert_eq!(ringing["peeruri"], "sip:anonymous@anonymous.invalid");
}

#[tokio::test]
async fn a_number_is_dialled_and_the_callee_counts_one_call() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let softphone = desk.softphone().await;
    let mut control = softphone.listen().await;
    let callee = desk.callee().await;

    let address = format!("sip:+33199001234@{}", callee.domain());
    control.command("dial", &address, "t1");
    assert_eq!(control.answer("t1").await["ok"], true);
    control.event("CALL_RINGING").await;
    control.event("CALL_ESTABLISHED").await;
    callee.answered().await;
    assert_eq!(callee.calls(), ["+33199001234"]);

    softphone.hang_up();
    control.event("CALL_CLOSED").await;
    callee.ended().await;
}

#[tokio::test]
async fn a_callee_may_be_busy_or_hang_up_first() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let softphone = desk.softphone().await;

    let control = softphone.listen().await;
    let busy = desk.callee_who(Manner::Busy).await;
    softphone.dial(&format!("sip:+33199001235@{}", busy.domain()));
    assert_eq!(busy.called().await, "+33199001235");
    let closed = control.event("CALL_CLOSED").await;
    assert!(
        closed["param"].as_str().unwrap().contains("Busy"),
        "{closed}"
    );
    drop(control);

    let control = softphone.listen().await;
    let brief = desk
        .callee_who(Manner::Answers {
            after: Duration::ZERO,
            hangs_up_after: Some(Duration::from_millis(300)),
        })
        .await;
    softphone.dial(&format!("sip:+33199001236@{}", brief.domain()));
    control.event("CALL_ESTABLISHED").await;
    control.event("CALL_CLOSED").await;
    brief.ended().await;
}

#[tokio::test]
async fn a_link_reaches_its_handler_as_one_argument() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    assert_eq!(desk.handler_of("tel").await, None);
    let recorder = desk.recording_handler(&["tel", "callto"]).await;
    assert_eq!(
        desk.handler_of("tel").await.as_deref(),
        Some("other-softphone.desktop")
    );

    let links = [
        "tel:+33 1 99 00 12 34",
        "tel:+33199001234;ext=$(id)&x=\"y\"",
        "callto:+33199001234",
    ];
    desk.gio_open(links[0]).await.ok();
    desk.xdg_open(links[1]).await.ok();
    desk.xdg_open(links[2]).await.ok();
    let mut calls = eventually("three calls of the handler", PATIENCE, async || {
        Some(recorder.calls()).filter(|calls| calls.len() == 3)
    })
    .await;
    calls.sort();
    let mut expected = links.map(|link| vec![link.to_owned()]);
    expected.sort();
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn a_link_reaches_its_handler_without_a_desktop_environment() {
    let Some(desk) = Desk::with()
        .without_desktop_environment()
        .without_notifications()
        .start()
        .await
    else {
        return;
    };
    let recorder = desk.recording_handler(&["tel"]).await;
    desk.xdg_open("tel:+33199001234").await.ok();
    assert_eq!(recorder.calls(), [["tel:+33199001234"]]);
}

#[tokio::test]
async fn a_click_in_the_browser_reaches_the_handler() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let recorder = desk.recording_handler(&["tel"]).await;
    let Some(browser) = desk.browser(&[("call", "tel:+33199001234")]).await else {
        return;
    };
    browser.click_link("call").await;
    let calls = eventually("a call of the handler", PATIENCE, async || {
        Some(recorder.calls()).filter(|calls| !calls.is_empty())
    })
    .await;
    assert_eq!(calls, [["tel:+33199001234"]]);
    browser.close().await;
}

#[tokio::test]
async fn the_window_manager_knows_windows_focus_and_places() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    assert_eq!(desk.active_window().await, None);
    let mut message = Process::start(desk.room().command("xmessage").args([
        "-title",
        "First note",
        "-buttons",
        "Fine:7",
        "-default",
        "Fine",
        "A note",
    ]));
    let window = desk.window("First note").await;
    desk.activate(&window).await;
    eventually("the focus", PATIENCE, async || {
        (desk.active_window().await.as_ref() == Some(&window)).then_some(())
    })
    .await;
    let place = desk.geometry(&window).await;
    assert!(place.width > 50 && place.height > 20, "{place:?}");

    let folder = Desk::picture_folder("e2e/parts");
    desk.paint_background().await;
    desk.picture(&folder.join("screen.png")).await;
    desk.picture_of(&window, &folder.join("window.png")).await;
    assert!(folder.join("window.png").exists());

    desk.press("Return").await;
    let status = eventually("the end of the note", PATIENCE, async || message.ended()).await;
    assert_eq!(status.code(), Some(7));
}

#[tokio::test]
async fn everything_on_the_desk_ends_with_it() {
    let Some(desk) = Desk::start().await else {
        return;
    };
    let folder = desk.folder().to_owned();
    // A daemon that left its process group, and a browser, which hides its environment.
    desk.run("setsid", &["--fork", "sleep", "1000"]).await.ok();
    let browser = desk.browser(&[]).await;
    assert!(pids_of(&folder).len() > 4);
    drop(browser);
    drop(desk);
    assert_eq!(pids_of(&folder), []);
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_french_desk_speaks_french() {
    let Some(desk) = Desk::with()
        .in_french()
        .without_display()
        .without_notifications()
        .start()
        .await
    else {
        return;
    };
    let day = desk.run("date", &["--date=2026-02-02", "+%A"]).await;
    assert_eq!(day.ok().trim(), "lundi");
}

#[tokio::test]
async fn the_crm_answers_and_the_settings_lead_to_it() {
    let Some(desk) = Desk::with()
        .without_display()
        .without_notifications()
        .without_keychain()
        .start()
        .await
    else {
        return;
    };
    let sandbox = desk.sandbox().await;
    let page = reqwest::get(sandbox.page_url()).await.unwrap();
    assert!(page.status().is_success());

    Config::for_crm(&sandbox).write(&desk);
    let text = std::fs::read_to_string(desk.app_home().join("config.toml")).unwrap();
    assert!(text.contains(&sandbox.api_url()), "{text}");
    assert!(text.contains(&agent_email()), "{text}");
}
