//! What all experiments of a step have in common.

use crate::runtime::Runtime;
use crate::train::network::{LossScale, Network};

/// How a step is made, the same for all experiments.
#[derive(Clone, Copy, Debug)]
pub struct StepSettings {
    /// Share of each experiment's learning rates.
    pub rate: f32,
    /// Of what is random in the step.
    pub seed: u64,
}

/// The network that experiments train, and where.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub runtime: &'a Runtime,
    pub network: &'a Network,
    /// Frames in a step.
    pub batch: usize,
    pub scale: LossScale,
}
