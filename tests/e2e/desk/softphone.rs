//! A real SIP softphone (baresip), people who call it and people who can be called (sipp).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::ports::free_port;
use super::process::Process;
use super::wait::{PATIENCE, eventually};
use super::{Desk, LONG};

/// Nobody in a test talks longer than this, in milliseconds.
const FOREVER_MS: u64 = 600_000;

/// A running softphone with one account, `agent`, that answers only when told to.
///
/// The control port serves one client at a time, and that is the app under test. The test's own hand on the phone is
/// the console port.
pub struct Softphone {
    process: Process,
    /// Where calls reach it, by SIP over UDP.
    pub sip_port: u16,
    /// Where programs hear of calls and ask for them (JSON in netstrings).
    pub control_port: u16,
    console: TcpStream,
}

impl Desk {
    /// Starts a softphone.
    pub async fn softphone(&self) -> Softphone {
        let (sip_port, control_port, console_port) = (free_port(), free_port(), free_port());
        let folder = self.folder().join(format!("baresip-{sip_port}"));
        std::fs::create_dir_all(&folder).unwrap();
        write_silence(&folder.join("in.wav"), Duration::from_millis(FOREVER_MS));
        let home = folder.display();
        let config = format!(
            "poll_method epoll\nsip_listen 127.0.0.1:{sip_port}\n\
             audio_player aufile,{home}/out.wav\naudio_source aufile,{home}/in.wav\n\
             audio_alert aufile,{home}/alert.wav\n\
             module_path {}\nmodule g711.so\nmodule aufile.so\nmodule cons.so\n\
             module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
             ctrl_tcp_listen 127.0.0.1:{control_port}\ncons_listen 127.0.0.1:{console_port}\n",
            module_folder().display()
        );
        std::fs::write(folder.join("config"), config).unwrap();
        let account = format!("<sip:agent@127.0.0.1:{sip_port}>;regint=0;answermode=manual\n");
        std::fs::write(folder.join("accounts"), account).unwrap();
        std::fs::write(folder.join("contacts"), "").unwrap();

        let process = Process::start(
            self.room()
                .command("baresip")
                .arg("-f")
                .arg(&folder)
                .current_dir(&folder),
        );
        process
            .line("the softphone's readiness", PATIENCE, |line| {
                line.contains("baresip is ready").then_some(())
            })
            .await;
        let console = TcpStream::connect((Ipv4Addr::LOCALHOST, console_port)).unwrap();
        // It echoes and comments without end; unread, that would stop it.
        let mut comments = console.try_clone().unwrap();
        std::thread::spawn(move || std::io::copy(&mut comments, &mut std::io::sink()));
        Softphone {
            process,
            sip_port,
            control_port,
            console,
        }
    }
}

impl Softphone {
    /// `host:port` of the control port, as `[telephony.baresip] control` wants it.
    pub fn control(&self) -> String {
        format!("127.0.0.1:{}", self.control_port)
    }

    /// Takes the ringing call.
    pub fn accept(&self) {
        self.command("/accept");
    }

    /// Ends the current call, or declines it while it rings.
    pub fn hang_up(&self) {
        self.command("/hangup");
    }

    /// Calls a SIP address.
    pub fn dial(&self, address: &str) {
        self.command(&format!("/dial {address}"));
    }

    /// Listens on the control port. Not while the app does: the softphone would hang up on it.
    pub async fn listen(&self) -> Control {
        let port = self.control_port;
        eventually("the softphone's control port", PATIENCE, async || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        })
        .await
        .into()
    }

    /// The softphone crashes.
    pub fn kill9(&mut self) {
        self.process.kill9();
    }

    /// What the softphone printed so far.
    pub fn screen(&self) -> Vec<String> {
        self.process.stdout()
    }

    fn command(&self, command: &str) {
        let line = format!("{command}\n");
        (&self.console).write_all(line.as_bytes()).unwrap();
    }
}

/// A client of the softphone's control port.
pub struct Control {
    stream: TcpStream,
    messages: Arc<Mutex<Vec<Value>>>,
}

impl From<TcpStream> for Control {
    fn from(stream: TcpStream) -> Self {
        let messages = Arc::<Mutex<Vec<Value>>>::default();
        let shared = Arc::clone(&messages);
        let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
        std::thread::spawn(move || {
            while let Some(message) = read_netstring(&mut reader) {
                shared.lock().unwrap().push(message);
            }
        });
        Self { stream, messages }
    }
}

impl Control {
    /// Sends a command; the answer comes back with the same token.
    pub fn command(&mut self, command: &str, parameters: &str, token: &str) {
        let text = json!({"command": command, "params": parameters, "token": token}).to_string();
        self.stream
            .write_all(format!("{}:{text},", text.len()).as_bytes())
            .unwrap();
    }

    /// Waits for the answer to a command.
    pub async fn answer(&self, token: &str) -> Value {
        eventually("the softphone's answer", PATIENCE, async || {
            self.find(|message| message["token"] == token)
        })
        .await
    }

    /// Waits for an event of this type, such as `CALL_INCOMING`.
    pub async fn event(&self, kind: &str) -> Value {
        let what = format!("{kind} from the softphone");
        eventually(&what, LONG, async || {
            self.find(|message| message["event"] == true && message["type"] == kind)
        })
        .await
    }

    fn find(&self, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let messages = self.messages.lock().unwrap();
        messages.iter().find(|message| wanted(message)).cloned()
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// `LENGTH:JSON,`; `None` at the end of the stream or when it is not that.
fn read_netstring(reader: &mut impl Read) -> Option<Value> {
    let mut length = 0_usize;
    loop {
        let mut byte = [0];
        reader.read_exact(&mut byte).ok()?;
        match byte[0] {
            b':' => break,
            digit @ b'0'..=b'9' => length = length * 10 + usize::from(digit - b'0'),
            _ => return None,
        }
    }
    let mut text = vec![0; length + 1];
    reader.read_exact(&mut text).ok()?;
    serde_json::from_slice(&text[..length]).ok()
}

/// Somebody who calls the softphone and waits for an answer.
pub struct Caller {
    phone: Sipp,
}

/// Who the caller says to be.
#[derive(Clone, Copy)]
pub enum CallerId<'a> {
    /// A number, with or without a display name.
    Number(&'a str, Option<&'a str>),
    /// The caller withholds the number.
    Withheld,
}

impl Desk {
    /// This number calls the softphone now.
    pub async fn caller(&self, softphone: &Softphone, number: &str) -> Caller {
        self.caller_as(softphone, CallerId::Number(number, None))
            .await
    }

    /// Somebody calls the softphone now.
    pub async fn caller_as(&self, softphone: &Softphone, who: CallerId<'_>) -> Caller {
        let (display, address) = match who {
            CallerId::Number(number, name) => {
                let display = name.map_or_else(String::new, |name| format!("\"{name}\" "));
                (display, format!("sip:{number}@[local_ip]:[local_port]"))
            }
            CallerId::Withheld => (
                "\"Anonymous\" ".to_owned(),
                "sip:anonymous@anonymous.invalid".to_owned(),
            ),
        };
        let scenario = CALLER
            .replace("{DISPLAY}", &display)
            .replace("{ADDRESS}", &address);
        let target = format!("127.0.0.1:{}", softphone.sip_port);
        Caller {
            phone: Sipp::start(self, "caller", &scenario, &["-m", "1", &target]),
        }
    }
}

impl Caller {
    /// Waits until the softphone says that it rings.
    pub async fn rings(&self) {
        self.phone.entry("ringing").await;
    }

    /// Waits until the call is answered.
    pub async fn answered(&self) {
        self.phone.entry("answered").await;
    }

    /// Waits until the other side declines or hangs up.
    pub async fn ended(&self) {
        self.phone.entry("ended").await;
    }

    /// Hangs up, or gives up while it still rings.
    pub fn hang_up(&self) {
        self.phone.tell_to_hang_up();
    }
}

/// Somebody who can be called, by any number.
pub struct Callee {
    phone: Sipp,
}

/// What a callee does when called.
#[derive(Clone, Copy)]
pub enum Manner {
    /// Answers after ringing for so long, and hangs up after the second time if it is given.
    Answers {
        after: Duration,
        hangs_up_after: Option<Duration>,
    },
    /// Is busy.
    Busy,
}

impl Desk {
    /// Somebody who answers nearly at once and talks until the agent hangs up.
    pub async fn callee(&self) -> Callee {
        self.callee_who(Manner::Answers {
            after: Duration::from_millis(200),
            hangs_up_after: None,
        })
        .await
    }

    /// Somebody who behaves as told.
    pub async fn callee_who(&self, manner: Manner) -> Callee {
        let scenario = match manner {
            Manner::Busy => CALLEE_BUSY.to_owned(),
            Manner::Answers {
                after,
                hangs_up_after,
            } => {
                let talk =
                    hangs_up_after.map_or(FOREVER_MS, |time| time.as_millis().try_into().unwrap());
                CALLEE
                    .replace("{RING}", &after.as_millis().to_string())
                    .replace("{TALK}", &talk.to_string())
            }
        };
        let phone = Sipp::start(self, "callee", &scenario, &[]);
        // UDP cannot be connected to: it is there when the port can no longer be had.
        eventually("the callee's phone", PATIENCE, async || {
            UdpSocket::bind((Ipv4Addr::LOCALHOST, phone.port))
                .is_err()
                .then_some(())
        })
        .await;
        Callee { phone }
    }
}

impl Callee {
    /// The part after `@` by which this callee is reached: `[telephony.baresip] domain`.
    pub fn domain(&self) -> String {
        format!("127.0.0.1:{}", self.phone.port)
    }

    /// The user parts of the addresses dialled so far, one per call received.
    pub fn calls(&self) -> Vec<String> {
        self.phone.entries("called ")
    }

    /// Waits for the first call and gives the dialled user part.
    pub async fn called(&self) -> String {
        eventually("a call to the callee", LONG, async || {
            self.calls().into_iter().next()
        })
        .await
    }

    /// Waits until a call is answered.
    pub async fn answered(&self) {
        self.phone.entry("answered").await;
    }

    /// Waits until a call has ended.
    pub async fn ended(&self) {
        self.phone.entry("ended").await;
    }
}

/// One sipp process with its scenario and its log.
struct Sipp {
    _process: Process,
    port: u16,
    log: PathBuf,
}

impl Sipp {
    fn start(desk: &Desk, role: &str, scenario: &str, arguments: &[&str]) -> Self {
        let (port, media, remote_control) = (free_port(), free_port(), free_port());
        let folder = desk.folder().join(format!("{role}-{port}"));
        std::fs::create_dir_all(&folder).unwrap();
        let (file, log) = (folder.join("scenario.xml"), folder.join("log"));
        std::fs::write(&file, scenario).unwrap();
        let process = Process::start(
            desk.room()
                .command("sipp")
                .arg("-sf")
                .arg(&file)
                .args(["-i", "127.0.0.1", "-p", &port.to_string()])
                .args(["-mi", "127.0.0.1", "-mp", &media.to_string()])
                .args(["-cp", &remote_control.to_string()])
                .args(["-cid_str", &Self::call_id(port)])
                .args(["-nostdin", "-trace_logs", "-log_file"])
                .arg(&log)
                .args(["-trace_err", "-error_file"])
                .arg(folder.join("errors"))
                .args(arguments)
                .current_dir(&folder),
        );
        Self {
            _process: process,
            port,
            log,
        }
    }

    /// The Call-ID of the one call that this phone makes.
    fn call_id(port: u16) -> String {
        format!("call-{port}@127.0.0.1")
    }

    /// What follows `start` in every log line that begins so.
    fn entries(&self, start: &str) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.strip_prefix(start))
            .map(|rest| rest.trim().to_owned())
            .collect()
    }

    async fn entry(&self, start: &str) {
        let what = format!("{start:?} in a phone's log");
        eventually(&what, LONG, async || self.entries(start).pop()).await;
    }

    /// Sends the message that the scenario takes as "hang up now". It is part of no dialogue and nobody answers it.
    fn tell_to_hang_up(&self) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own = socket.local_addr().unwrap();
        let message = format!(
            "MESSAGE sip:caller@127.0.0.1:{port} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bKhangup\r\n\
             From: <sip:test@{own}>;tag=test\r\n\
             To: <sip:caller@127.0.0.1:{port}>\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: 1 MESSAGE\r\n\
             Content-Length: 0\r\n\r\n",
            port = self.port,
            call_id = Self::call_id(self.port),
        );
        socket
            .send_to(message.as_bytes(), (Ipv4Addr::LOCALHOST, self.port))
            .unwrap();
    }
}

/// Writes a 16-bit mono WAV file of silence at 8 kHz, the one rate that needs no converter in the softphone. A call
/// ends with its file, so it is long; the silence itself takes no room on the disk.
fn write_silence(path: &Path, length: Duration) {
    const RATE: u32 = 8000;
    let bytes = u32::try_from(length.as_secs()).unwrap() * RATE * 2;
    let mut head = Vec::new();
    head.extend(b"RIFF");
    head.extend((36 + bytes).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16_u32.to_le_bytes());
    head.extend(1_u16.to_le_bytes()); // PCM
    head.extend(1_u16.to_le_bytes()); // mono
    head.extend(RATE.to_le_bytes());
    head.extend((RATE * 2).to_le_bytes());
    head.extend(2_u16.to_le_bytes()); // bytes per sample
    head.extend(16_u16.to_le_bytes()); // bits per sample
    head.extend(b"data");
    head.extend(bytes.to_le_bytes());
    let length = head.len() as u64 + u64::from(bytes);
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(&head).unwrap();
    file.set_len(length).unwrap();
}

/// Debian keeps the modules in one place, other systems in a folder of the architecture.
fn module_folder() -> PathBuf {
    let multiarch = format!(
        "/usr/lib/{}-linux-gnu/baresip/modules",
        std::env::consts::ARCH
    );
    [
        "/usr/lib/baresip/modules",
        &multiarch,
        "/usr/lib64/baresip/modules",
        "/usr/local/lib/baresip/modules",
    ]
    .iter()
    .map(PathBuf::from)
    .find(|folder| folder.join("ctrl_tcp.so").exists())
    .expect("the softphone's modules; is `make setup` done?")
}

const CALLER: &str = include_str!("scenarios/caller.xml");
const CALLEE: &str = include_str!("scenarios/callee.xml");
const CALLEE_BUSY: &str = include_str!("scenarios/callee_busy.xml");
