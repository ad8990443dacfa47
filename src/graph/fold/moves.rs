//! Operators that only move elements.

use super::Small;
use crate::graph::Node;
use crate::graph::shape::{Inputs, Known, axis};

/// The values of each output: every element is found by its place.
pub(super) fn moved(
    node: &Node,
    inputs: &[Option<Known>],
    small: &[Option<Small>],
    shapes: &[Vec<usize>],
) -> Option<Vec<Vec<f64>>> {
    let view = Inputs::new(node, inputs, shapes.len());
    let first = small.first()?.as_ref()?;
    let rank = first.shape.len();
    let take = |data: &Small, place: &[usize]| {
        let index = place.iter().zip(&data.shape).fold(0, |index, (p, n)| index * n + p);
        data.values.get(index).copied()
    };
    let each = |shape: &[usize], f: &dyn Fn(&[usize]) -> Option<f64>| {
        (0..shape.iter().product()).map(|i| f(&places(shape, i))).collect::<Option<Vec<f64>>>()
    };
    match node.op.as_str() {
        "Transpose" => {
            let perm: Vec<usize> = match node.ints("perm") {
                Some(p) => p.iter().map(|d| *d as usize).collect(),
                None => (0..rank).rev().collect(),
            };
            let from = |to: &[usize]| {
                let mut place = vec![0; rank];
                perm.iter().zip(to).for_each(|(d, p)| place[*d] = *p);
                take(first, &place)
            };
            Some(vec![each(&shapes[0], &from)?])
        }
        "Slice" => {
            let starts = view.ints(1).ok()?;
            let axes = view.optional_ints(3).ok()?.unwrap_or_else(|| (0..starts.len() as i64).collect());
            let steps = view.optional_ints(4).ok()?.unwrap_or_else(|| vec![1; starts.len()]);
            let from = |to: &[usize]| {
                let mut place = to.to_vec();
                for i in 0..starts.len() {
                    let d = axis(axes[i], rank).ok()?;
                    let n = first.shape[d] as i64;
                    let start = if starts[i] < 0 { starts[i].saturating_add(n) } else { starts[i] };
                    place[d] = (start.clamp(0, n - i64::from(steps[i] < 0)) + place[d] as i64 * steps[i]) as usize;
                }
                take(first, &place)
            };
            Some(vec![each(&shapes[0], &from)?])
        }
        "Gather" => {
            let along = axis(node.int("axis", 0), rank).ok()?;
            let indices = small.get(1)?.as_ref()?;
            let depth = indices.shape.len();
            let from = |to: &[usize]| {
                let index = take(indices, &to[along..along + depth])? as i64;
                let index = if index < 0 { index + first.shape[along] as i64 } else { index };
                take(first, &[&to[..along], &[index as usize], &to[along + depth..]].concat())
            };
            Some(vec![each(&shapes[0], &from)?])
        }
        "Concat" => {
            let along = axis(node.int("axis", 0), rank).ok()?;
            let from = |to: &[usize]| {
                let mut place = to.to_vec();
                for part in small.iter().flatten() {
                    if place[along] < part.shape[along] {
                        return take(part, &place);
                    }
                    place[along] -= part.shape[along];
                }
                None
            };
            Some(vec![each(&shapes[0], &from)?])
        }
        _ => {
            let along = axis(node.int("axis", 0), rank).ok()?;
            let mut start = 0;
            let part = |shape: &Vec<usize>| {
                let from = |to: &[usize]| {
                    let mut place = to.to_vec();
                    place[along] += start;
                    take(first, &place)
                };
                let values = each(shape, &from);
                start += shape[along];
                values
            };
            shapes.iter().map(part).collect()
        }
    }
}

/// The place of element `index` along every axis.
fn places(shape: &[usize], mut index: usize) -> Vec<usize> {
    let mut place = vec![0; shape.len()];
    for d in (0..shape.len()).rev() {
        (place[d], index) = (index % shape[d], index / shape[d]);
    }
    place
}
