//! The agent's tags on the record itself, where the settings ask for it.
//!
//! The tags of a call always stand in its log. On the record they are an extra: what goes wrong
//! here never holds a log up. A write may replace every tag that the record has, so the whole list
//! is read first and sent along; where it cannot be read whole, nothing is written.

use callside_core::contact::ContactKind;
use callside_core::outbox::CallLog;
use serde_json::{Value, json};

use super::{Ask, Sellsy, api, numeric};
use crate::budget::Class;
use crate::fault::Fault;

impl Sellsy {
    /// Adds the call's tags to those of its record.
    pub(super) async fn tag_record(&self, log: &CallLog) {
        if !self.config.smart_tags || log.tags.is_empty() {
            return;
        }
        match self.add_tags(log).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!("not all tags of the record can be read: they are left alone")
            }
            Err(fault) => tracing::warn!(%fault, "the tags stand in the log, not on the record"),
        }
    }

    /// Whether the record has the tags now.
    async fn add_tags(&self, log: &CallLog) -> Result<bool, Fault> {
        let at = &log.target.contact;
        let (kind, read, write) = match at.kind {
            ContactKind::Individual => ("individuals", "individuals.read", "individuals.write"),
            ContactKind::Contact => ("contacts", "contacts.read", "contacts.write"),
            _ => ("companies", "companies.read", "companies.write"),
        };
        let Ok(id) = numeric(&at.id) else {
            return Ok(false);
        };
        let path = format!("/{kind}/{id}/smart-tags");
        let list: api::TagList = self.read(Ask::get(Class::Log, path.as_str(), read)).await?;
        let Some(standing) = list.whole() else {
            return Ok(false);
        };
        // Sellsy takes a tag for the same whatever its case.
        let stands = |tag: &str| {
            let is_same = |other: &String| other.to_lowercase() == tag.to_lowercase();
            standing.iter().any(is_same)
        };
        let new: Vec<&str> = log
            .tags
            .iter()
            .map(|tag| tag.as_str())
            .filter(|tag| !stands(tag))
            .collect();
        if new.is_empty() {
            return Ok(true);
        }
        let whole = standing.iter().map(String::as_str).chain(new);
        let body: Value = whole.map(|tag| json!({"value": tag})).collect();
        self.ask(Ask::post(Class::Log, path, write, body)).await?;
        Ok(true)
    }
}
