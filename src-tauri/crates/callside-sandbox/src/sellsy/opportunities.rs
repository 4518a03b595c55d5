//! Opportunities, pipelines and their steps.

use serde_json::{Map, Value, json};

use super::{
    Account, Ask, Reply,
    errors::Refusal,
    input::{Form, Span, folded},
    local_time,
    paging::{Paging, Place, SortKey, Wish, page_of},
    records, smart_tags,
};
use crate::book::{Opportunity, OpportunityStatus, PIPELINES, RecordKind};

const ORDERS: [&str; 4] = ["id", "created", "step_rank", "due_date"];
const EMBEDS: [&str; 19] = [
    "estimates",
    "individual",
    "invoices",
    "orders",
    "deliveries",
    "proformas",
    "creditnotes",
    "assigned_staffs",
    "company",
    "contacts",
    "acl",
    "currency",
    "aggregations",
    "aggregations.amount_sum",
    "aggregations.amount_sum_by_status",
    "aggregations.amount_sum_by_status_due_at_seven",
    "aggregations.number_by_pipeline_and_step",
    "smart_tags",
    "cf",
];

/// `GET /opportunities`.
pub(crate) fn list(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    page(account, ask, &Filter::default())
}

/// `POST /opportunities/search`.
pub(crate) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let filter = Filter::read(&ask.filters()?)?;
    page(account, ask, &filter)
}

fn page(account: &mut Account, ask: &Ask, filter: &Filter) -> Result<Reply, Refusal> {
    let paging = Paging::read(ask, &ORDERS)?;
    let wish = Wish::read(ask, &EMBEDS)?;
    let (total, places) = if filter.is_empty() && paging.is_by_id() {
        (account.opportunity_count(), walk(account, &paging))
    } else {
        let all = filter.places(account, &paging);
        (all.len() as u64, paging.cut(all))
    };
    let rows = places
        .iter()
        .filter_map(|(_, id)| account.opportunity(*id))
        .map(|deal| wish.project(full_row(account, ask, &deal, &wish)))
        .collect();
    Ok(Reply::ok(paging.answer(total, places.last(), rows)))
}

fn walk(account: &Account, paging: &Paging) -> Vec<Place> {
    account
        .opportunity_ids(paging.ascending, paging.after_id())
        .filter(|id| account.opportunity(*id).is_some())
        .skip(paging.skip() as usize)
        .take(paging.limit as usize)
        .map(|id| (SortKey::Id, id))
        .collect()
}

/// `GET /opportunities/{id}`.
pub(crate) fn one(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &EMBEDS)?;
    let deal = account
        .opportunity(ask.id("id")?)
        .ok_or_else(|| Refusal::not_found("Opportunité"))?;
    Ok(Reply::ok(
        wish.project(full_row(account, ask, &deal, &wish)),
    ))
}

/// `GET /opportunities/pipelines`.
pub(crate) fn pipelines(_account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let paging = Paging::read(ask, &["rank", "id"])?;
    let wish = Wish::read(ask, &[])?;
    let rows = PIPELINES
        .iter()
        .zip(0_i64..)
        .map(|(pipeline, rank)| {
            let row = json!({
                "id": pipeline.id,
                "name": pipeline.name,
                "is_default": rank == 0,
                "step": pipeline.steps.len(),
                "rank": rank,
            });
            let key = if paging.is_by_id() {
                SortKey::Id
            } else {
                SortKey::Number(rank)
            };
            ((key, pipeline.id), wish.project(row))
        })
        .collect();
    Ok(Reply::ok(page_of(&paging, rows)))
}

/// `GET /opportunities/pipelines/{id}/steps`.
pub(crate) fn steps(_account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let paging = Paging::read(ask, &["rank", "id", "probability"])?;
    let wish = Wish::read(ask, &["opportunities_number"])?;
    let id = ask.id("id")?;
    let pipeline = PIPELINES
        .iter()
        .find(|pipeline| pipeline.id == id)
        .ok_or_else(|| Refusal::not_found("Pipeline"))?;
    let rows = pipeline
        .steps
        .iter()
        .zip(0_i64..)
        .map(|(step, rank)| {
            let row = json!({"id": step.id, "name": step.name, "probability": step.probability, "rank": rank});
            let key = match paging.order.as_str() {
                "id" => SortKey::Id,
                "probability" => SortKey::Number(step.probability.into()),
                _ => SortKey::Number(rank),
            };
            ((key, step.id), wish.project(row))
        })
        .collect();
    Ok(Reply::ok(page_of(&paging, rows)))
}

#[derive(Default)]
struct Filter {
    created: Option<Span>,
    updated_status: Option<Span>,
    due: Option<Span>,
    name: Option<String>,
    pipelines: Option<Vec<u64>>,
    steps: Option<Vec<u64>>,
    least: Option<f64>,
    most: Option<f64>,
    related: Option<Vec<(RecordKind, u64)>>,
    staff: Option<Vec<u64>>,
    statuses: Option<Vec<String>>,
}

impl Filter {
    fn read(filters: &Value) -> Result<Self, Refusal> {
        let mut form = Form::within("filters", filters)?;
        form.allow_only(&[
            "created",
            "updated_status",
            "due_date",
            "name",
            "pipeline",
            "step",
            "amount",
            "related_objects",
            "assigned_staffs",
            "statuses",
            "favourite_filter",
        ]);
        if form.has("favourite_filter") {
            form.refuse("favourite_filter", "Ce filtre favori n'existe pas.");
        }
        let (least, most) = amount(&mut form);
        let statuses = match form.get("statuses") {
            Some(Value::Null) => None,
            _ => form.words(
                "statuses",
                &OpportunityStatus::ALL.map(OpportunityStatus::word),
            ),
        };
        if statuses.as_ref().is_some_and(Vec::is_empty) {
            form.refuse("statuses", "Cette liste ne doit pas être vide.");
        }
        let filter = Self {
            created: form.span("created"),
            updated_status: form.span("updated_status"),
            due: form.span("due_date"),
            name: form.text("name", 65_535),
            pipelines: form.ids("pipeline"),
            steps: form.ids("step"),
            least,
            most,
            related: related(&mut form),
            staff: form.ids("assigned_staffs"),
            statuses,
        };
        form.done()?;
        Ok(filter)
    }

    fn is_empty(&self) -> bool {
        self.created.is_none()
            && self.updated_status.is_none()
            && self.due.is_none()
            && self.name.is_none()
            && self.pipelines.is_none()
            && self.steps.is_none()
            && self.least.is_none()
            && self.most.is_none()
            && self.related.is_none()
            && self.staff.is_none()
            && self.statuses.is_none()
    }

    fn places(&self, account: &Account, paging: &Paging) -> Vec<Place> {
        let ids: Vec<u64> = match &self.related {
            Some(related) => related
                .iter()
                .flat_map(|(kind, id)| account.opportunities_of(*kind, *id))
                .collect(),
            None => account.opportunity_ids(true, None).collect(),
        };
        let mut places: Vec<Place> = ids
            .into_iter()
            .filter_map(|id| account.opportunity(id))
            .filter(|deal| self.fits(deal))
            .map(|deal| (sort_key(&deal, &paging.order), deal.id))
            .collect();
        places.sort();
        places.dedup();
        places
    }

    fn fits(&self, deal: &Opportunity) -> bool {
        let amount = deal.cents as f64 / 100.0;
        let due = deal.due_date.as_deref().and_then(due_second);
        self.created.is_none_or(|span| span.holds(deal.created))
            && self
                .updated_status
                .is_none_or(|span| span.holds(deal.updated_status))
            && self
                .due
                .is_none_or(|span| due.is_some_and(|due| span.holds(due)))
            && self
                .name
                .as_ref()
                .is_none_or(|name| folded(&deal.name).contains(&folded(name)))
            && self
                .pipelines
                .as_ref()
                .is_none_or(|ids| ids.contains(&deal.pipeline))
            && self
                .steps
                .as_ref()
                .is_none_or(|ids| ids.contains(&deal.step))
            && self.least.is_none_or(|least| amount >= least)
            && self.most.is_none_or(|most| amount <= most)
            && self
                .staff
                .as_ref()
                .is_none_or(|ids| ids.contains(&deal.owner_id))
            && self
                .statuses
                .as_ref()
                .is_none_or(|list| list.iter().any(|word| word == deal.status.word()))
    }
}

fn due_second(date: &str) -> Option<i64> {
    let date: jiff::civil::Date = date.parse().ok()?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_second())
}

fn amount(form: &mut Form<'_>) -> (Option<f64>, Option<f64>) {
    let Some(amount) = form.get("amount") else {
        return (None, None);
    };
    let read = |name: &str| match amount.get(name) {
        None => Ok(None),
        Some(number) => number.as_f64().map(Some).ok_or(()),
    };
    match (read("min"), read("max"), amount.is_object()) {
        (Ok(least), Ok(most), true) => (least, most),
        _ => {
            form.refuse("amount", "Cette valeur n'est pas valide.");
            (None, None)
        }
    }
}

fn related(form: &mut Form<'_>) -> Option<Vec<(RecordKind, u64)>> {
    let value = form.get("related_objects")?;
    let read = |item: &Value| {
        let kind = RecordKind::ALL
            .into_iter()
            .filter(|kind| *kind != RecordKind::Contact)
            .find(|kind| Some(kind.word()) == item.get("type").and_then(Value::as_str))?;
        Some((kind, item.get("id")?.as_u64()?))
    };
    let list: Option<Vec<_>> = value
        .as_array()
        .and_then(|items| items.iter().map(read).collect());
    if list.is_none() {
        form.refuse("related_objects", "Cette valeur n'est pas valide.");
    }
    list
}

fn sort_key(deal: &Opportunity, order: &str) -> SortKey {
    match order {
        "created" => SortKey::Number(deal.created),
        "due_date" => SortKey::Text(deal.due_date.clone().unwrap_or_default()),
        "step_rank" => {
            let rank = PIPELINES
                .iter()
                .flat_map(|pipeline| pipeline.steps.iter().enumerate())
                .find(|(_, step)| step.id == deal.step)
                .map_or(0, |(rank, _)| rank);
            SortKey::Number(rank as i64)
        }
        _ => SortKey::Id,
    }
}

/// An amount as the API writes it.
pub(crate) fn amount_text(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// An opportunity as every answer shows it.
pub(crate) fn plain_row(deal: &Opportunity) -> Value {
    let pipeline = PIPELINES
        .iter()
        .find(|pipeline| pipeline.id == deal.pipeline);
    let step =
        pipeline.and_then(|pipeline| pipeline.steps.iter().find(|step| step.id == deal.step));
    let third = |kind| (deal.third.0 == kind).then_some(deal.third.1);
    let mut related = vec![json!({"id": deal.third.1, "type": deal.third.0.word()})];
    related.extend(
        deal.contacts
            .iter()
            .map(|id| json!({"id": id, "type": "contact"})),
    );
    json!({
        "id": deal.id,
        "number": format!("OPP-{}", deal.id),
        "name": deal.name,
        "source": {"id": 1, "name": "Interne"},
        "due_date": deal.due_date,
        "created": local_time(deal.created),
        "updated_status": local_time(deal.updated_status),
        "status": deal.status.word(),
        "amount": {"value": amount_text(deal.cents), "currency": "EUR"},
        "pipeline": {"id": deal.pipeline, "name": pipeline.map(|pipeline| pipeline.name)},
        "step": {"id": deal.step, "name": step.map(|step| step.name)},
        "probability": deal.probability,
        "note": deal.note,
        "owner": {"id": deal.owner_id, "type": "staff"},
        "assigned_staff_ids": [deal.owner_id],
        "contact_ids": deal.contacts,
        "company_id": third(RecordKind::Company),
        "individual_id": third(RecordKind::Individual),
        "main_doc_id": null,
        "related": related,
    })
}

fn full_row(account: &Account, ask: &Ask, deal: &Opportunity, wish: &Wish) -> Value {
    let mut row = plain_row(deal);
    if !wish.embeds.is_empty()
        && let Value::Object(fields) = &mut row
    {
        let embeds: Map<String, Value> = wish
            .embeds
            .iter()
            .filter(|name| applies(deal, name))
            .map(|name| (name.clone(), embed(account, ask, deal, name)))
            .collect();
        fields.insert("_embed".to_owned(), Value::Object(embeds));
    }
    row
}

/// The document has no null for the kind of third that a deal is not with: that embed is absent.
fn applies(deal: &Opportunity, name: &str) -> bool {
    match name {
        "company" => deal.third.0 == RecordKind::Company,
        "individual" => deal.third.0 == RecordKind::Individual,
        _ => true,
    }
}

fn embed(account: &Account, ask: &Ask, deal: &Opportunity, name: &str) -> Value {
    let third = |kind: RecordKind| {
        (deal.third.0 == kind)
            .then(|| account.record(kind, deal.third.1))
            .flatten()
            .map_or(Value::Null, |record| records::plain_row(account, &record))
    };
    match name {
        "company" if ask.may("companies.read") => third(RecordKind::Company),
        "individual" if ask.may("individuals.read") => third(RecordKind::Individual),
        "assigned_staffs" if ask.may("staffs.read") => {
            json!(
                account
                    .staff_with_id(deal.owner_id)
                    .map(super::Staff::json)
                    .into_iter()
                    .collect::<Vec<_>>()
            )
        }
        "contacts" if ask.may("contacts.read") => {
            let contacts: Vec<Value> = deal
                .contacts
                .iter()
                .filter_map(|id| account.record(RecordKind::Contact, *id))
                .map(|contact| records::plain_row(account, &contact))
                .collect();
            json!(contacts)
        }
        "acl" => {
            json!({"can_be_updated": true, "can_be_deleted": true, "link_invoicing_docs": false})
        }
        "currency" => json!({"id": 1, "code": "EUR", "symbol": "€", "is_default": true}),
        "smart_tags" if ask.may("smart-tags.read") => {
            let rows = smart_tags::rows(account, &account.opportunity_tags(deal.id));
            json!(rows.into_iter().take(20).collect::<Vec<_>>())
        }
        _ => Value::Null,
    }
}
