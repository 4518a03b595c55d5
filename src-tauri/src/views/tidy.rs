//! What is worth tidying in the CRM: numbers that several records share, fields that give none,
//! and calls that found nobody; as a page and as a table for other programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use callside_core::id::ConnectionId;
use callside_core::phone_number::{NumberKey, Region};
use callside_engine::Engine;
use callside_store::{CallFilter, CallRecord, StoreError, Unnamed};
use jiff::Zoned;

use crate::text::Text;
use crate::views::people;
use crate::wire::{
    CleanUpView, ContactRow, LanguageWord, NobodyView, NobodyWord, SharedNumberView, UnreadableView,
};

/// The most rows of each kind.
const MOST: usize = 500;
/// How many of the newest calls are looked through.
const CALLS: u32 = 5_000;
/// How many files of one day are given a name.
const MOST_FILES: u32 = 100;

/// Looks through the cache and the newest calls.
///
/// # Errors
/// [`StoreError`] when the databases cannot be read.
pub async fn of(engine: &Engine) -> Result<CleanUpView, StoreError> {
    let settings = engine.settings();
    let region = settings.region;
    let regions: BTreeMap<_, _> = engine
        .known_connections()
        .into_iter()
        .map(|name| (name.clone(), settings.region_of(&name)))
        .collect();
    let shared = engine.store().shared_numbers(MOST).await?;
    let unreadable = engine.store().unreadable_phones(&regions, region, MOST);
    Ok(CleanUpView {
        shared: shared
            .iter()
            .map(|shared| SharedNumberView {
                number: people::known_number(shared.number, region),
                contacts: shared
                    .contacts
                    .iter()
                    .map(|cached| people::row(&cached.contact, region))
                    .collect(),
            })
            .collect(),
        unreadable: unreadable
            .await?
            .iter()
            .map(|phone| UnreadableView {
                contact: people::row(&phone.contact.contact, region),
                field: phone.field.as_str().to_owned(),
                text: phone.text.clone(),
                proposed: phone.proposed.map(|number| number.international()),
            })
            .collect(),
        nobody: nobody(engine, &regions, region).await?,
    })
}

/// Calls that found nobody, one row per number, the newest first.
async fn nobody(
    engine: &Engine,
    regions: &BTreeMap<ConnectionId, Region>,
    region: Region,
) -> Result<Vec<NobodyView>, StoreError> {
    let filter = CallFilter {
        limit: CALLS,
        ..CallFilter::default()
    };
    let mut rows: Vec<(CallRecord, u32)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for record in engine.store().calls(&filter).await? {
        if record.matched_name.is_some() {
            continue;
        }
        let number = record.call.remote.display();
        let place = *places.entry(number).or_insert(rows.len());
        match rows.get_mut(place) {
            Some((_, calls)) => *calls += 1,
            None => rows.push((record, 1)),
        }
    }
    rows.truncate(MOST);
    let keys: BTreeSet<NumberKey> = rows
        .iter()
        .flat_map(|(record, _)| &record.call.remote.keys)
        .map(|reading| reading.key.clone())
        .collect();
    let unnamed = engine.store().unnamed_numbers(&keys, regions, region);
    let unnamed = unnamed.await?;
    let mut views = Vec::new();
    for (record, calls) in rows {
        let why = why_nobody(&record, engine, &unnamed).await?;
        views.push(NobodyView {
            number: people::number(&record.call.remote, region),
            calls,
            call: record.call.id.to_string(),
            last_at: record.call.started_at.to_string(),
            why,
        });
    }
    Ok(views)
}

async fn why_nobody(
    record: &CallRecord,
    engine: &Engine,
    unnamed: &BTreeMap<NumberKey, Unnamed>,
) -> Result<NobodyWord, StoreError> {
    let remote = &record.call.remote;
    if remote.is_withheld() {
        return Ok(NobodyWord::Withheld);
    }
    let keys: Vec<NumberKey> = remote.keys.iter().map(|r| r.key.clone()).collect();
    let candidates = engine.store().candidates(&keys).await?;
    let surely = |key: &NumberKey| remote.keys.iter().any(|r| r.likely && &r.key == key);
    if candidates
        .iter()
        .any(|(key, one)| one.likely && surely(key))
    {
        return Ok(NobodyWord::FoundSince);
    }
    if !candidates.is_empty() {
        return Ok(NobodyWord::CouldBe);
    }
    match keys.iter().find_map(|key| unnamed.get(key)) {
        Some(Unnamed::Archived) => return Ok(NobodyWord::Archived),
        Some(Unnamed::FaxOnly) => return Ok(NobodyWord::FaxOnly),
        None => {}
    }
    Ok(if remote.number.is_none() && keys.is_empty() {
        NobodyWord::Unreadable
    } else if engine.known_connections().is_empty() {
        NobodyWord::NoConnection
    } else {
        NobodyWord::NoRecord
    })
}

/// The report as a table for spreadsheets, in the agent's language: comma or, where a comma stands
/// in numbers, semicolon; a mark by which spreadsheets see that it is UTF-8; and no cell that a
/// spreadsheet would take for a formula.
///
/// # Errors
/// [`csv::Error`] when the table cannot be put together.
pub fn table(view: &CleanUpView, text: &Text) -> Result<String, csv::Error> {
    let french = text.language() == LanguageWord::Fr;
    let mut out = csv::WriterBuilder::new()
        .delimiter(if french { b';' } else { b',' })
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".to_owned().into_bytes());
    let head = [
        "section", "number", "proposed", "field", "name", "company", "kind", "crm", "id", "calls",
        "last", "why",
    ];
    let head = head.map(|word| text.say(&format!("rust-tidy-{word}")));
    out.write_record(head.iter().map(|word| plain_cell(word)))?;
    let contact = |row: &ContactRow| {
        [
            row.name.clone(),
            row.company.clone().unwrap_or_default(),
            text.word("kind", &word(&row.at.kind)),
            row.connection_name.clone(),
            row.at.id.clone(),
        ]
    };
    let mut write = |section: &str, cells: Vec<String>| {
        let section = text.say(&format!("rust-tidy-section-{section}"));
        let cells = std::iter::once(section).chain(cells);
        out.write_record(cells.map(|cell| plain_cell(&cell)))
    };
    let none = String::new;
    for shared in &view.shared {
        for one in &shared.contacts {
            let mut cells = vec![shared.number.display.clone(), none(), none()];
            cells.extend(contact(one));
            cells.extend([none(), none(), none()]);
            write("shared", cells)?;
        }
    }
    for one in &view.unreadable {
        let proposed = one.proposed.clone().unwrap_or_default();
        let field = text.word("field", &one.field);
        let mut cells = vec![one.text.clone(), proposed, field];
        cells.extend(contact(&one.contact));
        cells.extend([none(), none(), none()]);
        write("unreadable", cells)?;
    }
    for one in &view.nobody {
        let mut cells = vec![one.number.display.clone()];
        cells.extend(std::iter::repeat_with(none).take(7));
        let why = text.say(&format!(
            "rust-tidy-why-{}",
            word(&one.why).replace('_', "-")
        ));
        cells.extend([one.calls.to_string(), one.last_at.clone(), why]);
        write("nobody", cells)?;
    }
    let bytes = out.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The stable word of a value.
fn word<T: serde::Serialize>(value: &T) -> String {
    let word = serde_json::to_value(value).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// A cell that no spreadsheet takes for a formula: what would begin one is set behind an apostrophe.
fn plain_cell(text: &str) -> String {
    const BEGIN: [char; 12] = [
        '=', '+', '-', '@', '\t', '\r', '\n', '|', '＝', '＋', '－', '＠',
    ];
    let first = text.trim_start_matches(' ').chars().next();
    if first.is_some_and(|c| BEGIN.contains(&c)) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Writes the table under a name of its own into the folder; nothing is overwritten.
///
/// # Errors
/// [`std::io::Error`] when the folder cannot be written.
pub fn save_in(folder: &Path, table: &str) -> std::io::Result<PathBuf> {
    use std::io::Write as _;
    let day = Zoned::now().strftime("%Y-%m-%d").to_string();
    let mut last = None;
    for turn in 1..=MOST_FILES {
        let name = match turn {
            1 => format!("callside-{day}.csv"),
            turn => format!("callside-{day}-{turn}.csv"),
        };
        let path = folder.join(name);
        match std::fs::File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(table.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::ErrorKind::AlreadyExists.into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use callside_core::phone_number::read_remote;

    use super::*;
    use crate::wire::{ContactKey, ContactKindWord};

    fn view() -> CleanUpView {
        let number = people::number(&read_remote("+33199001001", Region::FR), Region::FR);
        let row = ContactRow {
            at: ContactKey {
                connection: "sellsy".into(),
                kind: ContactKindWord::Company,
                id: "12".into(),
            },
            connection_name: "Sellsy".into(),
            name: "=HYPERLINK(\"http://evil\")".into(),
            initials: "H".into(),
            hue: 1,
            company: Some("Bread, \"butter\"; & co".into()),
            role: None,
            number: None,
        };
        CleanUpView {
            shared: vec![SharedNumberView {
                number: number.clone(),
                contacts: vec![row.clone(), row.clone()],
            }],
            unreadable: vec![UnreadableView {
                contact: row,
                field: "mobile".into(),
                text: "@call me".into(),
                proposed: None,
            }],
            nobody: vec![NobodyView {
                number,
                calls: 3,
                call: "1".into(),
                last_at: "2026-11-20T10:00:00Z".into(),
                why: NobodyWord::FaxOnly,
            }],
        }
    }

    fn cells(language: LanguageWord, delimiter: u8) -> Vec<Vec<String>> {
        let text = Text::in_language(language);
        let table = table(&view(), &text).unwrap();
        let table = table.strip_prefix('\u{feff}').unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter)
            .from_reader(table.as_bytes());
        let rows = reader.records();
        rows.map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn every_row_has_every_column_in_both_languages() {
        for (language, delimiter) in [(LanguageWord::En, b','), (LanguageWord::Fr, b';')] {
            let rows = cells(language, delimiter);
            assert_eq!(rows.len(), 5);
            assert!(rows.iter().all(|row| row.len() == 12), "{rows:?}");
            assert!(!rows.concat().concat().contains("rust-"), "{rows:?}");
            assert_eq!(rows[1][5], "Bread, \"butter\"; & co");
            assert_eq!(rows[4][9], "3");
        }
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for cell in cells(LanguageWord::En, b',').concat() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
        for (text, wanted) in [
            ("=1+1", "'=1+1"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("-3", "'-3"),
            ("\tx", "'\tx"),
            ("06 39 98", "06 39 98"),
            ("", ""),
        ] {
            assert_eq!(plain_cell(text), wanted);
        }
    }

    #[test]
    fn a_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let first = save_in(folder.path(), "one").unwrap();
        let second = save_in(folder.path(), "two").unwrap();
        assert_ne!(first, second);
        assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
    }
}
