//! `camera.source = "auto"`: the first V4L2 camera, else the demo scene.

use super::scene::SceneSource;
use super::source::{Source, SourceError};
use super::v4l2::V4l2;
use super::v4l2::again::Again;
use super::v4l2::node;
use crate::config;
use crate::domain::CameraTrouble;

/// Decides once: a camera that was taken is waited for when it goes away, never replaced by the scene, nor by another.
pub struct Auto {
    config: config::Camera,
    chosen: Option<Choice>,
}

enum Choice {
    Camera(Again),
    Scene,
}

impl Auto {
    pub fn new(config: config::Camera) -> Self {
        Self { config, chosen: None }
    }

    pub fn open(&mut self) -> Result<Box<dyn Source>, SourceError> {
        match &mut self.chosen {
            Some(Choice::Camera(again)) => Ok(Box::new(V4l2::open(again, &self.config)?)),
            Some(Choice::Scene) => Ok(self.scene()),
            None => self.choose(),
        }
    }

    fn choose(&mut self) -> Result<Box<dyn Source>, SourceError> {
        let mut failures = Vec::new();
        for found in node::find() {
            let opened = found.and_then(|node| {
                let mut again = Again::new(node.path.clone());
                Ok((V4l2::open(&mut again, &self.config)?, again))
            });
            match opened {
                Ok((camera, again)) => {
                    tracing::info!("camera.source is auto: taking {}", camera.describe());
                    self.chosen = Some(Choice::Camera(again));
                    return Ok(Box::new(camera));
                }
                // Nothing will come of it, whatever is done.
                Err(error) if error.trouble == CameraTrouble::Unsuitable => {
                    tracing::debug!("camera.source is auto: {error}")
                }
                Err(error) => failures.push(error),
            }
        }
        // One that is busy, or may not be opened, is a camera all the same, and no reason to show a scene.
        if let Some(first) = failures.into_iter().next() {
            return Err(first);
        }
        self.chosen = Some(Choice::Scene);
        tracing::warn!(
            "camera.source is auto and no V4L2 camera was found: showing the demo scene; plug one in and restart, or set camera.source"
        );
        Ok(self.scene())
    }

    fn scene(&self) -> Box<dyn Source> {
        Box::new(SceneSource::new(&self.config, Some("no camera found")))
    }
}
