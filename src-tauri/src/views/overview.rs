//! Numbers of the last days, for the pictures of the overview.

use std::collections::BTreeMap;

use callside_core::call::Direction;
use callside_core::outbox::DeliveryState;
use callside_engine::Engine;
use callside_store::{CallFilter, CallRecord, StoreError};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

use crate::shapes::small;
use crate::wire::{DayView, OverviewView};

/// The most calls that are counted; a quarter of a busy year.
const MOST: u32 = 50_000;

/// Counts the last days, today included.
///
/// # Errors
/// [`StoreError`] when the journal cannot be read.
pub async fn of(engine: &Engine, days: u32) -> Result<OverviewView, StoreError> {
    let zone = TimeZone::system();
    let today = engine.now().to_zoned(zone.clone()).date();
    let first = today
        .checked_sub(Span::new().days(i64::from(days) - 1))
        .unwrap_or(today);
    let since = first
        .to_zoned(zone.clone())
        .ok()
        .map(|start| start.timestamp());
    let filter = CallFilter {
        since,
        limit: MOST,
        ..CallFilter::default()
    };
    let calls = engine.store().calls(&filter).await?;
    Ok(count(&calls, first, today, &zone))
}

fn count(calls: &[CallRecord], first: Date, today: Date, zone: &TimeZone) -> OverviewView {
    let mut by_day: BTreeMap<Date, DayView> = first
        .series(Span::new().days(1))
        .take_while(|day| *day <= today)
        .map(|day| (day, empty(day)))
        .collect();
    let mut view = OverviewView {
        days: Vec::new(),
        hours: vec![0; 24],
        answered: 0,
        missed: 0,
        calls: small(calls.len() as u64),
        talk_s: 0,
        delivered: 0,
        waiting: 0,
        stuck: 0,
        delivery_s: median(calls),
    };
    for record in calls {
        let call = &record.call;
        let at: Zoned = call.started_at.to_zoned(zone.clone());
        let missed = call.direction == Direction::Inbound && !call.was_answered();
        view.answered += u32::from(call.was_answered());
        view.missed += u32::from(missed);
        view.talk_s = view.talk_s.saturating_add(call.talk_s());
        if let Some(hour) = view.hours.get_mut(usize::from(at.hour().unsigned_abs())) {
            *hour += 1;
        }
        if let Some(day) = by_day.get_mut(&at.date()) {
            day.missed += u32::from(missed);
            day.inbound += u32::from(call.direction == Direction::Inbound && !missed);
            day.outbound += u32::from(call.direction == Direction::Outbound);
            day.talk_s = day.talk_s.saturating_add(call.talk_s());
        }
        for entry in &record.deliveries {
            match entry.delivery.state {
                DeliveryState::Delivered => view.delivered += 1,
                DeliveryState::Waiting | DeliveryState::Checking => view.waiting += 1,
                DeliveryState::Stuck => view.stuck += 1,
            }
        }
    }
    view.days = by_day.into_values().collect();
    view
}

fn empty(day: Date) -> DayView {
    DayView {
        day: day.to_string(),
        inbound: 0,
        outbound: 0,
        missed: 0,
        talk_s: 0,
    }
}

/// Median seconds from filing to the try that got through.
fn median(calls: &[CallRecord]) -> Option<u32> {
    let mut seconds: Vec<i64> = calls
        .iter()
        .flat_map(|record| &record.deliveries)
        .filter(|entry| entry.delivery.state == DeliveryState::Delivered)
        .filter_map(|entry| {
            let sent = entry.delivery.last_sent_at?;
            Some(sent.duration_since(entry.filed_at).as_secs())
        })
        .collect();
    seconds.sort_unstable();
    let middle = seconds.get(seconds.len() / 2)?;
    u32::try_from(*middle).ok()
}
