//! Another program's link scheme dials, such as `sip:{number}`.
//!
//! The link goes to the operating system, which starts whoever owns the scheme. When that is
//! Callside, the number would come back as a link for ever; so the scheme is refused then, and
//! `tel:` always.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callside_core::ports::{DialError, Dialed, Telephony, TelephonyState};
use url::Url;

use crate::digits;

const SETTING: &str = "telephony.link.dial";
const NUMBER: &str = "{number}";
/// An opener that has not failed by then is taken to have the link.
const FAILS_WITHIN: Duration = Duration::from_secs(2);
/// Schemes that lead back here, or that no softphone owns and that could do harm.
const NEVER: &[&str] = &[
    "tel",
    "callside",
    "file",
    "javascript",
    "data",
    "vbscript",
    "about",
    "blob",
];

/// Hands links to the operating system.
pub trait LinkOpener: Send + Sync {
    /// Whether links of this scheme come back to Callside. The scheme is in small letters.
    fn leads_back(&self, scheme: &str) -> bool;

    /// Opens the link. May block for as long as the system's opener takes to fail.
    ///
    /// # Errors
    /// When nothing opens it.
    fn open(&self, link: &str) -> io::Result<()>;
}

/// The system's own opener. Who owns a scheme is asked of the function given.
pub struct SystemOpener<F>(pub F);

impl<F: Fn(&str) -> bool + Send + Sync> LinkOpener for SystemOpener<F> {
    fn leads_back(&self, scheme: &str) -> bool {
        (self.0)(scheme)
    }

    fn open(&self, link: &str) -> io::Result<()> {
        open::that_detached_with_timeout(link, FAILS_WITHIN)
    }
}

/// Dials by opening a link.
#[derive(Clone)]
pub struct LinkDialer {
    template: String,
    opener: Arc<dyn LinkOpener>,
}

impl fmt::Debug for LinkDialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkDialer")
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

impl LinkDialer {
    /// Takes the link, as in `telephony.link.dial`, and who opens it. Empty is off.
    pub fn new(template: &str, opener: Arc<dyn LinkOpener>) -> Self {
        Self {
            template: template.trim().to_owned(),
            opener,
        }
    }

    fn link(&self, number: &str) -> Result<String, DialError> {
        let bad = DialError::BadSetting { key: SETTING };
        let (before, _) = self.template.split_once(NUMBER).ok_or(bad.clone())?;
        // Behind a question mark a plus may be read as a blank.
        let in_query = before.contains('?');
        let number = match number.strip_prefix('+') {
            Some(bare) if in_query => format!("%2B{bare}"),
            _ => number.to_owned(),
        };
        let link = self.template.replace(NUMBER, &number);
        let scheme = Url::parse(&link)
            .map_err(|_| bad.clone())?
            .scheme()
            .to_owned();
        if NEVER.contains(&scheme.as_str()) || self.opener.leads_back(&scheme) {
            return Err(bad);
        }
        Ok(link)
    }
}

#[async_trait]
impl Telephony for LinkDialer {
    fn name(&self) -> &str {
        "link"
    }

    fn state(&self) -> TelephonyState {
        if self.template.is_empty() {
            TelephonyState::Off
        } else {
            TelephonyState::Connected
        }
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        let number = digits::checked(digits)?.to_owned();
        if self.template.is_empty() {
            return Err(DialError::NotSetUp);
        }
        let dialer = self.clone();
        let handed_over = tokio::task::spawn_blocking(move || {
            let link = dialer.link(&number)?;
            dialer.opener.open(&link).map_err(|error| {
                tracing::warn!(kind = ?error.kind(), "the dial link cannot be opened");
                DialError::Refused
            })
        });
        handed_over.await.unwrap_or(Err(DialError::Refused))?;
        Ok(Dialed::HandedOver)
    }
}

#[cfg(test)]
mod tests;
