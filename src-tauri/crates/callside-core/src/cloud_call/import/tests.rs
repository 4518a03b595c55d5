#![allow(clippy::unwrap_used)]

use super::*;
use crate::call::Direction;
use crate::cloud_call::CallInsights;

const MIB_200: u64 = 200 * 1_048_576;

fn now() -> Timestamp {
    "2026-03-16T12:00:00Z".parse().unwrap()
}

fn agent() -> CloudAgent {
    CloudAgent {
        id: "71".into(),
        name: "Ada Morel".into(),
        email: "Ada.Morel@example.com".into(),
    }
}

/// A call of the agent's, made so long before now.
fn call(id: u64, before: SignedDuration) -> CloudCall {
    CloudCall {
        id: id.to_string(),
        direction: Direction::Inbound,
        status: CloudStatus::Answered,
        said: None,
        started_at: now() - before,
        answered_at: None,
        ended_at: None,
        duration_s: 90,
        remote: "+33639980001".into(),
        line: None,
        agent: Some(agent()),
        contact_name: None,
        recording_link: None,
        recorded: true,
        tags: Vec::new(),
        comments: Vec::new(),
        insights: CallInsights::default(),
    }
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn secs(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn first(rules: &Import) -> ImportRun {
    ImportRun::begin(&ImportPlace::default(), rules, &agent(), now())
}

#[test]
fn the_first_import_asks_for_two_weeks_newest_first() {
    let run = first(&Import::default());
    let wanted = CallsWanted {
        since: "2026-03-02T12:00:00Z".parse().unwrap(),
        until: now(),
        agent: Some("71".into()),
        line: None,
        newest_first: true,
    };
    assert_eq!(run.wanted(), &wanted);
}

#[test]
fn every_rule_decides_at_its_boundary() {
    use Judgement::{Import as Take, Live, NoRecording, NotOwn, OutsideWindow, RecordingTooLarge};
    let days = hours(14 * 24);
    let by = |email: &str, id: &str| {
        let mut call = call(1, hours(1));
        call.agent = Some(CloudAgent {
            id: id.into(),
            name: String::new(),
            email: email.into(),
        });
        call
    };
    let with = |change: fn(&mut CloudCall)| {
        let mut call = call(1, hours(1));
        change(&mut call);
        call
    };
    let silent = with(|call| call.recorded = false);
    let status = |status: CloudStatus| {
        let mut call = call(1, hours(1));
        call.status = status;
        call
    };
    // name, call, bytes of its recording, by default, with a recording required
    let table = [
        ("14 days ago", call(1, days), None, Take, Take),
        (
            "a second earlier",
            call(1, days + secs(1)),
            None,
            OutsideWindow,
            OutsideWindow,
        ),
        ("just now", call(1, secs(1)), None, Take, Take),
        (
            "at the start",
            call(1, secs(0)),
            None,
            OutsideWindow,
            OutsideWindow,
        ),
        (
            "e-mail in other case",
            by("ADA.MOREL@EXAMPLE.COM", "71"),
            None,
            Take,
            Take,
        ),
        ("picked by hand", by("", "71"), None, Take, Take),
        (
            "a colleague",
            by("eve@example.com", "72"),
            None,
            NotOwn,
            NotOwn,
        ),
        (
            "our id, other address",
            by("eve@example.com", "71"),
            None,
            NotOwn,
            NotOwn,
        ),
        (
            "nobody took it",
            with(|call| call.agent = None),
            None,
            NotOwn,
            NotOwn,
        ),
        ("200 MB", call(1, hours(1)), Some(MIB_200), Take, Take),
        (
            "a byte more",
            call(1, hours(1)),
            Some(MIB_200 + 1),
            RecordingTooLarge,
            RecordingTooLarge,
        ),
        ("not recorded", silent, None, Take, NoRecording),
        (
            "voicemail",
            status(CloudStatus::Voicemail),
            None,
            Take,
            Take,
        ),
        ("failed", status(CloudStatus::Failed), None, Take, Take),
        ("missed", status(CloudStatus::Missed), None, Take, Take),
        ("going on", status(CloudStatus::Live), None, Live, Live),
    ];
    let strict = Import {
        recording_required: true,
        ..Import::default()
    };
    for (name, call, bytes, by_default, required) in table {
        let judged = first(&Import::default()).judge(&call, bytes);
        assert_eq!(judged, by_default, "{name}");
        assert_eq!(
            first(&strict).judge(&call, bytes),
            required,
            "{name}, strict"
        );
    }
}

#[test]
fn the_size_is_asked_for_only_where_a_recording_is_required() {
    let strict = Import {
        recording_required: true,
        ..Import::default()
    };
    let recorded = call(1, hours(1));
    let mut silent = call(2, hours(1));
    silent.recorded = false;
    assert!(first(&strict).needs_size(&recorded) && !first(&strict).needs_size(&silent));
    assert!(!first(&Import::default()).needs_size(&recorded));
}

#[test]
fn the_first_import_takes_two_hundred_and_never_the_older_ones() {
    let mut run = first(&Import::default());
    let taken = (1..=201).filter(|minutes| {
        let call = call(
            *minutes,
            SignedDuration::from_mins(i64::try_from(*minutes).unwrap()),
        );
        run.judge(&call, None) == Judgement::Import
    });
    assert_eq!(taken.count(), 200);
    assert!(run.is_full());

    let mut next = ImportRun::begin(&run.done(), &Import::default(), &agent(), now() + hours(1));
    assert!(!next.wanted().newest_first);
    let the_201st = call(201, SignedDuration::from_mins(201));
    assert_eq!(next.judge(&the_201st, None), Judgement::OutsideWindow);
    // One more of the same second as the last that fitted was one too many as well.
    let twin = call(999, SignedDuration::from_mins(200));
    assert_eq!(next.judge(&twin, None), Judgement::OutsideWindow);
    let newer = call(1000, -SignedDuration::from_mins(5));
    assert_eq!(next.judge(&newer, None), Judgement::Import);
}

#[test]
fn the_first_import_looks_through_no_more_than_it_lacks_and_a_later_one_through_all() {
    let few = Import {
        first_limit: 3,
        ..Import::default()
    };
    let mut run = first(&few);
    assert_eq!((run.still_to_look(2), run.still_to_look(500)), (2, 3));
    run.judge(&call(1, hours(1)), None);
    assert_eq!(run.still_to_look(500), 2);
    // One that is passed over leaves as many to be found.
    run.judge(&call(2, hours(24 * 20)), None);
    assert_eq!(run.still_to_look(500), 2);
    let later = ImportRun::begin(&run.done(), &few, &agent(), now() + hours(1));
    assert_eq!(later.still_to_look(500), 500);
}

#[test]
fn a_later_import_takes_everything_since_however_many_and_however_long_ago() {
    let place = first(&Import::default()).done();
    let later = now() + hours(24 * 40);
    let mut run = ImportRun::begin(&place, &Import::default(), &agent(), later);
    assert!(!run.wanted().newest_first);
    for id in 0..10_001_u64 {
        let at = call(id, -secs(i64::try_from(id).unwrap() + 1));
        assert_eq!(run.judge(&at, None), Judgement::Import);
    }
    assert!(!run.is_full());
}

#[test]
fn a_record_that_appeared_late_is_not_missed_and_none_comes_twice() {
    let place = first(&Import::default()).done();
    let mut run = ImportRun::begin(&place, &Import::default(), &agent(), now() + hours(1));
    assert_eq!(run.wanted().since, now() - hours(6));
    let late = call(7, hours(5));
    assert_eq!(run.judge(&late, None), Judgement::Import);
    assert_eq!(run.judge(&late, None), Judgement::Again);
}

#[test]
fn the_overlap_never_reaches_behind_the_first_import() {
    let narrow = Import {
        window_days: 1,
        ..Import::default()
    };
    let place = first(&narrow).done();
    let soon = ImportRun::begin(&place, &narrow, &agent(), now() + secs(1));
    assert_eq!(soon.wanted().since, now() - hours(6));
    let mut place = place;
    place.floor = Some(now() - hours(2));
    let soon = ImportRun::begin(&place, &narrow, &agent(), now() + secs(1));
    assert_eq!(soon.wanted().since, now() - hours(2));
}

#[test]
fn an_import_that_is_cut_short_goes_on_where_it_was_unless_it_is_the_first() {
    let mut run = first(&Import::default());
    run.judge(&call(1, hours(1)), None);
    assert_eq!(run.so_far(), ImportPlace::default());

    let place = run.done();
    let mut run = ImportRun::begin(&place, &Import::default(), &agent(), now() + hours(48));
    run.judge(&call(2, -hours(20)), None);
    assert_eq!(run.so_far().judged_until, Some(now() + hours(20)));
    assert_eq!(run.so_far().floor, place.floor);
}

#[test]
fn a_first_import_of_none_begins_with_the_present() {
    let none = Import {
        first_limit: 0,
        ..Import::default()
    };
    let run = first(&none);
    assert!(run.is_full());
    assert_eq!(run.done().floor, Some(now()));
}

#[test]
fn the_place_survives_the_disk() {
    let place = first(&Import::default()).done();
    let kept = serde_json::to_string(&place).unwrap();
    assert_eq!(serde_json::from_str::<ImportPlace>(&kept).unwrap(), place);
}
