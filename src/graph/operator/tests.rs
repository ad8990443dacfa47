//! What the entries of the table name, looked up as the builder does.

use super::table::{operator, operators, schema};
use crate::graph::error::GraphError;
use crate::graph::model::{Model, OPSET};
use crate::graph::node::{Attribute, Node};
use crate::graph::shape::inputs::Known;
use crate::graph::tensor::Tensor;
use crate::graph::upgrade::whole::upgrade;
use std::collections::BTreeMap;

#[test]
fn an_operator_has_one_entry() {
    let names: Vec<&str> = operators().map(|o| o.name()).collect();
    for pair in names.windows(2) {
        assert!(pair[0].to_lowercase() < pair[1].to_lowercase(), "{} must stand after {}", pair[0], pair[1]);
    }
}

#[test]
fn what_passes_a_gradient_has_a_shape() {
    for operator in operators().filter(|o| o.is_differentiable() || o.is_replicated()) {
        assert!(operator.has_shape(), "{}", operator.name());
    }
}

#[test]
fn weights_can_be_trained() {
    for operator in operators().filter(|o| !o.weights().is_empty()) {
        assert!(operator.is_differentiable(), "{}", operator.name());
    }
}

#[test]
fn products_are_counted() {
    let products = |op: &str, node: &Node, inputs: &[&[usize]], output: &[usize]| {
        let inputs: Vec<Vec<usize>> = inputs.iter().map(|s| s.to_vec()).collect();
        operator(op).unwrap().products(node, &inputs, output)
    };
    let (plain, mut turned) = (Node::default(), Node::default());
    turned.attributes.insert("transA".into(), Attribute::Int(1));
    assert_eq!(products("Conv", &plain, &[&[1, 4, 8, 8], &[6, 2, 3, 3]], &[1, 6, 8, 8]), 6 * 8 * 8 * 2 * 3 * 3);
    assert_eq!(products("ConvTranspose", &plain, &[&[1, 4, 8, 8], &[4, 6, 2, 2]], &[]), 4 * 8 * 8 * 6 * 2 * 2);
    assert_eq!(products("MatMul", &plain, &[&[5, 3], &[3, 2]], &[5, 2]), 5 * 3 * 2);
    assert_eq!(products("Gemm", &plain, &[&[5, 3], &[3, 2]], &[5, 2]), 5 * 3 * 2);
    assert_eq!(products("Gemm", &turned, &[&[3, 5], &[3, 2]], &[5, 2]), 5 * 3 * 2);
    assert_eq!(products("Relu", &plain, &[&[5, 3]], &[5, 3]), 0);
}

fn folded(op: &str, attributes: &[(&str, Attribute)], inputs: &[Tensor]) -> Tensor {
    let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect::<BTreeMap<_, _>>();
    let node = Node { op: op.into(), attributes, outputs: vec!["y".into()], ..Node::default() };
    let known = |t| Known { dtype: Tensor::dtype(t), shape: Some(&t.shape), constant: Some(t) };
    let inputs: Vec<_> = inputs.iter().map(|t| Some(known(t))).collect();
    schema(op).fold(&node, &inputs).unwrap().remove(0)
}

fn ints(values: &[i64]) -> Tensor {
    Tensor::i64([values.len()], values.to_vec())
}

#[test]
fn shapes_and_arithmetic_fold() {
    let picture = Tensor::full([2, 3, 4, 5], 0.0);
    assert_eq!(folded("Shape", &[], std::slice::from_ref(&picture)), ints(&[2, 3, 4, 5]));
    let part = [("start", Attribute::Int(-2)), ("end", Attribute::Int(9))];
    assert_eq!(folded("Shape", &part, &[picture]), ints(&[4, 5]));
    assert_eq!(folded("Div", &[], &[ints(&[-7, 7]), ints(&[2])]), ints(&[-3, 3]));
    assert_eq!(folded("Mod", &[], &[ints(&[-7, 7]), ints(&[3])]), ints(&[2, 1]));
    let half = Tensor::f32([1], vec![2.5]);
    assert_eq!(folded("Cast", &[("to", Attribute::Int(7))], &[half]), ints(&[2]));
    assert_eq!(folded("Gather", &[], &[ints(&[5, 6, 7]), ints(&[-1, 0])]), ints(&[7, 5]));
    let cut = [ints(&[5, 6, 7, 8]), ints(&[-1]), ints(&[i64::MIN]), ints(&[0]), ints(&[-2])];
    assert_eq!(folded("Slice", &[], &cut), ints(&[8, 6]));
    let (start, limit, step) = (ints(&[1]), ints(&[8]), ints(&[3]));
    assert_eq!(folded("Range", &[], &[start, limit, step]), ints(&[1, 4, 7]));
    let joined = folded("Concat", &[("axis", Attribute::Int(0))], &[ints(&[1]), ints(&[2, 3])]);
    assert_eq!(joined, ints(&[1, 2, 3]));
    let table = Tensor::i64([2, 2], vec![1, 2, 3, 4]);
    assert_eq!(folded("Transpose", &[], &[table]), Tensor::i64([2, 2], vec![1, 3, 2, 4]));
}

#[test]
fn the_largest_integer_survives() {
    assert_eq!(folded("Identity", &[], &[ints(&[i64::MAX])]), ints(&[i64::MAX]));
}

fn upgraded(model: Model) -> Result<Model, GraphError> {
    upgrade(model, schema)
}

fn model(opset: i64, op: &str, attributes: &[(&str, Attribute)]) -> Model {
    let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let node =
        Node { op: op.into(), name: "n".into(), inputs: vec!["x".into()], outputs: vec!["y".into()], attributes };
    Model { opset, nodes: vec![node], ..Model::default() }
}

#[test]
fn axes_become_an_input() {
    let axes = Attribute::Ints(vec![2, 3]);
    let model = upgraded(model(11, "ReduceMean", &[("axes", axes)])).unwrap();
    assert_eq!(model.nodes[0].inputs, ["x", "y_axes"]);
    assert_eq!(model.initializers["y_axes"], Tensor::i64([2], vec![2, 3]));
}

#[test]
fn an_old_softmax_is_flattened_around_its_axis() {
    let model = upgraded(model(11, "Softmax", &[])).unwrap();
    let ops: Vec<_> = model.nodes.iter().map(|n| n.op.as_str()).collect();
    assert_eq!(ops, ["Flatten", "Softmax", "Shape", "Reshape"]);
    assert_eq!(model.nodes[3].outputs, ["y"]);
}

#[test]
fn every_operator_that_is_older_is_brought_over() {
    let newer = ["Attention", "Gelu", "GroupNormalization", "Mish", "RMSNormalization", "Swish"];
    for operator in operators() {
        let op = operator.name();
        assert_eq!(upgraded(model(OPSET - 1, op, &[])).is_ok(), !newer.contains(&op), "{op}");
    }
}

#[test]
fn what_cannot_be_brought_over_is_named() {
    let error = upgraded(model(11, "Loop", &[])).unwrap_err().to_string();
    assert!(error.contains("Loop") && error.contains("`n`"), "{error}");
    assert!(upgraded(model(8, "Relu", &[])).is_err());
    assert!(upgraded(model(1000, "Relu", &[])).is_err());
}
