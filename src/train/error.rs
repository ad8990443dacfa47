//! Why a training did not start or did not end well.

use crate::graph::GraphError;
use crate::runtime::RuntimeError;
use crate::store::StoreError;

/// Why a training did not start or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The request or the data is wrong: what, and what to do.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("{0}")]
    Failed(String),
    #[error("the training was cancelled")]
    Cancelled,
}
