//! An agent's desk without windows: a data folder, a CRM, and the program.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use callside_crm::oauth::CALLBACK_PATH;
use callside_sandbox::{BookOptions, PhoneCall, Sandbox, SandboxOptions};
use callside_testkit::contract_check::{Service, check_request_to};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long anything may take. Longer than it should, since the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(30);
const PASSPHRASE: &str = "five quiet words for testing";
pub const AGENT: &str = "agent@example.com";

/// Looks again and again until there is something.
pub async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Random numbers from a seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let sides = u64::try_from(of.len()).unwrap();
        (sides > 0).then(|| &of[usize::try_from(self.roll(sides)).unwrap()])
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        self.pick(of).unwrap().clone()
    }
}

/// A number that whoever runs the tests gives in a variable of the environment.
pub fn wish(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Outcome {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn good(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

/// The CRM is the sandbox, in this process where nothing else is said.
pub struct Desk<C = Sandbox> {
    folder: tempfile::TempDir,
    home: String,
    pub crm: C,
    access: Access,
    app: Option<Running>,
    key: String,
    /// The port to which the browser comes back.
    way_back: u16,
    /// Everything any process of this desk wrote to stderr.
    pub said: Arc<Mutex<String>>,
}

/// Where a CRM is, and what it knows the program by.
pub struct Access {
    pub api_url: String,
    pub login_url: String,
    pub client_id: String,
    pub client_secret: String,
}

/// The program as `run --headless`.
struct Running {
    child: Child,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Desk {
    /// A desk whose agent has not signed in yet.
    pub async fn new() -> Self {
        Self::in_folder("home").await
    }

    /// The same, with a data folder of this name.
    pub async fn in_folder(name: &str) -> Self {
        let way_back = free_port();
        let mut options = SandboxOptions {
            book: BookOptions {
                contacts: 120,
                ..BookOptions::default()
            },
            auto_approve: true,
            ..SandboxOptions::default()
        };
        options
            .redirect_uris
            .push(format!("http://127.0.0.1:{way_back}{CALLBACK_PATH}"));
        let crm = Sandbox::start(options).await.unwrap();
        let access = Access {
            api_url: crm.api_url(),
            login_url: crm.login_url(),
            client_id: crm.client_id().to_owned(),
            client_secret: crm.client_secret().to_owned(),
        };
        Self::beside(crm, access, way_back, name)
    }

    /// A desk that is signed in, has all contacts and runs.
    pub async fn at_work() -> Self {
        let mut desk = Self::new().await;
        desk.connect();
        desk.run(&["sync"]).good();
        desk.start().await;
        desk
    }

    /// The phone calls in the CRM, once there are so many.
    pub async fn logged(&self, count: usize) -> Vec<PhoneCall> {
        eventually("the log in the CRM", || {
            Some(self.crm.phone_calls()).filter(|calls| calls.len() >= count)
        })
        .await
    }

    /// Ends the story: nothing that the CRM saw may break its contract.
    pub async fn close(mut self) {
        if self.app.is_some() {
            self.signal(Signal::TERM);
            assert_eq!(self.ended().await, Some(0));
        }
        for seen in self.crm.requests() {
            check_seen(&seen.method, &seen.path, &seen.query, &seen.body);
        }
        self.crm.stop().await;
    }
}

/// A request has to be of its service's contract.
pub fn check_seen(method: &str, path: &str, query: &str, body: &str) {
    let address = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    let service = match path {
        path if path.starts_with("/aircall/") => Service::Aircall,
        path if path.starts_with("/allo/") => Service::Allo,
        _ => Service::Sellsy,
    };
    check_request_to(service, method, &address, body).unwrap();
}

impl<C> Desk<C> {
    /// A desk beside a CRM, with a data folder of this name. Whoever signs in with a browser comes
    /// back to this port.
    pub fn beside(crm: C, access: Access, way_back: u16, name: &str) -> Self {
        let desk = Self {
            way_back,
            home: name.to_owned(),
            folder: tempfile::tempdir().unwrap(),
            crm,
            access,
            app: None,
            key: String::new(),
            said: Arc::default(),
        };
        std::fs::create_dir_all(desk.home()).unwrap();
        desk.write_passphrase(PASSPHRASE);
        desk.write_settings("");
        desk
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join(&self.home)
    }

    /// Writes `config.toml`: what every desk needs, and more.
    pub fn write_settings(&self, more: &str) {
        let text = format!(
            "language = \"en\"\n{more}\n[agent]\nemail = \"{AGENT}\"\n[logging]\nundo_s = 0\n\
             [crm.sellsy]\napi_url = \"{}\"\nlogin_url = \"{}\"\nredirect_ports = [{}]\n\
             [telephony.baresip]\ncontrol = \"\"\n",
            self.access.api_url, self.access.login_url, self.way_back
        );
        std::fs::write(self.home().join("config.toml"), text).unwrap();
    }

    /// Replaces the passphrase that every command is given.
    pub fn write_passphrase(&self, passphrase: &str) {
        std::fs::write(self.folder.path().join("passphrase"), passphrase).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callside"));
        command
            .args(arguments)
            .env("CALLSIDE_HOME", self.home())
            .env(
                "CALLSIDE_PASSPHRASE_FILE",
                self.folder.path().join("passphrase"),
            )
            .env("CALLSIDE_LOG", "trace")
            .env("LC_ALL", "en_GB.UTF-8")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, "")
    }

    /// Runs a command that reads this from stdin.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        self.finish(&mut self.command(arguments), input)
    }

    pub fn finish(&self, command: &mut Command, input: &str) -> Outcome {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let done = child.wait_with_output().unwrap();
        let err = String::from_utf8(done.stderr).unwrap();
        self.said.lock().unwrap().push_str(&err);
        Outcome {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8(done.stdout).unwrap(),
            err,
        }
    }

    /// Signs in without a browser.
    pub fn connect(&self) {
        let arguments = [
            "connect",
            "sellsy",
            "--grant",
            "client-credentials",
            "--client-id",
            &self.access.client_id,
            "--client-secret-stdin",
        ];
        let secret = format!("{}\n", self.access.client_secret);
        self.run_with(&arguments, &secret).good();
    }

    /// Begins a sign-in with the browser; gives the command that waits, and the page to open.
    pub fn begin_sign_in(&self) -> (Child, String) {
        let id = &self.access.client_id;
        let mut child = self
            .command(&[
                "connect",
                "sellsy",
                "--client-id",
                id,
                "--client-secret-stdin",
            ])
            .env("CALLSIDE_LOG", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let secret = format!("{}\n", self.access.client_secret);
        let input = child.stdin.as_mut().unwrap();
        input.write_all(secret.as_bytes()).unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("http://") {
            line.clear();
            assert_ne!(err.read_line(&mut line).unwrap(), 0, "no page to open");
        }
        // The rest is read by nobody, and must not stop the command.
        std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        (child, line.trim().to_owned())
    }

    /// Starts the engine and waits until it is ready.
    pub async fn start(&mut self) {
        let mut child = self
            .command(&["run", "--headless"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let out = BufReader::new(child.stdout.take().unwrap());
        let seen = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("one JSON object per line");
                seen.lock().unwrap().push(line);
            }
        });
        let mut err = child.stderr.take().unwrap();
        let said = Arc::clone(&self.said);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = err.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..read]);
                said.lock().unwrap().push_str(&text);
            }
        });
        self.app = Some(Running { child, lines });
        eventually("the engine", || self.lines().first().cloned()).await;
        assert_eq!(self.lines()[0]["event"], "ready");
        self.key = self.run(&["status", "--json"]).good().json()["hooks"]["key"]
            .as_str()
            .unwrap()
            .to_owned();
    }

    /// The lines the engine printed since it started.
    pub fn lines(&self) -> Vec<Value> {
        let app = self.app.as_ref().expect("the engine runs");
        app.lines.lock().unwrap().clone()
    }

    pub async fn line(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, || self.lines().into_iter().find(|line| wanted(line))).await
    }

    pub fn signal(&self, signal: Signal) {
        let app = self.app.as_ref().expect("the engine runs");
        let pid = Pid::from_raw(i32::try_from(app.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the engine's end and gives its exit code; None after a signal.
    pub async fn ended(&mut self) -> Option<i32> {
        let mut app = self.app.take().expect("the engine runs");
        eventually("the engine's end", || app.child.try_wait().unwrap())
            .await
            .code()
    }

    /// Kills the engine this instant, as a power cut would.
    pub async fn cut_power(&mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// A softphone's word, with the right key.
    pub fn hook(&self, action: &str, options: &[&str]) {
        let mut arguments = vec!["call", action, "--app", "test", "--key", &self.key];
        arguments.extend(options);
        self.run(&arguments).good();
    }

    /// The same where the program may be gone; whether it was taken.
    pub fn try_hook(&self, action: &str, options: &[&str]) -> bool {
        let mut arguments = vec!["call", action, "--app", "test", "--key", &self.key];
        arguments.extend(options);
        self.run(&arguments).code == 0
    }

    pub fn calls(&self) -> Vec<Value> {
        let listed = self.run(&["calls", "--json"]).good().json();
        listed.as_array().unwrap().clone()
    }

    /// The only call there is, once it looks like this.
    pub async fn call(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, || {
            self.calls().into_iter().next().filter(|call| wanted(call))
        })
        .await
    }

    /// A whole answered call from a number; gives its id.
    pub async fn talk_with(&self, number: &str, id: &str) -> String {
        self.hook("ringing", &["--from", number, "--id", id]);
        self.hook("answered", &["--id", id]);
        self.hook("ended", &["--id", id, "--dur", "42"]);
        let ended = eventually("the call's end", || {
            self.calls()
                .into_iter()
                .find(|call| call["state"] == "ended" && call["wrap_up"] == "open")
        })
        .await;
        ended["id"].as_str().unwrap().to_owned()
    }

    /// Everything in the data folder, byte by byte.
    pub fn bytes_on_disk(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.home()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
        files
    }
}
