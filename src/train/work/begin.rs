//! A plan as a message, and back.

use super::messages::{Begin, Shapes};
use super::task::Task;
use crate::graph::Tensor;
use crate::train::base::{Base, Weights};
use crate::train::error::TrainError;
use crate::train::export::Provenance;
use crate::train::run::{Plan, StartingModel};

impl Begin {
    /// What of a task is no bytes yet, and the weights of its starting model.
    pub fn of(task: &Task) -> (Self, Option<Vec<u8>>) {
        let (plan, runtime) = (task.plan, task.runtime);
        let begin = Self {
            library: runtime.describe().library.clone(),
            device: runtime.device(),
            threads: runtime.threads(),
            categories: plan.categories.clone(),
            frames: plan.frames.clone(),
            experiments: plan.experiments.clone(),
            epochs: plan.epochs,
            minutes: plan.minutes,
            strategy: plan.strategy,
            seed: plan.seed,
            carried: plan.carried,
            lanes: plan.lanes.clone(),
            memory: plan.memory,
            in_vain: plan.in_vain,
            training: task.provenance.training,
            dataset_hash: task.provenance.dataset_hash.clone(),
            resumes: plan.resume.is_some(),
            start: plan.start.as_ref().map(|start| {
                let shapes = start.weights.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone()));
                (start.standard.clone(), shapes.collect())
            }),
        };
        (begin, plan.start.as_ref().map(|start| floats(&start.weights)))
    }

    /// The plan, and what its model is to say of where it comes from.
    pub fn plan(self, pieces: Vec<Vec<u8>>) -> Result<(Plan, Provenance), TrainError> {
        let cut_short = || TrainError::Failed("the plan of the training came over in part".into());
        let mut pieces = pieces.into_iter();
        let base = pieces.next().and_then(|bytes| Base::decode(&bytes)).ok_or_else(cut_short)?;
        let resume = if self.resumes { Some(pieces.next().ok_or_else(cut_short)?) } else { None };
        let start = match self.start {
            Some((standard, shapes)) => {
                let bytes = pieces.next().ok_or_else(cut_short)?;
                let weights = weights(shapes, &bytes).ok_or_else(cut_short)?;
                Some(StartingModel { weights, standard })
            }
            None => None,
        };
        let plan = Plan {
            base,
            categories: self.categories,
            frames: self.frames,
            experiments: self.experiments,
            epochs: self.epochs,
            minutes: self.minutes,
            strategy: self.strategy,
            seed: self.seed,
            carried: self.carried,
            start,
            lanes: self.lanes,
            memory: self.memory,
            in_vain: self.in_vain,
            resume,
        };
        Ok((plan, Provenance { training: self.training, dataset_hash: self.dataset_hash }))
    }
}

fn floats(weights: &Weights) -> Vec<u8> {
    weights.values().flat_map(|t| t.as_f32().unwrap_or_default()).flat_map(|v| v.to_le_bytes()).collect()
}

fn weights(shapes: Shapes, bytes: &[u8]) -> Option<Weights> {
    let mut left = bytes;
    let mut weights = Weights::new();
    for (name, shape) in shapes {
        let (own, rest) = left.split_at_checked(shape.iter().product::<usize>() * size_of::<f32>())?;
        left = rest;
        let values = own.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        weights.insert(name, Tensor::f32(shape, values));
    }
    Some(weights)
}
