//! Who spent the limit of a connection, as bars of one length.

use callside_core::id::ConnectionId;
use callside_core::ports::BudgetSample;
use callside_engine::Engine;
use callside_store::StoreError;
use jiff::Timestamp;

use crate::shapes::small;
use crate::wire::{BudgetBar, BudgetView};

/// The longest span, in hours: as long as the journal keeps it.
const LONGEST: u32 = 30 * 24;

/// The bars of the last hours: minutes for up to two hours, hours for up to two days, else quarters
/// of a day. Bars begin at round instants of UTC.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn of(
    engine: &Engine,
    connection: &ConnectionId,
    hours: u32,
) -> Result<BudgetView, StoreError> {
    let hours = hours.clamp(1, LONGEST);
    let step_s = match hours {
        1..=2 => 60,
        3..=48 => 3600,
        _ => 6 * 3600,
    };
    let starts = starts(engine.now(), hours, step_s);
    let since = starts.first().copied().unwrap_or_else(|| engine.now());
    let samples = engine.budget_history(connection, since).await?;
    let left_of = left_of(&samples);
    Ok(BudgetView {
        connection: connection.to_string(),
        step_s,
        bars: bars(&starts, &samples, left_of),
        left_of: left_of.map(str::to_owned),
    })
}

/// When the bars begin; the last one holds the present instant.
fn starts(now: Timestamp, hours: u32, step_s: u32) -> Vec<Timestamp> {
    let step = i64::from(step_s);
    let last = now.as_second().div_euclid(step);
    let count = i64::from(hours) * 3600 / step;
    (last - count + 1..=last)
        .filter_map(|index| Timestamp::from_second(index.saturating_mul(step)).ok())
        .collect()
}

/// The window whose rest is worth a curve: a short one is full again before anybody looks.
fn left_of(samples: &[BudgetSample]) -> Option<&'static str> {
    let told = |window: &&str| samples.iter().any(|s| s.remaining.contains_key(*window));
    ["day", "month", "hour", "minute", "second"]
        .into_iter()
        .find(told)
}

fn bars(starts: &[Timestamp], samples: &[BudgetSample], left_of: Option<&str>) -> Vec<BudgetBar> {
    let bar = |index: usize, start: &Timestamp| {
        let next = starts.get(index + 1).copied().unwrap_or(Timestamp::MAX);
        let mut whole = BudgetSample::empty(*start, 0);
        let within = samples.iter().filter(|s| (*start..next).contains(&s.at));
        within.for_each(|sample| whole.add(sample));
        let spent = |class: &str| small(whole.spent.get(class).copied().unwrap_or(0));
        BudgetBar {
            at: start.to_string(),
            log: spent("log"),
            card: spent("card"),
            sync: spent("sync"),
            sign_in: spent("sign_in"),
            others: small(whole.others),
            refused: small(whole.refused),
            left: left_of
                .and_then(|window| whole.remaining.get(window))
                .map(|left| i32::try_from(*left).unwrap_or(i32::MAX)),
        }
    };
    let numbered = starts.iter().enumerate();
    numbered.map(|(index, start)| bar(index, start)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn each_request_stands_in_one_bar() {
        let now: Timestamp = "2026-03-02T08:41:07Z".parse().unwrap();
        let starts = starts(now, 24, 3600);
        assert_eq!(starts.len(), 24);
        assert_eq!(starts[23], "2026-03-02T08:00:00Z".parse().unwrap());
        let sample = |at: &str, others: u64| BudgetSample {
            spent: [("log".to_owned(), 2)].into(),
            others,
            remaining: [
                ("day".to_owned(), 900 - i64::try_from(others).unwrap()),
                ("second".to_owned(), 4),
            ]
            .into(),
            ..BudgetSample::empty(at.parse().unwrap(), 60)
        };
        let samples = [
            sample("2026-03-02T06:59:00Z", 1),
            sample("2026-03-02T07:00:00Z", 3),
            sample("2026-03-02T07:30:00Z", 4),
            sample("2026-03-02T08:41:00Z", 5),
        ];
        let bars = bars(&starts, &samples, left_of(&samples));
        assert_eq!((bars[21].log, bars[21].others), (2, 1));
        assert_eq!((bars[22].log, bars[22].others), (4, 7));
        assert_eq!((bars[23].log, bars[23].others), (2, 5));
        assert_eq!(bars.iter().map(|bar| bar.log).sum::<u32>(), 8);
        let left: Vec<_> = bars[20..].iter().map(|bar| bar.left).collect();
        assert_eq!(left, [None, Some(899), Some(896), Some(895)]);
    }
}
