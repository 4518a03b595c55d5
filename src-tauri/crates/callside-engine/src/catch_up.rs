//! Calls that happened while Callside was closed, or on another device.
//!
//! The service's list is read from where the last look ended. A record that is known only brings
//! what is new of it; one that is of a call known by other means gives that call its name; every
//! other becomes a call that waits in the tray, or is logged as it is. A page is on disk with the
//! place after it before the next one is asked for, so a cut costs a page and doubles nothing.

use callside_core::call::{Call, HAND_OVER, Opening};
use callside_core::cloud_call::import::{ImportPlace, ImportRun, Judgement};
use callside_core::cloud_call::{
    CallsPage, CloudCall, CloudLine, CloudStatus, FollowUp, same_line,
};
use callside_core::matching::Match;
use callside_core::phone_number::{RemoteNumber, read_remote};
use callside_core::ports::ReadError;
use callside_core::settings::{ImportLog, Missed};
use callside_core::wrap_up::{Draft, WrapUpState};
use callside_store::{CallRecord, ImportedCall, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::call_log::WrapUpError;
use crate::cloud::{CloudFailed, ImportProgress, Service};
use crate::engine::Engine;
use crate::events::EngineEvent;
use crate::live::lock;
use crate::screen_pop::best;

/// Pauses after failures, in seconds; the last one repeats.
const PAUSES_S: [i64; 4] = [30, 60, 300, 900];
/// While a call has no name at the service yet, its list is looked at this often.
const NAMELESS: SignedDuration = SignedDuration::from_mins(2);
/// And no longer than this after the call began.
const NAMELESS_FOR: SignedDuration = SignedDuration::from_hours(2);
/// A call may have begun this much before its record, or the other way round: a queue is long.
const LONGEST_CALL: SignedDuration = SignedDuration::from_hours(4);
/// The agent's lines are asked for again after this time.
const LINES_FRESH: SignedDuration = SignedDuration::from_hours(1);
/// Clocks differ.
const SKEW: SignedDuration = SignedDuration::from_secs(2);

/// A record that is to become a call, with what the local copies know of it.
struct Candidate {
    record: CloudCall,
    remote: RemoteNumber,
    matches: Vec<Match>,
}

impl Engine {
    pub(crate) async fn keep_caught_up(&self, service: &Service) {
        let mut failures: usize = 0;
        loop {
            let pause = match self.catch_up(service).await {
                Ok(()) => {
                    failures = 0;
                    service.setup.every
                }
                Err(error) => {
                    let last = PAUSES_S.len() - 1;
                    let pause = PAUSES_S.get(failures.min(last)).copied().unwrap_or(900);
                    failures += 1;
                    self.note_import_cut(&service.name);
                    self.note_not_caught_up(service, &error)
                        .unwrap_or(SignedDuration::from_secs(pause))
                }
            };
            let now = self.now();
            let latest = now.checked_add(pause).unwrap_or(now);
            self.wait_for_next_look(service, latest).await;
        }
    }

    /// Returns when the list is to be looked at again: then, when somebody asks for it, or sooner
    /// while a call that was handed over to the service has no name there yet.
    async fn wait_for_next_look(&self, service: &Service, latest: Timestamp) {
        loop {
            let now = self.now();
            let soon = now.checked_add(NAMELESS).unwrap_or(now);
            let until = if self.has_nameless(service) {
                latest.min(soon)
            } else {
                latest
            };
            tokio::select! {
                () = self.inner.clock.sleep_until(until) => return,
                () = service.import_wake.notified() => return,
                () = service.handed_over.notified() => {}
            }
        }
    }

    /// Tells what went wrong, and how long the service asked to wait.
    fn note_not_caught_up(&self, service: &Service, error: &CloudFailed) -> Option<SignedDuration> {
        match error {
            CloudFailed::Store(error) => {
                self.note_store_error("fetch calls", error);
                None
            }
            CloudFailed::Read(error) => {
                self.note_cloud_error(&service.name, error);
                match error {
                    ReadError::Busy { retry_after } => *retry_after,
                    _ => None,
                }
            }
        }
    }

    fn has_nameless(&self, service: &Service) -> bool {
        let now = self.now();
        let nameless = |call: &Call| {
            let services = self.services_of(call);
            now.duration_since(call.started_at) < NAMELESS_FOR
                && services.contains(&(service.name.as_str(), None))
        };
        lock(&self.inner.live).calls().iter().any(nameless)
    }

    async fn catch_up(&self, service: &Service) -> Result<(), CloudFailed> {
        let Some(agent) = &service.setup.agent else {
            return Ok(());
        };
        let place = self.import_place(&service.name).await?;
        let rules = self.settings().import.clone();
        let mut run = ImportRun::begin(&place, &rules, agent, self.now());
        let mut progress = ImportProgress {
            started_at: self.now(),
            ..ImportProgress::default()
        };
        let lines = self.lines_to_walk(service).await?;
        for (index, line) in lines.iter().enumerate() {
            let mut wanted = run.wanted().clone();
            wanted.line.clone_from(line);
            let mut after: Option<String> = None;
            loop {
                let page = service.cloud.calls(&wanted, after.as_deref()).await?;
                after.clone_from(&page.next);
                progress.done += page.looked_at;
                let left = page.left;
                let calls = self.judge_page(service, &mut run, page).await?;
                let last_page = after.is_none() || run.is_full();
                let last_line = index + 1 == lines.len();
                let place = match (last_page && last_line, lines.len()) {
                    (true, _) => run.done(),
                    (false, 1) => run.so_far(),
                    // Each line is walked from the same start: only the end of all is a place.
                    (false, _) => place.clone(),
                };
                progress.new += self.keep_page(service, calls, &place).await?;
                progress.finished = last_page && last_line;
                let left = if last_page {
                    Some(0)
                } else {
                    left.map(|left| run.still_to_look(left))
                };
                // Nobody has counted the lines that come after this one.
                let left = left.filter(|_| last_line);
                progress.total = left.map(|left| progress.done.saturating_add(left));
                self.note_cloud_answered(&service.name);
                self.note_import(&service.name, progress);
                if last_page {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn lines_to_walk(&self, service: &Service) -> Result<Vec<Option<String>>, CloudFailed> {
        let setup = &service.setup;
        if !setup.by_line {
            return Ok(vec![None]);
        }
        let agent = setup.agent.as_ref().map(|agent| agent.id.as_str());
        let now = self.now();
        let known = lock(&service.lines).clone();
        let fresh = known.filter(|(asked, _)| now.duration_since(*asked).abs() < LINES_FRESH);
        let lines = match fresh {
            Some((_, lines)) => lines,
            None => {
                let lines = service.cloud.lines(agent).await?;
                *lock(&service.lines) = Some((now, lines.clone()));
                lines
            }
        };
        let wanted = |line: &CloudLine| {
            setup.lines.is_empty() || setup.lines.iter().any(|text| line.is(text))
        };
        let lines = lines.into_iter().filter(wanted);
        Ok(lines.map(|line| Some(line.id)).collect())
    }

    async fn import_place(&self, name: &str) -> Result<ImportPlace, StoreError> {
        let text = self.inner.store.fact(&place_fact(name)).await?;
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    /// Takes what a page says of known calls, and returns the records that are to become calls.
    async fn judge_page(
        &self,
        service: &Service,
        run: &mut ImportRun,
        page: CallsPage,
    ) -> Result<Vec<CloudCall>, CloudFailed> {
        let source = &service.name;
        let ids: Vec<&str> = page.calls.iter().map(|call| call.id.as_str()).collect();
        let known = self.inner.store.known_records(source, &ids).await?;
        let mut wanted = Vec::new();
        for record in page.calls {
            let is_known = known.contains(&record.id);
            if is_known {
                self.take_again(source, &record).await?;
            }
            let bytes = if run.needs_size(&record) && !is_known {
                size_of(service, &record.id).await?
            } else {
                None
            };
            let judged = run.judge(&record, bytes);
            if is_known || !service.is_on_lines(&record) {
                continue;
            }
            match judged {
                Judgement::Import => wanted.push(record),
                Judgement::Live => self.name_call_under_way(source, &record).await?,
                _ => {}
            }
        }
        Ok(wanted)
    }

    /// A record that the list shows once more counts as a read of it, where it says something new or
    /// a read is due.
    async fn take_again(&self, source: &str, record: &CloudCall) -> Result<(), StoreError> {
        let Some(plan) = self.inner.store.follow_up_of(source, &record.id).await? else {
            return Ok(());
        };
        let Some(call) = self.any_call(&plan.call).await? else {
            return Ok(());
        };
        let mut after = plan.clone();
        let news = after.take(record, call.ended_at, self.now());
        let ends = record.status != CloudStatus::Live && !call.is_ended();
        if news || ends || after.reads > plan.reads {
            self.take_record(source, &plan.call, record, None).await?;
        }
        Ok(())
    }

    async fn name_call_under_way(
        &self,
        source: &str,
        record: &CloudCall,
    ) -> Result<(), StoreError> {
        let remote = read_remote(&record.remote, self.settings().region);
        if let Some(call) = self.known_by_other_means(source, record, &remote).await? {
            self.take_record(source, &call.id, record, None).await?;
        }
        Ok(())
    }

    /// The call that the record is of, where we know it without its id at the service.
    async fn known_by_other_means(
        &self,
        source: &str,
        record: &CloudCall,
        remote: &RemoteNumber,
    ) -> Result<Option<Call>, StoreError> {
        let at = record.started_at;
        let earlier = |pause| at.checked_sub(pause).unwrap_or(at);
        let until = record.end().checked_add(SKEW).unwrap_or(at);
        let store = &self.inner.store;
        let mut calls = store
            .calls_about(remote, earlier(LONGEST_CALL)..=until, earlier(HAND_OVER))
            .await?;
        calls.retain(|call| record.is_same_as(source, remote, call));
        let gap = |call: &Call| call.started_at.duration_since(record.started_at).abs();
        Ok(calls.into_iter().min_by_key(gap))
    }

    /// Keeps the new calls of a page and the place after it. Returns how many were new.
    async fn keep_page(
        &self,
        service: &Service,
        records: Vec<CloudCall>,
        place: &ImportPlace,
    ) -> Result<u64, CloudFailed> {
        let region = self.settings().region;
        let mut candidates = Vec::new();
        for record in records {
            let remote = read_remote(&record.remote, region);
            let matches = self.match_number(&remote).await?;
            candidates.push(Candidate {
                record,
                remote,
                matches,
            });
        }
        let mut adopted = Vec::new();
        let kept = {
            // No event may open one of these calls in between.
            let _turn = self.inner.turn.lock().await;
            let mut new = Vec::new();
            for candidate in candidates {
                let (record, remote) = (&candidate.record, &candidate.remote);
                match self
                    .known_by_other_means(&service.name, record, remote)
                    .await?
                {
                    Some(call) => adopted.push((call.id, candidate.record)),
                    None => new.push(self.imported(&service.name, candidate).await?),
                }
            }
            self.store_page(&service.name, new, place).await?
        };
        for (id, record) in adopted {
            self.take_record(&service.name, &id, &record, None).await?;
        }
        self.tell_imported(&kept).await?;
        Ok(u64::try_from(kept.len()).unwrap_or(0))
    }

    async fn store_page(
        &self,
        source: &str,
        new: Vec<ImportedCall>,
        place: &ImportPlace,
    ) -> Result<Vec<ImportedCall>, StoreError> {
        let place = serde_json::to_string(place).unwrap_or_default();
        let store = &self.inner.store;
        let ids = store
            .keep_imports(&new, &place_fact(source), &place)
            .await?;
        let mut kept = new;
        kept.retain(|import| ids.contains(&import.call.id));
        let mut live = lock(&self.inner.live);
        for import in &kept {
            // A late event may still speak of it.
            live.put_if_recent(import.call.clone(), self.now());
        }
        Ok(kept)
    }

    async fn tell_imported(&self, kept: &[ImportedCall]) -> Result<(), StoreError> {
        for import in kept {
            self.want_recording(&import.follow_up).await?;
            self.tell(EngineEvent::Call(Box::new(import.call.clone())));
            for entry in &import.entries {
                self.tell(EngineEvent::Delivery(Box::new(entry.clone())));
            }
        }
        if let Some(first) = kept.first() {
            self.wake_service(&first.follow_up.notes.source);
        }
        if kept.iter().any(|import| !import.entries.is_empty()) {
            self.inner.outbox_wake.notify_one();
        }
        Ok(())
    }

    async fn imported(
        &self,
        source: &str,
        candidate: Candidate,
    ) -> Result<ImportedCall, StoreError> {
        let now = self.now();
        let record = &candidate.record;
        let opening = Opening {
            id: self.inner.ids.call(now),
            remote: candidate.remote,
            confirmed: true,
        };
        let call = record.open(source, opening);
        let mut draft = Draft::default();
        draft.add_tags(record.tags.iter().map(|tag| tag.name.as_str()));
        let mut follow_up = FollowUp::new(call.id.clone(), source, &record.id);
        follow_up.take(record, call.ended_at, now);
        follow_up.notes.imported = true;
        // Nobody has to be told who called.
        follow_up.card_shown = true;
        let settings = self.settings();
        let left = settings.logging.missed == Missed::Leave && !call.was_answered();
        let mut import = ImportedCall {
            next_at: follow_up.next(&call, false).map(|(at, _)| at),
            matched_name: best(&candidate.matches).map(|m| m.contact.name.clone()),
            wrap_up: if left {
                WrapUpState::Discarded
            } else {
                WrapUpState::Open
            },
            filed_at: None,
            entries: Vec::new(),
            call,
            draft,
            follow_up,
        };
        if settings.import.log == ImportLog::Auto && !left {
            self.file_import(&mut import, now).await?;
        }
        Ok(import)
    }

    /// Logs a call as it is, in the transaction that brings it.
    async fn file_import(
        &self,
        import: &mut ImportedCall,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let record = CallRecord {
            call: import.call.clone(),
            draft: import.draft.clone(),
            revision: 0,
            wrap_up: WrapUpState::Open,
            filed_at: None,
            deliveries: Vec::new(),
            set_aside: false,
            facts: None,
            matched_name: None,
            cloud: Some(import.follow_up.notes.clone()),
            cloud_sends: Vec::new(),
        };
        import.entries = match self.entries_for(&record, now, now).await {
            Ok(entries) => entries,
            Err(WrapUpError::Store(error)) => return Err(error),
            // Nothing else is asked of a call that is logged as it is.
            Err(_) => return Ok(()),
        };
        import.wrap_up = WrapUpState::Filed;
        import.filed_at = Some(now);
        Ok(())
    }
}

impl Service {
    /// Whether the record is of a line that the agent wants.
    fn is_on_lines(&self, record: &CloudCall) -> bool {
        let lines = &self.setup.lines;
        let on = |line: &CloudLine| {
            let label = line.label();
            lines
                .iter()
                .any(|text| line.is(text) || same_line(text, &label))
        };
        lines.is_empty() || record.line.as_ref().is_some_and(on)
    }
}

/// The size of a recording, where the service can say. One that is gone meanwhile holds no import
/// up.
async fn size_of(service: &Service, id: &str) -> Result<Option<u64>, ReadError> {
    match service.cloud.recording_bytes(id).await {
        Err(ReadError::Gone | ReadError::Unreadable | ReadError::Refused { .. }) => Ok(None),
        other => other,
    }
}

fn place_fact(name: &str) -> String {
    format!("import/{name}")
}
