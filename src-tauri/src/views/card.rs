//! The card as its window shows it: everything is decided here, the window only paints.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use callside_core::call::{Call, CallState};
use callside_core::contact::{Company, ContactKind, Opportunity};
use callside_core::id::CallId;
use callside_core::insight::{
    EarlierCall, LiveFacts, OpportunityOwner, OpportunityRule, opportunity_owner, pick_opportunity,
};
use callside_core::links::DialWarning;
use callside_core::outbox::Target;
use callside_core::ports::TelephonyState;
use callside_core::settings::Missed;
use callside_core::wrap_up::{Attachment, WrapUpState};
use callside_engine::Engine;
use callside_engine::call_log::NotLogged;
use callside_engine::connections::ConnectionState;
use callside_engine::dialing::{FIRST_LOOK, Origin};
use callside_engine::events::{Card, FactsState, PendingDial};
use jiff::{SignedDuration, Timestamp};

use crate::shapes;
use crate::text::{Text, crm_name};
use crate::views::people;
use crate::wire::{
    CardState, CardView, CompanyView, CreatableView, DialRefusalWord, DialRequestView,
    DialWarningWord, DraftView, EarlierCallView, FilingView, GoesToView, LiveView, LiveWord,
    MissingWord, MoodWord, NotLoggedWord, OpportunityView, RequestFromWord, UndoView, WhoWord,
};

/// A call that was never answered files itself this long after its end.
const FILES_ITSELF: SignedDuration = SignedDuration::from_mins(1);

/// Softphones that tell of every step of a call.
const TELL_EVERYTHING: [&str; 4] = ["baresip", "aircall", "allo", "sample"];

/// What the card window shows, kept so that an event can be painted without asking the store.
#[derive(Default)]
pub struct CardDesk {
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    revision: u32,
    cards: BTreeMap<CallId, Card>,
    undo: BTreeMap<CallId, (Card, Timestamp)>,
    /// Calls that the agent sent away, each with the state in which it did. The next state brings
    /// the card back.
    away: BTreeMap<CallId, CallState>,
}

impl CardDesk {
    /// Takes a card that opened or changed. Filed, discarded and set-aside ones leave the window;
    /// the first two may be undone for a while.
    pub fn put(&self, card: Card) {
        let mut shown = self.lock();
        let id = card.record.call.id.clone();
        let open = card.record.wrap_up == WrapUpState::Open;
        let aside = card.record.set_aside && card.record.call.is_ended();
        match card.undo_until {
            Some(until) if !open => {
                shown.cards.remove(&id);
                shown.undo.insert(id, (card, until));
            }
            _ if open && !aside => {
                shown.undo.remove(&id);
                shown.cards.insert(id, card);
            }
            _ => {
                shown.cards.remove(&id);
                shown.undo.remove(&id);
            }
        }
        shown.revision += 1;
    }

    /// The agent does not want to see this call now. False when it is over: then it is a wrap-up
    /// to be put aside.
    pub fn send_away(&self, id: &CallId) -> bool {
        let mut shown = self.lock();
        let Some(state) = shown.cards.get(id).map(|card| card.record.call.state) else {
            return false;
        };
        if state == CallState::Ended {
            return false;
        }
        shown.away.insert(id.clone(), state);
        shown.revision += 1;
        true
    }

    /// Brings everything back that was sent away.
    pub fn bring_back(&self) {
        let mut shown = self.lock();
        shown.away.clear();
        shown.revision += 1;
    }

    /// Forgets everything; another app takes over, or events were missed.
    pub fn clear(&self) {
        let mut shown = self.lock();
        shown.cards.clear();
        shown.undo.clear();
        shown.revision += 1;
    }

    /// Something that is not a card changed.
    pub fn touch(&self) {
        self.lock().revision += 1;
    }

    /// Whether anything is to be seen.
    pub fn is_empty(&self, engine: &Engine) -> bool {
        let now = engine.now();
        let shown = self.lock();
        shown.visible().is_empty()
            && !shown.undo.values().any(|(_, until)| *until > now)
            && engine.pending_dial().is_none()
    }

    /// When the next undo ends.
    pub fn next_undo_end(&self) -> Option<Timestamp> {
        self.lock().undo.values().map(|(_, until)| *until).min()
    }

    /// Whether a call rings or is under way.
    pub fn busy(&self) -> (bool, bool) {
        let shown = self.lock();
        let any = |wanted: &[CallState]| {
            shown
                .cards
                .values()
                .any(|card| wanted.contains(&card.record.call.state))
        };
        (
            any(&[CallState::Ringing]),
            any(&[CallState::Answered, CallState::Held]),
        )
    }

    /// All that the window shows.
    pub fn state(&self, engine: &Engine, text: &Text) -> CardState {
        let now = engine.now();
        let mut shown = self.lock();
        shown.undo.retain(|_, (_, until)| *until > now);
        let mut cards = shown.visible();
        cards.sort_by_key(|card| (card.record.call.started_at, card.record.call.id.clone()));
        CardState {
            revision: shown.revision,
            front: front(&cards),
            cards: cards.iter().map(|card| view(card, engine, text)).collect(),
            dial_request: engine
                .pending_dial()
                .map(|pending| dial_request(&pending, engine, text)),
            undo: shown
                .undo
                .values()
                .map(|(card, until)| undo(card, *until, engine))
                .collect(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn visible(&self) -> Vec<&Card> {
        let away = |card: &&Card| {
            let call = &card.record.call;
            self.away.get(&call.id) != Some(&call.state)
        };
        self.cards.values().filter(away).collect()
    }
}

/// A call under way stands before a wrap-up; among calls the newest; among wrap-ups the newest.
fn front(cards: &[&Card]) -> Option<String> {
    let rank = |card: &&&Card| (!card.record.call.is_ended(), card.record.call.started_at);
    let first = cards.iter().max_by_key(rank)?;
    Some(first.record.call.id.as_str().to_owned())
}

fn undo(card: &Card, until: Timestamp, engine: &Engine) -> UndoView {
    let name = card
        .shown_match()
        .map(|m| m.contact.name.clone())
        .unwrap_or_else(|| {
            people::number(&card.record.call.remote, engine.settings().region).display
        });
    UndoView {
        call: card.record.call.id.as_str().to_owned(),
        name,
        until: until.to_string(),
        goes_to: goes_to(card, engine),
        discarded: card.record.wrap_up == WrapUpState::Discarded,
    }
}

/// One call on the card.
pub fn view(card: &Card, engine: &Engine, text: &Text) -> CardView {
    let settings = engine.settings();
    let call = &card.record.call;
    let (matches, could_be) = people::split_matches(&card.matches, settings.region, text);
    let chosen = card.shown.as_ref().and_then(|at| {
        let key = people::key(at);
        matches.iter().position(|m| m.contact.at == key)
    });
    let source = call.names.first().map_or("", |name| name.app.as_str());
    CardView {
        call: shapes::call(&card.record, text),
        mood: mood(call),
        source_name: people::source_name(source, text),
        number: people::number(&call.remote, settings.region),
        caller_name: call.caller_name.clone(),
        verified: call.verified,
        who: who(call, chosen, &could_be),
        chosen: chosen.and_then(|index| u32::try_from(index).ok()),
        matches,
        could_be,
        live: live(card, settings.crm.sellsy.opportunity),
        earlier: card.earlier.iter().map(earlier).collect(),
        draft: draft(card),
        filing: filing(card, engine),
        creatable: creatable(engine),
        tells_nothing: !call.is_ended() && !TELL_EVERYTHING.contains(&source),
    }
}

fn mood(call: &Call) -> MoodWord {
    match call.state {
        CallState::Ringing => MoodWord::Ringing,
        CallState::Dialing if call.confirmed => MoodWord::Dialing,
        CallState::Dialing => MoodWord::HandedOver,
        CallState::Answered => MoodWord::Talking,
        CallState::Held => MoodWord::Held,
        CallState::Ended => MoodWord::WrapUp,
    }
}

fn who(call: &Call, chosen: Option<usize>, could_be: &[crate::wire::MatchView]) -> WhoWord {
    if call.remote.is_withheld() && chosen.is_none() {
        WhoWord::Withheld
    } else if chosen.is_some() {
        WhoWord::Known
    } else if could_be.is_empty() {
        WhoWord::Unknown
    } else {
        WhoWord::CouldBe
    }
}

fn live(card: &Card, rule: OpportunityRule) -> LiveView {
    let owner = card
        .shown_match()
        .map_or(OpportunityOwner::Nobody, |m| opportunity_owner(&m.contact));
    let nothing = LiveFacts::default();
    let (state, facts) = match (&card.facts, owner) {
        (_, OpportunityOwner::Nobody) => (LiveWord::Nothing, &nothing),
        (FactsState::NotAsked, _) => (LiveWord::Nothing, &nothing),
        (FactsState::Asking, _) => (LiveWord::Asking, &nothing),
        (FactsState::Known(facts), _) => (LiveWord::Known, facts),
        (FactsState::Unavailable, _) => (LiveWord::Unavailable, &nothing),
    };
    let choice = &card.record.draft.opportunity;
    let picked = pick_opportunity(&facts.opportunities, rule, choice);
    LiveView {
        state,
        wants_opportunity: owner != OpportunityOwner::Nobody,
        wants_company: owner == OpportunityOwner::ItsCompany,
        companies: facts.companies.iter().map(company).collect(),
        opportunities: facts.opportunities.iter().map(opportunity).collect(),
        picked: picked.map(|o| o.id.as_str().to_owned()),
    }
}

fn company(company: &Company) -> CompanyView {
    CompanyView {
        id: company.id.as_str().to_owned(),
        name: company.name.clone(),
        role: company.role.map(people::role),
        has_page: company.url.is_some(),
    }
}

fn opportunity(opportunity: &Opportunity) -> OpportunityView {
    OpportunityView {
        id: opportunity.id.as_str().to_owned(),
        name: opportunity.name.clone(),
        stage: opportunity.stage.clone(),
        amount: opportunity.amount.clone(),
        currency: opportunity.currency.clone(),
        has_page: opportunity.url.is_some(),
    }
}

/// An earlier call with the same number.
fn earlier(call: &EarlierCall) -> EarlierCallView {
    EarlierCallView {
        id: call.id.as_str().to_owned(),
        direction: shapes::direction(call.direction),
        end_reason: call.end_reason.map(shapes::end_reason),
        started_at: call.started_at.to_string(),
        duration_s: call.talk_s,
        note: call.note.clone(),
        tags: call.tags.clone(),
    }
}

fn draft(card: &Card) -> DraftView {
    let draft = &card.record.draft;
    DraftView {
        revision: card.record.revision,
        note: draft.note.clone(),
        tags: draft
            .tags
            .iter()
            .map(|tag| tag.as_str().to_owned())
            .collect(),
        disposition: draft.disposition.as_ref().map(|d| d.as_str().to_owned()),
        contact_chosen: matches!(draft.attachment, Attachment::Chosen { .. }),
    }
}

/// What filing would do now.
pub fn filing(card: &Card, engine: &Engine) -> FilingView {
    let record = &card.record;
    let call = &record.call;
    let mut missing = Vec::new();
    let undecided = engine.wants_decision(card);
    let awaited = record.draft.attachment == Attachment::Awaited;
    if undecided {
        missing.push(MissingWord::Decision);
    } else if card.shown.is_none() && !call.remote.is_withheld() && !awaited {
        missing.push(if card.matches.is_empty() {
            MissingWord::Contact
        } else {
            MissingWord::Choice
        });
    }
    if record.draft.disposition.is_none() && call.was_answered() {
        missing.push(MissingWord::Disposition);
    }
    if record.draft.note.trim().is_empty() && call.was_answered() {
        missing.push(MissingWord::Note);
    }
    let lacks_tag = engine.lacks_tag(record);
    if lacks_tag {
        missing.push(MissingWord::Tag);
    }
    FilingView {
        can_file: record.wrap_up == WrapUpState::Open && !undecided && !lacks_tag,
        missing,
        goes_to: goes_to(card, engine),
        not_logged: engine.not_logged(call).map(not_logged),
        files_itself_at: files_itself_at(card, engine).map(|at| at.to_string()),
    }
}

fn not_logged(reason: NotLogged) -> NotLoggedWord {
    match reason {
        NotLogged::NoConnection => NotLoggedWord::NoConnection,
        NotLogged::Line => NotLoggedWord::Line,
        NotLogged::Source => NotLoggedWord::Source,
    }
}

fn files_itself_at(card: &Card, engine: &Engine) -> Option<Timestamp> {
    let record = &card.record;
    let call = &record.call;
    let given = record.cloud.as_ref().map(|notes| notes.tags.as_slice());
    let untouched =
        record.draft.is_untouched(given.unwrap_or_default()) && record.wrap_up == WrapUpState::Open;
    let auto = engine.settings().logging.missed == Missed::Auto;
    if !untouched || !auto || call.was_answered() || !call.verified {
        return None;
    }
    call.ended_at?.checked_add(FILES_ITSELF).ok()
}

fn goes_to(card: &Card, engine: &Engine) -> Vec<GoesToView> {
    let facts = match &card.facts {
        FactsState::Known(facts) => facts.clone(),
        _ => LiveFacts::default(),
    };
    let rule = engine.settings().crm.sellsy.opportunity;
    let deal = pick_opportunity(&facts.opportunities, rule, &card.record.draft.opportunity);
    let place = |connection: &str, target: Option<&Target>| {
        let shown = target.is_some_and(|t| card.shown.as_ref() == Some(&t.contact));
        let person = target.is_some_and(|t| t.contact.kind == ContactKind::Contact);
        GoesToView {
            connection_name: crm_name(connection).to_owned(),
            name: target.map(|t| t.name.clone()),
            company: facts
                .companies
                .first()
                .filter(|_| shown && person)
                .map(|company| company.name.clone()),
            opportunity: deal.filter(|_| shown).map(|deal| deal.name.clone()),
        }
    };
    let mut places = Vec::new();
    for (connection, targets) in engine.goes_to(card) {
        let name = connection.as_str();
        if targets.is_empty() {
            places.push(place(name, None));
        }
        places.extend(targets.iter().map(|target| place(name, Some(target))));
    }
    places
}

fn creatable(engine: &Engine) -> Vec<CreatableView> {
    use crate::wire::ContactKindWord::{Contact, Individual};
    engine
        .known_connections()
        .iter()
        .filter(|name| name.as_str() == "sellsy")
        .filter(|name| engine.connection_state(name) != Some(ConnectionState::Disconnected))
        .map(|name| CreatableView {
            connection: name.as_str().to_owned(),
            connection_name: crm_name(name.as_str()).to_owned(),
            kinds: vec![Individual, Contact],
        })
        .collect()
}

/// A dial request as the card shows it.
pub fn dial_request(pending: &PendingDial, engine: &Engine, text: &Text) -> DialRequestView {
    let region = engine.settings().region;
    let (matches, could_be) = people::split_matches(&pending.matches, region, text);
    let mut warnings: Vec<DialWarningWord> = Vec::new();
    for warning in &pending.request.warnings {
        let word = warning_word(*warning);
        if !warnings.contains(&word) {
            warnings.push(word);
        }
    }
    if pending.matches.iter().any(|m| m.contact.no_marketing_calls) {
        warnings.push(DialWarningWord::NoMarketingCalls);
    }
    let quiet = if pending.origin == Origin::Link {
        FIRST_LOOK.as_millis()
    } else {
        0
    };
    DialRequestView {
        id: pending.id.clone(),
        number: people::number(&pending.request.remote, region),
        digits: pending.request.digits.clone(),
        from: match pending.origin {
            Origin::Link => RequestFromWord::Link,
            Origin::CommandLine => RequestFromWord::CommandLine,
            Origin::Shortcut => RequestFromWord::Shortcut,
            Origin::Window => RequestFromWord::Window,
        },
        matches,
        could_be,
        line: pending.line.clone(),
        softphone: Some(people::source_name(&pending.dial_with, text)),
        only_hands_over: matches!(pending.dial_with.as_str(), "link" | "command" | "allo"),
        warnings,
        refused: refusal(engine, &pending.dial_with),
        quiet_ms: u32::try_from(quiet).unwrap_or(500),
        earlier: pending.earlier.iter().map(earlier).collect(),
    }
}

/// Why nothing can be dialled now.
fn refusal(engine: &Engine, dial_with: &str) -> Option<DialRefusalWord> {
    let states = engine.telephony_states();
    let state = states.iter().find(|(name, _)| name == dial_with);
    match state.map(|(_, state)| state) {
        Some(TelephonyState::Connected) => None,
        Some(TelephonyState::Disconnected) => Some(DialRefusalWord::SoftphoneAway),
        Some(TelephonyState::Off) | None => Some(DialRefusalWord::NoSoftphone),
    }
}

fn warning_word(warning: DialWarning) -> DialWarningWord {
    match warning {
        DialWarning::Emergency => DialWarningWord::Emergency,
        DialWarning::PremiumRate => DialWarningWord::PremiumRate,
        DialWarning::SharedCost => DialWarningWord::SharedCost,
        DialWarning::Satellite | DialWarning::UnusualCountry => DialWarningWord::UnusualCountry,
        DialWarning::InvalidNumber | DialWarning::Ambiguous | DialWarning::ExtensionSetAside => {
            DialWarningWord::UnknownNumber
        }
    }
}
