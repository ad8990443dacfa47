//! Operators that only move elements: every element of the result is found by its place.

use super::rule::Folding;
use super::small::Small;
use crate::graph::shape::broadcast::axis;
use crate::graph::shape::inputs::Inputs;

type Values = Option<Vec<Vec<f64>>>;

/// The element at a place.
fn take(data: &Small, place: &[usize]) -> Option<f64> {
    let index = place.iter().zip(&data.shape).fold(0, |index, (p, n)| index * n + p);
    data.values.get(index).copied()
}

/// The values of a result of this shape, in which `from` finds the element at a place.
fn each(shape: &[usize], from: impl Fn(&[usize]) -> Option<f64>) -> Option<Vec<f64>> {
    (0..shape.iter().product()).map(|i| from(&places(shape, i))).collect()
}

/// Every element stays where it is: another shape, or none.
pub fn kept(f: &Folding) -> Values {
    Some(vec![f.input(0)?.values.clone()])
}

pub fn transpose(f: &Folding) -> Values {
    let first = f.input(0)?;
    let rank = first.shape.len();
    let perm: Vec<usize> = match f.node.ints("perm") {
        Some(p) => p.iter().map(|d| *d as usize).collect(),
        None => (0..rank).rev().collect(),
    };
    let from = |to: &[usize]| {
        let mut place = vec![0; rank];
        perm.iter().zip(to).for_each(|(d, p)| place[*d] = *p);
        take(first, &place)
    };
    Some(vec![each(f.shapes.first()?, from)?])
}

pub fn slice(f: &Folding) -> Values {
    let first = f.input(0)?;
    let view = Inputs::new(f.node, f.inputs, f.shapes.len());
    let starts = view.ints(1).ok()?;
    let axes = view.optional_ints(3).ok()?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = view.optional_ints(4).ok()?.unwrap_or_else(|| vec![1; starts.len()]);
    let from = |to: &[usize]| {
        let mut place = to.to_vec();
        for i in 0..starts.len() {
            let d = axis(axes[i], first.shape.len()).ok()?;
            let n = first.shape[d] as i64;
            let start = if starts[i] < 0 { starts[i].saturating_add(n) } else { starts[i] };
            place[d] = (start.clamp(0, n - i64::from(steps[i] < 0)) + place[d] as i64 * steps[i]) as usize;
        }
        take(first, &place)
    };
    Some(vec![each(f.shapes.first()?, from)?])
}

pub fn gather(f: &Folding) -> Values {
    let (first, indices) = (f.input(0)?, f.input(1)?);
    let along = axis(f.node.int("axis", 0), first.shape.len()).ok()?;
    let depth = indices.shape.len();
    let from = |to: &[usize]| {
        let index = take(indices, &to[along..along + depth])? as i64;
        let index = if index < 0 { index + first.shape[along] as i64 } else { index };
        take(first, &[&to[..along], &[index as usize], &to[along + depth..]].concat())
    };
    Some(vec![each(f.shapes.first()?, from)?])
}

pub fn concat(f: &Folding) -> Values {
    let along = axis(f.node.int("axis", 0), f.input(0)?.shape.len()).ok()?;
    let from = |to: &[usize]| {
        let mut place = to.to_vec();
        for part in f.small.iter().flatten() {
            if place[along] < part.shape[along] {
                return take(part, &place);
            }
            place[along] -= part.shape[along];
        }
        None
    };
    Some(vec![each(f.shapes.first()?, from)?])
}

pub fn split(f: &Folding) -> Values {
    let first = f.input(0)?;
    let along = axis(f.node.int("axis", 0), first.shape.len()).ok()?;
    let mut start = 0;
    let part = |shape: &Vec<usize>| {
        let from = |to: &[usize]| {
            let mut place = to.to_vec();
            place[along] += start;
            take(first, &place)
        };
        let values = each(shape, from);
        start += shape[along];
        values
    };
    f.shapes.iter().map(part).collect()
}

/// `Tile` of a vector.
pub fn tile(f: &Folding) -> Values {
    let (first, (shape, count)) = (f.input(0)?, f.first_shape()?);
    (shape.len() == 1).then(|| vec![(0..count).map(|i| first.values[i % first.values.len()]).collect()])
}

pub fn expand(f: &Folding) -> Values {
    let (first, (shape, count)) = (f.input(0)?, f.first_shape()?);
    Some(vec![(0..count).map(|i| first.at(shape, i)).collect()])
}

/// The place of element `index` along every axis.
fn places(shape: &[usize], mut index: usize) -> Vec<usize> {
    let mut place = vec![0; shape.len()];
    for d in (0..shape.len()).rev() {
        (place[d], index) = (index % shape[d], index / shape[d]);
    }
    place
}
