//! What experiments see: the network without the training.

use super::graphs;
use super::setting::Setting;
use crate::domain::Hyperparameters;
use crate::graph::{Model, Tensor};
use crate::runtime::SessionOptions;
use crate::train::error::TrainError;
use crate::train::examples::{Batch, Example};
use rayon::prelude::*;
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

/// What is looked at, and what is kept of it: pictures and maps of all frames at once would fill the memory.
pub struct Viewer<'a, R> {
    /// The frames.
    pub samples: &'a [usize],
    pub show: &'a (dyn Fn(usize) -> Result<Example, TrainError> + Sync),
    /// What is kept of a look at one of them.
    pub keep: &'a (dyn Fn(usize, Look) -> R + Sync),
    pub cancel: &'a AtomicBool,
}

/// What is kept of what experiments see in every frame, `[experiment][frame]`. `weights`: experiments outermost, in the order
/// of the network's parameters.
pub fn look<R: Send>(
    setting: &Setting,
    weights: &[Tensor],
    hyper: &[Hyperparameters],
    viewer: &Viewer<R>,
) -> Result<Vec<Vec<R>>, TrainError> {
    let graph = graphs::look(setting.network, setting.batch, weights, hyper, setting.scale)?;
    let parts = setting.runtime.parts(setting.batch);
    // Whole batches, but for the last of all.
    let share = viewer.samples.len().div_ceil(setting.batch).div_ceil(parts).max(1) * setting.batch;
    let looks: Vec<Vec<Vec<R>>> = std::thread::scope(|scope| {
        let parts: Vec<_> = viewer
            .samples
            .chunks(share)
            .map(|samples| scope.spawn(|| look_at(setting, &graph, parts, hyper.len(), samples, viewer)))
            .collect();
        let panicked = |_| Err(TrainError::Failed("a thread that looks panicked".into()));
        parts.into_iter().map(|part| part.join().unwrap_or_else(panicked)).collect::<Result<_, _>>()
    })?;
    let mut all: Vec<Vec<R>> = hyper.iter().map(|_| Vec::with_capacity(viewer.samples.len())).collect();
    for part in looks {
        all.iter_mut().zip(part).for_each(|(all, part)| all.extend(part));
    }
    Ok(all)
}

/// The same, with one of `parts` sessions that run at the same time.
fn look_at<R: Send>(
    setting: &Setting,
    graph: &Model,
    parts: usize,
    experiments: usize,
    samples: &[usize],
    viewer: &Viewer<R>,
) -> Result<Vec<Vec<R>>, TrainError> {
    let mut session = setting.runtime.session(graph, SessionOptions::threads(setting.runtime.threads() / parts))?;
    let shape = &setting.network.head;
    let mut wanted = vec!["losses"];
    wanted.extend((shape.boxes > 0).then_some("maps"));
    wanted.extend((shape.tags > 0).then_some("tags"));
    let mut looks: Vec<Vec<R>> = (0..experiments).map(|_| Vec::with_capacity(samples.len())).collect();
    for chunk in samples.chunks(setting.batch) {
        if viewer.cancel.load(Ordering::Relaxed) {
            return Err(TrainError::Cancelled);
        }
        // The graph's batch is fixed: the last one is filled up with its first example.
        let shown: Vec<Example> = chunk.par_iter().map(|sample| (viewer.show)(*sample)).collect::<Result<_, _>>()?;
        let filled: Vec<&Example> = (0..setting.batch).map(|i| shown.get(i).unwrap_or(&shown[0])).collect();
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
        let seen = |frame: usize, experiment: usize| {
            let at = frame * experiments + experiment;
            let maps = part(maps, (shape.boxes + 4) * shape.cells(), at);
            (viewer.keep)(chunk[frame], Look { maps, tags: part(tags, shape.tags, at), loss: losses[at] })
        };
        looks.par_iter_mut().enumerate().for_each(|(experiment, looks)| {
            looks.extend((0..chunk.len()).map(|frame| seen(frame, experiment)));
        });
    }
    Ok(looks)
}
