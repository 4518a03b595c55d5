use std::collections::BTreeMap;

use callside_core::contact::PhoneField;

use super::*;

async fn names(store: &Store, number: &str) -> Vec<String> {
    let found = store.candidates(&keys(number)).await.unwrap();
    let mut names: Vec<String> = found.into_iter().map(|(_, one)| one.contact.name).collect();
    names.sort();
    names
}

async fn keep(store: &Store, contacts: &[Contact]) {
    store
        .upsert_contacts(contacts, france(), at(0))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_number_leads_to_the_whole_card() {
    let (_dir, store) = fresh().await;
    let mut marie = contact(
        "1",
        "Marie Curieux",
        &[
            (PhoneField::Phone, "01 99 00 12 34"),
            (PhoneField::Mobile, "06.39.98.01.23 (perso)"),
        ],
    );
    marie.company = Some("Curieux SARL".to_owned());
    marie.note = Some("likes mornings".to_owned());
    marie.tags = vec!["vip".to_owned()];
    keep(&store, &[marie.clone()]).await;
    let found = store.candidates(&keys(MARIE)).await.unwrap();
    let [(key, one)] = found.as_slice() else {
        panic!("one candidate, not {}", found.len());
    };
    assert_eq!(*key, keys(MARIE)[0]);
    assert_eq!(one.contact, marie);
    assert_eq!(one.field, PhoneField::Mobile);
    assert_eq!(one.stored_text, "06.39.98.01.23 (perso)");
    assert!(one.likely);
    assert_eq!(one.synced_at, at(0));
    let cached = store.contact(&marie.at).await.unwrap().unwrap();
    assert_eq!((cached.contact, cached.synced_at), (marie, at(0)));
}

#[tokio::test]
async fn several_keys_are_looked_up_at_once() {
    let (_dir, store) = fresh().await;
    keep(
        &store,
        &[
            contact("1", "Marie", &[(PhoneField::Phone, MARIE)]),
            contact("2", "Paul", &[(PhoneField::Phone, PAUL)]),
            contact("3", "Desk", &[(PhoneField::Phone, "3631")]),
            contact("4", "Soft", &[(PhoneField::Other, "sip:Anna@pbx.example")]),
        ],
    )
    .await;
    let mut all = Vec::new();
    for number in [
        MARIE,
        PAUL,
        "3631",
        "sip:anna@pbx.example",
        "+33639980999",
        "+33639980998",
    ] {
        all.extend(keys(number));
    }
    assert!(all.len() > 4);
    let found = store.candidates(&all).await.unwrap();
    let mut names: Vec<_> = found
        .iter()
        .map(|(_, one)| one.contact.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Desk", "Marie", "Paul", "Soft"]);
    for (key, one) in &found {
        assert!(all.contains(key), "{}", one.contact.name);
    }
    assert!(store.candidates(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn duplicates_in_the_crm_are_all_found() {
    let (_dir, store) = fresh().await;
    keep(
        &store,
        &[
            contact("1", "Marie", &[(PhoneField::Phone, MARIE)]),
            contact("2", "Marie C.", &[(PhoneField::Mobile, "06 39 98 01 23")]),
        ],
    )
    .await;
    assert_eq!(names(&store, MARIE).await, ["Marie", "Marie C."]);
}

#[tokio::test]
async fn a_fax_and_an_archived_record_name_nobody() {
    let (_dir, store) = fresh().await;
    let mut archived = contact("2", "Archived", &[(PhoneField::Phone, MARIE)]);
    archived.archived = true;
    keep(
        &store,
        &[
            contact("1", "Fax", &[(PhoneField::Fax, MARIE)]),
            archived.clone(),
        ],
    )
    .await;
    assert!(names(&store, MARIE).await.is_empty());
    assert!(store.contact(&archived.at).await.unwrap().is_some());
    archived.archived = false;
    keep(&store, &[archived]).await;
    assert_eq!(names(&store, MARIE).await, ["Archived"]);
}

#[tokio::test]
async fn a_changed_number_is_no_longer_found_by_the_old_one() {
    let (_dir, store) = fresh().await;
    keep(
        &store,
        &[contact("1", "Marie", &[(PhoneField::Phone, MARIE)])],
    )
    .await;
    keep(
        &store,
        &[contact("1", "Marie", &[(PhoneField::Phone, PAUL)])],
    )
    .await;
    assert!(names(&store, MARIE).await.is_empty());
    assert_eq!(names(&store, PAUL).await, ["Marie"]);
    assert_eq!(store.sync_facts(&sellsy()).await.unwrap().contacts, 1);
}

#[tokio::test]
async fn a_removed_contact_is_found_by_nothing() {
    let (_dir, store) = fresh().await;
    keep(
        &store,
        &[contact("1", "Marie", &[(PhoneField::Phone, MARIE)])],
    )
    .await;
    store.remove_contact(&contact_ref("1")).await.unwrap();
    store.remove_contact(&contact_ref("1")).await.unwrap();
    assert!(names(&store, MARIE).await.is_empty());
    assert!(store.search_contacts("marie", 9).await.unwrap().is_empty());
    assert!(store.contact(&contact_ref("1")).await.unwrap().is_none());
}

#[tokio::test]
async fn of_two_readings_of_a_number_the_likely_one_counts() {
    let (_dir, store) = fresh().await;
    // Bare digits that begin with a country code: one reading is likely, another could be.
    let german = Region::parse("DE").unwrap();
    let text = "4917612345678";
    let readings = callside_core::phone_number::read_stored(text, german);
    let both = [contact("1", "Anna", &[(PhoneField::Phone, text)])];
    store.upsert_contacts(&both, german, at(0)).await.unwrap();
    assert!(!readings.is_empty());
    for reading in readings {
        let found = store
            .candidates(std::slice::from_ref(&reading.key))
            .await
            .unwrap();
        let likely: Vec<bool> = found.iter().map(|(_, one)| one.likely).collect();
        assert_eq!(likely, [reading.likely]);
    }
}

#[tokio::test]
async fn national_numbers_are_read_in_the_contacts_own_country() {
    let (_dir, store) = fresh().await;
    let mut anna = contact("1", "Anna", &[(PhoneField::Phone, "020 7946 0123")]);
    anna.country = Region::parse("GB");
    keep(&store, &[anna]).await;
    assert_eq!(names(&store, "+442079460123").await, ["Anna"]);
}

#[tokio::test]
async fn a_changed_region_reads_the_stored_texts_anew() {
    let (_dir, store) = fresh().await;
    let mut own = contact("2", "Own", &[(PhoneField::Phone, "020 7946 0124")]);
    own.country = Region::parse("GB");
    keep(
        &store,
        &[
            contact("1", "Anna", &[(PhoneField::Phone, "020 7946 0123")]),
            own,
        ],
    )
    .await;
    assert!(names(&store, "+442079460123").await.is_empty());
    let regions = BTreeMap::from([(sellsy(), Region::parse("GB").unwrap())]);
    assert_eq!(store.reread_numbers(&regions).await.unwrap(), 1);
    assert_eq!(names(&store, "+442079460123").await, ["Anna"]);
    assert_eq!(names(&store, "+442079460124").await, ["Own"]);
    assert_eq!(
        store
            .contact(&contact_ref("1"))
            .await
            .unwrap()
            .unwrap()
            .synced_at,
        at(0)
    );
    assert_eq!(
        store
            .search_contacts("020 7946 0123", 9)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn many_contacts_are_read_anew_in_several_rounds() {
    let (_dir, store) = fresh().await;
    let many: Vec<Contact> = (0..1200)
        .map(|n| {
            contact(
                &n.to_string(),
                "Anna",
                &[(PhoneField::Phone, "020 7946 0123")],
            )
        })
        .collect();
    keep(&store, &many).await;
    let regions = BTreeMap::from([(sellsy(), Region::parse("GB").unwrap())]);
    assert_eq!(store.reread_numbers(&regions).await.unwrap(), 1200);
    assert_eq!(names(&store, "+442079460123").await.len(), 1200);
    assert_eq!(store.sync_facts(&sellsy()).await.unwrap().numbers, 1200);
}

#[tokio::test]
async fn hostile_text_is_kept_as_it_is() {
    let (_dir, store) = fresh().await;
    let name = "Robert'); DROP TABLE contact;-- \u{0}\u{202e}\"\\ \u{1f600}";
    let odd = contact("1\"'", name, &[(PhoneField::Phone, "06 39 98 01 23\u{0}'")]);
    keep(&store, std::slice::from_ref(&odd)).await;
    assert_eq!(store.contact(&odd.at).await.unwrap().unwrap().contact, odd);
    for text in [
        "\"",
        "'",
        "robert') OR 1",
        "NEAR(",
        "* AND",
        "a:b",
        "-",
        "\u{0}",
        "words : x",
    ] {
        store.search_contacts(text, 9).await.unwrap();
    }
}
