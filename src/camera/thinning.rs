//! What becomes of the pictures that a camera sends: a camera may send more than are wanted.

use bytes::Bytes;
use std::time::{Duration, Instant};

/// So many damaged frames in a row, and the camera is opened anew.
pub const MOST_DAMAGED: u32 = 30;

/// A whole JPEG with its size in pixels.
#[derive(Debug, PartialEq, Eq)]
pub struct Jpeg {
    pub bytes: Bytes,
    pub width: u32,
    pub height: u32,
}

/// What a picture was.
#[derive(Debug)]
pub enum Grab {
    Frame(Jpeg),
    /// Too soon after the last frame, so not looked at: it may be damaged or not.
    Skipped,
    /// Cut off, or nothing that can be read.
    Damaged,
}

/// Holds a camera to `camera.fps`: many have one rate only, and send frames too many.
#[derive(Debug)]
pub struct Thinning {
    period: Duration,
    last: Option<Instant>,
}

impl Thinning {
    pub fn new(fps: f32) -> Self {
        Self { period: Duration::from_secs_f32(1.0 / fps), last: None }
    }

    /// Looks at a picture that came `now`, if it is time for a frame. `jpeg`: its picture, `None` where it is damaged.
    pub fn grab(&mut self, now: Instant, jpeg: impl FnOnce() -> Option<Jpeg>) -> Grab {
        // A quarter of a period of slack, as cameras are not that punctual.
        if self.last.is_some_and(|last| now - last < self.period.mul_f32(0.75)) {
            return Grab::Skipped;
        }
        match jpeg() {
            Some(jpeg) => {
                self.last = Some(now);
                Grab::Frame(jpeg)
            }
            None => Grab::Damaged,
        }
    }
}
