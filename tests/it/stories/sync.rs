//! How the local copy follows the CRM.

use callside_core::contact::{ContactKind, Role as Known};
use callside_core::id::RemoteId;
use callside_core::phone_number::Region;
use callside_core::ports::Identity;
use callside_engine::connections::ConnectionState;
use callside_engine::events::{EngineEvent, Notice};
use callside_sandbox::RecordKind;
use callside_sandbox::book::{
    FIRST_GENERATED, LUC_BERNARD, LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE,
};

use super::desk::{Desk, at, sellsy};

const DAY: i64 = 24 * 3600;
const MOVED: &str = "+33639987777";

async fn names(desk: &Desk, number: &str) -> Vec<String> {
    let lookup = desk.engine.lookup(number).await.unwrap();
    lookup.matches.into_iter().map(|m| m.contact.name).collect()
}

#[tokio::test]
async fn the_first_copy_is_of_use_from_its_first_page_and_goes_on_after_a_cut() {
    let mut desk = Desk::setup()
        .sandbox(|s| s.book.contacts = 1200)
        .start_unconnected()
        .await;
    // The agent's name, and nine pages.
    desk.let_through(10);
    desk.connect().await;
    while names(&desk, LUC_BERNARD_MOBILE).await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(names(&desk, MARIE_DUPONT_MOBILE).await, [""; 0]);
    assert_eq!(desk.state(), Some(ConnectionState::Syncing));
    let pages = |desk: &Desk| -> usize {
        let rows = |what: &str| desk.requests_for("POST", &format!("/{what}/search"));
        ["individuals", "companies", "contacts"]
            .map(rows)
            .iter()
            .sum()
    };
    // Nine pages, and how many rows the two other kinds have.
    while pages(&desk) < 11 {
        tokio::task::yield_now().await;
    }

    // A crash in between loses no page either.
    desk.restart().await;
    desk.settle().await;
    assert_eq!(desk.state(), Some(ConnectionState::Connected));
    assert_eq!(names(&desk, MARIE_DUPONT_MOBILE).await, ["Marie Dupont"]);
    let in_one_go = {
        let other = Desk::setup()
            .sandbox(|s| s.book.contacts = 1200)
            .start_unconnected()
            .await;
        other.connect().await;
        other.settle().await;
        pages(&other)
    };
    // The page that was cut off is asked for once more, if it was on its way.
    let asked = pages(&desk);
    assert!(
        asked <= in_one_go + 1,
        "{asked} pages, {in_one_go} in one go"
    );
    let held = desk.engine.connection_statuses().await.unwrap();
    let in_crm: u64 = RecordKind::ALL
        .into_iter()
        .map(|kind| desk.crm.record_count(kind))
        .sum();
    // Archived ones are not kept.
    assert!(held[0].facts.contacts > in_crm * 9 / 10);
    desk.check_requests();
}

#[tokio::test]
async fn changes_in_the_crm_arrive_with_the_next_round() {
    let mut settings = Desk::setup();
    settings.settings.sync.interval_s = 60;
    let desk = settings.start().await;
    desk.pass(10).await;
    desk.crm
        .edit_record(RecordKind::Individual, LUC_BERNARD, |record| {
            record.mobile_number = Some(MOVED.into());
        });
    // Change visible within the interval and five seconds.
    desk.pass(65).await;
    assert_eq!(names(&desk, MOVED).await, ["Luc Bernard"]);
    assert_eq!(names(&desk, LUC_BERNARD_MOBILE).await, [""; 0]);

    desk.crm
        .convert_to_client(RecordKind::Individual, LUC_BERNARD);
    desk.pass(65).await;
    let luc = at(ContactKind::Individual, LUC_BERNARD);
    let cached = desk.engine.store().contact(&luc).await.unwrap().unwrap();
    assert_eq!(cached.contact.role, Some(Known::Client));

    desk.crm.archive_record(RecordKind::Individual, LUC_BERNARD);
    desk.pass(65).await;
    assert_eq!(names(&desk, MOVED).await, [""; 0]);
    desk.check_requests();
}

#[tokio::test]
async fn a_deleted_record_leaves_with_the_nightly_sweep() {
    let mut settings = Desk::setup();
    settings.settings.sync.interval_s = 3600;
    let desk = settings.start().await;
    desk.crm.delete_record(RecordKind::Individual, LUC_BERNARD);
    desk.pass(DAY + 7300).await;
    assert_eq!(names(&desk, LUC_BERNARD_MOBILE).await, [""; 0]);
    assert_eq!(names(&desk, MARIE_DUPONT_MOBILE).await, ["Marie Dupont"]);
}

#[tokio::test]
async fn a_large_shrink_asks_before_it_deletes() {
    let mut desk = Desk::setup()
        .sandbox(|s| s.book.contacts = 900)
        .start()
        .await;
    let before = desk.engine.connection_statuses().await.unwrap()[0]
        .facts
        .contacts;
    let mut gone = 0;
    for id in FIRST_GENERATED..FIRST_GENERATED + 2000 {
        for kind in RecordKind::ALL {
            gone += u64::from(desk.crm.delete_record(kind, id));
        }
    }
    assert!(gone > 500);
    desk.told();
    desk.pass(DAY + 60).await;
    desk.sync().await;
    let asked = desk
        .told()
        .iter()
        .any(|event| matches!(event, EngineEvent::Notice(Notice::LargeShrink)));
    assert!(asked);
    let held = |desk: &Desk| {
        let engine = desk.engine.clone();
        async move {
            engine.connection_statuses().await.unwrap()[0]
                .facts
                .contacts
        }
    };
    assert_eq!(held(&desk).await, before, "nothing is deleted unasked");
    desk.engine.accept_shrink(&sellsy()).await.unwrap();
    assert!(held(&desk).await <= before - gone + 50);
    assert_eq!(names(&desk, MARIE_DUPONT_MOBILE).await, ["Marie Dupont"]);
}

#[tokio::test]
async fn another_account_brings_its_own_contacts_and_the_calls_stay() {
    let mut desk = Desk::new().await;
    desk.crm.go_offline();
    let call = desk
        .log_call_with(MARIE_DUPONT_MOBILE, "for the first account")
        .await;
    desk.crm.come_back();
    desk.hold_crm();
    let other = Identity {
        account: "another".into(),
        agent: RemoteId::new("4107"),
        agent_name: "Somebody".into(),
    };
    desk.connect_as(other).await;
    assert_eq!(names(&desk, MARIE_DUPONT_MOBILE).await, [""; 0]);
    assert_eq!(desk.record(&call).await.draft.note, "for the first account");
    assert_eq!(desk.record(&call).await.deliveries.len(), 1);
    desk.release_crm();
    desk.pass(60).await;
    assert_eq!(names(&desk, MARIE_DUPONT_MOBILE).await, ["Marie Dupont"]);
    assert_eq!(
        desk.crm.phone_calls(),
        [],
        "another account gets none of it"
    );
}

#[tokio::test]
async fn the_same_account_keeps_its_contacts_and_its_outbox() {
    let mut desk = Desk::new().await;
    desk.crm.go_offline();
    let call = desk.log_call_with(MARIE_DUPONT_MOBILE, "kept").await;
    desk.crm.come_back();
    desk.connect().await;
    assert_eq!(names(&desk, LUC_BERNARD_MOBILE).await, ["Luc Bernard"]);
    desk.pass_until_delivered(&call, 30).await;
    desk.logged_once(&call).await;
}

#[tokio::test]
async fn another_region_reads_the_numbers_anew() {
    let desk = Desk::new().await;
    desk.crm
        .add_record(RecordKind::Contact, "Fielding", |record| {
            record.phone_number = Some("020 7946 0123".into());
        });
    desk.sync().await;
    assert_eq!(names(&desk, "+442079460123").await, [""; 0]);
    let mut settings = desk.settings.clone();
    settings.region = Region::parse("GB").unwrap();
    desk.engine.set_settings(settings);
    desk.settle().await;
    assert_eq!(names(&desk, "+442079460123").await, ["Fielding"]);
}
