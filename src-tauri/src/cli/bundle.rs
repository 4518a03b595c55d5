//! What may be sent to whoever helps: how this install stands, without anything personal.
//!
//! Words and numbers of ours only. Settings are told by their kind: a text that a person typed is
//! replaced by whether there is one. Checks are told by their state and not by their sentence,
//! since a sentence may hold a path or another program's name.

use std::collections::BTreeMap;

use callside_core::outbox::DeliveryState;
use callside_core::wrap_up::WrapUpState;
use callside_store::{CallFilter, StoreError};
use serde_json::{Map, Value, json};

use crate::recent_log::recent;
use crate::shapes;
use crate::wire::DiagnosticsView;
use crate::wiring::App;

/// Settings whose texts are words of ours. Every other text is redacted.
const OUR_WORDS: [&str; 8] = [
    "language",
    "region",
    "targets",
    "unknown_callers",
    "missed",
    "opportunity",
    "dial_with",
    "order",
];
/// The most calls that are counted by their state.
const MOST_CALLS: u32 = 100_000;

/// Everything that helps and names nobody.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn bundle(app: &App, found: &DiagnosticsView) -> Result<Value, StoreError> {
    let engine = app.engine();
    let store = engine.store();
    let settings = serde_json::to_value(&*engine.settings()).unwrap_or_default();
    let mut connections = Vec::new();
    for status in engine.connection_statuses().await? {
        let shape = shapes::connection(&status, app.logged_calls(&status.name), &app.text());
        connections.push(json!({
            "name": shape.name,
            "state": shape.state,
            "contacts": shape.contacts,
            "numbers": shape.numbers,
            "last_sync_at": shape.last_sync_at,
            "requests": shape.requests,
            "spent": status.budget.spent,
        }));
    }
    let checks: BTreeMap<&str, Value> = found
        .checks
        .iter()
        .map(|check| (check.id.as_str(), json!(check.state)))
        .collect();
    let schemas = store.schemas().await.ok();
    let notes = app.open_notes();
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "session": session(),
        "at": shapes::instant(engine.now()),
        "schemas": schemas.map(|schemas| json!({
            "journal": schemas.journal,
            "cache": schemas.cache,
            "sqlite": schemas.sqlite,
        })),
        "keychain": app.keychain_word(),
        "settings": redacted(None, &settings),
        "settings_broken_at_line": app.broken_settings().and_then(|broken| broken.line),
        "checks": checks,
        "connections": connections,
        "telephony": engine.telephony_states().len(),
        "counts": counts(app).await?,
        "opening": {
            "journal_set_aside": notes.journal_set_aside.is_some(),
            "calls_rescued": notes.calls_rescued,
            "cache_rebuilt": notes.cache_rebuilt,
        },
        "backups": store.backups().await.unwrap_or_default().iter().map(|backup| json!({
            "taken_at": shapes::instant(backup.taken_at),
            "bytes": backup.bytes,
        })).collect::<Vec<_>>(),
        "log": recent().washed(),
    }))
}

/// What the desktop is made of, where it says so in a word.
fn session() -> Value {
    let word = |name: &str| {
        let value = std::env::var(name).ok()?;
        let plain = |c: char| c.is_ascii_alphabetic() || c == ':' || c == '-';
        (value.len() <= 40 && value.chars().all(plain)).then_some(value)
    };
    json!({
        "type": word("XDG_SESSION_TYPE"),
        "desktop": word("XDG_CURRENT_DESKTOP"),
        "display": super::has_display(),
    })
}

async fn counts(app: &App) -> Result<Value, StoreError> {
    let store = app.engine().store();
    let outbox = store.outbox_counts().await?;
    let mut stuck: BTreeMap<&str, u64> = BTreeMap::new();
    for (entry, _) in store.pending_entries().await? {
        if entry.delivery.state != DeliveryState::Delivered
            && let Some(reason) = &entry.delivery.reason
        {
            *stuck.entry(reason.code()).or_default() += 1;
        }
    }
    let mut calls = Map::new();
    for state in [
        WrapUpState::Open,
        WrapUpState::Filed,
        WrapUpState::Discarded,
    ] {
        let filter = CallFilter {
            wrap_up: Some(state),
            limit: MOST_CALLS,
            ..CallFilter::default()
        };
        let found = store.calls(&filter).await?.len();
        calls.insert(state.as_str().to_owned(), json!(found));
    }
    Ok(json!({
        "calls": calls,
        "outbox": {
            "waiting": outbox.waiting,
            "checking": outbox.checking,
            "stuck": outbox.stuck,
            "delivered": outbox.delivered,
        },
        "reasons": stuck,
    }))
}

/// Settings by their kind: numbers and switches as they are, texts only where they are words of
/// ours.
fn redacted(key: Option<&str>, value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), redacted(Some(key), value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => match key {
            Some(key) if OUR_WORDS.contains(&key) => list
                .iter()
                .map(|value| redacted(Some(key), value))
                .collect(),
            _ if list.iter().all(Value::is_number) => value.clone(),
            _ => json!({ "set": list.len() }),
        },
        Value::String(text) => match key {
            Some(key) if OUR_WORDS.contains(&key) && is_a_word(text) => value.clone(),
            _ if text.is_empty() => json!(""),
            _ => json!("(set)"),
        },
        other => other.clone(),
    }
}

fn is_a_word(text: &str) -> bool {
    text.len() <= 20 && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use callside_core::settings::Settings;

    use super::*;

    #[test]
    fn settings_are_told_without_what_a_person_typed() {
        let mut settings = Settings::default();
        settings.agent.email = "marie.curieux@example.com".into();
        settings.crm.sellsy.api_url = "https://proxy.example.com/v2".into();
        settings.crm.sellsy.client_id = "0123-secretive".into();
        settings.telephony.baresip.domain = "pbx.example.com".into();
        settings.telephony.command.dial = vec!["/home/marie/dial".into(), "{number}".into()];
        let value = serde_json::to_value(&settings).unwrap();
        let told = redacted(None, &value);
        let text = told.to_string();
        for gone in ["marie", "example.com", "secretive"] {
            assert!(!text.contains(gone), "{text}");
        }
        assert_eq!(told["agent"]["email"], "(set)");
        assert_eq!(told["telephony"]["command"]["dial"]["set"], 2);
        assert_eq!(told["region"], "FR");
        assert_eq!(told["sync"]["interval_s"], 60);
        assert_eq!(told["logging"]["targets"], "best");
    }
}
