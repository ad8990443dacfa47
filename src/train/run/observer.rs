//! What a training tells of itself.

use crate::domain::{Experiment, Metrics, Point};
use crate::train::error::TrainError;
use crate::train::evaluate::Scored;

/// What the leader saw in a frame, in pixels of the frame; class indices are those of `Plan::categories`.
#[derive(Clone, Debug)]
pub struct Seen {
    pub predictions: Vec<Scored>,
    pub point: Point,
}

/// The state of a training after an epoch.
pub struct EpochReport<'a> {
    /// From 1.
    pub epoch: u32,
    /// Of the whole training.
    pub epochs: u32,
    /// Rungs passed.
    pub rung: u32,
    pub experiments: &'a [Experiment],
    /// Index of the leading experiment.
    pub leader: usize,
    pub training: Metrics,
    pub validation: Metrics,
    /// In the order of `Plan::frames`.
    pub seen: &'a [Seen],
}

/// Told what happens, on the training's own thread.
pub trait Observer {
    /// What is being done, and how much of it (0 to 1).
    fn activity(&mut self, text: &str, part: f32);
    /// An epoch is over.
    fn epoch(&mut self, report: &EpochReport) -> Result<(), TrainError>;
    /// Asked before every step: why the training has to wait, if it has to.
    fn wait(&mut self) -> Option<String> {
        None
    }
}
