//! Reductions.

use super::broadcast::axis;
use super::inputs::{Inputs, Shapes};
use crate::graph::node::Node;

/// The axes that a `Reduce…` node takes together; `axes` are the values of its second input.
pub fn reduced_axes(node: &Node, axes: Option<&[i64]>, rank: usize) -> Result<Vec<usize>, String> {
    match axes {
        Some(axes) if !axes.is_empty() => axes.iter().map(|a| axis(*a, rank)).collect(),
        _ if node.int("noop_with_empty_axes", 0) != 0 => Ok(vec![]),
        _ => Ok((0..rank).collect()),
    }
}

fn without(node: &Node, shape: &[usize], axes: &[usize]) -> Shapes {
    let keep = node.int("keepdims", 1) != 0;
    let left = shape.iter().enumerate().filter(|(d, _)| keep || !axes.contains(d));
    Ok(vec![left.map(|(d, n)| if axes.contains(&d) { 1 } else { *n }).collect()])
}

pub fn reduce(inputs: &Inputs) -> Shapes {
    let shape = inputs.shape(0);
    let axes = reduced_axes(inputs.node, inputs.optional_ints(1)?.as_deref(), shape.len())?;
    without(inputs.node, shape, &axes)
}

/// `TopK`: values and places.
pub fn top(inputs: &Inputs) -> Shapes {
    let mut shape = inputs.shape(0).to_vec();
    let along = axis(inputs.node.int("axis", -1), shape.len())?;
    let count = inputs.ints(1)?.first().and_then(|k| usize::try_from(*k).ok()).ok_or("no count")?;
    if count > shape[along] {
        return Err(format!("the {count} first of {}", shape[along]));
    }
    shape[along] = count;
    Ok(vec![shape; 2])
}

/// `ArgMax`, `ArgMin`.
pub fn arg(inputs: &Inputs) -> Shapes {
    let shape = inputs.shape(0);
    let along = axis(inputs.node.int("axis", 0), shape.len())?;
    without(inputs.node, shape, &[along])
}
