//! Fresh ids.
//!
//! The randomness is handed in once, when the engine is made; a test hands in a seed and gets the
//! same ids every time.

use std::sync::Mutex;

use callside_core::id::{CallId, EntryId, Marker};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use ulid::Ulid;

use crate::live::lock;

/// Makes ids and other random choices.
pub struct Ids {
    random: Mutex<StdRng>,
}

impl Ids {
    /// Ids nobody can foresee.
    pub fn random() -> Self {
        Self {
            random: Mutex::new(StdRng::from_os_rng()),
        }
    }

    /// The same ids for the same seed. For tests.
    pub fn seeded(seed: u64) -> Self {
        Self {
            random: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    fn ulid(&self, now: Timestamp) -> Ulid {
        let millisecond = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Ulid::from_parts(millisecond, lock(&self.random).random())
    }

    pub(crate) fn call(&self, now: Timestamp) -> CallId {
        CallId::from_ulid(self.ulid(now))
    }

    pub(crate) fn entry(&self, now: Timestamp) -> EntryId {
        EntryId::from_ulid(self.ulid(now))
    }

    pub(crate) fn marker(&self, now: Timestamp) -> Marker {
        Marker::from_ulid(self.ulid(now))
    }

    /// A text of 32 hexadecimal digits that nobody can guess.
    pub(crate) fn key(&self) -> String {
        format!("{:032x}", lock(&self.random).random::<u128>())
    }

    /// A number between 0 and 1.
    pub(crate) fn jitter(&self) -> f64 {
        lock(&self.random).random()
    }
}
