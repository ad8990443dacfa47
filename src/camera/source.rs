//! What a frame source is.

use crate::domain::NewFrame;
use std::io;
use std::time::{Duration, Instant};

/// Where frames come from. Dropping it closes the device.
pub trait Source {
    /// Blocks until there is a frame, at most about `camera.fps` of them a second. After an error the source is done
    /// for: drop it and open another.
    fn next(&mut self) -> Result<NewFrame, SourceError>;

    /// What it is: `scene`, `folder:PATH`, `v4l2:/dev/videoN (name)`.
    fn describe(&self) -> String;
}

/// Why there is no frame. The texts say what to do where something can be done, and what was wrong in the words of a
/// person; the error beneath is kept as their source.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It can't be opened.
    #[error("{what}")]
    Unavailable { what: String, source: Option<io::Error> },
    /// It went away.
    #[error("{what}")]
    Lost { what: String, source: Option<io::Error> },
    /// It is there, but gives no frames.
    #[error("{0}")]
    Stalled(String),
    /// Its code broke off with a panic.
    #[error("the source broke: {0}")]
    Broke(String),
}

impl SourceError {
    /// It can't be opened, and no other error says why.
    pub fn unavailable(what: String) -> Self {
        Self::Unavailable { what, source: None }
    }
}

/// Holds a source without a clock of its own to its frame rate.
pub(super) struct FrameClock {
    period: Duration,
    due: Instant,
}

impl FrameClock {
    pub fn new(fps: f32) -> Self {
        Self { period: Duration::from_secs_f32(1.0 / fps), due: Instant::now() }
    }

    /// Sleeps until the next frame is due. Time lost is not made up for.
    pub fn wait(&mut self) {
        let now = Instant::now();
        if self.due > now {
            std::thread::sleep(self.due - now);
        }
        self.due = (self.due + self.period).max(now);
    }
}
