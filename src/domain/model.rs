//! An exported model, and what it sees.

use super::bbox::BBox;
use super::camera::CameraId;
use super::category::Category;
use super::clock::Clock;
use super::id::{FrameId, LookId, ModelId, TrainingId};
use super::training::Metrics;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The winner of a training, exported as one ONNX file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Model {
    pub id: ModelId,
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    /// `unsure` where the clock was not believed then, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    pub training: TrainingId,
    /// In the order of the class indices the ONNX file gives out.
    pub categories: Vec<Category>,
    /// The score from which a prediction counts: best F1 on the validation frames.
    pub threshold: f32,
    /// On the validation frames.
    pub metrics: Metrics,
    /// Name of the base it stands on.
    pub base: String,
    /// Of the frames and labels it was trained on (SHA-256, hex).
    pub dataset_hash: String,
    /// Size in bytes of the ONNX file.
    pub bytes: u64,
    /// Whether it looks at all cameras that have no model of their own.
    pub deployed: bool,
    /// Cameras whose own it is: it alone looks at them. Absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub cameras: Vec<CameraId>,
}

impl Model {
    /// Whether it looks at any camera.
    pub fn is_live(&self) -> bool {
        self.deployed || !self.cameras.is_empty()
    }
}

/// The models that are live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveModels {
    /// Of all cameras that have none of their own, and of what no camera took.
    pub all: Option<Model>,
    /// Of each camera that has one.
    pub own: BTreeMap<CameraId, Model>,
}

impl LiveModels {
    /// The one that looks at this camera; at what no camera took, where none is named.
    pub fn at(&self, camera: Option<&CameraId>) -> Option<&Model> {
        camera.and_then(|camera| self.own.get(camera)).or(self.all.as_ref())
    }

    /// Each, as often as it looks at something.
    pub fn each(&self) -> impl Iterator<Item = &Model> {
        self.all.iter().chain(self.own.values())
    }
}

/// One object seen on the live camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DetectedObject {
    pub category: String,
    /// In pixels of the camera's frame; absent for tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BBox>,
    /// 0 to 1.
    pub score: f32,
    /// The same object keeps its number from frame to frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u64>,
    /// The zone to watch that it is in, where there are zones for its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// What the deployed model saw in one camera frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Detections {
    /// Of this look; that of its message on MQTT too.
    pub id: LookId,
    /// When the frame was taken that the model looked at.
    #[schema(value_type = String, format = DateTime)]
    pub taken: Timestamp,
    pub model: ModelId,
    /// The camera that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    /// Pixels of the camera's frame.
    pub width: u32,
    /// Pixels of the camera's frame.
    pub height: u32,
    pub objects: Vec<DetectedObject>,
    /// Of the stored frame, where this one was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<FrameId>,
    /// Milliseconds the model took.
    pub milliseconds: f32,
}
