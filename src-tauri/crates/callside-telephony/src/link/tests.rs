#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use super::*;
use crate::digits::HOSTILE;

/// Notes what it is asked to open. `sip` leads back to us, nothing opens `nobody`.
#[derive(Default)]
struct Notebook(Mutex<Vec<String>>);

impl LinkOpener for Notebook {
    fn leads_back(&self, scheme: &str) -> bool {
        scheme == "sip"
    }

    fn open(&self, link: &str) -> io::Result<()> {
        self.0.lock().unwrap().push(link.to_owned());
        if link.starts_with("nobody:") {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }
}

async fn dial(template: &str, number: &str) -> (Result<Dialed, DialError>, Vec<String>) {
    let notebook = Arc::new(Notebook::default());
    let dialer = LinkDialer::new(template, notebook.clone());
    let dialed = dialer.dial(number).await;
    let opened = notebook.0.lock().unwrap().clone();
    (dialed, opened)
}

#[tokio::test]
async fn the_number_takes_its_place_in_the_link() {
    for (template, link) in [
        ("callto:{number}", "callto:+33199000123"),
        (
            " sips:{number}@pbx.example ",
            "sips:+33199000123@pbx.example",
        ),
        ("zoomphonecall://{number}", "zoomphonecall://+33199000123"),
        (
            "rcmobile://call?number={number}",
            "rcmobile://call?number=%2B33199000123",
        ),
    ] {
        let (dialed, opened) = dial(template, "+33199000123").await;
        assert_eq!(dialed, Ok(Dialed::HandedOver));
        assert_eq!(opened, [link]);
    }
}

#[tokio::test]
async fn a_link_that_would_come_back_is_never_opened() {
    for template in [
        "tel:{number}",
        "TEL:{number}",
        "callside:dial?number={number}",
        "sip:{number}",
        "SIP:{number}",
    ] {
        let (dialed, opened) = dial(template, "0199000123").await;
        assert_eq!(
            dialed,
            Err(DialError::BadSetting { key: SETTING }),
            "{template}"
        );
        assert!(opened.is_empty());
    }
}

#[tokio::test]
async fn a_template_that_is_no_dial_link_is_never_opened() {
    for template in [
        "callto:",
        "{number}",
        "no link {number}",
        "file:///{number}",
        "javascript:{number}",
    ] {
        let (dialed, opened) = dial(template, "0199000123").await;
        assert_eq!(
            dialed,
            Err(DialError::BadSetting { key: SETTING }),
            "{template}"
        );
        assert!(opened.is_empty());
    }
}

#[tokio::test]
async fn hostile_numbers_are_never_opened() {
    for number in HOSTILE {
        let (dialed, opened) = dial("callto:{number}", number).await;
        assert_eq!(dialed, Err(DialError::Refused));
        assert!(opened.is_empty());
    }
}

#[tokio::test]
async fn an_opener_that_fails_refused() {
    let (dialed, _) = dial("nobody:{number}", "0199000123").await;
    assert_eq!(dialed, Err(DialError::Refused));
}

#[tokio::test]
async fn without_a_link_it_is_off() {
    let dialer = LinkDialer::new(" ", Arc::new(Notebook::default()));
    assert_eq!(dialer.state(), TelephonyState::Off);
    assert_eq!(dialer.dial("0199000123").await, Err(DialError::NotSetUp));
}
