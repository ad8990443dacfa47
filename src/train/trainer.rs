//! The service that takes trainings from both doors, and runs them one after the other on a thread of its own.
//!
//! Everything about a training that must not be lost is in the store: its record at every epoch, its pages, its model.
//! A training that a restart interrupts is queued again and starts from its first epoch.

use super::base::Base;
use super::evaluate::{self, FrameResult, Scored};
use super::export::{self, Provenance};
use super::head::HeadShape;
use super::run::{self, EpochReport, Observer, Plan, TrainingFrame, kinds};
use super::{TrainError, search};
use crate::config;
use crate::dataset::split;
use crate::domain::{
    BBox, Category, EpochPages, Event, Experiment, ExperimentId, ExperimentState, FlipBookEpoch, Frame, FrameId,
    FrameLabels, LabelKind, Metrics, Model, ModelId, Page, Prediction, Side, SplitCounts, SplitMetrics, Training,
    TrainingId, TrainingSource, TrainingState,
};
use crate::events::Events;
use crate::live::{Detector, deployment};
use crate::picture::{self, Bounds};
use crate::runtime::Runtime;
use crate::store::Store;
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Labelled frames that a training needs, at least.
pub const LEAST_FRAMES: usize = 5;
/// How often the record in the store follows what happens within an epoch.
const RECORD_EVERY: Duration = Duration::from_secs(2);
/// How often listeners are told of progress within an epoch.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Body of `POST /trainings`; `{}` is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainRequest {
    /// `base`, or the id of a model to continue.
    pub from: Option<String>,
    /// 1 to 256.
    pub experiments: Option<u32>,
    /// 1 to 1000.
    pub epochs: Option<u32>,
    /// Names; all that have labels by default.
    pub categories: Option<Vec<String>>,
}

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
            tracing::info!(training = %training.id, "the training was interrupted; it starts anew");
            training.state = TrainingState::Queued;
            training.activity = "queued again after a restart".into();
            (training.epoch, training.rung, training.progress) = (0, 0, 0.0);
            for e in &mut training.experiments {
                (e.state, e.epoch, e.metrics) = (ExperimentState::Queued, 0, Metrics::default());
            }
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
        let training = shared.plan(request)?;
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

    /// The record of a training that was asked for; errors say what is missing.
    fn plan(&self, request: TrainRequest) -> Result<Training, TrainError> {
        let invalid = |text: String| Err(TrainError::Invalid(text));
        let experiments = request.experiments.unwrap_or(self.config.experiments);
        let epochs = request.epochs.unwrap_or(self.config.epochs);
        if !(1..=256).contains(&experiments) {
            return invalid(format!("experiments: {experiments} must be 1 to 256"));
        }
        if !(1..=1000).contains(&epochs) {
            return invalid(format!("epochs: {epochs} must be 1 to 1000"));
        }
        let from: TrainingSource = request.from.as_deref().unwrap_or("base").parse().map_err(TrainError::Invalid)?;
        let base = match from {
            TrainingSource::Base => self.config.base.clone(),
            TrainingSource::Model(id) => self.store.model(id)?.base,
        };
        Base::open(&self.store.bases_dir(), &base)?;
        let labelled = self.store.labelled()?;
        let uses = |name: &str| labelled.iter().filter(|(_, l)| l.labels.iter().any(|l| l.category == name)).count();
        let all: Vec<String> = self.store.categories()?.into_iter().map(|c| c.name).collect();
        let categories = match request.categories {
            Some(names) => {
                for name in &names {
                    if !all.contains(name) {
                        return invalid(format!("there is no category `{name}`; there are: {}", all.join(", ")));
                    }
                    if uses(name) == 0 {
                        return invalid(format!("no frame has a label of category `{name}`; label some first"));
                    }
                }
                all.into_iter().filter(|n| names.contains(n)).collect()
            }
            None => all.into_iter().filter(|n| uses(n) > 0).collect::<Vec<_>>(),
        };
        if labelled.len() < LEAST_FRAMES {
            return invalid(format!(
                "a training needs {LEAST_FRAMES} labelled frames or more; there are {}: label {} more",
                labelled.len(),
                LEAST_FRAMES - labelled.len()
            ));
        }
        if categories.is_empty() {
            return invalid("the labelled frames have no labels: there is nothing to learn".into());
        }
        Ok(Training {
            id: TrainingId::new(),
            state: TrainingState::Queued,
            created: Timestamp::now(),
            finished: None,
            error: None,
            epoch: 0,
            epochs,
            rung: 0,
            progress: 0.0,
            activity: "queued".into(),
            split: SplitCounts::default(),
            categories,
            base,
            from: from.into(),
            device: self.runtime.describe().device.clone(),
            winner: None,
            verdict: None,
            experiments: search::draw(experiments as usize, self.config.seed)
                .into_iter()
                .map(|hyperparameters| Experiment {
                    id: ExperimentId::new(),
                    state: ExperimentState::Queued,
                    epoch: 0,
                    hyperparameters,
                    metrics: Metrics::default(),
                })
                .collect(),
        })
    }

    fn train(&self, id: TrainingId, cancel: &AtomicBool) -> Result<(), TrainError> {
        let mut training = self.store.training(id)?;
        training.state = TrainingState::Preparing;
        training.activity = "splitting the labelled frames".into();
        let names = training.categories.clone();
        let categories: Vec<Category> =
            self.store.categories()?.into_iter().filter(|c| names.contains(&c.name)).collect();
        let mut labelled = self.store.labelled()?;
        for (_, labels) in &mut labelled {
            labels.labels.retain(|l| names.contains(&l.category));
        }
        let sides = split::split(&labelled, &self.store.sides()?, self.config.seed);
        self.store.put_sides(&sides.sides)?;
        let frames: Vec<TrainingFrame> = labelled
            .iter()
            .filter_map(|(frame, labels)| {
                Some(TrainingFrame {
                    id: frame.id,
                    size: (frame.width, frame.height),
                    labels: labels.labels.clone(),
                    side: *sides.sides.get(&frame.id)?,
                })
            })
            .collect();
        let on = |side: Side| frames.iter().filter(|f| f.side == side).count() as u32;
        training.split = SplitCounts { training: on(Side::Training), validation: on(Side::Validation) };
        if training.split.training == 0 || training.split.validation == 0 {
            return Err(TrainError::Invalid(
                "all labelled frames were taken within seconds of one another: label frames from other times too, \
                 so that the model can be judged on frames it was not trained on"
                    .into(),
            ));
        }
        let base = Base::open(&self.store.bases_dir(), &training.base)?;
        let mut plan = Plan {
            base,
            categories,
            frames,
            experiments: training.experiments.clone(),
            epochs: training.epochs,
            rungs: search::Rungs::plan(training.epochs),
            seed: self.config.seed,
            start: None,
        };
        if let Ok(TrainingSource::Model(model)) = training.from.parse() {
            plan.start = Some(self.start_from(model, &plan)?);
        }
        let mut recorder = Recorder {
            shared: self,
            training,
            plan_frames: plan.frames.clone(),
            categories: plan.categories.clone(),
            recorded: Instant::now(),
            told: Instant::now(),
        };
        recorder.save()?;
        let load = |frame: FrameId| {
            let jpeg = self.store.jpeg(frame)?;
            picture::decode(&jpeg, Bounds::default())
                .map_err(|e| TrainError::Failed(format!("frame {frame} can't be read: {e}")))
        };
        let winner = run::run(&plan, &self.runtime, &load, &mut recorder, cancel)?;

        recorder.training.state = TrainingState::Evaluating;
        recorder.training.activity = "writing the model".into();
        recorder.save()?;
        let provenance = Provenance { training: id, dataset_hash: dataset_hash(&labelled) };
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
        let judged = self.judge(&model, &path, &plan, &load)?;
        model.metrics = Metrics { loss: winner.evaluation.metrics.loss, ..judged };
        let (better, verdict) = self.compare(&model, &plan, &load)?;
        self.store.add_model(&model, &path)?;
        let training = &mut recorder.training;
        training.winner = Some(model.id);
        training.verdict = Some(verdict);
        if better {
            deployment::deploy(&self.store, &self.events, model.id)?;
        }
        training.state = TrainingState::Done;
        training.finished = Some(Timestamp::now());
        training.activity = "done".into();
        training.progress = 1.0;
        recorder.save()
    }

    fn start_from(&self, id: ModelId, plan: &Plan) -> Result<run::Start, TrainError> {
        let model = crate::graph::Model::read(&self.store.model_path(id)?)?;
        let (boxes, tags) = kinds(&plan.categories);
        let shape = HeadShape {
            taps: plan.base.info.taps.clone(),
            hidden: search::WIDTHS[search::WIDTHS.len() - 1] as usize,
            boxes: boxes.len(),
            tags: tags.len(),
        };
        let fresh = shape.initial(&mut ChaCha8Rng::seed_from_u64(plan.seed), 1.0);
        export::start_from(&model, &shape, &plan.categories, &fresh)
    }

    /// Metrics of a model's file on the validation frames.
    fn judge(
        &self,
        model: &Model,
        path: &std::path::Path,
        plan: &Plan,
        load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
    ) -> Result<Metrics, TrainError> {
        let mut detector = Detector::load(&self.runtime, model, path)
            .map_err(|e| TrainError::Failed(format!("the model can't be loaded: {e:#}")))?;
        let index = |name: &str| plan.categories.iter().position(|c| c.name == name);
        let mut results = Vec::new();
        for frame in plan.frames.iter().filter(|f| f.side == Side::Validation) {
            let whole = BBox::new(0.0, 0.0, frame.size.0 as f32, frame.size.1 as f32);
            let seen = detector
                .detect(&load(frame.id)?, 0.0)
                .map_err(|e| TrainError::Failed(format!("the model does not run: {e:#}")))?;
            results.push(FrameResult {
                truth: frame
                    .labels
                    .iter()
                    .filter_map(|l| Some((index(&l.category)?, l.bbox.unwrap_or(whole))))
                    .collect(),
                predictions: seen
                    .into_iter()
                    .filter_map(|p| {
                        Some(Scored { category: index(&p.category)?, bbox: p.bbox.unwrap_or(whole), score: p.score })
                    })
                    .collect(),
                loss: 0.0,
            });
        }
        Ok(evaluate::evaluate(&results, plan.categories.len()).metrics)
    }

    /// Whether the new model beats the deployed one on the same validation frames, and why or why not.
    fn compare(
        &self,
        model: &Model,
        plan: &Plan,
        load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
    ) -> Result<(bool, String), TrainError> {
        let new = model.metrics.ap50;
        let count = plan.frames.iter().filter(|f| f.side == Side::Validation).count();
        if new <= 0.0 {
            return Ok((false, format!("not deployed: it finds nothing on the {count} validation frames; label more")));
        }
        let Some(old) = self.store.deployed()? else {
            return Ok((true, format!("deployed: the first model, AP50 {new:.3} on {count} validation frames")));
        };
        let path = self.store.model_path(old.id)?;
        Ok(match self.judge(&old, &path, plan, load) {
            Ok(metrics) if new > metrics.ap50 => (
                true,
                format!(
                    "deployed: AP50 {new:.3} beats {:.3} of the model before on {count} validation frames",
                    metrics.ap50
                ),
            ),
            Ok(metrics) => (
                false,
                format!(
                    "not deployed: AP50 {new:.3} does not beat {:.3} of the deployed model on {count} validation frames",
                    metrics.ap50
                ),
            ),
            Err(error) => (true, format!("deployed: AP50 {new:.3}; the model before could not be judged ({error})")),
        })
    }
}

/// SHA-256 over the frames and their labels, hex.
fn dataset_hash(labelled: &[(Frame, FrameLabels)]) -> String {
    let mut hash = Sha256::new();
    for (frame, labels) in labelled {
        hash.update(frame.id.0.as_bytes());
        hash.update(serde_json::to_vec(&labels.labels).unwrap_or_default());
    }
    hex::encode(hash.finalize())
}

/// Keeps the store and the listeners up with a training.
struct Recorder<'a> {
    shared: &'a Shared,
    training: Training,
    plan_frames: Vec<TrainingFrame>,
    categories: Vec<Category>,
    recorded: Instant,
    told: Instant,
}

impl Recorder<'_> {
    fn save(&mut self) -> Result<(), TrainError> {
        self.shared.store.put_training(&self.training)?;
        self.recorded = Instant::now();
        self.tell();
        Ok(())
    }

    fn tell(&mut self) {
        self.told = Instant::now();
        self.shared.events.publish(Event::Training(Arc::new(self.training.clone())));
    }

    fn pages(&self, report: &EpochReport) -> EpochPages {
        let experiment = report.experiments[report.leader].id;
        let pages: Vec<Page> = self
            .plan_frames
            .iter()
            .zip(report.seen)
            .map(|(frame, seen)| Page {
                training: self.training.id,
                frame: frame.id,
                epoch: report.epoch,
                experiment,
                split: frame.side,
                width: frame.size.0,
                height: frame.size.1,
                truth: frame.labels.clone(),
                predictions: seen
                    .predictions
                    .iter()
                    .map(|p| {
                        let category = &self.categories[p.category];
                        Prediction {
                            category: category.name.clone(),
                            bbox: (category.kind != LabelKind::Tag).then_some(p.bbox),
                            score: p.score,
                        }
                    })
                    .collect(),
                point: seen.point,
            })
            .collect();
        let summary = FlipBookEpoch {
            epoch: report.epoch,
            experiment,
            metrics: SplitMetrics { training: report.training, validation: report.validation },
            points: report.seen.iter().map(|s| s.point).collect(),
        };
        EpochPages { summary, pages }
    }
}

impl Observer for Recorder<'_> {
    fn activity(&mut self, text: &str, part: f32) {
        let training = &mut self.training;
        training.activity = text.to_owned();
        // Looking at the frames counts for a tenth of the way.
        training.progress = if training.state == TrainingState::Preparing { 0.1 * part } else { 0.1 + 0.88 * part };
        if training.state == TrainingState::Preparing && text.starts_with("epoch") {
            training.state = TrainingState::Training;
        }
        if self.recorded.elapsed() >= RECORD_EVERY {
            if let Err(error) = self.save() {
                tracing::warn!(%error, "the training's record can't be stored");
            }
        } else if self.told.elapsed() >= TELL_EVERY {
            self.tell();
        }
    }

    fn epoch(&mut self, report: &EpochReport) -> Result<(), TrainError> {
        let pages = self.pages(report);
        self.shared.store.put_epoch(self.training.id, &pages)?;
        self.training.state = TrainingState::Training;
        self.training.epoch = report.epoch;
        self.training.rung = report.rung;
        self.training.experiments = report.experiments.to_vec();
        self.save()?;
        let training = Arc::new(self.training.clone());
        self.shared.events.publish(Event::Epoch { training, pages: Arc::new(pages) });
        Ok(())
    }
}
