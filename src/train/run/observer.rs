//! What a training tells of itself: one side of the seam at which it becomes a process of its own (`train::work`). `Plan`
//! and `Load` are the other. What crosses is data: a plan in, frames in, and out activities, epochs, checkpoints, timings.
//! Nothing durable is written on this side of it.

use crate::domain::{Activity, Experiment, JudgedCategory, Metrics, Point};
use crate::train::error::TrainError;
use crate::train::evaluate::Scored;
use crate::train::population::Timings;
use serde::{Deserialize, Serialize};

/// What an experiment saw in a frame, in pixels of the frame; class indices are those of `Plan::categories`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    pub predictions: Vec<Scored>,
    pub point: Point,
}

/// What an experiment saw after an epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExperimentLook {
    /// Index of the experiment.
    pub experiment: usize,
    /// On the validation frames.
    pub validation: Metrics,
    /// The same, per category.
    pub categories: Vec<JudgedCategory>,
    /// The score from which its predictions count.
    pub threshold: f32,
    /// In the order of `Plan::frames`; none for frames that it did not look at.
    pub seen: Vec<Option<Seen>>,
}

/// The state of a training after an epoch.
#[derive(Serialize)]
pub struct EpochReport<'a> {
    /// From 1.
    pub epoch: u32,
    /// Of the whole training.
    pub epochs: u32,
    /// Rungs passed.
    pub rung: u32,
    pub experiments: &'a [Experiment],
    /// Of the leading experiment, on the training frames.
    pub training: Metrics,
    /// Of the leading experiment, which looked at every frame.
    pub leader: &'a ExperimentLook,
    /// Of the others that trained, on the validation frames.
    pub others: &'a [ExperimentLook],
}

/// Told what happens, on the training's own thread.
pub trait Observer {
    /// What is being done, and how much of its stage is done (0 to 1).
    fn activity(&mut self, activity: Activity, part: f32);
    /// An epoch is over. `next` is everything that the next one starts from, see `Plan::resume`; on disk when this returns.
    fn epoch(&mut self, report: &EpochReport, next: Vec<u8>) -> Result<(), TrainError>;
    /// What `Plan::resume` holds can't be used: the training begins again.
    fn begins_again(&mut self, _why: &str) {}
    /// What was measured of this device, for the plans of later trainings.
    fn timed(&mut self, _timings: &Timings) {}
    /// Asked before every step: why the training has to wait, if it has to.
    fn wait(&mut self) -> Option<Activity> {
        None
    }
}
