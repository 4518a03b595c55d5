//! What is said outside the windows: a notification where the card cannot be placed or must stay
//! quiet about itself, and for refusals that no window asked for.

use std::sync::Arc;

use callside_core::call::CallState;
use callside_core::wrap_up::WrapUpState;
use callside_engine::Engine;
use callside_engine::dialing::DialFailed;
use callside_engine::events::{Card, Notice, PendingDial};
use tauri::AppHandle;

use crate::desktop::notify::{Note, Notifications, Pressed};
use crate::desktop::windows;
use crate::shell::Shell;
use crate::text::Text;
use crate::views::people;
use crate::wire::{PageWord, WindowWord};

/// Says things by notification.
pub struct Announcer {
    /// The windows' side.
    pub shell: Shell,
    /// The toolkit.
    pub handle: AppHandle,
    /// The engine.
    pub engine: Engine,
    /// The notifications on the screen.
    pub notifications: Arc<Notifications>,
    /// The agent's language.
    pub text: Arc<Text>,
}

impl Announcer {
    /// A card came up or changed. Where it can be placed, it speaks for itself.
    pub fn card(&self, card: &Card, new: bool) {
        let call = &card.record.call;
        let about = call.id.as_str().to_owned();
        if windows::places_windows() {
            return;
        }
        if card.record.wrap_up != WrapUpState::Open {
            self.notifications.close(&about);
            return;
        }
        if new || call.state == CallState::Ringing {
            self.say(about, self.card_note(card));
        }
    }

    fn card_note(&self, card: &Card) -> Note {
        let call = &card.record.call;
        let region = self.engine.settings().region;
        let number = people::number(&call.remote, region).display;
        let shown = card.shown_match().map(|m| &m.contact);
        let who = match shown {
            Some(contact) => contact.name.clone(),
            None if call.remote.is_withheld() => self.text.say("rust-note-withheld"),
            None => number.clone(),
        };
        let state = match call.state {
            CallState::Ringing => "rust-note-ringing",
            CallState::Dialing => "rust-note-dialing",
            CallState::Answered | CallState::Held => "rust-note-talking",
            CallState::Ended => "rust-note-ended",
        };
        let company = shown.and_then(|contact| contact.company.clone());
        let body: Vec<String> = [Some(self.text.say(state)), company, Some(number)]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect();
        let mut actions = vec![(Pressed::Open, self.text.say("rust-note-open"))];
        if shown.is_some_and(|contact| contact.url.is_some()) {
            actions.push((Pressed::Record, self.text.say("rust-note-record")));
        }
        if call.state == CallState::Ended {
            actions.push((Pressed::File, self.text.say("rust-note-file")));
        }
        Note {
            title: who,
            body: body.join(" · "),
            actions,
        }
    }

    /// A dial request waits.
    pub fn dial_request(&self, pending: &PendingDial) {
        if windows::places_windows() {
            return;
        }
        let name = pending.matches.first().map(|m| m.contact.name.clone());
        let digits = pending.request.digits.clone();
        let note = Note {
            title: self.text.say("rust-note-dial-request"),
            body: [name, Some(digits)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
            actions: vec![
                (Pressed::Dial, self.text.say("rust-note-dial")),
                (Pressed::Open, self.text.say("rust-note-open")),
            ],
        };
        self.say(pending.id.clone(), note);
    }

    /// Something to tell that belongs to no call.
    pub fn notice(&self, notice: Notice) {
        let id = match notice {
            Notice::LinkRefused => "rust-notice-link-refused",
            Notice::TooManyLinks => "rust-notice-too-many-links",
            Notice::LinkCameBack => "rust-notice-link-came-back",
            Notice::HookNotFilledIn => "rust-notice-hook-not-filled-in",
            Notice::LargeShrink => "rust-notice-large-shrink",
            Notice::DiskFull => "rust-notice-disk-full",
        };
        self.sentence(id, self.text.say(id));
    }

    /// A sentence that belongs to no call.
    pub fn sentence(&self, about: &str, words: String) {
        let note = Note {
            title: "Callside".into(),
            body: words,
            actions: Vec::new(),
        };
        self.say(about.to_owned(), note);
    }

    fn say(&self, about: String, note: Note) {
        let notifications = self.notifications.clone();
        let shell = self.shell.clone();
        let handle = self.handle.clone();
        tauri::async_runtime::spawn(async move {
            let asked = about.clone();
            let act = move |pressed| {
                tauri::async_runtime::spawn(act(shell, handle, asked, pressed));
            };
            notifications.show(about, note, act).await;
        });
    }
}

/// The agent pressed a button of a notification.
async fn act(shell: Shell, handle: AppHandle, about: String, pressed: Pressed) {
    let Ok(engine) = shell.engine() else { return };
    let call = callside_core::id::CallId::new(about.clone());
    let done = match pressed {
        Pressed::Open => {
            // Without placing, the card is an ordinary window that the agent asked for.
            let shown = shell.show(&handle, WindowWord::Card);
            shown.map_err(|error| error.to_string())
        }
        Pressed::Record => match engine.card(&call).await {
            Ok(Some(card)) => {
                let url = card.shown_match().and_then(|m| m.contact.url.clone());
                crate::shell::open_page(url.as_deref()).map_err(|error| error.to_string())
            }
            _ => Ok(()),
        },
        Pressed::File => engine.file(&call).await.map_err(|error| error.to_string()),
        Pressed::Dial => match engine.confirm_dial(&about).await {
            // Pressing took the notification away; the request still waits.
            Err(DialFailed::TooEarly) => {
                if let Some(pending) = engine.pending_dial() {
                    shell.announcer(&handle, &engine).dial_request(&pending);
                }
                Ok(())
            }
            dialed => dialed.map(|_| ()).map_err(|error| error.to_string()),
        },
    };
    if let Err(error) = done {
        tracing::warn!(%error, "could not do what a notification asked");
        crate::desktop::go_to(&shell, &handle, PageWord::Calls, None);
    }
}
