//! A program that a test started: what it printed, and its certain end.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::wait::{PATIENCE, eventually};

/// The lines printed so far by one stream.
type Lines = Arc<Mutex<Vec<String>>>;

/// A running program, alone in its process group. Dropping it kills the whole group, also when the test panics.
pub struct Process {
    name: String,
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

impl Process {
    /// Starts `command`; both of its outputs are collected line by line.
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let name = name
            .rsplit('/')
            .next()
            .map_or_else(|| name.clone(), str::to_owned);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{name} does not start: {error}; is `make setup` done?")
        });
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Self {
            name,
            child,
            stdout,
            stderr,
        }
    }

    /// The process id, which is also the id of its group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything printed to standard output so far.
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lock().unwrap().clone()
    }

    /// Everything printed to standard error so far.
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits for the first line of standard output that `pick` makes something of.
    pub async fn line<T>(
        &self,
        what: &str,
        within: Duration,
        pick: impl Fn(&str) -> Option<T>,
    ) -> T {
        let what = format!("{what} from {}", self.name);
        eventually(&what, within, async || {
            self.stdout
                .lock()
                .unwrap()
                .iter()
                .find_map(|line| pick(line))
        })
        .await
    }

    /// The exit status once the program has ended by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        // It may just have ended: then there is nobody to tell.
        let _ = kill_process(group(&self.child), signal);
    }

    /// Kills it this instant, as a power cut would, and waits until it is gone.
    pub fn kill9(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// Asks it to end and waits for it.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let what = format!("the end of {}", self.name);
        eventually(&what, PATIENCE, async || self.ended()).await
    }

    /// The name and the last lines of both outputs, for the report of a failed test.
    pub fn last_words(&self) -> String {
        let mut words = format!("--- {} ({})\n", self.name, self.child.id());
        for (stream, lines) in [("out", &self.stdout), ("err", &self.stderr)] {
            let lines = lines.lock().unwrap();
            for line in lines.iter().skip(lines.len().saturating_sub(30)) {
                words.push_str(&format!("{stream}: {line}\n"));
            }
        }
        words
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.last_words());
        }
        let _ = kill_process_group(group(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Kills every process that belongs to the desk in `folder`: second instances, link handlers and daemons that left
/// their group.
pub fn kill_all_of(folder: &Path) {
    let started = Instant::now();
    // Dying programs may still start others, so look until nobody is left.
    while started.elapsed() < PATIENCE {
        let left = pids_of(folder);
        if left.is_empty() {
            return;
        }
        for pid in left {
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The ids of all living processes that name the desk's folder in their environment or their command line.
///
/// Both are asked, because a browser paints its title over its environment.
pub fn pids_of(folder: &Path) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let folder = folder.as_os_str().as_bytes();
    let names_it = |file: PathBuf| {
        std::fs::read(file).is_ok_and(|text| text.windows(folder.len()).any(|part| part == folder))
    };
    processes
        .filter_map(|entry| {
            let process = entry.ok()?.path();
            let pid = process.file_name()?.to_str()?.parse().ok()?;
            let ours = names_it(process.join("environ")) || names_it(process.join("cmdline"));
            ours.then(|| Pid::from_raw(pid)).flatten()
        })
        .collect()
}

fn group(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Reads on a thread of its own until the stream closes, so that a full pipe never stops the program.
fn collect(stream: impl Read + Send + 'static) -> Lines {
    let lines = Lines::default();
    let shared = Arc::clone(&lines);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            shared.lock().unwrap().push(text);
            line.clear();
        }
    });
    lines
}
