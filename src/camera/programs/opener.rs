//! Opens what ffmpeg reads, again and again.

use super::door;
use super::ffmpeg::{Input, Player};
use super::film::Film;
use super::version::Version;
use crate::camera::source::{Source, SourceError};
use crate::children::Launcher;
use crate::config;
use crate::domain::CameraTrouble;
use crate::files;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Opens an input, again and again.
pub struct Ffmpeg {
    launcher: Launcher,
    stop: CancellationToken,
    input: Input,
    config: config::Camera,
    /// Once it was asked.
    version: Option<Version>,
}

impl Ffmpeg {
    pub fn new(launcher: Launcher, stop: CancellationToken, input: Input, config: config::Camera) -> Self {
        Self { launcher, stop, input, config, version: None }
    }

    /// Starts ffmpeg. Error: it is missing, the film is, or nobody answers at the address.
    pub fn open(&mut self) -> Result<Box<dyn Source>, SourceError> {
        let version = match self.version {
            Some(version) => version,
            None => *self.version.insert(Version::ask(&self.launcher)?),
        };
        let (launcher, stop) = (self.launcher.clone(), self.stop.clone());
        let player = Player { launcher, stop, input: self.input.clone(), config: self.config.clone(), version };
        match &self.input {
            Input::Address(address) => {
                door::knock(address)?;
                Ok(Box::new(player.start(Duration::ZERO, None)?))
            }
            Input::Film(path) => {
                readable(path)?;
                Ok(Box::new(Film::begin(player)?))
            }
        }
    }
}

fn readable(path: &Path) -> Result<(), SourceError> {
    let shown = path.display();
    let refused = |error: std::io::Error| {
        SourceError::of(format!("camera.source: the film {shown} can't be read: {error}"), error)
    };
    if path.is_dir() {
        let text = format!("camera.source: {shown} is a folder, and no film; for photographs it is folder:{shown}");
        return Err(SourceError::new(CameraTrouble::Unsuitable, text));
    }
    files::open(path).map(|_| ()).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput => SourceError::new(CameraTrouble::Unsuitable, refused(error).to_string()),
        _ => refused(error),
    })
}
