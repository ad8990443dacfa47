//! Frame sources and the capture service (stub; its owner replaces this).
use crate::{config, domain::*, events::Events, store::Store};
use std::sync::Arc;
use tokio::sync::watch;

/// What the camera does.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct CameraStatus {
    /// `starting`, `streaming`, `lost`, `full` (no room to keep frames).
    pub state: String,
    /// What was taken: `scene`, `folder:…`, `v4l2:/dev/video0 (name)`.
    pub source: String,
    /// What is wrong, in words.
    pub error: Option<String>,
    /// Measured frames a second.
    pub fps: f32,
    pub width: u32,
    pub height: u32,
    /// Frames stored since the start.
    pub kept: u64,
    /// Frames skipped because they hardly differ.
    pub skipped: u64,
}

/// Handle on the running camera; clones share it.
#[derive(Clone)]
pub struct Camera {
    pub status: watch::Receiver<CameraStatus>,
    pub latest: watch::Receiver<Option<Arc<NewFrame>>>,
}

impl Camera {
    /// Starts the capture thread: reconnects by itself with growing, jittered pauses, until `stop` is cancelled.
    pub fn start(
        _config: &config::Camera,
        _store: Store,
        _events: Events,
        _stop: tokio_util::sync::CancellationToken,
    ) -> Self {
        todo!()
    }
    /// Stores the newest frame now, whatever the keep rule says. Error: no camera frame yet, or the store is full.
    pub fn capture(&self) -> Result<Frame, crate::store::StoreError> {
        todo!()
    }
}
