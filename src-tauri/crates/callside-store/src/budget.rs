//! Who spent the limit of a connection, hour by hour, in the journal.

use std::collections::BTreeMap;

use callside_core::id::ConnectionId;
use callside_core::ports::BudgetSample;
use jiff::{SignedDuration, Timestamp};

use crate::rows::{instant, json, nanos, parse};
use crate::{Store, StoreError};

/// How long an hour is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

type Row = (i64, i64, i64, i64, i64, i64, i64, String);

impl Store {
    /// Adds shorter samples, oldest first, to the hours they lie in. Hours that are more than
    /// thirty days older than the last one leave.
    ///
    /// # Errors
    /// [`StoreError`] of the journal; nothing is added then.
    pub async fn add_budget(
        &self,
        connection: &ConnectionId,
        samples: &[BudgetSample],
    ) -> Result<(), StoreError> {
        let mut hours: BTreeMap<Timestamp, BudgetSample> = BTreeMap::new();
        for sample in samples {
            let at = sample.hour();
            let hour = hours.entry(at).or_insert(BudgetSample::empty(at, 3600));
            hour.add(sample);
        }
        let Some(last) = hours.keys().next_back().copied() else {
            return Ok(());
        };
        let db = self.journal();
        let mut change = db.begin().await?;
        for hour in hours.values() {
            let spent = |class: &str| count(hour.spent.get(class).copied().unwrap_or(0));
            sqlx::query(
                "INSERT INTO budget_hour (connection, hour, spent_log, spent_card, spent_sign_in, \
                 spent_sync, refused, others, remaining) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                 ON CONFLICT (connection, hour) DO UPDATE SET \
                 spent_log = spent_log + excluded.spent_log, \
                 spent_card = spent_card + excluded.spent_card, \
                 spent_sign_in = spent_sign_in + excluded.spent_sign_in, \
                 spent_sync = spent_sync + excluded.spent_sync, \
                 refused = refused + excluded.refused, others = others + excluded.others, \
                 remaining = CASE excluded.remaining WHEN '{}' THEN remaining \
                 ELSE excluded.remaining END",
            )
            .bind(connection.as_str())
            .bind(nanos(hour.at))
            .bind(spent("log"))
            .bind(spent("card"))
            .bind(spent("sign_in"))
            .bind(spent("sync"))
            .bind(count(hour.refused))
            .bind(count(hour.others))
            .bind(json("what is left", &hour.remaining)?)
            .execute(&mut *change)
            .await
            .map_err(|error| db.fault(error))?;
        }
        let before = last.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        sqlx::query("DELETE FROM budget_hour WHERE connection = ?1 AND hour < ?2")
            .bind(connection.as_str())
            .bind(nanos(before))
            .execute(&mut *change)
            .await
            .map_err(|error| db.fault(error))?;
        db.commit(change).await
    }

    /// The hours of a connection that begin at this instant or later, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] of the journal.
    pub async fn budget_hours(
        &self,
        connection: &ConnectionId,
        since: Timestamp,
    ) -> Result<Vec<BudgetSample>, StoreError> {
        let db = self.journal();
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT hour, spent_log, spent_card, spent_sign_in, spent_sync, refused, others, \
             remaining FROM budget_hour WHERE connection = ?1 AND hour >= ?2 ORDER BY hour",
        )
        .bind(connection.as_str())
        .bind(nanos(since))
        .fetch_all(&db.readers)
        .await
        .map_err(|error| db.fault(error))?;
        rows.into_iter().map(sample).collect()
    }
}

fn sample(
    (hour, log, card, sign_in, sync, refused, others, remaining): Row,
) -> Result<BudgetSample, StoreError> {
    let spent = [
        ("log", log),
        ("card", card),
        ("sign_in", sign_in),
        ("sync", sync),
    ];
    let spent = spent.into_iter().filter(|(_, count)| *count > 0);
    Ok(BudgetSample {
        spent: spent
            .map(|(class, count)| (class.to_owned(), counted(count)))
            .collect(),
        refused: counted(refused),
        others: counted(others),
        remaining: parse("what is left", &remaining)?,
        ..BudgetSample::empty(instant(hour), 3600)
    })
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
