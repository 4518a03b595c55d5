//! Recordings that the user wants on this computer.
//!
//! Off unless a folder is set. What is wanted is in the journal, so that a download goes on after a
//! restart; how it is resumed is the adapter's matter. Whoever forgets a person forgets their
//! voice, too.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use callside_core::cloud_call::{FollowUp, is_recording_of};
use callside_core::ports::{DownloadError, ReadError};
use callside_store::{
    Forgotten, KeptRecording, Person, RecordingFate, StoreError, WantedRecording,
};
use jiff::{SignedDuration, Timestamp};
use tokio::fs;

use crate::cloud::Service;
use crate::engine::Engine;
use crate::events::{EngineEvent, RecordingProgress};

/// The unit of the largest recording, in bytes.
const MIB: u64 = 1_048_576;
/// It is seen at least this often whether something is wanted.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(15);
/// Pauses after failures, in seconds; the last one repeats.
const PAUSES_S: [i64; 4] = [30, 120, 600, 3_600];
/// A recording that is announced and not there is given up after so many tries.
const MOST_MISSES: u32 = 3;

/// What forgetting a person erased, on disk and in the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Calls, drafts and contacts.
    pub forgotten: Forgotten,
    /// Recordings of these calls, whole or begun.
    pub recordings: u64,
    /// Recordings that could not be erased. Nothing else knows of them any more.
    pub left: Vec<PathBuf>,
}

impl Engine {
    /// Erases a person, with the recordings of their calls on this computer; see
    /// [`callside_store::Store::forget_person`].
    ///
    /// # Errors
    /// [`StoreError`]; calling again finishes what was begun.
    pub async fn forget_person(&self, person: &Person) -> Result<Erased, StoreError> {
        // A download that ends meanwhile finds its call as it was before, or gone.
        let _turn = self.inner.recordings_turn.lock().await;
        let kept = self.inner.store.recordings_of(person).await?;
        let mut erased = Erased::default();
        // Files first: if this is cut short, the journal still knows of them.
        for file in self.files_of(&kept).await {
            match erase(&file).await {
                Ok(true) => erased.recordings += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "a recording cannot be erased");
                    erased.left.push(file);
                }
            }
        }
        erased.forgotten = self.inner.store.forget_person(person).await?;
        Ok(erased)
    }

    /// The files of these recordings: those that were noted, and whatever a download left in its
    /// folder.
    async fn files_of(&self, kept: &[KeptRecording]) -> BTreeSet<PathBuf> {
        let noted = kept.iter().filter_map(|recording| recording.file.as_ref());
        let mut files: BTreeSet<PathBuf> = noted.map(PathBuf::from).collect();
        let folder = self.settings().import.download_to.trim().to_owned();
        if kept.is_empty() || folder.is_empty() {
            return files;
        }
        let Ok(mut entries) = fs::read_dir(&folder).await else {
            return files;
        };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_of = |recording: &KeptRecording| is_recording_of(&name, &recording.remote_id);
            if kept.iter().any(is_of) {
                files.insert(entry.path());
            }
        }
        files
    }

    /// Wants the recording of a call, where there is one and the user wants recordings.
    pub(crate) async fn want_recording(&self, plan: &FollowUp) -> Result<(), StoreError> {
        let notes = &plan.notes;
        let wanted = !self.settings().import.download_to.trim().is_empty();
        if !wanted || !notes.recorded || notes.recording_file.is_some() {
            return Ok(());
        }
        self.inner.store.want_recording(plan, self.now()).await?;
        self.wake_downloads(&notes.source);
        Ok(())
    }

    pub(crate) async fn download_wanted(&self, service: &Service) {
        loop {
            let next = match self.download_due(service).await {
                Ok(next) => next,
                Err(error) => {
                    self.note_store_error("download a recording", &error);
                    None
                }
            };
            let now = self.now();
            let latest = now.checked_add(LOOK_AGAIN).unwrap_or(now);
            let until = next.map_or(latest, |at| at.min(latest));
            tokio::select! {
                () = self.inner.clock.sleep_until(until) => {}
                () = service.download_wake.notified() => {}
            }
        }
    }

    /// Downloads what is due, one after the other, and tells when the next one is.
    async fn download_due(&self, service: &Service) -> Result<Option<Timestamp>, StoreError> {
        loop {
            let folder = self.settings().import.download_to.trim().to_owned();
            let next = self.inner.store.next_recording(&service.name).await?;
            let Some(wanted) = next.filter(|_| !folder.is_empty()) else {
                return Ok(None);
            };
            if wanted.next_at > self.now() {
                return Ok(Some(wanted.next_at));
            }
            self.download(service, &wanted, Path::new(&folder)).await?;
            self.tell_recordings(service, 0, None).await?;
        }
    }

    async fn download(
        &self,
        service: &Service,
        wanted: &WantedRecording,
        folder: &Path,
    ) -> Result<(), StoreError> {
        let counts = self.inner.store.recording_counts(&service.name).await?;
        let told = AtomicU64::new(0);
        let progress = |bytes: u64, of: Option<u64>| {
            // Often enough for a bar that moves.
            let before = told.load(Ordering::Relaxed);
            if bytes < before.saturating_add(MIB) && Some(bytes) != of {
                return;
            }
            told.store(bytes, Ordering::Relaxed);
            let progress = RecordingProgress { counts, bytes, of };
            self.tell(EngineEvent::Recording(service.name.clone(), progress));
        };
        let most = u64::from(self.settings().import.max_recording_mb).saturating_mul(MIB);
        let id = &wanted.remote_id;
        let fate = match service.cloud.download(id, folder, most, &progress).await {
            Ok(downloaded) => {
                let _turn = self.inner.recordings_turn.lock().await;
                if !self.note_recording(service, id, &downloaded.file).await?
                    && let Err(error) = erase(&downloaded.file).await
                {
                    tracing::warn!(kind = ?error.kind(), "a recording cannot be erased");
                }
                RecordingFate::Done
            }
            Err(error) => self.not_downloaded(service, wanted, &error),
        };
        let store = &self.inner.store;
        store.settle_recording(&service.name, id, fate).await
    }

    fn not_downloaded(
        &self,
        service: &Service,
        wanted: &WantedRecording,
        error: &DownloadError,
    ) -> RecordingFate {
        tracing::info!(%error, service = service.name, "a recording was not downloaded");
        let last = PAUSES_S.len() - 1;
        let index = usize::try_from(wanted.failures).unwrap_or(last).min(last);
        let pause = SignedDuration::from_secs(PAUSES_S.get(index).copied().unwrap_or(3_600));
        let asked = match error {
            DownloadError::TooLarge => return RecordingFate::Failed,
            DownloadError::Missing if wanted.failures + 1 >= MOST_MISSES => {
                return RecordingFate::Failed;
            }
            DownloadError::Read(error) => {
                self.note_cloud_error(&service.name, error);
                match error {
                    ReadError::Gone => return RecordingFate::Failed,
                    ReadError::Busy { retry_after } => *retry_after,
                    _ => None,
                }
            }
            DownloadError::Missing | DownloadError::Folder => None,
        };
        let now = self.now();
        RecordingFate::Later(now.checked_add(asked.unwrap_or(pause)).unwrap_or(now))
    }

    /// Notes where a recording lies. False when its call was erased meanwhile.
    async fn note_recording(
        &self,
        service: &Service,
        id: &str,
        file: &Path,
    ) -> Result<bool, StoreError> {
        let plan = self.inner.store.follow_up_of(&service.name, id).await?;
        let Some(mut plan) = plan else {
            return Ok(false);
        };
        let file = file.to_string_lossy().into_owned();
        self.change_plan(&mut plan, |plan| plan.notes.recording_file = Some(file))
            .await?;
        Ok(true)
    }

    async fn tell_recordings(
        &self,
        service: &Service,
        bytes: u64,
        of: Option<u64>,
    ) -> Result<(), StoreError> {
        let counts = self.inner.store.recording_counts(&service.name).await?;
        let progress = RecordingProgress { counts, bytes, of };
        self.tell(EngineEvent::Recording(service.name.clone(), progress));
        Ok(())
    }
}

/// Erases a file. False when there is none. What is no plain file stays, and is an error.
async fn erase(file: &Path) -> io::Result<bool> {
    let gone = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Ok(false),
        _ => Err(error),
    };
    match fs::symlink_metadata(file).await {
        Ok(meta) if meta.is_file() => match fs::remove_file(file).await {
            Ok(()) => Ok(true),
            Err(error) => gone(error),
        },
        Ok(_) => Err(io::ErrorKind::InvalidInput.into()),
        Err(error) => gone(error),
    }
}
