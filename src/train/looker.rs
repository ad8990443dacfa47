//! What experiments see: the network without the training.

use super::TrainError;
use super::experiments::Batch;
use super::features::Example;
use super::loss::LossScale;
use super::network::Network;
use super::settings;
use super::step;
use crate::domain::Hyperparameters;
use crate::graph::Tensor;
use crate::runtime::{Purpose, Runtime, Session};
use std::borrow::Borrow;
use std::sync::atomic::{AtomicBool, Ordering};

/// What one experiment saw in one example.
#[derive(Clone, Debug)]
pub struct Look {
    /// `[boxes + 4, cells]`: centre probabilities, then sides in pixels of the base's input.
    pub maps: Vec<f32>,
    /// Probabilities.
    pub tags: Vec<f32>,
    pub loss: f32,
}

/// A graph that looks with E experiments at once.
pub struct Looker {
    session: Session,
    batch: usize,
    experiments: usize,
}

impl Looker {
    pub fn new(
        runtime: &Runtime,
        network: &Network,
        batch: usize,
        experiments: usize,
        scale: LossScale,
    ) -> Result<Self, TrainError> {
        let graph = step::look(network, batch, experiments, scale)?;
        let session = runtime.session(&graph, Purpose::Train)?;
        Ok(Self { session, batch, experiments })
    }

    /// Examples in one run of the graph.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// What every experiment sees in every example, `[experiment][example]`, with these weights (E outermost, in the
    /// order of the network's parameters).
    pub fn look<T: Borrow<Example>>(
        &mut self,
        network: &Network,
        weights: &[Tensor],
        hyper: &[Hyperparameters],
        examples: &[T],
        cancel: &AtomicBool,
    ) -> Result<Vec<Vec<Look>>, TrainError> {
        let shape = &network.head;
        let names: Vec<String> = network.parameters().iter().map(|p| format!("weight/{}", p.name)).collect();
        let mut wanted = vec!["losses"];
        wanted.extend((shape.boxes > 0).then_some("maps"));
        wanted.extend((shape.tags > 0).then_some("tags"));
        let mut looks = vec![Vec::with_capacity(examples.len()); self.experiments];
        for chunk in examples.chunks(self.batch) {
            if cancel.load(Ordering::Relaxed) {
                return Err(TrainError::Cancelled);
            }
            // The graph's batch is fixed: the last one is filled up with its first example.
            let filled: Vec<&Example> = (0..self.batch).map(|i| chunk.get(i).unwrap_or(&chunk[0]).borrow()).collect();
            let batch = Batch::of(network, &filled);
            let mut inputs = batch.feed();
            inputs.extend(names.iter().map(String::as_str).zip(weights.iter().cloned()));
            inputs.extend(settings::loss_inputs(hyper));
            let out = self.session.run_owned(inputs, &wanted)?;
            let mut out = out.iter();
            let losses = out.next().and_then(Tensor::as_f32).unwrap_or_default();
            let maps = if shape.boxes > 0 { out.next().and_then(Tensor::as_f32) } else { None };
            let tags = if shape.tags > 0 { out.next().and_then(Tensor::as_f32) } else { None };
            let part = |values: Option<&[f32]>, size: usize, at: usize| {
                values.map_or_else(Vec::new, |v| v[at * size..(at + 1) * size].to_vec())
            };
            for frame in 0..chunk.len() {
                for (experiment, looks) in looks.iter_mut().enumerate() {
                    let at = frame * self.experiments + experiment;
                    looks.push(Look {
                        maps: part(maps, (shape.boxes + 4) * shape.cells(), at),
                        tags: part(tags, shape.tags, at),
                        loss: losses[at],
                    });
                }
            }
        }
        Ok(looks)
    }
}
