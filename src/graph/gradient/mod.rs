//! Reverse-mode differentiation: walks the nodes from the result back to the weights, and lets each operator's rule
//! say how the gradient passes through it.
//!
//! To add an operator: write its rule in the file of its family and add a line to [`rule`]; if it is new, add its
//! shape to `shape.rs`.

mod activation;
mod convolution;
mod elementwise;
mod layout;
mod matrix;
mod reduction;

use super::builder::{Builder, Placed, Value};
use super::{Attribute, DType, GraphError, Tensor};
use std::collections::{HashMap, HashSet};

/// How the gradient passes through one operator: from the gradient of its first output to those of its inputs, in
/// their order; `None` for an input that needs none.
type Rule = fn(&mut Builder, &Step) -> Vec<Option<Value>>;

/// A node on the way back.
struct Step<'a> {
    node: &'a Placed,
    /// Gradient of the result with respect to the node's output; has its shape.
    grad: Value,
    /// Whether the gradient of each input is wanted.
    wants: Vec<bool>,
}

impl Step<'_> {
    /// `Some(gradient)` if input `index` wants it.
    fn when(&self, index: usize, gradient: impl FnOnce() -> Value) -> Option<Value> {
        self.wants.get(index).copied().unwrap_or(false).then(gradient)
    }

    fn x(&self) -> Value {
        self.node.input(0)
    }

    fn y(&self) -> Value {
        self.node.outputs[0]
    }
}

/// The table of rules.
fn rule(op: &str) -> Option<Rule> {
    Some(match op {
        "Add" => elementwise::add,
        "Sub" => elementwise::sub,
        "Mul" => elementwise::mul,
        "Div" => elementwise::div,
        "Pow" => elementwise::pow,
        "Min" | "Max" => elementwise::min_max,
        "Neg" => elementwise::neg,
        "Abs" => elementwise::abs,
        "Sqrt" => elementwise::sqrt,
        "Exp" => elementwise::exp,
        "Log" => elementwise::log,
        "Where" => elementwise::select,
        "Relu" => activation::relu,
        "LeakyRelu" => activation::leaky_relu,
        "Clip" => activation::clip,
        "Sigmoid" => activation::sigmoid,
        "Tanh" => activation::tanh,
        "Softplus" => activation::softplus,
        "Softmax" => activation::softmax,
        "LogSoftmax" => activation::log_softmax,
        "MatMul" => matrix::matmul,
        "ReduceSum" => reduction::sum,
        "ReduceMean" => reduction::mean,
        "GlobalAveragePool" => reduction::global_average,
        "Reshape" | "Squeeze" | "Unsqueeze" => layout::reshape,
        "Transpose" => layout::transpose,
        "Concat" => layout::concat,
        "Slice" => layout::slice,
        "Pad" => layout::pad,
        "Expand" => layout::expand,
        "Identity" => layout::identity,
        "Conv" => convolution::conv,
        _ => return None,
    })
}

/// Whether the operator has a gradient rule.
pub fn has_gradient(op: &str) -> bool {
    rule(op).is_some()
}

/// Adds to the graph the gradient of the scalar `result` with respect to each of `weights` (in their order, with their
/// shapes). A weight that does not influence the result gets zeros.
///
/// Errors: an operator without a rule between a weight and the result.
pub fn differentiate(g: &mut Builder, result: Value, weights: &[Value]) -> Result<Vec<Value>, GraphError> {
    let depends = reached_from(g, weights);
    let mut grads: HashMap<Value, Value> = HashMap::new();
    let shape = g.shape(result);
    let seed = g.constant(Tensor::full(shape, 1.0));
    grads.insert(result, seed);
    for index in (0..g.nodes.len()).rev() {
        let node = g.nodes[index].clone();
        let Some(&grad) = node.outputs.first().and_then(|o| grads.get(o)) else { continue };
        let wants: Vec<bool> = node.inputs.iter().map(|i| i.is_some_and(|v| depends.contains(&v))).collect();
        if !wants.contains(&true) {
            continue;
        }
        let rule =
            rule(&node.op).ok_or_else(|| GraphError::NoGradient { op: node.op.clone(), node: node.name.clone() })?;
        let inputs = node.inputs.clone();
        let parts = rule(g, &Step { node: &node, grad, wants });
        for (input, part) in inputs.into_iter().zip(parts) {
            if let (Some(input), Some(part)) = (input, part) {
                let total = match grads.get(&input) {
                    Some(&sum) => g.add(sum, part),
                    None => part,
                };
                grads.insert(input, total);
            }
        }
    }
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

/// Every value that changes when one of `weights` does.
fn reached_from(g: &Builder, weights: &[Value]) -> HashSet<Value> {
    let mut reached: HashSet<Value> = weights.iter().copied().collect();
    for node in &g.nodes {
        if node.inputs.iter().flatten().any(|i| reached.contains(i)) {
            reached.extend(node.outputs.iter().filter(|o| g.dtype(**o) == DType::F32));
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
    let lead = from.len() - shape.len();
    let axes: Vec<i64> =
        (0..from.len()).filter(|d| *d < lead || (shape[d - lead] == 1 && from[*d] != 1)).map(|d| d as i64).collect();
    let summed = if axes.is_empty() { grad } else { g.reduce_sum(grad, &axes, true) };
    g.reshape(summed, &shape.iter().map(|d| *d as i64).collect::<Vec<_>>())
}

/// 1 where the comparison `op` holds, else 0, as floats. To multiply by it takes a tenth of the time of a `Where`.
fn mask(g: &mut Builder, op: &str, a: Value, b: Value) -> Value {
    let holds = g.node(op, &[a, b], &[]);
    g.node("Cast", &[holds], &[("to", Attribute::Int(DType::F32 as i64))])
}
