//! Recordings come into a folder.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use callside_core::ports::{CloudTelephony, DownloadError, Downloaded, ReadError};
use serde_json::json;
use tempfile::TempDir;

use crate::aircall_at;
use crate::peer::{Peer, Reply, Seen};

const NAME: &str = "20260302T120000Z-5";

fn sound(bytes: usize) -> Vec<u8> {
    (0..bytes)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

/// Aircall and the storage that it links to. The storage answers as it is told; the link tells
/// how often the call was asked for.
async fn with_storage(
    storage: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> (Peer, Arc<Peer>) {
    let storage = Arc::new(Peer::answering(storage).await);
    let link = storage.url.clone();
    let asked = AtomicUsize::new(0);
    let aircall = Peer::answering(move |_| {
        let turn = asked.fetch_add(1, Ordering::SeqCst) + 1;
        let call = json!({
            "id": 5,
            "direction": "inbound",
            "started_at": 1_772_452_800,
            "recording": format!("{link}/5.mp3?link={turn}"),
        });
        Reply::json(200, &json!({ "call": call }))
    })
    .await;
    (aircall, storage)
}

async fn save(aircall: &Peer, folder: &Path, most: u64) -> Result<Downloaded, DownloadError> {
    let aircall = aircall_at(&aircall.url, None);
    aircall.download("5", folder, most, &|_, _| {}).await
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn a_recording_is_saved_under_time_and_id_and_the_storage_sees_no_key() {
    let (aircall, storage) = with_storage(|_| Reply::bytes(200, sound(2_000_000))).await;
    let folder = TempDir::new().unwrap();
    let told = Mutex::new(Vec::new());
    let progress = |there: u64, whole: Option<u64>| told.lock().unwrap().push((there, whole));
    let client = aircall_at(&aircall.url, None);
    let saved = client
        .download("5", folder.path(), 2_000_000, &progress)
        .await
        .unwrap();
    assert_eq!(saved.bytes, 2_000_000);
    assert_eq!(names(&folder), [format!("{NAME}.mp3")]);
    assert_eq!(std::fs::read(saved.file).unwrap(), sound(2_000_000));
    let told = told.into_inner().unwrap();
    assert_eq!(told.first(), Some(&(0, Some(2_000_000))));
    assert_eq!(told.last(), Some(&(2_000_000, Some(2_000_000))));
    assert!(told.len() > 3 && told.is_sorted());
    assert!(
        storage
            .seen()
            .iter()
            .all(|seen| seen.header("authorization").is_none())
    );
}

#[tokio::test]
async fn what_was_cut_goes_on_where_it_was() {
    let (aircall, storage) = with_storage(|seen| match seen.header("range") {
        None => Reply::pieces(200, vec![sound(1_000_000)], true),
        Some(range) => {
            let from = range.trim_start_matches("bytes=").trim_end_matches('-');
            let from: usize = from.parse().unwrap();
            let rest = sound(1_500_000)[from..].to_vec();
            let told = format!("bytes {from}-1499999/1500000");
            Reply::bytes(206, rest).with("content-range", &told)
        }
    })
    .await;
    let folder = TempDir::new().unwrap();
    let cut = save(&aircall, folder.path(), 1 << 30).await;
    assert_eq!(cut, Err(ReadError::Offline.into()));
    assert_eq!(names(&folder), [format!("{NAME}.part")]);
    let saved = save(&aircall, folder.path(), 1 << 30).await.unwrap();
    assert_eq!(std::fs::read(saved.file).unwrap(), sound(1_500_000));
    assert_eq!(names(&folder), [format!("{NAME}.mp3")]);
    let ranges: Vec<bool> = storage
        .seen()
        .iter()
        .map(|it| it.header("range").is_some())
        .collect();
    assert_eq!(ranges, [false, true]);
}

#[tokio::test]
async fn a_part_that_does_not_fit_is_begun_anew() {
    // A storage that knows no ranges, one that refuses this one, one that answers another.
    let replies: [fn(&Seen) -> Reply; 3] = [
        |_| Reply::bytes(200, sound(3_000)),
        |seen| match seen.header("range") {
            Some(_) => Reply::bytes(416, Vec::new()).with("content-range", "bytes */3000"),
            None => Reply::bytes(200, sound(3_000)),
        },
        |seen| match seen.header("range") {
            Some(_) => Reply::bytes(206, sound(10)).with("content-range", "bytes 0-9/3000"),
            None => Reply::bytes(200, sound(3_000)),
        },
    ];
    for reply in replies {
        let (aircall, _storage) = with_storage(reply).await;
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join(format!("{NAME}.part")), [9; 5_000]).unwrap();
        let saved = save(&aircall, folder.path(), 1 << 30).await.unwrap();
        assert_eq!(std::fs::read(saved.file).unwrap(), sound(3_000));
    }
}

#[tokio::test]
async fn a_part_that_was_whole_only_lacked_its_name() {
    let (aircall, _storage) =
        with_storage(|_| Reply::bytes(416, Vec::new()).with("content-range", "bytes */3000")).await;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(format!("{NAME}.part")), sound(3_000)).unwrap();
    let saved = save(&aircall, folder.path(), 1 << 30).await.unwrap();
    assert_eq!(std::fs::read(saved.file).unwrap(), sound(3_000));
}

#[tokio::test]
async fn what_is_larger_than_allowed_is_refused_by_its_length_and_while_it_comes() {
    let told: fn(&Seen) -> Reply = |_| Reply::bytes(200, sound(1_001));
    let untold: fn(&Seen) -> Reply = |_| Reply::pieces(200, vec![sound(600), sound(401)], false);
    for reply in [told, untold] {
        let (aircall, _storage) = with_storage(reply).await;
        let folder = TempDir::new().unwrap();
        let refused = save(&aircall, folder.path(), 1_000).await;
        assert_eq!(refused, Err(DownloadError::TooLarge));
        assert!(names(&folder).is_empty());
        assert_eq!(
            save(&aircall, folder.path(), 1_001).await.unwrap().bytes,
            1_001
        );
    }
}

#[tokio::test]
async fn a_link_that_died_is_asked_for_anew() {
    let (aircall, _storage) = with_storage(|seen| match seen.query("link") {
        Some("1") => Reply::bytes(403, Vec::new()),
        _ => Reply::bytes(200, sound(10)),
    })
    .await;
    let folder = TempDir::new().unwrap();
    assert_eq!(save(&aircall, folder.path(), 100).await.unwrap().bytes, 10);

    let (aircall, storage) = with_storage(|_| Reply::bytes(403, Vec::new())).await;
    let dead = save(&aircall, folder.path().join("other").as_path(), 100).await;
    assert_eq!(dead, Err(DownloadError::Missing));
    assert_eq!(storage.seen().len(), 2);
}

#[tokio::test]
async fn nothing_in_the_folder_is_overwritten() {
    let (aircall, storage) = with_storage(|_| Reply::bytes(200, sound(10))).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(format!("{NAME}.mp3"));
    std::fs::write(&file, "mine").unwrap();
    let there = save(&aircall, folder.path(), 100).await.unwrap();
    assert_eq!((there.file, there.bytes), (file.clone(), 4));
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert!(storage.seen().is_empty());

    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let refused = save(&aircall, folder.path(), 100).await;
    assert_eq!(refused, Err(DownloadError::Folder));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said_so() {
    let (aircall, _storage) = with_storage(|_| Reply::bytes(200, sound(10))).await;
    let nowhere = TempDir::new().unwrap().path().join("gone");
    assert_eq!(
        save(&aircall, &nowhere, 100).await,
        Err(DownloadError::Folder)
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_part_that_points_elsewhere_is_not_followed() {
    let (aircall, _storage) = with_storage(|_| Reply::bytes(200, sound(10))).await;
    let folder = TempDir::new().unwrap();
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "mine").unwrap();
    let part = folder.path().join(format!("{NAME}.part"));
    std::os::unix::fs::symlink(&victim, part).unwrap();
    assert_eq!(
        save(&aircall, folder.path(), 100).await,
        Err(DownloadError::Folder)
    );
    assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
}

#[tokio::test]
async fn words_instead_of_sound_are_no_recording() {
    let (aircall, _storage) = with_storage(|_| {
        Reply::bytes(200, b"<html>".to_vec()).with("content-type", "text/html; charset=utf-8")
    })
    .await;
    let folder = TempDir::new().unwrap();
    let page = save(&aircall, folder.path(), 100).await;
    assert_eq!(page, Err(ReadError::Unreadable.into()));
    assert!(names(&folder).is_empty());
}

#[tokio::test]
async fn a_link_that_leads_on_is_followed_to_safe_places_only() {
    let (aircall, storage) = with_storage(|seen| match seen.path.as_str() {
        "/5.mp3" => Reply::bytes(302, Vec::new()).with("location", "/moved.wav"),
        _ => Reply::bytes(200, sound(10)).with("content-type", "audio/wav"),
    })
    .await;
    let folder = TempDir::new().unwrap();
    save(&aircall, folder.path(), 100).await.unwrap();
    assert_eq!(names(&folder), [format!("{NAME}.wav")]);
    assert_eq!(storage.seen().len(), 2);
    for target in [
        "http://storage.example.com/x",
        "file:///etc/passwd",
        "/5.mp3",
    ] {
        let (aircall, _storage) =
            with_storage(move |_| Reply::bytes(302, Vec::new()).with("location", target)).await;
        let folder = TempDir::new().unwrap();
        let led = save(&aircall, folder.path(), 100).await;
        assert_eq!(led, Err(ReadError::Unreadable.into()), "{target}");
    }
}

#[tokio::test]
async fn the_size_is_learned_from_the_first_byte() {
    let (aircall, storage) =
        with_storage(|_| Reply::bytes(206, vec![0]).with("content-range", "bytes 0-0/209715201"))
            .await;
    let client = aircall_at(&aircall.url, None);
    assert_eq!(client.recording_bytes("5").await, Ok(Some(209_715_201)));
    assert_eq!(storage.seen()[0].header("range"), Some("bytes=0-0"));
}
