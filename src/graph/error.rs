//! Why a graph can't be read, built or differentiated.

use std::path::PathBuf;
use std::sync::Arc;

/// Why a graph can't be read, built or differentiated. Clones share what went wrong below: a builder remembers its first
/// mistake, and tells it again.
///
/// A message is whole by itself: it says what the error below it says, which is kept as its source.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    #[error("{0}")]
    Invalid(String),
    /// A weight that is to be trained lies behind an operator without a gradient rule.
    #[error("operator {op} (node `{node}`) has no gradient rule")]
    NoGradient { op: String, node: String },
    /// The file can't be read.
    #[error("{} can't be read: {source}", .path.display())]
    File { path: PathBuf, source: Arc<std::io::Error> },
    /// The bytes are not those of an ONNX file.
    #[error("this is not an ONNX file: {0}")]
    Format(#[source] prost::DecodeError),
}
