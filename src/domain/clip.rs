//! A clip: a run of frames of one source, a film or a stretch of a camera.

use super::camera::CameraId;
use super::clock::Clock;
use super::frame::FrameSource;
use super::id::{ClipId, FrameId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A clip. All of it is told by its frames: it is there as long as one of them is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Clip {
    pub id: ClipId,
    /// Name of the film, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub source: FrameSource,
    /// The camera of this device that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    /// When its first frame was taken.
    #[schema(value_type = String, format = DateTime)]
    pub taken: Timestamp,
    /// `unsure` where the clock was not believed then; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// How many of its frames there are.
    pub frames: u64,
    /// The first of them.
    pub first: FrameId,
    /// Where the last of them lies: seconds from the clip's start.
    pub seconds: f64,
    /// Seconds between its frames, on average; absent where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<f64>,
}
