//! The search box over contacts: as you type, by name, company, digits and e-mail address.
//!
//! Both sides are folded: no case, no accents, and the letters that Unicode does not take apart
//! (ł, ø, ß, æ, œ and their kin) in their plain form. Digits are kept in the forms people type,
//! international and national, and backwards for those who only know the end of a number. That is
//! for searching alone; a caller is never named by the end of a number.
//!
//! Short words are answered by recency. From four letters on, whole words and names that begin
//! with what was typed come first; the ranking looks at a bounded number of rows, because a true
//! ranking of everything that begins with a common syllable takes longer than a keystroke.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use callside_core::contact::Contact;
use callside_core::phone_number::{NumberKey, PhoneNumber};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::calls::readable;
use crate::contacts::{CachedContact, cached};
use crate::{Store, StoreError};

/// The most contacts that one search gives.
const MOST_FOUND: u32 = 200;
/// Letters from which on the order is by rank rather than by recency.
const RANKED_FROM: usize = 4;
/// Digits from which on the end of a number counts, too.
const END_COUNTS_FROM: usize = 4;

/// Contacts that fit a query, newest first.
pub(crate) const SEARCH: &str = "SELECT c.id, c.body, c.synced_at FROM contact_search s \
             CROSS JOIN contact c ON c.id = s.rowid \
             WHERE contact_search MATCH ?1 ORDER BY s.rowid DESC LIMIT ?2";

impl Store {
    /// Contacts that fit what was typed so far, best first, `limit` (at most 200) of them. Every
    /// word has to begin a word of name, company or position. Digits find numbers by any way of
    /// writing them, from the start or, from four digits on, by the end.
    ///
    /// # Errors
    /// [`StoreError`] of the cache.
    pub async fn search_contacts(
        &self,
        text: &str,
        limit: u32,
    ) -> Result<Vec<CachedContact>, StoreError> {
        let Some(typed) = Typed::read(text) else {
            return Ok(Vec::new());
        };
        self.catch_up().await?;
        let limit = limit.min(MOST_FOUND);
        let db = self.cache();
        let mut reader = db
            .readers
            .acquire()
            .await
            .map_err(|error| db.fault(error))?;
        let mut found = Found::default();
        for query in &typed.queries {
            if found.rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX) && !typed.ranked {
                break;
            }
            let rows = self.matching(query, limit, &mut reader).await?;
            found.add(rows);
        }
        drop(reader);
        let mut contacts = readable(
            found
                .rows
                .iter()
                .map(|(_, body, synced_at)| cached(body, *synced_at)),
        );
        if typed.ranked {
            // Stable: whole words stay before beginnings of words, and newer before older.
            contacts.sort_by_key(|one| !fold(&one.contact.name).starts_with(&typed.folded));
        }
        contacts.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(contacts)
    }

    async fn matching(
        &self,
        query: &str,
        limit: u32,
        reader: &mut SqliteConnection,
    ) -> Result<Vec<(i64, String, i64)>, StoreError> {
        sqlx::query_as(SEARCH)
            .bind(query)
            .bind(i64::from(limit))
            .fetch_all(reader)
            .await
            .map_err(|error| self.cache().fault(error))
    }

    /// Puts what waits into the search box, so that it knows every contact that is stored.
    async fn catch_up(&self) -> Result<(), StoreError> {
        // Taken down before the work: a page stored meanwhile puts it up again.
        if !self.inner.search_due.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let done = async {
            let mut change = self.cache().begin().await?;
            self.index_due(&mut change).await?;
            self.cache().commit(change).await
        };
        done.await.inspect_err(|_| {
            self.inner.search_due.store(true, Ordering::Release);
        })
    }

    /// Brings the search box up to date within a change.
    pub(crate) async fn index_due(
        &self,
        change: &mut Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM contact_search WHERE rowid IN (SELECT contact_id FROM search_due)",
            "INSERT INTO contact_search (rowid, words, digits, mail) \
             SELECT contact_id, words, digits, mail FROM search_due WHERE gone = 0 \
             ORDER BY contact_id",
            "DELETE FROM search_due",
        ] {
            sqlx::query(statement)
                .execute(&mut **change)
                .await
                .map_err(|error| self.cache().fault(error))?;
        }
        Ok(())
    }
}

/// Rows of several queries, each contact once, in the order they came.
#[derive(Default)]
struct Found {
    rows: Vec<(i64, String, i64)>,
    known: BTreeSet<i64>,
}

impl Found {
    fn add(&mut self, rows: Vec<(i64, String, i64)>) {
        for row in rows {
            if self.known.insert(row.0) {
                self.rows.push(row);
            }
        }
    }
}

/// What was typed, as full-text queries, the most telling first.
struct Typed {
    folded: String,
    queries: Vec<String>,
    ranked: bool,
}

impl Typed {
    /// None when there is nothing to search for.
    fn read(text: &str) -> Option<Self> {
        let folded = fold(text);
        let words: Vec<String> = folded
            .split_whitespace()
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .map(quoted)
            .collect();
        if words.is_empty() {
            return None;
        }
        let begins: Vec<String> = words.iter().map(|word| format!("{word} *")).collect();
        let begins = begins.join(" AND ");
        if let Some(digits) = as_digits(text) {
            let mut queries = vec![
                format!("digits : {} *", quoted(&digits)),
                format!("words : ({begins})"),
            ];
            if digits.len() >= END_COUNTS_FROM {
                queries.insert(1, format!("digits : {} *", quoted(backwards(&digits))));
            }
            return Some(Self {
                folded,
                queries,
                ranked: false,
            });
        }
        if folded.contains('@') {
            return Some(Self {
                queries: vec![format!("mail : ({begins})")],
                folded,
                ranked: false,
            });
        }
        let longest = folded
            .split_whitespace()
            .map(|word| word.chars().count())
            .max();
        let ranked = longest.unwrap_or(0) >= RANKED_FROM;
        let beginnings = format!("{{words digits}} : ({begins})");
        let queries = if ranked {
            vec![format!("words : ({})", words.join(" AND ")), beginnings]
        } else {
            vec![beginnings]
        };
        Some(Self {
            folded: folded.split_whitespace().collect::<Vec<_>>().join(" "),
            queries,
            ranked,
        })
    }
}

/// A word as a string of the query language, in which nothing but a quote has a meaning.
fn quoted(word: impl AsRef<str>) -> String {
    let word = word.as_ref().replace('\0', "").replace('"', "\"\"");
    format!("\"{word}\"")
}

/// What the search box knows of a contact.
pub(crate) struct SearchTexts {
    pub(crate) words: String,
    pub(crate) digits: String,
    pub(crate) mail: String,
}

impl SearchTexts {
    pub(crate) fn of<'a>(contact: &Contact, keys: impl Iterator<Item = &'a NumberKey>) -> Self {
        let mut words = fold(&contact.name);
        for text in [&contact.company, &contact.position].into_iter().flatten() {
            words.push(' ');
            words.push_str(&fold(text));
        }
        let mut mail = contact.email.as_deref().map(fold).unwrap_or_default();
        let mut digits: Vec<String> = Vec::new();
        for key in keys {
            match key {
                NumberKey::E164(number) => {
                    digits.extend(number_digits(*number));
                    digits.push(backwards(&number.digits().to_string()));
                }
                NumberKey::Text(text) if text.contains('@') => {
                    mail.push(' ');
                    mail.push_str(&fold(text));
                }
                NumberKey::Text(text) => digits.push(text.clone()),
            }
        }
        Self {
            words,
            digits: digits.join(" "),
            mail,
        }
    }
}

/// The digits of a number as people type them: with the country code, and as at home.
pub(crate) fn number_digits(number: PhoneNumber) -> BTreeSet<String> {
    let national: String = number
        .national()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    BTreeSet::from([number.digits().to_string(), national])
}

/// A number from its last digit to its first, marked so that it is never taken for another one.
fn backwards(digits: &str) -> String {
    format!("r{}", digits.chars().rev().collect::<String>())
}

/// Reads what was typed as the beginning or a part of a number: digits and what people put between
/// them. None for anything else.
pub(crate) fn as_digits(text: &str) -> Option<String> {
    let text: String = text.nfkc().collect();
    let text = text.trim();
    let between = |c: char| c.is_whitespace() || "+().-/‐‑–".contains(c);
    if !text.chars().all(|c| c.is_ascii_digit() || between(c)) {
        return None;
    }
    let international = text.starts_with('+') || text.starts_with("00");
    let text = if international {
        text.replace("(0)", "")
    } else {
        text.to_owned()
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    (digits.len() >= 2).then(|| digits.to_owned())
}

/// A text without case, accents and the letters that only some keyboards have.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        for c in c.to_lowercase() {
            match plain(c) {
                Some(letters) => folded.push_str(letters),
                None if is_combining_mark(c) => {}
                None => folded.push(c),
            }
        }
    }
    folded
}

/// The plain form of letters that Unicode does not take apart.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'ŋ' => "n",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        '’' | 'ʼ' => "'",
        _ => return None,
    })
}
