//! The way back from the browser: a loopback listener that knows one path.
//!
//! It answers with fixed text, whatever it is sent. A request with a wrong state changes nothing:
//! any page in the browser can send one, and must not be able to end the sign-in.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use subtle::ConstantTimeEq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::SignInError;

/// The one path that is answered.
pub const CALLBACK_PATH: &str = "/callback";
const LARGEST_HEAD: usize = 8 * 1024;
const SLOWEST: Duration = Duration::from_secs(10);
/// Browsers open connections ahead of need; more than these are nobody's browser.
const MOST_CONNECTIONS: usize = 16;

/// An open port on this computer's own addresses.
pub(super) struct Listener {
    port: u16,
    v4: TcpListener,
    v6: Option<TcpListener>,
}

impl Listener {
    /// Opens the first port that is free on 127.0.0.1. The same port on ::1 is opened too where
    /// that works, since some browsers go there first.
    pub(super) async fn open(ports: &[u16]) -> Option<Self> {
        for port in ports {
            let Ok(v4) = TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await else {
                continue;
            };
            // Port 0 takes a free one; the redirect must name the port that was really opened.
            let Ok(port) = v4.local_addr().map(|address| address.port()) else {
                continue;
            };
            let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
            return Some(Self { port, v4, v6 });
        }
        None
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for a redirect that carries this state.
    pub(super) async fn wait(&mut self, state: &str) -> Result<String, SignInError> {
        let mut open: JoinSet<Option<Result<String, SignInError>>> = JoinSet::new();
        loop {
            let may_accept = open.len() < MOST_CONNECTIONS;
            let accepted = tokio::select! {
                accepted = accept(&self.v4, self.v6.as_ref()), if may_accept => accepted,
                Some(done) = open.join_next(), if !open.is_empty() => {
                    match done {
                        Ok(Some(outcome)) => return outcome,
                        Ok(None) | Err(_) => continue,
                    }
                }
            };
            if let Ok((stream, peer)) = accepted
                && peer.ip().is_loopback()
            {
                let (port, state) = (self.port, state.to_owned());
                open.spawn(async move {
                    tokio::time::timeout(SLOWEST, serve(stream, port, &state))
                        .await
                        .ok()?
                });
            }
        }
    }
}

async fn accept(
    v4: &TcpListener,
    v6: Option<&TcpListener>,
) -> std::io::Result<(TcpStream, SocketAddr)> {
    match v6 {
        Some(v6) => tokio::select! { a = v4.accept() => a, a = v6.accept() => a },
        None => v4.accept().await,
    }
}

/// Answers one connection. Some when it settled the sign-in.
async fn serve(
    mut stream: TcpStream,
    port: u16,
    state: &str,
) -> Option<Result<String, SignInError>> {
    let head = read_head(&mut stream).await?;
    let (reply, outcome) = answer(&head, port, state);
    // Whoever asked may be gone; the outcome holds all the same.
    let _ = stream.write_all(reply.as_bytes()).await;
    let _ = stream.shutdown().await;
    outcome
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut piece = [0_u8; 1024];
    loop {
        let count = stream.read(&mut piece).await.ok()?;
        head.extend_from_slice(piece.get(..count)?);
        if count == 0 || head.windows(4).any(|four| four == b"\r\n\r\n") {
            break;
        }
        if head.len() > LARGEST_HEAD {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

fn answer(head: &str, port: u16, state: &str) -> (String, Option<Result<String, SignInError>>) {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let host = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim());
    let ours = ["127.0.0.1", "[::1]", "localhost"].map(|name| format!("{name}:{port}"));
    // Another name for this address is a web page that plays with its own DNS.
    if !host.is_some_and(|host| ours.iter().any(|name| name == host)) {
        return (page("421 Misdirected Request", Words::Nothing), None);
    }
    if method != "GET" {
        return (page("405 Method Not Allowed", Words::Nothing), None);
    }
    let base = format!("http://127.0.0.1:{port}");
    let url = Url::parse(&base).and_then(|base| base.join(target));
    let Some(url) = url
        .ok()
        .filter(|url| target.starts_with('/') && url.path() == CALLBACK_PATH)
    else {
        return (page("404 Not Found", Words::Nothing), None);
    };
    match code_of(&url, state) {
        Ok(code) => (page("200 OK", Words::Received), Some(Ok(code))),
        Err(SignInError::Declined) => (
            page("200 OK", Words::Declined),
            Some(Err(SignInError::Declined)),
        ),
        Err(_) => (page("400 Bad Request", Words::Nothing), None),
    }
}

/// The code in a redirect address, once its state proves that it answers this sign-in.
pub(super) fn code_of(url: &Url, state: &str) -> Result<String, SignInError> {
    let value = |name: &str| {
        let mut values = url.query_pairs().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        // A name that stands twice is nobody's honest redirect.
        if values.next().is_some() { None } else { first }
    };
    let given = value("state").unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(state.as_bytes())) {
        return Err(SignInError::WrongState);
    }
    if value("error").is_some() {
        return Err(SignInError::Declined);
    }
    value("code")
        .filter(|code| !code.is_empty())
        .ok_or(SignInError::NoCode)
}

#[derive(Clone, Copy)]
enum Words {
    Received,
    Declined,
    Nothing,
}

fn page(status: &str, words: Words) -> String {
    let (title, french, english) = match words {
        Words::Received => (
            "Callside",
            "Callside a reçu la réponse. Vous pouvez fermer cet onglet.",
            "Callside has the answer. You may close this tab.",
        ),
        Words::Declined => (
            "Callside",
            "La connexion a été refusée. Vous pouvez fermer cet onglet.",
            "The sign-in was declined. You may close this tab.",
        ),
        Words::Nothing => ("Callside", "Rien à voir ici.", "Nothing to see here."),
    };
    let body = format!(
        "<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><title>{title}</title>\
         <p>{french}</p><p lang=\"en\">{english}</p></html>"
    );
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
