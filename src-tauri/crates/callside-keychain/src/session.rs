//! Secrets that are gone when the app stops, for a user who has no keychain and wants no file.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::ports::{SecretError, SecretHome, SecretStore};
use zeroize::Zeroizing;

/// Secrets in memory. Dropping it wipes them.
#[derive(Default)]
pub struct SessionStore {
    secrets: Mutex<BTreeMap<String, Zeroizing<String>>>,
}

impl SessionStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, Zeroizing<String>>> {
        // The map is whole between any two statements, so a panic elsewhere cannot have torn it.
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretStore for SessionStore {
    fn home(&self) -> SecretHome {
        SecretHome::Session
    }

    async fn read(&self, handle: &str) -> Result<Option<String>, SecretError> {
        Ok(self.secrets().get(handle).map(|value| value.to_string()))
    }

    async fn keep(&self, handle: &str, value: &str) -> Result<(), SecretError> {
        let value = Zeroizing::new(value.to_owned());
        self.secrets().insert(handle.to_owned(), value);
        Ok(())
    }

    async fn forget(&self, handle: &str) -> Result<(), SecretError> {
        self.secrets().remove(handle);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_secret_is_kept_replaced_and_forgotten() {
        let store = SessionStore::new();
        assert_eq!(store.read("crm/token").await, Ok(None));
        store.keep("crm/token", "first").await.unwrap();
        store.keep("crm/token", "second").await.unwrap();
        assert_eq!(store.read("crm/token").await, Ok(Some("second".into())));
        assert_eq!(store.read("crm/other").await, Ok(None));
        store.forget("crm/token").await.unwrap();
        store.forget("crm/token").await.unwrap();
        assert_eq!(store.read("crm/token").await, Ok(None));
    }

    #[tokio::test]
    async fn debug_output_shows_no_secret() {
        let store = SessionStore::new();
        store.keep("crm/token", "hush-hush").await.unwrap();
        assert!(!format!("{store:?}").contains("hush-hush"));
    }
}
