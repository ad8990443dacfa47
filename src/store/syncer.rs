//! Wakes the thread that syncs frames in groups, and mends what failed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Syncer {
    state: Mutex<State>,
    wake: Condvar,
}

/// What a turn of the thread is for.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub dirty: bool,
    pub stop: bool,
}

#[derive(Debug, Default)]
struct State {
    dirty: bool,
    stop: bool,
}

impl Syncer {
    /// Two flags, whole whatever panicked while they were set. Nothing else is locked meanwhile.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is something to sync, or to mend.
    pub fn dirty(&self) {
        self.lock().dirty = true;
        self.wake.notify_one();
    }

    pub fn stop(&self) {
        self.lock().stop = true;
        self.wake.notify_one();
    }

    /// Waits for something to do, `most` at most, then `group` for company, then takes it.
    pub fn next(&self, most: Duration, group: Duration) -> Turn {
        let waited = self.wake.wait_timeout_while(self.lock(), most, |s| !s.dirty && !s.stop);
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Turn { dirty: false, stop: false };
        }
        let waited = self.wake.wait_timeout_while(state, group, |s| !s.stop);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Turn { dirty: std::mem::take(&mut state.dirty), stop: state.stop }
    }
}
