//! Reverse-mode differentiation: walks the nodes from the result back to the weights, and lets each operator's rule
//! (`gradient/`) say how the gradient passes through it.

use super::builder::{Builder, Placed, Value};
use super::error::GraphError;
use super::gradient::node::BackwardNode;
use super::operator::table::operator;
use super::tensor::{DType, Tensor};
use std::collections::{HashMap, HashSet};

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
        let rule = operator(&node.op).and_then(|o| o.gradient);
        let rule = rule.ok_or_else(|| GraphError::NoGradient { op: node.op.clone(), node: node.name.clone() })?;
        fits(g, &node)?;
        let grad = outputs[0].unwrap_or_else(|| {
            let (zero, shape) = (g.scalar(0.0), g.shape(node.outputs[0]));
            g.expand(zero, &shape)
        });
        let parts = rule(g, &BackwardNode { node: &node, grad, grads: outputs, wants: wants.clone() });
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
