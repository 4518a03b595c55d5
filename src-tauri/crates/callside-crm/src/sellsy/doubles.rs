//! Calls that another program wrote into Sellsy.
//!
//! Such a call is somebody else's: it is never changed. What the agent has to say about it goes
//! beside it, as a comment on the record.

use callside_core::contact::ContactRef;
use callside_core::id::RemoteId;
use callside_core::outbox::{CallLog, DeliveryError, Logged};
use callside_core::ports::{ForeignCall, ReadError};
use jiff::Timestamp;
use serde_json::json;

use super::log::{kind_of, main_link};
use super::{Ask, PAGE, Sellsy, api, at_offset, map, next_offset, rows};
use crate::budget::Class;
use crate::fault::Fault;

/// The start of every marker of ours.
const OURS: &str = "callside-";
/// No look reads more pages than this: five hundred calls of one agent.
const MOST: usize = 5;

impl Sellsy {
    pub(super) async fn calls_of_others(
        &self,
        since: Timestamp,
        urgent: bool,
    ) -> Result<Vec<ForeignCall>, ReadError> {
        let class = if urgent { Class::Log } else { Class::Sync };
        let identity = self.me(class).await?;
        let agent: i64 = identity
            .agent
            .as_str()
            .parse()
            .map_err(|_| ReadError::AgentUnknown)?;
        let filters = json!({"owners": [agent], "created": {"start": map::date(since)}});
        let (mut found, mut offset) = (Vec::new(), None);
        for _ in 0..MOST {
            let body = json!({"filters": filters});
            let ask = Ask::post(class, "/phone-calls/search", "phonecalls.read", body)
                .with("limit", PAGE)
                .with("order", "id")
                .with("direction", "desc");
            let ask = at_offset(ask, offset.as_ref());
            let page: Option<api::Page> =
                self.read_if_allowed(ask).await.map_err(Fault::of_read)?;
            let Some(page) = page else { break };
            let calls = rows::<api::PhoneCall>(&page);
            found.extend(calls.iter().filter_map(|call| self.foreign(call)));
            offset = next_offset(&page);
            if offset.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// None for a call of ours, and for one that cannot be compared.
    fn foreign(&self, call: &api::PhoneCall) -> Option<ForeignCall> {
        let text = call.description.as_deref().unwrap_or_default();
        if text.contains(OURS) {
            return None;
        }
        let related = call.related.as_deref().unwrap_or_default();
        let on = related.iter().filter_map(|reference| {
            Some(ContactRef {
                connection: self.config.connection.clone(),
                kind: kind_of(reference)?,
                id: RemoteId::new(reference.id.to_string()),
            })
        });
        Some(ForeignCall {
            remote_id: RemoteId::new(call.id.to_string()),
            direction: map::direction(call.source.as_deref()?)?,
            started_at: map::instant(call.date.as_deref()?)?,
            on: on.collect(),
        })
    }

    pub(super) async fn write_beside(
        &self,
        foreign: &RemoteId,
        log: &CallLog,
    ) -> Result<Logged, DeliveryError> {
        let text = map::description(&log.text);
        let main = main_link(&log.target.contact)?;
        let logged = Logged {
            remote_id: foreign.clone(),
            url: Some(self.page_of(&log.target)),
            text: text.to_owned(),
            fields: None,
        };
        if self.has_comment(&main, log.marker.as_str()).await? {
            return Ok(logged);
        }
        let body = json!({"description": text, "related": [main]});
        let ask = Ask::post(Class::Log, "/comments", "comments.write", body);
        self.ask(ask).await.map_err(Fault::of_write)?;
        Ok(logged)
    }
}
