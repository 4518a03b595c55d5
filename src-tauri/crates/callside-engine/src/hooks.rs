//! The key by which hooks prove that the user set them up.
//!
//! It guards against web pages, not against the agent, so it may be shown. Renewing it makes every
//! recipe given out before it unverified.

use callside_store::StoreError;

use crate::engine::Engine;

const HOOK_KEY: &str = "hook_key";

impl Engine {
    /// The key; made at first use.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be read or written.
    pub async fn hook_key(&self) -> Result<String, StoreError> {
        match self.inner.store.fact(HOOK_KEY).await? {
            Some(key) => Ok(key),
            None => self.renew_hook_key().await,
        }
    }

    /// A new key in place of the old one.
    ///
    /// # Errors
    /// [`StoreError`] when the journal cannot be written.
    pub async fn renew_hook_key(&self) -> Result<String, StoreError> {
        let key = self.inner.ids.key();
        self.inner.store.set_fact(HOOK_KEY, &key).await?;
        Ok(key)
    }
}
