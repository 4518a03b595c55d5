//! The page that shows what arrived "in the CRM".
//!
//! Rendered here, refreshed by the browser every two seconds, without a script. Every text is escaped: descriptions come
//! from whoever wrote them.

mod telephony;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

use crate::{
    book::{Record, RecordKind, Role},
    sellsy::{Account, PhoneCall, local_time},
    server::Shared,
};

pub(crate) use telephony::PhoneCallRow;

/// The overview, the pages that deep links lead to, and those of the telephony services.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(overview))
        .route("/thirds/{kind}/{id}", get(third))
        .route("/peoples/{id}", get(contact))
        .route("/aircall", get(telephony::aircall))
        .route("/allo", get(telephony::allo))
}

/// Text that is safe in HTML, between tags and in double quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// The words of the page in one language.
struct Words {
    lang: &'static str,
    title: &'static str,
    calls: &'static str,
    none: &'static str,
    incoming: &'static str,
    outcoming: &'static str,
    opportunity: &'static str,
    colon: &'static str,
    by: &'static str,
    back: &'static str,
    not_found: &'static str,
    archived: &'static str,
    made_up: &'static str,
    sandbox: &'static str,
    withheld: &'static str,
    unanswered: &'static str,
    card: &'static str,
}

const FRENCH: Words = Words {
    lang: "fr",
    title: "Sellsy (bac à sable)",
    calls: "Appels reçus",
    none: "Aucun appel pour le moment. Ils s'affichent ici dès que Callside les envoie.",
    incoming: "Entrant",
    outcoming: "Sortant",
    opportunity: "Opportunité",
    colon: "\u{202f}:",
    by: "par",
    back: "Tous les appels",
    not_found: "Cette fiche n'existe pas.",
    archived: "archivé",
    made_up: "Toutes les personnes et sociétés sont inventées.",
    sandbox: "bac à sable",
    withheld: "Numéro masqué",
    unanswered: "sans réponse",
    card: "Fiche affichée",
};

const ENGLISH: Words = Words {
    lang: "en",
    title: "Sellsy (sandbox)",
    calls: "Calls received",
    none: "No calls yet. They appear here as soon as Callside sends them.",
    incoming: "Inbound",
    outcoming: "Outbound",
    opportunity: "Opportunity",
    colon: ":",
    by: "by",
    back: "All calls",
    not_found: "There is no such record.",
    archived: "archived",
    made_up: "All persons and companies are invented.",
    sandbox: "sandbox",
    withheld: "Number withheld",
    unanswered: "not answered",
    card: "Card shown",
};

/// French unless the browser prefers English.
fn words(headers: &HeaderMap) -> &'static Words {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let first = wanted
        .split(',')
        .map(|part| part.trim().to_lowercase())
        .find(|part| part.starts_with("fr") || part.starts_with("en"));
    match first {
        Some(part) if part.starts_with("en") => &ENGLISH,
        _ => &FRENCH,
    }
}

async fn overview(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let words = words(&headers);
    let inner = shared.lock();
    let calls: Vec<&PhoneCall> = inner.account.calls.values().rev().take(200).collect();
    let body = format!(
        "<h1>{}</h1><p class=\"hint\">{}</p><p><a href=\"/aircall\">Aircall</a> · <a href=\"/allo\">Allo</a></p>{}",
        words.title,
        words.made_up,
        list(&inner.account, words, &calls)
    );
    Html(document(words, words.title, &body)).into_response()
}

async fn third(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path((_, id)): Path<(String, u64)>,
) -> Response {
    let inner = shared.lock();
    let found = [RecordKind::Company, RecordKind::Individual]
        .into_iter()
        .find_map(|kind| inner.account.record(kind, id));
    record_page(&inner.account, words(&headers), found)
}

async fn contact(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<u64>,
) -> Response {
    let inner = shared.lock();
    let found = inner.account.record(RecordKind::Contact, id);
    record_page(&inner.account, words(&headers), found)
}

fn record_page(account: &Account, words: &Words, record: Option<Record>) -> Response {
    let Some(record) = record else {
        let body = format!(
            "<h1>{}</h1><p><a href=\"/\">{}</a></p>",
            words.not_found, words.back
        );
        return (
            StatusCode::NOT_FOUND,
            Html(document(words, words.title, &body)),
        )
            .into_response();
    };
    let name = record.display_name();
    let mut facts: Vec<String> = vec![record.kind.word().to_owned()];
    facts.extend(record.role.map(|role| Role::word(role).to_owned()));
    facts.extend(record.position.clone());
    facts.extend(
        account
            .companies_of(&record)
            .iter()
            .map(Record::display_name),
    );
    facts.extend(
        [
            record.phone_number.clone(),
            record.mobile_number.clone(),
            record.email.clone(),
        ]
        .into_iter()
        .flatten(),
    );
    facts.extend(record.is_archived.then(|| words.archived.to_owned()));
    let facts: String = facts
        .iter()
        .map(|fact| format!("<li>{}</li>", escape(fact)))
        .collect();
    let calls: Vec<&PhoneCall> = account
        .calls
        .values()
        .rev()
        .filter(|call| call.related_id(record.kind.word()) == Some(record.id))
        .take(200)
        .collect();
    let body = format!(
        "<p><a href=\"/\">{}</a></p><h1>{}</h1><ul class=\"facts\">{facts}</ul><p>{}</p>{}",
        words.back,
        escape(&name),
        escape(&record.note),
        list(account, words, &calls)
    );
    Html(document(words, &name, &body)).into_response()
}

fn list(account: &Account, words: &Words, calls: &[&PhoneCall]) -> String {
    let mut html = format!("<h2>{} ({})</h2>", words.calls, calls.len());
    if calls.is_empty() {
        html.push_str(&format!("<p>{}</p>", words.none));
        return html;
    }
    html.push_str("<ol class=\"calls\">");
    for call in calls {
        html.push_str(&item(account, words, call));
    }
    html.push_str("</ol>");
    html
}

fn item(account: &Account, words: &Words, call: &PhoneCall) -> String {
    let direction = if call.source == "incoming" {
        words.incoming
    } else {
        words.outcoming
    };
    let names: Vec<String> = RecordKind::ALL
        .into_iter()
        .filter_map(|kind| account.record(kind, call.related_id(kind.word())?))
        .map(|record| {
            format!(
                "<a href=\"{}\">{}</a>",
                link_to(&record),
                escape(&record.display_name())
            )
        })
        .collect();
    let deal = call
        .related_id("opportunity")
        .and_then(|id| account.opportunity(id))
        .map(|deal| {
            format!(
                "<p class=\"deal\">{}{} {}</p>",
                words.opportunity,
                words.colon,
                escape(&deal.name)
            )
        })
        .unwrap_or_default();
    let owner = account
        .staff_with_id(call.owner_id)
        .map(|staff| staff.display_name())
        .unwrap_or_default();
    format!(
        "<li id=\"call-{}\"><p class=\"who\">{}</p><p class=\"hint\">{direction} · {} · {} · {} {} {}</p>{deal}<pre>{}</pre></li>",
        call.id,
        names.join(" · "),
        escape(result(words, &call.result)),
        length(call.duration),
        moment(&local_time(call.date.as_second())),
        words.by,
        escape(&owner),
        escape(call.description.as_deref().unwrap_or_default()),
    )
}

/// Day and time to the minute, of an instant with its offset.
fn moment(instant: &str) -> String {
    let (day, time) = instant.split_once('T').unwrap_or((instant, ""));
    format!("{day} {}", time.get(..5).unwrap_or_default())
}

fn result<'a>(words: &Words, result: &'a str) -> &'a str {
    if words.lang == "fr" {
        crate::sellsy::result_name(result)
    } else {
        result
    }
}

fn link_to(record: &Record) -> String {
    match record.role {
        Some(role) => format!("/thirds/{}/{}", role.word(), record.id),
        None => format!("/peoples/{}", record.id),
    }
}

fn length(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem}a{color:#0b57d0}.hint{color:#59636e;margin:.25rem 0}\
.calls{list-style:none;padding:0}.calls li{border:1px solid #d1d9e0;border-radius:8px;padding:.75rem 1rem;margin:.75rem 0}\
.who{font-weight:600;margin:0}.deal{margin:.25rem 0}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.5rem 0 0}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}a{color:#7ab7ff}.hint{color:#9aa5b1}.calls li{border-color:#30363d}}";

fn document(words: &Words, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<meta http-equiv=\"refresh\" content=\"2\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
<title>{}</title><style>{STYLE}</style></head><body>{body}</body></html>",
        words.lang,
        escape(title)
    )
}
