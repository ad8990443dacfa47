//! Several copies of a model in one graph, each with weights of its own: grouped convolutions and batched products in
//! place of many small ones, by the rules in `copies/`.

use super::builder::{Builder, Value};
use super::copies::copied::Copied;
use super::copies::node::CopiedNode;
use super::error::GraphError;
use super::model::Model;
use super::node::Node;
use super::operator::table::operator;
use super::replay::walk;
use std::collections::HashMap;

/// Adds the nodes that compute the model's outputs for each of `copies`, and returns every value by its name in the
/// model: as [`replay`](super::replay::replay) does, but for several copies that share some of what is known, and have their own of the
/// rest. What depends on shared values alone is computed once.
///
/// Errors: those of [`replay`](super::replay::replay); an operator of which the shape of the output is not known.
pub fn replicate(
    g: &mut Builder,
    model: &Model,
    copies: usize,
    known: HashMap<String, Copied>,
) -> Result<HashMap<String, Copied>, GraphError> {
    walk(g, model, known, Copied::Shared, |g, node, inputs| {
        let step = CopiedNode { node, copies, inputs };
        if step.shared_from(0) {
            let values: Vec<_> = inputs.iter().map(|x| x.map(Copied::value)).collect();
            return Ok(g.place_or_fold(node, &values).into_iter().map(Copied::Shared).collect());
        }
        let placed = operator(&node.op)
            .and_then(|o| o.copies)
            .and_then(|rule| rule(g, &step))
            .unwrap_or_else(|| one_by_one(g, &step));
        g.check()?;
        if placed.iter().any(|x| g.shape(x.value()).is_empty() && !matches!(x, Copied::Shared(_))) {
            let text = format!("the shape of what node `{}` ({}) computes is not known", node.name, node.op);
            return Err(GraphError::Invalid(text));
        }
        Ok(placed)
    })
}

/// Any operator: a node for each copy, on its part of the inputs.
fn one_by_one(g: &mut Builder, s: &CopiedNode) -> Vec<Copied> {
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
