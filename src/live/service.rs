//! The live service as the doors see it.

use super::deployment::{DeployError, Deployment};
use super::error::{ProposeError, WatchError};
use super::eye::Eye;
use super::keeping::{KEEP_WITHIN, Keeper, offers};
use super::lock::lock;
use super::looks::Remembered;
use super::seen::{Seen, Shown};
use super::shared::Shared;
use super::sight::Sight;
use super::status::LiveStatus;
use super::tracker::Numbers;
use super::watcher::{Look, Watcher, detect};
use crate::camera::Cameras;
use crate::config;
use crate::dataset::queue::Proposed;
use crate::domain::{CameraId, FrameId, LookId, Model, ModelId, PerCamera, Undo, Watch, Who};
use crate::events::Events;
use crate::picture::{self, Bounds, Likeness};
use crate::runtime::Engine;
use crate::settings::Current;
use crate::store::{Store, StoreError};
use crate::supervise::Supervisor;
use crate::turns::Turns;
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A large model on a small processor takes seconds for a frame, more while a training runs.
const LOOK_WITHIN: Duration = Duration::from_secs(300);

/// What live detection works with.
pub struct Means {
    pub engine: Engine,
    pub store: Store,
    pub events: Events,
    /// Turns at decoding pictures of others.
    pub pictures: Turns,
}

/// Handle; clones share it.
#[derive(Clone)]
pub struct Live {
    pub status: watch::Receiver<LiveStatus>,
    shared: Arc<Shared>,
}

impl Live {
    /// Runs the model that is deployed there on the newest frame of each camera `live.fps` times a second, as the part
    /// `live`; follows `Event::Deployed`. What of that is worth keeping is stored by the part `live-keep`. A model that can't be
    /// loaded is told in the status, and the one before goes on. Error: the system has no thread, or what is watched can't be read.
    pub fn start(
        config: Current<config::Live>,
        Means { engine, store, events, pictures }: Means,
        cameras: &Cameras,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> Result<Self, StoreError> {
        let shared = Shared::open(store, events, pictures, cameras)?;
        Self::run(config, engine, shared, cameras, detect, supervisor, stop)
    }

    fn run(
        config: Current<config::Live>,
        engine: Engine,
        shared: Shared,
        cameras: &Cameras,
        look: Look,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> Result<Self, StoreError> {
        let (status, status_seen) = watch::channel(LiveStatus::default());
        let shared = Arc::new(shared);
        let numbers = Numbers::default();
        let sights = cameras.iter().map(|(id, camera)| Sight::new(id.clone(), camera.latest.clone(), numbers.clone()));
        let (offers, offered) = offers();
        let mut watcher = Watcher::new(config, shared.clone(), engine, status, sights.collect(), look, offers);
        let mut keeper = Keeper::new(shared.clone(), &cameras.map(|_, camera| camera.config().clone()));
        let halt = stop.clone();
        let kept = supervisor.thread("live-keep", KEEP_WITHIN, stop, move |beat| {
            keeper.run(&offered, &halt, beat);
            Ok(())
        });
        kept.map_err(|source| StoreError::Io { what: "start keeping frames".into(), source })?;
        let (halt, timer) = (stop.clone(), Handle::current());
        let thread = supervisor.thread("live", LOOK_WITHIN, stop, move |beat| {
            watcher.run(&halt, beat, &timer);
            Ok(())
        });
        thread.map_err(|source| StoreError::Io { what: "start live detection".into(), source })?;
        Ok(Self { status: status_seen, shared })
    }

    /// Where models go live.
    pub fn deployment(&self) -> &Deployment {
        &self.shared.deployment
    }

    /// See [`Deployment::delete`].
    pub fn delete(&self, who: &Who, id: ModelId) -> Result<Undo, StoreError> {
        self.shared.deployment.delete(who, id)
    }

    /// See [`Deployment::deploy`]; the live loop follows.
    pub fn deploy(&self, id: ModelId, camera: Option<&CameraId>) -> Result<Model, DeployError> {
        self.shared.deployment.deploy(id, camera)
    }

    /// See [`Deployment::roll_back`].
    pub fn roll_back(&self, camera: Option<&CameraId>) -> Result<Model, DeployError> {
        self.shared.deployment.roll_back(camera)
    }

    /// What the model proposes for a stored frame that looks at its camera, and which that is; empty without a model.
    pub fn propose(&self, frame: FrameId) -> Result<Proposed, ProposeError> {
        let camera = self.shared.store.frame(frame)?.camera;
        let looking = self.shared.looking.load_full();
        let Some(loaded) = &looking.at(camera.as_ref()).loaded else { return Ok(Proposed::default()) };
        let jpeg = self.shared.store.jpeg(frame)?;
        let image = picture::decode(&jpeg, Bounds::default());
        let image = image.map_err(|source| ProposeError::Picture { frame, source })?;
        let found = loaded.detect(&image, loaded.model.threshold);
        let items = found.map_err(|source| ProposeError::Model { frame, source })?;
        Ok(Proposed { model: Some(loaded.model.id), items })
    }

    /// The share of a picture that is in no labelled frame, 0 to 1; `None` where none is known.
    pub fn share_unlike(&self, likeness: &Likeness) -> Option<f32> {
        lock(&self.shared.familiar).share_of(likeness)
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

    /// Each camera as the model sees it.
    pub fn eyes(&self) -> &PerCamera<Eye> {
        &self.shared.eyes
    }

    /// What is shown of a camera as a JPEG; see [`Eye::picture`]. Decodes and draws: not for an async thread.
    pub fn picture(&self, shown: &Shown) -> Option<Bytes> {
        let eye = self.eyes().named(shown.frame().camera.as_ref()).ok()?;
        eye.picture(shown, None)
    }

    /// The look at the frame that this camera took then, while it is remembered; of whichever camera, where none is named.
    pub fn look_at(&self, camera: Option<&CameraId>, taken: Timestamp) -> Option<Remembered> {
        lock(&self.shared.looks).taken(camera, taken).cloned()
    }

    /// Remembers under which id the frame that this camera took then is stored.
    pub fn stored(&self, camera: Option<&CameraId>, taken: Timestamp, id: FrameId) {
        lock(&self.shared.looks).store(camera, taken, id);
    }

    /// Held by whoever keeps a look: two at a time would store its frame twice.
    pub fn keeping(&self) -> MutexGuard<'_, ()> {
        lock(&self.shared.keeping)
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
