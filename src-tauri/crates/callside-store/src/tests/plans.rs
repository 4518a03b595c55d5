//! What has to be fast goes through an index. SQLite says how it would run each statement.

use super::*;

async fn plan(pool: &sqlx::SqlitePool, statement: &str) -> String {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(explain).fetch_all(pool).await.unwrap();
    let steps: Vec<String> = steps.into_iter().map(|step| step.3).collect();
    steps.join("\n")
}

#[tokio::test]
async fn no_hot_statement_walks_through_a_table() {
    let (_dir, store) = fresh().await;
    let (journal, cache) = (&store.journal().readers, &store.cache().readers);
    let cases = [
        (cache, crate::contacts::PROBE_NUMBERS),
        (cache, crate::contacts::PROBE_BOTH),
        (cache, crate::search::SEARCH),
        (journal, crate::calls::ONE_CALL),
        (journal, crate::calls::OPEN_WRAP_UPS),
        (journal, crate::calls::EARLIER_CALLS),
        (journal, crate::calls::RECENT_CALLS),
        (journal, crate::outbox::PENDING),
        (journal, crate::calls::WRAP_UPS_AT_HAND),
        (journal, crate::cloud::DUE),
        (journal, crate::cloud::SENDS),
        (journal, crate::cloud::ABOUT),
        (journal, crate::cloud::ABOUT_ANYBODY),
    ];
    for (pool, statement) in cases {
        let plan = plan(pool, statement).await;
        let walks = plan
            .lines()
            .filter(|step| step.starts_with("SCAN"))
            .filter(|step| !step.contains("VIRTUAL TABLE") && !step.contains("USING INDEX"))
            .collect::<Vec<_>>();
        assert!(walks.is_empty(), "{statement}\n{plan}");
    }
}

#[tokio::test]
async fn a_probe_reads_the_number_and_the_card_and_sorts_nothing() {
    let (_dir, store) = fresh().await;
    let plan = plan(&store.cache().readers, crate::contacts::PROBE_NUMBERS).await;
    assert_eq!(
        plan,
        "SEARCH p USING PRIMARY KEY (e164=?)\nSEARCH c USING INTEGER PRIMARY KEY (rowid=?)"
    );
}

#[tokio::test]
async fn a_search_takes_the_newest_first_without_sorting_all() {
    let (_dir, store) = fresh().await;
    let plan = plan(&store.cache().readers, crate::search::SEARCH).await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn the_counts_of_a_connection_come_from_an_index_alone() {
    let (_dir, store) = fresh().await;
    let plan = plan(&store.cache().readers, crate::cursors::COUNTS).await;
    assert!(
        plan.contains("USING COVERING INDEX contact_counts"),
        "{plan}"
    );
}
