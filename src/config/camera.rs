//! One camera: where its frames come from, and which are kept.

use super::source::CameraSource;
use crate::domain::{CameraId, limits as bounds};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Camera {
    /// What it is called: by it frames, events and topics of several cameras are told apart. Needed where there are
    /// several; `main` for one without.
    pub id: Option<CameraId>,
    pub source: CameraSource,
    /// Pixels asked of the camera; 0 leaves it to the source: see [`Camera::size`] and [`Camera::asked_size`].
    pub width: u32,
    /// Pixels asked of the camera; 0 leaves it to the source.
    pub height: u32,
    /// Frames a second asked of the camera.
    pub fps: f32,
    /// Seconds between stored frames, at least.
    pub keep_every: f32,
    /// Mean difference (0 to 255, on a small grey copy) from the last kept frame below which a frame is skipped.
    pub keep_difference: f32,
    /// Frames an hour kept beyond that, at most, for what the deployed model makes of them; 0 keeps none.
    pub keep_more_per_hour: u32,
    /// Seconds around what is kept so, or what appears, of which the looks are kept as a clip; 0 makes none.
    pub burst: f32,
    /// Arguments of ffmpeg before its input, for network cameras and films: hardware decoders.
    pub ffmpeg_args: Vec<String>,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            id: None,
            source: CameraSource::Auto,
            width: 0,
            height: 0,
            fps: 15.0,
            keep_every: 10.0,
            keep_difference: 3.0,
            keep_more_per_hour: 60,
            burst: 2.0,
            ffmpeg_args: Vec::new(),
        }
    }
}

impl Camera {
    /// Pixels for a source that has no size of its own: 640 × 480, but for what was asked for.
    pub fn size(&self) -> (u32, u32) {
        let or = |side, usual| if side == 0 { usual } else { side };
        (or(self.width, 640), or(self.height, 480))
    }

    /// Pixels for a source that has a size: `None`, and what it has, unless one was asked for.
    pub fn asked_size(&self) -> Option<(Option<u32>, Option<u32>)> {
        let asked = |side| Some(side).filter(|side| *side > 0);
        Some((asked(self.width), asked(self.height))).filter(|sides| *sides != (None, None))
    }
}

impl Camera {
    pub(super) fn check(&self) -> Result<(), String> {
        bounds::per_second("camera.fps", self.fps)?;
        for (key, value) in [("camera.width", self.width), ("camera.height", self.height)] {
            if value > 0 {
                bounds::within(key, value, &bounds::CAMERA_SIDE)?;
            }
        }
        bounds::within("camera.keep_more_per_hour", self.keep_more_per_hour, &bounds::KEPT_PER_HOUR)?;
        bounds::within("camera.burst", self.burst, &bounds::BURST)?;
        match self.keep_every >= 0.0 && self.keep_difference >= 0.0 {
            true => Ok(()),
            false => Err("camera.keep_every and camera.keep_difference must not be negative".into()),
        }
    }
}
