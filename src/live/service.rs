//! The live service as the doors see it.

use super::deployment;
use super::error::{ProposeError, WatchError};
use super::looks::Remembered;
use super::seen::{Seen, Shown};
use super::shared::{Drawn, Shared, lock};
use super::status::LiveStatus;
use super::view::drawn;
use super::watcher::{Look, Watcher, detect};
use crate::camera::Camera;
use crate::config;
use crate::dataset::queue::Proposed;
use crate::domain::{Detections, FrameId, LookId, Model, ModelId, Watch};
use crate::events::Events;
use crate::picture::{self, Bounds};
use crate::runtime::Engine;
use crate::settings::Current;
use crate::store::{Store, StoreError};
use crate::supervise::Supervisor;
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A large model on a small processor takes seconds for a frame, more while a training runs.
const LOOK_WITHIN: Duration = Duration::from_secs(300);

/// Handle; clones share it.
#[derive(Clone)]
pub struct Live {
    pub status: watch::Receiver<LiveStatus>,
    /// What the model saw last; `None` before it saw anything.
    pub seen: watch::Receiver<Option<Arc<Seen>>>,
    shared: Arc<Shared>,
}

impl Live {
    /// Runs the deployed model on the camera's newest frame `live.fps` times a second, as the part `live`; follows
    /// `Event::Deployed`. A model that can't be loaded is told in the status, and the one before goes on. Error: the
    /// system has no thread, or what is watched can't be read.
    pub fn start(
        config: Current<config::Live>,
        engine: Engine,
        store: Store,
        camera: &Camera,
        events: Events,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> Result<Self, StoreError> {
        Self::run(config, engine, Shared::open(store, events)?, camera, detect, supervisor, stop)
    }

    fn run(
        config: Current<config::Live>,
        engine: Engine,
        shared: Shared,
        camera: &Camera,
        look: Look,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> Result<Self, StoreError> {
        let (status, status_seen) = watch::channel(LiveStatus::default());
        let (seen, last_seen) = watch::channel(None);
        let shared = Arc::new(shared);
        let mut watcher = Watcher::new(config, shared.clone(), engine, status, seen, look);
        let (mut latest, halt, timer) = (camera.latest.clone(), stop.clone(), Handle::current());
        let thread = supervisor.thread("live", LOOK_WITHIN, stop, move |beat| {
            watcher.run(&mut latest, &halt, beat, &timer);
            Ok(())
        });
        thread.map_err(|source| StoreError::Io { what: "start live detection".into(), source })?;
        Ok(Self { status: status_seen, seen: last_seen, shared })
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

    /// What the model saw last.
    pub fn detections(&self) -> Option<Arc<Detections>> {
        self.seen.borrow().as_ref().map(|seen| seen.detections.clone())
    }

    /// What is watched: from which score and size on objects count, and where.
    pub fn watch(&self) -> Arc<Watch> {
        self.shared.watching.now()
    }

    /// Replaces that, for the looks from now on; on disk when this returns, and told. Error: it is nonsense, or the disk
    /// failed.
    pub fn set_watch(&self, watch: Watch) -> Result<Arc<Watch>, WatchError> {
        self.shared.watching.set(&self.shared.store, &self.shared.events, watch)
    }

    /// A category has another name from now on: what is watched of it follows.
    pub fn renamed(&self, old: &str, new: &str) -> Result<(), StoreError> {
        self.shared.watching.rename(&self.shared.store, &self.shared.events, old, new)
    }

    /// A look that is still remembered.
    pub fn look(&self, id: LookId) -> Option<Arc<Seen>> {
        lock(&self.shared.looks).of(id).map(|look| look.seen.clone())
    }

    /// The look at the frame that was taken then, while it is remembered.
    pub fn look_at(&self, taken: Timestamp) -> Option<Remembered> {
        lock(&self.shared.looks).taken(taken).cloned()
    }

    /// Remembers under which id the frame that was taken then is stored.
    pub fn stored(&self, taken: Timestamp, id: FrameId) {
        lock(&self.shared.looks).store(taken, id);
    }

    /// Held by whoever keeps a look: two at a time would store its frame twice.
    pub fn keeping(&self) -> MutexGuard<'_, ()> {
        lock(&self.shared.keeping)
    }

    /// What the live picture shows now; see [`Shown::now`].
    pub fn shown(&self, camera: &Camera) -> Option<Shown> {
        let (newest, seen) = (camera.latest.borrow().clone(), self.seen.borrow().clone());
        Shown::now(newest, seen, Instant::now())
    }

    /// That as a JPEG, at most `width` pixels wide; without anything to draw the frame itself, unchanged. `None` where it
    /// can't be decoded. Decodes and draws: not for an async thread.
    pub fn picture(&self, shown: &Shown, width: Option<u32>) -> Option<Bytes> {
        if let (Shown::Plain(frame), None) = (shown, width) {
            return Some(frame.jpeg.clone());
        }
        let mut last = lock(&self.shared.picture);
        match &*last {
            Some(d) if d.shown.is(shown) && d.width == width => Some(d.jpeg.clone()),
            _ => {
                let jpeg = drawn(shown, width, |frame| self.shared.pixels(frame))?;
                *last = Some(Drawn { shown: shown.clone(), width, jpeg: jpeg.clone() });
                Some(jpeg)
            }
        }
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
