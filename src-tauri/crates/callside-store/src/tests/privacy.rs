use std::path::Path;

use callside_core::contact::PhoneField;
use callside_core::outbox::Logged;
use callside_core::wrap_up::{Attachment, WrapUpState};

use super::*;
use crate::{File, Forgotten, Person, StoreError};

fn id(text: &str) -> CallId {
    CallId::new(text)
}

/// Which of the words stand in the files of the folder as plain bytes.
fn readable_words(dir: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(readable_words(&path, words));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for word in words {
            if bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes())
            {
                let name = path.file_name().unwrap().to_string_lossy();
                found.push(format!("{word} in {name}"));
            }
        }
    }
    found
}

fn marie() -> Person {
    Person {
        numbers: keys(MARIE),
        records: vec![contact_ref("1")],
        kept: Vec::new(),
    }
}

async fn fill(store: &Store) {
    let mut marie = contact(
        "1",
        "Zebulonia Quartz",
        &[(PhoneField::Phone, "06 39 98 01 23")],
    );
    marie.email = Some("zebulonia@exemple.fr".to_owned());
    marie.note = Some("prefers turquoise".to_owned());
    store
        .upsert_contacts(&[marie], france(), at(0))
        .await
        .unwrap();
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    store
        .save_matched_name(&id("A"), Some("Zebulonia Quartz"))
        .await
        .unwrap();
    store
        .save_draft(&id("A"), &draft("wants the umbrella", &["mandarine"]))
        .await
        .unwrap();
    store.set_fact("hook_key", "pineapple").await.unwrap();
    store
        .remember_choice(&keys(MARIE)[0], &contact_ref("1"), at(0))
        .await
        .unwrap();
}

const WORDS: [&str; 10] = [
    "Zebulonia",
    "zebulonia",
    "turquoise",
    "umbrella",
    "mandarine",
    "pineapple",
    "639980123",
    "06 39 98",
    "CREATE TABLE",
    "SQLite format",
];

#[tokio::test]
async fn nothing_lies_on_the_disk_in_plain_text() {
    let (dir, store) = fresh().await;
    fill(&store).await;
    let files = std::fs::read_dir(dir.path()).unwrap().count();
    assert!(files >= 6, "both files with their logs, not {files}");
    assert_eq!(readable_words(dir.path(), &WORDS), Vec::<String>::new());
    store.close().await;
    assert_eq!(readable_words(dir.path(), &WORDS), Vec::<String>::new());
}

#[tokio::test]
async fn the_search_for_plain_text_can_find_some() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        dir: dir.path().to_owned(),
        key: None,
    };
    let store = Store::open(options).await.unwrap().store;
    fill(&store).await;
    let found = readable_words(dir.path(), &WORDS);
    for word in WORDS {
        assert!(found.iter().any(|found| found.starts_with(word)), "{word}");
    }
}

#[tokio::test]
async fn a_forgotten_person_leaves_no_trace_in_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        dir: dir.path().to_owned(),
        key: None,
    };
    let store = Store::open(options).await.unwrap().store;
    fill(&store).await;
    store.set_fact("hook_key", "").await.unwrap();
    store.save_call(&ended("B", PAUL, 0)).await.unwrap();
    let forgotten = store.forget_person(&marie()).await.unwrap();
    let expected = Forgotten {
        contacts: 1,
        calls: 1,
        drafts: 1,
    };
    assert_eq!(forgotten, expected);
    assert!(store.call(&id("A")).await.unwrap().is_none());
    assert!(store.call(&id("B")).await.unwrap().is_some());
    assert!(store.remembered(&keys(MARIE)).await.unwrap().is_empty());
    assert!(store.candidates(&keys(MARIE)).await.unwrap().is_empty());
    assert!(store.search_contacts("zebu", 5).await.unwrap().is_empty());
    assert_eq!(
        readable_words(dir.path(), &WORDS[..8]),
        Vec::<String>::new()
    );
    assert_eq!(
        store.forget_person(&marie()).await.unwrap(),
        Forgotten::default()
    );
}

#[tokio::test]
async fn whoever_shares_the_number_stays() {
    let (_dir, store) = fresh().await;
    let phone = [(PhoneField::Phone, MARIE)];
    let both = [contact("1", "Marie", &phone), contact("2", "Paul", &phone)];
    store.upsert_contacts(&both, france(), at(0)).await.unwrap();
    for name in ["nobodys", "hers", "his", "elsewhere"] {
        let number = if name == "elsewhere" { PAUL } else { MARIE };
        store.save_call(&ended(name, number, 0)).await.unwrap();
    }
    for (name, record) in [("hers", "1"), ("elsewhere", "1")] {
        let mut one = entry(name, name, 70);
        one.target = Some(Target {
            contact: contact_ref(record),
            name: "Marie".to_owned(),
            role: None,
        });
        store.file(&id(name), at(70), &[one]).await.unwrap();
    }
    let his = Draft {
        attachment: Attachment::Chosen {
            contact: contact_ref("2"),
        },
        ..draft("his note", &[])
    };
    store.save_draft(&id("his"), &his).await.unwrap();
    let mut person = marie();
    person.kept = vec![contact_ref("2")];
    let forgotten = store.forget_person(&person).await.unwrap();
    assert_eq!((forgotten.contacts, forgotten.calls), (1, 3));
    assert!(store.call(&id("his")).await.unwrap().is_some());
    assert!(store.contact(&contact_ref("2")).await.unwrap().is_some());
    assert!(store.contact(&contact_ref("1")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_journal_that_was_set_aside_forgets_too() {
    let dir = tempfile::tempdir().unwrap();
    let options = || StoreOptions {
        dir: dir.path().to_owned(),
        key: None,
    };
    let store = Store::open(options()).await.unwrap().store;
    fill(&store).await;
    let name = store.backup(at(0)).await.unwrap().name;
    let kept = store.restore(&name, at(10)).await.unwrap().unwrap();
    let broken = dir.path().join("journal.damaged-20260310T080000Z.db");
    std::fs::write(&broken, "mandarine".repeat(4000)).unwrap();
    let store = Store::open(options()).await.unwrap().store;
    store.set_fact("hook_key", "").await.unwrap();
    store.forget_person(&marie()).await.unwrap();
    assert!(kept.exists(), "what can be changed is changed");
    assert!(!broken.exists(), "what cannot be changed is removed");
    let words = ["zebulonia", "umbrella", "mandarine", "639980123"];
    assert_eq!(readable_words(dir.path(), &words), Vec::<String>::new());
}

#[tokio::test]
async fn only_finished_calls_are_purged() {
    let (_dir, store) = fresh().await;
    for name in [
        "open",
        "discarded",
        "waiting",
        "delivered",
        "amended",
        "none",
    ] {
        store.save_call(&ended(name, MARIE, 0)).await.unwrap();
    }
    store.save_call(&ended("young", MARIE, 1000)).await.unwrap();
    store.discard(&id("young")).await.unwrap();
    store.discard(&id("discarded")).await.unwrap();
    store.file(&id("none"), at(70), &[]).await.unwrap();
    for name in ["waiting", "delivered", "amended"] {
        let mut one = entry(name, name, 70);
        store
            .file(&id(name), at(70), std::slice::from_ref(&one))
            .await
            .unwrap();
        if name != "waiting" {
            let logged = Logged {
                remote_id: RemoteId::new("7"),
                url: None,
                text: String::new(),
                fields: None,
            };
            one.delivery.succeed(logged, 0);
            store.save_entry(&one).await.unwrap();
        }
    }
    store
        .save_draft(&id("amended"), &draft("later", &[]))
        .await
        .unwrap();
    assert_eq!(store.purge_calls(at(1000)).await.unwrap(), 3);
    for (name, stays) in [
        ("open", true),
        ("discarded", false),
        ("waiting", true),
        ("delivered", false),
        ("amended", true),
        ("none", false),
        ("young", true),
    ] {
        assert_eq!(
            store.call(&id(name)).await.unwrap().is_some(),
            stays,
            "{name}"
        );
    }
    assert!(store.entries_of(&id("delivered")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_full_disk_refuses_and_harms_nothing() {
    let (_dir, store) = fresh().await;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    store
        .save_draft(&id("A"), &draft("kept", &[]))
        .await
        .unwrap();
    for db in [store.journal(), store.cache()] {
        sqlx::query("PRAGMA max_page_count = 1")
            .execute(&db.writer)
            .await
            .unwrap();
    }
    let long = draft(&"x".repeat(3000), &[]);
    let mut refused = None;
    for n in 0..200 {
        let call = ended(&n.to_string(), MARIE, n);
        if let Err(error) = store.save_call(&call).await {
            refused = Some(error);
            break;
        }
        let _ = store.save_draft(&call.id, &long).await;
    }
    assert!(
        matches!(
            refused,
            Some(StoreError::Full {
                file: File::Journal
            })
        ),
        "{refused:?}"
    );
    let record = store.call(&id("A")).await.unwrap().unwrap();
    assert_eq!(
        (record.draft.note.as_str(), record.wrap_up),
        ("kept", WrapUpState::Open)
    );
    let many: Vec<Contact> = (0..2000)
        .map(|n| contact(&n.to_string(), "Marie", &[(PhoneField::Phone, MARIE)]))
        .collect();
    let refused = store.upsert_contacts(&many, france(), at(0)).await;
    assert!(matches!(
        refused,
        Err(StoreError::Full { file: File::Cache })
    ));
    assert_eq!(store.sync_facts(&sellsy()).await.unwrap().contacts, 0);

    sqlx::query("PRAGMA max_page_count = 1000000")
        .execute(&store.journal().writer)
        .await
        .unwrap();
    store.save_draft(&id("A"), &long).await.unwrap();
}

#[tokio::test]
async fn sound_files_are_said_to_be_sound() {
    let (_dir, store) = fresh().await;
    fill(&store).await;
    let integrity = store.check().await.unwrap();
    assert!(integrity.journal_ok && integrity.cache_ok);
    assert!(integrity.journal_bytes > 0 && integrity.cache_bytes > 0);
}
