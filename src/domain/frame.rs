//! A stored camera frame. Inside the device every frame is a JPEG.

use super::camera::CameraId;
use super::clock::Clock;
use super::id::{ClipId, FrameId};
use super::kept::KeptFor;
use super::label::{Label, Phase};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a frame came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrameSource {
    /// A camera: neighbours in time look alike.
    Camera,
    /// The generated demo scene: neighbours in time look alike.
    Scene,
    /// A photograph from a folder: neighbours in time are unrelated.
    Folder,
    /// An imported data set.
    Import,
    /// Sent over HTTP.
    Upload,
}

impl FrameSource {
    /// Whether frames taken within seconds of one another are near copies.
    pub fn is_continuous(self) -> bool {
        matches!(self, Self::Camera | Self::Scene)
    }

    /// Whether somebody brought it, and may be about to label it.
    pub fn is_brought(self) -> bool {
        matches!(self, Self::Import | Self::Upload)
    }
}

/// A frame's place in a clip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClipPlace {
    pub id: ClipId,
    /// Seconds from the clip's start.
    pub at: f64,
}

/// Whose a frame is that came out of the pool of a fleet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pooled {
    /// The device that took it, or that it was brought to.
    pub device: String,
    /// Its id there.
    pub frame: FrameId,
    /// The camera of that device that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
}

/// A stored frame, without its bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Frame {
    pub id: FrameId,
    /// When the picture was taken.
    #[schema(value_type = String, format = DateTime)]
    pub taken: Timestamp,
    /// `unsure` where the clock was not believed when it was taken, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Length of the stored JPEG.
    pub bytes: u64,
    pub source: FrameSource,
    /// The camera of this device that took it; absent for frames that came another way, and for those stored before
    /// cameras had names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    /// Name of the file it came from, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The clip that it is a frame of, and where in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<ClipPlace>,
    /// Why its camera kept it before its time; absent for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptFor>,
    /// The device of the fleet whose it is; absent for this one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<Box<Pooled>>,
    pub phase: Phase,
    /// Of its labels; see `FrameLabels`.
    pub revision: u64,
}

/// A frame about to be stored. `jpeg` is complete and decodable, `width` and `height` are its true size.
#[derive(Clone, Debug)]
pub struct NewFrame {
    pub jpeg: bytes::Bytes,
    pub taken: Timestamp,
    pub width: u32,
    pub height: u32,
    pub source: FrameSource,
    /// The camera of this device that took it.
    pub camera: Option<CameraId>,
    pub name: Option<String>,
    /// The clip that it is a frame of.
    pub clip: Option<ClipPlace>,
    /// Why its camera keeps it before its time.
    pub kept: Option<KeptFor>,
    /// What the scene knows is in it; never stored with the frame.
    pub truth: Option<Vec<Label>>,
}
