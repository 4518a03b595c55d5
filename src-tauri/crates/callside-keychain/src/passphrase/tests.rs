#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

use tempfile::TempDir;

use super::*;

/// Guessing is cheap here, so that tests are fast.
const CHEAP: Cost = Cost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};

async fn open(path: &Path, passphrase: &str) -> Result<PassphraseStore, SecretError> {
    PassphraseStore::open(path.to_owned(), Zeroizing::new(passphrase.into()), CHEAP).await
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("secrets.json");
    (folder, path)
}

#[tokio::test]
async fn secrets_survive_a_restart_behind_the_same_passphrase() {
    let (_folder, path) = folder();
    let store = open(&path, "correct horse").await.unwrap();
    store.keep("sellsy/refresh_token", "hush-1").await.unwrap();
    store.keep("hook/key", "hush-2").await.unwrap();
    store.forget("hook/key").await.unwrap();
    store.forget("never/kept").await.unwrap();
    drop(store);

    let store = open(&path, "correct horse").await.unwrap();
    let read = store.read("sellsy/refresh_token").await;
    assert_eq!(read, Ok(Some("hush-1".into())));
    assert_eq!(store.read("hook/key").await, Ok(None));
}

#[tokio::test]
async fn a_wrong_passphrase_opens_nothing_and_changes_nothing() {
    let (_folder, path) = folder();
    let store = open(&path, "correct horse").await.unwrap();
    store.keep("hook/key", "hush").await.unwrap();
    let before = fs::read(&path).unwrap();

    let wrong = open(&path, "correct horsf").await.unwrap_err();
    assert_eq!(wrong, SecretError::WrongPassphrase);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn an_empty_new_file_already_knows_its_passphrase() {
    let (_folder, path) = folder();
    open(&path, "first").await.unwrap();
    let wrong = open(&path, "second").await.unwrap_err();
    assert_eq!(wrong, SecretError::WrongPassphrase);
}

#[tokio::test]
async fn neither_handle_nor_value_is_on_disk_in_the_clear() {
    let (_folder, path) = folder();
    let store = open(&path, "correct horse").await.unwrap();
    store
        .keep("sellsy/refresh_token", "hush-hush")
        .await
        .unwrap();
    let text = fs::read_to_string(&path).unwrap();
    for word in ["refresh_token", "hush-hush", "correct horse"] {
        assert!(!text.contains(word), "{word} is in the file");
        assert!(
            !text.contains(&BASE64.encode(word)),
            "{word} is in the file"
        );
    }
    assert!(!format!("{store:?}").contains("hush"));
}

#[tokio::test]
async fn every_write_uses_a_new_nonce() {
    let (_folder, path) = folder();
    let store = open(&path, "p").await.unwrap();
    let nonce = || {
        let sealed: Sealed = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        sealed.nonce
    };
    store.keep("a", "1").await.unwrap();
    let first = nonce();
    store.keep("a", "1").await.unwrap();
    assert_ne!(first, nonce());
}

#[tokio::test]
async fn a_file_damaged_anywhere_is_unusable_and_left_as_it_is() {
    let (_folder, path) = folder();
    let store = open(&path, "p").await.unwrap();
    store.keep("hook/key", "hush").await.unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();

    let mut damaged: Vec<Vec<u8>> = vec![Vec::new(), b"{}".to_vec(), b"\0\xff".to_vec()];
    damaged.push(whole[..whole.len() / 2].to_vec());
    let text = String::from_utf8(whole.clone()).unwrap();
    for field in ["salt", "nonce", "secrets", "checksum"] {
        let at = text.find(&format!("\"{field}\": \"")).unwrap() + field.len() + 6;
        let mut bytes = whole.clone();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        damaged.push(bytes);
    }
    for bytes in damaged {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(open(&path, "p").await.unwrap_err(), SecretError::Unusable);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_file_that_asks_for_absurd_work_is_refused_before_the_work() {
    let (_folder, path) = folder();
    let cost = |memory_kib, passes, lanes| Cost {
        memory_kib,
        passes,
        lanes,
    };
    for cost in [cost(u32::MAX, 1, 1), cost(64, u32::MAX, 1), cost(64, 1, 0)] {
        let mut sealed = Sealed {
            format: FORMAT,
            cost,
            salt: BASE64.encode([0; SALT_LEN]),
            nonce: BASE64.encode([0; NONCE_LEN]),
            secrets: BASE64.encode([0; 32]),
            checksum: String::new(),
        };
        sealed.checksum = sealed.sum();
        fs::write(&path, serde_json::to_vec(&sealed).unwrap()).unwrap();
        assert_eq!(open(&path, "p").await.unwrap_err(), SecretError::Unusable);
    }
}

#[tokio::test]
async fn lowering_the_cost_by_hand_does_not_go_unnoticed() {
    let (_folder, path) = folder();
    open(&path, "p").await.unwrap();
    let mut sealed: Sealed = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    sealed.cost.memory_kib = 8;
    sealed.checksum = sealed.sum();
    fs::write(&path, serde_json::to_vec(&sealed).unwrap()).unwrap();
    let refused = open(&path, "p").await.unwrap_err();
    assert_eq!(refused, SecretError::WrongPassphrase);
}

#[tokio::test]
async fn a_damaged_file_can_be_set_aside_without_losing_an_earlier_one() {
    let (folder, path) = folder();
    fs::write(&path, b"first").unwrap();
    let first = set_aside(&path).unwrap();
    fs::write(&path, b"second").unwrap();
    let second = set_aside(&path).unwrap();
    assert_eq!(fs::read(first).unwrap(), b"first");
    assert_eq!(fs::read(second).unwrap(), b"second");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    open(&path, "p").await.unwrap();
}

#[tokio::test]
async fn a_write_that_fails_leaves_the_old_value_readable() {
    let (folder, path) = folder();
    let store = open(&path, "p").await.unwrap();
    store.keep("a", "old").await.unwrap();
    // A folder in the way of the temporary file makes every write fail, for root too.
    let blocked = folder.path().join("secrets.json.new");
    fs::create_dir(&blocked).unwrap();
    assert_eq!(store.keep("a", "new").await, Err(SecretError::Unusable));
    assert_eq!(store.read("a").await, Ok(Some("old".into())));
    fs::remove_dir(&blocked).unwrap();
    store.keep("a", "new").await.unwrap();
    drop(store);
    let store = open(&path, "p").await.unwrap();
    assert_eq!(store.read("a").await, Ok(Some("new".into())));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_user_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    let store = open(&path, "p").await.unwrap();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    store.keep("a", "1").await.unwrap();
    assert_eq!(mode(), 0o600);
}

#[tokio::test]
async fn the_real_cost_opens_what_it_closed() {
    let (_folder, path) = folder();
    let passphrase = || Zeroizing::new("correct horse".to_owned());
    let store = PassphraseStore::open(path.clone(), passphrase(), Cost::default());
    store.await.unwrap().keep("a", "1").await.unwrap();
    let store = PassphraseStore::open(path.clone(), passphrase(), CHEAP);
    assert_eq!(store.await.unwrap().read("a").await, Ok(Some("1".into())));
}
