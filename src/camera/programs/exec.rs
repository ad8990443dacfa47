//! `exec:COMMAND`: any program that writes JPEGs one after another to standard output.

use super::pipe::{About, Pipe, last};
use crate::camera::source::{Source, SourceError};
use crate::camera::thinning::Thinning;
use crate::children::{Child, Ended, Launcher, Program};
use crate::config::{self, CameraSource};
use crate::domain::{CameraTrouble, secrets_in_command};
use tokio_util::sync::CancellationToken;

/// What a shell ends with where it finds no program, or may not run it.
const NOT_FOUND: i32 = 127;
const NOT_PERMITTED: i32 = 126;

/// Starts the command. Error: the system has no room for a process.
pub fn open(
    launcher: &Launcher,
    stop: &CancellationToken,
    command: &str,
    config: &config::Camera,
) -> Result<Box<dyn Source>, SourceError> {
    let program = Program::new("/bin/sh").args(["-c", command]);
    // A shell that fails says what it was to do, and a program what it was asked for.
    let program = secrets_in_command(command).into_iter().fold(program, Program::secret);
    let child = Child::start(launcher, &program)
        .map_err(|error| SourceError::of(format!("the program of camera.source can't be started: {error}"), error))?;
    let about = About {
        told: CameraSource::Exec(command.to_owned()).to_string(),
        name: "the program of camera.source",
        fps: config.fps,
        thinning: Thinning::new(config.fps),
        said: Default::default(),
        stop: stop.clone(),
        why,
    };
    Ok(Box::new(Pipe::new(child, about)))
}

fn why(about: &About, ended: Ended, given: bool) -> SourceError {
    if let Some(by) = ended.by_others() {
        return SourceError::new(
            CameraTrouble::Ended,
            format!("{}: it was ended {by}; it is started anew", about.told),
        );
    }
    let last = last(&ended.words);
    let (trouble, text) = match ended.status.and_then(|status| status.code()) {
        Some(NOT_FOUND) if !given => {
            (CameraTrouble::NoProgram, "there is no such program; install it, or mend the command")
        }
        Some(NOT_PERMITTED) if !given => (CameraTrouble::NotPermitted, "it may not be run by this user"),
        Some(0) if !given => (CameraTrouble::Ended, "it ended without a picture"),
        _ if !given => {
            return SourceError::new(CameraTrouble::Ended, format!("{}: {ended} without a picture{last}", about.told));
        }
        _ => {
            return SourceError::new(
                CameraTrouble::Ended,
                format!("{}: {ended}; it is started anew{last}", about.told),
            );
        }
    };
    SourceError::new(trouble, format!("{}: {text}{last}", about.told))
}
