//! The keychain of the operating system.
//!
//! A locked keychain may ask the user for a password and so take as long as the user does.
//! Calls therefore run on a thread for blocking work, one at a time, and the caller waits for a
//! limited time only: after that the keychain counts as locked. A call that was given up on keeps
//! its turn until the keychain answers it, so that no second question is put on top of the first.
//!
//! Windows keeps at most 2560 bytes per entry, 1280 characters of UTF-16. Longer values are
//! refused there ([`SecretError::Denied`]), never cut: keep a refresh token, not a bundle.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callside_core::ports::{SecretError, SecretHome, SecretStore};
use keyring::Error;
use tokio::sync::Mutex;

/// Under this name all entries appear in the system's own tools.
const SERVICE: &str = "Callside";
/// How long a user may take to unlock the keychain before a call gives up.
const PATIENCE: Duration = Duration::from_secs(90);
/// The probe's entry. It holds no secret.
const PROBE: &str = "probe";

/// Whether the keychain can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeychainState {
    /// Entries can be written and deleted.
    Ok,
    /// There is one, and it is locked or refuses.
    Locked,
    /// There is none.
    None,
}

impl KeychainState {
    /// The word of the JSON shapes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Locked => "locked",
            Self::None => "none",
        }
    }
}

/// The entries of one data folder in the OS keychain.
pub struct KeychainStore {
    home_tag: String,
    patience: Duration,
    backend: Arc<Mutex<backend::Backend>>,
}

/// Opens the keychain for one data folder. `home_tag` tells folders apart: two folders never see
/// each other's secrets. Nothing is asked of the system before the first use.
pub fn open_keychain(home_tag: &str) -> KeychainStore {
    KeychainStore {
        home_tag: home_tag.to_owned(),
        patience: PATIENCE,
        backend: Arc::default(),
    }
}

impl KeychainStore {
    /// Changes how long a call waits for the user to unlock the keychain (90 seconds).
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Finds out whether secrets can be kept, by writing and deleting an entry. A locked keychain
    /// may ask the user for its password.
    pub async fn probe(&self) -> KeychainState {
        let written = self.keep(PROBE, "probe").await;
        match written.and(self.forget(PROBE).await) {
            Ok(()) => KeychainState::Ok,
            Err(SecretError::NoKeychain) => KeychainState::None,
            Err(_) => KeychainState::Locked,
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        handle: &str,
        question: impl Fn(&backend::Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, SecretError> {
        let user = format!("{}/{handle}", self.home_tag);
        let backend = Arc::clone(&self.backend);
        let answer = async move {
            let mut turn = backend.lock_owned().await;
            tokio::task::spawn_blocking(move || turn.ask(&user, question))
                .await
                .unwrap_or(Err(SecretError::Denied))
        };
        tokio::time::timeout(self.patience, answer)
            .await
            .unwrap_or(Err(SecretError::Locked))
    }
}

impl fmt::Debug for KeychainStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeychainStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretStore for KeychainStore {
    fn home(&self) -> SecretHome {
        SecretHome::Keychain
    }

    async fn read(&self, handle: &str) -> Result<Option<String>, SecretError> {
        self.ask(handle, |entry| match entry.get_password() {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn keep(&self, handle: &str, value: &str) -> Result<(), SecretError> {
        let value = zeroize::Zeroizing::new(value.to_owned());
        self.ask(handle, move |entry| entry.set_password(&value))
            .await
    }

    async fn forget(&self, handle: &str) -> Result<(), SecretError> {
        self.ask(handle, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
        .await
    }
}

/// What the user can do about an error. `failure` is the meaning of a failing platform, which
/// differs between systems.
fn told(error: &Error, failure: SecretError) -> SecretError {
    match error {
        Error::PlatformFailure(_) => failure,
        Error::NoStorageAccess(_) => SecretError::Locked,
        Error::NoDefaultStore | Error::NotSupportedByStore(_) => SecretError::NoKeychain,
        _ => SecretError::Denied,
    }
}

/// The Secret Service. The connection is made at first use and made again after a failure, since
/// the service may start after the app and be restarted under it.
#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
mod backend {
    use std::sync::Arc;

    use callside_core::ports::SecretError;
    use keyring::Error;
    pub(super) use keyring_core::Entry;
    use keyring_core::api::CredentialStoreApi;
    use zbus_secret_service_keyring_store::Store;

    use super::{SERVICE, told};

    #[derive(Default)]
    pub(super) struct Backend {
        store: Option<Arc<Store>>,
    }

    impl Backend {
        pub(super) fn ask<T>(
            &mut self,
            user: &str,
            question: impl Fn(&Entry) -> Result<T, Error>,
        ) -> Result<T, SecretError> {
            let had_store = self.store.is_some();
            let first = self.try_once(user, &question);
            let answer = match first {
                // A connection from before may have outlived the service it led to.
                Err(Error::PlatformFailure(_)) if had_store => {
                    self.store = None;
                    self.try_once(user, &question)
                }
                first => first,
            };
            answer.map_err(|error| {
                let told = told(&error, SecretError::NoKeychain);
                if told == SecretError::NoKeychain {
                    self.store = None;
                }
                told
            })
        }

        fn try_once<T>(
            &mut self,
            user: &str,
            question: impl Fn(&Entry) -> Result<T, Error>,
        ) -> Result<T, Error> {
            let store = match &self.store {
                Some(store) => Arc::clone(store),
                None => Arc::clone(self.store.insert(Store::new()?)),
            };
            question(&store.build(SERVICE, user, None)?)
        }
    }
}

/// Keychain Services and Credential Manager: always there.
#[cfg(not(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
)))]
mod backend {
    use callside_core::ports::SecretError;
    pub(super) use keyring::Entry;
    use keyring::Error;

    use super::{SERVICE, told};

    #[derive(Default)]
    pub(super) struct Backend;

    impl Backend {
        pub(super) fn ask<T>(
            &mut self,
            user: &str,
            question: impl Fn(&Entry) -> Result<T, Error>,
        ) -> Result<T, SecretError> {
            Entry::new(SERVICE, user)
                .and_then(|entry| question(&entry))
                .map_err(|error| told(&error, SecretError::Denied))
        }
    }
}
