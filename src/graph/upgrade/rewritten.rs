//! Operators that later versions wrote otherwise.

use super::rule::Upgrading;
use crate::graph::node::{Attribute, Node};
use std::collections::BTreeMap;

/// `Split`: how many parts there are must be said.
pub fn split(to: &mut Upgrading, mut node: Node) {
    if to.from < 13 {
        to.move_to_inputs(&mut node, &[("split", 1)]);
    }
    if node.inputs.get(1).is_none_or(String::is_empty) {
        node.attributes.insert("num_outputs".into(), Attribute::Int(node.outputs.len() as i64));
    }
    to.nodes.push(node);
}

/// `TopK`: its count was a single attribute.
pub fn top(to: &mut Upgrading, mut node: Node) {
    if to.from < 10
        && let Some(Attribute::Int(k)) = node.attributes.get("k")
    {
        let k = Attribute::Ints(vec![*k]);
        node.attributes.insert("k".into(), k);
        to.move_to_inputs(&mut node, &[("k", 1)]);
    }
    to.nodes.push(node);
}

/// `Dropout` only acts in training, which needs an input since operator set 12.
pub fn dropout(to: &mut Upgrading, mut node: Node) {
    if to.from < 12 || node.inputs.get(2).is_none_or(String::is_empty) {
        node.op = "Identity".into();
        node.inputs.truncate(1);
        node.outputs.truncate(1);
        node.attributes.clear();
    }
    to.nodes.push(node);
}

/// `BatchNormalization`: before 14 the statistics as outputs meant training; then the last two, by-products, went.
pub fn batch_normalization(to: &mut Upgrading, mut node: Node) {
    if to.from < 14 && node.outputs.len() > 1 {
        node.attributes.insert("training_mode".into(), Attribute::Int(1));
    }
    node.outputs.truncate(3);
    to.nodes.push(node);
}

/// `Softmax` and `LogSoftmax` before 13 flattened their input around the axis; over the last axis that makes no
/// difference. The same over one axis: flatten, apply, and give back the shape.
pub fn softmax(to: &mut Upgrading, mut node: Node) {
    if to.from >= 13 || node.int("axis", 1) == -1 {
        return to.nodes.push(node);
    }
    let (axis, input) = (node.int("axis", 1), node.inputs.first().cloned().unwrap_or_default());
    let output = node.outputs.first().cloned().unwrap_or_default();
    let between = |part: &str| format!("{output}_{part}");
    let step = |op: &str, inputs: Vec<String>, to: String| Node {
        op: op.into(),
        name: format!("{}_{op}", node.name),
        inputs,
        outputs: vec![to],
        attributes: BTreeMap::new(),
    };
    let mut flatten = step("Flatten", vec![input.clone()], between("flat"));
    flatten.attributes.insert("axis".into(), Attribute::Int(axis));
    let shape = step("Shape", vec![input], between("shape"));
    let back = step("Reshape", vec![between("applied"), between("shape")], output.clone());
    node.inputs = vec![between("flat")];
    node.outputs = vec![between("applied")];
    node.attributes.insert("axis".into(), Attribute::Int(-1));
    to.nodes.extend([flatten, node, shape, back]);
}

/// `Resize`, which before operator set 11 was as `Upsample` is.
pub fn resize(to: &mut Upgrading, node: Node) {
    if to.from < 11 { upsample(to, node) } else { to.nodes.push(node) }
}

/// `Upsample` knew one way to find places, and had the scales second.
pub fn upsample(to: &mut Upgrading, mut node: Node) {
    node.op = "Resize".into();
    node.inputs.insert(1.min(node.inputs.len()), String::new());
    for (key, value) in [("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")] {
        node.attributes.insert(key.into(), Attribute::Text(value.into()));
    }
    to.nodes.push(node);
}

/// `Scatter` is `ScatterElements` by another name.
pub fn scatter(to: &mut Upgrading, mut node: Node) {
    node.op = "ScatterElements".into();
    to.nodes.push(node);
}
