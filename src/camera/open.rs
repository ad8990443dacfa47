//! From the configuration to a source.

use super::auto::Auto;
use super::folder::Folder;
use super::scene::SceneSource;
use super::source::{Source, SourceError};
use super::v4l2::V4l2;
use super::v4l2::again::Again;
use crate::config::{self, CameraSource};

/// Opens a source; called again after each failure.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Source>, SourceError> + Send>;

/// The opener for a configuration.
pub fn opener(config: &config::Camera) -> Opener {
    let config = config.clone();
    match config.source.clone() {
        CameraSource::Auto => {
            let mut auto = Auto::new(config);
            Box::new(move || auto.open())
        }
        CameraSource::Scene => Box::new(move || Ok(Box::new(SceneSource::new(&config, None)))),
        CameraSource::Folder(path) => Box::new(move || Ok(Box::new(Folder::open(&path, config.fps)?))),
        CameraSource::V4l2(path) => {
            let mut again = Again::new(path);
            Box::new(move || Ok(Box::new(V4l2::open(&mut again, &config)?)))
        }
    }
}
