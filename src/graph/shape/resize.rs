//! `Resize`: which axis is stretched, from what size to what, by how much.

use super::broadcast::axis;
use super::inputs::{Inputs, Shapes};
use crate::graph::node::Node;
use crate::graph::tensor::Tensor;

/// How one axis is stretched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    pub from: usize,
    pub to: usize,
    /// As given, or `to / from`: the runtime finds its places with this number.
    pub scale: f32,
}

/// The stretch of every axis of an input of this shape. `scales` and `sizes` are the values of the third and fourth
/// input; an empty tensor stands for one left out.
pub fn stretches(
    node: &Node,
    shape: &[usize],
    scales: Option<&Tensor>,
    sizes: Option<&Tensor>,
) -> Result<Vec<Stretch>, String> {
    let rank = shape.len();
    if !matches!(node.text("keep_aspect_ratio_policy"), None | Some("stretch")) {
        return Err("keep_aspect_ratio_policy is not supported".into());
    }
    let axes: Vec<usize> = match node.ints("axes") {
        Some(axes) => axes.iter().map(|a| axis(*a, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    let mut all: Vec<Stretch> = shape.iter().map(|n| Stretch { from: *n, to: *n, scale: 1.0 }).collect();
    let given = |t: Option<&Tensor>| t.is_some_and(|t| !t.is_empty());
    let mut count = 0;
    if given(sizes) {
        for (d, to) in axes.iter().zip(sizes.and_then(Tensor::to_ints).ok_or("sizes must hold integers")?) {
            let (from, to) = (shape[*d], to.max(0) as usize);
            all[*d] = Stretch { from, to, scale: to as f32 / from as f32 };
            count += 1;
        }
    } else if given(scales) {
        for (d, scale) in axes.iter().zip(scales.and_then(Tensor::as_f32).ok_or("scales must hold floats")?) {
            let from = shape[*d];
            all[*d] = Stretch { from, to: (from as f32 * scale).floor() as usize, scale: *scale };
            count += 1;
        }
    } else {
        return Err("neither scales nor sizes".into());
    }
    if count != axes.len() {
        return Err("scales or sizes must name every axis".into());
    }
    Ok(all)
}

pub fn resize(inputs: &Inputs) -> Shapes {
    let all = stretches(inputs.node, inputs.shape(0), inputs.constant(2)?, inputs.constant(3)?)?;
    Ok(vec![all.iter().map(|s| s.to).collect()])
}
