//! How the camera is.

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
