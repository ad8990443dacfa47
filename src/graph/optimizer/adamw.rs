//! AdamW: Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (2019).

use crate::graph::builder::{Builder, Value};
use crate::graph::tensor::Tensor;

/// What AdamW needs besides weights and gradients.
#[derive(Clone, Copy, Debug)]
pub struct AdamW {
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    pub epsilon: f32,
}

impl Default for AdamW {
    /// PyTorch's.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

/// The state after a step.
#[derive(Clone, Copy, Debug)]
pub struct AdamWStepped {
    pub weight: Value,
    pub first: Value,
    pub second: Value,
}

/// One AdamW step: `first` and `second` are the moments so far, `correction` the scalars `[2]` (1 − β₁ᵗ, 1 − β₂ᵗ) of
/// this step t, counted from 1; `decay` is the weight decay (0 for biases).
#[allow(clippy::too_many_arguments, reason = "the formula has this many terms")]
pub fn adamw(
    g: &mut Builder,
    rule: AdamW,
    weight: Value,
    grad: Value,
    first: Value,
    second: Value,
    rate: Value,
    decay: Option<Value>,
    correction: Value,
) -> AdamWStepped {
    let blend = |g: &mut Builder, old: Value, new: Value, beta: f32| {
        let (keep, take) = (g.scalar(beta), g.scalar(1.0 - beta));
        let kept = g.mul(old, keep);
        let taken = g.mul(new, take);
        g.add(kept, taken)
    };
    let square = g.mul(grad, grad);
    let first = blend(g, first, grad, rule.beta1);
    let second = blend(g, second, square, rule.beta2);
    let part = |g: &mut Builder, i: i64| {
        let one = g.slice(correction, &[(0, i, i + 1, 1)]);
        g.reshape(one, &[])
    };
    let (c1, c2) = (part(g, 0), part(g, 1));
    let mean = g.div(first, c1);
    let variance = g.div(second, c2);
    let deviation = g.sqrt(variance);
    let epsilon = g.constant(Tensor::f32([], vec![rule.epsilon]));
    let bounded = g.add(deviation, epsilon);
    let mut step = g.div(mean, bounded);
    if let Some(decay) = decay {
        let shrink = g.mul(weight, decay);
        step = g.add(step, shrink);
    }
    let scaled = g.mul(step, rate);
    let weight = g.sub(weight, scaled);
    AdamWStepped { weight, first, second }
}
