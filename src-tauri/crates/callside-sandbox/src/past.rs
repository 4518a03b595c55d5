//! When things happened before the sandbox was started.

use rand::{Rng, rngs::StdRng};

/// How long the invented past is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryOptions {
    /// How many calls there were.
    pub calls: usize,
    /// How many days ago the first was. Later days have more calls.
    pub days: u32,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self {
            calls: 240,
            days: 200,
        }
    }
}

/// The moments of the past before `now` in Unix milliseconds, oldest first. The last hour is free.
pub(crate) fn moments(dice: &mut StdRng, options: HistoryOptions, now: i64) -> Vec<i64> {
    let span = f64::from(options.days) * 86_400_000.0;
    let mut moments: Vec<i64> = (0..options.calls)
        .map(|_| {
            let age: f64 = dice.random_range(0.0..1.0);
            now - 3_600_000 - (age * age * span) as i64
        })
        .collect();
    moments.sort_unstable();
    moments
}
