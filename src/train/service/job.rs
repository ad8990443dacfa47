//! One training from its record to a model that may go live. What is durable about it is written on this side of the seam
//! (`run::Observer`): record, pages, checkpoint, timings, model.

use super::board::Board;
use super::given::{Given, Source};
use super::heat::Heat;
use super::means::Means;
use super::recorder::{CHECKPOINT, Recorder};
use super::sound::{self, Sound};
use super::verdict;
use super::words::{THINNED, plural};
use crate::clock::BOOT;
use crate::config;
use crate::domain::{
    Activity, EpochTold, Event, FrameId, Metrics, Model, ModelId, Outcome, Training, TrainingId, TrainingSource,
    TrainingState,
};
use crate::events::Events;
use crate::host;
use crate::live::Deployment;
use crate::settings::Current;
use crate::store::{Store, StoreError, TrainingFiles};
use crate::supervise::Beat;
use crate::train::base::Base;
use crate::train::cancel::check;
use crate::train::continue_model;
use crate::train::error::TrainError;
use crate::train::export::Provenance;
use crate::train::judge::Tested;
use crate::train::population::{Lanes, Timings};
use crate::train::run::{CARRIED, Observer, Plan, Reached, StartingModel, Strategy, hyperparameters};
use crate::train::work::{Task, Trained, Work};
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};

/// Name of the winner's file until it is a model of the store.
const WINNER: &str = "winner.onnx";

/// Removes what only a training that goes on needs; its record, pages and model stay.
pub fn clear(files: &TrainingFiles) {
    for name in [CHECKPOINT, WINNER] {
        if let Err(error) = files.remove(name) {
            tracing::warn!(%error, name, "a file of a training that is over can't be removed");
        }
    }
}

/// A training that is to be carried out.
pub struct Job<'a> {
    pub id: TrainingId,
    pub config: &'a config::Train,
    pub live: &'a Current<config::Live>,
    pub store: &'a Store,
    pub sound: &'a Sound,
    pub means: &'a Means,
    /// How often memory ran out since its last epoch.
    pub in_vain: u32,
    pub events: &'a Events,
    pub deployment: &'a Deployment,
    pub beat: &'a Beat,
}

impl Job<'_> {
    /// Trains, exports, judges and, if it is better, deploys. Stops early with [`TrainError::Cancelled`] once `cancel` is
    /// set.
    pub fn carry_out(&self, cancel: &AtomicBool) -> Result<(), TrainError> {
        let files = self.store.training_files(self.id)?;
        let mut training = self.store.training(self.id)?;
        // Its camera may have gone since it was asked for.
        self.deployment.whose(training.camera.as_ref())?;
        training.state = TrainingState::Preparing;
        training.activity = Activity::Splitting;
        // On disk before anything large is in memory: the next start sees what this one came to.
        training.starts += 1;
        training.boot = Some(BOOT.clone());
        self.store.put_training(&training)?;
        let source = Source {
            store: self.store,
            sound: self.sound,
            check: &|| {
                self.beat.alive();
                check(cancel)
            },
        };
        let given = Given::of(&source, &files, &training, self.seed(&training))?;
        training.skipped = given.skipped;
        if given.thinned > 0 && training.note.is_none() {
            let frames = plural(given.thinned as usize, "frame is", "frames are");
            training.note = Some(format!("{frames} {THINNED}"));
        }
        if let Some(gone) = given.without_categories(self.store, &training.categories)? {
            training.note.get_or_insert(gone);
        }
        training.split = given.split()?;
        let hash = given.hash.clone();
        let plan = self.plan(&mut training, given, &files)?;
        let heat = Heat::new(self.config.pause_at, host::temperatures);
        let board = Board::new(self.store, self.events, training);
        board.save(|_| ())?;
        std::thread::scope(|scope| {
            // Gone with this closure, however it ends.
            let (_going, stop) = mpsc::channel();
            let telling = &board;
            scope.spawn(move || telling.keep_telling(&stop));
            let kept = (self.store, self.events, self.means.disk);
            let mut recorder = Recorder::new(kept, &board, &files, &plan, heat, self.beat);
            let jpeg = |frame: FrameId| sound::jpeg(self.store, frame);
            let provenance = Provenance { training: self.id, dataset_hash: hash };
            let runtime = &self.means.engine.get()?;
            let task = Task { plan: &plan, provenance, runtime, jpeg: &jpeg, cancel };
            let mut work = self.means.place.begin(&task)?;
            let trained = work.train(&mut recorder)?;
            self.finish(&board, &trained, &task, work.as_mut(), &mut recorder, &files)
        })?;
        clear(&files);
        Ok(())
    }

    /// From the winner to a model that may be live.
    fn finish(
        &self,
        board: &Board,
        trained: &Trained,
        task: &Task,
        work: &mut dyn Work,
        observer: &mut dyn Observer,
        files: &TrainingFiles,
    ) -> Result<(), TrainError> {
        self.beat.alive();
        board.save(|training| {
            training.state = TrainingState::Evaluating;
            training.activity = Activity::WritingModel;
        })?;
        let mut test = |model: &Model, path: &Path| work.test(model, path, observer);
        let camera = self.store.training(self.id)?.camera;
        let before = self.deployment.at(camera.as_ref())?;
        let (model, outcome) = self.keep(trained, task, (files, before), &mut test)?;
        if outcome.live {
            self.deployment.deploy(model, camera.as_ref())?;
        }
        self.beat.alive();
        board.settle(|training| {
            training.winner = Some(model);
            training.verdict = Some(outcome.text.clone());
            training.outcome = Some(outcome);
            training.state = TrainingState::Done;
            training.finished = Some(Timestamp::now());
            training.activity = Activity::Done;
            training.progress = 1.0;
            training.seconds_left = None;
        });
        Ok(())
    }

    /// What the run is given.
    fn plan(&self, training: &mut Training, given: Given, files: &TrainingFiles) -> Result<Plan, TrainError> {
        let (resume, lost) = match files.read(CHECKPOINT) {
            Ok(None) if training.epoch > 0 => (None, Some("its checkpoint is gone".to_owned())),
            Ok(resume) => (resume, None),
            Err(StoreError::Damaged(why)) => (None, Some(format!("its checkpoint is damaged ({why})"))),
            Err(error) => return Err(error.into()),
        };
        if let Some(why) = lost {
            tracing::warn!(training = %self.id, why, "the training begins again");
            training.begin_again(&why);
        }
        if let Some(reached) = resume.as_deref().and_then(Reached::of) {
            self.follow(training, reached)?;
        }
        let mut plan = Plan {
            base: Base::open(&self.store.bases_dir(), &training.base)?,
            categories: given.categories,
            frames: given.frames,
            experiments: training.experiments.clone(),
            epochs: training.epochs,
            minutes: training.minutes,
            strategy: Strategy::Forks,
            seed: self.seed(training),
            carried: CARRIED,
            start: None,
            lanes: Lanes::Measured(self.timings()),
            memory: self.means.left_now(),
            in_vain: self.in_vain,
            resume,
        };
        if let Ok(TrainingSource::Model(model)) = training.from.parse() {
            plan.start = Some(self.starting_model(model, &plan)?);
        }
        Ok(plan)
    }

    /// A kill after an epoch's checkpoint and before its record: the epoch is over, and told now.
    fn follow(&self, training: &mut Training, reached: Reached) -> Result<(), TrainError> {
        if reached.epoch <= training.epoch {
            return Ok(());
        }
        (training.epoch, training.epochs, training.experiments) = (reached.epoch, reached.epochs, reached.experiments);
        self.store.put_training(training)?;
        let book = self.store.flip_book(self.id, None)?;
        if let Some(summary) = book.epochs.iter().find(|e| e.epoch == reached.epoch) {
            let pages = book.frames.iter().filter_map(|f| self.store.page(self.id, reached.epoch, f.id, None).ok());
            let told = Arc::new(EpochTold::new(summary, pages));
            self.events.publish(Event::Epoch { training: Arc::new(training.clone()), told });
        }
        Ok(())
    }

    /// Of the time it was asked for: it may have been changed since.
    fn seed(&self, training: &Training) -> u64 {
        training.seed.unwrap_or(self.config.seed)
    }

    /// What was timed on this device before; none where that can't be read: then it is timed again.
    fn timings(&self) -> Timings {
        let read = self.store.lanes().map(|bytes| bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()));
        match read {
            Ok(timings) => timings.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "how fast trainings are on this device can't be read; it is measured again");
                Timings::default()
            }
        }
    }

    /// Makes the winner a model of the store; whether it is to go live in place of the one `before`, and why or why not.
    /// `test`: how good a model's file is on the validation frames.
    fn keep(
        &self,
        trained: &Trained,
        task: &Task,
        (files, before): (&TrainingFiles, Option<Model>),
        test: &mut dyn FnMut(&Model, &Path) -> Result<Tested, TrainError>,
    ) -> Result<(ModelId, Outcome), TrainError> {
        let (Trained { onnx, evaluation }, plan) = (trained, task.plan);
        let path = files.write_plain(WINNER, onnx)?;
        let mut model = Model {
            id: ModelId::new(),
            created: Timestamp::now(),
            clock: None,
            training: self.id,
            categories: plan.categories.clone(),
            threshold: evaluation.threshold,
            metrics: evaluation.metrics,
            base: plan.base.info.name.clone(),
            dataset_hash: task.provenance.dataset_hash.clone(),
            bytes: onnx.len() as u64,
            deployed: false,
            cameras: vec![],
        };
        // The file itself is judged, not the graph that it came from.
        let tested = test(&model, &path)?;
        model.metrics = Metrics { loss: evaluation.metrics.loss, ..tested.metrics };
        let outcome = verdict::outcome((self.store, before), tested, self.live.now().floor, &plan.into(), test)?;
        // Testing it may have taken long; a time is mended by when it was told.
        model.created = Timestamp::now();
        self.store.add_model(&model, &path)?;
        Ok((model.id, outcome))
    }

    fn starting_model(&self, id: ModelId, plan: &Plan) -> Result<StartingModel, TrainError> {
        let model = crate::graph::Model::read(&self.store.sound_model(id)?)?;
        let shape = hyperparameters::head_shape(&plan.base.info.taps, &plan.categories);
        let fresh = shape.initial(&mut ChaCha8Rng::seed_from_u64(plan.seed), 1.0);
        continue_model::start_from(&model, &plan.base, &shape, &plan.categories, &fresh)
    }
}
