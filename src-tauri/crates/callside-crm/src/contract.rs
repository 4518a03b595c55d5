//! The behaviour every CRM adapter is tested against.
//!
//! An adapter brings a [`Stage`]: its CRM's stand-in, with a few known records, that goes wrong on
//! request. The stories here hold for every CRM; what only one vendor does is tested beside its
//! adapter.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use callside_core::call::Direction;
use callside_core::contact::{Contact, ContactKind, ContactRef};
use callside_core::id::{Marker, RemoteId};
use callside_core::outbox::{CallLog, CallResult, DeliveryError, Target};
use callside_core::ports::{Amended, Crm, ReadError};
use callside_core::sync::{ContactChange, SyncCursor, SyncWalk};
use callside_core::wrap_up::OpportunityChoice;
use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

/// How the CRM goes wrong, from now on or once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Nobody listens.
    Down,
    /// The next write takes effect, and its answer is lost.
    CutAfterWrite,
    /// The next write is lost on its way.
    CutBeforeWrite,
    /// The next write takes effect, and a server error is told.
    ErrorAfterWrite,
    /// The next write fails by a server error.
    ErrorBeforeWrite,
    /// The next write takes effect, and its answer is no JSON.
    BrokenAnswerToWrite,
    /// The next write is refused for now, for so many seconds.
    Busy(Option<u64>),
    /// The next write is refused for good.
    PlanLimit,
    /// The right to write is missing.
    MayNotWrite,
    /// An admin ended the sign-in.
    Revoked,
    /// The access token is void, and can be renewed.
    Expired,
    /// The next page of contacts is no JSON.
    BrokenPage,
    /// Rows carry nothing but an id.
    BareRows,
    /// Rows carry nulls everywhere.
    NullRows,
    /// Rows carry fields and words that nobody knows.
    StrangeRows,
}

/// The CRM's stand-in.
pub(crate) trait Stage {
    /// The adapter under test.
    fn crm(&self) -> Arc<dyn Crm>;
    /// A record on which calls are logged.
    fn client(&self) -> Target;
    /// How many contacts there are in all.
    fn contacts(&self) -> u64;
    /// Somebody renames the client's record in the CRM.
    fn rename_client(&self, name: &str);
    /// Somebody deletes the client's record in the CRM.
    fn delete_client(&self);
    /// The texts of the logs in the CRM.
    fn logs(&self) -> Vec<String>;
    /// Texts that were put beside logs.
    fn notes_beside(&self) -> Vec<String>;
    /// Somebody rewrites the log in the CRM.
    fn edit_log(&self, id: &RemoteId, text: &str);
    /// Makes the CRM go wrong.
    async fn go_wrong(&self, wrong: Wrong);
    /// Ends what goes wrong.
    fn recover(&self);
    /// Every request so far was well formed.
    fn check(&self);
}

/// Every story, each on a fresh stage.
pub(crate) async fn holds<S: Stage>(set_up: impl AsyncFn() -> S) {
    a_copy_is_whole_and_learns_of_changes(set_up().await).await;
    a_walk_goes_on_where_it_was_cut(set_up().await).await;
    strange_rows_are_copied_all_the_same(&set_up).await;
    a_call_is_logged_with_its_marker_first(set_up().await).await;
    a_doubt_is_settled_by_the_marker(&set_up).await;
    a_refusal_says_what_it_is(&set_up).await;
    a_lost_sign_in_is_told(set_up().await).await;
    a_void_token_is_renewed_unseen(set_up().await).await;
    a_vanished_record_gets_no_log(set_up().await).await;
    a_persons_words_are_never_replaced(set_up().await).await;
    requests_are_counted_by_what_they_are_for(set_up().await).await;
}

/// A log for the target, with this note.
pub(crate) fn log_for(target: Target, marker: &Marker, note: &str) -> CallLog {
    CallLog {
        marker: marker.clone(),
        text: format!("{marker}\nNumber: +33 1 99 00 12 34\n\n{note}"),
        direction: Direction::Inbound,
        result: CallResult::Connected,
        started_at: Timestamp::now() - SignedDuration::from_mins(3),
        talk_s: 95,
        target,
        facts: None,
        opportunity: OpportunityChoice::ByRule,
        tags: Vec::new(),
        remote_number: "+33199001234".to_owned(),
    }
}

pub(crate) fn new_marker() -> Marker {
    Marker::from_ulid(Ulid::generate())
}

/// Reads a whole walk; answers what it held and the last cursor.
pub(crate) async fn walk(
    crm: &dyn Crm,
    walk: SyncWalk,
    from: Option<SyncCursor>,
) -> Result<Walked, ReadError> {
    let mut cursor = from;
    let mut walked = Walked::default();
    loop {
        let page = crm.pull(walk, cursor.as_ref()).await?;
        walked.pages += 1;
        walked.seen.extend(page.seen);
        walked.total = page.total;
        for change in page.changes {
            match change {
                ContactChange::Upsert(contact) => walked.contacts.push(*contact),
                ContactChange::Gone(_) => panic!("no record is gone"),
            }
        }
        if page.finished {
            walked.cursor = Some(page.cursor);
            return Ok(walked);
        }
        cursor = Some(page.cursor);
    }
}

#[derive(Default)]
pub(crate) struct Walked {
    pub(crate) contacts: Vec<Contact>,
    pub(crate) seen: Vec<(ContactKind, RemoteId)>,
    pub(crate) total: Option<u64>,
    pub(crate) cursor: Option<SyncCursor>,
    pub(crate) pages: usize,
}

impl Walked {
    pub(crate) fn find(&self, at: &ContactRef) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.at == *at)
    }
}

async fn a_copy_is_whole_and_learns_of_changes<S: Stage>(stage: S) {
    let crm = stage.crm();
    let full = walk(&*crm, SyncWalk::Full, None).await.unwrap();
    let ids: BTreeSet<_> = full
        .contacts
        .iter()
        .map(|contact| contact.at.clone())
        .collect();
    assert_eq!(ids.len() as u64, stage.contacts(), "every record once");
    assert_eq!(full.total, Some(stage.contacts()));

    let client = stage.client().contact;
    let quiet = walk(&*crm, SyncWalk::Changes, full.cursor).await.unwrap();
    assert!(
        quiet.contacts.len() < full.contacts.len() / 2,
        "a quiet round reads what lies near the mark, and no more"
    );
    stage.rename_client("Un Autre Nom");
    let changed = walk(&*crm, SyncWalk::Changes, quiet.cursor).await.unwrap();
    assert!(changed.find(&client).unwrap().name.contains("Un Autre Nom"));

    stage.delete_client();
    let sweep = walk(&*crm, SyncWalk::Sweep, None).await.unwrap();
    assert_eq!(sweep.seen.len() as u64, stage.contacts());
    assert!(!sweep.seen.contains(&(client.kind, client.id.clone())));
    assert_eq!(crm.contact(&client).await.unwrap_err(), ReadError::Gone);
    stage.check();
}

async fn a_walk_goes_on_where_it_was_cut<S: Stage>(stage: S) {
    let crm = stage.crm();
    let first = crm.pull(SyncWalk::Full, None).await.unwrap();
    stage.go_wrong(Wrong::BrokenPage).await;
    let cut = crm
        .pull(SyncWalk::Full, Some(&first.cursor))
        .await
        .unwrap_err();
    assert_eq!(cut, ReadError::Unreadable);
    stage.recover();
    let rest = walk(&*crm, SyncWalk::Full, Some(first.cursor.clone()))
        .await
        .unwrap();
    let all = first.changes.len() + rest.contacts.len();
    assert_eq!(all as u64, stage.contacts());

    let lost = SyncCursor("{\"version\":99}".to_owned());
    let error = crm.pull(SyncWalk::Full, Some(&lost)).await.unwrap_err();
    assert_eq!(error, ReadError::CursorLost);
    let error = crm.pull(SyncWalk::Changes, None).await.unwrap_err();
    assert_eq!(
        error,
        ReadError::CursorLost,
        "changes need a copy to begin with"
    );
    stage.check();
}

async fn strange_rows_are_copied_all_the_same<S: Stage>(set_up: &impl AsyncFn() -> S) {
    for wrong in [Wrong::BareRows, Wrong::NullRows, Wrong::StrangeRows] {
        let stage = set_up().await;
        stage.go_wrong(wrong).await;
        let full = walk(&*stage.crm(), SyncWalk::Full, None).await.unwrap();
        assert_eq!(full.contacts.len() as u64, stage.contacts(), "{wrong:?}");
        assert!(full.contacts.iter().all(|contact| !contact.name.is_empty()));
        stage.check();
    }
}

async fn a_call_is_logged_with_its_marker_first<S: Stage>(stage: S) {
    let crm = stage.crm();
    let marker = new_marker();
    let log = log_for(stage.client(), &marker, "Rappeler lundi.");
    let logged = crm.log_call(&log).await.unwrap();
    assert_eq!(stage.logs(), std::slice::from_ref(&log.text));
    assert!(stage.logs()[0].starts_with(marker.as_str()));
    let found = crm
        .find_log(&marker, Timestamp::now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.remote_id, logged.remote_id);
    assert_eq!(
        crm.find_log(&new_marker(), Timestamp::now()).await.unwrap(),
        None
    );
    stage.check();
}

async fn a_doubt_is_settled_by_the_marker<S: Stage>(set_up: &impl AsyncFn() -> S) {
    let effects = [
        (Wrong::CutAfterWrite, true),
        (Wrong::ErrorAfterWrite, true),
        (Wrong::BrokenAnswerToWrite, true),
        (Wrong::CutBeforeWrite, false),
        (Wrong::ErrorBeforeWrite, false),
    ];
    for (wrong, written) in effects {
        let stage = set_up().await;
        let crm = stage.crm();
        let marker = new_marker();
        let log = log_for(stage.client(), &marker, "Une seule fois.");
        let began = Timestamp::now();
        stage.go_wrong(wrong).await;
        assert_eq!(
            crm.log_call(&log).await.unwrap_err(),
            DeliveryError::InDoubt,
            "{wrong:?}"
        );
        stage.recover();
        let found = crm.find_log(&marker, began).await.unwrap();
        assert_eq!(found.is_some(), written, "{wrong:?}");
        if !written {
            crm.log_call(&log).await.unwrap();
        }
        assert_eq!(stage.logs().len(), 1, "{wrong:?}");
        stage.check();
    }
}

async fn a_refusal_says_what_it_is<S: Stage>(set_up: &impl AsyncFn() -> S) {
    let wait = |seconds| Some(SignedDuration::from_secs(seconds));
    let refusals = [
        (
            Wrong::Busy(Some(7)),
            DeliveryError::Busy {
                retry_after: wait(7),
            },
        ),
        (Wrong::Busy(None), DeliveryError::Busy { retry_after: None }),
        (Wrong::Down, DeliveryError::Offline),
    ];
    for (wrong, expected) in refusals {
        let stage = set_up().await;
        // Signed in and known, so that the write itself goes wrong.
        stage.crm().identity().await.unwrap();
        let mut log = log_for(stage.client(), &new_marker(), "x");
        log.facts = Some(Default::default());
        stage.go_wrong(wrong).await;
        let error = stage.crm().log_call(&log).await.unwrap_err();
        assert_eq!(error, expected, "{wrong:?}");
        assert_eq!(stage.logs().len(), 0, "{wrong:?}");
    }
    for wrong in [Wrong::PlanLimit, Wrong::MayNotWrite] {
        let stage = set_up().await;
        stage.go_wrong(wrong).await;
        let log = log_for(stage.client(), &new_marker(), "x");
        let error = stage.crm().log_call(&log).await.unwrap_err();
        let DeliveryError::Refused { words } = error else {
            panic!("{wrong:?}: {error:?}")
        };
        assert!(!words.is_empty(), "{wrong:?}: the CRM's own words");
        assert_eq!(stage.logs().len(), 0, "{wrong:?}");
        stage.check();
    }
}

async fn a_lost_sign_in_is_told<S: Stage>(stage: S) {
    let crm = stage.crm();
    crm.identity().await.unwrap();
    stage.go_wrong(Wrong::Revoked).await;
    let log = log_for(stage.client(), &new_marker(), "x");
    assert_eq!(
        crm.log_call(&log).await.unwrap_err(),
        DeliveryError::Unauthorized
    );
    assert_eq!(crm.identity().await.unwrap_err(), ReadError::Unauthorized);
    let error = crm.pull(SyncWalk::Full, None).await.unwrap_err();
    assert_eq!(error, ReadError::Unauthorized);
    assert_eq!(stage.logs().len(), 0);
    stage.check();
}

async fn a_void_token_is_renewed_unseen<S: Stage>(stage: S) {
    let crm = stage.crm();
    crm.identity().await.unwrap();
    stage.go_wrong(Wrong::Expired).await;
    let log = log_for(stage.client(), &new_marker(), "x");
    crm.log_call(&log).await.unwrap();
    assert_eq!(stage.logs().len(), 1);
    stage.check();
}

async fn a_vanished_record_gets_no_log<S: Stage>(stage: S) {
    let crm = stage.crm();
    stage.delete_client();
    let mut log = log_for(stage.client(), &new_marker(), "x");
    log.facts = Some(Default::default());
    assert_eq!(crm.log_call(&log).await.unwrap_err(), DeliveryError::Gone);
    assert_eq!(stage.logs().len(), 0);
    stage.check();
}

async fn a_persons_words_are_never_replaced<S: Stage>(stage: S) {
    let crm = stage.crm();
    let marker = new_marker();
    let first = log_for(stage.client(), &marker, "Premier mot.");
    let logged = crm.log_call(&first).await.unwrap();

    let second = log_for(stage.client(), &marker, "Premier mot.\nDeuxième mot.");
    let amended = crm.amend_log(&logged, &second).await.unwrap();
    let Amended::Replaced(logged) = amended else {
        panic!("nobody edited it")
    };
    assert_eq!(stage.logs(), std::slice::from_ref(&second.text));
    assert!(matches!(
        crm.amend_log(&logged, &second).await.unwrap(),
        Amended::Replaced(_)
    ));

    stage.edit_log(&logged.remote_id, "Ce que Sophie a écrit.");
    let third = log_for(
        stage.client(),
        &marker,
        "Premier mot.\nDeuxième mot.\nTroisième mot.",
    );
    let amended = crm.amend_log(&logged, &third).await.unwrap();
    let Amended::Added(_) = amended else {
        panic!("somebody edited it")
    };
    // A try whose answer was lost is made again.
    crm.amend_log(&logged, &third).await.unwrap();
    assert_eq!(stage.logs(), ["Ce que Sophie a écrit."]);
    let beside = stage.notes_beside();
    assert_eq!(beside.len(), 1);
    assert!(beside[0].contains("Troisième mot.") && !beside[0].contains("Deuxième mot."));
    stage.check();
}

async fn requests_are_counted_by_what_they_are_for<S: Stage>(stage: S) {
    let crm = stage.crm();
    crm.identity().await.unwrap();
    crm.pull(SyncWalk::Full, None).await.unwrap();
    let target = stage.client();
    let facts = crm.live_facts(&target.contact, target.role).await.unwrap();
    let before = crm.budget();
    let mut log = log_for(target, &new_marker(), "x");
    log.facts = Some(facts);
    crm.log_call(&log).await.unwrap();
    let after = crm.budget();
    assert_eq!(
        after.spent["log"] - before.spent["log"],
        1,
        "one request for a log"
    );
    assert!(before.spent["card"] <= 2 && before.spent["sync"] >= 1 && before.spent["sign_in"] >= 1);
    assert!(!after.remaining.is_empty() && after.last_minute >= 4);
    stage.check();
}
