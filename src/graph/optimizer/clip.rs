//! Bounds on the gradient.

use crate::graph::builder::{Builder, Value};
use crate::graph::tensor::Tensor;

/// min(1, `limit` / ‖gradient‖) of every copy of a network, `[E]`, where the norm is over all of `grads`, whose outermost
/// dimension is the copies (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013).
/// Gradients times this have at most that norm.
pub fn clip_scale(g: &mut Builder, grads: &[Value], copies: usize, limit: f32) -> Value {
    let mut sum: Option<Value> = None;
    for grad in grads {
        let square = g.square(*grad);
        let axes: Vec<i64> = (1..g.shape(square).len() as i64).collect();
        let part = if axes.is_empty() { square } else { g.reduce_sum(square, &axes, false) };
        sum = Some(sum.map_or(part, |s| g.add(s, part)));
    }
    let sum = sum.unwrap_or_else(|| g.constant(Tensor::full([copies], 0.0)));
    let norm = g.sqrt(sum);
    let limit = g.scalar(limit);
    let norm = g.max(norm, limit);
    g.div(limit, norm)
}
