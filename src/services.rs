//! What the doors (HTTP, MQTT) reach: handles on every service, and nothing else.

use crate::camera::Camera;
use crate::config::Config;
use crate::domain::{Event, Frame, FrameId, FrameLabels, NewFrame};
use crate::events::Events;
use crate::live::Live;
use crate::runtime::Runtime;
use crate::store::{LabelWrite, Store, StoreError};
use crate::telemetry::Health;
use crate::train::Trainer;
use std::sync::Arc;

/// Handles on every service; clones share them.
#[derive(Clone)]
pub struct Services {
    pub config: Arc<Config>,
    pub store: Store,
    pub events: Events,
    pub camera: Camera,
    pub trainer: Trainer,
    pub live: Live,
    pub runtime: Runtime,
    pub health: Health,
}

/// What must be told as well as stored, in one place for both doors.
impl Services {
    /// Stores a frame that did not come from the camera. Blocks.
    pub fn add_frame(&self, frame: &NewFrame) -> Result<Frame, StoreError> {
        let frame = self.store.add_frame(frame)?;
        self.events.publish(Event::Frame(frame.clone()));
        Ok(frame)
    }

    /// Writes a frame's labels; once this returns they survive a power cut. Blocks.
    pub fn put_labels(&self, frame: FrameId, write: LabelWrite) -> Result<FrameLabels, StoreError> {
        let labels = self.store.put_labels(frame, write)?;
        self.health.metrics().labels_written();
        self.events.publish(Event::Labels(labels.clone()));
        Ok(labels)
    }
}
