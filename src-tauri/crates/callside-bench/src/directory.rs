//! The same question to the address book of a Linux desktop: evolution-data-server with its index
//! of telephone numbers, asked over the session's bus as any program asks it.
//!
//! It is measured where it is installed; nothing of it is built or installed here. The book is one
//! of its own in the session's configuration folder, so run this in a session of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callside_core::settings::Settings;
use tokio::runtime::Runtime;
use zbus::blocking::{Connection, Proxy};

use crate::contacts::{Callers, ask_engine, fill};
use crate::people::{self, Dice};
use crate::report::{Report, Samples};
use crate::{Cipher, Done, Failed, engine};

/// Contacts in both books.
const SIZE: usize = 100_000;
/// Contacts that are handed over at once.
const AT_ONCE: usize = 1_000;
/// Turns of each kind of look-up, and look-ups in each turn.
const TURNS: usize = 50;
const IN_A_TURN: usize = 40;
/// How many times faster we want to be.
const TIMES: f64 = 8.0;

const SERVICE: &str = "org.gnome.evolution.dataserver.AddressBook10";
const BOOK: &str = "org.gnome.evolution.dataserver.AddressBook";
const NAME: &str = "callside-bench";
/// A local book that keeps names and numbers apart, the numbers with their index.
const SOURCE: &str = "[Data Source]\nDisplayName=Callside bench\nEnabled=true\nParent=local-stub\n\n\
     [Address Book]\nBackendName=local\n\n\
     [Backend Summary Setup]\nSummaryFields=full_name:phone\nIndexedFields=phone,phone\n";

/// Fills both books alike and asks them in turns.
pub(crate) fn measure(report: &mut Report, runtime: &Runtime, work: &std::path::Path) -> Done {
    let Some(server) = Server::open()? else {
        return report.beside(
            "directory",
            "evolution-data-server",
            "not measured: it is not installed (Debian: evolution-data-server)".to_owned(),
        );
    };
    server.fill()?;
    let [_, cipher] = Cipher::both();
    let store = runtime.block_on(cipher.open(&work.join("directory")))?;
    let callers = Callers::default();
    runtime.block_on(runtime.spawn(fill(store.clone(), SIZE, Arc::clone(&callers))))??;
    let engine = engine(store, Settings::default());
    let callers = callers
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .clone();
    let mut dice = Dice::new(5);
    let (mut theirs, mut ours) = (Samples::default(), Samples::default());
    // The first turns only warm what a running program has warm.
    for turn in 0..TURNS + 5 {
        let numbers: Vec<u64> = (0..IN_A_TURN)
            .filter_map(|_| dice.pick(&callers).copied())
            .collect();
        let asked = numbers
            .iter()
            .map(|number| server.ask(*number))
            .collect::<Result<Vec<Duration>, Failed>>()?;
        let answered = runtime.block_on(runtime.spawn(ask_engine(engine.clone(), numbers)))??;
        if turn >= 5 {
            asked.into_iter().for_each(|took| theirs.take(took));
            answered.into_iter().for_each(|took| ours.take(took));
        }
    }
    let both =
        |samples: &Samples| format!("p50 {:.0} / p99 {:.0} µs", samples.p50(), samples.p99());
    let what = format!("{SIZE}: evolution-data-server, telephone index, over its bus");
    report.beside("directory", &what, both(&theirs))?;
    for (word, us, them) in [
        ("p50", ours.p50(), theirs.p50()),
        ("p99", ours.p99(), theirs.p99()),
    ] {
        let what = format!("{SIZE}, encrypted: through the engine, {word}");
        let measured = format!("{us:.0} µs, {:.1} times faster", them / us);
        report.against(
            "directory",
            &what,
            measured,
            "8 times faster",
            (us, them / TIMES),
        )?;
    }
    Ok(())
}

/// A book of the server's. It lives as long as the connection does.
struct Server {
    book: Proxy<'static>,
}

impl Server {
    /// Opens a new book. None where the server is not installed.
    fn open() -> Result<Option<Self>, Failed> {
        let sources = config_folder()?.join("evolution/sources");
        std::fs::create_dir_all(&sources)?;
        std::fs::write(sources.join(format!("{NAME}.source")), SOURCE)?;
        let Ok(bus) = Connection::session() else {
            return Ok(None);
        };
        let names: Vec<String> = zbus::blocking::fdo::DBusProxy::new(&bus)?
            .list_activatable_names()?
            .iter()
            .map(ToString::to_string)
            .collect();
        if !names.iter().any(|name| name == SERVICE) {
            return Ok(None);
        }
        let factory = Proxy::new(
            &bus,
            SERVICE,
            "/org/gnome/evolution/dataserver/AddressBookFactory",
            "org.gnome.evolution.dataserver.AddressBookFactory",
        )?;
        let (path, owner): (String, String) = factory.call("OpenAddressBook", &(NAME,))?;
        let book = Proxy::new(&bus, owner, path, BOOK)?;
        let _: Vec<String> = book.call("Open", &())?;
        Ok(Some(Self { book }))
    }

    fn fill(&self) -> Done {
        let mut people = people::contacts(SIZE);
        loop {
            let cards: Vec<String> = people.by_ref().take(AT_ONCE).map(|c| card(&c)).collect();
            if cards.is_empty() {
                return Ok(());
            }
            let _: Vec<String> = self.book.call("CreateContacts", &(cards, 0_u32))?;
        }
    }

    /// Asks for the whole cards of a number.
    fn ask(&self, number: u64) -> Result<Duration, Failed> {
        let question = format!("(eqphone \"phone\" \"+{number}\")");
        let began = Instant::now();
        let found: Vec<String> = self.book.call("GetContactList", &(question,))?;
        let took = began.elapsed();
        if found.is_empty() {
            return Err("the server found nobody".into());
        }
        Ok(took)
    }
}

fn config_folder() -> Result<PathBuf, Failed> {
    let folder = std::env::var_os("XDG_CONFIG_HOME").ok_or("run this in a session of its own")?;
    Ok(folder.into())
}

/// A contact as a vCard, its numbers in E.164: the server knows one country only.
fn card(contact: &callside_core::contact::Contact) -> String {
    let name = contact.name.replace(['\\', ',', ';', '\n'], " ");
    let mut card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nN:{name};;;;\r\n");
    if let Some(number) = people::caller(contact) {
        card.push_str(&format!("TEL:+{number}\r\n"));
    }
    card.push_str("END:VCARD");
    card
}
