//! Real SIP calls by sipp to and from the real baresip. Where either is not installed, a line is
//! printed and the story is passed over.

use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use callside_core::call::{Direction, EndReason, Happening, SaidReason};
use callside_core::ports::{Dialed, Telephony, TelephonyState};
use tempfile::TempDir;
use tokio::time::timeout;

use super::{Agent, LONG};

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Running {
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Running(child.unwrap())
}

/// A port that is free for TCP and UDP, as SIP wants both, and so is the next, which SIP over TLS
/// takes unasked. It is taken from below those that the
/// system gives to connections, and from above those where baresip sends sound: else somebody
/// takes it before the program does that it is meant for.
fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() % 2000 * 4;
    loop {
        let step = u32::from(NEXT.fetch_add(1, Ordering::SeqCst));
        let port = u16::try_from(21_000 + (first + 2 * step) % 8000).unwrap();
        let is_free = |port| {
            TcpListener::bind(("127.0.0.1", port)).is_ok()
                && UdpSocket::bind(("127.0.0.1", port)).is_ok()
        };
        if is_free(port) && is_free(port + 1) {
            return port;
        }
    }
}

/// A folder with a softphone in it, and the ports of the test.
struct Softphone {
    folder: TempDir,
    sip: u16,
    control: u16,
    keys: u16,
    other_end: u16,
}

impl Softphone {
    /// None where the programs are missing.
    fn new() -> Option<Self> {
        for program in ["/usr/bin/baresip", "/usr/bin/sipp"] {
            if !Path::new(program).exists() {
                println!("passed over: {program} is not installed");
                return None;
            }
        }
        let softphone = Self {
            folder: TempDir::new().unwrap(),
            sip: port(),
            control: port(),
            keys: port(),
            other_end: port(),
        };
        softphone.write_config();
        Some(softphone)
    }

    fn write_config(&self) {
        let folder = self.folder.path();
        let config = format!(
            "poll_method epoll\n\
             sip_listen 127.0.0.1:{sip}\n\
             rtp_ports 10000-20000\n\
             audio_player aufile,out.wav\n\
             audio_source aufile,{folder}/in.wav\n\
             module_path /usr/lib/baresip/modules\n\
             module g711.so\n\
             module aufile.so\n\
             module_app account.so\n\
             module_app menu.so\n\
             module_app ctrl_tcp.so\n\
             module_app cons.so\n\
             ctrl_tcp_listen 127.0.0.1:{control}\n\
             cons_listen 127.0.0.1:{keys}\n",
            sip = self.sip,
            control = self.control,
            keys = self.keys,
            folder = folder.display(),
        );
        let account = format!(
            "<sip:agent@127.0.0.1:{}>;regint=0;answermode=manual\n",
            self.sip
        );
        std::fs::write(folder.join("config"), config).unwrap();
        std::fs::write(folder.join("accounts"), account).unwrap();
        std::fs::write(folder.join("in.wav"), silence()).unwrap();
    }

    fn start(&self) -> Running {
        run("/usr/bin/baresip", &["-f", "."], self.folder.path())
    }

    fn agent(&self) -> Agent {
        let domain = format!("127.0.0.1:{}", self.other_end);
        Agent::start(&format!("127.0.0.1:{}", self.control), &domain)
    }

    /// What the agent does at the softphone itself.
    fn press(&self, command: &str) {
        let keys = UdpSocket::bind("127.0.0.1:0").unwrap();
        let text = format!("/{command}\n");
        keys.send_to(text.as_bytes(), ("127.0.0.1", self.keys))
            .unwrap();
    }

    /// The other party, who calls or is called, as the scenario says.
    fn other_party(&self, scenario: &str) -> Running {
        let file = self.folder.path().join("scenario.xml");
        std::fs::write(&file, scenario).unwrap();
        let (port, target) = (
            self.other_end.to_string(),
            format!("127.0.0.1:{}", self.sip),
        );
        let arguments = [
            "-sf",
            "scenario.xml",
            "-p",
            &port,
            "-i",
            "127.0.0.1",
            "-m",
            "1",
            "-timeout",
            "20s",
            "-s",
            "agent",
            &target,
        ];
        run("/usr/bin/sipp", &arguments, self.folder.path())
    }

    /// Waits until the other party's port is taken, so that a call to it is not lost. Asked of the
    /// kernel, since trying to take the port could get in the other party's way.
    async fn other_party_listens(&self) {
        let taken = format!(":{:04X} ", self.other_end);
        let listens = async {
            while !std::fs::read_to_string("/proc/net/udp")
                .unwrap()
                .contains(&taken)
            {
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, listens).await.unwrap();
    }
}

/// Ten seconds of 16-bit mono silence at 8 kHz.
fn silence() -> Vec<u8> {
    const BYTES: u32 = 160_000;
    let mut wav = Vec::new();
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + BYTES).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16u32.to_le_bytes());
    wav.extend_from_slice(&[1, 0, 1, 0]);
    wav.extend_from_slice(&8000u32.to_le_bytes());
    wav.extend_from_slice(&16000u32.to_le_bytes());
    wav.extend_from_slice(&[2, 0, 16, 0]);
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&BYTES.to_le_bytes());
    wav.resize(wav.len() + BYTES as usize, 0);
    wav
}

const INVITE: &str = r#"<send retrans="500"><![CDATA[
INVITE sip:agent@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_number]-INVITE
From: "Ann Example" <sip:FROM>;tag=[call_number]
To: <sip:agent@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:x@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=x 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send><recv response="100" optional="true"/><recv response="180"/>"#;

fn caller(from: &str, then: &str) -> String {
    let invite = INVITE.replace("FROM", from);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><scenario name=\"caller\">{invite}{then}</scenario>"
    )
}

/// A request inside the caller's call.
fn in_call(method: &str, cseq: &str, to: &str) -> String {
    // A cancel takes back the request whose branch it carries.
    let branch = if method == "CANCEL" { "INVITE" } else { method };
    format!(
        "<send><![CDATA[\n{method} sip:agent@[remote_ip]:[remote_port] SIP/2.0\n\
         Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_number]-{branch}\n\
         From: \"Ann Example\" <sip:+33199000123@127.0.0.1>;tag=[call_number]\n{to}\n\
         Call-ID: [call_id]\nCSeq: {cseq}\nMax-Forwards: 70\nContent-Length: 0\n\n]]></send>",
    )
}

/// A callee that rings and then answers with the status.
fn callee(status: &str) -> String {
    let answer = |status: &str, tag: &str| {
        format!(
            "<send><![CDATA[\nSIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]{tag}\n\
             [last_Call-ID:]\n[last_CSeq:]\nContact: <sip:x@[local_ip]:[local_port]>\n\
             Content-Length: 0\n\n]]></send>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><scenario name=\"callee\">\
         <recv request=\"INVITE\"/>{}<pause milliseconds=\"100\"/>{}<recv request=\"ACK\"/></scenario>",
        answer("180 Ringing", ";tag=[call_number]"),
        answer(status, ";tag=[call_number]"),
    )
}

/// A callee that answers and talks until the other side hangs up.
const TALKER: &str = r#"<?xml version="1.0" encoding="UTF-8"?><scenario name="talker">
<recv request="INVITE"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=x 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send><recv request="ACK"/><recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send></scenario>"#;

fn ended(reason: Option<EndReason>) -> Happening {
    Happening::Ended {
        talk_s: None,
        reason: reason.map(SaidReason::Known),
    }
}

#[tokio::test]
async fn the_softphone_may_come_go_and_come_back() {
    let Some(softphone) = Softphone::new() else {
        return;
    };
    let mut agent = softphone.agent();
    agent.reaches(TelephonyState::Disconnected).await;
    let running = softphone.start();
    agent.reaches(TelephonyState::Connected).await;
    drop(running);
    agent.reaches(TelephonyState::Disconnected).await;
    let _running = softphone.start();
    agent.reaches(TelephonyState::Connected).await;
}

#[tokio::test]
async fn an_inbound_call_rings_is_answered_and_ends() {
    let Some(softphone) = Softphone::new() else {
        return;
    };
    let _running = softphone.start();
    let mut agent = softphone.agent();
    agent.reaches(TelephonyState::Connected).await;
    let talk = [
        "<recv response=\"200\" rtd=\"true\"/>".to_owned(),
        in_call("ACK", "1 ACK", "[last_To:]"),
        "<pause milliseconds=\"200\"/>".to_owned(),
        in_call("BYE", "2 BYE", "[last_To:]"),
        "<recv response=\"200\"/>".to_owned(),
    ];
    let _caller = softphone.other_party(&caller("+33199000123@127.0.0.1", &talk.concat()));

    let ringing = agent.event().await;
    assert_eq!(ringing.happening, Happening::Ringing);
    assert_eq!(ringing.direction, Some(Direction::Inbound));
    assert_eq!(ringing.app, "baresip");
    assert_eq!(ringing.remote.as_deref(), Some("+33199000123"));
    assert_eq!(ringing.name.as_deref(), Some("Ann Example"));
    let line = format!("agent@127.0.0.1:{}", softphone.sip);
    assert_eq!(ringing.line.as_deref(), Some(line.as_str()));
    assert!(ringing.verified && ringing.app_call_id.is_some());

    softphone.press("accept");
    let answered = agent.event().await;
    assert_eq!(answered.happening, Happening::Answered);
    assert_eq!(answered.app_call_id, ringing.app_call_id);
    let end = agent.event().await;
    assert_eq!(end.happening, ended(None));
    assert_eq!(end.app_call_id, ringing.app_call_id);
}

#[tokio::test]
async fn a_caller_who_gives_up_leaves_a_missed_call() {
    let Some(softphone) = Softphone::new() else {
        return;
    };
    let _running = softphone.start();
    let mut agent = softphone.agent();
    agent.reaches(TelephonyState::Connected).await;
    let to = "To: <sip:agent@[remote_ip]:[remote_port]>";
    let give_up = [
        "<pause milliseconds=\"100\"/>".to_owned(),
        in_call("CANCEL", "1 CANCEL", to),
        "<recv response=\"200\"/><recv response=\"487\"/>".to_owned(),
        in_call("ACK", "1 ACK", "[last_To:]"),
    ];
    let _caller = softphone.other_party(&caller("anonymous@anonymous.invalid", &give_up.concat()));
    let ringing = agent.event().await;
    assert_eq!(ringing.remote.as_deref(), Some(""));
    // No reason: the call machine makes "missed" of an inbound call that nobody answered.
    assert_eq!(agent.event().await.happening, ended(None));
}

#[tokio::test]
async fn an_agent_who_refuses_declines() {
    let Some(softphone) = Softphone::new() else {
        return;
    };
    let _running = softphone.start();
    let mut agent = softphone.agent();
    agent.reaches(TelephonyState::Connected).await;
    let refused = "<recv response=\"486\"/>".to_owned() + &in_call("ACK", "1 ACK", "[last_To:]");
    let _caller = softphone.other_party(&caller("ann@127.0.0.1", &refused));
    let ringing = agent.event().await;
    assert_eq!(ringing.remote.as_deref(), Some("sip:ann@127.0.0.1"));
    softphone.press("hangup");
    let end = agent.event().await;
    assert_eq!(end.happening, ended(Some(EndReason::Declined)));
}

#[tokio::test]
async fn a_dialled_call_is_placed_answered_and_hung_up() {
    let Some(softphone) = Softphone::new() else {
        return;
    };
    let _running = softphone.start();
    let mut agent = softphone.agent();
    agent.reaches(TelephonyState::Connected).await;
    let _callee = softphone.other_party(TALKER);
    softphone.other_party_listens().await;
    assert_eq!(agent.baresip.dial("+33199000124").await, Ok(Dialed::Placed));
    let answered = agent.event().await;
    assert_eq!(answered.happening, Happening::Answered);
    assert_eq!(answered.direction, Some(Direction::Outbound));
    assert_eq!(answered.remote.as_deref(), Some("+33199000124"));
    softphone.press("hangup");
    let end = agent.event().await;
    assert_eq!(end.happening, ended(None));
    assert_eq!(end.app_call_id, answered.app_call_id);
}

#[tokio::test]
async fn a_callee_who_cannot_talk_is_told_by_reason() {
    for (status, reason) in [
        ("486 Busy Here", EndReason::Busy),
        ("603 Decline", EndReason::Declined),
        ("404 Not Found", EndReason::Failed),
        ("487 Request Terminated", EndReason::Cancelled),
    ] {
        let Some(softphone) = Softphone::new() else {
            return;
        };
        let _running = softphone.start();
        let mut agent = softphone.agent();
        agent.reaches(TelephonyState::Connected).await;
        let _callee = softphone.other_party(&callee(status));
        softphone.other_party_listens().await;
        assert_eq!(agent.baresip.dial("0199000124").await, Ok(Dialed::Placed));
        let dialing = agent.event().await;
        assert_eq!(dialing.happening, Happening::Dialing, "{status}");
        assert_eq!(dialing.remote.as_deref(), Some("0199000124"));
        let end = agent.event().await;
        assert_eq!(end.happening, ended(Some(reason)), "{status}");
        assert_eq!(end.app_call_id, dialing.app_call_id);
    }
}
