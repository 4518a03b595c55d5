//! A runtime of one thread that says when nobody in it can go on.
//!
//! A story waits until everything that can happen has happened. Looking again and again would take
//! the processor from the threads of the databases, and pausing in between would make a day take
//! minutes; so the runtime itself tells, whenever it is about to wait for somebody outside.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// An outside answer that came while somebody was told that all wait is noticed this much later.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

thread_local! {
    static ROOM: Room = const { Room {
        told: Cell::new(false),
        listening: RefCell::new(None),
        can_tell: Cell::new(false),
    } };
}

struct Room {
    can_tell: Cell<bool>,
    /// Somebody was told, and nothing has come from outside since.
    told: Cell<bool>,
    listening: RefCell<Option<Waker>>,
}

/// Makes the room of this thread.
pub(crate) fn open() -> Runtime {
    ROOM.with(|room| room.can_tell.set(true));
    Builder::new_current_thread()
        .enable_all()
        .on_thread_park(|| {
            ROOM.with(|room| {
                if room.told.replace(false) {
                    return;
                }
                if let Some(waker) = room.listening.borrow_mut().take() {
                    room.told.set(true);
                    waker.wake();
                }
            });
        })
        .build()
        .expect("a runtime")
}

/// Returns once nobody else in the room can go on without the clock or a thread outside.
pub(crate) async fn everybody_waits() {
    if !ROOM.with(|room| room.can_tell.get()) {
        return look_now_and_then().await;
    }
    let mut looked = false;
    let told = poll_fn(|context| {
        if std::mem::replace(&mut looked, true) {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        ROOM.with(|room| *room.listening.borrow_mut() = Some(waker));
        Poll::Pending
    });
    // Also ends by itself: see the constant.
    let _ = tokio::time::timeout(LOOK_AGAIN, told).await;
}

/// For a runtime that does not tell.
async fn look_now_and_then() {
    for _ in 0..15 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(LOOK_AGAIN).await;
}
