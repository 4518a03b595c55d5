//! What Callside keeps of a CRM: contacts, and what hangs on them.
//!
//! A contact is one record that a number can lead to. Its kind is one of the CRM's own; nothing is
//! merged, so a person who exists twice in the CRM exists twice here.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ConnectionId, RemoteId};
use crate::phone_number::Region;

/// The CRMs' own kinds of record that a number can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// Sellsy: a private person who is client, prospect or supplier.
    Individual,
    /// Sellsy: an organisation.
    Company,
    /// Sellsy: a person, free-standing or linked to companies. Salesforce: Contact.
    Contact,
    /// Salesforce: Lead.
    Lead,
    /// Salesforce: Account.
    Account,
    /// Salesforce: Person Account.
    PersonAccount,
    /// Gorgias: customer.
    Customer,
}

impl ContactKind {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Company => "company",
            Self::Contact => "contact",
            Self::Lead => "lead",
            Self::Account => "account",
            Self::PersonAccount => "person_account",
            Self::Customer => "customer",
        }
    }

    /// Reads the word back. None for a word nobody here writes.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "individual" => Self::Individual,
            "company" => Self::Company,
            "contact" => Self::Contact,
            "lead" => Self::Lead,
            "account" => Self::Account,
            "person_account" => Self::PersonAccount,
            "customer" => Self::Customer,
            _ => return None,
        })
    }
}

/// What the record is to the agent's company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys.
    Client,
    /// May buy.
    Prospect,
    /// Sells to the agent's company; never has an opportunity.
    Supplier,
}

impl Role {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Prospect => "prospect",
            Self::Supplier => "supplier",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "client" => Self::Client,
            "prospect" => Self::Prospect,
            "supplier" => Self::Supplier,
            _ => return None,
        })
    }
}

/// Where a record lives: the connection, its kind there and its id there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContactRef {
    /// The CRM connection the record belongs to.
    pub connection: ConnectionId,
    /// The CRM's own kind.
    pub kind: ContactKind,
    /// The CRM's own id, unique within its kind.
    pub id: RemoteId,
}

/// Which field of the record holds a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneField {
    /// The main or landline number.
    Phone,
    /// The mobile number.
    Mobile,
    /// Salesforce: home.
    Home,
    /// Salesforce: assistant.
    Assistant,
    /// Salesforce: other. Gorgias: a phone channel.
    Other,
    /// A fax machine. Kept for display; it never names a caller.
    Fax,
}

impl PhoneField {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Mobile => "mobile",
            Self::Home => "home",
            Self::Assistant => "assistant",
            Self::Other => "other",
            Self::Fax => "fax",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "phone" => Self::Phone,
            "mobile" => Self::Mobile,
            "home" => Self::Home,
            "assistant" => Self::Assistant,
            "other" => Self::Other,
            "fax" => Self::Fax,
            _ => return None,
        })
    }

    /// Whether a number in this field may tell who calls.
    pub fn names_a_caller(self) -> bool {
        self != Self::Fax
    }
}

/// A phone field of a record, as the CRM wrote it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPhone {
    /// Which field it stands in.
    pub field: PhoneField,
    /// The CRM's text, untouched: it may hold words, extensions or two numbers.
    pub text: String,
}

impl fmt::Debug for StoredPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredPhone")
            .field("field", &self.field)
            .finish_non_exhaustive()
    }
}

/// One cached CRM record that a number can lead to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Where the record lives.
    pub at: ContactRef,
    /// The name to show: a person's full name, or the organisation's name.
    pub name: String,
    /// The organisation the person belongs to, where the record itself says so.
    pub company: Option<String>,
    /// The person's position in the company.
    pub position: Option<String>,
    /// Client, prospect or supplier, where the kind has such a thing.
    pub role: Option<Role>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name of the staff member who owns the record.
    pub owner: Option<String>,
    /// The CRM's tags.
    pub tags: Vec<String>,
    /// The CRM's note on the record.
    pub note: Option<String>,
    /// The phone fields that hold something.
    pub phones: Vec<StoredPhone>,
    /// The record's own country, by which its national numbers are read.
    pub country: Option<Region>,
    /// When the record was made in the CRM.
    pub created_at: Option<Timestamp>,
    /// When the record was last changed in the CRM.
    pub updated_at: Option<Timestamp>,
    /// Archived records disappear from matching and search.
    pub archived: bool,
    /// The record said that it does not want to be phoned for marketing.
    pub no_marketing_calls: bool,
    /// The record's page in the CRM's web app.
    pub url: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("at", &self.at)
            .field("phones", &self.phones.len())
            .finish_non_exhaustive()
    }
}

/// The organisation a contact belongs to, asked live.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// The CRM's id.
    pub id: RemoteId,
    /// Its name.
    pub name: String,
    /// Client, prospect or supplier.
    pub role: Option<Role>,
    /// Its page in the CRM's web app.
    pub url: Option<String>,
}

impl fmt::Debug for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Company")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An open deal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opportunity {
    /// The CRM's id.
    pub id: RemoteId,
    /// Its name.
    pub name: String,
    /// The stage it stands at, in the CRM's words.
    pub stage: Option<String>,
    /// The amount as a decimal number in text form, as the CRM writes it.
    pub amount: Option<String>,
    /// ISO 4217 code of the amount.
    pub currency: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Its page, or the page of the record it hangs on.
    pub url: Option<String>,
}

impl fmt::Debug for Opportunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opportunity")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
