//! Feeds systemd's watchdog while all parts live.
//!
//! On a thread of its own, so that parts are named even where the async runtime itself is what hangs.

use super::part::PartName;
use super::supervisor::Supervisor;
use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Looks after the parts of a supervisor.
pub struct Watchdog<Feed> {
    supervisor: Supervisor,
    feed: Feed,
    /// Named already.
    stuck: BTreeSet<PartName>,
}

/// A watchdog at work; it ends with this.
pub struct Watching {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<Feed: FnMut() + Send + 'static> Watchdog<Feed> {
    /// `feed` is called at every look at which all parts live.
    pub fn new(supervisor: Supervisor, feed: Feed) -> Self {
        Self { supervisor, feed, stuck: BTreeSet::new() }
    }

    /// Looks so often, the first time at once. Error: the system has no thread to give.
    pub fn start(mut self, every: Duration) -> io::Result<Watching> {
        let (stop, stopped): (_, Receiver<()>) = channel();
        let thread = thread::Builder::new().name("watchdog".into()).spawn(move || {
            loop {
                self.look(Instant::now());
                if stopped.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        })?;
        Ok(Watching { stop: Some(stop), thread: Some(thread) })
    }

    /// Names parts that have become stuck by `now`, and feeds if none is.
    fn look(&mut self, now: Instant) {
        let stuck = self.supervisor.stuck(now);
        for (part, late) in &stuck {
            if self.stuck.insert(part.clone()) {
                let late_s = late.as_secs();
                tracing::error!(
                    part = &**part,
                    late_s,
                    "a part gives no sign of life; if that lasts, systemd restarts the daemon"
                );
            }
        }
        self.stuck.retain(|part| {
            let still = stuck.contains_key(part);
            if !still {
                tracing::warn!(part = &**part, "the part gives signs of life again");
            }
            still
        });
        if self.stuck.is_empty() {
            (self.feed)();
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It only ends in a panic when a log can't be written.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::Beat;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn it_is_fed_only_while_every_part_gives_signs_of_life() {
        let (supervisor, stop) = (Supervisor::default(), CancellationToken::new());
        let minute = Duration::from_secs(60);
        let (give, beats) = std::sync::mpsc::channel::<Beat>();
        for (name, usual) in [("quick", minute), ("slow", 10 * minute)] {
            let (give, halt) = (give.clone(), stop.clone());
            supervisor.task(name, usual, &stop, move |beat| {
                let (give, halt) = (give.clone(), halt.clone());
                async move {
                    give.send(beat)?;
                    halt.cancelled().await;
                    Ok(())
                }
            });
        }
        let beats: Vec<Beat> = tokio::task::spawn_blocking(move || beats.into_iter().take(2).collect()).await.unwrap();
        let fed = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&fed);
        let mut watchdog = Watchdog::new(supervisor.clone(), move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let now = Instant::now();
        watchdog.look(now);
        assert_eq!((fed.load(Ordering::Relaxed), watchdog.stuck.len()), (1, 0));
        // Only the quick one is late.
        watchdog.look(now + 2 * minute);
        watchdog.look(now + 3 * minute);
        assert_eq!((fed.load(Ordering::Relaxed), watchdog.stuck.clone()), (1, BTreeSet::from(["quick".into()])));
        watchdog.look(now + 12 * minute);
        assert_eq!(watchdog.stuck, BTreeSet::from(["quick".into(), "slow".into()]));
        // Both are back.
        beats.iter().for_each(|beat| beat.busy(20 * minute));
        watchdog.look(now + 12 * minute);
        assert_eq!((fed.load(Ordering::Relaxed), watchdog.stuck.len()), (2, 0));
        stop.cancel();
        assert!(supervisor.joined(minute).await.is_empty());
    }

    #[test]
    fn it_looks_at_once_and_ends_with_its_handle() {
        let (fed, feed) = std::sync::mpsc::channel();
        let feed_one = move || {
            let _ = fed.send(());
        };
        let watching = Watchdog::new(Supervisor::default(), feed_one).start(Duration::from_secs(3600)).unwrap();
        feed.recv().unwrap();
        drop(watching);
        assert!(feed.recv().is_err(), "its thread has ended");
    }
}
