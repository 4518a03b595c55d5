//! A picture of every window in every mood, in both languages and both themes, for the documentation.
//!
//! `CALLSIDE_PICTURES` names the folder; `make pictures` sets it.

use fantoccini::Locator;
use serde_json::Value;

use crate::desk::app::{Driven, binary};
use crate::desk::wait::{PATIENCE, eventually};
use crate::desk::{Desk, Furniture, LONG};
use crate::scenes::{Camera, Stage, is_titled};

/// Who calls in the sample workspace, by the place in the panel.
const MARIE: usize = 1;
const SHARED: usize = 6;
const STRANGER: usize = 7;

/// The pages of the desk, by their place in the rail.
const CALLS: usize = 1;
const TO_FILE: usize = 2;
const CONTACTS: usize = 3;
const OVERVIEW: usize = 4;
const SETTINGS: usize = 5;
const DIAGNOSTICS: usize = 6;

/// Minutes before now, seconds of talk, the number, the note and the tag in both languages.
type Earlier = (i64, u32, &'static str, [&'static str; 2], [&'static str; 2]);

/// The last hour: minutes before now, seconds of talk (none was missed), the number, the note and the tag in both
/// languages.
const EARLIER: [Earlier; 11] = [
    (
        3,
        75,
        "+33639980145",
        [
            "Visits the showroom on Thursday.",
            "Passe à la salle d’exposition jeudi.",
        ],
        ["visit", "visite"],
    ),
    (7, 0, "+33199001040", ["", ""], ["", ""]),
    (
        11,
        95,
        "+33261911005",
        ["Asked for the invoice again.", "Redemande la facture."],
        ["invoice", "facture"],
    ),
    (
        17,
        240,
        "+33199001177",
        [
            "Two vans for the spring.",
            "Deux utilitaires pour le printemps.",
        ],
        ["quote", "devis"],
    ),
    (
        22,
        130,
        "+33639980123",
        [
            "Prefers delivery before eight.",
            "Préfère être livrée avant huit heures.",
        ],
        ["delivery", "livraison"],
    ),
    (27, 0, "+33639980188", ["", ""], ["", ""]),
    (
        34,
        320,
        "+33639980145",
        [
            "Wants samples of the oak front.",
            "Veut des échantillons de chêne.",
        ],
        ["quote", "devis"],
    ),
    (
        39,
        65,
        "+33199001001",
        [
            "Called back, line busy before.",
            "A rappelé, ligne occupée avant.",
        ],
        ["callback", "rappel"],
    ),
    (
        45,
        230,
        "+33261911005",
        ["Bar renovation starts in May.", "Le bar commence en mai."],
        ["project", "chantier"],
    ),
    (50, 0, "+33199001177", ["", ""], ["", ""]),
    (
        56,
        180,
        "+33199001040",
        ["New price list for flour.", "Nouveaux tarifs de la farine."],
        ["prices", "tarifs"],
    ),
];

#[tokio::test]
async fn english_light() {
    take("en-light", |desk| desk).await;
}

#[tokio::test]
async fn english_dark() {
    take("en-dark", Furniture::dark).await;
}

#[tokio::test]
async fn french_light() {
    take("fr-light", Furniture::in_french).await;
}

#[tokio::test]
async fn french_dark() {
    take("fr-dark", |desk| desk.in_french().dark()).await;
}

/// The pictures of one language and one theme.
struct Album {
    desk: Desk,
    camera: Camera,
}

impl Album {
    fn in_french(&self) -> bool {
        self.camera.in_french()
    }

    /// Takes a picture of the window with this title.
    async fn take(&self, title: &str, name: &str) {
        self.camera.take(&self.desk, title, name).await;
    }
}

async fn take(series: &'static str, furnish: impl Fn(Furniture) -> Furniture) {
    let Some(camera) = Camera::wanted(series) else {
        return;
    };
    let Some(desk) = furnish(Desk::with()).start().await else {
        return;
    };
    desk.paint_background().await;
    let folder = camera.folder.clone();
    let album = Album { desk, camera };
    first_steps(&album).await;
    sample(&album).await;
    let french = album.in_french();
    drop(album);
    for questions in [false, true] {
        let camera = Camera::new(folder.clone(), series);
        let stage = Stage::set(furnish(Desk::with()), french, Some(camera)).await;
        let mut stage = stage.expect("the desk of before");
        if questions {
            stage.questions().await;
            stage = stage.restored().await;
        } else {
            stage.deliveries().await;
        }
        stage.strike().await;
    }
}

async fn first_steps(album: &Album) {
    let app = album.desk.drive(&[]).await;
    app.look_at("wizard").await;
    let title = wizard_title(album);
    app.element(".way.first").await;
    album.take(title, "wizard-welcome").await;
    click(&app, ".way.first").await;
    app.element("main.step").await;
    album.take(title, "wizard-crm").await;
    app.close().await;
    album.desk.kill9_app().await;
}

fn wizard_title(album: &Album) -> &'static str {
    if album.in_french() {
        "premiers pas"
    } else {
        "first steps"
    }
}

fn card_title(album: &Album) -> &'static str {
    if album.in_french() {
        "appel"
    } else {
        "Callside: call"
    }
}

async fn sample(album: &Album) {
    let desk = &album.desk;
    let app = desk.drive(&["--sample"]).await;
    app.look_at("desk").await;
    app.element("aside.panel li").await;
    let window = desk.window("Callside").await;
    desk.move_window(&window, 40, 60).await;
    eventually("the contacts", LONG, async || {
        let found = desk.cli(&["lookup", "+33639980123", "--json"]).await;
        let found: Value = serde_json::from_str(&found.stdout).ok()?;
        (found["matches"][0]["name"] == "Marie Dupont").then_some(())
    })
    .await;
    earlier_calls(album).await;
    app.look_at("card").await;
    no_offer(&app).await;
    app.look_at("desk").await;

    cards(album, &app).await;

    app.look_at("desk").await;
    close_panel(&app).await;
    go(&app, CALLS).await;
    app.element("button.row").await;
    pick_row(&app, 2).await;
    album.take("Callside", "desk-calls").await;
    go(&app, TO_FILE).await;
    app.element("button.row").await;
    pick_row(&app, 1).await;
    album.take("Callside", "desk-to-file").await;
    go(&app, CONTACTS).await;
    app.element("input[type=search]")
        .await
        .send_keys("martin")
        .await
        .unwrap();
    app.says("Boulangerie Martin").await;
    click(&app, "section.middle li button, section.middle button.row").await;
    app.says("+33 1 99 00 10 01").await;
    album.take("Callside", "desk-contacts").await;
    go(&app, OVERVIEW).await;
    eventually("the figures", PATIENCE, async || {
        // The share of answered calls.
        app.words().await.contains('%').then_some(())
    })
    .await;
    album.take("Callside", "desk-overview").await;
    go(&app, SETTINGS).await;
    for (place, room) in [
        "connections",
        "telephony",
        "logging",
        "desktop",
        "general",
        "privacy",
        "advanced",
    ]
    .iter()
    .enumerate()
    {
        click(
            &app,
            &format!(".settings nav button:nth-of-type({})", place + 1),
        )
        .await;
        name_as_installed(&app).await;
        album
            .take("Callside", &format!("desk-settings-{room}"))
            .await;
    }
    go(&app, DIAGNOSTICS).await;
    eventually("the diagnosis", PATIENCE, async || {
        (app.words().await.lines().count() > 25).then_some(())
    })
    .await;
    album.take("Callside", "desk-diagnostics").await;
    sandbox_page(album, &app).await;
    app.close().await;
}

/// A few days of calls, some filed, some missed.
async fn earlier_calls(album: &Album) {
    let desk = &album.desk;
    let language = usize::from(album.in_french());
    let status = desk.cli(&["status", "--json"]).await.json();
    let key = status["hooks"]["key"].as_str().unwrap();
    let now = jiff::Timestamp::now();
    for (place, (minutes, talk, number, note, tag)) in EARLIER.iter().enumerate().rev() {
        let began = now - jiff::SignedDuration::from_mins(*minutes);
        let answered = began + jiff::SignedDuration::from_secs(8);
        let ended = answered + jiff::SignedDuration::from_secs(i64::from(*talk));
        let talk_s = talk.to_string();
        let id = format!("earlier-{place}");
        let report = async |state: &str, at: jiff::Timestamp, more: &[&str]| {
            let at = at.to_string();
            let mut words = vec!["call", state, "--id", &id, "--app", "desk", "--key", key];
            words.extend([
                "--from", number, "--dir", "in", "--line", "Paris", "--at", &at,
            ]);
            words.extend(more);
            desk.cli(&words).await.ok();
        };
        report("ringing", began, &[]).await;
        if *talk > 0 {
            report("answered", answered, &[]).await;
        }
        report("ended", ended, &["--dur", &talk_s]).await;
        // A call that nobody answered files itself.
        if *talk > 0 {
            let call = newest(desk, number).await;
            let mut words = vec!["wrap-up", &call, "--file", "--disposition", "reached"];
            words.extend(["--note", note[language], "--tag", tag[language]]);
            desk.cli(&words).await.ok();
        }
    }
}

async fn newest(desk: &Desk, number: &str) -> String {
    eventually("a call in the list", PATIENCE, async || {
        let calls = desk.cli(&["calls", "--json"]).await.json();
        let calls = calls.as_array()?;
        let open = calls.iter().find(|call| {
            call["remote_number"] == number && call["state"] == "ended" && call["wrap_up"] == "open"
        });
        open?["id"].as_str().map(str::to_owned)
    })
    .await
}

async fn cards(album: &Album, app: &Driven) {
    let title = card_title(album);
    ring(app, MARIE).await;
    app.look_at("card").await;
    app.says("Marie Dupont").await;
    app.says("Four à sole").await;
    album.take(title, "card-ringing").await;
    app.look_at("desk").await;
    click(app, "aside.panel .acts button").await;
    app.look_at("card").await;
    app.element(".pick .choice").await;
    let note = app.element("[data-notes]").await;
    let words = if album.in_french() {
        "Veut le four avant Pâques. Envoyer les plans vendredi."
    } else {
        "Wants the oven before Easter. Send the drawings by Friday."
    };
    note.send_keys(words).await.unwrap();
    let tag = app.element("[data-tags]").await;
    let word = if album.in_french() {
        "devis\u{e007}"
    } else {
        "quote\u{e007}"
    };
    tag.send_keys(word).await.unwrap();
    album.take(title, "card-talking").await;
    hang_up(app).await;
    app.look_at("card").await;
    app.element(".bar .going").await;
    album.take(title, "card-wrap-up").await;
    click(app, ".bar .acts > button:last-of-type").await;
    app.element(".undo").await;
    album.take(title, "card-undo").await;

    for (caller, words, name) in [
        (STRANGER, "+33 1 99 00 98 76", "card-unknown"),
        (SHARED, "Lefort", "card-several"),
    ] {
        app.look_at("desk").await;
        ring(app, caller).await;
        app.look_at("card").await;
        app.says(words).await;
        no_offer(app).await;
        album.take(title, name).await;
        app.look_at("desk").await;
        click(app, "aside.panel .acts button").await;
        hang_up(app).await;
        app.look_at("card").await;
        app.element(".bar .going").await;
        // Aside, to be found again among the calls to file.
        let aside = app.element("body").await;
        aside.send_keys("\u{e00c}").await.unwrap();
        eventually("the end of the card", PATIENCE, async || {
            let windows = album.desk.windows().await;
            (!windows.iter().any(|window| is_titled(window, title))).then_some(())
        })
        .await;
    }

    album.desk.cli(&["tel:+61255501234"]).await.ok();
    app.says("+61 2 5550 1234").await;
    eventually("the button", PATIENCE, async || {
        let ready = app.find(Locator::Css(
            ".request .acts button:last-of-type:not([disabled])",
        ));
        ready.await.ok()
    })
    .await;
    album.take(title, "card-dial-request").await;
    click(app, ".request .acts button").await;
}

/// Recipes name the program: as where it is installed, not where it was built.
async fn name_as_installed(app: &Driven) {
    let built = serde_json::to_string(&binary().to_string_lossy()).unwrap();
    let script = format!(
        "const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
         while (texts.nextNode()) {{
             const text = texts.currentNode;
             if (text.data.includes({built})) text.data = text.data.replaceAll({built}, '/usr/bin/callside');
         }}"
    );
    app.script(&script).await;
}

/// Waits until no filed call offers to be undone.
async fn no_offer(app: &Driven) {
    eventually("a card without the last call", LONG, async || {
        app.find(Locator::Css(".undo")).await.is_err().then_some(())
    })
    .await;
}

async fn ring(app: &Driven, caller: usize) {
    click(app, &format!("aside.panel li:nth-of-type({caller}) button")).await;
}

async fn hang_up(app: &Driven) {
    app.look_at("desk").await;
    eventually("an answered call", PATIENCE, async || {
        let buttons = app.find_all(Locator::Css("aside.panel .acts button"));
        (buttons.await.ok()?.len() == 1).then_some(())
    })
    .await;
    click(app, "aside.panel .acts button").await;
}

async fn go(app: &Driven, page: usize) {
    let place = format!("nav.rail button.place:nth-of-type({})", page + 1);
    click(app, &place).await;
    app.element(&format!("{place}.on")).await;
}

async fn pick_row(app: &Driven, row: usize) {
    let script = format!(
        "document.querySelectorAll('button.row')[{}].click()",
        row - 1
    );
    app.script(&script).await;
    app.element("button.row.on").await;
}

async fn close_panel(app: &Driven) {
    click(app, "aside.panel header button").await;
}

async fn click(app: &Driven, css: &str) {
    let what = format!("a press of {css}");
    eventually(&what, LONG, async || {
        let button = app.find(Locator::Css(css)).await.ok()?;
        button.click().await.ok()
    })
    .await;
}

async fn sandbox_page(album: &Album, app: &Driven) {
    let crm = album.desk.recording_handler(&["http"]).await;
    click(app, "nav.rail button.ring").await;
    click(app, "aside.panel > button").await;
    let page = eventually("the address of the CRM", PATIENCE, async || {
        crm.calls().pop()?.pop()
    })
    .await;
    if let Some(browser) = album.desk.browser_at(&page).await {
        let file = album.camera.file("sandbox");
        let picture = browser.client().screenshot().await.unwrap();
        std::fs::write(&file, picture).unwrap();
        album.camera.shrink(&album.desk, &file).await;
        browser.close().await;
    }
}
