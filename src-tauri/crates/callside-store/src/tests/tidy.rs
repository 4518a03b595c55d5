use std::collections::BTreeMap;

use callside_core::contact::PhoneField;

use super::*;

#[tokio::test]
async fn numbers_on_several_records_of_one_crm_are_listed() {
    let (_dir, store) = fresh().await;
    let mut elsewhere = contact("9", "Paul in Gorgias", &[(PhoneField::Phone, PAUL)]);
    elsewhere.at.connection = ConnectionId::new("gorgias");
    let mut archived = contact("8", "Archived", &[(PhoneField::Phone, PAUL)]);
    archived.archived = true;
    let all = [
        contact(
            "1",
            "Marie",
            &[(PhoneField::Phone, MARIE), (PhoneField::Mobile, MARIE)],
        ),
        contact("2", "Marie C.", &[(PhoneField::Mobile, "06 39 98 01 23")]),
        contact(
            "3",
            "Paul",
            &[(PhoneField::Phone, PAUL), (PhoneField::Fax, MARIE)],
        ),
        elsewhere,
        archived,
    ];
    store.upsert_contacts(&all, france(), at(0)).await.unwrap();
    let shared = store.shared_numbers(10).await.unwrap();
    let [one] = shared.as_slice() else {
        panic!("one shared number, not {}", shared.len());
    };
    assert_eq!(one.number.e164(), MARIE);
    let names: Vec<&str> = one
        .contacts
        .iter()
        .map(|c| c.contact.name.as_str())
        .collect();
    assert_eq!(names, ["Marie", "Marie C."]);
    assert!(store.shared_numbers(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_shared_numbers_are_listed_up_to_the_limit() {
    let (_dir, store) = fresh().await;
    let many: Vec<Contact> = (0..1400)
        .map(|n| {
            let number = format!("+3363998{:04}", n / 2);
            contact(&n.to_string(), "Marie", &[(PhoneField::Phone, &number)])
        })
        .collect();
    store.upsert_contacts(&many, france(), at(0)).await.unwrap();
    assert_eq!(store.shared_numbers(9999).await.unwrap().len(), 700);
    assert_eq!(store.shared_numbers(600).await.unwrap().len(), 600);
}

#[tokio::test]
async fn fields_that_give_no_number_are_listed() {
    let (_dir, store) = fresh().await;
    let all = [
        contact(
            "1",
            "Fine",
            &[(PhoneField::Phone, MARIE), (PhoneField::Mobile, "3631")],
        ),
        contact(
            "2",
            "Words",
            &[(PhoneField::Phone, "ask the desk"), (PhoneField::Fax, "?")],
        ),
        contact("3", "Blank", &[(PhoneField::Phone, "  ")]),
        contact("4", "London", &[(PhoneField::Mobile, "020 7946 0123")]),
    ];
    store.upsert_contacts(&all, france(), at(0)).await.unwrap();
    let names = |found: Vec<crate::UnreadablePhone>| {
        let names = found
            .into_iter()
            .map(|one| (one.contact.contact.name, one.text));
        names.collect::<Vec<_>>()
    };
    let none = BTreeMap::new();
    let found = names(store.unreadable_phones(&none, france(), 10).await.unwrap());
    let words = ("Words".to_owned(), "ask the desk".to_owned());
    let london = ("London".to_owned(), "020 7946 0123".to_owned());
    assert_eq!(found, [words.clone(), london]);
    let british = BTreeMap::from([(sellsy(), Region::parse("GB").unwrap())]);
    let found = names(
        store
            .unreadable_phones(&british, france(), 10)
            .await
            .unwrap(),
    );
    assert_eq!(found, [words]);
}

#[tokio::test]
async fn a_number_that_names_nobody_says_why() {
    let (_dir, store) = fresh().await;
    let mut archived = contact("1", "Gone", &[(PhoneField::Phone, "06 39 98 01 23")]);
    archived.archived = true;
    let fax = contact("2", "Fax", &[(PhoneField::Fax, "06 39 98 01 24")]);
    let named = contact("3", "Paul", &[(PhoneField::Phone, "06 39 98 01 25")]);
    let all = [archived, fax, named];
    store.upsert_contacts(&all, france(), at(0)).await.unwrap();
    let numbers = [
        "+33639980123",
        "+33639980124",
        "+33639980125",
        "+33639980126",
    ];
    let wanted = numbers.iter().flat_map(|number| keys(number)).collect();
    let found = store
        .unnamed_numbers(&wanted, &BTreeMap::new(), france())
        .await
        .unwrap();
    let expected = [
        (keys(numbers[0])[0].clone(), crate::Unnamed::Archived),
        (keys(numbers[1])[0].clone(), crate::Unnamed::FaxOnly),
    ];
    assert_eq!(found, expected.into());
}
