//! The capture service: one thread reads the source, another publishes and keeps what it gives.
//!
//! Two threads, because a source may hang in the middle of a system call: the second notices, says so, and stops when
//! asked to, whatever the first one does. There is never more than one reader, so a hung device is never opened twice.

use super::called::Called;
use super::frames::{Frames, away};
use super::open::{Opening, opening};
use super::publisher::{Keeper, Publisher};
use super::reader::Reader;
use super::status::CameraStatus;
use crate::children::Launcher;
use crate::config;
use crate::domain::{CameraId, Event, Frame, NewFrame};
use crate::events::Events;
use crate::picture::{self, Bounds};
use crate::settings::Current;
use crate::store::{Store, StoreError};
use crate::supervise::Supervisor;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Storing a frame may wait for a worn card, and for frames that are dropped to make room.
const KEEP_WITHIN: Duration = Duration::from_secs(300);
/// A camera that gives nothing times out by itself within seconds. What `camera.fps` asks for comes on top.
const FRAME_WITHIN: Duration = Duration::from_secs(120);

/// Handle on the running camera; clones share it.
#[derive(Clone)]
pub struct Camera {
    called: Called,
    pub status: watch::Receiver<CameraStatus>,
    pub latest: watch::Receiver<Option<Arc<NewFrame>>>,
    keeper: Keeper,
    events: Events,
    config: Current<config::Camera>,
}

impl Camera {
    /// Starts the capture threads, the parts `camera` and `camera-source` of this camera: they reconnect by themselves with growing
    /// pauses, until `stop` is cancelled. `launcher` starts programs of others. The watches close once capture has ended. Error: the system has no threads.
    pub fn start(
        called: Called,
        config: Current<config::Camera>,
        launcher: Launcher,
        store: Store,
        events: Events,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let keeper: Keeper = Arc::new(move |frame| {
            let (keeping, frame) = (store.clone(), frame.clone());
            // The camera goes on though the disk hangs.
            store.patiently(move || keeping.add_frame(&frame))?
        });
        let opening = opening(&config.now(), launcher, stop);
        Self::run(called, config, opening, keeper, events, supervisor, stop)
    }

    fn run(
        called: Called,
        config: Current<config::Camera>,
        Opening { open, pauses }: Opening,
        keeper: Keeper,
        events: Events,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let at_start = config.now().clone();
        let (status, status_seen) = watch::channel(CameraStatus::starting(at_start.source.to_string()));
        let (latest, latest_seen) = watch::channel(None);
        let (reports, reported) = sync_channel(1);
        let (awake, wake) = sync_channel::<()>(0);
        let mut publisher =
            Publisher::new(called.clone(), config.clone(), status, latest, keeper.clone(), events.clone());
        let halt = stop.clone();
        supervisor.thread(called.part("camera"), KEEP_WITHIN, stop, move |beat| {
            // Dropped with this closure, once the service has stopped: then the reader is told.
            let _awake = &awake;
            publisher.run(&reported, &halt, beat);
            Ok(())
        })?;
        let three_frames = Duration::try_from_secs_f32(3.0 / at_start.fps).unwrap_or(Duration::MAX);
        let mut reader = Reader { open, reports, wake, pauses };
        let within = FRAME_WITHIN.saturating_add(three_frames);
        supervisor.thread(called.part("camera-source"), within, stop, move |beat| {
            reader.run(beat);
            Ok(())
        })?;
        Ok(Self { called, status: status_seen, latest: latest_seen, keeper, events, config })
    }

    pub fn id(&self) -> &CameraId {
        self.called.id()
    }

    /// Its section of the configuration, as it holds now.
    pub fn config(&self) -> &Current<config::Camera> {
        &self.config
    }

    /// Its frames from now on, the newest first. Error: none come, in words.
    pub fn frames(&self) -> Result<Frames, StoreError> {
        match away(&self.called, &self.status.borrow()) {
            Some(why) => Err(StoreError::Conflict(why)),
            None => Ok(Frames::of(self.called.clone(), self.status.clone(), self.latest.clone())),
        }
    }

    /// Stores the newest frame now, whatever the keep rule says. Error: no camera frame yet or a damaged one, or the store is
    /// full.
    pub fn capture(&self) -> Result<Frame, StoreError> {
        let frame = self.latest.borrow().clone();
        let frame = frame.ok_or_else(|| {
            let status = self.status.borrow();
            let why = status.error.as_deref().unwrap_or("it is still starting");
            StoreError::Conflict(self.called.words(&format!("there is no frame from the camera yet: {why}")))
        })?;
        // Only those that the keep rule looks at were decoded.
        picture::decode(&frame.jpeg, Bounds::default()).map_err(|error| {
            let text = format!("the camera's newest frame can't be decoded: {error}; capture another one");
            StoreError::Conflict(self.called.words(&text))
        })?;
        let stored = (self.keeper)(&frame)?;
        self.events.publish(Event::Frame(stored.clone()));
        Ok(stored)
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
