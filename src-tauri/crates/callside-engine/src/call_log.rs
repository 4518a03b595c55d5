//! From the end of a call to entries of the outbox.
//!
//! The draft is on disk with every change. Filing is one transaction: the call's state and one
//! entry per target. From then on the outbox has it, and only the undo brings it back.

use callside_core::call::{Call, Happening, SourceName};
use callside_core::cloud_call::same_line;
use callside_core::contact::ContactRef;
use callside_core::id::{CallId, ConnectionId};
use callside_core::matching::{Confidence, Match};
use callside_core::outbox::{Delivery, DeliveryError, OutboxEntry, Target};
use callside_core::ports::NewContact;
use callside_core::settings::{Targets, UnknownCallers};
use callside_core::wrap_up::{
    Attachment, Disposition, Draft, DraftRefused, OpportunityChoice, WrapUpState, lacks_tag,
};
use callside_store::{CachedContact, CallRecord, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::engine::Engine;
use crate::events::{Card, EngineEvent};
use crate::live::lock;

/// Why a wrap-up cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum WrapUpError {
    /// Nobody knows this call.
    #[error("wrap up: there is no such call")]
    NoSuchCall,
    /// It was filed or discarded before.
    #[error("wrap up: the call is already filed or discarded")]
    NotOpen,
    /// It is too late for this.
    #[error("undo: the call is already on its way to the CRM")]
    TooLate,
    /// The log is in the CRM already.
    #[error("attach: the call is already in the CRM")]
    AlreadyDelivered,
    /// Nobody has the number, and the settings leave to the agent what happens then.
    #[error("wrap up: nobody has this number, and nobody decided what happens then")]
    Undecided,
    /// The company wants a tag on every talk, and there is none.
    #[error("wrap up: a tag that the company wants is missing")]
    TagMissing,
    /// A piece of the draft was refused.
    #[error(transparent)]
    Draft(#[from] DraftRefused),
    /// The CRM is not signed in, or refused.
    #[error("create contact: the CRM did not take it")]
    Crm(#[source] DeliveryError),
    /// The number has no form that a CRM keeps.
    #[error("create contact: the call has no number to keep")]
    NoNumber,
    /// The journal could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why filing a call sends nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLogged {
    /// No CRM is set up.
    NoConnection,
    /// The settings exclude this line.
    Line,
    /// The settings exclude this softphone.
    Source,
}

/// A change of the draft. None leaves a part as it is.
#[derive(Default, Clone)]
pub struct DraftChange {
    /// Replaces the note.
    pub note: Option<String>,
    /// Replaces the tags.
    pub tags: Option<Vec<String>>,
    /// Replaces the outcome; an empty text takes it away.
    pub disposition: Option<String>,
    /// Replaces the choice of opportunity.
    pub opportunity: Option<OpportunityChoice>,
}

impl Engine {
    /// Changes the draft and returns once the change is on disk, with the draft's revision. After
    /// filing this is a late change, which reaches the log too.
    ///
    /// # Errors
    /// [`WrapUpError`]; the draft is unchanged then.
    pub async fn change_draft(&self, id: &CallId, change: DraftChange) -> Result<u32, WrapUpError> {
        let _turn = self.inner.draft_turn.lock().await;
        let record = self.record(id).await?;
        let mut draft = record.draft.clone();
        apply_change(&mut draft, &change)?;
        let revision = self.inner.store.save_draft(id, &draft).await?;
        if record.wrap_up == WrapUpState::Filed {
            self.inner.outbox_wake.notify_one();
            if draft.tags != record.draft.tags {
                self.send_late_tags(&record).await?;
            }
        }
        if draft.tags != record.draft.tags
            || draft.disposition != record.draft.disposition
            || draft.opportunity != record.draft.opportunity
        {
            self.tell_card(id).await;
        }
        Ok(revision)
    }

    /// The agent says whom the call is about. The choice is remembered for this number.
    ///
    /// # Errors
    /// [`WrapUpError`].
    pub async fn attach(&self, id: &CallId, contact: &ContactRef) -> Result<(), WrapUpError> {
        let _turn = self.inner.draft_turn.lock().await;
        let record = self.record(id).await?;
        self.attach_entries(&record, contact).await?;
        let draft = Draft {
            attachment: Attachment::Chosen {
                contact: contact.clone(),
            },
            opportunity: OpportunityChoice::ByRule,
            ..record.draft.clone()
        };
        self.inner.store.save_draft(id, &draft).await?;
        self.remember(&record.call, contact).await?;
        if let Some(cached) = self.inner.store.contact(contact).await? {
            let name = Some(cached.contact.name.as_str());
            self.inner.store.save_matched_name(id, name).await?;
        }
        self.tell_card(id).await;
        let engine = self.clone();
        let id = id.clone();
        self.spawn(async move { engine.ask_facts(&id).await });
        Ok(())
    }

    /// Back to whoever the best match is; what was remembered for the number is forgotten.
    ///
    /// # Errors
    /// [`WrapUpError`].
    pub async fn detach(&self, id: &CallId) -> Result<(), WrapUpError> {
        let _turn = self.inner.draft_turn.lock().await;
        let record = self.record(id).await?;
        if let Attachment::Chosen { contact } = &record.draft.attachment {
            let key = record.call.remote.keys.iter().find(|r| r.likely);
            if let Some(reading) = key {
                let store = &self.inner.store;
                store
                    .forget_choice(&reading.key, &contact.connection)
                    .await?;
            }
        }
        let draft = Draft {
            attachment: Attachment::Matched,
            opportunity: OpportunityChoice::ByRule,
            ..record.draft.clone()
        };
        self.inner.store.save_draft(id, &draft).await?;
        if let Some(call) = self.live_call(id) {
            self.match_again(&call).await;
        } else {
            self.tell_card(id).await;
        }
        Ok(())
    }

    /// The agent's decision on a number that nobody has: the call is logged once somebody does.
    ///
    /// # Errors
    /// [`WrapUpError`].
    pub async fn log_when_found(&self, id: &CallId) -> Result<(), WrapUpError> {
        let _turn = self.inner.draft_turn.lock().await;
        let record = self.record(id).await?;
        if record.draft.attachment == Attachment::Matched {
            let draft = Draft {
                attachment: Attachment::Awaited,
                ..record.draft.clone()
            };
            self.inner.store.save_draft(id, &draft).await?;
            self.tell_card(id).await;
        }
        Ok(())
    }

    /// Whether filing waits for the agent's word on what happens with a number that nobody has.
    pub fn wants_decision(&self, card: &Card) -> bool {
        let record = &card.record;
        let asks = |connection: &ConnectionId| {
            self.settings().unknown_callers_of(connection) == UnknownCallers::Ask
        };
        record.draft.attachment == Attachment::Matched
            && record.call.remote.number.is_some()
            && self
                .goes_to(card)
                .iter()
                .any(|(connection, targets)| targets.is_empty() && asks(connection))
    }

    /// Whether the company wants a tag on this call before it is filed, and there is none.
    pub fn lacks_tag(&self, record: &CallRecord) -> bool {
        let settings = self.settings();
        let (answered, tags) = (record.call.was_answered(), &record.draft.tags);
        let mut names = record.call.names.iter();
        names.any(|name| lacks_tag(settings.cloud_of(&name.app).required_tags, answered, tags))
    }

    /// Remembers the choice. It settles the order among records that have the number; it never
    /// gives the number to a record that does not have it.
    async fn remember(&self, call: &Call, contact: &ContactRef) -> Result<(), StoreError> {
        let key = call.remote.keys.iter().find(|reading| reading.likely);
        if let Some(reading) = key {
            let now = self.now();
            self.inner
                .store
                .remember_choice(&reading.key, contact, now)
                .await?;
        }
        Ok(())
    }

    /// After filing, an entry of the same connection that is not in the CRM yet takes the new
    /// target.
    async fn attach_entries(
        &self,
        record: &CallRecord,
        contact: &ContactRef,
    ) -> Result<(), WrapUpError> {
        if record.wrap_up != WrapUpState::Filed {
            return Ok(());
        }
        let now = self.now();
        let same = |entry: &&OutboxEntry| entry.connection == contact.connection;
        let here: Vec<_> = record.deliveries.iter().filter(same).collect();
        let has = |entry: &&OutboxEntry| entry.target.as_ref().map(|t| &t.contact) == Some(contact);
        if here.is_empty() || here.iter().any(has) {
            return Ok(());
        }
        let open = |entry: &&&OutboxEntry| entry.delivery.logged.is_none();
        let entry = here.iter().find(open);
        let entry = entry.ok_or(WrapUpError::AlreadyDelivered)?;
        let claim = self.claim(&entry.id).ok_or(WrapUpError::TooLate)?;
        let mut entry = claim.entry().await?.ok_or(WrapUpError::NoSuchCall)?;
        if entry.delivery.logged.is_some() {
            return Err(WrapUpError::AlreadyDelivered);
        }
        entry.target = self.target_of(contact).await?;
        entry.facts = None;
        entry.delivery.wait_now(now);
        self.save_and_tell(&entry).await?;
        self.inner.outbox_wake.notify_one();
        Ok(())
    }

    async fn target_of(&self, contact: &ContactRef) -> Result<Option<Target>, StoreError> {
        let cached = self.inner.store.contact(contact).await?;
        Ok(cached.map(|cached| target(&cached.contact)))
    }

    /// Creates a contact in the CRM for the number of the call, and attaches the call to it.
    ///
    /// # Errors
    /// [`WrapUpError`].
    pub async fn create_contact(
        &self,
        id: &CallId,
        connection: &ConnectionId,
        kind: callside_core::contact::ContactKind,
        name: &str,
    ) -> Result<ContactRef, WrapUpError> {
        let record = self.record(id).await?;
        let number = record.call.remote.number.ok_or(WrapUpError::NoNumber)?;
        let crm = self
            .crm(connection)
            .ok_or(WrapUpError::Crm(DeliveryError::Unauthorized))?;
        let new = NewContact {
            kind,
            name: name.trim().to_owned(),
            number: number.e164(),
            email: None,
        };
        let contact = crm.create_contact(&new).await.map_err(WrapUpError::Crm)?;
        let at = contact.at.clone();
        let region = self.settings().region_of(connection);
        self.inner
            .store
            .upsert_contacts(&[contact], region, self.now())
            .await?;
        if let Some(call) = self.live_call(id) {
            self.match_again(&call).await;
        }
        self.attach(id, &at).await?;
        Ok(at)
    }

    /// Files the call. A call that nobody ended yet ends with it: closing the dialog is how an
    /// agent whose softphone tells nothing says so.
    ///
    /// # Errors
    /// [`WrapUpError`].
    pub async fn file(&self, id: &CallId) -> Result<(), WrapUpError> {
        let record = self.record(id).await?;
        if record.wrap_up != WrapUpState::Open {
            return Err(WrapUpError::NotOpen);
        }
        if self.lacks_tag(&record) {
            return Err(WrapUpError::TagMissing);
        }
        let card = self.card(id).await?;
        if card.is_some_and(|card| self.wants_decision(&card)) {
            return Err(WrapUpError::Undecided);
        }
        if !record.call.is_ended() || !record.call.verified {
            self.vouch(&record.call).await;
        }
        let record = self.record(id).await?;
        let undo = SignedDuration::from_secs(i64::from(self.settings().logging.undo_s));
        self.file_record(&record, undo).await
    }

    /// The agent's own act ends the call and vouches for it.
    async fn vouch(&self, call: &Call) {
        if call.is_ended() {
            let mut call = call.clone();
            call.verified = true;
            lock(&self.inner.live).put(call.clone(), self.now());
            if let Err(error) = self.inner.store.save_call(&call).await {
                self.note_store_error("save a call", &error);
            }
        } else {
            let end = Happening::Ended {
                talk_s: None,
                reason: None,
            };
            self.say(&call.id, end).await;
        }
    }

    /// A missed call files itself: no undo is offered, since nobody acted.
    pub(crate) async fn file_by_itself(&self, record: &CallRecord) -> Result<(), WrapUpError> {
        self.file_record(record, SignedDuration::ZERO).await
    }

    async fn file_record(
        &self,
        record: &CallRecord,
        undo: SignedDuration,
    ) -> Result<(), WrapUpError> {
        let id = &record.call.id;
        let now = self.now();
        let starts_at = now.checked_add(undo).unwrap_or(now);
        let entries = self.entries_for(record, now, starts_at).await?;
        let sends = self.sends_of(record, starts_at);
        match self.inner.store.file_with(id, now, &entries, &sends).await {
            Err(StoreError::AlreadyFiled) => return Err(WrapUpError::NotOpen),
            other => other?,
        }
        if starts_at > now {
            lock(&self.inner.live).offer_undo(id, starts_at);
        }
        self.tell(EngineEvent::Filed(id.clone()));
        for entry in entries {
            self.tell(EngineEvent::Delivery(Box::new(entry)));
        }
        self.tell_card(id).await;
        self.inner.outbox_wake.notify_one();
        for send in sends {
            self.wake_service(&send.source);
        }
        self.listen_after_all(id).await?;
        Ok(())
    }

    /// One entry per target; one without a target for each connection where nobody was found;
    /// none for a line or a softphone whose calls are not to be logged.
    pub(crate) async fn entries_for(
        &self,
        record: &CallRecord,
        now: Timestamp,
        starts_at: Timestamp,
    ) -> Result<Vec<OutboxEntry>, WrapUpError> {
        if self.not_logged(&record.call).is_some() {
            return Ok(Vec::new());
        }
        let matches = self.match_number(&record.call.remote).await?;
        let mut entries = Vec::new();
        for connection in self.known_connections() {
            let targets = self.targets_in(&connection, record, &matches).await?;
            let found = !targets.is_empty();
            let mut slots: Vec<Option<Target>> = targets.into_iter().map(Some).collect();
            if !found {
                slots.push(None);
            }
            for target in slots {
                let facts = match &target {
                    Some(target) => {
                        let id = &record.call.id;
                        self.inner.store.facts(id, &target.contact).await?
                    }
                    None => None,
                };
                entries.push(OutboxEntry {
                    id: self.inner.ids.entry(now),
                    call: record.call.id.clone(),
                    connection: connection.clone(),
                    target,
                    marker: self.inner.ids.marker(now),
                    filed_at: now,
                    facts,
                    delivery: Delivery::filed(starts_at, found),
                });
            }
        }
        Ok(entries)
    }

    /// Why filing this call would send nothing. None when it would.
    pub fn not_logged(&self, call: &Call) -> Option<NotLogged> {
        let settings = self.settings();
        let logging = &settings.logging;
        let skipped = |name: &SourceName| logging.skip_sources.contains(&name.app);
        let line = call.line.as_ref();
        let off_line =
            !logging.lines.is_empty() && !line.is_some_and(|line| logging.lines.contains(line));
        let elsewhere = |name: &SourceName| {
            let lines = settings.cloud_of(&name.app).lines;
            let is_one = |line: &String| lines.iter().any(|own| same_line(own, line));
            !lines.is_empty() && !line.is_some_and(is_one)
        };
        let skipped_line = line.is_some_and(|line| logging.skip_lines.contains(line));
        if call.names.iter().any(skipped) {
            Some(NotLogged::Source)
        } else if off_line || skipped_line || call.names.iter().any(elsewhere) {
            Some(NotLogged::Line)
        } else if self.known_connections().is_empty() {
            Some(NotLogged::NoConnection)
        } else {
            None
        }
    }

    /// Where filing would write now, from what the card shows: per connection the records, none
    /// while nobody is found.
    pub fn goes_to(&self, card: &Card) -> Vec<(ConnectionId, Vec<Target>)> {
        if self.not_logged(&card.record.call).is_some() {
            return Vec::new();
        }
        let most = self.most_targets();
        let chosen = match &card.record.draft.attachment {
            Attachment::Chosen { contact } => Some(contact),
            Attachment::Matched | Attachment::Awaited => None,
        };
        let targets = |connection: &ConnectionId| -> Vec<Target> {
            let here = card
                .matches
                .iter()
                .filter(|m| &m.contact.at.connection == connection)
                .filter(|m| m.confidence == Confidence::Exact);
            match chosen.filter(|at| &at.connection == connection) {
                Some(at) => here
                    .filter(|m| &m.contact.at == at)
                    .map(|m| target(&m.contact))
                    .collect(),
                None => here.take(most).map(|m| target(&m.contact)).collect(),
            }
        };
        self.known_connections()
            .into_iter()
            .map(|connection| (connection.clone(), targets(&connection)))
            .collect()
    }

    fn most_targets(&self) -> usize {
        match self.settings().logging.targets {
            Targets::Best => 1,
            Targets::All => usize::MAX,
        }
    }

    /// The records of one connection on which a call is to be logged.
    pub(crate) async fn targets_in(
        &self,
        connection: &ConnectionId,
        record: &CallRecord,
        matches: &[Match],
    ) -> Result<Vec<Target>, StoreError> {
        if let Attachment::Chosen { contact } = &record.draft.attachment
            && &contact.connection == connection
        {
            return Ok(self.target_of(contact).await?.into_iter().collect());
        }
        let here = matches
            .iter()
            .filter(|m| m.confidence == Confidence::Exact)
            .filter(|m| &m.contact.at.connection == connection);
        Ok(here
            .take(self.most_targets())
            .map(|m| target(&m.contact))
            .collect())
    }

    /// Takes a filing or a discarding back.
    ///
    /// # Errors
    /// [`WrapUpError::TooLate`] once anything was sent.
    pub async fn undo(&self, id: &CallId) -> Result<(), WrapUpError> {
        if !self.inner.store.reopen(id).await? {
            return Err(WrapUpError::TooLate);
        }
        lock(&self.inner.live).take_undo(id);
        self.inner.store.set_aside(id, false).await?;
        self.tell(EngineEvent::Unfiled(id.clone()));
        self.tell_card(id).await;
        Ok(())
    }

    /// The agent does not want this call logged.
    ///
    /// # Errors
    /// [`WrapUpError::NotOpen`] when it is filed already.
    pub async fn discard(&self, id: &CallId) -> Result<(), WrapUpError> {
        let record = self.record(id).await?;
        if record.wrap_up != WrapUpState::Open {
            return Err(WrapUpError::NotOpen);
        }
        self.inner.store.discard(id).await?;
        let now = self.now();
        let undo = SignedDuration::from_secs(i64::from(self.settings().logging.undo_s));
        let until = now.checked_add(undo).unwrap_or(now);
        lock(&self.inner.live).offer_undo(id, until);
        self.tell_card(id).await;
        Ok(())
    }

    /// Puts an unfinished wrap-up into the tray, or takes it out again.
    ///
    /// # Errors
    /// [`WrapUpError`].
    pub async fn put_aside(&self, id: &CallId, aside: bool) -> Result<(), WrapUpError> {
        self.record(id).await?;
        self.inner.store.set_aside(id, aside).await?;
        self.tell_card(id).await;
        Ok(())
    }

    pub(crate) fn live_call(&self, id: &CallId) -> Option<Call> {
        lock(&self.inner.live).call(id).cloned()
    }

    pub(crate) async fn record(&self, id: &CallId) -> Result<CallRecord, WrapUpError> {
        if let Some(record) = self.inner.store.call(id).await? {
            return Ok(record);
        }
        // A card is up before its call is on disk. Whoever is that quick waits for the disk.
        if self.live_call(id).is_none() {
            return Err(WrapUpError::NoSuchCall);
        }
        drop(self.inner.turn.lock().await);
        let record = self.inner.store.call(id).await?;
        record.ok_or(WrapUpError::NoSuchCall)
    }
}

fn apply_change(draft: &mut Draft, change: &DraftChange) -> Result<(), DraftRefused> {
    if let Some(note) = &change.note {
        draft.set_note(note)?;
    }
    if let Some(tags) = &change.tags {
        draft.set_tags(tags.iter().map(String::as_str))?;
    }
    match change.disposition.as_deref() {
        None => {}
        Some("") => draft.disposition = None,
        Some(word) => draft.disposition = Some(Disposition::parse(word)?),
    }
    if let Some(opportunity) = &change.opportunity {
        draft.opportunity = opportunity.clone();
    }
    Ok(())
}

pub(crate) fn target(contact: &callside_core::contact::Contact) -> Target {
    Target {
        contact: contact.at.clone(),
        name: contact.name.clone(),
        role: contact.role,
    }
}

/// A record the agent attached by hand, as a match for the card.
pub(crate) fn attached_match(cached: CachedContact) -> Match {
    Match {
        field: callside_core::contact::PhoneField::Phone,
        rule: "chosen".into(),
        stored_text: String::new(),
        confidence: Confidence::Exact,
        synced_at: cached.synced_at,
        remembered: true,
        contact: cached.contact,
    }
}
