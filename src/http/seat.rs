//! Streams without an end, each on a seat of a few: whoever stops taking what comes loses it.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

/// Who takes nothing for so long, while there is something to take, has gone away or hangs.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Whoever takes what comes.
pub struct Taker<T> {
    way: mpsc::Sender<Result<T, Infallible>>,
    patience: Duration,
}

/// Nobody takes anything any more.
pub struct Gone;

impl<T> Taker<T> {
    /// Gives the next one, as soon as the one before was taken.
    pub async fn give(&self, item: T) -> Result<(), Gone> {
        self.way.send_timeout(Ok(item), self.patience).await.map_err(|_| Gone)
    }
}

/// What `give` gives, one ahead at most, until it ends, or `stop`, or whoever takes it goes away or takes nothing for
/// `patience`; then the seat is free.
pub fn seated<T, F>(
    seat: OwnedSemaphorePermit,
    patience: Duration,
    stop: CancellationToken,
    give: impl FnOnce(Taker<T>) -> F,
) -> ReceiverStream<Result<T, Infallible>>
where
    T: Send + 'static,
    F: Future<Output = Result<(), Gone>> + Send + 'static,
{
    let (way, taken) = mpsc::channel(1);
    let closed = way.clone();
    let giving = give(Taker { way, patience });
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = closed.closed() => {}
            _ = giving => {}
        }
        drop(seat);
    });
    ReceiverStream::new(taken)
}
