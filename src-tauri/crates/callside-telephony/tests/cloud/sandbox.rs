//! Both services as the sandbox plays them from their documents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callside_core::cloud_call::import::{ImportPlace, ImportRun, Judgement};
use callside_core::cloud_call::{
    CallInsights, CallsWanted, CloudAgent, CloudCall, CloudStatus, CloudTag, InsightLine,
    same_address, same_remark,
};
use callside_core::outbox::DeliveryError;
use callside_core::ports::{
    CloudTelephony, DialError, Dialed, DownloadError, ReadError, Telephony,
};
use callside_core::settings::Import;
use callside_sandbox::aircall::{
    AGENT, Act, AiPlan, AircallOptions, AircallSettings, CALL_BACK_TAG, CallScript, Delays,
    PastCall, QUOTE_TAG, RateLimit, SALES_LINE, SALES_NUMBER, recorded_byte,
};
use callside_sandbox::allo::{self, AlloCall};
use callside_sandbox::{HistoryOptions, Sandbox, SandboxOptions};
use callside_telephony::{Aircall, AircallConfig, Allo, AlloConfig, SystemOpener};
use callside_testkit::contract_check::{Service, check_request_to};
use callside_testkit::{FakeClock, MemorySecrets};
use jiff::SignedDuration;
use tempfile::TempDir;

use crate::{leaping, now};

const MARIE: &str = "+33639980123";

struct Desk {
    sandbox: Sandbox,
    clock: Arc<FakeClock>,
}

impl Desk {
    /// A sandbox whose REST knows everything at once, with so many calls in its past.
    async fn with_past(calls: usize, days: u32) -> Self {
        let clock = Arc::new(FakeClock::at(now()));
        let shown = Arc::clone(&clock);
        let settings = AircallSettings {
            delays: Delays::none(),
            rate: RateLimit {
                per_minute: None,
                ..RateLimit::default()
            },
            ..AircallSettings::default()
        };
        let history = HistoryOptions { calls, days };
        let options = SandboxOptions {
            aircall: AircallOptions { history, settings },
            clock: Arc::new(move || callside_core::ports::Clock::now(shown.as_ref())),
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        Self { sandbox, clock }
    }

    async fn new() -> Self {
        Self::with_past(0, 1).await
    }

    fn aircall(&self, line: Option<u64>) -> Aircall {
        self.aircall_with(self.sandbox.aircall_key(), line)
    }

    fn aircall_with(&self, (id, token): (&str, &str), line: Option<u64>) -> Aircall {
        let secrets =
            MemorySecrets::holding([("aircall/api_id", id), ("aircall/api_token", token)]);
        let config = AircallConfig {
            api_url: self.sandbox.aircall_url(),
            agent: Some(AGENT.to_string()),
            line: line.map(|line| line.to_string()),
        };
        let aircall = Aircall::new(config, Arc::new(secrets), self.clock.clone());
        aircall.unwrap().with_pace_clock(leaping())
    }

    fn allo(&self, transcript: bool) -> Allo {
        let secrets = MemorySecrets::holding([("allo/api_key", self.sandbox.allo_key())]);
        let config = AlloConfig {
            api_url: self.sandbox.allo_url(),
            transcript,
        };
        let opener = Arc::new(SystemOpener(|_: &str| true));
        let allo = Allo::new(config, Arc::new(secrets), self.clock.clone(), opener);
        allo.unwrap().with_pace_clock(leaping())
    }

    fn ms(&self) -> i64 {
        callside_core::ports::Clock::now(self.clock.as_ref()).as_millisecond()
    }

    /// A call that goes on, answered.
    fn talking(&self) -> u64 {
        let id = self
            .sandbox
            .aircall_begin(CallScript::inbound(MARIE).by_hand());
        assert!(self.sandbox.aircall_act(id, Act::Answer));
        id
    }
}

/// Whatever a story asked of a service is in its contract.
impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for seen in self.sandbox.requests() {
            // The storage is no part of the interface.
            if seen.path.starts_with("/aircall/storage/") {
                continue;
            }
            let address = format!("{}?{}", seen.path, seen.query);
            let service = match seen.path.starts_with("/allo/") {
                true => Service::Allo,
                false => Service::Aircall,
            };
            check_request_to(service, &seen.method, &address, &seen.body).unwrap();
        }
    }
}

fn agent() -> CloudAgent {
    CloudAgent {
        id: AGENT.to_string(),
        name: String::new(),
        email: "Agent@Example.com".into(),
    }
}

fn tag(id: u64) -> CloudTag {
    CloudTag {
        id: id.to_string(),
        name: String::new(),
        color: None,
    }
}

#[tokio::test]
async fn a_key_is_tested_and_the_agent_found_by_e_mail_address() {
    let desk = Desk::new().await;
    let aircall = desk.aircall(None);
    aircall.check().await.unwrap();
    let agents = aircall.agents().await.unwrap();
    let mut found = agents
        .iter()
        .filter(|it| same_address(&it.email, "AGENT@example.com"));
    assert_eq!(found.next().unwrap().id, AGENT.to_string());
    let own = aircall.lines(Some(&AGENT.to_string())).await.unwrap();
    assert!(own.iter().any(|line| line.id == SALES_LINE.to_string()));
    assert!(aircall.lines(None).await.unwrap().len() >= own.len());
    let tags = aircall.tags().await.unwrap();
    assert!(tags.iter().all(|tag| tag.color.is_some()) && tags.len() >= 2);

    let wrong = desk.aircall_with(("sandbox-aircall-id", "no"), None);
    assert_eq!(wrong.check().await, Err(ReadError::Unauthorized));
    // The key of another company works, and knows neither our agent nor our calls.
    let id = desk
        .sandbox
        .aircall_remember(PastCall::answered(MARIE, desk.ms() - 1_000_000));
    let other = desk.aircall_with(desk.sandbox.other_aircall_key(), None);
    other.check().await.unwrap();
    let agents = other.agents().await.unwrap();
    assert!(
        !agents
            .iter()
            .any(|it| same_address(&it.email, "agent@example.com"))
    );
    assert_eq!(other.call(&id.to_string()).await, Err(ReadError::Gone));
}

#[tokio::test]
async fn a_number_is_dialled_unless_the_agent_or_the_line_is_not_there() {
    let desk = Desk::new().await;
    assert_eq!(desk.aircall(None).dial(MARIE).await, Ok(Dialed::HandedOver));
    let from_line = desk.aircall(Some(SALES_LINE));
    desk.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(from_line.dial(MARIE).await, Ok(Dialed::HandedOver));
    desk.clock.advance(SignedDuration::from_mins(30));

    desk.sandbox.aircall_availability(AGENT, "offline");
    assert_eq!(from_line.dial(MARIE).await, Err(DialError::NotAvailable));
    desk.sandbox.aircall_availability(AGENT, "available");
    let id = desk.talking();
    assert_eq!(from_line.dial(MARIE).await, Err(DialError::NotAvailable));
    desk.sandbox.aircall_act(id, Act::HangUp);
    desk.sandbox.aircall_act(id, Act::LeaveScreen);
    desk.sandbox.delete_aircall_line(SALES_LINE);
    assert_eq!(from_line.dial(MARIE).await, Err(DialError::NoLine));
    desk.sandbox.delete_aircall_user(AGENT);
    assert_eq!(from_line.dial(MARIE).await, Err(DialError::UnknownAgent));
}

#[tokio::test]
async fn a_record_grows_as_the_call_does() {
    let desk = Desk::new().await;
    let aircall = desk.aircall(None);
    let id = desk.talking();
    let live = aircall.call(&id.to_string()).await.unwrap();
    assert_eq!(live.status, CloudStatus::Live);
    desk.clock.advance(SignedDuration::from_secs(90));
    desk.sandbox.aircall_act(id, Act::HangUp);
    let content = "Send the offer 👍".to_owned();
    desk.sandbox.aircall_act(id, Act::Comment { content });
    desk.sandbox.aircall_act(id, Act::Tag { id: QUOTE_TAG });
    desk.sandbox.aircall_act(id, Act::LeaveScreen);
    desk.clock.advance(SignedDuration::from_secs(1));
    let over = aircall.call(&id.to_string()).await.unwrap();
    assert_eq!(over.status, CloudStatus::Answered);
    assert_eq!(over.talk_s(), Some(90));
    assert!(over.is_of("agent@EXAMPLE.com") && over.recorded);
    assert!(over.recording_link.unwrap().contains("/assets/"));
    let line = over.line.unwrap();
    assert_eq!(line.number.replace(' ', ""), SALES_NUMBER);
    assert_eq!(over.tags[0].id, QUOTE_TAG.to_string());
    assert!(same_remark(&over.comments[0].text, "Send the offer 👍"));
}

#[tokio::test]
async fn tags_are_never_taken_off_whether_aircall_adds_or_replaces() {
    for replace in [true, false] {
        let desk = Desk::new().await;
        desk.sandbox
            .aircall_settings(|settings| settings.tags_replace = replace);
        let past = PastCall {
            tags: vec![QUOTE_TAG],
            ..PastCall::answered(MARIE, desk.ms() - 1_000_000)
        };
        let id = desk.sandbox.aircall_remember(past);
        let aircall = desk.aircall(None);
        let text = id.to_string();
        let there = aircall.call(&text).await.unwrap().tags;
        aircall
            .add_tags(&text, &there, &[tag(CALL_BACK_TAG)])
            .await
            .unwrap();
        let set = |desk: &Desk| -> BTreeSet<u64> {
            let call = desk.sandbox.aircall_call(id).unwrap();
            call.tags.iter().map(|used| used.tag).collect()
        };
        assert_eq!(set(&desk), [QUOTE_TAG, CALL_BACK_TAG].into());
        desk.sandbox.delete_aircall_tag(QUOTE_TAG);
        let both = [tag(QUOTE_TAG), tag(CALL_BACK_TAG)];
        aircall.add_tags(&text, &there, &both).await.unwrap();
        assert!(set(&desk).contains(&CALL_BACK_TAG));
    }
}

#[tokio::test]
async fn five_remarks_arrive_and_the_sixth_is_refused() {
    let desk = Desk::new().await;
    let id = desk.talking().to_string();
    let aircall = desk.aircall(None);
    for turn in 1..=5 {
        let remark = format!("Remark {turn} 🎉");
        aircall.comment(&id, &remark).await.unwrap();
        let there = aircall.call(&id).await.unwrap().comments;
        assert!(
            there
                .iter()
                .any(|comment| same_remark(&comment.text, &remark))
        );
    }
    let sixth = aircall.comment(&id, "One more").await;
    assert!(matches!(sixth, Err(DeliveryError::Refused { .. })));
}

#[tokio::test]
async fn a_card_is_taken_while_the_call_lives() {
    let desk = Desk::new().await;
    let id = desk.talking();
    let aircall = desk.aircall(None);
    let line = |label: Option<&str>| InsightLine {
        label: label.map(str::to_owned),
        text: "é".repeat(500),
        link: Some(format!("https://crm.example.com/{}", "é".repeat(300))),
    };
    let mut lines = vec![line(None)];
    lines.extend((0..9).map(|_| line(Some("Owner"))));
    aircall.show_card(&id.to_string(), &lines).await.unwrap();
    assert_eq!(
        desk.sandbox.aircall_call(id).unwrap().insight_cards.len(),
        1
    );
    desk.sandbox.aircall_act(id, Act::HangUp);
    let late = aircall.show_card(&id.to_string(), &lines).await;
    assert!(matches!(late, Err(DeliveryError::Refused { .. })));
}

#[tokio::test]
async fn a_machines_findings_are_what_the_account_bought() {
    let desk = Desk::new().await;
    let id = desk
        .sandbox
        .aircall_remember(PastCall::answered(MARIE, desk.ms() - 1_000_000));
    let aircall = desk.aircall(None);
    let found = aircall.insights(&id.to_string()).await.unwrap();
    assert!(found.summary.is_some() && found.mood.is_some());
    assert!(!found.topics.is_empty() && !found.action_items.is_empty());
    assert_eq!(found.transcript, None);
    desk.sandbox
        .aircall_settings(|settings| settings.ai = AiPlan::SummaryOnly);
    let found = aircall.insights(&id.to_string()).await.unwrap();
    assert!(found.summary.is_some() && found.topics.is_empty());
    desk.sandbox
        .aircall_settings(|settings| settings.ai = AiPlan::None);
    let found = aircall.insights(&id.to_string()).await.unwrap();
    assert_eq!(found, CallInsights::default());
    assert_eq!(aircall.check().await, Ok(()));
}

#[tokio::test]
async fn a_company_at_its_limit_is_left_alone() {
    let desk = Desk::new().await;
    let rate = RateLimit {
        per_minute: Some(120),
        ..RateLimit::default()
    };
    desk.sandbox
        .aircall_settings(|settings| settings.rate = rate);
    desk.sandbox.aircall_spend(120);
    // With a pace on the same clock as the sandbox, so that its minute is ours.
    let aircall = desk.aircall(None).with_pace_clock(desk.clock.clone());
    let busy = aircall.check().await;
    let Err(ReadError::Busy { retry_after }) = busy else {
        panic!("{busy:?}");
    };
    desk.clock.advance(retry_after.unwrap());
    assert_eq!(aircall.check().await, Ok(()));
}

async fn import(
    desk: &Desk,
    place: &ImportPlace,
    journal: &mut BTreeMap<String, CloudCall>,
) -> (ImportPlace, usize) {
    let aircall = desk.aircall(None);
    let now = callside_core::ports::Clock::now(desk.clock.as_ref());
    let mut run = ImportRun::begin(place, &Import::default(), &agent(), now);
    let (mut after, mut new) = (None, 0);
    loop {
        let page = aircall
            .calls(&run.wanted().clone(), after.as_deref())
            .await
            .unwrap();
        for call in page.calls {
            if run.judge(&call, None) == Judgement::Import
                && journal.insert(call.id.clone(), call).is_none()
            {
                new += 1;
            }
        }
        after = page.next;
        if after.is_none() || run.is_full() {
            return (run.done(), new);
        }
    }
}

#[tokio::test]
async fn the_past_is_imported_once_and_what_comes_later_is_added() {
    let desk = Desk::with_past(2_000, 30).await;
    let mut journal = BTreeMap::new();
    let (place, new) = import(&desk, &ImportPlace::default(), &mut journal).await;
    assert_eq!((new, journal.len()), (200, 200));
    let own = desk.sandbox.aircall_calls();
    let mut newest: Vec<_> = own.iter().filter(|call| call.user == Some(AGENT)).collect();
    newest.sort_by_key(|call| std::cmp::Reverse(call.started_ms));
    let expected: BTreeSet<String> = newest
        .iter()
        .take(200)
        .map(|it| it.id.to_string())
        .collect();
    assert_eq!(journal.keys().cloned().collect::<BTreeSet<_>>(), expected);

    let (place, new) = import(&desk, &place, &mut journal).await;
    assert_eq!(new, 0);
    desk.clock.advance(SignedDuration::from_hours(24 * 20));
    for minute in 0..300 {
        let at = desk.ms() - 3_600_000 - minute * 60_000;
        desk.sandbox.aircall_remember(PastCall::answered(MARIE, at));
    }
    let (_, new) = import(&desk, &place, &mut journal).await;
    assert_eq!(new, 300);
}

#[tokio::test]
async fn a_recording_is_put_together_and_the_storage_refuses_two_permissions() {
    let desk = Desk::new().await;
    let past = PastCall {
        recording_bytes: Some(3_000_000),
        ..PastCall::answered(MARIE, desk.ms() - 1_000_000)
    };
    let id = desk.sandbox.aircall_remember(past);
    let aircall = desk.aircall(None);
    let folder = TempDir::new().unwrap();
    let text = id.to_string();
    assert_eq!(aircall.recording_bytes(&text).await, Ok(Some(3_000_000)));
    let small = aircall
        .download(&text, folder.path(), 2_999_999, &|_, _| {})
        .await;
    assert_eq!(small, Err(DownloadError::TooLarge));
    // Half of it is there from an earlier try.
    let whole: Vec<u8> = (0..3_000_000).map(|at| recorded_byte(id, at)).collect();
    let began = now() - SignedDuration::from_secs(1_000);
    let part = format!("{}-{id}.part", began.strftime("%Y%m%dT%H%M%SZ"));
    std::fs::write(folder.path().join(part), &whole[..1_234_567]).unwrap();
    let saved = aircall
        .download(&text, folder.path(), 3_000_000, &|_, _| {})
        .await
        .unwrap();
    assert!(std::fs::read(saved.file).unwrap() == whole);

    let silent = PastCall {
        recording_bytes: None,
        ..PastCall::answered(MARIE, desk.ms() - 900_000)
    };
    let silent = desk.sandbox.aircall_remember(silent).to_string();
    let none = aircall
        .download(&silent, folder.path(), 100, &|_, _| {})
        .await;
    assert_eq!(none, Err(DownloadError::Missing));
    desk.sandbox
        .aircall_settings(|settings| settings.recording_link_seconds = 0);
    let past = PastCall::answered(MARIE, desk.ms() - 800_000);
    let expired = desk.sandbox.aircall_remember(past).to_string();
    let dead = aircall
        .download(&expired, folder.path(), 1 << 20, &|_, _| {})
        .await;
    assert_eq!(dead, Err(DownloadError::Missing));
}

#[tokio::test]
async fn allo_is_asked_for_its_people_lines_tags_and_finished_calls() {
    let desk = Desk::new().await;
    let allo = desk.allo(false);
    allo.check().await.unwrap();
    let agents = allo.agents().await.unwrap();
    assert!(agents.iter().any(|it| it.id == allo::USER));
    let own = allo.lines(Some(allo::USER)).await.unwrap();
    assert!(own.iter().any(|line| line.number == allo::LINE));
    let tags = allo.tags().await.unwrap();

    desk.sandbox.allo_forget_calls();
    let id = desk
        .sandbox
        .allo_remember(AlloCall::answered(MARIE, desk.ms() - 1_000_000));
    let wanted = CallsWanted {
        since: now() - SignedDuration::from_hours(1),
        until: now(),
        agent: Some(allo::USER.into()),
        line: Some(allo::LINE.into()),
        newest_first: true,
    };
    let page = allo.calls(&wanted, None).await.unwrap();
    let ids: Vec<&str> = page.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!((ids, page.next), (vec![id.as_str()], None));
    assert_eq!(page.calls[0].status, CloudStatus::Answered);

    allo.add_tags(&id, &[], &tags[..1]).await.unwrap();
    let call = allo.call(&id).await.unwrap();
    assert_eq!(call.tags, tags[..1]);
    assert!(call.recorded);
    let folder = TempDir::new().unwrap();
    let saved = allo
        .download(&id, folder.path(), 1 << 24, &|_, _| {})
        .await
        .unwrap();
    assert_eq!(
        Some(saved.bytes),
        desk.sandbox.allo_call(&id).unwrap().recording_bytes
    );
}

#[tokio::test]
async fn allo_takes_an_older_key_and_refuses_a_trial() {
    let desk = Desk::new().await;
    desk.sandbox.allo_settings(|settings| {
        settings.prefixed_key = false;
        settings.raw_key_v2 = true;
    });
    assert_eq!(desk.allo(false).check().await, Ok(()));
    desk.sandbox
        .allo_settings(|settings| settings.is_trial = true);
    let trial = desk.allo(false).check().await;
    assert!(matches!(trial, Err(ReadError::Refused { .. })));
    desk.sandbox.allo_settings(|settings| {
        settings.is_trial = false;
        settings.scopes.retain(|scope| scope != "TAGS_READ");
    });
    let scope = "TAGS_READ".to_owned();
    let lacking = desk.allo(false).tags().await;
    assert_eq!(lacking, Err(ReadError::Forbidden { scope }));
}
