//! One company at Aircall: its people, lines and calls, and what is yet to happen on its phones.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    calls::Call,
    limits::Budget,
    people::{self, Contact, Line, Tag, User},
    script::CallScript,
    settings::AircallSettings,
};
use crate::{feed::Feed, rest::Reply};

/// Something that is due at a moment.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Begin(Box<CallScript>),
    Answer(u64),
    GiveUp(u64),
    End(u64),
    LeaveScreen(u64),
    Say(u64, &'static str, Value),
    ExternalDial(String),
    Login(u64),
    Logout,
    Forge,
}

/// What the Workspace page shows and hears.
#[derive(Default)]
pub(super) struct Workspace {
    /// The user who is logged in.
    pub(super) user: Option<u64>,
    /// What the page is to do.
    pub(super) feed: Feed,
    /// Messages from the host page, as they came.
    pub(super) heard: Vec<Value>,
}

/// The whole state behind the API and the Workspace page.
pub(crate) struct Account {
    pub(super) company: String,
    /// Deleted ones stay: old calls name them.
    pub(super) users: Vec<User>,
    pub(super) lines: Vec<Line>,
    pub(super) tags: Vec<Tag>,
    pub(super) contacts: Vec<Contact>,
    pub(super) calls: BTreeMap<u64, Call>,
    /// The scripts of calls that have not left the call-ended screen.
    pub(super) living: BTreeMap<u64, CallScript>,
    pub(super) next_call: u64,
    pub(super) last_comment: u64,
    pub(super) settings: AircallSettings,
    pub(super) budget: Budget,
    pub(super) workspace: Workspace,
    schedule: BTreeMap<(i64, u64), Step>,
    last_step: u64,
}

impl Account {
    pub(super) fn new(company: &str, settings: AircallSettings) -> Self {
        Self {
            company: company.to_owned(),
            users: people::users(),
            lines: people::lines(),
            tags: people::tags(),
            contacts: people::contacts(),
            calls: BTreeMap::new(),
            living: BTreeMap::new(),
            next_call: 3_100_000_001,
            last_comment: 41_000_000,
            settings,
            budget: Budget::default(),
            workspace: Workspace {
                user: Some(people::AGENT),
                ..Workspace::default()
            },
            schedule: BTreeMap::new(),
            last_step: 0,
        }
    }

    /// Users who have not been deleted.
    pub(super) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| !user.is_deleted)
    }

    /// Lines that have not been deleted.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.is_deleted)
    }

    /// An answer to a creation.
    pub(super) fn created(&self, body: Value) -> Reply {
        Reply {
            status: self.settings.created_status,
            body: Some(body),
        }
    }

    /// What the user is doing, else what the user chose.
    pub(super) fn availability(&self, user: &User) -> String {
        let mine = |id: &&u64| self.living.get(id).is_some_and(|it| it.user == user.id);
        let busy = self.living.keys().filter(mine).filter_map(|id| {
            let call = self.calls.get(id)?;
            match (call.outbound || call.answered_ms.is_some(), call.ended_ms) {
                (true, None) => Some("in_call"),
                (_, Some(_)) if call.answered_ms.is_some() => Some("after_call_work"),
                _ => None,
            }
        });
        // In alphabetical order the talk comes after the work that follows it.
        busy.max().unwrap_or(&user.availability).to_owned()
    }

    /// Something is due then.
    pub(super) fn plan(&mut self, at: i64, step: Step) {
        self.last_step += 1;
        self.schedule.insert((at, self.last_step), step);
    }

    /// Lets everything happen that is due.
    pub(crate) fn advance(&mut self, now: i64) {
        while let Some(due) = self.schedule.first_entry() {
            let at = due.key().0;
            if at > now {
                return;
            }
            let step = due.remove();
            self.take(step, at);
        }
    }

    fn take(&mut self, step: Step, at: i64) {
        match step {
            Step::Begin(script) => {
                self.begin(*script, at);
            }
            Step::Answer(id) => self.answer(id, at),
            Step::GiveUp(id) => self.give_up(id, at),
            Step::End(id) => self.end(id, at),
            Step::LeaveScreen(id) => self.leave_screen(id, at),
            Step::Say(user, name, value) => self.say(user, name, value),
            Step::ExternalDial(number) => self.external_dial(&number),
            Step::Login(user) => self.log_in(Some(user)),
            Step::Logout => self.log_in(None),
            Step::Forge => self.workspace.feed.tell(json!({"do": "forge"})),
        }
    }

    /// The Workspace says something to the host page, if that user is logged in.
    pub(super) fn say(&mut self, user: u64, name: &str, value: Value) {
        if self.workspace.user == Some(user) {
            self.workspace
                .feed
                .tell(json!({"do": "say", "name": name, "value": value}));
        }
    }

    /// A number was pushed into the dialler of whoever is logged in.
    pub(super) fn external_dial(&mut self, number: &str) {
        if let Some(user) = self.workspace.user {
            self.say(user, "external_dial", json!({"phone_number": number}));
        }
    }

    /// Somebody logs in to the Workspace, or out of it.
    pub(super) fn log_in(&mut self, user: Option<u64>) {
        if self.workspace.user.take().is_some() {
            self.workspace.feed.tell(json!({"do": "logout"}));
        }
        self.workspace.user = user;
        if let Some(login) = self.login() {
            self.workspace
                .feed
                .tell(json!({"do": "login", "user": login}));
        }
    }

    /// Who is logged in, as the host page is told.
    pub(super) fn login(&self) -> Option<Value> {
        let user = self.workspace.user?;
        self.users()
            .find(|known| known.id == user)
            .map(|known| known.as_login(&self.company))
    }
}
