//! Keeps what happens: from the bus into the store. On a busy belt there is an event a second, and flash wears by writing,
//! so objects are written together; what is rare at once.

use crate::domain::{Event, FleetEvent, FleetEventKind};
use crate::events::Events;
use crate::store::{Store, StoreError};
use crate::supervise::{Beat, Supervisor};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long objects wait to be written: a power cut loses them.
const TOGETHER: Duration = Duration::from_secs(30);
/// After a failure the disk is tried again.
const AGAIN: Duration = Duration::from_secs(60);
/// A turn is a moment, but for the last one, which waits for the disk.
const TURN_WITHIN: Duration = Duration::from_secs(600);

/// Starts to keep what happens from now on, as the part `history`.
pub fn keep(store: Store, events: &Events, supervisor: &Supervisor, stop: &CancellationToken) {
    // Heard from now on, and on while the part is started again: that it broke off is told meanwhile.
    let (heard, halt) = (Arc::new(Mutex::new(events.subscribe())), stop.clone());
    supervisor.task("history", TURN_WITHIN, stop, move |beat| {
        let (store, heard, halt) = (store.clone(), heard.clone(), halt.clone());
        async move { Keeping { store, due: None, failing: false }.run(&mut *heard.lock().await, &beat, &halt).await }
    });
}

struct Keeping {
    store: Store,
    /// When to write next; `None` while there is nothing to write.
    due: Option<Instant>,
    failing: bool,
}

impl Keeping {
    async fn run(mut self, heard: &mut Receiver<Event>, beat: &Beat, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut writing = None;
        // What the last end left to be found out.
        self.within(Duration::ZERO);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                // It may be that nothing happens.
                never = beat.ticking() => match never {},
                event = heard.recv() => match event {
                    Ok(event) => self.note(event),
                    Err(RecvError::Lagged(missed)) => self.missed(missed),
                    Err(RecvError::Closed) => break,
                },
                () = until(self.due), if writing.is_none() => {
                    self.due = None;
                    let store = self.store.clone();
                    writing = Some(spawn_blocking(move || store.write_history()));
                }
                done = finished(&mut writing) => {
                    writing = None;
                    self.written(done?);
                }
            }
        }
        beat.alive();
        while let Ok(event) = heard.try_recv() {
            self.note(event);
        }
        // Nobody watches any more.
        self.store.end_sightings(Timestamp::now());
        let store = self.store;
        Ok(spawn_blocking(move || store.write_history()).await??)
    }

    fn note(&mut self, event: Event) {
        if let Event::Fleet(event) = event {
            let at_once = self.store.note(event);
            self.within(if at_once { Duration::ZERO } else { TOGETHER });
        }
    }

    fn missed(&mut self, missed: u64) {
        tracing::warn!(missed, "the log fell behind and missed events");
        let words = format!("{missed} messages inside the device were missed: it was too busy");
        self.note(Event::Fleet(FleetEvent::new(FleetEventKind::EventsMissed, words)));
    }

    fn within(&mut self, wait: Duration) {
        let then = Instant::now() + if self.failing { wait.max(AGAIN) } else { wait };
        self.due = Some(self.due.map_or(then, |due| due.min(then)));
    }

    fn written(&mut self, done: Result<(), StoreError>) {
        match done {
            Ok(()) => self.failing = false,
            Err(error) => {
                if !self.failing {
                    tracing::error!("the log could not be written, trying on: {error}");
                }
                self.failing = true;
                self.within(AGAIN);
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn finished<T>(work: &mut Option<tokio::task::JoinHandle<T>>) -> Result<T, JoinError> {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;

    fn store(dir: &std::path::Path) -> Store {
        Store::open(Options { dir: dir.into(), budget: 1 << 30, reserve: 0 }).unwrap()
    }

    #[tokio::test]
    async fn what_happens_is_there_at_once_and_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let (events, supervisor, stop) = (Events::new(), Supervisor::default(), CancellationToken::new());
        let kept = store(dir.path());
        keep(kept.clone(), &events, &supervisor, &stop);
        let mut appeared = FleetEvent::new(FleetEventKind::ObjectAppeared, "");
        (appeared.track, appeared.category) = (Some(1), Some("cat".into()));
        events.publish(Event::Fleet(appeared));
        events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::CameraLost, "unplugged")));
        let there = async {
            while kept.log(None, None, None, 9).unwrap().items.len() < 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), there).await.expect("in time");
        assert_eq!(kept.timeline(Some("cat"), None, None, 9).unwrap().items[0].left, None);
        stop.cancel();
        assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty());
        drop(kept);
        let kept = store(dir.path());
        let log: Vec<_> = kept.log(None, None, None, 9).unwrap().items.iter().map(|e| e.kind).collect();
        assert_eq!(log, [FleetEventKind::CameraLost, FleetEventKind::ObjectAppeared]);
        assert!(kept.timeline(None, None, None, 9).unwrap().items[0].left.is_some(), "watched no more");
    }
}
