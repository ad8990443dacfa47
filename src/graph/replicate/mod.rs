//! Several copies of a model in one graph, each with weights of its own: grouped convolutions and batched products in
//! place of many small ones.
//!
//! # Adding an operator
//!
//! A rule gets a [`Step`]: the node, and what the copies have of each input. It places nodes that compute the outputs
//! of all copies and says how they lie ([`Copied`]); or it gives `None` for a form that it does not cover: then, as for
//! an operator without a rule, the node is placed once for each copy. What it places must have gradient rules. Write
//! the function in the file of its family, add a line to [`rule`], and a case to `tests/replicate/cases.rs`.

mod channels;
mod copied;
mod elementwise;
mod layout;
mod matrix;

pub use copied::Copied;

use super::model::{Model, Node};
use super::replay::walk;
use super::{Builder, GraphError, Value};
use std::collections::{BTreeMap, HashMap};

/// What a rule gives: the node's outputs in all copies, or `None` where it does not apply.
type Outputs = Option<Vec<Copied>>;

type Rule = fn(&mut Builder, &Step) -> Outputs;

/// A node that is to be placed for all copies; at least one input differs between them.
struct Step<'a> {
    node: &'a Node,
    copies: usize,
    inputs: &'a [Option<Copied>],
}

impl Step<'_> {
    /// An input, if it was not left out.
    fn input(&self, index: usize) -> Option<Copied> {
        self.inputs.get(index).copied().flatten()
    }

    /// All inputs; `None` if one is left out.
    fn all(&self) -> Option<Vec<Copied>> {
        self.inputs.iter().copied().collect()
    }

    /// Whether all inputs from this one on are the same for all copies.
    fn shared_from(&self, index: usize) -> bool {
        self.inputs.iter().skip(index).flatten().all(|x| matches!(x, Copied::Shared(_)))
    }

    /// The integers of a constant input (axes, pads, …).
    fn ints(&self, g: &Builder, index: usize) -> Option<Vec<i64>> {
        Some(g.constant_of(self.input(index)?.value())?.as_i64()?.to_vec())
    }

    /// Places the node once, on these inputs.
    fn place(&self, g: &mut Builder, inputs: &[Option<Value>]) -> Vec<Value> {
        g.place_node(self.node, inputs)
    }

    /// The inputs as they lie, with `first` in place of the first.
    fn with_first(&self, first: Value) -> Vec<Option<Value>> {
        let rest = self.inputs.iter().skip(1).map(|x| x.map(Copied::value));
        std::iter::once(Some(first)).chain(rest).collect()
    }
}

/// The table of rules.
fn rule(op: &str) -> Option<Rule> {
    Some(match op {
        "Abs" | "Cast" | "Ceil" | "Celu" | "Clip" | "Cos" | "Elu" | "Erf" | "Exp" | "Floor" | "Gelu"
        | "HardSigmoid" | "HardSwish" | "Identity" | "LeakyRelu" | "Log" | "Mish" | "Neg" | "Not" | "Reciprocal"
        | "Relu" | "Round" | "Selu" | "Sigmoid" | "Sign" | "Sin" | "Softplus" | "Softsign" | "Sqrt" | "Swish"
        | "Tanh" | "ThresholdedRelu" => elementwise::same,
        "Dropout" => elementwise::dropout,
        "Add" | "And" | "Div" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Max" | "Min"
        | "Mul" | "Or" | "Pow" | "Sub" | "Sum" | "Where" => elementwise::broadcast,
        "PRelu" => elementwise::prelu,
        "BatchNormalization" => elementwise::batch_normalization,
        "Conv" | "ConvTranspose" => channels::convolution,
        "AveragePool" | "GlobalAveragePool" | "GlobalMaxPool" | "LpPool" | "MaxPool" => channels::pool,
        "Resize" => channels::resize,
        "InstanceNormalization" | "GroupNormalization" => channels::normalization,
        "DepthToSpace" | "SpaceToDepth" | "LRN" => channels::by_picture,
        "MatMul" => matrix::matmul,
        "Gemm" => matrix::gemm,
        "Reshape" => layout::reshape,
        "Flatten" => layout::flatten,
        "Squeeze" => layout::squeeze,
        "Unsqueeze" => layout::unsqueeze,
        "Shape" => layout::shape,
        "Transpose" => layout::transpose,
        "Concat" => layout::concat,
        "Slice" => layout::slice,
        "Split" => layout::split,
        "Pad" => layout::pad,
        "Expand" => layout::expand,
        "Softmax" | "LogSoftmax" => layout::along,
        "ReduceMax" | "ReduceMean" | "ReduceMin" | "ReduceSum" => layout::reduce,
        _ => return None,
    })
}

/// Adds the nodes that compute the model's outputs for each of `copies`, and returns every value by its name in the
/// model: as [`super::replay`] does, but for several copies that share some of what is known, and have their own of the
/// rest. What depends on shared values alone is computed once.
///
/// Errors: those of [`super::replay`]; an operator of which the shape of the output is not known.
pub fn replicate(
    g: &mut Builder,
    model: &Model,
    copies: usize,
    known: HashMap<String, Copied>,
) -> Result<HashMap<String, Copied>, GraphError> {
    walk(g, model, known, Copied::Shared, |g, node, inputs| {
        let step = Step { node, copies, inputs };
        if step.shared_from(0) {
            let values: Vec<_> = inputs.iter().map(|x| x.map(Copied::value)).collect();
            return Ok(g.place_or_fold(node, &values).into_iter().map(Copied::Shared).collect());
        }
        let placed = rule(&node.op).and_then(|rule| rule(g, &step)).unwrap_or_else(|| one_by_one(g, &step));
        g.check()?;
        if placed.iter().any(|x| g.shape(x.value()).is_empty() && !matches!(x, Copied::Shared(_))) {
            let text = format!("the shape of what node `{}` ({}) computes is not known", node.name, node.op);
            return Err(GraphError::Invalid(text));
        }
        Ok(placed)
    })
}

/// Any operator: a node for each copy, on its part of the inputs.
fn one_by_one(g: &mut Builder, s: &Step) -> Vec<Copied> {
    let parts: Vec<Vec<Value>> = (0..s.copies)
        .map(|i| {
            let inputs: Vec<_> = s.inputs.iter().map(|x| x.map(|x| x.one(g, s.copies, i))).collect();
            let name = if s.node.name.is_empty() { String::new() } else { format!("{}_{i}", s.node.name) };
            g.place_node(&Node { name, ..s.node.clone() }, &inputs)
        })
        .collect();
    (0..s.node.outputs.len())
        .map(|output| {
            let each: Vec<Value> = parts.iter().map(|p| p[output]).collect();
            let shape = g.shape(each[0]);
            if shape.len() == 4 {
                return Copied::Maps(g.concat(&each, 1));
            }
            let raised: Vec<i64> = std::iter::once(1).chain(shape.iter().map(|d| *d as i64)).collect();
            let each: Vec<Value> = each.into_iter().map(|v| g.reshape(v, &raised)).collect();
            Copied::Stacked(g.concat(&each, 0))
        })
        .collect()
}

/// A node of this operator without attributes, for formulas.
fn plain(op: &str) -> Node {
    let outputs = vec![String::new()];
    Node { op: op.to_owned(), name: String::new(), inputs: vec![], outputs, attributes: BTreeMap::new() }
}
