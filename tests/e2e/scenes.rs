//! Every state of a delivery, every reason and every question, brought about in the real windows, each with its way
//! out. The stories walk through them in one language; the pictures stop at each in all.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use callside_sandbox::book::{
    BOULANGERIE_MARTIN_PHONE, GARAGE_LEFORT, HOTEL_DES_REMPARTS, INES_MOREL_MOBILE, LUC_BERNARD,
    LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE, MOULINS_DU_VAL_PHONE, RecordKind, SHARED_NUMBER,
};
use callside_sandbox::{BookOptions, Fault, FaultRule, Sandbox, SandboxOptions};
use fantoccini::Locator;
use serde_json::Value;

use crate::desk::app::Driven;
use crate::desk::clock::Clock;
use crate::desk::cloud::agent_email;
use crate::desk::links::Recorder;
use crate::desk::wait::{PATIENCE, eventually};
use crate::desk::windows::Window;
use crate::desk::{Desk, Furniture, LONG};

/// The requests that the other program makes.
const BY_OTHERS: usize = 2;
/// Where logs are written.
const WRITE: &str = "/v2/phone-calls$";
/// Numbers that nobody has.
const STRANGERS: [&str; 4] = [
    "+33199009870",
    "+33199009871",
    "+33199009872",
    "+33199009873",
];

/// The sentences of the app, as the files of its languages have them.
pub struct Words {
    text: &'static str,
}

impl Words {
    fn of(french: bool) -> Self {
        let text = if french {
            include_str!("../../ui/src/text/fr.ftl")
        } else {
            include_str!("../../ui/src/text/en.ftl")
        };
        Self { text }
    }

    /// The sentence with this id, as a window shows it: about Sellsy, and up to the next value that is put in.
    pub fn say(&self, id: &str) -> String {
        let head = format!("{id} = ");
        let line = self.text.lines().find_map(|line| line.strip_prefix(&head));
        let line = line.unwrap_or_else(|| panic!("no sentence {id}"));
        let said = line.replace("{ $crm }", "Sellsy").replace('\u{a0}', " ");
        let end = said.find('{').unwrap_or(said.len());
        said[..end].trim().to_owned()
    }
}

/// Takes pictures for the documentation.
pub struct Camera {
    pub folder: PathBuf,
    /// Language and theme, for the names of the files.
    pub series: &'static str,
    /// The picture before, which a window may still show for a moment.
    last: Mutex<Vec<u8>>,
}

impl Camera {
    pub fn new(folder: PathBuf, series: &'static str) -> Self {
        Self {
            folder,
            series,
            last: Mutex::default(),
        }
    }

    /// A camera for the folder that `CALLSIDE_PICTURES` names; None where no pictures are wanted.
    pub fn wanted(series: &'static str) -> Option<Self> {
        let Some(folder) = std::env::var_os("CALLSIDE_PICTURES").map(PathBuf::from) else {
            eprintln!("skipped: pictures are taken with CALLSIDE_PICTURES=FOLDER (make pictures)");
            return None;
        };
        std::fs::create_dir_all(&folder).unwrap();
        Some(Self::new(folder, series))
    }

    pub fn in_french(&self) -> bool {
        self.series.starts_with("fr")
    }

    /// Words in the language of the pictures.
    pub fn say(&self, english: &'static str, french: &'static str) -> &'static str {
        match self.in_french() {
            true => french,
            false => english,
        }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{}.png", self.series))
    }

    /// Takes a picture of the window with this title.
    pub async fn take(&self, desk: &Desk, title: &str, name: &str) {
        let window = eventually(title, PATIENCE, async || {
            let windows = desk.windows().await;
            windows.into_iter().find(|window| is_titled(window, title))
        })
        .await;
        let file = self.file(name);
        eventually("a picture of something new", PATIENCE, async || {
            desk.settled_picture_of(&window, &file).await;
            let picture = std::fs::read(&file).unwrap();
            let before = std::mem::replace(&mut *self.last.lock().unwrap(), picture);
            (before != *self.last.lock().unwrap()).then_some(())
        })
        .await;
        self.shrink(desk, &file).await;
    }

    /// Documentation is cloned by everybody.
    pub async fn shrink(&self, desk: &Desk, file: &Path) {
        let path = file.to_string_lossy();
        let small = format!("PNG8:{path}");
        let options = ["-strip", "-define", "png:compression-level=9"];
        let mut arguments = vec![&*path, "+dither", "-colors", "255"];
        arguments.extend(options);
        arguments.push(&small);
        desk.run("convert", &arguments).await.ok();
    }
}

/// The desk's title is a part of the others'.
pub fn is_titled(window: &Window, title: &str) -> bool {
    window.title == title || (title != "Callside" && window.title.contains(title))
}

/// An agent's day on a small stage: the app under a driver, a CRM that does as it is told, and no softphone: the calls
/// are reported on the command line.
pub struct Stage {
    pub desk: Desk,
    pub sandbox: Sandbox,
    pub app: Driven,
    pub words: Words,
    clock: Clock,
    crm_pages: Recorder,
    key: String,
    camera: Option<Camera>,
}

impl Stage {
    /// `None` when end-to-end tests are switched off.
    pub async fn set(furniture: Furniture, french: bool, camera: Option<Camera>) -> Option<Self> {
        let mut desk = furniture.start().await?;
        if camera.is_some() {
            desk.paint_background().await;
        }
        let sandbox = desk
            .sandbox_with(SandboxOptions {
                auto_approve: true,
                book: BookOptions {
                    contacts: 400,
                    ..BookOptions::default()
                },
                ..SandboxOptions::default()
            })
            .await;
        let crm_pages = desk.recording_handler(&["http"]).await;
        let clock = desk.own_clock().await;
        settings(&desk, &sandbox, "undo_s = 0");
        desk.connect(&sandbox).await.ok();
        desk.cli(&["sync"]).await.ok();
        let app = desk.drive(&[]).await;
        app.look_at("desk").await;
        let status = desk.cli(&["status", "--json"]).await.json();
        let stage = Self {
            key: status["hooks"]["key"].as_str().unwrap().to_owned(),
            words: Words::of(french),
            desk,
            sandbox,
            app,
            clock,
            crm_pages,
            camera,
        };
        stage.place_for_pictures().await;
        Some(stage)
    }

    /// Ends the app.
    pub async fn strike(self) {
        self.app.close().await;
        self.desk.kill9_app().await;
    }

    /// Every delivery, from the CRM that cannot be reached to the day after.
    pub async fn deliveries(&self) {
        self.unreachable().await;
        self.limited().await;
        self.in_doubt().await;
        self.refused().await;
        self.deleted().await;
        self.edited_by_a_person().await;
        self.all_targets().await;
        self.not_logged().await;
        self.disconnected().await;
        self.nobody().await;
    }

    /// What the app asks of the agent.
    pub async fn questions(&self) {
        self.undone().await;
        self.dial_request().await;
        self.unknown_caller().await;
        self.logged_twice().await;
        self.shrunk().await;
        self.tidy().await;
        self.budget().await;
    }

    /// The journal is damaged over night, and its backup takes its place.
    pub async fn restored(mut self) -> Self {
        let call = self.file(MARIE_DUPONT_MOBILE).await;
        self.open("Marie Dupont").await;
        self.is_delivered(&call).await;
        // A backup is made at a start, once there is something to lose.
        let backups = self.desk.app_home().join("backups");
        // One of earlier today would know nothing of this call, and stand in the way of another.
        let _ = std::fs::remove_dir_all(&backups);
        self = self.start_again().await;
        eventually("a backup", LONG, async || {
            let mut there = std::fs::read_dir(&backups).ok()?;
            let found = there.any(|entry| {
                let name = entry.map(|entry| entry.file_name());
                name.is_ok_and(|name| name.to_string_lossy().ends_with(".db"))
            });
            found.then_some(())
        })
        .await;
        self.app.close().await;
        self.desk.kill9_app().await;
        damage(&self.desk.app_home().join("journal.db"));
        self.app = self.desk.drive(&[]).await;
        self.app.look_at("desk").await;
        self.place_for_pictures().await;
        self.shows("banner-restore").await;
        self.picture("banner-restore").await;
        self.press("banner-restore").await;
        self.app.look_at("desk").await;
        self.open("Marie Dupont").await;
        self.is_delivered(&call).await;
        self.app
            .says_no_more(&self.words.say("banner-restore"))
            .await;
        self
    }

    async fn start_again(mut self) -> Self {
        self.app.close().await;
        self.desk.kill9_app().await;
        self.app = self.desk.drive(&[]).await;
        self.app.look_at("desk").await;
        self
    }

    async fn place_for_pictures(&self) {
        if self.camera.is_some() {
            let window = self.desk.window("Callside").await;
            self.desk.move_window(&window, 40, 60).await;
        }
    }

    async fn unreachable(&self) {
        self.sandbox.go_offline();
        let call = self.file(MARIE_DUPONT_MOBILE).await;
        self.open("Marie Dupont").await;
        self.shows("rust-reason-unreachable").await;
        let waiting = self.delivery(&call).await;
        assert_eq!(waiting["state"], "waiting");
        assert_eq!(waiting["reason_code"], "unreachable");
        assert!(waiting["next_try_at"].is_string(), "{waiting}");
        self.picture("state-unreachable").await;
        self.sandbox.come_back();
        self.press("way-retry").await;
        self.is_delivered(&call).await;
        self.picture("state-delivered").await;
        self.press("delivery-open").await;
        let page = eventually("the page in the CRM", PATIENCE, async || {
            self.crm_pages.calls().pop()?.pop()
        })
        .await;
        assert!(page.starts_with(&self.sandbox.base_url()), "{page}");
    }

    async fn limited(&self) {
        self.faulty(Fault::Status {
            status: 429,
            retry_after: Some(8),
        });
        let call = self.file(LUC_BERNARD_MOBILE).await;
        self.open("Luc Bernard").await;
        self.shows("rust-reason-limited").await;
        assert_eq!(self.delivery(&call).await["reason_code"], "limited");
        self.picture("state-limited").await;
        self.sandbox.clear_faults();
        // Nobody has to do anything.
        self.is_delivered(&call).await;
    }

    async fn in_doubt(&self) {
        self.sandbox.set_slow_index(4_000);
        self.sandbox
            .add_fault(FaultRule::once("POST", WRITE, Fault::CutAfterEffect));
        let before = self.sandbox.phone_calls().len();
        let call = self.file(INES_MOREL_MOBILE).await;
        self.open("Inès Morel").await;
        self.shows("delivery-checking").await;
        assert_eq!(self.delivery(&call).await["state"], "checking");
        self.picture("state-checking").await;
        self.sandbox.set_slow_index(0);
        let retry = serde_json::to_string(&self.words.say("way-retry")).unwrap();
        let script = format!(
            "const button = [...document.querySelectorAll('article.detail li.checking button')]
               .find((button) => button.innerText.trim() === {retry});
             button?.click();
             return !!document.querySelector('article.detail li.delivered')"
        );
        eventually("the log that the CRM lists late", LONG, async || {
            (self.app.script(&script).await == true).then_some(())
        })
        .await;
        self.is_delivered(&call).await;
        assert_eq!(self.sandbox.phone_calls().len(), before + 1, "written once");
    }

    async fn refused(&self) {
        self.faulty(Fault::Status {
            status: 400,
            retry_after: None,
        });
        let call = self.file(MOULINS_DU_VAL_PHONE).await;
        self.open("Moulins du Val").await;
        self.shows("rust-reason-refused").await;
        let stuck = self.delivery(&call).await;
        assert_eq!(
            (&stuck["state"], &stuck["reason_code"]),
            (&"stuck".into(), &"refused".into())
        );
        self.picture("state-refused").await;
        self.press("way-discard").await;
        self.shows("mark-not-logged").await;
        let given_up = self.call(&call).await;
        assert_eq!(given_up["deliveries"], Value::Array(Vec::new()));

        let call = self.file(MOULINS_DU_VAL_PHONE).await;
        self.open("Moulins du Val").await;
        self.shows("rust-reason-refused").await;
        self.sandbox.clear_faults();
        self.press("way-retry").await;
        self.is_delivered(&call).await;
    }

    async fn deleted(&self) {
        assert!(
            self.sandbox
                .delete_record(RecordKind::Individual, LUC_BERNARD)
        );
        let call = self.file(LUC_BERNARD_MOBILE).await;
        self.open("Luc Bernard").await;
        self.shows("rust-reason-contact-deleted").await;
        assert_eq!(self.delivery(&call).await["reason_code"], "contact_deleted");
        self.picture("state-contact-deleted").await;
        let again = self
            .sandbox
            .add_record(RecordKind::Individual, "Bernard", |record| {
                record.first_name = Some("Luc".into());
                record.mobile_number = Some(LUC_BERNARD_MOBILE.into());
            });
        self.press("way-retry").await;
        self.is_delivered(&call).await;
        let target = self.delivery(&call).await["target"]["id"].clone();
        assert_eq!(target, again.to_string());
    }

    async fn edited_by_a_person(&self) {
        let call = self.file(BOULANGERIE_MARTIN_PHONE).await;
        self.open("Boulangerie Martin").await;
        self.is_delivered(&call).await;
        let remote = self.delivery(&call).await["remote_id"].clone();
        let id: u64 = remote.as_str().unwrap().parse().unwrap();
        let written = self.sandbox.phone_calls().into_iter().find(|c| c.id == id);
        let theirs = "Relu par Claire, prix accordé.";
        let text = format!("{}\n{theirs}", written.unwrap().description.unwrap());
        assert!(self.sandbox.edit_phone_call(id, &text));
        self.press("late-note").await;
        let note = self.app.element("article.detail [data-notes]").await;
        note.send_keys(" Livraison mardi.\u{e004}").await.unwrap();
        self.shows("delivery-beside").await;
        self.picture("state-late-note").await;
        let now = self.sandbox.phone_calls().into_iter().find(|c| c.id == id);
        let standing = now.unwrap().description.unwrap();
        assert!(
            standing.contains(theirs) && !standing.contains("mardi"),
            "{standing}"
        );
    }

    async fn all_targets(&self) {
        self.change("targets", "\"all\"").await;
        let rows = eventually("the records with the number", PATIENCE, async || {
            let found = self.desk.cli(&["lookup", SHARED_NUMBER, "--json"]).await;
            let found: Value = serde_json::from_str(&found.stdout).ok()?;
            Some(found["matches"].as_array()?.len()).filter(|count| *count > 1)
        })
        .await;
        assert!(
            self.sandbox
                .delete_record(RecordKind::Company, GARAGE_LEFORT)
        );
        let call = self.file(SHARED_NUMBER).await;
        self.open("Garage Lefort").await;
        self.shows("rust-reason-contact-deleted").await;
        self.app.element("article.detail li.delivered").await;
        let states = eventually("an end at each record", PATIENCE, async || {
            let call = self.call(&call).await;
            let all = call["deliveries"].as_array()?;
            let mut states: Vec<_> = all.iter().filter_map(|d| d["state"].as_str()).collect();
            states.sort_unstable();
            let settled = states.iter().all(|s| ["delivered", "stuck"].contains(s));
            settled.then(|| states.join(" "))
        })
        .await;
        let mut wanted = vec!["delivered"; rows - 1];
        wanted.push("stuck");
        assert_eq!(states, wanted.join(" "));
        self.picture("state-all-one-stuck").await;
        self.press("way-discard").await;
        self.app
            .says_no_more(&self.words.say("rust-reason-contact-deleted"))
            .await;
        self.change("undo_s", "0").await;
    }

    async fn not_logged(&self) {
        let call = self.ring_and_end(INES_MOREL_MOBILE).await;
        self.open("Inès Morel").await;
        self.press("more").await;
        self.app.choose(&self.words.say("discard-call")).await;
        self.shows("mark-not-logged").await;
        self.picture("state-not-logged").await;
        let call = self.call(&call).await;
        assert_eq!(
            (&call["wrap_up"], &call["deliveries"]),
            (&"discarded".into(), &Value::Array(Vec::new()))
        );
    }

    async fn disconnected(&self) {
        self.sandbox.add_fault(FaultRule::always(
            "POST",
            "/oauth2/access-tokens",
            Fault::Status {
                status: 401,
                retry_after: None,
            },
        ));
        self.sandbox.revoke_tokens();
        let call = self.file(MARIE_DUPONT_MOBILE).await;
        self.open("Marie Dupont").await;
        self.shows("rust-reason-disconnected").await;
        self.shows("rust-connection-disconnected").await;
        assert_eq!(self.delivery(&call).await["reason_code"], "disconnected");
        self.picture("state-disconnected").await;
        self.sandbox.clear_faults();
        self.press("banner-reconnect").await;
        let card = "section.connection .primary, section.connection button.primary";
        self.app.element(card).await.click().await.unwrap();
        let way = self.words.say("sign-in-by-secret");
        let way = format!("//label[contains(normalize-space(), {way:?})]");
        let way = self.app.find(Locator::XPath(&way)).await.unwrap();
        way.click().await.unwrap();
        let secret = self
            .app
            .element("section.connection input[type=password]")
            .await;
        secret
            .send_keys(self.sandbox.client_secret())
            .await
            .unwrap();
        self.press("sign-in").await;
        self.app
            .says_no_more(&self.words.say("rust-connection-disconnected"))
            .await;
        // What waited goes on by itself.
        self.go("calls").await;
        self.open("Marie Dupont").await;
        self.is_delivered(&call).await;
    }

    async fn nobody(&self) {
        let [attached, created, waiting, _] = STRANGERS;
        let call = self.file(attached).await;
        self.open(&spaced(attached)).await;
        self.shows("rust-reason-contact-not-found").await;
        self.picture("state-not-found").await;
        self.press("way-attach").await;
        let field = self.app.element("[role=dialog] [role=combobox]").await;
        field.send_keys("hôtel").await.unwrap();
        self.app.choose("Hôtel des Remparts").await;
        self.is_delivered(&call).await;
        let target = self.delivery(&call).await["target"]["id"].clone();
        assert_eq!(target, HOTEL_DES_REMPARTS.to_string());

        let call = self.file(created).await;
        self.open(&spaced(created)).await;
        self.press("way-create").await;
        let name = self.app.element("[role=dialog] input").await;
        name.send_keys("Zélie Quentin").await.unwrap();
        self.picture("state-create-contact").await;
        self.press("new-contact-create").await;
        self.is_delivered(&call).await;
        let target = self.delivery(&call).await["target"].clone();
        assert_eq!(target["name"], "Zélie Quentin", "{target}");

        let call = self.file(waiting).await;
        self.open(&spaced(waiting)).await;
        self.shows("rust-reason-contact-not-found").await;
        self.clock.is_ahead_by_hours(25);
        eventually("a call that waits for the agent", LONG, async || {
            (self.delivery(&call).await["state"] == "stuck").then_some(())
        })
        .await;
        self.app.element("article.detail li.stuck").await;
        self.picture("state-not-found-stuck").await;
        self.clock.is_ahead_by_hours(0);
        let id = self
            .sandbox
            .add_record(RecordKind::Company, "Atelier Retrouvé", |record| {
                record.phone_number = Some(waiting.into());
            });
        self.press("way-retry").await;
        self.is_delivered(&call).await;
        assert_eq!(self.delivery(&call).await["target"]["id"], id.to_string());
    }

    /// A filing is taken back from the card, which is as high as what it shows.
    async fn undone(&self) {
        self.change("undo_s", "30").await;
        let call = self.ring_and_end(BOULANGERIE_MARTIN_PHONE).await;
        self.app.look_at("card").await;
        self.app.says("Boulangerie Martin").await;
        self.file_from_card().await;
        self.shows("undo-filed").await;
        self.card_fits().await;
        self.app
            .press_button_starting(&self.words.say("undo"))
            .await;
        self.app.element(".bar .going").await;
        self.card_fits().await;
        assert_eq!(self.call(&call).await["wrap_up"], "open");
        self.app.look_at("desk").await;
        self.change("undo_s", "0").await;
        self.app.look_at("card").await;
        self.file_from_card().await;
        self.app.look_at("desk").await;
        self.open("Boulangerie Martin").await;
        self.is_delivered(&call).await;
    }

    /// Asked on the command line, it says so, and when the last call was.
    async fn dial_request(&self) {
        let asked = self.desk.cli(&["dial", BOULANGERIE_MARTIN_PHONE]).await;
        assert_eq!(asked.status, Some(0), "{asked:?}");
        self.app.look_at("card").await;
        self.shows("dial-from-command-line").await;
        self.shows("dial-last").await;
        self.card_fits().await;
        self.app
            .press_button_starting(&self.words.say("cancel"))
            .await;
        self.app.look_at("desk").await;
    }

    async fn file_from_card(&self) {
        let script =
            "document.querySelector('.bar .acts > button:last-of-type:not([disabled])')?.click()";
        // Filing may close the card's window before the driver can tell.
        let _ = self.app.execute(script, Vec::new()).await;
    }

    /// The card's window is exactly as high as its content.
    async fn card_fits(&self) {
        let script = "return [innerHeight, Math.ceil(document.querySelector('.card').getBoundingClientRect().height)]";
        let mut heights = Value::Null;
        let fits = crate::desk::wait::soon(async || {
            heights = self.app.script(script).await;
            (heights[0] == heights[1]).then_some(())
        });
        let fits = fits.await;
        assert!(fits.is_some(), "the window and its content: {heights}");
    }

    /// The card asks what happens with a number that nobody has.
    async fn unknown_caller(&self) {
        self.change("unknown_callers", "\"ask\"").await;
        let number = STRANGERS[3];
        let call = self.ring_and_end(number).await;
        let refused = self.desk.cli(&["wrap-up", &call, "--file"]).await;
        assert_eq!(refused.status, Some(1), "{refused:?}");
        self.app.look_at("card").await;
        self.app.says(&spaced(number)).await;
        self.shows("log-when-found").await;
        self.shows("missing-decision").await;
        self.picture("card-ask").await;
        self.press("log-when-found").await;
        self.app
            .says_no_more(&self.words.say("missing-decision"))
            .await;
        self.app
            .element(".bar .acts > button:last-of-type:not([disabled])")
            .await;
        self.file_from_card().await;
        eventually("a filed call", PATIENCE, async || {
            (self.call(&call).await["wrap_up"] == "filed").then_some(())
        })
        .await;
        assert_eq!(
            self.delivery(&call).await["reason_code"],
            "contact_not_found"
        );
        self.app.look_at("desk").await;
        self.change("undo_s", "0").await;
    }

    /// Another program logs the same calls.
    async fn logged_twice(&self) {
        let call = self.file(MARIE_DUPONT_MOBILE).await;
        let ours = eventually("our log", LONG, async || {
            let remote = self.delivery(&call).await["remote_id"].clone();
            let id: u64 = remote.as_str()?.parse().ok()?;
            self.sandbox.phone_calls().into_iter().find(|c| c.id == id)
        })
        .await;
        self.log_by_another(&ours).await;
        // Looked for at most every few minutes.
        self.clock.is_ahead_by_hours(1);
        self.desk.cli(&["sync"]).await.ok();
        self.clock.is_ahead_by_hours(0);
        self.app.element(".banner.warn").await;
        self.shows("double-skip").await;
        self.picture("banner-double").await;
        let listed = self.desk.cli(&["doubles", "--json"]).await.json();
        assert_eq!(listed[0]["source"], "linphone", "{listed}");
        self.press("double-skip").await;
        self.app.says_no_more(&self.words.say("double-skip")).await;
        let kept = std::fs::read_to_string(self.desk.app_home().join("config.toml")).unwrap();
        assert!(kept.contains("skip_sources = [\"linphone\"]"), "{kept}");
        self.change("undo_s", "0").await;
    }

    async fn log_by_another(&self, ours: &callside_sandbox::PhoneCall) {
        let client = reqwest::Client::new();
        let api = self.sandbox.api_url();
        let mut body = serde_json::to_value(ours).unwrap();
        let log = client
            .get(format!("{api}/phone-calls/{}", ours.id))
            .bearer_auth(self.sandbox.access_token())
            .send()
            .await
            .unwrap();
        let log: Value = log.json().await.unwrap();
        body = serde_json::json!({
            "owner_id": log["owner"]["id"].as_u64().or_else(|| body["owner_id"].as_u64()),
            "source": log["source"],
            "result": "connected",
            "date": log["date"],
            "duration": 61,
            "description": "Appel entrant (autre programme)",
            "related": log["related"],
        });
        let answer = client
            .post(format!("{api}/phone-calls"))
            .bearer_auth(self.sandbox.access_token())
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
    }

    /// A sweep that would take many contacts away asks first.
    async fn shrunk(&self) {
        for id in 2001..2051 {
            self.sandbox.delete_record(RecordKind::Company, id);
            self.sandbox.delete_record(RecordKind::Individual, id);
        }
        self.desk.cli(&["sync", "--full"]).await.ok();
        self.shows("shrink-keep").await;
        let contacts = self.contacts().await;
        self.picture("banner-shrink").await;
        self.press("shrink-show").await;
        self.app.element("[role=dialog] li").await;
        self.picture("banner-shrink-which").await;
        let keep = "//*[@role='dialog']//button[1]";
        self.app
            .find(Locator::XPath(keep))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        self.app.says_no_more(&self.words.say("shrink-keep")).await;
        assert_eq!(self.contacts().await, contacts);

        let asked = self.desk.cli(&["sync", "--full", "--json"]).await.json();
        let gone = asked["connections"][0]["would_disappear"].as_u64().unwrap();
        // Asked once more, since nothing brings them back before the next copy.
        self.press("shrink-remove").await;
        self.app.says(&self.words.say("shrink-ask")).await;
        assert_eq!(self.contacts().await, contacts);
        self.press("shrink-remove").await;
        eventually("contacts that are gone", PATIENCE, async || {
            (self.contacts().await == contacts - gone).then_some(())
        })
        .await;
        self.app.says_no_more(&self.words.say("shrink-keep")).await;
    }

    async fn contacts(&self) -> u64 {
        let status = self.desk.cli(&["status", "--json"]).await.json();
        status["connections"][0]["contacts"].as_u64().unwrap()
    }

    /// The report of what is worth tidying.
    async fn tidy(&self) {
        self.go("contacts").await;
        self.press("clean-up").await;
        self.app.says(&self.words.say("clean-nobody")).await;
        self.shows("nobody-no-record").await;
        self.picture("desk-clean-up").await;
        self.press("clean-save").await;
        self.app.says(&self.words.say("clean-saved")).await;
        let folder = self.desk.folder().join("Downloads");
        let folder = if folder.is_dir() {
            folder
        } else {
            self.desk.folder().to_owned()
        };
        let saved = std::fs::read_dir(folder).unwrap().find_map(|entry| {
            let path = entry.unwrap().path();
            (path.extension()? == "csv").then_some(path)
        });
        let table = std::fs::read_to_string(saved.expect("a table")).unwrap();
        assert!(
            table.contains("Boulangerie Martin") || table.contains("Lefort"),
            "{table}"
        );
        self.app
            .element("[role=dialog]")
            .await
            .send_keys("\u{e00c}")
            .await
            .ok();
        self.app.says_no_more(&self.words.say("clean-save")).await;
    }

    /// The page says what the CRM counted.
    async fn budget(&self) {
        self.go("overview").await;
        self.app.element("figure.left").await;
        let shown = async || {
            let script = "return document.querySelector('.sums').innerText";
            self.app
                .script(script)
                .await
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let number = |shown: &str, id: &str| -> Option<usize> {
            let name = self.words.say(id);
            let (_, rest) = shown.lines().find_map(|line| line.split_once(&name))?;
            digits(rest).parse().ok()
        };
        eventually("the CRM's own count on the page", PATIENCE, async || {
            self.go("calls").await;
            self.go("overview").await;
            self.app.element(".sums").await;
            let shown = shown().await.replace('\u{a0}', " ");
            let own = number(&shown, "budget-own")?;
            // Those that another program made in its name are the others'.
            let others = number(&shown, "budget-others")?;
            (own + others == self.counted_by_the_crm() && others == BY_OTHERS).then_some(())
        })
        .await;
        self.app
            .script("document.querySelector('figure.left').scrollIntoView({ block: 'center' })")
            .await;
        self.picture("desk-budget").await;
    }

    /// Requests to the interface, as the CRM has seen them.
    fn counted_by_the_crm(&self) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|request| request.path.starts_with("/v2/"))
            .count()
    }

    /// Changes a setting of the logging by hand, all others being usual, and waits until it is in force.
    async fn change(&self, key: &str, value: &str) {
        let undo = if key == "undo_s" { "" } else { "undo_s = 0\n" };
        settings(&self.desk, &self.sandbox, &format!("{undo}{key} = {value}"));
        let wanted = format!("\"{key}\":{value}");
        let ask = "const done = arguments[0];
            window.__TAURI_INTERNALS__.invoke('settings').then(done, () => done(null))";
        eventually(&wanted, LONG, async || {
            let page = self.app.execute_async(ask, Vec::new()).await.ok()?;
            let logging = page["settings"]["logging"].to_string();
            logging.contains(&wanted).then_some(())
        })
        .await;
    }

    fn faulty(&self, fault: Fault) {
        self.sandbox
            .add_fault(FaultRule::always("POST", WRITE, fault));
    }

    /// A call that rang, was answered and is over; its id.
    async fn ring_and_end(&self, number: &str) -> String {
        let id = ulid_like();
        let now = jiff::Timestamp::now();
        let began = now - jiff::SignedDuration::from_secs(80);
        for (state, at) in [("ringing", 0), ("answered", 6), ("ended", 78)] {
            let at = (began + jiff::SignedDuration::from_secs(at)).to_string();
            let mut words = vec![
                "call", state, "--id", &id, "--app", "linphone", "--key", &self.key,
            ];
            words.extend([
                "--from", number, "--dir", "in", "--line", "Paris", "--at", &at,
            ]);
            self.desk.cli(&words).await.ok();
        }
        eventually("a call in the list", PATIENCE, async || {
            let calls = self.desk.cli(&["calls", "--json"]).await.json();
            let open = calls.as_array()?.iter().find(|call| {
                let same = call["remote_number"].as_str().map(digits) == Some(digits(number));
                same && call["state"] == "ended" && call["wrap_up"] == "open"
            });
            open?["id"].as_str().map(str::to_owned)
        })
        .await
    }

    /// A call with a note, filed.
    async fn file(&self, number: &str) -> String {
        let call = self.ring_and_end(number).await;
        let note = "Veut le devis avant vendredi.";
        let mut words = vec!["wrap-up", &call, "--file", "--disposition", "reached"];
        words.extend(["--note", note, "--tag", "devis"]);
        self.desk.cli(&words).await.ok();
        call
    }

    async fn call(&self, id: &str) -> Value {
        let calls = self.desk.cli(&["calls", "--json"]).await.json();
        let all = calls.as_array().unwrap();
        let found = all.iter().find(|call| call["id"] == id).cloned();
        found.unwrap_or_else(|| panic!("no call {id}"))
    }

    async fn delivery(&self, call: &str) -> Value {
        self.call(call).await["deliveries"][0].clone()
    }

    /// Waits until list, detail and command line say that the CRM has the call, with a link.
    async fn is_delivered(&self, call: &str) {
        self.app.element("article.detail li.delivered").await;
        let delivery = self.delivery(call).await;
        assert_eq!(delivery["state"], "delivered", "{delivery}");
        assert!(delivery["url"].is_string(), "{delivery}");
    }

    /// Opens the newest call of somebody in the list.
    async fn open(&self, name: &str) {
        self.go("calls").await;
        let name = serde_json::to_string(name).unwrap();
        let script = format!(
            "const rows = [...document.querySelectorAll('section.middle button.row')];
             const row = rows.find((row) => row.innerText.replace(/\\s/g, ' ').includes({name}));
             if (row && !row.classList.contains('on')) row.click();
             return !!document.querySelector('article.detail') && !!row && row.classList.contains('on')
               && rows.indexOf(row) === 0"
        );
        eventually(&format!("the call of {name}"), LONG, async || {
            (self.app.script(&script).await == true).then_some(())
        })
        .await;
    }

    async fn go(&self, page: &str) {
        let name = self.words.say(&format!("page-{page}"));
        let script = format!(
            "const place = [...document.querySelectorAll('nav.rail button.place')]
               .find((place) => place.innerText.startsWith({}));
             if (place && !place.classList.contains('on')) place.click();
             return !!place && place.classList.contains('on')",
            serde_json::to_string(&name).unwrap()
        );
        eventually(&format!("the page {page}"), LONG, async || {
            (self.app.script(&script).await == true).then_some(())
        })
        .await;
    }

    async fn shows(&self, id: &str) {
        self.app.says(&self.words.say(id)).await;
    }

    async fn press(&self, id: &str) {
        self.app.press_button(&self.words.say(id)).await;
    }

    async fn picture(&self, name: &str) {
        let Some(camera) = &self.camera else { return };
        // What the page has is on the screen two frames later, on a busy machine much later than it is found.
        let drawn = "const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 300)))";
        self.app.execute_async(drawn, Vec::new()).await.ok();
        let title = if name.starts_with("card-") {
            self.words.say("rust-window-card")
        } else {
            "Callside".to_owned()
        };
        camera.take(&self.desk, &title, name).await;
    }
}

/// Settings for the stage; `logging` are further lines of that section.
fn settings(desk: &Desk, sandbox: &Sandbox, logging: &str) {
    desk.write_config(&format!(
        "[agent]\nemail = \"{}\"\n[logging]\n{logging}\n[telephony]\ndial_with = \"link\"\n\
         [telephony.link]\ndial = \"sip:{{number}}\"\n[crm.sellsy]\napi_url = \"{}\"\n\
         login_url = \"{}\"\nweb_url = \"{}\"\nclient_id = \"{}\"\n[telephony.baresip]\ncontrol = \"\"\n",
        agent_email(),
        sandbox.api_url(),
        sandbox.login_url(),
        sandbox.base_url(),
        sandbox.client_id(),
    ));
}

/// As a failing disk would: the first pages are noise. What was not yet folded into the file is gone.
pub fn damage(database: &Path) {
    for suffix in ["-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(name);
    }
    let file = std::fs::OpenOptions::new().write(true).open(database);
    let noise = [0xA5; 8192];
    std::os::unix::fs::FileExt::write_all_at(&file.unwrap(), &noise, 0).unwrap();
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A French number as it is shown.
fn spaced(number: &str) -> String {
    let rest = number.strip_prefix("+33").unwrap();
    let pairs: Vec<&str> = (1..rest.len())
        .step_by(2)
        .map(|at| &rest[at..at + 2])
        .collect();
    format!("+33 {} {}", &rest[..1], pairs.join(" "))
}

/// An id that no other call has.
fn ulid_like() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static LAST: AtomicU32 = AtomicU32::new(0);
    format!("scene-{}", LAST.fetch_add(1, Ordering::Relaxed))
}
