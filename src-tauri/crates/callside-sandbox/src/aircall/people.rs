//! Who and what the company has: users, lines, teams, tags and shared contacts.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    account::Account,
    errors::{invalid, not_found, refused},
    paging::Page,
    show::{iso, without_emojis},
};
use crate::{
    book::{BOULANGERIE_MARTIN_PHONE, LUC_BERNARD_MOBILE, MARIE_DUPONT_MOBILE},
    phones::STRANGER,
    rest::{Ask, Refusal, Reply},
};

/// The user with the e-mail of the sandbox's default agent.
pub const AGENT: u64 = 71_001;
/// The user Bruno Castel, a colleague.
pub const COLLEAGUE: u64 = 71_002;
/// The line "Ventes" of the agent and colleagues, recorded.
pub const SALES_LINE: u64 = 81_002;
/// The number of [`SALES_LINE`].
pub const SALES_NUMBER: &str = "+33199000011";
/// The line "Accueil" of everybody, recorded.
pub const FRONT_LINE: u64 = 81_001;
/// The line "Service après-vente", of others only.
pub const SERVICE_LINE: u64 = 81_003;
/// The agent's own line, without recording.
pub const DIRECT_LINE: u64 = 81_004;
/// The tag "Devis".
pub const QUOTE_TAG: u64 = 91_001;
/// The tag "À rappeler".
pub const CALL_BACK_TAG: u64 = 91_004;

/// One user of the company.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Unique among users.
    pub id: u64,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail; clients find the agent by it.
    pub email: String,
    /// What the user chose: `available`, `offline`, `do_not_disturb`.
    pub availability: String,
    /// No longer in the company.
    pub is_deleted: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({})", self.id)
    }
}

impl User {
    fn new(id: u64, first_name: &str, last_name: &str, email: &str, availability: &str) -> Self {
        Self {
            id,
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: email.to_owned(),
            availability: availability.to_owned(),
            is_deleted: false,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// The user as a call carries it.
    pub(super) fn brief(&self, home: &str) -> Value {
        json!({
            "id": self.id,
            "direct_link": format!("{home}/aircall/v1/users/{}", self.id),
            "name": self.name(),
            "email": self.email,
            "available": self.availability == "available",
            "availability_status": "available",
            "created_at": iso(OPENED_AT + self.id as i64),
        })
    }

    fn full(&self, home: &str) -> Value {
        let mut row = self.brief(home);
        let more = json!({
            "language": "fr-FR",
            "time_zone": "Europe/Paris",
            "state": "always_opened",
            "substatus": "always_opened",
            "wrap_up_time": 0,
            "extension": (self.id - 70_900).to_string(),
            "default_number_id": SALES_LINE,
        });
        crate::rest::merge(&mut row, more);
        row
    }

    /// The user as the Workspace names it to the host page.
    pub(super) fn as_login(&self, company: &str) -> Value {
        json!({
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "company_name": company,
        })
    }
}

/// One line: a number of the company.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Unique among lines.
    pub id: u64,
    /// Name.
    pub name: String,
    /// E.164.
    pub number: String,
    /// Whether its calls are recorded.
    pub is_recorded: bool,
    /// Ids of the users who may call from it.
    pub users: Vec<u64>,
    /// No longer in the company.
    pub is_deleted: bool,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({})", self.id)
    }
}

impl Line {
    fn new(id: u64, name: &str, number: &str, is_recorded: bool, users: &[u64]) -> Self {
        Self {
            id,
            name: name.to_owned(),
            number: number.to_owned(),
            is_recorded,
            users: users.to_vec(),
            is_deleted: false,
        }
    }

    pub(super) fn brief(&self, home: &str) -> Value {
        json!({
            "id": self.id,
            "direct_link": format!("{home}/aircall/v1/numbers/{}", self.id),
            "name": self.name,
            "digits": crate::phones::spaced(&self.number),
            "created_at": iso(OPENED_AT + self.id as i64),
            "country": "FR",
            "time_zone": "Europe/Paris",
            "open": true,
            "availability_status": "open",
            "is_ivr": false,
            "live_recording_activated": self.is_recorded,
            "priority": null,
            "messages": {"welcome": null, "waiting": null, "voicemail": null},
        })
    }
}

/// A label for calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Unique among tags.
    pub id: u64,
    /// Name, unique in the company.
    pub name: String,
    /// `#RRGGBB`.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
}

/// A contact that all users share.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// Unique among contacts.
    pub id: u64,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Free text.
    pub information: Option<String>,
    /// Numbers in E.164, with their labels.
    pub phone_numbers: Vec<(String, String)>,
    /// E-mails, with their labels.
    pub emails: Vec<(String, String)>,
    /// Unix milliseconds.
    pub created_ms: i64,
    /// Unix milliseconds of the last change.
    pub updated_ms: i64,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contact({})", self.id)
    }
}

impl Contact {
    fn new(id: u64, first: &str, last: &str, company: Option<&str>, phone: &str) -> Self {
        Self {
            id,
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            company_name: company.map(str::to_owned),
            information: None,
            phone_numbers: vec![("Work".to_owned(), phone.to_owned())],
            emails: Vec::new(),
            created_ms: OPENED_AT * 1_000,
            updated_ms: OPENED_AT * 1_000,
        }
    }

    pub(super) fn json(&self, home: &str) -> Value {
        let rows = |pairs: &[(String, String)], base: u64| -> Vec<Value> {
            (base..)
                .zip(pairs)
                .map(|(id, (label, value))| json!({"id": id, "label": label, "value": value}))
                .collect()
        };
        json!({
            "id": self.id,
            "direct_link": format!("{home}/aircall/v1/contacts/{}", self.id),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "company_name": self.company_name,
            "information": self.information,
            "is_shared": true,
            "created_at": self.created_ms.div_euclid(1_000),
            "updated_at": self.updated_ms.div_euclid(1_000),
            "phone_numbers": rows(&self.phone_numbers, self.id * 100),
            "emails": rows(&self.emails, self.id * 100 + 50),
        })
    }

    /// First and last name, or the company.
    pub(super) fn display_name(&self) -> String {
        let names = [self.first_name.as_deref(), self.last_name.as_deref()];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        if names.is_empty() {
            self.company_name.clone().unwrap_or_default()
        } else {
            names.join(" ")
        }
    }

    pub(super) fn has_number(&self, e164: &str) -> bool {
        self.phone_numbers.iter().any(|(_, number)| number == e164)
    }
}

/// When the company came to Aircall (2023-01-02T00:00:00Z, in Unix seconds).
const OPENED_AT: i64 = 1_672_617_600;

pub(super) struct Team {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) users: &'static [u64],
}

pub(super) const TEAMS: [Team; 2] = [
    Team {
        id: 61_001,
        name: "Ventes",
        users: &[71_001, 71_002, 71_003],
    },
    Team {
        id: 61_002,
        name: "Support",
        users: &[71_004, 71_005],
    },
];

pub(super) fn users() -> Vec<User> {
    vec![
        User::new(AGENT, "Camille", "Roche", "agent@example.com", "available"),
        User::new(
            COLLEAGUE,
            "Bruno",
            "Castel",
            "bruno.castel@example.com",
            "available",
        ),
        User::new(
            71_003,
            "Nora",
            "Vidal",
            "nora.vidal@example.com",
            "do_not_disturb",
        ),
        User::new(
            71_004,
            "Samir",
            "Benali",
            "samir.benali@example.com",
            "available",
        ),
        User::new(
            71_005,
            "Lucie",
            "Ferrand",
            "lucie.ferrand@example.com",
            "offline",
        ),
        User::new(
            71_006,
            "Poste",
            "Atelier",
            "atelier@example.com",
            "available",
        ),
    ]
}

pub(super) fn lines() -> Vec<Line> {
    let all = [71_001, 71_002, 71_003, 71_004, 71_005, 71_006];
    vec![
        Line::new(FRONT_LINE, "Accueil", "+33199000010", true, &all),
        Line::new(
            SALES_LINE,
            "Ventes",
            SALES_NUMBER,
            true,
            &[71_001, 71_002, 71_003],
        ),
        Line::new(
            SERVICE_LINE,
            "Service après-vente",
            "+33261910012",
            true,
            &[71_004, 71_005],
        ),
        Line::new(
            DIRECT_LINE,
            "Ligne directe Camille",
            "+33465710013",
            false,
            &[AGENT],
        ),
    ]
}

pub(super) fn tags() -> Vec<Tag> {
    let rows = [
        ("Devis", "#00B388", Some("Demande de devis")),
        ("Commande", "#2E6BE6", None),
        ("Réclamation", "#E5484D", Some("Client mécontent")),
        ("À rappeler", "#F5A623", None),
        ("Prospect", "#8E4EC6", None),
        ("SAV", "#0091A3", Some("Panne ou retour")),
        ("Urgent", "#C2298A", None),
        ("Faux numéro", "#8D8D8D", None),
    ];
    (QUOTE_TAG..)
        .zip(rows)
        .map(|(id, (name, color, description))| Tag {
            id,
            name: name.to_owned(),
            color: color.to_owned(),
            description: description.map(str::to_owned),
        })
        .collect()
}

pub(super) fn contacts() -> Vec<Contact> {
    let mut oscar = Contact::new(51_003, "Oscar", "Nimbus", None, STRANGER);
    oscar.emails = vec![(
        "Work".to_owned(),
        "oscar.nimbus@courriel.example".to_owned(),
    )];
    vec![
        Contact::new(
            51_001,
            "Marie",
            "Dupont",
            Some("Boulangerie Martin"),
            MARIE_DUPONT_MOBILE,
        ),
        Contact::new(51_002, "Luc", "Bernard", None, LUC_BERNARD_MOBILE),
        oscar,
        Contact::new(
            51_004,
            "Fournil",
            "Martin",
            Some("Boulangerie Martin"),
            BOULANGERIE_MARTIN_PHONE,
        ),
    ]
}

/// `GET /v1/ping`.
pub(super) fn ping(_: &mut Account, _: &Ask) -> Result<Reply, Refusal> {
    Ok(Reply::ok(json!({"ping": "pong"})))
}

/// `GET /v1/company`.
pub(super) fn company(account: &mut Account, _: &Ask) -> Result<Reply, Refusal> {
    Ok(Reply::ok(json!({"company": {
        "name": account.company,
        "users_count": account.users().count(),
        "numbers_count": account.lines().count(),
    }})))
}

fn page_of_users(
    account: &Account,
    ask: &Ask,
    show: impl Fn(&User) -> Value,
) -> Result<Reply, Refusal> {
    let page = Page::read(ask)?;
    let users: Vec<&User> = account
        .users()
        .filter(|user| page.wants(OPENED_AT + user.id as i64))
        .collect();
    Ok(page.answer(ask, "users", users, |user| show(user)))
}

/// `GET /v2/users`.
pub(super) fn list_users(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page_of_users(account, ask, |user| user.full(&ask.home))
}

/// `GET /v1/users`, the old form with the lines inside.
pub(super) fn list_users_with_lines(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page_of_users(account, ask, |user| with_lines(account, ask, user))
}

fn with_lines(account: &Account, ask: &Ask, user: &User) -> Value {
    let mut row = user.full(&ask.home);
    let lines: Vec<Value> = account
        .lines()
        .filter(|line| line.users.contains(&user.id))
        .map(|line| line.brief(&ask.home))
        .collect();
    crate::rest::merge(&mut row, json!({"numbers": lines}));
    row
}

/// The user with the id, or to the letter with the e-mail, in the path.
fn named_user<'a>(account: &'a Account, ask: &Ask) -> Result<&'a User, Refusal> {
    let wanted = ask.word("id");
    account
        .users()
        .find(|user| user.id.to_string() == wanted || user.email == wanted)
        .ok_or_else(|| not_found("User"))
}

/// `GET /v2/users/{id}`, where the id may be an e-mail.
pub(super) fn one_user(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let user = named_user(account, ask)?;
    Ok(Reply::ok(json!({"user": user.full(&ask.home)})))
}

/// `GET /v1/users/{id}`.
pub(super) fn one_user_with_lines(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let user = named_user(account, ask)?;
    Ok(Reply::ok(json!({"user": with_lines(account, ask, user)})))
}

/// `GET /v2/users/{id}/numbers`.
pub(super) fn lines_of_user(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let user = named_user(account, ask)?.id;
    let page = Page::read(ask)?;
    let lines: Vec<&Line> = account
        .lines()
        .filter(|line| line.users.contains(&user))
        .collect();
    Ok(page.answer(ask, "numbers", lines, |line| {
        let mut row = line.brief(&ask.home);
        crate::rest::merge(&mut row, json!({"flow_editor_enabled": false}));
        row
    }))
}

/// `GET /v1/users/availabilities`.
pub(super) fn availabilities(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page_of_users(
        account,
        ask,
        |user| json!({"id": user.id, "availability": account.availability(user)}),
    )
}

/// `GET /v1/users/{id}/availability`.
pub(super) fn availability(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let user = named_user(account, ask)?;
    Ok(Reply::ok(
        json!({"availability": account.availability(user)}),
    ))
}

fn line_with_users(account: &Account, ask: &Ask, line: &Line) -> Value {
    let users: Vec<Value> = account
        .users()
        .filter(|user| line.users.contains(&user.id))
        .map(|user| user.brief(&ask.home))
        .collect();
    let mut row = line.brief(&ask.home);
    crate::rest::merge(&mut row, json!({"users": users}));
    row
}

/// `GET /v1/numbers`.
pub(super) fn list_lines(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let page = Page::read(ask)?;
    let lines: Vec<&Line> = account
        .lines()
        .filter(|line| page.wants(OPENED_AT + line.id as i64))
        .collect();
    Ok(page.answer(ask, "numbers", lines, |line| {
        line_with_users(account, ask, line)
    }))
}

/// `GET /v1/numbers/{id}`.
pub(super) fn one_line(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let line = account
        .lines()
        .find(|line| Some(line.id) == ask.id("id"))
        .ok_or_else(|| not_found("Number"))?;
    Ok(Reply::ok(
        json!({"number": line_with_users(account, ask, line)}),
    ))
}

fn team_json(account: &Account, ask: &Ask, team: &Team) -> Value {
    let users: Vec<Value> = account
        .users()
        .filter(|user| team.users.contains(&user.id))
        .map(|user| user.brief(&ask.home))
        .collect();
    json!({
        "id": team.id,
        "direct_link": format!("{}/aircall/v1/teams/{}", ask.home, team.id),
        "name": team.name,
        "created_at": iso(OPENED_AT + team.id as i64),
        "users": users,
    })
}

/// `GET /v1/teams`.
pub(super) fn list_teams(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let teams: Vec<&Team> = TEAMS.iter().collect();
    Ok(Page::read(ask)?.answer(ask, "teams", teams, |team| team_json(account, ask, team)))
}

/// `GET /v1/teams/{id}`.
pub(super) fn one_team(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let team = TEAMS
        .iter()
        .find(|team| Some(team.id) == ask.id("id"))
        .ok_or_else(|| not_found("Team"))?;
    Ok(Reply::ok(json!({"team": team_json(account, ask, team)})))
}

fn tag_json(tag: &Tag) -> Value {
    json!({"id": tag.id, "name": tag.name, "color": tag.color, "description": tag.description})
}

/// `GET /v1/tags`.
pub(super) fn list_tags(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let tags: Vec<&Tag> = account.tags.iter().collect();
    Ok(Page::read(ask)?.answer(ask, "tags", tags, |tag| tag_json(tag)))
}

/// `GET /v1/tags/{id}`.
pub(super) fn one_tag(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let tag = account
        .tags
        .iter()
        .find(|tag| Some(tag.id) == ask.id("id"))
        .ok_or_else(|| not_found("Tag"))?;
    Ok(Reply::ok(json!({"tag": tag_json(tag)})))
}

/// `POST /v1/tags`.
pub(super) fn create_tag(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let name = without_emojis(word(&body, "name").unwrap_or_default());
    let color = word(&body, "color").unwrap_or_default();
    if name.is_empty() {
        return Err(refused(400, "name is required"));
    }
    let digits = color.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(refused(400, "color has to be a hexadecimal color"));
    }
    if account.tags.iter().any(|tag| tag.name == name) {
        return Err(refused(400, "A tag with this name already exists"));
    }
    let last = account.tags.iter().map(|tag| tag.id).max();
    let tag = Tag {
        id: last.unwrap_or(QUOTE_TAG) + 1,
        name,
        color: color.to_owned(),
        description: word(&body, "description").map(str::to_owned),
    };
    let shown = json!({"tag": tag_json(&tag)});
    account.tags.push(tag);
    Ok(account.created(shown))
}

fn page_of_contacts(
    account: &Account,
    ask: &Ask,
    fits: impl Fn(&Contact) -> bool,
) -> Result<Reply, Refusal> {
    let page = Page::read(ask)?;
    let mut found: Vec<&Contact> = account
        .contacts
        .iter()
        .filter(|contact| page.wants(contact.created_ms.div_euclid(1_000)) && fits(contact))
        .collect();
    if ask.query("order_by") == Some("updated_at") {
        found.sort_by_key(|contact| (contact.updated_ms, contact.id));
    }
    Ok(page.answer(ask, "contacts", found, |contact| contact.json(&ask.home)))
}

/// `GET /v1/contacts`.
pub(super) fn list_contacts(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page_of_contacts(account, ask, |_| true)
}

/// `GET /v1/contacts/search`. It knows two names; by any other it finds everybody.
pub(super) fn search_contacts(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let indexed = ask.now - account.settings.contact_index_ms;
    page_of_contacts(account, ask, |contact| {
        contact.created_ms <= indexed
            && ask
                .query("phone_number")
                .is_none_or(|number| contact.has_number(number))
            && ask
                .query("email")
                .is_none_or(|email| contact.emails.iter().any(|(_, known)| known == email))
    })
}

/// `GET /v1/contacts/{id}`.
pub(super) fn one_contact(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let contact = account
        .contacts
        .iter()
        .find(|contact| Some(contact.id) == ask.id("id"))
        .ok_or_else(|| not_found("Contact"))?;
    Ok(Reply::ok(json!({"contact": contact.json(&ask.home)})))
}

/// `POST /v1/contacts`. Sent twice it makes two.
pub(super) fn create_contact(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let phone_numbers = labelled(&body, "phone_numbers")?;
    if phone_numbers.is_empty() {
        return Err(invalid("phone_numbers", "can't be blank"));
    }
    let last = account.contacts.iter().map(|contact| contact.id).max();
    let text = |name: &str| word(&body, name).map(str::to_owned);
    let contact = Contact {
        id: last.unwrap_or(51_000) + 1,
        first_name: text("first_name"),
        last_name: text("last_name"),
        company_name: text("company_name"),
        information: text("information"),
        phone_numbers,
        emails: labelled(&body, "emails")?,
        created_ms: ask.now,
        updated_ms: ask.now,
    };
    let shown = json!({"contact": contact.json(&ask.home)});
    account.contacts.push(contact);
    Ok(account.created(shown))
}

/// `POST /v1/contacts/{id}`: the four plain fields, none of them blank.
pub(super) fn update_contact(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    for name in ["first_name", "last_name", "company_name", "information"] {
        let blank = |value: &Value| value.as_str().is_none_or(str::is_empty);
        if body.get(name).is_some_and(blank) {
            return Err(invalid(name, "can't be blank"));
        }
    }
    let contact = account
        .contacts
        .iter_mut()
        .find(|contact| Some(contact.id) == ask.id("id"))
        .ok_or_else(|| not_found("Contact"))?;
    let put = |field: &mut Option<String>, name: &str| {
        if let Some(text) = word(&body, name) {
            *field = Some(text.to_owned());
        }
    };
    put(&mut contact.first_name, "first_name");
    put(&mut contact.last_name, "last_name");
    put(&mut contact.company_name, "company_name");
    put(&mut contact.information, "information");
    contact.updated_ms = ask.now;
    Ok(Reply::ok(json!({"contact": contact.json(&ask.home)})))
}

fn word<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn labelled(body: &Value, name: &str) -> Result<Vec<(String, String)>, Refusal> {
    let rows = match body.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(rows)) if rows.len() <= 20 => rows,
        Some(_) => return Err(invalid(name, "is invalid")),
    };
    rows.iter()
        .map(|row| match (word(row, "label"), word(row, "value")) {
            (Some(label), Some(value)) => Ok((label.to_owned(), value.to_owned())),
            _ => Err(invalid(name, "is invalid")),
        })
        .collect()
}
