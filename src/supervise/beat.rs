//! Signs of life.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// While a part waits for work that may never come, no sign is due.
const NEVER: u64 = u64::MAX;

/// By which a part says that it lives, and until when it is to say so again. Cheap, from any thread; clones share it.
#[derive(Clone, Debug)]
pub struct Beat(Arc<Pulse>);

#[derive(Debug)]
struct Pulse {
    begun: Instant,
    /// How long a turn of the part takes at most, usually.
    usual: Duration,
    /// When the next sign is due, in milliseconds after `begun`.
    due: AtomicU64,
}

impl Beat {
    /// `usual`: how long a turn of the part takes at most; generous, as a part that exceeds it ends the daemon.
    pub fn new(usual: Duration) -> Self {
        let beat = Self(Arc::new(Pulse { begun: Instant::now(), usual, due: AtomicU64::new(NEVER) }));
        beat.alive();
        beat
    }

    /// Another turn begins.
    pub fn alive(&self) {
        self.busy(self.0.usual);
    }

    /// Something begins that takes so long at most.
    pub fn busy(&self, most: Duration) {
        let due = self.0.begun.elapsed().saturating_add(most).as_millis();
        self.0.due.store(due.try_into().unwrap_or(NEVER), Ordering::Relaxed);
    }

    /// The part waits for something that may never come: for work, or for another part.
    pub fn idle(&self) {
        self.0.due.store(NEVER, Ordering::Relaxed);
    }

    /// For how long a sign of life has been due.
    pub fn overdue(&self, now: Instant) -> Option<Duration> {
        let due = self.0.due.load(Ordering::Relaxed);
        let elapsed = now.saturating_duration_since(self.0.begun);
        (due != NEVER).then(|| elapsed.checked_sub(Duration::from_millis(due))).flatten().filter(|late| !late.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_due_after_a_turn_or_after_what_was_announced_and_never_while_idle() {
        let minute = Duration::from_secs(60);
        let (beat, start) = (Beat::new(minute), Instant::now());
        assert_eq!(beat.overdue(start + minute / 2), None);
        assert!(beat.overdue(start + 2 * minute).is_some_and(|late| (minute..2 * minute).contains(&late)));
        beat.busy(10 * minute);
        assert_eq!(beat.overdue(start + 9 * minute), None);
        assert!(beat.overdue(start + 11 * minute).is_some());
        beat.idle();
        assert_eq!(beat.overdue(start + 1000 * minute), None);
        beat.clone().alive();
        assert!(beat.overdue(start + 2 * minute).is_some());
        beat.busy(Duration::MAX);
        assert_eq!(beat.overdue(start + 1000 * minute), None);
    }
}
