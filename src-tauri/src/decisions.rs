//! What the agent decides, be it in a window or on the command line: calls that another program
//! logs too, and contacts that a look at the CRM no longer found.

use callside_core::id::ConnectionId;
use callside_core::settings::Settings;
use callside_engine::events::Double;

use crate::error::Failed;
use crate::settings_file::SaveFailed;
use crate::text::crm_name;
use crate::views::people;
use crate::wire::{DoubleWord, ShrinkView};
use crate::wiring::App;

/// How many of the contacts that would disappear are named.
const NAMED: u32 = 100;

/// Settles a double: what happens from now on to the calls of its line, or of its softphone.
///
/// # Errors
/// [`Failed`] when the settings or the journal cannot be written.
pub async fn settle_double(
    app: &App,
    double: &Double,
    whole_source: bool,
    choice: DoubleWord,
) -> Result<(), Failed> {
    let engine = app.engine();
    let mut settings = (*engine.settings()).clone();
    let logging = &mut settings.logging;
    let source = double.source.clone();
    let of_line = double.line.clone().filter(|_| !whole_source);
    let (list, entry) = match (choice, of_line) {
        (DoubleWord::Enrich, Some(line)) => (Some(&mut logging.enrich_lines), line),
        (DoubleWord::Enrich, None) => (Some(&mut logging.enrich_sources), source),
        (DoubleWord::Skip, Some(line)) => (Some(&mut logging.skip_lines), line),
        (DoubleWord::Skip, None) => (Some(&mut logging.skip_sources), source),
        (DoubleWord::Both, _) => (None, source),
    };
    if let Some(list) = list {
        if !list.contains(&entry) {
            list.push(entry);
        }
        save(app, settings).await?;
    }
    Ok(engine.settle_double(double).await?)
}

/// Says whether notes go beside the log that a telephony service writes by itself.
///
/// # Errors
/// [`Failed`] when the settings or the journal cannot be written.
pub async fn settle_enrichment(app: &App, service: &str, enrich: bool) -> Result<(), Failed> {
    let engine = app.engine();
    let mut settings = (*engine.settings()).clone();
    let list = &mut settings.logging.enrich_sources;
    if enrich && !list.iter().any(|known| known == service) {
        list.push(service.to_owned());
        save(app, settings).await?;
    }
    Ok(engine.settle_enrichment(service).await?)
}

async fn save(app: &App, settings: Settings) -> Result<(), Failed> {
    let saved = app.save_settings(settings).await;
    saved.map_err(|error| match error {
        SaveFailed::Refused(refused) => Failed::Setting(refused),
        other => Failed::Unexpected(other.to_string()),
    })
}

/// The contacts that would disappear. None when nothing is asked.
///
/// # Errors
/// [`Failed::Store`].
pub async fn shrink(app: &App, connection: &ConnectionId) -> Result<Option<ShrinkView>, Failed> {
    let engine = app.engine();
    let region = engine.settings().region_of(connection);
    let waiting = engine.waiting_shrink(connection, NAMED).await?;
    Ok(waiting.map(|shrink| ShrinkView {
        connection_name: crm_name(connection.as_str()).to_owned(),
        count: crate::shapes::small(shrink.count),
        some: shrink
            .some
            .iter()
            .map(|cached| people::row(&cached.contact, region))
            .collect(),
    }))
}

/// Removes or keeps the contacts that would disappear. Returns how many left.
///
/// # Errors
/// [`Failed::Store`].
pub async fn settle_shrink(
    app: &App,
    connection: &ConnectionId,
    remove: bool,
) -> Result<u32, Failed> {
    let engine = app.engine();
    if remove {
        let gone = engine.accept_shrink(connection).await?;
        return Ok(crate::shapes::small(gone));
    }
    engine.refuse_shrink(connection).await?;
    Ok(0)
}
