//! Misbehaviour on request.
//!
//! A [`FaultRule`] says which requests go wrong, how often, and how. Rules are tried in the order they were
//! added; several may strike one request (a delay and then a cut). They know nothing of a vendor: paths are
//! whole paths such as `/v2/phone-calls` or `/oauth2/access-tokens`.

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The request waits this many milliseconds before it takes effect; it takes none when the client
    /// hangs up meanwhile.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The request takes effect at once, and its answer waits this many milliseconds.
    DelayAfterEffect {
        /// Milliseconds.
        ms: u64,
    },
    /// A refusal in the vendor's shape; the request has no effect.
    Status {
        /// 401, 402, 404, 429, 500…
        status: u16,
        /// Seconds for `Retry-After`; absent, there is no such header.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// 403 that names a scope; the request has no effect.
    MissingScope {
        /// For example `phonecalls.write`.
        scope: String,
    },
    /// The request takes effect, and then this status is told.
    StatusAfterEffect {
        /// Usually 500.
        status: u16,
    },
    /// The connection is dropped without an answer; the request has no effect.
    CutBeforeEffect,
    /// The request takes effect, and then the connection is dropped without an answer.
    CutAfterEffect,
    /// The request takes effect, half of the answer arrives, and the connection is dropped.
    CutHalfway,
    /// The request takes effect, and half of the JSON arrives.
    TruncatedJson,
    /// The request takes effect, and the answer is a web page under a JSON label.
    BrokenJson,
    /// Every row carries fields that nobody knows.
    UnknownFields,
    /// Every enumerated value is one that nobody knows.
    UnknownEnumValues,
    /// Everything but the id of every row is null.
    Nulls,
    /// Everything but the id of every row is absent.
    AbsentFields,
}

/// Which requests a fault strikes, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// GET, POST…; absent, any method.
    #[serde(default)]
    pub method: Option<String>,
    /// The beginning of the path; with a `$` at its end the whole path. Empty, any path.
    #[serde(default)]
    pub path: String,
    /// How many times it strikes; absent, until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it strikes, 0 to 1; absent, always.
    #[serde(default)]
    pub chance: Option<f64>,
    /// Makes `chance` repeatable.
    #[serde(default)]
    pub seed: u64,
    /// What goes wrong.
    pub fault: Fault,
}

impl FaultRule {
    /// A rule that strikes until it is cleared.
    #[must_use]
    pub fn always(method: &str, path: &str, fault: Fault) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: path.to_owned(),
            times: None,
            chance: None,
            seed: 0,
            fault,
        }
    }

    /// A rule that strikes once.
    #[must_use]
    pub fn once(method: &str, path: &str, fault: Fault) -> Self {
        Self::times(method, path, 1, fault)
    }

    /// A rule that strikes this many times.
    #[must_use]
    pub fn times(method: &str, path: &str, times: u32, fault: Fault) -> Self {
        Self {
            times: Some(times),
            ..Self::always(method, path, fault)
        }
    }

    /// A rule that strikes any method and path.
    #[must_use]
    pub fn everywhere(fault: Fault) -> Self {
        Self {
            method: None,
            path: String::new(),
            times: None,
            chance: None,
            seed: 0,
            fault,
        }
    }

    /// The same rule, striking with this likelihood, the same way each time the seed is used.
    #[must_use]
    pub fn with_chance(self, chance: f64, seed: u64) -> Self {
        Self {
            chance: Some(chance),
            seed,
            ..self
        }
    }

    fn is_about(&self, method: &str, path: &str) -> bool {
        let method_fits = self
            .method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        let path_fits = match self.path.strip_suffix('$') {
            Some(whole) => path == whole,
            None => path.starts_with(&self.path),
        };
        method_fits && path_fits
    }
}

struct Armed {
    rule: FaultRule,
    dice: StdRng,
}

/// The rules in force.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        let dice = StdRng::seed_from_u64(rule.seed);
        self.armed.push(Armed { rule, dice });
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        self.armed.iter().map(|armed| armed.rule.clone()).collect()
    }

    /// The faults that strike this request; counts them as used.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Vec<Fault> {
        let mut struck = Vec::new();
        for armed in &mut self.armed {
            if !armed.rule.is_about(method, path) {
                continue;
            }
            let lucky = armed
                .rule
                .chance
                .is_some_and(|chance| !armed.dice.random_bool(chance.clamp(0.0, 1.0)));
            if lucky {
                continue;
            }
            if let Some(times) = &mut armed.rule.times {
                *times = times.saturating_sub(1);
            }
            struck.push(armed.rule.fault.clone());
        }
        self.armed.retain(|armed| armed.rule.times != Some(0));
        struck
    }
}

/// What a fault makes of an answer's JSON. None: the fault does not touch it.
pub(crate) fn spoil(fault: &Fault, body: &[u8]) -> Option<Vec<u8>> {
    match fault {
        Fault::TruncatedJson => Some(body.get(..body.len() / 2).unwrap_or_default().to_vec()),
        Fault::BrokenJson => Some(b"<html><body>502 Bad Gateway</body></html>".to_vec()),
        Fault::UnknownFields => rewrite(body, &add_unknown),
        Fault::UnknownEnumValues => rewrite(body, &rename_words),
        Fault::Nulls => rewrite(body, &|row| keep_id(row, true)),
        Fault::AbsentFields => rewrite(body, &|row| keep_id(row, false)),
        Fault::Delay { .. }
        | Fault::DelayAfterEffect { .. }
        | Fault::Status { .. }
        | Fault::MissingScope { .. }
        | Fault::StatusAfterEffect { .. }
        | Fault::CutBeforeEffect
        | Fault::CutAfterEffect
        | Fault::CutHalfway => None,
    }
}

/// Applies a change to the rows of a list, or to the whole of a single row.
fn rewrite(body: &[u8], change: &dyn Fn(&mut Map<String, Value>)) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    match &mut value {
        Value::Object(object) => change_rows(object, change),
        Value::Array(rows) => each(rows, change),
        _ => return None,
    }
    serde_json::to_vec(&value).ok()
}

/// A list says how it is paged beside its rows; a single row may lie in a member of its own.
fn change_rows(object: &mut Map<String, Value>, change: &dyn Fn(&mut Map<String, Value>)) {
    let is_list = ["data", "meta"]
        .iter()
        .any(|name| object.contains_key(*name));
    if is_list {
        object
            .values_mut()
            .filter_map(Value::as_array_mut)
            .for_each(|rows| each(rows, change));
        return;
    }
    let wrapped = object.len() == 1;
    match object.values_mut().next() {
        Some(Value::Object(row)) if wrapped => change(row),
        _ => change(object),
    }
}

fn each(rows: &mut [Value], change: &dyn Fn(&mut Map<String, Value>)) {
    rows.iter_mut()
        .filter_map(Value::as_object_mut)
        .for_each(change);
}

fn add_unknown(row: &mut Map<String, Value>) {
    for value in row.values_mut() {
        if let Value::Object(inner) = value {
            add_unknown(inner);
        }
    }
    row.insert(
        "zz_added_later".to_owned(),
        json!({"deep": [1, {"deeper": null}]}),
    );
}

fn keep_id(row: &mut Map<String, Value>, as_null: bool) {
    if as_null {
        row.iter_mut()
            .filter(|(name, _)| *name != "id")
            .for_each(|(_, value)| *value = Value::Null);
    } else {
        row.retain(|name, _| name == "id");
    }
}

/// The fields whose values come from a closed list today.
const ENUMERATED: [&str; 9] = [
    "type",
    "status",
    "source",
    "civility",
    "sub_type",
    "direction",
    "availability",
    "missed_call_reason",
    "result",
];

fn rename_words(row: &mut Map<String, Value>) {
    for (name, value) in row.iter_mut() {
        match value {
            Value::String(word) if ENUMERATED.contains(&name.as_str()) => {
                *word = format!("{word}_of_tomorrow")
            }
            Value::Object(inner) if name == "result" => {
                inner.insert("id".to_owned(), json!("result_of_tomorrow"));
            }
            Value::Object(inner) if name != "related" => rename_words(inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice
    )]
    use super::*;

    #[test]
    fn a_counted_rule_strikes_that_often_and_then_is_gone() {
        let mut faults = Faults::default();
        faults.add(FaultRule::times(
            "POST",
            "/v2/phone-calls",
            2,
            Fault::CutAfterEffect,
        ));
        assert!(faults.strike("GET", "/v2/phone-calls").is_empty());
        assert!(faults.strike("POST", "/v2/companies").is_empty());
        assert_eq!(faults.strike("POST", "/v2/phone-calls").len(), 1);
        assert_eq!(faults.strike("POST", "/v2/phone-calls/search").len(), 1);
        assert!(faults.strike("POST", "/v2/phone-calls").is_empty());
        assert!(faults.rules().is_empty());
    }

    #[test]
    fn a_dollar_ends_the_path() {
        let mut faults = Faults::default();
        faults.add(FaultRule::always(
            "POST",
            "/v2/phone-calls$",
            Fault::CutBeforeEffect,
        ));
        assert!(faults.strike("POST", "/v2/phone-calls/search").is_empty());
        assert_eq!(faults.strike("POST", "/v2/phone-calls").len(), 1);
    }

    #[test]
    fn a_seeded_chance_repeats_itself() {
        let run = || {
            let mut faults = Faults::default();
            faults.add(FaultRule::everywhere(Fault::Nulls).with_chance(0.5, 3));
            (0..40)
                .map(|_| faults.strike("GET", "/").len())
                .collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        let struck: usize = run().iter().sum();
        assert!((5..35).contains(&struck));
    }

    #[test]
    fn rules_can_be_written_as_json() {
        let text = r#"{"method":"POST","path":"/v2/phone-calls","times":1,"fault":{"kind":"status","status":429,"retry_after":2}}"#;
        let rule: FaultRule = serde_json::from_str(text).unwrap();
        assert_eq!(
            rule.fault,
            Fault::Status {
                status: 429,
                retry_after: Some(2)
            }
        );
        assert!(
            serde_json::from_str::<FaultRule>(r#"{"fault":{"kind":"delay","ms":1},"tims":1}"#)
                .is_err()
        );
    }
}
