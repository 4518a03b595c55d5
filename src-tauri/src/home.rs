//! Where this install keeps its settings and data, and the proof that nobody else uses them.
//!
//! `CALLSIDE_HOME` puts everything under one folder; without it the platform's own folders are
//! used. One instance at a time may work with a data folder: it holds a lock on a file there for
//! as long as it lives, so that a crash frees it. The control socket and the entries in the
//! keychain belong to the folder too.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The variable that names one folder for everything.
pub const HOME_VARIABLE: &str = "CALLSIDE_HOME";
const SETTINGS: &str = "config.toml";
const LAST_GOOD: &str = "config.last-good.toml";
const LOCK: &str = "instance.lock";
const SOCKET: &str = "control.sock";
/// A socket's path has to fit into 104 bytes on some systems, its final zero included.
const LONGEST_SOCKET: usize = 100;

/// Why the folders cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeFailed {
    /// The system names no home folder.
    #[error("find the data folder: the system names no home folder; set {HOME_VARIABLE}")]
    Homeless,
    /// A folder cannot be made or read.
    #[error("use the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why the folder could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockFailed {
    /// Another instance works with it.
    #[error("lock the data folder: another instance is running")]
    Taken,
    /// The lock file cannot be used.
    #[error("lock the data folder")]
    Io(#[from] io::Error),
}

/// The folders of one install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    data: PathBuf,
    settings_file: PathBuf,
    tag: String,
}

/// The lock on a data folder. Dropping it frees the folder.
#[derive(Debug)]
pub struct InstanceLock {
    _file: File,
}

impl Home {
    /// The home that the environment names, else the platform's. Makes the folders.
    ///
    /// # Errors
    /// [`HomeFailed`].
    pub fn find() -> Result<Self, HomeFailed> {
        match std::env::var_os(HOME_VARIABLE).filter(|dir| !dir.is_empty()) {
            Some(dir) => Self::under(Path::new(&dir)),
            None => {
                let dirs = directories::ProjectDirs::from("", "", "callside")
                    .ok_or(HomeFailed::Homeless)?;
                let config = made(dirs.config_dir())?;
                let data = made(dirs.data_local_dir())?;
                Ok(Self::new(data, config.join(SETTINGS)))
            }
        }
    }

    /// A home with everything under one folder, which is made when it does not exist.
    ///
    /// # Errors
    /// [`HomeFailed::Folder`].
    pub fn under(dir: &Path) -> Result<Self, HomeFailed> {
        let data = made(dir)?;
        let settings_file = data.join(SETTINGS);
        Ok(Self::new(data, settings_file))
    }

    /// A fresh home in the system's folder for temporary files.
    ///
    /// # Errors
    /// [`HomeFailed::Folder`].
    pub fn temporary() -> Result<Self, HomeFailed> {
        let mut random = [0; 8];
        let name = match getrandom::fill(&mut random) {
            Ok(()) => hex::encode(random),
            Err(_) => std::process::id().to_string(),
        };
        Self::under(&std::env::temp_dir().join(format!("callside-{name}")))
    }

    fn new(data: PathBuf, settings_file: PathBuf) -> Self {
        let hash = Sha256::digest(data.as_os_str().as_encoded_bytes());
        let tag = hash
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            data,
            settings_file,
            tag,
        }
    }

    /// The same data folder with the settings of another home.
    pub(crate) fn with_settings_of(mut self, other: &Self) -> Self {
        self.settings_file.clone_from(&other.settings_file);
        self
    }

    /// The folder of the databases and of everything else that is not a setting.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// `config.toml`.
    pub fn settings_file(&self) -> &Path {
        &self.settings_file
    }

    /// The copy of the last settings that could be read.
    pub fn last_good_settings(&self) -> PathBuf {
        self.data.join(LAST_GOOD)
    }

    /// A short name for this data folder, the same at every start.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Where the running instance listens: in the data folder, or in a private folder elsewhere
    /// when that path is too long for a socket.
    pub fn socket(&self) -> PathBuf {
        let own = self.data.join(SOCKET);
        if own.as_os_str().len() <= LONGEST_SOCKET {
            return own;
        }
        let base = std::env::var_os("XDG_RUNTIME_DIR")
            .map(PathBuf::from)
            .filter(|dir| dir.is_absolute() && dir.as_os_str().len() < 60)
            .unwrap_or_else(|| PathBuf::from("/tmp"));
        base.join(format!("callside-{}", self.tag)).join(SOCKET)
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    /// [`LockFailed::Taken`] while another instance holds it.
    pub fn lock(&self) -> Result<InstanceLock, LockFailed> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(self.data.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(InstanceLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockFailed::Taken),
            Err(TryLockError::Error(error)) => Err(LockFailed::Io(error)),
        }
    }

    /// Removes the whole folder. Only for temporary homes.
    pub fn remove(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.data) {
            tracing::debug!(kind = ?error.kind(), "could not remove a temporary folder");
        }
    }
}

/// Makes the folder, readable by its owner alone, and names it in its one true spelling.
fn made(dir: &Path) -> Result<PathBuf, HomeFailed> {
    let failed = |source| HomeFailed::Folder {
        path: dir.to_owned(),
        source,
    };
    private_folder(dir).map_err(failed)?;
    // Windows' own spelling of canonical paths is refused by too many programs.
    if cfg!(windows) {
        return std::path::absolute(dir).map_err(failed);
    }
    dir.canonicalize().map_err(failed)
}

/// Makes a folder that only its owner may enter. One that exists stays as it is.
pub(crate) fn private_folder(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(dir)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn one_instance_at_a_time_may_have_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path()).unwrap();
        let first = home.lock().unwrap();
        assert!(matches!(home.lock(), Err(LockFailed::Taken)));
        drop(first);
        home.lock().unwrap();
    }

    #[test]
    fn everything_lies_under_the_named_folder() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(&dir.path().join("new/folder")).unwrap();
        let under = dir.path().canonicalize().unwrap().join("new/folder");
        assert_eq!(home.settings_file(), under.join("config.toml"));
        assert_eq!(home.data(), under);
        assert!(home.socket().starts_with(&under));
    }

    #[test]
    fn a_long_path_gets_a_short_socket_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(90);
        let one = Home::under(&dir.path().join(&long).join("a")).unwrap();
        let other = Home::under(&dir.path().join(&long).join("b")).unwrap();
        assert!(one.socket().as_os_str().len() <= LONGEST_SOCKET);
        assert_ne!(one.socket(), other.socket());
        assert_ne!(one.tag(), other.tag());
    }
}
