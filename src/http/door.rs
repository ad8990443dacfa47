//! What handlers reach.

use super::extract::blocking;
use super::film_jobs::Films;
use super::gate::{Document, Gate};
use super::pool_jobs::PoolJobs;
use super::problem::Result;
use super::set_jobs::Sets;
use crate::dataset::known::Known;
use crate::dataset::queue::Queue;
use crate::picture::Bounds;
use crate::services::Services;
use crate::turns::{Limits, Turns};
use axum::extract::FromRef;
use parking_lot::Mutex;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What handlers reach.
#[derive(Clone)]
pub struct Door {
    pub services: Services,
    pub gate: Gate,
    pub queue: Arc<Queue>,
    /// The OpenAPI document.
    pub document: Document,
    /// Ends the streams that would never end.
    pub stop: CancellationToken,
    /// Bytes of uploaded pictures in memory, in KiB.
    pub uploads: Turns,
    /// Data sets on their way in and out.
    pub errands: Turns,
    /// Copies of everything on their way out: each holds every file open.
    pub backups: Turns,
    /// At carrying labels along clips.
    pub carrying: Turns,
    /// Films on their way in.
    pub films: Arc<Films>,
    /// Data sets on their way in.
    pub sets: Arc<Sets>,
    /// What is done with the pool of the fleet.
    pub pool: Arc<PoolJobs>,
    /// Pictures that were brought by name; held while one is stored, so that none is twice.
    pub brought: Arc<Mutex<Known>>,
    /// Seats before the live video.
    pub viewers: Arc<Semaphore>,
    /// Seats before the event stream.
    pub listeners: Arc<Semaphore>,
}

/// KiB of uploaded pictures in memory, at least: two of the largest that are usual.
const UPLOADS: u32 = 64 * 1024;
/// Seats before the live video, and before the events.
const VIEWERS: usize = 8;
const LISTENERS: usize = 64;
/// How long a request waits for its turn; with what follows it stays within the time of a request.
const PATIENCE: Duration = Duration::from_secs(10);

impl Door {
    pub fn new(services: Services, document: Document, stop: CancellationToken) -> Self {
        let most = u32::try_from(services.config.http.max_upload.as_u64().div_ceil(1024)).unwrap_or(u32::MAX);
        let uploads = Turns::new(Limits { shares: most.max(UPLOADS), waiting: 64, patience: PATIENCE });
        let errands = Turns::new(Limits { shares: 2, waiting: 8, patience: PATIENCE });
        let backups = Turns::new(Limits { shares: 1, waiting: 4, patience: PATIENCE });
        let carrying = Turns::new(Limits { shares: 1, waiting: 8, patience: PATIENCE });
        let (viewers, listeners) = (Arc::new(Semaphore::new(VIEWERS)), Arc::new(Semaphore::new(LISTENERS)));
        let gate = Gate::of(&services);
        Self {
            services,
            gate,
            queue: Arc::default(),
            document,
            stop,
            uploads,
            errands,
            backups,
            carrying,
            films: Arc::default(),
            sets: Arc::default(),
            pool: Arc::default(),
            brought: Arc::new(Mutex::new(Known::brought())),
            viewers,
            listeners,
        }
    }

    /// How many listen to the events, and watch the video, now.
    pub fn seats_taken(&self) -> (usize, usize) {
        (LISTENERS - self.listeners.available_permits(), VIEWERS - self.viewers.available_permits())
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

    /// Runs work with pictures, or inference on demand, on a thread that may block, two at a time with all else that
    /// decodes pictures of others. Error: too many wait for their turn, or for too long.
    pub async fn drawing<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        at_turn(&self.services.pictures, work).await
    }

    /// Runs what takes long, and holds no picture in memory for long, on a thread that may block: two at a time.
    pub async fn errand<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        at_turn(&self.errands, work).await
    }
}

impl FromRef<Door> for Gate {
    fn from_ref(door: &Door) -> Self {
        door.gate.clone()
    }
}

impl FromRef<Door> for Document {
    fn from_ref(door: &Door) -> Self {
        door.document.clone()
    }
}

async fn at_turn<T: Send + 'static>(turns: &Turns, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let turn = turns.take().await?;
    blocking(move || {
        // It goes with the work: a client that hangs up does not let the next one in early.
        let _turn = turn;
        work()
    })
    .await
}
