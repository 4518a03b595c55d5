//! The command line.
//!
//! Links and hooks come first and are read by hand: what stands in them was chosen by strangers,
//! and no option parser may ever take it for an option. Everything else goes to the running
//! instance; without one, a command opens the same data itself and closes it again.

use std::ffi::OsString;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use callside_core::settings::Language;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::{Timestamp, Zoned};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::control::orders::{Talk, carry_out};
use crate::control::{Answer, AskFailed, Credentials, Instance, Request, WrapUpEnd, ask};
use crate::home::{Home, LockFailed};
use crate::recent_log;
use crate::settings_file::SettingsFile;
use crate::text::Text;
use crate::wire::{DoubleWord, SecretsWord};
use crate::wiring::cloud::Service;
use crate::wiring::keychain::{PASSPHRASE_FILE, Unlock};
use crate::wiring::sign_in::NOT_YET;
use crate::wiring::{App, Mode, OpenFailed};

pub mod bundle;
pub mod doctor;
mod hook;
mod human;

pub use hook::HookArguments;

/// The variable that sets how much is logged: `error`, `warn`, `info`, `debug`, `trace`, `off`.
const LOG_VARIABLE: &str = "CALLSIDE_LOG";
/// Set in the process that a hook leaves behind to start the app.
const STAY_VARIABLE: &str = "CALLSIDE_STAY";
/// How long an app that was just started may take until it answers.
const STARTS_WITHIN: Duration = Duration::from_secs(20);
/// How long another command may hold the data.
const FREE_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(40);

/// How the windows are to start.
pub struct GuiStart {
    /// The data folder, taken for this process. Dropping it frees the folder.
    pub instance: Instance,
    /// Only the tray; no window opens.
    pub hidden: bool,
    /// The sample workspace.
    pub sample: bool,
    /// A link that started the app.
    pub link: Option<String>,
    /// A hook that started the app.
    pub hook: Option<HookArguments>,
}

#[derive(Parser)]
#[command(
    name = "callside",
    version,
    about = "A desktop companion for people who phone beside a CRM"
)]
struct Cli {
    /// Open no window, only the tray icon
    #[arg(long)]
    hidden: bool,
    /// Open the sample workspace: a made-up company, no account needed
    #[arg(long)]
    sample: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the engine without windows; one JSON line per event on stdout
    Run {
        /// Without windows; the only way there is
        #[arg(long, required = true)]
        headless: bool,
    },
    /// Ask to dial a number
    Dial {
        /// The number, as it is written
        #[arg(allow_hyphen_values = true)]
        number: String,
        /// Dial at once
        #[arg(long)]
        yes: bool,
    },
    /// Who is this?
    Lookup {
        /// The number, as it is written
        #[arg(allow_hyphen_values = true)]
        number: String,
        #[command(flatten)]
        print: Print,
    },
    /// Calls with the state of every target
    Calls {
        /// Only those that began then or later: a date, an instant, or a time back such as 2h, 7d
        #[arg(long)]
        since: Option<String>,
        #[command(flatten)]
        print: Print,
    },
    /// Change, file or discard a wrap-up
    WrapUp(WrapUp),
    /// What the CRM does not have yet
    Outbox {
        #[command(flatten)]
        print: Print,
    },
    /// Try to deliver a call now
    Retry {
        /// The call's id
        call: String,
    },
    /// Sign in to a CRM or a telephony service
    Connect(Connect),
    /// Sign out of it
    Disconnect {
        /// Its name
        name: String,
    },
    /// Run a sync now and wait
    Sync {
        /// Copy everything anew
        #[arg(long)]
        full: bool,
        /// Remove the contacts that a look at the CRM no longer found
        #[arg(long, conflicts_with = "refuse_shrink")]
        accept_shrink: bool,
        /// Keep them until the next look
        #[arg(long)]
        refuse_shrink: bool,
        #[command(flatten)]
        print: Print,
    },
    /// What is worth tidying in the CRM: shared and unreadable numbers, calls that found nobody
    CleanUp {
        /// Write it as a table for spreadsheets
        #[arg(long, value_name = "FILE", conflicts_with = "json")]
        csv: Option<PathBuf>,
        #[command(flatten)]
        print: Print,
    },
    /// Calls that another program logs too
    Doubles {
        /// What happens to them from now on
        choice: Option<DoubleChoice>,
        /// Those of this softphone
        #[arg(long, requires = "choice")]
        source: Option<String>,
        /// Only those of this line
        #[arg(long, requires = "choice")]
        line: Option<String>,
        #[command(flatten)]
        print: Print,
    },
    /// Connections, counts, budgets, versions
    Status {
        #[command(flatten)]
        print: Print,
    },
    /// Handler, keychain, display, databases, reachability
    Doctor {
        /// Put a backup in the journal's place: its name, or `latest`
        #[arg(long, value_name = "NAME", conflicts_with = "bundle")]
        restore: Option<String>,
        /// Write what may be sent to whoever helps, without personal data
        #[arg(long, value_name = "FILE")]
        bundle: Option<PathBuf>,
        #[command(flatten)]
        print: Print,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DoubleChoice {
    /// Notes go beside the other program's log
    Enrich,
    /// Callside does not log them
    Skip,
    /// Both log them
    Both,
}

#[derive(Args)]
struct Print {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct WrapUp {
    /// The call's id
    call: String,
    /// Replace the note
    #[arg(long, allow_hyphen_values = true)]
    note: Option<String>,
    /// Set the tags; may be repeated
    #[arg(long = "tag", allow_hyphen_values = true)]
    tags: Vec<String>,
    /// Set the outcome
    #[arg(long, allow_hyphen_values = true)]
    disposition: Option<String>,
    /// File the call
    #[arg(long, conflicts_with = "discard")]
    file: bool,
    /// With --file: nobody has the number, log the call once somebody does
    #[arg(long, requires = "file")]
    when_found: bool,
    /// Do not log the call
    #[arg(long)]
    discard: bool,
}

#[derive(Args)]
struct Connect {
    /// Which: sellsy, salesforce, gorgias, aircall or allo
    #[arg(value_parser = ["sellsy", "salesforce", "gorgias", "aircall", "allo"])]
    name: String,
    /// Sign in without a browser
    #[arg(long)]
    grant: Option<Grant>,
    /// The access's id
    #[arg(long)]
    client_id: Option<String>,
    /// Read the access's secret from the first line of stdin
    #[arg(long)]
    client_secret_stdin: bool,
    /// Aircall: the key's API id
    #[arg(long)]
    api_id: Option<String>,
    /// Aircall: read the key's API token from the first line of stdin
    #[arg(long)]
    api_token_stdin: bool,
    /// Allo: read the API key from the first line of stdin
    #[arg(long)]
    key_stdin: bool,
    /// Aircall, Allo: who you are there, by e-mail address or id
    #[arg(long)]
    agent: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Grant {
    ClientCredentials,
    AuthorizationCode,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    begin_log();
    let code = dispatch(std::env::args_os().skip(1).collect());
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Only our own modules speak: libraries may write what must not be written.
fn begin_log() {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::filter::{FilterFn, LevelFilter};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let wanted = std::env::var(LOG_VARIABLE).ok();
    let level = wanted
        .and_then(|word| word.trim().parse::<LevelFilter>().ok())
        .unwrap_or(LevelFilter::WARN);
    let ours = FilterFn::new(|event| event.target().starts_with("callside"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(ours.clone())
        .with_filter(level);
    let kept = tracing_subscriber::fmt::layer()
        .with_writer(recent_log::recent())
        .with_ansi(false)
        .with_filter(ours)
        .with_filter(LevelFilter::INFO);
    // A second logger is no reason not to start.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(kept)
        .try_init();
}

fn dispatch(arguments: Vec<OsString>) -> i32 {
    let words: Vec<String> = arguments
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let [only] = words.as_slice()
        && is_link(only)
    {
        return with_home(|home| link(&home, only));
    }
    if let Some((first, rest)) = words.split_first()
        && first == "call"
    {
        return match HookArguments::read(rest) {
            Ok(hook) => with_home(|home| call(&home, hook, &words)),
            Err(error) => {
                say_error(&system_text().say_with(error.id(), &[("word", error.word())]));
                2
            }
        };
    }
    match Cli::try_parse_from(std::iter::once(OsString::from("callside")).chain(arguments)) {
        Ok(cli) => with_home(|home| obey(&home, cli)),
        Err(error) => {
            let _ = error.print();
            error.exit_code()
        }
    }
}

/// Whether an argument is a link of ours; whether it is a good one is judged later.
fn is_link(argument: &str) -> bool {
    let scheme = argument
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let ours = ["callside", "tel", "callto", "sip", "sips"];
    scheme.is_some_and(|scheme| ours.contains(&scheme.trim_start()))
}

fn with_home(work: impl FnOnce(Home) -> i32) -> i32 {
    match Home::find() {
        Ok(home) => work(home),
        Err(error) => {
            say_error(&error.to_string());
            1
        }
    }
}

fn system_text() -> std::sync::Arc<Text> {
    Text::of(Language::System)
}

/// The sentences in the language of the settings.
pub(crate) fn text_of(home: &Home) -> std::sync::Arc<Text> {
    Text::of(SettingsFile::of(home).load().settings.language)
}

/// Writes a sentence to stderr.
pub(crate) fn say_error(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "callside: {}", human::plain(sentence));
}

fn say(text: &str) -> i32 {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| {
        if text.is_empty() || text.ends_with('\n') {
            Ok(())
        } else {
            out.write_all(b"\n")
        }
    });
    // Whoever reads only the first lines closes the pipe, which is no failure.
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => 1,
        _ => 0,
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> Result<T, std::io::Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = runtime.block_on(work);
    // A thread that reads the terminal may hang in there for ever.
    runtime.shutdown_timeout(Duration::from_millis(200));
    Ok(done)
}

/// Asks a running instance something small, on this thread alone: hooks have no time to lose.
fn ask_quickly(home: &Home, request: &Request) -> Result<Answer, AskFailed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| AskFailed::Silent)?;
    runtime.block_on(ask(home, request, |_| {}, mpsc::channel(1).1))
}

fn obey(home: &Home, cli: Cli) -> i32 {
    let text = text_of(home);
    let Some(command) = cli.command else {
        let page = cli.sample.then(|| "sample".to_owned());
        let start = WantedGui {
            hidden: cli.hidden,
            sample: cli.sample,
            link: None,
            hook: None,
        };
        return open_windows(home, Request::Show { page }, start);
    };
    if cli.hidden || cli.sample {
        say_error(&text.say("rust-usage-flags"));
        return 2;
    }
    match command {
        Command::Run { .. } => run_headless(home),
        Command::Dial { number, yes } => dial(home, number, yes),
        Command::Lookup { number, print } => {
            order(home, Request::Lookup { number }, &print, human::lookup)
        }
        Command::Calls { since, print } => match since.as_deref().map(instant_of).transpose() {
            Ok(since) => order(home, Request::Calls { since }, &print, human::calls),
            Err(()) => {
                say_error(&text.say("rust-usage-since"));
                2
            }
        },
        Command::WrapUp(wrap_up) => order(home, wrap_up.request(), &Print::QUIET, human::nothing),
        Command::Outbox { print } => order(home, Request::Outbox, &print, human::outbox),
        Command::Retry { call } => {
            order(home, Request::Retry { call }, &Print::QUIET, human::nothing)
        }
        Command::Connect(wanted) => connect(home, wanted),
        Command::Disconnect { name } => {
            let request = Request::Disconnect { connection: name };
            order(home, request, &Print::QUIET, human::nothing)
        }
        Command::Sync {
            full,
            accept_shrink,
            refuse_shrink,
            print,
        } => {
            let shrink = (accept_shrink || refuse_shrink).then_some(accept_shrink);
            order(home, Request::Sync { full, shrink }, &print, human::sync)
        }
        Command::CleanUp {
            csv: Some(file), ..
        } => write_table(home, &file),
        Command::CleanUp { print, .. } => {
            let request = Request::CleanUp { table: false };
            order(home, request, &print, human::clean_up)
        }
        Command::Doubles {
            choice: Some(choice),
            source,
            line,
            ..
        } => {
            let choice = match choice {
                DoubleChoice::Enrich => DoubleWord::Enrich,
                DoubleChoice::Skip => DoubleWord::Skip,
                DoubleChoice::Both => DoubleWord::Both,
            };
            let request = Request::SettleDouble {
                choice,
                source,
                line,
            };
            order(home, request, &Print::QUIET, human::nothing)
        }
        Command::Doubles { print, .. } => order(home, Request::Doubles, &print, human::doubles),
        Command::Status { print } => order(home, Request::Status, &print, human::status),
        Command::Doctor {
            restore: Some(name),
            print,
            ..
        } => order(home, Request::Restore { name }, &print, human::restored),
        Command::Doctor {
            bundle: Some(file), ..
        } => write_bundle(home, &file),
        Command::Doctor { print, .. } => order(home, Request::Doctor, &print, human::doctor),
    }
}

impl Print {
    const QUIET: Self = Self { json: false };
}

impl WrapUp {
    fn request(self) -> Request {
        Request::WrapUp {
            call: self.call,
            note: self.note,
            tags: (!self.tags.is_empty()).then_some(self.tags),
            disposition: self.disposition,
            end: match (self.file, self.discard) {
                (true, _) if self.when_found => Some(WrapUpEnd::FileWhenFound),
                (true, _) => Some(WrapUpEnd::File),
                (_, true) => Some(WrapUpEnd::Discard),
                _ => None,
            },
        }
    }
}

/// An instant, a day in local time, or a time back from now.
fn instant_of(text: &str) -> Result<String, ()> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.to_string());
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        let zone = jiff::tz::TimeZone::system();
        let start = day.to_zoned(zone).map_err(|_| ())?;
        return Ok(start.timestamp().to_string());
    }
    let span: jiff::Span = text.parse().map_err(|_| ())?;
    let span = if span.is_negative() {
        span
    } else {
        span.negate()
    };
    let at = Zoned::now().checked_add(span).map_err(|_| ())?;
    Ok(at.timestamp().to_string())
}

/// Gives an order and prints what came of it.
fn order(
    home: &Home,
    request: Request,
    print: &Print,
    human: impl FnOnce(&Value, &Text) -> String,
) -> i32 {
    match block_on(give(home, request, |_| {}, mpsc::channel(1).1)) {
        Ok(answer) => finish(home, &answer, print, human),
        Err(error) => {
            say_error(&error.to_string());
            1
        }
    }
}

/// Writes what is worth tidying as a table.
fn write_table(home: &Home, file: &Path) -> i32 {
    let text = text_of(home);
    let request = Request::CleanUp { table: true };
    let given = block_on(give(home, request, |_| {}, mpsc::channel(1).1));
    let answer = given.unwrap_or_else(|error| Answer::failed(error.to_string()));
    let Some(table) = answer.document.as_ref().and_then(Value::as_str) else {
        return finish(home, &answer, &Print::QUIET, human::nothing);
    };
    let shown = file.display().to_string();
    let values = [("file", shown.as_str())];
    match std::fs::write(file, table) {
        Ok(()) => say(&text.say_with("rust-tidy-written", &values)),
        Err(_) => {
            say_error(&text.say_with("rust-bundle-failed", &values));
            1
        }
    }
}

/// Writes the support bundle. Where the data cannot be opened, it says why they cannot.
fn write_bundle(home: &Home, file: &Path) -> i32 {
    let text = text_of(home);
    let given = block_on(give(home, Request::Bundle, |_| {}, mpsc::channel(1).1));
    let answer = given.unwrap_or_else(|error| Answer::failed(error.to_string()));
    let document = answer.document.clone().unwrap_or_else(|| {
        serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "not_opened": answer.error.as_deref().map(recent_log::wash),
            "log": recent_log::recent().washed(),
        })
    });
    let shown = file.display().to_string();
    let pretty = serde_json::to_string_pretty(&document).unwrap_or_default();
    let (id, code) = match std::fs::write(file, pretty + "\n") {
        Ok(()) => ("rust-bundle-written", answer.code),
        Err(_) => ("rust-bundle-failed", 1),
    };
    say_error(&text.say_with(id, &[("file", &shown)]));
    if let Some(error) = &answer.error {
        say_error(error);
    }
    code
}

fn finish(
    home: &Home,
    answer: &Answer,
    print: &Print,
    human: impl FnOnce(&Value, &Text) -> String,
) -> i32 {
    let mut code = answer.code;
    if let Some(document) = &answer.document {
        let said = if print.json {
            say(&document.to_string())
        } else {
            say(&human(document, &text_of(home)))
        };
        code = code.max(said);
    }
    if let Some(error) = &answer.error {
        say_error(error);
    }
    code
}

/// Gives the order to the running instance; without one, carries it out here.
async fn give(
    home: &Home,
    request: Request,
    mut on_note: impl FnMut(Value),
    pasted: mpsc::Receiver<String>,
) -> Answer {
    let began = Instant::now();
    // Asked first by a word that costs nothing, since what is pasted can be handed over only once.
    loop {
        let ping = ask(home, &Request::Ping, |_| {}, mpsc::channel(1).1).await;
        match ping {
            Ok(_) => {
                return match ask(home, &request, on_note, pasted).await {
                    Ok(answer) => answer,
                    Err(error) => not_answered(home, &error),
                };
            }
            Err(AskFailed::Nobody) => match Instance::take(home) {
                Ok(instance) => {
                    let answer = alone(home, request, &mut on_note, pasted).await;
                    drop(instance);
                    return answer;
                }
                // Another command works with the data, or an instance is about to answer.
                Err(LockFailed::Taken) if began.elapsed() < FREE_WITHIN => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Err(LockFailed::Taken) => return not_answered(home, &AskFailed::Silent),
                Err(error @ LockFailed::Io(_)) => return Answer::failed(sentence_of(&error)),
            },
            // An instance on its way out still has its door open.
            Err(AskFailed::Left) if began.elapsed() < FREE_WITHIN => {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Err(error) => return not_answered(home, &error),
        }
    }
}

fn not_answered(home: &Home, error: &AskFailed) -> Answer {
    let text = text_of(home);
    Answer::failed(text.say(match error {
        AskFailed::Nobody => "rust-error-nobody",
        AskFailed::Silent | AskFailed::Left => "rust-error-silent",
        AskFailed::Unreadable => "rust-error-other-version",
    }))
}

/// Error and causes in one line.
fn sentence_of(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

async fn alone(
    home: &Home,
    request: Request,
    mut on_note: impl FnMut(Value),
    heard: mpsc::Receiver<String>,
) -> Answer {
    let app = match App::open(home, Mode::OneCommand, Unlock::Auto).await {
        Ok(app) => app,
        Err(error) => return Answer::failed(open_failed(home, &error)),
    };
    if let Some(broken) = app.broken_settings() {
        say_error(&broken.to_string());
    }
    let (notes, mut noted) = mpsc::channel(16);
    let answer = {
        let work = carry_out(&app, request, None, Talk { notes, heard });
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                Some(note) = noted.recv() => on_note(note),
                answer = &mut work => break answer,
            }
        }
    };
    app.stop().await;
    answer
}

/// Why the data could not be opened, as a sentence.
pub(crate) fn open_failed(home: &Home, error: &OpenFailed) -> String {
    let text = text_of(home);
    let folder = home.data().display().to_string();
    let values = [("variable", PASSPHRASE_FILE), ("folder", folder.as_str())];
    let id = match error {
        OpenFailed::Secrets(SecretsWord::KeychainLocked) => "rust-open-keychain-locked",
        OpenFailed::Secrets(SecretsWord::PassphraseLocked) => "rust-open-passphrase-needed",
        OpenFailed::Secrets(_) => "rust-open-no-keychain",
        OpenFailed::WrongPassphrase => "rust-open-wrong-passphrase",
        OpenFailed::PassphraseFile(_) => "rust-open-passphrase-file",
        OpenFailed::Open(callside_store::OpenError::DiskFull) => "rust-open-disk-full",
        OpenFailed::Open(callside_store::OpenError::Unwritable { .. }) => "rust-open-unwritable",
        OpenFailed::Open(callside_store::OpenError::NewerVersion { .. }) => "rust-open-newer",
        other => return sentence_of(other),
    };
    text.say_with(id, &values)
}

fn run_headless(home: &Home) -> i32 {
    let instance = match Instance::take(home) {
        Ok(instance) => instance,
        Err(LockFailed::Taken) => {
            say_error(&text_of(home).say("rust-error-already-running"));
            return 1;
        }
        Err(error) => {
            say_error(&sentence_of(&error));
            return 1;
        }
    };
    match block_on(crate::headless::run(home, &instance)) {
        Ok(Ok(())) => 0,
        Ok(Err(sentence)) => {
            say_error(&sentence);
            1
        }
        Err(error) => {
            say_error(&error.to_string());
            1
        }
    }
}

// Windows.

struct WantedGui {
    hidden: bool,
    sample: bool,
    link: Option<String>,
    hook: Option<HookArguments>,
}

/// Whether windows can be opened here.
pub(crate) fn has_display() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Hands the request to the running instance, or becomes it.
fn open_windows(home: &Home, request: Request, wanted: WantedGui) -> i32 {
    let began = Instant::now();
    loop {
        let quiet = wanted.hidden && wanted.link.is_none() && wanted.hook.is_none();
        let asked = if quiet { &Request::Ping } else { &request };
        match ask_quickly(home, asked) {
            Ok(answer) => return finish(home, &answer, &Print::QUIET, human::nothing),
            Err(AskFailed::Nobody) => {}
            // An instance on its way out still has its door open. Asking the next one again does
            // no harm: a window shown twice is one window, and a link asked twice is one request.
            Err(AskFailed::Left) if began.elapsed() < FREE_WITHIN => {
                std::thread::sleep(LOOK_AGAIN);
                continue;
            }
            Err(error) => {
                return finish(
                    home,
                    &not_answered(home, &error),
                    &Print::QUIET,
                    human::nothing,
                );
            }
        }
        if !has_display() {
            say_error(&text_of(home).say("rust-error-no-display"));
            return 1;
        }
        match Instance::take(home) {
            Ok(instance) => {
                let start = GuiStart {
                    instance,
                    hidden: wanted.hidden,
                    sample: wanted.sample,
                    link: wanted.link,
                    hook: wanted.hook,
                };
                return crate::run_gui(home.clone(), start);
            }
            Err(LockFailed::Taken) if began.elapsed() < FREE_WITHIN => {
                std::thread::sleep(LOOK_AGAIN);
            }
            Err(LockFailed::Taken) => {
                let answer = not_answered(home, &AskFailed::Silent);
                return finish(home, &answer, &Print::QUIET, human::nothing);
            }
            Err(error) => {
                say_error(&sentence_of(&error));
                return 1;
            }
        }
    }
}

fn link(home: &Home, url: &str) -> i32 {
    let start = WantedGui {
        hidden: true,
        sample: false,
        link: Some(url.to_owned()),
        hook: None,
    };
    let request = Request::Link {
        url: url.to_owned(),
    };
    open_windows(home, request, start)
}

/// A softphone waits for this: whatever comes of it, the answer is quick and good.
fn call(home: &Home, mut hook: HookArguments, words: &[String]) -> i32 {
    let stays = std::env::var_os(STAY_VARIABLE).is_some();
    let request = Request::Call {
        action: hook.action.clone(),
        pairs: hook.pairs.clone(),
    };
    match ask_quickly(home, &request) {
        Ok(_) => return 0,
        // Two reports of one event make one call, so the next instance may hear it again.
        Err(AskFailed::Nobody | AskFailed::Left) => {}
        Err(error) => {
            tracing::warn!(%error, "the instance did not take a hook in time");
            return 0;
        }
    }
    if !has_display() {
        say_error(&text_of(home).say("rust-error-no-display"));
        return 0;
    }
    if !stays {
        // The app takes a while to start, and the softphone may kill who does not return.
        let arguments = words.iter().map(String::as_str);
        let at = Timestamp::now().to_string();
        if let Err(error) = start_detached(arguments, &[(STAY_VARIABLE, at.as_str())]) {
            say_error(&error.to_string());
        }
        return 0;
    }
    if let Some(at) = std::env::var(STAY_VARIABLE)
        .ok()
        .filter(|at| !at.is_empty())
    {
        hook.happened_at(at);
    }
    let request = Request::Call {
        action: hook.action.clone(),
        pairs: hook.pairs.clone(),
    };
    let start = WantedGui {
        hidden: true,
        sample: false,
        link: None,
        hook: Some(hook),
    };
    open_windows(home, request, start);
    0
}

/// Starts this program again, free of our terminal and our end.
fn start_detached<'a>(
    arguments: impl Iterator<Item = &'a str>,
    variables: &[(&str, &str)],
) -> std::io::Result<()> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    command.spawn().map(|_| ())
}

fn dial(home: &Home, number: String, yes: bool) -> i32 {
    let request = Request::Dial { number, yes };
    let mut started = false;
    let began = Instant::now();
    loop {
        match ask_quickly(home, &request) {
            Ok(answer) => return finish(home, &answer, &Print::QUIET, human::nothing),
            Err(AskFailed::Nobody) if !started => {
                if !has_display() {
                    say_error(&text_of(home).say("rust-error-no-display"));
                    return 1;
                }
                if let Err(error) = start_detached(["--hidden"].into_iter(), &[]) {
                    say_error(&error.to_string());
                    return 1;
                }
                started = true;
            }
            Err(AskFailed::Nobody) if began.elapsed() < STARTS_WITHIN => {}
            Err(error) => {
                let answer = not_answered(home, &error);
                return finish(home, &answer, &Print::QUIET, human::nothing);
            }
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

// Signing in.

fn connect(home: &Home, wanted: Connect) -> i32 {
    let text = text_of(home);
    if NOT_YET.contains(&wanted.name.as_str()) {
        let crm = crate::text::crm_name(&wanted.name);
        say_error(&text.say_with("rust-connect-not-yet", &[("crm", crm)]));
        return 1;
    }
    if Service::from_word(&wanted.name).is_some() {
        return connect_cloud(home, wanted, &text);
    }
    let secret = if wanted.client_secret_stdin {
        match first_line() {
            Some(secret) => Some(secret),
            None => {
                say_error(&text.say("rust-usage-no-secret"));
                return 2;
            }
        }
    } else {
        None
    };
    let by_credentials = wanted.grant == Some(Grant::ClientCredentials);
    let request = match (by_credentials, secret, wanted.client_id) {
        (true, Some(client_secret), client_id) => Request::Connect {
            connection: wanted.name,
            client_id: None,
            client_secret: None,
            credentials: Some(Credentials {
                client_id: client_id.unwrap_or_default(),
                client_secret,
            }),
        },
        (true, None, _) => {
            say_error(&text.say("rust-usage-no-secret"));
            return 2;
        }
        (false, client_secret, client_id) => Request::Connect {
            connection: wanted.name,
            client_id,
            client_secret,
            credentials: None,
        },
    };
    let (sender, pasted) = mpsc::channel(1);
    if by_credentials {
        drop(sender);
    } else {
        read_pasted(sender);
    }
    let on_note = |note: Value| tell_sign_in(&note, &text);
    match block_on(give(home, request, on_note, pasted)) {
        Ok(answer) => finish(home, &answer, &Print::QUIET, human::connected),
        Err(error) => {
            say_error(&error.to_string());
            1
        }
    }
}

/// Connects a telephony service. Its key is never an argument: others could read it there.
fn connect_cloud(home: &Home, wanted: Connect, text: &Text) -> i32 {
    let aircall = wanted.name == Service::Aircall.as_str();
    let from_stdin = match aircall {
        true => wanted.api_token_stdin && !wanted.key_stdin && wanted.api_id.is_some(),
        false => wanted.key_stdin && !wanted.api_token_stdin && wanted.api_id.is_none(),
    };
    let other_way = wanted.grant.is_some() || wanted.client_id.is_some();
    if !from_stdin || other_way || wanted.client_secret_stdin {
        say_error(&text.say(match aircall {
            true => "rust-usage-aircall",
            false => "rust-usage-allo",
        }));
        return 2;
    }
    let Some(secret) = first_line() else {
        say_error(&text.say("rust-usage-no-secret"));
        return 2;
    };
    let request = Request::ConnectCloud {
        service: wanted.name,
        id: wanted.api_id.unwrap_or_default(),
        secret,
        agent: wanted.agent,
    };
    order(home, request, &Print::QUIET, human::connected)
}

/// The first line of stdin, byte by byte: what follows may be a pasted code.
fn first_line() -> Option<String> {
    let mut line = Vec::new();
    let mut input = std::io::stdin().lock();
    input
        .by_ref()
        .take(8192)
        .read_until(b'\n', &mut line)
        .ok()?;
    let line = String::from_utf8(line).ok()?;
    let line = line.trim_end_matches(['\r', '\n']);
    (!line.is_empty()).then(|| line.to_owned())
}

/// Lines of the terminal, as they are typed. The thread ends with the process.
fn read_pasted(sender: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if !line.trim().is_empty() && sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
}

fn tell_sign_in(note: &Value, text: &Text) {
    if let Some(url) = note.get("authorize_url").and_then(Value::as_str) {
        say_error(&text.say("rust-connect-open-this"));
        let _ = writeln!(std::io::stderr(), "{}", human::plain(url));
        say_error(&text.say("rust-connect-or-paste"));
        if has_display() && open::that_detached(url).is_err() {
            say_error(&text.say("rust-connect-no-browser"));
        }
    }
    if let Some(trouble) = note.get("trouble").and_then(Value::as_str) {
        say_error(trouble);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_parser_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_lone_link_is_a_link_and_nothing_else() {
        for link in [
            "tel:+33199001234",
            "CALLTO:1",
            "sip:a@b",
            "sips:a@b",
            "callside:call/ringing",
        ] {
            assert!(is_link(link), "{link}");
        }
        for other in ["calls", "http://x", "--sample", "tel"] {
            assert!(!is_link(other), "{other}");
        }
    }

    #[test]
    fn a_time_back_a_day_and_an_instant_are_understood() {
        assert_eq!(
            instant_of("2026-11-20T10:00:00Z").unwrap(),
            "2026-11-20T10:00:00Z"
        );
        let day: Timestamp = instant_of("2026-11-20").unwrap().parse().unwrap();
        assert_eq!(day.as_second() % 60, 0);
        let back: Timestamp = instant_of("2h").unwrap().parse().unwrap();
        let ago = Timestamp::now().duration_since(back).as_secs();
        assert!((7_199..=7_201).contains(&ago), "{ago}");
        assert!(instant_of("yesterweek").is_err());
    }

    #[test]
    fn a_number_with_a_leading_hyphen_stays_a_number() {
        let cli = Cli::try_parse_from(["callside", "lookup", "-33199001234"]).unwrap();
        assert!(
            matches!(cli.command, Some(Command::Lookup { number, .. }) if number == "-33199001234")
        );
    }

    #[test]
    fn sentences_exist_before_the_settings_are_read() {
        assert!(!system_text().say("rust-error-nobody").starts_with("rust-"));
    }
}
