//! A telephony service in the cloud: its records meet our calls, tags and notes go both ways, calls
//! that happened elsewhere come in.

use std::sync::Arc;

use callside_core::call::{CallEvent, CallState, Direction, EndReason, Happening, SaidReason};
use callside_core::cloud_call::{
    CallInsights, CloudAgent, CloudCall, CloudComment, CloudLine, CloudStatus, CloudTag, Mood,
};
use callside_core::id::CallId;
use callside_core::outbox::{DeliveryError, DeliveryState, Reason};
use callside_core::ports::{CloudTelephony, Dialed, DownloadError, ReadError};
use callside_core::settings::{DialWith, ImportLog, Missed, Settings};
use callside_core::wrap_up::WrapUpState;
use callside_engine::Erased;
use callside_engine::call_log::{DraftChange, NotLogged, WrapUpError};
use callside_engine::cloud::{CloudSetup, CloudState};
use callside_engine::events::EngineEvent;
use callside_sandbox::book::{LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE};
use callside_sandbox::http::Method;
use callside_store::{CallFilter, CallRecord, Person};
use callside_testkit::{FakeCloud, FakeTelephony};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::desk::{Desk, STRANGER};

mod progress;
mod requests;

const AIRCALL: &str = "aircall";
/// The agent's line at the service.
const LINE: &str = "+33199000001";

/// A desk beside a service.
struct Office {
    desk: Desk,
    cloud: Arc<FakeCloud>,
    setup: CloudSetup,
}

fn ada() -> CloudAgent {
    CloudAgent {
        id: "71".into(),
        name: "Ada Morel".into(),
        email: "agent@example.com".into(),
    }
}

fn line(id: &str, number: &str) -> CloudLine {
    CloudLine {
        id: id.into(),
        name: format!("Line {id}"),
        number: number.into(),
    }
}

fn tag(id: &str, name: &str) -> CloudTag {
    CloudTag {
        id: id.into(),
        name: name.into(),
        color: None,
    }
}

fn remark(id: &str, text: &str, by: Option<&str>) -> CloudComment {
    CloudComment {
        id: id.into(),
        text: text.into(),
        by: by.map(str::to_owned),
    }
}

fn summary(text: &str) -> CallInsights {
    CallInsights {
        summary: Some(text.into()),
        mood: Some(Mood::Positive),
        ..CallInsights::default()
    }
}

/// A talk of the agent, as the service records it.
fn talk(id: &str, remote: &str, started_at: Timestamp, seconds: u32) -> CloudCall {
    let after = |seconds: i64| started_at + SignedDuration::from_secs(seconds);
    CloudCall {
        id: id.into(),
        direction: Direction::Inbound,
        status: CloudStatus::Answered,
        said: None,
        started_at,
        answered_at: Some(after(4)),
        ended_at: Some(after(i64::from(seconds))),
        duration_s: seconds,
        remote: remote.into(),
        line: Some(line("12", LINE)),
        agent: Some(ada()),
        contact_name: None,
        recording_link: None,
        recorded: false,
        tags: Vec::new(),
        comments: Vec::new(),
        insights: CallInsights::default(),
    }
}

/// A call that nobody answered.
fn unanswered(id: &str, remote: &str, started_at: Timestamp) -> CloudCall {
    CloudCall {
        status: CloudStatus::Missed,
        answered_at: None,
        ..talk(id, remote, started_at, 20)
    }
}

impl Office {
    async fn with(settings: impl FnOnce(&mut Settings)) -> Self {
        Self::beside(AIRCALL, settings).await
    }

    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn beside(name: &str, settings: impl FnOnce(&mut Settings)) -> Self {
        let desk = Desk::setup().settings(settings).start().await;
        let office = Self {
            desk,
            cloud: Arc::new(FakeCloud::named(name)),
            setup: CloudSetup::for_service(name, Some(ada()), Vec::new()),
        };
        office
            .cloud
            .have_tags(&[("1", "Quote"), ("2", "Urgent"), ("3", "VIP")]);
        office.cloud.have_lines(vec![line("12", LINE)]);
        office
    }

    /// The service is set up, and its first import is over.
    async fn open(self) -> Self {
        self.attach().await;
        self.cloud.forget_asked();
        self
    }

    async fn attach(&self) {
        let cloud: Arc<dyn CloudTelephony> = self.cloud.clone();
        self.desk
            .engine
            .attach_cloud(cloud, self.setup.clone())
            .await
            .expect("a service");
        self.desk.settle().await;
    }

    async fn restart(&mut self) {
        self.desk.restart().await;
        self.attach().await;
    }

    fn now(&self) -> Timestamp {
        self.desk.now()
    }

    fn event(&self, id: &str, happening: Happening) -> CallEvent {
        CallEvent {
            app: self.cloud.name().to_owned(),
            line: Some(LINE.into()),
            ..self.desk.event(id, happening)
        }
    }

    /// The service's window says that the phone rings, and its record begins.
    async fn ring(&mut self, id: &str, remote: &str) -> CallId {
        self.cloud.put(CloudCall {
            status: CloudStatus::Live,
            answered_at: None,
            ended_at: None,
            ..talk(id, remote, self.now(), 0)
        });
        self.desk.told();
        let event = self.event(id, Happening::Ringing);
        self.desk.say(CallEvent {
            remote: Some(remote.into()),
            ..event
        });
        let card = self.desk.next_card().await;
        self.desk.pass(2).await;
        card.record.call.id
    }

    async fn say(&self, id: &str, happening: Happening) {
        self.desk.say(self.event(id, happening));
        self.desk.settle().await;
    }

    async fn answer(&self, id: &str) {
        let now = self.now();
        self.cloud
            .change(id, |record| record.answered_at = Some(now));
        self.say(id, Happening::Answered).await;
    }

    /// The call is over at the service; whether its window says so is another matter.
    fn over(&self, id: &str) {
        let now = self.now();
        self.cloud.change(id, |record| {
            record.status =
                CloudStatus::judge(true, record.direction, record.answered_at.is_some(), false);
            record.ended_at = Some(now);
            let lasted = now.duration_since(record.started_at).as_secs();
            record.duration_s = u32::try_from(lasted).expect("a short call");
        });
    }

    async fn hang_up(&self, id: &str) {
        self.over(id);
        let end = Happening::Ended {
            talk_s: None,
            reason: None,
        };
        self.say(id, end).await;
    }

    /// A call that was answered after four seconds and took so many in all.
    async fn talk(&mut self, id: &str, remote: &str, seconds: i64) -> CallId {
        let call = self.ring(id, remote).await;
        self.desk.pass(2).await;
        self.answer(id).await;
        self.desk.pass(seconds - 4).await;
        self.hang_up(id).await;
        call
    }

    async fn tags(&self, call: &CallId, tags: &[&str]) {
        let change = DraftChange {
            tags: Some(tags.iter().map(|&tag| tag.to_owned()).collect()),
            ..DraftChange::default()
        };
        self.desk
            .engine
            .change_draft(call, change)
            .await
            .expect("tags");
    }

    async fn record(&self, call: &CallId) -> CallRecord {
        self.desk.record(call).await
    }

    async fn tags_of(&self, call: &CallId) -> Vec<String> {
        let record = self.record(call).await;
        let tags = record.draft.tags.iter();
        tags.map(|tag| tag.as_str().to_owned()).collect()
    }

    async fn logged(&self, call: &CallId) -> String {
        self.desk
            .logged_once(call)
            .await
            .description
            .expect("a text")
    }

    async fn all(&self) -> Vec<CallRecord> {
        let filter = CallFilter {
            limit: 20_000,
            ..CallFilter::default()
        };
        self.desk
            .engine
            .store()
            .calls(&filter)
            .await
            .expect("a journal")
    }

    async fn state(&self) -> (CloudState, Option<ReadError>) {
        let all = self
            .desk
            .engine
            .cloud_connections()
            .await
            .expect("a journal");
        (all[0].state, all[0].last_error.clone())
    }

    /// What it was asked besides the reads that every call needs and the lists.
    fn asked_more(&self) -> Vec<String> {
        let mut asked = self.cloud.asked();
        let planned = ["call ", "calls", "tags", "insights "];
        asked.retain(|asked| !planned.iter().any(|known| asked.starts_with(known)));
        asked
    }
}

#[tokio::test]
async fn a_call_costs_the_service_its_card_its_tags_and_the_planned_reads() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.tags(&call, &["quote", "unheard of"]).await;
    office.desk.file(&call).await;
    let logs = office.desk.requests_for("POST", "/phone-calls");
    assert_eq!(logs, 1);
    assert!(office.desk.api_requests().len() <= 3);
    office.desk.pass(26 * 3_600).await;
    assert_eq!(office.asked_more(), ["show_card 1", "add_tags 1: 1"]);
    assert_eq!(office.cloud.asked_for("call 1"), 3);
    assert_eq!(office.cloud.asked_for("insights"), 0);
    assert!(
        office
            .logged(&call)
            .await
            .contains("Tags: quote, unheard of")
    );
    assert_eq!(
        office.desk.crm.requests_to("PUT", "/v2/phone-calls").len(),
        0
    );
    office.desk.check_requests();
}

#[tokio::test]
async fn what_comes_late_joins_the_open_wrap_up_beside_what_the_agent_typed() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.note(&call, "my own words").await;
    office.tags(&call, &["urgent"]).await;
    office.cloud.change("1", |record| {
        record.tags = vec![tag("2", "Urgent"), tag("3", "VIP")];
        record.comments = vec![remark("9", "prefers\nmornings", Some("Ada"))];
        record.recording_link = Some("https://assets.example.test/calls/1".into());
    });
    office.desk.pass(44).await;
    assert_eq!(office.tags_of(&call).await, ["urgent"]);
    office.desk.pass(1).await;
    assert_eq!(office.tags_of(&call).await, ["urgent", "VIP"]);
    let record = office.record(&call).await;
    assert_eq!(record.draft.note, "my own words");
    assert_eq!(record.cloud.expect("notes").remarks.len(), 1);
    office.desk.file(&call).await;
    let text = office.logged(&call).await;
    assert!(
        text.ends_with(
            "Tags: urgent, VIP\n\nmy own words\n\n\
             Recording: https://assets.example.test/calls/1\nComment (Ada): prefers mornings"
        ),
        "{text}"
    );
    // What came from the service is not sent back to it.
    assert_eq!(office.asked_more(), ["show_card 1"]);
}

#[tokio::test]
async fn a_tag_that_the_agent_took_away_does_not_come_back() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.desk.pass(45).await;
    office.tags(&call, &[]).await;
    office.desk.pass(600).await;
    assert_eq!(office.tags_of(&call).await, [""; 0]);
}

#[tokio::test]
async fn what_comes_after_the_filing_reaches_the_log_and_never_overwrites_a_person() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.note(&call, "filed early").await;
    office.desk.file(&call).await;
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.desk.pass(45).await;
    let text = office.logged(&call).await;
    assert!(
        text.contains("Tags: VIP") && text.ends_with("filed early"),
        "{text}"
    );
    let log = office.desk.logged_once(&call).await;
    assert!(
        office
            .desk
            .crm
            .edit_phone_call(log.id, "Rewritten by a colleague")
    );
    office.cloud.change("1", |record| {
        record.comments = vec![remark("9", "prefers mornings", None)];
    });
    office.desk.pass(600).await;
    let logs = office.desk.crm.phone_calls();
    assert_eq!(
        logs[0].description.as_deref(),
        Some("Rewritten by a colleague")
    );
    let written = office.desk.crm.requests_to("POST", "/v2/comments");
    let written = written.iter().filter(|seen| seen.path == "/v2/comments");
    let bodies: Vec<_> = written.map(|seen| seen.body.clone()).collect();
    assert_eq!(bodies.len(), 1);
    assert!(
        bodies[0].contains("Comment: prefers mornings"),
        "{bodies:?}"
    );
    assert!(!bodies[0].contains("filed early"), "{bodies:?}");
}

#[tokio::test]
async fn planned_reads_survive_the_night() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.file(&call).await;
    office.desk.stop().await;
    office.desk.clock.advance(SignedDuration::from_hours(25));
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.cloud.forget_asked();
    office.desk.start().await;
    office.attach().await;
    office.desk.pass(120).await;
    assert_eq!(office.tags_of(&call).await, ["VIP"]);
    assert!(office.logged(&call).await.contains("VIP"));
    // One read does for all that were missed; here the list was that read.
    assert!(office.cloud.asked_for("call 1") <= 1);
}

#[tokio::test]
async fn the_record_corrects_a_filed_call_and_opens_no_card() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    // The answer was never told, and the end looks like a missed call.
    office.cloud.change("1", |record| {
        record.answered_at = Some(record.started_at + SignedDuration::from_secs(2));
    });
    office.desk.pass(30).await;
    office.hang_up("1").await;
    assert_eq!(
        office.record(&call).await.call.end_reason,
        Some(EndReason::Missed)
    );
    office.desk.file(&call).await;
    assert!(office.logged(&call).await.contains("Outcome: missed"));
    office.desk.told();
    office.desk.pass(45).await;
    let record = office.record(&call).await;
    assert_eq!(record.call.end_reason, Some(EndReason::Completed));
    assert_eq!(record.call.talk_s(), 30);
    let log = office.desk.logged_once(&call).await;
    assert_eq!((log.result.as_str(), log.duration), ("connected", 30));
    assert!(!log.description.expect("a text").contains("missed"));
    let cards =
        office.desk.told().into_iter().filter(
            |event| matches!(event, EngineEvent::Card(card) if card.record.call.id == call),
        );
    assert_eq!(cards.count(), 0);
}

#[tokio::test]
async fn the_record_corrects_the_talk_time_of_a_log_and_nothing_that_a_person_put_there() {
    // How much later the window told the end, what a person changes in the log, and what the log
    // says in the end: its text, its duration, and how often it was changed by us.
    let table = [
        (30, json!(null), None, 56, 1),
        (2, json!(null), None, 58, 0),
        (30, json!({"duration": 99}), None, 99, 0),
        (
            30,
            json!({"description": "by hand"}),
            Some("by hand"),
            56,
            1,
        ),
    ];
    for (late, edit, text, duration, changes) in table {
        let mut office = Office::new().await.open().await;
        let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
        office.answer("1").await;
        office.desk.pass(56).await;
        office.over("1");
        office.desk.pass(late).await;
        let end = Happening::Ended {
            talk_s: None,
            reason: None,
        };
        office.say("1", end).await;
        office.desk.note(&call, "an offer").await;
        office.desk.file(&call).await;
        let log = office.desk.logged_once(&call).await;
        assert_eq!(log.duration, 56 + late);
        let path = format!("/phone-calls/{}", log.id);
        if !edit.is_null() {
            office
                .desk
                .other_program(Method::PUT, &path, Some(&edit))
                .await;
        }
        office.desk.crm.forget_requests();
        office.desk.pass(900).await;
        assert_eq!(office.record(&call).await.call.talk_s(), 56, "{edit}");
        let entry = office.desk.delivery(&call).await;
        assert!(!entry.delivery.beside, "{edit}");
        let found = office.desk.crm.phone_calls();
        let [now] = found.as_slice() else {
            panic!("one log")
        };
        assert_eq!(now.duration, duration, "{edit}");
        let text = text.map(str::to_owned).or(log.description);
        assert_eq!(now.description, text, "{edit}");
        assert_eq!(office.desk.requests_for("PUT", &path), changes, "{edit}");
        assert_eq!(office.desk.requests_for("POST", "/comments"), 0, "{edit}");
        office.desk.check_requests();
    }
}

#[tokio::test]
async fn a_phone_that_rings_without_an_end_is_looked_after() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office.desk.pass(20).await;
    office.over("1");
    office.desk.pass(67).await;
    assert_eq!(office.cloud.asked_for("call 1"), 0);
    assert_eq!(office.record(&call).await.call.state, CallState::Ringing);
    office.desk.pass(1).await;
    let record = office.record(&call).await;
    assert_eq!(record.call.end_reason, Some(EndReason::Missed));
    let rang = record.call.ended_at.expect("an end");
    assert_eq!(rang.duration_since(record.call.started_at).as_secs(), 22);
}

#[tokio::test]
async fn a_talk_without_an_end_ends_with_the_record_and_the_next_one_sooner() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office.answer("1").await;
    office.desk.pass(120).await;
    office.over("1");
    office.desk.pass(479).await;
    assert_eq!(office.record(&call).await.call.state, CallState::Answered);
    assert_eq!(office.cloud.asked_for("call 1"), 0);
    office.desk.pass(1).await;
    let record = office.record(&call).await;
    assert_eq!(record.call.state, CallState::Ended);
    assert_eq!(record.call.talk_s(), 120);
    assert_eq!(record.wrap_up, WrapUpState::Open);
    // Ends go missing: the next talk is looked after at once, and no more than needed.
    office.cloud.forget_asked();
    let next = office.ring("2", LUC_BERNARD_MOBILE).await;
    office.answer("2").await;
    office.desk.pass(100).await;
    office.over("2");
    office.desk.pass(60).await;
    assert_eq!(office.record(&next).await.call.talk_s(), 100);
    assert!(office.cloud.asked_for("call 2") <= 4);
    // One end that is told, and normal calls cost nothing again.
    office.talk("3", STRANGER, 30).await;
    office.cloud.forget_asked();
    office.ring("4", STRANGER).await;
    office.answer("4").await;
    office.desk.pass(300).await;
    assert_eq!(office.cloud.asked_for("call 4"), 0);
}

#[tokio::test]
async fn a_long_talk_is_not_ended_by_a_record_that_goes_on() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office.answer("1").await;
    office.desk.pass(3_000).await;
    assert_eq!(office.record(&call).await.call.state, CallState::Answered);
    assert!(office.cloud.asked_for("call 1") <= 3);
    office.hang_up("1").await;
    assert_eq!(office.record(&call).await.call.state, CallState::Ended);
}

#[tokio::test]
async fn a_call_that_the_service_never_had_does_not_ring_for_ever() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office.cloud.lose("1");
    office.desk.pass(178).await;
    assert_eq!(office.record(&call).await.call.state, CallState::Ringing);
    office.desk.pass(200).await;
    assert_eq!(office.record(&call).await.call.state, CallState::Ended);
}

#[tokio::test]
async fn a_service_that_is_away_delays_its_own_questions_and_nothing_else() {
    let mut office = Office::new().await.open().await;
    office.cloud.fail_reads(Some(ReadError::Offline));
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.file(&call).await;
    office.logged(&call).await;
    office.desk.pass(1_200).await;
    assert_eq!(
        office.state().await,
        (CloudState::Unreachable, Some(ReadError::Offline))
    );
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.cloud.fail_reads(None);
    office.desk.pass(900).await;
    assert_eq!(office.tags_of(&call).await, ["VIP"]);
    assert_eq!(office.state().await, (CloudState::Connected, None));
}

#[tokio::test]
async fn a_key_that_is_refused_is_told_and_everything_goes_on_with_a_new_one() {
    let mut office = Office::with(|settings| settings.telephony.aircall.send_notes = true)
        .await
        .open()
        .await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.note(&call, "for the team").await;
    office.cloud.fail_reads(Some(ReadError::Unauthorized));
    office
        .cloud
        .fail_writes(Some((DeliveryError::Unauthorized, false)));
    office.desk.file(&call).await;
    office.desk.pass(60).await;
    assert_eq!(office.state().await.0, CloudState::Unauthorized);
    let sends = office.record(&call).await.cloud_sends;
    assert_eq!(sends[0].delivery.reason, Some(Reason::Disconnected));
    office.cloud.fail_reads(None);
    office.cloud.fail_writes(None);
    office.attach().await;
    office.desk.pass(60).await;
    let sends = office.record(&call).await.cloud_sends;
    assert_eq!(sends[0].delivery.state, DeliveryState::Delivered);
    let record = office.cloud.record("1").expect("a record");
    assert_eq!(record.comments[0].text, "for the team");
}

#[tokio::test]
async fn nothing_is_written_at_the_service_before_the_undo_is_over() {
    let mut office = Office::with(|settings| settings.telephony.aircall.send_notes = true)
        .await
        .open()
        .await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.note(&call, "for the team").await;
    office.tags(&call, &["quote"]).await;
    office.desk.engine.file(&call).await.expect("a filing");
    office.desk.pass(4).await;
    office.desk.engine.undo(&call).await.expect("an undo");
    office.desk.pass(30).await;
    assert_eq!(office.asked_more(), ["show_card 1"]);
    office.desk.file(&call).await;
    assert_eq!(office.asked_more(), ["show_card 1", "comment 1"]);
    // Labels ride on the first read of the record, shortly after the end.
    office.desk.pass(45).await;
    assert_eq!(
        office.asked_more(),
        ["show_card 1", "comment 1", "add_tags 1: 1"]
    );
    assert!(office.desk.engine.undo(&call).await.is_err());
}

#[tokio::test]
async fn a_note_becomes_one_remark_and_does_not_come_back() {
    let mut office = Office::with(|settings| settings.telephony.aircall.send_notes = true)
        .await
        .open()
        .await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.note(&call, "Voilà: call back 🙂").await;
    office.desk.file(&call).await;
    office
        .desk
        .note(&call, "Voilà: call back 🙂 and more")
        .await;
    office.desk.pass(26 * 3_600).await;
    assert_eq!(office.cloud.asked_for("comment 1"), 1);
    let record = office.record(&call).await;
    // The service dropped some letters too: then it is a remark like any other, shown once.
    assert!(record.cloud.expect("notes").remarks.len() <= 1);
    let plain = office.talk("2", LUC_BERNARD_MOBILE, 50).await;
    office.desk.note(&plain, "call back 🙂").await;
    office.desk.file(&plain).await;
    office.desk.pass(1_000).await;
    let record = office.record(&plain).await;
    assert_eq!(record.cloud.expect("notes").remarks, []);
    let text = office.logged(&plain).await;
    assert!(text.ends_with("call back 🙂"), "{text}");
}

#[tokio::test]
async fn a_remark_in_doubt_is_looked_for_and_never_there_twice() {
    for arrives in [true, false] {
        let mut office = Office::with(|settings| settings.telephony.aircall.send_notes = true)
            .await
            .open()
            .await;
        let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
        office.desk.note(&call, "for the team").await;
        office
            .cloud
            .fail_writes(Some((DeliveryError::InDoubt, arrives)));
        office.desk.file(&call).await;
        office.desk.settle().await;
        office.cloud.fail_writes(None);
        // The app dies in the middle, too.
        office.restart().await;
        office.desk.pass(900).await;
        let record = office.cloud.record("1").expect("a record");
        assert_eq!(record.comments.len(), 1, "arrived at first: {arrives}");

        let sends = office.record(&call).await.cloud_sends;
        assert_eq!(sends[0].delivery.state, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn a_sixth_remark_is_refused_and_said_and_not_tried_again() {
    let mut office = Office::with(|settings| settings.telephony.aircall.send_notes = true)
        .await
        .open()
        .await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.cloud.change("1", |record| {
        let texts = ["one", "two", "three", "four", "five"];
        record.comments = texts.map(|text| remark(text, text, None)).to_vec();
    });
    office.desk.note(&call, "for the team").await;
    office.desk.told();
    office.desk.file(&call).await;
    office.desk.pass(3_600).await;
    assert_eq!(office.cloud.asked_for("comment 1"), 1);
    let sends = office.record(&call).await.cloud_sends;
    let words = "no more than 5 comments".to_owned();
    assert_eq!(sends[0].delivery.reason, Some(Reason::Refused { words }));
    let told = office.desk.told().into_iter().any(|event| {
        matches!(event, EngineEvent::CloudSend(send) if send.delivery.state == DeliveryState::Stuck)
    });
    assert!(told);
    // The call itself is logged all the same.
    office.logged(&call).await;
    // The agent makes room there, and tries again.
    office
        .cloud
        .change("1", |record| record.comments.truncate(2));
    office
        .desk
        .engine
        .retry_send(&sends[0].id)
        .await
        .expect("a send");
    office.desk.settle().await;
    assert_eq!(
        office.cloud.record("1").expect("a record").comments.len(),
        3
    );
}

#[tokio::test]
async fn tags_picked_after_the_filing_are_set_too_and_notes_stay_here_by_default() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.note(&call, "for my eyes").await;
    office.desk.file(&call).await;
    office.tags(&call, &["vip"]).await;
    office.desk.pass(3_600).await;
    assert_eq!(office.asked_more(), ["show_card 1", "add_tags 1: 3"]);
    office.tags(&call, &["vip", "quote"]).await;
    office.desk.settle().await;
    let asked = ["show_card 1", "add_tags 1: 3", "add_tags 1: 1"];
    assert_eq!(office.asked_more(), asked, "long after the end, at once");
}

#[tokio::test]
async fn labels_that_people_set_or_take_away_at_the_service_stay_so() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.tags(&call, &["quote"]).await;
    office.desk.file(&call).await;
    // Somebody sets a label there before ours leaves, and another one later.
    office.desk.pass(30).await;
    office
        .cloud
        .change("1", |record| record.tags.push(tag("3", "VIP")));
    let there = |office: &Office| {
        let record = office.cloud.record("1").expect("a record");
        let ids: Vec<_> = record.tags.iter().map(|tag| tag.id.clone()).collect();
        ids
    };
    office.desk.pass(10).await;
    assert_eq!(there(&office), ["3", "1"]);
    assert_eq!(office.cloud.asked_for("call 1"), 1);
    // Two labels picked one after the other: one look does for both.
    office.desk.pass(300).await;
    office
        .cloud
        .change("1", |record| record.tags.retain(|tag| tag.id != "3"));
    office.tags(&call, &["quote", "VIP", "urgent"]).await;
    office.desk.pass(2).await;
    assert_eq!(there(&office), ["1", "2"], "what was taken away stays away");
    assert_eq!(office.cloud.asked_for("call 1"), 2);
    // A try that fails is made again beside what the record says then.
    office
        .cloud
        .fail_writes(Some((DeliveryError::Offline, false)));
    let company = [("1", "Quote"), ("2", "Urgent"), ("3", "VIP"), ("4", "Lost")];
    office.cloud.have_tags(&company);
    office.desk.pass(86_400).await;
    office
        .tags(&call, &["quote", "VIP", "urgent", "lost"])
        .await;
    office.desk.pass(1).await;
    office
        .cloud
        .change("1", |record| record.tags.push(tag("3", "VIP")));
    office.cloud.fail_writes(None);
    office.desk.pass(30).await;
    assert_eq!(there(&office), ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_company_may_want_a_tag_and_the_wrap_up_waits_for_it() {
    let mut office = Office::with(|settings| {
        settings.telephony.aircall.required_tags = vec!["quote".into(), "VIP".into()];
    })
    .await
    .open()
    .await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.tags(&call, &["urgent"]).await;
    let refused = office.desk.engine.file(&call).await;
    assert!(matches!(refused, Err(WrapUpError::TagMissing)));
    office
        .desk
        .engine
        .put_aside(&call, true)
        .await
        .expect("a tray");
    assert_eq!(office.record(&call).await.wrap_up, WrapUpState::Open);
    // A tag that the agent picked in the service's own window counts.
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.desk.pass(45).await;
    office.desk.file(&call).await;
    office.logged(&call).await;
    // Nobody is asked about a call that was never answered, nor about another telephone's.
    let missed = office.ring("2", LUC_BERNARD_MOBILE).await;
    office.hang_up("2").await;
    office.desk.pass(61).await;
    assert_eq!(office.record(&missed).await.wrap_up, WrapUpState::Filed);
    office
        .desk
        .log_call_with(LUC_BERNARD_MOBILE, "by SIP")
        .await;
}

#[tokio::test]
async fn a_missed_call_files_itself_although_the_service_has_tagged_it() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.hang_up("1").await;
    office.desk.pass(59).await;
    assert_eq!(office.tags_of(&call).await, ["VIP"]);
    assert_eq!(office.record(&call).await.wrap_up, WrapUpState::Open);
    office.desk.pass(2).await;
    assert_eq!(office.record(&call).await.wrap_up, WrapUpState::Filed);
}

#[tokio::test]
async fn a_ring_that_only_the_record_ends_files_itself_with_its_tags() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.over("1");
    office.desk.pass(90).await;
    let record = office.record(&call).await;
    assert_eq!(record.call.end_reason, Some(EndReason::Missed));
    assert_eq!(record.wrap_up, WrapUpState::Filed);
    assert!(office.logged(&call).await.contains("Tags: VIP"));
}

#[tokio::test]
async fn the_service_shows_who_calls_once_with_what_the_crm_adds() {
    let mut office = Office::new().await.open().await;
    // The CRM lets the card wait for longer than a moment.
    office.desk.hold_crm();
    office
        .cloud
        .put(talk("1", LUC_BERNARD_MOBILE, office.now(), 0));
    let ringing = CallEvent {
        remote: Some(LUC_BERNARD_MOBILE.into()),
        ..office.event("1", Happening::Ringing)
    };
    office.desk.say(ringing);
    let call = office.desk.next_card().await.record.call.id;
    office.desk.settle_or_held().await;
    assert_eq!(office.cloud.cards().len(), 0);
    office.desk.clock.advance(SignedDuration::from_secs(2));
    office
        .desk
        .settle_or(|_| !office.cloud.cards().is_empty())
        .await;
    office.desk.release_crm();
    office.desk.settle().await;
    office.answer("1").await;
    // The call is matched anew, and the card is there already.
    office.desk.engine.detach(&call).await.expect("a match");
    office.desk.pass(60).await;
    let cards = office.cloud.cards();
    assert_eq!(cards.len(), 1);
    assert!(cards[0][0].label.is_none() && cards[0][0].text.contains("Bernard"));
    let link = cards[0][0].link.as_deref().unwrap_or_default();
    assert!(link.starts_with("https://"), "{link}");
    office.hang_up("1").await;
    // Now the CRM answers within a moment: the opportunity is on the card.
    office.desk.note(&call, "wants a quote").await;
    office.desk.file(&call).await;
    office.ring("2", LUC_BERNARD_MOBILE).await;
    let cards = office.cloud.cards();
    let labels: Vec<_> = cards[1]
        .iter()
        .filter_map(|line| line.label.as_deref())
        .collect();
    assert!(labels.contains(&"Opportunity"), "{labels:?}");
    let last = cards[1]
        .iter()
        .find(|line| line.label.as_deref() == Some("Last note"));
    assert_eq!(last.expect("a note").text, "wants a quote");
}

#[tokio::test]
async fn a_card_is_offered_once_more_to_records_that_are_slow() {
    let mut office = Office::new().await.open().await;
    office.cloud.fail_writes(Some((DeliveryError::Gone, false)));
    office.ring("1", MARIE_DUPONT_MOBILE).await;
    assert_eq!(office.cloud.asked_for("show_card 1"), 1);
    office.cloud.fail_writes(None);
    office.desk.pass(60).await;
    assert_eq!(office.cloud.asked_for("show_card 1"), 2);
    assert_eq!(office.cloud.cards().len(), 1);
    office.hang_up("1").await;
    // Nobody reads the card of a call that is over.
    office.cloud.fail_writes(Some((DeliveryError::Gone, false)));
    office.ring("2", LUC_BERNARD_MOBILE).await;
    office.hang_up("2").await;
    office.desk.pass(60).await;
    assert_eq!(office.cloud.asked_for("show_card 2"), 1);
}

#[tokio::test]
async fn no_card_for_strangers_or_when_it_is_switched_off_and_its_failure_never_matters() {
    let mut office = Office::new().await.open().await;
    office.talk("1", STRANGER, 50).await;
    assert_eq!(office.cloud.asked_for("show_card"), 0);
    office
        .cloud
        .fail_writes(Some((DeliveryError::Offline, false)));
    office.talk("2", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.pass(3_600).await;
    assert_eq!(office.cloud.asked_for("show_card"), 1);
    let mut off = Office::with(|settings| settings.telephony.aircall.insight_card = false)
        .await
        .open()
        .await;
    off.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    assert_eq!(off.cloud.asked_for("show_card"), 0);
}

#[tokio::test]
async fn calls_that_happened_elsewhere_come_in_and_none_twice() {
    let office = Office::new().await;
    let before = |hours: i64| office.now() - SignedDuration::from_hours(hours);
    office.cloud.put(CloudCall {
        tags: vec![tag("3", "VIP")],
        recording_link: Some("https://assets.example.test/calls/1".into()),
        ..talk("1", MARIE_DUPONT_MOBILE, before(30), 90)
    });
    office.cloud.put(unanswered("2", STRANGER, before(20)));
    let somebody_else = CloudAgent {
        id: "72".into(),
        email: "other@example.com".into(),
        ..ada()
    };
    office.cloud.put(CloudCall {
        agent: Some(somebody_else),
        ..talk("3", LUC_BERNARD_MOBILE, before(10), 90)
    });
    let mut office = office.open().await;
    let calls = office.all().await;
    assert_eq!(calls.len(), 2);
    let marie = calls.last().expect("a call");
    assert_eq!(marie.call.talk_s(), 86);
    assert_eq!(marie.call.line.as_deref(), Some(LINE));
    assert_eq!(marie.matched_name.as_deref(), Some("Marie Dupont"));
    assert_eq!(marie.draft.tags[0].as_str(), "VIP");
    assert_eq!(calls[0].call.end_reason, Some(EndReason::Missed));
    // They wait in the tray, and no card pops up.
    assert!(
        calls
            .iter()
            .all(|call| call.set_aside && call.wrap_up == WrapUpState::Open)
    );
    assert_eq!(office.desk.engine.cards().await.expect("cards").len(), 0);
    office.desk.pass(3_600).await;
    assert_eq!(office.all().await.len(), 2);
    office.desk.told();
    office.desk.engine.import_now(AIRCALL);
    office.desk.settle().await;
    let ends = office.desk.told().into_iter().filter(|event| {
        matches!(event, EngineEvent::Import(_, progress) if progress.finished && progress.new == 0)
    });
    assert_eq!(ends.count(), 1);
    assert_eq!(office.cloud.asked_for("calls"), 5);
    // Completed by the agent, it is logged with what the service said.
    let id = marie.call.id.clone();
    office.desk.file(&id).await;
    let text = office.logged(&id).await;
    assert!(
        text.contains("VIP") && text.contains("Recording: https://"),
        "{text}"
    );
}

#[tokio::test]
async fn a_live_call_and_its_record_are_one() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.desk.pass(3_600).await;
    assert_eq!(office.all().await.len(), 1);
    // A call that another program told of, without the service's id.
    let sip = office.desk.talk_with(LUC_BERNARD_MOBILE).await;
    let started = office.record(&sip).await.call.started_at;
    office.cloud.put(talk("2", LUC_BERNARD_MOBILE, started, 64));
    office.desk.pass(900).await;
    assert_eq!(office.all().await.len(), 2);
    let names = office.record(&sip).await.call.names;
    assert_eq!(names[1].app_call_id.as_deref(), Some("2"));
    assert_eq!(office.record(&call).await.call.names.len(), 1);
}

#[tokio::test]
async fn a_number_handed_over_to_the_service_finds_its_record() {
    let office = Office::with(|settings| settings.telephony.dial_with = DialWith::Aircall)
        .await
        .open()
        .await;
    let phone = Arc::new(FakeTelephony::named(AIRCALL));
    phone.answer(Ok(Dialed::HandedOver));
    office.desk.engine.add_telephony(phone);
    let dialled = office.desk.engine.dial_now(MARIE_DUPONT_MOBILE).await;
    let call = dialled.expect("a call");
    office.cloud.put(CloudCall {
        direction: Direction::Outbound,
        ..talk(
            "1",
            MARIE_DUPONT_MOBILE,
            office.now() + SignedDuration::from_secs(20),
            60,
        )
    });
    office.tags(&call, &["quote"]).await;
    // The agent closes the dialog before the service has told anything.
    office.desk.pass(90).await;
    office.desk.file(&call).await;
    office.desk.pass(300).await;
    let record = office.record(&call).await;
    assert_eq!(office.all().await.len(), 1);
    assert_eq!(record.call.names[0].app_call_id.as_deref(), Some("1"));
    assert_eq!(record.call.talk_s(), 56);
    assert_eq!(office.cloud.asked_for("add_tags 1: 1"), 1);
}

#[tokio::test]
async fn an_import_that_is_cut_anywhere_goes_on_and_doubles_nothing() {
    let mut office = Office::new().await;
    for minute in 0..160 {
        let started = office.now() - SignedDuration::from_mins(minute * 10 + 60);
        office
            .cloud
            .put(unanswered(&format!("{minute}"), STRANGER, started));
    }
    office.cloud.cut_after_pages(2);
    office.attach().await;
    assert_eq!(office.all().await.len(), 100);
    let all = office.desk.engine.cloud_connections().await;
    let cut = all.expect("a journal")[0].import.expect("an import");
    assert!(cut.finished && cut.new == 100, "{cut:?}");
    office.desk.stop().await;
    office.cloud.cut_after_pages(usize::MAX);
    office.desk.start().await;
    office.attach().await;
    assert_eq!(office.all().await.len(), 160);
    office.restart().await;
    assert_eq!(office.all().await.len(), 160);
}

#[tokio::test]
async fn the_first_import_is_bounded_and_a_later_one_takes_ten_thousand() {
    let mut office = Office::new().await;
    for hour in 1..=250 {
        let started = office.now() - SignedDuration::from_hours(hour);
        office
            .cloud
            .put(unanswered(&format!("old-{hour}"), STRANGER, started));
    }
    office.attach().await;
    assert_eq!(office.all().await.len(), 200);
    office.desk.stop().await;
    for second in 0..10_001 {
        let started = office.now() + SignedDuration::from_secs(second * 30);
        office
            .cloud
            .put(unanswered(&format!("{second:05}"), STRANGER, started));
    }
    office.desk.clock.advance(SignedDuration::from_hours(84));
    office.desk.start().await;
    office.desk.told();
    office.attach().await;
    office
        .desk
        .until("the end of the import", |event| match event {
            EngineEvent::Import(_, progress) if progress.finished => Some(()),
            _ => None,
        })
        .await;
    office.desk.settle().await;
    assert_eq!(office.all().await.len(), 10_201);
    let all = office
        .desk
        .engine
        .cloud_connections()
        .await
        .expect("a journal");
    let import = all[0].import.expect("an import");
    assert!(import.finished && import.new == 10_001, "{import:?}");
}

#[tokio::test]
async fn calls_may_be_logged_as_they_are_and_only_those_of_some_lines_come() {
    let mut office = Office::with(|settings| settings.import.log = ImportLog::Auto).await;
    office.setup.lines = vec!["+33 1 99 00 00 01".into()];
    let started = office.now() - SignedDuration::from_hours(3);
    office.cloud.put(CloudCall {
        tags: vec![tag("3", "VIP")],
        ..talk("1", MARIE_DUPONT_MOBILE, started, 90)
    });
    office.cloud.put(CloudCall {
        line: Some(line("13", "+33199000002")),
        ..talk("2", LUC_BERNARD_MOBILE, started, 90)
    });
    office.attach().await;
    let calls = office.all().await;
    assert_eq!(calls.len(), 1);
    let call = calls[0].call.id.clone();
    assert!(office.logged(&call).await.contains("Tags: VIP"));
    office.restart().await;
    office.desk.pass(60).await;
    assert_eq!(office.desk.crm.phone_calls().len(), 1);
    assert_eq!(office.asked_more(), [""; 0]);
}

#[tokio::test]
async fn missed_calls_from_elsewhere_may_be_left_and_an_erased_one_stays_away() {
    let mut office = Office::with(|settings| settings.logging.missed = Missed::Leave).await;
    let started = office.now() - SignedDuration::from_hours(3);
    office.cloud.put(unanswered("1", STRANGER, started));
    office
        .cloud
        .put(talk("2", MARIE_DUPONT_MOBILE, started, 90));
    office.attach().await;
    let states: Vec<_> = office.all().await.iter().map(|call| call.wrap_up).collect();
    assert!(states.contains(&WrapUpState::Discarded) && states.contains(&WrapUpState::Open));
    let marie = office
        .desk
        .engine
        .lookup(MARIE_DUPONT_MOBILE)
        .await
        .expect("a match");
    let keys: Vec<_> = marie
        .number
        .keys
        .iter()
        .map(|reading| reading.key.clone())
        .collect();
    let person = Person {
        numbers: keys,
        records: Vec::new(),
        kept: Vec::new(),
    };
    let forgotten = office.desk.engine.store().forget_person(&person).await;
    assert_eq!(forgotten.expect("a journal").calls, 1);
    office.restart().await;
    office.desk.pass(900).await;
    assert_eq!(office.all().await.len(), 1);
}

#[tokio::test]
async fn a_line_that_is_not_wanted_is_not_logged() {
    let mut office = Office::with(|settings| {
        settings.telephony.aircall.lines = vec!["+33 1 99 00 00 02".into()];
    })
    .await
    .open()
    .await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    let known = office.record(&call).await.call;
    assert_eq!(office.desk.engine.not_logged(&known), Some(NotLogged::Line));
    office.desk.file(&call).await;
    assert_eq!(office.desk.crm.phone_calls().len(), 0);
    // The other telephone's lines are its own matter.
    office
        .desk
        .log_call_with(MARIE_DUPONT_MOBILE, "by SIP")
        .await;
    assert_eq!(office.desk.crm.phone_calls().len(), 1);
}

#[tokio::test]
async fn what_a_machine_heard_reaches_the_log_of_a_minute_and_a_second_and_not_of_a_minute() {
    for (seconds, asked) in [(60, false), (61, true)] {
        let mut office = Office::new().await.open().await;
        let call = office.talk("1", MARIE_DUPONT_MOBILE, seconds).await;
        office.desk.file(&call).await;
        office.cloud.hear("1", summary("They spoke of the offer."));
        office.desk.pass(3_600).await;
        assert_eq!(
            office.cloud.asked_for("insights 1") > 0,
            asked,
            "{seconds} s"
        );
        let text = office.logged(&call).await;
        let said = text.ends_with("Summary: They spoke of the offer.\nMood: positive");
        assert_eq!(said, asked, "{text}");
        let notes = office.record(&call).await.cloud.expect("notes");
        assert_eq!(notes.insights.is_empty(), !asked);
    }
}

#[tokio::test]
async fn what_a_machine_heard_is_asked_thrice_and_never_overwrites_a_person() {
    let mut office = Office::new().await.open().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 120).await;
    office.desk.file(&call).await;
    for (seconds, asked) in [(54, 0), (1, 1), (239, 1), (1, 2), (599, 2)] {
        office.desk.pass(seconds).await;
        assert_eq!(office.cloud.asked_for("insights 1"), asked);
    }
    let log = office.desk.logged_once(&call).await;
    assert!(
        office
            .desk
            .crm
            .edit_phone_call(log.id, "Rewritten by a colleague")
    );
    office.cloud.hear("1", summary("They spoke of the offer."));
    office.desk.pass(1).await;
    assert_eq!(office.cloud.asked_for("insights 1"), 3);
    office.desk.pass(26 * 3_600).await;
    assert_eq!(office.cloud.asked_for("insights 1"), 3);
    let logs = office.desk.crm.phone_calls();
    assert_eq!(
        logs[0].description.as_deref(),
        Some("Rewritten by a colleague")
    );
    assert_eq!(office.desk.requests_for("POST", "/comments"), 1);
}

#[tokio::test]
async fn a_machine_is_asked_about_an_old_call_only_when_the_agent_files_it() {
    let office = Office::new().await;
    let started = office.now() - SignedDuration::from_hours(80);
    office
        .cloud
        .put(talk("1", MARIE_DUPONT_MOBILE, started, 90));
    office.cloud.hear("1", summary("They spoke of the offer."));
    let office = office.open().await;
    office.desk.pass(3_600).await;
    assert_eq!(office.cloud.asked_for("insights"), 0);
    let call = office.all().await[0].call.id.clone();
    office.desk.file(&call).await;
    office.desk.pass(60).await;
    assert!(office.logged(&call).await.contains("Summary: They spoke"));
}

#[tokio::test]
async fn recordings_come_to_the_folder_only_where_the_user_wants_them() {
    for wanted in [false, true] {
        let mut office = Office::with(|settings| {
            if wanted {
                settings.import.download_to = "/dev/shm/recordings".into();
            }
        })
        .await;
        let started = office.now() - SignedDuration::from_hours(30);
        for id in ["1", "2", "3"] {
            office.cloud.put(CloudCall {
                recorded: true,
                ..talk(id, MARIE_DUPONT_MOBILE, started, 90)
            });
        }
        office.cloud.have_recording("1", Ok(1_000));
        office.cloud.have_recording("2", Ok(200 * 1_048_576 + 1));
        office
            .cloud
            .have_recording("3", Err(DownloadError::Read(ReadError::Offline)));
        office.attach().await;
        // A restart in between costs nothing but time.
        office.restart().await;
        office.cloud.have_recording("3", Ok(200 * 1_048_576));
        office.desk.pass(3_600).await;
        let all = office
            .desk
            .engine
            .cloud_connections()
            .await
            .expect("a journal");
        let counts = all[0].recordings;
        let expected = if wanted { (0, 2, 1) } else { (0, 0, 0) };
        assert_eq!((counts.waiting, counts.done, counts.failed), expected);
        assert_eq!(office.cloud.asked_for("download 1"), usize::from(wanted));
        let mut files: Vec<_> = office
            .all()
            .await
            .into_iter()
            .filter_map(|call| call.cloud?.recording_file)
            .collect();
        files.sort();
        let there = ["/dev/shm/recordings/1.mp3", "/dev/shm/recordings/3.mp3"];
        assert_eq!(files.is_empty(), !wanted);
        assert!(!wanted || files == there, "{files:?}");
    }
}

#[tokio::test]
async fn whoever_is_forgotten_leaves_no_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let office = Office::with(|settings| {
        settings.import.download_to = folder.path().to_string_lossy().into_owned();
    })
    .await;
    let started = office.now() - SignedDuration::from_hours(30);
    let hers = ["1", "2", "3", "4"];
    for (id, remote) in hers
        .map(|id| (id, MARIE_DUPONT_MOBILE))
        .into_iter()
        .chain([("5", LUC_BERNARD_MOBILE)])
    {
        office.cloud.put(CloudCall {
            recorded: true,
            ..talk(id, remote, started, 90)
        });
        office.cloud.have_recording(id, Ok(1_000));
    }
    // This one is cut on its way.
    let cut = DownloadError::Read(ReadError::Offline);
    office.cloud.have_recording("4", Err(cut));
    let office = office.open().await;
    let begun = path("20260301T024107Z-4.part");
    for file in [
        path("1.mp3"),
        path("5.mp3"),
        begun.clone(),
        path("20260301T024107Z-5.part"),
    ] {
        std::fs::write(file, "a voice").expect("a file");
    }
    // The second was erased by hand, and where the third was is something else now.
    std::fs::create_dir(path("3.mp3")).expect("a folder");
    let marie = office.desk.engine.lookup(MARIE_DUPONT_MOBILE).await;
    let number = marie.expect("a match").number;
    let person = Person {
        numbers: number
            .keys
            .iter()
            .map(|reading| reading.key.clone())
            .collect(),
        ..Person::default()
    };
    let erased = office.desk.engine.forget_person(&person).await;
    let erased = erased.expect("a journal");
    assert_eq!((erased.forgotten.calls, erased.recordings), (4, 2));
    assert_eq!(erased.left, [path("3.mp3")]);
    assert!(!path("1.mp3").exists() && !begun.exists());
    assert!(path("5.mp3").exists() && path("20260301T024107Z-5.part").exists());
    assert_eq!(office.all().await.len(), 1);
    let again = office.desk.engine.forget_person(&person).await;
    assert_eq!(again.expect("a journal"), Erased::default());
}

#[tokio::test]
async fn a_service_that_tells_nothing_live_is_asked_every_half_minute_for_the_agents_lines() {
    let mut office = Office::beside("allo", |_| {}).await;
    office
        .cloud
        .have_lines(vec![line("12", LINE), line("13", "+33199000002")]);
    office.setup.lines = vec![LINE.into()];
    let mut office = office.open().await;
    let told = office.desk.told();
    let offers = told
        .iter()
        .filter(|event| matches!(event, EngineEvent::EnrichOffered(name) if name == "allo"));
    assert_eq!(offers.count(), 1);
    let started = office.now();
    office.desk.pass(29).await;
    assert_eq!(office.cloud.asked_for("calls"), 0);
    office
        .cloud
        .put(talk("1", MARIE_DUPONT_MOBILE, started, 20));
    office.desk.pass(1).await;
    assert_eq!(office.cloud.asked_for("calls"), 1);
    assert_eq!(office.all().await.len(), 1);
    office.desk.pass(60).await;
    assert_eq!(office.all().await.len(), 1);
    assert_eq!(office.cloud.asked_for("lines"), 0);
    // Offered once, and the answer is kept.
    office.restart().await;
    let told = office.desk.told();
    assert!(
        !told
            .iter()
            .any(|event| matches!(event, EngineEvent::EnrichOffered(_)))
    );
    let open = || office.desk.engine.offered_enrichment();
    assert_eq!(open().await.expect("a journal"), ["allo"]);
    office
        .desk
        .engine
        .settle_enrichment("allo")
        .await
        .expect("a journal");
    assert_eq!(open().await.expect("a journal"), [""; 0]);
}

#[tokio::test]
async fn two_services_do_not_know_of_each_other() {
    let mut office = Office::new().await.open().await;
    let other = Arc::new(FakeCloud::named("allo"));
    let setup = CloudSetup::for_service("allo", None, Vec::new());
    office
        .desk
        .engine
        .attach_cloud(other.clone(), setup)
        .await
        .expect("a service");
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    office.tags(&call, &["quote"]).await;
    office.desk.file(&call).await;
    office
        .desk
        .engine
        .detach_cloud(AIRCALL)
        .await
        .expect("a journal");
    office.cloud.forget_asked();
    office.desk.pass(3_600).await;
    assert_eq!(office.cloud.asked(), [""; 0]);
    assert_eq!(other.asked(), [""; 0]);
}

#[tokio::test]
async fn a_refused_call_keeps_its_reason_and_a_withheld_one_stays_without_a_name() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office.over("1");
    let refused = Happening::Ended {
        talk_s: None,
        reason: Some(SaidReason::Known(EndReason::Declined)),
    };
    office.say("1", refused).await;
    let nobody = office.ring("2", "").await;
    office.hang_up("2").await;
    office.desk.pass(900).await;
    let record = office.record(&call).await;
    assert_eq!(record.call.end_reason, Some(EndReason::Declined));
    let withheld = office.record(&nobody).await;
    assert!(withheld.call.remote.is_withheld() && withheld.matched_name.is_none());
    assert_eq!(office.all().await.len(), 2);
}

#[tokio::test]
async fn calls_of_before_the_service_was_set_up_find_their_records() {
    let mut office = Office::new().await;
    let call = office.talk("1", MARIE_DUPONT_MOBILE, 50).await;
    assert!(office.record(&call).await.cloud.is_none());
    office.desk.pass(600).await;
    office
        .cloud
        .change("1", |record| record.tags = vec![tag("3", "VIP")]);
    office.attach().await;
    assert_eq!(office.all().await.len(), 1);
    assert_eq!(office.tags_of(&call).await, ["VIP"]);
}

#[tokio::test]
async fn a_call_that_a_colleague_took_was_missed_here() {
    let mut office = Office::new().await.open().await;
    let call = office.ring("1", MARIE_DUPONT_MOBILE).await;
    office.cloud.change("1", |record| {
        record.agent = Some(CloudAgent {
            id: "72".into(),
            email: "other@example.com".into(),
            ..ada()
        });
        record.tags = vec![tag("3", "VIP")];
        record.answered_at = Some(record.started_at + SignedDuration::from_secs(3));
    });
    office.desk.pass(88).await;
    let record = office.record(&call).await;
    assert_eq!(record.call.end_reason, Some(EndReason::Missed));
    office.desk.pass(120).await;
    office.over("1");
    office.desk.pass(3_600).await;
    let record = office.record(&call).await;
    assert!(!record.call.was_answered() && record.draft.tags.is_empty());
    assert!(office.logged(&call).await.contains("Outcome: missed"));
}

#[tokio::test]
async fn two_calls_at_once_with_doubled_and_disordered_words_are_two_logs() {
    let mut office = Office::new().await.open().await;
    let first = office.ring("1", MARIE_DUPONT_MOBILE).await;
    let second = office.ring("2", LUC_BERNARD_MOBILE).await;
    office.answer("2").await;
    office.answer("1").await;
    office.desk.pass(30).await;
    let end = || Happening::Ended {
        talk_s: None,
        reason: None,
    };
    office.over("1");
    for happening in [end(), end(), Happening::Answered, Happening::Ringing] {
        office.say("1", happening).await;
    }
    office.desk.pass(10).await;
    office.hang_up("2").await;
    office.tags(&first, &["quote"]).await;
    office.tags(&second, &["urgent"]).await;
    for call in [&first, &second] {
        office.desk.file(call).await;
    }
    office.desk.pass(900).await;
    assert_eq!(office.record(&first).await.call.talk_s(), 30);
    assert_eq!(office.record(&second).await.call.talk_s(), 40);
    assert!(office.logged(&first).await.contains("quote"));
    assert!(office.logged(&second).await.contains("urgent"));
    assert_eq!(office.all().await.len(), 2);
    let mut more = office.asked_more();
    more.sort();
    let wanted = [
        "add_tags 1: 1",
        "add_tags 2: 2",
        "show_card 1",
        "show_card 2",
    ];
    assert_eq!(more, wanted);
}
