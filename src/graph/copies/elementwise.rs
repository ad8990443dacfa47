//! Operators that work element by element.

use super::copied::{Copied, joined, padded};
use super::node::{CopiedNode, Outputs, plain};
use crate::graph::builder::Builder;
use crate::graph::node::Node;
use crate::graph::tensor::Tensor;

/// One input, and settings that all copies share.
pub fn same(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = s.input(0)?;
    if !s.shared_from(1) {
        return None;
    }
    let inputs = s.with_first(x.value());
    Some(s.place(g, &inputs).into_iter().map(|v| x.alike(v)).collect())
}

/// Nothing is dropped outside the head.
pub fn dropout(_: &mut Builder, s: &CopiedNode) -> Outputs {
    Some(vec![s.input(0)?])
}

/// Several inputs, which broadcast.
pub fn broadcast(g: &mut Builder, s: &CopiedNode) -> Outputs {
    Some(vec![combine(g, s.node, s.copies, &s.all()?)])
}

/// max(x, 0) − slope · max(−x, 0)
pub fn prelu(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let (x, slope) = (s.input(0)?, s.input(1)?);
    let above = x.alike(g.relu(x.value()));
    let turned = g.neg(x.value());
    let below = x.alike(g.relu(turned));
    let less = combine(g, &plain("Mul"), s.copies, &[below, slope]);
    Some(vec![combine(g, &plain("Sub"), s.copies, &[above, less])])
}

/// With statistics that are known: a factor and a shift for each channel.
pub fn batch_normalization(g: &mut Builder, s: &CopiedNode) -> Outputs {
    if s.node.int("training_mode", 0) != 0 {
        return None;
    }
    let [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map(|i| s.input(i));
    let (x, scale, bias, mean, variance) = (x?, scale?, bias?, mean?, variance?);
    let epsilon = g.constant(Tensor::full([1], s.node.float("epsilon", 1e-5)));
    let mut apply = |op: &str, a: Copied, b: Copied| combine(g, &plain(op), s.copies, &[a, b]);
    let variance = apply("Add", variance, Copied::Shared(epsilon));
    let half = Copied::Shared(g.constant(Tensor::full([1], 0.5)));
    let mut apply = |op: &str, a: Copied, b: Copied| combine(g, &plain(op), s.copies, &[a, b]);
    let spread = apply("Pow", variance, half);
    let factor = apply("Div", scale, spread);
    let moved = apply("Mul", mean, factor);
    let shift = apply("Sub", bias, moved);
    let rank = x.shape(g, s.copies).len();
    let [factor, shift] = [factor, shift].map(|v| per_channel(g, s.copies, v, rank));
    let scaled = combine(g, &plain("Mul"), s.copies, &[x, factor]);
    Some(vec![combine(g, &plain("Add"), s.copies, &[scaled, shift])])
}

/// `[C]` to be broadcast with `[N, C, …]` of `rank` dimensions.
fn per_channel(g: &mut Builder, copies: usize, v: Copied, rank: usize) -> Copied {
    let channels = v.shape(g, copies)[0] as i64;
    let mut shape = vec![1; rank.saturating_sub(1)];
    shape[0] = channels;
    if !matches!(v, Copied::Shared(_)) {
        shape.insert(0, copies as i64);
    }
    v.alike(g.reshape(v.value(), &shape))
}

/// Applies an operator to values that broadcast.
pub fn combine(g: &mut Builder, node: &Node, copies: usize, inputs: &[Copied]) -> Copied {
    let shapes: Vec<Vec<usize>> = inputs.iter().map(|x| x.shape(g, copies)).collect();
    if inputs.iter().all(|x| matches!(x, Copied::Shared(_))) {
        let values: Vec<_> = inputs.iter().map(|x| Some(x.value())).collect();
        return Copied::Shared(g.place_node(node, &values)[0]);
    }
    let rank = shapes.iter().map(Vec::len).max().unwrap_or(0);
    // Weights stay above one another, even those of four dimensions.
    let maps = rank == 4
        && inputs.iter().zip(&shapes).any(|(x, shape)| match x {
            Copied::Maps(_) => true,
            Copied::Shared(_) => shape.len() == 4,
            Copied::Stacked(_) => false,
        });
    if !maps {
        let values: Vec<_> = inputs.iter().map(|x| Some(x.above(g, copies, rank))).collect();
        return Copied::Stacked(g.place_node(node, &values)[0]);
    }
    let shapes: Vec<Vec<usize>> = shapes.iter().map(|s| padded(s, 4)).collect();
    let channels = shapes.iter().map(|s| s[1]).max().unwrap_or(1);
    let fits = |(x, shape): (&Copied, &Vec<usize>)| match x {
        Copied::Shared(_) => shape[1] == 1,
        Copied::Stacked(_) => shape[0] == 1 && shape[1] == channels,
        Copied::Maps(_) => shape[1] == channels,
    };
    if inputs.iter().zip(&shapes).all(fits) {
        let values: Vec<_> = inputs
            .iter()
            .zip(&shapes)
            .map(|(x, shape)| {
                let wide = [1, copies * shape[1], shape[2], shape[3]].map(|d| d as i64);
                Some(if let Copied::Stacked(v) = x { g.reshape(*v, &wide) } else { x.value() })
            })
            .collect();
        return Copied::Maps(g.place_node(node, &values)[0]);
    }
    let values: Vec<_> = inputs.iter().map(|x| Some(x.apart(g, copies))).collect();
    let apart = g.place_node(node, &values)[0];
    Copied::Maps(joined(g, apart))
}
