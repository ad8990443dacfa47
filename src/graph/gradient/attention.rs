//! Scaled dot-product attention (Vaswani et al., "Attention Is All You Need", 2017).

use super::broadcast::reduce_to;
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;
use crate::graph::tensor::{DType, Tensor};

/// What keeps a score from mattering. Not −∞: where it is all that a query has, the weights would be no numbers.
const NEVER: f32 = f32::MIN;

/// y = P·v with P = softmax(s·q·kᵀ + mask) over the keys. So dv = Pᵀ·dy; dP = dy·vᵀ; the scores' gradient is that of the
/// softmax, dS = P ⊙ (dP − Σ dP ⊙ P); dq = s·dS·k, dk = s·dSᵀ·q, and the mask gets dS.
///
/// Covers what exporters write: four dimensions (batch, heads, places, channels), as many heads for keys as for
/// queries, no memory of past keys, no cap on the scores.
pub fn attention(g: &mut Builder, s: &BackwardNode) -> Grads {
    let node = s.node.view();
    let [q, k, v] = [0, 1, 2].map(|i| s.node.input(i));
    let shapes = [q, k, v].map(|value| g.shape(value));
    if shapes.iter().any(|shape| shape.len() != 4 || shape[1] != shapes[0][1]) {
        return s.without(g, "whose heads lie in the channels, or are shared");
    }
    let others = s.grads[1..].iter().any(Option::is_some);
    if others || (4..7).any(|i| s.optional(i).is_some()) || node.float("softcap", 0.0) != 0.0 {
        return s.without(g, "with past keys, capped scores, or whose scores are used");
    }
    let scale = node.float("scale", (shapes[0][3] as f32).sqrt().recip());
    let keys = g.transpose_last(k);
    let products = g.matmul(q, keys);
    let mut scores = g.scale(products, scale);
    if let Some(mask) = s.optional(3) {
        let mask = added(g, mask);
        scores = g.add(scores, mask);
    }
    if node.int("is_causal", 0) != 0 {
        let (rows, columns) = (shapes[0][2], shapes[1][2]);
        let later = (0..rows).flat_map(|i| (0..columns).map(move |j| if j > i { NEVER } else { 0.0 }));
        let later = g.constant(Tensor::f32([rows, columns], later.collect()));
        scores = g.add(scores, later);
    }
    let weights = g.node("Softmax", &[scores], &[("axis", Attribute::Int(-1))]);
    let values = g.transpose_last(v);
    let dp = g.matmul(s.grad, values);
    let product = g.mul(dp, weights);
    let total = g.reduce_sum(product, &[-1], true);
    let centred = g.sub(dp, total);
    let ds = g.mul(weights, centred);
    let scaled = g.scale(ds, scale);
    let dq = s.when(0, || g.matmul(scaled, k));
    let dk = s.when(1, || {
        let turned = g.transpose_last(scaled);
        g.matmul(turned, q)
    });
    let dv = s.when(2, || {
        let turned = g.transpose_last(weights);
        g.matmul(turned, s.grad)
    });
    let dmask = s.when(3, || {
        let shape = g.shape(s.node.input(3));
        reduce_to(g, ds, &shape)
    });
    vec![dq, dk, dv, dmask]
}

/// What a mask adds to the scores: of truth values, nothing where they hold and [`NEVER`] elsewhere.
fn added(g: &mut Builder, mask: Value) -> Value {
    if g.dtype(mask) != DType::Bool {
        return mask;
    }
    let (zero, never) = (g.scalar(0.0), g.scalar(NEVER));
    g.select(mask, zero, never)
}
