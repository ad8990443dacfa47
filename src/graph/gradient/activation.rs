//! Activations made of straight pieces, or of pieces that change at a threshold. At the kink the gradient is that of
//! the lower side; at the limits of `Clip` it is 0 (in PyTorch that of `hardtanh`; `clamp` passes there).

use super::broadcast::{mask, reduce_to};
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};

/// The slope `above` where x > 0, else `below`.
fn two_sided(g: &mut Builder, s: &BackwardNode, above: Value, below: Value) -> Grads {
    let zero = g.scalar(0.0);
    let on = g.node("Greater", &[s.x(), zero], &[]);
    let slope = g.select(on, above, below);
    s.times(g, slope)
}

pub fn relu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let zero = g.scalar(0.0);
    let on = mask(g, "Greater", s.y(), zero);
    s.times(g, on)
}

/// α + (1 − α)·[x > 0]. Where α > 0, y tells the sign of x, and x is not kept for it.
pub fn leaky_relu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let alpha = s.float("alpha", 0.01);
    let zero = g.scalar(0.0);
    let on = mask(g, "Greater", if alpha > 0.0 { s.y() } else { s.x() }, zero);
    let rise = g.scale(on, 1.0 - alpha);
    let slope = g.plus(rise, alpha);
    s.times(g, slope)
}

/// Passes above α.
pub fn thresholded_relu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let alpha = g.scalar(s.float("alpha", 1.0));
    let on = mask(g, "Greater", s.x(), alpha);
    s.times(g, on)
}

/// Steps: the slope is 0 wherever there is one.
pub fn flat(g: &mut Builder, s: &BackwardNode) -> Grads {
    vec![Some(g.scale(s.grad, 0.0))]
}

/// Below zero the slope is an input, and gets Σ x·dy over what it was broadcast to.
pub fn prelu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let slope = s.node.input(1);
    let zero = g.scalar(0.0);
    let on = g.node("Greater", &[s.x(), zero], &[]);
    let dx = s.when(0, || {
        let below = g.mul(s.grad, slope);
        g.select(on, s.grad, below)
    });
    let dslope = s.when(1, || {
        let product = g.mul(s.grad, s.x());
        let below = g.select(on, zero, product);
        let shape = g.shape(slope);
        reduce_to(g, below, &shape)
    });
    vec![dx, dslope]
}

/// Passes where the input lies strictly within the limits, of which either may be left out.
pub fn clip(g: &mut Builder, s: &BackwardNode) -> Grads {
    let mut grad = s.grad;
    for (index, op) in [(1, "Greater"), (2, "Less")] {
        if let Some(limit) = s.optional(index) {
            let inside = mask(g, op, s.x(), limit);
            grad = g.mul(grad, inside);
        }
    }
    vec![Some(grad)]
}

/// α(eˣ − 1) below zero, whose slope is αeˣ = y + α
pub fn elu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let one = g.scalar(1.0);
    let below = g.plus(s.y(), s.float("alpha", 1.0));
    two_sided(g, s, one, below)
}

/// γx above zero, γα(eˣ − 1) below, whose slope is y + γα
pub fn selu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (alpha, gamma) = (s.float("alpha", 1.673_263_2), s.float("gamma", 1.050_701));
    let above = g.scalar(gamma);
    let below = g.plus(s.y(), alpha * gamma);
    two_sided(g, s, above, below)
}

/// α(eˣᐟᵅ − 1) below zero, whose slope is y/α + 1
pub fn celu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let one = g.scalar(1.0);
    let scaled = g.scale(s.y(), 1.0 / s.float("alpha", 1.0));
    let below = g.plus(scaled, 1.0);
    two_sided(g, s, one, below)
}

/// Slope α between 0 and 1.
pub fn hard_sigmoid(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (zero, one) = (g.scalar(0.0), g.scalar(1.0));
    let (above, below) = (mask(g, "Greater", s.y(), zero), mask(g, "Less", s.y(), one));
    let inside = g.mul(above, below);
    let slope = g.scale(inside, s.float("alpha", 0.2));
    s.times(g, slope)
}

/// x·clip(x/6 + ½, 0, 1): slope 0 up to −3, 1 from 3 on, x/3 + ½ between
pub fn hard_swish(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (low, high, zero, one) = (g.scalar(-3.0), g.scalar(3.0), g.scalar(0.0), g.scalar(1.0));
    let third = g.scale(s.x(), 1.0 / 3.0);
    let between = g.plus(third, 0.5);
    let under = g.node("Less", &[s.x(), low], &[]);
    let over = g.node("Greater", &[s.x(), high], &[]);
    let rest = g.select(over, one, between);
    let slope = g.select(under, zero, rest);
    s.times(g, slope)
}
