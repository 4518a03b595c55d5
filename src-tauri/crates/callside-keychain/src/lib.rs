//! Where secrets live: the OS keychain, a file behind a passphrase, or memory alone.
//!
//! The three are the same port to the rest of the app, and which one is used is the user's choice:
//! without a keychain nothing is ever written in the clear. A value appears in no message, no
//! `Debug` output and no log of this crate.

mod keychain;
pub mod passphrase;
pub mod session;

pub use keychain::{KeychainState, KeychainStore, open_keychain};
pub use passphrase::PassphraseStore;
pub use session::SessionStore;
