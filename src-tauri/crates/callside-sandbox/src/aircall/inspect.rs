//! The calls as the sandbox's own page shows them.

use serde_json::Value;

use super::{account::Account, calls::Call};
use crate::{page::PhoneCallRow, phones::spaced};

/// The page shows this many calls.
const SHOWN: usize = 200;

impl Account {
    /// The newest calls, newest first.
    pub(crate) fn rows(&self) -> Vec<PhoneCallRow> {
        let mut calls: Vec<&Call> = self.calls.values().collect();
        calls.sort_by_key(|call| std::cmp::Reverse((call.started_ms, call.id)));
        calls.truncate(SHOWN);
        calls.into_iter().map(|call| self.row(call)).collect()
    }

    fn row(&self, call: &Call) -> PhoneCallRow {
        let contact = call.remote.as_deref().and_then(|number| {
            let known = |contact: &&super::Contact| contact.has_number(number);
            self.contacts.iter().find(known)
        });
        let number = call.remote.as_deref().map(spaced);
        let who = contact.map(super::Contact::display_name).or(number);
        let line = self.lines.iter().find(|line| line.id == call.line);
        let user = self.users.iter().find(|user| Some(user.id) == call.user);
        let talk_ms = call.answered_ms.zip(call.ended_ms);
        let tags = call.tags.iter().filter_map(|used| {
            let tag = self.tags.iter().find(|tag| tag.id == used.tag)?;
            Some(tag.name.clone())
        });
        PhoneCallRow {
            id: call.id.to_string(),
            outbound: call.outbound,
            answered: call.answered_ms.is_some(),
            who: who.unwrap_or_default(),
            line: line.map(|line| line.name.clone()).unwrap_or_default(),
            agent: user.map(super::User::name).unwrap_or_default(),
            started_ms: call.started_ms,
            talk_s: talk_ms.map_or(0, |(from, to)| (to - from).div_euclid(1_000)),
            tags: tags.collect(),
            notes: call.comments.iter().map(|it| it.content.clone()).collect(),
            cards: call.insight_cards.iter().map(card_lines).collect(),
        }
    }
}

/// The lines of an insight card, in words.
fn card_lines(card: &Value) -> Vec<String> {
    let text = |line: &Value, name: &str| {
        line.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    card.get("contents")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|line| {
            let parts = ["label", "text", "link"].map(|name| text(line, name));
            let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            said.join(" · ")
        })
        .collect()
}
