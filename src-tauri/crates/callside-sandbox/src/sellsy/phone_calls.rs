//! Phone calls: the log that a companion writes.
//!
//! There is no key against duplicates: two equal posts make two calls, as with the real service.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Account, Ask, MissingRelated, Reply,
    errors::Refusal,
    input::{Form, Span},
    local_time, opportunities,
    paging::{Paging, Place, SortKey, Wish},
    records, without_nulls,
};
use crate::book::RecordKind;

/// What a call may be related to, and in which words.
pub(crate) const RELATED_TYPES: [&str; 4] = ["opportunity", "company", "individual", "contact"];
const SOURCES: [&str; 2] = ["incoming", "outcoming"];
const RESULTS: [&str; 10] = [
    "noanswer",
    "busy",
    "wrongnumber",
    "msgdirect",
    "msgvocal",
    "connected",
    "transfer",
    "interrupt",
    "scheduled",
    "unknown",
];
const DELAYS: [(&str, i64); 8] = [
    ("instant", 0),
    ("5min", 300),
    ("15min", 900),
    ("30min", 1_800),
    ("1hour", 3_600),
    ("1day", 86_400),
    ("1week", 604_800),
    ("1month", 2_592_000),
];
/// The topics of the invented company.
const TOPICS: [(i64, &str); 3] = [
    (2235, "Support"),
    (2236, "Commercial"),
    (2237, "Facturation"),
];
const EMBEDS: [&str; 6] = [
    "company",
    "individual",
    "contact",
    "related",
    "owner",
    "acl",
];

/// A record or opportunity that a call is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// `company`, `individual`, `contact` or `opportunity`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: u64,
}

/// One phone call, as it is kept.
#[derive(Clone, PartialEq, Serialize)]
pub struct PhoneCall {
    /// Unique among phone calls, rising.
    pub id: u64,
    /// The staff who made or took it.
    pub owner_id: u64,
    /// `incoming` or `outcoming`.
    pub source: String,
    /// One of the ten results.
    pub result: String,
    /// When the call was.
    pub date: Timestamp,
    /// Whole seconds.
    pub duration: i64,
    /// The only free text.
    pub description: Option<String>,
    /// Id of a topic.
    pub topic: Option<i64>,
    /// 0 or 1.
    pub priority: Option<i64>,
    /// One to three, at most one of each type.
    pub related: Vec<Related>,
    /// Delays of the reminders, in the vendor's words.
    pub reminders: Vec<String>,
    /// When it was written.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// From when lists and searches show it.
    #[serde(skip)]
    pub(crate) indexed_at: Timestamp,
}

impl std::fmt::Debug for PhoneCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "PhoneCall({}, {}, {}, related {:?})",
            self.id, self.source, self.result, self.related
        )
    }
}

impl PhoneCall {
    /// The id of what it is on, if it is on one of that type.
    #[must_use]
    pub fn related_id(&self, kind: &str) -> Option<u64> {
        self.related
            .iter()
            .find(|related| related.kind == kind)
            .map(|related| related.id)
    }
}

/// `GET /phone-calls`.
pub(crate) fn list(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page(account, ask, &Filter::default())
}

/// `POST /phone-calls/search`.
pub(crate) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let filter = Filter::read(&ask.filters()?)?;
    page(account, ask, &filter)
}

fn page(account: &Account, ask: &Ask, filter: &Filter) -> Result<Reply, Refusal> {
    let paging = Paging::read(ask, &["id"])?;
    let wish = Wish::read(ask, &EMBEDS)?;
    let found: Vec<Place> = account
        .calls
        .values()
        .filter(|call| call.indexed_at <= ask.now && filter.fits(call))
        .map(|call| (SortKey::Id, call.id))
        .collect();
    let total = found.len() as u64;
    let places = paging.cut(found);
    let rows = places
        .iter()
        .filter_map(|(_, id)| account.calls.get(id))
        .map(|call| wish.project(full_row(account, ask, call, &wish)))
        .collect();
    Ok(Reply::ok(paging.answer(total, places.last(), rows)))
}

/// `GET /phone-calls/{id}`.
pub(crate) fn one(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &EMBEDS)?;
    let call = found(account, ask)?;
    Ok(Reply::ok(
        wish.project(full_row(account, ask, &call, &wish)),
    ))
}

/// `POST /phone-calls`.
pub(crate) fn create(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &EMBEDS)?;
    let body = ask.json()?;
    let mut form = Form::of(&body)?;
    form.require(&["owner_id", "date", "result", "source", "related"]);
    let mut call = PhoneCall {
        id: 0,
        owner_id: ask.me,
        source: String::new(),
        result: String::new(),
        date: ask.now,
        duration: 0,
        description: None,
        topic: None,
        priority: None,
        related: Vec::new(),
        reminders: Vec::new(),
        created: ask.now,
        updated: ask.now,
        indexed_at: ask.now,
    };
    fill(account, form, &mut call)?;
    account.last_call += 1;
    call.id = account.last_call;
    let delay = i64::try_from(account.slow_index_ms).unwrap_or(i64::MAX);
    call.indexed_at = ask
        .now
        .checked_add(jiff::SignedDuration::from_millis(delay))
        .unwrap_or(Timestamp::MAX);
    account.calls.insert(call.id, call.clone());
    Ok(Reply::created(wish.project(without_nulls(full_row(
        account, ask, &call, &wish,
    )))))
}

/// `PUT /phone-calls/{id}`. No field is required, so the absent ones stay.
pub(crate) fn update(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &EMBEDS)?;
    let mut call = found(account, ask)?;
    let body = ask.json()?;
    fill(account, Form::of(&body)?, &mut call)?;
    call.updated = ask.now;
    account.calls.insert(call.id, call.clone());
    Ok(Reply::ok(
        wish.project(full_row(account, ask, &call, &wish)),
    ))
}

/// `DELETE /phone-calls/{id}`.
pub(crate) fn delete(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = found(account, ask)?;
    account.calls.remove(&call.id);
    Ok(Reply::nothing())
}

fn found(account: &Account, ask: &Ask) -> Result<PhoneCall, Refusal> {
    account
        .calls
        .get(&ask.id("id")?)
        .cloned()
        .ok_or_else(|| Refusal::not_found("Appel"))
}

/// Reads the writable fields of a call over what it holds.
fn fill(account: &Account, mut form: Form<'_>, call: &mut PhoneCall) -> Result<(), Refusal> {
    if let Some(owner) = form.number("owner_id", 1, i64::MAX) {
        call.owner_id = owner.unsigned_abs();
        if account
            .staff_with_id(call.owner_id)
            .is_none_or(|staff| staff.status == "deleted")
        {
            form.refuse("owner_id", "Ce collaborateur n'existe pas.");
        }
    }
    if let Some(source) = form.word("source", &SOURCES) {
        call.source = source;
    }
    if let Some(result) = form.word("result", &RESULTS) {
        call.result = result;
    }
    if let Some(date) = form.instant("date") {
        call.date = date;
    }
    if let Some(duration) = form.number("duration", 0, i64::from(i32::MAX)) {
        call.duration = duration;
    }
    if let Some(description) = form.text_or_null("description", 65_535) {
        call.description = description;
    }
    if let Some(topic) = form.number("topic", 1, i64::MAX) {
        call.topic = Some(topic);
        if !TOPICS.iter().any(|(id, _)| *id == topic) {
            form.refuse("topic", "Ce sujet n'existe pas.");
        }
    }
    if let Some(priority) = form.number("priority", 0, 1) {
        call.priority = Some(priority);
    }
    if let Some(reminders) = read_reminders(&mut form) {
        call.reminders = reminders;
    }
    if let Some(related) = read_related(&mut form) {
        call.related = related;
    }
    form.done()?;
    if call.result == "scheduled" {
        call.duration = 0;
    } else {
        call.reminders.clear();
    }
    check_related_exist(account, call)
}

fn read_reminders(form: &mut Form<'_>) -> Option<Vec<String>> {
    let value = form.get("reminders")?;
    let read = |item: &Value| {
        let fields = item.as_object()?;
        let known = fields.keys().all(|key| key == "medium" || key == "delay");
        let delay = fields.get("delay")?.as_str()?;
        let fits = known
            && fields.get("medium")?.as_str() == Some("email")
            && DELAYS.iter().any(|(d, _)| *d == delay);
        fits.then(|| delay.to_owned())
    };
    let list: Option<Vec<String>> = value
        .as_array()
        .filter(|items| items.len() <= 1)
        .and_then(|items| items.iter().map(read).collect());
    if list.is_none() {
        form.refuse("reminders", "Cette valeur n'est pas valide.");
    }
    list
}

fn read_related(form: &mut Form<'_>) -> Option<Vec<Related>> {
    let value = form.get("related")?;
    let read = |item: &Value| {
        let fields = item.as_object()?;
        let kind = fields
            .get("type")?
            .as_str()
            .filter(|kind| RELATED_TYPES.contains(kind))?;
        (fields.len() == 2).then_some(Related {
            kind: kind.to_owned(),
            id: fields.get("id")?.as_u64()?,
        })
    };
    let list: Option<Vec<Related>> = value
        .as_array()
        .and_then(|items| items.iter().map(read).collect());
    let Some(list) = list else {
        form.refuse(
            "related",
            "Cette valeur doit être un tableau d'objets avec type et id.",
        );
        return None;
    };
    if !(1..=3).contains(&list.len()) {
        form.refuse("related", "Cette liste doit contenir de 1 à 3 objets.");
    }
    let twice = RELATED_TYPES
        .iter()
        .any(|kind| list.iter().filter(|related| related.kind == *kind).count() > 1);
    if twice {
        form.refuse("related", "Un seul objet de chaque type est autorisé.");
    }
    Some(list)
}

fn check_related_exist(account: &Account, call: &PhoneCall) -> Result<(), Refusal> {
    let exists = |related: &Related| match RecordKind::from_word(&related.kind) {
        Some(kind) => account.has(kind, related.id),
        None => account.opportunity(related.id).is_some(),
    };
    let Some(missing) = call.related.iter().find(|related| !exists(related)) else {
        return Ok(());
    };
    Err(match account.missing_related {
        MissingRelated::BadRequest => Refusal::field(
            "related",
            format!("L'objet {} {} n'existe pas.", missing.kind, missing.id),
        ),
        MissingRelated::NotFound => Refusal::not_found("Objet lié"),
    })
}

#[derive(Default)]
struct Filter {
    created: Option<Span>,
    due: Option<Span>,
    owners: Option<Vec<u64>>,
    related: Option<Vec<Related>>,
    companies: Option<Vec<u64>>,
    individuals: Option<Vec<u64>>,
    contacts: Option<Vec<u64>>,
    topic: Option<i64>,
    result: Option<String>,
    source: Option<String>,
    priority: Option<(i64, i64)>,
}

impl Filter {
    fn read(filters: &Value) -> Result<Self, Refusal> {
        let mut form = Form::within("filters", filters)?;
        form.allow_only(&[
            "created",
            "due_date",
            "owners",
            "related_objects",
            "companies",
            "individuals",
            "contacts",
            "topic",
            "result",
            "source",
            "priority",
        ]);
        let filter = Self {
            created: form.span("created"),
            due: form.span("due_date"),
            owners: form.ids("owners"),
            related: related_objects(&mut form),
            companies: form.ids("companies"),
            individuals: form.ids("individuals"),
            contacts: form.ids("contacts"),
            topic: form.number("topic", 0, i64::MAX),
            result: form.word("result", &RESULTS),
            source: form.word("source", &SOURCES),
            priority: priority(&mut form),
        };
        form.done()?;
        Ok(filter)
    }

    fn fits(&self, call: &PhoneCall) -> bool {
        let on = |kind: &str, ids: &Option<Vec<u64>>| {
            ids.as_ref()
                .is_none_or(|ids| call.related_id(kind).is_some_and(|id| ids.contains(&id)))
        };
        self.created
            .is_none_or(|span| span.holds(call.created.as_second()))
            && self
                .due
                .is_none_or(|span| span.holds(call.date.as_second()))
            && self
                .owners
                .as_ref()
                .is_none_or(|owners| owners.contains(&call.owner_id))
            && self
                .related
                .as_ref()
                .is_none_or(|list| list.iter().any(|related| call.related.contains(related)))
            && on("company", &self.companies)
            && on("individual", &self.individuals)
            && on("contact", &self.contacts)
            && self.topic.is_none_or(|topic| call.topic == Some(topic))
            && self
                .result
                .as_ref()
                .is_none_or(|result| *result == call.result)
            && self
                .source
                .as_ref()
                .is_none_or(|source| *source == call.source)
            && self.priority.is_none_or(|(least, most)| {
                (least..=most).contains(&call.priority.unwrap_or_default())
            })
    }
}

fn related_objects(form: &mut Form<'_>) -> Option<Vec<Related>> {
    let value = form.get("related_objects")?;
    let read = |item: &Value| {
        Some(Related {
            kind: item.get("type")?.as_str()?.to_owned(),
            id: item.get("id")?.as_u64()?,
        })
    };
    let list: Option<Vec<Related>> = value
        .as_array()
        .and_then(|items| items.iter().map(read).collect());
    if list.is_none() {
        form.refuse("related_objects", "Cette valeur n'est pas valide.");
    }
    list
}

fn priority(form: &mut Form<'_>) -> Option<(i64, i64)> {
    let value = form.get("priority")?;
    let end = |name: &str, open: i64| match value.get(name) {
        None => Some(open),
        Some(number) => number.as_i64().filter(|number| (0..=1).contains(number)),
    };
    let known = value
        .as_object()
        .is_some_and(|span| span.keys().all(|key| key == "min" || key == "max"));
    match (end("min", 0), end("max", 1)) {
        (Some(least), Some(most)) if known => Some((least, most)),
        _ => {
            form.refuse("priority", "Cette valeur n'est pas valide.");
            None
        }
    }
}

/// The French name of a result.
pub(crate) fn result_name(result: &str) -> &'static str {
    match result {
        "noanswer" => "Pas de réponse",
        "busy" => "Occupé",
        "wrongnumber" => "Mauvais numéro",
        "msgdirect" => "Message direct",
        "msgvocal" => "Message vocal",
        "connected" => "Joint",
        "transfer" => "Transféré",
        "interrupt" => "Interrompu",
        "scheduled" => "Planifié",
        _ => "Inconnu",
    }
}

fn plain_row(call: &PhoneCall) -> Value {
    let reminders: Vec<Value> = call
        .reminders
        .iter()
        .map(|delay| reminder_row(call, delay))
        .collect();
    let mut row = json!({
        "id": call.id,
        "source": call.source,
        "description": call.description,
        "updated": local_time(call.updated.as_second()),
        "created": local_time(call.created.as_second()),
        "duration": call.duration,
        "date": local_time(call.date.as_second()),
        "company_id": call.related_id("company"),
        "individual_id": call.related_id("individual"),
        "contact_id": call.related_id("contact"),
        "related": call.related,
        "priority": call.priority.unwrap_or_default(),
        "owner": {"id": call.owner_id, "type": "staff"},
        "result": {"id": call.result, "name": result_name(&call.result)},
        "reminders": reminders,
    });
    let topic = call
        .topic
        .and_then(|topic| TOPICS.iter().find(|(id, _)| *id == topic));
    if let (Some((id, name)), Value::Object(row)) = (topic, &mut row) {
        row.insert("topic".to_owned(), json!({"id": id, "name": name}));
    }
    row
}

fn reminder_row(call: &PhoneCall, delay: &str) -> Value {
    let before = DELAYS
        .iter()
        .find(|(name, _)| *name == delay)
        .map_or(0, |(_, seconds)| *seconds);
    json!({"medium": "email", "delay": delay, "send_at": local_time(call.date.as_second() - before)})
}

fn full_row(account: &Account, ask: &Ask, call: &PhoneCall, wish: &Wish) -> Value {
    let mut row = plain_row(call);
    if !wish.embeds.is_empty()
        && let Value::Object(fields) = &mut row
    {
        let embeds: Map<String, Value> = wish
            .embeds
            .iter()
            .filter(|name| applies(call, name))
            .map(|name| (name.clone(), embed(account, ask, call, name)))
            .collect();
        fields.insert("_embed".to_owned(), Value::Object(embeds));
    }
    row
}

/// The document has no null for a record that a call is not on: that embed is absent.
fn applies(call: &PhoneCall, name: &str) -> bool {
    !RELATED_TYPES.contains(&name) || call.related_id(name).is_some()
}

fn embed(account: &Account, ask: &Ask, call: &PhoneCall, name: &str) -> Value {
    match name {
        "owner" if ask.may("staffs.read") => account
            .staff_with_id(call.owner_id)
            .map_or(Value::Null, super::Staff::json),
        "related" => {
            let rows = call
                .related
                .iter()
                .map(|related| related_row(account, ask, related));
            json!(rows.filter(|row| !row.is_null()).collect::<Vec<_>>())
        }
        "acl" => json!({"can_be_updated": true, "can_be_deleted": true}),
        kind => call
            .related
            .iter()
            .find(|related| related.kind == kind)
            .map_or(Value::Null, |related| related_row(account, ask, related)),
    }
}

fn related_row(account: &Account, ask: &Ask, related: &Related) -> Value {
    match RecordKind::from_word(&related.kind) {
        Some(kind) if ask.may(&format!("{}.read", kind.plural())) => account
            .record(kind, related.id)
            .map_or(Value::Null, |record| records::plain_row(account, &record)),
        None if ask.may("opportunities.read") => account
            .opportunity(related.id)
            .map_or(Value::Null, |deal| opportunities::plain_row(&deal)),
        _ => Value::Null,
    }
}
