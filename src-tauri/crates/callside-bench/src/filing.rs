//! Filing a call, beside one block brought to the same disk.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Instant;

use callside_core::call::{Call, CallState, Direction, EndReason, SourceName};
use callside_core::contact::{ContactKind, ContactRef};
use callside_core::id::{CallId, EntryId, Marker, RemoteId};
use callside_core::outbox::{Delivery, OutboxEntry, Target};
use callside_core::phone_number::{Region, read_remote};
use callside_core::wrap_up::Draft;
use callside_store::Store;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use crate::people::connection;
use crate::probe::append_block;
use crate::report::{Report, Samples};
use crate::{Cipher, Done, Failed};

/// Calls that are filed.
const CALLS: usize = 1_500;

/// Measures the part both ways.
pub(crate) fn measure(report: &mut Report, runtime: &Runtime, work: &Path) -> Done {
    for cipher in Cipher::both() {
        let dir = work.join(format!("filing-{}", cipher.word()));
        let store = runtime.block_on(cipher.open(&dir))?;
        let block = dir.join("blocks");
        let (blocks, drafts, filed) = runtime.block_on(runtime.spawn(async move {
            let measured = file_calls(&store, &block).await;
            store.close().await;
            measured
        }))??;
        let word = cipher.word();
        let both =
            |samples: &Samples| format!("p50 {:.0} / p99 {:.0} µs", samples.p50(), samples.p99());
        report.beside(
            "filing",
            &format!("{word}: one block appended, fdatasync"),
            both(&blocks),
        )?;
        let times = (drafts.p50() / blocks.p50(), drafts.p99() / blocks.p99());
        report.beside(
            "filing",
            &format!("{word}: a note saved"),
            format!(
                "{}, {:.2} and {:.2} blocks",
                both(&drafts),
                times.0,
                times.1
            ),
        )?;
        let p50 = filed.p50() / blocks.p50();
        let what = format!("{word}: a call filed, p50");
        let measured = format!("{:.0} µs, {p50:.2} blocks", filed.p50());
        report.against("filing", &what, measured, "2.5 blocks", (p50, 2.5))?;
        let p99 = filed.p99() / blocks.p99();
        let what = format!("{word}: a call filed, p99");
        let measured = format!("{:.0} µs, {p99:.2} blocks", filed.p99());
        report.against("filing", &what, measured, "4 blocks", (p99, 4.0))?;
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(())
}

async fn file_calls(store: &Store, block: &Path) -> Result<(Samples, Samples, Samples), Failed> {
    let mut file = OpenOptions::new().create(true).append(true).open(block)?;
    let [mut blocks, mut drafts, mut filed] =
        std::array::from_fn::<_, 3, _>(|_| Samples::default());
    for number in 0..CALLS {
        let call = call(number);
        store.save_call(&call).await?;
        let mut draft = Draft::default();
        draft.set_note(
            "Wants an offer for two ovens, delivered before the summer. Call back on Tuesday.",
        )?;
        draft.set_tags(["offer", "oven"])?;
        let began = Instant::now();
        store.save_draft(&call.id, &draft).await?;
        let saved = began.elapsed();
        let appended = append_block(&mut file)?;
        let entry = entry(&call, number);
        let began = Instant::now();
        store.file(&call.id, Timestamp::now(), &[entry]).await?;
        let took = began.elapsed();
        // The first ones find everything cold.
        if number >= 50 {
            drafts.take(saved);
            blocks.take(appended);
            filed.take(took);
        }
    }
    Ok((blocks, drafts, filed))
}

fn call(number: usize) -> Call {
    let ended = Timestamp::now();
    let started = ended
        .checked_sub(SignedDuration::from_secs(75))
        .unwrap_or(ended);
    Call {
        id: CallId::new(format!("bench-{number:06}")),
        names: vec![SourceName {
            app: "baresip".to_owned(),
            app_call_id: Some(format!("{number}@bench")),
        }],
        direction: Direction::Inbound,
        remote: read_remote(&format!("+3319900{:04}", number % 10_000), Region::FR),
        caller_name: None,
        line: Some("sales".to_owned()),
        state: CallState::Ended,
        end_reason: Some(EndReason::Completed),
        voicemail: false,
        started_at: started,
        answered_at: Some(started),
        ended_at: Some(ended),
        said_talk_s: None,
        verified: true,
        confirmed: true,
        last_event_at: ended,
    }
}

fn entry(call: &Call, number: usize) -> OutboxEntry {
    let now = Timestamp::now();
    OutboxEntry {
        id: EntryId::new(format!("entry-{number:06}")),
        call: call.id.clone(),
        connection: connection(),
        target: Some(Target {
            contact: ContactRef {
                connection: connection(),
                kind: ContactKind::Contact,
                id: RemoteId::new("1001"),
            },
            name: "Marie Dupont".to_owned(),
            role: None,
        }),
        marker: Marker::from_stored(format!("callside-{number:026}")),
        filed_at: now,
        facts: None,
        delivery: Delivery::filed(now, true),
    }
}
