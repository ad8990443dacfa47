//! Sines, their inverses, and their hyperbolic kin.

use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Value};

pub fn sin(g: &mut Builder, s: &BackwardNode) -> Grads {
    let slope = g.node("Cos", &[s.x()], &[]);
    s.times(g, slope)
}

pub fn cos(g: &mut Builder, s: &BackwardNode) -> Grads {
    let sine = g.node("Sin", &[s.x()], &[]);
    let slope = g.neg(sine);
    s.times(g, slope)
}

/// tan′ = 1 + tan²
pub fn tan(g: &mut Builder, s: &BackwardNode) -> Grads {
    let square = g.square(s.y());
    let slope = g.plus(square, 1.0);
    s.times(g, slope)
}

pub fn sinh(g: &mut Builder, s: &BackwardNode) -> Grads {
    let slope = g.node("Cosh", &[s.x()], &[]);
    s.times(g, slope)
}

pub fn cosh(g: &mut Builder, s: &BackwardNode) -> Grads {
    let slope = g.node("Sinh", &[s.x()], &[]);
    s.times(g, slope)
}

/// tanh′ = 1 − tanh²
pub fn tanh(g: &mut Builder, s: &BackwardNode) -> Grads {
    let square = g.square(s.y());
    let slope = g.one_minus(square);
    s.times(g, slope)
}

/// arcsin′ = 1/√(1 − x²)
pub fn asin(g: &mut Builder, s: &BackwardNode) -> Grads {
    let root = root(g, s.x(), -1.0, 1.0);
    vec![Some(g.div(s.grad, root))]
}

/// arccos′ = −1/√(1 − x²)
pub fn acos(g: &mut Builder, s: &BackwardNode) -> Grads {
    let root = root(g, s.x(), -1.0, 1.0);
    let ratio = g.div(s.grad, root);
    vec![Some(g.neg(ratio))]
}

/// arctan′ = 1/(1 + x²)
pub fn atan(g: &mut Builder, s: &BackwardNode) -> Grads {
    let square = g.square(s.x());
    let below = g.plus(square, 1.0);
    vec![Some(g.div(s.grad, below))]
}

/// arsinh′ = 1/√(x² + 1)
pub fn asinh(g: &mut Builder, s: &BackwardNode) -> Grads {
    let root = root(g, s.x(), 1.0, 1.0);
    vec![Some(g.div(s.grad, root))]
}

/// arcosh′ = 1/√(x² − 1)
pub fn acosh(g: &mut Builder, s: &BackwardNode) -> Grads {
    let root = root(g, s.x(), 1.0, -1.0);
    vec![Some(g.div(s.grad, root))]
}

/// artanh′ = 1/(1 − x²)
pub fn atanh(g: &mut Builder, s: &BackwardNode) -> Grads {
    let square = g.square(s.x());
    let below = g.one_minus(square);
    vec![Some(g.div(s.grad, below))]
}

/// √(k·x² + c)
fn root(g: &mut Builder, x: Value, k: f32, c: f32) -> Value {
    let square = g.square(x);
    let scaled = g.scale(square, k);
    let sum = g.plus(scaled, c);
    g.sqrt(sum)
}
