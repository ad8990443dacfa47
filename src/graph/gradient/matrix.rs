//! Matrix products.

use super::{Step, reduce_to};
use crate::graph::{Builder, Value};

/// d(AB): dA = dY·Bᵀ, dB = Aᵀ·dY, summed over dimensions that were broadcast.
pub fn matmul(g: &mut Builder, s: &Step) -> Vec<Option<Value>> {
    let (a, b) = (s.node.input(0), s.node.input(1));
    let da = s.when(0, || {
        let bt = g.transpose_last(b);
        let grad = g.matmul(s.grad, bt);
        let shape = g.shape(a);
        reduce_to(g, grad, &shape)
    });
    let db = s.when(1, || {
        let at = g.transpose_last(a);
        let grad = g.matmul(at, s.grad);
        let shape = g.shape(b);
        reduce_to(g, grad, &shape)
    });
    vec![da, db]
}
