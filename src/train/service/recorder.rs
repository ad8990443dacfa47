//! Keeps the store and the listeners up with a training.

use super::heat::Heat;
use super::pace::Pace;
use crate::domain::{
    Category, EpochPages, Event, ExperimentState, FlipBookEpoch, LabelKind, Page, Prediction, SplitMetrics, Training,
    TrainingState,
};
use crate::events::Events;
use crate::store::Store;
use crate::train::error::TrainError;
use crate::train::run::{EpochReport, Observer, TrainingFrame};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the record in the store follows what happens within an epoch.
const RECORD_EVERY: Duration = Duration::from_secs(2);
/// How often listeners are told of progress within an epoch.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Writes a training's record and pages, and tells of them.
pub struct Recorder<'a> {
    store: &'a Store,
    events: &'a Events,
    pub training: Training,
    frames: &'a [TrainingFrame],
    categories: &'a [Category],
    recorded: Instant,
    told: Instant,
    pace: Pace,
    heat: Heat,
}

impl<'a> Recorder<'a> {
    pub fn new(
        store: &'a Store,
        events: &'a Events,
        training: Training,
        frames: &'a [TrainingFrame],
        categories: &'a [Category],
        heat: Heat,
    ) -> Self {
        Self {
            store,
            events,
            training,
            frames,
            categories,
            recorded: Instant::now(),
            told: Instant::now(),
            pace: Pace::begin(),
            heat,
        }
    }

    /// Stores the record and tells of it.
    pub fn save(&mut self) -> Result<(), TrainError> {
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
    fn activity(&mut self, text: &str, part: f32) {
        let training = &mut self.training;
        training.activity = text.to_owned();
        // Looking at the frames counts for a tenth of the way.
        training.progress = if training.state == TrainingState::Preparing { 0.05 * part } else { 0.05 + 0.93 * part };
        training.seconds_left = match training.minutes {
            Some(minutes) => Some((minutes * 60.0 * (1.0 - training.progress)).max(0.0)),
            None => self.pace.seconds_left(training.progress),
        };
        if training.state == TrainingState::Preparing && text.starts_with("epoch") {
            training.state = TrainingState::Training;
            training.experiments.iter_mut().for_each(|e| e.state = ExperimentState::Training);
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

    fn wait(&mut self) -> Option<String> {
        self.heat.wait()
    }
}
