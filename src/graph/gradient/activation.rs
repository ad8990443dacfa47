//! Activations.

use super::{Step, mask};
use crate::graph::{Attribute, Builder, Value};

type Grads = Vec<Option<Value>>;

pub fn relu(g: &mut Builder, s: &Step) -> Grads {
    let zero = g.scalar(0.0);
    let on = mask(g, "Greater", s.y(), zero);
    vec![Some(g.mul(s.grad, on))]
}

pub fn leaky_relu(g: &mut Builder, s: &Step) -> Grads {
    let (zero, one) = (g.scalar(0.0), g.scalar(1.0));
    let alpha = g.scalar(s.node.view().float("alpha", 0.01));
    let on = g.node("Greater", &[s.x(), zero], &[]);
    let slope = g.node("Where", &[on, one, alpha], &[]);
    vec![Some(g.mul(s.grad, slope))]
}

/// Passes where the input lies within the limits. The limits themselves get no gradient.
pub fn clip(g: &mut Builder, s: &Step) -> Grads {
    let inside = mask(g, "Equal", s.x(), s.y());
    vec![Some(g.mul(s.grad, inside)), None, None]
}

/// σ′ = σ(1 − σ)
pub fn sigmoid(g: &mut Builder, s: &Step) -> Grads {
    let one = g.scalar(1.0);
    let rest = g.sub(one, s.y());
    let slope = g.mul(s.y(), rest);
    vec![Some(g.mul(s.grad, slope))]
}

/// tanh′ = 1 − tanh²
pub fn tanh(g: &mut Builder, s: &Step) -> Grads {
    let one = g.scalar(1.0);
    let square = g.mul(s.y(), s.y());
    let slope = g.sub(one, square);
    vec![Some(g.mul(s.grad, slope))]
}

/// softplus′ = σ
pub fn softplus(g: &mut Builder, s: &Step) -> Grads {
    let slope = g.sigmoid(s.x());
    vec![Some(g.mul(s.grad, slope))]
}

fn axis(g: &Builder, s: &Step) -> i64 {
    let axis = s.node.view().int("axis", -1);
    if axis < 0 { axis + g.shape(s.y()).len() as i64 } else { axis }
}

/// dx = y ⊙ (dy − Σ dy ⊙ y)
pub fn softmax(g: &mut Builder, s: &Step) -> Grads {
    let axis = axis(g, s);
    let product = g.mul(s.grad, s.y());
    let total = g.reduce_sum(product, &[axis], true);
    let centred = g.sub(s.grad, total);
    vec![Some(g.mul(s.y(), centred))]
}

/// dx = dy − softmax(x) Σ dy
pub fn log_softmax(g: &mut Builder, s: &Step) -> Grads {
    let axis = axis(g, s);
    let total = g.reduce_sum(s.grad, &[axis], true);
    let probability = g.node("Softmax", &[s.x()], &[("axis", Attribute::Int(axis))]);
    let share = g.mul(probability, total);
    vec![Some(g.sub(s.grad, share))]
}
