//! From a telephony event to a card.
//!
//! While the phone rings nothing is asked of the network: the card is told of as soon as the
//! match index has answered, and is on disk right after. Only then the CRM is asked for what the
//! cache does not hold, and the card is told of again.

use std::collections::BTreeMap;
use std::time::Instant;

use callside_core::call::{Applied, Call, CallEvent, Correlation, Happening, Opening, correlate};
use callside_core::contact::{ContactRef, Role};
use callside_core::id::CallId;
use callside_core::insight::{LiveFacts, OpportunityOwner, opportunity_owner};
use callside_core::matching::{Confidence, Match, rank};
use callside_core::phone_number::{NumberKey, RemoteNumber, read_remote};
use callside_core::settings::Missed;
use callside_core::wrap_up::{Attachment, WrapUpState};
use callside_store::{CallRecord, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::engine::Engine;
use crate::events::{Card, EngineEvent, FactsState};
use crate::live::lock;

/// How many earlier calls a card lists.
pub(crate) const EARLIER_CALLS: u32 = 5;
/// How long facts asked live are good for the next call of the same contact.
const FACTS_FRESH: SignedDuration = SignedDuration::from_mins(3);
/// An end that came before its call is remembered this long.
const EARLY_END: SignedDuration = SignedDuration::from_mins(1);
/// A call that an earlier run left open longer ago than this is over.
const LEFT_OPEN: SignedDuration = SignedDuration::from_hours(4);

/// Facts asked lately, by contact.
pub(crate) type FactsCache = BTreeMap<ContactRef, (Timestamp, LiveFacts)>;

/// The answer to "who is this".
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The number as it was understood.
    pub number: RemoteNumber,
    /// Who it may be, best first.
    pub matches: Vec<Match>,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
}

impl Engine {
    /// Who is this? Reads the text as telephony would write it and asks the local copy only.
    ///
    /// # Errors
    /// [`StoreError`] when the databases cannot be read.
    pub async fn lookup(&self, text: &str) -> Result<Lookup, StoreError> {
        let began = Instant::now();
        let number = read_remote(text, self.settings().region);
        let matches = self.match_number(&number).await?;
        let elapsed_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(Lookup {
            number,
            matches,
            elapsed_us,
        })
    }

    /// Everybody the number may be, best first.
    pub(crate) async fn match_number(
        &self,
        number: &RemoteNumber,
    ) -> Result<Vec<Match>, StoreError> {
        let keys: Vec<NumberKey> = number.keys.iter().map(|r| r.key.clone()).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let store = &self.inner.store;
        let candidates = store.candidates(&keys).await?;
        // A choice settles the order among several; most callers are one, and their card need not
        // wait for a second question.
        let remembered = match candidates.len() {
            0 | 1 => Vec::new(),
            _ => store.remembered(&keys).await?,
        };
        let settings = self.settings();
        Ok(rank(
            number,
            candidates,
            &settings.crm.order,
            &settings.kind_order(),
            &remembered,
        ))
    }

    pub(crate) async fn take_event(&self, event: CallEvent) {
        let _turn = self.inner.turn.lock().await;
        self.note_end_told(&event);
        let region = self.settings().region;
        let remote = event
            .remote
            .as_deref()
            .map(|text| read_remote(text, region));
        let correlation = {
            let live = lock(&self.inner.live);
            correlate(&event, remote.as_ref(), live.calls())
        };
        match correlation {
            Correlation::Known(id) => self.continue_call(&id, &event, remote).await,
            Correlation::New => self.open_call(&event, remote).await,
            Correlation::Stray => self.remember_early_end(&event),
        }
    }

    async fn open_call(&self, event: &CallEvent, remote: Option<RemoteNumber>) {
        let opening = Opening {
            id: self.inner.ids.call(self.now()),
            remote: remote.unwrap_or_else(RemoteNumber::withheld),
            confirmed: true,
        };
        let mut call = Call::open(opening, event);
        if self.take_early_end(event) {
            let end = CallEvent {
                happening: Happening::Ended {
                    talk_s: None,
                    reason: None,
                },
                ..event.clone()
            };
            // An end is refused by no state.
            let _ = call.apply(&end);
        }
        self.pop(call).await;
    }

    /// Shows a new call and puts it on disk.
    pub(crate) async fn pop(&self, call: Call) {
        let id = call.id.clone();
        let (matches, earlier) = tokio::join!(
            self.match_number(&call.remote),
            self.inner.store.earlier_calls(&call.remote, EARLIER_CALLS)
        );
        let matches = matches.unwrap_or_else(|error| {
            self.note_store_error("match a number", &error);
            Vec::new()
        });
        {
            let mut live = lock(&self.inner.live);
            live.put(call.clone(), self.now());
            let found = live.found_mut(&id);
            found.matches = matches;
            found.earlier = earlier.unwrap_or_default();
        }
        self.tell_card_of_new(&call);
        self.save_call(&call, false).await;
        self.save_matched_name(&id).await;
        if call.is_ended() {
            self.after_end(&call).await;
        }
        self.ask_live(&call);
    }

    fn tell_card_of_new(&self, call: &Call) {
        let record = CallRecord {
            call: call.clone(),
            draft: callside_core::wrap_up::Draft::default(),
            revision: 0,
            wrap_up: WrapUpState::Open,
            filed_at: None,
            deliveries: Vec::new(),
            set_aside: false,
            facts: None,
            matched_name: None,
            cloud: None,
            cloud_sends: Vec::new(),
        };
        self.tell(EngineEvent::Card(Box::new(self.card_of(record))));
    }

    /// Lets an event act on a call. The caller holds the turn.
    pub(crate) async fn continue_call(
        &self,
        id: &CallId,
        event: &CallEvent,
        remote: Option<RemoteNumber>,
    ) {
        let Some(mut call) = lock(&self.inner.live).call(id).cloned() else {
            return;
        };
        if call.verified && !event.verified {
            tracing::info!("dropped an unverified event about a verified call");
            return;
        }
        let before = call.clone();
        let applied = match call.apply(event) {
            Ok(applied) => applied,
            Err(error) => {
                tracing::info!(%error, "dropped a telephony event");
                return;
            }
        };
        let named_now = remote.filter(|remote| !remote.is_withheld() && call.remote.is_withheld());
        let renamed = named_now.is_some();
        if let Some(remote) = named_now {
            call.remote = remote;
        }
        if applied == Applied::Nothing && !renamed {
            return;
        }
        lock(&self.inner.live).put(call.clone(), self.now());
        if renamed {
            self.match_again(&call).await;
        }
        self.save_call(&call, !before.confirmed).await;
        if call.is_ended() && !before.is_ended() {
            self.after_end(&call).await;
        }
        if applied == Applied::Corrected {
            // A log that was written already is corrected, too.
            if let Err(error) = self.inner.store.renew_log(id).await {
                self.note_store_error("correct a log", &error);
            }
            self.tell(EngineEvent::Call(Box::new(call)));
            self.inner.outbox_wake.notify_one();
        } else {
            self.tell_card(id).await;
        }
    }

    /// [`Engine::continue_call`] for an event that names no number. The caller holds the turn.
    pub(crate) async fn continue_known(&self, id: &CallId, event: &CallEvent) {
        self.continue_call(id, event, None).await;
    }

    /// The agent, or a button for phones that tell nothing, says what happened to a call.
    pub async fn say(&self, id: &CallId, happening: Happening) {
        let Some(call) = lock(&self.inner.live).call(id).cloned() else {
            return;
        };
        let Some(name) = call.names.first().cloned() else {
            return;
        };
        let event = CallEvent {
            app: name.app,
            app_call_id: name.app_call_id,
            happening,
            direction: Some(call.direction),
            remote: None,
            line: None,
            name: None,
            at: self.now(),
            verified: true,
        };
        let _turn = self.inner.turn.lock().await;
        self.continue_call(id, &event, None).await;
    }

    async fn after_end(&self, call: &Call) {
        if call.was_answered() || !call.verified {
            return;
        }
        match self.settings().logging.missed {
            Missed::Auto => self.file_missed_later(call),
            Missed::Leave => {
                if let Err(error) = self.inner.store.discard(&call.id).await {
                    self.note_store_error("leave a missed call", &error);
                }
            }
            Missed::Ask => {}
        }
    }

    async fn save_call(&self, call: &Call, dialled_here: bool) {
        if let Err(error) = self.inner.store.save_call(call).await {
            self.note_store_error("save a call", &error);
        }
        self.plan_follow_up(call, dialled_here).await;
        self.tell(EngineEvent::Call(Box::new(call.clone())));
    }

    async fn save_matched_name(&self, id: &CallId) {
        let name = {
            let live = lock(&self.inner.live);
            live.found(id)
                .and_then(|found| best(&found.matches))
                .map(|m| m.contact.name.clone())
        };
        if let Err(error) = self
            .inner
            .store
            .save_matched_name(id, name.as_deref())
            .await
        {
            self.note_store_error("save a name", &error);
        }
    }

    /// Matches a call anew and tells its card, after a sync or a changed number.
    pub(crate) async fn match_again(&self, call: &Call) {
        match self.match_number(&call.remote).await {
            Ok(matches) => lock(&self.inner.live).found_mut(&call.id).matches = matches,
            Err(error) => self.note_store_error("match a number", &error),
        }
        self.save_matched_name(&call.id).await;
        self.tell_card(&call.id).await;
        self.ask_live(call);
        self.show_at_service_soon(call);
    }

    /// Asks the CRM for what the cache does not hold, behind the card.
    fn ask_live(&self, call: &Call) {
        if call.remote.is_withheld() {
            return;
        }
        let engine = self.clone();
        let id = call.id.clone();
        let unknown = lock(&self.inner.live)
            .found(&id)
            .is_none_or(|found| best(&found.matches).is_none());
        if unknown {
            self.refresh_soon();
        } else if !call.is_ended() {
            self.spawn(async move { engine.ask_facts(&id).await });
        }
    }

    /// Asks for the companies and opportunities of the record that a card shows.
    pub(crate) async fn ask_facts(&self, id: &CallId) {
        let Ok(Some(card)) = self.card(id).await else {
            return;
        };
        let Some(shown) = card.shown_match() else {
            return;
        };
        let at = shown.contact.at.clone();
        let role = shown.contact.role;
        if matches!(card.facts, FactsState::Known(_) | FactsState::Asking)
            || opportunity_owner(&shown.contact) == OpportunityOwner::Nobody
        {
            return;
        }
        self.put_facts(id, &at, FactsState::Asking);
        let state = match self.live_facts(&at, role).await {
            Some(facts) => {
                if let Err(error) = self.inner.store.save_facts(id, &at, &facts).await {
                    self.note_store_error("save live facts", &error);
                }
                FactsState::Known(facts)
            }
            None => FactsState::Unavailable,
        };
        self.put_facts(id, &at, state);
        self.tell_card(id).await;
    }

    async fn live_facts(&self, at: &ContactRef, role: Option<Role>) -> Option<LiveFacts> {
        let now = self.now();
        let fresh = {
            let mut cache = lock(&self.inner.facts_cache);
            cache.retain(|_, (asked, _)| now.duration_since(*asked).abs() < FACTS_FRESH);
            cache.get(at).map(|(_, facts)| facts.clone())
        };
        if fresh.is_some() {
            return fresh;
        }
        let crm = self.crm(&at.connection)?;
        match crm.live_facts(at, role).await {
            Ok(facts) => {
                lock(&self.inner.facts_cache).insert(at.clone(), (now, facts.clone()));
                Some(facts)
            }
            Err(error) => {
                tracing::info!(%error, "no live facts for a card");
                self.note_read_error(&at.connection, &error);
                None
            }
        }
    }

    fn put_facts(&self, id: &CallId, at: &ContactRef, state: FactsState) {
        lock(&self.inner.live)
            .found_mut(id)
            .facts
            .insert(at.clone(), state);
        self.inner.facts_told.notify_waiters();
    }

    /// What a window shows of a call. None for a call nobody knows.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn card(&self, id: &CallId) -> Result<Option<Card>, StoreError> {
        let Some(record) = self.inner.store.call(id).await? else {
            return Ok(None);
        };
        let known = lock(&self.inner.live).found(id).is_some();
        if !known {
            let (matches, earlier) = tokio::try_join!(
                self.match_number(&record.call.remote),
                self.inner
                    .store
                    .earlier_calls(&record.call.remote, EARLIER_CALLS)
            )?;
            let mut live = lock(&self.inner.live);
            let found = live.found_mut(id);
            found.matches = matches;
            found.earlier = earlier;
        }
        let mut card = self.card_of(record);
        self.add_chosen(&mut card).await?;
        if let (FactsState::NotAsked, Some(at)) = (&card.facts, card.shown.as_ref())
            && let Some(facts) = self.inner.store.facts(id, at).await?
        {
            card.facts = FactsState::Known(facts);
        }
        Ok(Some(card))
    }

    fn card_of(&self, record: CallRecord) -> Card {
        let now = self.now();
        let live = lock(&self.inner.live);
        let found = live.found(&record.call.id).cloned().unwrap_or_default();
        let shown = match &record.draft.attachment {
            Attachment::Chosen { contact } => Some(contact.clone()),
            Attachment::Matched | Attachment::Awaited => {
                best(&found.matches).map(|m| m.contact.at.clone())
            }
        };
        let facts = shown
            .as_ref()
            .and_then(|at| found.facts.get(at).cloned())
            .unwrap_or(FactsState::NotAsked);
        let own = &record.call.id;
        Card {
            undo_until: live.undo_until(own, now),
            matches: found.matches,
            earlier: found.earlier.into_iter().filter(|e| &e.id != own).collect(),
            shown,
            facts,
            record,
        }
    }

    /// A record that the agent attached by hand is shown although its number differs.
    async fn add_chosen(&self, card: &mut Card) -> Result<(), StoreError> {
        let Some(at) = card.shown.clone() else {
            return Ok(());
        };
        if card.matches.iter().any(|m| m.contact.at == at) {
            return Ok(());
        }
        if let Some(cached) = self.inner.store.contact(&at).await? {
            card.matches
                .insert(0, crate::call_log::attached_match(cached));
        }
        Ok(())
    }

    pub(crate) async fn tell_card(&self, id: &CallId) {
        match self.card(id).await {
            Ok(Some(card)) => self.tell(EngineEvent::Card(Box::new(card))),
            Ok(None) => {}
            Err(error) => self.note_store_error("read a call", &error),
        }
    }

    /// The calls of the moment: those under way and those that ended within a day.
    pub fn live_calls(&self) -> Vec<Call> {
        lock(&self.inner.live).calls().to_vec()
    }

    /// The cards that a card window shows: calls under way, then wrap-ups not put aside, newest
    /// first.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read.
    pub async fn cards(&self) -> Result<Vec<Card>, StoreError> {
        let open: Vec<CallId> = {
            let live = lock(&self.inner.live);
            live.calls()
                .iter()
                .filter(|call| !call.is_ended())
                .map(|call| call.id.clone())
                .collect()
        };
        let mut cards = Vec::new();
        for id in open {
            cards.extend(self.card(&id).await?);
        }
        for record in self.inner.store.wrap_ups_at_hand().await? {
            cards.extend(self.card(&record.call.id).await?);
        }
        cards.sort_by(|a, b| {
            let key = |card: &Card| (!card.record.call.is_ended(), card.record.call.started_at);
            key(b).cmp(&key(a))
        });
        cards.dedup_by(|a, b| a.record.call.id == b.record.call.id);
        Ok(cards)
    }

    /// Calls that the last run left behind: open ones stay open for a while, since the softphone
    /// may still speak of them; older ones are over.
    pub(crate) async fn resume_calls(&self) -> Result<(), StoreError> {
        let now = self.now();
        let since = now
            .checked_sub(SignedDuration::from_hours(24))
            .unwrap_or(now);
        for mut call in self.inner.store.recent_calls(since).await? {
            let silent = now.duration_since(call.last_event_at);
            if !call.is_ended() && silent > LEFT_OPEN {
                let end = CallEvent {
                    app: "callside".into(),
                    app_call_id: None,
                    happening: Happening::Ended {
                        talk_s: None,
                        reason: None,
                    },
                    direction: None,
                    remote: None,
                    line: None,
                    name: None,
                    at: call.last_event_at,
                    verified: false,
                };
                let _ = call.apply(&end);
                self.inner.store.save_call(&call).await?;
            }
            lock(&self.inner.live).put(call, now);
        }
        for record in self.inner.store.wrap_ups_at_hand().await? {
            let call = &record.call;
            let missed = self.settings().logging.missed;
            if !call.was_answered() && call.verified && missed == Missed::Auto {
                self.file_missed_later(call);
            }
        }
        Ok(())
    }

    fn remember_early_end(&self, event: &CallEvent) {
        tracing::debug!("a telephony event belongs to no call");
        let now = self.now();
        let mut ends = lock(&self.inner.early_ends);
        ends.retain(|_, at| now.duration_since(*at).abs() < EARLY_END);
        if let (Happening::Ended { .. }, Some(id)) = (&event.happening, &event.app_call_id) {
            ends.insert((event.app.clone(), id.clone()), now);
        }
    }

    fn take_early_end(&self, event: &CallEvent) -> bool {
        let Some(id) = &event.app_call_id else {
            return false;
        };
        lock(&self.inner.early_ends)
            .remove(&(event.app.clone(), id.clone()))
            .is_some()
    }
}

/// The best match that may name the caller.
pub(crate) fn best(matches: &[Match]) -> Option<&Match> {
    matches.iter().find(|m| m.confidence == Confidence::Exact)
}
