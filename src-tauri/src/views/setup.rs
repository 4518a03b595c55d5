//! Connections, softphones, the sample workspace and diagnostics as windows show them.

use callside_core::call::CallState;
use callside_core::id::ConnectionId;
use callside_core::ports::TelephonyState;
use callside_core::sync::SyncProgress;
use callside_engine::connections::ConnectionStatus;
use callside_store::StoreError;
use callside_telephony::recipes::{Place, Recipe, recipes};
use jiff::Timestamp;

use crate::desktop::shortcut;
use crate::shapes::{self, small};
use crate::shell::Shell;
use crate::text::{Text, crm_name};
use crate::views::people;
use crate::wire::{
    ConnectionShape, ConnectionStateWord, ConnectionView, RecipeHowWord, RecipeLine, RecipeView,
    RequestsShape, SampleView, SignInView, SourceView, SyncView, TelephonyView,
};
use crate::wiring::App;
use crate::wiring::sign_in::AVAILABLE;

/// The CRMs, in the user's order; those that this version cannot connect yet too.
///
/// # Errors
/// [`StoreError`] when the databases cannot be read.
pub async fn connections(app: &App, shell: &Shell) -> Result<Vec<ConnectionView>, StoreError> {
    let engine = app.engine();
    let statuses = engine.connection_statuses().await?;
    let names = engine.settings().crm.order.clone();
    Ok(names
        .iter()
        .map(|name| {
            let status = statuses.iter().find(|status| &status.name == name);
            connection(name, status, app, shell.sign_in(name.as_str()))
        })
        .collect())
}

fn connection(
    name: &ConnectionId,
    status: Option<&ConnectionStatus>,
    app: &App,
    sign_in: Option<SignInView>,
) -> ConnectionView {
    let spent = status.map(|status| {
        let spent = status.budget.spent.iter();
        spent
            .map(|(class, count)| (class.clone(), small(*count)))
            .collect()
    });
    ConnectionView {
        status: match status {
            Some(status) => app.connection_shape(status),
            None => nothing_known(name),
        },
        name: crm_name(name.as_str()).to_owned(),
        available: AVAILABLE.contains(&name.as_str()),
        known: status.is_some(),
        account: None,
        agent: status.and_then(|status| status.agent.clone()),
        may_use_secret: AVAILABLE.contains(&name.as_str()),
        sync: status.and_then(|status| status.progress.map(|p| sync(&p, status, app))),
        sign_in,
        spent: spent.unwrap_or_default(),
    }
}

fn nothing_known(name: &ConnectionId) -> ConnectionShape {
    ConnectionShape {
        name: name.to_string(),
        state: ConnectionStateWord::Disconnected,
        reason: None,
        contacts: 0,
        numbers: 0,
        last_sync_at: None,
        requests: RequestsShape {
            per_call: None,
            last_minute: 0,
            remaining: std::collections::BTreeMap::new(),
        },
    }
}

fn sync(progress: &SyncProgress, status: &ConnectionStatus, app: &App) -> SyncView {
    SyncView {
        first: !status.facts.first_copy_done,
        done: small(progress.done),
        total: progress.total.map(small),
        left_s: progress.total.and_then(|total| {
            left_s(
                progress.done,
                total,
                app.engine().now(),
                progress.started_at,
            )
        }),
    }
}

/// Seconds left at the pace so far.
pub(super) fn left_s(done: u64, total: u64, now: Timestamp, since: Timestamp) -> Option<u32> {
    let left = total.checked_sub(done)?;
    let passed_ms = u128::try_from(now.duration_since(since).as_millis()).ok()?;
    let left_ms = passed_ms.checked_mul(u128::from(left))? / u128::from(done.max(1));
    u32::try_from(left_ms.div_ceil(1000)).ok()
}

/// Everything about softphones.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn telephony(app: &App, shell: &Shell) -> Result<TelephonyView, StoreError> {
    let engine = app.engine();
    let text = app.text();
    let key = engine.hook_key().await?;
    let settings = engine.settings();
    let hooks = &settings.hooks;
    let listener = app.softphones().listens_at();
    let mut sources: Vec<SourceView> = engine
        .telephony_states()
        .iter()
        .map(|(name, state)| source(name, *state, &text))
        .collect();
    let mut listening = source("hooks", TelephonyState::Connected, &text);
    listening.reason = app.softphones().listener_trouble();
    listening.dials = false;
    sources.push(listening);
    let place = Place {
        program: std::env::current_exe()
            .map(|path| path.to_string_lossy().into_owned())
            .unwrap_or_else(|_| "callside".to_owned()),
        windows: cfg!(windows),
        listener: listener.unwrap_or_else(|| (hooks.bind, hooks.port).into()),
        lan_address: None,
        baresip_control: engine.settings().telephony.baresip.control.clone(),
    };
    Ok(TelephonyView {
        sources,
        recipes: grouped(recipes(&place, &key), &text),
        hook_key: key,
        listener: listener.map(|address| format!("http://{address}")),
        shortcut: shell.has_shortcut().then(|| shortcut::KEYS.to_owned()),
    })
}

fn source(name: &str, state: TelephonyState, text: &Text) -> SourceView {
    SourceView {
        id: name.to_owned(),
        name: people::source_name(name, text),
        state: shapes::source_state(state),
        reason: None,
        dials: !matches!(name, "hooks" | "sample"),
        only_hands_over: matches!(name, "link" | "command" | "allo" | "aircall"),
        available: true,
    }
}

/// One view per product; its fields are lines of it.
fn grouped(all: Vec<Recipe>, text: &Text) -> Vec<RecipeView> {
    let mut views: Vec<RecipeView> = Vec::new();
    for recipe in all {
        let product = match recipe.product {
            "" => text.say("rust-recipe-any-other"),
            name => name.to_owned(),
        };
        let line = RecipeLine {
            label: recipe.place.to_owned(),
            text: recipe.text.clone(),
        };
        let last = views.last_mut().filter(|view| view.product == product);
        if let Some(view) = last {
            view.lines.push(line);
        } else {
            views.push(RecipeView {
                id: people::plain_id(&product),
                how: how(&recipe.text),
                advice: recipe.note_key.map(|key| text.say(&format!("rust-{key}"))),
                lines: vec![line],
                product,
            });
        }
    }
    views
}

fn how(text: &str) -> RecipeHowWord {
    if text.starts_with("callside:") {
        RecipeHowWord::Link
    } else if text.starts_with("http") {
        RecipeHowWord::Http
    } else {
        RecipeHowWord::Command
    }
}

/// The panel that makes the phone ring.
pub fn sample(app: Option<&App>, text: &Text) -> SampleView {
    let Some((app, sample)) = app.and_then(|app| Some((app, app.sample()?))) else {
        return SampleView {
            running: false,
            callers: crate::wiring::sample::callers(text),
            call: None,
            state: None,
            logged: 0,
            aircall: false,
        };
    };
    let call = app
        .engine()
        .live_calls()
        .into_iter()
        .filter(|call| call.state != CallState::Ended)
        .find(|call| call.names.iter().any(|name| sample.is_phone(&name.app)))
        .map(|call| (call.id, call.state));
    sample.view(text, call)
}
