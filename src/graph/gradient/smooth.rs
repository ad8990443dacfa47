//! Smooth functions of one input: the slope, times the gradient of the output.

use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;
use std::f32::consts::{FRAC_2_SQRT_PI, PI, SQRT_2};

/// σ′ = σ(1 − σ)
pub fn sigmoid(g: &mut Builder, s: &BackwardNode) -> Grads {
    let rest = g.one_minus(s.y());
    let slope = g.mul(s.y(), rest);
    s.times(g, slope)
}

/// softplus′ = σ
pub fn softplus(g: &mut Builder, s: &BackwardNode) -> Grads {
    let slope = g.sigmoid(s.x());
    s.times(g, slope)
}

/// (x / (1 + |x|))′ = 1 / (1 + |x|)²
pub fn softsign(g: &mut Builder, s: &BackwardNode) -> Grads {
    let size = g.abs(s.x());
    let below = g.plus(size, 1.0);
    let square = g.square(below);
    vec![Some(g.div(s.grad, square))]
}

/// (x·t)′ = t + x(1 − t²)σ, where t = tanh(softplus(x))
pub fn mish(g: &mut Builder, s: &BackwardNode) -> Grads {
    let soft = g.softplus(s.x());
    let t = g.tanh(soft);
    let square = g.square(t);
    let rest = g.one_minus(square);
    let sigma = g.sigmoid(s.x());
    let inner = g.mul(rest, sigma);
    let bent = g.mul(s.x(), inner);
    let slope = g.add(t, bent);
    s.times(g, slope)
}

/// (x·σ(αx))′ = σ + αxσ(1 − σ)
pub fn swish(g: &mut Builder, s: &BackwardNode) -> Grads {
    let scaled = g.scale(s.x(), s.float("alpha", 1.0));
    let sigma = g.sigmoid(scaled);
    let rest = g.one_minus(sigma);
    let bend = g.mul(scaled, rest);
    let bend = g.plus(bend, 1.0);
    let slope = g.mul(sigma, bend);
    s.times(g, slope)
}

/// erf′ = 2/√π · e^(−x²)
pub fn erf(g: &mut Builder, s: &BackwardNode) -> Grads {
    let bell = bell(g, s.x(), 1.0);
    let slope = g.scale(bell, FRAC_2_SQRT_PI);
    s.times(g, slope)
}

/// e^(−k·x²)
fn bell(g: &mut Builder, x: Value, k: f32) -> Value {
    let square = g.square(x);
    let power = g.scale(square, -k);
    g.exp(power)
}

/// (xΦ(x))′ = Φ + xφ; or, by its approximation ½x(1 + t), t = tanh(√(2/π)(x + 0.044715x³)): ½(1 + t) + ½x·t′
pub fn gelu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let x = s.x();
    let (share, bend) = if s.node.view().text("approximate") == Some("tanh") {
        let c = SQRT_2 / PI.sqrt();
        let square = g.square(x);
        let factor = g.scale(square, c * 0.044_715);
        let factor = g.plus(factor, c);
        let u = g.mul(x, factor);
        let t = g.tanh(u);
        let t_square = g.square(t);
        let outer = g.one_minus(t_square);
        let inner = g.scale(square, c * 0.044_715 * 3.0);
        let inner = g.plus(inner, c);
        let slope = g.mul(outer, inner);
        (t, g.scale(slope, 0.5))
    } else {
        let u = g.scale(x, 1.0 / SQRT_2);
        let t = g.node("Erf", &[u], &[]);
        let density = bell(g, x, 0.5);
        (t, g.scale(density, 1.0 / (2.0 * PI).sqrt()))
    };
    let share = g.plus(share, 1.0);
    let share = g.scale(share, 0.5);
    let bent = g.mul(x, bend);
    let slope = g.add(share, bent);
    s.times(g, slope)
}

fn axis(g: &Builder, s: &BackwardNode) -> i64 {
    let axis = s.node.view().int("axis", -1);
    if axis < 0 { axis + g.shape(s.y()).len() as i64 } else { axis }
}

/// dx = y ⊙ (dy − Σ dy ⊙ y)
pub fn softmax(g: &mut Builder, s: &BackwardNode) -> Grads {
    let axis = axis(g, s);
    let product = g.mul(s.grad, s.y());
    let total = g.reduce_sum(product, &[axis], true);
    let centred = g.sub(s.grad, total);
    vec![Some(g.mul(s.y(), centred))]
}

/// dx = dy − softmax(x) Σ dy
pub fn log_softmax(g: &mut Builder, s: &BackwardNode) -> Grads {
    let axis = axis(g, s);
    let total = g.reduce_sum(s.grad, &[axis], true);
    let probability = g.node("Softmax", &[s.x()], &[("axis", Attribute::Int(axis))]);
    let share = g.mul(probability, total);
    vec![Some(g.sub(s.grad, share))]
}
