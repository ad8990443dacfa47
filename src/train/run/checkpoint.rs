//! The state of a training after an epoch, so that a power cut costs at most one.
//!
//! As safetensors: tensors under `state/…`, `start/…` and `winner/…`, everything else as JSON in its metadata. The
//! observer puts it on disk.

use super::schedule::Schedule;
use crate::domain::{Experiment, ExperimentState};
use crate::graph::Tensor;
use crate::train::base::Weights;
use crate::train::error::TrainError;
use crate::train::evaluate::Evaluation;
use crate::train::network::{LossScale, Standard};
use crate::train::population::ParameterState;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What a training knows after an epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Of the plan that it belongs to; earlier versions did not keep it.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Epochs finished.
    pub epoch: u32,
    pub schedule: Schedule,
    /// Index of the phase that the next epoch belongs to.
    pub phase: usize,
    /// Augmented views of each training frame.
    pub views: usize,
    /// Bytes that it planned with.
    #[serde(default = "unknown")]
    pub memory: u64,
    pub standard: Standard,
    pub scale: LossScale,
    pub experiments: Vec<Experiment>,
    /// Indices of the experiments that go on.
    pub active: Vec<usize>,
    /// Steps made in the phase; 0 where it has not begun.
    pub made: i32,
    /// How many experiments share a graph in the phase; `None` where it has not begun.
    #[serde(default)]
    pub together: Option<usize>,
    /// Seconds trained so far.
    pub seconds: f32,
    pub winner: Option<SavedWinner>,
    /// The best score of an epoch so far; the winner's may be a little lower.
    #[serde(default)]
    pub best: f32,
    /// How many epochs in a row, up to the last, were clearly worse than that.
    #[serde(default)]
    pub behind: u32,
    /// Of the active experiments in the middle of a phase.
    #[serde(skip)]
    pub states: Vec<ParameterState>,
    /// Of the active experiments where a phase is to begin.
    #[serde(skip)]
    pub starts: Vec<Weights>,
}

/// The weights kept so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedWinner {
    pub experiment: Experiment,
    pub evaluation: Evaluation,
    #[serde(skip)]
    pub weights: Weights,
}

/// How far a training had come.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// Epochs finished, and planned.
    pub epoch: u32,
    pub epochs: u32,
    pub experiments: Vec<Experiment>,
}

impl Reached {
    /// By the bytes of a checkpoint, if they are one.
    pub fn of(checkpoint: &[u8]) -> Option<Self> {
        let Checkpoint { epoch, schedule, experiments, .. } = Checkpoint::head(checkpoint)?;
        Some(Self { epoch, epochs: schedule.epochs, experiments })
    }
}

/// Earlier versions did not keep it.
fn unknown() -> u64 {
    u64::MAX
}

const JSON: &str = "checkpoint";

impl Checkpoint {
    /// The bytes that [`Checkpoint::decode`] reads.
    pub fn encode(&self) -> Result<Vec<u8>, TrainError> {
        const FAILED: &str = "the checkpoint can't be written";
        let mut tensors: BTreeMap<String, &Tensor> = BTreeMap::new();
        for (slot, state) in self.states.iter().enumerate() {
            tensors.extend(state.iter().enumerate().map(|(i, t)| (format!("state/{slot}/{i}"), t)));
        }
        for (slot, start) in self.starts.iter().enumerate() {
            tensors.extend(start.iter().map(|(name, t)| (format!("start/{slot}/{name}"), t)));
        }
        if let Some(winner) = &self.winner {
            tensors.extend(winner.weights.iter().map(|(name, t)| (format!("winner/{name}"), t)));
        }
        // Every machine that this runs on keeps floats as the file does.
        let views = tensors
            .iter()
            .map(|(name, t)| {
                let values = bytemuck::cast_slice(t.as_f32().unwrap_or_default());
                Ok((name.as_str(), TensorView::new(Dtype::F32, t.shape.clone(), values)?))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(TrainError::because(FAILED))?;
        let json = serde_json::to_string(self).map_err(TrainError::because(FAILED))?;
        let metadata = HashMap::from([(JSON.to_owned(), json)]);
        safetensors::serialize(views, Some(metadata)).map_err(TrainError::because(FAILED))
    }

    /// Lets the experiment that won so far go on alone from what it had learned, at half the rate.
    pub fn back_to(&mut self, winner: SavedWinner) {
        for &index in &self.active {
            self.experiments[index].state = ExperimentState::Diverged;
        }
        let index = self.experiments.iter().position(|e| e.id == winner.experiment.id).unwrap_or(0);
        let experiment = &mut self.experiments[index];
        experiment.state = ExperimentState::Training;
        experiment.hyperparameters.learning_rate /= 2.0;
        (self.active, self.starts) = (vec![index], vec![winner.weights]);
        (self.states, self.made, self.behind) = (vec![], 0, 0);
    }

    /// Reads a checkpoint of the training with this fingerprint (`Plan::fingerprint`); else says why it can't be used.
    pub fn decode(bytes: &[u8], fingerprint: &str) -> Result<Self, String> {
        let checkpoint = Self::parse(bytes).ok_or("its checkpoint can't be read")?;
        match &checkpoint.fingerprint {
            Some(own) if own != fingerprint => {
                Err("its checkpoint belongs to other frames, labels or another base".to_owned())
            }
            _ => Ok(checkpoint),
        }
    }

    /// All but its tensors.
    fn head(bytes: &[u8]) -> Option<Self> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
        serde_json::from_str(metadata.metadata().as_ref()?.get(JSON)?).ok()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut checkpoint = Self::head(bytes)?;
        let file = SafeTensors::deserialize(bytes).ok()?;
        let mut states: BTreeMap<(usize, usize), Tensor> = BTreeMap::new();
        let mut starts: BTreeMap<usize, Weights> = BTreeMap::new();
        for (name, view) in file.tensors() {
            let values = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            let tensor = Tensor::f32(view.shape(), values);
            let (group, rest) = name.split_once('/')?;
            match group {
                "state" => {
                    let (slot, index) = rest.split_once('/')?;
                    states.insert((slot.parse().ok()?, index.parse().ok()?), tensor);
                }
                "start" => {
                    let (slot, name) = rest.split_once('/')?;
                    starts.entry(slot.parse().ok()?).or_default().insert(name.to_owned(), tensor);
                }
                _ => {
                    checkpoint.winner.as_mut()?.weights.insert(rest.to_owned(), tensor);
                }
            }
        }
        for ((slot, _), tensor) in states {
            if checkpoint.states.len() <= slot {
                checkpoint.states.push(vec![]);
            }
            checkpoint.states[slot].push(tensor);
        }
        checkpoint.starts = starts.into_values().collect();
        Some(checkpoint)
    }
}
