//! How an operator folds.

use super::small::Small;
use crate::graph::node::Node;
use crate::graph::shape::inputs::Known;
use crate::graph::tensor::Tensor;

/// How what an operator gives is computed at build time.
#[derive(Clone, Copy, Debug)]
pub enum Fold {
    /// From the shape of its first input alone.
    Shape(fn(&Node, &[usize]) -> Tensor),
    /// From constants, with a type and shape that shape inference does not know.
    Whole(fn(&Node, &[Option<Small>]) -> Option<Small>),
    /// Every element of the first input by itself.
    Each(fn(f64) -> f64),
    /// Element by element, the inputs one after the other, with broadcasting.
    Pair(fn(f64, f64) -> f64),
    /// The values of each output, whose types and shapes shape inference gives.
    Values(fn(&Folding) -> Option<Vec<Vec<f64>>>),
}

/// A node all of whose inputs are small constants, and the shapes of its outputs.
pub struct Folding<'a> {
    pub node: &'a Node,
    pub inputs: &'a [Option<Known<'a>>],
    pub small: &'a [Option<Small>],
    pub shapes: &'a [Vec<usize>],
}

impl Folding<'_> {
    /// An input, if it was not left out.
    pub fn input(&self, index: usize) -> Option<&Small> {
        self.small.get(index)?.as_ref()
    }

    /// The shape of the first output, and how many elements it has.
    pub fn first_shape(&self) -> Option<(&[usize], usize)> {
        self.shapes.first().map(|shape| (shape.as_slice(), shape.iter().product()))
    }

    /// The inputs one after the other, with broadcasting.
    pub fn pair(&self, f: impl Fn(f64, f64) -> f64) -> Option<Vec<Vec<f64>>> {
        let (shape, count) = self.first_shape()?;
        let all: Vec<&Small> = self.small.iter().flatten().collect();
        let (first, others) = all.split_first()?;
        let each = |i: usize| others.iter().fold(first.at(shape, i), |a, b| f(a, b.at(shape, i)));
        Some(vec![(0..count).map(each).collect()])
    }
}

impl Fold {
    /// The values of each output, of the kinds that leave types and shapes to shape inference.
    pub fn values(self, folding: &Folding) -> Option<Vec<Vec<f64>>> {
        let first = folding.input(0)?;
        match self {
            Self::Each(f) => Some(vec![first.values.iter().map(|v| f(*v)).collect()]),
            Self::Pair(f) => folding.pair(f),
            Self::Values(f) => f(folding),
            Self::Shape(_) | Self::Whole(_) => None,
        }
    }
}
