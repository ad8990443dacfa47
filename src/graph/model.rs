//! An ONNX model as a value: nodes in topological order, constants, inputs, outputs, metadata.

use super::error::GraphError;
use super::node::Node;
use super::tensor::{DType, Tensor};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The operator set that everything built here uses.
pub const OPSET: i64 = 18;

/// Name, type and shape of an input or output; `None` is what is known only at run time: a dimension, a shape, the type
/// of an output.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInfo {
    pub name: String,
    pub dtype: Option<DType>,
    pub shape: Option<Vec<Option<usize>>>,
}

impl ValueInfo {
    /// With every dimension known.
    pub fn fixed(name: impl Into<String>, dtype: DType, shape: &[usize]) -> Self {
        Self { name: name.into(), dtype: Some(dtype), shape: Some(shape.iter().map(|d| Some(*d)).collect()) }
    }
}

/// An ONNX model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub opset: i64,
    pub nodes: Vec<Node>,
    pub initializers: BTreeMap<String, Tensor>,
    pub inputs: Vec<ValueInfo>,
    pub outputs: Vec<ValueInfo>,
    pub metadata: BTreeMap<String, String>,
}

impl Model {
    /// The part of the model that computes `outputs`, with these as its outputs (types and shapes unknown). Errors: a name
    /// that no node computes; a node that can't stand in a graph here.
    pub fn up_to(&self, outputs: &[String]) -> Result<Self, GraphError> {
        let producer: HashMap<&str, usize> =
            self.nodes.iter().enumerate().flat_map(|(i, n)| n.outputs.iter().map(move |o| (o.as_str(), i))).collect();
        let mut wanted: Vec<&str> = outputs.iter().map(String::as_str).collect();
        let (mut used, mut seen) = (HashSet::new(), HashSet::new());
        for name in outputs {
            if !producer.contains_key(name.as_str()) {
                return Err(GraphError::Invalid(format!("no node of the model computes `{name}`")));
            }
        }
        while let Some(name) = wanted.pop() {
            if !seen.insert(name) {
                continue;
            }
            if let Some(&index) = producer.get(name)
                && used.insert(index)
            {
                if !self.nodes[index].is_plain() {
                    return Err(self.nodes[index].not_plain());
                }
                wanted.extend(self.nodes[index].inputs.iter().map(String::as_str));
            }
        }
        Ok(Self {
            opset: self.opset,
            nodes: self.nodes.iter().enumerate().filter(|(i, _)| used.contains(i)).map(|(_, n)| n.clone()).collect(),
            initializers: self
                .initializers
                .iter()
                .filter(|(n, _)| seen.contains(n.as_str()))
                .map(|(n, t)| (n.clone(), t.clone()))
                .collect(),
            inputs: self.inputs.iter().filter(|i| seen.contains(i.name.as_str())).cloned().collect(),
            outputs: outputs.iter().map(|name| ValueInfo { name: name.clone(), dtype: None, shape: None }).collect(),
            metadata: self.metadata.clone(),
        })
    }

    /// The same model with every value's name behind `prefix`, so that it can stand beside another.
    pub fn renamed(mut self, prefix: &str) -> Self {
        let rename = |name: &mut String| {
            if !name.is_empty() {
                *name = format!("{prefix}{name}");
            }
        };
        for node in &mut self.nodes {
            node.inputs.iter_mut().chain(&mut node.outputs).chain([&mut node.name]).for_each(rename);
        }
        self.inputs.iter_mut().chain(&mut self.outputs).for_each(|v| rename(&mut v.name));
        self.initializers = self.initializers.into_iter().map(|(n, t)| (format!("{prefix}{n}"), t)).collect();
        self
    }
}
