//! How the camera is.

use crate::domain::{CameraId, CameraTrouble};
use jiff::Timestamp;
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
    /// What kind of thing is wrong with the camera; `null` where nothing is, or where it is the disk.
    pub trouble: Option<CameraTrouble>,
    /// Since when no frames come; `null` where they do.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lost_since: Option<Timestamp>,
    /// Measured frames a second.
    pub fps: f32,
    pub width: u32,
    pub height: u32,
    /// Frames stored since the start.
    pub kept: u64,
    /// Frames skipped because they hardly differ.
    pub skipped: u64,
    /// Damaged pictures passed over since the start.
    pub damaged: u64,
}

/// One camera of the device, and how it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CameraReport {
    pub id: CameraId,
    #[serde(flatten)]
    pub status: CameraStatus,
    /// Its frames a second that the deployed model looks at, measured; 0 while none does.
    pub live_fps: f32,
}

impl CameraStatus {
    /// Before anything has come.
    pub fn starting(source: String) -> Self {
        Self {
            state: CameraState::Starting,
            source,
            error: None,
            trouble: None,
            lost_since: None,
            fps: 0.0,
            width: 0,
            height: 0,
            kept: 0,
            skipped: 0,
            damaged: 0,
        }
    }
}
