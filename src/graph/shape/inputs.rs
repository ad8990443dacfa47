//! What a shape rule sees of a node.

use crate::graph::node::Node;
use crate::graph::tensor::{DType, Tensor};

/// What is known of an input.
pub struct Known<'a> {
    pub dtype: DType,
    /// `None`: known only at run time.
    pub shape: Option<&'a [usize]>,
    pub constant: Option<&'a Tensor>,
}

/// Element type and shape of an output.
pub type Kind = (DType, Option<Vec<usize>>);

/// The shapes of an operator's outputs, in their order, or what does not fit.
pub type Shapes = Result<Vec<Vec<usize>>, String>;

/// How the shapes of an operator's outputs follow from its inputs.
pub type ShapeRule = fn(&Inputs) -> Shapes;

/// A node whose inputs all have known shapes; those that it can't do without are there.
pub struct Inputs<'a> {
    pub node: &'a Node,
    known: &'a [Option<Known<'a>>],
    /// How many outputs are asked for.
    pub outputs: usize,
}

impl<'a> Inputs<'a> {
    pub fn new(node: &'a Node, known: &'a [Option<Known<'a>>], outputs: usize) -> Self {
        Self { node, known, outputs }
    }

    /// The shape of an input; of an optional one that was left out, that of a scalar.
    pub fn shape(&self, index: usize) -> &'a [usize] {
        self.known(index).and_then(|k| k.shape).unwrap_or_default()
    }

    fn known(&self, index: usize) -> Option<&'a Known<'a>> {
        self.known.get(index).and_then(Option::as_ref)
    }

    /// The shapes of all inputs that are there.
    pub fn shapes(&self) -> impl Iterator<Item = &'a [usize]> {
        self.known.iter().flatten().map(|k| k.shape.unwrap_or_default())
    }

    /// The values of an input, which must be a constant; `None` if it is left out.
    pub fn constant(&self, index: usize) -> Result<Option<&'a Tensor>, String> {
        match self.known(index) {
            None => Ok(None),
            Some(Known { constant: Some(tensor), .. }) => Ok(Some(tensor)),
            Some(_) => Err(format!("input {index} must be a constant")),
        }
    }

    /// The integers that an optional input holds.
    pub fn optional_ints(&self, index: usize) -> Result<Option<Vec<i64>>, String> {
        let Some(tensor) = self.constant(index)? else { return Ok(None) };
        tensor.to_ints().map(Some).ok_or_else(|| format!("input {index} must hold integers"))
    }

    /// The integers that a required input holds.
    pub fn ints(&self, index: usize) -> Result<Vec<i64>, String> {
        self.optional_ints(index)?.ok_or_else(|| format!("input {index} is missing"))
    }
}
