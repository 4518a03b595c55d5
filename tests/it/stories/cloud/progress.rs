//! How far an import is: calls looked through, of how many.

use callside_engine::events::EngineEvent;
use jiff::SignedDuration;

use super::super::desk::STRANGER;
use super::{AIRCALL, Office, line, unanswered};

/// Everything that was told of imports: looked through, of how many, taken, over.
fn told(office: &mut Office) -> Vec<(u64, Option<u64>, u64, bool)> {
    let told = office.desk.told().into_iter();
    told.filter_map(|event| match event {
        EngineEvent::Import(name, import) if name == AIRCALL || name == "allo" => {
            Some((import.done, import.total, import.new, import.finished))
        }
        _ => None,
    })
    .collect()
}

fn remember(office: &Office, count: i64) {
    for minute in 0..count {
        let started = office.now() - SignedDuration::from_mins(minute * 10 + 60);
        let call = unanswered(&format!("{minute}"), STRANGER, started);
        office.cloud.put(call);
    }
}

#[tokio::test]
async fn an_import_tells_how_many_calls_it_has_looked_through_of_how_many() {
    let mut office = Office::new().await;
    remember(&office, 160);
    office.attach().await;
    assert_eq!(
        told(&mut office),
        [
            (50, Some(160), 50, false),
            (100, Some(160), 100, false),
            (150, Some(160), 150, false),
            (160, Some(160), 160, true),
        ]
    );
}

#[tokio::test]
async fn calls_passed_over_by_the_rules_are_looked_through_all_the_same() {
    let mut office = Office::with(|settings| settings.import.recording_required = true).await;
    remember(&office, 60);
    office.attach().await;
    assert_eq!(
        told(&mut office),
        [(50, Some(60), 0, false), (60, Some(60), 0, true)]
    );
}

#[tokio::test]
async fn the_first_import_ends_once_it_has_taken_enough() {
    let mut office = Office::with(|settings| settings.import.first_limit = 60).await;
    remember(&office, 300);
    office.attach().await;
    // What lies beyond the limit is not counted as something to come.
    assert_eq!(
        told(&mut office),
        [(50, Some(60), 50, false), (100, Some(100), 60, true)]
    );
}

#[tokio::test]
async fn with_several_lines_nobody_knows_the_sum_before_the_last_one() {
    let mut office = Office::beside("allo", |_| {}).await;
    let two = vec![line("12", super::LINE), line("13", "+33199000002")];
    office.cloud.have_lines(two);
    remember(&office, 60);
    office.attach().await;
    assert_eq!(
        told(&mut office),
        [
            (50, None, 50, false),
            (60, None, 60, false),
            (60, Some(60), 60, true),
        ]
    );
}
