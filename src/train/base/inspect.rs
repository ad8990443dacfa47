//! What a base is made of: what can be trained above which fork, what can't and why, and what it costs.

use super::backbone::Base;
use super::fork::{self, Fork};
use super::trainable;
use crate::graph::{self, Builder, DType, Node};
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
        let output = node.outputs.first().map(shape).unwrap_or_default();
        graph::operator(&node.op).map_or(0, |o| o.products(node, &inputs, &output))
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
