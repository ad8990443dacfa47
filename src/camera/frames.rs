//! The frames of a camera, as they come.

use super::called::Called;
use super::status::{CameraState, CameraStatus};
use crate::domain::NewFrame;
use std::sync::Arc;
use tokio::sync::watch;

/// The frames of a camera, as they come: who is slower than it misses some.
pub struct Frames {
    called: Called,
    status: watch::Receiver<CameraStatus>,
    latest: watch::Receiver<Option<Arc<NewFrame>>>,
}

impl Frames {
    /// From the newest one on.
    pub fn of(
        called: Called,
        status: watch::Receiver<CameraStatus>,
        mut latest: watch::Receiver<Option<Arc<NewFrame>>>,
    ) -> Self {
        latest.mark_changed();
        Self { called, status, latest }
    }

    /// The next one. Error: the camera is away, in words.
    pub async fn next(&mut self) -> Result<Arc<NewFrame>, String> {
        loop {
            if let Some(why) = away(&self.called, &self.status.borrow_and_update()) {
                return Err(why);
            }
            let over = |_| self.called.words("the camera was stopped");
            tokio::select! {
                changed = self.latest.changed() => {
                    changed.map_err(over)?;
                    if let Some(frame) = self.latest.borrow_and_update().clone() {
                        return Ok(frame);
                    }
                }
                changed = self.status.changed() => changed.map_err(over)?,
            }
        }
    }
}

/// Why no frames come of a camera, in words; `None` where they do.
pub fn away(called: &Called, status: &CameraStatus) -> Option<String> {
    let why = match status.state {
        CameraState::Streaming | CameraState::Full => return None,
        CameraState::Starting => "it is still starting",
        CameraState::Lost => status.error.as_deref().unwrap_or("it is away"),
    };
    Some(called.words(&format!("no frames come from the camera: {why}")))
}
