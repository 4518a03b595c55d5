//! The engine, the real Aircall client and the sandbox's Aircall together.

use std::sync::Arc;

use callside_core::call::{CallEvent, Happening};
use callside_core::cloud_call::CloudAgent;
use callside_core::id::CallId;
use callside_core::ports::Clock as _;
use callside_engine::call_log::DraftChange;
use callside_engine::cloud::CloudSetup;
use callside_sandbox::aircall::{
    AGENT, Act, AircallOptions, AircallSettings, CallScript, Delays, QUOTE_TAG,
};
use callside_sandbox::book::MARIE_DUPONT_MOBILE;
use callside_sandbox::{HistoryOptions, Sandbox, SandboxOptions};
use callside_store::{CallFilter, CallRecord};
use callside_telephony::{Aircall, AircallConfig};
use callside_testkit::{LeapingClock, MemorySecrets};
use jiff::SignedDuration;

use super::desk::Desk;

/// A desk beside a company that phones with Aircall.
struct Office {
    desk: Desk,
    aircall: Sandbox,
}

impl Office {
    async fn with_past(calls: usize, days: u32) -> Self {
        let desk = Desk::setup()
            .settings(|settings| settings.telephony.aircall.send_notes = true)
            .start()
            .await;
        let shown = desk.clock.clone();
        let settings = AircallSettings {
            delays: Delays::none(),
            ..AircallSettings::default()
        };
        let history = HistoryOptions { calls, days };
        let options = SandboxOptions {
            aircall: AircallOptions { history, settings },
            clock: Arc::new(move || shown.now()),
            ..SandboxOptions::default()
        };
        let aircall = Sandbox::start(options).await.expect("a sandbox");
        Self { desk, aircall }
    }

    async fn attach(&self) {
        let (id, token) = self.aircall.aircall_key();
        let key = [("aircall/api_id", id), ("aircall/api_token", token)];
        let config = AircallConfig {
            api_url: self.aircall.aircall_url(),
            agent: Some(AGENT.to_string()),
            line: None,
        };
        let clock = self.desk.clock.clone();
        let secrets = Arc::new(MemorySecrets::holding(key));
        let client = Aircall::new(config, secrets, clock.clone()).expect("a client");
        let client = client.with_pace_clock(Arc::new(LeapingClock::over(clock)));
        let agent = CloudAgent {
            id: AGENT.to_string(),
            name: "Camille Roche".into(),
            email: "AGENT@example.com".into(),
        };
        let setup = CloudSetup::for_service("aircall", Some(agent), Vec::new());
        let attached = self.desk.engine.attach_cloud(Arc::new(client), setup).await;
        attached.expect("a service");
        self.desk.settle().await;
    }

    async fn all(&self) -> Vec<CallRecord> {
        let filter = CallFilter {
            limit: 20_000,
            ..CallFilter::default()
        };
        let calls = self.desk.engine.store().calls(&filter).await;
        calls.expect("a journal")
    }

    /// What a window of Aircall tells of a call.
    async fn say(&self, id: u64, happening: Happening) {
        self.desk.say(CallEvent {
            app: "aircall".into(),
            remote: Some(MARIE_DUPONT_MOBILE.into()),
            ..self.desk.event(&id.to_string(), happening)
        });
        self.desk.settle().await;
    }

    /// Requests for the interface: method and the rest of the path.
    fn asked(&self) -> Vec<String> {
        let seen = self.aircall.requests();
        let paths = seen
            .iter()
            .filter(|seen| seen.path.starts_with("/aircall/v"));
        paths
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }
}

#[tokio::test]
async fn the_past_of_an_account_comes_in_by_the_rules_and_once() {
    let mut office = Office::with_past(900, 30).await;
    let since = office.desk.now() - SignedDuration::from_hours(14 * 24);
    let own = office
        .aircall
        .aircall_calls()
        .into_iter()
        .filter(|call| call.user == Some(AGENT) && call.started_ms >= since.as_millisecond());
    let wanted = own.count().min(200);
    assert!(wanted > 20, "{wanted}");
    office.attach().await;
    assert_eq!(office.all().await.len(), wanted);
    office.desk.pass(1_800).await;
    office.desk.restart().await;
    office.attach().await;
    assert_eq!(office.all().await.len(), wanted);
}

#[tokio::test]
async fn a_call_with_aircall_from_ring_to_log() {
    let office = Office::with_past(0, 1).await;
    office.attach().await;
    let script = CallScript {
        remote: Some(MARIE_DUPONT_MOBILE.into()),
        ..CallScript::inbound(MARIE_DUPONT_MOBILE).by_hand()
    };
    let id = office.aircall.aircall_begin(script);
    office.say(id, Happening::Ringing).await;
    let call: CallId = office.all().await[0].call.id.clone();
    office.desk.pass(4).await;
    assert!(office.aircall.aircall_act(id, Act::Answer));
    office.say(id, Happening::Answered).await;
    office.desk.pass(61).await;
    let comment = Act::Comment {
        content: "typed in Aircall".into(),
    };
    assert!(office.aircall.aircall_act(id, comment));
    assert!(office.aircall.aircall_act(id, Act::HangUp));
    assert!(office.aircall.aircall_act(id, Act::LeaveScreen));
    let end = Happening::Ended {
        talk_s: None,
        reason: None,
    };
    office.say(id, end).await;
    office.desk.note(&call, "typed in Callside").await;
    let change = DraftChange {
        tags: Some(vec!["devis".into(), "only here".into()]),
        ..DraftChange::default()
    };
    let changed = office.desk.engine.change_draft(&call, change).await;
    changed.expect("tags");
    office.desk.file(&call).await;
    office.desk.pass(26 * 3_600).await;
    let log = office.desk.logged_once(&call).await;
    let text = log.description.expect("a text");
    assert!(text.contains("typed in Callside"), "{text}");
    assert_eq!(text.matches("typed in Callside").count(), 1, "{text}");
    assert!(text.contains("typed in Aircall"), "{text}");
    assert!(text.contains("Summary: "), "{text}");
    let there = office.aircall.aircall_call(id).expect("a call");
    assert_eq!(there.comments.len(), 2);
    let tags: Vec<u64> = there.tags.iter().map(|tag| tag.tag).collect();
    assert_eq!(tags, [QUOTE_TAG]);
    // Card, note and tags, which wait for the first read; everything else reads.
    let written: Vec<String> = office
        .asked()
        .into_iter()
        .filter(|asked| asked.starts_with("POST"))
        .collect();
    let path = |end: &str| format!("POST /aircall/v1/calls/{id}/{end}");
    assert_eq!(
        written,
        [path("insight_cards"), path("comments"), path("tags")]
    );
}
