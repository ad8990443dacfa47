//! The scene as a camera.

use super::render::Scene;
use crate::camera::source::{FrameClock, Source, SourceError};
use crate::config;
use crate::domain::{FrameSource, NewFrame};
use crate::picture;
use jiff::Timestamp;

/// Quality of the JPEGs a scene frame is encoded with.
const QUALITY: u8 = 88;

impl Scene {
    /// The frame this scene shows at a time, with its truth: what the live source gives then, and what the demo
    /// back-fills the past with.
    pub fn frame(&self, taken: Timestamp) -> NewFrame {
        let (image, truth) = self.render(taken.as_microsecond() as f64 / 1e6);
        NewFrame {
            jpeg: picture::encode_jpeg(&image, QUALITY),
            taken,
            width: image.width(),
            height: image.height(),
            source: FrameSource::Scene,
            camera: None,
            name: None,
            clip: None,
            kept: None,
            truth: Some(truth),
        }
    }
}

/// Shows [`Scene::SEED`]'s scene as it is now.
pub struct SceneSource {
    scene: Scene,
    clock: FrameClock,
}

impl SceneSource {
    pub fn new(config: &config::Camera) -> Self {
        let (width, height) = config.size();
        Self { scene: Scene::new(Scene::SEED, width, height), clock: FrameClock::new(config.fps) }
    }
}

impl Source for SceneSource {
    fn next(&mut self) -> Result<NewFrame, SourceError> {
        self.clock.wait();
        Ok(self.scene.frame(Timestamp::now()))
    }

    fn describe(&self) -> String {
        "scene".into()
    }
}
