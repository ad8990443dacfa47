//! Normalisation layers.

use super::broadcast::axis;
use super::elementwise::{onto_first, same};
use super::inputs::{Inputs, Shapes};

/// One output, shaped like the first input; the others hold a number a channel.
pub fn per_channel(inputs: &Inputs) -> Shapes {
    let channels = *inputs.shape(0).get(1).ok_or("an input without channels")?;
    if inputs.shapes().skip(1).any(|s| s != [channels]) {
        return Err(format!("a parameter that has not {channels} values"));
    }
    same(inputs)
}

/// In training mode the statistics follow.
pub fn batch(inputs: &Inputs) -> Shapes {
    let mut shapes = per_channel(inputs)?;
    shapes.resize(3, inputs.shape(1).to_vec());
    Ok(shapes)
}

/// Mean and inverse deviation follow.
pub fn layer(inputs: &Inputs) -> Shapes {
    let mut shapes = onto_first(inputs)?;
    let x = inputs.shape(0);
    let from = axis(inputs.node.int("axis", -1), x.len())?;
    let statistics = x.iter().enumerate().map(|(d, n)| if d < from { *n } else { 1 }).collect();
    shapes.resize(3, statistics);
    Ok(shapes)
}

pub fn group(inputs: &Inputs) -> Shapes {
    let groups = inputs.node.int("num_groups", 1);
    match inputs.shape(0) {
        [_, channels, ..] if groups > 0 && *channels as i64 % groups == 0 => same(inputs),
        shape => Err(format!("{groups} groups of the channels of {shape:?}")),
    }
}
