//! One workspace at Allo: its people, lines, tags and everything that was said on its lines.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    book::{BookOptions, LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE},
    feed::Feed,
    past::{HistoryOptions, moments},
    phones::{STRANGER, callers},
    rest::Reply,
};

/// The agent's line, "Ventes".
pub const LINE: &str = "+33536490020";
/// The line "Support", of others.
pub const SUPPORT_LINE: &str = "+33536490021";
/// The user with the e-mail of the sandbox's default agent.
pub const USER: &str = "usr_camille";
/// The tag "Devis".
pub const TAG: &str = "tag_devis";

/// How Allo behaves. Every choice may change while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlloSettings {
    /// Reads a second of one key; None is unlimited.
    pub reads_per_second: Option<u64>,
    /// Writes a second of one key; None is unlimited.
    pub writes_per_second: Option<u64>,
    /// Whether version 1 takes the key without the word before it.
    pub raw_key_v1: bool,
    /// Whether version 2 takes the key without the word before it.
    pub raw_key_v2: bool,
    /// Whether the key with the word before it is taken at all.
    pub prefixed_key: bool,
    /// Whether dates come without their zone.
    pub zoneless_dates: bool,
    /// Whether single objects come inside `data`. Not documented.
    pub wraps_single: bool,
    /// From the end of a call to its appearance, in milliseconds.
    pub appears_ms: i64,
    /// From the end of a call to its summary and transcript, in milliseconds.
    pub summary_ms: i64,
    /// Whether the workspace is on a trial: the API is refused.
    pub is_trial: bool,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// Whether the dialler may be framed by the page that tries.
    pub dialer_activated: bool,
    /// Whether the dialler holds a page of another origin that forges messages.
    pub dialer_holds_foreign: bool,
}

impl Default for AlloSettings {
    fn default() -> Self {
        Self {
            reads_per_second: Some(20),
            writes_per_second: Some(5),
            raw_key_v1: true,
            raw_key_v2: false,
            prefixed_key: true,
            zoneless_dates: false,
            wraps_single: false,
            appears_ms: 10_000,
            summary_ms: 30_000,
            is_trial: false,
            scopes: SCOPES.map(str::to_owned).to_vec(),
            dialer_activated: true,
            dialer_holds_foreign: false,
        }
    }
}

/// The scopes that a key for a softphone companion has ticked.
pub const SCOPES: [&str; 9] = [
    "CONVERSATIONS_READ",
    "CONVERSATIONS_WRITE",
    "CONTACTS_READ",
    "PHONE_NUMBERS_READ",
    "TAGS_READ",
    "TAGS_WRITE",
    "USERS_READ",
    "CRM_READ",
    "DIALING_QUEUE_READ_WRITE",
];

/// What Allo is started with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlloOptions {
    /// What happened before.
    pub history: HistoryOptions,
    /// How it behaves.
    pub settings: AlloSettings,
}

/// One call.
#[derive(Clone, PartialEq, Serialize)]
pub struct AlloCall {
    /// `cll-…`.
    pub id: String,
    /// Placed by the agent rather than received.
    pub outbound: bool,
    /// The line, in E.164.
    pub line: String,
    /// The other party in E.164; None is a withheld number.
    pub remote: Option<String>,
    /// Id of the user; None when nobody took it.
    pub user: Option<String>,
    /// Unix milliseconds of its beginning.
    pub started_ms: i64,
    /// Length in seconds.
    pub duration_s: u32,
    /// `ANSWERED`, `VOICEMAIL`, `TRANSFERRED`, or none.
    pub result: Option<String>,
    /// Size of the recording in bytes; None: there is none.
    pub recording_bytes: Option<u64>,
    /// What the AI made of it, or whoever changed it.
    pub summary: Option<String>,
    /// Counts the changes of the summary.
    pub summary_version: u64,
    /// Ids of tags.
    pub tags: Vec<String>,
    /// Who said what, from second to second: true for the agent.
    pub transcript: Vec<(bool, u32, String)>,
}

impl std::fmt::Debug for AlloCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AlloCall({})", self.id)
    }
}

impl AlloCall {
    /// An answered inbound call of the agent that began then. Its id is given when it is added.
    #[must_use]
    pub fn answered(remote: &str, started_ms: i64) -> Self {
        Self {
            id: String::new(),
            outbound: false,
            line: LINE.to_owned(),
            remote: Some(remote.to_owned()),
            user: Some(USER.to_owned()),
            started_ms,
            duration_s: 120,
            result: Some("ANSWERED".to_owned()),
            recording_bytes: Some(480_000),
            summary: Some("La cliente souhaite un devis avant vendredi.".to_owned()),
            summary_version: 1,
            tags: Vec::new(),
            transcript: vec![
                (true, 0, "Bonjour, que puis-je pour vous ?".to_owned()),
                (false, 4, "Bonjour, je voudrais un devis.".to_owned()),
            ],
        }
    }

    /// An inbound call that nobody answered.
    #[must_use]
    pub fn missed(remote: &str, started_ms: i64) -> Self {
        Self {
            user: None,
            duration_s: 0,
            result: None,
            recording_bytes: None,
            summary: None,
            transcript: Vec::new(),
            ..Self::answered(remote, started_ms)
        }
    }

    pub(super) fn ended_ms(&self) -> i64 {
        self.started_ms + i64::from(self.duration_s) * 1_000
    }

    /// The number in its id.
    pub(super) fn number(&self) -> u64 {
        self.id.trim_start_matches("cll-").parse().unwrap_or(0)
    }
}

pub(super) struct User {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) role: &'static str,
}

pub(super) const USERS: [User; 3] = [
    User {
        id: USER,
        name: "Camille Roche",
        email: "agent@example.com",
        role: "ADMIN",
    },
    User {
        id: "usr_bruno",
        name: "Bruno Castel",
        email: "bruno.castel@example.com",
        role: "MEMBER",
    },
    User {
        id: "usr_samir",
        name: "Samir Benali",
        email: "samir.benali@example.com",
        role: "MEMBER",
    },
];

pub(super) struct Line {
    pub(super) number: &'static str,
    pub(super) name: &'static str,
    pub(super) users: &'static [&'static str],
}

pub(super) const LINES: [Line; 2] = [
    Line {
        number: LINE,
        name: "Ventes",
        users: &[USER, "usr_bruno"],
    },
    Line {
        number: SUPPORT_LINE,
        name: "Support",
        users: &["usr_samir"],
    },
];

/// A text message: not a call, and in the same lists.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) line: &'static str,
    pub(super) remote: String,
    pub(super) sent_ms: i64,
    pub(super) text: &'static str,
}

/// A contact of the workspace.
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) company: Option<&'static str>,
    pub(super) number: &'static str,
}

pub(super) const PEOPLE: [Person; 3] = [
    Person {
        id: "con_marie",
        name: "Marie",
        last_name: "Dupont",
        company: Some("Boulangerie Martin"),
        number: MARIE_DUPONT_MOBILE,
    },
    Person {
        id: "con_luc",
        name: "Luc",
        last_name: "Bernard",
        company: None,
        number: LUC_BERNARD_MOBILE,
    },
    Person {
        id: "con_oscar",
        name: "Oscar",
        last_name: "Nimbus",
        company: None,
        number: STRANGER,
    },
];

/// An answer that was given to a write, kept for its key.
pub(super) struct Kept {
    pub(super) at: i64,
    pub(super) request: String,
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Kept {
    pub(super) fn reply(&self) -> Reply {
        Reply {
            status: self.status,
            body: self.body.clone(),
        }
    }
}

/// Requests of one kind in the current second.
#[derive(Default)]
pub(super) struct Spent {
    pub(super) second: i64,
    pub(super) used: u64,
}

/// The whole state behind the API and the dialler.
pub(crate) struct Account {
    pub(super) calls: BTreeMap<String, AlloCall>,
    pub(super) messages: Vec<Message>,
    pub(super) tags: Vec<(String, String, String)>,
    pub(super) queue: Vec<Value>,
    pub(super) kept: BTreeMap<String, Kept>,
    pub(super) reads: Spent,
    pub(super) writes: Spent,
    pub(super) refused: u64,
    pub(super) settings: AlloSettings,
    pub(super) feed: Feed,
    pub(super) heard: Vec<Value>,
    last: u64,
}

impl Account {
    fn new(settings: AlloSettings) -> Self {
        let tags = [
            (TAG, "Devis", "#00B388"),
            ("tag_rappel", "À rappeler", "#F5A623"),
            ("tag_sav", "SAV", "#0091A3"),
            ("tag_urgent", "Urgent", "#C2298A"),
        ];
        Self {
            calls: BTreeMap::new(),
            messages: Vec::new(),
            tags: tags
                .map(|(id, name, color)| (id.to_owned(), name.to_owned(), color.to_owned()))
                .to_vec(),
            queue: Vec::new(),
            kept: BTreeMap::new(),
            reads: Spent::default(),
            writes: Spent::default(),
            refused: 0,
            settings,
            feed: Feed::default(),
            heard: Vec::new(),
            last: 7_000_000,
        }
    }

    /// Adds a call under a new id, and answers the id.
    pub(super) fn remember(&mut self, call: AlloCall) -> String {
        self.last += 1;
        let id = format!("cll-{}", self.last);
        let call = AlloCall {
            id: id.clone(),
            ..call
        };
        self.calls.insert(id.clone(), call);
        id
    }

    fn invent_past(&mut self, options: HistoryOptions, book: BookOptions, now: i64) {
        let mut dice = StdRng::seed_from_u64(book.seed ^ 0xa110);
        let callers = callers(book);
        for started in moments(&mut dice, options, now) {
            let remote = callers.get(dice.random_range(0..callers.len().max(1)));
            let call = invented(&mut dice, remote.cloned(), started);
            if dice.random_bool(0.1)
                && let Some(remote) = &call.remote
            {
                self.last += 1;
                self.messages.push(Message {
                    id: format!("msg-{}", self.last),
                    line: LINE,
                    remote: remote.clone(),
                    sent_ms: started + 1_800_000,
                    text: "Bien reçu, merci.",
                });
            }
            self.remember(call);
        }
    }
}

fn invented(dice: &mut StdRng, remote: Option<String>, started_ms: i64) -> AlloCall {
    let outbound = dice.random_bool(0.4);
    let withheld = dice.random_bool(0.03) && !outbound;
    let fate = dice.random_range(0..10);
    let (line, user) = match dice.random_range(0..10) {
        0..=5 => (LINE, USER),
        6..=7 => (LINE, "usr_bruno"),
        _ => (SUPPORT_LINE, "usr_samir"),
    };
    let seconds = dice.random_range(10..900);
    let tag = dice.random_bool(0.3).then(|| TAG.to_owned());
    let call = match fate {
        0..=6 => AlloCall::answered("", started_ms),
        7 => AlloCall {
            result: Some("VOICEMAIL".to_owned()),
            recording_bytes: Some(64_000),
            ..AlloCall::missed("", started_ms)
        },
        _ => AlloCall::missed("", started_ms),
    };
    let answered = fate <= 6;
    AlloCall {
        outbound,
        remote: remote.filter(|_| !withheld),
        line: line.to_owned(),
        user: (answered || outbound).then(|| user.to_owned()),
        duration_s: if answered { seconds } else { 0 },
        recording_bytes: call.recording_bytes.map(|_| u64::from(seconds) * 4_000),
        tags: tag.filter(|_| answered).into_iter().collect(),
        ..call
    }
}

/// The workspace, made when somebody first looks.
pub(crate) struct Workspace {
    options: AlloOptions,
    book: BookOptions,
    /// When the sandbox was started, in Unix milliseconds; the invented past ends there.
    started_ms: i64,
    made: Option<Box<Account>>,
}

impl Workspace {
    pub(crate) fn new(options: AlloOptions, book: BookOptions, started_ms: i64) -> Self {
        Self {
            options,
            book,
            started_ms,
            made: None,
        }
    }

    pub(crate) fn account(&mut self) -> &mut Account {
        self.made.get_or_insert_with(|| {
            let mut account = Account::new(self.options.settings.clone());
            account.invent_past(self.options.history, self.book, self.started_ms);
            Box::new(account)
        })
    }
}

/// A user as calls and lines name it.
pub(super) fn brief(id: &str) -> Value {
    USERS.iter().find(|user| user.id == id).map_or(
        Value::Null,
        |user| json!({"id": user.id, "name": user.name, "email": user.email}),
    )
}
