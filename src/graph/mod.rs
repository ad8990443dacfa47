//! ONNX graphs as values: read, write, build, differentiate. Knows nothing of cameras or labels.
//!
//! [`Model`] is an ONNX file. [`Builder`] makes one node by node, knows every shape, and remembers the first mistake
//! until [`Builder::finish`]. [`Model::settled`] makes constants of what exporters calculate from shapes. [`replay`]
//! places a model's nodes in one, [`replicate`] those of several copies with weights of their own. [`differentiate`]
//! extends a builder with the gradient of a scalar, in standard operators only, so that a stock ONNX Runtime can train:
//! a rule per operator (`gradient/`), an entry in its table each. [`adamw`] and [`sgd`] add the optimizer's step to the
//! same graph.

mod builder;
mod canonical;
mod fold;
mod fuse;
mod gradient;
mod inline;
mod model;
mod ops;
mod optimizer;
mod proto;
mod replay;
mod replicate;
mod sequence;
mod settle;
mod shape;
mod tensor;
mod upgrade;

pub use builder::{Builder, Processor, Value, part_name};
pub use gradient::{Reach, differentiable, differentiate, reach};
pub use model::{Attribute, Model, Node, OPSET, ValueInfo};
pub use optimizer::{AdamW, Sgd, SgdStepped, Stepped, adamw, clip_scale, sgd};
pub use replay::replay;
pub use replicate::{Copied, replicate};
pub use tensor::{DType, Data, Tensor};

/// Why a graph can't be read, built or differentiated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GraphError {
    #[error("{0}")]
    Invalid(String),
    /// A weight that is to be trained lies behind an operator without a gradient rule.
    #[error("operator {op} (node `{node}`) has no gradient rule")]
    NoGradient { op: String, node: String },
}
