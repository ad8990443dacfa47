//! How the live service is.

use crate::domain::{CameraId, ModelId};

/// What the live service does.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct LiveStatus {
    /// The model that looks at the camera: the deployed one, unless that could not be loaded. Where there are several
    /// cameras, the one that looks at all that have none of their own.
    pub model: Option<ModelId>,
    /// Frames looked at a second, of all cameras together, measured.
    pub fps: f32,
    /// What a model takes for a frame, smoothed.
    pub milliseconds: f32,
    /// What is wrong, in words.
    pub error: Option<String>,
    /// How it goes with each camera, in their order.
    pub cameras: Vec<LookedAt>,
}

/// How the model looks at one camera.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct LookedAt {
    pub camera: CameraId,
    /// The model that looks at it: its own, or the one for all; the one before where that could not be loaded.
    pub model: Option<ModelId>,
    /// Its frames looked at a second, measured; 0 while there is no model, or no picture.
    pub fps: f32,
    /// Why its last frame could not be looked at, or why another model looks than is to, in words.
    pub error: Option<String>,
}
