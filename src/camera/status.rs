//! How the camera is.

use serde::{Deserialize, Serialize};

/// Whether frames come and are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CameraState {
    /// Nothing has come of it yet.
    Starting,
    Streaming,
    /// No frames come; the status says why.
    Lost,
    /// Frames come, but there is no room to keep them.
    Full,
}

/// What the camera does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CameraStatus {
    pub state: CameraState,
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
