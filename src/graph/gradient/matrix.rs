//! Matrix products.

use super::broadcast::reduce_to;
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;
use crate::graph::shape::matrix::einsum_terms;

/// d(AB): dA = dY·Bᵀ, dB = Aᵀ·dY, summed over dimensions that were broadcast. A vector stands for a row on the left,
/// for a column on the right.
pub fn matmul(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (own_a, own_b) = (g.shape(s.node.input(0)), g.shape(s.node.input(1)));
    let mut rows: Vec<i64> = g.shape(s.y()).iter().map(|d| *d as i64).collect();
    let (mut a, mut b) = (s.node.input(0), s.node.input(1));
    if own_b.len() == 1 {
        b = g.reshape(b, &[-1, 1]);
        rows.push(1);
    }
    if own_a.len() == 1 {
        a = g.reshape(a, &[1, -1]);
        rows.insert(rows.len() - 1, 1);
    }
    let grad = g.reshape(s.grad, &rows);
    let own = |g: &mut Builder, part: Value, matrix: Value, shape: &[usize]| {
        let matrix = g.shape(matrix);
        let summed = reduce_to(g, part, &matrix);
        g.reshape(summed, &shape.iter().map(|d| *d as i64).collect::<Vec<_>>())
    };
    let da = s.when(0, || {
        let bt = g.transpose_last(b);
        let part = g.matmul(grad, bt);
        own(g, part, a, &own_a)
    });
    let db = s.when(1, || {
        let at = g.transpose_last(a);
        let part = g.matmul(at, grad);
        own(g, part, b, &own_b)
    });
    vec![da, db]
}

/// Y = αA′B′ + βC, where ′ may transpose.
pub fn gemm(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (a, b) = (s.node.input(0), s.node.input(1));
    let turned = |name: &str| s.node.view().int(name, 0);
    let (ta, tb) = (turned("transA"), turned("transB"));
    let product = |g: &mut Builder, x: Value, tx: i64, y: Value, ty: i64| {
        let alpha = s.float("alpha", 1.0);
        let attributes =
            [("alpha", Attribute::Float(alpha)), ("transA", Attribute::Int(tx)), ("transB", Attribute::Int(ty))];
        g.node("Gemm", &[x, y], &attributes)
    };
    let da = s.when(0, || if ta == 0 { product(g, s.grad, 0, b, 1 - tb) } else { product(g, b, tb, s.grad, 1) });
    let db = s.when(1, || if tb == 0 { product(g, a, 1 - ta, s.grad, 0) } else { product(g, s.grad, 1, a, ta) });
    let dc = s.when(2, || {
        let beta = s.float("beta", 1.0);
        let part = if beta == 1.0 { s.grad } else { g.scale(s.grad, beta) };
        let shape = s.optional(2).map(|c| g.shape(c)).unwrap_or_default();
        reduce_to(g, part, &shape)
    });
    vec![da, db, dc]
}

/// A product of two: each gets the product of the gradient and the other, over the letters that are not its own.
pub fn einsum(g: &mut Builder, s: &BackwardNode) -> Grads {
    let view = s.node.view();
    let equation = view.text("equation").unwrap_or_default().to_owned();
    let Some(([a, b], out)) = einsum_terms(&equation).and_then(|(t, out)| Some((<[_; 2]>::try_from(t).ok()?, out)))
    else {
        return s.without(g, &equation);
    };
    let once = |t: &[char]| t.iter().enumerate().all(|(i, c)| !t[..i].contains(c));
    let reached = |t: &[char], other: &[char]| t.iter().all(|c| out.contains(c) || other.contains(c));
    if ![&a, &b, &out].iter().all(|t| once(t)) || !reached(&a, &b) || !reached(&b, &a) {
        return s.without(g, &equation);
    }
    let text = |t: &[char]| t.iter().collect::<String>();
    let mut part = |index: usize, own: &[char], other: &[char]| {
        s.when(index, || {
            let back = format!("{},{}->{}", text(&out), text(other), text(own));
            g.node("Einsum", &[s.grad, s.node.input(1 - index)], &[("equation", Attribute::Text(back))])
        })
    };
    vec![part(0, &a, &b), part(1, &b, &a)]
}
