//! Why a training did not start or did not end well.

use crate::domain::NoCamera;
use crate::graph::GraphError;
use crate::live::DeployError;
use crate::runtime::RuntimeError;
use crate::store::StoreError;
use std::error::Error;

/// Why a training did not start or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The request or the data is wrong: what, and what to do.
    #[error("{0}")]
    Invalid(String),
    /// It can't be taken now: why, and what to do.
    #[error("{0}")]
    Busy(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A network that was brought in can't be used: for what, and why.
    #[error("{what}: {source}")]
    Unusable {
        what: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something that it needs failed: what, and why.
    #[error("{what}: {source}")]
    Because {
        what: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Memory ran out, most likely: how that showed.
    #[error("{0}")]
    Memory(String),
    /// The process that trains gave no sign of life: how that showed.
    #[error("{0}")]
    Silent(String),
    #[error("{0}")]
    Failed(String),
    #[error("the training was cancelled")]
    Cancelled,
}

impl From<NoCamera> for TrainError {
    fn from(no: NoCamera) -> Self {
        Self::Invalid(no.to_string())
    }
}

impl From<DeployError> for TrainError {
    fn from(error: DeployError) -> Self {
        match error {
            DeployError::Camera(no) => no.into(),
            DeployError::Store(error) => error.into(),
        }
    }
}

impl TrainError {
    /// For `map_err`: says what failed, and keeps why.
    pub fn because<E: Into<Box<dyn Error + Send + Sync>>>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        |source| Self::Because { what, source: source.into() }
    }

    /// For `map_err`: says what a network that was brought in is unusable for, and keeps why.
    pub fn unusable<E: Into<Box<dyn Error + Send + Sync>>>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        |source| Self::Unusable { what, source: source.into() }
    }
}
