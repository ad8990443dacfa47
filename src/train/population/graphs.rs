//! The graphs of a training: two that make a step, one that only looks.

use super::hyperparameter_inputs;
use crate::domain::Hyperparameters;
use crate::graph::{AdamW, Builder, DType, Model, Processor, Tensor, Value, adamw, clip_scale, differentiate};
use crate::train::error::TrainError;
use crate::train::network::head::{self, Masks};
use crate::train::network::loss::{self, LossInputs, LossScale, TruthInputs};
use crate::train::network::{HeadShape, Network};

/// Gradients of an experiment are scaled down to this norm if they exceed it.
const CLIP: f32 = 10.0;

/// What is kept of every parameter from step to step.
pub const STATE: [&str; 4] = ["weight", "first", "second", "average"];

/// Declares the parameters of E experiments under `group/…`.
fn declare(g: &mut Builder, network: &Network, experiments: usize, group: &str) -> Vec<Value> {
    let mut input = |name: &str, shape: &[usize]| {
        let mut stacked = vec![experiments];
        stacked.extend(shape);
        g.input(&format!("{group}/{name}"), DType::F32, &stacked)
    };
    network.parameters().iter().map(|p| input(&p.name, &p.shape)).collect()
}

/// The gradient of the part of a step's loss that these frames have. Inputs besides the network's and the truth:
/// `weight/…`, `masks` `[2, E·hidden]`, `shares` `[batch, E]` (how much a frame counts for an experiment), and those of
/// [`LossInputs`]. Outputs `grad/…` and `losses` `[E]`.
pub fn gradients(
    processor: Processor,
    network: &Network,
    batch: usize,
    experiments: usize,
    scale: LossScale,
) -> Result<Model, TrainError> {
    let e = experiments;
    let mut g = Builder::on(processor);
    let inputs = network.inputs(&mut g, batch);
    let truth = TruthInputs::declare(&mut g, &network.head, batch);
    let own = LossInputs::declare(&mut g, e);
    let weights = declare(&mut g, network, e, STATE[0]);
    let wide = e * network.head.hidden;
    let masks = g.input("masks", DType::F32, &[2, wide]);
    let shares = g.input("shares", DType::F32, &[batch, e]);
    let mask = |g: &mut Builder, i: i64| {
        let row = g.slice(masks, &[(0, i, i + 1, 1)]);
        g.reshape(row, &[1, wide as i64, 1, 1])
    };
    let masks = Masks { first: mask(&mut g, 0), second: mask(&mut g, 1) };
    let out = network.forward(&mut g, e, &inputs, &weights, Some(masks))?;
    let each = loss::loss(&mut g, &network.head, out, truth, own, scale);
    let weighed = g.mul(each, shares);
    let losses = g.reduce_sum(weighed, &[0], false);
    let total = g.reduce_sum(losses, &[0], false);
    let grads = differentiate(&mut g, total, &weights)?;
    for (p, grad) in network.parameters().iter().zip(grads) {
        g.output(&format!("grad/{}", p.name), grad);
    }
    g.output("losses", losses);
    Ok(g.finish()?)
}

/// The next state from the gradients of all parts of a batch. Inputs: [`STATE`] of every parameter (`weight/…`, written
/// to the outputs `next/weight/…`, and so on), `n/grad/…` of every part, `rate`, `base_rate` (for the base's weights)
/// and `decay` `[E]`, `correction` `[2]`, `keep` (of the average of the weights).
pub fn update(network: &Network, parts: usize, experiments: usize) -> Result<Model, TrainError> {
    let e = experiments;
    let mut g = Builder::new();
    let [weights, first, second, average] = STATE.map(|group| declare(&mut g, network, e, group));
    let mut grads = declare(&mut g, network, e, "0/grad");
    for part in 1..parts {
        let more = declare(&mut g, network, e, &format!("{part}/grad"));
        grads = grads.into_iter().zip(more).map(|(a, b)| g.add(a, b)).collect();
    }
    let [rate, base_rate, decay] = ["rate", "base_rate", "decay"].map(|name| g.input(name, DType::F32, &[e]));
    let correction = g.input("correction", DType::F32, &[2]);
    let keep = g.input("keep", DType::F32, &[]);

    let limit = clip_scale(&mut g, &grads, e, CLIP);
    for (i, p) in network.parameters().iter().enumerate() {
        let column: Vec<i64> = std::iter::once(e as i64).chain(p.shape.iter().map(|_| 1)).collect();
        let own_rate = if p.base { base_rate } else { rate };
        let [limit, own_rate, decay] = [limit, own_rate, decay].map(|v| g.reshape(v, &column));
        let grad = g.mul(grads[i], limit);
        let decay = p.decays.then_some(decay);
        let next = adamw(&mut g, AdamW::default(), weights[i], grad, first[i], second[i], own_rate, decay, correction);
        // average ← weight + keep · (average − weight)
        let distance = g.sub(average[i], next.weight);
        let kept = g.mul(distance, keep);
        let mean = g.add(next.weight, kept);
        for (group, value) in STATE.into_iter().zip([next.weight, next.first, next.second, mean]) {
            g.output(&format!("next/{group}/{}", p.name), value);
        }
    }
    Ok(g.finish()?)
}

/// Only looks, with weights that are part of the graph: so the runtime can lay them out as it likes best. `weights`: E
/// outermost, in the order of the network's parameters. Inputs are the network's and the truth; outputs `maps`
/// `[batch, E, boxes + 4, cells]` with centre probabilities and sides in pixels of the base's input, `tags`
/// `[batch, E, tags]` as probabilities, `losses` `[batch, E]`.
pub fn look(
    network: &Network,
    batch: usize,
    weights: &[Tensor],
    hyper: &[Hyperparameters],
    scale: LossScale,
) -> Result<Model, TrainError> {
    let experiments = hyper.len();
    let mut g = Builder::new();
    let inputs = network.inputs(&mut g, batch);
    let truth = TruthInputs::declare(&mut g, &network.head, batch);
    let [focal_gamma, box_weight, target_radius] =
        hyperparameter_inputs::loss_inputs(hyper).map(|(_, t)| g.constant(t));
    let own = LossInputs { focal_gamma, box_weight, target_radius };
    let weights: Vec<Value> = weights.iter().map(|w| g.constant(w.clone())).collect();
    let out = network.forward(&mut g, experiments, &inputs, &weights, None)?;
    let losses = loss::loss(&mut g, &network.head, out, truth, own, scale);
    g.output("losses", losses);
    let seen = probabilities(&mut g, &network.head, out, scale.stride);
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
