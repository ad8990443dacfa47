//! Operators that only move elements.

use super::broadcast::{axis, broadcast};
use super::inputs::{Inputs, Shapes};
use crate::graph::node::Node;
use std::ops::Range;

fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, String> {
    axes.iter().map(|a| axis(*a, rank)).collect()
}

pub fn transpose(inputs: &Inputs) -> Shapes {
    let shape = inputs.shape(0);
    let perm: Vec<usize> = match inputs.node.ints("perm") {
        Some(p) => p.iter().map(|d| *d as usize).collect(),
        None => (0..shape.len()).rev().collect(),
    };
    if perm.len() != shape.len() || (0..shape.len()).any(|d| !perm.contains(&d)) {
        return Err(format!("perm {perm:?} does not fit"));
    }
    Ok(vec![perm.iter().map(|d| shape[*d]).collect()])
}

pub fn reshape(inputs: &Inputs) -> Shapes {
    let (from, to) = (inputs.shape(0), inputs.ints(1)?);
    let zero_is_zero = inputs.node.int("allowzero", 0) != 0;
    let count: usize = from.iter().product();
    let mut shape: Vec<usize> = to
        .iter()
        .enumerate()
        .map(|(i, d)| match d {
            0 if !zero_is_zero => from.get(i).copied().ok_or_else(|| "a 0 beyond the input's rank".to_owned()),
            -1 => Ok(1),
            d => usize::try_from(*d).map_err(|_| format!("a dimension of {d}")),
        })
        .collect::<Result<_, _>>()?;
    if let Some(free) = to.iter().position(|d| *d == -1) {
        shape[free] = count / shape.iter().product::<usize>().max(1);
    }
    if shape.iter().product::<usize>() != count {
        return Err(format!("{count} elements do not fill {to:?}"));
    }
    Ok(vec![shape])
}

/// How many leading dimensions `Flatten` makes the first; its axis may also be the rank itself.
fn lead(axis: i64, rank: usize) -> Result<usize, String> {
    let positive = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(positive).ok().filter(|a| *a <= rank).ok_or_else(|| format!("there is no axis {axis}"))
}

pub fn flatten(inputs: &Inputs) -> Shapes {
    let shape = inputs.shape(0);
    let at = lead(inputs.node.int("axis", 1), shape.len())?;
    Ok(vec![vec![shape[..at].iter().product(), shape[at..].iter().product()]])
}

pub fn expand(inputs: &Inputs) -> Shapes {
    let target: Vec<usize> = inputs.ints(1)?.iter().map(|d| *d as usize).collect();
    Ok(vec![broadcast(inputs.shape(0), &target)?])
}

pub fn tile(inputs: &Inputs) -> Shapes {
    let (shape, repeats) = (inputs.shape(0), inputs.ints(1)?);
    if repeats.len() != shape.len() {
        return Err("repeats must name every axis".into());
    }
    Ok(vec![shape.iter().zip(repeats).map(|(n, r)| n * r.max(0) as usize).collect()])
}

pub fn unsqueeze(inputs: &Inputs) -> Shapes {
    let (shape, new) = (inputs.shape(0), inputs.ints(1)?);
    let rank = shape.len() + new.len();
    let new = axes(&new, rank)?;
    let mut rest = shape.iter();
    Ok(vec![(0..rank).map(|d| if new.contains(&d) { 1 } else { *rest.next().unwrap_or(&1) }).collect()])
}

pub fn squeeze(inputs: &Inputs) -> Shapes {
    let shape = inputs.shape(0);
    let gone = match inputs.optional_ints(1)? {
        Some(list) => axes(&list, shape.len())?,
        None => (0..shape.len()).filter(|d| shape[*d] == 1).collect(),
    };
    if let Some(d) = gone.iter().find(|d| shape[**d] != 1) {
        return Err(format!("axis {d} is {} long", shape[*d]));
    }
    Ok(vec![shape.iter().enumerate().filter(|(d, _)| !gone.contains(d)).map(|(_, n)| *n).collect()])
}

pub fn concat(inputs: &Inputs) -> Shapes {
    let mut shape = inputs.shape(0).to_vec();
    let along = axis(inputs.node.int("axis", 0), shape.len())?;
    for s in inputs.shapes().skip(1) {
        if s.len() != shape.len() || (0..s.len()).any(|d| d != along && s[d] != shape[d]) {
            return Err("they differ beside the axis".into());
        }
        shape[along] += s[along];
    }
    Ok(vec![shape])
}

/// Without sizes the parts are equal, the last one smaller if they can't be.
pub fn split(inputs: &Inputs) -> Shapes {
    let shape = inputs.shape(0);
    let along = axis(inputs.node.int("axis", 0), shape.len())?;
    let lengths: Vec<usize> = match inputs.optional_ints(1)? {
        Some(sizes) => sizes.iter().map(|n| *n as usize).collect(),
        None => {
            let parts = inputs.outputs.max(1);
            if inputs.node.int("num_outputs", parts as i64) != parts as i64 {
                return Err(format!("num_outputs is not {parts}, the number of its outputs"));
            }
            let each = shape[along].div_ceil(parts);
            (0..parts).map(|i| each.min(shape[along].saturating_sub(i * each))).collect()
        }
    };
    if lengths.iter().sum::<usize>() != shape[along] {
        return Err(format!("parts of {lengths:?} do not make up axis {along}"));
    }
    let part = |n: &usize| {
        let mut part = shape.to_vec();
        part[along] = *n;
        part
    };
    Ok(lengths.iter().map(part).collect())
}

pub fn slice(inputs: &Inputs) -> Shapes {
    let mut shape = inputs.shape(0).to_vec();
    let (starts, ends) = (inputs.ints(1)?, inputs.ints(2)?);
    let along = match inputs.optional_ints(3)? {
        Some(list) => axes(&list, shape.len())?,
        None => (0..starts.len()).collect(),
    };
    let steps = inputs.optional_ints(4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), along.len(), steps.len()] != [starts.len(); 3] || steps.contains(&0) {
        return Err("starts, ends, axes and steps do not fit one another".into());
    }
    for i in 0..starts.len() {
        let d = *along.get(i).filter(|d| **d < shape.len()).ok_or("more cuts than axes")?;
        shape[d] = slice_length(shape[d], starts[i], ends[i], steps[i]);
    }
    Ok(vec![shape])
}

/// How many elements `start..end` by `step` takes of `length`, as ONNX clamps them.
pub fn slice_length(length: usize, start: i64, end: i64, step: i64) -> usize {
    let n = length as i64;
    let from_end = |i: i64| if i < 0 { i.saturating_add(n) } else { i };
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let start = from_end(start).clamp(if step > 0 { 0 } else { 0.min(n - 1) }, high);
    let end = from_end(end).clamp(low, high.max(low));
    let span = if step > 0 { end - start } else { start - end };
    if span <= 0 { 0 } else { (span as usize).div_ceil(step.unsigned_abs() as usize) }
}

pub fn pad(inputs: &Inputs) -> Shapes {
    let (shape, pads) = (inputs.shape(0), inputs.ints(1)?);
    let along = match inputs.optional_ints(3)? {
        Some(list) => axes(&list, shape.len())?,
        None => (0..shape.len()).collect(),
    };
    if pads.len() != 2 * along.len() {
        return Err("pads must name every side".into());
    }
    let mut shape = shape.to_vec();
    for (i, d) in along.iter().enumerate() {
        shape[*d] = (shape[*d] as i64 + pads[i] + pads[i + along.len()]).max(0) as usize;
    }
    Ok(vec![shape])
}

pub fn gather(inputs: &Inputs) -> Shapes {
    let (shape, places) = (inputs.shape(0), inputs.shape(1));
    let along = axis(inputs.node.int("axis", 0), shape.len())?;
    Ok(vec![[&shape[..along], places, &shape[along + 1..]].concat()])
}

/// Shaped like the places.
pub fn gather_elements(inputs: &Inputs) -> Shapes {
    Ok(vec![inputs.shape(1).to_vec()])
}

/// The dimensions that a `Shape` node gives of an input of this rank: from `start` on, up to `end`.
pub fn asked(node: &Node, rank: usize) -> Range<usize> {
    let at = |name: &str, default: i64| {
        let at = node.int(name, default);
        (if at < 0 { at + rank as i64 } else { at }).clamp(0, rank as i64) as usize
    };
    let start = at("start", 0);
    start..at("end", rank as i64).max(start)
}

/// `Shape`: a number for each dimension that is asked for.
pub fn shape(inputs: &Inputs) -> Shapes {
    Ok(vec![vec![asked(inputs.node, inputs.shape(0).len()).len()]])
}

/// How many elements there are: a scalar.
pub fn size(_: &Inputs) -> Shapes {
    Ok(vec![vec![]])
}

pub fn gather_nd(inputs: &Inputs) -> Shapes {
    let (shape, places, batch) = (inputs.shape(0), inputs.shape(1), inputs.node.int("batch_dims", 0) as usize);
    let (depth, outer) = places.split_last().ok_or("places of rank 0")?;
    let rest = shape.get(batch + depth..).ok_or("places deeper than the data")?;
    Ok(vec![[outer, rest].concat()])
}

/// A picture looked at where the grid says: a place for every output pixel.
pub fn grid_sample(inputs: &Inputs) -> Shapes {
    match (inputs.shape(0), inputs.shape(1)) {
        ([n, channels, _, _], [_, height, width, 2]) => Ok(vec![vec![*n, *channels, *height, *width]]),
        _ => Err("a picture [n, channels, height, width] and a grid [n, height, width, 2] are needed".into()),
    }
}

fn block(inputs: &Inputs) -> Result<(usize, [usize; 4]), String> {
    let block = inputs.node.int("blocksize", 0).max(0) as usize;
    let shape = inputs.shape(0).try_into().map_err(|_| "an input that has not four dimensions")?;
    if block == 0 { Err("blocksize is missing".into()) } else { Ok((block, shape)) }
}

pub fn depth_to_space(inputs: &Inputs) -> Shapes {
    let (b, [n, c, h, w]) = block(inputs)?;
    if !c.is_multiple_of(b * b) {
        return Err(format!("{c} channels do not make blocks of {b}"));
    }
    Ok(vec![vec![n, c / (b * b), h * b, w * b]])
}

pub fn space_to_depth(inputs: &Inputs) -> Shapes {
    let (b, [n, c, h, w]) = block(inputs)?;
    if !h.is_multiple_of(b) || !w.is_multiple_of(b) {
        return Err(format!("{h} × {w} pixels do not make blocks of {b}"));
    }
    Ok(vec![vec![n, c * b * b, h / b, w / b]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_count_like_numpy() {
        assert_eq!(slice_length(10, 2, 8, 2), 3);
        assert_eq!(slice_length(10, 0, i64::MAX, 1), 10);
        assert_eq!(slice_length(3, -1, i64::MIN + 1, -1), 3);
        assert_eq!(slice_length(5, 4, 1, -2), 2);
    }
}
