//! Each state, each reason and each way out in the real window.

use crate::desk::Desk;
use crate::scenes::Stage;

#[tokio::test]
async fn every_state_of_a_delivery_has_its_reason_and_its_way_out() {
    let Some(stage) = Stage::set(Desk::with(), false, None).await else {
        return;
    };
    stage.deliveries().await;
    stage.strike().await;
}

#[tokio::test]
async fn what_the_agent_is_asked_is_asked_in_the_window_and_done() {
    let Some(stage) = Stage::set(Desk::with(), false, None).await else {
        return;
    };
    stage.questions().await;
    stage.strike().await;
}

#[tokio::test]
async fn a_damaged_journal_gives_way_to_its_backup() {
    let Some(stage) = Stage::set(Desk::with(), false, None).await else {
        return;
    };
    stage.restored().await.strike().await;
}
