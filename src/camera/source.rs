//! What a frame source is.

use crate::config::{self, CameraSource};
use crate::domain::NewFrame;
use std::time::{Duration, Instant};

/// Where frames come from. Dropping it closes the device.
pub trait Source {
    /// Blocks until there is a frame, at most about `camera.fps` of them a second. After an error the source is done
    /// for: drop it and open another.
    fn next(&mut self) -> Result<NewFrame, SourceError>;

    /// What it is: `scene`, `folder:PATH`, `v4l2:/dev/videoN (name)`.
    fn describe(&self) -> String;
}

/// Why there is no frame. The texts say what to do where something can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It can't be opened.
    #[error("{0}")]
    Unavailable(String),
    /// It went away.
    #[error("{0}")]
    Lost(String),
    /// It is there, but gives no frames.
    #[error("{0}")]
    Stalled(String),
}

/// Opens a source; called again after each failure.
pub(super) type Opener = Box<dyn FnMut() -> Result<Box<dyn Source>, SourceError> + Send>;

/// The opener for a configuration.
pub(super) fn opener(config: &config::Camera) -> Opener {
    let config = config.clone();
    match config.source.clone() {
        CameraSource::Auto => {
            let mut auto = super::auto::Auto::new(config);
            Box::new(move || auto.open())
        }
        CameraSource::Scene => Box::new(move || Ok(Box::new(super::scene::SceneSource::new(&config, None)))),
        CameraSource::Folder(path) => Box::new(move || Ok(Box::new(super::folder::Folder::open(&path, config.fps)?))),
        CameraSource::V4l2(path) => Box::new(move || Ok(Box::new(super::v4l2::V4l2::open(&path, &config)?))),
    }
}

/// Holds a source without a clock of its own to its frame rate.
pub(super) struct Pace {
    period: Duration,
    due: Instant,
}

impl Pace {
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
