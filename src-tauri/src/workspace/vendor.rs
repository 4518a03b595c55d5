//! What is particular about each service whose page is framed: where it is, what it may use, and
//! how its words are read.

use callside_core::call::CallEvent;
use callside_telephony::aircall::workspace::{self, WorkspaceNews};
use callside_telephony::allo::dialer::{self, DialerNews, Shape};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::NotTaken;
use crate::text::crm_name;
use crate::wiring::cloud::Service;

/// What a framed page said.
pub enum News {
    /// It is there, and does not say who is signed in.
    There,
    /// Somebody signed in.
    SignedIn {
        /// E-mail address; None where the service does not tell.
        email: Option<String>,
    },
    /// Nobody is signed in any more.
    SignedOut,
    /// Something happened to a call.
    Call(CallEvent),
    /// Nobody understands it yet.
    NotUnderstood(Shape),
    /// Of no concern here.
    Nothing,
}

/// A service whose page is framed.
pub struct Vendor {
    /// Which service.
    pub service: Service,
    /// What the frame may use, in the words of its `allow` attribute.
    pub allow: &'static [&'static str],
    /// What goes into the query of the page's address.
    pub query: (&'static str, &'static str),
    /// Inner size of the window in pixels: the frame, and room above it for how things stand.
    pub size: (f64, f64),
    /// Fact under which the port is kept: a browser remembers a granted microphone by it.
    pub port: &'static str,
    /// What there is to know before a call: the sentence's id.
    pub note: &'static str,
    /// Whether a number that was handed over waits there for the agent to call.
    pub agent_calls: bool,
    /// Reads what our page passed on, at this instant.
    pub read: fn(&str, &Value, Timestamp) -> Result<News, NotTaken>,
    /// The name and the value of the message that hands a number over.
    pub dial: fn(&str) -> (&'static str, Value),
}

impl Vendor {
    /// The window's name, and the `app` of its calls. No capability names it.
    pub fn label(&self) -> &'static str {
        self.service.as_str()
    }

    /// As people write it.
    pub fn name(&self) -> &'static str {
        crm_name(self.service.as_str())
    }
}

impl Service {
    /// What is particular about its page.
    pub fn vendor(self) -> &'static Vendor {
        match self {
            Self::Aircall => &AIRCALL,
            Self::Allo => &ALLO,
        }
    }
}

static AIRCALL: Vendor = Vendor {
    service: Service::Aircall,
    allow: &[
        "microphone",
        "autoplay",
        "clipboard-read",
        "clipboard-write",
        "hid",
    ],
    query: ("integration", "generic"),
    size: (400.0, 790.0),
    port: "workspace_port",
    note: "rust-workspace-one-only",
    agent_calls: false,
    read: read_aircall,
    dial: |number| ("dial_number", json!({ "phone_number": number })),
};

static ALLO: Vendor = Vendor {
    service: Service::Allo,
    allow: &["microphone", "autoplay", "clipboard-write"],
    query: ("variant", "dialer"),
    size: (376.0, 800.0),
    port: "dialer_port",
    note: "rust-workspace-experiment",
    agent_calls: true,
    read: read_allo,
    dial: |number| ("dial", dialer::dial(number)),
};

fn read_aircall(name: &str, value: &Value, now: Timestamp) -> Result<News, NotTaken> {
    use workspace::Refused;
    let news = workspace::translate(name, &value.to_string(), now).map_err(|why| match why {
        Refused::UnknownName => NotTaken::UnknownName,
        _ => NotTaken::UnknownShape,
    })?;
    Ok(match news {
        Some(WorkspaceNews::Call(event)) => News::Call(event),
        Some(WorkspaceNews::SignedIn { email }) => News::SignedIn { email: Some(email) },
        Some(WorkspaceNews::SignedOut) => News::SignedOut,
        // Remarks are read from the service's own record, once the agent left the call there.
        Some(WorkspaceNews::Remark { .. } | WorkspaceNews::Prefilled { .. }) => News::Nothing,
        // Our page never passes these on.
        None => return Err(NotTaken::UnknownName),
    })
}

/// Allo's messages come whole, under one name.
fn read_allo(name: &str, value: &Value, now: Timestamp) -> Result<News, NotTaken> {
    if name != "message" {
        return Err(NotTaken::UnknownName);
    }
    let news = dialer::translate(&value.to_string(), now).map_err(|_| NotTaken::UnknownShape)?;
    Ok(match news {
        DialerNews::Ready => News::There,
        DialerNews::SignedIn { email } => News::SignedIn {
            email: (!email.is_empty()).then_some(email),
        },
        DialerNews::Call(event) => News::Call(event),
        DialerNews::Unknown(shape) => News::NotUnderstood(shape),
    })
}
