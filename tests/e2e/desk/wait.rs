//! Waiting for what must come true, instead of sleeping and hoping.

use std::time::{Duration, Instant};

/// How long a part of the desk may take to come up on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Long enough for something that must not happen to have happened.
pub const LATER: Duration = Duration::from_millis(500);

/// Between two looks; short against everything that is waited for.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until `probe` gives a value, and fails the test with `what` when it never does.
pub async fn eventually<T>(
    what: &str,
    within: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return value;
        }
        assert!(
            started.elapsed() < within,
            "waited {within:?} in vain for {what}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// Like `eventually`, but gives up quietly after half a second.
pub async fn soon<T>(mut probe: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(500) {
        if let Some(value) = probe().await {
            return Some(value);
        }
        tokio::time::sleep(PAUSE).await;
    }
    None
}

/// The other half: `probe` must stay `None` for the whole of `during`. For "nothing rings", "no second card".
pub async fn never<T: std::fmt::Debug>(
    what: &str,
    during: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) {
    let started = Instant::now();
    while started.elapsed() < during {
        let seen = probe().await;
        assert!(seen.is_none(), "{what} happened: {seen:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
