//! Measures Callside against its goals, beside raw probes of the same run.
//!
//! Absolute times say as much about the machine and what else runs on it as about the code, so each
//! goal that can be is a ratio of two things measured turn by turn. One line per result, and all of
//! them in `report.json` and `report.md` of the output folder. The windows are measured by the
//! end-to-end stories in `tests/e2e/bench.rs`.

mod contacts;
mod directory;
mod filing;
mod normalise;
mod opening;
mod people;
mod probe;
mod report;
mod requests;
mod search;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use callside_core::outbox::LogLabels;
use callside_core::ports::Clock;
use callside_core::settings::Settings;
use callside_engine::{Engine, EngineParts, Ids};
use callside_store::{Store, StoreKey, StoreOptions};
use jiff::Timestamp;

use report::Report;

/// Whatever went wrong: there is nothing to do about it but to say it.
pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;
/// The outcome of a part.
pub(crate) type Done = Result<(), Failed>;

/// The parts, in the order they run.
const PARTS: [&str; 6] = [
    "normalise",
    "contacts",
    "directory",
    "filing",
    "requests",
    "start",
];

/// What was asked for on the command line.
struct Wanted {
    parts: Vec<String>,
    sizes: Vec<usize>,
    out: PathBuf,
    app: Option<PathBuf>,
}

impl Wanted {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failed> {
        let mut wanted = Self {
            parts: PARTS.map(str::to_owned).to_vec(),
            sizes: vec![100_000, 1_000_000],
            out: PathBuf::from("target/bench"),
            app: None,
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or("an option without its value")?;
            match name.as_str() {
                "--parts" => wanted.parts = value.split(',').map(str::to_owned).collect(),
                "--sizes" => {
                    wanted.sizes = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--out" => wanted.out = value.into(),
                "--app" => wanted.app = Some(value.into()),
                _ => return Err(format!("no such option: {name}").into()),
            }
        }
        match wanted
            .parts
            .iter()
            .find(|part| !PARTS.contains(&part.as_str()))
        {
            Some(part) => Err(format!("no such part: {part}").into()),
            None => Ok(wanted),
        }
    }

    fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|name| name == part)
    }
}

fn main() -> Done {
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let mut report = Report::new(wanted.out.clone());
    let work = wanted.out.join("work");
    if work.exists() {
        std::fs::remove_dir_all(&work)?;
    }
    std::fs::create_dir_all(&work)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if wanted.has("normalise") {
        normalise::measure(&mut report, &root())?;
    }
    if wanted.has("filing") {
        filing::measure(&mut report, &runtime, &work)?;
    }
    if wanted.has("requests") {
        requests::measure(&mut report, &runtime, &work)?;
    }
    if wanted.has("contacts") {
        for size in &wanted.sizes {
            contacts::measure(&mut report, &runtime, &work, *size)?;
        }
    }
    if wanted.has("directory") {
        directory::measure(&mut report, &runtime, &work)?;
    }
    if wanted.has("start")
        && let Some(app) = &wanted.app
        && let Some(most) = wanted.sizes.iter().max()
    {
        opening::start(&mut report, &runtime, &work, app, *most)?;
    }
    std::fs::remove_dir_all(&work)?;
    let missed = report.missed();
    report.beside("all", "goals that were missed", missed.to_string())
}

/// The project's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Whether a store is encrypted, and its key.
#[derive(Clone)]
pub(crate) struct Cipher(Option<StoreKey>);

impl Cipher {
    /// Both ways, the one without encryption first.
    pub(crate) fn both() -> [Self; 2] {
        [Self(None), Self(Some(StoreKey::generate([7; 32])))]
    }

    /// The key, if there is one.
    pub(crate) fn key(&self) -> Option<&StoreKey> {
        self.0.as_ref()
    }

    /// One of two words or limits.
    pub(crate) fn choose<T>(&self, plain: T, encrypted: T) -> T {
        if self.0.is_some() { encrypted } else { plain }
    }

    /// The word for people.
    pub(crate) fn word(&self) -> &'static str {
        self.choose("plain", "encrypted")
    }

    /// Opens the store in this folder.
    ///
    /// # Errors
    /// As the store says.
    pub(crate) async fn open(&self, dir: &Path) -> Result<Store, Failed> {
        let options = StoreOptions {
            dir: dir.to_owned(),
            key: self.0.clone(),
        };
        let opened = Store::open(options).await?;
        if opened.cache_rebuilt || opened.journal_set_aside.is_some() {
            return Err("the store was damaged".into());
        }
        Ok(opened.store)
    }
}

/// The clock of this computer.
struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let left = at.duration_since(Timestamp::now());
        tokio::time::sleep(left.try_into().unwrap_or_default()).await;
    }
}

/// An engine over this store.
pub(crate) fn engine(store: Store, settings: Settings) -> Engine {
    let word = str::to_owned;
    Engine::new(EngineParts {
        store,
        clock: Arc::new(SystemClock),
        ids: Ids::random(),
        settings,
        labels: LogLabels {
            number: word("Number"),
            withheld: word("withheld"),
            line: word("Line"),
            outcome: word("Outcome"),
            tags: word("Tags"),
            words: std::collections::BTreeMap::new(),
            colon: word(": "),
            cloud: callside_core::cloud_call::CloudLabels::default(),
        },
    })
}
