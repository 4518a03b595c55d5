//! What a page is to do, told by long polling.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::Shared;

/// Older events are forgotten beyond this many.
const KEPT: usize = 2_000;
/// How long an answer waits for something new.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it looks.
const GLANCE: Duration = Duration::from_millis(40);

/// Events with rising numbers.
#[derive(Default)]
pub(crate) struct Feed {
    events: VecDeque<(u64, Value)>,
    last: u64,
}

/// Where a page has got to: the last event, and the state it shows.
#[derive(Deserialize)]
pub(crate) struct Place {
    after: Option<u64>,
    mark: Option<String>,
}

impl Feed {
    pub(crate) fn tell(&mut self, event: Value) {
        self.last += 1;
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back((self.last, event));
    }

    /// What is new since the place, and how things stand. A page that has no place yet gets no event.
    pub(crate) fn news(&self, place: &Place, state: &Value) -> Value {
        let after = place.after.unwrap_or(self.last);
        let events: Vec<&Value> = self
            .events
            .iter()
            .filter(|(number, _)| *number > after)
            .map(|(_, event)| event)
            .collect();
        let mut hasher = DefaultHasher::new();
        state.to_string().hash(&mut hasher);
        json!({
            "last": self.last,
            "mark": format!("{:x}", hasher.finish()),
            "events": events,
            "state": state,
        })
    }
}

/// Asks `look` until there is something new for the place, or patience is at its end.
pub(crate) async fn wait(shared: &Shared, place: &Place, look: impl Fn() -> Value) -> Value {
    let since = Instant::now();
    loop {
        let news = look();
        if is_new(&news, place) || since.elapsed() > PATIENCE {
            return news;
        }
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => {}
            () = shared.stopped() => return news,
        }
    }
}

fn is_new(news: &Value, place: &Place) -> bool {
    let has_events = news
        .get("events")
        .and_then(Value::as_array)
        .is_some_and(|events| !events.is_empty());
    has_events || news.get("mark").and_then(Value::as_str) != place.mark.as_deref()
}
