//! Operators that only move elements.

use super::broadcast::reduce_to;
use super::linear::Map;
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;
use crate::graph::shape::broadcast::axis;
use crate::graph::shape::layout::slice_length;
use crate::graph::tensor::{DType, Data};

pub fn identity(_: &mut Builder, s: &BackwardNode) -> Grads {
    vec![Some(s.grad)]
}

/// A shape as `Reshape` takes it.
fn sizes(g: &Builder, value: Value) -> Vec<i64> {
    g.shape(value).iter().map(|d| *d as i64).collect()
}

/// Also `Flatten`, `Squeeze` and `Unsqueeze`.
pub fn reshape(g: &mut Builder, s: &BackwardNode) -> Grads {
    let shape = sizes(g, s.x());
    vec![Some(g.reshape(s.grad, &shape))]
}

pub fn transpose(g: &mut Builder, s: &BackwardNode) -> Grads {
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

pub fn concat(g: &mut Builder, s: &BackwardNode) -> Grads {
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
pub fn slice(g: &mut Builder, s: &BackwardNode) -> Grads {
    let from = g.shape(s.x());
    let starts = s.ints(g, 1).unwrap_or_default();
    let ends = s.ints(g, 2).unwrap_or_default();
    let axes = s.ints(g, 3).unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = s.ints(g, 4).unwrap_or_else(|| vec![1; starts.len()]);
    let rank = from.len();
    let mut grad = s.grad;
    let (mut before, mut after) = (vec![0i64; rank], vec![0i64; rank]);
    for i in 0..starts.len() {
        let d = axis(axes[i], rank).unwrap_or(0);
        let n = from[d] as i64;
        let taken = slice_length(from[d], starts[i], ends[i], steps[i]) as i64;
        if taken == 0 {
            // Nothing was taken: all of the gradient is zeros.
            (before[d], after[d]) = (n, 0);
            continue;
        }
        let from_end = if starts[i] < 0 { starts[i].saturating_add(n) } else { starts[i] };
        let mut start = from_end.clamp(0, (n - 1).max(0));
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
    vec![Some(g.pad(grad, &before))]
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

/// Constant pads are taken away again. Other pads copy elements, each axis on its own: a linear map each.
pub fn pad(g: &mut Builder, s: &BackwardNode) -> Grads {
    let shape = g.shape(s.x());
    let rank = shape.len();
    let given = s.ints(g, 1).unwrap_or_default();
    let axes = s.ints(g, 3).unwrap_or_else(|| (0..rank as i64).collect());
    let mut pads = vec![0; 2 * rank];
    for (i, a) in axes.iter().enumerate() {
        // Shape inference has found the axes to be right.
        let d = axis(*a, rank).unwrap_or(0);
        (pads[d], pads[d + rank]) = (given[i], given[i + axes.len()]);
    }
    let view = s.node.view();
    let from: fn(i64, i64) -> i64 = match view.text("mode") {
        None | Some("constant") => {
            let back: Vec<i64> = pads.iter().map(|p| -p).collect();
            return vec![Some(g.pad(s.grad, &back))];
        }
        Some("edge") => |at, n| at.clamp(0, n - 1),
        Some("reflect") => |at, n| (n - 1) - ((at.rem_euclid((2 * n - 2).max(1))) - (n - 1)).abs(),
        Some("wrap") => |at, n| at.rem_euclid(n),
        Some(mode) => return s.without(g, &format!("mode {mode}")),
    };
    let padded = g.shape(s.y());
    let mut grad = s.grad;
    for d in (0..rank).rev().filter(|d| pads[*d] != 0 || pads[d + rank] != 0) {
        let mut map = Map::zeros(shape[d], padded[d]);
        (0..padded[d]).for_each(|row| map.put(row, from(row as i64 - pads[d], shape[d] as i64) as usize, 1.0));
        grad = map.back(g, grad, d);
    }
    vec![Some(grad)]
}

pub fn expand(g: &mut Builder, s: &BackwardNode) -> Grads {
    let shape = g.shape(s.x());
    vec![Some(reduce_to(g, s.grad, &shape))]
}

/// Sums over the copies.
pub fn tile(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (shape, repeats) = (sizes(g, s.x()), s.ints(g, 1).unwrap_or_default());
    let copies: Vec<i64> = repeats.iter().zip(&shape).flat_map(|(r, n)| [*r, *n]).collect();
    let grad = g.reshape(s.grad, &copies);
    let axes: Vec<i64> = (0..shape.len() as i64).map(|d| 2 * d).collect();
    let summed = g.reduce_sum(grad, &axes, false);
    vec![Some(g.reshape(summed, &shape))]
}

/// An output that the result does not depend on gives zeros.
pub fn split(g: &mut Builder, s: &BackwardNode) -> Grads {
    let parts: Vec<Value> = (0..s.node.outputs.len())
        .map(|i| match s.grads[i] {
            Some(grad) => grad,
            None => {
                let (zero, shape) = (g.scalar(0.0), g.shape(s.node.outputs[i]));
                g.expand(zero, &shape)
            }
        })
        .collect();
    vec![Some(g.concat(&parts, s.node.view().int("axis", 0)))]
}

/// `DepthToSpace` and `SpaceToDepth` undo one another; the latter knows only the order DCR.
pub fn depth_to_space(g: &mut Builder, s: &BackwardNode) -> Grads {
    let view = s.node.view();
    let block = view.int("blocksize", 1);
    if view.text("mode") != Some("CRD") {
        return vec![Some(g.node("SpaceToDepth", &[s.grad], &[("blocksize", Attribute::Int(block))]))];
    }
    let shape = sizes(g, s.x());
    let blocks = [shape[0], shape[1] / (block * block), shape[2], block, shape[3], block];
    let grad = g.reshape(s.grad, &blocks);
    let grad = g.transpose(grad, &[0, 1, 3, 5, 2, 4]);
    vec![Some(g.reshape(grad, &shape))]
}

pub fn space_to_depth(g: &mut Builder, s: &BackwardNode) -> Grads {
    let block = ("blocksize", Attribute::Int(s.node.view().int("blocksize", 1)));
    vec![Some(g.node("DepthToSpace", &[s.grad], &[block]))]
}

pub fn trilu(g: &mut Builder, s: &BackwardNode) -> Grads {
    let mut inputs = s.node.inputs.clone();
    inputs[0] = Some(s.grad);
    vec![Some(g.place("Trilu", &inputs, &[("upper", Attribute::Int(s.node.view().int("upper", 1)))], 1)[0])]
}

/// Back to the type it came from.
pub fn cast(g: &mut Builder, s: &BackwardNode) -> Grads {
    let dtype = g.dtype(s.x());
    vec![Some(g.cast(s.grad, dtype))]
}

/// Outside of training it does nothing.
pub fn dropout(g: &mut Builder, s: &BackwardNode) -> Grads {
    let off = |v: Value| matches!(g.constant_of(v).map(|t| &t.data), Some(Data::Raw(DType::Bool, b)) if b == &[0]);
    let number = |v: Value| g.constant_of(v).and_then(|t| t.as_f32()?.first().copied());
    let ratio = s.optional(1).map_or(Some(0.5), number);
    match (s.node.outputs.get(1), ratio) {
        _ if s.optional(2).is_none_or(off) || ratio == Some(0.0) => identity(g, s),
        (Some(mask), Some(ratio)) => {
            let kept = g.cast(*mask, DType::F32);
            let kept = g.scale(kept, 1.0 / (1.0 - ratio));
            s.times(g, kept)
        }
        _ => s.without(g, "in training, without its mask"),
    }
}
