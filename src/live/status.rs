//! How the live service is.

use crate::domain::ModelId;

/// What the live service does.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct LiveStatus {
    /// The model that looks at the camera: the deployed one, unless that could not be loaded.
    pub model: Option<ModelId>,
    /// Frames looked at a second, measured.
    pub fps: f32,
    /// What the model takes for a frame, smoothed.
    pub milliseconds: f32,
    /// What is wrong, in words.
    pub error: Option<String>,
}
