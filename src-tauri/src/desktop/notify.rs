//! Notifications with actions: all that the card can do at a ring, where a card cannot be placed.
//!
//! One notification per call is kept and replaced, so that a call never fills the screen. Text
//! that came from outside is escaped, since some servers read markup.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify_rust::{Notification, NotificationResponse, Timeout};
use tokio::sync::oneshot;

/// What the agent pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// Show the card.
    Open,
    /// Open the record in the CRM.
    Record,
    /// File the call.
    File,
    /// Confirm a dial request.
    Dial,
}

impl Pressed {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Record => "record",
            Self::File => "file",
            Self::Dial => "dial",
        }
    }

    fn of(response: &NotificationResponse) -> Option<Self> {
        let NotificationResponse::Action(name) = response else {
            return (*response == NotificationResponse::Default).then_some(Self::Open);
        };
        [Self::Open, Self::Record, Self::File, Self::Dial]
            .into_iter()
            .find(|pressed| pressed.name() == name.as_str())
    }
}

/// One notification.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// First line.
    pub title: String,
    /// Second line, plain text.
    pub body: String,
    /// Buttons, with their words.
    pub actions: Vec<(Pressed, String)>,
}

/// The notifications on the screen.
#[derive(Default)]
pub struct Notifications {
    shown: Mutex<BTreeMap<String, Shown>>,
}

struct Shown {
    note: Note,
    id: Option<u32>,
    close: Option<oneshot::Sender<()>>,
}

impl Notifications {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows the note in place of an earlier one about the same thing, a call or a dial request.
    /// `chosen` is told what the agent pressed. The same note is not shown twice.
    pub async fn show(
        self: Arc<Self>,
        about: String,
        note: Note,
        chosen: impl FnOnce(Pressed) + Send,
    ) {
        let before = match self.lock().get_mut(&about) {
            Some(shown) if shown.note == note => return,
            Some(shown) => {
                // The old waiter must not close what replaces it.
                drop(shown.close.take());
                shown.id
            }
            None => None,
        };
        let handle = match compose(&note, before).show_async().await {
            Ok(handle) => handle,
            Err(error) => {
                tracing::warn!(%error, "the system took no notification");
                return;
            }
        };
        let (close, closed) = oneshot::channel();
        let id = handle.id();
        let shown = Shown {
            note,
            id: Some(id),
            close: Some(close),
        };
        self.lock().insert(about.clone(), shown);
        let mut pressed = None;
        tokio::select! {
            () = handle.wait_for_action_async(|response| pressed = Pressed::of(response)) => {
                self.lock().remove(&about);
            }
            // An error is a replaced note: the new one has taken its place on the screen.
            asked = closed => if asked.is_ok() {
                handle.close_async().await;
            },
        }
        if let Some(pressed) = pressed {
            chosen(pressed);
        }
    }

    /// Takes the note about this away.
    pub fn close(&self, about: &str) {
        if let Some(close) = self.lock().remove(about).and_then(|shown| shown.close) {
            // A waiter that is gone has nothing left to close.
            let _ = close.send(());
        }
    }
}

fn compose(note: &Note, replaces: Option<u32>) -> Notification {
    let mut message = Notification::new();
    message
        .appname("Callside")
        .summary(&note.title)
        .body(&escape(&note.body))
        .icon("callside")
        .timeout(Timeout::Never)
        .action("default", "Callside");
    for (pressed, words) in &note.actions {
        message.action(pressed.name(), words);
    }
    if let Some(id) = replaces {
        message.id(id);
    }
    message
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_no_markup() {
        assert_eq!(escape("<b>&</b>"), "&lt;b&gt;&amp;&lt;/b&gt;");
    }

    #[test]
    fn a_button_comes_back_as_what_was_pressed() {
        let answer = |name: &str| Pressed::of(&NotificationResponse::Action(name.into()));
        assert_eq!(answer("dial"), Some(Pressed::Dial));
        assert_eq!(answer("something else"), None);
        assert_eq!(
            Pressed::of(&NotificationResponse::Default),
            Some(Pressed::Open)
        );
    }
}
