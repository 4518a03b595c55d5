use callside_core::contact::PhoneField;
use proptest::prelude::*;

use super::*;
use crate::search::{as_digits, fold};

async fn desk() -> (TempDir, Store) {
    let (dir, store) = fresh().await;
    let mut lukasz = contact("1", "Łukasz Straße", &[(PhoneField::Phone, MARIE)]);
    lukasz.company = Some("Cœur & Ærø A/S".to_owned());
    lukasz.email = Some("lukasz@exemple.fr".to_owned());
    let mut eloise = contact("2", "Éloïse Martin", &[(PhoneField::Mobile, PAUL)]);
    eloise.position = Some("Gérante".to_owned());
    let martinez = contact("3", "Paul Martinez", &[(PhoneField::Phone, "3631")]);
    let nobody = contact("4", "1001 Listes", &[]);
    let all = [lukasz, eloise, martinez, nobody];
    store.upsert_contacts(&all, france(), at(0)).await.unwrap();
    (dir, store)
}

async fn ids(store: &Store, text: &str) -> String {
    let found = store.search_contacts(text, 50).await.unwrap();
    let ids: Vec<String> = found
        .iter()
        .map(|one| one.contact.at.id.to_string())
        .collect();
    ids.join(",")
}

#[tokio::test]
async fn the_newest_stand_there_before_anything_is_typed() {
    let (_dir, store) = fresh().await;
    let all: Vec<Contact> = (0..5)
        .map(|n| contact(&n.to_string(), &format!("Person {n}"), &[]))
        .collect();
    store.upsert_contacts(&all, france(), at(0)).await.unwrap();
    let found = store.newest_contacts(2).await.unwrap();
    let names: Vec<&str> = found.iter().map(|one| &*one.contact.name).collect();
    assert_eq!(names, ["Person 4", "Person 3"]);
}

#[tokio::test]
async fn names_are_found_as_they_are_typed() {
    let (_dir, store) = desk().await;
    let cases = [
        ("l", "4,1"), // newest first
        ("lu", "1"),
        ("LUKASZ", "1"),
        ("łuk", "1"),
        ("strasse", "1"),
        ("straße", "1"),
        ("coeur", "1"),
        ("aero", "1"),
        ("elo", "2"),
        ("éloïse", "2"),
        ("mar elo", "2"),
        ("gerante", "2"),
        ("paul mar", "3"),
        ("nobody", ""),
        ("", ""),
        ("  ", ""),
        ("&", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn whole_words_come_before_beginnings_of_words() {
    let (_dir, store) = desk().await;
    // Martinez is newer, but Martin is what was typed.
    assert_eq!(ids(&store, "martin").await, "2,3");
    assert_eq!(ids(&store, "marti").await, "3,2");
}

#[tokio::test]
async fn digits_find_numbers_in_every_way_people_type_them() {
    let (_dir, store) = desk().await;
    let cases = [
        ("06 39 98 01", "1"),
        ("063998 0123", "1"),
        ("+33 6 39 98 01 23", "1"),
        ("+33 (0)6 39 98 01 23", "1"),
        ("0033639980123", "1"),
        ("33639980456", "2"),
        ("06.39.98", "2,1"),
        ("06", "2,1"),
        ("0123", "1"), // the end of a number
        ("980456", "2"),
        ("3631", "3"),
        ("1001", "4"), // a name of digits
        ("0639980999", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn addresses_are_found_when_an_address_is_typed() {
    let (_dir, store) = desk().await;
    assert_eq!(ids(&store, "lukasz@ex").await, "1");
    assert_eq!(ids(&store, "exemple").await, "");
}

#[tokio::test]
async fn a_renamed_contact_is_found_by_the_new_name_only() {
    let (_dir, store) = desk().await;
    let renamed = contact("2", "Éloïse Petit", &[]);
    store
        .upsert_contacts(&[renamed], france(), at(1))
        .await
        .unwrap();
    assert_eq!(ids(&store, "martin").await, "3");
    assert_eq!(ids(&store, "petit").await, "2");
    assert_eq!(ids(&store, "33639980456").await, "");
}

#[tokio::test]
async fn the_limit_holds() {
    let (_dir, store) = desk().await;
    assert_eq!(store.search_contacts("martin", 1).await.unwrap().len(), 1);
    assert_eq!(store.search_contacts("m", 1).await.unwrap().len(), 1);
    assert!(store.search_contacts("m", 0).await.unwrap().is_empty());
}

#[test]
fn folding_leaves_no_case_and_no_accent() {
    for (text, plain) in [
        ("Élodie", "elodie"),
        ("ŁÓDŹ", "lodz"),
        ("Søren Æbelø", "soren aebelo"),
        ("Œuvre", "oeuvre"),
        ("Großmann", "grossmann"),
        ("GROẞMANN", "grossmann"),
        ("İstanbul", "istanbul"),
        ("Ｍａｒｉｅ", "marie"),
        ("Þór", "thor"),
        ("Σίσυφος", "σισυφος"),
    ] {
        assert_eq!(fold(text), plain);
    }
}

#[test]
fn only_numbers_are_read_as_digits() {
    for (text, digits) in [
        ("06 39", Some("0639")),
        ("+33(0)6", Some("336")),
        ("0033 6", Some("336")),
        ("０６", Some("06")),
        ("06\u{202f}39", Some("0639")),
        ("6", None),
        ("3M", None),
        ("", None),
        ("+", None),
    ] {
        assert_eq!(as_digits(text).as_deref(), digits, "{text}");
    }
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing(text in ".{0,40}") {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }
}

#[test]
fn nothing_that_is_typed_breaks_the_search() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (_dir, store) = runtime.block_on(desk());
    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&".{0,30}", |text| {
            let found = runtime.block_on(store.search_contacts(&text, 5));
            prop_assert!(found.is_ok(), "{found:?}");
            Ok(())
        })
        .unwrap();
}
