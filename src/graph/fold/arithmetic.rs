//! Arithmetic, comparisons and what follows from a shape. Only what can be computed without losing anything.

use super::rule::Folding;
use super::small::{LIMIT, Small};
use crate::graph::node::{Attribute, Node};
use crate::graph::shape::layout::asked;
use crate::graph::tensor::{DType, Tensor};

type Values = Option<Vec<Vec<f64>>>;

/// Whether numbers of this type have no fraction.
fn whole(dtype: DType) -> bool {
    matches!(dtype, DType::I32 | DType::I64 | DType::U8)
}

pub fn shape(node: &Node, shape: &[usize]) -> Tensor {
    let part: Vec<i64> = shape[asked(node, shape.len())].iter().map(|d| *d as i64).collect();
    Tensor::i64([part.len()], part)
}

pub fn size(_: &Node, shape: &[usize]) -> Tensor {
    Tensor::i64([], vec![shape.iter().product::<usize>() as i64])
}

pub fn constant_of_shape(node: &Node, inputs: &[Option<Small>]) -> Option<Small> {
    let value = match node.attributes.get("value") {
        Some(Attribute::Tensor(value)) => Small::of(value)?,
        _ => Small { dtype: DType::F32, shape: vec![1], values: vec![0.0] },
    };
    let shape: Vec<usize> = inputs.first()?.as_ref()?.values.iter().map(|d| *d as usize).collect();
    let count = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= LIMIT)?;
    Some(Small { dtype: value.dtype, shape, values: vec![*value.values.first()?; count] })
}

pub fn range(_: &Node, inputs: &[Option<Small>]) -> Option<Small> {
    let number = |i: usize| inputs.get(i)?.as_ref()?.values.first().copied();
    let (start, limit, delta) = (number(0)?, number(1)?, number(2)?);
    let count = ((limit - start) / delta).ceil().max(0.0) as usize;
    let values = (0..count.min(LIMIT + 1)).map(|i| start + i as f64 * delta).collect();
    (count <= LIMIT).then_some(Small { dtype: inputs[0].as_ref()?.dtype, shape: vec![count], values })
}

pub fn cast(f: &Folding) -> Values {
    let to = whole(DType::from_onnx(f.node.int("to", 1) as i32)?);
    Some(vec![f.input(0)?.values.iter().map(|v| if to { v.trunc() } else { *v }).collect()])
}

/// Of integers rounded towards zero.
pub fn div(f: &Folding) -> Values {
    if whole(f.input(0)?.dtype) { f.pair(|a, b| (a / b).trunc()) } else { f.pair(|a, b| a / b) }
}

/// Integers take the sign of the divisor, `fmod` that of the dividend.
pub fn modulo(f: &Folding) -> Values {
    if f.node.int("fmod", 0) != 0 { f.pair(|a, b| a % b) } else { f.pair(|a, b| a - (a / b).floor() * b) }
}

pub fn clip(f: &Folding) -> Values {
    let limit = |i: usize, none: f64| f.input(i).map_or(none, |s| s.values.first().copied().unwrap_or(none));
    let (low, high) = (limit(1, f64::NEG_INFINITY), limit(2, f64::INFINITY));
    Some(vec![f.input(0)?.values.iter().map(|v| v.max(low).min(high)).collect()])
}

pub fn not(v: f64) -> f64 {
    truth(v == 0.0)
}

pub fn sign(v: f64) -> f64 {
    if v == 0.0 { 0.0 } else { v.signum() }
}

/// As numbers: 1 holds, 0 does not.
pub fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// `Where`.
pub fn select(f: &Folding) -> Values {
    let (condition, a, b) = (f.input(0)?, f.input(1)?, f.input(2)?);
    let (shape, count) = f.first_shape()?;
    let pick = |i: usize| if condition.at(shape, i) != 0.0 { a.at(shape, i) } else { b.at(shape, i) };
    Some(vec![(0..count).map(pick).collect()])
}

/// Everything together as one number; `none` is that of nothing.
fn total(f: &Folding, none: Option<f64>, join: fn(f64, f64) -> f64) -> Values {
    let (_, count) = f.first_shape()?;
    let all = f.input(0)?.values.iter().copied();
    (count == 1).then(|| all.reduce(join).or(none)).flatten().map(|total| vec![vec![total]])
}

pub fn product(f: &Folding) -> Values {
    total(f, Some(1.0), |a, b| a * b)
}

pub fn sum(f: &Folding) -> Values {
    total(f, Some(0.0), |a, b| a + b)
}

pub fn largest(f: &Folding) -> Values {
    total(f, None, f64::max)
}

pub fn smallest(f: &Folding) -> Values {
    total(f, None, f64::min)
}
