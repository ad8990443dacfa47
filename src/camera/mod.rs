//! Frame sources and capture into the store.
//!
//! A [`Source`] blocks for its next frame; the service ([`Camera::start`]) owns one at a time on a thread of its own,
//! opens it anew whenever it fails, publishes the newest frame, and stores those that the keep rule picks.

pub mod auto;
pub mod folder;
pub mod keep;
pub mod scene;
mod service;
mod source;
pub mod v4l2;

pub use scene::Scene;
pub use service::Camera;
pub use source::{Source, SourceError};

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
