//! `config.toml`: read at the start and when it changes, written so that comments survive.
//!
//! A file that cannot be used is one clear error with line and key, and the last settings that
//! could be read stay in force; a copy of them lies in the data folder. Writing touches only the
//! keys that changed, so whatever the user wrote around them stays.

use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use callside_core::settings::Settings;
use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::home::Home;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub file: PathBuf,
    /// The line at fault, counted from 1, where it is known.
    pub line: Option<usize>,
    /// The key at fault, with its section, where it is known.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", key {key}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for Broken {}

/// Why the settings could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SaveFailed {
    /// A setting cannot work.
    #[error(transparent)]
    Refused(#[from] callside_core::settings::SettingRefused),
    /// The settings have no TOML form.
    #[error("write settings: they have no stored form")]
    NoForm,
    /// The file cannot be written.
    #[error("write settings: the file cannot be written")]
    Io(#[from] io::Error),
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings to use.
    pub settings: Settings,
    /// Why they are not those of the file.
    pub broken: Option<Broken>,
}

/// Tells one state of the file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(Option<(SystemTime, u64)>);

/// The settings on disk.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
    last_good: PathBuf,
}

impl SettingsFile {
    /// The file of a home.
    pub fn of(home: &Home) -> Self {
        Self {
            path: home.settings_file().to_owned(),
            last_good: home.last_good_settings(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state the file is in now.
    pub fn stamp(&self) -> Stamp {
        let found = std::fs::metadata(&self.path).ok();
        Stamp(found.and_then(|found| Some((found.modified().ok()?, found.len()))))
    }

    /// Reads the settings. No file means all defaults; a bad one means the last good settings.
    pub fn load(&self) -> Loaded {
        match self.read() {
            Ok(None) => Loaded {
                settings: Settings::default(),
                broken: None,
            },
            Ok(Some((text, settings))) => {
                self.keep_as_good(&text);
                Loaded {
                    settings,
                    broken: None,
                }
            }
            Err(broken) => Loaded {
                settings: self.last_good(),
                broken: Some(*broken),
            },
        }
    }

    fn read(&self) -> Result<Option<(String, Settings)>, Box<Broken>> {
        let text = match read_text(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(Box::new(Broken {
                    file: self.path.clone(),
                    line: None,
                    key: None,
                    what: error.to_string(),
                }));
            }
        };
        let settings = parse(&text, &self.path)?;
        Ok(Some((text, settings)))
    }

    fn last_good(&self) -> Settings {
        let text = read_text(&self.last_good).unwrap_or_default();
        parse(&text, &self.last_good).unwrap_or_default()
    }

    fn keep_as_good(&self, text: &str) {
        if read_text(&self.last_good).is_ok_and(|kept| kept == text) {
            return;
        }
        if let Err(error) = replace(&self.last_good, text) {
            tracing::warn!(kind = ?error.kind(), "could not keep a copy of the settings");
        }
    }

    /// Writes the settings. Comments, order and untouched keys stay; a file that could not be
    /// read is kept beside the new one as `config.broken.toml`.
    ///
    /// # Errors
    /// [`SaveFailed`]; the file is unchanged then.
    pub fn save(&self, settings: &Settings) -> Result<(), SaveFailed> {
        settings.check()?;
        let (text, before) = match self.read() {
            Ok(Some((text, settings))) => (text, settings),
            Ok(None) => (String::new(), Settings::default()),
            Err(_) => {
                std::fs::copy(&self.path, self.path.with_extension("broken.toml"))?;
                (
                    read_text(&self.last_good).unwrap_or_default(),
                    self.last_good(),
                )
            }
        };
        let mut document: DocumentMut = text.parse().map_err(|_| SaveFailed::NoForm)?;
        let before = table_of(&before)?;
        let after = table_of(settings)?;
        change(document.as_table_mut(), &before, &after);
        let text = document.to_string();
        // Whatever was written must read back as what was meant.
        match parse(&text, &self.path) {
            Ok(read) if read == *settings => {}
            _ => return Err(SaveFailed::NoForm),
        }
        replace(&self.path, &text)?;
        self.keep_as_good(&text);
        Ok(())
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let size = std::fs::metadata(path)?.len();
    if size > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the file is too large",
        ));
    }
    std::fs::read_to_string(path)
}

fn parse(text: &str, file: &Path) -> Result<Settings, Box<Broken>> {
    let settings: Settings = toml::from_str(text).map_err(|error| {
        let at = error.span().map(|span| span.start);
        Box::new(Broken {
            file: file.to_owned(),
            line: at.map(|at| line_of(text, at)),
            key: at.and_then(|at| key_at(text, at)),
            what: error.message().trim().to_owned(),
        })
    })?;
    settings.check().map_err(|refused| {
        Box::new(Broken {
            file: file.to_owned(),
            line: place_of(text, refused.key()).map(|at| line_of(text, at)),
            key: Some(refused.key().to_owned()),
            what: refused.to_string(),
        })
    })?;
    Ok(settings)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The dotted key that a place in the text belongs to.
fn key_at(text: &str, at: usize) -> Option<String> {
    if let Ok(document) = toml_edit::Document::parse(text)
        && let Some(key) = key_in(document.as_table(), at)
    {
        return Some(key);
    }
    // Not TOML at all: the line still tells which key it tried to set.
    let line = text.lines().nth(line_of(text, at) - 1)?;
    let key = line.split_once('=')?.0.trim();
    (!key.is_empty()).then(|| key.to_owned())
}

fn key_in(table: &dyn TableLike, at: usize) -> Option<String> {
    for (name, item) in table.iter() {
        if let Some(inner) = item.as_table_like()
            && let Some(rest) = key_in(inner, at)
        {
            return Some(format!("{name}.{rest}"));
        }
        let in_key = table
            .get_key_value(name)
            .and_then(|(key, _)| key.span())
            .is_some_and(|span| span.contains(&at));
        let in_value = !item.is_table() && item.span().is_some_and(|span| span.contains(&at));
        let in_header = item.is_table() && item.span().is_some_and(|span| span.contains(&at));
        if in_key || in_value || in_header {
            return Some(name.to_owned());
        }
    }
    None
}

fn place_of(text: &str, key: &str) -> Option<usize> {
    let document = toml_edit::Document::parse(text).ok()?;
    let mut item: &Item = document.as_item();
    for name in key.split('.') {
        item = item.get(name)?;
    }
    item.span().map(|span| span.start)
}

fn table_of(settings: &Settings) -> Result<toml::Table, SaveFailed> {
    toml::Table::try_from(settings).map_err(|_| SaveFailed::NoForm)
}

/// Brings the document from one table to the other, touching only what differs.
fn change(document: &mut dyn TableLike, before: &toml::Table, after: &toml::Table) {
    for (key, value) in after {
        let old = before.get(key);
        if old == Some(value) {
            continue;
        }
        match value {
            toml::Value::Table(inner) => {
                let empty = toml::Table::new();
                let old = old.and_then(toml::Value::as_table).unwrap_or(&empty);
                if document.get(key).and_then(Item::as_table_like).is_none() {
                    document.insert(key, Item::Table(Table::new()));
                }
                if let Some(table) = document.get_mut(key).and_then(Item::as_table_like_mut) {
                    change(table, old, inner);
                }
            }
            plain => put(document, key, plain),
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        document.remove(key);
    }
}

/// Sets a value and keeps the blanks and comments around the old one.
fn put(document: &mut dyn TableLike, key: &str, value: &toml::Value) {
    let mut fresh = edited(value);
    match document.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *fresh.decor_mut() = old.decor().clone();
            *old = fresh;
        }
        None => {
            document.insert(key, Item::Value(fresh));
        }
    }
}

fn edited(value: &toml::Value) -> toml_edit::Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(yes) => (*yes).into(),
        toml::Value::Array(values) => {
            toml_edit::Value::Array(values.iter().map(edited).collect::<toml_edit::Array>())
        }
        // No setting is an instant, and tables are handled one level up.
        other => other.to_string().into(),
    }
}

/// Puts a text in place of a file in one step, on disk before it returns. A link to a file
/// elsewhere stays a link.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let written = (|| {
        let mut file = options.open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&fresh);
    }
    written?;
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, SettingsFile) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path()).unwrap();
        std::fs::write(home.settings_file(), text).unwrap();
        (dir, SettingsFile::of(&home))
    }

    #[test]
    fn no_file_means_all_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let loaded = SettingsFile::of(&Home::under(dir.path()).unwrap()).load();
        assert_eq!(loaded.settings, Settings::default());
        assert_eq!(loaded.broken, None);
    }

    #[test]
    fn a_bad_file_names_line_and_key() {
        let cases = [
            ("[logging]\nundo = 5\n", 2, "logging.undo"),
            (
                "language = \"en\"\n\n[logging]\nundo_s = \"five\"\n",
                4,
                "logging.undo_s",
            ),
            ("[logging]\nundo_s = 900\n", 2, "logging.undo_s"),
            (
                "[crm.sellsy]\napi_url = \"http://example.com\"\n",
                2,
                "crm.sellsy.api_url",
            ),
            ("region = \"XX\"\n", 1, "region"),
            (
                "language = \"en\"\n[sync]\ninterval_s = = 3\n",
                3,
                "interval_s",
            ),
            ("[loging]\nundo_s = 1\n", 1, "loging"),
            ("[logging]\ntargets = \"some\"\n", 2, "logging.targets"),
        ];
        for (text, line, key) in cases {
            let (_dir, file) = file(text);
            let broken = file.load().broken.unwrap();
            assert_eq!(
                (broken.line, broken.key.as_deref()),
                (Some(line), Some(key)),
                "{text}"
            );
            let said = broken.to_string();
            assert!(said.contains("config.toml") && said.contains(&format!("line {line}")));
        }
    }

    #[test]
    fn the_last_good_settings_stay_in_force() {
        let (_dir, file) = file("[agent]\nemail = \"agent@example.com\"\n");
        assert_eq!(file.load().broken, None);
        std::fs::write(file.path(), "[agent]\nemail = 5\n").unwrap();
        let loaded = file.load();
        assert!(loaded.broken.is_some());
        assert_eq!(loaded.settings.agent.email, "agent@example.com");
    }

    #[test]
    fn saving_keeps_comments_and_touches_only_what_changed() {
        let text = "# mine\nregion = \"FR\" # home\n\n[logging]\n# a while\nundo_s = 5 # seconds\n";
        let (_dir, file) = file(text);
        let mut settings = file.load().settings;
        settings.logging.undo_s = 9;
        settings.crm.sellsy.client_id = "client".into();
        settings.crm.sellsy.redirect_ports = vec![41_999];
        file.save(&settings).unwrap();
        let written = std::fs::read_to_string(file.path()).unwrap();
        assert!(written.starts_with(
            "# mine\nregion = \"FR\" # home\n\n[logging]\n# a while\nundo_s = 9 # seconds\n"
        ));
        assert!(!written.contains("interval_s"), "{written}");
        assert_eq!(file.load().settings, settings);
    }

    #[test]
    fn a_key_that_goes_back_to_nothing_leaves_the_file() {
        let (_dir, file) = file("[crm.sellsy]\nregion = \"BE\"\nsmart_tags = true\n");
        let mut settings = file.load().settings;
        settings.crm.sellsy.region = None;
        file.save(&settings).unwrap();
        assert_eq!(file.load().settings.crm.sellsy.region, None);
        assert!(file.load().settings.crm.sellsy.smart_tags);
    }

    #[test]
    fn what_cannot_work_is_not_written() {
        let (_dir, file) = file("# untouched\n");
        let mut settings = file.load().settings;
        settings.logging.undo_s = 1000;
        assert!(matches!(file.save(&settings), Err(SaveFailed::Refused(_))));
        assert_eq!(
            std::fs::read_to_string(file.path()).unwrap(),
            "# untouched\n"
        );
    }

    #[test]
    fn saving_over_a_broken_file_keeps_the_broken_one() {
        let (dir, file) = file("undo = = 1\n");
        let mut settings = file.load().settings;
        settings.logging.undo_s = 1;
        file.save(&settings).unwrap();
        assert_eq!(file.load().settings.logging.undo_s, 1);
        let kept = std::fs::read_to_string(dir.path().join("config.broken.toml")).unwrap();
        assert_eq!(kept, "undo = = 1\n");
    }
}
