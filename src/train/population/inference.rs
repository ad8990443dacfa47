//! What experiments see: the network without the training.

use super::graphs;
use super::setting::Setting;
use crate::domain::Hyperparameters;
use crate::graph::{Model, Tensor};
use crate::runtime::SessionOptions;
use crate::train::error::TrainError;
use crate::train::examples::{Batch, Example};
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

/// What experiments see in every example, `[experiment][example]`. `weights`: experiments outermost, in the order of the
/// network's parameters.
pub fn look<T: Borrow<Example> + Sync>(
    setting: &Setting,
    weights: &[Tensor],
    hyper: &[Hyperparameters],
    examples: &[T],
    cancel: &AtomicBool,
) -> Result<Vec<Vec<Look>>, TrainError> {
    let graph = graphs::look(setting.network, setting.batch, weights, hyper, setting.scale)?;
    let parts = setting.runtime.parts(setting.batch);
    // Whole batches, but for the last of all.
    let share = examples.len().div_ceil(setting.batch).div_ceil(parts).max(1) * setting.batch;
    let looks: Vec<Vec<Vec<Look>>> = std::thread::scope(|scope| {
        let parts: Vec<_> = examples
            .chunks(share)
            .map(|examples| scope.spawn(|| look_at(setting, &graph, parts, hyper.len(), examples, cancel)))
            .collect();
        let panicked = |_| Err(TrainError::Failed("a thread that looks panicked".into()));
        parts.into_iter().map(|part| part.join().unwrap_or_else(panicked)).collect::<Result<_, _>>()
    })?;
    let mut all = vec![Vec::with_capacity(examples.len()); hyper.len()];
    for part in looks {
        all.iter_mut().zip(part).for_each(|(all, part)| all.extend(part));
    }
    Ok(all)
}

/// The same, with one of `parts` sessions that run at the same time.
fn look_at<T: Borrow<Example> + Sync>(
    setting: &Setting,
    graph: &Model,
    parts: usize,
    experiments: usize,
    examples: &[T],
    cancel: &AtomicBool,
) -> Result<Vec<Vec<Look>>, TrainError> {
    let mut session = setting.runtime.session(graph, SessionOptions::threads(setting.runtime.threads() / parts))?;
    let shape = &setting.network.head;
    let mut wanted = vec!["losses"];
    wanted.extend((shape.boxes > 0).then_some("maps"));
    wanted.extend((shape.tags > 0).then_some("tags"));
    let mut looks = vec![Vec::with_capacity(examples.len()); experiments];
    for chunk in examples.chunks(setting.batch) {
        if cancel.load(Ordering::Relaxed) {
            return Err(TrainError::Cancelled);
        }
        // The graph's batch is fixed: the last one is filled up with its first example.
        let filled: Vec<&Example> = (0..setting.batch).map(|i| chunk.get(i).unwrap_or(&chunk[0]).borrow()).collect();
        let batch = Batch::of(setting.network, &filled);
        let inputs = batch.feed(1).into_iter().flatten().map(|(name, tensor)| (name, tensor.into_owned())).collect();
        let out = session.run_owned(inputs, &wanted)?;
        let mut out = out.iter();
        let losses = out.next().and_then(Tensor::as_f32).unwrap_or_default();
        let maps = if shape.boxes > 0 { out.next().and_then(Tensor::as_f32) } else { None };
        let tags = if shape.tags > 0 { out.next().and_then(Tensor::as_f32) } else { None };
        let part = |values: Option<&[f32]>, size: usize, at: usize| {
            values.map_or_else(Vec::new, |v| v[at * size..(at + 1) * size].to_vec())
        };
        for frame in 0..chunk.len() {
            for (experiment, looks) in looks.iter_mut().enumerate() {
                let at = frame * experiments + experiment;
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
