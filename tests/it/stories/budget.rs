//! The limit that all agents and integrations of an account share.

use callside_core::outbox::{DeliveryState, Reason};
use callside_core::ports::{BudgetSample, ReadError};
use callside_engine::contact_sync::SyncFailed;
use callside_engine::events::FactsState;
use callside_sandbox::QuotaLimits;
use callside_sandbox::book::{LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE};
use callside_sandbox::http::Method;
use jiff::{SignedDuration, Timestamp};

use super::desk::{Desk, sellsy};

/// Somebody else asks until so many requests of the day are left; returns how many it took.
async fn others_leave(desk: &Desk, left: i64) -> u64 {
    for count in 1..=1000 {
        let answer = desk.other_program(Method::GET, "/staffs/me", None).await;
        let told = answer.headers["x-quota-remaining-by-day"].to_str();
        if told.expect("a number").parse::<i64>().expect("a number") <= left {
            return count;
        }
    }
    panic!("the limit never ends");
}

fn a_day_of(requests: u64) -> QuotaLimits {
    QuotaLimits {
        per_day: Some(requests),
        ..QuotaLimits::unlimited()
    }
}

async fn history(desk: &Desk, since: Timestamp) -> Vec<BudgetSample> {
    let history = desk.engine.budget_history(&sellsy(), since).await;
    history.expect("a history")
}

fn own(samples: &[BudgetSample]) -> u64 {
    samples
        .iter()
        .flat_map(|sample| sample.spent.values())
        .sum()
}

fn others(samples: &[BudgetSample]) -> u64 {
    samples.iter().map(|sample| sample.others).sum()
}

#[tokio::test]
async fn the_history_says_what_the_vendor_counted() {
    let mut desk = Desk::setup()
        .sandbox(|s| s.quotas = a_day_of(5_000))
        .start_unconnected()
        .await;
    let began = desk.now();
    desk.connect().await;
    desk.settle().await;
    let mut by_others = 0;
    for (left, number) in [(4_950, LUC_BERNARD_MOBILE), (4_900, MARIE_DUPONT_MOBILE)] {
        by_others += others_leave(&desk, left).await;
        let call = desk.log_call_with(number, "note").await;
        desk.pass_until_delivered(&call, 30).await;
        desk.pass(3600).await;
        desk.sync().await;
    }
    let counted = |desk: &Desk| desk.api_requests().len() as u64;
    let early = began - SignedDuration::from_hours(24);
    let told = history(&desk, early).await;
    assert_eq!(own(&told) + by_others, counted(&desk));
    assert_eq!(others(&told), by_others);
    assert_eq!(told.len(), 3, "three hours of the clock: {told:?}");
    assert!(told.iter().all(|hour| hour.seconds == 3600));
    let log: u64 = told.iter().filter_map(|hour| hour.spent.get("log")).sum();
    assert_eq!(log, 2, "a request per call, as each card had its facts");

    // It outlives a restart, and nothing is counted twice.
    desk.restart().await;
    desk.settle().await;
    let told = history(&desk, early).await;
    assert_eq!(own(&told) + by_others, counted(&desk));
    assert_eq!(others(&told), by_others);
    // The last hours are told by minutes.
    let minutes = history(&desk, desk.now() - SignedDuration::from_mins(30)).await;
    assert!(!minutes.is_empty() && minutes.iter().all(|minute| minute.seconds == 60));
}

#[tokio::test]
async fn with_little_left_logs_pass_while_cards_and_the_sync_wait() {
    // Of 400 a day the sync leaves 40 to the others, cards leave 4 to the logs.
    let mut desk = Desk::setup()
        .sandbox(|s| s.quotas = a_day_of(400))
        .start()
        .await;
    others_leave(&desk, 30).await;
    let first = desk.log_call_with(LUC_BERNARD_MOBILE, "first").await;
    desk.pass_until_delivered(&first, 10).await;
    let asked = desk.api_requests().len();
    let put_off = desk.engine.sync_now(&sellsy(), false).await;
    assert!(
        matches!(put_off, Err(SyncFailed::Read(ReadError::Busy { .. }))),
        "{put_off:?}"
    );
    assert_eq!(desk.api_requests().len(), asked, "the sync asks nothing");
    let call = desk.ring(MARIE_DUPONT_MOBILE).await;
    let card = desk.card(&call).await;
    assert!(
        matches!(card.facts, FactsState::Known(_)),
        "cards still ask"
    );

    others_leave(&desk, 5).await;
    let second = desk.log_call_with(LUC_BERNARD_MOBILE, "second").await;
    desk.pass_until_delivered(&second, 10).await;
    let asked = desk.api_requests().len();
    desk.clock.advance(SignedDuration::from_secs(600));
    let call = desk.ring("+33199001001").await;
    let card = desk.card(&call).await;
    assert!(
        matches!(card.facts, FactsState::Unavailable),
        "{:?}",
        card.facts
    );
    assert_eq!(desk.api_requests().len(), asked, "cards ask nothing");
    desk.note(&call, "third").await;
    desk.hang_up(&call).await;
    desk.file(&call).await;
    desk.pass_until_delivered(&call, 10).await;
    desk.logged_once(&call).await;
    assert_eq!(desk.crm.quota_refusals(), 0);
}

#[tokio::test]
async fn with_nothing_left_logs_wait_and_arrive() {
    let mut desk = Desk::setup()
        .sandbox(|s| s.quotas = a_day_of(400))
        .start()
        .await;
    others_leave(&desk, 0).await;
    let mut calls = Vec::new();
    for note in ["one", "two", "three"] {
        calls.push(desk.log_call_with(LUC_BERNARD_MOBILE, note).await);
    }
    desk.pass(300).await;
    for call in &calls {
        assert_eq!(
            desk.delivery_state(call).await,
            (DeliveryState::Waiting, Some(Reason::Limited))
        );
    }
    // The next morning, with a limit that is whole again.
    desk.pass(16 * 3600).await;
    desk.restart().await;
    // The next look is at most an hour away.
    desk.pass(3600).await;
    for call in &calls {
        desk.pass_until_delivered(call, 60).await;
        desk.logged_once(call).await;
    }
}
