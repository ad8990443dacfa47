//! Starts threads and tasks, and waits for their end.

use super::attempts::Attempts;
use super::beat::{Beat, Runs};
use super::board::{Board, Trouble};
use super::faults::Faults;
use super::part::{Part, PartName};
use super::progress::Progress;
use super::restart::Restart;
use crate::backoff::Backoff;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::task::AbortHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

/// Pauses before a part that failed is started again.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often a thread that pauses looks whether it is to stop.
const TICK: Duration = Duration::from_millis(50);

/// Starts parts, starts those again that fail, and knows how they are; clones share it.
#[derive(Clone)]
pub struct Supervisor {
    board: Arc<Board>,
    /// What is to end before the daemon has stopped.
    ending: Arc<Mutex<Vec<Ending>>>,
    pauses: Backoff,
    faults: Faults,
    progress: Progress,
    restart: Restart,
}

/// Something that is waited for.
#[derive(Clone)]
struct Ending {
    name: PartName,
    /// Cancelled at its end.
    over: CancellationToken,
    task: Option<AbortHandle>,
}

/// As long as this lives, [`Supervisor::joined`] waits.
pub struct Held(#[allow(dead_code)] DropGuard);

impl Default for Supervisor {
    fn default() -> Self {
        Self::with_pauses(Backoff::new(FIRST_PAUSE, LONGEST_PAUSE))
    }
}

impl Supervisor {
    /// Waits like this before it starts a part again.
    pub fn with_pauses(pauses: Backoff) -> Self {
        Self {
            board: Arc::default(),
            ending: Arc::default(),
            pauses,
            faults: Faults::default(),
            progress: Progress::default(),
            restart: Restart::default(),
        }
    }

    /// With parts that hang or break on purpose.
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// What is done at the start, before the parts are.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// By which the end of the process is asked for.
    pub fn restart(&self) -> &Restart {
        &self.restart
    }

    /// Posts how a part is.
    pub fn post(&self, name: impl Into<PartName>, part: Part) {
        self.board.post(name.into(), part);
    }

    /// How the parts are `now`.
    pub fn parts(&self, now: Instant) -> BTreeMap<PartName, Part> {
        self.board.parts(now)
    }

    /// Parts that `now` have given no sign of life in their time, and for how long one has been due.
    pub fn stuck(&self, now: Instant) -> BTreeMap<PartName, Duration> {
        self.board.stuck(now)
    }

    /// What is or was wrong with each part that was started, `now`.
    pub fn troubles(&self, now: Instant) -> BTreeMap<PartName, Trouble> {
        self.board.troubles(now)
    }

    /// Runs a part on a thread of this name until `stop` is cancelled and it returns. `usual`: see [`Beat::new`]. Error:
    /// the system has no thread to give.
    pub fn thread<W>(
        &self,
        name: impl Into<PartName>,
        usual: Duration,
        stop: &CancellationToken,
        mut work: W,
    ) -> io::Result<JoinHandle<()>>
    where
        W: FnMut(&Beat) -> anyhow::Result<()> + Send + 'static,
    {
        let name = name.into();
        let mut attempts = self.attempts(name.clone(), Runs::AsThread, usual);
        let (stop, held) = (stop.clone(), self.hold(name.clone()));
        thread::Builder::new().name(name.into_owned()).spawn(move || {
            loop {
                attempts.begin();
                // What the part shares with others is whole after a panic, or it starts with it anew: its own concern.
                let outcome = catch_unwind(AssertUnwindSafe(|| work(&attempts.beat)));
                if stop.is_cancelled() || !rest(attempts.ended(outcome), &stop) {
                    break;
                }
            }
            attempts.over();
            // What it holds is free once it counts as ended.
            drop(work);
            drop(held);
        })
    }

    /// Runs a part as a task until `stop` is cancelled and it returns. `usual`: see [`Beat::new`].
    pub fn task<F, W>(&self, name: impl Into<PartName>, usual: Duration, stop: &CancellationToken, part: F)
    where
        F: Fn(Beat) -> W + Send + 'static,
        W: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let name = name.into();
        let (mut attempts, stop) = (self.attempts(name.clone(), Runs::AsTask, usual), stop.clone());
        let over = CancellationToken::new();
        let held = over.clone().drop_guard();
        let task = tokio::spawn(async move {
            loop {
                attempts.begin();
                // A task of its own, so that a panic is a failure of this part alone.
                let (beat, work) = (attempts.beat.clone(), part(attempts.beat.clone()));
                let work = tokio::spawn(async move { beat.of_task(work).await });
                let outcome = match AbortOnDropHandle::new(work).await {
                    Ok(outcome) => Ok(outcome),
                    Err(error) => match error.try_into_panic() {
                        Ok(panic) => Err(panic),
                        // The runtime is shut down.
                        Err(_) => break,
                    },
                };
                if stop.is_cancelled() {
                    break;
                }
                let pause = attempts.ended(outcome);
                if tokio::time::timeout(pause, stop.cancelled()).await.is_ok() {
                    break;
                }
            }
            attempts.over();
            drop(part);
            drop(held);
        });
        self.ending.lock().push(Ending { name, over, task: Some(task.abort_handle()) });
    }

    /// Lets [`Supervisor::joined`] wait until what is given here is dropped.
    pub fn hold(&self, name: impl Into<PartName>) -> Held {
        let over = CancellationToken::new();
        let held = Held(over.clone().drop_guard());
        self.ending.lock().push(Ending { name: name.into(), over, task: None });
        held
    }

    /// Waits until every part has ended, and all that is held is dropped, for this long at most; the names of those that
    /// have not. Parts end when their `stop` is cancelled.
    pub async fn joined(&self, within: Duration) -> Vec<PartName> {
        let endings = self.ending.lock().clone();
        let deadline = tokio::time::Instant::now() + within;
        let mut late = Vec::new();
        for Ending { name, over, task } in endings {
            if tokio::time::timeout_at(deadline, over.cancelled()).await.is_err() {
                late.push(name);
                task.inspect(AbortHandle::abort);
            }
        }
        late
    }

    /// The names of what [`Supervisor::joined`] would still wait for.
    pub fn unended(&self) -> Vec<PartName> {
        self.ending.lock().iter().filter(|e| !e.over.is_cancelled()).map(|e| e.name.clone()).collect()
    }

    fn attempts(&self, name: PartName, runs: Runs, usual: Duration) -> Attempts {
        Attempts::new(
            name.clone(),
            Arc::clone(&self.board),
            Beat::of(name, runs, usual, self.faults.clone()),
            self.pauses.clone(),
        )
    }
}

/// Sleeps, unless `stop` is cancelled; whether it is not.
fn rest(pause: Duration, stop: &CancellationToken) -> bool {
    let until = Instant::now() + pause;
    while !stop.is_cancelled() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(left.min(TICK));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::PartState;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc;

    const MINUTE: Duration = Duration::from_secs(60);

    fn impatient() -> Supervisor {
        Supervisor::with_pauses(Backoff::new(Duration::from_millis(1), Duration::from_millis(4)))
    }

    #[tokio::test]
    async fn a_task_that_fails_or_panics_is_started_again() {
        let (supervisor, stop, runs) = (impatient(), CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let (count, halt) = (Arc::clone(&runs), stop.clone());
        supervisor.task("part", MINUTE, &stop, move |_| {
            let (count, halt) = (Arc::clone(&count), halt.clone());
            async move {
                match count.fetch_add(1, Ordering::SeqCst) {
                    0 => anyhow::bail!("first"),
                    1 => panic!("second"),
                    _ => {
                        halt.cancel();
                        Ok(())
                    }
                }
            }
        });
        assert!(supervisor.joined(MINUTE).await.is_empty());
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        let part = supervisor.parts(Instant::now())["part"].clone();
        assert_eq!((part.state, part.restarts), (PartState::Running, 2));
        assert_eq!(part.error.as_deref(), Some("it broke: second"));
    }

    #[tokio::test]
    async fn a_thread_that_panics_or_fails_is_started_again_with_what_it_holds() {
        let (supervisor, stop) = (impatient(), CancellationToken::new());
        let (halt, mut runs) = (stop.clone(), 0);
        let (told, heard) = mpsc::channel();
        let work = move |_: &Beat| {
            runs += 1;
            let _ = told.send((runs, thread::current().name().map(str::to_owned)));
            match runs {
                1 => panic!("first {}", "panic"),
                2 => anyhow::bail!("second"),
                3 => return Ok(()),
                _ => {}
            }
            halt.cancel();
            Ok(())
        };
        let thread = supervisor.thread("part", MINUTE, &stop, work).unwrap();
        assert!(supervisor.joined(MINUTE).await.is_empty());
        thread.join().unwrap();
        let seen: Vec<_> = heard.into_iter().collect();
        assert_eq!(seen, (1..=4).map(|run| (run, Some("part".to_owned()))).collect::<Vec<_>>());
        let part = supervisor.parts(Instant::now())["part"].clone();
        assert_eq!((part.restarts, part.error.as_deref()), (3, Some("it ended by itself")));
    }

    #[tokio::test]
    async fn what_does_not_stop_in_time_is_named() {
        let (supervisor, stop) = (impatient(), CancellationToken::new());
        let (go_on, wait) = mpsc::channel::<()>();
        let held = supervisor.hold("store");
        supervisor
            .thread("hangs", MINUTE, &stop, move |_| {
                let _ = wait.recv();
                Ok(())
            })
            .unwrap();
        supervisor.task("never", MINUTE, &stop, |_| std::future::pending());
        stop.cancel();
        assert_eq!(supervisor.joined(Duration::ZERO).await, ["store", "hangs", "never"]);
        drop((held, go_on));
    }

    #[tokio::test]
    async fn a_thread_that_pauses_stops_at_once() {
        let supervisor = Supervisor::with_pauses(Backoff::new(60 * MINUTE, 60 * MINUTE));
        let stop = CancellationToken::new();
        supervisor.thread("part", MINUTE, &stop, |_| anyhow::bail!("broken")).unwrap();
        stop.cancel();
        assert!(supervisor.joined(MINUTE).await.is_empty());
    }

    #[tokio::test]
    async fn a_part_that_gives_no_sign_of_life_is_stuck_until_it_does() {
        let (supervisor, stop) = (impatient(), CancellationToken::new());
        let (turn, turns) = mpsc::channel::<()>();
        let (done, turned) = mpsc::channel();
        supervisor
            .thread("part", MINUTE, &stop, move |beat| {
                while turns.recv().is_ok() {
                    beat.busy(3 * MINUTE);
                    let _ = done.send(());
                }
                Ok(())
            })
            .unwrap();
        turn.send(()).unwrap();
        turned.recv().unwrap();
        let now = Instant::now();
        assert!(supervisor.stuck(now + 2 * MINUTE).is_empty());
        assert_eq!(supervisor.stuck(now + 5 * MINUTE).into_keys().collect::<Vec<_>>(), ["part"]);
        let part = supervisor.parts(now + 5 * MINUTE)["part"].clone();
        assert_eq!(part.state, PartState::Stuck);
        assert!(part.error.is_some_and(|error| error.contains("sign of life")));
        assert_eq!(supervisor.parts(now)["part"].state, PartState::Running);
        stop.cancel();
        drop(turn);
        assert!(supervisor.joined(MINUTE).await.is_empty());
        assert!(supervisor.stuck(now + 5 * MINUTE).is_empty(), "nobody waits for a part that has stopped");
    }
}
