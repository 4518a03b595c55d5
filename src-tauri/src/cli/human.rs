//! The same documents for people: aligned tables in their language.
//!
//! Names, notes and reasons come from outside, so whatever could steer a terminal is taken out.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::text::{Text, crm_name};

/// Text without control characters; line breaks become blanks.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect()
}

fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn field(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => plain(text),
        Some(other) => other.to_string(),
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn when(value: &Value, name: &str) -> String {
    let at = value.get(name).and_then(Value::as_str);
    let Some(at) = at.and_then(|at| at.parse::<Timestamp>().ok()) else {
        return "–".to_owned();
    };
    let local = at.to_zoned(TimeZone::system());
    local.strftime("%Y-%m-%d %H:%M").to_string()
}

fn head(text: &Text, ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| text.say(id)).collect()
}

/// Nothing to print: the exit code says it.
pub(super) fn nothing(_: &Value, _: &Text) -> String {
    String::new()
}

pub(super) fn connected(document: &Value, text: &Text) -> String {
    let crm = field(document, "connection");
    let crm = crm_name(&crm);
    let agent = field(document, "agent");
    if agent.is_empty() {
        text.say_with("rust-connect-done", &[("crm", crm)])
    } else {
        text.say_with("rust-connect-done-as", &[("crm", crm), ("agent", &agent)])
    }
}

pub(super) fn lookup(document: &Value, text: &Text) -> String {
    let number = document.get("number").cloned().unwrap_or_default();
    let e164 = field(&number, "e164");
    let shown = if e164.is_empty() {
        field(&number, "input")
    } else {
        e164
    };
    let kind = text.word("number", &field(&number, "kind"));
    let place = field(&number, "region");
    let first = [shown, kind, place];
    let first: Vec<String> = first.into_iter().filter(|part| !part.is_empty()).collect();
    let mut lines = vec![first.join(" · ")];
    let matches = list(document, "matches");
    if matches.is_empty() {
        lines.push(text.say("rust-table-nobody"));
        return lines.join("\n");
    }
    let mut rows = vec![head(
        text,
        &[
            "rust-table-name",
            "rust-table-company",
            "rust-table-kind",
            "rust-table-crm",
            "rust-table-sure",
            "rust-table-field",
        ],
    )];
    for one in matches {
        rows.push(vec![
            field(one, "name"),
            field(one, "company"),
            text.word("kind", &field(one, "kind")),
            crm_name(&field(one, "connection")).to_owned(),
            text.word("confidence", &field(one, "confidence")),
            text.word("field", &field(one, "field")),
        ]);
    }
    lines.push(table(&rows));
    lines.join("\n")
}

fn target(delivery: &Value, text: &Text) -> String {
    let name = delivery.get("target").map(|target| field(target, "name"));
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| text.say("rust-table-nobody"))
}

pub(super) fn calls(document: &Value, text: &Text) -> String {
    let calls = document.as_array().map_or(&[][..], Vec::as_slice);
    if calls.is_empty() {
        return text.say("rust-table-no-calls");
    }
    let mut rows = vec![head(
        text,
        &[
            "rust-table-call",
            "rust-table-when",
            "rust-table-direction",
            "rust-table-number",
            "rust-table-state",
            "rust-table-wrap-up",
            "rust-table-log",
        ],
    )];
    for call in calls {
        let reason = field(call, "end_reason");
        let state = if reason.is_empty() {
            text.word("state", &field(call, "state"))
        } else {
            text.word("end", &reason)
        };
        let number = field(call, "remote_number");
        let logs: Vec<String> = list(call, "deliveries")
            .iter()
            .map(|delivery| {
                let state = text.word("delivery", &field(delivery, "state"));
                format!("{} ({state})", target(delivery, text))
            })
            .collect();
        rows.push(vec![
            field(call, "id"),
            when(call, "started_at"),
            text.word("direction", &field(call, "direction")),
            if number.is_empty() {
                text.say("rust-log-withheld")
            } else {
                number
            },
            state,
            text.word("wrap-up", &field(call, "wrap_up")),
            logs.join(", "),
        ]);
    }
    table(&rows)
}

pub(super) fn outbox(document: &Value, text: &Text) -> String {
    let entries = document.as_array().map_or(&[][..], Vec::as_slice);
    if entries.is_empty() {
        return text.say("rust-table-outbox-empty");
    }
    let mut rows = vec![head(
        text,
        &[
            "rust-table-call",
            "rust-table-crm",
            "rust-table-target",
            "rust-table-state",
            "rust-table-next",
            "rust-table-reason",
        ],
    )];
    for entry in entries {
        rows.push(vec![
            field(entry, "call"),
            crm_name(&field(entry, "connection")).to_owned(),
            target(entry, text),
            text.word("delivery", &field(entry, "state")),
            when(entry, "next_try_at"),
            field(entry, "reason"),
        ]);
    }
    table(&rows)
}

pub(super) fn sync(document: &Value, text: &Text) -> String {
    let connections = list(document, "connections");
    let mut parts = vec![connections_table(connections, text)];
    for one in connections {
        let crm = field(one, "name");
        let values = [("crm", crm_name(&crm))];
        let mut tell = |count: &str, id: &str| {
            let count = one.get(count).and_then(Value::as_u64).unwrap_or(0);
            if count > 0 {
                parts.push(text.count_with(id, ("count", count), &values));
            }
        };
        tell("removed", "rust-sync-removed");
        tell("would_disappear", "rust-sync-shrink");
    }
    parts.join("\n")
}

fn connections_table(connections: &[Value], text: &Text) -> String {
    let mut rows = vec![head(
        text,
        &[
            "rust-table-crm",
            "rust-table-state",
            "rust-table-contacts",
            "rust-table-numbers",
            "rust-table-synced",
            "rust-table-reason",
        ],
    )];
    for one in connections {
        let state = field(one, "state");
        let state = match (state.as_str(), one.get("error")) {
            ("", Some(Value::String(_))) => text.word("connection", "error"),
            ("", _) => text.word("connection", "connected"),
            (word, _) => text.word("connection", word),
        };
        rows.push(vec![
            crm_name(&field(one, "name")).to_owned(),
            state,
            field(one, "contacts"),
            field(one, "numbers"),
            when(one, "last_sync_at"),
            field(one, "reason"),
        ]);
    }
    table(&rows)
}

pub(super) fn status(document: &Value, text: &Text) -> String {
    let mut parts = vec![format!("Callside {}", field(document, "version"))];
    let connections = list(document, "connections");
    if connections.is_empty() {
        parts.push(text.say("rust-error-nothing-connected"));
    } else {
        parts.push(connections_table(connections, text));
    }
    let outbox = document.get("outbox").cloned().unwrap_or_default();
    let mut rows = vec![];
    for state in ["waiting", "checking", "stuck"] {
        rows.push(vec![text.word("delivery", state), field(&outbox, state)]);
    }
    parts.push(format!(
        "{}\n{}",
        text.say("rust-table-outbox"),
        table(&rows)
    ));
    let sources: Vec<Vec<String>> = list(document, "telephony")
        .iter()
        .map(|one| {
            vec![
                field(one, "name"),
                text.word("source", &field(one, "state")),
                one.get("import")
                    .map(|import| import_words(import, text))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    if !sources.is_empty() {
        parts.push(format!(
            "{}\n{}",
            text.say("rust-table-telephony"),
            table(&sources)
        ));
    }
    let hooks = document.get("hooks").cloned().unwrap_or_default();
    let listens = hooks.get("http") == Some(&Value::Bool(true));
    parts.push(table(&[
        vec![text.say("rust-table-hook-key"), field(&hooks, "key")],
        vec![
            text.say("rust-table-listener"),
            text.word("source", if listens { "connected" } else { "off" }),
        ],
        vec![
            text.say("rust-check-keychain"),
            text.word("keychain", &field(document, "keychain")),
        ],
    ]));
    parts.join("\n\n")
}

/// How far the look for calls is, while it goes on.
fn import_words(import: &Value, text: &Text) -> String {
    if import.get("running") != Some(&Value::Bool(true)) {
        return String::new();
    }
    let (done, total) = (field(import, "done"), field(import, "total"));
    let id = if total.is_empty() {
        "rust-import-running"
    } else {
        "rust-import-running-of"
    };
    let words = text.say_with(id, &[("done", &done), ("total", &total)]);
    let left = match import.get("left_s").and_then(Value::as_u64) {
        None => String::new(),
        Some(left) if left < 120 => text.count("rust-import-left-s", left),
        Some(left) => text.count("rust-import-left-min", left.div_ceil(60)),
    };
    words + &left
}

pub(super) fn clean_up(document: &Value, text: &Text) -> String {
    let names = |contacts: &[Value]| {
        let names: Vec<String> = contacts.iter().map(|one| field(one, "name")).collect();
        names.join(", ")
    };
    let number = |row: &Value| {
        let shown = row.get("number").map(|number| field(number, "display"));
        let shown = shown.filter(|shown| !shown.is_empty());
        shown.unwrap_or_else(|| text.say("rust-log-withheld"))
    };
    let mut parts = Vec::new();
    for section in ["shared", "unreadable", "nobody"] {
        let rows: Vec<Vec<String>> = list(document, section)
            .iter()
            .map(|row| match section {
                "shared" => vec![number(row), names(list(row, "contacts"))],
                "unreadable" => {
                    let contact = row.get("contact").map(|contact| field(contact, "name"));
                    let field_name = text.word("field", &field(row, "field"));
                    let texts = [field(row, "text"), field(row, "proposed")];
                    let texts: Vec<String> = texts.into_iter().filter(|t| !t.is_empty()).collect();
                    vec![texts.join(" → "), field_name, contact.unwrap_or_default()]
                }
                _ => {
                    let why = field(row, "why").replace('_', "-");
                    let why = text.say(&format!("rust-tidy-why-{why}"));
                    vec![number(row), field(row, "calls"), when(row, "last_at"), why]
                }
            })
            .collect();
        let title = text.say(&format!("rust-tidy-section-{section}"));
        parts.push(format!("{title}: {}\n{}", rows.len(), table(&rows)));
    }
    parts.join("\n\n")
}

pub(super) fn doubles(document: &Value, text: &Text) -> String {
    let doubles = document.as_array().map_or(&[][..], Vec::as_slice);
    if doubles.is_empty() {
        return text.say("rust-doubles-none");
    }
    let ids = [
        "rust-table-crm",
        "rust-table-telephony",
        "rust-log-line",
        "rust-table-call",
    ];
    let mut rows = vec![head(text, &ids)];
    for one in doubles {
        rows.push(vec![
            crm_name(&field(one, "connection")).to_owned(),
            field(one, "source"),
            field(one, "line"),
            field(one, "call"),
        ]);
    }
    format!("{}\n{}", table(&rows), text.say("rust-doubles-how"))
}

pub(super) fn restored(document: &Value, text: &Text) -> String {
    text.say_with("rust-restore-done", &[("file", &field(document, "kept"))])
}

pub(super) fn doctor(document: &Value, text: &Text) -> String {
    let rows: Vec<Vec<String>> = list(document, "checks")
        .iter()
        .map(|check| {
            vec![
                text.word("check", &field(check, "state")),
                field(check, "name"),
                field(check, "says"),
            ]
        })
        .collect();
    format!(
        "Callside {}\n\n{}",
        field(document, "version"),
        table(&rows)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::LanguageWord;

    #[test]
    fn names_cannot_steer_the_terminal() {
        let text = Text::in_language(LanguageWord::En);
        let document = json!({
            "number": { "input": "1", "e164": null, "region": null, "kind": "short" },
            "matches": [{ "name": "\u{1b}[2JEve\u{202e}", "kind": "contact", "connection": "sellsy",
                "company": null, "confidence": "exact", "field": "phone" }],
        });
        let shown = lookup(&document, &text);
        assert!(
            !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
        assert!(shown.contains("Eve") && !shown.contains("rust-"), "{shown}");
    }

    #[test]
    fn every_word_of_the_tables_exists_in_both_languages() {
        let words = [
            (
                "number",
                &[
                    "mobile",
                    "fixed_line",
                    "shared_cost",
                    "premium_rate",
                    "toll_free",
                    "voip",
                    "short",
                    "withheld",
                    "unknown",
                ][..],
            ),
            (
                "kind",
                &[
                    "individual",
                    "company",
                    "contact",
                    "lead",
                    "account",
                    "person_account",
                    "customer",
                ],
            ),
            ("confidence", &["exact", "could_be"]),
            ("field", &["phone", "mobile", "home", "assistant", "other"]),
            ("direction", &["inbound", "outbound"]),
            (
                "state",
                &["dialing", "ringing", "answered", "held", "ended"],
            ),
            (
                "end",
                &[
                    "completed",
                    "missed",
                    "declined",
                    "cancelled",
                    "busy",
                    "failed",
                ],
            ),
            ("wrap-up", &["open", "filed", "discarded"]),
            ("delivery", &["waiting", "checking", "delivered", "stuck"]),
            (
                "connection",
                &["connected", "disconnected", "syncing", "error"],
            ),
            ("source", &["connected", "disconnected", "off"]),
            ("keychain", &["ok", "locked", "none", "passphrase"]),
            ("check", &["fine", "warn", "bad", "off"]),
        ];
        for language in [LanguageWord::En, LanguageWord::Fr] {
            let text = Text::in_language(language);
            for (group, words) in words {
                for word in words {
                    assert!(!text.word(group, word).contains("rust-"), "{group} {word}");
                }
            }
        }
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [
            vec!["a".to_owned(), "b".to_owned()],
            vec!["ééé".to_owned(), "c".to_owned()],
        ];
        assert_eq!(table(&rows), "a    b\nééé  c");
    }
}
