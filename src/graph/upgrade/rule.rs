//! How a node of an older operator set becomes one of ours.

use crate::graph::node::{Attribute, Node};
use crate::graph::tensor::Tensor;

/// What brings the nodes of an operator over.
#[derive(Clone, Copy, Debug)]
pub enum Upgrade {
    /// Its meaning has not changed since it came up, or since operator set 9.
    Unchanged,
    /// Before this operator set these attributes were what is the input at that place.
    Inputs(i64, &'static [(&'static str, usize)]),
    /// Rewritten: adds what takes the node's place.
    Rewritten(fn(&mut Upgrading, Node)),
}

/// A model on the way to our operator set.
#[derive(Debug)]
pub struct Upgrading {
    /// The operator set that it comes from.
    pub from: i64,
    pub nodes: Vec<Node>,
    /// What were attributes.
    pub constants: Vec<(String, Tensor)>,
}

impl Upgrade {
    /// Adds what takes the node's place.
    pub fn apply(self, mut node: Node, to: &mut Upgrading) {
        match self {
            Self::Inputs(before, moved) if to.from < before => {
                to.move_to_inputs(&mut node, moved);
                to.nodes.push(node);
            }
            Self::Unchanged | Self::Inputs(..) => to.nodes.push(node),
            Self::Rewritten(rewrite) => rewrite(to, node),
        }
    }
}

impl Upgrading {
    /// Makes attributes the inputs that they became.
    pub fn move_to_inputs(&mut self, node: &mut Node, moved: &[(&str, usize)]) {
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
}
