//! Answers over HTTP/2 of which nothing is taken. Their connection may be well, as others share it, so nobody but us ends
//! them: hyper waits for room in the stream's window, and asks its body for nothing meanwhile.

use axum::body::Bytes;
use hyper::rt::Executor;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the other end may take nothing of what is sent: it hangs, or the way to it is gone.
pub const UNTAKEN: Duration = Duration::from_secs(30);
/// Of an answer so many bytes are given at a time, so that a slow link is not taken for one on which nothing moves.
const PIECE: usize = 16 * 1024;
/// A stream may wait longer than its connection: on a slow link a browser makes room again only when it has read some
/// megabytes, of which we see nothing meanwhile.
const LONGER: u32 = 4;

tokio::task_local! {
    /// Of the stream whose task this is.
    static OWN: Giving;
}

/// What was given to be sent, and waits for that.
#[derive(Clone, Debug, Default)]
pub struct Giving(Arc<Mutex<Option<Instant>>>);

impl Giving {
    /// Of the stream that is answered here; `None` on a connection that has but one.
    pub fn here() -> Option<Self> {
        OWN.try_with(Self::clone).ok()
    }

    /// A piece was given.
    pub fn given(&self) {
        *self.0.lock() = Some(Instant::now());
    }

    /// It is on its way: the next one is asked for.
    pub fn taken(&self) {
        *self.0.lock() = None;
    }

    /// Until a piece has waited for so long.
    async fn untaken(&self, within: Duration) {
        loop {
            let waits = self.0.lock().map_or(Duration::ZERO, |given| given.elapsed());
            if waits >= within {
                return;
            }
            tokio::time::sleep(within - waits).await;
        }
    }
}

/// Runs the streams of a connection, each until it is answered, or nothing of its answer was taken for so long: then it is
/// reset, which tells the other end that something is missing.
#[derive(Clone, Copy, Debug)]
pub struct Streams(pub Duration);

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let (giving, within) = (Giving::default(), self.0 * LONGER);
        let own = giving.clone();
        tokio::spawn(OWN.scope(giving, async move {
            tokio::select! {
                _ = stream => {}
                () = own.untaken(within) => tracing::debug!("nothing of an answer was taken: the stream is reset"),
            }
        }));
    }
}

/// The first piece of these bytes, and the others.
pub fn pieces(mut bytes: Bytes) -> (Bytes, Bytes) {
    let first = bytes.split_to(bytes.len().min(PIECE));
    (first, bytes)
}
