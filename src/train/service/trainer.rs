//! The service that takes trainings from both doors, and runs them one after the other on a thread of its own.
//!
//! Everything about a training that must not be lost is in the store: its record at every epoch, its pages, its model.
//! A training that a restart interrupts is queued again and goes on from the last epoch that it finished.

use super::given::Given;
use super::heat::Heat;
use super::recorder::Recorder;
use super::request::{self, TrainRequest};
use super::verdict;
use crate::config;
use crate::domain::{Event, FrameId, Metrics, Model, ModelId, Training, TrainingId, TrainingSource, TrainingState};
use crate::events::Events;
use crate::host;
use crate::live::deployment;
use crate::picture::{self, Bounds};
use crate::runtime::Runtime;
use crate::store::Store;
use crate::train::base::Base;
use crate::train::continue_model;
use crate::train::error::TrainError;
use crate::train::export::{self, Provenance};
use crate::train::network::{HeadShape, kinds};
use crate::train::population::Lanes;
use crate::train::run::{Plan, StartingModel, Strategy, hyperparameters, run};
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// Name of the file in a training's folder that it goes on from after a restart.
const CHECKPOINT: &str = "checkpoint.safetensors";

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
            training.activity = "queued again after a restart".into();
            shared.store.put_training(&training)?;
            lock(&shared.queue).waiting.push_back(training.id);
        }
        let worker = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("training".into())
            .spawn(move || worker.work())
            .map_err(|e| TrainError::Failed(format!("the training thread can't be started: {e}")))?;
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
            training.activity = "cancelled before it began".into();
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
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.train(id, &cancel)));
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

    /// Stores why a training ended without a model.
    fn close(&self, id: TrainingId, error: &TrainError) -> Result<(), TrainError> {
        let mut training = self.store.training(id)?;
        training.finished = Some(Timestamp::now());
        if matches!(error, TrainError::Cancelled) {
            training.state = TrainingState::Cancelled;
            training.activity = "cancelled".into();
        } else {
            tracing::error!(training = %id, %error, "the training failed");
            training.state = TrainingState::Failed;
            training.error = Some(error.to_string());
            training.activity = "failed".into();
        }
        self.store.put_training(&training)?;
        self.events.publish(Event::Training(Arc::new(training)));
        Ok(())
    }

    fn train(&self, id: TrainingId, cancel: &AtomicBool) -> Result<(), TrainError> {
        let mut training = self.store.training(id)?;
        training.state = TrainingState::Preparing;
        training.activity = "splitting the labelled frames".into();
        let given = Given::of(&self.store, &training, self.config.seed)?;
        training.split = given.split()?;
        let base = Base::open(&self.store.bases_dir(), &training.base)?;
        let mut plan = Plan {
            base,
            categories: given.categories,
            frames: given.frames,
            experiments: training.experiments.clone(),
            epochs: training.epochs,
            minutes: training.minutes,
            strategy: Strategy::Forks,
            seed: self.config.seed,
            start: None,
            lanes: Lanes::Measured(Some(self.store.lanes_path())),
            checkpoint: Some(self.store.training_dir(id)?.join(CHECKPOINT)),
        };
        if let Ok(TrainingSource::Model(model)) = training.from.parse() {
            plan.start = Some(self.start_from(model, &plan)?);
        }
        let heat = Heat::new(self.config.pause_at, host::temperatures);
        let mut recorder = Recorder::new(&self.store, &self.events, training, &plan.frames, &plan.categories, heat);
        recorder.save()?;
        let load = |frame: FrameId| {
            let jpeg = self.store.jpeg(frame)?;
            picture::decode(&jpeg, Bounds::default())
                .map_err(|e| TrainError::Failed(format!("frame {frame} can't be read: {e}")))
        };
        let winner = run(&plan, &self.runtime, &load, &mut recorder, cancel)?;

        recorder.training.state = TrainingState::Evaluating;
        recorder.training.activity = "writing the model".into();
        recorder.save()?;
        let provenance = Provenance { training: id, dataset_hash: given.hash };
        let onnx = export::export(&winner, &plan.base, &plan.categories, &provenance)?.encode();
        let path = self.store.training_dir(id)?.join("winner.onnx");
        std::fs::write(&path, &onnx).map_err(|e| TrainError::Failed(format!("the model can't be written: {e}")))?;
        let mut model = Model {
            id: ModelId::new(),
            created: Timestamp::now(),
            training: id,
            categories: plan.categories.clone(),
            threshold: winner.evaluation.threshold,
            metrics: winner.evaluation.metrics,
            base: plan.base.info.name.clone(),
            dataset_hash: provenance.dataset_hash,
            bytes: onnx.len() as u64,
            deployed: false,
        };
        // The file itself is judged, not the graph that it came from.
        let judged = verdict::on_validation(&self.runtime, &model, &path, &plan, &load)?;
        model.metrics = Metrics { loss: winner.evaluation.metrics.loss, ..judged };
        let (better, why) = verdict::compare(&self.runtime, &self.store, &model, &plan, &load)?;
        self.store.add_model(&model, &path)?;
        let training = &mut recorder.training;
        training.winner = Some(model.id);
        training.verdict = Some(why);
        if better {
            deployment::deploy(&self.store, &self.events, model.id)?;
        }
        training.state = TrainingState::Done;
        training.finished = Some(Timestamp::now());
        training.activity = "done".into();
        training.progress = 1.0;
        training.seconds_left = None;
        recorder.save()?;
        // It has done its service; the model and the pages stay.
        let checkpoint = plan.checkpoint.as_deref().map_or(Ok(()), std::fs::remove_file);
        if let Err(error) = checkpoint {
            tracing::warn!(%error, "the checkpoint of a training that is done can't be removed");
        }
        Ok(())
    }

    fn start_from(&self, id: ModelId, plan: &Plan) -> Result<StartingModel, TrainError> {
        let model = crate::graph::Model::read(&self.store.model_path(id)?)?;
        let (boxes, tags) = kinds(&plan.categories);
        let shape = HeadShape {
            taps: plan.base.info.taps.clone(),
            hidden: hyperparameters::WIDTHS[hyperparameters::WIDTHS.len() - 1] as usize,
            boxes: boxes.len(),
            tags: tags.len(),
        };
        let fresh = shape.initial(&mut ChaCha8Rng::seed_from_u64(plan.seed), 1.0);
        continue_model::start_from(&model, &plan.base, &shape, &plan.categories, &fresh)
    }
}
