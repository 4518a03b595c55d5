//! The company's budget of requests a minute.
//!
//! It belongs to the whole company: other integrations spend from it too. Nothing tells how much is left before it
//! is used up; only the refusal carries headers.

use serde::{Deserialize, Serialize};

use super::errors::refused;
use crate::rest::Refusal;

/// How many requests a minute allows, and how a refusal is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests a minute of the whole company; None is unlimited.
    pub per_minute: Option<u64>,
    /// What other integrations of the company spend at the beginning of each minute.
    pub others_per_minute: u64,
    /// Whether a 429 carries `Retry-After` beside the service's own headers.
    pub retry_after: bool,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            per_minute: Some(120),
            others_per_minute: 0,
            retry_after: false,
        }
    }
}

/// What was spent in the current minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    minute: i64,
    used: u64,
    /// Requests refused since the start.
    pub(crate) refused: u64,
}

impl Budget {
    /// Counts one request, or refuses it when the minute is used up. Refused ones count too.
    pub(crate) fn spend(&mut self, limit: RateLimit, seconds: i64) -> Result<(), Refusal> {
        self.spend_elsewhere(limit, seconds, 1);
        let Some(most) = limit.per_minute.filter(|most| self.used > *most) else {
            return Ok(());
        };
        self.refused += 1;
        let reset = (self.minute + 1) * 60;
        let mut refusal = refused(429, "You have reached the limit of requests per minute");
        refusal.headers = vec![
            ("x-aircallapi-limit", most.to_string()),
            ("x-aircallapi-remaining", "0".to_owned()),
            ("x-aircallapi-reset", reset.to_string()),
        ];
        if limit.retry_after {
            refusal
                .headers
                .push(("retry-after", (reset - seconds).to_string()));
        }
        Err(refusal)
    }

    /// Another integration of the company sends requests.
    pub(crate) fn spend_elsewhere(&mut self, limit: RateLimit, seconds: i64, requests: u64) {
        let minute = seconds.div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            self.used = limit.others_per_minute;
        }
        self.used = self.used.saturating_add(requests);
    }

    /// Requests of the current minute, by whoever.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }
}
