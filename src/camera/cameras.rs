//! All cameras of the device.

use super::called::Called;
use super::service::Camera;
use crate::children::Launcher;
use crate::domain::{CameraId, PerCamera};
use crate::events::Events;
use crate::settings::Settings;
use crate::store::Store;
use crate::supervise::Supervisor;
use std::io;
use tokio_util::sync::CancellationToken;

/// The running cameras, in the order of the configuration; clones share them.
pub type Cameras = PerCamera<Camera>;

/// Starts each, on threads of its own: one that fails or hangs leaves the others alone. See [`Camera::start`].
pub fn start(
    settings: &Settings,
    launcher: &Launcher,
    store: &Store,
    events: &Events,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) -> io::Result<Cameras> {
    let configured = settings.cameras();
    let called = |id: &CameraId| match configured.are_several() {
        true => Called::among(id.clone()),
        false => Called::only(id.clone()),
    };
    configured.try_map(|id, config| {
        let (launcher, store) = (launcher.clone(), store.clone());
        Camera::start(called(id), config.clone(), launcher, store, events.clone(), supervisor, stop)
    })
}
