//! Brings a model of an older operator set to ours, so that it can stand in one graph with our nodes: what later
//! versions moved from attributes to inputs is moved, and what changed its meaning is rewritten.

use super::{Attribute, GraphError, Model, Node, OPSET, Tensor};
use std::collections::BTreeMap;

/// The newest operator set whose operators mean what the rules and shapes here take them to mean.
const NEWEST: i64 = 27;

/// Operators whose meaning has not changed since they came up, or since operator set 9.
const UNCHANGED: &[&str] = &[
    "Abs",
    "Acos",
    "Acosh",
    "Add",
    "And",
    "ArgMax",
    "ArgMin",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "AveragePool",
    "Cast",
    "CastLike",
    "Ceil",
    "Celu",
    "Concat",
    "Constant",
    "Compress",
    "ConstantOfShape",
    "Conv",
    "ConvTranspose",
    "Cos",
    "Cosh",
    "CumSum",
    "DepthToSpace",
    "DequantizeLinear",
    "Div",
    "Einsum",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Expand",
    "EyeLike",
    "Flatten",
    "Floor",
    "Gather",
    "GRU",
    "GatherElements",
    "GatherND",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "GridSample",
    "Greater",
    "GreaterOrEqual",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "IsInf",
    "IsNaN",
    "LRN",
    "LSTM",
    "LayerNormalization",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "LpNormalization",
    "LpPool",
    "MatMul",
    "Max",
    "MaxPool",
    "Mean",
    "Min",
    "Mod",
    "Mul",
    "Neg",
    "NonMaxSuppression",
    "NonZero",
    "Not",
    "OneHot",
    "Or",
    "PRelu",
    "Pow",
    "QuantizeLinear",
    "RNN",
    "Range",
    "Reciprocal",
    "Relu",
    "Reshape",
    "ReverseSequence",
    "Round",
    "ScatterElements",
    "ScatterND",
    "Selu",
    "Shape",
    "Shrink",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Size",
    "Softplus",
    "Softsign",
    "SpaceToDepth",
    "Sqrt",
    "Sub",
    "Sum",
    "Tan",
    "Tanh",
    "ThresholdedRelu",
    "Tile",
    "Transpose",
    "Trilu",
    "Where",
    "Xor",
];

/// The same model in operator set [`OPSET`] or newer. Errors name the operator that can't be brought over.
pub fn upgrade(mut model: Model) -> Result<Model, GraphError> {
    if model.opset > NEWEST {
        return Err(GraphError::Invalid(format!(
            "the model uses operator set {}; the newest that can be read is {NEWEST}: export it with an older one",
            model.opset
        )));
    }
    if model.opset >= OPSET {
        return Ok(model);
    }
    if model.opset < 9 {
        return Err(GraphError::Invalid(format!(
            "the model uses operator set {}; the oldest that can be read is 9: export it anew",
            model.opset
        )));
    }
    let mut upgrade = Upgrade { from: model.opset, nodes: Vec::new(), constants: Vec::new() };
    for node in std::mem::take(&mut model.nodes) {
        upgrade.convert(node)?;
    }
    model.nodes = upgrade.nodes;
    model.initializers.extend(upgrade.constants);
    model.opset = OPSET;
    Ok(model)
}

struct Upgrade {
    from: i64,
    nodes: Vec<Node>,
    constants: Vec<(String, Tensor)>,
}

impl Upgrade {
    fn convert(&mut self, mut node: Node) -> Result<(), GraphError> {
        let from = self.from;
        match node.op.as_str() {
            "Clip" if from < 11 => self.move_to_inputs(&mut node, &[("min", 1), ("max", 2)]),
            "Pad" if from < 11 => self.move_to_inputs(&mut node, &[("pads", 1), ("value", 2)]),
            "Slice" if from < 10 => self.move_to_inputs(&mut node, &[("starts", 1), ("ends", 2), ("axes", 3)]),
            "Squeeze" | "Unsqueeze" | "ReduceSum" if from < 13 => self.move_to_inputs(&mut node, &[("axes", 1)]),
            "Clip" | "Pad" | "Slice" | "Squeeze" | "Unsqueeze" | "ReduceSum" => {}
            "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax" | "ReduceMean" | "ReduceMin"
            | "ReduceProd" | "ReduceSumSquare" => self.move_to_inputs(&mut node, &[("axes", 1)]),
            "Split" => {
                if from < 13 {
                    self.move_to_inputs(&mut node, &[("split", 1)]);
                }
                if node.inputs.get(1).is_none_or(String::is_empty) {
                    node.attributes.insert("num_outputs".into(), Attribute::Int(node.outputs.len() as i64));
                }
            }
            "TopK" if from < 10 => {
                if let Some(Attribute::Int(k)) = node.attributes.get("k") {
                    let k = Attribute::Ints(vec![*k]);
                    node.attributes.insert("k".into(), k);
                    self.move_to_inputs(&mut node, &[("k", 1)]);
                }
            }
            "TopK" => {}
            "Dropout" => drop_dropout(&mut node, from),
            "BatchNormalization" => {
                // Before 14 the statistics as outputs meant training; then the last two, by-products, went.
                if from < 14 && node.outputs.len() > 1 {
                    node.attributes.insert("training_mode".into(), Attribute::Int(1));
                }
                node.outputs.truncate(3);
            }
            // Before 13 these flattened their input around the axis; over the last axis that makes no difference.
            "Softmax" | "LogSoftmax" if from < 13 && node.int("axis", 1) != -1 => return self.flattened(node),
            "Softmax" | "LogSoftmax" => {}
            "Upsample" => enlarged(&mut node),
            "Resize" if from < 11 => enlarged(&mut node),
            "Resize" => {}
            "Scatter" => node.op = "ScatterElements".into(),
            op if UNCHANGED.contains(&op) => {}
            op => {
                return Err(GraphError::Invalid(format!(
                    "operator {op} (node `{}`) of operator set {from} can't be brought to {OPSET}: export the model \
                     with operator set {OPSET}",
                    node.name
                )));
            }
        }
        self.nodes.push(node);
        Ok(())
    }

    /// Makes attributes the inputs that they became.
    fn move_to_inputs(&mut self, node: &mut Node, moved: &[(&str, usize)]) {
        for (attribute, input) in moved {
            let tensor = match node.attributes.remove(*attribute) {
                Some(Attribute::Ints(v)) => Tensor::i64([v.len()], v),
                Some(Attribute::Float(v)) => Tensor::f32([], vec![v]),
                _ => continue,
            };
            let name = format!("{}_{attribute}", node.outputs.first().cloned().unwrap_or_default());
            while node.inputs.len() <= *input {
                node.inputs.push(String::new());
            }
            node.inputs[*input] = name.clone();
            self.constants.push((name, tensor));
        }
    }

    /// The same over one axis: flatten, apply, and give back the shape.
    fn flattened(&mut self, mut node: Node) -> Result<(), GraphError> {
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
        self.nodes.extend([flatten, node, shape, back]);
        Ok(())
    }
}

/// It only acts in training, which needs an input since operator set 12.
fn drop_dropout(node: &mut Node, from: i64) {
    if from >= 12 && node.inputs.get(2).is_some_and(|i| !i.is_empty()) {
        return;
    }
    node.op = "Identity".into();
    node.inputs.truncate(1);
    node.outputs.truncate(1);
    node.attributes.clear();
}

/// `Upsample`, and `Resize` before operator set 11, knew one way to find places, and had the scales second.
fn enlarged(node: &mut Node) {
    node.op = "Resize".into();
    node.inputs.insert(1.min(node.inputs.len()), String::new());
    for (key, value) in [("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")] {
        node.attributes.insert(key.into(), Attribute::Text(value.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(opset: i64, op: &str, attributes: &[(&str, Attribute)]) -> Model {
        let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let node =
            Node { op: op.into(), name: "n".into(), inputs: vec!["x".into()], outputs: vec!["y".into()], attributes };
        Model { opset, nodes: vec![node], ..Model::default() }
    }

    #[test]
    fn axes_become_an_input() {
        let axes = Attribute::Ints(vec![2, 3]);
        let model = upgrade(model(11, "ReduceMean", &[("axes", axes)])).unwrap();
        assert_eq!(model.nodes[0].inputs, ["x", "y_axes"]);
        assert_eq!(model.initializers["y_axes"], Tensor::i64([2], vec![2, 3]));
    }

    #[test]
    fn an_old_softmax_is_flattened_around_its_axis() {
        let model = upgrade(model(11, "Softmax", &[])).unwrap();
        let ops: Vec<_> = model.nodes.iter().map(|n| n.op.as_str()).collect();
        assert_eq!(ops, ["Flatten", "Softmax", "Shape", "Reshape"]);
        assert_eq!(model.nodes[3].outputs, ["y"]);
    }

    #[test]
    fn every_operator_with_a_rule_is_brought_over() {
        let newer = ["Attention", "Gelu", "GroupNormalization", "Mish", "RMSNormalization", "Swish"];
        for op in crate::graph::differentiable().filter(|op| !newer.contains(op)) {
            assert!(upgrade(model(OPSET - 1, op, &[])).is_ok(), "{op}");
        }
    }

    #[test]
    fn what_cannot_be_brought_over_is_named() {
        let error = upgrade(model(11, "Loop", &[])).unwrap_err().to_string();
        assert!(error.contains("Loop") && error.contains("`n`"), "{error}");
        assert!(upgrade(model(8, "Relu", &[])).is_err());
        assert!(upgrade(model(NEWEST + 1, "Relu", &[])).is_err());
    }
}
