//! The people of the company: `/staffs`.

use serde_json::{Map, Value, json};

use super::{
    Account, Ask, Reply,
    errors::Refusal,
    input::{Form, folded},
    local_time,
    paging::{Paging, SortKey, Wish, page_of},
};

/// One member of the company.
#[derive(Clone, PartialEq, Eq)]
pub struct Staff {
    /// Unique among staff.
    pub id: u64,
    /// First name.
    pub firstname: String,
    /// Last name.
    pub lastname: String,
    /// E-mail; clients find the agent by it.
    pub email: String,
    /// Job.
    pub position: Option<String>,
    /// `ok`, `blocked` or `deleted`.
    pub status: String,
    /// Whether the staff may see and log phone calls.
    pub may_log_calls: bool,
}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Staff({})", self.id)
    }
}

impl Staff {
    fn new(
        id: u64,
        firstname: &str,
        lastname: &str,
        email: &str,
        position: &str,
        status: &str,
    ) -> Self {
        Self {
            id,
            firstname: firstname.to_owned(),
            lastname: lastname.to_owned(),
            email: email.to_owned(),
            position: Some(position.to_owned()),
            status: status.to_owned(),
            may_log_calls: true,
        }
    }

    /// The people of the invented company. The first is the agent who signs in unless told otherwise.
    #[must_use]
    pub fn invented() -> Vec<Self> {
        vec![
            Self::new(
                4107,
                "Camille",
                "Roche",
                "agent@example.com",
                "Commerciale",
                "ok",
            ),
            Self::new(
                4108,
                "Bruno",
                "Castel",
                "Bruno.Castel@example.com",
                "Commercial",
                "ok",
            ),
            Self::new(
                4109,
                "Nora",
                "Vidal",
                "nora.vidal@example.com",
                "Directrice des ventes",
                "ok",
            ),
            Self::new(
                4110,
                "Éric",
                "Sanson",
                "eric.sanson@example.com",
                "Comptable",
                "blocked",
            ),
        ]
    }

    /// First and last name.
    #[must_use]
    pub fn display_name(&self) -> String {
        format!("{} {}", self.firstname, self.lastname)
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "lastname": self.lastname,
            "firstname": self.firstname,
            "email": self.email,
            "avatar": null,
            "status": self.status,
            "position": self.position,
            "phone_number": null,
            "mobile_number": null,
            "fax_number": null,
            "groups": [],
            "civility": null,
            "created": local_time(1_546_300_800),
            "profile": 3443,
            "team": {"id": 1, "name": "Commerce"},
            "job": null,
            "timezone": "Europe/Paris",
            "language": "fr",
        })
    }
}

const LIST_EMBEDS: [&str; 4] = ["preferences", "acl", "licenses", "preferences_calendar"];
const ONE_EMBEDS: [&str; 10] = [
    "preferences",
    "acl",
    "licenses",
    "preferences_calendar",
    "intercom_hash",
    "profile",
    "account",
    "user",
    "subscriptions",
    "features",
];

/// `GET /staffs`.
pub(crate) fn list(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page(account, ask, &["ok".to_owned(), "blocked".to_owned()])
}

/// `POST /staffs/search`. Unlike elsewhere, filters may be left out.
pub(crate) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let both = vec!["ok".to_owned(), "blocked".to_owned()];
    let body = if ask.body.is_empty() {
        json!({})
    } else {
        ask.json()?
    };
    let Some(filters) = body.get("filters") else {
        return page(account, ask, &both);
    };
    let mut form = Form::within("filters", filters)?;
    form.allow_only(&["status"]);
    let statuses = form.words("status", &["ok", "blocked"]);
    if statuses.as_ref().is_some_and(Vec::is_empty) {
        form.refuse("status", "Cette valeur ne doit pas être vide.");
    }
    form.done()?;
    page(account, ask, &statuses.unwrap_or(both))
}

fn page(account: &Account, ask: &Ask, statuses: &[String]) -> Result<Reply, Refusal> {
    let paging = Paging::read(ask, &["id", "name"])?;
    let wish = Wish::read(ask, &LIST_EMBEDS)?;
    let rows = account
        .staff
        .iter()
        .filter(|staff| statuses.contains(&staff.status))
        .map(|staff| {
            let key = if paging.is_by_id() {
                SortKey::Id
            } else {
                SortKey::Text(folded(&staff.display_name()))
            };
            (
                (key, staff.id),
                wish.project(with_embeds(account, ask, staff, &wish)),
            )
        })
        .collect();
    Ok(Reply::ok(page_of(&paging, rows)))
}

/// `GET /staffs/{id}`, where `me` is the one who asks.
pub(crate) fn one(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &ONE_EMBEDS)?;
    let staff = match ask.word("id") {
        "me" => account.me(ask)?,
        _ => account
            .staff_with_id(ask.id("id")?)
            .ok_or_else(|| Refusal::not_found("Collaborateur"))?,
    };
    Ok(Reply::ok(
        wish.project(with_embeds(account, ask, staff, &wish)),
    ))
}

fn with_embeds(_account: &Account, ask: &Ask, staff: &Staff, wish: &Wish) -> Value {
    let mut row = staff.json();
    if wish.embeds.is_empty() {
        return row;
    }
    let embeds: Map<String, Value> = wish
        .embeds
        .iter()
        .map(|name| (name.clone(), embed(ask, staff, name)))
        .collect();
    if let Value::Object(fields) = &mut row {
        fields.insert("_embed".to_owned(), Value::Object(embeds));
    }
    row
}

fn embed(ask: &Ask, staff: &Staff, name: &str) -> Value {
    match name {
        "preferences" => json!({
            "timezone": "Europe/Paris",
            "format_phone_number": "national",
            "format_date": "DD-MM-YYYY",
            "format_hour": "24",
            "currency": "EUR",
        }),
        "acl" => acl(staff),
        "account" => json!({
            "id": 97_001,
            "uuid": "5f0c7f1e-2b8a-4d52-9a0e-3c1d5b7e9f01",
            "name": "Callside Démonstration",
            "country_code": "FR",
            "created": local_time(1_546_300_800),
        }),
        "user" => json!({"uuid": format!("5f0c7f1e-2b8a-4d52-9a0e-{:012}", staff.id)}),
        "profile" => json!({"id": 3443, "name": "Collaborateur", "is_administrator": false}),
        "licenses" if ask.may("accounts.read") => json!([]),
        "subscriptions" if ask.may("accounts.read") => json!({"cashflow": null, "marketing": null}),
        "features" if ask.may("accounts.read") => json!({"collaborative_sharing_suite": false}),
        _ => Value::Null,
    }
}

fn acl(staff: &Staff) -> Value {
    let mut acl = Map::new();
    for what in [
        "companies",
        "individuals",
        "clients",
        "prospects",
        "suppliers",
        "contacts",
        "opportunities",
    ] {
        for act in ["view", "create", "update", "delete"] {
            acl.insert(format!("{act}_{what}"), json!(true));
        }
    }
    for act in ["view", "create", "update", "delete"] {
        acl.insert(format!("{act}_phone_calls"), json!(staff.may_log_calls));
    }
    Value::Object(acl)
}
