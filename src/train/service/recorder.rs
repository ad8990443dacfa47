//! Keeps the store and the listeners up with a training.

use super::heat::Heat;
use super::pace::Pace;
use crate::domain::{
    Activity, Category, EpochPages, Event, ExperimentState, FlipBookEpoch, LabelKind, Page, Prediction, SplitMetrics,
    Stage, Training, TrainingState,
};
use crate::events::Events;
use crate::store::{Store, TrainingFiles};
use crate::supervise::Beat;
use crate::train::error::TrainError;
use crate::train::population::Timings;
use crate::train::run::{EpochReport, Observer, Plan, TrainingFrame};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the record in the store follows what happens within an epoch.
const RECORD_EVERY: Duration = Duration::from_secs(2);
/// Name of the file in a training's folder that it goes on from after a restart.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// Share of the way that preparing counts for.
const PREPARING: f32 = 0.05;
/// The same of the epochs; what is left is for writing and judging the model.
const TRAINING: f32 = 0.93;
/// How often listeners are told of progress within an epoch.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Writes a training's record and pages, and tells of them.
pub struct Recorder<'a> {
    store: &'a Store,
    events: &'a Events,
    pub training: Training,
    files: &'a TrainingFiles,
    frames: &'a [TrainingFrame],
    categories: &'a [Category],
    recorded: Instant,
    told: Instant,
    pace: Pace,
    heat: Heat,
    beat: &'a Beat,
}

impl<'a> Recorder<'a> {
    pub fn new(
        store: &'a Store,
        events: &'a Events,
        training: Training,
        files: &'a TrainingFiles,
        plan: &'a Plan,
        heat: Heat,
        beat: &'a Beat,
    ) -> Self {
        Self {
            store,
            events,
            training,
            files,
            frames: &plan.frames,
            categories: &plan.categories,
            recorded: Instant::now(),
            told: Instant::now(),
            pace: Pace::begin(),
            heat,
            beat,
        }
    }

    /// Stores the record and tells of it.
    pub fn save(&mut self) -> Result<(), TrainError> {
        self.beat.alive();
        self.store.put_training(&self.training)?;
        self.recorded = Instant::now();
        self.tell();
        Ok(())
    }

    fn tell(&mut self) {
        self.told = Instant::now();
        self.events.publish(Event::Training(Arc::new(self.training.clone())));
    }

    fn pages(&self, report: &EpochReport) -> EpochPages {
        let experiment = report.experiments[report.leader].id;
        let pages: Vec<Page> = self
            .frames
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
    fn activity(&mut self, activity: Activity, part: f32) {
        self.beat.alive();
        let training = &mut self.training;
        let (state, progress) = match activity.stage() {
            Stage::Training => (TrainingState::Training, PREPARING + TRAINING * part),
            _ => (TrainingState::Preparing, PREPARING * part),
        };
        // Another kind of work is told at once, the progress of one in its time.
        let another = std::mem::discriminant(&training.activity) != std::mem::discriminant(&activity);
        training.activity = activity;
        // One that goes on after a restart prepares anew, and has come as far as before.
        training.progress = training.progress.max(progress);
        training.seconds_left = match training.minutes {
            Some(minutes) => Some((minutes * 60.0 * (1.0 - training.progress)).max(0.0)),
            None => self.pace.seconds_left(training.progress),
        };
        if training.state == TrainingState::Preparing && state == TrainingState::Training {
            let waiting = training.experiments.iter_mut().filter(|e| e.state == ExperimentState::Queued);
            waiting.for_each(|e| e.state = ExperimentState::Training);
        }
        training.state = state;
        if another || self.recorded.elapsed() >= RECORD_EVERY {
            if let Err(error) = self.save() {
                tracing::warn!(%error, "the training's record can't be stored");
            }
        } else if self.told.elapsed() >= TELL_EVERY {
            self.tell();
        }
    }

    fn epoch(&mut self, report: &EpochReport) -> Result<(), TrainError> {
        let pages = self.pages(report);
        self.store.put_epoch(self.training.id, &pages)?;
        self.training.state = TrainingState::Training;
        self.training.epoch = report.epoch;
        self.training.epochs = report.epochs;
        self.training.rung = report.rung;
        self.training.experiments = report.experiments.to_vec();
        self.save()?;
        let training = Arc::new(self.training.clone());
        self.events.publish(Event::Epoch { training, pages: Arc::new(pages) });
        Ok(())
    }

    fn checkpoint(&mut self, bytes: Vec<u8>) -> Result<(), TrainError> {
        Ok(self.files.write(CHECKPOINT, &bytes)?)
    }

    fn begins_again(&mut self, why: &str) {
        self.training.begin_again(why);
        if let Err(error) = self.save() {
            tracing::warn!(%error, "the training's record can't be stored");
        }
    }

    fn timed(&mut self, timings: &Timings) {
        if let Err(error) = self.store.put_lanes(&serde_json::to_vec_pretty(timings).unwrap_or_default()) {
            tracing::warn!(%error, "how fast trainings are on this device can't be kept; it is measured again");
        }
    }

    fn wait(&mut self) -> Option<Activity> {
        self.beat.alive();
        self.heat.wait().map(Activity::Cooling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cooling, Depth, EpochActivity, Experiment};
    use crate::store::Options;
    use crate::train::base::Base;
    use crate::train::population::Lanes;
    use crate::train::run::{Strategy, hyperparameters};

    #[test]
    fn the_state_follows_what_is_done_and_progress_never_falls() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
        let (store, events) = (Store::open(options).unwrap(), Events::new());
        let experiments: Vec<_> = hyperparameters::draw(2, 0).into_iter().map(Experiment::queued).collect();
        let plan = Plan {
            base: Base::default_base().unwrap(),
            categories: vec![],
            frames: vec![],
            experiments: experiments.clone(),
            epochs: 4,
            minutes: None,
            strategy: Strategy::Forks,
            seed: 0,
            start: None,
            lanes: Lanes::InTurn,
            resume: None,
        };
        let training = Training { state: TrainingState::Preparing, ..Training::queued(experiments, 4) };
        store.put_training(&training).unwrap();
        let files = store.training_files(training.id).unwrap();
        let (heat, beat) = (Heat::new(0.0, Vec::new), Beat::new(Duration::from_secs(60)));
        let mut recorder = Recorder::new(&store, &events, training, &files, &plan, heat, &beat);
        let epoch = EpochActivity { epoch: 1, epochs: 4, experiments: 2, trained: Depth::Head };
        let cooling = Cooling { zone: "cpu".into(), celsius: 91.0, limit: 90.0 };
        let mut before = 0.0;
        for (activity, part, state) in [
            (Activity::Looking, 1.0, TrainingState::Preparing),
            (Activity::Timing, 0.0, TrainingState::Training),
            (Activity::Epoch(epoch.clone()), 0.01, TrainingState::Training),
            (Activity::Cooling(cooling), 0.0, TrainingState::Training),
            (Activity::Epoch(epoch), 0.5, TrainingState::Training),
            // As after a restart.
            (Activity::Looking, 0.2, TrainingState::Preparing),
        ] {
            recorder.activity(activity, part);
            assert_eq!(recorder.training.state, state);
            assert!(recorder.training.progress >= before, "{} after {before}", recorder.training.progress);
            before = recorder.training.progress;
        }
        assert!(recorder.training.experiments.iter().all(|e| e.state == ExperimentState::Training));
        recorder.begins_again("its checkpoint can't be read");
        assert_eq!(recorder.training.progress, 0.0);
        assert!(recorder.training.note.as_deref().is_some_and(|note| note.contains("checkpoint")));
    }
}
