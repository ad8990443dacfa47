//! Matrix products: batched over the copies.

use super::copied::Copied;
use super::elementwise::combine;
use super::node::{CopiedNode, Outputs, plain};
use crate::graph::builder::Builder;

pub fn matmul(g: &mut Builder, s: &CopiedNode) -> Outputs {
    Some(vec![product(g, s.copies, s.input(0)?, s.input(1)?)?])
}

/// Y = αA′B′ + βC, where ′ may transpose.
pub fn gemm(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let turned = |g: &mut Builder, x: Copied, name: &str| match s.node.int(name, 0) {
        0 => x,
        _ => x.alike(g.transpose_last(x.value())),
    };
    let scaled = |g: &mut Builder, x: Copied, name: &str| match s.node.float(name, 1.0) {
        1.0 => x,
        factor => {
            let factor = g.scalar(factor);
            x.alike(g.mul(x.value(), factor))
        }
    };
    let a = turned(g, s.input(0)?, "transA");
    let b = turned(g, s.input(1)?, "transB");
    let product = product(g, s.copies, a, b)?;
    let product = scaled(g, product, "alpha");
    Some(vec![match s.input(2) {
        Some(c) => {
            let c = scaled(g, c, "beta");
            combine(g, &plain("Add"), s.copies, &[product, c])
        }
        None => product,
    }])
}

/// Of matrices, leading dimensions broadcast; not of vectors.
fn product(g: &mut Builder, copies: usize, a: Copied, b: Copied) -> Option<Copied> {
    let ranks = [a, b].map(|x| x.shape(g, copies).len());
    if ranks.contains(&1) {
        return None;
    }
    let rank = ranks[0].max(ranks[1]);
    let [a, b] = [a, b].map(|x| x.above(g, copies, rank));
    Some(Copied::Stacked(g.matmul(a, b)))
}
