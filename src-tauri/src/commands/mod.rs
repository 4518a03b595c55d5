//! What the windows may ask for, a file per feature.
//!
//! A command reads its arguments, asks the engine and turns the answer into a view. It decides
//! nothing. Which window may call which command is written in `permissions/`.

pub mod app;
pub mod calls;
pub mod card;
pub mod cloud;
pub mod connections;
pub mod contacts;
pub mod dialing;
pub mod handlers;
pub mod outbox;
pub mod sample;
pub mod settings;
pub mod wrap_up;

use callside_core::id::CallId;
use callside_engine::events::Card;

use crate::error::Failed;
use crate::shell::Shell;

/// The card of a call that a window names.
pub(crate) async fn card_of(shell: &Shell, call: &str) -> Result<Card, Failed> {
    let card = shell.engine()?.card(&CallId::new(call)).await?;
    card.ok_or(Failed::NotFound)
}
