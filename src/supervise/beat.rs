//! Signs of life.

use super::faults::{self, Faults, Hang};
use super::part::PartName;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::ready;
use std::thread;
use std::time::{Duration, Instant};

/// While a part waits for work that may never come, no sign is due.
const NEVER: u64 = u64::MAX;
/// How often what waits for others says that it waits.
const TICK: Duration = Duration::from_secs(5);

/// By which a part says that it lives, and until when it is to say so again. Cheap, from any thread; clones share it.
#[derive(Clone, Debug)]
pub struct Beat(Arc<Pulse>);

/// What a part runs as.
#[derive(Clone, Copy, Debug)]
pub(super) enum Runs {
    AsThread,
    AsTask,
}

#[derive(Debug)]
struct Pulse {
    part: PartName,
    runs: Runs,
    faults: Faults,
    /// A task hangs on purpose: it is not polled.
    hangs: AtomicBool,
    begun: Instant,
    /// How long a turn of the part takes at most, usually.
    usual: Duration,
    /// When the next sign is due, in milliseconds after `begun`.
    due: AtomicU64,
}

impl Beat {
    /// `usual`: how long a turn of the part takes at most; generous, as a part that exceeds it ends the daemon.
    pub fn new(usual: Duration) -> Self {
        Self::of(PartName::default(), Runs::AsThread, usual, Faults::default())
    }

    /// Of this part, at whose signs of life something may go wrong on purpose.
    pub(super) fn of(part: PartName, runs: Runs, usual: Duration, faults: Faults) -> Self {
        let (begun, due, hangs) = (Instant::now(), AtomicU64::new(NEVER), AtomicBool::new(false));
        let beat = Self(Arc::new(Pulse { part, runs, faults, hangs, begun, usual, due }));
        beat.begin();
        beat
    }

    /// The part is about to start: not its own sign of life.
    pub(super) fn begin(&self) {
        self.due_within(self.0.usual);
    }

    /// No sign of life is due: the part does not run.
    pub(super) fn end(&self) {
        self.0.hangs.store(false, Ordering::Relaxed);
        self.0.due.store(NEVER, Ordering::Relaxed);
    }

    /// Another turn begins.
    pub fn alive(&self) {
        self.busy(self.0.usual);
    }

    /// Something begins that takes so long at most.
    pub fn busy(&self, most: Duration) {
        if self.goes_on() {
            self.due_within(most);
        }
    }

    /// Another sign of life every few seconds, as long as this is polled: beside what waits for others, in one task.
    pub async fn ticking(&self) -> Infallible {
        loop {
            self.alive();
            tokio::time::sleep(TICK).await;
        }
    }

    /// Whether nothing goes wrong on purpose, or not any more.
    fn goes_on(&self) -> bool {
        let Pulse { part, runs, faults, usual, hangs, .. } = &*self.0;
        let Some(Hang(patience)) = faults.strike(part) else { return true };
        self.due_within(patience.unwrap_or(*usual));
        match runs {
            Runs::AsThread => {
                while faults.hang_on(part) {
                    thread::sleep(faults::LOOK_EVERY);
                }
                true
            }
            // To block the thread would hold up tasks of other parts.
            Runs::AsTask => {
                hangs.store(true, Ordering::Relaxed);
                false
            }
        }
    }

    fn hangs(&self) -> bool {
        let Pulse { part, faults, hangs, .. } = &*self.0;
        let on = hangs.load(Ordering::Relaxed) && faults.hang_on(part);
        hangs.store(on, Ordering::Relaxed);
        on
    }

    /// The work of a part that runs as a task; it gets no further while it hangs on purpose.
    pub(super) async fn of_task<W: Future>(&self, work: W) -> W::Output {
        let (mut work, mut look) = (pin!(work), tokio::time::interval(faults::LOOK_EVERY));
        poll_fn(|context| {
            while self.hangs() {
                ready!(look.poll_tick(context));
            }
            work.as_mut().poll(context)
        })
        .await
    }

    fn due_within(&self, most: Duration) {
        let due = self.0.begun.elapsed().saturating_add(most).as_millis();
        self.0.due.store(due.try_into().unwrap_or(NEVER), Ordering::Relaxed);
    }

    /// The part waits for something that may never come: for work, or for another part.
    pub fn idle(&self) {
        if self.goes_on() {
            self.0.due.store(NEVER, Ordering::Relaxed);
        }
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
