//! From nothing to the first card: the store with its pages evicted, and the whole program.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use callside_core::phone_number::{NumberKey, PhoneNumber};
use callside_core::ports::SecretStore as _;
use callside_keychain::PassphraseStore;
use callside_keychain::passphrase::Cost;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use crate::people::Dice;
use crate::probe::{evict, read_from_disk};
use crate::report::{Report, Samples};
use crate::{Cipher, Done, Failed};

/// How often the store is opened.
const OPENINGS: usize = 15;
/// How often the program is started, warm and with its pages evicted.
const STARTS: usize = 8;
const FILES: [&str; 4] = ["cache.db", "cache.db-wal", "journal.db", "journal.db-wal"];

/// Opens the store and reads one card, after its files left the system's memory.
pub(crate) fn cold(
    report: &mut Report,
    runtime: &Runtime,
    dir: &Path,
    cipher: &Cipher,
    size: usize,
    callers: &[u64],
) -> Done {
    let mut dice = Dice::new(9);
    let (mut opened, mut first) = (Samples::default(), Samples::default());
    let mut from_disk = u64::MAX;
    for _ in 0..OPENINGS {
        for file in FILES {
            evict(&dir.join(file))?;
        }
        let number = *dice.pick(callers).ok_or("nobody to call")?;
        let before = read_from_disk();
        let (ready, all) = runtime.block_on(async {
            let began = Instant::now();
            let store = cipher.open(dir).await?;
            let ready = began.elapsed();
            let number = PhoneNumber::from_stored(number).ok_or("an odd number")?;
            let found = store.candidates(&[NumberKey::E164(number)]).await?;
            let all = began.elapsed();
            store.close().await;
            match found.is_empty() {
                true => Err(Failed::from("the store found nobody")),
                false => Ok((ready, all)),
            }
        })?;
        from_disk = from_disk.min(read_from_disk().saturating_sub(before));
        opened.take(ready);
        first.take(all);
    }
    let measured = format!(
        "{:.1} ms (opening alone {:.1}; {} KiB or more came from the disk)",
        first.p50() / 1_000.0,
        opened.p50() / 1_000.0,
        from_disk / 1024
    );
    let what = format!(
        "{size}, {}: open and first card, pages evicted",
        cipher.word()
    );
    report.against("opening", &what, measured, "15 ms", (first.p50(), 15_000.0))
}

/// Starts the program with a big cache until it is ready for a ring.
///
/// Its key lies in a file behind a passphrase that costs next to nothing, which stands for an
/// unlocked keychain; the usual cost of a passphrase is measured apart.
pub(crate) fn start(
    report: &mut Report,
    runtime: &Runtime,
    work: &Path,
    app: &Path,
    size: usize,
) -> Done {
    let [_, cipher] = Cipher::both();
    let home = work.join(format!("{size}-encrypted"));
    if !home.join("cache.db").exists() {
        let store = runtime.block_on(cipher.open(&home))?;
        let filling = crate::contacts::fill(store.clone(), size, std::sync::Arc::default());
        runtime.block_on(runtime.spawn(filling))??;
        runtime.block_on(store.close());
    }
    let cheap = Cost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    seal(runtime, &home, &cipher, cheap)?;
    for (word, cold) in [("warm", false), ("pages evicted", true)] {
        let mut took = Samples::default();
        for _ in 0..STARTS {
            if cold {
                for file in FILES {
                    evict(&home.join(file))?;
                }
                evict(app)?;
            }
            took.take(start_once(app, &home)?);
        }
        let measured = format!(
            "{:.0} ms, worst {:.0}",
            took.p50() / 1_000.0,
            took.at(1.0) / 1_000.0
        );
        let what = format!("{size}, encrypted: process start to ready, {word}");
        report.against(
            "start",
            &what,
            measured,
            "1,000 ms",
            (took.p50(), 1_000_000.0),
        )?;
    }
    std::fs::remove_file(home.join("secrets.sealed"))?;
    seal(runtime, &home, &cipher, Cost::default())?;
    let mut took = Samples::default();
    for _ in 0..STARTS {
        took.take(start_once(app, &home)?);
    }
    let what = format!("{size}, encrypted: the same behind a passphrase");
    report.beside("start", &what, format!("{:.0} ms", took.p50() / 1_000.0))
}

fn seal(runtime: &Runtime, home: &Path, cipher: &Cipher, cost: Cost) -> Done {
    std::fs::write(home.join("passphrase"), "for the benchmark\n")?;
    let key = cipher.key().ok_or("no key")?.to_hex();
    runtime.block_on(async {
        let passphrase = Zeroizing::new("for the benchmark".to_owned());
        let safe = PassphraseStore::open(home.join("secrets.sealed"), passphrase, cost).await?;
        safe.keep("database_key", &key).await?;
        Ok(())
    })
}

/// A running program that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_once(app: &Path, home: &Path) -> Result<Duration, Failed> {
    let began = Instant::now();
    let child = Command::new(app)
        .args(["run", "--headless"])
        .env("CALLSIDE_HOME", home)
        .env("CALLSIDE_PASSPHRASE_FILE", home.join("passphrase"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let mut running = Running(child);
    let out = running.0.stdout.take().ok_or("no output")?;
    for line in BufReader::new(out).lines() {
        if line?.contains("\"ready\"") {
            return Ok(began.elapsed());
        }
    }
    Err("the program ended before it was ready".into())
}
