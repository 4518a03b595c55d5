//! Where the secrets of this install live, and the key of its databases.
//!
//! The system's keychain is the usual place. Where there is none, the agent chooses between a
//! passphrase, which is asked at each start, and a session that stores nothing. A choice once made
//! is found again: a file of sealed secrets in the data folder means a passphrase. Nothing ever
//! falls back to plain text, and a database is never opened with a fresh key because its own could
//! not be reached.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use callside_core::ports::{SecretError, SecretHome, SecretStore};
use callside_keychain::passphrase::Cost;
use callside_keychain::{KeychainState, PassphraseStore, SessionStore, open_keychain};
use callside_store::StoreKey;
use zeroize::Zeroizing;

use super::OpenFailed;
use crate::home::Home;
use crate::wire::{KeychainWord, SecretsWord};

/// Names a file whose first line is the passphrase.
pub const PASSPHRASE_FILE: &str = "CALLSIDE_PASSPHRASE_FILE";
const DATABASE_KEY: &str = "database_key";
const SEALED: &str = "secrets.sealed";

/// What the agent said of the secrets.
pub enum Unlock {
    /// Nothing: use what was chosen before, or the keychain.
    Auto,
    /// Store nothing; everything is gone when the app ends.
    Session,
    /// This passphrase guards them. The first one given is the one to remember.
    Passphrase(Zeroizing<String>),
}

/// Secrets that remember whether they could be reached when they were last asked for: a keychain
/// may lock in the middle of a day.
pub(super) struct Watched {
    secrets: Arc<dyn SecretStore>,
    locked: AtomicBool,
}

impl Watched {
    fn new(secrets: Arc<dyn SecretStore>) -> Arc<Self> {
        Arc::new(Self {
            secrets,
            locked: AtomicBool::new(false),
        })
    }

    /// Whether the last one who asked found them locked.
    pub(super) fn are_locked(&self) -> bool {
        self.locked.load(Ordering::Relaxed)
    }

    fn note<T>(&self, answer: Result<T, SecretError>) -> Result<T, SecretError> {
        let locked = matches!(answer, Err(SecretError::Locked | SecretError::Denied));
        if self.locked.swap(locked, Ordering::Relaxed) != locked {
            tracing::warn!(locked, "the keychain changed");
        }
        answer
    }
}

#[async_trait]
impl SecretStore for Watched {
    fn home(&self) -> SecretHome {
        self.secrets.home()
    }

    async fn read(&self, handle: &str) -> Result<Option<String>, SecretError> {
        self.note(self.secrets.read(handle).await)
    }

    async fn keep(&self, handle: &str, value: &str) -> Result<(), SecretError> {
        self.note(self.secrets.keep(handle, value).await)
    }

    async fn forget(&self, handle: &str) -> Result<(), SecretError> {
        self.note(self.secrets.forget(handle).await)
    }
}

/// Opened secrets and what they open.
pub(super) struct Opened {
    pub(super) secrets: Arc<Watched>,
    pub(super) word: SecretsWord,
    pub(super) key: StoreKey,
    /// A session's own folder, which vanishes with it.
    pub(super) session_home: Option<Home>,
}

/// Where secrets are kept, in the word of `status`.
pub fn status_word(word: SecretsWord) -> KeychainWord {
    match word {
        SecretsWord::Keychain => KeychainWord::Ok,
        SecretsWord::KeychainLocked => KeychainWord::Locked,
        SecretsWord::Passphrase | SecretsWord::PassphraseLocked => KeychainWord::Passphrase,
        SecretsWord::Session | SecretsWord::Undecided => KeychainWord::None,
    }
}

pub(super) async fn open(home: &Home, unlock: Unlock) -> Result<Opened, OpenFailed> {
    match unlock {
        Unlock::Session => session(home).await,
        Unlock::Passphrase(passphrase) => sealed(home, passphrase).await,
        Unlock::Auto => automatic(home).await,
    }
}

async fn automatic(home: &Home) -> Result<Opened, OpenFailed> {
    let was_sealed = sealed_file(home).exists();
    let has_data = home.data().join("journal.db").exists();
    let named = std::env::var_os(PASSPHRASE_FILE).filter(|path| !path.is_empty());
    if let Some(file) = &named
        && (was_sealed || !has_data)
    {
        return sealed(home, passphrase_in(file.into())?).await;
    }
    if was_sealed {
        return Err(OpenFailed::Secrets(SecretsWord::PassphraseLocked));
    }
    let keychain = open_keychain(home.tag());
    match keychain.probe().await {
        KeychainState::Ok => with_key(Arc::new(keychain), SecretsWord::Keychain, None).await,
        KeychainState::Locked => Err(OpenFailed::Secrets(SecretsWord::KeychainLocked)),
        // The key of these data is in a keychain that cannot be reached from here.
        KeychainState::None if has_data => Err(OpenFailed::Secrets(SecretsWord::KeychainLocked)),
        KeychainState::None => Err(OpenFailed::Secrets(SecretsWord::Undecided)),
    }
}

async fn session(home: &Home) -> Result<Opened, OpenFailed> {
    let temporary = Home::temporary()?;
    tracing::info!("nothing is stored: this is a session");
    // The settings are the agent's own also in a session; only data and secrets vanish.
    let temporary = temporary.with_settings_of(home);
    let secrets = Arc::new(SessionStore::default());
    with_key(secrets, SecretsWord::Session, Some(temporary)).await
}

async fn sealed(home: &Home, passphrase: Zeroizing<String>) -> Result<Opened, OpenFailed> {
    let store = PassphraseStore::open(sealed_file(home), passphrase, Cost::default())
        .await
        .map_err(|error| match error {
            SecretError::WrongPassphrase => OpenFailed::WrongPassphrase,
            other => OpenFailed::Secret(other),
        })?;
    with_key(Arc::new(store), SecretsWord::Passphrase, None).await
}

fn sealed_file(home: &Home) -> PathBuf {
    home.data().join(SEALED)
}

fn passphrase_in(file: PathBuf) -> Result<Zeroizing<String>, OpenFailed> {
    let text = std::fs::read_to_string(file).map_err(OpenFailed::PassphraseFile)?;
    let text = Zeroizing::new(text);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let empty = std::io::Error::new(std::io::ErrorKind::InvalidData, "the file is empty");
        return Err(OpenFailed::PassphraseFile(empty));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

async fn with_key(
    secrets: Arc<dyn SecretStore>,
    word: SecretsWord,
    session_home: Option<Home>,
) -> Result<Opened, OpenFailed> {
    let key = match secrets.read(DATABASE_KEY).await?.map(Zeroizing::new) {
        Some(kept) => StoreKey::from_hex(&kept).map_err(|_| SecretError::Unusable)?,
        None => {
            let mut random = [0; 32];
            getrandom::fill(&mut random).map_err(|_| SecretError::Unusable)?;
            let key = StoreKey::generate(random);
            secrets.keep(DATABASE_KEY, &key.to_hex()).await?;
            key
        }
    };
    Ok(Opened {
        secrets: Watched::new(secrets),
        word,
        key,
        session_home,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_passphrase_opens_the_same_key_again_and_no_other_does() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path()).unwrap();
        let give = |text: &str| Unlock::Passphrase(Zeroizing::new(text.to_owned()));
        let first = open(&home, give("correct horse")).await.unwrap();
        let again = open(&home, give("correct horse")).await.unwrap();
        assert_eq!(*first.key.to_hex(), *again.key.to_hex());
        let wrong = open(&home, give("wrong horse")).await;
        assert!(matches!(wrong, Err(OpenFailed::WrongPassphrase)));
        assert_eq!(status_word(first.word), KeychainWord::Passphrase);
    }

    /// A keychain that the system locks and unlocks.
    struct Lockable(AtomicBool);

    #[async_trait]
    impl SecretStore for Lockable {
        fn home(&self) -> SecretHome {
            SecretHome::Keychain
        }

        async fn read(&self, _: &str) -> Result<Option<String>, SecretError> {
            match self.0.load(Ordering::Relaxed) {
                true => Err(SecretError::Locked),
                false => Ok(None),
            }
        }

        async fn keep(&self, _: &str, _: &str) -> Result<(), SecretError> {
            self.read("").await.map(drop)
        }

        async fn forget(&self, _: &str) -> Result<(), SecretError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_keychain_that_locks_and_opens_again_is_noticed() {
        let keychain = Arc::new(Lockable(AtomicBool::new(false)));
        let watched = Watched::new(keychain.clone());
        watched.read("x").await.unwrap();
        assert!(!watched.are_locked());
        keychain.0.store(true, Ordering::Relaxed);
        watched.keep("x", "y").await.unwrap_err();
        assert!(watched.are_locked());
        keychain.0.store(false, Ordering::Relaxed);
        watched.read("x").await.unwrap();
        assert!(!watched.are_locked());
    }

    #[tokio::test]
    async fn a_session_leaves_nothing_in_the_data_folder() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path()).unwrap();
        let opened = open(&home, Unlock::Session).await.unwrap();
        let elsewhere = opened.session_home.unwrap();
        assert_ne!(elsewhere.data(), home.data());
        assert_eq!(elsewhere.settings_file(), home.settings_file());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        elsewhere.remove();
    }
}
