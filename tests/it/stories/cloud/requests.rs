//! What a call with Aircall costs, from ring until a day later, counted by what the services saw.
//!
//! The real clients of Aircall and Sellsy speak to the sandbox; what Aircall's window would tell is
//! told by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use callside_core::call::{CallEvent, Direction, Happening};
use callside_core::cloud_call::CloudAgent;
use callside_core::id::CallId;
use callside_core::settings::{DialWith, Settings};
use callside_engine::call_log::DraftChange;
use callside_engine::cloud::CloudSetup;
use callside_sandbox::aircall::{
    AGENT, Act, AircallSettings, CALL_BACK_TAG, CallScript, Delays, QUOTE_TAG,
};
use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use callside_sandbox::{HistoryOptions, SeenRequest};
use callside_store::CallFilter;
use callside_telephony::{Aircall, AircallConfig};
use callside_testkit::{LeapingClock, MemorySecrets};
use jiff::SignedDuration;

use super::super::desk::Desk;

const MINUTE: i64 = 60;

/// How a call comes to be, and how Callside learns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It rings, and Aircall's window tells.
    Rings,
    /// The same, and nobody answers.
    IsMissed,
    /// The agent dials in Callside.
    DialledHere,
    /// The agent dials in Aircall's window.
    DialledThere,
    /// Nobody tells; Aircall's list has it.
    Listed,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Dial,
    Card,
    Tags,
    Comment,
    /// The call is read once more.
    Read,
    /// What a machine heard is asked for.
    Heard,
    /// The account's lists: no call's.
    Account,
}

impl Kind {
    fn of(seen: &SeenRequest) -> Option<Self> {
        let path = seen.path.strip_prefix("/aircall/v")?;
        let (_, path) = path.split_once('/').expect("a version");
        let parts: Vec<&str> = path.split('/').collect();
        Some(match (seen.method.as_str(), parts.as_slice()) {
            ("POST", ["users", _, "dial" | "calls"]) => Self::Dial,
            ("POST", ["calls", _, "insight_cards"]) => Self::Card,
            ("POST", ["calls", _, "tags"]) => Self::Tags,
            ("POST", ["calls", _, "comments"]) => Self::Comment,
            ("GET", ["calls" | "tags"] | ["calls", "search"]) => Self::Account,
            ("GET", ["calls", _]) => Self::Read,
            ("GET", ["calls", _, _]) => Self::Heard,
            (method, _) => panic!("nobody has to ask for this: {method} {path}"),
        })
    }
}

/// A desk beside a company that phones with Aircall.
struct Company {
    desk: Desk,
}

impl Company {
    async fn open(delays: Delays, settings: impl FnOnce(&mut Settings)) -> Self {
        let desk = Desk::setup()
            .settings(|own| {
                own.telephony.dial_with = DialWith::Aircall;
                settings(own);
            })
            .sandbox(|sandbox| {
                sandbox.aircall.history = HistoryOptions { calls: 0, days: 1 };
                sandbox.aircall.settings = AircallSettings {
                    delays,
                    own_calls: CallScript::outbound(MARIE_DUPONT_MOBILE).by_hand(),
                    ..AircallSettings::default()
                };
            })
            .start()
            .await;
        let company = Self { desk };
        company.connect().await;
        company.desk.pass(60).await;
        company.desk.crm.forget_requests();
        company
    }

    async fn connect(&self) {
        let desk = &self.desk;
        let (id, token) = desk.crm.aircall_key();
        let key = [("aircall/api_id", id), ("aircall/api_token", token)];
        let config = AircallConfig {
            api_url: desk.crm.aircall_url(),
            agent: Some(AGENT.to_string()),
            line: None,
        };
        let secrets = Arc::new(MemorySecrets::holding(key));
        let client = Aircall::new(config, secrets, desk.clock.clone()).expect("a client");
        let pace = Arc::new(LeapingClock::over(desk.clock.steady()));
        let client = Arc::new(client.over(&desk.http).with_pace_clock(pace));
        let agent = CloudAgent {
            id: AGENT.to_string(),
            name: "Camille Roche".into(),
            email: "agent@example.com".into(),
        };
        let setup = CloudSetup::for_service("aircall", Some(agent), Vec::new());
        desk.engine.add_telephony(client.clone());
        let attached = desk.engine.attach_cloud(client, setup).await;
        attached.expect("a service");
        desk.settle().await;
    }

    /// What Aircall's window tells.
    async fn say(&self, way: Way, id: u64, happening: Happening) {
        self.report(way, id, happening);
        self.desk.settle().await;
    }

    fn report(&self, way: Way, id: u64, happening: Happening) {
        let direction = match way {
            Way::DialledHere | Way::DialledThere => Direction::Outbound,
            Way::Rings | Way::IsMissed => Direction::Inbound,
            Way::Listed => return,
        };
        self.desk.say(CallEvent {
            app: "aircall".into(),
            remote: Some(MARIE_DUPONT_MOBILE.into()),
            direction: Some(direction),
            ..self.desk.event(&id.to_string(), happening)
        });
    }

    fn act(&self, id: u64, act: Act) {
        assert!(self.desk.crm.aircall_act(id, act));
    }

    /// The phone rings, or the agent dials; answers Aircall's id of the call.
    async fn begin(&mut self, way: Way) -> u64 {
        self.desk.told();
        let script = match way {
            Way::DialledHere => {
                let dialled = self.desk.engine.dial_now(MARIE_DUPONT_MOBILE).await;
                dialled.expect("a call");
                self.desk.pass(2).await;
                let calls = self.desk.crm.aircall_calls();
                let id = calls.last().expect("a call at Aircall").id;
                self.say(way, id, Happening::Dialing).await;
                return id;
            }
            Way::DialledThere => CallScript::outbound(MARIE_DUPONT_MOBILE),
            Way::Rings | Way::IsMissed | Way::Listed => CallScript::inbound(MARIE_DUPONT_MOBILE),
        };
        let id = self.desk.crm.aircall_begin(script.by_hand());
        // The window tells a moment later.
        self.desk.pass(1).await;
        let happening = match way {
            Way::DialledThere => Happening::Dialing,
            _ => Happening::Ringing,
        };
        let asked = self.desk.api_requests().len();
        self.report(way, id, happening);
        if way != Way::Listed {
            self.desk.next_card().await;
            let asked_since = self.desk.api_requests().len() - asked;
            assert_eq!(asked_since, 0, "the CRM is asked before the card is told");
        }
        self.desk.settle().await;
        id
    }

    /// A call whose agent also picks a label in Aircall's window, and files so many seconds after
    /// the end.
    async fn play(&mut self, way: Way, talk_s: i64, filed_after_s: i64) -> (u64, CallId) {
        let id = self.begin(way).await;
        self.desk.pass(4).await;
        if way != Way::IsMissed {
            self.act(id, Act::Answer);
            self.say(way, id, Happening::Answered).await;
            self.desk.pass(talk_s).await;
        }
        self.act(id, Act::HangUp);
        let end = Happening::Ended {
            talk_s: None,
            reason: None,
        };
        self.say(way, id, end).await;
        if way != Way::IsMissed {
            self.act(id, Act::Tag { id: CALL_BACK_TAG });
            self.act(id, Act::LeaveScreen);
        }
        if way == Way::Listed {
            self.desk.pass(15 * MINUTE).await;
        }
        let call = self.newest().await;
        self.desk.note(&call, "Wants an offer").await;
        let tags = DraftChange {
            tags: Some(vec!["devis".into()]),
            ..DraftChange::default()
        };
        let changed = self.desk.engine.change_draft(&call, tags).await;
        changed.expect("tags");
        self.desk.pass(filed_after_s).await;
        self.desk.file(&call).await;
        self.desk.pass_until_delivered(&call, 30).await;
        (id, call)
    }

    /// Until everything that is planned about a call is done, a day later. The night passes at once.
    async fn pass_a_day(&self) {
        self.desk.pass(20 * MINUTE).await;
        self.desk.clock.advance(SignedDuration::from_hours(23));
        self.desk.pass(100 * MINUTE).await;
    }

    async fn newest(&self) -> CallId {
        let filter = CallFilter {
            limit: 1,
            ..CallFilter::default()
        };
        let calls = self.desk.engine.store().calls(&filter).await;
        calls.expect("a journal")[0].call.id.clone()
    }

    /// What Aircall was asked, by kind.
    fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for kind in self.desk.crm.requests().iter().filter_map(Kind::of) {
            *counts.entry(kind).or_default() += 1;
        }
        counts
    }
}

/// A call that was played to the end.
struct Played {
    counts: BTreeMap<Kind, usize>,
    /// What Sellsy was asked from ring to log.
    crm: usize,
    /// The labels on it at Aircall.
    tags: Vec<u64>,
}

async fn play(delays: Delays, way: Way, filed_after_s: i64, notes: bool) -> Played {
    let mut company = Company::open(delays, |settings| {
        settings.telephony.aircall.send_notes = notes;
    })
    .await;
    let (id, call) = company.play(way, 40, filed_after_s).await;
    let crm = company.desk.api_requests().len();
    company.pass_a_day().await;
    company.desk.logged_once(&call).await;
    company.desk.check_requests();
    let there = company.desk.crm.aircall_call(id).expect("a call");
    let mut tags: Vec<u64> = there.tags.iter().map(|tag| tag.tag).collect();
    tags.sort_unstable();
    Played {
        counts: company.counts(),
        crm,
        tags,
    }
}

#[tokio::test]
async fn a_call_costs_two_requests_and_the_reads() {
    use Kind::{Card, Comment, Dial, Tags};
    use Way::{DialledHere, DialledThere, IsMissed, Listed, Rings};
    let card_and_tags: &[Kind] = &[Card, Tags];
    // How it came, when it was filed, what is written at Aircall, how often it is read.
    let table = [
        (Rings, 0, card_and_tags, 3),
        (Rings, 30, card_and_tags, 3),
        // The record was read a moment ago.
        (Rings, 43, card_and_tags, 3),
        (Rings, 2 * MINUTE, card_and_tags, 4),
        // A planned read is near.
        (Rings, 9 * MINUTE + 30, card_and_tags, 3),
        (Rings, 60 * MINUTE, card_and_tags, 4),
        (IsMissed, 0, card_and_tags, 3),
        (DialledHere, 0, &[Dial, Tags], 3),
        (DialledHere, 2 * MINUTE, &[Dial, Tags], 4),
        (DialledThere, 0, card_and_tags, 3),
        (Listed, 0, &[Tags], 2),
    ];
    let late = Delays::default();
    for (way, filed_after_s, written, reads) in table {
        let case = format!("{way:?}, filed after {filed_after_s} s");
        let mut played = play(late, way, filed_after_s, false).await;
        let read = played.counts.remove(&Kind::Read);
        assert_eq!(read, Some(reads), "{case}");
        assert!(reads <= 4, "three are planned, and one look at most");
        played.counts.remove(&Kind::Account);
        let kinds: Vec<Kind> = played.counts.keys().copied().collect();
        assert_eq!(kinds, written, "{case}");
        let all: usize = played.counts.values().sum();
        assert!(
            all == written.len() && all <= 2,
            "{case}: {:?}",
            played.counts
        );
        assert!((1..=3).contains(&played.crm), "{case}: {}", played.crm);
        // Whatever people set in Aircall's window stays.
        let both = [QUOTE_TAG, CALL_BACK_TAG];
        let wanted = if way == IsMissed { &both[..1] } else { &both };
        assert_eq!(played.tags, wanted, "{case}");
    }
    // The note is one more, where it is wanted there.
    let played = play(late, Rings, 0, true).await;
    let written = [Card, Tags, Comment].map(|kind| played.counts.get(&kind).copied());
    assert_eq!(written, [Some(1); 3]);
    assert_eq!(played.counts.get(&Kind::Read), Some(&3));
}

#[tokio::test]
async fn the_lists_of_an_account_cost_the_same_for_one_call_and_for_six() {
    let mut of_account = Vec::new();
    for calls in [1, 6] {
        let mut company = Company::open(Delays::default(), |_| {}).await;
        let began = company.desk.now();
        for _ in 0..calls {
            company.play(Way::Rings, 40, 0).await;
        }
        let spent = company.desk.now().duration_since(began).as_secs();
        company.desk.pass(240 * MINUTE - spent).await;
        let counts = company.counts();
        assert_eq!(counts[&Kind::Card] + counts[&Kind::Tags], 2 * calls);
        // What the list shows once more need not be read for itself.
        assert!(counts[&Kind::Read] <= 2 * calls);
        of_account.push(counts[&Kind::Account]);
    }
    assert_eq!(of_account[0], of_account[1]);
}

#[tokio::test]
async fn what_a_machine_heard_is_asked_for_until_it_is_there() {
    let mut company = Company::open(Delays::default(), |_| {}).await;
    let (_, call) = company.play(Way::Rings, 180, 0).await;
    company.pass_a_day().await;
    let log = company.desk.logged_once(&call).await;
    assert!(log.description.expect("a text").contains("Summary: "));
    let counts = company.counts();
    // Four questions each time: the first ones come too early.
    assert_eq!(counts[&Kind::Heard], 8);
    assert_eq!(counts[&Kind::Read], 3);
}
