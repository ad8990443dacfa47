//! Places a model's nodes one by one in a graph under construction, so that they can be differentiated.

use super::builder::{Builder, Value};
use super::error::GraphError;
use super::model::Model;
use super::node::Node;
use super::upgrade::whole::upgrade;
use std::collections::{HashMap, HashSet};

/// Adds the nodes that compute the model's outputs, and returns every value by its name in the model.
///
/// `known` says which values of the model stand for values of the graph: its inputs, the weights that are to be
/// trained, and any value in between, whose nodes are then left out. All other initializers become constants. With the
/// inputs' shapes known all others are: calculations on shapes, which exporters write where a model leaves its batch
/// open, become constants too. A model may be placed several times.
///
/// Errors: an operator that can't be brought to our operator set, or is not standard ONNX; an output that needs an input not in `known`.
pub fn replay(
    g: &mut Builder,
    model: &Model,
    known: HashMap<String, Value>,
) -> Result<HashMap<String, Value>, GraphError> {
    walk(g, model, known, |constant| constant, |g, node, inputs| Ok(g.place_or_fold(node, inputs)))
}

/// Goes through the nodes that the outputs need: `place` gives each node's outputs, `constant` turns constants into
/// what the other values are.
pub(super) fn walk<V: Copy>(
    g: &mut Builder,
    model: &Model,
    known: HashMap<String, V>,
    constant: fn(Value) -> V,
    place: impl Fn(&mut Builder, &Node, &[Option<V>]) -> Result<Vec<V>, GraphError>,
) -> Result<HashMap<String, V>, GraphError> {
    let mut model = model.clone();
    let mut needed = needed(&model, &known).into_iter();
    model.nodes.retain(|_| needed.next() == Some(true));
    if let Some(node) = model.nodes.iter().find(|n| !n.is_plain()) {
        return Err(node.not_plain());
    }
    let model = upgrade(model, g.operators())?;
    g.need_opset(model.opset);
    let mut values = known;
    for node in &model.nodes {
        if node.op == "Constant" {
            let value = node.constant().ok_or_else(|| {
                let name = &node.name;
                GraphError::Invalid(format!("the constant `{name}` has a value that is not supported"))
            })?;
            let value = g.named_constant(&node.outputs[0], value);
            values.insert(node.outputs[0].clone(), constant(value));
            continue;
        }
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for name in &node.inputs {
            inputs.push(match (values.get(name), model.initializers.get(name)) {
                _ if name.is_empty() => None,
                (Some(value), _) => Some(*value),
                (None, Some(tensor)) => {
                    let value = constant(g.named_constant(name, tensor.clone()));
                    values.insert(name.clone(), value);
                    Some(value)
                }
                (None, None) => {
                    return Err(GraphError::Invalid(format!(
                        "node `{}` ({}) reads `{name}`, which nothing gives",
                        node.name, node.op
                    )));
                }
            });
        }
        let outputs = place(g, node, &inputs)?;
        g.check()?;
        values.extend(node.outputs.iter().cloned().zip(outputs));
    }
    Ok(values)
}

/// Which nodes the outputs need, values in `known` being there already.
fn needed<V>(model: &Model, known: &HashMap<String, V>) -> Vec<bool> {
    let mut wanted: HashSet<&str> =
        model.outputs.iter().map(|o| o.name.as_str()).filter(|n| !known.contains_key(*n)).collect();
    let mut needed = vec![false; model.nodes.len()];
    for (node, needed) in model.nodes.iter().zip(&mut needed).rev() {
        if node.outputs.iter().any(|o| wanted.contains(o.as_str())) {
            *needed = true;
            wanted.extend(node.inputs.iter().map(String::as_str).filter(|n| !known.contains_key(*n)));
        }
    }
    needed
}
