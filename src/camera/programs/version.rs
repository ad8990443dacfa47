//! What this ffmpeg can do.

use crate::camera::source::SourceError;
use crate::children::{Child, Launcher, Program};
use crate::domain::CameraTrouble;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

const SAID_WITHIN: Duration = Duration::from_secs(10);

/// The first two numbers of its version. One that was built between versions is as new as can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32);

impl Version {
    /// `-fps_mode` instead of `-vsync`.
    pub fn has_fps_mode(self) -> bool {
        self >= Self(5, 1)
    }

    /// A list of addresses, read from standard input, can say how each is to be opened.
    pub fn lists_have_options(self) -> bool {
        self >= Self(5, 0)
    }

    /// Asks it. Error: it is not there, or says nothing.
    pub fn ask(launcher: &Launcher) -> Result<Self, SourceError> {
        let mut child =
            Child::start(launcher, &Program::new("ffmpeg").arg("-version")).map_err(|error| match error.kind() {
                ErrorKind::NotFound => SourceError::new(
                    CameraTrouble::NoProgram,
                    "ffmpeg is missing, which reads network cameras and films: install it (sudo apt install ffmpeg)",
                ),
                _ => SourceError::of(format!("ffmpeg can't be started: {error}"), error),
            })?;
        let (mut said, mut piece) = (Vec::new(), [0; 1024]);
        let deadline = Instant::now() + SAID_WITHIN;
        while !said.contains(&b'\n') {
            match child.read(&mut piece, deadline) {
                Ok(read) if read > 0 => said.extend_from_slice(&piece[..read]),
                Ok(_) => break,
                Err(error) => {
                    return Err(SourceError::of(format!("ffmpeg can't be asked for its version: {error}"), error));
                }
            }
        }
        if said.is_empty() {
            let ended = child.finish();
            let text = format!("ffmpeg does not work: {ended}: {}", ended.words.join(" "));
            return Err(SourceError::new(CameraTrouble::Failed, text));
        }
        Ok(Self::of(&String::from_utf8_lossy(&said)))
    }

    /// `ffmpeg version 5.1.9-0+deb12u1 Copyright …`, `ffmpeg version n7.0 …`, `ffmpeg version N-110-gabc …`.
    fn of(said: &str) -> Self {
        let version = said.split_whitespace().nth(2).unwrap_or_default().trim_start_matches('n');
        let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(major), minor) => Self(major, minor.unwrap_or(0)),
            (None, _) => Self(u32::MAX, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_they_are_written() {
        for (said, version) in [
            ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026\n", Version(5, 1)),
            ("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", Version(4, 4)),
            ("ffmpeg version n7.0 Copyright", Version(7, 0)),
            ("ffmpeg version 8", Version(8, 0)),
            ("ffmpeg version N-115-g1234567 Copyright", Version(u32::MAX, 0)),
            ("ffmpeg", Version(u32::MAX, 0)),
        ] {
            assert_eq!(Version::of(said), version, "{said}");
        }
        assert!(!Version(4, 4).lists_have_options() && Version(5, 0).lists_have_options());
        assert!(!Version(5, 0).has_fps_mode() && Version(5, 1).has_fps_mode());
    }
}
