//! What a base is made of: what can be trained above which fork, what can't and why, and what it costs.

use super::backbone::Base;
use super::fork::{self, Fork};
use super::trainable;
use crate::graph::{self, Attribute, Builder, DType, Node};
use crate::train::error::TrainError;
use std::collections::{BTreeMap, HashMap};

/// A base, looked at.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// How often each operator occurs.
    pub operators: BTreeMap<String, usize>,
    pub parameters: usize,
    /// Multiplications for one picture.
    pub products: u64,
    /// From the taps down to the image.
    pub forks: Vec<Above>,
    /// Why parts of it stay frozen.
    pub frozen: Vec<String>,
}

/// What lies above a fork.
#[derive(Clone, Debug)]
pub struct Above {
    pub fork: Fork,
    /// Parameters that are trained.
    pub parameters: usize,
    /// Multiplications for one picture, forward.
    pub products: u64,
}

/// Looks at a base.
pub fn inspect(base: &Base) -> Result<Inspection, TrainError> {
    let info = &base.info;
    let mut g = Builder::new();
    let input = g.input(&info.input, DType::F32, &[1, 3, info.height, info.width]);
    let values = graph::replay(&mut g, &base.model, HashMap::from([(info.input.clone(), input)]))?;
    let shape = |name: &String| match base.model.initializers.get(name) {
        Some(tensor) => tensor.shape.clone(),
        None => values.get(name).map(|v| g.shape(*v)).unwrap_or_default(),
    };
    let cost = |node: &Node| {
        let inputs: Vec<Vec<usize>> = node.inputs.iter().map(shape).collect();
        products(node, &inputs, &node.outputs.first().map(shape).unwrap_or_default())
    };
    let mut operators: BTreeMap<String, usize> = BTreeMap::new();
    for node in &base.model.nodes {
        *operators.entry(node.op.clone()).or_default() += 1;
    }
    let forks = fork::forks(base)?
        .into_iter()
        .map(|fork| Above {
            parameters: fork.weights.iter().map(|w| w.shape.iter().product::<usize>()).sum(),
            products: fork.above(base).into_iter().map(cost).sum(),
            fork,
        })
        .collect();
    let mut frozen = trainable::trainable(base)?.barriers;
    frozen.extend(trainable::fixed_batch(base).map(|why| format!("the network takes one picture at a time: {why}")));
    Ok(Inspection {
        products: base.model.nodes.iter().map(cost).sum(),
        parameters: base.model.initializers.values().filter(|t| t.as_f32().is_some()).map(|t| t.len()).sum(),
        operators,
        forks,
        frozen,
    })
}

/// Multiplications (each with an addition) that a node makes, from the shapes of its inputs and its first output; 0 for
/// what is not a product.
fn products(node: &Node, inputs: &[Vec<usize>], output: &[usize]) -> u64 {
    let count = |shape: &[usize]| shape.iter().product::<usize>() as u64;
    let shape = |i: usize| inputs.get(i).map(Vec::as_slice).unwrap_or_default();
    match node.op.as_str() {
        "Conv" => count(output) * count(shape(1).get(1..).unwrap_or_default()),
        "ConvTranspose" => count(shape(0)) * count(shape(1).get(1..).unwrap_or_default()),
        "MatMul" => count(output) * shape(0).last().copied().unwrap_or(0) as u64,
        "Gemm" => {
            let turned = matches!(node.attributes.get("transA"), Some(Attribute::Int(1)));
            count(output) * shape(0).get(usize::from(!turned)).copied().unwrap_or(0) as u64
        }
        _ => 0,
    }
}
