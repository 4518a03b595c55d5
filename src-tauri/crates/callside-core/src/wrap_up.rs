//! From the end of a call until the agent files it.
//!
//! The draft exists from the first keystroke, while the phone may still ring. It is the agent's
//! property: nothing but the agent changes it, and only filing or discarding ends it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cloud_call::CloudTag;
use crate::contact::ContactRef;
use crate::id::RemoteId;

/// The longest note, in characters. Longer text is refused while it is typed, never cut: with every
/// other line it still fits into the 4,000 characters that the narrowest CRM surely keeps.
pub const LONGEST_NOTE: usize = 3_000;
/// The longest tag, in characters.
pub const LONGEST_TAG: usize = 40;
/// The most tags on one call.
pub const MOST_TAGS: usize = 15;

/// The one outcome the agent picked. A short word; Callside offers some and takes any.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Disposition(String);

impl Disposition {
    /// The outcomes that are offered, in this order.
    pub const OFFERED: [&'static str; 6] = [
        "reached",
        "call_back",
        "left_message",
        "no_answer",
        "wrong_number",
        "not_interested",
    ];

    /// Takes a word of at most [`LONGEST_TAG`] characters.
    ///
    /// # Errors
    /// [`DraftRefused`] for an empty word or one that is too long.
    pub fn parse(text: &str) -> Result<Self, DraftRefused> {
        let text = plain_line(text);
        match text.chars().count() {
            0 => Err(DraftRefused::Empty),
            1..=LONGEST_TAG => Ok(Self(text)),
            _ => Err(DraftRefused::TagTooLong),
        }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A label on the call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(String);

impl Tag {
    /// Takes a label of at most [`LONGEST_TAG`] characters, in one line, without a leading `#`.
    ///
    /// # Errors
    /// [`DraftRefused`] for an empty label or one that is too long.
    pub fn parse(text: &str) -> Result<Self, DraftRefused> {
        let text = plain_line(text);
        let text = text.trim_start_matches('#').trim();
        match text.chars().count() {
            0 => Err(DraftRefused::Empty),
            1..=LONGEST_TAG => Ok(Self(text.to_owned())),
            _ => Err(DraftRefused::TagTooLong),
        }
    }

    /// Takes a label from outside, cut to what a tag may hold. None for an empty one.
    fn cut(text: &str) -> Option<Self> {
        let text = plain_line(text);
        let text: String = text
            .trim_start_matches('#')
            .trim()
            .chars()
            .take(LONGEST_TAG)
            .collect();
        Self::parse(&text).ok()
    }

    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this label, in any case and as far as a tag holds it.
    pub fn is(&self, label: &str) -> bool {
        Self::cut(label).is_some_and(|other| other.0.to_lowercase() == self.0.to_lowercase())
    }
}

/// Stands for any tag among those of which a call needs one.
const ANY_TAG: &str = "*";

/// Whether a call lacks a tag that the company wants: one of these, or any where `*` is among
/// them. Calls without an answer need none.
pub fn lacks_tag(required: &[String], answered: bool, tags: &[Tag]) -> bool {
    let fits = |tag: &Tag| required.iter().any(|name| name == ANY_TAG || tag.is(name));
    answered && !required.is_empty() && !tags.iter().any(fits)
}

/// Why a piece of a draft was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftRefused {
    /// Nothing but blanks.
    #[error("read draft: the text is empty")]
    Empty,
    /// More than [`LONGEST_TAG`] characters.
    #[error("read draft: a tag or outcome may have at most {LONGEST_TAG} characters")]
    TagTooLong,
    /// More than [`MOST_TAGS`].
    #[error("read draft: a call may have at most {MOST_TAGS} tags")]
    TooManyTags,
    /// More than [`LONGEST_NOTE`] characters.
    #[error("read draft: a note may have at most {LONGEST_NOTE} characters")]
    NoteTooLong,
}

/// Whom the call is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Attachment {
    /// Whoever the best match is when the call is filed.
    #[default]
    Matched,
    /// The agent chose this record.
    Chosen {
        /// The record.
        contact: ContactRef,
    },
    /// Nobody has the number, and the agent wants the call logged once somebody does.
    Awaited,
}

/// Which opportunity the log goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OpportunityChoice {
    /// The one the rule of the settings picks.
    #[default]
    ByRule,
    /// The agent switched to this one.
    Chosen {
        /// The CRM's id of the opportunity.
        id: RemoteId,
    },
    /// The agent wants none.
    None,
}

/// What the agent wrote and picked so far.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Draft {
    /// Free text.
    pub note: String,
    /// Labels, in the order they were picked, without doubles.
    pub tags: Vec<Tag>,
    /// The outcome.
    pub disposition: Option<Disposition>,
    /// Whom the call is about.
    pub attachment: Attachment,
    /// Which opportunity the log goes to.
    pub opportunity: OpportunityChoice,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("tags", &self.tags.len())
            .finish_non_exhaustive()
    }
}

impl Draft {
    /// Whether the agent left nothing behind.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the agent left nothing behind: what there is came from the telephony service.
    pub fn is_untouched(&self, given: &[CloudTag]) -> bool {
        let is_given = |tag: &&Tag| given.iter().any(|given| tag.is(&given.name));
        let tags = self.tags.iter().filter(is_given).count();
        let without = Self {
            tags: Vec::new(),
            ..self.clone()
        };
        tags == self.tags.len() && without.is_empty()
    }

    /// Adds labels from the telephony service beside the agent's own. One that is too long is cut,
    /// and beyond [`MOST_TAGS`] none is taken.
    pub fn add_tags<'a>(&mut self, labels: impl IntoIterator<Item = &'a str>) {
        for label in labels {
            let Some(tag) = Tag::cut(label) else { continue };
            let known = self.tags.iter().any(|known| known.is(tag.as_str()));
            if !known && self.tags.len() < MOST_TAGS {
                self.tags.push(tag);
            }
        }
    }

    /// Replaces the note.
    ///
    /// # Errors
    /// [`DraftRefused::NoteTooLong`]; the draft is unchanged then.
    pub fn set_note(&mut self, note: &str) -> Result<(), DraftRefused> {
        if note.chars().count() > LONGEST_NOTE {
            return Err(DraftRefused::NoteTooLong);
        }
        self.note = note.replace("\r\n", "\n");
        Ok(())
    }

    /// Replaces the tags; doubles (in any case) are dropped.
    ///
    /// # Errors
    /// [`DraftRefused`]; the draft is unchanged then.
    pub fn set_tags<'a>(
        &mut self,
        tags: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), DraftRefused> {
        let mut kept: Vec<Tag> = Vec::new();
        for text in tags {
            let tag = Tag::parse(text)?;
            let same = |known: &Tag| known.0.to_lowercase() == tag.0.to_lowercase();
            if !kept.iter().any(same) {
                kept.push(tag);
            }
        }
        if kept.len() > MOST_TAGS {
            return Err(DraftRefused::TooManyTags);
        }
        self.tags = kept;
        Ok(())
    }
}

/// What became of the wrap-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrapUpState {
    /// Still the agent's to finish.
    Open,
    /// Filed: the outbox has it.
    Filed,
    /// The agent does not want this call logged.
    Discarded,
}

impl WrapUpState {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Filed => "filed",
            Self::Discarded => "discarded",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "filed" => Some(Self::Filed),
            "discarded" => Some(Self::Discarded),
            _ => None,
        }
    }
}

/// One line of plain text: control characters become blanks, runs of blanks one.
fn plain_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests;
