//! Peers on the control port that are slow, foreign, or gone.

use callside_core::call::Happening;
use callside_core::ports::{DialError, Dialed, Telephony, TelephonyState};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::{Agent, LONG};

/// The other end of the control port.
struct Peer {
    listener: TcpListener,
}

impl Peer {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener }
    }

    fn control(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    async fn accept(&self) -> TcpStream {
        let accepted = timeout(LONG, self.listener.accept()).await;
        accepted.unwrap().unwrap().0
    }

    /// Accepts, and answers the greeting as baresip does.
    async fn greet(&self) -> TcpStream {
        let mut stream = self.accept().await;
        let greeting = command(&mut stream).await;
        let token = &greeting["token"];
        say(
            &mut stream,
            &json!({"response": true, "ok": true, "data": "", "token": token}),
        )
        .await;
        stream
    }
}

async fn command(stream: &mut TcpStream) -> Value {
    let mut length = Vec::new();
    loop {
        let byte = timeout(LONG, stream.read_u8()).await.unwrap().unwrap();
        if byte == b':' {
            break;
        }
        length.push(byte);
    }
    let length: usize = String::from_utf8(length).unwrap().parse().unwrap();
    let mut bytes = vec![0; length + 1];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(bytes.pop(), Some(b','));
    serde_json::from_slice(&bytes).unwrap()
}

async fn say(stream: &mut TcpStream, message: &Value) {
    let text = message.to_string();
    let frame = format!("{}:{text},", text.len());
    stream.write_all(frame.as_bytes()).await.unwrap();
}

fn ringing(id: &str) -> Value {
    json!({"event": true, "type": "CALL_INCOMING", "class": "call", "direction": "incoming",
        "peeruri": "sip:0199000123@pbx.example", "id": id})
}

#[tokio::test]
async fn an_empty_control_address_is_off() {
    let agent = Agent::start(" ", "");
    assert_eq!(agent.baresip.state(), TelephonyState::Off);
    let dialed = agent.baresip.dial("0199000123").await;
    assert_eq!(dialed, Err(DialError::NotSetUp));
}

#[tokio::test]
async fn whatever_accepts_without_an_answer_is_not_baresip() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "");
    let _silent = peer.accept().await;
    agent.reaches(TelephonyState::Disconnected).await;
    let dialed = agent.baresip.dial("0199000123").await;
    assert_eq!(dialed, Err(DialError::Unreachable));
    // It gives up on the silent one and tries again.
    let _greeted = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
}

#[tokio::test]
async fn a_foreign_server_is_left_and_tried_again_later() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "");
    for garbage in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "70000:",
        "3:{}}}}}",
        "\0\0\0",
    ] {
        let mut stream = peer.accept().await;
        stream.write_all(garbage.as_bytes()).await.unwrap();
    }
    let _greeted = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
}

#[tokio::test]
async fn frames_may_be_cut_and_glued_and_nonsense_between_them_is_passed_over() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "");
    let mut stream = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
    let mut bytes = Vec::new();
    for message in [
        "not json".to_owned(),
        "[1,2]".to_owned(),
        json!({"event": true, "type": 5}).to_string(),
        json!({"response": true, "ok": true, "token": "nobody's"}).to_string(),
        ringing("a").to_string(),
        ringing("b").to_string(),
    ] {
        bytes.extend_from_slice(format!("{}:{message},", message.len()).as_bytes());
    }
    for piece in bytes.chunks(7) {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(agent.event().await.app_call_id.as_deref(), Some("a"));
    assert_eq!(agent.event().await.app_call_id.as_deref(), Some("b"));
}

#[tokio::test]
async fn a_lost_connection_invents_nothing_and_comes_back() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "");
    let mut stream = peer.greet().await;
    say(&mut stream, &ringing("a")).await;
    assert_eq!(agent.event().await.happening, Happening::Ringing);
    drop(stream);
    agent.reaches(TelephonyState::Disconnected).await;
    let mut stream = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
    // The next event is the next that baresip tells, and the end is not judged: an answer may
    // have been missed.
    let closed = json!({"event": true, "type": "CALL_CLOSED", "direction": "incoming", "id": "a",
        "param": "Connection reset by user"});
    say(&mut stream, &closed).await;
    let event = agent.event().await;
    let ended = Happening::Ended {
        talk_s: None,
        reason: None,
    };
    assert_eq!(event.happening, ended);
}

#[tokio::test]
async fn a_dial_waits_for_its_own_answer() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "pbx.example;transport=tcp");
    let mut stream = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
    for (ok, expected) in [(true, Ok(Dialed::Placed)), (false, Err(DialError::Refused))] {
        let answers = async {
            let wish = command(&mut stream).await;
            assert_eq!(wish["command"], "dial");
            assert_eq!(wish["params"], "sip:+33199000123@pbx.example;transport=tcp");
            say(
                &mut stream,
                &json!({"response": true, "ok": !ok, "token": "other"}),
            )
            .await;
            say(&mut stream, &ringing("between")).await;
            let token = &wish["token"];
            say(
                &mut stream,
                &json!({"response": true, "ok": ok, "token": token}),
            )
            .await;
        };
        let (dialed, ()) = tokio::join!(agent.baresip.dial("+33199000123"), answers);
        assert_eq!(dialed, expected);
    }
}

#[tokio::test]
async fn a_dial_whose_answer_never_comes_is_unreachable() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "");
    let mut stream = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
    // Silence.
    let dialed = agent.baresip.dial("0199000123").await;
    assert_eq!(dialed, Err(DialError::Unreachable));
    assert_eq!(command(&mut stream).await["params"], "0199000123");
    // A cut connection.
    let cut = async {
        command(&mut stream).await;
        drop(stream);
    };
    let (dialed, ()) = tokio::join!(agent.baresip.dial("0199000123"), cut);
    assert_eq!(dialed, Err(DialError::Unreachable));
}

#[tokio::test]
async fn nothing_but_digits_reaches_the_control_port() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "pbx.example");
    let mut stream = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
    for number in [
        "",
        "*#06#",
        "ann",
        "0199\n/quit",
        "sip:0199000123@evil.example",
        "01 99",
    ] {
        let dialed = agent.baresip.dial(number).await;
        assert_eq!(dialed, Err(DialError::Refused), "{number:?}");
    }
    // The first thing that arrives is the first thing that was allowed.
    let answers = async {
        let wish = command(&mut stream).await;
        assert_eq!(wish["params"], "sip:3631@pbx.example");
        let token = &wish["token"];
        say(
            &mut stream,
            &json!({"response": true, "ok": true, "token": token}),
        )
        .await;
    };
    let (dialed, ()) = tokio::join!(agent.baresip.dial("3631"), answers);
    assert_eq!(dialed, Ok(Dialed::Placed));
}

#[tokio::test]
async fn a_domain_that_is_none_is_named() {
    let peer = Peer::new().await;
    let agent = Agent::start(&peer.control(), "pbx.example>\r\nX: y");
    let bad = DialError::BadSetting {
        key: "telephony.baresip.domain",
    };
    assert_eq!(agent.baresip.dial("0199000123").await, Err(bad));
}

#[tokio::test]
async fn dropping_the_client_ends_the_connection() {
    let peer = Peer::new().await;
    let mut agent = Agent::start(&peer.control(), "");
    let mut stream = peer.greet().await;
    agent.reaches(TelephonyState::Connected).await;
    drop(agent);
    let mut rest = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut rest)).await.unwrap();
    assert!(read.is_err() || rest.is_empty());
}
