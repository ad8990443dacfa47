//! Operators that pick elements by their place: the gradient is added up at those places.

use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;
use crate::graph::shape::broadcast::axis;
use crate::graph::tensor::Tensor;

/// Zeros of this shape, with `updates` added at `places` along `axis`.
pub fn scatter(g: &mut Builder, shape: &[i64], places: Value, updates: Value, axis: i64) -> Value {
    let zeros = zeros(g, shape);
    let attributes = [("axis", Attribute::Int(axis)), ("reduction", Attribute::Text("add".into()))];
    g.node("ScatterElements", &[zeros, places, updates], &attributes)
}

/// Made at run time: as a constant they would be stored in the file.
fn zeros(g: &mut Builder, shape: &[i64]) -> Value {
    let zero = g.scalar(0.0);
    g.expand(zero, &shape.iter().map(|d| *d as usize).collect::<Vec<_>>())
}

pub fn gather(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (shape, places) = (g.shape(s.x()), s.node.input(1));
    let axis = axis(s.node.view().int("axis", 0), shape.len()).unwrap_or(0);
    let count: usize = g.shape(places).iter().product();
    let product = |dims: &[usize]| dims.iter().product::<usize>() as i64;
    let (outer, length, inner) = (product(&shape[..axis]), shape[axis] as i64, product(&shape[axis + 1..]));
    let grad = g.reshape(s.grad, &[outer, count as i64, inner]);
    let one = g.constant_of(places).and_then(Tensor::to_ints).filter(|p| p.len() == 1).map(|p| p[0]);
    let whole = match one {
        Some(at) => {
            let at = if at < 0 { at + length } else { at };
            g.pad(grad, &[0, at, 0, 0, length - 1 - at, 0])
        }
        None => {
            let places = g.reshape(places, &[1, count as i64, 1]);
            let places = g.expand(places, &[outer as usize, count, inner as usize]);
            scatter(g, &[outer, length, inner], places, grad, 1)
        }
    };
    let back: Vec<i64> = shape.iter().map(|d| *d as i64).collect();
    vec![Some(g.reshape(whole, &back))]
}

pub fn gather_elements(g: &mut Builder, s: &BackwardNode) -> Grads {
    let shape: Vec<i64> = g.shape(s.x()).iter().map(|d| *d as i64).collect();
    vec![Some(scatter(g, &shape, s.node.input(1), s.grad, s.node.view().int("axis", 0)))]
}

/// The largest, or smallest: each gets its gradient back at the place that it came from.
pub fn top(g: &mut Builder, s: &BackwardNode) -> Grads {
    let shape: Vec<i64> = g.shape(s.x()).iter().map(|d| *d as i64).collect();
    let attributes: Vec<_> = s.node.attributes.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    let places = g.place("TopK", &s.node.inputs, &attributes, 2)[1];
    vec![Some(scatter(g, &shape, places, s.grad, s.node.view().int("axis", -1)))]
}

/// Without batch dimensions: that is what exporters write. Places become numbers of rows: `ScatterND` adds in several
/// threads at once, and loses some of what is added at one place (ONNX Runtime 1.32, on the processor).
pub fn gather_nd(g: &mut Builder, s: &BackwardNode) -> Grads {
    if s.node.view().int("batch_dims", 0) != 0 {
        return s.without(g, "batch_dims");
    }
    let (shape, places) = (g.shape(s.x()), s.node.input(1));
    let (outer, depth) = match g.shape(places).split_last() {
        Some((depth, outer)) => (outer.iter().product::<usize>(), *depth),
        None => return s.without(g, "places of rank 0"),
    };
    let int = |dims: &[usize]| dims.iter().product::<usize>() as i64;
    let (rows, inner) = (int(&shape[..depth]), int(&shape[depth..]));
    let dims = g.ints(&shape[..depth].iter().map(|d| *d as i64).collect::<Vec<_>>());
    let steps = g.ints(&(1..=depth).map(|d| int(&shape[d..depth])).collect::<Vec<_>>());
    // The remainder of a negative place is the place counted from the end.
    let places = g.node("Mod", &[places, dims], &[]);
    let parts = g.mul(places, steps);
    let row = g.reduce_sum(parts, &[-1], false);
    let row = g.reshape(row, &[1, outer as i64, 1]);
    let row = g.expand(row, &[1, outer, inner as usize]);
    let grad = g.reshape(s.grad, &[1, outer as i64, inner]);
    let whole = scatter(g, &[1, rows, inner], row, grad, 1);
    vec![Some(g.reshape(whole, &shape.iter().map(|d| *d as i64).collect::<Vec<_>>()))]
}

/// What was written gets the gradient at its place; what was written over gets none.
fn written(g: &mut Builder, s: &BackwardNode, gather: &str, attributes: &[(&str, Attribute)]) -> Grads {
    let (places, updates) = (s.node.input(1), s.node.input(2));
    let how = s.node.view().text("reduction").unwrap_or("none").to_owned();
    let dx = match how.as_str() {
        "none" => s.when(0, || {
            let shape: Vec<i64> = g.shape(updates).iter().map(|d| *d as i64).collect();
            let zeros = zeros(g, &shape);
            g.node(&s.node.op, &[s.grad, places, zeros], attributes)
        }),
        "add" => s.when(0, || s.grad),
        _ => return s.without(g, &format!("reduction {how}")),
    };
    vec![dx, None, s.when(2, || g.node(gather, &[s.grad, places], attributes))]
}

pub fn scatter_elements(g: &mut Builder, s: &BackwardNode) -> Grads {
    written(g, s, "GatherElements", &[("axis", Attribute::Int(s.node.view().int("axis", 0)))])
}

pub fn scatter_nd(g: &mut Builder, s: &BackwardNode) -> Grads {
    written(g, s, "GatherND", &[])
}
