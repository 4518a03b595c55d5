//! Messages of a framed page that nobody understands yet, kept until somebody teaches us.
//!
//! Only their bones are kept: what they call themselves and which fields they have. There is room
//! for a few kinds; a kind that comes again is counted.

use callside_telephony::allo::dialer::Shape;
use serde::{Deserialize, Serialize};

/// So many kinds are kept; the first ones stay.
pub const MOST_KINDS: usize = 20;

/// Messages of one name with the same fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// What they call themselves.
    pub name: String,
    /// A line per field, such as `payload.reason: text`.
    pub fields: Vec<String>,
    /// How many there were.
    pub times: u32,
}

/// All kinds, in the order in which they came first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotUnderstood {
    kinds: Vec<Kind>,
}

impl NotUnderstood {
    /// What was kept. Nothing where it cannot be read.
    pub fn read(kept: &str) -> Self {
        serde_json::from_str(kept).unwrap_or_default()
    }

    /// As it is kept.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The kinds, in the order in which they came first.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Counts a message. True for the first of a new kind.
    pub fn note(&mut self, shape: Shape) -> bool {
        let same = |kind: &&mut Kind| kind.name == shape.kind && kind.fields == shape.fields;
        if let Some(kind) = self.kinds.iter_mut().find(same) {
            kind.times = kind.times.saturating_add(1);
            return false;
        }
        let fits = self.kinds.len() < MOST_KINDS;
        if fits {
            self.kinds.push(Kind {
                name: shape.kind,
                fields: shape.fields,
                times: 1,
            });
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(kind: &str) -> Shape {
        Shape {
            kind: kind.to_owned(),
            fields: vec!["payload.reason: text".to_owned()],
        }
    }

    #[test]
    fn a_kind_is_kept_once_and_counted() {
        let mut kept = NotUnderstood::default();
        assert!(kept.note(shape("call_wrapped")));
        assert!(!kept.note(shape("call_wrapped")));
        assert!(kept.note(shape("call_held")));
        let again = NotUnderstood::read(&kept.write());
        assert_eq!(again, kept);
        let times: Vec<u32> = again.kinds().iter().map(|kind| kind.times).collect();
        assert_eq!(times, [2, 1]);
        assert_eq!(NotUnderstood::read("{"), NotUnderstood::default());
    }

    #[test]
    fn whoever_invents_names_fills_no_disk() {
        let mut kept = NotUnderstood::default();
        for turn in 0..500 {
            kept.note(shape(&format!("invented_{turn}")));
        }
        assert_eq!(kept.kinds().len(), MOST_KINDS);
        assert!(!kept.note(shape("one_more")));
    }
}
