//! What a service said of a call, in words: for the log in the CRM, and for the service's own
//! window.
//!
//! All of it was written by others. It is plain text, each piece on one line and no longer than a
//! reader wants, and it takes only the room that the agent's own words leave.

use super::{CallInsights, CloudNotes, InsightLine, Mood};
use crate::contact::{Contact, Opportunity};
use crate::outbox::LogLabels;

/// The words before what a service said, in the team's language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloudLabels {
    /// Before a remark that somebody made at the service.
    pub remark: String,
    /// Before the link to the recording.
    pub recording: String,
    /// Before a machine's summary.
    pub summary: String,
    /// Before what was spoken of.
    pub topics: String,
    /// Before how the other side sounded.
    pub mood: String,
    /// Before what somebody promised to do.
    pub action_items: String,
    /// Before who said what.
    pub transcript: String,
    /// Before what the contact is to the company.
    pub role: String,
    /// Before the contact's company.
    pub company: String,
    /// Before the open opportunity.
    pub opportunity: String,
    /// Before the note of the last call.
    pub last_note: String,
}

/// The longest remark in a log, in characters.
const LONGEST_REMARK: usize = 500;
/// The most remarks in a log.
const MOST_REMARKS: usize = 10;
/// The longest summary in a log, in characters.
const LONGEST_SUMMARY: usize = 1_500;
/// The longest topic or action item in a log, in characters.
const LONGEST_ITEM: usize = 200;
/// The most topics, and the most action items, in a log.
const MOST_ITEMS: usize = 10;
/// The longest link in a log, in characters.
const LONGEST_LINK: usize = 300;
/// A piece of which less would be left is not begun.
const LEAST_PIECE: usize = 40;
/// The longest line of the card, in characters.
const LONGEST_CARD_LINE: usize = 120;
/// Begins every marker of ours.
const MARKER: &str = "callside-";

impl Mood {
    /// The word used in JSON and in the labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
        }
    }
}

/// The lines of a log that a service's words make, in at most so many characters, line breaks
/// included.
pub fn log_lines(notes: &CloudNotes, labels: &LogLabels, room: usize) -> Vec<String> {
    let mut lines = Lines {
        lines: Vec::new(),
        room,
        labels,
    };
    let own = &labels.cloud;
    if let Some(link) = notes.recording_link.as_deref().and_then(safe_link) {
        lines.add_whole(&own.recording, link);
    }
    for remark in notes.remarks.iter().take(MOST_REMARKS) {
        let text = plain(&remark.text, LONGEST_REMARK);
        match remark.by.as_deref().map(|by| plain(by, LONGEST_ITEM)) {
            Some(by) if !by.is_empty() && !text.is_empty() => {
                lines.add(&format!("{} ({by})", own.remark), &text);
            }
            _ => lines.add(&own.remark, &text),
        }
    }
    lines.add_insights(&notes.insights);
    lines.lines
}

struct Lines<'a> {
    lines: Vec<String>,
    room: usize,
    labels: &'a LogLabels,
}

impl Lines<'_> {
    fn add_insights(&mut self, insights: &CallInsights) {
        let own = &self.labels.cloud;
        if let Some(summary) = &insights.summary {
            self.add(&own.summary, &plain(summary, LONGEST_SUMMARY));
        }
        for item in insights.action_items.iter().take(MOST_ITEMS) {
            self.add(&own.action_items, &plain(item, LONGEST_ITEM));
        }
        let topics: Vec<String> = insights
            .topics
            .iter()
            .take(MOST_ITEMS)
            .map(|topic| plain(topic, LONGEST_ITEM))
            .filter(|topic| !topic.is_empty())
            .collect();
        self.add(&own.topics, &topics.join(", "));
        if let Some(mood) = insights.mood {
            self.add(&own.mood, &self.labels.word(mood.as_str()));
        }
        for said in insights.transcript.iter().flat_map(|text| text.lines()) {
            self.add(&own.transcript, &plain(said, LONGEST_ITEM));
        }
    }

    /// Adds a line, cut where the room ends.
    fn add(&mut self, label: &str, value: &str) {
        let before = format!("{label}{}", self.labels.colon);
        // One for the line break.
        let left = self.room.saturating_sub(before.chars().count() + 1);
        let fits = value.chars().count() <= left;
        if value.is_empty() || (!fits && left < LEAST_PIECE) {
            return;
        }
        self.push(format!("{before}{}", cut(value, left)));
    }

    /// Adds a line that is of no use in part.
    fn add_whole(&mut self, label: &str, value: &str) {
        let line = format!("{label}{}{value}", self.labels.colon);
        if line.chars().count() < self.room {
            self.push(line);
        }
    }

    fn push(&mut self, line: String) {
        self.room = self.room.saturating_sub(line.chars().count() + 1);
        self.lines.push(line);
    }
}

/// The card that the service shows to its agent: who calls, and what to know of them.
pub fn card_lines(
    contact: &Contact,
    company: Option<&str>,
    opportunity: Option<&Opportunity>,
    last_note: Option<&str>,
    labels: &LogLabels,
) -> Vec<InsightLine> {
    let own = &labels.cloud;
    let mut lines = vec![InsightLine {
        label: None,
        text: plain(&contact.name, LONGEST_CARD_LINE),
        link: contact.url.as_deref().and_then(safe_link).map(Into::into),
    }];
    let mut add = |label: &str, text: &str, link: Option<&str>| {
        let text = plain(text, LONGEST_CARD_LINE);
        if !text.is_empty() {
            lines.push(InsightLine {
                label: Some(label.to_owned()),
                text,
                link: link.and_then(safe_link).map(Into::into),
            });
        }
    };
    let role = contact.role.map(|role| labels.word(role.as_str()));
    add(&own.role, &role.unwrap_or_default(), None);
    let company = company.or(contact.company.as_deref()).unwrap_or_default();
    let company: Vec<&str> = [Some(company), contact.position.as_deref()]
        .into_iter()
        .flatten()
        .filter(|part| !part.trim().is_empty())
        .collect();
    add(&own.company, &company.join(", "), None);
    if let Some(deal) = opportunity {
        let amount = [deal.amount.as_deref(), deal.currency.as_deref()];
        let amount: Vec<&str> = amount.into_iter().flatten().collect();
        let parts = [
            deal.name.as_str(),
            deal.stage.as_deref().unwrap_or_default(),
        ];
        let mut parts: Vec<String> = parts.map(str::to_owned).to_vec();
        parts.push(amount.join(" "));
        parts.retain(|part| !part.trim().is_empty());
        add(&own.opportunity, &parts.join(", "), deal.url.as_deref());
    }
    add(&own.last_note, last_note.unwrap_or_default(), None);
    lines
}

/// A link that a person may follow.
fn safe_link(link: &str) -> Option<&str> {
    let plain = link
        .chars()
        .all(|c| !c.is_whitespace() && !c.is_control() && c != '"' && c != '<' && c != '>');
    let short = link.chars().count() <= LONGEST_LINK;
    (plain && short && link.starts_with("https://")).then_some(link)
}

/// One line of plain text. A marker of ours that somebody copied must not make this log look like
/// another one.
fn plain(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    cut(&words.join(" ").replace(MARKER, "callside "), longest)
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::collections::BTreeMap;

    use super::*;
    use crate::cloud_call::CloudComment;
    use crate::contact::{ContactKind, ContactRef, Role};
    use crate::id::{ConnectionId, RemoteId};

    fn labels() -> LogLabels {
        LogLabels {
            number: "Number".into(),
            withheld: "withheld".into(),
            line: "Line".into(),
            outcome: "Outcome".into(),
            tags: "Tags".into(),
            words: BTreeMap::from([
                ("positive".into(), "pleased".into()),
                ("client".into(), "Client".into()),
            ]),
            colon: ": ".into(),
            cloud: CloudLabels {
                remark: "Comment".into(),
                recording: "Recording".into(),
                summary: "Summary".into(),
                topics: "Topics".into(),
                mood: "Mood".into(),
                action_items: "To do".into(),
                transcript: "Said".into(),
                role: "Role".into(),
                company: "Company".into(),
                opportunity: "Opportunity".into(),
                last_note: "Last note".into(),
            },
        }
    }

    fn comment(text: &str, by: Option<&str>) -> CloudComment {
        CloudComment {
            id: "1".into(),
            text: text.into(),
            by: by.map(str::to_owned),
        }
    }

    fn everything() -> CloudNotes {
        CloudNotes {
            recording_link: Some("https://assets.example.test/calls/1/recording".into()),
            remarks: vec![
                comment("Wants\na call back", Some("Ada")),
                comment("by machine", None),
            ],
            insights: CallInsights {
                summary: Some("They spoke of the offer.".into()),
                topics: vec!["offer".into(), "price".into()],
                mood: Some(Mood::Positive),
                action_items: vec!["send the offer".into()],
                transcript: Some("Ada: hello\n\nMarie: hello".into()),
            },
            ..CloudNotes::default()
        }
    }

    #[test]
    fn each_part_stands_under_a_label_of_its_own() {
        assert_eq!(
            log_lines(&everything(), &labels(), 1_000),
            [
                "Recording: https://assets.example.test/calls/1/recording",
                "Comment (Ada): Wants a call back",
                "Comment: by machine",
                "Summary: They spoke of the offer.",
                "To do: send the offer",
                "Topics: offer, price",
                "Mood: pleased",
                "Said: Ada: hello",
                "Said: Marie: hello",
            ]
        );
    }

    #[test]
    fn the_room_is_never_overdrawn_and_a_link_is_never_cut() {
        let mut notes = everything();
        notes.insights.summary = Some("word ".repeat(2_000));
        notes.remarks = vec![comment(&"é".repeat(9_000), Some(&"x".repeat(999))); 30];
        for room in [0, 1, 20, 57, 58, 100, 700, 3_000] {
            let lines = log_lines(&notes, &labels(), room);
            let used: usize = lines.iter().map(|line| line.chars().count() + 1).sum();
            assert!(used <= room, "{used} of {room}");
            let link = lines.iter().find(|line| line.starts_with("Recording"));
            assert!(link.is_none_or(|line| line.ends_with("/recording")));
        }
    }

    #[test]
    fn a_marker_in_a_remark_is_no_marker_any_more() {
        let marker = "callside-01KJQXW3C000000000000000E1";
        let notes = CloudNotes {
            remarks: vec![comment(marker, None)],
            ..CloudNotes::default()
        };
        let lines = log_lines(&notes, &labels(), 1_000);
        assert!(!lines[0].contains(marker), "{lines:?}");
    }

    #[test]
    fn only_safe_links_are_logged() {
        for link in [
            "http://assets.example.test/1",
            "javascript:alert(1)",
            "https://assets.example.test/1 2",
            "https://x\nNumber: 1",
        ] {
            let notes = CloudNotes {
                recording_link: Some(link.into()),
                ..CloudNotes::default()
            };
            assert_eq!(log_lines(&notes, &labels(), 1_000), [""; 0], "{link}");
        }
    }

    fn marie() -> Contact {
        Contact {
            at: ContactRef {
                connection: ConnectionId::new("sellsy"),
                kind: ContactKind::Individual,
                id: RemoteId::new("1"),
            },
            name: "Marie Curieux".into(),
            company: Some("Radium".into()),
            position: Some("Head".into()),
            role: Some(Role::Client),
            email: None,
            owner: None,
            tags: Vec::new(),
            note: None,
            phones: Vec::new(),
            country: None,
            created_at: None,
            updated_at: None,
            archived: false,
            no_marketing_calls: false,
            url: Some("https://crm.example.test/1".into()),
        }
    }

    #[test]
    fn the_card_says_who_it_is_and_what_is_open() {
        let deal = Opportunity {
            id: RemoteId::new("7"),
            name: "New roof".into(),
            stage: Some("Offer".into()),
            amount: Some("1200".into()),
            currency: Some("EUR".into()),
            created_at: None,
            url: Some("http://crm.example.test/7".into()),
        };
        let lines = card_lines(&marie(), None, Some(&deal), Some("call\nback"), &labels());
        let shown: Vec<(Option<&str>, &str, Option<&str>)> = lines
            .iter()
            .map(|line| {
                let (label, link) = (line.label.as_deref(), line.link.as_deref());
                (label, line.text.as_str(), link)
            })
            .collect();
        assert_eq!(
            shown,
            [
                (None, "Marie Curieux", Some("https://crm.example.test/1")),
                (Some("Role"), "Client", None),
                (Some("Company"), "Radium, Head", None),
                (Some("Opportunity"), "New roof, Offer, 1200 EUR", None),
                (Some("Last note"), "call back", None),
            ]
        );
    }

    #[test]
    fn no_line_of_the_card_is_too_long() {
        let mut contact = marie();
        contact.name = "é".repeat(500);
        let lines = card_lines(&contact, None, None, Some(&"x".repeat(500)), &labels());
        assert!(lines.iter().all(|line| line.text.chars().count() <= 120));
    }
}
