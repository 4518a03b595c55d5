//! What the telephony services hold: calls with their notes, tags and insight cards.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{Html, IntoResponse, Response},
};

use super::{Words, document, escape, length, moment, words};
use crate::{sellsy::local_time, server::Shared};

/// One call as the page shows it.
pub(crate) struct PhoneCallRow {
    /// Unique on the page.
    pub(crate) id: String,
    pub(crate) outbound: bool,
    pub(crate) answered: bool,
    /// Name or number of the other party; empty when withheld.
    pub(crate) who: String,
    pub(crate) line: String,
    /// Empty when nobody took it.
    pub(crate) agent: String,
    /// Unix milliseconds.
    pub(crate) started_ms: i64,
    /// Talk time in seconds.
    pub(crate) talk_s: i64,
    pub(crate) tags: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// The lines of each insight card.
    pub(crate) cards: Vec<Vec<String>>,
}

/// The page about Aircall.
pub(super) async fn aircall(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let now = shared.now().as_millisecond();
    let rows = shared.lock().aircall(now).rows();
    page(words(&headers), "Aircall", &rows)
}

/// The page about Allo.
pub(super) async fn allo(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let rows = shared.lock().allo.account().rows();
    page(words(&headers), "Allo", &rows)
}

fn page(words: &Words, service: &str, rows: &[PhoneCallRow]) -> Response {
    let title = format!("{service} ({})", words.sandbox);
    let mut body = format!(
        "<p><a href=\"/\">{}</a></p><h1>{title}</h1><p class=\"hint\">{}</p><ol class=\"calls\">",
        words.back, words.made_up
    );
    for row in rows {
        body.push_str(&item(words, row));
    }
    body.push_str("</ol>");
    Html(document(words, &title, &body)).into_response()
}

fn item(words: &Words, row: &PhoneCallRow) -> String {
    let direction = if row.outbound {
        words.outcoming
    } else {
        words.incoming
    };
    let who = if row.who.is_empty() {
        words.withheld
    } else {
        &row.who
    };
    let state = if row.answered {
        length(row.talk_s)
    } else {
        words.unanswered.to_owned()
    };
    let by = if row.agent.is_empty() {
        String::new()
    } else {
        format!(" · {} {}", words.by, escape(&row.agent))
    };
    let tags: Vec<String> = row.tags.iter().map(|tag| escape(tag)).collect();
    let notes: String = row
        .notes
        .iter()
        .map(|note| format!("<pre>{}</pre>", escape(note)))
        .collect();
    let cards: String = row
        .cards
        .iter()
        .map(|card| shown_card(words, card))
        .collect();
    format!(
        "<li id=\"call-{}\"><p class=\"who\">{}</p><p class=\"hint\">{direction} · {} · {state} · {}{by}</p><p class=\"deal\">{}</p>{notes}{cards}</li>",
        escape(&row.id),
        escape(who),
        escape(&row.line),
        moment(&local_time(row.started_ms.div_euclid(1_000))),
        tags.join(" · "),
    )
}

fn shown_card(words: &Words, card: &[String]) -> String {
    format!(
        "<p class=\"deal\">{}{}</p><pre>{}</pre>",
        words.card,
        words.colon,
        escape(&card.join("\n"))
    )
}
