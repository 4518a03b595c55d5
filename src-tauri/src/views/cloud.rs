//! The telephony services in the cloud as windows show them.

use callside_core::cloud_call::{CloudAgent, CloudLine, CloudNotes, CloudSend, CloudWrite, Mood};
use callside_core::id::CallId;
use callside_core::outbox::DeliveryState;
use callside_core::ports::TelephonyState;
use callside_engine::cloud::CloudConnection;
use callside_store::StoreError;
use jiff::Timestamp;

use super::setup::left_s;
use crate::shapes::{self, small};
use crate::text::{Text, crm_name};
use crate::wire::{
    CloudAgentView, CloudImportView, CloudLineView, CloudNotesView, CloudSentView, CloudTagView,
    CloudView, HeardMoodWord, HeardView, NotUnderstoodView, RemarkView, ToneWord, WorkspaceView,
};
use crate::wiring::App;
use crate::wiring::cloud::Service;
use crate::workspace::StandingWords;
use crate::workspace::not_understood::Kind;

/// All services, connected or not.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn all(app: &App) -> Result<Vec<CloudView>, StoreError> {
    let mut views = Vec::new();
    for service in Service::ALL {
        views.push(view(app, service).await?);
    }
    Ok(views)
}

async fn view(app: &App, service: Service) -> Result<CloudView, StoreError> {
    let clouds = app.clouds();
    let settings = app.engine().settings();
    let account = clouds.account(service);
    let states = app.engine().telephony_states();
    let state = states
        .iter()
        .find(|(name, _)| name == service.as_str())
        .map_or(TelephonyState::Off, |(_, state)| *state);
    let logged = settings.cloud_of(service.as_str()).lines;
    let text = app.text();
    let workspace = clouds.workspace_words(service, &text);
    let connected = account.is_some();
    let now = app.engine().cloud_connections().await?;
    let now = now.into_iter().find(|one| one.name == service.as_str());
    let account = account.unwrap_or_default();
    Ok(CloudView {
        id: service.as_str().to_owned(),
        name: crm_name(service.as_str()).to_owned(),
        state: shapes::source_state(state),
        connected,
        trouble: clouds.trouble(service),
        agent: account.agent.map(agent),
        by_hand: account.by_hand,
        email: settings.agent.email.clone(),
        lines: account.lines.iter().map(|one| line(one, logged)).collect(),
        tags: account
            .tags
            .into_iter()
            .map(|tag| CloudTagView {
                name: tag.name,
                color: tag.color,
            })
            .collect(),
        workspace: workspace.map(standing),
        not_understood: match service {
            Service::Aircall => Vec::new(),
            Service::Allo => clouds.not_understood().kinds().iter().map(kind).collect(),
        },
        last_minute: now.as_ref().map_or(0, |now| now.budget.last_minute),
        import: now.map(|now| import(&now, app.engine().now(), &text)),
    })
}

fn kind(kind: &Kind) -> NotUnderstoodView {
    NotUnderstoodView {
        name: kind.name.clone(),
        fields: kind.fields.clone(),
        times: kind.times,
    }
}

/// The import of a connected service's calls, as it stands at this instant.
pub fn import(now: &CloudConnection, at: Timestamp, text: &Text) -> CloudImportView {
    let progress = now.import.unwrap_or_default();
    let failed = now.last_error.as_ref();
    let running = now.import.is_some_and(|import| !import.finished);
    let left = |total| left_s(progress.done, total, at, progress.started_at);
    CloudImportView {
        running,
        done: small(progress.done),
        total: progress.total.map(small),
        left_s: progress.total.filter(|_| running).and_then(left),
        taken: small(progress.new),
        last_at: now.last_run_at.map(|at| at.to_string()),
        trouble: failed.map(|error| text.read_error(&now.name, error)),
        recordings_waiting: small(now.recordings.waiting),
        recordings_done: small(now.recordings.done),
    }
}

fn line(line: &CloudLine, logged: &[String]) -> CloudLineView {
    CloudLineView {
        key: line.label(),
        name: line.name.clone(),
        number: line.number.clone(),
        logged: logged.is_empty() || logged.iter().any(|wanted| line.is(wanted)),
    }
}

/// Somebody who phones through a service.
pub fn agent(agent: CloudAgent) -> CloudAgentView {
    CloudAgentView {
        id: agent.id,
        name: agent.name,
        email: agent.email,
    }
}

fn standing(words: StandingWords) -> WorkspaceView {
    WorkspaceView {
        tone: match words.tone {
            "good" => ToneWord::Good,
            "warn" => ToneWord::Warn,
            _ => ToneWord::Quiet,
        },
        title: words.title,
        advice: words.advice,
    }
}

/// The company's labels at the service that the call came from, as tags, that hold the text.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn company_tags(
    app: &App,
    call: &CallId,
    wanted: &str,
) -> Result<Vec<CloudTagView>, StoreError> {
    let Some(record) = app.engine().store().call(call).await? else {
        return Ok(Vec::new());
    };
    let services = record.call.names.iter();
    let services = services.filter_map(|name| Service::from_word(&name.app));
    let accounts = services.filter_map(|service| app.clouds().account(service));
    let tags = accounts.flat_map(|account| account.tags);
    Ok(tags
        .filter(|tag| tag.name.to_lowercase().contains(wanted))
        .map(|tag| CloudTagView {
            name: tag.name.trim_start_matches('#').trim().to_owned(),
            color: tag.color,
        })
        .collect())
}

/// What a service said of a call, and what was written there.
pub fn notes(notes: &CloudNotes, sends: &[CloudSend], text: &Text) -> CloudNotesView {
    let insights = &notes.insights;
    let heard = HeardView {
        summary: insights.summary.clone(),
        topics: insights.topics.clone(),
        mood: insights.mood.map(|mood| match mood {
            Mood::Positive => HeardMoodWord::Positive,
            Mood::Neutral => HeardMoodWord::Neutral,
            Mood::Negative => HeardMoodWord::Negative,
        }),
        action_items: insights.action_items.clone(),
        transcript: insights.transcript.clone(),
    };
    CloudNotesView {
        service: crm_name(&notes.source).to_owned(),
        imported: notes.imported,
        remarks: notes
            .remarks
            .iter()
            .map(|remark| RemarkView {
                text: remark.text.clone(),
                by: remark.by.clone(),
            })
            .collect(),
        has_recording: notes.recording_link.is_some(),
        recording_file: notes.recording_file.clone(),
        heard: (!insights.is_empty()).then_some(heard),
        sent: sends.iter().map(|one| sent(one, text)).collect(),
    }
}

fn sent(send: &CloudSend, text: &Text) -> CloudSentView {
    let delivery = &send.delivery;
    CloudSentView {
        tags: matches!(send.write, CloudWrite::Tags { .. }),
        state: shapes::delivery_state(delivery.state),
        reason: delivery
            .reason
            .as_ref()
            .filter(|_| delivery.state != DeliveryState::Delivered)
            .map(|reason| text.send_reason(&send.source, reason)),
    }
}
