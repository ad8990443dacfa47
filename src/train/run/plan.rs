//! What a training is given, and what comes of it.

use super::schedule::Strategy;
use crate::domain::{Category, Experiment, FrameId, Label, Rejected, Side};
use crate::train::base::{Base, Weights};
use crate::train::evaluate::Evaluation;
use crate::train::network::{HeadShape, Standard};
use crate::train::population::Lanes;
use sha2::{Digest, Sha256};

/// A labelled frame that takes part.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TrainingFrame {
    pub id: FrameId,
    /// Pixels.
    pub size: (u32, u32),
    pub labels: Vec<Label>,
    /// Proposals that somebody refused: false alarms to learn from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejected>,
    pub side: Side,
}

/// How much a carried box counts beside a drawn one (`docs/training.md`).
pub const CARRIED: f32 = 0.5;

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
    /// How much a box counts that nobody drew nor agreed to by itself, beside one that somebody did.
    pub carried: f32,
    /// Where the experiments start, if not at random.
    pub start: Option<StartingModel>,
    /// How many experiments share a graph where each trains a copy of the base.
    pub lanes: Lanes,
    /// Bytes that the process which trains may take, about; 0 where nobody says.
    pub memory: u64,
    /// How often it was started in vain since its last epoch: each time half of the memory is planned with.
    pub in_vain: u32,
    /// What `Observer::checkpoint` was given last: a training that was interrupted goes on from there.
    pub resume: Option<Vec<u8>>,
}

impl Plan {
    /// SHA-256 of what a checkpoint stands on, hex: frames, labels, sides and the base's weights. Others, and what was
    /// learned so far means something else.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for part in [serde_json::to_vec(&self.categories), serde_json::to_vec(&self.frames)] {
            // Records of ours are always JSON.
            hash.update(part.unwrap_or_default());
        }
        hash.update(self.base.encode());
        hex::encode(hash.finalize())
    }
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

/// For tests: a plan with nothing in it.
#[cfg(test)]
pub fn empty() -> Plan {
    Plan {
        base: Base::default_base().expect("it comes with the program"),
        categories: vec![],
        frames: vec![],
        experiments: vec![],
        epochs: 4,
        minutes: None,
        strategy: Strategy::Forks,
        seed: 0,
        carried: CARRIED,
        start: None,
        lanes: Lanes::InTurn,
        memory: 0,
        in_vain: 0,
        resume: None,
    }
}
