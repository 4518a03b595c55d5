//! The phone rings, and the card tells who it is.

use callside_core::call::{CallEvent, CallState, Happening};
use callside_core::contact::ContactKind;
use callside_core::matching::Confidence;
use callside_core::settings::Missed;
use callside_core::wrap_up::WrapUpState;
use callside_engine::events::{EngineEvent, FactsState};
use callside_sandbox::book::Address;
use callside_sandbox::book::{
    BOULANGERIE_MARTIN, BOULANGERIE_MARTIN_PHONE, FOUR_A_SOLE, GARAGE_LEFORT, LUC_BERNARD_MOBILE,
    MARIE_DUPONT, MARIE_DUPONT_MOBILE, MOULINS_DU_VAL_PHONE, PAUL_LEFORT, SHARED_NUMBER,
};
use callside_sandbox::{RecordKind, Role};

use super::desk::{Desk, STRANGER, at};

#[tokio::test]
async fn the_card_is_up_before_the_crm_is_asked_anything() {
    let mut desk = Desk::new().await;
    desk.log_call_with(MARIE_DUPONT_MOBILE, "asked for a quote")
        .await;
    // The facts of the first call are not fresh any more.
    desk.pass(600).await;
    desk.crm.forget_requests();

    desk.hold_crm();
    let card = desk.ring_for_card(MARIE_DUPONT_MOBILE).await;
    assert_eq!(card.shown, Some(at(ContactKind::Contact, MARIE_DUPONT)));
    let shown = card.shown_match().unwrap();
    assert_eq!(shown.contact.name, "Marie Dupont");
    assert_eq!(shown.confidence, Confidence::Exact);
    let earlier: Vec<&str> = card.earlier.iter().map(|e| e.note.as_str()).collect();
    assert_eq!(earlier, ["asked for a quote"]);
    assert_eq!(desk.api_requests(), []);

    desk.release_crm();
    desk.settle().await;
    let card = desk.card(&card.record.call.id).await;
    let FactsState::Known(facts) = card.facts else {
        panic!("the facts filled in: {:?}", card.facts)
    };
    assert_eq!(facts.companies[0].name, "Boulangerie Martin");
    let open: Vec<&str> = facts.opportunities.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(open, [FOUR_A_SOLE.to_string()]);
}

#[tokio::test]
async fn a_call_costs_three_requests_at_most_from_ring_to_log() {
    let table = [
        ("a contact person", MARIE_DUPONT_MOBILE, 3),
        ("a company", BOULANGERIE_MARTIN_PHONE, 2),
        ("an individual", LUC_BERNARD_MOBILE, 2),
        ("a supplier", MOULINS_DU_VAL_PHONE, 1),
    ];
    let mut desk = Desk::new().await;
    for (who, number, most) in table {
        desk.pass(600).await;
        desk.crm.forget_requests();
        let call = desk.log_call_with(number, "on time").await;
        desk.logged_once(&call).await;
        assert_eq!(
            desk.api_requests().len(),
            most,
            "{who}: {:?}",
            desk.api_requests()
        );
    }
    desk.check_requests();
}

#[tokio::test]
async fn the_card_works_while_the_crm_is_down() {
    let mut desk = Desk::new().await;
    desk.crm.go_offline();
    let call = desk.ring(BOULANGERIE_MARTIN_PHONE).await;
    let card = desk.card(&call).await;
    assert_eq!(
        card.shown,
        Some(at(ContactKind::Company, BOULANGERIE_MARTIN))
    );
    assert_eq!(card.facts, FactsState::Unavailable);
}

#[tokio::test]
async fn two_events_of_one_call_make_one_card() {
    let mut desk = Desk::new().await;
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    let again = CallEvent {
        remote: Some("06 39 98 01 23".into()),
        ..desk.event(&desk.name_of(&call).await, Happening::Ringing)
    };
    desk.say(again.clone());
    // Another program says the same at the same instant.
    desk.say(CallEvent {
        app: "microsip".into(),
        app_call_id: Some("7".into()),
        ..again
    });
    desk.settle().await;
    assert_eq!(desk.engine.live_calls().len(), 1);
    assert_eq!(desk.engine.cards().await.unwrap().len(), 1);
    // A second call of another person is another card.
    let other = desk.ring(LUC_BERNARD_MOBILE).await;
    assert_ne!(other, call);
    assert_eq!(desk.engine.cards().await.unwrap().len(), 2);
}

#[tokio::test]
async fn hooks_without_a_name_of_the_call_still_make_one_call() {
    let mut desk = Desk::new().await;
    let event = |happening, remote: Option<&str>, at| CallEvent {
        app: "link".into(),
        app_call_id: None,
        happening,
        direction: None,
        remote: remote.map(str::to_owned),
        line: None,
        name: None,
        at,
        verified: true,
    };
    desk.say(event(
        Happening::Ringing,
        Some(MARIE_DUPONT_MOBILE),
        desk.now(),
    ));
    desk.settle().await;
    desk.pass(3).await;
    desk.say(event(Happening::Answered, None, desk.now()));
    desk.pass(30).await;
    let ended = Happening::Ended {
        talk_s: None,
        reason: None,
    };
    desk.say(event(ended, Some(MARIE_DUPONT_MOBILE), desk.now()));
    desk.settle().await;
    let calls = desk.engine.live_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].state, calls[0].talk_s()), (CallState::Ended, 30));
    // An end of a call that nobody knows opens nothing.
    desk.say(event(
        Happening::Ended {
            talk_s: None,
            reason: None,
        },
        Some(STRANGER),
        desk.now(),
    ));
    desk.settle().await;
    assert_eq!(desk.engine.live_calls().len(), 1);
    assert!(desk.told().iter().all(|event| !matches!(
        event,
        EngineEvent::Card(card) if card.record.call.remote.display() == STRANGER
    )));
}

#[tokio::test]
async fn a_hook_without_the_key_logs_nothing_until_the_agent_files() {
    let desk = Desk::setup()
        .settings(|s| s.logging.missed = Missed::Auto)
        .start()
        .await;
    let hook = |key: &str, what: &str| {
        format!("callside:call/{what}?from=%2B33639980123&id=9&app=web{key}")
    };
    desk.engine.take_link(&hook("", "ringing")).await.unwrap();
    desk.settle().await;
    desk.engine
        .take_link(&hook("&key=guess", "ended"))
        .await
        .unwrap();
    desk.settle().await;
    let call = desk.engine.live_calls()[0].clone();
    assert!(!call.verified && call.is_ended());
    desk.pass(600).await;
    assert_eq!(desk.record(&call.id).await.wrap_up, WrapUpState::Open);

    desk.file(&call.id).await;
    desk.logged_once(&call.id).await;
}

#[tokio::test]
async fn a_verified_call_does_not_listen_to_a_hook_without_the_key() {
    let mut desk = Desk::new().await;
    let key = desk.engine.hook_key().await.unwrap();
    let hook = |key: &str, what: &str| {
        format!("callside:call/{what}?from=%2B33639980123&id=9&app=web&key={key}")
    };
    desk.engine
        .take_link(&hook(&key, "answered"))
        .await
        .unwrap();
    desk.settle().await;
    for what in ["ended", "ringing"] {
        desk.engine.take_link(&hook("guess", what)).await.unwrap();
        desk.settle().await;
    }
    let calls = desk.engine.live_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].state, calls[0].verified),
        (CallState::Answered, true)
    );
    desk.engine.take_link(&hook(&key, "ended")).await.unwrap();
    desk.settle().await;
    assert!(desk.engine.live_calls()[0].is_ended());
    desk.told();
}

#[tokio::test]
async fn records_that_share_a_number_come_in_order_and_a_choice_is_remembered() {
    let mut desk = Desk::new().await;
    let first = desk.ring(SHARED_NUMBER).await;
    let card = desk.card(&first).await;
    let garage = at(ContactKind::Company, GARAGE_LEFORT);
    let paul = at(ContactKind::Contact, PAUL_LEFORT);
    let order: Vec<_> = card.matches.iter().map(|m| m.contact.at.clone()).collect();
    assert_eq!(order, [garage.clone(), paul.clone()]);
    assert_eq!(card.shown, Some(garage));

    desk.engine.attach(&first, &paul).await.unwrap();
    desk.settle().await;
    assert_eq!(desk.card(&first).await.shown, Some(paul.clone()));
    desk.answer(&first).await;
    desk.hang_up(&first).await;
    desk.file(&first).await;
    let log = desk.logged_once(&first).await;
    assert_eq!(log.related_id("contact"), Some(PAUL_LEFORT));

    let second = desk.ring(SHARED_NUMBER).await;
    let card = desk.card(&second).await;
    assert_eq!(card.shown, Some(paul));
    assert!(card.matches[0].remembered);
}

#[tokio::test]
async fn a_number_that_could_be_somebodys_never_names_the_caller() {
    let mut desk = Desk::new().await;
    let id = desk
        .crm
        .add_record(RecordKind::Company, "Werkstatt Roth", |record| {
            record.role = Some(Role::Client);
            // More likely a number with its country code, less likely one without.
            record.phone_number = Some("491711407447".into());
            record.address = Some(Address {
                id: 1,
                line: "Hauptstr. 1".into(),
                postal_code: "10115".into(),
                city: "Berlin".into(),
                country_code: "DE".into(),
            });
        });
    desk.sync().await;
    let call = desk.ring("+49491711407447").await;
    let card = desk.card(&call).await;
    eprintln!(
        "{} {:?}",
        card.matches[0].rule, card.matches[0].contact.country
    );
    let rivals: Vec<_> = card.matches.iter().map(|m| m.confidence).collect();
    assert_eq!(rivals, [Confidence::CouldBe]);
    assert_eq!(card.matches[0].contact.at, at(ContactKind::Company, id));
    assert_eq!((card.shown, card.record.matched_name), (None, None));

    desk.answer(&call).await;
    desk.hang_up(&call).await;
    desk.file(&call).await;
    assert_eq!(desk.crm.phone_calls(), []);
    assert_eq!(desk.delivery(&call).await.target, None);
}
