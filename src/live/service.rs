//! The live service as the doors see it.

use super::deployment;
use super::error::ProposeError;
use super::shared::{Drawn, Shared, lock};
use super::status::LiveStatus;
use super::view::{Seen, drawn};
use super::watcher::{Look, Watcher, detect};
use crate::camera::Camera;
use crate::config;
use crate::dataset::queue::Proposed;
use crate::domain::{Detections, FrameId, Model, ModelId};
use crate::events::Events;
use crate::picture::{self, Bounds};
use crate::runtime::Runtime;
use crate::settings::Current;
use crate::store::{Store, StoreError};
use crate::supervise::Supervisor;
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A large model on a small processor takes seconds for a frame, more while a training runs.
const LOOK_WITHIN: Duration = Duration::from_secs(300);

/// Handle; clones share it.
#[derive(Clone)]
pub struct Live {
    pub status: watch::Receiver<LiveStatus>,
    pub detections: watch::Receiver<Option<Arc<Detections>>>,
    shared: Arc<Shared>,
}

impl Live {
    /// Runs the deployed model on the camera's newest frame `live.fps` times a second, as the part `live`; follows
    /// `Event::Deployed`. A model that can't be loaded is told in the status, and the one before goes on. Error: the
    /// system has no thread.
    pub fn start(
        config: Current<config::Live>,
        runtime: Runtime,
        store: Store,
        camera: &Camera,
        events: Events,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        Self::run(config, runtime, Shared::new(store, events), camera, detect, supervisor, stop)
    }

    fn run(
        config: Current<config::Live>,
        runtime: Runtime,
        shared: Shared,
        camera: &Camera,
        look: Look,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let (status, status_seen) = watch::channel(LiveStatus::default());
        let (detections, detections_seen) = watch::channel(None);
        let shared = Arc::new(shared);
        let mut watcher = Watcher::new(config, shared.clone(), runtime, status, detections, look);
        let (mut latest, halt) = (camera.latest.clone(), stop.clone());
        supervisor.thread("live", LOOK_WITHIN, stop, move |beat| {
            watcher.run(&mut latest, &halt, beat);
            Ok(())
        })?;
        Ok(Self { status: status_seen, detections: detections_seen, shared })
    }

    /// Deploys; the live loop follows.
    pub fn deploy(&self, id: ModelId) -> Result<Model, StoreError> {
        deployment::deploy(&self.shared.store, &self.shared.events, id)
    }

    /// Back to the model before; `Conflict` when there is none.
    pub fn roll_back(&self) -> Result<Model, StoreError> {
        deployment::roll_back(&self.shared.store, &self.shared.events)
    }

    /// What the model that runs proposes for a stored frame, and which it is; empty without a model.
    pub fn propose(&self, frame: FrameId) -> Result<Proposed, ProposeError> {
        if lock(&self.shared.loaded).is_none() {
            return Ok(self.shared.store.frame(frame).map(|_| Proposed::default())?);
        }
        let jpeg = self.shared.store.jpeg(frame)?;
        let image = picture::decode(&jpeg, Bounds::default());
        let image = image.map_err(|source| ProposeError::Picture { frame, source })?;
        match &mut *lock(&self.shared.loaded) {
            Some(loaded) => {
                let found = loaded.detector.detect(&image, loaded.model.threshold);
                let items = found.map_err(|source| ProposeError::Model { frame, source })?;
                Ok(Proposed { model: Some(loaded.model.id), items })
            }
            None => Ok(Proposed::default()),
        }
    }

    /// The camera's newest frame as a JPEG with the current detections drawn in, at most `width` pixels wide; without a
    /// model the plain frame, unchanged. `None` before the first frame. Decodes and draws: not for an async thread.
    pub fn picture(&self, camera: &Camera, width: Option<u32>) -> Option<Bytes> {
        let frame = camera.latest.borrow().clone()?;
        let seen = lock(&self.shared.seen).clone();
        let mut last = lock(&self.shared.picture);
        let same_seen = |a: &Option<Arc<Seen>>| a.as_ref().map(Arc::as_ptr) == seen.as_ref().map(Arc::as_ptr);
        match &*last {
            Some(d) if Arc::ptr_eq(&d.frame, &frame) && d.width == width && same_seen(&d.seen) => Some(d.jpeg.clone()),
            _ => {
                let jpeg = drawn(&frame, seen.as_deref(), width)?;
                *last = Some(Drawn { frame, seen, width, jpeg: jpeg.clone() });
                Some(jpeg)
            }
        }
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
