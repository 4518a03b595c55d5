//! Individuals, companies and contacts: lists, searches, single records, writes and links.

use serde_json::{Map, Value, json};

use super::{
    Account, Ask, Reply,
    errors::Refusal,
    input::{Form, Span, folded},
    local_time,
    paging::{Paging, Place, SortKey, Wish, page_of},
    smart_tags, without_nulls,
};
use crate::book::{Record, RecordKind, Role};

const THIRD_EMBEDS: [&str; 14] = [
    "invoicing_address",
    "delivery_address",
    "main_contact",
    "dunning_contact",
    "invoicing_contact",
    "opportunities",
    "estimates",
    "invoices",
    "orders",
    "deliveries",
    "acl",
    "smart_tags",
    "owner",
    "cf",
];
const CONTACT_EMBEDS: [&str; 11] = [
    "invoicing_address",
    "delivery_address",
    "opportunities",
    "estimates",
    "invoices",
    "orders",
    "deliveries",
    "acl",
    "smart_tags",
    "owner",
    "cf",
];
const CAMPAIGNS: [&str; 5] = ["sms", "phone", "email", "postal_mail", "custom"];
const ROLES: [&str; 3] = ["prospect", "client", "supplier"];
/// Longest text where the document names no limit.
const LONG: usize = 65_535;

fn embeds_of(kind: RecordKind) -> &'static [&'static str] {
    match kind {
        RecordKind::Contact => &CONTACT_EMBEDS,
        RecordKind::Company | RecordKind::Individual => &THIRD_EMBEDS,
    }
}

fn orders_of(kind: RecordKind) -> &'static [&'static str] {
    match kind {
        RecordKind::Contact => &["id", "name", "created_at"],
        RecordKind::Company | RecordKind::Individual => &["id", "name", "created_at", "updated_at"],
    }
}

/// `GET /individuals`, `/companies`, `/contacts`.
pub(crate) fn list(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page(account, ask, &Filter::default())
}

/// `POST …/search`.
pub(crate) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let filter = Filter::read(ask.record_kind()?, &ask.filters()?)?;
    page(account, ask, &filter)
}

fn page(account: &Account, ask: &Ask, filter: &Filter) -> Result<Reply, Refusal> {
    let kind = ask.record_kind()?;
    let paging = Paging::read(ask, orders_of(kind))?;
    let wish = Wish::read(ask, embeds_of(kind))?;
    let (total, places) = if filter.is_empty() && paging.is_by_id() {
        (account.count(kind), walk(account, kind, &paging))
    } else {
        let all = filter.places(account, kind, &paging);
        (all.len() as u64, paging.cut(all))
    };
    let rows = places
        .iter()
        .filter_map(|(_, id)| account.record(kind, *id))
        .map(|record| wish.project(full_row(account, ask, &record, &wish)))
        .collect();
    Ok(Reply::ok(paging.answer(total, places.last(), rows)))
}

/// One page in order of id, without looking at the rest of the book.
fn walk(account: &Account, kind: RecordKind, paging: &Paging) -> Vec<Place> {
    account
        .ids(kind, paging.ascending, paging.after_id())
        .skip(paging.skip() as usize)
        .take(paging.limit as usize)
        .map(|id| (SortKey::Id, id))
        .collect()
}

/// `GET …/{id}`.
pub(crate) fn one(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let kind = ask.record_kind()?;
    let wish = Wish::read(ask, embeds_of(kind))?;
    let record = account.found(kind, ask.id("id")?)?;
    Ok(Reply::ok(
        wish.project(full_row(account, ask, &record, &wish)),
    ))
}

/// `POST /individuals`, `/companies`, `/contacts`.
pub(crate) fn create(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let kind = ask.record_kind()?;
    let wish = Wish::read(ask, embeds_of(kind))?;
    let body = ask.json()?;
    let mut form = Form::of(&body)?;
    match kind {
        RecordKind::Individual => form.require(&["type", "last_name"]),
        RecordKind::Company => form.require(&["type", "name"]),
        RecordKind::Contact => form.require(&["last_name"]),
    }
    let mut record = Record::new(kind, 0, "", ask.now.as_second());
    fill(account, form, &mut record)?;
    if ask.is_trial() {
        return Ok(Reply::nothing());
    }
    record.id = account.new_record(kind, ask.now.as_second()).id;
    record.owner_id = record.owner_id.or(Some(ask.me));
    account.put(record.clone());
    Ok(Reply::created(wish.project(without_nulls(full_row(
        account, ask, &record, &wish,
    )))))
}

/// `PUT …/{id}`. No field is required, so the absent ones stay.
pub(crate) fn update(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let kind = ask.record_kind()?;
    let wish = Wish::read(ask, embeds_of(kind))?;
    let mut record = account.found(kind, ask.id("id")?)?;
    let body = ask.json()?;
    fill(account, Form::of(&body)?, &mut record)?;
    if ask.is_trial() {
        return Ok(Reply::nothing());
    }
    record.updated = ask.now.as_second();
    account.put(record.clone());
    Ok(Reply::ok(
        wish.project(full_row(account, ask, &record, &wish)),
    ))
}

/// `DELETE …/{id}`.
pub(crate) fn delete(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let kind = ask.record_kind()?;
    let record = account.found(kind, ask.id("id")?)?;
    account.delete(kind, record.id);
    Ok(Reply::nothing())
}

/// `POST /companies/{id}/convert` and `/individuals/{id}/convert`: a prospect becomes a client.
pub(crate) fn convert(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let kind = ask.record_kind()?;
    let mut record = account.found(kind, ask.id("id")?)?;
    let body = ask.json()?;
    let mut form = Form::of(&body)?;
    form.require(&["target", "also_enable_custom_fields_on_target"]);
    form.word("target", &["client"]);
    if record.role != Some(Role::Prospect) {
        form.refuse("target", "Seul un prospect peut être converti.");
    }
    form.done()?;
    record.role = Some(Role::Client);
    record.updated = ask.now.as_second();
    account.put(record.clone());
    Ok(Reply::ok(full_row(account, ask, &record, &Wish::default())))
}

/// `GET /contacts/{id}/companies`.
pub(crate) fn companies_of_contact(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &THIRD_EMBEDS)?;
    let paging = Paging::read(ask, &["id"])?;
    let contact = account.found(RecordKind::Contact, ask.id("id")?)?;
    let rows = account
        .companies_of(&contact)
        .iter()
        .map(|company| {
            (
                (SortKey::Id, company.id),
                wish.project(full_row(account, ask, company, &wish)),
            )
        })
        .collect();
    Ok(Reply::ok(page_of(&paging, rows)))
}

/// `GET /companies/{id}/contacts` and `/individuals/{id}/contacts`.
pub(crate) fn contacts_of(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &CONTACT_EMBEDS)?;
    let paging = Paging::read(ask, &["id"])?;
    let third = account.found(ask.record_kind()?, ask.id("id")?)?;
    let rows = account
        .contacts_of(third.kind, third.id)
        .into_iter()
        .filter_map(|id| account.record(RecordKind::Contact, id))
        .map(|contact| {
            (
                (SortKey::Id, contact.id),
                wish.project(full_row(account, ask, &contact, &wish)),
            )
        })
        .collect();
    Ok(Reply::ok(page_of(&paging, rows)))
}

/// `POST /companies/{company}/contacts/{contact}`: 201 the first time, 200 afterwards.
pub(crate) fn link(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let company = account.found(RecordKind::Company, ask.id("company")?)?;
    let mut contact = account.found(RecordKind::Contact, ask.id("contact")?)?;
    if !ask.body.is_empty() {
        let body = ask.json()?;
        let mut form = Form::of(&body)?;
        if form.get("roles").is_some_and(|roles| !roles.is_null()) {
            form.words("roles", &["main", "invoicing", "dunning"]);
        }
        form.done()?;
    }
    let known = contact.companies.contains(&company.id);
    if !known {
        contact.companies.push(company.id);
        account.put(contact);
    }
    Ok(Reply {
        status: if known { 200 } else { 201 },
        body: None,
    })
}

/// Reads the writable fields of a record over what it holds.
fn fill(account: &Account, mut form: Form<'_>, record: &mut Record) -> Result<(), Refusal> {
    let person = record.kind != RecordKind::Company;
    let third = record.kind != RecordKind::Contact;
    let name_field = if person { "last_name" } else { "name" };
    if let Some(name) = form.filled_text(name_field, if person { 200 } else { 250 }) {
        record.name = name;
    }
    if third && let Some(role) = form.word("type", &ROLES) {
        record.role = Role::from_word(&role);
    }
    if person {
        fill_person(&mut form, record);
    } else {
        form.allow_only(&COMPANY_FIELDS);
        fill_legal(&mut form, record);
    }
    let longest_phone = if third { LONG } else { 50 };
    for (name, slot) in [
        ("phone_number", &mut record.phone_number),
        ("mobile_number", &mut record.mobile_number),
        ("fax_number", &mut record.fax_number),
    ] {
        if let Some(value) = form.text_or_null(name, longest_phone) {
            *slot = value.filter(|number| !number.is_empty());
        }
    }
    for (name, slot, longest) in [
        ("email", &mut record.email, LONG),
        ("website", &mut record.website, LONG),
        ("reference", &mut record.reference, 100),
    ] {
        if let Some(value) = form.text_or_null(name, longest) {
            *slot = value;
        }
    }
    if record
        .email
        .as_deref()
        .is_some_and(|email| !email.contains('@') || email.contains(' '))
    {
        form.refuse("email", "Cette valeur n'est pas une adresse e-mail valide.");
    }
    if let Some(note) = form.text("note", LONG) {
        record.note = note;
    }
    if let Some(archived) = form.flag("is_archived") {
        record.is_archived = archived;
    }
    if let Some(created) = form.instant("created") {
        record.created = created.as_second();
    }
    if let Some(campaigns) = form.words("marketing_campaigns_subscriptions", &CAMPAIGNS) {
        record.subscriptions = campaigns;
    }
    fill_owner(account, &mut form, record);
    form.done()
}

fn fill_person(form: &mut Form<'_>, record: &mut Record) {
    if let Some(first) = form.text_or_null("first_name", 200) {
        record.first_name = first;
    }
    match form.get("civility") {
        Some(Value::Null) => record.civility = None,
        _ => {
            if let Some(civility) = form.word("civility", &["mr", "mrs", "ms"]) {
                record.civility = Some(civility);
            }
        }
    }
    if record.kind == RecordKind::Contact {
        if let Some(position) = form.text_or_null("position", 200) {
            record.position = position;
        }
        if let Some(birth_date) = form.text_or_null("birth_date", 10) {
            record.birth_date = birth_date;
        }
    }
}

fn fill_legal(form: &mut Form<'_>, record: &mut Record) {
    let Some(legal) = form.get("legal_france") else {
        return;
    };
    match legal.get("siret") {
        _ if !legal.is_object() => form.refuse("legal_france", "Cette valeur doit être un objet."),
        None => {}
        Some(Value::Null) => record.siret = None,
        Some(Value::String(siret)) if siret.chars().count() == 14 => {
            record.siret = Some(siret.clone())
        }
        Some(_) => form.refuse(
            "legal_france.siret",
            "Cette valeur doit avoir 14 caractères.",
        ),
    }
}

fn fill_owner(account: &Account, form: &mut Form<'_>, record: &mut Record) {
    match form.get("owner_id") {
        None => {}
        Some(Value::Null) => record.owner_id = None,
        Some(_) => {
            let Some(owner) = form.number("owner_id", 1, i64::MAX) else {
                return;
            };
            if account.staff_with_id(owner.unsigned_abs()).is_some() {
                record.owner_id = Some(owner.unsigned_abs());
            } else {
                form.refuse("owner_id", "Ce collaborateur n'existe pas.");
            }
        }
    }
}

const COMPANY_FIELDS: [&str; 22] = [
    "type",
    "name",
    "email",
    "website",
    "phone_number",
    "mobile_number",
    "fax_number",
    "legal_france",
    "capital",
    "reference",
    "note",
    "auxiliary_code",
    "social",
    "rate_category_id",
    "accounting_code_id",
    "accounting_purchase_code_id",
    "owner_id",
    "is_archived",
    "business_segment",
    "number_of_employees",
    "marketing_campaigns_subscriptions",
    "created",
];

/// The filters of a search, checked.
#[derive(Default)]
struct Filter {
    created: Option<Span>,
    updated: Option<Span>,
    name: Option<String>,
    email: Option<String>,
    roles: Option<Vec<String>>,
    archived: Option<bool>,
    ids: Option<Vec<u64>>,
    references: Option<Vec<String>>,
    country: Option<String>,
    postal_codes: Option<Vec<String>>,
    contacts: Option<Vec<u64>>,
    siret: Option<String>,
    has_employees: bool,
    companies: Option<Vec<u64>>,
    individuals: Option<Vec<u64>>,
    phone: Option<String>,
    mobile: Option<String>,
    linked: Option<bool>,
    born: bool,
}

const COMMON_FILTERS: [&str; 6] = [
    "created",
    "id",
    "email",
    "favourite_filter",
    "country_code",
    "postal_code",
];

impl Filter {
    fn read(kind: RecordKind, filters: &Value) -> Result<Self, Refusal> {
        let mut form = Form::within("filters", filters)?;
        let own: &[&str] = match kind {
            RecordKind::Individual => &["updated_at", "name", "type", "is_archived", "reference"],
            RecordKind::Company => &[
                "updated_at",
                "name",
                "type",
                "is_archived",
                "reference",
                "contacts",
                "siret",
                "number_of_employees",
            ],
            RecordKind::Contact => &[
                "companies",
                "individuals",
                "updated",
                "birth_date",
                "last_name",
                "phone_number",
                "mobile_number",
                "is_linked",
            ],
        };
        form.allow_only(&[own, &COMMON_FILTERS].concat());
        if form.has("favourite_filter") {
            form.refuse("favourite_filter", "Ce filtre favori n'existe pas.");
        }
        let roles = match form.get("type") {
            Some(Value::String(_)) => form.word("type", &ROLES).map(|role| vec![role]),
            _ => form.words("type", &ROLES),
        };
        let filter = Self {
            created: form.span("created"),
            updated: form.span(if kind == RecordKind::Contact {
                "updated"
            } else {
                "updated_at"
            }),
            name: form.text(
                if kind == RecordKind::Contact {
                    "last_name"
                } else {
                    "name"
                },
                LONG,
            ),
            email: form.text("email", LONG),
            roles,
            archived: form.flag("is_archived"),
            ids: form.ids("id"),
            references: form.words("reference", &[]),
            country: form.text("country_code", 2),
            postal_codes: form.words("postal_code", &[]),
            contacts: form.ids("contacts"),
            siret: form.text("siret", 14),
            has_employees: form.has("number_of_employees"),
            companies: form.ids("companies"),
            individuals: form.ids("individuals"),
            phone: form.text("phone_number", LONG),
            mobile: form.text("mobile_number", LONG),
            linked: form.flag("is_linked"),
            born: form.has("birth_date"),
        };
        let references_fit = |list: &Vec<String>| (1..=100).contains(&list.len());
        if filter
            .references
            .as_ref()
            .is_some_and(|list| !references_fit(list))
        {
            form.refuse("reference", "Cette liste doit contenir de 1 à 100 valeurs.");
        }
        form.done()?;
        Ok(filter)
    }

    fn is_empty(&self) -> bool {
        self.created.is_none()
            && self.updated.is_none()
            && !self.looks_at_rows()
            && self.ids.is_none()
    }

    /// Whether more than id and times is needed to decide.
    fn looks_at_rows(&self) -> bool {
        self.name.is_some()
            || self.email.is_some()
            || self.roles.is_some()
            || self.archived.is_some()
            || self.references.is_some()
            || self.country.is_some()
            || self.postal_codes.is_some()
            || self.contacts.is_some()
            || self.siret.is_some()
            || self.has_employees
            || self.companies.is_some()
            || self.individuals.is_some()
            || self.phone.is_some()
            || self.mobile.is_some()
            || self.linked.is_some()
            || self.born
    }

    /// Every row that fits, with its sort key.
    fn places(&self, account: &Account, kind: RecordKind, paging: &Paging) -> Vec<Place> {
        self.candidates(account, kind)
            .filter(|id| {
                let (created, updated) = account.times(kind, *id);
                self.created.is_none_or(|span| span.holds(created))
                    && self.updated.is_none_or(|span| span.holds(updated))
            })
            .filter(|id| {
                !self.looks_at_rows()
                    || account
                        .record(kind, *id)
                        .is_some_and(|record| self.fits(account, &record))
            })
            .map(|id| (sort_key(account, kind, id, &paging.order), id))
            .collect()
    }

    /// The ids that may fit; as few as the filters allow to tell at once.
    fn candidates<'a>(
        &'a self,
        account: &'a Account,
        kind: RecordKind,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        let few = |mut ids: Vec<u64>| -> Box<dyn Iterator<Item = u64> + 'a> {
            ids.sort_unstable();
            ids.dedup();
            Box::new(ids.into_iter().filter(move |id| account.has(kind, *id)))
        };
        if let Some(ids) = &self.ids {
            return few(ids.clone());
        }
        if let Some(companies) = &self.companies {
            return few(companies
                .iter()
                .flat_map(|id| account.contacts_of(RecordKind::Company, *id))
                .collect());
        }
        if let Some(individuals) = &self.individuals {
            return few(individuals
                .iter()
                .flat_map(|id| account.contacts_of(RecordKind::Individual, *id))
                .collect());
        }
        if let Some(contacts) = &self.contacts {
            let companies = contacts
                .iter()
                .filter_map(|id| account.record(RecordKind::Contact, *id))
                .flat_map(|contact| contact.companies)
                .collect();
            return few(companies);
        }
        let since = self.updated.and_then(|span| span.start).unwrap_or_default();
        if since > crate::book::BOOK_CLOSED_AT {
            return few(account.changed_ids(kind));
        }
        account.ids(kind, true, None)
    }

    fn fits(&self, account: &Account, record: &Record) -> bool {
        let same = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        let address = record.address.as_ref();
        let named = |name: &String| {
            let name = folded(name);
            folded(&record.name) == name || folded(&record.display_name()) == name
        };
        let referenced = |list: &Vec<String>| {
            record
                .reference
                .as_deref()
                .is_some_and(|own| list.iter().any(|one| folded(one) == folded(own)))
        };
        let linked = !record.companies.is_empty() || !record.individuals.is_empty();
        self.name.as_ref().is_none_or(named)
            && same(&self.email, record.email.as_deref())
            && self.roles.as_ref().is_none_or(|roles| {
                record
                    .role
                    .is_some_and(|r| roles.iter().any(|w| w == r.word()))
            })
            && self
                .archived
                .is_none_or(|archived| archived == record.is_archived)
            && self.references.as_ref().is_none_or(referenced)
            && same(
                &self.country,
                address.map(|address| address.country_code.as_str()),
            )
            && self
                .postal_codes
                .as_ref()
                .is_none_or(|codes| address.is_some_and(|a| codes.contains(&a.postal_code)))
            && same(&self.siret, record.siret.as_deref())
            && !self.has_employees
            && !self.born
            && self
                .companies
                .as_ref()
                .is_none_or(|ids| record.companies.iter().any(|id| ids.contains(id)))
            && self
                .individuals
                .as_ref()
                .is_none_or(|ids| record.individuals.iter().any(|id| ids.contains(id)))
            && self.contacts.as_ref().is_none_or(|ids| {
                account
                    .contacts_of(record.kind, record.id)
                    .iter()
                    .any(|id| ids.contains(id))
            })
            && same(&self.phone, record.phone_number.as_deref())
            && same(&self.mobile, record.mobile_number.as_deref())
            && self.linked.is_none_or(|wanted| wanted == linked)
    }
}

fn sort_key(account: &Account, kind: RecordKind, id: u64, order: &str) -> SortKey {
    match order {
        "created_at" => SortKey::Number(account.times(kind, id).0),
        "updated_at" => SortKey::Number(account.times(kind, id).1),
        "name" => SortKey::Text(
            account
                .record(kind, id)
                .map(|record| folded(&record.name))
                .unwrap_or_default(),
        ),
        _ => SortKey::Id,
    }
}

/// A record as every answer shows it, with the wanted embeds.
pub(crate) fn full_row(account: &Account, ask: &Ask, record: &Record, wish: &Wish) -> Value {
    let mut row = plain_row(account, record);
    if !wish.embeds.is_empty()
        && let Value::Object(fields) = &mut row
    {
        let embeds: Map<String, Value> = wish
            .embeds
            .iter()
            .map(|name| (name.clone(), embed(account, ask, record, name)))
            .collect();
        fields.insert("_embed".to_owned(), Value::Object(embeds));
    }
    row
}

/// A record as every answer shows it.
pub(crate) fn plain_row(account: &Account, record: &Record) -> Value {
    let address = record.address.as_ref().map(|address| address.id);
    let mut row = json!({
        "id": record.id,
        "email": record.email,
        "website": record.website,
        "phone_number": record.phone_number,
        "mobile_number": record.mobile_number,
        "fax_number": record.fax_number,
        "note": record.note,
        "social": {"twitter": null, "facebook": null, "linkedin": null, "viadeo": null},
        "invoicing_address_id": address,
        "delivery_address_id": address,
        "created": local_time(record.created),
        "is_archived": record.is_archived,
        "marketing_campaigns_subscriptions": record.subscriptions,
    });
    let own = match record.kind {
        RecordKind::Contact => contact_part(record),
        RecordKind::Individual => individual_part(account, record),
        RecordKind::Company => company_part(account, record),
    };
    if let (Value::Object(row), Value::Object(own)) = (&mut row, own) {
        row.extend(own);
        if let Some(owner) = record.owner_id {
            row.insert("owner".to_owned(), json!({"id": owner, "type": "staff"}));
        }
    }
    row
}

fn contact_part(record: &Record) -> Value {
    json!({
        "last_name": record.name,
        "first_name": record.first_name,
        "civility": record.civility,
        "position": record.position,
        "birth_date": record.birth_date,
        "avatar": null,
        "sync": {"mailchimp": false, "mailjet": false, "simplemail": false},
        "updated": local_time(record.updated),
    })
}

fn third_part(account: &Account, record: &Record) -> Value {
    let main = account.contacts_of(record.kind, record.id).first().copied();
    json!({
        "type": record.role.map(Role::word),
        "reference": record.reference,
        "auxiliary_code": null,
        "rate_category_id": null,
        "accounting_code_id": null,
        "accounting_purchase_code_id": null,
        "main_contact_id": main,
        "invoicing_contact_id": main,
        "dunning_contact_id": main,
        "updated_at": local_time(record.updated),
    })
}

fn individual_part(account: &Account, record: &Record) -> Value {
    let mut part = third_part(account, record);
    if let Value::Object(part) = &mut part {
        part.insert("last_name".to_owned(), json!(record.name));
        part.insert("first_name".to_owned(), json!(record.first_name));
        part.insert("civility".to_owned(), json!(record.civility));
        part.insert(
            "sync".to_owned(),
            json!({"mailchimp": false, "mailjet": false, "simplemail": false}),
        );
    }
    part
}

fn company_part(account: &Account, record: &Record) -> Value {
    let mut part = third_part(account, record);
    if let Value::Object(part) = &mut part {
        part.insert("name".to_owned(), json!(record.name));
        part.insert("capital".to_owned(), Value::Null);
        part.insert("business_segment".to_owned(), Value::Null);
        part.insert("number_of_employees".to_owned(), Value::Null);
        part.insert(
            "legal_france".to_owned(),
            json!({
                "siret": record.siret,
                "siren": record.siret.as_deref().and_then(|siret| siret.get(..9)),
                "vat": null,
                "ape_naf_code": null,
                "company_type": null,
                "rcs_immatriculation": null,
            }),
        );
    }
    part
}

fn embed(account: &Account, ask: &Ask, record: &Record, name: &str) -> Value {
    match name {
        "invoicing_address" | "delivery_address" => address_row(record),
        "main_contact" | "dunning_contact" | "invoicing_contact" if ask.may("contacts.read") => {
            account
                .contacts_of(record.kind, record.id)
                .first()
                .and_then(|id| account.record(RecordKind::Contact, *id))
                .map_or(Value::Null, |contact| plain_row(account, &contact))
        }
        "opportunities" if ask.may("opportunities.read") => {
            json!(opportunity_count(account, record))
        }
        "estimates" | "invoices" | "orders" | "deliveries" if ask.may("invoicing.read") => json!(0),
        "acl" => json!({"can_be_updated": true, "can_be_deleted": true}),
        "smart_tags" if ask.may("smart-tags.read") => {
            json!(
                smart_tags::rows(account, &record.tags)
                    .into_iter()
                    .take(20)
                    .collect::<Vec<_>>()
            )
        }
        "owner" => record
            .owner_id
            .and_then(|id| account.staff_with_id(id))
            .map_or(Value::Null, super::Staff::json),
        _ => Value::Null,
    }
}

fn address_row(record: &Record) -> Value {
    let Some(address) = &record.address else {
        return Value::Null;
    };
    json!({
        "id": address.id,
        "name": "Adresse principale",
        "address_line_1": address.line,
        "address_line_2": null,
        "address_line_3": null,
        "address_line_4": null,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": null,
        "country_code": address.country_code,
        "is_invoicing_address": true,
        "is_delivery_address": true,
        "geocode": {"lat": null, "lng": null},
    })
}

fn opportunity_count(account: &Account, record: &Record) -> usize {
    match record.kind {
        RecordKind::Contact => account
            .companies_of(record)
            .iter()
            .flat_map(|company| account.opportunities_of(RecordKind::Company, company.id))
            .filter_map(|id| account.opportunity(id))
            .filter(|deal| deal.contacts.contains(&record.id))
            .count(),
        kind => account.opportunities_of(kind, record.id).len(),
    }
}
