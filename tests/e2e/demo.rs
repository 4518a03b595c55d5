//! The main job, played through the real windows of the sample workspace, with a picture of every step.
//!
//! `make run` does this where there is no display. `CALLSIDE_DEMO` names the folder for the pictures.

#![allow(
    clippy::print_stdout,
    reason = "whoever started the demo reads what it did"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::Locator;

use crate::desk::Desk;
use crate::desk::app::Driven;
use crate::desk::wait::{PATIENCE, eventually};

const NOTE: &str = "Wants the oven before Easter. Send the drawings by Friday.";

/// Pictures of the screen, numbered in the order of the story.
struct Album<'a> {
    desk: &'a Desk,
    folder: PathBuf,
    taken: usize,
}

impl Album<'_> {
    /// Takes a picture once the screen is at rest, and says what it shows.
    async fn take(&mut self, name: &str, caption: &str) {
        self.taken += 1;
        let file = format!("{:02}-{name}.png", self.taken);
        self.desk.settled_picture(&self.folder.join(&file)).await;
        println!("  {file:<28} {caption}");
    }
}

#[tokio::test]
async fn demo() {
    let Some(folder) = std::env::var_os("CALLSIDE_DEMO").map(PathBuf::from) else {
        eprintln!("skipped: the demo runs with CALLSIDE_DEMO=FOLDER (make demo)");
        return;
    };
    let Some(desk) = Desk::start().await else {
        return;
    };
    empty(&folder);
    desk.paint_background().await;
    println!(
        "\nCallside in its sample workspace: a made-up company, nothing leaves this computer.\n"
    );
    let mut album = Album {
        desk: &desk,
        folder: folder.clone(),
        taken: 0,
    };
    let app = desk.drive(&["--sample"]).await;

    app.look_at("desk").await;
    app.says("Make the phone ring").await;
    app.says("Marie Dupont").await;
    contacts_are_there(&app).await;
    // Beside the corner where the card comes up.
    let window = desk.window("Callside").await;
    desk.move_window(&window, 40, 60).await;
    album
        .take(
            "desk",
            "The desk. The panel at the right makes the phone ring.",
        )
        .await;

    press_caller(&app, "Marie Dupont").await;
    app.look_at("card").await;
    app.says("Marie Dupont").await;
    app.says("Boulangerie Martin").await;
    album
        .take(
            "ringing",
            "The phone rings: the card says who it is, without taking the keyboard.",
        )
        .await;

    app.look_at("desk").await;
    app.press_button("Answer").await;
    app.look_at("card").await;
    app.says("On the phone").await;
    app.says("Four à sole").await;
    app.fill("Notes", NOTE).await;
    tag(&app, "quote").await;
    app.press_button("Outcome: No outcome").await;
    app.choose("Reached").await;
    app.says("Saved on this computer").await;
    album
        .take(
            "talking",
            "Answered. The note and the tag are on the disk while you talk.",
        )
        .await;

    app.look_at("desk").await;
    app.press_button("Hang up").await;
    app.look_at("card").await;
    app.says("Call ended").await;
    app.says("Goes to Sellsy").await;
    album
        .take(
            "wrap-up",
            "The call is over: the card says where it will go.",
        )
        .await;

    // As the agent would, with the keyboard: the note has it since it was clicked.
    let note = app.element("[data-notes]").await;
    note.click().await.unwrap();
    let card = desk.window("Callside: call").await;
    eventually("the keyboard in the card", PATIENCE, async || {
        (desk.active_window().await?.id == card.id).then_some(())
    })
    .await;
    desk.press("ctrl+Return").await;
    app.says("Undo").await;
    album
        .take(
            "filed",
            "Filed with Ctrl+Enter. For five seconds it can be undone.",
        )
        .await;

    app.look_at("desk").await;
    app.says("Sample CRM: 1 call logged").await;
    eventually(
        "the mark of delivery",
        Duration::from_secs(20),
        async || {
            let delivered = Locator::Css("[aria-label='In the CRM'], [title='In the CRM']");
            let words = app.words().await;
            let marked = app.find(delivered).await.is_ok() || words.contains("Delivered");
            marked.then_some(())
        },
    )
    .await;
    album
        .take(
            "delivered",
            "Delivered: the desk tells the story of the call, to the record in the CRM.",
        )
        .await;

    let crm = desk.recording_handler(&["http"]).await;
    app.press_button("Sample CRM: 1 call logged").await;
    let opened = eventually("the address of the CRM", PATIENCE, async || {
        crm.calls().pop()?.pop()
    })
    .await;
    if let Some(browser) = desk.browser_at(&opened).await {
        let words = browser.words().await;
        assert!(words.contains("Marie Dupont"), "{words}");
        assert!(words.contains(NOTE), "{words}");
        album.take("crm", "The same call in the sample CRM.").await;
        browser.close().await;
    }
    println!(
        "\nA call came in, was noted, tagged, filed and delivered. {} pictures are in\n  {}\n",
        album.taken,
        folder.display()
    );
    app.close().await;
}

/// Waits until the sample company is copied, so that the first ring has a name.
async fn contacts_are_there(app: &Driven) {
    eventually(
        "the copy of the contacts",
        Duration::from_secs(60),
        async || app.words().await.contains("contacts, synced").then_some(()),
    )
    .await;
}

async fn press_caller(app: &Driven, name: &str) {
    let path = format!("//aside//button[contains(., '{name}')]");
    app.find(Locator::XPath(&path))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
}

async fn tag(app: &Driven, tag: &str) {
    let field = app.element("[data-tags]").await;
    field.send_keys(&format!("{tag}\u{e007}")).await.unwrap();
    app.says(&format!("#{tag}")).await;
}

/// Pictures of an earlier demo would only confuse.
fn empty(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|kind| kind == "png") {
            std::fs::remove_file(file).unwrap();
        }
    }
}
