//! Operators that only move elements.

use super::{Step, reduce_to};
use crate::graph::{Builder, Value, shape};

type Grads = Vec<Option<Value>>;

pub fn identity(_: &mut Builder, s: &Step) -> Grads {
    vec![Some(s.grad)]
}

/// Also `Squeeze` and `Unsqueeze`.
pub fn reshape(g: &mut Builder, s: &Step) -> Grads {
    let shape: Vec<i64> = g.shape(s.x()).iter().map(|d| *d as i64).collect();
    vec![Some(g.reshape(s.grad, &shape)), None]
}

pub fn transpose(g: &mut Builder, s: &Step) -> Grads {
    let rank = g.shape(s.x()).len();
    let perm: Vec<i64> = match s.node.view().ints("perm") {
        Some(p) => p.to_vec(),
        None => (0..rank as i64).rev().collect(),
    };
    let mut inverse = vec![0; rank];
    for (to, from) in perm.iter().enumerate() {
        inverse[*from as usize] = to as i64;
    }
    vec![Some(g.transpose(s.grad, &inverse))]
}

pub fn concat(g: &mut Builder, s: &Step) -> Grads {
    let rank = g.shape(s.y()).len() as i64;
    let axis = s.node.view().int("axis", 0);
    let axis = if axis < 0 { axis + rank } else { axis };
    let mut start = 0;
    let inputs = s.node.inputs.clone();
    inputs
        .iter()
        .enumerate()
        .map(|(i, input)| {
            let length = g.shape((*input)?)[axis as usize] as i64;
            let from = start;
            start += length;
            s.when(i, || g.slice(s.grad, &[(axis, from, from + length, 1)]))
        })
        .collect()
}

/// The gradient lies where the elements came from, zeros elsewhere.
pub fn slice(g: &mut Builder, s: &Step) -> Grads {
    let from = g.shape(s.x());
    let ints = |g: &Builder, i: usize| {
        s.node
            .inputs
            .get(i)
            .copied()
            .flatten()
            .and_then(|v| g.constant_of(v))
            .and_then(|t| t.as_i64())
            .map(<[i64]>::to_vec)
    };
    let starts = ints(g, 1).unwrap_or_default();
    let ends = ints(g, 2).unwrap_or_default();
    let axes = ints(g, 3).unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = ints(g, 4).unwrap_or_else(|| vec![1; starts.len()]);
    let rank = from.len();
    let mut grad = s.grad;
    let (mut before, mut after) = (vec![0i64; rank], vec![0i64; rank]);
    for i in 0..starts.len() {
        let d = shape::axis(axes[i], rank).unwrap_or(0);
        let n = from[d] as i64;
        let taken = shape::slice_length(from[d], starts[i], ends[i], steps[i]) as i64;
        let mut start = if starts[i] < 0 { starts[i] + n } else { starts[i] }.clamp(0, (n - 1).max(0));
        if steps[i] < 0 {
            // Turn it round: then it is a slice with a positive step that starts at its last element.
            grad = g.slice(grad, &[(d as i64, -1, i64::MIN + 1, -1)]);
            start += (taken - 1) * steps[i];
        }
        let step = steps[i].abs();
        if step > 1 {
            grad = spaced(g, grad, d, step);
        }
        before[d] = start;
        after[d] = n - start - ((taken - 1) * step + 1);
    }
    before.extend(after);
    let mut grads = vec![None; s.node.inputs.len()];
    grads[0] = Some(g.pad(grad, &before));
    grads
}

/// Puts `step − 1` zeros between neighbours along `axis`.
fn spaced(g: &mut Builder, x: Value, axis: usize, step: i64) -> Value {
    let shape: Vec<i64> = g.shape(x).iter().map(|d| *d as i64).collect();
    let mut wide = shape.clone();
    wide.insert(axis + 1, 1);
    let x = g.reshape(x, &wide);
    let mut pads = vec![0; 2 * wide.len()];
    pads[wide.len() + axis + 1] = step - 1;
    let x = g.pad(x, &pads);
    let mut flat = shape.clone();
    flat[axis] *= step;
    let x = g.reshape(x, &flat);
    g.slice(x, &[(axis as i64, 0, (shape[axis] - 1) * step + 1, 1)])
}

/// Constant padding only: a negative pad takes away what was padded.
pub fn pad(g: &mut Builder, s: &Step) -> Grads {
    if !matches!(s.node.view().text("mode"), None | Some("constant")) {
        g.refuse(crate::graph::GraphError::NoGradient { op: "Pad (not constant)".into(), node: s.node.name.clone() });
    }
    let pads = s.node.inputs.get(1).copied().flatten().and_then(|v| g.constant_of(v)).and_then(|t| t.as_i64());
    let back: Vec<i64> = pads.unwrap_or_default().iter().map(|p| -p).collect();
    let mut grads = vec![None; s.node.inputs.len()];
    grads[0] = Some(g.pad(s.grad, &back));
    grads
}

pub fn expand(g: &mut Builder, s: &Step) -> Grads {
    let shape = g.shape(s.x());
    vec![Some(reduce_to(g, s.grad, &shape)), None]
}
