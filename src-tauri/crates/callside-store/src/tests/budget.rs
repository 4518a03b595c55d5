use callside_core::ports::BudgetSample;

use super::*;

/// A minute in which so many requests of a class were made.
fn minute(second: i64, class: &str, count: u64, left: Option<i64>) -> BudgetSample {
    BudgetSample {
        spent: [(class.to_owned(), count)].into(),
        others: count * 10,
        remaining: left
            .map(|left| ("day".to_owned(), left))
            .into_iter()
            .collect(),
        ..BudgetSample::empty(at(second), 60)
    }
}

#[tokio::test]
async fn minutes_add_up_to_their_hour() {
    let (_dir, store) = fresh().await;
    let first = [
        minute(0, "log", 1, Some(90)),
        minute(60, "sync", 5, Some(80)),
    ];
    store.add_budget(&sellsy(), &first).await.unwrap();
    let more = [
        minute(120, "log", 2, None),
        minute(3600, "card", 3, Some(70)),
    ];
    store.add_budget(&sellsy(), &more).await.unwrap();
    let hours = store.budget_hours(&sellsy(), at(-3600)).await.unwrap();
    assert_eq!(hours.len(), 2);
    let spent = [("log".to_owned(), 3), ("sync".to_owned(), 5)].into();
    assert_eq!((&hours[0].spent, hours[0].others), (&spent, 80));
    assert_eq!(hours[0].remaining["day"], 80);
    assert_eq!(hours[1].spent["card"], 3);
    let other = ConnectionId::new("other");
    assert_eq!(store.budget_hours(&other, at(-3600)).await.unwrap(), []);
}

#[tokio::test]
async fn an_hour_is_kept_for_thirty_days() {
    let (_dir, store) = fresh().await;
    for day in 0..40 {
        let one = minute(day * 86_400, "log", 1, None);
        store.add_budget(&sellsy(), &[one]).await.unwrap();
    }
    let hours = store.budget_hours(&sellsy(), at(-3600)).await.unwrap();
    assert_eq!(hours.len(), 31);
    assert!(hours[0].at >= at(9 * 86_400 - 3600));
}
