//! Operators that move elements, and those along an axis.

use super::copied::{Copied, joined};
use super::node::{CopiedNode, Outputs};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::{Attribute, Node};
use crate::graph::shape::broadcast::{axis, broadcast};
use crate::graph::shape::layout::asked;

fn ints(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|d| *d as i64).collect()
}

/// The first input with room for the copies as a dimension of its own, and where an axis of one copy lies in it. Maps
/// are taken apart, which moves nothing.
struct Open {
    value: Value,
    /// Dimension of the copies: 1 in maps, else 0.
    at: usize,
    /// Of one copy.
    shape: Vec<usize>,
}

impl Open {
    fn of(g: &mut Builder, copies: usize, x: Copied) -> Self {
        let shape = x.shape(g, copies);
        match x {
            Copied::Maps(_) => Self { value: x.apart(g, copies), at: 1, shape },
            _ => Self { value: x.stacked(g, copies), at: 0, shape },
        }
    }

    /// An axis of one copy.
    fn axis(&self, of_one: i64) -> Option<i64> {
        let axis = axis(of_one, self.shape.len()).ok()?;
        Some((axis + usize::from(axis >= self.at)) as i64)
    }

    /// A value of the same rank, as the copies have it.
    fn close(&self, g: &mut Builder, value: Value) -> Copied {
        if self.at == 0 { Copied::Stacked(value) } else { Copied::Maps(joined(g, value)) }
    }
}

/// Every copy's elements in another shape.
fn reshaped(g: &mut Builder, copies: usize, x: Copied, shape: &[usize]) -> Copied {
    if let (Copied::Maps(v), [n, c, h, w]) = (x, shape)
        && x.shape(g, copies)[0] == *n
    {
        return Copied::Maps(g.reshape(v, &ints(&[*n, copies * c, *h, *w])));
    }
    let stacked = x.stacked(g, copies);
    let mut all = vec![copies as i64];
    all.extend(ints(shape));
    Copied::Stacked(g.reshape(stacked, &all))
}

pub fn reshape(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = s.input(0)?;
    let (from, to) = (x.shape(g, s.copies), s.ints(g, 1)?);
    if s.node.int("allowzero", 0) != 0 {
        return None;
    }
    let dimension = |(i, d): (usize, &i64)| match d {
        0 => from.get(i).copied(),
        -1 => Some(1),
        d => usize::try_from(*d).ok(),
    };
    let mut shape = to.iter().enumerate().map(dimension).collect::<Option<Vec<usize>>>()?;
    if let Some(free) = to.iter().position(|d| *d == -1) {
        shape[free] = from.iter().product::<usize>() / shape.iter().product::<usize>().max(1);
    }
    Some(vec![reshaped(g, s.copies, x, &shape)])
}

pub fn flatten(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = s.input(0)?;
    let from = x.shape(g, s.copies);
    let axis = s.node.int("axis", 1);
    let axis = usize::try_from(if axis < 0 { axis + from.len() as i64 } else { axis }).ok()?;
    let (rows, columns) = (from.get(..axis)?.iter().product(), from[axis..].iter().product());
    Some(vec![reshaped(g, s.copies, x, &[rows, columns])])
}

pub fn squeeze(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = s.input(0)?;
    let from = x.shape(g, s.copies);
    let axes: Vec<usize> = match s.input(1) {
        Some(_) => s.ints(g, 1)?.iter().map(|a| axis(*a, from.len())).collect::<Result<_, _>>().ok()?,
        None => (0..from.len()).filter(|d| from[*d] == 1).collect(),
    };
    let shape: Vec<usize> = (0..from.len()).filter(|d| !axes.contains(d)).map(|d| from[d]).collect();
    Some(vec![reshaped(g, s.copies, x, &shape)])
}

pub fn unsqueeze(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = s.input(0)?;
    let mut shape = x.shape(g, s.copies);
    let axes = s.ints(g, 1)?;
    let rank = shape.len() + axes.len();
    let mut axes = axes.iter().map(|a| axis(*a, rank)).collect::<Result<Vec<_>, _>>().ok()?;
    axes.sort_unstable();
    for axis in axes {
        shape.insert(axis, 1);
    }
    Some(vec![reshaped(g, s.copies, x, &shape)])
}

/// That of one copy, which all share.
pub fn shape(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let shape = s.input(0)?.shape(g, s.copies);
    Some(vec![Copied::Shared(g.ints(&ints(&shape[asked(s.node, shape.len())])))])
}

/// The copies end up outermost.
pub fn transpose(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = Open::of(g, s.copies, s.input(0)?);
    let perm: Vec<i64> = match s.node.ints("perm") {
        Some(perm) => perm.to_vec(),
        None => (0..x.shape.len() as i64).rev().collect(),
    };
    let mut moved = vec![x.at as i64];
    for axis in perm {
        moved.push(x.axis(axis)?);
    }
    Some(vec![Copied::Stacked(g.transpose(x.value, &moved))])
}

/// What is shared is repeated for each copy.
pub fn concat(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let parts = s.all()?;
    let maps = parts.iter().any(|x| matches!(x, Copied::Maps(_)));
    let open: Vec<Open> = parts
        .iter()
        .map(|x| {
            let x = if maps { Copied::Maps(x.maps(g, s.copies)) } else { *x };
            Open::of(g, s.copies, x)
        })
        .collect();
    let axis = open[0].axis(s.node.int("axis", 0))?;
    let values: Vec<Value> = open.iter().map(|x| x.value).collect();
    let together = g.concat(&values, axis);
    Some(vec![open[0].close(g, together)])
}

pub fn slice(g: &mut Builder, s: &CopiedNode) -> Outputs {
    if !s.shared_from(1) {
        return None;
    }
    let x = Open::of(g, s.copies, s.input(0)?);
    let (starts, ends) = (s.ints(g, 1)?, s.ints(g, 2)?);
    let axes = if s.input(3).is_some() { s.ints(g, 3)? } else { (0..starts.len() as i64).collect() };
    let steps = if s.input(4).is_some() { s.ints(g, 4)? } else { vec![1; starts.len()] };
    let mut cuts = Vec::with_capacity(starts.len());
    for (i, axis) in axes.into_iter().enumerate() {
        cuts.push((x.axis(axis)?, *starts.get(i)?, *ends.get(i)?, *steps.get(i)?));
    }
    let part = g.slice(x.value, &cuts);
    Some(vec![x.close(g, part)])
}

pub fn split(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = Open::of(g, s.copies, s.input(0)?);
    let along = axis(s.node.int("axis", 0), x.shape.len()).ok()?;
    let axis = x.axis(along as i64)?;
    let sizes = match s.input(1) {
        Some(_) => s.ints(g, 1)?,
        None => {
            // The last part is smaller where they can't be equal.
            let (length, parts) = (x.shape[along], s.node.outputs.len());
            let part = length.div_ceil(parts);
            (0..parts).map(|i| part.min(length.saturating_sub(i * part)) as i64).collect()
        }
    };
    let mut start = 0;
    let parts = sizes.into_iter().map(|size| {
        let part = g.slice(x.value, &[(axis, start, start + size, 1)]);
        start += size;
        x.close(g, part)
    });
    Some(parts.collect())
}

pub fn pad(g: &mut Builder, s: &CopiedNode) -> Outputs {
    if !s.shared_from(1) || s.input(3).is_some() {
        return None;
    }
    let x = Open::of(g, s.copies, s.input(0)?);
    let mut pads = s.ints(g, 1)?;
    if pads.len() != 2 * x.shape.len() {
        return None;
    }
    pads.insert(x.shape.len() + x.at, 0);
    pads.insert(x.at, 0);
    let mut inputs = s.with_first(x.value);
    inputs[1] = Some(g.ints(&pads));
    let padded = s.place(g, &inputs)[0];
    Some(vec![x.close(g, padded)])
}

pub fn expand(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = s.input(0)?;
    let to = s.ints(g, 1)?.iter().map(|d| usize::try_from(*d).ok()).collect::<Option<Vec<_>>>()?;
    let mut shape = broadcast(&x.shape(g, s.copies), &to).ok()?;
    if let (Copied::Maps(_), 4) = (x, shape.len()) {
        let open = Open::of(g, s.copies, x);
        shape.insert(1, s.copies);
        let wide = g.expand(open.value, &shape);
        return Some(vec![open.close(g, wide)]);
    }
    let above = x.above(g, s.copies, shape.len());
    shape.insert(0, s.copies);
    Some(vec![Copied::Stacked(g.expand(above, &shape))])
}

/// Keeps the shape, and works along one axis.
pub fn along(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = Open::of(g, s.copies, s.input(0)?);
    let axis = x.axis(s.node.int("axis", -1))?;
    let mut node: Node = s.node.clone();
    node.attributes.insert("axis".into(), Attribute::Int(axis));
    let y = g.place_node(&node, &[Some(x.value)])[0];
    Some(vec![x.close(g, y)])
}

/// Sums, means and extremes over some axes.
pub fn reduce(g: &mut Builder, s: &CopiedNode) -> Outputs {
    if s.node.int("noop_with_empty_axes", 0) != 0 {
        return None;
    }
    let x = Open::of(g, s.copies, s.input(0)?);
    let own: Vec<usize> = match s.input(1) {
        Some(_) => s.ints(g, 1)?.iter().map(|a| axis(*a, x.shape.len())).collect::<Result<_, _>>().ok()?,
        None => (0..x.shape.len()).collect(),
    };
    let axes = own.iter().map(|a| x.axis(*a as i64)).collect::<Option<Vec<_>>>()?;
    let axes = g.ints(&axes);
    let mut node: Node = s.node.clone();
    node.attributes.insert("keepdims".into(), Attribute::Int(1));
    let kept = g.place_node(&node, &[Some(x.value), Some(axes)])[0];
    let kept = x.close(g, kept);
    if s.node.int("keepdims", 1) != 0 {
        return Some(vec![kept]);
    }
    let left: Vec<usize> = (0..x.shape.len()).filter(|d| !own.contains(d)).map(|d| x.shape[d]).collect();
    Some(vec![reshaped(g, s.copies, kept, &left)])
}
