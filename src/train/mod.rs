//! Training: a base, a head, a search, and the run from labelled frames to a model.
//!
//! [`base`] is frozen below the fork; [`features`] computes what it sees once; [`head`] and [`loss`] are graphs for E
//! experiments at once; [`step`] joins them with gradients and optimizer; [`experiments`] runs them, [`lanes`] decides
//! how many share a graph; [`search`] draws hyperparameters and stops the weaker half; [`run`] is the whole training; [`export`] writes the winner as one ONNX
//! file. [`trainer`] is the service for both doors: [`request`] checks what is asked, [`recorder`] keeps store and
//! listeners up, [`verdict`] decides whether the winner goes live.

pub mod base;
pub mod bench;
mod checkpoint;
mod decode;
pub mod evaluate;
mod experiments;
pub mod export;
mod features;
mod fork;
pub mod given;
mod head;
mod heat;
pub mod import_base;
pub mod inspect;
pub mod lanes;
mod looker;
mod loss;
mod network;
pub mod normalization;
mod pace;
mod prepare;
mod recorder;
mod request;
pub mod run;
pub mod schedule;
pub mod scratch;
pub mod search;
mod settings;
mod step;
mod targets;
mod trainer;
mod verdict;
mod views;

pub(crate) use head::normal;
pub use request::{LEAST_FRAMES, TrainRequest};
pub use trainer::Trainer;
pub use verdict::judge;

/// Why a training did not start or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The request or the data is wrong: what, and what to do.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Runtime(#[from] crate::runtime::RuntimeError),
    #[error("{0}")]
    Failed(String),
    #[error("the training was cancelled")]
    Cancelled,
}
