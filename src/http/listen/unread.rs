//! What of a request's body was not read: it is read after all, for a while, and thrown away. Else the connection is reset
//! while the other end still sends, and the answer, which says what was wrong, is lost on the way.

use axum::body::{Body, Bytes};
use futures::StreamExt;
use http_body::{Body as _, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// So much of it.
const BYTES: usize = 64_000_000;
const WITHIN: Duration = Duration::from_secs(5);

/// A body that is read to its end, one way or the other.
pub struct ReadAfterAll(Body);

impl ReadAfterAll {
    pub fn of(body: impl http_body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static) -> Body {
        Body::new(Self(Body::new(body)))
    }
}

impl http_body::Body for ReadAfterAll {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for ReadAfterAll {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.0.is_end_stream() {
            return;
        }
        let mut rest = std::mem::take(&mut self.0).into_data_stream();
        runtime.spawn(tokio::time::timeout(WITHIN, async move {
            let mut left = BYTES;
            while let Some(Ok(part)) = rest.next().await {
                left = left.saturating_sub(part.len());
                if left == 0 {
                    return;
                }
            }
        }));
    }
}
