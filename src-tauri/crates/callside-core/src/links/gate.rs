//! How many dial requests may come from outside, and how often.
//!
//! A page can open links as fast as it likes, and a softphone that hands `tel:` links back to us
//! makes a loop. The gate sees every dial request that comes by a link before the agent does. It
//! keeps no clock: the instants come with the requests.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Within this time at most [`MOST`] requests come through.
const WINDOW: SignedDuration = SignedDuration::from_secs(10);
const MOST: usize = 3;
/// A number that comes back this soon after it was handed to a softphone was sent back by it.
const ECHO: SignedDuration = SignedDuration::from_secs(3);

/// What becomes of a dial request that came by a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateAnswer {
    /// Show it to the agent.
    Ask,
    /// The same number is already waiting for the agent: bring that request to the front.
    Merge,
    /// Too many in a short time. Drop it, with a notice.
    Flood,
    /// We have just handed this number to a softphone, which sent it back. Drop it, with a notice.
    Echo,
}

/// Guards the way from links to the agent.
#[derive(Clone, Default)]
pub struct DialGate {
    asked: VecDeque<Timestamp>,
    pending: Vec<String>,
    handed: VecDeque<(String, Timestamp)>,
}

impl std::fmt::Debug for DialGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DialGate")
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}

impl DialGate {
    /// Judges a request for these digits at this instant. After [`GateAnswer::Ask`] the request
    /// counts as pending until [`settle`](Self::settle) is told of it.
    pub fn admit(&mut self, digits: &str, at: Timestamp) -> GateAnswer {
        self.forget_before(at);
        if self.handed.iter().any(|(handed, _)| handed == digits) {
            return GateAnswer::Echo;
        }
        if self.pending.iter().any(|pending| pending == digits) {
            return GateAnswer::Merge;
        }
        if self.asked.len() >= MOST {
            return GateAnswer::Flood;
        }
        self.asked.push_back(at);
        self.pending.push(digits.to_owned());
        GateAnswer::Ask
    }

    /// The agent confirmed or dismissed the request for these digits.
    pub fn settle(&mut self, digits: &str) {
        self.pending.retain(|pending| pending != digits);
    }

    /// These digits went to a softphone at this instant, whoever asked for them.
    pub fn handed_over(&mut self, digits: &str, at: Timestamp) {
        self.settle(digits);
        self.forget_before(at);
        self.handed.push_back((digits.to_owned(), at));
    }

    /// A clock that jumped back must not shut the gate for long, so the distance counts in both
    /// directions.
    fn forget_before(&mut self, now: Timestamp) {
        let older = |at: Timestamp, than| now.duration_since(at).abs() >= than;
        self.asked.retain(|at| !older(*at, WINDOW));
        self.handed.retain(|(_, at)| !older(*at, ECHO));
    }
}
