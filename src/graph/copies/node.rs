//! A node of all copies, as a rule sees it.

use super::copied::Copied;
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Node;
use std::collections::BTreeMap;

/// What a rule gives: the node's outputs in all copies, or `None` where it does not apply.
pub type Outputs = Option<Vec<Copied>>;

/// How the copies' nodes of one operator are placed.
pub type CopyRule = fn(&mut Builder, &CopiedNode) -> Outputs;

/// A node that is to be placed for all copies; at least one input differs between them.
pub struct CopiedNode<'a> {
    pub node: &'a Node,
    pub copies: usize,
    pub inputs: &'a [Option<Copied>],
}

impl CopiedNode<'_> {
    /// An input, if it was not left out.
    pub fn input(&self, index: usize) -> Option<Copied> {
        self.inputs.get(index).copied().flatten()
    }

    /// All inputs; `None` if one is left out.
    pub fn all(&self) -> Option<Vec<Copied>> {
        self.inputs.iter().copied().collect()
    }

    /// Whether all inputs from this one on are the same for all copies.
    pub fn shared_from(&self, index: usize) -> bool {
        self.inputs.iter().skip(index).flatten().all(|x| matches!(x, Copied::Shared(_)))
    }

    /// The integers of a constant input (axes, pads, …).
    pub fn ints(&self, g: &Builder, index: usize) -> Option<Vec<i64>> {
        Some(g.constant_of(self.input(index)?.value())?.as_i64()?.to_vec())
    }

    /// Places the node once, on these inputs.
    pub fn place(&self, g: &mut Builder, inputs: &[Option<Value>]) -> Vec<Value> {
        g.place_node(self.node, inputs)
    }

    /// The inputs as they lie, with `first` in place of the first.
    pub fn with_first(&self, first: Value) -> Vec<Option<Value>> {
        let rest = self.inputs.iter().skip(1).map(|x| x.map(Copied::value));
        std::iter::once(Some(first)).chain(rest).collect()
    }
}

/// A node of this operator without attributes, for formulas.
pub fn plain(op: &str) -> Node {
    let outputs = vec![String::new()];
    Node { op: op.to_owned(), name: String::new(), inputs: vec![], outputs, attributes: BTreeMap::new() }
}
