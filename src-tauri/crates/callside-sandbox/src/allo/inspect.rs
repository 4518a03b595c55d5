//! The calls as the sandbox's own page shows them.

use super::account::{Account, AlloCall, LINES, PEOPLE, USERS};
use crate::{page::PhoneCallRow, phones::spaced};

/// The page shows this many calls.
const SHOWN: usize = 200;

impl Account {
    /// The newest calls, newest first.
    pub(crate) fn rows(&self) -> Vec<PhoneCallRow> {
        let mut calls: Vec<&AlloCall> = self.calls.values().collect();
        calls.sort_by_key(|call| std::cmp::Reverse(call.started_ms));
        calls.truncate(SHOWN);
        calls.into_iter().map(|call| self.row(call)).collect()
    }

    fn row(&self, call: &AlloCall) -> PhoneCallRow {
        let person = PEOPLE
            .iter()
            .find(|person| Some(person.number) == call.remote.as_deref())
            .map(|person| format!("{} {}", person.name, person.last_name));
        let line = LINES.iter().find(|line| line.number == call.line);
        let user = USERS
            .iter()
            .find(|user| Some(user.id) == call.user.as_deref());
        let tags = call.tags.iter().filter_map(|used| {
            let (_, name, _) = self.tags.iter().find(|(id, _, _)| id == used)?;
            Some(name.clone())
        });
        PhoneCallRow {
            id: call.id.clone(),
            outbound: call.outbound,
            answered: call.result.as_deref() == Some("ANSWERED"),
            who: person
                .or(call.remote.as_deref().map(spaced))
                .unwrap_or_default(),
            line: line.map(|line| line.name.to_owned()).unwrap_or_default(),
            agent: user.map(|user| user.name.to_owned()).unwrap_or_default(),
            started_ms: call.started_ms,
            talk_s: i64::from(call.duration_s),
            tags: tags.collect(),
            notes: call.summary.clone().into_iter().collect(),
            cards: Vec::new(),
        }
    }
}
