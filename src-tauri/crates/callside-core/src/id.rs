//! Names for the things Callside remembers.
//!
//! Each is a newtype, so that a call can never be looked up by the id of an entry. Ids that
//! Callside makes are ULIDs (sortable by time of birth); ids that a CRM makes are kept as text,
//! exactly as the CRM wrote them.

use std::fmt;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// One call, as the agent lives it. A ULID in text form.
    CallId
);
text_id!(
    /// One signed-in CRM: `sellsy`, `salesforce` or `gorgias`.
    ConnectionId
);
text_id!(
    /// One entry of the outbox. A ULID in text form.
    EntryId
);
text_id!(
    /// A record's id inside its CRM, in the CRM's own spelling.
    RemoteId
);

impl CallId {
    /// The id of a call born at the instant the ULID carries.
    pub fn from_ulid(ulid: Ulid) -> Self {
        Self(ulid.to_string())
    }
}

impl EntryId {
    /// The id of an entry born at the instant the ULID carries.
    pub fn from_ulid(ulid: Ulid) -> Self {
        Self(ulid.to_string())
    }
}

/// The words `callside-` and a ULID: one per call and target, the same for every attempt, written
/// first in every logged text. It is how a delivery that ended in doubt is found again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marker(String);

impl Marker {
    /// The marker for a fresh ULID.
    pub fn from_ulid(ulid: Ulid) -> Self {
        Self(format!("callside-{ulid}"))
    }

    /// The marker as it was stored.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that stands in the CRM.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text written in a CRM carries this marker.
    pub fn stands_in(&self, text: &str) -> bool {
        text.contains(&self.0)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
