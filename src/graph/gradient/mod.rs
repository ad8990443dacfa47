//! Reverse-mode differentiation: walks the nodes from the result back to the weights, and lets each operator's rule
//! say how the gradient passes through it.
//!
//! # Adding an operator
//!
//! A rule is a function that gets a [`Step`]: the node, and the gradient dy of the result with respect to the node's
//! output, which has the output's shape. It adds nodes to the graph that compute the gradients of the node's inputs,
//! each of its input's shape, and returns them in the inputs' order. For y = sin x, dx = dy · cos x:
//!
//! ```ignore
//! pub fn sin(g: &mut Builder, s: &Step) -> Grads {
//!     let slope = g.node("Cos", &[s.x()], &[]);
//!     s.times(g, slope)
//! }
//! ```
//!
//! 1. Write the function in the file of its family. `s.x()` and `s.y()` are the first input and output, `s.grad` is
//!    dy, `s.times(g, slope)` gives the finished list with dy · slope in it. With several inputs, `s.when(i, …)` builds
//!    the gradient of input i only if somebody wants it, and [`reduce_to`] sums it down to the input's shape if that was
//!    broadcast (`elementwise.rs` has examples). `s.float("name", default)` and `s.node.view()` read attributes,
//!    `s.optional(i)` an input that may be left out; `s.without(g, "form")` says that a form is not covered. What
//!    formulas use is in `graph/ops.rs`; any other operator is `g.node("Name", &[inputs], &[("attribute", value)])`.
//! 2. Add a line to [`RULES`].
//! 3. If `graph/shape/` does not know the operator, add a line to its table (most are `same`: shaped like the input).
//! 4. If it is older than operator set 18, add it to the list in `graph/upgrade.rs`, or what brings old forms of it to
//!    ours; if it is newer, add a line to `since` in `graph/builder.rs`.
//! 5. Add a case to `tests/gradient_rules/cases.rs`; the tests beside it compare the rule with finite differences, and
//!    fail for every operator in the table without a case: `cargo test --test gradient_rules`.
//! 6. If it has weights of its own, name their inputs in `weight_inputs` of `train/base/trainable.rs`.
//! 7. If many experiments should train it in one node, see `graph/replicate/`; without, each has its own.

mod activation;
mod attention;
mod convolution;
mod elementwise;
mod indexing;
mod layout;
mod linear;
mod matrix;
mod normalization;
mod pooling;
mod reach;
mod reduction;
mod resize;
mod smooth;
mod trigonometry;

pub use reach::{Reach, reach};

use super::builder::{Builder, Placed, Value};
use super::{DType, GraphError, Tensor};
use std::collections::{HashMap, HashSet};

/// The gradients of a node's inputs, in their order; `None`, or nothing at the end, for an input that needs none.
type Grads = Vec<Option<Value>>;

/// How the gradient passes through one operator.
type Rule = fn(&mut Builder, &Step) -> Grads;

/// A node on the way back.
struct Step<'a> {
    node: &'a Placed,
    /// Gradient of the result with respect to the node's first output; has its shape.
    grad: Value,
    /// The same for every output; `None` where the result does not depend on it.
    grads: Vec<Option<Value>>,
    /// Whether the gradient of each input is wanted.
    wants: Vec<bool>,
}

impl Step<'_> {
    /// `Some(gradient)` if input `index` wants it.
    fn when(&self, index: usize, gradient: impl FnOnce() -> Value) -> Option<Value> {
        self.wants.get(index).copied().unwrap_or(false).then(gradient)
    }

    /// The first input.
    fn x(&self) -> Value {
        self.node.input(0)
    }

    /// The first output.
    fn y(&self) -> Value {
        self.node.outputs[0]
    }

    /// The gradient of the first input by the chain rule: dy · slope.
    fn times(&self, g: &mut Builder, slope: Value) -> Grads {
        vec![Some(g.mul(self.grad, slope))]
    }

    /// An input that may have been left out.
    fn optional(&self, index: usize) -> Option<Value> {
        self.node.inputs.get(index).copied().flatten()
    }

    /// The integers of a constant input (axes, pads, …).
    fn ints(&self, g: &Builder, index: usize) -> Option<Vec<i64>> {
        self.optional(index).and_then(|v| g.constant_of(v)).and_then(Tensor::to_ints)
    }

    /// A number among the attributes.
    fn float(&self, name: &str, default: f32) -> f32 {
        self.node.view().float(name, default)
    }

    /// The shape of a required input, as `Reshape` takes it.
    fn shape_of(&self, g: &Builder, index: usize) -> Vec<i64> {
        g.shape(self.node.input(index)).iter().map(|d| *d as i64).collect()
    }

    /// For a form of the operator that the rule does not cover: remembers the mistake.
    fn without(&self, g: &mut Builder, form: &str) -> Grads {
        let op = format!("{} ({form})", self.node.op);
        g.refuse(GraphError::NoGradient { op, node: self.node.name.clone() });
        vec![]
    }
}

/// The table of rules.
const RULES: &[(&str, Rule)] = &[
    ("Abs", elementwise::abs),
    ("Acos", trigonometry::acos),
    ("Acosh", trigonometry::acosh),
    ("Add", elementwise::add),
    ("Asin", trigonometry::asin),
    ("Asinh", trigonometry::asinh),
    ("Atan", trigonometry::atan),
    ("Atanh", trigonometry::atanh),
    ("Attention", attention::attention),
    ("AveragePool", pooling::average),
    ("BatchNormalization", normalization::batch),
    ("Cast", layout::cast),
    ("Ceil", activation::flat),
    ("Celu", activation::celu),
    ("Clip", activation::clip),
    ("Concat", layout::concat),
    ("Conv", convolution::conv),
    ("ConvTranspose", convolution::conv_transpose),
    ("Cos", trigonometry::cos),
    ("Cosh", trigonometry::cosh),
    ("CumSum", reduction::cumulated),
    ("DepthToSpace", layout::depth_to_space),
    ("Div", elementwise::div),
    ("Dropout", layout::dropout),
    ("Einsum", matrix::einsum),
    ("Elu", activation::elu),
    ("Erf", smooth::erf),
    ("Exp", elementwise::exp),
    ("Expand", layout::expand),
    ("Flatten", layout::reshape),
    ("Floor", activation::flat),
    ("Gather", indexing::gather),
    ("GatherElements", indexing::gather_elements),
    ("GatherND", indexing::gather_nd),
    ("Gelu", smooth::gelu),
    ("Gemm", matrix::gemm),
    ("GlobalAveragePool", pooling::global_average),
    ("GlobalMaxPool", pooling::global_max),
    ("GroupNormalization", normalization::group),
    ("HardSigmoid", activation::hard_sigmoid),
    ("HardSwish", activation::hard_swish),
    ("Identity", layout::identity),
    ("InstanceNormalization", normalization::instance),
    ("LayerNormalization", normalization::layer),
    ("LeakyRelu", activation::leaky_relu),
    ("Log", elementwise::log),
    ("LogSoftmax", smooth::log_softmax),
    ("MatMul", matrix::matmul),
    ("Max", elementwise::min_max),
    ("MaxPool", pooling::max),
    ("Mean", elementwise::mean),
    ("Min", elementwise::min_max),
    ("Mish", smooth::mish),
    ("Mod", elementwise::modulo),
    ("Mul", elementwise::mul),
    ("Neg", elementwise::neg),
    ("PRelu", activation::prelu),
    ("Pad", layout::pad),
    ("Pow", elementwise::pow),
    ("RMSNormalization", normalization::rms),
    ("Reciprocal", elementwise::reciprocal),
    ("ReduceL1", reduction::l1),
    ("ReduceL2", reduction::l2),
    ("ReduceLogSum", reduction::log_sum),
    ("ReduceLogSumExp", reduction::log_sum_exp),
    ("ReduceMax", reduction::extreme),
    ("ReduceMean", reduction::mean),
    ("ReduceMin", reduction::extreme),
    ("ReduceProd", reduction::product),
    ("ReduceSum", reduction::sum),
    ("ReduceSumSquare", reduction::sum_square),
    ("Relu", activation::relu),
    ("Reshape", layout::reshape),
    ("Resize", resize::resize),
    ("Round", activation::flat),
    ("ScatterElements", indexing::scatter_elements),
    ("ScatterND", indexing::scatter_nd),
    ("Selu", activation::selu),
    ("Sigmoid", smooth::sigmoid),
    ("Sign", activation::flat),
    ("Sin", trigonometry::sin),
    ("Sinh", trigonometry::sinh),
    ("Slice", layout::slice),
    ("Softmax", smooth::softmax),
    ("Softplus", smooth::softplus),
    ("Softsign", smooth::softsign),
    ("SpaceToDepth", layout::space_to_depth),
    ("Split", layout::split),
    ("Sqrt", elementwise::sqrt),
    ("Squeeze", layout::reshape),
    ("Sub", elementwise::sub),
    ("Sum", elementwise::sum),
    ("Swish", smooth::swish),
    ("Tan", trigonometry::tan),
    ("Tanh", trigonometry::tanh),
    ("ThresholdedRelu", activation::thresholded_relu),
    ("Tile", layout::tile),
    ("TopK", indexing::top),
    ("Transpose", layout::transpose),
    ("Trilu", layout::trilu),
    ("Unsqueeze", layout::reshape),
    ("Where", elementwise::select),
];

/// The operators that have a gradient rule.
pub fn differentiable() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(op, _)| *op)
}

fn rule(op: &str) -> Option<Rule> {
    RULES.iter().find(|(name, _)| *name == op).map(|(_, rule)| *rule)
}

/// Adds to the graph the gradient of the scalar `result` with respect to each of `weights` (in their order, with their
/// shapes). A weight that does not influence the result gets zeros.
///
/// Errors: between a weight and the result an operator without a rule, a shape known only at run time, or numbers
/// that are not 32-bit floats; a mistake made while building.
pub fn differentiate(g: &mut Builder, result: Value, weights: &[Value]) -> Result<Vec<Value>, GraphError> {
    let depends = reached_from(g, weights);
    let mut grads: HashMap<Value, Value> = HashMap::new();
    let shape = g.shape(result);
    let seed = g.constant(Tensor::full(shape, 1.0));
    grads.insert(result, seed);
    for index in (0..g.nodes.len()).rev() {
        g.check()?;
        let node = g.nodes[index].clone();
        let outputs: Vec<Option<Value>> = node.outputs.iter().map(|o| grads.get(o).copied()).collect();
        let wants: Vec<bool> = node.inputs.iter().map(|i| i.is_some_and(|v| depends.contains(&v))).collect();
        if outputs.iter().all(Option::is_none) || !wants.contains(&true) {
            continue;
        }
        let rule =
            rule(&node.op).ok_or_else(|| GraphError::NoGradient { op: node.op.clone(), node: node.name.clone() })?;
        fits(g, &node)?;
        let grad = outputs[0].unwrap_or_else(|| {
            let (zero, shape) = (g.scalar(0.0), g.shape(node.outputs[0]));
            g.expand(zero, &shape)
        });
        let parts = rule(g, &Step { node: &node, grad, grads: outputs, wants: wants.clone() });
        g.check()?;
        for (index, input) in node.inputs.iter().enumerate() {
            let (Some(input), true) = (input, wants[index]) else { continue };
            // Nothing given would mean no influence.
            let part = parts.get(index).copied().flatten().ok_or_else(|| GraphError::NoGradient {
                op: format!("{} (its input {index})", node.op),
                node: node.name.clone(),
            })?;
            let total = match grads.get(input) {
                Some(&sum) => g.add(sum, part),
                None => part,
            };
            grads.insert(*input, total);
        }
    }
    g.check()?;
    Ok(weights
        .iter()
        .map(|w| match grads.get(w) {
            Some(&grad) => grad,
            None => {
                let shape = g.shape(*w);
                g.constant(Tensor::full(shape, 0.0))
            }
        })
        .collect())
}

/// Rules count on shapes that are known and on 32-bit floats.
fn fits(g: &Builder, node: &Placed) -> Result<(), GraphError> {
    let refuse = |why: &str| {
        Err(GraphError::Invalid(format!("{} (node `{}`) can't be differentiated: {why}", node.op, node.name)))
    };
    if !node.inputs.iter().flatten().chain(&node.outputs).all(|v| g.has_shape(*v)) {
        let first = g.nodes.iter().find(|n| n.outputs.iter().any(|o| !g.has_shape(*o)));
        let from = first.map_or(String::new(), |n| format!(", from {} (node `{}`) on", n.op, n.name));
        return refuse(&format!("a shape is known only at run time{from}"));
    }
    if node.op != "Cast" && g.dtype(node.outputs[0]) != DType::F32 {
        return refuse("it does not compute with 32-bit floats");
    }
    Ok(())
}

/// Every value that changes when one of `weights` does.
fn reached_from(g: &Builder, weights: &[Value]) -> HashSet<Value> {
    let mut reached: HashSet<Value> = weights.iter().copied().collect();
    for node in &g.nodes {
        if node.inputs.iter().flatten().any(|i| reached.contains(i)) {
            reached.extend(node.outputs.iter().filter(|o| g.dtype(**o).is_float()));
        }
    }
    reached
}

/// Sums the gradient of a broadcast result down to the shape of the input that was broadcast.
fn reduce_to(g: &mut Builder, grad: Value, shape: &[usize]) -> Value {
    let from = g.shape(grad);
    if from == shape {
        return grad;
    }
    let lead = from.len().saturating_sub(shape.len());
    let axes: Vec<i64> =
        (0..from.len()).filter(|d| *d < lead || (shape[d - lead] == 1 && from[*d] != 1)).map(|d| d as i64).collect();
    let summed = if axes.is_empty() { grad } else { g.reduce_sum(grad, &axes, true) };
    g.reshape(summed, &shape.iter().map(|d| *d as i64).collect::<Vec<_>>())
}

/// 1 where the comparison `op` holds, else 0, as floats. To multiply by it takes a tenth of the time of a `Where`.
fn mask(g: &mut Builder, op: &str, a: Value, b: Value) -> Value {
    let holds = g.node(op, &[a, b], &[]);
    g.cast(holds, DType::F32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shape;

    #[test]
    fn every_operator_with_a_rule_has_a_shape() {
        for op in differentiable() {
            assert!(shape::rule(op).is_some(), "{op}");
        }
    }
}
