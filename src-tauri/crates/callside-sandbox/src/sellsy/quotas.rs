//! The budget of requests per second, minute, day and month.
//!
//! Windows turn with the clock (the tenth second ends when the eleventh begins) and belong to the whole
//! company. Every request counts, refused ones too. A window without a limit has no header.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Account, Ask, Reply, errors::Refusal};

/// How many requests each window allows; None is unlimited and unsaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuotaLimits {
    /// Per second.
    pub per_second: Option<u64>,
    /// Per minute.
    pub per_minute: Option<u64>,
    /// Per day of 24 hours, turning at midnight UTC.
    pub per_day: Option<u64>,
    /// Per month of 30 days.
    pub per_month: Option<u64>,
    /// Whether a 429 says how many seconds to wait.
    pub retry_after: bool,
}

impl Default for QuotaLimits {
    /// Wide enough for a first copy, narrow enough to be noticed by a client that never looks.
    fn default() -> Self {
        Self {
            per_second: Some(50),
            per_minute: Some(2_000),
            per_day: Some(400_000),
            per_month: Some(5_000_000),
            retry_after: true,
        }
    }
}

impl QuotaLimits {
    /// No window has a limit, so no answer has a quota header.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            per_second: None,
            per_minute: None,
            per_day: None,
            per_month: None,
            retry_after: true,
        }
    }

    const fn windows(&self) -> [(&'static str, &'static str, i64, Option<u64>); 4] {
        [
            (
                "x-quota-remaining-by-second",
                "api_rate_seconds",
                1,
                self.per_second,
            ),
            (
                "x-quota-remaining-by-minute",
                "api_rate_minutes",
                60,
                self.per_minute,
            ),
            (
                "x-quota-remaining-by-day",
                "api_rate_days",
                86_400,
                self.per_day,
            ),
            (
                "x-quota-remaining-by-month",
                "api_rate_months",
                30 * 86_400,
                self.per_month,
            ),
        ]
    }
}

/// The limits and what was used of them.
#[derive(Clone, Debug)]
pub(crate) struct Quotas {
    pub(crate) limits: QuotaLimits,
    /// Per window: which one it is, and the requests in it.
    used: [(i64, u64); 4],
    /// Requests refused for want of quota, since the start.
    pub(crate) refused: u64,
}

impl Quotas {
    pub(crate) fn new(limits: QuotaLimits) -> Self {
        Self {
            limits,
            used: [(0, 0); 4],
            refused: 0,
        }
    }

    /// Counts one request, or refuses it when a window is used up.
    pub(crate) fn spend(&mut self, now: Timestamp) -> Result<(), Refusal> {
        self.turn(now);
        let mut wait = None;
        for ((_, used), (_, _, length, limit)) in self.used.iter_mut().zip(self.limits.windows()) {
            if limit.is_some_and(|limit| *used >= limit) {
                wait = wait.max(Some(length - now.as_second().rem_euclid(length)));
            }
            *used += 1;
        }
        let Some(wait) = wait else { return Ok(()) };
        self.refused += 1;
        let mut refusal = Refusal::for_status(429);
        refusal.retry_after = self.limits.retry_after.then_some(wait.unsigned_abs());
        Err(refusal)
    }

    /// What is left, as headers.
    pub(crate) fn headers(&self) -> Vec<(&'static str, u64)> {
        self.used
            .iter()
            .zip(self.limits.windows())
            .filter_map(|((_, used), (header, _, _, limit))| {
                Some((header, limit?.saturating_sub(*used)))
            })
            .collect()
    }

    fn turn(&mut self, now: Timestamp) {
        for (slot, (_, _, length, _)) in self.used.iter_mut().zip(self.limits.windows()) {
            let window = now.as_second().div_euclid(length);
            if slot.0 != window {
                *slot = (window, 0);
            }
        }
    }
}

/// `GET /quotas`.
pub(crate) fn show(account: &mut Account, _ask: &Ask) -> Result<Reply, Refusal> {
    let quotas = &account.quotas;
    let mut body =
        json!({"pipelines": {"limit": 10, "used": 2}, "custom_fields": {"limit": null, "used": 0}});
    for ((_, used), (_, name, _, limit)) in quotas.used.iter().zip(quotas.limits.windows()) {
        if let Value::Object(body) = &mut body {
            body.insert(name.to_owned(), json!({"limit": limit, "used": used}));
        }
    }
    Ok(Reply::ok(body))
}
