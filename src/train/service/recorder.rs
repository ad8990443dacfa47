//! Keeps the store and the listeners up with a training.

use super::board::Board;
use super::heat::Heat;
use super::room;
use crate::domain::{
    Activity, BBox, Category, EpochPages, EpochTold, Event, ExperimentId, ExperimentState, FlipBookEpoch, LabelKind,
    OtherPage, OtherPages, Page, Prediction, SplitMetrics, Stage, TrainingId, TrainingState,
};
use crate::events::Events;
use crate::flipbook::SHOWN_FROM;
use crate::store::{Store, TrainingFiles};
use crate::supervise::Beat;
use crate::train::error::TrainError;
use crate::train::evaluate::Scored;
use crate::train::population::Timings;
use crate::train::run::{EpochReport, ExperimentLook, Observer, Plan, TrainingFrame};
use std::sync::Arc;

/// Name of the file in a training's folder that it goes on from after a restart.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// Share of the way that preparing counts for.
const PREPARING: f32 = 0.05;
/// The same of the epochs; what is left is for writing and judging the model.
const TRAINING: f32 = 0.93;

/// Writes a training's record and pages, and tells of them.
pub struct Recorder<'a> {
    store: &'a Store,
    events: &'a Events,
    board: &'a Board<'a>,
    id: TrainingId,
    files: &'a TrainingFiles,
    frames: &'a [TrainingFrame],
    categories: &'a [Category],
    heat: Heat,
    beat: &'a Beat,
    /// Bytes on disk that all trainings and models may take.
    most: u64,
}

impl<'a> Recorder<'a> {
    pub fn new(
        (store, events, most): (&'a Store, &'a Events, u64),
        board: &'a Board<'a>,
        files: &'a TrainingFiles,
        plan: &'a Plan,
        heat: Heat,
        beat: &'a Beat,
    ) -> Self {
        let id = board.with(|training| training.id);
        Self { store, events, board, id, files, frames: &plan.frames, categories: &plan.categories, heat, beat, most }
    }

    fn pages(&self, report: &EpochReport) -> EpochPages {
        let id = |look: &ExperimentLook| report.experiments[look.experiment].id;
        let experiment = id(report.leader);
        let seen =
            self.frames.iter().zip(&report.leader.seen).filter_map(|(frame, seen)| Some((frame, seen.as_ref()?)));
        let pages: Vec<Page> = seen
            .map(|(frame, seen)| Page {
                training: self.id,
                frame: frame.id,
                epoch: report.epoch,
                experiment,
                split: frame.side,
                width: frame.size.0,
                height: frame.size.1,
                truth: frame.labels.clone(),
                predictions: seen.predictions.iter().map(|p| self.prediction(p)).collect(),
                point: seen.point.clone(),
            })
            .collect();
        let summary = FlipBookEpoch {
            epoch: report.epoch,
            experiment,
            metrics: SplitMetrics { training: Some(report.training), validation: report.leader.validation },
            categories: report.leader.categories.clone(),
            experiments: std::iter::once(report.leader).chain(report.others).map(id).collect(),
            points: pages.iter().map(|page| Some(page.point.clone())).collect(),
        };
        let others = report.others.iter().map(|look| self.others(id(look), look)).collect();
        EpochPages { summary, pages, others }
    }

    /// What is kept of an experiment that does not lead: what a page shows, and no more.
    fn others(&self, experiment: ExperimentId, look: &ExperimentLook) -> OtherPages {
        let shown = look.threshold.min(SHOWN_FROM);
        let seen = self.frames.iter().zip(&look.seen).filter_map(|(frame, seen)| Some((frame, seen.as_ref()?)));
        let pages = seen.map(|(frame, seen)| {
            let predictions = seen.predictions.iter().filter(|p| p.score >= shown).map(|p| {
                let prediction = self.prediction(p);
                Prediction {
                    bbox: prediction.bbox.map(|b| BBox::new(short(b.x), short(b.y), short(b.width), short(b.height))),
                    ..prediction
                }
            });
            OtherPage { frame: frame.id, predictions: predictions.collect(), point: seen.point.clone() }
        });
        OtherPages { experiment, metrics: look.validation, categories: look.categories.clone(), pages: pages.collect() }
    }

    fn prediction(&self, seen: &Scored) -> Prediction {
        let category = &self.categories[seen.category];
        let bbox = (category.kind != LabelKind::Tag).then_some(seen.bbox);
        Prediction { category: category.name.clone(), bbox, score: seen.score }
    }
}

/// To a tenth of a pixel: finer, nobody sees, and digits fill the disk.
fn short(pixels: f32) -> f32 {
    (pixels * 10.0).round() / 10.0
}

impl Observer for Recorder<'_> {
    fn activity(&mut self, activity: Activity, part: f32) {
        self.beat.alive();
        let (state, way) = match activity.stage() {
            Stage::Training => (TrainingState::Training, PREPARING + TRAINING * part),
            _ => (TrainingState::Preparing, PREPARING * part),
        };
        self.board.with(|training| {
            if training.state == TrainingState::Preparing && state == TrainingState::Training {
                let waiting = training.experiments.iter_mut().filter(|e| e.state == ExperimentState::Queued);
                waiting.for_each(|e| e.state = ExperimentState::Training);
            }
            training.state = state;
        });
        self.board.at(activity, way);
    }

    fn epoch(&mut self, report: &EpochReport, next: Vec<u8>) -> Result<(), TrainError> {
        self.beat.alive();
        let pages = self.pages(report);
        self.store.put_epoch(self.id, &pages)?;
        // Whoever reads of an epoch counts on it, kills or not: the record comes last.
        self.files.write(CHECKPOINT, &next)?;
        self.board.save(|training| {
            training.state = TrainingState::Training;
            training.epoch = report.epoch;
            training.starts = 0;
            training.epochs = report.epochs;
            training.rung = report.rung;
            training.experiments = report.experiments.to_vec();
        })?;
        let training = Arc::new(self.board.with(|training| training.clone()));
        let told = EpochTold::new(&pages.summary, pages.pages.into_iter());
        self.events.publish(Event::Epoch { training, told: Arc::new(told) });
        // While it grows the oldest give way: at its end it might be too late for the camera's frames.
        room::make_room(self.store, self.events, self.most);
        Ok(())
    }

    fn begins_again(&mut self, why: &str) {
        if let Err(error) = self.board.begin_again(why) {
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
    use crate::domain::{Cooling, Depth, EpochActivity, Experiment, FleetEventKind, Training};
    use crate::store::Options;
    use crate::train::run::{empty_plan, hyperparameters};
    use std::time::Duration;

    /// Of a training before all others.
    const OLDER: &str = "01800000-0000-7000-8000-000000000000";

    #[test]
    fn an_epoch_is_told_once_everything_that_the_next_one_starts_from_is_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
        let (store, events) = (Store::open(options).unwrap(), Events::new());
        let experiments: Vec<_> = hyperparameters::draw(1, 0).into_iter().map(Experiment::queued).collect();
        let plan = Plan { experiments: experiments.clone(), ..empty_plan() };
        let training = Training::queued(experiments.clone(), 4);
        store.put_training(&training).unwrap();
        let files = store.training_files(training.id).unwrap();
        let (heat, beat) = (Heat::new(0.0, Vec::new), Beat::new(Duration::from_secs(60)));
        let (id, board) = (training.id, Board::new(&store, &events, training));
        let mut recorder = Recorder::new((&store, &events, 0), &board, &files, &plan, heat, &beat);
        let leader = ExperimentLook {
            experiment: 0,
            validation: Default::default(),
            categories: vec![],
            threshold: 0.5,
            seen: vec![],
        };
        let report = EpochReport {
            epoch: 1,
            epochs: 4,
            rung: 0,
            experiments: &experiments,
            training: Default::default(),
            leader: &leader,
            others: &[],
        };
        // In its place is what can't be replaced by a file.
        let checkpoint = dir.path().join(format!("trainings/{id}/{CHECKPOINT}"));
        std::fs::create_dir_all(checkpoint.join("full")).unwrap();
        let mut told = events.subscribe();
        recorder.epoch(&report, vec![1, 2, 3]).unwrap_err();
        assert_eq!(store.training(id).unwrap().epoch, 0);
        assert!(told.try_recv().is_err(), "nothing is told");
        std::fs::remove_dir_all(&checkpoint).unwrap();
        let older =
            Training { state: TrainingState::Failed, id: OLDER.parse().unwrap(), ..Training::queued(vec![], 4) };
        store.put_training(&older).unwrap();
        recorder.epoch(&report, vec![1, 2, 3]).unwrap();
        assert_eq!((store.training(id).unwrap().epoch, checkpoint.exists()), (1, true));
        // There is room for nothing: what is over goes, with an event, and not at the end of this one.
        assert!(store.training(older.id).is_err());
        let heard: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).collect();
        let gone =
            |event: &Event| matches!(event, Event::Fleet(event) if event.kind == FleetEventKind::TrainingsRemoved);
        assert!(heard.iter().any(gone), "{heard:?}");
    }

    #[test]
    fn the_state_follows_what_is_done_and_progress_never_falls() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
        let (store, events) = (Store::open(options).unwrap(), Events::new());
        let experiments: Vec<_> = hyperparameters::draw(2, 0).into_iter().map(Experiment::queued).collect();
        let plan = Plan { experiments: experiments.clone(), ..empty_plan() };
        let training = Training { state: TrainingState::Preparing, ..Training::queued(experiments, 4) };
        store.put_training(&training).unwrap();
        let files = store.training_files(training.id).unwrap();
        let (heat, beat) = (Heat::new(0.0, Vec::new), Beat::new(Duration::from_secs(60)));
        let board = Board::new(&store, &events, training);
        let mut recorder = Recorder::new((&store, &events, 0), &board, &files, &plan, heat, &beat);
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
            let (now, progress) = board.with(|training| (training.state, training.progress));
            assert_eq!(now, state);
            assert!(progress >= before, "{progress} after {before}");
            before = progress;
        }
        board.with(|training| assert!(training.experiments.iter().all(|e| e.state == ExperimentState::Training)));
        recorder.begins_again("its checkpoint can't be read");
        board.with(|training| {
            assert_eq!(training.progress, 0.0);
            assert!(training.note.as_deref().is_some_and(|note| note.contains("checkpoint")));
        });
    }
}
