//! Training (stub; its owner replaces this).
pub mod evaluate;
use crate::domain::*;

/// Body of `POST /trainings`; `{}` is enough.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainRequest {
    /// `base` or the id of a model.
    pub from: Option<String>,
    pub experiments: Option<u32>,
    pub epochs: Option<u32>,
    /// Names; all by default.
    pub categories: Option<Vec<String>>,
}
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The request or the data is wrong: what, and what to do.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error("{0}")]
    Failed(String),
}
/// Handle on the training service; clones share it. Trainings queue and run one at a time, and go on after a restart.
#[derive(Clone)]
pub struct Trainer {}
impl Trainer {
    /// Checks the request, stores a training in state `queued`, and returns it.
    pub fn submit(&self, _request: TrainRequest) -> Result<Training, TrainError> {
        todo!()
    }
    /// Cancels a training that is not over; one that is over is returned as it is.
    pub fn cancel(&self, _id: TrainingId) -> Result<Training, TrainError> {
        todo!()
    }
}
