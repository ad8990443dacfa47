//! Sums and means.

use super::Step;
use crate::graph::{Builder, Value};

type Grads = Vec<Option<Value>>;

/// The gradient of a sum is the same for every element: reshape to kept dimensions, then expand.
fn spread(g: &mut Builder, s: &Step, grad: Value) -> Value {
    let shape = g.shape(s.x());
    let axes: Vec<i64> = match s.node.inputs.get(1).copied().flatten() {
        Some(axes) => g.constant_of(axes).and_then(|t| t.as_i64()).unwrap_or_default().to_vec(),
        None => (0..shape.len() as i64).collect(),
    };
    let rank = shape.len() as i64;
    let kept: Vec<i64> = (0..rank)
        .map(|d| if axes.contains(&d) || axes.contains(&(d - rank)) { 1 } else { shape[d as usize] as i64 })
        .collect();
    let grad = g.reshape(grad, &kept);
    g.expand(grad, &shape)
}

pub fn sum(g: &mut Builder, s: &Step) -> Grads {
    vec![Some(spread(g, s, s.grad)), None]
}

pub fn mean(g: &mut Builder, s: &Step) -> Grads {
    let count = g.shape(s.x()).iter().product::<usize>() / g.shape(s.y()).iter().product::<usize>().max(1);
    let share = g.scalar(1.0 / count.max(1) as f32);
    let scaled = g.mul(s.grad, share);
    vec![Some(spread(g, s, scaled)), None]
}

pub fn global_average(g: &mut Builder, s: &Step) -> Grads {
    let shape = g.shape(s.x());
    let share = g.scalar(1.0 / shape[2..].iter().product::<usize>().max(1) as f32);
    let scaled = g.mul(s.grad, share);
    vec![Some(g.expand(scaled, &shape))]
}
