//! What was measured: samples, rows beside their goals, and the two files that keep them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Done;

/// Durations of one thing done again and again, in nanoseconds.
#[derive(Default, Clone)]
pub(crate) struct Samples(Vec<u64>);

impl Samples {
    /// Adds one.
    pub(crate) fn take(&mut self, took: Duration) {
        self.0
            .push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The value that this share of the samples does not exceed, in microseconds.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list of thousands"
        )]
        let place = (last as f64 * share).round() as usize;
        micros(sorted.get(place).copied().unwrap_or(0))
    }

    /// The median in microseconds.
    pub(crate) fn p50(&self) -> f64 {
        self.at(0.50)
    }

    /// The 99th percentile in microseconds.
    pub(crate) fn p99(&self) -> f64 {
        self.at(0.99)
    }

    /// Adds those of another run.
    pub(crate) fn join(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1_000.0
}

/// One line of the report.
pub(crate) struct Row {
    /// Which part of the benchmark.
    pub part: &'static str,
    /// What was measured, and under which circumstances.
    pub what: String,
    /// What came out, in words.
    pub measured: String,
    /// The goal in words; empty for what only stands beside.
    pub goal: String,
    /// How the measured value relates to the limit; 1 and less is good. None without a goal.
    pub of_limit: Option<f64>,
}

impl Row {
    fn verdict(&self) -> &'static str {
        match self.of_limit {
            None => "",
            Some(share) if share <= 1.0 => "reached",
            Some(_) => "MISSED",
        }
    }
}

/// All rows, and where they are kept.
pub(crate) struct Report {
    rows: Vec<Row>,
    folder: PathBuf,
    machine: Value,
}

impl Report {
    /// An empty report, kept in `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            rows: Vec::new(),
            folder,
            machine: machine(),
        }
    }

    /// Says a line and keeps it.
    ///
    /// # Errors
    /// When a file or standard output cannot be written.
    pub(crate) fn add(&mut self, row: Row) -> Done {
        let mut line = format!("{:<10} {}: {}", row.part, row.what, row.measured);
        if let Some(share) = row.of_limit {
            let _ = write!(
                line,
                " | goal {} | {share:.2} of it, {}",
                row.goal,
                row.verdict()
            );
        }
        writeln!(std::io::stdout(), "{line}")?;
        self.rows.push(row);
        self.write()
    }

    /// A row that only stands beside others.
    ///
    /// # Errors
    /// As for [`Report::add`].
    pub(crate) fn beside(&mut self, part: &'static str, what: &str, measured: String) -> Done {
        self.add(Row {
            part,
            what: what.to_owned(),
            measured,
            goal: String::new(),
            of_limit: None,
        })
    }

    /// A row with a goal: `value` may be at most `limit`.
    ///
    /// # Errors
    /// As for [`Report::add`].
    pub(crate) fn against(
        &mut self,
        part: &'static str,
        what: &str,
        measured: String,
        goal: &str,
        (value, limit): (f64, f64),
    ) -> Done {
        self.add(Row {
            part,
            what: what.to_owned(),
            measured,
            goal: goal.to_owned(),
            of_limit: Some(value / limit),
        })
    }

    fn write(&self) -> Done {
        std::fs::create_dir_all(&self.folder)?;
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "part": row.part, "what": row.what, "measured": row.measured,
                    "goal": row.goal, "of_limit": row.of_limit,
                })
            })
            .collect();
        let all = json!({ "machine": self.machine, "load_at_end": load(), "rows": rows });
        std::fs::write(
            self.folder.join("report.json"),
            serde_json::to_vec_pretty(&all)?,
        )?;
        std::fs::write(self.folder.join("report.md"), self.table())?;
        Ok(())
    }

    fn table(&self) -> String {
        let mut text = String::from(
            "| part | what | measured | goal | of the limit | |\n|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            let share = row
                .of_limit
                .map_or_else(String::new, |share| format!("{share:.2}"));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {share} | {} |",
                row.part,
                row.what,
                row.measured,
                row.goal,
                row.verdict()
            );
        }
        text
    }

    /// Goals that were measured and missed.
    pub(crate) fn missed(&self) -> usize {
        let over = |row: &&Row| row.of_limit.is_some_and(|share| share > 1.0);
        self.rows.iter().filter(over).count()
    }
}

/// What the numbers were taken on.
fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map(|(_, model)| model.to_owned());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({
        "cpu": model,
        "cores": cores,
        "kernel": kernel.trim(),
        "load_at_start": load(),
        "at": jiff::Timestamp::now().to_string(),
    })
}

/// The load averages of the machine: what else ran meanwhile.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}
