//! Pages of lists and searches: what the query may ask for, the seek cursor, and projections.
//!
//! The cursor names the last row of a page by its sort key and id, so rows that come or go elsewhere
//! never make a walk skip or repeat one. The last page and the empty page carry a cursor too.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{Ask, errors::Refusal};

/// The biggest number of rows that numeric paging reaches.
const NUMERIC_REACH: u64 = 100_000;

/// What rows are sorted by, before their id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey {
    /// Sorted by id alone.
    Id,
    /// A number or an instant.
    Number(i64),
    /// A text, already folded.
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    Start,
    After(SortKey, u64),
    Page(u64),
}

/// The paging part of a query, checked.
#[derive(Clone, Debug)]
pub(crate) struct Paging {
    pub(crate) limit: u64,
    pub(crate) ascending: bool,
    /// One of the names that the endpoint allows.
    pub(crate) order: String,
    from: From,
    given_offset: Option<String>,
}

/// A row that may be on the page.
pub(crate) type Place = (SortKey, u64);

impl Paging {
    /// Reads `limit`, `offset`, `order` and `direction`. The first of `orders` is the default.
    pub(crate) fn read(ask: &Ask, orders: &[&str]) -> Result<Self, Refusal> {
        let limit = match ask.query("limit") {
            None => 25,
            Some(text) => text
                .parse::<u64>()
                .ok()
                .filter(|limit| *limit <= 100)
                .ok_or_else(|| {
                    Refusal::field("limit", "Cette valeur doit être comprise entre 0 et 100.")
                })?,
        };
        let ascending = match ask.query("direction") {
            None | Some("asc") => true,
            Some("desc") => false,
            Some(_) => {
                return Err(Refusal::field(
                    "direction",
                    "Cette valeur doit être asc ou desc.",
                ));
            }
        };
        let order = match ask.query("order") {
            None => orders.first().copied().unwrap_or("id"),
            Some(name) => orders
                .iter()
                .copied()
                .find(|order| *order == name)
                .ok_or_else(|| {
                    Refusal::field(
                        "order",
                        format!("Cette valeur doit être l'une de : {}.", orders.join(", ")),
                    )
                })?,
        };
        let given_offset = ask.query("offset").map(str::to_owned);
        let from = match given_offset.as_deref() {
            None => From::Start,
            Some(text) => read_offset(text, limit, order)?,
        };
        Ok(Self {
            limit,
            ascending,
            order: order.to_owned(),
            from,
            given_offset,
        })
    }

    /// Whether rows come sorted by nothing but their id.
    pub(crate) fn is_by_id(&self) -> bool {
        self.order == "id"
    }

    /// Where to start when rows come sorted by id: the id before the first row.
    pub(crate) fn after_id(&self) -> Option<u64> {
        match self.from {
            From::After(_, id) => Some(id),
            From::Start | From::Page(_) => None,
        }
    }

    /// Rows to leave out before the page, in numeric paging.
    pub(crate) fn skip(&self) -> u64 {
        match self.from {
            From::Page(page) => page.saturating_mul(self.limit),
            From::Start | From::After(..) => 0,
        }
    }

    /// Sorts the places and keeps those of this page.
    pub(crate) fn cut(&self, mut places: Vec<Place>) -> Vec<Place> {
        if let From::After(key, id) = &self.from {
            let last = (key.clone(), *id);
            places.retain(|place| {
                if self.ascending {
                    *place > last
                } else {
                    *place < last
                }
            });
        }
        places.sort();
        if !self.ascending {
            places.reverse();
        }
        places
            .into_iter()
            .skip(self.skip() as usize)
            .take(self.limit as usize)
            .collect()
    }

    /// The whole answer: pagination and rows.
    pub(crate) fn answer(&self, total: u64, last: Option<&Place>, rows: Vec<Value>) -> Value {
        let offset = match (&self.from, last) {
            (From::Page(page), _) => json!(page),
            (_, Some((key, id))) => json!(cursor(key, *id)),
            (_, None) => json!(
                self.given_offset
                    .clone()
                    .unwrap_or_else(|| STANDARD.encode("[]"))
            ),
        };
        json!({
            "pagination": {"limit": self.limit, "count": rows.len(), "total": total, "offset": offset},
            "data": rows,
        })
    }
}

fn cursor(key: &SortKey, id: u64) -> String {
    let parts = match key {
        SortKey::Id => json!([id.to_string()]),
        SortKey::Number(number) => json!([number, id.to_string()]),
        SortKey::Text(text) => json!([text, id.to_string()]),
    };
    STANDARD.encode(parts.to_string())
}

fn read_offset(text: &str, limit: u64, order: &str) -> Result<From, Refusal> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse::<u64>() {
            Ok(page) if page.saturating_mul(limit.max(1)) < NUMERIC_REACH => Ok(From::Page(page)),
            _ => Err(Refusal::field(
                "offset",
                "La pagination numérique est limitée aux 100000 premiers résultats.",
            )),
        };
    }
    read_cursor(text, order)
        .ok_or_else(|| Refusal::field("offset", "Cette valeur n'est pas valide."))
}

fn read_cursor(text: &str, order: &str) -> Option<From> {
    let bytes = STANDARD.decode(text).ok()?;
    let parts: Vec<Value> = serde_json::from_slice(&bytes).ok()?;
    let id = |value: &Value| value.as_str()?.parse::<u64>().ok();
    // A cursor belongs to the order it was made in.
    match (parts.as_slice(), order == "id") {
        ([], _) => Some(From::Start),
        ([last], true) => Some(From::After(SortKey::Id, id(last)?)),
        ([Value::Number(number), last], false) => {
            Some(From::After(SortKey::Number(number.as_i64()?), id(last)?))
        }
        ([Value::String(text), last], false) => {
            Some(From::After(SortKey::Text(text.clone()), id(last)?))
        }
        _ => None,
    }
}

/// Pages a short list that is at hand as a whole.
pub(crate) fn page_of(paging: &Paging, rows: Vec<(Place, Value)>) -> Value {
    let total = rows.len() as u64;
    let places = paging.cut(rows.iter().map(|(place, _)| place.clone()).collect());
    let page = places
        .iter()
        .filter_map(|place| {
            rows.iter()
                .find(|(at, _)| at == place)
                .map(|(_, row)| row.clone())
        })
        .collect();
    paging.answer(total, places.last(), page)
}

/// The embeds and fields that a query asks for, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) embeds: Vec<String>,
    fields: Vec<String>,
}

impl Wish {
    /// Reads `embed[]` and `field[]`. Arrays need their brackets.
    pub(crate) fn read(ask: &Ask, embeds: &[&str]) -> Result<Self, Refusal> {
        for name in ["embed", "field"] {
            if ask.query(name).is_some() {
                return Err(Refusal::field(name, "Cette valeur doit être un tableau."));
            }
        }
        let wish = Self {
            embeds: ask.query_array("embed"),
            fields: ask.query_array("field"),
        };
        if let Some(unknown) = wish.embeds.iter().find(|name| !is_embed(name, embeds)) {
            return Err(Refusal::field(
                "embed",
                format!("La valeur {unknown} n'est pas autorisée."),
            ));
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-[]".contains(letter);
        if wish
            .fields
            .iter()
            .any(|field| field.is_empty() || !field.chars().all(allowed))
        {
            return Err(Refusal::field("field", "Cette valeur n'est pas valide."));
        }
        Ok(wish)
    }

    /// Keeps what `field[]` asks for; everything when it asks for nothing.
    pub(crate) fn project(&self, row: Value) -> Value {
        if self.fields.is_empty() {
            return row;
        }
        let mut kept = Value::Object(Map::new());
        for field in &self.fields {
            let steps: Vec<&str> = field
                .split('.')
                .map(|step| step.trim_end_matches("[]"))
                .collect();
            keep(&row, &steps, &mut kept);
        }
        kept
    }
}

fn is_embed(name: &str, embeds: &[&str]) -> bool {
    let custom = name
        .strip_prefix("cf.")
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    embeds.contains(&name) || (custom && embeds.contains(&"cf"))
}

fn keep(from: &Value, steps: &[&str], into: &mut Value) {
    let (Some((step, rest)), Value::Object(source), Value::Object(target)) =
        (steps.split_first(), from, into)
    else {
        return;
    };
    let Some(value) = source.get(*step) else {
        return;
    };
    if rest.is_empty() {
        target.insert((*step).to_owned(), value.clone());
        return;
    }
    match value {
        Value::Object(_) => {
            let slot = target
                .entry((*step).to_owned())
                .or_insert_with(|| json!({}));
            keep(value, rest, slot);
        }
        Value::Array(items) => {
            let slot = target
                .entry((*step).to_owned())
                .or_insert_with(|| json!(vec![json!({}); items.len()]));
            if let Value::Array(slots) = slot {
                for (item, slot) in items.iter().zip(slots) {
                    keep(item, rest, slot);
                }
            }
        }
        other => {
            target.insert((*step).to_owned(), other.clone());
        }
    }
}
