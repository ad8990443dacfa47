//! `camera.source = "auto"`: the first V4L2 camera. Where there is none, it is waited for.

use super::source::{Source, SourceError};
use super::v4l2::V4l2;
use super::v4l2::again::Again;
use super::v4l2::node::{self, Node};
use crate::config;
use crate::domain::CameraTrouble;

/// Decides once: a camera that was taken is waited for when it goes away, never replaced by another.
pub struct Auto {
    config: config::Camera,
    taken: Option<Again>,
}

impl Auto {
    pub fn new(config: config::Camera) -> Self {
        Self { config, taken: None }
    }

    /// The camera. Error: it is not there (yet), is busy, or may not be opened.
    pub fn open(&mut self) -> Result<Box<dyn Source>, SourceError> {
        match &mut self.taken {
            Some(again) => Ok(Box::new(V4l2::open(again, &self.config)?)),
            None => self.choose(node::find()),
        }
    }

    fn choose(&mut self, nodes: Vec<Result<Node, SourceError>>) -> Result<Box<dyn Source>, SourceError> {
        let mut failures = Vec::new();
        for found in nodes {
            let opened = found.and_then(|node| {
                let mut again = Again::new(node.path.clone());
                Ok((V4l2::open(&mut again, &self.config)?, again))
            });
            match opened {
                Ok((camera, again)) => {
                    tracing::info!("camera.source is auto: taking {}", camera.describe());
                    self.taken = Some(again);
                    return Ok(Box::new(camera));
                }
                // Nothing will come of it, whatever is done.
                Err(error) if error.trouble == CameraTrouble::Unsuitable => {
                    tracing::debug!("camera.source is auto: {error}")
                }
                Err(error) => failures.push(error),
            }
        }
        // One that is busy, or may not be opened, is a camera all the same.
        Err(failures.into_iter().next().unwrap_or_else(none))
    }
}

fn none() -> SourceError {
    let text = "waiting for a camera: plug one in, and it is taken; a network camera needs its address (camera.source = \
                \"rtsp://…\")";
    SourceError::new(CameraTrouble::Missing, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_camera_it_waits_and_makes_nothing_up() {
        let mut auto = Auto::new(config::Camera::default());
        for _ in 0..2 {
            let error = auto.choose(vec![]).err().unwrap();
            assert_eq!(error.trouble, CameraTrouble::Missing);
            assert!(error.to_string().starts_with("waiting for a camera"), "{error}");
        }
        let busy = || Err(SourceError::new(CameraTrouble::Busy, "in use"));
        let unsuitable = || Err(SourceError::new(CameraTrouble::Unsuitable, "no camera"));
        assert_eq!(auto.choose(vec![unsuitable(), busy()]).err().unwrap().trouble, CameraTrouble::Busy);
        assert_eq!(auto.choose(vec![unsuitable()]).err().unwrap().trouble, CameraTrouble::Missing);
    }
}
