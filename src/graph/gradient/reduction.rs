//! Sums, means, norms, extremes.

use super::broadcast::{mask, reduce_to};
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;
use crate::graph::shape::reduce::reduced_axes;
use crate::graph::tensor::Tensor;

/// The input's shape with the reduced axes at 1: so that the output and its gradient broadcast against the input.
fn kept(g: &Builder, s: &BackwardNode) -> Vec<i64> {
    let shape = g.shape(s.x());
    let axes = s.optional(1).and_then(|v| g.constant_of(v)).and_then(Tensor::to_ints);
    // Shape inference has found the axes to be right.
    let axes = reduced_axes(&s.node.view(), axes.as_deref(), shape.len()).unwrap_or_default();
    shape.iter().enumerate().map(|(d, n)| if axes.contains(&d) { 1 } else { *n as i64 }).collect()
}

/// The gradient and the output, shaped to broadcast against the input.
fn column(g: &mut Builder, s: &BackwardNode) -> (Value, Value) {
    let kept = kept(g, s);
    (g.reshape(s.grad, &kept), g.reshape(s.y(), &kept))
}

/// The gradient of a sum is the same for every element.
fn spread(g: &mut Builder, s: &BackwardNode, grad: Value) -> Grads {
    let (kept, shape) = (kept(g, s), g.shape(s.x()));
    let grad = g.reshape(grad, &kept);
    vec![Some(g.expand(grad, &shape))]
}

pub fn sum(g: &mut Builder, s: &BackwardNode) -> Grads {
    spread(g, s, s.grad)
}

pub fn mean(g: &mut Builder, s: &BackwardNode) -> Grads {
    let count = g.shape(s.x()).iter().product::<usize>() / g.shape(s.y()).iter().product::<usize>().max(1);
    let scaled = g.scale(s.grad, 1.0 / count.max(1) as f32);
    spread(g, s, scaled)
}

/// `ReduceMax`, `ReduceMin`: equal extremes share the gradient evenly, as in PyTorch's `amax`.
pub fn extreme(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (grad, y) = column(g, s);
    let taken = mask(g, "Equal", s.x(), y);
    let shape = g.shape(y);
    let count = reduce_to(g, taken, &shape);
    let share = g.div(grad, count);
    vec![Some(g.mul(taken, share))]
}

/// The product of the others: with one zero that is nowhere zero but there, with two it is zero everywhere.
pub fn product(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (grad, y) = column(g, s);
    let zero = g.scalar(0.0);
    let zeros = mask(g, "Equal", s.x(), zero);
    let shape = g.shape(y);
    let count = reduce_to(g, zeros, &shape);
    let others_hold_none = mask(g, "Equal", count, zeros);
    let filled = g.add(s.x(), zeros);
    let inputs: Vec<Value> = std::iter::once(filled).chain(s.optional(1)).collect();
    let noop = s.node.view().int("noop_with_empty_axes", 0);
    let whole = g.node("ReduceProd", &inputs, &[("noop_with_empty_axes", Attribute::Int(noop))]);
    let others = g.div(whole, filled);
    let slope = g.mul(others, others_hold_none);
    vec![Some(g.mul(grad, slope))]
}

/// Each element is in the sums from its place on: its gradient is theirs summed from the other end.
pub fn cumulated(g: &mut Builder, s: &BackwardNode) -> Grads {
    let view = s.node.view();
    let attributes = [
        ("exclusive", Attribute::Int(view.int("exclusive", 0))),
        ("reverse", Attribute::Int(1 - view.int("reverse", 0))),
    ];
    vec![Some(g.node("CumSum", &[s.grad, s.node.input(1)], &attributes))]
}

/// Σ|x|
pub fn l1(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (grad, _) = column(g, s);
    let sign = g.node("Sign", &[s.x()], &[]);
    vec![Some(g.mul(sign, grad))]
}

/// d√(Σx²) = x/y · dx; where all is zero, zero.
pub fn l2(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (grad, y) = column(g, s);
    let (zero, one) = (g.scalar(0.0), g.scalar(1.0));
    let none = g.node("Equal", &[y, zero], &[]);
    let norm = g.select(none, one, y);
    let share = g.div(grad, norm);
    vec![Some(g.mul(s.x(), share))]
}

/// Σx²
pub fn sum_square(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (grad, _) = column(g, s);
    let twice = g.scale(grad, 2.0);
    vec![Some(g.mul(s.x(), twice))]
}

/// d ln Σx = dx/Σx, and Σx = eʸ
pub fn log_sum(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (grad, y) = column(g, s);
    let total = g.exp(y);
    let share = g.div(grad, total);
    spread(g, s, share)
}

/// d ln Σeˣ = eˣ⁻ʸ dx
pub fn log_sum_exp(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (grad, y) = column(g, s);
    let below = g.sub(s.x(), y);
    let share = g.exp(below);
    vec![Some(g.mul(share, grad))]
}
