//! Reading a request body the way the service's document describes it.
//!
//! A [`Form`] collects every wrong field before it refuses, since the service names all of them at once.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::errors::Refusal;

/// A JSON object being checked.
pub(crate) struct Form<'a> {
    object: &'a Map<String, Value>,
    wrong: Vec<(String, String)>,
    prefix: String,
}

const REQUIRED: &str = "Ce champ est obligatoire.";
const NOT_VALID: &str = "Cette valeur n'est pas valide.";

impl<'a> Form<'a> {
    /// Starts reading; refuses what is no object.
    pub(crate) fn of(value: &'a Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(object) => Ok(Self {
                object,
                wrong: Vec::new(),
                prefix: String::new(),
            }),
            _ => Err(Refusal::new(
                400,
                "Le corps de la requête doit être un objet JSON.",
            )),
        }
    }

    /// Starts reading an object inside another; refusals carry its name.
    pub(crate) fn within(prefix: &str, value: &'a Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(object) => Ok(Self {
                object,
                wrong: Vec::new(),
                prefix: format!("{prefix}."),
            }),
            _ => Err(Refusal::field(prefix, "Cette valeur doit être un objet.")),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    pub(crate) fn refuse(&mut self, name: &str, why: impl Into<String>) {
        self.wrong
            .push((format!("{}{name}", self.prefix), why.into()));
    }

    /// Notes every required field that is absent.
    pub(crate) fn require(&mut self, names: &[&str]) {
        for name in names {
            if !self.has(name) {
                self.refuse(name, REQUIRED);
            }
        }
    }

    /// Notes every field that is not in the list.
    pub(crate) fn allow_only(&mut self, names: &[&str]) {
        let unknown: Vec<String> = self
            .object
            .keys()
            .filter(|key| !names.contains(&key.as_str()))
            .cloned()
            .collect();
        for name in unknown {
            self.refuse(&name, "Ce champ n'est pas attendu.");
        }
    }

    /// A text that must not be null. None when absent or wrong.
    pub(crate) fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        match self.get(name)? {
            Value::String(text) if text.chars().count() <= longest => Some(text.clone()),
            Value::String(_) => {
                self.refuse(
                    name,
                    format!("Cette valeur ne doit pas dépasser {longest} caractères."),
                );
                None
            }
            _ => {
                self.refuse(name, "Cette valeur doit être une chaîne.");
                None
            }
        }
    }

    /// A text that must say something.
    pub(crate) fn filled_text(&mut self, name: &str, longest: usize) -> Option<String> {
        let text = self.text(name, longest)?;
        if text.trim().is_empty() {
            self.refuse(name, "Cette valeur ne doit pas être vide.");
            return None;
        }
        Some(text)
    }

    /// A text or null. None when absent or wrong.
    pub(crate) fn text_or_null(&mut self, name: &str, longest: usize) -> Option<Option<String>> {
        match self.get(name)? {
            Value::Null => Some(None),
            _ => self.text(name, longest).map(Some),
        }
    }

    /// One of some words.
    pub(crate) fn word(&mut self, name: &str, words: &[&str]) -> Option<String> {
        let value = self.get(name)?;
        match value.as_str().filter(|text| words.contains(text)) {
            Some(text) => Some(text.to_owned()),
            None => {
                self.refuse(
                    name,
                    format!("Cette valeur doit être l'une de : {}.", words.join(", ")),
                );
                None
            }
        }
    }

    /// A whole number in a range.
    pub(crate) fn number(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let value = self.get(name)?;
        match value
            .as_i64()
            .filter(|number| (least..=most).contains(number))
        {
            Some(number) => Some(number),
            None => {
                self.refuse(name, "Cette valeur doit être un entier valide.");
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        if value.as_bool().is_none() {
            self.refuse(name, "Cette valeur doit être un booléen.");
        }
        value.as_bool()
    }

    /// An instant with its offset.
    pub(crate) fn instant(&mut self, name: &str) -> Option<Timestamp> {
        let value = self.get(name)?;
        match value.as_str().and_then(read_instant) {
            Some(instant) => Some(instant),
            None => {
                self.refuse(name, "Cette valeur n'est pas une date valide.");
                None
            }
        }
    }

    /// A list of ids.
    pub(crate) fn ids(&mut self, name: &str) -> Option<Vec<u64>> {
        let value = self.get(name)?;
        let ids: Option<Vec<u64>> = value
            .as_array()
            .and_then(|items| items.iter().map(Value::as_u64).collect());
        if ids.is_none() {
            self.refuse(name, "Cette valeur doit être un tableau d'entiers.");
        }
        ids
    }

    /// A list of words of a set; of any text when the set is empty.
    pub(crate) fn words(&mut self, name: &str, words: &[&str]) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let fits = |item: &Value| {
            item.as_str()
                .filter(|text| words.is_empty() || words.contains(text))
                .map(str::to_owned)
        };
        let list: Option<Vec<String>> = value
            .as_array()
            .and_then(|items| items.iter().map(fits).collect());
        if list.is_none() {
            self.refuse(name, NOT_VALID);
        }
        list
    }

    /// A span `{start, end}`, both ends optional and included, in Unix seconds.
    pub(crate) fn span(&mut self, name: &str) -> Option<Span> {
        let value = self.get(name)?;
        let read = |value: &Value, key: &str| match value.get(key) {
            None => Ok(None),
            Some(end) => end
                .as_str()
                .and_then(read_instant)
                .map(|at| Some(at.as_second()))
                .ok_or(()),
        };
        let known = value
            .as_object()
            .is_some_and(|span| span.keys().all(|key| key == "start" || key == "end"));
        match (read(value, "start"), read(value, "end")) {
            (Ok(start), Ok(end)) if known => Some(Span { start, end }),
            _ => {
                self.refuse(name, "Cette période n'est pas valide.");
                None
            }
        }
    }

    /// Refuses when anything was wrong.
    pub(crate) fn done(self) -> Result<(), Refusal> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(Refusal::fields(self.wrong))
        }
    }
}

/// A stretch of time; an absent end is open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
}

impl Span {
    pub(crate) fn holds(self, at: i64) -> bool {
        self.start.is_none_or(|start| at >= start) && self.end.is_none_or(|end| at <= end)
    }
}

/// An instant of RFC 3339: date, time and offset.
pub(crate) fn read_instant(text: &str) -> Option<Timestamp> {
    let has_time = text
        .as_bytes()
        .get(10)
        .is_some_and(|byte| *byte == b'T' || *byte == b't');
    if !has_time || text.contains('[') {
        return None;
    }
    text.parse().ok()
}

/// Folded for comparing without case and accents.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|letter| crate::book::fold(letter).unwrap_or(letter))
        .collect()
}
