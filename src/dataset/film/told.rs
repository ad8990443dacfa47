//! What came of a film.

use super::every::Every;
use crate::domain::{CameraId, ClipId};
use crate::store::StoreError;
use serde::Serialize;

/// What came of a film so far.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FilmReport {
    /// Of which its frames are.
    pub clip: ClipId,
    pub name: Option<String>,
    /// The camera of this device that takes it; absent for films that are brought in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    /// Frames that were stored.
    pub frames: u64,
    /// Pictures that were left out, as they look like the one before.
    pub near_copies: u64,
    /// Pictures that were damaged.
    pub damaged: u64,
    /// Older frames that were dropped to make room.
    pub dropped: u64,
    /// How far in it the last picture lies.
    pub seconds: f64,
    /// How long it says it is; of a camera, how long it is to be.
    pub of: Option<f64>,
    /// Seconds between two pictures; of a camera, on average.
    pub every: f64,
    /// What was wrong with it.
    pub notes: Vec<String>,
}

impl FilmReport {
    /// Of a film of which nothing was read yet.
    pub fn of(clip: ClipId, name: Option<String>, every: Every, of: Option<f64>) -> Self {
        let every = every.seconds();
        let (camera, frames, near_copies, damaged, dropped, seconds, notes) = Default::default();
        Self { clip, name, camera, frames, near_copies, damaged, dropped, seconds, of, every, notes }
    }

    /// Of one that this camera is about to take, for so many seconds at most.
    pub fn of_camera(clip: ClipId, camera: CameraId, seconds: f64) -> Self {
        let report = Self::of(clip, None, Every::default(), Some(seconds));
        Self { camera: Some(camera), every: 0.0, ..report }
    }
}

/// Why a film is not taken in, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    #[error("{0}")]
    NoProgram(String),
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    TooLarge(String),
    #[error("it was stopped")]
    Stopped,
    /// Why its camera gives nothing, in words.
    #[error("{0}")]
    Camera(String),
    /// Who ended ffmpeg, in words.
    #[error("ffmpeg was ended while it read the film ({0}), which is no fault of the film: bring it in again")]
    Ended(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// With what was stored before.
    #[error(
        "{why}; {frames} frames of it, to {seconds:.1} seconds, are stored as clip {clip}: delete that to be rid of them"
    )]
    Broken { why: Box<FilmError>, frames: u64, seconds: f64, clip: ClipId },
}

impl FilmError {
    /// The same, with what was stored before.
    pub(super) fn after(self, report: &FilmReport) -> Self {
        match *report {
            FilmReport { frames: 0, .. } => self,
            FilmReport { frames, seconds, clip, .. } => Self::Broken { why: Box::new(self), frames, seconds, clip },
        }
    }
}
