//! `camera.source = "auto"`: the first V4L2 camera, else the demo scene.

use super::scene::SceneSource;
use super::source::{Source, SourceError};
use super::v4l2::{V4l2, node};
use crate::config;
use crate::domain::CameraTrouble;

/// Decides once: a camera that was there at the start is waited for when it goes away, never replaced by the scene.
pub struct Auto {
    config: config::Camera,
    chosen: Option<Choice>,
}

enum Choice {
    Camera,
    Scene,
}

impl Auto {
    pub fn new(config: config::Camera) -> Self {
        Self { config, chosen: None }
    }

    pub fn open(&mut self) -> Result<Box<dyn Source>, SourceError> {
        if matches!(self.chosen, Some(Choice::Scene)) {
            return Ok(self.scene());
        }
        let mut failures = Vec::new();
        for found in node::find() {
            match found.and_then(|node| V4l2::start(node, &self.config)) {
                Ok(camera) => {
                    if self.chosen.is_none() {
                        tracing::info!("camera.source is auto: taking {}", camera.describe());
                    }
                    self.chosen = Some(Choice::Camera);
                    return Ok(Box::new(camera));
                }
                Err(error) => failures.push(error),
            }
        }
        if self.chosen.is_some() {
            let none = || SourceError::new(CameraTrouble::Unplugged, "no camera is plugged in");
            return Err(failures.into_iter().next().unwrap_or_else(none));
        }
        self.chosen = Some(Choice::Scene);
        for failure in failures {
            tracing::warn!("camera.source is auto: passing over {failure}");
        }
        tracing::warn!(
            "camera.source is auto and no V4L2 camera was found: showing the demo scene; plug one in and restart, or set camera.source"
        );
        Ok(self.scene())
    }

    fn scene(&self) -> Box<dyn Source> {
        Box::new(SceneSource::new(&self.config, Some("no camera found")))
    }
}
