//! What the engine and the store know, as the stable JSON of the command line.
//!
//! Every rule of that interface is applied here and nowhere else: which field is null when, how
//! instants are written, in which order things come.

use callside_core::call::{Call, CallState, Direction, EndReason};
use callside_core::contact::ContactKind;
use callside_core::matching::{Confidence, Match};
use callside_core::outbox::{DeliveryState, OutboxEntry, Reason};
use callside_core::phone_number::{NumberKind, RemoteNumber};
use callside_core::ports::TelephonyState;
use callside_core::wrap_up::{Tag, WrapUpState};
use callside_engine::connections::{ConnectionState, ConnectionStatus};
use callside_engine::screen_pop::Lookup;
use callside_store::{CallRecord, OutboxCounts};
use jiff::Timestamp;

use crate::text::Text;
use crate::wire::{
    CallShape, CallStateWord, CloudImportView, ConfidenceWord, ConnectionShape,
    ConnectionStateWord, ContactKindWord, DeliveryShape, DeliveryStateWord, DirectionWord,
    EndReasonWord, LookupShape, MatchShape, NumberKindWord, NumberShape, OutboxShape, ReasonCode,
    RequestsShape, SourceShape, SourceStateWord, TargetShape, WrapUpWord,
};

/// An instant as RFC 3339 in UTC, to the millisecond at most.
pub fn instant(at: Timestamp) -> String {
    Timestamp::from_millisecond(at.as_millisecond())
        .unwrap_or(at)
        .to_string()
}

/// A count for a script, which knows no 64-bit integers.
pub fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What sort of line it is.
pub fn number_kind(kind: NumberKind) -> NumberKindWord {
    match kind {
        NumberKind::Mobile => NumberKindWord::Mobile,
        NumberKind::FixedLine => NumberKindWord::FixedLine,
        NumberKind::SharedCost => NumberKindWord::SharedCost,
        NumberKind::PremiumRate => NumberKindWord::PremiumRate,
        NumberKind::TollFree => NumberKindWord::TollFree,
        NumberKind::Voip => NumberKindWord::Voip,
        NumberKind::Short => NumberKindWord::Short,
        NumberKind::Withheld => NumberKindWord::Withheld,
        NumberKind::Unknown => NumberKindWord::Unknown,
    }
}

/// The kind of a record.
pub fn contact_kind(kind: ContactKind) -> ContactKindWord {
    match kind {
        ContactKind::Individual => ContactKindWord::Individual,
        ContactKind::Company => ContactKindWord::Company,
        ContactKind::Contact => ContactKindWord::Contact,
        ContactKind::Lead => ContactKindWord::Lead,
        ContactKind::Account => ContactKindWord::Account,
        ContactKind::PersonAccount => ContactKindWord::PersonAccount,
        ContactKind::Customer => ContactKindWord::Customer,
    }
}

/// A number that was looked up.
pub fn number(number: &RemoteNumber) -> NumberShape {
    NumberShape {
        input: number.input.clone(),
        e164: number.number.map(|number| number.e164()),
        region: number.region.map(|region| region.to_string()),
        kind: number_kind(number.kind),
    }
}

/// One match.
pub fn found(found: &Match) -> MatchShape {
    let contact = &found.contact;
    MatchShape {
        connection: contact.at.connection.to_string(),
        kind: contact_kind(contact.at.kind),
        id: contact.at.id.to_string(),
        name: contact.name.clone(),
        company: contact.company.clone(),
        confidence: match found.confidence {
            Confidence::Exact => ConfidenceWord::Exact,
            Confidence::CouldBe => ConfidenceWord::CouldBe,
        },
        field: found.field.as_str().to_owned(),
        rule: found.rule.clone(),
        synced_at: Some(instant(found.synced_at)),
        url: contact.url.clone(),
    }
}

/// What `lookup` prints.
pub fn lookup(answer: &Lookup) -> LookupShape {
    LookupShape {
        number: number(&answer.number),
        matches: answer.matches.iter().map(found).collect(),
        elapsed_us: small(answer.elapsed_us),
    }
}

/// The direction of a call.
pub fn direction(direction: Direction) -> DirectionWord {
    match direction {
        Direction::Inbound => DirectionWord::Inbound,
        Direction::Outbound => DirectionWord::Outbound,
    }
}

/// Where a call stands.
pub fn call_state(state: CallState) -> CallStateWord {
    match state {
        CallState::Dialing => CallStateWord::Dialing,
        CallState::Ringing => CallStateWord::Ringing,
        CallState::Answered => CallStateWord::Answered,
        CallState::Held => CallStateWord::Held,
        CallState::Ended => CallStateWord::Ended,
    }
}

/// How a call ended.
pub fn end_reason(reason: EndReason) -> EndReasonWord {
    match reason {
        EndReason::Completed => EndReasonWord::Completed,
        EndReason::Missed => EndReasonWord::Missed,
        EndReason::Declined => EndReasonWord::Declined,
        EndReason::Cancelled => EndReasonWord::Cancelled,
        EndReason::Busy => EndReasonWord::Busy,
        EndReason::Failed => EndReasonWord::Failed,
    }
}

/// What became of a wrap-up.
pub fn wrap_up(state: WrapUpState) -> WrapUpWord {
    match state {
        WrapUpState::Open => WrapUpWord::Open,
        WrapUpState::Filed => WrapUpWord::Filed,
        WrapUpState::Discarded => WrapUpWord::Discarded,
    }
}

/// The number that is not the agent's; None when the caller shows none.
pub fn remote_number(call: &Call) -> Option<String> {
    (!call.remote.is_withheld()).then(|| call.remote.display())
}

/// A call with the state of every target.
pub fn call(record: &CallRecord, text: &Text) -> CallShape {
    let call = &record.call;
    let deliveries = match record.wrap_up {
        WrapUpState::Filed => record.deliveries.as_slice(),
        _ => &[],
    };
    CallShape {
        id: call.id.to_string(),
        source: call
            .names
            .first()
            .map(|name| name.app.clone())
            .unwrap_or_default(),
        direction: direction(call.direction),
        remote_number: remote_number(call),
        line: call.line.clone(),
        state: call_state(call.state),
        end_reason: call.end_reason.map(end_reason),
        started_at: instant(call.started_at),
        answered_at: call.answered_at.map(instant),
        ended_at: call.ended_at.map(instant),
        duration_s: call.talk_s(),
        note: record.draft.note.clone(),
        tags: record
            .draft
            .tags
            .iter()
            .map(Tag::as_str)
            .map(Into::into)
            .collect(),
        disposition: record
            .draft
            .disposition
            .as_ref()
            .map(|word| word.as_str().to_owned()),
        wrap_up: wrap_up(record.wrap_up),
        deliveries: deliveries
            .iter()
            .map(|entry| delivery(entry, text))
            .collect(),
    }
}

/// The word for a reason.
pub fn reason_code(reason: &Reason) -> ReasonCode {
    match reason {
        Reason::ContactNotFound => ReasonCode::ContactNotFound,
        Reason::ContactDeleted => ReasonCode::ContactDeleted,
        Reason::Disconnected => ReasonCode::Disconnected,
        Reason::Refused { .. } => ReasonCode::Refused,
        Reason::NoAdmin => ReasonCode::NoAdmin,
        Reason::Unreachable => ReasonCode::Unreachable,
        Reason::Limited => ReasonCode::Limited,
    }
}

/// How a delivery stands.
pub fn delivery_state(state: DeliveryState) -> DeliveryStateWord {
    match state {
        DeliveryState::Waiting => DeliveryStateWord::Waiting,
        DeliveryState::Checking => DeliveryStateWord::Checking,
        DeliveryState::Delivered => DeliveryStateWord::Delivered,
        DeliveryState::Stuck => DeliveryStateWord::Stuck,
    }
}

/// One delivery.
pub fn delivery(entry: &OutboxEntry, text: &Text) -> DeliveryShape {
    let delivery = &entry.delivery;
    let connection = entry.connection.as_str();
    let logged = delivery.logged.as_ref();
    DeliveryShape {
        connection: connection.to_owned(),
        target: entry.target.as_ref().map(|target| TargetShape {
            kind: contact_kind(target.contact.kind),
            id: target.contact.id.to_string(),
            name: target.name.clone(),
        }),
        state: delivery_state(delivery.state),
        reason: delivery
            .reason
            .as_ref()
            .map(|reason| text.reason(connection, reason)),
        reason_code: delivery.reason.as_ref().map(reason_code),
        next_try_at: delivery.next_try_at.map(instant),
        remote_id: logged.map(|logged| logged.remote_id.to_string()),
        url: logged.and_then(|logged| logged.url.clone()),
        attempts: delivery.attempts,
    }
}

/// How a connection stands.
pub fn connection_state(state: &ConnectionState) -> ConnectionStateWord {
    match state {
        ConnectionState::Connected => ConnectionStateWord::Connected,
        ConnectionState::Syncing => ConnectionStateWord::Syncing,
        ConnectionState::Disconnected => ConnectionStateWord::Disconnected,
        ConnectionState::Trouble(_) => ConnectionStateWord::Error,
    }
}

/// One connection. `logged` is how many calls reached the CRM while its requests were counted.
pub fn connection(status: &ConnectionStatus, logged: u64, text: &Text) -> ConnectionShape {
    let spent = |class: &str| status.budget.spent.get(class).copied().unwrap_or(0);
    let for_calls = small(spent("log").saturating_add(spent("card")));
    ConnectionShape {
        name: status.name.to_string(),
        state: connection_state(&status.state),
        reason: text.connection_reason(status.name.as_str(), &status.state),
        contacts: small(status.facts.contacts),
        numbers: small(status.facts.numbers),
        last_sync_at: status.facts.last_sync_at.map(instant),
        requests: RequestsShape {
            per_call: (logged > 0).then(|| f64::from(for_calls) / f64::from(small(logged))),
            last_minute: status.budget.last_minute,
            remaining: status
                .budget
                .remaining
                .iter()
                .map(|(window, left)| {
                    let most = i64::from(i32::MAX);
                    let left = i32::try_from((*left).clamp(-most, most)).unwrap_or(0);
                    (window.clone(), left)
                })
                .collect(),
        },
    }
}

/// The counts of the outbox.
pub fn outbox(counts: OutboxCounts) -> OutboxShape {
    OutboxShape {
        waiting: small(counts.waiting),
        checking: small(counts.checking),
        stuck: small(counts.stuck),
    }
}

/// How a telephony source stands.
pub fn source_state(state: TelephonyState) -> SourceStateWord {
    match state {
        TelephonyState::Connected => SourceStateWord::Connected,
        TelephonyState::Disconnected => SourceStateWord::Disconnected,
        TelephonyState::Off => SourceStateWord::Off,
    }
}

/// One telephony source, and the import of its calls where there is one.
pub fn source(name: &str, state: TelephonyState, import: Option<CloudImportView>) -> SourceShape {
    SourceShape {
        name: name.to_owned(),
        state: source_state(state),
        import,
    }
}

#[cfg(test)]
mod tests;
