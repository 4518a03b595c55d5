//! What the card shows about a match.
//!
//! The cached part is there at once; the live part is asked of the CRM while the agent already
//! reads, and fills reserved room. Which opportunity a log goes to is decided here as well.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{CallState, Direction, EndReason};
use crate::contact::{Company, Contact, ContactKind, Opportunity, Role};
use crate::id::CallId;
use crate::wrap_up::OpportunityChoice;

/// Facts asked live for one contact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LiveFacts {
    /// The organisations a contact person belongs to, in the CRM's order.
    pub companies: Vec<Company>,
    /// Open or late opportunities of the contact or its company, in ascending order of creation.
    pub opportunities: Vec<Opportunity>,
}

/// Which of several open opportunities is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpportunityRule {
    /// The one created first.
    #[default]
    Oldest,
    /// The one created last.
    Newest,
    /// The one with the largest amount.
    Largest,
    /// Never any.
    None,
}

/// Where in the CRM the opportunities of a contact are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpportunityOwner {
    /// The record itself has them.
    Itself,
    /// Only through the company of the contact person.
    ItsCompany,
    /// There is none: a supplier.
    Nobody,
}

/// Says where to look for opportunities: a supplier has none, a contact person only through the
/// company, everyone else directly.
pub fn opportunity_owner(contact: &Contact) -> OpportunityOwner {
    if contact.role == Some(Role::Supplier) {
        return OpportunityOwner::Nobody;
    }
    match contact.at.kind {
        ContactKind::Individual
        | ContactKind::Company
        | ContactKind::Account
        | ContactKind::PersonAccount => OpportunityOwner::Itself,
        ContactKind::Contact => OpportunityOwner::ItsCompany,
        ContactKind::Lead | ContactKind::Customer => OpportunityOwner::Nobody,
    }
}

/// Picks the opportunity the log goes to.
///
/// A choice of the agent wins when that opportunity is still open; a choice that closed meanwhile
/// falls back to none, since the agent did not mean any other.
pub fn pick_opportunity<'a>(
    open: &'a [Opportunity],
    rule: OpportunityRule,
    choice: &OpportunityChoice,
) -> Option<&'a Opportunity> {
    match choice {
        OpportunityChoice::None => None,
        OpportunityChoice::Chosen { id } => open.iter().find(|o| &o.id == id),
        OpportunityChoice::ByRule => match rule {
            OpportunityRule::None => None,
            OpportunityRule::Oldest => open.iter().min_by(|a, b| by_creation(a, b)),
            OpportunityRule::Newest => open.iter().max_by(|a, b| by_creation(a, b)),
            OpportunityRule::Largest => open
                .iter()
                .max_by(|a, b| amount(a).total_cmp(&amount(b)).then(by_creation(b, a))),
        },
    }
}

fn by_creation(a: &Opportunity, b: &Opportunity) -> Ordering {
    let key = |o: &Opportunity| (o.created_at, o.id.as_str().parse::<u64>().ok());
    key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
}

fn amount(opportunity: &Opportunity) -> f64 {
    let text = opportunity.amount.as_deref().unwrap_or_default();
    text.parse().unwrap_or(0.0)
}

/// An earlier call with the same number, as the card lists it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierCall {
    /// The call.
    pub id: CallId,
    /// Seen from the agent.
    pub direction: Direction,
    /// Where it stands.
    pub state: CallState,
    /// How it ended.
    pub end_reason: Option<EndReason>,
    /// First ring or dial.
    pub started_at: Timestamp,
    /// Talk time in seconds.
    pub talk_s: u32,
    /// The agent's note.
    pub note: String,
    /// The agent's tags.
    pub tags: Vec<String>,
}

impl std::fmt::Debug for EarlierCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EarlierCall")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
