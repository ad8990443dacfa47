//! What a frame source is.

use crate::domain::{CameraTrouble, NewFrame};
use rustix::io::Errno;
use std::io;
use std::time::{Duration, Instant};

/// Where frames come from. Dropping it closes the device.
pub trait Source {
    /// Blocks until there is a frame, at most about `camera.fps` of them a second. After an error the source is done
    /// for: drop it and open another.
    fn next(&mut self) -> Result<NewFrame, SourceError>;

    /// How much longer than others it may take to its first frame.
    fn wakes_within(&self) -> Duration {
        Duration::ZERO
    }

    /// Damaged pictures that were passed over since this was asked last.
    fn passed_over(&mut self) -> u64 {
        0
    }

    /// What it is: `scene`, `folder:PATH`, `v4l2:/dev/videoN (name)`.
    fn describe(&self) -> String;
}

/// Why there is no frame. The text says what was wrong in the words of a person, and what to do where something can be
/// done; the error beneath is kept as its source.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct SourceError {
    pub trouble: CameraTrouble,
    what: String,
    source: Option<io::Error>,
}

impl SourceError {
    /// Where no other error says why.
    pub fn new(trouble: CameraTrouble, what: impl Into<String>) -> Self {
        Self { trouble, what: what.into(), source: None }
    }

    /// Where the system says why.
    pub fn of(what: impl Into<String>, source: io::Error) -> Self {
        Self { trouble: trouble_of(&source), what: what.into(), source: Some(source) }
    }
}

/// What an error of the system means for a camera, be it a device or a folder.
pub(super) fn trouble_of(error: &io::Error) -> CameraTrouble {
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => CameraTrouble::Missing,
        Some(Errno::ACCESS | Errno::PERM) => CameraTrouble::NotPermitted,
        Some(Errno::BUSY) => CameraTrouble::Busy,
        // What is behind an open file, or behind its name, is gone.
        Some(Errno::NODEV | Errno::NXIO) => CameraTrouble::Unplugged,
        // A file that is no camera, or no folder.
        Some(Errno::NOTTY | Errno::NOTDIR) => CameraTrouble::Unsuitable,
        _ => CameraTrouble::Failed,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_told_apart() {
        let cases = [
            (Errno::NOENT, CameraTrouble::Missing),
            (Errno::ACCESS, CameraTrouble::NotPermitted),
            (Errno::BUSY, CameraTrouble::Busy),
            (Errno::NODEV, CameraTrouble::Unplugged),
            (Errno::NXIO, CameraTrouble::Unplugged),
            (Errno::NOTTY, CameraTrouble::Unsuitable),
            (Errno::NOTDIR, CameraTrouble::Unsuitable),
            (Errno::IO, CameraTrouble::Failed),
        ];
        for (errno, trouble) in cases {
            assert_eq!(SourceError::of("the camera", errno.into()).trouble, trouble, "{errno}");
        }
    }
}
