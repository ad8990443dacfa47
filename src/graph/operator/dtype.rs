//! The element types of an operator's outputs.

use crate::graph::node::{Attribute, Node};
use crate::graph::shape::inputs::Known;
use crate::graph::tensor::DType;

/// Of what type the outputs of an operator are.
#[derive(Clone, Copy, Debug)]
pub enum OutputType {
    /// All of the type of this input.
    Like(usize),
    /// All of this type.
    Always(DType),
    /// The first like the first input, the second of this type.
    Second(DType),
    /// What the node's attributes say.
    Said(fn(&Node) -> Result<DType, String>),
}

impl OutputType {
    /// Of output `output`.
    pub fn of(self, node: &Node, inputs: &[Option<Known>], output: usize) -> Result<DType, String> {
        let like = |i: usize| inputs.get(i).and_then(Option::as_ref).map_or(DType::F32, |k| k.dtype);
        Ok(match self {
            Self::Like(input) => like(input),
            Self::Always(dtype) => dtype,
            Self::Second(dtype) if output == 1 => dtype,
            Self::Second(_) => like(0),
            Self::Said(said) => said(node)?,
        })
    }
}

/// `Cast`.
pub fn cast(node: &Node) -> Result<DType, String> {
    DType::from_onnx(node.int("to", 1) as i32).ok_or_else(|| "an element type that is not supported".into())
}

/// `ConstantOfShape`.
pub fn constant_of_shape(node: &Node) -> Result<DType, String> {
    Ok(match node.attributes.get("value") {
        Some(Attribute::Tensor(value)) => value.dtype(),
        _ => DType::F32,
    })
}
