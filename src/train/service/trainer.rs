//! The service that takes trainings from both doors, and runs them one after the other on a thread of its own.
//!
//! Everything about a training that must not be lost is in the store: its record at every epoch, its pages, its model.
//! A training that a restart interrupts is queued again and goes on from the last epoch that it finished.

use super::job::Job;
use super::request::{self, TrainRequest};
use crate::config;
use crate::domain::{Activity, Event, Training, TrainingId, TrainingState};
use crate::events::Events;
use crate::runtime::Runtime;
use crate::store::Store;
use crate::train::error::TrainError;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// Handle on the training service; clones share it.
#[derive(Clone)]
pub struct Trainer(Arc<Shared>);

struct Shared {
    config: config::Train,
    store: Store,
    runtime: Runtime,
    events: Events,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<TrainingId>,
    running: Option<(TrainingId, Arc<AtomicBool>)>,
    stopping: bool,
}

impl Trainer {
    /// Starts the training thread; trainings that a restart interrupted are queued again. Ends when `stop` is cancelled.
    pub fn start(
        config: &config::Train,
        runtime: Runtime,
        store: Store,
        events: Events,
        stop: CancellationToken,
    ) -> Result<Self, TrainError> {
        let shared = Arc::new(Shared {
            config: config.clone(),
            store,
            runtime,
            events,
            queue: Mutex::default(),
            changed: Condvar::new(),
        });
        for mut training in interrupted(&shared.store)? {
            tracing::info!(training = %training.id, epoch = training.epoch, "the training was interrupted; it goes on");
            training.state = TrainingState::Queued;
            training.activity = Activity::QueuedAgain;
            shared.store.put_training(&training)?;
            lock(&shared.queue).waiting.push_back(training.id);
        }
        let worker = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("training".into())
            .spawn(move || worker.work())
            .map_err(TrainError::because("the training thread can't be started"))?;
        let watched = Arc::clone(&shared);
        tokio::spawn(async move {
            stop.cancelled().await;
            let mut queue = lock(&watched.queue);
            queue.stopping = true;
            if let Some((_, cancel)) = &queue.running {
                cancel.store(true, Ordering::Relaxed);
            }
            watched.changed.notify_all();
        });
        Ok(Self(shared))
    }

    /// Checks the request, stores a training in state `queued`, and returns it.
    pub fn submit(&self, request: TrainRequest) -> Result<Training, TrainError> {
        let shared = &self.0;
        let training = request::plan(&shared.config, &shared.runtime, &shared.store, request)?;
        shared.store.put_training(&training)?;
        shared.events.publish(Event::Training(Arc::new(training.clone())));
        lock(&shared.queue).waiting.push_back(training.id);
        shared.changed.notify_all();
        Ok(training)
    }

    /// Cancels a training that is not over; one that is over is returned as it is.
    pub fn cancel(&self, id: TrainingId) -> Result<Training, TrainError> {
        let shared = &self.0;
        let mut training = shared.store.training(id)?;
        let mut queue = lock(&shared.queue);
        if let Some((running, cancel)) = &queue.running
            && *running == id
        {
            cancel.store(true, Ordering::Relaxed);
            // The training thread writes the record; wait until it has.
            while queue.running.as_ref().is_some_and(|(running, _)| *running == id) {
                queue = shared.changed.wait(queue).unwrap_or_else(|e| e.into_inner());
            }
            drop(queue);
            return Ok(shared.store.training(id)?);
        }
        if queue.waiting.contains(&id) {
            queue.waiting.retain(|waiting| *waiting != id);
            drop(queue);
            training.state = TrainingState::Cancelled;
            training.finished = Some(Timestamp::now());
            training.activity = Activity::CancelledUnbegun;
            shared.store.put_training(&training)?;
            shared.events.publish(Event::Training(Arc::new(training.clone())));
        }
        Ok(training)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves a queue of ids that is still whole.
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

/// Trainings that are not over, oldest first.
fn interrupted(store: &Store) -> Result<Vec<Training>, TrainError> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let slice = store.trainings(before, 100)?;
        found.extend(slice.items.into_iter().filter(|t| !t.state.is_over()));
        match slice.next.and_then(|n| n.parse().ok()) {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    found.reverse();
    Ok(found)
}

impl Shared {
    fn work(&self) {
        // Capture, labelling and live detection have priority. ONNX Runtime's threads inherit this.
        if let Err(error) = rustix::process::setpriority_process(None, 10) {
            tracing::warn!(%error, "the training can't lower its priority");
        }
        loop {
            let (id, cancel) = {
                let mut queue = lock(&self.queue);
                loop {
                    if queue.stopping {
                        return;
                    }
                    if let Some(id) = queue.waiting.pop_front() {
                        let cancel = Arc::new(AtomicBool::new(false));
                        queue.running = Some((id, Arc::clone(&cancel)));
                        break (id, cancel);
                    }
                    queue = self.changed.wait(queue).unwrap_or_else(|e| e.into_inner());
                }
            };
            // A training that panics fails; the service goes on.
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.job(id).carry_out(&cancel)));
            let error = match result {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error),
                Err(_) => Some(TrainError::Failed("the training broke off unexpectedly; see the log".into())),
            };
            let stopping = lock(&self.queue).stopping;
            if let Some(error) = error
                && !(stopping && matches!(error, TrainError::Cancelled))
                && let Err(error) = self.close(id, &error)
            {
                tracing::error!(training = %id, %error, "the end of the training can't be stored");
            }
            lock(&self.queue).running = None;
            self.changed.notify_all();
        }
    }

    fn job(&self, id: TrainingId) -> Job<'_> {
        let Self { config, store, runtime, events, .. } = self;
        Job { id, config, store, runtime, events }
    }

    /// Stores why a training ended without a model.
    fn close(&self, id: TrainingId, error: &TrainError) -> Result<(), TrainError> {
        let mut training = self.store.training(id)?;
        training.finished = Some(Timestamp::now());
        if matches!(error, TrainError::Cancelled) {
            training.state = TrainingState::Cancelled;
            training.activity = Activity::Cancelled;
        } else {
            tracing::error!(training = %id, %error, "the training failed");
            training.state = TrainingState::Failed;
            training.error = Some(error.to_string());
            training.activity = Activity::Failed;
        }
        self.store.put_training(&training)?;
        self.events.publish(Event::Training(Arc::new(training)));
        Ok(())
    }
}
