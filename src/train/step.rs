//! The graphs of a training: one that makes a step, one that only looks.

use super::TrainError;
use super::head::{self, HeadShape, Masks};
use super::loss::{self, LossSettings, TruthInputs};
use crate::domain::Hyperparameters;
use crate::graph::{AdamW, Builder, DType, GraphError, Model, Tensor, Value, adamw, clip_scale, differentiate};

/// Gradients of an experiment are scaled down to this norm if they exceed it.
const CLIP: f32 = 10.0;

impl From<GraphError> for TrainError {
    fn from(error: GraphError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Declares an input a tap: `tap0`, `tap1`, … as `[batch, channels, cells]`.
fn feature_inputs(g: &mut Builder, shape: &HeadShape, batch: usize) -> Vec<Value> {
    shape
        .taps
        .iter()
        .enumerate()
        .map(|(i, t)| g.input(&format!("tap{i}"), DType::F32, &[batch, t.channels, t.height * t.width]))
        .collect()
}

/// The shape of a parameter for E experiments.
fn stacked(experiments: usize, shape: &[usize]) -> Vec<usize> {
    let mut stacked = vec![experiments];
    stacked.extend(shape);
    stacked
}

/// The whole training step. Inputs besides features and truth: `weight/…`, `first/…`, `second/…` (state, written to
/// the outputs `next/…`), `masks` `[2, E·hidden]`, `shares` `[batch, E]` (how much a frame counts for an experiment),
/// `rate` `[E]`, `correction` `[2]`. Output `losses` `[E]`.
pub fn training_step(
    shape: &HeadShape,
    batch: usize,
    experiments: &[&Hyperparameters],
    settings: &LossSettings,
) -> Result<Model, TrainError> {
    let e = experiments.len();
    let mut g = Builder::new();
    let features = feature_inputs(&mut g, shape, batch);
    let truth = TruthInputs::declare(&mut g, shape, batch);
    let parameters = shape.parameters();
    let declare = |g: &mut Builder, group: &str| -> Vec<Value> {
        parameters.iter().map(|p| g.input(&format!("{group}/{}", p.name), DType::F32, &stacked(e, &p.shape))).collect()
    };
    let (weights, first, second) = (declare(&mut g, "weight"), declare(&mut g, "first"), declare(&mut g, "second"));
    let wide = e * shape.hidden;
    let masks = g.input("masks", DType::F32, &[2, wide]);
    let shares = g.input("shares", DType::F32, &[batch, e]);
    let rate = g.input("rate", DType::F32, &[e]);
    let correction = g.input("correction", DType::F32, &[2]);

    let mask = |g: &mut Builder, i: i64| {
        let row = g.slice(masks, &[(0, i, i + 1, 1)]);
        g.reshape(row, &[1, wide as i64, 1, 1])
    };
    let masks = Masks { first: mask(&mut g, 0), second: mask(&mut g, 1) };
    let out = head::forward(&mut g, shape, e, &features, &weights, Some(masks));
    let each = loss::loss(&mut g, shape, out, truth, settings);
    let weighed = g.mul(each, shares);
    let losses = g.reduce_sum(weighed, &[0], false);
    let total = g.reduce_sum(losses, &[0], false);
    let grads = differentiate(&mut g, total, &weights)?;

    let scale = clip_scale(&mut g, &grads, e, CLIP);
    let decays = experiments.iter().map(|h| h.weight_decay).collect();
    let decay = g.constant(Tensor::f32([e], decays));
    for (i, p) in parameters.iter().enumerate() {
        let column: Vec<i64> = std::iter::once(e as i64).chain(p.shape.iter().map(|_| 1)).collect();
        let (scale, rate) = (g.reshape(scale, &column), g.reshape(rate, &column));
        let decay = p.decays.then(|| g.reshape(decay, &column));
        let grad = g.mul(grads[i], scale);
        let next = adamw(&mut g, AdamW::default(), weights[i], grad, first[i], second[i], rate, decay, correction);
        g.output(&format!("next/weight/{}", p.name), next.weight);
        g.output(&format!("next/first/{}", p.name), next.first);
        g.output(&format!("next/second/{}", p.name), next.second);
    }
    g.output("losses", losses);
    Ok(g.finish()?)
}

/// Only looks: inputs `tapN`, the truth and `weight/…`; outputs `maps` `[batch, E, boxes + 4, cells]` with centre
/// probabilities and sides in pixels of the base's input, `tags` `[batch, E, tags]` as probabilities, `losses`
/// `[batch, E]`.
pub fn look(shape: &HeadShape, batch: usize, experiments: usize, settings: &LossSettings) -> Result<Model, TrainError> {
    let mut g = Builder::new();
    let features = feature_inputs(&mut g, shape, batch);
    let truth = TruthInputs::declare(&mut g, shape, batch);
    let weights: Vec<Value> = shape
        .parameters()
        .iter()
        .map(|p| g.input(&format!("weight/{}", p.name), DType::F32, &stacked(experiments, &p.shape)))
        .collect();
    let out = head::forward(&mut g, shape, experiments, &features, &weights, None);
    let losses = loss::loss(&mut g, shape, out, truth, settings);
    g.output("losses", losses);
    let seen = probabilities(&mut g, shape, out, settings.stride);
    if let Some(maps) = seen.maps {
        g.output("maps", maps);
    }
    if let Some(tags) = seen.tags {
        g.output("tags", tags);
    }
    Ok(g.finish()?)
}

/// From logits to probabilities, and from logarithms of strides to pixels.
pub fn probabilities(g: &mut Builder, shape: &HeadShape, out: head::HeadOutput, stride: f32) -> head::HeadOutput {
    let maps = out.maps.map(|maps| {
        let k = shape.boxes as i64;
        let centres = g.slice(maps, &[(2, 0, k, 1)]);
        let centres = g.sigmoid(centres);
        let sides = g.slice(maps, &[(2, k, k + 4, 1)]);
        let sides = g.clip(sides, loss::SIDE_RANGE.0, loss::SIDE_RANGE.1);
        let sides = g.exp(sides);
        let stride = g.scalar(stride);
        let sides = g.mul(sides, stride);
        g.concat(&[centres, sides], 2)
    });
    head::HeadOutput { maps, tags: out.tags.map(|t| g.sigmoid(t)) }
}
