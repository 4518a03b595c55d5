//! What Callside writes at a service: labels and one remark per call.
//!
//! A row is in the journal before anything is sent, and its delivery goes by the same rules as that
//! of a log. Labels may be set again; a remark in doubt is looked up first.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CallId, EntryId};
use crate::outbox::Delivery;
use crate::wrap_up::Tag;

use super::CloudTag;

/// What is to be written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum CloudWrite {
    /// Labels that the agent picked; those that the company has there are set.
    Tags {
        /// The labels.
        tags: Vec<Tag>,
    },
    /// The note, as one remark.
    Remark {
        /// What it says.
        text: String,
    },
}

impl CloudWrite {
    /// The word used in the database.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Tags { .. } => "tags",
            Self::Remark { .. } => "remark",
        }
    }
}

impl fmt::Debug for CloudWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing to be written at a service about one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudSend {
    /// Ours.
    pub id: EntryId,
    /// The call.
    pub call: CallId,
    /// The service's short name.
    pub source: String,
    /// What is to be written.
    pub write: CloudWrite,
    /// How it stands.
    pub delivery: Delivery,
}

/// The company's labels that mean these tags, without those that the call has already.
pub fn tags_to_set(tags: &[Tag], company: &[CloudTag], there: &[CloudTag]) -> Vec<CloudTag> {
    company
        .iter()
        .filter(|own| tags.iter().any(|tag| tag.is(&own.name)))
        .filter(|own| !there.iter().any(|known| known.id == own.id))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn label(id: &str, name: &str) -> CloudTag {
        CloudTag {
            id: id.into(),
            name: name.into(),
            color: None,
        }
    }

    #[test]
    fn only_what_the_company_has_and_the_call_lacks_is_set() {
        let company = [
            label("1", "Quote"),
            label("2", "#Urgent"),
            label("3", "VIP"),
        ];
        let tags = ["quote", "urgent", "unheard of"].map(|tag| Tag::parse(tag).unwrap());
        let set = tags_to_set(&tags, &company, &[label("2", "#Urgent")]);
        assert_eq!(set, [label("1", "Quote")]);
    }
}
