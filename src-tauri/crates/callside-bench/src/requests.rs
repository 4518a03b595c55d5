//! What one call costs the CRM, counted by the invented CRM itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use callside_core::call::{CallEvent, Direction, Happening, SaidReason};
use callside_core::id::CallId;
use callside_core::outbox::DeliveryState;
use callside_core::ports::{CallEvents as _, Crm as _};
use callside_core::settings::Settings;
use callside_crm::sellsy::{Sellsy, SellsyConfig};
use callside_engine::Engine;
use callside_engine::call_log::DraftChange;
use callside_engine::events::EngineEvent;
use callside_sandbox::{Sandbox, SandboxOptions, Staff, book};
use callside_testkit::MemorySecrets;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::broadcast::Receiver;

use crate::people::connection;
use crate::report::Report;
use crate::{Cipher, Done, Failed, SystemClock, engine};

/// Nothing of a call takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures the part.
pub(crate) fn measure(report: &mut Report, runtime: &Runtime, work: &Path) -> Done {
    let dir = work.join("requests");
    let counted = runtime.block_on(count(&dir))?;
    for (who, before, between, all) in counted {
        let what = format!("{who}: before the card");
        let share = if before == 0 { 0.0 } else { f64::INFINITY };
        report.against("requests", &what, before.to_string(), "0", (share, 1.0))?;
        let what = format!("{who}: from ring to log");
        let measured = format!("{all} ({between} while the phone rang)");
        let share = if all == 0 {
            f64::INFINITY
        } else {
            f64::from(all)
        };
        report.against("requests", &what, measured, "1 to 3", (share, 3.0))?;
    }
    Ok(())
}

type Counted = Vec<(&'static str, u32, u32, u32)>;

async fn count(dir: &Path) -> Result<Counted, Failed> {
    let sandbox = Sandbox::start(SandboxOptions::default()).await?;
    let [_, cipher] = Cipher::both();
    let store = cipher.open(dir).await?;
    let mut settings = Settings::default();
    let options = SandboxOptions::default();
    let me = Staff::invented()
        .into_iter()
        .find(|staff| staff.id == options.me);
    settings.agent.email = me.map(|staff| staff.email).unwrap_or_default();
    settings.logging.undo_s = 0;
    settings.crm.sellsy.api_url = sandbox.api_url();
    settings.crm.sellsy.login_url = sandbox.login_url();
    settings.crm.sellsy.client_id = sandbox.client_id().to_owned();
    let engine = engine(store, settings.clone());
    let crm = Sellsy::new(
        SellsyConfig::from_settings(&settings),
        Arc::new(MemorySecrets::new()),
        Arc::new(SystemClock),
    )?;
    crm.sign_in_with_credentials(sandbox.client_secret())
        .await?;
    let identity = crm.identity().await?;
    engine.start().await?;
    engine.connect(Arc::new(crm), Some(identity)).await?;
    // Two rounds: what the first copy asks besides (staff and the like) belongs to the sync.
    engine.sync_now(&connection(), false).await?;
    let mut counted = Vec::new();
    for (who, number) in [
        ("contact of a company", book::MARIE_DUPONT_MOBILE),
        ("individual", book::LUC_BERNARD_MOBILE),
        ("company with two deals", book::HOTEL_DES_REMPARTS_PHONE),
        ("free-standing contact", book::INES_MOREL_MOBILE),
        ("supplier", book::MOULINS_DU_VAL_PHONE),
    ] {
        sandbox.forget_requests();
        let (before, between) = call(&engine, &sandbox, number).await?;
        counted.push((who, before, between, asked(&sandbox)?));
    }
    engine.stop().await;
    engine.store().clone().close().await;
    sandbox.stop().await;
    Ok(counted)
}

/// Requests so far, those of a sync that happened to run left out.
fn asked(sandbox: &Sandbox) -> Result<u32, Failed> {
    let walks = [
        "/individuals/search",
        "/companies/search",
        "/contacts/search",
    ];
    let asked = sandbox
        .requests()
        .into_iter()
        .filter(|seen| seen.path.starts_with("/v2"))
        .filter(|seen| !walks.iter().any(|walk| seen.path.ends_with(walk)))
        .count();
    Ok(asked.try_into()?)
}

/// One call from ring to log. Requests before the card, and before the agent answers.
async fn call(engine: &Engine, sandbox: &Sandbox, number: &str) -> Result<(u32, u32), Failed> {
    let mut events = engine.listen();
    let say = |happening| {
        engine.report(CallEvent {
            app: "bench".to_owned(),
            app_call_id: Some(format!("bench {number}")),
            happening,
            direction: Some(Direction::Inbound),
            remote: Some(number.to_owned()),
            line: None,
            name: None,
            at: Timestamp::now(),
            verified: true,
        });
    };
    say(Happening::Ringing);
    let id: CallId = wait(&mut events, |event| match event {
        EngineEvent::Card(card) => Some(card.record.call.id.clone()),
        _ => None,
    })
    .await?;
    let before = asked(sandbox)?;
    // The card is told of again once the live facts are there; a supplier has none.
    let facts = wait(&mut events, |event| match event {
        EngineEvent::Card(card) => {
            matches!(card.facts, callside_engine::events::FactsState::Known(_)).then_some(())
        }
        _ => None,
    });
    let _ = tokio::time::timeout(Duration::from_secs(2), facts).await;
    let between = asked(sandbox)?;
    say(Happening::Answered);
    say(Happening::Ended {
        talk_s: Some(42),
        reason: Some(SaidReason::Answered),
    });
    wait(&mut events, |event| match event {
        EngineEvent::Call(call) => call.is_ended().then_some(()),
        _ => None,
    })
    .await?;
    let note = DraftChange {
        note: Some("Wants an offer.".to_owned()),
        ..DraftChange::default()
    };
    engine.change_draft(&id, note).await?;
    engine.file(&id).await?;
    wait(&mut events, |event| match event {
        EngineEvent::Delivery(entry) => {
            (entry.delivery.state == DeliveryState::Delivered).then_some(())
        }
        _ => None,
    })
    .await?;
    Ok((before, between))
}

async fn wait<T>(
    events: &mut Receiver<EngineEvent>,
    pick: impl Fn(&EngineEvent) -> Option<T>,
) -> Result<T, Failed> {
    let waiting = async {
        loop {
            if let Some(found) = pick(&events.recv().await?) {
                return Ok(found);
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await?
}
