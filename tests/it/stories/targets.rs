//! On which record, company and opportunity a call is logged.

use callside_core::contact::ContactKind;
use callside_core::id::RemoteId;
use callside_core::insight::OpportunityRule;
use callside_core::outbox::{DeliveryState, Reason};
use callside_core::settings::Targets;
use callside_core::wrap_up::OpportunityChoice;
use callside_engine::call_log::DraftChange;
use callside_sandbox::book::{
    BAR, FOUR_A_SOLE, GARAGE_LEFORT, HOTEL_DES_REMPARTS, HOTEL_DES_REMPARTS_PHONE, INES_MOREL,
    INES_MOREL_MOBILE, LITERIE, LUC_BERNARD, LUC_BERNARD_MOBILE, MARIE_DUPONT, MOULINS_DU_VAL,
    MOULINS_DU_VAL_PHONE, PAUL_LEFORT, SHARED_NUMBER,
};
use callside_sandbox::{MissingRelated, RecordKind, Role};

use super::desk::{Desk, STRANGER, at, sellsy};

const DAY: i64 = 24 * 3600;

fn add_stranger(desk: &Desk) -> u64 {
    desk.crm
        .add_record(RecordKind::Individual, "Marchand", |record| {
            record.role = Some(Role::Prospect);
            record.mobile_number = Some(STRANGER.into());
        })
}

#[tokio::test]
async fn a_deleted_record_gets_nothing_and_its_successor_everything() {
    for missing_related in [MissingRelated::BadRequest, MissingRelated::NotFound] {
        let mut desk = Desk::setup()
            .sandbox(|s| s.missing_related = missing_related)
            .start()
            .await;
        let call = desk.talk_with(LUC_BERNARD_MOBILE).await;
        desk.crm.delete_record(RecordKind::Individual, LUC_BERNARD);
        desk.note(&call, "still wanted").await;
        desk.file(&call).await;
        let deleted = (DeliveryState::Stuck, Some(Reason::ContactDeleted));
        assert_eq!(desk.delivery_state(&call).await, deleted);
        assert!(
            desk.engine
                .lookup(LUC_BERNARD_MOBILE)
                .await
                .unwrap()
                .matches
                .is_empty()
        );
        desk.pass(3600).await;
        assert_eq!(desk.crm.phone_calls(), []);
        assert_eq!(desk.delivery_state(&call).await, deleted);

        let again = desk
            .crm
            .add_record(RecordKind::Individual, "Bernard", |record| {
                record.role = Some(Role::Prospect);
                record.mobile_number = Some(LUC_BERNARD_MOBILE.into());
            });
        assert_ne!(again, LUC_BERNARD);
        desk.engine.retry(&call).await.unwrap();
        desk.settle().await;
        let log = desk.logged_once(&call).await;
        assert_eq!(log.related_id("individual"), Some(again));
        assert!(log.description.unwrap().ends_with("still wanted"));
    }
}

#[tokio::test]
async fn a_retry_for_a_record_that_is_still_deleted_stays_without_effect() {
    let mut desk = Desk::new().await;
    let call = desk.talk_with(LUC_BERNARD_MOBILE).await;
    desk.crm.delete_record(RecordKind::Individual, LUC_BERNARD);
    desk.file(&call).await;
    desk.engine.retry(&call).await.unwrap();
    desk.settle().await;
    assert_eq!(desk.crm.phone_calls(), []);
    let (state, reason) = desk.delivery_state(&call).await;
    assert_ne!(state, DeliveryState::Delivered);
    assert!(reason.is_some(), "it says why it waits");
}

#[tokio::test]
async fn a_stranger_who_is_entered_within_a_day_is_found_after_a_sync() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(STRANGER, "who was it?").await;
    let waits = (DeliveryState::Waiting, Some(Reason::ContactNotFound));
    assert_eq!(desk.delivery_state(&call).await, waits);
    assert_eq!(desk.delivery(&call).await.target, None);
    desk.pass(DAY / 2).await;
    desk.sync().await;
    assert_eq!(desk.delivery_state(&call).await, waits);

    let id = add_stranger(&desk);
    desk.sync().await;
    let log = desk.logged_once(&call).await;
    assert_eq!(log.related_id("individual"), Some(id));
}

#[tokio::test]
async fn a_stranger_whom_nobody_enters_is_stuck_after_a_day_until_a_retry() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(STRANGER, "who was it?").await;
    desk.pass(DAY - 3600).await;
    assert_eq!(
        desk.delivery_state(&call).await,
        (DeliveryState::Waiting, Some(Reason::ContactNotFound))
    );
    desk.pass(2 * 3600).await;
    let stuck = (DeliveryState::Stuck, Some(Reason::ContactNotFound));
    assert_eq!(desk.delivery_state(&call).await, stuck);

    let id = add_stranger(&desk);
    desk.engine.retry(&call).await.unwrap();
    desk.settle().await;
    let log = desk.logged_once(&call).await;
    assert_eq!(log.related_id("individual"), Some(id));
}

#[tokio::test]
async fn a_sync_in_the_time_to_undo_does_not_send_the_call() {
    let mut desk = Desk::new().await;
    let call = desk.talk_with(STRANGER).await;
    desk.engine.file(&call).await.unwrap();
    add_stranger(&desk);
    desk.sync().await;
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
    desk.engine.undo(&call).await.unwrap();
    desk.pass(600).await;
    assert_eq!(desk.requests_for("POST", "/phone-calls"), 0);
    desk.file(&call).await;
    desk.logged_once(&call).await;
}

#[tokio::test]
async fn a_contact_made_on_the_card_takes_the_call() {
    let mut desk = Desk::new().await;
    let call = desk.talk_with(STRANGER).await;
    let made = desk
        .engine
        .create_contact(&call, &sellsy(), ContactKind::Individual, "Zoé Marchand")
        .await
        .unwrap();
    desk.settle().await;
    assert_eq!(desk.card(&call).await.shown, Some(made.clone()));
    desk.file(&call).await;
    let log = desk.logged_once(&call).await;
    let id: u64 = made.id.as_str().parse().unwrap();
    assert_eq!(log.related_id("individual"), Some(id));
    let record = desk.crm.record(RecordKind::Individual, id).unwrap();
    let number = record.mobile_number.or(record.phone_number);
    assert_eq!(number.as_deref(), Some(STRANGER));
    assert_eq!(
        (record.first_name.as_deref(), record.name.as_str()),
        (Some("Zoé"), "Marchand")
    );
    // The next time the number has a name.
    let next = desk.ring(STRANGER).await;
    assert_eq!(desk.card(&next).await.shown, Some(made));
}

#[tokio::test]
async fn a_waiting_call_goes_to_whom_the_agent_attaches_it() {
    let mut desk = Desk::new().await;
    let call = desk.log_call_with(STRANGER, "Marie's new phone").await;
    let marie = at(ContactKind::Contact, MARIE_DUPONT);
    desk.engine.attach(&call, &marie).await.unwrap();
    desk.settle().await;
    let log = desk.logged_once(&call).await;
    assert_eq!(log.related_id("contact"), Some(MARIE_DUPONT));
    // The number is not hers: the next call from it does not bear her name.
    let next = desk.ring(STRANGER).await;
    assert_eq!(desk.card(&next).await.shown, None);
}

async fn all_targets() -> Desk {
    Desk::setup()
        .settings(|s| s.logging.targets = Targets::All)
        .start()
        .await
}

#[tokio::test]
async fn all_records_of_a_number_get_the_call_when_the_settings_say_so() {
    let mut desk = all_targets().await;
    let call = desk.log_call_with(SHARED_NUMBER, "for both").await;
    let deliveries = desk.record(&call).await.deliveries;
    assert_eq!(deliveries.len(), 2);
    for entry in &deliveries {
        assert_eq!(entry.delivery.state, DeliveryState::Delivered);
        assert_eq!(desk.logs_with(entry.marker.as_str()).len(), 1);
    }
    let logs = desk.crm.phone_calls();
    assert_eq!(logs.len(), 2);
    let on = |kind: &str, id| {
        let main = |log: &&callside_sandbox::PhoneCall| log.related[0].kind == kind;
        logs.iter()
            .filter(main)
            .all(|log| log.related_id(kind) == Some(id))
            && logs.iter().any(|log| log.related[0].kind == kind)
    };
    assert!(on("company", GARAGE_LEFORT) && on("contact", PAUL_LEFORT));
}

#[tokio::test]
async fn one_of_several_records_that_is_gone_sends_nothing_twice_to_the_other() {
    let mut desk = all_targets().await;
    let call = desk.talk_with(SHARED_NUMBER).await;
    desk.crm.delete_record(RecordKind::Contact, PAUL_LEFORT);
    desk.file(&call).await;
    let states = |record: callside_store::CallRecord| -> Vec<_> {
        let state = |e: &callside_core::outbox::OutboxEntry| e.delivery.state;
        record.deliveries.iter().map(state).collect()
    };
    assert_eq!(
        states(desk.record(&call).await),
        [DeliveryState::Delivered, DeliveryState::Stuck]
    );
    desk.engine.retry(&call).await.unwrap();
    desk.pass(30).await;
    assert_eq!(
        desk.crm.phone_calls().len(),
        1,
        "the garage has its log already"
    );
    assert_ne!(
        states(desk.record(&call).await)[1],
        DeliveryState::Delivered
    );
}

#[tokio::test]
async fn all_records_entered_later_get_the_call_too() {
    let mut desk = all_targets().await;
    let call = desk.log_call_with(STRANGER, "for both").await;
    let first = add_stranger(&desk);
    let second = add_stranger(&desk);
    desk.sync().await;
    let mut on: Vec<_> = desk
        .crm
        .phone_calls()
        .iter()
        .filter_map(|log| log.related_id("individual"))
        .collect();
    on.sort_unstable();
    assert_eq!(on, [first, second]);
    for entry in desk.record(&call).await.deliveries {
        assert_eq!(entry.delivery.state, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn a_record_that_gets_the_call_anyway_is_not_attached_again() {
    let mut desk = all_targets().await;
    desk.crm.go_offline();
    let call = desk.log_call_with(SHARED_NUMBER, "for both").await;
    let paul = at(ContactKind::Contact, PAUL_LEFORT);
    desk.engine.attach(&call, &paul).await.unwrap();
    desk.crm.come_back();
    desk.pass(30).await;
    let mut on: Vec<_> = desk
        .crm
        .phone_calls()
        .iter()
        .map(|log| log.related[0].kind.clone())
        .collect();
    on.sort();
    assert_eq!(on, ["company", "contact"]);
}

#[tokio::test]
async fn a_supplier_is_logged_on_its_record_alone() {
    let mut desk = Desk::new().await;
    // Even where somebody filed an opportunity under it.
    desk.crm.edit_opportunity(FOUR_A_SOLE, |deal| {
        deal.third = (RecordKind::Company, MOULINS_DU_VAL);
    });
    let call = desk.log_call_with(MOULINS_DU_VAL_PHONE, "flour").await;
    let log = desk.logged_once(&call).await;
    assert_eq!(log.related.len(), 1);
    assert_eq!(log.related_id("company"), Some(MOULINS_DU_VAL));
}

#[tokio::test]
async fn a_contact_without_a_company_has_no_opportunity() {
    let mut desk = Desk::new().await;
    desk.crm.edit_opportunity(FOUR_A_SOLE, |deal| {
        deal.contacts = vec![INES_MOREL];
    });
    let call = desk.log_call_with(INES_MOREL_MOBILE, "press").await;
    let log = desk.logged_once(&call).await;
    assert_eq!(log.related.len(), 1);
    assert_eq!(log.related_id("contact"), Some(INES_MOREL));
}

#[tokio::test]
async fn of_several_opportunities_the_rule_of_the_settings_picks() {
    // Created 200 days and 10 days before the book was closed.
    let table = [
        (OpportunityRule::Oldest, 3_100_000, Some(LITERIE)),
        (OpportunityRule::Newest, 100, Some(BAR)),
        (OpportunityRule::Largest, 3_100_000, Some(BAR)),
        (OpportunityRule::Largest, 100, Some(LITERIE)),
        (OpportunityRule::None, 3_100_000, None),
    ];
    for (rule, cents_of_bar, wanted) in table {
        let mut desk = Desk::setup()
            .settings(|s| s.crm.sellsy.opportunity = rule)
            .start()
            .await;
        desk.crm
            .edit_opportunity(BAR, |deal| deal.cents = cents_of_bar);
        let call = desk.log_call_with(HOTEL_DES_REMPARTS_PHONE, "beds").await;
        let log = desk.logged_once(&call).await;
        assert_eq!(log.related_id("company"), Some(HOTEL_DES_REMPARTS));
        assert_eq!(log.related_id("opportunity"), wanted, "{rule:?}");
    }
}

#[tokio::test]
async fn the_agents_choice_of_opportunity_wins() {
    let chosen = OpportunityChoice::Chosen {
        id: RemoteId::new(BAR.to_string()),
    };
    for (choice, wanted) in [(chosen, Some(BAR)), (OpportunityChoice::None, None)] {
        let mut desk = Desk::new().await;
        let call = desk.talk_with(HOTEL_DES_REMPARTS_PHONE).await;
        let change = DraftChange {
            opportunity: Some(choice),
            ..DraftChange::default()
        };
        desk.engine.change_draft(&call, change).await.unwrap();
        desk.file(&call).await;
        let log = desk.logged_once(&call).await;
        assert_eq!(log.related_id("opportunity"), wanted);
    }
}
