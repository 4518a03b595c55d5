#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use std::collections::BTreeMap;
use std::sync::Mutex as StdMutex;

use callside_core::call::Direction;
use callside_core::outbox::Target;
use callside_core::wrap_up::{OpportunityChoice, Tag};
use callside_sandbox::book::{
    ANCIENNE_MERCERIE, BOULANGERIE_MARTIN, FOUR_A_SOLE, HOTEL_DES_REMPARTS, INES_MOREL, LITERIE,
    LUC_BERNARD, MARIE_DUPONT, MOULINS_DU_VAL,
};
use callside_sandbox::{
    BookOptions, Fault as Trouble, FaultRule, MissingRelated, OpportunityStatus, QuotaLimits,
    RecordKind, Sandbox, SandboxOptions, SeenRequest, Staff,
};
use callside_testkit::{FakeClock, MemorySecrets, contract_check};

use super::*;
use crate::contract::{self, Stage, Wrong, log_for, new_marker, walk};

fn small_book() -> SandboxOptions {
    SandboxOptions {
        book: BookOptions {
            contacts: 450,
            ..BookOptions::default()
        },
        quotas: QuotaLimits {
            per_second: Some(200),
            ..QuotaLimits::default()
        },
        ..SandboxOptions::default()
    }
}

fn config(sandbox: &Sandbox) -> SellsyConfig {
    SellsyConfig {
        connection: ConnectionId::new("sellsy"),
        api_url: sandbox.api_url(),
        login_url: sandbox.login_url(),
        web_url: "https://www.sellsy.com".to_owned(),
        client_id: sandbox.client_id().to_owned(),
        agent_email: "agent@example.com".to_owned(),
        agent_id: None,
        redirect_ports: vec![0],
        opportunity: OpportunityRule::Oldest,
        smart_tags: false,
    }
}

fn signed_in(sandbox: &Sandbox) -> Arc<MemorySecrets> {
    let secrets = MemorySecrets::holding([
        ("sellsy/refresh_token", &sandbox.token_pair().1),
        ("sellsy/client_secret", sandbox.client_secret()),
        ("sellsy/grant", "authorization_code"),
    ]);
    Arc::new(secrets)
}

fn adapter(sandbox: &Sandbox) -> Sellsy {
    Sellsy::new(
        config(sandbox),
        signed_in(sandbox),
        Arc::new(FakeClock::stopped()),
    )
    .unwrap()
}

fn check_all(requests: &[SeenRequest]) {
    let api =
        |seen: &&SeenRequest| seen.path.starts_with("/v2") || seen.path.starts_with("/oauth2");
    for seen in requests.iter().filter(api) {
        let path = match seen.query.as_str() {
            "" => seen.path.clone(),
            query => format!("{}?{query}", seen.path),
        };
        contract_check::check_request(&seen.method, &path, &seen.body).unwrap();
    }
}

fn at(kind: ContactKind, id: u64) -> ContactRef {
    let connection = ConnectionId::new("sellsy");
    ContactRef {
        connection,
        kind,
        id: RemoteId::new(id.to_string()),
    }
}

fn target(kind: ContactKind, id: u64, role: Option<Role>) -> Target {
    Target {
        contact: at(kind, id),
        name: "Somebody".to_owned(),
        role,
    }
}

fn asked(sandbox: &Sandbox) -> usize {
    sandbox.requests_to("GET", "/v2").len() + sandbox.requests_to("POST", "/v2").len()
}

struct SellsyStage {
    sandbox: StdMutex<Option<Sandbox>>,
    sellsy: Arc<Sellsy>,
}

impl SellsyStage {
    async fn new() -> Self {
        let sandbox = Sandbox::start(small_book()).await.unwrap();
        let sellsy = Arc::new(adapter(&sandbox));
        Self {
            sandbox: StdMutex::new(Some(sandbox)),
            sellsy,
        }
    }

    fn with<T>(&self, look: impl FnOnce(&Sandbox) -> T) -> Option<T> {
        self.sandbox.lock().unwrap().as_ref().map(look)
    }
}

impl Stage for SellsyStage {
    fn crm(&self) -> Arc<dyn Crm> {
        self.sellsy.clone()
    }

    fn client(&self) -> Target {
        target(ContactKind::Company, BOULANGERIE_MARTIN, Some(Role::Client))
    }

    fn contacts(&self) -> u64 {
        let kinds = [
            RecordKind::Individual,
            RecordKind::Company,
            RecordKind::Contact,
        ];
        self.with(|sandbox| kinds.iter().map(|kind| sandbox.record_count(*kind)).sum())
            .unwrap()
    }

    fn rename_client(&self, name: &str) {
        self.with(|sandbox| {
            sandbox.edit_record(RecordKind::Company, BOULANGERIE_MARTIN, |record| {
                record.name = name.to_owned();
            })
        });
    }

    fn delete_client(&self) {
        self.with(|sandbox| sandbox.delete_record(RecordKind::Company, BOULANGERIE_MARTIN));
    }

    fn logs(&self) -> Vec<String> {
        let text = |call: callside_sandbox::PhoneCall| call.description.unwrap_or_default();
        self.with(|sandbox| sandbox.phone_calls().into_iter().map(text).collect())
            .unwrap_or_default()
    }

    fn notes_beside(&self) -> Vec<String> {
        let text = |seen: &SeenRequest| {
            seen.json()["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        self.with(|sandbox| {
            let comments = sandbox.requests_to("POST", "/v2/comments");
            comments
                .iter()
                .filter(|seen| seen.path == "/v2/comments")
                .map(text)
                .collect()
        })
        .unwrap()
    }

    fn edit_log(&self, id: &RemoteId, text: &str) {
        let id = id.as_str().parse().unwrap();
        assert_eq!(
            self.with(|sandbox| sandbox.edit_phone_call(id, text)),
            Some(true)
        );
    }

    async fn go_wrong(&self, wrong: Wrong) {
        if wrong == Wrong::Down {
            let sandbox = self.sandbox.lock().unwrap().take();
            sandbox.unwrap().stop().await;
            return;
        }
        let write = |fault| FaultRule::once("POST", "/v2/phone-calls$", fault);
        let rows = |fault| FaultRule::always("POST", "/v2/", fault);
        self.with(|sandbox| match wrong {
            Wrong::Down => {}
            Wrong::CutAfterWrite => sandbox.add_fault(write(Trouble::CutAfterEffect)),
            Wrong::CutBeforeWrite => sandbox.add_fault(write(Trouble::CutBeforeEffect)),
            Wrong::ErrorAfterWrite => {
                sandbox.add_fault(write(Trouble::StatusAfterEffect { status: 500 }));
            }
            Wrong::ErrorBeforeWrite => {
                sandbox.add_fault(write(Trouble::Status {
                    status: 502,
                    retry_after: None,
                }));
            }
            Wrong::BrokenAnswerToWrite => sandbox.add_fault(write(Trouble::BrokenJson)),
            Wrong::Busy(retry_after) => {
                sandbox.add_fault(write(Trouble::Status {
                    status: 429,
                    retry_after,
                }));
            }
            Wrong::PlanLimit => {
                sandbox.add_fault(write(Trouble::Status {
                    status: 402,
                    retry_after: None,
                }));
            }
            Wrong::MayNotWrite => sandbox.set_scopes(&["staffs.read", "opportunities.read"]),
            Wrong::Revoked => sandbox.revoke_tokens(),
            Wrong::Expired => sandbox.expire_access_tokens(),
            Wrong::BrokenPage => {
                sandbox.add_fault(FaultRule::once("POST", "/v2/", Trouble::BrokenJson));
            }
            Wrong::BareRows => sandbox.add_fault(rows(Trouble::AbsentFields)),
            Wrong::NullRows => sandbox.add_fault(rows(Trouble::Nulls)),
            Wrong::StrangeRows => {
                sandbox.add_fault(rows(Trouble::UnknownFields));
                sandbox.add_fault(rows(Trouble::UnknownEnumValues));
            }
        });
    }

    fn recover(&self) {
        self.with(Sandbox::clear_faults);
    }

    fn check(&self) {
        self.with(|sandbox| check_all(&sandbox.requests()));
    }
}

#[tokio::test]
async fn sellsy_behaves_like_every_crm() {
    contract::holds(async || SellsyStage::new().await).await;
}

#[tokio::test]
async fn a_supplier_is_not_asked_about() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let mills = at(ContactKind::Company, MOULINS_DU_VAL);
    let facts = sellsy
        .live_facts(&mills, Some(Role::Supplier))
        .await
        .unwrap();
    assert_eq!(facts, LiveFacts::default());
    assert_eq!(sandbox.requests().len(), 0);
}

#[tokio::test]
async fn open_and_late_opportunities_come_the_oldest_first() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let hotel = at(ContactKind::Company, HOTEL_DES_REMPARTS);
    let facts = sellsy.live_facts(&hotel, Some(Role::Client)).await.unwrap();
    let names: Vec<&str> = facts
        .opportunities
        .iter()
        .map(|o| o.name.as_str())
        .collect();
    assert_eq!(names, ["Literie, premier étage", "Rénovation du bar"]);
    assert_eq!(facts.opportunities[0].amount.as_deref(), Some("5200.50"));
    assert_eq!(
        facts.opportunities[0].url.as_deref(),
        Some("https://www.sellsy.com/thirds/client/1005")
    );
    // A won opportunity is none, and an individual has its own.
    let bakery = at(ContactKind::Company, BOULANGERIE_MARTIN);
    let facts = sellsy
        .live_facts(&bakery, Some(Role::Client))
        .await
        .unwrap();
    assert_eq!(facts.opportunities.len(), 1);
    let luc = at(ContactKind::Individual, LUC_BERNARD);
    let facts = sellsy.live_facts(&luc, Some(Role::Prospect)).await.unwrap();
    assert_eq!(facts.opportunities[0].name, "Cuisine sur mesure");
    check_all(&sandbox.requests());
}

#[tokio::test]
async fn a_contacts_call_costs_three_requests_from_ring_to_log() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    sellsy.identity().await.unwrap();
    sandbox.forget_requests();

    let marie = target(ContactKind::Contact, MARIE_DUPONT, None);
    let facts = sellsy.live_facts(&marie.contact, None).await.unwrap();
    assert_eq!(facts.companies[0].name, "Boulangerie Martin");
    let mut log = log_for(marie, &new_marker(), "x");
    log.facts = Some(facts);
    sellsy.log_call(&log).await.unwrap();

    assert_eq!(asked(&sandbox), 3);
    let call = &sandbox.phone_calls()[0];
    assert_eq!(call.related_id("contact"), Some(MARIE_DUPONT));
    assert_eq!(call.related_id("company"), Some(BOULANGERIE_MARTIN));
    assert_eq!(call.related_id("opportunity"), Some(FOUR_A_SOLE));
    check_all(&sandbox.requests());
}

#[tokio::test]
async fn what_nobody_asked_before_is_asked_on_the_way_to_the_log() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    sellsy.identity().await.unwrap();
    sandbox.forget_requests();
    let hotel = target(ContactKind::Company, HOTEL_DES_REMPARTS, Some(Role::Client));
    let mut log = log_for(hotel, &new_marker(), "x");
    log.direction = Direction::Outbound;
    sellsy.log_call(&log).await.unwrap();
    assert_eq!(asked(&sandbox), 2);
    let call = &sandbox.phone_calls()[0];
    assert_eq!(call.related_id("opportunity"), Some(LITERIE));
    assert_eq!(call.related_id("company"), Some(HOTEL_DES_REMPARTS));
    assert_eq!(call.source, "outcoming");

    let mut log = log.clone();
    log.opportunity = OpportunityChoice::None;
    sellsy.log_call(&log).await.unwrap();
    assert_eq!(sandbox.phone_calls()[1].related_id("opportunity"), None);
}

#[tokio::test]
async fn a_contact_without_a_company_has_no_opportunity() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let ines = at(ContactKind::Contact, INES_MOREL);
    let facts = sellsy.live_facts(&ines, None).await.unwrap();
    assert_eq!(facts, LiveFacts::default());
    assert_eq!(asked(&sandbox), 1);
}

#[tokio::test]
async fn a_missing_right_is_not_asked_for_again() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    sandbox.set_scopes(&["staffs.read", "contacts.read", "companies.read"]);
    let sellsy = adapter(&sandbox);
    let bakery = at(ContactKind::Company, BOULANGERIE_MARTIN);
    for _ in 0..3 {
        let facts = sellsy
            .live_facts(&bakery, Some(Role::Client))
            .await
            .unwrap();
        assert_eq!(facts, LiveFacts::default());
    }
    assert_eq!(sandbox.requests_to("POST", "/v2/opportunities").len(), 1);
    let error = sellsy.pull(SyncWalk::Full, None).await.unwrap_err();
    assert_eq!(
        error,
        ReadError::Forbidden {
            scope: "individuals.read".to_owned()
        }
    );
}

#[tokio::test]
async fn a_vanished_opportunity_does_not_keep_the_call_from_its_record() {
    for missing_related in [MissingRelated::BadRequest, MissingRelated::NotFound] {
        let options = SandboxOptions {
            missing_related,
            ..small_book()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let sellsy = adapter(&sandbox);
        let hotel = target(ContactKind::Company, HOTEL_DES_REMPARTS, Some(Role::Client));
        let mut facts = sellsy.live_facts(&hotel.contact, hotel.role).await.unwrap();
        facts.opportunities[0].id = RemoteId::new("99999999");
        let mut log = log_for(hotel.clone(), &new_marker(), "x");
        log.opportunity = OpportunityChoice::Chosen {
            id: RemoteId::new("99999999"),
        };
        log.facts = Some(facts);
        sellsy.log_call(&log).await.unwrap();
        let call = &sandbox.phone_calls()[0];
        assert_eq!(call.related_id("company"), Some(HOTEL_DES_REMPARTS));
        assert_eq!(call.related_id("opportunity"), None);

        sandbox.delete_record(RecordKind::Company, HOTEL_DES_REMPARTS);
        assert_eq!(
            sellsy.log_call(&log).await.unwrap_err(),
            DeliveryError::Gone
        );
        assert_eq!(sandbox.phone_calls().len(), 1);
        check_all(&sandbox.requests());
    }
}

#[tokio::test]
async fn a_closed_choice_of_the_agent_leads_to_no_opportunity() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    sandbox.edit_opportunity(LITERIE, |deal| deal.status = OpportunityStatus::Won);
    let sellsy = adapter(&sandbox);
    let hotel = target(ContactKind::Company, HOTEL_DES_REMPARTS, Some(Role::Client));
    let mut log = log_for(hotel, &new_marker(), "x");
    log.opportunity = OpportunityChoice::Chosen {
        id: RemoteId::new(LITERIE.to_string()),
    };
    sellsy.log_call(&log).await.unwrap();
    assert_eq!(sandbox.phone_calls()[0].related_id("opportunity"), None);
}

#[tokio::test]
async fn a_deleted_log_keeps_its_late_note_beside() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let marker = new_marker();
    let luc = target(ContactKind::Individual, LUC_BERNARD, Some(Role::Prospect));
    let logged = sellsy
        .log_call(&log_for(luc.clone(), &marker, "Avant."))
        .await
        .unwrap();
    sandbox.delete_phone_call(logged.remote_id.as_str().parse().unwrap());
    let late = log_for(luc, &marker, "Avant.\nAprès coup.");
    assert!(matches!(
        sellsy.amend_log(&logged, &late).await.unwrap(),
        Amended::Added(_)
    ));
    let comments = sandbox.requests_to("POST", "/v2/comments");
    assert!(
        comments
            .iter()
            .any(|seen| seen.body.contains("Après coup."))
    );
    check_all(&sandbox.requests());
}

#[tokio::test]
async fn a_note_as_long_as_it_may_be_is_cut_behind_the_marker() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let marker = new_marker();
    let bakery = target(ContactKind::Company, BOULANGERIE_MARTIN, Some(Role::Client));
    let log = log_for(bakery, &marker, &"é".repeat(9_000));
    let logged = sellsy.log_call(&log).await.unwrap();
    let text = sandbox.phone_calls()[0].description.clone().unwrap();
    assert_eq!(text.chars().count(), 4_000);
    assert!(text.starts_with(marker.as_str()));
    assert_eq!(logged.text, text);
}

#[tokio::test]
async fn contacts_carry_what_the_card_shows() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let full = walk(&sellsy, SyncWalk::Full, None).await.unwrap();
    let marie = full.find(&at(ContactKind::Contact, MARIE_DUPONT)).unwrap();
    assert_eq!(marie.name, "Marie Dupont");
    assert_eq!(marie.position.as_deref(), Some("Acheteuse"));
    assert_eq!(
        marie.note.as_deref(),
        Some("Préfère être appelée avant midi.")
    );
    assert_eq!(marie.tags.len(), 2);
    assert!(marie.owner.is_some());
    assert_eq!(
        marie.url.as_deref(),
        Some("https://www.sellsy.com/peoples/1001")
    );
    let bakery = full
        .find(&at(ContactKind::Company, BOULANGERIE_MARTIN))
        .unwrap();
    assert_eq!(bakery.role, Some(Role::Client));
    assert_eq!(
        bakery.country,
        callside_core::phone_number::Region::parse("FR")
    );
    let old = full
        .find(&at(ContactKind::Company, ANCIENNE_MERCERIE))
        .unwrap();
    assert!(old.archived);
    // One staff list for all of them.
    assert_eq!(sandbox.requests_to("GET", "/v2/staffs").len(), 1);
    check_all(&sandbox.requests());
}

#[tokio::test]
async fn an_unknown_caller_becomes_a_prospect_or_a_contact() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let mut new = NewContact {
        kind: ContactKind::Individual,
        name: "Nadia El Amrani".to_owned(),
        number: "+33199001277".to_owned(),
        email: None,
    };
    let contact = sellsy.create_contact(&new).await.unwrap();
    let id = contact.at.id.as_str().parse().unwrap();
    let record = sandbox.record(RecordKind::Individual, id).unwrap();
    assert_eq!(
        (record.first_name.as_deref(), record.name.as_str()),
        (Some("Nadia"), "El Amrani")
    );
    assert_eq!(record.phone_number.as_deref(), Some("+33199001277"));
    assert_eq!(contact.role, Some(Role::Prospect));

    new.kind = ContactKind::Contact;
    new.name = "+33 1 99 00 12 34".to_owned();
    new.number = "+33199001234".to_owned();
    let contact = sellsy.create_contact(&new).await.unwrap();
    assert_eq!(contact.name, "+33 1 99 00 12 34");
    let id = contact.at.id.as_str().parse().unwrap();
    let record = sandbox.record(RecordKind::Contact, id).unwrap();
    assert_eq!(record.phone_number.as_deref(), Some("+33199001234"));
    check_all(&sandbox.requests());
}

#[tokio::test]
async fn an_access_of_its_own_finds_the_agent_by_e_mail() {
    let mut options = small_book();
    options.staff.push(Staff {
        id: 4999,
        email: "Owner@Example.com".to_owned(),
        ..options.staff[1].clone()
    });
    options.me = 4999;
    let sandbox = Sandbox::start(options).await.unwrap();
    let connect = |email: &str| {
        let config = SellsyConfig {
            agent_email: email.to_owned(),
            ..config(&sandbox)
        };
        let secrets = Arc::new(MemorySecrets::new());
        Sellsy::new(config, secrets, Arc::new(FakeClock::stopped())).unwrap()
    };
    let sellsy = connect("Agent@EXAMPLE.com");
    assert_eq!(
        sellsy.identity().await.unwrap_err(),
        ReadError::Unauthorized
    );
    sellsy
        .sign_in_with_credentials(sandbox.client_secret())
        .await
        .unwrap();
    assert_eq!(
        sellsy.grant().await.unwrap(),
        Some(GrantKind::ClientCredentials)
    );
    assert_eq!(sellsy.identity().await.unwrap().agent.as_str(), "4107");

    for email in ["nobody@example.com", ""] {
        let sellsy = connect(email);
        sellsy
            .sign_in_with_credentials(sandbox.client_secret())
            .await
            .unwrap();
        assert_eq!(
            sellsy.identity().await.unwrap_err(),
            ReadError::AgentUnknown
        );
        let bakery = target(ContactKind::Company, BOULANGERIE_MARTIN, Some(Role::Client));
        let log = log_for(bakery, &new_marker(), "x");
        assert_eq!(
            sellsy.log_call(&log).await.unwrap_err(),
            DeliveryError::NoAdmin
        );
    }
    assert_eq!(sandbox.phone_calls().len(), 0);
    check_all(&sandbox.requests());
}

#[tokio::test]
async fn the_account_and_the_limits_are_known_after_the_first_question() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let identity = sellsy.identity().await.unwrap();
    assert!(!identity.account.is_empty() && !identity.account.starts_with("client:"));
    assert_eq!(identity.agent_name, "Camille Roche");
    let left = sellsy.budget().remaining;
    let windows: BTreeMap<&str, bool> = left
        .iter()
        .map(|(name, left)| (name.as_str(), *left > 0))
        .collect();
    let all = ["day", "minute", "month", "second"].map(|name| (name, true));
    assert_eq!(windows, BTreeMap::from(all));
}

/// Lets time pass only while the work waits for it, so that the pace is the same on any machine.
async fn in_its_own_time<T>(clock: &FakeClock, work: impl Future<Output = T>) -> (T, f64) {
    let began = clock.now();
    tokio::pin!(work);
    let done = loop {
        tokio::select! {
            biased;
            done = &mut work => break done,
            () = clock.until_asleep(1) => clock.advance(SignedDuration::from_millis(5)),
        }
    };
    (done, clock.now().duration_since(began).as_secs_f64())
}

/// A sandbox and an adapter on one clock that a test moves.
async fn paced(limits: QuotaLimits, contacts: usize) -> (Arc<FakeClock>, Sandbox, Sellsy) {
    let clock = Arc::new(FakeClock::at("2026-03-02T09:00:00Z".parse().unwrap()));
    let now = {
        let clock = Arc::clone(&clock);
        Arc::new(move || clock.now())
    };
    let book = BookOptions {
        contacts,
        ..BookOptions::default()
    };
    let options = SandboxOptions {
        quotas: limits,
        clock: now,
        book,
        ..small_book()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut sellsy = adapter(&sandbox);
    sellsy.gate = Gate::with_clock(clock.clone());
    (clock, sandbox, sellsy)
}

fn limits(per_second: u64, per_minute: u64) -> QuotaLimits {
    QuotaLimits {
        per_second: Some(per_second),
        per_minute: Some(per_minute),
        ..QuotaLimits::default()
    }
}

#[tokio::test]
async fn a_first_copy_takes_what_the_limit_leaves_and_causes_no_refusal() {
    let (clock, sandbox, sellsy) = paced(limits(8, 2_000), 6_000).await;
    let ((), _) = in_its_own_time(&clock, async { drop(sellsy.identity().await.unwrap()) }).await;
    sandbox.forget_requests();
    let copy = walk(&sellsy, SyncWalk::Full, None);
    let (walked, seconds) = in_its_own_time(&clock, copy).await;
    assert!(walked.unwrap().contacts.len() > 6_000);
    assert_eq!(sandbox.quota_refusals(), 0);
    #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
    let best = asked(&sandbox) as f64 / 7.0;
    assert!(seconds <= best * 1.1, "{seconds} s, at best {best} s");
    // One request of each second was left for a call.
    assert!(seconds >= best * 0.9, "{seconds} s, at best {best} s");
}

#[tokio::test]
async fn a_first_copy_goes_on_with_the_next_minute() {
    let (clock, sandbox, sellsy) = paced(limits(50, 60), 5_000).await;
    let copy = async {
        sellsy.identity().await.unwrap();
        let mut cursor = None;
        let mut rows = 0;
        loop {
            match sellsy.pull(SyncWalk::Full, cursor.as_ref()).await {
                Ok(page) if page.finished => return rows + page.changes.len(),
                Ok(page) => {
                    rows += page.changes.len();
                    cursor = Some(page.cursor);
                }
                Err(ReadError::Busy { retry_after }) => {
                    let wait = retry_after.unwrap();
                    assert!(wait <= SignedDuration::from_mins(1));
                    clock.sleep_until(clock.now() + wait).await;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    };
    let (rows, seconds) = in_its_own_time(&clock, copy).await;
    assert!(rows > 5_000);
    assert_eq!(sandbox.quota_refusals(), 0);
    assert!(
        (60.0..=125.0).contains(&seconds),
        "{seconds} s for 60 requests, 45 a minute"
    );
}

#[tokio::test]
async fn more_calls_than_the_limit_takes_are_logged_at_its_speed() {
    let (clock, sandbox, sellsy) = paced(limits(5, 300), 10).await;
    let bakery = target(ContactKind::Company, BOULANGERIE_MARTIN, Some(Role::Client));
    let logging = async {
        sellsy.identity().await.unwrap();
        for _ in 0..330 {
            let mut log = log_for(bakery.clone(), &new_marker(), "x");
            log.facts = Some(LiveFacts::default());
            sellsy.log_call(&log).await.unwrap();
        }
    };
    let ((), seconds) = in_its_own_time(&clock, logging).await;
    assert_eq!(sandbox.phone_calls().len(), 330);
    assert_eq!(sandbox.quota_refusals(), 0);
    assert!(seconds <= 66.0 * 1.1, "{seconds} s, at best 66 s");
}

#[tokio::test]
async fn a_slow_sellsy_leaves_a_write_in_doubt_and_a_question_without_answer() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let mut sellsy = adapter(&sandbox);
    sellsy.identity().await.unwrap();
    let impatient = std::time::Duration::from_millis(150);
    let address = Url::parse(&sandbox.api_url()).unwrap();
    sellsy.http = Http::with_limits(&address, impatient, 8 * 1024 * 1024).unwrap();
    sandbox.add_fault(FaultRule::always(
        "POST",
        "/v2/",
        Trouble::Delay { ms: 600 },
    ));
    let bakery = target(ContactKind::Company, BOULANGERIE_MARTIN, Some(Role::Client));
    let asked = sellsy
        .live_facts(&bakery.contact, bakery.role)
        .await
        .unwrap_err();
    assert_eq!(asked, ReadError::Offline);
    let mut log = log_for(bakery, &new_marker(), "x");
    log.facts = Some(LiveFacts::default());
    assert_eq!(
        sellsy.log_call(&log).await.unwrap_err(),
        DeliveryError::InDoubt
    );
}

#[tokio::test]
async fn an_offset_that_sellsy_does_not_take_any_more_starts_the_walk_over() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let first = sellsy.pull(SyncWalk::Full, None).await.unwrap();
    let mut cursor: Value = serde_json::from_str(&first.cursor.0).unwrap();
    cursor["offset"] = json!("bm90IGEgcGxhY2U=");
    let lost = SyncCursor(cursor.to_string());
    let error = sellsy.pull(SyncWalk::Full, Some(&lost)).await.unwrap_err();
    assert_eq!(error, ReadError::CursorLost);
    walk(&sellsy, SyncWalk::Full, None).await.unwrap();
}

#[tokio::test]
async fn rows_without_an_id_are_passed_over_and_counted() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let full = walk(&sellsy, SyncWalk::Full, None).await.unwrap();
    let mut place = cursor::Place::resume(SyncWalk::Changes, full.cursor.as_ref()).unwrap();
    let resource = place.resource().unwrap();
    let staff = BTreeMap::new();
    let mut read = super::walk::Rows::default();
    for row in [
        json!({"id": 5}),
        json!({"name": "x"}),
        json!(null),
        json!("x"),
    ] {
        sellsy.read_row(&row, resource, &staff, &mut place, &mut read);
    }
    assert_eq!((read.changes.len(), place.skipped), (1, 3));
}

#[tokio::test]
async fn a_changed_and_an_archived_record_arrive_with_the_next_round() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    let full = walk(&sellsy, SyncWalk::Full, None).await.unwrap();
    sandbox.convert_to_client(RecordKind::Individual, LUC_BERNARD);
    sandbox.archive_record(RecordKind::Contact, MARIE_DUPONT);
    let added = sandbox.add_record(RecordKind::Company, "Scierie Morin", |record| {
        record.phone_number = Some("+33199001888".to_owned());
    });
    sandbox.forget_requests();
    let round = walk(&sellsy, SyncWalk::Changes, full.cursor).await.unwrap();
    let luc = round
        .find(&at(ContactKind::Individual, LUC_BERNARD))
        .unwrap();
    assert_eq!(luc.role, Some(Role::Client));
    assert!(
        round
            .find(&at(ContactKind::Contact, MARIE_DUPONT))
            .unwrap()
            .archived
    );
    assert_eq!(
        round.find(&at(ContactKind::Company, added)).unwrap().name,
        "Scierie Morin"
    );
    // One request per kind, each for what changed.
    assert_eq!(asked(&sandbox), 3);
    check_all(&sandbox.requests());
}

#[tokio::test]
async fn a_call_is_still_logged_for_the_agent_after_a_question_went_unanswered() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let sellsy = adapter(&sandbox);
    sellsy.identity().await.unwrap();
    let fault = Trouble::Status {
        status: 500,
        retry_after: None,
    };
    sandbox.add_fault(FaultRule::always("GET", "/v2/staffs", fault));
    assert_eq!(sellsy.identity().await.unwrap_err(), ReadError::Offline);
    let bakery = target(ContactKind::Company, BOULANGERIE_MARTIN, Some(Role::Client));
    sellsy
        .log_call(&log_for(bakery, &new_marker(), "x"))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_address_that_cannot_work_is_named() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let made = |change: fn(&mut SellsyConfig)| {
        let mut config = config(&sandbox);
        change(&mut config);
        let secrets = Arc::new(MemorySecrets::new());
        Sellsy::new(config, secrets, Arc::new(FakeClock::stopped()))
    };
    let api = made(|config| config.api_url = "http://api.example.com".to_owned()).unwrap_err();
    assert_eq!(
        api,
        SellsySetup::BadAddress {
            key: "crm.sellsy.api_url"
        }
    );
    let login = made(|config| config.login_url = "nonsense".to_owned()).unwrap_err();
    assert_eq!(
        login,
        SellsySetup::BadAddress {
            key: "crm.sellsy.login_url"
        }
    );
    let nameless = made(|config| config.client_id = " ".to_owned()).unwrap();
    assert_eq!(
        nameless.begin_sign_in().await.unwrap_err(),
        SignInError::BadSetting
    );
}

/// The tags of Luc's record, as Sellsy lists them.
fn tags_of_luc(sandbox: &Sandbox) -> usize {
    let luc = sandbox.record(RecordKind::Individual, LUC_BERNARD).unwrap();
    luc.tags.len()
}

#[tokio::test]
async fn tags_come_to_stand_on_the_record_beside_those_that_are_there_only_when_asked_for() {
    let sandbox = Sandbox::start(small_book()).await.unwrap();
    let tagged = |smart_tags| {
        let config = SellsyConfig {
            smart_tags,
            ..config(&sandbox)
        };
        let clock = Arc::new(FakeClock::stopped());
        Sellsy::new(config, signed_in(&sandbox), clock).unwrap()
    };
    let log = |tags: &[&str]| {
        let target = Target {
            contact: at(ContactKind::Individual, LUC_BERNARD),
            name: "Luc Bernard".to_owned(),
            role: None,
        };
        CallLog {
            tags: tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect(),
            ..log_for(target, &new_marker(), "")
        }
    };
    let before = tags_of_luc(&sandbox);
    tagged(false).log_call(&log(&["devis"])).await.unwrap();
    assert_eq!(tags_of_luc(&sandbox), before, "off by default");

    let sellsy = tagged(true);
    sellsy.log_call(&log(&["Devis", "rappel"])).await.unwrap();
    assert_eq!(tags_of_luc(&sandbox), before + 2);
    // The same again, in other letters: nothing is sent, and nothing that stood there is gone.
    let path = format!("/v2/individuals/{LUC_BERNARD}/smart-tags");
    let written = || sandbox.requests_to("POST", &path).len();
    let so_far = written();
    sellsy.log_call(&log(&["devis", "RAPPEL"])).await.unwrap();
    assert_eq!((tags_of_luc(&sandbox), written()), (before + 2, so_far));

    // Whatever happens to the tags, the log stands.
    sandbox.add_fault(FaultRule::once(
        "POST",
        &path,
        Trouble::MissingScope {
            scope: "smart-tags.write".to_owned(),
        },
    ));
    let logs = sandbox.phone_calls().len();
    sellsy.log_call(&log(&["urgent"])).await.unwrap();
    assert_eq!(sandbox.phone_calls().len(), logs + 1);
    assert_eq!((tags_of_luc(&sandbox), written()), (before + 2, so_far + 1));
    check_all(&sandbox.requests());
}
