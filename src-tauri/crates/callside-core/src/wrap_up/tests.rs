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
