//! The deployed model on the camera (stub; its owner replaces this).
use crate::{camera::Camera, config, domain::*, events::Events, runtime::Runtime, store::Store};
use std::sync::Arc;
use tokio::sync::watch;

/// A loaded model: bytes of a JPEG or pixels in, predictions out.
pub struct Detector {}
impl Detector {
    /// Loads an exported model file (see `train::export` for its inputs and outputs).
    pub fn load(_runtime: &Runtime, _model: &Model, _path: &std::path::Path) -> anyhow::Result<Self> {
        todo!()
    }
    /// Predictions with a score of at least `threshold`, in pixels of `image`, best first.
    pub fn detect(&mut self, _image: &image::RgbImage, _threshold: f32) -> anyhow::Result<Vec<Prediction>> {
        todo!()
    }
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct LiveStatus {
    pub model: Option<ModelId>,
    pub fps: f32,
    pub milliseconds: f32,
    pub error: Option<String>,
}

/// Handle; clones share it.
#[derive(Clone)]
pub struct Live {
    pub status: watch::Receiver<LiveStatus>,
    pub detections: watch::Receiver<Option<Arc<Detections>>>,
}
impl Live {
    /// Runs the deployed model on the camera's newest frame `live.fps` times a second; follows `Event::Deployed`.
    pub fn start(
        _config: &config::Live,
        _runtime: Runtime,
        _store: Store,
        _camera: Camera,
        _events: Events,
        _stop: tokio_util::sync::CancellationToken,
    ) -> Self {
        todo!()
    }
    /// Deploys; the live loop follows. The one place where a model goes live, for both doors and the trainer.
    pub fn deploy(&self, _id: ModelId) -> Result<Model, crate::store::StoreError> {
        todo!()
    }
    pub fn roll_back(&self) -> Result<Model, crate::store::StoreError> {
        todo!()
    }
    /// What the deployed model proposes for a stored frame; empty without a model.
    pub fn propose(&self, _frame: FrameId) -> Result<Vec<Prediction>, crate::store::StoreError> {
        todo!()
    }
}

pub mod deployment {
    use super::*;
    pub fn deploy(_store: &Store, _events: &Events, _id: ModelId) -> Result<Model, crate::store::StoreError> {
        todo!()
    }
}
