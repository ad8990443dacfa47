//! Writes down what was heard, beside the loop that listens: a slow disk keeps nobody from hearing.

use super::keep::KeepError;
use super::shared::{Shared, Write};
use crate::supervise::Beat;
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

/// What is written in one go.
const TOGETHER: usize = 500;
/// What the disk did not take is tried again after this time.
const AGAIN: Duration = Duration::from_secs(5);
/// What a note of the disk is about.
const DISK: &str = "disk";

/// Whoever writes.
pub struct Writing {
    shared: Arc<Shared>,
    come: Mutex<mpsc::Receiver<Write>>,
}

impl Writing {
    pub fn new(shared: Arc<Shared>, come: mpsc::Receiver<Write>) -> Self {
        Self { shared, come: Mutex::new(come) }
    }

    /// Until `stop` is cancelled, and what came before is on disk.
    pub async fn write(&self, beat: &Beat, stop: &CancellationToken) -> Result<()> {
        let mut come = self.come.lock().await;
        let mut batch = Vec::new();
        loop {
            beat.alive();
            tokio::select! {
                biased;
                count = come.recv_many(&mut batch, TOGETHER) => if count == 0 { return Ok(()) },
                never = beat.ticking() => match never {},
                () = stop.cancelled() => break,
            }
            batch = self.put(batch, stop).await?;
        }
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.keep.flush()).await??;
        Ok(())
    }

    /// Writes until the disk takes it.
    async fn put(&self, mut batch: Vec<Write>, stop: &CancellationToken) -> Result<Vec<Write>> {
        loop {
            let shared = Arc::clone(&self.shared);
            let (left, error) = tokio::task::spawn_blocking(move || put(&shared, batch)).await?;
            batch = left;
            let Some(error) = error else {
                self.shared.broker.settled(DISK);
                return Ok(batch);
            };
            self.shared.broker.note(DISK, format!("what is heard is not written down: {error}"));
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                () = stop.cancelled() => return Err(error.into()),
            }
        }
    }
}

/// Writes all of it; what is left where that fails, and why.
fn put(shared: &Shared, batch: Vec<Write>) -> (Vec<Write>, Option<KeepError>) {
    let mut rest = batch.into_iter();
    while let Some(write) = rest.next() {
        let done = match &write {
            Write::Heard(heard) => shared
                .keep
                .note(&heard.happened)
                .and_then(|()| heard.changed.as_deref().map_or(Ok(()), |id| shared.write_device(id))),
            Write::Order(id) => shared.write_order(*id),
        };
        if let Err(error) = done {
            return (std::iter::once(write).chain(rest).collect(), Some(error));
        }
    }
    (Vec::new(), None)
}
