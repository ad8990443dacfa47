//! What the two processes say to one another.

use crate::domain::{Activity, Category, Experiment, FrameId, Metrics, Model, TrainingId};
use crate::runtime::Device;
use crate::train::error::TrainError;
use crate::train::evaluate::Evaluation;
use crate::train::judge::Tested;
use crate::train::network::Standard;
use crate::train::population::{Lanes, Timings};
use crate::train::run::{EpochReport, ExperimentLook, Strategy, TrainingFrame};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// How often the process that trains says that it lives.
pub const ALIVE_EVERY: Duration = Duration::from_secs(5);

/// Said by the daemon.
#[derive(Serialize, Deserialize)]
pub enum Order {
    /// With the base, the checkpoint and the starting model's weights, as far as there are any (`pieces`).
    Train(Box<Begin>),
    Test {
        model: Model,
        path: PathBuf,
    },
    /// To the question of this number.
    Answer(u64, Answer),
}

/// Names of tensors, and their shapes.
pub type Shapes = Vec<(String, Vec<usize>)>;

/// A plan without what is bytes already.
#[derive(Serialize, Deserialize)]
pub struct Begin {
    pub library: PathBuf,
    pub device: Device,
    pub threads: usize,
    pub categories: Vec<Category>,
    pub frames: Vec<TrainingFrame>,
    pub experiments: Vec<Experiment>,
    pub epochs: u32,
    pub minutes: Option<f32>,
    pub strategy: Strategy,
    pub seed: u64,
    pub carried: f32,
    pub lanes: Lanes,
    pub memory: u64,
    pub in_vain: u32,
    pub training: TrainingId,
    pub dataset_hash: String,
    /// Whether the second piece is a checkpoint.
    pub resumes: bool,
    /// What the head of the starting model expects, and what its weights are called and shaped: they are the last piece.
    pub start: Option<(Standard, Shapes)>,
}

#[derive(Serialize, Deserialize)]
pub enum Answer {
    Done,
    /// With its JPEG.
    Frame,
    /// Why the training has to wait, if it has to.
    Wait(Option<Activity>),
    /// In words.
    Refused(String),
}

/// Said by the process that trains.
#[derive(Serialize, Deserialize)]
pub enum Said {
    /// Now and then, whatever it computes.
    Alive,
    Activity(Activity, f32),
    BeginsAgain(String),
    Timed(Timings),
    /// Answered with its number.
    Asks(u64, Question),
    /// With the winner's file.
    Trained(Evaluation),
    Tested(Box<Tested>),
    Failed(Failure),
}

#[derive(Serialize, Deserialize)]
pub enum Question {
    Frame(FrameId),
    /// With an [`EpochReport`], to be read as an [`Epoch`], and everything that the next one starts from.
    Epoch,
    Wait,
}

/// An [`EpochReport`] that owns what it tells.
#[derive(Deserialize)]
pub struct Epoch {
    epoch: u32,
    epochs: u32,
    rung: u32,
    experiments: Vec<Experiment>,
    training: Metrics,
    leader: ExperimentLook,
    others: Vec<ExperimentLook>,
}

impl Epoch {
    pub fn report(&self) -> EpochReport<'_> {
        let Self { epoch, epochs, rung, experiments, training, leader, others } = self;
        EpochReport { epoch: *epoch, epochs: *epochs, rung: *rung, experiments, training: *training, leader, others }
    }
}

/// An error that crosses as words.
#[derive(Debug, Serialize, Deserialize)]
pub enum Failure {
    Invalid(String),
    Memory(String),
    Failed(String),
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Invalid(words) => Self::Invalid(words),
            TrainError::Memory(words) => Self::Memory(words),
            TrainError::Runtime(error) if error.is_memory() => Self::Memory(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<Failure> for TrainError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Invalid(words) => Self::Invalid(words),
            Failure::Memory(words) => Self::Memory(words),
            Failure::Failed(words) => Self::Failed(words),
        }
    }
}
