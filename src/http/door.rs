//! What handlers reach.

use super::extract::blocking;
use super::problem::Result;
use crate::dataset::queue::Queue;
use crate::picture::Bounds;
use crate::services::Services;
use axum::body::Bytes;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What handlers reach.
#[derive(Clone)]
pub struct Door {
    pub services: Services,
    pub queue: Arc<Queue>,
    /// The OpenAPI document.
    pub document: Bytes,
    /// Ends the streams that would never end.
    pub stop: CancellationToken,
    /// Bounds drawing, zipping and inference on demand, which would take the processor from training and detection.
    pub drawing: Arc<Semaphore>,
    /// Seats before the live video.
    pub viewers: Arc<Semaphore>,
    /// Seats before the event stream.
    pub listeners: Arc<Semaphore>,
}

impl Door {
    pub fn new(services: Services, document: Bytes, stop: CancellationToken) -> Self {
        let drawing = Arc::new(Semaphore::new(2));
        let (viewers, listeners) = (Arc::new(Semaphore::new(8)), Arc::new(Semaphore::new(64)));
        Self { services, queue: Arc::default(), document, stop, drawing, viewers, listeners }
    }

    /// Limits on an uploaded picture.
    pub fn bounds(&self) -> Bounds {
        let max_bytes = usize::try_from(self.services.config.http.max_upload.as_u64()).unwrap_or(usize::MAX);
        Bounds { max_bytes, ..Bounds::default() }
    }

    /// What long work asks on its way: whether to go on.
    pub fn going(&self) -> ControlFlow<()> {
        if self.stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Runs heavy work on a thread that may block, two at a time; the others wait for their turn.
    pub async fn drawing<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        // The permit goes with the work: a client that hangs up does not let the next one in early.
        let turn = Arc::clone(&self.drawing).acquire_owned().await;
        blocking(move || {
            let _turn = turn;
            work()
        })
        .await
    }
}
