//! Brings a model of an older operator set to ours, so that it can stand in one graph with our nodes: what later
//! versions moved from attributes to inputs is moved.

use super::{Attribute, GraphError, Model, Node, OPSET, Tensor};

/// Operators whose meaning has not changed since operator set 9.
const UNCHANGED: &[&str] = &[
    "Abs",
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Concat",
    "Constant",
    "Conv",
    "ConvTranspose",
    "DepthToSpace",
    "Div",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Expand",
    "Flatten",
    "Gather",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Greater",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "LayerNormalization",
    "LeakyRelu",
    "Less",
    "Log",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "PRelu",
    "Pow",
    "Reciprocal",
    "Relu",
    "Reshape",
    "Selu",
    "Shape",
    "Sigmoid",
    "Softplus",
    "SpaceToDepth",
    "Sqrt",
    "Sub",
    "Tanh",
    "Transpose",
    "Where",
];

/// The same model in operator set [`OPSET`] or newer. Errors name the operator that can't be brought over.
pub fn upgrade(mut model: Model) -> Result<Model, GraphError> {
    if model.opset >= OPSET {
        return Ok(model);
    }
    if model.opset < 9 {
        return Err(GraphError::Invalid(format!(
            "the model uses operator set {}; the oldest that can be read is 9: export it anew",
            model.opset
        )));
    }
    let from = model.opset;
    let mut constants = Vec::new();
    for node in &mut model.nodes {
        convert(node, from, &mut constants)?;
    }
    model.initializers.extend(constants);
    model.opset = OPSET;
    Ok(model)
}

fn convert(node: &mut Node, from: i64, constants: &mut Vec<(String, Tensor)>) -> Result<(), GraphError> {
    // (attribute, input) pairs that became inputs, and since which operator set.
    let moved: (i64, &[(&str, usize)]) = match node.op.as_str() {
        "Clip" => (11, &[("min", 1), ("max", 2)]),
        "Pad" => (11, &[("pads", 1), ("value", 2)]),
        "Slice" => (10, &[("starts", 1), ("ends", 2), ("axes", 3)]),
        "Squeeze" | "Unsqueeze" | "ReduceSum" => (13, &[("axes", 1)]),
        "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceL2" => (18, &[("axes", 1)]),
        "Dropout" => {
            node.op = "Identity".into();
            node.inputs.truncate(1);
            node.outputs.truncate(1);
            node.attributes.clear();
            return Ok(());
        }
        // Before 13 these flattened their input around the axis; over the last axis that makes no difference.
        "Softmax" | "LogSoftmax" if from >= 13 || node.int("axis", 1) == -1 => return Ok(()),
        "Split" if from >= 13 => {
            let parts = node.outputs.len() as i64;
            if node.inputs.len() < 2 {
                node.attributes.insert("num_outputs".into(), Attribute::Int(parts));
            }
            return Ok(());
        }
        "Resize" if from >= 11 => return Ok(()),
        op if UNCHANGED.contains(&op) => return Ok(()),
        op => {
            return Err(GraphError::Invalid(format!(
                "operator {op} (node `{}`) of operator set {from} can't be brought to {OPSET}: export the model with operator set {OPSET}",
                node.name
            )));
        }
    };
    if from >= moved.0 {
        return Ok(());
    }
    for (attribute, input) in moved.1 {
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
        constants.push((name, tensor));
    }
    Ok(())
}
