//! Stochastic gradient descent with momentum, by the formulas of PyTorch's `torch.optim.SGD`.

use crate::graph::builder::{Builder, Value};

/// What SGD needs besides weights and gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sgd {
    /// Share of the old direction that is kept.
    pub momentum: f32,
    /// Share of the new gradient that is left out of the direction.
    pub dampening: f32,
    /// Whether to look ahead along the direction (Sutskever et al., 2013).
    pub nesterov: bool,
    /// Whether the decay acts on the weights themselves, like AdamW's, and not through the gradient, like PyTorch's
    /// SGD.
    pub decoupled: bool,
}

/// The state after a step.
#[derive(Clone, Copy, Debug)]
pub struct SgdStepped {
    pub weight: Value,
    pub direction: Value,
}

/// One step. `direction` (PyTorch: momentum buffer) has the weights' shape and starts as zeros; `first` is a scalar, 1
/// in the first step and 0 later: then the direction is the gradient, undampened. `decay` is the weight decay.
#[allow(clippy::too_many_arguments, reason = "the formula has this many terms")]
pub fn sgd(
    g: &mut Builder,
    rule: Sgd,
    weight: Value,
    grad: Value,
    direction: Value,
    rate: Value,
    decay: Option<Value>,
    first: Value,
) -> SgdStepped {
    let shrink = decay.map(|decay| g.mul(weight, decay));
    let grad = match shrink {
        Some(shrink) if !rule.decoupled => g.add(grad, shrink),
        _ => grad,
    };
    let kept = g.scale(direction, rule.momentum);
    let taken = if rule.dampening == 0.0 {
        grad
    } else {
        // 1 − dampening, or 1 in the first step.
        let extra = g.scale(first, rule.dampening);
        let share = g.plus(extra, 1.0 - rule.dampening);
        g.mul(grad, share)
    };
    let direction = g.add(kept, taken);
    let mut step = direction;
    if rule.nesterov {
        let ahead = g.scale(direction, rule.momentum);
        step = g.add(grad, ahead);
    }
    if let Some(shrink) = shrink.filter(|_| rule.decoupled) {
        step = g.add(step, shrink);
    }
    let scaled = g.mul(step, rate);
    let weight = g.sub(weight, scaled);
    SgdStepped { weight, direction }
}
