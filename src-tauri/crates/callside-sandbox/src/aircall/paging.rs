//! Pages of lists: numbers from 1, at most 50 rows, and nothing beyond the ten thousandth row.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::errors::refused;
use crate::rest::{Ask, Refusal, Reply};

/// The last row that paging reaches; beyond it the time window has to be split.
const REACH: u64 = 10_000;

/// The paging part of a query, checked. Names that nobody knows are passed over.
pub(crate) struct Page {
    page: u64,
    per_page: u64,
    newest_first: bool,
    /// Bounds on the creation date, in Unix seconds, both included.
    from: Option<i64>,
    to: Option<i64>,
}

impl Page {
    pub(crate) fn read(ask: &Ask) -> Result<Self, Refusal> {
        let number = |name: &str, default: u64, most: u64| match ask.query(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<u64>()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| refused(400, &format!("{name} is out of range"))),
        };
        let moment = |name: &str| match ask.query(name) {
            None => Ok(None),
            Some(text) => text
                .parse::<i64>()
                .map(Some)
                .map_err(|_| refused(400, &format!("{name} has to be a UNIX timestamp"))),
        };
        let page = Self {
            page: number("page", 1, u64::MAX)?,
            per_page: number("per_page", 20, 50)?,
            newest_first: ask.query("order") == Some("desc"),
            from: moment("from")?,
            to: moment("to")?,
        };
        if page.skipped() >= REACH {
            return Err(refused(400, "Only the first 10000 rows can be read"));
        }
        Ok(page)
    }

    fn skipped(&self) -> u64 {
        (self.page - 1).saturating_mul(self.per_page)
    }

    /// Whether a row that was created then is wanted.
    pub(crate) fn wants(&self, created: i64) -> bool {
        self.from.is_none_or(|from| created >= from) && self.to.is_none_or(|to| created <= to)
    }

    /// The answer with the rows of this page, of all rows in rising order.
    pub(crate) fn answer<T>(
        &self,
        ask: &Ask,
        plural: &str,
        mut rows: Vec<T>,
        show: impl Fn(&T) -> Value,
    ) -> Reply {
        if self.newest_first {
            rows.reverse();
        }
        let total = rows.len() as u64;
        let shown: Vec<Value> = rows
            .iter()
            .take(REACH as usize)
            .skip(self.skipped() as usize)
            .take(self.per_page as usize)
            .map(show)
            .collect();
        let seen = self.skipped() + shown.len() as u64;
        let next = seen < total.min(REACH) && !shown.is_empty();
        Reply::ok(json!({
            "meta": {
                "count": shown.len(),
                "total": total,
                "current_page": self.page,
                "per_page": self.per_page,
                "next_page_link": next.then(|| self.link(ask, self.page + 1)),
                "previous_page_link": (self.page > 1).then(|| self.link(ask, self.page - 1)),
            },
            plural: shown,
        }))
    }

    fn link(&self, ask: &Ask, page: u64) -> String {
        let kept = ask
            .query
            .iter()
            .filter(|(name, _)| !["page", "per_page"].contains(&name.as_str()));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("page", &page.to_string())
            .append_pair("per_page", &self.per_page.to_string())
            .finish();
        format!("{}{}?{query}", ask.home, ask.path)
    }
}
