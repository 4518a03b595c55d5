//! The last lines of the log, in memory, for a support bundle.
//!
//! Lines hold no number, name, note or token by rule. What leaves the machine is washed once more,
//! since a path names the agent and a rule may have been broken.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// How many lines are kept.
const KEPT: usize = 500;
/// The longest line that is kept, in bytes.
const LONGEST: usize = 2_000;
/// More digits in a row than any count, port or year has.
const MANY_DIGITS: usize = 6;

static LINES: RecentLines = RecentLines {
    lines: Mutex::new(VecDeque::new()),
};

/// A ring of lines that the log is written to.
#[derive(Debug)]
pub struct RecentLines {
    lines: Mutex<VecDeque<String>>,
}

/// The ring of this process.
pub fn recent() -> &'static RecentLines {
    &LINES
}

impl RecentLines {
    fn keep(&self, line: &str) {
        let end = line.floor_char_boundary(LONGEST);
        let line = line.get(..end).unwrap_or_default().trim_end().to_owned();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        while lines.len() > KEPT {
            lines.pop_front();
        }
    }

    /// The lines, oldest first, without what could name a person.
    pub fn washed(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| wash(line)).collect()
    }
}

/// Writes one event to the ring.
#[derive(Debug)]
pub struct Writer(&'static RecentLines);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.keep(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for &'static RecentLines {
    type Writer = Writer;

    fn make_writer(&'a self) -> Self::Writer {
        Writer(self)
    }
}

/// Takes out of a line what could name a person: paths, addresses, long runs of digits. The
/// instant at its beginning stays.
pub fn wash(line: &str) -> String {
    let mut words = Vec::new();
    for (place, word) in line.split(' ').enumerate() {
        let instant = place == 0 && word.contains('T') && word.ends_with('Z');
        words.push(if instant {
            word.to_owned()
        } else {
            wash_word(word)
        });
    }
    words.join(" ")
}

fn wash_word(word: &str) -> String {
    // A name and its value stand together: `path=/home/marie`.
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (format!("{name}="), value),
        None => (String::new(), word),
    };
    let path = value.contains('/') || value.contains('\\');
    let digits = value.chars().filter(char::is_ascii_digit).count();
    if value.contains('@') || digits >= MANY_DIGITS {
        format!("{name}…")
    } else if path {
        format!("{name}(path)")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write as _;

    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        static RING: RecentLines = RecentLines {
            lines: Mutex::new(VecDeque::new()),
        };
        for n in 0..600 {
            let mut writer = (&&RING).make_writer();
            writer.write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        let lines = RING.washed();
        assert_eq!(lines.len(), KEPT);
        assert_eq!(lines.first().unwrap(), "line 100");
        assert_eq!(lines.last().unwrap(), "line 599");
    }

    #[test]
    fn what_could_name_a_person_is_taken_out() {
        let line = "2026-03-10T08:00:00.123456Z  WARN callside_store: a file failed \
                    path=/home/marie/x count=12 to=+33639980123 by marie@example.com";
        let washed = wash(line);
        assert!(washed.starts_with("2026-03-10T08:00:00.123456Z  WARN callside_store: a file"));
        assert!(washed.contains("count=12"), "{washed}");
        for gone in ["marie", "33639980123", "example.com"] {
            assert!(!washed.contains(gone), "{washed}");
        }
    }
}
