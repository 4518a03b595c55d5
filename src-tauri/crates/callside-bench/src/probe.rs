//! What everything is compared with: a prepared statement on one connection without a pool, a
//! round trip to another thread, and one block brought to the disk.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use callside_store::StoreKey;
use rusqlite::{Connection, OpenFlags, Statement};
use tokio::sync::oneshot;

use crate::Failed;

/// The whole card of a number, by the plainest way SQLite has.
pub(crate) const RAW_PROBE: &str = "SELECT p.e164, p.place, p.likely, p.rule, c.synced_at, c.body \
     FROM contact_phone p CROSS JOIN contact c ON c.id = p.contact_id WHERE p.e164 = ?1";

/// A connection of our own to the cache, set up like the store's readers.
pub(crate) fn raw_connection(dir: &Path, key: Option<&StoreKey>) -> Result<Connection, Failed> {
    let connection =
        Connection::open_with_flags(dir.join("cache.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if let Some(key) = key {
        let key = key.to_hex();
        connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"", key.as_str()))?;
    }
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -24000")?;
    Ok(connection)
}

/// One raw probe. Returns how long it took and how many bytes of cards came.
pub(crate) fn raw_probe(
    statement: &mut Statement<'_>,
    e164: u64,
) -> Result<(Duration, usize), Failed> {
    let began = Instant::now();
    let mut bytes = 0;
    let mut rows = statement.query([i64::try_from(e164)?])?;
    while let Some(row) = rows.next()? {
        bytes += row.get_ref(5)?.as_str()?.to_owned().len();
    }
    Ok((began.elapsed(), bytes))
}

/// A thread that answers: what any database behind a worker thread costs at least.
pub(crate) struct HandOff {
    asks: mpsc::Sender<oneshot::Sender<()>>,
}

impl HandOff {
    /// Starts the thread; it ends with this value.
    pub(crate) fn start() -> Self {
        let (asks, asked) = mpsc::channel::<oneshot::Sender<()>>();
        std::thread::spawn(move || {
            while let Ok(answer) = asked.recv() {
                // Whoever asked may have gone away.
                let _ = answer.send(());
            }
        });
        Self { asks }
    }

    /// There and back.
    pub(crate) async fn round_trip(&self) -> Result<Duration, Failed> {
        let began = Instant::now();
        let (answer, answered) = oneshot::channel();
        self.asks.send(answer)?;
        answered.await?;
        Ok(began.elapsed())
    }
}

/// Appends 4 KiB and waits until the disk has them.
pub(crate) fn append_block(file: &mut File) -> Result<Duration, Failed> {
    let block = [0x5a; 4096];
    let began = Instant::now();
    file.write_all(&block)?;
    file.sync_data()?;
    Ok(began.elapsed())
}

/// Drops a file's pages from the system's memory, so that the next reader waits for the disk.
pub(crate) fn evict(path: &Path) -> Result<(), Failed> {
    if !path.exists() {
        return Ok(());
    }
    let file = File::open(path)?;
    // Pages that are not on disk yet cannot be dropped.
    file.sync_all()?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}

/// Bytes that this process has read from the disk itself so far.
pub(crate) fn read_from_disk() -> u64 {
    let text = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("read_bytes: "))
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}
