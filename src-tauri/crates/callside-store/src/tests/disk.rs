//! A real file system without room. Mounting one takes the superuser; elsewhere these tests have
//! nothing to do, and the store's own limit of pages stands in for them in `privacy`.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::{BackupError, File, StoreError};

struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(dir.path())
            .output();
        mounted
            .is_ok_and(|done| done.status.success())
            .then_some(Self(dir))
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(self.0.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    /// Takes all the room that is left.
    fn fill(&self) -> std::path::PathBuf {
        let path = self.0.path().join("filler");
        let mut file = std::fs::File::create(&path).unwrap();
        let chunk = [1_u8; 4096];
        while std::io::Write::write_all(&mut file, &chunk).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

async fn note_of(store: &Store) -> String {
    let record = store.call(&CallId::new("A")).await.unwrap();
    record.unwrap().draft.note
}

/// Writes ever longer notes until one is refused, and tells the last one that was taken.
async fn write_until_refused(store: &Store) -> (String, StoreError) {
    let mut kept = note_of(store).await;
    for n in 0..2_000 {
        let note = format!("{n} ").repeat(600);
        let wanted = draft(&note, &[]);
        match store.save_draft(&CallId::new("A"), &wanted).await {
            Ok(_) => kept = wanted.note,
            Err(error) => return (kept, error),
        }
    }
    panic!("the disk never became full");
}

#[tokio::test]
async fn a_full_disk_refuses_notes_and_takes_them_again_once_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let store = open(&disk.0).await.store;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let filler = disk.fill();
    let (kept, refused) = write_until_refused(&store).await;
    assert!(
        matches!(
            refused,
            StoreError::Full {
                file: File::Journal
            }
        ),
        "{refused:?}"
    );
    assert_eq!(note_of(&store).await, kept);
    let backup = store.backup(at(100)).await;
    assert!(matches!(backup, Err(BackupError::Full)), "{backup:?}");
    assert_eq!(left_in(&disk.0.path().join("backups")), 0);

    std::fs::remove_file(filler).unwrap();
    let after = draft("there is room again", &[]);
    store.save_draft(&CallId::new("A"), &after).await.unwrap();
    store.backup(at(200)).await.unwrap();
    store.close().await;
    let opened = open(&disk.0).await;
    assert_eq!(opened.journal_set_aside, None);
    assert_eq!(note_of(&opened.store).await, "there is room again");
    opened.store.close().await;
}

#[tokio::test]
async fn a_disk_that_becomes_read_only_refuses_notes_and_recovers() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let store = open(&disk.0).await.store;
    store.save_call(&ended("A", MARIE, 0)).await.unwrap();
    let before = draft("before", &[]);
    store.save_draft(&CallId::new("A"), &before).await.unwrap();
    store.close().await;
    disk.remount("ro");
    let refused = Store::open(options(&disk.0)).await;
    assert!(
        matches!(refused, Err(crate::OpenError::Unwritable { .. })),
        "{refused:?}"
    );
    disk.remount("rw");
    let opened = open(&disk.0).await;
    assert_eq!(opened.journal_set_aside, None);
    assert_eq!(note_of(&opened.store).await, "before");
    opened.store.close().await;
}

fn left_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
