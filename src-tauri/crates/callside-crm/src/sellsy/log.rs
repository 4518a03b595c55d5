//! Writing a call into Sellsy: once, on the right record, and never over a person's words.
//!
//! Sellsy knows no key that would make a second request harmless. So a log carries its marker on
//! the first line, and whoever is in doubt looks for the marker before writing again.

use callside_core::contact::{Contact, ContactKind, ContactRef, Role};
use callside_core::id::{Marker, RemoteId};
use callside_core::insight::{LiveFacts, pick_opportunity};
use callside_core::outbox::{CallLog, DeliveryError, Logged, Target};
use callside_core::phone_number::{NumberKind, read_stored};
use callside_core::ports::{Amended, NewContact, ReadError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, json};

use super::{
    Ask, MOST_PAGES, PAGE, Sellsy, api, at_offset, main_company, map, next_offset, numeric,
    read_as, rows,
};
use crate::budget::Class;
use crate::fault::Fault;
use crate::pace::Turn;

/// A search for a log starts this much before its first try: clocks differ.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

impl Sellsy {
    pub(super) async fn write_log(&self, log: &CallLog) -> Result<Logged, DeliveryError> {
        let agent = self.agent().await?;
        let main = main_link(&log.target.contact)?;
        let asked;
        let facts = match &log.facts {
            Some(facts) => facts,
            None => {
                let (contact, role) = (&log.target.contact, log.target.role);
                asked = self
                    .facts(Class::Log, contact, role)
                    .await
                    .map_err(Fault::before_write)?;
                &asked
            }
        };
        let extras = self.extras(log, facts);
        let related = [std::slice::from_ref(&main), &extras].concat();
        match self.post_log(agent, log, &related).await {
            Err(fault) if names_a_missing_record(&fault) => {
                let kept = self.what_exists(&main, &extras, &fault).await?;
                let related = [std::slice::from_ref(&main), &kept].concat();
                match self.post_log(agent, log, &related).await {
                    // The record is there, and Sellsy still finds something missing.
                    Err(Fault::NotFound { words, .. }) => Err(DeliveryError::Refused { words }),
                    other => other.map_err(Fault::of_write),
                }
            }
            other => other.map_err(Fault::of_write),
        }
    }

    async fn post_log(
        &self,
        agent: i64,
        log: &CallLog,
        related: &[api::Link],
    ) -> Result<Logged, Fault> {
        let text = map::description(&log.text);
        let call = api::NewPhoneCall {
            owner_id: agent,
            source: map::source(log.direction),
            result: map::result(log.result),
            date: map::date(log.started_at),
            duration: log.talk_s,
            description: text,
            related,
        };
        let ask = Ask::post(Class::Log, "/phone-calls", "phonecalls.write", json!(call));
        let created: api::Created = read_as(&self.ask(ask).await?)?;
        Ok(Logged {
            remote_id: RemoteId::new(created.id.to_string()),
            url: Some(self.page_of(&log.target)),
            text: text.to_owned(),
            fields: Some(log.fields()),
        })
    }

    /// Company and opportunity that the log hangs on besides the record.
    fn extras(&self, log: &CallLog, facts: &LiveFacts) -> Vec<api::Link> {
        let mut extras = Vec::new();
        if log.target.role == Some(Role::Supplier) {
            return extras;
        }
        if log.target.contact.kind == ContactKind::Contact {
            let company = main_company(&facts.companies);
            extras.extend(company.and_then(|company| link("company", &company.id)));
            if !company.is_some_and(|company| company.role != Some(Role::Supplier)) {
                return extras;
            }
        }
        let rule = self.config.opportunity;
        let picked = pick_opportunity(&facts.opportunities, rule, &log.opportunity);
        extras.extend(picked.and_then(|opportunity| link("opportunity", &opportunity.id)));
        extras
    }

    /// After Sellsy missed a record: which of the extras exist.
    ///
    /// # Errors
    /// Gone when it is the record itself that does not exist; the refusal itself when nothing is
    /// missing.
    async fn what_exists(
        &self,
        main: &api::Link,
        extras: &[api::Link],
        fault: &Fault,
    ) -> Result<Vec<api::Link>, DeliveryError> {
        if !self.exists(main).await? {
            return Err(DeliveryError::Gone);
        }
        let mut kept = Vec::new();
        for extra in extras {
            if self.exists(extra).await? {
                kept.push(extra.clone());
            }
        }
        if kept.len() < extras.len() {
            return Ok(kept);
        }
        match fault.clone() {
            Fault::NotFound { words, .. } => Err(DeliveryError::Refused { words }),
            other => Err(other.of_write()),
        }
    }

    async fn exists(&self, link: &api::Link) -> Result<bool, DeliveryError> {
        let (path, scope) = match link.kind {
            "individual" => ("individuals", "individuals.read"),
            "company" => ("companies", "companies.read"),
            "contact" => ("contacts", "contacts.read"),
            _ => ("opportunities", "opportunities.read"),
        };
        let ask = Ask::get(Class::Log, format!("/{path}/{}", link.id), scope).with("field[]", "id");
        match self.ask(ask).await {
            Ok(_) => Ok(true),
            Err(Fault::NotFound { .. }) => Ok(false),
            Err(fault) => Err(fault.before_write()),
        }
    }

    pub(super) async fn look_for_log(
        &self,
        marker: &Marker,
        since: Timestamp,
    ) -> Result<Option<Logged>, DeliveryError> {
        let agent = self.agent().await?;
        let since = since.checked_sub(SKEW).unwrap_or(since);
        // Not by date: Sellsy dates a call by its own clock, and where ours was set wrong the log
        // would not be found, and be written once more. The newest page is looked through whatever
        // the dates on it say.
        let filters = json!({"owners": [agent]});
        let mut offset = None;
        for _ in 0..MOST_PAGES {
            let body = json!({"filters": filters});
            let ask = Ask::post(Class::Log, "/phone-calls/search", "phonecalls.read", body)
                .with("limit", PAGE)
                .with("order", "id")
                .with("direction", "desc");
            let ask = at_offset(ask, offset.as_ref());
            let page: api::Page = self.read(ask).await.map_err(Fault::before_write)?;
            let calls = rows::<api::PhoneCall>(&page);
            let carries = |call: &&api::PhoneCall| {
                call.description
                    .as_deref()
                    .is_some_and(|text| marker.stands_in(text))
            };
            if let Some(call) = calls.iter().find(carries) {
                return Ok(Some(self.logged(call)));
            }
            let older = |call: &api::PhoneCall| {
                call.created
                    .as_deref()
                    .and_then(map::instant)
                    .is_some_and(|at| at < since)
            };
            offset = next_offset(&page);
            // Newest first: behind an older row there are only older ones.
            if offset.is_none() || calls.last().is_some_and(older) {
                break;
            }
        }
        Ok(None)
    }

    fn logged(&self, call: &api::PhoneCall) -> Logged {
        let related = call.related.as_deref().unwrap_or_default();
        let page = related.iter().find_map(|reference| {
            Some(
                self.links
                    .record(kind_of(reference)?, None, &reference.id.to_string()),
            )
        });
        Logged {
            remote_id: RemoteId::new(call.id.to_string()),
            url: page,
            text: call.description.clone().unwrap_or_default(),
            fields: map::fields(call),
        }
    }

    pub(super) async fn change_log(
        &self,
        logged: &Logged,
        log: &CallLog,
    ) -> Result<Amended, DeliveryError> {
        let text = map::description(&log.text);
        let renewed = Logged {
            text: text.to_owned(),
            fields: logged.fields.map(|_| log.fields()),
            ..logged.clone()
        };
        let Ok(id) = numeric(&logged.remote_id) else {
            return Err(DeliveryError::Gone);
        };
        let path = format!("/phone-calls/{id}");
        let look = Ask::get(Class::Log, path.as_str(), "phonecalls.read");
        let (standing, room) = match self.ask_in_turn(look, Turn::Look).await {
            Ok((answer, room)) => {
                let call: api::PhoneCall = read_as(&answer).map_err(Fault::before_write)?;
                (Some(call), room)
            }
            // Somebody deleted the log. The note is still worth keeping, beside it.
            Err(Fault::NotFound { .. }) => (None, None),
            Err(fault) => return Err(fault.before_write()),
        };
        let mut change = match (&standing, logged.fields) {
            (Some(call), Some(wrote)) => map::corrections(call, wrote, log.fields()),
            _ => Map::new(),
        };
        let stands = standing.map(|call| call.description.unwrap_or_default());
        // A try whose answer was lost may have written it already.
        let is_there = |stands: &String| map::same_text(stands, text);
        let is_ours = |stands: &String| map::same_text(stands, &logged.text);
        let done = map::same_text(&logged.text, text) || stands.as_ref().is_some_and(is_there);
        let replaces = !done && stands.as_ref().is_some_and(is_ours);
        if replaces {
            change.insert("description".to_owned(), json!(text));
        }
        if !change.is_empty() {
            let ask = Ask::put(Class::Log, path, "phonecalls.write", change.into());
            let written = self.ask_in_turn(ask, Turn::Write).await;
            written.map_err(Fault::of_write)?;
        }
        drop(room);
        if done || replaces {
            return Ok(Amended::Replaced(renewed));
        }
        self.comment(logged, log, text).await?;
        Ok(Amended::Added(renewed))
    }

    /// Puts what is new beside a log that a person edited.
    async fn comment(
        &self,
        logged: &Logged,
        log: &CallLog,
        text: &str,
    ) -> Result<(), DeliveryError> {
        let added = map::added_lines(&logged.text, text);
        if added.is_empty() {
            return Ok(());
        }
        let mark = format!("{}-{}", log.marker, map::fingerprint(text));
        let main = main_link(&log.target.contact)?;
        if self.has_comment(&main, &mark).await? {
            return Ok(());
        }
        let description = format!("{mark}\n{added}");
        let body = json!({"description": map::description(&description), "related": [main]});
        let ask = Ask::post(Class::Log, "/comments", "comments.write", body);
        self.ask(ask).await.map_err(Fault::of_write)?;
        Ok(())
    }

    /// Whether an earlier try, whose answer was lost, wrote the comment.
    pub(super) async fn has_comment(
        &self,
        main: &api::Link,
        mark: &str,
    ) -> Result<bool, DeliveryError> {
        let body = json!({"filters": {"related_objects": [main]}});
        let ask = Ask::post(Class::Log, "/comments/search", "comments.read", body)
            .with("limit", PAGE)
            .with("order", "id")
            .with("direction", "desc");
        let page: api::Page = self.read(ask).await.map_err(Fault::before_write)?;
        let carries = |comment: &api::Comment| {
            comment
                .description
                .as_deref()
                .is_some_and(|text| text.contains(mark))
        };
        Ok(rows::<api::Comment>(&page).iter().any(carries))
    }

    pub(super) async fn create(&self, new: &NewContact) -> Result<Contact, DeliveryError> {
        let kind = match new.kind {
            ContactKind::Contact => ContactKind::Contact,
            _ => ContactKind::Individual,
        };
        let (first_name, last_name) = map::first_and_last(&new.name);
        let mut body = json!({"last_name": last_name});
        let mut put = |name: &str, value: Option<String>| {
            if let (Some(value), Some(fields)) = (value, body.as_object_mut()) {
                fields.insert(name.to_owned(), json!(value));
            }
        };
        put("first_name", first_name);
        put("email", new.email.clone());
        let field = if is_mobile(&new.number) {
            "mobile_number"
        } else {
            "phone_number"
        };
        put(field, Some(new.number.clone()));
        let (path, scope) = match kind {
            ContactKind::Contact => ("/contacts", "contacts.write"),
            _ => {
                put("type", Some("prospect".to_owned()));
                ("/individuals", "individuals.write")
            }
        };
        let sent = body.clone();
        let answer = self
            .ask(Ask::post(Class::Log, path, scope, body))
            .await
            .map_err(Fault::of_write)?;
        let created: api::Created = read_as(&answer).map_err(Fault::of_write)?;
        // The answer leaves out what was not set, and perhaps more; what was sent is certain.
        let mut row = sent;
        if let Some(fields) = row.as_object_mut() {
            fields.insert("id".to_owned(), json!(created.id));
        }
        let record: api::Record =
            serde_json::from_value(row).map_err(|_| DeliveryError::InDoubt)?;
        let nobody = std::collections::BTreeMap::new();
        let mut contact = self.mapping(&nobody).contact(kind, &record);
        contact.created_at = Some(self.clock.now());
        Ok(contact)
    }

    /// The staff member that logs are written for.
    pub(super) async fn agent(&self) -> Result<i64, DeliveryError> {
        let identity = self.me(Class::Log).await.map_err(before_log)?;
        identity
            .agent
            .as_str()
            .parse()
            .map_err(|_| DeliveryError::NoAdmin)
    }

    pub(super) fn page_of(&self, target: &Target) -> String {
        let at = &target.contact;
        self.links.record(at.kind, target.role, at.id.as_str())
    }
}

/// A failure to learn who the agent is: nothing was written.
fn before_log(error: ReadError) -> DeliveryError {
    match error {
        ReadError::Busy { retry_after } => DeliveryError::Busy { retry_after },
        ReadError::Unauthorized => DeliveryError::Unauthorized,
        ReadError::Forbidden { scope } => DeliveryError::Refused { words: scope },
        ReadError::Refused { words } => DeliveryError::Refused { words },
        ReadError::AgentUnknown => DeliveryError::NoAdmin,
        ReadError::Offline | ReadError::Unreadable | ReadError::Gone | ReadError::CursorLost => {
            DeliveryError::Offline
        }
    }
}

/// Sellsy does not say how it refuses a record that is gone: 404, or 400 naming the field.
fn names_a_missing_record(fault: &Fault) -> bool {
    match fault {
        Fault::NotFound { .. } => true,
        Fault::Refused {
            status: 400,
            fields,
            ..
        } => fields.iter().any(|field| field.starts_with("related")),
        _ => false,
    }
}

/// The kind of record that something hangs on. None for an opportunity.
pub(super) fn kind_of(reference: &api::Reference) -> Option<ContactKind> {
    match reference.kind.as_deref() {
        Some("individual") => Some(ContactKind::Individual),
        Some("contact") => Some(ContactKind::Contact),
        Some("company") => Some(ContactKind::Company),
        _ => None,
    }
}

pub(super) fn main_link(at: &ContactRef) -> Result<api::Link, DeliveryError> {
    let kind = map::kind_word(at.kind).ok_or(DeliveryError::Gone)?;
    link(kind, &at.id).ok_or(DeliveryError::Gone)
}

fn link(kind: &'static str, id: &RemoteId) -> Option<api::Link> {
    Some(api::Link {
        kind,
        id: id.as_str().parse().ok()?,
    })
}

fn is_mobile(number: &str) -> bool {
    let readings = read_stored(number, callside_core::phone_number::Region::FR);
    readings
        .first()
        .and_then(|reading| reading.key.number())
        .is_some_and(|number| number.kind() == NumberKind::Mobile)
}

#[cfg(test)]
mod tests {
    use super::is_mobile;

    #[test]
    fn a_mobile_number_goes_to_the_mobile_field() {
        assert!(is_mobile("+33612345678"));
        assert!(!is_mobile("+33199001234") && !is_mobile("123") && !is_mobile(""));
    }
}
