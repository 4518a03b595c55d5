//! A real browser in a real window, on a page with links, as a CRM's web app would show them.

use std::path::{Path, PathBuf};

use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Desk;
use super::ports::{free_port, is_open};
use super::process::Process;
use super::wait::{PATIENCE, eventually};

/// The schemes whose links the browser passes to the system without asking; people tick that box once.
const ALLOWED_SCHEMES: [&str; 5] = ["tel", "callto", "sip", "sips", "callside"];

/// A browser showing a page of links.
pub struct Browser {
    client: Client,
    _driver: Process,
    page: Option<tokio::task::JoinHandle<()>>,
}

impl Desk {
    /// Opens the browser on a page with these links, each with an id and an address.
    ///
    /// `None`, with a line on standard error, where no browser can be had; a build server must have one.
    pub async fn browser(&self, links: &[(&str, &str)]) -> Option<Browser> {
        let Some(program) = find_browser() else {
            assert!(
                std::env::var_os("CI").is_none(),
                "no Chromium or no chromedriver on this build server"
            );
            eprintln!(
                "skipped: no Chromium or no chromedriver on this machine (make setup says why)"
            );
            return None;
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let page = tokio::spawn(serve(listener, page(links)));
        let mut browser = self.browse(&program, &origin).await;
        browser.page = Some(page);
        Some(browser)
    }

    /// Opens the browser on a page that somebody else serves. `None` where no browser can be had.
    pub async fn browser_at(&self, address: &str) -> Option<Browser> {
        Some(self.browse(&find_browser()?, address).await)
    }

    /// The language of the system, as a browser names it.
    fn language(&self) -> &'static str {
        let language = self.room().variable("LANG").and_then(|name| name.to_str());
        match language {
            Some(name) if name.starts_with("fr") => "fr",
            _ => "en",
        }
    }

    async fn browse(&self, program: &Path, address: &str) -> Browser {
        let port = free_port();
        let driver = Process::start(
            self.room()
                .command("chromedriver")
                .arg(format!("--port={port}")),
        );
        eventually("chromedriver", PATIENCE, async || {
            is_open(port).then_some(())
        })
        .await;

        let client = ClientBuilder::native()
            .capabilities(capabilities(
                program,
                &self.folder().join("chromium"),
                address,
                self.language(),
            ))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        client.goto(address).await.unwrap();
        Browser {
            client,
            _driver: driver,
            page: None,
        }
    }
}

impl Browser {
    /// Clicks the link with this id, as a person would.
    pub async fn click_link(&self, id: &str) {
        let link = self.client.find(Locator::Id(id)).await.unwrap();
        link.click().await.unwrap();
    }

    /// All words that the page shows.
    pub async fn words(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap()
    }

    /// The page itself, for further questions.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Closes the browser.
    pub async fn close(self) {
        self.client.close().await.unwrap();
        if let Some(page) = self.page {
            page.abort();
        }
    }
}

fn find_browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let find = |name: &str| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.exists())
    };
    find("chromedriver")?;
    ["chromium", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .find_map(find)
}

fn capabilities(
    program: &Path,
    profile: &Path,
    origin: &str,
    language: &str,
) -> Map<String, Value> {
    let mut arguments = vec![
        format!("--user-data-dir={}", profile.display()),
        "--window-size=900,700".to_owned(),
        "--window-position=0,0".to_owned(),
    ];
    arguments.extend(
        [
            "--no-first-run",
            "--no-default-browser-check",
            "--password-store=basic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
        ]
        .map(str::to_owned),
    );
    if rustix::process::getuid().is_root() {
        // Its sandbox refuses to start as root; the page comes from this very process.
        arguments.push("--no-sandbox".to_owned());
    }
    let allowed: Map<String, Value> = ALLOWED_SCHEMES
        .iter()
        .map(|scheme| ((*scheme).to_owned(), json!(true)))
        .collect();
    let options = json!({
        "binary": program,
        "args": arguments,
        "prefs": {
            "intl": { "accept_languages": language },
            "protocol_handler": { "allowed_origin_protocol_pairs": { origin: allowed } }
        },
    });
    Map::from_iter([("goog:chromeOptions".to_owned(), options)])
}

fn page(links: &[(&str, &str)]) -> String {
    let mut body =
        String::from("<!doctype html><meta charset=utf-8><title>A CRM</title><h1>Contacts</h1>");
    for (id, link) in links {
        let link = escape(link);
        body.push_str(&format!("<p><a id=\"{id}\" href=\"{link}\">{link}</a>"));
    }
    body
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// Answers every request with the page.
async fn serve(listener: TcpListener, body: String) {
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    while let Ok((mut stream, _)) = listener.accept().await {
        let answer = answer.clone();
        tokio::spawn(async move {
            // One read is enough for the head of a request without a body.
            let _ = stream.read(&mut [0; 8192]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        });
    }
}
