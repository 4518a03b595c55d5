//! Opening the two files: keys, tables, and what happens to a file that cannot be read.
//!
//! A cache that is damaged, was written by a newer version or has another key is deleted and made
//! anew. A journal is never deleted: one that cannot be read is renamed, what can be read of it is
//! copied into a new one, and the agent is told where it is. Only SQLite's own word that a file is no database, or a malformed one, counts as
//! damage; a full disk or a missing permission leaves every file as it is.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, SqlitePool};
use zeroize::{Zeroize, Zeroizing};

use crate::errors::Fault;
use crate::lookup::Lookup;
use crate::{Database, File, Inner, OpenError, Store, backups, rescue};

/// The tables of the journal, version by version.
pub(crate) static JOURNAL: Migrator = sqlx::migrate!("migrations/journal");
/// The tables of the cache, version by version.
pub(crate) static CACHE: Migrator = sqlx::migrate!("migrations/cache");

/// Connections that are opened and warmed before the store is handed out.
const WARM_READERS: u32 = 2;
/// Connections that may read at once.
const MOST_READERS: u32 = 3;

/// The key of both files: 256 random bits, kept in the keychain.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreKey([u8; 32]);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read the store's key: it is not 64 hexadecimal digits")]
pub struct BadKey;

impl StoreKey {
    /// A new key from random bytes.
    pub fn generate(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Reads a key as it is kept: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`BadKey`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, BadKey> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| BadKey)?;
        Ok(Self(bytes))
    }

    /// The key as it is kept: 64 hexadecimal digits.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0))
    }
}

impl Drop for StoreKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

/// Where the store lives, and its key.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data folder. It is made when it does not exist.
    pub dir: PathBuf,
    /// The key. None leaves both files in plain text: for benchmarks only.
    pub key: Option<StoreKey>,
}

/// An open store, and what had to be done to open it.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// A journal that could not be read lies here now, and a new one was begun.
    pub journal_set_aside: Option<PathBuf>,
    /// How many calls of a journal that was set aside could be copied into the new one, with their
    /// drafts. 0 when none was set aside.
    pub calls_rescued: u64,
    /// The cache could not be used and was made anew: the first copy starts over.
    pub cache_rebuilt: bool,
}

impl Store {
    /// Opens both files, making what is missing.
    ///
    /// # Errors
    /// [`OpenError`]. A journal was at most brought up to date then, or set aside; it is never
    /// deleted.
    pub async fn open(options: StoreOptions) -> Result<Opened, OpenError> {
        let StoreOptions { dir, key } = options;
        make_writable(&dir).await?;
        let key = key.as_ref();
        backups::finish_restoring(&dir.join(File::Journal.name())).await?;

        let (journal, aside) = open_journal(&dir.join(File::Journal.name()), key).await?;
        let (journal_set_aside, calls_rescued) = aside
            .map(|(path, rescued)| (Some(path), rescued))
            .unwrap_or_default();

        let path = dir.join(File::Cache.name());
        let noted = tokio::fs::try_exists(damage_note(&path)).await?;
        let opened = if noted {
            Err(Refusal::Damaged)
        } else {
            open_file(File::Cache, &path, key).await
        };
        let rebuild = matches!(
            opened,
            Err(Refusal::Damaged | Refusal::Newer { .. } | Refusal::Migrate(_))
        );
        let cache = if rebuild {
            tracing::warn!("the cache cannot be used and is made anew");
            delete_cache(&path).await?;
            open_file(File::Cache, &path, key).await
        } else {
            opened
        };
        let cache = match cache {
            Ok(cache) => cache,
            Err(refusal) => {
                journal.close().await;
                return Err(refusal.into_error(File::Cache));
            }
        };

        let lookup = match Lookup::open(&path, key).await {
            Ok(lookup) => lookup,
            Err(error) => {
                journal.close().await;
                cache.close().await;
                return Err(Refusal::from(error).into_error(File::Cache));
            }
        };
        let inner = Arc::new(Inner {
            journal,
            cache,
            lookup,
            search_due: AtomicBool::new(true),
        });
        Ok(Opened {
            store: Self { inner },
            journal_set_aside,
            calls_rescued,
            cache_rebuilt: rebuild,
        })
    }
}

/// The empty file that says that the cache proved to be damaged while it was in use.
pub(crate) fn damage_note(path: &Path) -> PathBuf {
    beside(path, ".damaged")
}

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Why a file was not opened.
enum Refusal {
    Damaged,
    Newer { found: i64, known: i64 },
    Migrate(Box<MigrateError>),
    Sql(sqlx::Error),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        match Fault::of(&error) {
            Fault::Damaged => Self::Damaged,
            _ => Self::Sql(error),
        }
    }
}

impl From<MigrateError> for Refusal {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Migrate(Box::new(other)),
        }
    }
}

impl Refusal {
    fn into_error(self, file: File) -> OpenError {
        match self {
            Self::Newer { found, known } => OpenError::NewerVersion { found, known },
            Self::Migrate(source) => OpenError::Migrate { file, source },
            Self::Sql(source) => match Fault::of(&source) {
                Fault::Full => OpenError::DiskFull,
                Fault::ReadOnly => OpenError::Unwritable {
                    path: PathBuf::from(file.name()),
                },
                Fault::Busy => OpenError::Busy { file },
                _ => OpenError::Sql { file, source },
            },
            // A file that was only just made is damaged again: the disk does not keep what it takes.
            Self::Damaged => OpenError::Io(std::io::Error::new(
                ErrorKind::InvalidData,
                "a new database cannot be read back",
            )),
        }
    }
}

/// Opens the journal. Damage that was noted while it was in use is looked for first. A journal that
/// was set aside comes with its path and the number of calls that were copied from it.
async fn open_journal(
    path: &Path,
    key: Option<&StoreKey>,
) -> Result<(Database, Option<(PathBuf, u64)>), OpenError> {
    let refused = |refusal: Refusal| refusal.into_error(File::Journal);
    let note = damage_note(path);
    let noted = tokio::fs::try_exists(&note).await?;
    let opened = match open_file(File::Journal, path, key).await {
        Ok(journal) if noted && !is_sound(&journal.readers).await => {
            journal.close().await;
            Err(Refusal::Damaged)
        }
        other => other,
    };
    match opened {
        Err(Refusal::Damaged) => {}
        Err(other) => return Err(refused(other)),
        Ok(journal) => {
            if noted {
                tokio::fs::remove_file(&note).await?;
            }
            return Ok((journal, None));
        }
    }
    tracing::error!("the journal cannot be read and is set aside");
    let aside = put_aside(path, "damaged").await?;
    let journal = open_file(File::Journal, path, key).await.map_err(refused)?;
    let rescued = rescue::copy_readable(&aside, key, &journal.writer).await;
    if noted {
        tokio::fs::remove_file(&note).await?;
    }
    Ok((journal, Some((aside, rescued))))
}

async fn is_sound(readers: &SqlitePool) -> bool {
    let said: Result<String, _> = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(readers)
        .await;
    said.is_ok_and(|said| said == "ok")
}

async fn make_writable(dir: &Path) -> Result<(), OpenError> {
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => OpenError::Unwritable {
            path: dir.to_owned(),
        },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => OpenError::DiskFull,
        _ => OpenError::Io(error),
    };
    tokio::fs::create_dir_all(dir).await.map_err(refused)?;
    let probe = dir.join(".writable");
    tokio::fs::write(&probe, b"").await.map_err(refused)?;
    tokio::fs::remove_file(&probe).await.map_err(refused)
}

async fn open_file(file: File, path: &Path, key: Option<&StoreKey>) -> Result<Database, Refusal> {
    let mut first = connect_options(path, key).connect().await?;
    let opened = match prepare(file, &mut first).await {
        Ok(()) => open_pools(file, path, key).await,
        Err(refusal) => Err(refusal),
    };
    // Closed only now: closing the last connection of a file empties its log and deletes it, which
    // would have to be made again at once. On a damaged file that tidying may fail.
    if let Err(error) = first.close().await
        && opened.is_ok()
    {
        tracing::warn!(%error, "a connection could not be closed");
    }
    opened
}

async fn open_pools(file: File, path: &Path, key: Option<&StoreKey>) -> Result<Database, Refusal> {
    let writer = with_pragmas(connect_options(path, key), writer_pragmas(file));
    let readers = with_pragmas(connect_options(path, key), reader_pragmas(file));
    let (writer, readers) = tokio::try_join!(
        pool(1, 1).connect_with(writer),
        pool(WARM_READERS, MOST_READERS).connect_with(readers),
    )?;
    let database = Database {
        file,
        path: path.to_owned(),
        writer,
        readers,
    };
    if let Err(error) = warm(&database.readers, WARM_READERS).await {
        database.close().await;
        return Err(error.into());
    }
    Ok(database)
}

/// What every connection has in common. The key has to come before anything that reads the file.
pub(crate) fn connect_options(path: &Path, key: Option<&StoreKey>) -> SqliteConnectOptions {
    let mut options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    if let Some(key) = key {
        options = options.pragma("key", format!("\"x'{}'\"", key.to_hex().as_str()));
    }
    // Else SQLCipher writes to standard error what this crate reports as an error.
    options.pragma("cipher_log_level", "NONE")
}

pub(crate) fn with_pragmas(
    options: SqliteConnectOptions,
    pragmas: &[(&'static str, &'static str)],
) -> SqliteConnectOptions {
    pragmas.iter().fold(options, |options, (name, value)| {
        options.pragma(*name, *value)
    })
}

fn writer_pragmas(file: File) -> &'static [(&'static str, &'static str)] {
    match file {
        File::Journal => &[
            ("synchronous", "FULL"),
            ("temp_store", "MEMORY"),
            ("secure_delete", "ON"),
            ("cache_size", "-4000"),
            ("journal_size_limit", "67108864"),
        ],
        File::Cache => &[
            ("synchronous", "NORMAL"),
            ("temp_store", "MEMORY"),
            ("secure_delete", "FAST"),
            ("cache_size", "-16000"),
            ("journal_size_limit", "67108864"),
        ],
    }
}

fn reader_pragmas(file: File) -> &'static [(&'static str, &'static str)] {
    match file {
        File::Journal => &[
            ("query_only", "ON"),
            ("temp_store", "MEMORY"),
            ("cache_size", "-4000"),
        ],
        File::Cache => &[
            ("query_only", "ON"),
            ("temp_store", "MEMORY"),
            ("cache_size", "-8000"),
        ],
    }
}

pub(crate) const LOOKUP_PRAGMAS: &[(&str, &str)] = &[
    ("query_only", "ON"),
    ("temp_store", "MEMORY"),
    ("cache_size", "-48000"),
];

/// Connections live as long as the store: opening one anew costs more than a hundred look-ups.
fn pool(min: u32, max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(min)
        .max_connections(max)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(30))
}

/// Brings the tables up to date and touches each, so that damage shows now where it can.
async fn prepare(file: File, connection: &mut SqliteConnection) -> Result<(), Refusal> {
    let migrator = match file {
        File::Journal => &JOURNAL,
        File::Cache => &CACHE,
    };
    let found = version(connection).await?;
    let known = migrator.iter().map(|m| m.version).max().unwrap_or(0);
    if found > known {
        return Err(Refusal::Newer { found, known });
    }
    connection.execute("PRAGMA journal_mode = WAL").await?;
    if found < known {
        migrator.run(&mut *connection).await?;
    }
    // A file that may only be read is opened by SQLite without a word.
    connection.execute("BEGIN IMMEDIATE").await?;
    connection.execute("ROLLBACK").await?;
    let touch = match file {
        File::Journal => {
            "SELECT (SELECT max(id) FROM call), (SELECT max(id) FROM outbox_entry), \
             (SELECT max(id) FROM fact), (SELECT max(id) FROM live_fact), \
             (SELECT max(id) FROM remembered_choice), (SELECT max(call) FROM call_key)"
        }
        File::Cache => {
            "SELECT (SELECT max(id) FROM contact), (SELECT min(e164) FROM contact_phone), \
             (SELECT max(id) FROM cursor), (SELECT max(id) FROM connection_state), \
             (SELECT min(rowid) FROM contact_search)"
        }
    };
    connection.execute(touch).await?;
    Ok(())
}

/// The version of the tables; 0 for a new file.
pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if tables == 0 {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(&mut *connection)
        .await
}

/// Opens this many reading connections now and has each read the schema: the first caller should
/// not wait for it.
async fn warm(readers: &SqlitePool, count: u32) -> Result<(), sqlx::Error> {
    let mut warmed = Vec::new();
    for _ in 0..count {
        let mut connection = readers.acquire().await?;
        connection
            .execute("SELECT count(*) FROM sqlite_schema")
            .await?;
        warmed.push(connection);
    }
    Ok(())
}

/// Renames the journal with its companions. The name says why and when, and never hits an older
/// one.
pub(crate) async fn put_aside(path: &Path, why: &'static str) -> Result<PathBuf, std::io::Error> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let instant = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut aside = dir.join(format!("journal.{why}-{instant}.db"));
    let mut turn = 1;
    while tokio::fs::try_exists(&aside).await? {
        turn += 1;
        aside = dir.join(format!("journal.{why}-{instant}-{turn}.db"));
    }
    for suffix in ["-wal", "-shm", ""] {
        let from = beside(path, suffix);
        if tokio::fs::try_exists(&from).await? {
            tokio::fs::rename(&from, beside(&aside, suffix)).await?;
        }
    }
    Ok(aside)
}

/// Why a journal is put aside: a part of its name there.
const ASIDE: [&str; 2] = ["damaged", "replaced"];

/// The journals that were put aside.
pub(crate) async fn set_aside(journal: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut entries = tokio::fs::read_dir(journal.parent().unwrap_or(Path::new("."))).await?;
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = ASIDE
            .iter()
            .any(|why| name.starts_with(&format!("journal.{why}-")));
        if ours && name.ends_with(".db") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

async fn delete_cache(path: &Path) -> Result<(), OpenError> {
    for suffix in ["", "-wal", "-shm", ".damaged"] {
        match tokio::fs::remove_file(beside(path, suffix)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
