//! A node of a graph: one operator applied, with its attributes.

use super::error::GraphError;
use super::tensor::Tensor;
use std::collections::BTreeMap;

/// An attribute of a node.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Attribute {
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Tensor(Tensor),
    /// A graph of its own (the body of a `Loop`, a branch of an `If`), which is not looked into.
    Graph,
}

/// One operator applied. An empty input name is an optional input left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The operator's name; that of one outside standard ONNX with its domain before it: `com.microsoft.FusedConv`.
    pub op: String,
    pub name: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: BTreeMap<String, Attribute>,
}

impl Node {
    pub fn int(&self, name: &str, default: i64) -> i64 {
        match self.attributes.get(name) {
            Some(Attribute::Int(i)) => *i,
            _ => default,
        }
    }

    pub fn float(&self, name: &str, default: f32) -> f32 {
        match self.attributes.get(name) {
            Some(Attribute::Float(f)) => *f,
            _ => default,
        }
    }

    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.attributes.get(name) {
            Some(Attribute::Ints(v)) => Some(v),
            _ => None,
        }
    }

    /// Whether a graph here can hold the node: operators outside standard ONNX and those with a graph of their own can
    /// only be left out.
    pub fn is_plain(&self) -> bool {
        !self.op.contains('.') && !self.attributes.values().any(|a| *a == Attribute::Graph)
    }

    /// Why a graph can't hold a node that is not plain.
    pub(in crate::graph) fn not_plain(&self) -> GraphError {
        let why = if self.op.contains('.') { "is not standard ONNX" } else { "holds a graph of its own" };
        GraphError::Invalid(format!("operator {} (node `{}`) {why}; that is not supported", self.op, self.name))
    }

    /// The value of a `Constant` node, if its form is supported.
    pub(in crate::graph) fn constant(&self) -> Option<Tensor> {
        Some(match self.attributes.iter().next()? {
            (_, Attribute::Tensor(tensor)) => tensor.clone(),
            (_, Attribute::Float(v)) => Tensor::f32([], vec![*v]),
            (_, Attribute::Floats(v)) => Tensor::f32([v.len()], v.clone()),
            (_, Attribute::Int(v)) => Tensor::i64([], vec![*v]),
            (_, Attribute::Ints(v)) => Tensor::i64([v.len()], v.clone()),
            (_, Attribute::Text(_) | Attribute::Graph) => return None,
        })
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name) {
            Some(Attribute::Text(v)) => Some(v),
            _ => None,
        }
    }
}
