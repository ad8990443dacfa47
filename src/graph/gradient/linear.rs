//! Operators that are a linear map along each axis (average pools, interpolation, reflecting pads): the gradient goes
//! back through the transposed maps, one product with a constant matrix an axis.

use crate::graph::builder::{Builder, Value};
use crate::graph::tensor::Tensor;

/// A linear map along one axis: `to` rows, `from` columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    from: usize,
    to: usize,
    /// Row by row.
    values: Vec<f32>,
}

impl Map {
    pub fn zeros(from: usize, to: usize) -> Self {
        Self { from, to, values: vec![0.0; from * to] }
    }

    /// Adds to the share that output `row` takes of input `column`.
    pub fn put(&mut self, row: usize, column: usize, share: f32) {
        self.values[row * self.from + column] += share;
    }

    /// The last input.
    pub fn last(&self) -> i64 {
        self.from as i64 - 1
    }

    /// How many outputs each input is repeated to, if that is all the map does.
    fn repeats(&self) -> Option<usize> {
        let times = self.to.checked_div(self.from).filter(|k| k * self.from == self.to)?;
        let copy = |(i, v): (usize, &f32)| *v == f32::from(u8::from(i / self.from / times == i % self.from));
        self.values.iter().enumerate().all(copy).then_some(times)
    }

    /// The gradient before the map along `axis`, from `grad` after it.
    pub fn back(&self, g: &mut Builder, grad: Value, axis: usize) -> Value {
        let shape: Vec<i64> = g.shape(grad).iter().map(|d| *d as i64).collect();
        match self.repeats() {
            Some(1) => return grad,
            // Much faster than a product: nearest enlargement by a whole number.
            Some(times) => {
                let mut split = shape.clone();
                // A grad that was refused has no axes.
                let Some(length) = split.get_mut(axis) else { return grad };
                *length = self.from as i64;
                split.insert(axis + 1, times as i64);
                let blocks = g.reshape(grad, &split);
                return g.reduce_sum(blocks, &[axis as i64 + 1], false);
            }
            None => {}
        }
        if axis >= shape.len() {
            return grad;
        }
        if axis == shape.len() - 1 {
            let matrix = g.constant(Tensor::f32([self.to, self.from], self.values.clone()));
            return g.matmul(grad, matrix);
        }
        let turned = (0..self.from).flat_map(|c| (0..self.to).map(move |r| (r, c)));
        let turned = turned.map(|(r, c)| self.values[r * self.from + c]).collect();
        let matrix = g.constant(Tensor::f32([self.from, self.to], turned));
        // Everything behind the axis as columns.
        let rows: i64 = shape[..axis].iter().product();
        let flat = g.reshape(grad, &[rows, shape[axis], shape[axis + 1..].iter().product()]);
        let product = g.matmul(matrix, flat);
        let mut back = shape;
        back[axis] = self.from as i64;
        g.reshape(product, &back)
    }
}
