//! A file of secrets behind a passphrase, for machines without a keychain.
//!
//! The key comes from the passphrase by Argon2id; the secrets are sealed together by
//! XChaCha20-Poly1305 under a fresh nonce at each write. The file is replaced as a whole, so a
//! crash leaves the old one or the new one. A checksum over the sealed bytes tells a damaged file
//! from a wrong passphrase. A damaged file is never written to: it stays where it is until the user
//! has it [set aside](set_aside).

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use callside_core::ports::{SecretError, SecretHome, SecretStore};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

const FORMAT: u32 = 1;
const SALT_LEN: usize = 16;
const NONCE_LEN: usize = 24;
const KEY_LEN: usize = 32;
/// A larger file was not written by us.
const LARGEST_FILE: u64 = 1 << 20;

/// What guessing a passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// 64 MiB, three passes, one lane: some tenths of a second at each start.
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
        }
    }
}

impl Cost {
    /// A file from elsewhere must not make us fill the memory or compute for hours.
    fn is_sane(self) -> bool {
        (8..=1024 * 1024).contains(&self.memory_kib)
            && (1..=64).contains(&self.passes)
            && (1..=16).contains(&self.lanes)
    }
}

/// The file as it is written. Bytes are base64.
#[derive(Serialize, Deserialize)]
struct Sealed {
    format: u32,
    cost: Cost,
    salt: String,
    nonce: String,
    secrets: String,
    checksum: String,
}

impl Sealed {
    fn sum(&self) -> String {
        let mut sum = Sha256::new();
        sum.update(self.bound());
        sum.update(self.nonce.as_bytes());
        sum.update(b"\n");
        sum.update(self.secrets.as_bytes());
        BASE64.encode(sum.finalize())
    }

    /// What is authenticated beside the secrets: nobody can lower the cost unnoticed.
    fn bound(&self) -> Vec<u8> {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        format!(
            "callside secrets {} {memory_kib} {passes} {lanes} {}\n",
            self.format, self.salt
        )
        .into_bytes()
    }
}

type Secrets = BTreeMap<String, Zeroizing<String>>;

struct Safe {
    path: PathBuf,
    cost: Cost,
    salt: [u8; SALT_LEN],
    key: Zeroizing<[u8; KEY_LEN]>,
    secrets: Secrets,
}

/// Secrets in a file behind a passphrase. The passphrase itself is not kept; dropping the store
/// wipes key and secrets.
pub struct PassphraseStore {
    safe: Arc<Mutex<Safe>>,
}

impl PassphraseStore {
    /// Opens the file, or makes an empty one when there is none. `cost` counts for a new file
    /// only; an existing one says its own.
    ///
    /// # Errors
    /// [`SecretError::WrongPassphrase`] when the passphrase does not open it;
    /// [`SecretError::Unusable`] when the file is damaged, or cannot be read or written.
    pub async fn open(
        path: PathBuf,
        passphrase: Zeroizing<String>,
        cost: Cost,
    ) -> Result<Self, SecretError> {
        let safe = off_thread(move || Safe::open(path, &passphrase, cost)).await?;
        Ok(Self {
            safe: Arc::new(Mutex::new(safe)),
        })
    }

    async fn change(
        &self,
        change: impl FnOnce(&mut Secrets) -> bool + Send + 'static,
    ) -> Result<(), SecretError> {
        let mut safe = Arc::clone(&self.safe).lock_owned().await;
        off_thread(move || {
            let mut secrets = safe.secrets.clone();
            if !change(&mut secrets) {
                return Ok(());
            }
            safe.write(&secrets)?;
            // Only now: what is read must be what is on disk.
            safe.secrets = secrets;
            Ok(())
        })
        .await
    }
}

impl fmt::Debug for PassphraseStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassphraseStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretStore for PassphraseStore {
    fn home(&self) -> SecretHome {
        SecretHome::Passphrase
    }

    async fn read(&self, handle: &str) -> Result<Option<String>, SecretError> {
        let safe = self.safe.lock().await;
        Ok(safe.secrets.get(handle).map(|value| value.to_string()))
    }

    async fn keep(&self, handle: &str, value: &str) -> Result<(), SecretError> {
        let handle = handle.to_owned();
        let value = Zeroizing::new(value.to_owned());
        self.change(move |secrets| {
            secrets.insert(handle, value);
            true
        })
        .await
    }

    async fn forget(&self, handle: &str) -> Result<(), SecretError> {
        let handle = handle.to_owned();
        self.change(move |secrets| secrets.remove(&handle).is_some())
            .await
    }
}

/// Moves a file that cannot be used out of the way, to a name that no file has yet, so that a new
/// one can be made. Answers the new name.
///
/// # Errors
/// [`SecretError::Unusable`] when the file cannot be moved.
pub fn set_aside(path: &Path) -> Result<PathBuf, SecretError> {
    let name = path.file_name().ok_or(SecretError::Unusable)?;
    for number in 1..1000 {
        let mut aside = name.to_owned();
        aside.push(format!(".aside-{number}"));
        let aside = path.with_file_name(aside);
        if fs::symlink_metadata(&aside).is_err() {
            fs::rename(path, &aside).map_err(|_| SecretError::Unusable)?;
            return Ok(aside);
        }
    }
    Err(SecretError::Unusable)
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(SecretError::Unusable))
}

impl Safe {
    fn open(path: PathBuf, passphrase: &str, cost: Cost) -> Result<Self, SecretError> {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() && found.len() <= LARGEST_FILE => {
                Self::unseal(path, passphrase)
            }
            Ok(_) => Err(SecretError::Unusable),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Self::create(path, passphrase, cost)
            }
            Err(_) => Err(SecretError::Unusable),
        }
    }

    fn create(path: PathBuf, passphrase: &str, cost: Cost) -> Result<Self, SecretError> {
        let mut salt = [0; SALT_LEN];
        getrandom::fill(&mut salt).map_err(|_| SecretError::Unusable)?;
        let safe = Self {
            key: derive(passphrase, &salt, cost)?,
            path,
            cost,
            salt,
            secrets: Secrets::new(),
        };
        // Written at once: from now on a different passphrase is a wrong one.
        safe.write(&safe.secrets)?;
        Ok(safe)
    }

    fn unseal(path: PathBuf, passphrase: &str) -> Result<Self, SecretError> {
        let bytes = fs::read(&path).map_err(|_| SecretError::Unusable)?;
        let sealed: Sealed = serde_json::from_slice(&bytes).map_err(|_| SecretError::Unusable)?;
        if sealed.format != FORMAT || !sealed.cost.is_sane() || sealed.checksum != sealed.sum() {
            return Err(SecretError::Unusable);
        }
        let salt: [u8; SALT_LEN] = fixed(&sealed.salt)?;
        let nonce: [u8; NONCE_LEN] = fixed(&sealed.nonce)?;
        let sealed_secrets = decode(&sealed.secrets)?;
        let key = derive(passphrase, &salt, sealed.cost)?;
        let opened = cipher(&key)
            .decrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: &sealed_secrets,
                    aad: &sealed.bound(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| SecretError::WrongPassphrase)?;
        let secrets: BTreeMap<String, String> =
            serde_json::from_slice(&opened).map_err(|_| SecretError::Unusable)?;
        Ok(Self {
            path,
            cost: sealed.cost,
            salt,
            key,
            secrets: secrets
                .into_iter()
                .map(|(handle, value)| (handle, Zeroizing::new(value)))
                .collect(),
        })
    }

    fn write(&self, secrets: &Secrets) -> Result<(), SecretError> {
        let sealed = self.seal(secrets)?;
        let text = serde_json::to_vec_pretty(&sealed).map_err(|_| SecretError::Unusable)?;
        replace(&self.path, &text).map_err(|_| SecretError::Unusable)
    }

    fn seal(&self, secrets: &Secrets) -> Result<Sealed, SecretError> {
        let plain: BTreeMap<&str, &str> = secrets
            .iter()
            .map(|(handle, value)| (handle.as_str(), value.as_str()))
            .collect();
        // Twice the length covers quoting in all but odd cases, so that the buffer seldom grows
        // and leaves a copy behind.
        let length: usize = plain.iter().map(|(h, v)| h.len() + v.len() + 8).sum();
        let mut opened = Zeroizing::new(Vec::with_capacity(2 * length + 2));
        serde_json::to_writer(&mut *opened, &plain).map_err(|_| SecretError::Unusable)?;
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| SecretError::Unusable)?;
        let mut sealed = Sealed {
            format: FORMAT,
            cost: self.cost,
            salt: BASE64.encode(self.salt),
            nonce: BASE64.encode(nonce),
            secrets: String::new(),
            checksum: String::new(),
        };
        let bytes = cipher(&self.key)
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: &opened,
                    aad: &sealed.bound(),
                },
            )
            .map_err(|_| SecretError::Unusable)?;
        sealed.secrets = BASE64.encode(bytes);
        sealed.checksum = sealed.sum();
        Ok(sealed)
    }
}

fn derive(
    passphrase: &str,
    salt: &[u8],
    cost: Cost,
) -> Result<Zeroizing<[u8; KEY_LEN]>, SecretError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_LEN))
        .map_err(|_| SecretError::Unusable)?;
    let mut key = Zeroizing::new([0; KEY_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| SecretError::Unusable)?;
    Ok(key)
}

fn cipher(key: &[u8; KEY_LEN]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

fn decode(text: &str) -> Result<Vec<u8>, SecretError> {
    BASE64.decode(text).map_err(|_| SecretError::Unusable)
}

fn fixed<const N: usize>(text: &str) -> Result<[u8; N], SecretError> {
    decode(text)?.try_into().map_err(|_| SecretError::Unusable)
}

/// Puts the bytes in the file's place, on disk before the old file goes.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&new, path)?;
    sync_folder(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
