//! Verified copies of the journal, and the way back to one of them.
//!
//! A copy is made by SQLite itself on a connection of its own, so that it is of one instant and
//! nobody who writes waits for it. It has the journal's key. It gets its name only after it was
//! read from end to end; what bears a name of a backup is a good one.
//!
//! Restoring puts the present journal aside and merges nothing. What the copy holds as not
//! delivered may have been delivered since it was made, so every such entry is put in doubt: it is
//! looked up by its marker before anything is sent. Calls that were open then may have been filed
//! since; they wait for the agent.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use callside_core::cloud_call::CloudSend;
use callside_core::outbox::{DeliveryState, OutboxEntry};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::errors::Fault;
use crate::open::{JOURNAL, StoreOptions, beside, connect_options, put_aside, set_aside, version};
use crate::privacy::Traces;
use crate::rows::{json, parse};
use crate::{File, Store, StoreError, privacy};

/// The folder of the backups inside the data folder.
const FOLDER: &str = "backups";
/// How many are kept.
const KEPT: usize = 7;
/// How old the last one may be before another is due.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The form of a name; sorted by name is sorted by age.
const NAME: &str = "journal-%Y%m%dT%H%M%SZ.db";
/// What a copy is called before it is known to be good.
const UNPROVEN: &str = ".partial";
/// A restored journal that waits to take its place.
const RESTORING: &str = ".restoring";

/// One backup of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file's name in the folder of the backups, which also names it towards the agent.
    pub name: String,
    /// When it was made.
    pub taken_at: Timestamp,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Why a backup could not be made or restored. The journal is as it was then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// No room is left on the disk. A copy half made is gone again.
    #[error("back the journal up: the disk is full")]
    Full,
    /// The journal cannot be read.
    #[error("back the journal up")]
    Journal(#[source] StoreError),
    /// The copy is not what it should be: unreadable, with another key, or short of rows.
    #[error("back the journal up: the copy is not good")]
    Unsound,
    /// There is no backup of this name.
    #[error("restore a backup: there is none of this name")]
    Unknown,
    /// A newer version of Callside made it.
    #[error("restore a backup: a newer version of Callside made it")]
    Newer,
    /// The system refused a file.
    #[error("use the backups: the system refused")]
    Io(#[source] std::io::Error),
}

impl From<std::io::Error> for BackupError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

/// How many rows a journal has, by what may not be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rows {
    calls: i64,
    entries: i64,
}

impl Rows {
    async fn of(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let (calls, entries) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM call), (SELECT count(*) FROM outbox_entry)",
        )
        .fetch_one(connection)
        .await?;
        Ok(Self { calls, entries })
    }

    /// Whether these are the rows of an instant between two others.
    fn between(self, before: Self, after: Self) -> bool {
        let within = |n: i64, a: i64, b: i64| (a.min(b)..=a.max(b)).contains(&n);
        within(self.calls, before.calls, after.calls)
            && within(self.entries, before.entries, after.entries)
    }
}

impl Store {
    /// Makes a backup when the last one is older than a day, and drops the oldest beyond seven.
    /// None when none is due, or when there is no call to lose.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn backup_if_due(&self, now: Timestamp) -> Result<Option<Backup>, BackupError> {
        let there = self.backups().await?;
        if !is_due(there.first().map(|newest| newest.taken_at), now) {
            return Ok(None);
        }
        let any: Option<i64> = sqlx::query_scalar("SELECT max(id) FROM call")
            .fetch_one(&self.journal().readers)
            .await
            .map_err(|error| self.unreadable(error))?;
        match any {
            Some(_) => self.backup(now).await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes a backup now and drops the oldest beyond seven. Nobody who writes waits for it.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn backup(&self, now: Timestamp) -> Result<Backup, BackupError> {
        let folder = self.backup_folder();
        make_folder(&folder).await?;
        remove_unproven(&folder).await?;
        let name = now.strftime(NAME).to_string();
        let path = folder.join(&name);
        let unproven = beside(&path, UNPROVEN);
        let made = match self.copy_to(&unproven).await {
            Ok(()) => settle(&unproven, &path).await,
            Err(error) => Err(error),
        };
        if let Err(error) = made {
            // At once: what fills the disk stands in the way of the next note.
            remove_unproven(&folder).await?;
            return Err(error);
        }
        for old in superfluous(&self.backups().await?, &name, now) {
            tokio::fs::remove_file(folder.join(old)).await?;
        }
        let there = self.backups().await?;
        there
            .into_iter()
            .find(|backup| backup.name == name)
            .ok_or(BackupError::Unknown)
    }

    /// The backups, the newest first.
    ///
    /// # Errors
    /// [`BackupError::Io`].
    pub async fn backups(&self) -> Result<Vec<Backup>, BackupError> {
        list(&self.backup_folder()).await
    }

    /// The newest backup that can be read from end to end with the present key.
    ///
    /// # Errors
    /// [`BackupError::Io`].
    pub async fn good_backup(&self) -> Result<Option<Backup>, BackupError> {
        let folder = self.backup_folder();
        for backup in self.backups().await? {
            let options = self.connection_to(&folder.join(&backup.name));
            if rows_of_sound(options).await.is_ok() {
                return Ok(Some(backup));
            }
        }
        Ok(None)
    }

    /// Closes the store and puts a backup in the journal's place, as [`restore_backup`] does.
    ///
    /// # Errors
    /// [`BackupError`]; the store is closed and the journal in its place then.
    pub async fn restore(self, name: &str, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
        self.clone().close().await;
        let folder = self.backup_folder();
        let dir = folder.parent().unwrap_or(Path::new("."));
        restore(dir, |path| self.connection_to(path), name, now).await
    }

    async fn copy_to(&self, path: &Path) -> Result<(), BackupError> {
        let journal = &self.journal().path;
        let mut source = self
            .connection_to(journal)
            .connect()
            .await
            .map_err(|error| self.unreadable(error))?;
        let copied = copy(&mut source, path).await;
        // The store's own connections stay open, so closing this one has nothing to tidy up.
        let closed = source.close().await;
        let (before, after) = copied.map_err(|error| self.unreadable(error))?;
        closed.map_err(|error| self.unreadable(error))?;
        let rows = rows_of_sound(self.connection_to(path)).await?;
        if rows.between(before, after) {
            Ok(())
        } else {
            Err(BackupError::Unsound)
        }
    }

    /// Options for another connection with the journal's key, which may write.
    fn connection_to(&self, path: &Path) -> SqliteConnectOptions {
        let reader = self.journal().readers.connect_options();
        SqliteConnectOptions::clone(&reader)
            .filename(path)
            .create_if_missing(false)
            .pragma("query_only", "OFF")
    }

    fn unreadable(&self, error: sqlx::Error) -> BackupError {
        match self.journal().fault(error) {
            StoreError::Full { .. } => BackupError::Full,
            other => BackupError::Journal(other),
        }
    }

    fn backup_folder(&self) -> PathBuf {
        let data = self.journal().path.parent();
        data.unwrap_or(Path::new(".")).join(FOLDER)
    }

    /// Erases a person from the backups and from the journals that were set aside, too. One that
    /// cannot be changed is removed: a promise to forget counts more than a copy.
    pub(crate) async fn forget_in_copies(&self, traces: &Traces) -> Result<(), StoreError> {
        let refused = || StoreError::ReadOnly {
            file: File::Journal,
        };
        let there = self.backups().await.map_err(|error| {
            tracing::error!(%error, "the backups cannot be looked through");
            refused()
        })?;
        let folder = self.backup_folder();
        let mut copies: Vec<PathBuf> = there
            .into_iter()
            .map(|backup| folder.join(backup.name))
            .collect();
        copies.extend(set_aside(&self.journal().path).await.map_err(|error| {
            tracing::error!(%error, "the journals set aside cannot be looked through");
            refused()
        })?);
        for path in copies {
            let options = self.connection_to(&path).pragma("secure_delete", "ON");
            if let Err(error) = forget_in(options, traces).await {
                tracing::warn!(%error, "a copy is removed, since it cannot be changed");
                for suffix in ["-wal", "-shm", ""] {
                    remove_if_there(&beside(&path, suffix))
                        .await
                        .map_err(|_| refused())?;
                }
            }
        }
        Ok(())
    }
}

async fn forget_in(options: SqliteConnectOptions, traces: &Traces) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    let forgotten = async {
        let mut change = connection.begin().await?;
        privacy::delete_calls(traces, &mut change).await?;
        change.commit().await?;
        // What was set aside may have a log of its own.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await
            .map(|_| ())
    };
    let done = forgotten.await;
    connection.close().await?;
    done
}

/// Puts a backup in the journal's place. The store must not be open. Returns where the journal
/// that was there lies now.
///
/// # Errors
/// [`BackupError`]; the journal is in its place then.
pub async fn restore_backup(
    options: &StoreOptions,
    name: &str,
    now: Timestamp,
) -> Result<Option<PathBuf>, BackupError> {
    let key = options.key.as_ref();
    let connect = |path: &Path| connect_options(path, key).create_if_missing(false);
    restore(&options.dir, connect, name, now).await
}

async fn restore(
    dir: &Path,
    connect: impl Fn(&Path) -> SqliteConnectOptions,
    name: &str,
    now: Timestamp,
) -> Result<Option<PathBuf>, BackupError> {
    let folder = dir.join(FOLDER);
    let known = list(&folder).await?;
    // Only a name of the list becomes a path.
    let backup = known.iter().find(|backup| backup.name == name);
    let backup = folder.join(&backup.ok_or(BackupError::Unknown)?.name);
    rows_of_sound(connect(&backup)).await?;

    let journal = dir.join(File::Journal.name());
    let restoring = beside(&journal, RESTORING);
    let unproven = beside(&restoring, UNPROVEN);
    tokio::fs::copy(&backup, &unproven).await?;
    let prepared = match put_in_doubt(connect(&unproven), now).await {
        Ok(()) => settle(&unproven, &restoring).await,
        Err(error) => Err(error),
    };
    if let Err(error) = prepared {
        remove_if_there(&unproven).await?;
        return Err(error);
    }

    let aside = if tokio::fs::try_exists(&journal).await? {
        // Closing it properly brings what waits in its log into the file, where it can be read.
        if let Ok(present) = connect(&journal).connect().await
            && let Err(error) = present.close().await
        {
            tracing::warn!(%error, "the journal that is put aside could not be closed");
        }
        Some(put_aside(&journal, "replaced").await?)
    } else {
        None
    };
    finish_restoring(&journal).await?;
    remove_if_there(&beside(&journal, ".damaged")).await?;
    tracing::warn!("a backup took the place of the journal");
    Ok(aside)
}

/// A restored journal takes its place, unless there is one: a crash may have come between.
pub(crate) async fn finish_restoring(journal: &Path) -> Result<(), std::io::Error> {
    let restoring = beside(journal, RESTORING);
    if !tokio::fs::try_exists(&restoring).await? {
        return Ok(());
    }
    if tokio::fs::try_exists(journal).await? {
        return tokio::fs::remove_file(&restoring).await;
    }
    tokio::fs::rename(&restoring, journal).await?;
    sync_folder(journal).await
}

/// What was not delivered when the copy was made is looked up first; what was open waits.
async fn put_in_doubt(options: SqliteConnectOptions, now: Timestamp) -> Result<(), BackupError> {
    let unsound = |error: sqlx::Error| match Fault::of(&error) {
        Fault::Full => BackupError::Full,
        _ => BackupError::Unsound,
    };
    let mut copy = options.connect().await.map_err(unsound)?;
    let changed = async {
        let known = JOURNAL.iter().map(|step| step.version).max().unwrap_or(0);
        if version(&mut copy).await.map_err(unsound)? > known {
            return Err(BackupError::Newer);
        }
        let mut change = copy.begin().await.map_err(unsound)?;
        let bodies: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, body FROM outbox_entry WHERE state <> 'delivered'")
                .fetch_all(&mut *change)
                .await
                .map_err(unsound)?;
        for (id, body) in bodies {
            let Ok(mut entry) = parse::<OutboxEntry>("outbox entry", &body) else {
                continue;
            };
            entry.delivery.restored(now);
            let body = json("outbox entry", &entry).map_err(BackupError::Journal)?;
            let state: DeliveryState = entry.delivery.state;
            sqlx::query(
                "UPDATE outbox_entry SET state = ?2, in_flight = 0, body = ?3 WHERE id = ?1",
            )
            .bind(id)
            .bind(state.as_str())
            .bind(body)
            .execute(&mut *change)
            .await
            .map_err(unsound)?;
        }
        if version(&mut change).await.map_err(unsound)? >= WITH_SENDS {
            put_sends_in_doubt(&mut change, now).await?;
        }
        sqlx::query("UPDATE call SET set_aside = 1 WHERE wrap_up = 'open' AND ended_at <> 0")
            .execute(&mut *change)
            .await
            .map_err(unsound)?;
        change.commit().await.map_err(unsound)
    };
    let done = changed.await;
    copy.close().await.map_err(unsound)?;
    done
}

/// The first version of the tables that knows what is written at telephony services.
const WITH_SENDS: i64 = 3;

async fn put_sends_in_doubt(
    change: &mut SqliteConnection,
    now: Timestamp,
) -> Result<(), BackupError> {
    let unsound = |_| BackupError::Unsound;
    let bodies: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, body FROM cloud_send WHERE state <> 'delivered'")
            .fetch_all(&mut *change)
            .await
            .map_err(unsound)?;
    for (id, body) in bodies {
        let Ok(mut send) = parse::<CloudSend>("send", &body) else {
            continue;
        };
        send.delivery.restored(now);
        sqlx::query("UPDATE cloud_send SET state = ?2, in_flight = 0, body = ?3 WHERE id = ?1")
            .bind(id)
            .bind(send.delivery.state.as_str())
            .bind(json("send", &send).map_err(BackupError::Journal)?)
            .execute(&mut *change)
            .await
            .map_err(unsound)?;
    }
    Ok(())
}

/// Copies the journal, and tells how many rows it had just before and just after.
async fn copy(source: &mut SqliteConnection, path: &Path) -> Result<(Rows, Rows), sqlx::Error> {
    let before = Rows::of(source).await?;
    sqlx::query("VACUUM INTO ?1")
        .bind(path.to_string_lossy().into_owned())
        .execute(&mut *source)
        .await?;
    Ok((before, Rows::of(source).await?))
}

/// Reads a copy from end to end.
async fn rows_of_sound(options: SqliteConnectOptions) -> Result<Rows, BackupError> {
    let read = async {
        let mut copy = options.read_only(true).connect().await?;
        let said: Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(&mut copy)
            .await;
        let rows = Rows::of(&mut copy).await;
        copy.close().await?;
        Ok::<_, sqlx::Error>((said?, rows?))
    };
    match read.await {
        Ok((said, rows)) if said == "ok" => Ok(rows),
        Ok(_) => Err(BackupError::Unsound),
        Err(error) => {
            tracing::debug!(%error, "a backup cannot be read");
            Err(BackupError::Unsound)
        }
    }
}

/// The file is on the disk before it gets its name.
async fn settle(unproven: &Path, path: &Path) -> Result<(), BackupError> {
    let file = tokio::fs::OpenOptions::new()
        .write(true)
        .open(unproven)
        .await?;
    file.sync_all().await?;
    tokio::fs::rename(unproven, path).await?;
    Ok(sync_folder(path).await?)
}

async fn sync_folder(path: &Path) -> Result<(), std::io::Error> {
    // Windows writes names down by itself and refuses to open a folder.
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        tokio::fs::File::open(folder).await?.sync_all().await?;
    }
    Ok(())
}

async fn make_folder(folder: &Path) -> Result<(), std::io::Error> {
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).await
}

async fn remove_unproven(folder: &Path) -> Result<(), std::io::Error> {
    let mut entries = tokio::fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        // Its rollback journal, too.
        if entry.file_name().to_string_lossy().contains(UNPROVEN) {
            remove_if_there(&entry.path()).await?;
        }
    }
    Ok(())
}

async fn remove_if_there(path: &Path) -> Result<(), std::io::Error> {
    match tokio::fs::remove_file(path).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn list(folder: &Path) -> Result<Vec<Backup>, BackupError> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut backups = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(taken_at) = taken_at(&name) else {
            continue;
        };
        let bytes = entry.metadata().await?.len();
        backups.push(Backup {
            name,
            taken_at,
            bytes,
        });
    }
    backups.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(backups)
}

fn taken_at(name: &str) -> Option<Timestamp> {
    let at = DateTime::strptime(NAME, name).ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    // What reads back as something else was not named by us.
    (at.strftime(NAME).to_string() == name).then_some(at)
}

/// Whether a backup is due. One from the future tells nothing: the clock was wrong then, or is now.
fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| last > now || now.duration_since(last) >= EVERY)
}

/// The backups beyond those that are kept, never the one just made. Those that a wrong clock dated
/// into the future go first, else they would stay for ever and push the others out.
fn superfluous<'a>(newest_first: &'a [Backup], made: &str, now: Timestamp) -> Vec<&'a str> {
    let (future, past): (Vec<&Backup>, Vec<&Backup>) = newest_first
        .iter()
        .filter(|backup| backup.name != made)
        .partition(|backup| backup.taken_at > now);
    past.into_iter()
        .chain(future)
        .skip(KEPT - 1)
        .map(|backup| backup.name.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn backup(taken: &str) -> Backup {
        let taken_at = at(taken);
        Backup {
            name: taken_at.strftime(NAME).to_string(),
            taken_at,
            bytes: 1,
        }
    }

    #[test]
    fn a_backup_is_due_once_a_day_whatever_the_clock_did() {
        let now = at("2026-03-10T08:00:00Z");
        for (last, due) in [
            (None, true),
            (Some("2026-03-10T07:00:00Z"), false),
            (Some("2026-03-09T08:00:01Z"), false),
            (Some("2026-03-09T08:00:00Z"), true),
            (Some("2026-01-01T00:00:00Z"), true),
            (Some("2027-01-01T00:00:00Z"), true),
        ] {
            assert_eq!(is_due(last.map(at), now), due, "{last:?}");
        }
    }

    #[test]
    fn seven_stay_and_those_of_the_future_go_first() {
        let now = at("2026-03-10T08:00:00Z");
        let made = backup("2026-03-10T08:00:00Z");
        let days = (1..=9).map(|day| backup(&format!("2026-03-0{day}T08:00:00Z")));
        let mut all: Vec<Backup> = days.collect();
        all.push(made.clone());
        all.reverse();
        let gone = superfluous(&all, &made.name, now);
        let names: Vec<String> = (1..=3)
            .rev()
            .map(|day| format!("journal-2026030{day}T080000Z.db"))
            .collect();
        assert_eq!(gone, names);

        let mut few: Vec<Backup> = (3..=8)
            .map(|day| backup(&format!("2026-03-0{day}T08:00:00Z")))
            .collect();
        few.extend([made.clone(), backup("2031-01-01T00:00:00Z")]);
        few.reverse();
        assert_eq!(
            superfluous(&few, &made.name, now),
            ["journal-20310101T000000Z.db"]
        );
    }

    #[test]
    fn only_our_own_names_are_backups() {
        assert_eq!(
            taken_at("journal-20260310T080000Z.db"),
            Some(at("2026-03-10T08:00:00Z"))
        );
        for other in [
            "journal-20260310T080000Z.db.partial",
            "journal.db",
            "journal-2026310T080000Z.db",
            "../journal-20260310T080000Z.db",
            "journal-20261340T080000Z.db",
        ] {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }
}
