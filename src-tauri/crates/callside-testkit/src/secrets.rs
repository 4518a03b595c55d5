//! A keychain in memory that can be locked.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::ports::{SecretError, SecretHome, SecretStore};

/// Secrets in memory. A test may lock it, and look at what was kept.
#[derive(Default)]
pub struct MemorySecrets {
    kept: Mutex<BTreeMap<String, String>>,
    trouble: Mutex<Option<SecretError>>,
}

impl MemorySecrets {
    /// An empty keychain.
    pub fn new() -> Self {
        Self::default()
    }

    /// A keychain that already holds these secrets.
    pub fn holding<const N: usize>(secrets: [(&str, &str); N]) -> Self {
        let store = Self::new();
        for (handle, value) in secrets {
            store.put(handle, value);
        }
        store
    }

    /// Puts a secret in, as if somebody else had.
    pub fn put(&self, handle: &str, value: &str) {
        lock(&self.kept).insert(handle.to_owned(), value.to_owned());
    }

    /// What is kept under the handle.
    pub fn get(&self, handle: &str) -> Option<String> {
        lock(&self.kept).get(handle).cloned()
    }

    /// From now on every call fails like this; None ends the trouble.
    pub fn fail_with(&self, trouble: Option<SecretError>) {
        *lock(&self.trouble) = trouble;
    }

    fn trouble(&self) -> Result<(), SecretError> {
        lock(&self.trouble).map_or(Ok(()), Err)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl SecretStore for MemorySecrets {
    fn home(&self) -> SecretHome {
        SecretHome::Session
    }

    async fn read(&self, handle: &str) -> Result<Option<String>, SecretError> {
        self.trouble()?;
        Ok(self.get(handle))
    }

    async fn keep(&self, handle: &str, value: &str) -> Result<(), SecretError> {
        self.trouble()?;
        self.put(handle, value);
        Ok(())
    }

    async fn forget(&self, handle: &str) -> Result<(), SecretError> {
        self.trouble()?;
        lock(&self.kept).remove(handle);
        Ok(())
    }
}
