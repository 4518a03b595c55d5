//! Comments on records and opportunities.

use serde_json::{Value, json};

use super::{
    Account, Ask, Reply,
    errors::Refusal,
    input::Form,
    local_time,
    paging::{Paging, SortKey, Wish, page_of},
};
use crate::book::RecordKind;

const EMBEDS: [&str; 6] = [
    "owner",
    "related",
    "company",
    "individual",
    "contact",
    "acl",
];

/// `POST /comments`.
pub(crate) fn create(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let wish = Wish::read(ask, &EMBEDS)?;
    let body = ask.json()?;
    let mut form = Form::of(&body)?;
    form.allow_only(&[
        "description",
        "timetracking",
        "related",
        "parent_id",
        "mentioned_staff_ids",
        "created",
    ]);
    form.require(&["description"]);
    let description = form.filled_text("description", 65_535);
    let created = form.instant("created").unwrap_or(ask.now);
    let parent = form.number("parent_id", 1, i64::MAX);
    let related = related(account, &mut form);
    form.done()?;
    if ask.is_trial() {
        return Ok(Reply::nothing());
    }
    let id = account.comments.len() as u64 + 701;
    let on = |kind: &str| {
        related
            .as_ref()
            .filter(|(of, _)| of == kind)
            .map(|(_, id)| *id)
    };
    let comment = json!({
        "id": id,
        "owner": {"id": ask.me, "type": "staff"},
        "description": description,
        "updated": local_time(ask.now.as_second()),
        "created": local_time(created.as_second()),
        "parent_id": parent,
        "related": related.iter().map(|(kind, id)| json!({"type": kind, "id": id})).collect::<Vec<_>>(),
        "company_id": on("company"),
        "individual_id": on("individual"),
        "contact_id": on("contact"),
    });
    account.comments.push(comment.clone());
    Ok(Reply::created(wish.project(super::without_nulls(comment))))
}

/// `POST /comments/search`.
pub(crate) fn search(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let filters = ask.filters()?;
    let mut form = Form::within("filters", &filters)?;
    form.allow_only(&[
        "owners",
        "created",
        "updated",
        "related_objects",
        "companies",
        "individuals",
        "contacts",
    ]);
    let lists = [
        ("company_id", form.ids("companies")),
        ("individual_id", form.ids("individuals")),
        ("contact_id", form.ids("contacts")),
    ];
    let owners = form.ids("owners");
    form.done()?;
    let paging = Paging::read(ask, &["id"])?;
    let wish = Wish::read(ask, &EMBEDS)?;
    let fits = |comment: &Value| {
        let owner = comment.pointer("/owner/id").and_then(Value::as_u64);
        owners
            .as_ref()
            .is_none_or(|owners| owner.is_some_and(|owner| owners.contains(&owner)))
            && lists.iter().all(|(field, ids)| {
                let id = comment.get(*field).and_then(Value::as_u64);
                ids.as_ref()
                    .is_none_or(|ids| id.is_some_and(|id| ids.contains(&id)))
            })
    };
    let rows = account
        .comments
        .iter()
        .filter(|comment| fits(comment))
        .map(|comment| {
            let id = comment
                .get("id")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            ((SortKey::Id, id), wish.project(comment.clone()))
        })
        .collect();
    Ok(Reply::ok(page_of(&paging, rows)))
}

/// `GET /comments/{id}`.
pub(crate) fn one(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let id = ask.id("id")?;
    let comment = account
        .comments
        .iter()
        .find(|comment| comment.get("id").and_then(Value::as_u64) == Some(id));
    comment
        .map(|comment| Reply::ok(comment.clone()))
        .ok_or_else(|| Refusal::not_found("Commentaire"))
}

fn related(account: &Account, form: &mut Form<'_>) -> Option<(String, u64)> {
    let items = form.get("related")?;
    let one = items
        .as_array()
        .filter(|items| items.len() == 1)
        .and_then(|items| items.first());
    let kind = one
        .and_then(|item| item.get("type"))
        .and_then(Value::as_str);
    let id = one.and_then(|item| item.get("id")).and_then(Value::as_u64);
    let exists = match (kind, id) {
        (Some("opportunity"), Some(id)) => account.opportunity(id).is_some(),
        (Some(kind), Some(id)) => {
            RecordKind::from_word(kind).is_some_and(|kind| account.has(kind, id))
        }
        _ => false,
    };
    if !exists {
        form.refuse("related", "Un seul objet existant est autorisé.");
        return None;
    }
    Some((kind?.to_owned(), id?))
}
