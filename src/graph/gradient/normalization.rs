//! Normalisations. All of them are x̂·γ + β with x̂ = (x − μ)/σ; they differ in the axes over which μ and σ are taken.

use super::broadcast::reduce_to;
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};

/// x̂, and 1/σ with the axes kept.
struct Normalized {
    values: Value,
    inverse: Value,
    axes: Vec<i64>,
    /// Whether the mean was taken away.
    centred: bool,
}

/// Computes x̂ anew, over `axes`.
fn normalize(g: &mut Builder, x: Value, axes: Vec<i64>, epsilon: f32, centred: bool) -> Normalized {
    let x = if centred {
        let mean = g.reduce_mean(x, &axes, true);
        g.sub(x, mean)
    } else {
        x
    };
    let square = g.square(x);
    let variance = g.reduce_mean(square, &axes, true);
    let inverse = inverse_deviation(g, variance, epsilon);
    Normalized { values: g.mul(x, inverse), inverse, axes, centred }
}

/// 1/√(variance + ε)
fn inverse_deviation(g: &mut Builder, variance: Value, epsilon: f32) -> Value {
    let bounded = g.plus(variance, epsilon);
    let deviation = g.sqrt(bounded);
    g.node("Reciprocal", &[deviation], &[])
}

impl Normalized {
    /// dx = (d − mean(d) − x̂·mean(d·x̂))/σ, where d is the gradient of x̂.
    fn back(&self, g: &mut Builder, d: Value) -> Value {
        let product = g.mul(d, self.values);
        let along = g.reduce_mean(product, &self.axes, true);
        let along = g.mul(self.values, along);
        let mut rest = g.sub(d, along);
        if self.centred {
            let mean = g.reduce_mean(d, &self.axes, true);
            rest = g.sub(rest, mean);
        }
        g.mul(rest, self.inverse)
    }

    /// Gradients of x, γ and β. `scale` is γ shaped to broadcast against x̂; the others come back in their own shapes.
    fn gradients(&self, g: &mut Builder, s: &BackwardNode, grad: Value, scale: Value) -> Grads {
        let dx = s.when(0, || {
            let d = g.mul(grad, scale);
            self.back(g, d)
        });
        let (kept, own) = (g.shape(scale), s.shape_of(g, 1));
        let dscale = s.when(1, || {
            let product = g.mul(grad, self.values);
            let summed = reduce_to(g, product, &kept);
            g.reshape(summed, &own)
        });
        let dbias = s.when(2, || {
            let summed = reduce_to(g, grad, &kept);
            g.reshape(summed, &own)
        });
        vec![dx, dscale, dbias]
    }
}

/// The shape of a number a channel, broadcast against an input of this rank.
fn column(channels: i64, rank: usize) -> Vec<i64> {
    (0..rank).map(|d| if d == 1 { channels } else { 1 }).collect()
}

/// Per example, over the dimensions from `axis` on; scale and bias may broadcast.
pub fn layer(g: &mut Builder, s: &BackwardNode) -> Grads {
    if s.grads[1..].iter().any(Option::is_some) {
        return s.without(g, "whose mean or spread is used");
    }
    let rank = g.shape(s.x()).len() as i64;
    let axis = s.node.view().int("axis", -1);
    let axes = (if axis < 0 { axis + rank } else { axis }..rank).collect();
    let normalized = normalize(g, s.x(), axes, s.float("epsilon", 1e-5), true);
    let mut grads = normalized.gradients(g, s, s.grad, s.node.input(1));
    if let (Some(bias), true) = (s.optional(2), grads[2].is_some()) {
        // It need not have the scale's shape.
        let shape = g.shape(bias);
        grads[2] = Some(reduce_to(g, s.grad, &shape));
    }
    grads
}

/// The same with no mean taken away and no bias.
pub fn rms(g: &mut Builder, s: &BackwardNode) -> Grads {
    let rank = g.shape(s.x()).len() as i64;
    let axis = s.node.view().int("axis", -1);
    let axes = (if axis < 0 { axis + rank } else { axis }..rank).collect();
    let normalized = normalize(g, s.x(), axes, s.float("epsilon", 1e-5), false);
    normalized.gradients(g, s, s.grad, s.node.input(1))
}

/// Per example and channel.
pub fn instance(g: &mut Builder, s: &BackwardNode) -> Grads {
    let rank = g.shape(s.x()).len();
    let normalized = normalize(g, s.x(), (2..rank as i64).collect(), s.float("epsilon", 1e-5), true);
    let scale = g.reshape(s.node.input(1), &column(-1, rank));
    normalized.gradients(g, s, s.grad, scale)
}

/// Per example and group of channels. Scale and bias hold a number a channel, or up to operator set 20 one a group.
pub fn group(g: &mut Builder, s: &BackwardNode) -> Grads {
    let shape: Vec<i64> = g.shape(s.x()).iter().map(|d| *d as i64).collect();
    let groups = s.node.view().int("num_groups", 1).max(1);
    let in_groups = [shape[0], groups, shape[1] / groups, shape[2..].iter().product()];
    let (x, grad) = (g.reshape(s.x(), &in_groups), g.reshape(s.grad, &in_groups));
    let normalized = normalize(g, x, vec![2, 3], s.float("epsilon", 1e-5), true);
    let scale = g.reshape(s.node.input(1), &[1, groups, -1, 1]);
    let mut grads = normalized.gradients(g, s, grad, scale);
    grads[0] = grads[0].map(|dx| g.reshape(dx, &shape));
    grads
}

/// Per channel: with the running statistics, which are inputs, or in training mode with those of the batch.
pub fn batch(g: &mut Builder, s: &BackwardNode) -> Grads {
    let rank = g.shape(s.x()).len();
    let channels = column(-1, rank);
    let scale = g.reshape(s.node.input(1), &channels);
    let epsilon = s.float("epsilon", 1e-5);
    let axes: Vec<i64> = (0..rank as i64).filter(|d| *d != 1).collect();
    if s.node.view().int("training_mode", 0) != 0 {
        let normalized = normalize(g, s.x(), axes, epsilon, true);
        let mut grads = normalized.gradients(g, s, s.grad, scale);
        let (dmean, dvariance) = running(g, s, &normalized, &mut grads);
        grads.extend([dmean, dvariance]);
        return grads;
    }
    let (mean, variance) = (g.reshape(s.node.input(3), &channels), g.reshape(s.node.input(4), &channels));
    let inverse = inverse_deviation(g, variance, epsilon);
    let centred = g.sub(s.x(), mean);
    let slope = g.mul(scale, inverse);
    let dx = s.when(0, || g.mul(s.grad, slope));
    // Σ dy and Σ dy·x̂ make up the other four.
    let sum = g.reduce_sum(s.grad, &axes, false);
    let values = g.mul(centred, inverse);
    let product = g.mul(s.grad, values);
    let along = g.reduce_sum(product, &axes, false);
    let (slope, inverse) = (g.reshape(slope, &[-1]), g.reshape(inverse, &[-1]));
    let dmean = s.when(3, || {
        let pulled = g.mul(sum, slope);
        g.neg(pulled)
    });
    let dvariance = s.when(4, || {
        let pulled = g.mul(along, slope);
        let pulled = g.mul(pulled, inverse);
        g.scale(pulled, -0.5)
    });
    vec![dx, s.when(1, || along), s.when(2, || sum), dmean, dvariance]
}

/// The running statistics, outputs 1 and 2, are a blend of old ones (inputs 3 and 4) and those of the batch: gives the
/// old ones' gradients, and adds to that of x.
fn running(
    g: &mut Builder,
    s: &BackwardNode,
    normalized: &Normalized,
    grads: &mut Grads,
) -> (Option<Value>, Option<Value>) {
    let momentum = s.float("momentum", 0.9);
    let shape = g.shape(s.x());
    let count = (shape.iter().product::<usize>() / shape[1].max(1)).max(1) as f32;
    let mut old = [None, None];
    for output in [1, 2] {
        let Some(grad) = s.grads.get(output).copied().flatten() else { continue };
        old[output - 1] = s.when(output + 2, || g.scale(grad, momentum));
        let Some(dx) = grads[0] else { continue };
        let share = g.reshape(grad, &column(-1, shape.len()));
        let share = g.scale(share, (1.0 - momentum) / count);
        let part = if output == 1 {
            share
        } else {
            // dσ²/dx = 2(x − μ)/n, and x − μ is x̂·σ.
            let deviation = g.div(normalized.values, normalized.inverse);
            let pulled = g.mul(deviation, share);
            g.scale(pulled, 2.0)
        };
        grads[0] = Some(g.add(dx, part));
    }
    (old[0], old[1])
}
