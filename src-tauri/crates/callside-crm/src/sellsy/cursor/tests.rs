#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_442_000 + second).unwrap()
}

fn text(text: &str) -> Option<Offset> {
    Some(Offset::Text(text.to_owned()))
}

/// Walks all three kinds, one page each, seeing these modifications.
fn walked(mut place: Place, began: i64, seen: [Option<i64>; 3]) -> Place {
    for seen in seen {
        place.began(at(began));
        place.saw(seen.map(at));
        place.advance(None);
    }
    assert!(place.finished && place.resource().is_none());
    place
}

#[test]
fn a_walk_goes_through_the_kinds_in_order_and_survives_storage() {
    let mut place = Place::resume(SyncWalk::Full, None).unwrap();
    assert!(place.is_new());
    assert_eq!(place.resource().unwrap().path, "individuals");
    place.advance(text("WzFd"));
    let stored = place.to_cursor();
    let mut place = Place::resume(SyncWalk::Full, Some(&stored)).unwrap();
    assert_eq!(place.offset().unwrap().to_query(), "WzFd");
    assert!(!place.is_new());
    place.advance(None);
    assert_eq!(place.resource().unwrap().path, "companies");
    assert!(place.offset().is_none());
    place.advance(None);
    assert_eq!(place.resource().unwrap().path, "contacts");
    place.advance(None);
    assert!(place.finished);
}

#[test]
fn changes_go_on_five_minutes_before_the_highest_modification_seen() {
    let full = walked(
        Place::resume(SyncWalk::Full, None).unwrap(),
        1_000,
        [Some(400), None, Some(900)],
    );
    let mut place = Place::resume(SyncWalk::Changes, Some(&full.to_cursor())).unwrap();
    assert_eq!(place.changed_since(), Some(at(100)));
    place.advance(None);
    // Nothing was there: from the walk's start.
    assert_eq!(place.changed_since(), Some(at(700)));
    place.advance(None);
    assert_eq!(place.changed_since(), Some(at(600)));
}

#[test]
fn what_changed_behind_a_long_walk_is_not_lost() {
    // The last row seen was modified an hour after the walk began; another may have been too.
    let full = walked(
        Place::resume(SyncWalk::Full, None).unwrap(),
        0,
        [Some(3_600); 3],
    );
    let place = Place::resume(SyncWalk::Changes, Some(&full.to_cursor())).unwrap();
    assert_eq!(place.changed_since(), Some(at(-300)));
}

#[test]
fn a_mark_never_goes_back() {
    let full = walked(
        Place::resume(SyncWalk::Full, None).unwrap(),
        500,
        [Some(400); 3],
    );
    let place = Place::resume(SyncWalk::Changes, Some(&full.to_cursor())).unwrap();
    let quiet = walked(place, 900, [None, Some(150), Some(700)]);
    let mut place = Place::resume(SyncWalk::Changes, Some(&quiet.to_cursor())).unwrap();
    assert_eq!(place.changed_since(), Some(at(100)));
    place.advance(None);
    assert_eq!(place.changed_since(), Some(at(100)));
    place.advance(None);
    assert_eq!(place.changed_since(), Some(at(400)));
}

#[test]
fn a_sweep_leaves_the_marks_alone() {
    let full = walked(
        Place::resume(SyncWalk::Full, None).unwrap(),
        500,
        [Some(400); 3],
    );
    let sweep = Place::resume(SyncWalk::Sweep, Some(&full.to_cursor())).unwrap();
    let swept = walked(sweep, 9_000, [Some(8_000); 3]);
    let place = Place::resume(SyncWalk::Changes, Some(&swept.to_cursor())).unwrap();
    assert_eq!(place.changed_since(), Some(at(100)));
}

#[test]
fn a_cursor_that_does_not_fit_is_refused() {
    let unfinished = Place::resume(SyncWalk::Full, None).unwrap();
    assert_eq!(
        Place::resume(SyncWalk::Changes, Some(&unfinished.to_cursor())),
        Err(Unfit)
    );
    assert_eq!(Place::resume(SyncWalk::Changes, None), Err(Unfit));
    for text in ["", "{}", "null", "[1]", "{\"version\":2}", "x"] {
        let cursor = SyncCursor(text.to_owned());
        assert_eq!(
            Place::resume(SyncWalk::Full, Some(&cursor)),
            Err(Unfit),
            "{text}"
        );
    }
    let beyond = unfinished.to_cursor().0.replace("\"at\":0", "\"at\":3");
    assert_eq!(
        Place::resume(SyncWalk::Full, Some(&SyncCursor(beyond))),
        Err(Unfit)
    );
}

#[test]
fn the_whole_is_known_once_every_part_is() {
    let mut place = Place::resume(SyncWalk::Full, None).unwrap();
    place.knows_total(1, Some(20));
    place.knows_total(2, Some(50));
    assert_eq!(place.total(), None);
    place.knows_total(0, Some(30));
    place.knows_total(0, None);
    assert_eq!(place.total(), Some(100));
}
