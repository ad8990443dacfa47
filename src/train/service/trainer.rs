//! The service that takes trainings from both doors, and runs them one after the other on a thread of its own.
//!
//! Everything about a training that must not be lost is in the store: its record at every epoch, its pages, its model.
//! A training that a restart interrupts is queued again and goes on from the last epoch that it finished.

use super::job::Job;
use super::request::{self, TrainRequest};
use super::sound::Sound;
use crate::config;
use crate::domain::{Activity, Event, Training, TrainingId, TrainingState};
use crate::events::Events;
use crate::runtime::Runtime;
use crate::settings::Current;
use crate::store::Store;
use crate::supervise::{Beat, Supervisor};
use crate::train::error::TrainError;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two signs of life of a training lies a step, an epoch's look at all frames, or a graph that is compiled: on a
/// small device each may take long.
const STEP_WITHIN: Duration = Duration::from_secs(2 * 3600);

/// Carries out a training: [`Job::carry_out`].
type CarryOut = fn(&Job, &AtomicBool) -> Result<(), TrainError>;

/// Handle on the training service; clones share it.
#[derive(Clone)]
pub struct Trainer(Arc<Shared>);

struct Shared {
    config: Current<config::Train>,
    live: Current<config::Live>,
    store: Store,
    sound: Sound,
    runtime: Runtime,
    events: Events,
    carry_out: CarryOut,
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
    /// Starts the training thread, the part `trainer`; trainings that a restart interrupted are queued again. Ends when
    /// `stop` is cancelled.
    pub fn start(
        (config, live): (Current<config::Train>, Current<config::Live>),
        runtime: Runtime,
        store: Store,
        events: Events,
        supervisor: &Supervisor,
        stop: CancellationToken,
    ) -> Result<Self, TrainError> {
        let carry_out: CarryOut = |job, cancel| job.carry_out(cancel);
        Self::run((config, live), runtime, store, events, carry_out, supervisor, stop)
    }

    fn run(
        (config, live): (Current<config::Train>, Current<config::Live>),
        runtime: Runtime,
        store: Store,
        events: Events,
        carry_out: CarryOut,
        supervisor: &Supervisor,
        stop: CancellationToken,
    ) -> Result<Self, TrainError> {
        let shared = Arc::new(Shared {
            config,
            live,
            store,
            sound: Sound::default(),
            runtime,
            events,
            carry_out,
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
        let work = move |beat: &Beat| {
            worker.work(beat);
            Ok(())
        };
        supervisor
            .thread("trainer", STEP_WITHIN, &stop, work)
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
        let training = request::plan(&shared.config.now(), &shared.runtime, &shared.store, request)?;
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
    /// Until it is told to stop. A training that panics has failed; its panic is passed on.
    fn work(&self, beat: &Beat) {
        // Capture, labelling and live detection have priority. ONNX Runtime's threads inherit this.
        if let Err(error) = rustix::process::setpriority_process(None, 10) {
            tracing::warn!(%error, "the training can't lower its priority");
        }
        // What a panic between two trainings left: whoever waits for its end need not wait on.
        lock(&self.queue).running = None;
        self.changed.notify_all();
        loop {
            let (id, cancel) = {
                beat.idle();
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
            beat.alive();
            let result = catch_unwind(AssertUnwindSafe(|| {
                let Self { store, sound, runtime, events, live, .. } = self;
                let config = &self.config.now();
                (self.carry_out)(&Job { id, config, live, store, sound, runtime, events, beat }, &cancel)
            }));
            let (error, panic) = match result {
                Ok(Ok(())) => (None, None),
                Ok(Err(error)) => (Some(error), None),
                Err(panic) => {
                    let error = TrainError::Failed("the training broke off unexpectedly; see the log".into());
                    (Some(error), Some(panic))
                }
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
            if let Some(panic) = panic {
                resume_unwind(panic);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backoff::Backoff;
    use crate::domain::TrainingState;
    use crate::store::Options;
    use crate::supervise::PartState;
    use std::time::Instant;

    #[tokio::test]
    async fn a_training_that_panics_fails_and_the_trainer_goes_on_with_the_next() {
        /// Breaks on the oldest training of the store.
        fn breaks_on_the_first(job: &Job, _: &AtomicBool) -> Result<(), TrainError> {
            let oldest = job.store.trainings(None, 10)?.items.pop().map(|training| training.id);
            assert_ne!(oldest, Some(job.id), "the first training");
            Err(TrainError::Invalid("the second training".into()))
        }
        let dir = tempfile::tempdir().unwrap();
        let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
        let pause = Duration::from_millis(1);
        let (supervisor, stop) = (Supervisor::with_pauses(Backoff::new(pause, pause)), CancellationToken::new());
        let store = Store::open_supervised(options, &supervisor).unwrap();
        let [first, second] = [Training::queued(vec![], 4), Training::queued(vec![], 4)];
        store.put_training(&first).unwrap();
        store.put_training(&second).unwrap();
        let (runtime, events) = (crate::runtime::for_tests(), Events::new());
        let mut heard = events.subscribe();
        let config = (Current::fixed(config::Train::default()), Current::fixed(config::Live::default()));
        let trainer =
            Trainer::run(config, runtime, store.clone(), events, breaks_on_the_first, &supervisor, stop.clone())
                .unwrap();
        let mut ended = Vec::new();
        while ended.len() < 2 {
            let event = tokio::time::timeout(Duration::from_secs(60), heard.recv()).await.unwrap().unwrap();
            if let Event::Training(training) = event {
                ended.push((training.id, training.state, training.error.clone().unwrap()));
            }
        }
        let broke = "the training broke off unexpectedly; see the log";
        let failed = |id, error: &str| (id, TrainingState::Failed, error.to_owned());
        assert_eq!(ended, [failed(first.id, broke), failed(second.id, "the second training")]);
        let part = supervisor.parts(Instant::now())["trainer"].clone();
        assert_eq!((part.state, part.restarts), (PartState::Running, 1));
        assert!(part.error.is_some_and(|error| error.contains("the first training")));
        stop.cancel();
        drop((trainer, store));
        assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty(), "threads end, and the store is closed");
    }
}
