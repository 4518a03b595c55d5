#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn tags_lose_their_hash_their_doubles_and_their_line_breaks() {
    let mut draft = Draft::default();
    draft
        .set_tags(["#quote", "Quote", "to \n recall", "urgent"])
        .unwrap();
    let tags: Vec<_> = draft.tags.iter().map(Tag::as_str).collect();
    assert_eq!(tags, ["quote", "to recall", "urgent"]);
}

#[test]
fn a_tag_without_text_is_refused_and_the_draft_stays() {
    let mut draft = Draft::default();
    draft.set_tags(["quote"]).unwrap();
    assert_eq!(draft.set_tags(["urgent", "#"]), Err(DraftRefused::Empty));
    assert_eq!(draft.tags.len(), 1);
}

#[test]
fn a_note_that_is_too_long_is_refused_and_never_cut() {
    let mut draft = Draft::default();
    draft.set_note("first").unwrap();
    let long = "é".repeat(LONGEST_NOTE + 1);
    assert_eq!(draft.set_note(&long), Err(DraftRefused::NoteTooLong));
    assert_eq!(draft.note, "first");
    draft.set_note(&"é".repeat(LONGEST_NOTE)).unwrap();
}

#[test]
fn a_draft_never_prints_its_note() {
    let mut draft = Draft::default();
    draft.set_note("the secret plan").unwrap();
    assert!(!format!("{draft:?}").contains("secret"));
}

#[test]
fn a_company_may_want_a_tag_on_every_talk() {
    let tags = ["Quote"].map(|tag| Tag::parse(tag).unwrap());
    let list = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    let rows = [
        (list(&[]), true, false),
        (list(&["quote", "urgent"]), true, false),
        (list(&["urgent"]), true, true),
        (list(&["urgent"]), false, false),
        (list(&["*"]), true, false),
    ];
    for (required, answered, lacks) in rows {
        assert_eq!(lacks_tag(&required, answered, &tags), lacks, "{required:?}");
    }
    assert!(lacks_tag(&list(&["*"]), true, &[]));
}

#[test]
fn labels_from_the_service_stand_beside_the_agents_own() {
    let given = |name: &str| CloudTag {
        id: "1".into(),
        name: name.into(),
        color: None,
    };
    let long = "l".repeat(LONGEST_TAG + 9);
    let mut draft = Draft::default();
    draft.add_tags([long.as_str(), "Quote", " "]);
    assert!(draft.is_untouched(&[given(&long), given("QUOTE")]));
    assert!(!draft.is_untouched(&[given("quote")]));
    draft.set_tags(["urgent"]).unwrap();
    draft.add_tags(["Urgent", "quote"]);
    let tags: Vec<_> = draft.tags.iter().map(Tag::as_str).collect();
    assert_eq!(tags, ["urgent", "quote"]);
    draft.add_tags((0..30).map(|_| "x").chain(["a", "b", "c"]));
    assert!(draft.tags.len() <= MOST_TAGS);
    draft.set_note("mine").unwrap();
    assert!(!draft.is_untouched(&[given("quote"), given("urgent")]));
}
