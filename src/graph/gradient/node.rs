//! A node on the way back, as a gradient rule sees it.

use crate::graph::builder::{Builder, Placed, Value};
use crate::graph::error::GraphError;
use crate::graph::tensor::Tensor;

/// The gradients of a node's inputs, in their order; `None`, or nothing at the end, for an input that needs none.
pub type Grads = Vec<Option<Value>>;

/// How the gradient passes through one operator.
pub type GradientRule = fn(&mut Builder, &BackwardNode) -> Grads;

/// A node on the way back.
pub struct BackwardNode<'a> {
    pub node: &'a Placed,
    /// Gradient of the result with respect to the node's first output; has its shape.
    pub grad: Value,
    /// The same for every output; `None` where the result does not depend on it.
    pub grads: Vec<Option<Value>>,
    /// Whether the gradient of each input is wanted.
    pub wants: Vec<bool>,
}

impl BackwardNode<'_> {
    /// `Some(gradient)` if input `index` wants it.
    pub fn when(&self, index: usize, gradient: impl FnOnce() -> Value) -> Option<Value> {
        self.wants.get(index).copied().unwrap_or(false).then(gradient)
    }

    /// The first input.
    pub fn x(&self) -> Value {
        self.node.input(0)
    }

    /// The first output.
    pub fn y(&self) -> Value {
        self.node.outputs[0]
    }

    /// The gradient of the first input by the chain rule: dy · slope.
    pub fn times(&self, g: &mut Builder, slope: Value) -> Grads {
        vec![Some(g.mul(self.grad, slope))]
    }

    /// An input that may have been left out.
    pub fn optional(&self, index: usize) -> Option<Value> {
        self.node.inputs.get(index).copied().flatten()
    }

    /// The integers of a constant input (axes, pads, …).
    pub fn ints(&self, g: &Builder, index: usize) -> Option<Vec<i64>> {
        self.optional(index).and_then(|v| g.constant_of(v)).and_then(Tensor::to_ints)
    }

    /// A number among the attributes.
    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.node.view().float(name, default)
    }

    /// The shape of a required input, as `Reshape` takes it.
    pub fn shape_of(&self, g: &Builder, index: usize) -> Vec<i64> {
        g.shape(self.node.input(index)).iter().map(|d| *d as i64).collect()
    }

    /// For a form of the operator that the rule does not cover: remembers the mistake.
    pub fn without(&self, g: &mut Builder, form: &str) -> Grads {
        let op = format!("{} ({form})", self.node.op);
        g.refuse(GraphError::NoGradient { op, node: self.node.name.clone() });
        vec![]
    }
}
