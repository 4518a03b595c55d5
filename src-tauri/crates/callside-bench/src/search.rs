//! The search box, key by key.

use std::time::Instant;

use callside_core::contact::Contact;
use callside_store::Store;
use tokio::runtime::Runtime;

use crate::people::{self, Dice};
use crate::report::{Report, Samples};
use crate::{Done, Failed};

/// Searches that are typed letter by letter.
const TYPED: usize = 120;
/// The longest beginning that is typed.
const LONGEST: usize = 9;
/// How many rows a window shows.
const ROWS: u32 = 20;

/// Measures every keystroke of many searches: names, and numbers as people type them.
pub(crate) fn measure(
    report: &mut Report,
    runtime: &Runtime,
    store: &Store,
    word: &str,
    size: usize,
) -> Done {
    let mut dice = Dice::new(5);
    let some: Vec<Contact> = people::contacts(size)
        .step_by((size / 5_000).max(1))
        .filter(|contact| !contact.archived)
        .collect();
    let mut names = Vec::new();
    let mut digits = Vec::new();
    for _ in 0..TYPED {
        let Some(contact) = dice.pick(&some) else {
            break;
        };
        names.push(contact.name.clone());
        digits.extend(contact.phones.first().map(|phone| phone.text.clone()));
    }
    // The second round counts; the first finds the pages.
    runtime.block_on(runtime.spawn(type_all(store.clone(), names.clone())))??;
    let by_name = runtime.block_on(runtime.spawn(type_all(store.clone(), names)))??;
    runtime.block_on(runtime.spawn(type_all(store.clone(), digits.clone())))??;
    let by_digits = runtime.block_on(runtime.spawn(type_all(store.clone(), digits)))??;
    let mut all = Samples::default();
    for (letters, samples) in by_name.iter().chain(&by_digits).enumerate() {
        all.join(samples);
        let (what, letters) = if letters < LONGEST {
            ("letters", letters)
        } else {
            ("digits", letters - LONGEST)
        };
        if samples.count() > 0 && samples.p99() > 1_000.0 {
            report.beside(
                "search",
                &format!("{size}, {word}: {} {what}", letters + 1),
                format!("p50 {:.0} / p99 {:.0} µs", samples.p50(), samples.p99()),
            )?;
        }
    }
    let (goal, limit) = if size <= 100_000 {
        ("p99 2,000 µs", 2_000.0)
    } else {
        ("p99 5,000 µs", 5_000.0)
    };
    report.against(
        "search",
        &format!("{size}, {word}: every keystroke"),
        format!(
            "p50 {:.0} / p99 {:.0} / worst {:.0} µs of {}",
            all.p50(),
            all.p99(),
            all.at(1.0),
            all.count()
        ),
        goal,
        (all.p99(), limit),
    )
}

/// Types each text letter by letter; the samples come by how much was typed.
async fn type_all(store: Store, texts: Vec<String>) -> Result<Vec<Samples>, Failed> {
    let mut by_length = vec![Samples::default(); LONGEST];
    for text in texts {
        let mut typed = String::new();
        for (letter, samples) in text.chars().zip(&mut by_length) {
            typed.push(letter);
            let began = Instant::now();
            store.search_contacts(&typed, ROWS).await?;
            samples.take(began.elapsed());
        }
    }
    Ok(by_length)
}
