//! What a training is given, and what comes of it.

use super::schedule::Strategy;
use crate::domain::{Category, Experiment, FrameId, Label, Side};
use crate::train::base::{Base, Weights};
use crate::train::evaluate::Evaluation;
use crate::train::network::{HeadShape, Standard};
use crate::train::population::Lanes;
use std::path::PathBuf;

/// A labelled frame that takes part.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TrainingFrame {
    pub id: FrameId,
    /// Pixels.
    pub size: (u32, u32),
    pub labels: Vec<Label>,
    pub side: Side,
}

/// What a training is given.
pub struct Plan {
    pub base: Base,
    pub categories: Vec<Category>,
    pub frames: Vec<TrainingFrame>,
    /// What is tried.
    pub experiments: Vec<Experiment>,
    /// At most.
    pub epochs: u32,
    /// Time for the whole training; without, an epoch shows every frame once.
    pub minutes: Option<f32>,
    pub strategy: Strategy,
    pub seed: u64,
    /// Where the experiments start, if not at random.
    pub start: Option<StartingModel>,
    /// How many experiments share a graph where each trains a copy of the base.
    pub lanes: Lanes,
    /// The file that holds the state after the last epoch; a training goes on from it where there is one.
    pub checkpoint: Option<PathBuf>,
}

/// A model to continue.
#[derive(Clone, Debug)]
pub struct StartingModel {
    /// The head's, and those of the base that differ from its own.
    pub weights: Weights,
    /// What the head expects of the features.
    pub standard: Standard,
}

/// The leading experiment at the last epoch that was not clearly worse than the best.
#[derive(Clone, Debug)]
pub struct Winner {
    pub experiment: Experiment,
    pub shape: HeadShape,
    /// The head's, and those of the base that were trained.
    pub weights: Weights,
    pub standard: Standard,
    pub stride: f32,
    /// On the validation frames.
    pub evaluation: Evaluation,
}
