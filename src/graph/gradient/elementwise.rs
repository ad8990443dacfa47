//! Arithmetic, element by element, with broadcasting.

use super::broadcast::{mask, reduce_to};
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};
use crate::graph::tensor::DType;

/// Gradients of a two-input operator: `a` and `b` give them in the shape of the output.
fn both(
    g: &mut Builder,
    s: &BackwardNode,
    a: impl FnOnce(&mut Builder) -> Value,
    b: impl FnOnce(&mut Builder) -> Value,
) -> Grads {
    let part = |g: &mut Builder, index: usize, make: Box<dyn FnOnce(&mut Builder) -> Value + '_>| {
        s.when(index, || {
            let grad = make(g);
            reduce_to_input(g, s, index, grad)
        })
    };
    let first = part(g, 0, Box::new(a));
    let second = part(g, 1, Box::new(b));
    vec![first, second]
}

pub fn add(g: &mut Builder, s: &BackwardNode) -> Grads {
    both(g, s, |_| s.grad, |_| s.grad)
}

pub fn sub(g: &mut Builder, s: &BackwardNode) -> Grads {
    both(g, s, |_| s.grad, |g| g.neg(s.grad))
}

pub fn mul(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (a, b) = (s.node.input(0), s.node.input(1));
    both(g, s, |g| g.mul(s.grad, b), |g| g.mul(s.grad, a))
}

/// d(a/b) = da/b − (a/b)·db/b
pub fn div(g: &mut Builder, s: &BackwardNode) -> Grads {
    let b = s.node.input(1);
    both(
        g,
        s,
        |g| g.div(s.grad, b),
        |g| {
            let scaled = g.mul(s.grad, s.y());
            let ratio = g.div(scaled, b);
            g.neg(ratio)
        },
    )
}

/// a mod b = a − ⌊a/b⌋·b, rounded towards zero for `fmod`, which floats are: away from the steps d = da − trunc(a/b)·db
pub fn modulo(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (a, b) = (s.node.input(0), s.node.input(1));
    both(
        g,
        s,
        |_| s.grad,
        |g| {
            let rest = g.sub(s.y(), a);
            let count = g.div(rest, b);
            g.mul(s.grad, count)
        },
    )
}

/// d(aᵇ) = b·aᵇ⁻¹·da + aᵇ·ln(a)·db. The exponent may be of another type.
pub fn pow(g: &mut Builder, s: &BackwardNode) -> Grads {
    let (a, b) = (s.node.input(0), s.node.input(1));
    both(
        g,
        s,
        |g| {
            let b = g.cast(b, DType::F32);
            let less = g.plus(b, -1.0);
            let power = g.pow(a, less);
            let slope = g.mul(b, power);
            g.mul(s.grad, slope)
        },
        |g| {
            let log = g.log(a);
            let slope = g.mul(s.y(), log);
            g.mul(s.grad, slope)
        },
    )
}

/// Every input of a sum gets the gradient of the output.
pub fn sum(g: &mut Builder, s: &BackwardNode) -> Grads {
    (0..s.node.inputs.len()).map(|i| s.when(i, || reduce_to_input(g, s, i, s.grad))).collect()
}

/// Every input of a mean gets its part.
pub fn mean(g: &mut Builder, s: &BackwardNode) -> Grads {
    let count = s.node.inputs.len();
    let share = g.scale(s.grad, 1.0 / count as f32);
    (0..count).map(|i| s.when(i, || reduce_to_input(g, s, i, share))).collect()
}

fn reduce_to_input(g: &mut Builder, s: &BackwardNode, index: usize, grad: Value) -> Value {
    let shape = g.shape(s.node.input(index));
    reduce_to(g, grad, &shape)
}

/// The gradient goes to the input that was taken; where several are equal, each of them gets it in part.
pub fn min_max(g: &mut Builder, s: &BackwardNode) -> Grads {
    let inputs: Vec<Value> = s.node.inputs.iter().flatten().copied().collect();
    let taken: Vec<Value> = inputs.iter().map(|x| mask(g, "Equal", *x, s.y())).collect();
    let mut count = taken[0];
    for t in &taken[1..] {
        count = g.add(count, *t);
    }
    let share = g.div(s.grad, count);
    taken
        .iter()
        .enumerate()
        .map(|(i, mask)| {
            s.when(i, || {
                let grad = g.mul(share, *mask);
                reduce_to_input(g, s, i, grad)
            })
        })
        .collect()
}

pub fn neg(g: &mut Builder, s: &BackwardNode) -> Grads {
    vec![Some(g.neg(s.grad))]
}

pub fn abs(g: &mut Builder, s: &BackwardNode) -> Grads {
    let sign = g.node("Sign", &[s.x()], &[]);
    s.times(g, sign)
}

/// d√x = dx / (2√x)
pub fn sqrt(g: &mut Builder, s: &BackwardNode) -> Grads {
    let twice = g.scale(s.y(), 2.0);
    vec![Some(g.div(s.grad, twice))]
}

pub fn exp(g: &mut Builder, s: &BackwardNode) -> Grads {
    s.times(g, s.y())
}

pub fn log(g: &mut Builder, s: &BackwardNode) -> Grads {
    vec![Some(g.div(s.grad, s.x()))]
}

/// d(1/x) = −dx/x²
pub fn reciprocal(g: &mut Builder, s: &BackwardNode) -> Grads {
    let square = g.square(s.y());
    let slope = g.neg(square);
    s.times(g, slope)
}

/// `Where(condition, a, b)`
pub fn select(g: &mut Builder, s: &BackwardNode) -> Grads {
    let condition = s.node.input(0);
    let zero = g.scalar(0.0);
    let mut part = |index: usize, order: [Value; 2]| {
        s.when(index, || {
            let grad = g.select(condition, order[0], order[1]);
            reduce_to_input(g, s, index, grad)
        })
    };
    vec![None, part(1, [s.grad, zero]), part(2, [zero, s.grad])]
}
