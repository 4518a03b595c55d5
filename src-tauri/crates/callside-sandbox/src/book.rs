//! An invented French company book of any size.
//!
//! Nothing of it is stored: every row is computed from the seed and its id, so a book of a million
//! rows starts at once and two sandboxes with one seed agree on every letter. What tests and the demo
//! write afterwards lies over it (see `sellsy`). The first rows are fixed persons with fixed numbers;
//! the constants below name them.
//!
//! Numbers: France keeps ranges for fiction, and generated rows use the upper part of each. The last four digits
//! `0000` to `1999` of every such range never belong to a generated row: they are free for the fixed
//! rows and for tests. When a big book has used the ranges up, it goes on in `09 98` and `09 99`, which
//! belong to nobody.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

mod words;

use words::{DEALS, FIRST_NAMES, LAST_NAMES, NOTES, PLACES, POSITIONS, STREETS, TRADES};

/// The buyer of [`BOULANGERIE_MARTIN`]: contact "Marie Dupont", "Acheteuse".
pub const MARIE_DUPONT: u64 = 1001;
/// Her mobile, stored as written here.
pub const MARIE_DUPONT_MOBILE: &str = "+33639980123";
/// Company "Boulangerie Martin", a client with one open opportunity.
pub const BOULANGERIE_MARTIN: u64 = 1001;
/// Its phone number.
pub const BOULANGERIE_MARTIN_PHONE: &str = "+33199001001";
/// Opportunity "Four à sole" of [`BOULANGERIE_MARTIN`], open, 12400.00 EUR.
pub const FOUR_A_SOLE: u64 = 1001;
/// Opportunity "Vitrine réfrigérée" of [`BOULANGERIE_MARTIN`], older than the oven, but won.
pub const VITRINE: u64 = 1002;
/// Individual "Luc Bernard", a prospect with one open opportunity.
pub const LUC_BERNARD: u64 = 1002;
/// His mobile.
pub const LUC_BERNARD_MOBILE: &str = "+33639980145";
/// Opportunity "Cuisine sur mesure" of [`LUC_BERNARD`], open, 8900.00 EUR.
pub const CUISINE: u64 = 1003;
/// Company "Moulins du Val", a supplier.
pub const MOULINS_DU_VAL: u64 = 1003;
/// Its phone number.
pub const MOULINS_DU_VAL_PHONE: &str = "+33199001040";
/// Company "Garage Lefort", a client without opportunities. It shares [`SHARED_NUMBER`].
pub const GARAGE_LEFORT: u64 = 1004;
/// Contact "Paul Lefort" of [`GARAGE_LEFORT`]. He shares [`SHARED_NUMBER`].
pub const PAUL_LEFORT: u64 = 1002;
/// The number that a company and a contact share.
pub const SHARED_NUMBER: &str = "+33199001177";
/// Company "Hôtel des Remparts", a client with one open and one late opportunity.
pub const HOTEL_DES_REMPARTS: u64 = 1005;
/// Its phone number, stored with spaces.
pub const HOTEL_DES_REMPARTS_PHONE: &str = "+33 2 61 91 10 05";
/// Opportunity "Literie, premier étage" of [`HOTEL_DES_REMPARTS`]: late, the oldest, 5200.50 EUR.
pub const LITERIE: u64 = 1004;
/// Opportunity "Rénovation du bar" of [`HOTEL_DES_REMPARTS`]: open, younger, 31000.00 EUR.
pub const BAR: u64 = 1005;
/// Contact "Karim Haddad" of [`HOTEL_DES_REMPARTS`], stored with an extension.
pub const KARIM_HADDAD: u64 = 1003;
/// His number, as it is stored.
pub const KARIM_HADDAD_PHONE: &str = "02 61 91 10 06 poste 12";
/// Contact "Inès Morel", linked to no company.
pub const INES_MOREL: u64 = 1004;
/// Her mobile.
pub const INES_MOREL_MOBILE: &str = "+33639980188";
/// Individual "Awa Diallo", a client with two numbers in one field.
pub const AWA_DIALLO: u64 = 1006;
/// Her phone field, as it is stored.
pub const AWA_DIALLO_PHONE: &str = "06 39 98 01 66 / 01 99 00 16 66";
/// Individual "Jean-Marc Payet" of Réunion, whose national number is +262 262 99 12 34.
pub const JEAN_MARC_PAYET: u64 = 1007;
/// His phone field, as it is stored.
pub const JEAN_MARC_PAYET_PHONE: &str = "0262 99 12 34";
/// Individual "Greta Lindner" of Berlin, whose national number is +49 30 23125042.
pub const GRETA_LINDNER: u64 = 1008;
/// Her phone field, as it is stored.
pub const GRETA_LINDNER_PHONE: &str = "030 23125042";
/// Company "Ancienne Mercerie", archived.
pub const ANCIENNE_MERCERIE: u64 = 1009;
/// Its phone number.
pub const ANCIENNE_MERCERIE_PHONE: &str = "+33199001190";

/// The first id of a generated row, of every kind.
pub const FIRST_GENERATED: u64 = 2001;
/// The first id of a fixed row, of every kind.
pub const FIRST_FIXED: u64 = 1001;
/// No fixed or generated row was created or changed after this instant (2026-01-31T00:00:00Z, in Unix seconds).
pub const BOOK_CLOSED_AT: i64 = 1_769_817_600;
/// The first instant of the book (2019-01-01T00:00:00Z).
const BOOK_OPENED_AT: i64 = 1_546_300_800;
/// The two generated opportunities a third may have.
const SLOTS: u64 = 2;

/// How big a book is and which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookOptions {
    /// Generated records of the three kinds together; the fixed ones come on top. Two in ten are
    /// companies, three individuals, five contacts.
    pub contacts: usize,
    /// Two books with one seed and one size are equal.
    pub seed: u64,
}

impl Default for BookOptions {
    fn default() -> Self {
        Self {
            contacts: 300,
            seed: 7,
        }
    }
}

/// The three kinds of record that a number can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A person who is a third party.
    Individual,
    /// An organisation.
    Company,
    /// A person, free-standing or linked to companies and individuals.
    Contact,
}

impl RecordKind {
    /// All three, in the vendor's order.
    pub const ALL: [Self; 3] = [Self::Individual, Self::Company, Self::Contact];

    /// The word that the API uses for one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Company => "company",
            Self::Contact => "contact",
        }
    }

    /// The word that the API uses for many, in paths and scopes.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Individual => "individuals",
            Self::Company => "companies",
            Self::Contact => "contacts",
        }
    }

    /// Reads [`Self::word`] or [`Self::plural`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == word || kind.plural() == word)
    }
}

/// What a third is to the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Someone who has not bought yet.
    Prospect,
    /// Someone who buys.
    Client,
    /// Someone we buy from.
    Supplier,
}

impl Role {
    /// The word that the API uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::Client => "client",
            Self::Supplier => "supplier",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Prospect, Self::Client, Self::Supplier]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

/// A postal address. Only its country matters to callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Unique among addresses.
    pub id: u64,
    /// Street and number.
    pub line: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// ISO 3166 code of two capital letters.
    pub country_code: String,
}

/// One individual, company or contact, with the fields of all three.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Which kind it is.
    pub kind: RecordKind,
    /// Unique among contacts, or among individuals and companies together.
    pub id: u64,
    /// None for contacts.
    pub role: Option<Role>,
    /// The name of a company, the last name of a person.
    pub name: String,
    /// First name of a person.
    pub first_name: Option<String>,
    /// `mr`, `mrs` or `ms`.
    pub civility: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Website.
    pub website: Option<String>,
    /// Phone, as it was typed.
    pub phone_number: Option<String>,
    /// Mobile, as it was typed.
    pub mobile_number: Option<String>,
    /// Fax, as it was typed.
    pub fax_number: Option<String>,
    /// Job of a contact.
    pub position: Option<String>,
    /// Internal reference of a third.
    pub reference: Option<String>,
    /// Birth date of a contact, `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// SIRET of a company, 14 digits.
    pub siret: Option<String>,
    /// Note, empty when there is none.
    pub note: String,
    /// The staff who owns it.
    pub owner_id: Option<u64>,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds of the last change.
    pub updated: i64,
    /// Put aside by a person.
    pub is_archived: bool,
    /// Which campaigns reach it: `sms`, `phone`, `email`, `postal_mail`, `custom`.
    pub subscriptions: Vec<String>,
    /// Invoicing and delivery address in one.
    pub address: Option<Address>,
    /// Ids of its smart tags.
    pub tags: BTreeSet<u64>,
    /// For contacts: the companies they are linked to, in order.
    pub companies: Vec<u64>,
    /// For contacts: the individuals they are linked to, in order.
    pub individuals: Vec<u64>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({} {}, redacted)", self.kind.word(), self.id)
    }
}

impl Record {
    /// A record with nothing but a kind, an id and a name.
    #[must_use]
    pub fn new(kind: RecordKind, id: u64, name: &str, created: i64) -> Self {
        Self {
            kind,
            id,
            role: (kind != RecordKind::Contact).then_some(Role::Prospect),
            name: name.to_owned(),
            first_name: None,
            civility: None,
            email: None,
            website: None,
            phone_number: None,
            mobile_number: None,
            fax_number: None,
            position: None,
            reference: None,
            birth_date: None,
            siret: None,
            note: String::new(),
            owner_id: None,
            created,
            updated: created,
            is_archived: false,
            subscriptions: Vec::new(),
            address: None,
            tags: BTreeSet::new(),
            companies: Vec::new(),
            individuals: Vec::new(),
        }
    }

    /// The name as a person would say it.
    #[must_use]
    pub fn display_name(&self) -> String {
        match &self.first_name {
            Some(first) => format!("{first} {}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Where an opportunity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpportunityStatus {
    /// Being worked on.
    Open,
    /// Signed.
    Won,
    /// Not signed.
    Lost,
    /// Called off.
    Cancelled,
    /// Put away.
    Closed,
    /// Being worked on, past its due date.
    Late,
}

impl OpportunityStatus {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Won,
        Self::Lost,
        Self::Cancelled,
        Self::Closed,
        Self::Late,
    ];

    /// The word that the API uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
            Self::Late => "late",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// A deal with one company or individual.
#[derive(Clone, PartialEq, Eq)]
pub struct Opportunity {
    /// Unique among opportunities.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub status: OpportunityStatus,
    /// Amount in hundredths of a euro.
    pub cents: u64,
    /// Id of the pipeline.
    pub pipeline: u64,
    /// Id of the step in it.
    pub step: u64,
    /// Percent.
    pub probability: u8,
    /// Whose it is: a company or an individual.
    pub third: (RecordKind, u64),
    /// Contacts linked to the deal.
    pub contacts: Vec<u64>,
    /// The staff who owns it.
    pub owner_id: u64,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds of the last change of status.
    pub updated_status: i64,
    /// `YYYY-MM-DD`.
    pub due_date: Option<String>,
    /// Note, empty when there is none.
    pub note: String,
}

impl std::fmt::Debug for Opportunity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opportunity({}, {})", self.id, self.status.word())
    }
}

/// One step of a pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Unique among steps.
    pub id: u64,
    /// Name.
    pub name: &'static str,
    /// Percent.
    pub probability: u8,
}

/// An ordered way from first contact to signature.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline {
    /// Unique among pipelines.
    pub id: u64,
    /// Name.
    pub name: &'static str,
    /// In order.
    pub steps: &'static [Step],
}

/// The pipelines of the book.
pub const PIPELINES: [Pipeline; 2] = [
    Pipeline {
        id: 11,
        name: "Ventes",
        steps: &[
            Step {
                id: 101,
                name: "Prise de contact",
                probability: 10,
            },
            Step {
                id: 102,
                name: "Devis envoyé",
                probability: 40,
            },
            Step {
                id: 103,
                name: "Négociation",
                probability: 70,
            },
            Step {
                id: 104,
                name: "Accord verbal",
                probability: 90,
            },
        ],
    },
    Pipeline {
        id: 12,
        name: "Partenaires",
        steps: &[
            Step {
                id: 111,
                name: "Découverte",
                probability: 20,
            },
            Step {
                id: 112,
                name: "Convention",
                probability: 60,
            },
        ],
    },
];

/// The smart tags that exist at the start; the first has id [`FIRST_TAG`].
pub const TAGS: [&str; 24] = [
    "à rappeler",
    "agence",
    "artisan",
    "association",
    "bio",
    "boulangerie",
    "bâtiment",
    "collectivité",
    "compte clé",
    "export",
    "franchise",
    "hôtellerie",
    "newsletter",
    "parrain",
    "partenaire",
    "presse",
    "prioritaire",
    "restauration",
    "retard de paiement",
    "revendeur",
    "salon 2025",
    "santé",
    "tpe",
    "vip",
];
/// Id of the first smart tag.
pub const FIRST_TAG: u64 = 501;

/// Owners of generated rows: the first three of the default staff.
const OWNERS: [u64; 3] = [4107, 4108, 4109];

/// A book: a function from ids to rows.
#[derive(Clone, Copy, Debug)]
pub struct Book {
    seed: u64,
    thirds: u64,
    contacts: u64,
}

impl Book {
    /// The book with these options. Costs nothing, however big it is.
    #[must_use]
    pub fn new(options: BookOptions) -> Self {
        let all = options.contacts as u64;
        Self {
            seed: options.seed,
            thirds: all / 2,
            contacts: all - all / 2,
        }
    }

    /// Generated records of a kind.
    #[must_use]
    pub fn count(&self, kind: RecordKind) -> u64 {
        let companies = self.thirds / 5 * 2 + (self.thirds % 5).min(2);
        match kind {
            RecordKind::Company => companies,
            RecordKind::Individual => self.thirds - companies,
            RecordKind::Contact => self.contacts,
        }
    }

    /// The highest generated id of a kind, or the last id before the generated ones.
    #[must_use]
    pub fn last_id(&self, kind: RecordKind) -> u64 {
        FIRST_GENERATED - 1
            + match kind {
                RecordKind::Contact => self.contacts,
                RecordKind::Company | RecordKind::Individual => self.thirds,
            }
    }

    /// Whether a generated record has this id.
    #[must_use]
    pub fn has(&self, kind: RecordKind, id: u64) -> bool {
        let Some(place) = id.checked_sub(FIRST_GENERATED) else {
            return false;
        };
        match kind {
            RecordKind::Contact => place < self.contacts,
            RecordKind::Company => place < self.thirds && place % 5 < 2,
            RecordKind::Individual => place < self.thirds && place % 5 >= 2,
        }
    }

    /// Creation and last change of a generated record, in Unix seconds, without making the row.
    #[must_use]
    pub fn times(&self, kind: RecordKind, id: u64) -> (i64, i64) {
        let life = BOOK_CLOSED_AT - BOOK_OPENED_AT;
        let created = BOOK_OPENED_AT + (self.roll(kind, id, 1) % life.unsigned_abs()) as i64;
        let left = (BOOK_CLOSED_AT - created).unsigned_abs().max(1);
        (created, created + (self.roll(kind, id, 2) % left) as i64)
    }

    /// The generated record with this id.
    #[must_use]
    pub fn record(&self, kind: RecordKind, id: u64) -> Option<Record> {
        self.has(kind, id).then(|| match kind {
            RecordKind::Company => self.company(id),
            RecordKind::Individual => self.individual(id),
            RecordKind::Contact => self.contact(id),
        })
    }

    fn roll(&self, kind: RecordKind, id: u64, salt: u64) -> u64 {
        mix(mix(self.seed ^ (kind as u64) << 56 ^ salt << 40).wrapping_add(id))
    }

    fn chance(&self, kind: RecordKind, id: u64, salt: u64, percent: u64) -> bool {
        self.roll(kind, id, salt) % 100 < percent
    }

    fn one<'a>(&self, kind: RecordKind, id: u64, salt: u64, of: &[&'a str]) -> &'a str {
        pick(of, self.roll(kind, id, salt))
    }

    fn base(&self, kind: RecordKind, id: u64) -> Record {
        let (created, updated) = self.times(kind, id);
        let mut record = Record::new(kind, id, "", created);
        record.updated = updated;
        record.owner_id = OWNERS.get((self.roll(kind, id, 3) % 4) as usize).copied();
        record.is_archived = self.chance(kind, id, 4, 2);
        if self.chance(kind, id, 5, 15) {
            record.note = self.one(kind, id, 6, &NOTES).to_owned();
        }
        for turn in 0..self.roll(kind, id, 7) % 4 {
            if self.chance(kind, id, 8 + turn, 50) {
                record
                    .tags
                    .insert(FIRST_TAG + self.roll(kind, id, 12 + turn) % TAGS.len() as u64);
            }
        }
        for (turn, campaign) in ["sms", "phone", "email", "postal_mail"]
            .into_iter()
            .enumerate()
        {
            if self.chance(kind, id, 20 + turn as u64, 70) {
                record.subscriptions.push(campaign.to_owned());
            }
        }
        record
    }

    fn country(&self, kind: RecordKind, id: u64) -> Country {
        match self.roll(kind, id, 30) % 200 {
            0..=175 => Country::France,
            176..=181 => Country::Belgium,
            182..=185 => Country::Germany,
            186..=189 => Country::Switzerland,
            190..=192 => Country::Britain,
            193..=194 => Country::Italy,
            195..=196 => Country::Reunion,
            197 => Country::Guadeloupe,
            198 => Country::Martinique,
            _ => Country::Guiana,
        }
    }

    /// Some addresses are missing, but not abroad: a national number there can only be read with its country.
    fn known_address(
        &self,
        kind: RecordKind,
        id: u64,
        country: Country,
        percent: u64,
    ) -> Option<Address> {
        (country != Country::France || self.chance(kind, id, 64, percent))
            .then(|| self.address(kind, id, country))
    }

    fn address(&self, kind: RecordKind, id: u64, country: Country) -> Address {
        let (city, code) = pick_pair(country.cities(), self.roll(kind, id, 31));
        let offset = match kind {
            RecordKind::Contact => 10_000_000,
            RecordKind::Company | RecordKind::Individual => 20_000_000,
        };
        Address {
            id: offset + id,
            line: format!(
                "{} {}",
                1 + self.roll(kind, id, 32) % 180,
                self.one(kind, id, 33, &STREETS)
            ),
            postal_code: code.to_owned(),
            city: city.to_owned(),
            country_code: country.code().to_owned(),
        }
    }

    /// The phone of a company or person, in one of the spellings that people type.
    fn phone(&self, kind: RecordKind, id: u64, country: Country, mobile: bool) -> String {
        let place = (id - FIRST_GENERATED) * 2 + u64::from(kind == RecordKind::Contact);
        let spelling = self.roll(kind, id, if mobile { 40 } else { 41 }) % 100;
        match country {
            Country::France => french_phone(
                place,
                mobile,
                spelling,
                self.one(kind, id, 42, &FIRST_NAMES),
            ),
            other => foreign_phone(other, place, spelling),
        }
    }

    fn role(&self, kind: RecordKind, id: u64) -> Role {
        match self.roll(kind, id, 50) % 20 {
            0..=9 => Role::Client,
            10..=16 => Role::Prospect,
            _ => Role::Supplier,
        }
    }

    fn company_name(&self, id: u64) -> String {
        let kind = RecordKind::Company;
        let trade = self.one(kind, id, 51, &TRADES);
        match self.roll(kind, id, 52) % 4 {
            0 => format!("{trade} {} & Fils", self.one(kind, id, 53, &LAST_NAMES)),
            1 => format!("{trade} {}", self.one(kind, id, 54, &PLACES)),
            2 => format!(
                "{trade} {}-{}",
                self.one(kind, id, 55, &LAST_NAMES),
                self.one(kind, id, 56, &LAST_NAMES)
            ),
            _ => format!("{trade} {}", self.one(kind, id, 57, &LAST_NAMES)),
        }
    }

    fn company(&self, id: u64) -> Record {
        let kind = RecordKind::Company;
        let country = self.country(kind, id);
        let mut record = self.base(kind, id);
        record.name = self.company_name(id);
        record.role = Some(self.role(kind, id));
        let domain = format!("{}-{id}.example", plain(&record.name));
        record.email = self
            .chance(kind, id, 60, 80)
            .then(|| format!("contact@{domain}"));
        record.website = self
            .chance(kind, id, 61, 50)
            .then(|| format!("https://www.{domain}"));
        record.phone_number = self.company_phone(id);
        record.mobile_number = self
            .chance(kind, id, 63, 12)
            .then(|| self.phone(kind, id, country, true));
        record.reference = Some(format!("CLI-{id}"));
        record.siret =
            (country == Country::France).then(|| format!("{:014}", 99_900_000_000_000 + id));
        record.address = self.known_address(kind, id, country, 95);
        record
    }

    fn company_phone(&self, id: u64) -> Option<String> {
        let kind = RecordKind::Company;
        self.chance(kind, id, 62, 88)
            .then(|| self.phone(kind, id, self.country(kind, id), false))
    }

    fn person(&self, kind: RecordKind, id: u64) -> Record {
        let mut record = self.base(kind, id);
        record.name = self.one(kind, id, 70, &LAST_NAMES).to_owned();
        record.first_name = Some(self.one(kind, id, 71, &FIRST_NAMES).to_owned());
        record.civility = self
            .chance(kind, id, 72, 80)
            .then(|| self.one(kind, id, 73, &["mr", "mrs", "ms"]).to_owned());
        record
    }

    fn individual(&self, id: u64) -> Record {
        let kind = RecordKind::Individual;
        let country = self.country(kind, id);
        let mut record = self.person(kind, id);
        record.role = Some(self.role(kind, id));
        record.email = self
            .chance(kind, id, 74, 70)
            .then(|| format!("{}.{id}@courriel.example", plain(&record.display_name())));
        record.mobile_number = self
            .chance(kind, id, 75, 70)
            .then(|| self.phone(kind, id, country, true));
        record.phone_number = (record.mobile_number.is_none() && self.chance(kind, id, 76, 75)
            || self.chance(kind, id, 77, 25))
        .then(|| self.phone(kind, id, country, false));
        record.reference = Some(format!("IND-{id}"));
        record.address = self.known_address(kind, id, country, 80);
        record
    }

    fn contact(&self, id: u64) -> Record {
        let kind = RecordKind::Contact;
        let mut record = self.person(kind, id);
        record.companies = self.companies_of(id);
        record.individuals = self.individual_of(id).into_iter().collect();
        let employer = record.companies.first().copied();
        let country = match employer {
            Some(company) => self.country(RecordKind::Company, company),
            None => self.country(kind, id),
        };
        let domain = match employer {
            Some(company) => format!("{}-{company}.example", plain(&self.company_name(company))),
            None => "courriel.example".to_owned(),
        };
        record.email = self
            .chance(kind, id, 80, 75)
            .then(|| format!("{}.{id}@{domain}", plain(&record.display_name())));
        record.position = self
            .chance(kind, id, 81, 75)
            .then(|| self.one(kind, id, 82, &POSITIONS).to_owned());
        record.mobile_number = self
            .chance(kind, id, 83, 60)
            .then(|| self.phone(kind, id, country, true));
        record.phone_number =
            self.contact_phone(id, country, employer, record.mobile_number.is_some());
        record.address = self.known_address(kind, id, country, 30);
        record
    }

    /// Some contacts carry the number of their company's switchboard.
    fn contact_phone(
        &self,
        id: u64,
        country: Country,
        employer: Option<u64>,
        has_mobile: bool,
    ) -> Option<String> {
        let kind = RecordKind::Contact;
        if let Some(company) = employer
            && self.chance(kind, id, 84, 4)
        {
            return self.company_phone(company);
        }
        (self.chance(kind, id, 85, 30) || (!has_mobile && self.chance(kind, id, 86, 80)))
            .then(|| self.phone(kind, id, country, false))
    }

    fn company_at(&self, place: u64) -> u64 {
        FIRST_GENERATED + place / 2 * 5 + place % 2
    }

    fn individual_at(&self, place: u64) -> u64 {
        FIRST_GENERATED + place / 3 * 5 + 2 + place % 3
    }

    /// The generated companies of a generated contact.
    fn companies_of(&self, contact: u64) -> Vec<u64> {
        let companies = self.count(RecordKind::Company);
        let place = contact - FIRST_GENERATED;
        let mut found = Vec::new();
        if companies == 0 {
            return found;
        }
        if self.works_somewhere(contact) {
            found.push(self.company_at(place % companies));
        }
        if self.works_elsewhere(contact) && companies > ELSEWHERE {
            found.push(self.company_at((place + ELSEWHERE) % companies));
        }
        found
    }

    fn works_somewhere(&self, contact: u64) -> bool {
        self.chance(RecordKind::Contact, contact, 90, 88)
    }

    fn works_elsewhere(&self, contact: u64) -> bool {
        self.works_somewhere(contact) && self.chance(RecordKind::Contact, contact, 91, 5)
    }

    fn individual_of(&self, contact: u64) -> Option<u64> {
        let individuals = self.count(RecordKind::Individual);
        let free =
            !self.works_somewhere(contact) && self.chance(RecordKind::Contact, contact, 92, 40);
        (free && individuals > 0)
            .then(|| self.individual_at((contact - FIRST_GENERATED) % individuals))
    }

    /// The generated contacts that the book links to a generated company or individual, by id.
    #[must_use]
    pub fn contacts_of(&self, kind: RecordKind, id: u64) -> Vec<u64> {
        if kind == RecordKind::Contact || !self.has(kind, id) {
            return Vec::new();
        }
        let rank = id - FIRST_GENERATED;
        let (place, count) = match kind {
            RecordKind::Company => (rank / 5 * 2 + rank % 5, self.count(kind)),
            _ => (rank / 5 * 3 + rank % 5 - 2, self.count(kind)),
        };
        let mut found = BTreeSet::new();
        let turns = [place, (place + count - ELSEWHERE % count) % count];
        for start in turns {
            let mut at = start;
            while at < self.contacts {
                let contact = FIRST_GENERATED + at;
                let linked = match kind {
                    RecordKind::Company => self.companies_of(contact).contains(&id),
                    _ => self.individual_of(contact) == Some(id),
                };
                if linked {
                    found.insert(contact);
                }
                at += count;
            }
        }
        found.into_iter().collect()
    }

    /// The highest generated opportunity id.
    #[must_use]
    pub fn last_opportunity(&self) -> u64 {
        FIRST_GENERATED + self.thirds * SLOTS - u64::from(self.thirds > 0)
    }

    fn third_with_id(&self, id: u64) -> Option<RecordKind> {
        [RecordKind::Company, RecordKind::Individual]
            .into_iter()
            .find(|kind| self.has(*kind, id))
    }

    /// Whether a generated opportunity has this id.
    #[must_use]
    pub fn has_opportunity(&self, id: u64) -> bool {
        let Some(place) = id.checked_sub(FIRST_GENERATED) else {
            return false;
        };
        let third = FIRST_GENERATED + place / SLOTS;
        let Some(kind) = self.third_with_id(third) else {
            return false;
        };
        self.role(kind, third) != Role::Supplier
            && match place % SLOTS {
                0 => self.chance(kind, third, 100, 25),
                _ => self.chance(kind, third, 100, 25) && self.chance(kind, third, 101, 25),
            }
    }

    /// The ids of the generated opportunities of a generated third.
    #[must_use]
    pub fn opportunities_of(&self, kind: RecordKind, id: u64) -> Vec<u64> {
        if kind == RecordKind::Contact || !self.has(kind, id) {
            return Vec::new();
        }
        let first = FIRST_GENERATED + (id - FIRST_GENERATED) * SLOTS;
        (first..first + SLOTS)
            .filter(|id| self.has_opportunity(*id))
            .collect()
    }

    /// The generated opportunity with this id.
    #[must_use]
    pub fn opportunity(&self, id: u64) -> Option<Opportunity> {
        if !self.has_opportunity(id) {
            return None;
        }
        let third = FIRST_GENERATED + (id - FIRST_GENERATED) / SLOTS;
        let kind = self.third_with_id(third)?;
        let roll = |salt: u64| self.roll(kind, third, 110 + salt + id % SLOTS * 10);
        let pipeline = PIPELINES.get((roll(0) % 8 / 7) as usize)?;
        let step = pipeline
            .steps
            .get((roll(1) % pipeline.steps.len() as u64) as usize)?;
        let status = match roll(2) % 10 {
            0..=4 => OpportunityStatus::Open,
            5 => OpportunityStatus::Late,
            6..=7 => OpportunityStatus::Won,
            8 => OpportunityStatus::Lost,
            _ => OpportunityStatus::Cancelled,
        };
        let created = BOOK_CLOSED_AT - (roll(3) % (400 * 86_400)) as i64 - 86_400;
        Some(Opportunity {
            id,
            name: pick(&DEALS, roll(4)).to_owned(),
            status,
            cents: 15_000 + roll(5) % 4_000_000,
            pipeline: pipeline.id,
            step: step.id,
            probability: step.probability,
            third: (kind, third),
            contacts: self.contacts_of(kind, third).into_iter().take(1).collect(),
            owner_id: OWNERS.get((roll(6) % 3) as usize).copied().unwrap_or(4107),
            created,
            updated_status: created + 3600,
            due_date: Some(
                if status == OpportunityStatus::Late {
                    "2026-01-15"
                } else {
                    "2027-03-31"
                }
                .to_owned(),
            ),
            note: String::new(),
        })
    }
}

/// How far along a contact's second company lies.
const ELSEWHERE: u64 = 7;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Country {
    France,
    Belgium,
    Germany,
    Switzerland,
    Britain,
    Italy,
    Reunion,
    Guadeloupe,
    Martinique,
    Guiana,
}

impl Country {
    const fn code(self) -> &'static str {
        match self {
            Self::France => "FR",
            Self::Belgium => "BE",
            Self::Germany => "DE",
            Self::Switzerland => "CH",
            Self::Britain => "GB",
            Self::Italy => "IT",
            Self::Reunion => "RE",
            Self::Guadeloupe => "GP",
            Self::Martinique => "MQ",
            Self::Guiana => "GF",
        }
    }

    const fn cities(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::France => &[
                ("Lyon", "69003"),
                ("Nantes", "44000"),
                ("Lille", "59000"),
                ("Bordeaux", "33000"),
                ("Rennes", "35000"),
                ("La Rochelle", "17000"),
                ("Dijon", "21000"),
                ("Tours", "37000"),
                ("Annecy", "74000"),
                ("Pau", "64000"),
                ("Metz", "57000"),
                ("Nîmes", "30000"),
                ("Brest", "29200"),
                ("Paris", "75011"),
                ("Toulouse", "31000"),
            ],
            Self::Belgium => &[("Namur", "5000"), ("Bruxelles", "1000")],
            Self::Germany => &[("Berlin", "10115")],
            Self::Switzerland => &[("Zürich", "8001")],
            Self::Britain => &[("London", "EC1A 1BB")],
            Self::Italy => &[("Roma", "00184")],
            Self::Reunion => &[("Saint-Denis", "97400")],
            Self::Guadeloupe => &[("Pointe-à-Pitre", "97110")],
            Self::Martinique => &[("Fort-de-France", "97200")],
            Self::Guiana => &[("Cayenne", "97300")],
        }
    }
}

/// The nine national digits of a French number, without the leading zero.
fn french_digits(place: u64, mobile: bool) -> String {
    // 8,000 numbers of each range; a step that shares no factor with 8,000 visits all of them.
    let spread = |n: u64| 2_000 + n * 4_679 % 8_000;
    let lands = ["19900", "26191", "35301", "46571", "53649"];
    if mobile {
        return match place {
            0..8_000 => format!("63998{:04}", spread(place)),
            _ => format!("999{:06}", (place - 8_000) * 467_909 % 1_000_000),
        };
    }
    match place {
        0..40_000 => format!("{}{:04}", pick(&lands, place), spread(place / 5)),
        _ => format!("998{:06}", (place - 40_000) * 467_909 % 1_000_000),
    }
}

fn pairs(digits: &str, by: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 2 == 0 {
            text.push_str(by);
        }
        text.push(digit);
    }
    text
}

fn french_phone(place: u64, mobile: bool, spelling: u64, first_name: &str) -> String {
    let digits = french_digits(place, mobile);
    let national = format!("0{digits}");
    let spaced = pairs(&national, " ");
    let after_zero: String = spaced.chars().skip(1).collect();
    match spelling {
        0..=61 => format!("+33{digits}"),
        62..=71 => format!("+33 {after_zero}"),
        72..=81 => spaced,
        82..=86 => pairs(&national, "."),
        87..=89 => format!("+33 (0){after_zero}"),
        90..=91 => format!("0033{digits}"),
        92..=93 => national,
        94..=95 => format!(
            "{spaced} / {}",
            pairs(&format!("0{}", french_digits(place, !mobile)), " ")
        ),
        96..=97 => format!("{spaced} poste {}", 10 + place % 90),
        98 => format!("{spaced} ({first_name})"),
        _ => pairs(&national, "-"),
    }
}

fn foreign_phone(country: Country, place: u64, spelling: u64) -> String {
    let short = place % 1_000;
    let long = place * 4_679 % 10_000;
    let (code, area, rest, zero) = match country {
        Country::Britain => ("44", "20", format!("7946 0{short:03}"), "0"),
        Country::Germany => ("49", "30", format!("23125{short:03}"), "0"),
        Country::Belgium => (
            "32",
            "2",
            format!("555 {}", pairs(&format!("{long:04}"), " ")),
            "0",
        ),
        Country::Switzerland => (
            "41",
            "44",
            format!("555 {}", pairs(&format!("{long:04}"), " ")),
            "0",
        ),
        Country::Italy => ("39", "06", format!("5550 {long:04}"), ""),
        Country::Reunion => (
            "262",
            "262",
            format!("99 {}", pairs(&format!("{long:04}"), " ")),
            "0",
        ),
        Country::Guadeloupe => (
            "590",
            "590",
            format!("99 {}", pairs(&format!("{long:04}"), " ")),
            "0",
        ),
        Country::Martinique => (
            "596",
            "596",
            format!("99 {}", pairs(&format!("{long:04}"), " ")),
            "0",
        ),
        Country::Guiana | Country::France => (
            "594",
            "594",
            format!("99 {}", pairs(&format!("{long:04}"), " ")),
            "0",
        ),
    };
    match spelling {
        0..=69 => format!("+{code}{area}{}", rest.replace(' ', "")),
        70..=84 => format!("+{code} {area} {rest}"),
        _ => format!("{zero}{area} {rest}"),
    }
}

/// A well-mixed word from any word (splitmix64's finisher).
const fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

fn pick<'a>(of: &[&'a str], roll: u64) -> &'a str {
    of.get((roll % of.len().max(1) as u64) as usize)
        .copied()
        .unwrap_or_default()
}

fn pick_pair(of: &[(&'static str, &'static str)], roll: u64) -> (&'static str, &'static str) {
    of.get((roll % of.len().max(1) as u64) as usize)
        .copied()
        .unwrap_or_default()
}

/// Lower-case ASCII letters, digits and dashes: fit for an e-mail address.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.to_lowercase().chars() {
        match fold(letter) {
            Some(folded) => plain.push(folded),
            None if !plain.ends_with('-') => plain.push('-'),
            None => {}
        }
    }
    plain.trim_matches('-').to_owned()
}

/// A small letter without its accent; None for what is neither letter nor digit.
pub(crate) fn fold(letter: char) -> Option<char> {
    Some(match letter {
        'à' | 'â' | 'ä' | 'á' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' => 'i',
        'ô' | 'ö' | 'ó' => 'o',
        'ù' | 'û' | 'ü' | 'ú' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        'a'..='z' | '0'..='9' => letter,
        _ => return None,
    })
}

fn fixed_third(kind: RecordKind, id: u64, role: Role, name: &str) -> Record {
    let mut record = Record::new(kind, id, name, BOOK_OPENED_AT + (id as i64) * 86_400);
    record.updated = BOOK_CLOSED_AT - 86_400;
    record.role = Some(role);
    record.owner_id = Some(4107);
    record.subscriptions = vec!["phone".to_owned(), "email".to_owned()];
    record.address = Some(Address {
        id: 20_000_000 + id,
        line: "12 rue des Halles".to_owned(),
        postal_code: "37000".to_owned(),
        city: "Tours".to_owned(),
        country_code: "FR".to_owned(),
    });
    record
}

fn fixed_company(id: u64, role: Role, name: &str, phone: &str) -> Record {
    let mut record = fixed_third(RecordKind::Company, id, role, name);
    record.phone_number = Some(phone.to_owned());
    record.email = Some(format!("contact@{}.example", plain(name)));
    record.reference = Some(format!("CLI-{id}"));
    record
}

fn fixed_individual(id: u64, role: Role, first: &str, last: &str) -> Record {
    let mut record = fixed_third(RecordKind::Individual, id, role, last);
    record.first_name = Some(first.to_owned());
    record.email = Some(format!(
        "{}@courriel.example",
        plain(&record.display_name())
    ));
    record.reference = Some(format!("IND-{id}"));
    record
}

fn fixed_contact(id: u64, first: &str, last: &str, position: &str, company: Option<u64>) -> Record {
    let mut record = Record::new(
        RecordKind::Contact,
        id,
        last,
        BOOK_OPENED_AT + (id as i64) * 86_400,
    );
    record.updated = BOOK_CLOSED_AT - 86_400;
    record.first_name = Some(first.to_owned());
    record.position = Some(position.to_owned());
    record.email = Some(format!(
        "{}@courriel.example",
        plain(&record.display_name())
    ));
    record.owner_id = Some(4107);
    record.subscriptions = vec!["phone".to_owned()];
    record.companies = company.into_iter().collect();
    record
}

/// The rows that every book begins with, whatever its size and seed.
#[must_use]
pub fn fixed_records() -> Vec<Record> {
    let mut marie = fixed_contact(
        MARIE_DUPONT,
        "Marie",
        "Dupont",
        "Acheteuse",
        Some(BOULANGERIE_MARTIN),
    );
    marie.civility = Some("mrs".to_owned());
    marie.mobile_number = Some(MARIE_DUPONT_MOBILE.to_owned());
    marie.note = "Préfère être appelée avant midi.".to_owned();
    marie.tags = BTreeSet::from([FIRST_TAG + 5, FIRST_TAG + 23]);
    let mut bakery = fixed_company(
        BOULANGERIE_MARTIN,
        Role::Client,
        "Boulangerie Martin",
        BOULANGERIE_MARTIN_PHONE,
    );
    bakery.tags = BTreeSet::from([FIRST_TAG + 5]);
    bakery.note = "Cliente depuis 2019, deux fournils.".to_owned();
    let mut luc = fixed_individual(LUC_BERNARD, Role::Prospect, "Luc", "Bernard");
    luc.civility = Some("mr".to_owned());
    luc.mobile_number = Some(LUC_BERNARD_MOBILE.to_owned());
    let mills = fixed_company(
        MOULINS_DU_VAL,
        Role::Supplier,
        "Moulins du Val",
        MOULINS_DU_VAL_PHONE,
    );
    let garage = fixed_company(GARAGE_LEFORT, Role::Client, "Garage Lefort", SHARED_NUMBER);
    let mut paul = fixed_contact(PAUL_LEFORT, "Paul", "Lefort", "Gérant", Some(GARAGE_LEFORT));
    paul.phone_number = Some(SHARED_NUMBER.to_owned());
    let hotel = fixed_company(
        HOTEL_DES_REMPARTS,
        Role::Client,
        "Hôtel des Remparts",
        HOTEL_DES_REMPARTS_PHONE,
    );
    let mut karim = fixed_contact(
        KARIM_HADDAD,
        "Karim",
        "Haddad",
        "Directeur",
        Some(HOTEL_DES_REMPARTS),
    );
    karim.phone_number = Some(KARIM_HADDAD_PHONE.to_owned());
    let mut ines = fixed_contact(INES_MOREL, "Inès", "Morel", "Journaliste", None);
    ines.mobile_number = Some(INES_MOREL_MOBILE.to_owned());
    let mut awa = fixed_individual(AWA_DIALLO, Role::Client, "Awa", "Diallo");
    awa.phone_number = Some(AWA_DIALLO_PHONE.to_owned());
    let mut payet = fixed_individual(JEAN_MARC_PAYET, Role::Client, "Jean-Marc", "Payet");
    payet.phone_number = Some(JEAN_MARC_PAYET_PHONE.to_owned());
    place_in(&mut payet, "Saint-Denis", "97400", "RE");
    let mut greta = fixed_individual(GRETA_LINDNER, Role::Prospect, "Greta", "Lindner");
    greta.phone_number = Some(GRETA_LINDNER_PHONE.to_owned());
    place_in(&mut greta, "Berlin", "10115", "DE");
    let mut mercerie = fixed_company(
        ANCIENNE_MERCERIE,
        Role::Client,
        "Ancienne Mercerie",
        ANCIENNE_MERCERIE_PHONE,
    );
    mercerie.is_archived = true;
    vec![
        bakery, luc, mills, garage, hotel, awa, payet, greta, mercerie, marie, paul, karim, ines,
    ]
}

fn place_in(record: &mut Record, city: &str, postal_code: &str, country_code: &str) {
    if let Some(address) = &mut record.address {
        address.city = city.to_owned();
        address.postal_code = postal_code.to_owned();
        address.country_code = country_code.to_owned();
    }
}

/// The opportunities that every book begins with.
#[must_use]
pub fn fixed_opportunities() -> Vec<Opportunity> {
    use OpportunityStatus::{Late, Open, Won};
    let bakery = (RecordKind::Company, BOULANGERIE_MARTIN);
    let hotel = (RecordKind::Company, HOTEL_DES_REMPARTS);
    let luc = (RecordKind::Individual, LUC_BERNARD);
    let deal = |id,
                name: &str,
                status,
                cents,
                step: (u64, u8),
                third,
                contacts: &[u64],
                days_before: i64| Opportunity {
        id,
        name: name.to_owned(),
        status,
        cents,
        pipeline: 11,
        step: step.0,
        probability: step.1,
        third,
        contacts: contacts.to_vec(),
        owner_id: 4107,
        created: BOOK_CLOSED_AT - days_before * 86_400,
        updated_status: BOOK_CLOSED_AT - 86_400,
        due_date: Some(
            if status == Late {
                "2026-01-15"
            } else {
                "2027-03-31"
            }
            .to_owned(),
        ),
        note: String::new(),
    };
    vec![
        deal(
            FOUR_A_SOLE,
            "Four à sole",
            Open,
            1_240_000,
            (102, 40),
            bakery,
            &[MARIE_DUPONT],
            30,
        ),
        deal(
            VITRINE,
            "Vitrine réfrigérée",
            Won,
            430_000,
            (104, 90),
            bakery,
            &[MARIE_DUPONT],
            300,
        ),
        deal(
            CUISINE,
            "Cuisine sur mesure",
            Open,
            890_000,
            (101, 10),
            luc,
            &[],
            20,
        ),
        deal(
            LITERIE,
            "Literie, premier étage",
            Late,
            520_050,
            (103, 70),
            hotel,
            &[KARIM_HADDAD],
            200,
        ),
        deal(
            BAR,
            "Rénovation du bar",
            Open,
            3_100_000,
            (101, 10),
            hotel,
            &[KARIM_HADDAD],
            10,
        ),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice
    )]
    use super::*;

    fn book(contacts: usize) -> Book {
        Book::new(BookOptions { contacts, seed: 7 })
    }

    fn ids(book: &Book, kind: RecordKind) -> Vec<u64> {
        (FIRST_GENERATED..=book.last_id(kind))
            .filter(|id| book.has(kind, *id))
            .collect()
    }

    #[test]
    fn a_book_has_as_many_records_as_asked_for() {
        for size in [0, 1, 2, 9, 10, 11, 1234] {
            let book = book(size);
            let found: usize = RecordKind::ALL
                .into_iter()
                .map(|kind| ids(&book, kind).len())
                .sum();
            let told: u64 = RecordKind::ALL
                .into_iter()
                .map(|kind| book.count(kind))
                .sum();
            assert_eq!((found, told), (size, size as u64));
        }
    }

    #[test]
    fn one_seed_makes_one_book_and_another_seed_another() {
        let row = |seed, id| {
            Book::new(BookOptions {
                contacts: 500,
                seed,
            })
            .record(RecordKind::Contact, id)
            .unwrap()
        };
        assert!(row(1, 2010) == row(1, 2010));
        assert!((2001..2050).any(|id| row(1, id) != row(2, id)));
    }

    #[test]
    fn links_read_the_same_from_both_ends() {
        let book = book(600);
        for contact in ids(&book, RecordKind::Contact) {
            let record = book.record(RecordKind::Contact, contact).unwrap();
            for company in record.companies {
                assert!(
                    book.contacts_of(RecordKind::Company, company)
                        .contains(&contact)
                );
            }
            for individual in record.individuals {
                assert!(
                    book.contacts_of(RecordKind::Individual, individual)
                        .contains(&contact)
                );
            }
        }
        for company in ids(&book, RecordKind::Company) {
            for contact in book.contacts_of(RecordKind::Company, company) {
                assert!(
                    book.record(RecordKind::Contact, contact)
                        .unwrap()
                        .companies
                        .contains(&company)
                );
            }
        }
    }

    #[test]
    fn generated_rows_leave_the_numbers_of_fixed_rows_and_tests_alone() {
        let book = book(20_000);
        for kind in RecordKind::ALL {
            for id in ids(&book, kind) {
                let record = book.record(kind, id).unwrap();
                for phone in [record.phone_number, record.mobile_number]
                    .into_iter()
                    .flatten()
                {
                    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
                    for free in ["199000", "199001", "639980", "639981", "261910", "261911"] {
                        assert!(!digits.contains(free), "{phone} is in the free part");
                    }
                    assert!(phone.len() <= 50);
                }
            }
        }
    }

    #[test]
    fn most_records_can_be_called_and_few_share_a_number() {
        let book = book(10_000);
        let mut seen = std::collections::BTreeMap::<String, usize>::new();
        let mut reachable = 0;
        for kind in RecordKind::ALL {
            for id in ids(&book, kind) {
                let record = book.record(kind, id).unwrap();
                let phones: Vec<_> = [record.phone_number, record.mobile_number]
                    .into_iter()
                    .flatten()
                    .collect();
                reachable += usize::from(!phones.is_empty());
                for phone in phones {
                    *seen.entry(phone).or_default() += 1;
                }
            }
        }
        assert!(reachable > 8_500, "{reachable}");
        let shared = seen.values().filter(|times| **times > 1).count();
        assert!((20..800).contains(&shared), "{shared}");
    }

    #[test]
    fn a_number_from_abroad_comes_with_its_country() {
        let book = book(5_000);
        let mut abroad = BTreeSet::new();
        for kind in RecordKind::ALL {
            for id in ids(&book, kind) {
                let record = book.record(kind, id).unwrap();
                let country = record
                    .address
                    .map_or("FR".to_owned(), |address| address.country_code);
                for phone in [record.phone_number, record.mobile_number]
                    .into_iter()
                    .flatten()
                {
                    let foreign = phone.starts_with('+') && !phone.starts_with("+33");
                    assert!(!foreign || country != "FR", "{phone} in {country}");
                }
                abroad.insert(country);
            }
        }
        assert_eq!(abroad.len(), 10, "{abroad:?}");
    }

    #[test]
    fn opportunities_belong_to_clients_and_prospects() {
        let book = book(2_000);
        let all: Vec<_> = (FIRST_GENERATED..=book.last_opportunity())
            .filter_map(|id| book.opportunity(id))
            .collect();
        assert!(all.len() > 100);
        for deal in all {
            let third = book.record(deal.third.0, deal.third.1).unwrap();
            assert_ne!(third.role, Some(Role::Supplier));
            assert!(
                book.opportunities_of(deal.third.0, deal.third.1)
                    .contains(&deal.id)
            );
        }
    }
}
