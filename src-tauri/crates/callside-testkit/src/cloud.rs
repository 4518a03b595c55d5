//! A telephony service in the cloud that lives in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::cloud_call::{
    CallInsights, CallsPage, CallsWanted, CloudAgent, CloudCall, CloudComment, CloudLine, CloudTag,
    InsightLine,
};
use callside_core::outbox::DeliveryError;
use callside_core::ports::{Budget, CloudTelephony, DownloadError, Downloaded, ReadError};

/// How many records a page holds.
const PAGE: usize = 50;
/// How many remarks a call may have.
const MOST_REMARKS: usize = 5;

/// A service that keeps records as a test puts them, writes down what it was asked, and fails as it
/// is told.
pub struct FakeCloud {
    name: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: BTreeMap<String, CloudCall>,
    heard: BTreeMap<String, CallInsights>,
    tags: Vec<CloudTag>,
    lines: Vec<CloudLine>,
    cards: Vec<Vec<InsightLine>>,
    recordings: BTreeMap<String, Result<u64, DownloadError>>,
    asked: Vec<String>,
    unread: Option<ReadError>,
    pages_until_cut: Option<usize>,
    unwritten: Option<(DeliveryError, bool)>,
}

impl FakeCloud {
    /// A service without calls.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a record, in place of one with the same id.
    pub fn put(&self, record: CloudCall) {
        self.state().records.insert(record.id.clone(), record);
    }

    /// Changes a record that is there.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut CloudCall)) {
        if let Some(record) = self.state().records.get_mut(id) {
            change(record);
        }
    }

    /// Loses a record.
    pub fn lose(&self, id: &str) {
        self.state().records.remove(id);
    }

    /// A record as it stands.
    pub fn record(&self, id: &str) -> Option<CloudCall> {
        self.state().records.get(id).cloned()
    }

    /// The labels that the company has.
    pub fn have_tags(&self, tags: &[(&str, &str)]) {
        self.state().tags = tags
            .iter()
            .map(|(id, name)| CloudTag {
                id: (*id).to_owned(),
                name: (*name).to_owned(),
                color: None,
            })
            .collect();
    }

    /// The company's numbers.
    pub fn have_lines(&self, lines: Vec<CloudLine>) {
        self.state().lines = lines;
    }

    /// From now on a machine has heard this.
    pub fn hear(&self, id: &str, heard: CallInsights) {
        self.state().heard.insert(id.to_owned(), heard);
    }

    /// A download of this recording ends so; with a size it is there.
    pub fn have_recording(&self, id: &str, result: Result<u64, DownloadError>) {
        self.state().recordings.insert(id.to_owned(), result);
    }

    /// From now on nothing can be read; None ends it.
    pub fn fail_reads(&self, error: Option<ReadError>) {
        self.state().unread = error;
    }

    /// So many more pages of the list, and then it is out of reach until
    /// [`FakeCloud::fail_reads`] says otherwise.
    pub fn cut_after_pages(&self, pages: usize) {
        self.state().pages_until_cut = Some(pages);
    }

    /// From now on whatever is written ends so; `arrives` says whether it is there all the same.
    pub fn fail_writes(&self, fault: Option<(DeliveryError, bool)>) {
        self.state().unwritten = fault;
    }

    /// What it was asked, oldest first: `call 1`, `calls`, `tags`, `add_tags 1: 2,3`, `comment 1`,
    /// `show_card 1`, `insights 1`, `download 1`, `lines`.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Those of what it was asked that begin so.
    pub fn asked_for(&self, what: &str) -> usize {
        let state = self.state();
        state
            .asked
            .iter()
            .filter(|asked| asked.starts_with(what))
            .count()
    }

    /// Forgets what it was asked.
    pub fn forget_asked(&self) {
        self.state().asked.clear();
    }

    /// The cards that it showed.
    pub fn cards(&self) -> Vec<Vec<InsightLine>> {
        self.state().cards.clone()
    }

    fn read<T>(
        &self,
        what: String,
        read: impl FnOnce(&mut State) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let mut state = self.state();
        state.asked.push(what);
        match &state.unread {
            Some(error) => Err(error.clone()),
            None => read(&mut state),
        }
    }

    fn write(
        &self,
        what: String,
        write: impl FnOnce(&mut State) -> Result<(), DeliveryError>,
    ) -> Result<(), DeliveryError> {
        let mut state = self.state();
        state.asked.push(what);
        match state.unwritten.clone() {
            Some((error, arrives)) => {
                if arrives {
                    write(&mut state)?;
                }
                Err(error)
            }
            None => write(&mut state),
        }
    }
}

#[async_trait]
impl CloudTelephony for FakeCloud {
    fn name(&self) -> &str {
        &self.name
    }

    async fn check(&self) -> Result<(), ReadError> {
        self.read("check".to_owned(), |_| Ok(()))
    }

    async fn agents(&self) -> Result<Vec<CloudAgent>, ReadError> {
        self.read("agents".to_owned(), |_| Ok(Vec::new()))
    }

    async fn lines(&self, _agent: Option<&str>) -> Result<Vec<CloudLine>, ReadError> {
        self.read("lines".to_owned(), |state| Ok(state.lines.clone()))
    }

    async fn tags(&self) -> Result<Vec<CloudTag>, ReadError> {
        self.read("tags".to_owned(), |state| Ok(state.tags.clone()))
    }

    async fn calls(
        &self,
        wanted: &CallsWanted,
        after: Option<&str>,
    ) -> Result<CallsPage, ReadError> {
        self.read("calls".to_owned(), |state| {
            match &mut state.pages_until_cut {
                Some(0) => return Err(ReadError::Offline),
                Some(pages) => *pages -= 1,
                None => {}
            }
            let on = |call: &&CloudCall| match (&wanted.line, &call.line) {
                (None, _) => true,
                (Some(line), own) => own.as_ref().is_some_and(|own| &own.id == line),
            };
            let mut calls: Vec<&CloudCall> = state
                .records
                .values()
                .filter(|call| call.started_at >= wanted.since && call.started_at < wanted.until)
                .filter(on)
                .collect();
            calls.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
            if wanted.newest_first {
                calls.reverse();
            }
            let from: usize = after.and_then(|after| after.parse().ok()).unwrap_or(0);
            let left = calls.len().saturating_sub(from + PAGE);
            let page: Vec<CloudCall> = calls.into_iter().skip(from).take(PAGE).cloned().collect();
            Ok(CallsPage {
                looked_at: page.len() as u64,
                calls: page,
                next: (left > 0).then(|| (from + PAGE).to_string()),
                left: Some(left as u64),
            })
        })
    }

    async fn call(&self, id: &str) -> Result<CloudCall, ReadError> {
        self.read(format!("call {id}"), |state| {
            state.records.get(id).cloned().ok_or(ReadError::Gone)
        })
    }

    /// What is given takes the place of what is there, as services may do.
    async fn add_tags(
        &self,
        id: &str,
        there: &[CloudTag],
        tags: &[CloudTag],
    ) -> Result<(), DeliveryError> {
        let ids: Vec<&str> = tags.iter().map(|tag| tag.id.as_str()).collect();
        self.write(format!("add_tags {id}: {}", ids.join(",")), |state| {
            let record = state.records.get_mut(id).ok_or(DeliveryError::Gone)?;
            record.tags = [there, tags].concat();
            Ok(())
        })
    }

    async fn comment(&self, id: &str, text: &str) -> Result<(), DeliveryError> {
        self.write(format!("comment {id}"), |state| {
            let record = state.records.get_mut(id).ok_or(DeliveryError::Gone)?;
            if record.comments.len() >= MOST_REMARKS {
                return Err(DeliveryError::Refused {
                    words: "no more than 5 comments".to_owned(),
                });
            }
            record.comments.push(CloudComment {
                id: format!("own-{}", record.comments.len()),
                // As services do with what they do not like.
                text: text.chars().filter(char::is_ascii).collect(),
                by: None,
            });
            Ok(())
        })
    }

    async fn show_card(&self, id: &str, lines: &[InsightLine]) -> Result<(), DeliveryError> {
        self.write(format!("show_card {id}"), |state| {
            state.cards.push(lines.to_vec());
            Ok(())
        })
    }

    async fn insights(&self, id: &str) -> Result<CallInsights, ReadError> {
        self.read(format!("insights {id}"), |state| {
            Ok(state.heard.get(id).cloned().unwrap_or_default())
        })
    }

    async fn download(
        &self,
        id: &str,
        into: &Path,
        most_bytes: u64,
        progress: &(dyn Fn(u64, Option<u64>) + Send + Sync),
    ) -> Result<Downloaded, DownloadError> {
        let result = self
            .read(format!("download {id}"), |state| {
                Ok(state.recordings.get(id).cloned())
            })?
            .unwrap_or(Err(DownloadError::Missing));
        let bytes = result?;
        if bytes > most_bytes {
            return Err(DownloadError::TooLarge);
        }
        progress(bytes, Some(bytes));
        Ok(Downloaded {
            file: into.join(format!("{id}.mp3")),
            bytes,
        })
    }

    fn budget(&self) -> Budget {
        Budget::default()
    }
}
