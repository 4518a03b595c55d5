//! A clock that only this desk reads, for what takes a day.

use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::Desk;

/// Adds the seconds that stand in a file to the calendar's time, for whatever loads it first.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static volatile long *ahead;
__attribute__((constructor)) static void find(void) {
  const char *name = getenv("DESK_CLOCK");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) ahead = page;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME && ahead) now->tv_sec += *ahead;
  return result;
}
"#;

/// Sets the clock of the app on one desk.
pub struct Clock {
    file: std::fs::File,
    ahead_s: Arc<AtomicI64>,
}

impl Desk {
    /// Gives what starts from now on a clock of its own, which shows the right time at first.
    pub async fn own_clock(&mut self) -> Clock {
        let folder = self.folder().to_owned();
        let (source, library, time) = (
            folder.join("clock.c"),
            folder.join("clock.so"),
            folder.join("clock"),
        );
        std::fs::write(&source, SOURCE).unwrap();
        let (from, to) = (source.to_string_lossy(), library.to_string_lossy());
        self.run("cc", &["-shared", "-fPIC", "-O1", "-o", &to, &from])
            .await
            .ok();
        std::fs::write(&time, [0; 8]).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&time).unwrap();
        self.room.set("DESK_CLOCK", time);
        self.room.set("LD_PRELOAD", library);
        Clock {
            file,
            ahead_s: Arc::default(),
        }
    }
}

impl Clock {
    /// The clock shows this many hours more than the right time.
    pub fn is_ahead_by_hours(&self, hours: i64) {
        self.is_ahead_by(hours * 3600);
    }

    /// So many seconds pass this instant. The app looks at its clock every ten seconds.
    pub fn passes(&self, seconds: i64) {
        self.is_ahead_by(self.ahead_s.load(Ordering::SeqCst) + seconds);
    }

    fn is_ahead_by(&self, seconds: i64) {
        // The cloud first: it has to know of everything that the app asks about.
        self.ahead_s.store(seconds, Ordering::SeqCst);
        self.file.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
    }

    /// The same clock, for a cloud that stands beside the desk.
    pub fn of_the_cloud(&self) -> callside_sandbox::Clock {
        let ahead_s = Arc::clone(&self.ahead_s);
        Arc::new(move || {
            let ahead = SignedDuration::from_secs(ahead_s.load(Ordering::SeqCst));
            Timestamp::now().checked_add(ahead).unwrap()
        })
    }
}
