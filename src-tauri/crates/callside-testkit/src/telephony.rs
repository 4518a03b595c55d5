//! A softphone that only takes notes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callside_core::ports::{DialError, Dialed, Telephony, TelephonyState};

/// A softphone that writes down what it was asked to dial, and answers as a test tells it.
pub struct FakeTelephony {
    name: String,
    dialed: Mutex<Vec<String>>,
    answer: Mutex<Result<Dialed, DialError>>,
}

impl FakeTelephony {
    /// A softphone that takes every number without saying whether it calls.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            dialed: Mutex::default(),
            answer: Mutex::new(Ok(Dialed::HandedOver)),
        }
    }

    /// From now on it answers so.
    pub fn answer(&self, answer: Result<Dialed, DialError>) {
        *lock(&self.answer) = answer;
    }

    /// What it was asked to dial, oldest first.
    pub fn dialed(&self) -> Vec<String> {
        lock(&self.dialed).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Telephony for FakeTelephony {
    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> TelephonyState {
        TelephonyState::Connected
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        lock(&self.dialed).push(digits.to_owned());
        lock(&self.answer).clone()
    }
}
