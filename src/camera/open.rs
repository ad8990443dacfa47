//! From the configuration to a source.

use super::auto::Auto;
use super::folder::Folder;
use super::programs::exec;
use super::programs::ffmpeg::Input;
use super::programs::opener::Ffmpeg;
use super::scene::SceneSource;
use super::source::{Source, SourceError};
use super::v4l2::V4l2;
use super::v4l2::again::Again;
use crate::backoff::Backoff;
use crate::children::Launcher;
use crate::config::{self, CameraSource};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pauses before a source that failed is opened again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Whether a network camera is back costs a knock at its door, and it is to be seen again soon.
const LONGEST_OF_ADDRESS: Duration = Duration::from_secs(1);

/// Opens a source; called again after each failure.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Source>, SourceError> + Send>;

/// How a source is opened, and how often.
pub struct Opening {
    pub open: Opener,
    /// Between attempts.
    pub pauses: Backoff,
}

/// That of a configuration. `launcher` starts programs of others, which are not waited for once `stop` is cancelled.
pub fn opening(config: &config::Camera, launcher: Launcher, stop: &CancellationToken) -> Opening {
    Opening { open: opener(config, launcher, stop.clone()), pauses: pauses(&config.source) }
}

fn opener(config: &config::Camera, launcher: Launcher, stop: CancellationToken) -> Opener {
    let config = config.clone();
    let by_ffmpeg = |launcher, stop, input, config| {
        let mut ffmpeg = Ffmpeg::new(launcher, stop, input, config);
        Box::new(move || ffmpeg.open())
    };
    match config.source.clone() {
        CameraSource::Auto => {
            let mut auto = Auto::new(config);
            Box::new(move || auto.open())
        }
        CameraSource::Scene => Box::new(move || Ok(Box::new(SceneSource::new(&config)))),
        CameraSource::Folder(path) => Box::new(move || Ok(Box::new(Folder::open(&path, config.fps)?))),
        CameraSource::V4l2(path) => {
            let mut again = Again::new(path);
            Box::new(move || Ok(Box::new(V4l2::open(&mut again, &config)?)))
        }
        CameraSource::Address(address) => by_ffmpeg(launcher, stop, Input::Address(address), config),
        CameraSource::Film(path) => by_ffmpeg(launcher, stop, Input::Film(path), config),
        CameraSource::Exec(command) => Box::new(move || exec::open(&launcher, &stop, &command, &config)),
    }
}

fn pauses(source: &CameraSource) -> Backoff {
    let longest = if matches!(source, CameraSource::Address(_)) { LONGEST_OF_ADDRESS } else { LONGEST_PAUSE };
    Backoff::new(FIRST_PAUSE, longest)
}
