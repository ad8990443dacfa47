//! The HTTP door: `/api/v1`, the phone page, metrics and the OpenAPI document. One file a resource; no rule lives here.

mod categories;
mod dataset;
mod extract;
mod flipbook;
mod frames;
mod guard;
mod labels;
mod live;
mod models;
mod page;
mod problem;
mod queue;
mod router;
mod status;
mod system;
mod trainings;

pub use problem::Problem;

use crate::dataset::queue::Queue;
use crate::picture::Bounds;
use crate::services::Services;
use axum::body::Bytes;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How long answers that are under way may take once the door closes.
const CLOSING: Duration = Duration::from_secs(5);

/// What handlers reach.
#[derive(Clone)]
struct Door {
    services: Services,
    queue: Arc<Queue>,
    /// The OpenAPI document.
    document: Bytes,
    /// Ends the streams that would never end.
    stop: CancellationToken,
    /// Bounds drawing, zipping and inference on demand, which would take the processor from training and detection.
    drawing: Arc<Semaphore>,
    /// Seats before the live video.
    viewers: Arc<Semaphore>,
}

impl Door {
    fn new(services: Services, document: Bytes, stop: CancellationToken) -> Self {
        let drawing = Arc::new(Semaphore::new(2));
        Self { services, queue: Arc::default(), document, stop, drawing, viewers: Arc::new(Semaphore::new(8)) }
    }

    /// Limits on an uploaded picture.
    fn bounds(&self) -> Bounds {
        let max_bytes = usize::try_from(self.services.config.http.max_upload.as_u64()).unwrap_or(usize::MAX);
        Bounds { max_bytes, ..Bounds::default() }
    }

    /// Runs heavy work on a thread that may block, two at a time; the others wait for their turn.
    async fn drawing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> problem::Result<T> + Send + 'static,
    ) -> problem::Result<T> {
        // The permit goes with the work: a client that hangs up does not let the next one in early.
        let turn = Arc::clone(&self.drawing).acquire_owned().await;
        extract::blocking(move || {
            let _turn = turn;
            work()
        })
        .await
    }
}

/// Serves until `stop` is cancelled, then lets answers under way finish, for 5 seconds at most. `listener` is bound
/// already (port 0 in tests).
pub async fn serve(
    listener: tokio::net::TcpListener,
    services: Services,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let app = router::app(services, stop.clone())?;
    tracing::info!("http://{}", listener.local_addr()?);
    let server = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned()).into_future();
    let closed = async {
        stop.cancelled().await;
        tokio::time::sleep(CLOSING).await;
    };
    tokio::select! {
        served = server => served?,
        () = closed => tracing::warn!("some answers were cut short"),
    }
    Ok(())
}
