//! What can go wrong with the two files, in words the rest of the app can act on.
//!
//! Nothing here carries data: SQLite speaks of tables and codes, and what cannot be read back from
//! a row is named by its table only.

use std::fmt;
use std::path::PathBuf;

/// One of the two database files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `journal.db`: calls, drafts, outbox. Never deleted.
    Journal,
    /// `cache.db`: contacts and the match index. Can be fetched again.
    Cache,
}

impl File {
    /// The file's name inside the data folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal.db",
            Self::Cache => "cache.db",
        }
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a question to the store, or a change of it, failed. A change that failed left nothing
/// behind.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room is left on the disk.
    #[error("use {file}: the disk is full")]
    Full {
        /// Where there was no room.
        file: File,
    },
    /// The file, its folder or its disk may only be read.
    #[error("use {file}: it may only be read")]
    ReadOnly {
        /// Which file.
        file: File,
    },
    /// The file is damaged. It is mended when the store is opened next: the cache is made anew, a
    /// journal is set aside and what can be read of it copied.
    #[error("use {file}: it is damaged")]
    Damaged {
        /// Which file.
        file: File,
    },
    /// The disk failed.
    #[error("use {file}: the disk failed")]
    Disk {
        /// Which file.
        file: File,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// Somebody else held the file for longer than anybody should.
    #[error("use {file}: it is in use elsewhere")]
    Busy {
        /// Which file.
        file: File,
    },
    /// The store was closed.
    #[error("use {file}: it is closed")]
    Closed {
        /// Which file.
        file: File,
    },
    /// The wrap-up is not open any more.
    #[error("file the call: it is filed or discarded already")]
    AlreadyFiled,
    /// No call has this id.
    #[error("find the call: there is none with this id")]
    NoSuchCall,
    /// No entry has this id: its filing was undone, or its call was forgotten.
    #[error("find the entry: there is none with this id")]
    NoSuchEntry,
    /// A row holds what this version cannot read.
    #[error("read {what}: this version does not understand it")]
    Unreadable {
        /// What the row is about.
        what: &'static str,
    },
    /// A value cannot be put into a row.
    #[error("write {what}: it has no stored form")]
    Unwritable {
        /// What the row is about.
        what: &'static str,
    },
    /// SQLite refused for another reason.
    #[error("use {file}: SQLite refused")]
    Sql {
        /// Which file.
        file: File,
        /// What SQLite said.
        source: sqlx::Error,
    },
}

impl StoreError {
    /// Tells what SQLite's answer means.
    pub(crate) fn from_sqlx(file: File, error: sqlx::Error) -> Self {
        match Fault::of(&error) {
            Fault::Full => Self::Full { file },
            Fault::ReadOnly => Self::ReadOnly { file },
            Fault::Damaged => Self::Damaged { file },
            Fault::Busy => Self::Busy { file },
            Fault::Closed => Self::Closed { file },
            Fault::Disk => Self::Disk {
                file,
                source: error,
            },
            Fault::Other => Self::Sql {
                file,
                source: error,
            },
        }
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder, or a file in it, may not be written.
    #[error("open the data folder: it may not be written")]
    Unwritable {
        /// The folder or the file.
        path: PathBuf,
    },
    /// No room is left on the disk.
    #[error("open the data folder: the disk is full")]
    DiskFull,
    /// A newer version of Callside wrote the journal.
    #[error(
        "open journal.db: a newer version of Callside wrote it (schema {found}, known {known})"
    )]
    NewerVersion {
        /// The schema in the file.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// Another program holds a file.
    #[error("open {file}: it is in use elsewhere")]
    Busy {
        /// Which file.
        file: File,
    },
    /// The system refused a folder or a file.
    #[error("open the data folder: the system refused")]
    Io(#[from] std::io::Error),
    /// SQLite refused.
    #[error("open {file}: SQLite refused")]
    Sql {
        /// Which file.
        file: File,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The tables could not be brought to this version's form.
    #[error("open {file}: its tables cannot be brought up to date")]
    Migrate {
        /// Which file.
        file: File,
        /// What stood in the way.
        source: Box<sqlx::migrate::MigrateError>,
    },
}

/// What an answer of SQLite comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Full,
    ReadOnly,
    Damaged,
    Busy,
    Closed,
    Disk,
    Other,
}

impl Fault {
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(said) => {
                let code = said.code().and_then(|code| code.parse().ok());
                code.map_or(Self::Other, Self::of_code)
            }
            sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => Self::Full,
            sqlx::Error::Io(_) => Self::Disk,
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            _ => Self::Other,
        }
    }

    /// Reads an extended result code. Its last byte is the primary one.
    pub(crate) fn of_code(code: i32) -> Self {
        use libsqlite3_sys as sqlite;
        match (code, code & 0xff) {
            // The shared memory file could not grow: that, too, is a full disk.
            (sqlite::SQLITE_IOERR_SHMSIZE, _) | (_, sqlite::SQLITE_FULL) => Self::Full,
            (_, sqlite::SQLITE_READONLY | sqlite::SQLITE_CANTOPEN | sqlite::SQLITE_PERM) => {
                Self::ReadOnly
            }
            (_, sqlite::SQLITE_CORRUPT | sqlite::SQLITE_NOTADB) => Self::Damaged,
            (_, sqlite::SQLITE_BUSY | sqlite::SQLITE_LOCKED) => Self::Busy,
            (_, sqlite::SQLITE_IOERR) => Self::Disk,
            _ => Self::Other,
        }
    }
}
