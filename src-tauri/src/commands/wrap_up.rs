//! Notes, tags, outcome, filing.

use callside_core::call::Happening;
use callside_core::id::{CallId, RemoteId};
use callside_core::wrap_up::OpportunityChoice;
use callside_engine::call_log;
use callside_store::CallFilter;
use std::collections::BTreeMap;
use tauri::{AppHandle, State};

use crate::shell::{Answer, Shell};
use crate::views::cloud;
use crate::views::people;
use crate::wire::{CloudTagView, ContactKey, DraftChange, SaidWord, SavedDraft};

/// How many calls are looked through for tags that were used before.
const TAGS_FROM: u32 = 500;
/// How many tags are suggested.
const SUGGESTED: usize = 8;

/// Saves a piece of the draft and answers once it is on disk.
#[tauri::command]
#[specta::specta]
pub async fn save_draft(
    shell: State<'_, Shell>,
    call: String,
    change: DraftChange,
) -> Answer<SavedDraft> {
    shell
        .answer(async {
            let id = CallId::new(call);
            let revision = shell.engine()?.change_draft(&id, change_of(change)).await?;
            Ok(SavedDraft { revision })
        })
        .await
}

fn change_of(change: DraftChange) -> call_log::DraftChange {
    let mut asked = call_log::DraftChange::default();
    match change {
        DraftChange::Note { note } => asked.note = Some(note),
        DraftChange::Tags { tags } => asked.tags = Some(tags),
        DraftChange::Disposition { word } => asked.disposition = Some(word.unwrap_or_default()),
        DraftChange::Opportunity { id: Some(id) } => {
            let id = RemoteId::new(id);
            asked.opportunity = Some(OpportunityChoice::Chosen { id });
        }
        DraftChange::Opportunity { id: None } => {
            asked.opportunity = Some(OpportunityChoice::None);
        }
        DraftChange::OpportunityByRule => asked.opportunity = Some(OpportunityChoice::ByRule),
    }
    asked
}

/// The agent says whom the call is about; null goes back to the best match.
#[tauri::command]
#[specta::specta]
pub async fn choose_contact(
    shell: State<'_, Shell>,
    call: String,
    contact: Option<ContactKey>,
) -> Answer<()> {
    shell
        .answer(async {
            let id = CallId::new(call);
            let engine = shell.engine()?;
            match contact {
                Some(key) => engine.attach(&id, &people::from_key(&key)).await?,
                None => engine.detach(&id).await?,
            }
            Ok(())
        })
        .await
}

/// Nobody has the number: the agent wants the call logged once somebody does.
#[tauri::command]
#[specta::specta]
pub async fn log_when_found(shell: State<'_, Shell>, call: String) -> Answer<()> {
    shell
        .answer(async { Ok(shell.engine()?.log_when_found(&CallId::new(call)).await?) })
        .await
}

/// Files the call.
#[tauri::command]
#[specta::specta]
pub async fn file_call(shell: State<'_, Shell>, call: String) -> Answer<()> {
    shell
        .answer(async { Ok(shell.engine()?.file(&CallId::new(call)).await?) })
        .await
}

/// Takes a filing or a discarding back.
#[tauri::command]
#[specta::specta]
pub async fn undo_filing(shell: State<'_, Shell>, call: String) -> Answer<()> {
    shell
        .answer(async { Ok(shell.engine()?.undo(&CallId::new(call)).await?) })
        .await
}

/// The agent does not want this call logged.
#[tauri::command]
#[specta::specta]
pub async fn discard_call(shell: State<'_, Shell>, call: String) -> Answer<()> {
    shell
        .answer(async { Ok(shell.engine()?.discard(&CallId::new(call)).await?) })
        .await
}

/// Puts an unfinished wrap-up into the tray. A call that still goes on leaves the card until it
/// goes on to its next state.
#[tauri::command]
#[specta::specta]
pub async fn set_aside(shell: State<'_, Shell>, app: AppHandle, call: String) -> Answer<()> {
    shell
        .answer(async {
            let id = CallId::new(call);
            if !shell.send_card_away(&app, &id) {
                shell.engine()?.put_aside(&id, true).await?;
            }
            Ok(())
        })
        .await
}

/// Brings a wrap-up back to the card.
#[tauri::command]
#[specta::specta]
pub async fn open_wrap_up(shell: State<'_, Shell>, app: AppHandle, call: String) -> Answer<()> {
    shell
        .answer(async {
            let id = CallId::new(call);
            shell.engine()?.put_aside(&id, false).await?;
            shell.show_card(&app);
            Ok(())
        })
        .await
}

/// The agent says what happened to a call whose softphone tells nothing.
#[tauri::command]
#[specta::specta]
pub async fn say_call(shell: State<'_, Shell>, call: String, said: SaidWord) -> Answer<()> {
    shell
        .answer(async {
            let happening = match said {
                SaidWord::Answered => Happening::Answered,
                SaidWord::Ended => Happening::Ended {
                    talk_s: None,
                    reason: None,
                },
            };
            shell.engine()?.say(&CallId::new(call), happening).await;
            Ok(())
        })
        .await
}

/// Tags that begin with, or hold, the text: those of the company at the call's telephony service,
/// then those used before, the most used first.
#[tauri::command]
#[specta::specta]
pub async fn tag_suggestions(
    shell: State<'_, Shell>,
    call: String,
    text: String,
) -> Answer<Vec<CloudTagView>> {
    shell
        .answer(async {
            let app = shell.open_app()?;
            let filter = CallFilter {
                limit: TAGS_FROM,
                ..CallFilter::default()
            };
            let wanted = text.trim().trim_start_matches('#').to_lowercase();
            let mut used: BTreeMap<String, usize> = BTreeMap::new();
            for record in app.engine().store().calls(&filter).await? {
                for tag in record.draft.tags {
                    if tag.as_str().to_lowercase().contains(&wanted) {
                        *used.entry(tag.as_str().to_owned()).or_default() += 1;
                    }
                }
            }
            let mut tags: Vec<(String, usize)> = used.into_iter().collect();
            tags.sort_by_key(|(tag, count)| {
                let begins = tag.to_lowercase().starts_with(&wanted);
                (!begins, std::cmp::Reverse(*count))
            });
            let mut offered = cloud::company_tags(&app, &CallId::new(call), &wanted).await?;
            for (tag, _) in tags {
                if !offered.iter().any(|known| same_label(&known.name, &tag)) {
                    offered.push(CloudTagView {
                        name: tag,
                        color: None,
                    });
                }
            }
            offered.truncate(SUGGESTED);
            Ok(offered)
        })
        .await
}

fn same_label(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
