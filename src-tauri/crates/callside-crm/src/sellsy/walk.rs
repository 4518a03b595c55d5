//! The walk through individuals, companies and contacts.

use std::collections::BTreeMap;
use std::sync::Arc;

use callside_core::contact::ContactKind;
use callside_core::id::RemoteId;
use callside_core::ports::ReadError;
use callside_core::sync::{ContactChange, SyncCursor, SyncPage, SyncWalk};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cursor::{Place, RESOURCES, Resource};
use super::{Ask, PAGE, Sellsy, api, at_offset, map, next_offset, read_as};
use crate::budget::Class;
use crate::fault::Fault;

impl Sellsy {
    pub(super) async fn walk_page(
        &self,
        walk: SyncWalk,
        cursor: Option<&SyncCursor>,
    ) -> Result<SyncPage, ReadError> {
        let mut place = Place::resume(walk, cursor).map_err(|_| ReadError::CursorLost)?;
        let Some(resource) = place.resource() else {
            return Err(ReadError::CursorLost);
        };
        let class = class_of(walk);
        if walk == SyncWalk::Full && place.is_new() {
            self.count_ahead(&mut place).await.map_err(Fault::of_read)?;
        }
        // Asked before the page, so that a failure costs no rows.
        let staff = match walk {
            SyncWalk::Sweep => Arc::default(),
            SyncWalk::Full | SyncWalk::Changes => {
                self.staff_names(class).await.map_err(Fault::of_read)?
            }
        };
        let answer = match self.ask(page_of(&place, resource)).await {
            // The first page of the kind was taken, so it is the offset that is not any more.
            Err(Fault::Refused { status: 400, .. }) if place.offset().is_some() => {
                return Err(ReadError::CursorLost);
            }
            other => other.map_err(Fault::of_read)?,
        };
        let page: api::Page = read_as(&answer).map_err(Fault::of_read)?;
        place.began(answer.date.unwrap_or_else(|| self.clock.now()));
        let total = page
            .pagination
            .as_ref()
            .and_then(|pagination| pagination.total);
        let index = place.index();
        place.knows_total(index, total);
        let mut read = Rows::default();
        for row in &page.data {
            self.read_row(row, resource, &staff, &mut place, &mut read);
        }
        place.advance(next_offset(&page));
        if place.finished && place.skipped > 0 {
            tracing::warn!(rows = place.skipped, "some contacts could not be read");
        }
        Ok(SyncPage {
            changes: read.changes,
            seen: read.seen,
            cursor: place.to_cursor(),
            finished: place.finished,
            total: place.total(),
        })
    }

    pub(super) fn read_row(
        &self,
        row: &Value,
        resource: Resource,
        staff: &BTreeMap<i64, String>,
        place: &mut Place,
        read: &mut Rows,
    ) {
        let Ok(record) = api::Record::deserialize(row) else {
            place.skipped = place.skipped.saturating_add(1);
            return;
        };
        if place.walk == SyncWalk::Sweep {
            read.seen
                .push((resource.kind, RemoteId::new(record.id.to_string())));
            return;
        }
        place.saw(map::modified(&record));
        let contact = self.mapping(staff).contact(resource.kind, &record);
        read.changes.push(ContactChange::Upsert(Box::new(contact)));
    }

    /// How many rows a full walk has, so that it can show how far it is.
    async fn count_ahead(&self, place: &mut Place) -> Result<(), Fault> {
        for (index, resource) in RESOURCES.into_iter().enumerate().skip(1) {
            let ask = search(Class::FirstCopy, resource, json!({}))
                .with("limit", 1)
                .with("field[]", "id");
            let page: api::Page = self.read(ask).await?;
            place.knows_total(
                index,
                page.pagination.and_then(|pagination| pagination.total),
            );
        }
        Ok(())
    }
}

/// What the rows of a page came to.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) changes: Vec<ContactChange>,
    pub(super) seen: Vec<(ContactKind, RemoteId)>,
}

fn class_of(walk: SyncWalk) -> Class {
    match walk {
        SyncWalk::Full => Class::FirstCopy,
        SyncWalk::Changes | SyncWalk::Sweep => Class::Sync,
    }
}

fn search(class: Class, resource: Resource, filters: Value) -> Ask {
    let path = format!("/{}/search", resource.path);
    Ask::post(class, path, resource.scope, json!({"filters": filters}))
}

fn page_of(place: &Place, resource: Resource) -> Ask {
    let class = class_of(place.walk);
    let (filters, order) = match (place.walk, place.changed_since()) {
        (SyncWalk::Changes, Some(since)) => (
            json!({(resource.changed): {"start": map::date(since)}}),
            resource.changed_order,
        ),
        _ => (json!({}), "id"),
    };
    let ask = search(class, resource, filters)
        .with("limit", PAGE)
        .with("order", order)
        .with("direction", "asc");
    let ask = at_offset(ask, place.offset());
    match place.walk {
        SyncWalk::Sweep => ask.with("field[]", "id"),
        SyncWalk::Full | SyncWalk::Changes => ask.with_embeds(),
    }
}
